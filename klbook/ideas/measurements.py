"""Measurements: seven experiments, one for each story, and every one of them measures D(p‖q).

None of them calls a function for the divergence. But they know p and q: what they average is log2 p/q under another
name, except for the coder, which counts bytes. Each works with the means of its own chapter, on a simulation of its
own, and says how far its answer may be off:

- the *standard error*, from the spread of what was drawn, wherever something is drawn;
- a *bound* on everything else: what a coder adds at the end of a stream, what one's own tickets do to the pot,
  rounding.

So ``abs(value - D)`` is at most ``bound`` plus a few times ``error``.

| story | what is done | bound |
|---|---|---|
| surprise | average extra surprise on seeded days | rounding |
| evidence | 50 travellers: average evidence a day at the end of each walk | rounding |
| likelihood | counts of days alone: average log-likelihood under p minus that under q | rounding |
| coding | bytes of an arithmetic coder with the model q minus those with p | 9 bits a stream, and frequencies |
| house | 50 gamblers who bet p at odds 1/q: log of wealth a round at the end | rounding |
| lottery | draws with a crowd in shares q and a few own tickets in shares p | the own tickets |
| tangent | gap of the negative entropy above its tangent at q; nothing is drawn | rounding |

The first six are averages of one and the same random number, log2 p(x)/q(x), which each story gives another
name (`outcome_by_outcome`). So on the same seed they agree day by day, not only in the long run.

All answers are in bits a day.
"""

import math
from typing import NamedTuple

import numpy as np

from klbook.ideas.arithmetic import arithmetic_encode, integer_frequencies
from klbook.ideas.bregman import NEGATIVE_ENTROPY, bregman_divergence, tangent_gap
from klbook.ideas.checks import as_count, as_one_distribution, as_pair, as_positive, refuse
from klbook.ideas.coding import ideal_lengths
from klbook.ideas.evidence import evidence_walks, log_likelihood_ratio
from klbook.ideas.gambling import fair_odds, wealth_factors, wealth_paths
from klbook.ideas.likelihood import (
    average_log_likelihood,
    count_outcomes,
    empirical_distribution,
    log_likelihood,
)
from klbook.ideas.lottery import lottery_return
from klbook.ideas.numerics import weighted_sum
from klbook.ideas.surprise import surprisal
from klbook.ideas.weather import sample_days

__all__ = [
    "OWN_SHARE",
    "STORIES",
    "WALKS",
    "Measurement",
    "coding_waste",
    "entropy_gap",
    "evidence_drift",
    "extra_surprise",
    "likelihood_gain",
    "lottery_gain",
    "outcome_by_outcome",
    "seven_ways",
    "wealth_growth",
]

#: The stories in the order of the chapters; the keys of `seven_ways` and `outcome_by_outcome`.
STORIES = ("surprise", "evidence", "likelihood", "coding", "house", "lottery", "tangent")
#: Travellers and gamblers: independent walks that the days are shared out among.
WALKS = 50
#: Own tickets in the lottery, as a share of all tickets.
OWN_SHARE = 1 / 1000

# What the coder's frequencies sum to: the most that it allows, so that rounding to whole frequencies costs least.
_TOTAL = 1 << 32
# A stream is less than so many bits longer than the ideal, and less than 2^−31 bit for each symbol.
_END, _DIVISION = 9, 2.0**-31
# Sums of logarithms of doubles are known to better than this.
_ROUNDING = 1e-12


class Measurement(NamedTuple):
    """What an experiment found, in bits a day, and how far it may be off (see the top of this module)."""

    # If something happens that q rules out, the value is ∞ and the error NaN.

    value: float
    error: float
    bound: float


def extra_surprise(p, q, days=1000, *, seed=0):
    """Surprise: how much more a believer in `q` is surprised a day than one who knows `p`, in bits."""
    p, q = _pair(p, q)
    happened = sample_days(as_count(days, "days", least=2), p, seed)
    return _average(surprisal(q)[happened] - surprisal(p)[happened])


def evidence_drift(p, q, days=1000, *, seed=0):
    """Evidence for `p` over `q` that a day brings, in bits, on walks of `WALKS` travellers where `p` is true."""
    p, q = _pair(p, q)
    each = _each(days)
    return _average(evidence_walks(p, q, each, walks=WALKS, seed=seed)[:, -1] / each)


def likelihood_gain(p, q, days=1000, *, seed=0):
    """Likelihood, from counts alone: how much better `p` explains a day of `p` than `q` does, in bits."""
    p, q = _pair(p, q)
    days = as_count(days, "days", least=2)
    counts = count_outcomes(sample_days(days, p, seed), len(p))
    value = average_log_likelihood(counts, p) - average_log_likelihood(counts, q)
    if np.isinf(value):
        return Measurement(math.inf, math.nan, _ROUNDING)
    variance = weighted_sum(empirical_distribution(counts), (_log_likelihoods(p, q) - value) ** 2)
    return Measurement(float(value), math.sqrt(variance / (days - 1)), _ROUNDING)


def coding_waste(p, q, days=1000, *, seed=0):
    """Coding: real bits that a day of `p` takes more if the arithmetic coder's model is `q` than if it is `p`.

    A day that `q` rules out has no codeword: a ValueError.
    """
    p, q = _pair(p, q)
    days = as_count(days, "days", least=2)
    stream = sample_days(days, p, seed)
    for_p, for_q = integer_frequencies(p, _TOTAL), integer_frequencies(q, _TOTAL)
    # The bound: either stream is less than 9 bits, and 2^−31 bit a day, longer than the ideal; and frequencies are
    # whole numbers, which moves an ideal length by at most max |log2(frequency/(probability·total))|. The standard
    # error is that of the days, from the spread of their ideal lengths.
    right, wrong = (8 * len(arithmetic_encode(stream, model)) for model in (for_p, for_q))
    ideal = ideal_lengths(for_q / _TOTAL)[stream] - ideal_lengths(for_p / _TOTAL)[stream]
    rounded = sum(_shift(model, of, p > 0) for model, of in ((for_p, p), (for_q, q)))
    bound = _END / days + _DIVISION + rounded
    return Measurement((wrong - right) / days, _average(ideal).error, bound)


def wealth_growth(p, q, days=1000, *, seed=0):
    """House: doublings of money a day for `WALKS` gamblers who bet `p` against odds of 1/`q`."""
    p, q = _pair(p, q)
    each = _each(days)
    return _average(wealth_paths(p, p, fair_odds(q), each, paths=WALKS, seed=seed)[:, -1] / each)


def lottery_gain(p, q, days=1000, *, seed=0, own=OWN_SHARE):
    """Lottery: doublings of money a draw for few own tickets, spread as `p`, among a crowd's, spread as `q`."""
    p, q = _pair(p, q)
    # The own tickets move the shares from q to (1 − own)·q + own·p, and so the expected gain falls short of that of a
    # vanishing stake by Σ p·log2(1 + own·(p/q − 1)). The bound is log2(1 + own·(Σ p²/q − 1)), at least as much by
    # Jensen's inequality. Where q is 0 the own ticket alone holds the number, and the gain is finite.
    drawn = sample_days(as_count(days, "days", least=2), p, seed)
    value, error, _ = _average(_lottery_doublings(p, q, own)[drawn])
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        crowding = np.where(p > 0, p * p / q, 0).sum() - 1
    return Measurement(value, error, float(np.log2(1 + own * max(crowding, 0))) + _ROUNDING)


def entropy_gap(p, q):
    """Tangent: how far the negative entropy at `p` lies above its tangent at `q`. Nothing is drawn.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,)

    Returns
    -------
    Measurement, ``value``, in bits; ``error``, which is 0; ``bound``, for rounding; ∞ if `q` is 0 where `p` is not

    Raises
    ------
    TypeError, ValueError: if `p` or `q` is not one distribution, or they are about different outcomes

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(round(entropy_gap(P, Q).value, 9), entropy_gap(P, Q).error)
    0.625 0.0
    """
    return Measurement(float(bregman_divergence(*_pair(p, q), NEGATIVE_ENTROPY)), 0.0, _ROUNDING)


def seven_ways(p, q, days=1000, *, seed=0):
    """All seven experiments on one pair, each with days of its own.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,): the world and the belief
    days : int, days of each experiment: a multiple of `WALKS`
    seed : int or sequence of int, six independent seeds are made from it

    Returns
    -------
    dict of str to Measurement, in bits a day, in the order of `STORIES`

    Raises
    ------
    TypeError, ValueError
        If `p` or `q` is not one distribution, they are about different outcomes, `days` is not as said, or `q` is 0
        where `p` is not: some stories then say ∞, others stop; run them one by one.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> for story, measured in seven_ways(P, Q, 10_000).items():
    ...     assert abs(measured.value - 5 / 8) < 4 * measured.error + measured.bound, story
    """
    p, q = _pair(p, q)
    refuse((q == 0) & (p > 0), q, "q", "p lets it happen, so some of the experiments cannot be run")
    drawn = (extra_surprise, evidence_drift, likelihood_gain, coding_waste, wealth_growth, lottery_gain)
    seeds = np.random.SeedSequence(seed).spawn(len(drawn))
    found = [experiment(p, q, days, seed=s) for experiment, s in zip(drawn, seeds, strict=True)]
    return dict(zip(STORIES, [*found, entropy_gap(p, q)], strict=True))


def outcome_by_outcome(p, q, *, own=OWN_SHARE):
    """What one day of each kind brings, in bits, as each story computes it.

    Parameters
    ----------
    p, q : array_like, two distributions, of shape (number of outcomes,), with `q` above 0 wherever `p` is
    own : float, the own tickets in the lottery, as a share of all, above 0 and below 1

    Returns
    -------
    dict of str to ndarray of float64
        In the order of `STORIES`, each of shape (number of outcomes,). All but the last are log2(p/q) (the lottery's
        nearly). The last, the gap above the tangent for each unit of p, is log2(p/q) + (q/p − 1)/ln 2, which has the
        same average if `p` is nowhere 0: the added terms sum to nothing. NaN where `p` is 0.

    Raises
    ------
    TypeError, ValueError: if `p` or `q` is not one distribution on the same outcomes, or something is not as said

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> day = outcome_by_outcome(P, Q)
    >>> print(day["coding"], day["house"])
    [ 2. -1. -1.  0.] [ 2. -1. -1.  0.]
    >>> print(round(float(P @ day["tangent"]), 9))
    0.625
    """
    p, q = _pair(p, q)
    refuse((q == 0) & (p > 0), q, "q", "p lets it happen, so it is worth infinitely much")
    with np.errstate(divide="ignore", invalid="ignore"):
        worth = (
            surprisal(q) - surprisal(p),
            log_likelihood_ratio(p, q),
            _log_likelihoods(p, q),
            ideal_lengths(q) - ideal_lengths(p),
            np.log2(wealth_factors(p, fair_odds(q))),
            _lottery_doublings(p, q, own),
            tangent_gap(p, q, NEGATIVE_ENTROPY) / p,
        )
    return {story: np.where(p > 0, x, np.nan) for story, x in zip(STORIES, worth, strict=True)}


def _pair(p, q):
    return as_pair(p, q, check=lambda x, _, name: as_one_distribution(x, name))[:2]


def _each(days):
    """Days of each of the walks."""
    days = as_count(days, "days", least=WALKS)
    if days % WALKS:
        raise ValueError(
            f"days is {days}: {WALKS} walks share them out, so it must be a multiple of {WALKS}."
        )
    return days // WALKS


def _average(x):
    """Mean of independent numbers, and its standard error."""
    mean = float(x.mean())
    error = float(x.std(ddof=1)) / math.sqrt(len(x)) if math.isfinite(mean) else math.nan
    return Measurement(mean, error, _ROUNDING)


def _log_likelihoods(p, q):
    """Log-likelihood of p minus that of q, for data that are one single outcome."""
    single = np.eye(len(p), dtype=int)
    with np.errstate(invalid="ignore"):  # ∞ − ∞, where both exclude the outcome
        return log_likelihood(single, p) - log_likelihood(single, q)


def _lottery_doublings(p, q, own):
    """log2 of what a unit of money becomes for each winning number; −∞ where there is no own ticket."""
    own = float(as_positive(own, "own"))
    if own >= 1:
        raise ValueError(f"own is {own}: it is a share of all tickets, below 1.")
    with np.errstate(divide="ignore"):
        return np.log2(lottery_return(own * p, (1 - own) * q))


def _shift(frequencies, p, counts):
    """How far rounding to whole frequencies moves an ideal length at most, in bits."""
    with np.errstate(divide="ignore", invalid="ignore"):
        return float(np.abs(np.log2(frequencies / _TOTAL) - np.log2(p))[counts].max())
