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
from functools import cached_property
from io import BytesIO

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
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
from .renderer import FRAME_DIGITS, PANEL, STILL_DIGITS, Renderer

__all__ = ["SUPPORTED", "Drawing"]

#: Kinds of artists that may be dynamic (an annotation is a Text, a contour set and a fill are Collections).
SUPPORTED = (Line2D, Patch, Collection, AxesImage, Text, Legend, Axis)


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
        whole = (width * explorer.panels, height, explorer.slug, STILL_DIGITS)
        self._renderer = Renderer(*whole)
        with palette.settings():
            size = (width * explorer.panels / 72, height / 72)
            self.figure = Figure(figsize=size, layout="constrained")
            FigureCanvasSVG(self.figure)
            panels = self.figure.subfigures(1, explorer.panels, squeeze=False)[0]
            for i, panel in enumerate(panels):
                panel.set_gid(f"{PANEL}{i}")
            self._update = explorer.draw(*panels)
            self._check_parameters()
            artists, _ = self.call(explorer.initial)
            self._check_artists(artists)
            trial = Renderer(*whole)
            for artist in artists:
                artist.draw(trial)  # refuses colours of one theme only
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
        _ = self.still  # before the figure is at this setting
        artists, numbers = self.call(setting)
        self._check_state(artists)
        self._renderer.begin(FRAME_DIGITS)
        return [self._fragment(k, artist) for k, artist in enumerate(artists)], numbers

    def _fragment(self, k, artist):
        # Drawing is what takes time: what looks as it did in an earlier state is not drawn again.
        look = appearance(artist)
        fragment = self._drawn[k].get((type(artist), look))
        if look is None or fragment is None:
            artist.draw(self._renderer)
            fragment = self._drawn[k][type(artist), look] = self._renderer.take()
        return fragment

    def gids(self) -> list[str | None]:
        """Names that the author gave to the dynamic artists, slot by slot."""
        with palette.settings():
            artists, _ = self.call(self.explorer.initial)
        return [artist.get_gid() for artist in artists]

    def definitions(self) -> str:
        """Clip paths, markers and hatches of all frames that were drawn so far."""
        return self._renderer.definitions()

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
        # Not where an axes stands now: that is worked out again for a PNG, where its aspect is kept.
        return [
            (
                ax.viewLim.get_points().tobytes(),
                ax.get_position(original=True).get_points().tobytes(),
                ax.get_aspect(),
                ax.get_box_aspect(),
            )
            for ax in self._axes
        ]

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
        still = renderer.take()
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
