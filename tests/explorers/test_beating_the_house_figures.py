"""Readouts of the chapter *Beating the house* against exact fractions, money that is counted, and closed forms."""

import math
import re
import statistics
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import entropy

from klbook.figures import beating_the_house as figures
from klbook.figures import bregman_divergence, gaming_the_lottery

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]


def raw(e, **setting):
    """What `update` returns, before it becomes text."""
    return e.drawing.move(e.initial | setting)


def close(expected, absolute=1e-9):
    return pytest.approx(expected, rel=1e-9, abs=absolute)


def divergence(p, q):
    return float(entropy([float(x) for x in p], [float(x) for x in q], base=2))


def seeded_days(truth, sample, n):
    rng = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    return rng.choice(4, size=(1, n), p=[float(a) for a in truth])[0]


# Paths ------------------------------------------------------------------------------------------------------


def mixed(step):
    t = Fraction(step)
    return [(1 - t) * q + t * p for p, q in zip(P, Q, strict=True)]


def test_growth_is_greatest_at_the_truth():
    rates = {
        step: raw(figures.house_paths, bet=step)["growth"] for step in figures.house_paths.controls[0].values
    }
    assert max(rates, key=rates.get) == 1.0
    assert rates[1.0] == 5 / 8
    assert rates[0.0] == 0


def said(slug):
    """All text that the chapter shows as it is stored."""
    notebook = nbformat.read(Path(__file__).parents[2] / "chapters" / f"{slug}.ipynb", as_version=4)
    shown = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    return "\n".join(o.get("text") or o["data"].get("text/markdown", "") for o in shown)


def test_days_until_a_thousand_crowns():
    """Ten doublings or more, by linear equations: mean and overshoot from every place between −60 and 9."""
    n = 70
    step = np.eye(n) * 1 / 8 + np.eye(n, k=-1) * 3 / 8 + np.eye(n, k=2) / 2  # row: from, column: to
    mean = np.linalg.solve(np.eye(n) - step, np.ones(n))[60]
    from_nine = np.linalg.solve(np.eye(n) - step, np.eye(n)[-1] / 2)[60]  # only from 9 one gets to 11
    assert (round(mean, 2), round(from_nine, 3)) == (16.63, 0.393)
    assert mean == pytest.approx((10 + from_nine) * 8 / 5, rel=1e-9)  # Wald's identity
    there = [1 - np.linalg.matrix_power(step, k)[60].sum() for k in (13, 14)]
    assert there[0] < 1 / 2 < there[1]
    text = said("beating-the-house")
    assert f"**{mean:.2f} days** on average" in text and f"probability {from_nine:.3f}" in text
    assert "after 14 days" in text


def test_a_bet_that_learns():
    """The learner's wealth as a product, day by day; and what it costs in all, from the counts of many lives."""
    days = seeded_days(P, 1, 10_000).tolist()
    counts, behind = [0] * 4, 0.0
    for n, day in enumerate(days):
        behind += math.log2(float(P[day]) * (n + 2) / (counts[day] + 0.5))
        counts[day] += 1
    knows = sum(math.log2(P[day] / Q[day]) for day in days) / 10_000
    text = said("beating-the-house")
    assert f"{knows - behind / 10_000:.4f} of {knows:.4f} doublings a day" in text
    assert f"behind the one who knows by {behind:.1f} doublings" in text
    # Krichevsky and Trofimov: (k − 1)/2 · log2(n/2π) + log2(π^(k/2)/Γ(k/2)) − (k−1)/2 · log2 e, up to what vanishes.
    for n, words in (
        (100, r"hundred days the average was ([\d.]+) already"),
        (10_000, r"lives it was ([\d.]+) on average"),
    ):
        cost = 1.5 * math.log2(n / (2 * math.pi * math.e)) + math.log2(math.pi**2)
        assert float(re.search(words, text)[1]) == pytest.approx(cost, abs=0.15)


def test_all_on_sun_once_stays_ahead_of_the_truth_in_half_of_all_lives():
    ahead = [
        b / p for b, p in zip((Fraction(1), 0, 0, 0), P, strict=True)
    ]  # against the bet P, after day one
    assert ahead == [2, 0, 0, 0] and sum(p for p, a in zip(P, ahead, strict=True) if a > 1) == Fraction(1, 2)


# Two beliefs ------------------------------------------------------------------------------------------------


def test_as_wrong_as_the_house_on_the_other_side_loses():
    assert raw(figures.house_beliefs, p=0.6, q=0.5, b=0.7)["growth"] < 0
    assert raw(figures.house_beliefs, p=0.6, q=0.5, b=0.6)["growth"] == pytest.approx(0.029049, abs=5e-7)


# Closing in -------------------------------------------------------------------------------------------------


def test_all_samples_together_agree_with_the_divergence():
    means = [raw(figures.house_closing_in, sample=s)["mean"] for s in range(1, 11)]
    assert abs(statistics.mean(means) - 5 / 8) < 4 * statistics.stdev(means) / math.sqrt(10)


# A take -----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("truth", figures.house_take.controls[1].values)
def test_without_a_take_all_lines_up_to_the_lowest_bar_grow_alike(truth):
    """Why the cash jumps: at no take it may be anything up to the lowest bar; at the first step it is nearly that."""
    world = np.array([float(x) for x in mixed(truth)])
    belief = np.array([float(x) for x in Q])
    lowest = (world / belief).min()
    for cash in (0, lowest / 2, lowest):
        owned = cash + (world - cash * belief) / belief
        assert world @ np.log2(owned) == close(divergence(world, belief))
    assert raw(figures.house_take, take=0.0, truth=truth)["cash"] == 0
    first = raw(figures.house_take, take=0.04, truth=truth)
    assert first["cash"] / 100 == pytest.approx(lowest, abs=0.05)
    if truth == 1:
        # Water: sun and snow are bet on, (1/4 + 1/8) / (1 − (1/8 + 1/8)/0.96).
        assert first["cash"] == close(100 * 0.375 / (1 - 0.25 / 0.96))
        assert "from 0 to 50.7%" in said("beating-the-house")


def test_both_growths_against_a_take_are_as_described():
    for take in figures.house_take.controls[0].values:
        grown = np.array([
            [raw(figures.house_take, take=take, truth=t)[key] for t in figures.house_take.controls[1].values]
            for key in ("best", "all")
        ])  # fmt: skip
        assert grown[0, 0] == pytest.approx(0, abs=1e-12) and (grown[0] >= -1e-12).all()
        assert (grown[0] >= grown[1] - 1e-12).all()
        assert grown[1, 0] < 0 if take else grown[1] == close(grown[0])


def test_a_quarter_by_hand():
    got = raw(figures.house_take)
    assert got["cash"] == close(100 * 9 / 16)
    assert got["bets"] == "sun 40.6 %, snow 3.1 %"  # 13/32 and 1/32
    only_sun = minimize_scalar(
        lambda b: -(math.log2(1 + 5 * b) + math.log2(1 - b)) / 2, bounds=(0, 0.9), method="bounded"
    )
    assert got["best"] > -only_sun.fun > 0.42


def test_without_a_take_cash_does_not_matter():
    for truth in (0.0, 0.5, 1.0):
        got = raw(figures.house_take, take=0.0, truth=truth)
        assert got["best"] == close(got["all"])


# Panels -----------------------------------------------------------------------------------------------------

OWN = [
    e
    for module in (figures, gaming_the_lottery, bregman_divergence)
    for e in map(vars(module).get, module.__all__)
    if hasattr(e, "panels")
]


@pytest.mark.parametrize("e", OWN, ids=lambda e: e.slug)
def test_panels_are_named_by_their_order(e):
    """A phone puts one below the other: neither is left or right there."""
    words = " ".join([e.caption, e.alt, *(r.label for r in e.readouts)])
    assert not re.search(
        r"\b(?:Left|Right)\b|(?:on|to) the (?:left|right)|(?:left|right) (?:panel|bowl|gap|picture)", words
    )
    assert ("First panel:" in e.alt and "Second panel:" in e.alt) or e.panels == 1 or "Two " in e.alt
