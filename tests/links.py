"""Links to settings of explorers, as they stand in chapters and pages."""

import html
import re
from pathlib import Path
from urllib.parse import unquote

import nbformat

from klbook.explorers.live import MIME
from klbook.figures import all_figures

CHAPTERS = Path(__file__).parents[1] / "chapters"


def shown_in(notebook):
    """Slugs of the explorers that a notebook shows."""
    outputs = [o for cell in notebook.cells for o in cell.get("outputs", [])]
    return {o["data"][MIME]["slug"] for o in outputs if MIME in o.get("data", {})}


def to_other_chapters(text):
    """(chapter, address behind the #) of each Markdown link to a place in a notebook."""
    return re.findall(r"\]\(([\w-]+)\.ipynb#([^)\s]+)\)", text)


def wrong_settings(text):
    """What is wrong with the links of a text to settings, of its own explorers and of other chapters', in sentences."""
    figures = all_figures()
    links = [(None, address) for address in re.findall(r'<a href="#([^"]*)"', text)]
    wrong = []
    for chapter, address in links + to_other_chapters(text):
        slug, *pairs = unquote(html.unescape(address)).split("&")
        if slug not in figures:
            wrong.append(f"{address}: there is no explorer {slug!r}")
            continue
        if chapter and not (CHAPTERS / f"{chapter}.ipynb").exists():
            wrong.append(f"{address}: there is no chapter {chapter!r}")
        elif chapter and slug not in shown_in(nbformat.read(CHAPTERS / f"{chapter}.ipynb", as_version=4)):
            wrong.append(f"{address}: {chapter} does not show {slug}")
        controls = {c.name: c for c in figures[slug].controls}
        for pair in pairs:
            name, _, value = pair.partition("=")
            if name not in controls:
                wrong.append(f"{address}: {slug} has no control {name!r}, it has {', '.join(controls)}")
            elif value not in controls[name].texts:
                wrong.append(
                    f"{address}: {name} is never {value!r}; it is {', '.join(controls[name].texts[:5])}, …"
                )
    return wrong
