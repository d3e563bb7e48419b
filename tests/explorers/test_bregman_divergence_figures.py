"""What *Bregman divergence* says of its figures. (Pictures and readouts: tests/references/bregman_divergence.py.)"""

import math
import re
from itertools import combinations as pairs
from itertools import product as combinations

import numpy as np
import pytest
from matplotlib.backends.backend_agg import FigureCanvasAgg
from scipy.optimize import minimize
from scipy.special import rel_entr

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


def test_merging_cloud_and_rain():
    """Both divergences stay as they are; the squared distance grows from 14/64 to 18/64."""
    p, q = figures.P_MERGED, figures.Q_MERGED
    assert p.tolist() == [1 / 2, 1 / 8, 3 / 8] and q.tolist() == [1 / 8, 1 / 8, 3 / 4]
    shown = readouts(figures.bregman_triangle)
    assert [number(shown[name]) for name in ("forward", "reverse", "squares")] == [0.625, 0.5, 0.281]


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


def test_the_shown_source_says_where_the_triangle_and_the_tangent_are():
    """What is shown below a picture is one function; it names the helper that draws the rest."""
    for e in (figures.bregman_ternary, figures.bregman_triangle, figures.bregman_pythagoras):
        assert re.search(r"# .*triangle.*_triangle", e.source())
    for e in (figures.bregman_bowls, figures.bregman_gap, figures.bregman_towns, figures.bregman_scores):
        assert re.search(r"# .*tangent.*_Tangent", e.source())


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


@pytest.mark.parametrize("mean", figures.bregman_pythagoras.controls[0].values)
def test_nobody_beyond_the_line_is_closer(mean):
    """P* is the closest of all with at least this mean, not only on the line."""
    shown = readouts(figures.bregman_pythagoras, mean=mean)["projection"]
    found = minimize(
        lambda r: bits(r, np.full(3, 1 / 3)), [0.1, 0.2, 0.7], bounds=[(1e-9, 1)] * 3,
        constraints=[
            {"type": "eq", "fun": lambda r: r.sum() - 1},
            {"type": "ineq", "fun": lambda r: r @ [1, 2, 3] - mean},
        ],
    )  # fmt: skip
    assert [float(x) for x in shown.split(", ")] == pytest.approx(found.x, abs=1e-3)
