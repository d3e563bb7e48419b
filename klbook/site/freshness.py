"""What a page depends on besides its notebook.

The cache of executed notebooks looks at a notebook's cells and at nothing else: after a change in ``klbook``
it would go on publishing the old numbers. So its folder is named after a fingerprint of the package and of
the libraries that compute and draw, and Sphinx reads every page again when the fingerprint changes.
"""

import hashlib
import os
import platform
import shutil
from importlib.metadata import version
from pathlib import Path

import klbook

from ..explorers.live import STILL

__all__ = ["fingerprint", "setup"]

_LIBRARIES = ("numpy", "matplotlib", "ipywidgets", "py7zr", "jupyter-book", "sphinxcontrib-katex")


def fingerprint() -> str:
    """Twelve hexadecimal digits that change with anything that can change a page's numbers or pictures."""
    digest = hashlib.sha256(platform.python_version().encode())
    for library in _LIBRARIES:
        digest.update(f"{library} {version(library)}".encode())
    root = Path(klbook.__file__).parent
    for file in sorted(root.rglob("*")):
        if file.is_relative_to(root / "course"):
            continue  # made of the pages, and no page is made of it
        if file.suffix in (".py", ".js", ".css") or file.parent.name == "data":
            digest.update(file.relative_to(root).as_posix().encode() + file.read_bytes())
    return digest.hexdigest()[:12]


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
