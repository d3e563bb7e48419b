"""The theorems about gambling. Numbers are of Cover and Thomas, *Elements of Information Theory*, 2nd ed."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import (
    any_distribution,
    counts_and_distributions,
    distributions,
    joint_pairs,
    pairs,
    tuples_of_distributions,
)

from klbook import entropy, kl_divergence
from klbook.ideas.gambling import (
    book_sum,
    cost_of_take,
    doubling_rate,
    dutch_book,
    fair_odds,
    kelly_bet,
    log_return_of_buying_all,
    lottery_bet,
    lottery_growth,
    lottery_return,
    mean_return,
    play_lottery,
    return_of_buying_all,
    sample_crowds,
    ticket_shares,
    value_of_side_information,
    wealth_factors,
    wealth_paths,
)

# What a house keeps: nothing, or from a thousandth to 60 %. (Smaller takes than a bet can tell are in the table.)
takes = st.one_of(st.just(0.0), st.floats(0.001, 0.6))
three = tuples_of_distributions(3, zeros=False)
# Own tickets, up to 9 of each number, and what the others hold: as many or more.
tickets = st.tuples(counts_and_distributions(1, most=9), st.binary(min_size=6, max_size=6)).map(
    lambda drawn: (*drawn[0], np.frombuffer(drawn[1], np.uint8)[: len(drawn[0][0])] % 51)
)
lambdas = st.floats(0.01, 30)


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


@given(joint_pairs())
def test_side_information_is_worth_the_mutual_information(two):
    """Section 6.2: ΔW = I(x; y), whatever the odds, if all is staked."""
    joint, odds = two[0], fair_odds(two[1].sum(1))
    information = entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint.ravel())
    assert value_of_side_information(joint) == close(information)
    assert value_of_side_information(joint, odds) == close(information)
    assert value_of_side_information(joint, odds, cash=True) == close(information)


@given(joint_pairs(), st.floats(0.01, 0.5))
def test_with_cash_against_a_take_it_is_worth_something(two, take):
    """Never negative: who sees y can ignore it."""
    odds = fair_odds(two[1].sum(1), take)
    assert value_of_side_information(two[0], odds, cash=True) >= -1e-10


@given(tickets, takes)
def test_the_lottery_is_a_house_whose_odds_are_the_tickets(drawn, cut):
    """Growth = D(p‖q) − D(p‖b) − cost of the cut, with q the shares of all tickets and b of the own."""
    own, p, others = drawn
    q, b = ticket_shares(own, others), own / own.sum()
    if np.isinf(kl_divergence(p, b)):
        assert lottery_growth(p, own, others, cut=cut) == -math.inf
    else:
        expected = kl_divergence(p, q) - kl_divergence(p, b) - cost_of_take(cut)
        assert lottery_growth(p, own, others, cut=cut) == close(expected)


@given(three, st.floats(0.01, 0.99))
def test_no_tickets_beat_the_best(drawn, share):
    """Own tickets that move the odds: neither the truth, nor the crowd, nor a third distribution grows faster."""
    p, q, other = drawn
    best = lottery_bet(p, q, share)
    growth = lottery_growth(p, share * best, (1 - share) * q)
    for b in (p, q, other, (best + other) / 2):
        assert lottery_growth(p, share * b, (1 - share) * q) <= growth + 1e-10


@given(tickets, takes)
def test_the_pot_is_paid_out(drawn, cut):
    """What own and others' tickets are paid together is the pot less the cut, if somebody holds the number."""
    own, _, others = drawn
    assume(others.any())
    paid = (
        lottery_return(own, others, cut=cut) * own.sum() + lottery_return(others, own, cut=cut) * others.sum()
    )
    held = own + others > 0
    assert paid[held] == close(np.full(held.sum(), (1 - cut) * (own + others).sum()))
    assert (paid[~held] == 0).all()


@settings(max_examples=20)
@given(st.floats(0.1, 8), st.integers(2, 60), takes, st.integers(0, 99))
def test_buying_all_in_simulation(lam, numbers, cut, seed):
    """Closed forms within 4.5 standard errors of simulated draws, mean and logarithm."""
    draws = 2000
    returns = play_lottery(np.full(numbers, 1 / numbers), np.ones(numbers), lam, draws, cut=cut, seed=seed)
    for values, expected in (
        (returns, return_of_buying_all(lam, numbers=numbers, cut=cut)),
        (np.log2(returns), log_return_of_buying_all(lam, numbers=numbers, cut=cut)),
    ):
        assert abs(values.mean() - expected) <= 4.5 * values.std() / math.sqrt(draws) + 1e-9


@settings(max_examples=20)
@given(st.floats(0.1, 8), st.integers(2, 60), st.integers(0, 99))
def test_the_log_return_is_the_mean_divergence_from_the_uniform(lam, numbers, seed):
    """D(U‖q) of random crowds, one's own tickets in q, has the closed form as its mean."""
    crowds = sample_crowds(np.full(numbers, lam), 1000, seed=seed)
    d = kl_divergence(np.full(numbers, 1 / numbers), ticket_shares(np.ones(numbers), crowds))
    expected = log_return_of_buying_all(lam, numbers=numbers)
    assert abs(d.mean() - expected) <= 4.5 * d.std() / math.sqrt(1000) + 1e-9


@given(lambdas, takes)
def test_the_log_return_is_below_the_logarithm_of_the_return(lam, cut):
    """Jensen; and without a cut, neither loses."""
    ratio, log_ratio = return_of_buying_all(lam, cut=cut), log_return_of_buying_all(lam, cut=cut)
    assert log_ratio <= math.log2(ratio) + 1e-12
    assert return_of_buying_all(lam) >= 1 and log_return_of_buying_all(lam) >= -1e-12
