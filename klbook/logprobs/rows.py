"""Sums over the vocabulary, position by position: all that needs the rows of the files."""

from typing import NamedTuple

import numpy as np

from klbook.logprobs.format import ABOVE, FLOOR, decode

__all__ = ["Positions", "Quantised", "positions"]

#: Log-probabilities decoded at once, about: they stay in a processor's cache.
_BLOCK = 1 << 16
#: Positions in one piece of the stream.
_BATCH = 1 << 12
#: The tool leaves out tokens whose log-probability by the first model is at most this.
GATE = -16.0


class Quantised(NamedTuple):
    """What the rows of one quantised model give, an array for each over the positions."""

    log_prob: np.ndarray  # float32, of the token that came
    on_floor: np.ndarray  # whether that token stands on the floor
    top: np.ndarray  # the first of the likeliest tokens
    tied: np.ndarray  # whether there are several
    total: np.ndarray  # sum of the probabilities
    plain: np.ndarray  # Σ p·ln(p/q) over the tokens with ln p > −16, as the tool
    bregman: np.ndarray  # Σ p·ln(p/q) − p + q over all tokens
    reverse: np.ndarray  # Σ q·ln(q/p) − q + p over all tokens


class Positions(NamedTuple):
    """Some positions that follow each other: the base model's rows, and each quantised model's."""

    window: np.ndarray  # counted from 1
    place: np.ndarray  # of the token in its window, counted from 0
    token: np.ndarray
    log_prob: np.ndarray
    on_floor: np.ndarray
    top: np.ndarray
    tied: np.ndarray
    quants: tuple


class _Side:
    """One file: memory for a block of its rows, decoded, and what they give by themselves."""

    def __init__(self, file, rows):
        self.file = file
        self.padded = 0
        self._raw = file.memory(rows)
        self._decoded = np.empty((rows, file.n_vocab), np.float32)
        self._logs, self._probs = np.empty((2, rows, file.n_vocab))

    def read(self, first, targets):
        n = len(targets)
        scale, least, codes = self.file.rows(first, n, self._raw)
        self.padded += int(np.count_nonzero(self.file.padding(self._raw, n)))
        self.decoded = decoded = decode(codes, scale, least, out=self._decoded[:n])
        self.logs = self._logs[:n]
        np.copyto(self.logs, decoded)
        self.probs = np.exp(self.logs, out=self._probs[:n])
        self.total = np.einsum("ij->i", self.probs)
        each = np.arange(n)
        self.top = decoded.argmax(axis=1)
        highest = decoded[each, self.top]
        self.tied = _several(decoded == highest[:, None])
        self.log_prob = decoded[each, targets]
        cut = scale[:, 0] * np.float32(65535) > FLOOR - 0.01
        self.on_floor = cut & (codes[each, targets] == 0)
        self._check(first, highest, scale[:, 0].astype(float), least[:, 0], codes, cut)
        return self

    def _check(self, first, highest, scale, least, codes, cut):
        """Probabilities must sum to 1, as far as rounding to codes and the floor leave it."""
        slack = scale + 2e-5
        off = np.abs(self.total - 1) > slack
        above = highest > ABOVE
        if not (off | above).any():
            return
        self.file.refuse(
            above, first, lambda k: f"its log-probabilities are above 0 (up to {highest[k]:.3g})"
        )
        raised = np.count_nonzero(codes == 0, axis=1) * np.exp(least, dtype=float) * cut
        off = (self.total < 1 - slack) | (self.total > 1 + slack + raised)
        self.file.refuse(off, first, lambda k: f"its probabilities sum to {self.total[k]:.6f}, not to 1")


def positions(base, quants, first, last):
    """The positions of the windows `first` to `last` (counted from 1), in pieces: `Positions`, in order."""
    rows = max(1, min(_BLOCK // base.n_vocab, base.scored * (last - first + 1)))
    sides = [_Side(file, rows) for file in (base, *quants)]
    end = last * base.scored
    for begin in range((first - 1) * base.scored, end, _BATCH):
        at = np.arange(begin, min(end, begin + _BATCH))
        window, place = at // base.scored + 1, at % base.scored + base.first_scored
        token = base.tokens(window[0], window[-1])[window - window[0], place]
        blocks = [
            _block(sides, begin + k, targets)
            for k in range(0, len(at), rows)
            for targets in [token[k : k + rows]]
        ]
        ours, *theirs = (
            [np.concatenate(x) for x in zip(*side, strict=True)] for side in zip(*blocks, strict=True)
        )
        yield Positions(window, place, token, *ours, tuple(Quantised(*x) for x in theirs))
    for side in sides:
        side.file.padded = side.padded


def _block(sides, first, targets):
    """What a block of rows gives: a tuple of arrays for the base, and one for each quantised model."""
    p, *qs = (side.read(first, targets) for side in sides)
    gaps = [np.subtract(p.logs, q.logs, out=q.logs) for q in qs]  # in place: memory that is near is quick
    drifts = [p.total - q.total for q in qs]
    bregman = [_dots(p.probs, gap) - drift for gap, drift in zip(gaps, drifts, strict=True)]
    reverse = [drift - _dots(q.probs, gap) for q, gap, drift in zip(qs, gaps, drifts, strict=True)]
    gated = np.multiply(p.probs, p.decoded > GATE, out=p.probs)
    plain = [_dots(gated, gap) for gap in gaps]
    return [
        (p.log_prob, p.on_floor, p.top, p.tied),
        *((q.log_prob, q.on_floor, q.top, q.tied, q.total, *sums)
          for q, *sums in zip(qs, plain, bregman, reverse, strict=True)),
    ]  # fmt: skip


def _dots(x, y):
    """Row by row Σ x·y. Not by BLAS: its threads wait for each other longer than they work where others work, too."""
    return np.einsum("ij,ij->i", x, y)


def _several(marks):
    """In which rows more than one is marked, where each has one at least."""
    if np.count_nonzero(marks) == len(marks):  # mostly, and quicker than row by row
        return np.zeros(len(marks), bool)
    return np.count_nonzero(marks, axis=1) > 1
