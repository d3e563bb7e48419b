"""The lottery: a game in which nobody sets odds.

The pot is shared by those who hold the winning number. So the crowd's tickets are the odds, and one's own tickets
move them. Growth is computed from payoffs; that it is a difference of divergences is for the tests to find.
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
    as_it_is,
    as_pair,
    as_share,
    broadcast,
    check_base,
    on_outcomes,
    refuse,
)
from klbook.ideas.gambling import cost_of_take
from klbook.ideas.numerics import poisson_probabilities, root, weighted_sum
from klbook.ideas.weather import sample_days

__all__ = [
    "expected_lottery_growth",
    "log_return_of_buying_all",
    "lottery_bet",
    "lottery_growth",
    "lottery_payoff",
    "lottery_return",
    "play_lottery",
    "return_of_buying_all",
    "sample_crowds",
    "ticket_shares",
]


def ticket_shares(own, others):
    """Each number's share of all tickets, one's own among them: they set the payoffs, as a house's belief does.

    Parameters
    ----------
    own, others : array_like, numbers of tickets for each number, along the last axis; the shapes broadcast

    Returns
    -------
    ndarray of float64, distributions along the last axis, in the common shape

    Raises
    ------
    TypeError, ValueError: if tickets are negative or not finite, the shapes don't fit, or there are no tickets

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

    All money goes into the pot, the organiser takes the cut, and the holders of the winning number share the rest by
    tickets. The own tickets count twice: they feed the pot, and they share in it.

    Parameters
    ----------
    own, others : array_like, numbers of tickets for each number, along the last axis; the shapes broadcast
    cut : array_like, the organiser's share of the pot, from 0 to below 1; it broadcasts with the other axes

    Returns
    -------
    ndarray of float64, the common shape; 0 for a number of which no ticket was bought

    Raises
    ------
    TypeError, ValueError: if tickets are negative or not finite, `cut` is not as said, or the shapes don't fit

    Examples
    --------
    >>> lottery_payoff([1, 1, 0], [3, 0, 5])
    array([ 2.5, 10. ,  0. ])
    """
    own, others = _tickets(own, others)
    pot = (1 - as_share(cut, "cut")) * (own + others).sum(axis=-1)
    share = np.divide(own, own + others, out=np.zeros(own.shape), where=own > 0)
    return pot[..., None] * share


def lottery_return(own, others, *, cut=0):
    """What a unit of money put into the own tickets becomes, for each number that may win.

    Parameters
    ----------
    own, others, cut : array_like, as in `lottery_payoff`; at least one ticket is one's own

    Returns
    -------
    ndarray of float64, the common shape: payoff over price of the own tickets

    Raises
    ------
    TypeError, ValueError: as `lottery_payoff`, or if there is no own ticket

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

    With q the shares of all tickets and b those of the own, it is D(p‖q) − D(p‖b) − the cost of the cut.

    Parameters
    ----------
    p : array_like, distributions along the last axis: how probable each number is to win
    own, others, cut : array_like, as in `lottery_return`
    base : float, unit of the answer: with 2, doublings per draw

    Returns
    -------
    float64 or ndarray, the common shape without the last axis; −∞ if a number can win of which there is no own ticket

    Raises
    ------
    TypeError, ValueError
        If `p` is no distribution along the last axis, `base` is no base of logarithms, or as `lottery_return`.

    Examples
    --------
    >>> print(lottery_growth([1 / 2, 1 / 2], [1, 1], [0, 14]))  # returns of 8 and 8/15
    1.0465547...
    """
    unit = math.log2(check_base(base))
    returns = lottery_return(own, others, cut=cut)
    p, returns, _ = as_pair(p, returns, names=("p", "the returns"), check=(as_distribution, as_it_is))
    with np.errstate(divide="ignore"):
        return weighted_sum(p, np.log2(returns)) / unit


def lottery_bet(p, crowd, share):
    """The shares of one's own tickets with the largest growth, if the own tickets are `share` of the pot.

    Growth is Σ p·log(b/(share·b + (1 − share)·crowd)), which is concave in b. For a vanishing share the best b is p,
    whatever the crowd does. A larger share moves the odds against itself, most where the crowd holds little. So the
    best b leans from p towards the crowd; for a share near 1 it is proportional to √(p·crowd).

    Parameters
    ----------
    p, crowd : array_like
        Distributions along the last axis: how probable each number is to win, and the others' shares of their tickets.
    share : array_like
        Own tickets over all tickets, from 0 to below 1: of the shape of `p` without the last axis. The shapes
        broadcast.

    Returns
    -------
    ndarray of float64, distributions along the last axis, in the common shape

    Raises
    ------
    TypeError, ValueError
        If `p` or `crowd` is not a distribution along the last axis, `share` is not as said, the shapes don't fit, or a
        number can win of which nobody else holds a ticket: the fewer one holds of that, the better, and there is no
        best.

    Examples
    --------
    >>> lottery_bet([0.5, 0.5], [0.1, 0.9], [0, 0.5, 0.999]).round(3)
    array([[0.5  , 0.5  ],
           [0.305, 0.695],
           [0.25 , 0.75 ]])
    """
    p, crowd, _ = as_pair(p, crowd, names=("p", "crowd"))
    p, crowd, share = broadcast(p, crowd, as_share(share, "share")[..., None], names=("p", "crowd", "share"))
    refuse((p > 0) & (crowd == 0), crowd, "crowd", "somebody else must hold each number that can win")
    # Let others = (1 − share)·crowd. Where growth is largest, b·(share·b + others)/(p·others) is the same for all
    # numbers: m, say. It is found by halving until the bets sum to 1. A number with b = p has m = 1 + share·p/others;
    # some numbers have b ≤ p and some b ≥ p, so m lies between the least and the greatest of these. All is done in
    # logarithms, since m may be more than a double holds if the crowd has next to nothing of a number.
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
    mean : array_like, expected number of tickets for each number, of shape (numbers,); at least 0
    crowds : int or tuple of int, number of crowds, or the shape of an array of crowds
    seed : int or other seed of ``numpy.random.default_rng``, the same seed gives the same crowds

    Returns
    -------
    ndarray of int64, shape (`crowds`, numbers)

    Raises
    ------
    TypeError, ValueError: if `mean` is negative or not finite, or not of shape (numbers,)

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
    p : array_like, how probable each number is to win, of shape (numbers,)
    own : array_like, own tickets for each number; the same in every draw, and at least one
    mean : array_like, expected number of the others' tickets, for each number or one for all
    draws : int, number of draws
    cut : float, the organiser's share of the pot, from 0 to below 1
    seed : int or other seed of ``numpy.random.default_rng``, the same seed gives the same draws

    Returns
    -------
    ndarray of float64, shape (`draws`,): the return of each draw, 0 where no own ticket won

    Raises
    ------
    TypeError, ValueError: as `lottery_growth` and `sample_crowds`

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

    It is what `lottery_growth` is on average over the crowds of `sample_crowds`, exactly.

    Parameters
    ----------
    p, own, mean, cut : as in `play_lottery`
    base : float, unit of the answer: with 2, doublings per draw

    Returns
    -------
    float64, −∞ if a number can win of which there is no own ticket; off by about 1e-15 of the logarithm of the pot

    Raises
    ------
    TypeError, ValueError: as `play_lottery`, or `base` is no base of logarithms

    Examples
    --------
    >>> print(round(float(expected_lottery_growth([1 / 2, 1 / 2], [1, 1], 3.0)), 4))
    0.08
    """
    # The logarithm of the return is that of the pot, less that of the number of winning tickets: each is a sum over one
    # Poisson count.
    unit = math.log(check_base(base))
    p, own, mean = on_outcomes(
        as_distribution(p),
        as_amounts(own, "own", smallest=SMALLEST),
        as_amounts(mean, "mean", smallest=SMALLEST),
        names=("p", "own", "mean"),
    )
    price = own.sum()
    refuse(price == 0, price, "the number of own tickets", "without a ticket there is no return")
    # log(pot/price), and for each number log(own/(own + k)): both are 0 if nobody else has a ticket.
    pot = _poisson_mean(lambda k, _: np.log1p(k / price), mean.sum())
    logs = [
        -math.inf if o == 0 else -_poisson_mean(lambda k, _, o=o: np.log1p(k / o), m)
        for o, m in zip(own, mean, strict=True)
    ]
    growth = pot + weighted_sum(p, np.array(logs))
    return growth / unit - cost_of_take(cut, base=base)


def return_of_buying_all(mean, *, numbers=None, cut=0):
    """Expected return of buying each number once, against a crowd of Poisson counts.

    With λ tickets of others on each number on average, the return is (pot/numbers)/(k + 1) for k others on the winning
    number. In a large lottery the pot is (λ + 1)·numbers, and the expectation is (λ + 1)·(1 − e^−λ)/λ. It is above 1
    for λ > 0, because E[1/(k + 1)] is above 1/(E[k] + 1): a winning number with few others on it gains more than one
    with many of them loses. Source: Moffitt and Ziemba, on buying the pot in the Canadian Lotto 6/49, 2018,
    arXiv:1801.02959.

    Parameters
    ----------
    mean : array_like, λ, the expected number of others' tickets on each number; at least 0
    numbers : int, optional, how many numbers there are; if not given, the limit for many
    cut : array_like, the organiser's share of the pot, from 0 to below 1

    Returns
    -------
    float64 or ndarray, the common shape of `mean` and `cut`

    Raises
    ------
    TypeError, ValueError: if `mean` is negative or not finite, `numbers` below 1, or `cut` not as said

    Examples
    --------
    >>> print(round(float(return_of_buying_all(2.0)), 6))  # (3/2)·(1 − e^−2)
    1.296997
    """
    mean, keep = as_amounts(mean, "mean", smallest=SMALLEST), 1 - as_share(cut, "cut")
    # E[1/(k + 1)], whose limit at λ = 0 is 1.
    alone = np.divide(-np.expm1(-mean), mean, out=np.ones(mean.shape), where=mean > 0)
    expected = (mean + 1) * alone
    if numbers is not None:
        # The winner's own k is part of the pot: E[k/(k + 1)] takes the place of λ·E[1/(k + 1)].
        expected = expected + (1 - alone - mean * alone) / as_count(numbers, "numbers", least=1)
    return keep * expected


def log_return_of_buying_all(mean, *, numbers=None, cut=0, base=2):
    """Expected logarithm of the return of buying each number once, against a crowd of Poisson counts.

    In a large lottery it is log(λ + 1) − E[log(k + 1)] for Poisson k with mean λ. For any number of numbers it is the
    mean of D(uniform‖q), with q the shares of all tickets, minus the cost of the cut.

    Parameters
    ----------
    mean, numbers, cut : as in `return_of_buying_all`
    base : float, unit of the answer: with 2, doublings per draw

    Returns
    -------
    float64 or ndarray
        The common shape of `mean` and `cut`. Without a cut it is at least 0, and at most the logarithm of the expected
        return.

    Raises
    ------
    TypeError, ValueError: as `return_of_buying_all`, or if `base` is no base of logarithms

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
    """log(λ + 1) − E[log(1 + k/numbers)] in nats, for Poisson k with mean λ·numbers."""
    # With x = (k − E[k])/(numbers + E[k]) it is −E[log(1 + x) − x], since E[x] = 0: a sum of nothing below 0.
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


def _tickets(own, others):
    own, others = (as_amounts(x, name, smallest=SMALLEST) for x, name in ((own, "own"), (others, "others")))
    if max(own.ndim, others.ndim) == 0:
        raise ValueError("own and others are single numbers: one for each number of the lottery is expected.")
    return broadcast(own, others, names=("own", "others"))
