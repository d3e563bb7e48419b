"""The book's build: a Sphinx extension that puts explorers into pages and keeps stale numbers out of them.

=====================  ===========================================================================
:mod:`.pages`          explorers and thumbnails as directives and as outputs of notebooks
:mod:`.links`          plain Markdown links to glossary, bibliography, equations and explorers made real ones
:mod:`.concordance`    the page that says where theorems of other books are seen
:mod:`.scripts`        which scripts a page has, and when they run
:mod:`.maths`          formulas as MathML
:mod:`.printing`       pages on paper: light, unfolded, with their address
:mod:`.fonts`          fonts cut down to what the book uses
:mod:`.freshness`      what a page depends on besides its notebook
:mod:`.notebooks`      executing notebooks for their files, and cleaning them
:mod:`.solutions`      exercises and their solutions, and what is left of a chapter without them
:mod:`.serve`          the built site on localhost
:mod:`.chapter`        a new chapter, as a draft
=====================  ===========================================================================
"""

from importlib.metadata import version

from . import fonts, freshness, links, maths, pages, printing, scripts, solutions

__all__ = ["setup"]


def setup(app):
    """Register with Sphinx."""
    for part in (freshness, pages, scripts, links, maths, fonts, printing, solutions):
        part.setup(app)
    return {"version": version("klbook"), "parallel_read_safe": False, "parallel_write_safe": True}
