"""What recoding saves and what it costs: exact fractions, messages by hand, and bytes that come back."""

import itertools
import math
from collections import Counter
from fractions import Fraction

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from refusals import refusals
from strategies import any_distribution, pairs

from klbook import P, Q, entropy, kl_divergence, sample_days
from klbook.ideas.arithmetic import arithmetic_decode, arithmetic_encode
from klbook.ideas.coding import expected_length, huffman_lengths, ideal_lengths, kraft_sum, shannon_lengths
from klbook.ideas.recompression import (
    break_even,
    learner_asymptote,
    learner_cost,
    learner_decode,
    learner_encode,
    learner_length,
    learner_surprisals,
    recoding_saving,
    table_decode,
    table_encode,
    table_frequencies,
)

INF = math.inf

# What an ideal recoder saves ---------------------------------------------------------------------------------


def test_the_two_towns_save_five_eighths_and_a_half():
    assert recoding_saving(P, [3, 1, 2, 3]) == pytest.approx((5 / 8, 5 / 8, 0), abs=1e-15)
    assert recoding_saving(Q, [1, 2, 3, 3]) == pytest.approx((1 / 2, 1 / 2, 0), abs=1e-15)


def test_of_a_code_that_is_not_complete():
    """Words of 2, 2, 2 and 3 bits: seven eighths of the room, and r = (2, 2, 2, 1)/7."""
    r = [Fraction(2, 7)] * 3 + [Fraction(1, 7)]
    divergence = sum(float(p) * math.log2(p / float(x)) for p, x in zip(P, r, strict=True))
    assert recoding_saving(P, [2, 2, 2, 3]) == pytest.approx((3 / 8, divergence, math.log2(8 / 7)), abs=1e-15)


@given(any_distribution(4, 4), st.lists(st.integers(2, 40), min_size=4, max_size=4))
@example(np.array([1.0, 0, 0, 0]), [2, 2, 2, 2])
def test_it_is_the_cost_minus_the_entropy(p, lengths):
    found = recoding_saving(p, lengths)
    assert found.bits == pytest.approx(expected_length(p, lengths) - entropy(p), abs=1e-12)
    assert found.unused_room == pytest.approx(-math.log2(kraft_sum(lengths)), abs=1e-12)
    assert found.bits == found.divergence + found.unused_room and min(found) >= 0


@given(pairs())
def test_with_ideal_lengths_it_is_the_divergence(pair):
    p, q = pair
    found = recoding_saving(p, ideal_lengths(q))
    if (p[q == 0] > 0).any():
        assert found.bits == INF
    else:
        assert found.bits == pytest.approx(kl_divergence(p, q), rel=1e-9, abs=1e-9)


def test_lengths_beyond_the_smallest_double_and_without_a_codeword():
    assert recoding_saving([0, 1], [1, 2000]).bits == pytest.approx(2000)
    assert recoding_saving([0.5, 0.5], [2000, 2000]) == pytest.approx((1999, 0, 1999))
    assert recoding_saving([0.5, 0.5], [1, INF]).bits == INF
    assert recoding_saving([1, 0], [1, INF]) == (1, 0, 1)


@pytest.mark.parametrize("common", [100, 1e8 + 0.5, 1e15, 1e150])
def test_lengths_that_are_equal_and_large(common):
    """All of the room but a hair is unused, and the divergence is the one of small lengths."""
    assert recoding_saving([0.75, 0.25], [common, common]) == pytest.approx(
        (common - entropy([0.75, 0.25]), 1 - entropy([0.75, 0.25]), common - 1), rel=1e-15
    )


def test_it_broadcasts():
    found = recoding_saving([P, Q], [[[3, 1, 2, 3]], [[1, 2, 3, 3]]])
    np.testing.assert_allclose(found.bits, [[5 / 8, 0], [0, 1 / 2]], atol=1e-15)
    turned = recoding_saving(np.transpose([P, Q]), np.transpose([[3, 1, 2, 3]]), axis=0)
    np.testing.assert_allclose(turned.bits, [5 / 8, 0], atol=1e-15)
    assert turned.unused_room.shape == (2,)


def test_the_identity_holds_on_one_message_with_its_own_frequencies():
    """No limit, no average: bits of the message, minus n times the entropy of its own frequencies."""
    days = sample_days(777, [0.8, 0.1, 0.1], seed=3)
    shares = np.bincount(days, minlength=3) / len(days)
    for lengths in (huffman_lengths([0.1, 0.8, 0.1]), shannon_lengths([0.6, 0.3, 0.1])):
        saved = lengths[days].sum() - len(days) * entropy(shares)
        assert len(days) * recoding_saving(shares, lengths).bits == pytest.approx(saved, rel=1e-12)


# The learner -------------------------------------------------------------------------------------------------


def learned_probability(symbols, size, weight):
    """Of a message, as a product of fractions."""
    seen, found = Counter(), Fraction(1)
    for n, symbol in enumerate(symbols):
        found *= Fraction(weight * seen[symbol] + 1, weight * n + size)
        seen[symbol] += 1
    return found


@pytest.mark.parametrize("weight", [1, 2, 7])
def test_the_learners_probabilities_sum_to_one_and_depend_on_the_counts_alone(weight):
    by_counts, total = {}, Fraction(0)
    for message in itertools.product(range(3), repeat=5):
        probability = learned_probability(message, 3, weight)
        total += probability
        by_counts.setdefault(tuple(np.bincount(message, minlength=3)), set()).add(probability)
    assert total == 1 and all(len(found) == 1 for found in by_counts.values())
    for counts, (probability,) in by_counts.items():
        assert learner_length(counts, weight) == pytest.approx(-math.log2(probability), abs=1e-12)


messages = st.integers(1, 6).flatmap(
    lambda size: st.tuples(st.just(size), st.lists(st.integers(0, size - 1), max_size=200))
)


@given(messages, st.integers(1, 40))
def test_its_surprisals_its_length_and_its_bytes(message, weight):
    size, symbols = message
    ideal = -math.log2(learned_probability(symbols, size, weight)) if symbols else 0.0
    counts = np.bincount(symbols, minlength=size) if symbols else np.zeros(size, int)
    assert learner_length(counts, weight) == pytest.approx(ideal, abs=1e-9)
    each = learner_surprisals(symbols, size, weight)
    assert each.shape == (len(symbols),) and each.sum() == pytest.approx(ideal, abs=1e-9)
    data = learner_encode(symbols, size, weight)
    assert ideal - 1e-6 <= 8 * len(data) < ideal + 9 + 1e-6
    assert learner_decode(data, size, len(symbols), weight).tolist() == symbols


def test_what_is_cut_off_or_goes_on_is_noticed():
    symbols = sample_days(500, seed=4)
    data = learner_encode(symbols, 4)
    for wrong in (data[:-1], data[:10], b"", data + b"\0", data + b"abc"):
        with pytest.raises(ValueError, match=r"damaged|end before"):
            learner_decode(wrong, 4, 500)


def test_its_length_over_an_axis():
    counts = np.array([[3, 0, 1], [0, 0, 0]])
    np.testing.assert_allclose(learner_length(counts.T, axis=0), learner_length(counts))
    assert learner_length([0, 0, 0]) == 0


@pytest.mark.parametrize("p", [[0.5, 0.5], [0.9, 0.1], [0.7, 0.2, 0.1], [1, 0]])
@pytest.mark.parametrize("weight", [1, 2])
def test_its_cost_is_the_divergence_of_messages(p, weight):
    n = 7
    expected = 0.0
    for message in itertools.product(range(len(p)), repeat=n):
        chance = math.prod(p[s] for s in message)
        if chance:
            expected += chance * math.log2(chance / float(learned_probability(message, len(p), weight)))
    assert learner_cost(p, n, weight) == pytest.approx(expected, rel=1e-10)


def test_what_a_learner_costs_for_days_of_p():
    """As Part I measured it: 7.0 bits after a hundred days, 12.1 after a thousand, in one stream; here the average."""
    rng = np.random.default_rng(0)
    for n, asymptote in ((100, 7.127), (1000, 12.110)):
        counts = rng.multinomial(n, P, size=4000)
        lengths = np.array([learner_length(c) for c in counts]) - counts @ -np.log2(P)
        error = lengths.std(ddof=1) / math.sqrt(len(lengths))
        assert learner_cost(P, n) == pytest.approx(lengths.mean(), abs=4 * error)
        assert learner_asymptote(4, n) == pytest.approx(asymptote, abs=6e-4)
        assert abs(learner_cost(P, n) - learner_asymptote(4, n)) < 1 / n


@pytest.mark.parametrize("p", [[0.5, 0.5], [0.3, 0.7], P, [0.2] * 5])
def test_the_asymptote_is_reached(p):
    gaps = [learner_cost(p, n) - learner_asymptote(len(p), n) for n in (100, 1000, 10_000)]
    assert abs(gaps[0]) < 0.02 and abs(gaps[1]) < 0.002 and abs(gaps[2]) < 0.0005


def test_digits_of_long_messages():
    """The asymptote is off by less than 1/n there; what is left is rounding, of a message of a million bits."""
    n = 1_000_000
    assert abs(learner_cost([0.5, 0.5], n) - learner_asymptote(2, n)) < 1e-13 * n
    for n in (4095, 4096, 4097, 10_000):  # around where rows of sums begin
        expected = (
            math.lgamma(n + 1.5) - math.lgamma(1.5) - math.lgamma(n + 0.5) + math.lgamma(0.5)
        ) / math.log(2)
        assert learner_length([n, 0, 0]) == pytest.approx(expected, rel=1e-11)


def test_a_symbol_that_never_comes_costs_as_much_as_others():
    """Two of four: half a logarithm for each of them, as for four that come, and a larger constant."""
    used, never = [0.5, 0.5], [0.5, 0.5, 0, 0]
    for n in (1000, 10_000):
        # What the two that never come add: Γ(n + 2)·Γ(1) / Γ(n + 1)·Γ(2), the quotient of the two learners.
        more = learner_cost(never, n) - learner_cost(used, n)
        assert more == pytest.approx(math.log2(n + 1), rel=1e-9)
        assert learner_cost(never, n) > learner_asymptote(4, n) + 2


def test_counts_of_any_type_and_the_largest_weight():
    """Numbers so large that 64 bits do not hold their products or sums, and those that 8 bits do not."""
    assert learner_length(np.array([200, 100], np.uint8)) == learner_length([200, 100])
    each = learner_surprisals([0, 0, 1, 0], 2, 1 << 32)
    expected = [1, (2**32 + 2) / (2**32 + 1), 2**33 + 2, (3 * 2**32 + 2) / (2**33 + 1)]
    expected = [1.0, *(math.log2(x) for x in expected[1:])]
    assert each == pytest.approx(expected, rel=1e-12, abs=1e-15)
    assert learner_length([3, 1], 1 << 32) == pytest.approx(sum(expected), rel=1e-12)


def test_too_few_bytes_are_noticed_before_the_work():
    """A thousand million symbols would take minutes; the cheapest such message takes 16 bits."""
    for data in (b"", b"a"):
        with pytest.raises(ValueError, match="end before symbol 1000000000"):
            learner_decode(data, 2, 10**9)
    for symbols, size in (([1] * 2000, 3), ([0] * 5000, 2), ([0], 256)):
        data = learner_encode(symbols, size)
        assert learner_decode(data, size, len(symbols)).tolist() == symbols


def test_one_symbol_is_learned_for_nothing():
    assert learner_cost([1], 50) == 0 == learner_length([50])
    assert learner_asymptote(1, 50) == pytest.approx(0, abs=1e-12)
    assert len(learner_encode([0] * 50, 1)) <= 1  # a byte, for what dividing drops


# The table ---------------------------------------------------------------------------------------------------


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=300).filter(any))
def test_tables_come_back_with_what_follows(counts):
    frequencies = table_frequencies(counts)
    assert max(frequencies) == 255 and ((frequencies > 0) == (np.array(counts) > 0)).all()
    table = table_encode(frequencies)
    assert len(table) == math.ceil(len(counts) / 8) + np.count_nonzero(counts)
    found, rest = table_decode(table + b"rest", len(counts))
    assert found.tolist() == frequencies.tolist() and rest == b"rest"
    for cut in (table[:-1], b""):
        with pytest.raises(ValueError, match="do not begin with a table"):
            table_decode(cut, len(counts))


def test_tables_that_nobody_writes():
    for data, size in ((bytes(2), 9), (b"\x80\x00", 1), (b"\xc0\x01\x01", 1), (b"\x01\x05", 7)):
        with pytest.raises(ValueError, match="do not begin with a table"):
            table_decode(data, size)


def test_a_message_with_its_table_comes_back():
    text = np.frombuffer(b"It rained on the plain in Spain, mainly." * 9, np.uint8).astype(int)
    frequencies = table_frequencies(np.bincount(text, minlength=256))
    sent = table_encode(frequencies) + arithmetic_encode(text, frequencies)
    received, rest = table_decode(sent, 256)
    assert arithmetic_decode(rest, received, len(text)).tolist() == text.tolist()
    # Rounding to a byte costs little: the divergence of the message's shares from the rounded ones.
    shares = np.bincount(text, minlength=256) / len(text)
    assert kl_divergence(shares, frequencies / frequencies.sum()) < 0.001


# Breaking even -----------------------------------------------------------------------------------------------


@given(st.lists(st.integers(-3, 3), max_size=30))
def test_break_even_is_the_first_of_the_lengths_that_pay_to_the_end(saved):
    good = [n for n in range(1, len(saved) + 1) if all(s > 0 for s in saved[n - 1 :])]
    assert break_even(saved) == min(good, default=None)


# What is refused ---------------------------------------------------------------------------------------------

test_wrong_arguments_are_named = refusals(
    [
        (lambda: recoding_saving(P, [1, 1, 2, 2]), ValueError, r"Kraft sum\[0\] is 1\.5: above 1"),
        (lambda: recoding_saving(P, [INF] * 4), ValueError, r"shortest length\[0\] is inf: some symbol"),
        (lambda: recoding_saving(P, [1, 2, 3]), ValueError, "p has 4 outcomes and lengths has 3"),
        (lambda: recoding_saving([0.5, 0.6], [1, 1]), ValueError, r"p sums to 1\.1"),
        (lambda: recoding_saving([0.5, 0.5], [1, -1]), ValueError, r"lengths\[1\] is -1"),
        (lambda: learner_length([1, -1]), ValueError, r"counts\[1\] is -1"),
        (lambda: learner_length([1.0, 2.0]), TypeError, "counts has elements of type float64"),
        (lambda: learner_length([1, 2], 0), ValueError, "weight"),
        (lambda: learner_length(3), ValueError, "axis"),
        (lambda: learner_length([]), ValueError, r"counts has shape \(0,\): an alphabet has at least one"),
        (
            lambda: learner_length([1, 10**12]),
            ValueError,
            r"counts\[1\] is 1000000000000: a message has at most",
        ),
        (lambda: learner_length([2**62] * 4), ValueError, r"counts\[0\] is 4611686018427387904"),
        (
            lambda: learner_length(np.array([2**63], np.uint64)),
            ValueError,
            r"counts\[0\] is 9223372036854775808",
        ),
        (lambda: learner_length([[1, 2], [10**7, 1]]), ValueError, r"the sum of counts\[1\] is 10000001"),
        (lambda: learner_length([1, 2], 10**400), ValueError, "weight is 1000.* at most 4294967296"),
        (
            lambda: learner_surprisals([0, 0], 2, 1 << 62),
            ValueError,
            "weight is 4611686018427387904.* at most",
        ),
        (lambda: learner_surprisals([0, 0], 10**12), ValueError, "size is 1000000000000: .* at most 2097152"),
        (lambda: learner_encode([0], 1 << 31), ValueError, "size is 2147483648"),
        (lambda: learner_decode(b"", 1 << 31, 1), ValueError, "size is 2147483648"),
        (lambda: learner_cost(P, 10**12), ValueError, "n is 1000000000000: .* at most 10000000"),
        (lambda: learner_asymptote(10**308, 1), ValueError, "symbols is 1000"),
        (lambda: learner_surprisals([0, 2], 2), ValueError, r"symbols\[1\] is 2"),
        (lambda: learner_encode([0, 2], 2), ValueError, r"symbols\[1\] is 2"),
        (lambda: learner_encode([0], 0), ValueError, "size"),
        (lambda: learner_decode("a", 2, 1), TypeError, "bytes are expected"),
        (lambda: learner_decode(b"", 2, 1 << 32), ValueError, "their sum must be at most"),
        (lambda: learner_cost([0.5, 0.6], 3), ValueError, r"sums to 1\.1"),
        (lambda: learner_cost(P, -1), ValueError, "n is -1"),
        (lambda: learner_asymptote(2, 0), ValueError, "n is 0"),
        (lambda: table_frequencies([0, 0]), ValueError, "counts"),
        (lambda: table_encode([256, 1]), ValueError, r"frequencies\[0\] is 256: one byte holds"),
        (lambda: table_decode(b"", 0), ValueError, "size"),
        (lambda: break_even([[1, 2]]), ValueError, r"saved has shape \(1, 2\)"),
        (lambda: break_even([1, math.nan]), ValueError, r"saved\[1\]"),
    ]
)
