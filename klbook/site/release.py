"""What a release carries: ``python -m klbook.site.release [FILE ...]`` puts it into ``_build/release``.

The package's wheel, the built site as one zip that works from the folder into which it is unpacked, and the files that
are named. The same site gives the same bytes.
"""

import shutil
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import klbook

__all__ = ["main", "zipped"]

ROOT = Path(klbook.__file__).parents[1]
#: The earliest that a zip file knows, in place of when the files were written.
_TIME = (1980, 1, 1, 0, 0, 0)


def zipped(folder: Path, archive: Path, name: str) -> None:
    """All files of `folder` in a zip file, below a folder that is called `name`."""
    with zipfile.ZipFile(archive, "w") as made:
        for path in sorted(p for p in folder.rglob("*") if p.is_file()):
            entry = zipfile.ZipInfo(f"{name}/{path.relative_to(folder).as_posix()}", _TIME)
            entry.external_attr = 0o644 << 16
            made.writestr(entry, path.read_bytes(), zipfile.ZIP_DEFLATED, 9)


def main(more: list[str], root: Path = ROOT) -> None:
    """Put the release together anew. What is missing is said in one sentence, and nothing is put together."""
    site, release = root / "_build" / "html", root / "_build" / "release"
    wheels = list(site.glob("*.whl"))
    if len(wheels) != 1:
        sys.exit(f"there is no site with its wheel in {site}: run make site first")
    if absent := [name for name in more if not Path(name).is_file()]:
        sys.exit(f"there is no file {', '.join(absent)}")
    shutil.rmtree(release, ignore_errors=True)
    release.mkdir(parents=True)
    for path in [*wheels, *map(Path, more)]:
        shutil.copyfile(path, release / path.name)
    name = f"klbook-{version('klbook')}-site"
    zipped(site, release / f"{name}.zip", name)
    for path in sorted(release.iterdir()):
        print(f"{path.stat().st_size / 1e6:6.1f} MB  {path.relative_to(root)}")


if __name__ == "__main__":
    main(sys.argv[1:])
