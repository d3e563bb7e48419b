"""A second transformer, in plain Python: numbers and lists, one token after the other, as the papers write it."""

import math
import struct


def logits(shape, weights, tokens, rounded=list):
    """Scores after each token of one window; `weights` are lists by their names, `shape` a mapping.

    `rounded` is done to each vector before a matrix multiplies it.
    """

    def times(matrix, x):
        x = rounded(x)
        return [dot(row, x) for row in matrix]

    heads, groups = shape["heads"], shape["kv_heads"]
    size = shape["width"] // heads
    stream = [list(weights["token_embd.weight"][token]) for token in tokens]
    for layer in range(shape["layers"]):
        b = {name: weights[f"blk.{layer}.{name}.weight"] for name in PARTS}
        normed = [norm(x, b["attn_norm"], shape["norm_epsilon"]) for x in stream]
        queries = [cut(times(b["attn_q"], x), size) for x in normed]
        keys = [cut(times(b["attn_k"], x), size) for x in normed]
        values = [cut(times(b["attn_v"], x), size) for x in normed]
        for place in range(len(tokens)):
            found = []
            for head in range(heads):
                group = head * groups // heads
                query = turn(queries[place][head], place, shape["rope_base"])
                fits = [
                    dot(query, turn(keys[other][group], other, shape["rope_base"])) / math.sqrt(size)
                    for other in range(place + 1)
                ]
                total = math.fsum(math.exp(fit) for fit in fits)
                for k in range(size):
                    found.append(
                        math.fsum(math.exp(f) * values[o][group][k] for o, f in enumerate(fits)) / total
                    )
            stream[place] = plus(stream[place], times(b["attn_output"], found))
        for place, x in enumerate(stream):
            x = norm(x, b["ffn_norm"], shape["norm_epsilon"])
            gate = [g / (1 + math.exp(-g)) for g in times(b["ffn_gate"], x)]
            hidden = [g * u for g, u in zip(gate, times(b["ffn_up"], x), strict=True)]
            stream[place] = plus(stream[place], times(b["ffn_down"], hidden))
    output = weights.get("output.weight", weights["token_embd.weight"])
    return [times(output, norm(x, weights["output_norm.weight"], shape["norm_epsilon"])) for x in stream]


PARTS = [
    "attn_norm", "attn_q", "attn_k", "attn_v", "attn_output", "ffn_norm", "ffn_gate", "ffn_up", "ffn_down",
]  # fmt: skip


def dot(x, y):
    return math.fsum(a * b for a, b in zip(x, y, strict=True))


def q8_0(x):
    """Blocks of 32 rounded to whole numbers from −127 to 127 times a scale in half precision."""
    found = []
    for block in cut(x, 32):
        scale = max(map(abs, block)) / 127
        (half,) = struct.unpack("<e", struct.pack("<e", scale))
        found += [half * math.floor(a / scale + 0.5) for a in block]
    return found


def plus(x, y):
    return [a + b for a, b in zip(x, y, strict=True)]


def cut(x, size):
    return [x[k : k + size] for k in range(0, len(x), size)]


def norm(x, weight, epsilon):
    scale = math.sqrt(dot(x, x) / len(x) + epsilon)
    return [a / scale * w for a, w in zip(x, weight, strict=True)]


def turn(x, place, base):
    """Coordinates 2i and 2i + 1 turned by the angle place · base^(−2i/size)."""
    turned = []
    for k in range(0, len(x), 2):
        angle = place * base ** (-k / len(x))
        turned.append(x[k] * math.cos(angle) - x[k + 1] * math.sin(angle))
        turned.append(x[k] * math.sin(angle) + x[k + 1] * math.cos(angle))
    return turned
