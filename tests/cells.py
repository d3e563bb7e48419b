"""What the cells of the chapters say, for tests that compute it another way."""

import re
from pathlib import Path

import nbformat

ROOT = Path(__file__).parents[1]


def text(chapter, cell_id):
    """What a cell of a chapter says: its own words, or what it shows."""
    cells = nbformat.read(ROOT / "chapters" / f"{chapter}.ipynb", as_version=4).cells
    (cell,) = [c for c in cells if c["id"] == cell_id]
    if cell.cell_type == "markdown":
        return cell.source.replace("−", "-")
    shown = [o.get("text") or o["data"].get("text/markdown") or o["data"]["text/plain"] for o in cell.outputs]
    return "\n".join(shown).replace("−", "-")


def numbers(chapter, cell_id, pattern):
    """The numbers in the brackets of a pattern, found in what the cell shows."""
    found = re.search(pattern, text(chapter, cell_id), flags=re.S)
    assert found, pattern
    return [float(group.replace(",", "")) for group in found.groups()]
