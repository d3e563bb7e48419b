"""What the figures of *Expected surprise* must show besides their numbers, which `references` computes again."""

import math
from itertools import product

import numpy as np
import pytest
from references.expected_surprise import TRUTH, totals

from klbook.figures import expected_surprise as figures


def values(e, name):
    return next(c for c in e.controls if c.name == name).values


def number(text):
    return math.inf if "∞" in text else float(text.split()[0].replace(",", "").replace("−", "-"))


@pytest.mark.parametrize("outcome", range(4))
def test_belief_and_truth_agree_at_0_only_as_long_as_no_outcome_is_halved(outcome):
    e = figures.surprise_bars
    for wrong, halvings in product(values(e, "wrong")[::4], values(e, "halvings")):
        said = number(e.readouts_at({"wrong": wrong, "outcome": outcome, "halvings": halvings})["D"])
        assert said >= 0 and (said == 0) == (wrong == 0 and halvings == 0)


def test_no_year_leaves_the_picture():
    wrong_believer = (3, 1, 2, 3)
    assert all(totals(k, 365, wrong_believer)[-1] < 1000 for k in values(figures.surprise_year, "sample"))


def test_the_chord_meets_the_curve_only_where_nothing_varies():
    e = figures.gibbs_jensen
    for often, first in product(values(e, "often"), values(e, "first")):
        height = e.drawing.move({"often": often, "first": first})["height"]
        assert height > 1e-9 or first == pytest.approx(1)


def test_the_logarithm_is_nowhere_above_its_tangent():
    e = figures.gibbs_tangent
    assert all(number(e.readouts_at({"x": x})["gap"]) >= 0 for x in values(e, "x"))


@pytest.mark.parametrize("outcome", range(4))
def test_each_further_halving_costs_as_many_bits_as_the_outcome_is_probable(outcome):
    e = figures.surprise_never_say_never
    cost = [number(e.readouts_at({"outcome": outcome, "halvings": n})["D"]) for n in range(41)]
    steps = np.diff(cost)
    assert (steps > 0).all()
    assert steps[8:] == pytest.approx(TRUTH[outcome], abs=2e-3)
