"""The figures of *Bregman divergence* against SciPy, closed forms and brute force."""

import math
import re
from itertools import combinations as pairs
from itertools import product as combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.optimize import minimize, minimize_scalar
from scipy.special import kl_div, rel_entr

from klbook.figures import bregman_divergence as figures

LN2 = math.log(2)
P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]


def product(*values):
    return list(combinations(*values))


def readouts(e, **setting):
    """All readouts at a setting; what is not given stays as it begins."""
    return e.readouts_at(e.initial | setting)


def number(text):
    if "∞" in text:
        return math.inf
    return float(re.search(r"−?[\d.]+", text)[0].replace("−", "-"))


def bits(p, q):
    return float(rel_entr(p, q).sum()) / LN2


def coin(p):
    return np.array([p, 1 - p])


GRID = (0, 0.05, 0.4, 0.5, 0.85, 1)


@pytest.mark.parametrize("p, q", product(GRID, GRID))
def test_bowls(p, q):
    shown = readouts(figures.bregman_bowls, p=p, q=q)
    assert number(shown["D"]) == pytest.approx(bits(coin(p), coin(q)), abs=5e-4)
    assert number(shown["squares"]) == pytest.approx(2 * (p - q) ** 2, abs=5e-4)


def test_the_articles_two_pairs():
    """Equally far apart for a ruler; 0.223144 and 0.081093 nats."""
    first, second = (readouts(figures.bregman_bowls, p=p, q=q) for p, q in ((0, 0.2), (0.4, 0.6)))
    assert first["squares"] == second["squares"] == "0.080"
    assert number(first["D"]) == pytest.approx(0.223144 / LN2, abs=5e-4)
    assert number(second["D"]) == pytest.approx(0.081093 / LN2, abs=5e-4)


CLOSED = {
    "x²": lambda p, q: (p - q) ** 2,
    "x ln x": lambda p, q: p * math.log(p / q) - p + q,
    "−ln x": lambda p, q: p / q - math.log(p / q) - 1,
}


@pytest.mark.parametrize("curve, p, q", product(CLOSED, (0.1, 0.7, 1.5), (0.1, 0.5, 1.5)))
def test_gap(curve, p, q):
    shown = readouts(figures.bregman_gap, curve=curve, p=p, q=q)
    assert number(shown["gap"]) == pytest.approx(CLOSED[curve](p, q), abs=5e-4)
    assert number(shown["exchanged"]) == pytest.approx(CLOSED[curve](q, p), abs=5e-4)
    heights = number(shown["curve_height"]) - number(shown["tangent_height"])
    assert heights == pytest.approx(CLOSED[curve](p, q), abs=1.1e-3)


@pytest.mark.parametrize("outcome, wrong", product(range(4), (0, 0.5, 1)))
def test_towns(outcome, wrong):
    belief = (1 - wrong) * np.array(P) + wrong * np.array(Q)
    shown = readouts(figures.bregman_towns, outcome=outcome, wrong=wrong)
    assert number(shown["gap"]) == pytest.approx(kl_div(P, belief)[outcome] / LN2, abs=5e-4)
    assert number(shown["term"]) == pytest.approx(rel_entr(P, belief)[outcome] / LN2, abs=5e-4)
    assert number(shown["D"]) == pytest.approx(bits(P, belief), abs=5e-4)


def test_merging_cloud_and_rain():
    """Both divergences stay as they are; the squared distance grows from 14/64 to 18/64."""
    p, q = figures.P_MERGED, figures.Q_MERGED
    assert p.tolist() == [1 / 2, 1 / 8, 3 / 8] and q.tolist() == [1 / 8, 1 / 8, 3 / 4]
    shown = readouts(figures.bregman_triangle)
    assert [number(shown[name]) for name in ("forward", "reverse", "squares")] == [0.625, 0.5, 0.281]


@pytest.mark.parametrize("sun, share", product((0, 0.25, 1), (0, 0.5, 1)))
def test_ternary(sun, share):
    e = figures.bregman_ternary
    shown = readouts(e, sun=sun, share=share)
    expected = sun, (1 - sun) * (1 - share), (1 - sun) * share
    assert [number(shown[f"p_{name}"]) for name in figures.MERGED] == pytest.approx(expected, abs=1e-3)
    # Each stick is as long as its probability, in heights of the triangle, and meets its side at a right angle.
    ax = e.drawing.figure.axes[0]
    e.frame(e.initial | {"sun": sun, "share": share})
    sticks = [line for line in ax.lines if line.get_label() in figures.MERGED]
    for k, (stick, p) in enumerate(zip(sticks, expected, strict=True)):
        (x0, x1), (y0, y1) = stick.get_data()
        assert math.hypot(x1 - x0, y1 - y0) == pytest.approx(p * math.sqrt(0.75), abs=1e-12)
        others = np.delete(figures.CORNERS, k, axis=0)
        assert np.array([x1 - x0, y1 - y0]) @ (others[1] - others[0]) == pytest.approx(0, abs=1e-12)


LEVELS = {
    "forward": (1 / 32, 1 / 8, 5 / 8),
    "reverse": (1 / 32, 1 / 8, 1 / 2),
    "squares": (1 / 64, 1 / 16, 9 / 32),
}
MEASURES = {
    "forward": bits,
    "reverse": lambda p, r: bits(r, p),
    "squares": lambda p, r: float(((np.array(p) - r) ** 2).sum()),
}


def from_plane(x, y):
    """The distribution at a place in the triangle (sun left, snow right, grey at the top)."""
    grey = y / math.sqrt(0.75)
    snow = x - grey / 2
    return np.maximum([1 - snow - grey, snow, grey], 0)


@pytest.mark.parametrize("kind, sun, share", product(LEVELS, (0.125, 0.5, 0.75), (0.25, 0.75)))
def test_contours(kind, sun, share):
    """Every point of a contour is at its level, and no contour is left out or broken without need."""
    p = np.array([sun, (1 - sun) * (1 - share), (1 - sun) * share])
    points, _ = figures._contours(kind, sun, share)
    breaks = np.flatnonzero(np.isnan(points[:, 0]))
    found = []
    for x, y in points[~np.isnan(points[:, 0])]:
        found.append(MEASURES[kind](p, from_plane(x, y)))
    nearest = [min(LEVELS[kind], key=lambda level, v=v: abs(level - v)) for v in found]
    assert found == pytest.approx(nearest, abs=2e-3)
    assert set(nearest) == set(LEVELS[kind])
    if kind == "forward":
        assert len(breaks) == 3  # closed curves: D(P‖R) is infinite on the sides


@pytest.mark.parametrize(
    "kind, sun, share, way", product(LEVELS, (0.125, 0.75), (0.25, 0.75), (0, 60, 150, 330))
)
def test_walker(kind, sun, share, way):
    e = figures.bregman_triangle
    shown = readouts(e, kind=kind, sun=sun, share=share, way=way)
    walker = next(line for line in e.drawing.figure.axes[0].lines if line.get_marker() == "D")
    r = from_plane(*(c[0] for c in walker.get_data()))
    r = np.where(r < 1e-9, 0, r)
    p = np.array([sun, (1 - sun) * (1 - share), (1 - sun) * share])
    for name, measure in MEASURES.items():
        assert number(shown[name]) == pytest.approx(measure(p, r), abs=6e-4)
    if (r > 0).all():
        assert number(shown[kind]) == pytest.approx(LEVELS[kind][-1], abs=6e-4)


@pytest.mark.parametrize("p, q", product(GRID, GRID))
def test_scores(p, q):
    shown = readouts(figures.bregman_scores, p=p, q=q)

    def log_loss(said):
        return sum(
            t * -math.log2(s) if s else math.inf for t, s in zip(coin(p), coin(said), strict=True) if t
        )

    def brier(said):
        return p * 2 * (1 - said) ** 2 + (1 - p) * 2 * said**2

    for name, loss in (("log", log_loss), ("brier", brier)):
        assert number(shown[name]) == pytest.approx(loss(q), abs=6e-4)
        assert number(shown[f"{name}_more"]) == pytest.approx(loss(q) - loss(p), abs=6e-4)


@pytest.mark.parametrize("k", (0, 1, 6, 12))
def test_mistake(k):
    shown = readouts(figures.bregman_mistake, halvings=k)
    assert number(shown["log"]) == k
    assert number(shown["brier"]) == pytest.approx(2 * (1 - 0.5**k) ** 2, abs=6e-4)


@pytest.mark.parametrize("sample, days", product((1, 7), (10, 10_000)))
def test_closing_in(sample, days):
    drawn = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=days, p=P).tolist()
    shown = readouts(figures.bregman_closing_in, sample=sample, days=days)
    for name, extra in (("log", (2, -1, -1, 0)), ("brier", (0.75, -0.5, -0.25, 0))):
        values = [extra[day] for day in drawn]
        mean = math.fsum(values) / days
        error = math.sqrt(math.fsum((v - mean) ** 2 for v in values) / (days - 1) / days)
        assert number(shown[name]) == pytest.approx(mean, abs=6e-4)
        assert number(shown[f"{name}_error"]) == pytest.approx(error, abs=6e-4)


@pytest.mark.parametrize("curve, order", product(CLOSED, ("numbers", "summary")))
def test_mean(curve, order):
    def average(s):
        pairs = ((x, s) if order == "numbers" else (s, x) for x in figures.RAIN)
        return float(np.mean([CLOSED[curve](*pair) for pair in pairs]))

    found = minimize_scalar(average, bounds=(0.25, 4), method="bounded", options={"xatol": 1e-9})
    for s in (0.25, 1.55, 2.5):
        shown = readouts(figures.bregman_mean, curve=curve, order=order, s=s)
        assert number(shown["best"]) == pytest.approx(found.x, abs=1e-3)
        assert number(shown["average"]) == pytest.approx(average(s), abs=6e-4)
        assert number(shown["over"]) == pytest.approx(average(s) - found.fun, abs=6e-4)
        assert float(number(shown["over"])) >= 0


@pytest.mark.parametrize("mean, height, beyond", product((2.1, 2.4, 2.7), (0, 0.5, 1), (-0.2, 0, 0.2)))
def test_pythagoras(mean, height, beyond):
    shown = readouts(figures.bregman_pythagoras, mean=mean, height=height, beyond=beyond)
    fair = np.full(3, 1 / 3)
    # Faces 1, 2, 3; brute force over everything with this mean.
    closest = minimize_scalar(
        lambda two: bits([(3 - mean - two) / 2, two, (mean - 1 - two) / 2], fair),
        bounds=(0, 3 - mean), method="bounded", options={"xatol": 1e-12},
    ).x  # fmt: skip
    star = np.array([(3 - mean - closest) / 2, closest, (mean - 1 - closest) / 2])
    assert [float(x) for x in shown["projection"].split(", ")] == pytest.approx(star, abs=6e-4)
    m = mean + beyond
    two = height * min(3 - m, m - 1)
    r = np.array([(3 - m - two) / 2, two, (m - 1 - two) / 2]).clip(0)
    whole, parts = bits(r, fair), bits(r, star) + bits(star, fair)
    assert number(shown["whole"]) == pytest.approx(whole, abs=6e-5)
    assert number(shown["parts"]) == pytest.approx(parts, abs=6e-5)
    assert number(shown["gap"]) == pytest.approx(whole - parts, abs=1.1e-4)
    assert np.sign(round(whole - parts, 5)) == np.sign(beyond)


@pytest.mark.parametrize("q", figures.bregman_local.controls[0].values)
def test_pinskers_parabola_is_wider_but_in_the_middle(q):
    """As the description says: one parabola for q = 1/2, otherwise Pinsker's is the lower one."""
    shown = readouts(figures.bregman_local, q=q, p=0.0)
    local, pinsker = number(shown["local"]), number(shown["pinsker"])
    assert pinsker == local if q == 0.5 else pinsker < local


@pytest.mark.parametrize("k", range(1, 12))
def test_from_the_third_halving_on_each_costs_less_by_the_brier_score(k):
    losses = [number(readouts(figures.bregman_mistake, halvings=j)["brier"]) for j in (k - 1, k, k + 1)]
    exact = [2 * (1 - 0.5**j) ** 2 for j in (k - 1, k, k + 1)]
    assert losses == pytest.approx(exact, abs=6e-4) and max(exact) < 2
    assert (exact[2] - exact[1] < exact[1] - exact[0]) == (k >= 2)


def test_names_of_points_never_cover_each_other():
    """Q, P*, R and the corners' names, in the picture itself, at every setting."""
    e = figures.bregman_pythagoras
    renderer = FigureCanvasAgg(e.drawing.figure).get_renderer()
    ax = e.drawing.figure.subfigs[0].axes[0]
    for setting in combinations(*(c.values for c in e.controls)):
        e.drawing.move(dict(zip(("mean", "height", "beyond"), setting, strict=True)))
        boxes = {text.get_text(): text.get_window_extent(renderer) for text in ax.texts}
        assert {"Q", "P*", "R"} < set(boxes) and len(boxes) == 6
        for one, other in pairs(boxes, 2):
            assert not boxes[one].overlaps(boxes[other]), (one, other, setting)
        # And no name hides a point: the middle of each marker is outside of every name.
        for line in ax.lines:
            if line.get_marker() in ("o", "s"):
                x, y = ax.transData.transform(np.ravel(line.get_data()))
                assert not [name for name, box in boxes.items() if box.contains(x, y)], setting


def test_the_shown_source_says_where_the_triangle_is():
    """What is shown below a picture is one function; it names the helper that draws sides, corners and grid."""
    for e in (figures.bregman_ternary, figures.bregman_triangle, figures.bregman_pythagoras):
        assert re.search(r"# .*triangle.*_triangle", e.source())


def test_a_newcomer_who_is_honest_and_wrong_pays_the_gap():
    """An average of the losses themselves: 5/8 of a bit more than the forecast P."""
    paid = [sum(p * -math.log2(f) for p, f in zip(P, forecast, strict=True)) for forecast in (Q, P)]
    assert paid[0] - paid[1] == pytest.approx(5 / 8, abs=1e-12)
    assert np.array(P) @ figures.EXTRA_LOSS["log"] == pytest.approx(paid[0] - paid[1], abs=1e-12)


@pytest.mark.parametrize("curve, best", {"x²": 1.55, "x ln x": 1.0, "−ln x": 5 / 7.75}.items())
def test_the_description_of_the_summary_holds_after_moves(curve, best):
    """The lowest point, by looking at a fine grid: at the mean with the tangent at s, elsewhere with it at the data."""
    data, grid = np.array([0.25, 0.5, 1, 2, 4]), np.linspace(0.25, 4, 37501)[:, None]
    at_s, at_data = (np.vectorize(CLOSED[curve])(*pair).mean(axis=1) for pair in ((data, grid), (grid, data)))
    assert grid[at_s.argmin(), 0] == pytest.approx(1.55, abs=2e-4)
    assert grid[at_data.argmin(), 0] == pytest.approx(best, abs=2e-4)
    alt = figures.bregman_mean.alt
    assert all(number in alt for number in ("1.55", "1.00", "0.65"))


def test_pythagoras_is_lower_beyond_the_line_and_higher_before_it():
    """As the description says of the stack, at every setting."""
    for setting in combinations(*(c.values for c in figures.bregman_pythagoras.controls)):
        mean, height, beyond = setting
        shown = readouts(figures.bregman_pythagoras, mean=mean, height=height, beyond=beyond)
        assert np.sign(number(shown["whole"]) - number(shown["parts"])) == np.sign(beyond), setting


def test_nobody_beyond_the_line_is_closer():
    """P* is the closest of all with at least this mean, not only on the line."""
    star = np.array([float(x) for x in readouts(figures.bregman_pythagoras)["projection"].split(", ")])
    found = minimize(
        lambda r: bits(r, np.full(3, 1 / 3)), [0.1, 0.2, 0.7], bounds=[(1e-9, 1)] * 3,
        constraints=[
            {"type": "eq", "fun": lambda r: r.sum() - 1},
            {"type": "ineq", "fun": lambda r: r @ [1, 2, 3] - 2.4},
        ],
    )  # fmt: skip
    assert star == pytest.approx(found.x, abs=1e-3)


@pytest.mark.parametrize("p, q", product((0, 0.2, 0.45, 1), (0.1, 0.5, 0.9)))
def test_local(p, q):
    shown = readouts(figures.bregman_local, p=p, q=q)
    assert number(shown["D"]) == pytest.approx(bits(coin(p), coin(q)), abs=6e-4)
    assert number(shown["local"]) == pytest.approx((p - q) ** 2 / (2 * q * (1 - q)) / LN2, abs=6e-4)
    assert number(shown["pinsker"]) == pytest.approx(2 * (p - q) ** 2 / LN2, abs=6e-4)
    assert number(shown["pinsker"]) <= number(shown["D"]) + 1e-3
