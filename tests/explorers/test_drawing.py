"""A published state is Matplotlib's full drawing of that state; what cannot be is an error."""

import re
from dataclasses import replace
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from kinds import KINDS
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from klbook.explorers import ExplorerError, Readout, Slider, explorer, palette, published
from klbook.explorers import drawing as module
from klbook.explorers.renderer import FRAME_DIGITS, Renderer
from klbook.figures import all_figures


def corners_and_middle(e):
    """Settings at every corner, the initial one, and a coarse grid between them."""
    grids = [
        sorted({0, len(c.values) // 3, 2 * len(c.values) // 3, len(c.values) - 1, c.start})
        for c in e.controls
    ]
    for place in product(*grids):
        yield {c.name: c.values[i] for c, i in zip(e.controls, place, strict=True)}


def put_together(e, setting):
    """What a reader sees: the still part of the initial state, with the frame of this one in its slots."""
    fragments, _ = e.frame(setting)
    still = e.drawing.still
    for k, fragment in enumerate(fragments):
        still = still.replace(f'<g data-slot="{k}"></g>', fragment)
    return still


def full_drawing(fresh, setting):
    """The whole figure drawn in one go, all artists in Matplotlib's own order, by the same renderer."""
    with palette.settings():
        _ = fresh.still  # the layout is that of the initial state
        fresh.move(setting)
    renderer = Renderer(fresh._renderer.width, fresh._renderer.height, fresh.explorer.slug, FRAME_DIGITS)
    with palette.settings():
        fresh.figure.draw(renderer)
    return renderer.take()


def without_ids(svg):
    """Definitions are numbered in the order of their use, which differs."""
    return re.sub(r"(#| id=\")[a-z-]+-([a-zA-Z_]+)[\d_]*\b", r"\1\2", svg)


@pytest.mark.parametrize("e", [*KINDS.values(), *all_figures().values()], ids=lambda e: e.slug)
def test_still_part_and_frame_are_the_full_drawing(e, monkeypatch):
    monkeypatch.setattr(module, "STILL_DIGITS", FRAME_DIGITS)
    e = replace(e)
    settings = list(corners_and_middle(e))
    random = np.random.default_rng(1)
    chosen = random.permutation(len(settings))[:6]
    # One in order and one in any order: no state may remember another.
    in_order = replace(e).drawing
    expected = {i: full_drawing(in_order, settings[i]) for i in sorted(chosen)}
    for i in chosen:
        assert without_ids(put_together(e, settings[i])) == without_ids(expected[i])


@pytest.mark.parametrize("e", KINDS.values(), ids=lambda e: e.slug)
def test_each_kind_of_artist_moves(e):
    pictures = {put_together(e, setting) for setting in e.settings()}
    assert len(pictures) >= 2


def test_numbers_in_texts_are_never_rounded():
    e = KINDS["titles-and-text"]
    fragments, readouts = e.frame({"t": 0.5})
    assert any("t &lt; 0.50000000 &amp; more" in fragment for fragment in fragments)
    assert any("with 0.050056789" in fragment for fragment in fragments)
    assert readouts == {"t2": "0.50000000 units"}
    coordinates = re.findall(r' [xy]="[-\d]+\.(\d+)"', "".join(fragments))
    assert coordinates and max(map(len, coordinates)) == 1


def test_geometry_is_rounded_to_a_tenth_and_no_further():
    fragments, _ = KINDS["clipped-line"].frame({"t": 0.5})
    numbers = re.findall(r"\d+\.(\d+)", re.search(r' d="([^"]*)"', fragments[0])[1])
    assert max(map(len, numbers)) == 1


def test_definitions_are_in_the_still_part_and_not_in_frames():
    """A marker or clip path that went away with its frame would be missed by the next one."""
    for e in map(replace, KINDS.values()):
        used = set()
        for fragments, _ in e.frames(e.settings()):
            assert "<defs" not in "".join(fragments)
            used |= set(re.findall(r"(?:url\(#|href=\"#)([\w-]+)", "".join(fragments)))
        defined = re.findall(r' id="([\w-]+)"', e.drawing.definitions())
        assert used <= set(defined)
        assert len(defined) == len(set(defined))


@pytest.mark.parametrize("e", KINDS.values(), ids=lambda e: e.slug)
def test_definitions_do_not_grow_with_the_states(e):
    """They stand in the page one by one, while frames are packed: a fill for each state would outweigh them all."""
    e, numbers = replace(e), []
    for setting in e.settings():
        e.frame(setting)
        numbers.append(e.drawing.definitions().count(" id="))
    assert numbers[1] == numbers[-1]


def define(draw, **options):
    defaults = {
        "slug": "wrong-one",
        "title": "t",
        "caption": "c",
        "alt": "a",
        "controls": [Slider("t", "t", 0, 1, 3, 0.5)],
        "readouts": [],
    }
    return explorer(**defaults | options)(draw)


def drawing_of(artist_of, change):
    def draw(panel):
        ax = panel.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        artist = artist_of(ax)

        def update(t):
            change(ax, artist, t)
            return {}

        return update

    return draw


def moving(e):
    """The artists of an explorer that were found to move, and the picture's slots."""
    e.frame(e.initial)
    return e.drawing._first


def opacity(ax, artist, t):
    artist.set_alpha(0.2 + t / 2)


UNSUPPORTED = {
    "table": (
        lambda ax: ax.table([["1"]]),
        lambda ax, table, t: table[0, 0].get_text().set_text(f"{t}"),
        "a Table cannot be dynamic",
    ),
    "shaded triangles": (
        lambda ax: ax.tripcolor([0, 1, 0], [0, 0, 1], [0, 1, 2], shading="gouraud"),
        opacity,
        "gouraud",
    ),
    "rasterised": (
        lambda ax: ax.plot([0, 1], [0, 1], color=palette.P, rasterized=True)[0],
        opacity,
        "Line2D.* is rasterised",
    ),
    "colour of one theme only": (
        lambda ax: ax.plot([0, 1], [0, 1], color="red")[0],
        opacity,
        "#ff0000 is not in the book's palette, which has: p #",
    ),
    "black": (
        lambda ax: ax.bar([0.5], [0.5], facecolor="black", edgecolor=palette.P)[0],
        opacity,
        "#000000 is not in the book's palette",
    ),
    "in an axes that is switched off": (
        lambda ax: ax.set_axis_off() or ax,
        lambda ax, artist, t: ax.set_xticks([t]),
        "changes the ticks or labels of XAxis.*, which is not drawn by its axes",
    ),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_cannot_be_dynamic_is_refused(case):
    artist_of, change, message = UNSUPPORTED[case]
    e = define(drawing_of(artist_of, change))
    with pytest.raises(ExplorerError, match=message):
        e.frame(e.initial)


def test_an_artist_that_keeps_what_nobody_can_compare_is_refused():
    class Thing:
        pass

    def keeps(ax):
        line = ax.plot([0, 1], [0, 1], color=palette.P, gid="curve")[0]
        line.helper = Thing()
        return line

    e = define(drawing_of(keeps, opacity))
    with pytest.raises(
        ExplorerError, match=r"'wrong-one' fails at .*'helper' of the Line2D 'curve' has a .*Thing"
    ):
        e.frame(e.initial)


def test_an_artist_that_update_makes_of_another_kind_is_refused():
    """The first is a line, and the next one a table in its place."""

    def draw(panel):
        ax = panel.subplots()
        kept = []

        def update(t):
            if kept:
                kept.pop().remove()
            line = ax.axhline(t, color=palette.P) if t < 1 else ax.table([["1"]], zorder=2)
            kept.append(line)
            return {}

        return update

    e = define(draw)
    e.frame(e.initial)
    with pytest.raises(ExplorerError, match=r"t = 1\.00.*a Table cannot be dynamic"):
        e.frame({"t": 1.0})


def test_text_too_small_for_a_phone_is_refused():
    e = define(drawing_of(lambda ax: ax.text(0.5, 0.5, "small", fontsize=9), opacity))
    with pytest.raises(ExplorerError, match=r"'wrong-one' cannot be drawn: .*below 10 px: use 10\.9 or more"):
        e.frame(e.initial)


WRONG_UPDATES = {
    "limits that move": (lambda ax, line, t: ax.set_xlim(0, 1 + t), "limits"),
    "an axes that moves": (lambda ax, line, t: ax.set_position([0.1, 0.1, 0.5 + t / 4, 0.8]), "moves"),
    "an aspect that changes": (lambda ax, line, t: ax.set_aspect(1 + t), "limits"),
    "an axes that is hidden": (lambda ax, line, t: ax.set_visible(t < 1), "hides or shows an axes"),
    "axes switched off": (lambda ax, line, t: ax.set_axis_off() if t == 1 else None, "hides or shows"),
    "an artist too many": (
        lambda ax, line, t: ax.text(0.5, 0.5, "new", gid="note") if t == 1 else None,
        r"fails at t = 1\.00: .*adds the Text 'note'; a picture has the same artists at every setting",
    ),
    "an artist too few": (
        lambda ax, line, t: line.remove() if t == 1 and line in ax.lines else None,
        r"fails at t = 1\.00: .*takes away the Line2D 'line'",
    ),
}


def two_lines(ax):
    ax.plot([0, 1], [0.2, 0.8], color=palette.P, zorder=3, gid="other")
    return ax.plot([0, 1], [0, 1], color=palette.Q, gid="line")[0]


@pytest.mark.parametrize("case", WRONG_UPDATES)
def test_what_a_frame_cannot_show_is_an_error(case):
    change, message = WRONG_UPDATES[case]
    e = define(drawing_of(two_lines, change))
    with pytest.raises(ExplorerError, match=message):
        list(e.frames(e.settings()))


GRID = [Slider("t", "t", 0, 1, 21, 0.5), Slider("u", "u", 0, 1, 21, 0.5)]
#: Neither with one of the two where it begins, nor a corner.
SELDOM = {"t": 0.2, "u": 0.7}


def seldom(change, mark=False, when=SELDOM):
    def draw(panel):
        ax = panel.subplots()
        line = two_lines(ax)
        other, title = ax.lines[0], ax.set_title("title", gid="title")
        other.set_animated(mark)

        def update(t, u):
            line.set_ydata([t, u])
            change(other, title, {"t": t, "u": u} == when)
            return {}

        return update

    return define(draw, controls=GRID)


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda line, title, now: line.set_ydata([now, 0.8]), "the Line2D 'other'"),
        (lambda line, title, now: title.set_text("now" if now else "title"), "the Text 'title'"),
        (lambda line, title, now: line.axes.set_xticks([0, 1] if now else [0, 0.5]), "ticks or labels of XAxis"),
        (lambda line, title, now: line.axes.xaxis.label.set_text("now" if now else "x"), "Text.*now"),
    ],
)  # fmt: skip
def test_what_changes_where_nobody_looked_is_an_error_that_names_it(change, named):
    e = seldom(change)
    if "XAxis" in named:  # an axis cannot be told; whenever its ticks are set, it moves
        assert [type(a).__name__ for a in moving(e)] == ["XAxis", "Line2D"]
        return
    settings = [{"t": t, "u": u} for t in GRID[0].values for u in GRID[1].values]
    for setting in settings[: settings.index(SELDOM)]:
        e.frame(setting)
    with pytest.raises(
        ExplorerError, match=rf"fails at t = 0\.20, u = 0\.70: .*changes {named}.*set_animated"
    ):
        e.frame(SELDOM)


@pytest.mark.parametrize("when", [{"t": 0.0, "u": 1.0}, {"t": 0.2, "u": 0.5}, {"t": 0.5, "u": 0.95}])
def test_what_moves_is_looked_for_at_corners_and_along_each_control(when):
    e = seldom(lambda line, title, now: line.set_ydata([now, 0.8]), when=when)
    assert {a.get_gid() for a in moving(e)} == {"line", "other"}


def test_what_its_author_says_moves_does():
    e = seldom(lambda line, title, now: line.set_ydata([now, 0.8]), mark=True)
    assert {a.get_gid() for a in moving(e)} == {"line", "other"}
    still = e.frame({"t": 0.25, "u": 0.7})[0]
    assert sum(a != b for a, b in zip(still, e.frame(SELDOM)[0], strict=True)) == 2
    assert e.drawing.png()


def test_only_what_moves_is_found():
    """Not what a setter was called on in vain."""
    assert len(moving(KINDS["setters-that-change-nothing"])) == 1
    assert [type(a).__name__ for a in moving(KINDS["parts-that-others-draw"])] == ["XAxis", "YAxis", "Legend"]


def test_slots_are_numbered_in_draw_order():
    e = KINDS["two-panels"]
    slots = re.findall(r'data-slot="(\d+)"', published.picture(e, e.frame(e.initial)[0]))
    assert slots == ["0", "1", "2"]
    assert [type(a).__name__ for a in moving(KINDS["between-still-artists"])] == ["Line2D", "Line2D"]


def test_a_setting_that_fails_does_not_keep_the_others_from_being_shown():
    def change(ax, line, t):
        if t == 1:
            raise ArithmeticError("never")
        line.set_ydata([t, 1])

    e = define(drawing_of(two_lines, change))
    assert e.frame({"t": 0.0}) != e.frame({"t": 0.5})
    with pytest.raises(ExplorerError, match=r"fails at t = 1\.00: ArithmeticError: never"):
        e.frame({"t": 1.0})


STYLES = {
    "colour": {"facecolor": palette.Q},
    "edge": {"edgecolor": palette.Q},
    "width": {"linewidth": 3},
    "dashes": {"linestyle": (0, (3, 1))},
    "start of the dashes": {"linestyle": (1, (4, 2))},
    "opacity": {"alpha": 0.5},
    "corners": {"joinstyle": "bevel"},
    "ends": {"capstyle": "round"},
    "hatch": {"hatch": "//"},
    "colour of the hatch": {"hatch": "..", "hatchcolor": palette.Q},
}


@pytest.mark.parametrize("difference", STYLES)
def test_a_style_is_not_taken_for_another(difference):
    """Styles are worked out once for each, so what tells them apart must be complete."""
    plain = {"facecolor": palette.P, "edgecolor": palette.INK, "linewidth": 2, "linestyle": (0, (4, 2))}
    if difference == "colour of the hatch":
        plain |= {"hatch": "..", "hatchcolor": palette.INK}
    figure = Figure()
    renderer = Renderer(640, 480, "styles", FRAME_DIGITS)
    written = []
    with palette.settings():
        for style in (plain, plain | STYLES[difference], plain):
            patch = Rectangle((0, 0), 9, 9, **style)
            figure.add_artist(patch)
            patch.draw(renderer)
            written.append(renderer.take())
    assert written[0] == written[2] != written[1]


def test_a_state_that_cannot_be_drawn_leaves_nothing_in_the_next():
    """Live, a reader moves on from it."""

    def draw(panel):
        ax = panel.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        (line,) = ax.plot([0, 1], [0, 1], marker="o", color=palette.P)

        def update(t):
            line.set_markerfacecolor("red" if t == 0 else palette.Q)
            return {}

        return update

    e = define(draw)
    with pytest.raises(ExplorerError, match=r"fails at t = 0\.00: ValueError: the colour #ff0000"):
        e.frame({"t": 0.0})
    fragments, _ = e.frame({"t": 1.0})
    untroubled, _ = replace(e).frame({"t": 1.0})
    assert list(map(without_ids, fragments)) == list(map(without_ids, untroubled))
    used = re.findall(r'href="#([^"]*)"', fragments[0])
    assert used and all(f'id="{oid}"' in e.drawing.definitions() for oid in used)


def test_the_same_sources_give_the_same_bytes():
    e = KINDS["two-panels"]
    first = published.html(e)
    e.frame({"t": 1.0})
    assert published.html(e) == first
    assert published.thumbnail(e) == published.thumbnail(e)


def test_no_style_leaks_into_the_page():
    """A style element in inline SVG holds for the whole document."""
    assert not [e.slug for e in KINDS.values() if "<style" in published.html(e)]


def test_png_for_notebooks_is_small_and_the_same():
    e = next(iter(all_figures().values()))
    e.frame(e.initial)
    png = e.drawing.png()
    assert png == e.drawing.png() and png.startswith(b"\x89PNG") and len(png) < 40_000


def test_png_keeps_the_books_colours():
    """The colour of each bar is exactly the palette's, and not that of another one nearby."""

    @explorer(slug="colours", title="t", caption="c", alt="a")
    def colours(panel):
        ax = panel.subplots()
        ax.bar(range(4), 1, color=[palette.P, palette.Q, palette.D, palette.EXTRA])

        def update():
            return {}

        return update

    counts = Image.open(BytesIO(colours.drawing.png())).convert("RGB").getcolors()
    seen = {"#{:02x}{:02x}{:02x}".format(*rgb) for n, rgb in counts if n > 1000}
    assert {palette.P, palette.Q, palette.D, palette.EXTRA} <= seen


def test_readout_formats():
    r = Readout("D", "D", "bits", infinite="why")
    assert r.text(-0.25) == "−0.250 bits"
    assert r.text(-0.0001) == "0.000 bits"
    assert r.text(float("-inf")) == "−∞ bits: why"
    assert r.text("a word") == "a word"
