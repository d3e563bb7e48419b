"""*Maximum likelihood*, by counting, by products of probabilities, by SciPy's distributions and by integrals."""

import math
from functools import cache
from itertools import pairwise

import numpy as np
from scipy import stats

from klbook.figures import maximum_likelihood as figures
from references import reference
from references.marks import At, Band, Bars, Curve, Segments

P, Q = (1 / 2, 1 / 4, 1 / 8, 1 / 8), (1 / 8, 1 / 2, 1 / 4, 1 / 8)
DECADES = {10: "10", 100: "100", 1000: "1,000", 10_000: "10,000"}
OUTCOMES = ("sun", "cloud", "rain", "snow")


def divergence(p, q):
    return math.fsum(a * math.log2(a / b) if b > 0 else math.inf for a, b in zip(p, q, strict=True) if a > 0)


def drawn(p, n, sample):
    """The days of a sample, drawn here."""
    return np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=n, p=p)


@reference("likelihood-coin")
def likelihood_coin(n, share, theta):
    heads = round(n * share)

    def bits(coin):
        """log₂ of coin^heads · (1 − coin)^tails, an outcome at a time."""
        coin = np.asarray(coin, float)
        with np.errstate(divide="ignore"):
            of_heads = heads * np.log2(coin) if heads else 0 * coin
            return of_heads + ((n - heads) * np.log2(1 - coin) if n > heads else 0)

    # The best coin is looked for among all that are possible, and not said beforehand.
    best = float(bits(np.arange(n + 1) / n).max())
    mine = float(bits(theta))
    average, entropy = mine / n, -best / n
    gap = (best - mine) / n
    seen = math.isfinite(gap)
    return {
        "average": average,
        "entropy": entropy,
        "D": gap,
        "share_of_best": (mine - best) * math.log10(2),
    }, {
        "zero": 0,
        "bowl": Curve(lambda x: (best - bits(x)) / n, 0.002, 0.998),
        "hill": Curve(lambda x: bits(x) / n, 0.002, 0.998),
        "level": [(0, -entropy), (1, -entropy)],
        "bars": Segments([((theta, 0), (theta, gap)), ((theta, -entropy), (theta, average))])
        if seen
        else None,
        "bowl-now": [(theta, gap)] if gap < 3.4 else None,
        "hill-now": [(theta, average)] if seen else None,
        "endless": None if seen else At(min(max(theta, 0.05), 0.95), 3.05, "∞"),
        "needle": Curve(lambda x: stats.binom.pmf(heads, n, x) / stats.binom.pmf(heads, n, heads / n), 0, 1),
        "share": share,
        "now": [(theta, 2.0 ** (mine - best))],
        "legend": {"bowl": "D(p̂‖θ)", "level": "−H(p̂)", "hill": "average log-likelihood"},
        "legend-2": {"needle": "likelihood", "share": "share of heads p̂"},
    }


@cache
def counts_so_far(sample):
    return np.eye(4, dtype=int)[drawn(P, figures.LONG, sample)].cumsum(axis=0)


@reference("likelihood-closing-in")
def likelihood_closing_in(days, sample):
    kinds = counts_so_far(sample)

    def under(model):
        return lambda n: kinds[n.astype(int) - 1] @ np.log2(model) / n

    def under_own(n):
        shares = kinds[n.astype(int) - 1] / n[:, None]
        return -stats.entropy(shares, base=2, axis=1)

    seen = kinds[days - 1].tolist()
    of_p, of_q = (
        math.fsum(c * math.log2(m) for c, m in zip(seen, model, strict=True)) / days for model in (P, Q)
    )
    own = math.fsum(c * math.log2(c / days) for c in seen if c) / days
    steps = (2, -1, -1, 0)  # log₂ of P over Q
    variance = math.fsum(c * (s - (of_p - of_q)) ** 2 for c, s in zip(seen, steps, strict=True)) / (days - 1)
    error = math.sqrt(variance / days)
    spread = math.sqrt(127 / 64)  # 2²/2 + 3/8 − (5/8)²
    return {
        "under_p": of_p,
        "under_q": of_q,
        "difference": (of_p - of_q, error),
        "off": abs(of_p - of_q - 5 / 8) / error,
        "hindsight": days * (own - of_p),
    }, {
        "under-best": Curve(under_own, 4, days, points=7),
        "under-p": Curve(under(P), 4, days, points=7),
        "under-q": Curve(under(Q), 4, days, points=7),
        "band": Band(
            lambda n: 5 / 8 - 2 * spread / n**0.5, lambda n: 5 / 8 + 2 * spread / n**0.5, 4, figures.LONG
        ),
        "goal": 5 / 8,
        "measured": Curve(lambda n: kinds[n.astype(int) - 1] @ steps / n, 4, days, points=7),
        "legend": {"under-best": "shares p̂", "under-p": "P", "under-q": "Q"},
        "legend-2": {"goal": "D(P‖Q)", "measured": "measured"},
        "x-axis": DECADES,
        "x-axis-2": DECADES,
    }


@cache
def readings(sample):
    """Twenty readings, drawn here: first of one kind, then by the normal distribution."""
    rng = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    rng.choice(1, size=20, p=[1])
    return 18 + 4 * rng.standard_normal(20)


def rings_around(x):
    """Whether a line is five closed rings, each once around the best normal curve and everywhere at its excess."""
    mean, sd = stats.norm.fit(x)
    floor = math.log2(sd * math.sqrt(2 * math.pi * math.e))

    def wrong(artist):
        points = np.column_stack(artist.get_data(orig=False))
        gaps = np.flatnonzero(np.isnan(points[:, 1]))
        rings = [ring[~np.isnan(ring).any(axis=1)] for ring in np.split(points, gaps)]
        rings = [ring for ring in rings if len(ring)]
        if len(rings) != 5:
            return f"{len(rings)} rings"
        for ring, excess in zip(rings, (0.02, 0.1, 0.25, 0.5, 1), strict=True):
            m, s = ring.T
            surprise = -stats.norm(m[:, None], s[:, None]).logpdf(x).mean(axis=1) / math.log(2)
            if not np.allclose(surprise - floor, excess, rtol=0, atol=1e-9):
                return f"the ring of {excess} is off by {np.abs(surprise - floor - excess).max()}"
            turned = np.diff(np.unwrap(np.arctan2(s - sd, m - mean)))
            if not (abs(abs(turned.sum()) - 2 * math.pi) < 1e-6 and np.abs(turned).max() < 0.4):
                return f"the ring of {excess} does not go round"
        return None

    return wrong


#: Places and weights of Gauss and Legendre: integrals over [−1, 1].
NODES, WEIGHTS = np.polynomial.legendre.leggauss(60)


@reference("likelihood-normal")
def likelihood_normal(mean, sd, sample):
    x = readings(sample)
    mine, best = stats.norm(mean, sd), stats.norm(*stats.norm.fit(x))
    surprise = -mine.logpdf(x).mean() / math.log(2)
    floor = math.log2(best.std() * math.sqrt(2 * math.pi * math.e))
    # The excess is the divergence of the best normal curve from this one.
    square = (best.var() + (best.mean() - mean) ** 2) / sd**2
    excess = math.log2(sd / best.std()) + (square - 1) / 2 / math.log(2)
    return {"surprise": surprise, "floor": floor, "excess": excess}, {
        "readings": [(v, -0.0125) for v in x],
        "curve": Curve(mine.pdf, mean - 3.4 * sd, mean + 3.4 * sd),
        "zero": 0,
        "rings": rings_around(x),
        "floor": [(x.mean(), math.sqrt(np.mean(x**2) - x.mean() ** 2))],
        "dot": [(mean, sd)],
        "legend": {"readings": "readings", "curve": "your curve"},
        "legend-2": {"rings": "equal average surprise", "floor": "floor"},
    }


def normal_mass(left, width, mean, sd):
    """Of bins: the density integrated, where the figure takes differences of the distribution function."""
    left = np.asarray(left, float)[..., None]
    return (stats.norm.pdf(left + width * (NODES + 1) / 2, mean, sd) @ WEIGHTS) * width / 2


@cache
def in_bins(sample, halvings):
    """Left edges and shares of the bins that hold readings, the entropy and the divergences of both models."""
    x, width = readings(sample), 16 / 2**halvings
    bins = {}
    for place in sorted(math.floor(v / width) for v in x):
        bins[place] = bins.get(place, 0) + 1 / 20
    edges, shares = [k * width for k in bins], list(bins.values())
    models = (x.mean(), x.std()), (13.5, 6)
    of = [divergence(shares, normal_mass(edges, width, *model)) for model in models]
    return edges, shares, divergence(shares, [1] * len(shares)), of


@reference("likelihood-bins")
def likelihood_bins(halvings, model, sample):
    halvings = int(halvings)
    width = 16 / 2**halvings
    edges, shares, minus_entropy, (of_best, of_wrong) = in_bins(sample, halvings)
    outline = []
    for left, share in zip(edges, shares, strict=True):
        right = left + width
        outline += [(left, 0), (left, share), (right, share), (right, 0), (math.nan, math.nan)]
    x = readings(sample)
    mean, sd = ((x.mean(), x.std()), (13.5, 6))[model]
    if width >= 1:
        steps = []
        for k in range(math.floor(-4 / width), math.ceil(40 / width)):
            mass = normal_mass(k * width, width, mean, sd)
            steps += [(k * width, mass), ((k + 1) * width, mass)]
    else:
        steps = Curve(lambda at: normal_mass(at - width / 2, width, mean, sd), 0, 36)
    climbs = [in_bins(sample, k)[3] for k in range(16)]
    return {
        "width": width,
        "entropy": -minus_entropy,
        "D": (of_best, of_wrong)[model],
        "difference": of_wrong - of_best,
    }, {
        "readings": outline,
        "model": steps,
        "of-best": [(k, best) for k, (best, _) in enumerate(climbs)],
        "of-wrong": [(k, wrong) for k, (_, wrong) in enumerate(climbs)],
        "difference": [(k, wrong - best) for k, (best, wrong) in enumerate(climbs)],
        "now": [(halvings, climbs[halvings][model])],
        "legend": {"readings": "readings p̂", "model": "model"},
        "legend-2": {"of-best": "D(p̂‖best)", "difference": "difference", "of-wrong": "D(p̂‖mean 13.5, sd 6)"},
    }


# -- a family without the truth

SHORT, LONG = (2.0, 0.3), (4.4, 0.45)


def geyser(share):
    """The truth, made by SciPy."""
    parts = [
        (w, stats.gamma((m / s) ** 2, scale=s**2 / m)) for w, (m, s) in ((share, SHORT), (1 - share, LONG))
    ]
    return lambda x: sum(w * part.pdf(x) for w, part in parts if w > 0)


#: Places from 0.02 to 10 minutes, 60 in each of forty pieces, and their weights.
PIECES = list(pairwise(np.linspace(0.02, 10, 41)))
MINUTES = np.concatenate([a + (b - a) * (NODES + 1) / 2 for a, b in PIECES])
MINUTE_WEIGHTS = np.concatenate([(b - a) / 2 * WEIGHTS for a, b in PIECES])


@cache
def geyser_mass(share):
    density = geyser(share)(MINUTES)
    return density * MINUTE_WEIGHTS, np.log2(np.maximum(density, 1e-300))


def loss(share, model):
    """D(P‖model) in bits, as an integral over the logarithm of the ratio."""
    mass, logs = geyser_mass(share)
    return float(mass @ (logs - model.logpdf(MINUTES) / math.log(2)))


@cache
def closest(share, family):
    mass, _ = geyser_mass(share)
    mean = mass @ MINUTES
    model = stats.norm(mean, math.sqrt(mass @ (MINUTES - mean) ** 2)) if family == "normal" else None
    return model or stats.expon(scale=mean)


@cache
def fits(share, family, sample):
    """The fitted distributions, from eruptions drawn here, and their divergences."""
    rng = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    short = rng.random(figures.ERUPTIONS) < share
    shape, scale = (
        np.where(short, *pair) for pair in (((2 / 0.3) ** 2, (4.4 / 0.45) ** 2), (0.045, 0.2025 / 4.4))
    )
    x = rng.gamma(shape) * scale
    fit = (
        (lambda v: stats.norm(*stats.norm.fit(v)))
        if family == "normal"
        else (lambda v: stats.expon(0, v.mean()))
    )
    models = [fit(x[:n]) for n in figures._MOST]
    return models, [loss(share, model) for model in models]


def density_curve(model, family):
    if family == "exponential":
        return Curve(model.pdf, 0, 7, points=15)
    return Curve(model.pdf, model.mean() - 3.2 * model.std(), model.mean() + 3.2 * model.std())


@reference("likelihood-projection")
def likelihood_projection(n, family, share, sample):
    grid = figures._MOST.tolist()
    at = grid.index(n)
    models, losses = fits(share, family, sample)
    best = closest(share, family)
    floor = loss(share, best)
    faint = []
    for k in range(1, 9):
        faint += [*zip(grid, fits(share, family, k)[1], strict=True), (math.nan, math.nan)]
    return {
        "mean": models[at].mean(),
        "sd": models[at].std(),
        "D": losses[at],
        "floor": floor,
        "excess": losses[at] - floor,
    }, {
        "truth": Curve(geyser(share), 0.05, 7),
        "closest": density_curve(best, family),
        "fitted": density_curve(models[at], family),
        "samples": faint,
        "floor": [(2.5, floor), (figures.ERUPTIONS, floor)],
        "so-far": list(zip(grid, losses, strict=True))[: at + 1],
        "now": [(n, losses[at])] if losses[at] < 3.2 else None,  # where the picture ends
        "legend": {"truth": "truth P", "closest": "closest", "fitted": "fitted"},
        "legend-2": {"floor": "the floor", "so-far": "D(P‖fitted)"},
        "x-axis-2": DECADES,
    }


# -- zero counts

TRUTHS = {"town P": P, "snow once in 100 days": (0.5, 0.25, 0.24, 0.01)}
ADDED = (0, 0.01, 0.05, 0.2, 0.5, 1, 2, 5, 20)


@cache
def average_log(n, chance, added):
    """E log(K + added) in nats, K binomial, with no sum over K.

    log c is the integral of (e^−t − e^−ct)/t over t > 0, and the average of e^−Kt is (1 − chance + chance·e^−t)ⁿ.
    By the trapezium rule over log t, which is as exact as floats are for such an integrand.
    """
    step = 1 / 32
    t = np.exp(np.arange(-40, 12, step))
    missing = -np.expm1(n * np.log1p(chance * np.expm1(-t)) - added * t)  # 1 − E e^−(K + added)t
    return math.fsum((missing + np.expm1(-t)) * step)


@cache
def average_loss(truth, n, added):
    """E D(P‖estimate) over all records."""
    if added == 0:
        return math.inf
    p = TRUTHS[truth]
    logs = math.fsum(x * average_log(n, x, added) for x in p) / math.log(2)
    return math.fsum(x * math.log2(x) for x in p) - logs + math.log2(n + 4 * added)


@cache
def chance_of_a_gap(truth, n):
    """Day by day: the probability of each set of kinds that was seen so far."""
    after = {frozenset(): 1.0}
    for _ in range(n):
        before, after = after, {}
        for seen, mass in before.items():
            for kind, often in enumerate(TRUTHS[truth]):
                after[seen | {kind}] = after.get(seen | {kind}, 0) + mass * often
    return math.fsum(mass for seen, mass in after.items() if len(seen) < 4)


@reference("likelihood-smoothing")
def likelihood_smoothing(n, added, truth, sample):
    p, days = TRUTHS[truth], drawn(TRUTHS[truth], n, sample).tolist()
    counts = [days.count(kind) for kind in range(4)]
    at = ADDED.index(added)

    def estimate(a):
        return [(c + a) / (n + 4 * a) for c in counts]

    own = [(k, divergence(p, estimate(a))) for k, a in enumerate(ADDED)]
    average = [(k, average_loss(truth, n, a)) for k, a in enumerate(ADDED)]
    here, finite = estimate(added), math.isfinite(own[at][1])
    return {
        "counts": ", ".join(f"{c} {o}" for c, o in zip(counts, OUTCOMES, strict=True)),
        "D": own[at][1],
        "average": average[at][1],
        "gap": 100 * chance_of_a_gap(truth, n),
    }, {
        "truth": Bars([(k - 0.2, x) for k, x in enumerate(p)], width=0.38),
        "estimate": Bars([(k + 0.2, x) for k, x in enumerate(here)], width=0.38),
        "zeros": [(k + 0.2, 0.03) for k, x in enumerate(here) if x == 0] or None,
        "average": average[1:],
        "own": [(k, x) for k, x in own if math.isfinite(x)],
        "own-now": [own[at]] if finite else None,
        "average-now": [average[at]] if added else None,
        "endless": None if finite else At(0, 2.79, "∞"),
        "legend": {"truth": "truth", "estimate": "estimate"},
        "legend-2": {"average": "average of all records", "own": "this record"},
        "x-axis": dict(enumerate(OUTCOMES)),
        "x-axis-2": dict(enumerate(["0", ".01", ".05", ".2", "½", "1", "2", "5", "20"])),
        "y-axis-2": {0.01: "0.01", 0.1: "0.1", 1: "1"},
    }
