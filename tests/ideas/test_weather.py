"""The running pair and its seeded days."""

import math
from fractions import Fraction

import numpy as np
import pytest

from klbook import OUTCOMES, P, Q, sample_days


def test_the_pair():
    assert OUTCOMES == ("sun", "cloud", "rain", "snow")
    assert P.tolist() == [1 / 2, 1 / 4, 1 / 8, 1 / 8]
    assert Q.tolist() == [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    assert P.dtype == Q.dtype == np.float64


@pytest.mark.parametrize("p", [P, Q])
def test_powers_of_two_that_sum_to_one(p):
    assert sum(map(Fraction, p.tolist())) == 1
    assert all(math.frexp(x)[0] == 0.5 for x in p)


@pytest.mark.parametrize("p", [P, Q])
def test_the_pair_cannot_be_changed_by_accident(p):
    with pytest.raises(ValueError, match="read-only"):
        p[0] = 1


def test_the_same_seed_gives_the_same_days():
    assert np.array_equal(sample_days(100, seed=3), sample_days(100, seed=3))
    assert not np.array_equal(sample_days(100, seed=3), sample_days(100, seed=4))
    assert np.array_equal(sample_days(100), sample_days(100, p=P, seed=0))


def test_the_days_are_the_generators_own():
    assert np.array_equal(sample_days(50, Q, seed=9), np.random.default_rng(9).choice(4, size=50, p=Q))


def test_shapes():
    assert sample_days(7).shape == (7,)
    assert sample_days((2, 3)).shape == (2, 3)
    assert sample_days(0).shape == (0,)
    assert sample_days(5).dtype.kind == "i"


@pytest.mark.parametrize("p", [P, Q, [0.1, 0.9], [0, 1, 0]])
def test_frequencies_are_the_probabilities(p):
    n = 100_000
    counts = np.bincount(sample_days(n, p, seed=1), minlength=len(p))
    standard_error = np.sqrt(n * np.multiply(p, np.subtract(1, p)))
    assert (np.abs(counts - n * np.array(p)) <= 4 * standard_error).all()


@pytest.mark.parametrize(
    "p, message", [([0.5, 0.4], "p sums to 0.9"), ([P, Q], r"shape \(2, 4\): one distribution")]
)
def test_what_is_not_one_distribution_is_refused(p, message):
    with pytest.raises(ValueError, match=message):
        sample_days(3, p)
