"""Numbers of every size that is promised: right inside, an error that says so outside, and never a warning or NaN.

Expected values come from mpmath, with 400 digits.
"""

import math

import mpmath
import numpy as np
import pytest
from hypothesis import given
from strategies import real_numbers, tiny_distributions

from klbook.ideas.bregman import (
    MINUS_LOG,
    NEGATIVE_ENTROPY,
    SQUARES,
    generalised_kl,
    local_quadratic,
    project_onto_mean,
    squared_distance,
    tangent_gap,
)
from klbook.ideas.likelihood import (
    closest_normal,
    exponential_log_density,
    fit_exponential,
    fit_normal,
    normal_log_density,
)
from klbook.ideas.surprise import cross_entropy, entropy, kl_divergence, surprisal

pytestmark = pytest.mark.filterwarnings("error")
LARGEST = float(np.finfo(float).max)


def exact(f):
    with mpmath.workdps(400):
        value = f(mpmath.mpf)
        return math.inf if value > LARGEST else -math.inf if value < -LARGEST else float(value)


def test_curves_at_the_ends_of_the_range():
    assert tangent_gap(1e-160, 3e-160, SQUARES) == pytest.approx(4e-320, rel=1e-3)
    assert tangent_gap(1e150, -1e150, SQUARES) == pytest.approx(4e300, rel=1e-14)
    gap = exact(lambda m: m(1e-150) / m(1e150) - mpmath.log(m(1e-150) / m(1e150)) - 1)
    assert tangent_gap(1e-150, 1e150, MINUS_LOG) == pytest.approx(gap, rel=1e-14)
    for curve, q in ((SQUARES, 1e200), (MINUS_LOG, 1e-160), (NEGATIVE_ENTROPY, 1e200)):
        with pytest.raises(ValueError, match=r"^q is .* its size must be"):
            tangent_gap(1, q, curve)


def test_fits_at_the_ends_of_the_range():
    assert fit_normal([0, 1e-150]) == (5e-151, 5e-151)
    assert fit_normal([1e150, -1e150]) == (0, 1e150)
    assert fit_normal([1, 1 + 2**-52])[1] == 2**-53
    with pytest.raises(ValueError, match=r"^x\[1\] is 1e-200: its size must be"):
        fit_normal([0, 1e-200])
    p = 1e-310  # the root of a subnormal number, and not of its square
    assert closest_normal([1, p], [0, 1])[1] == pytest.approx(math.sqrt(p), rel=1e-14)
    with pytest.raises(ValueError, match="all of p lies on one value"):
        closest_normal([0.1, 0.9], [3, 3])


def test_the_projection_lifts_what_is_all_but_impossible():
    found = project_onto_mean([1, 1e-310], [0, 1], [0.3, 0.9])
    assert found.distribution[:, 1] == pytest.approx([0.3, 0.9], rel=1e-12)
    for mean, tilt in zip((0.3, 0.9), found.tilt, strict=True):
        expected = exact(lambda m, t=mean: mpmath.log(m(t) / (1 - m(t)) / m(1e-310), 2))
        assert tilt == pytest.approx(expected, rel=1e-12)


def test_the_quadratic_form_of_tiny_probabilities():
    expected = exact(lambda m: (m(2e-200) - m(1e-200)) ** 2 / (2 * m(1e-200)))
    assert local_quadratic([1, 2e-200], [1, 1e-200], base=math.e) == pytest.approx(expected, rel=1e-14)


@given(real_numbers, real_numbers)
def test_the_gap_of_squares(p, q):
    expected = exact(lambda m: (m(p) - m(q)) ** 2)
    assert tangent_gap(p, q, SQUARES) == pytest.approx(expected, rel=1e-14, abs=1e-15 * max(p * p, q * q))
    assert squared_distance([p], [q]) == pytest.approx(expected, rel=1e-14, abs=1e-320)


@given(real_numbers, real_numbers)
def test_gaps_of_other_curves(p, q):
    p, q = abs(p), abs(q)
    for curve in (NEGATIVE_ENTROPY, MINUS_LOG):
        gap = tangent_gap(p, q, curve)
        assert gap >= 0 and (gap == 0 if p == q else True)
    assert generalised_kl([p], [q]) >= 0


@given(real_numbers, real_numbers, real_numbers)
def test_densities(x, mean, sd):
    sd = abs(sd) or 1.0
    expected = exact(
        lambda m: -(((m(x) - m(mean)) / m(sd)) ** 2) / 2 - mpmath.log(m(sd) * mpmath.sqrt(2 * mpmath.pi))
    )
    assert normal_log_density(x, mean, sd, base=math.e) == pytest.approx(expected, rel=1e-13, abs=1e-13)
    expected = -math.inf if x < 0 else exact(lambda m: mpmath.log(m(sd)) - m(sd) * m(x))
    assert exponential_log_density(x, sd, base=math.e) == pytest.approx(expected, rel=1e-13, abs=1e-13)


@given(real_numbers, real_numbers)
def test_fits_of_two(x, y):
    if x != y:
        mean, sd = fit_normal([x, y])
        assert mean == pytest.approx(
            exact(lambda m: (m(x) + m(y)) / 2), rel=1e-15, abs=1e-15 * max(abs(x), abs(y))
        )
        assert sd == pytest.approx(exact(lambda m: abs(m(x) - m(y)) / 2), rel=1e-14)
    if x or y:
        rate = exact(lambda m: 2 / (abs(m(x)) + abs(m(y))))
        assert fit_exponential(np.abs([x, y])) == pytest.approx(rate, rel=1e-14)


@given(tiny_distributions, tiny_distributions)
def test_averages_of_probabilities_of_any_size(p, q):
    assert entropy(p) >= 0 and cross_entropy(p, q) >= 0 and (surprisal(p) >= 0).all()
    assert not np.isnan(local_quadratic(p, q))

    def divergence(m):
        pairs = [(m(a), m(b)) for a, b in zip(p.tolist(), q.tolist(), strict=True)]
        if any(a > 0 == b for a, b in pairs):
            return mpmath.inf
        return mpmath.fsum((a * mpmath.log(a / b) if a else 0) - a + b for a, b in pairs)

    assert kl_divergence(p, q, base=math.e) == pytest.approx(exact(divergence), rel=3e-15, abs=1e-305)
