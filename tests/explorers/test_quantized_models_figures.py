"""What *Quantised language models* says of its figures, and a part of what was measured, measured again."""

import json
import math

import numpy as np
import pytest
from scipy.special import rel_entr, softmax

from klbook.figures import quantized_models as figures
from klbook.figures import quantized_runs as measured
from klbook.ideas.language_model import held_out_text, load
from klbook.ideas.quantisation import quantise_model
from klbook.logprobs import compare, write_logprobs

RUNS = json.loads(measured.FILE.read_text(encoding="utf-8"))
#: Processors add in other orders; the file has five digits.
CLOSE = {"rel": 2e-3, "abs": 1e-9}


@pytest.fixture(scope="module")
def model():
    return load()


@pytest.fixture(scope="module")
def windows(model):
    tokens = model[1].encode(held_out_text())
    return tokens[: len(tokens) // 128 * 128].reshape(-1, 128)


@pytest.fixture(scope="module")
def probabilities(model, windows):
    """Of the next token at the scored positions of the first windows, by number of bits (16: the base)."""

    def of(model):
        return np.stack([softmax(model.logits(w).astype(float), axis=-1)[64:127] for w in windows[:4]])

    return {16: of(model[0])} | {bits: of(quantise_model(model[0], bits)) for bits in (8, 4, 2)}


def test_how_much_was_measured(windows):
    assert RUNS["windows"] == measured.MANY <= len(windows)
    assert RUNS["positions"] == 63 * RUNS["windows"]
    assert figures.LOOKS[-1] == RUNS["windows"]


@pytest.mark.parametrize("bits", [8, 4, 2])
def test_mean_of_each_window(probabilities, bits):
    kld = rel_entr(probabilities[16], probabilities[bits]).sum(-1)
    assert RUNS["means"][str(bits)][:4] == pytest.approx(kld.mean(-1), **CLOSE)
    assert RUNS["squares"][str(bits)][:4] == pytest.approx((kld**2).mean(-1), **CLOSE)


def test_means_are_those_of_the_ladder():
    for row in RUNS["ladder"]:
        if not row["offset"]:
            means = np.array(RUNS["means"][str(row["bits"])])
            assert row["kld"][0] == pytest.approx(means.mean(), rel=1e-4)
            assert row["kld"][2] == pytest.approx(means.std(ddof=1) / math.sqrt(len(means)), rel=1e-3)


def test_what_is_read_position_by_position(model, windows, probabilities):
    reading, k = RUNS["reading"], measured.PASSAGE
    p, q = probabilities[16][k], probabilities[4][k]
    assert reading["tokens"] == [model[1].decode([t]) for t in windows[k, 65:]]
    kld = rel_entr(p, q).sum(-1)
    assert reading["kld"]["4"] == pytest.approx(kld, **CLOSE)
    for at in range(63):
        top = np.argsort(-p[at], kind="stable")[:8]
        assert reading["top"][at] == [model[1].decode([t]) for t in top]
        for kept, x in ((reading["p"], p), (reading["q"]["4"], q)):
            assert kept[at][:8] == pytest.approx(x[at][top], **CLOSE)
            assert sum(kept[at]) == pytest.approx(1, abs=1e-4)
        gaps = (rel_entr(p[at], q[at]) - p[at] + q[at])[top]
        assert reading["share"]["4"][at][:8] == pytest.approx(100 * gaps / kld[at], rel=5e-3, abs=2e-2)
        assert sum(reading["share"]["4"][at]) == pytest.approx(100, abs=0.3)
        assert min(reading["share"]["4"][at]) >= 0


def test_the_files_of_the_package_have_the_errors_that_the_code_is_said_to_leave(
    tmp_path, windows, probabilities
):
    """Two files written and read by klbook.logprobs, instead of the code that `quantized_runs` has for any bits."""
    paths = [tmp_path / "base.kld", tmp_path / "quant.kld"]
    for path, bits in zip(paths, (16, 4), strict=True):
        write_logprobs(path, windows[:4], np.log(probabilities[bits]))
    compare(*paths, tokens=tmp_path / "each.csv")
    plain, gaps = np.loadtxt(tmp_path / "each.csv", delimiter=",", skiprows=1, usecols=(5, 6)).T
    true = rel_entr(probabilities[16], probabilities[4]).sum(-1).ravel()
    kept = RUNS["code"]["4 bits"]["bits"]["16"]["rms"]
    # The package sums the plain one over tokens above the gate, and both in single precision's logarithms.
    assert np.sqrt(np.mean((plain - true) ** 2)) == pytest.approx(kept[2], rel=0.1)
    assert np.sqrt(np.mean((gaps - true) ** 2)) == pytest.approx(kept[3], rel=0.3)
    assert gaps.min() >= 0


def test_the_code_doubles_the_one_error_and_squares_the_other():
    one = RUNS["code"]["itself"]["bits"]
    tool, gaps = (np.array([one[str(c)]["rms"][k] for c in measured.CODES]) for k in (0, 1))
    assert (tool[1:] / tool[:-1]).mean() == pytest.approx(2, rel=0.15)
    assert (gaps[1:] / gaps[:-1]).mean() == pytest.approx(4, rel=0.15)
    assert 0.3 < one["16"]["below"][0] < 0.6
    assert all(x["below"][k] == 0 for m in RUNS["code"].values() for x in m["bits"].values() for k in (1, 3))


def test_fewer_bits_are_farther():
    for offset in (False, True):
        klds = [k[0] for k in figures.column("kld", offset)]
        assert klds == sorted(klds)


def test_at_equal_size_an_offset_does_not_pay():
    """Between the rungs without an offset, log D is read off a straight line over the bits of a weight."""
    scale, offset = ([r for r in RUNS["ladder"] if r["offset"] is kind][::-1] for kind in (False, True))
    sizes, logs = zip(*((r["bits_per_weight"], math.log(r["kld"][0])) for r in scale), strict=True)
    inside = [r for r in offset if r["bits_per_weight"] <= sizes[-1]]
    assert len(inside) == 5
    for row in inside:
        assert math.log(row["kld"][0]) > np.interp(row["bits_per_weight"], sizes, logs)


def test_rounded_vectors_are_most_of_the_divergence_at_8_bits_and_lost_in_it_at_4(
    model, windows, probabilities
):
    def kld(q):
        return rel_entr(probabilities[16], q).sum(-1).mean()

    parts = {}
    for bits in (8, 4):
        both = quantise_model(model[0], bits, activations=8)
        logits = np.stack([both.logits(w).astype(float)[64:127] for w in windows[:4]])
        parts[bits] = kld(probabilities[bits]) / kld(softmax(logits, axis=-1))
    assert parts[8] < 0.5 and 0.9 < parts[4] < 1.1


def test_merging_tokens_never_raises_the_divergence():
    for kld in RUNS["protocols"].values():
        assert kld[5] < kld[0]


def test_drawn_from_the_base_both_say_the_same():
    """Within five standard errors by window, at every number of bits."""
    for row in RUNS["ladder"]:
        for kind, kld in (("drawn", row["kld"]), ("written", row["kld_written"])):
            ratio, _, error = row["ratio"][kind]
            assert abs(ratio - kld[0]) < 5 * math.hypot(error, 0 if kind == "written" else kld[2])


def test_the_published_table():
    """What the facts say: 46 rows, the base's perplexity, ratios of the last 28 rows, the constant."""
    rows, (ratio, _) = figures.PUBLISHED, figures.published_ratio()
    assert len(rows) == 46
    assert np.allclose(rows.ppl - rows.delta_ppl, 6.231634, atol=2e-6)
    share = (ratio / rows.mean_kld_nats)[rows.mean_kld_nats > 0.1]
    assert len(share) == 28 and 0.978 < share.min() < 0.98 and 1.018 < share.max() < 1.02
    constant = (rows.rms_dp_pct / 100) ** 2 / rows.mean_kld_nats
    assert (round(constant.min(), 4), round(constant.max(), 4)) == (0.0925, 0.1124)


def test_a_number_of_bits_that_was_not_measured_is_named():
    for ask in (figures.rung, figures.closing_in):
        with pytest.raises(ValueError, match="bits is 7: the model was measured with 8, 6, 5, 4, 3, 2"):
            ask(7)
    rows = {(row["bits"], row["offset"]): row for row in figures.runs()["ladder"]}
    for (bits, offset), row in rows.items():
        assert figures.rung(bits, offset) is row
        assert figures.column("size", int(offset))[figures.BITS.index(bits)] == row["size"]
