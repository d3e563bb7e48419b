"""Arithmetic coding: a whole stream as one number, within a byte or so of the ideal length.

Huffman's code gives each symbol a piece of the unit interval, but only pieces of size 2^−l. The arithmetic
coder gives it a piece of exactly its probability, then divides this piece in the same way for the next
symbol, and so on. After n symbols the stream is an interval whose width is the product of all the
probabilities, and any number in it, with some −log2(width) binary digits, tells the stream. So the length is
the sum of the surprisals, and rounding up to whole bits happens once a stream instead of once a symbol.

How it is computed
------------------
As a range coder (Martin 1979): the interval is [low, low + width) in integers. Each symbol takes
``step = width // total`` times its frequency. When the width falls below 2^64, the highest 32 bits of low are
written and both are multiplied by 2^32 (renormalisation). Later symbols may still add 1 to what is written
(carry): the written words are kept with room for it, and the carries run at the end. The decoder follows the
same steps with the offset of the number from low.

What it costs
-------------
The division drops a remainder, relatively below total/width ≤ 2^32/2^64: less than 2^−31 bit a symbol. At the
end (flush) the shortest whole number of bytes is taken such that *every* number beginning with them lies in
the interval: less than 9 bits more than −log2(width). So

    ideal  ≤  bits written  <  ideal + 9 + n·2^−31.

Never below the ideal, since such pieces of different streams don't overlap: among streams of the same n, this
is a prefix code (as Shannon, Fano and Elias have it: Cover and Thomas, 2nd ed., section 5.9). Therefore data
that are cut off, or go on, are always noticed.
"""

import heapq
import math
from bisect import bisect_right
from itertools import accumulate
from operator import index

import numpy as np

from klbook.ideas.checks import as_count, as_one_distribution
from klbook.ideas.code_checks import MAX_TOTAL, as_data, as_frequencies, as_symbols, ends_early

__all__ = [
    "IntervalDecoder",
    "IntervalEncoder",
    "arithmetic_decode",
    "arithmetic_encode",
    "ideal_bits",
    "integer_frequencies",
]

_WORD = 32  # bits that are written at a time
_STATE = 96  # bits of low and width
# Below this width a word is written. One word is enough, because a symbol takes at most 32 bits of the width.
_LEAST = 1 << (_STATE - _WORD)
_REST = _LEAST - 1  # mask for the bits of low that stay when a word is written


def integer_frequencies(p, total=1 << 16):
    """Whole numbers that sum to `total`, nearly in the proportions of `p`.

    Every possible symbol gets at least 1. What rounding leaves over or lacks is settled one by one, where it changes
    the expected length, Σ p·log(total/f), most for the better or least for the worse.

    Parameters
    ----------
    p : array_like, one distribution, of shape (symbols,)
    total : int, what the frequencies sum to, at most 2^32

    Returns
    -------
    ndarray of int64, shape (symbols,); exactly p·total where all of these are whole; 0 if and only if `p` is 0

    Raises
    ------
    TypeError, ValueError
        If `p` is not one distribution, or `total` is below the number of possible symbols or above 2^32.

    Examples
    --------
    >>> integer_frequencies([1 / 2, 1 / 4, 1 / 8, 1 / 8], 8)
    array([4, 2, 1, 1])
    >>> integer_frequencies([0.997, 0.001, 0.001, 0.001, 0], 8)
    array([5, 1, 1, 1, 0])
    """
    p = as_one_distribution(p)
    possible = np.flatnonzero(p)
    total = as_count(total, "total", least=len(possible))
    if total > MAX_TOTAL:
        raise ValueError(f"total is {total}: it must be at most {MAX_TOTAL}.")
    frequencies = np.maximum(np.rint(p * total), p > 0).astype(np.int64)
    missing = total - int(frequencies.sum())
    step = 1 if missing > 0 else -1

    def loss(symbol):
        """What a step at this symbol adds to the expected length, in nats."""
        after = frequencies[symbol] + step
        return -p[symbol] * math.log(after / frequencies[symbol]) if after else math.inf

    queue = [(loss(symbol), symbol) for symbol in possible.tolist()] if missing else []
    heapq.heapify(queue)
    for _ in range(abs(missing)):
        symbol = queue[0][1]
        frequencies[symbol] += step
        heapq.heapreplace(queue, (loss(symbol), symbol))
    return frequencies


def ideal_bits(symbols, frequencies):
    """The ideal length of a stream: the sum of its symbols' surprisals, Σ log2(total/frequency).

    Parameters
    ----------
    symbols, frequencies : array_like of int, as in `arithmetic_encode`

    Returns
    -------
    float, in bits

    Raises
    ------
    TypeError, ValueError: as `arithmetic_encode`

    Examples
    --------
    >>> ideal_bits([0, 0, 1, 3], [4, 2, 1, 1])
    7.0
    """
    frequencies = as_frequencies(frequencies)
    counts = np.bincount(_as_possible(symbols, frequencies), minlength=len(frequencies))
    happens = counts > 0
    return math.fsum(counts[happens] * _bits(frequencies[happens], frequencies.sum()))


def arithmetic_encode(symbols, frequencies):
    """Symbols as bytes, in about as many bits as they are surprising.

    Cover and Thomas, 2nd ed., section 13.3; Martin 1979.

    Parameters
    ----------
    symbols : array_like of int, a stream, of shape (n,): indices into the alphabet
    frequencies : array_like of int
        Shape (symbols,): the model. A symbol of frequency f has probability f/total, with a total of at most 2^32.

    Returns
    -------
    bytes, from `ideal_bits` to 9 bits more; the number of symbols is not written: the decoder has to be told

    Raises
    ------
    TypeError, ValueError
        If `frequencies` are no whole numbers with such a total, or a symbol is not among them or has frequency 0.

    Examples
    --------
    >>> arithmetic_encode([0, 1, 1, 0, 0, 1, 0, 1], [1, 1]).hex()  # a fair coin, and a certain outcome
    '65'
    >>> arithmetic_encode([1] * 1000, [0, 5])
    b''
    """
    frequencies = as_frequencies(frequencies)
    symbols = _as_possible(symbols, frequencies)
    below, frequencies = _subdivision(frequencies)
    total = below[-1]
    interval = IntervalEncoder()
    for symbol in symbols.tolist():
        interval.step_into(below[symbol], frequencies[symbol], total)
    return interval.finish()


def arithmetic_decode(data, frequencies, n):
    """The `n` symbols that `arithmetic_encode` wrote with these frequencies.

    Parameters
    ----------
    data : bytes-like, what the encoder wrote
    frequencies : array_like of int, shape (symbols,): the model, as the encoder had it
    n : int, number of symbols

    Returns
    -------
    ndarray of int64, shape (n,)

    Raises
    ------
    TypeError, ValueError
        As `arithmetic_encode`; if `data` are no bytes or `n` is no integer from 0; and if the data are not what the
        encoder would write for any `n` symbols. So data that are cut off, or go on, always give an error, data damaged
        otherwise an error or other symbols.

    Examples
    --------
    >>> arithmetic_decode(b"\\x65", [1, 1], 8)
    array([0, 1, 1, 0, 0, 1, 0, 1])
    """
    frequencies, data, n = as_frequencies(frequencies), as_data(data), as_count(n)
    below, frequencies = _subdivision(frequencies)
    total, most = below[-1], max(frequencies)
    if most == total:  # one certain symbol, of which any number is written at no cost
        if data:
            raise _goes_on(n)
        return np.full(n, frequencies.index(total))
    if n > (8 * len(data) + 1) / float(_bits(most, total)):
        raise ends_early(data, n)
    interval = IntervalDecoder(data)
    symbols = [interval.read(below) for _ in range(n)]
    interval.finish()
    return np.array(symbols, dtype=np.int64)


class IntervalEncoder:
    """The interval of a stream: step into one piece after the other, then write a number that lies in it.

    What `arithmetic_encode` does with one model for all symbols, for models that change on the way. Of a model with
    whole frequencies, `total` is their sum, `frequency` the symbol's and `below` the sum of those before it.

    Examples
    --------
    >>> interval = IntervalEncoder()
    >>> for below, frequency, total in [(0, 1, 2), (2, 1, 3)]:  # the first half, and of that the last third
    ...     interval.step_into(below, frequency, total)
    >>> interval.finish().hex()  # from 1/3 to 1/2: all that begins with 56 in hexadecimal digits
    '56'
    """

    __slots__ = ("_low", "_width", "_words")

    def __init__(self):
        self._low, self._width, self._words = 0, 1 << _STATE, []

    def step_into(self, below, frequency, total):
        """Take the piece from below/total to (below + frequency)/total of the interval; `total` is at most 2^32.

        What are no integers is a TypeError, what is no piece a ValueError.
        """
        below, frequency, total = index(below), index(frequency), index(total)  # NumPy's have too few digits
        if not (0 <= below < below + frequency <= total <= MAX_TOTAL):
            raise ValueError(
                f"below {below}, frequency {frequency}, total {total}: a piece is at least 1 and lies from "
                f"0 to the total, which is at most {MAX_TOTAL}."
            )
        step = self._width // total
        self._low += step * below
        width = step * frequency
        if width < _LEAST:
            self._words.append(self._low >> (_STATE - _WORD))
            self._low = (self._low & _REST) << _WORD
            width <<= _WORD
        self._width = width

    def finish(self):
        """The bytes: the shortest of which all continuations lie in the interval."""
        low = self._low + (_with_carries(self._words) << _STATE)
        number, dropped = _shortest(low, self._width)
        return number.to_bytes((_WORD * len(self._words) + _STATE - dropped) // 8, "big")


class IntervalDecoder:
    """The way back: say which piece the number lies in, and step into it as the encoder did.

    Examples
    --------
    >>> interval = IntervalDecoder(bytes.fromhex("56"))
    >>> interval.target(2)  # the number lies in the first half,
    0
    >>> interval.step_into(0, 1)
    >>> interval.target(3)  # and there in the last third
    2
    >>> interval.step_into(2, 1)
    >>> interval.finish()  # nothing is missing, and nothing is left over
    """

    __slots__ = ("_coming", "_data", "_offset", "_shifts", "_step", "_symbols", "_width", "_words")

    def __init__(self, data):
        self._data = as_data(data)
        ahead = _STATE // _WORD
        # It reads ahead of the symbol that it decodes: zeros stand for what it reads beyond the end.
        self._words = np.frombuffer(self._data + bytes(-len(self._data) % 4 + 4 * ahead), ">u4").tolist()
        self._coming, self._shifts, self._symbols = iter(self._words[ahead:]), 0, 0
        self._offset, self._width, self._step = _joined(self._words[:ahead]), 1 << _STATE, 0

    def target(self, total):
        """Where in the interval the number lies, in whole `total`-ths, rounded down; `total` is at most 2^32."""
        total = index(total)
        if not 1 <= total <= MAX_TOTAL:
            raise ValueError(f"total is {total}: it must be from 1 to {MAX_TOTAL}.")
        self._step = self._width // total
        target = self._offset // self._step
        if target >= total:
            raise ValueError(f"The data are damaged: no symbol fits after {self._symbols} symbols.")
        return target

    def step_into(self, below, frequency):
        """Take the piece with this place and size, in the same whole parts; it has to hold the target."""
        below, frequency = index(below), index(frequency)
        if not self._step * below <= self._offset < self._step * (below + frequency):
            why = "it does not hold the target" if self._step else "ask for the target first"
            raise ValueError(f"below {below}, frequency {frequency}: no piece to step into, since {why}.")
        self._offset -= self._step * below
        width, self._step = self._step * frequency, 0
        self._symbols += 1
        if width < _LEAST:
            word = next(self._coming, None)
            if word is None:
                raise ends_early(self._data, self._symbols)
            self._offset = self._offset << _WORD | word
            width <<= _WORD
            self._shifts += 1
        self._width = width

    def read(self, below):
        """Step into the piece that holds the number, and say which; `below` is where they begin, and the total."""
        symbol = bisect_right(below, self.target(below[-1])) - 1
        self.step_into(below[symbol], below[symbol + 1] - below[symbol])
        return symbol

    def finish(self):
        """Raise a ValueError if the data end before the last symbol, or are not what an encoder writes."""
        window = _joined(self._words[self._shifts : self._shifts + _STATE // _WORD])
        number, dropped = _shortest(window - self._offset, self._width)
        wanted = (_WORD * self._shifts + _STATE - dropped) // 8
        if len(self._data) < wanted:
            raise ends_early(self._data, self._symbols)
        if len(self._data) > wanted or number << dropped != window:
            raise _goes_on(self._symbols)


def _goes_on(n):
    return ValueError(
        f"The data are damaged, or go on after {n} symbols: no encoder ends a stream like this."
    )


def _as_possible(symbols, frequencies):
    why_not = "it has frequency 0, so the model holds it impossible"
    return as_symbols(symbols, frequencies > 0, why_not)


def _bits(frequency, total):
    """log2(total/frequency) by log1p, which keeps the digits if the symbol is nearly certain."""
    return np.log1p((total - frequency) / frequency) / math.log(2)


def _subdivision(frequencies):
    """Where each symbol's piece begins, with the total at the end, and how wide it is: as Python's integers."""
    # Without common factors, so that equal models give equal bytes, and dividing by a total of 1 is exact.
    frequencies = (frequencies // np.gcd.reduce(frequencies)).tolist()
    return list(accumulate(frequencies, initial=0)), frequencies


def _shortest(low, width):
    """The shortest number of which all continuations lie in [low, low + width), and how many bits it drops."""
    # The answer is the number times 2^dropped, with `dropped` a multiple of 8, since bytes are written.
    dropped = (width.bit_length() - 1) // 8 * 8
    if ((-(-low >> dropped) + 1) << dropped) > low + width:
        dropped -= 8
    return -(-low >> dropped), dropped


def _with_carries(words):
    """The number that the written words make, some of which have 33 bits: the 33rd is a carry."""
    words = np.array(words, dtype=np.uint64)
    digits, carries = (
        int.from_bytes(x.astype(">u4").tobytes(), "big") for x in (words & 0xFFFFFFFF, words >> 32)
    )
    return digits + (carries << _WORD)


def _joined(words):
    return int.from_bytes(np.array(words, dtype=">u4").tobytes(), "big")
