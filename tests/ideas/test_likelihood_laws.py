"""The theorems about likelihood, one per test.

Counts have 2 to 6 outcomes and up to 60 observations of each, at least one in all; data are 2 to 30 numbers
between −100 and 100 that are not all within 0.01 of each other (closer ones would test rounding only).
"""

import math

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from strategies import counts_and_distributions, distributions, joint_pairs, pairs, reals

from klbook import entropy, kl_divergence
from klbook.ideas.checks import SMALLEST
from klbook.ideas.likelihood import (
    additive_smoothing,
    average_log_likelihood,
    bernoulli,
    binomial,
    closest_binomial,
    closest_independent,
    closest_normal,
    count_outcomes,
    empirical_distribution,
    exponential_log_density,
    fit_bernoulli,
    fit_exponential,
    fit_normal,
    log_likelihood,
    normal_log_density,
)

counts_and_model = counts_and_distributions(1, most=60)
counts_and_two_positive = counts_and_distributions(2, most=60, zeros=False)
counts_alone = counts_and_distributions(0, most=60).map(lambda drawn: drawn[0])
data = (
    st.lists(reals(-100, 100), min_size=2, max_size=30).filter(lambda x: max(x) - min(x) > 0.01).map(np.array)
)
spreads = st.floats(0.01, 200)


def close(expected):
    return pytest.approx(expected, rel=1e-10, abs=1e-11)


@given(counts_and_model)
def test_the_exact_identity(drawn):
    """−(1/N)·log-likelihood = H(p̂) + D(p̂‖q), for every N (Cover and Thomas, section 11.1)."""
    counts, q = drawn
    p_hat = empirical_distribution(counts)
    assert -average_log_likelihood(counts, q) == close(entropy(p_hat) + kl_divergence(p_hat, q))


@given(counts_and_two_positive)
def test_likelihood_and_divergence_are_mirror_images(drawn):
    """What one model has more in likelihood than another, it has less in D(p̂‖·)."""
    counts, q, r = drawn
    p_hat = empirical_distribution(counts)
    d = kl_divergence(p_hat, q), kl_divergence(p_hat, r)
    assert average_log_likelihood(counts, q) - average_log_likelihood(counts, r) == close(d[1] - d[0])


@given(counts_and_model)
def test_the_frequencies_have_the_greatest_likelihood(drawn):
    counts, q = drawn
    assert log_likelihood(counts, q) <= log_likelihood(counts, empirical_distribution(counts)) + 1e-9


@given(st.integers(1, 60), st.data())
def test_the_best_coin(n, more):
    k = more.draw(st.integers(0, n))
    theta = more.draw(st.floats(0, 1))
    best = bernoulli(fit_bernoulli(k, n))
    assert log_likelihood([n - k, k], bernoulli(theta)) <= log_likelihood([n - k, k], best) + 1e-9


@given(data, reals(-150, 150), spreads)
def test_the_best_normal(x, mean, sd):
    """No other is better, and by how much: D(best‖other) between two normals, in nats."""
    m, s = fit_normal(x)
    best, other = (normal_log_density(x, *v, base=math.e).mean() for v in ((m, s), (mean, sd)))
    between = math.log(sd / s) + (s**2 + (m - mean) ** 2) / (2 * sd**2) - 1 / 2
    assert best - other == pytest.approx(between, rel=1e-8, abs=1e-8)
    assert best >= other - 1e-8


@given(data.map(np.abs), spreads)
def test_the_best_exponential(x, rate):
    """No other is better, and by how much: D(best‖other) between two exponentials, in nats."""
    best = fit_exponential(x)
    logs = (exponential_log_density(x, r, base=math.e).mean() for r in (best, rate))
    gain = next(logs) - next(logs)
    assert gain == pytest.approx(math.log(best / rate) + rate / best - 1, rel=1e-8, abs=1e-8)


@given(data, reals(-3, 3), st.floats(0.1, 10))
def test_fits_move_with_the_units(x, shift, scale):
    mean, sd = fit_normal(x)
    moved = shift + scale * x
    assume(((moved == 0) | (np.abs(moved) >= SMALLEST)).all())
    assert fit_normal(moved) == pytest.approx((shift + scale * mean, scale * sd), rel=1e-6, abs=1e-6)


@given(distributions(5), st.floats(0.01, 0.99))
def test_pythagoras_for_binomials(p, theta):
    """D(p‖other) = D(p‖closest) + D(closest‖other): the closest is the closest, and the rest adds up."""
    closest, other = binomial(4, closest_binomial(p)), binomial(4, theta)
    d = kl_divergence(p, closest)
    assert kl_divergence(p, other) == pytest.approx(d + kl_divergence(closest, other), rel=1e-8, abs=1e-8)


@given(joint_pairs())
def test_pythagoras_for_independence(two):
    """D(joint‖q_x·q_y) = I(x; y) + D(p_x·p_y‖q_x·q_y)."""
    joint, other = two[0], closest_independent(two[1])
    closest = closest_independent(joint)
    d = [kl_divergence(a.ravel(), b.ravel()) for a, b in ((joint, other), (joint, closest), (closest, other))]
    assert d[0] == close(d[1] + d[2])
    assert d[1] == close(entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint.ravel()))


@given(distributions(5), reals(-5, 10), st.floats(0.1, 10))
def test_the_closest_normal_has_the_least_average_surprise(p, mean, sd):
    values = np.arange(5.0)
    assume((p > 1e-6).sum() > 1)
    best, other = (p @ normal_log_density(values, *v) for v in (closest_normal(p, values), (mean, sd)))
    assert best >= other - 1e-9


@given(counts_alone, st.floats(0.01, 100))
def test_smoothing_mixes_with_the_uniform(counts, pseudocount):
    """(1 − t)·p̂ + t·uniform with t = k·a/(N + k·a): every outcome becomes possible."""
    k, n = len(counts), counts.sum()
    t = k * pseudocount / (n + k * pseudocount)
    smooth = additive_smoothing(counts, pseudocount)
    assert smooth == close((1 - t) * empirical_distribution(counts) + t / k)
    assert (smooth > 0).all()


@given(counts_alone)
def test_adding_one_is_predicting_from_what_was_seen(counts):
    """Laplace: the product of the add-one predictions does not depend on the order of the outcomes."""
    sequence = np.repeat(np.arange(len(counts)), counts)[:40]
    logs = []
    for order in (sequence, sequence[::-1]):
        seen = np.array([count_outcomes(order[:i], len(counts)) for i in range(len(order))])
        logs.append(np.log2(additive_smoothing(seen)[np.arange(len(order)), order]).sum())
    assert logs[0] == close(logs[1])


@given(pairs())
def test_the_limit_is_the_projection(pair):
    """The average log-likelihood of many outcomes in p's proportions is −H(p) − D(p‖q), up to the rounding of
    the proportions to whole numbers."""
    p, q = pair
    n = 10**9
    counts = np.floor(p * n)
    assume(((q > 1e-6) | (p == 0)).all())
    limit = -entropy(p) - kl_divergence(p, q)
    assert average_log_likelihood(counts, q) == pytest.approx(limit, rel=1e-6, abs=1e-6)
