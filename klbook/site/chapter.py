"""A new chapter in one command: ``make chapter NAME=my-chapter``.

It writes a notebook, a module of figures, one of ideas, their tests and their reference from ``templates/chapter``, and
enters the chapter where the book lists its chapters. What it writes is a draft that says so, and passes all tests.
"""

import json
import keyword
import re
import sys
from pathlib import Path

import nbformat

import klbook

from .notebooks import execute

__all__ = ["files", "main", "notebook", "problem"]

ROOT = Path(klbook.__file__).parents[1]
_TEMPLATES = Path("templates") / "chapter"
#: template -> what becomes of it
_NEW = {
    "ideas.py": "klbook/ideas/{module}.py",
    "figures.py": "klbook/figures/{module}.py",
    "test_ideas.py": "tests/ideas/test_{module}.py",
    "reference.py": "tests/references/{module}.py",
    "notebook.md": "chapters/{name}.ipynb",
}
#: file -> (the line before which something is put, what); the last such line counts
_ENTERED = {
    "_toc.yml": ("  - caption: Back matter\n", "      - file: chapters/{name}\n"),
    "index.md": ("::::\n", "{card}\n"),
    "tests/ideas/test_door.py": ('    "surprise": "surprisal",\n', '    "{module}": "halvings",\n'),
}
_FENCE = re.compile(r"^```python(?P<tags>[a-z -]*)\n(?P<code>.*?)\n```$", flags=re.M | re.S)
_PARTED = re.compile(r"^\+\+\+([a-z -]*)$", flags=re.M)
#: The first line of a cell that gives slides: what its metadata say of them.
_SLIDE = re.compile(r"(?:<!--|#) slide (\[.*\])(?: -->)?\n+")


def problem(name: str, root: Path) -> str | None:
    """What is wrong with a name, in a sentence, or None."""
    if not re.fullmatch(r"[a-z][a-z0-9]*(-[a-z0-9]+)*", name):
        return (
            f"{name!r} cannot be a chapter's name: small letters, digits and single hyphens, beginning with a letter, "
            "as in make chapter NAME=my-chapter"
        )
    if keyword.iskeyword(name.replace("-", "_")):
        return f"{name!r} is a word of Python, and cannot be a module's name: take a longer one"
    there = [file for file in (new.format(**_names(name)) for new in _NEW.values()) if (root / file).exists()]
    # A page is written as text, too.
    there += [file for file in (f"chapters/{name}.md",) if (root / file).exists()]
    if there:
        return f"there is already {', '.join(there)}: take another name, nothing was written"
    return None


def _names(name):
    return {"name": name, "module": name.replace("-", "_")}


def _filled(text, name):
    title = name.replace("-", " ").capitalize()
    return (
        text.replace("your-chapter", name)
        .replace("your_chapter", name.replace("-", "_"))
        .replace("Your chapter", title)
    )


def files(name: str, root: Path) -> dict[Path, str]:
    """The text of every file that is new or changed."""
    templates = {path.name: path.read_text(encoding="utf-8") for path in (root / _TEMPLATES).iterdir()}
    templates = {file: _filled(text, name) for file, text in templates.items()}
    templates["notebook.md"] = nbformat.writes(notebook(templates["notebook.md"]), version=4) + "\n"
    made = {root / new.format(**_names(name)): templates[template] for template, new in _NEW.items()}
    for file, (line, text) in _ENTERED.items():
        before, found, after = (root / file).read_text(encoding="utf-8").rpartition("\n" + line)
        if not found:
            raise ValueError(
                f"{file} has no line {line.strip()!r}, before which the chapter would be entered"
            )
        made[root / file] = f"{before}\n{text.format(card=templates['card.md'], **_names(name))}{line}{after}"
    return made


def notebook(text: str) -> nbformat.NotebookNode:
    """A notebook from Markdown, in which fenced Python is a cell and ``+++`` parts two cells of text.

    Behind either stand the tags of a cell: ``remove-input`` and ``hide-cell`` fold it in JupyterLab, too. A first line
    ``<!-- slide […] -->``, in code ``# slide […]``, is what its metadata say of slides.

    Examples
    --------
    >>> made = notebook("# Words\\n\\n+++ solution\\n\\nTwo.\\n\\n```python hide-cell solution\\n1 + 1\\n```\\n")
    >>> [(cell.cell_type, cell.source, cell.metadata.get("tags")) for cell in made.cells]
    [('markdown', '# Words', None), ('markdown', 'Two.', ['solution']), ('code', '1 + 1', ['hide-cell', 'solution'])]
    """
    cells, end = [], 0
    for fence in [*_FENCE.finditer(text), None]:
        first, *others = _PARTED.split(text[end : fence.start() if fence else None])
        for tags, words in [("", first), *zip(others[::2], others[1::2], strict=True)]:
            if words.strip():
                cells.append(nbformat.v4.new_markdown_cell(words.strip(), metadata=_tagged(tags)))
        if fence:
            cells.append(nbformat.v4.new_code_cell(fence["code"], metadata=_tagged(fence["tags"])))
            end = fence.end()
    for k, cell in enumerate(cells):
        cell.id = f"cell-{k:02}"
        if slide := _SLIDE.match(cell.source):
            cell.metadata["slide"] = json.loads(slide[1])
            cell.source = cell.source[slide.end() :]
    made = nbformat.v4.new_notebook(cells=cells)
    made.metadata = nbformat.from_dict(
        {
            "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
            "language_info": {"name": "python"},
        }
    )
    return made


def _tagged(words):
    tags = words.split()
    if not tags:
        return {}
    made = {"tags": tags}
    if {"remove-input", "hide-cell"} & {*tags}:
        made["jupyter"] = {"source_hidden": True}
    if "hide-cell" in tags:
        made["jupyter"]["outputs_hidden"] = True
        made["mystnb"] = {
            f"code_prompt_{do}": f"{do.capitalize()} the solution in code" for do in ("show", "hide")
        }
    return made


def main(name: str, root: Path = ROOT) -> None:
    """Write the chapter and run it. What cannot be is said in one sentence, and nothing is left behind."""
    wrong = problem(name, root)
    if wrong:
        sys.exit(wrong)
    made = files(name, root)
    before = {path: path.read_text(encoding="utf-8") for path in made if path.exists()}
    try:
        for path, text in made.items():
            path.parent.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        execute(root / "chapters" / f"{name}.ipynb")
    except BaseException:
        for path in made:
            if path in before:
                path.write_text(before[path], encoding="utf-8")
            else:
                path.unlink(missing_ok=True)
        raise
    for path in made:
        print("changed" if path in before else "wrote  ", path.relative_to(root))
    print(
        "The chapter is a draft and says so. Change what stands in brackets, and `halvings` everywhere; then\n"
        f"  make draft NAME={name}\n"
        "and make book to see it. CONTRIBUTING.md says what a chapter has."
    )


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "")
