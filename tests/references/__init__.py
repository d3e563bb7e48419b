"""What every explorer shows, computed a second time: one module for each chapter, one function for each explorer.

A reference takes the values of the controls and gives the readouts as raw numbers and what the named marks of the
picture show. It calls plain Python, fractions, NumPy, SciPy or mpmath, never a function of ``klbook``::

    @reference("coin-surprise")
    def coin_surprise(p):
        bits = -math.log2(p)
        return {"surprise": bits}, {"dot": [(p, bits)], "curve": Curve(lambda x: -np.log2(x), 0.1, 0.9)}

``tests/explorers/test_references.py`` compares them at all corners and at a grid of settings. What may stand for a mark
is said in :mod:`references.marks`.
"""

from dataclasses import dataclass
from importlib import import_module
from itertools import product
from pkgutil import iter_modules
from random import Random

__all__ = ["Reference", "all_references", "reference", "settings"]


@dataclass(frozen=True)
class Reference:
    """The second computation of an explorer: `shows(**setting)` gives readouts and marks."""

    slug: str
    shows: object
    tolerance: float
    also: tuple


def reference(slug, *, tolerance=1e-9, also=()):
    """Make a reference of a function.

    `tolerance` is relative, and absolute for numbers below 1; above 1e-9 only where the second way cannot be more
    exact, which a comment then explains. `also` are settings that the grid would miss, each a dict of some controls.
    """
    return lambda shows: Reference(slug, shows, tolerance, tuple(also))


def all_references():
    """slug -> reference, of every module of this package."""
    found = [
        thing
        for module in iter_modules(__path__)
        for thing in vars(import_module(f"{__name__}.{module.name}")).values()
        if isinstance(thing, Reference)
    ]
    slugs = [r.slug for r in found]
    twice = sorted({slug for slug in slugs if slugs.count(slug) > 1})
    if twice:
        raise ValueError(f"two references for {', '.join(twice)}")
    return {r.slug: r for r in found}


def settings(e, also=(), most=60):
    """All corners, a grid of ends, starts and middles, and some settings by lot; in an order that is by lot, too.

    An `update` that keeps what it drew last must be right whichever setting came before.
    """
    names = [c.name for c in e.controls]
    ends = [(c.values[0], c.values[-1]) for c in e.controls]
    between = [
        c.values
        if len(c.values) <= 4
        else (c.values[0], c.initial, c.values[len(c.values) // 2], c.values[-1])
        for c in e.controls
    ]
    lot = Random(e.slug)
    grid = list(product(*between))
    inner = [tuple(lot.choice(c.values) for c in e.controls) for _ in range(12)]
    chosen = dict.fromkeys(product(*ends)) | dict.fromkeys(lot.sample(grid, min(len(grid), most)))
    chosen |= dict.fromkeys(inner)
    chosen = [dict(zip(names, values, strict=True)) for values in chosen] + [
        e.initial | more for more in also
    ]
    lot.shuffle(chosen)
    return [e.initial, *chosen]
