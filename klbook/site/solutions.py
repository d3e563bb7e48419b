"""Exercises and their solutions: where they stand in a notebook, and what is left of it without the solutions.

An exercise is a cell that begins with its number, ``**1. Title.** …``, and all that follows it up to the next one or
to the next heading. Its solution is what is tagged ``solution`` among these cells, and nothing else is.

``make site SOLUTIONS=no`` builds the site without them. They are taken out when a chapter is read, so that nothing of
them is in a page, in the search, or in what can be downloaded.
"""

import copy
import json
import os
import re
from dataclasses import dataclass, field
from pathlib import Path

import nbformat
from sphinx.errors import ConfigError, ExtensionError

__all__ = [
    "SOLUTION",
    "CourseError",
    "Exercise",
    "exercises",
    "faults",
    "read",
    "setup",
    "student",
    "words_of",
]

#: The tag of a solution's cells, of words and of code.
SOLUTION = "solution"

_BEGINS = re.compile(r"^\*\*(\d+)\. (.*?)\.?\*\*", flags=re.M | re.S)
#: A fold, in which the words of an exercise do not stand: whatever its summary says, it is taken for a solution.
_FOLD = re.compile(r"<details\b", flags=re.I)
#: What folds a cell, or a part of it.
_FOLDED = {"hide-cell", "hide-input", "hide-output"}
#: Outside of an exercise: a summary that says so.
_SOLVES = re.compile(r"<summary\b[^>]*>(?:(?!</summary>).)*\bsolution\b", flags=re.I | re.S)
_HEADING = re.compile(r"^## +(.*?) *$", flags=re.M)


class CourseError(ValueError):
    """A notebook of which no course material can be made; the message names the file and the cell."""


@dataclass
class Exercise:
    """One exercise: its number, its title, its cells and those of its solution, in the order of the notebook."""

    number: int
    title: str
    cells: list = field(default_factory=list)
    solution: list = field(default_factory=list)


def read(path: Path, name: str = ""):
    """The notebook of a file; `name` is what a message calls it, else its path.

    Raises
    ------
    CourseError
        If it is none, or has cells without ids, by which messages name them and copies know them again.
    """
    name = name or str(path)
    try:
        text = path.read_text(encoding="utf-8")
        raw = json.loads(text)
        lacking = [k for k, cell in enumerate(raw["cells"], start=1) if not cell.get("id")]
        if not lacking:  # or it gets some at random
            notebook = nbformat.reads(text, as_version=4)
            nbformat.validate(notebook)
    except OSError as error:
        raise CourseError(f"{name}: cannot be read: {error.strerror}") from None
    except Exception as error:  # there are many ways to be no notebook
        said = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise CourseError(f"{name}: this is no notebook that can be read: {said}") from None
    if lacking:
        raise CourseError(
            f"{name}: its cells have no ids (the first of them is cell {lacking[0]}); open it in JupyterLab and save "
            "it as a notebook of format 4.5, which has them"
        )
    return notebook


def exercises(notebook, name: str = "notebook") -> list[Exercise]:
    """The exercises of a notebook; `name` is what a message calls it.

    Raises
    ------
    CourseError
        If an exercise and its solution cannot be told apart, or one of them is missing. See :func:`faults`.
    """
    found, said = _read(notebook, name)
    if said:
        raise CourseError(said[0])
    return found


def faults(notebook, name: str = "notebook") -> list[str]:
    """All that keeps solutions from being cut out of a notebook, in sentences that name the cell."""
    return _read(notebook, name)[1]


def student(notebook, name: str = "notebook", room: bool = True):
    """A copy of a notebook without solutions; with an empty cell where a solution had code, unless `room` is false.

    Raises
    ------
    CourseError
        If an exercise and its solution cannot be told apart, or one of them is missing.
    """
    # For each solution the cell in whose place the student's own code goes, and the id of its cell.
    places = {}
    for exercise in exercises(notebook, name):
        if room and any(_is_code(cell) for cell in exercise.solution):
            places[exercise.solution[0]["id"]] = f"{exercise.cells[0]['id']}-answer"
    made, cells = copy.deepcopy(notebook), []
    for cell in made["cells"]:
        if cell["id"] in places:
            cells.append(type(cell)(_empty(places[cell["id"]])))
        if SOLUTION not in _tags(cell):
            cells.append(cell)
    made["cells"] = cells
    _count_again(cells)
    return made


def _empty(cell_id):
    return {
        "cell_type": "code",
        "execution_count": None,
        "id": cell_id,
        "metadata": {},
        "outputs": [],
        "source": "",
    }


def _count_again(cells):
    """Number what was run from 1 on, as a kernel does that never saw the rest."""
    count = 0
    for cell in cells:
        if cell.get("execution_count") is None:
            continue
        count += 1
        cell["execution_count"] = count
        for output in cell["outputs"]:
            if "execution_count" in output:
                output["execution_count"] = count


def _tags(cell):
    return cell["metadata"].get("tags", [])


def _is_code(cell):
    """Whether a reader sees code there, and not only the sentences that it makes."""
    return cell["cell_type"] == "code" and "remove-input" not in _tags(cell)


def words_of(cell) -> str:
    """What a cell says: its Markdown, or that of its outputs."""
    if cell["cell_type"] == "markdown":
        return cell["source"]
    shown = (output.get("data", {}).get("text/markdown") for output in cell.get("outputs", []))
    return "\n\n".join(text for text in shown if text)


def _read(notebook, name):
    """The exercises of a notebook, and all that is wrong with them."""
    found, said, section, now = [], [], False, None
    for cell in notebook["cells"]:
        place, tags, words = f"{name}, {cell['id']}", _tags(cell), words_of(cell)
        begins = [*_BEGINS.finditer(words)]
        headings = _HEADING.findall(words) if cell["cell_type"] == "markdown" else []
        before, section = section, headings[-1] == "Exercises" if headings else section
        now = None if headings else now
        among = before or section
        if SOLUTION in tags:
            if among and begins:
                said.append(f"{place}: exercise {begins[0][1]} begins in a cell that is tagged {SOLUTION!r}")
            elif now:
                now.solution.append(cell)
            else:
                said.append(
                    f"{place}: a cell tagged {SOLUTION!r} stands outside of the exercises; it belongs below its own, "
                    "before the next heading"
                )
            continue
        if among and begins:
            if headings or begins[-1].start():
                said.append(f"{place}: exercise {begins[-1][1]} does not begin a cell of its own")
            now = Exercise(int(begins[0][1]), begins[0][2], [cell])
            found.append(now)
        elif now:
            now.cells.append(cell)
        within = now and cell is not now.cells[0]
        if (now and _FOLD.search(f"{cell['source']}\n{words}")) or _SOLVES.search(words):
            whose = (
                f"exercise {begins[0][1]} and its solution are in one cell; the" if among and begins else "a"
            )
            said.append(f"{place}: {whose} solution needs a cell of its own, tagged {SOLUTION!r}")
        elif now and _FOLDED & {*tags}:
            said.append(
                f"{place}: a folded cell of an exercise is its solution's, and is tagged {SOLUTION!r}, too"
            )
        elif within and now.solution:
            said.append(
                f"{place}: this cell stands behind a solution of exercise {now.number} and is not tagged {SOLUTION!r}; "
                "tag it, or put it before the solution"
            )
    for exercise in found:
        if not exercise.solution:
            place = f"{name}, {exercise.cells[0]['id']}"
            said.append(
                f"{place}: exercise {exercise.number} has no solution, that is, no cell tagged {SOLUTION!r}"
            )
    return found, said


def _wanted():
    """What the environment says of solutions; this is the only place that looks."""
    said = os.environ.get("KLBOOK_SOLUTIONS", "yes")
    if said not in ("yes", "no"):
        raise ConfigError(
            f"SOLUTIONS is {said!r}, and can be yes (the site has solutions) or no (it has none)"
        )
    return said == "yes"


def _take_out(app, docname, source):
    path = app.env.doc2path(docname, base=False)
    if app.config.klbook_solutions or not path.endswith(".ipynb"):
        return
    try:
        made = student(nbformat.reads(source[0], as_version=4), path, room=False)
    except CourseError as error:
        raise ExtensionError(str(error)) from None
    source[0] = nbformat.writes(made, version=4)


def _begin_the_search_anew(app, env, docnames):
    """A word that has left a page stays in the index that Sphinx finds in the folder, with no page to it."""
    if not app.config.klbook_solutions and set(docnames) == env.found_docs:
        Path(app.outdir, "searchindex.js").unlink(missing_ok=True)


def _take_out_of_downloads(app, exception):
    """Last of all: Sphinx copies sources from their files, and others change the copies."""
    if exception or app.config.klbook_solutions:
        return
    for path in sorted(Path(app.outdir, "_sources").rglob("*.ipynb*")):
        notebook = nbformat.read(path, as_version=4)
        if any(SOLUTION in _tags(cell) for cell in notebook.cells):  # not yet cut by an earlier build
            nbformat.write(student(notebook, path.name), path)


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("klbook_solutions", _wanted(), "env")  # a new value makes every page be read again
    app.connect("env-before-read-docs", _begin_the_search_anew)
    app.connect("source-read", _take_out)
    app.connect("build-finished", _take_out_of_downloads, priority=900)
