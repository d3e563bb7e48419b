"""Rounding by blocks: by hand, against the files of llama.cpp and a plain reader of them, and bounds on the error."""

import lzma
import struct
import tempfile
from pathlib import Path

import numpy as np
import plain_llama as plain
import pytest
from hypothesis import given
from hypothesis import strategies as st
from refusals import refusals
from scipy.special import log_softmax

from klbook.ideas.language_model import LanguageModel, Shape, kind_of, load
from klbook.ideas.quantisation import quantise, quantise_model
from klbook.logprobs import LogprobFile, compare, write_logprobs

DATA = Path(__file__).parent / "data"
LOGPROBS = Path(__file__).parents[1] / "logprobs" / "data"
#: llama.cpp's formats: bits, with an offset, and what is added to the codes where they are stored.
FORMATS = {
    "Q8_0": (8, False, 0),
    "Q5_0": (5, False, 16),
    "Q4_0": (4, False, 8),
    "Q5_1": (5, True, 0),
    "Q4_1": (4, True, 0),
}


# Against llama.cpp ------------------------------------------------------------------------------------------


def unpack(name, data):
    """Scale, offset and stored codes of one block, as the comments of ggml's structures describe it."""
    bits, offset, _ = FORMATS[name]
    scale, *rest = struct.unpack_from("<2e" if offset else "<e", data)
    at = 4 if offset else 2
    if bits == 8:
        return scale, 0.0, list(struct.unpack_from("<32b", data, at))
    fifth = 0
    if bits == 5:
        (fifth,) = struct.unpack_from("<I", data, at)
        at += 4
    nibbles = data[at:]
    assert len(nibbles) == 16
    codes = [byte & 15 for byte in nibbles] + [byte >> 4 for byte in nibbles]
    return scale, rest[0] if offset else 0.0, [code + 16 * (fifth >> k & 1) for k, code in enumerate(codes)]


@pytest.mark.parametrize("name", FORMATS)
def test_to_the_bit_as_llama_cpp(name):
    bits, offset, added = FORMATS[name]
    with np.load(DATA / "bytes.npz") as arrays, np.load(DATA / "bytes-attn_k-blocks.npz") as blocks:
        stored = blocks[name].reshape(32 * 8, -1)
        ours = quantise(arrays["blk.0.attn_k.weight"][:32], bits, offset=offset)
    codes, scales = ours.codes.reshape(-1, 32), ours.scales.ravel()
    offsets = ours.offsets.ravel() if offset else np.zeros(256)
    for k, block in enumerate(stored):
        scale, low, theirs = unpack(name, block.tobytes())
        assert (float(scales[k]), float(offsets[k])) == (scale, low)
        assert (codes[k] + added).tolist() == theirs
        restored = [low + scale * (code - added) for code in theirs]
        np.testing.assert_allclose(ours.restored.reshape(-1, 32)[k], restored, rtol=1e-6, atol=1e-9)
    assert ours.bits_per_weight == 8 * stored.shape[1] / 32


# By hand ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("bits", range(2, 9))
@pytest.mark.parametrize("offset", [False, True])
def test_a_block_of_zeros_stays(bits, offset):
    zeros = quantise(np.zeros((2, 64)), bits, offset=offset)
    assert not zeros.codes.any() and not zeros.scales.any() and not zeros.restored.any()
    assert zeros.scales.shape == (2, 2) and zeros.restored.dtype == np.float32


@pytest.mark.parametrize(
    "weights, bits, offset, codes, scale, low, restored",
    [
        # The largest size meets −2^(b−1) exactly, with either sign.
        ([-8, 0, 3, 7], 4, False, [-8, 0, 3, 7], 1, None, [-8, 0, 3, 7]),
        ([8, 0, -3, -7], 4, False, [-8, 0, 3, 7], -1, None, [8, 0, -3, -7]),
        # Its opposite has no code: cut, by a whole scale. Of two equal sizes the first counts.
        ([-8, 8, 0, 0], 4, False, [-8, 7, 0, 0], 1, None, [-8, 7, 0, 0]),
        ([8, -8, 0, 0], 4, False, [-8, 7, 0, 0], -1, None, [8, -7, 0, 0]),
        # Halves go up in the direction of the scale.
        ([-8, 0.5, -0.5, 1.49], 4, False, [-8, 1, 0, 1], 1, None, [-8, 1, 0, 1]),
        ([-2, 1, 0.4, -0.6], 2, False, [-2, 1, 0, -1], 1, None, [-2, 1, 0, -1]),
        ([5, 5, 5, 5], 3, False, [-4, -4, -4, -4], -1.25, None, [5, 5, 5, 5]),
        ([-32, 31, 15.6, 0], 6, False, [-32, 31, 16, 0], 1, None, [-32, 31, 16, 0]),
        ([-0.25, 0, 0, 0], 4, False, [-8, 0, 0, 0], 2**-5, None, [-0.25, 0, 0, 0]),
        # With 8 bits both signs reach the end, and halves go away from 0.
        ([-127, 127, 2.5, -2.5], 8, False, [-127, 127, 3, -3], 1, None, [-127, 127, 3, -3]),
        # With an offset the least and the greatest are met.
        ([1, 16, 3, 8.4], 4, True, [0, 15, 2, 7], 1, 1, [1, 16, 3, 8]),
        ([-1, 0.5, 0, 0.25], 2, True, [0, 3, 2, 3], 0.5, -1, [-1, 0.5, 0, 0.5]),
        ([-1.5, -1.5, -1.5, -1.5], 2, True, [0, 0, 0, 0], 0, -1.5, [-1.5] * 4),
        ([0, 255, 1.5, 100], 8, True, [0, 255, 2, 100], 1, 0, [0, 255, 2, 100]),
    ],
)
def test_by_hand(weights, bits, offset, codes, scale, low, restored):
    found = quantise(weights, bits, block=4, offset=offset)
    assert found.codes.tolist() == codes and found.scales.tolist() == [scale]
    assert found.offsets is None if low is None else found.offsets.tolist() == [low]
    assert found.restored.tolist() == restored


def test_a_scale_is_rounded_to_half_precision_after_the_codes():
    """1/3 is 0.333251953125 in half precision; the code of 1 is that of a third, 3."""
    found = quantise([-8 / 3, 1], 4, block=2)
    assert found.codes.tolist() == [-8, 3] and found.scales[0] == np.float16(1 / 3)
    assert found.restored.tolist() == [-8 * 0.333251953125, 3 * 0.333251953125]


def test_blocks_do_not_see_each_other():
    rows = np.random.default_rng(0).normal(size=(3, 5, 64))
    whole = quantise(rows, 4)
    assert whole.codes.shape == (3, 5, 64) and whole.scales.shape == (3, 5, 2)
    part = quantise(rows[1, 2, 32:], 4)
    assert (whole.restored[1, 2, 32:] == part.restored).all() and whole.scales[1, 2, 1] == part.scales[0]


@pytest.mark.parametrize(
    "bits, block, offset, expected",
    [(4, 32, False, 4.5), (4, 32, True, 5), (8, 32, False, 8.5), (5, 32, False, 5.5), (5, 32, True, 6),
     (2, 32, False, 2.5), (2, 16, True, 4), (3, 64, False, 3.25), (6, 1, False, 22)],
)  # fmt: skip
def test_bits_of_a_weight(bits, block, offset, expected):
    assert quantise(np.ones(64), bits, block, offset).bits_per_weight == expected


# Laws -------------------------------------------------------------------------------------------------------

blocks = st.lists(st.floats(-100, 100, width=32), min_size=8, max_size=8)


@given(blocks, st.integers(2, 8), st.booleans())
def test_codes_are_in_range_and_errors_below_half_a_scale(block, bits, offset):
    """But for a cut, and for what rounding to half precision does to the scale, times the code, and to the offset."""
    found = quantise(block, bits, block=8, offset=offset)
    codes, scale = found.codes.astype(int), abs(float(found.scales[0]))
    exact = np.float32(block).astype(float)
    low, high = (0, 2**bits - 1) if offset else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
    assert low <= codes.min() and codes.max() <= high
    # Half precision: relative 2^−11, or half of the smallest number, 2^−25.
    slack = np.abs(codes) * (scale * 2**-11 + 2**-24) + 2**-24 + 1e-5 * np.abs(exact).max()
    if offset:
        slack += abs(float(found.offsets[0])) * 2**-10
    error = np.abs(found.restored - exact)
    cut = codes == high if bits < 8 and not offset else np.zeros(8, bool)
    bound = np.where(cut, 1.0, 0.5) * (scale * (1 + 2**-10) + 2**-24)
    assert (error <= bound + slack).all()
    np.testing.assert_allclose(
        found.restored,
        codes * float(found.scales[0]) + (float(found.offsets[0]) if offset else 0),
        rtol=1e-6,
        atol=1e-6,
    )


@given(blocks, st.integers(2, 8))
def test_the_largest_size_is_kept(block, bits):
    found = quantise(block, bits, block=8)
    largest = np.abs(np.float32(block)).argmax()
    assert found.restored[largest] == pytest.approx(np.float32(block)[largest], rel=2**-10, abs=2**-16)


@given(blocks, st.integers(2, 7), st.integers(-6, 6))
def test_a_power_of_two_goes_through(block, bits, power):
    """Scaled weights have the same codes, and a scale that is scaled, if no scale is below the normal numbers."""
    block = np.round(np.float32(block)) * 16
    one, other = (quantise(block * factor, bits, block=8) for factor in (1, 2.0**power))
    assert (one.codes == other.codes).all() and (
        one.restored * np.float32(2.0**power) == other.restored
    ).all()


@pytest.mark.parametrize("offset", [False, True])
def test_more_bits_are_nearer(offset):
    """A row of a thousand normal numbers: each bit more halves the error, about."""
    normal = np.random.default_rng(0).normal(size=1024)
    errors = [
        np.sqrt(np.square(quantise(normal, b, offset=offset).restored - normal).mean()) for b in range(2, 9)
    ]
    ratios = np.array(errors[:-1]) / errors[1:]
    assert (ratios > 1.7).all() and (ratios < 2.7).all()
    # Uniform in a step, its root mean square is 1/√12 of it: known from 8 bits on blocks of 32, whose range is known.
    reach = np.ptp(normal.reshape(-1, 32), axis=1) if offset else 2 * np.abs(normal.reshape(-1, 32)).max(1)
    step = np.sqrt(np.square(reach / (255 if offset else 254)).mean())
    assert errors[-1] == pytest.approx(step / np.sqrt(12), rel=0.05)


# A whole model ----------------------------------------------------------------------------------------------

SHAPE = Shape(2, 32, 4, 2, 64, 8, 9, 100.0, 1e-5)


@pytest.fixture(scope="module")
def model():
    rng = np.random.default_rng(0)
    drawn = {name: rng.normal(0, 0.3, size) for name, size in SHAPE.weights().items()}
    return LanguageModel(SHAPE, drawn)


def test_all_matrices_are_rounded_and_no_vector(model):
    small = quantise_model(model, 3, offset=True)
    for name, array in model.weights.items():
        expected = quantise(array, 3, offset=True).restored if array.ndim == 2 else array
        assert (small.weights[name] == expected).all(), name
    # By hand: matrices of 9·32 (twice) and in each layer 32·32 (twice), 16·32 (twice), 64·32 (three times).
    matrices, vectors = 2 * 288 + 2 * (2 * 1024 + 2 * 512 + 3 * 2048), 5 * 32
    assert small.size == (matrices * 4 + vectors * 16) / 8
    assert small.bits_per_weight == pytest.approx(8 * small.size / (matrices + vectors))


@pytest.mark.parametrize("kinds", ["ffn_down", ["attn_q", "output"]])
def test_one_kind_at_a_time(model, kinds):
    small = quantise_model(model, 2, kinds)
    changed = {kind_of(name) for name in model.weights if (small.weights[name] != model.weights[name]).any()}
    assert changed == ({kinds} if isinstance(kinds, str) else set(kinds))
    rounded = 2 * 2048 if kinds == "ffn_down" else 2 * 1024 + 288
    assert model.size - small.size == rounded * 13.5 / 8


def test_kinds_one_after_the_other(model):
    """Different bits for different kinds: what was rounded before keeps its bits."""
    mixed = quantise_model(quantise_model(model, 8), 4, "ffn_down")
    by_hand = quantise_model(model, 8).size - 2 * 2048 * 4 / 8
    assert mixed.size == by_hand


def test_rounded_activations_as_in_plain_python(model):
    tokens = [3, 8, 0, 0, 5]
    ours = quantise_model(model, 8, activations=8)
    lists = {name: array.astype(float).tolist() for name, array in ours.weights.items()}
    theirs = np.array(plain.logits(SHAPE._asdict(), lists, tokens, plain.q8_0))
    exact = np.array(plain.logits(SHAPE._asdict(), lists, tokens))
    off = np.abs(ours.logits(tokens) - theirs).max()
    assert off < 2e-5 and np.abs(theirs - exact).max() > 100 * off


def test_activations_of_matrices_that_are_not_rounded_stay(model):
    one, both = (quantise_model(model, 8, "ffn_up", activations=k) for k in (None, 2))
    assert set(both.rounding) == {"blk.0.ffn_up.weight", "blk.1.ffn_up.weight"} and not one.rounding
    assert one.size == both.size
    assert not quantise_model(both, 4).rounding


def test_weights_and_activations_together_are_the_divergence_that_llama_cpp_saw():
    """Of Q8_0 on 6 windows; the weights alone bring less than a fifth of it.

    Activations near the middle of two codes are rounded otherwise by another order of sums, so it is alike on average
    only; and the tool's cache of keys and values is in 16 bits.
    """
    model, _ = load(DATA / "bytes")
    tokens, base = llama_cpp("F32")
    _, other = llama_cpp("Q8_0")
    seen = divergence(base, other)
    exact = model.log_probabilities(tokens)[:, 64:-1]
    alone, both = (
        divergence(exact, quantise_model(model, 8, activations=k).log_probabilities(tokens)[:, 64:-1])
        for k in (None, 8)
    )
    assert both == pytest.approx(seen, rel=0.25) and alone < seen / 5


def test_files_in_the_tools_format_give_the_same_divergence(tmp_path):
    """From arrays to files and back: what the 16-bit code leaves of the divergence of two models."""
    model, _ = load(DATA / "bytes")
    tokens, _ = llama_cpp("F32")
    logs = [m.log_probabilities(tokens)[:, 64:-1] for m in (model, quantise_model(model, 4))]
    for name, rows in zip(("base", "quant"), logs, strict=True):
        write_logprobs(tmp_path / name, tokens, rows)
    found = compare(tmp_path / "base", tmp_path / "quant").quants[0]
    exact = (np.exp(logs[0]) * (logs[0] - logs[1])).sum(-1)
    assert exact.shape == (6, 63)
    assert found.divergences["bregman"].mean.value == pytest.approx(exact.mean(), abs=1e-6)
    assert found.divergences["plain"].mean.value == pytest.approx(exact.mean(), abs=1e-5)
    assert found.kl["Maximum"] == pytest.approx(exact.max(), abs=1e-4)


def llama_cpp(name):
    """Tokens as the tool evaluated them, and its log-probabilities, put right for the rounding of the 16-bit code."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "unpacked.kld"
        path.write_bytes(lzma.decompress((LOGPROBS / f"austen-{name}.kld.xz").read_bytes()))
        with LogprobFile(path) as file:
            tokens = file.tokens(1, file.n_windows)
            tokens[:, 0] = 256
            rows = [file.log_probs(w + 1) for w in range(file.n_windows)]
    return tokens, log_softmax(np.array(rows, float), axis=-1)


def divergence(p, q):
    return (np.exp(p) * (p - q)).sum(-1).mean()


def test_fewer_bits_change_more(model):
    tokens = np.random.default_rng(1).integers(0, 9, (20, 8))
    base = model.log_probabilities(tokens)
    divergences = []
    for bits in (8, 6, 4, 2):
        divergences.append(divergence(base, quantise_model(model, bits).log_probabilities(tokens)))
    assert divergences == sorted(divergences) and divergences[0] > 0
    assert divergences[-1] > 100 * divergences[0]


MODEL = LanguageModel(SHAPE, {name: np.ones(size) for name, size in SHAPE.weights().items()})
NARROW = LanguageModel(
    changed := SHAPE._replace(width=24, heads=4),
    {name: np.ones(size) for name, size in changed.weights().items()},
)


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("offset", [False, True])
@pytest.mark.parametrize("bits", [2, 4, 8])
def test_no_rows_and_weights_next_to_nothing(bits, offset):
    """No scale of such weights has an inverse, nor is it more than 0 in half precision."""
    for shape in ((0,), (3, 0), (0, 32), (2, 0, 64)):
        empty = quantise(np.zeros(shape), bits, offset=offset)
        assert empty.codes.shape == empty.restored.shape == shape
        assert empty.scales.shape == (*shape[:-1], shape[-1] // 32)
    for size in (1e-45, 1e-42, 1e-39):
        tiny = quantise(size * np.array([1, 0, 0.5, -1]), bits, 4, offset)
        assert not tiny.codes.any() and not tiny.restored.any()


@given(st.lists(st.floats(-10, 10, width=32), min_size=4, max_size=4), st.floats(-1000, 1000, width=32))
def test_how_far_off_with_an_offset(weights, offset):
    """At most half a scale, and what half precision does to the scale, up to 15 times, and to the offset."""
    weights = np.float32(weights) + np.float32(offset)
    kept = quantise(weights, 4, 4, True)
    scale, least = float(weights.max() - weights.min()) / 15, float(abs(weights.min()))
    rounding = 15 * max(scale / 2048, 3e-8) + max(least / 2048, 3e-8) + 1e-6 * (least + 15 * scale)
    assert np.abs(kept.restored - weights).max() <= scale / 2 + rounding


test_what_cannot_be_rounded_is_refused = refusals(
    [
        (lambda: quantise(np.ones(32), 1), "bits is 1: it must be at least 2"),
        (lambda: quantise(np.ones(32), 9), "bits is 9: it must be at most 8"),
        (lambda: quantise(np.ones(32), 4.0), TypeError, "bits must be an integer"),
        (lambda: quantise(np.ones(32), 4, 0), "block is 0"),
        (lambda: quantise(np.ones((32, 33)), 4), r"shape \(32, 33\): rows of a multiple of 32"),
        (lambda: quantise([3e38, -3e38], 4, 2, True), "a block's scale would be inf: 65504"),
        (lambda: quantise_model(None, 4), TypeError, "model is of the type NoneType: a LanguageModel"),
        (lambda: quantise(1.0, 4), r"shape \(\): rows"),
        (lambda: quantise([1, np.nan], 4, 2), r"weights\[1\] is nan: a finite"),
        (lambda: quantise([1, 1e39], 4, 2), r"weights\[1\] is inf: a finite"),
        (
            lambda: quantise([1, 1e6], 4, 2),
            "a block's scale would be -125000: 65504 is the largest in float16",
        ),
        (lambda: quantise([-7e4, -7e4], 4, 2, True), "a block's offset would be -70000"),
        (lambda: quantise_model(MODEL, 4, activations=9), "activations is 9: it must be at most 8"),
        (lambda: quantise_model(NARROW, 4), r"\(9, 24\): rows of a multiple of 32"),
        (
            lambda: quantise_model(NARROW, 4, "attn"),
            "kinds has 'attn': the model has matrices of attn_k, attn_output",
        ),
    ]
)
