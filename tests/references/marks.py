"""What a mark of a picture shows, read from its artist, and compared with what it should show.

A mark is named by its artist's gid. What a reference may say of it:

=========================  =======================================================================================
``None``                   nothing is to be seen: hidden, empty, or without a number
``"text"``                 a text: its words; `At(x, y, "text")` its place, too
a number                   where a level or an upright line stands (``axhline``, ``axvline``)
``[(x, y), …]``            the points of a line, of markers, of a scatter; the corners of a polygon (NaN: a gap)
``Bars([…], bottom=0)``    bars: ``(middle, top)`` of each, from `bottom` (a number or one for each)
``Curve(f, a, b)``         a line from x = a to x = b whose every point is ``(x, f(x))``
``Band(low, high, a, b)``  a fill between two functions from a to b
``Segments([…])``          separate straight pieces, each ``((x, y), (x, y))``, in any order, of one artist or several
``Contours(f, levels)``    level lines of ``f(x, y)``
``Image(array)``           the values of an image
``Each([…])``              several artists of one gid, in the order of drawing
``{place: "words"}``       the ticks of "x-axis" or "y-axis" (of further axes: "x-axis-2", …)
``"text"``                 of "x-label" or "y-label" ("y-label-2", …): what stands beside an axis
``{gid: "words"}``         the entries of "legend" ("legend-2", …), by the artist that each has the look of
a function                 of the artist; returns what is wrong with it, or nothing
=========================  =======================================================================================

Places are in the axes' data coordinates.
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.collections import Collection, LineCollection, PathCollection
from matplotlib.colors import to_hex
from matplotlib.image import AxesImage
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.patches import FancyArrowPatch, Patch, PathPatch, Polygon, Rectangle
from matplotlib.path import Path
from matplotlib.text import Text

__all__ = [
    "At",
    "Band",
    "Bars",
    "Contours",
    "Curve",
    "Each",
    "Image",
    "Segments",
    "difference",
    "number_difference",
]


@dataclass(frozen=True)
class At:
    """Words at a place."""

    x: float
    y: float
    words: str


@dataclass(frozen=True)
class Bars:
    """Bars by middle and top, of one width or of these, if that is said. `least`: lower ones may be left out."""

    tops: Any
    bottom: Any = 0.0
    least: float = 0.0
    width: Any = None


@dataclass(frozen=True)
class Curve:
    """Points ``(x, f(x))`` from `start` to `stop`, at least `points` of them. `f` takes an array."""

    f: Any
    start: float
    stop: float
    points: int = 20


@dataclass(frozen=True)
class Band:
    """What lies between two functions (or numbers) from `start` to `stop`."""

    low: Any
    high: Any
    start: float
    stop: float
    points: int = 10


@dataclass(frozen=True)
class Segments:
    """Straight pieces in any order."""

    pieces: Any


@dataclass(frozen=True)
class Contours:
    """Lines on which ``f(x, y)`` has one of the levels, within `tolerance` (they are interpolated on a grid)."""

    f: Any
    levels: Any
    tolerance: float = 1e-2


@dataclass(frozen=True)
class Image:
    """The values of an image, as an array."""

    values: Any


@dataclass(frozen=True)
class Each:
    """Several artists of one gid, in the order of drawing."""

    marks: Any


def difference(artists, expected, tolerance):
    """What is wrong with the artists of one gid, or None."""
    if isinstance(expected, Each):
        if len(artists) != len(expected.marks):
            return f"{len(artists)} artists, expected {len(expected.marks)}"
        wrong = [difference([a], e, tolerance) for a, e in zip(artists, expected.marks, strict=True)]
        return next((f"number {k}: {w}" for k, w in enumerate(wrong) if w), None)
    if isinstance(expected, Bars):
        return _bars_difference(artists, expected, tolerance)
    if isinstance(expected, Segments):
        return _segments_difference(artists, expected, tolerance)
    if len(artists) != 1:
        return (
            f"{len(artists)} artists of this name; expected says one (Each, Bars and Segments take several)"
        )
    artist = artists[0]
    if isinstance(expected, dict):
        return (_legend_difference if isinstance(artist, Legend) else _ticks_difference)(artist, expected)
    if callable(expected):
        return expected(artist)
    hidden = _nothing_to_see(artist)
    if expected is None or hidden:
        return (
            None
            if expected is None and hidden
            else f"{'hidden' if hidden else 'seen'}, expected {expected!r}"
        )
    return _one_difference(artist, expected, tolerance)


def _nothing_to_see(artist):
    if not artist.get_visible():
        return True
    if isinstance(artist, Line2D):
        return not np.isfinite(np.column_stack(artist.get_data(orig=False)).astype(float)).all(axis=1).any()
    if isinstance(artist, Text):
        return not artist.get_text()
    if isinstance(artist, PathCollection):
        return not len(artist.get_offsets())
    if isinstance(artist, Collection):
        return not any(len(path.vertices) for path in artist.get_paths())
    if isinstance(artist, PathPatch):
        return not len(artist.get_path().vertices)
    return False


def _one_difference(artist, expected, tolerance):
    if isinstance(expected, str):
        return None if artist.get_text() == expected else f"says {artist.get_text()!r}, expected {expected!r}"
    if isinstance(expected, At):
        return _one_difference(artist, expected.words, tolerance) or _points_difference(
            [artist.xy if hasattr(artist, "xyann") else artist.get_position()],
            [(expected.x, expected.y)],
            tolerance,
        )
    if isinstance(expected, Image):
        assert isinstance(artist, AxesImage)
        return _points_difference(np.asarray(artist.get_array()), expected.values, tolerance)
    if isinstance(expected, Curve):
        return _curve_difference(_points(artist), expected, tolerance)
    if isinstance(expected, Band):
        return _band_difference(artist, expected, tolerance)
    if isinstance(expected, Contours):
        return _contours_difference(artist, expected)
    if np.ndim(expected) == 0:
        return _level_difference(artist, float(expected), tolerance)
    return _points_difference(_points(artist), expected, tolerance)


def _points(artist):
    """Points of a line, offsets of a scatter, corners of a polygon (not closed)."""
    if isinstance(artist, Line2D):
        return np.column_stack(artist.get_data(orig=False)).astype(float)
    if isinstance(artist, PathCollection):
        return np.asarray(artist.get_offsets(), float)
    if isinstance(artist, FancyArrowPatch):
        return np.array(artist._posA_posB, float)
    if isinstance(artist, Polygon):
        corners = artist.get_xy()
        return corners[:-1] if len(corners) > 1 and (corners[0] == corners[-1]).all() else corners
    if isinstance(artist, Rectangle):
        x, y = artist.get_xy()
        w, h = artist.get_width(), artist.get_height()
        return np.array([(x, y), (x + w, y), (x + w, y + h), (x, y + h)])
    if isinstance(artist, Patch):
        return artist.get_path().vertices
    (path,) = artist.get_paths()
    return path.vertices


def _points_difference(found, expected, tolerance):
    found, expected = np.asarray(found, float), np.asarray(expected, float)
    if found.shape != expected.shape:
        return f"shape {found.shape}, expected {expected.shape}"
    right = np.isclose(found, expected, rtol=tolerance, atol=tolerance, equal_nan=True)
    if right.all():
        return None
    k = tuple(np.argwhere(~right)[0])
    return f"{found[k]!r} at {tuple(map(int, k))}, expected {expected[k]!r}"


def _level_difference(artist, expected, tolerance):
    """A line over the whole axes in one direction, or a span's edge: where it stands in the other."""
    points = _points(artist)
    level = [k for k in (0, 1) if (points[:, k] == points[0, k]).all()]
    if len(level) != 1:
        return "neither level nor upright; give its points"
    return _points_difference(points[:, level[0]], np.full(len(points), expected), tolerance)


def _curve_difference(points, curve, tolerance):
    points = points[np.isfinite(points).all(axis=1)]
    x, y = points.T
    if len(x) < curve.points:
        return f"{len(x)} points, expected {curve.points} at least"
    if (np.diff(x) < 0).any():
        return "its points do not run from left to right"
    return _points_difference([x[0], x[-1]], [curve.start, curve.stop], tolerance) or _points_difference(
        y, np.broadcast_to(np.asarray(curve.f(x), float), x.shape), tolerance
    )


def _band_difference(artist, band, tolerance):
    points = _points(artist)
    x, y = points.T
    edges = [
        np.broadcast_to(np.asarray(f(x) if callable(f) else f, float), x.shape) for f in (band.low, band.high)
    ]
    wrong = _points_difference([x.min(), x.max()], [band.start, band.stop], tolerance)
    if wrong:
        return f"from and to: {wrong}"
    on = [np.isclose(y, edge, rtol=tolerance, atol=tolerance) for edge in edges]
    off = ~(on[0] | on[1])
    if off.any():
        k = int(np.argmax(off))
        return f"({x[k]!r}, {y[k]!r}) is on neither edge: {edges[0][k]!r}, {edges[1][k]!r}"
    least = min(len(np.unique(x[lies])) for lies in on)
    return None if least >= band.points else f"{least} places on an edge, expected {band.points} at least"


def _pieces(artist):
    if isinstance(artist, LineCollection):
        return [np.asarray(s, float) for s in artist.get_segments()]
    points = _points(artist)
    gaps = np.flatnonzero(~np.isfinite(points).all(axis=1))
    pieces = [s[np.isfinite(s).all(axis=1)] for s in np.split(points, gaps)]
    return [s for s in pieces if len(s)]


def _segments_difference(artists, expected, tolerance):
    found = [piece for artist in artists if artist.get_visible() for piece in _pieces(artist)]

    def ordered(pieces):
        return sorted(np.asarray(sorted(map(tuple, piece)), float).round(9).tolist() for piece in pieces)

    found, wanted = ordered(found), ordered(expected.pieces)
    if list(map(len, found)) != list(map(len, wanted)):
        return f"{len(found)} pieces, expected {len(wanted)}"
    return _points_difference(np.concatenate(found), np.concatenate(wanted), tolerance)


def _contours_difference(artist, expected):
    levels = np.asarray(expected.levels, float)
    if not np.allclose(np.sort(artist.levels), np.sort(levels)):
        return f"levels {list(artist.levels)}, expected {levels.tolist()}"
    for level, path in zip(artist.levels, artist.get_paths(), strict=True):
        x, y = path.vertices.T
        off = np.abs(np.asarray(expected.f(x, y), float) - level)
        if len(off) and not (off <= expected.tolerance).all():
            return f"level {level} is off by {off.max()!r}"
    return None


def _bars_difference(artists, expected, tolerance):
    bars = [bar for artist in artists if artist.get_visible() for bar in _bars(artist)]
    found = np.array(bars, float).reshape(-1, 4)
    tops = np.asarray(expected.tops, float).reshape(-1, 2)
    bottoms = np.broadcast_to(np.asarray(expected.bottom, float), len(tops))
    wanted = np.column_stack([tops[:, 0], np.minimum(tops[:, 1], bottoms), np.maximum(tops[:, 1], bottoms)])
    wanted = wanted[wanted[:, 2] - wanted[:, 1] >= expected.least]
    wrong = _points_difference(found[:, :3], wanted, tolerance)
    if not wrong and expected.width is not None and not np.allclose(found[:, 3], expected.width):
        wrong = f"widths {np.unique(found[:, 3])}, expected {expected.width}"
    return wrong


def _bars(artist):
    """(middle, low end, high end, width) of each bar: a rectangle, or a path of closed boxes."""
    if isinstance(artist, Rectangle):
        path = Path(_points(artist))
    else:
        paths = [artist.get_path()] if isinstance(artist, Patch) else artist.get_paths()
        path = Path.make_compound_path(*paths)
    for box in path.to_polygons(closed_only=False) if len(path.vertices) else ():
        (left, low), (right, high) = box.min(axis=0), box.max(axis=0)
        yield (left + right) / 2, low, high, right - left


def _ticks_difference(axis, expected):
    places = axis.get_majorticklocs()
    words = list(map(str, axis.get_major_formatter().format_ticks(places)))
    if words != list(expected.values()):
        return f"says {words}, expected {list(expected.values())}"
    return _points_difference(places, list(expected), 1e-9)


def _legend_difference(legend, expected):
    said = {t.get_text(): _look(h) for t, h in zip(legend.get_texts(), legend.legend_handles, strict=True)}
    looks = {a.get_gid(): _look(a) for a in legend.axes.get_children() if a.get_gid() in expected}
    wanted = {words: looks.get(gid) for gid, words in expected.items()}
    return None if said == wanted else f"says {said}, expected {wanted}"


def _look(artist):
    """Colour and pattern, by which a reader knows an artist again in the legend."""
    if isinstance(artist, Line2D):
        return to_hex(artist.get_color()), artist.get_linestyle()
    edge = np.atleast_2d(artist.get_edgecolor())
    fill = np.atleast_2d(artist.get_facecolor())
    return to_hex((edge if len(edge) and edge[0][3] else fill)[0]), artist.get_hatch()


def number_difference(found, expected, tolerance):
    """What is wrong with a readout as `update` returned it, or None. Words are equal; numbers may come in tuples."""
    if isinstance(expected, str) or isinstance(found, str):
        return None if found == expected else f"{found!r}, expected {expected!r}"
    return _points_difference(np.atleast_1d(found), np.atleast_1d(expected), tolerance)
