"""Grades a folder of notebooks that students handed in, and writes a table with marks and feedback.

    python -m klbook.course.grade ASSIGNMENT FOLDER [--output FILE.csv] [--time SECONDS] [--jobs N]

ASSIGNMENT is the name of one that `klbook.course.assignments` has made. Each notebook is graded by Otter-Grader in a
process and a folder of its own, with limits of time and memory (of memory not on Windows). Whatever is wrong with one,
its line says so, and the others are graded. A question that is graded by hand has an empty column for its points, and
one with the student's answer.

Students' code runs as you: it can read your files, use the network, and read the hidden tests or forge its marks if
somebody wants to. Against that only a container or a machine with nothing of value on it helps; see
`assignments/README.md`.
"""

import argparse
import contextlib
import csv
import io
import json
import os
import re
import subprocess
import sys
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from klbook.course.assignments import BUILT, AssignmentError, read

MEMORY = (
    4 * 2**30
)  # bytes of address space for each process; NumPy and a kernel need less than one of the four
LARGEST = 20 * 2**20  # bytes of a notebook: one that is larger holds outputs that nobody wants to grade
EMPTY = "_Type your answer here, replacing this text._"
CHILD = "import sys; from klbook.course.grade import _grade_one; _grade_one(*sys.argv[1:])"


def grade_folder(name, folder, time=300, jobs=1, built=BUILT):
    """A dictionary for each file of the folder, in the order of their names: marks, state and feedback."""
    made = Path(built) / name
    archive, solution = made / f"{name}-autograder.zip", made / "autograder" / f"{name}.ipynb"
    if not archive.is_file() or not solution.is_file():
        raise AssignmentError(f"{archive}: there is no such assignment; make assignments writes it")
    folder = Path(folder)
    if not folder.is_dir():
        raise AssignmentError(f"{folder}: this is no folder")
    files = sorted(p for p in folder.iterdir() if p.is_file() and not p.name.startswith("."))
    if not files:
        raise AssignmentError(f"{folder}: there is no file in this folder")
    possible, by_hand = _questions(solution)
    with ThreadPoolExecutor(jobs) as pool:
        return list(pool.map(lambda path: _line(path, name, archive, possible, by_hand, time), files))


def _questions(solution):
    """The names of the questions that are graded by tests, and of those graded by hand with their headings."""
    notebook = read(solution)
    tests = sorted(notebook["metadata"]["otter"]["tests"])
    by_hand = [
        re.search(r"^## .*", _source(cell), re.M)[0]
        for cell in notebook["cells"]
        if _source(cell).startswith("<!-- BEGIN QUESTION -->")
    ]
    return tests, by_hand


def _line(path, name, archive, tests, by_hand, time):
    """What the table says of one file."""
    line = {"file": path.name, "state": "graded", "points": 0, "possible": ""}
    line |= dict.fromkeys(tests, 0)
    for heading in by_hand:
        line |= {f"{heading[3:]} (points, by hand)": "", f"{heading[3:]} (answer)": ""}
    line["feedback"] = ""
    try:
        notebook = _submission(path, name)
        for heading in by_hand:
            line[f"{heading[3:]} (answer)"] = _answer(notebook, heading)
        result = _in_a_process(notebook, name, archive, time)
    except AssignmentError as error:
        return line | {"state": "not graded", "feedback": str(error)}
    for test in tests:
        line[test] = result["questions"].get(test, 0)
    return line | {key: result[key] for key in ("points", "possible", "feedback")}


def _submission(path, name):
    """The notebook that was handed in, if it can be graded at all."""
    if path.suffix != ".ipynb":
        raise AssignmentError("This is no notebook: its name does not end with .ipynb.")
    if path.stat().st_size > LARGEST:
        raise AssignmentError(
            f"The notebook is larger than {LARGEST >> 20} MB: clear its outputs, and hand it in again."
        )
    try:
        notebook = read(path)
    except (AssignmentError, RecursionError):
        raise AssignmentError(
            "This file is no notebook, or it is damaged: it cannot be read as one."
        ) from None
    metadata = notebook.get("metadata")
    otter = metadata.get("otter") if isinstance(metadata, dict) else None
    its_name = otter.get("assignment_name") if isinstance(otter, dict) else None
    if its_name != name:
        other = f"is the one of the assignment {its_name}" if its_name else "comes from no assignment"
        raise AssignmentError(f"The wrong notebook: this is for {name}, and what was handed in {other}.")
    metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _source(cell):
    return "".join(cell["source"])


def _answer(notebook, heading):
    """What stands between the heading of a question that is graded by hand and its end."""
    answer, inside = [], False
    for cell in notebook["cells"]:
        text = _source(cell)
        if "<!-- END QUESTION -->" in text:
            inside = False
        if inside and text.strip() not in ("", EMPTY):
            answer.append(text.strip())
        if "<!-- BEGIN QUESTION -->" in text:
            inside = heading in text
    return "\n\n".join(answer)


def _in_a_process(notebook, name, archive, time):
    """Grade in a process, and give what it wrote; it and all that it started has ended then."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        (work / f"{name}.ipynb").write_text(json.dumps(notebook), encoding="utf-8")
        child = subprocess.Popen(
            [sys.executable, "-c", CHILD, f"{name}.ipynb", str(archive.resolve()), "result.json"],
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            env=os.environ | {"TMPDIR": folder, "OPENBLAS_NUM_THREADS": "1"},
        )
        try:
            child.wait(time)
        except subprocess.TimeoutExpired:
            raise AssignmentError(
                f"The notebook did not come to its end within {time:g} seconds: is there a loop that never ends?"
            ) from None
        finally:
            _end(child)
        try:
            result = json.loads((work / "result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise AssignmentError(
                "Grading ended without a result: the notebook ended its process, or took all memory."
            ) from None
    if "error" in result:
        raise AssignmentError(result["error"])
    return result


def _end(child):
    """End the process and its kernel, which has a session of its own."""
    import psutil

    with contextlib.suppress(psutil.NoSuchProcess):
        for process in psutil.Process(child.pid).children(recursive=True):
            with contextlib.suppress(psutil.NoSuchProcess):
                process.kill()
    child.kill()
    child.wait()


def _grade_one(notebook, archive, result):
    """In the process of its own: run a notebook and its tests, and write what came out."""
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    from otter.api import grade_submission

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            found = grade_submission(notebook, archive, quiet=True)
        if found.catastrophic_error:
            raise found.catastrophic_error
        said = summary(found.results)
    except Exception as error:
        kind = type(error).__name__
        if kind in ("DeadKernelError", "EOFError"):
            said = {
                "error": "The notebook ended its own kernel, or took all memory, before the tests were done."
            }
        else:
            said = {"error": f"Grading stopped with {kind}: {' '.join(str(error).split())[:300]}"}
    Path(result).write_text(json.dumps(said), encoding="utf-8")


def summary(results):
    """Marks and feedback from Otter's test files, by the name of the question."""
    feedback, questions = [], {}
    for name, question in sorted(results.items()):
        questions[name] = question.score
        for found in question.test_case_results:
            if not found.passed:
                feedback.append(f"{name} (-{found.test_case.points:g}): {sentence(found.message)}")
    return {
        "points": sum(questions.values()),
        "possible": sum(question.possible for question in results.values()),
        "questions": questions,
        "feedback": "\n".join(feedback),
    }


def sentence(message):
    """What a failed test says, without the line of the test that said it."""
    kind, _, text = "\n".join(message.split("\n")[3:]).partition(": ")
    if kind == "AssertionError":
        return text
    if "NoneType' object is not callable" in text:
        return "The function that this question asks for is not there: was it renamed, or did its cell fail?"
    return f"Your code stopped with {kind}: {text}"


def write(lines, file):
    """The table. A cell that a spreadsheet would take for a formula gets an apostrophe before it."""
    table = csv.DictWriter(file, lines[0], lineterminator="\n")
    table.writeheader()
    for line in lines:
        table.writerow(
            {
                key: f"'{x}" if isinstance(x, str) and x[:1] in "=+-@\t\r" and x else x
                for key, x in line.items()
            }
        )


def main(arguments=None) -> None:
    """Grade a folder."""
    parser = argparse.ArgumentParser(prog="python -m klbook.course.grade", description=__doc__.split("\n")[0])
    parser.add_argument("assignment", help="its name, as in _build/assignments")
    parser.add_argument("folder", help="with the notebooks that were handed in")
    parser.add_argument("--output", help="the table (otherwise ASSIGNMENT.csv, here)")
    parser.add_argument("--time", type=float, default=300, help="seconds for each notebook (300)")
    parser.add_argument("--jobs", type=int, default=1, help="notebooks at a time (1)")
    wanted = parser.parse_args(arguments)
    if wanted.time <= 0 or wanted.jobs < 1:
        parser.error("--time should be above 0, and --jobs at least 1")
    output = Path(wanted.output or f"{wanted.assignment}.csv")
    try:
        lines = grade_folder(wanted.assignment, wanted.folder, wanted.time, wanted.jobs)
    except AssignmentError as error:
        sys.exit(str(error))
    with output.open("w", encoding="utf-8", newline="") as file:
        write(lines, file)
    graded = sum(line["state"] == "graded" for line in lines)
    print(f"{graded} of {len(lines)} files graded; see {output}")


if __name__ == "__main__":
    main()
