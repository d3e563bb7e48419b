"""The figures of the chapter *Suboptimal coding*."""

from functools import cache

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

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
from .parts import Bars, ErrorEdges, Measured, away, log_axis

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


class Boxes(PathPatch):
    """Upright boxes of one style that change together, as one artist."""

    def __init__(self, ax, **style):
        super().__init__(Path(np.zeros((1, 2))), **{"joinstyle": "miter"} | style)
        ax.add_patch(self)

    def set_boxes(self, boxes):
        """Each box as left, bottom, width, height."""
        corners = [[(x, y), (x + w, y), (x + w, y + h), (x, y + h), (x, y)] for x, y, w, h in boxes]
        points = np.array(corners, float).reshape(-1, 2)
        if len(points):
            self.set_path(Path(points, [1, 2, 2, 2, 79] * len(boxes)))
        self.set_visible(len(points) > 0)
        self.stale = True


def _lengths_slider(k, initial):
    return Slider(f"l{k}", f"Bits for {OUTCOMES[k]}", 1, 5, 5, initial, fmt="{:.0f}")


@explorer(
    slug="coding-kraft",
    title="Choose the lengths of four codewords",
    caption=(
        "A codeword of l bits takes a piece of width 2⁻ˡ, and all of them must fit into a width of 1. It begins with "
        "the old town’s code. Look for the code that costs least in the new town. What do the two kinds of bars look "
        "like then?"
    ),
    alt=(
        "First picture: the unit interval with one piece for each codeword that fits, side by side from 0 on, the "
        "widest first; the rest of it is grey, and what does not fit stands in a second row. Second picture: bars of "
        "the true probabilities P beside the widths of the pieces."
    ),
    controls=[_lengths_slider(k, initial) for k, initial in enumerate((3, 1, 2, 3))],
    readouts=[
        Readout("kraft", "Room used"),
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
    Boxes(ax, facecolor=palette.GRID, edgecolor=palette.MUTED, linewidth=1).set_boxes([(0, 0.62, 1, 1.38)])
    fits = Boxes(ax, facecolor=palette.PAPER, edgecolor=palette.Q, linewidth=1.8)
    over = Boxes(ax, facecolor=palette.PAPER, edgecolor=palette.MUTED, linewidth=1.2, linestyle=(0, (3, 2)))
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.22, 2.03), yticks=[], xlabel="from 0 to 1")
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "¼", "½", "¾", "1"])
    ax.grid(visible=False)
    ax.spines["left"].set_visible(False)
    note = ax.text(0, 0.47, "", va="center", color=palette.MUTED)
    names = [
        ax.text(0, 0, "", ha="center", va="center", fontsize=11.5, rotation=90, rotation_mode="anchor")
        for _ in OUTCOMES
    ]

    x = np.arange(len(P))
    ax = right.subplots()
    Bars(ax, x - 0.2, P, 0.38, label="truth P", **palette.BAR["p"])
    model = Bars(ax, x + 0.2, Q, 0.38, label="piece 2⁻ˡ", **palette.BAR["q"])
    ax.set(xlim=(-0.6, 3.6), xticks=x, xticklabels=OUTCOMES, ylim=(0, 0.62), ylabel="probability")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)
    least = entropy(P)

    def update(l0, l1, l2, l3):
        lengths = np.array([l0, l1, l2, l3])
        widths, begins, used = implied_model(lengths), places(lengths), kraft_sum(lengths)
        inside = begins < 1
        fits.set_boxes([(begins[k], 0.62, widths[k], 1.38) for k in x[inside]])
        over.set_boxes([(begins[k] - 1, -0.2, widths[k], 0.52) for k in x[~inside]])
        feasible = used <= 1
        words = canonical_code(lengths) if feasible else [""] * len(x)
        for k, name in enumerate(names):
            place = begins[k] % 1 + widths[k] / 2, 1.31 if inside[k] else 0.06
            if name.get_position() != place:  # what did not change is not drawn again
                name.set_position(place)
            name.set_text(f"{OUTCOMES[k]} {words[k]}".strip())
        note.set_text(
            "no room left for:" if used > 1 else "grey: room left unused" if used < 1 else "all room used"
        )
        model.set_heights(widths)
        cost = expected_length(P, lengths)
        nothing = "no such code"
        return [fits, over, note, *names, model], {
            "kraft": f"{used:.5g} of 1" + ("" if feasible else ": too much"),
            "code": ", ".join(f"{o} {w}" for o, w in zip(OUTCOMES, words, strict=True))
            if feasible
            else "none: these lengths do not fit",
            "cost": cost if feasible else nothing,
            "waste": cost - least if feasible else nothing,
            "room": surprisal(used) if feasible else nothing,
        }

    return update


#: How a belief divides what it leaves for the second and third outcome: the share of the second.
SHARES = {"equal": 1 / 2, "8 : 1": 8 / 9, "1 : 0": 1.0, "34 : 33": 34 / 67}


def three(first, share):
    """Three outcomes: the first, and the second's share of the rest."""
    return np.array([first, (1 - first) * share, (1 - first) * (1 - share)])


KINDS = {"ideal": ideal_lengths, "Shannon": shannon_lengths, "Huffman": huffman_lengths}


@cache
def _lengths(first, share):
    """A distribution of three outcomes, and the lengths that suit it: one row for each kind."""
    q = three(first, share)
    return q, np.array([lengths(q) for lengths in KINDS.values()])


@cache
def _costs_of_truth(p):
    """A truth of three outcomes, its entropy, and what a day costs with the code made for it, of each kind."""
    truth, lengths = _lengths(p, 1 / 2)
    return truth, entropy(truth), expected_length(truth, lengths)


_IMPOSSIBLE = "Q has no codeword for what P lets happen"


@explorer(
    slug="coding-beliefs",
    title="A code for P and a code for Q, of three kinds",
    caption=(
        "Three symbols that follow P. For each kind of lengths: what a symbol costs with the code for P and with the "
        "code for Q, and by how much they differ. Only for the ideal lengths is that always D(P‖Q); another kind may "
        "agree with it by chance. Look for a wrong Q with which Huffman wastes nothing, and for one with which "
        "it wastes more than D."
    ),
    alt=(
        "First picture: bars of the probabilities P and Q of three symbols. Second picture: for ideal, Shannon and "
        "Huffman lengths two bars, the cost of a symbol with the code for P and with the code for Q, cut off at 4.2 "
        "bits if it is more, with the difference written above, and a line at the entropy of P."
    ),
    controls=[
        Slider("p", "Truth: probability of the first", 0.4, 0.9, 11, 0.8),
        Slider("q", "Belief: probability of the first", 0.1, 0.9, 33, 0.3, fmt="{:.3f}", extra=(0.33,)),
        Choice("rest", "Belief: the rest, second to third", SHARES, 1 / 2),
    ],
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
    x, top = np.arange(3), 4.2
    ax = left.subplots()
    truth_bars = Bars(ax, x - 0.2, x, 0.38, label="truth P", **palette.BAR["p"])
    belief_bars = Bars(ax, x + 0.2, x, 0.38, label="belief Q", **palette.BAR["q"])
    ax.set(
        xlim=(-0.6, 2.6),
        xticks=x,
        xticklabels=["first", "second", "third"],
        ylim=(0, 1.08),
        ylabel="probability",
    )
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)

    ax = right.subplots()
    right_code = Bars(ax, x - 0.2, x, 0.38, label="code for P", **palette.BAR["p"])
    wrong_code = Bars(ax, x + 0.2, x, 0.38, label="code for Q", **palette.BAR["q"])
    (floor,) = ax.plot([-0.6, 2.6], [0, 0], color=palette.INK, linewidth=1.2, label="entropy H(P)")
    numbers = [ax.text(place, 0, "", ha="center", va="bottom", fontsize=11.5) for place in x + 0.2]
    ax.set(xlim=(-0.6, 2.6), xticks=x, xticklabels=list(KINDS), ylim=(0, top + 1.6), ylabel="bits a symbol")
    ax.set_yticks(range(5))
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)

    def update(p, q, rest):
        truth, least, costs_right = _costs_of_truth(p)
        belief, lengths = _lengths(q, rest)
        costs_wrong = expected_length(truth, lengths)
        waste = costs_wrong - costs_right
        truth_bars.set_heights(truth)
        belief_bars.set_heights(belief)
        right_code.set_heights(costs_right)
        wrong_code.set_heights(np.minimum(costs_wrong, top))
        if floor.get_ydata()[0] != least:
            floor.set_ydata([least, least])
        for number, cost, more in zip(numbers, costs_wrong, waste, strict=True):
            if number.get_position()[1] != min(cost, top) + 0.08:
                number.set_y(min(cost, top) + 0.08)
            number.set_text("∞" if np.isinf(cost) else f"{round(more, 2) + 0:+.2f}".replace("-", "−"))
        return [truth_bars, belief_bars, right_code, wrong_code, floor, *numbers], {
            "entropy": least,
            "ideal": kl_divergence(truth, belief),
            "shannon": waste[1],
            "huffman": waste[2],
            "lengths": ", ".join("none" if np.isinf(n) else f"{n:.0f}" for n in lengths[2]),
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
        "symbols, and blocks of three less again. Guess: will it go on like that at every step? Then press play. The "
        "waste (second picture, on a logarithmic axis) is below 1/n bits a symbol, that is, below one bit a block; "
        "watch how far below."
    ),
    alt=(
        "First picture: cost a symbol against the length of the block, up to the chosen one, for Huffman and Shannon "
        "codes; no point is below the entropy, and all are below a falling curve one n-th of a bit above it. Second "
        "picture: Huffman's waste a symbol on a logarithmic axis, below the falling curve of one n-th of a bit."
    ),
    controls=[
        Choice("outcomes", "Symbols", {"two": 2, "three": 3}, 3),
        Slider("common", "Probability of the commonest", 0.5, 0.99, 50, 0.8),
        Slider("n", "Symbols a block", 1, LONGEST, LONGEST, 3, fmt="{:.0f}", play=True),
    ],
    readouts=[
        Readout("huffman", "Huffman", "bits a symbol", fmt="{:.4f}"),
        Readout("entropy", "Entropy H(P)", "bits a symbol", fmt="{:.4f}"),
        Readout("excess", "Waste", "bits a symbol", fmt="{:.4f}"),
        Readout("block", "Waste of a block", "bits", fmt="{:.4f}"),
        Readout("step", "Compared with blocks of one symbol fewer"),
    ],
    panels=2,
    size=(345, 260),
)
def coding_blocks(left, right):
    n_all = np.arange(1, LONGEST + 1)
    ax = left.subplots()
    (bound,) = ax.plot(
        n_all, n_all, color=palette.EXTRA, linewidth=1.4, linestyle=(0, (6, 2, 1, 2)), label="H + 1/n"
    )
    (shannon,) = ax.plot(
        [], [], "s", color=palette.MUTED, markersize=6, markerfacecolor=palette.PAPER, label="Shannon"
    )
    (huffman,) = ax.plot([], [], "o-", color=palette.INK, markersize=6, linewidth=1.2, label="Huffman")
    (floor,) = ax.plot([0.5, LONGEST + 0.5], [0, 0], label="entropy H", **palette.LINE["p"])
    ax.set(
        xlim=(0.5, LONGEST + 0.5), ylim=(0, 3), xticks=n_all, xlabel="symbols a block", ylabel="bits a symbol"
    )
    ax.legend(loc="upper right", ncols=2)

    ax = right.subplots()
    ax.plot(n_all, 1 / n_all, color=palette.EXTRA, linewidth=1.4, linestyle=(0, (6, 2, 1, 2)), label="1/n")
    (wasted,) = ax.plot([], [], "o-", color=palette.INK, markersize=6, linewidth=1.2, label="Huffman")
    ax.set(
        xlim=(0.5, LONGEST + 0.5),
        xticks=n_all,
        xlabel="symbols a block",
        yscale="log",
        ylim=(LOWEST / 1.3, 3),
    )
    ax.set_yticks([LOWEST, 0.001, 0.01, 0.1, 1], labels=["none", "0.001", "0.01", "0.1", "1"])
    ax.minorticks_off()
    ax.set_ylabel("waste, bits a symbol")
    ax.legend(loc="upper right", ncols=2)

    def update(outcomes, common, n):
        n = int(n)
        least, of_huffman, of_shannon = _per_symbol(common, outcomes)
        seen = n_all[:n]
        if floor.get_ydata()[0] != least:
            bound.set_ydata(least + 1 / n_all)
            floor.set_ydata([least, least])
        huffman.set_data(seen, of_huffman[:n])
        shannon.set_data(seen, of_shannon[:n])
        wasted.set_data(seen, np.maximum(of_huffman[:n] - least, LOWEST))
        change = of_huffman[n - 1] - of_huffman[n - 2] if n > 1 else 0.0
        size = f"{abs(change):.4f} bits a symbol"
        step = "the same" if float(f"{change:.4f}") == 0 else size + (" more" if change > 0 else " less")
        return [bound, shannon, huffman, floor, wasted], {
            "huffman": of_huffman[n - 1],
            "entropy": least,
            "excess": of_huffman[n - 1] - least,
            "block": n * (of_huffman[n - 1] - least),
            "step": step if n > 1 else "there is no shorter block",
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
        "average difference of the two lengths so far. Sample 1 has the days of the experiment above; with Huffman it "
        "is that experiment. The band is two standard errors wide on each side; with Huffman about one sample in "
        "twenty should end outside of it, and with the arithmetic coder the ends of the files shift days of Q "
        "downwards."
    ),
    alt=(
        "A line, the measured waste in bits a day over the files so far, beside a level dotted line, the divergence, "
        "and a band around it that narrows with the square root of the number of files."
    ),
    controls=[
        Choice("world", "What is written", {w: w for w in WORLDS}, next(iter(WORLDS))),
        Choice("coder", "Coder", {c: c for c in CODERS}, "Huffman"),
        Sample(count=12),
        Slider("files", "Files so far", 2, FILES, 40, FILES, scale="integer", fmt="{}", play=True),
    ],
    readouts=[
        Readout("wrong", "Written for the wrong belief", "bytes", fmt="{:,.0f}"),
        Readout("right", "Written for the right belief", "bytes", fmt="{:,.0f}"),
        Readout("waste", "Measured waste", "bits a day"),
        Readout("error", "Standard error", "bits a day"),
        Readout("off", "Away from the divergence by", "standard errors", fmt="{:.1f}"),
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
        if level.get_ydata()[0] != expected[world]:
            edges.set_goal(expected[world], spread[world])
            level.set_ydata([expected[world]] * 2)
        return [*edges.lines, level, *measured.artists], {
            "wrong": wrong.sum(),
            "right": right.sum(),
            "waste": mean,
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
