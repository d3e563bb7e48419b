"""The model: against the trainer, llama.cpp, and a second one in plain Python; its parts by hand."""

import json
import lzma
import math
from pathlib import Path

import numpy as np
import plain_llama as plain
import pytest
from refusals import refusals

from klbook.ideas import language_model
from klbook.ideas.language_model import (
    LanguageModel,
    Shape,
    attention,
    held_out_text,
    kind_of,
    load,
    log_softmax,
    rms_norm,
    rotate,
    silu,
    softmax,
)
from klbook.logprobs import LogprobFile, encode

DATA = Path(__file__).parent / "data"
#: Sums of a few hundred products in single precision, several times after one another: of llama.cpp and of ours.
ROUNDING = 5e-5
# Two layers, four heads of four numbers, two of keys and values, other sizes all different.
SHAPE = Shape(2, 16, 4, 2, 12, 10, 7, 100.0, 1e-3)


def weights(seed=0, tied=False):
    rng = np.random.default_rng(seed)
    drawn = {name: rng.normal(0, 0.7, size) for name, size in SHAPE.weights().items()}
    if tied:
        del drawn["output.weight"]
    return drawn


@pytest.fixture(scope="module")
def tiny():
    return LanguageModel(SHAPE, weights())


@pytest.fixture(scope="module")
def bytes_model():
    return load(DATA / "bytes")[0]


@pytest.fixture(scope="module")
def written(tmp_path_factory):
    """Tokens (the first of each window as the tool evaluated it), scale and least of rows, codes: of llama.cpp."""
    path = tmp_path_factory.mktemp("llama") / "bytes.kld"
    path.write_bytes(lzma.decompress((DATA / "bytes.kld.xz").read_bytes()))
    with LogprobFile(path) as file:
        tokens = file.tokens(1, file.n_windows)
        tokens[:, 0] = 256
        shape = file.n_windows, file.scored, -1
        rows = file.rows(0, file.n_windows * file.scored)
        return tokens, *(part.reshape(shape).astype(float) for part in rows)


# Against others ---------------------------------------------------------------------------------------------


def test_as_the_trainer():
    model, _ = load()
    with np.load(DATA / "trainer_logits.npz") as trainer:
        ours = model.logits(trainer["tokens"])[trainer["rows"]]
        assert ours.shape == trainer["logits"].shape and ours.shape[0] > 20
        assert np.abs(ours - trainer["logits"]).max() < 1e-4


def test_the_loss_that_the_trainer_measured():
    """On the excerpt of the held-out novel: windows of one token more than the context, and the first is given."""
    model, tokenizer = load()
    tokens, n = tokenizer.encode(held_out_text()), model.shape.context
    path = Path(language_model.__file__).parent / "data" / "austen.json"
    told = json.loads(path.read_text(encoding="utf-8"))["held_out_excerpt"]
    windows = tokens[: told["tokens"]].reshape(told["windows"], n)
    follows = tokens[1 : told["tokens"] + 1].reshape(windows.shape)
    loss = -np.take_along_axis(model.log_probabilities(windows), follows[..., None], -1).mean()
    assert loss == pytest.approx(told["nats_per_token"], abs=6e-5)


def test_as_llama_cpp_to_half_a_step_of_its_code(bytes_model, written):
    tokens, scale, least, codes = written
    ours = bytes_model.log_probabilities(tokens)[:, 64:-1]
    steps = (ours - least) / scale
    above = codes > 0
    assert above.sum() > 10_000 and (~above).sum() > 10_000
    # What stands on the floor lies below half a step; all else within half a step of its code.
    assert ((np.abs(steps - codes) - 0.5) * scale)[above].max() <= ROUNDING
    assert ((steps - 0.5) * scale)[~above].max() <= ROUNDING
    # If all that is left is the rounding to codes, it is as often above as below, and uniform.
    off = (steps - codes)[above]
    assert abs(off.mean()) < 0.01 and off.std() == pytest.approx(1 / math.sqrt(12), rel=0.02)


def test_most_codes_are_those_of_llama_cpp(bytes_model, written):
    tokens, _, _, codes = written
    rows = encode(bytes_model.logits(tokens)[:, 64:-1])
    off = np.abs(rows[..., 4 : 4 + 257] - codes)
    assert off.max() <= 1 and (off == 0).mean() > 0.95


@pytest.mark.parametrize("tied", [False, True])
def test_as_plain_python(tied):
    drawn = weights(1, tied)
    tokens = [3, 0, 6, 6, 1, 2, 5, 4, 0, 3]
    ours = LanguageModel(SHAPE, drawn).logits(tokens)
    lists = {name: array.tolist() for name, array in drawn.items()}
    theirs = plain.logits(SHAPE._asdict(), lists, tokens)
    assert ours.dtype == np.float32
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=2e-5 * np.abs(theirs).max())


# What a model is --------------------------------------------------------------------------------------------


def test_each_row_is_a_distribution(tiny):
    logs = tiny.log_probabilities(np.zeros((2, 3, 5), int))
    assert logs.shape == (2, 3, 5, 7) and logs.dtype == float
    np.testing.assert_allclose(np.exp(logs).sum(-1), 1, rtol=1e-14)
    np.testing.assert_allclose(
        logs - logs[..., :1],
        tiny.logits([0] * 5) - tiny.logits([0] * 5)[:, :1] + np.zeros((2, 3, 5, 7)),
        atol=1e-5,
    )


def test_later_tokens_change_nothing_before(tiny):
    rng = np.random.default_rng(0)
    tokens = rng.integers(0, 7, (50, 10))
    others = tokens.copy()
    others[:, 6:] = (others[:, 6:] + rng.integers(1, 7, (50, 4))) % 7
    one, other = tiny.log_probabilities(tokens), tiny.log_probabilities(others)
    np.testing.assert_allclose(one[:, :6], other[:, :6], atol=1e-5)
    assert (np.abs(one[:, 6:] - other[:, 6:]).max(-1) > 1e-3).all()
    np.testing.assert_allclose(one[:, :4], tiny.log_probabilities(tokens[:, :4]), atol=1e-5)


def test_all_earlier_tokens_count(tiny):
    tokens = np.zeros((10, 10), int)
    tokens[np.arange(9), np.arange(9)] = 1  # row k has another token at place k, the last row none
    last = tiny.log_probabilities(tokens)[:, -1]
    assert (np.abs(last[:9] - last[9]).max(-1) > 1e-4).all()


def test_windows_do_not_see_each_other(tiny, monkeypatch):
    tokens = np.random.default_rng(0).integers(0, 7, (2, 9, 8))
    together = tiny.log_probabilities(tokens)
    for place in np.ndindex(2, 9):
        np.testing.assert_allclose(together[place], tiny.log_probabilities(tokens[place]), atol=1e-5)
    monkeypatch.setattr(language_model, "_READ", 5)
    np.testing.assert_allclose(together, tiny.log_probabilities(tokens), atol=1e-5)


def test_no_windows_give_no_rows(tiny):
    none = np.zeros((2, 0, 4), int)
    assert tiny.log_probabilities(none).shape == (2, 0, 4, 7)
    assert tiny.sample(none, 3, seed=0).shape == (2, 0, 7)


def test_token_after_token_as_all_at_once(tiny):
    """With the keys and values of what went before, in steps of any size."""
    tokens = np.random.default_rng(0).integers(0, 7, (3, 10))
    past, rows = tiny.no_past((3,)), []
    for step in (slice(0, 4), slice(4, 5), slice(5, 6), slice(6, 10)):
        rows.append(tiny.logits(tokens[:, step], past))
    np.testing.assert_allclose(np.concatenate(rows, axis=1), tiny.logits(tokens), atol=1e-4)
    with pytest.raises(ValueError, match="11 in a window, and the model takes 1 to 10"):
        tiny.logits(tokens[:, :1], past)


# Its parts by hand ------------------------------------------------------------------------------------------


def test_norm():
    x = np.array([[3.0, 4.0], [0.0, 0.0]])
    np.testing.assert_allclose(
        rms_norm(x, np.array([1, 2]), 0.5), [[3 / math.sqrt(13), 8 / math.sqrt(13)], [0, 0]]
    )


def test_rotation():
    x = np.zeros((3, 4), np.float32)
    x[:, 0] = x[:, 3] = 1
    turned = rotate(x, 5, 100.0)  # the pairs turn by 1 and by 1/10 a place, from place 5 on
    for row, place in zip(turned, (5, 6, 7), strict=True):
        slow = place / 10
        np.testing.assert_allclose(
            row, [math.cos(place), math.sin(place), -math.sin(slow), math.cos(slow)], atol=1e-6
        )


def test_rotated_products_depend_on_the_distance_alone():
    q, k = np.random.default_rng(0).normal(size=(2, 1, 8)).astype(np.float32)
    near = rotate(q, 7, 1e4) @ rotate(k, 3, 1e4).T
    far = rotate(q, 107, 1e4) @ rotate(k, 103, 1e4).T
    np.testing.assert_allclose(near, far, atol=1e-4)
    assert abs(near - rotate(q, 8, 1e4) @ rotate(k, 3, 1e4).T) > 1e-2


def test_attention():
    """Scores ln 1 and ln 3, scaled by the root of the size: weights 1/4 and 3/4, and the first sees itself alone."""
    q = np.full((1, 2, 4), 1.0)
    k = np.array([[[0.0] * 4, [math.log(3) / 2] * 4]])
    v = np.array([[[4.0, 0.0, 0.0, 0.0], [0.0, 8.0, 0.0, 0.0]]])
    np.testing.assert_allclose(attention(q, k, v), [[[4, 0, 0, 0], [1, 6, 0, 0]]], atol=1e-15)


def test_silu():
    np.testing.assert_allclose(
        silu(np.array([0.0, math.log(3), -math.log(3)])), np.array([0, 0.75, -0.25]) * math.log(3)
    )
    assert silu(np.float32([-1e4, 1e4])).tolist() == pytest.approx([0, 1e4], abs=1e-30)
    assert silu(np.float32([-3e38, -81, -79])).tolist() == pytest.approx(
        [0, 0, -79 * math.exp(-79)], abs=1e-33
    )
    assert silu(-np.inf) == 0


@pytest.mark.filterwarnings("error")
def test_its_parts_of_numbers_of_any_type():
    """Of 8-bit integers NumPy makes half precision, of which e^1000 and products of a hundred are none."""
    for kind in (list, np.int8, np.uint8, np.float16, np.float64):
        row = [100, 0] if kind is list else np.array([100, 0], kind)
        assert softmax(row) == pytest.approx([1, math.exp(-100)], rel=1e-12)
        assert log_softmax(row) == pytest.approx([-math.exp(-100), -100], rel=1e-12, abs=1e-40)
        assert silu(row) == pytest.approx([100, 0])
        assert rms_norm(row, [1, 1], 1e-30) == pytest.approx([math.sqrt(2), 0])
        # Numbers in double precision are no pairs of single ones.
        assert rotate([row], 0, 1e4).tolist() == [[100, 0]]
        assert attention([row], [row], [row]).tolist() == [[100, 0]]
    turned = rotate(np.arange(8.0).reshape(4, 2).T, 3, 50.0)
    np.testing.assert_array_equal(turned, rotate(np.float32([[0, 2, 4, 6], [1, 3, 5, 7]]), 3, 50.0))
    assert softmax(np.float32([3e38, -3e38])).tolist() == [1, 0]
    assert softmax([0, -math.inf]).tolist() == [1, 0]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "name, size, words",
    [
        ("token_embd.weight", 1e30, "the mean square.* is inf"),
        ("output.weight", 3e38, "scores.* weights are too large for single precision"),
        ("blk.0.attn_q.weight", 3e38, "the largest score.* a finite number"),
        ("blk.1.ffn_down.weight", 3e38, "the mean square.*"),
    ],
)
def test_weights_that_single_precision_holds_but_not_their_products(name, size, words):
    """They made NaN, or in the first case a distribution in which all tokens are equal."""
    model = LanguageModel(SHAPE, weights())
    model = model.with_weights({name: size * np.sign(model.weights[name])})
    with pytest.raises(ValueError, match=words):
        model.log_probabilities([0, 1, 2])


def test_a_name_with_a_point_in_it(tmp_path):
    for ending in ("json", "npz"):
        (tmp_path / f"bytes-0.5.{ending}").write_bytes((DATA / f"bytes.{ending}").read_bytes())
    assert load(tmp_path / "bytes-0.5")[0].shape == load(DATA / "bytes")[0].shape
    (tmp_path / "bytes-0.5.json").write_text('{"layers": 1, "merges": []}')
    with pytest.raises(ValueError, match=r"bytes-0.5.json lacks width, heads, "):
        load(tmp_path / "bytes-0.5")


def test_kinds():
    assert [kind_of(name) for name in ("blk.11.attn_q.weight", "token_embd.weight", "output.weight")] == [
        "attn_q",
        "token_embd",
        "output",
    ]


# Drawing ----------------------------------------------------------------------------------------------------


def test_what_is_drawn_has_the_models_probabilities(tiny):
    """Of 4,000 windows: the pairs of tokens that follow a prompt, against the chain rule; χ² of 48 degrees."""
    drawn = tiny.sample(np.tile([1, 2], (4000, 1)), 2, seed=0)
    assert drawn.shape == (4000, 4) and (drawn[:, :2] == [1, 2]).all()
    logs = tiny.log_probabilities([[1, 2, k] for k in range(7)])
    expected = 4000 * np.exp(logs[:, 1, range(7)].diagonal()[:, None] + logs[:, 2])
    assert expected.sum() == pytest.approx(4000)
    seen = np.bincount(7 * drawn[:, 2] + drawn[:, 3], minlength=49).reshape(7, 7)
    large = expected > 5
    statistic = ((seen - expected)[large] ** 2 / expected[large]).sum()
    assert large.sum() > 20 and statistic < large.sum() + 4 * math.sqrt(2 * large.sum())
    assert seen[~large].sum() < expected[~large].sum() + 4 * math.sqrt(expected[~large].sum() + 1)


def test_the_same_seed_draws_the_same_in_any_pieces(tiny, monkeypatch):
    prompt = np.random.default_rng(0).integers(0, 7, (2, 9, 3))
    drawn = tiny.sample(prompt, 7, seed=5)
    assert drawn.shape == (2, 9, 10) and (drawn[..., :3] == prompt).all()
    assert (tiny.sample(prompt, 7, seed=6) != drawn).any()
    monkeypatch.setattr(language_model, "_CONTINUED", 4)
    assert (tiny.sample(prompt, 7, seed=5) == drawn).all()
    assert tiny.sample([1, 2], 3, seed=0).shape == (5,)
    assert tiny.sample([1, 2], 0, seed=0).tolist() == [1, 2]


def test_a_certain_token_is_drawn(tiny):
    """Two of the output's vectors are opposite and long: one of these tokens has probability 1."""
    sure = np.zeros((7, 16))
    sure[4], sure[5] = 1e4, -1e4
    only = tiny.with_weights({"output.weight": sure})
    first = int(only.log_probabilities([0])[-1].argmax())
    assert only.log_probabilities([0])[-1, first] == pytest.approx(0, abs=1e-12)
    assert only.sample([[0]] * 100, 1, seed=1)[:, 1].tolist() == [first] * 100


# Weights ----------------------------------------------------------------------------------------------------


def test_other_weights_and_their_size(tiny):
    half = tiny.with_weights({"blk.0.attn_q.weight": np.zeros((16, 16))}, {"blk.0.attn_q.weight": 4.5})
    # By hand: the vocabulary twice 7·16; a layer has 16, 256, 128, 128, 256, 16, 192, 192, 192; the last norm 16.
    assert sum(array.size for array in tiny.weights.values()) == 2 * 112 + 2 * 1376 + 16 == 2992
    assert (tiny.size, tiny.bits_per_weight) == (2 * 2992, 16)
    assert half.size == 2 * 2992 - 256 * 11.5 / 8
    assert half.bits_per_weight == pytest.approx(8 * half.size / 2992)
    assert half.with_weights({"output_norm.weight": np.ones(16)}).size == half.size
    assert half.with_weights({"blk.0.attn_q.weight": np.zeros((16, 16))}).size == tiny.size
    assert not half.weights["blk.0.attn_q.weight"].any() and tiny.weights["blk.0.attn_q.weight"].any()
    assert len(tiny.matrices) == 2 + 2 * 7 and "blk.1.ffn_norm.weight" not in tiny.matrices


def without(name):
    return {key: array for key, array in weights().items() if key != name}


def changed(**sizes):
    return SHAPE._replace(**sizes)


test_what_is_no_model_and_what_are_no_tokens_is_refused = refusals(
    [
        (lambda: LanguageModel(SHAPE, without("blk.1.attn_k.weight")), r"lack \['blk.1.attn_k.weight'\]"),
        (lambda: LanguageModel(SHAPE, weights() | {"rope": [1]}), r"have \['rope'\]"),
        (
            lambda: LanguageModel(SHAPE, weights() | {"output.weight": np.ones((7, 15))}),
            r"\(7, 15\): \(7, 16\) is",
        ),
        (
            lambda: LanguageModel(SHAPE, weights() | {"output_norm.weight": [1.0] * 15 + [math.nan]}),
            r"output_norm.weight\[15\] is nan: a finite number",
        ),
        (
            lambda: LanguageModel(SHAPE, weights() | {"output_norm.weight": [1e39] * 16}),
            r"\[0\] is inf: a finite",
        ),
        (lambda: LanguageModel(SHAPE, weights(), {"rope": 4}), "bits has 'rope'"),
        (lambda: LanguageModel(SHAPE, weights(), rounding={"rope": np.rint}), "rounding has 'rope'"),
        (lambda: LanguageModel(tuple(SHAPE), weights()), TypeError, "shape is of the type tuple: a Shape"),
        (lambda: LanguageModel(SHAPE, [1]), TypeError, "weights are of the type list: a dict"),
        (lambda: LanguageModel(SHAPE, weights(), ["output.weight"]), TypeError, "bits are of the type list"),
        (lambda: LanguageModel(SHAPE, weights(), {"output.weight": -4}), "bits of output.weight is -4"),
        (
            lambda: LanguageModel(SHAPE, weights(), {"output.weight": math.nan}),
            "bits of output.weight is nan",
        ),
        (
            lambda: LanguageModel(SHAPE, weights(), rounding={"output.weight": 8}),
            TypeError,
            "is 8: a function",
        ),
        (
            lambda: LanguageModel(changed(layers=10**9), weights()),
            "shape.layers is 1000000000: .* at most 10000",
        ),
        (
            lambda: LanguageModel(changed(rope_base=[1, 2]), weights()),
            r"shape.rope_base has the shape \(2,\)",
        ),
        (lambda: LanguageModel(changed(norm_epsilon=1e150), weights()), "shape.norm_epsilon is 1e\\+150"),
        (lambda: MODEL.logits([0], past=[]), r"past is not of 2 layers and of windows \(\)"),
        (lambda: MODEL.logits([0], past=MODEL.no_past((3,))), r"past is not of 2 layers and of windows \(\)"),
        (lambda: softmax([]), r"scores have the shape \(0,\)"),
        (lambda: softmax([0, math.nan]), r"the largest score\[0\] is nan"),
        (lambda: log_softmax([[0, 1], [math.inf, 0]]), r"the largest score\[1, 0\] is inf"),
        (lambda: softmax([-math.inf, -math.inf]), r"the largest score\[0\] is -inf"),
        (lambda: rotate(np.ones((2, 3)), 0, 1e4), r"x has the shape \(2, 3\)"),
        (lambda: rotate(np.ones((2, 2)), -1, 1e4), "start is -1"),
        (
            lambda: attention(np.ones((2, 2)), np.ones((1, 2)), np.ones((1, 2))),
            r"shapes \(2, 2\), \(1, 2\), \(1, 2\)",
        ),
        (lambda: attention(np.ones((1, 2)), np.ones((2, 2)), np.ones((3, 2))), "with m from n on"),
        (lambda: rms_norm([0, 0], [1, 1], 0), "epsilon is 0"),
        (lambda: LanguageModel(changed(heads=3), weights()), "3 heads of 16 numbers"),
        (lambda: LanguageModel(changed(heads=16, kv_heads=16), weights()), "the same even count"),
        (lambda: LanguageModel(changed(kv_heads=3), weights()), "3 of keys and values"),
        (lambda: LanguageModel(changed(layers=0), weights()), "shape.layers is 0"),
        (lambda: LanguageModel(changed(width=16.0), weights()), TypeError, "shape.width must be an integer"),
        (
            lambda: LanguageModel(changed(norm_epsilon=0), weights()),
            "shape.norm_epsilon is 0: it must be positive",
        ),
        (lambda: MODEL.with_weights({"rope": [1]}), "'rope' is none of the model's arrays: token_embd"),
        (lambda: MODEL.log_probabilities([[0, 7]]), r"tokens\[0, 1\] is 7: .* 0 to 6"),
        (lambda: MODEL.log_probabilities([0.0]), TypeError, "tokens"),
        (lambda: MODEL.log_probabilities(3), "single number"),
        (lambda: MODEL.log_probabilities([0] * 11), "11 in a window, and the model takes 1 to 10"),
        (lambda: MODEL.log_probabilities(np.zeros((3, 0), int)), "0 in a window"),
        (lambda: MODEL.sample([0] * 8, 3, 0), "n is 3: it must be at most 2"),
        (lambda: MODEL.sample([0], 3, "seed"), TypeError, "seed"),
    ]
)
MODEL = LanguageModel(SHAPE, weights())
