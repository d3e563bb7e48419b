"""The theorems, one per test. Numbers are of Cover and Thomas, *Elements of Information Theory*, 2nd ed."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import (
    any_distribution,
    bases,
    channels,
    fractions_of_one,
    joint_pairs,
    orders,
    pairs,
    subsets,
    tuples_of_distributions,
)

from klbook import cross_entropy, entropy, kl_divergence, kl_divergence_from_logs, pointwise_kl, surprisal

# Sums here are of the order of 1 to 30 bits: room for their rounding, and for no more.
SLACK = 1e-12


def close(expected):
    return pytest.approx(expected, rel=1e-10, abs=SLACK)


def nats(p, q):
    return kl_divergence(p, q, base=math.e)


@given(pairs())
def test_information_inequality(pair):
    """Gibbs, Theorem 2.6.3: D(p‖q) ≥ 0, with equality if and only if p = q."""
    p, q = pair
    d = kl_divergence(p, q)
    assert d >= 0
    assert (d == 0) == np.array_equal(p, q)
    assert kl_divergence(p, p) == 0


@given(pairs())
def test_infinite_if_and_only_if_the_impossible_happens(pair):
    """The conventions at zero: D(p‖q) = ∞ exactly if q = 0 < p somewhere (section 2.3)."""
    p, q = pair
    assert np.isinf(kl_divergence(p, q)) == np.isinf(cross_entropy(p, q)) == bool(((q == 0) & (p > 0)).any())


@given(pairs())
def test_extra_expected_surprise(pair):
    """D(p‖q) = E_p[surprisal under q − surprisal under p] = H(p, q) − H(p)."""
    p, q = pair
    assert kl_divergence(p, q) + entropy(p) == close(cross_entropy(p, q))
    happens = p > 0
    extra = surprisal(q[happens]) - surprisal(p[happens])
    assert kl_divergence(p, q) == close(np.sum(p[happens] * extra))


@given(pairs())
def test_bars_sum_to_the_divergence(pair):
    p, q = pair
    bars = pointwise_kl(p, q)
    assert bars.sum() == close(kl_divergence(p, q))
    assert ((bars < 0) == ((p > 0) & (p < q))).all()


@given(pairs())
def test_logarithms_give_the_same_divergence(pair):
    p, q = pair
    with np.errstate(divide="ignore"):
        assert kl_divergence_from_logs(np.log(p), np.log(q)) == close(kl_divergence(p, q))


@given(any_distribution())
def test_entropy_is_greatest_for_the_uniform(p):
    """Theorem 2.6.4: H ≤ log n, and the distance to it is D(p‖uniform)."""
    n = len(p)
    assert 0 <= entropy(p) <= math.log2(n) + SLACK
    assert kl_divergence(p, np.full(n, 1 / n)) == close(math.log2(n) - entropy(p))


@given(joint_pairs())
def test_chain_rule(pair):
    """Theorem 2.5.3: D(p(x,y)‖q(x,y)) = D(p(x)‖q(x)) + D(p(y|x)‖q(y|x))."""
    p, q = pair
    p_x, q_x = p.sum(1), q.sum(1)
    given_x = kl_divergence(p / p_x[:, None], q / q_x[:, None])
    assert kl_divergence(p.ravel(), q.ravel()) == close(kl_divergence(p_x, q_x) + p_x @ given_x)


@given(joint_pairs())
def test_entropy_chain_rule(pair):
    """Theorem 2.2.1: H(X, Y) = H(X) + H(Y|X)."""
    p, _ = pair
    p_x = p.sum(1)
    assert entropy(p.ravel()) == close(entropy(p_x) + p_x @ entropy(p / p_x[:, None]))


@given(pairs(), pairs())
def test_independent_divergences_add(first, second):
    """D(p₁p₂‖q₁q₂) = D(p₁‖q₁) + D(p₂‖q₂), from Theorem 2.5.3."""
    p, q = (np.outer(a, b).ravel() for a, b in zip(first, second, strict=True))
    assert kl_divergence(p, q) == close(kl_divergence(*first) + kl_divergence(*second))


@given(st.floats(1e-9, 1), st.floats(1e-9, 1))
def test_independent_surprises_add(a, b):
    assert surprisal(a * b) == close(surprisal(a) + surprisal(b))


@given(tuples_of_distributions(4), fractions_of_one)
def test_convexity_in_the_pair(four, t):
    """Theorem 2.7.2: D(mixture‖mixture) ≤ mixture of the D's."""
    p1, p2, q1, q2 = four
    mixed = kl_divergence(t * p1 + (1 - t) * p2, t * q1 + (1 - t) * q2)
    parts = [share * d for share, d in ((t, kl_divergence(p1, q1)), (1 - t, kl_divergence(p2, q2))) if share]
    assert mixed <= sum(parts) + SLACK


@given(pairs(), fractions_of_one)
def test_entropy_is_concave(pair, t):
    """Theorem 2.7.3."""
    p, q = pair
    assert entropy(t * p + (1 - t) * q) >= t * entropy(p) + (1 - t) * entropy(q) - SLACK


@given(pairs(zeros=False), subsets)
def test_log_sum_inequality(pair, chosen):
    """Theorem 2.7.1: Σ a·log(a/b) ≥ (Σa)·log(Σa/Σb), on any set of outcomes; equal if a/b is constant."""
    p, q = pair
    some = chosen[: len(p)]
    a, b = p[some].sum(), q[some].sum()
    if some.any():
        assert pointwise_kl(p, q)[some].sum() >= a * math.log2(a / b) - SLACK
        constant = np.where(some, q * a / b, p)  # has p's mass on the set, in q's proportions
        assert pointwise_kl(constant, q)[some].sum() == close(a * math.log2(a / b))


@given(pairs(), channels(6))
def test_data_processing(pair, channel):
    """What is done to outcomes at random brings p and q no further apart (from Theorem 2.5.3)."""
    p, q = pair
    channel = channel[: len(p)]
    assert kl_divergence(p @ channel, q @ channel) <= kl_divergence(p, q) + SLACK


@given(pairs(), orders)
def test_relabelling_loses_nothing(pair, of_six):
    p, q = pair
    order = of_six[of_six < len(p)]
    assert kl_divergence(p[order], q[order]) == close(kl_divergence(p, q))
    assert cross_entropy(p[order], q[order]) == close(cross_entropy(p, q))


@given(pairs())
def test_impossible_outcomes_add_nothing(pair):
    p, q = (np.append(x, 0) for x in pair)
    assert kl_divergence(p, q) == close(kl_divergence(*pair))
    assert entropy(p) == close(entropy(pair[0]))


@given(pairs(), bases)
def test_change_of_base(pair, base):
    """Lemma 2.1.2, for all of them: the value in base b is the value in bits over log₂ b."""
    p, q = pair
    scale = math.log2(base)
    assert kl_divergence(p, q, base=base) * scale == close(kl_divergence(p, q))
    assert cross_entropy(p, q, base=base) * scale == close(cross_entropy(p, q))
    assert entropy(p, base=base) * scale == close(entropy(p))
    assert surprisal(p, base=base) * scale == close(surprisal(p))
    assert pointwise_kl(p, q, base=base) * scale == close(pointwise_kl(p, q))
    with np.errstate(divide="ignore"):
        logs = np.log(p), np.log(q)
    assert kl_divergence_from_logs(*logs, base=base) * scale == close(kl_divergence(p, q))


@given(pairs())
def test_pinsker(pair):
    """Lemma 11.6.1: D ≥ 2·TV² nats, TV being half the sum of |p − q|."""
    p, q = pair
    assert nats(p, q) >= 2 * (np.abs(p - q).sum() / 2) ** 2 * (1 - SLACK)


@given(st.floats(1e-8, 0.49))
def test_pinsker_is_tight(h):
    """A coin against the fair one: D = 2·TV²·(1 + 2h²/3 + …), so no constant above 2 would do."""
    ratio = nats([1 / 2 + h, 1 / 2 - h], [1 / 2, 1 / 2]) / (2 * h**2)
    # h itself is rounded as part of 1/2 + h: a relative 1e-16/h.
    rounding = 4e-16 / h
    assert 1 + 2 / 3 * h**2 - rounding <= ratio <= 1 + h**2 * (2 / 3 + 4 * h**2) + rounding


@given(tuples_of_distributions(3, zeros=False))
def test_compensation_identity(three):
    """The mean of D(p‖q) over p is least at the mean of the p: its excess there is D(mean‖q)."""
    p1, p2, q = three
    mean = (p1 + p2) / 2
    excess = kl_divergence(np.array([p1, p2]), q).mean() - kl_divergence(np.array([p1, p2]), mean).mean()
    assert excess == close(kl_divergence(mean, q))


@given(pairs(zeros=False), st.floats(1e-7, 1e-4))
def test_near_each_other_it_is_a_squared_distance(pair, h):
    """D(p‖p + h(q − p)) = h²·Σ(q − p)²/(2p) nats, up to higher orders of h·max|q − p|/p."""
    p, direction = pair[0], pair[1] - pair[0]
    p = (p + 1 / len(p)) / 2  # away from the border, where "near" would mean nearer still
    squared = h**2 * np.sum(direction**2 / (2 * p))
    assert nats(p, p + h * direction) == pytest.approx(squared, rel=20 * h + 1e-7, abs=1e-26)
