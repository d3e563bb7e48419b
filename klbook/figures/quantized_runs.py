"""What the figures of *Quantised language models* show of the book's own model: measured once, kept as a file.

``python -m klbook.figures.quantized_runs`` runs the model for some minutes and writes the file again: rounded numbers,
so that the figures are the same everywhere. A test measures a part of it anew. All divergences are in nats.
"""

import json
import math
from pathlib import Path

import numpy as np

from ..ideas.language_model import held_out_text, kind_of, load, log_softmax
from ..ideas.quantisation import quantise_model
from ..ideas.surprise import kl_divergence_from_logs

__all__ = [
    "BITS", "CODES", "FIRST", "PROTOCOLS", "WINDOW", "bfloat16", "coded", "compared", "cut", "drawn", "estimate",
    "measure", "scored", "sums",
]  # fmt: skip

FILE = Path(__file__).parent / "data" / "quantized-models.json"
BITS = (8, 6, 5, 4, 3, 2)
#: Tokens in a window, and the first of its rows that is scored: the tool's half.
WINDOW, FIRST = 128, 64
#: Windows of the ladder and of everything else.
MANY, FEW = 80, 24
#: The passage that is read token by token: a window of the held-out text, and how many tokens stand in the picture.
PASSAGE, TOP = 2, 8
#: Bits of the code that keeps log-probabilities; the tool's has 16.
CODES = (16, 15, 14, 13, 12, 11, 10, 9, 8)
SEED = 4739
SHARES = (0.1, 1, 5, 10, 25, 50, 75, 90, 95, 99, 99.9)
EDGES = np.linspace(-8, 2, 41)


def cut(tokens, length=WINDOW):
    """A text in windows, one after the other; what is left at the end is dropped."""
    tokens = np.asarray(tokens)
    return tokens[: len(tokens) // length * length].reshape(-1, length)


def scored(model, windows, first=None):
    """ln of the probabilities of the next token at the scored positions: (windows, positions, V)."""
    first = windows.shape[1] // 2 if first is None else first
    return np.concatenate([model.log_probabilities(w[None])[:, first:-1] for w in windows])


def drawn(logs, seed):
    """A token for each position, drawn from the distribution there."""
    rising = np.exp(logs).cumsum(-1)
    chance = np.random.default_rng(seed).random((*logs.shape[:-1], 1)) * rising[..., -1:]
    return (rising[..., :-1] <= chance).sum(-1)


def nats(log_p, log_q):
    """D(P‖Q) for each position."""
    return kl_divergence_from_logs(log_p, log_q, base=math.e)


def plain(log_p, log_q):
    """Σ p ln(p/q) over what is there, which need not sum to one."""
    return (np.exp(log_p) * (log_p - log_q)).sum(-1)


def of_token(logs, tokens):
    """The entry of one token at each position."""
    return np.take_along_axis(logs, tokens[..., None], -1)[..., 0]


def compared(p, q, tokens):
    """D, and ln(p/q) and q − p of the token that came, for each position."""
    ours, theirs = of_token(p, tokens), of_token(q, tokens)
    return nats(p, q), ours - theirs, np.exp(theirs) - np.exp(ours)


def estimate(values):
    """Mean of (windows, positions), its error by token and its error by window."""
    means = values.mean(-1)
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size), means.std(ddof=1) / np.sqrt(len(means))


def coded(logs, bits):
    """Log-probabilities as the tool's file keeps them, with a code of so many bits instead of 16."""
    top = logs.max(-1, keepdims=True)
    low = np.maximum(logs.min(-1, keepdims=True), top - 16)
    step = (top - low) / (2**bits - 1)
    return low + step * np.rint(np.maximum(logs - low, 0) / step)


def sums(p, q, gate=-16):
    """For each position Σ p ln(p/q) and Σ p ln(p/q) − p + q, both over the tokens with ln p above the gate."""
    ps, counts = np.exp(p), p > gate
    return (counts * ps * (p - q)).sum(-1), (counts * (ps * (p - q) - ps + np.exp(q))).sum(-1)


def bfloat16(model):
    """The model with its weights in bfloat16: as many bits as half precision, fewer of them digits."""

    def rounded(x):
        bits = x.view(np.uint32)
        return ((bits + 0x7FFF + ((bits >> 16) & 1)) & 0xFFFF0000).view(np.float32)

    return model.with_weights({name: rounded(x) for name, x in model.weights.items()})


# -- what is kept


def _round(x, digits=5):
    """Numbers with so many digits, in lists."""
    if isinstance(x, dict):
        return {key: _round(value, digits) for key, value in x.items()}
    if isinstance(x, (list, tuple, np.ndarray)):
        return [_round(value, digits) for value in x]
    if isinstance(x, (float, np.floating)):
        return float(f"{x:.{digits}g}")
    return x.item() if isinstance(x, np.generic) else x


def _ladder(base, quants, windows, written):
    """Each quantised model on human text, on its tokens drawn anew from the base, and on text by the base."""
    logs, logs_written = scored(base, windows), scored(base, written)
    tokens, theirs = windows[:, FIRST + 1 :], written[:, FIRST + 1 :]
    anew = drawn(logs, SEED)
    rows, klds = [], {}
    for (bits, offset), model in quants.items():
        q, q_written = scored(model, windows), scored(model, written)
        kld, gap, dp = compared(logs, q, tokens)
        of_written = compared(logs_written, q_written, theirs)
        ratio = {
            "human": estimate(gap),
            "drawn": estimate(of_token(logs, anew) - of_token(q, anew)),
            "written": estimate(of_written[1]),
        }
        rows.append(
            {"bits": bits, "offset": offset, "bits_per_weight": model.bits_per_weight, "size": model.size,
             "kld": estimate(kld), "kld_written": estimate(of_written[0]), "ratio": ratio,
             "rms_dp": 100 * np.sqrt(np.mean(dp**2))}
        )  # fmt: skip
        if not offset:
            klds[bits] = kld
    return rows, klds, logs, tokens


def _distribution(klds):
    """Quantiles, a histogram of log10 D, and what lies above each quantile, for each number of bits."""
    found = {}
    for bits, kld in klds.items():
        values = np.sort(kld.ravel())
        quantiles = np.quantile(values, np.array(SHARES) / 100)
        above = [values[values > x].sum() / values.sum() for x in quantiles]
        counts = np.histogram(np.log10(values), EDGES)[0]
        found[bits] = {"quantiles": quantiles, "above": above, "counts": counts,
                       "over_mean": (values > values.mean()).mean()}  # fmt: skip
    return found


def _reading(base, quants, windows, tokenizer):
    """One window, token by token: the likeliest tokens, and what both models give them."""
    window = windows[PASSAGE]
    p = scored(base, window[None])[0]
    tokens = window[FIRST + 1 :]
    top = np.argsort(-p, axis=-1, kind="stable")[:, :TOP]

    def text(token):
        return tokenizer.decode([token])

    def with_rest(values):
        first = np.take_along_axis(values, top, -1)
        return np.concatenate([first, values.sum(-1, keepdims=True) - first.sum(-1, keepdims=True)], axis=-1)

    found = {
        "tokens": [text(t) for t in tokens],
        "before": [tokenizer.decode(window[: FIRST + 1 + k])[-24:] for k in range(len(tokens))],
        "top": [[text(t) for t in row] for row in top],
        "p": with_rest(np.exp(p)), "p_token": np.exp(of_token(p, tokens)),
        "q": {}, "q_token": {}, "kld": {}, "share": {}, "first": {},
    }  # fmt: skip
    for bits in BITS:
        q = scored(quants[bits, False], window[None])[0]
        gaps = np.exp(p) * (p - q) - np.exp(p) + np.exp(q)
        found["q"][bits] = with_rest(np.exp(q))
        found["q_token"][bits] = np.exp(of_token(q, tokens))
        found["kld"][bits] = nats(p, q)
        found["share"][bits] = _round(100 * with_rest(gaps) / gaps.sum(-1, keepdims=True), 3)
        found["first"][bits] = [text(t) for t in q.argmax(-1)]
    return found


def _kinds(base, windows):
    """D where one kind of matrix alone is rounded, for each number of bits; and where all are."""
    logs = scored(base, windows)
    kinds = list(dict.fromkeys(kind_of(name) for name in base.matrices))
    total = sum(base.weights[name].size for name in base.matrices)
    found = {"all": [nats(logs, scored(quantise_model(base, bits), windows)).mean() for bits in BITS]}
    for kind in kinds:
        models = [quantise_model(base, bits, kind) for bits in BITS]
        found[kind] = [nats(logs, scored(model, windows)).mean() for model in models]
    share = {
        kind: sum(base.weights[name].size for name in base.matrices if kind_of(name) == kind) / total
        for kind in kinds
    }
    return {"share": share, "kld": found}


def _code(base, quants, windows):
    """The error that the code leaves in D, for each number of its bits.

    Base from a file and the other model exact, as in the tool, and its tokens: of its sum and of the gaps. Then both
    of two files, over all tokens.
    """
    p = scored(base, windows)
    found = {}
    for name, model in {"itself": base, "8 bits": quants[8, False], "4 bits": quants[4, False]}.items():
        q = scored(model, windows)
        true = nats(p, q)
        found[name] = {"bits": {}}
        for bits in CODES:
            kept = coded(p, bits), coded(q, bits)
            four = *sums(kept[0], q), *sums(*kept, gate=-np.inf)
            found[name]["bits"][bits] = {
                "rms": [np.sqrt(np.mean((x - true) ** 2)) for x in four],
                "below": [(x < 0).mean() for x in four],
                "shown": [_round(x[0], 3) for x in four[:2]],
            }
    return found


#: What is done otherwise than by the tool, and with what.
PROTOCOLS = (
    "as the tool does", "all positions", "windows of 64", "windows of 32", "a legal text",
    "top 10, rest as one", "top 10, sum made 1", "top 10, nothing else", "bfloat16 alone",
)  # fmt: skip


def _protocols(base, quants, windows, text, other):
    """Mean D by other protocols, for each number of bits."""
    found = {}
    p, whole = scored(base, windows), scored(base, windows, 0)
    short = {n: cut(text[: windows.size], n) for n in (64, 32)}
    short_logs = {n: scored(base, w) for n, w in short.items()}
    other_logs = scored(base, other)
    ten = np.argsort(-p, axis=-1, kind="stable")[..., :10]
    rest = np.ones(p.shape, bool)
    np.put_along_axis(rest, ten, False, -1)

    def one(logs):
        return np.log((np.exp(logs) * rest).sum(-1))

    top_p, rest_p = np.take_along_axis(p, ten, -1), one(p)
    layout = nats(p, scored(bfloat16(base), windows)).mean()
    for bits in BITS:
        model = quants[bits, False]
        q = scored(model, windows)
        top_q, rest_q = np.take_along_axis(q, ten, -1), one(q)
        found[bits] = [
            nats(p, q).mean(),
            nats(whole, scored(model, windows, 0)).mean(),
            *(nats(short_logs[n], scored(model, w)).mean() for n, w in short.items()),
            nats(other_logs, scored(model, other)).mean(),
            (plain(top_p, top_q) + np.exp(rest_p) * (rest_p - rest_q)).mean(),
            nats(log_softmax(top_p), log_softmax(top_q)).mean(),
            plain(top_p, top_q).mean(),
            layout,
        ]
    return found


def measure():
    """Everything that the file keeps."""
    base, tokenizer = load()
    text = tokenizer.encode(held_out_text())
    windows = cut(text)[:MANY]
    written = base.sample(windows[:, :1], WINDOW - 1, SEED)
    quants = {(b, o): quantise_model(base, b, offset=o) for b in BITS for o in (False, True)}
    legal = cut(tokenizer.encode((Path(__file__).parents[2] / "LICENSE").read_text(encoding="utf-8")))[:FEW]
    rows, klds, logs, tokens = _ladder(base, quants, windows, written)
    found = {
        "windows": len(windows), "positions": tokens.size, "vocabulary": base.shape.vocabulary,
        "base_nll": estimate(-of_token(logs, tokens)),
        "ladder": rows,
        "shares": SHARES, "edges": EDGES, "distribution": _distribution(klds),
        "means": {b: klds[b].mean(-1) for b in BITS}, "squares": {b: (klds[b] ** 2).mean(-1) for b in BITS},
        "kinds": _kinds(base, windows[:FEW]),
        "code": _code(base, quants, windows[:4]),
        "protocols": _protocols(base, quants, windows[:FEW], text, legal),
        "reading": _reading(base, quants, windows, tokenizer),
    }  # fmt: skip
    return _round(found)


if __name__ == "__main__":
    FILE.write_text(json.dumps(measure(), ensure_ascii=False, separators=(",", ":")) + "\n", encoding="utf-8")
