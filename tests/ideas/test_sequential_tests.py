"""Known answers and independent derivations: gambler's ruin and Markov chains."""

import math

import mpmath
import numpy as np
import pytest
from refusals import refusals

from klbook import P, Q
from klbook.ideas.evidence import evidence_walks
from klbook.ideas.sequential_tests import (
    sequential_test,
    stopped_walks,
    wald_errors,
    wald_sample_numbers,
    wald_thresholds,
)

INF = math.inf
STEPS = np.array([2.0, -1.0, -1.0, 0.0])  # log2 of 4, 1/2, 1/2 and 1
A, B = [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]


def coin(theta):
    return np.array([1 - theta, theta])


def chain(truth, lower, upper):
    """The sequential test on the pair as a Markov chain: errors and mean steps by linear equations."""
    inside = np.arange(lower + 1, upper)
    move, up = np.zeros((len(inside), len(inside))), np.zeros(len(inside))
    for i, state in enumerate(inside):
        for probability, step in zip(truth, STEPS, strict=True):
            after = state + step
            if after >= upper:
                up[i] += probability
            elif after > lower:
                move[i, int(after) - lower - 1] += probability
    solve = np.linalg.inv(np.eye(len(inside)) - move)
    start = -lower - 1
    return (solve @ up)[start], (solve @ np.ones(len(inside)))[start]


class TestSequentialTest:
    @pytest.mark.parametrize("lower, upper", [(-1, 1), (-3, 4), (-5, 5), (-8, 2)])
    @pytest.mark.parametrize("truth", [P, Q, [0.25] * 4])
    def test_against_the_chain(self, lower, upper, truth):
        runs = 5000
        for_p, steps = chain(truth, lower, upper)
        test = sequential_test(P, Q, lower, upper, truth=truth, runs=runs, seed=3)
        assert set(test.decision) <= {1, -1}
        assert abs((test.decision == 1).mean() - for_p) <= 4 * math.sqrt(for_p * (1 - for_p) / runs)
        assert abs(test.steps.mean() - steps) <= 4 * test.steps.std() / math.sqrt(runs)

    def test_each_run_stops_at_the_first_crossing(self):
        test = sequential_test(P, Q, -3, 4, runs=2000)
        assert ((test.evidence >= 4) == (test.decision == 1)).all()
        assert ((test.evidence <= -3) == (test.decision == -1)).all()
        assert test.evidence.min() == -3 and test.evidence.max() == 5  # one step beyond 3, or one to 4
        assert test.steps[test.decision == 1].min() == 2
        assert test.steps[test.decision == -1].min() == 3

    def test_the_distribution_of_the_first_steps(self):
        """Up at 2, down at −1: stops on the first day unless it snows."""
        test = sequential_test(P, Q, -1, 2, runs=20_000)
        for n in range(1, 4):
            share = (7 / 8) * (1 / 8) ** (n - 1)
            assert abs((test.steps == n).mean() - share) <= 4 * math.sqrt(share / 20_000)

    def test_many_blocks(self):
        """Coins that hardly differ: thousands of steps in each run, and Wald's approximation is close."""
        p, q = coin(0.51), coin(0.49)
        test = sequential_test(p, q, -4, 4, runs=400, seed=1)
        expected, _ = wald_sample_numbers(p, q, -4, 4)
        assert expected > 3000
        assert abs(test.steps.mean() - expected) <= 4 * test.steps.std() / 20
        recomputed = np.log2(0.51 / 0.49)
        assert np.allclose(np.abs(test.evidence) / recomputed, np.round(np.abs(test.evidence) / recomputed))

    def test_same_seed_same_runs(self):
        first, second = (sequential_test(P, Q, -3, 4, runs=50, seed=8) for _ in range(2))
        assert (first.steps == second.steps).all()
        assert (first.steps != sequential_test(P, Q, -3, 4, runs=50, seed=9).steps).any()

    def test_undecided(self):
        test = sequential_test(P, Q, -INF, 5, truth=Q, runs=200, max_steps=50)
        assert set(test.decision) == {0, 1}
        assert (test.steps[test.decision == 0] == 50).all()

    def test_power_one(self):
        """Without a lower threshold, the evidence for P gets beyond 5 bits at most once in 32 where Q is true."""
        test = sequential_test(P, Q, -INF, 5, truth=Q, runs=4000, max_steps=200)
        assert (test.decision == 1).mean() <= 1 / 32 + 4 * math.sqrt(1 / 32 / 4000)

    def test_impossible_outcomes_stop_it(self):
        test = sequential_test([1, 0], [0.5, 0.5], -5, 50, truth=[0.5, 0.5], runs=4000)
        assert (test.evidence == -INF).all()
        assert abs(test.steps.mean() - 2) <= 4 * math.sqrt(2 / 4000)

    def test_no_runs(self):
        assert len(sequential_test(P, Q, -1, 1, runs=0).steps) == 0


class TestStoppedWalks:
    @pytest.mark.parametrize("lower, upper", [(-3, 4), (-2.5, 1), (-INF, 5), (-4, INF), (-100, 100)])
    def test_each_walk_stops_where_following_it_does(self, lower, upper):
        walks = evidence_walks(P, Q, 40, walks=50, seed=3)
        test = stopped_walks(walks, lower, upper)
        for walk, *found in zip(walks.tolist(), *test, strict=True):
            ends = [n for n, e in enumerate(walk) if e <= lower or e >= upper]
            last = ends[0] if ends else 40
            decision = (walk[last] >= upper) - (walk[last] <= lower)
            assert found == [last, walk[last], decision]

    def test_infinite_evidence_stops(self):
        test = stopped_walks([[0, 1, INF], [0, -INF, -INF]], -5, 5)
        assert test.steps.tolist() == [2, 1] and test.decision.tolist() == [1, -1]

    def test_undecided_and_none(self):
        test = stopped_walks([[0, 1, 0]], -5, 5)
        assert (test.steps.tolist(), test.decision.tolist()) == ([2], [0])
        assert len(stopped_walks(np.zeros((0, 3)), -5, 5).steps) == 0


class TestWald:
    @pytest.mark.parametrize(
        "alpha, beta, lower, upper", [(0.2, 0.2, -2, 2), (1 / 8, 1 / 2, -2, math.log2(7 / 4))]
    )
    def test_thresholds(self, alpha, beta, lower, upper):
        assert wald_thresholds(alpha, beta) == pytest.approx((lower, upper), rel=1e-14)
        assert wald_thresholds(alpha, beta, base=4) == pytest.approx((lower / 2, upper / 2), rel=1e-14)

    @pytest.mark.parametrize("down, up", [(1, 1), (2, 5), (7, 3)])
    def test_exact_without_overshoot(self, down, up):
        """Coins with evidence ±1 bit: the gambler's ruin problem, whose answer is known exactly."""
        p, q = [2 / 3, 1 / 3], [1 / 3, 2 / 3]

        def ruin(r, a, b):  # of one who loses and wins with odds r : 1, is a from ruin and b from the aim
            return (r**a - r ** (a + b)) / (1 - r ** (a + b))

        alpha, beta = ruin(1 / 2, down, up), ruin(1 / 2, up, down)
        assert wald_errors(-down, up) == pytest.approx((alpha, beta), rel=1e-13)
        numbers = (up * (1 - alpha) - down * alpha) * 3, (down * (1 - beta) - up * beta) * 3
        assert wald_sample_numbers(p, q, -down, up) == pytest.approx(numbers, rel=1e-12)

    @pytest.mark.parametrize(
        "down, up", [(1e-17, 1e-17), (1e-17, 3e-17), (1e-150, 1e-150), (1e-9, 2e-5), (3, 800)]
    )
    def test_of_any_size(self, down, up):
        """Thresholds near 0 leave the odds of a fair game, and far ones no error."""
        with mpmath.workdps(700):
            lower, upper = mpmath.power(2, -down), mpmath.power(2, -mpmath.mpf(up))
            alpha, beta = lower * (1 - upper) / (1 - lower * upper), upper * (1 - lower) / (1 - lower * upper)
            drifts = [mpmath.log(x, 2) for x in (mpmath.mpf(0.75) / 0.25,)]  # ±log2(3) with 3/4 and 1/4
            numbers = [
                float(((1 - a) * u - a * d) / (drifts[0] / 2))
                for a, u, d in ((alpha, up, down), (beta, down, up))
            ]
        assert wald_errors(-down, up) == pytest.approx((float(alpha), float(beta)), rel=1e-13, abs=0)
        found = wald_sample_numbers([0.75, 0.25], [0.25, 0.75], -down, up)
        assert found == pytest.approx(numbers, rel=1e-13, abs=0)

    @pytest.mark.parametrize("base", [0.5, 2, math.e])
    def test_in_a_base_below_one_all_signs_turn_round(self, base):
        """log p/q to the base 1/2 is the evidence for q: p is given up where it says p, and the other way round."""
        alpha, beta = wald_errors(-3, 2, base=base)
        lower, upper = base**-3.0, base**-2.0
        assert alpha == pytest.approx(lower * (1 - upper) / (1 - lower * upper), rel=1e-13)
        assert beta == pytest.approx(upper * (1 - lower) / (1 - lower * upper), rel=1e-13)

    @pytest.mark.parametrize(
        "alpha, beta", [(1e-320, 0.5), (1e-320, 1e-320), (0.5, 0.5 - 2**-50), (1e-20, 1 - 2**-50), (0.2, 0.3)]
    )
    def test_thresholds_of_any_size(self, alpha, beta):
        with mpmath.workdps(400):
            a, b = mpmath.mpf(alpha), mpmath.mpf(beta)
            expected = float(mpmath.log(a / (1 - b), 2)), float(mpmath.log((1 - a) / b, 2))
        assert wald_thresholds(alpha, beta) == pytest.approx(expected, rel=1e-13, abs=0)

    def test_one_error_alone_may_be_larger_than_was_wanted(self):
        """Wanted is 1/5 each, the thresholds are ±2 bits. A step is 2 or −1, with 4/7 to 3/7 where P is true.

        From 0 two steps down are a rejection, and from −1 one step up leads to 1, from where three down are: so
        a = (3/7)²·(1 + 4/7·a), and a = 63/307.
        """
        runs = 400_000
        test = sequential_test(P, Q, *wald_thresholds(0.2, 0.2), runs=runs)
        alpha = (test.decision == -1).mean()
        exact = 63 / 307
        error = math.sqrt(exact * (1 - exact) / runs)
        assert alpha == pytest.approx(exact, abs=4 * error) and alpha > 0.2 + 4 * error

    def test_one_sided(self):
        alpha, beta = wald_errors(-INF, 5)
        assert alpha == 0 and beta == 1 / 32

    def test_arrays(self):
        lower, upper = wald_thresholds([0.1, 0.2], [[0.1], [0.3], [0.5]])
        assert lower.shape == upper.shape == (3, 2)
        assert all(x.shape == (3, 2) for x in wald_sample_numbers(P, Q, lower, upper))


WRONG = [
    (lambda: wald_thresholds([0.1, 0.2], [0.1, 0.2, 0.3]), r"alpha has shape \(2,\), beta has"),
    (lambda: wald_thresholds(1.7e308, 1.7e308), "alpha is 1.7e\\+308: an error rate is above 0 and below 1"),
    (lambda: wald_thresholds(1, []), "alpha is 1: an error rate is above 0 and below 1"),
    (lambda: wald_errors([-1, -2], [1, 2, 3]), r"lower has shape \(2,\), upper has"),
    (lambda: sequential_test(P, Q, -np.inf, np.inf), "both infinite: one of them must be finite"),
    (lambda: wald_thresholds(0, 0.1), "alpha is 0:"),
    (lambda: wald_thresholds(0.1, -1), "beta is -1:"),
    (lambda: wald_thresholds([0.1, 0.5], 0.5), r"alpha \+ beta\[1\] is 1:"),
    (lambda: wald_errors(0, 1), "lower is 0:"),
    (lambda: wald_errors(-1, -1), "upper is -1:"),
    (lambda: wald_sample_numbers(P, P, -1, 1), "the same"),
    (lambda: wald_sample_numbers([1, 0], [0.5, 0.5], -1, 1), "only one of p and q allows"),
    (lambda: wald_sample_numbers(P, Q, -INF, 1), "must be finite"),
    (lambda: sequential_test(P, P, -1, 1), "never end"),
    (lambda: sequential_test(P, Q, -1, 1, truth=[0, 0, 0, 1]), "never end"),
    (lambda: sequential_test(P, Q, -1, [1, 2]), "one number each"),
    (lambda: sequential_test(P, Q, 1, 2), "lower is 1:"),
    (lambda: sequential_test(P, Q, -1, 1, max_steps=0), "max_steps is 0"),
    (lambda: stopped_walks([0, 1, 2], -1, 1), "has shape"),
    (lambda: stopped_walks([[0, math.nan]], -1, 1), "walks is nan|evidence is a number"),
    (lambda: stopped_walks([[0, 1]], 1, 2), "lower is 1: "),
    (lambda: stopped_walks([[0, 1]], [-1, -2], 2), "one number each"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_error_rates_whose_sum_is_below_1_by_less_than_rounding_are_allowed():
    """Added as doubles they give 1; the thresholds are those of 50 digits."""
    alpha, beta = 0.5, 0.49999999999999994
    lower, upper = wald_thresholds(alpha, beta)
    with mpmath.workdps(50):
        a, b = mpmath.mpf(alpha), mpmath.mpf(beta)
        assert lower == pytest.approx(float(mpmath.log(a / (1 - b), 2)), rel=1e-12)
        assert upper == pytest.approx(float(mpmath.log((1 - a) / b, 2)), rel=1e-12)
