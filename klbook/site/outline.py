"""What each chapter says of itself: its goals, what it needs, how long it takes, its guess, questions and exercises.

Read from the notebooks as they are stored, outputs included, so that whoever plans with it plans with what readers see.
``tests/book/test_chapters.py`` demands these parts of every chapter, and what is missing is said here, too: a plan for
teaching must not silently leave out a chapter.
"""

import html
import re
from dataclasses import dataclass
from pathlib import Path

import nbformat
import yaml

from ..explorers.live import MIME
from ..prose import ASKED, asked
from .solutions import exercises as exercises_of
from .solutions import words_of

__all__ = ["Chapter", "Check", "Need", "outline", "read_chapter"]

_TIMES = re.compile(
    r"Reading and playing take about (\d+) minutes, the exercises (?:(as long again)|another (\d+))\."
)
_LINK = re.compile(r"\[([^\]]*)\]\(([\w-]+)\.ipynb\)")
#: Words by which a clause says that a part of a chapter is enough. So do brackets around its link.
_PARTLY = re.compile(r"\bonly\b|\bfor one section\b")


@dataclass(frozen=True)
class Need:
    """A chapter that another one needs, all of it or a part."""

    chapter: str
    partly: bool


@dataclass(frozen=True)
class Check:
    """A self-check: the question, and its answers as (answer, whether it is right, feedback)."""

    question: str
    answers: tuple[tuple[str, bool, str], ...]


@dataclass(frozen=True)
class Chapter:
    """A chapter, in its own words. All texts are Markdown whose links hold in any page of the folder ``chapters``."""

    name: str
    title: str
    goals: tuple[str, ...]
    need: str
    needs: tuple[Need, ...]
    reading: int
    exercising: int
    scene: str
    guess: str
    checks: tuple[Check, ...]
    exercises: tuple[str, ...]
    explorers: tuple[str, ...]

    @property
    def link(self) -> str:
        """A link to the chapter."""
        return f"[{self.title}]({self.name}.ipynb)"


def outline(root: Path) -> list[tuple[str, list[Chapter]]]:
    """The parts of the book, each with its chapters, as ``_toc.yml`` has them; the back matter is not a part.

    Raises
    ------
    ValueError
        If a chapter lacks something, or needs a chapter that the book has not: one sentence that names it.
    """
    toc = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    parts = [
        (part["caption"], [read_chapter(root / f"{entry['file']}.ipynb") for entry in part["chapters"]])
        for part in toc["parts"]
        if part["caption"].startswith("Part ")
    ]
    names = {chapter.name for _, chapters in parts for chapter in chapters}
    for _, chapters in parts:
        for chapter in chapters:
            for need in chapter.needs:
                if need.chapter not in names:
                    raise ValueError(
                        f"chapters/{chapter.name}.ipynb needs {need.chapter!r}, which is no chapter of the parts in "
                        "_toc.yml"
                    )
    return parts


def read_chapter(path: Path) -> Chapter:
    """One chapter; a ValueError says in a sentence what it lacks."""
    notebook, place = nbformat.read(path, as_version=4), f"chapters/{path.name}"
    pieces = [words_of(cell) for cell in notebook.cells]
    text = "\n\n".join(pieces)
    opening = text.partition("\n## ")[0]

    def found(pattern, within, what):
        match = re.search(pattern, within, flags=re.M | re.S)
        if not match:
            raise ValueError(f"{place} lacks {what}")
        return match[1]

    title = found(r"\A# (.*?)$", text, "a title, “# …”, as its first line")
    paragraph = _line(
        found(r"^(You need .*?)(?:\n\n|\Z)", opening, "a paragraph “You need …” before its first heading")
    )
    need, _, _ = paragraph.partition(" Reading and playing")
    times = _TIMES.search(paragraph)
    if not times:
        raise ValueError(
            f"{place} does not say at the end of its paragraph “You need …” how long it takes, as in “Reading and "
            "playing take about 40 minutes, the exercises as long again.” or “…, the exercises another 60.”"
        )
    goals = found(r"You will be able to\*\*\n\n((?:- .*?)+)(?:\n\n|\Z)", opening, "its goals, “- …”")
    guess = found(r"\*\*Guess before you go on\.\*\* (.*?)(?:\n\n|\Z)", text, "“Guess before you go on.”")
    before_it = text.partition("**Guess before you go on.**")[0]
    scene = found(r".*^## (.*?)$", before_it, "a heading “## …” above “Guess before you go on.”")
    outputs = [output.get("data", {}) for cell in notebook.cells for output in cell.get("outputs", [])]
    said = [data.get("text/markdown", "") for data in outputs]
    checks = tuple(_check(each, path.stem) for each in said if each.startswith(ASKED))
    slugs = [data[MIME]["slug"] for data in outputs if MIME in data]
    for what, there in (("self-checks", checks), ("explorers", slugs)):
        if not there:
            raise ValueError(f"{place} shows no {what}; was it run? (make notebooks)")
    return Chapter(
        name=path.stem,
        title=title,
        goals=tuple(_here(_line(g).rstrip(";."), path.stem) for g in re.split(r"^- ", goals, flags=re.M)[1:]),
        need=_here(need, path.stem),
        needs=tuple(_needs(need)),
        reading=int(times[1]),
        exercising=int(times[1] if times[2] else times[3]),
        scene=scene,
        guess=_here(_line(guess), path.stem),
        checks=checks,
        exercises=tuple(f"{e.number}. {_line(e.title)}" for e in exercises_of(notebook, place)),
        explorers=tuple(slugs),
    )


def _line(text):
    return " ".join(text.split())


def _here(text, chapter):
    """Links of a chapter to its own places, as another page must write them: only those to explorers are kept."""

    def link(match):
        address = html.unescape(match[1])
        return f"[{match[2]}]({chapter}.ipynb#{address})"

    text = re.sub(r'<a href="#([^"]+)">(.*?)</a>', link, text, flags=re.S)
    return re.sub(r"\[([^\]]*)\]\(#[^)]*\)", r"\1", text)


def _needs(need):
    """The chapters that a paragraph names, each with whether its clause says that a part is enough."""
    names = [link[2] for link in _LINK.finditer(need)]
    for clause in re.split(r"[,;.]\s", _LINK.sub("@", need) + " "):
        for k in range(clause.count("@")):
            before = "".join(clause.split("@")[: k + 1])
            in_brackets = before.count("(") > before.count(")")
            yield Need(names.pop(0), in_brackets or bool(_PARTLY.search(clause)))


def _check(text, chapter):
    question, found = asked(text)
    answers = tuple(
        (_here(_line(answer), chapter), right, _here(_line(feedback), chapter))
        for answer, right, feedback in found
    )
    return Check(_here(_line(question), chapter), answers)
