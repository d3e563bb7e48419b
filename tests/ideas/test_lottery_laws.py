"""The theorems about the lottery."""

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from strategies import counts_and_distributions, tuples_of_distributions

from klbook import kl_divergence
from klbook.ideas.gambling import cost_of_take
from klbook.ideas.lottery import (
    log_return_of_buying_all,
    lottery_bet,
    lottery_growth,
    lottery_return,
    play_lottery,
    return_of_buying_all,
    sample_crowds,
    ticket_shares,
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
