"""The assignments: what students get, what grades them, and submissions whose marks were reasoned out beforehand.

Most submissions are run in this process, with the test files that Otter wrote; a few go the whole way, each with a
kernel.
"""

import contextlib
import copy
import csv
import io
import json
import os
import re
import signal
import time
import zipfile
from pathlib import Path

import nbformat
import pytest

pytest.importorskip("otter", reason="the extra course is not installed")

from otter.test_files import ExceptionTestFile

from klbook.course import assignments, grade
from klbook.course.marks import BEFORE

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
    moves = copy.deepcopy(good)
    moves["cells"][2]["source"] = (
        "".join(moves["cells"][2]["source"]) + "\nimport os\nos.chdir('/')\nopen = 3"
    )
    hand_in(folder, "fay.ipynb", moves)
    hand_in(folder, "notes.txt", "not a notebook")
    hand_in(
        folder, "zoe.ipynb", {"cells": [{"cell_type": "code", "source": "1", "metadata": {}}], "metadata": {}}
    )
    files = grade.collect([folder])
    assert list(files) == sorted(path.name for path in folder.iterdir())
    lines = {line["file"]: line for line in grade.grade_files(grade.Assignment(name, built), files, time=600)}
    assert set(lines) == set(files)
    ana = lines["ana.ipynb"]
    assert (
        ana["state"] == "graded"
        and ana["points by tests"] == sum((possible | marks).values()) == expected["points"]
    )
    assert ana["feedback"] == expected["feedback"] and {q: ana[q] for q in possible} == possible | marks
    assert (
        ana["5. Never snow (answer)"].startswith("'=HYPERLINK(1)")  # no formula for a spreadsheet
        and ana["5. Never snow (points by hand, of 3)"] == ""
    )
    assert (
        lines["eva.ipynb"]["points by tests"] == ana["points by tests"] - possible["q3"]
        and "is not there" in lines["eva.ipynb"]["feedback"]
    )
    fay = {title: x for title, x in ana.items() if title != "file"}
    assert {title: x for title, x in lines["fay.ipynb"].items() if title != "file"} == fay
    for file, says in {
        "ben.ipynb": "it is damaged",
        "cho.ipynb": "this is for surprise-and-testing, and what was handed in is the one of the assignment coding",
        "dan.ipynb": "ended its own kernel",
        "notes.txt": "This is no notebook",
        "zoe.ipynb": "comes from no assignment",
    }.items():
        assert lines[file]["state"] == "not graded" and lines[file]["points by tests"] == ""
        assert lines[file]["q1"] == ""  # which is not the same as 0
        assert says in lines[file]["feedback"]


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
    (line,) = grade.grade_files(grade.Assignment(name, built), grade.collect([tmp_path / "in"]), wall=15)
    assert line["state"] == "not graded" and "was the machine busy" in line["feedback"]
    if mark.exists():  # on a machine that is busy, the kernel may not have begun
        until = time.monotonic() + 10
        while psutil.pid_exists(int(mark.read_text())) and time.monotonic() < until:
            time.sleep(0.1)
        assert not psutil.pid_exists(int(mark.read_text()))


SNOW = "surprise-and-testing"
POINTS, ANSWER = "5. Never snow (points by hand, of 3)", "5. Never snow (answer)"
RESULT = {
    "points": 7,
    "possible": 18,
    "questions": {"q1": 5, "q2": 2.0, "q3": 0, "q4": 0},
    "feedback": "fine",
}


def child(monkeypatch, code):
    """Another process in the place of the one that runs Otter, for what is not about Otter."""
    monkeypatch.setattr(grade, "CHILD", code)


def writes(result):
    return f"open('result.json', 'w').write({json.dumps(result)!r})"


def student(built, change=lambda cells: None):
    notebook = notebook_of(built, SNOW, "student")
    change(notebook["cells"])
    return notebook


def table(path):
    with path.open(encoding="utf-8-sig", newline="") as file:
        return {line["file"]: line for line in csv.DictReader(file)}


def test_a_loop_is_stopped_by_processor_time_and_a_busy_machine_is_not(built, tmp_path, monkeypatch):
    hand_in(tmp_path, "a.ipynb", student(built))
    child(monkeypatch, "import subprocess, sys; subprocess.run([sys.executable, '-c', 'while True: pass'])")
    assignment, files = grade.Assignment(SNOW, built), grade.collect([tmp_path])
    (line,) = grade.grade_files(assignment, files, time=0.5, wall=600)
    assert "0.5 seconds of processor time: is there a loop" in line["feedback"] and line["q1"] == ""
    child(monkeypatch, "import time; time.sleep(2);" + writes(RESULT))  # longer by the clock than its time
    (line,) = grade.grade_files(assignment, files, time=1, wall=600)
    assert line["state"] == "graded" and line["points by tests"] == 7


@pytest.mark.parametrize("result", [[], {}, None, {"error": 1}, RESULT | {"points": float("nan")}])
def test_a_result_that_is_none_is_not_taken(built, tmp_path, monkeypatch, result):
    hand_in(tmp_path, "a.ipynb", student(built))
    child(monkeypatch, writes(result))
    (line,) = grade.grade_files(grade.Assignment(SNOW, built), grade.collect([tmp_path]))
    assert line["state"] == "not graded" and "that the grader has not written" in line["feedback"]


def test_the_table_keeps_what_was_entered_by_hand(built, tmp_path, monkeypatch, capsys):
    """Graded again, or one file of it, with another table's conventions, and with folders in folders."""
    folder, output = tmp_path / "in", tmp_path / "marks.csv"
    for name in ("Ana_1_assignsubmission_file", "__MACOSX", ".hidden"):
        (folder / name).mkdir(parents=True)
        hand_in(folder / name, "x.ipynb", student(built))
    hand_in(folder, "=b.IPYNB", "\ufeff" + json.dumps(student(built)))
    arguments = [SNOW, str(folder), "--output", str(output)]
    child(monkeypatch, writes(RESULT | {"feedback": "Übung"}))
    grade.main(arguments, built)
    said = capsys.readouterr()
    assert "[2/2]" in said.err and "7 of 18 points" in said.err and "2 of 2 files graded" in said.out
    ana, other = "Ana_1_assignsubmission_file/x.ipynb", "./=b.IPYNB"
    assert list(table(output)) == [other, ana] and output.read_bytes().startswith("\ufefffile".encode())
    rows = list(table(output).values())
    assert list(rows[0])[-4:] == [POINTS, ANSWER, "feedback", "found at"]
    for row, points in zip(rows, ("-1", "2,5"), strict=True):
        row |= {POINTS: points, "remark": "late"}
    with output.open("w", encoding="utf-8-sig", newline="") as file:  # as a spreadsheet of Germany has it
        entered = csv.DictWriter(file, rows[0], delimiter=";")
        entered.writeheader()
        entered.writerows(rows)
    child(monkeypatch, writes(RESULT | {"points": 9, "feedback": "again"}))
    hand_in(folder / "Ana_1_assignsubmission_file", "x.ipynb", student(built, answered("It may snow.")))
    grade.main([SNOW, str(folder / ana), "--output", str(output)], built)
    assert f"{POINTS}: the answer has changed" in capsys.readouterr().err
    with output.open(encoding="utf-8-sig", newline="") as file:
        now = {line["file"]: line for line in csv.DictReader(file, delimiter=";")}
    assert now[other] == rows[0]
    assert now[ana] == rows[1] | {"points by tests": "9", "feedback": "again", ANSWER: "It may snow."}
    assert sorted(path.name for path in tmp_path.iterdir()) == ["in", "marks.csv"]


@pytest.mark.usefixtures("interruptible")
@pytest.mark.parametrize(
    ("sent", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)]
)
def test_what_is_finished_is_kept(built, tmp_path, monkeypatch, capsys, sent, code):
    """Ctrl+C after the first of two: its line is there, a sentence is said, and the second's process has ended."""
    import psutil

    output = tmp_path / "marks.csv"
    (tmp_path / "in").mkdir()
    for name in ("a.ipynb", "b.ipynb"):
        hand_in(tmp_path / "in", name, student(built))
    (tmp_path / "temporary").mkdir()
    monkeypatch.setattr(grade.tempfile, "tempdir", str(tmp_path / "temporary"))
    number, save = tmp_path / "number", grade.Table.save
    child(
        monkeypatch,
        f"import os, pathlib, time; n = pathlib.Path({str(number)!r}); first = not n.exists();"
        f"n.write_text(str(os.getpid())); first and {writes(RESULT)}; first or time.sleep(600)",
    )

    def interrupted(self):
        save(self)
        before, until = number.read_text(), time.monotonic() + 60
        while number.read_text() in ("", before) and time.monotonic() < until:
            time.sleep(0.05)
        os.kill(os.getpid(), sent)
        time.sleep(10)

    monkeypatch.setattr(grade.Table, "save", interrupted)
    with pytest.raises(SystemExit) as ended:
        grade.main([SNOW, str(tmp_path / "in"), "--output", str(output)], built)
    assert ended.value.code == code and "lines that were finished are in" in capsys.readouterr().err
    assert list(table(output)) == ["a.ipynb"] and table(output)["a.ipynb"]["points by tests"] == "7"
    assert not psutil.pid_exists(int(number.read_text())) and not list((tmp_path / "temporary").iterdir())


def test_a_table_that_cannot_be_written_is_said_before(built, tmp_path, monkeypatch):
    (tmp_path / "in").mkdir()
    hand_in(tmp_path / "in", "a.ipynb", student(built))
    (tmp_path / "other.csv").write_text("name,points\nAna,3\n")
    monkeypatch.setattr(grade, "grade_files", lambda *_: pytest.fail("graded"))
    for output, says in (
        (tmp_path / "nowhere" / "marks.csv", "there is no folder"),
        (tmp_path, "this is no file"),
        (tmp_path / "other.csv", f"this is no table of {SNOW}"),
    ):
        with pytest.raises(SystemExit, match=says):
            grade.main([SNOW, str(tmp_path / "in"), "--output", str(output)], built)
    assert (tmp_path / "other.csv").read_text() == "name,points\nAna,3\n"


def grading(built, output, *paths):
    grade.main([SNOW, *map(str, paths), "--output", str(output)], built)
    return table(output)


def entered(output, key, **other):
    """Somebody opens the table, enters something in a line, and saves."""
    lines = table(output)
    lines[key] |= other
    with output.open("w", encoding="utf-8-sig", newline="") as file:
        written = csv.DictWriter(file, next(iter(lines.values())))
        written.writeheader()
        written.writerows(lines.values())


def test_a_line_is_that_of_one_file(built, tmp_path, monkeypatch):
    """Files of the same name, graded one by one, as a folder, from a folder that has moved, and by a link."""
    folder, output = tmp_path / "in", tmp_path / "marks.csv"
    ana, bob = (folder / name / "x.ipynb" for name in ("Ana_1", "Bob_2"))
    for path in (ana, bob):
        path.parent.mkdir(parents=True)
        hand_in(path.parent, path.name, student(built))
    child(monkeypatch, writes(RESULT))
    first = grading(built, output, ana)
    entered(output, "x.ipynb", **{POINTS: "3"})
    before = output.read_bytes()
    with pytest.raises(
        SystemExit, match=rf"the line x\.ipynb is that of {ana}; give another --output, or name the folder"
    ):
        grading(built, output, bob)
    with pytest.raises(SystemExit, match="would have the same line"):
        grading(built, tmp_path / "both.csv", ana, bob)
    assert output.read_bytes() == before and list(first) == ["x.ipynb"]
    both = grading(built, output, folder)
    assert list(both) == ["x.ipynb", "Bob_2/x.ipynb"] and both["x.ipynb"][POINTS] == "3"
    assert grading(built, output, bob.parent) == grading(built, output, bob) == both
    output.unlink()
    grading(built, output, folder)
    entered(output, "Ana_1/x.ipynb", **{POINTS: "2"})
    folder.rename(tmp_path / "moved")
    moved = grading(built, output, tmp_path / "moved")
    assert [line[POINTS] for line in moved.values()] == ["2", ""]
    assert [line["found at"] for line in moved.values()] == [
        f"./moved/{name}/x.ipynb" for name in ("Ana_1", "Bob_2")
    ]
    (tmp_path / "moved" / "zoe.ipynb").symlink_to("Ana_1/x.ipynb")
    assert len(grading(built, output, tmp_path / "moved" / "zoe.ipynb")) == 3


def test_links_have_lines_that_say_so(built, tmp_path, monkeypatch):
    folder = tmp_path / "in"
    (tmp_path / "elsewhere").mkdir()
    hand_in(tmp_path / "elsewhere", "x.ipynb", student(built))
    folder.mkdir()
    for name, target in (
        ("loop.ipynb", "loop.ipynb"),
        ("gone.ipynb", "nowhere.ipynb"),
        ("more", "../elsewhere"),
    ):
        (folder / name).symlink_to(target)
    lines = grading(built, tmp_path / "marks.csv", folder)
    assert {key: line["feedback"] for key, line in lines.items()} == {
        "gone.ipynb": "This is a link to a file that is not there.",
        "loop.ipynb": "This is a link to a file that is not there.",
        "more": "This is a link to a folder, and not followed: name that folder.",
    }


def test_what_is_entered_while_it_runs_stays(built, tmp_path, monkeypatch):
    folder, output, add = tmp_path / "in", tmp_path / "marks.csv", grade.Table.add
    folder.mkdir()
    for name in "abc":
        hand_in(folder, f"{name}.ipynb", student(built))
    child(monkeypatch, writes(RESULT))

    def meanwhile(self, line, path):
        if line["file"] == "b.ipynb":
            entered(output, "a.ipynb", **{POINTS: "3", "remark": "late"})
            (tmp_path / "other").mkdir()
            hand_in(tmp_path / "other", "z.ipynb", student(built))
            with monkeypatch.context() as another:  # another run, into the same table
                another.setattr(grade.Table, "add", add)
                grading(built, output, tmp_path / "other")
        return add(self, line, path)

    monkeypatch.setattr(grade.Table, "add", meanwhile)
    lines = grading(built, output, folder)
    assert sorted(lines) == ["a.ipynb", "b.ipynb", "c.ipynb", "z.ipynb"]
    assert lines["a.ipynb"][POINTS] == "3" and lines["a.ipynb"]["remark"] == "late"
    assert {line["points by tests"] for line in lines.values()} == {"7"}

    def spoiled(self, line, path):
        output.write_text("name,points\nAna,3\n")
        return add(self, line, path)

    monkeypatch.setattr(grade.Table, "add", spoiled)
    new = tmp_path / "marks.csv.new"
    with pytest.raises(
        SystemExit, match=rf"could not be written .*no table of.*what is finished is in {new}"
    ):
        grading(built, output, folder / "a.ipynb")
    assert output.read_text() == "name,points\nAna,3\n" and table(new)["a.ipynb"]["remark"] == "late"
    output.unlink()
    with pytest.raises(SystemExit, match=r"marks\.csv\.new is there.*put it in its place, or move it away"):
        grading(built, output, folder / "a.ipynb")
    assert table(new)["b.ipynb"]["state"] == "graded" and not output.exists()


def test_marks_of_the_time_before_stay(built, tmp_path, monkeypatch, capsys):
    (tmp_path / "in").mkdir()
    hand_in(tmp_path / "in", "a.ipynb", student(built, answered("It may snow.")))
    output = tmp_path / "marks.csv"
    child(monkeypatch, writes(RESULT))
    before = grading(built, output, tmp_path / "in")["a.ipynb"]
    child(monkeypatch, "pass")
    for _ in range(2):
        now = grading(built, output, tmp_path / "in")["a.ipynb"]
        said = f"{BEFORE}Grading ended without a result"
        assert now["feedback"].startswith(said) and now["feedback"].endswith("]\nfine")
        assert now["feedback"].count("[Marks") == 1 and now | {"feedback": "fine"} == before
        assert "its marks of the time before stay" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("change", "says"),
    [
        (lambda head, line: f"{head},a,a\n{line},1,2\n", "two columns have the same title, 'a'"),
        (lambda head, line: f"{head}\n{line}\n{line}\n", r"there are two lines a\.ipynb"),
        (lambda head, line: f"{head}\n{line},more\n", "line 2 has more columns than the first"),
        (lambda head, line: f"{head[5:]}\n{line}\n", f"this is no table of {SNOW}"),
    ],
)
def test_a_table_of_which_something_would_be_lost_is_refused(built, tmp_path, change, says):
    output, titles = tmp_path / "marks.csv", grade.Assignment(SNOW, built).columns
    head, line = (
        ",".join(f'"{x}"' if "," in x else x for x in row) for row in (titles, ["a.ipynb", *titles[1:]])
    )
    output.write_text(change(head, line), encoding="utf-8")
    hand_in(tmp_path, "a.ipynb", student(built))
    before = output.read_bytes()
    with pytest.raises(SystemExit, match=says):
        grading(built, output, tmp_path / "a.ipynb")
    assert output.read_bytes() == before


def test_lines_and_columns_of_somebody_stay_where_they_are(built, tmp_path, monkeypatch):
    """Another order, columns first, and lines without a file."""
    output, titles = tmp_path / "marks.csv", grade.Assignment(SNOW, built).columns
    rows = [["group", *titles]] + [
        ["1", name, *[""] * (len(titles) - 1)] for name in ("c.ipynb", "", "a.ipynb", "")
    ]
    rows[2][3], rows[4][3] = "mean", "deadline moved"
    with output.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file, delimiter=";").writerows(rows)
    for name in "abc":
        hand_in(tmp_path, f"{name}.ipynb", student(built))
    child(monkeypatch, writes(RESULT))
    files = [str(tmp_path / f"{name}.ipynb") for name in "abc"]
    grade.main([SNOW, *files, "--output", str(output)], built)
    with output.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file, delimiter=";"))
    assert [row[1] for row in found] == ["file", "c.ipynb", "", "a.ipynb", "", "b.ipynb"]
    assert (found[0], found[2], found[4]) == (rows[0], rows[2], rows[4]) and found[3][:3] == [
        "1",
        "a.ipynb",
        "graded",
    ]


def cell_with(cells, text):
    return next(cell for cell in cells if text in "".join(cell["source"]))


def answered(text):
    def change(cells):
        cell_with(cells, grade.EMPTY)["source"] = text

    return change


def in_the_question(cells):
    cell_with(cells, "## 5. Never snow")["source"] += ["\n", "It may snow."]


def code_in_the_question(cells):
    at = cells.index(cell_with(cells, "## 5. Never snow"))
    cells.insert(
        at + 1,
        {"cell_type": "code", "metadata": {}, "source": "1 + 1", "outputs": [], "execution_count": None},
    )


def below_the_end(cells):
    cells.append({"cell_type": "markdown", "metadata": {}, "source": "It may snow."})


def without(text):
    def both(cells):
        answered("It may snow.")(cells)
        cells.remove(cell_with(cells, text))

    return both


@pytest.mark.parametrize(
    ("change", "found", "in_place"),
    [
        (lambda cells: None, "", True),
        (answered("It may snow."), "It may snow.", True),
        (answered(f"{grade.EMPTY}\n\nIt may snow."), "It may snow.", True),
        (in_the_question, "It may snow.", True),
        (without(grade.END), "It may snow.", True),
        (without("## 5. Never snow"), "It may snow.", False),
        (replaced("## 5. Never snow", "## Snow"), "", False),
        (below_the_end, "It may snow.", False),
        (lambda cells: (code_in_the_question(cells), below_the_end(cells)), "1 + 1", False),
        (lambda cells: (code_in_the_question(cells), below_the_end(cells)), "It may snow.", False),
        (lambda cells: [cell.update(source="".join(cell["source"]).replace("\n", "\r\n")) for cell in cells], "", True),
        (answered("Half of one: \ud83d; a whole one: \U0001f600"), "Half of one: ?; a whole one: \U0001f600", True),
        (answered("\n =1+1"), "'=1+1", True),
        (answered("x" * 40_000), "[Cut here, after 30,000 of 40,000 characters", True),
    ],
)  # fmt: skip
def test_an_answer_is_found(built, tmp_path, monkeypatch, change, found, in_place):
    hand_in(tmp_path, "a.ipynb", student(built, change))
    child(monkeypatch, writes(RESULT))
    (line,) = grade.grade_files(grade.Assignment(SNOW, built), grade.collect([tmp_path]))
    assert line["state"] == "graded" and found in line[ANSWER]
    if in_place and not found:
        assert line[ANSWER] == ""
    assert (grade.NO_ANSWER in line[ANSWER]) is not in_place


@pytest.mark.parametrize(
    ("name", "question", "answer", "says"),
    [
        (SNOW, "q2", "two_steps = (lambda f: lambda p, q: np.array(f(p, q)))(two_steps)", None),
        (SNOW, "q2", "def two_steps(p, q):\n    return 1.0", "Two numbers are wanted"),
        ("projection-and-samples", "q5", "windows_needed = float(windows_needed)", None),
        ("projection-and-samples", "q5", "windows_needed = np.array(windows_needed)", None),
        ("projection-and-samples", "q5", "windows_needed += 0.5", "a whole number"),
        ("projection-and-samples", "q5", "windows_needed += 1", "the rounding"),
    ],
)
def test_right_answers_in_another_form_are_right(built, tests_of, name, question, answer, says):
    notebook = notebook_of(built, name, "autograder")
    cell = notebook["cells"][answers(notebook)[question]]
    cell["source"] = "".join(cell["source"]) + "\n" + answer
    result, possible = graded_here(notebook, tests_of[name])
    if says is None:
        assert result["questions"] == possible, result["feedback"]
    else:
        assert result["questions"] == possible | {question: 0} and says in result["feedback"]
        assert "stopped with" not in result["feedback"] and "question 4" not in result["feedback"]


def test_students_are_told_to_keep_the_name(built):
    for name in NAMES:
        cells = notebook_of(built, name, "student")["cells"]
        assert "Keep the name of this file while you work" in "".join(cells[1]["source"])


def test_without_the_extra(monkeypatch, tmp_path):
    monkeypatch.setattr(assignments.importlib.util, "find_spec", lambda name: None)
    for main, arguments in ((assignments.main, []), (grade.main, [SNOW, str(tmp_path)])):
        with pytest.raises(SystemExit, match=r"pip install -r requirements-course\.txt"):
            main(arguments)


def test_bad_calls_of_the_grader(built, tmp_path, capsys):
    with pytest.raises(
        assignments.AssignmentError, match=f"no such assignment; those that were made are {', '.join(NAMES)}"
    ):
        grade.Assignment("nothing", built)
    with pytest.raises(assignments.AssignmentError, match="no such assignment; make assignments writes them"):
        grade.Assignment("nothing", tmp_path)
    for path, says in (
        (tmp_path / "nowhere", "there is no such folder or file"),
        (tmp_path, "there is no file in this folder"),
    ):
        with pytest.raises(assignments.AssignmentError, match=says):
            grade.collect([path])
    for wrong in (
        ["--time", "0"], ["--time", "nan"], ["--time", "inf"], ["--jobs", "0"], ["--jobs", "100000"], ["--jobs", "x"]
    ):  # fmt: skip
        with pytest.raises(SystemExit):
            grade.main([NAMES[0], str(tmp_path), *wrong])
        assert f"is wanted, not {wrong[1]}" in capsys.readouterr().err
