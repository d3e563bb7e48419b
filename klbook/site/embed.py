"""One explorer, alone: a page in one file, for a slide, a learning platform or a page of one's own.

The build writes ``embed/<slug>.html`` for every explorer that a page shows. The file asks for nothing, from anywhere:
what it needs is in it. It takes its setting from its address, as the chapter does (``#slug&p=0.2``), and its theme from
the system or from ``?theme=light`` and ``?theme=dark``. To the page around it, it tells its height (see
``explorers/static/embed.js``).

    python -m klbook.site.embed first-look two-ways --to slides

writes such files without the site: ``slides/first-look.html`` and ``slides/two-ways.html``.
"""

import argparse
import re
from difflib import get_close_matches
from html import escape, unescape
from importlib.metadata import metadata
from pathlib import Path

import klbook

from ..explorers import ExplorerError, published
from ..figures import all_figures
from . import addresses
from .command import no_folder, sentences

__all__ = ["FOLDER", "main", "page", "problem"]

ROOT = Path(klbook.__file__).parents[1]
#: Where the build writes them, below the site's first page.
FOLDER = "embed"
_LICENCE = "https://creativecommons.org/licenses/by/4.0/"
#: Nothing is asked for, whatever a later change may put into the page.
_NOTHING_ELSE = "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:"


def page(piece: str, title: str, book: str, chapter: str | None) -> str:
    """The file of an explorer.

    Parameters
    ----------
    piece : str
        What :func:`.published.html` says of it.
    title, book : str
    chapter : str or None
        Address of the page of the book that shows it, from here or in full; None if it is not known.
    """
    link = ""
    if chapter:
        link = (
            f' <a class="kl-chapter" href="{escape(chapter)}" target="_blank" rel="noopener">'
            "This setting in the book</a>"
        )
    source = (
        f"From <cite>{escape(book)}</cite>, "
        f'<a rel="license noopener" href="{_LICENCE}" target="_blank">CC BY 4.0</a>.{link}'
    )
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{_NOTHING_ELSE}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        # Without one, a browser asks for /favicon.ico.
        '<link rel="icon" href="data:,">\n'
        f"<title>{escape(title)} – {escape(book)}</title>\n"
        f"<style>\n{published.stylesheet()}{published.page_stylesheet()}</style>\n"
        f"<script>\n{published.page_script()}</script>\n</head>\n<body>\n"
        f"{published.alone(piece, source)}\n<script>\n{published.script()}</script>\n</body>\n</html>\n"
    )


def _write_all(app, exception):
    """The files of all explorers that pages show, when the pages are written."""
    if exception or app.builder.format != "html":
        return
    folder = Path(app.outdir) / FOLDER
    folder.mkdir(exist_ok=True)
    book = app.config.html_title or app.config.project
    written = set()
    site = addresses.site(app) or "../"
    for docname, slugs in sorted(getattr(app.env, "klbook_explorers", {}).items()):
        chapter = site + app.builder.get_target_uri(docname)
        for slug in sorted(slugs):
            piece = app.klbook_workshop.html(slug)
            file = folder / f"{slug}.html"
            title = unescape(re.search(r'<p class="kl-title"[^>]*>(.*?)</p>', piece)[1])
            file.write_text(page(piece, title, book, chapter), encoding="utf-8")
            written.add(file)
    for old in set(folder.glob("*.html")) - written:
        old.unlink()


def problem(slugs: list[str], folder: Path, known) -> str | None:
    """What is wrong with what was asked for, in a sentence, or None."""
    for slug in slugs:
        if slug not in known:
            (near,) = get_close_matches(slug, known, 1, 0)
            return f"{slug!r} is no explorer of the book; the nearest name is {near!r}. Nothing was written."
    if wrong := no_folder(folder):
        return f"--to names {folder}, and {wrong}. Nothing was written."
    for file in (folder / f"{slug}.html" for slug in slugs):
        if file.is_dir():
            return f"{file} is a folder, and would be written as a file. Nothing was written."
    return None


def _chapter_of(e) -> str:
    """The page of an explorer's module: that of the chapter of its name, or the first."""
    name = e.draw.__module__.rpartition(".")[2].replace("_", "-")
    return f"chapters/{name}.html" if (ROOT / "chapters" / f"{name}.ipynb").exists() else "index.html"


def main(arguments: list[str] | None = None) -> None:
    """Write the files of some explorers. What cannot be is said in one sentence."""
    parser = argparse.ArgumentParser(prog="python -m klbook.site.embed", description=__doc__.splitlines()[0])
    parser.add_argument("slugs", nargs="+", metavar="SLUG", help="an explorer, as its address names it")
    parser.add_argument("--to", type=Path, default=Path(), metavar="FOLDER", help="where to write; else here")
    parser.add_argument(
        "--site", default="", metavar="ADDRESS", help="of the book, for the link to the chapter"
    )
    with sentences():
        _write_some(parser, parser.parse_args(arguments))


def _write_some(parser, asked):
    known = all_figures()
    if wrong := problem(asked.slugs, asked.to, known):
        parser.exit(1, wrong + "\n")
    try:
        site = addresses.address(asked.site, "--site") or addresses.site(addresses.book())
    except ValueError as error:
        parser.exit(1, f"{error}\n")
    asked.to.mkdir(parents=True, exist_ok=True)
    book = metadata("klbook")["Summary"].removeprefix("Helper package of the book ")
    for slug in asked.slugs:
        e = known[slug]
        chapter = f"{site.rstrip('/')}/{_chapter_of(e)}" if site else None
        file = asked.to / f"{slug}.html"
        try:
            file.write_text(page(published.html(e), e.title, book, chapter), encoding="utf-8")
        except (ExplorerError, OSError) as error:
            parser.exit(1, f"{file} cannot be written: {getattr(error, 'strerror', None) or error}\n")
        print("wrote", file)


def setup(app):
    """Register with Sphinx."""
    # After klbook.site.fonts has looked for formulas in all pages: there are none in these.
    app.connect("build-finished", _write_all, priority=900)


if __name__ == "__main__":
    main()
