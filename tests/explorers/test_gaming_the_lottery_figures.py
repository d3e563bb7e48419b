"""The figures of *Gaming the lottery* against plain Python: fractions, SciPy's Poisson sums, and an optimiser."""

import math
import re
from fractions import Fraction
from itertools import product
from pathlib import Path

import nbformat
import numpy as np
import pytest
from scipy.optimize import brentq, minimize, minimize_scalar
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


def number(text):
    return float(re.match(r"−?[\d.,]+", text)[0].replace(",", "").replace("−", "-"))


def divergence(p, q):
    return sum(float(a) * math.log2(a / b) for a, b in zip(p, q, strict=True) if a > 0)


@pytest.mark.parametrize("wrong, plan", list(product((0, 0.25, 1), ("p", "q", "same", "sun"))))
def test_crowd(wrong, plan):
    w = Fraction(wrong)
    crowd = [(1 - w) * p + w * q for p, q in zip(P, Q, strict=True)]
    mine = {"p": P, "q": crowd, "same": [Fraction(1, 4)] * 4, "sun": [1, 0, 0, 0]}[plan]
    becomes = [Fraction(b) / q for b, q in zip(mine, crowd, strict=True)]
    shown = readouts(figures.lottery_crowd, wrong=wrong, plan=plan)
    assert number(shown["mean"]) == pytest.approx(
        float(sum(p * r for p, r in zip(P, becomes, strict=True))), abs=6e-4
    )
    assert number(shown["D"]) == pytest.approx(divergence(P, crowd), abs=6e-4)
    if plan == "sun":
        assert shown["growth"].startswith("−∞")
    else:
        growth = sum(float(p) * math.log2(r) for p, r in zip(P, becomes, strict=True))
        assert number(shown["growth"]) == pytest.approx(growth, abs=6e-4)


@pytest.mark.parametrize("crowd, sample, draws", list(product((8, 80, 800, 8000), (1, 6), (20, 10_000))))
def test_closing_in(crowd, sample, draws):
    days = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=10_000, p=FLOATS)
    others = np.random.default_rng(figures.CROWD_SEED + sample - 1).poisson(
        [crowd * float(q) for q in Q], size=(10_000, 4)
    )
    mine = [4, 2, 1, 1]
    logs = [
        math.log2((sum(row) + 8) * mine[day] / (row[day] + mine[day]) / 8)
        for row, day in zip(others[:draws].tolist(), days[:draws].tolist(), strict=True)
    ]
    mean = math.fsum(logs) / draws
    error = math.sqrt(math.fsum((x - mean) ** 2 for x in logs) / (draws - 1) / draws)
    shown = readouts(figures.lottery_closing_in, crowd=crowd, sample=sample, draws=draws)
    assert number(shown["mean"]) == pytest.approx(mean, abs=6e-4)
    assert number(shown["error"]) == pytest.approx(error, abs=6e-4)
    assert number(shown["off"]) == pytest.approx(abs(mean - 5 / 8) / error, abs=0.06)
    k = np.arange(20_000)
    expected = poisson.pmf(k, crowd) @ np.log2((k + 8) / 8)
    for p, q, m in zip(FLOATS, Q, mine, strict=True):
        expected -= p * (poisson.pmf(k, crowd * float(q)) @ np.log2((k + m) / m))
    assert number(shown["expected"]) == pytest.approx(expected, abs=6e-5)


def growth_of_share(share, b):
    b = np.asarray(b)
    return FLOATS @ np.log2(b / (share * b + (1 - share) * np.array(Q, float)))


@pytest.mark.parametrize("share", [0.001, 0.1, 0.5, 0.99])
def test_pot(share):
    best = minimize(
        lambda z: -growth_of_share(share, np.exp(z) / np.exp(z).sum()), np.zeros(4), options={"gtol": 1e-10}
    )
    bets = {"p": np.array(FLOATS), "best": np.exp(best.x) / np.exp(best.x).sum()}
    for plan, b in bets.items():
        shown = readouts(figures.lottery_pot, share=share, plan=plan)
        growth = growth_of_share(share, b)
        assert number(shown["growth"]) == pytest.approx(growth, abs=6e-5)
        assert number(shown["lost"]) == pytest.approx(5 / 8 - growth, abs=6e-5)
        mine, others = 100 * share / (1 - share) * b, 100 * np.array(Q, float)
        pot = mine.sum() + 100
        profit = sum(p * pot * m / (m + o) for p, m, o in zip(FLOATS, mine, others, strict=True)) - mine.sum()
        assert number(shown["profit"]) == pytest.approx(profit, abs=0.02)


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


@pytest.mark.parametrize(
    "crowd, sample, draws", list(product((100, 10_000, figures.ENDLESS), (1, 2, 5), (8, 60)))
)
def test_fortune(crowd, sample, draws):
    """Tickets as P, one draw after the other."""
    days = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=60, p=FLOATS)
    wealth = 1.0
    for day in days[:draws].tolist():
        mine, others = wealth * FLOATS[day], crowd * float(Q[day])
        wealth = (wealth + crowd) * mine / (mine + others)
    shown = readouts(figures.lottery_fortune, crowd=crowd, sample=sample, draws=draws)
    if shown["p"].startswith("2^"):
        assert float(re.search(r"\^([\d.]+)", shown["p"])[1]) == pytest.approx(math.log2(wealth), abs=0.06)
    else:
        assert number(shown["p"]) == pytest.approx(wealth, rel=2e-3, abs=0.51 if wealth >= 1 else 6e-4)


def test_a_crowd_without_end_does_not_notice_a_fortune():
    for sample in range(1, figures.FORTUNES + 1):
        days = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=60, p=FLOATS)
        doublings = sum(int(math.log2(P[day] / Q[day])) for day in days.tolist())
        for best in (True, False):
            wealth = figures.fortunes(figures.ENDLESS, best)[sample - 1, -1]
            assert math.log2(wealth) == pytest.approx(doublings, abs=1e-9)
        assert readouts(figures.lottery_fortune, crowd=figures.ENDLESS, sample=sample)["share"] == "0.0000 %"


def test_the_best_fortune_is_the_one_of_the_best_tickets():
    before, after = figures.fortunes(10_000, True)[0, 39:41]
    share = before / (before + 10_000)
    best = minimize(
        lambda z: -growth_of_share(share, np.exp(z) / np.exp(z).sum()), np.zeros(4), options={"gtol": 1e-10}
    )
    b = np.exp(best.x) / np.exp(best.x).sum()
    day = np.random.default_rng(figures.FIRST_SEED).choice(4, size=60, p=FLOATS)[39]
    mine = before * b[day]
    assert after == pytest.approx((before + 10_000) * mine / (mine + 10_000 * float(Q[day])), rel=1e-5)


@pytest.mark.parametrize("mean, own, sample", list(product((0.5, 2, 8), (0, 1, 5), (1, 8))))
def test_unsold(mean, own, sample):
    crowd = np.random.default_rng(figures.FIRST_SEED + sample - 1).poisson(mean, size=100).tolist()
    shown = readouts(figures.lottery_unsold, mean=mean, own=own, sample=sample)
    assert shown["unsold"] == f"{crowd.count(0)}; expected {100 * math.exp(-mean):.1f}"

    def d(tickets):
        total = sum(tickets)
        return math.inf if 0 in tickets else math.fsum(math.log2(total / 100 / t) for t in tickets) / 100

    for name, tickets in (("alone", crowd), ("D", [k + own for k in crowd])):
        if math.isinf(d(tickets)):
            assert shown[name].startswith("∞")
        else:
            assert number(shown[name]) == pytest.approx(d(tickets), abs=6e-4)
    if own:
        k = np.arange(3000)
        expected = poisson.pmf(k, 100 * mean) @ np.log2(k / 100 + own) - poisson.pmf(k, mean) @ np.log2(
            k + own
        )
        assert number(shown["mean_D"]) == pytest.approx(expected, abs=6e-4)
    else:
        assert shown["mean_D"].startswith("∞")


@pytest.mark.parametrize("mean", [0.5, 2, 10])
def test_buy_all(mean):
    """A pot of a thousand numbers: the winner's holders, and all the other tickets."""
    k, rest = np.arange(200), np.arange(20_000)
    alone, others = poisson.pmf(k, mean), poisson.pmf(rest, 999 * mean)
    mean_rest = others @ rest
    ratio = alone @ ((1000 + k + mean_rest) / 1000 / (k + 1))
    pot = poisson.pmf(rest, 1000 * mean) @ np.log2(1 + rest / 1000)
    shown = readouts(figures.lottery_buy_all, mean=mean)
    assert number(shown["ratio"]) == pytest.approx(ratio, abs=6e-5)
    assert number(shown["log"]) == pytest.approx(pot - alone @ np.log2(k + 1), abs=6e-5)
    for sample in (1, 6):
        shown = readouts(figures.lottery_buy_all, mean=mean, sample=sample, draws=10_000)
        for simulated, exact in (("simulated", "ratio"), ("log_simulated", "log")):
            middle, error = map(float, re.match(r"(\S+) ± ([\d.]+)", shown[simulated]).groups())
            assert abs(middle - number(shown[exact])) <= 4.5 * error + 1e-3
            assert 0 < error < 0.02


@pytest.mark.parametrize("birthdays, chosen, cut", list(product((0, 0.3, 0.75), (1, 6), (0, 0.5))))
def test_birthdays(birthdays, chosen, cut):
    low = Fraction(math.comb(31, chosen), math.comb(49, chosen))
    w = Fraction(str(birthdays))
    share = w + (1 - w) * low
    shown = readouts(figures.lottery_birthdays, birthdays=birthdays, chosen=chosen, cut=cut)
    assert number(shown["low"]) == pytest.approx((1 - cut) * float(low / share), abs=6e-4)
    assert number(shown["high"]) == pytest.approx((1 - cut) / (1 - birthdays), abs=6e-4)
    d = divergence([low, 1 - low], [share, 1 - share])
    assert number(shown["D"]) == pytest.approx(d, abs=6e-4)
    assert number(shown["growth"]) == pytest.approx(d + math.log2(1 - cut), abs=6e-4)


@pytest.mark.parametrize("cut", [0, 0.25, 0.5, 0.7])
def test_cut_of_the_weather_lottery(cut):
    shown = readouts(figures.lottery_cut, cut=cut, game="weather")
    assert number(shown["D"]) == 0.625
    assert number(shown["cost"]) == pytest.approx(-math.log2(1 - cut), abs=6e-4)
    assert number(shown["all_in"]) == pytest.approx(5 / 8 + math.log2(1 - cut), abs=6e-4)
    odds = (1 - cut) / np.array(Q, float)
    found = minimize(
        lambda b: -(FLOATS @ np.log2(np.maximum(1e-9, 1 - b.sum() + b * odds))),
        np.full(4, 0.1),
        bounds=[(0, 1)] * 4,
        constraints={"type": "ineq", "fun": lambda b: 1 - b.sum()},
        method="SLSQP",
        options={"ftol": 1e-14, "maxiter": 1000},
    )
    assert number(shown["held"]) == pytest.approx(-found.fun, abs=6e-4)


@pytest.mark.parametrize("game, cut", list(product((1, 2, 5), (0, 0.1, 0.2, 0.5))))
def test_cut_of_one_of_each(game, cut):
    k = np.arange(120)
    weights, returns = poisson.pmf(k, game), (1 - cut) * (game + 1) / (k + 1)
    shown = readouts(figures.lottery_cut, cut=cut, game=game)
    assert number(shown["all_in"]) == pytest.approx(weights @ np.log2(returns), abs=6e-4)
    found = minimize_scalar(
        lambda f: -(weights @ np.log2(1 - f + f * returns)), bounds=(0, 1), method="bounded"
    )
    assert number(shown["held"]) == pytest.approx(max(0, -found.fun), abs=6e-4)
    if weights @ returns < 1:
        assert shown["staked"] == "0.0 %"


def test_all_numbers_of_the_lotto():
    kinds, _ = figures.birthday_crowd(6, 0.5)
    assert kinds[0] * math.comb(49, 6) == pytest.approx(math.comb(31, 6), rel=1e-14)
    assert math.comb(49, 6) == 13_983_816


def test_settings_are_on_the_lines():
    """The curves are computed where the sliders stop."""
    assert set(values(figures.lottery_unsold, "mean")) <= set(figures._LINE.tolist())
    assert set(values(figures.lottery_buy_all, "mean")) == set(figures._OTHERS)
