"""What an explorer is: one figure, its controls, its readouts and its words.

The author of a chapter writes one function that draws the figure once and returns ``update``, which moves it to
a setting and returns the readouts; what of it moves is found::

    @explorer(
        slug="coin-surprise",
        title="Surprise of a coin",
        caption="Move the slider and watch …",
        alt="A curve …",
        controls=[Slider("p", "Probability of heads", 0.1, 0.9, 9, 0.5)],
        readouts=[Readout("surprise", "Surprise of heads", "bits")],
    )
    def coin_surprise(panel):
        ax = panel.subplots()
        (dot,) = ax.plot([], [], "o", color=palette.P)

        def update(p):
            dot.set_data([p], [surprisal(p)])
            return {"surprise": surprisal(p)}

        return update

The same definition is shown live by a Jupyter kernel and published as a page that needs none: by :mod:`.live` and
:mod:`.published`, which this module does not know.
"""

import inspect
import math
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product

from . import palette
from .controls import Control
from .drawing import Drawing

__all__ = ["MAX_STATES", "Explorer", "ExplorerError", "Readout", "explorer", "power_text", "superscript"]

#: At 2 ms a state, an explorer of this size takes ten seconds of a build.
MAX_STATES = 5000


class ExplorerError(RuntimeError):
    """A state of an explorer that cannot be drawn; says which explorer, which state and why."""


_RAISED = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def superscript(exponent: int) -> str:
    """A whole number as an exponent: ``f"2{superscript(-169)}"`` is 2⁻¹⁶⁹."""
    return str(exponent).translate(_RAISED)


def power_text(log10: float) -> str:
    """A number with two digits and a power of ten, from its base-ten logarithm: it may be smaller than any float.

    Examples
    --------
    >>> power_text(-168.5)
    '3.2 × 10⁻¹⁶⁹'
    """
    exponent = math.floor(log10)
    digits = f"{10 ** (log10 - exponent):.1f}"
    if digits == "10.0":
        exponent, digits = exponent + 1, "1.0"
    return f"{digits} × 10{superscript(exponent)}"


@dataclass(frozen=True)
class Readout:
    """A named number (or word) that stands in real text beside the picture.

    For each readout ``update`` returns a number; a pair of a number and its error, shown as 0.617 ± 0.045; or a
    text, which is shown as it is.

    Parameters
    ----------
    name : str
        Key in what ``update`` returns.
    label : str
        What stands before it.
    unit : str
        Unit behind it: ``"bits"``, ``"days"``. Not behind a text.
    fmt : str
        Format of a finite number, and of its error.
    infinite : str
        Why the value is infinite, where it can be; shown behind ∞.
    power : float or (float, float)
        Numbers below it (0 itself is not one of them) are written as a power of ten: 3.2 × 10⁻⁵. Of two, those
        below the first and those from the second on.
    log10 : bool
        The value is the base-ten logarithm of the number that is shown, which may be too small for a float:
        −168.5 is shown as 3.2 × 10⁻¹⁶⁹, and −∞ as 0. Only with `power`.
    """

    name: str
    label: str
    unit: str = ""
    fmt: str = "{:.3f}"
    infinite: str = ""
    power: float | tuple[float, float] = 0.0
    log10: bool = False

    def __post_init__(self):
        if self.log10 and not self.power:
            raise ValueError(
                f"readout {self.name!r} is a logarithm: say with power= below which it is a power"
            )
        try:
            low, high = self._powers
            right = 0 <= low < high
        except (TypeError, ValueError):
            right = False
        if not right:
            raise ValueError(
                f"power= of readout {self.name!r} is a number above 0, or two of them, the smaller first, "
                f"not {self.power!r}"
            )

    @property
    def _powers(self):
        return self.power if isinstance(self.power, tuple) else (self.power, math.inf)

    def text(self, value) -> str:
        """What is shown for a value: a number, a number and its error, or a text.

        Raises
        ------
        ValueError
            If it is none of these, if the value or its error is NaN, if the value is infinite without a word on why,
            or if the error is no finite number of 0 or more.

        Examples
        --------
        >>> Readout("D", "D(P‖Q)", "bits").text(0.625)
        '0.625 bits'
        >>> Readout("D", "D(P‖Q)", "bits").text((0.617, 0.045))
        '0.617 ± 0.045 bits'
        >>> Readout("D", "D(P‖Q)", "bits", infinite="Q rules out snow").text(float("inf"))
        '∞ bits: Q rules out snow'
        >>> Readout("error", "Error", fmt="{:.4f}", power=1e-3).text(3.2e-5)
        '3.2 × 10⁻⁵'
        >>> Readout("error", "Error", fmt="{:.4f}", power=1e-3, log10=True).text(-168.5)
        '3.2 × 10⁻¹⁶⁹'
        """
        if isinstance(value, str):
            if "\t" in value:
                raise ValueError(f"readout {self.name!r} has a tab in its text {value!r}")
            return value
        try:
            value, error = map(float, value) if isinstance(value, tuple) else (float(value), None)
        except (TypeError, ValueError, OverflowError):
            raise ValueError(
                f"readout {self.name!r} cannot show {value!r}: what can be shown is a number, a pair of a number and "
                "its error, as (0.617, 0.045), or a text"
            ) from None
        if math.isnan(value):
            raise ValueError(f"readout {self.name!r} is NaN")
        unit = f" {self.unit}" if self.unit else ""
        if math.isinf(value) and not (self.log10 and value < 0):
            if not self.infinite:
                raise ValueError(f"readout {self.name!r} is infinite, and its Readout has no word on why")
            return f"{'−' if value < 0 else ''}∞{unit}: {self.infinite}"
        if error is None:
            return self._number(value) + unit
        if self.log10 or not (error >= 0 and math.isfinite(error)):
            raise ValueError(f"readout {self.name!r} cannot have the error {error!r}")
        return f"{self._number(value)} ± {self._number(error)}{unit}"

    def _number(self, value):
        low, high = self._powers
        size = value if self.log10 else math.log10(abs(value)) if value else -math.inf
        if math.isfinite(size) and (size >= math.log10(high) or (low and size < math.log10(low))):
            return f"{'−' if value < 0 and not self.log10 else ''}{power_text(size)}"
        text = self.fmt.format(10**value if self.log10 else value)
        if float(text.replace(",", "").rstrip("%") or 0) == 0:
            text = text.replace("-", "")  # no −0.000
        return text.replace("-", "−")


@dataclass(frozen=True, eq=False)
class Explorer:
    """One figure with controls. Made by the decorator :func:`explorer`."""

    slug: str
    title: str
    caption: str
    alt: str
    controls: tuple[Control, ...]
    readouts: tuple[Readout, ...]
    draw: Callable
    panels: int
    size: tuple[int, int]

    @cached_property
    def drawing(self) -> Drawing:
        """The figure, drawn at the initial setting. Raises ExplorerError if it cannot be drawn."""
        try:
            return Drawing(self)
        except ExplorerError:
            raise
        except Exception as cause:
            raise ExplorerError(
                f"explorer {self.slug!r} cannot be drawn: {type(cause).__name__}: {cause}"
            ) from cause

    @property
    def initial(self) -> dict:
        """Initial value of each control."""
        return {c.name: c.initial for c in self.controls}

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of each control."""
        return tuple(len(c.values) for c in self.controls)

    @property
    def states(self) -> int:
        """Number of combinations of control values."""
        return math.prod(self.shape)

    def settings(self) -> Iterator[dict]:
        """Every combination of control values; the last control changes fastest."""
        names = [c.name for c in self.controls]
        for values in product(*(c.values for c in self.controls)):
            yield dict(zip(names, values, strict=True))

    def setting_text(self, setting: dict) -> str:
        """A setting as a reader would name it: ``p = 0.50, days = 10 days``."""
        said = []
        for control in self.controls:
            value = setting[control.name]
            text = control.texts[control.values.index(value)] if value in control.values else repr(value)
            said.append(f"{control.name} = {text}")
        return ", ".join(said) or "the only state"

    def frames(self, settings: Iterable[dict]) -> Iterator[tuple[list[str], dict[str, str]]]:
        """SVG of the dynamic artists and texts of the readouts, for one setting after the other.

        Raises
        ------
        ExplorerError
            If ``update`` raises, if a readout is NaN or missing, or if the picture of this state cannot
            be put together from the still part and the dynamic artists.
        """
        yield from self._each(settings, self.drawing.frame)

    def _each(self, settings, draw):
        with palette.settings():
            for setting in settings:
                try:
                    drawn, numbers = draw(setting)
                    yield drawn, self.readout_texts(numbers)
                except ExplorerError:
                    raise
                except Exception as cause:
                    raise self.failure(setting, cause) from cause

    def failure(self, setting: dict, cause: Exception) -> ExplorerError:
        """The error that says that a state cannot be drawn, and why."""
        return ExplorerError(
            f"explorer {self.slug!r} fails at {self.setting_text(setting)}: {type(cause).__name__}: {cause}"
        )

    def frame(self, setting: dict) -> tuple[list[str], dict[str, str]]:
        """The same for one setting."""
        (only,) = self.frames([setting])
        return only

    def readouts_at(self, setting: dict) -> dict[str, str]:
        """Texts of the readouts at a setting, without a picture. Raises ExplorerError as `frames` does."""
        ((_, texts),) = self._each([setting], lambda setting: (None, self.drawing.move(setting)))
        return texts

    def readout_texts(self, numbers: dict) -> dict[str, str]:
        """Texts of the readouts from what ``update`` returned."""
        names = [r.name for r in self.readouts]
        if set(numbers) != set(names):
            raise ValueError(f"update returned the readouts {sorted(numbers)}, declared are {sorted(names)}")
        return {r.name: r.text(numbers[r.name]) for r in self.readouts}

    def source(self) -> str:
        """The code of the figure function, without its decorator."""
        return re.sub(r"\A.*?^(?=def )", "", inspect.getsource(self.draw), flags=re.S | re.M)

    def __repr__(self) -> str:
        readouts = self.readouts_at(self.initial)
        said = "; ".join(f"{r.label} {readouts[r.name]}" for r in self.readouts)
        setting = self.setting_text(self.initial) if self.controls else ""
        return f"Explorer {self.slug}" + (f" at {setting}" if setting else "") + (f": {said}" if said else "")


def explorer(
    *,
    slug: str,
    title: str,
    caption: str,
    alt: str,
    controls: Sequence[Control] = (),
    readouts: Sequence[Readout] = (),
    panels: int = 1,
    size: tuple[int, int] = (340, 250),
) -> Callable[[Callable], Explorer]:
    """Make an explorer of a figure function.

    Parameters
    ----------
    slug : str
        Name in addresses, unique in the book: small letters, digits and hyphens.
    title, caption, alt : str
        Title; what to try and to look for; description for those who do not see the picture.
    controls : sequence of Control
        From :func:`Slider`, :func:`Choice`, :func:`Sample`. None: a still picture.
    readouts : sequence of Readout
        The numbers beside the picture.
    panels : {1, 2}
        Panels side by side, stacked on a phone. The figure function takes one
        :class:`~matplotlib.figure.SubFigure` for each.
    size : (int, int)
        Width and height of one panel in CSS pixels.

    Raises
    ------
    ValueError
        If anything about the definition is wrong: it says what, and what would be right. Nothing is drawn yet:
        what is wrong with the picture is an ExplorerError when it is shown or published.
    """

    def define(draw: Callable) -> Explorer:
        made = Explorer(
            slug, title, caption, alt, tuple(controls), tuple(readouts), draw, panels, tuple(size)
        )
        _check(made)
        return made

    return define


def _check(e: Explorer) -> None:
    """What can be said of a definition before it is drawn."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", e.slug):
        raise ValueError(f"the slug {e.slug!r} must be small letters, digits and hyphens, as 'coin-surprise'")
    for what in ("title", "caption", "alt"):
        if not getattr(e, what).strip():
            raise ValueError(f"explorer {e.slug!r} has no {what}")
    names = [c.name for c in e.controls] + [r.name for r in e.readouts]
    if len(set(names)) < len(names):
        twice = next(n for n in names if names.count(n) > 1)
        raise ValueError(f"explorer {e.slug!r} uses the name {twice!r} for two controls or readouts")
    if e.panels not in (1, 2):
        raise ValueError(f"explorer {e.slug!r} has {e.panels} panels; 1 or 2 fit a page")
    if e.states > MAX_STATES:
        counts = " × ".join(f"{c.name} {len(c.values)}" for c in e.controls)
        raise ValueError(
            f"explorer {e.slug!r} has {e.states:,} states ({counts}); at most {MAX_STATES:,} are published"
        )
