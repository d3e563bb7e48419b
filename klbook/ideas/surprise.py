"""Surprise: what an outcome tells, what it tells on average, and what a wrong belief adds.

An outcome of probability p has the surprisal log 1/p. Its average over what really happens is the entropy if
the belief is right, the cross-entropy if it is wrong, and the Kullback-Leibler divergence is the difference:
the extra expected surprise of believing q in a world where p is true. In every function p is the world
(outside the logarithm: how often) and q the belief (inside: how surprised).

How the divergence is computed
------------------------------
Not as a difference of averages, which would lose the digits that the two have in common, but term by term,
and not even from the terms p·log(p/q), since some are negative and cancel. Because p and q both sum to 1, the
sum is the same as that of

    p·ln(p/q) − p + q  ≥  0,

so nothing cancels between outcomes. Within a term, ln(p/q) and q − p nearly cancel where p and q are close.
There, with s = (q − p)/(q + p), the term is

    (q − p)·s − 2p·(s³/3 + s⁵/5 + s⁷/7 + …),

from ln(q/p) = 2·artanh(s); the same device makes binomial probabilities accurate [1]_. Elsewhere the term is
taken as it stands.

Double precision then gives D of the numbers that passed the check with a relative error below 3e-15 (3e-16 as a
rule), however small it is and however many outcomes there are, never below zero, and exactly 0 for p = q. What
remains is the cost of storing: if p and q differ by a relative h, then D is about h²/2, and the rounding of the
numbers themselves (1e-16) leaves D uncertain by a relative 1e-16/h or so: seven digits for h = 1e-9, none for
h = 1e-16. Sums that are off by more than rounding are put right on the way in (see `klbook.ideas.checks`).

.. [1] C. Loader, "Fast and Accurate Computation of Binomial Probabilities", 2000 (the function bd0).
"""

import math
from itertools import product

import numpy as np

from klbook.ideas.checks import (
    as_distribution,
    as_log_distribution,
    as_pair,
    as_probabilities,
    check_axis,
    check_base,
)

__all__ = [
    "cross_entropy",
    "entropy",
    "kl_divergence",
    "kl_divergence_from_logs",
    "pointwise_kl",
    "surprisal",
]

# Elements that are worked on at a time. Eight arrays of this length fit into a core's cache.
_BLOCK = 1 << 15
# A block holds at least so many outcomes of each distribution, if it has so many.
_RUN = 64
# Where |s| is below this (p and q within a factor of 1.5) the series is used.
_NEAR = 0.2
# The series' coefficients 1/3, 1/5, … 1/23. The first term left out is below 1e-17 of the sum.
_SERIES = [1 / k for k in range(3, 25, 2)]


def surprisal(p, *, base=2):
    """How surprising an outcome of probability `p` is: log 1/p (Shannon 1948, section 6).

    Parameters
    ----------
    p : array_like, probabilities, of any shape; they need not sum to 1
    base : float, unit of the answer: 2 for bits, ``math.e`` for nats

    Returns
    -------
    float64 or ndarray, shape of `p`; ∞ where `p` is 0, without a warning

    Raises
    ------
    TypeError, ValueError: if a number is not from 0 to 1, or `base` is no base of logarithms

    Examples
    --------
    >>> surprisal([1, 1 / 2, 1 / 8, 0])
    array([ 0.,  1.,  3., inf])
    """
    log = _logarithm(check_base(base))
    p = as_probabilities(p)
    with np.errstate(divide="ignore"):
        return 0.0 - log(p)  # not -log(p), which is −0.0 for a certain outcome


def entropy(p, *, axis=-1, base=2):
    """Expected surprise of one who believes what is true: H(p) = Σ p·log(1/p).

    Cover and Thomas, 2nd ed., section 2.1 and Theorem 2.6.4.

    Parameters
    ----------
    p : array_like, distributions along `axis`
    axis, base : int, float, the axis of the outcomes, and the unit of the answer (2 for bits, ``math.e`` for nats)

    Returns
    -------
    float64 or ndarray, shape of `p` without `axis`; from 0 to log(number of outcomes)

    Raises
    ------
    TypeError, ValueError: if `p` is not a distribution along `axis`, or `base` is no base of logarithms

    Examples
    --------
    >>> print(entropy([1 / 2, 1 / 4, 1 / 8, 1 / 8]))
    1.75
    """
    log = _logarithm(check_base(base))
    p = as_distribution(p, axis)
    return _expected_surprise(p, p, check_axis(axis, p.ndim), log)


def cross_entropy(p, q, *, axis=-1, base=2):
    """Expected surprise of one who believes `q` where `p` is true, in units of `base`: H(p, q) = Σ p·log(1/q)."""
    log = _logarithm(check_base(base))
    return _expected_surprise(*as_pair(p, q, axis), log)


def pointwise_kl(p, q, *, axis=-1, base=2):
    """What each outcome adds to D(p‖q), in units of `base`: p·log(p/q), which is negative where q > p."""
    base = check_base(base)
    p, q, _ = as_pair(p, q, axis)
    with np.errstate(all="ignore"):
        terms = _p_log_ratio(p, q, _logarithm(base))
        near = np.abs(q - p) < _NEAR * (q + p)
        terms[near] = p[near] * np.log1p((p[near] - q[near]) / q[near]) / math.log(base)
    return terms


def kl_divergence(p, q, *, axis=-1, base=2):
    """Extra expected surprise of believing `q` where `p` is true: D(p‖q) = Σ p·log(p/q).

    Of the numbers as they are stored, D has a relative error below 3e-15; only values below 1e-290 have fewer digits.
    How it is computed, and what the rounding of p and q costs, is told at the top of this module. Source: Cover and
    Thomas, 2nd ed., section 2.3 and Theorem 2.6.3.

    Parameters
    ----------
    p, q : array_like, distributions along `axis`: the world and the belief; their shapes broadcast
    axis, base : int, float, axis of the outcomes; unit of the answer (2 for bits, ``math.e`` for nats)

    Returns
    -------
    float64 or ndarray
        The common shape without `axis`. Never negative; exactly 0 if ``p == q``; ∞, without a warning, if q = 0 < p
        for some outcome. Outcomes with p = 0 add nothing.

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is no distribution along `axis`, `base` is no base of logarithms, or the shapes don't fit.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(kl_divergence(P, Q), kl_divergence(Q, P))
    0.625 0.5
    >>> kl_divergence([P, [1, 0, 0, 0], Q], Q)
    array([0.625, 3.   , 0.   ])
    >>> print(kl_divergence([1 / 2, 1 / 2], [1, 0]))
    inf
    """
    base = check_base(base)
    log = _logarithm(base)
    p, q, axis = as_pair(p, q, axis)

    def terms(p, q):
        difference, total = q - p, q + p
        logs, rest = _p_log_ratio(p, q, log), difference
        near = np.abs(difference) < _NEAR * total
        if near.any():
            logs[near] = 0
            rest[near] = _near_term(p[near], difference[near], difference[near] / total[near])
        return logs, rest

    # Two sums, so that the first is exact in bits where all probabilities are powers of two.
    logs, rest = _sums(terms, p, q, axis)
    return logs + rest / math.log(base)


def kl_divergence_from_logs(log_p, log_q, *, axis=-1, base=2):
    """D(p‖q) in units of `base` from natural logarithms of `p` and `q`, as a ``log_softmax`` gives them.

    −∞ stands for probability 0; probabilities that are too small for a double are meant by their logarithms.
    """
    # As accurate as `kl_divergence`, but a stored logarithm has an error of about 1e-16·|log p|, in place of the 1e-16
    # there. Probabilities below 1e-308 work inside the logarithm (as in q = exp(−1000)); outside, their contribution
    # is below 1e-300 and counts as 0.
    base = check_base(base)
    log_p, log_q, axis = as_pair(log_p, log_q, axis, names=("log_p", "log_q"), check=as_log_distribution)

    def terms(log_p, log_q):
        p, u = np.exp(log_p), log_q - log_p
        rest = np.exp(log_q) - p
        rest -= p * u
        near = np.abs(u) < 2 * _NEAR
        if near.any():
            growth = np.expm1(u[near])  # q/p − 1
            rest[near] = _near_term(p[near], p[near] * growth, growth / (2 + growth))
        if not np.isfinite(u).all():
            impossible = log_p == -np.inf
            rest[impossible] = np.exp(log_q[impossible])
            rest[~impossible & (log_q == -np.inf)] = np.inf
        return (rest,)

    (total,) = _sums(terms, log_p, log_q, axis)
    return total / math.log(base)


def _logarithm(base):
    """The logarithm to a base, exact for powers of 2, 10 and e where NumPy's own is."""
    known = {2.0: np.log2, 10.0: np.log10, math.e: np.log}
    return known.get(base, lambda x: np.log(x) / math.log(base))


def _expected_surprise(p, q, axis, log):
    """`cross_entropy` of what is checked: p and q of one shape, and an axis counted from the end."""

    def terms(p, q):
        expected = p * log(q)
        expected[p == 0] = 0  # also where q is 0 as well
        return (expected,)

    (total,) = _sums(terms, p, q, axis)
    return 0.0 - total


def _p_log_ratio(p, q, log):
    """The terms p·log(p/q), with 0·log(0/q) = 0 and p·log(p/0) = ∞."""
    ratio = p / q
    terms = p * log(ratio)
    # Ratios that are NaN, 0 or ∞, because p or q is 0 or the ratio is no double, are rare: only if there are any, they
    # are put right.
    if not (ratio.min(initial=1) > 0 and ratio.max(initial=1) < np.inf):
        odd = ~((ratio > 0) & (ratio < np.inf))
        p, q = p[odd], q[odd]
        terms[odd] = np.where(p > 0, p * (log(p) - log(q)), 0)
    return terms


def _near_term(p, difference, s):
    """p·ln(p/q) − p + q for q close to p, from q − p and s = (q − p)/(q + p); see the top of this module."""
    square = s * s
    series = np.polynomial.polynomial.polyval(square, _SERIES)
    return difference * s - 2 * p * s * square * series


def _sums(terms, p, q, axis):
    """Sums along an axis of what `terms(p, q)` returns, block by block: no large temporary is made."""
    if axis != -1:
        p, q = np.moveaxis(p, axis, -1), np.moveaxis(q, axis, -1)
    # The outcomes of a block are laid side by side, because only there NumPy adds in pairs. Elsewhere it adds one after
    # the other, which for 1000 equal terms leaves an error of 3e-14; so the sums of blocks are added in pairs as well.
    if p.size <= _BLOCK and p.shape[-1] <= _RUN:  # small arrays, which most are, fit into one block
        with np.errstate(all="ignore"):
            return [part.sum(axis=-1) for part in terms(np.ascontiguousarray(p), np.ascontiguousarray(q))]
    steps = _block(p.shape, sorted(range(p.ndim), key=lambda k: abs(p.strides[k]) + abs(q.strides[k])))
    sums = None
    with np.errstate(all="ignore"):  # `terms` puts right what 0 and ∞ lead to
        for corner in product(*(range(0, max(n, 1), step) for n, step in zip(p.shape, steps, strict=True))):
            block = tuple(slice(start, start + step) for start, step in zip(corner, steps, strict=True))
            parts = terms(np.ascontiguousarray(p[block]), np.ascontiguousarray(q[block]))
            sums = sums or [np.zeros((*p.shape[:-1], -(-p.shape[-1] // steps[-1]))) for _ in parts]
            for total, part in zip(sums, parts, strict=True):
                total[(*block[:-1], corner[-1] // steps[-1])] = part.sum(axis=-1)
        return [total.sum(axis=-1) for total in sums]


def _block(shape, order):
    """Shape of a block of at most `_BLOCK` elements of an array whose last axis is that of the outcomes."""
    # The axes are filled in the order of their strides, so that what is near in memory is in one block.
    last, steps, room = len(shape) - 1, [1] * len(shape), _BLOCK
    kept = min(shape[last], _RUN)
    for k in order:
        kept = 1 if k == last else kept
        steps[k] = max(1, min(shape[k], room // kept))
        room //= steps[k]
    return steps
