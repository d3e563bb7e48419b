"""Recompressing: who recodes a stream better than it was coded keeps the difference.

A code's lengths l are a model, r = 2^−l / K, with the Kraft sum K. On symbols of p the code spends
H(p) + D(p‖r) + log 1/K bits a symbol, so whoever recodes them ideally saves D(p‖r) + log 1/K: the divergence from
the *code's own* model, and the room that it leaves unused. Of the belief for which the code was made nothing has to
be known. On one message the same holds exactly, with its own frequencies p̂ in the place of p.

But the one who decodes must know the new model, too. It is sent as a table, or it is learned on the way:

- a *table* costs some bytes, the same for messages of every length once all symbols occur, and a little on every
  symbol because its frequencies are rounded; the whole message must be read before it can be written;
- a *learner* believes that a symbol comes in proportion to how often it came, plus a head start. The decoder learns
  the same from what it has decoded, and nothing is sent. With a head start of 1/2 (Krichevsky and Trofimov 1981) this
  costs about (k − 1)/2 · log n bits for k symbols that all are possible: see `learner_asymptote` for the constant.

All lengths are in bits unless bytes are named.
"""

import math
from itertools import accumulate, count
from typing import NamedTuple

import numpy as np

from klbook.ideas.arithmetic import IntervalDecoder, IntervalEncoder
from klbook.ideas.checks import (
    as_count,
    as_distribution,
    as_extended,
    as_integers,
    as_one_distribution,
    as_pair,
    as_positive,
    check_axis,
    refuse,
)
from klbook.ideas.code_checks import MAX_TOTAL, as_data, as_frequencies, as_lengths, as_symbols, ends_early
from klbook.ideas.numerics import binomial_probabilities
from klbook.ideas.surprise import entropy, kl_divergence_from_logs

__all__ = [
    "Saving",
    "break_even",
    "learner_asymptote",
    "learner_cost",
    "learner_decode",
    "learner_encode",
    "learner_length",
    "learner_surprisals",
    "recoding_saving",
    "table_decode",
    "table_encode",
    "table_frequencies",
]

#: The largest frequency of a table: one that fits into a byte.
_LARGEST = 255
#: Symbols of the longest message of which probabilities of counts are computed, and of the largest alphabet.
_LONGEST, _MOST_SYMBOLS = 10**7, 1 << 21
#: Logarithms that are summed in one go.
_ROW = 1 << 12


class Saving(NamedTuple):
    """What an ideal recoder saves, in bits a symbol, and its two parts."""

    bits: float
    divergence: float
    unused_room: float


def recoding_saving(p, lengths, *, axis=-1) -> Saving:
    """What an ideal recoder saves on symbols of `p` that came in a code with these lengths.

    Nothing but the lengths has to be known of the customer's code: Σ p·l − H(p) = D(p‖2^−l/K) + log 1/K, with the
    Kraft sum K. Source: Cover and Thomas, 2nd ed., proof of Theorem 5.3.1.

    Parameters
    ----------
    p : array_like, distributions along `axis`: what is sent, or the frequencies in one message
    lengths : array_like, lengths in bits along `axis`; ∞ for a symbol without a codeword; the shapes broadcast
    axis : int, the axis of the symbols, in the common shape

    Returns
    -------
    Saving
        ``bits``, the sum of ``divergence``, D(p‖2^−l/K), and ``unused_room``, log 1/K; each of the common shape
        without `axis`, in bits a symbol; ∞ if a symbol happens that has no codeword

    Raises
    ------
    TypeError, ValueError
        If `p` is no distribution along `axis`, a length is negative or NaN, the Kraft sum is above 1, so that no code
        that can be read has these lengths, or the shapes don't fit.

    Examples
    --------
    >>> P = [1 / 2, 1 / 4, 1 / 8, 1 / 8]
    >>> print(recoding_saving(P, [3, 1, 2, 3]).bits.round(9))
    0.625
    >>> found = recoding_saving(P, [3, 2, 2, 3])  # a quarter of the room is unused
    >>> print([round(float(x), 4) for x in found])
    [0.875, 0.46, 0.415]
    """
    checks = as_distribution, lambda x, axis, name: as_lengths(x, name)
    p, lengths, axis = as_pair(p, lengths, axis, names=("p", "lengths"), check=checks)
    shortest = lengths.min(axis=axis, keepdims=True)
    refuse(np.isinf(shortest), shortest, "the shortest length", "some symbol has to have a codeword")
    # From the shortest on, so that a sum of pieces that are too small for a double is not 0.
    pieces = np.exp2(shortest - lengths).sum(axis=axis, keepdims=True)
    room = shortest - np.log2(pieces)
    advice = "above 1 there is no uniquely decodable code"
    refuse(room < -1e-9, np.exp2(-shortest) * pieces, "the Kraft sum", advice)
    # Not room − lengths: of two large numbers that differ by little, no digits would be left.
    model = (shortest - lengths - np.log2(pieces)) * math.log(2)
    with np.errstate(divide="ignore"):
        divergence = kl_divergence_from_logs(np.log(p), model, axis=axis)
    room = np.maximum(room, 0).squeeze(axis)[()]
    return Saving(divergence + room, divergence, room)


def learner_length(counts, weight=2, *, axis=-1):
    """Bits that a learner spends on a message, which depend only on how often each symbol comes in it.

    After n symbols, c of them like the next one, the learner believes in it with probability
    (weight·c + 1)/(weight·n + k). So `weight` 2 is the head start of 1/2 of Krichevsky and Trofimov (1981), `weight`
    1 is Laplace's.

    Parameters
    ----------
    counts : array_like of int, how often each symbol comes, along `axis`; at most 10,000,000 in all
    weight : int, how much one symbol weighs against the head start of each, which is 1; at most 2^32
    axis : int, the axis of the symbols

    Returns
    -------
    float64 or ndarray, shape of `counts` without `axis`

    Raises
    ------
    TypeError, ValueError
        If a count is negative or no integer, or they are too many, `weight` is below 1, or there is no such axis, or
        no symbol along it.

    Examples
    --------
    >>> print(learner_length([2, 0]).round(9))  # 1/2, then 3/4
    1.415037499
    """
    weight, (counts, axis) = _as_weight(weight), _as_counts(counts, axis)
    counts = np.moveaxis(counts, axis, -1)
    symbols, totals = counts.shape[-1], counts.sum(axis=-1)
    most = int(totals.max(initial=0))
    seen, shared = (_log_products(most, weight, start) for start in (1, symbols))
    return shared[totals] - seen[counts].sum(axis=-1)


def learner_surprisals(symbols, size, weight=2):
    """What each symbol of a message costs a learner, in its turn: how surprised it is, in bits.

    Parameters
    ----------
    symbols : array_like of int, a message, of shape (n,): indices into the alphabet
    size : int, size of the alphabet, at most 2^21
    weight : int, as in `learner_length`, which is the sum of what is returned

    Returns
    -------
    ndarray of float64, shape (n,)

    Raises
    ------
    TypeError, ValueError: if a symbol is not in the alphabet, or a number is not as said

    Examples
    --------
    >>> learner_surprisals([0, 0, 1], 2).round(3)
    array([1.   , 0.415, 2.585])
    """
    size, weight = _as_size(size), _as_weight(weight)
    symbols = as_symbols(symbols, np.ones(size, bool), "")
    before = np.empty(len(symbols), np.int64)  # how often the same symbol came before
    for symbol in np.unique(symbols):
        places = np.flatnonzero(symbols == symbol)
        before[places] = np.arange(len(places))
    return np.log2((weight * np.arange(len(symbols)) + size) / (weight * before + 1))


def learner_cost(p, n, weight=2):
    """What learning costs on average: expected bits of a learner above n·H(p), on `n` symbols of `p`.

    It is the divergence D(pⁿ‖learner) of whole messages, by the probabilities of all counts. Digits are lost because it
    is a small difference of long messages: it is right to about 1e-13 bits a symbol.

    Parameters
    ----------
    p : array_like, one distribution, of shape (symbols,)
    n : int, symbols of the message, at most 10,000,000
    weight : int, as in `learner_length`

    Returns
    -------
    float, in bits, for the whole message

    Raises
    ------
    TypeError, ValueError: if `p` is not one distribution, `n` is below 0, or `weight` below 1

    Examples
    --------
    >>> P = [1 / 2, 1 / 4, 1 / 8, 1 / 8]
    >>> print(round(learner_cost(P, 100), 3), round(learner_asymptote(4, 100), 3))
    7.13 7.127
    """
    p, n, weight = as_one_distribution(p), as_count(n, most=_LONGEST), _as_weight(weight)
    seen = _log_products(n, weight, 1)
    spent = _log_products(n, weight, len(p))[n] - float((binomial_probabilities(n, p) @ seen).sum())
    return max(float(spent - n * entropy(p)), 0.0)


def learner_asymptote(symbols, n):
    """What `learner_cost` tends to for long messages with a head start of 1/2, if every symbol is possible.

    (k − 1)/2 · log n, and a constant that is left out more often than it is written:
    log(π^(k/2) / Γ(k/2)) − (k − 1)/2 · log(2πe). Both to base 2. Source: the redundancy of Krichevsky and Trofimov
    (1981), with Stirling's formula.

    Parameters
    ----------
    symbols : int, size k of the alphabet, from 1 to 2^21
    n : array_like of float, symbols of the message, above 0

    Returns
    -------
    float64 or ndarray, shape of `n`, in bits for the whole message; below 0 where n is too small for it to hold

    Raises
    ------
    TypeError, ValueError: if `symbols` is below 1, or a number of symbols is not above 0

    Examples
    --------
    >>> print(learner_asymptote(4, [100, 1000]).round(2))
    [ 7.13 12.11]
    """
    k, n = _as_size(symbols, "symbols"), as_positive(n, "n")
    constant = (k / 2 * math.log(math.pi) - math.lgamma(k / 2)) / math.log(2)
    return constant + (k - 1) / 2 * np.log2(n / (2 * math.pi * math.e))


def learner_encode(symbols, size, weight=2):
    """Symbols as bytes by the arithmetic coder, whose model learns as it goes: no table is needed.

    Parameters
    ----------
    symbols : array_like of int, a stream, of shape (n,): indices into the alphabet
    size : int, size of the alphabet
    weight : int, as in `learner_length`

    Returns
    -------
    bytes, from `learner_length` to 9 bits more; the number of symbols is not written: the decoder has to be told

    Raises
    ------
    TypeError, ValueError: if a symbol is not in the alphabet, or something is not as said

    Examples
    --------
    >>> data = learner_encode([0, 0, 1, 0, 0, 0, 0, 0], 2)
    >>> print(len(data), learner_decode(data, 2, 8))
    1 [0 0 1 0 0 0 0 0]
    """
    size, weight = _as_size(size), _as_weight(weight)
    symbols = as_symbols(symbols, np.ones(size, bool), "")
    _refuse_long(len(symbols), size, weight)
    frequencies, interval = [1] * size, IntervalEncoder()
    for total, symbol in zip(count(size, weight), symbols.tolist(), strict=False):
        interval.step_into(sum(frequencies[:symbol]), frequencies[symbol], total)
        frequencies[symbol] += weight
    return interval.finish()


def learner_decode(data, size, n, weight=2):
    """The `n` symbols that `learner_encode` wrote: the decoder learns what the encoder had learned.

    Parameters
    ----------
    data : bytes-like, what the encoder wrote
    size : int, size of the alphabet
    n : int, number of symbols
    weight : int, as the encoder had it

    Returns
    -------
    ndarray of int64, shape (n,)

    Raises
    ------
    TypeError, ValueError: if something is not as said, or no encoder writes such data for any `n` symbols

    Examples
    --------
    >>> learner_decode(learner_encode([2, 0, 1], 3), 3, 3)
    array([2, 0, 1])
    """
    size, n, weight = _as_size(size), as_count(n), _as_weight(weight)
    _refuse_long(n, size, weight)
    # No message costs less than one symbol again and again; a bit is left for what dividing drops.
    log_gamma = math.lgamma
    least = (
        log_gamma(n + size / weight)
        - log_gamma(size / weight)
        - log_gamma(n + 1 / weight)
        + log_gamma(1 / weight)
    )
    data = as_data(data)
    if least / math.log(2) > 8 * len(data) + 1:
        raise ends_early(data, n)
    frequencies, symbols, interval = [1] * size, [], IntervalDecoder(data)
    for _ in range(n):
        symbols.append(interval.read(list(accumulate(frequencies, initial=0))))
        frequencies[symbols[-1]] += weight
    interval.finish()
    return np.array(symbols, dtype=np.int64)


def table_frequencies(counts, *, axis=-1):
    """Counts as whole numbers of one byte each, for a table that is sent: 0 only where the count is 0.

    Parameters
    ----------
    counts : array_like of int, how often each symbol comes, along `axis`; at least one above 0, 10,000,000 in all
    axis : int, the axis of the symbols

    Returns
    -------
    ndarray of int64, shape of `counts`: from 0 to 255, where the commonest symbol has 255

    Raises
    ------
    TypeError, ValueError: if a count is negative or no integer, or all of them are 0

    Examples
    --------
    >>> table_frequencies([1000, 500, 1, 0])
    array([255, 128,   1,   0])
    """
    counts, axis = _as_counts(counts, axis)
    most = counts.max(axis=axis, keepdims=True)
    refuse(most == 0, most, "the largest of counts", "some symbol has to come")
    return np.maximum(np.rint(_LARGEST * counts / most), counts > 0).astype(np.int64)


def table_encode(frequencies):
    """A table as bytes: one bit for each symbol, which says whether it comes; then a byte for each that does.

    Parameters
    ----------
    frequencies : array_like of int, of shape (symbols,): from 0 to 255, as `table_frequencies` gives them

    Returns
    -------
    bytes, of length ⌈symbols/8⌉ + (number of frequencies above 0)

    Raises
    ------
    TypeError, ValueError: if a frequency is no integer from 0 to 255, or all of them are 0

    Examples
    --------
    >>> table_encode([255, 128, 1, 0]).hex(" ")
    'e0 ff 80 01'
    """
    frequencies = as_frequencies(frequencies)
    refuse(frequencies > _LARGEST, frequencies, "frequencies", f"one byte holds at most {_LARGEST}")
    comes = frequencies > 0
    return np.packbits(comes).tobytes() + frequencies[comes].astype(np.uint8).tobytes()


def table_decode(data, size):
    """The frequencies in a table, and what follows the table.

    Parameters
    ----------
    data : bytes-like, a table, and whatever else
    size : int, number of symbols

    Returns
    -------
    frequencies : ndarray of int64, shape (size,)
    rest : bytes, what follows

    Raises
    ------
    TypeError, ValueError: if `size` is below 1, or the data are no table of so many symbols

    Examples
    --------
    >>> table_decode(bytes.fromhex("e0 ff 80 01 2a"), 4)
    (array([255, 128,   1,   0]), b'*')
    """
    data, size = as_data(data), as_count(size, "size", least=1)
    bits = -(-size // 8)
    comes = np.unpackbits(np.frombuffer(data[:bits], np.uint8))
    end = bits + int(comes.sum())
    if len(data) < end or not comes.any() or comes[size:].any() or 0 in data[bits:end]:
        raise ValueError(f"The data ({len(data)} bytes) do not begin with a table of {size} symbols.")
    frequencies = np.zeros(size, np.int64)
    frequencies[comes[:size] > 0] = list(data[bits:end])
    return frequencies, data[end:]


def break_even(saved):
    """From which length on something pays: the first place after which `saved` stays above 0.

    Parameters
    ----------
    saved : array_like, of shape (n,): what is saved on messages of 1, 2, …, n symbols

    Returns
    -------
    int or None, the shortest of these lengths from which on all pay; None if the longest does not

    Raises
    ------
    TypeError, ValueError: if `saved` has not one axis, or holds NaN

    Examples
    --------
    >>> print(break_even([-3, 1, -1, 2, 5]), break_even([3, -1]))
    4 None
    """
    saved = as_extended(saved, "saved", smallest=0.0)
    if saved.ndim != 1:
        raise ValueError(f"saved has shape {saved.shape}: one axis is expected, the lengths.")
    losses = np.flatnonzero(saved <= 0)
    first = int(losses[-1]) + 2 if len(losses) else 1
    return first if first <= len(saved) else None


def _as_counts(counts, axis):
    """Counts of messages along an axis, of at least one symbol."""
    counts = as_integers(counts, "counts")
    axis = check_axis(axis, counts.ndim)
    refuse(counts < 0, counts, "counts", "a count is at least 0")
    if not counts.shape[axis]:
        raise ValueError(f"counts has shape {counts.shape}: an alphabet has at least one symbol.")
    # Each of them first, so that their sum is no number that came about by overflow.
    rule = f"a message has at most {_LONGEST} symbols"
    refuse(counts > _LONGEST, counts, "counts", rule)
    counts = counts.astype(np.int64, copy=False)
    totals = counts.sum(axis=axis)
    refuse(totals > _LONGEST, totals, "the sum of counts", rule)
    return counts, axis


def _as_size(size, name="size"):
    return as_count(size, name, least=1, most=_MOST_SYMBOLS)


def _as_weight(weight):
    return as_count(weight, "weight", least=1, most=MAX_TOTAL)


def _log_products(n, weight, start):
    """log2 of start·(start + weight)·(start + 2·weight)·…, with 0 to `n` factors."""
    # In rows, so that no sum goes through millions of roundings: to the end of the row before, and within the row.
    logs = np.zeros((n // _ROW + 1, _ROW))
    logs.ravel()[1 : n + 1] = np.log2(start + weight * np.arange(n, dtype=float))
    within = np.cumsum(logs, axis=1)
    before = np.concatenate([[0.0], np.cumsum(within[:-1, -1])])
    return (before[:, None] + within).ravel()[: n + 1]


def _refuse_long(n, size, weight):
    if size + weight * n > MAX_TOTAL:
        raise ValueError(f"{n} symbols of {size} at weight {weight}: their sum must be at most {MAX_TOTAL}.")
