"""Gambling: how fast money grows when bets rest on p and the odds on q.

Odds are "o for 1": a unit staked on outcome x comes back as o(x) units if x happens, and is gone otherwise.
Whoever believes q and wants no profit pays 1/q(x). A *bet* is the share of the bankroll that is staked on
each outcome; what is not staked is held back as cash. Nobody can stake a negative share, and nobody needs to:
staking on everything else is betting against an outcome.

Wealth multiplies, so it is its logarithm that adds up: after n independent rounds log2(wealth)/n tends to the
doubling rate Σ p·log2(cash + b·o). This is typical wealth. Mean wealth grows by Σ p·(cash + b·o) a round, and
the two recommend different bets.

Growth is computed from payoffs. That it is D(p‖q) − D(p‖b) at fair odds is for the reader, and for the tests, to
find.
"""

import math

import numpy as np

from klbook.ideas.checks import (
    SMALLEST,
    as_amounts,
    as_array,
    as_count,
    as_distribution,
    as_it_is,
    as_outcomes,
    as_pair,
    as_share,
    check_base,
    on_outcomes,
    refuse,
    sum_tolerance,
)
from klbook.ideas.numerics import weighted_sum
from klbook.ideas.weather import sample_days

__all__ = [
    "book_sum",
    "cost_of_take",
    "doubling_rate",
    "dutch_book",
    "fair_odds",
    "kelly_bet",
    "log_wealth",
    "mean_return",
    "wealth_factors",
    "wealth_paths",
]

# Odds whose Σ 1/odds is closer than this to 1 count as fair: the tolerance for sums of probabilities.
_ROUNDING = sum_tolerance(float)


def fair_odds(q, take=0):
    """Odds of a house that believes `q` and keeps the share `take` of what is staked: (1 − take)/q.

    Parameters
    ----------
    q : array_like, distributions along the last axis: the house's belief
    take : array_like, the house's share, from 0 to below 1: one, or one for each outcome; the shapes broadcast

    Returns
    -------
    ndarray of float64, the common shape; ∞ where `q` is 0

    Raises
    ------
    TypeError, ValueError
        If `q` is not a distribution along the last axis, `take` is not as said, or a probability is so small (below
        5.6e-309) that its odds are more than a double holds.

    Examples
    --------
    >>> fair_odds([1 / 8, 1 / 2, 1 / 4, 1 / 8])
    array([8., 2., 4., 8.])
    """
    q, take = on_outcomes(as_distribution(q, name="q"), as_share(take, "take"), names=("q", "take"))
    with np.errstate(divide="ignore", over="ignore"):
        odds = (1 - take) / q
    refuse(np.isinf(odds) & (q > 0), q, "q", "its odds are more than a double holds, though it is possible")
    return odds


def book_sum(odds):
    """What it costs to be paid 1 whatever happens: Σ 1/odds, over the last axis.

    1 for fair odds, above 1 if the house has a take, below 1 if money can be made without risk (`dutch_book`).
    """
    odds = _odds(odds)
    if odds.ndim == 0:
        raise ValueError("odds is a single number: an array with one number for each outcome is expected.")
    return (1 / odds).sum(axis=-1)


def dutch_book(odds):
    """The bet that pays the same whatever happens, proportional to 1/odds, and what a unit becomes: 1/Σ(1/odds)."""
    total = book_sum(odds)
    odds = as_array(odds, "odds")
    refuse(np.isinf(odds), odds, "odds", "odds are finite here")
    return 1 / odds / total[..., None], 1 / total


def wealth_factors(bets, odds):
    """What a unit of wealth becomes if each outcome happens: cash + bets·odds.

    Parameters
    ----------
    bets : array_like
        Shares of the bankroll staked on each outcome, along the last axis: not negative, with a sum of at most 1. What
        is left of 1 is cash; below 2e-16 for each outcome it is rounding, and counts as none.
    odds : array_like, positive; ∞ is allowed; the shapes broadcast

    Returns
    -------
    ndarray of float64, the common shape

    Raises
    ------
    TypeError, ValueError
        If a bet is negative, bets exceed the bankroll, odds are not positive, or the shapes don't fit.

    Examples
    --------
    >>> wealth_factors([0.5, 0.25], [2, 4])  # a quarter is held back
    array([1.25, 1.25])
    """
    bets, odds = _bets(bets), _odds(odds)
    total = bets.sum(axis=-1, keepdims=True)
    cash = np.where(_no_cash(total, bets), 0, 1 - total)
    bets, odds = on_outcomes(bets, odds, names=("bets", "odds"))
    with np.errstate(invalid="ignore"):
        return cash + np.where(bets > 0, bets * odds, 0)


def doubling_rate(p, bets, odds, *, base=2):
    """Growth of the logarithm of wealth per round: Σ p·log(cash + bets·odds).

    Cover and Thomas, 2nd ed., section 6.1 (doubling rate).

    Parameters
    ----------
    p : array_like, distributions along the last axis: the world
    bets, odds : array_like, as in `wealth_factors`; the shapes broadcast
    base : float, unit of the answer: with 2 it is in doublings per round, with ``math.e`` in nats

    Returns
    -------
    float64 or ndarray
        The common shape without the last axis; −∞ if something can happen that leaves nothing (NaN if something else
        can happen that pays infinitely much).

    Raises
    ------
    TypeError, ValueError
        If `p` is no distribution along the last axis, `base` is no base of logarithms, or as `wealth_factors`.

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(doubling_rate(P, P, fair_odds(Q)))
    0.625
    >>> print(doubling_rate(P, [1, 0, 0, 0], fair_odds(Q)))  # everything on the favourite
    -inf
    """
    unit = math.log2(check_base(base))
    p, factors = _world_and_factors(p, bets, odds)
    with np.errstate(divide="ignore"):
        return weighted_sum(p, np.log2(factors)) / unit


def mean_return(p, bets, odds):
    """Mean of what a unit of wealth becomes in a round: Σ p·(cash + bets·odds).

    If some p·odds is above 1, it is greatest if everything is staked on the outcome where p·odds is largest. Round
    after round, this ruins almost surely, unless the outcome is certain: the mean is carried by ever rarer, ever
    richer survivors. If no p·odds is above 1, nothing is better than holding everything back.

    Parameters
    ----------
    p, bets, odds : array_like, as in `doubling_rate`

    Returns
    -------
    float64 or ndarray, the common shape without the last axis; the mean wealth after n rounds is its n-th power

    Raises
    ------
    TypeError, ValueError: as `doubling_rate`

    Examples
    --------
    >>> print(mean_return([0.75, 0.25], [1, 0], 2), mean_return([0.75, 0.25], [0.75, 0.25], 2))
    1.5 1.25
    """
    return weighted_sum(*_world_and_factors(p, bets, odds))


def kelly_bet(p, odds, *, cash=True):
    """The bet whose logarithm of wealth grows fastest (Kelly 1956).

    Without cash it is b = p, whatever the odds. With cash, and odds that are fair or better, it is still b = p:
    covering every outcome earns at least as much as holding back. If the house has a take, only outcomes whose p·odds
    exceeds the cash c are bet on, each so much that cash and payoff together are p·odds:

        b = max(0, p − c/odds),

    and c is what makes bets and cash sum to 1. That may be all of it: then nothing is worth a bet. (At exactly fair
    odds every c from 0 to the least p·odds does equally well, and c = 0 is taken.) Source: Cover and Thomas, 2nd ed.,
    section 6.1 (proportional betting is log-optimal) and Problem 6.2 (subfair odds).

    Parameters
    ----------
    p : array_like, distributions along the last axis: the world, or what the gambler believes of it
    odds : array_like, positive; ∞ is allowed; the shapes broadcast
    cash : bool, whether money can be held back

    Returns
    -------
    ndarray of float64, bets in the common shape; the cash is 1 minus their sum

    Raises
    ------
    TypeError, ValueError
        If `p` is no distribution along the last axis, odds are not positive, or the shapes don't fit.

    Examples
    --------
    >>> kelly_bet([1 / 2, 1 / 4, 1 / 4], 3)
    array([0.5 , 0.25, 0.25])
    >>> kelly_bet([0.75, 0.25], [1.5, 1.5])  # a quarter is taken: bet little, on one outcome
    array([0.25, 0.  ])
    >>> kelly_bet([0.75, 0.25], [1.25, 1.25])  # more is taken: don't bet
    array([0., 0.])
    """
    p, odds = on_outcomes(as_distribution(p), _odds(odds), names=("p", "odds"))
    if not cash:
        return p.copy()
    price = 1 / odds
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        worth = np.where(p > 0, p / price, 0)
    order = np.argsort(-worth, axis=-1, kind="stable")
    # `worth` is p·odds. If the k outcomes of greatest worth are bet on, the cash is (probability of the others)/(1 −
    # price of these). It falls with k while the next outcome is worth more than the cash, and rises afterwards: the k
    # with the least cash is the right one. (At exactly fair odds, holding c and staking c/odds less on everything
    # changes nothing. With the least take, c is the largest of these at once: cash jumps.)
    rest = np.take_along_axis(p, order, -1)[..., ::-1].cumsum(axis=-1)[..., ::-1]
    room = 1 - np.take_along_axis(price, order, -1).cumsum(axis=-1)
    rest = np.concatenate([rest[..., 1:], np.zeros_like(rest[..., :1])], axis=-1)
    held = np.where(rest == 0, 0, np.divide(rest, room, out=np.ones_like(room), where=room > 0))
    held = np.where((room > 0) | ((rest == 0) & (room >= -_ROUNDING)), held, 1).min(axis=-1, keepdims=True)
    bets = np.maximum(0, p - np.minimum(held, 1) * price)
    # Cash so small that rounding removes it from "1 minus the sum of the bets" would be lost, and an outcome without a
    # bet would ruin. All is bet on p instead, which costs no more than that cash is worth.
    return np.where(_no_cash(bets.sum(axis=-1, keepdims=True), bets), p, bets)


def log_wealth(outcomes, bets, odds, *, base=2):
    """Logarithm of wealth as it develops over given outcomes, one bet for all rounds.

    Parameters
    ----------
    outcomes : array_like of int, indices of outcomes, of shape (..., rounds)
    bets, odds : array_like, one bet and its odds, finite, of shape (number of outcomes,); `odds` may be one number
    base : float, unit of the answer: with 2, doublings

    Returns
    -------
    ndarray of float64, shape (..., rounds + 1); 0 at the start, where wealth is 1, and −∞ from ruin on

    Raises
    ------
    TypeError, ValueError: as `wealth_factors`, if odds are infinite, or `outcomes` are no indices of outcomes

    Examples
    --------
    >>> log_wealth([0, 0, 1], [1 / 4, 1 / 8, 0, 0], [6, 3, 4, 8])  # 5/8 are held back
    array([0.        , 1.08746284, 2.17492568, 2.17492568])
    """
    unit = math.log2(check_base(base))
    factors = wealth_factors(bets, odds)
    if factors.ndim != 1:
        raise ValueError(f"bets and odds have the common shape {factors.shape}: one bet is expected.")
    refuse(np.isinf(factors), factors, "cash + bets·odds", "wealth is to stay finite")
    with np.errstate(divide="ignore"):
        steps = np.log2(factors) / unit
    outcomes = as_outcomes(outcomes, len(steps))
    path = np.zeros((*outcomes.shape[:-1], outcomes.shape[-1] + 1))
    np.cumsum(steps[outcomes], axis=-1, out=path[..., 1:])
    return path


def wealth_paths(p, bets, odds, rounds, *, paths=1, seed=0, base=2):
    """Logarithm of wealth over seeded rounds: many gamblers at once, each with luck of their own.

    Parameters
    ----------
    p : array_like, the world, of shape (number of outcomes,)
    bets, odds : array_like, as in `log_wealth`
    rounds, paths : int, length and number of the paths
    seed : int or other seed of ``numpy.random.default_rng``
        The outcomes are ``sample_days((paths, rounds), p, seed)``: those of the evidence walks of this seed.
    base : float, unit of the answer: with 2, doublings

    Returns
    -------
    ndarray of float64, shape (`paths`, `rounds` + 1); column n over n estimates the doubling rate

    Raises
    ------
    TypeError, ValueError: if `p` is not one distribution, as `log_wealth`, or if `rounds` or `paths` is negative

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> wealth_paths(P, P, fair_odds(Q), 8, seed=1)  # cloud, snow, sun, snow, sun, sun, rain, sun
    array([[ 0., -1., -1.,  1.,  1.,  3.,  5.,  4.,  6.]])
    """
    rounds, paths = as_count(rounds, "rounds"), as_count(paths, "paths")
    p, _ = _world_and_factors(p, bets, odds)
    if p.ndim != 1:
        raise ValueError(f"p, bets and odds have the common shape {p.shape}: one of each is expected.")
    return log_wealth(sample_days((paths, rounds), p, seed), bets, odds, base=base)


def cost_of_take(take, *, base=2):
    """What a take, or a lottery's cut, costs in growth per round: −log(1 − take).

    A player who stakes everything gains by it only if the divergence from the odds exceeds this.

    Parameters
    ----------
    take : array_like, the share that is kept, from 0 to below 1
    base : float, unit of the answer: 2 for bits, ``math.e`` for nats

    Returns
    -------
    float64 or ndarray, shape of `take`

    Raises
    ------
    TypeError, ValueError: if `take` is not as said, or `base` is no base of logarithms

    Examples
    --------
    >>> print(cost_of_take(1 / 2))
    1.0
    """
    take = as_share(take, "take")
    # For a take of at least 1/2, 1 − take is exact. For a smaller one, log1p works without the difference.
    cost = np.where(take < 0.5, np.log1p(-take) / math.log(2), np.log2(1 - take))
    return 0.0 - cost / math.log2(check_base(base))


def _no_cash(total, bets):
    """Whether bets of this sum leave no cash: less than a unit in the last place of 1 for each bet is rounding."""
    # More than that is cash, since it may be all that saves from ruin.
    return 1 - total <= bets.shape[-1] * np.finfo(float).eps


def _odds(odds):
    odds = as_array(odds, "odds")
    refuse(~(odds > 0), odds, "odds", "odds are positive")
    refuse(odds < SMALLEST, odds, "odds", f"odds are at least {SMALLEST:g}")
    return odds


def _bets(bets):
    amounts = as_amounts(bets, "bets")
    if amounts.ndim == 0:
        raise ValueError("bets is a single number: an array with one number for each outcome is expected.")
    total = amounts.sum(axis=-1, keepdims=True)
    # A distribution in a short type may be used as a bet, so its sum may be off by what the type explains.
    much = 1 + sum_tolerance(np.asarray(bets).dtype, max(amounts.shape[-1], 1))
    refuse(
        total[..., 0] > much, total[..., 0], "the sum of bets", "bets cannot exceed the bankroll, which is 1"
    )
    return amounts / np.maximum(total, 1)


def _world_and_factors(p, bets, odds):
    factors = wealth_factors(bets, odds)
    return as_pair(p, factors, names=("p", "bets·odds"), check=(as_distribution, as_it_is))[:2]
