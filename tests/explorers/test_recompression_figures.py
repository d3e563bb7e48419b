"""The figures of *Recompressing for profit*: what the chapter says of them, and sizes that were measured once."""

import itertools
import math
from fractions import Fraction

import numpy as np
import pytest

from klbook.figures import archives
from klbook.figures import recompression as figures

INF = math.inf


def raw(e, **setting):
    """What `update` returns, before it becomes text."""
    return e.drawing.move(e.initial | setting)


def close(expected, absolute=1e-9):
    return pytest.approx(expected, rel=1e-9, abs=absolute)


# The meter ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "rest", "saved", "D"),
    [(0.6, "equal", 0, 0.1320), (0.33, "34 : 33", 0.7, 0.6732), (0.1, "8 : 1", 0.7, 2.1)],
)
def test_counterexamples(q, rest, saved, D):
    got = raw(figures.recompression_meter, p=0.8, q=q, rest=figures.SHARES[rest])
    assert got["huffman"] == close(saved)
    assert got["divergence"] == pytest.approx(D, abs=5e-5)


def test_along_his_lengths_all_lie_on_the_diagonal_and_along_his_belief_they_do_not():
    e = figures.recompression_meter
    (ideals,) = e.drawing.figure.findobj(lambda artist: artist.get_gid() == "ideals")
    for p, rest in itertools.product((0.4, 0.65, 0.9), figures.SHARES.values()):
        raw(e, p=p, rest=rest, along=1)
        x, y = ideals.get_data()
        assert x == close(y)
        raw(e, p=p, rest=rest, along=0)
        x, y = ideals.get_data()
        assert np.abs(x - y).max() > 0.1 and len(set(np.round(y, 9))) <= 3  # a staircase


def test_the_first_setting_agrees_with_the_divergence_by_no_chance():
    got = raw(figures.recompression_meter)
    values = [got["ideal"], got["huffman"], got["divergence"]]
    assert all(abs(a - b) > 0.05 for a, b in itertools.combinations(values, 2))


# The zoom ----------------------------------------------------------------------------------------------------


def test_what_the_learner_costs_in_the_six_samples():
    behind_q = 0
    for sample in range(1, 7):
        bits = {
            coder: raw(figures.recompression_zoom, coder=coder, sample=sample, day=12.0)["bits"]
            for coder in ("P", "Q", "learns")
        }
        assert bits["learns"] > bits["P"] + 1
        behind_q += bits["learns"] > bits["Q"]
    assert behind_q == 1


def test_certain_digits():
    assert figures._certain_digits(Fraction(0), Fraction(1)) == ""
    assert figures._certain_digits(Fraction(1, 2), Fraction(1, 8)) == "100"
    assert figures._certain_digits(Fraction(3, 8), Fraction(1, 4)) == ""  # on both sides of a half
    assert figures._certain_digits(Fraction(1, 3), Fraction(1, 30)) == "0101"  # from 5/16 to 6/16


# Table or learner --------------------------------------------------------------------------------------------


def test_the_table_is_never_the_shorter_one_and_never_pays_sooner():
    for text, made_for, weight in itertools.product(
        figures.TEXTS.values(), [None, *figures.TEXTS.values()], (2, 20)
    ):
        bill = figures.bill(text, made_for, weight)
        assert (bill.learned < bill.with_table).all()
        # Neither is below what frequencies that are known would cost.
        symbols = figures.text_bytes(text)
        for n in (100, 1000, 10_000):
            counts = np.bincount(symbols[:n])
            counts = counts[counts > 0]
            least = counts @ np.log2(n / counts)
            assert least < bill.learned[n - 1] and least < bill.with_table[n - 1] - bill.table[n - 1] + 1e-6


# Archives ----------------------------------------------------------------------------------------------------

SOME = [(source, n) for source in archives.SOURCES for n in (10, 300)] + [("wet and dry days", 3000)]


def test_the_stored_table_is_whole():
    sizes = archives.archive_sizes()
    assert len(sizes) == len(archives.SOURCES) * len(archives.LENGTHS) * len(archives.CODERS) * 2
    assert all(size.error >= 0 and size.bytes >= 0 for size in sizes.values())
    assert all(size.excess < 9 for (*_, coder, _), size in sizes.items() if coder == "knows")
    # On average over files nothing is shorter than its surprise: not even by chance, beyond its standard error.
    assert all(size.excess > -4 * size.error - 1e-3 for size in sizes.values())


@pytest.mark.parametrize(("source", "n"), SOME)
@pytest.mark.parametrize("coder", ["knows", "learns"])
def test_stored_sizes_of_our_coders_are_exact(source, n, coder):
    found, stored = archives.measure(source, n, coder), archives.archive_sizes()[source, n, coder, "all"]
    assert found == pytest.approx(stored, abs=6e-5)


@pytest.mark.parametrize(("source", "n"), SOME)
def test_stored_sizes_of_archives_are_about_what_the_libraries_here_do(source, n):
    """Other versions pack otherwise: a twentieth more or less of the packed data is let through, and a few bytes."""
    for coder in (".zip", ".7z"):
        for counted in ("all", "data"):
            found = archives.measure(source, n, coder, counted, count=4)
            stored = archives.archive_sizes()[source, n, coder, counted]
            # Of other files of the same source, so within their spread.
            spread = 4 * stored.error * 2 + 4 * found.error
            assert abs(found.excess - stored.excess) < 0.05 * 8 * stored.bytes + 32 + spread


@pytest.mark.parametrize("name", archives.REAL)
def test_stored_sizes_of_real_files(name):
    data, (size, zipped, seven) = archives.real_file(name), archives.file_sizes()[name]
    if name != "prose.zip":  # which is an archive itself
        assert len(data) == size
    for coder, stored in ((".zip", zipped), (".7z", seven)):
        encode, decode = archives.CODERS[coder]["all"]
        packed = encode(data)
        assert decode(packed, len(data)) == data
        assert len(packed) == pytest.approx(stored, rel=0.05, abs=8)


def test_the_chapters_sentences_on_stored_sizes():
    def waste(source, n, coder, counted="all"):
        return archives.archive_sizes()[source, n, coder, counted].excess / n

    # A thousand days are a loss, a hundred thousand a profit, on each of the sources with anything to find.
    for source in ("days of P", "wet and dry days", "chained letters"):
        assert waste(source, 1000, ".zip") < waste(source, 1000, ".7z")
        assert waste(source, 100_000, ".zip") > waste(source, 100_000, ".7z")
    # What does not go away: the learner's limit, and both archives below it.
    limit = 1 - (-0.9 * math.log2(0.9) - 0.1 * math.log2(0.1))
    assert limit < waste("wet and dry days", 100_000, "learns") < limit + 0.02
    assert waste("wet and dry days", 100_000, ".zip") < 0.2
    assert waste("days of P", 100_000, "learns") < 0.1 * waste("days of P", 100_000, ".7z")
    assert waste("sun every day", 100_000, "knows") == 0 < waste("sun every day", 100_000, ".7z")


def test_a_few_files_are_the_first_of_many():
    symbols, data = archives.source_files("chained letters", 50, 3)
    more, _ = archives.source_files("chained letters", 50, 5)
    assert np.array_equal(symbols, more[:3]) and len(data[0]) == 50
    assert set(b"".join(data)) <= set(archives.ALPHABETS["chained letters"])
