"""Known answers, SciPy's optimisers as an independent gambler, and brute force over small lotteries."""

import math
from itertools import product

import mpmath
import numpy as np
import pytest
from refusals import refusals
from scipy.optimize import minimize
from scipy.stats import poisson

from klbook import P, Q
from klbook.ideas.lottery import (
    expected_lottery_growth,
    log_return_of_buying_all,
    lottery_bet,
    lottery_growth,
    lottery_payoff,
    lottery_return,
    play_lottery,
    return_of_buying_all,
    sample_crowds,
    ticket_shares,
)

INF = math.inf


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


class TestOfAnySize:
    """What is tiny keeps its digits, and what no double holds is refused."""

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


def test_wrong_types():
    with pytest.raises(TypeError):
        return_of_buying_all(1, numbers=2.5)
