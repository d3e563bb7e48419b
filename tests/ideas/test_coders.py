"""What every coder must do: bytes out, symbols back; bad symbols refused; damage noticed or at least survived."""

import sys

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import any_distribution

from klbook import P, Q, entropy, sample_days
from klbook.ideas.arithmetic import arithmetic_decode, arithmetic_encode, integer_frequencies
from klbook.ideas.codewords import canonical_code, prefix_decode, prefix_encode
from klbook.ideas.coding import expected_length, huffman_lengths, shannon_lengths

CODERS = {
    # name: what it makes of a distribution, encoder, decoder
    "huffman": (huffman_lengths, prefix_encode, prefix_decode),
    "shannon": (shannon_lengths, prefix_encode, prefix_decode),
    "arithmetic": (integer_frequencies, arithmetic_encode, arithmetic_decode),
}
every_coder = pytest.mark.parametrize("prepare, encode, decode", CODERS.values(), ids=CODERS)

GEOMETRIC = 0.97 ** np.arange(256) / (0.97 ** np.arange(256)).sum()
STEEP = 2.0 ** -np.append(np.arange(1, 60), 59)  # codewords of up to 59 bits
MODELS = {
    "pair": P,
    "article": [0.8, 0.1, 0.1],
    "coin": [0.99, 0.01],
    "with zeros": [0, 0.3, 0, 0.3, 0.4, 0],
    "256": GEOMETRIC,
    "steep": STEEP,
}
every_model = pytest.mark.parametrize("p", MODELS.values(), ids=MODELS)


@st.composite
def streams(draw):
    """A distribution, and a stream of its possible symbols that need not be typical of it."""
    p = draw(any_distribution(1, 6))
    return p, draw(st.lists(st.sampled_from(np.flatnonzero(p).tolist()), max_size=200))


@every_coder
@given(case=streams())
def test_round_trip(prepare, encode, decode, case):
    p, symbols = case
    data = encode(symbols, prepare(p))
    assert isinstance(data, bytes)
    back = decode(data, prepare(p), len(symbols))
    assert back.dtype == np.int64 and back.tolist() == symbols


@every_coder
@every_model
@pytest.mark.parametrize("n", [0, 1, 2, 7, 8, 9, 1000, 70_000])
def test_round_trip_of_typical_streams(prepare, encode, decode, p, n):
    symbols = np.random.default_rng(n).choice(len(p), n, p=p)
    data = encode(symbols, prepare(p))
    assert np.array_equal(decode(data, prepare(p), n), symbols)


@every_model
@pytest.mark.parametrize("prepare", [huffman_lengths, shannon_lengths])
def test_prefix_encoded_bytes_are_the_codewords(prepare, p):
    words = canonical_code(prepare(p))
    symbols = np.random.default_rng(5).choice(len(p), 3000, p=p)
    bits = "".join(words[s] for s in symbols)
    bits += "0" * (-len(bits) % 8)
    assert prefix_encode(symbols, prepare(p)) == int(bits, 2).to_bytes(len(bits) // 8, "big")


def test_a_million_days_through_huffmans_code():
    """P-days in Q's code: bytes in and symbols back, 19/8 bits a day within four standard errors."""
    n, lengths = 10**6, huffman_lengths(Q)
    days = sample_days(n, P, seed=4)
    data = prefix_encode(days, lengths)
    assert np.array_equal(prefix_decode(data, lengths, n), days)
    bits = np.array([3, 1, 2, 3])[days].sum()  # the lengths of 110, 0, 10, 111
    assert len(data) == -(-bits // 8)
    variance = 9 / 2 + 1 / 4 + 4 / 8 + 9 / 8 - (19 / 8) ** 2
    assert abs(bits / n - 19 / 8) < 4 * np.sqrt(variance / n)


@every_model
def test_no_coder_beats_the_entropy_by_chance_alone(p):
    """On average over seeds: H ≤ bits a symbol, and Huffman's are those that its lengths promise."""
    n, seeds = 2000, 20
    lengths = huffman_lengths(p)
    spent = [8 * len(prefix_encode(sample_days(n, p, seed), lengths)) / n for seed in range(seeds)]
    standard_error = np.std(spent) / np.sqrt(seeds) + 1e-12
    promised = expected_length(p, lengths)
    assert abs(np.mean(spent) - promised) < 5 * standard_error + 8 / n
    assert promised >= entropy(p) - 1e-12


# Damage -----------------------------------------------------------------------------------------------------


def with_bounded_work(function, *arguments, lines):
    """Call a function, and fail when it and what it calls have run more lines of Python than that."""
    left = lines

    def count(frame, event, argument):
        nonlocal left
        left -= event == "line"
        if left < 0:
            raise AssertionError(f"more than {lines} lines were run")
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        return function(*arguments)
    finally:
        sys.settrace(before)


def lines_for(n, data, model):
    """Generous for a loop over symbols or bytes; far too few for a loop that doesn't end."""
    return 2000 + 40 * (n + 8 * len(data)) + 200 * len(model)


def damaged(data, rng):
    """Bits turned, bytes replaced, pieces lost and doubled, at random places."""
    for _ in range(40):
        changed = bytearray(data)
        kind, at = rng.integers(5), int(rng.integers(len(data)))
        if kind == 0:
            changed[at] ^= 1 << int(rng.integers(8))
        elif kind == 1:
            changed[at] = int(rng.integers(256))
        elif kind == 2:
            del changed[at : at + int(rng.integers(1, 9))]
        elif kind == 3:
            changed[at:at] = changed[at : at + int(rng.integers(1, 9))]
        else:
            changed = bytearray(rng.bytes(len(data)))
        yield bytes(changed)


@every_coder
@every_model
def test_damage_gives_an_error_or_other_symbols_but_never_a_hang(prepare, encode, decode, p):
    """What is decoded without an error is always what the encoder would write for these symbols."""
    n, model = 100, prepare(p)
    for seed in range(3):
        rng = np.random.default_rng(seed)
        data = encode(rng.choice(len(p), n, p=p), model)
        for wrong in damaged(data, rng):
            try:
                symbols = with_bounded_work(
                    decode, wrong, model, n, lines=lines_for(n, data + wrong, model) + 5000
                )
            except ValueError as error:
                assert "The data" in str(error)
            else:
                assert len(symbols) == n
                assert encode(symbols, model) == wrong


@every_coder
@every_model
def test_data_that_are_cut_off_are_always_noticed(prepare, encode, decode, p):
    n, model = 100, prepare(p)
    data = encode(np.random.default_rng(1).choice(len(p), n, p=p), model)
    for size in range(len(data)):
        with pytest.raises(ValueError, match="The data"):
            with_bounded_work(decode, data[:size], model, n, lines=lines_for(n, data, model) + 5000)


@every_model
@pytest.mark.parametrize("prepare", [huffman_lengths, shannon_lengths])
def test_data_that_are_cut_off_are_called_so(prepare, p):
    n, lengths = 100, prepare(p)
    data = prefix_encode(np.random.default_rng(1).choice(len(p), n, p=p), lengths)
    for size in range(len(data)):
        with pytest.raises(ValueError, match=rf"The data \({size} bytes\) end before symbol 100 of 100"):
            prefix_decode(data[:size], lengths, n)


@every_coder
@every_model
def test_data_that_go_on_are_always_noticed(prepare, encode, decode, p):
    n, model = 100, prepare(p)
    data = encode(np.random.default_rng(2).choice(len(p), n, p=p), model)
    for more in (b"\0", b"\xff", b"\0" * 100, data):
        with pytest.raises(ValueError, match="The data"):
            decode(data + more, model, n)


@every_coder
@pytest.mark.parametrize("n", [10**12, 10**400], ids=["large", "larger than a float"])
def test_far_too_many_symbols_are_noticed_at_once(prepare, encode, decode, n):
    model = prepare([0.9, 0.05, 0.05])
    with pytest.raises(ValueError, match="end before symbol"):
        with_bounded_work(decode, b"abc", model, n, lines=1000)


def test_far_too_many_symbols_are_noticed_even_if_each_takes_next_to_nothing():
    """Three thousand million of these make a bit."""
    with pytest.raises(ValueError, match="end before symbol"):
        with_bounded_work(arithmetic_decode, b"abc", [2**32 - 1, 1], 10**12, lines=1000)


@every_coder
def test_one_possible_symbol_takes_no_bits(prepare, encode, decode):
    model = prepare([0, 1, 0])
    assert encode([1] * 100, model) == b""
    assert with_bounded_work(decode, b"", model, 100, lines=1000).tolist() == [1] * 100


@every_coder
def test_far_too_few_symbols_are_noticed(prepare, encode, decode):
    model = prepare([0.9, 0.05, 0.05])
    data = encode([0, 1, 2] * 1000, model)
    for n in (0, 1, 2999):
        with pytest.raises(ValueError, match="The data"):
            decode(data, model, n)


def test_patterns_that_are_no_codeword():
    """Shannon's code for (.8, .1, .1) is 0, 1000, 1001: nothing begins with 11 or 101."""
    for data in (b"\xff", b"\x18\xa0"):
        with pytest.raises(ValueError, match=r"damaged: no codeword begins like the bits from bit \d"):
            prefix_decode(data, [1, 4, 4], 8)


# Bad input --------------------------------------------------------------------------------------------------

BAD = [
    # symbols, kind of error, words of its message
    ([0, 4], ValueError, r"^symbols\[1\] is 4: it is not in the alphabet, which has the symbols 0 to 3"),
    ([0, -1], ValueError, r"^symbols\[1\] is -1: it is not in the alphabet"),
    ([0, 2, 0], ValueError, r"^symbols\[1\] is 2: it has "),
    (np.array([2**63], dtype=np.uint64), ValueError, r"^symbols\[0\] is 9223372036854775808: it is not in"),
    ([0.0, 1.0], TypeError, "^symbols has elements of type float64: symbols are indices"),
    (["sun"], TypeError, "^symbols has elements of type <U3"),
    ([True], TypeError, "^symbols has elements of type bool"),
    ([[0, 1]], ValueError, r"^symbols has shape \(1, 2\): one dimension"),
    (0, ValueError, r"^symbols has shape \(\)"),
    ([[0], [0, 1]], ValueError, "^symbols is no array: its rows"),
    (np.ma.masked_array([0, 1], [False, True]), TypeError, "^symbols is a masked array"),
]


@every_coder
@pytest.mark.parametrize("symbols, error, message", BAD)
def test_bad_symbols_are_refused(prepare, encode, decode, symbols, error, message):
    with pytest.raises(error, match=message):
        encode(symbols, prepare([0.5, 0.25, 0, 0.25]))


def test_the_reason_is_told():
    with pytest.raises(ValueError, match=r"it has no codeword \(its length is infinite\)"):
        prefix_encode([1], [0, np.inf])
    with pytest.raises(ValueError, match="which has the symbol 0 alone"):
        prefix_encode([1], [0])


@pytest.mark.parametrize(
    "call", [lambda lengths: prefix_encode([0], lengths), lambda lengths: prefix_decode(b"", lengths, 0)]
)
def test_lengths_without_a_code_are_refused(call):
    with pytest.raises(ValueError, match=r"Kraft sum 1\.5: above 1 there is no uniquely decodable code"):
        call([1, 1, 1])


BAD_DATA = [
    ("ab", 1, TypeError, "^data is of type str: bytes are expected"),
    ([1, 2], 1, TypeError, "^data is of type list"),
    (b"a", -1, ValueError, "^n is -1"),
    (b"a", None, TypeError, "^n must be an integer, not None"),
]


@every_coder
@pytest.mark.parametrize("data, n, error, message", BAD_DATA)
def test_bad_data_are_refused(prepare, encode, decode, data, n, error, message):
    with pytest.raises(error, match=message):
        decode(data, prepare(P), n)


@every_coder
@pytest.mark.parametrize("dtype", [np.uint8, np.int16, ">i4", np.uint64])
def test_symbols_of_any_integer_type(prepare, encode, decode, dtype):
    model = prepare(P)
    assert encode(np.array([0, 1, 3], dtype), model) == encode([0, 1, 3], model)
