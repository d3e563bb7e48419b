"""``make chapter``: what it writes is a draft that passes, and what it cannot write it says in a sentence."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest

import klbook
from klbook.course import slides
from klbook.site import chapter, teaching

ROOT = Path(klbook.__file__).parents[1]
PARTS = ("klbook", "tests", "chapters", "templates", "training", "_static")
FILES = (
    "_toc.yml",
    "_config.yml",
    "index.md",
    "pyproject.toml",
    "Makefile",
    "requirements.txt",
    "CONTRIBUTING.md",
)
MADE = [file.format(name="my-chapter", module="my_chapter") for file in chapter._NEW.values()]
MODULES = [file for file in MADE if file.endswith(".py")]


def copy(to, parts=PARTS):
    for part in parts:
        shutil.copytree(ROOT / part, to / part, ignore=shutil.ignore_patterns("__pycache__", "_build", ".*"))
    for file in FILES:
        shutil.copy(ROOT / file, to)


def run(book, *command, fails=False):
    env = os.environ | {"PYTHONPATH": str(book), "PYTHONDONTWRITEBYTECODE": "1"}
    done = subprocess.run(command, cwd=book, env=env, capture_output=True, text=True)
    assert (done.returncode != 0) is fails, done.stdout + done.stderr
    return done.stdout + done.stderr


def make(book, name, target="chapter", **options):
    tools = Path(sys.executable).parent
    return run(book, "make", "-o", ".venv/.ready", f"BIN={tools}", target, f"NAME={name}", **options)


@pytest.fixture(scope="module")
def book(tmp_path_factory):
    """A copy of the book in which the command was given."""
    book = tmp_path_factory.mktemp("book")
    copy(book)
    said = make(book, "my-chapter")
    assert all(f"wrote   {file}" in said for file in MADE)
    return book


def test_its_files_are_what_ruff_wants(book):
    run(book, sys.executable, "-m", "ruff", "format", "--check", *MODULES)


def test_it_passes_the_tests_of_the_book(book):
    """Those of its own files, those that go through all chapters, figures and ideas, and those of their lists."""
    said = make(book, "my-chapter", target="draft")
    assert int(re.search(r"(\d+) passed", said)[1]) >= 30 and "skipped" not in said


def test_its_outputs_are_those_of_its_cells(book):
    options = ["-o", "addopts=", "-W", "default", "-p", "no:cacheprovider", "--nbval"]
    run(book, sys.executable, "-m", "pytest", *options, "chapters/my-chapter.ipynb")


def test_it_gives_a_deck_of_slides(book):
    deck = slides.deck(book / "chapters" / "my-chapter.ipynb")
    assert {slide.role for slide in deck} == set(slides.ROLES)


def test_it_is_entered_in_the_book_and_says_that_it_is_a_draft(book):
    toc = (book / "_toc.yml").read_text(encoding="utf-8")
    before, _, after = toc.partition("      - file: chapters/my-chapter\n")
    assert before + after == (ROOT / "_toc.yml").read_text(encoding="utf-8")
    assert re.search(r"\n      - file: chapters/[\w-]+\n\Z", before) and after.startswith(
        "  - caption: Back matter"
    )
    card = re.search(
        r":::\{grid-item-card\} Draft · My chapter\n.*?:::", (book / "index.md").read_text(), re.S
    )[0]
    assert ":link: chapters/my-chapter" in card and "{thumbnail} my-chapter-first" in card
    first = nbformat.read(book / "chapters" / "my-chapter.ipynb", as_version=4).cells[0].source
    assert first.startswith("# My chapter\n\n*This chapter is a draft.*")


def test_teachers_find_it(book):
    """It says what it needs and how long it takes, and has what plans are made of."""
    draft = teaching.read(book).chapters[-1]
    assert (draft.name, draft.title, len(draft.exercises)) == ("my-chapter", "My chapter", 5)


def test_it_is_built(book, tmp_path):
    """With the pages that it links to; the others have their own tests."""
    (tmp_path / "chapters").mkdir()
    for file in ("my-chapter.ipynb", "bibliography.md", "references.bib"):
        shutil.copy(book / "chapters" / file, tmp_path / "chapters")
    glossary = "# Glossary\n\n```{glossary}\nsurprisal\n  How surprising.\n```\n"
    (tmp_path / "chapters" / "glossary.md").write_text(glossary)
    (tmp_path / "chapters" / "concordance.md").write_text("# Concordance\n")
    pages = "\n".join(
        f"chapters/{page}" for page in ("my-chapter", "concordance", "glossary", "bibliography")
    )
    (tmp_path / "index.md").write_text(
        f"# Book\n\n```{{thumbnail}} my-chapter-first\n```\n\n```{{toctree}}\n{pages}\n```\n"
    )
    (tmp_path / "conf.py").write_text(
        "extensions = ['myst_nb', 'sphinxcontrib.bibtex', 'klbook.site']\n"
        "bibtex_bibfiles = ['chapters/references.bib']\n"
        "html_theme = 'sphinx_book_theme'\nproject = 'small'\nhtml_math_renderer = 'katex'\nklbook_draw_all = False\n"
        "myst_enable_extensions = ['dollarmath']\nnb_render_markdown_format = 'myst'\nbibtex_cite_id = '{key}'\n"
    )
    env = {"PYTHONPATH": str(book)}
    sphinx = [sys.executable, "-m", "sphinx", "-W", "-n", "--keep-going", ".", "_build/html"]
    done = subprocess.run(sphinx, cwd=tmp_path, env=os.environ | env, capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    page = (tmp_path / "_build" / "html" / "chapters" / "my-chapter.html").read_text(encoding="utf-8")
    assert 'data-explorer="my-chapter-first"' in page and "This chapter is a draft." in page


def test_what_is_there_is_not_written_again(book):
    before = {file: (book / file).read_bytes() for file in MADE}
    said = make(book, "my-chapter", fails=True)
    assert f"there is already {', '.join(MADE)}: take another name, nothing was written" in said
    assert "Traceback" not in said
    assert before == {file: (book / file).read_bytes() for file in MADE}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "'' cannot be a chapter's name: small letters, digits and single hyphens"),
        ("My Chapter", "'My Chapter' cannot be"),
        ("my_chapter", "as in make chapter NAME=my-chapter"),
        ("2-towns", "beginning with a letter"),
        ("../towns", "cannot be"),
        ("class", "'class' is a word of Python"),
        ("gentle-start", "chapters/gentle-start.ipynb: take another name, nothing was written"),
        ("surprise", "there is already klbook/ideas/surprise.py, tests/ideas/test_surprise.py: take another"),
        ("parts", "there is already klbook/figures/parts.py"),
        ("glossary", "there is already chapters/glossary.md"),
    ],
)
def test_a_name_that_cannot_be_is_refused_in_a_sentence(name, said):
    with pytest.raises(SystemExit) as refused:
        chapter.main(name)
    assert said in str(refused.value)


def test_what_fails_halfway_leaves_nothing_behind(tmp_path, monkeypatch):
    copy(tmp_path, ("templates", "tests"))
    for folder in ("klbook/ideas", "klbook/figures", "chapters"):
        (tmp_path / folder).mkdir(parents=True)

    def everything():
        return {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}

    def fails(path):
        assert path.exists() and len(everything()) > len(before)
        raise RuntimeError("a cell failed")

    before = everything()
    monkeypatch.setattr(chapter, "execute", fails)
    with pytest.raises(RuntimeError, match="a cell failed"):
        chapter.main("my-chapter", tmp_path)
    assert everything() == before


def test_a_list_that_was_changed_is_named(tmp_path):
    copy(tmp_path, ("templates", "tests"))
    (tmp_path / "_toc.yml").write_text("root: index\n")
    with pytest.raises(ValueError, match=r"_toc\.yml has no line '- caption: Back matter'"):
        chapter.main("my-chapter", tmp_path)
