"""Reading and writing the files: against rows that another program decoded, and against arithmetic by hand."""

import json
import re

import numpy as np
import plain_reader as plain
import pytest
from plain_reader import DATA
from scipy.special import log_softmax

from klbook.logprobs import LogprobFile, LogprobsError, encode, write_logprobs

ROWS = json.loads((DATA / "austen-rows.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("name", ROWS)
def test_rows_are_decoded_to_the_bit(llama, name):
    with LogprobFile(llama(f"austen-{name}")) as file:
        assert (file.n_ctx, file.n_vocab, file.n_windows, file.scored, file.first_scored) == (
            128,
            257,
            6,
            63,
            65,
        )
        for row in ROWS[name]:
            scale, least, codes = file.rows(row["row"], 1)
            assert scale.tobytes().hex() == row["scale_hex"]
            assert least.tobytes().hex() == row["min_hex"]
            log_probs = file.log_probs(row["chunk"] + 1)[row["row"] % 63]
            target = file.tokens(row["chunk"] + 1)[0, row["position_in_chunk"] + 1]
            assert target == row["target"] and codes[0, target] == row["code_of_target"]
            assert log_probs[target] == row["logp_of_target"]
            assert log_probs.argmax() == row["argmax"] and codes.max() == row["max_code"]
            assert np.count_nonzero(codes == 0) == row["codes_equal_0"]
            total = np.exp(log_probs.astype(float)).sum()
            assert total == pytest.approx(row["sum_of_probabilities"], abs=1e-15 * 257)


@pytest.mark.parametrize("name", ["moby-Q2_K", "austen-Q8_0"])
def test_a_plain_reader_reads_the_same(llama, name):
    _, _, tokens, rows = plain.read(llama(name))
    with LogprobFile(llama(name)) as file:
        assert file.tokens(1, file.n_windows).tolist() == [list(t) for t in tokens]
        for w, window in enumerate(rows):
            assert file.log_probs(w + 1).tolist() == window


@pytest.mark.parametrize("vocabulary", [7, 8])
def test_what_was_written_is_read_within_half_a_step(tmp_path, vocabulary):
    random = np.random.default_rng(0)
    logits = random.normal(size=(3, 4, vocabulary)) * 5
    tokens = random.integers(0, vocabulary, (3, 10))
    write_logprobs(tmp_path / "a.kld", tokens, logits)
    true = log_softmax(logits, axis=-1)
    floor = np.maximum(true, true.max(-1, keepdims=True) - 16)
    with LogprobFile(tmp_path / "a.kld") as file:
        assert np.array_equal(file.tokens(1, 3), tokens)
        for w in range(3):
            step = np.minimum(np.ptp(true[w], axis=-1), 16) / 65535
            assert np.all(np.abs(file.log_probs(w + 1) - floor[w]) <= step[:, None] / 2 + 4e-6)
    assert (tmp_path / "a.kld").stat().st_size == 20 + 4 * 30 + 12 * 2 * (4 + 8)
    assert [path.name for path in tmp_path.iterdir()] == ["a.kld"]


def test_equal_logits_have_scale_0_and_codes_0():
    row = encode(np.full((1, 5), 3.0))
    assert not row[0, :2].any() and not row[0, 4:].any()
    assert row[0, 2:4].copy().view("<f4")[0] == pytest.approx(-np.log(5), abs=1e-7)


@pytest.mark.parametrize(
    ("windows", "vocabulary", "size"),
    [
        (655, 32_000, 10.69e9),
        (564, 128_256, 36.89e9),
    ],  # LLaMA 2 and 3 on WikiText-2, published as 11 and 37 GB
)
def test_size_of_published_files(tmp_path, windows, vocabulary, size):
    """A header alone says how large its file must be: one that ends with it tells what it lacks."""
    header = b"_logits_" + b"".join(x.to_bytes(4, "little") for x in (512, vocabulary, windows))
    (tmp_path / "head.kld").write_bytes(header)
    with pytest.raises(LogprobsError, match="it ends before its first token") as refusal:
        LogprobFile(tmp_path / "head.kld")
    promised = re.search(r"promises \d+ windows, ([\d,]+) bytes", str(refusal.value))[1]
    assert int(promised.replace(",", "")) == pytest.approx(size, rel=5e-4)


def test_writing_refuses_what_does_not_fit_and_leaves_nothing(tmp_path):
    with pytest.raises(ValueError, match="1 windows, not 2"):
        write_logprobs(tmp_path / "a.kld", np.zeros((2, 4), int), np.zeros((1, 1, 3)))
    with pytest.raises(ValueError, match="shape"):
        write_logprobs(tmp_path / "a.kld", np.zeros((1, 4), int), np.zeros((1, 2, 3)))
    assert not list(tmp_path.iterdir())


def test_no_such_window(llama):
    with (
        LogprobFile(llama("moby-f16")) as file,
        pytest.raises(LogprobsError, match="1 to 4, and no window 5"),
    ):
        file.log_probs(5)
