"""The concordance: theorems and sections of other books, and where this book shows them.

``chapters/concordance.toml`` says which, and ``python -m klbook.site.concordance`` writes the list into
``chapters/concordance.md``, below its introduction. The page is written and not made by a directive, so that it reads
as well in JupyterLab and in the repository; a test says when it is not up to date.

An entry has

- ``book``, a key of the table ``books``, which is a key of the bibliography, too;
- ``item``, what that book calls it, as ``"Theorem 5.4.3"``, and ``name``, what people call it;
- ``chapter``, ``explorer`` and ``setting``: the notebook, the explorer in it, and the values of its controls, as they
  are written beside them; a control that is left out stands where it begins;
- ``seen``, a sentence or two that are true there. ``{D}`` is the readout named D at that setting, with its unit, and
  ``{p}`` the value of the control p.

That the chapter shows the explorer and names the item is tested in ``tests/book/test_concordance.py``.
"""

import re
import string
import tomllib
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import nbformat

import klbook

from ..explorers import Explorer
from ..figures import all_figures

__all__ = ["BEGIN", "Book", "Entry", "address", "main", "markdown", "read", "setting_of"]

ROOT = Path(klbook.__file__).parents[1]
DATA, PAGE = Path("chapters") / "concordance.toml", Path("chapters") / "concordance.md"
#: All below this line of the page is written by `main`.
BEGIN = "<!-- All below comes from concordance.toml: change it there, then run make concordance. -->\n"
_FIELDS = {"book", "item", "name", "chapter", "explorer", "setting", "seen"}
_ITEM = re.compile(r"(Chapter|Corollary|Example|Exercise|Lemma|Problem|Section|Theorem) (\d+(?:\.\d+)*)")


@dataclass(frozen=True)
class Book:
    """A book: the key of its bibliography entry, how it is called, its title, and the titles of its chapters."""

    key: str
    name: str
    title: str
    chapters: dict[str, str]


@dataclass(frozen=True)
class Entry:
    """One item of another book, and one place at which it is seen."""

    book: Book
    item: str
    name: str
    chapter: str
    explorer: Explorer
    setting: dict
    seen: str

    @property
    def number(self) -> tuple[int, ...]:
        """5.4.3 as (5, 4, 3)."""
        return tuple(map(int, self.item.split()[1].split(".")))

    @property
    def texts(self) -> dict[str, str]:
        """The setting as it is written beside the controls."""
        return {c.name: c.texts[c.values.index(self.setting[c.name])] for c in self.explorer.controls}

    @property
    def address(self) -> str:
        """The explorer at its setting, for a link in a page of the folder ``chapters``."""
        return address(self.chapter, self.explorer, self.texts)

    def sentence(self) -> str:
        """What is seen, with its numbers."""
        return self.seen.format_map(self.texts | self.explorer.readouts_at(self.setting))


def address(chapter: str, explorer: Explorer, texts: dict[str, str]) -> str:
    """An explorer of a chapter at a setting, as it is written beside its controls."""
    pairs = [f"&{name}={quote(text, safe='')}" for name, text in texts.items()]
    return f"{chapter}.ipynb#{explorer.slug}{''.join(pairs)}"


def read(text: str) -> tuple[list[Book], list[Entry]]:
    """Books and entries from the text of the data file, each entry by its book and number.

    Raises
    ------
    ValueError
        If the text is not TOML, or if an entry is not as it should be: one sentence that says which entry, and what
        would be right.
    """
    try:
        data = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        raise ValueError(f"concordance.toml is not TOML: {error}") from None
    if more := sorted(data.keys() - {"books", "entry"}):
        raise ValueError(f"concordance.toml has tables [books.…] and [[entry]] only, not {more[0]!r}")
    books, entries = {key: _book(key, fields) for key, fields in data.get("books", {}).items()}, []
    for k, fields in enumerate(data.get("entry", []), start=1):
        try:
            entries.append(_entry(fields, books))
        except ValueError as error:
            named = " ".join(str(fields[x]) for x in ("book", "item") if x in fields)
            raise ValueError(f"concordance.toml, entry {k} ({named or 'without a name'}): {error}") from None
    _once(entries)
    order = {key: k for k, key in enumerate(books)}
    return list(books.values()), sorted(entries, key=lambda e: (order[e.book.key], e.number))


def _book(key, fields):
    try:
        return Book(key, **fields)
    except TypeError:
        raise ValueError(
            f"concordance.toml: the book {key!r} has a name, a title and the titles of its chapters, and nothing else"
        ) from None


def _entry(fields, books):
    lacking, more = sorted(_FIELDS - fields.keys()), sorted(fields.keys() - _FIELDS)
    if lacking or more:
        raise ValueError(
            "; ".join(
                f"{what} {', '.join(x)}" for what, x in (("it lacks", lacking), ("unknown is", more)) if x
            )
        )
    for name in sorted(_FIELDS - {"setting"}):
        if not (isinstance(fields[name], str) and fields[name].strip()):
            raise ValueError(f"{name} must be a text, not {fields[name]!r}")
    if fields["book"] not in books:
        raise ValueError(f"there is no book {fields['book']!r}; there are {', '.join(books)}")
    book = books[fields["book"]]
    found = _ITEM.fullmatch(fields["item"])
    if not found:
        raise ValueError("item must be a kind and a number, as 'Theorem 5.4.3' or 'Section 2.3'")
    if (chapter := found[2].split(".")[0]) not in book.chapters:
        raise ValueError(f"the title of chapter {chapter} is not among those of {book.name}")
    figures = all_figures()
    if fields["explorer"] not in figures:
        raise ValueError(f"there is no explorer {fields['explorer']!r}")
    explorer = figures[fields["explorer"]]
    setting = explorer.initial | setting_of(fields["setting"], explorer)
    known = {c.name for c in explorer.controls} | {r.name for r in explorer.readouts}
    try:
        asked = {name for _, name, _, _ in string.Formatter().parse(fields["seen"]) if name is not None}
    except ValueError as error:
        raise ValueError(f"the braces in what is seen: {error}") from None
    if asked - known:
        raise ValueError(
            f"{explorer.slug} has no {{{min(asked - known)}}} to put into a sentence, it has {', '.join(sorted(known))}"
        )
    return Entry(book, fields["item"], fields["name"], fields["chapter"], explorer, setting, fields["seen"])


def setting_of(texts: dict[str, str], explorer: Explorer) -> dict:
    """Values of controls from what is written beside them; what is wrong with them is said in a ValueError."""
    if not isinstance(texts, dict):
        raise ValueError(f"setting must be a table, as {{ p = '0.50' }}, not {texts!r}")
    controls, values = {c.name: c for c in explorer.controls}, {}
    for name, text in texts.items():
        if name not in controls:
            raise ValueError(f"{explorer.slug} has no control {name!r}, it has {', '.join(controls)}")
        if text not in controls[name].texts:
            first, last = controls[name].texts[0], controls[name].texts[-1]
            raise ValueError(
                f"{name} of {explorer.slug} is never {text!r}; it goes from {first!r} to {last!r}"
            )
        values[name] = controls[name].values[controls[name].texts.index(text)]
    return values


def _once(entries):
    """No place twice for the same item, and one name for each."""
    places, names = set(), {}
    for e in entries:
        if (place := (e.book.key, e.item, e.address)) in places:
            raise ValueError(
                f"concordance.toml has {e.book.key} {e.item} twice at the same setting of {e.explorer.slug}"
            )
        places.add(place)
        if names.setdefault((e.book.key, e.item), e.name) != e.name:
            raise ValueError(f"concordance.toml has two names for {e.book.key} {e.item}, one is {e.name!r}")


def markdown(books: list[Book], entries: list[Entry], root: Path = ROOT) -> str:
    """The list, in plain Markdown: a heading for each book and each of its chapters, then its items.

    A list and not a table: each line is a sentence, and a phone has no room for columns of sentences.
    """
    lines = []
    for book in books:
        lines += [
            f"## {book.name}",
            "",
            f"*{book.title}*; see [the bibliography](bibliography.md#{book.key}).",
            "",
        ]
        chapter = item = None
        for e in (e for e in entries if e.book is book):
            if chapter != (chapter := str(e.number[0])):
                lines += [f"### {chapter} · {book.chapters[chapter]}", ""]
            if item != (item := e.item):
                lines += [f"- **{item}**, {e.name}", ""]
            lines += [
                f"  [{e.explorer.title}]({e.address}), in *{_title(root / 'chapters', e.chapter)}*: {e.sentence()}",
                "",
            ]
    return "\n".join(lines)


def _title(folder, chapter):
    notebook = nbformat.read(folder / f"{chapter}.ipynb", as_version=4)
    return re.match(r"# (.*)", notebook.cells[0].source)[1]


def main(root: Path = ROOT) -> None:
    """Write the list into the page."""
    books, entries = read((root / DATA).read_text(encoding="utf-8"))
    introduction, begin, _ = (root / PAGE).read_text(encoding="utf-8").partition(BEGIN)
    if not begin:
        raise ValueError(f"{PAGE.name} has no line {BEGIN.strip()!r}, below which the list would stand")
    (root / PAGE).write_text(introduction + begin + "\n" + markdown(books, entries, root), encoding="utf-8")


if __name__ == "__main__":
    main()
