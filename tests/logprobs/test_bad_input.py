"""Files that cannot be used: one sentence for each, and no wrong number; two thousand damages at random."""

import errno
import json
import os
import shutil
import struct
import tracemalloc

import numpy as np
import pytest

from klbook.logprobs import LogprobsError, compare, format, write_logprobs
from klbook.logprobs.command import main

ROW = 2 * (258 + 4)
TOKENS, ROWS = 20, 20 + 4 * 128 * 2


def at(data, offset, new):
    return data[:offset] + new + data[offset + len(new) :]


def int32(x):
    return struct.pack("<i", x)


def row10(offset):
    return ROWS + 10 * ROW + offset


def scale(data, value):
    """In the row of token 75 of window 1."""
    return at(data, row10(0), struct.pack("<f", value))


def least(data, value):
    return at(data, row10(4), struct.pack("<f", value))


#: name -> (damage to a file of two windows, the sentence about it)
DAMAGES = {
    "empty": (lambda d: b"", "is not a log-probability file of llama.cpp: it is empty"),
    "magic": (lambda d: at(d, 6, b"z"), "is not a log-probability file of llama.cpp: it does not begin with _logits_"),
    "short magic": (lambda d: d[:5], "is truncated: it ends after 5 of 20 bytes of header"),
    "header of 12 bytes": (lambda d: d[:12], "is truncated: it ends after 12 of 20 bytes of header"),
    "header only": (lambda d: d[:20], "is truncated: .* it ends before its first token"),
    "cut in the tokens": (lambda d: d[:500], "is truncated: .* it ends inside its tokens with 66,568 bytes missing"),
    "one byte less": (lambda d: d[:-1], "is truncated: .* it ends in window 2 with 1 byte missing"),
    "last row missing": (lambda d: d[:-ROW], "is truncated: .* it ends in window 2 with 524 bytes missing"),
    "cut in the first window": (lambda d: d[: ROWS + 9], "is truncated: .* it ends in window 1 with"),
    "bytes behind": (lambda d: d + b"x" * 99, "has 99 bytes behind its end"),
    "windows -1": (lambda d: at(d, 16, int32(-1)), "its header says -1 windows, and at least 1"),
    "windows 0": (lambda d: at(d, 16, int32(0)), "its header says 0 windows, and at least 1"),
    "windows 1": (lambda d: at(d, 16, int32(1)), "has 33,524 bytes behind its end: its header promises 1 window,"),
    "windows 3": (lambda d: at(d, 16, int32(3)), "is truncated: its header promises 3 windows, 100,592 bytes"),
    "context -5": (lambda d: at(d, 8, int32(-5)), "its header says -5 tokens in a window, and at least 3"),
    "context 0": (lambda d: at(d, 8, int32(0)), "its header says 0 tokens in a window, and at least 3"),
    "context 64": (lambda d: at(d, 8, int32(64)), "has 34,048 bytes behind its end"),
    "context 1e9": (lambda d: at(d, 8, int32(10**9)), "1,000,000,000 tokens in a window, and at most 16,777,216"),
    "context 1e7": (lambda d: at(d, 8, int32(10**7)), "is truncated: .* inside its tokens"),
    "vocabulary 0": (lambda d: at(d, 12, int32(0)), "its header says 0 tokens in the vocabulary, and at least 2"),
    "vocabulary 1e9": (lambda d: at(d, 12, int32(10**9)), "1,000,000,000 tokens in the voc.*, and at most 1,048,576"),
    "vocabulary 256": (lambda d: at(d, 12, int32(256)), "has 504 bytes behind its end"),
    "token -5": (lambda d: at(d, TOKENS + 4 * 70, int32(-5)), "token 70 of window 1, -5, is none of a voc.* of 257"),
    "token 300": (lambda d: at(d, TOKENS + 4 * 198, int32(300)), "token 70 of window 2, 300, is none of a vocab"),
    "other token": (lambda d: at(d, TOKENS + 4 * 9, int32(1)), "token 9 of window 1, 1, is another than in "),
    "scale NaN": (lambda d: scale(d, np.nan), "token 75 of window 1: its scale is nan"),
    "scale infinite": (lambda d: scale(d, np.inf), "token 75 of window 1: its scale is inf"),
    "scale negative": (lambda d: scale(d, -1), "its scale is below 0"),
    "scale huge": (lambda d: scale(d, 1e30), "its log-probabilities span 6.55e.34 nats"),
    "least NaN": (lambda d: least(d, np.nan), "least log-probability nan"),
    "least 5": (lambda d: least(d, 5), "token 75 of window 1: its log-probabilities are above 0"),
    "least -1e30": (lambda d: least(d, -1e30), "its least log-probability is -1e.30, too low"),
    "least a little higher": (lambda d: least(d, -15.9), "above 0|its probabilities sum to 1"),
    "code": (lambda d: at(d, row10(8 + 2 * 200), b"\xff\xff"), "token 75 of window 1: its probabilities sum to 1.9"),
    "last row": (lambda d: at(d, len(d) - ROW + 4, struct.pack("<f", -40)), "token 127 of window 2: its .* sum to 0"),
}  # fmt: skip


def run(capsys, *arguments):
    """Exit status, and what was printed on both outputs."""
    status = main([str(x) for x in arguments])
    return status, *capsys.readouterr()


@pytest.mark.parametrize("name", DAMAGES)
@pytest.mark.parametrize("place", ["base", "quant", "quant2"])
def test_a_damaged_file_has_its_sentence(small, tmp_path, capsys, name, place):
    damage, sentence = DAMAGES[name]
    if (name, place) == ("other token", "base"):
        sentence = (
            "token 9 of window 1, .* is another than in .*base"  # the quantised file is the other one then
        )
    paths = {}
    for model, which in (("F32", "base"), ("Q4_K_M", "quant"), ("Q2_K", "quant2")):
        paths[which] = tmp_path / f"{which}.kld"
        data = small(model)
        paths[which].write_bytes(damage(data) if which == place else data)
    status, out, err = run(capsys, *paths.values(), "--tokens", tmp_path / "t.csv")
    assert (status, out) == (2, "")
    assert err.count("\n") == 1 and err.endswith(".\n")
    assert str(paths[place]) in err
    with pytest.raises(LogprobsError, match=sentence):
        compare(*paths.values())
    assert sorted(p.name for p in tmp_path.iterdir()) == ["base.kld", "quant.kld", "quant2.kld"]


def test_padding_that_is_not_0_is_noted_and_changes_nothing(small, tmp_path, capsys):
    padded = at(small("Q2_K"), row10(ROW - 2), b"\7\7")
    for name, data in (("p", small("F32")), ("q", small("Q2_K")), ("r", padded)):
        (tmp_path / f"{name}.kld").write_bytes(data)
    whole, odd = (compare(tmp_path / "p.kld", tmp_path / f"{name}.kld") for name in "qr")
    assert odd.quants[0].divergences == whole.quants[0].divergences
    assert not whole.notes
    assert run(capsys, tmp_path / "p.kld", tmp_path / "r.kld")[0] == 0
    assert "1 padding code that is not 0" in odd.notes[0]


def test_files_that_do_not_belong_together(llama, tmp_path):
    random = np.random.default_rng(0)
    for name, windows, n, vocabulary in (("a", 2, 8, 5), ("b", 2, 8, 6), ("c", 2, 10, 5), ("d", 3, 8, 5)):
        tokens = np.zeros((windows, n), int)
        write_logprobs(tmp_path / name, tokens, random.normal(size=(windows, n - 1 - n // 2, vocabulary)))
    sentences = {
        "b": "b has another vocabulary than .*a: 6 tokens, not 5",
        "c": "c has another context than .*a: 10 tokens, not 8",
        "d": "d has another number of windows than .*a: 3, not 2; take 1:2, which both have",
    }
    for name, sentence in sentences.items():
        with pytest.raises(LogprobsError, match=sentence):
            compare(tmp_path / "a", tmp_path / name)
    assert compare(tmp_path / "a", tmp_path / "d", windows=(1, 2)).positions == 6
    with pytest.raises(LogprobsError, match=r"a has the windows 1 to 2, and 2:3 is no part"):
        compare(tmp_path / "a", tmp_path / "d", windows=(2, 3))
    for windows in ((2, 1), (0, 1), (-1, 2)):
        with pytest.raises(LogprobsError, match="is no part"):
            compare(tmp_path / "a", tmp_path / "a", windows=windows)


def test_the_same_file_twice_is_a_note(llama, capsys, tmp_path):
    status, out, _ = run(capsys, llama("moby-f16"), llama("moby-f16"))
    assert status == 0 and "are the same file: their divergence is 0" in " ".join(out.split())
    shutil.copy(llama("moby-f16"), tmp_path / "copy.kld")
    found = compare(llama("moby-f16"), tmp_path / "copy.kld")
    assert not found.notes
    for divergence in found.quants[0].divergences.values():
        assert divergence.mean.value == divergence.most == divergence.least == 0
    _, out, _ = run(capsys, llama("moby-f16"), tmp_path / "copy.kld")
    assert "to the last bit" in out and "nan" not in out


def refusing(forbidden):
    def opened(path, *arguments, **options):
        if os.fspath(path) == os.fspath(forbidden):
            raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), path)
        return open(path, *arguments, **options)

    return opened


KINDS = ["folder", "missing", "no permission"] + ["pipe", "device"] * hasattr(os, "mkfifo")


@pytest.mark.parametrize("kind", KINDS)
def test_what_is_no_file(llama, tmp_path, capsys, kind, monkeypatch):
    path = {"device": "/dev/null"}.get(kind, tmp_path / kind)
    if kind == "folder":
        path.mkdir()
    elif kind == "pipe":
        os.mkfifo(path)
    elif kind == "no permission":
        path.write_bytes(b"")
        path.chmod(0)
        if os.access(path, os.R_OK):  # this user may read everything: the refusal is made by hand
            monkeypatch.setattr(format, "open", refusing(path), raising=False)
    sentence = {
        "folder": "is a folder: an ordinary file is needed.",
        "missing": "cannot be read: No such file or directory.",
        "pipe": "is a pipe: an ordinary file is needed.",
        "device": "is a device: an ordinary file is needed.",
        "no permission": "cannot be read: Permission denied.",
    }[kind]
    for arguments in ((llama("moby-f16"), path), (path, llama("moby-f16"))):
        assert run(capsys, *arguments) == (2, "", f"{path} {sentence}\n")


def test_a_file_that_becomes_shorter_while_it_is_read(small, tmp_path):
    for name in "pq":
        (tmp_path / name).write_bytes(small("F32"))

    def cut(done, in_all):
        with open(tmp_path / "q", "r+b") as file:
            file.truncate(ROWS + 100 * ROW)

    big = tmp_path / "big"
    write_logprobs(big, np.zeros((3000, 8), int), np.random.default_rng(0).normal(size=(3000, 3, 5)))
    shutil.copy(big, tmp_path / "q")
    with pytest.raises(LogprobsError, match="q has become shorter while it was read"):
        compare(big, tmp_path / "q", progress=cut)


class Damage:
    """A damage at random of a file of two windows."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.exchanged = False

    def __call__(self, data):
        kinds = (
            self.bits,
            self.bytes,
            self.header,
            self.number,
            self.cut,
            self.insert,
            self.delete,
            self.exchange,
        )
        for _ in range(self.random.integers(1, 4)):
            data = bytes(kinds[self.random.integers(len(kinds))](bytearray(data)))
        return data

    def place(self, data):
        """Often in the header, or at the head of a row."""
        n = max(1, len(data))
        where = (self.random.integers(n), self.random.integers(20), ROWS + ROW * self.random.integers(126))
        return int(where[self.random.integers(3)] + self.random.integers(8)) % n

    def bits(self, data):
        for _ in range(self.random.integers(1, 9) if data else 0):
            data[self.place(data)] ^= 1 << self.random.integers(8)
        return data

    def bytes(self, data):
        k = self.place(data)
        data[k : k + 16] = self.random.bytes(len(data[k : k + 16]))
        return data

    def header(self, data):
        value = self.random.choice([-(2**31), -1, 0, 1, 2, 3, 5, 127, 129, 256, 258, 65536, 2**24, 2**31 - 1])
        k = 8 + 4 * int(self.random.integers(3))
        data[k : k + 4] = int32(int(value))
        return data

    def number(self, data):
        """A float that is no log-probability, where the head of a row may be."""
        value = self.random.choice([np.nan, np.inf, -np.inf, 1e38, -1e38, 1e-45, -0.0, 0.0, 1.0, -20.0])
        k = ROWS + ROW * int(self.random.integers(126)) + 4 * int(self.random.integers(2))
        data[k : k + 4] = struct.pack("<f", value)
        return data

    def cut(self, data):
        return data[: self.place(data)]

    def insert(self, data):
        k = self.place(data)
        return data[:k] + self.random.bytes(int(self.random.integers(1, 700))) + data[k:]

    def delete(self, data):
        k = self.place(data)
        return data[:k] + data[k + int(self.random.integers(1, 700)) :]

    def exchange(self, data):
        """Two rows in each other's place: a whole file, of which only the numbers are wrong."""
        self.exchanged = True
        a, b = (ROWS + ROW * int(k) for k in self.random.integers(126, size=2))
        first, second = data[a : a + ROW], data[b : b + ROW]
        if len(first) == len(second) == ROW:
            data[a : a + ROW], data[b : b + ROW] = second, first
        return data


def test_two_thousand_damages(small, tmp_path, capsys):
    """Each ends with one sentence that names the file, or with numbers that are hardly touched: a file has no check
    sum, and no one sees a bit of a rare token, or that two whole rows were exchanged. No traceback, no large memory.
    """
    good, bad, other = tmp_path / "good.kld", tmp_path / "bad.kld", tmp_path / "other.kld"
    good.write_bytes(small("F32"))
    other.write_bytes(small("Q2_K"))
    quant = small("Q4_K_M")
    bad.write_bytes(quant)
    orders = [(good, bad), (bad, good), (good, bad, other), (good, other, bad)]
    right = [means(run(capsys, *files, "--json")[1]) for files in orders]
    used = exchanged = 0
    for seed in range(2000):
        damage = Damage(seed)
        bad.write_bytes(damage(quant))
        if seed % 20 == 0:  # it takes as long again
            tracemalloc.start(1)
        status, out, err = run(capsys, *orders[seed % 4], "--json")
        if seed % 20 == 0:
            assert tracemalloc.get_traced_memory()[1] < 100e6, seed
            tracemalloc.stop()
        if status == 0:
            used += 1
            exchanged += damage.exchanged
            assert not err and "NaN" not in out and "Infinity" not in out
            assert damage.exchanged or means(out) == pytest.approx(right[seed % 4], rel=1e-3), seed
        else:
            assert status == 2 and not out, seed
            assert err.count("\n") == 1, (seed, err)
            assert err.startswith(str(bad)) or f"than in {bad}" in err, (seed, err)
    assert 20 < used < 200 and used - exchanged > 5


def means(text):
    """The mean divergences, from JSON."""
    return [quant["divergences"]["bregman"]["value"] for quant in json.loads(text)["quants"]]
