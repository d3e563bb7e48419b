"""What a release carries: ``python -m klbook.course.release`` puts it into ``_build/release``.

The package's wheel, the built site and the decks of slides as zips that work from the folder into which they are
unpacked, the zips of the course material and of the assignments, and the book as PDF. The same site gives the same
bytes.
"""

import sys
from importlib.metadata import version
from pathlib import Path

from . import CourseError
from .book import ROOT
from .files import replace_folder, zipped

__all__ = ["main", "release"]

#: What is in it: where each is made, by which command.
_PARTS = {
    "html/klbook-*.whl": "site",
    "course/*.zip": "course",
    "assignments/*/*-student.zip": "assignments",
    "pdf/*.pdf": "pdf",
}
#: What is put into a zip: its folder, by which command it is made.
_FOLDERS = {"html": ("site", "site"), "slides": ("slides", "slides")}


def release(build: Path) -> dict[str, bytes]:
    """All files of a release, by name, from the folder ``_build``.

    Raises
    ------
    CourseError
        If one of them has not been made.
    """
    files = {}
    for pattern, command in _PARTS.items():
        found = sorted(build.glob(pattern))
        if not found:
            raise CourseError(f"there is no {pattern} in {build}: run make {command} first")
        files |= {path.name: path.read_bytes() for path in found}
    for folder, (what, command) in _FOLDERS.items():
        name, pages = f"klbook-{version('klbook')}-{what}", (build / folder).rglob("*")
        packed = {
            f"{name}/{p.relative_to(build / folder).as_posix()}": p.read_bytes() for p in pages if p.is_file()
        }
        if not packed:
            raise CourseError(f"there is no {folder} in {build}: run make {command} first")
        files[f"{name}.zip"] = zipped(packed)
    return files


def main(build: Path = ROOT / "_build") -> None:
    """Put the release together anew; where something is missing, what was there stays as it was."""
    try:
        files = release(build)
    except CourseError as error:
        sys.exit(str(error))
    replace_folder(build / "release", files)
    for name, content in sorted(files.items()):
        print(f"{len(content) / 1e6:6.1f} MB  {build.name}/release/{name}")


if __name__ == "__main__":
    main()
