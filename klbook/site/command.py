"""How the commands end that write files: with what they say of them, or with one sentence, and never in a traceback."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from .solutions import CourseError

__all__ = ["EXTRA", "no_folder", "sentences"]

EXTRA = "install the extra: pip install -r requirements-course.txt"


@contextmanager
def sentences() -> Iterator[None]:
    """What is wrong inside is said in one sentence on stderr, and so is that somebody stopped it."""
    try:
        yield
    except KeyboardInterrupt:
        print("\nstopped; what was there stays as it was", file=sys.stderr)
        sys.exit(130)
    except ModuleNotFoundError as error:
        if (error.name or "klbook").partition(".")[0] == "klbook":
            raise  # a mistake of ours
        sys.exit(f"the package {error.name} is not installed: {EXTRA}")
    except OSError as error:
        where = f"{error.filename2 or error.filename}: " if error.filename else ""
        sys.exit(f"{where}{error.strerror or error}")
    except (CourseError, ValueError) as error:  # a ValueError is a setting's
        sys.exit(str(error))


def no_folder(path: Path) -> str:
    """Why files cannot be written into a folder, which need not be there yet; '' if they can."""
    try:
        there = next(p for p in (path, *path.absolute().parents) if p.exists() or p.is_symlink())
    except OSError as error:
        return f"{path} cannot be a folder: {error.strerror}"
    if not there.is_dir():
        return f"{there} is a file and has to be a folder"
    return "" if os.access(there, os.W_OK | os.X_OK) else f"nothing can be written into {there}"
