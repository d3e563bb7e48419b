"""Readouts of the chapter *Suboptimal coding* against hand-written codes, exact fractions and closed forms."""

import itertools
import math
import re
import statistics
from fractions import Fraction

import numpy as np
import pytest

from klbook.figures import suboptimal_coding as figures

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]


def raw(e, **setting):
    """What `update` returns, before it becomes text."""
    return e.drawing.move(e.initial | setting)


def close(expected, absolute=1e-9):
    return pytest.approx(expected, rel=1e-9, abs=absolute)


# Kraft's budget ---------------------------------------------------------------------------------------------


def test_kraft_begins_with_the_old_towns_code_and_is_least_at_the_truth():
    assert raw(figures.coding_kraft)["waste"] == 5 / 8
    best = raw(figures.coding_kraft, l0=1.0, l1=2.0, l2=3.0, l3=3.0)
    assert best["waste"] == 0
    assert best["code"] == "sun 0, cloud 10, rain 110, snow 111"


# Beliefs ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("q", "rest", "saved", "D"),
    [(0.6, "equal", 0, 0.1320), (0.33, "34 : 33", 0.7, 0.6732), (0.1, "8 : 1", 0.7, 2.1)],
)
def test_counterexamples(q, rest, saved, D):
    got = raw(figures.coding_beliefs, p=0.8, q=q, rest=figures.SHARES[rest])
    assert got["huffman"] == close(saved)
    assert got["ideal"] == pytest.approx(D, abs=5e-5)


# Blocks -----------------------------------------------------------------------------------------------------


def test_four_symbols_cost_more_than_three():
    assert (
        figures.coding_blocks.readouts_at(figures.coding_blocks.initial | {"n": 4})["step"]
        == "+0.0151 bits a symbol"
    )


# Real files -------------------------------------------------------------------------------------------------

BOOK = {"P": ["0", "10", "110", "111"], "Q": ["110", "0", "10", "111"]}


def seeded_files(truth, sample):
    """The days, drawn by NumPy's generator alone."""
    rng = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    return rng.choice(4, size=(100, 100), p=[float(a) for a in truth])


@pytest.mark.parametrize("sample", [1, 5])
@pytest.mark.parametrize("world", ["P", "Q"])
def test_files_of_the_arithmetic_coder_are_as_long_as_they_are_surprising(world, sample):
    other = {"P": "Q", "Q": "P"}[world]
    said = f"days of {world}, written for {other}"
    got = raw(figures.coding_closing_in, world=said, coder="arithmetic", sample=sample, files=100)
    days = seeded_files({"P": P, "Q": Q}[world], sample).ravel().tolist()
    for name, book in (("wrong", other), ("right", world)):
        surprise = sum(
            len(BOOK[book][day]) for day in days
        )  # in our towns, a word is as long as it should be
        assert surprise <= 8 * got[name] < surprise + 9.01 * 100


def test_the_ends_of_the_arithmetic_coder_shift_its_waste_by_about_a_standard_error():
    for world, other, sign in ("P", "Q", 1), ("Q", "P", -1):
        said = f"days of {world}, written for {other}"
        shifts, errors = [], []
        for sample in range(1, 13):
            got = raw(figures.coding_closing_in, world=said, coder="arithmetic", sample=sample, files=100)
            days = seeded_files({"P": P, "Q": Q}[world], sample).ravel().tolist()
            ideal = sum(len(BOOK[other][day]) - len(BOOK[world][day]) for day in days) / 10_000
            shifts.append(got["mean"] - ideal)
            errors.append(got["error"])
        assert 0 < sign * statistics.mean(shifts) < statistics.mean(errors)
        assert max(map(abs, shifts)) < 1.3 * statistics.mean(errors)


def test_all_samples_together_agree_with_the_divergence():
    means = [
        raw(
            figures.coding_closing_in, sample=s, world="days of P, written for Q", coder="Huffman", files=100
        )["mean"]
        for s in range(1, 13)
    ]
    assert abs(statistics.mean(means) - 5 / 8) < 4 * statistics.stdev(means) / math.sqrt(12)


# What captions and descriptions say of every setting -----------------------------------------------------------


@pytest.mark.parametrize("name", [n for n in figures.__all__ if n.startswith("coding_")])
def test_no_caption_names_a_side_that_a_phone_stacks(name):
    e = getattr(figures, name)
    assert not re.search(
        r"\bleft\b|\bon the right\b|\(right\b|\bright[:,]", f"{e.caption} {e.alt}", flags=re.I
    )


def test_the_three_kinds_of_lengths_begin_apart():
    """At the first setting no kind of lengths agrees with another one, or with D, by chance."""
    got = raw(figures.coding_beliefs)
    wastes = [got["ideal"], got["shannon"], got["huffman"]]
    assert all(abs(a - b) > 0.05 for a, b in itertools.combinations(wastes, 2))
    assert min(wastes) > 0  # and the wrong belief with which Huffman wastes nothing is still to be found


def test_where_blocks_begin_they_fall_twice_and_then_rise():
    costs = [raw(figures.coding_blocks, n=n)["huffman"] for n in range(1, 5)]
    assert costs[0] > costs[1] > costs[2] < costs[3]
