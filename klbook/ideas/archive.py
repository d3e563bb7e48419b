"""Archives: every compressor is a distribution over files, and what it wastes is a divergence.

An archive, as a packer writes it, says where it ends to whoever reads it from the front. So none of one packer's is the
beginning of another one, and each is unpacked to one file. So the lengths of archives, like those of codewords, obey
Kraft's inequality: 2^−length, summed over all files, is at most 1. Where the truth is known, P over files of n symbols,
the average length exceeds their entropy by D(P‖2^−length), with the room left unused counted in. Of a real file no
truth is known. Two compressors can still be compared: the difference of their lengths is, on average over a source, the
difference of the two divergences, because the entropy is the same. On one file it is a difference of two lengths, and
no more.

Sources whose entropy is known
------------------------------
Here files come from a Markov chain: each symbol depends on the one before. Independent symbols are the case in which
all rows of its matrix are equal. How surprising a file is to one who knows the chain is computed exactly, and so is
the average, the entropy of files.

Two real formats
----------------
.zip as written by `zipfile`, which comes with Python, and .7z as written by py7zr, each with its usual method, DEFLATE
and LZMA2, told to look hard. An archive holds more than the packed data: names, dates, checksums, a table of contents,
about a hundred bytes. So the packed data alone, as they stand in an archive, are measured, too (`zlib` and `lzma`). How
long they are depends on the version of the library: compressors are free to look harder.
"""

import io
import lzma
import zipfile
import zlib
from contextlib import contextmanager
from itertools import accumulate

import numpy as np

from klbook.ideas.arithmetic import IntervalDecoder, IntervalEncoder, integer_frequencies
from klbook.ideas.checks import as_count, as_distribution, as_generator, as_one_distribution, as_outcomes
from klbook.ideas.code_checks import as_data
from klbook.ideas.surprise import entropy, surprisal

__all__ = [
    "chain_decode",
    "chain_encode",
    "deflate",
    "entropy_of_files",
    "entropy_rate",
    "independent_source",
    "inflate",
    "lzma2_decode",
    "lzma2_encode",
    "sample_files",
    "seven_zip_decode",
    "seven_zip_encode",
    "stationary_distribution",
    "surprise_of_files",
    "zip_decode",
    "zip_encode",
]

#: A name of one letter and the earliest date that .zip knows: as little as an archive can say of its file.
_NAME, _DATE = "a", (1980, 1, 1, 0, 0, 0)
#: LZMA2, looking hard. What py7zr takes by itself has a filter for machine code in front, of no use here.
_LZMA2 = [{"id": lzma.FILTER_LZMA2, "preset": 7 | lzma.PRESET_EXTREME}]
#: DEFLATE's hardest level, and raw data without a header around them.
_LEVEL, _RAW = 9, -15
#: More symbols than any file has; all counts up to it are exact as doubles.
_MOST = 10**15
#: What the frequencies of a chain sum to.
_TOTAL = 1 << 24


def independent_source(p):
    """The matrix of independent symbols of `p`: each row is `p`."""
    p = as_one_distribution(p)
    return np.tile(p, (len(p), 1))


def stationary_distribution(steps):
    """How often each symbol comes in the long run, and how files begin: the π with π·steps = π.

    By elimination without differences (Grassmann, Taksar and Heyman 1985): small shares have all their digits, too.
    """
    steps = _as_steps(steps)
    stay, found = _recurrent(steps), np.zeros(len(steps))
    try:
        with np.errstate(under="raise"):
            found[stay] = _eliminated(steps[np.ix_(stay, stay)])
    except FloatingPointError:
        raise ValueError("steps has some that are so unlikely that their products are no doubles.") from None
    return found


def entropy_rate(steps):
    """Bits that a further symbol of a long file takes at least, on average: Σ π·H(row).

    Source: Cover and Thomas, 2nd ed., chapter 4.

    Parameters
    ----------
    steps : array_like, of shape (symbols, symbols): row x is the distribution of what follows x

    Returns
    -------
    float64, in bits a symbol

    Raises
    ------
    TypeError, ValueError
        If `steps` is not square, a row is no distribution, or the chain has parts that it never leaves, so that what
        it does in the long run is not said.

    Examples
    --------
    >>> print(entropy_rate([[0.9, 0.1], [0.1, 0.9]]).round(3), entropy_rate(independent_source([0.5, 0.5])).round(3))
    0.469 1.0
    """
    steps = _as_steps(steps)
    return stationary_distribution(steps) @ entropy(steps)


def entropy_of_files(steps, n):
    """Entropy of a file of `n` symbols, exactly: of its first one, and `n` − 1 times the rate."""
    steps, n = _as_steps(steps), as_count(n, most=_MOST)
    return entropy(stationary_distribution(steps)) + (n - 1) * entropy_rate(steps) if n else 0.0


def sample_files(steps, files, n, seed=0):
    """Seeded files of a chain, each begun with the stationary distribution.

    Parameters
    ----------
    steps : array_like, as in `entropy_rate`
    files, n : int, how many files, of how many symbols
    seed : int or other seed of ``numpy.random.default_rng``, the same seed gives the same files

    Returns
    -------
    ndarray of int64, shape (files, n), indices of symbols

    Raises
    ------
    TypeError, ValueError: as `entropy_rate`, or if a number is below 0 or `seed` is no seed

    Examples
    --------
    >>> sample_files([[0.9, 0.1], [0.1, 0.9]], 2, 12, seed=1)
    array([[1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1, 1],
           [1, 1, 1, 1, 0, 0, 0, 0, 0, 0, 0, 1]])
    """
    steps, files, n = _as_steps(steps), as_count(files, "files"), as_count(n)
    drawn = as_generator(seed).random((n, files))
    # Divided by the last one, so that no number drawn lies above it.
    ends = np.cumsum(steps, axis=1)
    ends /= ends[:, -1:]
    symbols = np.empty((n, files), np.int64)
    first = np.cumsum(stationary_distribution(steps))
    for place in range(n):
        row = ends[symbols[place - 1]] if place else first / first[-1]
        symbols[place] = (row <= drawn[place][:, None]).sum(axis=-1)
    return symbols.T


def surprise_of_files(symbols, steps):
    """How surprising each file is, in bits, to one who knows the chain: no code for its files is shorter on average.

    Parameters
    ----------
    symbols : array_like of int, of shape (..., n), as from `sample_files`
    steps : array_like, as in `entropy_rate`

    Returns
    -------
    float64 or ndarray, shape of `symbols` without its last axis; ∞ for a file that the chain rules out

    Raises
    ------
    TypeError, ValueError: as `entropy_rate`, or if a symbol is none of the chain's

    Examples
    --------
    >>> surprise_of_files([[0, 0, 0], [0, 1, 0]], [[0.5, 0.5], [1, 0]]).round(9)
    array([2.5849625, 1.5849625])
    """
    steps = _as_steps(steps)
    symbols = as_outcomes(symbols, len(steps), "symbols")
    first, moves = surprisal(stationary_distribution(steps)), surprisal(steps)
    bits = moves[symbols[..., :-1], symbols[..., 1:]].sum(axis=-1)
    return bits + first[symbols[..., 0]] if symbols.shape[-1] else bits


def chain_encode(symbols, steps):
    """A file as bytes by the arithmetic coder, for one who knows the chain: within 9 bits of its surprise, or nearly.

    Nearly, because frequencies are whole numbers out of 2^24. A step that the chain rules out is a ValueError.
    """
    first, rows = _chain_frequencies(steps)
    interval, frequencies, at = IntervalEncoder(), first, "at the beginning"
    symbols = as_outcomes(symbols, len(rows), "symbols")
    if symbols.ndim != 1:
        raise ValueError(f"symbols has shape {symbols.shape}: one file is expected, of shape (n,).")
    for place, symbol in enumerate(symbols.tolist()):
        if not frequencies[symbol]:
            raise ValueError(f"symbols[{place}] is {symbol}, which the chain holds impossible {at}.")
        interval.step_into(sum(frequencies[:symbol]), frequencies[symbol], _TOTAL)
        frequencies, at = rows[symbol], f"after {symbol}"
    return interval.finish()


def chain_decode(data, steps, n):
    """The `n` symbols that `chain_encode` wrote, as an array. Raises a ValueError if the data are damaged."""
    first, rows = _chain_frequencies(steps)
    interval, frequencies, symbols = IntervalDecoder(data), first, []
    for _ in range(as_count(n)):
        symbols.append(interval.read(list(accumulate(frequencies, initial=0))))
        frequencies = rows[symbols[-1]]
    interval.finish()
    return np.array(symbols, dtype=np.int64)


def zip_encode(data):
    """A file as a .zip archive, by DEFLATE at its hardest level; named with one letter, and without its date.

    Parameters
    ----------
    data : bytes-like, what is packed

    Returns
    -------
    bytes, the archive

    Raises
    ------
    TypeError: if `data` are no bytes

    Examples
    --------
    >>> archive = zip_encode(b"sun " * 1000)
    >>> print(archive[:2], len(archive) < 200, zip_decode(archive) == b"sun " * 1000)
    b'PK' True True
    """
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as packed:
        packed.writestr(zipfile.ZipInfo(_NAME, _DATE), as_data(data), zipfile.ZIP_DEFLATED, _LEVEL)
    return archive.getvalue()


def zip_decode(archive):
    """The file in a .zip archive that holds one.

    Parameters
    ----------
    archive : bytes-like, as `zip_encode` gives it

    Returns
    -------
    bytes, what was packed

    Raises
    ------
    TypeError: if the archive is no bytes
    ValueError: if it is damaged, or no archive, or holds no file or several

    Examples
    --------
    >>> zip_decode(zip_encode(b"sun"))
    b'sun'
    """
    archive = io.BytesIO(as_data(archive))
    with _reading(".zip archive"), zipfile.ZipFile(archive) as packed:
        return packed.read(_only(packed.namelist()))


def seven_zip_encode(data):
    """A file as a .7z archive, by LZMA2 alone, looking hard; named with one letter.

    Its table of contents is not packed, which would be longer here, and has a date, whose length is always the same.
    """
    from py7zr import SevenZipFile  # only now: it takes longer to load than all ideas together

    archive = io.BytesIO()
    with SevenZipFile(archive, "w", filters=_LZMA2) as packed:
        packed.set_encoded_header_mode(False)
        packed.writestr(as_data(data), _NAME)
    return archive.getvalue()


def seven_zip_decode(archive):
    """The file in a .7z archive that holds one. Raises a ValueError if it is damaged, or holds no file or several."""
    from py7zr import SevenZipFile
    from py7zr.io import BytesIOFactory

    archive = io.BytesIO(as_data(archive))
    with _reading(".7z archive"), SevenZipFile(archive) as packed:
        entry = _only(packed.list())
        inside = BytesIOFactory(max(entry.uncompressed, 1))
        packed.extractall(factory=inside)
        content = inside.products[entry.filename]
        content.seek(0)
        return content.read()


def deflate(data):
    """The packed data of a .zip archive alone: raw DEFLATE."""
    packer = zlib.compressobj(_LEVEL, zlib.DEFLATED, _RAW)
    return packer.compress(as_data(data)) + packer.flush()


def inflate(packed):
    """What `deflate` packed. Raises a ValueError if the data are cut off, go on, or are seen to be damaged."""
    return _unpacked(zlib.decompressobj(_RAW), as_data(packed), "DEFLATE data")


def lzma2_encode(data):
    """The packed data of a .7z archive alone: raw LZMA2."""
    return lzma.compress(as_data(data), lzma.FORMAT_RAW, filters=_LZMA2)


def lzma2_decode(packed):
    """What `lzma2_encode` packed. Raises a ValueError as `inflate` does."""
    return _unpacked(lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=_LZMA2), as_data(packed), "LZMA2 data")


class _Refused(ValueError):
    """What is said of an archive here, and not by its library."""


@contextmanager
def _reading(kind):
    """Whatever a library raises over what is damaged becomes a ValueError: some of its errors say nothing."""
    try:
        yield
    except _Refused:
        raise
    except Exception as error:
        raise ValueError(f"The data are damaged, or no {kind}: {error or type(error).__name__}.") from error


def _unpacked(unpacker, packed, kind):
    """All that is packed: it has to end where the data end, which the libraries' short ways do not ask."""
    with _reading(kind):
        content = unpacker.decompress(packed)
    if not unpacker.eof:
        raise ValueError(f"The data ({len(packed)} bytes) are cut off: what is packed does not end in them.")
    if unpacker.unused_data:
        rest = len(unpacker.unused_data)
        raise ValueError(f"The data ({len(packed)} bytes) go on for {rest} bytes after what is packed.")
    return content


def _only(entries):
    """The one entry of an archive."""
    if len(entries) != 1:
        raise _Refused(f"The archive holds {len(entries)} files: one is expected.")
    return entries[0]


def _chain_frequencies(steps):
    """Whole frequencies of the first symbol, and of what follows each, as lists."""
    steps = _as_steps(steps)
    first, *rows = (integer_frequencies(p, _TOTAL).tolist() for p in (stationary_distribution(steps), *steps))
    return first, rows


def _eliminated(left):
    """The stationary distribution of steps that lead from everywhere to everywhere; overwrites them."""
    leaves = np.ones(len(left))
    for last in range(len(left) - 1, 0, -1):
        # Without its stays, and with the ways through it as steps between those before it.
        leaves[last] = left[last, :last].sum()
        left[:last, :last] += np.outer(left[:last, last], left[last, :last] / leaves[last])
    shares = np.ones(1)
    for last in range(1, len(left)):
        # A quotient, brought to its denominator: it may be larger than any double.
        shares = np.append(shares * leaves[last], (shares * left[:last, last]).sum())
        shares /= shares.max()
    return shares / shares.sum()


def _recurrent(steps):
    """The symbols of the one part that the chain never leaves; several such parts are a ValueError."""
    # From where to where it goes, in one step or none, then in up to 2, 4, 8, …
    reaches = (steps > 0) | np.eye(len(steps), dtype=bool)
    for _ in range(len(steps).bit_length()):
        reaches = reaches.astype(np.float32) @ reaches.astype(np.float32) > 0
    back = reaches & reaches.T
    stays = (reaches == back).all(axis=1)
    (places,) = np.nonzero(stays)
    if not back[places[0], places].all():
        raise ValueError("steps has several parts that it never leaves: which one a file is in is not said.")
    return places


def _as_steps(steps):
    steps = as_distribution(steps, name="steps")
    if steps.ndim != 2 or steps.shape[0] != steps.shape[1]:
        raise ValueError(
            f"steps has shape {steps.shape}: a row for each symbol is expected, as many as columns."
        )
    return steps
