"""Known answers, SciPy's own fits, and minimisers that know nothing of closed forms."""

import math
from fractions import Fraction

import numpy as np
import pytest
from refusals import refusals
from scipy import stats
from scipy.optimize import minimize, minimize_scalar

from klbook import P, Q, kl_divergence, sample_days
from klbook.ideas import likelihood
from klbook.ideas.likelihood import (
    additive_smoothing,
    average_log_likelihood,
    bernoulli,
    binomial,
    closest_binomial,
    closest_exponential,
    closest_independent,
    closest_normal,
    count_outcomes,
    empirical_distribution,
    exponential_log_density,
    fit_bernoulli,
    fit_binomial,
    fit_exponential,
    fit_normal,
    log_likelihood,
    mixture_moments,
    normal_log_density,
    sample_mixture,
)

INF = math.inf
HUMPS = ([0.3, 0.7], [-2.0, 3.0], [0.5, 1.5])


class TestCounting:
    def test_against_one_by_one(self):
        days = sample_days((3, 2, 50), P, 4)
        counts = count_outcomes(days, 4)
        assert counts.shape == (3, 2, 4)
        for i, j in np.ndindex(3, 2):
            assert counts[i, j].tolist() == [(days[i, j] == x).sum() for x in range(4)]

    def test_edges(self):
        assert count_outcomes(np.zeros(0, dtype=int), 3).tolist() == [0, 0, 0]
        assert count_outcomes(np.zeros((2, 0), dtype=int), 3).tolist() == [[0, 0, 0]] * 2
        assert count_outcomes(np.zeros((0, 5), dtype=int), 3).shape == (0, 3)
        assert count_outcomes(np.array([255, 0], dtype=np.uint8), 256)[[0, 255]].tolist() == [1, 1]

    def test_frequencies(self):
        assert empirical_distribution([4, 2, 1, 1]).tolist() == P.tolist()
        assert empirical_distribution([[3, 0], [1, 4]], axis=0).tolist() == [[0.75, 0], [0.25, 1]]

    @pytest.mark.parametrize(
        "counts, pseudocount, expected",
        [
            ([3, 0], 1, [Fraction(4, 5), Fraction(1, 5)]),
            ([3, 0], 0.5, [Fraction(7, 8), Fraction(1, 8)]),
            ([0, 0, 0], 1, [Fraction(1, 3)] * 3),
            ([7, 2, 0, 1], 1, [Fraction(k, 14) for k in (8, 3, 1, 2)]),
            ([1, 1], [0, 2], [Fraction(1, 4), Fraction(3, 4)]),
        ],
    )
    def test_smoothing(self, counts, pseudocount, expected):
        assert additive_smoothing(counts, pseudocount).tolist() == [float(x) for x in expected]

    def test_add_one_is_the_usual(self):
        assert additive_smoothing([3, 0]).tolist() == [0.8, 0.2]


class TestLogLikelihood:
    def test_the_pair(self):
        """Eight days in P's own proportions: H(P) under P, 5/8 more under Q."""
        assert average_log_likelihood([4, 2, 1, 1], P) == -7 / 4
        assert average_log_likelihood([4, 2, 1, 1], Q) == -(7 / 4 + 5 / 8)

    def test_of_a_sequence(self):
        days = sample_days(40, P, 2)
        counts = count_outcomes(days, 4)
        assert log_likelihood(counts, Q) == np.log2(Q[days]).sum()
        assert log_likelihood(counts, Q, base=math.e) == pytest.approx(np.log(Q[days]).sum(), rel=1e-14)
        assert average_log_likelihood(counts, Q, base=4) == np.log2(Q[days]).mean() / 2

    def test_zeros(self):
        assert log_likelihood([3, 0], [1, 0]) == 0
        assert log_likelihood([3, 1], [1, 0]) == -INF
        assert log_likelihood([0, 0], [1, 0]) == 0

    def test_grid_of_models(self):
        """Seven heads in ten: a row of coins at once, and against the binomial distribution."""
        theta = np.linspace(0.05, 0.95, 19)
        logs = log_likelihood([3, 7], bernoulli(theta), base=math.e)
        assert logs + math.log(math.comb(10, 7)) == pytest.approx(stats.binom.logpmf(7, 10, theta), rel=1e-12)

    def test_axes(self):
        counts = np.array([[4, 2, 1, 1], [1, 1, 1, 1]])
        assert average_log_likelihood(counts.T, Q[:, None], axis=0).tolist() == [-19 / 8, -9 / 4]
        assert log_likelihood(counts[:, None], [P, Q]).shape == (2, 2)

    def test_the_measurement_of_five_eighths(self):
        """Average log-likelihood of P over Q on P's days, with its standard error."""
        counts = count_outcomes(sample_days((2000, 100), P, 1), 4)
        gain = average_log_likelihood(counts, P) - average_log_likelihood(counts, Q)
        assert abs(gain.mean() - 5 / 8) <= 4 * gain.std() / math.sqrt(2000)


class TestDistributions:
    def test_coin(self):
        assert bernoulli(0.25).tolist() == [0.75, 0.25]
        assert bernoulli([[0, 1]]).shape == (1, 2, 2)

    @pytest.mark.parametrize("n", [0, 1, 2, 17, 2000])
    @pytest.mark.parametrize("theta", [0, 1e-9, 0.3, 0.5, 1])
    def test_binomial(self, n, theta):
        assert binomial(n, theta) == pytest.approx(
            stats.binom.pmf(np.arange(n + 1), n, theta), rel=1e-10, abs=1e-290
        )

    @pytest.mark.parametrize("n", [100_000, 10**6])
    def test_many_tosses_are_a_distribution(self, n):
        """They pass the door of other functions. The entropy is log(πen/2)/2 to about 1/n, the variance n/4."""
        chances = binomial(n, 0.5)
        assert chances.sum() == pytest.approx(1, abs=1e-13)
        uniform = np.full(n + 1, 1 / (n + 1))
        entropy = math.log2(math.pi * math.e * n / 2) / 2
        assert kl_divergence(chances, uniform) == pytest.approx(math.log2(n + 1) - entropy, abs=1 / n)
        assert chances @ (np.arange(n + 1) - n / 2) ** 2 == pytest.approx(n / 4, rel=1e-12)

    def test_binomials(self):
        assert binomial(3, [[0.5, 1]]).shape == (1, 2, 4)
        assert binomial(3, [0.5, 1])[1].tolist() == [0, 0, 0, 1]

    def test_densities(self):
        x = np.array([-1.5, 0, 0.3, 20])
        assert normal_log_density(x, 1, 2, base=math.e) == pytest.approx(
            stats.norm(1, 2).logpdf(x), rel=1e-13
        )
        assert exponential_log_density(x, 3, base=math.e) == pytest.approx(
            stats.expon(scale=1 / 3).logpdf(x), rel=1e-13
        )
        assert normal_log_density(x, 1, 2) == pytest.approx(
            stats.norm(1, 2).logpdf(x) / math.log(2), rel=1e-13
        )
        assert exponential_log_density(x, 3, base=8) == pytest.approx(
            exponential_log_density(x, 3) / 3, rel=1e-13
        )
        assert normal_log_density(x, np.zeros((5, 1)), 1).shape == (5, 4)


class TestFits:
    x = stats.gamma(2).rvs(50, random_state=1)

    def test_against_scipy(self):
        assert fit_normal(self.x) == pytest.approx(stats.norm.fit(self.x), rel=1e-12)
        assert 1 / fit_exponential(self.x) == pytest.approx(stats.expon.fit(self.x, floc=0)[1], rel=1e-12)

    def test_bowl(self):
        """A minimiser of the average surprise finds the same normal, and its floor is log(sd·√(2πe))."""
        least = minimize(
            lambda v: -normal_log_density(self.x, v[0], math.exp(v[1]), base=math.e).mean(),
            [0, 0],
            method="Nelder-Mead",
            options={"xatol": 1e-9, "fatol": 1e-13},
        )
        mean, sd = fit_normal(self.x)
        assert (least.x[0], math.exp(least.x[1])) == pytest.approx((mean, sd), rel=1e-5)
        assert least.fun == pytest.approx(math.log(sd * math.sqrt(2 * math.pi * math.e)), rel=1e-10)

    def test_rows(self):
        x = self.x.reshape(5, 10)
        mean, sd = fit_normal(x, axis=0)
        assert mean.shape == sd.shape == fit_exponential(x, axis=0).shape == (10,)
        assert (mean[3], sd[3]) == fit_normal(x[:, 3])

    def test_coins(self):
        assert fit_bernoulli(7, 10) == 0.7
        assert fit_bernoulli([0, 5], [[5], [10]]).tolist() == [[0, 1], [0, 0.5]]
        heads = np.array([3, 0, 4, 2])
        best = minimize_scalar(
            lambda t: -stats.binom.logpmf(heads, 4, t).sum(), bounds=(0.01, 0.99), method="bounded"
        )
        assert fit_binomial(heads, 4) == 9 / 16 == pytest.approx(best.x, abs=1e-5)


def divergence_of_humps(log_density):
    """D(mixture‖model) in nats, by a sum over a fine grid."""
    x, step = np.linspace(-12, 18, 3001, retstep=True)
    density = sum(w * stats.norm.pdf(x, m, s) for w, m, s in zip(*HUMPS, strict=True))
    return (density * (np.log(density) - log_density(x))).sum() * step


class TestProjections:
    def test_normal_closest_to_humps(self):
        """A sum over a grid and a minimiser against two moments."""
        least = minimize(
            lambda v: divergence_of_humps(stats.norm(v[0], math.exp(v[1])).logpdf),
            [1, 1],
            method="Nelder-Mead",
            options={"xatol": 1e-6, "fatol": 1e-10, "maxfev": 120},
        )
        mean, sd = mixture_moments(*HUMPS)
        assert (least.x[0], math.exp(least.x[1])) == pytest.approx((mean, sd), rel=1e-4)

    def test_moments(self):
        """By hand: mean 0.3·(−2) + 0.7·3; second moment 0.3·(1/4 + 4) + 0.7·(9/4 + 9)."""
        mean, sd = mixture_moments(*HUMPS)
        assert mean == pytest.approx(1.5, rel=1e-14)
        assert sd**2 == pytest.approx(0.3 * 4.25 + 0.7 * 11.25 - 1.5**2, rel=1e-14)

    def test_what_is_fitted_tends_to_the_projection(self):
        mean, sd = mixture_moments(*HUMPS)
        fits = np.array(fit_normal(sample_mixture((400, 2000), *HUMPS, seed=6)))
        for fitted, limit in zip(fits, (mean, sd), strict=True):
            assert abs(fitted.mean() - limit) <= 4 * fitted.std() / 20 + 1 / 2000
        assert fits[0].std() == pytest.approx(sd / math.sqrt(2000), rel=0.15)

    def test_samples(self):
        x = sample_mixture(20_000, [0.3, 0.7], [-100, 100], [1, 5], seed=2)
        low, high = x[x < 0], x[x > 0]
        assert len(low) == pytest.approx(6000, abs=4 * math.sqrt(20_000 * 0.21))
        assert stats.kstest(low, stats.norm(-100, 1).cdf).pvalue > 1e-3
        assert stats.kstest(high, stats.norm(100, 5).cdf).pvalue > 1e-3
        assert (x == sample_mixture(20_000, [0.3, 0.7], [-100, 100], [1, 5], seed=2)).all()
        assert (x != sample_mixture(20_000, [0.3, 0.7], [-100, 100], [1, 5], seed=3)).any()

    def test_weighted_points(self):
        """Points with weights are data with repetitions."""
        values, repeats = np.array([0.5, 2, 7]), [4, 3, 1]
        data = np.repeat(values, repeats)
        p = empirical_distribution(repeats)
        assert closest_normal(p, values) == pytest.approx(fit_normal(data), rel=1e-14)
        assert closest_exponential(p, values) == pytest.approx(fit_exponential(data), rel=1e-14)

    def test_binomial(self):
        p = [0.5, 0, 0.1, 0.4]
        least = minimize_scalar(
            lambda t: -np.dot(p, stats.binom.logpmf(range(4), 3, t)), bounds=(0, 1), method="bounded"
        )
        assert closest_binomial(p) == pytest.approx(1.4 / 3, rel=1e-14) == pytest.approx(least.x, abs=1e-5)
        assert closest_binomial([0, 0, 0, 1]) == 1
        assert closest_binomial([[1, 0], [0.2, 0.8]]).tolist() == [0, 0.8]

    def test_independent(self):
        joint = np.array([[0.1, 0.2, 0], [0.3, 0.1, 0.3]])
        assert closest_independent(joint) == pytest.approx(np.outer([0.3, 0.7], [0.4, 0.3, 0.3]), rel=1e-14)
        assert closest_independent([joint, joint[::-1]]).shape == (2, 2, 3)


WRONG = [
    (lambda: count_outcomes([0, 3], 3), r"outcomes\[1\] is 3:"),
    (lambda: count_outcomes([0], 0), "size is 0"),
    (lambda: empirical_distribution([1, -1]), r"counts\[1\] is -1: it must be at least 0"),
    (lambda: empirical_distribution([1, 0.5]), r"counts\[1\] is 0.5: a count is a whole number"),
    (lambda: empirical_distribution([1, INF]), r"counts\[1\] is inf"),
    (lambda: empirical_distribution([[1, 2], [0, 0]]), r"the total of the counts\[1, 0\] is 0:"),
    (lambda: empirical_distribution(3), "single number"),
    (lambda: additive_smoothing([1, 2], -0.5), "pseudocount is -0.5"),
    (lambda: additive_smoothing([1, 2], INF), "pseudocount is inf"),
    (lambda: log_likelihood([1, 2], [0.5, 0.4]), "q sums to 0.9"),
    (lambda: log_likelihood([1, 2, 3], [0.5, 0.5]), "counts has 3 outcomes and q has 2"),
    (lambda: log_likelihood([1, 2.5], [0.5, 0.5]), "whole number"),
    (lambda: average_log_likelihood([0, 0], [0.5, 0.5]), "no average"),
    (lambda: average_log_likelihood([1, 1], [0.5, 0.5], base=0), "base is 0"),
    (lambda: bernoulli(1.1), "theta is 1.1"),
    (lambda: binomial(-1, 0.5), "trials is -1"),
    (lambda: binomial(3, math.nan), "theta is nan"),
    (lambda: fit_bernoulli(3, 2), r"trials − successes is -1:"),
    (lambda: fit_bernoulli(0, 0), "trials is 0:"),
    (lambda: fit_bernoulli(0.5, 2), "successes is 0.5"),
    (lambda: fit_binomial([1, 5], 4), r"heads\[1\] is 5:"),
    (lambda: fit_binomial([0], 0), "trials is 0"),
    (lambda: fit_normal([1, math.nan]), r"x\[1\] is nan"),
    (lambda: fit_normal([[1, 2], [3, 3]]), r"the range of x\[1\] is 0:"),
    (lambda: fit_normal([]), "nothing to fit"),
    (lambda: fit_exponential([1, -1]), r"x\[1\] is -1:"),
    (lambda: fit_exponential([0, 0]), "the mean is 0:"),
    (lambda: normal_log_density(0, 0, 0), "sd is 0:"),
    (lambda: exponential_log_density(0, -1), "rate is -1:"),
    (lambda: closest_binomial([1]), "one outcome"),
    (lambda: closest_normal([0.5, 0.5], [1, INF]), r"values\[1\] is inf"),
    (lambda: closest_normal([1, 0], [1, 2]), "all of p lies on one value"),
    (lambda: closest_exponential([0.5, 0.5], [-1, 2]), r"values\[0\] is -1:"),
    (lambda: closest_independent([0.5, 0.5]), "an axis for x and one for y"),
    (lambda: closest_independent([[0.5, 0.5], [0.5, 0.5]]), "joint sums to 2,"),
    (lambda: mixture_moments([0.5, 0.4], 0, 1), "weights sums to 0.9"),
    (lambda: mixture_moments([0.5, 0.5], 0, [1, 0]), r"sds\[1\] is 0:"),
    (lambda: sample_mixture(3, [[0.5, 0.5]], 0, 1), "one mixture is expected"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_wrong_types():
    with pytest.raises(TypeError, match="integers are expected"):
        count_outcomes([0.0, 1.0], 2)
    with pytest.raises(TypeError):
        binomial(2.5, 0.5)


def test_what_is_measured_is_not_looked_up():
    """Nothing here computes an entropy or a divergence, so the identity is no tautology."""
    names = vars(likelihood)
    assert not {"kl_divergence", "entropy", "cross_entropy", "surprise"} & set(names)
