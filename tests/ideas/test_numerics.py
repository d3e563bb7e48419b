"""The sum in which 0·∞ is 0, the root by halving, and probabilities of counts against many digits or fractions."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest

from klbook.ideas.numerics import (
    binomial_probabilities,
    deviance,
    exp_rest,
    multinomial_probabilities,
    poisson_probabilities,
    root,
    weighted_sum,
)

INF = math.inf


@pytest.mark.parametrize(
    "weights, x, expected",
    [
        ([0.5, 0.5, 0], [1, 3, INF], 2),
        ([1, 0], [-INF, 0], -INF),
        ([0, 0], [INF, math.nan], 0),
        ([0.5, 0.5], [INF, -INF], math.nan),
        ([[4, 0], [1, 1]], [2, INF], [8, INF]),
    ],
)
def test_what_has_no_weight_does_not_count(weights, x, expected):
    weights, x = np.array(weights, dtype=float), np.array(x, dtype=float)
    np.testing.assert_equal(weighted_sum(weights, x), expected)
    np.testing.assert_equal(
        weighted_sum(weights.T, x.T if weights.ndim == 1 else x[:, None], axis=0), expected
    )


@pytest.mark.parametrize("power", [1, 3, 5])
@pytest.mark.parametrize("at", [1e-60, 1e-9, 0.3, 1, 5])
def test_a_root_is_found_to_the_last_bit(power, at):
    found = root(lambda x: (x / at) ** power - 1, np.zeros(1), np.full(1, 10.0))
    assert found == pytest.approx(at, rel=5e-16, abs=0)


def test_without_a_change_of_sign_it_is_the_nearer_end():
    low, high = np.array([-1.0, 2, -1]), np.array([1.0, 3, 1])
    assert root(lambda x: x - [5, 0, 1], low, high).tolist() == [1, 2, 1]


def test_each_root_is_found_on_its_own():
    at = np.array([[0.1, 0.2], [1e-20, 0.9]])
    assert root(lambda x: x - at, np.zeros((2, 2)), np.ones((2, 2))) == pytest.approx(at, rel=5e-16, abs=0)


@pytest.mark.parametrize("x", [0, 1e-300, 1e-9, -1e-9, 0.3, -0.4999, 0.5, -0.5, 2, -30, 700, -1e150])
def test_what_is_left_of_an_exponential(x):
    with mpmath.workdps(700):
        expected = float(mpmath.exp(x) - 1 - mpmath.mpf(x))
    assert exp_rest(x) == pytest.approx(expected, rel=1e-15, abs=0)


@pytest.mark.parametrize("mean", [1e-320, 1e-9, 0.7, 3.0, 1e5, 1e150])
@pytest.mark.parametrize("ratio", [0, 1e-6, 0.5, 0.6, 1 - 1e-6, 1, 1 + 1e-12, 1.8, 1.9, 1e10])
def test_deviance(mean, ratio):
    k = mean * ratio
    with mpmath.workdps(400):
        exact = mpmath.mpf(mean)
        expected = float((k and k * mpmath.log(k / exact)) - k + exact)
    assert deviance(np.array(k), np.array(mean), np.array(k - mean)) == pytest.approx(
        expected, rel=3e-15, abs=1e-322
    )


def test_what_was_held_impossible():
    nothing = np.zeros(1)
    assert deviance(np.ones(1), nothing, np.ones(1)) == INF and deviance(nothing, nothing, nothing) == 0


class TestBinomial:
    @pytest.mark.parametrize("n", [1, 22, 23, 1000, 10**5, 10**7])
    @pytest.mark.parametrize("p", [0.5, 0.3, 1e-6, 0.999, 1 - 1e-9])
    def test_against_fifty_digits(self, n, p):
        """In the middle and as far out as the probability is above 1e-290."""
        chances = binomial_probabilities(n, np.array(p))
        heads = n * p + (1 + math.sqrt(n * p * (1 - p))) * np.linspace(-36, 36, 25)
        compared = 0
        with mpmath.workdps(50):
            q = 1 - mpmath.mpf(p)
            for k in {*np.clip(heads, 0, n).astype(int).tolist(), 0, n}:
                expected = mpmath.binomial(n, k) * mpmath.mpf(p) ** k * q ** (n - k)
                if expected > 1e-290:
                    assert abs(chances[k] / expected - 1) < 1e-12
                    compared += 1
        assert compared > 1
        assert chances.sum() == pytest.approx(1, abs=1e-14)

    @pytest.mark.parametrize("n", [0, 1, 5, 22])
    def test_a_fair_coin_is_exact(self, n):
        expected = [Fraction(math.comb(n, k), 2**n) for k in range(n + 1)]
        assert [Fraction(c) for c in binomial_probabilities(n, np.array(0.5)).tolist()] == expected

    @pytest.mark.parametrize("n", [0, 3, 30])
    def test_certain(self, n):
        sure = np.eye(n + 1)
        assert binomial_probabilities(n, np.array([0.0, 1])).tolist() == [sure[0].tolist(), sure[-1].tolist()]

    def test_next_to_nothing(self):
        assert binomial_probabilities(30, np.array(1e-320))[:3].tolist() == [
            1,
            pytest.approx(3e-319, rel=1e-3),
            0,
        ]


class TestMultinomial:
    @pytest.mark.parametrize("n", [3, 22, 23, 500, 10**7])
    def test_against_fifty_digits(self, n):
        p = np.array([0.1, 0.2, 0.3, 0.4])
        rng = np.random.default_rng(n)
        counts = np.vstack(
            [rng.multinomial(n, p, size=10), rng.multinomial(n, p + 0.02 * (p - 0.25), size=5)]
        )
        with mpmath.workdps(50):
            total = sum(mpmath.mpf(x) for x in p.tolist())  # what is stored sums to 1 but for its rounding
            for row, chance in zip(counts.tolist(), multinomial_probabilities(counts, p), strict=True):
                expected = mpmath.factorial(n)
                for k, x in zip(row, p.tolist(), strict=True):
                    expected *= (x / total) ** k / mpmath.factorial(k)
                if expected > 1e-290:
                    assert abs(chance / expected - 1) < 1e-12

    def test_excluded(self):
        for n in (4, 40):
            counts = np.array([[n, 0, 0], [n - 1, 0, 1]])
            assert multinomial_probabilities(counts, np.array([1.0, 0, 0])).tolist() == [1, 0]


class TestPoisson:
    @pytest.mark.parametrize("mean", [1e-150, 0.3, 7.5, 900.25])
    def test_each_number(self, mean):
        counts, above, chances = poisson_probabilities(mean)
        assert above == pytest.approx(counts - mean, rel=1e-12)
        for k, chance in zip(counts.tolist(), chances.tolist(), strict=True):
            expected = float(mpmath.exp(-mean + k * mpmath.log(mean) - mpmath.loggamma(k + 1)))
            assert chance == pytest.approx(expected, rel=3e-12, abs=1e-290)

    @pytest.mark.parametrize("mean", [0, 2.5, 1e3, 12345.6, 1e9, 1e150])
    def test_averages(self, mean):
        """Mean λ and variance λ, also if not every number is there; the third central moment is λ as well."""
        _, above, chances = poisson_probabilities(mean)
        root_mean = math.sqrt(mean) or 1
        assert chances.sum() == pytest.approx(1, abs=1e-14)
        assert chances @ (above / root_mean) == pytest.approx(0, abs=1e-13)
        assert chances @ (above / root_mean) ** 2 == pytest.approx(min(mean, 1), rel=1e-12)
        if mean < 1e10:
            assert chances @ (above / root_mean) ** 3 == pytest.approx(
                mean / root_mean**3, rel=1e-9, abs=1e-12
            )
