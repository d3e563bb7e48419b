"""The figures of the chapter *A gentle start*."""

import math
from fractions import Fraction
from functools import cache

import numpy as np
from matplotlib.patches import PathPatch, Rectangle
from matplotlib.path import Path

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette, power_text
from ..ideas.coding import huffman_lengths
from ..ideas.surprise import cross_entropy, entropy, kl_divergence, surprisal
from ..ideas.weather import OUTCOMES, P, Q, sample_days
from .parts import Measured, away, error_band, in_pieces, log_axis, looks, measured_readouts

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 20

# -- the chessboard

SIDE, GAMES = 8, 20
_FILES = "abcdefgh"


@cache
def _square(game):
    """The friend's square in one game: the numbers of its file and of its rank, from 0."""
    # The stride keeps neighbouring games in different parts of the board, and no square comes twice.
    return divmod((27 * game + 8) % SIDE**2, SIDE)


def left_over(game, answers):
    """Bounds of the squares that are left after some answers: (file, file), (rank, rank), the second excluded."""
    bounds = [(0, SIDE), (0, SIDE)]
    for k in range(answers):
        (low, high), at = bounds[k % 2], _square(game)[k % 2]
        middle = (low + high) // 2
        bounds[k % 2] = (low, middle) if at < middle else (middle, high)
    return tuple(bounds)


def _said(game, answers):
    """The last question, and its answer."""
    if not answers:
        return "none yet"
    k = answers - 1
    low, high = left_over(game, k)[k % 2]
    names = ["abcdefgh", "12345678"][k % 2][low : (low + high) // 2]
    kind = ["file", "rank"][k % 2]
    which = f"{kind} {names}" if len(names) == 1 else f"{kind}s {names[0]} to {names[-1]}"
    yes = left_over(game, answers)[k % 2][0] == low
    return f"Is it in {which}? {'Yes' if yes else 'No'}"


@explorer(
    slug="gentle-chessboard",
    title="Halving a chessboard",
    caption=(
        "Each answer halves what is left. Go through a game answer by answer (drag the coloured bar), or press play; "
        "then try other games. The square differs, the number of questions does not."
    ),
    alt=(
        "First picture: a chessboard on which the squares that are still possible are coloured. Second picture: a "
        "bar for each number of answers from none to six, the share of the board that is left after them: one, "
        "one half, one quarter and so on; the bar of the answers given so far is coloured."
    ),
    controls=[
        Slider("answers", "Answers so far", 0, 6, 7, 2, fmt="{:.0f}", play=True, drag="now"),
        Sample("game", "Game number", GAMES),
    ],
    readouts=[
        Readout("question", "Last question"),
        Readout("left", "Squares left", fmt="{:.0f}"),
        Readout("share", "Share of the board"),
        Readout("halvings", "Surprise so far"),
    ],
    panels=2,
    size=(300, 265),
)
def gentle_chessboard(left, right):
    ax = left.subplots()
    ax.set(
        xlim=(0, SIDE), ylim=(0, SIDE), aspect="equal",
        xticks=np.arange(SIDE) + 0.5, xticklabels=_FILES,
        yticks=np.arange(SIDE) + 0.5, yticklabels=range(1, SIDE + 1),
    )  # fmt: skip
    ax.tick_params(length=0)
    ax.grid(visible=False)
    corners = [(x, y) for x in range(SIDE) for y in range(SIDE) if (x + y) % 2 == 0]
    squares = (Path(Path.unit_rectangle().vertices + corner, closed=True) for corner in corners)
    board = Path.make_compound_path(*squares)
    ax.add_patch(PathPatch(board, facecolor=palette.GRID, linewidth=0, gid="board"))
    style = {"facecolor": palette.EXTRA, "edgecolor": palette.EXTRA, "alpha": 0.55, "linewidth": 2}
    possible = ax.add_patch(Rectangle((0, 0), 1, 1, gid="possible", **style))

    ax = right.subplots()
    x = np.arange(7)
    ax.bar(x, 0.5**x, 0.62, facecolor=palette.GRID, edgecolor=palette.MUTED, linewidth=0.8, gid="shares")
    now = ax.add_patch(Rectangle((0, 0), 0.62, 1, facecolor=palette.EXTRA, linewidth=0, gid="now"))
    words = ax.text(0, 0, "", ha="center", va="bottom", fontweight="bold", gid="share")
    ax.set(
        xlim=(-0.6, 6.7), ylim=(0, 1.12), xticks=x, xlabel="answers so far", ylabel="share of the board left"
    )
    ax.grid(axis="x", visible=False)

    def update(answers, game):
        answers = int(answers)
        (x0, x1), (y0, y1) = left_over(game, answers)
        possible.set_bounds(x0, y0, x1 - x0, y1 - y0)
        share = Fraction((x1 - x0) * (y1 - y0), SIDE**2)
        now.set_bounds(answers - 0.31, 0, 0.62, float(share))
        words.set_position((answers, float(share) + 0.015))
        words.set_text(str(share))
        halvings = f"{surprisal(float(share)):.0f}"
        return {
            "question": _said(game, answers),
            "left": share * SIDE**2,
            "share": str(share),
            "halvings": f"{halvings} halving{'' if halvings == '1' else 's'}",
        }

    return update


# -- halvings between the whole numbers

TIMES = 40
CHANCES = tuple(
    Fraction(a, b) for a, b in ((1, 10), (1, 6), (1, 5), (1, 3), (2, 5), (3, 5), (2, 3), (3, 4), (9, 10))
)


def whole_halvings(chance):
    """How many times 1 can be halved without falling below a chance, a Fraction: counted, exactly."""
    return (chance.denominator // chance.numerator).bit_length() - 1


def _one_in(chance):
    """A chance in words."""
    n = 1 / chance
    if n < 10 and n.denominator > 1:
        return f"1 in {float(n):.2f}"
    return f"1 in {round(n):,}" if n < 10**7 else f"1 in {power_text(math.log10(n))}"


@explorer(
    slug="gentle-between",
    title="Closing in on a fraction of a halving",
    caption=(
        "All in a row, the event needs a number of halvings between two whole numbers, so each single one needs "
        "between the two ends of the bar. Let it happen more often (drag the thick bar): the new bars are shorter, "
        "and what all of them have in common, between the two level lines, closes in on the surprise."
    ),
    alt=(
        "Vertical bars, one for each number of times in a row, from the number of halvings that is surely reached "
        "to one more, both divided by the number of times: the more times, the shorter the bar. Two level lines "
        "bound the heights that all bars have in common."
    ),
    controls=[
        Slider("times", "Times in a row", 1, TIMES, TIMES, 3, fmt="{:.0f}", play=True, drag="now"),
        Choice("chance", "Chance of the event", {str(c): c for c in CHANCES}, Fraction(1, 3)),
    ],
    readouts=[
        Readout("together", "All of them in a row"),
        Readout("halvings", "Halvings for all"),
        Readout("each", "Halvings for one, by all bars"),
    ],
    size=(350, 250),
)
def gentle_between(panel):
    ax = panel.subplots()
    (bars,) = ax.plot([], [], color=palette.MUTED, linewidth=2.5, solid_capstyle="butt", gid="bars")
    (now,) = ax.plot([], [], color=palette.EXTRA, linewidth=5, solid_capstyle="butt", gid="now")
    (both,) = ax.plot([], [], color=palette.EXTRA, linewidth=1.4, gid="both")
    ax.set(xlim=(0, TIMES + 1), ylim=(0, 4.1), xlabel="times in a row", ylabel="halvings for one")
    ax.grid(axis="x", visible=False)

    def update(times, chance):
        n = np.arange(1, int(times) + 1)
        low = np.array([whole_halvings(chance**k) for k in n.tolist()])
        bars.set_data(*in_pieces(np.stack([n, n], axis=1), np.stack([low, low + 1], axis=1) / n[:, None]))
        now.set_data([n[-1]] * 2, [low[-1] / n[-1], (low[-1] + 1) / n[-1]])
        least, most = (low / n).max(), ((low + 1) / n).min()
        both.set_data(*in_pieces([[0, TIMES + 1]] * 2, [[least] * 2, [most] * 2]))
        return {
            "together": _one_in(chance ** int(times)),
            "halvings": f"between {low[-1]} and {low[-1] + 1}",
            "each": f"between {least:.3f} and {most:.3f}",
        }

    return update


# -- one coin, and a belief about it

_TOP = 5.6


def _pair(p):
    return np.stack([p, 1 - np.asarray(p)], axis=-1)


class _Blocks(PathPatch):
    """A block for each face, as wide as it is frequent and as high as it is surprising."""

    def __init__(self, ax, **style):
        super().__init__(Path([(0, 0)]), joinstyle="miter", **style)
        ax.add_patch(self)

    def show(self, p, heights):
        """What has no width is left out, what is too high is cut off far above the picture."""
        sides = zip((0, p), (p, 1), np.minimum(heights, 2 * _TOP), strict=True)
        shapes = [
            Path([(left, 0), (left, height), (right, height), (right, 0), (left, 0)], closed=True)
            for left, right, height in sides
            if right > left
        ]
        self.set_path(Path.make_compound_path(*shapes))


_QUARTERS = {"xlim": (0, 1), "xticks": [0, 0.25, 0.5, 0.75, 1], "xticklabels": ["0", "¼", "½", "¾", "1"]}


def _surprise_axes(panel):
    ax = panel.subplots()
    ax.set(ylim=(0, _TOP), xlabel="width: how often it is true", ylabel="surprise, halvings", **_QUARTERS)
    ax.grid(axis="x", visible=False)
    ax.text(0.015, _TOP, "heads", ha="left", va="top", color=palette.MUTED, gid="heads")
    ax.text(0.985, _TOP, "tails", ha="right", va="top", color=palette.MUTED, gid="tails")
    return ax


def _mean_axes(panel, xlabel, top):
    ax = panel.subplots()
    ax.set(ylim=(0, top), xlabel=xlabel, ylabel="average surprise, halvings", **_QUARTERS)
    return ax


@explorer(
    slug="gentle-coin",
    title="A coin's average surprise",
    caption=(
        "Each face is a block: as wide as it is frequent, as high as it is surprising. Level the two blocks, as if "
        "they were sand, and they stand as high as the average surprise. For which coin is that highest? Drag the "
        "dot."
    ),
    alt=(
        "First picture: a block for each face that can come, heads before tails, and a line at their average "
        "height; a block that is too high is cut off at the top. Second picture: a curve of the average surprise "
        "over the probability of heads, an arch that is zero at both ends and one in the middle, and a dot on it "
        "at this coin."
    ),
    controls=[Slider("p", "Probability of heads", 0, 1, 101, 0.9, fmt="{:.2f}", play=True, drag="coin")],
    readouts=[
        Readout("heads", "Surprise of heads", "halvings", infinite="they never come"),
        Readout("tails", "Surprise of tails", "halvings", infinite="they never come"),
        Readout("mean", "Average surprise", "halvings"),
    ],
    panels=2,
    size=(330, 260),
)
def gentle_coin(left, right):
    ax = _surprise_axes(left)
    blocks = _Blocks(ax, facecolor=palette.P, alpha=0.3, edgecolor=palette.P, linewidth=1.5, gid="blocks")
    (level,) = ax.plot([0, 1], [1, 1], color=palette.INK, linewidth=2.2, label="average", gid="level")
    ax.legend(loc="upper center")

    ax = _mean_axes(right, "probability of heads", 1.15)
    p_line = np.linspace(0, 1, 101)
    ax.plot(p_line, entropy(_pair(p_line)), gid="arch", **palette.LINE["p"])
    dot = {"marker": "o", "markersize": 8, "markevery": [-1]}
    (drop,) = ax.plot([], [], color=palette.INK, linewidth=1, gid="coin", **dot)

    def update(p):
        heads, tails = surprisal(_pair(p))
        mean = entropy(_pair(p))
        blocks.show(p, [heads, tails])
        level.set_ydata([mean, mean])
        drop.set_data([p, p], [0, mean])
        return {"heads": heads, "tails": tails, "mean": mean}

    return update


@explorer(
    slug="gentle-belief",
    title="What is true, and what you believe",
    caption=(
        "Keep the truth and move the belief (drag the dot): the shaded gap is what each belief costs on average. "
        "Where does it close? Then move the truth. The widths of the blocks follow the truth, the heights of the "
        "dashed ones follow the belief."
    ),
    alt=(
        "First picture: a block for each face that can come, as wide as it is frequent, as high as it surprises the "
        "right believer, and dashed outlines as high as it surprises the wrong believer; what is too high is cut off "
        "at the top. Second picture: the wrong believer's average surprise as a dashed curve over the belief, which "
        "comes down to the right believer's level line where the belief equals the truth, and a mark at this belief."
    ),
    controls=[
        Slider("p", "True probability of heads", 0, 1, 21, 0.5, fmt="{:.2f}"),
        Slider("q", "Believed probability of heads", 0, 1, 41, 0.9, fmt="{:.3g}", play=True, drag="extra"),
    ],
    readouts=[
        Readout("right", "Right believer's average", "halvings"),
        Readout("wrong", "Wrong believer's average", "halvings", infinite="what you rule out happens"),
        Readout("extra", "Extra", "halvings", infinite="what you rule out happens"),
    ],
    panels=2,
    size=(330, 270),
)
def gentle_belief(left, right):
    ax = _surprise_axes(left)
    known = _Blocks(ax, facecolor=palette.P, alpha=0.3, edgecolor=palette.P, linewidth=1.5, gid="known")
    believed = _Blocks(
        ax, facecolor="none", edgecolor=palette.Q, linestyle=(0, (5, 2)), linewidth=2.2, gid="believed"
    )

    top = 3.4
    ax = _mean_axes(right, "believed probability of heads", top)
    # Dense at both ends, where the curve rises without bound.
    q_line = 1 / (1 + np.exp(-np.linspace(-6.5, 6.5, 61)))
    gap = ax.fill_between(q_line, 0, 1, color=palette.D, alpha=0.2, linewidth=0, gid="gap")
    (level,) = ax.plot([0, 1], [1, 1], label="believes the truth", gid="level", **palette.LINE["p"])
    (curve,) = ax.plot(q_line, 0 * q_line, label="believes this", gid="curve", **palette.LINE["q"])
    (extra,) = ax.plot(
        [], [], marker="o", markersize=8, markevery=[-1], markerfacecolor=palette.Q, markeredgecolor=palette.Q,
        gid="extra", **palette.LINE["d"] | {"linewidth": 4.5},
    )  # fmt: skip
    endless = ax.text(0, top - 0.1, "∞", color=palette.Q, fontsize=17, va="top", ha="center", gid="endless")
    ax.legend(loc="upper center")

    def update(p, q):
        truth, belief = _pair(p), _pair(q)
        means, right_mean = cross_entropy(truth, _pair(q_line)), entropy(truth)
        wrong_mean = cross_entropy(truth, belief)
        known.show(p, surprisal(truth))
        believed.show(p, surprisal(belief))
        level.set_ydata([right_mean, right_mean])
        curve.set_ydata(means)
        gap.set_data(q_line, right_mean, np.minimum(means, 2 * top))
        extra.set_data([q, q], [right_mean, min(wrong_mean, top - 0.08)])
        endless.set_x(0.06 if q < 0.5 else 0.94)
        endless.set_visible(bool(np.isinf(wrong_mean)))
        return {"right": right_mean, "wrong": wrong_mean, "extra": kl_divergence(truth, belief)}

    return update


# -- the questions game

#: The order in which each player asks "Is it …?"; the last of the four outcomes need not be asked for.
FOR_P, FOR_Q = ("sun", "cloud", "rain"), ("cloud", "rain", "sun")

#: Questions that the best tree asks for each outcome: the lengths of a Huffman code, a no being a 1.
ASKED_P, ASKED_Q = huffman_lengths(P), huffman_lengths(Q)

GAME_DAYS = 30


@cache
def _played(town):
    """Days of a town, and the questions asked on each by both players."""
    days = sample_days(GAME_DAYS, {"P": P, "Q": Q}[town], seed=FIRST_SEED)
    return days, ASKED_P[days].astype(int), ASKED_Q[days].astype(int)


class _Tree:
    """A question tree on an axes: its still part, and a line for the way that was taken."""

    def __init__(self, ax, player, order, style):
        nodes = [(1.3 + 2.2 * k, 5 - 1.6 * k) for k in range(len(order) + 1)]  # no question at the last
        self.ways = {
            name: [*nodes[: k + 1], (nodes[k][0], nodes[k + 1][1])] for k, name in enumerate(order)
        } | {name: nodes for name in OUTCOMES if name not in order}
        self.often = {}
        ax.set(xlim=(0, 10), ylim=(-0.5, 6.6))
        ax.axis("off")
        title = {"fontweight": "bold", "color": style["color"], "va": "top", "gid": f"title-{player}"}
        ax.text(0, 6.5, f"Questions for {player}", **title)
        box = {"boxstyle": "round,pad=0.3", "facecolor": palette.PAPER, "edgecolor": palette.MUTED}
        grey = {"va": "center", "color": palette.MUTED}
        for (x, y), name in zip(nodes, order, strict=False):
            ax.text(x, y, f"{name}?", ha="center", va="center", bbox=box, zorder=5, gid=f"question-{player}")
            ax.text(x - 0.15, y - 0.85, "yes", ha="right", gid=f"yes-{player}", **grey)
            ax.text(x + 1.4, y - 0.55, "no", ha="left", gid=f"no-{player}", **grey)
        for name, way in self.ways.items():
            x, y = way[-1]
            ax.plot(
                *zip(*way, strict=True), color=palette.GRID, linewidth=1.5, zorder=1, gid=f"ways-{player}"
            )
            ax.text(
                x, y - 0.15, name, ha="center", fontweight="bold", zorder=5, va="top", gid=f"end-{player}"
            )
            self.often[name] = ax.text(
                x, y - 0.72, "", ha="center", gid=f"often-{player}", **grey | {"va": "top"}
            )
        style = style | {"linewidth": 4, "marker": "o", "markersize": 7, "markevery": [-1]}
        (self.line,) = ax.plot([], [], zorder=3, gid=f"taken-{player}", **style)
        self.day = ax.text(9.9, 6.5, "", ha="right", va="top", gid=f"day-{player}")

    def show(self, day, weather, world):
        self.day.set_text(f"day {day}: {weather}")
        self.line.set_data(*zip(*self.ways[weather], strict=True))
        for name, text in self.often.items():
            text.set_text(str(Fraction(world[OUTCOMES.index(name)])))


@explorer(
    slug="gentle-game",
    title="The questions game, day by day",
    caption=(
        "Go from day to day: the thick line is the way that each player's questions take. The fractions say how "
        "often each weather comes in this town. Then let both play in the other town."
    ),
    alt=(
        "Two question trees. The first, for P: Is it sun? Is it cloud? Is it rain? The second, for Q: Is it cloud? Is "
        "it rain? Is it sun? A thick line in each marks the answers of the day, a fraction at each end how often that "
        "weather comes in the town."
    ),
    controls=[
        Choice("town", "The days are those of", {"the new town (P)": "P", "the old town (Q)": "Q"}, "P"),
        Slider("day", "Day", 1, GAME_DAYS, GAME_DAYS, 1, fmt="{:.0f}", play=True),
    ],
    readouts=[
        Readout("weather", "Weather"),
        Readout("p", "Questions by the tree for P"),
        Readout("q", "Questions by the tree for Q"),
        Readout("means", "In the long run"),
    ],
    panels=2,
    size=(335, 265),
)
def gentle_game(left, right):
    trees = [
        _Tree(left.subplots(), "P", FOR_P, palette.LINE["p"]),
        _Tree(right.subplots(), "Q", FOR_Q, palette.LINE["q"]),
    ]

    def update(town, day):
        day, world = int(day), {"P": P, "Q": Q}[town]
        days, of_p, of_q = _played(town)
        weather = OUTCOMES[days[day - 1]]
        for tree in trees:
            tree.show(day, weather, world)
        return {
            "weather": weather,
            "p": f"{of_p[day - 1]} today, {of_p[:day].sum()} in all",
            "q": f"{of_q[day - 1]} today, {of_q[:day].sum()} in all",
            "means": f"{world @ ASKED_P:.3f} and {world @ ASKED_Q:.3f} a day",
        }

    return update


LONG, SAMPLES = 10_000, 20


@cache
def _extra_questions(sample):
    """How many questions more the tree for Q asks than the tree for P, on each day of the new town."""
    days = sample_days(LONG, P, seed=FIRST_SEED + sample - 1)
    return (ASKED_Q - ASKED_P)[days]


@explorer(
    slug="gentle-closing-in",
    title="Counted questions close in on five eighths",
    caption=(
        "The average of the extra questions after 10 and up to ten thousand days (each step of the axis is ten "
        "times as many days). Sample 1 is the game that was played above, the faint lines are all twenty. The band is "
        "two standard errors wide on each side: on any one day, a line has a chance of about one in twenty to be "
        "outside of it."
    ),
    alt=(
        "A jagged line, the average number of extra questions a day up to the chosen number of days, and twenty faint "
        "ones for all samples, about a dotted line at five eighths. A band about it narrows with the root of the "
        "number of days; the lines swing widely at first, and less and less."
    ),
    controls=[
        Slider("days", "Days so far", 10, LONG, 40, LONG, scale="integer", fmt="{:,}", play=True),
        Sample(count=SAMPLES),
    ],
    readouts=[
        Readout("counted", "Extra questions", fmt="{:,.0f}"),
        *measured_readouts("questions a day", "5/8"),
    ],
    size=(350, 250),
)
def gentle_closing_in(panel):
    expected = P @ (ASKED_Q - ASKED_P)
    spread = np.sqrt(P @ (ASKED_Q - ASKED_P - expected) ** 2)
    n = looks(10, LONG, 95)

    ax = panel.subplots()
    error_band(ax, n, expected, spread)
    ax.axhline(expected, label="5/8", gid="goal", **palette.LINE["d"])
    for k in range(1, SAMPLES + 1):
        others = Measured(ax, n[::2], gid="other", color=palette.MUTED, linewidth=0.7, alpha=0.45, label=None)
        others.show(_extra_questions(k))
    measured = Measured(ax, n)
    ax.set(xlim=(10, LONG), ylim=(-0.8, 2.1), xlabel="days", ylabel="extra questions a day")
    log_axis(ax, [10, 100, 1000, 10_000])
    ax.legend(loc="upper right")

    def update(days, sample):
        extra = _extra_questions(sample)[:days]
        mean, error = measured.show(extra)
        return {"counted": extra.sum(), "mean": mean, "error": error, "off": away(mean, error, expected)}

    return update


__all__ = [
    "FIRST_SEED",
    "FOR_P",
    "FOR_Q",
    "gentle_belief",
    "gentle_between",
    "gentle_chessboard",
    "gentle_closing_in",
    "gentle_coin",
    "gentle_game",
    "whole_halvings",
]
