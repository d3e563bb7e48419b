"""What a page depends on besides its notebook.

The cache of executed notebooks looks at a notebook's cells and at nothing else: after a change in ``klbook``
it would go on publishing the old numbers. So its folder is named after a fingerprint of the package and of
the libraries that compute and draw, and Sphinx reads every page again when the fingerprint changes.
"""

import hashlib
import json
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import klbook

from ..explorers.live import STILL
from . import addresses
from .solutions import CourseError

__all__ = ["MADE_FROM", "check", "fingerprint", "setup", "state", "write_state"]

#: In a built site: what it was made from.
MADE_FROM = ".klbook"
#: What of the book is read when it is built, besides the package.
_SOURCES = (
    "chapters/*.ipynb",
    "chapters/*.md",
    "chapters/*.bib",
    "index.md",
    "_config.yml",
    "_toc.yml",
    "CITATION.cff",
)

_LIBRARIES = ("numpy", "matplotlib", "ipywidgets", "py7zr", "jupyter-book", "sphinxcontrib-katex")


def fingerprint() -> str:
    """Twelve hexadecimal digits that change with anything that can change a page's numbers or pictures."""
    digest = hashlib.sha256(platform.python_version().encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    root = Path(klbook.__file__).parent
    for file in sorted(root.rglob("*")):
        if file.relative_to(root).parts[0] == "course":
            continue  # what is made of the pages changes none
        if file.suffix in (".py", ".js", ".css") or file.parent.name == "data":
            digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


def state(root: Path, address: str) -> dict[str, str]:
    """What a site, with solutions, is made from: chapters in a folder, package, its version, and the site's address."""
    digest = hashlib.sha256()
    for file in sorted({path for pattern in _SOURCES for path in root.glob(pattern)}):
        content = file.read_bytes()
        digest.update(f"{file.relative_to(root).as_posix()} {len(content)}\n".encode() + content)
    return {
        "chapters": digest.hexdigest()[:12],
        "package": fingerprint(),
        "version": version("klbook"),
        "address": address,
    }


def write_state(site: Path, now: dict[str, str]) -> None:
    """Into a site that was built."""
    (site / MADE_FROM).write_text(json.dumps(now, indent=1) + "\n", encoding="utf-8")


def check(site: Path, root: Path, address: str) -> str:
    """The present state in one line, of which the site in a folder was made.

    Raises
    ------
    CourseError
        If there is no site, or it was made of another state.
    """
    if not (site / "index.html").exists():
        raise CourseError(f"there is no site in {site}: run make site first")
    now = state(root, address)
    try:
        built = json.loads((site / MADE_FROM).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        built = None
    if built != now:
        raise CourseError(
            f"the site in {site} was built from other chapters, another package or another address: "
            "run make site first"
        )
    return " ".join(f"{what}={value}" for what, value in now.items())


def _say_what_it_is_made_from(app, exception):
    """Last of all. A site without solutions is one for students, and nothing is made of it."""
    if app.builder.format != "html":
        return
    if exception or not app.config.klbook_solutions:
        Path(app.outdir, MADE_FROM).unlink(missing_ok=True)
    else:
        write_state(Path(app.outdir), state(Path(app.srcdir), addresses.site(app)))


def cache_folder(app) -> Path:
    """Where everything that is computed for this fingerprint is kept, for all sites that are made of these sources."""
    return Path(app.srcdir) / "_build" / "cache" / app.config.klbook_fingerprint


def _name_the_caches(app, config):
    config.klbook_fingerprint = fingerprint()
    folder = cache_folder(app)
    for old in folder.parent.glob("*"):
        if old not in (folder, folder.parent / "static"):
            shutil.rmtree(old)
    (folder / "explorers").mkdir(parents=True, exist_ok=True)
    # A chapter without its solutions is another notebook.
    executed = "executed" if config.klbook_solutions else "executed-without-solutions"
    config.nb_execution_cache_path = str(folder / executed)
    # Executed for the page, not for a reader who moves widgets.
    os.environ[STILL] = "1"


def setup(app):
    """Register with Sphinx."""
    app.add_config_value("klbook_fingerprint", "", "env")  # a new value makes every page be read again
    # Before MyST-NB takes its configuration together (at the default priority of 500).
    app.connect("config-inited", _name_the_caches, priority=100)
    app.connect("build-finished", _say_what_it_is_made_from, priority=950)
