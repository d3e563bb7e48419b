"""The figures of *Maximum likelihood* against plain Python: products of probabilities, enumeration, SciPy."""

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


@pytest.mark.parametrize(
    "n, share, theta", list(product((10, 40, 100), (0, 0.3, 0.7, 1), (0.05, 0.3, 0.5, 0.95)))
)
def test_coin(n, share, theta):
    heads = round(n * share)
    likelihood = theta**heads * (1 - theta) ** (n - heads)
    best = max((k / n) ** heads * (1 - k / n) ** (n - heads) for k in range(n + 1))
    shown = readouts(figures.likelihood_coin, n=n, share=share, theta=theta)
    assert number(shown["average"]) == pytest.approx(math.log2(likelihood) / n, abs=6e-4)
    assert number(shown["D"]) == pytest.approx(math.log2(best / likelihood) / n, abs=6e-4)
    assert number(shown["entropy"]) == pytest.approx(-math.log2(best) / n, abs=6e-4)
    relative = likelihood / best
    if relative >= 1e-4:
        assert number(shown["share_of_best"]) == pytest.approx(relative, rel=6e-3)
    else:
        assert number(shown["share_of_best"].split("−")[1]) == pytest.approx(-math.log2(relative), abs=0.51)


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


@pytest.mark.parametrize("sample, at", list(product((1, 4, 8), (0, 9, 30))))
def test_closing_in(sample, at):
    days = values(figures.likelihood_closing_in, "days")[at]
    drawn = days_drawn(P, figures.LONG, sample)[:days]
    of_p = math.fsum(math.log2(P[d]) for d in drawn) / days
    of_q = math.fsum(math.log2(Q[d]) for d in drawn) / days
    own = [drawn.count(x) / days for x in range(4)]
    of_own = math.fsum(math.log2(own[d]) for d in drawn) / days
    error = np.std([math.log2(P[d] / Q[d]) for d in drawn], ddof=1) / math.sqrt(days)
    shown = readouts(figures.likelihood_closing_in, days=days, sample=sample)
    assert number(shown["under_p"]) == pytest.approx(of_p, abs=6e-4)
    assert number(shown["under_q"]) == pytest.approx(of_q, abs=6e-4)
    gain, plus_minus = map(
        float, shown["difference"].removesuffix(" bits a day").replace("−", "-").split(" ± ")
    )
    assert (gain, plus_minus) == pytest.approx((of_p - of_q, error), abs=6e-4)
    assert number(shown["off"]) == pytest.approx(abs(of_p - of_q - 5 / 8) / error, abs=0.06)
    assert number(shown["off"]) < 4.5
    assert number(shown["hindsight"]) == pytest.approx(days * (of_own - of_p), abs=6e-3)


def test_the_standard_error_fits_the_spread_of_all_samples():
    off = [number(readouts(figures.likelihood_closing_in, sample=k)["off"]) for k in range(1, 9)]
    assert 0.2 < np.mean(np.square(off)) < 3


# -- measurements


@pytest.mark.parametrize("sample, mean, sd", list(product((1, 2, 3), (12, 17.25, 24), (2, 4, 8))))
def test_normal(sample, mean, sd):
    x = figures.readings(sample)
    shown = readouts(figures.likelihood_normal, sample=sample, mean=mean, sd=sd)
    surprise = -stats.norm(mean, sd).logpdf(x).mean() / math.log(2)
    best_mean, best_sd = stats.norm.fit(x)
    floor = math.log2(best_sd * math.sqrt(2 * math.pi * math.e))
    assert number(shown["surprise"]) == pytest.approx(surprise, abs=6e-4)
    assert number(shown["floor"]) == pytest.approx(floor, abs=6e-4)

    def gain(y):  # the excess is D of the best normal from this one
        best = stats.norm(best_mean, best_sd)
        return best.pdf(y) * (best.logpdf(y) - stats.norm(mean, sd).logpdf(y)) / math.log(2)

    excess, _ = integrate.quad(gain, best_mean - 12 * best_sd, best_mean + 12 * best_sd, limit=200)
    assert number(shown["excess"]) == pytest.approx(excess, abs=6e-4)


def test_rings_lie_at_their_excess():
    x = figures.readings(1)
    best_mean, best_sd = stats.norm.fit(x)
    floor = math.log2(best_sd * math.sqrt(2 * math.pi * math.e))
    means, sds = figures._rings(best_mean, best_sd)
    ends = np.flatnonzero(np.isnan(means))
    assert len(ends) == len(figures._EXCESSES)
    for excess, ring in zip(figures._EXCESSES, np.split(np.arange(len(means)), ends + 1), strict=False):
        for k in ring[:-1]:
            surprise = -stats.norm(means[k], sds[k]).logpdf(x).mean() / math.log(2)
            assert surprise - floor == pytest.approx(excess, abs=1e-9)


@pytest.mark.parametrize("sample, model, halvings", list(product((1, 2, 4), (0, 1), (0, 2, 5, 10, 15))))
def test_bins(sample, model, halvings):
    x, width = figures.readings(sample), 16 / 2**halvings
    fitted = [stats.norm(*stats.norm.fit(x)), stats.norm(13.5, 6)]
    bins = {}
    for place in np.floor(x / width):
        bins[place] = bins.get(place, 0) + 1 / 20
    of = [
        math.fsum(
            share * math.log2(share / (m.cdf((place + 1) * width) - m.cdf(place * width)))
            for place, share in bins.items()
        )
        for m in fitted
    ]
    shown = readouts(figures.likelihood_bins, sample=sample, model=model, halvings=halvings)
    assert number(shown["width"]) == pytest.approx(width, rel=6e-4)
    assert number(shown["entropy"]) == pytest.approx(-sum(s * math.log2(s) for s in bins.values()), abs=6e-4)
    assert number(shown["D"]) == pytest.approx(of[model], abs=6e-4)
    assert number(shown["difference"]) == pytest.approx(of[1] - of[0], abs=6e-4)


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


@pytest.mark.parametrize(
    "share, family, at, sample",
    list(product((0.0, 0.1, 0.4, 1.0), ("normal", "exponential"), (2, 15), (1, 3))),
)
def test_projection(share, family, at, sample):
    n = values(figures.likelihood_projection, "n")[at]
    shown = readouts(figures.likelihood_projection, share=share, family=family, n=n, sample=sample)
    x = figures.geyser_eruptions(figures.ERUPTIONS, share, figures.FIRST_SEED + sample - 1)[:n]
    mean, sd = figures.geyser_moments(share)
    if family == "normal":
        fitted, best = stats.norm(*stats.norm.fit(x)), stats.norm(mean, sd)
    else:
        fitted, best = stats.expon(scale=x.mean()), stats.expon(scale=mean)
    density = geyser(share)

    def of(model):
        def term(v):
            p = density(v)
            return p * (math.log2(p) - model.logpdf(v) / math.log(2)) if p > 0 else 0.0

        return integrate.quad(term, 0.01, 9, points=[1.5, 2, 3, 4.4], limit=400)[0]

    floor, loss = of(best), of(fitted)
    assert number(shown["floor"]) == pytest.approx(floor, abs=6e-4)
    assert number(shown["D"]) == pytest.approx(loss, abs=6e-4, rel=1e-5)
    assert number(shown["excess"]) == pytest.approx(loss - floor, abs=1e-5, rel=1e-4)
    assert loss >= floor - 1e-9
    if n == figures.ERUPTIONS:
        assert loss - floor < 20 / n
    says = shown["fitted"].replace(",", "").split()
    assert float(says[1]) == pytest.approx(x.mean() if family == "normal" else 1 / x.mean(), abs=6e-4)


# -- zero counts


@pytest.mark.parametrize("truth, p", [("town P", P), ("snow once in 100 days", RARE)])
@pytest.mark.parametrize(
    "n, added, sample", [(10, 1, 1), (10, 0.5, 2), (50, 0.01, 3), (5, 20, 10), (200, 0, 4)]
)
def test_smoothing(truth, p, n, added, sample):
    shown = readouts(figures.likelihood_smoothing, truth=truth, n=n, added=added, sample=sample)
    drawn = days_drawn(p, n, sample)
    counts = [drawn.count(x) for x in range(4)]
    names = ("sun", "cloud", "rain", "snow")
    assert shown["counts"] == ", ".join(f"{c} {o}" for c, o in zip(counts, names, strict=True))
    loss = divergence(p, [(c + added) / (n + 4 * added) for c in counts])
    assert number(shown["D"]) == pytest.approx(loss, abs=6e-4)
    assert ("∞" in shown["average"]) == (added == 0)


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
