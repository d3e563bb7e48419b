"""The figures: one module for each chapter, each figure an explorer or a still picture.

Importing a chapter's module defines its figures. :func:`all_figures` finds every figure of the book, so that
the build and the tests need no list of them.
"""

from importlib import import_module
from pkgutil import iter_modules

__all__ = ["all_figures"]


def all_figures():
    """Every figure of the book, by slug, in the order of the modules' names."""
    from ..explorers import EXPLORERS

    modules = [import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)]
    names = {m.__name__ for m in modules}
    return {slug: e for slug, e in EXPLORERS.items() if e.draw.__module__ in names}
