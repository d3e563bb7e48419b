"""*Expected surprise*, in natural logarithms and by counting whole bits."""

import math
from functools import cache
from itertools import accumulate

import numpy as np

from klbook.figures import expected_surprise as figures
from references import reference
from references.marks import At, Band, Bars, Curve, Each

NAMES = ("sun", "cloud", "rain", "snow")
TRUTH = (1 / 2, 1 / 4, 1 / 8, 1 / 8)
OLD = (1 / 8, 1 / 2, 1 / 4, 1 / 8)
#: Bits that a day surprises one who believes the truth and one who believes the old town, and how many more.
BITS_RIGHT, BITS_WRONG, GAP = (1, 2, 3, 3), (3, 1, 2, 3), (2, -1, -1, 0)
#: Standard deviation of that gap on one day.
ONE_DAY = math.sqrt(4 / 2 + 1 / 4 + 1 / 8 - (5 / 8) ** 2)


def term(often, believed):
    """p ln(p/q), in bits."""
    if often == 0:
        return 0.0
    return math.inf if believed == 0 else often * (math.log(often) - math.log(believed)) / math.log(2)


def divergence(p, q):
    return math.fsum(map(term, p, q))


def believed(wrong, outcome, halvings):
    """One outcome of the mixed belief is halved, and the others share what is left as they did."""
    mixed = [p + wrong * (q - p) for p, q in zip(TRUTH, OLD, strict=True)]
    small = 0 if halvings is None else math.ldexp(mixed[outcome], -int(halvings))
    others = sum(m for k, m in enumerate(mixed) if k != outcome)
    return [small if k == outcome else m * (1 - small) / others for k, m in enumerate(mixed)]


@reference("surprise-bars")
def surprise_bars(wrong, outcome, halvings):
    q, top = believed(wrong, outcome, halvings), 5.3
    terms, total = list(map(term, TRUTH, q)), divergence(TRUTH, q)
    return {"D": total, "believed": q[outcome]}, {
        "x-axis": dict(enumerate(NAMES)),
        "x-axis-2": dict(enumerate(NAMES)) | {4.2: "sum"},
        "legend": {"truth": "truth P", "belief": "belief Q"},
        "truth": Bars([(k - 0.2, p) for k, p in enumerate(TRUTH)], width=0.38),
        "belief": Bars([(k + 0.2, b) for k, b in enumerate(q)], width=0.38),
        "picked": [(outcome + 0.2, q[outcome] + 0.03)],
        "terms": Bars([(k, min(t, top)) for k, t in enumerate(terms)], width=0.6),
        "sum": Bars([(4.2, min(total, top))], width=0.6),
        "zero": 0,
        "number": At(4.2, min(total + 0.05, top - 0.55), "∞" if math.isinf(total) else f"{total:.3f}"),
        "endless": At(outcome, top - 0.6, "∞") if halvings is None else None,
    }


@cache
def drawn(sample, days):
    return np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=days, p=TRUTH).tolist()


@cache
def totals(sample, days, each):
    """Sums over the days so far, after 0, 1, 2, … days."""
    return np.array([0, *accumulate(each[day] for day in drawn(sample, days))])


def measured(sample, days, length):
    """Mean and standard error of the gap, from whole numbers."""
    total = int(totals(sample, length, GAP)[days])
    squares = int(totals(sample, length, tuple(g * g for g in GAP))[days])
    return total / days, math.sqrt((squares - total * total / days) / (days - 1) / days)


def running(sample, length, each, per_day):
    """The curve of such sums, or of their means, over the days."""

    def curve(n):
        return totals(sample, length, each)[n.astype(int)] / (n if per_day else 1)

    return curve


def around(sign):
    """An edge of the band of two standard errors."""
    return lambda n: 5 / 8 + sign * 2 * ONE_DAY / np.sqrt(n)


@reference("surprise-year")
def surprise_year(days, sample):
    days = int(days)
    mean, error = measured(sample, days, 365)

    def line(each, per_day=False):
        return Curve(running(sample, 365, each, per_day), 1, days, min(days, 20))

    return {"gap": int(totals(sample, 365, GAP)[days]), "rate": mean, "error": error}, {
        "legend": {"wrong": "believes Q", "right": "believes P"},
        "legend-2": {"goal": "D(P‖Q)", "rate": "gap per day"},
        "wrong": line(BITS_WRONG),
        "right": line(BITS_RIGHT),
        "band": Band(around(-1), around(1), 1, 365, 300),
        "goal": 5 / 8,
        "other": Each([Curve(running(k, 365, GAP, True), 5, 365, 60) for k in range(1, 21)]),
        "rate": line(GAP, per_day=True),
        "now": [(days, mean)],
    }


@reference("surprise-closing-in")
def surprise_closing_in(days, sample):
    days = int(days)
    mean, error = measured(sample, days, 10_000)
    return {"mean": mean, "error": error, "off": abs(mean - 5 / 8) / error}, {
        "x-axis": {10: "10", 100: "100", 1000: "1,000", 10_000: "10,000"},
        "legend": {"goal": "D(P‖Q)", "measured": "measured"},
        "band": Band(around(-1), around(1), 2, 10_000, 80),
        "goal": 5 / 8,
        "measured": Curve(running(sample, 10_000, GAP, True), 2, days, 5 if days < 1000 else 60),
    }


def log_odds(p):
    """Where a probability stands; the ends of the axis stand for 0 and 1."""
    p = min(max(p, 0.0005), 0.9995)
    return (math.log(p) - math.log1p(-p)) / math.log(2)


def at_log_odds(f):
    """A function of a probability as one of its place on the axis."""
    return np.vectorize(lambda x: f(1 / (1 + math.exp(-x * math.log(2)))))


@reference("two-ways")
def two_ways(p, q):
    def forward(q):
        return divergence((p, 1 - p), (q, 1 - q))

    def reverse(q):
        return divergence((q, 1 - q), (p, 1 - p))

    there, back, x = forward(q), reverse(q), log_odds(q)
    ends = log_odds(0), log_odds(1)
    endless = q in (0, 1)
    return {"forward": there, "reverse": back, "ratio": "both are zero" if p == q else there / back}, {
        "x-axis": {log_odds(t): f"{t:g}" for t in (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)},
        "legend": {"forward": "D(P‖Q)", "reverse": "D(Q‖P)", "truth": "truth p"},
        "forward": Curve(at_log_odds(forward), *ends, 80),
        "reverse": Curve(at_log_odds(reverse), *ends, 80),
        "forward-now": None if endless else [(x, min(there, 3.95))],
        "reverse-now": [(x, min(back, 3.95))],
        "truth": log_odds(p),
        "endless": At(x + (0.8 if q == 0 else -0.8), 3.6, "∞") if endless else None,
    }


@reference("gibbs-tangent")
def gibbs_tangent(x):
    return {"line": x - 1, "curve": math.log(x), "gap": x - 1 - math.log(x)}, {
        "legend": {"tangent": "x − 1", "logarithm": "ln x"},
        "tangent": Curve(lambda r: r - 1, 0.05, 3.1, 2),
        "logarithm": Curve(np.vectorize(math.log), 0.05, 3.1, 150),
        "gap": [(x, x - 1), (x, math.log(x))],
    }


@reference("gibbs-jensen")
def gibbs_jensen(often, first):
    """The height of the chord is the divergence of the two pairs that have these ratios."""
    second = (1 - often * first) / (1 - often)
    height = divergence((often, 1 - often), (often * first, 1 - often * first))
    return {"second": second, "height": height}, {
        "curve": Curve(np.vectorize(lambda r: term(1, r)), 0.08, 3.5, 150),
        "chord": [(first, term(1, first)), (second, term(1, second))],
        "first": [(first, term(1, first))],
        "second": [(second, term(1, second))],
        "height": [(1, 0), (1, height)],
    }


@reference("surprise-never-say-never")
def surprise_never_say_never(outcome, halvings):
    def cost(n):
        return divergence(TRUTH, believed(0, outcome, n))

    rare = TRUTH[outcome] / 2**halvings
    return {"q": rare, "bits": halvings - math.log2(TRUTH[outcome]), "D": cost(halvings)}, {
        "line": Curve(np.vectorize(cost), 0, 40, 41),
        "now": [(halvings, cost(halvings))],
    }
