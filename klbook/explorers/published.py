"""An explorer as a piece of a web page: inline SVG, native controls, and all frames in one block.

The markup keeps this contract:

* the explorer is an element with ``data-explorer="slug"``;
* in it every control is an ``<input type="range">`` or a ``<select>`` whose ``name`` is the parameter's name and
  whose value is an index into its grid; every readout is an ``<output name="…">``;
* the text of an output is the whole readout; in it a number, its unit and why it is infinite have places of their own;
* the picture is an inline ``<svg role="img">``;
* the element gets ``data-ready`` when it can be moved, or ``data-error`` and a visible sentence in ``.kl-said``;
* where controls begin stands in the markup (``value``, ``selected``), and the script writes its own state to them;
* outputs are tied to their labels and do not speak; one sentence, ``.kl-spoken``, does when a move has come to rest;
* a slot that can be dragged has ``data-drag="names of its controls"`` and ``data-grip``, the way it goes (see
  :func:`.dragging.handles`); behind it stands its handle, ``.kl-handle``, which the script moves along;
* ``data-room`` is the longest text that can stand in a place, whose room the style sheet keeps.

The frames are a JSON list of columns, one for each slot of the picture and each readout. A column is its
different texts (each as a change of an earlier one, see :meth:`Frames.packed`) and, for every state, which of
them; deflated, in base64. The browser has all it needs to unpack it. A readout is written in its parts with tabs
between them: number, unit, colon, why it is infinite, words, and last what keeps its point in the column.
"""

import base64
import json
import re
import zlib
from dataclasses import dataclass, replace
from html import escape
from pathlib import Path

import numpy as np
from pygments import highlight
from pygments.formatters import HtmlFormatter
from pygments.lexers import PythonLexer

from . import palette
from .definition import Explorer, Readout
from .dragging import handles

__all__ = [
    "Frames",
    "alone",
    "html",
    "page_script",
    "page_stylesheet",
    "picture",
    "readouts",
    "script",
    "stylesheet",
    "thumbnail",
]

_STATIC = Path(__file__).parent / "static"
#: What the page says where nothing can move.
NO_SCRIPT = "The sliders need JavaScript; this is the picture that they begin with."
#: What it says, after some seconds, where the script did not come.
LATE = "The sliders are not ready: the script of this page has not come. Loading the page again may help."


@dataclass(frozen=True)
class Frames:
    """All states of an explorer.

    Attributes
    ----------
    columns : list of (list of str, list of int)
        For each slot and then each readout: its different texts, and which of them each state shows.
    shape : tuple of int
        Number of values of each control.
    """

    columns: list[tuple[list[str], list[int]]]
    shape: tuple[int, ...]

    @classmethod
    def of(cls, e: Explorer) -> "Frames":
        """Draw every state. Raises ExplorerError at the first that fails."""
        texts = [{} for _ in range(len(e.frame(e.initial)[0]) + len(e.readouts))]
        which = [[] for _ in texts]
        for fragments, readouts in e.frames(e.settings()):
            for seen, at, text in zip(texts, which, [*fragments, *readouts.values()], strict=True):
                at.append(seen.setdefault(text, len(seen)))
        return cls([(list(seen), at) for seen, at in zip(texts, which, strict=True)], e.shape)

    def packed(self) -> str:
        """The block that stands in the page.

        A line that has grown by a day differs from yesterday's in its last letters only. So each text is
        written as a change of an earlier one: which one, how much of its beginning and of its end stays, and
        what stands between. Deflate alone does not see this well, because its matches are short.
        """
        columns = [[self._changes(texts, at), _unseen_as_zero(at)] for texts, at in self.columns]
        plain = json.dumps(columns, ensure_ascii=False, separators=(",", ":"))
        return base64.b64encode(zlib.compress(plain.encode(), 9)).decode("ascii")

    def _changes(self, texts, at):
        first = {}
        for state, k in enumerate(at):
            first.setdefault(k, state)
        changes = []
        for k, text in enumerate(texts):
            # Where one control has moved by one step, the picture is most alike.
            strides = np.cumprod((1, *reversed(self.shape)))[:-1]
            near = {at[first[k] - s] for s in strides if first[k] >= s} - {k}
            best = (0, 0, 0, text)
            for other in sorted(near):
                start = _common(text, texts[other])
                end = _common(text[start:][::-1], texts[other][start:][::-1])
                if start + end > best[1] + best[2]:
                    best = (k - other, start, end, text[start : len(text) - end])
            changes.append(list(best) if best[0] else text)
        return changes


def _unseen_as_zero(at: list[int]) -> list[int]:
    """0 for the next text that was not yet shown, k + 1 for text k again: mostly zeros, which pack well."""
    coded, shown = [], 0
    for k in at:
        coded.append(0 if k == shown else k + 1)
        shown += k == shown
    return coded


def _common(a: str, b: str) -> int:
    """Length of the longest common beginning."""
    low, high = 0, min(len(a), len(b))
    while low < high:
        middle = (low + high + 1) // 2
        if a[low:middle] == b[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def picture(e: Explorer, fragments: list[str], extra: str = 'role="img"') -> str:
    """The SVG of one state. On a phone the panels stack: the style sheet moves their groups."""
    width, height = e.size
    still = e.drawing.still
    for k, fragment in enumerate(fragments):
        still = still.replace(f'<g data-slot="{k}"></g>', f'<g data-slot="{k}">{fragment}</g>')
    return (
        f'<svg viewBox="0 0 {width} {height}" preserveAspectRatio="xMinYMin meet" {extra}>'
        f"<defs>{e.drawing.definitions()}</defs>{still}</svg>"
    )


_DIGITS = r"\d[\d,]*(?:\.\d+)?(?: × 10[⁻⁰¹²³⁴-⁹]+|e[−+]\d+)?"
_NUMBER = rf"[−+]?{_DIGITS}(?:/{_DIGITS}| ± {_DIGITS})?(?: %)?"
#: Longer numbers stand as words, which may break their line.
_COLUMN = 16
#: A number that is no power of ten: its decimals; its error and a %.
_TAIL = re.compile(r"[−+]?[\d,]+((?:\.\d+)?)((?: ± [\d,.]+)?(?: %)?)$")


@dataclass(frozen=True)
class _Row:
    """The places of one readout, which keep the room of all that they have to show."""

    readout: Readout
    number: str  # the longest number, with what stands behind its point; "" if it has no column of numbers
    tail: str  # the longest decimals and error of all rows: digits are all of one width
    words: str  # the longest text that is no number
    infinite: bool
    again: bool  # whether the unit has been seen in the row above

    def parts(self, text: str) -> tuple[str, ...]:
        """Number, unit, colon, why it is infinite, words, and what keeps the point where that of others is.

        Without the last, they are the text.
        """
        split = _split(self.readout, text) if self.number else None
        return (*split, "", _pad(split[0], self.tail)) if split else ("", "", "", "", text, "")

    def html(self, text: str, slug: str) -> str:
        """The row of the explorer `slug`, showing a text."""
        r = self.readout
        number, unit, colon, why, words, pad = self.parts(text)
        value = rest = ""
        if self.number:
            value = _room("kl-number", self.number, number, pad)
            if r.unit:
                again = ' kl-again"' + (' style="opacity:1"' if why else "") if self.again else '"'
                rest = f'<span class="kl-unit{again} data-room=" {escape(r.unit)}">{escape(unit)}</span>'
            if self.infinite:
                rest += (
                    f'<span class="kl-colon" data-room=": ">{colon}</span>'
                    f'<span class="kl-why" data-room="{escape(r.infinite)}">{escape(why)}</span>'
                )
            value += f'<span class="kl-rest">{rest}</span>' if rest else ""
        if self.words:
            value += _room("kl-words", self.words, words)
        label = f"{slug}-{r.name}-label"
        return (
            f'<div class="kl-readout"><span class="kl-label" id="{label}">{escape(r.label)}</span> '
            f'<output name="{r.name}" aria-live="off" aria-labelledby="{label}">{value}</output></div>'
        )

    @property
    def plain(self) -> bool:
        """Whether the row is a number and its unit, and nothing longer."""
        short = len(self.words) <= len(f"{self.number} {self.readout.unit}")
        return bool(self.number) and not self.infinite and short


def _rows(e: Explorer, seen: dict[str, list[str]]) -> list[_Row]:
    """The rows of readouts that show these texts.

    A readout whose first text is a number stands below the others, point below point; a unit that all share is seen
    behind the first only. Words begin where the numbers do.
    """
    split = {r.name: [_split(r, text) for text in seen[r.name]] for r in e.readouts}
    numbers = {name: [s[0] for s in found if s] for name, found in split.items() if found[0]}
    numbers = {name: found for name, found in numbers.items() if len(_longest(found)) <= _COLUMN}
    tails = [m for found in numbers.values() for number in found if (m := _TAIL.match(number))]
    tail = _longest(m[1] for m in tails) + _longest(m[2] for m in tails)
    rows, units = [], {r.unit for r in e.readouts if r.name in numbers}
    for r in e.readouts:
        number = _longest(n + _pad(n, tail) for n in numbers.get(r.name, [""]))
        words = [t for t, s in zip(seen[r.name], split[r.name], strict=True) if not (s and number)]
        infinite = bool(number) and any(s and s[3] for s in split[r.name])
        again = len(units) == 1 and any(row.number for row in rows)
        rows.append(_Row(r, number, tail, _longest(words or [""]), infinite, again))
    return rows


def readouts(e: Explorer, texts: dict[str, str], seen: dict[str, list[str]] | None = None) -> str:
    """The named numbers beside the picture, in columns; `seen` are the texts whose room each of them keeps.

    An output is spoken at every change unless it says otherwise: one sentence at rest says them all.
    """
    return _readouts(
        e, _rows(e, {r.name: [*(seen or {}).get(r.name, ()), texts[r.name]] for r in e.readouts}), texts
    )


def _readouts(e, rows, texts):
    inside = "".join(row.html(texts[row.readout.name], e.slug) for row in rows)
    return f'<div class="kl-readouts{" kl-plain" if all(row.plain for row in rows) else ""}">{inside}</div>'


def _split(r, text):
    """A text as a number, its unit, a colon and why it is infinite; None if it is no number."""
    unit = f" {r.unit}" if r.unit else ""
    if number := re.fullmatch(f"({_NUMBER}){re.escape(unit)}", text):
        return number[1], unit, "", ""
    if number := re.fullmatch(f"(−?∞){re.escape(f'{unit}: {r.infinite}')}", text):
        return number[1], unit, ": ", r.infinite
    return None


def _pad(number, tail):
    """What keeps the point of a number where that of the others is."""
    found = _TAIL.match(number)
    return tail[len(found[1] + found[2]) :] if found else ""


def _room(name, room, text, pad=""):
    """A text that moves nothing when it changes: it lies upon the longest that can stand there."""
    pad = f' data-pad="{escape(pad)}"' if pad else ""
    return f'<span class="{name} kl-room" data-room="{escape(room)}"><span{pad}>{escape(text)}</span></span>'


def _longest(texts) -> str:
    """The widest of several texts, as far as one can tell without a font."""
    return max(texts, key=lambda text: (len(text), text), default="")


def _control(control) -> str:
    texts = escape(json.dumps(control.texts, ensure_ascii=False, separators=(",", ":")))
    if control.kind == "select":
        options = "".join(
            f'<option value="{i}"{" selected" if i == control.start else ""}>{escape(text)}</option>'
            for i, text in enumerate(control.texts)
        )
        return (
            f'<div class="kl-control"><label><span class="kl-label">{escape(control.label)}</span>'
            f'<select name="{control.name}" data-texts="{texts}" disabled>'
            f"{options}</select></label></div>"
        )
    now = escape(control.texts[control.start])
    play = (
        f'<button type="button" class="kl-play" data-plays="{control.name}" disabled aria-pressed="false" '
        f'aria-label="Play: {escape(control.label)}"></button>'
        if control.play
        else ""
    )
    return (
        f'<div class="kl-control"><label><span class="kl-label">{escape(control.label)}</span>'
        f'<span class="kl-room" data-room="{escape(_longest(control.texts))}" aria-hidden="true">'
        f'<span class="kl-now">{now}</span></span>'
        f'<input type="range" name="{control.name}" min="0" max="{len(control.values) - 1}" step="1" '
        f'value="{control.start}" aria-valuetext="{now}" data-texts="{texts}" disabled>'
        f"</label>{play}</div>"
    )


def html(e: Explorer) -> str:
    """The explorer as HTML, with every state in it.

    Raises ExplorerError if a state cannot be drawn, or an artist not be dragged as its author says.
    """
    e = replace(e)  # drawn afresh: the bytes must not depend on what was drawn before
    frames = Frames.of(e)
    fragments, texts = e.frame(e.initial)
    svg = picture(
        e, fragments, f'role="img" aria-labelledby="{e.slug}-title" aria-describedby="{e.slug}-alt"'
    )
    for slot, (names, way, line) in handles(e, frames.columns).items():
        # The script moves the handle; it has no place and is not seen before.
        svg = svg.replace(
            (empty := f'<g data-slot="{slot}">') + fragments[slot] + "</g>",
            f'{empty[:-1]} data-drag="{names}" data-grip="{way}">{fragments[slot]}</g>'
            f'<g class="kl-handle" aria-hidden="true">{line}<circle/></g>',
        )
    width, height = e.size
    moving = ""
    if e.controls:
        moving = (
            '<div class="kl-controls">'
            + "".join(_control(c) for c in e.controls)
            + '<div class="kl-buttons"><button type="button" class="kl-reset" disabled>Reset</button>'
            '<button type="button" class="kl-copy" disabled>Copy link</button>'
            '<button type="button" class="kl-embed" disabled>Embed</button></div></div>'
        )
    columns = frames.columns[len(fragments) :]
    seen = {r.name: [texts[r.name], *column] for r, (column, _) in zip(e.readouts, columns, strict=True)}
    rows = _rows(e, seen)
    # Readouts are written in their parts: the script puts each into its place.
    split = [
        (["\t".join(row.parts(text)).rstrip("\t") for text in column], at)
        for row, (column, at) in zip(rows, columns, strict=True)
    ]
    frames = replace(frames, columns=[*frames.columns[: len(fragments)], *split])
    block = spoken = ""
    if e.controls:
        spoken = '<p class="kl-spoken" role="status"></p>'
        block = (
            f'<script type="text/plain" class="kl-frames">{frames.packed()}</script>'
            f'<noscript><p class="kl-note">{NO_SCRIPT}</p></noscript>'
            f'<p class="kl-note kl-late">{LATE}</p>'
        )
    code = highlight(e.source(), PythonLexer(), HtmlFormatter(nowrap=True))
    return (
        f'<figure class="kl-explorer kl-panels-{e.panels}{"" if e.controls else " kl-still"}" '
        f'{"data-explorer" if e.controls else "data-picture"}="{e.slug}" id="{e.slug}" '
        f'style="--n:{e.panels};--w:{width};--h:{height}" role="group" aria-labelledby="{e.slug}-title">'
        f'<p class="kl-title" id="{e.slug}-title">{escape(e.title)}</p>'
        f'<div class="kl-body"><div class="kl-stage" translate="no">{svg}</div>'
        f"{_readouts(e, rows, texts)}{moving}</div>"
        f'<p class="kl-note kl-said" role="status" hidden></p>{spoken}'
        f"<figcaption>{escape(e.caption)}</figcaption>"
        f'<p class="kl-alt" id="{e.slug}-alt">{escape(e.alt)}</p>'
        f'<details class="kl-code"><summary>How this picture is drawn</summary>'
        f'<div class="highlight"><pre tabindex="0">{code}</pre></div></details>'
        f"{block}</figure>"
    ).replace("\n", "&#10;")  # Markdown and HTML tools must find no empty line in it


#: What only a page of the book has: the code of the picture, what waits for the script, links to itself.
_OF_A_PAGE = re.compile(
    r'<details class="kl-code">.*?</details>|<p class="kl-note kl-late">.*?</p>'
    r'|<button type="button" class="kl-(?:copy|embed)".*?</button>',
    re.DOTALL,
)


def alone(piece: str, source: str) -> str:
    """An explorer that `html` has written as the only one of its page, with a line on where it comes from."""
    piece = _OF_A_PAGE.sub("", piece)
    # Without its id: a browser that looks for it would scroll the page around it along.
    piece = re.sub(r' id="[\w-]+" style=', " data-alone style=", piece, count=1)
    note = '<p class="kl-note kl-asked" role="status" hidden></p>'
    piece = piece.replace('<div class="kl-body">', note + '<div class="kl-body">', 1)
    return piece.replace("</figcaption>", f'</figcaption><p class="kl-source">{source}</p>', 1)


def thumbnail(e: Explorer) -> str:
    """The first picture, small and without words, for the cards of the landing page."""
    e = replace(e)
    width, height = e.size[0] * e.panels, e.size[1]
    fragments, _ = e.frame(e.initial)
    svg = picture(e, fragments, 'aria-hidden="true" focusable="false"')
    svg = svg.replace(f'viewBox="0 0 {e.size[0]} ', f'viewBox="0 0 {width} ', 1)  # panels stay side by side
    # Ids are unique in a page, and the explorer itself may stand in the same one.
    svg = svg.replace(f"{e.slug}-", f"thumb-{e.slug}-")
    return f'<div class="kl-thumbnail" style="--w:{width};--h:{height}">{svg}</div>'


def script() -> str:
    """The module that moves every explorer of a page."""
    return _plain("explorer.js")


def stylesheet() -> str:
    """Colours of both themes and layout."""
    return palette.stylesheet() + _plain("explorer.css")


def page_script() -> str:
    """What the page of one explorer, alone, has besides: for its head."""
    return _plain("embed.js")


def page_stylesheet() -> str:
    """How its parts fill a window."""
    return palette.backgrounds() + _plain("embed.css")


def _plain(name):
    """A file without its indents and the lines that only those who change it read: a quarter of what is transferred."""
    text = (_STATIC / name).read_text(encoding="utf-8")
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL) if name.endswith(".css") else text
    lines = (line.strip() for line in text.splitlines())
    return "".join(f"{line}\n" for line in lines if line and not line.startswith("//"))
