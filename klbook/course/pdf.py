"""The whole book as one PDF: ``python -m klbook.course.pdf`` prints the built site into ``_build/pdf``.

All pages are put together as one document, and the browser writes its links, bookmarks and tags. It is printed twice,
because on which sheet a heading stands is known when it has been printed, and the contents say so.
"""

import argparse
import io
from html import escape
from pathlib import Path

from ..site import addresses, freshness
from ..site.command import sentences
from . import CourseError
from .book import ROOT, Book
from .files import made, replace_folder, replaceable
from .paper import SIZES, Printer, ready

__all__ = ["book_pdf", "sheets_of"]


def book_pdf(site: Path, book: Book, size: str = "A4") -> bytes:
    """The book as one PDF, from the site built in a folder.

    Raises
    ------
    CourseError
        If a page or a picture is missing, or a link leads nowhere.
    """
    with Printer.of(site) as printer:
        printer.begin(book.title, _cover(book) + '<nav class="kl-contents"></nav><main id="sheets"></main>')
        feet, entries = {"": f"{book.title}\n{_foot(book)}"}, []
        for number, part in enumerate(book.parts):
            if part.caption:
                printer.do("part", part.caption, f"part-{number}")
                entries.append({"level": 0, "text": part.caption, "id": f"part-{number}"})
            for page in part.pages:
                name = Path(page).name
                printer.do("add", f"{page}.html", name, "#sheets")
                headings = printer.do("headings", name, bool(part.caption))
                feet[name] = f"{headings[0]['text']}\n{_foot(book)}"
                # A chapter is called at its beginning, so that nothing of it is above.
                headings[0]["id"] = name
                entries += [
                    {**h, "level": h["level"] - (not part.caption)} for h in headings if h["level"] <= 2
                ]
        printer.connect(book.site or None)
        printer.do("contents", entries)
        wanted = [entry["id"] for entry in entries]
        printed = printer.print(size, feet, book)
        while True:
            sheets = sheets_of(printed)
            if lost := [e["text"] for e in entries if e["id"] not in sheets]:
                raise CourseError(f"the heading “{lost[0]}” is on no sheet of the printed book")
            numbers = {name: sheets[name] for name in wanted}
            if not printer.do("number", numbers):  # all said so already
                return printed
            printed = printer.print(size, feet, book)


def _cover(book):
    address = f'<br><a href="{escape(book.site)}">{escape(book.site)}</a>' if book.site else ""
    return (
        f'<section class="kl-cover"><p class="kl-book">{escape(book.title)}</p><p>{escape(book.author)}</p>'
        f'<p class="kl-below">Version {escape(book.version)}, {escape(book.date)}.<br>'
        'Text and figures: <a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>. '
        f"Code: MIT licence.{address}</p></section>"
    )


def _foot(book):
    address = f" {book.site}" if book.site else ""
    return f"Version {book.version}. Text and figures: CC BY 4.0, code: MIT.{address}"


def sheets_of(pdf: bytes) -> dict[str, int]:
    """For each place that something in a PDF links to, the number of its sheet, from 1."""
    from pypdf import PdfReader

    reader = PdfReader(io.BytesIO(pdf))
    places = reader.named_destinations.items()
    return {name.removeprefix("/"): reader.get_destination_page_number(place) + 1 for name, place in places}


def main(arguments=None, root: Path = ROOT) -> None:
    """Print it and write it; a book in the other size, printed of the same pages, stays beside it."""
    parser = argparse.ArgumentParser(prog="python -m klbook.course.pdf", description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=root / "_build" / "pdf", metavar="DIR")
    parser.add_argument("--size", choices=SIZES, default="A4")
    given = parser.parse_args(arguments)
    with sentences():
        folder, site = replaceable(given.output), root / "_build" / "html"
        book = Book.read(root, site=addresses.site(addresses.book()))
        ready(site)
        state = freshness.check(site, root, book.site)
        printed = book_pdf(site, book, given.size)
        names, before = made(folder)
        files = {
            name: (folder / name).read_bytes()
            for name in names
            if before == state and (folder / name).exists()
        }
        name = f"klbook-{given.size.lower()}.pdf"
        replace_folder(given.output, {**files, name: printed}, state)
        print(f"{given.output / name}: {_sheets(printed)} sheets, {len(printed) / 1e6:.1f} MB")


def _sheets(pdf):
    from pypdf import PdfReader

    return len(PdfReader(io.BytesIO(pdf)).pages)


if __name__ == "__main__":
    main()
