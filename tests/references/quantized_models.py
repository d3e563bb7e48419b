"""What the explorers of *Quantised language models* show, computed a second time.

What was measured on the model comes from the data file, whose numbers `tests/explorers` measures again in part.
"""

import csv
import json
import math
import struct
from functools import cache
from itertools import pairwise
from pathlib import Path

import numpy as np

from references import reference
from references.marks import At, Bars, Segments

DATA = Path(__file__).parents[2] / "klbook" / "figures" / "data"
BITS = [8, 6, 5, 4, 3, 2]


@cache
def rows(name):
    with (DATA / name).open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@cache
def runs():
    return json.loads((DATA / "quantized-models.json").read_text(encoding="utf-8"))


def ladder(bits, offset=False):
    (row,) = [r for r in runs()["ladder"] if r["bits"] == bits and r["offset"] == offset]
    return row


def visible(text):
    return text.replace(" ", "·").replace("\n", "↵")


def powers(places):
    """Words of a decimal axis."""
    return {x: f"{x:f}".rstrip("0").rstrip(".") for x in places}


# -- published tables


@reference("quant-ladder")
def quant_ladder(room, made):
    files = [r for r in rows("llama3-8b-quants.csv") if made in ("all", r["imatrix"])]
    points = [(float(r["size_gib"]), float(r["mean_kld_nats"])) for r in files]
    # On the frontier are those that no other beats: not larger and strictly nearer, or smaller and as near.
    front = sorted(
        {(x, y) for x, y in points if not any((a <= x and b < y) or (a < x and b <= y) for a, b in points)}
    )
    corners = [front[0]]
    for before, after in pairwise(front):
        corners += [(after[0], before[1]), after]
    fit = [r for r in files if float(r["size_gib"]) <= room]
    marks = {
        "frontier": corners,
        "matrix": [p for p, r in zip(points, files, strict=True) if r["imatrix"] != "None"] or None,
        "none": [p for p, r in zip(points, files, strict=True) if r["imatrix"] == "None"],
        "room": room,
        "best": None,
        "x-axis": {x: str(x) for x in (2, 3, 4, 6, 8, 12, 16)},
        "y-axis": powers([0.001, 0.01, 0.1, 1]),
        "legend": {"frontier": "frontier", "matrix": "with matrix", "none": "without"},
    }
    if not fit:
        return dict.fromkeys(("best", "kld", "size", "worse"), "none fits"), marks
    best = min(fit, key=lambda r: (float(r["mean_kld_nats"]), float(r["size_gib"])))
    name = best["quant"] + ("" if best["imatrix"] == "None" else f", importance matrix {best['imatrix']}")
    size, kld = float(best["size_gib"]), float(best["mean_kld_nats"])
    good = sum(x <= room for x, _ in front)
    readouts = {
        "best": name,
        "kld": (kld, float(best["mean_kld_se"])),
        "size": size,
        "worse": f"{len(fit) - good} of {len(fit)}",
    }
    return readouts, marks | {"best": [(size, kld)]}


def of_model(model):
    if model == "Llama 3 8B":
        return rows("llama3-8b-quants.csv")
    if model == "the book's model":
        return [
            {"mean_kld_nats": r["kld"][0], "rms_dp_pct": r["rms_dp"]}
            for offset in (False, True)
            for r in runs()["ladder"]
            if r["offset"] is offset
        ]
    return [
        r for r in rows("small-models-quants.csv") if r["model"] == model.removeprefix("a small model of ")
    ]


@reference("quant-squares")
def quant_squares(model, slope):
    points = [(float(r["mean_kld_nats"]), float(r["rms_dp_pct"])) for r in of_model(model)]
    n = len(points)
    kld = math.prod(x ** (1 / n) for x, _ in points)
    rms = math.prod(y ** (1 / n) for _, y in points)

    def law(x):
        return rms * (x / kld) ** slope

    off = max(max(y / law(x), law(x) / y) for x, y in points)
    first, last = min(points)[0] / 1.5, max(points)[0] * 1.5
    ratio = [(y / 100) ** 2 / x for x, y in points]
    return {"off": off, "least": min(ratio), "most": max(ratio)}, {
        "files": points,
        "law": [(first, law(first)), (last, law(last))],
        "end": [(last, law(last))],
        "x-axis": powers([0.0001, 0.001, 0.01, 0.1, 1]),
        "y-axis": powers([0.1, 1, 10, 100]),
        "legend": {"files": "files", "law": "a power law"},
    }


# -- rounding


def half(x):
    """A number in half precision."""
    return struct.unpack("<e", struct.pack("<e", x))[0]


@reference("quant-block", tolerance=1e-6)  # the book rounds single-precision numbers, as the tool does
def quant_block(bits, offset, outlier):
    weights = [float(w) for w in np.random.default_rng(32).normal(0, 0.06, 32).round(4)]
    weights[20] = outlier
    top = 2**bits - 1
    if offset:
        lowest, scale = min(weights), (max(weights) - min(weights)) / top
        codes = [min(top, math.floor((w - lowest) / scale + 0.5)) for w in weights]
    elif bits == 8:
        lowest, scale = 0.0, max(abs(w) for w in weights) / 127
        codes = [math.copysign(math.floor(abs(w) / scale + 0.5), w) for w in weights]
    else:
        lowest = 0.0
        scale = -max(weights, key=abs) / 2 ** (bits - 1)
        codes = [min(2 ** (bits - 1) - 1, math.floor(w / scale + 0.5)) for w in weights]
    scale, lowest = half(scale), half(lowest)
    restored = [c * scale + lowest for c in codes]
    others = [(r - w) ** 2 for k, (r, w) in enumerate(zip(restored, weights, strict=True)) if k != 20]
    first = 0 if offset else -(2 ** (bits - 1))
    levels = [lowest + scale * c for c in range(first, first + 2**bits)] if bits <= 4 else []
    readouts = {
        "size": bits + (1 if offset else 0.5),
        "used": f"{len(set(codes))} of {255 if bits == 8 and not offset else 2**bits}",
        "error": math.sqrt(math.fsum(others) / 31),
    }
    return readouts, {
        "levels": Segments([[(-1, y), (32, y)] for y in levels]) if levels else None,
        "rounded": list(enumerate(restored)),
        "weights": [(k, w) for k, w in enumerate(weights) if k != 20],
        "outlier": [(20, outlier)],
        "legend": {"rounded": "rounded", "weights": "weight"},
    }


# -- the book's own model


@reference("quant-position")
def quant_position(position, bits):
    reading, k, b = runs()["reading"], int(position) - 1, str(int(bits))
    p, q, share = reading["p"][k], reading["q"][b][k], reading["share"][b][k]
    ours, theirs = reading["top"][k][0], reading["first"][b][k]
    top = "the same by both"
    if ours != theirs:
        top = f"“{visible(ours)}” by the base, “{visible(theirs)}” by the other"
    came = (
        f"“{visible(reading['tokens'][k])}”: {reading['p_token'][k]:.4g} and {reading['q_token'][b][k]:.4g}"
    )
    heights = [8 - n for n in range(9)]
    return {
        "before": "…" + visible(reading["before"][k]), "D": reading["kld"][b][k], "came": came, "top": top
    }, {
        "base": list(zip(p, heights, strict=True)),
        "quantised": list(zip(q, heights, strict=True)),
        "shares": Segments([[(0, y), (x, y)] for x, y in zip(share, heights, strict=True)]),
        **{f"token-{n}": At(1.2e-6, 8 - n, visible(t)) for n, t in enumerate(reading["top"][k])},
        "x-axis": powers([0.0001, 0.01, 1]),
        "legend": {"base": "base P", "quantised": "quantised Q"},
    }  # fmt: skip


def in_lines(tokens, letters=40):
    """Line and first letter of each token."""
    line, used = 0, 0
    for token in tokens:
        if used + len(token) > letters:
            line, used = line + 1, 0
        yield line, used, len(token)
        used += len(token)


@reference("quant-text")
def quant_text(position, bits):
    reading, k = runs()["reading"], int(position) - 1
    tokens = [visible(t) for t in reading["tokens"]]
    kld = reading["kld"][str(int(bits))]
    places = list(in_lines(tokens))
    marks = {}
    mean = math.fsum(kld) / len(kld)
    for low, high in ((0.5, 1), (1, 2), (2, math.inf)):
        on = [place for place, d in zip(places, kld, strict=True) if low <= d / mean < high]
        tops = [(at + n / 2, -line - 0.1) for line, at, n in on]
        marks[f"from-{low:g}"] = (
            Bars(tops, bottom=[-line - 0.9 for line, _, _ in on], width=None) if on else None
        )
    line, at, n = places[k]
    most = sorted(kld)[-5:]
    return {
        "token": f"“{tokens[k]}”",
        "D": kld[k],
        "mean": mean,
        "rank": str(1 + sum(d > kld[k] for d in kld)),
        "five": f"{100 * sum(most) / sum(kld):.0f} percent",
    }, marks | {
        "here": [(at + n / 2, -line - 1)],
        "legend": {
            "from-0.5": "half the mean, or more",
            "from-1": "the mean, or more",
            "from-2": "twice the mean, or more",
        },
    }


@reference("quant-distribution")
def quant_distribution(bits, share):
    found = runs()["distribution"][str(int(bits))]
    k = [0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9].index(share)
    kld, at = ladder(bits)["kld"][0], found["quantiles"][k]
    bars = [(-7.875 + n / 4, count / sum(found["counts"])) for n, count in enumerate(found["counts"])]
    return {"at": at, "mean": kld, "over": 100 * found["over_mean"], "behind": 100 * found["above"][k]}, {
        "positions": Bars(bars, width=0.25),
        "mean": math.log10(kld),
        "percentile": math.log10(at),
        "x-axis": dict(zip([-6, -4, -2, 0], ["0.000001", "0.0001", "0.01", "1"], strict=True)),
        "legend": {"mean": "mean", "percentile": "percentile"},
    }


@reference("quant-windows")
def quant_windows(windows, bits):
    means, squares = runs()["means"][str(int(bits))], runs()["squares"][str(int(bits))]
    last = len(means)
    line, token, window = [], [], []
    for n in (4, 6, 8, 11, 16, 23, 32, 45, 64, 80):
        if n <= windows:
            mean = math.fsum(means[:n]) / n
            line.append((n, mean))
            token.append(math.sqrt((math.fsum(squares[:n]) / n - mean**2) / (63 * n - 1)))
            window.append(math.sqrt(math.fsum((m - mean) ** 2 for m in means[:n]) / (n - 1) / n))
    whole = math.fsum(means) / last

    def edges(errors):
        return Segments(
            [[(n, (m + s * e) / whole) for (n, m), e in zip(line, errors, strict=True)] for s in (-2, 2)]
        )

    readouts = {
        "mean": line[-1][1],
        "token": token[-1],
        "window": window[-1],
        "times": window[-1] / token[-1],
    }
    return readouts, {
        "all": 1,
        "by-token": edges(token),
        "by-window": edges(window),
        "mean": [(n, m / whole) for n, m in line],
        "now": [(line[-1][0], line[-1][1] / whole)],
        "x-axis": {n: str(n) for n in (4, 8, 16, 32, 64)},
        "legend": {"by-token": "by token", "by-window": "by window", "mean": "mean"},
    }


@reference("quant-code")
def quant_code(model, code):
    found, step = runs()["code"], 16 / (2**code - 1)
    tool, gaps = found["itself"]["bits"][str(code)]["shown"]
    one = found[model]["bits"]

    def line(k):
        return [(c, one[str(c)]["rms"][k]) for c in range(16, 7, -1)]

    now = one[str(code)]
    return {
        "tool": now["rms"][0], "gap": now["rms"][1], "below": 100 * now["below"][0], "gap_below": 100 * now["below"][1],
    }, {
        "zero": 0,
        "tool": [(k + 1, tool[k] / step) for k in range(24)],
        "gap": [(k + 1, gaps[k] / step) for k in range(24)],
        "tool-line": line(0),
        "gap-line": line(1),
        "tool-now": [(code, now["rms"][0])],
        "gap-now": [(code, now["rms"][1])],
        "y-axis-2": dict(zip([1e-8, 1e-6, 1e-4, 0.01], ["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01"], strict=True)),
        "legend": {"tool": "p ln(p/q)", "gap": "p ln(p/q) − p + q"},
        "legend-2": {"tool-line": "p ln(p/q)", "gap-line": "p ln(p/q) − p + q"},
    }  # fmt: skip


@reference("quant-ppl")
def quant_ppl(text, part):
    points = []  # KLD, ratio, two errors
    if text.startswith("Llama"):
        for r in rows("llama3-8b-quants.csv"):
            ppl, kld = float(r["ppl"]), float(r["mean_kld_nats"])
            ratio = math.log(ppl) - math.log(ppl - float(r["delta_ppl"]))
            points.append((kld, ratio / kld, 2 * float(r["delta_ppl_se"]) / ppl / kld))
    else:
        kind = {"novel": "human", "tokens": "drawn", "texts": "written"}
        kind = next(value for word, value in kind.items() if word in text)
        for offset in (False, True):
            for bits in BITS:
                row = ladder(bits, offset)
                kld = row["kld_written" if kind == "written" else "kld"][0]
                value, _, error = row["ratio"][kind]
                points.append((kld, value / kld, 2 * error / kld))

    def said(values):
        if not values:
            return "none"
        words = f"{min(values):.3f}" if len(values) == 1 else f"{min(values):.3f} to {max(values):.3f}"
        marks = "mark" if len(values) == 1 else "marks"
        return f"{len(values)} {marks}: {words}".replace("-", "−")

    def inside(y):
        return min(max(y, -1.2), 3.2)

    return {
        "right": said([r for k, r, _ in points if k > part]), "left": said([r for k, r, _ in points if k <= part])
    }, {
        "same": 1,
        "errors": Segments([[(k, inside(r - e)), (k, inside(r + e))] for k, r, e in points]),
        "files": [(k, r) for k, r, _ in points if -1.2 < r < 3.2],
        "part": part,
        "x-axis": powers([0.0001, 0.001, 0.01, 0.1, 1]),
        "legend": {"same": "the same", "errors": "± 2 standard errors"},
    }  # fmt: skip


WHAT = {
    "token_embd": "tokens", "attn_q": "queries", "attn_k": "keys", "attn_v": "values",
    "attn_output": "attention out",
    "ffn_gate": "gate", "ffn_up": "up", "ffn_down": "down", "output": "tokens out",
}  # fmt: skip


@reference("quant-kinds")
def quant_kinds(bits, offset):
    one, kinds = ladder(bits, offset), runs()["kinds"]
    names, b = list(kinds["share"]), BITS.index(bits)
    parts = [100 * kinds["kld"][name][b] / kinds["kld"]["all"][b] for name in names]
    heights = [len(names) - 1 - n for n in range(len(names))]

    def line(offset):
        return [(ladder(b, offset)["bits_per_weight"], ladder(b, offset)["kld"][0]) for b in BITS]

    return {
        "kld": one["kld"][0],
        "error": one["kld"][2],
        "size": one["bits_per_weight"],
        "file": one["size"] / 1000,
        "sum": math.fsum(parts),
    }, {
        "scale": line(False),
        "offset": line(True),
        "ring": [(one["bits_per_weight"], one["kld"][0])],
        "parts": Segments([[(0, y), (x, y)] for x, y in zip(parts, heights, strict=True)]),
        "weights": [(100 * kinds["share"][n], y) for n, y in zip(names, heights, strict=True)],
        "y-axis": powers([0.00001, 0.0001, 0.001, 0.01, 0.1, 1]),
        "y-axis-2": {y: WHAT[n] for n, y in zip(names, heights, strict=True)},
        "legend": {"scale": "scale", "offset": "scale and offset"},
        "legend-2": {"parts": "of the divergence", "weights": "of the weights"},
    }


WAYS = [
    "as the tool does", "all positions", "windows of 64", "windows of 32", "a legal text",
    "top 10, rest as one", "top 10, sum made 1", "top 10, nothing else", "bfloat16 alone",
]  # fmt: skip


@reference("quant-protocols")
def quant_protocols(bits):
    kld = runs()["protocols"][str(int(bits))]
    percent = [100 * d / kld[0] for d in kld]
    first = percent[:8]

    def said(x):
        return f"{WAYS[percent.index(x)]}: {x:.0f} percent".replace("-", "−")

    heights = [8 - n for n in range(9)]
    shown = [min(max(x, -12), 225) for x in percent]
    return {"tool": kld[0], "lowest": said(min(first)), "highest": said(max(first)), "other": percent[8]}, {
        "bars": Segments([[(0, y), (x, y)] for x, y in zip(shown, heights, strict=True)]),
        "tool": 100,
        "y-axis": dict(zip(heights, WAYS, strict=True)),
    }
