"""The self-checks of the chapters as question banks that learning platforms import: QTI 1.2 and Moodle XML.

They are read from what the chapters show, where the numbers of questions, answers and feedback have been computed:
what a student is asked in a platform is what a reader is asked on the page.
"""

import html
import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from string import ascii_lowercase
from urllib.parse import urljoin

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from ..prose import ASKED, asked, folded
from . import CourseError
from .files import zipped

__all__ = ["Answer", "Question", "check", "moodle", "qti", "questions_of"]

#: The tag of a question's cell that speaks of a picture, an experiment or a story of its chapter.
IN_CONTEXT = "in-context"


@dataclass(frozen=True)
class Answer:
    """An answer (HTML, as in a summary), what is said to who chooses it (Markdown), and whether it is right."""

    text: str
    feedback: str
    right: bool


@dataclass(frozen=True)
class Question:
    """A self-check: its text (Markdown), its answers, and where it stands."""

    chapter: str  # the notebook's name, without its ending
    number: int  # of the chapter's questions, from 1
    cell: str  # which is also its name in the banks, so that a later import knows it again
    text: str
    answers: tuple[Answer, ...]
    in_context: bool = False  # it speaks of what the chapter shows: its cell is tagged so

    @property
    def ident(self) -> str:
        return f"{self.chapter}-{self.cell}"

    @property
    def place(self) -> str:
        return f"{self.chapter}.ipynb, {self.cell}"


def questions_of(notebook, chapter: str) -> list[Question]:
    """The self-checks of an executed notebook, in their order; each has been checked.

    Raises
    ------
    CourseError
        If one cannot be asked: no right answer or two, an answer twice or without feedback, not executed.
    """
    found = []
    for cell in notebook.cells:
        if cell.cell_type != "code":
            continue
        shown = [o["data"].get("text/markdown", "") for o in cell.outputs if "data" in o]
        shown = [text for text in shown if text.startswith(ASKED)]
        count = len(re.findall(r"^\s*ask\(", cell.source, re.M))
        if count != len(shown):
            raise CourseError(
                f"{chapter}.ipynb, {cell.id}: the code asks {count} questions, the stored output has {len(shown)}; "
                f"run the chapter with python -m klbook.site.notebooks chapters/{chapter}.ipynb"
            )
        for index, text in enumerate(shown):
            name = cell.id if len(shown) == 1 else f"{cell.id}-{index + 1}"
            question = _read(text, chapter, len(found) + 1, name)
            found.append(replace(question, in_context=IN_CONTEXT in cell.metadata.get("tags", [])))
    check(found)
    return found


def _read(shown, chapter, number, cell):
    """A question from the Markdown that shows it."""
    text, found = asked(shown)
    answers = tuple(Answer(words, feedback, right) for words, right, feedback in found)
    question = Question(chapter, number, cell, text, answers)
    if shown.count("<details") != len(answers):
        raise CourseError(
            f"{question.place}: {shown.count('<details') - len(answers)} answers are not written as klbook.prose.ask "
            "writes them; ask the question with it"
        )
    return question


def check(questions: Iterable[Question]) -> None:
    """Refuse what a platform could not ask, or would ask twice.

    Raises
    ------
    CourseError
        With the chapter and the cell.
    """
    seen = {}
    for q in questions:
        right = [a.text for a in q.answers if a.right]
        if len(q.answers) < 2:
            raise CourseError(
                f"{q.place}: {len(q.answers)} answers to choose from; there must be two at least"
            )
        if len(right) != 1:
            raise CourseError(f"{q.place}: {len(right)} of its answers are right; one must be")
        if not q.text:
            raise CourseError(f"{q.place}: answers without a question; write one")
        for a in q.answers:
            if not a.feedback:
                raise CourseError(
                    f"{q.place}: the answer “{a.text}” has no feedback; say why it is right or wrong"
                )
            if not folded(re.sub(r"<[^>]*>", "", a.text)):
                raise CourseError(f"{q.place}: one of its answers is empty; write it")
        if len(q.answers) > len(ascii_lowercase):
            raise CourseError(
                f"{q.place}: {len(q.answers)} answers; there can be {len(ascii_lowercase)} at most"
            )
        _writable(q)
        if len({folded(a.text) for a in q.answers}) < len(q.answers):
            raise CourseError(
                f"{q.place}: two of its answers read the same; every answer must be another one"
            )
        if (other := seen.setdefault(folded(q.text), q.place)) != q.place:
            raise CourseError(f"{q.place}: the same question stands in {other}; one of them must go")


#: No XML can have these.
_NO_SIGN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def _writable(q):
    """Refuse signs and formulas that the files of the platforms cannot have."""
    writer = _Writer(_mathml, None)
    texts = [q.text, *(text for a in q.answers for text in (a.text, a.feedback))]
    try:
        pages = [writer.text(q.text)]
        pages += [page for a in q.answers for page in (writer.answer(a.text), writer.text(a.feedback))]
    except _FormulaError as error:
        raise CourseError(f"{q.place}: the formula ${error}$ cannot be written as MathML") from None
    for text in texts + [html.unescape(page) for page in pages]:
        if found := _NO_SIGN.search(text):
            raise CourseError(
                f"{q.place}: a control character or half a sign (U+{ord(found[0]):04X}) is in its text; take it out"
            )


class _FormulaError(ValueError):
    """A formula that cannot be converted, which is its message."""


class _Writer:
    """A question's text as HTML for a platform: formulas as it shows them, no link that leads nowhere."""

    def __init__(self, formula: Callable[[str, bool], str], chapter: str | None):
        self.chapter = chapter
        self.markdown = MarkdownIt("commonmark").use(dollarmath_plugin)
        # What an answer reads is no Markdown, as it stands between tags: P* is P*.
        self.plain = MarkdownIt("zero").enable(["entity", "html_inline"]).use(dollarmath_plugin)
        for parser in (self.markdown, self.plain):
            parser.add_render_rule(
                "math_inline", lambda _, tokens, i, *rest: formula(tokens[i].content, False)
            )
            parser.add_render_rule(
                "math_block", lambda _, tokens, i, *rest: f"<p>{formula(tokens[i].content, True)}</p>"
            )

    def question(self, question, title):
        """Where it comes from, and whether one needs to have that at hand."""
        chapter = html.escape(title)
        if self.chapter:
            chapter = f'<a href="{html.escape(self.chapter)}">{chapter}</a>'
        needed = ", which you need at hand" if question.in_context else ""
        return f"{self.text(question.text)}<p>(Chapter: {chapter}{needed})</p>"

    def text(self, markdown):
        return self._links(self.markdown.render(markdown).strip())

    def answer(self, text):
        return f"<p>{self._links(self.plain.renderInline(text).strip())}</p>"

    def _links(self, page):
        return re.sub(r"<a\s[^>]*?href=\"([^\"]*)\"[^>]*>(.*?)</a>", self._link, page, flags=re.DOTALL)

    def _link(self, match):
        """Absolute, on the site; what would be relative to a page that the platform does not have is text."""
        target = html.unescape(match[1])
        if not re.match(r"[a-z]+:", target):
            if not self.chapter:
                return match[2]
            path, mark, fragment = target.partition("#")
            page = re.sub(r"\.(ipynb|md)$", ".html", path)
            target = urljoin(self.chapter, page) + mark + fragment
        return f'<a href="{html.escape(target)}">{match[2]}</a>'


def _tex(formula, block):
    r"""For Moodle, whose filter looks for \(…\) and \[…\]."""
    opening, closing = ("\\[", "\\]") if block else ("\\(", "\\)")
    return f"{opening}{html.escape(formula, quote=False)}{closing}"


def _mathml(formula, block):
    """QTI has no notation of its own; its HTML may have MathML, which browsers draw without a script."""
    from latex2mathml.converter import convert

    try:
        made = convert(formula, display="block" if block else "inline")
    except Exception:  # of many kinds
        raise _FormulaError(formula) from None
    if re.search(r">\\[A-Za-z]", made):  # a command that it does not know, as it stands
        raise _FormulaError(formula)
    return made


def _address(site, question):
    return site and f"{site.rstrip('/')}/chapters/{question.chapter}.html"


def _add(parent, tag, text=None, **attributes):
    child = ET.SubElement(parent, tag, attributes)
    child.text = text
    return child


def _bytes(root):
    ET.indent(root, " ")
    return ET.tostring(root, encoding="utf-8", xml_declaration=True) + b"\n"


def moodle(questions: list[Question], titles: dict[str, str], book: str, site: str | None = None) -> bytes:
    """Moodle XML: one category for each chapter, in a category of the book.

    Parameters
    ----------
    questions : list of Question
        In the order of the book.
    titles : dict of str to str
        Of each chapter its title, in the order of the book.
    book : str
        The book's title.
    site : str, optional
        Where the book is published; without it links to its pages become text.
    """
    root = ET.Element("quiz")
    for number, (chapter, title) in enumerate(titles.items()):
        of_chapter = [q for q in questions if q.chapter == chapter]
        if not of_chapter:
            continue
        category = _add(_add(root, "question", type="category"), "category")
        # A slash divides levels; Moodle writes one of a name twice. The number keeps the order of the book.
        levels = [name.replace("/", "//") for name in (book, f"{number:02} {title}")]
        _add(category, "text", "/".join(["$course$", "top", *levels]))
        for q in of_chapter:
            _moodle_question(root, q, title, _Writer(_tex, _address(site, q)))
    return _bytes(root)


def _moodle_question(root, q, title, writer):
    item = _add(root, "question", type="multichoice")
    _add(_add(item, "name"), "text", f"{title} {q.number}")
    _formatted(item, "questiontext", writer.question(q, title))
    _formatted(item, "generalfeedback", "")
    for tag, text in {
        "defaultgrade": "1",
        "penalty": "0.3333333",
        "hidden": "0",
        "idnumber": q.ident,
        "single": "true",
        "shuffleanswers": "true",
        "answernumbering": "abc",
    }.items():
        _add(item, tag, text)
    for a in q.answers:
        answer = _formatted(item, "answer", writer.answer(a.text), fraction="100" if a.right else "0")
        _formatted(answer, "feedback", writer.text(a.feedback))


def _formatted(parent, tag, page, **attributes):
    child = _add(parent, tag, **attributes, format="html")
    _add(child, "text", page)
    return child


_QTI = "http://www.imsglobal.org/xsd/ims_qtiasiv1p2"
_PACKAGE = "http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"
_METADATA = "http://www.imsglobal.org/xsd/imsmd_v1p2"


def qti(questions: list[Question], titles: dict[str, str], book: str, site: str | None = None) -> bytes:
    """A zip that Canvas and others import: one QTI 1.2 assessment for each chapter, and a manifest that names them.

    Parameters as for :func:`moodle`.
    """
    files, titled = {}, {}
    for chapter, title in titles.items():
        of_chapter = [q for q in questions if q.chapter == chapter]
        if of_chapter:
            name = f"{chapter}/{chapter}.xml"
            files[name], titled[name] = _assessment(chapter, title, of_chapter, site), title
    files["imsmanifest.xml"] = _manifest(titled, book)
    return zipped(files)


def _assessment(chapter, title, questions, site):
    root = ET.Element("questestinterop", xmlns=_QTI)
    assessment = _add(root, "assessment", ident=f"klbook-{chapter}", title=title)
    section = _add(assessment, "section", ident="root_section")
    for q in questions:
        _item(section, q, title, _Writer(_mathml, _address(site, q)))
    return _bytes(root)


def _item(section, q, title, writer):
    item = _add(section, "item", ident=q.ident, title=f"{title} {q.number}")
    names = [f"{q.ident}-{letter}" for letter in ascii_lowercase[: len(q.answers)]]
    fields = _add(_add(item, "itemmetadata"), "qtimetadata")
    for label, entry in {"question_type": "multiple_choice_question", "points_possible": "1.0"}.items():
        field = _add(fields, "qtimetadatafield")
        _add(field, "fieldlabel", label)
        _add(field, "fieldentry", entry)

    presentation = _add(item, "presentation")
    _material(presentation, writer.question(q, title))
    response = _add(presentation, "response_lid", ident="response1", rcardinality="Single")
    choices = _add(response, "render_choice", shuffle="Yes")
    for name, a in zip(names, q.answers, strict=True):
        _material(_add(choices, "response_label", ident=name), writer.answer(a.text))

    processing = _add(item, "resprocessing")
    _add(
        _add(processing, "outcomes"),
        "decvar",
        maxvalue="100",
        minvalue="0",
        varname="SCORE",
        vartype="Decimal",
    )
    for name in names:  # first what is said to each answer, and go on
        condition = _condition(processing, name, "Yes")
        _add(condition, "displayfeedback", feedbacktype="Response", linkrefid=f"{name}_fb")
    (right,) = [name for name, a in zip(names, q.answers, strict=True) if a.right]
    _add(_condition(processing, right, "No"), "setvar", "100", action="Set", varname="SCORE")

    for name, a in zip(names, q.answers, strict=True):
        feedback = _add(_add(item, "itemfeedback", ident=f"{name}_fb"), "flow_mat")
        _material(feedback, writer.text(a.feedback))


def _material(parent, page):
    _add(_add(parent, "material"), "mattext", page, texttype="text/html")


def _condition(processing, name, goes_on):
    condition = ET.SubElement(processing, "respcondition", {"continue": goes_on})
    _add(_add(condition, "conditionvar"), "varequal", name, respident="response1")
    return condition


def _manifest(titled, book):
    root = ET.Element(
        "manifest", {"identifier": "klbook-questions", "xmlns": _PACKAGE, "xmlns:imsmd": _METADATA}
    )
    metadata = _add(root, "metadata")
    _add(metadata, "schema", "IMS Content")
    _add(metadata, "schemaversion", "1.1.3")
    lom = _add(metadata, "imsmd:lom")
    _add(_add(_add(lom, "imsmd:general"), "imsmd:title"), "imsmd:string", f"{book}: self-checks")
    rights = _add(lom, "imsmd:rights")
    _add(_add(rights, "imsmd:copyrightAndOtherRestrictions"), "imsmd:value", "yes")
    _add(
        _add(rights, "imsmd:description"),
        "imsmd:string",
        "CC BY 4.0, https://creativecommons.org/licenses/by/4.0/",
    )
    _add(root, "organizations")
    resources = _add(root, "resources")
    for name in titled:
        resource = _add(
            resources, "resource", identifier=f"klbook-{name.split('/')[0]}", type="imsqti_xmlv1p2"
        )
        _add(resource, "file", href=name)
    return _bytes(root)
