"""The format of llama.cpp's log-probability files, as ``--kl-divergence-base`` writes and reads them.

Little-endian, without a version:

| bytes | what |
|---|---|
| 8 | ``_logits_`` |
| 3 × 4 | int32: length of a window n, size of the vocabulary V, number of windows w |
| 4·n·w | int32: the tokens of all windows |
| the rest | for each window n − 1 − ⌊n/2⌋ rows of 16-bit numbers, one row for each scored position |

Scored are the tokens ⌊n/2⌋ + 1 to n − 1 of a window (counted from 0), each given all before it. A row is a scale and
the least log-probability (each a float32 in the space of two numbers) and V codes, with one more if V is odd; the
log-probability of token i is ``scale × code[i] + least``, in nats and in float32. What lies more than 16 nats below
the top of its row has the code 0: it stands on the floor.
"""

import os
import stat
import struct
from pathlib import Path

import numpy as np

__all__ = ["FLOOR", "LogprobFile", "LogprobsError", "decode", "encode", "write_logprobs"]

MAGIC = b"_logits_"
HEADER = 20
#: How far below the top of its row llama.cpp stores log-probabilities, in nats.
FLOOR = 16.0
#: More than any tokenizer has: a row of such a vocabulary still fits into the memory that is allowed.
LARGEST_VOCABULARY = 1 << 20
#: More than any model reads at once; the tokens of such a window fit, too.
LONGEST_WINDOW = 1 << 24
#: What rows of sound files may span, in nats. A branch of llama.cpp stores 24.
WIDEST = 32.0
#: Rounding may put a log-probability as much above 0, in nats.
ABOVE = 1e-5


class LogprobsError(ValueError):
    """A file that cannot be used, with a sentence that says which, what is wrong, and where."""


class LogprobFile:
    """A log-probability file of llama.cpp, open for reading; its header and its size are checked.

    Parameters
    ----------
    path : path of an ordinary file

    Attributes
    ----------
    name : str, the path as it was given
    n_ctx, n_vocab, n_windows : int, tokens in a window, size of the vocabulary, number of windows
    scored : int, scored positions in a window
    first_scored : int, the first token of a window (counted from 0) that is scored

    Raises
    ------
    LogprobsError
        If it cannot be read, is no such file, has counts that cannot be, or more or fewer bytes than its header says.

    Examples
    --------
    >>> import os, tempfile
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     path = os.path.join(folder, "tiny.kld")
    ...     write_logprobs(path, [[0, 1, 2, 1]], [[[0.0, 1.0, 2.0]]])
    ...     with LogprobFile(path) as file:
    ...         print(file.n_ctx, file.n_vocab, file.n_windows, file.log_probs(1).round(3))
    4 3 1 [[-2.408 -1.408 -0.408]]
    """

    def __init__(self, path):
        self.name = os.fspath(path)
        self._file = None
        try:
            mode = os.stat(path).st_mode
            if not stat.S_ISREG(mode):
                raise LogprobsError(f"{self.name} is {_kind(mode)}: an ordinary file is needed.")
            self._file = open(path, "rb", buffering=0)  # noqa: SIM115 (closed by `close`)
            self._check_header()
        except (OSError, ValueError) as error:
            self.close()
            if isinstance(error, LogprobsError):
                raise
            reason = getattr(error, "strerror", None) or str(error)
            raise LogprobsError(f"{self.name} cannot be read: {reason}.") from error

    def _check_header(self):
        head = self._file.read(HEADER)
        if head[:8] != MAGIC[: max(1, len(head))]:
            what = "it is empty" if not head else "it does not begin with _logits_"
            raise LogprobsError(f"{self.name} is not a log-probability file of llama.cpp: {what}.")
        if len(head) < HEADER:
            raise LogprobsError(
                f"{self.name} is truncated: it ends after {len(head)} of {HEADER} bytes of header."
            )
        self.n_ctx, self.n_vocab, self.n_windows = struct.unpack("<3i", head[8:])
        for what, count, least, most in (
            ("tokens in a window", self.n_ctx, 3, LONGEST_WINDOW),
            ("tokens in the vocabulary", self.n_vocab, 2, LARGEST_VOCABULARY),
            ("windows", self.n_windows, 1, None),
        ):
            if count < least or (most and count > most):
                bound = f"at least {least}" if count < least else f"at most {most:,}"
                raise LogprobsError(f"{self.name}: its header says {count:,} {what}, and {bound} can be.")
        self.scored = self.n_ctx - 1 - self.n_ctx // 2
        self.first_scored = self.n_ctx // 2 + 1
        self._width = 2 * ((self.n_vocab + 1) // 2) + 4
        self._rows_at = HEADER + 4 * self.n_ctx * self.n_windows
        self._check_size(os.fstat(self._file.fileno()).st_size)

    def _check_size(self, size):
        window = 2 * self._width * self.scored
        promised = self._rows_at + window * self.n_windows
        says = f"its header promises {_windows(self.n_windows)}, {promised:,} bytes"
        if size < promised:
            inside = (size - self._rows_at) // window
            where = "before its first token" if size == HEADER else "inside its tokens"
            if inside >= 0:
                where = f"in window {inside + 1}"
            raise LogprobsError(
                f"{self.name} is truncated: {says}, and it ends {where} with {_bytes(promised - size)} missing."
            )
        if size > promised:
            raise LogprobsError(
                f"{self.name} has {_bytes(size - promised)} behind its end: {says}, and it has {size:,}."
            )

    def close(self):
        if self._file is not None:
            self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def is_same_as(self, other):
        """Whether both are one file, by whatever names."""
        return os.path.sameopenfile(self._file.fileno(), other._file.fileno())

    def tokens(self, first, last=None):
        """Tokens of the windows `first` to `last` (counted from 1, both included): int32, one row for each."""
        last = first if last is None else last
        found = np.empty((last - first + 1, self.n_ctx), "<i4")
        self._fill(found, HEADER + 4 * self.n_ctx * (first - 1))
        return found

    def rows(self, first, count, into=None):
        """Scale and least log-probability (float32), and codes (uint16), of `count` rows from `first` (from 0).

        Rows are counted through all windows. `into` may be memory for them, which the next call overwrites.
        """
        size = count * self._width
        into = np.empty(size, "<u2") if into is None else into[:size]
        self._fill(into, self._rows_at + 2 * self._width * first)
        into = into.reshape(count, self._width)
        heads = into[:, :4].copy().view("<f4")
        scale, least = heads[:, :1], heads[:, 1:]
        self._check_heads(scale[:, 0], least[:, 0], first)
        return scale, least, into[:, 4 : 4 + self.n_vocab]

    def memory(self, count):
        """Memory that `rows` can fill with up to `count` rows again and again."""
        return np.empty(count * self._width, "<u2")

    def padding(self, into, count):
        """The codes behind the vocabulary in what `rows` has filled: none, or one in each row."""
        return into[: count * self._width].reshape(count, self._width)[:, 4 + self.n_vocab :]

    def log_probs(self, window):
        """Log-probabilities (nats, float32) of one window, counted from 1: a row for each scored position.

        All rows are decoded at once: with a large vocabulary that is much memory, and `klbook.logprobs.compare`, which
        reads in small pieces, is what you want.
        """
        if not 1 <= window <= self.n_windows:
            raise LogprobsError(
                f"{self.name} has the windows 1 to {self.n_windows:,}, and no window {window:,}."
            )
        scale, least, codes = self.rows((window - 1) * self.scored, self.scored)
        return decode(codes, scale, least)

    def place(self, row):
        """Where a row is, in words: the window counts from 1, as the tool's, and the token from 0."""
        window, at = divmod(int(row), self.scored)
        return f"token {at + self.first_scored:,} of window {window + 1:,}"

    def refuse(self, bad, first, says):
        """Raise, if any of some rows from `first` on is bad, with what is said of the first of them."""
        if bad.any():
            row = int(np.argmax(bad))
            raise LogprobsError(f"{self.name} is damaged at {self.place(first + row)}: {says(row)}.")

    def _check_heads(self, scale, least, first):
        high, low, wide = least > ABOVE, least < -3 * WIDEST, scale > WIDEST / 65535
        unknown = ~(np.isfinite(scale) & np.isfinite(least))
        if not (unknown | (scale < 0) | wide | high | low).any():
            return
        self.refuse(
            unknown,
            first,
            lambda k: f"its scale is {scale[k]:.6g} and its least log-probability {least[k]:.6g}",
        )
        self.refuse(scale < 0, first, lambda k: f"its scale is below 0 ({scale[k]})")
        self.refuse(
            wide, first, lambda k: f"its log-probabilities span {float(scale[k]) * 65535:.3g} nats, not 16"
        )
        self.refuse(high, first, lambda k: f"its log-probabilities are above 0 (from {least[k]:.3g} on)")
        self.refuse(
            low, first, lambda k: f"its least log-probability is {least[k]:.3g}, too low for a sum of 1"
        )

    def _fill(self, array, offset):
        view = memoryview(array).cast("B")
        try:
            self._file.seek(offset)
            done = 0
            while done < len(view):
                got = self._file.readinto(view[done:])
                if not got:
                    raise LogprobsError(f"{self.name} has become shorter while it was read.")
                done += got
        except OSError as error:
            raise LogprobsError(f"{self.name} cannot be read: {error.strerror}.") from error


def decode(codes, scale, least, out=None):
    """Log-probabilities of codes, in the tool's arithmetic: float32, product and sum each rounded.

    Parameters
    ----------
    codes : ndarray of uint16, (…, V)
    scale, least : ndarray of float32, (…, 1): what one code more adds, and what code 0 means, in nats
    out : ndarray of float32, (…, V), optional: memory for the answer

    Returns
    -------
    ndarray of float32, (…, V), in nats

    Examples
    --------
    >>> decode(np.array([0, 65535], np.uint16), np.float32(16 / 65535), np.float32(-17))
    array([-17.,  -1.], dtype=float32)
    """
    out = np.multiply(codes, scale, out=out, dtype=np.float32)
    return np.add(out, least, out=out)


def encode(logits):
    """Rows of a file, as llama.cpp makes them of logits.

    Parameters
    ----------
    logits : array_like, (…, V), logarithms of probabilities in nats, up to a constant for each row

    Returns
    -------
    ndarray of uint16, (…, 2⌈V/2⌉ + 4): scale, least log-probability, codes

    Examples
    --------
    >>> encode([[0.0, 1.0, 2.0]])[0, 4:]
    array([    0, 32768, 65535,     0], dtype=uint16)
    """
    logits = np.asarray(logits, np.float32)
    top = logits.max(-1, keepdims=True)
    low = np.maximum(logits.min(-1, keepdims=True), top - np.float32(FLOOR))
    log_sum = np.log(np.exp(logits - top).sum(-1, keepdims=True, dtype=float)).astype(np.float32)
    scale = (top - low) / np.float32(65535)
    inverse = np.divide(1, scale, out=np.zeros_like(scale), where=scale > 0)
    rows = np.zeros((*logits.shape[:-1], 2 * ((logits.shape[-1] + 1) // 2) + 4), "<u2")
    rows[..., :4] = np.concatenate([scale, low - top - log_sum], axis=-1).astype("<f4").view("<u2")
    rows[..., 4 : 4 + logits.shape[-1]] = np.rint(inverse * np.maximum(logits - low, 0))
    return rows


def write_logprobs(path, tokens, logits):
    """Write a file as ``llama-perplexity --kl-divergence-base`` does.

    Parameters
    ----------
    path : path of the file; what is there is replaced when the new one is complete
    tokens : array_like of int, (windows, n)
    logits : iterable with one array for each window, (n − 1 − ⌊n/2⌋, V)
        Logits or log-probabilities (nats) after each of the tokens ⌊n/2⌋ to n − 2 of the window, counted from 0.

    Raises
    ------
    ValueError
        If the windows are fewer or more than the tokens have, or their shapes differ from what was said.
    """
    tokens = np.asarray(tokens, "<i4")
    windows, n = tokens.shape
    beside = Path(f"{os.fspath(path)}.part")
    try:
        with open(beside, "wb") as file:
            vocabulary = None
            for rows in (np.asarray(x, np.float32) for x in logits):
                if vocabulary is None:
                    vocabulary = rows.shape[-1]
                    file.write(MAGIC + struct.pack("<3i", n, vocabulary, windows) + tokens.tobytes())
                if rows.shape != (n - 1 - n // 2, vocabulary):
                    raise ValueError(
                        f"logits have the shape {rows.shape}, not {(n - 1 - n // 2, vocabulary)}."
                    )
                file.write(encode(rows).tobytes())
                windows -= 1
            if windows:
                raise ValueError(
                    f"logits have {len(tokens) - windows} windows, not {len(tokens)} as the tokens."
                )
        os.replace(beside, path)
    finally:
        beside.unlink(missing_ok=True)


def _kind(mode):
    kinds = ((stat.S_ISDIR, "a folder"), (stat.S_ISFIFO, "a pipe"), (stat.S_ISSOCK, "a socket"))
    return next((name for test, name in kinds if test(mode)), "a device")


def _windows(count):
    return "1 window" if count == 1 else f"{count:,} windows"


def _bytes(count):
    return "1 byte" if count == 1 else f"{count:,} bytes"
