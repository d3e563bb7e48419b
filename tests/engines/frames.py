"""The frames of a page, decoded without the script that the page runs and without the code that wrote them."""

import base64
import json
import re
import zlib
from dataclasses import dataclass
from html import unescape
from math import prod


@dataclass
class Published:
    """One explorer as its page's markup says: controls (name, texts, start), and what every state shows."""

    slug: str
    controls: list
    columns: list
    readouts: list

    def shows(self, places):
        """Texts of the slots and of the readouts at one index for each control."""
        state = 0
        for place, (_, texts, _) in zip(places, self.controls, strict=True):
            state = state * len(texts) + place
        shown = [texts[at[state]] for texts, at in self.columns]
        slots = len(shown) - len(self.readouts)
        return shown[:slots], shown[slots:]

    @property
    def start(self):
        return [start for _, _, start in self.controls]


def _attribute(tag, name):
    found = re.search(rf'\b{name}="([^"]*)"', tag)
    return unescape(found[1]) if found else None


def _controls(figure):
    for tag, inside in re.findall(r"<(input [^>]*|select [^>]*)>(?:(.*?)</select>)?", figure, re.S):
        texts = json.loads(_attribute(tag, "data-texts"))
        if tag.startswith("input"):
            start = int(_attribute(tag, "value"))
        else:
            start = int(re.search(r'<option value="(\d+)" selected', inside)[1])
        yield _attribute(tag, "name"), texts, start


def _columns(block):
    for changes, coded in json.loads(zlib.decompress(base64.b64decode(block))):
        texts = []
        for change in changes:
            if isinstance(change, str):
                texts.append(change)
                continue
            back, start, end, between = change
            whole = texts[len(texts) - back]
            texts.append(whole[:start] + between + whole[len(whole) - end :])
        at, fresh = [], 0
        for k in coded:
            at.append(k - 1 if k else fresh)
            fresh += k == 0
        yield texts, at


def published(page):
    """The explorers in the text of a page, by slug."""
    found = {}
    for figure in re.findall(r"<figure [^>]*data-explorer=.*?</figure>", page, re.S):
        slug = _attribute(figure, "data-explorer")
        block = re.search(r'class="kl-frames">([^<]*)<', figure)[1]
        readouts = re.findall(r'<output name="(\w+)"', figure)
        e = Published(slug, list(_controls(figure)), list(_columns(block)), readouts)
        states = prod(len(texts) for _, texts, _ in e.controls)
        assert all(len(at) == states for _, at in e.columns), slug
        found[slug] = e
    return found
