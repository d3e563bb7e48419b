"""One small explorer for each kind of artist that can be dragged, and for what is special about some of them."""

import numpy as np
from matplotlib.lines import Line2D

from klbook.explorers import Choice, Readout, Slider, explorer, palette
from klbook.figures.parts import Bars

#: slug -> explorer
DRAGGABLE = {}


def make(slug, *controls, panels=1, size=(340, 240)):
    """Define an explorer that is not one of the book's."""

    def define(draw):
        return explorer(
            slug=slug, title=slug, caption="To be dragged.", alt="To be dragged.", controls=controls,
            readouts=[Readout("said", "Set to")], panels=panels, size=size,
        )(draw)  # fmt: skip

    return define


def draggable(slug, *controls, **options):
    """The same, to be dragged in every test of dragging."""

    def define(draw):
        DRAGGABLE[slug] = made = make(slug, *controls, **options)(draw)
        return made

    return define


def axes(panel, **options):
    ax = panel.subplots()
    ax.set(**{"xlim": (0, 1), "ylim": (0, 1)} | options)
    return ax


@draggable(
    "drag-plane",
    Slider("x", "x", 1, 1000, 31, 10, scale="log", fmt="{:.2f}", drag="dot"),
    Choice("up", "Higher by", {"nothing": 0, "a tenth": 0.1}, 0),
    Slider("y", "y", 0.05, 0.85, 17, 0.4, drag="dot"),
    panels=2,
)
def _(left, right):
    """In the second panel, on a logarithmic axis; a legend and a text lie over the dot's way."""
    axes(left)
    ax = axes(right, xscale="log", xlim=(0.8, 1300))
    ax.text(10, 0.4, "over the dot", zorder=9)
    (dot,) = ax.plot([], [], "o", color=palette.P, label="dot", gid="dot")
    ax.legend(loc="center")

    def update(x, up, y):
        dot.set_data([x], [y + up])
        return {"said": f"{x:g}, {y + up:g}"}

    return update


@draggable("drag-bar", Slider("t", "t", 0, 0.8, 17, 0.4, drag="bar"))
def _(panel):
    (bar,) = axes(panel).bar([0.3], [1], 0.2, color=palette.Q, gid="bar")

    def update(t):
        bar.set_height(t)
        return {"said": f"{t:g}"}

    return update


@draggable("drag-bars", Slider("t", "t", -0.8, 0.8, 16, 0.8, fmt="{:.3f}", drag="bar"))
def _(panel):
    bar = Bars(axes(panel, ylim=(-1, 1)), [0.6], [1], 0.3, color=palette.Q, gid="bar")

    def update(t):
        bar.set_heights([t])
        return {"said": f"{t:g}"}

    return update


@draggable("drag-level", Slider("t", "t", 1, 100, 21, 10, scale="log", drag="line"))
def _(panel):
    line = axes(panel, yscale="log", ylim=(0.7, 140)).axhline(1, color=palette.D, gid="line")

    def update(t):
        line.set_ydata([t, t])
        return {"said": f"{t:g}"}

    return update


@draggable("drag-upright", Slider("t", "t", 0.05, 0.95, 19, 0.5, drag="line"))
def _(panel):
    line = axes(panel).axvline(0, color=palette.D, gid="line")

    def update(t):
        line.set_xdata([t, t])
        return {"said": f"{t:g}"}

    return update


@draggable("drag-stem", Slider("t", "t", 0.05, 0.95, 37, 0.5, fmt="{:.3f}", drag="stem"))
def _(panel):
    (stem,) = axes(panel).plot([], [], marker="o", markevery=[-1], color=palette.P, gid="stem")

    def update(t):
        stem.set_data([t, t], [0, 4 * t * (1 - t)])
        return {"said": f"{t:g}"}

    return update


@draggable("drag-now-and-then", Slider("t", "t", 0, 30, 31, 15, fmt="{:.0f}", drag="dot"))
def _(panel):
    """Not seen in some states, and three at a time at one place."""
    (dot,) = axes(panel, xlim=(-1, 31)).plot([], [], "o", color=palette.P, gid="dot")

    def update(t):
        seen = not 5 < t < 10
        dot.set_data([3 * (t // 3)] if seen else [], [0.5] if seen else [])
        return {"said": f"{t:g}"}

    return update


def place_of(e, setting, gid):
    """Where an artist stands at a setting, by Matplotlib's own transforms, in pixels from the top left; NaN if nowhere.

    A marker is the last point of its line, a line has its middle or its end, a bar the middle of its top.
    """
    with palette.settings():
        _ = e.drawing.still  # the layout is that of the first picture
        e.drawing.move(setting)
    (artist,) = e.drawing.figure.findobj(lambda a: a.get_gid() == gid)
    if isinstance(artist, Line2D):
        points = artist.get_transform().transform(artist.get_xydata().reshape(-1, 2))
        if not len(points) or not artist.get_visible():
            return np.array([np.nan, np.nan])
        is_level = len(points) == 2 and artist.get_marker() == "None" and points[0, 1] == points[1, 1]
        x, y = points.mean(axis=0) if is_level else points[-1]
    elif isinstance(artist, Bars):
        (left, _), (_, top), (right, _) = artist.get_path().vertices[:3]
        x, y = artist.axes.transData.transform([(left + right) / 2, top])
    else:
        top = artist.get_y() + artist.get_height()
        x, y = artist.axes.transData.transform([artist.get_x() + artist.get_width() / 2, top])
    return np.array([x, e.size[1] - y])
