"""The figures of the chapter *Quantised language models*."""

import csv
import json
import math
from functools import cache
from pathlib import Path

import numpy as np

from ..explorers import Choice, Readout, Slider, explorer, palette
from ..ideas.quantisation import quantise
from .parts import Bars, in_pieces, legend_above, log_axis

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
#: Two small models of ours, measured by the same tool.
SMALL = table("small-models-quants.csv")
#: Perplexity of the published base model: the same difference in all rows.
PUBLISHED_BASE = float(np.round(PUBLISHED.ppl - PUBLISHED.delta_ppl, 4).mean())


def published_ratio():
    """ln(PPL(Q)/PPL(base)) of the published rows, and its error."""
    return np.log(PUBLISHED.ppl / (PUBLISHED.ppl - PUBLISHED.delta_ppl)), PUBLISHED.delta_ppl_se / PUBLISHED.ppl


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
        "Each mark is a file with the same model, Llama 3 8B, as the README of llama.cpp lists them. Drag the line to "
        "the largest file that you have room for. The stairs are the frontier: at each size, the smallest divergence "
        "that a file of this size or less has. A mark above the stairs is a bad buy: another file is no larger, and "
        "nearer to the base."
    ),
    alt=(
        "Files over their size in GiB on a logarithmic axis, and the mean divergence from the unrounded model upwards, "
        "also logarithmic: from about 2 nats for 2 GiB to less than a thousandth for 15 GiB. Stairs lead down along "
        "the best ones; an upright dashed line is the largest size that is allowed, and a ring marks the best file up "
        "to it."
    ),
    controls=[
        Slider("room", "Room for a file", 1.9, 16, 41, 4.6, scale="log", fmt="{:.3g}", unit="GiB", extra=(4.6,), drag="room"),
        Choice("made", "Files", {"all": "all", "made without an importance matrix": "None"}, "all"),
    ],
    readouts=[
        Readout("best", "Nearest to the base"),
        Readout("kld", "Its mean KLD", "nats", fmt="{:.5f}"),
        Readout("size", "Its size", "GiB", fmt="{:.2f}"),
        Readout("worse", "Files that fit, and are no better and no smaller than another"),
    ],
    size=(345, 290),
)  # fmt: skip
def quant_ladder(panel):
    ax = panel.subplots()
    log_axis(ax, [2, 3, 4, 6, 8, 12, 16])
    log_axis(ax, [0.001, 0.01, 0.1, 1], ["0.001", "0.01", "0.1", "1"], "y")
    ax.set(xlim=(1.75, 17), ylim=(3e-4, 4), xlabel="size, GiB", ylabel="mean KLD, nats")
    stairs = ax.plot([], [], color=palette.D, linewidth=1.6, label="frontier", gid="frontier")[0]
    marks = {
        "matrix": ax.plot([], [], "o", color=palette.P, markersize=5, label="importance matrix", gid="matrix")[0],
        "none": ax.plot([], [], "s", color=palette.Q, markersize=4.5, markerfacecolor=palette.PAPER, label="without", gid="none")[0],
    }  # fmt: skip
    line = ax.axvline(4, color=palette.INK, linestyle=(0, (5, 2)), linewidth=1.4, gid="room")
    (ring,) = ax.plot([], [], "o", markersize=11, markerfacecolor="none", color=palette.INK, gid="best")
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


#: Tables of files of one model: mean KLD (nats) and RMS Δp (percent) of each.
LADDERS = {
    "Llama 3 8B": (PUBLISHED.mean_kld_nats, PUBLISHED.rms_dp_pct),
    "a small model of bytes": tuple(SMALL[SMALL.model == "bytes"][c] for c in ("mean_kld_nats", "rms_dp_pct")),
    "a small model of pairs": tuple(SMALL[SMALL.model == "pairs"][c] for c in ("mean_kld_nats", "rms_dp_pct")),
}


@explorer(
    slug="quant-squares",
    title="RMS Δp against KLD: which slope?",
    caption=(
        "Both axes are logarithmic, so a straight line is a power law, and its slope is the power. Drag the square "
        "at the line's right end until the line goes along the marks: then the files differ least from it. Try the "
        "other models, too: which of the two, slope or height, do they share?"
    ),
    alt=(
        "Mean divergence and root mean square change of the token's probability for the files of one model, on "
        "logarithmic axes: a row of marks that rises. A dashed line goes through their centre; a square at its right "
        "end turns it."
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
    ends = np.array([5e-5, 4.0])
    ax.set(xlim=(4e-5, 6), ylim=(0.08, 250), xlabel="mean KLD, nats", ylabel="RMS Δp, percent")
    (marks,) = ax.plot([], [], "o", color=palette.P, markersize=5, label="files", gid="files")
    (line,) = ax.plot([], [], label="a power law", gid="law", **palette.LINE["q"])
    (end,) = ax.plot([], [], "s", color=palette.Q, markersize=8, gid="end")
    legend_above(ax)

    def update(model, slope):
        kld, rms = LADDERS[model]
        x, y = np.log(kld), np.log(rms)
        at_ends = np.exp(y.mean() + slope * (np.log(ends) - x.mean()))
        marks.set_data(kld, rms)
        line.set_data(ends, at_ends)
        end.set_data(ends[1:], at_ends[1:])
        off = y - y.mean() - slope * (x - x.mean())
        ratio = (rms / 100) ** 2 / kld
        return {"off": math.exp(np.abs(off).max()), "least": ratio.min(), "most": ratio.max()}

    return update


# -- the book's own model


@cache
def runs():
    """What `klbook.figures.quantized_runs` measured on the book's own model."""
    return json.loads((DATA / "quantized-models.json").read_text(encoding="utf-8"))


#: Bits of a code, from the most to the fewest.
BITS = (8, 6, 5, 4, 3, 2)


def _bits(initial=4, **options):
    return Slider("bits", "Bits of a code", 2, 8, 2, initial, fmt="{:g}", extra=BITS, **options)


def column(name, offset=False):
    """One number of the ladder, for each of `BITS`."""
    return np.array([row[name] for row in runs()["ladder"] if row["offset"] is offset])


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
        "The text so far stands above the picture; the question is what comes next. First panel: the eight "
        "tokens that the base model thinks likeliest, and all others together; what each of the two models gives "
        "them. Second panel: what each adds to the divergence of this position. Walk through the positions, and look "
        "for one where the divergence is large. Is the quantised model less sure there, or sure of something else?"
    ),
    alt=(
        "For nine rows, eight tokens and all others together: dots for their probability by the base model and "
        "squares for that by the quantised model, on a logarithmic axis; beside them bars with the percentage that "
        "each row has of the position's divergence. None is below zero."
    ),
    controls=[
        Slider("position", "Position in the passage", 1, 63, 63, 1, fmt="{:g}"),
        _bits(),
    ],
    readouts=[
        Readout("D", "D of this position", "nats", fmt="{:.4f}", power=1e-3),
        Readout("came", "The token that came, and its probabilities by base and quantised model"),
        Readout("top", "Likeliest token"),
    ],
    panels=2,
    size=(345, 285),
)
def quant_position(left, right):
    reading, _ = _reading()
    rows = np.arange(9)[::-1]
    ax = left.subplots()
    ax.set(xlim=(8e-5, 1.3), ylim=(-0.6, 8.6), xlabel="probability of the next token")
    log_axis(ax, [1e-4, 1e-3, 0.01, 0.1, 1], ["0.0001", "0.001", "0.01", "0.1", "1"])
    ax.set_yticks(rows, labels=[""] * 9)
    ax.tick_params(axis="y", length=0, labelcolor=palette.INK)
    (ours,) = ax.plot([], [], "o", color=palette.P, markersize=7, label="base P", gid="base")
    style = {"color": palette.Q, "markersize": 6.5, "markerfacecolor": palette.PAPER, "markeredgewidth": 1.6}
    (theirs,) = ax.plot([], [], "s", label="quantised Q", gid="quantised", **style)
    legend_above(ax, handlelength=1.2)

    ax2 = right.subplots()
    ax2.set(xlim=(0, 103), ylim=(-0.6, 8.6), xlabel="percent of D")
    ax2.set_yticks(rows, labels=[""] * 9)
    ax2.tick_params(axis="y", length=0, labelcolor=palette.INK)
    (stems,) = ax2.plot([], [], linewidth=9, solid_capstyle="butt", color=palette.D, gid="shares")
    before = ax2.set_title("", loc="left", fontsize=11.5, fontweight="normal")
    before.set_gid("before")

    def update(position, bits):
        k, b = int(position) - 1, str(int(bits))
        p, q = reading["p"][k], reading["q"][b][k]
        labels = [token.translate(_VISIBLE) for token in reading["top"][k]] + ["all others"]
        for axes in (ax, ax2):
            axes.set_yticks(rows, labels=labels)
        ours.set_data(p, rows)
        theirs.set_data(q, rows)
        share = np.array(reading["share"][b][k])
        stems.set_data(*in_pieces(np.stack([0 * share, share], axis=-1), np.repeat(rows[:, None], 2, axis=1)))
        before.set_text("…" + reading["before"][k].translate(_VISIBLE) + "▏")
        came = reading["tokens"][k].translate(_VISIBLE)
        first = [reading["top"][k][0], reading["first"][b][k]]
        same = "the same by both" if first[0] == first[1] else " by the base, ".join(
            f"“{t.translate(_VISIBLE)}”" for t in first) + " by the other"
        return {
            "D": reading["kld"][b][k],
            "came": f"“{came}”: {reading['p_token'][k]:.4g} and {reading['q_token'][b][k]:.4g}",
            "top": same,
        }

    return update
