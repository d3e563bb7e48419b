"""The readouts of *A gentle start* against plain arithmetic that shares nothing with the figures."""

import math
from fractions import Fraction

import numpy as np
import pytest

from klbook.figures import gentle_start as figures

TRUTH = {"sun": 1 / 2, "cloud": 1 / 4, "rain": 1 / 8, "snow": 1 / 8}
OLD = {"sun": 1 / 8, "cloud": 1 / 2, "rain": 1 / 4, "snow": 1 / 8}
NAMES = list(TRUTH)


def readouts(e, **setting):
    return e.readouts_at(setting)


def number(text):
    return math.inf if "∞" in text else float(text.split()[0].replace(",", "").replace("−", "-"))


@pytest.mark.parametrize("game", range(1, figures.GAMES + 1))
def test_every_answer_halves_the_board_and_six_find_the_square(game):
    for answers in range(7):
        said = readouts(figures.gentle_chessboard, answers=answers, game=game)
        assert number(said["left"]) == 64 / 2**answers
        assert Fraction(said["share"]) == Fraction(1, 2**answers)
        assert number(said["halvings"]) == answers
        (x0, x1), (y0, y1) = figures.left_over(game, answers)
        assert (x1 - x0) * (y1 - y0) == 64 >> answers
        file, rank = figures._square(game)
        assert x0 <= file < x1 and y0 <= rank < y1  # the friend's square is never ruled out


def test_the_answers_are_true():
    for game in range(1, figures.GAMES + 1):
        file, rank = figures._square(game)
        for answers in range(1, 7):
            said = readouts(figures.gentle_chessboard, answers=answers, game=game)["question"]
            words = said.removeprefix("Is it in ").split("?")
            asked = words[0].split()[1:]
            mine = "abcdefgh"[file] if words[0].startswith("file") else str(rank + 1)
            assert words[1].strip() == ("Yes" if asked[0] <= mine <= asked[-1] else "No")


def test_the_games_are_different():
    assert len({figures._square(game) for game in range(1, figures.GAMES + 1)}) == figures.GAMES


@pytest.mark.parametrize("chance", figures.CHANCES, ids=str)
def test_halvings_in_a_row_close_in_on_the_logarithm(chance):
    exact = math.log2(1 / chance)
    for times in (1, 2, 3, 7, 12, 25, 40):
        said = readouts(figures.gentle_between, times=times, chance=chance)
        low, high = map(int, said["halvings"].removeprefix("between ").split(" and "))
        assert Fraction(1, 2**high) < chance**times <= Fraction(1, 2**low) and high == low + 1
        least, most = map(float, said["each"].removeprefix("between ").split(" and "))
        assert least - 5e-4 <= exact <= most + 5e-4
        assert most - least <= 1 / times + 1e-3
    assert figures.whole_halvings(Fraction(1, 64)) == 6 and figures.whole_halvings(Fraction(1)) == 0


def test_small_chances_are_named():
    assert readouts(figures.gentle_between, times=12, chance=Fraction(1, 3))["together"] == "1 in 531,441"
    assert readouts(figures.gentle_between, times=40, chance=Fraction(1, 10))["together"] == "1 in 1.0 × 10⁴⁰"
    assert readouts(figures.gentle_between, times=1, chance=Fraction(3, 4))["together"] == "1 in 1.33"


def average(truth, belief):
    """In natural logarithms, term by term, and then in halvings."""
    total = 0.0
    for often, believed in ((truth, belief), (1 - truth, 1 - belief)):
        if often > 0:
            total += math.inf if believed <= 0 else -often * math.log(believed) / math.log(2)
    return total


@pytest.mark.parametrize("p", [0, 0.01, 0.1, 0.25, 0.5, 0.77, 0.9, 1])
def test_a_coin(p):
    said = readouts(figures.gentle_coin, p=p)
    assert number(said["heads"]) == pytest.approx(math.inf if p == 0 else -math.log(p, 2), abs=6e-4)
    assert number(said["tails"]) == pytest.approx(math.inf if p == 1 else -math.log(1 - p, 2), abs=6e-4)
    assert number(said["mean"]) == pytest.approx(average(p, p), abs=6e-4)
    assert number(said["mean"]) <= 1 and (number(said["mean"]) == 1) == (p == 0.5)


def test_a_belief_costs_least_where_it_is_true():
    ps, qs = (c.values for c in figures.gentle_belief.controls)
    for p in ps[::4]:
        extras = []
        for q in qs[::2]:
            said = readouts(figures.gentle_belief, p=p, q=q)
            assert number(said["right"]) == pytest.approx(average(p, p), abs=6e-4)
            assert number(said["wrong"]) == pytest.approx(average(p, q), abs=6e-4)
            assert number(said["extra"]) == pytest.approx(average(p, q) - average(p, p), abs=6e-4)
            extras.append(number(said["extra"]))
        best = qs[::2][int(np.argmin(extras))]
        assert best == pytest.approx(p) and min(extras) == 0


def ask(order, weather):
    """How many questions are asked, by asking them."""
    asked = 0
    for guess in order:
        asked += 1
        if guess == weather:
            return asked
    return asked


@pytest.mark.parametrize(("town", "world"), [("P", TRUTH), ("Q", OLD)])
def test_the_game_counts_questions(town, world):
    totals = [0, 0]
    for day in range(1, figures.GAME_DAYS + 1):
        said = readouts(figures.gentle_game, town=town, day=day)
        for k, (name, order) in enumerate((("p", figures.FOR_P), ("q", figures.FOR_Q))):
            asked = ask(order, said["weather"])
            totals[k] += asked
            assert said[name] == f"{asked} today, {totals[k]} in all"
    means = [sum(often * ask(o, w) for w, often in world.items()) for o in (figures.FOR_P, figures.FOR_Q)]
    assert said["means"] == f"{means[0]:.3f} and {means[1]:.3f} a day"
    assert means == ([1.75, 2.375] if town == "P" else [2.25, 1.75])


def test_no_order_of_questions_is_better():
    from itertools import permutations

    for world, best in ((TRUTH, figures.FOR_P), (OLD, figures.FOR_Q)):
        costs = {
            order[:3]: sum(world[w] * ask(order[:3], w) for w in NAMES) for order in permutations(NAMES, 4)
        }
        # … and the only tree that is no chain asks two questions, always.
        assert costs[best] == min(costs.values()) == 1.75 < 2


@pytest.mark.parametrize("sample", [1, 7, 20])
def test_the_measurement(sample):
    draws = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(
        4, size=10_000, p=list(TRUTH.values())
    )
    extra = [ask(figures.FOR_Q, NAMES[d]) - ask(figures.FOR_P, NAMES[d]) for d in draws]
    for days in (figures.gentle_closing_in.controls[0].values[0], 10_000):
        said = readouts(figures.gentle_closing_in, days=days, sample=sample)
        first = extra[:days]
        mean = sum(first) / days
        error = math.sqrt(sum((x - mean) ** 2 for x in first) / (days - 1) / days)
        assert number(said["counted"]) == sum(first)
        assert number(said["mean"]) == pytest.approx(mean, abs=6e-4)
        assert number(said["error"]) == pytest.approx(error, abs=6e-4)
        assert number(said["off"]) == pytest.approx(abs(mean - 0.625) / error, abs=0.051)


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
