"""The whole book as one PDF: read with others' readers, and compared with the pages of the site."""

import io
import re
from dataclasses import replace
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pypdfium2 as pdfium
import pytest
from bs4 import BeautifulSoup
from pypdf import PdfReader
from sheets import bare, once, sheets, small_site

from klbook.course import CourseError
from klbook.course.book import ROOT, Book, Part
from klbook.course.pdf import book_pdf

SITE = ROOT / "_build" / "html"
BOOK = Book.read()
PAGES = [page for part in BOOK.parts for page in part.pages]
#: Not on paper: what only a screen can use, and the code of the pictures.
SCREEN = ".headerlink, .kl-code, .kl-said, .kl-thumbnail-place, script, noscript, button, template"


@pytest.fixture(scope="module")
def pdf(tmp_path_factory):
    return once(tmp_path_factory, "book.pdf", lambda: book_pdf(SITE, BOOK))


@pytest.fixture(scope="module")
def reader(pdf):
    return PdfReader(io.BytesIO(pdf))


@pytest.fixture(scope="module")
def texts(pdf):
    return sheets(pdf)


@pytest.fixture(scope="module")
def articles():
    """The pages of the site, as far as they are printed."""
    found = {}
    for page in PAGES:
        soup = BeautifulSoup((SITE / f"{page}.html").read_text(encoding="utf-8"), "html.parser")
        found[page] = soup.select_one("article.bd-article")
        for gone in found[page].select(SCREEN):
            gone.decompose()
    return found


@pytest.fixture(scope="module")
def links(reader):
    """Every link: the number of its sheet, its rectangle, and the sheet it leads to or its address."""
    places, found = reader.named_destinations, []
    for number, sheet in enumerate(reader.pages):
        for annotation in sheet.get("/Annots", []):
            link = annotation.get_object()
            assert link["/Subtype"] == "/Link"
            if "/Dest" in link:
                to = places[link["/Dest"]]  # what is not there is an error here
                found.append((number, link["/Rect"], reader.get_destination_page_number(to), link["/Dest"]))
            else:
                found.append((number, link["/Rect"], None, link["/A"]["/URI"]))
    return found


def test_contents_say_where_headings_are(pdf, texts, links, articles):
    """The numbers that are printed, against the sheets on which the words stand."""
    document = pdfium.PdfDocument(pdf)
    wanted = []
    for part in BOOK.parts:
        wanted += [part.caption] * bool(part.caption)
        wanted += [h.get_text() for page in part.pages for h in articles[page].select("h1, h2")]
    entries = []
    for number, (left, bottom, right, top), to, _ in links:
        if to is None or not (texts[number].find("Contents") >= 0 or entries) or to <= number:
            continue
        if entries and number > entries[-1][0] + 1:
            break
        said = document[number].get_textpage().get_text_bounded(left, bottom, right, top)
        if match := re.fullmatch(r"(.*?)\s*(\d+)", said.strip(), re.DOTALL):
            entries.append((number, match[1], int(match[2]), to))
    assert [bare(title) for _, title, _, _ in entries] == [bare(title) for title in wanted]
    for _, title, printed, to in entries:
        assert printed == to + 1, title
        assert bare(title) in texts[to], (title, printed)
    assert [to for *_, to in entries] == sorted(to for *_, to in entries)


def test_bookmarks_say_where_headings_are(reader, texts, articles):
    titles, levels = [], []

    def walk(marks, level):
        for mark in marks:
            if isinstance(mark, list):
                walk(mark, level + 1)
                continue
            titles.append(mark.title)
            levels.append(level)
            assert bare(mark.title) in texts[reader.get_destination_page_number(mark)], mark.title

    walk(reader.outline, 0)
    wanted = [("Contents", 0)]
    for part in BOOK.parts:
        wanted += [(part.caption, 0)] * bool(part.caption)
        for page in part.pages:
            for h in articles[page].select("h1, h2, h3, h4, h5, h6"):
                wanted.append((h.get_text(), 1 if h.name == "h1" and part.caption else None))
    assert [bare(title) for title in titles] == [bare(title) for title, _ in wanted]
    told = [(title, level) for (title, level) in wanted if level is not None]
    found = [
        (title, level) for (title, right), level in zip(wanted, levels, strict=True) if right is not None
    ]
    assert found == told


def target(page, href):
    """Which page of the book a link of another leads to, and where there; None if it leads out of it."""
    parts = urlsplit(urljoin(f"http://site/{page}.html", href))
    to = parts.path.lstrip("/").removesuffix(".html")
    if parts.netloc != "site" or to not in PAGES:
        return None
    return to, unquote(parts.fragment).split("&")[0]


def test_links_between_pages_lead_to_the_words_that_they_name(reader, texts, articles):
    places = reader.named_destinations
    seen = 0
    for page, article in articles.items():
        for link in article.select("a[href]"):
            leads = target(page, link["href"])
            if leads is None:
                continue
            to, fragment = leads
            place = articles[to].find(id=fragment) if fragment else articles[to].h1
            assert place is not None, (page, link["href"])
            name = f"/{Path(to).name}" + (f"--{fragment}" if fragment else "")
            assert name in places, (page, link["href"])
            number = reader.get_destination_page_number(places[name])
            words = bare(first_words(place))
            assert words and words in texts[number], (page, link["href"], words, number + 1)
            seen += 1
    assert seen >= 10 * len(PAGES)


def first_words(place):
    """The words at which a place begins: its own, or those behind an empty mark."""
    for element in (place, *place.find_all_next(True)):
        if element.find_parent("math") or element.name == "math":
            continue
        text = next((t for t in element.find_all(string=True, recursive=False) if t.strip()), None)
        if text and not element.find_parent("svg"):
            return text.strip()[:40]
    return ""


def test_no_link_leads_to_this_machine(links, articles):
    addresses = {address for *_, to, address in links if to is None}
    wanted = {
        link["href"]
        for article in articles.values()
        for link in article.select("a[href]")
        if link["href"].startswith("http") and link.get_text(strip=True)
    }
    assert {a.rstrip("/") for a in wanted} <= {a.rstrip("/") for a in addresses}
    for address in addresses:
        parts = urlsplit(address)
        assert parts.scheme in ("http", "https", "mailto"), address
        assert parts.hostname not in ("localhost", "127.0.0.1"), address
    assert sum(to is not None for _, _, to, _ in links) > 10 * len(PAGES)


def test_no_sheet_is_empty_and_all_are_numbered(texts):
    foot = bare(f"Version {BOOK.version}. Text and figures: CC BY 4.0, code: MIT.")
    assert bare(BOOK.title) in texts[0] and foot not in texts[0]
    for number, text in enumerate(texts[1:], 2):
        running, _, rest = text.partition(foot)
        assert running.endswith(f"{number}/{len(texts)}")
        assert len(rest) > 5, number


def test_every_explorer_and_every_paragraph_is_there(texts, articles):
    text = "".join(texts)
    for page, article in articles.items():
        for title in article.select(".kl-title"):
            assert bare(title.get_text()) in text, (page, title)
        for label in article.select(".kl-control .kl-label"):
            assert bare(label.get_text() + ":") in text, (page, label)
        lost = []
        for paragraph in article.select("p"):
            if not paragraph.find("math") and not paragraph.find_parent(["summary", "figure"]):
                sentences = re.split(r"(?<=[.?!]) ", paragraph.get_text())
                # One may be cut by what stands at the foot of a sheet.
                lost += [s for s in sentences if bare(s) not in text] * (len(sentences) == 1)
        assert not lost, page


def test_it_says_what_it_is(pdf, reader):
    assert reader.metadata.title == BOOK.title and reader.metadata.author == BOOK.author
    assert reader.metadata.creation_date.strftime("%Y-%m-%d") == BOOK.date
    root = reader.trailer["/Root"]
    assert root["/MarkInfo"]["/Marked"] and root["/Lang"].startswith("en")  # tagged, for screen readers
    first = reader.pages[0].mediabox
    assert (float(first.width), float(first.height)) == pytest.approx((595.3, 841.9), abs=1)


PARTS = (Part("", ("index",)), Part("A part", ("chapters/one",)))
SMALL = Book("A small book", "Somebody", "1.2", "2026-01-31", "", PARTS)


def small_pdf(tmp_path, body, book=SMALL, size="A4"):
    site = small_site(
        tmp_path / "site", index='<p>See <a href="chapters/one.html#two">two</a>.</p>', one=body
    )
    return book_pdf(site, book, size)


TWO = '<section id="two"><h2>Two</h2><p>Words.</p></section>'


def test_a_link_to_what_is_not_there_is_refused(tmp_path):
    with pytest.raises(CourseError) as refused:
        small_pdf(tmp_path, TWO + '<p><a href="../index.html#three">a link</a></p>')
    assert str(refused.value) == "one: “a link” leads to /index.html#three, which is not there"


def test_a_picture_that_is_not_there_is_refused(tmp_path):
    with pytest.raises(CourseError, match=r"^the picture chapters/none.png is not in the built site$"):
        small_pdf(tmp_path, TWO + '<img src="none.png">')


def test_a_page_that_is_not_there_is_refused(tmp_path):
    book = replace(SMALL, parts=(*SMALL.parts, Part("Another", ("chapters/lost",))))
    with pytest.raises(CourseError, match=r"there is no chapters/lost\.html in the built site"):
        small_pdf(tmp_path, TWO, book)


def test_without_a_site_it_says_what_to_do(tmp_path):
    with pytest.raises(CourseError, match=r"there is no site in .*: run make site first"):
        book_pdf(tmp_path, SMALL)


@pytest.mark.parametrize("site", ["", "https://example.org/book/"])
def test_links_out_of_the_book_lead_to_the_site_or_are_text(tmp_path, site):
    body = (
        TWO
        + '<p><a href="../data/table.csv">the table</a> and <a href="https://example.com/x">elsewhere</a></p>'
    )
    made = small_pdf(tmp_path, body, replace(SMALL, site=site))
    found = [a.get_object() for p in PdfReader(io.BytesIO(made)).pages for a in p.get("/Annots", [])]
    addresses = {a["/A"]["/URI"] for a in found if "/A" in a}
    own = {site, f"{site}data/table.csv"} if site else set()
    assert addresses == {"https://example.com/x", "https://creativecommons.org/licenses/by/4.0/"} | own
    assert "thetableandelsewhere" in "".join(sheets(made))


def test_same_site_same_bytes_on_either_paper(tmp_path):
    made = small_pdf(tmp_path / "first", TWO, size="Letter")
    assert made == small_pdf(tmp_path / "second", TWO, size="Letter")
    first = PdfReader(io.BytesIO(made)).pages[0].mediabox
    assert (float(first.width), float(first.height)) == (612, 792)
    said = PdfReader(io.BytesIO(made)).metadata
    assert said.creation_date.isoformat() == said.modification_date.isoformat() == "2026-01-31T00:00:00+00:00"
