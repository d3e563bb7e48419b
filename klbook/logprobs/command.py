"""The function and the command: two or three files in, every statistic out."""

import argparse
import json
import os
import sys
import time
from contextlib import ExitStack, contextmanager

from klbook.logprobs.format import LogprobsError
from klbook.logprobs.report import as_json, report
from klbook.logprobs.statistics import compare_files
from klbook.logprobs.together import open_files

__all__ = ["compare", "main"]

_WHAT = """\
Compare log-probability files that llama.cpp's llama-perplexity --kl-divergence-base wrote: all statistics of its
--kl-divergence, without running a model, and errors by window, both directions, and which of two quantised models
is nearer to the base.
"""

#: The first columns of a table of tokens.
_BEGINS = b"window,position,token"
_EXAMPLE = """
example:
  llama-perplexity -m model-f16.gguf    -f wiki.test.raw --kl-divergence-base f16.kld
  llama-perplexity -m model-Q4_K_M.gguf -f wiki.test.raw --kl-divergence-base Q4_K_M.kld
  llama-perplexity -m model-Q5_K_M.gguf -f wiki.test.raw --kl-divergence-base Q5_K_M.kld
  python -m klbook.logprobs f16.kld Q4_K_M.kld Q5_K_M.kld --tokens tokens.csv

Windows count from 1, as in the tool's table; the tokens of a window count from 0. The exit status is 0, or 2 with one
sentence if a file cannot be used.
"""


def compare(base, quant, quant2=None, *, windows=None, tokens=None, progress=None):
    """Compare one or two quantised models with their base, from llama.cpp's log-probability files.

    The files are read once, in pieces, with at most 300 MB of memory, whatever their size.

    Parameters
    ----------
    base, quant, quant2 : paths
        Files that ``llama-perplexity --kl-divergence-base`` wrote on the same text with the same context: of the base
        model P, of a quantised model Q, and optionally of another one.
    windows : (int or None, int or None), optional
        The first and the last window to read, counted from 1. With it, the files may have different numbers of windows.
    tokens : path, optional
        A CSV file to write, with a line for each position: its window, its place there (from 0), the token that came,
        its log-probabilities, and the divergences of the position. It appears when it is complete.
    progress : callable, optional
        Called with the number of positions done and the number in all.

    Returns
    -------
    Comparison
        All divergences are in nats; what the tool prints in percent is in percent.

    Raises
    ------
    LogprobsError
        With a sentence that says which file cannot be used, what is wrong and where: it is not such a file, truncated,
        damaged, on other tokens, of another vocabulary or context, or has not the windows that are asked for.
    OSError
        If `tokens` cannot be written.

    Examples
    --------
    >>> import os, tempfile
    >>> import numpy as np
    >>> from klbook.logprobs import write_logprobs
    >>> with tempfile.TemporaryDirectory() as folder:
    ...     base, quant = (os.path.join(folder, name) for name in ("base.kld", "quant.kld"))
    ...     write_logprobs(base, [[0, 1, 1, 0]], [np.log([[0.5, 0.5]])])
    ...     write_logprobs(quant, [[0, 1, 1, 0]], [np.log([[0.25, 0.75]])])
    ...     found = compare(base, quant)
    >>> print(round(found.quants[0].divergences["bregman"].mean.value, 4))  # ½ ln 2 + ½ ln ⅔
    0.1438
    """
    paths = [base, quant] if quant2 is None else [base, quant, quant2]
    with ExitStack() as stack:
        first, *others = files = open_files(paths)
        for file in files:
            stack.enter_context(file)
        each = None if tokens is None else stack.enter_context(_table(tokens, paths))
        return compare_files(first, others, windows, each, progress)


@contextmanager
def _table(path, inputs):
    """A function that writes positions to a CSV file, which takes its place only if nothing was raised meanwhile."""
    path = os.fspath(path)
    if not os.path.basename(path):
        raise LogprobsError("--tokens needs the name of a file, as tokens.csv.")
    if os.path.lexists(path):
        # What a link leads to is not ours to replace, nor is the link.
        if os.path.islink(path) or not os.path.isfile(path):
            raise LogprobsError(f"{path} is no ordinary file: the table of tokens would not replace it.")
        for other in inputs:
            if os.path.samefile(path, other):
                raise LogprobsError(
                    f"{path} is one of the files that are read: the table of tokens would replace it."
                )
        with open(path, "rb") as file:
            if file.read(len(_BEGINS)) not in (b"", _BEGINS):
                raise LogprobsError(f"{path} is no table of tokens and would be lost: name another file.")
    beside = f"{path}.{os.getpid()}.part"
    many = len(inputs) > 2
    try:
        with open(beside, "x", encoding="ascii", newline="") as file:
            names = [_BEGINS.decode(), "ln_p_base"]
            for k in range(1, len(inputs)):
                names += [f"{name}_{k}" if many else name for name in ("ln_q", "kl_tool", "kl", "kl_reverse")]
            file.write(",".join(names) + "\n")

            def each(piece):
                columns = [piece.window, piece.place, piece.token, piece.log_prob]
                for q in piece.quants:
                    columns += [q.log_prob, q.plain, q.bregman, q.reverse]
                line = "%d,%d,%d,%.7g" + ",%.7g,%.9g,%.9g,%.9g" * len(piece.quants) + "\n"
                file.writelines(line % row for row in zip(*(c.tolist() for c in columns), strict=True))

            yield each
        os.replace(beside, path)
    except OSError as error:
        if error.filename == beside:
            error.filename = path  # the name that was asked for
        raise
    finally:
        if os.path.exists(beside):
            os.unlink(beside)


class _Progress:
    """How far it is, on standard error: after two seconds, and not too often."""

    def __init__(self):
        self.begin = self.last = time.monotonic()
        self.shown = False
        self.wait = 0.5 if sys.stderr.isatty() else 20

    def __call__(self, done, in_all):
        now = time.monotonic()
        if now - self.begin < 2 or (self.shown and now - self.last < self.wait and done < in_all):
            return
        left = (now - self.begin) * (in_all - done) / done
        end = "\r" if sys.stderr.isatty() else "\n"
        print(f"{done:,} of {in_all:,} positions, {left:.0f} s left   ", end=end, file=sys.stderr, flush=True)
        self.last, self.shown = now, True

    def close(self):
        if self.shown and sys.stderr.isatty():
            print(" " * 60, end="\r", file=sys.stderr, flush=True)


def _windows(text):
    """``10:50``, ``10:``, ``:50`` or ``10``."""
    first, colon, last = text.partition(":")
    numbers = [int(x) if x else None for x in (first, last if colon else first)]
    if any(x is not None and x < 1 for x in numbers) or numbers == [None, None]:
        raise ValueError
    return tuple(numbers)


_windows.__name__ = "range of windows, such as 10:50,"


def main(arguments=None):
    """The command; returns its exit status."""
    parser = argparse.ArgumentParser(
        prog="python -m klbook.logprobs",
        description=_WHAT,
        epilog=_EXAMPLE,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("base", metavar="BASE", help="file of the base model")
    parser.add_argument("quant", metavar="QUANT", help="file of a quantised model, on the same text")
    parser.add_argument(
        "quant2", metavar="QUANT2", nargs="?", help="file of another one, to be compared with the first"
    )
    parser.add_argument(
        "--windows",
        metavar="10:50",
        type=_windows,
        help="only these windows, the first and the last included",
    )
    parser.add_argument(
        "--tokens", metavar="FILE.csv", help="write the divergences of each position to a table"
    )
    parser.add_argument("--json", action="store_true", help="print JSON instead of tables")
    parser.add_argument("--brief", action="store_true", help="leave out the tool's line for each window")
    options = parser.parse_args(arguments)
    progress = _Progress()
    try:
        found = compare(
            options.base, options.quant, options.quant2,
            windows=options.windows, tokens=options.tokens, progress=progress,
        )  # fmt: skip
        progress.close()
        if hasattr(sys.stdout, "reconfigure"):
            sys.stdout.reconfigure(errors="backslashreplace")
        if options.json:
            json.dump(as_json(found), sys.stdout, ensure_ascii=False, allow_nan=False, indent=1)
            print()
        else:
            for line in report(found, options.brief):
                print(line)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (LogprobsError, OSError) as error:
        progress.close()
        print(_sentence(error), file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("\nInterrupted.", file=sys.stderr)
        return 130
    return 0


def _sentence(error):
    if isinstance(error, LogprobsError):
        return str(error)
    return f"{error.filename or 'The output'} cannot be written: {error.strerror or error}."
