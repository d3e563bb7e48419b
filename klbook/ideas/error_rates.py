"""Error rates: how often the best test on a fixed number n of outcomes is wrong, and how fast this shrinks with n.

The error of the first kind (type 1) rejects P though it is true, the error of the second kind (type 2) keeps P
though Q is true. With type 1 held at a level strictly between 0 and 1, the best type 2 shrinks like 2^(−n·D(P‖Q))
if this is finite, and is 0 from some n on if it is not: the divergence is taken from the hypothesis whose error is
*bounded*. If type 2 is held instead, the best type 1 shrinks like 2^(−n·D(Q‖P)). If the mean of both is to be
small, it shrinks like 2^(−n·C), with C the Chernoff information.

The errors are computed from likelihoods alone. The divergence appears only where a theorem names it
(`stein_exponent`).
"""

import math
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from klbook.ideas.checks import as_count, as_pair, as_probabilities, check_base
from klbook.ideas.evidence import walk_steps
from klbook.ideas.numerics import log2_ratio, multinomial_probabilities, root, weighted_sum
from klbook.ideas.surprise import kl_divergence

__all__ = [
    "Chernoff",
    "ErrorCurve",
    "bayes_error",
    "chernoff_information",
    "error_curve",
    "stein_exponent",
    "type_2_error",
    "types",
]

# Types that are enumerated at most: so many take about a second and half a gigabyte.
_MOST_TYPES = 5_000_000


class ErrorCurve(NamedTuple):
    """Errors of the likelihood-ratio tests on n outcomes, one element per threshold (see `error_curve`)."""

    threshold: np.ndarray
    type_1: np.ndarray
    type_2: np.ndarray


class Chernoff(NamedTuple):
    """The Chernoff information, and the tilt at which it is attained (see `chernoff_information`)."""

    information: np.ndarray
    tilt: np.ndarray
    tilted: np.ndarray


def types(n, outcomes):
    """All types, the ways in which `n` outcomes can be shared out, as rows of counts: C(n + k − 1, k − 1) of them."""
    # Sequences of one type are equally probable under p, and under q, so exact errors are sums over types, of which
    # there are polynomially many, though there are kⁿ sequences (Cover and Thomas, 2nd ed., section 11.1).
    n, outcomes = as_count(n), as_count(outcomes, "outcomes", least=1)
    rows = math.comb(n + outcomes - 1, outcomes - 1)
    if rows > _MOST_TYPES:
        raise ValueError(f"{n} draws from {outcomes} outcomes have {rows} types, over {_MOST_TYPES}.")
    # n stars in a row are divided by k − 1 bars; the counts are the numbers of stars between the bars. Each choice of
    # the bars' places among n + k − 1 is a type.
    bars = chain.from_iterable(combinations(range(n + outcomes - 1), outcomes - 1))
    bars = np.fromiter(bars, dtype=np.int64, count=rows * (outcomes - 1)).reshape(rows, outcomes - 1)
    return np.diff(bars, axis=1, prepend=-1, append=n + outcomes - 1) - 1


def error_curve(p, q, n, *, base=2) -> ErrorCurve:
    """Exact errors of all likelihood-ratio tests on `n` outcomes: no test is better (Neyman and Pearson 1933).

    Such a test rejects p if the evidence for it is at most a threshold. The errors are sums over types.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,)
    n : int, number of independent outcomes that the test sees, at least 0
    base : float, unit of the thresholds

    Returns
    -------
    ErrorCurve
        ``threshold``, ``type_1``, ``type_2``, in rising order of thresholds, one element for each value that the
        evidence can take and before them one, with threshold −∞, for the test that never rejects. Between two
        neighbours lie the tests that toss a coin on the evidence at the higher threshold. The errors have a relative
        error below 1e-12 as long as they are above 1e-290.

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is not one distribution on the same outcomes, `n` is not a number of draws, or there are more
        than five million types (ways to share n outcomes out).

    Examples
    --------
    >>> curve = error_curve([1 / 2, 1 / 2], [1 / 4, 3 / 4], 1)
    >>> print(curve.type_1, curve.type_2)
    [0.  0.5 1. ] [1.   0.25 0.  ]
    """
    unit, steps = math.log2(check_base(base)), walk_steps(p, q)
    p, q, _ = as_pair(p, q)
    counts = types(n, len(p))
    # Only types that can happen under p or under q.
    counts = counts[~(counts[:, p == 0].any(axis=1) & counts[:, q == 0].any(axis=1))]
    evidence = weighted_sum(counts, steps)
    order = np.argsort(evidence, kind="stable")
    counts, evidence = counts[order], evidence[order]
    first = _levels(evidence, counts, p, q)
    level_p, level_q = (np.add.reduceat(multinomial_probabilities(counts, x), first) for x in (p, q))
    # The errors of the second kind are summed from the other end, so that the small ones are sums of small numbers.
    return ErrorCurve(
        np.concatenate([[-np.inf], evidence[first] / unit]),
        _cumulated(level_p),
        _cumulated(level_q[::-1])[::-1],
    )


def type_2_error(p, q, n, alpha=0.05, *, randomised=True):
    """Smallest probability of keeping p though q is true, if p is rejected with at most `alpha` where true.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,)
    n : int, number of independent outcomes that the test sees, at least 0
    alpha : array_like, bound for the error of the first kind, from 0 to 1
    randomised : bool
        If true, the best test of all, which uses up `alpha` by tossing a coin where the evidence lies on the
        threshold: its error falls smoothly with n. If false, the best test among those that reject exactly if the
        evidence is at most a threshold: its error is larger and jumps with n.

    Returns
    -------
    float64 or ndarray, shape of `alpha`

    Raises
    ------
    TypeError, ValueError: as `error_curve`, or if `alpha` is not from 0 to 1

    Examples
    --------
    >>> print(type_2_error([1 / 2, 1 / 2], [1 / 4, 3 / 4], 1, alpha=0.25))
    0.625
    >>> print(type_2_error([1 / 2, 1 / 2], [1 / 4, 3 / 4], 1, alpha=0.25, randomised=False))
    1.0
    """
    alpha = as_probabilities(alpha, "alpha")
    _, type_1, type_2 = error_curve(p, q, n)
    # A test whose error is exactly alpha must count as allowed, whatever rounding did to its error.
    at = np.searchsorted(type_1, alpha * (1 + 1e-12), side="right") - 1
    if not randomised:
        return type_2[at]
    after = np.minimum(at + 1, len(type_1) - 1)
    room = type_1[after] - type_1[at]
    share = np.divide(alpha - type_1[at], room, out=np.zeros_like(room), where=room > 0)
    share = np.clip(share, 0, 1)
    return (1 - share) * type_2[at] + share * type_2[after]


def bayes_error(p, q, n, prior=0.5):
    """Smallest probability of deciding wrongly after n outcomes, if p is true with probability `prior`.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,)
    n : int, number of independent outcomes, at least 0
    prior : array_like, probability of p before, from 0 to 1

    Returns
    -------
    float64 or ndarray, shape of `prior`; it shrinks like 2^(−n·C), with C the Chernoff information in bits

    Raises
    ------
    TypeError, ValueError: as `error_curve`, or if `prior` is not from 0 to 1

    Examples
    --------
    >>> print(bayes_error([1 / 2, 1 / 2], [1 / 4, 3 / 4], 1))
    0.375
    """
    prior = as_probabilities(prior, "prior")
    _, type_1, type_2 = error_curve(p, q, n)
    return (prior[..., None] * type_1 + (1 - prior[..., None]) * type_2).min(axis=-1)


def stein_exponent(p, q, *, base=2):
    """How fast the best error of the second kind shrinks with n: D(p‖q), where p's own error is bounded.

    −(1/n) log of `type_2_error` tends to it for every bound alpha strictly between 0 and 1 (if it is ∞, the error is 0
    from some n on). What decides is how untypical of q that is which is typical of p: the divergence is from p. If
    instead the error of rejecting q is bounded, the exponent is D(q‖p). Source: Cover and Thomas, 2nd ed., Theorem
    11.8.3 (Chernoff-Stein lemma).

    Parameters
    ----------
    p, q : array_like, distributions along the last axis; their shapes broadcast
    base : float, unit of the answer: 2 for bits, ``math.e`` for nats

    Returns
    -------
    float64 or ndarray, the common shape without the last axis; ∞ if something can happen under p that q excludes

    Raises
    ------
    TypeError, ValueError: as `klbook.ideas.surprise.kl_divergence`

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(stein_exponent(P, Q), stein_exponent(Q, P))
    0.625 0.5
    """
    return kl_divergence(p, q, base=base)


def chernoff_information(p, q, *, base=2) -> Chernoff:
    """How fast both errors can shrink together: −min log Σ p^λ·q^(1−λ), over λ from 0 to 1 (Chernoff 1952).

    Cover and Thomas, 2nd ed., section 11.9.

    Parameters
    ----------
    p, q : array_like, distributions along the last axis; their shapes broadcast
    base : float, unit of the information: 2 for bits, ``math.e`` for nats

    Returns
    -------
    Chernoff
        ``information``, of the common shape without the last axis; ``tilt``, the λ of the minimum, of the same shape;
        ``tilted``, the distribution ∝ p^λ·q^(1−λ) there, of the common shape.

        For 0 < λ < 1 the tilted distribution is as far from p as from q, and this distance is the information. Where p
        excludes what q allows, the minimum may lie at λ = 0 (and with the roles exchanged at 1): the tilted
        distribution is q given what both allow, and the information its distance from q alone. If nothing is possible
        under both, the information is ∞ (one outcome decides), tilt and tilted are NaN. If p = q, the information is 0
        and every λ is as good: the answer is 1/2.

    Raises
    ------
    TypeError, ValueError: as `klbook.ideas.surprise.kl_divergence`

    Examples
    --------
    >>> coins = chernoff_information([0.4, 0.6], [0.6, 0.4])
    >>> print(coins.tilt, coins.tilted)
    0.5 [0.5 0.5]
    >>> print(chernoff_information([1, 0], [0.75, 0.25]).tilt)
    0.0
    """
    unit = math.log(check_base(base))
    p, q, _ = as_pair(p, q)
    both = (p > 0) & (q > 0)
    shared = both.any(axis=-1)
    ratio = np.where(both, log2_ratio(p, q) * math.log(2), 0)
    log_q = np.log(np.where(both, q, 1))

    def tilted(tilt):
        logs = np.where(both, log_q + tilt[..., None] * ratio, -np.inf)
        most = np.where(shared, logs.max(axis=-1), 0)
        weights = np.exp(logs - most[..., None])
        total = np.where(shared, weights.sum(axis=-1), np.nan)
        return weights / total[..., None], most + np.log(total)

    lost, lost_slope = _affinity(p, q, ratio, both)
    near = shared & (lost(np.full(shared.shape, 0.5)) > -0.5)

    def slope(tilt):  # has the sign of the derivative of log Σ p^λ·q^(1−λ), which is convex in λ
        if near.all():
            return lost_slope(tilt)
        return np.where(near, lost_slope(tilt), (tilted(tilt)[0] * ratio).sum(axis=-1))

    tilt = root(slope, np.zeros(shared.shape), np.ones(shared.shape))
    tilt = np.where(shared, np.where((p == q).all(axis=-1), 0.5, tilt), np.nan)
    t, log_sum = tilted(tilt)
    log_sum = np.where(near, np.log1p(np.where(near, lost(np.where(near, tilt, 0.5)), 0)), log_sum)
    information = np.where(shared, 0 - log_sum / unit, np.copysign(np.inf, unit))
    return Chernoff(information[()], tilt[()], t)


def _affinity(p, q, ratio, both):
    """Σ p^λ·q^(1−λ) − 1 and its derivative (or a positive multiple), as functions of λ without cancellation."""
    # Because p and q sum to 1, the value is the sum of p^λ·q^(1−λ) − λp − (1−λ)q, which is never above 0. With
    # u = log(p/q) this is q·(e^λu − 1 − λ·(e^u − 1)), and for small u the series q·Σ (λ^m − λ)·u^m/m! from m = 2 on.
    powers = np.arange(2, 17)
    # Equal probabilities add nothing. The others are scaled, so that products of two are doubles with all digits.
    differ = p != q
    scale = np.frexp(np.where(differ, np.maximum(p, q), 0).max(axis=-1))[1]
    p, q = (np.ldexp(np.where(differ, x, 0), -scale[..., None]) for x in (p, q))
    near = both & differ & (np.abs(ratio) < 0.5)
    far = differ & ~near
    u = np.where(near, ratio, 0)[..., None] ** powers / np.array([math.factorial(m) for m in powers.tolist()])
    moments = (np.where(near, q, 0)[..., None] * u).sum(axis=-2)
    p, q, mixes = np.where(far, p, 0), np.where(far, q, 0), far & both
    u = np.where(mixes, ratio, 0)

    def mixed(tilt):  # p^λ·q^(1−λ), from the larger of both, so that nothing overflows
        larger = np.where(
            u < 0, q * np.exp(np.minimum(tilt * u, 0)), p * np.exp(np.minimum((tilt - 1) * u, 0))
        )
        return np.where(mixes, larger, 0)

    def value(tilt):
        tilt = tilt[..., None]
        total = ((tilt**powers - tilt) * moments).sum(axis=-1)
        if far.any():
            total = total + (mixed(tilt) - tilt * p - (1 - tilt) * q).sum(axis=-1)
        return np.ldexp(np.minimum(total, 0), scale)

    def slope(tilt):
        tilt = tilt[..., None]
        total = ((powers * tilt ** (powers - 1) - 1) * moments).sum(axis=-1)
        if far.any():
            total = total + (mixed(tilt) * u - p + q).sum(axis=-1)
        return total

    return value, slope


def _levels(evidence, counts, p, q):
    """Where in the sorted evidence a new value begins."""
    # Equal sums were rounded in different ways: the stored probabilities, their logarithms, the products and the sums.
    # So two values are different only if they are further apart than `rounding`.
    logs = sum(np.abs(np.log2(np.where(x > 0, x, 1))) for x in (p, q)) + 2
    rounding = np.where(np.isfinite(evidence), (len(p) + 4) * np.finfo(float).eps * (counts @ logs), 0)
    with np.errstate(invalid="ignore"):  # ∞ − ∞ is no step
        steps = np.diff(evidence) > rounding[1:]
    return np.concatenate([[0], np.flatnonzero(steps) + 1])


def _cumulated(masses):
    """Sums of the first 0, 1, 2, … masses, which rounding leaves no larger than 1."""
    return np.minimum(np.concatenate([[0], masses.cumsum()]), 1)
