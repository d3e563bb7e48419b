"""*Bregman divergence*: closed forms, SciPy's sums and roots, plane geometry, and running sums in fractions."""

import math
import statistics
from functools import cache, partial

import numpy as np
from scipy.optimize import brentq
from scipy.special import entr, rel_entr, xlogy

from klbook.figures import bregman_divergence as figures
from references import reference
from references.marks import Band, Bars, Curve, Each, Segments

LN2 = math.log(2)
P, Q = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8]), np.array([1 / 8, 1 / 2, 1 / 4, 1 / 8])


def bits(p, q):
    return float(rel_entr(p, q).sum()) / LN2


def coin(p):
    return np.array([p, 1 - p])


def entropy(x):
    """Of the coin x, in bits."""
    return (entr(x) + entr(1 - x)) / LN2


def surprise(p, q):
    """Average surprise of who believes q, in bits."""
    return -float(xlogy(p, q) + xlogy(1 - p, 1 - q)) / LN2


# -- two outcomes


def tangent_marks(of, at_p, at_q, ends, tangent_at_p, edge):
    """A tangent from end to end, what lies between it and the curve at p, and both points."""
    (p, height), heights = at_p, [y for _, y in ends]
    seen = np.clip(tangent_at_p, *edge)
    return {
        f"tangent{of}": ends if np.isfinite(heights).all() else None,
        f"gap{of}": [(p, min(seen, height)), (p, max(seen, height))],
        f"q{of}": [at_q],
        f"p{of}": [at_p],
    }


@reference("bregman-bowls")
def bregman_bowls(p, q):
    """The first tangent is minus the cross-entropy; the gap of the second is twice the square of p − q."""
    d = surprise(p, q) - surprise(p, p)

    def squares(x):
        return x**2 + (1 - x) ** 2

    first = [(x, -surprise(x, q)) for x in (0, 1)]
    second = [(x, squares(x) - 2 * (x - q) ** 2) for x in (0, 1)]
    return {"D": d, "squares": 2 * (p - q) ** 2}, {
        "bowl-D": Curve(lambda x: -entropy(x), 0, 1, points=60),
        "bowl-squares": Curve(squares, 0, 1, points=60),
        **tangent_marks("-D", (p, -entropy(p)), (q, -entropy(q)), first, -surprise(p, q), (-1.9, 0.5)),
        **tangent_marks(
            "-squares", (p, squares(p)), (q, squares(q)), second, 2 * p * q + 2 * (1 - p) * (1 - q) - squares(q),
            (-0.9, 1.5),
        ),
        "endless": None if math.isfinite(d) else "the gap is ∞",
        "y-label": "minus the entropy, bits",
        "y-label-2": "sum of the squares",
        "legend": {"tangent-D": "tangent at q", "gap-D": "gap at p"},
        "legend-2": {"tangent-squares": "tangent at q", "gap-squares": "gap at p"},
    }  # fmt: skip


#: Curve, its slope, and the gap in closed form.
CURVES = {
    "x²": (np.square, lambda x: 2 * x, lambda p, q: (p - q) ** 2),
    "x ln x": (lambda x: -entr(x), lambda x: np.log(x) + 1, lambda p, q: p * np.log(p / q) - p + q),
    "−ln x": (lambda x: -np.log(x), lambda x: -1 / x, lambda p, q: p / q - np.log(p / q) - 1),
}


@reference("bregman-gap")
def bregman_gap(curve, q, p):
    phi, slope, gap = CURVES[curve]
    line = [(x, phi(q) + slope(q) * (x - q)) for x in (0, 1.5)]
    below = phi(p) - gap(p, q)
    return {"curve_height": phi(p), "tangent_height": below, "gap": gap(p, q), "exchanged": gap(q, p)}, {
        "curve": Curve(phi, 0.05, 1.5, points=40),
        **tangent_marks("", (p, phi(p)), (q, phi(q)), line, below, (-2.4, 2.6)),
        "legend": {"curve": "curve φ", "tangent": "tangent at q", "gap": "gap at p"},
    }


@reference("bregman-towns")
def bregman_towns(outcome, wrong):
    """The tangent of x·log₂ x at q is x·log₂ q + (x − q)/ln 2."""
    belief = P + wrong * (Q - P)
    p, q = P[outcome], belief[outcome]
    terms = P * np.log2(P / belief)
    gaps = terms - (P - belief) / LN2
    total, places = math.fsum(terms), [0, 1, 2, 3, 4.2]

    def curve(x):
        return -entr(x) / LN2

    def tangent(x):
        return x * math.log2(q) + (x - q) / LN2

    line = [(x, tangent(x)) for x in (0, 0.8)]
    return {"gap": gaps[outcome], "term": terms[outcome], "D": total}, {
        "curve": Curve(curve, 0, 0.8, points=50),
        **tangent_marks("", (p, curve(p)), (q, curve(q)), line, tangent(p), (-1.3, 0.35)),
        "gaps": Bars(list(zip(places, [*gaps, total], strict=True))),
        "terms": list(zip(places, [*terms, total], strict=True)),
        "zero": 0,
        "x-axis-2": dict(zip(places, ["sun", "cloud", "rain", "snow", "sum"], strict=True)),
        "y-label": "x log₂ x, bits",
        "y-label-2": "bits a day",
        "legend": {"tangent": "tangent at q", "gap": "gap at p"},
        "legend-2": {"gaps": "gap", "terms": "p log₂(p/q)"},
    }


# -- the triangle

SIDE = math.sqrt(0.75)  # height of a triangle with sides of length 1
LEFT, RIGHT, TOP = (np.array(c) for c in ((0, 0), (1, 0), (0.5, SIDE)))


def place(left, right, top):
    """Where a distribution stands, with its three corners on the left, on the right and at the top."""
    return np.array([right + top / 2, SIDE * top])


def shares(point):
    """What a place gives to the corners left, right, top: its distances from the opposite sides."""
    x, y = point
    top = y / SIDE
    right = x - top / 2
    return np.array([1 - right - top, right, top])


def foot(point, a, b):
    """Where the perpendicular from a point meets the line from a to b."""
    along = (b - a) / np.hypot(*(b - a))
    return a + ((point - a) @ along) * along


def corner(name, at):
    """A name that stands beside its corner."""

    def wrong(text):
        if text.get_text() != name:
            return f"says {text.get_text()!r}, expected {name!r}"
        away = math.dist(text.get_position(), at)
        return None if away < 0.05 else f"{name} is {away:.2f} away from its corner"

    return wrong


def triangle(left, right, top):
    """Sides, names, and three lines at a quarter, a half and three quarters of each corner."""
    grid = []
    for mark in (0.25, 0.5, 0.75):
        for one in (LEFT, RIGHT, TOP):
            ends = [one + (1 - mark) * (other - one) for other in (LEFT, RIGHT, TOP) if other is not one]
            grid.append(ends)
    return {
        "sides": [LEFT, RIGHT, TOP, LEFT],
        "grid": Segments(grid),
        "corner": Each([corner(left, LEFT), corner(right, RIGHT), corner(top, TOP)]),
    }


@reference("bregman-ternary")
def bregman_ternary(sun, share):
    grey = (1 - sun) * share
    snow = 1 - sun - grey
    at = place(sun, snow, grey)
    sticks = {"sun": (RIGHT, TOP), "snow": (LEFT, TOP), "grey": (LEFT, RIGHT)}
    return {"p_sun": sun, "p_snow": snow, "p_grey": grey}, {
        **triangle("sun", "snow", "grey"),
        **{name: [at, foot(at, *side)] for name, side in sticks.items()},
        "point": [at],
        "legend": {name: name for name in sticks},
    }


LEVELS = {
    "forward": (1 / 32, 1 / 8, 5 / 8),
    "reverse": (1 / 32, 1 / 8, 1 / 2),
    "squares": (1 / 64, 1 / 16, 9 / 32),
}
MEASURES = {
    "forward": bits,
    "reverse": lambda p, r: bits(r, p),
    "squares": lambda p, r: float(((p - r) ** 2).sum()),
}


def to_side(at, way):
    """How far it is from a place to the edge of the triangle in a direction (an angle in degrees)."""
    step = np.array([math.cos(math.radians(way)), math.sin(math.radians(way))])
    found = []
    for a, b in ((LEFT, RIGHT), (RIGHT, TOP), (TOP, LEFT)):
        outwards = np.array([(b - a)[1], -(b - a)[0]])
        if step @ outwards > 1e-12:
            found.append(((a - at) @ outwards) / (step @ outwards))
    return min(found), step


def on_side(point):
    return min(shares(point)) < 1e-9


def inside(point):
    """The distribution at a place, if rounding has left it a hair outside."""
    r = shares(point)
    return np.where(r < 1e-9, 0, r)


@cache
def crossing(kind, level, sun, share, way):
    """Where a ray from P reaches a level, or None if it leaves the triangle before."""
    at = place(sun, (1 - sun) * (1 - share), (1 - sun) * share)
    far, step = to_side(at, way)
    measure = partial(MEASURES[kind], inside(at))
    if kind == "squares":  # each unit of the plane is √2 of the distributions
        length = math.sqrt(level / 2)
        return at + length * step if length < far + 1e-12 else None
    short = far * (1 - 1e-12)
    if measure(np.maximum(shares(at + short * step), 0)) < level - 1e-10:
        return None
    if measure(np.maximum(shares(at + short * step), 0)) <= level:  # it touches the side
        return at + far * step
    length = brentq(lambda t: measure(shares(at + t * step)) - level, 0, short, xtol=1e-15, rtol=1e-14)
    return at + length * step


def contours(kind, sun, share):
    """Three closed or broken lines: a point on every tenth degree that the triangle has; ends on its sides."""
    at = place(sun, (1 - sun) * (1 - share), (1 - sun) * share)

    def wrong(line):
        found = np.column_stack(line.get_data())
        ends = np.array([np.isfinite(x).all() and on_side(x) for x in found])
        on_rays, wanted, exits = found[~ends], [], 0
        for level in LEVELS[kind]:
            ring = [crossing(kind, level, sun, share, way) for way in range(0, 360, 10)]
            seen = [x is not None for x in ring]
            exits += sum(a != b for a, b in zip(seen, [*seen[1:], seen[0]], strict=True))
            ring = [(np.nan, np.nan) if x is None else x for x in [*ring, ring[0]]]
            wanted += [x for x in ring if not on_side(x)] + [(np.nan, np.nan)]
        wanted = np.array(wanted)
        if on_rays.shape != wanted.shape:
            return f"{len(on_rays)} points inside of the triangle, expected {len(wanted)}"
        if not np.allclose(on_rays, wanted, rtol=0, atol=1e-9, equal_nan=True):
            return f"a point is off by {np.nanmax(np.abs(on_rays - wanted))}"
        if ends.sum() < exits:
            return f"{ends.sum()} ends on the sides, expected {exits}"
        for x in found[ends]:
            value = MEASURES[kind](inside(at), inside(x))
            if min(abs(value - level) for level in LEVELS[kind]) > 2e-3:
                return f"ends at a side where the value is {value}"
        return None

    return wrong


@reference("bregman-triangle")
def bregman_triangle(kind, sun, share, way):
    at = place(sun, (1 - sun) * (1 - share), (1 - sun) * share)
    on_level = crossing(kind, LEVELS[kind][-1], sun, share, way)
    far, step = to_side(at, way)
    r_at = at + far * step if on_level is None else on_level
    p, r = inside(at), inside(r_at)
    r /= r.sum()
    said = {
        "forward": "1/32, 1/8 and 5/8 bits",
        "reverse": "1/32, 1/8 and 1/2 bits",
        "squares": "1/64, 1/16 and 9/32",
    }
    return {"contours": said[kind], **{name: measure(p, r) for name, measure in MEASURES.items()}}, {
        **triangle("sun", "snow", "grey"),
        **dict.fromkeys(LEVELS),
        kind: contours(kind, sun, share),
        "p": [at],
        "r": [r_at],
        "legend": {"p": "P", "r": "R"},
    }


# -- forecasts and their scores


@reference("bregman-scores")
def bregman_scores(q, p):
    def brier(x, said):
        return x * 2 * (1 - said) ** 2 + (1 - x) * 2 * said**2

    log, least, brier_loss = surprise(p, q), entropy(p), brier(p, q)
    return {
        "log": log,
        "log_more": log - least,
        "brier": brier_loss,
        "brier_more": 2 * (p - q) ** 2,
    }, {
        "arch-log": Curve(entropy, 0, 1, points=50),
        "arch-brier": Curve(lambda x: 2 * x * (1 - x), 0, 1, points=50),
        **tangent_marks(
            "-log", (p, least), (q, entropy(q)), [(x, surprise(x, q)) for x in (0, 1)], log, (0, 4.6)
        ),
        **tangent_marks(
            "-brier", (p, 2 * p * (1 - p)), (q, 2 * q * (1 - q)), [(x, brier(x, q)) for x in (0, 1)], brier_loss,
            (0, 2.1),
        ),
        "endless": None if math.isfinite(log) else "the gap is ∞",
        "y-label": "log score, bits",
        "y-label-2": "Brier score",
        "legend": {"arch-log": "says p", "tangent-log": "says q", "gap-log": "gap at p"},
        "legend-2": {"arch-brier": "says p", "tangent-brier": "says q", "gap-brier": "gap at p"},
    }  # fmt: skip


@reference("bregman-mistake")
def bregman_mistake(halvings):
    k = int(halvings)
    briers = [(j, 2 * (1 - 2.0**-j) ** 2) for j in range(13)]
    return {"said": 2.0**-k, "log": k, "brier": briers[k][1]}, {
        "log": [(j, j) for j in range(13)],
        "brier": briers,
        "log-now": [(k, k)],
        "brier-now": [briers[k]],
        "legend": {"log": "log score, bits", "brier": "Brier score"},
    }


# -- measured

#: What the forecast Q loses more than P on a sunny, cloudy, rainy, snowy day; all are exact in binary.
EXTRA = {"log": (2, -1, -1, 0), "brier": (0.75, -0.5, -0.25, 0)}


@cache
def running_sums(sample):
    """Sums of the extra losses and of their squares, which are exact."""
    days = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=10_000, p=P)
    return {key: np.cumsum([np.array(x)[days], np.square(x)[days]], axis=1) for key, x in EXTRA.items()}


def band(goal, half):
    """From `half` below the goal to as much above it on the first day, narrower with the root of the days."""
    low, high = ((lambda n, way=way: goal + way * half / np.sqrt(n)) for way in (-1, 1))
    return Band(low, high, 2, 10_000, points=50)


def mean_until(days, sums):
    return Curve(lambda n: sums[n.astype(int) - 1] / n, 2, days, points=min(days // 2, 20))


@reference("bregman-closing-in")
def bregman_closing_in(days, sample):
    readouts, marks = {}, {}
    for key, goal, square in (("log", 5 / 8, 2 + 3 / 8), ("brier", 7 / 32, 45 / 128)):
        sums, squares = running_sums(sample)[key]
        mean = sums[days - 1] / days
        variance = (squares[days - 1] - sums[days - 1] ** 2 / days) / (days - 1)
        readouts[key] = mean, math.sqrt(variance / days)
        half = 2 * math.sqrt(square - goal**2)
        marks |= {
            f"goal-{key}": goal,
            f"band-{key}": band(goal, half),
            f"measured-{key}": mean_until(days, sums),
        }
    ticks = {n: f"{n:,}" for n in (10, 100, 1000, 10_000)}
    return readouts, marks | {
        "x-axis": ticks,
        "legend": {"goal-log": "D(P‖Q)", "goal-brier": "squared distance"},
    }


# -- the best summary

RAIN = [0.25, 0.5, 1, 2, 4]
_BEST = {
    "x²": (statistics.mean, "the mean"),
    "x ln x": (statistics.geometric_mean, "the geometric mean"),
    "−ln x": (statistics.harmonic_mean, "the harmonic mean"),
}


@reference("bregman-mean")
def bregman_mean(curve, order, s):
    """That these means are the lowest points is tested with the figures, by looking for them."""
    gap = CURVES[curve][-1]

    def average(x):
        return sum(gap(w, x) if order == "numbers" else gap(x, w) for w in RAIN) / 5

    mean, name = _BEST["x²" if order == "numbers" else curve]
    best = mean(RAIN)
    return {"average": average(s), "best": f"{best:.3f} cm, {name}", "over": average(s) - average(best)}, {
        "average": Curve(average, 0.25, 4, points=40),
        "least": best,
        "s": [(s, average(s))],
        "data": [(w, 0.12) for w in RAIN],
        "legend": {"average": "average gap", "least": "least", "s": "your s", "data": "data"},
    }


# -- a squared distance

FAIR = np.full(3, 1 / 3)


def tilted(mean):
    """The fair die of three faces, tilted to a mean: weights 1, t, t², of which the mean gives a quadratic."""
    if mean == 3:
        return np.array([0, 0, 1])
    half = (mean - 2) / 2
    t = (half + math.sqrt(half**2 + (3 - mean) * (mean - 1))) / (3 - mean)
    weights = np.array([1, t, t * t])
    return weights / weights.sum()


def die_place(p):
    """Faces 1 and 3 are the corners below, face 2 is at the top."""
    return place(p[0], p[2], p[1])


def near(words, at):
    """A name that stands close to its point."""

    def wrong(text):
        if text.get_text() != words:
            return f"says {text.get_text()!r}, expected {words!r}"
        away = math.dist(text.get_position(), at)
        return None if 0.02 < away < 0.08 else f"{words} is {away:.3f} away from its point"

    return wrong


@reference("bregman-pythagoras")
def bregman_pythagoras(mean, height, beyond):
    """The line stands upright: its mean is read from left to right, and half of it is the place."""
    m = mean + beyond
    most = 1 - abs(m - 2)
    r_at = np.array([(m - 1) / 2, SIDE * height * most])
    left, right, top = inside(r_at)
    r, star = np.array([left, top, right]), tilted(mean)
    q_at, star_at = np.array([0.5, SIDE / 3]), die_place(star)
    whole, on_top, part = bits(r, FAIR), bits(r, star), math.log2(3) - entr(star).sum() / LN2
    readouts = {
        "whole": whole,
        "parts": on_top + part,
        "gap": whole - on_top - part,
        "projection": ", ".join(f"{x:.3f}" for x in star),
    }
    high = part + on_top
    return readouts, {
        **triangle("only 1", "only 3", "only 2"),
        "arc": [die_place(tilted(m)) for m in np.linspace(1, 3, 41)],
        "line": [((mean - 1) / 2, 0), ((mean - 1) / 2, SIDE * (1 - abs(mean - 2)))],
        "q-r": [q_at, r_at],
        "q-star": [q_at, star_at],
        "star-r": [star_at, r_at],
        "q": [q_at],
        "star": [star_at],
        "r": [r_at],
        "name-q": near("Q", q_at),
        "name-star": near("P*", star_at),
        "name-r": near("R", r_at),
        "whole": Bars([(0, whole)]),
        "part": Bars([(1, part)]),
        "on-top": [(0.7, part), (0.7, high), (1.3, high), (1.3, part), (0.7, part)],
        "x-axis-2": {0: "whole", 1: "two parts"},
        "legend-2": {"whole": "D(R‖Q)", "part": "D(P*‖Q)", "on-top": "D(R‖P*) on top"},
    }


@reference("bregman-local")
def bregman_local(q, p):
    """The local parabola has the bend of the divergence at q, 1/(q(1 − q)) nats; Pinsker's has 4."""
    curves = {
        "D": lambda x: (rel_entr(x, q) + rel_entr(1 - x, 1 - q)) / LN2,
        "local": lambda x: (x - q) ** 2 / (2 * q * (1 - q)) / LN2,
        "pinsker": lambda x: 2 * (x - q) ** 2 / LN2,
    }
    values = {name: float(curve(p)) for name, curve in curves.items()}
    return values, {
        **{name: Curve(curve, 0, 1, points=40) for name, curve in curves.items()},
        **{f"{name}-now": [(p, value)] for name, value in values.items()},
        "legend": {"D": "D(p‖q)", "local": "local parabola", "pinsker": "Pinsker"},
    }
