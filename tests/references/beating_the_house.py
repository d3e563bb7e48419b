"""*Beating the house*, in fractions: money that is counted, SciPy's binomial, and every set of bets tried."""

import math
from fractions import Fraction
from functools import cache
from itertools import combinations

import numpy as np
from scipy.optimize import brentq
from scipy.stats import binom, entropy

from klbook.figures import beating_the_house as figures
from references import reference
from references.marks import At, Bars, Curve, Each

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
OUTCOMES = ("sun", "cloud", "rain", "snow")
LOG_2 = math.log10(2)


def divergence(p, q):
    return float(entropy([float(x) for x in p], [float(x) for x in q], base=2))


def mixed(step):
    t = Fraction(step)
    return [(1 - t) * q + t * p for p, q in zip(P, Q, strict=True)]


@cache
def seeded_days(town, sample, n):
    rng = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    return rng.choice(4, size=(1, n), p=[float(a) for a in {"P": P, "Q": Q}[town]])[0].tolist()


def shares(bets):
    return ", ".join(f"{o} {float(100 * b):.3g} %" for o, b in zip(OUTCOMES, bets, strict=True))


def counted(bets, days):
    """Doublings day by day, until all is lost, of money that is counted in fractions."""
    wealth, path = Fraction(1), [(0, 0.0)]
    for n, day in enumerate(days, 1):
        wealth *= bets[day] / Q[day]
        if wealth == 0:
            break
        path.append((n, math.log2(wealth)))
    return path


@reference("house-paths", also=({"bet": 2.0, "days": 30.0, "sample": s} for s in range(1, 7)))
def house_paths(bet, sample, days):
    days, bets = round(days), mixed(bet)
    seen = seeded_days("P", sample, 30)[:days]
    path = counted(bets, seen)
    ruined = len(path) <= days
    growth = -math.inf if bet == 2 else 5 / 8 - divergence(P, bets)
    finite = math.isfinite(growth)

    def arch(steps):
        return [5 / 8 - divergence(P, mixed(s)) for s in steps]

    return {
        "bets": shares(bets),
        "wealth": "0: ruined" if ruined else path[-1][1] * LOG_2,
        "growth": growth,
        "mistake": 5 / 8 - growth,
    }, {
        "start": 0,
        "path": path,
        "now": None if ruined else path[-1:],
        "ruin": path[-1:] if ruined else None,
        "best": counted(P, seen),
        "drift": [(0, 0), (30, 30 * growth)] if finite else None,
        "zero": 0,
        "D": 5 / 8,
        "growth": Curve(arch, -0.28, 1.99, points=70),
        "mistake": [(bet, 5 / 8), (bet, max(growth, -1.1))],
        "bet": [(bet, growth)] if finite else None,
        "endless": None if finite else At(1.86, -0.93, "−∞"),
        "y-axis": {-20: "2⁻²⁰", -10: "2⁻¹⁰", 0: "1", 10: "2¹⁰", 20: "2²⁰", 30: "2³⁰"},
        "x-axis-2": {0: "house’s Q", 1: "truth P", 2: "2"},
        "legend": {"drift": "average growth", "best": "bet P", "path": "your bet"},
        "legend-2": {"D": "D(P‖Q)", "growth": "growth", "mistake": "your mistake"},
    }


def of_two(p, x):
    """D(p‖x) of rain and no rain."""
    return p * math.log2(p / x) + (1 - p) * math.log2((1 - p) / (1 - x)) if 0 < x < 1 else math.inf


@reference("house-beliefs")
def house_beliefs(p, q, b):
    house, own = of_two(p, q), of_two(p, b)
    # What a round of each kind brings, and how often.
    growth = p * math.log2(b / q) + (1 - p) * math.log2((1 - b) / (1 - q)) if 0 < b < 1 else -math.inf
    at_house, at_you = min(house, 1.4), min(own, 1.4)

    def bowl(line):
        x, y = line.get_data()
        if (x[0], x[-1]) != (0.004, 0.996) or len(x) < 40:
            return f"from {x[0]} to {x[-1]}"
        wanted = np.array([of_two(p, a) for a in x])
        wanted[wanted > 1.47] = np.nan  # cut off there
        return None if np.allclose(y, wanted, rtol=0, atol=1e-9, equal_nan=True) else "not D(p‖x)"

    return {
        "odds": f"{1 / q:.3g} on rain, {1 / (1 - q):.3g} on no rain",
        "house": house,
        "you": own,
        "growth": growth,
    }, {
        "bowl": bowl,
        "truth": p,
        "house": [(q, at_house)],
        "level": [(min(q, b), at_house), (max(q, b), at_house)],
        "you": [(b, at_you)] if math.isfinite(own) else None,
        "growth": [(b, at_you), (b, at_house)],
        "endless": None if math.isfinite(own) else At({0: 0.05, 1: 0.95}[b], 1.4, "∞"),
        "y-axis": {0: "0.0", 0.5: "0.5", 1: "1.0"},
        "legend": {
            "bowl": "mistake D(p‖x)",
            "truth": "truth p",
            "growth": "your growth",
            "house": "house q",
            "you": "you b",
        },
    }


#: Town, belief of the house, bet; what is to be expected, and the variance of one day.
GAMES = {
    "town P, house Q, bet P": ("P", Q, P, 5 / 8, 127 / 64),
    "town Q, house P, bet Q": ("Q", P, Q, 1 / 2, 1.0),
    "town Q, house Q, bet P": ("Q", Q, P, -1 / 2, 1.0),
}


@cache
def doublings_of(game, sample):
    town, belief, bets, *_ = GAMES[game]
    worth = [int(math.log2(b / q)) for b, q in zip(bets, belief, strict=True)]
    days = np.array([worth[day] for day in seeded_days(town, sample, 10_000)])
    return days.cumsum(), (days**2).cumsum()


@reference("house-closing-in")
def house_closing_in(game, sample, days):
    expected, variance = GAMES[game][3:]
    sums, squares = doublings_of(game, sample)
    total = int(sums[days - 1])
    error = math.sqrt((int(squares[days - 1]) - total * total / days) / (days - 1) / days)

    def edge(sign):
        return Curve(lambda n: expected + sign * 2 * np.sqrt(variance / n), 2, 10_000)

    return {
        "doublings": total,
        "mean": total / days,
        "error": error,
        "off": abs(total / days - expected) / error if error else "no spread yet",
    }, {
        "zero": 0,
        "goal": expected,
        "edge": Each([edge(-1), edge(1)]),
        "measured": Curve(lambda n: sums[n.astype(int) - 1] / n, 2, days, 80 if days == 10_000 else 7),
        "now": [(days, total / days)],
        "x-axis": {n: f"{n:,}" for n in (10, 100, 1000, 10_000)},
        "legend": {"edge": "± 2 standard errors", "goal": "expected growth", "measured": "measured"},
    }


def hump(rounds, chance):
    """The bulk of a binomial distribution, the tallest 1: evenly spaced, with the tallest among them."""
    chances = binom.pmf(np.arange(rounds + 1), rounds, chance)

    def wrong(line):
        x, y = line.get_data()
        k = np.round(x * rounds).astype(int)
        if not np.allclose(x * rounds, k) or not np.allclose(y, chances[k] / chances.max(), atol=1e-9):
            return "not the binomial"
        if len(set(np.diff(k))) > 1 or not np.isclose(max(y), 1) or len(k) > 23:
            return f"uneven, too many, or without the tallest: {k.tolist()}"
        between = np.diff(k)[0] if len(k) > 1 else 1
        outside = chances[: max(k[0] - between + 1, 0)].sum() + chances[k[-1] + between :].sum()
        return None if outside < 3e-3 else f"leaves out {outside}"

    return wrong


@reference("house-mean")
def house_mean(rounds, share):
    lost = 2 * (1 - share)
    growth = -math.inf if share == 1 else 0.6 * math.log2(2 * share) + 0.4 * math.log2(lost)
    factor = 1.2 * share + 0.8 * (1 - share)
    k = np.arange(rounds + 1)
    with np.errstate(divide="ignore"):
        doublings = [i * math.log2(2 * share) + (rounds - i) * np.log2(lost) if i < rounds else 0 for i in k]
    doublings[-1] = rounds * math.log2(2 * share)
    median = doublings[int(binom.median(rounds, 0.6))]
    # At least so many wins are needed; with an even bet none.
    even = None
    if share > 0.5:
        even = 1.0
        if share < 1:
            even = brentq(lambda x: x * math.log(2 * share) + (1 - x) * math.log(lost), 0, 1, xtol=1e-14)
    needed = 0 if even is None else math.ceil(round(even * rounds, 9))
    return {
        "factor": factor,
        "growth": growth,
        "mean": rounds * math.log10(factor),
        "median": "0: ruined" if median == -math.inf else median * LOG_2,
        "kept": binom.sf(needed - 1, rounds, 0.6),
    }, {
        "gamblers": hump(rounds, 0.6),
        "money": hump(rounds, 0.6 * share / (0.6 * share + 0.4 * (1 - share))),
        "even": None if even is None else [(even, 0), (even, 1.18)],
        "zero": 0,
        "mean": Curve(lambda f: np.log2(1.2 * f + 0.8 * (1 - f)), 0.5, 0.9975, 50),
        "typical": Curve(lambda f: 0.6 * np.log2(2 * f) + 0.4 * np.log2(2 - 2 * f), 0.5, 0.9975, 50),
        "mean-now": [(share, math.log2(factor))],
        "typical-now": None if share == 1 else [(share, growth)],
        "endless": At(0.95, -1.18, "−∞") if share == 1 else None,
        "y-axis": {0: "0.0", 0.5: "0.5", 1: "1.0"},
        "legend": {"gamblers": "gamblers", "money": "money", "even": "break-even"},
        "legend-2": {"mean": "of the mean", "typical": "typical"},
    }


def bets_with_cash(world, odds):
    """Cash and bets such that nothing is better, among all sets of outcomes to bet on; and their growth.

    Whoever bets on a set holds the merged rest: growth is the divergence of the merged truth from merged prices.
    All are fractions. Where the odds are fair, any cash up to the least probability times odds does; it is 0 here.
    """
    outcomes = range(len(world))
    if sum(1 / o for o in odds) == 1:
        return Fraction(0), world, divergence(world, [1 / o for o in odds])
    for size in outcomes:
        for chosen in combinations(outcomes, size):
            rest, cost = 1 - sum(world[k] for k in chosen), 1 - sum(1 / odds[k] for k in chosen)
            cash = rest / cost if cost > 0 else math.inf
            if all((world[k] * odds[k] > cash) == (k in chosen) for k in outcomes):
                bets = [world[k] - cash / odds[k] if k in chosen else Fraction(0) for k in outcomes]
                merged = [world[k] for k in chosen], [1 / odds[k] for k in chosen]
                return cash, bets, divergence([*merged[0], rest], [*merged[1], cost])
    raise AssertionError("one of the sets is right")


@cache
def best_with_cash(truth, take):
    return bets_with_cash(mixed(truth), [(1 - take) / q for q in Q])


@reference("house-take")
def house_take(take, truth):
    kept, world = Fraction(str(take)), mixed(truth)
    cash, bets, growth = best_with_cash(truth, kept)
    odds = [(1 - kept) / q for q in Q]
    worth = [w * o for w, o in zip(world, odds, strict=True)]
    all_in = divergence(world, Q) + math.log2(1 - take)
    on = [f"{o} {float(100 * b):.1f} %" for o, b in zip(OUTCOMES, bets, strict=True) if b]
    return {
        "odds": ", ".join(f"{o} {float(x):.3g}" for o, x in zip(OUTCOMES, odds, strict=True)),
        "all": all_in,
        "best": growth,
        "cash": 100 * cash,
        "bets": ", ".join(on) or "nothing",
    }, {
        "over": Bars(
            [(k, w if b else 0) for k, (w, b) in enumerate(zip(worth, bets, strict=True))], width=0.6
        ),
        "under": Bars([(k, min(w, cash)) for k, w in enumerate(worth)], width=0.6),
        "cash": cash,
        "zero": 0,
        "held": Curve(lambda t: [best_with_cash(s, kept)[2] for s in t], 0, 1),
        "all": Curve(lambda t: [divergence(mixed(s), Q) + math.log2(1 - take) for s in t], 0, 1),
        "held-now": [(truth, growth)],
        "all-now": [(truth, all_in)],
        "x-axis": dict(enumerate(OUTCOMES)),
        "x-axis-2": {0: "house’s Q", 0.5: "halfway", 1: "P"},
        "legend": {"cash": "cash held back"},
        "legend-2": {"held": "cash held back", "all": "all staked"},
    }


HOUSES = {"Q": Q, "P": P, "all days alike": [Fraction(1, 4)] * 4}


def told(knows):
    """Joint probabilities of weather and tip, and their mutual information."""
    s = Fraction(str(knows))
    joint = [[s * p * (i == j) + (1 - s) * p * r for j, r in enumerate(P)] for i, p in enumerate(P)]
    assert sum(map(sum, joint)) == 1
    terms = [
        float(a) * math.log2(a / (P[i] * P[j])) for i, row in enumerate(joint) for j, a in enumerate(row) if a
    ]
    return joint, math.fsum(terms)


@reference("house-tip")
def house_tip(belief, said, knows):
    joint, information = told(knows)
    without = divergence(P, HOUSES[belief])
    bets = [row[said] / P[said] for row in joint]
    return {
        "without": without,
        "with": without + information,
        "information": information,
        "bets": shares(bets),
    }, {
        "truth": Bars([(k - 0.2, p) for k, p in enumerate(P)], width=0.38),
        "staked": Bars([(k + 0.2, b) for k, b in enumerate(bets)], width=0.38),
        "with": Curve(lambda often: [without + told(s)[1] for s in often], 0, 1, 40),
        "without": without,
        "with-now": [(knows, without), (knows, without + information)],
        "without-now": [(knows, without)],
        "x-axis": dict(enumerate(OUTCOMES)),
        "y-axis": {0: "0.0", 0.5: "0.5", 1: "1.0"},
        "legend": {"truth": "P", "staked": "staked after the tip"},
        "legend-2": {"with": "with tips", "without": "without"},
    }
