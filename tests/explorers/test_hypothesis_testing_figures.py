"""What the figures of *Hypothesis testing* say besides the numbers that their references compute."""

import math
import re
from collections import defaultdict
from fractions import Fraction
from functools import cache
from itertools import product

import pytest
from scipy.stats import norm

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


@pytest.mark.parametrize("truth, days", list(product("pq", (20, 677, 10_000))))
def test_no_sample_is_far_off(truth, days):
    for sample in values(figures.evidence_closing_in, "sample"):
        shown = readouts(figures.evidence_closing_in, truth=truth, sample=sample, days=days)
        assert number(shown["off"]) < 4.5


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
def test_the_simulated_walks_agree_with_all_walks(truth, alpha, beta, sample):
    shown = readouts(figures.evidence_sequential, truth=truth, alpha=alpha, beta=beta, sample=sample)
    lower, upper = math.log2(alpha / (1 - beta)), math.log2((1 - alpha) / beta)
    wrong, days = exact_test(truth, lower, upper)
    measured, error = map(float, shown["days"].removesuffix(" days").split(" ± "))
    assert abs(measured - days) < 4 * error
    share = number(shown["wrong"]) / 100
    assert abs(share - wrong) < 4 * math.sqrt(wrong * (1 - wrong) / figures.WALKS) + 1e-4
    assert measured > number(shown["wald"]) - 3 * error  # the last step can only overshoot


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


@pytest.mark.parametrize("coin", [0.0, 0.3, 1.0])
def test_coins_that_are_the_same(coin):
    shown = readouts(figures.evidence_chernoff, first=coin, second=coin)
    assert shown == {
        "left_over": "1.0000",
        "information": "0.0000 bits a flip",
        "tilt": "any: the curve is flat",
        "flips": "∞: the coins are the same",
    }


def test_coins_that_one_flip_tells_apart():
    shown = readouts(figures.evidence_chernoff, first=0.0, second=1.0)
    assert shown["information"] == "∞ bits a flip: one flip tells"
    assert (shown["left_over"], shown["flips"]) == ("0.0000", "1")


@pytest.mark.parametrize("target", [0.1, 0.01, 0.001])
def test_a_coin_that_never_shows_heads(target):
    """By hand: 0 heads against 0.2 is decided wrongly in half of 0.8ⁿ."""
    shown = readouts(figures.evidence_chernoff, first=0.0, second=0.2, target=target)
    assert number(shown["flips"]) == math.ceil(math.log(2 * target) / math.log(0.8))


def test_the_footnote_of_the_article():
    """About eleven times as many flips tell 0.4 from 0.6 as 0 from 0.2, in the limit."""
    few = number(readouts(figures.evidence_chernoff, first=0.0, second=0.2)["information"])
    many = number(readouts(figures.evidence_chernoff, first=0.4, second=0.6)["information"])
    assert few / many == pytest.approx(-math.log(0.8) / -math.log(2 * math.sqrt(0.24)), abs=0.03)
