"""The book's colours, line styles and Matplotlib settings: one table for both themes.

A figure is drawn once, in the light colours. When it is published, each colour is replaced by the CSS
custom property of its name, so that the page can show it in the light and in the dark theme. A colour
that is not in the table could be right in one theme only, and is an error.

P, Q and D keep their colour *and* their line style or hatch through the whole book, so that nobody has to
tell colours apart.
"""

from types import MappingProxyType

import matplotlib as mpl

#: name -> (light theme, dark theme). The light value is what figure code uses.
COLOURS = MappingProxyType(
    {
        "p": ("#004f94", "#6ba4f5"),
        "q": ("#b84500", "#ff9552"),
        "d": ("#00805e", "#7fe8b5"),
        "extra": ("#7d4bb5", "#c4a1f5"),
        "ink": ("#1f2328", "#e6edf3"),
        "muted": ("#59636e", "#9ba7b3"),
        "grid": ("#d5dae0", "#3a424c"),
        "paper": ("#ffffff", "#14181e"),
    }
)

P, Q, D, EXTRA, INK, MUTED, GRID, PAPER = (light for light, _ in COLOURS.values())

#: How P, Q and D are drawn as lines and as bars.
LINE = MappingProxyType(
    {
        "p": {"color": P, "linestyle": "-", "linewidth": 2.2},
        "q": {"color": Q, "linestyle": (0, (5, 2)), "linewidth": 2.2},
        "d": {"color": D, "linestyle": (0, (1, 1.4)), "linewidth": 2.6},
    }
)
BAR = MappingProxyType(
    {
        "p": {"facecolor": P, "edgecolor": P, "linewidth": 1},
        "q": {"facecolor": PAPER, "edgecolor": Q, "hatch": "////", "linewidth": 1},
        "d": {"facecolor": PAPER, "edgecolor": D, "hatch": "\\\\\\\\", "linewidth": 1},
    }
)

_NAMES = {light: name for name, (light, _) in COLOURS.items()}

#: The smallest text of a figure in CSS pixels, and the width that a panel has on a phone of 360 px.
SMALLEST_TEXT, PHONE_PANEL = 10, 314

#: One unit of a figure is one CSS pixel at its natural size: 72 units an inch, font sizes in units.
RC = MappingProxyType(
    {
        "figure.dpi": 72,
        "figure.facecolor": "none",
        "savefig.facecolor": PAPER,
        "font.family": "DejaVu Sans",
        "mathtext.fontset": "dejavusans",
        "font.size": 12,
        "axes.titlesize": 12,
        "axes.titleweight": "bold",
        "axes.titlelocation": "left",
        "axes.labelsize": 12,
        "xtick.labelsize": 11.5,
        "ytick.labelsize": 11.5,
        "legend.fontsize": 11.5,
        "legend.frameon": False,
        "legend.handlelength": 2.4,
        "text.color": INK,
        "axes.facecolor": "none",
        "axes.edgecolor": MUTED,
        "axes.labelcolor": INK,
        "axes.titlecolor": INK,
        "axes.spines.top": False,
        "axes.spines.right": False,
        "axes.grid": True,
        "axes.axisbelow": True,
        "grid.color": GRID,
        "grid.linewidth": 0.8,
        "xtick.color": MUTED,
        "ytick.color": MUTED,
        "xtick.labelcolor": INK,
        "ytick.labelcolor": INK,
        "lines.linewidth": 2,
        "patch.edgecolor": INK,
        "hatch.color": "edge",
        "hatch.linewidth": 1.2,
        # Text stays text: it can be searched, selected and read aloud.
        "svg.fonttype": "none",
        "svg.image_inline": True,
        "svg.hashsalt": "klbook",
        # Every image on its own, in its place in the draw order.
        "image.composite_image": False,
        "path.simplify": True,
    }
)


def settings():
    """Context in which the book's figures are drawn."""
    return mpl.rc_context(dict(RC))


def css_variable(colour: str) -> str:
    """The CSS variable of a light-theme colour, with that colour as fallback.

    Raises
    ------
    ValueError
        If the colour is not in the palette.

    Examples
    --------
    >>> css_variable("#004f94")
    'var(--kl-p,#004f94)'
    """
    if colour not in _NAMES:
        known = ", ".join(f"{name} {light}" for name, (light, _) in COLOURS.items())
        raise ValueError(f"the colour {colour} is not in the book's palette, which has: {known}")
    return f"var(--kl-{_NAMES[colour]},{colour})"


def with_tints(steps: int = 9) -> list[int]:
    """Red, green and blue of each light-theme colour, and of its steps towards paper: a palette for flat images.

    Examples
    --------
    >>> with_tints(2)[:6]  # P, and halfway to paper
    [0, 79, 148, 127, 167, 201]
    """
    numbers = []
    for colour in (P, Q, D, EXTRA, INK, MUTED, GRID):
        rgb = [int(colour[k : k + 2], 16) for k in (1, 3, 5)]
        numbers += [c + (255 - c) * step // steps for step in range(steps) for c in rgb]
    return [*numbers, 255, 255, 255]


def stylesheet() -> str:
    """CSS rules that give every palette colour its value in the light and in the dark theme."""

    def rules(column):
        return "".join(f"--kl-{name}:{pair[column]};" for name, pair in COLOURS.items())

    dark = (
        'html[data-theme="dark"] .kl-explorer,html[data-theme="dark"] .kl-thumbnail,'
        'body[data-jp-theme-light="false"] .kl-explorer,body.vscode-dark .kl-explorer'
    )
    # Printed on paper, the light colours are right whatever the screen shows. Where the system sets the colours, its
    # background decides, and not the theme of the page: `prefers-color-scheme` says which kind it has.
    system = "--kl-ink:CanvasText;--kl-paper:Canvas;--kl-muted:CanvasText;"
    everywhere = f"{dark},.kl-explorer,.kl-thumbnail"
    return (
        f".kl-explorer,.kl-thumbnail{{{rules(0)}}}\n@media screen{{{dark}{{{rules(1)}}}}}\n"
        f"@media (forced-colors:active){{{everywhere}{{{rules(0)}{system}}}}}\n"
        f"@media (forced-colors:active) and (prefers-color-scheme:dark){{{everywhere}{{{rules(1)}{system}}}}}\n"
    )


def backgrounds() -> str:
    """CSS rules that give a page the colour of paper, for pages that hold nothing but an explorer."""
    light, dark = COLOURS["paper"]
    return f'html{{background:{light}}}\n@media screen{{html[data-theme="dark"]{{background:{dark}}}}}\n'
