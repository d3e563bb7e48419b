"""Handouts: what students get and what instructors get, on both papers; compared with the chapters' notebooks."""

import io
import re
from functools import partial

import nbformat
import pypdfium2 as pdfium
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin
from pypdf import PdfReader
from sheets import bare, once, sheets, small_site

from klbook.course.book import ROOT, Book
from klbook.course.handouts import WHOSE, handouts
from klbook.course.paper import _counted_again
from klbook.site.solutions import exercises

SITE = ROOT / "_build" / "html"
BOOK = Book.read()
#: The longest derivations; and the most self-checks.
CHAPTERS = ("hypothesis-testing", "gentle-start")
KINDS = [f"{whose}/{size}" for whose in WHOSE for size in ("a4", "letter")]
WORDS = MarkdownIt().use(dollarmath_plugin)
WORDS.add_render_rule("math_inline", lambda *_: "<math></math>")
WORDS.add_render_rule("math_block", lambda *_: "<math></math>")


@pytest.fixture(scope="module", params=CHAPTERS)
def chapter(request):
    return request.param


@pytest.fixture(scope="module")
def printed(tmp_path_factory, chapter):
    """The four handouts of a chapter, by their kind."""
    made = {}

    def make(kind):
        if not made:
            made.update(handouts(SITE, BOOK, [chapter]))
        return made[f"{kind}/{chapter}.pdf"]

    names = {kind: f"{chapter}-{kind.replace('/', '-')}.pdf" for kind in KINDS}
    return {kind: once(tmp_path_factory, name, partial(make, kind)) for kind, name in names.items()}


@pytest.fixture(scope="module")
def texts(printed):
    return {kind: "".join(sheets(pdf)) for kind, pdf in printed.items()}


@pytest.fixture(scope="module")
def notebook(chapter):
    return nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4)


def paragraphs(cells):
    """Sentences that cells show, without those that have formulas; and what their code prints."""
    for cell in cells:
        shown = [cell.source] if cell.cell_type == "markdown" else []
        for output in cell.get("outputs", []):
            shown += [output.get("data", {}).get("text/markdown", "")]
            if output.output_type == "stream":
                yield from (line for line in output.text.splitlines() if len(bare(line)) > 15)
        for text in shown:
            page = BeautifulSoup(WORDS.render(text), "html.parser")
            for paragraph in page.find_all("p"):
                if paragraph.find("math"):
                    continue
                sentences = re.split(r"(?<=[.?!]) ", " ".join(paragraph.get_text().split()))
                yield from (s for s in sentences if len(bare(s)) > 30)


def test_solutions_are_the_instructors_alone(texts, notebook):
    solutions = [cell for exercise in exercises(notebook) for cell in exercise.solution]
    said = list(paragraphs(solutions))
    others = "".join(bare(s) for s in paragraphs(c for c in notebook.cells if c not in solutions))
    said = [s for s in said if bare(s) not in others]  # what a result is called twice
    assert len(said) > 10
    for kind, text in texts.items():
        found = [s for s in said if bare(s) in text]
        if kind.startswith("students"):
            assert not found, kind
            assert "Solution" not in text
        else:  # a sentence may be cut by what stands at the foot of a sheet
            assert len(said) - len(found) <= len(said) / 10, set(said) - set(found)
    code = [c.source.splitlines()[-1] for c in solutions if "hide-cell" in c.metadata.get("tags", [])]
    assert code
    for line in code:
        assert bare(line) in texts["instructors/a4"] and bare(line) not in texts["students/a4"]


def test_all_else_is_for_both(texts, notebook):
    solutions = [cell for exercise in exercises(notebook) for cell in exercise.solution]
    rest = [c for c in notebook.cells if c not in solutions and not c.source.startswith("ask(")]
    said = list(paragraphs(rest))
    assert len(said) > 60
    for kind, text in texts.items():
        lost = [s for s in said if bare(s) not in text]
        assert len(lost) <= len(said) / 20, (kind, lost)
        for exercise in exercises(notebook):
            assert bare(f"{exercise.number}. {exercise.title}") in text


def test_there_is_room_where_code_is_asked(printed, texts, notebook):
    asked = sum(
        any("hide-cell" in cell.metadata.get("tags", []) for cell in exercise.solution)
        for exercise in exercises(notebook)
    )
    assert asked >= 1
    for kind, text in texts.items():
        assert text.count("Wordsandcode:") - notebook_says(
            notebook, "Wordsandcode:"
        ) == asked * kind.startswith("students")


def notebook_says(notebook, words):
    return sum(bare(s).count(words) for s in paragraphs(notebook.cells))


def test_self_checks_are_left_to_tick(texts, notebook):
    feedback, answers = [], []
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            page = BeautifulSoup(WORDS.render(output.get("data", {}).get("text/markdown", "")), "html.parser")
            for fold in page.select("details.kl-answer"):
                answers.append(fold.summary.extract().get_text())
                feedback.append(re.split(r"(?<=[.?!]) ", fold.get_text().strip())[-1])
    feedback = [sentence for sentence in feedback if len(bare(sentence)) > 20]
    assert len(answers) >= 6 and len(feedback) >= 5
    for kind, text in texts.items():
        ticks = [a for a in answers if "☐" + bare(a) in text]
        said = [sentence for sentence in feedback if bare(sentence) in text]
        if kind.startswith("students"):
            assert ticks == answers and not said
            assert "✓Right." not in text and "✗Notthisone." not in text
        else:
            assert not ticks and len(said) >= len(feedback) - 1  # one may be on two sheets
            assert text.count("✓Right.") == sum("✓" in f for f in texts_of_outputs(notebook))


def texts_of_outputs(notebook):
    for cell in notebook.cells:
        for output in cell.get("outputs", []):
            yield from re.findall(r"[✓✗]", output.get("data", {}).get("text/markdown", ""))


def test_explorers_have_their_settings(texts, chapter):
    page = BeautifulSoup((SITE / "chapters" / f"{chapter}.html").read_text(encoding="utf-8"), "html.parser")
    controls = page.select(".kl-control")
    assert len(controls) > 4
    for text in texts.values():
        for title in page.select(".kl-title"):
            assert bare(title.get_text()) in text
        for control in controls:
            now = control.select_one(".kl-now") or control.select_one("option[selected]")
            now = now or control.select_one("option")
            label = control.select_one(".kl-label").get_text()
            assert bare(f"{label}:{now.get_text()}") in text


def test_each_sheet_says_what_it_is(printed, notebook):
    title = notebook.cells[0].source.splitlines()[0].removeprefix("# ")
    widths = {"a4": (595, 842), "letter": (612, 792)}
    for kind, pdf in printed.items():
        whose, size = kind.split("/")
        texts = sheets(pdf)
        for number, text in enumerate(texts, 1):
            for words in (f"{title}. {WHOSE[whose]}.", BOOK.licence, f"{number} / {len(texts)}"):
                assert bare(words) in text, (kind, number)
            assert len(text) > len(bare(f"{title}. {WHOSE[whose]}.{BOOK.licence}")) + 40, (kind, number)
        reader = PdfReader(io.BytesIO(pdf))
        assert reader.metadata.title == f"{title}: {whose}"
        assert reader.trailer["/Root"]["/MarkInfo"]["/Marked"]
        for sheet in pdfium.PdfDocument(pdf):
            assert sheet.get_size() == pytest.approx(widths[size], abs=1)


def test_no_link_leads_to_this_machine(printed):
    for pdf in printed.values():
        reader = PdfReader(io.BytesIO(pdf))
        places, inside = reader.named_destinations, 0
        for sheet in reader.pages:
            for link in (a.get_object() for a in sheet.get("/Annots", [])):
                if "/Dest" in link:
                    inside += link["/Dest"] in places
                    assert link["/Dest"] in places
                else:
                    assert re.match(r"https?://(?!localhost|127\.)", link["/A"]["/URI"])
        assert inside > 3


SMALL = """<p>Words.</p><div class="cell tag_solution tag_hide-cell"><pre>secret()</pre></div>
<details><summary>Solution</summary><p>Secret words.</p></details>
<details><summary>Why</summary><p>A derivation.</p></details>"""


def test_same_chapter_same_bytes(tmp_path):
    made = []
    for name in ("first", "second"):
        site = small_site(tmp_path / name, index="<p>Words.</p>", one=SMALL, two="<p>Other words.</p>")
        made.append(handouts(site, BOOK, ["two", "one"] if name == "first" else ["one", "two"]))
    assert made[0] == made[1]
    assert set(made[0]) == {f"{kind}/{name}.pdf" for kind in KINDS for name in ("one", "two")}
    for kind in KINDS:
        text = "".join(sheets(made[0][f"{kind}/one.pdf"]))
        assert ("secret()" in text) == ("Secretwords." in text) == kind.startswith("instructors")
        assert "Aderivation." in text and "Words." in text


def test_names_of_table_headings_do_not_depend_on_what_the_browser_met_before():
    made = [f"<< /ID (node{k:08d}) >> ... [(node{k:08d}) (node{k + 2:08d})]".encode() for k in (271, 273)]
    again = {_counted_again(pdf) for pdf in made}
    assert again == {b"<< /ID (node00000001) >> ... [(node00000001) (node00000002)]"}
