"""Explorers: one figure with controls, defined once, shown live by a kernel and published without one.

========================  ==========================================================================
:mod:`.definition`        what an explorer is, and the decorator that makes one
:mod:`.controls`          sliders, choices, sample numbers
:mod:`.palette`           the book's colours in both themes, line styles, Matplotlib settings
:mod:`.drawing`           a figure taken apart into its still part and its frames
:mod:`.renderer`          Matplotlib's SVG renderer, writing what a page needs
:mod:`.appearance`        what the picture of an artist depends on, so that nothing is drawn twice
:mod:`.published`         an explorer as a piece of a web page (with ``static/explorer.js``)
:mod:`.live`              an explorer as widgets of a Jupyter kernel
========================  ==========================================================================

Nothing here knows a figure of the book: the figures are defined on top of this package.
"""

from . import palette
from .controls import Choice, Sample, Slider
from .definition import MAX_STATES, Explorer, ExplorerError, Readout, explorer, power_text, superscript

__all__ = [
    "MAX_STATES",
    "Choice",
    "Explorer",
    "ExplorerError",
    "Readout",
    "Sample",
    "Slider",
    "explorer",
    "palette",
    "power_text",
    "show",
    "superscript",
]


def show(explorer: Explorer) -> None:
    """Show an explorer: live in Jupyter, as a picture where nothing can move."""
    from .live import show  # only now: it loads the widgets

    show(explorer)
