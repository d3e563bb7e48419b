"""Two tools that several ideas need, and none of them explains: a sum in which 0·∞ is 0, and a root."""

import numpy as np

__all__ = ["root", "weighted_sum"]


def weighted_sum(weights, x, *, axis=-1):
    """Σ weights·x, in which what has the weight 0 does not count, be it infinite.

    Parameters
    ----------
    weights : ndarray
        Probabilities or counts, at least 0.
    x : ndarray
        What is summed; ±∞ is allowed. The shapes broadcast.
    axis : int
        The axis to sum over, in the common shape.

    Returns
    -------
    float64 or ndarray of float64
        The common shape without `axis`. NaN, without a warning, if both ∞ and −∞ count.

    Examples
    --------
    >>> print(weighted_sum(np.array([0.75, 0.25, 0]), np.array([1, 2, np.inf])))
    1.25
    """
    with np.errstate(invalid="ignore"):
        return np.where(weights > 0, weights * x, 0).sum(axis=axis)


def root(rising, low, high):
    """Where rising functions change their sign, by halving the way between two ends to the last bit.

    Parameters
    ----------
    rising : callable
        Takes an array and returns one of the same shape: of each element, the value of a function that rises
        with it.
    low, high : ndarray of float64
        The ends, of one shape.

    Returns
    -------
    ndarray of float64
        Shape of the ends. Where a function has the same sign at both ends, the end that is nearer to the
        change of sign.

    Examples
    --------
    >>> root(lambda x: x**2 - [2, 9], np.zeros(2), np.array([2.0, 2.0]))
    array([1.41421356, 2.        ])
    """
    # An end where nothing is left to look for is the other end as well, and halving stops at once.
    low, high = np.where(rising(high) <= 0, high, low), np.where(rising(low) >= 0, low, high)
    while True:
        middle = low + (high - low) / 2
        if not ((low < middle) & (middle < high)).any():
            return middle
        above = rising(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)
