"""Evidence: how far outcomes speak for P over Q, and how many of them a decision takes.

An outcome x speaks for P over Q with log p(x)/q(x): one bit if P makes it twice as likely. Evidence of
independent outcomes adds up, so a sequence of days is a walk. Where P is true it drifts upwards by D(P‖Q) a
day, where Q is true downwards by D(Q‖P): the two directions of the divergence.

Conventions, everywhere in this module
--------------------------------------
- Evidence is *for P over Q*. Upwards is towards P.
- The error of the first kind (type 1) rejects P though it is true, the error of the second kind (type 2)
  keeps P though Q is true.
- With type 1 held below any fixed level, the best type 2 shrinks like 2^(−n·D(P‖Q)): the divergence is taken
  from the hypothesis whose error is *bounded*. Its own error is the other one, D(Q‖P).

The walks and the errors are computed from likelihoods alone. The divergence appears only where a theorem
names it (`stein_exponent`), and in the Chernoff information, where it saves digits.
"""

import math
from itertools import chain, combinations
from typing import NamedTuple

import numpy as np

from klbook.ideas.checks import (
    as_array,
    as_count,
    as_distribution,
    as_outcomes,
    as_pair,
    as_positive,
    as_probabilities,
    check_base,
    refuse,
)
from klbook.ideas.numerics import root, weighted_sum
from klbook.ideas.surprise import kl_divergence, surprisal
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
# Sums of logarithms that differ by no more than this are the same number, rounded differently.
_TIE = 1e-9
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
    with np.errstate(invalid="ignore"):
        ratio = surprisal(q, base=base) - surprisal(p, base=base)
    return np.where((p == 0) & (q == 0), 0.0, ratio)


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
    truth, p, _ = as_pair(truth, p, names=("truth", "p"))
    return weighted_sum(truth, log_likelihood_ratio(p, q, base=base))


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
    evidence = as_array(evidence, "evidence")
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
    odds = posterior_odds(prior / (1 - prior), evidence, base=base)
    with np.errstate(divide="ignore", over="ignore"):
        return 1 / (1 + 1 / odds)


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
        α' + β' ≤ α + β: the last step overshoots a threshold, so the test errs on the safe side.

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
    refuse(~(alpha > 0), alpha, "alpha", "an error rate is above 0")
    refuse(~(beta > 0), beta, "beta", "an error rate is above 0")
    total = alpha + beta
    refuse(~(total < 1), total, "alpha + beta", "the sum of both error rates is below 1")
    unit = math.log2(base)
    return np.log2(alpha / (1 - beta)) / unit, np.log2((1 - alpha) / beta) / unit


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
    base = check_base(base)
    with np.errstate(under="ignore"):
        if_p, if_q = base**lower, base**-upper
        both = 1 - if_p * if_q
        return if_p * (1 - if_q) / both, if_q * (1 - if_p) / both


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
        Expected number of outcomes where p is true, and where q is true.

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
    alpha, beta = wald_errors(lower, upper, base=base)
    if_p = ((1 - alpha) * upper + alpha * lower) / expected_evidence(p, p, q, base=base)
    if_q = (beta * upper + (1 - beta) * lower) / expected_evidence(q, p, q, base=base)
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
    if not steps[truth > 0].any():
        raise ValueError("Nothing that happens is evidence for p or q: the test would never end.")
    runs, max_steps = as_count(runs, "runs"), as_count(max_steps, "max_steps", least=1)
    return _run(np.random.default_rng(seed), steps, truth, lower, upper, runs, max_steps)


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
        two neighbours lie the tests that toss a coin on the evidence at the higher threshold. Relative error
        of the probabilities about 1e-12, as long as they are above 1e-300.

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
    _steps(p, q, base)
    counts = types(n, len(p))
    log_p, log_q = _log_sequence(counts, p), _log_sequence(counts, q)
    possible = (log_p > -np.inf) | (log_q > -np.inf)
    counts, log_p, log_q = counts[possible], log_p[possible], log_q[possible]
    with np.errstate(under="ignore"):
        log_size = _log_multinomial(counts)
        mass_p, mass_q = np.exp2(log_size + log_p), np.exp2(log_size + log_q)
    evidence = log_p - log_q
    order = np.argsort(evidence)
    evidence, mass_p, mass_q = evidence[order], mass_p[order], mass_q[order]
    size = np.where(np.isfinite(evidence), np.abs(evidence), 0)
    with np.errstate(invalid="ignore"):  # ∞ − ∞ is no step
        first = np.flatnonzero(np.diff(evidence, prepend=np.nan) > _TIE * np.maximum(1, size))
    first = np.concatenate([[0], first])
    level_p, level_q = np.add.reduceat(mass_p, first), np.add.reduceat(mass_q, first)
    return ErrorCurve(
        np.concatenate([[-np.inf], evidence[first] / math.log2(base)]),
        np.concatenate([[0], level_p.cumsum()]),
        np.concatenate([level_q[::-1].cumsum()[::-1], [0]]),  # summed from the small end
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

    −(1/n) log of `type_2_error` tends to it for every bound alpha strictly between 0 and 1. The bounded error
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
    base = check_base(base)
    p, q, _ = as_pair(p, q)
    both = (p > 0) & (q > 0)
    shared = both.any(axis=-1)
    log_p, log_q = np.log(np.where(both, p, 1)), np.log(np.where(both, q, 1))

    def tilted(tilt):
        logs = np.where(both, log_q + tilt[..., None] * (log_p - log_q), -np.inf)
        weights = np.exp(logs - np.where(shared, logs.max(axis=-1), 0)[..., None])
        return weights / np.where(shared, weights.sum(axis=-1), np.nan)[..., None]

    def slope(tilt):  # derivative of log Σ p^λ·q^(1−λ), which is convex in λ
        return (tilted(tilt) * (log_p - log_q)).sum(axis=-1)

    tilt = root(slope, np.zeros(shared.shape), np.ones(shared.shape))
    tilt = np.where(shared, np.where((p == q).all(axis=-1), 0.5, tilt), np.nan)
    t = tilted(tilt)
    # Not −log Σ p^λ·q^(1−λ), which has no digits left where p and q are close: the two are the same.
    safe = np.where(shared[..., None], t, 1 / p.shape[-1])
    parts = [(w, kl_divergence(safe, x, base=base)) for w, x in ((tilt, p), (1 - tilt, q))]
    with np.errstate(invalid="ignore"):
        information = sum(np.where(w > 0, w * d, 0) for w, d in parts)
    sure = np.copysign(np.inf, math.log(base))
    return Chernoff(np.where(shared, information, sure)[()], tilt[()], t)


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
    lower, upper = as_array(lower, "lower"), as_array(upper, "upper")
    refuse(~(lower < 0), lower, "lower", "the lower threshold is below 0")
    refuse(~(upper > 0), upper, "upper", "the upper threshold is above 0")
    return lower, upper


def _log_sequence(counts, p):
    """Logarithm, in bits, of the probability of one sequence with these counts."""
    with np.errstate(divide="ignore"):
        return weighted_sum(counts, np.log2(as_distribution(p)))


def _log_multinomial(counts):
    """Logarithm, in bits, of how many sequences have these counts."""
    n = int(counts[0].sum())
    log_factorial = np.concatenate([[0], np.log2(np.arange(1, n + 1)).cumsum()])
    return log_factorial[n] - log_factorial[counts].sum(axis=-1)
