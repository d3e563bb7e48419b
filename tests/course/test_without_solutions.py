"""The whole book without its solutions: nothing of them is in any file that a student can ask the site for."""

import json
import os
import re
import subprocess
import sys
from html import unescape
from pathlib import Path

import nbformat
import pytest
import snowballstemmer

from klbook.course.notebooks import exercises, student

ROOT = Path(__file__).parents[2]
SITE = ROOT / "_build" / "html"
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))


@pytest.fixture(scope="session")
def students(tmp_path_factory):
    """Built from the outputs that the chapters carry: nbval sees to it that they are those of a run."""
    folder = tmp_path_factory.mktemp("students")
    config = (ROOT / "_config.yml").read_text(encoding="utf-8")
    assert "execute_notebooks: cache" in config
    (folder / "_config.yml").write_text(
        config.replace("execute_notebooks: cache", "execute_notebooks: 'off'")
    )
    command = [Path(sys.executable).with_name("jupyter-book"), "build", str(ROOT), "-W", "-n", "--keep-going"]
    command += ["--config", str(folder / "_config.yml"), "--path-output", str(folder)]
    environment = {**os.environ, "KLBOOK_SOLUTIONS": "no"}
    done = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return folder / "_build" / "html"


def plain(text):
    """Letters, digits and signs only, as a reader of HTML, of JSON or of a notebook would find them."""
    text = unescape(re.sub(r"<[^>]*>", "", text)).replace("\\n", " ").replace('\\"', '"')
    return re.sub(r"[\s\\“”‘’\"']+", "", text)


def told(cell):
    """The longest pieces of a cell without formulas and markup, and of what it shows."""
    texts = (
        [cell.source]
        if cell.cell_type == "markdown" or "remove-input" not in cell.metadata.get("tags", [])
        else []
    )
    for output in cell.get("outputs", []):
        data = output.get("data", {})
        texts.append(data.get("text/markdown") or data.get("text/plain") or output.get("text", ""))
    for text in texts:
        pieces = [
            p for line in text.splitlines() for p in re.split(r"[*$`\[\]_<>|]|\(.*?\.md#.*?\)|--", line)
        ]
        yield from sorted(map(plain, pieces), key=len)[-2:]


@pytest.fixture(scope="session")
def solved():
    """What the solutions say, and nothing else in the book does."""
    notebooks = [nbformat.read(path, as_version=4) for path in CHAPTERS]
    kept = plain("\n".join(nbformat.writes(student(notebook)) for notebook in notebooks))
    said = {}
    for path, notebook in zip(CHAPTERS, notebooks, strict=True):
        for exercise in exercises(notebook):
            pieces = {piece for cell in exercise.solution for piece in told(cell) if len(piece) > 18}
            said[path.stem, exercise.number] = {piece for piece in pieces if piece not in kept}
    return said


def files(site):
    """Everything that is text, and no part of the theme."""
    return [
        path
        for path in site.rglob("*")
        if path.suffix in (".html", ".ipynb", ".txt", ".md", ".js", ".json", ".xml")
        and "_static" not in path.parts
    ]


def test_each_solution_is_on_the_site_and_not_on_that_for_students(students, solved):
    assert all(solved.values()), [where for where, pieces in solved.items() if not pieces]
    pages = {
        path.stem: plain((SITE / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8"))
        for path in CHAPTERS
    }
    for (chapter, number), pieces in solved.items():
        assert any(piece in pages[chapter] for piece in pieces), (chapter, number)
    for file in files(students):
        text = plain(file.read_text(encoding="utf-8"))
        found = [where for where, pieces in solved.items() if any(piece in text for piece in pieces)]
        assert not found, f"{file.relative_to(students)} has the solutions of {found}"


def test_nothing_of_a_solution_is_folded(students):
    for file in files(students):
        text = file.read_text(encoding="utf-8")
        assert "tag_solution" not in text and "the solution in code" not in text
        assert not re.search(r"<summary>\s*Solution", text) and '"solution"' not in text


def test_all_exercises_are_there(students, solved):
    assert sorted(path.relative_to(students).as_posix() for path in students.rglob("*.html")) == sorted(
        path.relative_to(SITE).as_posix() for path in SITE.rglob("*.html")
    )
    for path in CHAPTERS:
        page = (students / "chapters" / f"{path.stem}.html").read_text(encoding="utf-8")
        copied = nbformat.read(students / "_sources" / "chapters" / path.name, as_version=4)
        numbers = [number for chapter, number in solved if chapter == path.stem]
        for number in numbers:
            assert f"<strong>{number}. " in page
        assert sum(cell.id.endswith("-answer") for cell in copied.cells) == len(numbers)


def test_the_search_knows_no_word_of_a_solution(students):
    """Sphinx keeps stems of words: those that stand in solutions only."""
    stem = snowballstemmer.stemmer("english").stemWord

    def stems(texts, least):
        words = {word.lower() for text in texts for word in re.findall(r"\w+", text) if len(word) >= least}
        return {stem(word) for word in words}

    def index(site):
        text = (site / "searchindex.js").read_text(encoding="utf-8")
        return set(json.loads(text[text.index("(") + 1 : text.rindex(")")])["terms"])

    pages = [
        unescape(re.sub(r"<[^>]*>", " ", page.read_text(encoding="utf-8")))
        for page in students.rglob("*.html")
    ]
    notebooks = [nbformat.read(path, as_version=4) for path in CHAPTERS]
    cells = [
        c.source for n in notebooks for e in exercises(n) for c in e.solution if c.cell_type == "markdown"
    ]
    only = (stems(cells, 5) - stems(pages, 1)) & index(SITE)
    assert len(only) > 20 and not only & index(students)
