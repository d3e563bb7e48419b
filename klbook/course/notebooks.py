"""Notebooks for students and for instructors.

``python -m klbook.course.notebooks FOLDER`` writes for each chapter ``FOLDER/students/<chapter>.ipynb``, which has an
empty cell in place of each solution's code and runs without the solutions, and ``FOLDER/instructors/<chapter>.ipynb``,
which has all of them, unfolded. If anything is wrong with a chapter, nothing is written.
"""

import argparse
import copy
import os
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
from nbclient.exceptions import CellControlSignal

from ..site import notebooks
from ..site.command import sentences
from ..site.solutions import SOLUTION, CourseError, Exercise, exercises, read, student
from .book import ROOT, Book
from .files import replace_folder, replaceable

__all__ = [
    "SOLUTION", "CourseError", "Exercise", "exercises", "instructor", "main", "run", "student", "write",
]  # fmt: skip


def instructor(notebook, name: str = "notebook"):
    """A copy of a notebook in which all solutions are unfolded.

    Raises
    ------
    CourseError
        If an exercise and its solution cannot be told apart, or one of them is missing.
    """
    made = copy.deepcopy(notebook)
    for exercise in exercises(made, name):
        for cell in exercise.solution:
            _unfold(cell)
    return made


def _unfold(cell):
    """Show words and code at once; the code that only says words stays folded."""
    cell["source"] = _opened(cell["source"])
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        if "text/markdown" in data:
            data["text/markdown"] = _opened(data["text/markdown"])
    tags = cell["metadata"]["tags"]
    if "hide-cell" in tags:
        tags.remove("hide-cell")
        for folded in ("jupyter", "mystnb"):
            cell["metadata"].pop(folded, None)


def _opened(text):
    return text.replace("<details>", "<details open>")


def run(notebook, folder: Path, name: str = "notebook"):
    """A copy of a notebook that was run in a folder.

    Raises
    ------
    CourseError
        If a cell raises, takes too long or ends the kernel.
    """
    made, begun = copy.deepcopy(notebook), []
    try:
        notebooks.run(made, folder, on_cell_start=lambda cell, cell_index: begun.append(cell))
    except (CellControlSignal, RuntimeError) as error:
        said = f"{error.ename}: {error.evalue}" if hasattr(error, "ename") else str(error).splitlines()[0]
        raise CourseError(f"{name}, {begun[-1]['id']}: the notebook does not run: {said}") from None
    return made


def write(folder: Path, paths: list[Path] | None = None) -> list[Path]:
    """Write the notebooks of chapters, of all if none are named, and return their files.

    Raises
    ------
    CourseError
        If exercises and solutions cannot be told apart, or if a student's notebook does not run; nothing is written.
    """
    made = {}
    replaceable(folder)
    everything = [ROOT / "chapters" / f"{name}.ipynb" for name in Book.read().chapters()]
    for path in everything if paths is None else paths:
        notebook = read(path, path.name)
        made[folder / "students" / path.name] = student(notebook, path.name)
        made[folder / "instructors" / path.name] = instructor(notebook, path.name)
    for_students = [(notebook, path) for path, notebook in made.items() if path.parent.name == "students"]
    with tempfile.TemporaryDirectory() as empty, ThreadPoolExecutor(os.cpu_count()) as pool:
        for _ in pool.map(lambda each: run(each[0], empty, f"students/{each[1].name}"), for_students):
            pass
    replace_folder(
        folder,
        {
            path.relative_to(folder).as_posix(): f"{nbformat.writes(notebook, version=4)}\n".encode()
            for path, notebook in made.items()
        },
    )
    return list(made)


def main(arguments: list[str] | None = None) -> None:
    """Write the notebooks and say which; what is wrong is said in one sentence."""
    parser = argparse.ArgumentParser(
        prog="python -m klbook.course.notebooks", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "folder", type=Path, metavar="FOLDER", help="one folder, in which the notebooks are written"
    )
    folder = parser.parse_args(arguments).folder
    with sentences():
        for path in write(folder):
            print("wrote", path)


if __name__ == "__main__":
    main()
