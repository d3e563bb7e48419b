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
    return tuple(
        [
            (name, value if type(value) in _PLAIN else _value(value))
            for name, value in vars(artist).items()
            if name not in ignored
        ]
    )


@cache
def _ignored(kind):
    return _ALWAYS.union(*(names for known, names in _WORKED_OUT.items() if issubclass(kind, known)))


def _value(value):
    if isinstance(value, (str, Number)):
        return value
    if isinstance(value, np.ndarray) and not value.dtype.hasobject:
        mask = np.ma.getmaskarray(value).tobytes() if np.ma.isMaskedArray(value) else b""
        return value.dtype.str, value.shape, value.tobytes(), mask
    if isinstance(value, (list, tuple)):
        return tuple([v if type(v) in _PLAIN else _value(v) for v in value])
    if isinstance(value, Path):
        return _value(value.vertices), _value(value.codes)
    if isinstance(value, FontProperties):
        return hash(value)
    if isinstance(value, BboxBase):
        return _value(value.get_points())
    # What these do now: they, or the patch that clips, may have been changed in place.
    if isinstance(value, Transform):
        return _Same(value), _value(value.get_affine().get_matrix())
    if isinstance(value, TransformedPath):
        path, affine = value.get_transformed_path_and_affine()
        return _value(path), _value(affine.get_matrix())
    if isinstance(value, FancyBboxPatch):
        return _attributes(value)
    if isinstance(value, Artist) and not isinstance(value, (Axes, FigureBase)):
        raise _Unseen
    return _Same(value)
