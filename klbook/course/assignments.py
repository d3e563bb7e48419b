"""The assignments: for each master notebook in `assignments/` the students' notebook and the autograder.

    python -m klbook.course.assignments [NAME …]

writes, below `_build/assignments/NAME/`, what Otter-Grader makes of the master: `student/` and `NAME-student.zip` (no
solutions, no hidden tests), `autograder/` (with both) and `NAME-autograder.zip`, which grades: on a platform that takes
such files, or here by `klbook.course.grade`. Otter runs the reference solution through all tests on the way. Nothing is
fetched, and the same sources give the same bytes.
"""

import argparse
import contextlib
import gc
import importlib.util
import io
import json
import shutil
import tempfile
import warnings
import zipfile
from pathlib import Path

from klbook.course import CourseError
from klbook.course.files import replace_folder, replaceable, zipped
from klbook.site.command import sentences

ROOT = Path(__file__).parents[2]
MASTERS = ROOT / "assignments"
BUILT = ROOT / "_build" / "assignments"
BLOCKS = ("QUESTION", "SOLUTION", "TESTS", "PROMPT")
NEEDED = "numpy>=2.0\notter-grader>=7,<8\njupyterlab>=4.4,<5\n"


class AssignmentError(CourseError):
    """A master notebook, or an assignment, that cannot be used; the sentence says where and why."""


def read(path: Path) -> dict:
    """The notebook in a file."""
    try:
        notebook = json.loads(path.read_text(encoding="utf-8-sig"))
        cells = [cell["cell_type"] + "".join(cell["source"]) for cell in notebook["cells"]]
    except FileNotFoundError:
        raise AssignmentError(f"{path}: there is no such notebook") from None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise AssignmentError(f"{path}: this is no notebook ({type(error).__name__}: {error})") from None
    if not cells:
        raise AssignmentError(f"{path}: the notebook has no cells")
    return notebook


def needs_otter() -> None:
    """Refuse to begin without what the extra `course` installs."""
    if not all(importlib.util.find_spec(name) for name in ("otter", "psutil")):
        raise AssignmentError("Otter-Grader is not installed here: pip install -r requirements-course.txt")


def check(path: Path) -> None:
    """Refuse a master notebook in which a question lacks something, which Otter would let pass or not explain."""
    open_blocks, question, names = [], None, set()
    for number, cell in enumerate(read(path)["cells"], 1):
        lines = "".join(cell["source"]).strip().splitlines() or [""]
        where = f"{path}, cell {number}" + (f", question {question['name']}" if question else "")
        mark = lines[0].removeprefix("#").split() if cell["cell_type"] == "raw" else []
        if number == 1 and mark[:2] != ["ASSIGNMENT", "CONFIG"]:
            raise AssignmentError(
                f"{where}: the first cell should be a raw one that begins with # ASSIGNMENT CONFIG"
            )
        if number == 1:
            config = _yaml(lines, where)
            if config.get("name") != path.stem:
                raise AssignmentError(
                    f"{where}: the assignment should have the name of its file, name: {path.stem}"
                )
        elif len(mark) == 2 and mark[0] in ("BEGIN", "END") and mark[1] in BLOCKS:
            if mark[0] == "BEGIN":
                if open_blocks != ([] if mark[1] == "QUESTION" else ["QUESTION"]):
                    inside = f"inside {open_blocks[-1]}" if open_blocks else "outside of a question"
                    raise AssignmentError(f"{where}: BEGIN {mark[1]} stands {inside}")
                open_blocks.append(mark[1])
                if mark[1] == "QUESTION":
                    question = _question(_yaml(lines, where), where, names)
                    begins = f"{path}, cell {number}, question {question['name']}"
                question[mark[1]] = 0  # so many cells
            elif not open_blocks or open_blocks[-1] != mark[1]:
                opened = f"where {open_blocks[-1]} is open" if open_blocks else "where nothing is open"
                raise AssignmentError(f"{where}: END {mark[1]} stands {opened}")
            else:
                open_blocks.pop()
                if mark[1] == "QUESTION":
                    _complete(question, begins)
                    question = None
        elif open_blocks:
            question[open_blocks[-1]] += 1
    if open_blocks:
        raise AssignmentError(f"{where}: {open_blocks[-1]} has no end")
    if not names:
        raise AssignmentError(f"{path}: there is no question in it")


def _yaml(lines, where):
    """What stands below the first line of a raw cell."""
    import yaml

    try:
        config = yaml.safe_load("\n".join(lines[1:])) or {}
    except yaml.YAMLError as error:
        raise AssignmentError(f"{where}: this is no YAML: {str(error).splitlines()[0]}") from None
    if not isinstance(config, dict):
        raise AssignmentError(f"{where}: lines such as 'name: q1' should follow, not {config!r}")
    return config


def _question(config, where, names):
    """What a question says of itself."""
    name, points = config.get("name"), config.get("points")
    if not isinstance(name, str) or not name.isidentifier():
        raise AssignmentError(f"{where}: a question needs a name such as q1, not {name!r}")
    if name in names:
        raise AssignmentError(f"{where}: there are two questions {name}")
    if isinstance(points, bool) or not isinstance(points, int | float) or points <= 0:
        raise AssignmentError(f"{where}: question {name} needs points, a number above 0; it has {points!r}")
    names.add(name)
    return config


def _complete(question, where):
    """Refuse a question that nobody could be graded on."""
    if not question.get("SOLUTION"):
        raise AssignmentError(
            f"{where}: the question has no solution (between BEGIN SOLUTION and END SOLUTION)"
        )
    if question.get("manual") and question.get("TESTS"):
        raise AssignmentError(f"{where}: a question that is graded by hand has no tests")
    if not question.get("manual") and not question.get("TESTS"):
        raise AssignmentError(f"{where}: the question has no test; if it is graded by hand, say manual: true")


def make(master: Path, built: Path = BUILT) -> Path:
    """Write what students get and what grades them, and give the folder in which it stands."""
    from otter.assign import main as assign

    check(master)
    name = master.stem
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        shutil.copy(master, work)
        out = work / "out"
        output = io.StringIO()
        try:
            with (
                contextlib.redirect_stdout(output),
                contextlib.redirect_stderr(output),
                warnings.catch_warnings(),
            ):
                warnings.simplefilter("ignore")  # Otter's own, of what pandas will no longer have
                assign(str(work / master.name), str(out), no_pdfs=True)
                gc.collect()  # a socket that Otter has left open
        except Exception as error:  # whatever Otter does not like; its sentences name the question
            raise AssignmentError(f"{master}: {_short(error)}") from error
        (made,) = (out / "autograder").glob("*.zip")  # its name has a time of day in it
        autograder = _unzip(made)
        made.unlink()
        for part in ("student", "autograder"):
            _same_bytes(out / part / master.name)
        (out / "student" / "requirements.txt").write_text(NEEDED, encoding="utf-8")
        student = {path.name: path.read_bytes() for path in (out / "student").iterdir()}
        files = {str(path.relative_to(out)): path.read_bytes() for path in out.rglob("*") if path.is_file()}
    files |= {f"{name}-student.zip": zipped(student), f"{name}-autograder.zip": zipped(autograder)}
    target = built / name
    replace_folder(target, files)
    return target


def _short(error):
    """The first lines of what Otter says, on one line."""
    return " ".join(str(error).split())[:600] or type(error).__name__


def _same_bytes(path):
    """Cells that Otter added have ids drawn at random; they are numbered instead."""
    notebook = read(path)
    for number, cell in enumerate(notebook["cells"]):
        cell["id"] = f"cell-{number:02}"
    path.write_text(json.dumps(notebook, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def _unzip(path):
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def main(arguments=None) -> None:
    """Make the named assignments, or all."""
    parser = argparse.ArgumentParser(
        prog="python -m klbook.course.assignments", description=__doc__.split("\n")[0]
    )
    parser.add_argument(
        "names", nargs="*", metavar="name", help="of a notebook in assignments/ (otherwise all)"
    )
    names = parser.parse_args(arguments).names
    masters = [MASTERS / f"{name}.ipynb" for name in names] or sorted(MASTERS.glob("*.ipynb"))
    with sentences():
        needs_otter()
        if not masters:
            raise AssignmentError(f"{MASTERS}: there is no master notebook")
        for master in masters:  # all of them, before the first is made
            check(master)
            replaceable(BUILT / master.stem)
        for master in masters:
            print("wrote", make(master))


if __name__ == "__main__":
    main()
