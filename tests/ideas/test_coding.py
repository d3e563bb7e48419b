"""Codes as lengths: known answers and laws. Numbers are of Cover and Thomas, 2nd ed.

Expected values come from hand, from exact fractions and from the enumeration of all codes.
"""

import heapq
import itertools
import math
from fractions import Fraction

import constriction
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusals
from strategies import any_distribution, pairs

from klbook import P, Q, cross_entropy, entropy, kl_divergence
from klbook.ideas import coding
from klbook.ideas.coding import (
    block_distribution,
    block_huffman_length,
    expected_length,
    huffman_lengths,
    ideal_lengths,
    implied_model,
    kraft_sum,
    shannon_lengths,
)

INF = math.inf
SLACK = 1e-12
ARTICLE = [0.8, 0.1, 0.1]  # with the code 0, 10, 11

lengths_of = st.one_of(st.integers(0, 40).map(float), st.floats(0, 40), st.just(INF))


def close(expected):
    return pytest.approx(expected, rel=1e-12, abs=1e-12)


# Known answers ----------------------------------------------------------------------------------------------

KNOWN = [
    # function, arguments, options, expected
    (kraft_sum, [[1, 2, 2]], {}, 1),
    (kraft_sum, [[1, 2, 3]], {}, 7 / 8),
    (kraft_sum, [[1, 1, 2]], {}, 5 / 4),
    (kraft_sum, [[0]], {}, 1),
    (kraft_sum, [[1, INF]], {}, 1 / 2),
    (kraft_sum, [[[1, 2], [1, INF]]], {"axis": 0}, [1, 1 / 4]),
    (kraft_sum, [[[1, 2], [1, INF]]], {}, [3 / 4, 1 / 2]),
    (implied_model, [[0, 1, 3, INF]], {}, [1, 1 / 2, 1 / 8, 0]),
    (implied_model, [1.0], {}, 1 / 2),
    (ideal_lengths, [Q], {}, [3, 1, 2, 3]),
    (ideal_lengths, [[0, 1]], {}, [INF, 0]),
    (ideal_lengths, [ARTICLE], {}, [math.log2(5 / 4), math.log2(10), math.log2(10)]),
    (shannon_lengths, [Q], {}, [3, 1, 2, 3]),
    (shannon_lengths, [ARTICLE], {}, [1, 4, 4]),
    (shannon_lengths, [[0, 1]], {}, [INF, 0]),
    (shannon_lengths, [[1 - 2**-53, 2**-53]], {}, [1, 53]),
    (huffman_lengths, [P], {}, [1, 2, 3, 3]),
    (huffman_lengths, [Q], {}, [3, 1, 2, 3]),
    (huffman_lengths, [ARTICLE], {}, [1, 2, 2]),
    (huffman_lengths, [[0.25, 0.25, 0.2, 0.15, 0.15]], {}, [2, 2, 2, 3, 3]),
    (huffman_lengths, [[0.33, 0.34, 0.33]], {}, [2, 1, 2]),
    (huffman_lengths, [[1]], {}, [0]),
    (huffman_lengths, [[0, 1, 0]], {}, [INF, 0, INF]),
    (huffman_lengths, [[0.5, 0, 0.5]], {}, [1, INF, 1]),
    (huffman_lengths, [[[0.5, 0.5, 0], P[:3] / P[:3].sum()]], {}, [[1, 1, INF], [1, 2, 2]]),
    (huffman_lengths, [np.array([P, Q]).T], {"axis": 0}, [[1, 3], [2, 1], [3, 2], [3, 3]]),
    (huffman_lengths, [np.empty((0, 3))], {}, np.empty((0, 3))),
    # 1 + 1 < 3, 2 + 3 < 6 and so on: as deep as a tree can be.
    (huffman_lengths, [np.array([1, 1, 3, 6, 12, 41]) / 64], {}, [5, 5, 4, 3, 2, 1]),
    # (1, 2, 3, 4, 4) costs 68/32 bits as well: the tie of 12 with 8 + (2 + 2) is broken for the flat tree.
    (huffman_lengths, [np.array([12, 8, 8, 2, 2]) / 32], {}, [2, 2, 2, 3, 3]),
    (huffman_lengths, [[1 / 4] * 4], {}, [2] * 4),
    (huffman_lengths, [[1 / 2] + [1 / 8] * 4], {}, [1, 3, 3, 3, 3]),
    (expected_length, [P, [1, 2, 3, 3]], {}, 7 / 4),
    (expected_length, [P, [2, 2, 2, 2]], {}, 2),
    (expected_length, [[1 / 4] * 4, [1, 2, 3, 3]], {}, 9 / 4),
    (expected_length, [ARTICLE, [1, 2, 2]], {}, 1.2),
    (expected_length, [[0.25, 0.25, 0.2, 0.15, 0.15], [2, 2, 2, 3, 3]], {}, 2.3),
    (expected_length, [[1, 0], [1, INF]], {}, 1),
    (expected_length, [[0.5, 0.5], [1, INF]], {}, INF),
    (expected_length, [[P, Q], [3, 1, 2, 3]], {}, [19 / 8, 7 / 4]),
    (expected_length, [np.array([P, Q]).T, [[3], [1], [2], [3]]], {"axis": 0}, [19 / 8, 7 / 4]),
    (block_distribution, [[0.75, 0.25], 1], {}, [3 / 4, 1 / 4]),
    (block_distribution, [[0.75, 0.25], 2], {}, [9 / 16, 3 / 16, 3 / 16, 1 / 16]),
    (block_distribution, [[1], 100], {}, [1]),
    (block_huffman_length, [[1], 100], {}, 0),
]


@pytest.mark.parametrize("function, arguments, options, expected", KNOWN)
def test_known_answers(function, arguments, options, expected):
    answer = function(*arguments, **options)
    assert np.shape(answer) == np.shape(expected)
    assert np.asarray(answer).dtype == np.float64
    np.testing.assert_allclose(answer, expected, rtol=4e-16, atol=0)


def test_the_pair_wastes_five_eighths():
    """A day of P costs 19/8 bits with Q's code and 7/4 with its own; the other way round 1/2 bit is lost."""
    waste = expected_length(P, huffman_lengths(Q)) - expected_length(P, huffman_lengths(P))
    assert waste == 5 / 8
    assert expected_length(Q, huffman_lengths(P)) - expected_length(Q, huffman_lengths(Q)) == 1 / 2
    assert implied_model(huffman_lengths(Q)).tolist() == Q.tolist()


def test_the_articles_code_is_a_belief():
    """(.8, .1, .1) with 0, 10, 11: the excess over the entropy is D(p‖(1/2, 1/4, 1/4)), 0.278072 bits."""
    belief = implied_model([1, 2, 2])
    assert belief.tolist() == [1 / 2, 1 / 4, 1 / 4]
    excess = expected_length(ARTICLE, [1, 2, 2]) - entropy(ARTICLE)
    assert excess == close(kl_divergence(ARTICLE, belief))
    assert excess == pytest.approx(0.278072, abs=5e-7)


@pytest.mark.parametrize(
    "q, saving, divergence",
    [([0.6, 0.2, 0.2], 0, 0.1320), ([0.33, 0.34, 0.33], 0.7, 0.6732), ([0.1, 0.8, 0.1], 0.7, 2.1)],
)
def test_between_huffman_codes_the_saving_is_not_the_divergence(q, saving, divergence):
    """From Huffman's code for q to that for p: nothing saved, more than D, less than D − 1."""
    saved = expected_length(ARTICLE, huffman_lengths(q)) - expected_length(ARTICLE, huffman_lengths(ARTICLE))
    assert saved == close(saving)
    assert kl_divergence(ARTICLE, q) == pytest.approx(divergence, abs=5e-5)


def exact_block_length(p, n):
    """Bits per symbol as a fraction: the sum of all merged weights, with a heap of exact numbers."""
    heap = [math.prod(block) for block in itertools.product(p, repeat=n)]
    heapq.heapify(heap)
    total = Fraction(0)
    while len(heap) > 1:
        merged = heapq.heappop(heap) + heapq.heappop(heap)
        total += merged
        heapq.heappush(heap, merged)
    return total / n


def test_longer_blocks_are_not_always_better():
    """(.8, .1, .1): the cost per symbol rises from blocks of 3 to blocks of 4, on its way to 0.9219."""
    p = [Fraction(8, 10), Fraction(1, 10), Fraction(1, 10)]
    exact = [exact_block_length(p, n) for n in range(1, 7)]
    costs = [block_huffman_length(ARTICLE, n) for n in range(1, 7)]
    assert costs == close([float(x) for x in exact])
    assert exact[0] > exact[1] > exact[2] < exact[3] > exact[4]
    assert entropy(ARTICLE) < min(costs)


def test_symbols_just_below_a_power_of_two():
    """The logarithm rounds 1/4 − 2⁻⁵⁵ to 2 bits. Four such symbols and a fifth would not fit into Kraft."""
    q = [1 / 4 - 2**-55] * 4 + [2**-53]
    assert np.log2(q[0]) == -2
    assert shannon_lengths(q).tolist() == [3, 3, 3, 3, 53]
    assert kraft_sum(shannon_lengths(q)) <= 1


def test_a_probability_above_one_by_its_tolerance():
    assert ideal_lengths([1 + 5e-10, 0]).tolist() == shannon_lengths([1 + 5e-10, 0]).tolist() == [0, INF]


def test_the_smallest_numbers():
    """1 and 2⁻¹⁰⁷⁴ sum to more than 1, so the first is a little less than 1 and needs a bit."""
    assert shannon_lengths([1, 5e-324]).tolist() == [1, 1074]
    assert huffman_lengths([1, 5e-324, 5e-324]).tolist() == [1, 2, 2]


# Laws -------------------------------------------------------------------------------------------------------


@given(any_distribution())
def test_huffman_is_within_a_bit_of_the_entropy(p):
    """Theorem 5.4.1: H ≤ L < H + 1."""
    length, h = expected_length(p, huffman_lengths(p)), entropy(p)
    assert h - SLACK <= length < h + 1


@given(any_distribution())
def test_huffmans_code_is_complete(p):
    assert kraft_sum(huffman_lengths(p)) == 1


@given(any_distribution())
def test_shannons_lengths_satisfy_kraft(p):
    """Whole numbers, at least the ideal ones and less than one more; so Kraft's sum is between 1/2 and 1."""
    lengths = shannon_lengths(p)
    happens = p > 0
    excess = lengths[happens] - ideal_lengths(p)[happens]
    assert (excess > -SLACK).all() and (excess < 1 + SLACK).all()
    assert (lengths[happens] == np.floor(lengths[happens])).all()
    assert (lengths[~happens] == INF).all()
    assert 1 / 2 - SLACK <= kraft_sum(lengths) <= 1 + SLACK


@given(pairs())
def test_the_wrong_code(pair):
    """Theorem 5.4.3: H(p) + D(p‖q) ≤ E⌈log 1/q⌉ < H(p) + D(p‖q) + 1."""
    p, q = pair
    length, ideal = expected_length(p, shannon_lengths(q)), entropy(p) + kl_divergence(p, q)
    if np.isinf(ideal):
        assert np.isinf(length)
    else:
        assert ideal - SLACK <= length < ideal + 1


@given(pairs())
def test_ideal_lengths_of_the_wrong_belief_waste_the_divergence(pair):
    p, q = pair
    assert expected_length(p, ideal_lengths(q)) == close(cross_entropy(p, q))
    assert expected_length(p, ideal_lengths(p)) + kl_divergence(p, q) == close(cross_entropy(p, q))


@given(any_distribution())
def test_code_and_model_there_and_back(p):
    assert implied_model(ideal_lengths(p)) == close(p)
    happens = p > 0
    assert (implied_model(shannon_lengths(p)) <= p).all()
    assert (2 * implied_model(shannon_lengths(p))[happens] > p[happens]).all()


@given(any_distribution(), st.lists(lengths_of, min_size=6, max_size=6))
def test_any_lengths_are_a_belief_and_some_unused_room(p, lengths):
    """Theorem 5.3.1: L − H = D(p‖r) + log 1/c, with r = 2^−l/c and Kraft's sum c."""
    lengths = lengths[: len(p)]
    c = kraft_sum(lengths)
    if c > 0:
        waste = kl_divergence(p, implied_model(lengths) / c) + math.log2(1 / c)
        assert expected_length(p, lengths) == close(entropy(p) + waste)


@given(pairs())
def test_between_shannon_and_huffman_the_saving_is_near_the_divergence(pair):
    """From Shannon's code for q to Huffman's for p: between D − 1 and D + 1 (5.4.1 and 5.4.3)."""
    p, q = pair
    d = kl_divergence(p, q)
    if np.isfinite(d):
        saving = expected_length(p, shannon_lengths(q)) - expected_length(p, huffman_lengths(p))
        assert d - 1 < saving < d + 1


@given(any_distribution(2, 3), st.integers(1, 6))
def test_blocks_close_in_on_the_entropy(p, n):
    """Theorem 5.4.2: H ≤ L/n < H + 1/n. And blocks of n never lose against their parts."""
    h = entropy(p)
    cost = block_huffman_length(p, n)
    assert h - SLACK <= cost < h + 1 / n
    assert cost <= block_huffman_length(p, 1) + SLACK
    assert block_huffman_length(p, 2 * n if n < 4 else n) <= cost + SLACK


@given(any_distribution(1, 3), st.integers(1, 4))
def test_blocks_are_products(p, n):
    blocks = [math.prod(block) for block in itertools.product(p.tolist(), repeat=n)]
    assert block_distribution(p, n) == close(blocks)


def all_length_vectors(size):
    """Lengths of every prefix code worth trying: up to size − 1 bits a symbol, and Kraft's sum at most 1."""
    longest = max(size - 1, 1)
    vectors = np.array(list(itertools.product(range(1, longest + 1), repeat=size)))
    return vectors[(1 << (longest - vectors)).sum(1) <= 1 << longest]


ALL_LENGTHS = {size: all_length_vectors(size) for size in range(2, 7)}


@given(any_distribution(zeros=False))
def test_no_prefix_code_beats_huffmans(p):
    """Theorem 5.8.1, against every code there is."""
    best = (ALL_LENGTHS[len(p)] @ p).min()
    assert expected_length(p, huffman_lengths(p)) == close(best)


@given(any_distribution())
def test_the_more_probable_symbol_never_has_the_longer_codeword(p):
    """And of equally probable ones the earlier symbol never has it."""
    lengths = huffman_lengths(p)
    order = np.lexsort((np.arange(len(p)), -p))
    ranked = lengths[order]
    assert all(a <= b for a, b in itertools.pairwise(ranked))


@given(st.lists(st.integers(1, 6), min_size=2, max_size=5))
def test_ties_make_the_longest_codeword_as_short_as_an_optimal_code_allows(weights):
    """In 32nds, where sums are exact, so that all ties are seen."""
    p = np.array([32 - sum(weights), *weights]) / 32
    if p[0] <= 0:
        return
    codes = ALL_LENGTHS[len(p)]
    optimal = codes[codes @ p == (codes @ p).min()]
    assert huffman_lengths(p).max() == optimal.max(1).min()


@given(any_distribution())
def test_as_good_as_an_independent_huffman_code(p):
    tree = constriction.symbol.huffman.EncoderHuffmanTree(p[p > 0])
    lengths = []
    for symbol in range((p > 0).sum()):
        queue = constriction.symbol.QueueEncoder()
        queue.encode_symbol(symbol, tree)
        lengths.append(queue.get_compressed_and_bitrate()[1])
    assert expected_length(p[p > 0], lengths) == close(expected_length(p, huffman_lengths(p)))


# Bad input --------------------------------------------------------------------------------------------------

BAD = [
    # call, kind of error, words of its message
    (lambda: kraft_sum([1, -2]), ValueError, r"^lengths\[1\] is -2: a length is at least 0 bits"),
    (lambda: kraft_sum([[1, math.nan]]), ValueError, r"^lengths\[0, 1\] is nan"),
    (lambda: kraft_sum(1), ValueError, "A single number has no axis"),
    (lambda: kraft_sum([1, 2], axis=1), ValueError, "There is no axis 1"),
    (lambda: implied_model("12"), TypeError, "^lengths has elements of type"),
    (lambda: implied_model([1, None]), TypeError, "^lengths has elements of type object"),
    (lambda: ideal_lengths([0.5, 0.4]), ValueError, "^q sums to 0.9"),
    (lambda: shannon_lengths([0.5, 0.4]), ValueError, "^q sums to 0.9"),
    (lambda: huffman_lengths([0.5, 0.4]), ValueError, "^p sums to 0.9"),
    (lambda: huffman_lengths([P, Q], axis=0), ValueError, r"^p\[:, 0\] sums to 0.625"),
    (lambda: expected_length([0.5, 0.4], [1, 1]), ValueError, "^p sums to 0.9"),
    (lambda: expected_length([0.5, 0.5], [1, -1]), ValueError, r"^lengths\[1\] is -1:"),
    (lambda: expected_length(P, [1, 2, 2]), ValueError, "p has 4 outcomes and lengths has 3"),
    (lambda: expected_length([P] * 2, [[1, 2, 3, 3]] * 3), ValueError, "these don't broadcast"),
    (lambda: block_distribution([P, Q], 2), ValueError, r"^p has shape \(2, 4\): one distribution"),
    (lambda: block_distribution(P, 0), ValueError, "^n is 0: it must be at least 1"),
    (lambda: block_distribution(P, 2.0), TypeError, "^n must be an integer"),
    (lambda: block_distribution(P, 11), ValueError, r"4 symbols make 4\^11 blocks of 11: at most 1048576"),
    (lambda: block_huffman_length(P, 10**9), ValueError, "at most 1048576"),
]

test_wrong_arguments_are_named = refusals(BAD)


def test_the_limit_of_blocks_is_where_it_says():
    assert coding._MAX_BLOCKS == 4**10
    assert len(block_distribution(P, 10)) == 4**10


@pytest.mark.parametrize(
    "q, lengths",
    [([1, 2**-53], [1, 53]), ([2**-53, 1], [53, 1]), ([1, 0], [0, INF]), ([0.5, 0.25, 0.25, 2**-60], None)],
)
def test_shannon_lengths_of_a_sum_that_rounding_left_above_one(q, lengths):
    found = shannon_lengths(q)
    assert sum(Fraction(1, 2 ** int(size)) for size in found if size < INF) <= 1
    assert lengths is None or found.tolist() == lengths
    assert shannon_lengths(np.array([q]).T, axis=0).T.tolist() == [found.tolist()]
