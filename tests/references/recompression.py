"""*Recompressing for profit*: savings by whole lengths, intervals in fractions, bills by closed forms, stored sizes."""

import csv
import heapq
import math
import zipfile
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import accumulate, pairwise
from pathlib import Path

import numpy as np

import klbook
from references import reference
from references.marks import At, Bars, Each, Segments

DATA = Path(klbook.__file__).parent / "figures" / "data"
OUTCOMES = ("sun", "cloud", "rain", "snow")
P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]


# The meter ---------------------------------------------------------------------------------------------------


def three(first, share):
    first, share = Fraction(str(first)), Fraction(share).limit_denominator(100)
    return [first, (1 - first) * share, (1 - first) * (1 - share)]


def huffman_of_three(q):
    """One bit for the first of the likeliest, two for the others."""
    best = q.index(max(q))
    return [1 if k == best else 2 for k in range(3)]


def cost(p, lengths):
    return sum(a * n for a, n in zip(p, lengths, strict=True))


def shannon(p):
    return -sum(float(a) * math.log2(a) for a in p if a)


@reference("recompression-meter")
def recompression_meter(p, q, rest, along):
    truth = three(p, 0.5)
    customers = [three(Fraction(4 + k, 40), rest) for k in range(33)]
    customers = sorted([*customers, three("0.33", rest)])
    now = customers.index(three(q, rest))
    words = [huffman_of_three(c) for c in customers]
    d = [sum(float(a) * math.log2(a / b) for a, b in zip(truth, c, strict=True)) for c in customers]
    ideal = [float(cost(truth, w)) - shannon(truth) for w in words]
    to_huffman = [float(cost(truth, w) - cost(truth, huffman_of_three(truth))) for w in words]
    # The code's own belief: complete, so that its pieces are probabilities.
    own = [sum(float(a) * math.log2(a * 2**n) for a, n in zip(truth, w, strict=True)) for w in words]
    assert np.allclose(own, ideal)
    places = own if along else d
    return {
        "bits_in": float(cost(truth, words[now])),
        "ideal": ideal[now],
        "huffman": to_huffman[now],
        "divergence": places[now],
        "profit": ideal[now] * 10,  # a million symbols a day, a cent for a thousand bits
        "lengths": ", ".join(map(str, words[now])),
    }, {
        **{f"truth-{k}": Bars([(k - 0.2, x)], width=0.38) for k, x in enumerate(truth)},
        **{f"belief-{k}": Bars([(k + 0.2, x)], width=0.38) for k, x in enumerate(customers[now])},
        "equal": [(0, 0), (1.6, 1.6)],
        "ideals": list(zip(places, ideal, strict=True)),
        "huffmans": list(zip(places, to_huffman, strict=True)),
        "ideal": [(places[now], ideal[now])],
        "huffman": [(places[now], to_huffman[now])],
        "x-axis": dict(enumerate(("first", "second", "third"))),
        "x-axis-2": {0: "0", 0.5: "0.5", 1: "1", 1.5: "1.5", 2: "2", 2.5: "2.5"},
        "legend": {"truth-0": "truth P", "belief-0": "belief Q"},
        "legend-2": {"ideal": "to arithmetic", "huffman": "to Huffman for P"},
    }


# The zoom ----------------------------------------------------------------------------------------------------


@cache
def days_of(sample):
    return np.random.default_rng(sample).choice(4, size=12, p=[float(x) for x in P]).tolist()


def pieces(coder, days):
    """Ends of the four pieces after these days: 0, …, 1."""
    if coder == "learns":
        weights = [2 * days.count(k) + 1 for k in range(4)]
        shares = [Fraction(w, sum(weights)) for w in weights]
    else:
        shares = {"P": P, "Q": Q}[coder]
    return [Fraction(0), *accumulate(shares)]


def interval(coder, days):
    """Ends of the interval: mapped from the last day outwards."""
    ends = [Fraction(0), Fraction(1)]
    for k in reversed(range(len(days))):
        cut = pieces(coder, days[:k])
        low, high = cut[days[k]], cut[days[k] + 1]
        ends = [low + (high - low) * x for x in ends]
    return ends


def digits_in_common(low, high):
    """Digit by digit: halve as long as the interval lies in one half."""
    found, left, right = "", Fraction(0), Fraction(1)
    while True:
        middle = (left + right) / 2
        if high <= middle:
            found, right = found + "0", middle
        elif low >= middle:
            found, left = found + "1", middle
        else:
            return found


@reference("recompression-zoom")
def recompression_zoom(coder, sample, day):
    day, days = int(day), days_of(sample)

    def bits(coder, n):
        low, high = interval(coder, days[:n])
        return math.log2(1 / (high - low))

    before, after = pieces(coder, days[: day - 1]), pieces(coder, days[:day])
    came = days[day - 1]
    start, stop = before[came : came + 2]
    box = [(0, 0), (1, 0), (1, 1), (0, 1), (0, 0)]

    def names(ends, low):
        shown = []
        for k, name in enumerate(OUTCOMES):
            width = ends[k + 1] - ends[k]
            text = name if width > 0.12 else name[0] if width > 0.045 else ""
            shown.append(At((ends[k] + ends[k + 1]) / 2, low + 0.35, text) if text else None)
        return shown

    return {
        "came": OUTCOMES[came],
        "belief": stop - start,
        "bits": bits(coder, day),
        "digits": f"0.{digits_in_common(*interval(coder, days[:day]))}…",
    }, {
        "before-frame": [(x, 1.5 + 0.7 * y) for x, y in box],
        "after-frame": [(x, 0.7 * y) for x, y in box],
        "before-edges": Segments([((x, 1.5), (x, 2.2)) for x in before[1:-1]]),
        "after-edges": Segments([((x, 0), (x, 0.7)) for x in after[1:-1]]),
        "piece": [(stop if x else start, 1.5 + 0.7 * y) for x, y in box],
        "lens": Segments([((start, 1.5), (0, 0.7)), ((stop, 1.5), (1, 0.7))]),
        "name": Each([*names(before, 1.5), *names(after, 0)]),
        "said": Each(
            [
                At(0, 2.36, f"before day {day}: {bits(coder, day - 1):.2f} bits so far"),
                At(0, -0.2, f"magnified, for the day after: {bits(coder, day):.2f} bits so far"),
            ]
        ),
        **{f"bits-{c}": [(n, bits(c, n)) for n in range(day + 1)] for c in ("P", "Q", "learns")},
        "now": [(day, bits(coder, day))],
        "x-axis-2": {k: str(k) for k in range(0, 13, 2)},
        "legend-2": {"bits-P": "believes P", "bits-Q": "believes Q", "bits-learns": "learns"},
    }


# Table or learner --------------------------------------------------------------------------------------------

MESSAGES = ("prose.md", "explorer.js")


@cache
def message(name):
    with zipfile.ZipFile(DATA / "book.zip") as book:
        return book.read(name)[:10_000]


@cache
def code_for(name):
    """Huffman's lengths for each byte, counted twice and once more; symbols before groups, later symbols first."""
    counts = Counter(message(name))
    queue = [(2 * counts[b] + 1, 0, -b, [b]) for b in range(256)]
    heapq.heapify(queue)
    lengths, made = [0] * 256, 0
    while len(queue) > 1:
        (w1, *_, first), (w2, *_, second) = heapq.heappop(queue), heapq.heappop(queue)
        for b in first + second:
            lengths[b] += 1
        made += 1
        heapq.heappush(queue, (w1 + w2, 1, made, first + second))
    return lengths


@cache
def customer(name, code):
    other = next(m for m in MESSAGES if m != name)
    lengths = [8] * 256 if code == "none" else code_for(name if code == "same" else other)
    return [0, *accumulate(lengths[b] for b in message(name))]


@cache
def with_table(name):
    """Bits of the table, and of the whole, for each beginning."""
    counts, found = Counter(), [(0, 0.0)]
    for b in message(name):
        counts[b] += 1
        most = max(counts.values())
        # Halves are rounded to the even neighbour, as IEEE does.
        bytes_ = {k: max(1, round(Fraction(255 * c, most))) for k, c in counts.items()}
        total = sum(bytes_.values())
        table = 8 * (256 // 8 + len(counts))
        found.append((table, table + sum(c * math.log2(total / bytes_[k]) for k, c in counts.items())))
    return found


@cache
def with_learner(name, weight):
    """By the gamma function: the learner's probability of counts is a quotient of products."""
    start, whole = 1 / weight, 256 / weight
    counts, found = [0] * 256, [0.0]
    seen = 0.0
    for n, b in enumerate(message(name), 1):
        counts[b] += 1
        seen += math.lgamma(counts[b] + start) - math.lgamma(counts[b] - 1 + start)
        found.append((math.lgamma(n + whole) - math.lgamma(whole) - seen) / math.log(2))
    return found


@cache
def known(name, code):
    """Cost above the entropy of each beginning's own frequencies, a byte, where the picture shows it."""
    found = []
    for n in sorted({int(x) for x in np.geomspace(100, 10_000, 60)}):
        counts = Counter(message(name)[:n]).values()
        found.append((n, (customer(name, code)[n] - sum(c * math.log2(n / c) for c in counts)) / n))
    return found


def pays(saved):
    """The length after the last one that does not pay."""
    last = max((n for n, s in enumerate(saved) if n and s <= 0), default=0)
    return f"{last + 1:,} bytes" if last < 10_000 else "none of these"


@reference("recompression-break-even")
def recompression_break_even(text, code, weight, n):
    came, tabled, learned = customer(text, code), with_table(text), with_learner(text, weight)
    shown = [k for k, _ in known(text, code)]

    def saved(cost, k):
        return max((came[k] - cost) / k, -3)

    return {
        "came": came[n] / 8,
        "with_table": tabled[n][1] / 8,
        "table": tabled[n][0] / 8,
        "learned": learned[n] / 8,
        "table_pays": pays([c - t for c, (_, t) in zip(came, tabled, strict=True)]),
        "learner_pays": pays([c - x for c, x in zip(came, learned, strict=True)]),
    }, {
        "zero": 0,
        "known": known(text, code),
        "tabled": [(k, saved(tabled[k][1], k)) for k in shown],
        "learned": [(k, saved(learned[k], k)) for k in shown],
        "now": [(n, saved(learned[n], n))],
        "x-axis": {k: f"{k:,}" for k in (100, 300, 1000, 3000, 10_000)},
        "legend": {"known": "nothing to send: D", "tabled": "table", "learned": "learner"},
    }


# The archive -------------------------------------------------------------------------------------------------

LENGTHS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
CODERS = ("knows", "learns", ".zip", ".7z")


@cache
def stored():
    with (DATA / "sizes.csv").open(newline="") as lines:
        next(lines)
        return {
            (r["source"], int(r["symbols"]), r["coder"], r["counted"]): (
                float(r["excess"]),
                float(r["error"]),
            )
            for r in csv.DictReader(lines)
        }


@cache
def letters():
    """Entropies of the chain of letters: of the first letter, and the rate; π by many steps."""
    words = "".join(c if "a" <= c <= "z" else " " for c in message_text().lower()).split()
    text = " ".join(words)
    pairs = Counter(pairwise(text))
    alphabet = " abcdefghijklmnopqrstuvwxyz"
    counts = np.array([[pairs[a, b] for b in alphabet] for a in alphabet], float)
    steps = counts / counts.sum(axis=1, keepdims=True)
    pi = np.linalg.matrix_power(steps, 1 << 20)[0]
    with np.errstate(divide="ignore", invalid="ignore"):
        rows = -np.nansum(np.where(steps > 0, steps * np.log2(steps), 0), axis=1)
    return -float(pi @ np.log2(pi)), float(pi @ rows)


def message_text():
    with zipfile.ZipFile(DATA / "book.zip") as book:
        return book.read("prose.md").decode()


@cache
def first_and_rate(source):
    def h(x):
        return -sum(y * math.log2(y) for y in (x, 1 - x))

    return {
        "days of P": (7 / 4, 7 / 4),
        "wet and dry days": (1, h(0.1)),
        "chained letters": letters(),
        "random bytes": (8, 8),
        "sun every day": (0, 0),
    }[source]


def plus(x, height, waste):
    """The waste above a bar, with two digits or none; rounded either way if it is halfway."""

    def wrong(text):
        words = text.get_text()
        if not np.allclose(text.get_position(), (x, height + 0.1)):
            return f"stands at {text.get_position()}, expected {(x, height + 0.1)}"
        digits = 2 if waste < 10 else 0
        good = words.startswith("+") and len(words.partition(".")[2]) == digits
        return None if good and abs(float(words) - waste) <= 0.5 * 10**-digits + 1e-9 else f"says {words}"

    return wrong


@reference("recompression-archive")
def recompression_archive(source, counted, n):
    first, rate = first_and_rate(source)
    h = (first + (n - 1) * rate) / n
    wastes = {}
    for coder in CODERS:
        what = counted if coder.startswith(".") else "all"
        wastes[coder] = {m: tuple(x / m for x in stored()[source, m, coder, what]) for m in LENGTHS}
    now = {coder: waste[n][0] for coder, waste in wastes.items()}
    marks = {"floor": h, "here": n}
    above, strokes = [], []
    for k, coder in enumerate(CODERS):
        name = coder.strip(".")
        top = min(h + now[coder], 10)
        marks[f"bar-{name}"] = Bars([(k, top)], width=0.6)
        above.append(plus(k, top, now[coder]))
        marks[f"line-{name}"] = [(m, max(d, 1e-5)) for m, (d, _) in wastes[coder].items()]
        for m, (d, e) in wastes[coder].items():
            if 2 * e > d / 20:  # a shorter one is behind its mark
                strokes.append(((m, max(d - 2 * e, 1e-5)), (m, max(d + 2 * e, 1e-5))))
    return {
        "entropy": h,
        "knows": now["knows"],
        "learns": now["learns"],
        "zip": now[".zip"],
        "seven": now[".7z"],
        "difference": now[".zip"] - now[".7z"],
    }, marks | {
        "waste": Each(above),
        "spread": Segments(strokes) if strokes else None,
        "x-axis": dict(enumerate(CODERS)),
        "x-axis-2": {10: "10", 100: "100", 1000: "1,000", 10_000: "10⁴", 100_000: "10⁵"},
        "y-axis-2": {1e-5: "none", 1e-3: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1", 10: "10", 100: "100"},
        "legend": {"floor": "entropy H"},
        "legend-2": {f"line-{c.strip('.')}": c for c in CODERS},
    }
