"""What the figures of *A gentle start* must show besides their numbers, which `references` computes again."""

import math
from fractions import Fraction
from itertools import permutations

import numpy as np
import pytest
from references.gentle_start import ORDER, WORLD, asked

from klbook.figures import gentle_start as figures


def readouts(e, **setting):
    return e.readouts_at(setting)


def number(text):
    return math.inf if "∞" in text else float(text.split()[0].replace(",", "").replace("−", "-"))


def test_the_games_are_different():
    squares = {figures.left_over(game, 6) for game in range(1, figures.GAMES + 1)}
    assert len(squares) == figures.GAMES


@pytest.mark.parametrize("chance", figures.CHANCES, ids=str)
def test_halvings_in_a_row_close_in_on_the_logarithm(chance):
    exact = math.log2(1 / chance)
    for times in (1, 2, 3, 7, 12, 25, 40):
        said = readouts(figures.gentle_between, times=times, chance=chance)
        least, most = map(float, said["each"].removeprefix("between ").split(" and "))
        assert least - 5e-4 <= exact <= most + 5e-4
        assert most - least <= 1 / times + 1e-3
    assert figures.whole_halvings(Fraction(1, 64)) == 6 and figures.whole_halvings(Fraction(1)) == 0


def test_small_chances_are_named():
    assert readouts(figures.gentle_between, times=12, chance=Fraction(1, 3))["together"] == "1 in 531,441"
    assert readouts(figures.gentle_between, times=40, chance=Fraction(1, 10))["together"] == "1 in 1.0 × 10⁴⁰"
    assert readouts(figures.gentle_between, times=1, chance=Fraction(3, 4))["together"] == "1 in 1.33"


def test_no_coin_surprises_more_than_the_fair_one():
    for p in figures.gentle_coin.controls[0].values:
        mean = figures.gentle_coin.drawing.move({"p": p})["mean"]
        assert mean <= 1 and (mean == 1) == (p == 0.5)


def test_a_belief_costs_least_where_it_is_true():
    ps, qs = (c.values for c in figures.gentle_belief.controls)
    for p in ps[::4]:
        extras = [number(readouts(figures.gentle_belief, p=p, q=q)["extra"]) for q in qs[::2]]
        assert qs[::2][int(np.argmin(extras))] == pytest.approx(p) and min(extras) == 0


@pytest.mark.parametrize(("town", "means"), [("P", "1.750 and 2.375"), ("Q", "2.250 and 1.750")])
def test_the_trees_of_the_chapter_are_asked(town, means):
    assert readouts(figures.gentle_game, town=town, day=1)["means"].startswith(means)
    assert tuple(ORDER["P"][:3]) == figures.FOR_P and tuple(ORDER["Q"][:3]) == figures.FOR_Q


@pytest.mark.parametrize("town", WORLD)
def test_no_order_of_questions_is_better(town):
    def cost(order):
        return sum(often * min(order.index(w) + 1, 3) for w, often in WORLD[town].items())

    best = sum(often * asked(town, w) for w, often in WORLD[town].items())
    # … and the only tree that is no chain asks two questions, always.
    assert best == min(map(cost, permutations(WORLD[town]))) == 1.75 < 2


def test_samples_scatter_as_they_should():
    """Chi-square of twenty samples: the standard error is neither too small nor too large."""
    off = [number(readouts(figures.gentle_closing_in, days=10_000, sample=k)["off"]) for k in range(1, 21)]
    assert 7 < sum(z**2 for z in off) < 41  # from the 0.2 % to the 99.6 % point of chi-square with 20


def test_one_key_moves_picture_and_readout():
    for e in (getattr(figures, name) for name in figures.__all__ if name.startswith("gentle_")):
        before = e.frame(e.initial)
        for control in e.controls:
            for step in (-1, 1):
                at = control.start + step
                if 0 <= at < len(control.values):
                    after = e.frame(e.initial | {control.name: control.values[at]})
                    assert after[0] != before[0], (e.slug, control.name)
                    assert after[1] != before[1], (e.slug, control.name)
