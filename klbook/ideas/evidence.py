"""Evidence: how far outcomes speak for P over Q.

An outcome x speaks for P over Q with log p(x)/q(x): one bit if P makes it twice as likely. Evidence adds up if
the outcomes are independent given P, and given Q, so a sequence of days is a walk. Where P is true it drifts
upwards by D(P‖Q) a day, where Q is true downwards by D(Q‖P): the two directions of the divergence.

Evidence is always *for P over Q*: upwards is towards P. It is computed from likelihoods alone; that its mean is
the divergence is for the reader, and for the tests, to find.
"""

import math

import numpy as np

from klbook.ideas.checks import (
    as_array,
    as_count,
    as_extended,
    as_outcomes,
    as_pair,
    as_positive,
    as_truth,
    broadcast,
    check_base,
    refuse,
)
from klbook.ideas.numerics import exp_rest, log2_ratio, weighted_sum
from klbook.ideas.weather import sample_days

__all__ = [
    "evidence_walks",
    "expected_evidence",
    "log_likelihood_ratio",
    "posterior_odds",
    "posterior_probability",
    "walk_steps",
    "weight_of_evidence",
]

# If the drift is less than this share of its terms, or the terms are smaller than this, they nearly cancel. It is then
# computed in another way where the truth is nearer than this to p or to q (see `_small_drift`).
_NEAR = 1e-2


def log_likelihood_ratio(p, q, *, axis=-1, base=2):
    """How far each outcome speaks for `p` over `q`: log p(x)/q(x), I. J. Good's "weight of evidence" (1950).

    Parameters
    ----------
    p, q : array_like, distributions along `axis`; their shapes broadcast
    axis, base : int, float, axis of the outcomes; unit of the answer (2 for bits, ``math.e`` for nats)

    Returns
    -------
    ndarray of float64
        The common shape. ∞ for an outcome that `q` excludes, −∞ for one that `p` excludes, and 0 for one that both
        exclude, since it cannot speak for either.

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is no distribution along `axis`, `base` is no base of logarithms, or the shapes don't fit.

    Examples
    --------
    >>> log_likelihood_ratio([1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8])
    array([ 2., -1., -1.,  0.])
    """
    p, q, _ = as_pair(p, q, axis)
    return log2_ratio(p, q) / math.log2(check_base(base))


def walk_steps(p, q, *, base=2):
    """The steps of a walk: the evidence of each outcome for `p` over `q`, which are one distribution each."""
    steps = log_likelihood_ratio(p, q, base=base)
    if steps.ndim != 1:
        raise ValueError(f"p and q have the common shape {steps.shape}: one distribution each is expected.")
    return steps


def weight_of_evidence(outcomes, p, q, *, base=2):
    """How far sequences of independent outcomes speak for `p` over `q`: the sum of their evidence.

    Parameters
    ----------
    outcomes : array_like of int, indices of outcomes, of shape (..., length): sequences along the last axis
    p, q : array_like, two distributions, of shape (number of outcomes,)
    base : float, unit of the answer

    Returns
    -------
    float64 or ndarray, one number per sequence; ±∞ if it is impossible under one of the two, NaN if under both

    Raises
    ------
    TypeError, ValueError: if `outcomes` holds what is no index of an outcome, or as `log_likelihood_ratio`

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(weight_of_evidence([0, 0, 1, 3], P, Q))  # sun, sun, cloud, snow
    3.0
    """
    steps = walk_steps(p, q, base=base)
    with np.errstate(invalid="ignore"):  # ∞ − ∞, where both exclude the sequence
        return steps[as_outcomes(outcomes, len(steps))].sum(axis=-1)


def expected_evidence(truth, p, q, *, base=2):
    """Evidence for `p` over `q` that one outcome brings on average where `truth` is true: the drift of the walk.

    It is Σ truth·log(p/q): D(p‖q) where p is true, −D(q‖p) where q is (Kullback and Leibler 1951, section 2).

    Parameters
    ----------
    truth, p, q : array_like, distributions along the last axis, on the same outcomes; the shapes broadcast
    base : float, unit of the answer

    Returns
    -------
    float64 or ndarray
        The common shape without the last axis. ±∞ if something happens that one of the two excludes, NaN if things
        happen that `p` excludes and others that `q` excludes.

    Raises
    ------
    TypeError, ValueError: as `log_likelihood_ratio`

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
    ratio = log2_ratio(p, q)
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
    p, q : array_like, two distributions, of shape (number of outcomes,)
    days : int, length of the walks
    truth : array_like, optional, the distribution that the days are drawn from: `p` if it is not given
    walks : int, number of walks
    seed : int or other seed of ``numpy.random.default_rng``, the days are ``sample_days((walks, days), truth, seed)``
    base : float, unit of the answer

    Returns
    -------
    ndarray of float64
        Shape (`walks`, `days` + 1); column n holds the evidence after n days, so column 0 is 0. Add the logarithm of
        the prior odds to have the logarithm of the posterior odds.

    Raises
    ------
    TypeError, ValueError: as `log_likelihood_ratio`, or if `truth` is about other outcomes or a number is negative

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> evidence_walks(P, Q, 8, seed=1)  # cloud, snow, sun, snow, sun, sun, rain, sun
    array([[ 0., -1., -1.,  1.,  1.,  3.,  5.,  4.,  6.]])
    """
    steps = walk_steps(p, q, base=base)
    truth = as_truth(p if truth is None else truth, len(steps))
    walks, days = as_count(walks, "walks"), as_count(days, "days")
    drawn = sample_days((walks, days), truth, seed)
    path = np.zeros((walks, days + 1))
    with np.errstate(invalid="ignore"):  # ∞ − ∞, if the truth allows what p excludes and what q does
        np.cumsum(steps[drawn], axis=1, out=path[:, 1:])
    return path


def posterior_odds(prior_odds, evidence, *, base=2):
    """Odds of P against Q after the evidence: prior odds × base^evidence.

    Parameters
    ----------
    prior_odds : array_like, probability of P over that of Q before; positive and finite
    evidence : array_like, evidence for P over Q in units of `base`; may be ±∞; the shapes broadcast
    base : float, unit of the evidence: 2 for bits, ``math.e`` for nats

    Returns
    -------
    float64 or ndarray, the common shape; 0 or ∞ where the odds leave the range of doubles

    Raises
    ------
    TypeError, ValueError
        If the prior odds are not as said (evidence cannot move certainty), or `base` is no base of logarithms.

    Examples
    --------
    >>> print(posterior_odds(1 / 4, 5))  # 1 to 4, then five bits
    8.0
    """
    base = check_base(base)
    prior_odds = as_positive(
        prior_odds, "prior_odds", smallest=0.0, largest=math.inf
    )  # of any size, see below
    evidence = as_extended(evidence, "evidence")
    prior_odds, evidence = broadcast(prior_odds, evidence, names=("prior_odds", "evidence"))
    with np.errstate(over="ignore", under="ignore"):
        # Added as logarithms: base^evidence alone may be more than a double holds though the product is not.
        return np.exp2(np.log2(prior_odds) + evidence * math.log2(base))


def posterior_probability(prior, evidence, *, base=2):
    """Probability of P after the evidence (in units of `base`), if either P or Q is true; `prior` is that before."""
    prior = as_array(prior, "prior")
    refuse(~((prior > 0) & (prior < 1)), prior, "prior", "a prior lies strictly between 0 and 1")
    unit, evidence = math.log2(check_base(base)), as_extended(evidence, "evidence")
    prior, evidence = broadcast(prior, evidence, names=("prior", "evidence"))
    # The smaller of the two posteriors is computed first: as 1 minus the larger one it would lose its digits.
    logs = np.log2(prior) - np.log2(1 - prior) + evidence * unit
    with np.errstate(under="ignore"):
        odds = np.exp2(-np.abs(logs))
        return np.where(logs < 0, odds, 1) / (1 + odds)


def _small_drift(truth, p, q, ratio, drift):
    """The drift in bits where its terms cancel, because p, q and the truth are near to each other."""
    # Where the truth is p, it is the sum of p·log(p/q) − p + q, because both sum to 1, and nothing in it is below 0.
    # Where it is q, the same holds with the roles exchanged. Near to them, (truth − p)·log(p/q) is added.
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
