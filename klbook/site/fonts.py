"""Fonts cut down to what the book uses.

Formulas
    Browsers draw MathML with a font that knows how formulas are built, and many systems have none. So the site
    brings the part of STIX Two Math that its formulas use, which is found by reading them.
Icons
    The theme brings some two thousand icons twice, as a script of half a megabyte and as a font. The book shows
    a dozen: it keeps the font, cut down to these, and leaves the script out.
"""

import re
from collections.abc import Iterable
from html import unescape
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path

from fontTools.subset import Options, Subsetter, load_font, save_font

__all__ = ["ICONS", "characters", "formulas", "icons", "setup"]

_FORMULA = re.compile(r"<math\b.*?</math>", re.DOTALL)
_SOURCE = re.compile(r"<annotation\b.*?</annotation>", re.DOTALL)
_TAG = re.compile(r"<[^>]*>")
#: A letter that is slanted: alone, and not said to be upright.
_ALONE = re.compile(r'<mi(?![^>]*mathvariant="normal")[^>]*>(.)</mi>')


#: Where letters of formulas are: from the plain alphabet to the slanted one, in which browsers draw a letter that
#: stands alone. The slanted h is older than its alphabet.
_SLANTED = {
    **{ord("A") + k: 0x1D434 + k for k in range(26)},
    **{ord("a") + k: 0x1D44E + k for k in range(26)},
    **{0x391 + k: 0x1D6E2 + k for k in range(25)},
    **{0x3B1 + k: 0x1D6FC + k for k in range(25)},
    ord("h"): 0x210E, 0x2202: 0x1D715, 0x3F5: 0x1D716, 0x3D1: 0x1D717, 0x3D5: 0x1D719, 0x3F1: 0x1D71A,
}  # fmt: skip
#: Signs in whose place browsers draw another: a minus for a hyphen, the three primes.
_INSTEAD = {"-": "−", "'": "′", "*": "∗"}

#: Icons of the theme that the book's pages show; a test says when one is missing.
ICONS = (
    "angle-left", "angle-right", "arrow-up", "bars", "chevron-down", "circle-half-stroke", "download", "expand",
    "file", "file-lines", "file-pdf", "list", "magnifying-glass", "moon", "outdent", "rocket", "sun", "xmark",
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
    whole.close()
    return out.getvalue()


def _folder(package: str) -> Path:
    """Where a package is: found, not imported, because only its files are used."""
    return Path(find_spec(package).origin).parent


def characters(pages: Iterable[str]) -> set[int]:
    """What the formulas of some pages are written with, and what browsers draw in its place.

    Examples
    --------
    >>> sorted(map(chr, characters(["A page with <math><mi>x</mi><mo>&lt;</mo><mi>ln</mi></math>, and more."])))
    ['<', 'l', 'n', 'x', '𝑥']
    """
    found = set()
    for page in pages:
        for formula in _FORMULA.findall(page):
            plain = unescape(_TAG.sub("", _SOURCE.sub("", formula)))
            found |= {ord(c) for c in plain if not c.isspace()}
            if "<msqrt" in formula or "<mroot" in formula:
                found.add(ord("√"))
            found |= {_SLANTED[ord(c)] for c in _ALONE.findall(unescape(formula)) if ord(c) in _SLANTED}
    return found | {ord(other) for c, other in _INSTEAD.items() if ord(c) in found}


def formulas(drawn: Iterable[int]) -> bytes:
    """The part of STIX Two Math (carried by ziamath) that draws some characters.

    What else they need, such as larger brackets and smaller indices, is found from them.
    """
    return _cut(_folder("ziamath") / "fonts" / "STIXTwoMath-Regular.ttf", drawn, ["ssty"])


def icons() -> bytes:
    """The icons that pages show, from the theme's own icon font."""
    static = _folder("pydata_sphinx_theme") / "theme" / "pydata_sphinx_theme" / "static"
    css = (static / "styles" / "pydata-sphinx-theme.css").read_text(encoding="utf-8")
    characters = []
    for icon in ICONS:
        (code,) = set(re.findall(rf'\.fa-{icon}:before[^{{}}]*{{content:"\\([0-9a-f]+)"', css))
        characters.append(int(code, 16))
    return _cut(static / "vendor" / "fontawesome" / "webfonts" / "fa-solid-900.woff2", characters, [])


def _cut_formulas(app, exception):
    """The font of the formulas, when all pages are written: only then is it known what is in them."""
    if exception or app.builder.format != "html":
        return
    out = Path(app.outdir)
    pages = (page.read_text(encoding="utf-8") for page in sorted(out.rglob("*.html")))
    (out / "_static" / "formulas.woff2").write_bytes(formulas(sorted(characters(pages))))


def setup(app):
    """Register with Sphinx."""
    app.connect("build-finished", _cut_formulas)
