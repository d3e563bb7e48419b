"""The one place where is checked what only codes have: lengths, symbols, frequencies, codewords and bytes.

It stays apart from `klbook.ideas.checks`, which every idea needs, because none but the coders need this: who
reads about distributions need not pass by codewords. It stands on that module, and adds no means of its own:
arrays are taken in by `as_extended` and `as_integers`, and refused by `refuse`. Nothing is clipped, rounded or
sorted on the way.
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

# The smallest positive double needs a Shannon codeword of 1074 bits, and a Huffman codeword of less than
# 1600. Much longer ones are a mistake, which would fill the memory before it shows.
MAX_LENGTH = 4096
# What the arithmetic coder's accuracy rests on (see the top of `klbook.ideas.arithmetic`).
MAX_TOTAL = 1 << 32


def as_lengths(lengths, name="lengths"):
    """Lengths in bits: real numbers from 0, whole or not; ∞ stands for "no codeword".

    Parameters
    ----------
    lengths : array_like
        Lengths in bits, of any shape.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape of `lengths`.

    Raises
    ------
    TypeError
        If they are not real numbers.
    ValueError
        If a length is negative or NaN, or above 1e150 and yet finite; its index is given.

    Examples
    --------
    >>> as_lengths([1, 2.5, np.inf])
    array([1. , 2.5, inf])
    """
    lengths = as_extended(lengths, name, smallest=0.0)
    refuse(~(lengths >= 0), lengths, name, "a length is at least 0 bits")
    return lengths


def as_codeword_lengths(lengths, name="lengths"):
    """Lengths that codewords of one code can have: whole numbers of bits; ∞ stands for "no codeword".

    Parameters
    ----------
    lengths : array_like
        Lengths in bits, of shape (symbols,).
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape (symbols,).

    Raises
    ------
    TypeError
        If they are not real numbers.
    ValueError
        If the shape is another, a length is no whole number from 0 to `MAX_LENGTH`, or no symbol has a
        codeword. Whether there is a code with such lengths is left to `klbook.ideas.codewords`.

    Examples
    --------
    >>> as_codeword_lengths([0.32, 3.32, 3.32])
    Traceback (most recent call last):
        ...
    ValueError: lengths[0] is 0.32: a codeword has a whole number of bits (see shannon_lengths).
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
    """Codewords of one code: strings of 0 and 1; None stands for "no codeword".

    Parameters
    ----------
    codewords : sequence of str or None
        One per symbol.
    name : str
        What the error messages call the argument.

    Returns
    -------
    dict of int to str
        Codewords by symbol, without those that are None.

    Raises
    ------
    TypeError
        If a codeword is neither a string nor None.
    ValueError
        If a codeword has other characters, or no symbol has one.

    Examples
    --------
    >>> as_codewords(["0", None, "1"])
    {0: '0', 2: '1'}
    """
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
    """Symbols that a code can write: indices into its alphabet.

    Parameters
    ----------
    symbols : array_like of int
        A stream, of shape (n,).
    possible : ndarray of bool
        Shape (size of the alphabet,): which symbols can be written.
    why_not : str
        What is said of a symbol that can't.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of int64
        Shape (n,).

    Raises
    ------
    TypeError
        If they are not integers.
    ValueError
        If the shape is another, or a symbol is not in the alphabet or not possible; its index is given.

    Examples
    --------
    >>> as_symbols([0, 2, 4], np.array([True, True, True]), "")
    Traceback (most recent call last):
        ...
    ValueError: symbols[2] is 4: it is not in the alphabet, which has the symbols 0 to 2.
    """
    symbols = as_integers(symbols, name, "symbols are indices into the alphabet")
    _refuse_shape(symbols, name, "n", empty=True)
    outside = (symbols < 0) | (symbols >= len(possible))
    alphabet = f"the symbols 0 to {len(possible) - 1}" if len(possible) > 1 else "the symbol 0 alone"
    refuse(outside, symbols, name, f"it is not in the alphabet, which has {alphabet}")
    symbols = symbols.astype(np.int64, copy=False)
    refuse(~possible[symbols], symbols, name, why_not)
    return symbols


def as_frequencies(frequencies, name="frequencies"):
    """Integer frequencies: how often each symbol is expected in so many.

    Parameters
    ----------
    frequencies : array_like of int
        Shape (symbols,). 0 stands for an impossible symbol.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of int64
        Shape (symbols,).

    Raises
    ------
    TypeError
        If they are not integers.
    ValueError
        If the shape is another, one is negative (its index is given), or their sum is not between 1 and
        `MAX_TOTAL`.

    Examples
    --------
    >>> as_frequencies([0.5, 0.5])
    Traceback (most recent call last):
        ...
    TypeError: frequencies has elements of type float64: frequencies are whole numbers, which \
integer_frequencies makes of a distribution.
    """
    rule = "frequencies are whole numbers, which integer_frequencies makes of a distribution"
    frequencies = as_integers(frequencies, name, rule)
    _refuse_shape(frequencies, name, "symbols")
    refuse(frequencies < 0, frequencies, name, "a frequency is at least 0")
    total = sum(frequencies.tolist())  # as Python's integers, which don't overflow
    if not 1 <= total <= MAX_TOTAL:
        raise ValueError(f"{name} sums to {total}: the sum must be between 1 and {MAX_TOTAL}.")
    return frequencies.astype(np.int64, copy=False)


def as_data(data, name="data"):
    """What an encoder wrote: bytes.

    Parameters
    ----------
    data : bytes-like
        Bytes, a bytearray or a memoryview.
    name : str
        What the error messages call the argument.

    Returns
    -------
    bytes

    Raises
    ------
    TypeError
        If it is something else.

    Examples
    --------
    >>> as_data(bytearray([1, 2]))
    b'\\x01\\x02'
    """
    if not isinstance(data, (bytes, bytearray, memoryview)):
        raise TypeError(f"{name} is of type {type(data).__name__}: bytes are expected, as the encoder gives.")
    return bytes(data)


def ends_early(data, n):
    """What a decoder raises if the data end before the last symbol.

    Parameters
    ----------
    data : bytes
        What was to be decoded.
    n : int
        Number of symbols.

    Returns
    -------
    ValueError
        Ready to be raised.

    Examples
    --------
    >>> raise ends_early(b"ab", 99)
    Traceback (most recent call last):
        ...
    ValueError: The data (2 bytes) end before symbol 99 of 99: they are cut off, or n is too large.
    """
    return ValueError(
        f"The data ({len(data)} bytes) end before symbol {n} of {n}: they are cut off, or n is too large."
    )


def _refuse_shape(x, name, what, empty=False):
    """Raise if `x` is not one-dimensional, or has no element."""
    if x.ndim != 1 or not (x.size or empty):
        raise ValueError(f"{name} has shape {x.shape}: one dimension is expected, of shape ({what},).")
