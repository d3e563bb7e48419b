"""Pieces that several figures share."""

import numpy as np
from matplotlib.patches import PathPatch
from matplotlib.path import Path

__all__ = ["Bars"]

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
    **style
        As for :class:`~matplotlib.patches.PathPatch`.
    """

    def __init__(self, ax, x, heights, width, **style):
        middles = np.asarray(x, float)
        self._left, self._right = middles - width / 2, middles + width / 2
        super().__init__(self._outline(heights), **{"joinstyle": "miter"} | style)
        ax.add_patch(self)

    def set_heights(self, heights):
        """Give each bar its height."""
        self.set_path(self._outline(heights))
        self.stale = True  # PathPatch does not note it

    def _outline(self, heights):
        top = np.broadcast_to(np.asarray(heights, float), self._left.shape)
        zero = np.zeros_like(top)
        corners = [
            (self._left, zero), (self._left, top), (self._right, top), (self._right, zero), (self._left, zero)
        ]  # fmt: skip
        points = np.array(corners).transpose(2, 0, 1).reshape(-1, 2)
        return Path(points, _CODES * len(top))
