"""The figures of the chapter *Quantised language models*."""

import csv
import json
import math
from functools import cache
from pathlib import Path

import numpy as np

from ..explorers import Choice, Readout, Slider, explorer, palette, power_text
from ..ideas.quantisation import quantise
from .parts import Bars, Boxes, in_pieces, legend_above, log_axis, real_minus
from .quantized_runs import BITS, FILE, PROTOCOLS

DATA = Path(__file__).parent / "data"


def table(name):
    """A table of the data folder, as a structured array with the columns that its first line names."""
    with (DATA / name).open(encoding="utf-8", newline="") as file:
        head, *rows = csv.reader(file)
    columns = [
        [row[k] for row in rows] if k < 2 and not rows[0][k][0].isdigit() else [float(row[k]) for row in rows]
        for k in range(len(head))
    ]
    return np.rec.fromarrays(columns, names=head)


#: What llama.cpp's README says of Llama 3 8B: 46 files of one model (see data/README.md).
PUBLISHED = table("llama3-8b-quants.csv")
SIZES = np.unique(PUBLISHED.size_gib)
#: Two small models of ours, measured by the same tool.
SMALL = table("small-models-quants.csv")


def power(x):
    """A small number in a sentence: two digits and a power of ten."""
    return power_text(math.log10(x))


def published_ratio():
    """ln(PPL(Q)/PPL(base)) of the published rows, and about its error: that of ΔPPL / PPL, a little larger."""
    return np.log(
        PUBLISHED.ppl / (PUBLISHED.ppl - PUBLISHED.delta_ppl)
    ), PUBLISHED.delta_ppl_se / PUBLISHED.ppl


def _whole(name, label, values, initial, **options):
    """A slider over some whole numbers."""
    ends = min(values), max(values), 2, initial
    return Slider(name, label, *ends, scale="integer", fmt="{}", extra=tuple(values), **options)


# -- published tables


def _frontier(size, kld):
    """Rows, from the smallest file on, to which no other is preferable: nearer to the base and not larger."""
    order = np.lexsort((kld, size))
    best = np.minimum.accumulate(kld[order])
    return order[np.append(True, best[1:] < best[:-1])]


@explorer(
    slug="quant-ladder",
    title="Which file would you take?",
    caption=(
        "Each mark is a file with the same model, Llama 3 8B, as the README of llama.cpp lists them. Drag the line "
        "to the largest file that you have room for. The stairs are the frontier: at each size, the smallest "
        "divergence that a file of this size or less has. A mark above the stairs is a bad buy: another file is no "
        "larger, and nearer to the base."
    ),
    alt=(
        "Files over their size in GiB on a logarithmic axis, and the mean divergence from the unrounded model "
        "upwards, also logarithmic: on the whole, larger files have a smaller one. Stairs lead down along the best "
        "ones; an upright dashed line is the largest size that is allowed, and a ring marks the best file up to it, "
        "if any fits."
    ),
    controls=[
        Slider(
            "room",
            "Room for a file",
            *SIZES[[0, -1]],
            2,
            4.58,
            fmt="{:.2f}",
            unit="GiB",
            extra=SIZES,
            drag="room",
        ),
        Choice("made", "Files", {"all": "all", "made without an importance matrix": "None"}, "all"),
    ],
    readouts=[
        Readout("best", "Nearest to the base"),
        Readout("kld", "Its mean KLD", "nats", fmt="{:.5f}"),
        Readout("size", "Its size", "GiB", fmt="{:.2f}"),
        Readout("worse", "Files that fit, but lose to one no larger"),
    ],
    size=(345, 290),
)
def quant_ladder(panel):
    ax = panel.subplots()
    log_axis(ax, [2, 3, 4, 6, 8, 12, 16])
    log_axis(ax, [0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"], "y")
    ax.set(xlim=(1.75, 17), ylim=(3e-4, 4), xlabel="size, GiB", ylabel="mean KLD, nats")
    stairs = ax.plot([], [], color=palette.D, linewidth=1.6, label="frontier", gid="frontier")[0]
    marks = {
        "matrix": ax.plot([], [], "o", color=palette.P, markersize=5, label="with matrix", gid="matrix")[0],
        "none": ax.plot(
            [],
            [],
            "s",
            color=palette.Q,
            markersize=4.5,
            markerfacecolor=palette.PAPER,
            label="without",
            gid="none",
        )[0],
    }
    line = ax.axvline(4, color=palette.INK, linestyle=(0, (5, 2)), linewidth=1.4, gid="room")
    (ring,) = ax.plot(
        [], [], "o", markersize=11, markerfacecolor=palette.PAPER, zorder=1.5, color=palette.INK, gid="best"
    )
    legend_above(ax, ncols=3, columnspacing=1, handlelength=1.4)

    def update(room, made):
        shown = PUBLISHED[(PUBLISHED.imatrix == made) | (made == "all")]
        with_matrix = shown.imatrix != "None"
        for mark, which in ((marks["matrix"], with_matrix), (marks["none"], ~with_matrix)):
            mark.set_data(shown.size_gib[which], shown.mean_kld_nats[which])
        on = shown[_frontier(shown.size_gib, shown.mean_kld_nats)]
        stairs.set_data(np.repeat(on.size_gib, 2)[1:], np.repeat(on.mean_kld_nats, 2)[:-1])
        line.set_xdata([room] * 2)
        fit = (shown.size_gib <= room).sum()
        if not fit:
            ring.set_data([], [])
            return dict.fromkeys(("best", "kld", "size", "worse"), "none fits")
        best = on[on.size_gib <= room][-1]
        ring.set_data([best.size_gib], [best.mean_kld_nats])
        matrix = "" if best.imatrix == "None" else f", importance matrix {best.imatrix}"
        return {
            "best": best.quant + matrix,
            "kld": (best.mean_kld_nats, best.mean_kld_se),
            "size": best.size_gib,
            "worse": f"{fit - (on.size_gib <= room).sum()} of {fit}",
        }

    return update


@cache
def runs():
    """What `klbook.figures.quantized_runs` measured on the book's own model."""
    return json.loads(FILE.read_text(encoding="utf-8"))


def ladder():
    """The ladder of the book's model: without an offset, then with one."""
    return [row for offset in (False, True) for row in runs()["ladder"] if row["offset"] is offset]


def rung(bits, offset=False):
    """One row of the ladder."""
    return ladder()[_place(bits) + bool(offset) * len(BITS)]


def _place(bits):
    """Which of `BITS` it is."""
    if bits not in BITS:
        raise ValueError(f"bits is {bits!r}: the model was measured with {', '.join(map(str, BITS))}.")
    return BITS.index(bits)


def _level(rows, lengths):
    """Level bars from 0, as one line in pieces."""
    ends = np.stack([0 * lengths, lengths], axis=-1)
    return in_pieces(ends, np.repeat(rows[:, None], 2, axis=1))


#: Tables of files of one model: mean KLD (nats) and RMS Δp (percent) of each.
LADDERS = {
    "Llama 3 8B": (PUBLISHED.mean_kld_nats, PUBLISHED.rms_dp_pct),
    "a small model of bytes": tuple(
        SMALL[SMALL.model == "bytes"][c] for c in ("mean_kld_nats", "rms_dp_pct")
    ),
    "a small model of pairs": tuple(
        SMALL[SMALL.model == "pairs"][c] for c in ("mean_kld_nats", "rms_dp_pct")
    ),
    "the book's model": (
        np.array([row["kld"][0] for row in ladder()]),
        np.array([row["rms_dp"] for row in ladder()]),
    ),
}


@explorer(
    slug="quant-squares",
    title="RMS Δp against KLD: which slope?",
    caption=(
        "Both axes are logarithmic, so a straight line is a power law, and its slope is the power. Drag the square "
        "at the line's right end until the line goes along the marks: then the files differ least from it. Try the "
        "other models, too: which of the two, slope or height, do they share? (Δp is in percent on the axis, and a "
        "part of 1 in the ratio below.)"
    ),
    alt=(
        "Mean divergence and root mean square change of the token's probability for the files of one model, on "
        "logarithmic axes: a row of marks that rises. A dashed line goes through their centre; a square at its "
        "right end turns it."
    ),
    controls=[
        Choice("model", "Model", {name: name for name in LADDERS}, "Llama 3 8B"),
        Slider("slope", "Slope of the line", 0.2, 1, 17, 0.8, drag="end"),
    ],
    readouts=[
        Readout("off", "Farthest mark is off the line by a factor of", fmt="{:.2f}"),
        Readout("least", "Least RMS Δp² / KLD", fmt="{:.4f}"),
        Readout("most", "Greatest", fmt="{:.4f}"),
    ],
    size=(345, 280),
)
def quant_squares(panel):
    ax = panel.subplots()
    log_axis(ax, [1e-4, 1e-3, 0.01, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
    log_axis(ax, [0.1, 1, 10, 100], ["0.1", "1", "10", "100"], "y")
    ax.set(xlim=(4e-5, 6), ylim=(0.08, 400), xlabel="mean KLD, nats", ylabel="RMS Δp, percent")
    (marks,) = ax.plot([], [], "o", color=palette.P, markersize=5, label="files", gid="files")
    (line,) = ax.plot([], [], label="a power law", gid="law", **palette.LINE["q"])
    (end,) = ax.plot([], [], "s", color=palette.Q, markersize=8, gid="end")
    legend_above(ax)

    def update(model, slope):
        kld, rms = LADDERS[model]
        x, y = np.log(kld), np.log(rms)
        ends = np.array([kld.min() / 1.5, kld.max() * 1.5])
        at_ends = np.exp(y.mean() + slope * (np.log(ends) - x.mean()))
        marks.set_data(kld, rms)
        line.set_data(ends, at_ends)
        end.set_data(ends[1:], at_ends[1:])
        off = y - y.mean() - slope * (x - x.mean())
        ratio = (rms / 100) ** 2 / kld
        return {"off": math.exp(np.abs(off).max()), "least": ratio.min(), "most": ratio.max()}

    return update


# -- rounding

#: 32 weights such as a row of the model's matrices has side by side, and which of them can be moved.
BLOCK = np.random.default_rng(32).normal(0, 0.06, 32).round(4)
MOVED = 20


@explorer(
    slug="quant-block",
    title="A block of 32 weights, rounded",
    caption=(
        "Dots are 32 weights, squares what is left of them after rounding. Up to 4 bits the levels that can be "
        "stored are drawn as thin lines. Take away bits one by one. Then drag the large dot, one single weight, far "
        "out: it stretches the levels of the whole block, and the other 31 pay for it."
    ),
    alt=(
        "32 weights side by side as dots, and a square at the rounded value of each. Up to 4 bits, thin level lines "
        "stand at equal distances: the values that can be stored. One larger dot can be moved up and down; once it "
        "is the farthest out, the levels stand the wider apart the farther it is, and the other weights meet fewer "
        "of them."
    ),
    controls=[
        _whole("bits", "Bits of a code", range(2, 9), 4),
        Choice("offset", "Kept for each block", {"a scale": False, "a scale and an offset": True}, False),
        Slider("outlier", "The large dot", -0.6, 0.6, 25, 0.1, drag="outlier"),
    ],
    readouts=[
        Readout("size", "Bits a weight, all counted", fmt="{:.2f}"),
        Readout("used", "Different values that are left"),
        Readout("error", "Error of the other 31 (root mean square)", fmt="{:.4f}"),
    ],
    size=(345, 280),
)
def quant_block(panel):
    ax = panel.subplots()
    places = np.arange(32)
    ax.set(xlim=(-1, 32), ylim=(-0.68, 0.68), xlabel="weight number", ylabel="value")
    ax.grid(visible=False)
    (levels,) = ax.plot([], [], color=palette.GRID, linewidth=1, gid="levels")
    style = {"color": palette.Q, "markersize": 6.5, "markerfacecolor": palette.PAPER, "markeredgewidth": 1.4}
    (rounded,) = ax.plot(places, 0 * places, "s", label="rounded", gid="rounded", **style)
    (dots,) = ax.plot([], [], "o", color=palette.P, markersize=4, label="weight", gid="weights")
    (moved,) = ax.plot([], [], "o", color=palette.P, markersize=8, gid="outlier")
    dots.set_data(np.delete(places, MOVED), np.delete(BLOCK, MOVED))
    legend_above(ax, handlelength=1.2)

    def update(bits, offset, outlier):
        weights = BLOCK.copy()
        weights[MOVED] = outlier
        kept = quantise(weights, bits, offset=offset)
        rounded.set_ydata(kept.restored)
        moved.set_data([MOVED], weights[MOVED : MOVED + 1])
        height = []
        if bits <= 4:
            lowest = 0 if offset else -(2 ** (bits - 1))
            codes = np.arange(lowest, lowest + 2**bits)
            height = codes * float(kept.scales[0]) + (float(kept.offsets[0]) if offset else 0.0)
        levels.set_data(
            *in_pieces([[-1, 32]] * len(height), [[y, y] for y in height]) if len(height) else ([], [])
        )
        return {
            "size": kept.bits_per_weight,
            "used": f"{len(np.unique(kept.codes))} of {2**bits - (bits == 8 and not offset)}",
            "error": np.sqrt(np.mean(np.delete(kept.restored - weights, MOVED) ** 2)),
        }

    return update


# -- the book's own model


def _bits(initial=4, **options):
    return _whole("bits", "Bits of a code", BITS, initial, **options)


def column(name, offset=False):
    """One number of the ladder, for each of `BITS`."""
    return np.array([rung(bits, offset)[name] for bits in BITS])


#: Signs for white space that a reader can see.
_VISIBLE = str.maketrans({" ": "·", "\n": "↵"})


def _reading():
    """The passage that is read: its tokens with white space made visible, and what both models say of each."""
    reading = runs()["reading"]
    return reading, [token.translate(_VISIBLE) for token in reading["tokens"]]


@explorer(
    slug="quant-position",
    title="One position: two distributions over the next token",
    caption=(
        "What comes next? The text so far is the first line below the picture. On the left: the eight tokens that "
        "the base model thinks likeliest, and all others together; what each of the two models gives them. On the "
        "right: what each adds to the divergence of this position. Walk through the positions, and look for one "
        "where the divergence is large."
    ),
    alt=(
        "For nine rows, eight tokens and all others together: dots for their probability by the base model and "
        "squares for that by the quantised model, on a logarithmic axis; beside them bars with the percentage that "
        "each row has of the position's divergence. None is below zero."
    ),
    controls=[
        _whole("position", "Position in the passage", range(1, 64), 3),
        _bits(),
    ],
    readouts=[
        Readout("before", "The text so far ends"),
        Readout("D", "D of this position", "nats", fmt="{:.4f}", power=1e-3),
        Readout("came", "The token that came, and its probabilities by base and quantised model"),
        Readout("top", "Likeliest token"),
    ],
    size=(345, 290),
)
def quant_position(panel):
    reading, _ = _reading()
    rows = np.arange(9)[::-1]
    ax, beside = panel.subplots(1, 2, gridspec_kw={"width_ratios": [2.3, 1], "wspace": 0.03})
    ax.set(xlim=(1e-6, 1.6), ylim=(-0.6, 8.6), xlabel="probability")
    log_axis(ax, [1e-4, 1e-2, 1], ["0.0001", "0.01", "1"])
    (ours,) = ax.plot([], [], "o", color=palette.P, markersize=10, label="base P", gid="base")
    style = {"color": palette.Q, "markersize": 5.5, "markerfacecolor": palette.PAPER, "markeredgewidth": 1.4}
    (theirs,) = ax.plot([], [], "s", label="quantised Q", gid="quantised", **style)
    legend_above(ax, handlelength=1.2)
    names = [ax.text(1.2e-6, y, "", va="center", gid=f"token-{k}") for k, y in enumerate(rows[:-1])]
    ax.text(1.2e-6, 0, "all others", va="center")

    beside.set(xlim=(0, 104), ylim=(-0.6, 8.6), xlabel="percent of D", xticks=[0, 50, 100])
    (shares,) = beside.plot([], [], linewidth=9, solid_capstyle="butt", color=palette.D, gid="shares")
    for axes in (ax, beside):
        axes.set_yticks([])

    def update(position, bits):
        k, b = position - 1, str(bits)
        p, q = reading["p"][k], reading["q"][b][k]
        for text, token in zip(names, reading["top"][k], strict=True):
            text.set_text(token.translate(_VISIBLE))
        ours.set_data(p, rows)
        theirs.set_data(q, rows)
        share = np.array(reading["share"][b][k])
        shares.set_data(*_level(rows, share))
        came = reading["tokens"][k].translate(_VISIBLE)
        first = [reading["top"][k][0], reading["first"][b][k]]
        same = (
            "the same by both"
            if first[0] == first[1]
            else " by the base, ".join(f"“{t.translate(_VISIBLE)}”" for t in first) + " by the other"
        )
        return {
            "before": "…" + reading["before"][k].translate(_VISIBLE),
            "D": reading["kld"][b][k],
            "came": f"“{came}”: {reading['p_token'][k]:.4g} and {reading['q_token'][b][k]:.4g}",
            "top": same,
        }

    return update


#: From which D on a token is painted how strongly: times the mean D of the passage, and in words.
PAINT = {
    0.5: (0.16, "half the mean, or more"),
    1: (0.32, "the mean, or more"),
    2: (0.6, "twice the mean, or more"),
}
#: Letters in a line of the passage, and the height of one.
LINE_LETTERS, LINE_HEIGHT = 40, 1.0


def _lines(tokens):
    """Where each token begins, in letters, and in which line: a token that does not fit begins the next one."""
    places, at, line = [], 0, 0
    for token in tokens:
        if at + len(token) > LINE_LETTERS:
            at, line = 0, line + 1
        places.append((at, line))
        at += len(token)
    return np.array(places)


@explorer(
    slug="quant-text",
    title="A text, painted by the divergence at each token",
    caption=(
        "A passage that the model has never seen; a dot between words is a space. The stronger a token is painted, "
        "the more the two models differ about what should stand there, whatever came, compared with the mean of the "
        "passage at this number of bits. Drag the triangle along the lines, and take away bits. Do the same places "
        "stay painted?"
    ),
    alt=(
        "Some lines of an English text, cut into its tokens. Behind each token is a box, stronger for a larger "
        "divergence at its position, and none where it is below half the mean. A triangle stands under one token."
    ),
    controls=[
        _whole("position", "Token", range(1, 64), 18, drag="here"),
        _bits(),
    ],
    readouts=[
        Readout("token", "Token"),
        Readout("D", "D of its position", "nats", fmt="{:.4f}", power=1e-3),
        Readout("mean", "Mean of the passage", "nats", fmt="{:.4f}", power=1e-3),
        Readout("rank", "Rank among the 63"),
        Readout("five", "Part of the five largest in the sum of all"),
    ],
    size=(345, 235),
)
def quant_text(panel):
    # Places of the tokens: _lines in klbook/figures/quantized_models.py.
    reading, tokens = _reading()
    ax = panel.subplots()
    places = _lines(tokens)
    left, line = places.T.astype(float)
    widths = np.array([len(token) for token in tokens])
    lowest = -(line.max() + 1.25) * LINE_HEIGHT
    ax.set(xlim=(-0.3, LINE_LETTERS + 0.3), ylim=(lowest, 0.2))
    ax.set_axis_off()
    boxes = [
        Boxes(ax, facecolor=palette.D, alpha=a, linewidth=0, label=words, gid=f"from-{x}")
        for x, (a, words) in PAINT.items()
    ]
    (here,) = ax.plot([], [], "^", color=palette.INK, markersize=8, gid="here")
    for x, y, token in zip(left, -line - 0.5, tokens, strict=True):
        ax.text(x, y, token, family="DejaVu Sans Mono", fontsize=12.5, va="center", ha="left")
    legend_above(ax, ncols=1, handlelength=1.6)

    def update(position, bits):
        k = position - 1
        kld = np.array(reading["kld"][str(bits)])
        edges = [x * kld.mean() for x in PAINT] + [math.inf]
        for box, low, high in zip(boxes, edges, edges[1:], strict=False):
            on = (kld >= low) & (kld < high)
            box.set_boxes(left[on], left[on] + widths[on], -line[on] - 0.9, -line[on] - 0.1)
        here.set_data([left[k] + widths[k] / 2], [-line[k] - 1.0])
        return {
            "token": f"“{tokens[k]}”",
            "D": kld[k],
            "mean": kld.mean(),
            "rank": f"{1 + (kld > kld[k]).sum()}",
            "five": f"{100 * np.sort(kld)[-5:].sum() / kld.sum():.0f} percent",
        }

    return update


@explorer(
    slug="quant-distribution",
    title="All positions: where the mean stands",
    caption=(
        "How many of the positions have which D; the axis is logarithmic. Drag the dashed line through the "
        "percentiles that the tool prints. Compare the mean (dotted) with the median (50 percent). How much of the "
        "whole sum comes from the positions behind the line?"
    ),
    alt=(
        "A histogram of the divergence over positions on a logarithmic axis: one hump that moves to the right as "
        "bits are taken away, with a dotted upright line at the mean, on its right half, and a dashed one at a "
        "percentile."
    ),
    controls=[
        _bits(),
        Slider(
            "share",
            "Percentile",
            0.1,
            99.9,
            2,
            99.9,
            fmt="{:g}",
            unit="percent",
            extra=(1, 5, 10, 25, 50, 75, 90, 95, 99),
            drag="percentile",
        ),
    ],
    readouts=[
        Readout("at", "D at the percentile", "nats", fmt="{:.4f}", power=1e-3),
        Readout("mean", "Mean", "nats", fmt="{:.4f}", power=1e-3),
        Readout("over", "Positions above the mean", "percent", fmt="{:.1f}"),
        Readout("behind", "Of the sum of all D, behind the line", "percent", fmt="{:.1f}"),
    ],
    size=(345, 270),
)
def quant_distribution(panel):
    ax = panel.subplots()
    edges = np.array(runs()["edges"])
    middles = (edges[1:] + edges[:-1]) / 2
    ax.set(xlim=(-7.2, 1.4), ylim=(0, 0.36), xlabel="D of a position, nats", ylabel="share of positions")
    ax.set_xticks([-6, -4, -2, 0], labels=["0.000001", "0.0001", "0.01", "1"])
    bars = Bars(ax, middles, 0, edges[1] - edges[0], gid="positions", **palette.BAR["d"])
    mean = ax.axvline(0, label="mean", gid="mean", **palette.LINE["d"])
    line = ax.axvline(
        1, color=palette.INK, linestyle=(0, (5, 2)), linewidth=1.6, label="percentile", gid="percentile"
    )
    legend_above(ax)

    def update(bits, share):
        found = runs()["distribution"][str(bits)]
        k = runs()["shares"].index(share)
        kld = column("kld")[BITS.index(bits)][0]
        bars.set_heights(np.array(found["counts"]) / runs()["positions"])
        mean.set_xdata([math.log10(kld)] * 2)
        line.set_xdata([math.log10(found["quantiles"][k])] * 2)
        return {
            "at": found["quantiles"][k],
            "mean": kld,
            "over": 100 * found["over_mean"],
            "behind": 100 * found["above"][k],
        }

    return update


#: Numbers of windows at which the mean is looked at.
LOOKS = (4, 6, 8, 11, 16, 23, 32, 45, 64, 80)


@cache
def closing_in(bits):
    """Mean KLD of the first windows at each look, and its errors by token and by window."""
    bits = str(BITS[_place(bits)])
    means, squares = (np.array(runs()[name][bits]) for name in ("means", "squares"))
    n = np.array(LOOKS)
    so_far, square = (np.array([x[:k].mean() for k in n]) for x in (means, squares))
    token = np.sqrt((square - so_far**2) / (n * (runs()["positions"] // runs()["windows"]) - 1))
    return n, so_far, token, np.array([means[:k].std(ddof=1) for k in n]) / np.sqrt(n)


@explorer(
    slug="quant-windows",
    title="The mean closes in, and how sure it is",
    caption=(
        "The mean KLD of the windows so far. Dashed: two of the tool's errors to each side, which take all tokens "
        "for independent. Solid: two errors that take only windows for independent; of few windows either can be "
        "the wider. Drag the dot. The dotted line is the mean of all windows, with which the runs on fewer of them "
        "can be compared."
    ),
    alt=(
        "A line over the number of windows so far, on a logarithmic axis, and a dotted level line at one. Around "
        "the line are two pairs of thin edges, dashed by token and solid by window, that close in on it."
    ),
    controls=[
        _whole("windows", "Windows so far", LOOKS[1:], 16, drag="now"),
        _bits(),
    ],
    readouts=[
        Readout("mean", "Mean KLD", "nats", fmt="{:.5f}", power=1e-3),
        Readout("token", "Its error by token", "nats", fmt="{:.5f}", power=1e-3),
        Readout("window", "Its error by window", "nats", fmt="{:.5f}", power=1e-3),
        Readout("times", "Error by window / by token", fmt="{:.2f}"),
    ],
    size=(345, 270),
)
def quant_windows(panel):
    ax = panel.subplots()
    log_axis(ax, [4, 8, 16, 32, 64])
    ax.set(xlim=(3.7, 90), ylim=(0.5, 1.5), xlabel="windows so far", ylabel="mean KLD / that of all windows")
    ax.axhline(1, gid="all", **palette.LINE["d"])
    edges = {
        "token": ax.plot(
            [],
            [],
            color=palette.EXTRA,
            linestyle=(0, (4, 2)),
            linewidth=1.2,
            label="by token",
            gid="by-token",
        )[0],
        "window": ax.plot([], [], color=palette.INK, linewidth=1, label="by window", gid="by-window")[0],
    }
    (line,) = ax.plot([], [], label="mean", gid="mean", **palette.LINE["p"])
    (dot,) = ax.plot([], [], "o", color=palette.P, markersize=8, gid="now")
    legend_above(ax, ncols=3, columnspacing=1, handlelength=1.6)

    def update(windows, bits):
        n, so_far, token, window = closing_in(bits)
        shown = n <= windows
        for name, error in (("token", token), ("window", window)):
            both = (so_far + np.array([[-2], [2]]) * error)[:, shown] / so_far[-1]
            edges[name].set_data(*in_pieces([n[shown]] * 2, both))
        line.set_data(n[shown], so_far[shown] / so_far[-1])
        k = int(np.flatnonzero(shown)[-1])
        dot.set_data(n[k : k + 1], so_far[k : k + 1] / so_far[-1])
        return {"mean": so_far[k], "token": token[k], "window": window[k], "times": window[k] / token[k]}

    return update


#: Positions whose errors are drawn.
SHOWN = 24


@explorer(
    slug="quant-code",
    title="What the file's code does to D",
    caption=(
        "First panel: 24 positions of the base model compared with itself (whatever you choose), so that the true D "
        "is 0 and all that is reported is error, in steps of the code: squares for the tool's sum, dots for the "
        "gaps. Second panel: the size of these errors (root mean square over four windows) for codes from 8 to 16 "
        "bits, from 16 on the left down to 8. Take away bits of the code: each bit about doubles the tool's error. "
        "What does it do to that of the gaps, for the base itself?"
    ),
    alt=(
        "First panel: errors of 24 positions. The squares of the tool's sum scatter above and below zero by a "
        "fraction of a step; the dots of the gaps lie close to zero. Second panel: two rising lines on a "
        "logarithmic axis over the bits of the code, from 16 to 8; the line of the gaps lies below that of the "
        "tool."
    ),
    controls=[
        Choice(
            "model",
            "Compared with the base",
            {"the base itself": "itself", "8 bits": "8 bits", "4 bits": "4 bits"},
            "itself",
        ),
        _whole("code", "Bits of the file's code", range(8, 17), 16, drag="tool-now"),
    ],
    readouts=[
        Readout("tool", "Error of the tool's sum (root mean square)", "nats", fmt="{:.4f}", power=1e-3),
        Readout("gap", "Error of the gaps", "nats", fmt="{:.4f}", power=1e-3),
        Readout("below", "Positions with a tool's D below zero", "percent", fmt="{:.1f}"),
        Readout("gap_below", "With a gap below zero", "percent", fmt="{:.1f}"),
    ],
    panels=2,
    size=(345, 275),
)
def quant_code(left, right):
    ax = left.subplots()
    positions = np.arange(1, SHOWN + 1)
    ax.set(xlim=(0, SHOWN + 1), ylim=(-0.26, 0.26), xlabel="position", ylabel="error, steps of the code")
    ax.axhline(0, color=palette.INK, linewidth=1, gid="zero")
    style = {"color": palette.Q, "markersize": 5, "markerfacecolor": palette.PAPER, "linestyle": "none"}
    (squares,) = ax.plot([], [], "s", label="p ln(p/q)", gid="tool", **style)
    (dots,) = ax.plot([], [], "o", color=palette.D, markersize=4, label="p ln(p/q) − p + q", gid="gap")
    legend_above(ax, handlelength=1, columnspacing=1)

    ax = right.subplots()
    ax.set(
        xlim=(16.4, 7.6), ylim=(1e-9, 0.3), yscale="log", xlabel="bits of the code", ylabel="error of D, nats"
    )
    ax.set_yticks([1e-8, 1e-6, 1e-4, 0.01], labels=["10⁻⁸", "10⁻⁶", "10⁻⁴", "0.01"])
    ax.minorticks_off()
    lines = {
        "tool": ax.plot([], [], label="p ln(p/q)", gid="tool-line", **palette.LINE["q"])[0],
        "gap": ax.plot([], [], label="p ln(p/q) − p + q", gid="gap-line", **palette.LINE["d"])[0],
    }
    now = {
        "tool": ax.plot([], [], "s", color=palette.Q, markersize=8, gid="tool-now")[0],
        "gap": ax.plot([], [], "o", color=palette.D, markersize=7, gid="gap-now")[0],
    }
    legend_above(ax, handlelength=2, columnspacing=1)

    def update(model, code):
        found, b = runs()["code"][model], str(code)
        codes = [int(x) for x in found["bits"]]
        one = found["bits"][b]
        step = 16 / (2**code - 1)
        for mark, shown in zip((squares, dots), runs()["code"]["itself"]["bits"][b]["shown"], strict=True):
            mark.set_data(positions, np.array(shown[:SHOWN]) / step)
        for name, k in (("tool", 0), ("gap", 1)):
            lines[name].set_data(codes, [found["bits"][str(c)]["rms"][k] for c in codes])
            now[name].set_data([code], [one["rms"][k]])
        return {
            "tool": one["rms"][0],
            "gap": one["rms"][1],
            "below": 100 * one["below"][0],
            "gap_below": 100 * one["below"][1],
        }

    return update


def _ratio_sources():
    """For each kind of text: mean KLD, ln PPL ratio over it, and that one's error."""
    ratio, error = published_ratio()
    found = {
        "Llama 3 8B, articles of people": (
            PUBLISHED.mean_kld_nats,
            ratio / PUBLISHED.mean_kld_nats,
            error / PUBLISHED.mean_kld_nats,
        )
    }
    kinds = {
        "this model, a novel by Jane Austen": "human",
        "this model, next tokens drawn from the base": "drawn",
        "this model, texts written by the base": "written",
    }
    rows = ladder()
    for words, kind in kinds.items():
        kld = np.array([row["kld_written" if kind == "written" else "kld"][0] for row in rows])
        value, _, window = np.array([row["ratio"][kind] for row in rows]).T
        found[words] = kld, value / kld, window / kld
    return found


@explorer(
    slug="quant-ppl",
    title="ln PPL ratio over KLD: when do they say the same?",
    caption=(
        "Each mark is one quantisation; its height is ln(PPL(Q)/PPL(base)) divided by the mean KLD, with two "
        "standard errors to each side. On the level line both say the same. Drag the upright line: how well do they "
        "agree to its right, how well to its left? Then change the text. (What leaves the picture is cut off; the "
        "readouts have it.)"
    ),
    alt=(
        "Marks with error bars over the mean divergence on a logarithmic axis. A level line stands at one. Towards "
        "the left the bars are long and the marks scatter; towards the right the bars are short. An upright line "
        "parts them."
    ),
    controls=[
        Choice(
            "text",
            "Model and text",
            {name: name for name in _ratio_sources()},
            "Llama 3 8B, articles of people",
        ),
        Slider(
            "part",
            "The line stands at",
            1e-4,
            1,
            17,
            0.1,
            scale="log",
            fmt="{:.2g}",
            unit="nats",
            drag="part",
        ),
    ],
    readouts=[
        Readout("right", "To its right"),
        Readout("left", "To its left"),
    ],
    size=(345, 285),
)
def quant_ppl(panel):
    ax = panel.subplots()
    log_axis(ax, [1e-4, 1e-3, 0.01, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
    ax.set(xlim=(1e-5, 4), ylim=(-1.2, 3.2), xlabel="mean KLD, nats", ylabel="ln PPL ratio / KLD")
    ax.axhline(1, gid="same", label="the same", **palette.LINE["d"])
    (bars,) = ax.plot([], [], color=palette.MUTED, linewidth=1.2, label="± 2 standard errors", gid="errors")
    (dots,) = ax.plot([], [], "o", color=palette.P, markersize=5, gid="files")
    line = ax.axvline(0.1, color=palette.INK, linestyle=(0, (5, 2)), linewidth=1.4, gid="part")
    legend_above(ax)

    def update(text, part):
        kld, ratio, error = _ratio_sources()[text]
        low, high = ax.get_ylim()
        seen = (ratio > low) & (ratio < high)
        ends = np.clip(np.stack([ratio - 2 * error, ratio + 2 * error], axis=-1), low, high)
        bars.set_data(*in_pieces(np.repeat(kld[:, None], 2, axis=1), ends))
        dots.set_data(kld[seen], ratio[seen])
        line.set_xdata([part] * 2)
        return {"right": _from_to(ratio[kld > part]), "left": _from_to(ratio[kld <= part])}

    return update


def _from_to(values):
    """How many values, and from where to where."""
    if not len(values):
        return "none"
    ends = f"{values.min():.3f} to {values.max():.3f}" if len(values) > 1 else f"{values[0]:.3f}"
    many = "1 mark" if len(values) == 1 else f"{len(values)} marks"
    return real_minus(f"{many}: {ends}")


#: What the model's kinds of matrices are for.
KINDS = {
    "token_embd": "tokens",
    "attn_q": "queries",
    "attn_k": "keys",
    "attn_v": "values",
    "attn_output": "attention out",
    "ffn_gate": "gate",
    "ffn_up": "up",
    "ffn_down": "down",
}


@explorer(
    slug="quant-kinds",
    title="Our own ladder, and which matrices hurt",
    caption=(
        "First panel: bits a weight, all counted, and mean KLD; drag the ring. Second panel: what the divergence is "
        "if only the matrices of one kind are rounded and all others keep their 16 bits, in percent of that with "
        "all rounded. A square marks what share of the weights they are. A bar that is longer than its square "
        "deserves more bits."
    ),
    alt=(
        "First panel: two falling lines of mean divergence, on a logarithmic axis, over bits a weight, without and "
        "with an offset, and a ring on one of them. Second panel: for each kind of matrix a level bar with its part "
        "of the divergence, and a square at its share of the weights."
    ),
    controls=[
        _bits(drag="ring"),
        Choice("offset", "Ring", {"a scale": False, "a scale and an offset": True}, False),
    ],
    readouts=[
        Readout("kld", "Mean KLD", "nats", fmt="{:.5f}", power=1e-3),
        Readout("error", "Its error by window", "nats", fmt="{:.5f}", power=1e-3),
        Readout("size", "Bits a weight, all counted", fmt="{:.2f}"),
        Readout("file", "All weights take", "kB", fmt="{:,.0f}"),
        Readout("sum", "The bars (scale alone) add up to", "percent", fmt="{:.0f}"),
    ],
    panels=2,
    size=(345, 280),
)
def quant_kinds(left, right):
    ax = left.subplots()
    log_axis(ax, [1e-5, 1e-4, 1e-3, 0.01, 0.1, 1], ["0.00001", "0.0001", "0.001", "0.01", "0.1", "1"], "y")
    ax.set(xlim=(2, 9.5), ylim=(5e-6, 3), xlabel="bits a weight", ylabel="mean KLD, nats")
    styles = {False: palette.LINE["p"], True: palette.LINE["q"]}
    for offset, style in styles.items():
        name, words = ("offset", "scale and offset") if offset else ("scale", "scale")
        x, y = column("bits_per_weight", offset), [k[0] for k in column("kld", offset)]
        ax.plot(
            x,
            y,
            marker="o",
            markersize=4,
            label=words,
            gid=name,
            **style,
        )
    (ring,) = ax.plot(
        [], [], "o", color=palette.INK, markersize=11, markerfacecolor=palette.PAPER, zorder=1.5, gid="ring"
    )
    legend_above(ax)

    kinds, share = runs()["kinds"]["kld"], runs()["kinds"]["share"]
    rows = np.arange(len(share))[::-1]
    ax = right.subplots()
    ax.set(xlim=(0, 62), ylim=(-0.6, len(share) - 0.4), xlabel="percent")
    ax.set_yticks(rows, labels=[KINDS[kind] for kind in share])
    ax.tick_params(axis="y", length=0, labelcolor=palette.INK)
    (bars,) = ax.plot(
        [], [], linewidth=9, solid_capstyle="butt", color=palette.D, label="of the divergence", gid="parts"
    )
    style = {"color": palette.INK, "markerfacecolor": palette.PAPER, "markersize": 6}
    ax.plot([100 * x for x in share.values()], rows, "s", label="of the weights", gid="weights", **style)
    legend_above(ax, handlelength=1.4)

    def update(bits, offset):
        b = BITS.index(bits)
        one = rung(bits, offset)
        ring.set_data([one["bits_per_weight"]], [one["kld"][0]])
        parts = np.array([100 * kinds[kind][b] / kinds["all"][b] for kind in share])
        bars.set_data(*_level(rows, parts))
        return {
            "kld": one["kld"][0],
            "error": one["kld"][2],
            "size": one["bits_per_weight"],
            "file": one["size"] / 1000,
            "sum": parts.sum(),
        }

    return update


@explorer(
    slug="quant-protocols",
    title="One model, nine protocols",
    caption=(
        "The same model with the same rounded weights, measured in eight ways; bars show the mean D of each, in "
        "percent of what the tool's way gives. (The legal text is this book's licence, which is short: that bar is "
        "rough.) Which would let the model look better than it is? The last bar rounds no weight to fewer bits at "
        "all: it only writes the 16 bits in another format. Go up to 8 bits, and see what it is then."
    ),
    alt=(
        "Level bars, one for each protocol, with the mean divergence in percent of that by the tool's protocol, "
        "which is an upright line at 100."
    ),
    controls=[_bits()],
    readouts=[
        Readout("tool", "As the tool does", "nats", fmt="{:.4f}", power=1e-3),
        Readout("lowest", "Lowest of the first eight"),
        Readout("highest", "Highest"),
        Readout("other", "bfloat16 alone", "percent of it", fmt="{:.1f}"),
    ],
    size=(345, 290),
)
def quant_protocols(panel):
    ax = panel.subplots()
    rows = np.arange(len(PROTOCOLS))[::-1]
    ax.set(xlim=(-12, 225), ylim=(-0.6, len(PROTOCOLS) - 0.4), xlabel="percent of the tool's mean KLD")
    ax.set_yticks(rows, labels=PROTOCOLS)
    ax.tick_params(axis="y", length=0, labelcolor=palette.INK)
    (bars,) = ax.plot([], [], linewidth=9, solid_capstyle="butt", color=palette.D, gid="bars")
    ax.axvline(100, color=palette.INK, linewidth=1, gid="tool")

    def update(bits):
        kld = np.array(runs()["protocols"][str(bits)])
        percent = 100 * kld / kld[0]
        shown = np.clip(percent, -12, 225)
        bars.set_data(*_level(rows, shown))
        low, high = percent[:8].argmin(), percent[:8].argmax()
        return {
            "tool": kld[0],
            "lowest": real_minus(f"{PROTOCOLS[low]}: {percent[low]:.0f} percent"),
            "highest": f"{PROTOCOLS[high]}: {percent[high]:.0f} percent",
            "other": percent[8],
        }

    return update
