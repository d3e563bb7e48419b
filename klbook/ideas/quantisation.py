"""Quantisation: weights rounded to few bits, block by block.

A weight in half precision takes 16 bits. Cut a row of a matrix into blocks of 32; keep for each block one scale in
half precision, and for each weight a small whole number, the code:

    weight ≈ code · scale            codes from −2^(b−1) to 2^(b−1) − 1
    weight ≈ code · scale + offset   codes from 0 to 2^b − 1, and the offset is the least weight of the block

The scale costs bits as well: 4 bits a code are 4 + 16/32 = 4.5 bits a weight, and 5 with an offset.

With blocks of 32 these are the formats of llama.cpp, number by number: Q8_0, Q5_0 and Q4_0, with an offset Q5_1 and
Q4_1. It has none of 6, 3 and 2 bits of this kind: its newer ones (Q6_K, Q4_K, Q3_K, Q2_K) put blocks together and round
their scales, too.
"""

from typing import NamedTuple

import numpy as np

from klbook.ideas.checks import as_array, as_count, refuse
from klbook.ideas.language_model import LanguageModel, kind_of

__all__ = ["Quantised", "quantise", "quantise_model"]

#: Bits in which a scale or an offset is kept: they are in half precision.
_SCALE = 16


class Quantised(NamedTuple):
    """Rounded weights: what is kept of them, and what that stands for."""

    codes: np.ndarray  # int16, (…, n)
    scales: np.ndarray  # float16, (…, n / block)
    offsets: np.ndarray | None  # float16, (…, n / block), or None
    restored: np.ndarray  # float32, (…, n): codes · scales + offsets
    bits_per_weight: float


def quantise(weights, bits, block=32, offset=False):
    """Round weights to codes of so many bits, with a scale for each block.

    Without an offset the scale is chosen so that the weight of the largest size in a block is met by the code
    −2^(b−1), the only one without a partner of the other sign; so the scale is negative where that weight is above 0,
    and a weight of nearly its size and the other sign, which would need 2^(b−1), is cut to the code below. With 8 bits
    there are codes enough for both signs, and the largest size is met by ±127. With an offset the least and the
    greatest weight of a block are met.

    Apart from the cut, the error is at most half a scale, and what rounding to half precision adds. That of the scale
    tells where codes are large (a code of 127 carries its error 127 times), and where the scale is below 6e-8, half of
    which is 0 in half precision. That of the offset is up to 1/2,048 of it, which is many scales where weights
    differ by little from each other and by much from 0.

    Parameters
    ----------
    weights : array_like, (…, n)
    bits : int, of a code, from 2 to 8
    block : int, weights with a common scale; n must be a multiple of it
    offset : bool, whether a block has an offset besides its scale

    Returns
    -------
    Quantised
        ``codes`` (int16, shape of `weights`), ``scales`` and ``offsets`` (float16, (…, n / block); None without
        `offset`), ``restored`` (float32, shape of `weights`) and ``bits_per_weight``. llama.cpp stores the codes of
        Q4_0 and Q5_0 with 8 and 16 added.

    Raises
    ------
    TypeError, ValueError
        If `bits` or `block` cannot be, n is no multiple of `block`, or a weight is not finite or so large that its
        block's scale or offset is none in half precision (65,504 is the largest).

    References
    ----------
    ``quantize_row_q4_0_ref`` and its neighbours in ggml, the library below llama.cpp.

    Examples
    --------
    >>> small = quantise([-0.8, 0.1, 0.25, 0.7], 4, block=4)
    >>> small.codes, small.scales
    (array([-8,  1,  3,  7], dtype=int16), array([0.1], dtype=float16))
    >>> small.restored.round(3), small.bits_per_weight
    (array([-0.8,  0.1,  0.3,  0.7], dtype=float32), 8.0)
    """
    bits, block = as_count(bits, "bits", least=2, most=8), as_count(block, "block", least=1)
    with np.errstate(over="ignore"):
        weights = as_array(weights, "weights").astype(np.float32)
    refuse(~np.isfinite(weights), weights, "weights", "a finite number in single precision is expected")
    if weights.ndim == 0 or weights.shape[-1] % block:
        raise ValueError(
            f"weights have the shape {weights.shape}: rows of a multiple of {block} are expected."
        )
    blocks = weights.reshape(*weights.shape[:-1], weights.shape[-1] // block, block)
    with np.errstate(over="ignore", invalid="ignore"):  # a scale above single precision is refused below
        lowest, scales, codes = (_with_offset if offset else _symmetric)(blocks, bits)
    kept, offsets = _half(scales, "scale"), _half(lowest, "offset") if offset else None
    restored = codes.astype(np.float32) * kept.astype(np.float32)
    if offset:
        restored += offsets.astype(np.float32)
    return Quantised(
        codes.astype(np.int16).reshape(weights.shape),
        kept[..., 0],
        offsets[..., 0] if offset else None,
        restored.reshape(weights.shape),
        bits + (1 + bool(offset)) * _SCALE / block,
    )


def _symmetric(blocks, bits):
    """No offset, scales and codes; where all weights are 0, so is the scale."""
    half = 2 ** (bits - 1)
    at = np.abs(blocks).argmax(-1, keepdims=True)
    largest = np.take_along_axis(blocks, at, -1)
    if bits == 8:
        scales = np.abs(largest) / np.float32(127)
        return None, scales, _nearest(_over(blocks, scales))
    scales = largest / np.float32(-half)
    codes = np.floor(_over(blocks, scales) + np.float32(half + 0.5)) - half
    return None, scales, np.minimum(codes, half - 1)


def _with_offset(blocks, bits):
    """Offsets, scales and codes; where all weights are equal, the scale is 0."""
    lowest, highest = blocks.min(-1, keepdims=True), blocks.max(-1, keepdims=True)
    scales = (highest - lowest) / np.float32(2**bits - 1)
    return lowest, scales, np.minimum(np.floor(_over(blocks - lowest, scales) + np.float32(0.5)), 2**bits - 1)


def _over(x, scales):
    """x / scales as the tool takes it, times the rounded inverse; 0 where that is infinite, or the scale 0."""
    with np.errstate(over="ignore"):
        inverse = np.divide(1, scales, out=np.zeros_like(scales), where=scales != 0)
    return x * np.where(np.isfinite(inverse), inverse, np.float32(0))


def _nearest(x):
    """The nearest whole number; of two, the one farther from 0."""
    return np.copysign(np.floor(np.abs(x) + np.float32(0.5)), x)


def _half(x, what):
    with np.errstate(over="ignore"):
        kept = x.astype(np.float16)
    if not np.isfinite(kept).all():
        raise ValueError(
            f"a block's {what} would be {x[~np.isfinite(kept)][0]:g}: 65504 is the largest in float16."
        )
    return kept


def quantise_model(model, bits, kinds=None, offset=False, activations=None):
    """A model with its matrices rounded, all of them or those of some kinds; vectors of weights stay as they are.

    What a matrix is multiplied by, the activations, stays as it is, too, if nothing else is said. On a CPU llama.cpp
    rounds them to 8 bits before each product with a quantised matrix, since sums of products of whole numbers are
    fast: what the tool prints there is the effect of both.

    Parameters
    ----------
    model : LanguageModel
    bits : int, of a code, from 2 to 8
    kinds : str or iterable of str, optional
        Which matrices: ``"token_embd"``, ``"attn_q"``, ``"attn_k"``, ``"attn_v"``, ``"attn_output"``, ``"ffn_gate"``,
        ``"ffn_up"``, ``"ffn_down"`` (each of all layers), ``"output"``; without it all.
    offset : bool, whether blocks have an offset
    activations : int, optional
        Bits to which vectors are rounded, too, before they are multiplied by a rounded matrix, without an offset.

    Returns
    -------
    LanguageModel
        Its ``bits_per_weight`` and its ``size`` count all weights, those that are not rounded with 16 bits (or what
        they had in `model`), and the scales.

    Raises
    ------
    TypeError, ValueError: if `bits` or `activations` cannot be, or there is no matrix of a kind

    Examples
    --------
    >>> import numpy as np
    >>> from klbook.ideas.language_model import LanguageModel, Shape
    >>> shape = Shape(1, 32, 2, 1, 32, 8, 3, 1e4, 1e-5)
    >>> model = LanguageModel(shape, {name: np.ones(size) for name, size in shape.weights().items()})
    >>> small = quantise_model(model, 4)
    >>> model.size, small.size, round(small.bits_per_weight, 2)
    (12864.0, 3756.0, 4.67)
    """
    if not isinstance(model, LanguageModel):
        raise TypeError(f"model is of the type {type(model).__name__}: a LanguageModel is expected.")
    names = model.matrices
    if kinds is not None:
        kinds = [kinds] if isinstance(kinds, str) else list(kinds)
        there = sorted({kind_of(name) for name in names})
        if unknown := [kind for kind in kinds if kind not in there]:
            raise ValueError(f"kinds has {unknown[0]!r}: the model has matrices of {', '.join(there)}.")
        names = [name for name in names if kind_of(name) in kinds]
    rounded = {name: quantise(model.weights[name], bits, offset=offset) for name in names}
    rounding = None
    if activations is not None:
        activations = as_count(activations, "activations", least=2, most=8)
        rounding = dict.fromkeys(names, lambda x: quantise(x, activations).restored)
    return model.with_weights(
        {name: array.restored for name, array in rounded.items()},
        {name: array.bits_per_weight for name, array in rounded.items()},
        rounding,
    )
