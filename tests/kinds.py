"""One small explorer for each kind of artist that may be dynamic, and for each way in which pictures can go wrong."""

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.patches import Circle, FancyArrow, Polygon

from klbook.explorers import Readout, Slider, explorer, palette

#: name of the kind -> explorer
KINDS = {}


def kind(name, panels=1):
    """Define an explorer with one slider t of three values for a kind of artist."""

    def define(draw):
        made = explorer(
            slug=f"kind-{name}",
            title=name,
            caption="A kind of artist.",
            alt="A kind of artist.",
            controls=[Slider("t", "t", 0, 1, 3, 0.5)],
            readouts=[Readout("t2", "t", "units", fmt="{:.8f}")],
            panels=panels,
            size=(340, 240),
        )(draw)
        KINDS[name] = made
        return made

    return define


def _axes(panel, **options):
    ax = panel.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1), **options)
    return ax


X = np.linspace(0, 1, 41)


@kind("line-with-markers")
def _(panel):
    ax = _axes(panel)
    (line,) = ax.plot(X[::5], X[::5], "o--", color=palette.P)

    def update(t):
        line.set_ydata(X[::5] ** (0.5 + t))
        return {"t2": t}

    return update


@kind("clipped-line")
def _(panel):
    ax = _axes(panel)
    (line,) = ax.plot(X, X, color=palette.D, linewidth=6)
    line.set_clip_path(Circle((0.5, 0.5), 0.4, transform=ax.transData))

    def update(t):
        line.set_ydata(2 * X - t)
        return {"t2": t}

    return update


@kind("bars")
def _(panel):
    ax = _axes(panel)
    bars = ax.bar([0.2, 0.5, 0.8], [1, 1, 1], 0.2, **palette.BAR["q"])

    def update(t):
        for k, bar in enumerate(bars):
            bar.set_height(abs(t - k / 3))
        return {"t2": t}

    return update


@kind("patches")
def _(panel):
    ax = _axes(panel)
    polygon = ax.add_patch(Polygon([(0, 0), (1, 0), (0, 1)], facecolor=palette.P, alpha=0.4))
    span = ax.axvspan(0.1, 0.2, color=palette.Q, alpha=0.5)
    arrow = ax.add_patch(FancyArrow(0.5, 0.5, 0.2, 0, width=0.02, color=palette.INK))

    def update(t):
        polygon.set_xy([(0, 0), (t, 0.2), (0.3, 1)])
        span.set_x(t / 2)
        arrow.set_data(dx=0.1 + t / 4, dy=t / 4)
        return {"t2": t}

    return update


@kind("fill-between")
def _(panel):
    ax = _axes(panel)
    hatched = ax.fill_between(X, 0, X, color=palette.D, alpha=0.3, hatch="//")
    plain = ax.fill_between(X, 0, X, color=palette.Q, alpha=0.3)

    def update(t):
        hatched.set_data(X, t * X, X)
        plain.set_data(X, X / 4, (1 + t) * X / 2)
        return {"t2": t}

    return update


@kind("scatter")
def _(panel):
    ax = _axes(panel)
    few = ax.scatter([0.2, 0.5], [0.5, 0.5], s=[30, 90], color=palette.P)
    many = ax.scatter(X, X, s=12, facecolor=palette.PAPER, edgecolor=palette.Q)

    def update(t):
        few.set_offsets([(0.2 + t / 3, 0.3), (0.5, t)])
        many.set_offsets(np.column_stack([X, (X - t) ** 2]))
        return {"t2": t}

    return update


@kind("line-collection")
def _(panel):
    ax = _axes(panel)
    lines = ax.add_collection(LineCollection([], colors=palette.EXTRA, linewidths=1.5))

    def update(t):
        lines.set_segments([[(x, 0), (t, 1)] for x in X[::10]])
        return {"t2": t}

    return update


@kind("error-bars")
def _(panel):
    ax = _axes(panel)
    bars = ax.errorbar([0.5], [0.5], yerr=[0.2], fmt="s", capsize=4, color=palette.P)
    line, caps, (stem,) = bars

    def update(t):
        y, half = 0.3 + t / 3, 0.05 + t / 5
        line.set_data([0.5], [y])
        stem.set_segments([[(0.5, y - half), (0.5, y + half)]])
        for cap, end in zip(caps, (y - half, y + half), strict=True):
            cap.set_ydata([end])
        return {"t2": t}

    return update


@kind("titles-and-text")
def _(panel):
    ax = _axes(panel, title="first")
    title = ax.title
    several = ax.text(0.5, 0.5, "", ha="center", va="center", color=palette.Q)
    turned = ax.text(0.9, 0.2, "turned", rotation=60, ha="right")
    maths = ax.text(0.1, 0.8, "")

    def update(t):
        title.set_text(f"t < {t:.8f} & more")
        several.set_text(f"two lines\nwith 0.{int(1000 * t):04d}56789")
        turned.set_rotation(60 + 20 * t)
        maths.set_text(rf"$\sum_x p_x^{{{t:.2f}}}$")
        return {"t2": t}

    return update


@kind("annotation")
def _(panel):
    ax = _axes(panel)
    note = ax.annotate("here", (0.5, 0.5), (0.2, 0.8), arrowprops={"arrowstyle": "->", "color": palette.INK})

    def update(t):
        note.xy = (t, 0.3)
        note.set_text(f"at {t:.2f}")
        return {"t2": t}

    return update


@kind("arrow-that-points-elsewhere")
def _(panel):
    """No setter notes it."""
    ax = _axes(panel)
    note = ax.annotate("here", (0.5, 0.5), (0.2, 0.8), arrowprops={"arrowstyle": "->", "color": palette.INK})

    def update(t):
        note.xy = (t, 0.3)
        return {"t2": t}

    return update


@kind("image")
def _(panel):
    ax = _axes(panel)
    image = ax.imshow(np.zeros((4, 4)), extent=(0.1, 0.6, 0.2, 0.9), vmin=0, vmax=2, aspect="auto")
    ax.set(xlim=(0, 1), ylim=(0, 1))

    def update(t):
        image.set_data(np.add.outer(np.arange(4) / 4, t * np.arange(4) / 4))
        return {"t2": t}

    return update


@kind("contours-made-anew")
def _(panel):
    ax = _axes(panel)
    x, y = np.meshgrid(X, X)
    kept = {}

    def update(t):
        if kept:
            kept.pop("contours").remove()
        kept["contours"] = ax.contour(
            x, y, x * y + t * x, levels=[0.1, 0.3, 0.6], colors=palette.P, zorder=2.5
        )
        return {"t2": t}

    return update


@kind("ticks-of-an-axis")
def _(panel):
    ax = _axes(panel)

    def update(t):
        ax.set_xticks([t / 2, 0.9], labels=[f"t/2 = {t / 2:.4f}", "end"])
        return {"t2": t}

    return update


@kind("legend")
def _(panel):
    ax = _axes(panel)
    (line,) = ax.plot(X, X, color=palette.P, label="curve")
    legend = ax.legend()

    def update(t):
        legend.get_texts()[0].set_text(f"curve {t:.3f}")
        line.set_ydata(t * X)
        return {"t2": t}

    return update


@kind("parts-that-others-draw")
def _(panel):
    """The label of an axis, labels of ticks, a text in a legend: what draws them moves."""
    ax = _axes(panel, xlabel="x", ylabel="y")
    ax.plot(X, X, color=palette.P, label="curve")
    legend = ax.legend()

    def update(t):
        ax.set_xlabel(f"x at {t:.2f}")
        for label in ax.get_yticklabels():
            label.set_color(palette.Q if t > 0.4 else palette.INK)
        legend.get_texts()[0].set_text(f"curve {t:.3f}")
        return {"t2": t}

    return update


@kind("ground")
def _(panel):
    ax = _axes(panel)
    ax.plot(X, X, color=palette.P)

    def update(t):
        ax.set_facecolor(palette.MUTED if t > 0.4 else palette.PAPER)
        ax.spines["right"].set_visible(t < 0.4)
        return {"t2": t}

    return update


@kind("draw-order")
def _(panel):
    ax = _axes(panel)
    (line,) = ax.plot(X, 1 - X, color=palette.Q, linewidth=9)
    ax.plot(X, X, color=palette.P, linewidth=9, zorder=3)
    ax.plot(X, X**3, color=palette.D, linewidth=9, zorder=4)

    def update(t):
        line.set_zorder(2.5 + 2 * t)
        return {"t2": t}

    return update


@kind("setters-that-change-nothing")
def _(panel):
    ax = _axes(panel, title="title")
    (line,) = ax.plot(X, 1 - X, color=palette.Q)
    (still,) = ax.plot(X, X, color=palette.P)
    note = ax.text(0.5, 0.5, "note")

    def update(t):
        line.set_ydata(t * X)
        still.set_data(X, X)
        still.set_color(palette.P)
        note.set(text="note", position=(0.5, 0.5), color=palette.INK)
        ax.set_title("title")
        ax.xaxis.label.set_text("")
        return {"t2": t}

    return update


@kind("hidden-and-shown")
def _(panel):
    ax = _axes(panel)
    (dot,) = ax.plot([0.5], [0.5], "o", color=palette.Q, markersize=12)

    def update(t):
        dot.set_visible(t > 0.4)
        return {"t2": t}

    return update


@kind("between-still-artists")
def _(panel):
    """Draw order: still, dynamic, still, dynamic, still."""
    ax = _axes(panel)
    ax.plot(X, X, color=palette.MUTED, linewidth=9, zorder=2)
    (low,) = ax.plot(X, 1 - X, color=palette.P, linewidth=9, zorder=3)
    ax.axhline(0.5, color=palette.D, linewidth=9, zorder=4)
    (high,) = ax.plot([0.5, 0.5], [0, 1], color=palette.Q, linewidth=9, zorder=5)
    ax.plot(X, X**2, color=palette.INK, linewidth=4, zorder=6)

    def update(t):
        low.set_ydata(1 - t * X)
        high.set_xdata([t, 0.5])
        return {"t2": t}

    return update


@kind("two-panels", panels=2)
def _(left, right):
    ax, bx = _axes(left, xlabel="x"), _axes(right, title="right")
    (line,) = ax.plot(X, X, color=palette.P)
    bars = bx.bar([0.3, 0.7], [1, 1], 0.2, **palette.BAR["d"])
    note = right.text(0.5, 0.5, "", color=palette.INK)

    def update(t):
        line.set_ydata(t * X)
        bars[0].set_height(t)
        note.set_text(f"{t:.3f}")
        return {"t2": t}

    return update
