"""Pieces that several figures share: bars, axes, legends, and a measurement that closes in on a number."""

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from ..explorers import Choice, Readout, Slider, palette
from ..ideas.weather import OUTCOMES

__all__ = [
    "Bars",
    "Boxes",
    "ErrorEdges",
    "Measured",
    "SingleBars",
    "away",
    "error_band",
    "in_pieces",
    "legend_above",
    "log_axis",
    "looks",
    "measured_readouts",
    "outcome_axis",
    "real_minus",
    "three",
    "three_bars",
    "three_controls",
]

_CODES = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)


class Boxes(PathPatch):
    """Boxes of one style that change together, as one artist."""

    def __init__(self, ax, *corners, **style):
        super().__init__(_boxes(*corners) if corners else Path(np.empty((0, 2))), **style)
        ax.add_patch(self)

    def set_boxes(self, left, right, bottom, top):
        """Arrays of one length: the edges of each box."""
        self.set_path(_boxes(left, right, bottom, top))
        self.stale = True  # PathPatch does not note it


def _boxes(left, right, bottom, top):
    corners = [(left, bottom), (left, top), (right, top), (right, bottom), (left, bottom)]
    return Path(np.array(corners).transpose(2, 0, 1).reshape(-1, 2), _CODES * len(top) or None)


class Bars(Boxes):
    """Bars of one style that change together, as one artist: quicker to draw than as many rectangles.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where they stand.
    x : array_like, shape (n,)
        Middles of the bars.
    heights : array_like, shape (n,)
        Their heights; may be negative.
    width : float
        Width of each.
    least : float
        Bars that are lower are left out, where there are many that nobody would see.
    **style
        As for :class:`~matplotlib.patches.PathPatch`.
    """

    def __init__(self, ax, x, heights, width, *, least=0, **style):
        middles = np.asarray(x, float)
        self._left, self._right, self._least = middles - width / 2, middles + width / 2, least
        super().__init__(ax, *self._edges(heights), **{"joinstyle": "miter"} | style)

    def set_heights(self, heights):
        """Give each bar its height."""
        self.set_boxes(*self._edges(heights))

    def _edges(self, heights):
        top = np.broadcast_to(np.asarray(heights, float), self._left.shape)
        kept = np.abs(top) >= self._least
        return self._left[kept], self._right[kept], np.zeros(kept.sum()), top[kept]


class SingleBars:
    """Bars of one style, each an artist of its own ("gid-0", "gid-1", …): one that can be dragged at its top."""

    def __init__(self, ax, x, width, *, gid, label, **style):
        self._bars = [Bars(ax, [place], 0, width, gid=f"{gid}-{k}", **style) for k, place in enumerate(x)]
        self._bars[0].set_label(label)

    def set_heights(self, heights):
        """Give each bar its height."""
        for bar, height in zip(self._bars, heights, strict=True):
            bar.set_heights([height])


def in_pieces(x, y):
    """Coordinates of one line that is drawn in pieces: quicker to draw than as many lines.

    Parameters
    ----------
    x, y : array_like, shape (pieces, points)
        Coordinates of each piece.

    Returns
    -------
    x, y : ndarray, shape (pieces * (points + 1),)
        With a gap (NaN) after each piece.

    Examples
    --------
    >>> x, y = in_pieces([[0, 1], [2, 3]], [[5, 5], [6, 6]])
    >>> print(x, y)
    [ 0.  1. nan  2.  3. nan] [ 5.  5. nan  6.  6. nan]
    """
    gap = ((0, 0), (0, 1))
    return tuple(np.pad(np.asarray(a, float), gap, constant_values=np.nan).ravel() for a in (x, y))


def real_minus(text):
    """A text with the sign − in place of hyphens."""
    return text.replace("-", "−")


def legend_above(ax, *handles, ncols=2, **options):
    """A legend over the axes, where no curve can come; of all that has a label, if no handles are given."""
    place = {"loc": "lower left", "bbox_to_anchor": (-0.02, 1), "borderpad": 0, "borderaxespad": 0.2}
    ax.legend(**place | {"ncols": ncols} | options | ({"handles": handles} if handles else {}))


def outcome_axis(ax, names=OUTCOMES):
    """Categories side by side under the axes; returns where they stand."""
    places = np.arange(len(names))
    ax.set(xlim=(-0.6, len(names) - 0.4), xticks=places, xticklabels=names)
    return places


def log_axis(ax, ticks, labels=None, axis="x"):
    """A logarithmic axis with these ticks and no others, labelled 1,000 where nothing else is said."""
    labels = [f"{tick:,}" for tick in ticks] if labels is None else labels
    ax.set(**{f"{axis}scale": "log"})
    getattr(ax, f"set_{axis}ticks")(ticks, labels=labels)
    ax.minorticks_off()


# -- three symbols: the truth, and a belief that is set by its first and by how it divides the rest


def three(first, share):
    """Three symbols: the first, and the second's share of the rest."""
    return np.array([first, (1 - first) * share, (1 - first) * (1 - share)])


def three_controls(whose, initial, shares):
    """Sliders for the first symbol's probability, true and believed, and a choice of the second's share of the rest."""
    first = "probability of the first"
    believed = {"fmt": "{:.3f}", "extra": (0.33,), "drag": "belief-0"}
    return [
        Slider("p", f"Truth: {first}", 0.4, 0.9, 11, 0.8, drag="truth-0"),
        Slider("q", f"{whose}: {first}", 0.1, 0.9, 33, initial, **believed),
        Choice("rest", f"{whose}: the rest, second to third", shares, 1 / 2),
    ]


def three_bars(ax):
    """Bars of the truth and of the belief, side by side, of which the first two are dragged."""
    x = outcome_axis(ax, ["first", "second", "third"])
    truth = SingleBars(ax, x - 0.2, 0.38, label="truth P", gid="truth", **palette.BAR["p"])
    belief = SingleBars(ax, x + 0.2, 0.38, label="belief Q", gid="belief", **palette.BAR["q"])
    ax.set(ylim=(0, 1.08), ylabel="probability")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)
    return truth, belief


# -- a measurement that closes in on a number


def measured_readouts(unit, goal, **formats):
    """The readouts of a measurement: its value, its standard error, and how many of them it is away from its goal."""
    return [
        Readout("mean", "Measured", unit, **formats),
        Readout("error", "Standard error", unit),
        Readout("off", f"Away from {goal} by", "standard errors", fmt="{:.1f}"),
    ]


def away(mean, error, goal):
    """The readout "off" of a measurement."""
    return "no spread yet" if error == 0 else abs(mean - goal) / error


def error_band(ax, n, goal, spread, **style):
    """Two standard errors of a mean of n on each side of its goal."""
    half = 2 * spread / np.sqrt(n)
    style = {"color": palette.D, "alpha": 0.15, "linewidth": 0, "gid": "band"} | style
    return ax.fill_between(n, goal - half, goal + half, **style)


class ErrorEdges:
    """The two edges of such a band as thin lines, for a goal that changes: quicker to draw than a fill."""

    def __init__(self, ax, n):
        self._n = np.asarray(n)
        self.lines = [
            ax.plot(n, 0.0 * self._n, color=palette.D, linewidth=1, gid="edge")[0] for _ in range(2)
        ]
        self.lines[0].set_label("± 2 standard errors")

    def set_goal(self, goal, spread):
        """Where the goal is, and the standard deviation of one day."""
        for line, sign in zip(self.lines, (-2, 2), strict=True):
            line.set_ydata(goal + sign * spread / np.sqrt(self._n))


class Measured:
    """The running mean of a record, drawn at the looks `n` up to the day that is shown.

    With `dot`, its last point is marked.
    """

    def __init__(self, ax, n, *, dot=False, gid="measured", **style):
        self._n = np.asarray(n)
        style = {"color": palette.INK, "linewidth": 1.6, "label": "measured"} | style
        (self.line,) = ax.plot([], [], gid=gid, **style)
        self.artists = [self.line]
        if dot:
            self.artists += ax.plot([], [], "o", color=palette.INK, markersize=6, gid="now")

    def show(self, values):
        """Draw the record so far; returns its mean and the standard error of it."""
        days = len(values)
        shown = np.append(self._n[self._n < days], days)
        means = np.cumsum(values)[shown - 1] / shown
        self.line.set_data(shown, means)
        for dot in self.artists[1:]:
            dot.set_data([days], means[-1:])
        return np.mean(values), np.std(values, ddof=1) / np.sqrt(days)


def looks(first, last, count):
    """Days at about equal ratios from the first to the last, each once."""
    return np.unique(np.geomspace(first, last, count).astype(int))
