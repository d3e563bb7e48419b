"""The table with the marks: a line more as each notebook is done, and nothing is lost that others have written."""

import contextlib
import csv
import io
import os
import re
import shutil
from pathlib import Path

from klbook.course.assignments import AssignmentError

__all__ = ["PLACE", "Table", "as_cell", "place"]

LONGEST = 30_000  # characters in a cell: a spreadsheet takes 32,767
#: The column with the path of a file, from the table's folder: what a line is about.
PLACE = "found at"
BEFORE = "[Marks and feedback are those of the time before. When it was graded again: "


def place(path) -> str:
    """The full path of a file; what itself is a link is not followed, as it may have the name of another student."""
    return os.path.join(os.path.realpath(os.path.dirname(path)), os.path.basename(path))


def as_cell(x):
    """What stands in the table; a text that a spreadsheet would take for a formula gets an apostrophe before it."""
    if not isinstance(x, str):
        return int(x) if x == int(x) else x
    if len(x) > LONGEST:
        x = f"{x[:LONGEST]}\n[Cut here, after {LONGEST:,} of {len(x):,} characters; look into the notebook.]"
    x = x.replace("\0", "\N{REPLACEMENT CHARACTER}")
    return f"'{x}" if re.match(r"\s*[=+\-@]|[\t\r]", x) else x


class Table:
    """A file with marks.

    Whoever enters points while notebooks are graded, or grades others into the same table, loses nothing: if the file
    has changed, it is read again before it is written.
    """

    def __init__(self, path, assignment):
        self.path = Path(os.path.realpath(path))
        self.new = self.path.with_name(f"{self.path.name}.new")
        self.assignment, self.columns, self.delimiter = assignment, assignment.columns, ","
        self.points = [points for points, _ in assignment.by_hand.values()]
        self.lines, self.ours, self.added = {}, {}, set()  # of the file, of this run, and new in it
        if not self.path.parent.is_dir():
            raise AssignmentError(f"{path}: there is no folder {self.path.parent} to write the table into")
        if self.path.exists() and not self.path.is_file():
            raise AssignmentError(f"{path}: the table cannot be written there, this is no file")
        if self.new.exists():
            raise AssignmentError(
                f"{self.new} is there, perhaps with the marks of a time when {self.path.name} could not be written: "
                "put it in its place, or move it away"
            )
        try:
            self.seen = self._bytes()
            if self.path.exists() and not os.access(self.path, os.W_OK):
                raise PermissionError("it is for reading only")
            with self._beside(""):
                pass
        except OSError as error:
            raise AssignmentError(f"{path}: the table cannot be read or written there ({error})") from None
        self._read(path)

    def _bytes(self):
        return self.path.read_bytes() if self.path.exists() else b""

    def _read(self, path):
        """Take what the file has."""
        wrong, lines, titles = "", {}, []
        try:
            text = self.seen.decode("utf-8-sig")
            if not text.strip():
                return
            headers = {x: next(csv.reader(io.StringIO(text, newline=""), delimiter=x)) for x in ",;\t"}
            delimiter = next((x for x, titles in headers.items() if "file" in titles), ",")
            table = csv.DictReader(io.StringIO(text, newline=""), delimiter=delimiter, restval="")
            titles = list(table.fieldnames or ())
            for number, line in enumerate(table, 2):
                name = line.get("file") or ("", number)  # somebody's own line, such as a mean
                if None in line:
                    wrong = f"line {number} has more columns than the first"
                if name in lines:
                    wrong = f"there are two lines {name}"
                lines[name] = line
        except (ValueError, csv.Error):
            pass
        if not set(self.assignment.columns) <= set(titles):
            wrong = f"this is no table of {self.assignment.name} in UTF-8"
        elif len(set(titles)) < len(titles):
            twice = next(title for title in titles if titles.count(title) > 1)
            wrong = f"two columns have the same title, {twice!r}"
        if wrong:
            raise AssignmentError(
                f"{path}: {wrong}, so something would be lost; mend it, or give another --output"
            )
        self.columns, self.lines, self.delimiter = titles, lines, delimiter

    def _place(self, line):
        """The full path of the file of a line, or ''."""
        return os.path.normpath(os.path.join(self.path.parent, line[PLACE])) if line.get(PLACE) else ""

    @property
    def known(self):
        """What the table calls a file, by its full path."""
        return {
            at: key for key, line in self.lines.items() if isinstance(key, str) and (at := self._place(line))
        }

    def check(self, files):
        """Refuse files that would take the lines of others."""
        for key, path in files.items():
            other = self._place(self.lines.get(key, {}))
            if other and other != place(path) and os.path.lexists(other):
                raise AssignmentError(
                    f"{path}: in {self.path.name} the line {key} is that of {other}; give another --output, or name "
                    "the folder that holds both"
                )

    def add(self, line, path):
        """Take a line, and say what somebody should know: sentences."""
        key = line["file"]
        old, said = self.lines.get(key, {}), []
        if old.get("state") == "graded" and line["state"] != "graded":
            feedback = re.sub(rf"\A{re.escape(BEFORE)}.*?\]\n", "", old["feedback"], flags=re.S)
            line = {title: old[title] for title in line} | {
                "feedback": f"{BEFORE}{line['feedback']}]\n{feedback}"
            }
            said.append("its marks of the time before stay")
        else:
            said += [
                f"{points}: the answer has changed since these points were entered"
                for points in self.points
                if old.get(points) and _answer(old, points) != _answer(line, points)
            ]
        with contextlib.suppress(ValueError):  # on another drive of Windows
            path = os.path.relpath(place(path), self.path.parent)
        path = os.fspath(path).encode("utf-8", "backslashreplace").decode()
        line[PLACE] = path if path.startswith((".", os.sep)) or os.path.isabs(path) else f".{os.sep}{path}"
        if key not in self.lines:
            self.added.add(key)
        self.ours[key] = line
        return said

    def save(self):
        """Write all that there is: beside the file first, so that at any time one of the two is whole."""
        error, before = None, self.seen
        try:
            self.seen = self._bytes()
            if self.seen != before:
                self._read(self.path)
        except (OSError, AssignmentError) as changed:
            error, self.seen = OSError(str(changed)), before
        for key, line in self.ours.items():
            old = self.lines.get(key, {})
            kept = {title: x for title, x in old.items() if title not in line or title in self.points}
            self.lines[key] = dict.fromkeys(self.columns, "") | line | kept
        order = [key for key in self.lines if key not in self.added] + sorted(self.added)
        text = io.StringIO(newline="")
        table = csv.DictWriter(text, self.columns, lineterminator="\n", delimiter=self.delimiter)
        table.writeheader()
        table.writerows(self.lines[key] for key in order)
        with self._beside(text.getvalue()) as beside:
            try:
                if error:
                    raise error
                if self.path.exists():
                    shutil.copymode(self.path, beside)
                content = Path(beside).read_bytes()
                os.replace(beside, self.path)
                self.seen = content
                self.new.unlink(missing_ok=True)  # of a moment ago, when the file could not be written
            except OSError:
                os.replace(beside, self.new)
                raise

    @contextlib.contextmanager
    def _beside(self, text):
        """A file beside the table, whole or not there."""
        beside = self.path.with_name(f".{self.path.name}.{os.getpid()}")
        try:
            with beside.open("w", encoding="utf-8-sig", errors="backslashreplace", newline="") as file:
                file.write(text)
            yield beside
        finally:
            beside.unlink(missing_ok=True)


def _answer(line, points):
    """The answer to which points belong; spreadsheets change the ends of its lines."""
    return line[re.sub(r" \(points by hand.*\)$", " (answer)", points)].split()
