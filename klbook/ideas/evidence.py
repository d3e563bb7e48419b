"""Evidence: how far outcomes speak for P over Q, and how many of them a decision takes.

An outcome x speaks for P over Q with log p(x)/q(x): one bit if P makes it twice as likely. Evidence adds up if
the outcomes are independent given P, and given Q, so a sequence of days is a walk. Where P is true it drifts
upwards by D(P‖Q) a day, where Q is true downwards by D(Q‖P): the two directions of the divergence.

Conventions, everywhere in this module
--------------------------------------
- Evidence is *for P over Q*. Upwards is towards P.
- The error of the first kind (type 1) rejects P though it is true, the error of the second kind (type 2)
  keeps P though Q is true.
- With type 1 held at a level strictly between 0 and 1, the best type 2 shrinks like 2^(−n·D(P‖Q)) if this is
  finite, and is 0 from some n on if it is not: the divergence is taken from the hypothesis whose error is
  *bounded*. If type 2 is held instead, the best type 1 shrinks like 2^(−n·D(Q‖P)).

The walks and the errors are computed from likelihoods alone. The divergence appears only where a theorem
names it (`stein_exponent`).
"""

import math
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from klbook.ideas.checks import (
    as_array,
    as_count,
    as_distribution,
    as_extended,
    as_generator,
    as_outcomes,
    as_pair,
    as_positive,
    as_probabilities,
    broadcast,
    check_base,
    refuse,
)
from klbook.ideas.numerics import exp_rest, multinomial_probabilities, root, weighted_sum
from klbook.ideas.surprise import kl_divergence
from klbook.ideas.weather import sample_days

__all__ = [
    "Chernoff",
    "ErrorCurve",
    "SequentialTest",
    "bayes_error",
    "chernoff_information",
    "error_curve",
    "evidence_walks",
    "expected_evidence",
    "log_likelihood_ratio",
    "posterior_odds",
    "posterior_probability",
    "sequential_test",
    "stein_exponent",
    "stopped_walks",
    "type_2_error",
    "types",
    "wald_errors",
    "wald_sample_numbers",
    "wald_thresholds",
    "weight_of_evidence",
]

# Count vectors that are enumerated at most: about a second, and half a gigabyte.
_MOST_TYPES = 5_000_000
# So near are a truth and p, or an average and 0, that digits are worth a closer look.
_NEAR = 1e-2
# Outcomes that the sequential test draws at a time.
_BLOCK = 1 << 18


class ErrorCurve(NamedTuple):
    """Errors of the likelihood-ratio tests on n outcomes, one element per threshold (see `error_curve`)."""

    threshold: np.ndarray
    type_1: np.ndarray
    type_2: np.ndarray


class SequentialTest(NamedTuple):
    """What happened in each run of a sequential test (see `sequential_test`)."""

    steps: np.ndarray
    evidence: np.ndarray
    decision: np.ndarray


class Chernoff(NamedTuple):
    """The Chernoff information, and the tilt at which it is attained (see `chernoff_information`)."""

    information: np.ndarray
    tilt: np.ndarray
    tilted: np.ndarray


def log_likelihood_ratio(p, q, *, axis=-1, base=2):
    """How far each outcome speaks for `p` over `q`: log p(x)/q(x).

    Parameters
    ----------
    p, q : array_like
        Distributions along `axis`. Their shapes broadcast.
    axis : int
        The axis of the outcomes, in the common shape.
    base : float
        Unit of the answer: 2 for bits, ``math.e`` for nats.

    Returns
    -------
    ndarray of float64
        The common shape. ∞ for an outcome that `q` excludes, −∞ for one that `p` excludes, and 0 for one
        that both exclude, since it cannot speak for either.

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is not a distribution along `axis` (see `klbook.ideas.checks.as_distribution`), if the
        shapes don't fit, or `base` is not above 0 and different from 1.

    References
    ----------
    I. J. Good, *Probability and the Weighing of Evidence*, 1950 (as "weight of evidence").

    Examples
    --------
    >>> log_likelihood_ratio([1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8])
    array([ 2., -1., -1.,  0.])
    """
    p, q, _ = as_pair(p, q, axis)
    return _log_ratio(p, q) / math.log2(check_base(base))


def weight_of_evidence(outcomes, p, q, *, base=2):
    """How far sequences of independent outcomes speak for `p` over `q`: the sum of their evidence.

    Parameters
    ----------
    outcomes : array_like of int
        Indices of outcomes, of shape (..., length): each slice along the last axis is one sequence.
    p, q : array_like
        Two distributions, of shape (number of outcomes,).
    base : float
        Unit of the answer.

    Returns
    -------
    float64 or ndarray of float64
        Shape of `outcomes` without the last axis. ±∞ if the sequence is impossible under one of the two, NaN
        if it is impossible under both.

    Raises
    ------
    TypeError, ValueError
        If `outcomes` holds what is no index of an outcome (its place is given), or as `log_likelihood_ratio`.

    References
    ----------
    I. J. Good, *Probability and the Weighing of Evidence*, 1950.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(weight_of_evidence([0, 0, 1, 3], P, Q))  # sun, sun, cloud, snow
    3.0
    """
    steps = _steps(p, q, base)
    with np.errstate(invalid="ignore"):  # ∞ − ∞, where both exclude the sequence
        return steps[as_outcomes(outcomes, len(steps))].sum(axis=-1)


def expected_evidence(truth, p, q, *, base=2):
    """Evidence for `p` over `q` that one outcome brings on average where `truth` is true.

    It is the drift of the walk: Σ truth·log(p/q), which is D(p‖q) where p is true and −D(q‖p) where q is.

    Parameters
    ----------
    truth, p, q : array_like
        Distributions along the last axis, on the same outcomes. The shapes broadcast.
    base : float
        Unit of the answer.

    Returns
    -------
    float64 or ndarray of float64
        The common shape without the last axis. ±∞ if something happens that one of the two excludes, NaN if
        things happen that `p` excludes and others that `q` excludes.

    Raises
    ------
    TypeError, ValueError
        As `log_likelihood_ratio`.

    References
    ----------
    S. Kullback and R. A. Leibler, "On Information and Sufficiency", 1951, section 2.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(expected_evidence(P, P, Q), expected_evidence(Q, P, Q))
    0.625 -0.5
    """
    unit = math.log2(check_base(base))
    p, q, _ = as_pair(p, q)
    truth, p, _ = as_pair(truth, p, names=("truth", "p"))
    truth, q, _ = as_pair(truth, q, names=("truth", "q"))
    ratio = _log_ratio(p, q)
    drift = weighted_sum(truth, ratio)
    size = weighted_sum(truth, np.abs(ratio))
    small = (np.abs(drift) < _NEAR * size) | (size < _NEAR)
    if small.any():
        drift = np.where(small, _small_drift(truth, p, q, ratio, drift), drift)
    return drift[()] / unit


def evidence_walks(p, q, days, *, truth=None, walks=1, seed=0, base=2):
    """Evidence for `p` over `q` as it builds up over seeded days: many walks at once.

    Parameters
    ----------
    p, q : array_like
        Two distributions, of shape (number of outcomes,).
    days : int
        Length of the walks.
    truth : array_like, optional
        The distribution that the days are drawn from: `p` if it is not given.
    walks : int
        Number of walks.
    seed : int or other seed of ``numpy.random.default_rng``
        The days are ``sample_days((walks, days), truth, seed)``.
    base : float
        Unit of the answer.

    Returns
    -------
    ndarray of float64
        Shape (`walks`, `days` + 1); column n holds the evidence after n days, so column 0 is 0. Add the
        logarithm of the prior odds to have the logarithm of the posterior odds.

    Raises
    ------
    TypeError, ValueError
        As `log_likelihood_ratio`, if `truth` is about other outcomes, or `days` or `walks` is negative.

    References
    ----------
    A. Wald, *Sequential Analysis*, 1947.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> sample_days((1, 8), P, seed=1)
    array([[1, 3, 0, 3, 0, 0, 2, 0]])
    >>> evidence_walks(P, Q, 8, seed=1)
    array([[ 0., -1., -1.,  1.,  1.,  3.,  5.,  4.,  6.]])
    """
    steps = _steps(p, q, base)
    truth = _truth(p if truth is None else truth, len(steps))
    walks, days = as_count(walks, "walks"), as_count(days, "days")
    drawn = sample_days((walks, days), truth, seed)
    path = np.zeros((walks, days + 1))
    with np.errstate(invalid="ignore"):  # ∞ − ∞, where a third truth does what either excludes
        np.cumsum(steps[drawn], axis=1, out=path[:, 1:])
    return path


def posterior_odds(prior_odds, evidence, *, base=2):
    """Odds of P against Q after the evidence: prior odds × base^evidence.

    Parameters
    ----------
    prior_odds : array_like
        Probability of P over that of Q before; positive and finite.
    evidence : array_like
        Evidence for P over Q in units of `base`; may be ±∞. The shapes broadcast.
    base : float
        Unit of the evidence: 2 for bits, ``math.e`` for nats.

    Returns
    -------
    float64 or ndarray of float64
        The common shape. 0 or ∞ where the odds leave the range of doubles.

    Raises
    ------
    TypeError, ValueError
        If the prior odds are not positive and finite (certainty cannot be moved by evidence), or `base` is
        not above 0 and different from 1.

    References
    ----------
    I. J. Good, *Probability and the Weighing of Evidence*, 1950.

    Examples
    --------
    >>> print(posterior_odds(1 / 4, 5))  # 1 to 4, then five bits
    8.0
    """
    base = check_base(base)
    prior_odds = as_positive(prior_odds, "prior_odds", smallest=0.0, largest=math.inf)  # as logarithms
    evidence = as_extended(evidence, "evidence")
    prior_odds, evidence = broadcast(prior_odds, evidence, names=("prior_odds", "evidence"))
    with np.errstate(over="ignore", under="ignore"):
        # Added as logarithms, so that small odds and much evidence don't overflow on the way.
        return np.exp2(np.log2(prior_odds) + evidence * math.log2(base))


def posterior_probability(prior, evidence, *, base=2):
    """Probability of P after the evidence, if either P or Q is true.

    Parameters
    ----------
    prior : array_like
        Probability of P before, strictly between 0 and 1.
    evidence : array_like
        Evidence for P over Q in units of `base`; may be ±∞. The shapes broadcast.
    base : float
        Unit of the evidence.

    Returns
    -------
    float64 or ndarray of float64
        The common shape.

    Raises
    ------
    TypeError, ValueError
        If the prior is not strictly between 0 and 1, or `base` is not above 0 and different from 1.

    References
    ----------
    I. J. Good, *Probability and the Weighing of Evidence*, 1950.

    Examples
    --------
    >>> print(posterior_probability(1 / 5, 4))
    0.8
    """
    prior = as_array(prior, "prior")
    refuse(~((prior > 0) & (prior < 1)), prior, "prior", "a prior lies strictly between 0 and 1")
    unit, evidence = math.log2(check_base(base)), as_extended(evidence, "evidence")
    prior, evidence = broadcast(prior, evidence, names=("prior", "evidence"))
    # Of both posteriors the smaller one is reckoned, so that it keeps its digits.
    logs = np.log2(prior) - np.log2(1 - prior) + evidence * unit
    with np.errstate(under="ignore"):
        odds = np.exp2(-np.abs(logs))
        return np.where(logs < 0, odds, 1) / (1 + odds)


def wald_thresholds(alpha, beta, *, base=2):
    """Wald's thresholds for the sequential test, from the error rates that are wanted.

    Parameters
    ----------
    alpha, beta : array_like
        Wanted probabilities of rejecting P though it is true, and of keeping P though Q is true. Each is
        above 0, and their sum is below 1. The shapes broadcast.
    base : float
        Unit of the thresholds.

    Returns
    -------
    lower, upper : float64 or ndarray of float64
        Decide for Q once the evidence for P is at most `lower` = log(α/(1 − β)), and for P once it is at
        least `upper` = log((1 − α)/β). The real errors then satisfy α' ≤ α/(1 − β), β' ≤ β/(1 − α) and
        α' + β' ≤ α + β, because the last step overshoots a threshold. So the *sum* of the errors is on the
        safe side. One of them alone may be larger than was wanted, up to its own bound.

    Raises
    ------
    TypeError, ValueError
        If the rates are not as said, or `base` is not above 0 and different from 1.

    References
    ----------
    A. Wald, "Sequential Tests of Statistical Hypotheses", *Annals of Mathematical Statistics* 16, 1945.

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
    # What is left of 1, without rounding where it is small, as then the thresholds are.
    more, less = np.maximum(alpha, beta), np.minimum(alpha, beta)
    left = np.where(more < 0.5, (0.5 - more) + (0.5 - less), (1 - more) - less)
    refuse(~(left > 0), alpha + beta, "alpha + beta", "the sum of both error rates is below 1")
    unit = math.log2(base)
    return -_log_of_quotient(1 - beta, alpha, left) / unit, _log_of_quotient(1 - alpha, beta, left) / unit


def wald_errors(lower, upper, *, base=2):
    """Wald's approximation for the errors of the sequential test with given thresholds.

    It is exact where the evidence, when the test stops, lies on a threshold, and errs by the overshoot
    otherwise.

    Parameters
    ----------
    lower, upper : array_like
        Thresholds with `lower` < 0 < `upper`; may be infinite. The shapes broadcast.
    base : float
        Their unit.

    Returns
    -------
    alpha, beta : float64 or ndarray of float64
        Probabilities of rejecting P though it is true, and of keeping P though Q is true.

    Raises
    ------
    TypeError, ValueError
        If not `lower` < 0 < `upper`, or `base` is not above 0 and different from 1.

    References
    ----------
    A. Wald, *Sequential Analysis*, 1947.

    Examples
    --------
    >>> alpha, beta = wald_errors(-2, 2)
    >>> print(alpha, beta)
    0.2 0.2
    """
    lower, upper = _thresholds(lower, upper)
    down, up = _nats(lower, upper, base)
    # expm1, because of thresholds near 0: they leave no digits of 1 − base^lower.
    both = -np.expm1(-down - up)
    if check_base(base) < 1:  # whoever turns the signs round keeps p where the outcomes are against it
        return -np.expm1(-down) / both, -np.expm1(-up) / both
    return np.exp(-down) * -np.expm1(-up) / both, np.exp(-up) * -np.expm1(-down) / both


def wald_sample_numbers(p, q, lower, upper, *, base=2):
    """Wald's approximation for how many outcomes the sequential test needs on average.

    The expected evidence at the end is the expected number of outcomes times the drift (Wald's identity,
    which is exact); the approximation is that the test ends exactly on a threshold.

    Parameters
    ----------
    p, q : array_like
        Two distributions, of shape (number of outcomes,).
    lower, upper : array_like
        Finite thresholds with `lower` < 0 < `upper`. The shapes broadcast.
    base : float
        Unit of the thresholds.

    Returns
    -------
    if_p, if_q : float64 or ndarray of float64
        Expected number of outcomes where p is true, and where q is true. ∞ if it is more than a double holds.

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is not one distribution, if they are the same (the evidence never moves) or an outcome
        is possible under one only (it settles the matter at once, and the approximation is worthless), or the
        thresholds are not finite with `lower` < 0 < `upper`.

    References
    ----------
    A. Wald, *Sequential Analysis*, 1947.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> if_p, if_q = wald_sample_numbers(P, Q, -2, 2)
    >>> print(round(if_p, 3), round(if_q, 3))
    1.92 2.4
    """
    steps = _steps(p, q, base)
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
    """The sequential probability ratio test, simulated: watch until the evidence is enough.

    Each run draws outcomes from `truth` one by one and stops when the evidence for `p` over `q` is at most
    `lower` or at least `upper`. Nothing is approximated: the frequencies of the decisions estimate the
    errors, the mean of the steps the expected number, with the standard errors of independent runs.

    Parameters
    ----------
    p, q : array_like
        Two distributions, of shape (number of outcomes,).
    lower, upper : float
        Thresholds with `lower` < 0 < `upper`; one of them may be infinite.
    truth : array_like, optional
        The distribution that is drawn from: `p` if it is not given.
    runs : int
        Number of runs.
    seed : int or other seed of ``numpy.random.default_rng``
        The same seed gives the same runs.
    max_steps : int
        Runs that have not ended after so many outcomes are left undecided.
    base : float
        Unit of the thresholds and of the evidence.

    Returns
    -------
    SequentialTest
        Three arrays of shape (`runs`,): ``steps``, the outcomes that were seen; ``evidence``, that at the
        end; ``decision``, 1 for p, −1 for q and 0 for undecided after `max_steps`.

    Raises
    ------
    TypeError, ValueError
        As `log_likelihood_ratio`; if not `lower` < 0 < `upper`; if nothing that happens is evidence, so that
        no run would end; if `runs` is negative or `max_steps` below 1.

    References
    ----------
    A. Wald, "Sequential Tests of Statistical Hypotheses", *Annals of Mathematical Statistics* 16, 1945.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> test = sequential_test(P, Q, *wald_thresholds(0.05, 0.05), truth=Q)
    >>> kept = (test.decision == 1).mean()  # P was kept though Q is true
    >>> print(kept < 0.05)
    True
    """
    steps = _steps(p, q, base)
    truth = _truth(p if truth is None else truth, len(steps))
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
    walks : array_like
        Evidence after 0, 1, 2, … outcomes, of shape (number of walks, number of outcomes + 1), as
        `evidence_walks` returns it.
    lower, upper : float
        Thresholds with `lower` < 0 < `upper`, in the unit of the walks; may be infinite.

    Returns
    -------
    SequentialTest
        As `sequential_test`; a walk that meets no threshold is undecided after its last outcome.

    Raises
    ------
    TypeError, ValueError
        If the walks are not two-dimensional with at least one column, or hold NaN; if not
        `lower` < 0 < `upper`, one number each.

    References
    ----------
    A. Wald, "Sequential Tests of Statistical Hypotheses", *Annals of Mathematical Statistics* 16, 1945.

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


def types(n, outcomes):
    """All types: the ways in which n outcomes can be shared out, as counts.

    Parameters
    ----------
    n : int
        Length of the sequence, at least 0.
    outcomes : int
        Number of possible outcomes, at least 1.

    Returns
    -------
    ndarray of int64
        Shape (number of types, `outcomes`); each row sums to `n`. There are C(n + k − 1, k − 1) rows for k
        outcomes: polynomially many, though there are kⁿ sequences.

    Raises
    ------
    TypeError, ValueError
        If `n` or `outcomes` is not such a number, or there are more than five million types.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 11.1 (the method of types).

    Examples
    --------
    >>> types(2, 2)
    array([[0, 2],
           [1, 1],
           [2, 0]])
    """
    n, outcomes = as_count(n), as_count(outcomes, "outcomes", least=1)
    rows = math.comb(n + outcomes - 1, outcomes - 1)
    if rows > _MOST_TYPES:
        raise ValueError(f"{n} draws from {outcomes} outcomes have {rows} types, over {_MOST_TYPES}.")
    # Stars and bars: the bars' places among n + k − 1 determine the counts between them.
    bars = chain.from_iterable(combinations(range(n + outcomes - 1), outcomes - 1))
    bars = np.fromiter(bars, dtype=np.int64, count=rows * (outcomes - 1)).reshape(rows, outcomes - 1)
    return np.diff(bars, axis=1, prepend=-1, append=n + outcomes - 1) - 1


def error_curve(p, q, n, *, base=2) -> ErrorCurve:
    """Exact errors of all likelihood-ratio tests on n outcomes.

    Such a test rejects p if the evidence for it is at most a threshold. By the lemma of Neyman and Pearson no
    other test has a smaller error of the second kind at the same error of the first. The errors are sums over
    types, not over samples: exact but for rounding.

    Parameters
    ----------
    p, q : array_like
        Two distributions, of shape (number of outcomes,).
    n : int
        Number of independent outcomes that the test sees, at least 0.
    base : float
        Unit of the thresholds.

    Returns
    -------
    ErrorCurve
        ``threshold``, ``type_1``, ``type_2``, in rising order of thresholds, one element for each value that
        the evidence can take and before them one, with threshold −∞, for the test that never rejects. Between
        two neighbours lie the tests that toss a coin on the evidence at the higher threshold. The errors are
        from 0 to 1, and have a relative error below 1e-12 as long as they are above 1e-290.

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is not one distribution on the same outcomes, `n` is not a number of draws, or there are
        too many types (see `types`).

    References
    ----------
    J. Neyman and E. S. Pearson, "On the Problem of the Most Efficient Tests of Statistical Hypotheses", 1933.

    Examples
    --------
    >>> curve = error_curve([1 / 2, 1 / 2], [1 / 4, 3 / 4], 1)
    >>> print(curve.type_1, curve.type_2)
    [0.  0.5 1. ] [1.   0.25 0.  ]
    """
    unit, steps = math.log2(check_base(base)), _steps(p, q, 2)
    p, q, _ = as_pair(p, q)
    counts = types(n, len(p))
    counts = counts[~(counts[:, p == 0].any(axis=1) & counts[:, q == 0].any(axis=1))]  # those that can happen
    evidence = weighted_sum(counts, steps)
    order = np.argsort(evidence, kind="stable")
    counts, evidence = counts[order], evidence[order]
    first = _levels(evidence, counts, p, q)
    level_p, level_q = (np.add.reduceat(multinomial_probabilities(counts, x), first) for x in (p, q))
    return ErrorCurve(
        np.concatenate([[-np.inf], evidence[first] / unit]),
        _cumulated(level_p),
        _cumulated(level_q[::-1])[::-1],  # summed from the small end
    )


def type_2_error(p, q, n, alpha=0.05, *, randomised=True):
    """Smallest probability of keeping p though q is true, if p is rejected with at most `alpha` where true.

    Parameters
    ----------
    p, q : array_like
        Two distributions, of shape (number of outcomes,).
    n : int
        Number of independent outcomes that the test sees, at least 0.
    alpha : array_like
        Bound for the error of the first kind, from 0 to 1.
    randomised : bool
        If true, the best test of all, which uses up `alpha` to the last bit by tossing a coin where the
        evidence lies on the threshold: its error falls smoothly with n. If false, the best test among those
        that reject exactly if the evidence is at most a threshold: its error is larger and jumps with n.

    Returns
    -------
    float64 or ndarray of float64
        Shape of `alpha`.

    Raises
    ------
    TypeError, ValueError
        As `error_curve`, or if `alpha` is not from 0 to 1.

    References
    ----------
    J. Neyman and E. S. Pearson, "On the Problem of the Most Efficient Tests of Statistical Hypotheses", 1933.

    Examples
    --------
    >>> print(type_2_error([1 / 2, 1 / 2], [1 / 4, 3 / 4], 1, alpha=0.25))
    0.625
    >>> print(type_2_error([1 / 2, 1 / 2], [1 / 4, 3 / 4], 1, alpha=0.25, randomised=False))
    1.0
    """
    alpha = as_probabilities(alpha, "alpha")
    _, type_1, type_2 = error_curve(p, q, n)
    # Rounding must not take away a test whose error is alpha itself.
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
    p, q : array_like
        Two distributions, of shape (number of outcomes,).
    n : int
        Number of independent outcomes, at least 0.
    prior : array_like
        Probability of p before, from 0 to 1.

    Returns
    -------
    float64 or ndarray of float64
        Shape of `prior`. It shrinks like 2^(−n·C), with C the Chernoff information in bits.

    Raises
    ------
    TypeError, ValueError
        As `error_curve`, or if `prior` is not from 0 to 1.

    References
    ----------
    H. Chernoff, "A Measure of Asymptotic Efficiency for Tests of a Hypothesis Based on the Sum of
    Observations", 1952.

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

    −(1/n) log of `type_2_error` tends to it for every bound alpha strictly between 0 and 1 (if it is ∞, the error is
    0 from some n on). The bounded error
    is that of rejecting p; the one that shrinks is that of keeping p though q is true. What decides is how
    untypical of q that is which is typical of p: the divergence is from p. If instead the error of rejecting
    q is bounded, the exponent is D(q‖p).

    Parameters
    ----------
    p, q : array_like
        Distributions along the last axis. Their shapes broadcast.
    base : float
        Unit of the answer.

    Returns
    -------
    float64 or ndarray of float64
        The common shape without the last axis; ∞ if something can happen under p that q excludes.

    Raises
    ------
    TypeError, ValueError
        As `klbook.ideas.surprise.kl_divergence`.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., Theorem 11.8.3 (Chernoff-Stein lemma).

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(stein_exponent(P, Q), stein_exponent(Q, P))
    0.625 0.5
    """
    return kl_divergence(p, q, base=base)


def chernoff_information(p, q, *, base=2) -> Chernoff:
    """How fast both errors can shrink together: −min log Σ p^λ·q^(1−λ), over λ from 0 to 1.

    Parameters
    ----------
    p, q : array_like
        Distributions along the last axis. Their shapes broadcast.
    base : float
        Unit of the information.

    Returns
    -------
    Chernoff
        ``information``, of the common shape without the last axis; ``tilt``, the λ of the minimum, of the
        same shape; ``tilted``, the distribution ∝ p^λ·q^(1−λ) there, of the common shape.

        For 0 < λ < 1 the tilted distribution is as far from p as from q, and this distance is the
        information. Where p excludes what q allows, the minimum may lie at λ = 0 (and with the roles
        exchanged at 1): the tilted distribution is q given what both allow, and the information its distance
        from q alone. If nothing is possible under both, the information is ∞ (one outcome decides), tilt and
        tilted are NaN. If p = q, the information is 0 and every λ is as good: the answer is 1/2.

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is not a distribution along the last axis, if the shapes don't fit, or `base` is not
        above 0 and different from 1.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 11.9 (Chernoff information).

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
    ratio = np.where(both, _log_ratio(p, q) * math.log(2), 0)
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
    """Σ p^λ·q^(1−λ) − 1 and its derivative, as functions of λ that don't cancel where p is near q.

    Because p and q sum to 1, it is the sum of p^λ·q^(1−λ) − λp − (1−λ)q, which is never above 0. With u =
    log(p/q) this is q·(e^λu − 1 − λ·(e^u − 1)), and for small u the series q·Σ (λ^m − λ)·u^m/m!, from m = 2 on.
    The derivative may come with a positive factor.
    """
    powers = np.arange(2, 17)
    # Equal probabilities add nothing. The others are scaled, so that their squares don't leave the doubles.
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


def _steps(p, q, base):
    """The evidence of each outcome, if `p` and `q` are one distribution each."""
    steps = log_likelihood_ratio(p, q, base=base)
    if steps.ndim != 1:
        raise ValueError(f"p and q have the common shape {steps.shape}: one distribution each is expected.")
    return steps


def _truth(truth, outcomes):
    truth = as_distribution(truth, name="truth")
    if truth.shape != (outcomes,):
        raise ValueError(
            f"truth has shape {truth.shape}: it must be about the {outcomes} outcomes of p and q."
        )
    return truth


def _thresholds(lower, upper):
    lower, upper = as_extended(lower, "lower"), as_extended(upper, "upper")
    refuse(~(lower < 0), lower, "lower", "the lower threshold is below 0")
    refuse(~(upper > 0), upper, "upper", "the upper threshold is above 0")
    return broadcast(lower, upper, names=("lower", "upper"))


def _log_ratio(p, q):
    """log2 p/q, with all digits also where p is near q; 0 where both are 0."""
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        ratio, excess = p / q, (p - q) / q
        logs = np.where((ratio > 1e-300) & (ratio < 1e300), np.log2(ratio), np.log2(p) - np.log2(q))
        logs = np.where(np.abs(excess) < 0.5, np.log1p(excess) / math.log(2), logs)
    return np.where((p == 0) & (q == 0), 0.0, logs)


def _small_drift(truth, p, q, ratio, drift):
    """The drift again, where its terms cancel because p, q and the truth are near to each other.

    Where the truth is p, it is the sum of p·log(p/q) − p + q, because both sum to 1, and nothing in it is below 0.
    Where it is q, the same holds with the roles exchanged. Near to them, (truth − p)·log(p/q) is added.
    """
    both = (p > 0) & (q > 0)
    nats = np.where(both, ratio * math.log(2), 0)
    excluded = np.where(both, 0, q - p).sum(axis=-1)
    for sign, near, other in ((1, p, q), (-1, q, p)):
        with np.errstate(invalid="ignore"):
            gain = np.where(
                np.abs(nats) < 1, near * exp_rest(-sign * nats), sign * near * nats - near + other
            )
        gain = sign * np.where(both, gain, 0).sum(axis=-1)
        careful = (gain + excluded + ((truth - near) * nats).sum(axis=-1)) / math.log(2)
        drift = np.where(np.abs(truth - near).sum(axis=-1) < _NEAR, careful, drift)
    return drift


def _log_of_quotient(a, b, difference):
    """log2 a/b, for a = b + difference."""
    with np.errstate(over="ignore"):
        near = difference < 0.5 * b
        return np.where(near, np.log1p(difference / b) / math.log(2), np.log2(a) - np.log2(b))


def _nats(lower, upper, base):
    """How far the thresholds are from 0, in nats: that at which p is given up, and the other one.

    With a base below 1 all signs turn round: there the upper threshold is where the outcomes are against p.
    """
    unit = math.log(check_base(base))
    return (-lower * unit, upper * unit) if unit > 0 else (-upper * unit, lower * unit)


def _final_evidence(down, up):
    """Evidence in nats that is expected where p is true, if the test ends exactly at −`down` or at `up`.

    It is (1 − α)·up − α·down with Wald's α, in a form in which nothing cancels.
    """
    # (1 − e^−x − x·e^−x)/x and (e^−x − 1 + x)/x: both are x/2 if x is small.
    small = np.minimum(down, 1)
    lost = np.where(
        down < 1, np.exp(-small) * exp_rest(small) / small, (-np.expm1(-down) - down * np.exp(-down)) / down
    )
    saved = np.exp(-down) * exp_rest(-up) / up
    return down * (up * ((lost + saved) / -np.expm1(-down - up)))


def _levels(evidence, counts, p, q):
    """Where in the sorted evidence a new value begins.

    Sums that are equal were rounded in different ways: the stored probabilities, their logarithms, the products
    and the sums.
    """
    logs = sum(np.abs(np.log2(np.where(x > 0, x, 1))) for x in (p, q)) + 2
    rounding = np.where(np.isfinite(evidence), (len(p) + 4) * np.finfo(float).eps * (counts @ logs), 0)
    with np.errstate(invalid="ignore"):  # ∞ − ∞ is no step
        steps = np.diff(evidence) > rounding[1:]
    return np.concatenate([[0], np.flatnonzero(steps) + 1])


def _cumulated(masses):
    """Sums of the first 0, 1, 2, … masses, which rounding leaves no larger than 1."""
    return np.minimum(np.concatenate([[0], masses.cumsum()]), 1)
