"""Known answers and independent derivations: gambler's ruin, Markov chains, linear programmes, enumeration."""

import math
from collections import Counter
from itertools import product

import mpmath
import numpy as np
import pytest
from refusals import refusals
from scipy.optimize import linprog, minimize_scalar
from scipy.stats import binom

from klbook import P, Q, sample_days
from klbook.ideas.evidence import (
    bayes_error,
    chernoff_information,
    error_curve,
    evidence_walks,
    expected_evidence,
    log_likelihood_ratio,
    posterior_odds,
    posterior_probability,
    sequential_test,
    stein_exponent,
    stopped_walks,
    type_2_error,
    types,
    wald_errors,
    wald_sample_numbers,
    wald_thresholds,
    weight_of_evidence,
)

INF = math.inf
STEPS = np.array([2.0, -1.0, -1.0, 0.0])  # log2 of 4, 1/2, 1/2 and 1
A, B = [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]


def coin(theta):
    return np.array([1 - theta, theta])


class TestEvidence:
    def test_the_pair(self):
        assert log_likelihood_ratio(P, Q).tolist() == STEPS.tolist()
        assert log_likelihood_ratio(Q, P).tolist() == (-STEPS).tolist()

    def test_drift_is_the_divergence_in_either_direction(self):
        assert expected_evidence(P, P, Q) == 5 / 8
        assert expected_evidence(Q, P, Q) == -1 / 2
        assert expected_evidence([0.25] * 4, P, Q) == 0

    @pytest.mark.parametrize("h", [1e-9, 1e-4, 0.1])
    def test_the_drift_between_neighbours(self, h):
        """Where either is true, and half of the way between them, where it is nearly 0."""
        p, q = [0.25, 0.75], [0.25 + h, 0.75 - h]
        for truth in (p, q, [0.25 + 3 * h / 4, 0.75 - 3 * h / 4]):
            with mpmath.workdps(50):
                exact = [[mpmath.mpf(x) for x in row] for row in (truth, p, q)]
                exact = [[x / sum(row) for x in row] for row in exact]
                expected = float(sum(t * mpmath.log(a / b, 2) for t, a, b in zip(*exact, strict=True)))
            # The sums of the stored numbers are off by 1e-16, which h = 1e-9 feels in the tenth digit.
            assert expected_evidence(truth, p, q) == pytest.approx(expected, rel=1e-6 if h < 1e-6 else 1e-11)

    def test_zeros(self):
        p, q = [0.5, 0.5, 0, 0], [0.5, 0, 0.5, 0]
        assert log_likelihood_ratio(p, q).tolist() == [0, INF, -INF, 0]
        assert expected_evidence([1, 0, 0, 0], p, q) == 0
        assert expected_evidence(p, p, q) == INF
        assert expected_evidence(q, p, q) == -INF
        assert weight_of_evidence([0, 1], p, q) == INF
        assert math.isnan(weight_of_evidence([2, 1], p, q))

    def test_units(self):
        assert log_likelihood_ratio(P, Q, base=math.e) == pytest.approx(STEPS * math.log(2), rel=1e-14)
        assert log_likelihood_ratio(P, Q, base=4).tolist() == (STEPS / 2).tolist()

    def test_sequences(self):
        assert weight_of_evidence([[0, 0, 3], [1, 2, 3]], P, Q).tolist() == [4, -2]
        assert weight_of_evidence(np.zeros((2, 0), dtype=int), P, Q).tolist() == [0, 0]

    def test_batches(self):
        p = np.array([P, Q, [0.25] * 4])
        assert log_likelihood_ratio(p[:, None], p).shape == (3, 3, 4)
        assert log_likelihood_ratio(p.T, Q[:, None], axis=0).T.tolist() == log_likelihood_ratio(p, Q).tolist()
        assert expected_evidence(p[:, None], p, Q).shape == (3, 3)

    @pytest.mark.parametrize(
        "prior, evidence, base, odds",
        [(1, 3, 2, 8), (1 / 4, 5, 2, 8), (3, -1, 2, 1.5), (1, INF, 2, INF), (1, -INF, 2, 0), (2, 2, 10, 200)],
    )
    def test_posterior_odds(self, prior, evidence, base, odds):
        assert posterior_odds(prior, evidence, base=base) == pytest.approx(odds, rel=1e-14)

    def test_odds_may_pass_through_what_a_double_cannot_hold(self):
        assert posterior_odds(2.0**-1000, 1100) == 2.0**100
        assert posterior_odds(1, 2000) == INF

    def test_posterior_probability(self):
        assert posterior_probability(1 / 5, 4) == pytest.approx(4 / 5, rel=1e-14)
        assert posterior_probability(1 / 2, [INF, -INF, 0]).tolist() == [1, 0, 0.5]


class TestWalks:
    def test_steps_are_those_of_the_days(self):
        walks = evidence_walks(P, Q, 30, walks=4, seed=5, truth=Q)
        assert walks.shape == (4, 31)
        assert (walks[:, 0] == 0).all()
        assert (np.diff(walks) == STEPS[sample_days((4, 30), Q, 5)]).all()
        assert (walks[:, -1] == weight_of_evidence(sample_days((4, 30), Q, 5), P, Q)).all()

    @pytest.mark.parametrize("truth, drift", [(P, 5 / 8), (Q, -1 / 2), ([0.25] * 4, 0)])
    def test_drift(self, truth, drift):
        days, walks = 200, 2000
        last = evidence_walks(P, Q, days, truth=truth, walks=walks)[:, -1]
        variance = np.dot(truth, STEPS**2) - drift**2
        assert abs(last.mean() / days - drift) <= 4 * math.sqrt(variance / days / walks)
        assert last.var() == pytest.approx(days * variance, rel=0.15)

    def test_the_truth_is_p_unless_said_otherwise(self):
        assert (evidence_walks(P, Q, 9, seed=2) == evidence_walks(P, Q, 9, truth=P, seed=2)).all()

    def test_an_impossible_day_settles_it(self):
        walk = evidence_walks([1, 0], [0.5, 0.5], 50, truth=[0.5, 0.5], seed=1)[0]
        assert walk[-1] == -INF
        assert (np.diff(walk[np.isfinite(walk)]) == 1).all()


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


class TestTypes:
    @pytest.mark.parametrize("n, k", [(0, 3), (5, 1), (4, 2), (5, 3), (3, 4)])
    def test_each_sequence_has_its_type(self, n, k):
        sequences = Counter(
            tuple(np.bincount(s, minlength=k)) if s else (0,) * k for s in product(range(k), repeat=n)
        )
        assert sorted(sequences) == list(map(tuple, types(n, k).tolist()))

    def test_number(self):
        assert types(50, 4).shape == (math.comb(53, 3), 4)
        assert (types(50, 4).sum(axis=1) == 50).all()


def by_linear_programme(p, q, n, alpha):
    """Best error of the second kind over all ways of rejecting, one probability for each sequence."""
    sequences = np.array(list(product(range(len(p)), repeat=n)))
    mass_p, mass_q = np.array(p)[sequences].prod(1), np.array(q)[sequences].prod(1)
    best = linprog(-mass_q, A_ub=mass_p[None], b_ub=[alpha], bounds=(0, 1))
    return 1 + best.fun


class TestFixedNumber:
    @pytest.mark.parametrize("alpha", [0, 0.003, 0.05, 0.3, 0.9, 1])
    @pytest.mark.parametrize(
        "p, q, n",
        [(P, Q, 3), (A, B, 4), (B, A, 4), ([0.5, 0.5, 0], [0.2, 0, 0.8], 3), ([1, 0], [0.3, 0.7], 4)],
    )
    def test_no_other_test_is_better(self, p, q, n, alpha):
        assert type_2_error(p, q, n, alpha) == pytest.approx(by_linear_programme(p, q, n, alpha), abs=1e-9)

    @pytest.mark.parametrize("n", [1, 7, 60, 900])
    def test_coins(self, n):
        """p has fewer heads: reject from some number of heads on."""
        curve = error_curve(coin(0.25), coin(0.5), n)
        heads = np.arange(n + 1, -1, -1)  # reject from so many heads on
        assert curve.type_1 == pytest.approx(binom.sf(heads - 1, n, 0.25), rel=1e-10)
        assert curve.type_2 == pytest.approx(binom.cdf(heads - 1, n, 0.5), rel=1e-10)

    @pytest.mark.parametrize("n", [1000, 10**6])
    def test_many_outcomes(self, n):
        """No error is above 1, and a tail has its digits: summed from exact ratios of neighbours."""
        curve = error_curve([0.3, 0.7], [0.5, 0.5], n)
        for errors in (curve.type_1, curve.type_2):
            assert errors.min() == 0 and errors.max() <= 1
        assert curve.type_1[-1] == pytest.approx(1, abs=1e-12) == curve.type_2[0]
        least = int(0.3 * n + 5 * math.sqrt(n))  # rejected from so many of the first outcome on
        with mpmath.workdps(40):
            p, q = (mpmath.mpf(x) / (mpmath.mpf(0.3) + mpmath.mpf(0.7)) for x in (0.3, 0.7))
            mass, tail = mpmath.binomial(n, least) * p**least * q ** (n - least), mpmath.mpf(0)
            for k in range(least, min(least + 20 * math.isqrt(n), n + 1)):
                tail += mass
                mass *= (n - k) * p / ((k + 1) * q)
        assert 0 < tail < 1e-20
        assert curve.type_1[n + 1 - least] == pytest.approx(float(tail), rel=1e-12, abs=0)
        mirrored = error_curve([0.7, 0.3], [0.5, 0.5], n)
        np.testing.assert_allclose(mirrored.type_2, curve.type_2, rtol=1e-11, atol=1e-290)

    def test_nearly_equal_hypotheses_keep_their_levels(self):
        curve = error_curve([0.5, 0.5], [0.5 + 1e-9, 0.5 - 1e-9], 100)
        assert len(curve.threshold) == 102

    def test_thresholds(self):
        curve = error_curve(P, Q, 5)
        values = {2 * a - b for a in range(6) for b in range(6 - a)}
        assert curve.threshold.tolist() == [-INF, *sorted(values)]
        assert error_curve(P, Q, 5, base=4).threshold.tolist() == [-INF, *sorted(v / 2 for v in values)]

    def test_every_threshold_by_enumeration(self):
        sequences = np.array(list(product(range(3), repeat=5)))
        mass_p, mass_q = np.array(A)[sequences].prod(1), np.array(B)[sequences].prod(1)
        curve = error_curve(A, B, 5)
        for threshold, type_1, type_2 in zip(*curve, strict=True):
            rejected = np.log2(mass_p / mass_q) <= threshold + 1e-6
            assert type_1 == pytest.approx(mass_p[rejected].sum(), rel=1e-11)
            assert type_2 == pytest.approx(mass_q[~rejected].sum(), rel=1e-11, abs=1e-13)

    def test_sums_that_are_equal_are_one_level(self):
        """Evidence of ±log2(3) and 0: thirteen sums on six days, though they are rounded in many ways."""
        curve = error_curve([0.1, 0.3, 0.6], [0.3, 0.1, 0.6], 6)
        assert curve.threshold[1:] == pytest.approx(np.arange(-6, 7) * math.log2(3), abs=1e-12)

    @pytest.mark.parametrize("n", [3, 10, 31, 100])
    def test_a_test_whose_error_is_the_bound_is_allowed(self, n):
        """However the bound was rounded when it was computed elsewhere."""
        heads = np.arange(n + 2)  # reject from so many heads on
        errors = type_2_error(coin(0.3), coin(0.6), n, binom.sf(heads - 1, n, 0.3), randomised=False)
        assert errors == pytest.approx(binom.cdf(heads - 1, n, 0.6), rel=1e-9)

    def test_what_one_excludes(self):
        curve = error_curve([1, 0, 0], [0.5, 0.5, 0], 2)
        assert curve.type_1.tolist() == [0, 0, 1] and curve.type_2.tolist() == [1, 1 / 4, 0]
        both = error_curve([1, 0], [0, 1], 3)
        assert both.threshold.tolist() == [-INF, -INF, INF]
        assert both.type_1.tolist() == [0, 0, 1] and both.type_2.tolist() == [1, 0, 0]
        assert type_2_error([1, 0], [0, 1], 3, alpha=0) == 0

    def test_without_a_coin_toss(self):
        """Bounds at, just below and above the errors of the tests that there are (1/4, 3/4 against 1/2, n = 2)."""
        p, q = coin(1 / 4), coin(1 / 2)
        alphas = [0, 1 / 16 - 1e-9, 1 / 16, 0.2, 7 / 16, 0.99, 1]
        assert type_2_error(p, q, 2, alphas, randomised=False) == pytest.approx(
            [1, 1, 3 / 4, 3 / 4, 1 / 4, 1 / 4, 0], rel=1e-12
        )
        between = type_2_error(p, q, 2, 1 / 4)  # half of the way from 1/16 to 7/16
        assert between == pytest.approx(1 / 2, rel=1e-12)

    def test_nothing_seen(self):
        assert type_2_error(P, Q, 0, 0.05) == pytest.approx(0.95)
        assert bayes_error(P, Q, 0, 0.3) == pytest.approx(0.3)

    def test_the_same(self):
        assert type_2_error(P, P, 10, 0.05) == pytest.approx(0.95, rel=1e-12)

    @pytest.mark.parametrize("prior", [0, 0.1, 0.5, 0.8, 1])
    def test_bayes_error_by_enumeration(self, prior):
        sequences = np.array(list(product(range(3), repeat=6)))
        mass_p, mass_q = np.array(A)[sequences].prod(1), np.array(B)[sequences].prod(1)
        wrong = np.minimum(prior * mass_p, (1 - prior) * mass_q).sum()
        assert bayes_error(A, B, 6, prior) == pytest.approx(wrong, rel=1e-11, abs=1e-15)

    def test_shapes(self):
        assert type_2_error(P, Q, 3, [[0.1, 0.2]]).shape == (1, 2)
        assert bayes_error(P, Q, 3, [[0.1, 0.2]]).shape == (1, 2)

    def test_stein_names_the_bounded_hypothesis_first(self):
        assert stein_exponent(P, Q) == 5 / 8
        assert stein_exponent(Q, P) == 1 / 2
        assert stein_exponent([0.5, 0.5], [1, 0]) == INF


def by_many_digits(p, q):
    """Chernoff information in bits, and the tilt, of what is stored divided by its sum: halved to 60 digits."""
    with mpmath.workdps(400):
        p, q = ([mpmath.mpf(float(x)) for x in row] for row in (p, q))
        p, q = ([x / sum(row) for x in row] for row in (p, q))
        shared = [(y, mpmath.log(x / y)) for x, y in zip(p, q, strict=True) if x and y]

        def slope(tilt):
            return sum(y * mpmath.exp(tilt * u) * u for y, u in shared)

        low, high = mpmath.mpf(0), mpmath.mpf(1)
        if slope(low) >= 0:
            high = low
        elif slope(high) <= 0:
            low = high
        for _ in range(90 if low < high else 0):
            middle = (low + high) / 2
            low, high = (low, middle) if slope(middle) > 0 else (middle, high)
        return float(-mpmath.log(sum(y * mpmath.exp(low * u) for y, u in shared), 2)), float(low)


class TestChernoff:
    @pytest.mark.parametrize(
        "p, q, nats, tilt",
        [
            (coin(0), coin(0.2), -math.log(0.8), 0),
            (coin(0.2), coin(0), -math.log(0.8), 1),
            (coin(0.4), coin(0.6), -math.log(2 * math.sqrt(0.24)), 1 / 2),
            ([0.5, 0.5, 0], [0, 0.5, 0.5], math.log(2), None),
            ([0.5, 0.5], [0.5, 0.5], 0, 1 / 2),
        ],
    )
    def test_closed_forms(self, p, q, nats, tilt):
        information = chernoff_information(p, q, base=math.e)
        assert information.information == pytest.approx(nats, rel=1e-12, abs=1e-30)
        if tilt is not None:
            assert information.tilt == pytest.approx(tilt, abs=1e-9)

    def test_the_footnote(self):
        """0 against 0.2 and 0.4 against 0.6: the same distance, eleven times as many flips."""
        easy, hard = (chernoff_information(coin(a), coin(b)) for a, b in ((0, 0.2), (0.4, 0.6)))
        assert easy.information / hard.information == pytest.approx(
            math.log(0.8) / math.log(2 * math.sqrt(0.24)), rel=1e-12
        )

    @pytest.mark.parametrize("a, b", [(1 / 2, 1 / 4), (0.01, 0.3), (0.9, 0.95)])
    def test_coins(self, a, b):
        """The tilted coin is where the evidence is 0 on average, which is one linear equation."""
        heads, tails = math.log(a / b), math.log((1 - a) / (1 - b))
        t = -tails / (heads - tails)
        nats = t * math.log(t / a) + (1 - t) * math.log((1 - t) / (1 - a))
        tilt = (math.log(t / (1 - t)) - math.log(b / (1 - b))) / (heads - tails)
        result = chernoff_information(coin(a), coin(b), base=math.e)
        assert result.tilted == pytest.approx(coin(t), rel=1e-10)
        assert result.information == pytest.approx(nats, rel=1e-11)
        assert result.tilt == pytest.approx(tilt, rel=1e-9)

    @pytest.mark.parametrize("p, q", [(P, Q), (A, B), ([0.1, 0.9, 0], [0.3, 0.3, 0.4])])
    def test_against_a_minimiser(self, p, q):
        both = (np.array(p) > 0) & (np.array(q) > 0)
        p_, q_ = np.array(p)[both], np.array(q)[both]
        least = minimize_scalar(
            lambda t: np.log2((p_**t * q_ ** (1 - t)).sum()),
            bounds=(0, 1),
            method="bounded",
            options={"xatol": 1e-10},
        )
        result = chernoff_information(p, q)
        assert result.information == pytest.approx(-least.fun, rel=1e-9)
        assert result.tilt == pytest.approx(least.x, abs=1e-4)

    def test_one_outcome_decides(self):
        result = chernoff_information([1, 0], [0, 1])
        assert result.information == INF
        assert math.isnan(result.tilt) and np.isnan(result.tilted).all()

    @pytest.mark.parametrize("h", [1e-9, 1e-8, 1e-3, 0.3])
    def test_a_fair_coin_and_its_neighbour(self, h):
        """With the roles of heads and tails exchanged, too: for h = 1e-9, 7.21348e-19 bits at the tilt 1/2."""
        for p, q in (([0.5, 0.5], [0.5 + h, 0.5 - h]), ([0.5 - h, 0.5 + h], [0.5, 0.5])):
            result = chernoff_information(p, q)
            information, tilt = by_many_digits(p, q)
            assert result.information == pytest.approx(information, rel=1e-12, abs=0)
            assert result.tilt == pytest.approx(tilt, abs=1e-9)
        if h == 1e-9:
            assert f"{result.information:.5e}" == "7.21348e-19" and result.tilt == 0.5

    @pytest.mark.parametrize("outcomes", [3, 8])
    @pytest.mark.parametrize("h", [1e-9, 1e-6, 1e-3, 0.5, 5, 50])
    def test_against_many_digits(self, outcomes, h):
        rng = np.random.default_rng(outcomes)
        for _ in range(3):
            p = rng.dirichlet(np.ones(outcomes))
            q = p * np.exp(h * rng.normal(size=outcomes))
            q /= q.sum()
            result = chernoff_information(p, q)
            information, tilt = by_many_digits(p, q)
            assert result.information == pytest.approx(information, rel=1e-12, abs=0)
            assert result.tilt == pytest.approx(tilt, abs=1e-8)

    @pytest.mark.parametrize(
        "p, q",
        [
            ([1e-200, 0.5, 0.5], [1e-210, 0.5, 0.5]),
            ([1e-320, 1], [0.5, 0.5]),
            ([0.3, 0.7, 0], [0.3, 0.6999, 0.0001]),
            ([0.25, 0.75, 0], [0.5, 0, 0.5]),
            ([1e-100, 1, 0], [1e-100, 0, 1]),
        ],
    )
    def test_of_any_size(self, p, q):
        result = chernoff_information(p, q)
        information, tilt = by_many_digits(p, q)
        assert result.information == pytest.approx(information, rel=1e-12, abs=0)
        shared = [min(x, y) > 0 for x, y in zip(p, q, strict=True)]
        if sum(shared) > 1:  # of one shared outcome every tilt may be as good
            assert result.tilt == pytest.approx(tilt, abs=1e-8)

    def test_shapes(self):
        rows = np.array([P, Q, [1, 0, 0, 0]])
        result = chernoff_information(rows[:, None], rows)
        assert result.information.shape == result.tilt.shape == (3, 3)
        assert result.tilted.shape == (3, 3, 4)
        assert result.information[0, 1] == chernoff_information(P, Q).information
        assert np.allclose(result.information, result.information.T)


WRONG = [
    (lambda: log_likelihood_ratio([0.5, 0.4], Q), "p sums to 0.9"),
    (lambda: log_likelihood_ratio([0.5, 0.5], Q), "2 outcomes"),
    (lambda: log_likelihood_ratio(P, Q, base=1), "base is 1"),
    (lambda: weight_of_evidence([0, 4], P, Q), r"outcomes\[1\] is 4: outcomes are numbered from 0 to 3"),
    (lambda: weight_of_evidence([0, -1], P, Q), r"outcomes\[1\]"),
    (lambda: weight_of_evidence(2, P, Q), "a sequence is expected"),
    (lambda: weight_of_evidence([0], [P, Q], Q), "one distribution each"),
    (lambda: evidence_walks(P, Q, 5, truth=[1]), "must be about the 4 outcomes"),
    (lambda: evidence_walks(P, Q, -1), "days is -1: it must be at least 0"),
    (lambda: evidence_walks(P, Q, 3, walks=1.0), TypeError, "walks must be an integer"),
    (lambda: evidence_walks(P, Q, 3, seed="3"), TypeError, "seed is '3': a whole number"),
    (lambda: posterior_odds([1, 2], [1, 2, 3]), r"prior_odds has shape \(2,\), evidence has shape \(3,\)"),
    (lambda: posterior_probability([0.1, 0.2], [1, 2, 3]), r"prior has shape \(2,\), evidence has"),
    (lambda: wald_thresholds([0.1, 0.2], [0.1, 0.2, 0.3]), r"alpha has shape \(2,\), beta has"),
    (lambda: wald_thresholds(1.7e308, 1.7e308), "alpha is 1.7e\\+308: an error rate is above 0 and below 1"),
    (lambda: wald_thresholds(1, []), "alpha is 1: an error rate is above 0 and below 1"),
    (lambda: wald_errors([-1, -2], [1, 2, 3]), r"lower has shape \(2,\), upper has"),
    (lambda: sequential_test(P, Q, -np.inf, np.inf), "both infinite: one of them must be finite"),
    (lambda: posterior_odds(0, 1), "prior_odds is 0:"),
    (lambda: posterior_odds([1, INF], 1), r"prior_odds\[1\] is inf"),
    (lambda: posterior_probability(1, 1), "prior is 1:"),
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
    (lambda: types(-1, 2), "^n is -1: it must be at least 0"),
    (lambda: types(1000, 4), "types, over"),
    (lambda: type_2_error(P, Q, 5, 1.5), "alpha is 1.5"),
    (lambda: type_2_error(P, Q, -5), "^n is -5"),
    (lambda: bayes_error(P, Q, 5, math.nan), "prior is nan"),
    (lambda: chernoff_information(P, [0.5, 0.5]), "2"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_wrong_types():
    with pytest.raises(TypeError, match="integers are expected"):
        weight_of_evidence([0.0, 1.0], P, Q)
    with pytest.raises(TypeError):
        types(2.5, 2)


def test_what_is_measured_is_not_looked_up(monkeypatch):
    """Walks, tests and their errors come from likelihoods: without the divergence they are the same."""
    monkeypatch.delattr("klbook.ideas.evidence.kl_divergence")
    assert expected_evidence(P, P, Q) == 5 / 8
    assert evidence_walks(P, Q, 10).shape == (1, 11)
    assert len(sequential_test(P, Q, *wald_thresholds(0.1, 0.1), runs=10).steps) == 10
    assert wald_sample_numbers(P, Q, -2, 2)[0] > 0
    assert 0 < type_2_error(P, Q, 5) < 1 and 0 < bayes_error(P, Q, 5) < 1


def test_error_rates_whose_sum_is_below_1_by_less_than_rounding_are_allowed():
    """Added as doubles they give 1; the thresholds are those of 50 digits."""
    alpha, beta = 0.5, 0.49999999999999994
    lower, upper = wald_thresholds(alpha, beta)
    with mpmath.workdps(50):
        a, b = mpmath.mpf(alpha), mpmath.mpf(beta)
        assert lower == pytest.approx(float(mpmath.log(a / (1 - b), 2)), rel=1e-12)
        assert upper == pytest.approx(float(mpmath.log((1 - a) / b, 2)), rel=1e-12)
