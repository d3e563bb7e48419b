"""Readouts of the chapter *Suboptimal coding* against hand-written codes, exact fractions and closed forms."""

import heapq
import itertools
import math
import re
import statistics
from fractions import Fraction

import numpy as np
import pytest

from klbook.figures import suboptimal_coding as figures

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]


def raw(e, **setting):
    """What `update` returns, before it becomes text."""
    _, numbers = e.drawing.call(e.initial | setting)
    return numbers


def close(expected, absolute=1e-9):
    return pytest.approx(expected, rel=1e-9, abs=absolute)


# Kraft's budget ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize("lengths", list(itertools.product((1, 2, 3, 5), repeat=4)))
def test_kraft_budget_cost_and_words(lengths):
    got = raw(figures.coding_kraft, **{f"l{k}": float(n) for k, n in enumerate(lengths)})
    used = sum(Fraction(1, 2**n) for n in lengths)
    if used > 1:
        assert got["kraft"] == f"{float(used):.5g} of 1: too much"
        assert {got[name] for name in ("cost", "waste", "room")} == {"no such code"}
        assert got["code"] == "none: these lengths do not fit"
        return
    cost = sum(p * n for p, n in zip(P, lengths, strict=True))
    assert got["kraft"] == f"{float(used):.5g} of 1"
    assert got["cost"] == close(float(cost))
    assert got["waste"] == close(float(cost - Fraction(7, 4)))
    assert got["room"] == close(-math.log2(used))
    words = [part.split()[1] for part in got["code"].split(", ")]
    assert [len(word) for word in words] == list(lengths)
    assert not any(b.startswith(a) for a, b in itertools.permutations(words, 2))


def test_kraft_begins_with_the_old_towns_code_and_is_least_at_the_truth():
    assert raw(figures.coding_kraft)["waste"] == 5 / 8
    best = raw(figures.coding_kraft, l0=1.0, l1=2.0, l2=3.0, l3=3.0)
    assert best["waste"] == 0
    assert best["code"] == "sun 0, cloud 10, rain 110, snow 111"


@pytest.mark.parametrize("lengths", [(3, 1, 2, 3), (2, 2, 2, 2), (5, 1, 4, 2), (1, 1, 1, 1), (1, 5, 5, 2)])
def test_pieces_lie_side_by_side_the_widest_first(lengths):
    begins = figures.places(np.array(lengths, float))
    widths = [0.5**n for n in lengths]
    order = sorted(range(4), key=lambda k: (lengths[k], k))
    assert [begins[k] for k in order] == [sum(widths[j] for j in order[:i]) for i in range(4)]
    # So no piece reaches over the end of the budget: it fits, or begins behind it.
    assert all(b + w <= 1 or b >= 1 for b, w in zip(begins, widths, strict=True))


# Beliefs ----------------------------------------------------------------------------------------------------

SHARES = {"equal": Fraction(1, 2), "34 : 33": Fraction(34, 67), "8 : 1": Fraction(8, 9), "1 : 0": Fraction(1)}


def belief(first, share):
    return [first, (1 - first) * share, (1 - first) * (1 - share)]


def rounded_up(q):
    """Smallest whole l with 2^−l ≤ q, in exact fractions."""
    return next(n for n in itertools.count() if Fraction(1, 2**n) <= q)


def grid(control, count):
    texts = next(c for c in figures.coding_beliefs.controls if c.name == control).texts
    return sorted({*texts[:: max(1, len(texts) // count)], texts[-1]})


@pytest.mark.parametrize("rest", SHARES)
@pytest.mark.parametrize("q_text", [*grid("q", 8), "0.330"])
@pytest.mark.parametrize("p_text", grid("p", 5))
def test_waste_of_three_kinds_of_lengths(p_text, q_text, rest):
    p, q = belief(Fraction(p_text), Fraction(1, 2)), belief(Fraction(q_text), SHARES[rest])
    settings = {c.name: dict(zip(c.texts, c.values, strict=True)) for c in figures.coding_beliefs.controls}
    got = raw(
        figures.coding_beliefs, p=settings["p"][p_text], q=settings["q"][q_text], rest=settings["rest"][rest]
    )
    H = -sum(float(a) * math.log2(a) for a in p)
    assert got["entropy"] == close(H)
    if rest == "1 : 0":
        assert {got["ideal"], got["shannon"], got["huffman"]} == {math.inf}
        assert got["lengths"] == "1, 1, none"
        return
    D = sum(float(a) * math.log2(a / b) for a, b in zip(p, q, strict=True))
    wrong, right = (float(sum(a * rounded_up(b) for a, b in zip(p, x, strict=True))) for x in (q, p))
    assert got["ideal"] == close(D)
    assert got["shannon"] == close(wrong - right)
    assert H + D - 1e-12 <= wrong < H + D + 1
    # With three symbols, the most probable one has one bit and the others two.
    cheap = [n == "1" for n in got["lengths"].split(", ")]
    assert sorted(got["lengths"].split(", ")) == ["1", "2", "2"]
    assert [b for b, c in zip(q, cheap, strict=True) if c] == [max(q)]
    of_best = 2 - float(max(p))
    assert got["huffman"] == close(2 - float(sum(a for a, c in zip(p, cheap, strict=True) if c)) - of_best)
    assert D - 1 < wrong - of_best < D + 1  # recoding from Shannon's for Q to Huffman's for P


@pytest.mark.parametrize(
    ("q", "rest", "saved", "D"),
    [(0.6, "equal", 0, 0.1320), (0.33, "34 : 33", 0.7, 0.6732), (0.1, "8 : 1", 0.7, 2.1)],
)
def test_counterexamples(q, rest, saved, D):
    got = raw(figures.coding_beliefs, p=0.8, q=q, rest=figures.SHARES[rest])
    assert got["huffman"] == close(saved)
    assert got["ideal"] == pytest.approx(D, abs=5e-5)


# Blocks -----------------------------------------------------------------------------------------------------


def huffman_cost(weights):
    """Expected length: the sum of the weights of all joined groups."""
    queue, cost = list(weights), 0.0
    heapq.heapify(queue)
    while len(queue) > 1:
        joined = heapq.heappop(queue) + heapq.heappop(queue)
        cost += joined
        heapq.heappush(queue, joined)
    return cost


@pytest.mark.parametrize("common", [0.5, 0.57, 0.8, 0.9, 0.99])
@pytest.mark.parametrize("outcomes", [2, 3])
def test_blocks(outcomes, common):
    p = [common] + [(1 - common) / (outcomes - 1)] * (outcomes - 1)
    H = -sum(a * math.log2(a) for a in p)
    before = None
    for n in range(1, figures.LONGEST + 1):
        got = raw(figures.coding_blocks, outcomes=outcomes, common=common, n=n)
        cost = huffman_cost(math.prod(block) for block in itertools.product(p, repeat=n)) / n
        assert got["huffman"] == close(cost)
        assert got["entropy"] == close(H)
        assert got["excess"] == close(cost - H)
        assert got["block"] == close(n * (cost - H))
        assert -1e-9 <= got["block"] < 1
        if before is None:
            assert got["step"] == "there is no shorter block"
        elif abs(cost - before) < 5e-5:
            assert got["step"] == "the same" or float(got["step"].split()[0]) <= 1e-4
        else:
            assert got["step"].endswith("more" if cost > before else "less")
            assert float(got["step"].split()[0]) == pytest.approx(abs(cost - before), abs=6e-5)
        before = cost


def test_four_symbols_cost_more_than_three():
    assert raw(figures.coding_blocks, n=4)["step"] == "0.0151 bits a symbol more"


# Real files -------------------------------------------------------------------------------------------------

BOOK = {"P": ["0", "10", "110", "111"], "Q": ["110", "0", "10", "111"]}


def seeded_files(truth, sample):
    """The days, drawn by NumPy's generator alone."""
    rng = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    return rng.choice(4, size=(100, 100), p=[float(a) for a in truth])


def in_bytes(days, book):
    return math.ceil(len("".join(BOOK[book][day] for day in days)) / 8)


@pytest.mark.parametrize("files", [2, 13, 100])
@pytest.mark.parametrize("sample", [1, 7, 12])
@pytest.mark.parametrize(("world", "D"), [("P", 5 / 8), ("Q", 1 / 2)])
def test_files_in_huffmans_code(world, D, sample, files):
    other = {"P": "Q", "Q": "P"}[world]
    said = f"days of {world}, written for {other}"
    got = raw(figures.coding_closing_in, world=said, coder="Huffman", sample=sample, files=files)
    days = seeded_files({"P": P, "Q": Q}[world], sample)[:files].tolist()
    wrong, right = ([in_bytes(file, book) for file in days] for book in (other, world))
    waste = [8 * (a - b) / 100 for a, b in zip(wrong, right, strict=True)]
    error = statistics.stdev(waste) / math.sqrt(files)
    assert (got["wrong"], got["right"]) == (sum(wrong), sum(right))
    assert got["waste"] == close(statistics.mean(waste))
    assert got["error"] == close(error)
    if error > 1e-9:
        assert got["off"] == close(abs(statistics.mean(waste) - D) / error)


@pytest.mark.parametrize("sample", [1, 5])
@pytest.mark.parametrize("world", ["P", "Q"])
def test_files_of_the_arithmetic_coder_are_as_long_as_they_are_surprising(world, sample):
    other = {"P": "Q", "Q": "P"}[world]
    said = f"days of {world}, written for {other}"
    got = raw(figures.coding_closing_in, world=said, coder="arithmetic", sample=sample, files=100)
    days = seeded_files({"P": P, "Q": Q}[world], sample).ravel().tolist()
    for name, book in (("wrong", other), ("right", world)):
        surprise = sum(
            len(BOOK[book][day]) for day in days
        )  # in our towns, a word is as long as it should be
        assert surprise <= 8 * got[name] < surprise + 9.01 * 100


def test_the_ends_of_the_arithmetic_coder_shift_its_waste_by_about_a_standard_error():
    for world, other, sign in ("P", "Q", 1), ("Q", "P", -1):
        said = f"days of {world}, written for {other}"
        shifts, errors = [], []
        for sample in range(1, 13):
            got = raw(figures.coding_closing_in, world=said, coder="arithmetic", sample=sample, files=100)
            days = seeded_files({"P": P, "Q": Q}[world], sample).ravel().tolist()
            ideal = sum(len(BOOK[other][day]) - len(BOOK[world][day]) for day in days) / 10_000
            shifts.append(got["waste"] - ideal)
            errors.append(got["error"])
        assert 0 < sign * statistics.mean(shifts) < statistics.mean(errors)
        assert max(map(abs, shifts)) < 1.3 * statistics.mean(errors)


def test_all_samples_together_agree_with_the_divergence():
    means = [
        raw(
            figures.coding_closing_in, sample=s, world="days of P, written for Q", coder="Huffman", files=100
        )["waste"]
        for s in range(1, 13)
    ]
    assert abs(statistics.mean(means) - 5 / 8) < 4 * statistics.stdev(means) / math.sqrt(12)


# What captions and descriptions say of every setting -----------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in figures.__all__ if n.startswith("coding_")])
def test_no_caption_names_a_side_that_a_phone_stacks(name):
    e = getattr(figures, name)
    assert not re.search(
        r"\bleft\b|\bon the right\b|\(right\b|\bright[:,]", f"{e.caption} {e.alt}", flags=re.I
    )


def test_the_three_kinds_of_lengths_begin_apart():
    """At the first setting no kind of lengths agrees with another one, or with D, by chance."""
    got = raw(figures.coding_beliefs)
    wastes = [got["ideal"], got["shannon"], got["huffman"]]
    p, q = [0.8, 0.1, 0.1], [0.3, 0.35, 0.35]
    shannon = [sum(a * rounded_up(Fraction(str(b))) for a, b in zip(p, x, strict=True)) for x in (q, p)]
    assert wastes[1] == close(shannon[0] - shannon[1])
    assert all(abs(a - b) > 0.05 for a, b in itertools.combinations(wastes, 2))
    assert min(wastes) > 0  # and the wrong belief with which Huffman wastes nothing is still to be found


def test_where_blocks_begin_they_fall_twice_and_then_rise():
    costs = [raw(figures.coding_blocks, n=n)["huffman"] for n in range(1, 5)]
    assert costs[0] > costs[1] > costs[2] < costs[3]


@pytest.mark.parametrize("common", [0.5, 0.66, 0.75, 0.8, 0.93, 0.99])
@pytest.mark.parametrize("outcomes", [2, 3])
def test_shannon_and_huffman_lie_between_the_entropy_and_the_bound(outcomes, common):
    first, rest = Fraction(str(common)), (1 - Fraction(str(common))) / (outcomes - 1)
    entropy, huffman, shannon = figures._per_symbol(common, outcomes)
    H = -sum(float(x) * math.log2(x) for x in [first] + [rest] * (outcomes - 1))
    assert entropy == close(H)
    for n in (1, 2, 3, 7):
        exact = sum(
            math.comb(n, k) * (outcomes - 1) ** k * x * rounded_up(x)
            for k in range(n + 1)
            for x in [first ** (n - k) * rest**k]
        )
        assert shannon[n - 1] == close(float(exact) / n)
        assert H - 1e-9 <= huffman[n - 1] <= shannon[n - 1] + 1e-9 < H + 1 / n + 1e-9
