"""The figures of *Hypothesis testing* against plain Python: counting paths, dynamic programming, closed forms."""

import math
import re
from collections import defaultdict
from fractions import Fraction
from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.optimize import minimize_scalar
from scipy.stats import binom, norm

from klbook.figures import hypothesis_testing as figures

#: Steps of the walk and how often they come: sun +2, cloud and rain −1, snow 0.
STEPS = {
    "p": {2: Fraction(1, 2), -1: Fraction(3, 8), 0: Fraction(1, 8)},
    "q": {2: Fraction(1, 8), -1: Fraction(3, 4), 0: Fraction(1, 8)},
}
FORWARD, BACK = 5 / 8, 1 / 2


def values(e, name):
    return next(c for c in e.controls if c.name == name).values


def readouts(e, **setting):
    """All readouts at a setting; what is not given stays as it begins."""
    return e.readouts_at(e.initial | setting)


def number(text):
    return float(re.match(r"[\d.,]+|−?[\d.,]+", text)[0].replace(",", "").replace("−", "-"))


def days_drawn(truth, sample, n):
    """The days of a sample, drawn here."""
    p = {"p": [1 / 2, 1 / 4, 1 / 8, 1 / 8], "q": [1 / 8, 1 / 2, 1 / 4, 1 / 8]}[truth]
    return np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=n, p=p)


@cache
def spread_out(truth, n):
    """Exact distribution of the evidence after n days, one day at a time, in fractions."""
    after = {0: Fraction(1)}
    for _ in range(n):
        before, after = after, defaultdict(Fraction)
        for place, mass in before.items():
            for step, often in STEPS[truth].items():
                after[place + step] += mass * often
    return dict(after)


@pytest.mark.parametrize(
    "truth, sample, prior, days", list(product("pq", (1, 4, 8), (-10, 0, 5), (0, 3, 30, 60)))
)
def test_walk(truth, sample, prior, days):
    drawn = days_drawn(truth, sample, figures.SHORT)[:days]
    bits = sum({0: 2, 1: -1, 2: -1, 3: 0}[day] for day in drawn.tolist())
    shown = readouts(figures.evidence_walk, truth=truth, sample=sample, prior=prior, days=days)
    assert number(shown["evidence"]) == bits
    chance = float(1 / (1 + Fraction(1, 2) ** (prior + bits)))
    if 0.0001 < chance < 0.9999:
        assert number(shown["probability"]) / 100 == pytest.approx(chance, abs=6e-5)
    else:
        assert shown["probability"] == ("above 99.99 %" if chance > 0.5 else "below 0.01 %")
    ratio = re.search(r"([\d,]+) : ([\d,]+)$", shown["odds"])
    if abs(prior + bits) <= 20:
        left = shown["odds"].split(" : ")
        left = [part.split("= ")[-1].replace(",", "") for part in left]
        assert Fraction(int(left[0]), int(left[1])) == Fraction(2) ** (prior + bits), ratio


@pytest.mark.parametrize("truth, sample, days", list(product("pq", (1, 2, 12), (20, 10_000))))
def test_closing_in(truth, sample, days):
    drawn = days_drawn(truth, sample, figures.LONG)[:days].tolist()
    bits = [{0: 2, 1: -1, 2: -1, 3: 0}[day] for day in drawn]
    mean = math.fsum(bits) / days
    error = math.sqrt(math.fsum((b - mean) ** 2 for b in bits) / (days - 1) / days)
    shown = readouts(figures.evidence_closing_in, truth=truth, sample=sample, days=days)
    assert number(shown["mean"]) == pytest.approx(mean, abs=6e-4)
    assert number(shown["error"]) == pytest.approx(error, abs=6e-4)
    drift = FORWARD if truth == "p" else -BACK
    assert number(shown["off"]) == pytest.approx(abs(mean - drift) / error, abs=0.06)
    assert number(shown["off"]) < 4.5


@pytest.mark.parametrize("n, threshold", list(product(figures._CURVE_DAYS, (-20, -7, -1, 0, 1, 3, 20))))
def test_threshold(n, threshold):
    shown = readouts(figures.evidence_threshold, n=n, threshold=threshold)
    rejected = sum(mass for place, mass in spread_out("p", n).items() if place <= threshold)
    kept = sum(mass for place, mass in spread_out("q", n).items() if place > threshold)
    assert number(shown["type_1"]) == pytest.approx(float(rejected), abs=6e-6)
    assert number(shown["type_2"]) == pytest.approx(float(kept), abs=6e-6)


def best_other_error(held, other, n, bound):
    """Smallest sum of `other` over kept places, if `held` loses at most `bound`: filled up from the worst place."""
    of_held, of_other = spread_out(held, n), spread_out(other, n)
    sign = 1 if held == "p" else -1
    room, missed = Fraction(bound).limit_denominator(1000), Fraction(0)
    for place in sorted(of_held, key=lambda x: sign * x):
        share = min(Fraction(1), room / of_held[place])
        room -= share * of_held[place]
        missed += (1 - share) * of_other[place]
    return missed


@pytest.mark.parametrize("held, bound, n", list(product("pq", (0.5, 0.2, 0.05, 0.001), (1, 4, 13, 46))))
def test_stein_towns(held, bound, n):
    assert n in values(figures.evidence_stein, "n")
    shown = readouts(figures.evidence_stein, pair="two towns", bounded=held, alpha=bound, n=n)
    error = best_other_error(held, {"p": "q", "q": "p"}[held], n, bound)
    assert number(shown["average"]) == pytest.approx(-math.log2(error) / n, abs=6e-4)
    if error > 1e-3:
        assert number(shown["error"]) == pytest.approx(float(error), abs=6e-5)
    assert shown["limit"] == ("D(P‖Q) = 0.6250 bits" if held == "p" else "D(Q‖P) = 0.5000 bits")


@pytest.mark.parametrize("held, bound, n", list(product("pq", (0.5, 0.05), (13, 129, 1000))))
def test_stein_coins(held, bound, n):
    """With two outcomes the test is by the number of heads: binomial tails."""
    assert n in values(figures.evidence_stein, "n")
    pair = "coins, P: 0.1, Q: 0.01"
    heads, other = (0.1, 0.01) if held == "p" else (0.01, 0.1)
    order = range(n + 1) if held == "p" else range(n, -1, -1)  # few heads speak against P
    room, missed = bound, []
    for k in order:
        mass = binom.pmf(k, n, heads)
        share = room / mass if mass > room else 1.0
        room -= share * mass
        missed.append((1 - share) * binom.pmf(k, n, other))
    shown = readouts(figures.evidence_stein, pair=pair, bounded=held, alpha=bound, n=n)
    assert number(shown["average"]) == pytest.approx(-math.log2(math.fsum(missed)) / n, abs=6e-4)


@pytest.mark.parametrize("held, limit, variance", [("p", FORWARD, 127 / 64), ("q", BACK, 1.0)])
def test_stein_slope_follows_the_second_order(held, limit, variance):
    """−log₂ error = nD + √(nV)·Φ⁻¹(α) + ½·log₂ n + O(1) (Strassen), so the slope is known to about 1/n."""
    for bound in (0.5, 0.2, 0.05):
        shown = readouts(figures.evidence_stein, bounded=held, alpha=bound, n=1000)
        grid = values(figures.evidence_stein, "n")
        before = grid[grid.index(1000) - 1]
        roots = math.sqrt(variance) * norm.ppf(bound) * (math.sqrt(1000) - math.sqrt(before))
        expected = limit + (roots + 0.5 * math.log2(1000 / before)) / (1000 - before)
        assert number(shown["slope"]) == pytest.approx(expected, abs=0.003)


@pytest.mark.parametrize("pair, held, bound", list(product(figures._PAIRS, "pq", (0.5, 0.001))))
def test_stein_slope_is_an_average_and_says_over_which_days(pair, held, bound):
    """The bits at two marks differ by as much as the days between them bring, each as much as is said."""
    grid = values(figures.evidence_stein, "n")
    off = [0.0]
    for n in grid:
        shown = readouts(figures.evidence_stein, pair=pair, bounded=held, alpha=bound, n=n)
        off.append(number(shown["average"]) * n)
        before = 0 if n == 1 else grid[grid.index(n) - 1]
        days = f"day {n}" if n - before == 1 else f"days {before + 1:,} to {n:,}"
        said, where = shown["slope"].split(" bits, ")
        assert where == days
        if before:
            exact = (off[-1] - off[-2]) / (n - before)
            assert number(said) == pytest.approx(exact, abs=6e-4 + 1.1e-3 * n / (n - before))


@cache
def exact_test(truth, lower, upper):
    """Probability of deciding wrongly and expected days of the sequential test, by following all walks."""
    inside, wrong, days, day = {0: 1.0}, 0.0, 0.0, 0
    while sum(inside.values()) > 1e-12:
        day += 1
        after = defaultdict(float)
        for place, mass in inside.items():
            days += mass
            for step, often in STEPS[truth].items():
                after[place + step] += mass * float(often)
        ended = {place for place in after if place <= lower or place >= upper}
        wrong += sum(after[x] for x in ended if (x <= lower) == (truth == "p"))
        inside = {x: mass for x, mass in after.items() if x not in ended}
    return wrong, days


@pytest.mark.parametrize(
    "truth, alpha, beta, sample", list(product("pq", (0.2, 0.05, 0.001), (0.1, 0.01, 0.001), (1, 4)))
)
def test_sequential(truth, alpha, beta, sample):
    shown = readouts(figures.evidence_sequential, truth=truth, alpha=alpha, beta=beta, sample=sample)
    lower, upper = math.log2(alpha / (1 - beta)), math.log2((1 - alpha) / beta)
    assert shown["thresholds"] == f"−{-lower:.2f} and +{upper:.2f} bits"
    wrong, days = exact_test(truth, lower, upper)
    measured, error = map(float, shown["days"].split(" ± "))
    assert abs(measured - days) < 4 * error
    said, exactly = shown["wrong"].split("; exactly ")
    assert number(exactly) / 100 == pytest.approx(wrong, abs=6e-5)
    share = number(said) / 100
    assert abs(share - wrong) < 4 * math.sqrt(wrong * (1 - wrong) / figures.WALKS) + 1e-4
    if truth == "p":
        wald = ((1 - alpha) * upper + alpha * lower) / FORWARD
    else:
        wald = -(beta * upper + (1 - beta) * lower) / BACK
    assert number(shown["wald"]) == pytest.approx(wald, abs=0.06)
    assert measured > wald - 3 * error  # the last step can only overshoot


def test_average_stops_by_hand():
    """By Wald's identity: the average evidence at the end, over that of a day."""
    inf = math.inf
    # Let u be the chance that a climb by at least one ends exactly one higher. After a fall the walk climbs twice, or
    # once and by two: u = u/8 + 3/8·(u·u + 1 − u), so u = 1/3. In the same way 7/9 for a climb by at least two.
    assert figures.average_stop("p", -inf, 1) == pytest.approx(5 / 3 / FORWARD)
    assert figures.average_stop("p", -inf, 2) == pytest.approx((2 * 7 / 9 + 3 * 2 / 9) / FORWARD)
    for k in (1, 2, 10):  # downwards each step is one bit, and nothing is passed by
        assert figures.average_stop("q", -k, inf) == pytest.approx(k / BACK)


@pytest.mark.parametrize("truth, lower, upper", [("p", -3, 4), ("q", -3, 4), ("p", -1, 2), ("q", -6.6, 6.6)])
def test_stopping_follows_all_walks(truth, lower, upper):
    ends = figures.stopping(truth, lower, upper)
    wrong, days = exact_test(truth, lower, upper)
    assert math.fsum(ends.values()) == pytest.approx(1, abs=1e-12)
    assert figures.average_stop(truth, lower, upper) == pytest.approx(days, abs=1e-9)
    assert figures.wrong_stop(truth, lower, upper) == pytest.approx(wrong, abs=1e-11)
    mean = math.fsum(place * mass for (_, place), mass in ends.items())
    assert mean == pytest.approx(days * (FORWARD if truth == "p" else -BACK), abs=1e-9)


def test_a_fixed_number_of_days_is_above_both_others():
    """As the figure's description says, at every setting."""
    for truth, sample, beta, alpha in product(
        "pq", values(figures.evidence_sequential, "sample"), (0.2, 0.05, 0.001), (0.2, 0.05, 0.001)
    ):
        shown = readouts(figures.evidence_sequential, truth=truth, sample=sample, beta=beta, alpha=alpha)
        assert number(shown["fixed"]) > number(shown["days"])
        assert number(shown["fixed"]) > number(shown["wald"])


def test_no_walk_of_the_sequential_test_is_left_undecided():
    for truth, sample in product("pq", values(figures.evidence_sequential, "sample")):
        test = figures._stopped(truth, sample, 0.001, 0.001)
        assert (test.decision != 0).all()


@pytest.mark.parametrize("alpha, beta", [(0.2, 0.2), (0.05, 0.05), (0.1, 0.01), (0.01, 0.1), (0.005, 0.02)])
def test_fixed_number_of_days(alpha, beta):
    shown = readouts(figures.evidence_sequential, alpha=alpha, beta=beta)
    n = int(number(shown["fixed"]))
    bound = Fraction(beta).limit_denominator(1000)
    assert best_other_error("p", "q", n, alpha) <= bound < best_other_error("p", "q", n - 1, alpha)


COINS = [(0.0, 0.2), (0.4, 0.6), (0.6, 0.4), (0.1, 0.5), (0.0, 1.0), (0.3, 0.3), (1.0, 0.9), (0.5, 0.6)]


@pytest.mark.parametrize("coins, target", list(product(COINS, (0.1, 0.01, 0.001))))
def test_chernoff(coins, target):
    a, b = coins
    shown = readouts(figures.evidence_chernoff, first=a, second=b, target=target)

    def total(tilt):
        pairs = [(a, b), (1 - a, 1 - b)]
        return sum(x**tilt * y ** (1 - tilt) for x, y in pairs if x > 0 and y > 0)

    if a == b:
        assert (shown["flips"], shown["information"]) == ("∞: the coins are the same", "0.0000 bits a flip")
        assert shown["left_over"] == "1.0000"
        return
    if {a, b} == {0.0, 1.0}:
        assert (shown["flips"], shown["information"]) == ("1", "∞ bits a flip: one flip tells")
        assert shown["left_over"] == "0.0000"
        return
    found = minimize_scalar(total, bounds=(0, 1), method="bounded", options={"xatol": 1e-10})
    smallest = min(found.fun, total(0.0), total(1.0))
    assert number(shown["left_over"]) == pytest.approx(smallest, abs=6e-5)
    assert number(shown["information"]) == pytest.approx(-math.log2(smallest), abs=6e-5)
    if total(number(shown["tilt"])) > smallest + 1e-5:
        pytest.fail("the tilt is not that of the lowest point")

    def wrong(n):
        heads = np.arange(n + 1)
        return np.minimum(binom.pmf(heads, n, a), binom.pmf(heads, n, b)).sum() / 2

    flips = int(number(shown["flips"]))
    assert wrong(flips) <= target * (1 + 1e-9)
    assert flips == 1 or wrong(flips - 1) > target * (1 - 1e-9)
    if (a, b) == (0.0, 0.2):  # by hand: half of 0.8ⁿ
        assert flips == math.ceil(math.log(2 * target) / math.log(0.8))


def test_the_footnote_of_the_article():
    """About eleven times as many flips tell 0.4 from 0.6 as 0 from 0.2, in the limit."""
    few = number(readouts(figures.evidence_chernoff, first=0.0, second=0.2)["information"])
    many = number(readouts(figures.evidence_chernoff, first=0.4, second=0.6)["information"])
    assert few / many == pytest.approx(-math.log(0.8) / -math.log(2 * math.sqrt(0.24)), abs=0.03)
