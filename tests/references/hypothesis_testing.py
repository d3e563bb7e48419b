"""*Hypothesis testing*, in fractions, by counting, by linear equations and by tails of the binomial distribution."""

import math
from fractions import Fraction
from functools import cache
from itertools import pairwise

import numpy as np
from scipy.stats import binom

from klbook.figures import hypothesis_testing as figures
from references import reference
from references.marks import At, Band, Bars, Curve, Each

#: Steps of the walk and how often they come: sun +2, cloud and rain −1, snow 0.
STEPS = {
    "p": {2: Fraction(1, 2), -1: Fraction(3, 8), 0: Fraction(1, 8)},
    "q": {2: Fraction(1, 8), -1: Fraction(3, 4), 0: Fraction(1, 8)},
}


FORWARD, BACK = 5 / 8, 1 / 2


@cache
def ways(truth):
    """Of 8ⁿ equally likely records of n days, how many end at each evidence −n, …, 2n: for one n after the other."""
    falls, stays, climbs = (int(8 * STEPS[truth][step]) for step in (-1, 0, 2))
    after = [[1]]
    for _ in range(1000):
        wide = [0, 0, 0, *after[-1], 0, 0, 0]
        after.append(
            [falls * c + stays * b + climbs * a for a, b, c in zip(wide, wide[2:], wide[3:], strict=False)]
        )
    return after


def spread_out(truth, n):
    """Exact distribution of the evidence after n days."""
    return {place: Fraction(w, 8**n) for place, w in enumerate(ways(truth)[n], start=-n) if w}


def days_drawn(truth, sample, n):
    """The days of a sample, drawn here."""
    p = {"p": [1 / 2, 1 / 4, 1 / 8, 1 / 8], "q": [1 / 8, 1 / 2, 1 / 4, 1 / 8]}[truth]
    return np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=n, p=p)


def percent(chance):
    if chance > 0.9999:
        return "above 99.99 %"
    return "below 0.01 %" if chance < 0.0001 else f"{100 * chance:.2f} %"


def odds(power):
    if power == 0:
        return "1 : 1"
    said = "2" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] for d in str(abs(power)))
    if abs(power) <= 20:
        said += f" = {2 ** abs(power):,}"
    return f"{said} : 1" if power > 0 else f"1 : {said}"


@reference("evidence-walk")
def evidence_walk(days, truth, prior, sample):
    days = int(days)
    bits = [0, *np.cumsum([(2, -1, -1, 0)[d] for d in days_drawn(truth, sample, 60)[:days]]).tolist()]
    chances = [float(1 / (1 + Fraction(1, 2) ** (prior + b))) for b in bits]
    other = {"p": "q", "q": "p"}[truth]
    return {"evidence": bits[-1], "odds": odds(prior + bits[-1]), "probability": percent(chances[-1])}, {
        "rise": [(n, 5 / 8 * n) for n in range(61)],
        "fall": [(n, -n / 2) for n in range(61)],
        "even": -prior,
        f"walk-{truth}": list(enumerate(bits)),
        f"walk-{other}": None,
        "now": [(days, bits[-1])],
        "half": 0.5,
        f"chance-{truth}": list(enumerate(chances)),
        f"chance-{other}": None,
        "chance-now": [(days, chances[-1])],
        "legend": {"rise": "up D(P‖Q) a day", "fall": "down D(Q‖P) a day", "even": "even odds"},
        "towns": {"walk-p": "days in town P", "walk-q": "days in town Q"},
    }


SMALL = {1: "1", 0.1: "0.1", 0.01: "0.01", 0.001: "0.001", 0.0001: "≤ 0.0001"}


@reference("evidence-threshold")
def evidence_threshold(n, threshold):
    n, cut = int(n), threshold + 0.5
    mass = {t: {k: float(v) for k, v in spread_out(t, n).items()} for t in "pq"}
    places = range(-20, 35)

    def errors(at):
        return (
            float(sum(m for k, m in spread_out("p", n).items() if k <= at)),
            float(sum(m for k, m in spread_out("q", n).items() if k > at)),
        )

    curve = [errors(at) for at in [-n - 1, *sorted(spread_out("p", n))]]
    now = errors(threshold)
    low, high, top = -21, 35, 0.45
    return {"type_1": now[0], "type_2": now[1]}, {
        "wrong": [(low, 0), (low, top), (cut, top), (cut, -top), (high, -top), (high, 0)],
        "if-p": Bars([(x, mass["p"].get(x, 0)) for x in places], least=2e-4, width=0.8),
        "if-q": Bars([(x, -mass["q"].get(x, 0)) for x in places], least=2e-4, width=0.8),
        "zero": 0,
        "threshold": cut,
        "errors": [(max(a, 1e-4), max(b, 1e-4)) for a, b in curve],
        "now": [(max(now[0], 1e-4), max(now[1], 1e-4))],
        "y-axis": {y: f"{abs(y):g}" for y in (-0.4, -0.2, 0, 0.2, 0.4)},
        "x-axis-2": SMALL,
        "y-axis-2": SMALL,
        "true-p": At(33, 0.42, "if P is true"),
        "true-q": At(33, -0.42, "if Q is true"),
        "rejected": Each([At(-19, 0.42, "rejected"), At(-19, -0.42, "rejected")]),
        "kept": Each([At(33, 0.36, "kept"), At(33, -0.36, "kept")]),
    }


BITS = np.array([2, -1, -1, 0])


@reference("evidence-closing-in")
def evidence_closing_in(days, truth, sample):
    kinds = np.eye(4, dtype=int)[days_drawn(truth, sample, figures.LONG)].cumsum(axis=0)
    seen = kinds[days - 1]
    mean = (2 * seen[0] - seen[1] - seen[2]) / days
    error = math.sqrt(sum(seen * (BITS - mean) ** 2) / (days - 1) / days)
    goals = {"p": FORWARD, "q": -BACK}
    # E X² − (E X)² of the evidence of a day: 2²/2 + 3/8 − (5/8)² and 2²/8 + 3/4 − (1/2)².
    spread = {"p": math.sqrt(127 / 64), "q": 1.0}[truth]
    marks = {f"goal-{t}": goal for t, goal in goals.items()}
    marks |= {f"{mark}-{t}": None for mark in ("band", "measured") for t in "pq"}

    def running(n):
        n = n.astype(int)
        return kinds[n - 1] @ BITS / n

    marks[f"measured-{truth}"] = Curve(running, 2, days, points=12)
    marks[f"band-{truth}"] = Band(
        lambda n: goals[truth] - 2 * spread / n**0.5,
        lambda n: goals[truth] + 2 * spread / n**0.5,
        2,
        figures.LONG,
    )
    marks["legend"] = {"goal-p": "+D(P‖Q)", "goal-q": "−D(Q‖P)"}
    marks["x-axis"] = {10: "10", 100: "100", 1000: "1,000", 10_000: "10,000"}
    return {"mean": mean, "error": error, "off": abs(mean - goals[truth]) / error}, marks


def rejected_first(held, other, bound):
    """Best other error: the worst outcomes for `held` are rejected until they have used up the bound.

    Both are integers for each outcome, of one sum each; the outcome on the edge is rejected with a probability.
    """
    room, missed = bound * sum(held), Fraction(sum(other))
    for of_held, of_other in zip(held, other, strict=True):
        if of_held > room:
            return (missed - of_other * room / of_held) / sum(other)
        room -= of_held
        missed -= of_other
    return Fraction(0)


def weights(pair, n):
    """Integers in proportion to the probabilities under P and Q, ordered by the evidence for P."""
    if pair == "two towns":
        return ways("p")[n], ways("q")[n]
    # Of heads: (1 + 9)ⁿ of tenths, (1 + 99)ⁿ of hundredths.
    return tuple([math.comb(n, k) * tails ** (n - k) for k in range(n + 1)] for tails in (9, 99))


@cache
def other_error(pair, held, bound, n):
    p, q = weights(pair, n)
    return rejected_first(p, q, bound) if held == "p" else rejected_first(q[::-1], p[::-1], bound)


def bits_of(fraction):
    """−log₂, also of fractions that no float can hold."""
    return math.log2(fraction.denominator) - math.log2(fraction.numerator)


def stretch(before, last):
    return f"trials {before + 1:,} to {last:,}" if last - before > 1 else f"trial {last:,}"


@reference("evidence-stein")
def evidence_stein(pair, bounded, alpha, n):
    grid = [0, *figures._STEIN_TRIALS.tolist()]
    bound = Fraction(alpha).limit_denominator(1000)
    bits = {k: bits_of(other_error(pair, bounded, bound, k)) for k in grid}
    slopes = {b: (bits[b] - bits[a]) / (b - a) for a, b in pairwise(grid)}
    limits = {"p": FORWARD, "q": BACK}
    if pair != "two towns":  # log₂ 10 for heads, log₂ 9/99·10 for tails
        limits["p"] = 0.1 * math.log2(10) + 0.9 * math.log2(10 / 11)
        limits["q"] = -0.01 * math.log2(10) - 0.99 * math.log2(10 / 11)
    before = grid[grid.index(n) - 1]
    name = {"p": "D(P‖Q)", "q": "D(Q‖P)"}[bounded]
    return {
        "error": -bits[n] / math.log2(10),
        "average": bits[n] / n,
        "slope": slopes[n],
        "stretch": stretch(before, n),
        "limit": f"{name} = {limits[bounded]:.4f} bits a trial",
    }, {
        "slope-p": [(0, 0), (1000, -1000 * limits["p"])],
        "slope-q": [(0, 0), (1000, -1000 * limits["q"])],
        "exact": [(k, -b) for k, b in bits.items()],
        "now": [(n, -bits[n])],
        "limit-p": limits["p"],
        "limit-q": limits["q"],
        "rate": list(slopes.items()),
        "rate-now": [(n, slopes[n])],
        "legend": {"exact": "exact", "slope-p": "slope −D(P‖Q)", "slope-q": "slope −D(Q‖P)"},
        "legend-2": {"limit-p": "D(P‖Q)", "limit-q": "D(Q‖P)", "rate": "since the step before"},
        "x-axis": {0: "0", 250: "250", 500: "500", 750: "750", 1000: "1,000"},
        "x-axis-2": {1: "1", 10: "10", 100: "100", 1000: "1,000"},
    }


@cache
def walks_drawn(truth, sample):
    """Evidence of all walks after 1, 2, … days."""
    p = {"p": [1 / 2, 1 / 4, 1 / 8, 1 / 8], "q": [1 / 8, 1 / 2, 1 / 4, 1 / 8]}[truth]
    rng = np.random.default_rng((figures.FIRST_SEED, "pq".index(truth), sample))
    return BITS[rng.choice(4, size=(figures.WALKS, figures.WATCH), p=p)].cumsum(axis=1)


def thresholds(alpha, beta):
    return math.log2(alpha / (1 - beta)), math.log2((1 - alpha) / beta)


@cache
def stops(truth, sample, alpha, beta):
    """Days until each walk meets a threshold, and the evidence then."""
    lower, upper = thresholds(alpha, beta)
    walks = walks_drawn(truth, sample)
    out = (walks <= lower) | (walks >= upper)
    assert out.any(axis=1).all()
    last = out.argmax(axis=1)
    return last + 1, walks[np.arange(len(walks)), last]


def chance_of_the_wrong_end(truth, lower, upper):
    """From each place between the thresholds, by the linear equations that connect these chances."""
    inside = range(math.floor(lower) + 1, math.ceil(upper))
    equations, known = np.eye(len(inside)), np.zeros(len(inside))
    for row, place in enumerate(inside):
        for step, often in STEPS[truth].items():
            to = place + step
            if to in inside:
                equations[row, inside.index(to)] -= float(often)
            elif (to < 0) == (truth == "p"):
                known[row] += float(often)
    return np.linalg.solve(equations, known)[inside.index(0)]


@cache
def fixed_days(alpha, beta):
    bounds = [Fraction(rate).limit_denominator(1000) for rate in (alpha, beta)]
    return next(n for n in range(1, 99) if other_error("two towns", "p", bounds[0], n) <= bounds[1])


def wald_days(truth, alpha, beta):
    """Wald's: the walk ends on a threshold, with the wanted rates of errors, and moves by its drift a day."""
    lower, upper = thresholds(alpha, beta)
    if truth == "p":
        return ((1 - alpha) * upper + alpha * lower) / FORWARD
    return (beta * upper + (1 - beta) * lower) / -BACK


@reference("evidence-sequential")
def evidence_sequential(truth, sample, beta, alpha):
    rates = list(figures._RATES.values())
    lower, upper = thresholds(alpha, beta)
    days, ends = stops(truth, sample, alpha, beta)
    wrong = ends < 0 if truth == "p" else ends > 0
    mean = float(days.mean())
    error = math.sqrt(sum((days - mean) ** 2) / (len(days) - 1) / len(days))
    shown = range(figures.SHOWN)
    paths = []
    for k in shown:
        walk = walks_drawn(truth, sample)[k, : days[k]]
        paths += [(0, 0), *enumerate(walk, start=1), (math.nan, math.nan)]
    averages = {rate: float(stops(truth, sample, rate, beta)[0].mean()) for rate in rates}
    return {
        "upper": upper,
        "lower": lower,
        "wrong": 100 * sum(wrong) / len(wrong),
        "exactly": 100 * chance_of_the_wrong_end(truth, lower, upper),
        "days": (mean, error),
        "wald": wald_days(truth, alpha, beta),
        "fixed": fixed_days(alpha, beta),
    }, {
        "upper": [(0, upper), (50, upper)],
        "lower": [(0, lower), (50, lower)],
        "zero": 0,
        "walks": paths,
        "stops": [(days[k], ends[k]) for k in shown],
        "now": [(alpha, averages[alpha])],
        "fixed": [(rate, fixed_days(rate, beta)) for rate in rates],
        "simulated": list(averages.items()),
        "wald": [(rate, wald_days(truth, rate, beta)) for rate in rates],
        "for-p": At(49.5, 14.7, "decide for P"),
        "for-q": At(49.5, -12.7, "decide for Q"),
        "legend-2": {"fixed": "fixed number", "simulated": "simulated", "wald": "Wald"},
        "x-axis-2": {1 / often: f"1 in {often:,}" for often in (10, 100, 1000)},
    }


def coin_between(a, b):
    """Chernoff information in bits and its tilt, in closed form: of the coin c with D(c‖a) = D(c‖b)."""
    if a == b:
        return 0.0, 0.5
    for x, y, tilt in ((a, b, 0.0), (b, a, 1.0)):
        if x in (0, 1):  # the sum is a power of the one probability that is left
            left = 1 - y if x == 0 else y
            if left == 0:
                return math.inf, math.nan
            if y in (0, 1):
                raise AssertionError("equal")
            return -math.log2(left), tilt
    heads, tails = math.log2(a / b), math.log2((1 - a) / (1 - b))
    c = -tails / (heads - tails)
    information = c * math.log2(c / a) + (1 - c) * math.log2((1 - c) / (1 - a))
    logit = [math.log(x / (1 - x)) for x in (a, b, c)]
    return information, (logit[2] - logit[1]) / (logit[0] - logit[1])


@cache
def wrong_decisions(a, b):
    """After 0, 1, …, 2,500 flips, by tails of two binomial distributions: many heads speak for the coin with more."""
    low, high = sorted([a, b])
    n = np.arange(2501)
    if low == high:
        return np.full(len(n), 0.5)
    if low == 0:
        cut = 0 * n
    elif high == 1:
        cut = n - 1
    else:
        tails, heads = math.log((1 - low) / (1 - high)), math.log(high / low)
        cut = np.floor(n * tails / (heads + tails))
    return (binom.sf(cut, n, low) + binom.cdf(cut, n, high)) / 2


@reference("evidence-chernoff")
def evidence_chernoff(first, second, target):
    information, tilt = coin_between(first, second)
    sure = math.isinf(information)
    lowest = (0.5 if sure else tilt, 2.0**-information)
    words = "none: one flip tells" if sure else "any: the curve is flat"
    errors = wrong_decisions(first, second)
    enough = np.flatnonzero(errors <= target * (1 + 1e-12))
    flips = int(enough[0]) if len(enough) else math.inf

    def sums(tilts):
        pairs = [(first, second), (1 - first, 1 - second)]
        return sum(np.exp(tilts * math.log(x) + (1 - tilts) * math.log(y)) for x, y in pairs if x > 0 < y)

    seen = [n for n in figures._FLIPS.tolist() if errors[n] > 1e-6]
    return {
        "left_over": lowest[1],
        "information": information,
        "tilt": words if sure or first == second else tilt,
        "flips": flips,
    }, {
        "sums": Curve(sums, 0, 1),
        "depth": [(lowest[0], 1), lowest],
        "lowest": [lowest],
        "grey": [(n, wrong_decisions(0.4, 0.6)[n]) for n in figures._FLIPS.tolist()],
        "errors": [(n, errors[n]) for n in seen] or None,
        "goal": target,
        "now": [(flips, target)] if math.isfinite(flips) else None,
        "legend-2": {"grey": "0.4 and 0.6", "errors": "your pair"},
        "x-axis": {0: "0", 0.25: "¼", 0.5: "½", 0.75: "¾", 1: "1"},
        "x-axis-2": {1: "1", 10: "10", 100: "100", 1000: "1,000"},
        "y-axis-2": {1: "1", 0.1: "0.1", 0.01: "0.01", 0.001: "0.001"},
    }
