"""Explorers in pages: in place of a notebook's output, and by directive in Markdown pages."""

import os
import re
from concurrent.futures import ProcessPoolExecutor
from html import unescape
from importlib.metadata import version
from pathlib import Path

from docutils import nodes
from docutils.parsers.rst import Directive
from myst_nb.core import render
from sphinx.errors import ExtensionError

from ..explorers import ExplorerError, published
from ..explorers.live import MIME
from ..figures import all_figures
from . import fonts
from .freshness import cache_folder
from .notebooks import joined

__all__ = ["ExplorerOutput", "explorers_of", "first_explorer", "setup"]


class _Workshop:
    """Draws all states of all explorers in other processes while Sphinx executes the notebooks."""

    def __init__(self, folder):
        self.folder, self.pool, self.jobs = folder, None, {}
        # The folder is named after the state of the package: what is finished there stays right.
        self.finished = folder / "finished"

    def file(self, slug, kind):
        return self.folder / f"{slug}.{kind}.html"

    def begin(self):
        """Start on what is not there yet, in the order in which Sphinx reads the pages: by name."""
        if self.finished.exists():
            return  # without importing the figures, which takes longer than all the rest
        missing = [e for e in all_figures().values() if not self.file(e.slug, "explorer").exists()]
        if missing:
            self.pool = ProcessPoolExecutor(initializer=_step_back)
            for e in missing:
                self.jobs[e.slug] = self.pool.submit(_draw, e.slug)

    def html(self, slug, kind="explorer"):
        """The finished piece of a page."""
        file = self.file(slug, kind)
        if not file.exists():
            figures = all_figures()
            if slug not in figures:
                raise ExtensionError(f"there is no explorer {slug!r}; there are: {', '.join(figures)}")
            job = self.jobs.pop(slug, None) if kind == "explorer" else None
            try:
                text = job.result() if job else getattr(published, _KINDS[kind])(figures[slug])
            except ExplorerError as error:
                raise ExtensionError(str(error)) from None
            file.write_text(text, encoding="utf-8")
        return file.read_text(encoding="utf-8")

    def end(self):
        """Finish the explorers that no page has asked for: they must be right, too."""
        for slug in list(self.jobs):
            self.html(slug)
        if self.pool:
            self.pool.shutdown()
        self.finished.touch()


_KINDS = {"explorer": "html", "thumbnail": "thumbnail"}


def _step_back():
    """Notebooks come first: they are run one after the other, and drawing fills what they leave of the machine."""
    if hasattr(os, "nice"):  # not on Windows
        os.nice(10)


def _draw(slug):
    return published.html(all_figures()[slug])


class _Piece(nodes.General, nodes.Element):
    """Finished HTML. What is inside are the words by which the search finds it: not the code, not the numbers."""


def _visit_piece(translator, node):
    translator.body.append(node["html"])
    raise nodes.SkipNode


def explorers_of(env, docname: str) -> set[str]:
    """Slugs of the explorers of a page that has been read; to be added to while it is read."""
    # An attribute of the environment is kept with it, for pages that are not read again.
    if not hasattr(env, "klbook_explorers"):
        env.klbook_explorers = {}
    return env.klbook_explorers.setdefault(docname, set())


def first_explorer(doctree) -> tuple[str, str] | None:
    """Slug and HTML of the first explorer of a page, or None."""
    for piece in doctree.findall(_Piece):
        if found := re.search(r'<figure [^>]*?data-(?:explorer|picture)="([\w-]+)"', piece["html"]):
            return found[1], piece["html"]
    return None


def _forget(app, env, docname):
    explorers_of(env, docname).clear()


def _piece(env, slug, kind):
    html = env.app.klbook_workshop.html(slug, kind)
    if kind == "explorer":
        explorers_of(env, env.docname).add(slug)
    words = re.findall(r'<(?:p class="kl-title"|figcaption)[^>]*>(.*?)</', html)
    node = _Piece("", *[nodes.Text(unescape(sentence)) for sentence in words], html=html)
    return nodes.container("", node, classes=[f"kl-{kind}-place"])


class ExplorerOutput:
    """MyST-NB plugin: a notebook's output that names an explorer becomes the explorer."""

    mime_priority_overrides = (("html", MIME, 1),)

    @staticmethod
    def handle_mime(renderer, data, inline):
        """Nodes for the output, or None if it is not ours."""
        if inline or data.mime_type != MIME or renderer.renderer.sphinx_env is None:
            return None
        return [_piece(renderer.renderer.sphinx_env, data.content["slug"], "explorer")]


class _Explorer(Directive):
    """``{explorer} slug``: an explorer in a Markdown page."""

    required_arguments = 1
    kind = "explorer"

    def run(self):
        return [_piece(self.state.document.settings.env, self.arguments[0], self.kind)]


class _Thumbnail(_Explorer):
    """``{thumbnail} slug``: its first picture, small."""

    kind = "thumbnail"


#: MyST-NB's own way would end a line wherever a stream was cut.
_merged = render.coalesce_streams


def _begin(app):
    app.klbook_workshop = _Workshop(cache_folder(app) / "explorers")
    if app.config.klbook_draw_all:
        app.klbook_workshop.begin()
    # Files that are put together here. Those with a path of the theme's replace the theme's.
    site = (Path(__file__).parent / "static" / "site.css").read_text(encoding="utf-8")
    files = {
        "explorer.js": published.script().encode(),
        "klbook.css": (published.stylesheet() + site).encode(),
        "vendor/fontawesome/webfonts/fa-solid-900.woff2": fonts.icons(),
        "scripts/fontawesome.js": b"// The icons come from the font.\n",
    }
    static = Path(app.outdir).parent / "cache" / "static"
    for name, content in files.items():
        (static / name).parent.mkdir(parents=True, exist_ok=True)
        (static / name).write_bytes(content)
    app.config.html_static_path.append(str(static))


def _end(app, env):
    if app.config.klbook_draw_all:
        app.klbook_workshop.end()


def _theme(app, config):
    """One search field, no button over the pictures; licence, version and how to cite at the foot of every page.

    The address of a page is known where it is read: see klbook.site.printing.
    """
    # The side bar has the search already.
    config.html_theme_options["navbar_persistent"] = []
    # On a phone it lies over the controls and readouts of an explorer for as long as one scrolls up.
    config.html_theme_options["back_to_top_button"] = False
    config.html_theme_options["extra_footer"] = (
        f"<p>Version {version('klbook')}. Text and figures: "
        '<a href="https://creativecommons.org/licenses/by/4.0/">CC BY 4.0</a>, code: MIT licence. '
        "How to cite: see “About this book”.</p>"
        '<p class="kl-address"></p>'
    )


def _title_in_a_landmark(app, pagename, templatename, context, doctree):
    context["sidebars"] = [
        "book-title.html" if template == "navbar-logo.html" else template
        for template in context.get("sidebars") or []
    ]


def setup(app):
    """Register with Sphinx."""
    # Also those explorers that no page shows (yet): they must be right, too.
    app.add_config_value("klbook_draw_all", True, "")
    render.coalesce_streams = lambda outputs: _merged(joined(outputs))
    app.add_node(_Piece, html=(_visit_piece, None))
    app.add_directive("explorer", _Explorer)
    app.add_directive("thumbnail", _Thumbnail)
    app.connect("config-inited", _theme)
    app.connect("builder-inited", _begin)
    app.connect("env-updated", _end)
    app.connect("env-purge-doc", _forget)
    app.connect("html-page-context", _title_in_a_landmark, priority=400)  # before the theme looks at them
