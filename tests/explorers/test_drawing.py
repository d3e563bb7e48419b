"""A published state is Matplotlib's full drawing of that state; what cannot be is an error."""

import re
from dataclasses import replace
from io import BytesIO
from itertools import product

import numpy as np
import pytest
from kinds import KINDS
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from PIL import Image

from klbook.explorers import EXPLORERS, ExplorerError, Readout, Slider, explorer, palette, published
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
        fresh.call(setting)
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
    assert "t &lt; 0.50000000 &amp; more" in fragments[0]
    assert "with 0.050056789" in fragments[1]
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
    try:
        return explorer(**defaults | options)(draw)
    finally:
        EXPLORERS.pop("wrong-one", None)


def drawing_of(artist_of, change=lambda ax, artist, t: None):
    def draw(panel):
        ax = panel.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        artist = artist_of(ax)

        def update(t):
            change(ax, artist, t)
            return [artist], {}

        return update

    return draw


UNSUPPORTED = {
    "axes": (lambda ax: ax, "Axes.* cannot be dynamic"),
    "figure": (lambda ax: ax.get_figure(root=True), "Figure.* cannot be dynamic"),
    "tick label": (lambda ax: ax.get_xticklabels()[0], "return its owner"),
    "axis label": (lambda ax: ax.xaxis.label, "return its owner"),
    "legend text": (
        lambda ax: ax.legend([ax.plot([], [], color=palette.P)[0]], ["a"]).get_texts()[0],
        "return its owner",
    ),
    "table": (lambda ax: ax.table([["1"]]), "a Table of explorer .* cannot be dynamic"),
    "shaded triangles": (
        lambda ax: ax.tripcolor([0, 1, 0], [0, 0, 1], [0, 1, 2], shading="gouraud"),
        "gouraud",
    ),
    "rasterised": (lambda ax: ax.plot([0, 1], [0, 1], color=palette.P, rasterized=True)[0], "rasterised"),
    "number": (lambda ax: 3, "must return artists, not 3"),
    "not in the figure": (
        lambda ax: LineCollection([[(0, 0), (1, 1)]], colors=palette.P),
        "not part of the explorer's figure",
    ),
    "colour of one theme only": (
        lambda ax: ax.plot([0, 1], [0, 1], color="red")[0],
        "#ff0000 is not in the book's palette, which has: p #",
    ),
    "black": (
        lambda ax: ax.bar([0.5], [0.5], facecolor="black", edgecolor=palette.P),
        "#000000 is not in the book's palette",
    ),
}


@pytest.mark.parametrize("case", UNSUPPORTED)
def test_what_cannot_be_dynamic_is_refused_when_it_is_defined(case):
    artist_of, message = UNSUPPORTED[case]
    with pytest.raises((ValueError, ExplorerError), match=message):
        define(drawing_of(artist_of))


def test_an_artist_of_another_figure_is_refused():
    (foreign,) = KINDS["line-with-markers"].drawing.figure.axes[0].lines
    with pytest.raises(ValueError, match="not part of the explorer's figure"):
        define(drawing_of(lambda ax: foreign))


def test_text_too_small_for_a_phone_is_refused():
    with pytest.raises(ValueError, match=r"below 10 px: use 10\.9 or more"):
        define(drawing_of(lambda ax: ax.text(0.5, 0.5, "small", fontsize=9)))


WRONG_UPDATES = {
    "a forgotten artist": (
        lambda ax, artist, t: ax.lines[0].set_ydata([t, t]),
        "changes Line2D.* but does not return it",
    ),
    "limits that move": (lambda ax, artist, t: ax.set_xlim(0, 1 + t), "limits"),
    "an axes that moves": (
        lambda ax, artist, t: ax.set_position([0.1, 0.1, 0.5 + t / 5, 0.5]),
        "moves an axes",
    ),
    "draw order that changes": (lambda ax, artist, t: artist.set_zorder(2 + t * 3), "draw order differ"),
    "ticks without their axis": (lambda ax, artist, t: ax.set_xticks([t]), "XAxis.* but does not return it"),
}


@pytest.mark.parametrize("case", WRONG_UPDATES)
def test_what_a_frame_cannot_show_is_an_error(case):
    change, message = WRONG_UPDATES[case]

    def artist_of(ax):
        ax.plot([0, 1], [0.2, 0.8], color=palette.P, zorder=3)
        return ax.plot([0, 1], [0, 1], color=palette.Q)[0]

    with pytest.raises((ExplorerError, ValueError), match=message):
        e = define(drawing_of(artist_of, change))
        list(e.frames(e.settings()))


def test_an_artist_that_went_away_is_an_error():
    def draw(panel):
        ax = panel.subplots()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        lines = [ax.plot([0, 1], [0, 1], color=palette.P)[0] for _ in range(2)]

        def update(t):
            return lines[: 1 if t == 1 else 2], {}

        return update

    e = define(draw)
    with pytest.raises(ExplorerError, match=r"explorer 'wrong-one' fails at t = 1\.00: .*same artists"):
        list(e.frames(e.settings()))


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
            return [line], {}

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
        return lambda: ([], {})

    try:
        counts = Image.open(BytesIO(colours.drawing.png())).convert("RGB").getcolors()
        seen = {"#{:02x}{:02x}{:02x}".format(*rgb) for n, rgb in counts if n > 1000}
        assert {palette.P, palette.Q, palette.D, palette.EXTRA} <= seen
    finally:
        del EXPLORERS["colours"]


def test_readout_formats():
    r = Readout("D", "D", "bits", infinite="why")
    assert r.text(-0.25) == "−0.250 bits"
    assert r.text(-0.0001) == "0.000 bits"
    assert r.text(float("-inf")) == "−∞ bits: why"
    assert r.text("a word") == "a word"
