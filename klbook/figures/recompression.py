"""The figures of the chapter *Recompressing for profit*."""

import math
from fractions import Fraction
from functools import cache
from typing import NamedTuple

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.archive import entropy_of_files
from ..ideas.coding import expected_length, huffman_lengths
from ..ideas.likelihood import additive_smoothing, count_outcomes
from ..ideas.numerics import weighted_sum
from ..ideas.recompression import break_even, learner_surprisals, recoding_saving, table_frequencies
from ..ideas.surprise import kl_divergence
from ..ideas.weather import OUTCOMES, P, Q, sample_days
from .archives import CODERS, LENGTHS, SOURCES, archive_sizes, book_file
from .parts import Bars, in_pieces, legend_above, log_axis, outcome_axis, three, three_bars, three_controls

# -- the meter

#: How the customer's belief divides what it leaves for the second and third symbol: the share of the second.
SHARES = {"equal": 1 / 2, "8 : 1": 8 / 9, "34 : 33": 34 / 67}
#: Symbols a day, and dollars for a bit: a thousand bits cost a cent.
SYMBOLS, DOLLARS = 1_000_000, 1e-5
BELIEFS = sorted({*np.round(np.linspace(0.1, 0.9, 33), 12).tolist(), 0.33})


@cache
def _customers(share):
    """Beliefs of all customers who divide the rest like this, and the lengths of their Huffman codes."""
    beliefs = np.array([three(q, share) for q in BELIEFS])
    return beliefs, huffman_lengths(beliefs)


@explorer(
    slug="recompression-meter",
    title="What the carrier keeps",
    caption=(
        "The customer’s symbols follow P. He codes them with the Huffman code for what he believes, Q; the carrier "
        "recodes them. Each small circle, with the square that belongs to it, is a customer: the slider for Q goes "
        "through them. Look for one on whom an arithmetic coder earns the same although his Q is another. Then "
        "measure along the lengths of his words, and not along Q. You can also drag the tops of the two bars of the "
        "first symbol."
    ),
    alt=(
        "First picture: bars of the true probabilities P and of the customer’s belief Q for three symbols. Second "
        "picture: what the carrier saves, in bits a symbol, against a divergence, with a dotted diagonal where the "
        "two are equal. Circles are savings with an arithmetic coder, squares those with a Huffman code for P, one "
        "of each for every belief; the two of the belief that is set are large."
    ),
    controls=[
        *three_controls("His belief", 0.45, SHARES),
        Choice("along", "Measured along", {"his belief: D(P‖Q)": 0, "his lengths: D(P‖2⁻ˡ)": 1}, 0),
    ],
    readouts=[
        Readout("bits_in", "In, Huffman’s code for Q", "bits a symbol"),
        Readout("ideal", "Saved by an arithmetic coder", "bits a symbol"),
        Readout("huffman", "Saved by Huffman’s code for P", "bits a symbol"),
        Readout("divergence", "Divergence, as measured along", "bits a symbol"),
        Readout("profit", "Profit with the arithmetic coder", "dollars a day", fmt="{:.2f}"),
        Readout("lengths", "Lengths of his words"),
    ],
    panels=2,
    size=(345, 270),
)
def recompression_meter(left, right):
    ax = left.subplots()
    truth_bars, belief_bars = three_bars(ax)

    ax = right.subplots()
    ax.plot([0, 1.6], [0, 1.6], gid="equal", label="saved = divergence", **palette.LINE["d"])
    round_, square = (
        {"linestyle": "none", "marker": marker, "color": colour, "markerfacecolor": palette.PAPER}
        for marker, colour in (("o", palette.P), ("s", palette.INK))
    )
    (squares,) = ax.plot([], [], gid="huffmans", markersize=4, **square)
    (circles,) = ax.plot([], [], gid="ideals", markersize=5, **round_)
    (now_huffman,) = ax.plot(
        [], [], gid="huffman", label="to Huffman for P", markersize=9, markeredgewidth=2, **square
    )
    (now_ideal,) = ax.plot(
        [], [], gid="ideal", label="to arithmetic", markersize=11, markeredgewidth=2, **round_
    )
    ax.set(xlim=(-0.08, 2.7), ylim=(-0.08, 1.6), ylabel="saved, bits a symbol")
    ax.set_xlabel("divergence, bits a symbol")
    ax.set_xticks([0, 0.5, 1, 1.5, 2, 2.5], labels=["0", "0.5", "1", "1.5", "2", "2.5"])
    legend_above(ax, now_ideal, now_huffman)

    def update(p, q, rest, along):
        truth, (beliefs, lengths), k = three(p, 1 / 2), _customers(rest), BELIEFS.index(q)
        own = huffman_lengths(truth)
        divergences = kl_divergence(truth, beliefs)
        saved = recoding_saving(truth, lengths).bits
        saved_huffman = expected_length(truth, lengths) - expected_length(truth, own)
        places = saved if along else divergences
        truth_bars.set_heights(truth)
        belief_bars.set_heights(beliefs[k])
        circles.set_data(places, saved)
        squares.set_data(places, saved_huffman)
        now_ideal.set_data([places[k]], [saved[k]])
        now_huffman.set_data([places[k]], [saved_huffman[k]])
        return {
            "bits_in": expected_length(truth, lengths[k]),
            "ideal": saved[k],
            "huffman": saved_huffman[k],
            "divergence": places[k],
            "profit": saved[k] * SYMBOLS * DOLLARS,
            "lengths": ", ".join(f"{n:.0f}" for n in lengths[k]),
        }

    return update


# -- the arithmetic coder, magnified

DAYS = 12
#: Seed of sample number 1.
FIRST_SEED = 1
#: A row's outline above its lower edge.
_BOX = np.array([0, 0, 0.7, 0.7, 0])


@cache
def _stream(sample):
    return sample_days(DAYS, P, seed=FIRST_SEED + sample - 1)


class _Path(NamedTuple):
    """Before the first day and after each: what the coder believes of the next, its interval, its digits."""

    beliefs: list
    bits: list
    digits: list


@cache
def _path(coder, sample):
    """The coder's way through a stream, in exact fractions."""
    seen, low, width = [0] * len(P), Fraction(0), Fraction(1)
    path = _Path([], [], [])
    for day in [*_stream(sample).tolist(), None]:
        if coder == "learns":
            belief = [Fraction(2 * c + 1, 2 * sum(seen) + len(P)) for c in seen]
        else:
            belief = [Fraction(x) for x in {"P": P, "Q": Q}[coder]]
        path.beliefs.append(np.array(belief, float))
        path.bits.append(math.log2(width.denominator) - math.log2(width.numerator))
        path.digits.append(_certain_digits(low, width))
        if day is not None:
            low, width, seen[day] = low + width * sum(belief[:day]), width * belief[day], seen[day] + 1
    return path


def _certain_digits(low, width):
    """Binary digits behind the point that all numbers from low to below low + width have in common."""
    size = 0
    while math.floor(low * 2 ** (size + 1)) == math.ceil((low + width) * 2 ** (size + 1)) - 1:
        size += 1
    return f"{math.floor(low * 2**size):0{size}b}" if size else ""


@explorer(
    slug="recompression-zoom",
    title="Inside the arithmetic coder",
    caption=(
        "Press play. Each day the coder divides its interval by what it believes, and steps into the piece of what "
        "came, which is then magnified to the full width. The narrower the piece, the more bits. Compare a coder "
        "that believes P, one that believes Q, and one that learns: watch its pieces move."
    ),
    alt=(
        "First picture: a row of four pieces, the interval before the chosen day, in which the piece of that day’s "
        "weather is framed; two lines lead from its ends to the ends of a second row, which is this piece "
        "magnified, divided for the day after. Second picture: steps of the bits so far for coders that believe P, "
        "that believe Q, and that learn, up to the chosen day; a dot marks the chosen coder."
    ),
    controls=[
        Choice("coder", "The coder", {"believes P": "P", "believes Q": "Q", "learns": "learns"}, "P"),
        Sample(count=6),
        Slider("day", "Day", 1, DAYS, DAYS, DAYS, fmt="{:.0f}", play=True, drag="now"),
    ],
    readouts=[
        Readout("came", "Came"),
        Readout("belief", "Believed probability of it", fmt="{:.4f}"),
        Readout("bits", "Bits so far", "bits", fmt="{:.2f}"),
        Readout("digits", "Digits that are certain"),
    ],
    panels=2,
    size=(345, 260),
)
def recompression_zoom(left, right):
    ax = left.subplots()
    rows = {"before": 1.5, "after": 0.0}
    edges = {}
    for name, low in rows.items():
        frame = {"color": palette.INK, "linewidth": 1.2}
        edges[name] = ax.plot([], [], gid=f"{name}-edges", **frame)[0]
        ax.plot([0, 1, 1, 0, 0], low + _BOX, gid=f"{name}-frame", **frame)
    (piece,) = ax.plot([], [], color=palette.P, linewidth=3.5, gid="piece")
    (lens,) = ax.plot([], [], color=palette.P, linewidth=1.2, linestyle=(0, (3, 2)), gid="lens")
    centred = {"ha": "center", "va": "center", "fontsize": 11.5}
    names = {
        row: [ax.text(0, low + 0.35, "", gid="name", **centred) for _ in OUTCOMES]
        for row, low in rows.items()
    }
    note = {"va": "center", "color": palette.MUTED, "gid": "said"}
    said = {row: ax.text(0, y, "", **note) for row, y in (("before", 2.36), ("after", -0.2))}
    ax.set(xlim=(-0.01, 1.01), ylim=(-0.36, 2.52), xticks=[], yticks=[])
    ax.grid(visible=False)
    for spine in ax.spines.values():
        spine.set_visible(False)

    ax = right.subplots()
    styles = {
        "P": palette.LINE["p"] | {"label": "believes P"},
        "Q": palette.LINE["q"] | {"label": "believes Q"},
        "learns": {"color": palette.INK, "linewidth": 1.6, "linestyle": (0, (6, 2, 1, 2)), "label": "learns"},
    }
    lines = {coder: ax.plot([], [], gid=f"bits-{coder}", **style)[0] for coder, style in styles.items()}
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=9, gid="now")
    ax.set(xlim=(-0.2, DAYS + 0.4), ylim=(0, 34), xlabel="day", ylabel="bits so far")
    ax.set_xticks(range(0, DAYS + 1, 2), labels=[f"{k}" for k in range(0, DAYS + 1, 2)])
    legend_above(ax, ncols=3, columnspacing=1, handlelength=1.8)

    def update(coder, sample, day):
        day, path, came = int(day), _path(coder, sample), int(_stream(sample)[int(day) - 1])
        for (row, low), at in zip(rows.items(), (day - 1, day), strict=True):
            belief = path.beliefs[at]
            ends = np.cumsum(belief)
            inner = ends[:-1]
            edges[row].set_data(
                *in_pieces(np.column_stack([inner, inner]), np.tile([low, low + 0.7], (3, 1)))
            )
            for name, middle, width, outcome in zip(
                names[row], ends - belief / 2, belief, OUTCOMES, strict=True
            ):
                name.set_x(middle)
                name.set_text(outcome if width > 0.12 else outcome[0] if width > 0.045 else "")
        said["before"].set_text(f"before day {day}: {path.bits[day - 1]:.2f} bits so far")
        said["after"].set_text(f"magnified, for the day after: {path.bits[day]:.2f} bits so far")
        start = path.beliefs[day - 1][:came].sum()
        stop = start + path.beliefs[day - 1][came]
        piece.set_data([start, stop, stop, start, start], rows["before"] + _BOX)
        lens.set_data(*in_pieces([[start, 0], [stop, 1]], [[rows["before"], 0.7]] * 2))
        for name, line in lines.items():
            line.set_data(np.arange(day + 1), _path(name, sample).bits[: day + 1])
        dot.set_data([day], [path.bits[day]])
        return {
            "came": OUTCOMES[came],
            "belief": path.beliefs[day - 1][came],
            "bits": path.bits[day],
            "digits": f"0.{path.digits[day]}…",
        }

    return update


# -- a table, or a learner?

#: Bytes of each text, and the lengths at which the curves are drawn.
TEXT_BYTES = 10_000
TEXTS = {"prose of this book": "prose.md", "its explorers’ script": "explorer.js"}
SHOWN = np.unique(np.geomspace(100, TEXT_BYTES, 60).astype(int))
#: Where the picture ends below.
LOWEST_SAVING = -3.0


@cache
def text_bytes(name):
    """The first bytes of a file of this book, as symbols."""
    return np.frombuffer(book_file(name)[:TEXT_BYTES], np.uint8).astype(np.int64)


@cache
def customer_lengths(made_for):
    """Huffman's lengths for the bytes of a text, each as if it had come half a time more; None: eight bits each."""
    if made_for is None:
        return np.full(256, 8.0)
    return huffman_lengths(additive_smoothing(count_outcomes(text_bytes(made_for), 256), 1 / 2))


class Bill(NamedTuple):
    """Bits of the first 1, 2, …, n bytes of a text: as they came, with a table, its own part, and with a learner."""

    came: np.ndarray
    with_table: np.ndarray
    table: np.ndarray
    learned: np.ndarray


@cache
def bill(text, made_for, weight):
    """What each beginning of a text costs."""
    symbols = text_bytes(text)
    comes = np.unique(symbols)
    counts = np.cumsum(symbols[:, None] == comes, axis=0)
    frequencies = table_frequencies(counts)
    with np.errstate(divide="ignore", invalid="ignore"):
        bits = np.log2(frequencies.sum(axis=1, keepdims=True) / frequencies)
    coded = weighted_sum(counts, bits)
    table = 8.0 * (32 + (counts > 0).sum(axis=1))
    return Bill(
        np.cumsum(customer_lengths(made_for)[symbols]),
        coded + table,
        table,
        np.cumsum(learner_surprisals(symbols, 256, weight)),
    )


@cache
def _known_frequencies(text, made_for):
    """What would be saved a byte of each shown beginning if its frequencies were known: the divergence."""
    counts = np.array([count_outcomes(text_bytes(text)[:n], 256) for n in SHOWN])
    return recoding_saving(counts / counts.sum(axis=1, keepdims=True), customer_lengths(made_for)).bits


def _from(length):
    return "none of these" if length is None else f"{length:,} bytes"


@explorer(
    slug="recompression-break-even",
    title="From which length on does it pay?",
    caption=(
        "A message comes in a Huffman code. The carrier recodes its first n bytes: he sends a table of their "
        "frequencies along, or lets both ends learn. Bits are counted; on the wire a message ends with a whole "
        "byte. The dotted curve is what he would save if the other end knew the frequencies already. Where a curve "
        "is above the level line, the carrier earns; drag the dot. Which pays sooner, and does the other one ever "
        "overtake it?"
    ),
    alt=(
        "Saved bits a byte against the length of the message, on a logarithmic axis: a dotted curve, the "
        "divergence, with nothing to send; a line with a table sent along, and a line of dashes and dots for the "
        "learner, both below the dotted curve, cut off three bits below zero. A level line marks zero, a dot the "
        "chosen length on the learner’s line."
    ),
    controls=[
        Choice("text", "The message", TEXTS, "prose.md"),
        Choice(
            "code",
            "The customer’s code",
            {"made for the other text": "other", "eight bits a byte": "none", "made for this text": "same"},
            "other",
        ),
        Choice("weight", "The learner’s head start", {"a half each": 2, "1/20 each": 20}, 2),
        Slider("n", "Bytes", 100, TEXT_BYTES, 41, 100, scale="integer", fmt="{:,}", play=True, drag="now"),
    ],
    readouts=[
        Readout("came", "Came in", "bytes", fmt="{:,.1f}"),
        Readout("with_table", "With a table", "bytes", fmt="{:,.1f}"),
        Readout("table", "Of these, the table", "bytes", fmt="{:,.0f}"),
        Readout("learned", "With a learner", "bytes", fmt="{:,.1f}"),
        Readout("table_pays", "A table pays from"),
        Readout("learner_pays", "A learner pays from"),
    ],
    size=(350, 280),
)
def recompression_break_even(panel):
    ax = panel.subplots()
    ax.plot([90, 11_000], [0, 0], color=palette.MUTED, linewidth=1.2, gid="zero")
    (known,) = ax.plot([], [], label="nothing to send: D", gid="known", **palette.LINE["d"])
    (tabled,) = ax.plot([], [], label="table", gid="tabled", **palette.LINE["p"])
    dashes = {"color": palette.INK, "linewidth": 1.8, "linestyle": (0, (6, 2, 1, 2))}
    (learned,) = ax.plot([], [], label="learner", gid="learned", **dashes)
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=9, gid="now")
    ax.set(
        xlim=(90, 11_000),
        ylim=(LOWEST_SAVING - 0.15, 4.6),
        xlabel="bytes of the message",
        ylabel="saved, bits a byte",
    )
    log_axis(ax, [100, 300, 1000, 3000, 10_000])
    legend_above(ax, ncols=3, columnspacing=0.9, handlelength=1.6, handletextpad=0.4)

    def update(text, code, weight, n):
        made_for = {"none": None, "same": text, "other": next(t for t in TEXTS.values() if t != text)}[code]
        costs = bill(text, made_for, weight)

        def saved(cost, lengths):
            return np.maximum((costs.came - cost)[lengths - 1] / lengths, LOWEST_SAVING)

        known.set_data(SHOWN, _known_frequencies(text, made_for))
        tabled.set_data(SHOWN, saved(costs.with_table, SHOWN))
        learned.set_data(SHOWN, saved(costs.learned, SHOWN))
        dot.set_data([n], saved(costs.learned, np.array([n])))
        return {
            "came": costs.came[n - 1] / 8,
            "with_table": costs.with_table[n - 1] / 8,
            "table": costs.table[n - 1] / 8,
            "learned": costs.learned[n - 1] / 8,
            "table_pays": _from(break_even(costs.came - costs.with_table)),
            "learner_pays": _from(break_even(costs.came - costs.learned)),
        }

    return update


# -- the archive

#: Where the logarithmic axis of the excess ends: below it is none, or next to none.
NEXT_TO_NONE = 1e-5
#: Errors below this share of the waste are hidden by the marks.
SHORTEST_STROKE = 0.05
#: The longest bar, in bits a symbol; a longer one is cut off, with its number above.
TALLEST = 10.0
_LOOKS = {
    "knows": {"color": palette.P, "marker": "o", "linestyle": "-"},
    "learns": {"color": palette.MUTED, "marker": "D", "linestyle": (0, (6, 2, 1, 2))},
    ".zip": {"color": palette.INK, "marker": "s", "linestyle": "-"},
    ".7z": {"color": palette.EXTRA, "marker": "^", "linestyle": (0, (5, 2))},
}
_FLOOR = palette.LINE["p"] | {"linewidth": 1.6, "linestyle": (0, (2, 2))}
_BARS = {
    "knows": palette.BAR["p"],
    "learns": {"facecolor": palette.PAPER, "edgecolor": palette.MUTED, "hatch": "---", "linewidth": 1},
    ".zip": {"facecolor": palette.INK, "edgecolor": palette.INK, "linewidth": 1},
    ".7z": {"facecolor": palette.PAPER, "edgecolor": palette.EXTRA, "hatch": "xx", "linewidth": 1},
}


@cache
def _floor(source):
    """Entropy of a file of each length, in bits a symbol."""
    return np.array([entropy_of_files(SOURCES[source], n) / n for n in LENGTHS])


@cache
def _wastes(source, counted):
    """Waste a symbol of each coder at each length; and strokes of two standard errors, where they can be seen."""
    sizes, lengths = archive_sizes(), np.array(LENGTHS)
    wastes, x, ends = {}, [], []
    for coder in CODERS:
        each = [sizes[source, n, coder, counted] for n in LENGTHS]
        waste, twice = (
            np.array(values) / lengths
            for values in zip(*((s.excess, 2 * s.error) for s in each), strict=True)
        )
        seen = twice > SHORTEST_STROKE * waste
        wastes[coder] = waste
        x.append(np.column_stack([lengths, lengths])[seen])
        ends.append(np.column_stack([waste - twice, waste + twice])[seen])
    return wastes, in_pieces(np.concatenate(x), np.maximum(np.concatenate(ends), NEXT_TO_NONE))


@explorer(
    slug="recompression-archive",
    title="What a compressor wastes, where the truth is known",
    caption=(
        "Sixteen files of each source and length were packed by an arithmetic coder that knows the source, by one "
        "that learns how often each byte comes, and as .zip and .7z. (The first two are told how many symbols a "
        "file has; archives say it.) First picture: bits a symbol, at most ten, from the entropy upwards what is "
        "wasted: what sixteen files tell of D. Second: the waste against the length; drag the upright line. For "
        "which sources does .7z overtake .zip, and where? Which waste can you see level off?"
    ),
    alt=(
        "First picture: four bars, bits a symbol for a coder that knows the source, one that learns, .zip and .7z, "
        "cut off at ten bits, each with its waste above it; a line marks the entropy. Second picture, both axes "
        "logarithmic: for each of the four the waste a symbol against the symbols of a file, with upright strokes "
        "of two standard errors to each side where they are longer than the marks, and an upright line at the "
        "chosen length."
    ),
    controls=[
        Choice("source", "The source", {name: name for name in SOURCES}, "days of P"),
        Choice("counted", "Counted", {"the whole archive": "all", "the packed data alone": "data"}, "all"),
        Slider(
            "n",
            "Symbols of a file",
            LENGTHS[0],
            LENGTHS[-1],
            2,
            1_000,
            scale="integer",
            fmt="{:,}",
            extra=LENGTHS[1:-1],
            drag="here",
        ),
    ],
    readouts=[
        Readout("entropy", "Entropy H", "bits a symbol", fmt="{:.4f}"),
        *(
            Readout(name, label, "bits a symbol", fmt="{:.4f}")
            for name, label in (
                ("knows", "Waste, source known"),
                ("learns", "Waste, learner"),
                ("zip", "Waste, .zip"),
                ("seven", "Waste, .7z"),
                ("difference", ".zip minus .7z"),
            )
        ),
    ],
    panels=2,
    size=(345, 290),
)
def recompression_archive(left, right):
    ax = left.subplots()
    x = outcome_axis(ax, list(CODERS))
    bars = {
        coder: Bars(ax, [place], 0, 0.6, gid=f"bar-{coder.strip('.')}", **style)
        for place, (coder, style) in zip(x, _BARS.items(), strict=True)
    }
    (floor,) = ax.plot([-0.6, len(x) - 0.4], [0, 0], label="entropy H", gid="floor", **_FLOOR)
    above = {"ha": "center", "va": "bottom", "fontsize": 11.5, "gid": "waste"}
    numbers = [ax.text(place, 0, "", **above) for place in x]
    ax.set(ylim=(0, TALLEST + 1.4), ylabel="bits a symbol")
    ax.grid(axis="x", visible=False)
    legend_above(ax)

    ax = right.subplots()
    (spread,) = ax.plot([], [], color=palette.INK, linewidth=1.2, gid="spread")
    lines = {}
    for coder, look in _LOOKS.items():
        style = {"markersize": 6, "linewidth": 1.4, "markerfacecolor": palette.PAPER} | look
        (lines[coder],) = ax.plot([], [], label=coder, gid=f"line-{coder.strip('.')}", **style)
    here = ax.axvline(LENGTHS[0], color=palette.INK, linewidth=1.4, gid="here")
    ax.set(xlim=(7, 150_000), ylim=(NEXT_TO_NONE / 1.6, 300), xlabel="symbols of a file")
    log_axis(ax, LENGTHS[::2], ["10", "100", "1,000", "10⁴", "10⁵"])
    log_axis(
        ax,
        [NEXT_TO_NONE, 1e-3, 0.01, 0.1, 1, 10, 100],
        ["none", "0.001", "0.01", "0.1", "1", "10", "100"],
        axis="y",
    )
    ax.set_ylabel("waste D, bits a symbol")
    legend_above(ax, *lines.values(), ncols=4, columnspacing=0.9, handlelength=1.6, handletextpad=0.4)

    def update(source, counted, n):
        k, least = LENGTHS.index(n), _floor(source)
        wastes, strokes = _wastes(source, counted)
        for number, coder in zip(numbers, CODERS, strict=True):
            waste = wastes[coder][k]
            height = min(least[k] + waste, TALLEST)
            bars[coder].set_heights([height])
            number.set_y(height + 0.1)
            number.set_text(f"+{waste:.2f}" if waste < 10 else f"+{waste:.0f}")
            lines[coder].set_data(LENGTHS, np.maximum(wastes[coder], NEXT_TO_NONE))
        found = {coder: waste[k] for coder, waste in wastes.items()}
        floor.set_ydata([least[k]] * 2)
        here.set_xdata([n, n])
        spread.set_data(*strokes)
        return {
            "entropy": least[k],
            "knows": found["knows"],
            "learns": found["learns"],
            "zip": found[".zip"],
            "seven": found[".7z"],
            "difference": found[".zip"] - found[".7z"],
        }

    return update


__all__ = [
    "DOLLARS",
    "SYMBOLS",
    "TEXTS",
    "TEXT_BYTES",
    "Bill",
    "bill",
    "customer_lengths",
    "recompression_archive",
    "recompression_break_even",
    "recompression_meter",
    "recompression_zoom",
    "text_bytes",
]
