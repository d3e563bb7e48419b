"""The assignments: what students get, what grades them, and submissions whose marks were reasoned out beforehand.

Most submissions are run in this process, with the test files that Otter wrote; a few go the whole way, each with a
kernel.
"""

import contextlib
import copy
import csv
import io
import json
import re
import time
import zipfile
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("otter", reason="the extra course is not installed")

from otter.test_files import ExceptionTestFile

from klbook.course import assignments, grade

# Otter leaves the socket of its log to the garbage collector.
pytestmark = pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")

MASTERS = sorted(assignments.MASTERS.glob("*.ipynb"))
NAMES = [path.stem for path in MASTERS]
SUBMISSIONS = sorted((Path(__file__).parent / "submissions").glob("*/*.py"))


@pytest.fixture(scope="module")
def built(tmp_path_factory):
    """All assignments, made once; Otter has run the references through all tests then."""
    folder = tmp_path_factory.mktemp("assignments")
    for master in MASTERS:
        assignments.make(master, folder)
    return folder


def notebook_of(folder, name, whose):
    return json.loads((folder / name / whose / f"{name}.ipynb").read_text(encoding="utf-8"))


def code_of(notebook):
    """The cells of code, without those that speak with Otter."""
    sources = ["".join(cell["source"]) for cell in notebook["cells"] if cell["cell_type"] == "code"]
    return [source for source in sources if "grader" not in source]


def answers(notebook):
    """For each question that tests grade, the number of the cell with the answer: the one before its check."""
    found, last = {}, None
    for number, cell in enumerate(notebook["cells"]):
        check = re.fullmatch(r'grader\.check\("(\w+)"\)', "".join(cell["source"]))
        if check:
            found[check[1]] = last
        elif cell["cell_type"] == "code":
            last = number
    return found


def submission(built, path):
    """The reference with the answers of a submission in their places, and what it should get."""
    name = path.parent.name
    head, *parts = re.split(r"^# %% (\w+)\n", path.read_text(encoding="utf-8"), flags=re.M)
    expected = {}
    exec(head, expected)
    notebook = notebook_of(built, name, "autograder")
    cells = answers(notebook)
    for question, source in zip(parts[::2], parts[1::2], strict=True):
        notebook["cells"][cells[question]]["source"] = source
    return notebook, expected["marks"], expected["feedback"]


@pytest.fixture(scope="module")
def tests_of(built, tmp_path_factory):
    """The test files of an assignment, unpacked from its autograder."""
    unpacked = {}
    for name in NAMES:
        folder = tmp_path_factory.mktemp(name)
        with zipfile.ZipFile(built / name / f"{name}-autograder.zip") as archive:
            archive.extractall(folder)
        unpacked[name] = sorted((folder / "tests").glob("*.py"))
    return unpacked


def graded_here(notebook, tests):
    """What `klbook.course.grade` says of a notebook, without a kernel."""
    env = {}
    with contextlib.redirect_stdout(io.StringIO()):
        for source in code_of(notebook):
            exec(source, env)
    results = {}
    for path in tests:
        results[path.stem] = ExceptionTestFile.from_file(str(path))
        results[path.stem].run(env)
    return grade.summary(results), {name: result.possible for name, result in results.items()}


def test_there_is_one_assignment_for_each_part():
    assert NAMES == ["coding-and-gambling", "projection-and-samples", "surprise-and-testing"]
    assert {path.parent.name for path in SUBMISSIONS} == set(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_reference_has_full_marks(built, tests_of, name):
    result, possible = graded_here(notebook_of(built, name, "autograder"), tests_of[name])
    assert result["questions"] == possible and not result["feedback"]
    config = [
        "".join(cell["source"])
        for cell in assignments.read(assignments.MASTERS / f"{name}.ipynb")["cells"]
        if "# BEGIN QUESTION" in "".join(cell["source"])
    ]
    points = {
        re.search(r"name: (\w+)", c)[1]: int(re.search(r"points: (\d+)", c)[1])
        for c in config
        if "manual" not in c
    }
    assert possible == points and 4 <= len(config) <= 6 and len(points) < len(config)


@pytest.mark.parametrize("name", NAMES)
def test_empty_notebook_has_no_marks(built, tests_of, name):
    result, possible = graded_here(notebook_of(built, name, "student"), tests_of[name])
    assert result["points"] == 0 and result["possible"] == sum(possible.values())
    for question in possible:
        assert re.search(rf"^{question} .*(yet|returns no|or nothing|is to be)", result["feedback"], re.M), (
            question
        )
    assert (
        "stopped with" not in result["feedback"]
    )  # a student sees sentences, not errors from inside of a test


@pytest.mark.parametrize("path", SUBMISSIONS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_submission_gets_its_marks_and_its_feedback(built, tests_of, path):
    notebook, marks, feedback = submission(built, path)
    result, possible = graded_here(notebook, tests_of[path.parent.name])
    assert result["questions"] == possible | marks, result["feedback"]
    said = [line for line in re.split(r"\n(?=q\d+ \()", result["feedback"]) if line]
    for question in possible:
        lines = [line for line in said if line.startswith(f"{question} ")]
        phrases = feedback.get(question, [])
        assert len(lines) == len(phrases), (question, lines)
        for line, phrase in zip(lines, phrases, strict=True):
            assert phrase in line


@pytest.mark.parametrize("name", NAMES)
def test_students_do_not_get_solutions_or_hidden_tests(built, name):
    master = assignments.read(assignments.MASTERS / f"{name}.ipynb")
    with zipfile.ZipFile(built / name / f"{name}-student.zip") as archive:
        assert archive.namelist() == sorted([f"{name}.ipynb", "requirements.txt"])
        text = archive.read(f"{name}.ipynb").decode()
    assert text == (built / name / "student" / f"{name}.ipynb").read_text(encoding="utf-8")
    student = json.loads(text)
    whole = "\n".join(
        ["".join(cell["source"]) for cell in student["cells"]]
        + list(student["metadata"]["otter"]["tests"].values())
    )
    assert "hidden=True" not in whole and "SOLUTION" not in whole and "An answer" not in whole
    hidden = solutions = 0
    inside = None
    for cell in master["cells"]:
        source = "".join(cell["source"])
        if cell["cell_type"] == "raw":
            inside = {"# BEGIN SOLUTION": "solution", "# BEGIN TESTS": "test"}.get(source.strip())
        elif inside == "test" and "hidden: true" in source:
            hidden += 1
            for message in re.findall(r'"([^"%]{25,})"', source):
                if sum(message in "".join(other["source"]) for other in master["cells"]) == 1:
                    assert message not in whole
        elif inside == "solution" and "BEGIN SOLUTION" in source:
            solutions += 1
            for line in source.split("BEGIN SOLUTION")[1].split("\n")[1:]:
                if len(line.strip()) > 15 and "END SOLUTION" not in line:
                    assert line.strip() not in whole
    assert hidden >= 6 and solutions >= 4
    assert "grader.check" in whole and "..." in whole
    nbformat.validate(nbformat.from_dict(student))


def test_same_sources_give_the_same_bytes(built, tmp_path):
    name = NAMES[0]
    assignments.make(assignments.MASTERS / f"{name}.ipynb", tmp_path)
    for path in sorted((tmp_path / name).rglob("*")):
        if path.is_file():
            assert path.read_bytes() == (built / name / path.relative_to(tmp_path / name)).read_bytes(), (
                path.name
            )
    assert not list((tmp_path / name).rglob("*_20*"))  # no name with a time of day in it


def changed(tmp_path, change):
    """A master notebook that somebody has broken."""
    notebook = assignments.read(MASTERS[0])
    change(notebook["cells"])
    path = tmp_path / MASTERS[0].name
    path.write_text(json.dumps(notebook), encoding="utf-8")
    return path


def numbers(cells, text):
    return [n for n, cell in enumerate(cells) if "".join(cell["source"]).startswith(text)]


def without_block(kind, keep=False):
    def change(cells):
        start, end = numbers(cells, f"# BEGIN {kind}")[0], numbers(cells, f"# END {kind}")[0]
        del cells[start + keep : end + 1 - keep]

    return change


def replaced(old, new):
    def change(cells):
        number = next(n for n, cell in enumerate(cells) if old in "".join(cell["source"]))
        cells[number]["source"] = "".join(cells[number]["source"]).replace(old, new)

    return change


def without_end(cells):
    del cells[numbers(cells, "# END TESTS")[0]]


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (without_block("SOLUTION"), "cell 4, question q1: the question has no solution"),
        (without_block("SOLUTION", keep=True), "question q1: the question has no solution"),
        (without_block("TESTS"), "question q1: the question has no test"),
        (without_block("TESTS", keep=True), "question q1: the question has no test"),
        (replaced("points: 4", ""), "cell 4: question q1 needs points, a number above 0; it has None"),
        (replaced("points: 4", "points: four"), "question q1 needs points, a number above 0; it has 'four'"),
        (replaced("points: 4", "points: 0"), "question q1 needs points"),
        (replaced("name: q2", "name: q1"), "there are two questions q1"),
        (replaced("name: q1", "name: [q1"), "cell 4: this is no YAML"),
        (replaced("name: q1\npoints: 4", "q1"), "cell 4: lines such as 'name: q1' should follow"),
        (replaced("name: q1", "title: q1"), "a question needs a name such as q1, not None"),
        (replaced("name: coding-and-gambling", "name: other"), "should have the name of its file"),
        (without_end, "question q1: END QUESTION stands where TESTS is open"),
        (lambda cells: cells.pop(0), "cell 1: the first cell should be a raw one"),
        (lambda cells: cells.pop(), "QUESTION has no end"),
        (lambda cells: cells.pop(3), "BEGIN SOLUTION stands outside of a question"),
    ],
)
def test_master_that_lacks_something_is_refused(tmp_path, monkeypatch, change, says):
    path = changed(tmp_path, change)
    monkeypatch.setattr(assignments, "MASTERS", tmp_path)
    with pytest.raises(SystemExit) as ended:
        assignments.main([path.stem])
    assert says in str(ended.value) and str(path) in str(ended.value) and "\n" not in str(ended.value)


def test_reference_that_fails_is_refused_and_nothing_is_lost(built, tmp_path):
    path = changed(tmp_path, replaced("np.log2(times.sum() / times[x])", "np.log(times.sum() / times[x])"))
    kept = tmp_path / "built" / path.stem
    kept.mkdir(parents=True)
    (kept / "from before").touch()
    with pytest.raises(assignments.AssignmentError, match=r"Some autograder tests failed.*q2.*in nats"):
        assignments.make(path, tmp_path / "built")
    assert (kept / "from before").exists()


@pytest.mark.parametrize("name", ["nobody", ""])
def test_other_bad_input_is_refused(tmp_path, name, monkeypatch):
    with pytest.raises(SystemExit, match="there is no such notebook"):
        assignments.main([name])
    monkeypatch.setattr(assignments, "MASTERS", tmp_path)
    (tmp_path / "broken.ipynb").write_text('{"cells": [')
    with pytest.raises(SystemExit, match=r"broken\.ipynb: this is no notebook"):
        assignments.main([])


def hand_in(folder, name, notebook):
    (folder / name).write_text(
        notebook if isinstance(notebook, str) else json.dumps(notebook), encoding="utf-8"
    )


def test_a_folder_of_submissions(built, tests_of, tmp_path):
    """The whole way: a kernel for each; what cannot be graded has its line, and stops none of the others."""
    name, folder = "surprise-and-testing", tmp_path / "handed in"
    folder.mkdir()
    good, marks, _ = submission(
        built, next(p for p in SUBMISSIONS if p.parent.name == name and p.stem == "nats")
    )
    answer = next(cell for cell in good["cells"] if "**An answer.**" in "".join(cell["source"]))
    answer["source"] = "=HYPERLINK(1): the record had no snow."
    good["metadata"]["kernelspec"]["name"] = "one of the student's machine"
    hand_in(folder, "ana.ipynb", good)
    expected, possible = graded_here(good, tests_of[name])
    hand_in(folder, "ben.ipynb", '{"cells": [')
    hand_in(folder, "cho.ipynb", notebook_of(built, "coding-and-gambling", "student"))
    ended = copy.deepcopy(good)
    ended["cells"][2]["source"] = "import os\nos._exit(1)"
    hand_in(folder, "dan.ipynb", ended)
    raises = copy.deepcopy(good)
    raises["cells"][answers(good)["q3"]]["source"] = "raise KeyError('in the middle')"
    hand_in(folder, "eva.ipynb", raises)
    hand_in(folder, "notes.txt", "not a notebook")
    hand_in(
        folder, "zoe.ipynb", {"cells": [{"cell_type": "code", "source": "1", "metadata": {}}], "metadata": {}}
    )
    lines = {line["file"]: line for line in grade.grade_folder(name, folder, time=600, built=built)}
    assert list(lines) == sorted(path.name for path in folder.iterdir())
    ana = lines["ana.ipynb"]
    assert (
        ana["state"] == "graded" and ana["points"] == sum((possible | marks).values()) == expected["points"]
    )
    assert ana["feedback"] == expected["feedback"] and {q: ana[q] for q in possible} == possible | marks
    assert (
        ana["5. Never snow (answer)"].startswith("=HYPERLINK(1)")
        and ana["5. Never snow (points, by hand)"] == ""
    )
    assert (
        lines["eva.ipynb"]["points"] == ana["points"] - possible["q3"]
        and "is not there" in lines["eva.ipynb"]["feedback"]
    )
    for file, says in {
        "ben.ipynb": "it is damaged",
        "cho.ipynb": "this is for surprise-and-testing, and what was handed in is the one of the assignment coding",
        "dan.ipynb": "ended its own kernel",
        "notes.txt": "This is no notebook",
        "zoe.ipynb": "comes from no assignment",
    }.items():
        assert lines[file]["state"] == "not graded" and lines[file]["points"] == 0
        assert says in lines[file]["feedback"]
    table = io.StringIO()
    grade.write(list(lines.values()), table)
    read = list(csv.DictReader(io.StringIO(table.getvalue())))
    assert len(read) == 7 and read[0]["5. Never snow (answer)"].startswith(
        "'="
    )  # no formula for a spreadsheet


def test_a_notebook_that_never_ends(built, tmp_path):
    """It is stopped, with its kernel."""
    import psutil

    name = "surprise-and-testing"
    (tmp_path / "in").mkdir()
    sleeps, mark = notebook_of(built, name, "student"), tmp_path / "kernel"
    sleeps["cells"][0]["source"] = (
        f"import os, time\nopen({str(mark)!r}, 'w').write(str(os.getpid()))\ntime.sleep(10**6)"
    )
    hand_in(tmp_path / "in", "a.ipynb", sleeps)
    (line,) = grade.grade_folder(name, tmp_path / "in", time=15, built=built)
    assert line["state"] == "not graded" and "did not come to its end within 15 seconds" in line["feedback"]
    if mark.exists():  # on a machine that is busy, the kernel may not have begun
        until = time.monotonic() + 10
        while psutil.pid_exists(int(mark.read_text())) and time.monotonic() < until:
            time.sleep(0.1)
        assert not psutil.pid_exists(int(mark.read_text()))


def test_bad_calls_of_the_grader(built, tmp_path):
    for arguments, says in (
        (["nothing", str(tmp_path)], "there is no such assignment"),
        ([NAMES[0], str(tmp_path / "nowhere")], "this is no folder"),
        ([NAMES[0], str(tmp_path)], "there is no file in this folder"),
    ):
        with pytest.raises(assignments.AssignmentError, match=says):
            grade.grade_folder(*arguments, built=built)
    with pytest.raises(SystemExit):
        grade.main([NAMES[0], str(tmp_path), "--time", "0"])
