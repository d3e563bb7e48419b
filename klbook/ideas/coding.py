"""Coding: a code is a belief, and a wrong belief costs bits.

A prefix code with codewords of l bits is a division of the unit interval into pieces of size 2^−l (Kraft), so
its lengths are a distribution; and a distribution q asks for lengths of log 1/q bits. Whoever writes symbols
of p with lengths that suit q spends H(p, q) bits a symbol instead of H(p): the waste is D(p‖q). It is exactly
that for ideal lengths, which need not be whole, and for real codes if q's probabilities are powers of two.
Otherwise whole bits cost more: with Shannon's lengths less than one bit a symbol, and with Huffman's as well if
the belief is right. Huffman's lengths for a wrong belief may cost more than a bit above the ideal ones, or less
than they, because each length depends on the whole belief and not on one probability alone. Long blocks and the
arithmetic coder (`klbook.ideas.arithmetic`) win back what whole bits cost.

All lengths are in bits. ∞ stands for "no codeword", which is the length for a symbol held impossible.
Codewords, and how they are written and read, are in `klbook.ideas.codewords`.
"""

import math
from functools import reduce

import numpy as np

from klbook.ideas.checks import as_count, as_distribution, as_one_distribution, as_pair, check_axis
from klbook.ideas.code_checks import as_lengths
from klbook.ideas.numerics import weighted_sum
from klbook.ideas.surprise import surprisal

__all__ = [
    "block_distribution",
    "block_huffman_length",
    "expected_length",
    "huffman_lengths",
    "ideal_lengths",
    "implied_model",
    "kraft_sum",
    "shannon_lengths",
]

# Blocks that are enumerated at most: Huffman's algorithm takes about a second for so many.
_MAX_BLOCKS = 1 << 20


def kraft_sum(lengths, *, axis=-1):
    """How much of the unit interval a code with these lengths takes: Σ 2^−l.

    There is a prefix code with such lengths if and only if this is at most 1, and no uniquely decodable code does
    better. Where it is 1 the code is complete: no bit pattern is left unused. Source: Cover and Thomas, 2nd ed.,
    Theorems 5.2.1 (Kraft) and 5.5.1 (McMillan).

    Parameters
    ----------
    lengths : array_like, lengths in bits along `axis`; ∞ for a symbol without a codeword
    axis : int, the axis of the symbols

    Returns
    -------
    float64 or ndarray, shape of `lengths` without `axis`

    Raises
    ------
    TypeError, ValueError: if a length is no real number from 0, or there is no such axis

    Examples
    --------
    >>> print(kraft_sum([1, 2, 2]), kraft_sum([1, 2, 3]), kraft_sum([1, 1, 2]))
    1.0 0.875 1.25
    """
    model = implied_model(lengths)
    return model.sum(axis=check_axis(axis, model.ndim))


def implied_model(lengths):
    """The probabilities that a code's lengths are right for, 2^−l: the way back from `ideal_lengths`.

    They sum to 1 if the code is complete. If not, the code wastes log 1/`kraft_sum` bits a symbol on patterns that
    never come, and dividing by the Kraft sum gives the model of the symbols that do.

    Parameters
    ----------
    lengths : array_like, lengths in bits, of any shape; ∞ for a symbol without a codeword

    Returns
    -------
    float64 or ndarray, shape of `lengths`

    Raises
    ------
    TypeError, ValueError: if a length is no real number from 0

    Examples
    --------
    >>> implied_model([1, 2, 2])
    array([0.5 , 0.25, 0.25])
    """
    return np.exp2(-as_lengths(lengths))


def ideal_lengths(q, *, axis=-1):
    """The lengths that suit a belief: log 1/q bits, whole or not.

    Parameters
    ----------
    q : array_like, distributions along `axis`
    axis : int, the axis of the symbols

    Returns
    -------
    ndarray of float64, shape of `q`; ∞, without a warning, where `q` is 0

    Raises
    ------
    TypeError, ValueError: if `q` is not a distribution along `axis`

    Examples
    --------
    >>> ideal_lengths([1 / 8, 1 / 2, 1 / 4, 1 / 8])
    array([3., 1., 2., 3.])
    """
    return surprisal(as_distribution(q, axis, "q"))


def shannon_lengths(q, *, axis=-1):
    """The ideal lengths rounded up to whole bits: ⌈log 1/q⌉.

    They satisfy Kraft's inequality, so a prefix code has them, and cost less than one bit a symbol more than the ideal
    ones. Source: Cover and Thomas, 2nd ed., section 5.4 and Theorem 5.4.3.

    Parameters
    ----------
    q : array_like, distributions along `axis`
    axis : int, the axis of the symbols

    Returns
    -------
    ndarray of float64, shape of `q`, in bits; whole numbers; ∞, without a warning, where `q` is 0

    Raises
    ------
    TypeError, ValueError: if `q` is not a distribution along `axis`

    Examples
    --------
    >>> shannon_lengths([0.8, 0.1, 0.1])
    array([1., 4., 4.])
    """
    q = np.moveaxis(as_distribution(q, axis, "q"), axis, -1)
    # q = m·2^e with 1/2 ≤ m < 1, so the answer is 1 − e. The logarithm would round a q just below 1/4 to 2
    # bits instead of 3, and Kraft's inequality would fail.
    _, exponent = np.frexp(q)
    lengths = np.where(q > 0, 1.0 - exponent, np.inf)
    # The stored probabilities may sum to a little more than 1, and the lengths then need one more bit somewhere.
    full = np.exp2(-lengths).sum(axis=-1) > 1 - 1e-9
    for row in np.argwhere(full):
        _fit_in(lengths[tuple(row)], q[tuple(row)])
    return np.moveaxis(lengths, -1, axis)


def huffman_lengths(p, *, axis=-1):
    """The lengths of a Huffman code: no prefix code has a smaller expected length.

    The two least probable symbols become siblings, and then count as one symbol; and so on. Ties are broken in one
    fixed way. Source: Cover and Thomas, 2nd ed., section 5.6 and Theorem 5.8.1.

    Parameters
    ----------
    p : array_like, distributions along `axis`
    axis : int, the axis of the symbols

    Returns
    -------
    ndarray of float64, shape of `p`, in whole bits; ∞ where `p` is 0; 0 for a symbol that is the only possible one

    Raises
    ------
    TypeError, ValueError: if `p` is not a distribution along `axis`

    Examples
    --------
    >>> huffman_lengths([0.25, 0.25, 0.2, 0.15, 0.15])
    array([2., 2., 2., 3., 3.])
    """
    # Several codes may be optimal. Between equal numbers, a symbol goes before a group of symbols, which makes the
    # longest codeword as short as an optimal code allows (Schwartz 1964), and of equally probable symbols the later
    # one goes first, so it never gets the shorter codeword.
    rows = np.moveaxis(as_distribution(p, axis), axis, -1)
    lengths = np.empty(rows.shape)
    for row in np.ndindex(rows.shape[:-1]):
        lengths[row] = _huffman(rows[row])
    return np.moveaxis(lengths, -1, axis)


def expected_length(p, lengths, *, axis=-1):
    """Bits per symbol that a code spends where `p` is true: Σ p·l.

    Parameters
    ----------
    p : array_like, distributions along `axis`
    lengths : array_like, lengths in bits along `axis`; ∞ for a symbol without a codeword; the shapes broadcast
    axis : int, the axis of the symbols, in the common shape

    Returns
    -------
    float64 or ndarray, the common shape without `axis`; ∞ if a symbol happens that has no codeword

    Raises
    ------
    TypeError, ValueError: if `p` is no distribution along `axis`, a length is negative or NaN, or the shapes don't fit

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> expected_length(P, [huffman_lengths(Q), huffman_lengths(P)])  # the wrong code and the right one
    array([2.375, 1.75 ])
    """
    checks = as_distribution, lambda x, axis, name: as_lengths(x, name)
    p, lengths, axis = as_pair(p, lengths, axis, names=("p", "lengths"), check=checks)
    return weighted_sum(p, lengths, axis=axis)


def block_distribution(p, n):
    """The distribution of blocks of `n` independent symbols.

    Parameters
    ----------
    p : array_like, one distribution, of shape (symbols,)
    n : int, symbols per block, at least 1

    Returns
    -------
    ndarray of float64, shape (symbols**n,); blocks in the order in which the first symbol changes slowest

    Raises
    ------
    TypeError, ValueError: if `p` is not one distribution, `n` is below 1, or there are more than a million blocks

    Examples
    --------
    >>> block_distribution([0.75, 0.25], 2)
    array([0.5625, 0.1875, 0.1875, 0.0625])
    """
    p, n = as_one_distribution(p), as_count(n, least=1)
    if len(p) > 1 and (n > 64 or len(p) ** n > _MAX_BLOCKS):
        raise ValueError(
            f"{len(p)} symbols make {len(p)}^{n} blocks of {n}: at most {_MAX_BLOCKS} are allowed."
        )
    return reduce(np.kron, [p] * n) if len(p) > 1 else p


def block_huffman_length(p, n):
    """Bits per symbol of a Huffman code for blocks of `n` symbols (Cover and Thomas, 2nd ed., Theorem 5.4.2).

    Parameters
    ----------
    p, n : array_like, int, as in `block_distribution`

    Returns
    -------
    float64, from H(p) to H(p) + 1/n; it tends to H(p), but need not fall at each step

    Raises
    ------
    TypeError, ValueError: as `block_distribution`

    Examples
    --------
    >>> [round(float(block_huffman_length([0.8, 0.1, 0.1], n)), 4) for n in (1, 2, 3)]
    [1.2, 0.96, 0.9253]
    """
    blocks = block_distribution(p, n)
    return expected_length(blocks, huffman_lengths(blocks)) / n


def _fit_in(lengths, q):
    """Lengthen in place, by a bit where it is least above the ideal, until Kraft's inequality holds exactly."""
    while (excess := math.fsum([-1.0, *np.exp2(-lengths).tolist()])) > 0:
        pieces = np.exp2(-lengths)
        enough = pieces / 2 >= min(excess, pieces.max() / 2)
        lengths[np.argmin(np.where(enough, q / np.where(enough, pieces, 1), np.inf))] += 1


def _huffman(p):
    """`huffman_lengths` for one distribution, with two queues: the symbols, and the groups as they are made."""
    # Both queues are in order of their weights, so the next one is at the head of either (van Leeuwen 1976).
    possible = np.flatnonzero(p)
    order = possible[np.lexsort((-possible, p[possible]))]  # rising; of equal ones the later symbol first
    weights = p[order].tolist()
    symbols = len(weights)
    parent = [0] * (2 * symbols - 1)
    symbol, group = 0, symbols  # the heads of the two queues
    for new in range(symbols, 2 * symbols - 1):
        weights.append(0.0)
        for _ in range(2):
            if symbol < symbols and (group == new or weights[symbol] <= weights[group]):
                child, symbol = symbol, symbol + 1
            else:
                child, group = group, group + 1
            parent[child] = new
            weights[new] += weights[child]
    depth = [0] * len(parent)
    for node in reversed(range(len(parent) - 1)):  # from the root, which is the last node, downwards
        depth[node] = depth[parent[node]] + 1
    lengths = np.full(len(p), np.inf)
    lengths[order] = depth[:symbols]
    return lengths
