"""That the table of *One number, seven ways* agrees with D at every setting, and what is said of its figures.

(Pictures and readouts: tests/references/one_number_seven_ways.py.)
"""

import math
import re
import statistics
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.special import rel_entr

from klbook.figures import one_number_seven_ways as figures

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
DRAWN = ("surprise", "evidence", "likelihood", "coding", "house", "lottery")


def readouts(e, **setting):
    return e.readouts_at(e.initial | setting)


def numbers(text):
    return [float(x.replace("−", "-").replace(",", "")) for x in re.findall(r"−?\d[\d,]*\.?\d*", text)]


def values(e, name):
    return next(c for c in e.controls if c.name == name).values


def pair(wrong, snow):
    """The belief of a setting, as fractions."""
    w, s = Fraction(wrong), Fraction(snow)
    mixed = [(1 - w) * p + w * q for p, q in zip(P, Q, strict=True)]
    return [m * (1 - s) / (1 - mixed[3]) for m in mixed[:3]] + [s]


def steps(q):
    return [math.log2(a / b) for a, b in zip(P, q, strict=True)]


def divergence(q):
    return math.fsum(float(p) * s for p, s in zip(P, steps(q), strict=True))


@cache
def whole_table():
    """Values and errors at every setting; D and the bounds, computed here: one row for each setting."""
    e = figures.seven_table
    grid = list(product(*(values(e, c.name) for c in e.controls)))
    found = np.array([figures.measured(*setting) for setting in grid])
    exact, bounds = [], []
    for wrong, snow, days, _ in grid:
        q = pair(wrong, snow)
        crowding = float(sum(p * p / x for p, x in zip(P, q, strict=True)) - 1)
        exact.append(divergence(q))
        bounds.append([0, 0, 0, 9 / days, 0, math.log2(1 + crowding / 1000), 0])
    return grid, found[:, 0], found[:, 1], np.array(exact)[:, None], np.array(bounds) + 1e-6


def test_every_setting_agrees_with_d():
    """Within five standard errors and the bounds, at every setting.

    There are 3,600 measurements. If the errors are right, one in 1.7 million normal numbers is farther off than five
    of them (of t with 49 degrees of freedom, one in 130,000), so all are nearer with a probability of about 99 %; and
    the seeds are fixed, so what holds today holds tomorrow.
    """
    grid, value, error, exact, bound = whole_table()
    assert len(grid) == figures.seven_table.states == 600
    assert (np.abs(value - exact) <= 5 * error + bound).all()
    assert (error[:, -1] == 0).all()


def test_the_table_is_no_nearer_than_chance_allows():
    """Squares of (value − D)/error: on average 1, for each story and each number of days.

    Settings with the same days and sample share their days, so they count as one group: there are
    6 stories × 3 numbers of days × 8 samples = 144 independent groups. The mean square of a group has the mean 1
    (49/47 if the error is from 50 walks) and at most the standard deviation √2·49/47 ≈ 1.5, so the mean over all
    groups has at most 1.5/√144 = 0.125. Five of these are 0.63: errors that are 1.3 times too small would show,
    or 1.7 times too large. (The test of the experiments themselves, with seeds of their own, is sharper.)
    """
    grid, value, error, exact, _ = whole_table()
    groups = {}
    for row, (_, _, days, sample) in enumerate(grid):
        if exact[row, 0] > 0:
            for k in range(6):
                z = (value[row, k] - exact[row, 0]) / error[row, k]
                groups.setdefault((k, days, sample), []).append(z * z)
    means = [statistics.fmean(g) for g in groups.values()]
    assert len(means) == 144
    assert 1 - 0.63 < statistics.fmean(means) < 1 + 0.63
    within = np.abs(value - exact)[:, :6] <= 2 * error[:, :6] + 1e-9
    assert 0.88 < within.mean() < 0.99  # 95 % of normal numbers


def test_where_the_belief_is_the_truth_all_say_zero():
    for days, sample in product(figures.DAYS, (1, 5)):
        shown = readouts(figures.seven_table, wrong=0.0, snow=1 / 8, days=days, sample=sample)
        assert [numbers(shown[s])[0] for s in ("D", *DRAWN, "tangent")] == [0] * 8
        assert shown["farthest"] == "none: the belief is the truth"


@pytest.mark.parametrize("p", [1 / 8, 1e-2, 1e-3])
def test_d_stays_below_its_ceiling_where_snow_is_overrated(p):
    for q in values(figures.seven_ignores, "q"):
        if q >= p:
            exact = rel_entr([p, 1 - p], [q, 1 - q]).sum() / math.log(2)
            ceiling = numbers(readouts(figures.seven_ignores, p=p, q=q)["waste"])[0]
            assert exact <= -math.log2(1 - q) + 1e-12 and ceiling == pytest.approx(
                -math.log2(1 - q), abs=6e-5
            )


def test_ignores_what_never_comes():
    shown = readouts(figures.seven_ignores, p=0.0, q=0.5)
    assert shown["forward"] == shown["waste"] == "1.0000 bits a day"
    assert shown["reverse"].startswith("∞") and shown["ratio"].startswith("∞")
    assert numbers(shown["variation"]) == [0.5]


# What captions and descriptions say of every setting


@pytest.mark.parametrize("name", ["seven_table", "seven_ignores"])
def test_no_caption_names_a_side_that_a_phone_stacks(name):
    e = getattr(figures, name)
    assert not re.search(
        r"\bleft[:,]|\bright[:,]|\bon the (left|right)\b", f"{e.caption} {e.alt}", flags=re.I
    )


def test_one_unit_in_the_whole_table():
    shown = readouts(figures.seven_table)
    assert {re.search(r"bits.*?(?=,|$)", shown[name])[0] for name in ("D", *DRAWN, "tangent")} == {
        "bits a day"
    }


@pytest.mark.parametrize("wrong", values(figures.seven_translate, "wrong"))
def test_the_gap_of_a_day_is_zero_only_where_both_give_it_the_same_probability(wrong):
    for outcome, p in enumerate(P):
        q = (1 - Fraction(wrong)) * p + Fraction(wrong) * Q[outcome]
        gap = math.log2(p / q) + float(q / p - 1) / math.log(2)
        assert (gap > 1e-12) == (p != q)
        total = numbers(readouts(figures.seven_translate, outcome=outcome, wrong=wrong)["tangent"])[-1]
        assert total == pytest.approx(gap, abs=5.1e-3)


@pytest.mark.parametrize("p", [1 / 8, 1e-2, 1e-3, 0.0])
def test_what_is_ignored_rises_away_from_the_truth(p):
    beliefs = values(figures.seven_ignores, "q")
    for name in ("forward", "reverse", "variation", "jensen", "ratio"):
        seen = [(q, numbers(readouts(figures.seven_ignores, p=p, q=q)[name])) for q in beliefs]
        if p == 0 and name in ("reverse", "ratio"):
            assert all("∞" in readouts(figures.seven_ignores, p=p, q=q)[name] for q in beliefs)
            continue
        below = [x[0] for q, x in seen if q <= p][::-1]
        above = [x[0] for q, x in seen if q >= p]
        assert below == sorted(below) and above == sorted(above)
