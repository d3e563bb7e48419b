"""The figures of *Expected surprise* against plain arithmetic that shares nothing with them."""

import math
from itertools import product

import numpy as np
import pytest
from matplotlib.text import Text

from klbook.figures import expected_surprise as figures

TRUTH = [1 / 2, 1 / 4, 1 / 8, 1 / 8]
OLD = [1 / 8, 1 / 2, 1 / 4, 1 / 8]
#: How many bits more a day surprises one who believes the old town.
GAP = [2, -1, -1, 0]


def values(e, name):
    return next(c for c in e.controls if c.name == name).values


def number(text):
    return math.inf if "∞" in text else float(text.split()[0].replace(",", "").replace("−", "-"))


def divergence(p, q):
    """In nats, term by term, and then in bits."""
    total = 0.0
    for often, believed in zip(p, q, strict=True):
        if often > 0:
            total += math.inf if believed == 0 else often * math.log(often / believed)
    return total / math.log(2)


def believed(wrong, outcome, halvings):
    mixed = [(1 - wrong) * p + wrong * q for p, q in zip(TRUTH, OLD, strict=True)]
    small = 0 if halvings is None else mixed[outcome] / 2**halvings
    scale = (1 - small) / (1 - mixed[outcome])
    return [small if k == outcome else scale * m for k, m in enumerate(mixed)]


@pytest.mark.parametrize("outcome", range(4))
def test_the_sum_of_the_bars_never_goes_below_zero(outcome):
    e = figures.surprise_bars
    for wrong, halvings in product(values(e, "wrong")[::4], values(e, "halvings")):
        said = e.readouts_at({"wrong": wrong, "outcome": outcome, "halvings": halvings})
        exact = divergence(TRUTH, believed(wrong, outcome, halvings))
        assert number(said["D"]) == pytest.approx(exact, abs=6e-4)
        # As the caption has it: belief and truth agree at 0 only as long as no outcome is halved.
        assert (number(said["D"]) == 0) == (wrong == 0 and halvings == 0)


@pytest.mark.parametrize("sample, days", list(product((1, 7, 20), (5, 365))))
def test_a_year(sample, days):
    drawn = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=365, p=TRUTH)[:days]
    gaps = [GAP[d] for d in drawn]
    mean = sum(gaps) / days
    said = figures.surprise_year.readouts_at({"sample": sample, "days": days})
    assert number(said["gap"]) == sum(gaps)
    assert number(said["rate"]) == pytest.approx(mean, abs=6e-4)
    error = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (days - 1) / days)
    assert number(said["error"]) == pytest.approx(error, abs=6e-4)


def test_no_year_leaves_the_picture():
    for sample in values(figures.surprise_year, "sample"):
        drawn = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=365, p=TRUTH)
        assert sum(-math.log2(OLD[d]) for d in drawn) < 1000


@pytest.mark.parametrize("sample", [1, 20])
def test_the_measurement(sample):
    drawn = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=10_000, p=TRUTH)
    for days in (10, 10_000):
        gaps = [GAP[d] for d in drawn[:days]]
        mean = sum(gaps) / days
        error = math.sqrt(sum((g - mean) ** 2 for g in gaps) / (days - 1) / days)
        said = figures.surprise_closing_in.readouts_at({"sample": sample, "days": days})
        assert number(said["mean"]) == pytest.approx(mean, abs=6e-4)
        assert number(said["off"]) == pytest.approx(abs(mean - 5 / 8) / error, abs=0.051)


def test_two_ways_is_infinite_at_both_ends_and_only_there():
    e = figures.two_ways
    for p, q in product(values(e, "p"), values(e, "q")):
        said = e.readouts_at({"p": p, "q": q})
        assert number(said["forward"]) == pytest.approx(divergence([p, 1 - p], [q, 1 - q]), abs=6e-5)
        assert number(said["reverse"]) == pytest.approx(divergence([q, 1 - q], [p, 1 - p]), abs=6e-5)
        assert math.isinf(number(said["forward"])) == (q in (0, 1))


def test_the_sign_of_infinity_stands_at_the_end_where_the_belief_is():
    """A belief of 1 rules out the other outcome, at the right-hand end."""
    e = figures.two_ways
    drawing = e.drawing
    places = {}
    for q in (0, 1):
        drawing.move({"p": 0.5, "q": q})
        (sign,) = [a for a in drawing.figure.findobj(Text) if a.get_text() == "∞"]
        assert sign.get_visible()
        places[q] = sign.get_position()[0]
    low, high = sign.axes.get_xlim()
    assert low < places[0] < low + 2 and high - 2 < places[1] < high


def test_the_chord_meets_the_curve_only_where_nothing_varies():
    e = figures.gibbs_jensen
    for often, first in product(values(e, "often"), values(e, "first")):
        said = e.readouts_at({"often": often, "first": first})
        second = (1 - often * first) / (1 - often)
        height = -often * math.log2(first) - (1 - often) * math.log2(second)
        assert number(said["second"]) == pytest.approx(second, abs=6e-4)
        assert number(said["height"]) == pytest.approx(height, abs=6e-4)
        assert height > 1e-9 or first == pytest.approx(1)


def test_the_tangent():
    for x in values(figures.gibbs_tangent, "x"):
        said = figures.gibbs_tangent.readouts_at({"x": x})
        assert number(said["gap"]) == pytest.approx(x - 1 - math.log(x), abs=6e-4)
        assert number(said["gap"]) >= 0


@pytest.mark.parametrize("outcome", range(4))
def test_each_further_halving_costs_as_many_bits_as_the_outcome_is_probable(outcome):
    e = figures.surprise_never_say_never
    cost = [number(e.readouts_at({"outcome": outcome, "halvings": n})["D"]) for n in range(41)]
    for n in (0, 1, 6, 40):
        assert cost[n] == pytest.approx(divergence(TRUTH, believed(0, outcome, n)), abs=6e-4)
    steps = np.diff(cost)
    assert (steps > 0).all()
    assert steps[8:] == pytest.approx(TRUTH[outcome], abs=2e-3)
