"""The one place where arguments that only codes have are checked: lengths, symbols, frequencies, codewords, bytes.

It is built on `klbook.ideas.checks` (`as_extended`, `as_integers`, `refuse`) and stays apart from it because only the
coders need it. Nothing is clipped, rounded or sorted on the way.
"""

import numpy as np

from klbook.ideas.checks import as_extended, as_integers, refuse

__all__ = [
    "MAX_LENGTH",
    "MAX_TOTAL",
    "as_codeword_lengths",
    "as_codewords",
    "as_data",
    "as_frequencies",
    "as_lengths",
    "as_symbols",
    "ends_early",
]

# The smallest positive double needs a Shannon codeword of 1074 bits, and a Huffman codeword of less than 1600. Much
# longer ones are a mistake, and writing them out could fill the memory.
MAX_LENGTH = 4096
# The largest total for which the arithmetic coder keeps its bound (see the top of `klbook.ideas.arithmetic`).
MAX_TOTAL = 1 << 32


def as_lengths(lengths, name="lengths"):
    """Lengths in bits: real numbers from 0, whole or not; ∞ stands for "no codeword"."""
    lengths = as_extended(lengths, name, smallest=0.0)
    refuse(~(lengths >= 0), lengths, name, "a length is at least 0 bits")
    return lengths


def as_codeword_lengths(lengths, name="lengths"):
    """Lengths of one code, of shape (symbols,): whole numbers up to `MAX_LENGTH`; ∞ stands for "no codeword".

    Whether a prefix code can have them is left to `klbook.ideas.codewords`.
    """
    lengths = as_lengths(lengths, name)
    _refuse_shape(lengths, name, "symbols")
    written = np.isfinite(lengths)
    if not written.any():
        raise ValueError(f"{name} is infinite everywhere: at least one symbol needs a codeword.")
    wrong = written & (lengths != np.floor(lengths))
    refuse(wrong, lengths, name, "a codeword has a whole number of bits (see shannon_lengths)")
    refuse(written & (lengths > MAX_LENGTH), lengths, name, f"codewords have at most {MAX_LENGTH} bits")
    return lengths


def as_codewords(codewords, name="codewords"):
    """Strings of 0 and 1 as a dict by symbol, without those that are None, which stands for "no codeword"."""
    if isinstance(codewords, str):
        raise TypeError(f"{name} is one string: a list with one codeword per symbol is expected.")
    for symbol, word in enumerate(codewords):
        if not (word is None or isinstance(word, str)):
            raise TypeError(f"{name}[{symbol}] is {word!r}: a codeword is a string of 0 and 1, such as '10'.")
        if word and set(word) - {"0", "1"}:
            raise ValueError(f"{name}[{symbol}] is {word!r}: a codeword is a string of 0 and 1.")
    words = {symbol: word for symbol, word in enumerate(codewords) if word is not None}
    if not words:
        raise ValueError(f"{name} holds no codeword: at least one symbol needs one.")
    return words


def as_symbols(symbols, possible, why_not, name="symbols"):
    """A stream of indices into an alphabet, of shape (n,); `why_not` is said of a symbol that is not `possible`."""
    symbols = as_integers(symbols, name, "symbols are indices into the alphabet")
    _refuse_shape(symbols, name, "n", empty=True)
    outside = (symbols < 0) | (symbols >= len(possible))
    alphabet = f"the symbols 0 to {len(possible) - 1}" if len(possible) > 1 else "the symbol 0 alone"
    refuse(outside, symbols, name, f"it is not in the alphabet, which has {alphabet}")
    symbols = symbols.astype(np.int64, copy=False)
    refuse(~possible[symbols], symbols, name, why_not)
    return symbols


def as_frequencies(frequencies, name="frequencies"):
    """Whole numbers for the symbols, with a sum from 1 to `MAX_TOTAL`; 0 stands for an impossible symbol."""
    rule = "frequencies are whole numbers, which integer_frequencies makes of a distribution"
    frequencies = as_integers(frequencies, name, rule)
    _refuse_shape(frequencies, name, "symbols")
    refuse(frequencies < 0, frequencies, name, "a frequency is at least 0")
    total = sum(frequencies.tolist())  # as Python's integers, which don't overflow
    if not 1 <= total <= MAX_TOTAL:
        raise ValueError(f"{name} sums to {total}: the sum must be between 1 and {MAX_TOTAL}.")
    return frequencies.astype(np.int64, copy=False)


def as_data(data, name="data"):
    """Bytes, a bytearray or a memoryview, as bytes."""
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} is of type {type(data).__name__}: bytes are expected, as the encoder gives.")
    return bytes(data)


def ends_early(data, n):
    """The error, ready to be raised, if the data end before the last of `n` symbols."""
    return ValueError(
        f"The data ({len(data)} bytes) end before symbol {n} of {n}: they are cut off, or n is too large."
    )


def _refuse_shape(x, name, what, empty=False):
    """Raise if `x` is not one-dimensional, or has no element."""
    if x.ndim != 1 or not (x.size or empty):
        raise ValueError(f"{name} has shape {x.shape}: one dimension is expected, of shape ({what},).")
