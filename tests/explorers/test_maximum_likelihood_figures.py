"""What the figures of *Maximum likelihood* say besides the numbers that their references compute."""

import math
import re
from itertools import product

import numpy as np
import pytest
from scipy import integrate, special, stats

from klbook.figures import maximum_likelihood as figures

P, Q = (1 / 2, 1 / 4, 1 / 8, 1 / 8), (1 / 8, 1 / 2, 1 / 4, 1 / 8)
RARE = (0.5, 0.25, 0.24, 0.01)


def values(e, name):
    return next(c for c in e.controls if c.name == name).values


def readouts(e, **setting):
    """All readouts at a setting; what is not given stays as it begins."""
    return e.readouts_at(e.initial | setting)


def number(text):
    return float(text.split()[0].replace(",", "").replace("−", "-").replace("∞", "inf"))


def divergence(p, q):
    return math.fsum(a * math.log2(a / b) if b > 0 else math.inf for a, b in zip(p, q, strict=True) if a > 0)


def days_drawn(p, n, sample):
    return np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=n, p=p).tolist()


# -- the coin


@pytest.mark.parametrize("share, theta", [(0.7, 0.0), (0.7, 1.0), (0.0, 1.0), (1.0, 0.0)])
def test_a_coin_that_rules_out_what_was_seen(share, theta):
    shown = readouts(figures.likelihood_coin, share=share, theta=theta)
    assert shown["D"] == "∞ bits a toss: the coin rules out what was seen"
    assert shown["average"].startswith("−∞") and shown["share_of_best"] == "0"


@pytest.mark.parametrize("share, theta", [(0.0, 0.0), (1.0, 1.0), (0.7, 0.7)])
def test_the_best_coin(share, theta):
    shown = readouts(figures.likelihood_coin, share=share, theta=theta)
    assert (number(shown["D"]), shown["share_of_best"]) == (0, "1")


# -- three models of one record


def test_no_sample_is_far_off():
    e = figures.likelihood_closing_in
    for sample, days in product(values(e, "sample"), values(e, "days")[::10]):
        assert number(readouts(e, sample=sample, days=days)["off"]) < 4.5


def test_the_standard_error_fits_the_spread_of_all_samples():
    off = [number(readouts(figures.likelihood_closing_in, sample=k)["off"]) for k in range(1, 9)]
    assert 0.2 < np.mean(np.square(off)) < 3


# -- measurements


@pytest.mark.parametrize("sample", [1, 2, 3, 4])
def test_in_fine_bins_only_the_densities_are_left(sample):
    x = figures.readings(sample)
    best = stats.norm(*stats.norm.fit(x))
    gap = (best.logpdf(x) - stats.norm(13.5, 6).logpdf(x)).mean() / math.log(2)
    fine, finer = (readouts(figures.likelihood_bins, sample=sample, halvings=k) for k in (14, 15))
    assert number(finer["difference"]) == pytest.approx(gap, abs=6e-4)
    assert number(finer["D"]) - number(fine["D"]) == pytest.approx(1, abs=2e-3)
    assert number(finer["entropy"]) == pytest.approx(math.log2(20), abs=6e-4)
    about = -best.logpdf(x).mean() / math.log(2) + math.log2(2**15 / 16) - math.log2(20)
    assert number(finer["D"]) == pytest.approx(about, abs=2e-3)


# -- a family without the truth


def geyser(share):
    """The truth, made by SciPy."""
    parts = [(share, 2.0, 0.3), (1 - share, 4.4, 0.45)]
    parts = [(w, stats.gamma((m / s) ** 2, scale=s**2 / m)) for w, m, s in parts if w > 0]
    return lambda x: sum(w * part.pdf(x) for w, part in parts)


@pytest.mark.parametrize("share", [0.0, 0.1, 0.4, 1.0])
def test_geyser(share):
    density = geyser(share)
    x = np.linspace(0.3, 8, 200)
    assert figures.geyser_density(x, share) == pytest.approx(density(x), rel=1e-9)
    mean = integrate.quad(lambda v: v * density(v), 0, 10, points=[2, 4.4], limit=200)[0]
    square = integrate.quad(lambda v: v**2 * density(v), 0, 10, points=[2, 4.4], limit=200)[0]
    assert figures.geyser_moments(share) == pytest.approx((mean, math.sqrt(square - mean**2)), rel=1e-7)
    drawn = figures.geyser_eruptions(40_000, share, 5)
    assert abs(drawn.mean() - mean) < 4 * drawn.std() / 200
    assert (drawn < 3).mean() == pytest.approx(share, abs=0.012)


# -- zero counts


def records(n):
    """All counts of four outcomes that sum to n."""
    for a, b, c in product(range(n + 1), repeat=3):
        if a + b + c <= n:
            yield a, b, c, n - a - b - c


@pytest.mark.parametrize("truth, p", [("town P", P), ("snow once in 100 days", RARE)])
@pytest.mark.parametrize("n", [5, 10])
def test_the_average_over_all_records(truth, p, n):
    """Every record there can be, with its multinomial probability."""
    chances = {c: stats.multinomial.pmf(c, n, p) for c in records(n)}
    gap = sum(chance for c, chance in chances.items() if 0 in c)
    assert figures.chance_of_a_gap(p, n) == pytest.approx(gap, rel=1e-9)
    for added in (0.01, 0.5, 2):
        shown = readouts(figures.likelihood_smoothing, truth=truth, n=n, added=added)
        average = math.fsum(
            chance * divergence(p, [(k + added) / (n + 4 * added) for k in c])
            for c, chance in chances.items()
        )
        assert number(shown["average"]) == pytest.approx(average, abs=6e-4)
        assert number(shown["gap"]) / 100 == pytest.approx(gap, rel=6e-3)


# -- what captions and descriptions say of every setting


@pytest.mark.parametrize("name", [n for n in figures.__all__ if n.startswith("likelihood_")])
def test_no_caption_names_a_side_that_a_phone_stacks(name):
    e = getattr(figures, name)
    assert not re.search(r"\bleft\b|\bon the right\b|\bright[:,]", f"{e.caption} {e.alt}", flags=re.I)


def test_the_outer_rings_are_cut_off_by_the_edge_in_every_sample():
    for sample in values(figures.likelihood_normal, "sample"):
        x = figures.readings(sample)
        _, sds = figures._rings(x.mean(), x.std())
        assert sds[0] < 8.3 < np.nanmax(sds)  # the picture ends at 8.3 °C


def test_the_shares_of_the_record_are_nowhere_below_the_others():
    for sample in values(figures.likelihood_closing_in, "sample"):
        drawn = np.array(days_drawn(P, figures.LONG, sample))
        counts = np.cumsum(drawn[:, None] == np.arange(4), axis=0)[9:]
        n = counts.sum(axis=1)
        own = special.xlogy(counts, counts / n[:, None]).sum(axis=1) / math.log(2) / n
        for model in (P, Q):
            assert (own >= counts @ np.log2(model) / n - 1e-12).all()


def test_the_floor_is_below_every_fit():
    e = figures.likelihood_projection
    grid = product(*(values(e, name) for name in ("n", "family", "share", "sample")))
    for n, family, share, sample in list(grid)[::7]:
        shown = readouts(e, n=n, family=family, share=share, sample=sample)
        assert number(shown["D"]) >= number(shown["floor"]) > 0
        if n == figures.ERUPTIONS:
            assert number(shown["excess"]) < 20 / n
