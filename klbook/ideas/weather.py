"""Two towns' weather: the pair of distributions that runs through the book.

Every probability is a power of two. So every surprisal is a whole number of bits, every average of them can
be checked by hand (H(P) = H(Q) = 7/4, D(P‖Q) = 5/8, D(Q‖P) = 1/2 bit), a prefix code with one word per
outcome reaches the entropy exactly, and floating point makes no rounding errors on the way.
"""

import numpy as np

from klbook.ideas.checks import as_count, as_generator, as_one_distribution

__all__ = ["OUTCOMES", "P", "Q", "sample_days"]

OUTCOMES = ("sun", "cloud", "rain", "snow")

P = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8])  # the truth
Q = np.array([1 / 8, 1 / 2, 1 / 4, 1 / 8])  # the belief
P.flags.writeable = Q.flags.writeable = False


def sample_days(n, p=P, seed=0):
    """Seeded days: independent outcomes drawn from `p`.

    Parameters
    ----------
    n : int or tuple of int, number of days, or the shape of an array of days
    p : array_like, one distribution, of shape (number of outcomes,)
    seed : int or other seed of ``numpy.random.default_rng``, the same seed gives the same days

    Returns
    -------
    ndarray of int64, shape `n`; indices of outcomes: with four of them, of `OUTCOMES`

    Raises
    ------
    TypeError, ValueError: if `p` is not one distribution, `n` is not a shape, or `seed` no seed

    Examples
    --------
    >>> days = sample_days(365)
    >>> print(np.bincount(days))  # sunny, cloudy, rainy and snowy days
    [165  92  50  58]
    """
    p = as_one_distribution(p)
    shape = tuple(as_count(k, "n") for k in n) if isinstance(n, tuple) else as_count(n, "n")
    return as_generator(seed).choice(len(p), size=shape, p=p)
