"""Sources with a known entropy, by enumeration; archives that come back, and obey Kraft's inequality."""

import io
import itertools
import math
import zipfile
import zlib
from fractions import Fraction

import numpy as np
import py7zr
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusals
from strategies import any_distribution

from klbook import P, entropy
from klbook.ideas.archive import (
    chain_decode,
    chain_encode,
    deflate,
    entropy_of_files,
    entropy_rate,
    independent_source,
    inflate,
    lzma2_decode,
    lzma2_encode,
    sample_files,
    seven_zip_decode,
    seven_zip_encode,
    stationary_distribution,
    surprise_of_files,
    zip_decode,
    zip_encode,
)

STICKY = [[0.9, 0.1], [0.1, 0.9]]
#: Three kinds of days; what follows each.
THREE = [
    [Fraction(1, 2), Fraction(1, 4), Fraction(1, 4)],
    [1, 0, 0],
    [Fraction(2, 5), Fraction(2, 5), Fraction(1, 5)],
]
FLOATS = [[float(x) for x in row] for row in THREE]


# Sources -----------------------------------------------------------------------------------------------------


def test_the_stationary_distribution_stays():
    pi = stationary_distribution(FLOATS)
    assert pi == pytest.approx(exact_stationary(), abs=1e-15)
    assert pi @ FLOATS == pytest.approx(pi, abs=1e-15)
    assert stationary_distribution(independent_source(P)) == pytest.approx(P, abs=1e-15)
    assert stationary_distribution([[0, 1], [1, 0]]) == pytest.approx([0.5, 0.5], abs=1e-15)
    assert stationary_distribution([[1]]) == [1]
    # A part that is left for good is not in it.
    assert stationary_distribution([[0.5, 0.5], [0, 1]]) == pytest.approx([0, 1], abs=1e-15)


@pytest.mark.filterwarnings("error")
def test_seldom_steps_keep_their_digits():
    """From one part to another so seldom that 1 − x is 1: by the balance of the two ways, π₀·x = π₁·y."""
    for x, y in ((1e-10, 2e-10), (1e-20, 2e-20), (1e-20, 1), (1e-300, 1), (0.5, 5e-324), (5e-324, 5e-324)):
        found = stationary_distribution([[1 - x, x], [y, 1 - y]])
        assert found == pytest.approx([1 / (1 + x / y), 1 / (1 + y / x)] if y > 5e-324 else found, rel=1e-15)
        assert found[0] * x == pytest.approx(found[1] * y, rel=1e-15) and found.sum() == 1
    assert surprise_of_files([1], [[1, 1e-20], [1, 0]]) == pytest.approx(20 * math.log2(10), rel=1e-15)
    # A part that is left for good, however seldom, is not in it.
    leaving = [[0.5, 0.5, 0], [0.5, 0.5, 0], [1e-17, 0, 1]]
    assert stationary_distribution(leaving).tolist() == [0.5, 0.5, 0]


@given(st.integers(2, 5), st.integers(0, 2**32))
def test_the_stationary_distribution_in_fractions(size, seed):
    """Chains with steps from 1 down to 1e-30: what goes out of each symbol comes in, to the last digits."""
    rng = np.random.default_rng(seed)
    steps = rng.random((size, size)) * 10.0 ** -rng.integers(0, 30, (size, size))
    steps /= steps.sum(axis=1, keepdims=True)
    pi = [Fraction(x) for x in stationary_distribution(steps).tolist()]
    ways = [[Fraction(x) for x in row] for row in steps.tolist()]
    for k in range(size):
        others = [j for j in range(size) if j != k]
        out, into = pi[k] * sum(ways[k][j] for j in others), sum(pi[j] * ways[j][k] for j in others)
        assert abs(out - into) <= Fraction(1, 10**13) * out


def exact_stationary():
    """By the tree formula: products of the steps of all trees that lead to a state; checked in fractions."""
    steps = THREE
    weights = []
    for root in range(3):
        a, b = (k for k in range(3) if k != root)
        weights.append(
            steps[a][root] * steps[b][root] + steps[a][b] * steps[b][root] + steps[b][a] * steps[a][root]
        )
    pi = [Fraction(w) / sum(weights) for w in weights]
    assert [sum(pi[i] * steps[i][j] for i in range(3)) for j in range(3)] == pi
    return [float(x) for x in pi]


def test_entropy_rates():
    assert entropy_rate(independent_source(P)) == pytest.approx(7 / 4, abs=1e-14)
    assert entropy_rate(STICKY) == pytest.approx(entropy([0.9, 0.1]), abs=1e-14)
    assert entropy_rate([[0, 1], [1, 0]]) == 0 == entropy_rate([[1]])


@pytest.mark.parametrize("steps", [STICKY, FLOATS, independent_source(P), [[1]]])
def test_entropy_and_surprise_of_files_by_enumeration(steps):
    steps = np.asarray(steps, float)
    pi = stationary_distribution(steps)
    for n in (0, 1, 2, 4):
        total = average = 0.0
        for file in itertools.product(range(len(steps)), repeat=n):
            chance = pi[file[0]] if n else 1.0
            for a, b in itertools.pairwise(file):
                chance *= steps[a, b]
            surprise = surprise_of_files(np.array(file, int), steps)
            assert surprise == (pytest.approx(-math.log2(chance), abs=1e-12) if chance else math.inf)
            total += chance
            average += chance * surprise if chance else 0
        assert total == pytest.approx(1) and entropy_of_files(steps, n) == pytest.approx(average, abs=1e-12)


def test_sampled_files_are_the_chains():
    symbols = sample_files(FLOATS, 400, 300, seed=1)
    assert symbols.shape == (400, 300)
    counts = np.zeros((3, 3))
    np.add.at(counts, (symbols[:, :-1], symbols[:, 1:]), 1)
    found = counts / counts.sum(axis=1, keepdims=True)
    assert np.abs(found - FLOATS).max() < 0.01 and not counts[np.array(FLOATS) == 0].any()
    first = np.bincount(symbols[:, 0], minlength=3) / 400
    assert np.abs(first - stationary_distribution(FLOATS)).max() < 4 * 0.5 / 20
    surprise = surprise_of_files(symbols, FLOATS)
    error = surprise.std(ddof=1) / 20
    assert abs(surprise.mean() - entropy_of_files(FLOATS, 300)) < 4 * error
    assert (sample_files(FLOATS, 400, 300, seed=1) == symbols).all()
    assert sample_files(FLOATS, 2, 0).shape == (2, 0) and sample_files(FLOATS, 0, 2).shape == (0, 2)


@given(any_distribution(2, 5), st.integers(0, 60), st.integers(0, 5))
def test_the_coder_that_knows_the_chain(p, n, seed):
    steps = independent_source(p)
    (file,) = sample_files(steps, 1, n, seed)
    data = chain_encode(file, steps)
    assert chain_decode(data, steps, n).tolist() == file.tolist()
    if p[p > 0].min() > 1e-3:  # where frequencies out of 2^24 are right to 1e-4
        assert surprise_of_files(file, steps) - 0.02 <= 8 * len(data) < surprise_of_files(file, steps) + 9.02


def test_the_coder_that_knows_a_chain_with_memory():
    for seed in range(20):
        (file,) = sample_files(STICKY, 1, 2000, seed)
        data, ideal = chain_encode(file, STICKY), surprise_of_files(file, STICKY)
        assert chain_decode(data, STICKY, 2000).tolist() == file.tolist()
        assert ideal - 0.01 <= 8 * len(data) < ideal + 9.01
    with pytest.raises(ValueError, match=r"damaged|end before"):
        chain_decode(data[:-1], STICKY, 2000)


# Archives ----------------------------------------------------------------------------------------------------

FORMATS = {
    ".zip": (zip_encode, zip_decode),
    ".7z": (seven_zip_encode, seven_zip_decode),
    "deflate": (deflate, inflate),
    "lzma2": (lzma2_encode, lzma2_decode),
}
every_format = pytest.mark.parametrize("encode, decode", FORMATS.values(), ids=FORMATS)
CONTENTS = [b"", b"a", b"sun " * 1000, bytes(range(256)) * 3, np.random.default_rng(0).bytes(5000)]


@every_format
@pytest.mark.parametrize("data", CONTENTS, ids=["empty", "one", "repeated", "all", "random"])
def test_what_is_packed_comes_back(encode, decode, data):
    assert decode(encode(data)) == data
    assert decode(encode(bytearray(data))) == data
    assert len(encode(data)) == len(encode(data))


@every_format
def test_no_archive_is_the_beginning_of_another(encode, decode):
    """So that 2^−length is at most 1 in sum. Of a date in the archive only the length is asked."""
    rng = np.random.default_rng(1)
    contents = {bytes(x) for x in itertools.product(b"ab", repeat=3)} | {rng.bytes(k) for k in range(12)}
    archives = sorted(encode(x) for x in contents)
    assert len(archives) == len(set(archives)) == len(contents)
    assert not [a for a, b in itertools.pairwise(archives) if b.startswith(a)]


@pytest.mark.parametrize("encode, decode", [FORMATS["deflate"], FORMATS["lzma2"]], ids=["deflate", "lzma2"])
def test_packed_data_end_where_they_end(encode, decode):
    """Also where the rest would be packed data itself."""
    packed = encode(b"sun")
    for rest in (b"\0", b"junk", packed):
        with pytest.raises(ValueError, match=f"go on for {len(rest)} bytes"):
            decode(packed + rest)
    for cut in (b"", packed[:-1]):
        with pytest.raises(ValueError, match=rf"The data \({len(cut)} bytes\) are cut off"):
            decode(cut)


@every_format
def test_what_is_damaged_is_an_error_or_the_same_or_other_content(encode, decode):
    """Each byte changed, and each end cut off: never another error, nor one without words."""
    packed = encode(b"the quick brown fox " * 3)
    wrong = [packed[:k] for k in range(len(packed))]
    for place in range(len(packed)):
        for flip in (1, 8, 0x80, 0xFF):
            wrong.append(packed[:place] + bytes([packed[place] ^ flip]) + packed[place + 1 :])
    refused = 0
    for data in wrong:
        try:
            decode(data)
        except ValueError as error:
            refused += 1
            assert str(error).startswith("The ") and len(str(error)) > 20
    assert refused >= len(packed)


def test_archives_of_no_file_and_of_two():
    for count in (0, 2):
        archives = io.BytesIO(), io.BytesIO()
        with zipfile.ZipFile(archives[0], "w") as zipped, py7zr.SevenZipFile(archives[1], "w") as seven:
            for name in "ab"[:count]:
                zipped.writestr(name, b"sun")
                seven.writestr(b"sun", name)
        for archive, decode in zip(archives, (zip_decode, seven_zip_decode), strict=True):
            with pytest.raises(ValueError, match=f"The archive holds {count} files: one is expected"):
                decode(archive.getvalue())


@every_format
def test_what_is_no_bytes_is_refused(encode, decode):
    for call in (encode, decode):
        with pytest.raises(TypeError, match="bytes are expected"):
            call("text")


def test_others_read_the_archives():
    """Read by the libraries' own ways, with their checks; and the packed data in them are those measured alone."""
    data = b"The quick brown fox. " * 50
    with zipfile.ZipFile(io.BytesIO(zip_encode(data))) as packed:
        assert packed.testzip() is None
        (entry,) = packed.infolist()
        assert entry.compress_type == zipfile.ZIP_DEFLATED and zlib.crc32(data) == entry.CRC
        assert entry.compress_size == len(deflate(data)) and deflate(data) in zip_encode(data)
    archive = seven_zip_encode(data)
    with py7zr.SevenZipFile(io.BytesIO(archive)) as packed:
        assert packed.testzip() is None
        assert packed.list()[0].uncompressed == len(data)
    assert lzma2_encode(data) in archive


def test_what_an_archive_costs_besides_its_data():
    """.zip: 30 + 46 + 22 bytes of headers, and the name twice. .7z: 32 bytes, and a table that is seldom longer."""
    for data in CONTENTS[1:]:
        assert len(zip_encode(data)) - len(deflate(data)) == 100
        assert 80 < len(seven_zip_encode(data)) - len(lzma2_encode(data)) < 130


test_wrong_arguments_are_named = refusals(
    [
        (lambda: stationary_distribution([[0.5, 0.5]]), r"steps has shape \(1, 2\): a row for each"),
        (lambda: stationary_distribution([[0.5, 0.6], [0.5, 0.5]]), r"steps\[0, :\] sums to 1\.1"),
        (lambda: stationary_distribution([0.5, 0.5]), r"steps has shape \(2,\)"),
        (lambda: stationary_distribution(np.eye(2)), "several parts"),
        (lambda: stationary_distribution([[1, 1e-20, 0], [1e-20, 1, 0], [0, 0, 1]]), "several parts"),
        (
            lambda: stationary_distribution([[1, 0, 1e-200], [0, 0, 1], [1e-200, 1, 0]]),
            "so unlikely that their products are no doubles",
        ),
        (lambda: independent_source([0.5, 0.6]), r"sums to 1\.1"),
        (lambda: sample_files(STICKY, -1, 2), "files is -1"),
        (lambda: sample_files(STICKY, 1, -2), "n is -2"),
        (lambda: surprise_of_files([0, 2], STICKY), r"symbols\[1\] is 2"),
        (lambda: entropy_of_files(STICKY, -1), "n is -1"),
        (lambda: entropy_of_files(STICKY, 10**400), "n is 1000.* at most"),
        (lambda: chain_encode([[0, 1]], STICKY), r"symbols has shape \(1, 2\): one file"),
        (lambda: chain_encode([0, 0], [[0, 1], [1, 0]]), r"symbols\[1\] is 0, .* holds impossible after 0"),
        (lambda: chain_encode([3], STICKY), r"symbols\[0\] is 3"),
        (lambda: chain_decode(b"", STICKY, -1), "n is -1"),
    ]
)  # fmt: skip
