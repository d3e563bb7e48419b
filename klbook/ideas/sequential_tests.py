"""Sequential tests: watch until the evidence is enough.

The test of Wald stops when the evidence for P over Q is at most a lower or at least an upper threshold, and
decides for Q or for P. The error of the first kind (type 1, α) rejects P though it is true, the error of the second
kind (type 2, β) keeps P though Q is true.
"""

import math
from typing import NamedTuple

import numpy as np

from klbook.ideas.checks import (
    as_array,
    as_count,
    as_extended,
    as_generator,
    as_truth,
    broadcast,
    check_base,
    refuse,
)
from klbook.ideas.evidence import expected_evidence, walk_steps
from klbook.ideas.numerics import exp_rest

__all__ = [
    "SequentialTest",
    "sequential_test",
    "stopped_walks",
    "wald_errors",
    "wald_sample_numbers",
    "wald_thresholds",
]

# Outcomes that the sequential test draws at a time, for all its runs together.
_BLOCK = 1 << 18


class SequentialTest(NamedTuple):
    """What happened in each run of a sequential test (see `sequential_test`)."""

    steps: np.ndarray
    evidence: np.ndarray
    decision: np.ndarray


def wald_thresholds(alpha, beta, *, base=2):
    """Wald's thresholds for the sequential test, from the error rates that are wanted (Wald 1945).

    Parameters
    ----------
    alpha, beta : array_like
        Wanted probabilities of rejecting P though it is true, and of keeping P though Q is true. Each is above 0, and
        their sum is below 1. The shapes broadcast.
    base : float, unit of the thresholds: 2 for bits, ``math.e`` for nats

    Returns
    -------
    lower, upper : float64 or ndarray
        Decide for Q once the evidence for P is at most `lower` = log(α/(1 − β)), and for P once it is at least `upper`
        = log((1 − α)/β). The real errors then satisfy α' ≤ α/(1 − β), β' ≤ β/(1 − α) and α' + β' ≤ α + β, because the
        last step overshoots a threshold. One of them alone may be larger than was wanted, up to its own bound.

    Raises
    ------
    TypeError, ValueError: if the rates are not as said, or `base` is no base of logarithms

    Examples
    --------
    >>> lower, upper = wald_thresholds(1 / 5, 1 / 5)
    >>> print(lower, upper)
    -2.0 2.0
    """
    base = check_base(base)
    alpha, beta = as_array(alpha, "alpha"), as_array(beta, "beta")
    for rate, name in ((alpha, "alpha"), (beta, "beta")):
        refuse(~((rate > 0) & (rate < 1)), rate, name, "an error rate is above 0 and below 1")
    alpha, beta = broadcast(alpha, beta, names=("alpha", "beta"))
    # 1 − alpha − beta, computed without rounding where it is small, because then the thresholds are near 0.
    more, less = np.maximum(alpha, beta), np.minimum(alpha, beta)
    left = np.where(more < 0.5, (0.5 - more) + (0.5 - less), (1 - more) - less)
    refuse(~(left > 0), alpha + beta, "alpha + beta", "the sum of both error rates is below 1")
    unit = math.log2(base)
    return -_log_of_quotient(1 - beta, alpha, left) / unit, _log_of_quotient(1 - alpha, beta, left) / unit


def wald_errors(lower, upper, *, base=2):
    """Wald's approximation for the errors (α, β) with given thresholds: exact if the walk stops exactly on one."""
    lower, upper = _thresholds(lower, upper)
    down, up = _nats(lower, upper, base)
    # expm1 keeps the digits of 1 − base^lower where the threshold is near 0. Overshoot, which is not looked at here,
    # makes the real errors differ.
    both = -np.expm1(-down - up)
    if check_base(base) < 1:  # the evidence has the other sign: p is kept where the outcomes speak against it
        return -np.expm1(-down) / both, -np.expm1(-up) / both
    return np.exp(-down) * -np.expm1(-up) / both, np.exp(-up) * -np.expm1(-down) / both


def wald_sample_numbers(p, q, lower, upper, *, base=2):
    """Wald's approximation for how many outcomes the sequential test needs on average (Wald 1947).

    The expected evidence at the end is the expected number of outcomes times the drift (Wald's identity, which is
    exact); the approximation is that the test ends exactly on a threshold.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,)
    lower, upper : array_like, finite thresholds with `lower` < 0 < `upper`; the shapes broadcast
    base : float, unit of the thresholds

    Returns
    -------
    if_p, if_q : float64 or ndarray, expected numbers where p is true, and where q is; ∞ beyond what a double holds

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is not one distribution, if they are the same (the evidence never moves) or an outcome is
        possible under one only (it ends the test at once), or the thresholds are not as said.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> if_p, if_q = wald_sample_numbers(P, Q, -2, 2)
    >>> print(round(if_p, 3), round(if_q, 3))
    1.92 2.4
    """
    steps = walk_steps(p, q, base=base)
    if not np.isfinite(steps).all():
        raise ValueError("An outcome that only one of p and q allows ends the test: no approximation holds.")
    if not steps.any():
        raise ValueError("p and q are the same: no outcome is evidence, and the test would never end.")
    lower, upper = _thresholds(lower, upper)
    if not (np.isfinite(lower).all() and np.isfinite(upper).all()):
        raise ValueError("Both thresholds must be finite: else the test never ends in one of the two worlds.")
    down, up = _nats(lower, upper, base)
    with np.errstate(divide="ignore", over="ignore"):
        if_p = _final_evidence(down, up) / expected_evidence(p, p, q, base=math.e)
        if_q = _final_evidence(up, down) / expected_evidence(q, q, p, base=math.e)
    return if_p, if_q


def sequential_test(
    p, q, lower, upper, *, truth=None, runs=10_000, seed=0, max_steps=1_000_000, base=2
) -> SequentialTest:
    """The sequential probability ratio test, simulated: watch until the evidence is enough (Wald 1945).

    Each run draws outcomes from `truth` one by one and stops when the evidence for `p` over `q` is at most `lower` or
    at least `upper`. Nothing is approximated: frequencies of decisions estimate the errors.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,)
    lower, upper : float, thresholds with `lower` < 0 < `upper`; one of them may be infinite
    truth : array_like, optional, the distribution that is drawn from: `p` if it is not given
    runs : int, number of runs
    seed : int or other seed of ``numpy.random.default_rng``, the same seed gives the same runs
    max_steps : int, runs that have not ended after so many outcomes are left undecided
    base : float, unit of the thresholds and of the evidence

    Returns
    -------
    SequentialTest
        Three arrays of shape (`runs`,): ``steps``, the outcomes that were seen; ``evidence``, that at the end;
        ``decision``, 1 for p, −1 for q and 0 for undecided.

    Raises
    ------
    TypeError, ValueError
        As `evidence_walks`; if the thresholds are not as said; if nothing that happens is evidence, so that no run
        would end; if `runs` is negative or `max_steps` below 1.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> test = sequential_test(P, Q, *wald_thresholds(0.05, 0.05), truth=Q)
    >>> kept = (test.decision == 1).mean()  # P was kept though Q is true
    >>> print(kept < 0.05)
    True
    """
    steps = walk_steps(p, q, base=base)
    truth = as_truth(p if truth is None else truth, len(steps))
    lower, upper = _thresholds(lower, upper)
    if lower.ndim or upper.ndim:
        raise ValueError("lower and upper are one number each: call the function once for each pair.")
    if np.isinf(lower) and np.isinf(upper):
        raise ValueError("lower and upper are both infinite: one of them must be finite, to end the test.")
    if not steps[truth > 0].any():
        raise ValueError("Nothing that happens is evidence for p or q: the test would never end.")
    runs, max_steps = as_count(runs, "runs"), as_count(max_steps, "max_steps", least=1)
    return _run(as_generator(seed), steps, truth, lower, upper, runs, max_steps)


def _run(rng, steps, truth, lower, upper, runs, max_steps):
    """All runs of the sequential test side by side, in blocks of days, until each has ended."""
    end, evidence, decision = np.full(runs, max_steps), np.zeros(runs), np.zeros(runs, dtype=int)
    running, day = np.arange(runs), 0
    while len(running) and day < max_steps:
        days = min(max(8, _BLOCK // len(running)), 1 << 12, max_steps - day)
        drawn = rng.choice(len(truth), size=(len(running), days), p=truth)
        with np.errstate(invalid="ignore"):  # ∞ − ∞ after the end of a run
            path = evidence[running, None] + steps[drawn].cumsum(axis=1)
        over = (path <= lower) | (path >= upper)
        ended, last = over.any(axis=1), over.argmax(axis=1)
        last[~ended] = days - 1
        evidence[running] = path[np.arange(len(running)), last]
        end[running[ended]] = day + 1 + last[ended]
        running, day = running[~ended], day + days
    decision[evidence >= upper], decision[evidence <= lower] = 1, -1
    return SequentialTest(end, evidence, decision)


def stopped_walks(walks, lower, upper) -> SequentialTest:
    """The sequential test on walks that are there already: where does each of them stop?

    For many thresholds on the same walks this is quicker than `sequential_test`, which draws new ones.

    Parameters
    ----------
    walks : array_like, evidence after 0, 1, 2, … outcomes, of shape (walks, outcomes + 1)
    lower, upper : float, thresholds with `lower` < 0 < `upper`, in the unit of the walks; may be infinite

    Returns
    -------
    SequentialTest, as `sequential_test`; a walk that meets no threshold is undecided after its last outcome

    Raises
    ------
    TypeError, ValueError: if the walks have another shape or NaN, or the thresholds are not as said

    Examples
    --------
    >>> test = stopped_walks([[0, 2, 1, 3, 5], [0, -1, 1, 0, -1]], -2, 3)
    >>> print(test.steps, test.evidence, test.decision)
    [3 4] [ 3. -1.] [1 0]
    """
    walks = as_array(walks, "walks")
    if walks.ndim != 2 or not walks.shape[1]:
        raise ValueError(f"walks has shape {walks.shape}: (walks, outcomes + 1) is expected.")
    refuse(np.isnan(walks), walks, "walks", "evidence is a number")
    lower, upper = _thresholds(lower, upper)
    if lower.ndim or upper.ndim:
        raise ValueError("lower and upper are one number each: call the function once for each pair.")
    over = (walks <= lower) | (walks >= upper)
    steps = np.where(over.any(axis=1), over.argmax(axis=1), walks.shape[1] - 1)
    evidence = walks[np.arange(len(walks)), steps]
    return SequentialTest(steps, evidence, (evidence >= upper).astype(int) - (evidence <= lower))


def _thresholds(lower, upper):
    lower, upper = as_extended(lower, "lower"), as_extended(upper, "upper")
    refuse(~(lower < 0), lower, "lower", "the lower threshold is below 0")
    refuse(~(upper > 0), upper, "upper", "the upper threshold is above 0")
    return broadcast(lower, upper, names=("lower", "upper"))


def _log_of_quotient(a, b, difference):
    """log2 a/b, for a = b + difference."""
    with np.errstate(over="ignore"):
        near = difference < 0.5 * b
        return np.where(near, np.log1p(difference / b) / math.log(2), np.log2(a) - np.log2(b))


def _nats(lower, upper, base):
    """How far the thresholds are from 0, in nats: that at which p is given up, and the other one."""
    # With a base below 1 all signs turn round: there the upper threshold is where the outcomes are against p.
    unit = math.log(check_base(base))
    return (-lower * unit, upper * unit) if unit > 0 else (-upper * unit, lower * unit)


def _final_evidence(down, up):
    """Evidence in nats that is expected where p is true, if the test ends exactly at −`down` or at `up`."""
    # It is (1 − α)·up − α·down with Wald's α, in a form in which nothing cancels: with (1 − e^−x − x·e^−x)/x and
    # (e^−x − 1 + x)/x, which both are x/2 if x is small.
    small = np.minimum(down, 1)
    lost = np.where(
        down < 1, np.exp(-small) * exp_rest(small) / small, (-np.expm1(-down) - down * np.exp(-down)) / down
    )
    saved = np.exp(-down) * exp_rest(-up) / up
    return down * (up * ((lost + saved) / -np.expm1(-down - up)))
