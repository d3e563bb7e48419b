"""What a release carries: ``python -m klbook.course.release`` puts it into ``_build/release``.

The package's wheel, the built site and the decks of slides as zips that work from the folder into which they are
unpacked, the zips of the course material and of the assignments, and the book as PDF. The same site gives the same
bytes.
"""

from importlib.metadata import version
from pathlib import Path

from ..site import addresses, freshness
from ..site.command import sentences
from . import CourseError
from .book import ROOT
from .files import MARK, made, replace_folder, replaceable, zipped
from .paper import SIZES

__all__ = ["main", "release"]

#: What is in it: where each is made, by which command.
_PARTS = {
    "html/klbook-{version}-*.whl": "site",
    "course/klbook-course-{version}.zip": "course",
    "course/klbook-students-{version}.zip": "course",
    "assignments/*/*-student.zip": "assignments",
    "pdf/klbook-*.pdf": "pdf",
}
#: What is put into a zip: its folder, and the command that makes it, whose name it has.
_FOLDERS = {"html": "site", "slides": "slides"}
#: What says of which state of the book it was made. (Assignments are not made of the book.)
_OF_THE_BOOK = ("course", "pdf", "slides")


def release(build: Path, root: Path = ROOT) -> dict[str, bytes]:
    """All files of a release, by name, from the folder ``_build`` of the book in a folder.

    Raises
    ------
    CourseError
        If one of them has not been made, or of another state of the book.
    """
    files, state = {}, freshness.check(build / "html", root, addresses.site(addresses.book()))

    def checked(found, name, command):
        if not found:
            raise CourseError(f"there is no {name} in {build}: run make {command} first")
        if command in _OF_THE_BOOK and made(build / command)[1] != state:
            raise CourseError(
                f"what is in {build / command} was made of another state of the book: run make {command} first"
            )
        return found

    for pattern, command in _PARTS.items():
        pattern = pattern.format(version=version("klbook"))
        found = checked(sorted(build.glob(pattern)), pattern, command)
        if command == "pdf":  # another size may be left from another time
            ours = [f"klbook-{size.lower()}.pdf" for size in SIZES]
            found = [path for path in found if path.name in ours and path.name in made(build / "pdf")[0]]
        files |= {path.name: path.read_bytes() for path in found}
    for folder, command in _FOLDERS.items():
        name = f"klbook-{version('klbook')}-{command}"
        packed = {
            f"{name}/{p.relative_to(build / folder).as_posix()}": p.read_bytes()
            for p in (build / folder).rglob("*")
            if p.is_file() and p.name not in (MARK, freshness.MADE_FROM)
        }
        files[f"{name}.zip"] = zipped(checked(packed, folder, command))
    return files


def main(build: Path = ROOT / "_build", root: Path = ROOT) -> None:
    """Put the release together anew; where something is missing, what was there stays as it was."""
    with sentences():
        replaceable(build / "release")
        files = release(build, root)
        replace_folder(build / "release", files)
    for name, content in sorted(files.items()):
        print(f"{len(content) / 1e6:6.1f} MB  {build.name}/release/{name}")


if __name__ == "__main__":
    main()
