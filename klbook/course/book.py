"""What the book says of itself: its title, version and address, and its pages in their order."""

from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import yaml

__all__ = ["ROOT", "Book", "Part"]

ROOT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Part:
    """Pages under a caption, as paths without their ending; the caption of the first page, alone, is ''."""

    caption: str
    pages: tuple[str, ...]


@dataclass(frozen=True)
class Book:
    """The settings of the book's files; `date` is the one of its version, `site` its address or ''."""

    title: str
    author: str
    version: str
    date: str
    site: str
    parts: tuple[Part, ...]

    @classmethod
    def read(cls, root: Path = ROOT, site: str = "") -> "Book":
        """From ``_config.yml``, ``_toc.yml`` and ``CITATION.cff`` in a folder."""
        config, toc, citation = (
            yaml.safe_load((root / name).read_text(encoding="utf-8"))
            for name in ("_config.yml", "_toc.yml", "CITATION.cff")
        )
        parts = [Part("", (toc["root"],))]
        parts += [Part(p["caption"], tuple(c["file"] for c in p["chapters"])) for p in toc["parts"]]
        date = str(citation["date-released"])
        return cls(config["title"], config["author"], version("klbook"), date, site, tuple(parts))

    def chapters(self, root: Path = ROOT) -> list[str]:
        """Names of the notebooks, in the order of the book."""
        pages = [page for part in self.parts for page in part.pages]
        return [Path(page).name for page in pages if (root / f"{page}.ipynb").exists()]

    @property
    def licence(self) -> str:
        """One line for the foot of a sheet."""
        address = f" {self.site}" if self.site else ""
        return f"{self.title}. Version {self.version}. Text and figures: CC BY 4.0, code: MIT.{address}"
