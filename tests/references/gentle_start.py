"""*A gentle start*, by counting and in fractions."""

import math
from decimal import Decimal
from fractions import Fraction
from functools import cache
from itertools import accumulate

import numpy as np

from klbook.figures import gentle_start as figures
from references import reference
from references.marks import At, Band, Bars, Curve, Each, Segments

WORLD = {
    "P": {"sun": Fraction(1, 2), "cloud": Fraction(1, 4), "rain": Fraction(1, 8), "snow": Fraction(1, 8)},
    "Q": {"sun": Fraction(1, 8), "cloud": Fraction(1, 2), "rain": Fraction(1, 4), "snow": Fraction(1, 8)},
}
#: The question trees, as the chapter tells them: what is asked for, one after the other, and what is left.
ORDER = {"P": ["sun", "cloud", "rain", "snow"], "Q": ["cloud", "rain", "sun", "snow"]}


@reference("gentle-chessboard", also=[{"answers": a, "game": g} for a in range(7) for g in range(1, 21)])
def gentle_chessboard(answers, game):
    """A square is six binary digits; each answer gives one, of the file and of the rank in turn."""
    answers, square = int(answers), 8
    for _ in range(game):
        square = (square + 27) % 64
    digits = [square // 8, square % 8]

    def possible(answers):
        given = (answers + 1) // 2, answers // 2
        return [
            [n for n in range(8) if n >> (3 - known) == digit >> (3 - known)]
            for digit, known in zip(digits, given, strict=True)
        ]

    files, ranks = possible(answers)
    left = [(f, r) for f in files for r in ranks]
    share = Fraction(len(left), 64)
    question = "none yet"
    if answers:
        which = (answers - 1) % 2
        before = possible(answers - 1)[which]
        names = ["abcdefgh"[n] if which == 0 else str(n + 1) for n in before[: len(before) // 2]]
        kind = ("file", "rank")[which]
        asked = f"{kind} {names[0]}" if len(names) == 1 else f"{kind}s {names[0]} to {names[-1]}"
        question = f"Is it in {asked}? {'Yes' if digits[which] in before[: len(before) // 2] else 'No'}"
    right, top = files[-1] + 1, ranks[-1] + 1
    dark = [(f, r) for f in range(8) for r in range(8) if f % 2 == r % 2]
    return {
        "question": question,
        "left": len(left),
        "share": "1" if answers == 0 else f"1/{2**answers}",
        "halvings": f"{answers} halving{'s' * (answers != 1)}",
    }, {
        "x-axis": {k + 0.5: file for k, file in enumerate("abcdefgh")},
        "y-axis": {k + 0.5: str(k + 1) for k in range(8)},
        "board": Bars([(f + 0.5, r + 1) for f, r in dark], bottom=[r for _, r in dark], width=1),
        "possible": [(files[0], ranks[0]), (right, ranks[0]), (right, top), (files[0], top)],
        "shares": Bars([(k, Fraction(1, 2**k)) for k in range(7)], width=0.62),
        "now": Bars([(answers, share)], width=0.62),
        "share": At(answers, float(share) + 0.015, "1" if answers == 0 else f"1/{2**answers}"),
    }


def reached(chance):
    """How many times 1 can be halved without falling below a chance, by halving."""
    halvings, half = 0, Fraction(1, 2)
    while half >= chance:
        halvings, half = halvings + 1, half / 2
    return halvings


def one_in(chance):
    """A chance as "1 in …"."""
    one = 1 / chance
    if one.denominator > 1 and one < 10:
        return f"1 in {float(one):.2f}"
    if one < 10**7:
        return f"1 in {round(one):,}"
    digits, power = f"{Decimal(round(one)):.1e}".split("e+")
    return f"1 in {digits} × 10" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] for d in power)


@reference("gentle-between")
def gentle_between(times, chance):
    times = int(times)
    low = [reached(chance**n) for n in range(1, times + 1)]
    ends = [(Fraction(k, n), Fraction(k + 1, n)) for n, k in enumerate(low, 1)]
    least, most = max(a for a, _ in ends), min(b for _, b in ends)
    assert 2 ** (-float(most)) <= chance <= 2 ** (-float(least))
    pieces = [[(n, float(a)), (n, float(b))] for n, (a, b) in enumerate(ends, 1)]
    return {
        "together": one_in(chance**times),
        "halvings": f"between {low[-1]} and {low[-1] + 1}",
        "each": f"between {float(least):.3f} and {float(most):.3f}",
    }, {
        "bars": Segments(pieces),
        "now": pieces[-1],
        "both": Segments([[(0, float(edge)), (41, float(edge))] for edge in (least, most)]),
    }


def surprise(p):
    """In natural logarithms, and then in halvings."""
    return math.inf if p <= 0 else -math.log(p) / math.log(2) + 0.0


def average(truth, belief):
    """Term by term; what never happens surprises nobody."""
    pairs = ((truth, belief), (1 - truth, 1 - belief))
    return math.fsum(often * surprise(believed) for often, believed in pairs if often > 0)


def blocks(p, heights):
    """Corners of the blocks of heads and tails, cut off far above the picture."""
    corners = []
    for left, right, height in zip((0, p), (p, 1), heights, strict=True):
        h = min(height, 2 * figures._TOP)
        corners += [(left, 0), (left, h), (right, h), (right, 0), (left, 0)] * (right > left)
    return corners


QUARTERS = {0: "0", 0.25: "¼", 0.5: "½", 0.75: "¾", 1: "1"}
FACES = {
    "x-axis": QUARTERS,
    "x-axis-2": QUARTERS,
    "heads": At(0.015, 5.6, "heads"),
    "tails": At(0.985, 5.6, "tails"),
}


@reference("gentle-coin")
def gentle_coin(p):
    each = [surprise(p), surprise(1 - p)]
    mean = average(p, p)
    return {"heads": each[0], "tails": each[1], "mean": mean}, FACES | {
        "legend": {"level": "average"},
        "blocks": blocks(p, each),
        "level": [(0, mean), (1, mean)],
        "arch": Curve(np.vectorize(lambda x: average(x, x)), 0, 1, 101),
        "coin": [(p, 0), (p, mean)],
    }


@reference("gentle-belief")
def gentle_belief(p, q):
    right, wrong, top = average(p, p), average(p, q), 3.4
    others = np.vectorize(lambda x: average(p, x))
    first = 1 / (1 + math.exp(6.5))
    return {"right": right, "wrong": wrong, "extra": wrong - right}, FACES | {
        "legend-2": {"level": "believes the truth", "curve": "believes this"},
        "known": blocks(p, [surprise(p), surprise(1 - p)]),
        "believed": blocks(p, [surprise(q), surprise(1 - q)]),
        "gap": Band(right, lambda x: np.minimum(others(x), 2 * top), first, 1 - first, 61),
        "level": [(0, right), (1, right)],
        "curve": Curve(others, first, 1 - first, 61),
        "extra": [(q, right), (q, min(wrong, top - 0.08))],
        "endless": At(0.06 if q < 0.5 else 0.94, top - 0.1, "∞") if math.isinf(wrong) else None,
    }


def asked(player, weather):
    """How many questions a player asks: until the answer is yes, or nothing is left to ask."""
    return min(ORDER[player].index(weather) + 1, 3)


@cache
def weathers(town, seed, days):
    chances = [float(chance) for chance in WORLD[town].values()]
    drawn = np.random.default_rng(seed).choice(4, size=days, p=chances)
    return [list(WORLD[town])[d] for d in drawn]


def way(player, weather):
    """Down the stairs, one to the right for each no, and straight down for the yes."""
    noes = ORDER[player].index(weather)
    x, y = [1.3, 3.5, 5.7, 7.9], [5, 3.4, 1.8, 0.2]
    steps = list(zip(x[: noes + 1], y, strict=False))
    return steps if weather == "snow" else [*steps, (x[noes], y[noes + 1])]


def tree(player, day, town):
    """All marks of a question tree."""
    weather, order = weathers(town, figures.FIRST_SEED, 30)[day - 1], ORDER[player]
    nodes = [way(player, name)[-2] for name in order[:-1]]
    ends = {name: way(player, name)[-1] for name in order}
    marks = {
        "title": At(0, 6.5, f"Questions for {player}"),
        "question": Each([At(x, y, f"{name}?") for (x, y), name in zip(nodes, order, strict=False)]),
        "yes": Each([At(x - 0.15, y - 0.85, "yes") for x, y in nodes]),
        "no": Each([At(x + 1.4, y - 0.55, "no") for x, y in nodes]),
        "ways": Each([way(player, name) for name in order]),
        "end": Each([At(x, y - 0.15, name) for name, (x, y) in ends.items()]),
        "often": Each([At(x, y - 0.72, str(WORLD[town][name])) for name, (x, y) in ends.items()]),
        "taken": way(player, weather),
        "day": At(9.9, 6.5, f"day {day}: {weather}"),
    }
    return {f"{name}-{player}": mark for name, mark in marks.items()}


@reference("gentle-game")
def gentle_game(town, day):
    day = int(day)
    so_far = weathers(town, figures.FIRST_SEED, 30)[:day]
    counts = {player: [asked(player, weather) for weather in so_far] for player in "PQ"}
    means = [sum(often * asked(player, w) for w, often in WORLD[town].items()) for player in "PQ"]
    return {
        "weather": so_far[-1],
        "p": f"{counts['P'][-1]} today, {sum(counts['P'])} in all",
        "q": f"{counts['Q'][-1]} today, {sum(counts['Q'])} in all",
        "means": f"{float(means[0]):.3f} and {float(means[1]):.3f} a day",
    }, tree("P", day, town) | tree("Q", day, town)


@cache
def extra_questions(sample):
    """Totals of the questions that Q's tree asks more, and of their squares, after 0, 1, 2, … days."""
    days = weathers("P", figures.FIRST_SEED + sample - 1, 10_000)
    extra = [asked("Q", w) - asked("P", w) for w in days]
    return np.array([0, *accumulate(extra)]), np.array([0, *accumulate(x * x for x in extra)])


@reference("gentle-closing-in")
def gentle_closing_in(days, sample):
    days = int(days)
    totals, squares = (int(sums[days]) for sums in extra_questions(sample))
    mean = Fraction(totals, days)
    error = math.sqrt((squares - totals * mean) / (days - 1) / days)

    def running(k):
        return lambda n: extra_questions(k)[0][n.astype(int)] / n

    one_day = math.sqrt(Fraction(1, 2) * 4 + Fraction(3, 8) - Fraction(5, 8) ** 2)
    return {
        "counted": totals,
        "mean": float(mean),
        "error": error,
        "off": float(abs(mean - Fraction(5, 8))) / error,
    }, {
        "band": Band(
            lambda n: 5 / 8 - 2 * one_day / np.sqrt(n), lambda n: 5 / 8 + 2 * one_day / np.sqrt(n), 10, 10_000
        ),
        "x-axis": {10: "10", 100: "100", 1000: "1,000", 10_000: "10,000"},
        "legend": {"goal": "5/8", "measured": "measured"},
        "goal": 5 / 8,
        "other": Each([Curve(running(k), 10, 10_000, 40) for k in range(1, 21)]),
        "measured": Curve(running(sample), 10, days, 1 if days < 1000 else 40),
    }
