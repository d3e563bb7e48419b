"""Known answers, SciPy and mpmath as references, brute-force minimisers for the projection."""

import math

import mpmath
import numpy as np
import pytest
from refusals import refusals
from scipy.optimize import minimize
from scipy.special import kl_div

from klbook import P, Q
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

INF = math.inf
DIE, EYES = np.full(6, 1 / 6), np.arange(1, 7)
SINE = Generator("sin x", np.sin, np.cos)


class TestTangentGap:
    @pytest.mark.parametrize(
        "generator, p, q, expected",
        [
            (SQUARES, 3, 1, 4),
            (SQUARES, -2, 1, 9),
            (negative_entropy(math.e), 2, 1, 2 * math.log(2) - 1),
            (NEGATIVE_ENTROPY, 2, 1, 2 - 1 / math.log(2)),
            (NEGATIVE_ENTROPY, 0, 3, 3 / math.log(2)),
            (NEGATIVE_ENTROPY, 3, 0, INF),
            (NEGATIVE_ENTROPY, 0, 0, 0),
            (MINUS_LOG, 2, 1, 1 - math.log(2)),
            (MINUS_LOG, 1, 2, 1 / 2 - math.log(1 / 2) - 1),
            (MINUS_LOG, 0, 2, INF),
            (MINUS_LOG, 2, 0, INF),
            (MINUS_LOG, 0, 0, 0),
            (Generator("exp x", np.exp, np.exp), 1, 0, math.e - 2),
            (Generator("|x|", np.abs, np.sign), -2, 1, 4),  # convex with a corner
            (Generator("3x", lambda x: 3 * x, lambda x: 3 + 0 * x), -2, 7, 0),
        ],
    )
    def test_known(self, generator, p, q, expected):
        assert tangent_gap(p, q, generator) == pytest.approx(expected, rel=1e-14, abs=1e-15)

    def test_of_arrays(self):
        x = np.linspace(0, 2, 9)
        gaps = tangent_gap(x, [[0.5], [1.5]], SQUARES)
        assert gaps == pytest.approx((x - [[0.5], [1.5]]) ** 2, abs=1e-15)

    def test_rounding_never_shows_below_zero(self):
        x = 1 + np.arange(-50, 51) * 1e-12
        for generator in (SQUARES, NEGATIVE_ENTROPY, MINUS_LOG):
            assert (tangent_gap(x[:, None], x, generator) >= 0).all()

    def test_names(self):
        assert [str(g) for g in (SQUARES, NEGATIVE_ENTROPY, MINUS_LOG)] == ["x²", "x log x", "−log x"]
        assert NEGATIVE_ENTROPY([0.5, 0.25, 0.25, 0]) == -1.5
        assert Generator("exp x", np.exp, np.exp)([0, 0]) == 2  # the sum over elements
        assert NEGATIVE_ENTROPY.gradient([1.0]) == pytest.approx([1 / math.log(2)])


class TestBregmanDivergence:
    def test_the_pair(self):
        assert bregman_divergence(P, Q, NEGATIVE_ENTROPY) == pytest.approx(5 / 8, rel=1e-14)
        assert bregman_divergence(Q, P, NEGATIVE_ENTROPY) == pytest.approx(1 / 2, rel=1e-14)
        assert bregman_divergence([3, 4], [0, 0], SQUARES) == 25
        assert bregman_divergence(P, Q, SQUARES) == (3 / 8) ** 2 + (1 / 4) ** 2 + (1 / 8) ** 2

    def test_a_quadratic_form(self):
        """φ(x) = xᵀAx gives the squared Mahalanobis distance (p − q)ᵀA(p − q)."""
        a = np.array([[2, 1], [1, 3.0]])
        p, q = np.array([[1, 2], [0, 0.5]]), np.array([3, -1.0])

        def phi(x):
            return ((x @ a) * x).sum(-1)

        expected = [(r - q) @ a @ (r - q) for r in p]
        assert bregman_divergence(p, q, phi, lambda x: 2 * x @ a) == pytest.approx(expected, rel=1e-13)

    def test_log_sum_exp(self):
        """Its divergence is KL between the softmaxes, the other way round."""

        def phi(x):
            return np.log(np.exp(x).sum(-1))

        def softmax(x):
            return np.exp(x) / np.exp(x).sum(-1, keepdims=True)

        divergence = bregman_divergence(np.log(P), np.log(Q), phi, softmax)
        assert divergence == pytest.approx(math.log(2) / 2, rel=1e-13)  # D(Q‖P) = 1/2 bit

    def test_a_function_may_be_infinite_at_the_border(self):
        def burg(x):
            with np.errstate(divide="ignore"):
                return -np.log(x).sum(-1)

        assert bregman_divergence([0, 1], [1, 1], burg, lambda x: -1 / x) == INF

    def test_shapes(self):
        rows = np.array([P, Q, [0.25] * 4])
        assert bregman_divergence(rows[:, None], rows, NEGATIVE_ENTROPY).shape == (3, 3)
        assert bregman_divergence(rows[:, None], rows, SQUARES, None).diagonal().tolist() == [0, 0, 0]


class TestNotConvex:
    def test_points_are_named(self):
        with pytest.raises(ValueError, match=r"sin x is not convex between q = 4 and p = 0,"):
            tangent_gap(0, 4, SINE)
        with pytest.raises(ValueError, match=r"sin x is not convex between q\[1\] = 6 and p\[1\] = 1,"):
            tangent_gap([4, 1], [5, 6], SINE)
        with pytest.raises(
            ValueError, match=r"The function is not convex between q\[1\] = \[1, 1\] and p\[1\] = \[2, 1\],"
        ):
            bregman_divergence(
                [[0, 0], [2, 1]], [[0, 0], [1, 1]], lambda x: -(x**2).sum(-1), lambda x: -2 * x
            )

    def test_where_it_is_convex_it_is_let_through(self):
        assert tangent_gap(4, 5, SINE) == pytest.approx(math.sin(4) - math.sin(5) + math.cos(5), rel=1e-14)

    def test_a_dent_between_two_points(self):
        """x⁴ − 2x² lies above its tangent at −1 everywhere, and is still not convex between −1 and 1.2."""
        double_well = Generator("x⁴ − 2x²", lambda x: x**4 - 2 * x**2, lambda x: 4 * x**3 - 4 * x)
        assert 1.2**4 - 2 * 1.2**2 >= -1
        with pytest.raises(ValueError, match="not convex"):
            tangent_gap(1.2, -1, double_well)

    def test_a_wrong_slope(self):
        with pytest.raises(ValueError, match="its slope is not its derivative"):
            tangent_gap(3, 1, Generator("x²", np.square, lambda x: 3 * x))

    def test_too_steep_only_near_the_tangent_point(self):
        """The gap itself is still positive; one eighth of the way the tangent is already above the curve."""
        assert 9 - 1 - 2 * 2.5 > 0
        with pytest.raises(ValueError, match="its slope is not its derivative"):
            tangent_gap(3, 1, Generator("x²", np.square, lambda x: 2.5 * x))


class TestGeneralisedKL:
    def test_against_scipy(self):
        rng = np.random.default_rng(1)
        p, q = rng.gamma(0.5, size=(2, 50, 4))
        p[0, 0] = 0
        assert generalised_kl(p, q, base=math.e) == pytest.approx(kl_div(p, q).sum(-1), rel=1e-10)
        assert generalised_kl(p, q, axis=0) == pytest.approx(kl_div(p, q).sum(0) / math.log(2), rel=1e-10)

    def test_known(self):
        assert generalised_kl(P, Q) == pytest.approx(5 / 8, rel=1e-14)
        assert generalised_kl([0, 2], [3, 2], base=math.e) == 3
        assert generalised_kl([1, 2], [0, 2]) == INF
        assert generalised_kl([0, 0], [0, 0]) == 0
        assert generalised_kl(2 * P, 2 * Q) == pytest.approx(5 / 4, rel=1e-14)

    @pytest.mark.parametrize(
        "p, q",
        [
            (1, 1.001),
            (1, 1 - 1e-6),
            (1e-200, 1),
            (1e-310, 1e-310),
            (1e150, 1e150 * (1 - 1e-6)),
            (3, 3.000003),
            (5, 4.99),
            (3, 1e-5),
            (1e5, 7),
        ],
    )
    def test_digits(self, p, q):
        a, b = mpmath.mpf(p), mpmath.mpf(q)
        with mpmath.workdps(50):
            exact = float(a * mpmath.log(a / b) - a + b)
        assert generalised_kl([p], [q], base=math.e) == pytest.approx(
            exact, rel=1e-14, abs=8e-16 * abs(p - q)
        )


class TestScores:
    def test_log(self):
        assert log_score(Q).tolist() == [3, 1, 2, 3]
        assert log_score([P, Q], [1, 0]).tolist() == [2, 3]
        assert log_score(Q, 2) == 2
        assert log_score(Q, 2, base=4) == 1
        assert log_score([1, 0], 1) == INF

    def test_brier(self):
        assert brier_score([0.75, 0.25]).tolist() == [0.125, 1.125]
        assert brier_score([1, 0, 0]).tolist() == [0, 2, 2]
        by_hand = [((Q - np.eye(4)[x]) ** 2).sum() for x in range(4)]
        assert brier_score(Q).tolist() == by_hand
        assert brier_score([P, Q], [3, 2]).tolist() == [((P - np.eye(4)[3]) ** 2).sum(), by_hand[2]]

    def test_expected(self):
        assert expected_score(P, Q) == 19 / 8
        assert expected_score(P, P) == 7 / 4
        assert expected_score([0, 1], [0, 1]) == 0
        assert expected_score([0.5, 0.5], [0, 1]) == INF

    def test_regret(self):
        assert score_regret(P, Q) == 5 / 8
        assert score_regret(Q, P) == 1 / 2
        assert score_regret(P, Q, brier_score) == pytest.approx(((P - Q) ** 2).sum(), rel=1e-14)
        assert score_regret([P, Q], Q).tolist() == [5 / 8, 0]


class TestProjection:
    def test_dice(self):
        """The printed digits of Cover and Thomas's Example 11.5.1: mean 4."""
        p, tilt = project_onto_mean(DIE, EYES, 4)
        assert tilt == pytest.approx(0.2519, abs=5e-5)
        assert p == pytest.approx([0.1031, 0.1227, 0.1461, 0.1740, 0.2072, 0.2468], abs=5e-5)
        nats = project_onto_mean(DIE, EYES, 4, base=math.e)
        assert nats.tilt == pytest.approx(tilt * math.log(2), rel=1e-13)
        assert nats.distribution == pytest.approx(p, rel=1e-14)

    def test_coins(self):
        """Two outcomes: the mean is the probability."""
        p, tilt = project_onto_mean([0.5, 0.5], [0, 1], [0.7, 0.5, 0.1])
        assert p == pytest.approx(np.array([[0.3, 0.7], [0.5, 0.5], [0.9, 0.1]]), rel=1e-14)
        assert tilt == pytest.approx([math.log2(7 / 3), 0, -math.log2(9)], rel=1e-13, abs=1e-14)

    @pytest.mark.parametrize("mean", [1.5, 3, 4.7])
    def test_against_a_minimiser(self, mean):
        q = np.array([0.1, 0.3, 0.2, 0.05, 0.05, 0.3])
        found = minimize(
            lambda p: (p * np.log(np.maximum(p, 1e-12) / q)).sum(),
            DIE,
            bounds=[(0, 1)] * 6,
            constraints=[
                {"type": "eq", "fun": lambda p: p.sum() - 1},
                {"type": "eq", "fun": lambda p: p @ EYES - mean},
            ],
            options={"ftol": 1e-14, "maxiter": 500},
        )
        assert project_onto_mean(q, EYES, mean).distribution == pytest.approx(found.x, abs=1e-5)

    def test_ends(self):
        p, tilt = project_onto_mean(DIE, [1, 1, 2, 2, 2, 3], [1, 3])
        assert p == pytest.approx(np.array([[0.5, 0.5, 0, 0, 0, 0], [0, 0, 0, 0, 0, 1]]))
        assert tilt.tolist() == [-INF, INF]

    def test_excluded_outcomes_stay_excluded(self):
        p, _ = project_onto_mean([0.5, 0.5, 0], [0, 1, 100], [0.25, 1])
        assert p == pytest.approx(np.array([[0.75, 0.25, 0], [0, 1, 0]]), rel=1e-14)

    def test_a_constant(self):
        p, tilt = project_onto_mean(P, [2, 2, 2, 2], 2)
        assert p.tolist() == P.tolist() and tilt == 0

    def test_the_mean_that_q_has(self):
        p, tilt = project_onto_mean(P, [0, 1, 2, 3], 0.875)
        assert p == pytest.approx(P, rel=1e-14) and tilt == pytest.approx(0, abs=1e-14)

    @pytest.mark.parametrize(
        "q, f, mean",
        [
            (DIE, EYES * 1e12, 4e12),
            (DIE, EYES * 1e-12, 4e-12),
            (DIE, EYES + 1e6, 1e6 + 4),
            (DIE, EYES, 1 + 1e-12),
            (DIE, EYES, 6 - 1e-12),
            ([1e-300, 1 - 1e-300], [1, 0], 0.5),
            ([0.5, 0.25, 0.25], [0, 1e-9, 1], 1e-10),
            ([0.5, 0.25, 0.25], [0, 1e-9, 1], 0.5),
            ([1e-12, 1 - 2e-12, 1e-12], [-1, 0, 1], 0.999),
        ],
    )
    def test_hard_cases(self, q, f, mean):
        p, tilt = project_onto_mean(q, f, mean)
        f = np.asarray(f, dtype=float)
        assert p.sum() == pytest.approx(1, rel=1e-13)
        assert (p * (f - mean)).sum() == pytest.approx(0, abs=1e-12 * np.ptp(f))
        assert np.isfinite(tilt)
        # Tilted exponentially: log(p/q) is linear in f with slope λ.
        both = (p[1:] > 0) & (p[:-1] > 0)
        rise = np.log2(p[1:][both] / p[:-1][both]) - np.log2(np.divide(q[1:], q[:-1])[both])
        assert rise == pytest.approx((tilt * np.diff(f))[both], rel=1e-6, abs=1e-9)

    def test_grid(self):
        means = np.linspace(1, 6, 11).reshape(1, 11)
        p, tilt = project_onto_mean(DIE, EYES, means)
        assert p.shape == (1, 11, 6) and tilt.shape == (1, 11)
        assert p @ EYES == pytest.approx(means, rel=1e-13)
        assert p[0, 6] == pytest.approx(project_onto_mean(DIE, EYES, 4).distribution, rel=1e-14)


class TestPythagoras:
    @pytest.mark.parametrize(
        "p, printed", [([0.4, 0, 0, 0, 0, 0.6], 1.614012), ([0, 0, 0, 1, 0, 0], 2.584963)]
    )
    def test_on_the_line(self, p, printed):
        """Two dice with mean 4: the whole is the sum of the parts."""
        whole = bregman_divergence(p, DIE, NEGATIVE_ENTROPY)
        assert whole == pytest.approx(printed, abs=5e-7)
        projection = project_onto_mean(DIE, EYES, 4).distribution
        parts = bregman_divergence(p, projection, NEGATIVE_ENTROPY) + bregman_divergence(
            projection, DIE, NEGATIVE_ENTROPY
        )
        assert parts == pytest.approx(printed, abs=5e-7)
        assert pythagorean_gap(p, DIE, projection) == pytest.approx(0, abs=1e-12)

    def test_off_the_line(self):
        projection = project_onto_mean(DIE, EYES, 4).distribution
        # The gap is λ·(mean of p − 4): here all mass on six, on four and on two.
        tilt = project_onto_mean(DIE, EYES, 4).tilt
        gaps = pythagorean_gap(np.eye(6)[[5, 3, 1]], DIE, projection)
        assert gaps == pytest.approx([2 * tilt, 0, -2 * tilt], rel=1e-10, abs=1e-12)

    def test_infinite(self):
        assert math.isnan(pythagorean_gap([0.5, 0.5], [1, 0], [1, 0]))
        assert pythagorean_gap([0.5, 0.5], [0.25, 0.75], [1, 0]) == -INF


class TestDistances:
    def test_the_articles_pairs(self):
        """Bernoulli 0 and 0.2, and 0.4 and 0.6: the same squared distance, other divergences."""
        easy, hard = ([1, 0], [0.8, 0.2]), ([0.6, 0.4], [0.4, 0.6])
        assert squared_distance(*easy) == pytest.approx(squared_distance(*hard), rel=1e-14)
        nats = negative_entropy(math.e)
        assert bregman_divergence(*easy, nats) == pytest.approx(-math.log(0.8), rel=1e-13)
        assert bregman_divergence(*easy, nats) == pytest.approx(0.223144, abs=5e-7)
        assert bregman_divergence(*hard, nats) == pytest.approx(0.2 * math.log(1.5), rel=1e-13)
        assert bregman_divergence(*hard, nats) == pytest.approx(0.081093, abs=5e-7)

    def test_pinsker(self):
        """0.143841 nats are at least 0.125."""
        assert pinsker_bound([1 / 2, 1 / 2], [1 / 4, 3 / 4], base=math.e) == 1 / 8
        assert pinsker_bound([1 / 2, 1 / 2], [1 / 4, 3 / 4]) == pytest.approx(1 / 8 / math.log(2), rel=1e-14)

    def test_total_variation(self):
        assert total_variation(P, Q) == 3 / 8
        assert total_variation([1, 0], [0, 1]) == 1

    def test_local_quadratic(self):
        """The printed case 0.3 against 0.31: d²/(2p(1 − p))."""
        value = local_quadratic([0.7 - 0.01, 0.31], [0.7, 0.3], base=math.e)
        assert value == pytest.approx(2.38095e-4, abs=5e-10)
        assert local_quadratic([0.5, 0.5], [0, 1]) == INF
        assert local_quadratic([0, 1], [0, 1]) == 0

    def test_axes(self):
        p, q = np.array([P, Q]).T, np.array([Q, Q]).T
        for f in (squared_distance, total_variation, pinsker_bound, local_quadratic, generalised_kl):
            assert f(p, q, axis=0).tolist() == [f(P, Q), 0]


WRONG = [
    (lambda: tangent_gap(-1, 1, NEGATIVE_ENTROPY), "p is -1: it must be at least 0"),
    (lambda: tangent_gap(1, [1, -2], MINUS_LOG), r"q\[1\] is -2: it must be at least 0"),
    (lambda: tangent_gap(INF, 1, SQUARES), "p is inf"),
    (lambda: tangent_gap([1, 2], [1, 2, 3], SQUARES), "broadcast"),
    (lambda: negative_entropy(1), "base is 1"),
    (lambda: bregman_divergence([1, 2], [1, 2, 3], SQUARES), "vectors of one length"),
    (lambda: bregman_divergence(1, 2, SQUARES), "vectors of one length"),
    (lambda: bregman_divergence([1], [2], lambda x: x, lambda x: x), r"generator returned shape \(1,\)"),
    (lambda: bregman_divergence([1], [2], lambda x: x.sum(-1), lambda x: 1), "gradient returned shape"),
    (
        lambda: bregman_divergence([1], [2], lambda x: x.sum(-1) * math.nan, np.ones_like),
        "generator returned NaN",
    ),
    (lambda: generalised_kl([1, -1], [1, 1]), r"p\[1\] is -1:"),
    (lambda: generalised_kl(1, 1), "single number"),
    (lambda: log_score([0.5, 0.4]), "q sums to 0.9"),
    (lambda: log_score(P, 4), "outcomes are numbered from 0 to 3"),
    (lambda: log_score([P, Q], 1), r"outcomes has shape \(\), not \(2,\)"),
    (lambda: brier_score(P, -1), "outcomes are numbered"),
    (lambda: expected_score(P, [0.5, 0.5]), "4 outcomes"),
    (lambda: project_onto_mean(DIE, EYES, 6.5), "mean is 6.5: it must lie between 1 and 6,"),
    (
        lambda: project_onto_mean([0.5, 0.5, 0], [0, 1, 2], [1, 1.5]),
        r"mean\[1\] is 1.5: it must lie between 0 and 1,",
    ),
    (lambda: project_onto_mean(DIE, EYES, math.nan), "mean is nan"),
    (lambda: project_onto_mean(DIE, EYES[:5], 3), "one f for each outcome"),
    (lambda: project_onto_mean([DIE], [EYES], 3), "one distribution is expected"),
    (lambda: project_onto_mean(P, [1, 2, 3, INF], 3), r"f\[3\] is inf"),
    (lambda: pythagorean_gap(P, Q, [0.5, 0.5]), "4 outcomes"),
    (lambda: squared_distance([1, math.nan], [1, 1]), r"p\[1\] is nan"),
    (lambda: total_variation([0.5, 0.6], [0.5, 0.5]), "p sums to 1.1"),
    (lambda: pinsker_bound(P, Q, base=1), "base is 1"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_wrong_types():
    with pytest.raises(TypeError, match="gradient is missing"):
        bregman_divergence([1], [2], lambda x: x.sum(-1))
    with pytest.raises(TypeError, match="integers are expected"):
        log_score(P, 1.0)


def test_what_is_measured_is_not_looked_up(monkeypatch):
    """Gaps, scores and the projection come from curves and tangents: without the divergence they are the same."""
    monkeypatch.delattr("klbook.ideas.bregman.kl_divergence")
    assert bregman_divergence(P, Q, NEGATIVE_ENTROPY) == pytest.approx(5 / 8, rel=1e-14)
    assert generalised_kl(P, Q) == pytest.approx(5 / 8, rel=1e-14)
    assert score_regret(P, Q) == 5 / 8
    assert project_onto_mean(DIE, EYES, 4).distribution @ EYES == pytest.approx(4)
