"""Files of the course: their bytes depend on nothing but what is in them, and they take the place of nobody else's."""

import hashlib
import io
import json
import os
import shutil
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path

from ..site.command import no_folder
from ..site.solutions import CourseError
from .book import ROOT

__all__ = ["MARK", "made", "replace_folder", "replaceable", "zipped"]

#: In each folder that is replaced: what was written into it, and of which state of the book it was made.
MARK = ".klbook-made"


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip of `files`, in the order of their names, without times of day."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in sorted(files):
            info = zipfile.ZipInfo(name)  # dated 1980, the first year that a zip knows
            info.compress_type, info.external_attr, info.create_system = zipfile.ZIP_DEFLATED, 0o644 << 16, 3
            archive.writestr(info, files[name])
    return packed.getvalue()


def made(folder: Path) -> tuple[dict[str, str], str]:
    """Which files of a folder are ours, with their digests, and of which state of the book: by its mark."""
    try:
        mark = json.loads((folder / MARK).read_text(encoding="utf-8"))
        return {str(name): str(digest) for name, digest in mark["files"].items()}, str(mark["state"])
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return {}, ""


def replaceable(folder: Path) -> Path:
    """The folder in full, if files may be written in place of what is there; asked before the work and after it.

    Raises
    ------
    CourseError
        If it is a link, holds the project or the folder one is in, or has anything that was not written by us, or
        has been changed since.
    """
    if folder.is_symlink():
        raise CourseError(f"{folder} is a link to {os.readlink(folder)}; name the folder itself")
    full = folder.resolve()
    if wrong := no_folder(full):
        raise CourseError(f"{wrong}; nothing was written")
    for what, kept in (("the project", ROOT), ("the folder you are in", Path.cwd())):
        if kept.resolve().is_relative_to(full):
            raise CourseError(f"{folder} is replaced as a whole, and {what} is in it; name another folder")
    if not full.exists():
        return full
    ours = made(full)[0]
    for path in sorted(full.rglob("*")):
        name = path.relative_to(full).as_posix()
        if name == MARK or (path.is_dir() and not path.is_symlink()):
            continue
        if name not in ours:
            wrong = "was not written by this command"
        elif path.is_symlink() or not _has(path, ours[name]):
            wrong = "has been changed since this command wrote it"
        else:
            continue
        raise CourseError(
            f"{folder} is replaced as a whole, and {name} in it {wrong}; move it away, or name another folder"
        )
    return full


def _digest(content):
    return hashlib.sha256(content).hexdigest()


def _has(path, digest):
    """Whether a file has what was written; not if it is gone, as another of us may have been a moment faster."""
    try:
        return _digest(path.read_bytes()) == digest
    except OSError:
        return False


def replace_folder(folder: Path, files: Mapping[str, bytes], state: str = "") -> None:
    """Write `files` as `folder`, in place of what is there: all of it, once it is written, or nothing.

    Raises
    ------
    CourseError
        As :func:`replaceable`, or with the file that cannot be written.
    """
    full = replaceable(folder)
    digests = {name: _digest(files[name]) for name in sorted(files)}
    mark = json.dumps({"state": state, "files": digests}, indent=1) + "\n"
    try:
        full.parent.mkdir(parents=True, exist_ok=True)
        # A name of its own, for there may be two of us.
        aside = Path(tempfile.mkdtemp(prefix=".klbook-", dir=full.parent))
    except OSError as error:
        raise CourseError(f"{folder} cannot be written: {error.strerror or error}") from None
    new, old, name = aside / "new", aside / "old", ""
    try:
        for name, content in {**files, MARK: mark.encode()}.items():
            (new / name).parent.mkdir(parents=True, exist_ok=True)
            (new / name).write_bytes(content)
        name = ""
        try:
            if full.exists():
                os.replace(full, old)
            os.replace(new, full)
        except BaseException:
            if old.exists() and not full.exists():
                os.replace(old, full)
            raise
    except OSError as error:
        raise CourseError(f"{full / name} cannot be written: {error.strerror or error}") from None
    finally:
        shutil.rmtree(aside, ignore_errors=True)
