"""Numbers that *Recompressing for profit* states, against computations that share nothing with the book's code."""

import csv
import itertools
import math
from collections import Counter

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
        row = rf"\({', '.join(map(str, belief))}\)</a> \| ([\d.]+) \| \*\*([\d.]+)\*\* \| ([\d.]+)"
        assert numbers(CHAPTER, "cell-04", row) == pytest.approx([d, cost - 1.2, cost - h], abs=6e-4)


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
    (grows,) = numbers(CHAPTER, "cell-27", r"grows by ([\d.]+) bits")
    assert grows == 1.5


def test_from_which_length_on_it_pays():
    said = numbers(
        CHAPTER,
        "cell-26",
        r"table pays from ([\d,]+) bytes on, the learner from ([\d,]+)\..*</a> it is ([\d,]+):",
    )
    came = again.customer("prose.md", "other")
    bills = [[t for _, t in again.with_table("prose.md")]] + [
        again.with_learner("prose.md", w) for w in (2, 20)
    ]
    assert said == [1 + max(n for n in range(1, 10_001) if came[n] <= bill[n]) for bill in bills]


def test_what_is_said_of_stored_sizes():
    wastes = {key: (d / key[1], e / key[1]) for key, (d, e) in again.stored().items()}
    short, long, dz, ds, e_short, e_long = numbers(
        CHAPTER, "cell-34",
        r"your profit is (-[\d.]+) bits .* it is \+([\d.]+), .* divergences of ([\d.]+) and ([\d.]+)\."
        r".* at most ([\d.]+) and ([\d.]+), the sums",
    )  # fmt: skip
    for said, error, n in ((short, e_short, 1000), (long, e_long, 100_000)):
        zipped, seven = (wastes["days of P", n, coder, "all"] for coder in (".zip", ".7z"))
        assert said == pytest.approx(zipped[0] - seven[0], abs=6e-4)
        assert error == pytest.approx(zipped[1] + seven[1], abs=6e-4)
    assert [dz, ds] == pytest.approx([zipped[0], seven[0]], abs=6e-4)
    said = numbers(
        CHAPTER,
        "cell-34",
        r"still at ([\d.]+) bits.* limit is ([\d.]+):.* below that: ([\d.]+) and ([\d.]+)\.",
    )
    rate = -0.9 * math.log2(0.9) - 0.1 * math.log2(0.1)
    wet = [wastes["wet and dry days", 100_000, c, "all"][0] for c in ("learns", ".zip", ".7z")]
    assert said == pytest.approx([wet[0], 1 - rate, *wet[1:]], abs=6e-4)
    with (again.DATA / "files.csv").open(newline="") as lines:
        next(lines)
        stored = [
            [int(r[k].replace(",", "")) for k in ("bytes", ".zip", ".7z")] for r in csv.DictReader(lines)
        ]
    for size, zipped, seven in stored[:6]:
        assert f"| {size:,} | {zipped:,} | {seven:,} | {zipped - seven:,} |" in text(CHAPTER, "cell-36")
    for (size, zipped, seven), kept in zip(stored[6:], (0, 0, 1), strict=True):
        his = (size, zipped)[kept]
        assert his < seven and f"| {his:,} | {seven:,} | -{seven - his:,} |" in text(CHAPTER, "cell-38")
    # Less than half of its bytes as .zip; six tenths by the learner.
    assert stored[0][1] < stored[0][0] / 2
    assert again.with_learner("prose.md", 2)[-1] / 8 / 10_000 == pytest.approx(0.6, abs=0.01)


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
    assert numbers(CHAPTER, "cell-51", r"from (\d+) days.*from (\d+) days") == [1 + 40 / (5 / 8), 1]
    counts = [again.message("prose.md").count(b) for b in range(256)]
    bits = {w: learner_bits(counts, 1 / w) for w in range(1, 101)}
    best = min(bits, key=bits.get)
    said = numbers(CHAPTER, "cell-53", r"1/(\d+), ([\d,]+) bytes; 1/2: ([\d,]+) bytes\n(\d+) of")
    assert said == pytest.approx([best, bits[best] / 8, bits[2] / 8, counts.count(0)], abs=0.51)
    luck = Counter()
    for days in itertools.product((0, 1), repeat=12):
        surprise = 1 - sum(math.log2(0.9 if a == b else 0.1) for a, b in itertools.pairwise(days))
        for k in (0.5, 1, 2, 4):
            if learner_bits([12 - sum(days), sum(days)]) <= surprise - k:
                luck[k] += 2**-surprise
    for k, chance in luck.items():
        said = numbers(CHAPTER, "cell-55", rf"by {k} bits: ([\d.]+), at most ([\d.]+)")
        assert said == pytest.approx([chance, 2**-k], abs=6e-5) and chance < 2**-k
