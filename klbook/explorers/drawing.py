"""A figure taken apart: its still part once, its dynamic artists again for every state.

This is Matplotlib's blitting, with an SVG renderer and with the draw order kept: each dynamic artist leaves a
*slot* in the still part, at its own place in the draw order, and a state fills the slots. So the picture of a
state is the picture that Matplotlib would draw of the whole figure.

Dynamic artists may be
    lines (markers, error bars' lines, steps), patches (bars, polygons, spans, arrows), collections (fills
    between curves, scatter, line collections, error bars' bars, contours), images, texts (titles, several
    lines, maths text), annotations, legends, and a whole axis with its ticks and labels (``ax.xaxis``);
    containers of them, as ``ax.bar`` and ``ax.errorbar`` return, count as their members.

They must be children of an axes or of a panel. What belongs to something else (a single tick label, an axis
label, a text inside a legend) is drawn by its owner and cannot be dynamic on its own; return the owner. A
whole axes cannot be dynamic, and its limits and place must not change: everything in it would have to be
drawn again. `update` may take an artist away and return a new one in its place, if the draw order stays.
"""

import inspect
import math
import re
from functools import cached_property
from io import BytesIO, StringIO

import matplotlib as mpl
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG, RendererSVG
from matplotlib.collections import Collection
from matplotlib.container import Container
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image

from . import palette
from .appearance import appearance

__all__ = ["SUPPORTED", "Drawing"]

#: Kinds of artists that may be dynamic (an annotation is a Text, a contour set and a fill are Collections).
SUPPORTED = (Line2D, Patch, Collection, AxesImage, Text, Legend, Axis)

_PANEL = "kl-panel-"
_STILL_DIGITS, _FRAME_DIGITS, _MARKER_DIGITS = 2, 1, 2


class _Renderer(RendererSVG):
    """Matplotlib's SVG renderer, with rounded geometry, palette colours and ids of its own."""

    def __init__(self, width, height, prefix):
        self.buffer = StringIO()
        self._prefix, self._ids, self._open, self._written = prefix, {}, [], set()
        self.digits, self.defs, self._hoisted = _STILL_DIGITS, [], set()
        super().__init__(width, height, self.buffer, metadata={"Date": None})
        self.take()  # the prologue: the page writes its own <svg>,
        self.defs.clear()  # and a style for "*" in it would hold for the whole page

    def take(self) -> str:
        """What was written since the last time, tidied."""
        raw = self.buffer.getvalue()
        self.buffer.seek(0)
        self.buffer.truncate()
        return self._tidy(raw)

    def slot(self, number):
        self.writer.comment(f"slot {number}")

    # -- ids: short, and the same in every build
    def _make_id(self, type, content):
        key = (type, str(content))
        return self._ids.setdefault(key, f"{self._prefix}-{type}{len(self._ids)}")

    def open_group(self, s, gid=None):
        # Only a panel's group means anything here; the others would cost bytes in every frame.
        panel = bool(gid) and gid.startswith(_PANEL)
        self._open.append(panel)
        if panel:
            self.writer.start("g", attrib={"class": "kl-panel", "style": f"--i:{gid[len(_PANEL) :]}"})

    def close_group(self, s):
        if self._open.pop():
            self.writer.end("g")

    def write_new_definitions(self):
        """Clip paths and hatches that were used since the last time."""
        for store, write in (("_clipd", self._write_clips), ("_hatchd", self._write_hatches)):
            everything = getattr(self, store)
            setattr(self, store, {key: v for key, v in everything.items() if v[1] not in self._written})
            write()
            self._written.update(oid for _, oid in everything.values())
            setattr(self, store, everything)

    # -- geometry is rounded here, where it becomes text: numbers in texts are never touched
    def _convert_path(self, path, transform=None, clip=None, simplify=None, sketch=None):
        box = (0.0, 0.0, self.width, self.height) if clip else None
        order = [b"M", b"L", b"Q", b"C", b"z"]
        data = mpl._path.convert_to_string(
            path, transform, box, simplify, sketch, self.digits, order, False
        ).decode("ascii")
        data = data.replace(" \n", "").replace("\n", "")
        for command in "MLQC":
            data = data.replace(command + " ", command)
        return _level(data)

    def draw_markers(self, gc, marker_path, marker_trans, path, trans, rgbFace=None):
        if len(path.vertices) == 1 and not trans.transform(path.vertices).any():
            # A collection of one path, such as a fill, is drawn as a "marker" at the origin. As a definition it
            # would stand in the page once for each state.
            return self.draw_path(gc, marker_path, marker_trans, rgbFace)
        self.digits, kept = max(self.digits, _MARKER_DIGITS), self.digits
        super().draw_markers(gc, marker_path, marker_trans, path, trans, rgbFace)
        self.digits = kept

    def draw_path_collection(self, *args, **kwargs):
        self.digits, kept = max(self.digits, _MARKER_DIGITS), self.digits
        self._path_collection_id = 0  # the rest of the id says what the path is
        super().draw_path_collection(*args, **kwargs)
        self.digits = kept

    def draw_gouraud_triangles(self, *args, **kwargs):
        raise ValueError("smoothly shaded triangles (gouraud) cannot be published; use flat shading")

    def _get_style_dict(self, gc, rgbFace):
        if rgbFace is not None and tuple(rgbFace[:3]) == (0, 0, 0) and gc.get_hatch() is None:
            palette.css_variable("#000000")  # RendererSVG leaves black out, so it would go unseen
        return super()._get_style_dict(gc, rgbFace)

    # -- tidying
    def _tidy(self, svg):
        svg = re.sub(r"<!--(?! slot).*?-->", "", svg, flags=re.S)
        svg = re.sub(r">\s+<", "><", svg).strip()
        svg = re.sub(r"<(?!!)[^>]*>", self._tidy_tag, svg)
        return re.sub(r"<defs>(.*?)</defs>", self._hoist, svg, flags=re.S)

    def _hoist(self, match):
        """Definitions go to the still part: a frame that is taken out of the page must not take them along."""
        if match[1] not in self._hoisted:
            self._hoisted.add(match[1])
            self.defs.append(match[1])
        return ""

    def _tidy_tag(self, match):
        tag = match[0].replace("xlink:href", "href")
        tag = re.sub(r"(?<=[:;]) ", "", tag)
        tag = re.sub(r"(fill|stroke)(:|=\")(#[0-9a-f]{6})", self._variable, tag)
        tag = re.sub(r"font-family:[^;\"]*'DejaVu Sans'[^;\"]*;?", "", tag)  # the page's style names it
        tag = re.sub(r' transform="rotate\(-?0 [^)]*\)"', "", tag)
        tag = re.sub(r' (x|y|width|height)="(-?[\d.]+)"', self._rounded, tag)
        tag = re.sub(r"(translate|rotate)\([^)]*\)", self._rounded_list, tag)
        return tag.replace(' style=""', "").replace(';"', '"')

    def _variable(self, match):
        return match[1] + match[2] + palette.css_variable(match[3])

    def _round(self, number):
        return f"{float(number):.{self.digits}f}".rstrip("0").rstrip(".") if "." in number else number

    def _rounded(self, match):
        return f' {match[1]}="{self._round(match[2])}"'

    def _rounded_list(self, match):
        return re.sub(r"-?\d+\.\d+", lambda m: self._round(m[0]), match[0])


def _level(data):
    """Lines along an axis by H and V: the height of a bar then stands in its path once."""
    if data.count("L") > 60 or "C" in data or "Q" in data:
        return data  # a curve has none worth the time
    out, x, y = [], None, None
    for command, point in re.findall(r"([MLz])([^MLz]*)", data):
        if command == "z":
            out.append("z")
            continue
        new_x, _, new_y = point.partition(" ")
        if command == "L" and new_y == y:
            out.append(f"H{new_x}")
        elif command == "L" and new_x == x:
            out.append(f"V{new_y}")
        else:
            out.append(command + point)
        x, y = new_x, new_y
    return "".join(out)


class Drawing:
    """The figure of an explorer, its still part, and a frame for any state.

    Attributes
    ----------
    figure : matplotlib.figure.Figure
        At the state of the last frame.
    """

    def __init__(self, explorer):
        self.explorer = explorer
        width, height = explorer.size
        self._renderer = _Renderer(width * explorer.panels, height, explorer.slug)
        with palette.settings():
            size = (width * explorer.panels / 72, height / 72)
            self.figure = Figure(figsize=size, layout="constrained")
            FigureCanvasSVG(self.figure)
            panels = self.figure.subfigures(1, explorer.panels, squeeze=False)[0]
            for i, panel in enumerate(panels):
                panel.set_gid(f"{_PANEL}{i}")
            self._update = explorer.draw(*panels)
            self._check_parameters()
            artists, _ = self.call(explorer.initial)
            self._check_artists(artists)
            trial = _Renderer(self._renderer.width, self._renderer.height, explorer.slug)
            for artist in artists:
                artist.draw(trial)
            trial.take()  # refuses colours of one theme only
        self._check_text_sizes()

    @cached_property
    def still(self) -> str:
        """SVG of what does not change, with one empty ``<g data-slot="k">`` for each dynamic artist.

        To be asked for in :func:`.palette.settings`.
        """
        # Only now, and not when the figure is defined: it takes more time than the figure, and not all are shown.
        artists, _ = self.call(self.explorer.initial)
        # The layout is worked out once: a picture whose axes move with a slider cannot be compared.
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")
        self._drawn = [{} for _ in artists]
        self._axes = self.figure.findobj(Axes)
        self._parents = {id(a): a for a in map(_parent, artists)}
        self._order = self._draw_order(artists)
        self._places = self._axes_places()
        return self._draw_still(artists)

    def frame(self, setting: dict) -> tuple[list[str], dict]:
        """SVG of each dynamic artist at a setting, and the readouts that ``update`` returned.

        To be called in :func:`.palette.settings`.
        """
        renderer = self._renderer
        _ = self.still  # before the figure is at this setting
        artists, numbers = self.call(setting)
        self._check_state(artists)
        renderer.digits = _FRAME_DIGITS
        return [self._fragment(k, artist) for k, artist in enumerate(artists)], numbers

    def _fragment(self, k, artist):
        # Drawing is what takes time: what looks as it did in an earlier state is not drawn again.
        look = appearance(artist)
        fragment = self._drawn[k].get((type(artist), look))
        if look is None or fragment is None:
            artist.draw(self._renderer)
            fragment = self._drawn[k][type(artist), look] = self._renderer.take()
        return fragment

    def definitions(self) -> str:
        """Clip paths, markers and hatches of all frames that were drawn so far."""
        renderer = self._renderer
        renderer.digits = _STILL_DIGITS
        renderer.write_new_definitions()
        renderer.take()
        return "".join(renderer.defs)

    def png(self, dpi: int = 108) -> bytes:
        """PNG of the figure as the last frame left it, on white, for hosts that show only images."""
        out, small = BytesIO(), BytesIO()
        with palette.settings():
            _ = self.still
            self.figure.savefig(out, format="png", dpi=dpi)
        self._note_still_artists()
        # The book's colours and their steps towards paper, and no others: that keeps notebooks small, and D green.
        colours = Image.new("P", (1, 1))
        colours.putpalette(palette.with_tints())
        flat = Image.open(out).convert("RGB").quantize(palette=colours, dither=Image.Dither.NONE)
        flat.save(small, "png", optimize=True)
        return small.getvalue()

    # -- update, and what it returns
    def _check_parameters(self):
        e, update = self.explorer, self._update
        if not callable(update):
            raise ValueError(f"the figure function of explorer {e.slug!r} must return its update function")
        names = [c.name for c in e.controls]
        try:
            inspect.signature(update).bind(**dict.fromkeys(names))
        except TypeError as error:
            takes = ", ".join(inspect.signature(update).parameters) or "nothing"
            raise ValueError(
                f"the update of explorer {e.slug!r} takes {takes}, its controls are "
                f"{', '.join(names) or 'none'}: {error}"
            ) from None

    def call(self, setting: dict) -> tuple[list[Artist], dict]:
        """The dynamic artists and the readouts at a setting, with nothing drawn."""
        returned = self._update(**setting)
        try:
            artists, numbers = returned
            numbers = dict(numbers)
        except (TypeError, ValueError):
            raise ValueError(
                "update must return a list of artists and a dict of readouts, as ([line], {'D': 0.625})"
            ) from None
        return list(_flat(artists)), numbers

    def _check_artists(self, artists):
        slug = self.explorer.slug
        if len({id(a) for a in artists}) < len(artists):
            raise ValueError(f"update of explorer {slug!r} returns the same artist twice")
        for artist in artists:
            if isinstance(artist, Axes) or not isinstance(artist, SUPPORTED):
                kinds = ", ".join(kind.__name__ for kind in SUPPORTED)
                raise ValueError(
                    f"a {type(artist).__name__} of explorer {slug!r} cannot be dynamic; "
                    f"these can be, and what is derived from them: {kinds}"
                )
            if artist.get_figure(root=True) is not self.figure:
                raise ValueError(
                    f"update of explorer {slug!r} returns {artist}, which is not part of the explorer's figure"
                )
            if artist.get_rasterized():
                raise ValueError(f"{artist} of explorer {slug!r} is rasterised; only vectors are published")
            if artist not in _children(_parent(artist)):
                raise ValueError(
                    f"{artist} of explorer {slug!r} is drawn by another artist, not by its axes: "
                    "return its owner (a tick or axis label: ax.xaxis; a text in a legend: the legend)"
                )

    def _check_state(self, artists):
        """Whether still part and frame together are the whole figure."""
        if self._axes_places() != self._places:
            raise ValueError("update moves an axes or its limits; they must stay as in the initial state")
        if len(artists) != len(self._drawn) or self._draw_order(artists) != self._order:
            raise ValueError(
                "the dynamic artists or their draw order differ from the initial state; "
                "return the same artists in the same order, and give a new one a zorder of its own"
            )
        for artist in self._still_artists:
            if artist.stale:
                what = f"the ticks or limits of {artist}" if isinstance(artist, Axis) else artist
                raise ValueError(f"update changes {what} but does not return it")

    def _draw_order(self, artists):
        slots = {id(artist): k for k, artist in enumerate(artists)}
        order = []
        for parent in self._parents.values():
            children = sorted(_children(parent), key=Artist.get_zorder)
            order.append([slots.get(id(child), child) for child in children])
        return order

    def _axes_places(self):
        return [(*ax.viewLim.bounds, *ax.get_position().bounds) for ax in self._axes]

    def _draw_still(self, artists):
        renderer = self._renderer
        for k, artist in enumerate(artists):
            artist.draw = lambda _, k=k: renderer.slot(k)
        try:
            self.figure.draw(renderer)
        finally:
            for artist in artists:
                del artist.draw
        dynamic = {id(a) for artist in artists for a in artist.findobj()}
        # An axis makes its ticks anew at will; it is watched itself.
        dynamic |= {id(a) for axis in self.figure.findobj(Axis) for a in axis.findobj() if a is not axis}
        self._still_artists = [a for a in self.figure.findobj(_is_leaf) if id(a) not in dynamic]
        self._note_still_artists()
        still = re.sub(r"<!-- slot (\d+) -->", r'<g data-slot="\1"></g>', renderer.take())
        if still.count("data-slot") != len(artists):
            raise ValueError(f"an artist of explorer {self.explorer.slug!r} is outside of what its axes draw")
        return still

    def _note_still_artists(self):
        """From here on, a stale one was changed by `update`."""
        for artist in self._still_artists:
            artist.stale = False

    def _check_text_sizes(self):
        e = self.explorer
        scale = min(1, palette.PHONE_PANEL / e.size[0])
        for text in self.figure.findobj(Text):
            if (
                text.get_text()
                and text.get_visible()
                and text.get_size() * scale < palette.SMALLEST_TEXT - 1e-9
            ):
                least = math.ceil(10 * palette.SMALLEST_TEXT / scale) / 10
                raise ValueError(
                    f"the text {text.get_text()!r} of explorer {e.slug!r} has size {text.get_size():g}; on a "
                    f"phone it would be below {palette.SMALLEST_TEXT} px: use {least:g} or more, or a "
                    "narrower panel"
                )


def _flat(artists):
    """Members of containers one by one; `ax.errorbar` and `ax.bar` return tuples of artists."""
    for artist in artists:
        if artist is None:
            continue  # an error bar without its line
        if isinstance(artist, (Container, list, tuple)):
            yield from _flat(artist)
        elif isinstance(artist, Artist):
            yield artist
        else:
            raise ValueError(f"update must return artists, not {artist!r}")


def _parent(artist):
    """The axes or panel that draws an artist."""
    return artist.axes if artist.axes is not None else artist.get_figure(root=False)


def _children(parent):
    """What a parent draws itself; an artist that was taken out of its figure has none."""
    return [] if parent is None else parent.get_children()


def _is_leaf(artist):
    return isinstance(artist, (Line2D, Patch, Collection, AxesImage, Text, Axis))
