"""Tokens: text as numbers of pieces, made by merging pairs of bytes that often stand side by side.

A vocabulary begins with the 256 bytes. Training then joins the pair of tokens that is most frequent in its text to a
new token, again and again (byte pair encoding: Gage 1994; for language models Sennrich, Haddow and Birch 2016). What
is kept is the list of joined pairs, in their order. To encode a new text, the same pairs are joined in the same order.

Text is first cut into words, runs of other marks and runs of white space (a word or mark takes a single space before
it along), and no pair is joined across a cut. Whatever the text, nothing is lost: what no pair covers stays single
bytes.
"""

import heapq
import re
from itertools import pairwise

import numpy as np

from klbook.ideas.checks import as_integers, as_outcomes, refuse

__all__ = ["Tokenizer"]

#: Bytes of a token; far more than any has, and pieces that double with each merge would fill the memory.
_LONGEST = 1 << 16

#: Every character is in one of the three, so the cuts lose nothing.
_CUTS = re.compile(r" ?\w+| ?[^\w\s]+|\s+")


class Tokenizer:
    """Byte pair encoding with a given list of merges.

    Parameters
    ----------
    merges : array_like of int, (merges, 2)
        The i-th (from 0) says which two tokens make the token 256 + i. The tokens 0 to 255 are the bytes.

    Attributes
    ----------
    pieces : list of bytes, what each token stands for

    Methods
    -------
    encode(text) : the tokens of a `str` (in UTF-8) or of `bytes`, an ndarray of int64
    decode(tokens) : their text, a `str`; bytes that are no UTF-8 (a token may be half a character) become "�"
    decode_bytes(tokens) : their bytes, without any loss

    Raises
    ------
    TypeError, ValueError
        If a merge is no pair of tokens that exist before it, comes twice or makes a token above 65,536 bytes; if what
        is encoded is neither `str` nor `bytes`, or has half a surrogate pair; if what is decoded is no sequence of
        tokens of this vocabulary.

    References
    ----------
    Sennrich, Haddow and Birch, "Neural Machine Translation of Rare Words with Subword Units", 2016.

    Examples
    --------
    >>> tokenizer = Tokenizer([(ord("a"), ord("n")), (256, 256)])
    >>> tokenizer.encode("banana")
    array([ 98, 257,  97])
    >>> tokenizer.pieces[257], tokenizer.decode([98, 257, 97])
    (b'anan', 'banana')
    """

    def __init__(self, merges):
        pairs = as_integers(merges, "merges")
        if pairs.size == 0:
            pairs = np.empty((0, 2), int)
        if pairs.ndim != 2 or pairs.shape[1] != 2:
            raise ValueError(
                f"merges have the shape {pairs.shape}: pairs of tokens, (merges, 2), are expected."
            )
        made = 256 + np.arange(len(pairs))[:, None]
        refuse(
            (pairs < 0) | (pairs >= made), pairs, "merges", "a merge joins two tokens that exist before it"
        )
        self._rank = {}
        self.pieces = [bytes([byte]) for byte in range(256)]
        for rank, (left, right) in enumerate(pairs.tolist()):
            if self._rank.setdefault((left, right), rank) != rank:
                raise ValueError(
                    f"merges[{rank}] is ({left}, {right}), as is merges[{self._rank[left, right]}]."
                )
            size = len(self.pieces[left]) + len(self.pieces[right])
            if size > _LONGEST:
                raise ValueError(f"merges[{rank}] makes a token of {size} bytes: {_LONGEST} are the most.")
            self.pieces.append(self.pieces[left] + self.pieces[right])
        self._known = {}

    def encode(self, text):
        """The tokens of a `str` or of `bytes`: ndarray of int64, (n,)."""
        if isinstance(text, str):
            try:
                text.encode()
            except UnicodeEncodeError as error:
                raise ValueError(
                    f"text[{error.start}] is half a surrogate pair, which has no bytes in UTF-8."
                ) from None
        elif isinstance(text, bytes):
            # Bytes that are no UTF-8 are cut as if each were a mark, and come back as they were.
            text = text.decode("utf-8", "surrogateescape")
        else:
            raise TypeError(f"text is of the type {type(text).__name__}: str or bytes are expected.")
        tokens = []
        for word in _CUTS.findall(text):
            if word not in self._known:
                self._known[word] = self._merge(list(word.encode("utf-8", "surrogateescape")))
            tokens += self._known[word]
        return np.array(tokens, np.int64)

    def _merge(self, tokens):
        """Join pairs, the one of the lowest rank first and its leftmost place first, until there is none to join."""
        size = len(tokens)
        # A word may be as long as a text: so the next pair comes from a heap, and neighbours are found by links.
        before, after = list(range(-1, size - 1)), list(range(1, size + 1))
        pairs = [(self._rank[pair], at) for at, pair in enumerate(pairwise(tokens)) if pair in self._rank]
        heapq.heapify(pairs)
        while pairs:
            rank, at = heapq.heappop(pairs)
            right = after[at]
            if right == size or self._rank.get((tokens[at], tokens[right])) != rank:
                continue  # joined to something else since
            tokens[at], tokens[right] = 256 + rank, None
            after[at] = right = after[right]
            if right < size:
                before[right] = at
            for one, other in ((before[at], at), (at, right)):
                if one >= 0 and other < size and (tokens[one], tokens[other]) in self._rank:
                    heapq.heappush(pairs, (self._rank[tokens[one], tokens[other]], one))
        return [token for token in tokens if token is not None]

    def decode(self, tokens):
        """The text of tokens: a `str`, with "�" for bytes that are no UTF-8."""
        return self.decode_bytes(tokens).decode("utf-8", "replace")

    def decode_bytes(self, tokens):
        """The bytes of tokens."""
        tokens = as_outcomes(tokens, len(self.pieces), "tokens")
        if tokens.ndim != 1:
            raise ValueError(f"tokens have the shape {tokens.shape}: one sequence is decoded at a time.")
        return b"".join([self.pieces[token] for token in tokens.tolist()])
