"""The question banks, read back by others' readers, and compared with what the chapters show."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from dataclasses import replace
from pathlib import Path

import nbformat
import pytest
from bs4 import BeautifulSoup
from markdown_it import MarkdownIt
from moodle_xml_parser.parser import parse_bytes
from qti_grammar import faults, grammar
from text2qti.config import Config
from text2qti.qti import QTI
from text2qti.quiz import Quiz

from klbook.course import CourseError
from klbook.course.book import ROOT, Book
from klbook.course.questions import Answer, Question, check, moodle, qti, questions_of
from klbook.prose import ask

BOOK = Book.read()
NOTEBOOKS = {
    name: nbformat.read(ROOT / "chapters" / f"{name}.ipynb", as_version=4) for name in BOOK.chapters()
}
TITLES = {name: nb.cells[0].source.splitlines()[0].removeprefix("# ") for name, nb in NOTEBOOKS.items()}
QUESTIONS = [q for name, nb in NOTEBOOKS.items() for q in questions_of(nb, name)]
SITE = "https://example.org/a-book/"
QTI_NAMES = {"q": "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"}


def seen(page):
    """What is read of a piece of HTML."""
    return " ".join(BeautifulSoup(page, "html.parser").get_text().split())


def shown():
    """The self-checks as readers see them: chapter, question, and of each answer its words, feedback and verdict."""
    for name, notebook in NOTEBOOKS.items():
        for cell in notebook.cells:
            for output in cell.get("outputs", []):
                text = output.get("data", {}).get("text/markdown", "")
                page = BeautifulSoup(MarkdownIt().render(text), "html.parser")
                folds = page.select("details.kl-answer")
                if not folds:
                    continue
                answers = []
                for fold in folds:
                    words = seen(str(fold.summary.extract())), seen(str(fold))
                    right = words[1].startswith("✓ Right.")
                    answers.append((words[0], words[1].split(".", 1)[1].strip(), right))
                    fold.extract()
                question = seen(str(page)).removeprefix("Check yourself.").strip()
                yield TITLES[name], question, answers


SHOWN = list(shown())


def without_chapter(page, title):
    question, found, chapter = seen(page).rpartition("(Chapter: ")
    assert found and chapter in (f"{title})", f"{title}, which you need at hand)")
    return question.strip()


def test_a_question_that_speaks_of_its_chapter_says_so():
    read = parse_bytes(moodle(QUESTIONS, TITLES, BOOK.title))["multichoice"]
    said = ["which you need at hand" in q.text_pre_parse for q in read]
    tagged = [
        "in-context" in cell.metadata.get("tags", [])
        for notebook in NOTEBOOKS.values()
        for cell in notebook.cells
        for _ in re.findall(r"^ask\(", cell.source, re.M)
    ]
    assert said == tagged and 0 < sum(said) < len(said) / 2
    # Who names the picture or an explorer needs it.
    shown = [bool(re.search("explorer|the picture", question)) for _, question, _ in SHOWN]
    assert [t for t, s in zip(tagged, shown, strict=True) if s] == [True] * sum(shown)


def test_what_is_compared_is_there():
    asked = sum(len(re.findall(r"^ask\(", c.source, re.M)) for nb in NOTEBOOKS.values() for c in nb.cells)
    assert len(SHOWN) == asked >= 3 * len(NOTEBOOKS)


def test_moodle_has_the_self_checks_of_the_chapters():
    """Read by moodle-xml-parser, which knows neither the book nor what wrote the file."""
    content = moodle(QUESTIONS, TITLES, BOOK.title)
    read = parse_bytes(content)["multichoice"]
    wanted = [(question, answers) for _, question, answers in SHOWN]
    got = [
        (
            without_chapter(q.text_pre_parse, q.name.rpartition(" ")[0]),
            [(seen(o.answer), seen(o.feedback), o.score_fraction == 100) for o in q.options],
        )
        for q in read
    ]
    assert got == wanted
    assert all(q.single and {o.score_fraction for o in q.options} == {0, 100} for q in read)
    # What that reader leaves out: categories, in the order of the book, and names that a second import knows again.
    root = ET.fromstring(content)
    assert root[0].get("type") == "category"
    categories = [c.text for c in root.iterfind("question/category/text")]
    title = BOOK.title.replace("/", "//")
    assert categories == [f"$course$/top/{title}/{n:02} {t}" for n, t in enumerate(TITLES.values())]
    names = [e.text for e in root.iterfind("question/idnumber")]
    assert len(set(names)) == len(SHOWN) and all(names)


def test_qti_has_the_self_checks_of_the_chapters():
    """What each answer gets is worked out from the conditions, as a platform does it."""
    with zipfile.ZipFile(io.BytesIO(qti(QUESTIONS, TITLES, BOOK.title))) as package:
        names = package.namelist()
        manifest = ET.fromstring(package.read("imsmanifest.xml"))
        files = [e.get("href") for e in manifest.iter() if e.tag.endswith("}file")]
        assert sorted([*files, "imsmanifest.xml"]) == sorted(names)
        got, idents = [], []
        for name in files:
            assessment = ET.fromstring(package.read(name)).find("q:assessment", QTI_NAMES)
            for item in assessment.iterfind(".//q:item", QTI_NAMES):
                got.append((assessment.get("title"), *asked_and_answered(item, assessment.get("title"))))
                idents.append(item.get("ident"))
    assert got == SHOWN
    assert len(set(idents)) == len(idents)


def asked_and_answered(item, title):
    def text(place, path):
        return seen(place.find(f"{path}//q:mattext", QTI_NAMES).text)

    feedback = {f.get("ident"): text(f, ".") for f in item.iterfind("q:itemfeedback", QTI_NAMES)}
    question = without_chapter(item.find("q:presentation/q:material/q:mattext", QTI_NAMES).text, title)
    answers = []
    for label in item.iterfind(".//q:response_label", QTI_NAMES):
        score, said = 0.0, []
        for condition in item.iterfind("q:resprocessing/q:respcondition", QTI_NAMES):
            if condition.find("q:conditionvar/q:varequal", QTI_NAMES).text != label.get("ident"):
                continue
            if (set_to := condition.find("q:setvar", QTI_NAMES)) is not None:
                score = float(set_to.text)
            said += [feedback[d.get("linkrefid")] for d in condition.iterfind("q:displayfeedback", QTI_NAMES)]
            if condition.get("continue", "No") == "No":
                break
        assert score in (0, 100)
        answers.append((text(label, "."), " ".join(said), score == 100))
    return question, answers


@pytest.fixture(scope="module")
def dtd():
    return grammar()


@pytest.fixture(scope="module")
def another_writer():
    """Two questions in the QTI of text2qti, whose files are known to be imported by Canvas."""
    written = ""
    for question in QUESTIONS[:2]:
        written += f"1. {question.text}\n"
        for letter, answer in zip("abc", question.answers, strict=True):
            written += f"{'*' * answer.right}{letter}) {answer.text}\n... {answer.feedback}\n"
        written += "\n"
    package = zipfile.ZipFile(io.BytesIO(QTI(Quiz(written, config=Config())).zip_bytes()))
    (name,) = [
        n for n in package.namelist() if n.endswith(".xml") and "assessment_meta" not in n and "/" in n
    ]
    return package.read(name)


def ours(questions):
    package = zipfile.ZipFile(io.BytesIO(qti(questions, TITLES, BOOK.title)))
    return {n: package.read(n) for n in package.namelist() if n != "imsmanifest.xml"}


def test_qti_keeps_to_the_grammar(dtd, another_writer):
    assert {
        name: faults(dtd, content) for name, content in ours(QUESTIONS).items() if faults(dtd, content)
    } == {}
    assert faults(dtd, another_writer) == []
    broken = another_writer.replace(b'ident="root_section"', b'name="root_section"')
    assert faults(dtd, broken)  # it can tell


def shape(content):
    """Elements in elements with their attributes, and what those say that is not a name."""

    def of(element):
        free = {"ident", "title", "linkrefid", "shuffle"}
        said = {k: v for k, v in element.attrib.items() if k not in free and "schemaLocation" not in k}
        return element.tag, said, [of(child) for child in element]

    return [of(item) for item in ET.fromstring(content).iterfind(".//q:item", QTI_NAMES)]


def test_qti_is_made_as_another_writer_makes_it(another_writer):
    """Apart from fields of the description of an item that hold names of text2qti's own."""

    def comparable(content):
        items = shape(content)
        for _, _, parts in items:
            (metadata,) = [p for p in parts if p[0].endswith("itemmetadata")]
            metadata[2][0][2][2:] = []
        return items

    (content,) = ours(QUESTIONS[:2]).values()
    assert comparable(content) == comparable(another_writer)
    fields = ET.fromstring(content).findall(".//q:qtimetadatafield", QTI_NAMES)
    theirs = ET.fromstring(another_writer).findall(".//q:item//q:qtimetadatafield", QTI_NAMES)
    said = [[part.text for part in field] for field in theirs]
    assert all([field[0].text, field[1].text.replace("1.0", "1")] in said for field in fields)


def notebook_of(*arguments, **named):
    """A notebook of one cell that asks."""
    said = []
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("klbook.prose.display", said.append)
        ask(*arguments, **named)
    shown = nbformat.v4.new_output("display_data", data={"text/markdown": said[0].data})
    cell = nbformat.v4.new_code_cell("ask(…)", outputs=[shown])
    cell.id = "cell-07"
    return nbformat.v4.new_notebook(cells=[cell])


HARD = {
    "question": "Is $\\frac{p}{q} < 1$ & *so*? See [surprisal](glossary.md#surprisal) and "
    '[set it](one.ipynb#slug&a=1) and <a href="#here&amp;b=2">here</a> and [out](https://example.com/x?a=1&b=2).',
    "answers": {"P* &lt; $q_1$": "Because $a<b$.\n\nA second paragraph.", "no": "**Think** again."},
    "right": "P* &lt; $q_1$",
}


def both(notebook, site):
    questions = questions_of(notebook, "hard")
    root = ET.fromstring(moodle(questions, {"hard": "Hard & fast"}, "Book / two", site))
    of_moodle = [e.text for e in root.iterfind(".//text") if e.text]
    package = zipfile.ZipFile(io.BytesIO(qti(questions, {"hard": "Hard & fast"}, "Book / two", site)))
    of_qti = [
        e.text for e in ET.fromstring(package.read("hard/hard.xml")).iter() if e.tag.endswith("mattext")
    ]
    return of_moodle, of_qti


def test_formulas_are_written_as_the_platforms_show_them():
    of_moodle, of_qti = both(notebook_of(**HARD), None)
    assert of_moodle[0] == "$course$/top/Book // two/00 Hard & fast"
    question, right, because = of_moodle[2:5]
    # The question is not a formula of ours alone: Moodle's filter gets what stands between its brackets.
    assert r"\(\frac{p}{q} < 1\)" in seen(question) and "<em>so</em>" in question
    assert seen(right) == r"P* < \(q_1\)"
    assert [seen(p) for p in re.findall("<p>.*?</p>", because)] == [
        r"Because \(a<b\).",
        "A second paragraph.",
    ]
    question, right = of_qti[:2]
    for page, names in ((question, {"p", "q"}), (right, {"q"})):
        (formula,) = BeautifulSoup(page, "html.parser").find_all("math")
        assert {letter.text for letter in formula.find_all("mi")} == names
        assert "$" not in page and "\\" not in page
    assert (
        ET.fromstring(f"<div>{question}</div>").find(".//{*}mfrac") is not None
    )  # so it is well-formed, too


def links(page):
    return {a.text: a["href"] for a in BeautifulSoup(page, "html.parser").find_all("a")}


def test_links_lead_to_the_site_or_are_text():
    for of in both(notebook_of(**HARD), SITE):
        (question,) = [page for page in of if "second paragraph" not in page and "surprisal" in page]
        assert links(question) == {
            "surprisal": SITE + "chapters/glossary.html#surprisal",
            "set it": SITE + "chapters/one.html#slug&a=1",
            "here": SITE + "chapters/hard.html#here&b=2",
            "out": "https://example.com/x?a=1&b=2",
            "Hard & fast": SITE + "chapters/hard.html",
        }
    for of in both(notebook_of(**HARD), None):
        (question,) = [page for page in of if "second paragraph" not in page and "surprisal" in page]
        assert links(question) == {"out": "https://example.com/x?a=1&b=2"}
        assert "See surprisal and set it and here and out" in seen(question)


def test_the_links_of_the_book_lead_somewhere():
    for name, content in ours_with_site().items():
        for page in [e.text for e in ET.fromstring(content).iter() if e.tag.endswith("mattext")]:
            for address in links(page).values():
                path, _, fragment = address.removeprefix(SITE).partition("#")
                stem = Path(path).stem
                assert address.startswith(SITE + "chapters/"), (name, address)
                assert any((ROOT / "chapters").glob(f"{stem}.*")), (name, address)
                assert not fragment or fragment.split("&")[0] in known(stem), (name, address)


def ours_with_site():
    package = zipfile.ZipFile(io.BytesIO(qti(QUESTIONS, TITLES, BOOK.title, SITE)))
    return {n: package.read(n) for n in package.namelist() if n != "imsmanifest.xml"}


def known(stem):
    """Names of places on the page of the built site."""
    page = BeautifulSoup(
        (ROOT / "_build" / "html" / "chapters" / f"{stem}.html").read_text(encoding="utf-8"), "html.parser"
    )
    return {element["id"] for element in page.find_all(id=True)}


GOOD = Question(
    "chapter", 1, "cell-1", "Which?", (Answer("this", "Yes.", True), Answer("that", "No.", False))
)


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        ([replace(GOOD, answers=(Answer("a", "No.", False), GOOD.answers[1]))], "0 of its answers are right"),
        ([replace(GOOD, answers=(Answer("a", "Yes.", True), GOOD.answers[0]))], "2 of its answers are right"),
        ([replace(GOOD, answers=(GOOD.answers[0], Answer("a", "", False)))], "the answer “a” has no feedback"),
        ([replace(GOOD, answers=(*GOOD.answers, Answer("This ", "No.", False)))], "two of its answers read the same"),
        ([replace(GOOD, answers=GOOD.answers[:1])], "1 answers to choose from"),
        ([replace(GOOD, text="")], "answers without a question"),
        ([GOOD, replace(GOOD, chapter="b", cell="cell-2", text="which?")], "the same question stands in chapter"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_refused(bad, said):
    with pytest.raises(CourseError, match=re.escape(said)) as refused:
        check(bad)
    assert str(refused.value).startswith(bad[-1].place)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda text: text.replace("✓ Right.", "✗ Not this one."), "0 of its answers are right"),
        (lambda text: text.replace("✗ Not this one.", "✓ Right."), "2 of its answers are right"),
        (
            lambda text: text.replace("✗ Not this one.", "Wrong."),
            "1 answers are not written as klbook.prose.ask",
        ),
        (lambda text: text.replace("**Think** again.", ""), "the answer “no” has no feedback"),
        (lambda text: text.replace("Check yourself.", "Guess."), "asks 1 questions, the stored output has 0"),
    ],
)
def test_a_damaged_output_is_refused_with_its_place(change, said):
    notebook = notebook_of(**HARD)
    data = notebook.cells[0].outputs[0].data
    data["text/markdown"] = change(data["text/markdown"])
    with pytest.raises(CourseError, match=re.escape(said)) as refused:
        questions_of(notebook, "hard")
    assert str(refused.value).startswith("hard.ipynb, cell-07: ")


def test_same_questions_same_bytes():
    assert qti(QUESTIONS, TITLES, BOOK.title) == qti(QUESTIONS, TITLES, BOOK.title)
    package = zipfile.ZipFile(io.BytesIO(qti(QUESTIONS, TITLES, BOOK.title)))
    assert {info.date_time for info in package.infolist()} == {(1980, 1, 1, 0, 0, 0)}


@pytest.mark.parametrize(
    ("text", "answers", "said"),
    [
        ("Which?", [f"<i>{k}</i>" for k in range(27)], "27 answers; there can be 26 at most"),
        (r"Is $\left( x$ it?", ["yes", "no"], r"the formula $\left( x$ cannot be written as MathML"),
        (
            r"Is $\nosuchthing x$ it?",
            ["yes", "no"],
            r"the formula $\nosuchthing x$ cannot be written as MathML",
        ),
        ("Which\x07?", ["yes", "no"], "a control character or half a sign (U+0007) is in its text"),
        ("Which\ud83d?", ["yes", "no"], "half a sign (U+D83D) is in its text"),
        ("Which?", ["yes", "&nbsp;"], "one of its answers is empty"),
        ("Which?", ["yes", "<b></b>"], "one of its answers is empty"),
        ("Which?", ["a &lt; b", "a  < B"], "two of its answers read the same"),
        ("Which?", ["a b", "a&nbsp;b"], "two of its answers read the same"),
    ],
)
def test_what_no_file_of_a_platform_can_have_is_refused(text, answers, said):
    made = tuple(Answer(a, "Because.", k == 0) for k, a in enumerate(answers))
    with pytest.raises(CourseError) as refused:
        check([Question("one", 1, "cell-07", text, made)])
    assert str(refused.value).startswith("one.ipynb, cell-07: ") and said in str(refused.value)


@pytest.mark.parametrize("other", ["a  b", " A b", "a&nbsp;b"])
def test_two_answers_that_read_the_same_are_not_asked(other):
    with pytest.raises(ValueError, match="two answers read the same: 'a b' and "):
        ask("Which?", {"a b": "Yes.", "c": "No.", other: "No."}, "a b")
