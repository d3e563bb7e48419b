"""Do the files belong together: the same vocabulary, context and tokens?"""

import numpy as np

from klbook.logprobs.format import LogprobFile, LogprobsError

__all__ = ["check_alike", "check_tokens", "common_windows", "notes_on_same_files", "open_files"]

#: Sums are kept for each window; more windows than this at once would not fit into the memory that is allowed.
MOST_WINDOWS = 100_000
#: Tokens that are compared at once.
_TOKENS = 1 << 20


def open_files(paths):
    """All files, or an error and none of them left open."""
    files = []
    try:
        for path in paths:
            files.append(LogprobFile(path))
    except BaseException:
        for file in files:
            file.close()
        raise
    return files


def notes_on_same_files(base, quants):
    """A sentence for each two files that are one."""
    notes = []
    files = (base, *quants)
    for k, one in enumerate(files):
        for other in files[k + 1 :]:
            if one.is_same_as(other):
                notes.append(f"{one.name} and {other.name} are the same file: their divergence is 0.")
    return notes


def check_alike(base, file):
    """Refuse a file of another vocabulary or context than the base's."""
    for what, ours, theirs in (
        ("vocabulary", base.n_vocab, file.n_vocab),
        ("context", base.n_ctx, file.n_ctx),
    ):
        if ours != theirs:
            raise LogprobsError(
                f"{file.name} has another {what} than {base.name}: {theirs:,} tokens, not {ours:,}."
            )


def common_windows(base, quants, windows):
    """The first and the last window to read: those that are asked for, if all files have them."""
    if windows is None:
        for file in quants:
            if file.n_windows != base.n_windows:
                raise LogprobsError(
                    f"{file.name} has another number of windows than {base.name}: {file.n_windows:,}, not "
                    f"{base.n_windows:,}; take 1:{min(file.n_windows, base.n_windows)}, which both have."
                )
    first, last = windows or (None, None)
    asked = ":".join("" if x is None else f"{x:,}" for x in (first, last))
    first = 1 if first is None else first
    last = min(file.n_windows for file in (base, *quants)) if last is None else last
    for file in (base, *quants):
        if not 1 <= first <= last <= file.n_windows:
            raise LogprobsError(
                f"{file.name} has the windows 1 to {file.n_windows:,}, and {asked} is no part of them."
            )
    if last - first >= MOST_WINDOWS:
        raise LogprobsError(
            f"{base.name}: {last - first + 1:,} windows are more than the {MOST_WINDOWS:,} that are read at once; "
            f"take a part, such as {first}:{first + MOST_WINDOWS - 1}."
        )
    return first, last


def check_tokens(file, base, first, last):
    """Refuse a file whose tokens are no tokens, or are others than the base's."""
    step = max(1, _TOKENS // file.n_ctx)
    for window in range(first, last + 1, step):
        part = window, min(last, window + step - 1)
        tokens = file.tokens(*part)
        unknown = (tokens < 0) | (tokens >= file.n_vocab)
        _refuse(unknown, tokens, window, file, f"is none of a vocabulary of {file.n_vocab:,}")
        _refuse(tokens != base.tokens(*part), tokens, window, file, f"is another than in {base.name}")


def _refuse(bad, tokens, first, file, says):
    if bad.any():
        window, at = np.argwhere(bad)[0]
        raise LogprobsError(
            f"{file.name}: token {at:,} of window {first + window:,}, {tokens[window, at]}, {says}."
        )
