"""Your chapter: say in one line what can be computed here."""

import numpy as np

from .checks import as_probabilities

__all__ = ["halvings"]


def halvings(p):
    """How many halvings lead from 1 to `p`. (Put what your chapter is about in its place.)

    Parameters
    ----------
    p : array_like
        Probabilities, of any shape.

    Returns
    -------
    float64 or ndarray of float64
        Shape of `p`. ∞ where `p` is 0, without a warning.

    Raises
    ------
    TypeError, ValueError
        If a number is not between 0 and 1: see `klbook.ideas.checks.as_probabilities`.

    Examples
    --------
    >>> halvings([1, 1 / 2, 1 / 8, 0])
    array([ 0.,  1.,  3., inf])
    """
    p = as_probabilities(p)
    with np.errstate(divide="ignore"):
        return 0.0 - np.log2(p)
