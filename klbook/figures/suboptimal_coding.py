"""The figures of the chapter *Suboptimal coding*."""

from functools import cache

import numpy as np
from matplotlib.patches import Rectangle

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.arithmetic import arithmetic_encode, integer_frequencies
from ..ideas.codewords import canonical_code, prefix_encode
from ..ideas.coding import (
    block_distribution,
    block_huffman_length,
    expected_length,
    huffman_lengths,
    ideal_lengths,
    implied_model,
    kraft_sum,
    shannon_lengths,
)
from ..ideas.surprise import entropy, kl_divergence, surprisal
from ..ideas.weather import OUTCOMES, P, Q, sample_days
from .parts import (
    Bars,
    ErrorEdges,
    Measured,
    SingleBars,
    away,
    log_axis,
    measured_readouts,
    outcome_axis,
    real_minus,
    three,
    three_bars,
    three_controls,
)

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 1952
#: Files of sample number 1, and days in each of them.
FILES, DAYS = 100, 100


def places(lengths):
    """Where the pieces 2^−l begin if they are laid side by side, the widest first."""
    order = np.argsort(lengths, kind="stable")
    begins = np.empty(len(lengths))
    widths = implied_model(lengths)
    begins[order] = np.cumsum(widths[order]) - widths[order]
    return begins


def _lengths_slider(k, initial):
    return Slider(f"l{k}", f"Bits for {OUTCOMES[k]}", 1, 5, 5, initial, fmt="{:.0f}", drag=f"piece-{k}")


@explorer(
    slug="coding-kraft",
    title="Choose the lengths of four codewords",
    caption=(
        "A codeword of l bits takes a piece of width 2⁻ˡ, and all of them must fit into a width of 1. It begins with "
        "the old town’s code. Look for the code that costs least in the new town; you can also drag the tops of the "
        "hatched bars. What do the two kinds of bars look like then?"
    ),
    alt=(
        "First picture: the unit interval with one piece for each codeword that fits, side by side from 0 on, the "
        "widest first; the rest of it is grey, and what does not fit stands in a second row. Second picture: bars of "
        "the true probabilities P beside the widths of the pieces."
    ),
    controls=[_lengths_slider(k, initial) for k, initial in enumerate((3, 1, 2, 3))],
    readouts=[
        Readout("kraft", "Room used, of 1", fmt="{:g}"),
        Readout("cost", "Cost in the new town", "bits a day"),
        Readout("waste", "Waste, over H(P)", "bits a day"),
        Readout("room", "Of that, for room left unused", "bits a day"),
        Readout("code", "Codewords"),  # last and always long: where it breaks its line, nothing else moves
    ],
    panels=2,
    size=(345, 250),
)
def coding_kraft(left, right):
    ax = left.subplots()
    ax.add_patch(Rectangle((0, 0.62), 1, 1.38, fc=palette.GRID, ec=palette.MUTED, linewidth=1, gid="room"))
    boxes = [ax.add_patch(Rectangle((0, 0), 1, 1, fc=palette.PAPER, gid="box")) for _ in OUTCOMES]
    fits = {"edgecolor": palette.Q, "linewidth": 1.8, "linestyle": "-"}
    over = {"edgecolor": palette.MUTED, "linewidth": 1.2, "linestyle": (0, (3, 2))}
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.22, 2.03), yticks=[], xlabel="from 0 to 1")
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "¼", "½", "¾", "1"])
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    note = ax.text(0, 0.47, "", va="center", color=palette.MUTED, gid="note")
    upright = {"ha": "center", "va": "center", "rotation": 90, "rotation_mode": "anchor"}
    names = [ax.text(0, 0, "", fontsize=11.5, gid="name", **upright) for _ in OUTCOMES]

    ax = right.subplots()
    x = outcome_axis(ax)
    Bars(ax, x - 0.2, P, 0.38, label="truth P", gid="truth", **palette.BAR["p"])
    pieces = SingleBars(ax, x + 0.2, 0.38, label="piece 2⁻ˡ", gid="piece", **palette.BAR["q"])
    ax.set(ylim=(0, 0.62), ylabel="probability")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)

    def update(l0, l1, l2, l3):
        lengths = np.array([l0, l1, l2, l3])
        widths, begins, used = implied_model(lengths), places(lengths), kraft_sum(lengths)
        feasible = used <= 1
        words = canonical_code(lengths) if feasible else [""] * len(x)
        for k, (box, name) in enumerate(zip(boxes, names, strict=True)):
            start, inside = begins[k] % 1, begins[k] < 1
            box.set(**fits if inside else over)
            box.set_bounds(start, 0.62 if inside else -0.2, widths[k], 1.38 if inside else 0.52)
            name.set_position((start + widths[k] / 2, 1.31 if inside else 0.06))
            name.set_text(f"{OUTCOMES[k]} {words[k]}".strip())
        note.set_text(
            "no room left for:" if used > 1 else "grey: room left unused" if used < 1 else "all room used"
        )
        pieces.set_heights(widths)
        if not feasible:
            numbers = dict.fromkeys(["cost", "waste", "room"], "no such code")
            return {"kraft": used, "code": "none: these lengths do not fit", **numbers}
        cost = expected_length(P, lengths)
        return {
            "kraft": used,
            "code": ", ".join(f"{o} {w}" for o, w in zip(OUTCOMES, words, strict=True)),
            "cost": cost,
            "waste": cost - entropy(P),
            "room": surprisal(used),
        }

    return update


#: How a belief divides what it leaves for the second and third outcome: the share of the second.
SHARES = {"equal": 1 / 2, "8 : 1": 8 / 9, "1 : 0": 1.0, "34 : 33": 34 / 67}


KINDS = {"ideal": ideal_lengths, "Shannon": shannon_lengths, "Huffman": huffman_lengths}


@cache
def _lengths(first, share):
    """A distribution of three outcomes, and the lengths that suit it: one row for each kind."""
    q = three(first, share)
    return q, np.array([lengths(q) for lengths in KINDS.values()])


_IMPOSSIBLE = "Q has no codeword for what P lets happen"


@explorer(
    slug="coding-beliefs",
    title="A code for P and a code for Q, of three kinds",
    caption=(
        "Three symbols that follow P. For each kind of lengths: what a symbol costs with the code for P and with the "
        "code for Q, and by how much they differ. Only for the ideal lengths is that always D(P‖Q); another kind may "
        "agree with it by chance. Look for a wrong Q with which Huffman wastes nothing, and for one with which it "
        "wastes more than D; you can also drag the tops of the two bars of the first symbol."
    ),
    alt=(
        "First picture: bars of the probabilities P and Q of three symbols. Second picture: for ideal, Shannon and "
        "Huffman lengths two bars, the cost of a symbol with the code for P and with the code for Q, cut off at 4.2 "
        "bits if it is more, with the difference written above, and a line at the entropy of P."
    ),
    controls=three_controls("Belief", 0.3, SHARES),
    readouts=[
        Readout("entropy", "Entropy H(P)", "bits a symbol"),
        Readout("ideal", "Waste, ideal lengths: D(P‖Q)", "bits a symbol", infinite=_IMPOSSIBLE),
        Readout("shannon", "Waste, Shannon’s lengths", "bits a symbol", infinite=_IMPOSSIBLE),
        Readout("huffman", "Waste, Huffman’s lengths", "bits a symbol", infinite=_IMPOSSIBLE),
        Readout("lengths", "Huffman’s lengths for Q"),
    ],
    panels=2,
    size=(345, 260),
)
def coding_beliefs(left, right):
    ax = left.subplots()
    truth_bars, belief_bars = three_bars(ax)

    top = 4.2
    ax = right.subplots()
    x = outcome_axis(ax, list(KINDS))
    right_code = Bars(ax, x - 0.2, x, 0.38, label="code for P", gid="right", **palette.BAR["p"])
    wrong_code = Bars(ax, x + 0.2, x, 0.38, label="code for Q", gid="wrong", **palette.BAR["q"])
    thin = {"color": palette.INK, "linewidth": 1.2}
    (floor,) = ax.plot([-0.6, 2.6], [0, 0], label="entropy H(P)", gid="entropy", **thin)
    above = {"ha": "center", "va": "bottom", "fontsize": 11.5, "gid": "more"}
    numbers = [ax.text(place, 0, "", **above) for place in x + 0.2]
    ax.set(ylim=(0, top + 1.6), ylabel="bits a symbol")
    ax.set_yticks(range(5))
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)

    def update(p, q, rest):
        (truth, lengths_right), (belief, lengths_wrong) = _lengths(p, 1 / 2), _lengths(q, rest)
        costs_right, costs_wrong = (expected_length(truth, n) for n in (lengths_right, lengths_wrong))
        waste, least = costs_wrong - costs_right, entropy(truth)
        truth_bars.set_heights(truth)
        belief_bars.set_heights(belief)
        right_code.set_heights(costs_right)
        wrong_code.set_heights(np.minimum(costs_wrong, top))
        floor.set_ydata([least, least])
        for number, cost, more in zip(numbers, costs_wrong, waste, strict=True):
            number.set_y(min(cost, top) + 0.08)
            number.set_text("∞" if np.isinf(cost) else real_minus(f"{round(more, 2) + 0:+.2f}"))
        return {
            "entropy": least,
            "ideal": kl_divergence(truth, belief),
            "shannon": waste[1],
            "huffman": waste[2],
            "lengths": ", ".join("none" if np.isinf(n) else f"{n:.0f}" for n in lengths_wrong[2]),
        }

    return update


LONGEST = 7
#: Where the logarithmic axis of the waste ends: below it is no waste, or next to none.
LOWEST = 0.0002


@cache
def _per_symbol(common, outcomes):
    """Entropy, and for blocks of 1 to `LONGEST` symbols the cost a symbol with Huffman's and Shannon's lengths."""
    p = np.array([common, *[(1 - common) / (outcomes - 1)] * (outcomes - 1)])
    n = range(1, LONGEST + 1)
    blocks = [block_distribution(p, k) for k in n]
    return (
        entropy(p),
        np.array([block_huffman_length(p, k) for k in n]),
        np.array([expected_length(b, shannon_lengths(b)) / k for b, k in zip(blocks, n, strict=True)]),
    )


@explorer(
    slug="coding-blocks",
    title="One codeword for a block of symbols",
    caption=(
        "Where it begins, with 0.8 for the commonest of three symbols, blocks of two cost less a symbol than single "
        "symbols, and blocks of three less again. Guess: will it go on like that at every step? Then press play, or "
        "drag a large dot. The waste (second picture, on a logarithmic axis) is below 1/n bits a symbol, that is, "
        "below one bit a block; watch how far below."
    ),
    alt=(
        "First picture: cost a symbol against the length of the block, up to the chosen one, for Huffman and Shannon "
        "codes; no point is below the entropy, and all are below a falling curve one n-th of a bit above it. Second "
        "picture: Huffman's waste a symbol on a logarithmic axis, below the falling curve of one n-th of a bit. Large "
        "dots mark the chosen length."
    ),
    controls=[
        Choice("outcomes", "Symbols", {"two": 2, "three": 3}, 3),
        Slider("common", "Probability of the commonest", 0.5, 0.99, 50, 0.8),
        Slider(
            "n",
            "Symbols a block",
            1,
            LONGEST,
            LONGEST,
            3,
            fmt="{:.0f}",
            play=True,
            drag=("now", "wasted-now"),
        ),
    ],
    readouts=[
        Readout("huffman", "Huffman", "bits a symbol", fmt="{:.4f}"),
        Readout("entropy", "Entropy H(P)", "bits a symbol", fmt="{:.4f}"),
        Readout("excess", "Waste", "bits a symbol", fmt="{:.4f}"),
        Readout("block", "Waste of a block", "bits", fmt="{:.4f}"),
        Readout("step", "Against blocks of one symbol fewer", "bits a symbol", fmt="{:+.4f}"),
    ],
    panels=2,
    size=(345, 260),
)
def coding_blocks(left, right):
    n_all, ends = np.arange(1, LONGEST + 1), (0.5, LONGEST + 0.5)
    of_bound = {"color": palette.EXTRA, "linewidth": 1.4, "linestyle": (0, (6, 2, 1, 2))}
    of_huffman = {"color": palette.INK, "markersize": 6, "linewidth": 1.2, "label": "Huffman"}
    of_dot = {"marker": "o", "color": palette.INK, "markersize": 9}
    squares = {"color": palette.MUTED, "markersize": 6, "markerfacecolor": palette.PAPER}
    ax = left.subplots()
    (bound,) = ax.plot(n_all, n_all, label="H + 1/n", gid="bound", **of_bound)
    (shannon,) = ax.plot([], [], "s", label="Shannon", gid="shannon", **squares)
    (huffman,) = ax.plot([], [], "o-", gid="huffman", **of_huffman)
    (dot,) = ax.plot([], [], gid="now", **of_dot)
    (floor,) = ax.plot(ends, [0, 0], label="entropy H", gid="entropy", **palette.LINE["p"])
    ax.set(xlim=ends, ylim=(0, 3), xticks=n_all, xlabel="symbols a block", ylabel="bits a symbol")
    ax.legend(loc="upper right", ncols=2)

    ax = right.subplots()
    ax.plot(n_all, 1 / n_all, label="1/n", gid="most", **of_bound)
    (wasted,) = ax.plot([], [], "o-", gid="wasted", **of_huffman)
    (wasted_dot,) = ax.plot([], [], gid="wasted-now", **of_dot)
    ax.set(xlim=ends, xticks=n_all, xlabel="symbols a block", ylim=(LOWEST / 1.3, 3))
    log_axis(ax, [LOWEST, 0.001, 0.01, 0.1, 1], ["none", "0.001", "0.01", "0.1", "1"], axis="y")
    ax.set_ylabel("waste, bits a symbol")
    ax.legend(loc="upper right", ncols=2)

    def update(outcomes, common, n):
        n = int(n)
        least, costs, costs_shannon = _per_symbol(common, outcomes)
        bound.set_ydata(least + 1 / n_all)
        floor.set_ydata([least, least])
        waste = np.maximum(costs - least, LOWEST)
        huffman.set_data(n_all[:n], costs[:n])
        dot.set_data([n], [costs[n - 1]])
        shannon.set_data(n_all[:n], costs_shannon[:n])
        wasted.set_data(n_all[:n], waste[:n])
        wasted_dot.set_data([n], [waste[n - 1]])
        return {
            "huffman": costs[n - 1],
            "entropy": least,
            "excess": costs[n - 1] - least,
            "block": n * (costs[n - 1] - least),
            "step": costs[n - 1] - costs[n - 2] if n > 1 else "there is no shorter block",
        }

    return update


def huffman_bytes(files, belief):
    """Length in bytes of each file of days, written with the Huffman code for a belief."""
    lengths = huffman_lengths(belief)
    return [len(prefix_encode(days, lengths)) for days in files]


def arithmetic_bytes(files, belief):
    """Length in bytes of the same files, written by the arithmetic coder."""
    frequencies = integer_frequencies(belief)
    return [len(arithmetic_encode(days, frequencies)) for days in files]


CODERS = {"Huffman": huffman_bytes, "arithmetic": arithmetic_bytes}
WORLDS = {"days of P, written for Q": (P, Q), "days of Q, written for P": (Q, P)}


@cache
def _files(world, coder, sample):
    """Bytes of each file of a sample, with the code made for the wrong and with the code made for the right belief."""
    truth, belief = WORLDS[world]
    files = sample_days((FILES, DAYS), truth, seed=FIRST_SEED + sample - 1)
    return np.array([CODERS[coder](files, code_for) for code_for in (belief, truth)])


@explorer(
    slug="coding-closing-in",
    title="Bytes of real files close in on the divergence",
    caption=(
        "Each file holds a hundred days and is written twice, for the right and for the wrong belief. The line is the "
        "average difference of the two lengths so far; drag the dot along it. Sample 1 has the days of the experiment "
        "above; with Huffman it is that experiment. The band is two standard errors wide on each side; with Huffman "
        "about one sample in twenty should end outside of it, and with the arithmetic coder the ends of the files "
        "shift days of Q downwards."
    ),
    alt=(
        "A line, the measured waste in bits a day over the files so far, beside a level dotted line, the divergence, "
        "and a band around it that narrows with the square root of the number of files."
    ),
    controls=[
        Choice("world", "What is written", {w: w for w in WORLDS}, next(iter(WORLDS))),
        Choice("coder", "Coder", {c: c for c in CODERS}, "Huffman"),
        Sample(count=12),
        Slider(
            "files", "Files so far", 2, FILES, 40, FILES, scale="integer", fmt="{}", play=True, drag="now"
        ),
    ],
    readouts=[
        Readout("wrong", "Written for the wrong belief", "bytes", fmt="{:,.0f}"),
        Readout("right", "Written for the right belief", "bytes", fmt="{:,.0f}"),
        *measured_readouts("bits a day", "the divergence"),
    ],
    size=(350, 260),
)
def coding_closing_in(panel):
    expected = {w: kl_divergence(truth, belief) for w, (truth, belief) in WORLDS.items()}
    spread = {
        w: np.sqrt(truth @ (np.log2(truth / belief) - expected[w]) ** 2 / DAYS)
        for w, (truth, belief) in WORLDS.items()
    }
    marks = np.array([2, 3, 4, 5, 6, 8, 10, 13, 16, 20, 25, 32, 40, 50, 63, 80, 100])

    ax = panel.subplots()
    edges = ErrorEdges(ax, marks)
    (level,) = ax.plot([2, FILES], [0, 0], label="divergence", gid="goal", **palette.LINE["d"])
    measured = Measured(ax, np.arange(2, FILES + 1), dot=True)
    ax.set(
        xlim=(2, FILES * 1.06),
        ylim=(0.2, 1.2),
        xlabel="files of a hundred days",
        ylabel="waste, bits a day",
    )
    log_axis(ax, [2, 5, 10, 20, 50, 100])
    ax.legend(loc="upper right")

    def update(world, coder, sample, files):
        wrong, right = _files(world, coder, sample)[:, :files]
        mean, error = measured.show(8 * (wrong - right) / DAYS)
        edges.set_goal(expected[world], spread[world])
        level.set_ydata([expected[world]] * 2)
        return {
            "wrong": wrong.sum(),
            "right": right.sum(),
            "mean": mean,
            "error": error,
            "off": away(mean, error, expected[world]),
        }

    return update


__all__ = [
    "DAYS",
    "FILES",
    "FIRST_SEED",
    "arithmetic_bytes",
    "coding_beliefs",
    "coding_blocks",
    "coding_closing_in",
    "coding_kraft",
    "huffman_bytes",
]
