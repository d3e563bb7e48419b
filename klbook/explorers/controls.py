"""What a reader can move: sliders on a grid, choices, and the number of a random sample."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["Choice", "Sample", "Slider"]


@dataclass(frozen=True)
class Control:
    """One control: a finite list of values, what is said of each, and where it begins.

    Attributes
    ----------
    name : str
        The parameter of ``update`` that it sets.
    label : str
        What stands beside it.
    values : tuple
        The values that ``update`` is called with.
    texts : tuple of str
        What is shown and spoken for each value, with its unit.
    start : int
        Index of the initial value.
    kind : {"range", "select"}
        Native element that shows it.
    play : bool
        Whether it has a play button.
    drag : tuple of str
        Names (gid) of the artists that a reader can take hold of to move it.
    """

    name: str
    label: str
    values: tuple
    texts: tuple[str, ...]
    start: int
    kind: str = "range"
    play: bool = False
    drag: tuple[str, ...] = ()

    @property
    def initial(self):
        """The value that the control begins with."""
        return self.values[self.start]


def _control(name, label, values, texts, initial, kind, play=False, drag=()):
    if not (isinstance(name, str) and name.isidentifier()):
        raise ValueError(f"a control's name must be a Python identifier, as 'rain', not {name!r}")
    if len(values) < 2:
        raise ValueError(f"control {name!r} has {len(values)} values; there is nothing to move below 2")
    if len(set(texts)) < len(texts):
        twice = next(text for text in texts if texts.count(text) > 1)
        raise ValueError(f"control {name!r} says {twice!r} for several values: use more digits in its format")
    near = [
        i for i, v in enumerate(values)
        if v == initial
        or (isinstance(v, float) and isinstance(initial, (int, float)) and math.isclose(v, initial, rel_tol=1e-9))
    ]  # fmt: skip
    if not near:
        raise ValueError(
            f"the initial value {initial!r} of control {name!r} is not on its grid: "
            f"{', '.join(texts[:3])}, … {texts[-1]}"
        )
    return Control(name, label, tuple(values), tuple(texts), near[0], kind, play, drag)


def Slider(
    name: str,
    label: str,
    start: float,
    stop: float,
    count: int,
    initial: float,
    *,
    scale: str = "linear",
    fmt: str = "{:.2f}",
    unit: str = "",
    play: bool = False,
    extra: Sequence[float] = (),
    drag: str | Sequence[str] = (),
) -> Control:
    """A slider over `count` values from `start` to `stop`, both included.

    Parameters
    ----------
    name, label : str
        Parameter of ``update``; text beside the slider.
    start, stop : float
        Ends of the grid.
    count : int
        Number of grid values.
    initial : float
        Value to begin with; must be on the grid.
    scale : {"linear", "log", "integer"}
        Equal steps, equal ratios, or the integers nearest to equal ratios.
    fmt : str
        Format of a value, as ``"{:.2f}"``.
    unit : str
        Unit, said behind the value.
    play : bool
        Whether a play button moves it.
    extra : sequence of float
        More values that must be on the grid, such as 1/8 on a grid of tenths.
    drag : str or sequence of str
        Name of the artist that a reader can drag in the picture to move this control: the ``gid`` that the artist
        was made with. An artist that two controls name is a point in a plane. What can be dragged: see
        :mod:`.dragging`.

    Raises
    ------
    ValueError
        If the initial value is off the grid, if two values read the same, or if a logarithmic grid does
        not begin above zero.

    Examples
    --------
    >>> Slider("p", "heads", 0, 1, 5, 0.5).texts
    ('0.00', '0.25', '0.50', '0.75', '1.00')
    >>> Slider("n", "days", 1, 1000, 4, 10, scale="log", fmt="{:g}", unit="days").texts
    ('1 days', '10 days', '100 days', '1000 days')
    """
    if scale not in ("linear", "log", "integer"):
        raise ValueError(f"scale must be 'linear', 'log' or 'integer', not {scale!r}")
    if scale != "linear" and start <= 0:
        raise ValueError(f"a grid of equal ratios must begin above 0, not at {start} (control {name!r})")
    grid = np.linspace(start, stop, count) if scale == "linear" else np.geomspace(start, stop, count)
    if scale == "integer":
        grid = np.round(grid)
    # Twelve decimals take away the dust of linspace: 0.30000000000000004 is meant as 0.3.
    values = sorted(
        {float(f"{v:.12g}") if abs(v) < 1e-3 else float(np.round(v, 12)) for v in (*grid, *extra)}
    )
    if not np.isfinite(values).all() or (scale == "integer" and any(v != round(v) for v in values)):
        raise ValueError(
            f"control {name!r} has values that are no {'integers' if scale == 'integer' else 'numbers'}"
        )
    if scale == "integer":
        values = [int(v) for v in values]
    texts = [(fmt.format(v) + (f" {unit}" if unit else "")).replace("-", "−") for v in values]
    return _control(
        name, label, values, texts, initial, "range", play, (drag,) if isinstance(drag, str) else tuple(drag)
    )


def Choice(name: str, label: str, options: Mapping[str, object], initial: object) -> Control:
    """A choice among named values.

    Parameters
    ----------
    name, label : str
        Parameter of ``update``; text beside the choice.
    options : mapping of str to object
        What is shown for each value.
    initial : object
        The value (not its text) to begin with.

    Raises
    ------
    ValueError
        If the initial value is not an option.

    Examples
    --------
    >>> Choice("world", "The truth is", {"P": 0, "Q": 1}, 0).texts
    ('P', 'Q')
    """
    return _control(name, label, list(options.values()), list(options), initial, "select")


def Sample(name: str = "sample", label: str = "Sample number", count: int = 20, initial: int = 1) -> Control:
    """A slider over the numbers of seeded random samples: a resample control that can be linked to.

    Examples
    --------
    >>> Sample(count=3).values
    (1, 2, 3)
    """
    values = list(range(1, count + 1))
    return _control(name, label, values, [f"{v}" for v in values], initial, "range")
