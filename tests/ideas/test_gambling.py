"""Known answers, and SciPy's optimisers as an independent gambler."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from refusals import refusals
from scipy.optimize import minimize

from klbook import P, Q, sample_days
from klbook.ideas import gambling, lottery, side_information
from klbook.ideas.gambling import (
    book_sum,
    cost_of_take,
    doubling_rate,
    dutch_book,
    fair_odds,
    kelly_bet,
    log_wealth,
    mean_return,
    wealth_factors,
    wealth_paths,
)

INF = math.inf
LOG2_3 = math.log2(3)


class TestOdds:
    def test_fair(self):
        assert fair_odds(Q).tolist() == [8, 2, 4, 8]
        assert fair_odds(Q, 1 / 4).tolist() == [6, 1.5, 3, 6]
        assert fair_odds([1, 0]).tolist() == [1, INF]
        assert fair_odds(Q, [[0], [0.5]]).shape == (2, 4)

    def test_book(self):
        assert book_sum([2, 4, 4]) == 1
        assert book_sum(fair_odds(Q, 1 / 2)) == 2
        assert book_sum([[10, 30], [1, INF]]).tolist() == pytest.approx([4 / 30, 1])

    def test_dutch_book(self):
        """10 and 30 for 1: three parts on the first, one on the second, and 7.5 for 1 whatever wins."""
        bets, payoff = dutch_book([10, 30])
        assert bets == pytest.approx([3 / 4, 1 / 4], rel=1e-14)
        assert payoff == pytest.approx(7.5, rel=1e-14)
        assert wealth_factors(bets, [10, 30]) == pytest.approx([7.5, 7.5], rel=1e-14)

    def test_cost_of_take(self):
        assert cost_of_take([0, 1 / 2, 3 / 4]).tolist() == [0, 1, 2]
        assert cost_of_take(0.2, base=math.e) == pytest.approx(-math.log(0.8), rel=1e-14)


class TestDoublingRate:
    @pytest.mark.parametrize(
        "p, bets, odds, expected",
        [
            (P, P, fair_odds(Q), 5 / 8),
            (Q, Q, fair_odds(P), 1 / 2),
            (P, Q, fair_odds(Q), 0),  # to believe what the house believes
            (Q, P, fair_odds(Q), -1 / 2),  # to believe worse: −D(Q‖P)
            (
                [1 / 2, 1 / 4, 1 / 4],
                [1 / 2, 1 / 4, 1 / 4],
                3,
                LOG2_3 - 3 / 2,
            ),  # Cover and Thomas, Problem 6.1
            ([1 / 2, 1 / 4, 1 / 4], [1, 0, 0], 3, -INF),
            (
                [0.7, 0.3],
                [0.7, 0.3],
                2,
                1 + 0.7 * math.log2(0.7) + 0.3 * math.log2(0.3),
            ),
            (P, [0, 0, 0, 0], fair_odds(Q), 0),  # everything held back
            ([1, 0], [1, 0], [2, 5], 1),  # what cannot happen does not ruin
            ([0.5, 0.5], [0.5, 0.5], [INF, 2], INF),
            ([0.5, 0.5], [0.5, 0.25], [2, 2], (math.log2(1.25) + math.log2(0.75)) / 2),  # a quarter held back
        ],
    )
    def test_known(self, p, bets, odds, expected):
        assert doubling_rate(p, bets, odds) == pytest.approx(expected, rel=1e-13, abs=1e-15)

    def test_even_odds(self):
        """(0.7, 0.3) at 2 for 1, to the digits found in print."""
        assert doubling_rate([0.7, 0.3], [0.7, 0.3], 2) == pytest.approx(0.118709, abs=5e-7)

    def test_typical_against_mean(self):
        """(0.6, 0.4) at even odds: Kelly grows by 0.020136 nats with a mean of 1.04; all in has a mean of 1.2."""
        kelly = kelly_bet([0.6, 0.4], 2)
        assert doubling_rate([0.6, 0.4], kelly, 2, base=math.e) == pytest.approx(0.020136, abs=5e-7)
        assert mean_return([0.6, 0.4], kelly, 2) == pytest.approx(1.04, rel=1e-14)
        assert mean_return([0.6, 0.4], [1, 0], 2) == pytest.approx(1.2, rel=1e-14)
        assert doubling_rate([0.6, 0.4], [1, 0], 2) == -INF

    def test_cash(self):
        assert wealth_factors([0.25, 0], [4, 2]).tolist() == [1.75, 0.75]
        assert mean_return([0.5, 0.5], [0.25, 0], [4, 2]) == 1.25

    def test_rounding_is_not_cash(self):
        """Ten bets of a tenth do not quite sum to 1; who stakes all and loses has nothing."""
        bets = [0.1] * 10 + [0]
        assert np.cumsum(bets)[-1] != 1  # the built-in sum corrects its rounding from Python 3.12 on
        assert wealth_factors(bets, 11)[-1] == 0

    def test_units(self):
        assert doubling_rate(P, P, fair_odds(Q), base=math.e) == pytest.approx(5 / 8 * math.log(2), rel=1e-14)
        assert doubling_rate(P, P, fair_odds(Q), base=4) == 5 / 16

    def test_grids(self):
        t = np.linspace(0, 1, 5)[:, None]
        rates = doubling_rate(P, (1 - t) * Q + t * P, fair_odds(Q))
        assert rates.shape == (5,)
        assert rates[0] == 0 and rates[-1] == 5 / 8 and (np.diff(rates) > 0).all()


class TestKelly:
    def test_by_hand(self):
        """A quarter is taken. Only the first outcome is worth more than the cash: 9/8 > 1 > 3/8.

        Betting f on it, growth is 3/4·log(1 + f/2) + 1/4·log(1 − f). Its slope is 0 where 3/8·(1 − f) =
        1/4·(1 + f/2), at f = 1/4.
        """
        assert kelly_bet([3 / 4, 1 / 4], 1.5) == pytest.approx([1 / 4, 0], rel=1e-14)
        assert kelly_bet([3 / 4, 1 / 4], 1.25) == pytest.approx([0, 0], abs=1e-15)

    def test_the_usual_formula(self):
        """One outcome worth betting on at net odds o − 1: (p·o − 1)/(o − 1)."""
        p, odds = 0.55, 1.9
        assert kelly_bet([p, 1 - p], odds)[0] == pytest.approx((p * odds - 1) / (odds - 1), rel=1e-13)

    def test_without_cash_odds_do_not_matter(self):
        for odds in (fair_odds(Q), 1.01, [50, 1, 1, 1]):
            assert kelly_bet(P, odds, cash=False).tolist() == P.tolist()

    def test_fair_and_superfair_odds(self):
        assert kelly_bet(P, fair_odds(Q)).tolist() == P.tolist()
        assert kelly_bet([0.5, 0.5], [10, 30]).tolist() == [0.5, 0.5]
        thirds = np.array([0.1, 0.2, 0.7])
        assert kelly_bet(P[:3] / P[:3].sum(), fair_odds(thirds)).tolist() == (P[:3] / P[:3].sum()).tolist()

    def test_impossible_outcomes(self):
        assert kelly_bet([0.5, 0.5, 0], [3, 3, 1.01]).tolist() == [0.5, 0.5, 0]
        assert kelly_bet([1, 0], [1.5, 1.5]).tolist() == [1, 0]
        assert kelly_bet([1, 0], [0.5, INF]).tolist() == [0, 0]
        assert kelly_bet([0.5, 0.5], [INF, 1.2])[0] == 0.5

    @pytest.mark.parametrize("seed", range(8))
    def test_against_an_optimiser(self, seed):
        rng = np.random.default_rng(seed)
        p, odds = rng.dirichlet(np.ones(5)), fair_odds(rng.dirichlet(2 * np.ones(5)), rng.uniform(0.02, 0.3))
        found = minimize(
            lambda b: -p @ np.log(np.maximum(1e-9, 1 - b.sum() + b * odds)),
            np.full(5, 0.1),
            bounds=[(0, 1)] * 5,
            constraints={"type": "ineq", "fun": lambda b: 1 - b.sum()},
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 1000},
        )
        assert kelly_bet(p, odds) == pytest.approx(found.x, abs=2e-5)
        assert doubling_rate(p, kelly_bet(p, odds), odds, base=math.e) == pytest.approx(-found.fun, abs=1e-9)

    def test_many_at_once(self):
        takes = np.linspace(0, 0.9, 10)
        bets = kelly_bet(P, fair_odds(Q, takes[:, None]))
        assert bets.shape == (10, 4)
        for bet, take in zip(bets, takes, strict=True):
            assert bet.tolist() == kelly_bet(P, fair_odds(Q, take)).tolist()

    def test_an_outcome_that_does_not_pay_by_itself(self):
        """With cash below 1, one also bets on an outcome with p·odds < 1: it insures the others."""
        p, odds = np.array([0.6, 0.3, 0.1]), np.array([2.0, 3.0, 5.0])
        bets = kelly_bet(p, odds)
        # 0.6·2 and 0.3·3 against c = (1 − 0.9)/(1 − 1/2 − 1/3) = 0.6; 0.1·5 is below it.
        assert bets == pytest.approx([0.6 - 0.3, 0.3 - 0.2, 0], rel=1e-12)


class TestWealth:
    def test_of_given_days(self):
        path = log_wealth([[0, 0, 1], [3, 2, 1]], P, fair_odds(Q))
        assert path.tolist() == [[0, 2, 4, 3], [0, 0, -1, -2]]
        assert log_wealth([0, 1, 0], [1, 0, 0, 0], 8).tolist() == [0, 3, -INF, -INF]

    def test_days_are_the_seeded_ones(self):
        paths = wealth_paths(P, P, fair_odds(Q), 20, paths=3, seed=7)
        assert (paths == log_wealth(sample_days((3, 20), P, 7), P, fair_odds(Q))).all()
        assert wealth_paths(P, P, 4, 6, base=4).tolist() == (wealth_paths(P, P, 4, 6) / 2).tolist()

    @pytest.mark.parametrize("bets", [P, Q, [0.25] * 4, [0.3, 0.1, 0, 0.2]])
    def test_growth(self, bets):
        rounds, paths = 100, 4000
        rate = doubling_rate(P, bets, fair_odds(Q))
        last = wealth_paths(P, bets, fair_odds(Q), rounds, paths=paths, seed=2)[:, -1] / rounds
        assert abs(last.mean() - rate) <= 4 * last.std() / math.sqrt(paths) + 1e-12

    def test_mean_wealth(self):
        wealth = 2 ** wealth_paths([0.6, 0.4], [0.6, 0.4], 2, 5, paths=20_000)[:, -1]
        assert abs(wealth.mean() - 1.04**5) <= 4 * wealth.std() / math.sqrt(20_000)

    def test_red_and_black(self):
        """A shuffled deck, always betting in proportion to what is left: 2⁵²/C(52, 26) in the end, for sure."""
        for seed in range(5):
            deck = np.random.default_rng(seed).permutation(np.repeat([0, 1], 26))
            left = 26 - np.array([[(deck[:i] == c).sum() for c in (0, 1)] for i in range(52)])
            factors = wealth_factors(left / left.sum(axis=1, keepdims=True), 2)[np.arange(52), deck]
            assert factors.prod() == pytest.approx(2**52 / math.comb(52, 26), rel=1e-12)


WRONG = [
    (lambda: fair_odds([0.5, 0.4]), "q sums to 0.9"),
    (lambda: fair_odds(Q, 1), "take is 1:"),
    (lambda: book_sum([2, 0]), r"odds\[1\] is 0: odds are positive"),
    (lambda: book_sum([2, math.nan]), r"odds\[1\] is nan"),
    (lambda: book_sum(2), "single number"),
    (lambda: dutch_book([2, INF]), r"odds\[1\] is inf"),
    (lambda: wealth_factors([0.75, 0.5], 2), "the sum of bets is 1.25: bets cannot exceed the bankroll"),
    (lambda: wealth_factors([[0.5, 0.5], [0.5, 0.75]], 2), r"the sum of bets\[1\] is 1.25"),
    (lambda: wealth_factors([0.5, -0.1], 2), r"bets\[1\] is -0.1"),
    (lambda: wealth_factors([0.5, math.nan], 2), r"bets\[1\] is nan"),
    (lambda: wealth_factors([0.5, 0.5], [2, -2]), r"odds\[1\] is -2:"),
    (lambda: wealth_factors([0.5, 0.5], [2, 2, 2]), "bets has 2 outcomes and odds has 3"),
    # One bet is not staked on every outcome.
    (lambda: wealth_factors([1.0], [8, 2, 4, 8]), "bets has 1 outcomes and odds has 4"),
    (lambda: wealth_factors([[0.5], [0.5]], [2, 2]), "bets has 1 outcomes and odds has 2"),
    (lambda: doubling_rate(P, [1.0], [8, 2, 4, 8]), "bets has 1 outcomes and odds has 4"),
    (lambda: fair_odds([1.0], [0.1, 0.2, 0.3]), "q has 1 outcomes and take has 3"),
    (lambda: wealth_paths(P, P, 4, 3.0), TypeError, "rounds must be an integer, not 3.0"),
    (lambda: wealth_paths(P, P, 4, 3, paths=-1), "paths is -1: it must be at least 0"),
    (lambda: wealth_paths(P, P, 4, 3, seed=-1), "seed is -1: a whole number from 0 on"),
    (lambda: wealth_factors(0.5, 2), "single number"),
    (lambda: doubling_rate([0.5, 0.4], [0.5, 0.5], 2), "p sums to 0.9"),
    (lambda: doubling_rate([1], [0.5, 0.5], 2), "p has 1 outcomes"),
    (lambda: doubling_rate(P, P, 4, base=1), "base is 1"),
    (lambda: mean_return(P, [0.5, 0.5], 2), "p has 4 outcomes"),
    (lambda: kelly_bet([0.5, 0.6], 2), "p sums to 1.1"),
    (lambda: kelly_bet(P, -1), "odds is -1:"),
    (lambda: log_wealth([0, 4], P, 4), r"outcomes\[1\] is 4:"),
    (lambda: log_wealth([0, 1], P, INF), "stay finite"),
    (lambda: log_wealth([0, 1], [P, Q], 4), "one bet is expected"),
    (lambda: wealth_paths([P, Q], P, 4, 3), "one of each"),
    (lambda: wealth_paths(P, P, 4, -1), "rounds is -1: it must be at least 0"),
    (lambda: cost_of_take(1), "take is 1:"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_wrong_types():
    with pytest.raises(TypeError, match="integers are expected"):
        log_wealth([0.5], P, 4)


def test_what_is_measured_is_not_looked_up():
    """Growth comes from payoffs: nothing here computes an entropy or a divergence."""
    for module in (gambling, lottery, side_information):
        assert not {"kl_divergence", "entropy", "cross_entropy", "surprise"} & set(vars(module))


class TestOfAnySize:
    """What is tiny keeps its digits, and what no double holds is refused."""

    @pytest.mark.parametrize("take", [5e-324, 1e-17, 1e-3, 0.3, 0.5, 0.75, 1 - 2**-53])
    def test_cost_of_take(self, take):
        with mpmath.workdps(400):
            expected = float(-mpmath.log(1 - mpmath.mpf(take), 2))
        assert cost_of_take(take) == pytest.approx(expected, rel=1e-15, abs=0)

    def test_odds_that_no_double_holds(self):
        assert fair_odds([1e-300, 1])[0] == pytest.approx(1e300)
        assert fair_odds([0, 1]).tolist() == [INF, 1]
        with pytest.raises(ValueError, match=r"q\[0\] is 1e-320: its odds are more than a double holds"):
            fair_odds([1e-320, 1])

    @pytest.mark.parametrize("dtype", [np.float16, np.float32])
    def test_a_belief_in_few_digits_is_a_bet(self, dtype):
        rng = np.random.default_rng(1)
        for _ in range(20):
            belief = rng.dirichlet(np.ones(50)).astype(dtype)
            assert doubling_rate(belief, belief, fair_odds(belief)) == pytest.approx(0, abs=2e-3)


@pytest.mark.parametrize("rare", [1e-15, 1e-16, 1e-17, 1e-20, 1e-300, 5e-324])
def test_the_kelly_bet_never_ruins_where_something_rare_can_happen(rare):
    """As exact fractions: cash that 1 minus the bets cannot hold would leave nothing for what is rare."""
    p, odds = [1, rare], 1.5
    bets = kelly_bet(p, odds)
    rate = doubling_rate(p, bets, odds)
    cash = 1 - sum(map(Fraction, bets.tolist()))
    assert all(b > 0 or cash > 0 for b in bets)
    assert rate == pytest.approx(math.log2(1.5), abs=1e-12)
