"""How the book is cited: from ``CITATION.cff``, in the version that is installed.

``{citation}`` in a Markdown page is a sentence and an entry for BibTeX.
"""

from importlib.metadata import version
from pathlib import Path

import yaml
from docutils import nodes
from docutils.parsers.rst import Directive

import klbook

from . import addresses

__all__ = ["FILE", "bibtex", "read", "setup"]

FILE = Path(klbook.__file__).parents[1] / "CITATION.cff"


def read() -> dict[str, str]:
    """Authors, year, title and version."""
    cited = yaml.safe_load(FILE.read_text(encoding="utf-8"))
    return {
        "author": " and ".join(author["name"] for author in cited["authors"]),
        "year": str(cited["date-released"])[:4],
        "title": cited["title"],
        "version": version("klbook"),
    }


def bibtex(cited: dict[str, str], address: str = "") -> str:
    """An entry for BibTeX, with the address where it is known.

    Examples
    --------
    >>> print(bibtex({"author": "The authors", "year": "2026", "title": "On KL", "version": "1.0"}))
    @misc{klbook-1.0,
      author  = {{The authors}},
      title   = {{On KL}},
      year    = {2026},
      note    = {Version 1.0}
    }
    """
    # In a second pair of braces capitals stay, and a group is not taken for first and last names.
    fields = {
        "author": f"{{{cited['author']}}}",
        "title": f"{{{cited['title']}}}",
        "year": cited["year"],
        "note": f"Version {cited['version']}",
    }
    if address:
        fields["url"] = address
    lines = [f"  {name:7} = {{{text}}}" for name, text in fields.items()]
    return "\n".join([f"@misc{{klbook-{cited['version']},", ",\n".join(lines), "}"])


class _Citation(Directive):
    """``{citation}``"""

    def run(self):
        env = self.state.document.settings.env
        env.note_dependency(str(FILE))
        cited, site = read(), addresses.site(env.app)
        sentence = nodes.paragraph("", "", nodes.Text(f"{cited['author']} ({cited['year']}). "))
        sentence += nodes.emphasis("", cited["title"])
        sentence += nodes.Text(f", version {cited['version']}.")
        if site:
            sentence += [nodes.Text(" "), nodes.reference("", site, refuri=site)]
        entry = bibtex(cited, site)
        return [nodes.block_quote("", sentence), nodes.literal_block(entry, entry, language="bibtex")]


def setup(app):
    """Register with Sphinx."""
    app.add_directive("citation", _Citation)
