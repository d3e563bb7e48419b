"""All course material: ``python -m klbook.course`` makes it from the built site and the chapters, in ``_build/course``.

If a chapter does not run or anything else is wrong, it says so in one sentence, and what was there stays as it was.
"""

import argparse
import re
import tempfile
from pathlib import Path

import nbformat

from ..site import addresses, freshness
from ..site.command import sentences
from ..site.downloads import UNKNOWN
from ..site.solutions import read
from . import CourseError, notebooks
from .book import ROOT, Book
from .files import replace_folder, replaceable, zipped
from .handouts import handouts
from .paper import ready
from .questions import check, moodle, qti, questions_of

__all__ = ["course", "main", "on_its_own"]

_README = """\
# Course material of {title}

Version {version}, made from the chapters. Text and figures: CC BY 4.0, code: MIT licence.{address}

- `students/`: the notebooks without solutions, with an empty cell where code is asked.
- `instructors/`: the notebooks with all solutions, unfolded.
- `handouts/`: the same as PDF, on A4 and Letter. On those for students there is room to write where a solution stood,
  and the answers to the self-checks are left to tick, without what is said to them.
- `questions/self-checks-qti.zip`: the {count} self-checks with their feedback, one quiz for each chapter, as QTI 1.2,
  for Canvas and others (where this could not be tried).
- `questions/self-checks-moodle.xml`: the same as Moodle XML, for the question bank, one category for each chapter.
{wheel}- `klbook-students-{version}.zip`, beside the zip of all: what students may have, without solutions.
"""
_WHEEL = """\
- `{wheel}`: the package that the notebooks use. Their first cell installs it{where}; to install it once for all of
  them: `pip install {wheel}`.
"""
_INSTALL = """\
# This notebook needs the package of the book that it belongs to: its file, beside this one or in the folder above.
from pathlib import Path

wheel = next((path for path in (Path("{wheel}"), Path("../{wheel}")) if path.exists()), None)
assert wheel, "put {wheel}, which came with this notebook, into the same folder"
%pip install --quiet {{wheel}}
"""


def course(site: Path, book: Book, root: Path = ROOT) -> dict[str, bytes]:
    """Everything, by the name of its file.

    Raises
    ------
    CourseError
        If a student's notebook does not run, a solution or a question is not as it should be, or the site is not there.
    """
    files, questions, titles = {}, [], {}
    ready(site)
    # They are run there; those that are handed out have the site's links.
    with tempfile.TemporaryDirectory() as folder:
        notebooks.write(Path(folder), [root / "chapters" / f"{name}.ipynb" for name in book.chapters(root)])
    wheel = next((path for path in site.glob("klbook-*.whl")), None)
    for name in book.chapters(root):
        source = read(root / "chapters" / f"{name}.ipynb", f"chapters/{name}.ipynb")
        titles[name] = source.cells[0].source.splitlines()[0].removeprefix("# ")
        alone = on_its_own(_served(site, name, source), wheel and wheel.name)
        questions += questions_of(alone, name)  # whose links are right wherever they are read
        for whose, cut in (("students", notebooks.student), ("instructors", notebooks.instructor)):
            made = nbformat.writes(cut(alone, f"{name}.ipynb"), version=4) + "\n"
            files[f"{whose}/{name}.ipynb"] = made.encode()
    check(questions)
    asked = questions, titles, book.title, book.site or None
    files["questions/self-checks-qti.zip"] = qti(*asked)
    files["questions/self-checks-moodle.xml"] = moodle(*asked)
    if wheel:
        files[wheel.name] = wheel.read_bytes()
    files |= {f"handouts/{name}": pdf for name, pdf in handouts(site, book, book.chapters(root)).items()}
    files["README.md"] = _readme(book, len(questions), wheel and wheel.name).encode()
    everything = zipped(files)
    to_hand_out = {
        n: files[n] for n in files if n.startswith(("students/", "handouts/students/")) or n.endswith(".whl")
    }
    files[f"klbook-students-{book.version}.zip"] = zipped(to_hand_out)
    files[f"klbook-course-{book.version}.zip"] = everything
    return files


def _served(site, name, source):
    """The copy of a chapter that the site serves: its links lead there, and its first cell installs the package."""
    path = site / "_sources" / "chapters" / f"{name}.ipynb"
    served = read(path) if path.exists() else None
    if served is None or [c.id for c in served.cells if c.id != "install"] != [c.id for c in source.cells]:
        raise CourseError(
            f"the site in {site} has not the present chapters/{name}.ipynb: run make site first"
        )
    return served


def on_its_own(notebook, wheel: str | None):
    """A chapter as the site serves it, in place, for a folder beside the wheel where no address of the site is known.

    Links to the site become text, and the package comes from the folder above.
    """
    for cell in notebook.cells:
        if cell.id == "install" and UNKNOWN in cell.source:
            cell.source = _INSTALL.format(wheel=wheel).rstrip()
        cell.source = _without_links(cell.source)
        for output in cell.get("outputs", []):
            for mime in ("text/markdown", "text/html"):
                if mime in output.get("data", {}):
                    output.data[mime] = _without_links(output.data[mime])
    return notebook


def _without_links(text):
    unknown = re.escape(UNKNOWN)
    text = re.sub(rf"\[((?:[^\[\]]|\[[^\[\]]*\])*)\]\({unknown}[^)\s]*\)", r"\1", text)
    return re.sub(rf'<a href=\\?"{unknown}[^"]*">(.*?)</a>', r"\1", text, flags=re.DOTALL)


def _readme(book, count, wheel):
    where = f" from {book.site}" if book.site else " from the folder above"
    said = _WHEEL.format(wheel=wheel, where=where) if wheel else ""
    address = f" {book.site}" if book.site else ""
    return _README.format(title=book.title, version=book.version, address=address, count=count, wheel=said)


def main(arguments=None, root: Path = ROOT) -> None:
    """Make it and write it, or say in one sentence what is wrong."""
    parser = argparse.ArgumentParser(prog="python -m klbook.course", description=__doc__.splitlines()[0])
    parser.add_argument("--output", type=Path, default=root / "_build" / "course", metavar="DIR")
    output = parser.parse_args(arguments).output
    with sentences():
        replaceable(output)
        book, site = Book.read(root, site=addresses.site(addresses.book())), root / "_build" / "html"
        ready(site)
        state = freshness.check(site, root, book.site)
        files = course(site, book, root)
        replace_folder(output, files, state)
    for name in sorted(files):
        if name.count("/") < 2:
            print(f"{len(files[name]) / 1e6:6.2f} MB  {output / name}")
    print(f"{sum(name.endswith('.pdf') for name in files)} handouts in {output / 'handouts'}")


if __name__ == "__main__":
    main()
