"""Trains the small language model of the chapter on quantised language models, from nothing to files.

``training/README.md`` says how to run it and what came out. From top to bottom: the text, the tokenizer, the model,
the training, what is written.
"""

import argparse
import json
import math
import random
import re
import struct
import subprocess
import tempfile
import time
import zlib
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F

from klbook.ideas.language_model import Shape
from klbook.ideas.tokens import Tokenizer

ROOT = Path(__file__).parent.parent
SHAPE = Shape(
    layers=3,
    width=256,
    heads=4,
    kv_heads=2,
    feed_forward=512,
    context=128,
    vocabulary=1024,
    rope_base=10000.0,
    norm_epsilon=1e-5,
)
HELD_OUT = "Pride and Prejudice"
SEEN = "Persuasion"  # of those trained on, the one whose loss is told beside it
# Each works on its half of a batch alone: threads that share each product wait for each other thousands of times.
WORKERS = ThreadPoolExecutor(2, initializer=torch.set_num_threads, initargs=(1,))
PACKAGE = "r-cran-janeaustenr"  # of Debian: six novels of Jane Austen, as R's vectors of lines


# The text -------------------------------------------------------------------------------------------------------------


def novels() -> dict[str, str]:
    """The six novels by title, one paragraph a line, without headings; from Debian's package."""
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run(["apt-get", "download", "--quiet", PACKAGE], cwd=folder, check=True)
        (archive,) = Path(folder).glob("*.deb")
        subprocess.run(["dpkg-deb", "--extract", archive, folder], check=True)
        data = next(Path(folder).rglob("Rdata.rdb")).read_bytes()
    books = {}
    while data:  # four bytes for the length, then one zlib stream for each object
        stream = zlib.decompressobj()
        lines = character_vector(stream.decompress(data[4:]))
        data = stream.unused_data
        books[lines[0].title().replace(" And ", " and ")] = "\n".join(paragraphs(lines))
    return books


def character_vector(data: bytes) -> list[str]:
    """The strings of a character vector as R's ``serialize`` writes it: a type, a count, then flags, length, bytes."""
    at = data.index(b"UTF-8") + 5
    kind, count = struct.unpack_from(">II", data, at)
    assert kind == 16, "not a character vector"
    at += 8
    strings = []
    for _ in range(count):
        length = struct.unpack_from(">i", data, at + 4)[0]
        strings.append(data[at + 8 : at + 8 + length].decode())
        at += 8 + length
    assert at == len(data)
    return strings


def paragraphs(lines: list[str]) -> list[str]:
    """Lines joined to paragraphs, without marks of emphasis, headings, what stands before the first chapter, and notes
    of the edition."""
    text = "\n".join(lines).replace("_", "")
    text = re.split(r"\n *A NOTE ON THE TEXT", text)[0]
    found = [" ".join(block.split()) for block in re.split(r"\n\s*\n", text)]
    first = next(i for i, words in enumerate(found) if re.match(r"chapter\b", words, re.IGNORECASE))
    heading = re.compile(r"(volume|chapter) [ivxl\d]+|finis|the end|[* ]*", re.IGNORECASE)
    return [words for words in found[first:] if not heading.fullmatch(words)]


# The tokenizer --------------------------------------------------------------------------------------------------------
# What it does with a text is in klbook/ideas/tokens.py. Here are found the pairs that it joins.

PIECE = re.compile(r" ?\w+| ?[^\w\s]+|\s+")


def learn_merges(text: str, count: int) -> list[tuple[int, int]]:
    """The pairs that are merged, first the most frequent one, again and again; of equals the first by number."""
    # A piece is a string whose characters are the numbers of its tokens: replacing merges from left to right.
    pieces = Counter(piece.encode().decode("latin-1") for piece in PIECE.findall(text))
    pairs = Counter()

    def enter(piece, times):
        for i in range(len(piece) - 1):
            pairs[piece[i : i + 2]] += times

    for piece, times in pieces.items():
        enter(piece, times)
    merges = []
    for new in range(256, 256 + count):
        best = min(pairs, key=lambda pair: (-pairs[pair], pair))
        merges.append((ord(best[0]), ord(best[1])))
        for piece in [piece for piece in pieces if best in piece]:
            times = pieces.pop(piece)
            enter(piece, -times)
            merged = piece.replace(best, chr(new))
            enter(merged, times)
            pieces[merged] += times
    return merges


# The model ------------------------------------------------------------------------------------------------------------


def new_weights(shape: Shape) -> dict[str, torch.Tensor]:
    """Weights at the beginning, by their names in GGUF. The vectors of the tokens serve at both ends."""
    weights = {}
    for name, size in shape.weights().items():
        if name == "output.weight":
            continue
        if len(size) == 1:
            weights[name] = torch.ones(size)
        else:
            spread = 0.02 if name == "token_embd.weight" else 0.5 / math.sqrt(size[1])
            # What is added to the vector of a token is the smaller, the more often something is added.
            if name.endswith(("attn_output.weight", "ffn_down.weight")):
                spread /= math.sqrt(2 * shape.layers)
            weights[name] = spread * torch.randn(size)
        weights[name].requires_grad_()
    return weights


def rotate(x: torch.Tensor, base: float) -> torch.Tensor:
    """Rotary positions: of each head, numbers 2i and 2i + 1 turn by position · base^(−2i/size)."""
    *_, length, size = x.shape
    angle = torch.arange(length)[:, None] * base ** (-torch.arange(0, size, 2) / size)
    cos, sin = angle.cos(), angle.sin()
    even, odd = x[..., 0::2], x[..., 1::2]
    return torch.stack([even * cos - odd * sin, even * sin + odd * cos], -1).flatten(-2).to(x.dtype)


def logits(weights: dict, shape: Shape, tokens: torch.Tensor) -> torch.Tensor:
    """Logits of the next token at each position, for a batch of windows of tokens."""
    batch, length = tokens.shape
    d, heads, kv_heads = shape.width, shape.heads, shape.kv_heads
    size = d // heads
    later = torch.full((length, length), -torch.inf).triu(1)

    def norm(x, name):
        return F.rms_norm(x, (d,), weights[name], shape.norm_epsilon)

    def linear(x, name):
        return F.linear(x, weights[name])

    def by_heads(x, count):
        return x.view(batch, length, count, size).transpose(1, 2)

    x = weights["token_embd.weight"][tokens]
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        y = norm(x, f"{block}attn_norm.weight")
        q = rotate(by_heads(linear(y, f"{block}attn_q.weight"), heads), shape.rope_base)
        k = rotate(by_heads(linear(y, f"{block}attn_k.weight"), kv_heads), shape.rope_base)
        v = by_heads(linear(y, f"{block}attn_v.weight"), kv_heads)
        # Each head of keys and values serves several of the queries, which are laid one below the other.
        q = q.reshape(batch, kv_heads, -1, size)
        scores = (q @ k.transpose(-1, -2)).view(batch, heads, length, length) / math.sqrt(size) + later
        y = scores.softmax(-1).view(batch, kv_heads, -1, length).to(v.dtype) @ v
        y = y.view(batch, heads, length, size).transpose(1, 2).reshape(batch, length, d)
        x = x + linear(y, f"{block}attn_output.weight")
        y = norm(x, f"{block}ffn_norm.weight")
        y = F.silu(linear(y, f"{block}ffn_gate.weight")) * linear(y, f"{block}ffn_up.weight")
        x = x + linear(y, f"{block}ffn_down.weight")
    return linear(norm(x, "output_norm.weight"), "token_embd.weight")


# The training ---------------------------------------------------------------------------------------------------------


def batches(tokens: torch.Tensor, length: int, size: int, seed: int):
    """Batches of windows without end: round after round through the text, each time cut elsewhere and shuffled."""
    order = random.Random(seed)
    while True:
        start = order.randrange(length)
        starts = list(range(start, len(tokens) - length, length))
        order.shuffle(starts)
        for i in range(0, len(starts) - size + 1, size):
            yield torch.stack([tokens[at : at + length + 1] for at in starts[i : i + size]])


def losses(weights: dict, shape: Shape, tokens: torch.Tensor) -> torch.Tensor:
    """Nats of each token of a text but the first of each window, one row for each window; windows do not overlap."""
    length = shape.context
    windows = tokens[: (len(tokens) - 1) // length * length + 1].unfold(0, length + 1, length)

    @torch.no_grad()
    def of(some):
        rows = logits(weights, shape, some[:, :-1])
        return F.cross_entropy(rows.transpose(1, 2), some[:, 1:], reduction="none")

    return torch.cat(list(WORKERS.map(of, windows.split(32))))


def train(tokens: torch.Tensor, held_out: torch.Tensor, shape: Shape, args) -> dict[str, torch.Tensor]:
    """Weights after all steps. Matrices of the layers by Muon, the others by AdamW; products in bfloat16."""
    weights = new_weights(shape)
    matrices = [w for name, w in weights.items() if name.startswith("blk") and w.ndim == 2]
    others = [w for name, w in weights.items() if not name.startswith("blk") or w.ndim == 1]
    optimizers = [
        torch.optim.Muon(matrices, args.rate, weight_decay=args.decay, adjust_lr_fn="match_rms_adamw"),
        torch.optim.AdamW(others, args.rate, betas=(0.9, 0.95), weight_decay=0.0),
    ]
    began, step = time.time(), 0
    if args.checkpoint.exists():
        kept = torch.load(args.checkpoint)
        step = kept["step"]
        for w, then in zip(weights.values(), kept["weights"].values(), strict=True):
            w.data.copy_(then)
        for optimizer, then in zip(optimizers, kept["optimizers"], strict=True):
            optimizer.load_state_dict(then)

    def gradients(windows):
        with torch.autocast("cpu", torch.bfloat16, cache_enabled=False):
            rows = logits(weights, shape, windows[:, :-1])
        loss = F.cross_entropy(rows.float().flatten(0, 1), windows[:, 1:].flatten())
        return loss.item(), torch.autograd.grad(loss, list(weights.values()))

    for batch in islice(batches(tokens, shape.context, args.batch, args.seed), step, args.steps):
        # The rate rises over fifty steps, stays, and falls to nothing over the last two fifths.
        rate = args.rate * min((step + 1) / 50, 1, (1 - step / args.steps) / 0.4)
        for optimizer in optimizers:
            for group in optimizer.param_groups:
                group["lr"] = rate
        (one, some), (two, rest) = WORKERS.map(gradients, batch.chunk(2))
        for w, first, second in zip(weights.values(), some, rest, strict=True):
            w.grad = (first + second) / 2
        loss = (one + two) / 2
        for optimizer in optimizers:
            optimizer.step()
        step += 1
        if step % args.every == 0 or step == args.steps:
            found = losses(weights, shape, held_out[:30_000]).mean().item()
            took = time.time() - began
            print(f"step {step}, {took:.0f} s: {loss:.4f}, held out {found:.4f}", flush=True)
            state = {"step": step, "weights": weights, "optimizers": [o.state_dict() for o in optimizers]}
            torch.save(state, args.checkpoint)
    return weights


# What is written ------------------------------------------------------------------------------------------------------


def measure(weights: dict, shape: Shape, text: str, tokenizer: Tokenizer) -> dict:
    """The loss on a text: windows of context + 1 tokens, of which all but the first are predicted."""
    tokens = torch.tensor(tokenizer.encode(text))
    found = losses(weights, shape, tokens).double()
    size = sum(len(tokenizer.pieces[token]) for token in tokens[1 : found.numel() + 1])
    total = found.sum().item()
    return {
        "windows": len(found),
        "tokens": found.numel(),
        "bytes": size,
        "nats_per_token": round(total / found.numel(), 4),
        "error_by_window": round((found.mean(1).std() / math.sqrt(len(found))).item(), 4),
        "nats_per_byte": round(total / size, 4),
        "bits_per_byte": round(total / size / math.log(2), 4),
    }


def excerpt(text: str, least: int = 30_000) -> str:
    """The first paragraphs, until they have so many characters."""
    return text[: text.index("\n", least) + 1]


def write(weights: dict, shape: Shape, merges: list, seen: str, held_out: str, told: dict, out: Path) -> None:
    """Weights as float16, shape and tokenizer, a piece of the text that was held out, and logits for the tests."""
    data, tests = out / "klbook/ideas/data", out / "tests/ideas/data"
    data.mkdir(parents=True, exist_ok=True)
    tests.mkdir(parents=True, exist_ok=True)
    half = {name: w.detach().half() for name, w in weights.items()}
    np.savez_compressed(data / "austen.npz", **{name: w.numpy() for name, w in half.items()})
    tokenizer = Tokenizer(merges)
    # All that is said of the model is said of the rounded weights.
    weights = {name: w.float() for name, w in half.items()}
    card = shape._asdict() | told
    card["parameters"] = sum(w.numel() for w in weights.values())
    card["held_out"] = {"title": HELD_OUT} | measure(weights, shape, held_out, tokenizer)
    card["held_out_excerpt"] = measure(weights, shape, excerpt(held_out), tokenizer)
    card["seen"] = {"title": SEEN} | measure(weights, shape, seen, tokenizer)
    card["merges"] = merges
    lines = ",\n".join(f"  {json.dumps(key)}: {json.dumps(value)}" for key, value in card.items())
    (data / "austen.json").write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")
    (data / "austen_heldout.txt").write_text(excerpt(held_out), encoding="utf-8")
    tokens = torch.tensor(tokenizer.encode(excerpt(held_out))[: shape.context])
    rows = np.arange(3, shape.context, 4)
    with torch.no_grad():
        found = logits(weights, shape, tokens[None])[0, rows].numpy()
    np.savez_compressed(tests / "trainer_logits.npz", tokens=tokens.numpy(), rows=rows, logits=found)
    print(table([card["held_out"], card["held_out_excerpt"], card["seen"]]))


def table(parts: list[dict]) -> str:
    """The rows of the card's table."""
    rows = {
        "windows": [f"{part['windows']:,}" for part in parts],
        "tokens predicted": [f"{part['tokens']:,}" for part in parts],
        "nats a token": [f"{part['nats_per_token']:.3f} ± {part['error_by_window']:.3f}" for part in parts],
        "nats a byte": [f"{part['nats_per_byte']:.3f}" for part in parts],
        "bits a byte": [f"{part['bits_per_byte']:.3f}" for part in parts],
    }
    return "\n".join(f"| {name} | {' | '.join(cells)} |" for name, cells in rows.items())


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=700)
    parser.add_argument("--batch", type=int, default=32, help="windows in a step")
    parser.add_argument("--rate", type=float, default=5e-3, help="the highest learning rate")
    parser.add_argument("--decay", type=float, default=0.3, help="weight decay of the layers' matrices")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument(
        "--every", type=int, default=100, help="steps between reports, and between checkpoints"
    )
    kept = ROOT / "training/checkpoint.pt"
    parser.add_argument("--checkpoint", type=Path, default=kept, help="goes on from there if it exists")
    parser.add_argument("--out", type=Path, default=ROOT, help="the folder of the project")
    args = parser.parse_args()

    torch.manual_seed(args.seed)
    torch.set_num_threads(1)
    torch.use_deterministic_algorithms(True)
    books = novels()
    held_out = books.pop(HELD_OUT)
    training = "\n".join(books.values())
    assert not any(len(line) > 60 and line in training for line in held_out.split("\n")), (
        "held-out text in training"
    )
    merges = learn_merges(training, SHAPE.vocabulary - 256)
    tokens, unseen = (torch.tensor(Tokenizer(merges).encode(text)) for text in (training, held_out))
    print(f"{', '.join(books)}: {len(training):,} characters, {len(tokens):,} tokens", flush=True)
    weights = train(tokens, unseen, SHAPE, args)
    told = {
        "text": f"novels of Jane Austen (in the public domain) from Debian's package {PACKAGE} (MIT)",
        "novels": list(books),
        "text_tokens": len(tokens),
        "training": {name: getattr(args, name) for name in ("steps", "batch", "rate", "decay", "seed")},
        "torch": torch.__version__,
    }
    write(weights, SHAPE, merges, books[SEEN], held_out, told, args.out)


if __name__ == "__main__":
    main()
