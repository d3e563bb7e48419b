"""The figures of the chapter *Bregman divergence*."""

import math
from functools import cache

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.bregman import (
    MINUS_LOG,
    NEGATIVE_ENTROPY,
    SQUARES,
    bregman_divergence,
    brier_score,
    expected_score,
    local_quadratic,
    log_score,
    negative_entropy,
    pinsker_bound,
    project_onto_mean,
    score_regret,
    squared_distance,
    tangent_gap,
)
from ..ideas.numerics import root
from ..ideas.surprise import kl_divergence, pointwise_kl
from ..ideas.weather import OUTCOMES, P, Q, sample_days
from .parts import Bars, Measured, error_band, legend_above, log_axis, looks

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 1967

#: How D(Q‖P) is drawn, here as in the chapters before.
REVERSE = {"color": palette.EXTRA, "linestyle": (0, (6, 2, 1, 2)), "linewidth": 2}
#: How a convex curve is drawn.
CURVE = {"color": palette.INK, "linestyle": "-", "linewidth": 1.8}


def _coin(x):
    """The distributions (x, 1 − x)."""
    x = np.asarray(x, float)
    return np.stack([x, 1 - x], axis=-1)


class _Tangent:
    """A tangent from `start` to `stop` that touches at q, the gap at p, and both points: they move together."""

    def __init__(self, ax, start, stop, *, of="", labels=("tangent at q", "gap at p"), **style):
        self._ax = ax
        tangent, gap = labels
        ends = [start, stop]
        (self._line,) = ax.plot(ends, ends, label=tangent, gid=f"tangent{of}", **palette.LINE["q"] | style)
        (self._gap,) = ax.plot([], [], label=gap, gid=f"gap{of}", **palette.LINE["d"])
        (self._touch,) = ax.plot([], [], "s", color=palette.Q, markersize=7, gid=f"q{of}")
        (self._dot,) = ax.plot([], [], "o", color=palette.P, markersize=7, gid=f"p{of}")

    def show(self, at_p, at_q, at_ends, gap):
        """Two points of the curve, the heights of the tangent's ends, and how far it lies below the curve at p."""
        x, y = at_p
        self._line.set_ydata(at_ends if np.isfinite(at_ends).all() else [np.nan] * 2)
        self._gap.set_data([x, x], sorted([np.clip(y - gap, *self._ax.get_ylim()), y]))
        self._touch.set_data(*zip(at_q))
        self._dot.set_data([x], [y])


def _endless(ax, x, y):
    """Where to say that a gap is infinite."""
    plain = {"facecolor": palette.PAPER, "edgecolor": "none", "pad": 2}
    style = {"color": palette.D, "fontsize": 13, "ha": "center", "va": "center", "bbox": plain}
    return ax.text(x, y, "", gid="endless", **style)


# -- two outcomes


@explorer(
    slug="bregman-bowls",
    title="Two bowls, and a tangent in each",
    caption=(
        "The truth is p, the dot; the belief is q, the square; at the start they differ by 0.2. Move or drag both down "
        "by the same steps, until the truth is 0 and the belief 0.20. The gap in the second bowl, the parabola, does "
        "not change. The gap in the first one does."
    ),
    alt=(
        "Two convex curves over the probability of rain: minus the entropy, whose walls become upright at 0 and 1, "
        "and the sum of the squares, a parabola. Each has a dashed tangent at the belief q, and, unless p and q are "
        "equal, a dotted upright line at the truth p, from the tangent up to the curve. At q = 0 or 1 the first "
        "bowl's tangent is upright and not drawn, and its gap has no end."
    ),
    controls=[
        Slider("p", "Truth: rain has probability p", 0, 1, 21, 0.4, drag=("p-D", "p-squares")),
        Slider("q", "Belief: rain has probability q", 0, 1, 21, 0.6, drag=("q-D", "q-squares")),
    ],
    readouts=[
        Readout("D", "First gap: D(P‖Q)", "bits", infinite="Q rules out what P lets happen"),
        Readout("squares", "Second gap: squared distance"),
    ],
    panels=2,
    size=(345, 270),
)
def bregman_bowls(left, right):
    # The tangent, its gap and both points: _Tangent in klbook/figures/bregman_divergence.py.
    x = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 81))
    ends = np.array([0, 1])
    tangents = {}
    for panel, name, bowl, label, floor in (
        (left, "D", NEGATIVE_ENTROPY, "minus the entropy, bits", -1.9),
        (right, "squares", SQUARES, "sum of the squares", -0.9),
    ):
        ax = panel.subplots()
        ax.plot(x, bowl(_coin(x)), gid=f"bowl-{name}", **CURVE)
        tangents[name] = bowl, _Tangent(ax, *ends, of=f"-{name}")
        ax.set(xlim=(-0.02, 1.02), ylim=(floor, floor + 2.4), xlabel="probability of rain", ylabel=label)
        ax.legend(loc="upper center", ncols=2)
    endless = _endless(left.axes[0], 0.5, -1.6)

    def update(p, q):
        gaps = {}
        for name, (bowl, tangent) in tangents.items():
            gaps[name], *below = bregman_divergence(_coin([p, *ends]), _coin(q), bowl)
            at_p, at_q = bowl(_coin([p, q]))
            tangent.show((p, at_p), (q, at_q), bowl(_coin(ends)) - below, gaps[name])
        endless.set_text("the gap is ∞" if math.isinf(gaps["D"]) else "")
        return gaps

    return update


# -- one number

_NATS = negative_entropy(math.e)
CURVES = {"x²": SQUARES, "x ln x": _NATS, "−ln x": MINUS_LOG}


@explorer(
    slug="bregman-gap",
    title="Choose a curve: the gap above its tangent",
    caption=(
        "Drag p, the dot, away from q, the square, to smaller and to larger numbers, and watch the gap grow. Then "
        "change the curve. "
        "For x² the gap is the same on both sides. Where a curve bends more, the gap grows faster: for x ln x and −ln "
        "x that is towards zero. (A long gap is cut off below; the readout has all of it.)"
    ),
    alt=(
        "A convex curve over the numbers from 0 to 1.5, its dashed tangent at q, and at p, if that is another place, "
        "a dotted upright line from the tangent, or from the edge of the picture, up to the curve. A square marks q "
        "and a dot p on the curve."
    ),
    controls=[
        Choice("curve", "Curve φ", {name: name for name in CURVES}, "x²"),
        Slider("q", "The tangent touches at q", 0.1, 1.5, 15, 0.5, fmt="{:.1f}", drag="q"),
        Slider("p", "The gap is measured at p", 0.1, 1.5, 15, 1.2, fmt="{:.1f}", drag="p"),
    ],
    readouts=[
        Readout("curve_height", "Curve at p", fmt="{:.3f}"),
        Readout("tangent_height", "Tangent at p", fmt="{:.3f}"),
        Readout("gap", "Gap", fmt="{:.3f}"),
        Readout("exchanged", "Gap with p and q exchanged", fmt="{:.3f}"),
    ],
    size=(350, 270),
)
def bregman_gap(panel):
    # The tangent, its gap and both points: _Tangent in klbook/figures/bregman_divergence.py.
    ax = panel.subplots()
    x = np.geomspace(0.05, 1.5, 50)
    ends = np.array([0.0, 1.5])
    (line,) = ax.plot(x, x, label="curve φ", gid="curve", **CURVE)
    tangent = _Tangent(ax, *ends)
    ax.set(xlim=(0, 1.55), ylim=(-2.4, 2.6), xlabel="x", ylabel="φ(x)")
    legend_above(ax, ncols=3, columnspacing=1.2)

    def update(curve, q, p):
        generator = CURVES[curve]
        height, slope = generator.phi(q), generator.slope(q)
        gap = tangent_gap(p, q, generator)
        line.set_ydata(generator.phi(x))
        tangent.show((p, generator.phi(p)), (q, height), height + slope * (ends - q), gap)
        return {
            "curve_height": generator.phi(p),
            "tangent_height": height + slope * (p - q),
            "gap": gap,
            "exchanged": tangent_gap(q, p, generator),
        }

    return update


# -- the two towns


@explorer(
    slug="bregman-towns",
    title="Four gaps make five eighths",
    caption=(
        "One curve, and on it one gap for each kind of day. Pick a day to see its tangent, and drag the square on the "
        "curve, the belief, towards the truth (of snow both believe the same). The hatched bars are the four gaps, "
        "and the squares are p log₂(p/q), which may be below zero. Both have the same sum."
    ),
    alt=(
        "First panel: the curve x log2 x with the tangent at one believed probability and the gap at the true one. "
        "Second panel: a hatched bar for each kind of day, none below zero, and their sum; a square for p log2 of p "
        "over q of each, which may be below zero, with the same sum. If the belief is right, all are zero."
    ),
    controls=[
        Choice("outcome", "Day whose tangent is shown", {o: i for i, o in enumerate(OUTCOMES)}, 0),
        Slider("wrong", "How wrong the belief is", 0, 1, 17, 1, fmt="{:.4g}", drag="q"),
    ],
    readouts=[
        Readout("gap", "Gap of this day", "bits a day"),
        Readout("term", "Its p log₂(p/q)", "bits a day"),
        Readout("D", "Sum of the four gaps", "bits a day"),
    ],
    panels=2,
    size=(345, 270),
)
def bregman_towns(left, right):
    # The tangent, its gap and both points: _Tangent in klbook/figures/bregman_divergence.py.
    ax = left.subplots()
    x = np.linspace(0, 1, 61) ** 2 * 0.8
    ends = np.array([0.0, 0.8])
    ax.plot(x, NEGATIVE_ENTROPY.phi(x), gid="curve", **CURVE)
    tangent = _Tangent(ax, *ends)
    ax.set(xlim=(0, 0.8), ylim=(-1.3, 0.35), xlabel="probability x", ylabel="x log₂ x, bits")
    ax.legend(loc="upper right", ncols=2)

    ax = right.subplots()
    places = np.array([0, 1, 2, 3, 4.2])
    bars = Bars(ax, places, 0, 0.6, label="gap", gid="gaps", **palette.BAR["d"])
    style = {"color": palette.INK, "markersize": 6, "linestyle": "none"}
    (squares,) = ax.plot(places, places, "s", label="p log₂(p/q)", gid="terms", **style)
    ax.axhline(0, color=palette.INK, linewidth=1, gid="zero")
    ax.set(
        xlim=(-0.6, 4.8),
        xticks=places,
        xticklabels=[*OUTCOMES, "sum"],
        ylim=(-0.45, 1.45),
        ylabel="bits a day",
    )
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)

    def update(outcome, wrong):
        belief = (1 - wrong) * P + wrong * Q
        p, q = P[outcome], belief[outcome]
        gaps, terms = tangent_gap(P, belief, NEGATIVE_ENTROPY), pointwise_kl(P, belief)
        height, slope = NEGATIVE_ENTROPY.phi(q), NEGATIVE_ENTROPY.slope(q)
        at_p = p, NEGATIVE_ENTROPY.phi(p)
        tangent.show(at_p, (q, height), height + slope * (ends - q), gaps[outcome])
        bars.set_heights([*gaps, gaps.sum()])
        squares.set_ydata([*terms, terms.sum()])
        return {"gap": gaps[outcome], "term": terms[outcome], "D": gaps.sum()}

    return update


# -- the triangle

#: Where the three outcomes stand: left, right, top.
CORNERS = np.array([[0, 0], [1, 0], [0.5, math.sqrt(0.75)]])
_INVERSE = np.linalg.inv(np.column_stack([CORNERS, np.ones(3)]).T)
#: Three outcomes: cloud and rain are told apart by nobody who has to choose between P and Q (both are one bit).
MERGED = ("sun", "snow", "grey")
P_MERGED, Q_MERGED = (np.array([d[0], d[3], d[1] + d[2]]) for d in (P, Q))


def _triangle(panel, names):
    """Axes with an empty triangle whose corners have names."""
    ax = panel.subplots()
    ax.plot(*CORNERS[[0, 1, 2, 0]].T, color=palette.MUTED, linewidth=1.2, gid="sides")
    for mark in (0.25, 0.5, 0.75):
        for k in range(3):
            ends = mark * CORNERS[k] + (1 - mark) * CORNERS[[j for j in range(3) if j != k]]
            ax.plot(*ends.T, color=palette.GRID, linewidth=0.8, gid="grid")
    for (x, y), name, side in zip(
        CORNERS, names, (("left", "top"), ("right", "top"), ("center", "bottom")), strict=True
    ):
        shift = {"left": -0.03, "right": 0.03, "center": 0}[side[0]], {"top": -0.03, "bottom": 0.025}[side[1]]
        ax.text(x + shift[0], y + shift[1], name, ha=side[0], va=side[1], gid="corner")
    ax.set(xlim=(-0.06, 1.06), ylim=(-0.12, 0.98), aspect="equal")
    ax.set_axis_off()
    return ax


def _point(sun, grey_share):
    """The distribution (sun, snow, grey) in which a share of the other days is grey."""
    return np.array([sun, (1 - sun) * (1 - grey_share), (1 - sun) * grey_share])


@explorer(
    slug="bregman-ternary",
    title="How to read a triangle",
    caption=(
        "Every point is a forecast for three outcomes; drag the dot to another one. How far it is from the side "
        "opposite to a corner is the probability of that corner. At a corner, one outcome is certain; on a side, one "
        "is impossible; in the middle, all are a third. The three distances add up to the height of the triangle, "
        "wherever the point is."
    ),
    alt=(
        "A triangle with the corners sun, snow and grey. From a point in it, or on its edge, lines lead at right "
        "angles to the sides; their lengths are the three probabilities, in heights of the triangle, and one of zero "
        "is not seen."
    ),
    controls=[
        Slider("sun", "Probability of sun", 0, 1, 9, 0.5, fmt="{:.4g}", drag="point"),
        Slider("share", "Of the other days, grey are", 0, 1, 9, 0.75, fmt="{:.4g}", drag="point"),
    ],
    readouts=[Readout(f"p_{name}", name.capitalize(), fmt="{:.4g}") for name in MERGED],
    size=(345, 290),
)
def bregman_ternary(panel):
    # The triangle (sides, names, a grid): _triangle and CORNERS in klbook/figures/bregman_divergence.py.
    ax = _triangle(panel, MERGED)
    styles = (
        {"color": palette.EXTRA, "linestyle": "-", "linewidth": 2.2},
        {"color": palette.MUTED, "linestyle": (0, (4, 1.5)), "linewidth": 2.2},
        {"color": palette.INK, "linestyle": (0, (1, 1.2)), "linewidth": 2.4},
    )
    sticks = [ax.plot([], [], label=name, gid=name, **s)[0] for name, s in zip(MERGED, styles, strict=True)]
    (dot,) = ax.plot([], [], "o", color=palette.P, markersize=8, gid="point")
    ax.legend(loc="upper left", handlelength=2.6, borderpad=0)

    def update(sun, share):
        p = _point(sun, share)
        for k, stick in enumerate(sticks):
            # The foot of the perpendicular: what corner k has goes to the two others in equal parts.
            foot = p + p[k] * np.where(np.arange(3) == k, -1, 0.5)
            stick.set_data(*np.array([p @ CORNERS, foot @ CORNERS]).T)
        dot.set_data(*(p @ CORNERS)[:, None])
        return {f"p_{name}": value for name, value in zip(MERGED, p, strict=True)}

    return update


_KINDS = {"D(P‖R)": "forward", "D(R‖P)": "reverse", "squared distance": "squares"}
_MEASURES = {
    "forward": kl_divergence,
    "reverse": lambda p, r: kl_divergence(r, p),
    "squares": squared_distance,
}
#: The outermost contour passes, at the beginning, through Q.
_LEVELS = {
    "forward": (1 / 32, 1 / 8, 5 / 8),
    "reverse": (1 / 32, 1 / 8, 1 / 2),
    "squares": (1 / 64, 1 / 16, 9 / 32),
}
_LEVEL_TEXTS = {
    "forward": "1/32, 1/8 and 5/8 bits",
    "reverse": "1/32, 1/8 and 1/2 bits",
    "squares": "1/64, 1/16 and 9/32",
}
_RAYS = np.radians(np.arange(0, 360, 10))


class _Rays:
    """Rays from p in the triangle, and how a measure grows along each of them."""

    def __init__(self, kind, p, angles):
        self.kind, self.p = kind, p
        self.ways = np.stack([np.cos(angles), np.sin(angles), 0 * angles], axis=-1) @ _INVERSE.T
        with np.errstate(divide="ignore"):
            self.border = np.where(self.ways < -1e-12, -p / self.ways, np.inf).min(axis=-1)

    def value(self, lengths):
        r = np.maximum(self.p + lengths[..., None] * self.ways, 0)
        return _MEASURES[self.kind](self.p, r / r.sum(axis=-1, keepdims=True))

    def lengths(self, levels):
        """Where each level is reached on each ray; at the border, if it is not."""
        far = np.broadcast_to(self.border, np.broadcast(levels, self.border).shape)
        return root(lambda lengths: self.value(lengths) - levels, 0 * far, far)


@cache
def _contours(kind, sun, share):
    """The contours around a point, as one broken line, and the outermost one's distance on each ray."""
    p, levels = _point(sun, share), np.array(_LEVELS[kind])[:, None]
    rays = _Rays(kind, p, _RAYS)
    lengths, inside = rays.lengths(levels), rays.value(rays.border) >= levels
    # Where a contour leaves the triangle: halve the angle between two rays.
    level, ray = np.nonzero(inside != np.roll(inside, -1, axis=1))
    low, high = _RAYS[ray], _RAYS[ray] + _RAYS[1]
    for _ in range(12 if len(ray) else 0):
        middle = _Rays(kind, p, (low + high) / 2)
        same = (middle.value(middle.border) >= levels[level, 0]) == inside[level, ray]
        low, high = np.where(same, (low + high) / 2, low), np.where(same, high, (low + high) / 2)
    ends = _Rays(kind, p, low).border

    pieces = []
    for k in range(len(levels)):
        angles = np.concatenate([_RAYS, low[level == k]])
        radii = np.concatenate([np.where(inside[k], lengths[k], np.nan), ends[level == k]])
        order = np.argsort(angles % (2 * np.pi))
        order = np.append(order, order[0])
        way = np.stack([np.cos(angles[order]), np.sin(angles[order])], axis=-1)
        pieces += [p @ CORNERS + radii[order, None] * way, [[np.nan] * 2]]
    return np.concatenate(pieces), lengths[-1]


@explorer(
    slug="bregman-triangle",
    title="What a circle looks like",
    caption=(
        "Three contours around P, for one of three ways to say how far R is from P. R sits on the outermost one. "
        "Drag it round: one of the three numbers stays the same. Then drag P, the dot, towards a side. Where "
        "a contour leaves the triangle, R stops at the side."
    ),
    alt=(
        "A triangle of all forecasts for sun, snow and grey days, a point P, three curves around it, and a point R on "
        "the outermost, or where that has left the triangle, on a side. For the squared distance the curves are "
        "circles, cut off at the sides; for D of P from R they are closed and flattened towards the sides; for D of R "
        "from P they are flattened, too, and may end at the sides."
    ),
    controls=[
        Choice("kind", "Contours of", _KINDS, "forward"),
        Slider("sun", "P: probability of sun", 0.125, 0.75, 6, 0.5, fmt="{:.4g}", drag="p"),
        Slider("share", "P: of the other days, grey are", 0.25, 0.75, 3, 0.75, fmt="{:.4g}", drag="p"),
        Slider("way", "Direction from P to R", 0, 330, 12, 60, fmt="{:.0f}", unit="degrees", drag="r"),
    ],
    readouts=[
        Readout("contours", "Contours at"),
        Readout("forward", "D(P‖R)", "bits", infinite="R rules out what P lets happen"),
        Readout("reverse", "D(R‖P)", "bits"),
        Readout("squares", "Squared distance"),
    ],
    size=(345, 300),
)
def bregman_triangle(panel):
    # The triangle (sides, names, a grid): _triangle and CORNERS in klbook/figures/bregman_divergence.py.
    ax = _triangle(panel, MERGED)
    styles = {
        "forward": palette.LINE["d"],
        "reverse": REVERSE,
        "squares": {"color": palette.MUTED, "linestyle": "-", "linewidth": 2},
    }
    lines = {kind: ax.plot([], [], gid=kind, **style)[0] for kind, style in styles.items()}
    (centre,) = ax.plot([], [], "o", color=palette.P, markersize=8, gid="p")
    (walker,) = ax.plot([], [], "D", color=palette.Q, markersize=7, gid="r")
    ax.legend([centre, walker], ["P", "R"], loc="upper left", borderpad=0, handlelength=1, numpoints=1)

    def update(kind, sun, share, way):
        p = _point(sun, share)
        points, outer = _contours(kind, sun, share)
        for key, line in lines.items():
            line.set_data(*(points if key == kind else points[:0]).T)
        angle = math.radians(way)
        step = outer[round(way / 10)] * _INVERSE @ [math.cos(angle), math.sin(angle), 0]
        r = np.where(np.abs(p + step) < 1e-9, 0, p + step)
        r /= r.sum()
        centre.set_data(*(p @ CORNERS)[:, None])
        walker.set_data(*(r @ CORNERS)[:, None])
        distances = {name: measure(p, r) for name, measure in _MEASURES.items()}
        return {"contours": _LEVEL_TEXTS[kind]} | distances

    return update


# -- forecasts and their scores


@explorer(
    slug="bregman-scores",
    title="Saying q is choosing a tangent",
    caption=(
        "You say that it rains with probability q. The dashed line is what you lose on average, if rain really has the "
        "probability at the bottom: read your loss on a dry day at its left end, on a rainy day at its right end. The "
        "arch is what you lose by saying the true probability. Drag the square on it to q = 0.95, and look at the "
        "right end of both lines, then at the left one: what the confident forecast costs on a dry day."
    ),
    alt=(
        "Two panels, for the log score and the Brier score. In each an arch, the loss of whoever says the true "
        "probability; a dashed straight line that touches it at q; and a dotted upright line at p, from the arch up "
        "to the line, unless p and q are equal. At q = 0 or 1 the line of the log score is endless and not drawn. A "
        "square marks q and a dot p."
    ),
    controls=[
        Slider("q", "You say: rain has probability q", 0, 1, 21, 0.8, drag=("q-log", "q-brier")),
        Slider("p", "In truth it has probability p", 0, 1, 21, 0.5, drag=("p-log", "p-brier")),
    ],
    readouts=[
        Readout("log", "Log score: you lose", "bits a day", infinite="you ruled out what happens"),
        Readout(
            "log_more",
            "More than by saying p, log score",
            "bits a day",
            infinite="you ruled out what happens",
        ),
        Readout("brier", "Brier score: you lose", "a day"),
        Readout("brier_more", "More than by saying p, Brier score", "a day"),
    ],
    panels=2,
    size=(345, 270),
)
def bregman_scores(left, right):
    # The tangent, its gap and both points: _Tangent in klbook/figures/bregman_divergence.py.
    x = 0.5 - 0.5 * np.cos(np.linspace(0, np.pi, 61))
    style = {"marker": "s", "markersize": 6, "labels": ("says q", "gap at p")}
    scores = {}
    for panel, name, rule, label, top in (
        (left, "log", log_score, "log score, bits", 4.6),
        (right, "brier", brier_score, "Brier score", 2.1),
    ):
        ax = panel.subplots()
        arch = expected_score(_coin(x), _coin(x), rule)
        ax.plot(x, arch, label="says p", gid=f"arch-{name}", **palette.LINE["p"])
        scores[name] = rule, _Tangent(ax, 0, 1, of=f"-{name}", **style)
        ax.set(xlim=(-0.03, 1.03), ylim=(0, top), xlabel="true probability of rain", ylabel=label)
        legend_above(ax, ncols=3, columnspacing=1.2)
    endless = _endless(left.axes[0], 0.5, 3.4)

    def update(q, p):
        numbers = {}
        for name, (rule, tangent) in scores.items():
            p_says_p, q_says_q = expected_score(_coin([p, q]), _coin([p, q]), rule)
            rain, dry = rule(_coin(q))
            more = score_regret(_coin(p), _coin(q), rule)
            tangent.show((p, p_says_p), (q, q_says_q), [dry, rain], -more)
            numbers |= {name: expected_score(_coin(p), _coin(q), rule), f"{name}_more": more}
        endless.set_text("the gap is ∞" if math.isinf(numbers["log_more"]) else "")
        return numbers

    return update


@explorer(
    slug="bregman-mistake",
    title="What a confident mistake costs",
    caption=(
        "You give something the probability 1/2, 1/4, 1/8 and so on (drag a mark), and then it happens. By the log "
        "score each halving costs one bit more, without end. By the Brier score each halving from the third on costs "
        "less than the one before: 2 is the most."
    ),
    alt=(
        "Two lines over the number of halvings, with a mark on each: the log score rises straight, the Brier score "
        "towards 2, which it does not reach."
    ),
    controls=[
        Slider(
            "halvings",
            "Halvings of its probability",
            0,
            12,
            13,
            3,
            fmt="{:.0f}",
            play=True,
            drag=("log-now", "brier-now"),
        )
    ],
    readouts=[
        Readout("said", "You had said", fmt="{:.4g}"),
        Readout("log", "Log score", "bits", fmt="{:.0f}"),
        Readout("brier", "Brier score"),
    ],
    size=(345, 240),
)
def bregman_mistake(panel):
    ax = panel.subplots()
    steps = np.arange(13)
    logs, briers = log_score(_coin(0.5**steps))[:, 0], brier_score(_coin(0.5**steps))[:, 0]
    ax.plot(steps, logs, label="log score, bits", gid="log", **palette.LINE["d"])
    ax.plot(steps, briers, label="Brier score", gid="brier", **REVERSE)
    (log_dot,) = ax.plot([], [], "o", color=palette.D, markersize=8, gid="log-now")
    (brier_dot,) = ax.plot([], [], "s", color=palette.EXTRA, markersize=7, gid="brier-now")
    ax.set(xlim=(0, 12.3), ylim=(0, 12.8), xlabel="halvings of what you said", ylabel="loss when it happens")
    ax.legend(loc="upper left")

    def update(halvings):
        k = round(halvings)
        log_dot.set_data([k], [logs[k]])
        brier_dot.set_data([k], [briers[k]])
        return {"said": 0.5**k, "log": logs[k], "brier": briers[k]}

    return update


# -- measured

LONG = 10_000
#: What a day's forecast Q loses more than the forecast P, by each score, for each kind of day.
EXTRA_LOSS = {"log": log_score(Q) - log_score(P), "brier": brier_score(Q) - brier_score(P)}


@cache
def _long_sample(sample):
    return sample_days(LONG, P, seed=FIRST_SEED + sample - 1)


@explorer(
    slug="bregman-closing-in",
    title="Two scores, the same days, two gaps",
    caption=(
        "What the forecast Q lost more than the forecast P, averaged over the days so far (note the logarithmic axis). "
        "Sample 1 is the experiment above. Each band is two standard errors wide on each side; of very many samples "
        "about one in twenty would end outside of it."
    ),
    alt=(
        "Two jagged lines up to the day that is set. They swing at first; the more days, the nearer they come, by the "
        "log score to five eighths, by the Brier score to seven thirty-seconds, each mostly inside a band that narrows "
        "with the number of days."
    ),
    controls=[
        Slider("days", "Days so far", 10, LONG, 31, LONG, scale="integer", fmt="{:,}", play=True),
        Sample(count=10),
    ],
    readouts=[
        Readout("log", "By the log score", "bits a day"),
        Readout("brier", "By the Brier score", "a day"),
    ],
    size=(350, 260),
)
def bregman_closing_in(panel):
    ax = panel.subplots()
    n = looks(2, LONG, 70)
    measured = {}
    styles = {"log": (palette.D, palette.LINE["d"]), "brier": (palette.EXTRA, REVERSE)}
    for key, (colour, style) in styles.items():
        goal = P @ EXTRA_LOSS[key]
        error_band(ax, n, goal, np.sqrt(P @ (EXTRA_LOSS[key] - goal) ** 2), color=colour, gid=f"band-{key}")
        label = {"log": "D(P‖Q)", "brier": "squared distance"}[key]
        ax.axhline(goal, label=label, gid=f"goal-{key}", **style)
        measured[key] = Measured(ax, n, gid=f"measured-{key}", linewidth=1.5, label=None)
    ax.set(xlim=(2, LONG), ylim=(-0.6, 1.9), xlabel="days", ylabel="extra loss a day")
    log_axis(ax, [10, 100, 1000, 10_000])
    ax.legend(loc="upper right")

    def update(days, sample):
        happened = _long_sample(sample)[:days]
        return {key: measured[key].show(EXTRA_LOSS[key][happened]) for key in measured}

    return update


# -- the best summary

#: Rainfall of five weeks, in centimetres. Their geometric mean is 1.
RAIN = np.array([0.25, 0.5, 1, 2, 4])


def _average_gap(curve, order, summaries):
    """Average gap between the five numbers and each of several summaries."""
    pair = (RAIN[:, None], summaries) if order == "numbers" else (summaries, RAIN[:, None])
    return tangent_gap(*pair, CURVES[curve]).mean(axis=0)


_BEST = {
    "numbers": dict.fromkeys(CURVES, (RAIN.mean(), "the mean")),
    "summary": {
        "x²": (RAIN.mean(), "the mean"),
        "x ln x": (math.exp(np.log(RAIN).mean()), "the geometric mean"),
        "−ln x": (1 / (1 / RAIN).mean(), "the harmonic mean"),
    },
}


@explorer(
    slug="bregman-mean",
    title="One number for five",
    caption=(
        "Five weeks had 0.25, 0.5, 1, 2 and 4 cm of rain. Choose one number s to stand for all of them: drag the dot "
        "until the average gap is least. As long as the tangent touches at s, change the curve: the bowl changes, its "
        "lowest point does not. Then let the tangents touch at the data, and change the curve again."
    ),
    alt=(
        "A curve of the average gap over the summary s, with five small ticks for the data below, a dot at your s, and "
        "an upright line at its lowest point. While the tangent touches at the summary, that is at 1.55, the mean, for "
        "every curve. With tangents at the data it is at 1.55 for x squared, at 1.00, the geometric mean, for x ln x, "
        "and at about 0.65, the harmonic mean, for minus ln x."
    ),
    controls=[
        Choice("curve", "Curve φ", {name: name for name in CURVES}, "x ln x"),
        Choice("order", "The tangent touches at", {"the summary s": "numbers", "the data": "summary"}, "numbers"),
        Slider("s", "Summary s", 0.25, 4, 26, 2.5, fmt="{:.2f}", unit="cm", extra=(RAIN.mean(),), play=True, drag="s"),
    ],
    readouts=[
        Readout("average", "Average gap"),
        Readout("best", "Least at"),
        Readout("over", "More than the least by"),
    ],
    size=(350, 260),
)  # fmt: skip
def bregman_mean(panel):
    ax = panel.subplots()
    x = np.geomspace(0.25, 4, 50)
    (line,) = ax.plot(x, x, color=palette.INK, label="average gap", gid="average")
    best_line = ax.axvline(1, label="least", gid="least", **palette.LINE["d"])
    (dot,) = ax.plot([], [], "o", color=palette.Q, markersize=8, label="your s", gid="s")
    tick = {"color": palette.P, "markersize": 14, "markeredgewidth": 2.5}
    ax.plot(RAIN, 0 * RAIN + 0.12, "|", label="data", gid="data", **tick)
    ax.set(xlim=(0, 4.1), ylim=(0, 8.2), xlabel="summary s, cm", ylabel="average gap")
    legend_above(ax)

    def update(curve, order, s):
        best, name = _BEST[order][curve]
        average, least = _average_gap(curve, order, [s, best])
        line.set_ydata(_average_gap(curve, order, x))
        best_line.set_xdata([best, best])
        dot.set_data([s], [average])
        return {
            "average": average,
            "best": f"{best:.3f} cm, {name}",
            "over": average - least,
        }

    return update


# -- a squared distance

#: A die with three faces, on the corners left, right and top: so the mean is read from left to right.
FACES = np.array([1, 3, 2])
_FAIR = np.full(3, 1 / 3)


def _with_mean(mean, height):
    """The distribution on the three faces with a mean, and `height` of the way from the bottom to the top."""
    most = 1 - abs(mean - 2)  # as often as face 2 can come
    two = height * most
    three = (mean - 1 - two) / 2
    return np.array([1 - two - three, three, two])


@explorer(
    slug="bregman-pythagoras",
    title="Pythagoras for a die with three faces",
    caption=(
        "On the upright line the mean is fixed; P* is its point closest to the fair die Q. Drag R up and down the "
        "line: the two parts add up to the whole. Then drag R past the line, to a greater mean, and back to a smaller "
        "one. (The angle at P* does not look right; it is right in the sense of this sum. The grey arc is where P* "
        "runs when the mean changes: drag P* along it.)"
    ),
    alt=(
        "First panel: a triangle with the faces 1, 3 and 2 of a die, the fair die Q in the middle, an upright line of "
        "all dice with one mean, the point P* on it, and a point R on the line, beyond it or before it. Straight lines "
        "join Q, P* and R. Second panel: a bar for D(R‖Q), and a stack of D(R‖P*) and D(P*‖Q): as high as the bar for "
        "R on the line, lower beyond it, higher before it."
    ),
    controls=[
        Slider("mean", "Mean on the line", 2.1, 2.7, 7, 2.4, fmt="{:.1f}", drag="star"),
        Slider("height", "R: up the line", 0, 1, 9, 0.125, fmt="{:.3f}", drag="r"),
        Slider("beyond", "R: mean beyond the line by", -0.2, 0.2, 5, 0, fmt="{:.1f}", drag="r"),
    ],
    readouts=[
        Readout("whole", "D(R‖Q)", "bits", fmt="{:.4f}"),
        Readout("parts", "D(R‖P*) + D(P*‖Q)", "bits", fmt="{:.4f}"),
        Readout("gap", "First minus second", "bits", fmt="{:.4f}"),
        Readout("projection", "P* for the faces 1, 2, 3"),
    ],
    panels=2,
    size=(345, 280),
)
def bregman_pythagoras(left, right):
    # The triangle (sides, names, a grid): _triangle and CORNERS in klbook/figures/bregman_divergence.py.
    ax = _triangle(left, ("only 1", "only 3", "only 2"))
    tilted = project_onto_mean(_FAIR, FACES, np.linspace(1, 3, 41)).distribution
    arc = {"color": palette.MUTED, "linewidth": 1.4, "linestyle": (0, (3, 2))}
    ax.plot(*(tilted @ CORNERS).T, gid="arc", **arc)
    (line,) = ax.plot([], [], color=palette.INK, linewidth=1.8, gid="line")
    (whole,) = ax.plot([], [], gid="q-r", **palette.LINE["d"])
    (to_line,) = ax.plot([], [], color=palette.Q, linewidth=1.8, linestyle=(0, (5, 2)), gid="q-star")
    (along,) = ax.plot([], [], gid="star-r", **REVERSE)
    ax.plot(*(_FAIR @ CORNERS)[:, None], "s", color=palette.Q, markersize=8, gid="q")
    (foot,) = ax.plot([], [], "o", color=palette.EXTRA, markersize=7, gid="star")
    (dot,) = ax.plot([], [], "o", color=palette.P, markersize=8, gid="r")
    plain = {"facecolor": palette.PAPER, "edgecolor": "none", "pad": 0.8}
    beside_q = {"ha": "right", "va": "center", "color": palette.Q, "bbox": plain, "gid": "name-q"}
    ax.text(*(_FAIR @ CORNERS - [0.022, 0.050]), "Q", **beside_q)
    foot_name = ax.text(0, 0, "P*", ha="left", va="center", color=palette.EXTRA, gid="name-star")
    name = ax.text(0, 0, "R", ha="center", va="center", color=palette.P, gid="name-r")

    ax = right.subplots()
    bar = Bars(ax, [0], [0], 0.6, label="D(R‖Q)", gid="whole", **palette.BAR["d"])
    first = Bars(ax, [1], [0], 0.6, label="D(P*‖Q)", gid="part", **palette.BAR["q"])
    (second,) = ax.plot([], [], color=palette.EXTRA, linewidth=2, label="D(R‖P*) on top", gid="on-top")
    ax.set(xlim=(-0.6, 1.6), ylim=(0, 2.3), xticks=[0, 1], xticklabels=["whole", "two parts"], ylabel="bits")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper center")
    projection = cache(lambda mean: project_onto_mean(_FAIR, FACES, mean).distribution)

    def update(mean, height, beyond):
        p_star = projection(mean)
        r = _with_mean(round(mean + beyond, 9), height)
        places = {key: d @ CORNERS for key, d in {"q": _FAIR, "star": p_star, "r": r}.items()}
        line.set_data(*np.array([_with_mean(mean, h) @ CORNERS for h in (0, 1)]).T)
        to_line.set_data(*np.array([places["q"], places["star"]]).T)
        foot.set_data(*places["star"][:, None])
        whole.set_data(*np.array([places["q"], places["r"]]).T)
        along.set_data(*np.array([places["star"], places["r"]]).T)
        dot.set_data(*places["r"][:, None])
        # The names keep out of each other's way: R's away from Q, that of P* away from R.
        if beyond < 0:
            name.set_position(places["r"] + [0, 0.06 if 0.375 <= height < 1 else -0.07])
        else:
            name.set_position(places["r"] + [0.05, 0.025 if height == 0 else 0])
        up = places["r"][1] < places["star"][1]
        foot_name.set_position(places["star"] + [0.025, 0.06 if up else -0.06])
        total, *parts = kl_divergence([r, p_star, r], [_FAIR, _FAIR, p_star])
        bar.set_heights([total])
        first.set_heights(parts[:1])
        low, high = parts[0], sum(parts)
        second.set_data([0.7, 0.7, 1.3, 1.3, 0.7], [low, high, high, low, low])
        return {
            "whole": total,
            "parts": sum(parts),
            "gap": total - sum(parts),
            "projection": ", ".join(f"{x:.3f}" for x in p_star[[0, 2, 1]]),
        }

    return update


@explorer(
    slug="bregman-local",
    title="A parabola that fits, and one that never lies above",
    caption=(
        "The divergence of a coin p from a coin q, and two parabolas over p. The local one has the same bend at q: it "
        "fits where p is close: drag the dot. The other, Pinsker's, never lies above the divergence. Move q from the "
        "middle to a side."
    ),
    alt=(
        "Three curves over p that touch zero at q: the divergence, a parabola that hugs it near q, and another one "
        "that stays on or below it everywhere. For q = 0.5 both parabolas are the same; otherwise the second is "
        "wider. Marks stand on all three at p."
    ),
    controls=[
        Slider("q", "Coin q", 0.1, 0.9, 9, 0.2, fmt="{:.1f}"),
        Slider("p", "Coin p", 0, 1, 21, 0.7, drag="D-now"),
    ],
    readouts=[
        Readout("D", "D(p‖q)", "bits"),
        Readout("local", "Local parabola", "bits"),
        Readout("pinsker", "Pinsker's bound", "bits"),
    ],
    size=(350, 270),
)
def bregman_local(panel):
    ax = panel.subplots()
    x = np.linspace(0, 1, 51)
    parts = {}
    for name, measure, label, marker, style in (
        ("D", kl_divergence, "D(p‖q)", "o", palette.LINE["d"]),
        ("local", local_quadratic, "local parabola", "s", REVERSE),
        ("pinsker", pinsker_bound, "Pinsker", "D", {"color": palette.MUTED, "linewidth": 2}),
    ):
        (line,) = ax.plot(x, x, label=label, gid=name, **style)
        (dot,) = ax.plot([], [], marker, color=style["color"], markersize=7, zorder=2.1, gid=f"{name}-now")
        parts[name] = measure, line, dot
    ax.set(xlim=(0, 1), ylim=(0, 3.4), xlabel="p", ylabel="bits")
    ax.legend(loc="upper center")

    def update(q, p):
        values = {}
        for name, (measure, line, dot) in parts.items():
            values[name] = measure(_coin(p), _coin(q))
            line.set_ydata(measure(_coin(x), _coin(q)))
            dot.set_data([p], [values[name]])
        return values

    return update


__all__ = [
    "CORNERS",
    "FACES",
    "FIRST_SEED",
    "MERGED",
    "P_MERGED",
    "Q_MERGED",
    "RAIN",
    "bregman_bowls",
    "bregman_closing_in",
    "bregman_gap",
    "bregman_local",
    "bregman_mean",
    "bregman_mistake",
    "bregman_pythagoras",
    "bregman_scores",
    "bregman_ternary",
    "bregman_towns",
    "bregman_triangle",
]
