"""The book's build: a Sphinx extension that puts explorers into pages and keeps stale numbers out of them.

=====================  ===========================================================================
:mod:`.pages`          explorers and thumbnails as directives and as outputs of notebooks
:mod:`.embed`          one explorer, alone: a page in one file
:mod:`.links`          plain Markdown links to glossary, bibliography, equations and explorers made real ones
:mod:`.concordance`    the page that says where theorems of other books are seen
:mod:`.outline`        what each chapter says of itself
:mod:`.needs`          the picture of which chapter needs which
:mod:`.teaching`       the page for teachers
:mod:`.scripts`        which scripts a page has, and when they run
:mod:`.maths`          formulas as MathML
:mod:`.printing`       pages on paper: light, unfolded, with their address
:mod:`.fonts`          fonts cut down to what the book uses
:mod:`.freshness`      what a page depends on besides its notebook
:mod:`.notebooks`      executing notebooks for their files, and cleaning them
:mod:`.solutions`      exercises and their solutions, and what is left of a chapter without them
:mod:`.command`        how commands end that write files
:mod:`.addresses`      where the source and the site are, from one place
:mod:`.page_links`     from a page to its source, to a report of a mistake, to where it runs
:mod:`.downloads`      a notebook on its own, and the package that it needs
:mod:`.previews`       descriptions and pictures for who finds a page elsewhere
:mod:`.citation`       how the book is cited
:mod:`.serve`          the built site on localhost
:mod:`.chapter`        a new chapter, as a draft
=====================  ===========================================================================
"""

from importlib.metadata import version

from . import (
    citation,
    downloads,
    embed,
    fonts,
    freshness,
    links,
    maths,
    page_links,
    pages,
    previews,
    printing,
    scripts,
    solutions,
    teaching,
)

__all__ = ["setup"]


def setup(app):
    """Register with Sphinx."""
    for part in (
        freshness, pages, scripts, links, maths, fonts, printing, page_links, downloads, previews, citation,
        solutions, embed, teaching,
    ):  # fmt: skip
        part.setup(app)
    return {"version": version("klbook"), "parallel_read_safe": False, "parallel_write_safe": True}
