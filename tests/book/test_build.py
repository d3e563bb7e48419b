"""The build: what must fail it does, and a change in the package makes every page be made again."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import klbook
from klbook.site import freshness, pages
from klbook.site.notebooks import clean, execute

ROOT = Path(klbook.__file__).parents[1]

FIGURE = """
import os
from klbook.explorers import Readout, Slider, explorer, palette

@explorer(slug="corner", title="t", caption="c", alt="a",
          controls=[Slider("t", "t", 0, 1, 5, 0.5)], readouts=[Readout("r", "r")])
def corner(panel):
    ax = panel.subplots()
    ax.set(xlim=(0, 1), ylim=(0, 1))
    (line,) = ax.plot([0, 1], [0, 1], color=palette.P)

    def update(t):
        line.set_ydata([t, 1])
        return {"r": CORNER}

    return update
"""


@pytest.fixture
def small_book(tmp_path):
    """Build a book of one page with one explorer; `value` is what its readout shows in terms of t."""

    def build(value, page="# Page\n\n```{explorer} corner\n```\n", more=""):
        (tmp_path / "figures").mkdir(exist_ok=True)
        (tmp_path / "figures" / "small.py").write_text(FIGURE.replace("CORNER", value))
        (tmp_path / "conf.py").write_text(
            "import klbook.figures; klbook.figures.__path__.append('figures')\n"
            "extensions = ['myst_nb', 'klbook.site']\n"
            "html_theme = 'sphinx_book_theme'\nproject = 'small'\nhtml_math_renderer = 'katex'\n"
            "myst_enable_extensions = ['dollarmath']\nklbook_draw_all = False\n" + more
        )
        index = tmp_path / "index.md"
        if not index.exists() or index.read_text() != page:
            index.write_text(page)
        command = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", ".", "_build/html"]
        return subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, env=os.environ)

    return build


def test_a_state_that_fails_in_one_corner_fails_the_build(small_book, tmp_path):
    done = small_book("1 / (1 - t)")
    assert done.returncode != 0
    assert "explorer 'corner' fails at t = 1.00: ZeroDivisionError" in done.stdout + done.stderr
    assert not (tmp_path / "_build" / "html" / "index.html").exists()


def test_an_explorer_in_a_page(small_book, tmp_path):
    done = small_book("t")
    assert done.returncode == 0, done.stderr
    page = (tmp_path / "_build" / "html" / "index.html").read_text(encoding="utf-8")
    assert 'data-explorer="corner"' in page and page.count("explorer.js") == 1


def test_each_explorer_of_a_page_has_a_file_of_its_own(small_book, tmp_path, monkeypatch):
    """It leads back to the page, in full where the site's address is known; none is left of one that is gone."""
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    folder = tmp_path / "_build" / "html" / "embed"
    (tmp_path / "deep").mkdir()
    (tmp_path / "deep" / "other.md").write_text("# Other\n\n```{explorer} corner\n```\n")
    page = "# Page\n\n```{toctree}\ndeep/other\n```\n"
    done = small_book("t", page)
    assert done.returncode == 0, done.stdout + done.stderr
    assert [file.name for file in folder.iterdir()] == ["corner.html"]
    text = (folder / "corner.html").read_text(encoding="utf-8")
    assert 'href="../deep/other.html"' in text and "<cite>small" in text
    (folder / "old.html").touch()
    done = small_book("t", page, "html_baseurl = 'https://example.org/book/'\n")
    assert done.returncode == 0, done.stdout + done.stderr
    assert [file.name for file in folder.iterdir()] == ["corner.html"]
    assert 'href="https://example.org/book/deep/other.html"' in (folder / "corner.html").read_text("utf-8")


def test_a_link_to_a_setting(small_book, tmp_path):
    """Also from a page that was read again to one that was not."""
    (tmp_path / "other.md").write_text("# Other\n\n```{explorer} corner\n```\n")
    for words in ("Words", "Other words"):
        page = f"# Page\n\n{words}: [a setting](other.md#corner&t=0.50%20%3A%E2%88%92%25)\n"
        page += "\n```{toctree}\nother\n```\n"
        done = small_book("t", page)
        assert done.returncode == 0, done.stdout + done.stderr
        html = (tmp_path / "_build" / "html" / "index.html").read_text(encoding="utf-8")
        assert words in html and 'href="other.html#corner&amp;t=0.50%20%3A%E2%88%92%25"' in html
    (tmp_path / "other.md").write_text("# Other\n\nNo explorer.\n")
    done = small_book("t", page.replace("Words", "More words"))
    assert done.returncode != 0 and "corner" in done.stdout + done.stderr


@pytest.mark.parametrize(
    ("page", "message"),
    [
        ("# Page\n\n```{explorer} nowhere\n```\n", "no explorer 'nowhere'"),
        ("# Page\n\n[a term](glossary.md#nothing)\n", "glossary"),
        ("# Page\n\n[a setting](index.md#corner&t=0.50)\n", "corner"),
        ("# Page\n\n$$\\unknown{x}$$\n", "Undefined control sequence"),
        ('# Page\n\n<div id="eq-lost"></div>\n\nNo formula.\n', "no formula follows the label 'eq-lost'"),
    ],
)
def test_what_leads_nowhere_fails_the_build(small_book, page, message):
    done = small_book("t", page)
    assert done.returncode != 0
    assert message in done.stdout + done.stderr


def test_what_is_finished_for_this_state_of_the_package_is_not_drawn_again(tmp_path, monkeypatch):
    def no_figures():
        raise AssertionError("the figures were imported")

    unfinished, finished = (pages._Workshop(tmp_path) for _ in range(2))
    monkeypatch.setattr(pages, "all_figures", no_figures)
    with pytest.raises(AssertionError):
        unfinished.begin()
    finished.file("first-look", "explorer").write_text("the picture")
    finished.end()
    finished.begin()
    assert finished.html("first-look") == "the picture"
    with pytest.raises(AssertionError):
        finished.html("not-there-yet")


def test_any_change_of_the_package_changes_the_fingerprint(tmp_path, monkeypatch):
    copy = tmp_path / "klbook"
    shutil.copytree(Path(klbook.__file__).parent, copy, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(klbook, "__file__", str(copy / "__init__.py"))
    seen = {freshness.fingerprint()}
    names = (
        "ideas/surprise.py",
        "figures/parts.py",
        "explorers/static/explorer.js",
        "site/static/site.css",
        "figures/data/sizes.csv",
        "ideas/data/austen.json",
    )
    for name in names:
        with (copy / name).open("a") as file:
            file.write("\n")
        seen.add(freshness.fingerprint())
    assert len(seen) == 1 + len(names)
    monkeypatch.setattr(freshness, "version", lambda library: "0")
    assert freshness.fingerprint() not in seen


def test_a_changed_package_makes_every_page_be_read_again(small_book, tmp_path):
    """Sphinx keeps a page that did not change; the fingerprint is what tells it that the numbers may have."""
    assert small_book("t").returncode == 0
    assert "0 added, 0 changed, 0 removed" in small_book("t").stdout
    changed = (
        "import klbook.site.freshness as f; f.fingerprint = lambda: '1' * 12\n"
        "from sphinx.cmd.build import main; raise SystemExit(main(['.', '_build/html']))"
    )
    done = subprocess.run(
        [sys.executable, "-c", changed],
        cwd=tmp_path, capture_output=True, text=True,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "config changed (" in done.stdout and "1 added, 0 changed" in done.stdout
    assert [p.name for p in (tmp_path / "_build" / "cache").glob("????????????")] == ["1" * 12]


def notebook_with(*sources):
    return nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(s) for s in sources])


def test_executed_notebooks_are_clean_and_the_same(tmp_path):
    path = tmp_path / "n.ipynb"
    notebook = notebook_with(
        "from klbook import show\nfrom klbook.figures import landing\nshow(landing.first_look)", "1 + 1"
    )
    for k, cell in enumerate(notebook.cells):
        cell.id = f"c{k}"
    nbformat.write(notebook, path)
    execute(path)
    first = path.read_bytes()
    execute(path)
    assert path.read_bytes() == first
    read = nbformat.read(path, as_version=4)
    assert [c.execution_count for c in read.cells] == [1, 2]
    assert "widget-view" not in first.decode() and "image/png" in first.decode()


def test_what_a_cell_prints_is_kept_in_one_piece():
    """Where a kernel cuts it is a matter of time, and the same sources give the same bytes."""
    notebook = notebook_with("print()")
    pieces = [("stdout", "a\n"), ("stdout", "b\n"), ("stderr", "c\n"), ("stdout", "d\n")]
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", name=n, text=t) for n, t in pieces]
    clean(notebook)
    assert [(o.name, o.text) for o in notebook.cells[0].outputs] == [
        ("stdout", "a\nb\n"),
        ("stderr", "c\n"),
        ("stdout", "d\n"),
    ]


def test_a_page_shows_in_one_piece_what_a_cell_prints(small_book, tmp_path):
    notebook = notebook_with("print()")
    pieces = [("stdout", "3.1"), ("stdout", "4 m\nand "), ("stdout", "more\n")]
    notebook.cells[0].outputs = [nbformat.v4.new_output("stream", name=n, text=t) for n, t in pieces]
    notebook.cells.insert(0, nbformat.v4.new_markdown_cell("# Printed"))
    notebook.metadata["language_info"] = {"name": "python", "pygments_lexer": "python"}
    nbformat.write(notebook, tmp_path / "printed.ipynb")
    more = "nb_execution_mode, nb_merge_streams = 'off', True\nexclude_patterns = ['_build']\n"
    done = small_book("t", "# Page\n\n```{toctree}\nprinted\n```\n", more)
    assert done.returncode == 0, done.stderr
    assert "3.14 m\nand more\n" in (tmp_path / "_build" / "html" / "printed.html").read_text(encoding="utf-8")


def test_saving_a_live_explorer_keeps_its_picture_only():
    notebook = notebook_with("show()")
    data = {
        "application/vnd.jupyter.widget-view+json": {"model_id": "a"},
        "application/vnd.klbook.explorer+json": {"slug": "s"},
        "image/png": "…",
        "text/plain": "Explorer s",
    }
    foreign = {"application/vnd.jupyter.widget-view+json": {"model_id": "b"}}
    notebook.cells[0].outputs = [nbformat.v4.new_output("display_data", data=d) for d in (data, foreign)]
    notebook.metadata["widgets"] = {"state": {}}
    clean(notebook)
    assert set(notebook.cells[0].outputs[0].data) == {
        "application/vnd.klbook.explorer+json",
        "image/png",
        "text/plain",
    }
    assert set(notebook.cells[0].outputs[1].data) == set(foreign)  # a widget of the reader's own is theirs
    assert "widgets" not in notebook.metadata
