"""The switch that leaves out solutions, on a book of one chapter; the whole book is looked at by tests/site."""

import os
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import klbook
from klbook.site.chapter import notebook

ROOT = Path(klbook.__file__).parents[1]
CONF = """
extensions = ['myst_nb', 'klbook.site']
html_theme = 'sphinx_book_theme'
project = 'small'
html_math_renderer = 'katex'
html_sourcelink_suffix = ''
klbook_draw_all = False
exclude_patterns = ['_build']
nb_execution_mode = 'cache'
"""
CHAPTER = """# Small

## Exercises

+++

**1. A riddle.** What has teeth and never eats?

+++ solution

<details>
<summary>Solution</summary>

A handsaw.

</details>

```python hide-cell solution
print("combs", 6 * 7000)
```

## Take away

```python
print("the end", 3 * 1111)
```
"""
#: Of the solution: its words, its code, what its code shows.
SOLVED = ("handsaw", "combs", "42000")
KEPT = ("What has teeth and never eats?", "Take away", "3333")


@pytest.fixture
def small_book(tmp_path):
    (tmp_path / "conf.py").write_text(CONF)
    nbformat.write(notebook(CHAPTER), tmp_path / "index.ipynb")

    def build(solutions):
        environment = {key: value for key, value in os.environ.items() if key != "KLBOOK_SOLUTIONS"}
        if solutions is not None:
            environment["KLBOOK_SOLUTIONS"] = solutions
        command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", ".", "_build/html"]
        return subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True)

    return build


def published(folder):
    """All text of a site, as it is in its files."""
    files = [
        path for path in (folder / "_build" / "html").rglob("*") if path.suffix in (".html", ".ipynb", ".js")
    ]
    return "\n".join(path.read_text(encoding="utf-8") for path in files if "_static" not in path.parts)


def test_the_switch_takes_solutions_out_and_puts_them_back(small_book, tmp_path):
    """In one folder, so that each build finds the caches and the copies of the other."""
    for solutions in (None, "no", "no", "yes"):
        done = small_book(solutions)
        assert done.returncode == 0, done.stdout + done.stderr
        text = published(tmp_path)
        assert all(words in text for words in KEPT)
        assert [words in text for words in SOLVED] == [solutions != "no"] * len(SOLVED)
    executed = [path.name for path in (tmp_path / "_build" / "cache").glob("*/executed*")]
    assert sorted(executed) == ["executed", "executed-without-solutions"]


def test_the_downloaded_chapter_has_room_for_code(small_book, tmp_path):
    assert small_book("no").returncode == 0
    cells = nbformat.read(tmp_path / "_build" / "html" / "_sources" / "index.ipynb", as_version=4).cells
    assert [cell.id for cell in cells if cell.cell_type == "code"] == [
        "install",
        "cell-01-answer",
        "cell-05",
    ]
    assert 'id="cell-01-answer"' not in published(tmp_path) and "In [" not in published(tmp_path)


@pytest.mark.parametrize("value", ["maybe", "", "No", "0"])
def test_a_broken_value_is_refused_in_a_sentence(small_book, tmp_path, value):
    done = small_book(value)
    said = f"SOLUTIONS is {value!r}, and can be yes (the site has solutions) or no (it has none)"
    assert done.returncode != 0 and said in done.stderr and "Traceback" not in done.stderr
    assert not (tmp_path / "_build" / "html" / "index.html").exists()


def test_make_hands_the_value_on(tmp_path):
    """To jupyter-book, for which something stands here that says how it was called."""
    tool = tmp_path / "jupyter-book"
    tool.write_text('#!/bin/sh\necho "$KLBOOK_SOLUTIONS:" "$@"\n')
    tool.chmod(0o755)
    for given, output in (
        ([], ""),
        (["SOLUTIONS=no"], " --path-output _build/students"),
        (["SOLUTIONS=maybe"], ""),
    ):
        make = ["make", "-s", "-o", ".venv/.ready", f"BIN={tmp_path}", "site", *given]
        environment = {key: value for key, value in os.environ.items() if key != "SOLUTIONS"}
        done = subprocess.run(make, cwd=ROOT, env=environment, capture_output=True, text=True, check=True)
        value = given[0].partition("=")[2] if given else "yes"
        assert done.stdout.strip() == f"{value}: build . -W -n --keep-going{output}"


def test_a_chapter_that_cannot_be_cut_is_not_published(small_book, tmp_path):
    nbformat.write(notebook(CHAPTER.replace("+++ solution", "+++")), tmp_path / "index.ipynb")
    done = small_book("no")
    assert done.returncode != 0 and "Traceback" not in done.stderr
    assert "index.ipynb, cell-02: a solution needs a cell of its own, tagged 'solution'" in done.stderr
    assert not (tmp_path / "_build" / "html" / "index.html").exists()
