"""Grades notebooks that students handed in, and writes a table with marks and feedback.

    python -m klbook.course.grade ASSIGNMENT PATH … [--output FILE.csv] [--time SECONDS] [--wall SECONDS] [--jobs N]

ASSIGNMENT is the name of one that `klbook.course.assignments` has made; a PATH is a folder (with folders in it) or a
single file. Each notebook is graded by Otter-Grader in a process and a folder of its own, with limits of time and
memory (of memory not on Windows). Whatever is wrong with one, its line says so, and the others are graded. The table
(`klbook.course.marks`) is written anew after each notebook. If there is one already, its lines stay unless their files
are graded again, and what was entered by hand stays in any case.

Students' code runs as you: it can read your files, use the network, and read the hidden tests or forge its marks if
somebody wants to. Against that only a container or a machine with nothing of value on it helps; see
`assignments/README.md`.
"""

import argparse
import contextlib
import io
import json
import math
import os
import re
import signal
import subprocess
import sys
import tempfile
import threading
import time as clock
from concurrent.futures import FIRST_COMPLETED, ThreadPoolExecutor, wait
from pathlib import Path

from klbook.course.assignments import BUILT, AssignmentError, needs_otter, read
from klbook.course.marks import PLACE, Table, as_cell, place

MEMORY = (
    4 * 2**30
)  # bytes of address space for each process; NumPy and a kernel need less than one of the four
LARGEST = 20 * 2**20  # bytes of a notebook: one that is larger holds outputs that nobody wants to grade
EMPTY = "_Type your answer here, replacing this text._"
BEGIN, END = "<!-- BEGIN QUESTION -->", "<!-- END QUESTION -->"
NO_ANSWER = "[No answer found where it is asked; look into the notebook.]"
#: Run before and behind what a student wrote, so that the tests find what they need.
FIRST = "import builtins as _builtins, os as _os\n_home, _open = _os.getcwd(), open"
LAST = "_os.chdir(_home)\nopen = _builtins.open = _open"
CHILD = "import sys; from klbook.course.grade import _grade_one; _grade_one(*sys.argv[1:])"


class Assignment:
    """What grades, and the columns of the table."""

    def __init__(self, name, built=BUILT):
        made = Path(built) / name
        self.name, self.archive = name, made / f"{name}-autograder.zip"
        solution, student = (made / part / f"{name}.ipynb" for part in ("autograder", "student"))
        if not all(path.is_file() for path in (self.archive, solution, student)):
            there = ", ".join(sorted(path.name for path in Path(built).glob("[!.]*") if path.is_dir()))
            raise AssignmentError(
                f"{self.archive}: there is no such assignment; "
                + (f"those that were made are {there}" if there else "make assignments writes them")
            )
        notebook = read(solution)
        self.tests = sorted(notebook["metadata"]["otter"]["tests"])
        self.handed_out = {_source(cell).strip() for cell in read(student)["cells"]}
        self.by_hand = {}  # headings, and the titles of the columns for points and for the answer
        for text in map(_source, notebook["cells"]):
            if text.startswith(BEGIN):
                lines = [line for line in text.split("\n")[1:] if line.strip()]
                heading = next((line for line in lines if line.startswith("#")), lines[0])
                points = re.search(r"_Points:_ (\S+)", text)  # a master can leave them out
                title, most = heading.lstrip("# "), f", of {points[1]}" if points else ""
                self.by_hand[heading] = f"{title} (points by hand{most})", f"{title} (answer)"

    @property
    def columns(self):
        by_hand = [title for titles in self.by_hand.values() for title in titles]
        return [
            "file",
            "state",
            "points by tests",
            "possible by tests",
            *self.tests,
            *by_hand,
            "feedback",
            PLACE,
        ]

    def line(self, key, path, limits, stop):
        """What the table says of one file."""
        line = dict.fromkeys(self.columns, "") | {"file": key, "state": "not graded"}
        try:
            notebook = _submission(path, self.name)
            for heading, (_, title) in self.by_hand.items():
                line[title] = _answer(notebook, heading, self.handed_out)
            result = _in_a_process(notebook, self.name, self.archive, limits, stop)
            line["state"] = "graded"
            line |= {test: result["questions"].get(test, 0) for test in self.tests}
            line |= {f"{word} by tests": result[word] for word in ("points", "possible")}
            line["feedback"] = result["feedback"]
        except AssignmentError as error:
            line["feedback"] = str(error)
        except Exception as error:  # nobody's notebook should cost the others their marks
            line["feedback"] = (
                f"Grading stopped with {type(error).__name__}: {' '.join(str(error).split())[:300]}"
            )
        return {title: as_cell(x) for title, x in line.items()}


def collect(paths, known=None, but=()):
    """The files to grade, by what the table calls them: as it does already, or by their path inside the folder.

    Of a folder that is a link only the link is given.
    """
    known, files = known or {}, {}
    for path in map(Path, paths):
        if path.is_dir():
            found = {}
            for folder, folders, names in os.walk(path):
                folders[:] = [name for name in folders if not _hidden(name)]
                links = [name for name in folders if Path(folder, name).is_symlink()]
                for one in (Path(folder, name) for name in [*names, *links] if not _hidden(name)):
                    if place(one) not in but:
                        found[one] = _key(one.relative_to(path))
            if not found:
                raise AssignmentError(f"{path}: there is no file in this folder")
        elif os.path.lexists(path):
            found = {path: _key(Path(path.name))}
        else:
            raise AssignmentError(f"{path}: there is no such folder or file")
        for one, key in found.items():
            key = known.get(place(one), key)
            if key in files and place(files[key]) != place(one):
                raise AssignmentError(
                    f"{one}: {files[key]} would have the same line, {key}; name the folder that holds both"
                )
            files[key] = one
    return dict(sorted(files.items()))


def _hidden(name):
    return name.startswith(".") or name == "__MACOSX"


def _key(path):
    """The name in the table; one that a spreadsheet would take for a formula begins with ./"""
    key = path.as_posix().encode("utf-8", "backslashreplace").decode()
    return f"./{key}" if as_cell(key) != key else key


def grade_files(assignment, files, time=120, wall=None, jobs=1):
    """A line for each file, as it is done; `time` is of processor, `wall` of a clock (otherwise five times as much)."""
    stop = threading.Event()
    pool = ThreadPoolExecutor(jobs)
    limits = time, wall or 5 * time
    try:
        waiting = {pool.submit(assignment.line, *file, limits, stop) for file in files.items()}
        while waiting:
            done, waiting = wait(waiting, 0.5, FIRST_COMPLETED)  # so that Ctrl+C is heard everywhere
            yield from (future.result() for future in done)
    finally:
        stop.set()
        pool.shutdown(cancel_futures=True)


def _submission(path, name):
    """The notebook that was handed in, if it can be graded at all."""
    if path.is_symlink() and (path.is_dir() or not os.path.exists(path)):
        where = (
            "a folder, and not followed: name that folder" if path.is_dir() else "a file that is not there"
        )
        raise AssignmentError(f"This is a link to {where}.")
    if path.suffix.lower() != ".ipynb":
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
    # Half of a character, which some editors leave, cannot be written to any file: it becomes a question mark.
    notebook = json.loads(json.dumps(notebook, ensure_ascii=False).encode("utf-8", "replace"))
    metadata = notebook.get("metadata")
    otter = metadata.get("otter") if isinstance(metadata, dict) else None
    its_name = otter.get("assignment_name") if isinstance(otter, dict) else None
    if its_name != name:
        other = f"is the one of the assignment {its_name}" if its_name else "comes from no assignment"
        raise AssignmentError(f"The wrong notebook: this is for {name}, and what was handed in {other}.")
    metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return notebook


def _around(notebook):
    """A notebook with a first and a last cell of ours."""
    ids = notebook.get("nbformat_minor", 0) >= 5
    first, last = (
        {"cell_type": "code", "source": source, "metadata": {}, "outputs": [], "execution_count": None}
        | ({"id": f"grading-{k}"} if ids else {})
        for k, source in enumerate((FIRST, LAST))
    )
    return notebook | {"cells": [first, *notebook["cells"], last]}


def _source(cell):
    return "".join(cell["source"]).replace("\r\n", "\n")


def _answer(notebook, heading, handed_out):
    """What stands between the heading of a question that is graded by hand and its end.

    If nothing does, but there is text elsewhere that was not handed out, it is that text, with a word about it.
    """
    answer, elsewhere, inside, found, words = [], [], False, False, False
    for cell in notebook["cells"]:
        text = _source(cell).strip()
        begins, ends = heading in text.split("\n"), END in text
        new = _added(text, handed_out)
        inside = (inside or begins) and not ends
        found = found or begins
        if new and inside:
            answer.append(new)
            words = words or cell["cell_type"] != "code"
        elif new and cell["cell_type"] != "code":
            elsewhere.append(new)
    if words or (found and not elsewhere):
        return "\n\n".join(answer)
    return "\n\n".join([*answer, NO_ANSWER, *elsewhere])


def _added(text, handed_out):
    """What of a cell was not handed out."""
    if text in handed_out:
        return ""
    if text.startswith("## ") or BEGIN in text or END in text:  # somebody wrote into the question
        lines = {line for given in handed_out for line in given.split("\n")}
        text = "\n".join(line for line in text.split("\n") if line not in lines)
    return text.replace(EMPTY, "").strip()


def _in_a_process(notebook, name, archive, limits, stop):
    """Grade in a process, and give what it wrote; it and all that it started has ended then."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        work = Path(folder)
        (work / f"{name}.ipynb").write_text(json.dumps(_around(notebook)), encoding="utf-8")
        child = subprocess.Popen(
            [
                sys.executable,
                "-c",
                CHILD,
                f"{name}.ipynb",
                str(archive.resolve()),
                "result.json",
                str(limits[0]),
            ],
            cwd=work,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            # A cell with %pip changes nothing here.
            env=os.environ | {"TMPDIR": folder, "OPENBLAS_NUM_THREADS": "1", "PIP_DRY_RUN": "1"},
            start_new_session=True,  # Ctrl+C is for us; we end it
        )
        _wait(child, *limits, stop)
        try:
            result = json.loads((work / "result.json").read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise AssignmentError(
                "Grading ended without a result: the notebook ended its process, or took all memory."
            ) from None
    if isinstance(result, dict) and isinstance(result.get("error"), str):
        raise AssignmentError(result["error"])
    if not _is_result(result):
        raise AssignmentError(
            "Grading ended with a result that the grader has not written: look into the notebook."
        )
    return result


def _is_result(result):
    """Whether these are marks; a notebook can write files, too."""
    if not isinstance(result, dict) or not isinstance(result.get("questions"), dict):
        return False
    numbers = [result.get("points"), result.get("possible"), *result["questions"].values()]
    return isinstance(result.get("feedback"), str) and all(
        type(x) in (int, float) and math.isfinite(x) for x in numbers
    )


def _wait(child, time, wall, stop):
    """Wait for a process, and end it and all that it has started."""
    import psutil

    began, spent, first = clock.monotonic(), {}, psutil.Process(child.pid)
    try:
        while child.poll() is None:
            with contextlib.suppress(psutil.Error):
                for process in [first, *first.children(recursive=True)]:  # a kernel has a session of its own
                    with contextlib.suppress(psutil.Error):
                        spent[process] = sum(process.cpu_times()[:2])
            used = sum(spent.values())
            if used > time:
                raise AssignmentError(
                    f"The notebook did not come to its end within {time:g} seconds of processor time: "
                    "is there a loop that never ends?"
                )
            if clock.monotonic() - began > wall:
                raise AssignmentError(
                    f"The notebook did not come to its end within {wall:g} seconds, of which it computed for "
                    f"{used:.0f}: does it wait for something, or was the machine busy? If so, grade it again."
                )
            if stop.is_set():
                raise AssignmentError("Grading was stopped.")
            with contextlib.suppress(subprocess.TimeoutExpired):
                child.wait(0.5)
    finally:
        with contextlib.suppress(psutil.Error):
            spent |= dict.fromkeys(first.children(recursive=True))
        for process in spent:
            with contextlib.suppress(psutil.Error):
                process.kill()  # psutil looks whether it is the same one, and no other with its number
        child.kill()
        child.wait()


def _grade_one(notebook, archive, result, time):
    """In the process of its own: run a notebook and its tests, and write what came out."""
    with contextlib.suppress(ImportError):  # not on Windows
        import resource

        resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
        seconds = math.ceil(float(time)) + 5  # should whoever watches over it be gone
        resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    from otter.api import grade_submission

    try:
        with contextlib.redirect_stdout(io.StringIO()):
            found = grade_submission(notebook, archive, quiet=True)
        if found.catastrophic_error:
            raise found.catastrophic_error
        said = summary(found.results)
    except Exception as error:
        kind = type(error).__name__
        if kind == "DeadKernelError":
            said = {
                "error": "The notebook ended its own kernel, or took all memory, before the tests were done."
            }
        elif kind == "EOFError":  # Otter has found nothing where the tests write
            said = {
                "error": "The tests could not be run behind the notebook: did it end its own kernel, take all memory, "
                "or change what Python itself needs?"
            }
        else:
            said = {"error": f"Grading stopped with {kind}: {' '.join(str(error).split())[:300]}"}
    Path(result).write_text(json.dumps(said), encoding="utf-8")


def summary(results):
    """Marks and feedback from Otter's test files, by the name of the question."""
    lost, questions = {}, {}
    for name, question in sorted(results.items()):
        questions[name] = question.score
        for found in question.test_case_results:
            if not found.passed:
                says = name, sentence(found.message)
                lost[says] = lost.get(says, 0) + found.test_case.points
    feedback = [f"{name} (-{points:g}): {says}" for (name, says), points in lost.items()]
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
        return (
            "The function that this question asks for is not there: was it renamed, did its cell fail, "
            "or does it stand below its check?"
        )
    return f"Your code stopped with {kind}: {text}"


def _number(kind, least, most, what):
    """A type for argparse, which says what is wanted."""

    def read(text):
        with contextlib.suppress(ValueError):
            if least <= kind(text) <= most:
                return kind(text)
        raise argparse.ArgumentTypeError(f"{what} is wanted, not {text}")

    return read


_seconds = _number(float, 0.001, 86_400, "a number from 0.001 to 86400")
_jobs = _number(int, 1, 64, "a whole number from 1 to 64")


def _terminated(number, _):
    raise KeyboardInterrupt(128 + number)


def main(arguments=None, built=BUILT) -> None:
    """Grade folders and files."""
    parser = argparse.ArgumentParser(prog="python -m klbook.course.grade", description=__doc__.split("\n")[0])
    parser.add_argument("assignment", help="its name, as in _build/assignments")
    parser.add_argument(
        "paths", nargs="+", metavar="path", help="a folder with what was handed in, or one file of it"
    )
    parser.add_argument("--output", help="the table (otherwise ASSIGNMENT.csv, here)")
    parser.add_argument(
        "--time", type=_seconds, default=120, help="seconds of processor for each notebook (120)"
    )
    parser.add_argument("--wall", type=_seconds, help="seconds by the clock for each (five times as many)")
    parser.add_argument("--jobs", type=_jobs, default=1, help="notebooks at a time (1)")
    wanted = parser.parse_args(arguments)
    output = f"{wanted.assignment}.csv" if wanted.output is None else wanted.output
    # A terminal that is closed sends the second, where there is one; nohup has it ignored.
    signals = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    signals = [number for number in signals if signal.getsignal(number) != signal.SIG_IGN]
    before = [signal.signal(number, _terminated) for number in signals]
    table = None
    try:
        needs_otter()
        assignment = Assignment(wanted.assignment, built)
        table = Table(output, assignment)
        files = collect(wanted.paths, table.known, but={place(table.path), place(table.new)})
        table.check(files)
        _grade(table, assignment, files, wanted)
    except AssignmentError as error:
        sys.exit(str(error))
    except KeyboardInterrupt as stopped:
        where = table.new if table and table.new.exists() else output
        kept = f"the lines that were finished are in {where}" if table and table.ours else "none was finished"
        print(f"\nStopped; {kept}.", file=sys.stderr)
        sys.exit(stopped.args[0] if stopped.args else 130)
    finally:
        for number, handler in zip(signals, before, strict=True):
            signal.signal(number, handler)


def _grade(table, assignment, files, wanted):
    """Grade, write the table after each file, and say on standard error what was done."""
    graded, unwritten = 0, None
    for number, line in enumerate(grade_files(assignment, files, wanted.time, wanted.wall, wanted.jobs), 1):
        fine = line["state"] == "graded"
        graded += fine
        says = (
            f"{line['points by tests']} of {line['possible by tests']} points" if fine else line["feedback"]
        )
        remarks = table.add(line, files[line["file"]])
        try:
            unwritten = table.save()
        except OSError as error:  # full, or open in a spreadsheet that locks it: perhaps not for long
            unwritten = error
        print(f"[{number}/{len(files)}] {line['file']}: {line['state']}, {says}", file=sys.stderr)
        for remark in remarks:
            print(f"  {remark}", file=sys.stderr)
    if unwritten:
        kept = f"what is finished is in {table.new}" if table.new.exists() else "grade again when it can"
        raise AssignmentError(f"{table.path}: could not be written ({unwritten}); {kept}")
    print(f"{graded} of {len(files)} files graded; see {table.path}")


if __name__ == "__main__":
    main()
