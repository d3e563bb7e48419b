"""*Suboptimal coding*, in fractions: pieces by their binary digits, Huffman's cost by joining, streams as intervals."""

import heapq
import math
from fractions import Fraction
from functools import cache
from itertools import accumulate, count, product

import numpy as np
from matplotlib.colors import to_hex

from klbook.explorers import palette
from klbook.figures import suboptimal_coding as figures
from references import reference
from references.marks import At, Bars, Curve, Each

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
OUTCOMES = ("sun", "cloud", "rain", "snow")


def box(left, width, *, fits):
    """A piece in the first row, or with a dashed outline in the second."""
    wanted = (left, 0.62, width, 1.38) if fits else (left, -0.2, width, 0.52)

    def wrong(artist):
        found = *artist.get_xy(), artist.get_width(), artist.get_height()
        if not np.allclose(found, [float(x) for x in wanted], rtol=0, atol=1e-9):
            return f"{found}, expected {wanted}"
        look = to_hex(artist.get_edgecolor()), artist.get_linestyle() == "-"
        return None if look == (palette.Q if fits else palette.MUTED, fits) else f"looks like {look}"

    return wrong


@reference("coding-kraft")
def coding_kraft(l0, l1, l2, l3):
    lengths = [int(n) for n in (l0, l1, l2, l3)]
    widths = [Fraction(1, 2**n) for n in lengths]
    used = sum(widths)
    words, boxes, names = [], [], []
    for k, (n, width) in enumerate(zip(lengths, widths, strict=True)):
        begin = sum(w for j, w in enumerate(widths) if (lengths[j], j) < (n, k))
        inside = begin < 1
        assert begin + width <= 1 or not inside  # no piece reaches over the end
        left = begin - math.floor(begin)
        # A word is what the numbers of its piece begin with.
        words.append(f"{int(begin * 2**n):0{n}b}")
        boxes.append(box(left, width, fits=inside))
        said = f"{OUTCOMES[k]} {words[k]}" if used <= 1 else OUTCOMES[k]
        names.append(At(left + width / 2, 1.31 if inside else 0.06, said))
    cost = sum(p * n for p, n in zip(P, lengths, strict=True))
    readouts = {"kraft": used} | dict.fromkeys(["cost", "waste", "room"], "no such code")
    readouts["code"] = "none: these lengths do not fit"
    if used <= 1:
        readouts |= {"cost": cost, "waste": cost - Fraction(7, 4), "room": -math.log2(used)}
        readouts["code"] = ", ".join(f"{o} {w}" for o, w in zip(OUTCOMES, words, strict=True))
    note = {-1: "grey: room left unused", 0: "all room used", 1: "no room left for:"}

    return readouts, {
        "room": Bars([(0.5, 2)], bottom=0.62, width=1),
        "box": Each(boxes),
        "note": At(0, 0.47, note[(used > 1) - (used < 1)]),
        "name": Each(names),
        "truth": Bars([(k - 0.2, p) for k, p in enumerate(P)], width=0.38),
        **{f"piece-{k}": Bars([(k + 0.2, w)], width=0.38) for k, w in enumerate(widths)},
        "x-axis": {0: "0", 0.25: "¼", 0.5: "½", 0.75: "¾", 1: "1"},
        "x-axis-2": dict(enumerate(OUTCOMES)),
        "legend-2": {"truth": "truth P", "piece-0": "piece 2⁻ˡ"},
    }


def three(first, share):
    """Three outcomes, as the texts of the controls say them."""
    first, share = Fraction(str(first)), Fraction(share).limit_denominator(100)
    return [first, (1 - first) * share, (1 - first) * (1 - share)]


def rounded_up(q):
    """Smallest whole l with 2^−l ≤ q."""
    return next(n for n in count() if Fraction(1, 2**n) <= q) if q else math.inf


def lengths_of(q):
    """Ideal, Shannon's and Huffman's lengths. Huffman: one bit for the first of the likeliest, two for the others."""
    best = q.index(max(q))
    huffman = [1 if k == best else 2 for k in range(3)] if all(q) else [1, 1, math.inf]
    return [-math.log2(x) if x else math.inf for x in q], list(map(rounded_up, q)), huffman


def says(x, y, value):
    """A text at a place with the sign and two digits of a number, rounded either way if it is halfway."""

    def wrong(text):
        words = text.get_text()
        if not np.allclose(text.get_position(), (x, y)):
            return f"stands at {text.get_position()}, expected {(x, y)}"
        if math.isinf(value):
            return None if words == "∞" else f"says {words}, expected ∞"
        said = float(words.replace("−", "-"))
        signed = words[0] == ("−" if said < 0 else "+") and len(words) == 5 and words != "−0.00"
        return None if signed and abs(said - value) < 0.005 + 1e-9 else f"says {words}, expected {value}"

    return wrong


@reference("coding-beliefs")
def coding_beliefs(p, q, rest):
    truth, belief = three(p, 0.5), three(q, rest)

    def cost(lengths):
        return float(sum(a * n for a, n in zip(truth, lengths, strict=True)))

    right, wrong = (list(map(cost, lengths_of(x))) for x in (truth, belief))
    more = [b - a for a, b in zip(right, wrong, strict=True)]
    d = sum(a * math.log2(a / b) if b else math.inf for a, b in zip(map(float, truth), belief, strict=True))
    if all(belief):  # Shannon's lengths for Q; and recoding from them to Huffman's for P
        assert right[0] + d - 1e-12 <= wrong[1] < right[0] + d + 1 and d - 1 < wrong[1] - right[2] < d + 1
    said = ", ".join("none" if n == math.inf else str(n) for n in lengths_of(belief)[2])
    kinds = ("ideal", "Shannon", "Huffman")
    return {"entropy": right[0], "ideal": d, "shannon": more[1], "huffman": more[2], "lengths": said}, {
        **{f"truth-{k}": Bars([(k - 0.2, x)], width=0.38) for k, x in enumerate(truth)},
        **{f"belief-{k}": Bars([(k + 0.2, x)], width=0.38) for k, x in enumerate(belief)},
        "right": Bars([(k - 0.2, c) for k, c in enumerate(right)], width=0.38),
        "wrong": Bars([(k + 0.2, min(c, 4.2)) for k, c in enumerate(wrong)], width=0.38),
        "entropy": right[0],
        "more": Each(
            [says(k + 0.2, min(c, 4.2) + 0.08, m) for k, (c, m) in enumerate(zip(wrong, more, strict=True))]
        ),
        "x-axis": dict(enumerate(("first", "second", "third"))),
        "x-axis-2": dict(enumerate(kinds)),
        "legend": {"truth-0": "truth P", "belief-0": "belief Q"},
        "legend-2": {"right": "code for P", "wrong": "code for Q", "entropy": "entropy H(P)"},
    }


@cache
def block_costs(outcomes, common, n):
    """What a symbol costs in blocks of n: with Huffman's code, the sum of all joined groups; with Shannon's."""
    first = Fraction(str(common))
    rest = (1 - first) / (outcomes - 1)
    queue = [math.prod(block) for block in product([float(first)] + [float(rest)] * (outcomes - 1), repeat=n)]
    heapq.heapify(queue)
    huffman = 0.0
    while len(queue) > 1:
        joined = heapq.heappop(queue) + heapq.heappop(queue)
        huffman += joined
        heapq.heappush(queue, joined)
    shannon = Fraction(0)
    for k in range(n + 1):
        x = first ** (n - k) * rest**k
        shannon += math.comb(n, k) * (outcomes - 1) ** k * x * rounded_up(x)
    return huffman / n, float(shannon / n)


@reference("coding-blocks")
def coding_blocks(outcomes, common, n):
    n, others = int(n), 1 - common
    h = -common * math.log2(common) - others * math.log2(others / (outcomes - 1))
    costs = {k: block_costs(outcomes, common, k) for k in range(1, n + 1)}
    assert all(h - 1e-9 <= a <= b + 1e-9 and b < h + 1 / k + 1e-9 for k, (a, b) in costs.items())
    cost = costs[n][0]
    symbols = {k: str(k) for k in range(1, 8)}
    return {
        "huffman": cost,
        "entropy": h,
        "excess": cost - h,
        "block": n * (cost - h),
        "step": cost - costs[n - 1][0] if n > 1 else "there is no shorter block",
    }, {
        "bound": [(k, h + 1 / k) for k in symbols],
        "huffman": [(k, c) for k, (c, _) in costs.items()],
        "shannon": [(k, c) for k, (_, c) in costs.items()],
        "entropy": h,
        "now": [(n, cost)],
        "wasted-now": [(n, max(cost - h, 0.0002))],
        "most": [(k, 1 / k) for k in symbols],
        "wasted": [(k, max(c - h, 0.0002)) for k, (c, _) in costs.items()],
        "x-axis": symbols,
        "x-axis-2": symbols,
        "y-axis-2": {0.0002: "none", 0.001: "0.001", 0.01: "0.01", 0.1: "0.1", 1: "1"},
        "legend": {"bound": "H + 1/n", "shannon": "Shannon", "huffman": "Huffman", "entropy": "entropy H"},
        "legend-2": {"most": "1/n", "wasted": "Huffman"},
    }


#: Huffman's words, and the eighths of the whole that the arithmetic coder gives each outcome.
BOOK = {"P": ["0", "10", "110", "111"], "Q": ["110", "0", "10", "111"]}
EIGHTHS = {"P": [4, 2, 1, 1], "Q": [1, 4, 2, 1]}


def bytes_in_words(days, town):
    return math.ceil(len("".join(BOOK[town][day] for day in days)) / 8)


def bytes_of_interval(days, town):
    """Of the shortest bytes whose continuations all lie in the interval of the days, in one exact whole number."""
    below, low, width = [0, *accumulate(EIGHTHS[town])], 0, 1
    for day in days:
        low, width = 8 * low + below[day] * width, width * EIGHTHS[town][day]
    low, width, digits = low << 16, width << 16, 3 * len(days) + 16
    for size in count():
        step = 1 << (digits - 8 * size)  # what begins with the same bytes
        if (-(-low // step) + 1) * step <= low + width:
            return size


CODERS = {"Huffman": bytes_in_words, "arithmetic": bytes_of_interval}
TOWNS = {"days of P, written for Q": ("P", "Q", 5 / 8), "days of Q, written for P": ("Q", "P", 1 / 2)}
#: Standard deviation of log₂ p/q on a day of P, and of log₂ q/p on a day of Q.
ONE_DAY = {"P": math.sqrt(127 / 64), "Q": 1.0}


@cache
def seeded_files(town, sample):
    """The days, drawn by NumPy's generator alone."""
    rng = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    return rng.choice(4, size=(100, 100), p=[float(a) for a in {"P": P, "Q": Q}[town]]).tolist()


@cache
def sizes(town, coder, code_for, sample):
    return np.array([CODERS[coder](file, code_for) for file in seeded_files(town, sample)])


@reference("coding-closing-in")
def coding_closing_in(world, coder, sample, files):
    town, other, goal = TOWNS[world]
    wrong, right = (sizes(town, coder, code_for, sample) for code_for in (other, town))
    sums = np.cumsum(wrong - right)  # of bytes
    squares = int(((wrong - right)[:files] ** 2).sum())
    mean = 8 * int(sums[files - 1]) / files / 100
    error = 0.08 * math.sqrt((squares - int(sums[files - 1]) ** 2 / files) / (files - 1) / files)
    running = [(n, 0.08 * sums[n - 1] / n) for n in range(2, files + 1)]
    half = 2 * ONE_DAY[town] / math.sqrt(100)
    return {
        "wrong": wrong[:files].sum(),
        "right": right[:files].sum(),
        "mean": mean,
        "error": error,
        "off": abs(mean - goal) / error if error else "no spread yet",
    }, {
        "goal": goal,
        "measured": running,
        "now": running[-1:],
        "edge": Each(
            [Curve(lambda n, s=s: goal + s * half / np.sqrt(n), 2, 100, points=17) for s in (-1, 1)]
        ),
        "x-axis": {n: str(n) for n in (2, 5, 10, 20, 50, 100)},
        "legend": {"edge": "± 2 standard errors", "goal": "divergence", "measured": "measured"},
    }
