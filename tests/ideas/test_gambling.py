"""Known answers, SciPy's optimisers as an independent gambler, and brute force over small lotteries."""

import math
from fractions import Fraction
from itertools import product

import mpmath
import numpy as np
import pytest
from refusals import refusals
from scipy.optimize import minimize
from scipy.stats import poisson

from klbook import P, Q, sample_days
from klbook.ideas import gambling
from klbook.ideas.gambling import (
    book_sum,
    cost_of_take,
    doubling_rate,
    dutch_book,
    expected_lottery_growth,
    fair_odds,
    kelly_bet,
    log_return_of_buying_all,
    log_wealth,
    lottery_bet,
    lottery_growth,
    lottery_payoff,
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


class TestSideInformation:
    joint = np.array(
        [[1 / 8, 1 / 16, 1 / 32, 1 / 32], [1 / 16, 1 / 8, 1 / 32, 1 / 32], [1 / 16] * 4, [1 / 4, 0, 0, 0]]
    )

    def test_mutual_information(self):
        """The joint distribution of Cover and Thomas's example: 3/8 bit, at any odds."""
        assert value_of_side_information(self.joint) == pytest.approx(3 / 8, rel=1e-13)
        assert value_of_side_information(self.joint.T) == pytest.approx(3 / 8, rel=1e-13)
        assert value_of_side_information(self.joint, [2, 3, 9, 1.5]) == pytest.approx(3 / 8, rel=1e-12)
        assert value_of_side_information(self.joint, base=4) == pytest.approx(3 / 16, rel=1e-12)

    def test_extremes(self):
        assert value_of_side_information(np.outer([0.5, 0.5], [0.25, 0.75])) == 0
        assert value_of_side_information(np.diag([0.25] * 4)) == 2
        assert value_of_side_information([[0.5, 0], [0.5, 0]]) == 0  # a y that never happens

    def test_with_cash_against_a_take(self):
        """A tip that is right three times in four, half of the money taken: nobody bets, tip or no tip."""
        joint = np.array([[3 / 8, 1 / 8], [1 / 8, 3 / 8]])
        assert value_of_side_information(joint, 1.0, cash=True) == 0
        # At 1.5 for 1 the tip makes a quarter worth staking, as above; without it one stays away.
        expected = 3 / 4 * math.log2(9 / 8) + 1 / 4 * math.log2(3 / 4)
        assert value_of_side_information(joint, 1.5, cash=True) == pytest.approx(expected, rel=1e-12)

    def test_many(self):
        assert value_of_side_information([self.joint, self.joint.T]) == pytest.approx([3 / 8] * 2, rel=1e-13)


class TestLottery:
    def test_by_hand(self):
        """Ten tickets, two of them own; number 0 has four holders, number 1 only the own."""
        assert lottery_payoff([1, 1, 0], [3, 0, 5]).tolist() == [2.5, 10, 0]
        assert lottery_return([1, 1, 0], [3, 0, 5]).tolist() == [1.25, 5, 0]
        assert lottery_return([1, 1, 0], [3, 0, 5], cut=0.5).tolist() == [0.625, 2.5, 0]
        assert ticket_shares([1, 1, 0], [3, 0, 5]).tolist() == [0.4, 0.1, 0.5]

    def test_alone_one_gets_back_what_one_paid(self):
        assert lottery_return([2, 2], [0, 0]).tolist() == [1, 1]
        assert lottery_growth([0.5, 0.5], [2, 2], [0, 0]) == 0

    def test_growth(self):
        """Returns of 8 and 8/15: log2 of both, half and half."""
        assert lottery_growth([0.5, 0.5], [1, 1], [0, 14]) == pytest.approx(
            (3 + 3 - math.log2(15)) / 2, rel=1e-14
        )
        assert lottery_growth([0.5, 0.5], [1, 0], [1, 1]) == -INF
        assert lottery_growth([1, 0], [1, 0], [1, 2]) == 1
        assert lottery_growth(P, P, Q * 1e12) == pytest.approx(5 / 8, rel=1e-11)  # a large crowd is a house
        assert lottery_growth(P, P, Q * 1e12, cut=1 / 2) == pytest.approx(5 / 8 - 1, rel=1e-11)

    def test_batches(self):
        crowds = sample_crowds([1, 2, 3.0], (4, 5))
        assert crowds.shape == (4, 5, 3)
        assert lottery_payoff(np.ones(3), crowds).shape == (4, 5, 3)
        assert lottery_growth([1 / 3] * 3, np.ones(3), crowds).shape == (4, 5)
        assert lottery_payoff([1, 0], [[1, 1], [3, 0]], cut=[0, 0.5]).tolist() == [[1.5, 0], [0.5, 0]]

    def test_crowds(self):
        crowds = sample_crowds([0.5, 2.0, 0], 20_000, seed=1)
        for column, mean in zip(crowds.T, (0.5, 2, 0), strict=True):
            assert abs(column.mean() - mean) <= 4 * math.sqrt(mean / 20_000)
            unsold = math.exp(-mean)
            assert abs((column == 0).mean() - unsold) <= 4 * math.sqrt(unsold * (1 - unsold) / 20_000)

    def test_draws(self):
        """One number is never bought: the return there is 0; the winners follow p."""
        returns = play_lottery([0.25, 0.75], [1, 0], 3.0, 4000, seed=2)
        assert abs((returns == 0).mean() - 0.75) <= 4 * math.sqrt(0.75 * 0.25 / 4000)
        again = play_lottery([0.25, 0.75], [1, 0], 3.0, 4000, seed=2)
        assert (returns == again).all()
        assert (play_lottery([0.25, 0.75], [1, 0], 3.0, 4000, seed=2, cut=0.5) == returns / 2).all()

    def test_crowd_and_winner_are_independent(self):
        """Single draws of many seeds: from one stream of random numbers, 0 would win when nobody else holds it."""
        won = np.array([play_lottery([0.5, 0.5], [1, 0], [0.7, 3], 1, seed=seed)[0] for seed in range(2000)])
        k = np.arange(30)
        expected = 0.5 * poisson.pmf(k, 0.7) @ ((k + 1 + 3) / (k + 1))  # on average 3 hold number 1
        assert abs(won.mean() - expected) <= 4 * won.std() / math.sqrt(2000)

    def test_mean_return_of_one_ticket(self):
        """Against its own sum over crowds."""
        p, lam = np.array([0.2, 0.8]), np.array([0.5, 4.0])
        expected = 0.0
        for a, b in product(range(30), range(40)):
            expected += poisson.pmf(a, 0.5) * poisson.pmf(b, 4) * 0.2 * (a + b + 1) / (a + 1)
        returns = play_lottery(p, [1, 0], lam, 40_000, seed=5)
        assert abs(returns.mean() - expected) <= 4 * returns.std() / 200


class TestLotteryBet:
    def test_a_vanishing_share(self):
        assert lottery_bet(P, Q, 0) == pytest.approx(P, rel=1e-14)
        assert lottery_bet(P, P, 0.7) == pytest.approx(P, rel=1e-14)

    def test_a_share_near_one(self):
        """√(p·q), as for sun 1/4 and cloud √2/4, rain √2/8, snow 1/8."""
        roots = np.array([2, 2**1.5, 2**0.5, 1])
        assert lottery_bet(P, Q, 1 - 1e-9) == pytest.approx(roots / roots.sum(), rel=1e-6)

    def test_by_hand(self):
        """Half of the pot; the answer 2/5 and 3/5. With p over 1 − p = (2/5)(2/5 + q)/q : (3/5)(8/5 − q)/(1 − q)."""
        q = 1 / 10
        a, b = 2 / 5 * (2 / 5 + q) / q, 3 / 5 * (3 / 5 + 1 - q) / (1 - q)
        assert lottery_bet([a / (a + b), b / (a + b)], [q, 1 - q], 1 / 2) == pytest.approx(
            [2 / 5, 3 / 5], rel=1e-13
        )

    @pytest.mark.parametrize("seed, share", [(0, 0.01), (1, 0.2), (2, 0.5), (3, 0.9)])
    def test_against_an_optimiser(self, seed, share):
        rng = np.random.default_rng(seed)
        p, q = rng.dirichlet(np.ones(5)), rng.dirichlet(2 * np.ones(5))
        found = minimize(
            lambda b: -p @ np.log(b / (share * b + (1 - share) * q)),
            np.full(5, 0.2),
            bounds=[(1e-9, 1)] * 5,
            constraints={"type": "eq", "fun": lambda b: b.sum() - 1},
            method="SLSQP",
            options={"ftol": 1e-15, "maxiter": 1000},
        )
        best = lottery_bet(p, q, share)
        assert best == pytest.approx(found.x, abs=3e-5)
        growth = lottery_growth(p, share * best, (1 - share) * q, base=math.e)
        assert growth == pytest.approx(-found.fun, abs=1e-9)

    def test_impossible_numbers(self):
        assert lottery_bet([0.5, 0.5, 0], [0.5, 0.5, 0], 0.3) == pytest.approx([0.5, 0.5, 0])
        assert lottery_bet([0, 1], [0.9, 0.1], 0.3).tolist() == [0, 1]

    def test_many_at_once(self):
        shares = np.linspace(0, 0.9, 4)
        bets = lottery_bet([P, Q], Q, shares[:, None])
        assert bets.shape == (4, 2, 4)
        for row, share in zip(bets, shares, strict=True):
            assert row[0] == pytest.approx(lottery_bet(P, Q, share), rel=1e-13)
            assert row[1] == pytest.approx(Q, rel=1e-13)


class TestExpectedLotteryGrowth:
    def test_brute_force(self):
        """Every crowd of up to 30 on each of two numbers."""
        p, own, lam = np.array([0.3, 0.7]), np.array([2, 1]), np.array([0.5, 3.0])
        expected = 0.0
        for a, b in product(range(20), range(31)):
            returns = (a + b + 3) * own / 3 / np.add(own, (a, b))
            expected += poisson.pmf(a, 0.5) * poisson.pmf(b, 3) * (p @ np.log2(returns))
        assert expected_lottery_growth(p, own, lam) == pytest.approx(expected, rel=1e-9)
        assert expected_lottery_growth(p, own, lam, base=4) == pytest.approx(expected / 2, rel=1e-9)
        assert expected_lottery_growth(p, own, lam, cut=0.5) == pytest.approx(expected - 1, rel=1e-9)

    def test_buying_all(self):
        for lam in (0.5, 2, 7):
            assert expected_lottery_growth(np.full(6, 1 / 6), np.ones(6), lam) == pytest.approx(
                float(log_return_of_buying_all(lam, numbers=6)), rel=1e-10
            )

    def test_simulation(self):
        returns = play_lottery(P, 8 * P, 40 * Q, 40_000, seed=8)
        logs = np.log2(returns)
        assert abs(logs.mean() - expected_lottery_growth(P, 8 * P, 40 * Q)) <= 4 * logs.std() / 200

    def test_extremes(self):
        assert expected_lottery_growth([0.5, 0.5], [1, 0], 2.0) == -INF
        assert expected_lottery_growth([1, 0], [1, 0], [0, 0.0]) == 0
        assert expected_lottery_growth(P, 8 * P, 1e9 * Q) == pytest.approx(5 / 8, abs=1e-7)


class TestBuyingAll:
    @pytest.mark.parametrize("lam", [0.5, 1, 2, 5, 10])
    def test_closed_forms(self, lam):
        k = np.arange(200)
        ratio = (lam + 1) / (k + 1)
        weights = poisson.pmf(k, lam)
        assert return_of_buying_all(lam) == pytest.approx(weights @ ratio, rel=1e-12)
        assert return_of_buying_all(lam) == pytest.approx((lam + 1) * (1 - math.exp(-lam)) / lam, rel=1e-14)
        assert log_return_of_buying_all(lam, base=math.e) == pytest.approx(weights @ np.log(ratio), rel=1e-10)
        assert log_return_of_buying_all(lam) == pytest.approx(weights @ np.log2(ratio), rel=1e-10)

    @pytest.mark.parametrize("lam, numbers", [(0.5, 1), (0.5, 2), (2, 2), (1, 3)])
    def test_small_lotteries_by_brute_force(self, lam, numbers):
        """Every crowd of up to 25 per number, with its probability; the winner is any number alike."""
        k = np.arange(26)
        crowds = np.array(list(product(k, repeat=numbers)))
        weights = poisson.pmf(crowds, lam).prod(axis=1)
        returns = (crowds.sum(1, keepdims=True) + numbers) / numbers / (crowds + 1)
        expected = weights @ returns.mean(1), weights @ np.log2(returns).mean(1)
        assert return_of_buying_all(lam, numbers=numbers) == pytest.approx(expected[0], rel=1e-10)
        assert log_return_of_buying_all(lam, numbers=numbers) == pytest.approx(
            expected[1], rel=1e-9, abs=1e-12
        )

    def test_limits(self):
        assert return_of_buying_all(0) == 1 and log_return_of_buying_all(0) == 0
        assert return_of_buying_all(1e-12) == pytest.approx(1, abs=1e-11)
        assert return_of_buying_all(1e9) == pytest.approx(1, rel=1e-8)
        assert log_return_of_buying_all(1e6, base=math.e) == pytest.approx(
            1 / 2e6, rel=1e-3
        )  # half the variance/λ²
        # One number: the whole pot is shared by those who paid for it.
        assert return_of_buying_all(3, numbers=1) == pytest.approx(1, rel=1e-14)
        assert return_of_buying_all(3, numbers=10**8) == pytest.approx(
            float(return_of_buying_all(3)), rel=1e-7
        )
        assert log_return_of_buying_all(3, numbers=10**8) == pytest.approx(
            float(log_return_of_buying_all(3)), rel=1e-6
        )

    def test_cut(self):
        assert return_of_buying_all(2, cut=0.5) == return_of_buying_all(2) / 2
        assert log_return_of_buying_all(2, cut=0.5) == pytest.approx(
            log_return_of_buying_all(2) - 1, rel=1e-14
        )

    def test_arrays(self):
        lam = np.array([[0.5], [1], [2]])
        assert return_of_buying_all(lam, cut=[0, 0.1]).shape == (3, 2)
        assert log_return_of_buying_all(lam, cut=[0, 0.1]).shape == (3, 2)

    @pytest.mark.parametrize("lam, numbers, cut", [(0.5, 40, 0), (2, 10, 0.2), (6, 100, 0.1)])
    def test_simulation(self, lam, numbers, cut):
        returns = play_lottery(np.full(numbers, 1 / numbers), np.ones(numbers), lam, 20_000, cut=cut, seed=3)
        for values, expected in (
            (returns, return_of_buying_all(lam, numbers=numbers, cut=cut)),
            (np.log2(returns), log_return_of_buying_all(lam, numbers=numbers, cut=cut)),
        ):
            assert abs(values.mean() - expected) <= 4 * values.std() / math.sqrt(20_000)


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
    (lambda: value_of_side_information([0.5, 0.5]), "an axis for x and one for y"),
    (lambda: value_of_side_information([[0.5], [0.6]]), "joint sums to 1.1"),
    (lambda: value_of_side_information(np.eye(2) / 2, [2, INF]), r"odds\[1\] is inf"),
    (lambda: cost_of_take(1), "take is 1:"),
    (lambda: ticket_shares([0, 0], [0, 0]), "there are none"),
    (lambda: lottery_payoff([1, -1], [0, 0]), r"own\[1\] is -1:"),
    (lambda: lottery_payoff([1, 1], [0, INF]), r"others\[1\] is inf"),
    (lambda: lottery_payoff([1, 1], [0, 1], cut=-0.1), "cut is -0.1"),
    (lambda: lottery_payoff(1, 1), "single numbers"),
    (lambda: lottery_return([0, 0], [1, 1]), "without a ticket"),
    (lambda: lottery_growth([0.5, 0.4], [1, 1], [1, 1]), "p sums to 0.9"),
    (lambda: lottery_bet([0.5, 0.5], [1, 0], 0.1), r"crowd\[1\] is 0: somebody else"),
    (lambda: lottery_bet([0.5, 0.5], [0.5, 0.4], 0.1), "crowd sums to 0.9"),
    (lambda: lottery_bet([0.5, 0.5], [0.5, 0.5], 1), "share is 1:"),
    (lambda: expected_lottery_growth([0.5, 0.5], [0, 0], 1), "without a ticket"),
    (lambda: expected_lottery_growth([0.5, 0.5], [1, -1], 1), r"own\[1\] is -1:"),
    (lambda: expected_lottery_growth([0.5, 0.5], [1, 1], -1), "mean is -1:"),
    (lambda: sample_crowds([1, -1.0]), r"mean\[1\] is -1:"),
    (lambda: sample_crowds(2.0), "one number for each number"),
    (lambda: play_lottery([0.5, 0.5], [1, 1, 1], 2, 5), "p has 2 outcomes and own has 3"),
    (lambda: return_of_buying_all(-1), "mean is -1:"),
    (lambda: return_of_buying_all(1, numbers=0), "numbers is 0"),
    (lambda: return_of_buying_all(1, cut=1.5), "cut is 1.5"),
    (lambda: log_return_of_buying_all(INF), "mean is inf"),
    (lambda: log_return_of_buying_all(1, base=-2), "base is -2"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_wrong_types():
    with pytest.raises(TypeError):
        return_of_buying_all(1, numbers=2.5)
    with pytest.raises(TypeError, match="integers are expected"):
        log_wealth([0.5], P, 4)


def test_what_is_measured_is_not_looked_up():
    """Growth comes from payoffs: nothing here computes an entropy or a divergence."""
    assert not {"kl_divergence", "entropy", "cross_entropy", "surprise"} & set(vars(gambling))


class TestOfAnySize:
    """What is tiny keeps its digits, and what no double holds is refused."""

    def test_independent_signals_are_worth_nothing_and_never_less(self):
        rng = np.random.default_rng(0)
        for _ in range(300):
            x, y = (rng.dirichlet(np.ones(rng.integers(2, 6))) for _ in range(2))
            for options in ({}, {"odds": 2.0, "cash": True}):
                assert 0 <= value_of_side_information(np.outer(x, y), **options) < 1e-14

    @pytest.mark.parametrize("h", [1e-9, 1e-4, 0.1])
    def test_nearly_independent_signals(self, h):
        """Cells of 1/4 ± h: in nats, the sum of (1 ± 4h)/2·log(1 ± 4h)."""
        joint = [[0.25 + h, 0.25 - h], [0.25 - h, 0.25 + h]]
        with mpmath.workdps(50):
            up, down = (mpmath.mpf(x) * 4 for x in joint[0])
            total = up + down
            expected = sum(x / total * mpmath.log(2 * x / total) for x in (up, down))
        found = value_of_side_information(joint, base=math.e)
        assert found == pytest.approx(float(expected), rel=1e-6 if h < 1e-6 else 1e-11, abs=0)

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

    @pytest.mark.parametrize(
        "p, crowd",
        [
            ([0.5, 0.5], [1e-320, 1]),
            ([1e-200, 1], [1e-200, 1]),
            ([1e-320, 1], [1, 1e-320]),
            ([0.2, 0.3, 0.5], [0.9, 0.1, 1e-12]),
        ],
    )
    @pytest.mark.parametrize("share", [1e-300, 1e-9, 0.5, 0.999, 1 - 2**-53])
    def test_the_best_tickets_gain_alike(self, p, crowd, share):
        """p·others/(b·(share·b + others)), which growth gains by a little more of a number, is the same for all."""
        bet = lottery_bet(p, crowd, share)
        assert bet.sum() == pytest.approx(1, rel=1e-14)
        with mpmath.workdps(50):
            s = mpmath.mpf(share)
            rows = [[mpmath.mpf(float(x)) for x in row] for row in (p, crowd, bet)]
            gains = [a * (1 - s) * c / (b * (s * b + (1 - s) * c)) for a, c, b in zip(*rows, strict=True)]
        digits = 1e-2 if min(bet) < 1e-310 else 1e-12  # a subnormal number has few of them
        assert float(max(gains) / min(gains)) == pytest.approx(1, rel=digits)

    @pytest.mark.parametrize("mean", [1e-150, 1e-9, 0.5, 20, 1000, 5000.5])
    @pytest.mark.parametrize("numbers", [None, 1, 3])
    def test_buying_all(self, mean, numbers):
        def average(f, mean):
            total, chance = mpmath.mpf(0), mpmath.exp(-mean)
            for k in range(int(mean + 14 * math.sqrt(mean) + 40)):
                total += chance * f(k)
                chance *= mean / (k + 1)
            return total

        with mpmath.workdps(180 if mean < 1e-20 else 30):
            exact = mpmath.mpf(mean)
            pot = mpmath.log(1 + exact)
            if numbers:
                pot = average(lambda k: mpmath.log(1 + mpmath.mpf(k) / numbers), exact * numbers)
            expected = float(pot - average(lambda k: mpmath.log(k + 1), exact))
        found = log_return_of_buying_all(mean, numbers=numbers, base=math.e)
        assert found == pytest.approx(0 if numbers == 1 else expected, rel=1e-12, abs=0)

    @pytest.mark.parametrize("mean", [1e9, 1e12, 1e150])
    def test_buying_all_of_very_many(self, mean):
        """log(λ + 1) − E[log(k + 1)] is half the variance of the logarithm, 1/(2λ), to a relative 1/λ."""
        assert log_return_of_buying_all(mean, base=math.e) == pytest.approx(0.5 / mean, rel=1e-8, abs=0)

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
    # What one knows for sure is worth what little it takes away, and that is never below 0 or infinite.
    for joint in ([[1, rare], [rare, 0]], [[1, 0], [0, rare]]):
        assert 0 <= value_of_side_information(joint, odds, cash=True) < 1e-12
