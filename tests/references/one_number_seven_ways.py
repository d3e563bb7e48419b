"""*One number, seven ways*, in fractions: counted days, and streams as intervals between whole numbers."""

import math
from fractions import Fraction
from functools import cache
from itertools import accumulate, product

import numpy as np
from scipy.special import entr, rel_entr

from klbook.figures import one_number_seven_ways as figures
from references import reference
from references.marks import Band, Bars, Curve

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
#: Six stories whose days are drawn, in the order of their rows; the tangent is the last.
DRAWN = ("surprise", "evidence", "likelihood", "coding", "house", "lottery")
OWN = Fraction(1, 1000)
#: Height of each story's row.
ROWS = dict(zip(range(6, -1, -1), [*DRAWN, "tangent"], strict=True))


def mix(wrong, snow=None):
    """The belief of a setting, as fractions."""
    w = Fraction(wrong)
    mixed = [p + w * (q - p) for p, q in zip(P, Q, strict=True)]
    if snow is None:
        return mixed
    rest = (1 - Fraction(snow)) / sum(mixed[:3])
    return [m * rest for m in mixed[:3]] + [Fraction(snow)]


def bits_of(numbers):
    return [math.log2(x) for x in numbers]


def worths(q):
    """What a day of each kind is worth in bits: log₂ p/q; in the lottery the own tickets are in the pot."""
    alone = bits_of(p / x for p, x in zip(P, q, strict=True))
    in_pot = bits_of(p / (x + OWN * (p - x)) for p, x in zip(P, q, strict=True))
    return {story: in_pot if story == "lottery" else alone for story in DRAWN}


def divergence(q):
    return math.fsum(float(p) * math.log2(p / x) for p, x in zip(P, q, strict=True))


@cache
def days_of(story, seed, days):
    """The days of one experiment, drawn here."""
    own = np.random.SeedSequence(seed).spawn(6)[DRAWN.index(story)]
    return np.random.default_rng(own).choice(4, size=days, p=[float(p) for p in P])


def whole_frequencies(model):
    """Whole numbers with the sum 2³²: of all that round up or down, the nearest ones (Σ (f − p·2³²)²/p)."""
    exact = [x * 2**32 for x in model]
    near = product(*({math.floor(x), math.ceil(x)} for x in exact))
    misses = {
        f: sum((a - x) ** 2 / x for a, x in zip(f, exact, strict=True)) for f in near if sum(f) == 2**32
    }
    return min(misses, key=misses.get)


def code_length(stream, model):
    """Bits of the shortest bytes whose continuations all lie in the interval of a stream.

    Its lower end is kept in full, as one whole number, so that nothing is carried; its width is cut to 64 to 96 bits.
    """
    frequencies = whole_frequencies(model)
    unit = math.gcd(*frequencies)
    weights = [f // unit for f in frequencies]
    below, total = [0, *accumulate(weights)], sum(weights)
    low, width, digits = 0, 2**96, 96
    for symbol in stream.tolist():
        step = width // total
        low, width = low + step * below[symbol], step * weights[symbol]
        if width < 2**64:
            low, width, digits = low * 2**32, width * 2**32, digits + 32
    count = max(0, (digits - width.bit_length()) // 8 - 1)
    while True:
        size = 2 ** max(digits - 8 * count, 0)  # of what begins with the same bytes
        if (-(-low // size) + 1) * size <= low + width:
            return 8 * count
        count += 1


@cache
def experiments(q, seed, days):
    """(value, standard error) of the six, from the counts of the days; walks are 50."""
    found = {}
    for story, worth in worths(q).items():
        stream = days_of(story, seed, days)
        walks = stream.reshape(50, -1) if story in ("evidence", "house") else stream[:, None]
        counts = np.stack([(walks == k).sum(axis=1) for k in range(4)], axis=1)
        means = counts @ worth / walks.shape[1]
        value = means.mean()
        error = math.sqrt(((means - value) ** 2).sum() / (len(means) - 1) / len(means))
        if story == "coding":
            value = (code_length(stream, q) - code_length(stream, P)) / days
        found[story] = value, error
    return found


@reference("seven-table")
def seven_table(wrong, snow, days, sample):
    q = tuple(mix(wrong, snow))
    d, found = divergence(q), experiments(q, (figures.FIRST_SEED + sample - 1, days), days)
    farthest = "none: the belief is the truth"
    if d > 0:
        off = {story: abs(value - d) / error for story, (value, error) in found.items()}
        story = max(off, key=off.get)
        farthest = f"{story}, {off[story]:.1f}"
    readouts = {
        "D": d,
        **found,
        "tangent": d,
        "farthest": farthest,
    }
    rows = list(zip(range(6, 0, -1), found.values(), strict=True))
    return readouts, {
        "truth": Bars([(k - 0.2, p) for k, p in enumerate(P)]),
        "belief": Bars([(k + 0.2, x) for k, x in enumerate(q[:3])]),
        "snow": Bars([(3.2, snow)]),
        "D": d,
        "errors": [
            point
            for row, (v, e) in rows
            for point in ((v - 2 * e, row), (v + 2 * e, row), (math.nan, math.nan))
        ],
        "values": [*((v, row) for row, (v, _) in rows), (d, 0)],
        "x-axis": dict(enumerate(["sun", "cloud", "rain", "snow"])),
        "y-label": "probability",
        "x-label-2": "bits a day (dotted: D)",
        "y-axis-2": ROWS,
        "legend": {"truth": "truth P", "belief": "belief Q"},
    }


@reference("seven-closing-in")
def seven_closing_in(days, story, sample):
    looks = [n for n in (50 * 2**k for k in range(9)) if n <= days]
    paths = [list(experiments(tuple(Q), figures.FIRST_SEED + sample - 1, n).values()) for n in looks]
    lines = [[path[k] for path in paths] for k in range(6)] + [[(5 / 8, 0.0)] * len(looks)]
    others = [
        point
        for line in lines[:story] + lines[story + 1 :]
        for point in [*((n, value) for n, (value, _) in zip(looks, line, strict=True)), (math.nan, math.nan)]
    ]
    ends = [line[-1][0] for line in lines[:6]]
    value, error = lines[story][-1]
    half = 2 * math.sqrt(127 / 64)
    return {"value": (value, error), "range": max(ends) - min(ends)}, {
        "band": Band(
            lambda n: 5 / 8 - half / np.sqrt(n), lambda n: 5 / 8 + half / np.sqrt(n), 50, 12_800, 50
        ),
        "goal": 5 / 8,
        "others": others,
        "measured": [(n, value) for n, (value, _) in zip(looks, lines[story], strict=True)],
        "x-axis": {n: f"{n:,}" for n in (50, 200, 800, 3200, 12_800)},
        "legend": {"goal": "D(P‖Q)"},
    }


@reference("seven-translate")
def seven_translate(outcome, wrong):
    """The gap for each unit of p is log₂ p/q + (q/p − 1)/ln 2."""
    belief = mix(wrong)
    p, q = P[outcome], belief[outcome]
    of_p, of_q = bits_of([1 / p, 1 / q])
    ratio, in_pot = float(p / q), float(p / (q + OWN * (p - q)))
    linear = float(q / p - 1) / math.log(2)
    first = of_q - of_p
    tangent = f"{_plain(first)} {'−' if linear < 0 else '+'} {abs(linear):.2f} = {_plain(first + linear)}"
    worth = [worths(belief)[story][outcome] for story in DRAWN] + [first + linear]
    rows = list(zip(range(6, -1, -1), worth, strict=True))
    return {
        "surprise": f"{of_q:.2f} tosses for the believer, {of_p:.2f} for the neighbour",
        "evidence": f"odds of P against Q × {ratio:.2f}",
        "likelihood": f"of Q × {float(q):.3f}, of P × {float(p):.3f}",
        "coding": f"{of_q:.2f} bits in the code for Q, {of_p:.2f} in that for P",
        "house": f"pays {float(1 / q):.2f} for 1, staked {float(p):.3f}: money × {ratio:.2f}",
        "lottery": f"tickets: crowd {float(q):.3f}, own {float(p):.3f}: money × {in_pot:.2f}",
        "tangent": f"{tangent} for each unit of p",
    }, {
        "y-axis": ROWS,
        "legend": {"knows": "knows P", "believes": "believes Q"},
        "knows": [(of_p, row) for row, _ in rows],
        "believes": [(of_p + w, row) for row, w in rows],
        "worths": [
            point for row, w in rows for point in ((of_p, row), (of_p + w, row), (math.nan, math.nan))
        ],
    }


def _plain(x):
    """Two digits, a real minus, and no minus zero."""
    return ("−" if x <= -0.005 else "") + f"{abs(x):.2f}"


def log_odds(x):
    return np.log2(x) - np.log2(1 - x)


def ignored(p, q):
    """The five measures of a belief, or of many; Jensen–Shannon by entropies."""
    p, q = np.array(p, float), np.array(q, float)
    pairs = [(p, q), (1 - p, 1 - q)]
    with np.errstate(divide="ignore"):
        ratios = [np.abs(np.log2(b) - np.log2(a)) for a, b in pairs]
    jensen = sum(entr((a + b) / 2) - (entr(a) + entr(b)) / 2 for a, b in pairs)
    return {
        "forward": sum(rel_entr(a, b) for a, b in pairs) / math.log(2),
        "reverse": sum(rel_entr(b, a) for a, b in pairs) / math.log(2),
        "variation": np.abs(p - q),
        "jensen": jensen / math.log(2),
        "ratio": np.maximum(*ratios),
    }


@reference("seven-ignores")
def seven_ignores(p, q):
    tops = dict.fromkeys(("forward", "reverse", "variation", "jensen"), 4) | {"ratio": 15}
    seen = [name for name in tops if p > 0 or name not in ("reverse", "ratio")]
    numbers = {name: float(value) for name, value in ignored(p, q).items()}
    start, stop, at = *log_odds(np.array([1e-4, 0.99])), log_odds(q)

    def curve(name):
        return Curve(
            lambda x: np.minimum(ignored(p, 1 / (1 + 2.0**-x))[name], 2 * tops[name]), start, stop, 50
        )

    marks = dict.fromkeys([*tops, *(f"{name}-now" for name in tops)])
    marks |= {name: curve(name) for name in seen}
    marks |= {f"{name}-now": [(at, min(numbers[name], tops[name]))] for name in seen}
    truth = log_odds(p) if p > 0 else None
    named = {1e-4: "10⁻⁴", 1e-3: "10⁻³", 0.01: "0.01", 0.1: "0.1", 0.5: "0.5", 0.9: "0.9", 0.99: "0.99"}
    ticks = {log_odds(x): words for x, words in named.items()}
    waste = -math.log2(1 - q) if q >= p else "none: snow is underrated"
    return numbers | {"waste": waste}, marks | {
        "truth-left": truth,
        "truth-right": truth,
        "endless": None if p > 0 else "∞ everywhere",
        "x-axis": ticks,
        "x-axis-2": ticks,
        "y-label": "bits (variation: no unit)",
        "y-label-2": "halvings or doublings",
        "legend": {
            "forward": "D(P‖Q)",
            "reverse": "D(Q‖P)",
            "variation": "total variation",
            "jensen": "Jensen–Shannon",
        },
    }
