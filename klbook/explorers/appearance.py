"""What the picture of an artist depends on, as a value that can be compared.

Drawing is what takes time, and in most states most artists look as they did in an earlier one: a slider moves
the dot and leaves the curve. Setters note a change even where nothing changed, so the values themselves are
compared. Matplotlib keeps all that it draws an artist by in the artist's own attributes.
"""

from contextlib import suppress
from datetime import date, timedelta
from functools import cache
from numbers import Number

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.axis import Axis, Tick
from matplotlib.collections import Collection
from matplotlib.figure import FigureBase
from matplotlib.font_manager import FontProperties
from matplotlib.legend import Legend
from matplotlib.lines import Line2D
from matplotlib.markers import MarkerStyle
from matplotlib.offsetbox import OffsetBox
from matplotlib.patches import ArrowStyle, BoxStyle, ConnectionStyle, FancyBboxPatch
from matplotlib.path import Path
from matplotlib.patheffects import AbstractPathEffect
from matplotlib.table import Table
from matplotlib.transforms import BboxBase, Transform, TransformedPath

__all__ = ["appearance", "traits"]

# Attributes that an artist works out from the others when it is drawn, or that have no part in its picture.
_ALWAYS = {"_stale", "stale_callback", "_callbacks", "callbacks", "_remove_method", "_renderer"}
_WORKED_OUT = {
    Line2D: {
        "_invalidx",
        "_invalidy",
        "_x",
        "_y",
        "_xy",
        "_path",
        "_transformed_path",
        "_subslice",
        "_x_filled",
    },
    # The box around a text: where it stands follows from the text.
    FancyBboxPatch: {"_x", "_y", "_width", "_height", "_mutation_scale", "_transform"},
    # The colorizer makes colours of data. Where there are data, it cannot be told what a collection looks like.
    Collection: {"_transforms", "_mapped_colors", "_face_is_mapped", "_edge_is_mapped", "_colorizer"},
}
#: Put together from others.
_COMPOSED = (Axis, Tick, Legend, OffsetBox, Table)

_PLAIN = {type(None), bool, int, float, str}


class _Same:
    """Equal to itself alone, as axes and markers are; keeps the object, so that no other can take its address."""

    def __init__(self, thing):
        self.thing = thing

    def __eq__(self, other):
        return isinstance(other, _Same) and self.thing is other.thing

    def __hash__(self):
        return id(self.thing)


class _Unseen(Exception):
    """An artist that may look different without a change in its own attributes."""


class _Unknown(Exception):
    """A value of a kind that is not among the readers."""


def appearance(artist):
    """A hashable value: two artists of one type that have the same one look the same. None: it cannot be told.

    It cannot be told of artists that are put together from others (a legend, an axis, an annotation with an
    arrow) and of those that take their colours from data, where a norm may change in place.

    Parameters
    ----------
    artist : matplotlib.artist.Artist
        In a figure whose layout and limits stay as they are.

    Raises
    ------
    ValueError
        If the artist has an attribute of a kind that is not known here: it may change in place, unseen.

    Examples
    --------
    >>> from matplotlib.lines import Line2D
    >>> line = Line2D([0, 1], [0, 1])
    >>> before = appearance(line)
    >>> line.set_ydata([0, 2])
    >>> appearance(line) == before
    False
    >>> line.set_ydata([0, 1])
    >>> appearance(line) == before
    True
    """
    try:
        return _attributes(artist)
    except _Unseen:
        return None


def traits(artist):
    """What can be compared of an artist whose appearance cannot be told: where it changes, the artist may."""
    found = []
    for name, value in vars(artist).items():
        if name not in _ignored(type(artist)):
            with suppress(_Unseen, _Unknown):
                found.append((name, _reader(type(value))(value)))
    return found


def _attributes(artist):
    kind = type(artist)
    if issubclass(kind, _COMPOSED) or getattr(artist, "_A", None) is not None:
        raise _Unseen
    ignored = _ignored(kind)
    data = artist.axes and artist.axes.transData
    try:
        return tuple(
            [
                # Where data stand in an axes is the same in all states.
                (
                    name,
                    value
                    if type(value) in _PLAIN
                    else "data"
                    if value is data
                    else _reader(type(value))(value),
                )
                for name, value in vars(artist).items()
                if name not in ignored
            ]
        )
    except _Unknown as error:
        raise ValueError(_unknown(artist, ignored, error)) from None


def _unknown(artist, ignored, error):
    """A sentence on the attribute that nobody can compare, unless another one says that the artist cannot be told."""
    where = None
    for name, value in vars(artist).items():
        if name not in ignored:
            try:
                _reader(type(value))(value)
            except _Unknown:
                where = where or name
    who = f"the {type(artist).__name__} {artist.get_gid()!r}" if artist.get_gid() else str(artist)
    return (
        f"the attribute {where!r} of {who} has a {error}, which may change unseen: keep it out of the artist, "
        "or say in klbook/explorers/appearance.py how such things are compared"
    )


@cache
def _ignored(kind):
    return _ALWAYS.union(*(names for known, names in _WORKED_OUT.items() if issubclass(kind, known)))


@cache
def _reader(kind):
    """What makes a comparable value of an attribute of this type."""
    for known, reader in _READERS.items():
        if issubclass(kind, known):
            return reader
    if hasattr(kind, "__array__"):
        return lambda value: _array(np.asarray(value))
    return _refuse


def _refuse(value):
    raise _Unknown(f"{type(value).__module__}.{type(value).__qualname__}")


def _itself(value):
    return value


def _array(value):
    if value.dtype.hasobject:
        return value.shape, _sequence(value.ravel().tolist())
    mask = np.ma.getmaskarray(value).tobytes() if np.ma.isMaskedArray(value) else b""
    return value.dtype.str, value.shape, value.tobytes(), mask


def _sequence(value):
    return tuple([_reader(type(v))(v) for v in value])


def _dict(value):
    return tuple([(key, _reader(type(v))(v)) for key, v in value.items()])


def _members(value):
    return type(value), _dict(vars(value))


def _transformed_path(value):
    path, affine = value.get_transformed_path_and_affine()
    return _path(path), _array(affine.get_matrix())


def _path(value):
    return _array(value.vertices), None if value.codes is None else _array(value.codes)


def _other_artist(value):
    raise _Unseen


_STYLES = [
    kind for styles in (BoxStyle, ArrowStyle, ConnectionStyle) for kind in styles.get_styles().values()
]
#: Every kind of value that an artist may have, and what is compared of it. Of any other, no one would know.
_READERS = {
    (str, bytes, Number, type(None), np.generic, date, timedelta, range): _itself,
    np.ndarray: _array,
    (list, tuple): _sequence,
    dict: _dict,
    slice: lambda value: (value.start, value.stop, value.step),
    Path: _path,
    FontProperties: hash,
    BboxBase: lambda value: _array(value.get_points()),
    # What these do now: they, or the patch that clips, may have been changed in place.
    Transform: lambda value: (
        None if value.is_affine else _Same(value),
        _array(value.get_affine().get_matrix()),
    ),
    TransformedPath: _transformed_path,
    # A setter makes a new one; nothing changes one.
    MarkerStyle: _Same,
    (*_STYLES, AbstractPathEffect): _members,
    FancyBboxPatch: _attributes,
    (Axes, FigureBase): _itself,
    Artist: _other_artist,
}
