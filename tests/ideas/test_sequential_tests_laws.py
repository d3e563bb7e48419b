"""The theorems of Wald. Coins differ by at least 0.02: a test between closer ones takes longer than a test should."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from klbook.ideas.evidence import expected_evidence, log_likelihood_ratio
from klbook.ideas.sequential_tests import sequential_test, wald_errors, wald_sample_numbers, wald_thresholds

_theta = st.floats(0.02, 0.98)
coins = (
    st.tuples(_theta, _theta)
    .filter(lambda two: abs(two[0] - two[1]) >= 0.02)
    .map(lambda two: tuple(np.array([1 - t, t]) for t in two))
)
rates = st.floats(0.005, 0.3)


def close(expected):
    return pytest.approx(expected, rel=1e-10, abs=1e-12)


@given(rates, rates)
def test_wald_there_and_back(alpha, beta):
    assert wald_errors(*wald_thresholds(alpha, beta)) == close((alpha, beta))


@settings(max_examples=15)
@given(coins, rates, rates)
def test_walds_bounds(pair, alpha, beta):
    """α' ≤ α/(1 − β), β' ≤ β/(1 − α), and α' + β' ≤ α + β, with room for four standard errors."""
    p, q = pair
    runs = 1000
    thresholds = wald_thresholds(alpha, beta)
    wrong_p = (sequential_test(p, q, *thresholds, truth=p, runs=runs).decision == -1).mean()
    wrong_q = (sequential_test(p, q, *thresholds, truth=q, runs=runs, seed=1).decision == 1).mean()
    for wrong, bound in ((wrong_p, alpha / (1 - beta)), (wrong_q, beta / (1 - alpha))):
        assert wrong <= bound + 4 * math.sqrt(bound / runs)
    assert wrong_p + wrong_q <= alpha + beta + 4 * math.sqrt((alpha + beta) / runs)


@settings(max_examples=15)
@given(coins, rates, rates)
def test_walds_identity(pair, alpha, beta):
    """Expected evidence at the end = expected number × drift, overshoot and all."""
    p, q = pair
    test = sequential_test(p, q, *wald_thresholds(alpha, beta), runs=1000)
    surplus = test.evidence - test.steps * expected_evidence(p, p, q)
    assert abs(surplus.mean()) <= 4.5 * surplus.std() / math.sqrt(1000) + 1e-9


@settings(max_examples=15)
@given(coins, rates, rates)
def test_walds_sample_numbers(pair, alpha, beta):
    """The approximation is off by no more than what the overshoot, at most one step, can make."""
    p, q = pair
    thresholds = wald_thresholds(alpha, beta)
    test = sequential_test(p, q, *thresholds, runs=1000)
    overshoot = np.abs(log_likelihood_ratio(p, q)).max()
    # The errors, too, are smaller than approximated: by at most alpha, times the way between the thresholds.
    room = (overshoot + alpha * (thresholds[1] - thresholds[0] + 2 * overshoot)) / expected_evidence(p, p, q)
    assert (
        abs(test.steps.mean() - wald_sample_numbers(p, q, *thresholds)[0])
        <= room + 4 * test.steps.std() / 1000**0.5
    )
