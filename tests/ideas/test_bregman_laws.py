"""The theorems about Bregman divergences. Numbers are of Cover and Thomas, *Elements of Information Theory*.

Points here are vectors of 2 to 6 numbers between 0.001 and 1000: away from the border, where values and slopes
are infinite (the table of known answers has that).
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import (
    fractions_of_one,
    numbers_and_distributions,
    pairs,
    reals,
    subsets,
    tuples_of_distributions,
    vectors,
)

from klbook import cross_entropy, kl_divergence
from klbook.ideas.bregman import (
    MINUS_LOG,
    NEGATIVE_ENTROPY,
    SQUARES,
    Generator,
    bregman_divergence,
    brier_score,
    expected_score,
    generalised_kl,
    local_quadratic,
    log_score,
    negative_entropy,
    pinsker_bound,
    project_onto_mean,
    pythagorean_gap,
    score_regret,
    squared_distance,
    tangent_gap,
    total_variation,
)

generators = st.sampled_from(
    [SQUARES, NEGATIVE_ENTROPY, MINUS_LOG, Generator("x³", lambda x: x**3, lambda x: 3 * x * x)]
)
# A number for each outcome, q, and two distributions that lie on q's outcomes.
projections = numbers_and_distributions(3)


def slack(generator, *vectors):
    """Room for rounding: of the values, and of slopes times distances."""
    largest = max(
        np.abs(generator(x)) + np.abs(generator.gradient(x)).sum() * max(map(np.max, vectors))
        for x in vectors
    )
    return 1e-12 * largest


@given(vectors(2), generators)
def test_the_gap_is_not_negative(drawn, generator):
    p, q = drawn
    gaps = tangent_gap(p, q, generator)
    assert (gaps >= 0).all()
    assert bregman_divergence(p, q, generator) == pytest.approx(gaps.sum(), rel=1e-12)
    assert bregman_divergence(p, p, generator) == 0


@given(st.floats(0.01, 100), st.floats(0.01, 2), st.sampled_from([SQUARES, NEGATIVE_ENTROPY, MINUS_LOG]))
def test_the_gap_is_zero_at_the_tangent_point_only(q, apart, generator):
    assert tangent_gap(q * (1 + apart), q, generator) > 0
    assert tangent_gap(q, q * (1 + apart), generator) > 0


@given(vectors(2), generators)
def test_a_function_of_vectors_is_treated_alike(drawn, generator):
    p, q = drawn
    by_vector = bregman_divergence(p, q, generator.__call__, generator.gradient)
    assert by_vector == pytest.approx(
        bregman_divergence(p, q, generator), rel=1e-9, abs=slack(generator, p, q)
    )


@given(vectors(3), generators, fractions_of_one)
def test_convex_in_the_first_argument(drawn, generator, t):
    a, b, q = drawn
    mixed = bregman_divergence(t * a + (1 - t) * b, q, generator)
    parts = t * bregman_divergence(a, q, generator) + (1 - t) * bregman_divergence(b, q, generator)
    assert mixed <= parts + slack(generator, a, b, q)


@given(vectors(3), generators, fractions_of_one)
def test_the_mean_is_the_best_single_summary(drawn, generator, t):
    """Σ w·D(x, y) − Σ w·D(x, mean) = D(mean, y): for every generator (Banerjee and others, 2005)."""
    a, b, y = drawn
    mean = t * a + (1 - t) * b

    def spread(c):
        return t * bregman_divergence(a, c, generator) + (1 - t) * bregman_divergence(b, c, generator)

    expected = bregman_divergence(mean, y, generator)
    assert spread(y) - spread(mean) == pytest.approx(expected, rel=1e-8, abs=slack(generator, a, b, y, mean))


@given(vectors(3), generators)
def test_law_of_cosines(drawn, generator):
    """D(p, q) = D(p, r) + D(r, q) + ⟨∇φ(r) − ∇φ(q), p − r⟩."""
    p, q, r = drawn
    corner = (generator.gradient(r) - generator.gradient(q)) @ (p - r)
    parts = bregman_divergence(p, r, generator) + bregman_divergence(r, q, generator) + corner
    assert bregman_divergence(p, q, generator) == pytest.approx(
        parts, rel=1e-8, abs=slack(generator, p, q, r)
    )


@given(vectors(2), st.floats(0.01, 100))
def test_itakura_saito_does_not_know_the_scale(drawn, scale):
    p, q = drawn
    expected = bregman_divergence(p, q, MINUS_LOG)
    assert bregman_divergence(scale * p, scale * q, MINUS_LOG) == pytest.approx(expected, rel=1e-8, abs=1e-8)
    assert expected == pytest.approx((p / q - np.log(p / q) - 1).sum(), rel=1e-8, abs=1e-8)


@given(pairs())
def test_negative_entropy_gives_the_divergence(pair):
    """In bits and in nats; the linear terms cancel, because both sum to 1."""
    p, q = pair
    for base in (2, math.e):
        expected = pytest.approx(kl_divergence(p, q, base=base), rel=1e-9, abs=1e-12)
        assert bregman_divergence(p, q, negative_entropy(base)) == expected
        assert generalised_kl(p, q, base=base) == expected


@given(vectors(2))
def test_generalised_kl_is_that_of_negative_entropy(drawn):
    p, q = drawn
    expected = bregman_divergence(p, q, NEGATIVE_ENTROPY)
    assert generalised_kl(p, q) == pytest.approx(expected, rel=1e-9, abs=slack(NEGATIVE_ENTROPY, p, q))


@given(vectors(2), st.floats(0.01, 100))
def test_generalised_kl_grows_with_the_amounts(drawn, scale):
    p, q = drawn
    assert generalised_kl(scale * p, scale * q) == pytest.approx(
        scale * generalised_kl(p, q), rel=1e-7, abs=1e-10 * scale
    )


@given(vectors(2))
def test_generalised_kl_splits_into_total_and_shares(drawn):
    """D(p‖q) of amounts = D of the totals + total of p × D of the shares (chain rule)."""
    p, q = drawn
    totals = generalised_kl([p.sum()], [q.sum()])
    shares = kl_divergence(p / p.sum(), q / q.sum())
    assert generalised_kl(p, q) == pytest.approx(totals + p.sum() * shares, rel=1e-8, abs=1e-8)


@given(pairs())
def test_saying_what_one_believes_pays(pair):
    """Regret = the rule's Bregman divergence: D(p‖q) for the log score, the squared distance for Brier's."""
    p, q = pair
    assert score_regret(p, q) == pytest.approx(kl_divergence(p, q), rel=1e-9, abs=1e-12)
    assert score_regret(p, q, brier_score) == pytest.approx(squared_distance(p, q), rel=1e-9, abs=1e-12)
    assert expected_score(p, q) == pytest.approx(cross_entropy(p, q), rel=1e-12)


@given(pairs(zeros=False))
def test_scores_of_what_happens_are_those_of_the_table(pair):
    for q in pair:
        outcomes = np.arange(len(q))
        forecasts = np.tile(q, (len(q), 1))
        for rule in (log_score, brier_score):
            assert rule(forecasts, outcomes).tolist() == rule(q).tolist()


@given(projections)
def test_the_projection_has_the_mean(drawn):
    f, q, p, _ = drawn
    found = project_onto_mean(q, f, p @ f)
    assert (found.distribution >= 0).all() and found.distribution.sum() == pytest.approx(1, rel=1e-13)
    assert found.distribution @ f == pytest.approx(p @ f, abs=1e-12 * np.ptp(f))


@given(projections)
def test_no_other_with_this_mean_is_closer(drawn):
    """p has it as well, and so have mixtures of p and the projection."""
    f, q, p, _ = drawn
    closest = project_onto_mean(q, f, p @ f).distribution
    d = kl_divergence(closest, q)
    for t in (0.01, 0.5, 1):
        mixed = t * p + (1 - t) * closest
        assert d <= kl_divergence(mixed / mixed.sum(), q) + 1e-10


@given(projections)
def test_pythagoras_on_the_line(drawn):
    """Theorem 11.6.1 with equality: D(p‖q) = D(p‖p*) + D(p*‖q) for p with the same mean."""
    f, q, p, _ = drawn
    closest = project_onto_mean(q, f, p @ f).distribution
    assume((closest > 1e-200).all())  # else D(p‖p*) is a difference of what no longer has digits
    assert pythagorean_gap(p, q, closest) == pytest.approx(0, abs=1e-8)


@given(projections)
def test_pythagoras_inside(drawn):
    """Theorem 11.6.1: D(r‖q) ≥ D(r‖p*) + D(p*‖q) for r on the far side; the gap is λ·(mean of r − mean)."""
    f, q, p, r = drawn
    closest, tilt = project_onto_mean(q, f, p @ f)
    assume((closest > 1e-200).all())
    gap = pythagorean_gap(r, q, closest)
    assert gap == pytest.approx(tilt * (r @ f - p @ f), rel=1e-7, abs=1e-8)
    if (r @ f - p @ f) * (p @ f - q @ f) >= 0:
        assert gap >= -1e-8


@given(projections, st.floats(0.1, 10), reals(-5, 5))
def test_the_projection_does_not_know_the_units_of_f(drawn, scale, shift):
    f, q, p, _ = drawn
    here, there = (
        project_onto_mean(q, f, p @ f),
        project_onto_mean(q, scale * f + shift, scale * (p @ f) + shift),
    )
    assume((here.distribution > 1e-9).all())
    assert there.distribution == pytest.approx(here.distribution, rel=1e-6, abs=1e-9)
    assert there.tilt * scale == pytest.approx(here.tilt, rel=1e-5, abs=1e-5)


@given(pairs())
def test_pinsker(pair):
    """Lemma 11.6.1: D ≥ 2·TV² nats, in every unit."""
    p, q = pair
    assert pinsker_bound(p, q) <= kl_divergence(p, q) * (1 + 1e-12)
    assert pinsker_bound(p, q, base=10) <= kl_divergence(p, q, base=10) * (1 + 1e-12)


@given(st.floats(1e-6, 0.49))
def test_pinsker_is_tight(h):
    """A coin against the fair one: D/bound = 1 + 2h²/3 + …, so that no larger constant would do."""
    p, q = [1 / 2 + h, 1 / 2 - h], [1 / 2, 1 / 2]
    ratio = kl_divergence(p, q) / pinsker_bound(p, q)
    assert 1 - 1e-9 <= ratio <= 1 + h**2 * (2 / 3 + 4 * h**2) + 1e-9


@given(pairs(), subsets)
def test_total_variation_is_the_largest_difference_of_an_event(pair, chosen):
    p, q = pair
    some = chosen[: len(p)]
    assert abs(p[some].sum() - q[some].sum()) <= total_variation(p, q) + 1e-15
    assert p[p > q].sum() - q[p > q].sum() == pytest.approx(total_variation(p, q), abs=1e-15)


@given(pairs(zeros=False), st.floats(1e-7, 1e-4))
def test_locally_the_divergence_is_quadratic(pair, h):
    """D(q + h·(p − q)‖q), and the other way, over the quadratic form tends to 1."""
    p, q = pair[0], (pair[1] + 1 / len(pair[1])) / 2  # away from the border
    assume(squared_distance(p, q) > 1e-6)
    near = q + h * (p - q)
    quadratic = local_quadratic(near, q)
    assert kl_divergence(near, q) == pytest.approx(quadratic, rel=20 * h + 1e-6)
    assert kl_divergence(q, near) == pytest.approx(quadratic, rel=20 * h + 1e-6)


@given(tuples_of_distributions(2, zeros=False))
def test_the_quadratic_form_bounds_the_divergence(two):
    """D ≤ log(1 + χ²) ≤ χ² nats, and the form is half of χ²."""
    p, q = two
    assert (
        kl_divergence(p, q, base=math.e)
        <= math.log1p(2 * local_quadratic(p, q, base=math.e)) * (1 + 1e-9) + 1e-12
    )
