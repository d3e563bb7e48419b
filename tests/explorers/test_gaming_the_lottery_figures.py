"""What *Gaming the lottery* says of its figures, against fractions, SciPy's Poisson sums, and roots."""

import math
from fractions import Fraction
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import poisson

from klbook.figures import gaming_the_lottery as figures

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
FLOATS = [float(p) for p in P]
CHAPTERS = Path(__file__).parents[2] / "chapters"


def values(e, name):
    return next(c for c in e.controls if c.name == name).values


def readouts(e, **setting):
    """All readouts at a setting; what is not given stays as it begins."""
    return e.readouts_at(e.initial | setting)


def test_at_a_share_of_three_tenths_the_weather_is_not_best():
    """Written down by a referee: P earns 0.2499, the best tickets 0.2924."""
    earned = {plan: readouts(figures.lottery_pot, share=0.3, plan=plan)["growth"] for plan in ("p", "best")}
    assert earned == {"p": "0.2499 doublings a draw", "best": "0.2924 doublings a draw"}


def said(slug):
    """All text that the chapter shows as it is stored."""
    notebook = nbformat.read(CHAPTERS / f"{slug}.ipynb", as_version=4)
    shown = [o for cell in notebook.cells if cell.cell_type == "code" for o in cell.outputs]
    return "\n".join(o.get("text") or o["data"].get("text/markdown", "") for o in shown)


def test_ranges_of_others_tickets_are_roots():
    """Where the mean profit of one of each is 10 and 25 %: by Brent's method."""

    def at(profit, low, high):
        return brentq(lambda lam: (lam + 1) * -math.expm1(-lam) / lam - 1 - profit, low, high, xtol=1e-13)

    ends = [at(profit, *side) for side in ((0.01, 1.7), (1.9, 50)) for profit in (0.1, 0.25)]
    a, b, d, c = ends
    text = said("gaming-the-lottery")
    assert f"λ from {a:.4f} to {b:.4f}" in text and f"λ from {c:.4f} to {d:.4f}" in text
    assert f"λ from {a:.4f} to {d:.4f}; with more others" in text


def test_how_long_one_of_each_must_be_played():
    """Scatter and mean of a draw from SciPy's Poisson, and the draws until the mean is two standard errors."""
    k = np.arange(80)
    chance, doublings = poisson.pmf(k, 2), np.log2(3 / (k + 1))
    mean = chance @ doublings
    scatter = math.sqrt(chance @ (doublings - mean) ** 2)
    left = mean + math.log2(0.95)
    text = said("gaming-the-lottery")
    assert f"scatters by {scatter:.2f} doublings and brings {mean:.3f} on average" in text
    assert f"some {(2 * scatter / mean) ** 2:.0f} draws" in text
    assert (
        f"{left:.3f} doublings a draw are left, and it takes some {(2 * scatter / left) ** 2:.0f} draws"
        in text
    )
    assert 3 / (poisson.median(2) + 1) == 1  # the middle result of a draw: the money back


def test_fortunes_of_many_samples_begin_with_the_five():
    many = figures.fortunes(10_000, True, count=7)
    assert many.shape == (7, 61)
    assert np.array_equal(many[:5], figures.fortunes(10_000, True))


def test_a_crowd_without_end_does_not_notice_a_fortune():
    for sample in range(1, figures.FORTUNES + 1):
        days = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=60, p=FLOATS)
        doublings = sum(int(math.log2(P[day] / Q[day])) for day in days.tolist())
        for best in (True, False):
            wealth = figures.fortunes(figures.ENDLESS, best)[sample - 1, -1]
            assert math.log2(wealth) == pytest.approx(doublings, abs=1e-9)
        e = figures.lottery_fortune
        moved = e.drawing.move(e.initial | {"crowd": figures.ENDLESS, "sample": sample})
        assert moved["share"] == pytest.approx(2.0**doublings / figures.ENDLESS, rel=1e-9)


def test_all_numbers_of_the_lotto():
    kinds, _ = figures.birthday_crowd(6, 0.5)
    assert kinds[0] * math.comb(49, 6) == pytest.approx(math.comb(31, 6), rel=1e-14)
    assert math.comb(49, 6) == 13_983_816


def test_settings_are_on_the_lines():
    """The curves are computed where the sliders stop."""
    assert set(values(figures.lottery_unsold, "mean")) <= set(figures._LINE.tolist())
    assert set(values(figures.lottery_buy_all, "mean")) == set(figures._OTHERS)
