"""What the chapter *Recompressing for profit* packs: the book's own files, and files of sources with a known entropy.

How long an archive is depends on the versions of zlib, liblzma and py7zr. So that the book has the same pictures
everywhere, the sizes were measured once and stand in ``data/``, with the versions of zlib, py7zr and Python;
``python -m klbook.figures.archives`` measures them anew, and a test compares some of them with what the libraries at
hand do. Every archive that was measured was unpacked again, to the same bytes.

``data/book.zip`` holds some files of this book as they were when the chapter was written, so that its messages do not
change whenever a sentence of another chapter does.
"""

import csv
import platform
import sys
import zipfile
import zlib
from functools import cache
from importlib.metadata import version
from importlib.resources import files
from typing import NamedTuple

import numpy as np

from ..ideas import archive
from ..ideas.likelihood import empirical_distribution
from ..ideas.recompression import learner_decode, learner_encode
from ..ideas.weather import P

__all__ = [
    "ALPHABETS",
    "CODERS",
    "FILES",
    "LENGTHS",
    "REAL",
    "SOURCES",
    "Size",
    "archive_sizes",
    "book_file",
    "file_sizes",
    "measure",
    "real_file",
    "source_files",
]

_DATA = files(__package__) / "data"
_LETTERS = " abcdefghijklmnopqrstuvwxyz"
#: Symbols of a file, and files of each length.
LENGTHS = (10, 30, 100, 300, 1_000, 3_000, 10_000, 30_000, 100_000)
FILES = 16


@cache
def book_file(name):
    """Bytes of a file of this book: prose.md, coding.py, explorer.css, explorer.js, chapter.ipynb or picture.png."""
    with (_DATA / "book.zip").open("rb") as data, zipfile.ZipFile(data) as packed:
        return packed.read(name)


def _letters():
    """The chain of letters in the book's prose: all else counts as a space, and several spaces as one."""
    letters = [c if c in _LETTERS else " " for c in book_file("prose.md").decode().lower()]
    words = " ".join("".join(letters).split())
    places = np.array([_LETTERS.index(letter) for letter in words])
    counts = np.zeros((len(_LETTERS),) * 2, np.int64)
    np.add.at(counts, (places[:-1], places[1:]), 1)
    return empirical_distribution(counts)


#: The matrix of each source; and the byte that stands for each of its symbols.
SOURCES = {
    "days of P": archive.independent_source(P),
    "wet and dry days": np.array([[0.9, 0.1], [0.1, 0.9]]),
    "chained letters": _letters(),
    "random bytes": archive.independent_source(np.full(256, 1 / 256)),
    "sun every day": np.ones((1, 1)),
}
ALPHABETS = dict(zip(SOURCES, (b"scrn", b"dw", _LETTERS.encode(), bytes(range(256)), b"s"), strict=True))


def source_files(source, n, count=FILES):
    """Seeded files of a source, as symbols and as bytes; the first ones of a longer list are the same."""
    seed = [list(SOURCES).index(source), n]
    # One file after the other from one stream of numbers, so that a few of them are the first of many.
    rng = np.random.default_rng(seed)
    symbols = [archive.sample_files(SOURCES[source], 1, n, rng)[0] for _ in range(count)]
    alphabet = np.frombuffer(ALPHABETS[source], np.uint8)
    return symbols, [alphabet[s].tobytes() for s in symbols]


def _as_symbols(data):
    return np.frombuffer(data, np.uint8).astype(np.int64)


#: coder -> (what is counted -> (encoder, decoder) of bytes); the one that knows the source is made for it.
CODERS = {
    "knows": None,
    "learns": {
        "all": (
            lambda data: learner_encode(_as_symbols(data), 256),
            lambda packed, n: learner_decode(packed, 256, n).astype(np.uint8).tobytes(),
        )
    },
    ".zip": {
        "all": (archive.zip_encode, lambda packed, n: archive.zip_decode(packed)),
        "data": (archive.deflate, lambda packed, n: archive.inflate(packed)),
    },
    ".7z": {
        "all": (archive.seven_zip_encode, lambda packed, n: archive.seven_zip_decode(packed)),
        "data": (archive.lzma2_encode, lambda packed, n: archive.lzma2_decode(packed)),
    },
}


def _for_source(coder, source):
    if coder != "knows":
        return CODERS[coder]
    steps, alphabet = SOURCES[source], np.frombuffer(ALPHABETS[source], np.uint8)
    place = np.zeros(256, np.int64)
    place[alphabet] = np.arange(len(alphabet))
    return {
        "all": (
            lambda data: archive.chain_encode(place[_as_symbols(data)], steps),
            lambda packed, n: alphabet[archive.chain_decode(packed, steps, n)].tobytes(),
        )
    }


class Size(NamedTuple):
    """What files of a source took: bytes of one on average; bits above its surprise, with the standard error."""

    bytes: float
    excess: float
    error: float


def measure(source, n, coder, counted="all", count=FILES):
    """Pack files of a source, unpack them again, and compare their lengths with their surprise."""
    symbols, data = source_files(source, n, count)
    encode, decode = _for_source(coder, source)[counted]
    packed = [encode(x) for x in data]
    if [decode(x, n) for x in packed] != data:
        raise ValueError(f"files of {source!r} do not come back from {coder} ({counted})")
    sizes = np.array([len(x) for x in packed])
    excess = 8 * sizes - archive.surprise_of_files(np.array(symbols), SOURCES[source])
    return Size(float(sizes.mean()), float(excess.mean()), float(excess.std(ddof=1) / np.sqrt(count)))


def _rows(name):
    with (_DATA / name).open(encoding="utf-8", newline="") as lines:
        next(lines)  # the versions
        return list(csv.DictReader(lines))


@cache
def archive_sizes():
    """(source, symbols, coder, counted) -> `Size`, as stored. A coder of ours has no archive around its data."""
    found = {}
    for row in _rows("sizes.csv"):
        size = Size(*(float(row[field]) for field in Size._fields))
        key = row["source"], int(row["symbols"]), row["coder"]
        found[*key, row["counted"]] = size
        if row["coder"] in ("knows", "learns"):
            found[*key, "data"] = size
    return found


#: Real files, of which no truth is known.
REAL = {
    "prose.md": "the text of a chapter",
    "coding.py": "code of this book",
    "explorer.css": "a style sheet",
    "explorer.js": "a script",
    "chapter.ipynb": "a notebook, with its pictures",
    "picture.png": "one of these pictures",
    "prose.zip": "this text again, but packed",
    "secret": "ten thousand random bytes",
    "sentence": "a hundred characters",
}


def real_file(name):
    """Bytes of one of the real files."""
    if name == "prose.zip":
        return archive.zip_encode(book_file("prose.md"))
    if name == "secret":
        return np.random.default_rng(7).bytes(10_000)
    if name == "sentence":
        return book_file("prose.md")[800:900]
    return book_file(name)


@cache
def file_sizes():
    """Name -> (bytes, bytes as .zip, bytes as .7z), as stored."""
    return {row["file"]: tuple(int(row[k]) for k in ("bytes", ".zip", ".7z")) for row in _rows("files.csv")}


def main(folder=_DATA):
    """Measure everything anew, and write the two tables."""
    said = (
        f"# zlib {zlib.ZLIB_RUNTIME_VERSION}, py7zr {version('py7zr')}, Python {platform.python_version()}\n"
    )
    with (folder / "sizes.csv").open("w", encoding="utf-8", newline="") as out:
        out.write(said)
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["source", "symbols", "coder", "counted", *Size._fields])
        for source in SOURCES:
            for coder in CODERS:
                for counted in _for_source(coder, source):
                    print(source, coder, counted, file=sys.stderr)
                    for n in LENGTHS:
                        size = measure(source, n, coder, counted)
                        rows.writerow([source, n, coder, counted, *(f"{x:.4f}" for x in size)])
    with (folder / "files.csv").open("w", encoding="utf-8", newline="") as out:
        out.write(said)
        rows = csv.writer(out, lineterminator="\n")
        rows.writerow(["file", "bytes", ".zip", ".7z"])
        for name in REAL:
            data, row = real_file(name), []
            for coder in (".zip", ".7z"):
                encode, decode = CODERS[coder]["all"]
                packed = encode(data)
                if decode(packed, len(data)) != data:
                    raise ValueError(f"{name} does not come back from {coder}")
                row.append(len(packed))
            rows.writerow([name, len(data), *row])


if __name__ == "__main__":
    main()
