"""A chapter on its own, and the wheel that it installs: without a site and without a browser."""

import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import nbformat
import pytest
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output

import klbook
from klbook.site import downloads
from klbook.site.downloads import standalone

ROOT = Path(klbook.__file__).parents[1]
SITE, WHEEL = "https://book.example/kl/", "klbook-1-py3-none-any.whl"


def alone(*cells, **options):
    notebook = new_notebook(cells=list(cells))
    before = nbformat.writes(notebook)
    made = standalone(notebook, "this-page", SITE, WHEEL, **options)
    assert nbformat.writes(notebook) == before  # the chapter stays as it is
    nbformat.validate(made)
    return made


@pytest.mark.parametrize(
    ("written", "leads"),
    [
        ("[a](other-page.ipynb)", "[a](https://book.example/kl/chapters/other-page.html)"),
        ("[a](about.md)", "[a](https://book.example/kl/chapters/about.html)"),
        ("[a](glossary.md#a-term)", "[a](https://book.example/kl/chapters/glossary.html#term-A)"),
        ("[a](p2.ipynb#slug&p=0.1&q=a%20b)", "[a](https://book.example/kl/chapters/p2.html#slug&p=0.1&q=a%20b)"),
        ('<a href="#slug&amp;p=1">a</a>', '<a href="https://book.example/kl/chapters/this-page.html#slug&amp;p=1">a</a>'),
        (r'say("<a href=\"#s\">a</a>")', r'say("<a href=\"https://book.example/kl/chapters/this-page.html#s\">a</a>")'),
        # In the notebook itself; elsewhere already; no link.
        ("[a](#eq-kl)", "[a](#eq-kl)"),
        ('<a href="#eq-kl">a</a>', '<a href="#eq-kl">a</a>'),
        ("[a](https://example.org/README.md)", "[a](https://example.org/README.md)"),
        ("a[0](x), file.md", "a[0](x), file.md"),
    ],
)  # fmt: skip
def test_where_links_lead(written, leads):
    """In text, in the words of code, and in what code has said."""
    output = new_output(
        "display_data", {"text/markdown": written, "text/html": written, "text/plain": written}
    )
    made = alone(
        new_markdown_cell(written),
        new_code_cell(written, outputs=[output]),
        anchor=lambda page, place: {("glossary", "a-term"): "term-A"}.get((page, place), place),
    )
    assert [cell.source for cell in made.cells[1:]] == [leads, leads]
    said = made.cells[2].outputs[0].data
    assert said == {"text/markdown": leads, "text/html": leads, "text/plain": written}


def test_the_first_cell_installs():
    made = alone(new_markdown_cell("# A"), new_code_cell("1", execution_count=1))
    first = made.cells[0]
    assert f'book = "{SITE}"' in first.source and f'%pip install --quiet "{{book}}{WHEEL}"' in first.source
    assert (first.outputs, first.execution_count) == ([], None) and made.cells[2].execution_count == 1
    compile(first.source.replace("%pip", "# %pip"), "first cell", "exec")
    assert all(len(line) <= 110 for line in first.source.splitlines())


def test_the_wheel_is_built_once_and_always_of_the_same_bytes(tmp_path, monkeypatch):
    monkeypatch.delenv("SOURCE_DATE_EPOCH", raising=False)
    first, second = (downloads.wheel(tmp_path / name) for name in "ab")
    assert first.read_bytes() == second.read_bytes()
    assert first.name == f"klbook-{version('klbook')}-py3-none-any.whl"
    monkeypatch.setattr(downloads.subprocess, "run", lambda *_, **__: pytest.fail("it was built again"))
    assert downloads.wheel(tmp_path / "a") == first
    # All that the package has, and nothing of what surrounds it.
    inside = {name for name in zipfile.ZipFile(first).namelist() if ".dist-info/" not in name}
    package = ROOT / "klbook"
    there = [p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts]
    kept = (".py", ".css", ".js", ".html")
    wanted = {p.relative_to(ROOT).as_posix() for p in there if p.suffix in kept or p.parent.name == "data"}
    assert inside == wanted


def test_a_wheel_that_cannot_be_built_says_why(tmp_path, monkeypatch):
    root = tmp_path / "root"
    (root / "klbook").mkdir(parents=True)
    monkeypatch.setattr(downloads, "_ROOT", root)
    with pytest.raises(RuntimeError, match="its source is not in"):
        downloads.wheel(tmp_path)
    (root / "pyproject.toml").write_text("[project]\nname = 3\n")
    with pytest.raises(RuntimeError, match=r"(?s)the wheel of klbook cannot be built: .*name"):
        downloads.wheel(tmp_path)
    assert not list(tmp_path.glob("**/*.whl"))


def test_the_branch_of_notebooks_has_them_alone(tmp_path):
    """Pushed to a repository beside it; what is checked out stays as it is."""

    def git(*words, cwd):
        return subprocess.run(["git", *words], cwd=cwd, check=True, capture_output=True, text=True).stdout

    work, remote, made = tmp_path / "work", tmp_path / "remote", tmp_path / "made"
    for folder in (work / ".ci", remote, made / "chapters"):
        folder.mkdir(parents=True)
    git("init", "--bare", ".", cwd=remote)
    (work / ".ci" / "notebooks").write_bytes((ROOT / ".ci" / "notebooks").read_bytes())
    git("init", "-b", "main", ".", cwd=work)
    git("add", ".", cwd=work)
    git("-c", "user.name=a", "-c", "user.email=a@b.invalid", "commit", "-m", "m", cwd=work)
    head = git("rev-parse", "HEAD", cwd=work)
    for text in ("one", "two"):
        for name in ("a.ipynb", "b.ipynb", "about.md"):
            (made / "chapters" / name).write_text(text)
        subprocess.run(["bash", work / ".ci" / "notebooks", made, remote], check=True, cwd=tmp_path)
        files = git("ls-tree", "-r", "--name-only", "notebooks", cwd=remote).split()
        assert files == ["chapters/a.ipynb", "chapters/b.ipynb"]
        assert git("show", "notebooks:chapters/a.ipynb", cwd=remote) == text
    assert git("rev-list", "--count", "notebooks", cwd=remote).strip() == "1"
    assert git("status", "--porcelain", cwd=work) == "" and git("rev-parse", "HEAD", cwd=work) == head


def test_a_tag_is_of_this_version():
    def said(*tag):
        return subprocess.run(
            [sys.executable, ROOT / ".ci" / "version", *tag], capture_output=True, text=True
        )

    assert said(f"v{version('klbook')}").returncode == 0
    wrong = said("v0.0.9")
    assert wrong.returncode == 1 and "the tag v0.0.9 is not of the version in pyproject.toml" in wrong.stderr
