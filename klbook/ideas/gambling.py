"""Gambling: how fast money grows when bets rest on p and the odds on q.

Odds are "o for 1": a unit staked on outcome x comes back as o(x) units if x happens, and is gone otherwise.
Whoever believes q and wants no profit pays 1/q(x). A *bet* is the share of the bankroll that is staked on
each outcome; what is not staked is held back as cash. Nobody can stake a negative share, and nobody needs to:
staking on everything else is betting against an outcome.

Wealth multiplies, so it is its logarithm that adds up: after n independent rounds log2(wealth)/n tends to the
doubling rate Σ p·log2(cash + b·o). This is typical wealth. Mean wealth grows by Σ p·(cash + b·o) a round, and
the two recommend different bets.

In the lottery nobody sets odds. The pot is shared by those who hold the winning number, so the crowd's
tickets are the odds, and one's own tickets move them.

Growth is computed from payoffs. That it is D(p‖q) − D(p‖b) at fair odds is for the reader, and for the tests, to
find. Only where two gamblers are compared (`value_of_side_information`) is it the ratio of their payoffs that is
taken, so that what is tiny keeps its digits.
"""

import math

import numpy as np

from klbook.ideas.checks import (
    SMALLEST,
    as_amounts,
    as_array,
    as_count,
    as_distribution,
    as_generator,
    as_joint,
    as_outcomes,
    as_pair,
    broadcast,
    check_base,
    on_outcomes,
    refuse,
    sum_tolerance,
)
from klbook.ideas.numerics import deviance, poisson_probabilities, root, weighted_sum
from klbook.ideas.weather import sample_days

__all__ = [
    "book_sum",
    "cost_of_take",
    "doubling_rate",
    "dutch_book",
    "expected_lottery_growth",
    "fair_odds",
    "kelly_bet",
    "log_return_of_buying_all",
    "log_wealth",
    "lottery_bet",
    "lottery_growth",
    "lottery_payoff",
    "lottery_return",
    "mean_return",
    "play_lottery",
    "return_of_buying_all",
    "sample_crowds",
    "ticket_shares",
    "value_of_side_information",
    "wealth_factors",
    "wealth_paths",
]

# By so much may sums be off: bets exceed the bankroll by more only, and odds closer than this to fair are
# fair.
_ROUNDING = sum_tolerance(float)


def fair_odds(q, take=0):
    """Odds of a house that believes `q` and keeps the share `take` of what is staked: (1 − take)/q.

    Parameters
    ----------
    q : array_like
        Distributions along the last axis: the house's belief.
    take : array_like
        The house's share, at least 0 and below 1: one, or one for each outcome. Its shape broadcasts with that
        of `q`.

    Returns
    -------
    ndarray of float64
        The common shape. ∞ where `q` is 0.

    Raises
    ------
    TypeError, ValueError
        If `q` is not a distribution along the last axis, `take` is not from 0 to below 1, or a probability is so
        small (below 5.6e-309) that its odds are more than a double holds.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1.

    Examples
    --------
    >>> fair_odds([1 / 8, 1 / 2, 1 / 4, 1 / 8])
    array([8., 2., 4., 8.])
    """
    q, take = on_outcomes(as_distribution(q, name="q"), _take(take, "take"), names=("q", "take"))
    with np.errstate(divide="ignore", over="ignore"):
        odds = (1 - take) / q
    refuse(np.isinf(odds) & (q > 0), q, "q", "its odds are more than a double holds, though it is possible")
    return odds


def book_sum(odds):
    """What it costs to be paid 1 whatever happens: Σ 1/odds, over the last axis.

    Parameters
    ----------
    odds : array_like
        Positive; ∞ is allowed.

    Returns
    -------
    float64 or ndarray of float64
        Shape of `odds` without the last axis. 1 for fair odds, above 1 if the house has a take (subfair),
        below 1 if money can be made without risk (superfair, see `dutch_book`).

    Raises
    ------
    TypeError, ValueError
        If odds are not positive (the index is given).

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1 (three regimes, p. 164).

    Examples
    --------
    >>> print(book_sum([2, 4, 4]), book_sum([10, 30]) < 1)
    1.0 True
    """
    odds = _odds(odds)
    if odds.ndim == 0:
        raise ValueError("odds is a single number: an array with one number for each outcome is expected.")
    return (1 / odds).sum(axis=-1)


def dutch_book(odds):
    """The bet that pays the same whatever happens.

    Parameters
    ----------
    odds : array_like
        Positive and finite, along the last axis.

    Returns
    -------
    bets : ndarray of float64
        Shape of `odds`; proportional to 1/odds, and all is staked.
    payoff : float64 or ndarray of float64
        What a unit of wealth becomes for sure: 1/Σ(1/odds). Above 1 if the odds are superfair.

    Raises
    ------
    TypeError, ValueError
        If odds are not positive and finite (the index is given).

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1.

    Examples
    --------
    >>> bets, payoff = dutch_book([10, 30])
    >>> print(bets, payoff)
    [0.75 0.25] 7.5
    """
    total = book_sum(odds)
    odds = as_array(odds, "odds")
    refuse(np.isinf(odds), odds, "odds", "odds are finite here")
    return 1 / odds / total[..., None], 1 / total


def wealth_factors(bets, odds):
    """What a unit of wealth becomes if each outcome happens: cash + bets·odds.

    Parameters
    ----------
    bets : array_like
        Shares of the bankroll staked on each outcome, along the last axis: not negative, with a sum of at
        most 1. What is left of 1 is cash; below 2e-16 for each outcome it is rounding, and counts as none.
    odds : array_like
        Positive; ∞ is allowed. The shapes broadcast.

    Returns
    -------
    ndarray of float64
        The common shape.

    Raises
    ------
    TypeError, ValueError
        If a bet is negative or not finite, if bets exceed the bankroll, or odds are not positive (the index
        is given), or the shapes don't fit.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1.

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

    Parameters
    ----------
    p : array_like
        Distributions along the last axis: the world.
    bets, odds : array_like
        As in `wealth_factors`. The shapes broadcast.
    base : float
        Unit of the answer: with 2 it is in doublings per round, with ``math.e`` in nats.

    Returns
    -------
    float64 or ndarray of float64
        The common shape without the last axis; −∞ if something can happen that leaves nothing (NaN if something
        else can happen that pays infinitely much).

    Raises
    ------
    TypeError, ValueError
        If `p` is not a distribution along the last axis, as `wealth_factors`, if the shapes don't fit, or
        `base` is not above 0 and different from 1.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1 (doubling rate).

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
    p, bets, odds : array_like
        As in `doubling_rate`.

    Returns
    -------
    float64 or ndarray of float64
        The common shape without the last axis. The mean wealth after n rounds is its n-th power.

    Raises
    ------
    TypeError, ValueError
        As `doubling_rate`.

    References
    ----------
    J. L. Kelly, "A New Interpretation of Information Rate", 1956.

    Examples
    --------
    >>> print(mean_return([0.75, 0.25], [1, 0], 2), mean_return([0.75, 0.25], [0.75, 0.25], 2))
    1.5 1.25
    """
    return weighted_sum(*_world_and_factors(p, bets, odds))


def kelly_bet(p, odds, *, cash=True):
    """The bet whose logarithm of wealth grows fastest.

    Without cash it is b = p, whatever the odds. With cash, and odds that are fair or better, it is still b =
    p: covering every outcome earns at least as much as holding back. If the house has a take, water is filled
    in: with c the cash, every outcome whose p·odds exceeds c is bet on, up to the point where cash and payoff
    together are p·odds,

        b = max(0, p − c/odds),

    and c is what makes bets and cash sum to 1. That may be all of it: then nothing is worth a bet. (At
    exactly fair odds, holding c and staking c/odds less on everything changes nothing, so that every c from 0 to
    the least p·odds does equally well: c = 0 is taken, which is b = p. With the least take, c is the largest of
    these at once: cash jumps.)

    Parameters
    ----------
    p : array_like
        Distributions along the last axis: the world, or what the gambler believes of it.
    odds : array_like
        Positive; ∞ is allowed. The shapes broadcast.
    cash : bool
        Whether money can be held back.

    Returns
    -------
    ndarray of float64
        Bets in the common shape; the cash is 1 minus their sum.

    Raises
    ------
    TypeError, ValueError
        If `p` is not a distribution along the last axis, odds are not positive, or the shapes don't fit.

    References
    ----------
    J. L. Kelly, "A New Interpretation of Information Rate", 1956; Cover and Thomas, *Elements of Information
    Theory*, 2nd ed., section 6.1 (proportional betting is log-optimal) and Problem 6.2 (subfair odds).

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
    # If the k best outcomes are bet on, the cash is (probability of the others)/(1 − price of these).
    # It falls while the next outcome is worth more than it, and rises afterwards: the least is right.
    rest = np.take_along_axis(p, order, -1)[..., ::-1].cumsum(axis=-1)[..., ::-1]
    room = 1 - np.take_along_axis(price, order, -1).cumsum(axis=-1)
    rest = np.concatenate([rest[..., 1:], np.zeros_like(rest[..., :1])], axis=-1)
    held = np.where(rest == 0, 0, np.divide(rest, room, out=np.ones_like(room), where=room > 0))
    held = np.where((room > 0) | ((rest == 0) & (room >= -_ROUNDING)), held, 1).min(axis=-1, keepdims=True)
    bets = np.maximum(0, p - np.minimum(held, 1) * price)
    # Cash that "1 minus their sum" cannot hold would leave nothing where no bet stands: all is bet instead, which
    # costs no more than that cash is worth.
    return np.where(_no_cash(bets.sum(axis=-1, keepdims=True), bets), p, bets)


def log_wealth(outcomes, bets, odds, *, base=2):
    """Logarithm of wealth as it develops over given outcomes, one bet for all rounds.

    Parameters
    ----------
    outcomes : array_like of int
        Indices of outcomes, of shape (..., rounds).
    bets, odds : array_like
        One bet and one set of odds, of shape (number of outcomes,); `odds` may be one number. Finite.
    base : float
        Unit of the answer: with 2, doublings.

    Returns
    -------
    ndarray of float64
        Shape (..., rounds + 1); 0 at the start, where wealth is 1, and −∞ from ruin on.

    Raises
    ------
    TypeError, ValueError
        As `wealth_factors`, if odds are infinite, or `outcomes` holds what is no index of an outcome.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1 (wealth as a product).

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
    p : array_like
        The world, of shape (number of outcomes,).
    bets, odds : array_like
        As in `log_wealth`.
    rounds, paths : int
        Length and number of the paths.
    seed : int or other seed of ``numpy.random.default_rng``
        The outcomes are ``sample_days((paths, rounds), p, seed)``: those of the evidence walks of this seed.
    base : float
        Unit of the answer: with 2, doublings.

    Returns
    -------
    ndarray of float64
        Shape (`paths`, `rounds` + 1); column n over n estimates the doubling rate.

    Raises
    ------
    TypeError, ValueError
        If `p` is not one distribution, as `log_wealth`, or if `rounds` or `paths` is negative.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1 (wealth is about 2^(n·W)).

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> sample_days((1, 8), P, seed=1)
    array([[1, 3, 0, 3, 0, 0, 2, 0]])
    >>> wealth_paths(P, P, fair_odds(Q), 8, seed=1)
    array([[ 0., -1., -1.,  1.,  1.,  3.,  5.,  4.,  6.]])
    """
    rounds, paths = as_count(rounds, "rounds"), as_count(paths, "paths")
    p, _ = _world_and_factors(p, bets, odds)
    if p.ndim != 1:
        raise ValueError(f"p, bets and odds have the common shape {p.shape}: one of each is expected.")
    return log_wealth(sample_days((paths, rounds), p, seed), bets, odds, base=base)


def value_of_side_information(joint, odds=None, *, cash=False, base=2):
    """How much faster wealth grows for a gambler who sees y before betting on x.

    Parameters
    ----------
    joint : array_like
        Joint probabilities of shape (..., outcomes of x, outcomes of y), which sum to 1 over both axes.
    odds : array_like, optional
        Odds on x, along the last axis. If not given, as many for 1 as there are outcomes of x.
    cash : bool
        Whether money can be held back. If not, the odds don't matter.
    base : float
        Unit of the answer.

    Returns
    -------
    float64 or ndarray of float64
        The doubling rate of the Kelly bet on p(x|y), averaged over y, minus that of the Kelly bet on p(x). Never
        negative.
        Without cash, and at fair odds, it is the mutual information of x and y; if cash is held back
        against a take, it may be less.

    Raises
    ------
    TypeError, ValueError
        If `joint` has no two axes or is not a distribution over both, odds are not positive and finite, the
        shapes don't fit, or `base` is not above 0 and different from 1.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.2 (side information).

    Examples
    --------
    >>> print(value_of_side_information([[1 / 2, 0], [0, 1 / 2]]))  # y gives x away
    1.0
    """
    joint = as_joint(joint)
    odds = as_array(float(joint.shape[-2]) if odds is None else odds, "odds")
    refuse(np.isinf(odds), odds, "odds", "odds are finite here")
    p_x, p_y = joint.sum(axis=-1), joint.sum(axis=-2)
    # Where a y cannot happen, any distribution will do: it counts with probability 0.
    given_y = np.where(p_y[..., None] > 0, np.swapaxes(joint, -1, -2), 1)
    given_y = given_y / given_y.sum(axis=-1, keepdims=True)
    odds_y = odds[..., None, :] if odds.ndim else odds
    unit = math.log(check_base(base))
    bets = broadcast(
        kelly_bet(given_y, odds_y, cash=cash), kelly_bet(p_x, odds, cash=cash)[..., None, :], names=("", "")
    )
    informed, blind = (wealth_factors(bet, odds_y) for bet in bets)
    with np.errstate(divide="ignore", invalid="ignore"):
        gains = np.maximum(
            weighted_sum(given_y, np.log(informed) - np.log(blind)), 0
        )  # the Kelly bet is the best
    # Where both bets are the probabilities, the odds cancel in the ratio of the payoffs, which is p(x|y)/p(x).
    # Both sum to 1, so p(x|y)·log(p(x|y)/p(x)) may be summed as what is never below 0.
    believed = (bets[0] == given_y).all(axis=-1) & (bets[1] == p_x[..., None, :]).all(axis=-1)
    gains = np.where(believed, deviance(*bets, bets[0] - bets[1]).sum(axis=-1), gains)
    return weighted_sum(p_y, gains) / unit


def cost_of_take(take, *, base=2):
    """What a take, or a lottery's cut, costs in growth per round: −log(1 − take).

    A player who stakes everything gains by it only if the divergence from the odds exceeds this.

    Parameters
    ----------
    take : array_like
        The share that is kept, at least 0 and below 1.
    base : float
        Unit of the answer.

    Returns
    -------
    float64 or ndarray of float64
        Shape of `take`.

    Raises
    ------
    TypeError, ValueError
        If `take` is not from 0 to below 1, or `base` is not above 0 and different from 1.

    References
    ----------
    Cover and Thomas, *Elements of Information Theory*, 2nd ed., section 6.1 (subfair odds).

    Examples
    --------
    >>> print(cost_of_take(1 / 2))
    1.0
    """
    take = _take(take, "take")
    # 1 − take is exact for a large take, and log1p needs none for a small one.
    cost = np.where(take < 0.5, np.log1p(-take) / math.log(2), np.log2(1 - take))
    return 0.0 - cost / math.log2(check_base(base))


def ticket_shares(own, others):
    """The crowd's odds, so to speak: each number's share of all tickets, one's own among them.

    Parameters
    ----------
    own, others : array_like
        Numbers of tickets for each number, along the last axis. The shapes broadcast.

    Returns
    -------
    ndarray of float64
        Distributions along the last axis, in the common shape.

    Raises
    ------
    TypeError, ValueError
        If a number of tickets is negative or not finite, the shapes don't fit, or there are no tickets.

    Examples
    --------
    >>> ticket_shares([1, 1], [2, 0])
    array([0.75, 0.25])
    """
    own, others = _tickets(own, others)
    total = (own + others).sum(axis=-1, keepdims=True)
    refuse(total == 0, total, "the number of tickets", "there are none, so they have no shares")
    return (own + others) / total


def lottery_payoff(own, others, *, cut=0):
    """What one's own tickets are paid for each number that may win, in prices of a ticket.

    All money goes into the pot, the organiser takes the cut, and the holders of the winning number share the
    rest by tickets. The own tickets count twice: they feed the pot, and they share in it.

    Parameters
    ----------
    own, others : array_like
        Numbers of tickets for each number, along the last axis. The shapes broadcast.
    cut : array_like
        The organiser's share of the pot, at least 0 and below 1; it broadcasts with the other axes.

    Returns
    -------
    ndarray of float64
        The common shape. 0 for a number of which no ticket was bought.

    Raises
    ------
    TypeError, ValueError
        If a number of tickets is negative or not finite, `cut` is not from 0 to below 1, or the shapes don't
        fit.

    Examples
    --------
    >>> lottery_payoff([1, 1, 0], [3, 0, 5])
    array([ 2.5, 10. ,  0. ])
    """
    own, others = _tickets(own, others)
    pot = (1 - _take(cut, "cut")) * (own + others).sum(axis=-1)
    share = np.divide(own, own + others, out=np.zeros(own.shape), where=own > 0)
    return pot[..., None] * share


def lottery_return(own, others, *, cut=0):
    """What a unit of money put into the own tickets becomes, for each number that may win.

    Parameters
    ----------
    own, others, cut : array_like
        As in `lottery_payoff`; at least one ticket is one's own.

    Returns
    -------
    ndarray of float64
        The common shape: payoff over price of the own tickets.

    Raises
    ------
    TypeError, ValueError
        As `lottery_payoff`, or if there is no own ticket.

    Examples
    --------
    >>> lottery_return([1, 1, 0], [3, 0, 5])
    array([1.25, 5.  , 0.  ])
    """
    payoff = lottery_payoff(own, others, cut=cut)
    price = as_array(own, "own").sum(axis=-1, keepdims=True)
    refuse(price == 0, price, "the number of own tickets", "without a ticket there is no return")
    return payoff / price


def lottery_growth(p, own, others, *, cut=0, base=2):
    """Growth per draw of the logarithm of wealth that is put into tickets, all of it: Σ p·log(return).

    Parameters
    ----------
    p : array_like
        Distributions along the last axis: how probable each number is to win.
    own, others, cut : array_like
        As in `lottery_return`.
    base : float
        Unit of the answer.

    Returns
    -------
    float64 or ndarray of float64
        The common shape without the last axis; −∞ if a number can win of which there is no own ticket. With
        q the shares of all tickets and b those of the own, it is D(p‖q) − D(p‖b) − the cost of the cut.

    Raises
    ------
    TypeError, ValueError
        If `p` is not a distribution along the last axis, as `lottery_return`, or `base` is not above 0 and
        different from 1.

    Examples
    --------
    >>> print(lottery_growth([1 / 2, 1 / 2], [1, 1], [0, 14]))  # returns of 8 and 8/15
    1.0465547...
    """
    unit = math.log2(check_base(base))
    returns = lottery_return(own, others, cut=cut)
    p, returns, _ = as_pair(p, returns, names=("p", "the returns"), check=(as_distribution, _as_it_is))
    with np.errstate(divide="ignore"):
        return weighted_sum(p, np.log2(returns)) / unit


def lottery_bet(p, crowd, share):
    """The shares of one's own tickets with the largest growth, if the own tickets are `share` of the pot.

    Growth is Σ p·log(b/(share·b + (1 − share)·crowd)). It is concave in b. For a vanishing share the best b is
    p, whatever the crowd does. A larger share moves the odds against itself, most where the crowd holds
    little. So the best b leans from p towards the crowd; for a share near 1 it is proportional to √(p·crowd).

    Parameters
    ----------
    p, crowd : array_like
        Distributions along the last axis: how probable each number is to win, and the others' shares of their
        tickets.
    share : array_like
        Own tickets over all tickets, at least 0 and below 1: of the shape of `p` without the last axis. The
        shapes broadcast.

    Returns
    -------
    ndarray of float64
        Distributions along the last axis, in the common shape.

    Raises
    ------
    TypeError, ValueError
        If `p` or `crowd` is not a distribution along the last axis, `share` is not from 0 to below 1, the
        shapes don't fit, or a number can win of which nobody else holds a ticket: the fewer one holds of
        that, the better, and there is no best.

    Examples
    --------
    >>> lottery_bet([0.5, 0.5], [0.1, 0.9], [0, 0.5, 0.999]).round(3)
    array([[0.5  , 0.5  ],
           [0.305, 0.695],
           [0.25 , 0.75 ]])
    """
    p, crowd, _ = as_pair(p, crowd, names=("p", "crowd"))
    p, crowd, share = broadcast(p, crowd, _take(share, "share")[..., None], names=("p", "crowd", "share"))
    refuse((p > 0) & (crowd == 0), crowd, "crowd", "somebody else must hold each number that can win")
    # Where growth is largest, b·(share·b + others)/(p·others) is the same for all numbers, m say, with others =
    # (1 − share)·crowd. For a number with b = p, m is 1 + share·p/others; some numbers have b ≤ p and some b ≥ p.
    # Logarithms of all, since the crowd may hold next to nothing of a number, and m be more than a double.
    possible = p > 0
    with np.errstate(divide="ignore"):
        log_p, log_share = np.log(np.where(possible, p, 1)), np.log(share)
        log_odds = log_p - np.log(np.where(possible, crowd, 1)) - np.log1p(-share)

    def bets(log_m):
        # 2pm/(1 + √(1 + 4·share·pm/others)), the solution of the quadratic equation
        inner = np.logaddexp(0, math.log(4) + log_share + log_odds + log_m)
        return np.where(possible, np.exp(math.log(2) + log_p + log_m - np.logaddexp(0, inner / 2)), 0)

    at_p = np.logaddexp(0, log_share + log_odds)
    low, high = (
        end(np.where(possible, at_p, none), axis=-1) for end, none in ((np.min, np.inf), (np.max, 0))
    )
    log_m = root(lambda log_m: bets(log_m[..., None]).sum(axis=-1) - 1, low, high)
    best = bets(log_m[..., None])
    return np.where(share == 0, p, best / best.sum(axis=-1, keepdims=True))


def sample_crowds(mean, crowds=1, *, seed=0):
    """Seeded crowds whose tickets fall on the numbers at random: independent Poisson counts.

    Parameters
    ----------
    mean : array_like
        Expected number of tickets for each number, of shape (numbers,); at least 0.
    crowds : int or tuple of int
        Number of crowds, or the shape of an array of crowds.
    seed : int or other seed of ``numpy.random.default_rng``
        The same seed gives the same crowds.

    Returns
    -------
    ndarray of int64
        Shape (`crowds`, numbers).

    Raises
    ------
    TypeError, ValueError
        If `mean` is negative or not finite, or not of shape (numbers,).

    References
    ----------
    W. Feller, *An Introduction to Probability Theory and Its Applications*, vol. 1, chapter II (balls in
    cells, such as birthdays).

    Examples
    --------
    >>> crowds = sample_crowds(np.full(365, 2.0), 1000)
    >>> print(crowds.shape, abs((crowds == 0).mean() - np.exp(-2)) < 0.002)  # e^−2 are unsold
    (1000, 365) True
    """
    mean = as_amounts(mean, "mean")
    if mean.ndim != 1:
        raise ValueError(
            f"mean has shape {mean.shape}: one number for each number of the lottery is expected."
        )
    shape = (crowds,) if isinstance(crowds, int | np.integer) else tuple(crowds)
    return as_generator(seed).poisson(mean, size=(*shape, len(mean)))


def play_lottery(p, own, mean, draws, *, cut=0, seed=0):
    """Seeded draws of a lottery, each with a new random crowd: what a unit of money becomes.

    Parameters
    ----------
    p : array_like
        How probable each number is to win, of shape (numbers,).
    own : array_like
        Own tickets for each number; the same in every draw, and at least one.
    mean : array_like
        Expected number of the others' tickets, for each number or one for all.
    draws : int
        Number of draws.
    cut : float
        The organiser's share of the pot, at least 0 and below 1.
    seed : int or other seed of ``numpy.random.default_rng``
        The same seed gives the same draws.

    Returns
    -------
    ndarray of float64
        Shape (`draws`,): the return of each draw, 0 where no own ticket won.

    Raises
    ------
    TypeError, ValueError
        As `lottery_growth` and `sample_crowds`.

    Examples
    --------
    >>> numbers = 100
    >>> returns = play_lottery(np.full(numbers, 1 / numbers), np.ones(numbers), 2.0, 1000)
    >>> error = returns.std() / 1000**0.5
    >>> print(abs(returns.mean() - return_of_buying_all(2.0, numbers=numbers)) < 3 * error)
    True
    """
    p, own, mean = on_outcomes(
        as_distribution(p), as_array(own, "own"), as_array(mean, "mean"), names=("p", "own", "mean")
    )
    crowd_seed, winner_seed = np.random.SeedSequence(seed).spawn(2)
    winners = sample_days(draws, p, winner_seed)
    returns = lottery_return(own, sample_crowds(mean, draws, seed=crowd_seed), cut=cut)
    return returns[np.arange(draws), winners]


def expected_lottery_growth(p, own, mean, *, cut=0, base=2):
    """Growth per draw of money that is put into tickets, all of it, against a random crowd of Poisson counts.

    What `lottery_growth` is on average over the crowds of `sample_crowds`, exactly: the logarithm of the
    return is that of the pot, less that of the number of winning tickets, and each is a sum over one count.

    Parameters
    ----------
    p : array_like
        How probable each number is to win, of shape (numbers,).
    own : array_like
        Own tickets for each number, and at least one.
    mean : array_like
        Expected number of the others' tickets, for each number or one for all.
    cut : float
        The organiser's share of the pot, at least 0 and below 1.
    base : float
        Unit of the answer.

    Returns
    -------
    float64
        −∞ if a number can win of which there is no own ticket. Off by about 1e-15 of the logarithm of the pot.

    Raises
    ------
    TypeError, ValueError
        As `play_lottery`, or `base` is not above 0 and different from 1.

    Examples
    --------
    >>> print(round(float(expected_lottery_growth([1 / 2, 1 / 2], [1, 1], 3.0)), 4))
    0.08
    """
    unit = math.log(check_base(base))
    p, own, mean = on_outcomes(
        as_distribution(p),
        as_amounts(own, "own", smallest=SMALLEST),
        as_amounts(mean, "mean", smallest=SMALLEST),
        names=("p", "own", "mean"),
    )
    price = own.sum()
    refuse(price == 0, price, "the number of own tickets", "without a ticket there is no return")
    # log pot/price, and for each number log own/(own + k): both would be 0 without others.
    pot = _poisson_mean(lambda k, _: np.log1p(k / price), mean.sum())
    logs = [
        -math.inf if o == 0 else -_poisson_mean(lambda k, _, o=o: np.log1p(k / o), m)
        for o, m in zip(own, mean, strict=True)
    ]
    growth = pot + weighted_sum(p, np.array(logs))
    return growth / unit - cost_of_take(cut, base=base)


def return_of_buying_all(mean, *, numbers=None, cut=0):
    """Expected return of buying each number once, against a crowd of Poisson counts.

    If `mean` = λ tickets of others fall on each number on average, the return is (pot/numbers)/(k + 1) for k
    others on the winning number. In a large lottery the pot is (λ + 1)·numbers, and the expectation is
    (λ + 1)·(1 − e^−λ)/λ. It is above 1 for λ > 0, because E[1/(k + 1)] is above 1/(E[k] + 1): a winning number with
    few others on it gains more than one with many of them loses.

    Parameters
    ----------
    mean : array_like
        λ, the expected number of others' tickets on each number; at least 0.
    numbers : int, optional
        How many numbers there are. If not given, the limit for many.
    cut : array_like
        The organiser's share of the pot, at least 0 and below 1.

    Returns
    -------
    float64 or ndarray of float64
        The common shape of `mean` and `cut`.

    Raises
    ------
    TypeError, ValueError
        If `mean` is negative or not finite, `numbers` below 1, or `cut` not from 0 to below 1.

    References
    ----------
    Moffitt and Ziemba, on buying the pot in the Canadian Lotto 6/49, 2018, arXiv:1801.02959.

    Examples
    --------
    >>> print(round(float(return_of_buying_all(2.0)), 6))  # (3/2)·(1 − e^−2)
    1.296997
    """
    mean, keep = as_amounts(mean, "mean", smallest=SMALLEST), 1 - _take(cut, "cut")
    # E[1/(k + 1)], whose limit at λ = 0 is 1.
    alone = np.divide(-np.expm1(-mean), mean, out=np.ones(mean.shape), where=mean > 0)
    expected = (mean + 1) * alone
    if numbers is not None:
        # The winner's own k is part of the pot: E[k/(k + 1)] takes the place of λ·E[1/(k + 1)].
        expected = expected + (1 - alone - mean * alone) / as_count(numbers, "numbers", least=1)
    return keep * expected


def log_return_of_buying_all(mean, *, numbers=None, cut=0, base=2):
    """Expected logarithm of the return of buying each number once, against a crowd of Poisson counts.

    In a large lottery it is log(λ + 1) − E[log(k + 1)] for Poisson k with mean λ. For any number of numbers
    it is the mean of D(uniform‖q), with q the shares of all tickets, minus the cost of the cut.

    Parameters
    ----------
    mean, numbers, cut
        As in `return_of_buying_all`.
    base : float
        Unit of the answer.

    Returns
    -------
    float64 or ndarray of float64
        The common shape of `mean` and `cut`. Without a cut it is at least 0, and at most the logarithm of the
        expected return.

    Raises
    ------
    TypeError, ValueError
        As `return_of_buying_all`, or if `base` is not above 0 and different from 1.

    References
    ----------
    Moffitt and Ziemba, on buying the pot in the Canadian Lotto 6/49, 2018, arXiv:1801.02959.

    Examples
    --------
    >>> print(round(float(log_return_of_buying_all(2.0, base=np.e)), 4))
    0.1206
    """
    unit = math.log(check_base(base))
    mean = as_amounts(mean, "mean", smallest=SMALLEST)
    growth = _shortfall(mean, 1)
    if numbers is not None:
        # The pot is random as well: its logarithm falls short of log(λ + 1) on average.
        growth = growth - _shortfall(mean, as_count(numbers, "numbers", least=1))
    return growth / unit - cost_of_take(cut, base=base)


def _shortfall(mean, numbers):
    """log(λ + 1) − E[log(1 + k/numbers)], for Poisson k with mean λ·numbers: a sum of nothing below 0.

    With x = (k − E[k])/(numbers + E[k]) it is −E[log(1 + x) − x], since E[x] = 0.
    """
    total = mean * numbers
    return np.vectorize(
        lambda m: _poisson_mean(lambda _, above: _log1p_rest(above / (numbers + m)), m), otypes=[float]
    )(total)[()]


def _log1p_rest(x):
    """x − log(1 + x), with all its digits for small x."""
    small = np.abs(x) < 0.1
    y = np.where(small, x, 0)
    series = np.polynomial.polynomial.polyval(y, [(-1) ** k / k for k in range(2, 20)])
    return np.where(small, y * y * series, x - np.log1p(x))


def _poisson_mean(f, mean):
    """E[f(k, k − mean)] for Poisson k."""
    counts, above, chances = poisson_probabilities(float(mean))
    return float(chances @ f(counts, above))


def _no_cash(total, bets):
    """Whether bets of this sum leave no cash: a unit in the last place of 1 for each of them is rounding.

    More than that is cash, for it may be all that saves from ruin.
    """
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
    # A distribution is a bet, in whatever type it comes.
    much = 1 + sum_tolerance(np.asarray(bets).dtype, max(amounts.shape[-1], 1))
    refuse(
        total[..., 0] > much, total[..., 0], "the sum of bets", "bets cannot exceed the bankroll, which is 1"
    )
    return amounts / np.maximum(total, 1)


def _take(take, name):
    take = as_array(take, name)
    refuse(~((take >= 0) & (take < 1)), take, name, "it is at least 0 and below 1")
    return take


def _tickets(own, others):
    own, others = (as_amounts(x, name, smallest=SMALLEST) for x, name in ((own, "own"), (others, "others")))
    if max(own.ndim, others.ndim) == 0:
        raise ValueError("own and others are single numbers: one for each number of the lottery is expected.")
    return broadcast(own, others, names=("own", "others"))


def _as_it_is(x, axis, name):
    """For `as_pair`: what was checked before."""
    return x


def _world_and_factors(p, bets, odds):
    factors = wealth_factors(bets, odds)
    return as_pair(p, factors, names=("p", "bets·odds"), check=(as_distribution, _as_it_is))[:2]
