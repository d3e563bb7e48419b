"""A figure taken apart: its still part once, its dynamic artists again for every state.

This is Matplotlib's blitting, with an SVG renderer and with the draw order kept: each dynamic artist leaves a
*slot* in the still part, at its own place in the draw order, and a state fills the slots. So the picture of a
state is the picture that Matplotlib would draw of the whole figure.

Which artists are dynamic is found, not listed. `update` is called at a number of settings: each value of each
control with the others where they begin, and all corners; all settings where they are few. What looks different
at one of them (see :mod:`.appearance`), or was taken away and a new one put in its place, is dynamic. An artist
that changes at none of them and at another one is an error of that state, which names it; ``set_animated(True)``,
Matplotlib's own word for it, makes an artist dynamic whatever was found.

Dynamic artists may be
    lines (markers, error bars' lines, steps), patches (bars, polygons, spans, arrows), collections (fills
    between curves, scatter, line collections, error bars' bars, contours), images, texts (titles, several
    lines, maths text), annotations, legends, and a whole axis with its ticks and labels (``ax.xaxis``).

They are what an axes or a panel draws itself. What belongs to something else (a tick label, an axis label, a text
inside a legend) is drawn by its owner, which is dynamic then. A whole axes cannot be dynamic, and its limits and
place must not change: everything in it would have to be drawn again. `update` may take an artist away and put a
new one in its place, if the number of artists stays as it was.
"""

import inspect
import math
from collections.abc import Mapping
from functools import cached_property
from io import BytesIO
from itertools import product
from operator import attrgetter

from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import Collection
from matplotlib.figure import Figure, FigureBase
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import Patch
from matplotlib.text import Text
from PIL import Image

from . import palette
from .appearance import appearance, traits
from .renderer import FRAME_DIGITS, PANEL, STILL_DIGITS, Renderer

__all__ = ["SUPPORTED", "Drawing"]

#: Kinds of artists that may be dynamic (an annotation is a Text, a contour set and a fill are Collections).
SUPPORTED = (Line2D, Patch, Collection, AxesImage, Text, Legend, Axis)

_LEAVES = (Line2D, Patch, Collection, AxesImage, Text)

#: What moves is looked for in all states where there are not more than this.
_FEW = 64


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
            try:
                self.move(explorer.initial)
            except Exception as cause:
                raise explorer.failure(explorer.initial, cause) from cause
        self._check_text_sizes()

    @cached_property
    def still(self) -> str:
        """SVG of what does not change, with one empty ``<g data-slot="k">`` for each dynamic artist.

        To be asked for in :func:`.palette.settings`.
        """
        # Only now, and not with the figure: it takes more time than the figure, and not all are shown.
        self.move(self.explorer.initial)
        # The layout is worked out once: a picture whose axes move with a slider cannot be compared.
        self.figure.draw_without_rendering()
        self.figure.set_layout_engine("none")
        self._axes = self.figure.findobj(Axes)
        self._parents = [*self.figure.findobj(FigureBase), *self._axes]
        self._places = self._axes_places()
        return self._draw_still(self._find_dynamic())

    def frame(self, setting: dict) -> tuple[list[str], dict]:
        """SVG of each dynamic artist at a setting, and the readouts that ``update`` returned.

        To be called in :func:`.palette.settings`.
        """
        _ = self.still  # before the figure is at this setting
        numbers = self.move(setting)
        artists = self._fill()
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
            _ = self.still
        return [artist.get_gid() for artist in self._first]

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
            raise ValueError(f"the figure function must return its update function, not {update!r}")
        names = [c.name for c in e.controls]
        try:
            inspect.signature(update).bind(**dict.fromkeys(names))
        except TypeError as error:
            takes = ", ".join(inspect.signature(update).parameters) or "nothing"
            raise ValueError(
                f"update takes {takes}, the controls are {', '.join(names) or 'none'}: {error}"
            ) from None

    def move(self, setting: dict) -> dict:
        """Call `update`: the figure is at a setting then, not drawn. Returns the readouts as `update` did."""
        returned = self._update(**setting)
        if not isinstance(returned, Mapping):
            raise ValueError(f"update must return a dict of readouts, as {{'D': 0.625}}, not {returned!r}")
        return dict(returned)

    # -- what is dynamic
    def _find_dynamic(self):
        """Places in the draw order of what `update` changes. The figure is at the initial setting then."""
        first = self._order()
        dynamic = {k for k, artist in enumerate(first) if artist.get_animated()}
        for k in dynamic:
            first[k].set_animated(False)  # Matplotlib would not draw it with the others
        looks = {k: _Looks(a) for k, a in enumerate(first) if not isinstance(a, (Axes, FigureBase))}
        for setting in self._probes():
            try:
                self.move(setting)
            except Exception:
                continue  # said when this state is asked for
            order = self._order()
            if len(order) != len(first):
                # Said at once: it stays so, and other states would be blamed.
                raise self.explorer.failure(setting, ValueError(_what_differs(first, order)))
            for k in looks.keys() - dynamic:
                if order[k] is not first[k] or looks[k].change(silent=True) is not None:
                    dynamic.add(k)
        self.move(self.explorer.initial)
        return sorted(dynamic)

    def _probes(self):
        e = self.explorer
        if e.states <= _FEW:
            yield from e.settings()
        else:
            for c in e.controls:
                yield from ({**e.initial, c.name: value} for value in c.values)
            for corner in product(*((c.values[0], c.values[-1]) for c in e.controls)):
                yield {c.name: value for c, value in zip(e.controls, corner, strict=True)}
        yield e.initial  # again, for an update that makes artists anew

    def _order(self):
        """What each panel and axes draws, in its order, behind itself."""
        return [a for p in self._parents for a in (p, *sorted(p.get_children(), key=_zorder))]

    def _fill(self):
        """The artists for the slots, if still part and frame together are the whole figure."""
        if self._axes_places() != self._places:
            raise ValueError(
                "update moves, hides or shows an axes, or changes its limits; they must stay as they begin"
            )
        order = self._order()
        still = list(order)
        if len(order) == len(self._still_order):
            for k in self._slots:
                still[k] = None
        if still != self._still_order:
            begins = [*self._first, *(a for a in self._still_order if a is not None)]
            raise ValueError(_what_differs(begins, order))
        artists = [order[k] for k in self._slots]
        for artist, first in zip(artists, self._first, strict=True):
            if artist is not first:
                self._check_artist(artist)
        # It is asked at every state, and mostly none has been touched.
        touched = self._looks if any(map(_stale, self._still_parts)) else ()
        for looks in touched:
            part = looks.change()
            if part is not None:
                raise ValueError(
                    f"update changes {_name(part)} here, but at none of the settings where what moves is looked "
                    "for (each value of each control with the others where they begin, and all corners); say "
                    "set_animated(True) on it where it is made"
                )
        return artists

    def _check_artist(self, artist):
        if not isinstance(artist, SUPPORTED):
            kinds = ", ".join(kind.__name__ for kind in SUPPORTED)
            raise ValueError(
                f"a {type(artist).__name__} cannot be dynamic, but update changes it; "
                f"these can be, and what is derived from them: {kinds}"
            )
        if artist.get_rasterized():
            raise ValueError(f"{_name(artist)} is rasterised; only vectors are published")

    def _axes_places(self):
        # Not where an axes stands now: that is worked out again for a PNG, where its aspect is kept.
        return [
            (
                ax.viewLim.get_points().tobytes(),
                ax.get_position(original=True).get_points().tobytes(),
                ax.get_aspect(),
                ax.get_box_aspect(),
                (ax.get_visible(), ax.axison, ax.get_frame_on()),
            )
            for ax in self._axes
        ]

    def _draw_still(self, dynamic):
        renderer, order, drawn = self._renderer, self._order(), []

        def leave_a_slot(k):
            renderer.slot(len(drawn))
            drawn.append(k)

        for k in dynamic:
            self._check_artist(order[k])
            order[k].draw = lambda _, k=k: leave_a_slot(k)
        try:
            self.figure.draw(renderer)
        finally:
            for k in dynamic:
                del order[k].draw
        still = renderer.take()
        for k in set(dynamic).difference(drawn):
            raise ValueError(f"update changes {_name(order[k])}, which is not drawn by its axes")
        #: Place in the draw order of the artist that fills each slot.
        self._slots = drawn
        self._first = [order[k] for k in drawn]
        self._drawn = [{} for _ in drawn]
        for k in drawn:
            order[k] = None
        self._still_order = order
        self._note_still_artists()
        return still

    def _note_still_artists(self):
        """From here on, one that looks different was changed by `update`."""
        still = (a for a in self._still_order if a is not None and not isinstance(a, (Axes, FigureBase)))
        self._looks = [_Looks(artist) for artist in still]
        self._still_parts = [part for looks in self._looks for part in looks.parts]

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
                    f"the text {text.get_text()!r} has size {text.get_size():g}; on a phone it would be below "
                    f"{palette.SMALLEST_TEXT} px: use {least:g} or more, or a narrower panel"
                )


_zorder, _stale = attrgetter("zorder"), attrgetter("stale")


class _Looks:
    """What an artist and its parts look like now; what of them has changed since."""

    def __init__(self, artist):
        parts = [part for part in _parts(artist) if part is artist or isinstance(part, _LEAVES)]
        # An axis has a hundred parts, and says of itself when its ticks change.
        self._noisy = isinstance(artist, Axis)
        self._parts = [
            (part, look, self._traits(part, look)) for part in parts for look in [appearance(part)]
        ]
        self.parts = parts
        for part in parts:
            part.stale = False

    def _traits(self, part, look):
        return traits(part) if look is None and not self._noisy else None

    def change(self, silent=False):
        """The first part that has changed, or None. `silent`: also where no setter has noted a change."""
        for part, look, its_traits in self._parts:
            if part.stale and look is None:
                return part
            # Setters note a change even where nothing changed.
            if part.stale or (silent and not self._noisy):
                if appearance(part) != look or self._traits(part, look) != its_traits:
                    return part
                part.stale = False
        return None


def _what_differs(begins, order):
    gone, new = [a for a in begins if a not in order], [a for a in order if a not in begins]
    said = [f"{what} {_name(some[0])}" for what, some in (("takes away", gone), ("adds", new)) if some]
    return (
        f"update {' and '.join(said) or 'changes the draw order'}; a picture has the same artists at every "
        "setting: hide one with set_visible(False), or put a new one in the place of the old"
    )


def _parts(artist):
    """An artist and all that it draws with itself: lists of children leave some out, as the text of a cell."""
    found, waiting = {}, [artist]
    while waiting:
        part = waiting.pop()
        if id(part) not in found and not isinstance(part, (Axes, FigureBase)):
            found[id(part)] = part
            own = [a for a in vars(part).values() if isinstance(a, Artist) and not isinstance(a, Axis)]
            waiting += [*part.get_children(), *own]
    return list(found.values())


def _name(artist):
    """An artist as its author would know it."""
    if isinstance(artist, Axis):
        return f"the ticks or labels of {artist}"
    return f"the {type(artist).__name__} {artist.get_gid()!r}" if artist.get_gid() else str(artist)
