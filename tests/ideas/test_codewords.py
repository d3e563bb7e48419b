"""Codewords as strings: the canonical code, and which codes can be read."""

import itertools
import math

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from refusals import refusals
from strategies import any_distribution

from klbook import P, Q
from klbook.ideas.codewords import (
    ambiguity,
    canonical_code,
    check_prefix_free,
    check_uniquely_decodable,
    codeword_lengths,
    prefix_encode,
)
from klbook.ideas.coding import huffman_lengths, kraft_sum, shannon_lengths

INF = math.inf

codes = st.lists(st.text("01", min_size=1, max_size=4), min_size=1, max_size=5)


@pytest.mark.parametrize(
    "lengths, expected",
    [
        ([1, 2, 2], ["0", "10", "11"]),
        (huffman_lengths(P), ["0", "10", "110", "111"]),
        (huffman_lengths(Q), ["110", "0", "10", "111"]),
        # RFC 1951, section 3.2.2, works this example
        ([3, 3, 3, 3, 3, 2, 4, 4], ["010", "011", "100", "101", "110", "00", "1110", "1111"]),
        ([1, 4, 4], ["0", "1000", "1001"]),  # incomplete
        ([INF, 1, INF, 1], [None, "0", None, "1"]),
        ([0], [""]),
        ([INF, 0], [None, ""]),
        ([2, 1, 1030], ["10", "0", "11" + "0" * 1028]),
    ],
)
def test_canonical_codes(lengths, expected):
    assert canonical_code(lengths) == expected


@given(st.lists(st.one_of(st.integers(1, 12).map(float), st.just(INF)), min_size=1, max_size=12))
def test_krafts_inequality_is_what_a_prefix_code_needs(lengths):
    """Theorem 5.2.1, both ways: the code exists if and only if Σ 2^−l ≤ 1."""
    if min(lengths) == INF:
        return
    if kraft_sum(lengths) > 1:
        with pytest.raises(ValueError, match=r"Kraft sum .* above 1 there is no uniquely decodable code"):
            canonical_code(lengths)
        return
    words = canonical_code(lengths)
    assert [INF if word is None else len(word) for word in words] == lengths
    check_prefix_free(words)
    check_uniquely_decodable(words)
    assert codeword_lengths(words).tolist() == lengths
    # Canonical: of rising codewords, read as fractions, the lengths rise, and the symbols where these tie.
    ranked = sorted((word, len(word), symbol) for symbol, word in enumerate(words) if word is not None)
    assert [item[1:] for item in ranked] == sorted(item[1:] for item in ranked)


@pytest.mark.parametrize("lengths_for", [huffman_lengths, shannon_lengths])
@given(p=any_distribution(1, 6))
def test_every_code_for_a_distribution_is_prefix_free(lengths_for, p):
    check_prefix_free(canonical_code(lengths_for(p)))


@pytest.mark.parametrize(
    "words, clash",
    [
        (["0", "10", "01"], "codeword 0 of symbol 0 is the beginning of 01 of symbol 2"),
        (["111", "0", "110", "11"], "codeword 11 of symbol 3 is the beginning of 110 of symbol 2"),
        (["1", None, "1"], "codeword 1 of symbol 0 is the beginning of 1 of symbol 2"),
        (["1", ""], r"codeword \(empty\) of symbol 1 is the beginning of 1 of symbol 0"),
    ],
)
def test_a_clash_is_named(words, clash):
    with pytest.raises(ValueError, match=f"not prefix-free: {clash}"):
        check_prefix_free(words)


@given(codes)
def test_prefix_free_means_no_word_begins_another(words):
    clash = any(b.startswith(a) for a, b in itertools.permutations(words, 2))
    if clash:
        with pytest.raises(ValueError, match="not prefix-free"):
            check_prefix_free(words)
    else:
        check_prefix_free(words)
        assert ambiguity(words) is None  # but not the other way round


@pytest.mark.parametrize(
    "words",
    [
        # Cover and Thomas, 2nd ed., chapter 5, in the problem on this test; checked by hand
        ["0", "10", "11"],
        ["0", "01", "11"],
        ["0", "01"],
        ["00", "01", "10", "11"],
        ["110", "11", "10"],
        ["110", "11", "100", "00", "10"],
        ["10", "00", "11", "110"],
        ["0", None, "011", "01111"],
        ["1"],
    ],
)
def test_uniquely_decodable(words):
    assert ambiguity(words) is None
    check_uniquely_decodable(words)


@pytest.mark.parametrize(
    "words, string, one, other",
    [
        (["0", "10", "01"], "010", [0, 1], [2, 0]),  # the article's counterexample
        (["0", "01", "10"], "010", [0, 2], [1, 0]),
        (["1", None, "1"], "1", [0], [2]),
        (["0", "00"], "00", [0, 0], [1]),
        # By hand: the only string of up to three bits with two readings
        (["10", "100", "01", "1"], "101", [0, 3], [3, 2]),
        (["", "1"], "", [0], [0, 0]),
    ],
)
def test_a_shortest_ambiguous_string(words, string, one, other):
    assert ambiguity(words) == (string, one, other)
    with pytest.raises(ValueError, match="not uniquely decodable"):
        check_uniquely_decodable(words)


def test_the_ambiguous_string_is_named():
    message = r"010 can be read as 0·10 \(symbols 0, 1\) and as 01·0 \(symbols 2, 0\)"
    for check in (check_uniquely_decodable, codeword_lengths):
        with pytest.raises(ValueError, match=message):
            check(["0", "10", "01"])
    with pytest.raises(ValueError, match="the codeword of symbol 1 is empty"):
        check_uniquely_decodable(["1", ""])


def readings_by_length(words, longest):
    """How many readings each string has, for all strings up to a length: by enumeration."""
    readings = {"": 1}
    for length in range(1, longest + 1):
        for string in map("".join, itertools.product("01", repeat=length)):
            readings[string] = sum(
                readings.get(string[: -len(word)], 0) for word in words if string.endswith(word)
            )
    return readings


@given(codes)
@example(["1", "011", "01110", "1110", "10011"])
def test_the_test_agrees_with_enumeration(words):
    """Against all strings of up to 9 bits: no ambiguity is missed, none invented, and it is a shortest."""
    readings = readings_by_length(words, 9)
    shortest = min((len(string) for string, ways in readings.items() if ways > 1), default=None)
    found = ambiguity(words)
    if shortest is not None:
        assert found is not None and len(found[0]) == shortest
    if found is not None:
        string, one, other = found
        assert one != other
        assert "".join(words[s] for s in one) == "".join(words[s] for s in other) == string
        assert shortest is not None or len(string) > 9


@given(codes)
def test_what_can_be_read_satisfies_kraft(words):
    """McMillan, Theorem 5.5.1."""
    if ambiguity(words) is None:
        assert kraft_sum(codeword_lengths(words)) <= 1


def test_symbols_by_hand():
    """Q's code is 110, 0, 10, 111: sun, cloud, rain, snow, cloud, cloud."""
    data = prefix_encode([0, 1, 2, 3, 1, 1], huffman_lengths(Q))
    assert data == bytes([0b11001011, 0b10000000])


BAD = [
    (lambda: canonical_code([1, 1.5]), ValueError, r"^lengths\[1\] is 1.5: a codeword has a whole number"),
    (lambda: canonical_code([1, -1]), ValueError, r"^lengths\[1\] is -1:"),
    (lambda: canonical_code([INF, INF]), ValueError, "at least one symbol needs a codeword"),
    (lambda: canonical_code([1, 5000]), ValueError, r"^lengths\[1\] is 5000: codewords have at most 4096"),
    (lambda: canonical_code([]), ValueError, r"^lengths has shape \(0,\)"),
    (lambda: canonical_code([[1, 1]]), ValueError, r"^lengths has shape \(1, 2\): one dimension is expected"),
    (lambda: canonical_code([1, 1, 2]), ValueError, "Kraft sum 1.25: above 1 there is no uniquely decodable"),
    (lambda: canonical_code([0, 0]), ValueError, "Kraft sum 2:"),
    (lambda: check_prefix_free("01"), TypeError, "^codewords is one string"),
    (lambda: check_prefix_free([0, 1]), TypeError, r"^codewords\[0\] is 0: a codeword is a string"),
    (
        lambda: ambiguity(["0", "1a"]),
        ValueError,
        r"^codewords\[1\] is '1a': a codeword is a string of 0 and 1",
    ),
    (lambda: codeword_lengths([]), ValueError, "holds no codeword"),
    (lambda: codeword_lengths([None]), ValueError, "holds no codeword"),
]

test_wrong_arguments_are_named = refusals(BAD)


def test_codewords_from_an_array():
    assert codeword_lengths(np.array(["0", "10", "11"])).tolist() == [1, 2, 2]


@pytest.mark.parametrize("turned", [False, True], ids=["prefix", "suffix"])
def test_many_codewords(turned):
    """So many that a comparison of each with each would not end."""
    words = [format(i, "016b")[:: -1 if turned else 1] for i in range(1 << 16)]
    words[-1] += "0"
    assert codeword_lengths(words).tolist() == [16.0] * (2**16 - 1) + [17.0]


def test_many_codewords_that_neither_begin_nor_end_apart():
    """A suffix code, and one word that ends another: the doubtful string is found."""
    words = ["1" + format(i, "012b") for i in range(1 << 12)]
    assert ambiguity(words) is None
    string, first, second = ambiguity([*words, words[5] + words[7]])
    assert string == words[5] + words[7] and [first, second] == [[5, 7], [1 << 12]]


def test_against_all_short_strings():
    """Each string of up to 10 bits is read in every way that there is."""
    rng = np.random.default_rng(0)
    found_some = 0
    for _ in range(300):
        words = ["".join(rng.choice(["0", "1"], rng.integers(1, 5))) for _ in range(rng.integers(2, 5))]
        found = ambiguity(words)
        readings = {"": 1}
        doubtful = []
        for length in range(1, 11):
            for code in range(1 << length):
                string = format(code, f"0{length}b")
                ways = sum(readings.get(string[: -len(w)], 0) for w in words if string.endswith(w))
                readings[string] = ways
                if ways > 1:
                    doubtful.append(string)
        if doubtful:
            found_some += 1
            string, first, second = found
            assert len(string) == len(doubtful[0])
            assert first != second
            assert all("".join(words[symbol] for symbol in reading) == string for reading in (first, second))
        else:
            assert found is None or len(found[0]) > 10
    assert 50 < found_some < 290
