"""Values in order, for any number of them in little memory."""

import tempfile

import numpy as np

__all__ = ["Ordered"]

_PIECE = 1 << 18


class Ordered:
    """Float32 values, none of them NaN, that can be asked which is the k-th smallest.

    They go to a temporary file once they are many. The k-th is found by its 32 bits in order of size: first the upper
    half (counted while values arrive), then the lower half (one more reading).
    """

    def __init__(self):
        self._file = tempfile.SpooledTemporaryFile(max_size=1 << 24)  # noqa: SIM115 (closed by `with`)
        self._upper = np.zeros(1 << 16, np.int64)

    def __len__(self):
        return int(self._upper.sum())

    def append(self, values):
        """Add values."""
        for piece in np.array_split(values, -(-len(values) // _PIECE)):
            keys = _keys(piece)
            self._upper += np.bincount(keys >> 16, minlength=1 << 16)
            self._file.write(keys.tobytes())

    def at(self, ranks):
        """The values at `ranks` (counted from 0) of all values in order."""
        ranks = np.asarray(ranks)
        ends = np.cumsum(self._upper)
        upper = np.searchsorted(ends, ranks, side="right")
        wanted = np.unique(upper)
        slot = np.full(1 << 16, -1)
        slot[wanted] = np.arange(len(wanted))
        lower = np.zeros((len(wanted), 1 << 16), np.int64)
        self._file.seek(0)
        while piece := self._file.read(4 * _PIECE):
            keys = np.frombuffer(piece, np.uint32)
            slots = slot[keys >> 16]
            for k in range(len(wanted)):
                lower[k] += np.bincount(keys[slots == k] & 0xFFFF, minlength=1 << 16)
        self._file.seek(0, 2)
        before = ranks - (ends - self._upper)[upper]
        ends = np.cumsum(lower, axis=1)
        keys = [
            (int(u) << 16) | int(np.searchsorted(ends[slot[u]], b, side="right"))
            for u, b in zip(upper, before, strict=True)
        ]
        return _values(np.array(keys, np.uint32))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._file.close()


def _keys(values):
    """Unsigned numbers in the order of the values."""
    bits = np.ascontiguousarray(values, np.float32).view(np.uint32)
    return np.where(bits >> 31, ~bits, bits | 0x8000_0000)


def _values(keys):
    return np.where(keys >> 31, keys & 0x7FFF_FFFF, ~keys).astype(np.uint32).view(np.float32)
