"""What the picture of an artist depends on, as a value that can be compared.

Drawing is what takes time, and in most states most artists look as they did in an earlier one: a slider moves
the dot and leaves the curve. Setters note a change even where nothing changed, so the values themselves are
compared. Matplotlib keeps all that it draws an artist by in the artist's own attributes.
"""

from functools import cache
from numbers import Number

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.collections import Collection
from matplotlib.figure import FigureBase
from matplotlib.font_manager import FontProperties
from matplotlib.lines import Line2D
from matplotlib.patches import FancyBboxPatch
from matplotlib.path import Path
from matplotlib.transforms import BboxBase, Transform, TransformedPath

__all__ = ["appearance"]

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
    Collection: {"_transforms", "_mapped_colors", "_face_is_mapped", "_edge_is_mapped"},
}

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


def appearance(artist):
    """A hashable value: two artists of one type that have the same one look the same. None: it cannot be told.

    It cannot be told of artists that are put together from others (a legend, an axis, an annotation with an
    arrow) and of those that take their colours from data, where a norm may change in place.

    Parameters
    ----------
    artist : matplotlib.artist.Artist
        In a figure whose layout and limits stay as they are.

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


def _attributes(artist):
    if getattr(artist, "_A", None) is not None:
        raise _Unseen
    ignored = _ignored(type(artist))
    data = artist.axes and artist.axes.transData
    return tuple(
        [
            # Where data stand in an axes is the same in all states.
            (
                name,
                value if type(value) in _PLAIN else "data" if value is data else _reader(type(value))(value),
            )
            for name, value in vars(artist).items()
            if name not in ignored
        ]
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
    # Axes and markers are equal to themselves alone. So is whatever else there is.
    return _itself if kind.__eq__ is object.__eq__ else _Same


def _itself(value):
    return value


def _array(value):
    if value.dtype.hasobject:
        return _Same(value)
    mask = np.ma.getmaskarray(value).tobytes() if np.ma.isMaskedArray(value) else b""
    return value.dtype.str, value.shape, value.tobytes(), mask


def _sequence(value):
    return tuple([_reader(type(v))(v) for v in value])


def _transformed_path(value):
    path, affine = value.get_transformed_path_and_affine()
    return _path(path), _array(affine.get_matrix())


def _path(value):
    return _array(value.vertices), None if value.codes is None else _array(value.codes)


def _other_artist(value):
    raise _Unseen


_READERS = {
    (str, Number, type(None)): _itself,
    np.ndarray: _array,
    (list, tuple): _sequence,
    Path: _path,
    FontProperties: hash,
    BboxBase: lambda value: _array(value.get_points()),
    # What these do now: they, or the patch that clips, may have been changed in place.
    Transform: lambda value: (
        None if value.is_affine else _Same(value),
        _array(value.get_affine().get_matrix()),
    ),
    TransformedPath: _transformed_path,
    FancyBboxPatch: _attributes,
    (Axes, FigureBase): _itself,
    Artist: _other_artist,
}
