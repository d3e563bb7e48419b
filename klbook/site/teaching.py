"""The page for teachers: plans, what needs what, and what each chapter offers.

``{teaching} lecture`` (or another plan's name), ``{teaching} needs`` and ``{teaching} chapters`` in
``chapters/teaching.md``. What they show is made when the book is built, from the chapters (see :mod:`.outline`) and
from what ``chapters/teaching.toml`` chooses of them. It is not written into the page as the concordance is: it quotes
so much of the chapters that every change of words would ask for another command, and nothing made here can be out of
date.

A ``show`` has a ``key``, a ``chapter`` that shows its ``explorer``, the ``setting`` of its controls, as they are
written beside them, and ``look``: what to look at or to ask there. A ``plan`` has a ``name`` and sessions. A
``session`` has a ``title``, chapters to ``read`` at home, ``steps``, and ``exercises`` of chapters that were read;
what it quotes, it names by how that begins.
"""

import re
import tomllib
from dataclasses import dataclass
from pathlib import Path

import nbformat
from docutils import nodes
from docutils.parsers.rst import Directive
from docutils.statemachine import StringList
from sphinx.errors import ExtensionError

from ..figures import all_figures
from . import needs
from .concordance import address, setting_of
from .outline import Chapter, outline

__all__ = ["DATA", "Book", "Plan", "Session", "Show", "chapters_markdown", "plan_markdown", "read", "setup"]

DATA = Path("chapters") / "teaching.toml"


@dataclass(frozen=True)
class Show:
    """An explorer of a chapter at a setting, and what to look at there."""

    key: str
    chapter: str
    explorer: object
    setting: dict
    look: str

    def markdown(self) -> str:
        """A link to it."""
        texts = {c.name: c.texts[c.values.index(self.setting[c.name])] for c in self.explorer.controls}
        return f"[{self.explorer.title}]({address(self.chapter, self.explorer, texts)})"

    def sentence(self) -> str:
        """What to look at, with its numbers."""
        texts = {c.name: c.texts[c.values.index(self.setting[c.name])] for c in self.explorer.controls}
        return self.look.format_map(texts | self.explorer.readouts_at(self.setting))


@dataclass(frozen=True)
class Step:
    """What is done in a session: its minutes, or none, and what it is in Markdown, long and short."""

    minutes: int | None
    more: bool
    long: str
    short: str


@dataclass(frozen=True)
class Session:
    """What is read at home, done in class, and solved after."""

    title: str
    reading: tuple[Chapter, ...]
    steps: tuple[Step, ...]
    exercises: tuple[tuple[Chapter, tuple[str, ...]], ...]


@dataclass(frozen=True)
class Assignment:
    """A graded assignment: its file's name, its title, and the titles of the chapters that it goes with."""

    name: str
    title: str
    chapters: tuple[str, ...]


@dataclass(frozen=True)
class Plan:
    """Sessions, in their order."""

    name: str
    sessions: tuple[Session, ...]
    assignments: tuple[Assignment, ...]

    def given(self) -> list[tuple[int, Assignment, list[str]]]:
        """Assignments that fit, each with the session after which it can be given and the chapters that were not read.

        One fits if more than half of its chapters were read.
        """
        number = {c.title: k for k, s in enumerate(self.sessions, start=1) for c in s.reading}
        fitting = []
        for each in self.assignments:
            read = [number[title] for title in each.chapters if title in number]
            if 2 * len(read) > len(each.chapters):
                fitting.append((max(read), each, [title for title in each.chapters if title not in number]))
        return sorted(fitting, key=lambda one: (one[0], one[1].name))

    @property
    def reading(self) -> int:
        """Minutes for reading all chapters of the plan."""
        return sum(c.reading for s in self.sessions for c in s.reading)

    @property
    def exercising(self) -> int:
        """Minutes for *all* exercises of these chapters."""
        return sum(c.exercising for c in {c.name: c for s in self.sessions for c, _ in s.exercises}.values())


@dataclass(frozen=True)
class Book:
    """The parts of the book with their chapters, and what teachers choose of them."""

    parts: list[tuple[str, list[Chapter]]]
    shows: dict[str, Show]
    plans: dict[str, Plan]
    assignments: tuple[Assignment, ...]

    @property
    def chapters(self) -> list[Chapter]:
        """All chapters, in order."""
        return [chapter for _, chapters in self.parts for chapter in chapters]


def read(root: Path) -> Book:
    """The book as a teacher sees it.

    Raises
    ------
    ValueError
        If a chapter lacks what is needed here, or if the data file chooses what is not there: one sentence that says
        where.
    """
    parts = outline(root)
    chapters = {c.name: c for _, members in parts for c in members}
    needs.check(list(chapters.values()))
    try:
        data = tomllib.loads((root / DATA).read_text(encoding="utf-8"))
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"{DATA} is not TOML: {error}") from None
    shows, plans, assignments = {}, {}, _assignments(root, {c.title for c in chapters.values()})
    for k, fields in enumerate(data.get("show", []), start=1):
        try:
            show = _show(fields, chapters)
            if show.key in shows:
                raise ValueError("there is another one with this key")
        except ValueError as error:
            raise ValueError(f"{DATA}, show {k} ({fields.get('key', 'without a key')}): {error}") from None
        shows[show.key] = show
    for name, c in chapters.items():
        first = next((s for s in shows.values() if s.chapter == name), None)
        if first and first.explorer.slug != c.explorers[0]:
            raise ValueError(
                f"{DATA}: the first thing to show of {name} is {first.explorer.slug}, but what follows the chapter's "
                f"guess is {c.explorers[0]}"
            )
    for fields in data.get("plan", []):
        name = fields.get("name", "without a name")
        sessions, known = [], set()
        for k, session in enumerate(fields.get("session", []), start=1):
            try:
                sessions.append(_session(session, chapters, shows, known))
            except ValueError as error:
                raise ValueError(f"{DATA}, plan {name}, session {k}: {error}") from None
        timed = {step.minutes is not None for s in sessions for step in s.steps}
        if len(timed) > 1:
            raise ValueError(f"{DATA}, plan {name}: some steps have minutes and some have not")
        plans[name] = Plan(name, tuple(sessions), assignments)
    return Book(parts, shows, plans, assignments)


def _assignments(root, titles):
    """What the master notebooks of the assignments say of themselves."""
    found = []
    for path in sorted((root / "assignments").glob("*.ipynb")):
        cells = nbformat.read(path, as_version=4).cells
        first = next((cell.source for cell in cells if cell.cell_type == "markdown"), "")
        goes = re.search(r"goes with the chapters? (.*?)\.", first, flags=re.S)
        named = tuple(
            " ".join(title.split()) for title in re.findall(r"\*(.*?)\*", goes[1] if goes else "", flags=re.S)
        )
        if not named or set(named) - titles or not first.startswith("# "):
            raise ValueError(
                f"assignments/{path.name} does not begin with its title and “This assignment goes with the chapters "
                "*…*”, which names chapters of the book"
            )
        found.append(Assignment(path.stem, first.splitlines()[0].removeprefix("# "), named))
    return tuple(found)


def _fields(fields, needed, possible=()):
    """Raise a ValueError unless there is all that is needed, and nothing that is not possible."""
    lacking, more = sorted(set(needed) - fields.keys()), sorted(fields.keys() - {*needed, *possible})
    if lacking or more:
        said = [f"{what} {', '.join(x)}" for what, x in (("it lacks", lacking), ("unknown is", more)) if x]
        raise ValueError("; ".join(said))


def _of(name, chapters):
    if name not in chapters:
        raise ValueError(f"there is no chapter {name!r}; there are {', '.join(chapters)}")
    return chapters[name]


def _one(beginning, texts, what):
    """The only text that begins so."""
    found = [text for text in texts if text.startswith(beginning)]
    if len(found) != 1:
        raise ValueError(f"{len(found)} {what} begin with {beginning!r}; there are: {' | '.join(texts)}")
    return found[0]


def _show(fields, chapters):
    _fields(fields, ["key", "chapter", "explorer", "setting", "look"])
    chapter, slug = _of(fields["chapter"], chapters), fields["explorer"]
    if slug not in chapter.explorers:
        raise ValueError(f"{chapter.name} does not show {slug!r}, it shows {', '.join(chapter.explorers)}")
    explorer = all_figures()[slug]
    setting = explorer.initial | setting_of(fields["setting"], explorer)
    show = Show(fields["key"], chapter.name, explorer, setting, fields["look"])
    try:
        show.sentence()
    except (KeyError, ValueError) as error:
        raise ValueError(f"{slug} has no readout and no control for the braces in look: {error}") from None
    return show


def _session(fields, chapters, shows, known):
    """A session; `known` are the chapters that were read before it, and those of this one are added."""
    _fields(fields, ["title", "read", "steps"], ["exercises"])
    if not fields["steps"]:
        raise ValueError("it has no steps")
    reading = [_of(name, chapters) for name in fields["read"]]
    for c in reading:
        missing = [n.chapter for n in c.needs if not n.partly and n.chapter not in known]
        if missing:
            raise ValueError(f"{c.name} needs {', '.join(missing)}, which the plan has not had")
        known.add(c.name)
    exercises = [
        (
            _of(name, chapters),
            tuple(_one(title, _of(name, chapters).exercises, "exercises") for title in titles),
        )
        for name, titles in fields.get("exercises", {}).items()
    ]
    unread = [c.name for c, _ in exercises if c.name not in known]
    if unread:
        raise ValueError(f"it has exercises of {', '.join(unread)}, which the plan has not read")
    steps = [_step(step, chapters, shows) for step in fields["steps"]]
    return Session(fields["title"], tuple(reading), tuple(steps), tuple(exercises))


def _step(fields, chapters, shows):
    kinds = fields.keys() & {"guess", "show", "ask", "board"}
    if len(kinds) != 1:
        raise ValueError(f"a step is one of guess, show, ask and board, not {dict(fields)}")
    (kind,) = kinds
    also = {"ask": ["question"], "board": ["chapter"]}.get(kind, [])
    _fields(fields, [kind, *also], ["minutes", "more"])
    if kind == "show":
        if fields["show"] not in shows:
            raise ValueError(f"there is nothing to show with the key {fields['show']!r}")
        show = shows[fields["show"]]
        chapter = chapters[show.chapter]
        short = f"show {show.markdown()}"
        long = f"Show {show.markdown()}. {show.sentence()}"
    else:
        chapter = _of(fields["chapter"] if kind == "board" else fields[kind], chapters)
        if kind == "guess":
            short = f"ask for the guess of {chapter.link}"
            long = (
                f"**Stop: a guess.** Tell what stands under “{chapter.scene}” in {chapter.link}, then ask: "
                f"{_quoted(chapter.guess)}"
            )
        elif kind == "ask":
            checks = {c.question: c for c in chapter.checks}
            question = _one(fields["question"], list(checks), f"questions of {chapter.name}")
            (right,) = (answer for answer, is_right, _ in checks[question].answers if is_right)
            short = f"ask {_quoted(question)}"
            long = (
                f"**Stop: a question.** {_quoted(question)} Right is {_quoted(right)}; the wrong answers are in "
                f"{chapter.link}."
            )
        else:
            short = long = f"At the board: {fields['board']} ({chapter.link})"
    return Step(fields.get("minutes"), fields.get("more", False), long, short)


def _quoted(text):
    """In quotation marks; those in it become single ones."""
    return f"“{text.translate(str.maketrans('“”', '‘’'))}”"


def plan_markdown(plan: Plan) -> str:
    """A plan: what happens in class, minute by minute if its steps have minutes, and what is done at home."""
    lines = []
    for k, session in enumerate(plan.sessions, start=1):
        lines += _timed(session) if session.steps[0].minutes else _untimed(session, k)
    for number, assignment, unread in plan.given():
        lines += [
            f"**Assignment**, after session {number}: *{assignment.title}* (`assignments/{assignment.name}.ipynb`), on "
            f"{_and(assignment.chapters)}"
            + (f"; this plan has not read {_and(unread)}: leave out the questions on it." if unread else "."),
            "",
        ]
    if len(plan.sessions) > 1:
        lines += [
            f"**At home, all in all:** {plan.reading} minutes for reading and playing, and {plan.exercising} for all "
            "exercises of these chapters; those that are named here take less.",
            "",
        ]
    return "\n".join(lines)


def _timed(session):
    short = sum(step.minutes for step in session.steps if not step.more)
    long = sum(step.minutes for step in session.steps)
    lines = [f"*{session.title}:* {short} minutes, or {long} with the steps that are marked **+**.", ""]
    for step in session.steps:
        lines.append(f"- **{'+ ' if step.more else ''}{step.minutes} min.** {step.long}")
    return [*lines, "", f"*At home:* read {_reading(session)}.", *_after(session, "Then "), ""]


def _reading(session):
    return ", ".join(f"{c.link} ({c.reading} minutes)" for c in session.reading)


def _untimed(session, number):
    steps = "; ".join(step.short for step in session.steps)
    return [
        f"- **{number}. {session.title}**",
        f"  - *Before:* read {_reading(session)}.",
        f"  - *In class:* {steps}.",
        *_after(session, "  - *After:* "),
        "",
    ]


def _after(session, begin):
    titles = "; ".join(
        f"{', '.join(_typeset(e) for e in named)} of {c.link} (all {len(c.exercises)} take {c.exercising} minutes)"
        for c, named in session.exercises
    )
    return [f"{begin}exercises {titles}."] if titles else []


def _and(titles):
    *most, last = (f"*{title}*" for title in titles)
    return f"{', '.join(most)} and {last}" if most else last


def _typeset(exercise):
    """An exercise's number and title; a full stop in it would begin a list."""
    number, _, title = exercise.partition(". ")
    return f"{number} (*{title}*)"


def chapters_markdown(book: Book) -> str:
    """For each part its chapters: goals, times, guess, what to show, wrong answers, exercises."""
    lines = []
    for caption, chapters in book.parts:
        lines += [f"### {caption}", ""]
        for c in chapters:
            lines += _chapter(c, [s for s in book.shows.values() if s.chapter == c.name])
            for each in (a for a in book.assignments if c.title in a.chapters):
                lines += [
                    f"**Assignment.** *{each.title}* (`assignments/{each.name}.ipynb`), on {_and(each.chapters)}.",
                    "",
                ]
    return "\n".join(lines)


def _chapter(c, shows):
    goals = "; ".join(c.goals)
    lines = [
        f"#### {c.title}",
        "",
        f"{c.link}: {c.reading} minutes for reading and playing, {c.exercising} for the exercises. {c.need}",
        "",
        f"**Goals.** You will be able to {goals}.",
        "",
        f"**Stop and ask for a guess.** {c.guess}",
        "",
        "**Show.**",
        "",
    ]
    if shows:
        lines += [f"- {show.markdown()}: {show.sentence()}" for show in shows]
    else:
        explorer = all_figures()[c.explorers[0]]
        lines.append(f"- [{explorer.title}]({c.name}.ipynb#{explorer.slug}): {explorer.caption}")
    wrong = sum(not right for check in c.checks for _, right, _ in check.answers)
    lines += [
        "",
        f"<details><summary>Where students may go wrong: {len(c.checks)} questions, {wrong} wrong answers</summary>",
        "",
    ]
    for check in c.checks:
        lines += [f"{check.question}", ""]
        lines += [f"- “{answer}” {feedback}" for answer, right, feedback in check.answers if not right]
        lines += [f"- ✓ {answer}" for answer, right, _ in check.answers if right] + [""]
    lines += ["</details>", ""]
    titles = ", ".join(_typeset(e) for e in c.exercises)
    return [*lines, f"**Exercises.** {titles}.", ""]


class _Teaching(Directive):
    """``{teaching} needs``, ``{teaching} chapters``, or ``{teaching}`` and the name of a plan."""

    required_arguments = 1

    def run(self):
        env, root = self.state.document.settings.env, Path(self.state.document.settings.env.srcdir)
        try:
            book = read(root)
        except ValueError as error:
            raise ExtensionError(str(error)) from None
        files = [
            root / DATA,
            root / "_toc.yml",
            *(root / "chapters" / f"{c.name}.ipynb" for c in book.chapters),
        ]
        for file in [*files, *sorted((root / "assignments").glob("*.ipynb"))]:
            env.note_dependency(str(file))
        (what,) = self.arguments
        made = nodes.container()
        if what == "needs":
            made += nodes.raw("", needs.svg(book.chapters), format="html")
            text = needs.words(book.chapters)
        elif what == "chapters":
            text = chapters_markdown(book)
        elif what in book.plans:
            text = plan_markdown(book.plans[what])
        else:
            raise ExtensionError(
                f"{{teaching}} shows needs, chapters or a plan of {DATA} ({', '.join(book.plans)}), not {what!r}"
            )
        # Headings become sections of the section that the directive stands in.
        self.state.nested_parse(StringList(text.splitlines()), self.content_offset, made, match_titles=True)
        return made.children


def setup(app):
    """Register with Sphinx."""
    app.add_directive("teaching", _Teaching)
