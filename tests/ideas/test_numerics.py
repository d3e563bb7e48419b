"""The sum in which 0·∞ is 0, and the root by halving."""

import math

import numpy as np
import pytest

from klbook.ideas.numerics import root, weighted_sum

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
