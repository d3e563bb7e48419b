"""What the pages of the built site say of their explorers, read without the script that moves them."""

import base64
import json
import zlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from bs4 import BeautifulSoup

SITE = Path(__file__).parents[2] / "_build" / "html"


@dataclass(frozen=True)
class Control:
    name: str
    kind: str
    texts: tuple[str, ...]
    start: int

    @property
    def ends(self) -> tuple[int, ...]:
        return (len(self.texts) - 1, 0, len(self.texts) // 2)

    @property
    def away(self) -> int:
        """A place that is not where it begins: an end, because that is where mistakes are."""
        return len(self.texts) - 1 if self.start < len(self.texts) - 1 else 0


@dataclass(frozen=True)
class Explorer:
    page: str
    slug: str
    controls: tuple[Control, ...]
    slots: int
    columns: list[tuple[list[str], list[int]]]
    #: For each handle its slot and the places of the controls that it moves.
    handles: tuple[tuple[int, tuple[int, ...]], ...]

    @property
    def start(self) -> tuple[int, ...]:
        return tuple(c.start for c in self.controls)

    @property
    def away(self) -> tuple[int, ...]:
        return tuple(c.away for c in self.controls)

    def shown(self, setting) -> dict:
        """What the frames say that one sees at a setting."""
        state = np.ravel_multi_index(tuple(setting), [len(c.texts) for c in self.controls])
        texts = [texts[at[state]] for texts, at in self.columns]
        says = [c.texts[place] for c, place in zip(self.controls, setting, strict=True)]
        return {
            "setting": list(setting),
            "slots": texts[: self.slots],
            # A readout's parts, without what keeps its point in the column.
            "outputs": ["".join(text.split("\t")[:5]) for text in texts[self.slots :]],
            "says": says,
        }


def _columns(packed: str):
    """The format is told in klbook/explorers/published.py."""
    columns = []
    for changes, coded in json.loads(zlib.decompress(base64.b64decode(packed))):
        texts = []
        for change in changes:
            if isinstance(change, list):
                back, start, end, between = change
                old = texts[-back]
                change = old[:start] + between + old[len(old) - end :]
            texts.append(change)
        which, fresh = [], 0
        for code in coded:
            which.append(code - 1 if code else fresh)
            fresh += not code
        columns.append((texts, which))
    return columns


def _control(element) -> Control:
    texts = tuple(json.loads(element["data-texts"]))
    if element.name == "select":
        options = element.find_all("option")
        start = next((i for i, option in enumerate(options) if option.has_attr("selected")), 0)
        return Control(element["name"], "select", texts, start)
    return Control(element["name"], "range", texts, int(element["value"]))


def _explorer(page, root) -> Explorer:
    controls = tuple(map(_control, root.select("input[type=range][name], select[name]")))
    slots = len(root.select("svg [data-slot]"))
    names = [c.name for c in controls]
    handles = tuple(
        (int(slot["data-slot"]), tuple(names.index(name) for name in slot["data-drag"].split()))
        for slot in root.select("[data-drag]")
    )
    columns = _columns(root.select_one(".kl-frames").string)
    return Explorer(page, root["data-explorer"], controls, slots, columns, handles)


def read(page, html) -> list[Explorer]:
    """The explorers of a page."""
    return [_explorer(page, root) for root in BeautifulSoup(html, "html.parser").select("[data-explorer]")]


@cache
def explorers() -> dict[str, Explorer]:
    """Every explorer of the site, by its slug."""
    found = {}
    for path in [SITE / "index.html", *sorted(SITE.glob("chapters/*.html"))]:
        for e in read(path.relative_to(SITE).as_posix(), path.read_text(encoding="utf-8")):
            found[e.slug] = e
    return found
