"""The tokenizer: by hand, against one that takes the merges one by one, and round trips of any text and bytes."""

import json
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusals

from klbook.ideas import tokens
from klbook.ideas.tokens import Tokenizer

A, B, C = ord("a"), ord("b"), ord("c")
# ab, ab·c, ␣·ab, aa, aa·aa, the bytes of "é", those of "ü", a·é, ␣·,
MERGES = [(A, B), (256, C), (32, 256), (A, A), (259, 259), (0xC3, 0xA9), (0xC3, 0xBC), (A, 261), (32, 44)]
TOKENIZER = Tokenizer(MERGES)


def merged_in_order(text, merges):
    """As the merges are learnt: each is carried out everywhere, from left to right, before the next one begins."""
    found = []
    for word in re.findall(r" ?\w+| ?[^\w\s]+|\s+", text):
        tokens = list(word.encode())
        for rank, pair in enumerate(merges):
            joined, at = [], 0
            while at < len(tokens):
                here = tuple(tokens[at : at + 2]) == pair
                joined.append(256 + rank if here else tokens[at])
                at += 1 + here
            tokens = joined
        found += tokens
    return found


def test_a_text_without_a_cut():
    """As long as a text, and one word: once for each joined pair through all of it, this would take minutes."""
    for text in ("the" * 30_000, "a" * 100_001, " " * 100_000, "ab" * 50_000):
        found = TOKENIZER.encode(text)
        assert found.tolist() == merged_in_order(text, MERGES)
        assert TOKENIZER.decode(found) == text


@pytest.mark.parametrize(
    "text, tokens",
    [
        ("", []),
        ("abc", [257]),
        ("cab", [C, 256]),
        ("aab", [A, 256]),  # ab comes before aa
        ("aaa", [259, A]),  # the leftmost first
        ("aaaaa", [260, A]),
        (" ab", [258]),
        (" abc", [32, 257]),  # abc comes before ␣ab
        ("  ab", [32, 32, 256]),  # two spaces are a run of their own
        ("a b", [A, 32, B]),
        ("a,b", [A, ord(","), B]),  # no pair across a cut
        ("a ,,b", [A, 264, ord(","), B]),  # a mark takes a space along, too
        ("é", [261]),
        ("aé", [263]),
        ("aü", [A, 262]),
        ("ß", [0xC3, 0x9F]),
    ],
)
def test_by_hand(text, tokens):
    assert TOKENIZER.encode(text).tolist() == tokens
    assert TOKENIZER.decode(tokens) == text


def test_pieces_are_the_bytes_of_the_tokens():
    assert TOKENIZER.pieces[:256] == [bytes([k]) for k in range(256)]
    assert TOKENIZER.pieces[256:] == [
        b"ab",
        b"abc",
        b" ab",
        b"aa",
        b"aaaa",
        b"\xc3\xa9",
        b"\xc3\xbc",
        b"a\xc3\xa9",
        b" ,",
    ]


letters = st.text(st.sampled_from("abcé ü,\n"), max_size=40)


@given(st.one_of(letters, st.text(st.characters(codec="utf-8"))))
def test_as_one_merge_after_the_other(text):
    tokens = TOKENIZER.encode(text)
    assert tokens.dtype == np.int64
    assert tokens.tolist() == merged_in_order(text, MERGES)
    assert TOKENIZER.decode(tokens) == text
    assert TOKENIZER.encode(text.encode()).tolist() == tokens.tolist()


def test_the_books_text_as_one_merge_after_the_other():
    path = Path(tokens.__file__).parent / "data"
    merges = [
        tuple(pair) for pair in json.loads((path / "austen.json").read_text(encoding="utf-8"))["merges"]
    ]
    text = (path / "austen_heldout.txt").read_text(encoding="utf-8")[:3000]
    assert Tokenizer(merges).encode(text).tolist() == merged_in_order(text, merges)


@given(st.binary())
def test_bytes_come_back(data):
    assert TOKENIZER.decode_bytes(TOKENIZER.encode(data)) == data


def test_half_a_character_becomes_a_mark():
    assert TOKENIZER.decode([A, 0xC3]) == "a\ufffd"


def test_without_merges_tokens_are_bytes():
    assert Tokenizer([]).encode("aé").tolist() == [A, 0xC3, 0xA9]


test_what_is_no_list_of_merges_or_no_text_is_refused = refusals(
    [
        (
            lambda: Tokenizer([(A, B), (258, C)]),
            r"merges\[1, 0\] is 258: a merge joins two tokens that exist before",
        ),
        (lambda: Tokenizer([(A, -1)]), r"merges\[0, 1\] is -1"),
        (lambda: Tokenizer([(A, B), (A, B)]), r"merges\[1\] is \(97, 98\), as is merges\[0\]"),
        (
            lambda: Tokenizer([(A, A), *((256 + k, 256 + k) for k in range(60))]),
            r"merges\[16\] makes a token of 131072 bytes: 65536 are the most",
        ),
        (lambda: Tokenizer([A, B]), r"shape \(2,\): pairs"),
        (lambda: Tokenizer([("a", "b")]), TypeError, "merges"),
        (lambda: TOKENIZER.encode(3), TypeError, "text is of the type int"),
        (lambda: TOKENIZER.encode("a\ud800"), r"text\[1\] is half a surrogate pair"),
        (lambda: TOKENIZER.encode("a\udc80"), r"text\[1\] is half a surrogate pair"),
        (lambda: TOKENIZER.decode([265]), r"tokens\[0\] is 265: outcomes are numbered from 0 to 264"),
        (lambda: TOKENIZER.decode([[A]]), "one sequence"),
        (lambda: TOKENIZER.decode([0.5]), TypeError, "tokens"),
    ]
)
