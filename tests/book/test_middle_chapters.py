"""Numbers of four chapters (likelihood, coding, house, seven ways), by computations that share no code with them."""

import math
import re
from fractions import Fraction

import numpy as np
import pytest
from cells import numbers, text
from scipy import optimize, special, stats

P, Q = np.array([1 / 2, 1 / 4, 1 / 8, 1 / 8]), np.array([1 / 8, 1 / 2, 1 / 4, 1 / 8])
LN2 = math.log(2)


def entropy_of_shares(n, p):
    """Average entropy of the shares of n outcomes, in nats."""
    k = np.arange(n + 1)
    return -math.fsum(stats.binom.pmf(k, n, x) @ special.xlogy(k / n, k / n) for x in p)


# -- maximum likelihood


def test_a_family_of_one_number_flatters_by_half_a_nat_and_the_shares_by_more():
    coin = 7 / 24
    k = np.arange(301)
    surplus = special.rel_entr(k / 300, coin) + special.rel_entr(1 - k / 300, 1 - coin)
    fitted = 300 * stats.binom.pmf(k, 300, coin) @ surplus / LN2
    days = stats.binom.pmf(range(4), 3, coin)
    own = 100 * (stats.entropy(days) - entropy_of_shares(100, days)) / LN2
    said = numbers(
        "maximum-likelihood", "cell-21", r"true one by ([\d.]+) bits.*nat is ([\d.]+)\..*it by ([\d.]+)\."
    )
    assert said == pytest.approx([fitted, 1 / (2 * LN2), own], abs=5.1e-3)


def test_a_record_that_is_positive_everywhere_can_stand_second():
    (said,) = numbers("maximum-likelihood", "cell-23", r"\[11, 6, 2, 1\].*record\) ([\d.]+)")
    assert said == pytest.approx(special.rel_entr(P, np.array([11, 6, 2, 1]) / 20).sum() / LN2, abs=5.1e-4)
    assert "[11, 6, 3, 0]: D(record‖truth) 0.194, D(truth‖record) inf" in text(
        "maximum-likelihood", "cell-23"
    )


def test_flattery_of_twenty_readings_is_above_the_rule_for_long_records():
    exact = (math.log(10) - special.digamma(19 / 2)) / 2 / LN2
    said = numbers("maximum-likelihood", "cell-27", r"it is ([\d.]+) bits a reading\. .* says ([\d.]+):")
    assert said == pytest.approx([exact, 1 / LN2 / 20], abs=5.1e-5)
    x = np.random.default_rng(3).standard_normal((40_000, 20))
    surplus = ((x**2).mean(axis=1) - 1 - np.log(x.var(axis=1))) / 2 / LN2
    assert surplus.mean() == pytest.approx(exact, abs=4 * surplus.std() / 200)


def test_labels_that_have_nothing_to_do_with_the_barometer():
    exact = entropy_of_shares(200, P) - 0.7 * entropy_of_shares(140, P) - 0.3 * entropy_of_shares(60, P)
    (said,) = numbers("maximum-likelihood", "cell-46", r"worth ([\d.]+) nats a day in such a record")
    assert said == pytest.approx(exact, abs=5.1e-5)
    table = np.array([[90, 30, 8, 12], [10, 20, 17, 13]]) / 200
    worth = special.rel_entr(table, np.outer(table.sum(axis=1), table.sum(axis=0))).sum()
    assert numbers("maximum-likelihood", "cell-46", r"difference, ([\d.]+) nats") == [
        pytest.approx(worth, abs=5.1e-4)
    ]


def test_the_edge_of_a_uniform_family_flatters_by_one_nat_for_every_n():
    said = re.findall(r"flattery ([\d.]+) ± ([\d.]+) nats", text("maximum-likelihood", "cell-70"))
    assert len(said) == 3
    for mean, error in said:  # N·ln(1/longest) is an exponential number with the mean 1
        assert float(error) == pytest.approx(1 / math.sqrt(2000), abs=5.1e-3)
        assert abs(float(mean) - 1) < 4 / math.sqrt(2000)


# -- suboptimal coding


def test_words_that_cannot_be_read_cost_less_than_the_entropy():
    words = ["0", "1", "00", "01"]
    cost = math.fsum(p * len(word) for p, word in zip(P, words, strict=True))
    said = numbers("suboptimal-coding", "cell-10a", r"cost ([\d.]+), entropy ([\d.]+), Kraft sum ([\d.]+)")
    assert said == [cost, stats.entropy(P, base=2), sum(0.5 ** len(word) for word in words)]
    assert said[0] < said[1]
    twice = re.search(r"'(\d+)', \[(.*)\], \[(.*)\]", text("suboptimal-coding", "cell-10a")).groups()
    readings = ["".join(words[int(k)] for k in reading.split(",")) for reading in twice[1:]]
    assert readings == [twice[0]] * 2 and twice[1] != twice[2]


@pytest.mark.parametrize("k", [1, 4, 8])
def test_equally_rare_values_waste_the_same_however_many_they_are(k):
    m = 3 * 2**k  # 2^k words of k + 1 bits and 2^(k+1) of k + 2 fill the unit interval
    assert 2**k / 2 ** (k + 1) + 2 ** (k + 1) / 2 ** (k + 2) == 1
    waste = k + 1 + 2 / 3 - math.log2(m)
    assert waste == pytest.approx(5 / 3 - math.log2(3))
    assert numbers("suboptimal-coding", "cell-57", rf"{m} values.*?waste ([\d.]+)") == [
        pytest.approx(waste, abs=5.1e-5)
    ]


def test_many_values_beside_a_common_one_do_not_help():
    for others in (2, 5, 16, 1000):
        short = (
            2 ** math.floor(math.log2(others)) * 2 - others
        )  # so many words have the floor of log2(others) bits
        average = math.floor(math.log2(others)) + 1 - short / others
        waste = 0.9 + 0.1 * (1 + average) - stats.entropy([0.9] + [0.1 / others] * others, base=2)
        (said,) = numbers("suboptimal-coding", "cell-34", rf"\b{others} others: 1 bit, waste ([\d.]+)")
        assert said == pytest.approx(waste, abs=5.1e-4)


# -- beating the house


def test_the_boldest_bet_of_the_slider_has_something_on_snow():
    sun, snow = re.search(
        r"has (\S+) of the money on sun, (\S+) on snow", text("beating-the-house", "cell-04")
    ).groups()
    assert [Fraction(sun), 0, 0, Fraction(snow)] == [
        2 * Fraction(p) - Fraction(q) for p, q in zip(P, Q, strict=True)
    ]


def test_typical_wealth_grows_by_the_factor_of_the_growth_and_the_lucky_exceed_the_mean():
    (said,) = numbers("beating-the-house", "cell-27", r"typical wealth.*about × ([\d.]+) a round")
    for n, far in ((1000, 1.5e-3), (100_000, 6e-5)):
        wins = stats.binom.median(n, 0.6)
        assert (wins * math.log(1.2) + (n - wins) * math.log(0.8)) / n == pytest.approx(
            math.log(said), abs=far
        )
    assert said < 1.04 < 1.2  # the typical factor, the mean, and what a single rainy round brings


def test_half_of_the_belief_on_what_never_comes_and_nearly_turned_round():
    hold, owe, loses, deep, parts = numbers(
        "beating-the-house", "cell-33",
        r"hold (\d+) crowns, and owe (\d+) if.*house loses (\d+) doubling a day"
        r".*It loses ([\d.]+) doublings.*part in (\d+) of",
    )  # fmt: skip
    assert 1 + owe / 2 == hold == owe == 1 / (1 - 1 / 2) and loses == math.log2(hold)
    rare = 2.0**-20
    exact = math.log2(1 / 2 / rare) / 2 + math.log2(1 / 2 / (1 - rare)) / 2
    assert deep == pytest.approx(exact, abs=0.051) and parts == pytest.approx(2**exact, abs=0.51)
    assert special.rel_entr([1 / 2, 1 / 4, 1 / 4], [0, 1 / 2, 1 / 2]).sum() == math.inf


def test_the_water_line_in_two_steps():
    said = numbers(
        "beating-the-house",
        "cell-37w",
        r"bar is ([\d.]+), above 1.* = ([\d.]+)\. Snow's bar is ([\d.]+),.* = ([\d.]+)\. .*have ([\d.]+):",
    )
    odds = 0.75 / Q
    bars = P * odds
    alone = optimize.brentq(lambda c: c + max(0, P[0] - c / odds[0]) - 1, 0.01, 1)
    cash = optimize.brentq(lambda c: c + np.maximum(0, P - c / odds).sum() - 1, bars[1] + 1e-6, 1)
    assert (
        said == pytest.approx([bars[0], alone, bars[3], cash, bars[2]], abs=1e-9)
        and bars[1] == bars[2] < cash < bars[3]
    )


def test_two_bets_at_a_house_that_believes_in_quarters():
    words = text("beating-the-house", "cell-55a").replace("(", "").replace(")", "")
    sums = re.findall(r"growth is (.*?) = (-?\S+?)[,:]", words)
    for (terms, total), bet in zip(sums, (Q, P), strict=True):
        pairs = [[Fraction(x) for x in term.split(" · ")] for term in terms.split(" + ")]
        assert [often for often, _ in pairs] == [Fraction(q) for q in Q]
        assert [2.0 ** float(doubled) for _, doubled in pairs] == list(4 * bet)
        assert sum(often * doubled for often, doubled in pairs) == Fraction(total)
    assert [total for _, total in sums] == ["1/4", "-1/4"]


def test_expected_winnings_in_three_meanings():
    said = numbers(
        "beating-the-house",
        "cell-57a",
        r"gain of (\d+)% .*P one of (\d+)%:.*D = ([\d.]+) is.*typical one, ([\d.]+)%",
    )
    growth = 1 - stats.entropy([3 / 4, 1 / 4], base=2)
    p = Fraction(3, 4)
    assert said == pytest.approx(
        [100 * (2 * p - 1), 100 * (2 * p * p + 2 * (1 - p) ** 2 - 1), growth, 100 * (2**growth - 1)],
        abs=0.051,
    )
    assert said[2] == pytest.approx(growth, abs=6e-4)


# -- one number, seven ways


def test_how_far_apart_six_guests_are():
    """The range of six averages, exactly: each lies on a lattice of thousandths."""
    steps = np.zeros(4)
    for step, chance in zip((2, -1, -1, 0), P, strict=True):
        steps[step + 1] += chance
    chances, power, n = np.ones(1), steps, 1000
    while n:  # the distribution of the sum of 1,000 days
        chances = np.convolve(chances, power) if n & 1 else chances
        power, n = np.convolve(power, power), n >> 1
    cdf = chances.cumsum()
    # Pr(range < d) = Σ over the least value a of Pr(all six in [a, a + d)) − Pr(all six in (a, a + d)).
    below = {}
    for d in range(1, 400):
        top = np.append(cdf, np.full(d, 1.0))[d - 1 :][: len(cdf)]
        low = np.append(0, cdf[:-1])
        below[d] = float(((top - low) ** 6 - np.clip(top - cdf, 0, None) ** 6).sum())
    mean = math.fsum(1 - x for x in below.values())
    quantile = {level: next(d for d, x in below.items() if x >= level) - 1 for level in (0.05, 0.95)}
    spread = math.sqrt(127 / 64 / 1000)
    often = 1 - below[math.floor(3 * spread * 1000) + 1]
    said = numbers(
        "one-number-seven-ways", "cell-04",
        r"inns: ([\d.]+) apart on average, .* between ([\d.]+) and ([\d.]+)\. .* are ([\d.]+) of them .* in (\d+)%",
    )  # fmt: skip
    assert said[0] == pytest.approx(mean / 1000, abs=6e-3)
    assert said[1:3] == pytest.approx([quantile[0.05] / 1000, quantile[0.95] / 1000], abs=6e-3)
    assert said[3] == pytest.approx(mean / 1000 / spread, abs=0.06)
    assert said[4] == pytest.approx(100 * often, abs=1)


def test_eight_samples_say_little_about_how_far_apart_six_are():
    """All eight between 0.11 and 0.15, as the first eight happened to be, is a matter of one in a thousand."""
    inns = np.random.default_rng(11).multinomial(1000, P, size=(80_000, 6)) @ np.array([2, -1, -1, 0]) / 1000
    apart = np.ptp(inns, axis=1).reshape(-1, 8)
    assert np.mean((apart.min(axis=1) >= 0.105) & (apart.max(axis=1) < 0.155)) < 0.003


def test_the_farthest_of_many_measurements():
    z = np.linspace(0, 9, 90_001)
    mean = [np.trapezoid(1 - (1 - 2 * stats.norm.sf(z)) ** m, z) for m in (3456, 144)]
    said = numbers(
        "one-number-seven-ways", "cell-29", r"farthest at ([\d.]+) on average\. .* is at ([\d.]+) on average"
    )
    assert said == pytest.approx(mean, abs=5.1e-3)
    drawn = np.abs(np.random.default_rng(5).standard_normal((20_000, 144))).max(axis=1)
    assert drawn.mean() == pytest.approx(mean[1], abs=4 * drawn.std() / math.sqrt(20_000))
    (measured,) = numbers("one-number-seven-ways", "cell-29", r"the farthest is ([\d.]+) away")
    assert mean[1] < measured < mean[0]


def test_whoever_holds_no_ticket_for_the_crowds_zero_loses():
    own, crowd = np.array([4 / 7, 2 / 7, 1 / 7, 0]) * 1000, np.array([4 / 7, 2 / 7, 1 / 7, 0]) * 999_000
    held = P * 1000
    factor = 1e6 / 1000 * held[3] / (held[3] + crowd[3])  # all of the pot, for each unit staked
    assert numbers("one-number-seven-ways", "cell-46", r"money by ([\d,]+),") == [factor]
    assert own[3] == 0 and "only if you hold a ticket" in text("one-number-seven-ways", "cell-43")
