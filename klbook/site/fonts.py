"""Fonts cut down to what the book uses.

Formulas
    Browsers draw MathML with a font that knows how formulas are built, and many systems have none. So the site
    brings the part of STIX Two Math that it uses.
Icons
    The theme brings some two thousand icons twice, as a script of half a megabyte and as a font. The book shows
    a dozen: it keeps the font, cut down to these, and leaves the script out.
"""

import re
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

__all__ = ["ICONS", "formulas", "icons"]

#: Letters and signs of the book's formulas; what else they need (larger brackets, smaller indices) is found from them.
_FORMULAS = [
    *range(0x20, 0x7F),  # Latin
    *(0xA0, 0xAC, 0xB1, 0xB7, 0xD7, 0xF7),
    *range(0x391, 0x3CA),  # Greek
    *(0x2013, 0x2016, 0x2026, 0x2032, 0x2061, 0x2062, 0x2113),
    *range(0x2190, 0x2194),  # arrows
    *(0x21A6, 0x21D2, 0x21D4),
    *(0x2200, 0x2202, 0x2203, 0x2205, 0x2207, 0x2208, 0x2209, 0x220F, 0x2211, 0x2212, 0x221A, 0x221D, 0x221E),
    *(0x2225, 0x2227, 0x2228, 0x2229, 0x222A, 0x222B, 0x223C, 0x2248, 0x2260, 0x2261, 0x2264, 0x2265, 0x226A),
    *(0x226B, 0x2282, 0x2286, 0x2295, 0x2297, 0x22A5, 0x22C5, 0x22EF, 0x23DE, 0x23DF, 0x27E8, 0x27E9),
    *range(0x1D434, 0x1D468),  # italic
    *range(0x1D538, 0x1D551),  # blackboard capitals
    *(0x210E, 0x211D, 0x2115, 0x2119, 0x2124),
    *range(0x1D6FC, 0x1D716),  # italic Greek
]

#: Icons of the theme that the book's pages show; a test says when one is missing.
ICONS = (
    "angle-left", "angle-right", "arrow-up", "bars", "chevron-down", "circle-half-stroke", "download", "expand",
    "file", "file-lines", "file-pdf", "list", "magnifying-glass", "moon", "outdent", "sun", "xmark",
)  # fmt: skip


def _cut(path: Path, characters, features: list[str]) -> bytes:
    """The part of a font that draws some characters, as WOFF2; the same bytes in every build."""
    options = Options(flavor="woff2", layout_features=features, hinting=False, notdef_outline=True)
    whole = load_font(str(path), options)
    whole.recalcTimestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=characters)
    subsetter.subset(whole)
    out = BytesIO()
    save_font(whole, out, options)
    return out.getvalue()


def _folder(package: str) -> Path:
    """Where a package is: found, not imported, because only its files are used."""
    return Path(find_spec(package).origin).parent


def formulas() -> bytes:
    """The part of STIX Two Math (carried by ziamath) that formulas use."""
    return _cut(_folder("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf", _FORMULAS, ["ssty"])


def icons() -> bytes:
    """The icons that pages show, from the theme's own icon font."""
    static = _folder("pydata_sphinx_theme") / "theme" / "pydata_sphinx_theme" / "static"
    css = (static / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    characters = []
    for icon in ICONS:
        (code,) = set(re.findall(rf'\.fa-{icon}:before[^{{}}]*{{content:"\\([0-9a-f]+)"', css))
        characters.append(int(code, 16))
    return _cut(static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.woff2", characters, [])
