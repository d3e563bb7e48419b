"""Numbers that *Recompressing for profit* states, against computations that share nothing with the book's code."""

import csv
import heapq
import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from cells import numbers, text
from references import recompression as again

CHAPTER = "recompression"
P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]


def learner_bits(counts, start=1 / 2):
    """The learner's probability of counts, by the gamma function."""
    n, k = sum(counts), len(counts)
    seen = sum(math.lgamma(c + start) - math.lgamma(start) for c in counts)
    return (math.lgamma(n + k * start) - math.lgamma(k * start) - seen) / math.log(2)


def test_the_three_customers():
    truth = [0.8, 0.1, 0.1]
    h = -sum(a * math.log2(a) for a in truth)
    for belief, cost in (([0.6, 0.2, 0.2], 1.2), ([0.33, 0.34, 0.33], 1.9), ([0.1, 0.8, 0.1], 1.9)):
        d = sum(a * math.log2(a / b) for a, b in zip(truth, belief, strict=True))
        row = rf"\({', '.join(map(str, belief))}\)</a> \| ([\d.]+) \| \*\*([\d.]+)\*\*"
        assert numbers(CHAPTER, "cell-04", row) == pytest.approx([d, cost - h], abs=6e-4)


def test_all_beliefs_make_two_kinds_of_customers():
    """At every truth and every division of the rest: two costs, and so two places on the diagonal."""
    firsts = sorted({*(Fraction(4 + k, 40) for k in range(33)), Fraction(33, 100)})
    assert numbers(CHAPTER, "cell-04", r"the (\d+) beliefs make two kinds") == [len(firsts)]
    for share in (1 / 2, 8 / 9, 34 / 67):
        words = [again.huffman_of_three(again.three(q, share)) for q in firsts]
        for k in range(11):
            truth = again.three(Fraction(8 + k, 20), 0.5)
            assert len({again.cost(truth, w) for w in words}) == 2


def test_a_carrier_is_a_gambler_whose_house_pays_by_the_length():
    """Wealth after every sequence of three rounds, weighted by its probability."""
    for lengths in ([3, 1, 2, 3], [3, 2, 2, 3]):
        growth = 0.0
        for days in itertools.product(range(4), repeat=3):
            chance, wealth = math.prod(P[d] for d in days), math.prod(P[d] * 2 ** lengths[d] for d in days)
            growth += chance * math.log2(wealth) / 3
        saved = sum(p * n for p, n in zip(P, lengths, strict=True)) + sum(p * math.log2(p) for p in P)
        assert growth == pytest.approx(saved, abs=1e-12)
    # The second leaves room unused: whoever bets 2^-length on each ends with more than all, whatever comes.
    assert sum(2**-n for n in lengths) < 1


def test_what_goes_over_the_wire():
    symbols = again.message("prose.md")
    came, sent = again.customer("prose.md", "other")[-1], again.with_table("prose.md")[-1]
    assert numbers(CHAPTER, "cell-11", r"as ([\d,]+) bytes") == [math.ceil(came / 8)]
    out, table = numbers(CHAPTER, "cell-13", r"([\d,]+) bytes go out, (\d+) of")
    assert table == sent[0] / 8 and sent[1] <= 8 * out < sent[1] + 9.01
    (learned,) = numbers(CHAPTER, "cell-18", r"([\d,]+) bytes go out")
    bits = learner_bits([symbols.count(b) for b in range(256)])
    assert bits <= 8 * learned < bits + 9.01
    assert text(CHAPTER, "cell-15").endswith("True\n") and "his own bytes: True" in text(CHAPTER, "cell-18")
    d, all_, kept, _, both = numbers(
        CHAPTER,
        "cell-16",
        r"= ([\d.]+) bits a byte .* all (\d+) bytes.* kept (\d+) bytes, and (\d+) .* make (\d+)\.",
    )
    n = len(symbols)
    ideal = sum(c * math.log2(n / c) for c in Counter(symbols).values())
    assert d == pytest.approx((came - ideal) / n, abs=6e-5) and all_ == pytest.approx(d * n / 8, abs=0.6)
    assert kept == math.ceil(came / 8) - out and both == kept + table < all_ < both + 20


def test_what_learning_costs():
    """By all counts of ten days; then by the formula."""
    exact = -10 * 7 / 4
    for counts in itertools.product(range(11), repeat=4):
        if sum(counts) == 10:
            ways = math.factorial(10) / math.prod(map(math.factorial, counts))
            exact += ways * math.prod(p**c for p, c in zip(P, counts, strict=True)) * learner_bits(counts)
    constant = math.log2(math.pi**2 / 1) - 1.5 * math.log2(2 * math.pi * math.e)
    for n in (10, 100, 1000, 10_000):
        found, formula, bare = numbers(CHAPTER, "cell-23", rf"\n +{n} +([\d.]+) +([\d.]+) +([\d.]+)")
        assert bare == pytest.approx(1.5 * math.log2(n), abs=6e-3)
        assert formula == pytest.approx(1.5 * math.log2(n) + constant, abs=6e-3)
        assert found == pytest.approx(exact if n == 10 else formula, abs=0.011)
    assert numbers(CHAPTER, "cell-23", r"constant: (-[\d.]+) bits") == pytest.approx([constant], abs=6e-3)
    (grows,) = numbers(CHAPTER, "cell-27", r"grows by ([\d.]+) bits")
    assert grows == 1.5


def huffman_bits(counts):
    """Bits of a message in the Huffman code for its own counts: the sum of all groups that are made."""
    heap, bits = list(counts), 0
    heapq.heapify(heap)
    while len(heap) > 1:
        group = heapq.heappop(heap) + heapq.heappop(heap)
        bits += group
        heapq.heappush(heap, group)
    return bits


def test_from_which_length_on_it_pays():
    learner, table, l1000, t1000, early, gain, waste, whole, different, four, few = numbers(
        CHAPTER, "cell-26",
        r"pays from \*\*([\d,]+) bytes\*\* on, the table from ([\d,]+)\. .* lose (\d+) bytes .* and (\d+) with"
        r".* pays from ([\d,]+) bytes on: .* gain of (\d+) bytes\. .* wastes ([\d.]+) bits a byte"
        r", of which ([\d.]+) are"
        r".*: (\d+) different bytes .* spends (\d+) bytes on learning; the table takes (\d+)\.",
    )  # fmt: skip
    came, tabled = again.customer("prose.md", "other"), [t for _, t in again.with_table("prose.md")]
    bills = [again.with_learner("prose.md", 2), tabled, again.with_learner("prose.md", 20)]
    assert [learner, table, early] == [
        1 + max(n for n in range(1, 10_001) if came[n] <= bill[n]) for bill in bills
    ]
    assert [l1000, t1000] == pytest.approx([(bill[1000] - came[1000]) / 8 for bill in bills[:2]], abs=0.51)
    counts = Counter(again.message("prose.md"))
    ideal = sum(c * math.log2(10_000 / c) for c in counts.values())
    same = again.customer("prose.md", "same")
    assert gain == pytest.approx((same[-1] - bills[2][-1]) / 8, abs=0.51) and gain > 0
    assert waste == pytest.approx((same[-1] - ideal) / 10_000, abs=6e-4)
    assert whole == pytest.approx((huffman_bits(counts.values()) - ideal) / 10_000, abs=6e-4)
    # Still a loss at ten thousand bytes, both ways; most of his waste, but not all of it, is Huffman's.
    assert all(same[-1] < bill[-1] for bill in bills[:2]) and waste / 2 < whole < waste
    assert different == len(counts) and few == 256 / 8 + 4
    # With 252 more that never come the learner divides by n + 128 instead of n + 2: the same for every message.
    of_four = 1.5 * math.log2(1000 / (2 * math.pi * math.e)) + 2 * math.log2(math.pi)
    room = math.lgamma(1128) - math.lgamma(128) - math.lgamma(1002) + math.lgamma(2)
    assert four == pytest.approx((of_four + room / math.log(2)) / 8, abs=0.51) and four > few
    (rounding,) = numbers(CHAPTER, "cell-24", r"here ([\d.]+) bits a byte")
    size, all_ = again.with_table("prose.md")[-1]
    assert rounding == pytest.approx((all_ - size - ideal) / 10_000, abs=6e-4)


@pytest.mark.parametrize("name", again.MESSAGES)
def test_nowhere_is_the_table_the_shorter_one(name):
    tabled = [t for _, t in again.with_table(name)]
    for weight in (2, 20):
        learned = again.with_learner(name, weight)
        assert all(t > x for t, x in zip(tabled[1:], learned[1:], strict=True))


def test_what_is_said_of_stored_sizes():
    wastes = {key: (d / key[1], e / key[1]) for key, (d, e) in again.stored().items()}
    short, long, dz, ds, e_short, e_long = numbers(
        CHAPTER, "cell-34",
        r"your profit is (-[\d.]+) bits .* it is \+([\d.]+), .* divergences of ([\d.]+) and ([\d.]+)\."
        r".* at most ([\d.]+) and ([\d.]+)\.\)",
    )  # fmt: skip
    for said, error, n in ((short, e_short, 1000), (long, e_long, 100_000)):
        zipped, seven = (wastes["days of P", n, coder, "all"] for coder in (".zip", ".7z"))
        assert said == pytest.approx(zipped[0] - seven[0], abs=6e-4)
        assert zipped[1] + seven[1] <= error < zipped[1] + seven[1] + 0.001  # "at most"
    assert [dz, ds] == pytest.approx([zipped[0], seven[0]], abs=6e-4)
    said = numbers(
        CHAPTER,
        "cell-34",
        r"still at ([\d.]+) bits.* limit is 1 - [\d.]+ = ([\d.]+):.* below that: ([\d.]+) and ([\d.]+)\.",
    )
    rate = -0.9 * math.log2(0.9) - 0.1 * math.log2(0.1)
    wet = [wastes["wet and dry days", 100_000, c, "all"][0] for c in ("learns", ".zip", ".7z")]
    assert said == pytest.approx([wet[0], 1 - rate, *wet[1:]], abs=6e-4)
    # From the length after the last one at which .7z is not ahead.
    froms = {}
    for source in ("days of P", "wet and dry days", "sun every day", "random bytes", "chained letters"):
        ahead = [
            wastes[source, n, ".zip", "all"][0] > wastes[source, n, ".7z", "all"][0] for n in again.LENGTHS
        ]
        froms[source] = again.LENGTHS[max((k + 1 for k, yes in enumerate(ahead) if not yes), default=0)]
    said = numbers(
        CHAPTER,
        "cell-34",
        r"ahead from ([\d,]+) symbols on for days of P, from ([\d,]+) for .* only at ([\d,]+) for"
        r".* from ([\d,]+) on, at first",
    )
    assert said == [froms[k] for k in ("days of P", "wet and dry days", "sun every day", "chained letters")]
    assert froms["random bytes"] == again.LENGTHS[0] and froms["sun every day"] == again.LENGTHS[-1]
    zipped, seven = (wastes["chained letters", froms["chained letters"], c, "all"] for c in (".zip", ".7z"))
    assert 0 < zipped[0] - seven[0] < 2 * (zipped[1] + seven[1])  # little
    bytes_, four, window, n1, n2, further, times = numbers(
        CHAPTER, "cell-34",
        r"costs it (\d+) bits on .* needed (\d+)\..* looks back ([\d,]+) bytes"
        r".* from ([\d,]+) to ([\d,]+), a further day still cost it ([\d.]+) bits .* wastes (\d+) times less",
    )  # fmt: skip
    of_four = 1.5 * math.log2(100 / (2 * math.pi * math.e)) + 2 * math.log2(math.pi)
    room = math.lgamma(228) - math.lgamma(128) - math.lgamma(102) + math.lgamma(2)
    assert bytes_ == pytest.approx(100 * wastes["days of P", 100, "learns", "all"][0], abs=0.51)
    # Whole bytes, and a learner's end: up to nine bits above what it costs on average.
    assert four == round(of_four) and of_four + room / math.log(2) < bytes_ < of_four + room / math.log(2) + 9
    assert (window, n1, n2) == (2**15, 30_000, 100_000)
    packed = [again.stored()["days of P", int(n), ".zip", "data"][0] for n in (n1, n2)]
    assert further == pytest.approx((packed[1] - packed[0]) / (n2 - n1), abs=6e-3)
    least, counted = (wastes["days of P", 100_000, c, "all"][0] for c in (".7z", "learns"))
    assert times == pytest.approx(least / counted, abs=0.51)
    assert all(wastes[s, n, "knows", "all"][0] * n < 9 for s in froms for n in again.LENGTHS)
    sunny = [100_000 * wastes["sun every day", 100_000, c, "all"][0] for c in (".zip", ".7z")]
    assert numbers(CHAPTER, "cell-44-sun", r"</a> ([\d,]+) bits as .zip and ([\d,]+) as") == sunny
    alone = [100_000 * wastes["sun every day", 100_000, c, "data"][0] for c in (".zip", ".7z")]
    assert [1 - a / b for a, b in zip(alone, sunny, strict=True)] == pytest.approx([0.5, 0.5], abs=0.1)
    with (again.DATA / "files.csv").open(newline="") as lines:
        next(lines)
        stored = [
            [int(r[k].replace(",", "")) for k in ("bytes", ".zip", ".7z")] for r in csv.DictReader(lines)
        ]
    for size, zipped, seven in stored[:6]:
        assert f"| {size:,} | {zipped:,} | {seven:,} | {zipped - seven:,} |" in text(CHAPTER, "cell-36")
    for (size, zipped, seven), kept in zip(stored[6:], (0, 0, 1), strict=True):
        his = (size, zipped)[kept]
        assert (
            his < seven
            and f"| {his:,}, as {('it is', '.zip')[kept]} | {seven:,} | -{seven - his:,} |"
            in text(CHAPTER, "cell-38")
        )
    gave, had = numbers(CHAPTER, "cell-38", r"gave up (\d+)%.* keep (\d+) bytes of each")
    assert gave == pytest.approx(100 - 100 * stored[5][2] / stored[5][0], abs=0.51)
    assert [had, had] == [zipped - seven for _, zipped, seven in stored[6:8]]
    # In a short file the box is more than half: .zip's own is a hundred bytes (30 + 46 + 22, and the name twice).
    assert stored[8][1] / 2 < 30 + 46 + 22 + 2
    whole = again.message_text().encode()
    n, zipped, learned = numbers(
        CHAPTER, "cell-44-memory", r"above, ([\d,]+) bytes, .zip leaves ([\d,]+); .* leave ([\d,]+)\."
    )
    assert [n, zipped] == stored[0][:2] and n == len(whole)
    assert learned == pytest.approx(learner_bits([whole.count(b) for b in range(256)]) / 8, abs=0.51)


def own_table(n):
    """What n days of P bring on average that came in words of 3, 1, 2 and 3 bits, with a table of their own counts."""
    gain = 0.0
    for counts in itertools.product(range(n + 1), repeat=3):
        if (left := n - sum(counts)) < 0:
            continue
        counts = (*counts, left)
        ways = math.factorial(n)
        for c in counts:
            ways //= math.factorial(c)
        said = [max(round(255 * c / max(counts)), 1) for c in counts if c]
        bits = sum(c * math.log2(sum(said) / f) for c, f in zip(filter(None, counts), said, strict=True))
        came = sum(c * n for c, n in zip(counts, (3, 1, 2, 3), strict=True))
        chance = ways * math.prod(p**c for p, c in zip(P, counts, strict=True))
        gain += chance * (came - bits - 8 - 8 * len(said))
    return gain


def test_what_the_solutions_say():
    assert numbers(CHAPTER, "cell-45", r"([\d.]+) bits a day\n([\d.]+) bits") == [1 / 4, 0]
    assert numbers(CHAPTER, "cell-47", r"Q: ([\d.]+)\n.*P: ([\d.]+)\n.*saved: +([\d.]+)") == [
        33 / 8,
        7 / 2,
        5 / 8,
    ]
    first, second = (np.random.default_rng(s).choice(4, 1000, p=p) for s, p in ((1, P), (2, Q)))
    counts = [np.bincount(x).tolist() for x in (first, second, np.append(first, second))]
    ideal = -sum(c * math.log2(q) for c, q in zip(counts[1], Q, strict=True))
    table = -sum(c * math.log2(p) for c, p in zip(counts[1], P, strict=True))
    spent = [table, learner_bits(counts[2]) - learner_bits(counts[0]), learner_bits(counts[1])]
    said = numbers(CHAPTER, "cell-49", r"table: (\d+) .*learner: (\d+) .*anew: (\d+)")
    assert said == pytest.approx([s - ideal for s in spent], abs=0.51)
    # The one that learns, on average, by two hundred pairs of streams of our own.
    (mixed,) = numbers(CHAPTER, "cell-49", r"by the mixture, .* about (\d+) bits")
    draw, extra = np.random.default_rng(5), []
    for _ in range(200):
        before, after = draw.multinomial(1000, P), draw.multinomial(1000, Q)
        spent = learner_bits([*map(int, before + after)]) - learner_bits([*map(int, before)])
        extra.append(spent + sum(int(c) * math.log2(q) for c, q in zip(after, Q, strict=True)))
    assert abs(np.mean(extra) - mixed) < 4 * np.std(extra) / 200**0.5
    said = numbers(
        CHAPTER, "cell-51", r"P: from (\d+) days.*learner: from (\d+) days.*message: from (\d+) days"
    )
    assert said == [1 + 40 / (5 / 8), 1, 61]
    assert own_table(60) < 0 < own_table(61)
    counts = [again.message("prose.md").count(b) for b in range(256)]
    bits = {w: learner_bits(counts, 1 / w) for w in range(1, 101)}
    best = min(bits, key=bits.get)
    said = numbers(
        CHAPTER, "cell-53", r"1/(\d+), ([\d,]+) bytes; 1/2: ([\d,]+) bytes\nsaved: (\d+) bytes\n(\d+) of"
    )
    saved = (bits[2] - bits[best]) / 8
    assert said == pytest.approx([best, bits[best] / 8, bits[2] / 8, saved, counts.count(0)], abs=0.51)
    assert saved < bits[2] / 8 / 100
    luck = Counter()
    for days in itertools.product((0, 1), repeat=12):
        surprise = 1 - sum(math.log2(0.9 if a == b else 0.1) for a, b in itertools.pairwise(days))
        for k in (0.5, 1, 2, 4):
            if learner_bits([12 - sum(days), sum(days)]) <= surprise - k:
                luck[k] += 2**-surprise
    for k, chance in luck.items():
        said = numbers(CHAPTER, "cell-55", rf"by {k} bits: ([\d.]+), at most ([\d.]+)")
        assert said == pytest.approx([chance, 2**-k], abs=6e-5) and chance < 2**-k
