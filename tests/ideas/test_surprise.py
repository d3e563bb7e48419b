"""Known answers, zeros, shapes and accuracy. Expected values come from closed forms and exact arithmetic."""

import math
from fractions import Fraction

import mpmath
import numpy as np
import pytest
from scipy.special import rel_entr
from scipy.stats import entropy as scipy_entropy

from klbook import (
    P,
    Q,
    cross_entropy,
    entropy,
    kl_divergence,
    kl_divergence_from_logs,
    pointwise_kl,
    surprisal,
)
from klbook.ideas import surprise

mpmath.mp.dps = 60
INF = math.inf
LOG2_3 = math.log2(3)
EPS = np.finfo(float).eps
# What the docstrings promise for D of the numbers as they are stored.
PROMISED = 3e-15


def from_logs(p, q, **options):
    """`kl_divergence_from_logs`, called with probabilities."""
    with np.errstate(divide="ignore"):
        return kl_divergence_from_logs(np.log(p), np.log(q), **options)


def exact_kl(p, q):
    """Σ p·ln(p/q) − p + q of the numbers as they are stored, to 60 digits."""
    total = mpmath.mpf(0)
    for a, b in zip(map(mpmath.mpf, map(float, p)), map(mpmath.mpf, map(float, q)), strict=True):
        total += (a * mpmath.log(a / b) if a else 0) - a + b
    return total


def relative_error(value, exact):
    return float(abs(mpmath.mpf(float(value)) / exact - 1))


KNOWN = [
    # function, arguments, options, expected
    (surprisal, [1], {}, 0),
    (surprisal, [0], {}, INF),
    (surprisal, [1 / 8], {}, 3),
    (surprisal, [1 / 8], {"base": 8}, 1),
    (surprisal, [1e-3], {"base": 10}, 3),
    (surprisal, [math.exp(-2)], {"base": math.e}, 2),
    (surprisal, [5e-324], {}, 1074),
    (surprisal, [1 - 2**-53], {"base": math.e}, 2**-53 + 2**-107),
    (entropy, [P], {}, 7 / 4),
    (entropy, [Q], {}, 7 / 4),
    (entropy, [[1]], {}, 0),
    (entropy, [[1, 0]], {}, 0),
    (entropy, [[0.25] * 4], {}, 2),
    (entropy, [[0.25] * 4], {"base": 4}, 1),
    (entropy, [[0.5, 0.5]], {"base": math.e}, math.log(2)),
    (entropy, [[0.9, 0.1]], {}, math.log2(10) - 0.9 * 2 * LOG2_3),
    (entropy, [[0.8, 0.1, 0.1]], {}, math.log2(10) - 0.8 * 3),
    (cross_entropy, [P, Q], {}, 19 / 8),
    (cross_entropy, [Q, P], {}, 9 / 4),
    (cross_entropy, [P, P], {}, 7 / 4),
    (cross_entropy, [[0.8, 0.1, 0.1], [0.5, 0.25, 0.25]], {}, 1.2),
    (cross_entropy, [[1, 0], [0.25, 0.75]], {}, 2),
    (cross_entropy, [[0.5, 0.5], [1, 0]], {}, INF),
    (cross_entropy, [[1, 0], [1, 0]], {}, 0),
    (kl_divergence, [P, Q], {}, 5 / 8),
    (kl_divergence, [Q, P], {}, 1 / 2),
    (kl_divergence, [P, Q], {"base": math.e}, 5 / 8 * math.log(2)),
    (kl_divergence, [P, Q], {"base": 10}, 5 / 8 * math.log10(2)),
    (kl_divergence, [P, Q], {"base": 0.5}, -5 / 8),
    # Cover and Thomas, 2nd ed., Example 2.3.1, both ways
    (kl_divergence, [[1 / 2, 1 / 2], [3 / 4, 1 / 4]], {}, 1 - LOG2_3 / 2),
    (kl_divergence, [[3 / 4, 1 / 4], [1 / 2, 1 / 2]], {}, 3 / 4 * LOG2_3 - 1),
    # the article's pair, both ways: ln(10) appears with 0.1, ln(10/11) with 0.9
    (
        kl_divergence,
        [[0.1, 0.9], [0.01, 0.99]],
        {"base": math.e},
        0.1 * math.log(10) + 0.9 * math.log(10 / 11),
    ),
    (
        kl_divergence,
        [[0.01, 0.99], [0.1, 0.9]],
        {"base": math.e},
        0.01 * math.log(1 / 10) + 0.99 * math.log(11 / 10),
    ),
    (kl_divergence, [[0.3, 0.7], [0.8, 0.2]], {}, 0.3 * math.log2(3 / 8) + 0.7 * math.log2(7 / 2)),
    (kl_divergence, [[0, 1], [0.2, 0.8]], {"base": math.e}, math.log(5 / 4)),
    (kl_divergence, [[0.2, 0.8], [0, 1]], {"base": math.e}, INF),
    (kl_divergence, [[0.4, 0.6], [0.6, 0.4]], {"base": math.e}, 0.2 * math.log(3 / 2)),
    (kl_divergence, [[0.8, 0.1, 0.1], [0.5, 0.25, 0.25]], {}, float(3.6 - mpmath.log(10, 2))),
    (kl_divergence, [[1, 0, 0, 0], Q], {}, 3),
    (kl_divergence, [Q, [1, 0, 0, 0]], {}, INF),
    (kl_divergence, [[1, 0, 0], [0.5, 0.5, 0]], {}, 1),
    (kl_divergence, [[1, 0], [0, 1]], {}, INF),
    (kl_divergence, [[1], [1]], {}, 0),
    (kl_divergence, [[1, 0], [1, 0]], {}, 0),
    (kl_divergence, [[-0.0, 1], [0.5, 0.5]], {}, 1),
    # extreme numbers: a ratio that overflows, and subnormals
    (kl_divergence, [[1, 0], [5e-324, 1]], {}, 1074),
    (kl_divergence, [[0.5, 0.5], [5e-324, 1]], {}, 1074 / 2 - 1),
    (kl_divergence, [[5e-324, 1], [1, 5e-324]], {}, 1074),
    (kl_divergence, [[5e-324, 1], [5e-324, 1]], {}, 0),
]


@pytest.mark.parametrize("function, arguments, options, expected", KNOWN)
def test_known_answers(function, arguments, options, expected):
    value = function(*arguments, **options)
    assert value == pytest.approx(expected, rel=PROMISED, abs=0)
    assert isinstance(value, np.float64)
    if function is kl_divergence:
        assert from_logs(*arguments, **options) == pytest.approx(expected, rel=1e-13, abs=0)
        with np.errstate(divide="ignore"):
            assert np.sum(pointwise_kl(*arguments, **options)) == pytest.approx(expected, rel=1e-13, abs=0)


@pytest.mark.parametrize(
    "value, exact",
    [
        (entropy(P), 1.75),
        (cross_entropy(P, Q), 2.375),
        (cross_entropy(Q, P), 2.25),
        (kl_divergence(P, Q), 0.625),
        (kl_divergence(Q, P), 0.5),
    ],
)
def test_powers_of_two_give_exact_bits(value, exact):
    assert value == exact


def test_bars_of_the_running_pair():
    assert pointwise_kl(P, Q).tolist() == [1, -1 / 4, -1 / 8, 0]
    assert pointwise_kl(Q, P).tolist() == [-1 / 4, 1 / 2, 1 / 4, 0]


def test_bars_at_zero():
    assert pointwise_kl([0.5, 0.5, 0, 0], [0.5, 0, 0, 0.5]).tolist() == [0, INF, 0, 0]


def test_certainty_has_no_negative_zero():
    values = [surprisal(1), entropy([1, 0]), cross_entropy([1, 0], [1, 0]), kl_divergence([1, 0], [1, 0])]
    assert [math.copysign(1, value) for value in values] == [1, 1, 1, 1]


def test_log_probabilities_of_zero_and_beyond_a_doubles_range():
    nats = {"base": math.e}
    assert kl_divergence_from_logs([0, -INF], [-1000, 0], **nats) == pytest.approx(1000, rel=EPS)
    assert kl_divergence_from_logs([0, -1000], [-1000, 0], **nats) == pytest.approx(1000, rel=EPS)
    assert kl_divergence_from_logs([0, -1e300], [0, -INF], **nats) == INF
    assert kl_divergence_from_logs([0, -INF], [0, -1000], **nats) == 0
    assert kl_divergence_from_logs([0, -INF, -INF], [0, -INF, -1000], **nats) == 0
    assert kl_divergence_from_logs([0, -1000], [-INF, 0], **nats) == INF
    assert kl_divergence_from_logs([0, -1.7e308], [-1.7e308, 0], **nats) == pytest.approx(1.7e308)


def test_log_input_is_natural_whatever_the_base_of_the_answer():
    assert kl_divergence_from_logs(np.log(P), np.log(Q)) == pytest.approx(5 / 8)
    assert kl_divergence_from_logs(np.log(P), np.log(Q), base=4) == pytest.approx(5 / 16)


# Shapes -----------------------------------------------------------------------------------------------------

TABLE = np.array([P, [1, 0, 0, 0], Q])
TO_Q = [5 / 8, 3, 0]


def test_each_slice_along_the_axis_is_one_distribution():
    assert kl_divergence(TABLE, Q).tolist() == TO_Q
    assert kl_divergence(TABLE.T, Q[:, None], axis=0).tolist() == TO_Q
    assert entropy(TABLE).tolist() == entropy(TABLE.T, axis=0).tolist() == [7 / 4, 0, 7 / 4]
    assert cross_entropy(TABLE, Q[None]).tolist() == [19 / 8, 3, 7 / 4]
    assert pointwise_kl(TABLE.T, Q[:, None], axis=0).T.tolist() == pointwise_kl(TABLE, Q).tolist()
    assert from_logs(TABLE, Q) == pytest.approx(TO_Q, abs=1e-15)
    assert from_logs(TABLE.T, Q[:, None], axis=0) == pytest.approx(TO_Q, abs=1e-15)


def test_every_p_against_every_q():
    worlds, beliefs = TABLE[:, None], np.array([P, Q])[None]
    values = kl_divergence(worlds, beliefs)
    assert values.tolist() == [[0, 5 / 8], [1, 3], [1 / 2, 0]]
    assert (
        kl_divergence(np.moveaxis(worlds, -1, 0), np.moveaxis(beliefs, -1, 0), axis=0).tolist()
        == values.tolist()
    )
    assert kl_divergence(P, beliefs).shape == (1, 2)


def test_no_distributions_give_no_answers():
    nothing = np.empty((0, 4))
    assert kl_divergence(nothing, Q).shape == entropy(nothing).shape == (0,)
    assert kl_divergence(np.empty((2, 0, 4)), Q).shape == (2, 0)


@pytest.mark.parametrize("block", [1, 2, 7, 60])
@pytest.mark.parametrize("axis", [0, 1, 2])
def test_blocks_do_not_show(monkeypatch, block, axis):
    p, q = np.random.default_rng(1).random((2, 3, 4, 5))
    p, q = p / p.sum(axis, keepdims=True), q / q.sum(axis, keepdims=True)
    monkeypatch.setattr(surprise, "_BLOCK", block)
    assert kl_divergence(p, q, axis=axis) == pytest.approx(rel_entr(p, q).sum(axis) / np.log(2), rel=1e-13)
    assert entropy(p, axis=axis) == pytest.approx(scipy_entropy(p, base=2, axis=axis), rel=1e-13)


def test_a_large_array_in_any_memory_order():
    rng = np.random.default_rng(2)
    p, q = (rng.dirichlet(np.ones(50_000), 3) for _ in range(2))
    expected = rel_entr(p, q).sum(-1) / np.log(2)
    assert kl_divergence(p, q) == pytest.approx(expected, rel=1e-13)
    assert kl_divergence(np.asfortranarray(p), q) == pytest.approx(expected, rel=1e-13)
    assert kl_divergence(p.T, q.T, axis=0) == pytest.approx(expected, rel=1e-13)


def test_arguments_are_left_alone():
    p, q = TABLE.copy(), np.array([Q] * 3)
    before = p.copy(), q.copy()
    kl_divergence(p, q), entropy(p), cross_entropy(p, q), pointwise_kl(p, q), surprisal(p)
    assert np.array_equal(p, before[0]) and np.array_equal(q, before[1])


# SciPy as an independent reference --------------------------------------------------------------------------


@pytest.mark.parametrize("alpha", [0.05, 1, 20])
@pytest.mark.parametrize("base", [2, math.e, 10])
def test_agrees_with_scipy(alpha, base):
    rng = np.random.default_rng(3)
    p, q = rng.dirichlet(np.full(30, alpha), 200), rng.dirichlet(np.full(30, alpha), 200)
    expected = rel_entr(p, q).sum(-1) / np.log(base)
    assert kl_divergence(p, q, base=base) == pytest.approx(expected, rel=1e-12)
    assert from_logs(p, q, base=base) == pytest.approx(expected, rel=1e-12)
    assert pointwise_kl(p, q, base=base) == pytest.approx(
        rel_entr(p, q) / np.log(base), rel=1e-12, abs=1e-300
    )
    assert kl_divergence(p, q, base=base) == pytest.approx(scipy_entropy(p, q, base=base, axis=-1), rel=1e-12)
    assert entropy(p, base=base) == pytest.approx(scipy_entropy(p, base=base, axis=-1), rel=1e-12)


# Accuracy ---------------------------------------------------------------------------------------------------

STEPS = [10.0**-k for k in range(1, 17)] + [0.19, 0.2, 0.21, 0.39, 0.4, 0.41, 0.45]


@pytest.mark.parametrize("step", STEPS)
@pytest.mark.parametrize(
    "weights", [(0.5, 0.5), (0.25, 0.25, 0.5), (1e-3, 0.4, 0.599), (1e-9, 0.5, 0.5 - 1e-9)]
)
def test_nearly_equal_distributions(step, weights):
    """Nearly fifteen digits of the stored numbers' D, and of its bars."""
    p = np.array(weights)
    q = p * (1 + step * np.array([1, -1, 0.5])[: len(p)])
    q[-1] = 1 - q[:-1].sum()
    exact = exact_kl(p, q)
    if np.array_equal(p, q):  # 1e-16 is lost in 0.5
        assert kl_divergence(p, q) == exact == 0
        return
    assert exact > 0
    assert relative_error(kl_divergence(p, q, base=math.e), exact) < PROMISED
    assert relative_error(kl_divergence(q, p, base=math.e), exact_kl(q, p)) < PROMISED
    bars = pointwise_kl(p, q, base=math.e)
    for bar, a, b in zip(bars, map(float, p), map(float, q), strict=True):
        if a != b:
            assert relative_error(bar, mpmath.mpf(a) * mpmath.log(mpmath.mpf(a) / b)) < PROMISED


@pytest.mark.parametrize(
    "ratio, bound", [(1.499, 1e-15), (1 / 1.499, 1e-15), (1.501, PROMISED), (1 / 1.501, PROMISED)]
)
def test_both_sides_of_the_border_between_series_and_logarithm(ratio, bound):
    p, q = np.array([1e-3, 1 - 1e-3]), np.array([1e-3 * ratio, 1 - 1e-3 * ratio])
    assert relative_error(kl_divergence(p, q, base=math.e), exact_kl(p, q)) < bound
    assert relative_error(from_logs(p, q, base=math.e), exact_kl(p, q)) < 1e-13


def test_a_difference_of_1e_9_keeps_several_digits_of_the_intended_value():
    """Compared with the fractions that were meant, not with the doubles that hold them."""
    h = Fraction(1, 10**9)
    p, q = [Fraction(1, 3), Fraction(2, 3)], [Fraction(1, 3) + h, Fraction(2, 3) - h]
    exact = mpmath.mpf(0)
    for a, b in zip(p, q, strict=True):
        a, b = (mpmath.mpf(x.numerator) / x.denominator for x in (a, b))
        exact += a * mpmath.log(a / b)
    stored = [float(x) for x in p], [float(x) for x in q]
    assert 2.2e-18 < exact < 2.3e-18
    assert relative_error(kl_divergence(*stored, base=math.e), exact) < 1e-6
    assert relative_error(from_logs(*stored, base=math.e), exact) < 1e-6
    # What it would be as a difference of averages: noise.
    assert abs((cross_entropy(*stored) - entropy(stored[0])) - float(exact) / math.log(2)) > float(exact)


@pytest.mark.parametrize("tiny", [1e-12, 1e-100, 1e-300, 1e-307, 3e-310, 5e-324])
@pytest.mark.parametrize("other", [0.5, 1e-9, 1e-290, 4e-308, 1e-320])
def test_tiny_probabilities_and_huge_ratios(tiny, other):
    p, q = [tiny, 1 - tiny], [other, 1 - other]
    for a, b in ((p, q), (q, p)):
        exact = exact_kl(a, b)
        value = float(kl_divergence(a, b, base=math.e))
        assert value >= 0
        # Below 1e-290 the result's own digits run out.
        assert abs(value - exact) <= PROMISED * exact + mpmath.mpf(5e-306)
        for bar, x, y in zip(pointwise_kl(a, b), a, b, strict=True):
            term = mpmath.mpf(x) * mpmath.log(mpmath.mpf(x) / y, 2)
            assert abs(mpmath.mpf(float(bar)) - term) <= PROMISED * abs(term) + mpmath.mpf(5e-306)


@pytest.mark.parametrize("alpha", [0.01, 0.3, 1, 100])
def test_random_distributions(alpha):
    rng = np.random.default_rng(4)
    p, q = rng.dirichlet(np.full(40, alpha), 25), rng.dirichlet(np.full(40, alpha), 25)
    p, q = np.maximum(p, 1e-300), np.maximum(q, 1e-300)
    for a, b, value in zip(p, q, kl_divergence(p, q, base=math.e), strict=True):
        assert relative_error(value, exact_kl(a, b)) < PROMISED


@pytest.mark.parametrize("order", ["C", "F"])
@pytest.mark.parametrize("axis", [0, 1])
@pytest.mark.parametrize("n", [1000, 100_000])
def test_many_equal_terms_along_any_axis_in_any_memory_order(n, axis, order):
    """Added one after the other, a thousand of them lose two digits."""
    p, q = np.full(n, 1 / n), np.repeat([1.7 / n, 0.3 / n], n // 2)
    a, b, c = (mpmath.mpf(float(x)) for x in (p[0], q[0], q[-1]))
    exact = n // 2 * sum(a * mpmath.log(a / x) - a + x for x in (b, c))
    tables = (np.array(np.stack([x] * 3, axis=1 - axis), order=order) for x in (p, q))
    for value in kl_divergence(*tables, axis=axis, base=math.e):
        assert relative_error(value, exact) < PROMISED


@pytest.mark.parametrize("step", STEPS)
def test_nearly_equal_logarithms(step):
    """Of the stored logarithms, D has as many digits."""
    p = np.array([0.3, 0.3, 0.4])
    q = p * (1 + step * np.array([1, -0.5, 0]))
    q[-1] = 1 - q[:-1].sum()
    log_p, log_q = np.log(p), np.log(q)
    exact = mpmath.mpf(0)
    for a, b in zip(map(mpmath.mpf, log_p.tolist()), map(mpmath.mpf, log_q.tolist()), strict=True):
        exact += mpmath.exp(a) * (a - b) - mpmath.exp(a) + mpmath.exp(b)
    if exact:
        assert relative_error(kl_divergence_from_logs(log_p, log_q, base=math.e), exact) < PROMISED


def test_equal_is_exactly_zero():
    rng = np.random.default_rng(5)
    p = rng.dirichlet(np.full(50, 0.05), 1000)
    log_p = rng.normal(0, 200, (1000, 50))
    log_p -= np.logaddexp.reduce(log_p, -1, keepdims=True)
    assert not kl_divergence(p, p).any()
    assert not pointwise_kl(p, p).any()
    assert not kl_divergence_from_logs(log_p, log_p).any()


def test_rounding_never_makes_it_negative():
    rng = np.random.default_rng(6)
    for size in 10.0 ** -np.arange(1, 18):
        p = rng.dirichlet(np.ones(20), 200)
        q = p * (1 + size * rng.normal(0, 0.3, p.shape))
        q = np.abs(q) / np.abs(q).sum(-1, keepdims=True)
        assert (kl_divergence(p, q) >= 0).all()
        assert (from_logs(p, q) >= 0).all()


def test_float32_is_computed_in_double_precision():
    """Of the numbers as they arrived, each divided by their sum."""
    rng = np.random.default_rng(7)
    p, q = (rng.dirichlet(np.ones(100)).astype(np.float32) for _ in range(2))
    value = kl_divergence(p, q, base=math.e)
    assert value.dtype == np.float64
    shares = ([mpmath.mpf(float(x)) / mpmath.fsum(map(float, r)) for x in r] for r in (p, q))
    exact = mpmath.fsum(a * mpmath.log(a / b) for a, b in zip(*shares, strict=True))
    assert relative_error(value, exact) < PROMISED
