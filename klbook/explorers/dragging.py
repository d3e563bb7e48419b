"""What a reader can take hold of in the picture: which artists have a handle, and which way it goes.

The author names an artist (``ax.plot(…, "o", gid="dot")``) and says of a slider that the artist moves it
(``Slider(…, drag="dot")``). An artist that two sliders name is a point in a plane. It may be

* a line with one marker, alone or with a stroke (``markevery=[-1]``);
* an upright or level line, as ``ax.axvline`` and ``ax.axhline`` make: it goes across itself;
* one bar that stands on its base (a rectangle, or ``figures.parts.Bars`` with one): it is taken at its top.

Where it stands in each state, the frames say; so the page needs neither the scale of the axes nor one more byte
of frames. The script reads the places as :func:`place` does.
"""

import math
import re

import numpy as np

from .definition import Explorer, ExplorerError

__all__ = ["handles", "place"]

_MARKER = re.compile(r'<use [^>]* x="([^"]+)" y="([^"]+)"')
_PATH = re.compile(r'<path [^>]*?\bd="([^"]+)"')
_STEP = re.compile(r"([MLHVQCz])([^MLHVQCz]*)")
#: What moves less than this many pixels to one side does not move there.
_STILL = 1.0


def place(fragment: str) -> tuple[str, float, float]:
    """What kind of artist a fragment draws, and where it is taken hold of.

    Returns
    -------
    kind : {"point", "upright", "level", "bar", "nothing", "other"}
        With "nothing", no artist is seen; with "other", it cannot be dragged.
    x, y : float
        In pixels of the picture; NaN if there is no such place. A level line is taken at its middle, an upright one
        at its end (that of ``axvline`` is the upper one), a bar at the middle of its top.

    Examples
    --------
    >>> place('<g><use href="#m" x="3" y="4.5" style="fill:red"/></g>')
    ('point', 3.0, 4.5)
    >>> place('<g><path d="M7 10V30" style="stroke:red"/></g>')
    ('upright', 7.0, 30.0)
    >>> place('<g><path d="M10 50H20V30H10z" style="fill:red"/></g>')
    ('bar', 15.0, 30.0)
    """
    markers, paths = _MARKER.findall(fragment), _PATH.findall(fragment)
    if len(markers) == 1:
        return "point", *map(float, markers[0])
    if not markers and not paths:
        return "nothing", math.nan, math.nan
    if markers or len(paths) > 1:
        return "other", math.nan, math.nan
    xs, ys, commands = [], [], ""
    for command, numbers in _STEP.findall(paths[0]):
        commands += command
        if command in "MLQC":
            x, y = numbers.split()[-2:]
            xs.append(float(x))
            ys.append(float(y))
        elif command != "z":
            (xs if command == "H" else ys).append(float(numbers))
    x = (min(xs) + max(xs)) / 2
    if commands in ("MV", "MH"):
        return "upright" if commands == "MV" else "level", x, ys[-1]
    # A bar is drawn from a corner at its base, to the other side or upwards; one without height has no V.
    if re.fullmatch("MHVHz|MVHVz|MH+z", commands) and (commands[1] == "V" or xs[1] != xs[0]):
        return "bar", x, (ys * 2)[1]
    return "other", math.nan, math.nan


def handles(e: Explorer, columns: list[tuple[list[str], list[int]]]) -> dict[int, tuple[str, str, str]]:
    """What can be dragged, by the numbers of the slots.

    Parameters
    ----------
    e : Explorer
    columns : list
        Of its frames: for each slot its texts, and which of them each state shows.

    Returns
    -------
    dict
        For a slot the names of its controls; which way it goes; and for a line the path along which it can be taken,
        as SVG, from where :func:`place` says. The ways are "x", "y", "xy", and "mostly-x" along a curve that is wider
        than high and goes one way sideways: a finger that goes up or down there scrolls.

    Raises
    ------
    ExplorerError
        If what a control names cannot be dragged: it says what would be right.
    """
    found = {}
    for gid in dict.fromkeys(gid for c in e.controls for gid in c.drag):
        axes = [k for k, c in enumerate(e.controls) if gid in c.drag]
        slot = _slot(e, gid)
        found[slot] = " ".join(e.controls[k].name for k in axes), *_way(e, gid, axes, *columns[slot])
    return found


def _wrong(e, gid, what):
    names = ", ".join(c.name for c in e.controls if gid in c.drag)
    return ExplorerError(f"explorer {e.slug!r}: {names} cannot be moved by dragging {gid!r}: {what}")


def _slot(e, gid):
    gids = e.drawing.gids()
    if gids.count(gid) == 1:
        return gids.index(gid)
    if gid in gids:
        what = f"{gids.count(gid)} artists have this gid; give it to the one that is taken hold of"
    elif e.drawing.figure.findobj(lambda artist: artist.get_gid() == gid):
        what = "update does not change this artist, so nothing moves it"
    else:
        known = ", ".join(repr(g) for g in gids if g) or "none"
        what = f"no artist has this gid (known: {known}); name it where it is made: ax.plot(…, gid={gid!r})"
    raise _wrong(e, gid, what)


def _way(e, gid, axes, texts, at):
    seen = [place(text) for text in texts]
    kinds = {kind for kind, _, _ in seen} - {"nothing"}
    if len(kinds) != 1 or "other" in kinds:
        what = (
            "it must be one marker, one upright or level line, or one bar, and the same in every state; "
            'put a marker where it is to be taken: ax.plot([x], [y], "o", gid=…)'
        )
        raise _wrong(e, gid, what)
    places = np.array([xy for _, *xy in seen])[at].reshape(*e.shape, 2)
    for k in axes:
        steps = np.diff(places, axis=k)
        if not (np.abs(steps) > 0).any():  # NaN, where it is not seen, is not above 0
            name = e.controls[k].name
            raise _wrong(e, gid, f"its place does not depend on {name}; name what {name} moves")
    x, y = (np.nanmax(places[..., i]) - np.nanmin(places[..., i]) for i in (0, 1))
    line = ""
    if kinds & {"upright", "level"}:
        path = next(text for text, (kind, _, _) in zip(texts, seen, strict=True) if kind != "nothing")
        ends = [float(n) for n in re.findall(r"[-\d.]+", _PATH.search(path)[1])]
        line = (
            f'<path d="M0 0v{ends[1] - ends[2]:.0f}"/>'
            if kinds == {"upright"}
            else (f'<path d="M{-abs(ends[2] - ends[0]) / 2:.0f} 0h{abs(ends[2] - ends[0]):.0f}"/>')
        )
    if x < _STILL or y < _STILL:
        return "x" if y < _STILL else "y", line
    # Sideways alone leads everywhere, if the curve goes one way.
    steps = np.diff(places[..., 0], axis=axes[0])
    turns = (steps > 0).any(axis=axes[0]) & (steps < 0).any(axis=axes[0])
    one_way = len(axes) == 1 and not turns.any()
    return "mostly-x" if one_way and x >= y else "xy", line
