"""Numbers that the first three chapters state, against computations that share nothing with the book's code."""

import math
import re
from collections import defaultdict
from fractions import Fraction

import numpy as np
import pytest
from cells import numbers, text
from scipy.stats import binom

from klbook.figures import all_figures

#: What a day adds to the evidence for P, and how often, in the new town (P) and in the old one (Q).
STEPS = {"P": {2: 1 / 2, -1: 3 / 8, 0: 1 / 8}, "Q": {2: 1 / 8, -1: 3 / 4, 0: 1 / 8}}
CHAPTERS = ("gentle_start", "expected_surprise", "hypothesis_testing")


def after(days, town):
    """Places that the evidence can have after some days, and their probabilities."""
    each = np.array([STEPS[town][-1], STEPS[town][0], 0, STEPS[town][2]])
    chances = np.ones(1)
    for _ in range(days):
        chances = np.convolve(chances, each)
    return np.arange(len(chances)) - days, chances


def bits_off(days, bound):
    """Minus log2 of the smallest type 2 error: P's places from the lowest, given up until the bound is used up."""
    places, chances = after(days, "P")
    below = chances.cumsum()
    at = int(np.argmax(below >= bound))
    kept = chances[at:].copy()
    kept[0] = below[at] - bound
    # Q's chance of a place is P's, halved as often as the place has bits.
    return places[at] - math.log2(kept @ 2.0 ** -(places[at:] - places[at]))


def test_nine_in_ten_are_surprised_more_after_eleven_days():
    shares = [after(n, "P") for n in range(1, 60)]
    shares = [chances[places > 0].sum() for places, chances in shares]
    first = 1 + max(k for k, share in enumerate(shares, start=1) if share <= 0.9)
    assert first == 11
    said = numbers(
        "expected-surprise", "cell-20c",
        r"\*\*(\d+) days\*\*.*After (\d+) days it is ([\d.]+)%, after \d+ it is ([\d.]+)%"
        r".*after 2 days it is (\d+)%, after 3 only (\d+)%",
    )  # fmt: skip
    assert said[:2] == [11, 10]
    assert said[2:] == pytest.approx([100 * shares[k - 1] for k in (10, 11, 2, 3)], abs=0.51)
    assert said[2:4] == pytest.approx([100 * shares[k - 1] for k in (10, 11)], abs=0.051)


def test_how_much_is_wasted_for_the_price_of_the_move():
    said = numbers(
        "expected-surprise", "cell-27",
        r"([\d.]+) bits for an eighth; .* for (\d+)%; (\d+) bit for a half, ([\d.]+) bits for 99",
    )  # fmt: skip
    assert said[0] == pytest.approx(math.log2(8 / 7), abs=6e-3) and said[3] == pytest.approx(
        math.log2(100), abs=0.051
    )
    assert (said[1] - 0.5) / 100 < 1 - 2 ** -(5 / 8) < (said[1] + 0.5) / 100
    assert said[2] == 1 > 5 / 8  # a half costs more than the move: not little


def test_what_the_solutions_say_of_surprise():
    assert numbers("expected-surprise", "cell-40a", r"= ([\d.]+) bits, .*\*\*([\d.]+) bits") == pytest.approx(
        [math.log2(6), math.log2(2**3 * 6)], abs=6e-4
    )
    first, others, total = re.search(
        r"first term is (.*?)\. The others are (.*?), and the sum is \*\*(.*?)\*\*",
        text("expected-surprise", "cell-42a"),
    ).groups()
    terms = [
        math.prod(Fraction(x.strip("()")) for x in term.split(" · ")) for term in (first, *others.split(", "))
    ]
    # Halvings of the four outcomes: 1, 2, 3, 3 by P and 3, 1, 2, 3 by Q.
    assert terms == [Fraction(p - q, 2**q) for p, q in ((1, 3), (2, 1), (3, 2), (3, 3))]
    assert sum(terms) == Fraction(total) == Fraction(1, 2)
    back, enough, before, less, after, again = numbers(
        "expected-surprise",
        "cell-46a",
        r"= ([\d.]+) bits a day.*takes \*\*(\d+)\*\*: ([\d.]+) bits after (\d+), ([\d.]+) after (\d+)\.",
    )
    costs = [k / 4 + 3 / 4 * math.log2(3 / (4 - 2.0**-k)) for k in range(10)]  # wet or not: two outcomes
    assert enough == again == less + 1 == min(k for k in range(10) if costs[k] > 5 / 8)
    assert [before, after] == pytest.approx([costs[int(less)], costs[int(enough)]], abs=6e-4)
    assert back == pytest.approx(max(k / 4 - costs[k] for k in range(10)), abs=6e-3)
    # Half of the belief on snow: over all beliefs that share out the other half, by a fine grid.
    grid = np.arange(1, 700) / 1400
    sun, cloud = grid[:, None], grid[None, :]
    rain = 0.5 - sun - cloud
    waste = np.where(
        rain > 0, -np.log2(sun) / 2 - np.log2(cloud) / 4 - np.log2(np.where(rain > 0, rain, 1)) / 8, math.inf
    )
    assert numbers("expected-surprise", "cell-50a", r"\*\*([\d.]+) bits a day") == [
        pytest.approx(waste.min() + 1 / 8 - 7 / 4, abs=6e-4)
    ]


def passage(town, level):
    """Average days to a level, and the probabilities of the places where it is met, by following all walks."""
    inside, days, ends = {0: 1.0}, 0.0, defaultdict(float)
    while sum(inside.values()) > 1e-12:
        moved = defaultdict(float)
        for place, mass in inside.items():
            days += mass
            for step, often in STEPS[town].items():
                moved[place + step] += mass * often
        inside = {}
        for place, mass in moved.items():
            if (place >= level) if level > 0 else (place <= level):
                ends[place] += mass
            else:
                inside[place] = mass
    return days, ends


def test_how_soon_you_are_turned_round_and_for_how_long():
    turn, ends = passage("P", 6)
    # A walk that goes down by single bits gets back down k bits with probability r^k, where E[r^-step] = 1: r = 1/2.
    r = 1 / 2
    assert sum(often * r**step for step, often in STEPS["P"].items()) == pytest.approx(1)
    back = sum(mass * r ** (place - 5) for place, mass in ends.items())
    # Last day at 5 or below, simulated: 20,000 stays of 250 days.
    steps = np.random.default_rng(5).choice([2, -1, 0], p=[1 / 2, 3 / 8, 1 / 8], size=(20_000, 250))
    last = 250 - np.argmax((np.cumsum(steps, axis=1) <= 5)[:, ::-1], axis=1)
    last[(np.cumsum(steps, axis=1) > 5).all(axis=1)] = 0
    said = numbers("hypothesis-testing", "cell-05", r"about \*\*(\d+) days\*\*.* about \*\*(\d+)\*\* until")
    assert said == pytest.approx([turn, passage("P", 15)[0]], abs=0.51)
    said = numbers(
        "hypothesis-testing", "cell-25b",
        r"below in ([\d.]+)% of all stays.*day ([\d.]+) on average.* no later than day (\d+)",
    )  # fmt: skip
    assert said[0] == pytest.approx(100 * back, abs=0.051) == pytest.approx(40.9, abs=0.051)
    assert said[1] == pytest.approx(last.mean(), abs=0.3)
    assert np.mean(last <= said[2]) == pytest.approx(0.9, abs=0.02) and said[2] == 25


def test_p_is_found_out_faster_beyond_one_bit():
    said = numbers(
        "hypothesis-testing", "cell-20",
        r"takes ([\d.]+) days in town P and ([\d.]+) in town Q.*two bits it takes ([\d.]+) days in P and ([\d.]+) in Q"
        r".*single bit ([\d.]+) in P but only ([\d.]+) in Q",
    )  # fmt: skip
    exact = [passage(town, level)[0] for level in (10, 2, 1) for town, level in (("P", level), ("Q", -level))]
    assert said == pytest.approx(exact, abs=6e-3)
    for bits in range(2, 12):
        assert passage("P", bits)[0] < passage("Q", -bits)[0]


def walks_between(town, lower, upper):
    """Probability of the lower end, and average days, as a system of linear equations."""
    places = [x for x in range(-60, 61) if lower < x < upper]
    moves, falls = np.zeros((len(places),) * 2), np.zeros(len(places))
    for i, place in enumerate(places):
        for step, often in STEPS[town].items():
            if lower < place + step < upper:
                moves[i, places.index(place + step)] += often
            elif place + step <= lower:
                falls[i] += often
    inverse = np.linalg.inv(np.eye(len(places)) - moves)
    start = places.index(0)
    return (inverse @ falls)[start], inverse[start].sum()


def test_errors_of_the_sequential_test():
    twentieth, fifth = math.log2(19), math.log2(4)
    said = numbers(
        "hypothesis-testing", "cell-30",
        r"exactly it is ([\d.]+)\. .* are ([\d.]+)% \(type 1\) and ([\d.]+)% \(type 2\).* it takes ([\d.]+) days",
    )  # fmt: skip
    first, days = walks_between("P", -twentieth, twentieth)
    right, days_q = walks_between("Q", -twentieth, twentieth)
    assert said == pytest.approx([days, 100 * first, 100 * (1 - right), days_q], abs=6e-3)
    said = numbers("hypothesis-testing", "cell-25d", r"towns give you ([\d.]+)% and ([\d.]+)%")
    exact = walks_between("P", -fifth, fifth)[0], 1 - walks_between("Q", -fifth, fifth)[0]
    assert said == pytest.approx([100 * e for e in exact], abs=6e-3)
    assert said[0] > 20 > said[1] and sum(said) <= 40  # what is promised is the sum


def test_single_days_nearly_cycle_and_their_average_settles():
    def drops(last, days):
        return np.diff([bits_off(n, 1 / 2) for n in range(last - days, last + 1)])

    half, later = drops(1000, 16), drops(2000, 8)
    assert half[:8] == pytest.approx(half[8:], abs=1e-5) and (half[8:] > later).all()
    said = numbers(
        "hypothesis-testing", "cell-34d",
        r"from ([\d.]+) to ([\d.]+) bits.*bring "
        + ", ".join([r"([\d.]+)"] * 8)
        + r" bits\..*by about ([\d.]+) on average\..*average, ([\d.]+) in these",
    )  # fmt: skip
    assert said[:2] == pytest.approx([min(half), max(half)], abs=6e-4)
    assert said[2:10] == pytest.approx(half[8:], abs=6e-4)
    assert half[8:] - later == pytest.approx(np.full(8, said[10]), abs=1e-4)
    mean = (bits_off(1000, 1 / 2) - bits_off(992, 1 / 2)) / 8
    assert said[11] == pytest.approx(mean, abs=6e-6)
    # What is missing in the threshold goes like half a logarithm: its slope is 1/(2n ln 2).
    assert mean - 5 / 8 == pytest.approx(1 / (2 * 996 * math.log(2)), abs=2e-5)


def test_a_town_without_drift_wanders_past_ten_bits():
    """All stays in the uniform town: ten bits or more at some time, by powers of a matrix; and the days until then."""
    inside = np.array(
        [[{2: 1 / 4, -1: 1 / 2, 0: 1 / 4}.get(to - at, 0) for to in range(-9, 10)] for at in range(-9, 10)]
    )
    ever = 1 - np.linalg.matrix_power(inside, 400)[9].sum()
    wait = np.linalg.solve(np.eye(19) - inside, np.ones(19))[9]
    said = numbers("hypothesis-testing", "cell-47b", r"in ([\d.]+)% of all stays, .* after (\d+) days")
    assert said[0] == pytest.approx(100 * ever, abs=0.051) and said[1] == pytest.approx(wait, abs=0.51)
    (on_the_day,) = numbers("hypothesis-testing", "cell-47", r"after 400 days: (\d+)%")
    on = np.ones(1)
    for _ in range(400):
        on = np.convolve(on, [1 / 2, 1 / 4, 0, 1 / 4])
    exact = on[np.abs(np.arange(1201) - 400) >= 10].sum()
    assert on_the_day / 100 == pytest.approx(exact, abs=4 * math.sqrt(exact * (1 - exact) / 2000))


def test_what_the_solutions_say_of_odds_and_days():
    million = passage("P", 20)[0], passage("Q", -20)[0]
    assert numbers(
        "hypothesis-testing",
        "cell-51a",
        r"= (\d+) days in town P .*= (\d+) in.* it is ([\d.]+) in .*exactly: ([\d.]+)",
    ) == pytest.approx([32, 40, *million], abs=6e-3)
    (places, p), (_, q) = after(10, "P"), after(10, "Q")
    alpha, power = p[places <= 0].sum(), q[places <= 0].sum()
    said = numbers(
        "hypothesis-testing", "cell-53a", r"error, ([\d.]+),.* ([\d.]+) over ([\d.]+)\..*\*\*([\d.]+)%\*\*"
    )
    assert said[:3] == pytest.approx([alpha, alpha, power], abs=6e-4)
    assert said[3] == pytest.approx(100 * 99 * alpha / (99 * alpha + power), abs=0.051)


def test_how_long_it_takes_to_be_wrong_once_in_a_hundred():
    k = math.log2(99)

    def wrong(days):
        (_, p), (_, q) = after(days, "P"), after(days, "Q")
        return np.minimum(p, q).sum() / 2

    sums = [
        sum((2.0**-step) ** (1 - x) * often for step, often in STEPS["P"].items())
        for x in np.linspace(0, 1, 10_001)
    ]
    said = numbers(
        "hypothesis-testing", "cell-54s",
        r"±([\d.]+) bits.*makes ([\d.]+) days in town P, by 1/2 ([\d.]+) in.*it is ([\d.]+) and ([\d.]+),"
        r".* for (\d+) days\. .*\*\*(\d+) days",
    )  # fmt: skip
    exact = [walks_between(town, -k, k)[1] for town in "PQ"]
    assert said[:3] == pytest.approx([k, 0.98 * k / (5 / 8), 0.98 * k / (1 / 2)], abs=0.051)
    assert said[3:5] == pytest.approx(exact, abs=6e-3)
    assert said[5] == math.ceil(math.log2(50) / -math.log2(min(sums)))
    assert wrong(int(said[6])) <= 0.01 < wrong(int(said[6]) - 1) and said[6] > 2 * max(exact)


def test_an_error_of_two_to_the_minus_560_by_weights():
    exact = -bits_off(1000, 1 / 20)
    measured, said = numbers("hypothesis-testing", "cell-34g", r"measured 2\^([-\d.]+), exact 2\^([-\d.]+)")
    assert said == pytest.approx(exact, abs=0.051) == pytest.approx(-559.8, abs=0.051)
    assert measured == pytest.approx(exact, abs=0.7)  # more than four standard errors of one run
    relative, low, high = numbers(
        "hypothesis-testing", "cell-34h", r"±(\d+)% of itself.* between ([-\d.]+) and ([-\d.]+)\."
    )
    # The exact variance of a weight, without a walk: E[w²] is a sum over P's places.
    places, chances = after(1000, "P")
    edge = places[int(np.argmax(chances.cumsum() >= 1 / 20))]
    coin = (chances[places <= edge].sum() - 1 / 20) / chances[places == edge][0]
    weights = np.where(places >= edge, 2.0 ** np.minimum(edge - places, 0.0), 0) * np.where(
        places == edge, coin, 1
    )
    mean = chances @ weights
    error = math.sqrt((chances @ weights**2 - mean**2) / 10_000) / mean
    assert relative / 100 == pytest.approx(error, abs=0.02)
    assert (high - low) / 2 == pytest.approx(1.645 * error / math.log(2), rel=0.15)
    assert low < exact < high


def test_peeking():
    inside, rejected, sizes = {0: 1.0}, 0.0, []
    for day in range(1, 101):
        places, chances = after(day, "P")
        allowed = places[chances.cumsum() <= 1 / 20]
        level = allowed[-1] if len(allowed) else -math.inf
        moved = defaultdict(float)
        for place, mass in inside.items():
            for step, often in STEPS["P"].items():
                moved[place + step] += mass * often
        rejected += sum(mass for place, mass in moved.items() if place <= level)
        inside = {place: mass for place, mass in moved.items() if place > level}
        sizes.append(rejected)
    said = numbers("hypothesis-testing", "cell-56", r"peeking: ([\d.]+)%; fixed threshold: ([\d.]+)%")
    assert said[0] == pytest.approx(100 * rejected, abs=0.051) == pytest.approx(24.7, abs=0.051)
    assert numbers("hypothesis-testing", "cell-55a", r"\*\*([\d.]+)%\*\* of such") == [said[0]]
    assert said[1] <= 100 / 32 + 0.051
    assert sizes == sorted(sizes) and sizes[0] == sizes[1]  # never falls; does not always grow


def test_what_the_divergence_tells_of_two_pairs_of_coins():
    said = numbers(
        "hypothesis-testing", "cell-40",
        r", ([\d.]+) times as much.*would say ([\d.]+), or infinity.*flips are ([\d.]+), ([\d.]+), ([\d.]+), ([\d.]+):"
        r".*leave ([\d.]+) of",
    )  # fmt: skip
    heads = [np.arange(n + 1) for n in range(1, 5)]
    errors = [np.minimum(binom.pmf(k, k[-1], 0.4), binom.pmf(k, k[-1], 0.6)).sum() / 2 for k in heads]
    per_flip = 2 * math.sqrt(0.4 * 0.6)
    divergence = 0.2 * math.log(0.6 / 0.4)
    assert said[0] == pytest.approx(math.log(0.8) / math.log(per_flip), abs=0.051)
    assert said[1] == pytest.approx(-math.log(0.8) / divergence, abs=6e-3)
    assert said[2:6] == pytest.approx(errors, abs=6e-4)
    assert said[6] == pytest.approx(per_flip, abs=6e-5)


def test_a_week_in_which_the_wrong_believer_is_ahead():
    places, chances = after(7, "P")
    (said,) = numbers("gentle-start", "cell-47", r"In (\d+)% of all weeks")
    assert said == pytest.approx(100 * chances[places < 0].sum(), abs=0.51)


def figures_of(chapter):
    return [e for e in all_figures().values() if e.draw.__module__.endswith(chapter)]


@pytest.mark.parametrize("e", [e for c in CHAPTERS for e in figures_of(c)], ids=lambda e: e.slug)
def test_words_of_a_figure_hold_where_a_phone_stacks_its_panels(e):
    words = f"{e.title} {e.caption} {e.alt}"
    assert not re.search(
        r"\b(?:left|right)(?:[,:]|-hand| picture| panel)|\bon the (?:left|right)\b", words, flags=re.I
    )
    if e.panels == 2:
        assert re.search(r"\bfirst\b.*\bsecond\b", e.alt, flags=re.I)
