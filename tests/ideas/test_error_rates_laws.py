"""The theorems of Stein and Chernoff. Numbers are of Cover and Thomas, *Elements of Information Theory*, 2nd ed.

Coins here have probabilities from 0.02 to 0.98, and two that are to be told apart differ by at least 0.02.
"""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import norm
from strategies import pairs

from klbook import P, Q, entropy, kl_divergence
from klbook.ideas.error_rates import (
    bayes_error,
    chernoff_information,
    error_curve,
    stein_exponent,
    type_2_error,
)
from klbook.ideas.evidence import log_likelihood_ratio

_theta = st.floats(0.02, 0.98)
coins = (
    st.tuples(_theta, _theta)
    .filter(lambda two: abs(two[0] - two[1]) >= 0.02)
    .map(lambda two: tuple(np.array([1 - t, t]) for t in two))
)
small_pairs = pairs(most=3)


def close(expected):
    return pytest.approx(expected, rel=1e-10, abs=1e-12)


@settings(max_examples=50)
@given(small_pairs, st.integers(0, 12))
def test_the_curve_of_errors(pair, n):
    """Falls, bends upwards (Neyman and Pearson), and joins (0, 1) to (1, 0)."""
    curve = error_curve(*pair, n)
    a, b = curve.type_1, curve.type_2
    assert (a[0], b[-1]) == (0, 0)
    assert (a[-1], b[0]) == close((1, 1))
    da, db = np.diff(a), np.diff(b)
    assert (da >= 0).all() and (db <= 0).all()
    assert (np.diff(curve.threshold[1:]) > 0).all()
    # Each step trades at the rate that its threshold says: q = p/2^evidence.
    finite = np.isfinite(curve.threshold[1:])
    rate = 2.0 ** -curve.threshold[1:][finite]
    assert (np.abs(da[finite] * rate + db[finite]) <= 1e-9 * da[finite] * rate + 1e-14 * (1 + rate)).all()


@settings(max_examples=50)
@given(small_pairs, st.integers(0, 10), st.floats(0, 1))
def test_what_a_coin_toss_is_worth(pair, n, alpha):
    """The randomised test is better; both errors are of tests that exist."""
    best, plain = (type_2_error(*pair, n, alpha, randomised=r) for r in (True, False))
    assert 0 <= best <= plain * (1 + 1e-12) <= 1 + 1e-11


@settings(max_examples=50)
@given(small_pairs, st.integers(1, 12), st.floats(0.01, 0.9))
def test_no_test_beats_data_processing(pair, n, alpha):
    """From n outcomes to one yes or no: n·D(p‖q) ≥ D((α, 1 − α)‖(1 − β, β)), so β cannot be smaller than this."""
    p, q = pair
    beta = type_2_error(p, q, n, alpha)
    if beta > 0:
        bound = (n * kl_divergence(p, q) + entropy([alpha, 1 - alpha])) / (1 - alpha)
        assert -math.log2(beta) <= bound * (1 + 1e-9)


@settings(max_examples=30)
@given(coins, st.floats(0.05, 0.5))
def test_steins_exponent_is_the_limit(pair, alpha):
    """Theorem 11.8.3: −log(β)/n → D(p‖q), p being the one whose error is bounded.

    By the central limit theorem −log β = n·D + √(n·V)·Φ⁻¹(α) + O(log n), with V the variance of the evidence.
    """
    p, q = pair
    evidence, d = log_likelihood_ratio(p, q), stein_exponent(p, q)
    n = min(2000, int(600 / d))  # a double holds no error below 2^−1074
    spread = math.sqrt((p @ (evidence - d) ** 2) / n) * norm.ppf(alpha)
    rate = -math.log2(type_2_error(p, q, n, alpha)) / n
    skewness = np.abs(evidence).max()
    assert abs(rate - d - spread) <= (math.log2(n) + 10 * skewness) / n


def test_steins_direction_on_the_pair():
    """The slope between n = 60 and 120: near 5/8 with P's error bounded, near 1/2 with Q's."""
    for p, q, limit in ((P, Q, 5 / 8), (Q, P, 1 / 2)):
        errors = [type_2_error(p, q, n, 0.5) for n in (60, 120)]
        slope = math.log2(errors[0] / errors[1]) / 60
        assert abs(slope - limit) < 0.02


@given(pairs())
def test_chernoff_information_is_symmetric_and_below_both_divergences(pair):
    p, q = pair
    there, back = chernoff_information(p, q), chernoff_information(q, p)
    assert there.information == close(back.information)
    assert 0 <= there.information <= min(kl_divergence(p, q), kl_divergence(q, p)) + 1e-12


@given(pairs(zeros=False))
def test_the_tilted_distribution_is_halfway(pair):
    """C = D(tilted‖p) = D(tilted‖q)."""
    p, q = pair
    c, tilt, tilted = chernoff_information(p, q)
    if kl_divergence(p, q) > 1e-9:
        assert 0 < tilt < 1
    assert kl_divergence(tilted, p) == pytest.approx(c, rel=1e-7, abs=1e-12)
    assert kl_divergence(tilted, q) == pytest.approx(c, rel=1e-7, abs=1e-12)


@given(pairs(zeros=False), st.floats(0, 1))
def test_the_tilt_is_the_best(pair, other):
    """No other λ makes Σ p^λ·q^(1−λ) smaller; at the tilt, it is 2^−C."""
    p, q = pair
    c, tilt, _ = chernoff_information(p, q)
    assert (p**tilt * q ** (1 - tilt)).sum() == close(2**-c)
    assert (p**other * q ** (1 - other)).sum() >= 2**-c - 1e-12


@settings(max_examples=50)
@given(small_pairs, st.integers(0, 12), st.floats(0.05, 0.95))
def test_chernoffs_bound(pair, n, prior):
    """Bayes error ≤ prior^λ·(1 − prior)^(1−λ)·2^(−n·C), for every n."""
    c, tilt, _ = chernoff_information(*pair)
    if not math.isnan(tilt):
        bound = prior**tilt * (1 - prior) ** (1 - tilt) * 2.0 ** (-n * c)
        assert bayes_error(*pair, n, prior) <= bound * (1 + 1e-9)


@settings(max_examples=20)
@given(coins)
def test_chernoffs_exponent_is_the_limit(pair):
    n = 500
    rate = -math.log2(bayes_error(*pair, n)) / n
    c = chernoff_information(*pair).information
    assert c <= rate <= c + (math.log2(n) + 10) / n
