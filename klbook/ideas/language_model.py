"""A language model: a distribution over the next token, for every beginning of a text.

The model is a transformer of the architecture of Llama, as `LanguageModel.logits` says in one screen. A token is a
vector. Each layer adds two things to it: what attention brings from the tokens before it, and what a feed-forward
network makes of the vector itself. The last vector, compared with a vector for each token of the vocabulary, gives
scores (logits), and their softmax is the distribution over the token that comes next.

Weights have the names that they have in GGUF files, and matrices the shape (outputs, inputs). As in these files, the
coordinates that a rotation turns together stand side by side.
"""

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import numpy as np

from klbook.ideas.checks import (
    as_array,
    as_count,
    as_generator,
    as_outcomes,
    as_positive,
    refuse,
)
from klbook.ideas.tokens import Tokenizer

__all__ = [
    "LanguageModel",
    "Shape",
    "attention",
    "held_out_text",
    "kind_of",
    "load",
    "log_softmax",
    "rms_norm",
    "rotate",
    "silu",
    "softmax",
]

_DATA = Path(__file__).parent / "data"
#: Windows that are read, and that are continued, at once: more need more memory, and fewer more time.
_READ, _CONTINUED = 32, 128
#: More layers than any model has: their names are listed before arrays are looked for.
_MOST = {"layers": 10_000}
#: Where the two constants may lie: single precision holds them.
_EPSILON = 1e-30, 1e30


class Shape(NamedTuple):
    """The sizes of a model of Llama's architecture, and two constants."""

    layers: int
    width: int  # numbers in the vector of a token
    heads: int  # of attention, width / heads numbers each
    kv_heads: int  # heads of keys and of values: each serves heads / kv_heads of the queries'
    feed_forward: int  # numbers in the hidden vector of the feed-forward network
    context: int  # the most tokens in a window
    vocabulary: int
    rope_base: float  # the i-th pair of a head's numbers turns by rope_base^(−2i/size) a token, i from 0
    norm_epsilon: float  # added to the mean square that a vector is divided by

    @property
    def head_size(self):
        return self.width // self.heads

    def weights(self):
        """The shape of every array of weights, by its name."""
        d, hidden, kv = self.width, self.feed_forward, self.kv_heads * self.head_size
        layer = {
            "attn_norm": (d,), "attn_q": (d, d), "attn_k": (kv, d), "attn_v": (kv, d), "attn_output": (d, d),
            "ffn_norm": (d,), "ffn_gate": (hidden, d), "ffn_up": (hidden, d), "ffn_down": (d, hidden),
        }  # fmt: skip
        return {
            "token_embd.weight": (self.vocabulary, d),
            **{f"blk.{n}.{name}.weight": size for n in range(self.layers) for name, size in layer.items()},
            "output_norm.weight": (d,),
            "output.weight": (self.vocabulary, d),
        }


class LanguageModel:
    """A transformer of Llama's architecture, computed by NumPy in single precision.

    Parameters
    ----------
    shape : Shape
    weights : dict of str to array_like
        The arrays by their names in GGUF files (`Shape.weights`), matrices as (outputs, inputs). Without
        ``"output.weight"`` the vectors of ``"token_embd.weight"`` serve at both ends.
    bits : dict of str to float, optional
        How many bits each weight of an array takes where it is kept; 16 for arrays that are not named.
    rounding : dict of str to callable, optional
        What is done to vectors (float32, (…, inputs)) before a matrix multiplies them; nothing if it is not named.

    Attributes
    ----------
    shape : Shape
    weights : dict of str to ndarray of float32
    matrices : list of str, the names of those that are matrices; all others are vectors
    bits_per_weight : float, mean over all weights
    size : float, bytes in which all weights are kept

    Methods
    -------
    logits(tokens) : scores of the next token after each token, ndarray of float32, (…, n, V)
    log_probabilities(tokens) : the same as logarithms of probabilities, in nats, ndarray of float64, (…, n, V)
    sample(prompt, n, seed) : windows (…, m) of tokens continued by `n` tokens drawn from the model, (…, m + n)
    with_weights(weights, bits, rounding) : a model with some arrays replaced
    no_past(windows) : with it as `past`, `logits` keeps keys and values, and can go on where it stopped

    `tokens` are integers of shape (…, n): windows along the last axis, each by itself, with n up to `shape.context`.

    Raises
    ------
    TypeError, ValueError
        If weights lack, are too many, have another shape than `shape` says or are not finite; if `shape` cannot be;
        if tokens are none of the vocabulary, or more than the context holds.

    References
    ----------
    Vaswani et al., "Attention Is All You Need", 2017; Su et al., "RoFormer", 2021 (rotations); Zhang and Sennrich,
    "Root Mean Square Layer Normalization", 2019; Shazeer, "GLU Variants Improve Transformer", 2020; Ainslie et al.,
    "GQA", 2023 (shared keys and values); Touvron et al., "LLaMA", 2023 (all of them together).

    Examples
    --------
    >>> shape = Shape(1, 4, 2, 1, 4, 8, 3, 1e4, 1e-5)
    >>> model = LanguageModel(shape, {name: np.ones(size) for name, size in shape.weights().items()})
    >>> model.log_probabilities([0, 2]).round(3)
    array([[-1.099, -1.099, -1.099],
           [-1.099, -1.099, -1.099]])
    """

    def __init__(self, shape, weights, bits=None, rounding=None):
        self.shape = _checked_shape(shape)
        self.weights = _checked_weights(shape, weights)
        self.bits = dict.fromkeys(self.weights, 16.0) | _checked_bits(dict(_mapping(bits or {}, "bits")))
        self.rounding = _checked_rounding(dict(_mapping(rounding or {}, "roundings")))
        for what, named in (("bits", self.bits), ("rounding", self.rounding)):
            if unknown := sorted(set(named) - set(self.weights)):
                raise ValueError(f"{what} has {unknown[0]!r}, which is none of the model's arrays.")

    @np.errstate(
        over="ignore", invalid="ignore"
    )  # what is not finite is refused where it is next squared or compared
    def logits(self, tokens, past=None):
        """Scores of the next token after each token: ndarray of float32, (…, n, V).

        `past` is a list that holds keys and values of the tokens before these, and is given those of these, too.
        """
        tokens, w, shape = self._checked(tokens, past), self.weights, self.shape
        past = self.no_past(tokens.shape[:-1]) if past is None else past
        x = w["token_embd.weight"][tokens]
        for layer in range(shape.layers):
            b = f"blk.{layer}."
            h = rms_norm(x, w[b + "attn_norm.weight"], shape.norm_epsilon)
            q, k, v = (self._split(self.times(f"{b}attn_{name}.weight", h)) for name in "qkv")
            start = past[layer][0].shape[-2]
            q, k = rotate(q, start, shape.rope_base), rotate(k, start, shape.rope_base)
            k, v = past[layer] = [np.concatenate(x, axis=-2) for x in zip(past[layer], (k, v), strict=True)]
            x = x + self.times(b + "attn_output.weight", self._join(attention(q, k, v)))
            h = rms_norm(x, w[b + "ffn_norm.weight"], shape.norm_epsilon)
            gate, up = self.times(b + "ffn_gate.weight", h), self.times(b + "ffn_up.weight", h)
            x = x + self.times(b + "ffn_down.weight", silu(gate) * up)
        x = rms_norm(x, w["output_norm.weight"], shape.norm_epsilon)
        scores = self.times("output.weight" if "output.weight" in w else "token_embd.weight", x)
        refuse(~np.isfinite(scores), scores, "scores", "weights are too large for single precision")
        return scores

    def times(self, name, x):
        """A matrix (outputs, inputs) times vectors: (…, inputs) to (…, outputs)."""
        if name in self.rounding:
            x = self.rounding[name](x)
        matrix = self.weights[name]
        # As one product of two matrices; NumPy would make one for each window.
        return (x.reshape(-1, x.shape[-1]) @ matrix.T).reshape(*x.shape[:-1], len(matrix))

    def _split(self, x):
        """Vectors by heads: (…, n, heads × size) to (…, kv_heads, heads / kv_heads or 1, n, size)."""
        size, groups = self.shape.head_size, self.shape.kv_heads
        x = x.reshape(*x.shape[:-1], groups, x.shape[-1] // (groups * size), size)
        return np.moveaxis(x, -4, -2)

    def _join(self, x):
        """The way back: (…, kv_heads, heads / kv_heads, n, size) to (…, n, width)."""
        x = np.moveaxis(x, -2, -4)
        return x.reshape(*x.shape[:-3], self.shape.width)

    def no_past(self, windows=()):
        """What `logits` takes for `past` where windows begin; `windows` is their shape without the last axis."""
        nothing = np.empty((*windows, self.shape.kv_heads, 1, 0, self.shape.head_size), np.float32)
        return [[nothing, nothing] for _ in range(self.shape.layers)]

    # -- what is asked of it

    def log_probabilities(self, tokens):
        """ln of the probabilities of each next token (nats): ndarray of float64, (…, n, V)."""
        tokens = self._checked(tokens)
        windows = tokens.reshape(-1, tokens.shape[-1])
        found = np.empty((*windows.shape, self.shape.vocabulary))
        for piece in _pieces(len(windows), _READ):
            found[piece] = log_softmax(self.logits(windows[piece]).astype(float))
        return found.reshape(*tokens.shape, self.shape.vocabulary)

    def sample(self, prompt, n, seed):
        """Windows (…, m) of at least one token, continued by `n` drawn tokens: ndarray of int64, (…, m + n)."""
        prompt = self._checked(prompt)
        most = self.shape.context - prompt.shape[-1]
        n, rng = as_count(n, "n", least=0, most=most), as_generator(seed)
        windows = prompt.reshape(-1, prompt.shape[-1])
        found = np.concatenate([windows, np.empty((len(windows), n), np.int64)], axis=1)
        chances = rng.random((len(windows), n))
        for piece in _pieces(len(windows), _CONTINUED):
            new, past = windows[piece], self.no_past(windows[piece].shape[:1])
            for k in range(n):
                rising = np.cumsum(softmax(self.logits(new, past)[:, -1].astype(float)), axis=-1)
                # The last sum may be a hair below 1: a chance beyond it would be no token.
                drawn = (rising[:, :-1] <= chances[piece, k, None]).sum(-1)
                found[piece, windows.shape[1] + k], new = drawn, drawn[:, None]
        return found.reshape(*prompt.shape[:-1], found.shape[1])

    def with_weights(self, weights, bits=None, rounding=None):
        """The model with some arrays replaced, and what is said of their bits and rounding: else 16 and none."""
        if unknown := sorted(set(_mapping(weights, "weights")) - set(self.weights)):
            raise ValueError(f"{unknown[0]!r} is none of the model's arrays: {', '.join(self.weights)}.")
        told = [
            {name: value for name, value in old.items() if name not in weights} | dict(new or {})
            for old, new in ((self.bits, bits), (self.rounding, rounding))
        ]
        return LanguageModel(self.shape, self.weights | dict(weights), *told)

    @property
    def matrices(self):
        """The names of the matrices; all other arrays are vectors."""
        return [name for name, array in self.weights.items() if array.ndim == 2]

    @property
    def size(self):
        """Bytes in which the weights are kept."""
        return sum(self.bits[name] * array.size for name, array in self.weights.items()) / 8

    @property
    def bits_per_weight(self):
        """Mean over all weights."""
        return 8 * self.size / sum(array.size for array in self.weights.values())

    def _checked(self, tokens, past=None):
        tokens = as_outcomes(tokens, self.shape.vocabulary, "tokens").astype(np.int64, copy=False)
        if past is not None and (
            len(past) != self.shape.layers or past[0][0].shape[:-4] != tokens.shape[:-1]
        ):
            raise ValueError(
                f"past is not of {self.shape.layers} layers and of windows {tokens.shape[:-1]}, as no_past makes it."
            )
        n = tokens.shape[-1] + (past[0][0].shape[-2] if past else 0)
        if not 1 <= n <= self.shape.context:
            raise ValueError(f"tokens: {n} in a window, and the model takes 1 to {self.shape.context}.")
        return tokens


# -- the parts of a layer


def rms_norm(x, weight, epsilon):
    """Vectors divided by the root of their mean square, and each coordinate weighted (Zhang and Sennrich 2019)."""
    x, epsilon = _floats(x, "x"), _number(epsilon, "epsilon", *_EPSILON)
    with np.errstate(over="ignore"):
        squares = np.square(x).mean(-1, keepdims=True)
    refuse(~np.isfinite(squares), squares, "the mean square", "vectors are too large for it, or not finite")
    return x / np.sqrt(squares + epsilon) * weight


def rotate(x, start, base):
    """Turn each pair of coordinates by an angle that grows with the place: float32, (…, n, size) (Su et al. 2021).

    Places count from `start`. A pair is one complex number here, and a turn is a product.
    """
    x = np.ascontiguousarray(_floats(x, "x"), np.float32)  # a pair has to be one complex number in memory
    if x.ndim < 2 or x.shape[-1] % 2:
        raise ValueError(f"x has the shape {x.shape}: (…, n, size) with an even size is expected.")
    start, base = as_count(start, "start", most=10**9), _number(base, "base", *_EPSILON)
    n, size = x.shape[-2:]
    angles = np.outer(start + np.arange(n), base ** (-np.arange(0, size, 2) / size))
    return (x.view(np.complex64) * np.exp(1j * angles).astype(np.complex64)).view(np.float32)


def attention(q, k, v):
    """For each query the mean of the values, weighted by how its key fits, up to the query's own place.

    Shapes (…, n, size) and twice (…, m, size): the queries are those of the last n of m places.
    """
    q, k, v = (_floats(x, name) for x, name in ((q, "q"), (k, "k"), (v, "v")))
    shapes = q.shape, k.shape, v.shape
    if not (
        min(map(len, shapes)) >= 2
        and q.shape[-1] == k.shape[-1]
        and q.shape[-2] <= k.shape[-2] == v.shape[-2]
    ):
        raise ValueError(
            f"q, k and v have the shapes {', '.join(map(str, shapes))}: (…, n, size) and twice (…, m, size) are "
            "expected, with m from n on."
        )
    n, m, size = q.shape[-2], k.shape[-2], q.shape[-1]
    later = np.triu(np.full((n, m), -np.inf, q.dtype), m - n + 1)
    return softmax(q @ k.swapaxes(-1, -2) / math.sqrt(size) + later) @ v


def softmax(scores):
    """The distribution whose logarithms are the scores, up to a constant."""
    weights = np.exp(_below_largest(scores))
    return weights / weights.sum(-1, keepdims=True)


def log_softmax(scores):
    """The logarithm of `softmax` (nats), with all digits of small probabilities."""
    scores = _below_largest(scores)
    return scores - np.log(np.exp(scores).sum(-1, keepdims=True))


def silu(x):
    """x / (1 + e^−x): nearly x above 0, nearly 0 below (Shazeer 2020)."""
    x = _floats(x, "x")
    # Below −80 it is less than 1e-32 from 0, and e^80 is the last power of e that single precision divides by well.
    return np.where(x < -80, 0, x) / (1 + np.exp(-np.maximum(x, -80)))


def _below_largest(scores):
    """Scores minus the largest, which has to be a number: −∞ for what is impossible is one only beside others."""
    scores = _floats(scores, "scores")
    if not scores.ndim or not scores.shape[-1]:
        raise ValueError(f"scores have the shape {scores.shape}: a score for each outcome is expected.")
    largest = scores.max(-1, keepdims=True)
    refuse(~np.isfinite(largest), largest, "the largest score", "a finite number is expected")
    with np.errstate(over="ignore"):  # what is further below than any number is impossible
        return scores - largest


def _floats(x, name):
    """Numbers in single precision as they are, and others in double."""
    return x if isinstance(x, np.ndarray) and x.dtype == np.float32 else as_array(x, name)


# -- the book's own model


def load(path=None):
    """A model and its tokenizer, from files that the book's training script writes.

    Parameters
    ----------
    path : path, optional
        Of two files without their endings ``.npz`` (arrays by their names in GGUF files) and ``.json`` (what `Shape`
        names, and ``"merges"``, pairs of tokens); without it the book's own model.

    Returns
    -------
    (LanguageModel, Tokenizer)

    Raises
    ------
    FileNotFoundError
        If one of the two files is not there.
    ValueError
        If the text lacks a part of the shape, or the arrays are not those of such a shape.

    Examples
    --------
    >>> model, tokenizer = load()
    >>> tokens = tokenizer.encode("It is a truth universally")
    >>> model.log_probabilities(tokens).shape == (len(tokens), model.shape.vocabulary)
    True
    """
    path = _DATA / "austen" if path is None else Path(path)
    # Not with_suffix, which would take the end of model-0.5 for an ending.
    told = json.loads(path.with_name(f"{path.name}.json").read_text(encoding="utf-8"))
    if lacking := [name for name in (*Shape._fields, "merges") if name not in told]:
        raise ValueError(f"{path.name}.json lacks {', '.join(lacking)}.")
    with np.load(path.with_name(f"{path.name}.npz")) as arrays:
        model = LanguageModel(Shape(*(told[name] for name in Shape._fields)), dict(arrays))
    return model, Tokenizer(told["merges"])


def held_out_text():
    """Text of the same author from a book that the model has not been trained on.

    Returns
    -------
    str

    Examples
    --------
    >>> len(held_out_text()) > 10_000
    True
    """
    return (_DATA / "austen_heldout.txt").read_text(encoding="utf-8")


def kind_of(name):
    """What an array is for, whatever its layer: ``"blk.1.attn_q.weight"`` is ``"attn_q"``."""
    return name.removesuffix(".weight").split(".")[-1]


# -- checks


def _pieces(count, at_once):
    return [slice(first, first + at_once) for first in range(0, count, at_once)]


def _checked_shape(shape):
    if not isinstance(shape, Shape):
        raise TypeError(f"shape is of the type {type(shape).__name__}: a Shape is expected.")
    for name in Shape._fields[:-2]:
        as_count(getattr(shape, name), f"shape.{name}", least=1, most=_MOST.get(name))
    for name in Shape._fields[-2:]:
        _number(getattr(shape, name), f"shape.{name}", *_EPSILON)
    if shape.width % (2 * shape.heads) or shape.heads % shape.kv_heads:
        raise ValueError(
            f"shape: {shape.heads} heads of {shape.width} numbers, {shape.kv_heads} of keys and values: each head has "
            "the same even count of numbers, and each head of keys serves the same count of heads."
        )
    return shape


def _number(x, name, smallest, largest):
    """One number above 0."""
    x = as_positive(x, name, smallest=smallest, largest=largest)
    if x.ndim:
        raise ValueError(f"{name} has the shape {x.shape}: one number is expected.")
    return float(x)


def _checked_bits(bits):
    for name, value in bits.items():
        _number(value, f"bits of {name}", 0.01, 64)
    return bits


def _checked_rounding(rounding):
    for name, what in rounding.items():
        if not callable(what):
            raise TypeError(f"rounding of {name} is {what!r}: a function of vectors is expected.")
    return rounding


def _mapping(x, what):
    if not isinstance(x, Mapping):
        raise TypeError(
            f"{what} are of the type {type(x).__name__}: a dict by the arrays' names is expected."
        )
    return x


def _checked_weights(shape, weights):
    needed = shape.weights()
    _mapping(weights, "weights")
    lacking = [name for name in needed if name not in weights and name != "output.weight"]
    unknown = [name for name in weights if name not in needed]
    if lacking or unknown:
        raise ValueError(f"weights lack {lacking} and have {unknown}, which the shape does not.")
    checked = {}
    for name in (name for name in needed if name in weights):
        with np.errstate(over="ignore"):
            array = as_array(weights[name], name).astype(np.float32)
        if array.shape != needed[name]:
            raise ValueError(f"{name} has the shape {array.shape}: {needed[name]} is expected.")
        refuse(~np.isfinite(array), array, name, "a finite number in single precision is expected")
        checked[name] = array
    return checked
