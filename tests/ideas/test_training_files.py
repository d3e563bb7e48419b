"""The files that ``training/train.py`` writes: they fit each other, the bounds, and what the model card says."""

import json
import math
import re
import tomllib
import zipfile
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).resolve().parents[2]
DATA = ROOT / "klbook/ideas/data"
TOLD = json.loads((DATA / "austen.json").read_text(encoding="utf-8"))
TEXT = (DATA / "austen_heldout.txt").read_text(encoding="utf-8")
CARD = (ROOT / "training/README.md").read_text(encoding="utf-8")
LOGITS = ROOT / "tests/ideas/data/trainer_logits.npz"


@pytest.fixture(scope="module")
def weights():
    with np.load(DATA / "austen.npz") as arrays:
        return dict(arrays)


def encode(text):
    """By the definition: of all pairs in a piece the one that was learnt first is merged, until there is none."""
    rank = {tuple(pair): i for i, pair in enumerate(TOLD["merges"])}
    tokens = []
    for piece in re.findall(r" ?\w+| ?[^\w\s]+|\s+", text):
        part = list(piece.encode())
        while known := [pair for pair in pairwise(part) if pair in rank]:
            best = min(known, key=rank.get)
            at = list(pairwise(part)).index(best)
            part[at : at + 2] = [256 + rank[best]]
        tokens += part
    return tokens


def test_the_files_are_small():
    assert (DATA / "austen.npz").stat().st_size + (DATA / "austen.json").stat().st_size <= 4_000_000
    assert LOGITS.stat().st_size <= 300_000


def test_the_weights_are_half_precision_of_the_shape_that_is_told(weights):
    d, f, v = TOLD["width"], TOLD["feed_forward"], TOLD["vocabulary"]
    kv = d // TOLD["heads"] * TOLD["kv_heads"]
    block = {
        "attn_norm": (d,), "attn_q": (d, d), "attn_k": (kv, d), "attn_v": (kv, d), "attn_output": (d, d),
        "ffn_norm": (d,), "ffn_gate": (f, d), "ffn_up": (f, d), "ffn_down": (d, f),
    }  # fmt: skip
    sizes = {"token_embd.weight": (v, d), "output_norm.weight": (d,)}
    for n in range(TOLD["layers"]):
        sizes |= {f"blk.{n}.{name}.weight": size for name, size in block.items()}
    assert {name: array.shape for name, array in weights.items()} == sizes
    assert {array.dtype for array in weights.values()} == {np.dtype(np.float16)}
    assert all(np.isfinite(array).all() and array.std() > 0 for array in weights.values())
    assert sum(array.size for array in weights.values()) == TOLD["parameters"]
    assert d % (2 * TOLD["heads"]) == 0 and TOLD["heads"] % TOLD["kv_heads"] == 0


@pytest.mark.parametrize("file", [DATA / "austen.npz", LOGITS], ids=lambda file: file.name)
def test_no_time_is_written(file):
    """The same weights give the same bytes."""
    assert {entry.date_time for entry in zipfile.ZipFile(file).infolist()} == {(1980, 1, 1, 0, 0, 0)}


def test_a_merge_joins_two_tokens_that_exist_before_it():
    merges = [tuple(pair) for pair in TOLD["merges"]]
    assert len(merges) == len(set(merges)) == TOLD["vocabulary"] - 256
    assert all(0 <= token < 256 + i for i, pair in enumerate(merges) for token in pair)


def test_no_token_reaches_across_words():
    pieces = [bytes([byte]) for byte in range(256)]
    for left, right in TOLD["merges"]:
        pieces.append(pieces[left] + pieces[right])
    for token in range(256, len(pieces)):
        assert re.fullmatch(r" ?\w+| ?[^\w\s]+|\s+", pieces[token].decode()), token


def test_the_excerpt_is_what_the_trainer_measured():
    tokens, told = encode(TEXT), TOLD["held_out_excerpt"]
    context = TOLD["context"]
    assert told["windows"] == (len(tokens) - 1) // context and told["tokens"] == context * told["windows"]
    lengths = [1] * 256
    for left, right in TOLD["merges"]:
        lengths.append(lengths[left] + lengths[right])
    assert told["bytes"] == sum(lengths[token] for token in tokens[1 : told["tokens"] + 1])
    assert TEXT.startswith("It is a truth universally acknowledged") and TEXT.endswith(".\n")


def test_the_stored_logits_are_of_the_excerpt():
    with np.load(LOGITS) as kept:
        tokens, rows, logits = kept["tokens"], kept["rows"], kept["logits"]
    assert tokens.tolist() == encode(TEXT)[: TOLD["context"]]
    assert logits.shape == (len(rows), TOLD["vocabulary"]) and logits.dtype == np.float32
    assert rows.max() == TOLD["context"] - 1
    # They are a model's of this text: the tokens that follow are likelier than by chance.
    follows = rows[:-1]
    chosen = logits[:-1][np.arange(len(follows)), tokens[follows + 1]]
    assert np.mean(np.log(np.exp(logits[:-1]).sum(1)) - chosen) < math.log(TOLD["vocabulary"]) - 2


@pytest.mark.parametrize("part", ["held_out", "held_out_excerpt", "seen"])
def test_units_agree(part):
    told = TOLD[part]
    per_byte = told["nats_per_token"] * told["tokens"] / told["bytes"]
    assert told["nats_per_byte"] == pytest.approx(per_byte, abs=1e-4)
    assert told["bits_per_byte"] == pytest.approx(per_byte / math.log(2), abs=2e-4)
    assert 0 < told["error_by_window"] < 0.1 * told["nats_per_token"]


def test_the_card_tells_what_was_measured():
    parts = [TOLD[name] for name in ("held_out", "held_out_excerpt", "seen")]
    rows = {
        "windows": [f"{part['windows']:,}" for part in parts],
        "tokens predicted": [f"{part['tokens']:,}" for part in parts],
        "nats a token": [f"{part['nats_per_token']:.3f} ± {part['error_by_window']:.3f}" for part in parts],
        "nats a byte": [f"{part['nats_per_byte']:.3f}" for part in parts],
        "bits a byte": [f"{part['bits_per_byte']:.3f}" for part in parts],
    }
    for name, cells in rows.items():
        assert f"| {name} | {' | '.join(cells)} |" in CARD
    assert f"{TOLD['parameters']:,} parameters" in CARD
    assert f"{TOLD['training']['steps']:,} steps" in CARD
    assert f"{TOLD['text_tokens']:,} tokens" in CARD
    assert f"{(DATA / 'austen.npz').stat().st_size:,} bytes" in CARD
    assert TOLD["torch"] in CARD and all(f"*{title}*" in CARD for title in TOLD["novels"])


def test_data_files_belong_to_the_package():
    patterns = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["setuptools"]
    packed = {
        path for pattern in patterns["package-data"]["klbook"] for path in (ROOT / "klbook").glob(pattern)
    }
    files = {path for path in (ROOT / "klbook").glob("**/data/*") if path.is_file()}
    assert files and files <= packed
