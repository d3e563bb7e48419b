"""A second implementation, position by position and term by term, in plain Python: what the tests compare with."""

import math
import struct
from pathlib import Path

import klbook

DATA = Path(__file__).parent / "data"
#: Where the files of llama.cpp and what it printed are, by their model; those of the chapter are in the package.
FOLDERS = {"austen": DATA, "moby": Path(klbook.__file__).parent / "figures" / "data"}


def float32(x):
    return struct.unpack("<f", struct.pack("<f", x))[0]


def read(path):
    """Context, vocabulary, tokens, and a list of rows of float32 log-probabilities for each window."""
    data = path.read_bytes()
    assert data[:8] == b"_logits_"
    n, vocabulary, windows = struct.unpack_from("<3i", data, 8)
    tokens = [struct.unpack_from(f"<{n}i", data, 20 + 4 * n * w) for w in range(windows)]
    at = 20 + 4 * n * windows
    rows = []
    for _ in range(windows):
        rows.append([])
        for _ in range(n - 1 - n // 2):
            scale, least = struct.unpack_from("<2f", data, at)
            codes = struct.unpack_from(f"<{vocabulary}H", data, at + 8)
            rows[-1].append([float32(float32(scale * c) + least) for c in codes])
            at += 8 + 2 * (vocabulary + vocabulary % 2)
    assert at == len(data)
    return n, vocabulary, tokens, rows


def plain_kl(p, q):
    return math.fsum(math.exp(a) * (a - b) for a, b in zip(p, q, strict=True) if a > -16)


def bregman(p, q):
    return math.fsum(math.exp(a) * (a - b) - math.exp(a) + math.exp(b) for a, b in zip(p, q, strict=True))


def positions(base, quant):
    """(window, place, token, ln p, ln q, plain, bregman, reverse bregman, same top) of each position."""
    n, _, tokens, ours = read(base)
    _, _, _, theirs = read(quant)
    for w, (left, right) in enumerate(zip(ours, theirs, strict=True)):
        for k, (p, q) in enumerate(zip(left, right, strict=True)):
            place = n // 2 + k + 1
            token = tokens[w][place]
            yield (
                w + 1, place, token, p[token], q[token], plain_kl(p, q), bregman(p, q), bregman(q, p),
                p.index(max(p)) == q.index(max(q)),
            )  # fmt: skip


def mean(values):
    return math.fsum(values) / len(values)


def standard_error(values):
    """Of a mean, as the tool: the spread over n, divided by n − 1."""
    m = mean(values)
    return math.sqrt(mean([(x - m) ** 2 for x in values]) / (len(values) - 1))


def share(values, fraction):
    """The value that a share of all lies below, interpolated between neighbours."""
    values = sorted(values)
    at = fraction * (len(values) - 1)
    low = math.floor(at)
    high = min(low + 1, len(values) - 1)
    return (1 - (at - low)) * values[low] + (at - low) * values[high]
