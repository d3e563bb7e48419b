"""Pieces that several figures share."""

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

__all__ = ["Bars", "in_pieces"]

_CODES = (Path.MOVETO, Path.LINETO, Path.LINETO, Path.LINETO, Path.CLOSEPOLY)


class Bars(PathPatch):
    """Bars of one style that change together, as one artist: quicker to draw than as many rectangles.

    Parameters
    ----------
    ax : matplotlib.axes.Axes
        Where they stand.
    x : array_like, shape (n,)
        Middles of the bars.
    heights : array_like, shape (n,)
        Their heights; may be negative.
    width : float
        Width of each.
    least : float
        Bars that are lower are left out, where there are many that nobody would see.
    **style
        As for :class:`~matplotlib.patches.PathPatch`.
    """

    def __init__(self, ax, x, heights, width, *, least=0, **style):
        middles = np.asarray(x, float)
        self._left, self._right, self._least = middles - width / 2, middles + width / 2, least
        super().__init__(self._outline(heights), **{"joinstyle": "miter"} | style)
        ax.add_patch(self)

    def set_heights(self, heights):
        """Give each bar its height."""
        self.set_path(self._outline(heights))
        self.stale = True  # PathPatch does not note it

    def _outline(self, heights):
        top = np.broadcast_to(np.asarray(heights, float), self._left.shape)
        kept = np.abs(top) >= self._least
        left, right, top = self._left[kept], self._right[kept], top[kept]
        zero = np.zeros_like(top)
        corners = [(left, zero), (left, top), (right, top), (right, zero), (left, zero)]
        points = np.array(corners).transpose(2, 0, 1).reshape(-1, 2)
        return Path(points, _CODES * len(top))


def in_pieces(x, y):
    """Coordinates of one line that is drawn in pieces: quicker to draw than as many lines.

    Parameters
    ----------
    x, y : array_like, shape (pieces, points)
        Coordinates of each piece.

    Returns
    -------
    x, y : ndarray, shape (pieces * (points + 1),)
        With a gap (NaN) after each piece.

    Examples
    --------
    >>> x, y = in_pieces([[0, 1], [2, 3]], [[5, 5], [6, 6]])
    >>> print(x, y)
    [ 0.  1. nan  2.  3. nan] [ 5.  5. nan  6.  6. nan]
    """
    gap = ((0, 0), (0, 1))
    return tuple(np.pad(np.asarray(a, float), gap, constant_values=np.nan).ravel() for a in (x, y))
