"""Slides: one deck for each chapter, made of the cells that its notebook marks for them.

``python -m klbook.course.slides [CHAPTER…]`` writes ``_build/slides``: a page for each chapter, and beside them
reveal.js and what the pages share. Nothing is fetched, then or later.

A cell says in its metadata which slides it gives, in their order:

``"slide": [{"role": "idea", "words": ["Halve six times … sum of what each tells you."]}]``

A role is one of `ROLES`. What stands in ``words`` is found in the cell's text, or in the sentences that it says: from
the first words to the last; ``"Halve six times …"`` goes to the end of the paragraph, and ``"eq-kl"`` is the formula
behind that label. So a sentence may be rewritten in the middle, and whoever changes its ends is told so. With
``"more": true`` an entry continues the slide before it; with ``"result": true`` a measured result stands without its
code.
"""

import argparse
import os
import re
import sys
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, field
from functools import cache
from html import escape, unescape
from importlib.util import find_spec
from pathlib import Path
from string import Template

from markdown_it import MarkdownIt
from mdit_py_plugins.dollarmath import dollarmath_plugin

from ..explorers import ExplorerError, palette, published
from ..explorers.live import MIME
from ..figures import all_figures
from ..site import addresses, fonts, freshness, maths
from ..site.command import EXTRA, sentences
from ..site.freshness import fingerprint
from ..site.solutions import CourseError, read, words_of
from .book import ROOT, Book
from .files import made, replace_folder, replaceable

__all__ = ["REQUIRED", "ROLES", "Slide", "deck", "main", "picked", "write"]

_HERE = Path(__file__).parent

#: What a slide can be, and what stands above it; None is the heading of its section, or the explorer's title.
ROLES = {
    "question": None,
    "guess": "Guess before you go on",
    "explorer": None,
    "idea": None,
    "formula": None,
    "measured": None,
    "check": "Check yourself",
    "limit": None,
    "take-away": "Take away",
}
#: What no deck is without.
REQUIRED = ("question", "guess", "explorer", "idea", "formula", "measured", "take-away")


@dataclass
class Slide:
    """One slide: its role, its heading, and what stands below: HTML, and the slug of an explorer."""

    role: str
    heading: str
    html: str = ""
    slug: str = ""
    cells: list[str] = field(default_factory=list)


# -- what a cell has


def picked(text: str, words: str) -> str:
    """The part of a text that begins and ends with some words.

    Raises
    ------
    CourseError
        If they are not there, or the first of them twice.

    Examples
    --------
    >>> picked("Chances multiply. Surprises add, always.\\n\\nAnd more.", "Surprises …")
    'Surprises add, always.'
    >>> picked("Chances multiply. Surprises add, always.", "Chances … add")
    'Chances multiply. Surprises add'
    """
    if words.startswith("eq-"):
        found = re.findall(rf'<div id="{re.escape(words)}"></div>\s*(\$\$.*?\$\$)', text, re.DOTALL)
        if not found:
            raise CourseError(f"no formula follows a label {words!r}")
        return found[0]
    first, _, last = (part.strip() for part in words.partition("…"))
    begins = list(re.finditer(_as_written(first), text)) if first else []
    if len(begins) != 1:
        times = (
            f"stands there {len(begins)} times; give more of its words" if begins else "does not stand there"
        )
        raise CourseError(f"“{first}” {times}")
    begin = begins[0].start()
    if not last:
        return text[begin:].partition("\n\n")[0].strip()
    end = re.compile(_as_written(last)).search(text, begins[0].end())
    if end is None:
        raise CourseError(f"“{last}” does not stand behind “{first}”")
    return text[begin : end.end()]


def _as_written(words):
    """A pattern of these words, however their lines are broken."""
    return r"\s+".join(map(re.escape, words.split()))


def _outputs(cell, mime):
    return [o["data"][mime] for o in cell.get("outputs", []) if mime in o.get("data", {})]


def _printed(cell):
    """What a cell prints, or the value that it shows."""
    printed = "".join(o.text for o in cell.get("outputs", []) if o.output_type == "stream")
    return printed.rstrip() or "\n".join(_outputs(cell, "text/plain"))


# -- from marked cells to slides


def _selected(cell, role, words):
    """The Markdown that an entry puts onto its slide, and whether it is of the kind that its role asks for."""
    text = words_of(cell)
    if lead := {"guess": "Guess before you go on.", "check": "Check yourself."}.get(role):
        _, found, rest = text.partition(f"**{lead}**")
        if not found:
            raise CourseError(f"there is no “**{lead}**” in it")
        text = rest.strip() if role == "check" or words else rest.strip().partition("\n\n")[0]
    if role == "take-away":
        text = text.partition("## Take away\n")[2].partition("\n## ")[0]
    if words:
        return "\n\n".join(picked(text, one) for one in words)
    if role in ("question", "idea", "limit"):
        raise CourseError('it must say which words, as in "words": ["Halve six times … tells you."]')
    if role == "formula":
        parts = re.split(r"\n\s*\n", re.sub(r"(?s)<details>.*?</details>", "", text))
        return "\n\n".join(part for part in parts if part.startswith(("$$", "In words:")))
    return text.strip()


_KIND = {
    "formula": (r"\$\$.*\$\$.*\bIn words:", "a formula between $$ and the sentence “In words: …” below it"),
    "take-away": (r"(?m)(^- (.|\n)*){3}", "three lines “- …” below “## Take away”"),
    "check": (r"<details", "a question with its answers (klbook.prose.ask)"),
    "measured": (r"\d", "a number"),
    "explorer": (r"", ""),
}


def _piece(cell, entry):
    """HTML of one entry, and the explorer that it shows."""
    role, words = entry["role"], entry.get("words", [])
    if role == "explorer":
        slugs = [data["slug"] for data in _outputs(cell, MIME)]
        if len(slugs) != 1:
            raise CourseError("it shows no explorer")
        return "", slugs[0]
    html, text = "", ""
    if role == "measured":
        if cell.cell_type != "code":
            raise CourseError("a measured result comes out of code, and this is a cell of text")
        if not words and "remove-input" not in cell.metadata.get("tags", []):
            text = _printed(cell)
            html += f"<pre>{escape(cell.source)}</pre>" if not entry.get("result") else ""
            html += f'<pre class="printed">{escape(text)}</pre>' if text else ""
    if not html:
        text = _selected(cell, role, words)
        html = _markdown().render(text)
    pattern, kind = _KIND.get(role, (r"\w", "words"))
    if not entry.get("more") and not re.search(pattern, text, re.DOTALL):
        raise CourseError(
            f"what is chosen is not {kind}" if text.strip() else f"what is chosen is empty: {kind} is needed"
        )
    return html, ""


def _entries(cell):
    entries = cell.metadata.get("slide", [])
    known = {"role", "words", "more", "result"}
    if not isinstance(entries, list) or not all(isinstance(e, dict) and "role" in e for e in entries):
        raise CourseError('"slide" is a list of entries such as {"role": "guess"}')
    for entry in entries:
        words = entry.get("words", [])
        if not isinstance(words, list) or not all(isinstance(each, str) and each.strip() for each in words):
            raise CourseError(
                f'"words" is {words!r}, and must be a list of texts, as in ["Halve six times …"]'
            )
        for name in ("more", "result"):
            if not isinstance(entry.get(name, False), bool):
                raise CourseError(f'"{name}" is {entry[name]!r}, and can be true or false')
        if not isinstance(entry["role"], str) or entry["role"] not in ROLES:
            raise CourseError(f"there is no role {entry['role']!r}; there are: {', '.join(ROLES)}")
        if strange := set(entry) - known:
            raise CourseError(
                f"an entry has no {', '.join(sorted(strange))}; it has: {', '.join(sorted(known))}"
            )
    return entries


def deck(path: Path) -> list[Slide]:
    """The slides of a chapter.

    Raises
    ------
    CourseError
        If a cell's mark finds nothing, or something of another kind; if a role of `REQUIRED` is missing.
    """
    slides, section = [], ""
    for cell in read(path, path.name).cells:
        place = f"{path.name}, cell {cell.id}"
        try:
            entries = _entries(cell)
        except CourseError as error:
            raise CourseError(f"{place}: {error}") from None
        for entry in entries:
            role = entry["role"]
            try:
                html, slug = _piece(cell, entry)
                if entry.get("more"):
                    if not slides or slides[-1].slug:
                        raise CourseError("it has no slide to continue")
                    slides[-1].html += html
                    slides[-1].cells.append(cell.id)
                    continue
                if slug in {s.slug for s in slides if slug}:
                    raise CourseError(f"the explorer {slug} has a slide already")
            except CourseError as error:
                raise CourseError(f"{place}, slide “{role}”: {error}") from None
            heading = ROLES[role] or (_title(path) if role == "question" else _section(cell, entry, section))
            slides.append(Slide(role, heading, html, slug, [cell.id]))
        section = _section(cell, {}, section)
    lacking = [role for role in REQUIRED if role not in {s.role for s in slides}]
    if lacking:
        raise CourseError(
            f"{path.name}: no cell is marked for {', '.join(lacking)}; CONTRIBUTING.md says how (“Slides”)"
        )
    return slides


def _title(path):
    cells = read(path, path.name).cells
    lines = (line[2:] for cell in cells for line in cell.source.splitlines() if line.startswith("# "))
    if (title := next(lines, None)) is None:
        raise CourseError(f"{path.name}: there is no title, that is, no line “# …”")
    return title


def _section(cell, entry, before):
    """The heading above the words of an entry; without words the last of the cell, or the one before it."""
    if cell.cell_type != "markdown":
        return before
    text, words = cell.source, entry.get("words")
    if words:
        text = text[: text.index(picked(text, words[0]))]
    return next(reversed(re.findall(r"^###? (.+)$", text, re.MULTILINE)), before)


# -- HTML

#: Up to so many letters a slide is set in a larger size.
_FEW = 340


@cache
def _markdown():
    """Markdown as chapters have it, formulas as the site has them."""
    md = MarkdownIt("commonmark", {"html": True, "typographer": True}).enable(["table", "smartquotes"])
    render = lambda latex, options: maths.mathml(latex, options["display_mode"])  # noqa: E731
    return md.use(dollarmath_plugin, renderer=render)


def _inline(text):
    return _markdown().renderInline(text)


def _links(html, chapter, shown, book):
    """Links of a chapter as links to the book's pages; without a book they are words. Those to an explorer of the
    deck stay."""

    def link(match):
        href, words = unescape(match[1]), match[2]
        if href.startswith("#") and href[1:].partition("&")[0] in shown:
            return f'<a href="{match[1]}">{words}</a>'
        if not href.startswith("http"):
            if book is None:
                return words
            href = f"{book}chapters/{_page(href, chapter)}"
        return f'<a href="{escape(href)}" target="_blank" rel="noopener">{words}</a>'

    return re.sub(r'<a href="([^"]*)">(.*?)</a>', link, html, flags=re.DOTALL)


def _page(href, chapter):
    file, _, anchor = href.partition("#")
    if not file:
        anchor = f"equation-{anchor}" if anchor.startswith("eq-") else anchor
    if file == "glossary.md" and anchor:
        anchor = _terms().get(anchor, "")
    page = re.sub(r"\.(ipynb|md)$", "", file) or chapter
    return f"{page}.html" + (f"#{anchor}" if anchor else "")


@cache
def _terms():
    """What the glossary's page calls the places of its terms, by the names that chapters use."""
    text = (ROOT / "chapters" / "glossary.md").read_text(encoding="utf-8")
    terms = re.findall(r"^(\S.*)\n  \S", text[text.index("```{glossary}") :], flags=re.MULTILINE)
    return {
        re.sub(r"[^a-z0-9]+", "-", t.lower()).strip("-"): "term-"
        + re.sub(r"[^A-Za-z0-9._]+", "-", t).strip("-")
        for t in terms
    }


def _body(k, slide, explorers):
    """The HTML of a slide."""
    if slide.slug:
        title = f'<p class="kl-title" id="{slide.slug}-title"'
        # It is the slide's heading.
        inside = explorers[slide.slug].replace(title, f'{title} role="heading" aria-level="2"', 1)
    else:
        level = "h1" if slide.role == "question" and k == 0 else "h2"
        heading = f"<{level}>{_inline(slide.heading)}</{level}>"
        html = slide.html.replace(
            '<details class="kl-answer">', f'<details class="kl-answer" name="answers-{k}">'
        )
        short = len(re.sub(r"<annotation.*?</annotation>|<[^>]*>", "", html)) < _FEW
        few = short and not re.search("<pre|<table|<details", html)
        inside = f'{heading}<div class="body{" few" if few else ""}">{html}</div>'
    cells = " ".join(slide.cells)
    return f'<section class="{slide.role}" data-cells="{cells}"><div class="slide">{inside}</div></section>'


def _page_of(chapter, slides, explorers, book, title):
    shown = {s.slug for s in slides if s.slug}
    sections = "\n".join(_body(k, s, explorers) for k, s in enumerate(slides))
    name = _title(ROOT / "chapters" / f"{chapter}.ipynb")
    end, last = (
        "</div></section>",
        f'The chapter: <a href="{chapter}.ipynb">{escape(name)}</a>. Text and figures: CC BY 4.0.',
    )
    sections = sections.replace(end, f'<p class="foot">{escape(title)}</p>{end}', 1)
    sections = f'{sections.removesuffix(end)}<p class="foot">{last}</p>{end}'
    template = Template((_HERE / "templates" / "deck.html").read_text(encoding="utf-8"))
    return template.substitute(
        title=escape(name), book=escape(title), sections=_links(sections, chapter, shown, book)
    )


# -- files


def _draw(slug):
    return published.html(all_figures()[slug])


def _explorers(slugs):
    """The HTML of explorers: what the site's build has drawn is taken from its cache, the rest is drawn and kept."""
    folder = ROOT / "_build" / "cache" / fingerprint() / "explorers"
    files = {slug: folder / f"{slug}.explorer.html" for slug in slugs}
    missing = [slug for slug in slugs if not files[slug].exists()]
    if missing:
        folder.mkdir(parents=True, exist_ok=True)
        with ProcessPoolExecutor() as pool:
            for slug, html in zip(missing, pool.map(_draw, missing), strict=True):
                files[slug].write_text(html, encoding="utf-8")
    return {slug: file.read_text(encoding="utf-8") for slug, file in files.items()}


def _reveal() -> Path:
    """Where reveal.js is, in the package that carries it."""
    spec = find_spec("sphinx_revealjs")
    if spec is None:
        raise CourseError(f"the slides need reveal.js, which the package sphinx-revealjs carries: {EXTRA}")
    return Path(spec.origin).parent / "_static" / "revealjs"


_OF_REVEAL = ("dist/reveal.js", "dist/reveal.css", "LICENSE")


def _root_colours():
    """The palette for what is not an explorer."""
    light, dark = (
        "".join(f"--kl-{name}:{pair[k]};" for name, pair in palette.COLOURS.items()) for k in (0, 1)
    )
    return f':root{{{light}}}\n@media screen{{:root[data-theme="dark"]{{{dark}}}}}\n'


def write(names: list[str], out: Path, book: str | None, state: str = "") -> None:
    """Write the decks of some chapters into a folder; `book` is the address of the book's first page, ending in "/".

    `state` is that of the book of which they are made, for who asks later.

    Raises
    ------
    CourseError
        With all that is wrong in any of them, or with the folder; nothing is written then.
    """
    decks, wrong = {}, []
    folder = replaceable(out)
    for name in names:
        try:
            decks[name] = deck(ROOT / "chapters" / f"{name}.ipynb")
        except CourseError as error:
            wrong.append(str(error))
    if wrong:
        raise CourseError("\n".join(wrong))
    reveal = _reveal()
    explorers = _explorers(sorted({s.slug for slides in decks.values() for s in slides if s.slug}))
    title = Book.read().title
    pages = {name: _page_of(name, slides, explorers, book, title) for name, slides in decks.items()}
    files = {f"reveal/{Path(file).name}": (reveal / file).read_bytes() for file in _OF_REVEAL}
    files["static/favicon.svg"] = (ROOT / "_static" / "favicon.svg").read_bytes()
    site = (Path(maths.__file__).parent / "static" / "site.css").read_text(encoding="utf-8")
    own = (_HERE / "static" / "slides.css").read_text(encoding="utf-8")
    # Decks that were written before stay.
    there = {
        name: pages.get(name) or (folder / f"{name}.html").read_text(encoding="utf-8")
        for name in Book.read().chapters()
        if name in pages or (folder / f"{name}.html").exists()
    }
    texts = {f"{name}.html": page for name, page in there.items()} | {
        "static/explorer.js": published.script(),
        "static/slides.js": (_HERE / "static" / "slides.js").read_text(encoding="utf-8"),
        "static/slides.css": published.stylesheet() + _root_colours() + site + own,
        "index.html": _index(there, title),
    }
    files |= {name: text.encode() for name, text in texts.items()}
    # The font has the signs of all decks that are there.
    files["static/formulas.woff2"] = fonts.formulas(sorted(fonts.characters(there.values())))
    alike = set(there) == set(pages) or made(folder)[1] == state
    replace_folder(out, files, state if alike else "")


def _index(there, title):
    lines = "".join(
        f'<li><a href="{name}.html">{escape(_title(ROOT / "chapters" / f"{name}.ipynb"))}</a></li>'
        for name in there
    )
    template = Template((_HERE / "templates" / "decks.html").read_text(encoding="utf-8"))
    return template.substitute(book=escape(title), decks=lines)


def main(arguments: list[str] | None = None) -> None:
    """The command."""
    parser = argparse.ArgumentParser(
        prog="python -m klbook.course.slides", description=__doc__.partition("\n")[0]
    )
    parser.add_argument(
        "chapters", nargs="*", metavar="CHAPTER", help="as in chapters/CHAPTER.ipynb; all without one"
    )
    parser.add_argument(
        "--out", type=Path, default=ROOT / "_build" / "slides", help="the folder that is written"
    )
    parser.add_argument(
        "--book",
        help="address of the book, to which links lead; else what is set for the site, else the one that is built here",
    )
    asked = parser.parse_args(arguments)
    known = Book.read().chapters()
    names = asked.chapters or known
    if strange := [name for name in names if name not in known]:
        sys.exit(f"there is no chapter {', '.join(strange)}; there are: {', '.join(known)}")
    with sentences():
        replaceable(asked.out)
        _reveal()  # what is missing is said before the work
        site = addresses.site(addresses.book())
        book, state = _given(asked.book) or site or None, ""
        built = ROOT / "_build" / "html"
        try:
            state = freshness.check(built, ROOT, site)
        except CourseError:
            if book is None and (built / "index.html").exists():  # where links would lead
                raise
        else:
            book = book or Path(os.path.relpath(built, asked.out)).as_posix()
        try:
            write(names, asked.out, book and book.rstrip("/") + "/", state)
        except ExplorerError as error:
            raise CourseError(str(error)) from None
        print(f"{len(names)} decks in {asked.out}: open index.html")


def _given(book):
    """An address on the web, or a path from the decks to the book."""
    if book and re.fullmatch(r"(\.{1,2}/|/)[^\s\"<>?#]*", book):
        return book
    return addresses.address(book, "--book")


if __name__ == "__main__":
    main()
