"""What a reader downloads: a chapter that runs in an empty folder, and the package that it needs.

The copy of a chapter that the site serves is not its source. It begins with a cell that installs ``klbook`` from the
site, which carries its wheel, and its links lead to the site's pages. Where it is not known yet when the site is built
at which address it will stand, the copy has a name that leads nowhere in its place, and a piece of script at the link
fills in the address that the page was read from.
"""

import copy
import hashlib
import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

import nbformat
from sphinx.builders.html._assets import _JavaScript

import klbook

from . import addresses, links
from .freshness import cache_folder

__all__ = ["UNKNOWN", "setup", "standalone", "wheel"]

#: Stands for the site's address where it is not known: no name in .invalid ever leads anywhere.
UNKNOWN = "https://address-of-the-book.invalid/"

_ROOT = Path(klbook.__file__).parents[1]
#: What the wheel is made of.
_SOURCES = ("pyproject.toml", "README.md", "LICENSE", "klbook/**/*")
#: The time that all its files get: the earliest that a zip file knows.
_EPOCH = "315532800"

_INSTALL = """\
# This notebook needs the package of the book that it belongs to, which the book's site carries.
# Is this not its address? Then write between the quotes where the book's first page is, without index.html.
book = "{site}"
%pip install --quiet "{{book}}{wheel}"

from importlib.util import find_spec
if not find_spec("klbook"):
    raise ModuleNotFoundError(
        f"the package klbook was not found at {{book}}: write in this cell, between the quotes, where "
        "the book's first page is, and run the cell again"
    )
"""
_LINK = re.compile(r"\]\((?P<page>[a-z0-9-]+)\.(?:md|ipynb)(?:#(?P<place>[^)\s]*))?\)")
#: A link to a setting of an explorer; in a text of the code the quotes may have a backslash. Equations stay in here.
_SETTING = re.compile(r'href=(?P<quote>\\?")#(?!eq-)(?P<place>[^"\\]*)')


def standalone(
    notebook: nbformat.NotebookNode,
    page: str,
    site: str,
    wheel: str,
    anchor: Callable[[str, str], str] = lambda page, place: place,
) -> nbformat.NotebookNode:
    """A copy of a chapter that needs nothing beside it.

    Parameters
    ----------
    notebook : notebook
        The chapter; it stays as it is.
    page : str
        Its name, as ``"gentle-start"``.
    site : str
        Address of the site with a slash at its end.
    wheel : str
        File name of the package's wheel, which lies at that address.
    anchor : callable
        What a page of the site calls a place of which its source says `place`.
    """
    alone = copy.deepcopy(notebook)

    def link(match):
        place = anchor(match["page"], match["place"]) if match["place"] else ""
        return f"]({site}chapters/{match['page']}.html{place and '#' + place})"

    def setting(match):
        return f"href={match['quote']}{site}chapters/{page}.html#{match['place']}"

    def outwards(text):
        return _SETTING.sub(setting, _LINK.sub(link, text))

    for cell in alone.cells:
        cell.metadata.pop("slide", None)  # words by which a deck finds what to show: no reader's business
        cell.source = outwards(cell.source)
        for output in cell.get("outputs", []):
            for mime in ("text/markdown", "text/html"):
                if mime in output.get("data", {}):
                    output.data[mime] = outwards(output.data[mime])
    install = nbformat.v4.new_code_cell(_INSTALL.format(site=site, wheel=wheel).rstrip(), id="install")
    alone.cells.insert(0, install)
    return alone


def wheel(folder: Path) -> Path:
    """The package's wheel in `folder`, built without a network if it is not there; same sources, same bytes.

    Raises
    ------
    RuntimeError
        If setuptools cannot build it; what it said is part of the message.
    """
    files = sorted({path for pattern in _SOURCES for path in _ROOT.glob(pattern) if _belongs(path)})
    if not (_ROOT / "pyproject.toml").exists():
        raise RuntimeError(f"the wheel of klbook cannot be built: its source is not in {_ROOT}")
    digest = hashlib.sha256()
    for path in files:
        content = path.read_bytes()
        digest.update(f"{path.relative_to(_ROOT).as_posix()} {len(content)}\n".encode() + content)
    folder = folder / f"wheel-{digest.hexdigest()[:12]}"
    if found := list(folder.glob("*.whl")):
        return found[0]
    # In a copy, because setuptools leaves its own files beside the sources, and keeps their modes.
    with tempfile.TemporaryDirectory() as name:
        sources, made = Path(name, "sources"), Path(name, "made")
        for path in files:
            target = sources / path.relative_to(_ROOT)
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, target)
            target.chmod(0o644)
        made.mkdir()
        built = subprocess.run(
            [sys.executable, "-c", f"from setuptools import build_meta as b; b.build_wheel({str(made)!r})"],
            cwd=sources,
            env={**os.environ, "SOURCE_DATE_EPOCH": os.environ.get("SOURCE_DATE_EPOCH", _EPOCH)},
            capture_output=True,
            text=True,
        )
        if built.returncode:
            raise RuntimeError(f"the wheel of klbook cannot be built: {built.stderr.strip()[-2000:]}")
        (only,) = made.glob("*.whl")
        folder.mkdir(parents=True, exist_ok=True)
        # Whoever looks at the same time finds the whole file or none.
        part = folder / f"{only.name}.part"
        shutil.copyfile(only, part)
        return part.replace(folder / only.name)


def _belongs(path):
    return path.is_file() and "__pycache__" not in path.parts


#: Fills in where the page was read from. From a folder nothing can be fetched: there the copy says what to write, and
#: so does one whose text did not come. Written without declarations: see klbook.site.scripts.
_FILL_IN = f"""
if (location.protocol.startsWith('http')) addEventListener('click', (event) => {{
  ((link) => {{
    if (!link) return
    event.preventDefault()
    fetch(link.href).then((answer) => answer.ok ? answer.text() : Promise.reject()).then(
      (text) => new Blob([
        text.replaceAll('{UNKNOWN}', new URL(document.documentElement.dataset.content_root, location).href)
      ])
    ).then(URL.createObjectURL, () => link.href).then(
      (href) => Object.assign(document.createElement('a'), {{href, download: link.download}}).click()
    )
  }})(event.target.closest('a[download$=".ipynb"]'))
}})
"""


def is_chapter(app, pagename: str) -> bool:
    """Whether a page is made of a notebook."""
    return pagename in app.env.all_docs and app.env.doc2path(pagename).endswith(".ipynb")


def _link(app, pagename, templatename, context, doctree):
    """The theme's link to the notebook saves it; without ``download`` some hosts' files open in a tab."""
    if not is_chapter(app, pagename):
        return
    for group in context.get("header_buttons", []):
        for button in group.get("buttons", []):
            if button.get("label") == "download-source-button":
                # The theme has no place for the attribute: it stands behind the address.
                button["url"] += f'" download="{pagename.rpartition("/")[2]}.ipynb'
    if not addresses.site(app):
        context["script_files"].append(_JavaScript(None, priority=900, body=_FILL_IN))


def _write(app, exception):
    """In place of the sources that Sphinx has copied; and the wheel."""
    if exception or app.builder.format != "html":
        return
    chapters = [name for name in sorted(app.env.all_docs) if is_chapter(app, name)]
    if not chapters:
        return
    built, out = wheel(cache_folder(app)), Path(app.outdir)
    for old in out.glob("klbook-*.whl"):
        old.unlink()
    shutil.copyfile(built, out / built.name)

    def anchor(page, place):
        return links.anchor(app.env, page, place) or place

    for name in chapters:
        notebook = nbformat.read(app.env.doc2path(name), as_version=4)
        page = name.rpartition("/")[2]
        alone = standalone(notebook, page, addresses.site(app) or UNKNOWN, built.name, anchor)
        target = out / "_sources" / f"{name}.ipynb"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(nbformat.writes(alone) + "\n", encoding="utf-8")


def setup(app):
    """Register with Sphinx."""
    app.connect("html-page-context", _link, priority=600)  # after the theme has made its buttons
    app.connect("build-finished", _write)
