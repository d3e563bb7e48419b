"""Numerical tools that several ideas need, and no chapter explains.

A sum in which 0·∞ is 0, a root, e^x − 1 − x, the logarithm of a ratio, and the probabilities of counts.

How the probabilities of counts are computed
--------------------------------------------
Not as a quotient of factorials, whose logarithms are of size n·log n and leave 1e-9 of a probability for
n = 10⁷, but by the saddle-point method of C. Loader, "Fast and Accurate Computation of Binomial Probabilities",
2000. With k! = (k/e)^k·e^L(k), the probability of the counts k of n draws is

    exp(L(n) − Σ L(k) − Σ [k·log(k/np) − k + np]),

where L grows like the logarithm of k and no bracket is below 0, so nothing large cancels. In a bracket, k − np is
taken with the digits that rounding the product would lose. Up to 22 draws, all factorials are doubles without
rounding, and the textbook's formula is used: a fair coin gives exact fractions. The relative error is below 1e-12
for up to 10⁷ draws and probabilities above 1e-290 (10⁻¹⁴ as a rule).
"""

import math

import numpy as np

__all__ = [
    "binomial_probabilities",
    "deviance",
    "exp_rest",
    "log2_ratio",
    "multinomial_probabilities",
    "poisson_probabilities",
    "root",
    "weighted_sum",
]

# The largest n whose factorial is a double without rounding.
_EXACT = 22
_FACTORIALS = np.array([float(math.factorial(k)) for k in range(_EXACT + 1)])
# log(k!·(e/k)^k) for small k; Stirling's series in 1/k has 16 digits from there on.
_LOG_STIRLING = np.array([0.0] + [math.log(math.factorial(k) / k**k) + k for k in range(1, 17)])
_STIRLING_SERIES = [1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188, -691 / 360360]
# 1/3, 1/5, …: artanh(v) = v·(1 + v²/3 + v⁴/5 + …), for |v| up to 0.3.
_ARTANH_SERIES = [1 / k for k in range(3, 33, 2)]
# 1/2!, 1/3!, …: e^x − 1 − x = x²·(1/2! + x/3! + …), for |x| up to 1/2.
_EXP_SERIES = [1 / math.factorial(k) for k in range(2, 17)]
# Counts that are worked on at a time: so few that they stay within a core's cache.
_BLOCK = 1 << 14


def weighted_sum(weights, x, *, axis=-1):
    """Σ weights·x along an axis, in which what has weight 0 does not count, even if x is infinite there."""
    with np.errstate(invalid="ignore"):
        return np.where(weights > 0, weights * x, 0).sum(axis=axis)


def root(rising, low, high):
    """Where rising functions change their sign, by halving the way between two ends to the last bit.

    Parameters
    ----------
    rising : callable, takes an array and returns one of its shape: each element a rising function of that element
    low, high : ndarray of float64, the ends, of one shape

    Returns
    -------
    ndarray of float64, shape of the ends; where there is no change of sign, the end nearer to where it would be

    Examples
    --------
    >>> root(lambda x: x**2 - [2, 9], np.zeros(2), np.array([2.0, 2.0]))
    array([1.41421356, 2.        ])
    """
    # If a function has one sign at both ends, both ends are set to the nearer one, and halving stops at once.
    low, high = np.where(rising(high) <= 0, high, low), np.where(rising(low) >= 0, low, high)
    while True:
        middle = low + (high - low) / 2
        if not ((low < middle) & (middle < high)).any():
            return middle
        above = rising(middle) > 0
        low, high = np.where(above, low, middle), np.where(above, middle, high)


def exp_rest(x):
    """e^x − 1 − x, with all its digits for small `x` as well."""
    x = np.asarray(x, dtype=float)
    small = np.abs(x) < 0.5
    series = np.polynomial.polynomial.polyval(np.where(small, x, 0), _EXP_SERIES)
    with np.errstate(over="ignore"):
        return np.where(small, x * (x * series), np.expm1(x) - x)[()]


def log2_ratio(p, q):
    """log2 p/q, with all digits also where p is near q; 0 where both are 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio, excess = p / q, (p - q) / q
        logs = np.where((ratio > 1e-300) & (ratio < 1e300), np.log2(ratio), np.log2(p) - np.log2(q))
        logs = np.where(np.abs(excess) < 0.5, np.log1p(excess) / math.log(2), logs)
    return np.where((p == 0) & (q == 0), 0.0, logs)


def binomial_probabilities(n, p):
    """Probabilities of 0, 1, …, `n` heads in `n` tosses, along a new last axis; `p` is that of heads."""
    p = np.asarray(p)[..., None]
    if n <= _EXACT:
        heads = np.arange(n + 1)
        ways = _FACTORIALS[n] / (_FACTORIALS[: n + 1] * _FACTORIALS[n::-1])
        return ways * p**heads * (1 - p) ** (n - heads)
    chances = np.empty((*p.shape[:-1], n + 1))
    high, low = _product(n, p)
    rest = n - high - low
    for start in range(0, n + 1, _BLOCK):
        heads = np.arange(start, min(start + _BLOCK, n + 1))
        above = heads - high - low
        cost = _log_stirling(heads) + deviance(heads, high, above)
        cost += _log_stirling(n - heads) + deviance(n - heads, rest, -above)
        chances[..., start : start + _BLOCK] = np.exp(_log_stirling(n) - cost)
    return chances


def multinomial_probabilities(counts, p):
    """Probabilities of the rows of `counts`, all with the same sum, if outcomes are drawn from `p`."""
    n = int(counts.reshape(-1, len(p))[0].sum())
    if n <= _EXACT:
        return _FACTORIALS[n] / _FACTORIALS[counts].prod(axis=-1) * (p**counts).prod(axis=-1)
    cost = np.full(counts.shape[:-1], -_log_stirling(n))
    for outcome, chance in enumerate(p):
        # The bracket of an outcome depends on its count alone, so it is computed once for each count from 0 to n.
        costs = np.empty(n + 1)
        high, low = _product(n, chance)
        for start in range(0, n + 1, _BLOCK):
            k = np.arange(start, min(start + _BLOCK, n + 1))
            costs[start : start + _BLOCK] = _log_stirling(k) + deviance(k, high, k - high - low)
        cost += costs[counts[..., outcome]]
    return np.exp(-cost)


def deviance(k, mean, above):
    """k·log(k/mean) − k + mean in nats, never below 0 (Loader's function bd0); ∞ where mean = 0 < k.

    `above` is k − mean, of which the caller may know more digits than the difference has.
    """
    k, mean, above = np.broadcast_arrays(k, mean, above)
    total = k + mean
    near = np.abs(above) < 0.3 * total
    deviance = np.empty(above.shape)
    x, d = k[near], above[near]
    v = d / total[near]
    series = np.polynomial.polynomial.polyval(v * v, _ARTANH_SERIES)
    deviance[near] = v * (d + 2 * x * v * v * series)
    x, m = k[~near], mean[~near]
    with np.errstate(divide="ignore", over="ignore", invalid="ignore"):
        ratio = x / m
        logs = np.where(np.isinf(ratio), np.log(x) - np.log(m), np.log(ratio))
        deviance[~near] = np.where(x > 0, x * logs, 0) - above[~near]
    return deviance


def poisson_probabilities(mean):
    """Counts, how far they are above `mean`, and their Poisson probabilities: what an average over counts needs.

    Leaves out less than 1e-20; of large means it takes one count in each 16th of a standard deviation.
    """
    if mean == 0:
        return np.zeros(1), np.zeros(1), np.ones(1)
    # For large means not every count is taken, but one in each 16th of the standard deviation: averages of smooth
    # functions do not change by that.
    stride = max(1.0, float(np.floor(math.sqrt(mean) / 16)))
    centre = float(np.rint(mean))
    reach = math.ceil((10 * math.sqrt(mean) + 50) / stride)
    steps = stride * np.arange(-min(reach, math.floor(centre / stride)), reach + 1)
    counts, above = centre + steps, (centre - mean) + steps
    chances = np.exp(-_log_stirling(counts) - deviance(counts, mean, above))
    return counts, above, chances / chances.sum()


def _product(n, p):
    """n·p as the sum of two doubles, without rounding (Dekker 1971)."""

    def halves(x):
        scaled = 134217729.0 * x  # 2^27 + 1
        high = scaled - (scaled - x)
        return high, x - high

    product, (a, b), (c, d) = n * p, halves(float(n)), halves(p)
    return product, ((a * c - product) + a * d + b * c) + b * d


def _log_stirling(k):
    """L(k) = log(k!·(e/k)^k) for whole numbers, 0 for k = 0."""
    k = np.asarray(k)
    large = np.maximum(k, 16).astype(float)
    series = np.polynomial.polynomial.polyval(1 / large**2, _STIRLING_SERIES) / large
    return np.where(
        k < 16, _LOG_STIRLING[np.minimum(k, 16).astype(int)], np.log(2 * np.pi * large) / 2 + series
    )
