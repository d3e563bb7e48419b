"""Known answers and independent derivations: enumeration, linear programmes, many digits."""

import math
from collections import Counter
from itertools import product

import mpmath
import numpy as np
import pytest
from refusals import refusals
from scipy.optimize import linprog, minimize_scalar
from scipy.stats import binom

from klbook import P, Q
from klbook.ideas.error_rates import (
    bayes_error,
    chernoff_information,
    error_curve,
    stein_exponent,
    type_2_error,
    types,
)

INF = math.inf
A, B = [0.2, 0.3, 0.5], [0.6, 0.3, 0.1]


def coin(theta):
    return np.array([1 - theta, theta])


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
    (lambda: types(-1, 2), "^n is -1: it must be at least 0"),
    (lambda: types(1000, 4), "types, over"),
    (lambda: type_2_error(P, Q, 5, 1.5), "alpha is 1.5"),
    (lambda: type_2_error(P, Q, -5), "^n is -5"),
    (lambda: bayes_error(P, Q, 5, math.nan), "prior is nan"),
    (lambda: chernoff_information(P, [0.5, 0.5]), "2"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_wrong_types():
    with pytest.raises(TypeError):
        types(2.5, 2)


def test_what_is_measured_is_not_looked_up(monkeypatch):
    """The errors come from likelihoods: without the divergence they are the same."""
    monkeypatch.delattr("klbook.ideas.error_rates.kl_divergence")
    assert 0 < type_2_error(P, Q, 5) < 1 and 0 < bayes_error(P, Q, 5) < 1
