"""The arithmetic coder and its integer frequencies: by hand, against exact bounds and another coder."""

import itertools
import math
from fractions import Fraction

import constriction
import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from refusals import refusals
from strategies import any_distribution

from klbook import P, Q, kl_divergence, sample_days
from klbook.ideas import arithmetic
from klbook.ideas.arithmetic import (
    IntervalDecoder,
    IntervalEncoder,
    arithmetic_decode,
    arithmetic_encode,
    ideal_bits,
    integer_frequencies,
)
from klbook.ideas.code_checks import MAX_TOTAL

# What the top of the module promises: less than 9 bits at the end and 2^−31 bit a symbol. The rest is the
# rounding of the sum of the surprisals here.
END, PER_SYMBOL, ROUNDING = 9, 2**-31, 1e-6

frequency = st.one_of(st.integers(0, 9), st.integers(0, 28).map(lambda e: 2**e), st.integers(0, 2**28))
models = st.lists(frequency, min_size=1, max_size=8).filter(any)


@st.composite
def streams(draw):
    """A model, and a stream of its possible symbols that need not be typical of it."""
    frequencies = draw(models)
    possible = [symbol for symbol, f in enumerate(frequencies) if f]
    return frequencies, draw(st.lists(st.sampled_from(possible), max_size=300))


def surprisal_bits(symbols, frequencies):
    """The ideal length, with one logarithm per symbol of the alphabet, of an exact fraction."""
    total = sum(frequencies)
    return math.fsum(
        symbols.count(s) * -math.log1p(-float(Fraction(total - f, total))) / math.log(2)
        if f > total / 2
        else symbols.count(s) * math.log2(total / f)
        for s, f in enumerate(frequencies)
        if f
    )


# By hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "symbols, frequencies, expected",
    [
        # 0 is [0, 1/2), 1 is [1/2, 3/4), 2 is [3/4, 7/8), 3 is [7/8, 1): as binary digits 0, 10, 110, 111
        ([0, 1, 1, 2], [4, 2, 1, 1], bytes([0b01010110])),
        ([3, 3, 3, 3, 3, 0], [4, 2, 1, 1], bytes([0b11111111, 0b11111110])),
        # one rainy day is [192/256, 224/256): the first byte of which all continuations lie in it is 192
        ([2], [4, 2, 1, 1], bytes([192])),
        # [1/3, 1) is [85.33…/256, 1), so 86; [1/3, 1/3 + 2/9) is [85.33…, 142.22…) in 256ths; and [0, 1/3)
        ([1], [1, 2], bytes([86])),
        ([1, 0], [1, 2], bytes([86])),
        ([0], [1, 2], bytes([0])),
        # [1/1000, 2/1000) is [0.256, 0.512) in 256ths, too narrow for one byte, and [65.5, 131.07) in 65536ths
        ([1], [1, 1, 998], bytes([0, 66])),
        ([], [1, 2], b""),
        ([1, 1, 1], [0, 7], b""),
    ],
)
def test_by_hand(symbols, frequencies, expected):
    assert arithmetic_encode(symbols, frequencies) == expected
    assert arithmetic_decode(expected, frequencies, len(symbols)).tolist() == symbols


def test_a_byte_per_symbol_of_256():
    """With 256 equal pieces the symbols are the digits of the number in base 256."""
    symbols = np.random.default_rng(0).integers(256, size=1000)
    assert arithmetic_encode(symbols, [1] * 256) == bytes(symbols.tolist())


def plain_encoder(symbols, frequencies):
    """Martin's range coder with one growing number instead of words and carries."""
    common = math.gcd(*frequencies)
    frequencies = [f // common for f in frequencies]
    total = sum(frequencies)
    low, width, scale = 0, 2**96, 96
    for symbol in symbols:
        step = width // total
        low += step * sum(frequencies[:symbol])
        width = step * frequencies[symbol]
        if width < 2**64:
            low, width, scale = low * 2**32, width * 2**32, scale + 32
    for size in itertools.count():
        unit = 2 ** (scale - 8 * size) if scale >= 8 * size else 0
        number = -(-low // unit)
        if (number + 1) * unit <= low + width:
            return number.to_bytes(size, "big")


@given(streams())
def test_words_and_carries_make_the_same_number(model_and_stream):
    frequencies, symbols = model_and_stream
    assert arithmetic_encode(symbols, frequencies) == plain_encoder(symbols, frequencies)


def test_carries_run():
    """1·2⁶⁴ + (2³² − 1)·2³² + (2³² + 5): the carry of the last word runs through the one before."""
    assert arithmetic._with_carries([1, 2**32 - 1, 2**32 + 5]) == 2 * 2**64 + 5
    assert arithmetic._with_carries([]) == 0


def test_streams_with_carries():
    """Long streams of thirds, in which carries are frequent."""
    carries = []

    def counting(words):
        carries.append(sum(word >> 32 for word in words))
        return original(words)

    original = arithmetic._with_carries
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(arithmetic, "_with_carries", counting)
        for seed in range(5):
            symbols = np.random.default_rng(seed).choice(3, 2000, p=[0.5, 0.1, 0.4])
            data = arithmetic_encode(symbols, [5, 1, 4])
            assert data == plain_encoder(symbols.tolist(), [5, 1, 4])
            assert np.array_equal(arithmetic_decode(data, [5, 1, 4], 2000), symbols)
    assert sum(carries) > 5


# Laws -------------------------------------------------------------------------------------------------------


@given(streams())
@example(([2**32 - 1, 1], [0] * 300))
@example(([2**32 - 1, 1], [1] * 300))
@example(([2**31, 2**31 - 1, 1], [2, 0, 1] * 100))
@example(([3 * 2**30], [0] * 300))
def test_round_trip_and_length(model_and_stream):
    """ideal ≤ bits < ideal + 9 + n·2⁻³¹, whatever the model and the stream."""
    frequencies, symbols = model_and_stream
    data = arithmetic_encode(symbols, frequencies)
    assert arithmetic_decode(data, frequencies, len(symbols)).tolist() == symbols
    ideal = surprisal_bits(symbols, frequencies)
    assert ideal - ROUNDING <= 8 * len(data) < ideal + END + PER_SYMBOL * len(symbols) + ROUNDING
    assert ideal_bits(symbols, frequencies) == pytest.approx(ideal, rel=1e-12, abs=1e-12)


@pytest.mark.parametrize("frequencies", [[1, 1], [5, 1, 4], [4, 2, 1, 1], [1, 300], [0, 2, 1]])
def test_streams_of_the_same_length_have_a_prefix_code(frequencies):
    """All different, none the beginning of another, and so Kraft's inequality holds."""
    for n in range(1, 7):
        possible = [s for s, f in enumerate(frequencies) if f]
        words = sorted(arithmetic_encode(s, frequencies) for s in itertools.product(possible, repeat=n))
        assert not any(b.startswith(a) for a, b in itertools.pairwise(words))
        assert sum(Fraction(1, 256 ** len(word)) for word in words) <= 1


@given(streams(), st.integers(2, 16))
def test_a_common_factor_changes_nothing(model_and_stream, factor):
    frequencies, symbols = model_and_stream
    if factor * sum(frequencies) <= MAX_TOTAL:
        larger = [factor * f for f in frequencies]
        assert arithmetic_encode(symbols, larger) == arithmetic_encode(symbols, frequencies)


@given(any_distribution(1, 6), st.integers(6, 2000))
def test_integer_frequencies(p, total):
    """They sum to the total, leave every possible symbol possible, and cost at most −log(1 − k/total) bits.

    This is what the simple choice 1 + ⌊p·(total − k)⌋ for k possible symbols costs at most.
    """
    frequencies = integer_frequencies(p, total)
    assert frequencies.dtype == np.int64
    assert frequencies.sum() == total
    assert ((frequencies > 0) == (p > 0)).all()
    assert (frequencies >= 0).all()
    possible = (p > 0).sum()
    if total > possible:
        assert kl_divergence(p, frequencies / total) <= -math.log2(1 - possible / total) + 1e-12


@given(st.lists(st.integers(0, 1000), min_size=1, max_size=6).filter(any))
def test_whole_frequencies_are_kept(weights):
    """Dyadic or not: what is a whole number in exact arithmetic comes back as this number."""
    total = sum(weights)
    assert integer_frequencies([w / total for w in weights], total).tolist() == weights


@pytest.mark.parametrize(
    "p, total, expected",
    [
        (P, 8, [4, 2, 1, 1]),
        (Q, 1 << 16, [1 << 13, 1 << 15, 1 << 14, 1 << 13]),
        ([1], 5, [5]),
        ([0, 1], 2**32, [0, 2**32]),
        ([1 / 3] * 3, 4, None),
        # 7.976 of 8, and three that need 1 each
        ([0.997, 0.001, 0.001, 0.001], 8, [5, 1, 1, 1]),
        ([1 - 1e-12, 1e-12], 2**32, [2**32 - 1, 1]),
        ([0.25] * 4, 4, [1, 1, 1, 1]),
    ],
)
def test_known_frequencies(p, total, expected):
    frequencies = integer_frequencies(p, total).tolist()
    assert sorted(frequencies) == [1, 1, 2] if expected is None else frequencies == expected


def test_a_large_alphabet():
    p = 1 / np.arange(1, 50_001)
    p /= p.sum()
    frequencies = integer_frequencies(p, 1 << 20)
    assert frequencies.sum() == 1 << 20 and frequencies.min() >= 1
    assert kl_divergence(p, frequencies / (1 << 20)) <= -math.log2(1 - 50_000 / 2**20)
    symbols = np.random.default_rng(0).choice(50_000, 20_000, p=p)
    data = arithmetic_encode(symbols, frequencies)
    assert np.array_equal(arithmetic_decode(data, frequencies, 20_000), symbols)


# Long streams -----------------------------------------------------------------------------------------------

LONG, MILLION = 250_000, 10**6
GEOMETRIC = 0.97 ** np.arange(256) / (0.97 ** np.arange(256)).sum()


@pytest.mark.parametrize(
    "p, total, n",
    [
        (P, 8, LONG),
        ([0.8, 0.1, 0.1], 10, LONG),
        (GEOMETRIC, 1 << 20, LONG),
        ([1 - 2**-20, 2**-20], 1 << 32, MILLION),
    ],
    ids=["pair", "article", "256 symbols", "nearly certain"],
)
def test_long_streams(p, total, n):
    """Within 0.01 % and 32 bits of the ideal length; in fact within 9 bits and a thousandth for a million."""
    frequencies = integer_frequencies(p, total)
    symbols = sample_days(n, p, seed=1)
    data = arithmetic_encode(symbols, frequencies)
    assert np.array_equal(arithmetic_decode(data, frequencies, n), symbols)
    counts = np.bincount(symbols, minlength=len(frequencies)).tolist()
    ideal = math.fsum(
        c * math.log2(Fraction(int(frequencies.sum()), f))
        for c, f in zip(counts, frequencies.tolist(), strict=True)
        if c
    )
    assert 8 * len(data) <= 1.0001 * ideal + 32
    assert ideal - 1e-9 * n <= 8 * len(data) < ideal + END + 1e-9 * n


def test_days_of_p_with_the_model_of_q_waste_five_eighths_of_a_bit():
    """Measured in bytes: the difference of the two lengths, within four standard errors of D(P‖Q) = 5/8."""
    n = 100_000
    days = sample_days(n, P, seed=2)
    right = arithmetic_encode(days, integer_frequencies(P, 8))
    wrong = arithmetic_encode(days, integer_frequencies(Q, 8))
    waste = 8 * (len(wrong) - len(right)) / n
    # The waste of a day is 2, −1, −1 or 0 bits, with variance (4/2 + 1/4 + 1/8) − (5/8)².
    standard_error = math.sqrt((19 / 8 - 25 / 64) / n)
    assert abs(waste - 5 / 8) < 4 * standard_error + 2 * END / n


@pytest.mark.parametrize("frequencies", [[4, 2, 1, 1], [3000, 500, 500, 90, 6], [4095, 1]])
def test_no_longer_than_an_independent_range_coder(frequencies):
    """constriction's, which has words of 32 bits and 24-bit probabilities; here they are exact in both."""
    p = np.array(frequencies) / sum(frequencies)
    symbols = sample_days(50_000, p, seed=3)
    reference = constriction.stream.queue.RangeEncoder()
    model = constriction.stream.model.Categorical(p, perfect=False)
    reference.encode(symbols.astype(np.int32), model)
    bits = 8 * len(arithmetic_encode(symbols, frequencies))
    assert bits <= reference.num_bits() + END
    assert reference.num_bits() <= 1.001 * bits + 128


# Bad input --------------------------------------------------------------------------------------------------

F = [4, 2, 1, 0]

BAD = [
    # call, kind of error, words of its message
    (lambda: arithmetic_encode([0, 1, 3], F), ValueError, r"^symbols\[2\] is 3: it has frequency 0"),
    (lambda: arithmetic_encode([0, 4], F), ValueError, r"^symbols\[1\] is 4: it is not in the alphabet"),
    (lambda: ideal_bits([3], F), ValueError, r"^symbols\[0\] is 3: it has frequency 0"),
    (lambda: arithmetic_encode([0], [0.5, 0.5]), TypeError, "frequencies are whole numbers, which integer_"),
    (lambda: arithmetic_encode([0], [1, -1]), ValueError, r"^frequencies\[1\] is -1"),
    (lambda: arithmetic_encode([0], [0, 0]), ValueError, "^frequencies sums to 0: the sum must be between 1"),
    (lambda: arithmetic_encode([0], [2**32, 1]), ValueError, "^frequencies sums to 4294967297"),
    (lambda: arithmetic_encode([0], [2**63 - 1] * 3), ValueError, "^frequencies sums to 2767"),
    (lambda: arithmetic_encode([0], [[1, 1]]), ValueError, r"^frequencies has shape \(1, 2\)"),
    (lambda: arithmetic_encode([], []), ValueError, r"^frequencies has shape \(0,\)"),
    (lambda: arithmetic_decode("ab", F, 1), TypeError, "^data is of type str: bytes are expected"),
    (lambda: arithmetic_decode(b"a", F, -1), ValueError, "^n is -1: it must be at least 0"),
    (lambda: arithmetic_decode(b"a", F, 1.0), TypeError, "^n must be an integer"),
    (lambda: arithmetic_decode(b"", F, 1), ValueError, r"\(0 bytes\) end before symbol 1 of 1"),
    (lambda: arithmetic_decode(b"a", F, 0), ValueError, "go on after 0 symbols"),
    (lambda: arithmetic_decode(b"a", [0, 1], 7), ValueError, "go on after 7 symbols"),
    (lambda: arithmetic_decode(b"\xff" * 9, [1, 2], 20), ValueError, "damaged"),
    # 2⁹⁶ = 3·⌊2⁹⁶/3⌋ + 1, so the last number of all belongs to no symbol
    (lambda: arithmetic_decode(b"\xff" * 12, [1, 2], 20), ValueError, "no symbol fits after 0 symbols"),
    (lambda: integer_frequencies([0.5, 0.4]), ValueError, "^p sums to 0.9"),
    (lambda: integer_frequencies([P, Q]), ValueError, r"^p has shape \(2, 4\)"),
    (lambda: integer_frequencies(P, 3), ValueError, "^total is 3: it must be at least 4"),
    (lambda: integer_frequencies(P, 2**32 + 1), ValueError, "^total is 4294967297: it must be at most"),
    (lambda: integer_frequencies(P, 8.0), TypeError, "^total must be an integer"),
]

test_wrong_arguments_are_named = refusals(BAD)


def test_bytes_of_any_kind():
    data = arithmetic_encode([0, 1, 2], [2, 1, 1])
    for kind in (bytes, bytearray, memoryview):
        assert arithmetic_decode(kind(data), [2, 1, 1], 3).tolist() == [0, 1, 2]


# Models that change on the way -----------------------------------------------------------------------------


@st.composite
def changing_models(draw):
    """A model for each symbol, and the symbol."""
    steps = draw(st.lists(models, max_size=80))
    return [(f, draw(st.sampled_from([s for s, x in enumerate(f) if x]))) for f in steps]


@given(changing_models())
def test_models_may_change_from_symbol_to_symbol(steps):
    interval = arithmetic.IntervalEncoder()
    width, low = Fraction(1), Fraction(0)
    for frequencies, symbol in steps:
        below, total = sum(frequencies[:symbol]), sum(frequencies)
        interval.step_into(below, frequencies[symbol], total)
        low += width * Fraction(below, total)
        width *= Fraction(frequencies[symbol], total)
    data = interval.finish()
    ideal = math.log2(width.denominator) - math.log2(width.numerator)
    assert ideal - ROUNDING <= 8 * len(data) < ideal + END + len(steps) * PER_SYMBOL + ROUNDING
    back = arithmetic.IntervalDecoder(data)
    for frequencies, symbol in steps:
        target, below = back.target(sum(frequencies)), sum(frequencies[:symbol])
        assert below <= target < below + frequencies[symbol]
        back.step_into(below, frequencies[symbol])
    back.finish()


def test_what_is_decoded_with_changing_models_ends_where_it_was_ended():
    interval = arithmetic.IntervalEncoder()
    for k in range(1, 30):
        interval.step_into(k // 2, 1, k + 1)
    data = interval.finish()

    def read(data):
        back = arithmetic.IntervalDecoder(data)
        for k in range(1, 30):
            back.step_into(back.target(k + 1), 1)
        back.finish()

    read(data)
    for wrong in (data[:-1], data[:4], b"", data + b"\0", data + b"x"):
        with pytest.raises(ValueError, match=r"damaged|end before"):
            read(wrong)


def test_a_certain_symbol_with_bytes_that_nobody_wrote():
    assert arithmetic_decode(b"", [0, 3], 5).tolist() == [1] * 5
    with pytest.raises(ValueError, match="go on after 5 symbols"):
        arithmetic_decode(b"\0", [0, 3], 5)


# The interval, step by step ------------------------------------------------------------------------------------


def test_steps_of_changing_models_come_back():
    """NumPy's integers, too, of which 64 bits would not hold the interval."""
    models = [(0, 1, 2), (2, 1, 3), (0, 2**32 - 1, 2**32 - 1), (2**32 - 2, 1, 2**32 - 1), (3, 4, 7)]
    for kind in (int, np.int64, np.uint32):
        encoder = IntervalEncoder()
        for model in models:
            encoder.step_into(*map(kind, model))
        decoder = IntervalDecoder(encoder.finish())
        for model in models:
            below, frequency, total = map(kind, model)
            assert below <= decoder.target(total) < below + frequency
            decoder.step_into(below, frequency)
        decoder.finish()


@pytest.mark.parametrize(
    "below, frequency, total",
    [(0, 0, 2), (0, 1, 0), (1, 2, 2), (-1, 1, 2), (0, -1, 2), (0, 1, 2**32 + 1), (0, 1, 2**100)],
)
def test_what_is_no_piece_is_refused(below, frequency, total):
    with pytest.raises(ValueError, match=f"below {below}, frequency {frequency}, total {total}: a piece is"):
        IntervalEncoder().step_into(below, frequency, total)


def test_a_piece_that_does_not_hold_the_number_is_refused():
    for below, frequency in ((1, 1), (0, 0), (0, -1), (-1, 1)):
        decoder = IntervalDecoder(b"\x01")
        assert decoder.target(2) == 0
        with pytest.raises(
            ValueError, match=f"below {below}, frequency {frequency}: .* does not hold the target"
        ):
            decoder.step_into(below, frequency)
        decoder.step_into(0, 1)  # nothing has happened yet
        with pytest.raises(ValueError, match="ask for the target first"):
            decoder.step_into(0, 1)
    for total in (0, -1, 2**32 + 1):
        with pytest.raises(ValueError, match=f"total is {total}: it must be from 1 to 4294967296"):
            IntervalDecoder(b"").target(total)
    for call in (lambda: IntervalEncoder().step_into(0, 1.0, 2), lambda: IntervalDecoder(b"").target(1.5)):
        with pytest.raises(TypeError, match="integer"):
            call()
