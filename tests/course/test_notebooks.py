"""Notebooks for students and for instructors: of every chapter, and of small ones in which something is wrong."""

import copy
import json
import re
from pathlib import Path

import nbformat
import pytest

from klbook.course import notebooks
from klbook.course.book import Book
from klbook.course.notebooks import SOLUTION, CourseError, exercises, instructor, student
from klbook.explorers.live import MIME
from klbook.site import chapter as drafts

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.fixture(params=CHAPTERS, ids=lambda path: path.stem)
def path(request):
    return request.param


@pytest.fixture
def notebook(path):
    return nbformat.read(path, as_version=4)


def said(cell):
    """All that a cell shows in words and text, by mime type; of what it draws, nothing."""
    shown = []
    for output in cell.get("outputs", []):
        data = output.get("data", {"text": output.get("text")})
        shown.append(
            {mime: text for mime, text in data.items() if mime.startswith("text") and MIME not in data}
        )
    return shown


def code(notebook):
    return [cell for cell in notebook.cells if cell.cell_type == "code"]


def test_the_chapters_are_those_of_the_book():
    listed = Book.read().chapters()
    assert sorted(listed) == [path.stem for path in CHAPTERS]
    assert listed[0] == "gentle-start" and listed != sorted(listed)


def test_students_have_everything_but_the_solutions(notebook):
    before = copy.deepcopy(notebook)
    made = student(notebook)
    assert notebook == before
    nbformat.validate(made)
    ids = [cell.id for cell in made.cells if not cell.id.endswith("-answer")]
    assert ids == [cell.id for cell in notebook.cells if SOLUTION not in cell.metadata.get("tags", [])]
    assert {cell.id: (cell.source, said(cell)) for cell in made.cells}.items() >= {
        cell.id: (cell.source, said(cell)) for cell in notebook.cells if cell.id in ids
    }.items()
    assert nbformat.writes(made) == nbformat.writes(student(notebook))


def test_no_solution_is_left(notebook):
    """Whoever knows nothing of tags finds none, either. (A line of code may be that of an experiment.)"""
    made = student(notebook)
    text = nbformat.writes(made)
    assert (
        "Solution</summary>" not in text
        and "the solution in code" not in text
        and f'"{SOLUTION}"' not in text
    )
    cells = [cell for exercise in exercises(notebook) for cell in exercise.solution]
    lines = [line for cell in cells for line in cell.source.splitlines() if len(line) > 25]
    kept = "\n".join(cell.source for cell in made.cells)
    assert len(lines) > 30 and sum(line in kept for line in lines) <= 1


def test_students_have_each_exercise_and_room_for_their_code(notebook):
    cells = student(notebook).cells
    ids = [cell.id for cell in cells]
    found = exercises(notebook)
    assert len(found) >= 5 and [exercise.number for exercise in found] == list(range(1, len(found) + 1))
    for exercise in found:
        first, *_, last = exercise.cells[0], exercise.cells[-1]
        assert f"**{exercise.number}. {exercise.title}" in cells[ids.index(first.id)].source
        room = cells[ids.index(last.id) + 1]
        assert (room.cell_type, room.source, room.outputs) == ("code", "", [])
        assert room.execution_count is None and room.id == f"{first.id}-answer"


def test_students_notebooks_run_and_show_what_the_chapters_show(path, notebook, tmp_path):
    """In an empty folder. A cell that needs what a solution defines would fail here, or show something else."""
    made = student(notebook, path.name)
    after = notebooks.run(made, tmp_path, path.name)
    counts = [cell.execution_count for cell in code(made) if cell.source]
    assert counts == list(range(1, len(counts) + 1))
    assert [cell.execution_count for cell in code(after)] == [cell.execution_count for cell in code(made)]
    assert [said(cell) for cell in code(after)] == [said(cell) for cell in code(made)]


def test_instructors_have_all_solutions_unfolded(notebook):
    made = instructor(notebook)
    nbformat.validate(made)
    assert [cell.id for cell in made.cells] == [cell.id for cell in notebook.cells]
    whole = nbformat.writes(made)
    count = len(exercises(notebook))
    assert whole.count("<details open>") >= count and not re.search(
        r"<details>.{1,2}n?<summary>Solution", whole
    )
    for exercise in exercises(made):
        for cell in exercise.solution:
            assert "hide-cell" not in cell.metadata.tags
            if cell.cell_type == "code" and "remove-input" not in cell.metadata.tags:
                assert "jupyter" not in cell.metadata and cell.outputs
    # What is no solution stays as it is, folded or not.
    tagged = [SOLUTION in cell.metadata.get("tags", []) for cell in notebook.cells]
    for solves, old, new in zip(tagged, notebook.cells, made.cells, strict=True):
        assert solves or old == new


SMALL = """# Small

```python
x = 2
x
```

## Exercises

+++

**1. One minute.** What is x?

+++ solution

<details>
<summary>Solution</summary>

It is two.

</details>

```python hide-cell solution
y = x
y
```

**2. In words.** Why?

+++ solution

<details>
<summary>Solution</summary>

Because.

</details>

+++

## Take away

```python
x + 1
```
"""


def small(text=SMALL):
    """As if it had been run: each cell shows the number of its turn."""
    made = drafts.notebook(text)
    for k, cell in enumerate(code(made), start=1):
        cell.execution_count = k
        cell.outputs = [nbformat.v4.new_output("execute_result", {"text/plain": str(k)}, execution_count=k)]
    return made


def test_exercises_are_read():
    first, second = exercises(small())
    assert (first.number, first.title, [c.id for c in first.cells]) == (1, "One minute", ["cell-03"])
    assert [c.id for c in first.solution] == ["cell-04", "cell-05"]
    assert (second.number, second.title, len(second.solution)) == (2, "In words", 1)


def test_what_is_left_is_counted_again():
    made = student(small())
    assert [(cell.id, cell.execution_count) for cell in code(made)] == [
        ("cell-01", 1),
        ("cell-03-answer", None),
        ("cell-09", 2),
    ]
    assert [output.execution_count for cell in code(made) for output in cell.outputs] == [1, 2]
    # Where there was no code, there is no room for any.
    assert [cell.id for cell in made.cells][-3:] == ["cell-06", "cell-08", "cell-09"]
    assert not any(cell.id.endswith("-answer") for cell in student(small(), room=False).cells)


FOLDED = "<details>\n<summary>Solution</summary>\n\n"
SOLVED = f"+++ solution\n\n{FOLDED}Because.\n\n</details>\n"


def test_words_that_code_says_are_words():
    """Room for code is only where a reader of the solution sees code; and what was said unfolds, too."""
    says = FOLDED.replace("\n", "\\n")
    made = small(SMALL.replace(SOLVED, f'```python remove-input solution\nsay("{says}Because.")\n```\n'))
    (second,) = exercises(made)[1].solution
    second.outputs = [nbformat.v4.new_output("display_data", {"text/markdown": f"{FOLDED}Because."})]
    assert "cell-06-answer" not in [cell.id for cell in student(made).cells]
    (shown,) = exercises(instructor(made))[1].solution
    assert shown.source.startswith('say("<details open>') and shown.metadata.jupyter.source_hidden
    assert shown.outputs[0].data["text/markdown"].startswith("<details open>")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SMALL.replace(SOLVED, ""),
            "small.ipynb, cell-06: exercise 2 has no solution, that is, no cell tagged 'solution'",
        ),
        (
            SMALL.replace("+++\n\n**1", f"{SOLVED}\n+++\n\n**1"),
            "small.ipynb, cell-03: a cell tagged 'solution' stands outside of the exercises; it belongs below its own, "
            "before the next heading",
        ),
        (
            SMALL + f"\n{SOLVED}",
            "small.ipynb, cell-10: a cell tagged 'solution' stands outside of the exercises; it belongs below its own, "
            "before the next heading",
        ),
        (
            SMALL.replace(f"+++ solution\n\n{FOLDED}Because", f"{FOLDED}Because"),
            "small.ipynb, cell-06: exercise 2 and its solution are in one cell; the solution needs a cell of its own, "
            "tagged 'solution'",
        ),
        (
            SMALL.replace(f"+++ solution\n\n{FOLDED}It", f"+++\n\n{FOLDED}It"),
            "small.ipynb, cell-04: a solution needs a cell of its own, tagged 'solution'",
        ),
        (
            SMALL.replace("hide-cell solution", "hide-cell"),
            "small.ipynb, cell-05: a folded cell of an exercise is its solution's, and is tagged 'solution', too",
        ),
        (
            SMALL.replace("**2. In", "+++ solution\n\n**2. In"),
            "small.ipynb, cell-06: exercise 2 begins in a cell that is tagged 'solution'",
        ),
        (
            SMALL.replace("**2. In", "Now:\n\n**2. In"),
            "small.ipynb, cell-06: exercise 2 does not begin a cell of its own",
        ),
        (
            SMALL.replace("## Exercises\n\n+++", "## Exercises"),
            "small.ipynb, cell-02: exercise 1 does not begin a cell of its own",
        ),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_in_a_sentence(text, message, tmp_path):
    for make in (exercises, student, instructor):
        with pytest.raises(CourseError) as refused:
            make(small(text), "small.ipynb")
        assert str(refused.value) == message
    nbformat.write(small(text), tmp_path / "small.ipynb")
    with pytest.raises(CourseError, match=re.escape(message)):
        notebooks.write(tmp_path / "course", [tmp_path / "small.ipynb"])
    assert [path.name for path in tmp_path.iterdir()] == ["small.ipynb"]


def test_a_chapter_that_needs_its_solutions_is_named(tmp_path):
    nbformat.write(small(SMALL.replace("x + 1", "y + 1")), tmp_path / "small.ipynb")
    with pytest.raises(CourseError) as refused:
        notebooks.write(tmp_path / "course", [tmp_path / "small.ipynb"])
    assert str(refused.value) == (
        "students/small.ipynb, cell-09: the notebook does not run: NameError: name 'y' is not defined"
    )
    assert not (tmp_path / "course").exists()


def only_chapter(folder, monkeypatch):
    """The file of a chapter that is the only one of the book for the command."""
    (folder / "chapters").mkdir()
    monkeypatch.setattr(notebooks, "ROOT", folder)
    monkeypatch.setattr(Book, "chapters", lambda self: ["small"])
    return folder / "chapters" / "small.ipynb"


def test_the_command_writes_both(tmp_path, monkeypatch, capsys):
    source = only_chapter(tmp_path, monkeypatch)
    nbformat.write(small(), source)
    before = source.read_bytes()
    files = [tmp_path / "made" / kind / "small.ipynb" for kind in ("students", "instructors")]
    notebooks.main([str(tmp_path / "made")])
    assert capsys.readouterr().out.splitlines() == [f"wrote {file}" for file in files]
    assert [nbformat.read(file, as_version=4) for file in files] == [student(small()), instructor(small())]
    first = [file.read_bytes() for file in files]
    notebooks.main([str(tmp_path / "made")])
    assert [file.read_bytes() for file in files] == first and source.read_bytes() == before


@pytest.mark.parametrize("arguments", [[], ["a", "b"], ["--help"], ["--what"]])
def test_the_command_says_how_it_is_called(arguments, capsys, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit) as stopped:
        notebooks.main(arguments)
    said = capsys.readouterr()
    assert "FOLDER" in said.out + said.err and stopped.value.code == (0 if arguments == ["--help"] else 2)
    assert not list(tmp_path.iterdir())


def without_ids(path):
    raw = json.loads(path.read_text())
    del raw["cells"][1]["id"]
    path.write_text(json.dumps(raw))


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (
            without_ids,
            r"^small\.ipynb: its cells have no ids \(the first of them is cell 2\); open it in JupyterLab",
        ),
        (
            lambda path: path.write_text('{"cells": ['),
            r"^small\.ipynb: this is no notebook that can be read: ",
        ),
        (lambda path: path.write_text("[]"), r"^small\.ipynb: this is no notebook that can be read: "),
        (
            lambda path: path.write_bytes(b"\xff\xfe"),
            r"^small\.ipynb: this is no notebook that can be read: ",
        ),
        (lambda path: path.unlink(), r"^small\.ipynb: cannot be read: No such file"),
    ],
)
def test_a_damaged_notebook_is_named(tmp_path, monkeypatch, damage, said):
    source = only_chapter(tmp_path, monkeypatch)
    nbformat.write(small(), source)
    damage(source)
    with pytest.raises(SystemExit, match=said) as stopped:
        notebooks.main([str(tmp_path / "made")])
    assert "\n" not in str(stopped.value) and not (tmp_path / "made").exists()


SOLVED_BEHIND = (
    r"cell-05: this cell stands behind a solution of exercise 1 and is not tagged 'solution'; tag it"
)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (SMALL.replace(f"+++ solution\n\n{FOLDED}It", f"+++\n\n{fold}\n\nIt"), "cell-04: a solution needs")
        for fold in (
            "<details><summary> Solution </summary>",
            "<details><summary><b>Solution</b></summary>",
            "<details><summary>Show the solution</summary>",
            "<details><summary>Answer</summary>",
            '<DETAILS open class="x"><SUMMARY>Why</SUMMARY>',
        )
    ]
    + [
        (SMALL.replace("python hide-cell solution", "python"), SOLVED_BEHIND),
        (SMALL.replace("hide-cell solution", "hide-input"), "cell-05: a folded cell of an exercise is its solution's"),
        (SMALL.replace("```python hide", "+++\n\nSo it is two.\n\n```python hide"), SOLVED_BEHIND),
    ],
)  # fmt: skip
def test_no_word_of_a_solution_stays_because_it_looks_otherwise(text, message):
    with pytest.raises(CourseError, match=message):
        student(small(text))


def test_the_command_ends_with_the_sentence(tmp_path, monkeypatch):
    nbformat.write(small(SMALL.replace(SOLVED, "")), only_chapter(tmp_path, monkeypatch))
    with pytest.raises(SystemExit, match=r"^small\.ipynb, cell-06: exercise 2 has no solution"):
        notebooks.main([str(tmp_path / "made")])
