"""Each chapter on paper: for students without solutions and with room to write, for instructors with everything."""

import signal
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

from .book import Book
from .paper import SIZES, Printer

__all__ = ["WHOSE", "handouts"]

#: Whom a handout is for, and what stands below its title.
WHOSE = {"students": "For students: without solutions", "instructors": "For instructors: with solutions"}
#: How many browsers print side by side.
_BROWSERS = 2


def handouts(site: Path, book: Book, chapters: Sequence[str]) -> dict[str, bytes]:
    """Of each chapter of the site built in a folder its four handouts: for students and instructors, on A4 and Letter.

    They are called ``students/a4/chapter.pdf``, …

    Raises
    ------
    CourseError
        If a page or a picture is missing, or a link leads nowhere.
    """
    made = {}
    # Whoever stops the command stops this process, which says so; the others end with it.
    with ProcessPoolExecutor(
        _BROWSERS, initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)
    ) as pool:
        for printed in pool.map(partial(_print, site, book), chapters):
            made |= printed
    return made


def _print(site, book, chapter):
    """The four handouts of a chapter, from a browser of their own: so they are the same beside whatever others."""
    made = {}
    with Printer.of(site) as printer:
        printer.begin(chapter)
        printer.do("add", f"chapters/{chapter}.html", chapter, "#sheets")
        title = printer.do("headings", chapter, False)[0]["text"]
        printer.connect(book.site or None)
        for whose in ("instructors", "students"):  # in this order: the solutions go, and do not come back
            if whose == "students":
                printer.do("student")
            printer.do("entitle", f"{title}: {whose}", WHOSE[whose])
            for size in SIZES:
                feet = {"": f"{title}. {WHOSE[whose]}.\n{book.licence}"}
                made[f"{whose}/{size.lower()}/{chapter}.pdf"] = printer.print(size, feet, book)
    return made
