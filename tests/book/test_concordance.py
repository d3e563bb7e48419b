"""The concordance: its page is up to date, its links lead to settings, chapters name what they show, sentences hold."""

import heapq
import lzma
import math
import re
import zlib
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise, product
from pathlib import Path

import nbformat
import numpy as np
import pytest
from links import shown_in, to_other_chapters, wrong_settings
from references import all_references

import klbook
from klbook.site import concordance

ROOT = Path(klbook.__file__).parents[1]
DATA = (ROOT / concordance.DATA).read_text(encoding="utf-8")
PAGE = (ROOT / concordance.PAGE).read_text(encoding="utf-8")
BOOKS, ENTRIES = concordance.read(DATA)
REFERENCES = all_references()


def label(entry):
    return f"{entry.book.key} {entry.item} {entry.explorer.slug}"


each_entry = pytest.mark.parametrize("entry", ENTRIES, ids=label)


def notebook_of(chapter):
    return nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)


def test_the_page_is_up_to_date():
    introduction, begin, listed = PAGE.partition(concordance.BEGIN)
    assert introduction.startswith("# Concordance\n") and begin
    assert listed == "\n" + concordance.markdown(BOOKS, ENTRIES), "run make concordance"


def test_each_link_of_the_page_leads_to_a_setting():
    assert len(to_other_chapters(PAGE)) == len(ENTRIES) >= 50
    wrong = wrong_settings(PAGE)
    assert not wrong, "\n".join(wrong)


@each_entry
def test_the_chapter_shows_the_explorer(entry):
    assert entry.explorer.slug in shown_in(notebook_of(entry.chapter))


# --- chapters name what they show -------------------------------------------------------------------------------------

KINDS = "chapter|corollary|example|exercise|lemma|problem|section|theorem"


def named(text, key):
    """(kind, number) of all that is named in paragraphs and points of lists that link to a book, and to no other.

    The kind is the last one that was said before the number: "Theorems 5.4.1 and 5.4.2" are two.
    """
    found = set()
    for part in re.split(r"\n\s*\n|\n(?=- )", text):
        if set(re.findall(r"\]\(bibliography\.md#(cover2006|mackay2003)\)", part)) != {key}:
            continue
        kind = None
        for word, number in re.findall(
            rf"\b({KINDS})s?\b|(?<![\w.])(\d+(?:\.\d+)*)(?![\d.]*\d)", part, flags=re.I
        ):
            kind = word.capitalize() or kind
            if number:
                found.add((kind, number))
    return found


def test_what_a_text_names():
    text = (
        "- The bounds are Theorems 5.4.1 and 5.4.2 of [Cover and\n  Thomas](bibliography.md#cover2006), section 5.40.\n"
        "- Theorem 9.1.1 is nobody's, and [MacKay](bibliography.md#mackay2003) has section 2.6.\n\n"
        "A [third](bibliography.md#shannon1948) book has its Theorem 2."
    )
    ours = {("Theorem", "5.4.1"), ("Theorem", "5.4.2"), ("Section", "5.40")}
    assert named(text, "cover2006") == ours
    assert named(text, "mackay2003") == {("Theorem", "9.1.1"), ("Section", "2.6")}


@each_entry
def test_the_chapter_names_the_item(entry):
    text = "\n\n".join(c.source for c in notebook_of(entry.chapter).cells if c.cell_type == "markdown")
    kind, number = entry.item.split()
    there = named(text, entry.book.key)
    assert (kind, number) in there | ranges(text), (
        f"{entry.chapter} does not name {entry.item}: {sorted(there)}"
    )


def ranges(text):
    """Sections that are named as "sections 2.1 to 2.3" are."""
    found = set()
    for chapter, first, last in re.findall(r"[Ss]ections (\d+)\.(\d+) to \1\.(\d+)", text):
        found |= {("Section", f"{chapter}.{k}") for k in range(int(first), int(last) + 1)}
    return found


def test_books_are_in_the_bibliography():
    entries = re.findall(r"@\w+\{(\w+),", (ROOT / "chapters" / "references.bib").read_text(encoding="utf-8"))
    assert {book.key for book in BOOKS} <= set(entries)


# --- sentences hold ---------------------------------------------------------------------------------------------------


@each_entry
def test_no_number_is_typed_into_a_sentence(entry):
    """Givens of a problem, small fractions and round words are; what is computed has decimals."""
    assert not re.search(r"\d\.\d", re.sub(r"\{\w+\}", "", entry.seen))


@each_entry
def test_the_numbers_are_those_of_a_second_computation(entry):
    readouts, _ = REFERENCES[entry.explorer.slug].shows(**entry.setting)
    assert entry.explorer.readout_texts(readouts) == entry.explorer.readouts_at(entry.setting)


P, Q = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)], [
    Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)
]  # fmt: skip


def entropy(p):
    return -sum(float(x) * math.log2(x) for x in p if x)


def divergence(p, q):
    return sum(float(a) * math.log2(a / b) for a, b in zip(p, q, strict=True) if a)


def coin(x):
    return (x, 1 - x)


def at(entry, **other):
    """Readouts of the second computation, at the entry's setting but for some controls, given by their values."""
    return REFERENCES[entry.explorer.slug].shows(**entry.setting | other)[0]


def values(entry, name):
    (control,) = [c for c in entry.explorer.controls if c.name == name]
    return control.values


close = pytest.approx


def huffman(probabilities):
    """Average length of Huffman's code: the sum of all joined groups."""
    queue = list(map(float, probabilities))
    heapq.heapify(queue)
    total = 0.0
    while len(queue) > 1:
        joined = heapq.heappop(queue) + heapq.heappop(queue)
        total += joined
        heapq.heappush(queue, joined)
    return total


def no_entropy_is_below_zero(e):
    means = [at(e, p=p)["mean"] for p in values(e, "p")]
    assert means[0] == means[-1] == at(e)["mean"] == 0 < min(means[1:-1])


def the_bars_are_the_terms(e):
    terms = [float(p) * math.log2(p / q) for p, q in zip(P, Q, strict=True)]
    assert sum(t < 0 for t in terms) == 2 and at(e)["D"] == close(sum(terms))


def two_coins(e):
    truth, belief = e.setting["p"], e.setting["q"]
    assert {truth, belief} == {0.5, 0.25}
    assert at(e)["extra"] == close({0.5: 1 - math.log2(3) / 2, 0.25: 0.75 * math.log2(3) - 1}[truth])


def all_of_the_entropy(e):
    assert at(e)["information"] == close(entropy(P))


def a_chord_above(e):
    often, first = e.setting["often"], e.setting["first"]
    second = (1 - often * first) / (
        1 - often
    )  # so that the average of the ratios is 1, where the curve is at 0
    assert (
        at(e)["height"] == close(-often * math.log2(first) - (1 - often) * math.log2(second))
        and at(e)["height"] > 0
    )


def a_logarithm_of_the_mean(e):
    assert at(e)["log"] < math.log2(at(e)["ratio"])


def gaps_sum_to_the_divergence(e):
    assert min(at(e, x=x)["gap"] for x in values(e, "x")) == close(0, abs=1e-12)
    ratios = [q / p for p, q in zip(P, Q, strict=True)]
    gaps = [float(p) * (float(r) - 1 - math.log(r)) for p, r in zip(P, ratios, strict=True)]
    assert sum(gaps) == close(divergence(P, Q) * math.log(2))


def the_fair_coin_is_highest(e):
    means = {p: at(e, p=p)["mean"] for p in values(e, "p")}
    assert means.pop(0.5) == 1 > max(means.values())


def a_tip_helps(e):
    gains = [at(e, knows=k)["information"] for k in values(e, "knows")]
    assert gains[0] == close(0, abs=1e-12) and min(gains) >= -1e-12 and at(e)["information"] > 0
    # What each word leaves, if he knows half of the time and makes it up otherwise.
    said = [[0.5 * (k == j) + 0.5 * float(p) for k, p in enumerate(P)] for j in range(4)]
    left = sum(float(P[j]) * entropy(said[j]) for j in range(4))
    assert at(e)["information"] == close(entropy(P) - left)


def convex_in_either_argument(e):
    lot = np.random.default_rng(3)
    p, r, s = lot.dirichlet(np.ones(3), size=(3, 300))
    for a, b, c in zip(p, r, s, strict=True):
        middle = (b + c) / 2
        assert divergence(a, middle) <= (divergence(a, b) + divergence(a, c)) / 2 + 1e-12
        assert divergence(middle, a) <= (divergence(b, a) + divergence(c, a)) / 2 + 1e-12
        both = (divergence(a, b) + divergence(b, c)) / 2
        assert divergence((a + b) / 2, (b + c) / 2) <= both + 1e-12


def a_tangent_above_the_arch(e):
    q, p = e.setting["q"], e.setting["p"]
    slope = math.log2((1 - q) / q)
    above = entropy(coin(q)) + slope * (p - q) - entropy(coin(p))
    assert at(e)["log_more"] == close(above) and above > 0
    assert min(at(e, p=x)["log_more"] for x in values(e, "p")) == close(0, abs=1e-12)


def the_line_of_p(e):
    assert at(e)["under_p"] == close(-entropy(P), abs=0.02) and entropy(P) == 7 / 4
    error = math.sqrt(sum(float(p) * (math.log2(p) + 7 / 4) ** 2 for p in P) / e.setting["days"])
    assert 0.008 < error < 0.01  # "a little less than a hundredth", so that three equal digits are luck


def lengths_of(e):
    return tuple(int(e.setting[f"l{k}"]) for k in range(4))


def too_long_for_the_budget(e):
    lengths = lengths_of(e)
    assert at(e)["kraft"] > 1 and sum(2.0**-n for n in lengths) == close(float(at(e)["kraft"]))


def one_more_bit_for_rain(e):
    too_long_for_the_budget(e)
    assert at(e, l2=e.setting["l2"] + 1)["kraft"] <= 1


def every_other_costs_more(e):
    mine = lengths_of(e)
    costs = {
        lengths: sum(p * n for p, n in zip(P, lengths, strict=True))
        for lengths in product(range(1, 12), repeat=4)
        if sum(Fraction(1, 2**n) for n in lengths) <= 1
    }
    assert costs.pop(mine) == at(e)["cost"] == entropy(P) < min(costs.values())
    assert at(e)["waste"] == 0 and [Fraction(1, 2**n) for n in mine] == P


def two_parts_of_the_waste(e):
    widths = [Fraction(1, 2**n) for n in lengths_of(e)]
    room = math.log2(1 / sum(widths))
    assert at(e)["room"] == close(room) and room > 0
    assert float(at(e)["waste"]) - room == close(divergence(P, [w / sum(widths) for w in widths]))


def within_one_bit(e):
    p = (0.8, 0.1, 0.1)
    assert at(e)["huffman"] == close(huffman(p)) and entropy(p) <= huffman(p) < entropy(p) + 1


def within_one_bit_a_block(e):
    n = e.setting["n"]
    assert n == 7 and 0 <= at(e)["excess"] < 1 / n
    wastes = [at(e, n=k)["excess"] for k in values(e, "n")]
    assert any(b > a for a, b in pairwise(wastes))


def shannon_and_huffman_for_the_wrong_belief(e):
    truth, belief = (0.8, 0.1, 0.1), (0.1, 0.8, 0.1)
    sum_ = entropy(truth) + divergence(truth, belief)
    assert (at(e)["entropy"], at(e)["ideal"]) == close((entropy(truth), divergence(truth, belief)))
    shannon = sum(p * math.ceil(math.log2(1 / q)) for p, q in zip(truth, belief, strict=True))
    (_, shannon_bar), (_, huffman_bar) = REFERENCES[e.explorer.slug].shows(**e.setting)[1]["wrong"].tops[1:]
    assert shannon_bar == close(shannon) and huffman_bar == close(0.8 * 2 + 0.1 * 1 + 0.1 * 2)
    assert sum_ <= shannon < sum_ + 1 and huffman_bar < sum_


def four_words_with_two_readings(e):
    words = ("0", "1", "00", "01")
    assert sorted(map(len, words)) == sorted(lengths_of(e)) and at(e)["kraft"] == 1.5
    for choice in product(("0", "1"), ("0", "1"), *2 * [("00", "01", "10", "11")]):
        if len(set(choice)) == 4:  # two readings of some string, of at most three words
            strings = ["".join(x) for n in (1, 2, 3) for x in product(choice, repeat=n)]
            assert len(set(strings)) < len(strings)


def questions_are_bits(e):
    assert at(e)["means"].startswith("1.750 and 2.375")
    assert entropy(P) == 1.75 and entropy(P) + divergence(P, Q) == 2.375


def nothing_beats_huffman(e):
    assert at(e)["huffman"] * 4 == close(huffman(math.prod(b) for b in product((0.8, 0.1, 0.1), repeat=4)))
    for common in (0.5, 0.7, 0.8, 0.9, 0.99):
        for n in (1, 2, 3, 4):
            blocks = [math.prod(b) for b in product((common, (1 - common) / 2, (1 - common) / 2), repeat=n)]
            assert huffman(blocks) <= sum(b * math.ceil(-math.log2(b) - 1e-12) for b in blocks) + 1e-9


def a_difference_of_divergences(e):
    p, q, b = (coin(e.setting[x]) for x in "pqb")
    assert at(e)["growth"] == close(divergence(p, q) - divergence(p, b))
    assert (at(e)["house"], at(e)["you"]) == close((divergence(p, q), divergence(p, b)))


def the_crowd_sets_the_odds(e):
    assert at(e)["growth"] == close(divergence(P, Q)) and at(e)["D"] == close(divergence(P, Q))


def doublings_close_in(e):
    assert at(e)["mean"] == close(5 / 8, abs=0.03) and divergence(P, Q) == 5 / 8


def the_truth_is_the_best_bet(e):
    growths = {b: at(e, bet=b)["growth"] for b in values(e, "bet")}
    assert at(e)["mistake"] == 0 and growths.pop(1.0) == close(5 / 8)
    assert max(growths.values()) < 5 / 8


def growth_and_entropy(e):
    assert at(e)["without"] + entropy(P) == close(2)


def only_above_the_water_line(e):
    payoffs = [float(p * 8 / x) * (1 - e.setting["take"]) for p, x in zip(P, (1, 4, 2, 1), strict=True)]
    # Water filling, from the highest bar down: cash c with c = (1 − Σ p) / (1 − Σ 1/odds) over what is bet on.
    odds = [m / float(p) for m, p in zip(payoffs, P, strict=True)]
    order = sorted(range(4), key=lambda k: -payoffs[k])
    bet_on, cash = [], 1.0
    for k in order:
        if payoffs[k] > cash:
            bet_on.append(k)
            cash = (1 - sum(float(P[j]) for j in bet_on)) / (1 - sum(1 / odds[j] for j in bet_on))
    stakes = {("sun", "cloud", "rain", "snow")[k]: float(P[k]) - cash / odds[k] for k in sorted(bet_on)}
    assert at(e)["bets"] == ", ".join(f"{name} {100 * s:.1f} %" for name, s in stakes.items())
    assert at(e)["cash"] == close(100 * cash)


def whatever_the_house_believes(e):
    for belief in values(e, "belief"):
        shown = at(e, belief=belief)
        assert shown["with"] - shown["without"] == close(shown["information"])
        assert shown["information"] == close(at(e)["information"])


def above_the_floor(e):
    assert at(e)["excess"] > 0
    assert min(at(e, mean=m, sd=s)["excess"] for m in values(e, "mean") for s in values(e, "sd")) >= 0


def likelihood_of_a_type(e):
    share, theta = e.setting["share"], e.setting["theta"]
    loglik = share * math.log2(theta) + (1 - share) * math.log2(1 - theta)
    assert at(e)["average"] == close(loglik)
    assert at(e)["entropy"] + at(e)["D"] == close(-loglik)


def hindsight_a_day(e):
    assert 0 < at(e)["hindsight"] / e.setting["days"] < 1e-3


def a_tilted_die(e):
    tilted = [float(x) for x in at(e)["projection"].split(", ")]
    assert sum(k * x for k, x in enumerate(tilted, start=1)) == close(e.setting["mean"], abs=2e-3)
    a, b, c = tilted  # equal ratios: a tilt of the fair die
    assert b / a == close(c / b, rel=1e-2)
    assert at(e)["gap"] == close(0, abs=1e-9)


def rows_of_throws(e):
    """The first throw of a row whose mean is at least the given one, by counting rows: it tends to the tilted die."""
    a_tilted_die(e)
    tilted, off = [float(x) for x in at(e)["projection"].split(", ")], {}
    for n in (2, 3, 10, 200):
        others = np.ones(1)  # how probable the sums of all other throws are, from n − 1 on
        for _ in range(n - 1):
            others = np.convolve(others, np.ones(3) / 3)
        least = math.ceil(e.setting["mean"] * n - 1e-9)
        first = np.array([others[max(least - face - (n - 1), 0) :].sum() for face in (1, 2, 3)])
        off[n] = np.abs(first / first.sum() - tilted).sum()
    assert off[3] > off[2] > off[10] > off[200] and off[200] < 0.01


def beyond_the_line(e):
    assert at(e)["whole"] > at(e)["parts"] and at(e, beyond=0.0)["gap"] == close(0, abs=1e-9)
    assert all(at(e, height=h)["gap"] > 0 for h in values(e, "height"))


def pinsker(e):
    bound = 2 * (e.setting["p"] - e.setting["q"]) ** 2 / math.log(2)
    assert at(e)["pinsker"] == close(bound) and at(e)["local"] == close(bound)
    for q in values(e, "q"):
        for p in values(e, "p"):
            assert at(e, q=q, p=p)["pinsker"] <= at(e, q=q, p=p)["D"] + 1e-12
    assert at(e, q=0.2)["local"] != close(at(e, q=0.2)["pinsker"])


def a_large_variation(e):
    bound = 2 / math.log(2) * at(e)["variation"] ** 2
    assert bound <= at(e)["forward"] and bound <= at(e)["reverse"]


def no_rule_beats_a_threshold(e):
    """Of all rules that go by the evidence, and of many others for fewer days, none has both errors smaller."""
    assert (at(e)["type_1"], at(e)["type_2"]) == close(exact_errors(e.setting["n"], e.setting["threshold"]))
    lot = np.random.default_rng(1)
    records = list(product(range(4), repeat=3))
    under = [np.array([math.prod(float(x[k]) for k in r) for r in records]) for x in (P, Q)]
    evidence = np.log2(under[0] / under[1])
    for t in (-3, -1, 0, 2):
        kept = evidence > t
        one, two = under[0][~kept].sum(), under[1][kept].sum()
        for _ in range(300):
            other = lot.random(64) < lot.random()
            assert not (under[0][~other].sum() < one - 1e-12 and under[1][other].sum() <= two)


def exact_errors(n, threshold):
    """By adding up the days one by one: the evidence of a day is 2, −1 or 0."""
    steps = {2: (P[0], Q[0]), -1: (P[1] + P[2], Q[1] + Q[2]), 0: (P[3], Q[3])}
    walk = {0: (Fraction(1), Fraction(1))}
    for _ in range(n):
        new = {}
        for place, (a, b) in walk.items():
            for step, (p, q) in steps.items():
                x, y = new.get(place + step, (0, 0))
                new[place + step] = (x + a * p, y + b * q)
        walk = new
    one = sum(a for place, (a, _) in walk.items() if place <= threshold)
    return float(one), float(1 - sum(b for place, (_, b) in walk.items() if place <= threshold))


def evidence_closes_in(e):
    assert at(e)["mean"] == close(5 / 8, abs=3 * at(e)["error"])


def stein(e):
    assert at(e)["limit"].startswith("D(P‖Q) = 0.6250")
    (other,) = [b for b in values(e, "bounded") if b != e.setting["bounded"]]
    assert at(e, bounded=other)["limit"].startswith(f"D(Q‖P) = {divergence(Q, P):.4f}")
    slopes = [at(e, n=n)["slope"] for n in values(e, "n")[-6:]]
    assert slopes[-1] == close(5 / 8, abs=0.05) and slopes == sorted(slopes)


def chernoff(e):
    a, b = coin(e.setting["first"]), coin(e.setting["second"])
    lowest = min(
        (sum(x**t * y ** (1 - t) for x, y in zip(a, b, strict=True)), t) for t in np.linspace(0, 1, 2001)
    )
    assert (at(e)["left_over"], at(e)["tilt"]) == close(lowest) and at(e)["information"] == close(
        -math.log2(lowest[0])
    )


def a_local_parabola(e):
    q, p = e.setting["q"], e.setting["p"]
    fisher = 1 / (q * (1 - q))
    assert at(e)["local"] == close(fisher * (p - q) ** 2 / 2 / math.log(2))
    assert at(e)["local"] == close(at(e)["D"], rel=0.1)


def one_half_added(e):
    """The expected excess on the next day, over all records of n days."""
    n, a = e.setting["n"], Fraction(1, 2)
    total = 0.0
    for counts in product(range(n + 1), repeat=4):
        if sum(counts) == n:
            ways = math.factorial(n) // math.prod(map(math.factorial, counts))
            chance = ways * math.prod(float(p) ** k for p, k in zip(P, counts, strict=True))
            total += chance * divergence(P, [(k + a) / (n + 4 * a) for k in counts])
    assert at(e)["average"] == close(total)


def two_files(e):
    assert at(e)["mean"] == close(5 / 8, abs=0.03)


def rare_tails(e):
    p = e.setting["p"]
    assert (at(e)["heads"], at(e)["tails"]) == close((-math.log2(p), -math.log2(1 - p)))
    assert at(e)["mean"] == close(entropy(coin(p))) and at(e)["tails"] > at(e)["heads"]


def never_below_zero(e):
    p, q = coin(e.setting["p"]), coin(e.setting["q"])
    assert (at(e)["forward"], at(e)["reverse"]) == close((divergence(p, q), divergence(q, p)))
    assert at(e)["forward"] != close(at(e)["reverse"])
    every = [at(e, p=p, q=q) for p in values(e, "p") for q in values(e, "q")]
    assert min(min(x["forward"], x["reverse"]) for x in every) >= -1e-12


def one_added(e):
    counts = [int(word.split()[0]) for word in at(e)["counts"].split(", ")]
    assert 0 in counts and at(e)["D"] == close(
        divergence(P, [Fraction(k + 1, sum(counts) + 4) for k in counts])
    )
    assert at(e)["D"] < math.inf


def odds_are_turned(e):
    bits = int(str(at(e)["evidence"]).split()[0])
    assert f"{2**bits // 32:,} : 1" in at(e)["odds"] and e.texts["prior"] == "1 : 32"


def six_answers(e):
    for game in values(e, "game"):
        shown = at(e, game=game)
        assert str(shown["left"]) == "1" and str(shown["halvings"]).startswith("6")


def wrong_lengths(e):
    assert [Fraction(1, 2**n) for n in lengths_of(e)] == Q
    assert at(e)["cost"] == 2.375 and float(at(e)["waste"]) == close(divergence(P, Q))


def the_same_lengths(e):
    truth, belief = (0.8, 0.1, 0.1), (0.6, 0.2, 0.2)
    assert at(e)["lengths"] == "1, 2, 2" and at(e)["huffman"] == 0
    assert at(e)["ideal"] == close(divergence(truth, belief))
    assert huffman(truth) == close(0.8 + 0.2 * 2) and huffman(belief) == close(0.6 + 0.4 * 2)


def no_word_below_one_bit(e):
    assert at(e)["huffman"] == 1 > at(e)["entropy"]
    assert min(at(e, n=n)["excess"] for n in values(e, "n")) < at(e)["excess"] / 2


def rounded_sums_are_no_distributions(e):
    """Logarithms in steps, as a file has them, on a table of our own: what Gibbs' inequality loses, and what not."""
    assert 40 < at(e)["below"] < 60
    assert all(
        at(e, model=m, code=c)["gap_below"] == 0 for m in values(e, "model") for c in values(e, "code")
    )
    logits = np.random.default_rng(5).normal(size=(500, 300), scale=3)
    q = logits - np.log(np.exp(logits).sum(axis=1, keepdims=True))
    top, step = q.max(axis=1, keepdims=True), 16 / (2**16 - 1)
    p = top - step * np.rint((top - q) / step)
    plain, short = (np.exp(p) * (p - q)).sum(axis=1), np.exp(p).sum(axis=1) < 1
    assert 0.4 < (plain < 0).mean() < 0.6 and short[plain < 0].all()
    assert np.min(np.exp(p) * (p - q) - np.exp(p) + np.exp(q)) > -1e-15
    # As soon as both sum to one, nothing is below zero.
    p -= np.log(np.exp(p).sum(axis=1, keepdims=True))
    assert (np.exp(p) * (p - q)).sum(axis=1).min() > -1e-15


def merging_never_raises(e):
    lot = np.random.default_rng(7)
    for p, q in lot.dirichlet(np.full(40, 0.3), size=(300, 2)):
        ten = np.argsort(-p)
        one = [np.append(x[ten[:10]], x[ten[10:]].sum()) for x in (p, q)]
        assert divergence(*one) <= divergence(p, q) + 1e-12
    shown = {bits: percents(e, bits) for bits in values(e, "bits")}
    assert all(0 < bars["top 10, rest as one"] <= 100 for bars in shown.values())
    eight = dict(list(shown[e.setting["bits"]].items())[:8])
    assert min(eight, key=eight.get) == "top 10, rest as one" == at(e)["lowest"].split(":")[0]
    assert shown[8]["top 10, nothing else"] < 0


def percents(e, bits):
    """What the bars say, from the top, each by its name."""
    marks = REFERENCES[e.explorer.slug].shows(**e.setting | {"bits": bits})[1]
    ends = {y: x for (_, y), (x, _) in marks["bars"].pieces}
    return {marks["y-axis"][y]: ends[y] for y in sorted(ends, reverse=True)}


def entropy_of_a_chain(e):
    """By all files of ten days, and by Bayes' way for longer ones; and what counting alone costs, by factorials."""
    files = [
        0.5 * math.prod(0.9 if a == b else 0.1 for a, b in pairwise(f)) for f in product("dw", repeat=10)
    ]
    assert at(e, n=10)["entropy"] == close(entropy(files) / 10)
    rate, each = entropy((0.9, 0.1)), [at(e, n=n)["entropy"] for n in values(e, "n")]
    assert at(e)["entropy"] == close((1 + (e.setting["n"] - 1) * rate) / e.setting["n"])
    assert each == sorted(each, reverse=True) and rate < each[-1] < rate + 1e-5
    learned = counting(e.setting["n"], (0.5, 0.5))
    assert at(e)["learns"] == close(learned - rate, abs=0.002) and learned == close(1, abs=0.02)


def counting(n, shares):
    """Bits a day of the learner of 256 bytes, with half a count each, on a file that has exactly these shares."""
    seen = sum(math.lgamma(n * float(x) + 1 / 2) - math.lgamma(1 / 2) for x in shares)
    return (math.lgamma(n + 128) - math.lgamma(128) - seen) / math.log(2) / n


def what_came(e):
    """The sample's days, as numbers, up to the entry's."""
    names = ("sun", "cloud", "rain", "snow")
    return [names.index(at(e, day=k)["came"]) for k in values(e, "day") if k <= e.setting["day"]]


def half_a_count(seen):
    return [Fraction(2 * seen.count(k) + 1, 2 * len(seen) + 4) for k in range(4)]


def ends_of(days, believed):
    low, width = Fraction(0), Fraction(1)
    for k, day in enumerate(days):
        p = believed(days[:k])
        low, width = low + width * sum(p[:day]), width * p[day]
    return low, low + width


def within(low, high):
    """A binary number, whose piece lies in the interval: as many digits as it has bits, rounded up, and one more."""
    size = math.ceil(-math.log2(high - low)) + 1
    piece = Fraction(math.ceil(low * 2**size), 2**size)
    assert low <= piece and piece + Fraction(1, 2**size) <= high
    return piece


def the_learner_day_by_day(e):
    *before, now = what_came(e)
    assert at(e)["belief"] == Fraction(2 * before.count(now) + 1, 2 * (len(before) + 2))
    low, high = ends_of([*before, now], half_a_count)
    assert at(e)["bits"] == close(-math.log2(high - low)) and at(e)["bits"] > at(e, coder="P")["bits"]
    assert at(e, coder="P")["bits"] == close(-sum(math.log2(P[k]) for k in (*before, now)))


def a_piece_within(e):
    days = what_came(e)
    low, high = ends_of(days, lambda seen: Q)
    assert at(e)["bits"] == close(-sum(math.log2(Q[k]) for k in days)) == close(-math.log2(high - low))
    digits = at(e)["digits"].removeprefix("0.").removesuffix("…")
    start, size = Fraction(int(digits, 2), 2 ** len(digits)), Fraction(1, 2 ** len(digits))
    assert start <= low < start + size / 2 < high <= start + size  # these digits, and no further one
    assert len(digits) < at(e)["bits"]
    for believed in (lambda seen: P, lambda seen: Q, half_a_count):
        for each in product(range(4), repeat=5):
            within(*ends_of(each, believed))


def the_decoder_follows(e):
    (first, second) = what_came(e)
    assert half_a_count([]) == [Fraction(1, 4)] * 4 and first == second
    assert at(e)["belief"] == half_a_count([first])[first] and at(e)["bits"] == close(
        2 - math.log2(at(e)["belief"])
    )
    every = what_came(replace(e, setting=e.setting | {"day": values(e, "day")[-1]}))
    number, heard = within(*ends_of(every, half_a_count)), []
    low, width = Fraction(0), Fraction(1)
    for _ in every:  # the decoder has the number alone, and what it has heard
        p = half_a_count(heard)
        starts = [low + width * sum(p[:k]) for k in range(4)]
        heard.append(max(k for k in range(4) if starts[k] <= number))
        low, width = starts[heard[-1]], width * p[heard[-1]]
    assert heard == every


def packed_bits(data):
    """DEFLATE and LZMA2, by the libraries themselves."""
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    lzma2 = [{"id": lzma.FILTER_LZMA2, "preset": 7 | lzma.PRESET_EXTREME}]
    zipped = deflate.compress(data) + deflate.flush()
    return 8 * len(zipped), 8 * len(lzma.compress(data, format=lzma.FORMAT_RAW, filters=lzma2))


def archivers_on(e, days, surprise, letters):
    """What is wasted on a file of our own is nearly what is shown; and at no length is it nothing."""
    bits = packed_bits(np.array(list(letters.encode()), np.uint8)[days].tobytes())
    for name, size in zip(("zip", "seven"), bits, strict=True):
        # A library may look harder than another: within five percent of what is stored.
        assert at(e)["entropy"] + at(e)[name] == close(
            (size - surprise) / len(days) + at(e)["entropy"], rel=0.05
        )
        assert min(at(e, n=n)[name] for n in values(e, "n")) > 0


def repetitions_in_a_chain(e):
    other = np.random.default_rng(13).random(e.setting["n"]) < 0.1
    other[0] = False
    surprise = 1 + other.sum() * math.log2(10) + (len(other) - 1 - other.sum()) * math.log2(10 / 9)
    archivers_on(e, np.cumsum(other) % 2, surprise, "dw")
    assert at(e)["learns"] == close(counting(len(other), (0.5, 0.5)) - entropy((0.9, 0.1)), abs=0.002)
    assert max(at(e)["zip"], at(e)["seven"]) < at(e)["learns"]
    # How far .zip looks back: what comes again further away is packed as if it were new, and .7z still finds it.
    noise = np.random.default_rng(17).bytes(32_768 + 1)
    near, far = (packed_bits(x + x) for x in (noise[:32_000], noise))
    assert near[0] < 1.1 * 8 * 32_000 and far[0] > 1.9 * 8 * len(noise) and far[1] < 1.1 * 8 * len(noise)


def repetitions_by_chance(e):
    days = np.random.default_rng(19).choice(4, size=e.setting["n"], p=np.array(P, float))
    archivers_on(e, days, -sum(math.log2(P[k]) for k in days), "scrn")
    assert at(e)["learns"] == close(counting(len(days), P) - entropy(P), abs=0.0005)
    assert at(e)["learns"] < min(at(e)["zip"], at(e)["seven"])


#: Why what an entry says is true at its setting. One sentence may be true for several reasons.
HOLDS = {
    "cover2006 Lemma 2.1.1 gentle-coin": no_entropy_is_below_zero,
    "cover2006 Section 2.3 surprise-bars": the_bars_are_the_terms,
    "cover2006 Example 2.3.1 gentle-belief": two_coins,
    "cover2006 Theorem 2.4.1 house-tip": all_of_the_entropy,
    "cover2006 Theorem 2.6.2 gibbs-jensen": a_chord_above,
    "cover2006 Theorem 2.6.2 lottery-buy-all": a_logarithm_of_the_mean,
    "cover2006 Theorem 2.6.3 gibbs-tangent": gaps_sum_to_the_divergence,
    "cover2006 Theorem 2.6.3 quant-code": rounded_sums_are_no_distributions,
    "cover2006 Theorem 2.6.4 gentle-coin": the_fair_coin_is_highest,
    "cover2006 Theorem 2.6.5 house-tip": a_tip_helps,
    "cover2006 Theorem 2.7.1 quant-protocols": merging_never_raises,
    "cover2006 Theorem 2.7.2 bregman-triangle": convex_in_either_argument,
    "cover2006 Theorem 2.7.3 bregman-scores": a_tangent_above_the_arch,
    "cover2006 Theorem 3.1.1 likelihood-closing-in": the_line_of_p,
    "cover2006 Section 4.2 recompression-archive": entropy_of_a_chain,
    "cover2006 Theorem 5.2.1 coding-kraft": one_more_bit_for_rain,
    "cover2006 Theorem 5.3.1 coding-kraft": lambda e: (
        every_other_costs_more if e.setting["l0"] == 1 else two_parts_of_the_waste
    )(e),
    "cover2006 Theorem 5.4.1 coding-blocks": within_one_bit,
    "cover2006 Theorem 5.4.2 coding-blocks": within_one_bit_a_block,
    "cover2006 Theorem 5.4.3 coding-beliefs": shannon_and_huffman_for_the_wrong_belief,
    "cover2006 Theorem 5.5.1 coding-kraft": four_words_with_two_readings,
    "cover2006 Section 5.7 gentle-game": questions_are_bits,
    "cover2006 Theorem 5.8.1 coding-blocks": nothing_beats_huffman,
    "cover2006 Section 6.1 house-beliefs": a_difference_of_divergences,
    "cover2006 Section 6.1 lottery-crowd": the_crowd_sets_the_odds,
    "cover2006 Theorem 6.1.1 house-closing-in": doublings_close_in,
    "cover2006 Theorem 6.1.2 house-paths": the_truth_is_the_best_bet,
    "cover2006 Theorem 6.1.3 house-tip": growth_and_entropy,
    "cover2006 Problem 6.2 house-take": only_above_the_water_line,
    "cover2006 Theorem 6.2.1 house-tip": whatever_the_house_believes,
    "cover2006 Theorem 8.6.1 likelihood-normal": above_the_floor,
    "cover2006 Theorem 11.1.2 likelihood-coin": likelihood_of_a_type,
    "cover2006 Theorem 11.2.1 likelihood-closing-in": hindsight_a_day,
    "cover2006 Example 11.5.1 bregman-pythagoras": a_tilted_die,
    "cover2006 Theorem 11.6.1 bregman-pythagoras": beyond_the_line,
    "cover2006 Lemma 11.6.1 bregman-local": pinsker,
    "cover2006 Lemma 11.6.1 seven-ignores": a_large_variation,
    "cover2006 Theorem 11.6.2 bregman-pythagoras": rows_of_throws,
    "cover2006 Theorem 11.7.1 evidence-threshold": no_rule_beats_a_threshold,
    "cover2006 Theorem 11.8.1 evidence-closing-in": evidence_closes_in,
    "cover2006 Theorem 11.8.3 evidence-stein": stein,
    "cover2006 Theorem 11.9.1 evidence-chernoff": chernoff,
    "cover2006 Section 11.10 bregman-local": a_local_parabola,
    "cover2006 Section 13.2 likelihood-smoothing": one_half_added,
    "cover2006 Section 13.2 recompression-zoom": the_learner_day_by_day,
    "cover2006 Section 13.3 coding-closing-in": two_files,
    "cover2006 Section 13.3 recompression-zoom": a_piece_within,
    "cover2006 Section 13.4 recompression-archive": repetitions_in_a_chain,
    "mackay2003 Section 2.4 gentle-coin": rare_tails,
    "mackay2003 Section 2.6 two-ways": never_below_zero,
    "mackay2003 Section 2.7 gibbs-jensen": a_chord_above,
    "mackay2003 Section 3.2 likelihood-smoothing": one_added,
    "mackay2003 Section 3.3 evidence-walk": odds_are_turned,
    "mackay2003 Section 4.1 gentle-chessboard": six_answers,
    "mackay2003 Section 4.4 likelihood-closing-in": the_line_of_p,
    "mackay2003 Section 5.2 coding-kraft": too_long_for_the_budget,
    "mackay2003 Section 5.3 coding-kraft": every_other_costs_more,
    "mackay2003 Section 5.4 coding-kraft": wrong_lengths,
    "mackay2003 Section 5.5 coding-beliefs": the_same_lengths,
    "mackay2003 Section 5.6 coding-blocks": no_word_below_one_bit,
    "mackay2003 Section 6.2 coding-closing-in": two_files,
    "mackay2003 Section 6.2 recompression-zoom": the_decoder_follows,
    "mackay2003 Section 6.4 recompression-archive": repetitions_by_chance,
    "mackay2003 Section 8.1 house-tip": a_tip_helps,
    "mackay2003 Section 22.1 likelihood-normal": above_the_floor,
}


@each_entry
def test_the_sentence_holds_at_the_setting(entry):
    HOLDS[label(entry)](entry)


def test_there_is_no_reason_without_an_entry():
    assert HOLDS.keys() == {label(entry) for entry in ENTRIES}


# --- data that are not as they should be ------------------------------------------------------------------------------

BOOK = '[books.cover2006]\nname = "C"\ntitle = "T"\nchapters = {5 = "Coding"}\n'
GOOD = {
    "book": '"cover2006"',
    "item": '"Theorem 5.2.1"',
    "name": '"Kraft"',
    "chapter": '"suboptimal-coding"',
    "explorer": '"coding-kraft"',
    "setting": '{ l0 = "1", l3 = "5" }',
    "seen": '"The room: {kraft}."',
}


def entry_text(**changes):
    fields = {k: v for k, v in (GOOD | changes).items() if v is not None}
    return "[[entry]]\n" + "".join(f"{k} = {v}\n" for k, v in fields.items())


def test_an_entry_is_read():
    books, (entry,) = concordance.read(BOOK + entry_text())
    assert entry.book is books[0] and entry.number == (5, 2, 1)
    assert entry.setting == entry.explorer.initial | {"l0": 1, "l3": 5}
    assert entry.address == "suboptimal-coding.ipynb#coding-kraft&l0=1&l1=1&l2=2&l3=5"
    assert entry.sentence() == f"The room: {1 / 2 + 1 / 2 + 1 / 4 + 1 / 32:g}."


def test_entries_are_in_the_order_of_the_book():
    text = BOOK + entry_text(item='"Theorem 5.10.1"') + entry_text() + entry_text(item='"Section 5.2"')
    assert [e.item for e in concordance.read(text)[1]] == ["Section 5.2", "Theorem 5.2.1", "Theorem 5.10.1"]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"item": None}, "entry 2 (cover2006): it lacks item"),
        ({"seen": None, "sees": '"x"'}, "entry 2 (cover2006 Theorem 5.2.1): it lacks seen; unknown is sees"),
        ({"seen": "3"}, "Theorem 5.2.1): seen must be a text, not 3"),
        ({"name": '" "'}, "name must be a text, not ' '"),
        (
            {"book": '"cover1991"'},
            "(cover1991 Theorem 5.2.1): there is no book 'cover1991'; there are cover2006",
        ),
        ({"item": '"5.2.1"'}, "item must be a kind and a number, as 'Theorem 5.4.3'"),
        ({"item": '"Theorem 5.2.x"'}, "item must be a kind and a number"),
        ({"item": '"Theorem 7.1.1"'}, "the title of chapter 7 is not among those of C"),
        ({"explorer": '"coding-craft"'}, "there is no explorer 'coding-craft'"),
        ({"setting": '{ l9 = "1" }'}, "coding-kraft has no control 'l9', it has l0, l1, l2, l3"),
        ({"setting": '{ l0 = "6" }'}, "l0 of coding-kraft is never '6'; it goes from '1' to '5'"),
        ({"setting": "{ l0 = 1 }"}, "l0 of coding-kraft is never 1"),
        ({"setting": '"l0"'}, "setting must be a table"),
        (
            {"seen": '"{craft}"'},
            "coding-kraft has no {craft} to put into a sentence, it has code, cost, kraft,",
        ),
        ({"seen": '"{kraft"'}, "the braces in what is seen"),
    ],
)
def test_a_wrong_entry_is_named_in_one_sentence(changes, said):
    with pytest.raises(ValueError, match=re.escape(said)) as error:
        concordance.read(BOOK + entry_text(item='"Section 5.2"') + entry_text(**changes))
    assert str(error.value).startswith("concordance.toml, entry 2 (") and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[[entry", "concordance.toml is not TOML"),
        (BOOK + entry_text() * 2, "has cover2006 Theorem 5.2.1 twice at the same setting of coding-kraft"),
        (
            BOOK + entry_text() + entry_text(name='"Other"', setting="{}"),
            "two names for cover2006 Theorem 5.2.1, one is 'Other'",
        ),
        (BOOK + entry_text().replace("[[entry]]", "[[entries]]"), "not 'entries'"),
        ('[books.cover2006]\nname = "C"\n', "the book 'cover2006' has a name, a title and the titles"),
    ],
)
def test_wrong_data_are_told_in_one_sentence(text, said):
    with pytest.raises(ValueError, match=re.escape(said)):
        concordance.read(text)


def test_a_page_without_the_line_is_not_written(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / concordance.DATA).write_text(BOOK, encoding="utf-8")
    (tmp_path / concordance.PAGE).write_text("# Concordance\n", encoding="utf-8")
    with pytest.raises(ValueError, match=r"concordance\.md has no line"):
        concordance.main(tmp_path)
    assert (tmp_path / concordance.PAGE).read_text(encoding="utf-8") == "# Concordance\n"


def test_only_the_list_is_written_anew(tmp_path):
    (tmp_path / "chapters").mkdir()
    (tmp_path / concordance.DATA).write_text(BOOK + entry_text(), encoding="utf-8")
    (tmp_path / concordance.PAGE).write_text(f"# Words\n\n{concordance.BEGIN}old", encoding="utf-8")
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_markdown_cell("# Coding\n\nWords")])
    nbformat.write(notebook, tmp_path / "chapters" / "suboptimal-coding.ipynb")
    concordance.main(tmp_path)
    text = (tmp_path / concordance.PAGE).read_text(encoding="utf-8")
    assert text.startswith(f"# Words\n\n{concordance.BEGIN}\n## C\n") and "old" not in text
    assert (
        "### 5 · Coding\n\n- **Theorem 5.2.1**, Kraft\n\n  [" in text and "in *Coding*: The room: 1.2" in text
    )
