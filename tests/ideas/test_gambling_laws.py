"""The theorems about gambling. Numbers are of Cover and Thomas, *Elements of Information Theory*, 2nd ed."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import any_distribution, distributions, pairs, tuples_of_distributions

from klbook import entropy, kl_divergence
from klbook.ideas.gambling import (
    book_sum,
    cost_of_take,
    doubling_rate,
    dutch_book,
    fair_odds,
    kelly_bet,
    mean_return,
    wealth_factors,
    wealth_paths,
)

# What a house keeps: nothing, or from a thousandth to 60 %. (Smaller takes than a bet can tell are in the table.)
takes = st.one_of(st.just(0.0), st.floats(0.001, 0.6))
three = tuples_of_distributions(3, zeros=False)


def close(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-10)


@given(three)
def test_growth_at_fair_odds(drawn):
    """W(b, p) = D(p‖r) − D(p‖b): better than the house by as much as the belief is closer to the truth."""
    p, b, r = drawn
    assert doubling_rate(p, b, fair_odds(r)) == close(kl_divergence(p, r) - kl_divergence(p, b))


@given(three, takes)
def test_a_take_costs_the_same_in_every_round(drawn, take):
    p, b, r = drawn
    assert doubling_rate(p, b, fair_odds(r, take)) == close(
        doubling_rate(p, b, fair_odds(r)) - cost_of_take(take)
    )


@given(pairs())
def test_the_best_growth_is_the_divergence(pair):
    """Infinite where the house pays for what it holds impossible."""
    p, q = pair
    assert kelly_bet(p, fair_odds(q)).tolist() == p.tolist()
    assert doubling_rate(p, kelly_bet(p, fair_odds(q)), fair_odds(q)) == close(kl_divergence(p, q))


@given(any_distribution())
def test_conservation(p):
    """Best growth + entropy = log m at m for 1 (conservation theorem)."""
    m = len(p)
    assert doubling_rate(p, p, m) + entropy(p) == close(math.log2(m))


@given(three, distributions(7), takes, st.floats(0.5, 3))
def test_no_bet_beats_kellys(drawn, shares, take, generosity):
    """With a take and with cash, at fair and at superfair odds: random bets, cash and mixtures of both with the
    best bet (its neighbours) never grow faster."""
    p, b, r = drawn
    other = shares[: len(p)]  # what is left is held back
    odds = fair_odds(r, take) * generosity
    best = kelly_bet(p, odds)
    assert (best >= 0).all() and best.sum() <= 1 + 1e-12
    growth = doubling_rate(p, best, odds)
    for bet in (other, b, 0 * b, 0.99 * best + 0.01 * other, 0.99 * best, 0.99 * best + 0.01 * b):
        assert doubling_rate(p, bet, odds) <= growth + 1e-9


@given(three, takes, st.floats(0.5, 3))
def test_kellys_conditions(drawn, take, generosity):
    """Kuhn and Tucker: a little more on an outcome gains Σ… = p·odds/factor, which is 1 where one bets and at
    most 1 elsewhere; a little more cash gains Σ p/factor, which is 1 if cash is held and at most 1 otherwise."""
    p, _, r = drawn
    odds = fair_odds(r, take) * generosity
    bet = kelly_bet(p, odds)
    factors = wealth_factors(bet, odds)
    assume((factors > 1e-9).all())
    by_bet, by_cash = p * odds / factors, (p / factors).sum()
    assert (by_bet <= 1 + 1e-6).all() and by_cash <= 1 + 1e-6
    assert by_bet[bet > 1e-9] == pytest.approx(1, abs=1e-5)
    if bet.sum() < 1 - 1e-9:
        assert by_cash == pytest.approx(1, abs=1e-6)


@given(three)
def test_without_cash_the_truth_is_the_best_bet(drawn):
    p, b, odds = drawn[0], drawn[1], 5 * drawn[2]
    assert doubling_rate(p, b, odds) <= doubling_rate(p, kelly_bet(p, odds, cash=False), odds) + 1e-10


@given(pairs(zeros=False))
def test_a_take_above_every_advantage_keeps_away(pair):
    """One bets if and only if some outcome has p·odds > 1."""
    p, r = pair
    for take in (0.05, 0.3, 0.8):
        odds = fair_odds(r, take)
        worth = (p * odds).max()
        assume(abs(worth - 1) > 1e-6)
        assert (kelly_bet(p, odds).sum() > 0) == (worth > 1)


@given(any_distribution(zeros=False), st.floats(0.2, 5))
def test_dutch_book(r, generosity):
    """It pays the same whatever happens, 1/book sum; superfair odds are those with which this is more than 1."""
    odds = generosity / r
    bets, payoff = dutch_book(odds)
    assert bets.sum() == close(1)
    assert bets * odds == close(np.full(len(r), payoff))
    assert payoff == close(generosity) == close(1 / book_sum(odds))


@given(three)
def test_the_mean_is_above_the_typical(drawn):
    """Jensen: growth of the mean ≥ mean of the growth; and the mean is greatest with all on one outcome."""
    p, b, r = drawn
    odds = fair_odds(r)
    assert doubling_rate(p, b, odds) <= math.log2(mean_return(p, b, odds)) + 1e-10
    assert mean_return(p, b, odds) <= mean_return(p, np.eye(len(p)), odds).max() * (1 + 1e-12)


@settings(max_examples=20)
@given(three, st.integers(0, 99))
def test_paths_grow_at_the_doubling_rate(drawn, seed):
    """Wealth after n rounds, log and mean over paths, with room for 4.5 standard errors.

    Outcomes too rare to be drawn would falsify the standard error, so some of the uniform is mixed in.
    """
    p, b, r = (0.9 * x + 0.1 / len(x) for x in drawn)
    last = wealth_paths(p, b, fair_odds(r), 50, paths=400, seed=seed)[:, -1] / 50
    assert abs(last.mean() - doubling_rate(p, b, fair_odds(r))) <= 4.5 * last.std() / 20 + 1e-9
