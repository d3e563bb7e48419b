"""Codewords: from lengths to strings of 0 and 1, and from symbols to bytes and back.

Of all prefix codes with the same lengths one is singled out, the canonical code: shorter codewords before
longer ones, equally long ones in the order of the symbols, counting upwards in binary. So the lengths are the
whole code. `prefix_encode` and `prefix_decode` write and read it, for Huffman's lengths, Shannon's or any
others that satisfy Kraft's inequality.

How fast decoding is done
-------------------------
Read as binary fractions, the canonical codewords rise, and each begins where the one before ends. So the next
codeword is found by bisection, at any length. Most of the time not even that is needed: a table, filled as it
is used, remembers for a pattern of 12 bits all the whole codewords in it, so that one look yields several
symbols.
"""

import heapq
from bisect import bisect_right
from itertools import accumulate, pairwise

import numpy as np

from klbook.ideas.checks import as_count, plain
from klbook.ideas.code_checks import as_codeword_lengths, as_codewords, as_data, as_symbols, ends_early

__all__ = [
    "ambiguity",
    "canonical_code",
    "check_prefix_free",
    "check_uniquely_decodable",
    "codeword_lengths",
    "prefix_decode",
    "prefix_encode",
]

# Bits that the decoder looks up at once. With more of them a look-up yields more symbols, but the table is larger.
_PEEK = 12
# Symbols that the encoder works on at a time, to stay within the cache.
_BLOCK = 1 << 15


def canonical_code(lengths):
    """The canonical code's strings of 0 and 1, for lengths whose Kraft sum is at most 1; None where the length is ∞."""
    # Schwartz and Kallick 1964; that there is such a code is Kraft's theorem.
    code = _Canonical(lengths)
    words = [None] * code.alphabet
    for symbol, size, start in zip(code.order, code.sizes, code.starts, strict=False):
        words[symbol] = format(start >> (code.longest - size), f"0{size}b") if size else ""
    return words


def codeword_lengths(codewords):
    """The lengths of a code of your own, if every string of its codewords can be read in one way only.

    Parameters
    ----------
    codewords : sequence of str or None, one string of 0 and 1 per symbol; None for a symbol without a codeword

    Returns
    -------
    ndarray of float64, shape (symbols,), in bits; ∞ for a symbol without a codeword

    Raises
    ------
    TypeError, ValueError: as `ambiguity`; and if a string can be read in two ways: a shortest one is named

    Examples
    --------
    >>> codeword_lengths(["0", "10", "11"])
    array([1., 2., 2.])
    """
    check_uniquely_decodable(codewords)
    return np.array([np.inf if word is None else float(len(word)) for word in codewords])


def check_prefix_free(codewords):
    """Raise a ValueError if a codeword is the beginning of another one, so that no end can be told at once."""
    words = sorted((word, symbol) for symbol, word in as_codewords(codewords).items())
    # In alphabetical order a word that begins with another follows it, with nothing but such words between.
    for (word, symbol), (other, other_symbol) in pairwise(words):
        if other.startswith(word):
            raise ValueError(
                f"The code is not prefix-free: codeword {word or '(empty)'} of symbol {symbol} is the "
                f"beginning of {other or '(empty)'} of symbol {other_symbol}."
            )


def check_uniquely_decodable(codewords):
    """Raise a ValueError, with a shortest such string, if some string of codewords can be read in two ways."""
    found = ambiguity(codewords)
    if found is None:
        return
    if not found[0]:
        raise ValueError(
            f"The code is not uniquely decodable: the codeword of symbol {found[1][0]} is empty, so nobody "
            "can tell how often it comes."
        )
    readings = (
        f"{'·'.join(codewords[symbol] for symbol in reading)} (symbols {', '.join(map(str, reading))})"
        for reading in found[1:]
    )
    raise ValueError(
        f"The code is not uniquely decodable: {found[0]} can be read as {' and as '.join(readings)}."
    )


def ambiguity(codewords):
    """A shortest string that can be read in two ways, if there is one (Sardinas and Patterson 1953).

    Two readings are laid side by side. Where one is ahead of the other, the part by which it is ahead, the dangling
    suffix, is all that matters for how they can go on: there are finitely many such suffixes, and the code is
    ambiguous if and only if the empty one is among those that can be reached.

    Parameters
    ----------
    codewords : sequence of str or None, one string of 0 and 1 per symbol; None for a symbol without a codeword

    Returns
    -------
    None or tuple of (str, list of int, list of int)
        None if the code is uniquely decodable; otherwise the string and its two readings, as symbols.

    Raises
    ------
    TypeError, ValueError: if a codeword is neither None nor a string of 0 and 1, or no symbol has one

    Examples
    --------
    >>> ambiguity(["0", "10", "01"])
    ('010', [0, 1], [2, 0])
    >>> ambiguity(["0", "01", "011"])  # not prefix-free, but a 0 tells where the next codeword begins
    """
    words = as_codewords(codewords)
    for symbol, word in words.items():
        if not word:
            return "", [symbol], [symbol, symbol]
    # The queue gives the shortest strings first: (length, dangling suffix, reading ahead, reading behind). Where two
    # symbols have the same word, only the first one goes on: the others are ambiguous with it at once.
    first, queue = {}, []
    for symbol, word in words.items():
        if first.setdefault(word, symbol) != symbol:
            queue.append((len(word), "", [first[word]], [symbol]))
    # If no word is the beginning of another one, or none the end of another one, each string has one reading. This
    # settles most codes without a search.
    if not queue and not (_clash(first) and _clash([word[::-1] for word in first])):
        return None
    for word, symbol in first.items():
        for size in range(1, len(word)):
            behind = first.get(word[:size])
            if behind is not None:
                queue.append((len(word), word[size:], [symbol], [behind]))
    in_order = sorted(first)
    heapq.heapify(queue)
    seen = set()
    while queue:
        length, dangling, ahead, behind = heapq.heappop(queue)
        if not dangling:
            return "".join(words[symbol] for symbol in ahead), *sorted((ahead, behind))
        if dangling not in seen:
            seen.add(dangling)
            for step in _next_danglings(first, in_order, length, dangling, ahead, behind):
                heapq.heappush(queue, step)
    return None


def prefix_encode(symbols, lengths):
    """Symbols as bytes, each as its codeword in the canonical code of these lengths.

    Parameters
    ----------
    symbols : array_like of int, a stream, of shape (n,): indices into the alphabet
    lengths : array_like, lengths in bits, of shape (symbols,): whole numbers, or ∞ for a symbol without a codeword

    Returns
    -------
    bytes
        The codewords without gaps, first bit highest; the last byte is filled up with zeros. The number of symbols is
        not written: the decoder has to be told.

    Raises
    ------
    TypeError, ValueError: if no prefix code has these lengths, or a symbol is not in the alphabet or has no codeword

    Examples
    --------
    >>> data = prefix_encode([0, 2, 1, 0], [1, 2, 2])
    >>> format(data[0], "08b")  # 0, 11, 10, 0 and two zeros
    '01110000'
    """
    words = canonical_code(lengths)
    possible = np.array([word is not None for word in words])
    symbols = as_symbols(symbols, possible, "it has no codeword (its length is infinite)")
    sizes = np.array([len(word or "") for word in words])
    starts = np.cumsum(sizes) - sizes
    bits = np.frombuffer("".join(word or "" for word in words).encode(), np.uint8) - ord("0")
    blocks = [np.empty(0, np.uint8)]
    for first in range(0, len(symbols), _BLOCK):
        block = symbols[first : first + _BLOCK]
        size = sizes[block]
        # For each bit that is written, where it stands among the bits of the codewords.
        shift = starts[block] - (np.cumsum(size) - size)
        blocks.append(bits[np.repeat(shift, size) + np.arange(size.sum())])
    return np.packbits(np.concatenate(blocks)).tobytes()


def prefix_decode(data, lengths, n):
    """The `n` symbols that `prefix_encode` wrote with these lengths.

    Parameters
    ----------
    data : bytes-like, what the encoder wrote
    lengths : array_like, lengths in bits, of shape (symbols,), as the encoder had them
    n : int, number of symbols

    Returns
    -------
    ndarray of int64, shape (n,)

    Raises
    ------
    TypeError, ValueError
        If `lengths` are not those of a prefix code, `data` are no bytes or `n` is no integer from 0; and if the data
        are not what the encoder would write for any `n` symbols: they end early, hold a pattern that is no codeword,
        or go on after the last symbol. So damaged data give an error, or other symbols.

    Examples
    --------
    >>> prefix_decode(b"\\x70", [1, 2, 2], 4)
    array([0, 2, 1, 0])
    """
    code, data, n = _Canonical(lengths), as_data(data), as_count(n)
    indices, used = ([0] * n, 0) if code.longest == 0 else _read(data, code, n)
    if used > 8 * len(data):
        raise ends_early(data, n)
    if len(data) != (used + 7) // 8 or (data and data[-1] & ((1 << -used % 8) - 1)):
        raise ValueError(f"The data go on after the last of {n} symbols, which ends with bit {used}.")
    return np.array(code.order, dtype=np.int64)[indices]


class _Canonical:
    """The canonical code as its decoder needs it."""

    # `order`: the symbols by rising codewords; `sizes`: the lengths in this order; `starts`: the codewords in this
    # order, filled up with zeros to `longest` bits, and after them the place where the last one ends.

    def __init__(self, lengths):
        lengths = as_codeword_lengths(lengths)
        self.alphabet = len(lengths)
        order = np.argsort(lengths, kind="stable")
        self.order = order[: np.isfinite(lengths).sum()].tolist()
        self.sizes = [int(lengths[symbol]) for symbol in self.order]
        self.longest = self.sizes[-1]
        self.starts = list(accumulate((1 << (self.longest - size) for size in self.sizes), initial=0))
        if self.starts[-1] > 1 << self.longest:
            raise ValueError(
                f"The lengths have the Kraft sum {plain(self.starts[-1] / (1 << self.longest))}: above 1 there is "
                "no uniquely decodable code."
            )

    def first(self, pattern, bits):
        """Index of the codeword with which a pattern of so many bits begins; too large if there is none."""
        # A pattern that is shorter than the codeword gives the codeword that goes on with zeros.
        shift = self.longest - bits
        return bisect_right(self.starts, pattern << shift if shift >= 0 else pattern >> -shift) - 1


def _read(data, code, n):
    """Indices of the first `n` codewords, and the number of bits that they take."""
    if n * code.sizes[0] > 8 * len(data):
        raise ends_early(data, n)
    reach = max(code.longest, _PEEK)
    padding = -len(data) % 8 + 8 * (reach // 64 + 1)  # zeros, since it reads beyond the end
    words = iter(np.frombuffer(data + bytes(padding), ">u8").tolist())
    indices, table = [], {}
    buffer = held = used = 0
    while len(indices) < n:
        while held < reach:
            buffer = buffer << 64 | next(words, 0)
            held += 64
        pattern = buffer >> (held - _PEEK)
        found = table.get(pattern)
        if found is None:
            found = table[pattern] = _whole_codewords(pattern, code)
        several, taken = found
        if not several or len(indices) + len(several) > n:  # a long codeword, or the last few
            index = code.first(buffer >> (held - code.longest), code.longest)
            if index == len(code.sizes):
                raise ValueError(f"The data are damaged: no codeword begins like the bits from bit {used}.")
            several, taken = (index,), code.sizes[index]
        indices += several
        used += taken
        held -= taken
        buffer &= (1 << held) - 1
    return indices, used


def _whole_codewords(pattern, code):
    """Indices of the codewords that lie wholly within the first `_PEEK` bits, and the bits that they take."""
    indices, left = [], _PEEK
    while left:
        index = code.first(pattern & ((1 << left) - 1), left)
        if index == len(code.sizes) or code.sizes[index] > left:
            break
        indices.append(index)
        left -= code.sizes[index]
    return tuple(indices), _PEEK - left


def _clash(words):
    """Whether one of different words begins another one: then it begins its neighbour in alphabetical order."""
    return any(other.startswith(word) for word, other in pairwise(sorted(words)))


def _next_danglings(first, in_order, length, dangling, ahead, behind):
    """What the two readings can be after one more codeword for the one that is behind."""
    for size in range(1, len(dangling) + 1):
        symbol = first.get(dangling[:size])
        if symbol is not None:
            yield length, dangling[size:], ahead, [*behind, symbol]
    # The words that go on after the dangling suffix stand side by side in alphabetical order.
    for place in range(bisect_right(in_order, dangling), len(in_order)):
        word = in_order[place]
        if not word.startswith(dangling):
            return
        yield length + len(word) - len(dangling), word[len(dangling) :], [*behind, first[word]], ahead
