"""The command that makes everything, tried with a book of one chapter."""

import io
import json
import zipfile

import nbformat
import pytest
from bs4 import BeautifulSoup
from sheets import sheets, small_site

from klbook.course import pdf
from klbook.course.__main__ import main, on_its_own
from klbook.course.book import ROOT, Book
from klbook.course.files import MARK, replace_folder
from klbook.site import addresses, freshness
from klbook.site.downloads import UNKNOWN, standalone

ASKED = (
    "**Check yourself.** Which?\n\n"
    '<details class="kl-answer"><summary>this</summary>\n\n**✓ Right.** Because.\n\n</details>\n\n'
    '<details class="kl-answer"><summary>that</summary>\n\n**✗ Not this one.** No.\n\n</details>\n'
)
WHEEL = "klbook-9.9-py3-none-any.whl"


def chapter(code="print(1 + 1)"):
    """A chapter with a question, an exercise and its solution."""
    new, output = nbformat.v4, nbformat.v4.new_output
    solution = {"tags": ["solution"]}
    cells = [
        new.new_markdown_cell("# The one\n\nSee [a term](glossary.md#term)."),
        new.new_code_cell(code, outputs=[output("stream", text="2\n")]),
        new.new_code_cell(
            "def ask(*words):\n    pass\n\n\nask()",
            outputs=[output("display_data", {"text/markdown": ASKED})],
        ),
        new.new_markdown_cell("## Exercises"),
        new.new_markdown_cell("**1. First.** What is it?"),
        new.new_markdown_cell(
            "<details><summary>Solution</summary>\n\nSecret.\n\n</details>", metadata=solution
        ),
        new.new_code_cell("secret = 1", metadata={"tags": ["hide-cell", "solution"]}),
    ]
    for number, cell in enumerate(cells):
        cell.id = f"cell-{number:02}"
    return new.new_notebook(cells=cells)


@pytest.fixture
def root(tmp_path):
    """A folder with a book, built: what of it the command reads."""
    (tmp_path / "_config.yml").write_text("title: A book\nauthor: Somebody\n")
    toc = {"root": "index", "parts": [{"caption": "Part", "chapters": [{"file": "chapters/one"}]}]}
    (tmp_path / "_toc.yml").write_text(json.dumps(toc))  # which is YAML, too
    (tmp_path / "CITATION.cff").write_text('date-released: "2026-01-31"\n')
    (tmp_path / "_build").mkdir()
    site = small_site(
        tmp_path / "_build" / "html",
        index="<p>Words.</p>",
        one='<p>Words.</p><div class="cell tag_solution tag_hide-cell"><pre>secret</pre></div>',
    )
    (site / WHEEL).write_bytes(b"wheel")
    (site / "_sources" / "chapters").mkdir(parents=True)
    (tmp_path / "chapters").mkdir()
    write(tmp_path, chapter())
    return tmp_path


def write(root, notebook):
    nbformat.write(notebook, root / "chapters" / "one.ipynb")
    served = standalone(notebook, "one", UNKNOWN, WHEEL)
    nbformat.write(served, root / "_build" / "html" / "_sources" / "chapters" / "one.ipynb")
    address = addresses.site(addresses.book())
    freshness.write_state(root / "_build" / "html", freshness.state(root, address))


def everything(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


def test_everything_is_made_and_made_alike(root, monkeypatch, capsys):
    monkeypatch.delenv("GITHUB_REPOSITORY", raising=False)
    main(["--output", str(root / "out")], root)
    said = capsys.readouterr().out
    assert "4 handouts" in said and "README.md" in said
    made = everything(root / "out")
    mark = json.loads(made.pop(MARK))
    assert list(mark["files"]) == sorted(made) and "address=" in mark["state"]
    archive = f"klbook-course-{Book.read(root).version}.zip"
    handouts = {f"handouts/{w}/{s}/one.pdf" for w in ("students", "instructors") for s in ("a4", "letter")}
    questions = {"questions/self-checks-qti.zip", "questions/self-checks-moodle.xml"}
    notebooks = {"students/one.ipynb", "instructors/one.ipynb"}
    to_hand_out = archive.replace("course", "students")
    assert set(made) == {"README.md", WHEEL, archive, to_hand_out} | handouts | questions | notebooks
    for name, within in (
        (archive, {"README.md", WHEEL} | handouts | questions | notebooks),
        (to_hand_out, {WHEEL} | {file for file in handouts | notebooks if "students/" in file}),
    ):
        with zipfile.ZipFile(io.BytesIO(made[name])) as packed:
            found = {file: packed.read(file) for file in packed.namelist()}
        assert found == {file: made[file] for file in within}
    for name in made["README.md"].decode().split("`")[1::2]:
        assert any(path.startswith(name) for path in made) or name.startswith("pip install"), name
    assert "1 self-checks" in made["README.md"].decode()

    students, instructors = (
        nbformat.reads(made[f"{w}/one.ipynb"].decode(), 4) for w in ("students", "instructors")
    )
    assert "secret" not in nbformat.writes(students) and "Secret." not in nbformat.writes(students)
    assert students.cells[-1].cell_type == "code" and not students.cells[-1].source  # room for code
    assert "secret = 1" in nbformat.writes(instructors) and "Secret." in nbformat.writes(instructors)
    for notebook in (students, instructors):
        assert notebook.cells[0].source.count(f'Path("{WHEEL}"), Path("../{WHEEL}")') == 1
        assert "See a term." in notebook.cells[1].source and UNKNOWN not in nbformat.writes(notebook)
    assert "secret" in "".join(sheets(made["handouts/instructors/a4/one.pdf"]))
    assert "secret" not in "".join(sheets(made["handouts/students/a4/one.pdf"]))

    (root / "out" / "README.md").unlink()  # as from another time
    main(["--output", str(root / "out")], root)
    again = everything(root / "out")
    assert again.pop(MARK) and again == made


@pytest.mark.parametrize(
    ("damage", "said"),
    [
        (lambda root: write(root, chapter("1 / 0")), r"one\.ipynb, cell-01: .*ZeroDivisionError"),
        (lambda root: write(root, untagged()), r"one\.ipynb, cell-05: .*'solution'"),
        (
            lambda root: write(root, unasked()),
            r"one\.ipynb, cell-02: 0 of its answers are right; one must be",
        ),
        (
            lambda root: nbformat.write(unasked("cell-99"), root / "chapters" / "one.ipynb"),
            r"the site in .* was built from other chapters, another package or another address: run make site first",
        ),
        (
            lambda root: (root / "chapters" / "one.ipynb").write_text("{"),
            r"the site in .* was built from other",
        ),
        (
            lambda root: (root / "_build" / "html" / freshness.MADE_FROM).unlink(),
            r"the site in .* was built from other",
        ),
        (
            lambda root: (root / "_build" / "html" / "index.html").unlink(),
            r"there is no site in .*: run make site",
        ),
    ],
)
def test_what_is_wrong_is_said_and_nothing_is_lost(root, damage, said):
    replace_folder(root / "out", {"earlier": b"kept"})
    damage(root)
    with pytest.raises(SystemExit, match=said) as stopped:
        main(["--output", str(root / "out")], root)
    assert "\n" not in str(stopped.value)
    assert everything(root / "out").items() >= {"earlier": b"kept"}.items()
    assert sorted(path.name for path in (root / "out").iterdir()) == [MARK, "earlier"]


def nothing(*given, **named):
    raise AssertionError("work before the question whether it can be written")


@pytest.mark.parametrize("printing", [True, False])
def test_before_any_work_it_asks_whether_it_can_be_printed_and_written(root, monkeypatch, printing):
    monkeypatch.setattr("klbook.course.notebooks.write", nothing)
    if printing:
        (root / "thesis").mkdir()
        (root / "thesis" / "my-thesis.docx").write_text("years of work")
        for command in (main, pdf.main):
            with pytest.raises(SystemExit, match=r"my-thesis\.docx in it was not written by this command"):
                command(["--output", str(root / "thesis")], root)
        assert everything(root / "thesis") == {"my-thesis.docx": b"years of work"}
    else:
        monkeypatch.setattr("klbook.course.browser.find", lambda: None)
        for command in (main, pdf.main):
            with pytest.raises(SystemExit, match="no Chromium or Chrome was found"):
                command(["--output", str(root / "out")], root)
        assert not (root / "out").exists()


def test_a_browser_that_does_not_start_is_named(root, monkeypatch):
    broken = root / "chromium"
    broken.write_text("#!/bin/sh\nexit 3\n")
    broken.chmod(0o755)
    monkeypatch.setattr("klbook.course.browser.find", lambda: str(broken))
    with pytest.raises(
        SystemExit, match=r"the browser .*/chromium cannot be started \(.*\): install"
    ) as stopped:
        pdf.main(["--output", str(root / "out")], root)
    assert "\n" not in str(stopped.value) and not (root / "out").exists()


def test_a_book_in_the_other_size_stays_if_it_was_printed_of_the_same(root, monkeypatch, capsys):
    monkeypatch.setattr(pdf, "_sheets", lambda printed: 1)
    monkeypatch.setattr(pdf, "book_pdf", lambda site, book, size: size.encode())
    out = root / "out"
    for size in ("A4", "Letter"):
        pdf.main(["--output", str(out), "--size", size], root)
    assert {p.name for p in out.iterdir()} == {MARK, "klbook-a4.pdf", "klbook-letter.pdf"}
    write(root, chapter("print(2 + 2)"))  # and a new site
    pdf.main(["--output", str(out)], root)
    assert {p.name for p in out.iterdir()} == {MARK, "klbook-a4.pdf"}
    assert f"{out}/klbook-a4.pdf: 1 sheets" in capsys.readouterr().out


def untagged():
    notebook = chapter()
    notebook.cells[5].metadata = nbformat.NotebookNode()
    return notebook


def unasked(name="cell-02"):
    notebook = chapter()
    data = notebook.cells[2].outputs[0].data
    if name == "cell-02":
        data["text/markdown"] = data["text/markdown"].replace("✓ Right.", "✗ Not this one.")
    notebook.cells[2].id = name
    return notebook


def test_a_link_to_an_unknown_site_is_text_and_others_stay():
    text = (
        f"[a [b]]({UNKNOWN}chapters/x.html#y) [c](https://example.org/) "
        f'<a href="{UNKNOWN}chapters/x.html#s&amp;p=1">**d**</a> <a href="https://example.org/">e</a>'
    )
    cell = nbformat.v4.new_markdown_cell(text)
    made = on_its_own(nbformat.v4.new_notebook(cells=[cell]), WHEEL).cells[0].source
    assert made == 'a [b] [c](https://example.org/) **d** <a href="https://example.org/">e</a>'
    known = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell('book = "https://example.org/"')])
    known.cells[0].id = "install"
    assert on_its_own(known, WHEEL).cells[0].source == 'book = "https://example.org/"'


def test_no_chapter_leads_to_an_unknown_site():
    served = sorted((ROOT / "_build" / "html" / "_sources" / "chapters").glob("*.ipynb"))
    assert len(served) == len(Book.read().chapters())
    made = [nbformat.writes(on_its_own(nbformat.read(path, as_version=4), WHEEL)) for path in served]
    assert not [path.name for path, text in zip(served, made, strict=True) if UNKNOWN in text]
    assert any("](#eq-" in text for text in made)  # links within a notebook stay


def test_the_book_is_what_its_files_say():
    book, home = Book.read(), ROOT / "_build" / "html" / "index.html"
    page = BeautifulSoup(home.read_text(encoding="utf-8"), "html.parser")
    listed = [a["href"].removesuffix(".html") for a in page.select("nav.bd-links a.reference.internal")]
    pages = [page for part in book.parts for page in part.pages]
    assert listed[-len(pages) + 1 :] == pages[1:]
    assert [f"chapters/{name}" for name in book.chapters()] == [
        page for page in pages if (ROOT / f"{page}.ipynb").exists()
    ]


@pytest.mark.parametrize("command", [main, pdf.main])
def test_the_command_says_how_it_is_called(command, capsys):
    with pytest.raises(SystemExit) as stopped:
        command(["--help"])
    assert stopped.value.code == 0 and "--output DIR" in capsys.readouterr().out
