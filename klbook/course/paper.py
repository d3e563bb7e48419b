"""Pages of the built site as PDF, printed by a browser."""

import io
import json
import re
import threading
from collections.abc import Mapping
from contextlib import contextmanager
from html import escape
from importlib.util import find_spec
from pathlib import Path

from ..site.command import EXTRA
from ..site.serve import server
from . import CourseError, browser
from .book import Book

__all__ = ["SIZES", "Printer", "ready"]

SIZES = ("A4", "Letter")
_STATIC = Path(__file__).parent / "static"
#: Tags and bookmarks are Chromium's own; what belongs to the screen is not printed by the site's style sheet.
_OPTIONS = {"prefer_css_page_size": True, "tagged": True, "outline": True, "print_background": False}


def ready(site: Path) -> None:
    """Look for what printing needs, before there is any work that would be lost.

    Raises
    ------
    CourseError
        If there is no site, no browser, or not the extra of the package.
    """
    for package in ("playwright", "pypdf"):
        if find_spec(package) is None:
            raise CourseError(f"the package {package} is not installed: {EXTRA}")
    if not (site / "index.html").exists():
        raise CourseError(f"there is no site in {site}: run make site first")
    if not browser.find():
        raise CourseError("no Chromium or Chrome was found to print with: install one, or run make browser")


_NODE = re.compile(rb"\(node\d{8}\)")


class Printer:
    """A browser in which pages of the site are put together; see ``static/paper.js`` for what can be done with them."""

    def __init__(self, page, address):
        self.page, self.address = page, address

    @classmethod
    @contextmanager
    def of(cls, site: Path):
        """For the built site in a folder.

        Raises
        ------
        CourseError
            If there is no site, or no browser that can be started.
        """
        ready(site)
        from playwright.sync_api import sync_playwright

        with server(str(site), 0) as running, sync_playwright() as playwright:
            running.daemon_threads = (
                False  # each answer is whole, and its socket closed, before the server is
            )
            threading.Thread(target=running.serve_forever, daemon=True).start()
            try:
                chromium = browser.launch(playwright)
                try:
                    yield cls(chromium.new_page(), f"http://localhost:{running.server_port}/")
                finally:
                    chromium.close()
            finally:
                running.shutdown()

    def begin(self, title: str, body: str = '<main id="sheets"></main>') -> None:
        """An empty document on the site's server."""
        style = (_STATIC / "paper.css").read_text(encoding="utf-8")
        script = (_STATIC / "paper.js").read_text(encoding="utf-8")
        shell = (
            '<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">'
            f'<title>{escape(title)}</title><style class="kl-paper">{style}</style><style class="kl-paper" id="feet">'
            f"</style><script>{script}</script>{body}</html>"
        )
        place = self.address + "paper.html"
        self.page.unroute_all()
        self.page.route(place, lambda route: route.fulfill(body=shell, content_type="text/html"))
        self.page.goto(place)

    def do(self, call: str, *arguments):
        """Call a function of ``paper.js``.

        Raises
        ------
        CourseError
            With what it complains of.
        """
        from playwright.sync_api import Error

        try:
            return self.page.evaluate(f"async (given) => await paper.{call}(...given)", list(arguments))
        except Error as error:
            raise CourseError(error.message.splitlines()[0].removeprefix("Page.evaluate: Error: ")) from None

    def connect(self, site: str | None) -> None:
        """Let links lead to where they lead on paper."""
        if lost := self.do("connect", site):
            raise CourseError(f"{lost[0]}, which is not there")

    def print(self, size: str, feet: Mapping[str, str], book: Book) -> bytes:
        """The document as PDF, in the size "A4" or "Letter".

        `feet` says for each named page of the style sheet what stands at its foot, beside the number; '' is for all.
        """
        self.page.evaluate(
            "style => { document.querySelector('#feet').textContent = style }", _feet(size, feet)
        )
        self.page.emulate_media(media="print", color_scheme="light")
        if missing := self.do("ready"):
            raise CourseError(f"the picture {missing[0].removeprefix(self.address)} is not in the built site")
        return _finished(self.page.pdf(**_OPTIONS), self.do("bookmarks"), book.author, book.date)


def _feet(size, feet):
    """A style sheet with what stands at the foot of each page; lines are parted by ``\\n``."""
    font = "font: 8pt/1.35 sans-serif; color: #444; vertical-align: top; padding-top: 3mm"
    rules = [f"@page {{ size: {size}; margin: 15mm 15mm 20mm }}"]
    for name, text in feet.items():
        said = json.dumps(text, ensure_ascii=False).replace("\\n", "\\A ")
        rules.append(
            f"@page {name} {{ @bottom-left {{ content: {said}; white-space: pre-line; width: 85%; {font} }}"
            f' @bottom-right {{ content: counter(page) " / " counter(pages); width: 15%; {font} }} }}'
        )
    rules.append("@page cover { @bottom-left { content: none } @bottom-right { content: none } }")
    return "\n".join(rules)


def _finished(pdf, headings, author, date):
    """Chromium's PDF with a fixed date, so that bytes repeat, its author, and bookmarks that read as the headings do.

    Where a heading is the first thing on a sheet Chromium writes its words twice.
    """
    from pypdf import PdfReader, PdfWriter
    from pypdf.generic import NameObject, TextStringObject

    writer = PdfWriter(clone_from=PdfReader(io.BytesIO(pdf)))
    moment = f"D:{date.replace('-', '')}000000Z"
    writer.add_metadata({"/Author": author, "/CreationDate": moment, "/ModDate": moment})
    marks = list(_bookmarks(writer.root_object.get("/Outlines")))
    if len(marks) != len(headings):
        raise CourseError(
            f"the browser has made {len(marks)} bookmarks of {len(headings)} headings; use another version"
        )
    for mark, heading in zip(marks, headings, strict=True):
        mark[NameObject("/Title")] = TextStringObject(heading)
    made = io.BytesIO()
    writer.write(made)
    return _counted_again(made.getvalue())


def _counted_again(pdf):
    """The headings of tables have names that count what the browser has met so far, which differs under load.

    They are as long as before, so nothing in the file moves, and in the same order.
    """
    names = sorted(set(_NODE.findall(pdf)))
    again = {name: b"(node%08d)" % number for number, name in enumerate(names, start=1)}
    return _NODE.sub(lambda match: again[match[0]], pdf)


def _bookmarks(parent):
    """All below one, in the order in which they are read."""
    mark = parent and parent.get_object().get("/First")
    while mark:
        mark = mark.get_object()
        yield mark
        yield from _bookmarks(mark)
        mark = mark.get("/Next")
