"""The figures: one module for each chapter, each figure an explorer or a still picture.

A figure is an :class:`.Explorer` in a variable of a module. :func:`all_figures` finds every figure of the book, so
that the build and the tests need no list of them. Nothing is drawn before it is asked for.
"""

from importlib import import_module
from pkgutil import iter_modules

from ..explorers import Explorer

__all__ = ["all_figures", "figures_of"]


def all_figures():
    """Every figure of the book, by slug, in the order of the modules' names and of definition."""
    return figures_of([import_module(f"{__name__}.{m.name}") for m in iter_modules(__path__)])


def figures_of(modules):
    """The explorers of some modules, by slug, in the order of definition.

    Raises
    ------
    ValueError
        If two have the same slug: it says where both are.
    """
    found, places = {}, {}
    for module in modules:
        for name, value in vars(module).items():
            if not isinstance(value, Explorer):
                continue
            place = f"{module.__name__}.{name}"
            if found.setdefault(value.slug, value) is not value:
                raise ValueError(
                    f"two explorers with the slug {value.slug!r}: {places[value.slug]} and {place}; "
                    "a slug is unique in the book"
                )
            places.setdefault(value.slug, place)
    return found
