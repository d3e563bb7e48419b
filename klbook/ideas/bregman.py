"""Bregman: the gap between a convex curve and its tangent.

A convex curve lies above each of its tangents. How far above the tangent at q it lies at p is the Bregman
divergence

    D(p, q) = φ(p) − φ(q) − ⟨∇φ(q), p − q⟩  ≥  0.

For φ(x) = Σ x² it is the squared distance, for the negative entropy Σ x·log x it is Σ p·log(p/q) − p + q,
which is the Kullback-Leibler divergence where p and q both sum to 1. For a scoring rule it is what a
wrong forecast costs. Like squared distances, these divergences obey a theorem of Pythagoras.

The gaps here are computed from the curve and its slope. `klbook.ideas.surprise.kl_divergence` appears where
divergences are compared with something else: in `pythagorean_gap`.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from klbook.ideas.checks import (
    SMALLEST,
    as_amounts,
    as_array,
    as_distribution,
    as_finite,
    as_one_distribution,
    as_outcomes,
    as_pair,
    broadcast,
    check_axis,
    check_base,
    plain,
    refuse,
)
from klbook.ideas.numerics import root, weighted_sum
from klbook.ideas.surprise import kl_divergence, surprisal

__all__ = [
    "MINUS_LOG",
    "NEGATIVE_ENTROPY",
    "SQUARES",
    "Generator",
    "Tilt",
    "bregman_divergence",
    "brier_score",
    "expected_score",
    "generalised_kl",
    "local_quadratic",
    "log_score",
    "negative_entropy",
    "pinsker_bound",
    "project_onto_mean",
    "pythagorean_gap",
    "score_regret",
    "squared_distance",
    "tangent_gap",
    "total_variation",
]

# Convexity between two points is checked at eighths of the way from one to the other.
_WAY = np.arange(9) / 8
# A gap is a difference of larger numbers; this share of them may be rounding.
_SLACK = 1e-12
# Near the smallest doubles, digits are lost: a curve that seems to bend down by less than this may be convex.
_LEAST_DENT = 1e-300


@dataclass(frozen=True)
class Generator:
    """A convex function φ of one variable with its derivative; of a vector it takes the sum over elements."""

    # `phi` and `slope` work element by element: arrays in, arrays of the same shape out. The function is defined from
    # `least` on. `smallest` is the least size, besides 0, of points where it, its derivative and the products of two
    # of them are doubles. (The greatest size is that of `klbook.ideas.checks`.)

    name: str
    phi: Callable
    slope: Callable
    least: float = -math.inf
    smallest: float = SMALLEST

    def __call__(self, x):
        """Σ φ(x) over the last axis of `x`."""
        x = self.points(x)
        with np.errstate(all="ignore"):
            return self.phi(x).sum(axis=-1)

    def gradient(self, x):
        """The derivative by each element of `x`."""
        x = self.points(x)
        with np.errstate(all="ignore"):
            return self.slope(x)

    def points(self, x, name="x"):
        """`x` as an array, if the function is defined there (else a ValueError that says where not)."""
        x = as_finite(x, name, smallest=self.smallest)
        refuse(x < self.least, x, name, f"it must be at least {self.least:g}")
        return np.asarray(x + 0.0)  # −0 becomes 0: the slope there may be infinite, and of either sign

    def __str__(self):
        return self.name


def negative_entropy(base=2):
    """The generator x·log x, whose divergence is that of Kullback and Leibler in the unit of `base`.

    Parameters
    ----------
    base : float, 2 for bits, ``math.e`` for nats

    Returns
    -------
    Generator, defined for x ≥ 0, with the value 0 and the slope −∞ at 0

    Raises
    ------
    TypeError, ValueError: if `base` is no base of logarithms

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(round(bregman_divergence(P, Q, negative_entropy(base=4)), 12))  # in units of two bits
    0.3125
    """
    unit = math.log2(check_base(base))

    def phi(x):
        with np.errstate(divide="ignore"):
            return x * np.log2(np.where(x > 0, x, 1)) / unit

    def slope(x):
        with np.errstate(divide="ignore"):
            return (np.log2(x) + math.log2(math.e)) / unit

    return Generator("x log x", phi, slope, least=0, smallest=0.0)


def _minus_log(x):
    with np.errstate(divide="ignore"):
        return -np.log(x)


def _minus_inverse(x):
    with np.errstate(divide="ignore"):
        return -1 / x


SQUARES = Generator("x²", np.square, lambda x: 2 * x, smallest=0.0)
NEGATIVE_ENTROPY = negative_entropy()
MINUS_LOG = Generator("−log x", _minus_log, _minus_inverse, least=0)


def tangent_gap(p, q, generator):
    """How far the curve of `generator` lies at `p` above its tangent at `q`, element by element.

    Parameters
    ----------
    p, q : array_like, points where the generator is defined; the shapes broadcast
    generator : Generator
        A convex function of one variable with its derivative, such as `SQUARES`, `NEGATIVE_ENTROPY` (in bits) or
        `MINUS_LOG` (whose gap is the divergence of Itakura and Saito, p/q − ln(p/q) − 1).

    Returns
    -------
    float64 or ndarray
        The common shape. At least 0; ∞ at the end of the curve where its slope or value is infinite, or more than a
        double can hold. It is a difference, with an absolute error of about 1e-16 of its terms.

    Raises
    ------
    TypeError, ValueError
        If a point is NaN, infinite, of a size that is not promised (see `klbook.ideas.checks`) or left of where the
        generator is defined (its index is given), if the shapes don't fit, if the function has no value at a point, or
        if it is not convex between two points, as far as nine places on the way show.

    Examples
    --------
    >>> print(tangent_gap(3, 1, SQUARES), tangent_gap(1 / 2, 0, NEGATIVE_ENTROPY))
    4.0 inf
    >>> tangent_gap(0, 4, Generator("sin x", np.sin, np.cos))
    Traceback (most recent call last):
        ...
    ValueError: sin x is not convex between q = 4 and p = 0, or its slope is not its derivative.
    """
    p, q = broadcast(generator.points(p, "p"), generator.points(q, "q"), names=("p", "q"))
    with np.errstate(all="ignore"):
        slope = generator.slope(q)
        rise = np.where(p == q, 0, slope * (p - q))
        gap = np.where(p == q, 0, generator.phi(p) - generator.phi(q) - rise)
        size = np.abs(slope) * np.maximum(np.abs(p), np.abs(q))
        # NaN is ∞ − ∞ here: the curve comes down from infinity at q, so it lies infinitely far above the tangent.
        gap = np.where(np.isnan(gap) & np.isinf(slope), np.inf, gap)
        between = generator.phi(_between(p, q))
    refuse(np.isnan(gap), q, "q", f"between there and p, {generator} or its slope is no double")
    _check_convex(between, rise, size, gap, p, q, generator)
    return np.maximum(gap, 0)[()]


def bregman_divergence(p, q, generator, gradient=None):
    """Bregman divergence of vectors: φ(p) − φ(q) − ⟨∇φ(q), p − q⟩, over the last axis (Bregman 1967).

    Parameters
    ----------
    p, q : array_like, vectors along the last axis; they need not sum to 1. The shapes broadcast
    generator : Generator or callable
        The convex function φ: a `Generator`, whose sum over elements is meant, or any function that takes an array of
        vectors along its last axis, of shape (..., k), and returns its values, of shape (...).
    gradient : callable, optional, needed with a function: the gradient, from shape (..., k) to shape (..., k)

    Returns
    -------
    float64 or ndarray, the common shape without the last axis; at least 0, as in `tangent_gap`

    Raises
    ------
    TypeError, ValueError: as `tangent_gap`, if a function has no gradient, or returns other shapes or NaN

    Examples
    --------
    >>> P, Q = [1 / 2, 1 / 4, 1 / 8, 1 / 8], [1 / 8, 1 / 2, 1 / 4, 1 / 8]
    >>> print(round(bregman_divergence(P, Q, NEGATIVE_ENTROPY), 12))
    0.625
    >>> print(bregman_divergence([3, 4], [0, 0], lambda x: (x**2).sum(-1), lambda x: 2 * x))
    25.0
    """
    if isinstance(generator, Generator):
        gaps = tangent_gap(*_vectors(p, q), generator)
        return gaps.sum(axis=-1)
    if gradient is None:
        raise TypeError("gradient is missing: a function that is no Generator comes with its gradient.")
    p, q = _points(*_vectors(p, q))
    with np.errstate(all="ignore"):
        slope = _returned(gradient(q), q.shape, "gradient")
        ends = [_returned(generator(x), x.shape[:-1], "generator") for x in (p, q)]
        rise = np.where(p == q, 0, slope * (p - q)).sum(axis=-1)
        size = (np.abs(slope) * np.maximum(np.abs(p), np.abs(q))).sum(axis=-1)
        gap = np.where((p == q).all(axis=-1), 0, ends[0] - ends[1] - rise)
        gap = np.where(np.isnan(gap) & np.isinf(slope).any(axis=-1), np.inf, gap)
        way = _returned(generator(_between(p, q)), (len(_WAY), *gap.shape), "generator")
    refuse(np.isnan(gap), gap, "the gap", "the function has values that are no doubles")
    _check_convex(way, rise, size, gap, p, q, "The function")
    return np.maximum(gap, 0)[()]


def generalised_kl(p, q, *, axis=-1, base=2):
    """Kullback-Leibler divergence of amounts that need not sum to 1: Σ p·log(p/q) − p + q.

    The linear terms cancel where p and q have the same sum. (In another unit than nats, all three terms are divided by
    ln(base).) Csiszár's I-divergence (1991).

    Parameters
    ----------
    p, q : array_like, amounts, at least 0 and finite; the shapes broadcast
    axis, base : int, float, axis to sum over; unit of the answer (2 for bits, ``math.e`` for nats)

    Returns
    -------
    float64 or ndarray, the common shape without `axis`; at least 0; ∞ if q = 0 < p somewhere

    Raises
    ------
    TypeError, ValueError: if an amount is not as said, the shapes don't fit, or `base` is no base of logarithms

    Examples
    --------
    >>> print(generalised_kl([1, 2], [1, 1], base=2) + 1 / np.log(2))  # 2·log 2 − 2 + 1, in bits
    2.0
    """
    unit = math.log(check_base(base))
    p, q = broadcast(as_amounts(p, "p"), as_amounts(q, "q"), names=("p", "q"))
    axis = check_axis(axis, p.ndim)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        growth = (q - p) / p
        # The term is p·(u − ln(1 + u)) with q = p·(1 + u). Where u is large, ln(q) − ln(p) has more digits.
        logs = np.where(np.abs(growth) < 0.5, np.log1p(growth), np.log(q) - np.log(p))
        terms = np.where(p > 0, (q - p) - p * logs, q)
    return np.maximum(terms, 0).sum(axis=axis) / unit


def log_score(q, outcomes=None, *, base=2):
    """What a forecast loses by the log score, in units of `base`: log 1/q of what happens (or of all that may)."""
    return _of_what_happened(surprisal(as_distribution(q, name="q"), base=base), outcomes)


def brier_score(q, outcomes=None):
    """What a forecast loses by the Brier score: its squared distance from certainty of what happens (1950).

    Parameters
    ----------
    q : array_like, forecasts: distributions along the last axis
    outcomes : array_like of int, optional
        What happened: one index for each forecast, in the shape of `q` without the last axis. If not given, the loss
        for everything that may happen.

    Returns
    -------
    float64 or ndarray
        Σ (q − e)² over all outcomes, with e = 1 for the one that happens and 0 for the others; shape of `outcomes`, or
        of `q`. From 0 to 2, less is better. With two outcomes it is twice (1 − q)², which is also called by this name.

    Raises
    ------
    TypeError, ValueError
        If `q` is no distribution along the last axis, or `outcomes` has another shape or other indices.

    Examples
    --------
    >>> brier_score([1 / 4, 3 / 4])
    array([1.125, 0.125])
    """
    q = as_distribution(q, name="q")
    return _of_what_happened((1 - q) ** 2 + (q**2).sum(axis=-1, keepdims=True) - q**2, outcomes)


def expected_score(p, q, rule=log_score):
    """Expected loss of the forecast `q` where `p` is true: Σ p·rule(q).

    Parameters
    ----------
    p, q : array_like, distributions along the last axis: the world and the forecast; the shapes broadcast
    rule : callable, takes forecasts and returns the loss for everything that may happen, such as `brier_score`

    Returns
    -------
    float64 or ndarray, the common shape without the last axis, in the unit of the rule (bits for `log_score`)

    Raises
    ------
    TypeError, ValueError: if `p` or `q` is not a distribution along the last axis, or the shapes don't fit

    Examples
    --------
    >>> print(expected_score([0.5, 0.5], [0.25, 0.75], brier_score))
    0.625
    """
    p, q, _ = as_pair(p, q)
    return weighted_sum(p, rule(q))


def score_regret(p, q, rule=log_score):
    """What forecasting `q` loses on average over forecasting `p`, where `p` is true.

    It is a Bregman divergence, of the curve that is the least expected loss turned upside down: D(p‖q) for the log
    score, the squared distance for the Brier score. Source: Gneiting and Raftery 2007.

    Parameters
    ----------
    p, q, rule : as in `expected_score`

    Returns
    -------
    float64 or ndarray
        The common shape without the last axis. Never below 0 (but for rounding) for a proper rule: by their own
        reckoning, nobody loses less by saying something else than they believe.

    Raises
    ------
    TypeError, ValueError: as `expected_score`

    Examples
    --------
    >>> print(score_regret([0.5, 0.5], [0.25, 0.75], brier_score))
    0.125
    """
    return expected_score(p, q, rule) - expected_score(p, p, rule)


class Tilt(NamedTuple):
    """A distribution that was tilted, and by how much (see `project_onto_mean`)."""

    distribution: np.ndarray
    tilt: np.ndarray


def project_onto_mean(q, f, mean, *, base=2) -> Tilt:
    """The distribution closest to `q` in D(·‖q) among those under which `f` has a given mean.

    It is `q` tilted exponentially, p* ∝ q·base^(λ·f), with the λ that gives the mean. What is seen of many draws from
    q, given that their average of f turned out to be `mean`, looks like p*. Source: Cover and Thomas, 2nd ed., Example
    11.5.1 (dice).

    Parameters
    ----------
    q : array_like, one distribution, of shape (number of outcomes,)
    f : array_like, a finite number for each outcome, such as the eyes of a die; shape of `q`
    mean : array_like, wanted means, of any shape: from the least to the greatest `f` among outcomes that `q` allows
    base : float, the base of λ

    Returns
    -------
    Tilt
        ``distribution``, of shape (shape of `mean`, number of outcomes), and ``tilt``, λ, of the shape of `mean`. At
        the ends λ is ±∞, and the distribution is q given the least (or greatest) f.

    Raises
    ------
    TypeError, ValueError
        If `q` is not one distribution, `f` does not fit or is not finite, or no distribution on the outcomes that `q`
        allows has such a mean: it says what the possible means are.

    Examples
    --------
    >>> die = np.full(6, 1 / 6)
    >>> p, tilt = project_onto_mean(die, [1, 2, 3, 4, 5, 6], 4)
    >>> print(p.round(4), round(tilt, 4))
    [0.1031 0.1227 0.1461 0.174  0.2072 0.2468] 0.2519
    """
    unit = math.log(check_base(base))
    q, f, mean = as_one_distribution(q, "q"), as_finite(f, "f"), as_finite(mean, "mean", smallest=0.0)
    if f.shape != q.shape:
        raise ValueError(f"q has shape {q.shape} and f has {f.shape}: one f for each outcome is needed.")
    low, high = f[q > 0].min(), f[q > 0].max()
    possible = (
        f"it must lie between {plain(low)} and {plain(high)}, the least and the greatest f that q allows"
    )
    refuse(~((mean >= low) & (mean <= high)), mean, "mean", possible)
    if low == high:
        return Tilt(np.broadcast_to(q, (*mean.shape, len(q))).copy(), np.zeros(mean.shape)[()])

    # f is taken relative to the wanted mean, in units of its range: λ·(high − low) is then of the order of 1, and the
    # sum whose sign is wanted loses no digits.
    g = (f - mean[..., None]) / (high - low)

    # If a probability is tiny, the tilt may have to lift it by more than a double can hold: then logarithms are added.
    tiny = q[q > 0].min() < SMALLEST
    start, factor = (np.log(np.where(q > 0, q, 1)), q > 0) if tiny else (0, q)

    def weights(tilt):
        exponent = np.where(q > 0, start + tilt[..., None] * g, -np.inf)
        return factor * np.exp(exponent - exponent.max(axis=-1, keepdims=True))

    with np.errstate(under="ignore", over="ignore", invalid="ignore"):
        inside = (mean > low) & (mean < high)
        tilt = _balance(lambda tilt: (weights(tilt) * g).sum(axis=-1), inside)
        w = np.where(inside[..., None], weights(tilt), q * (f == np.where(mean == low, low, high)[..., None]))
    tilt = np.where(inside, tilt / (high - low), np.where(mean == low, -np.inf, np.inf)) / unit
    return Tilt(w / w.sum(axis=-1, keepdims=True), tilt[()])


def pythagorean_gap(p, q, projection, *, base=2):
    """How far the theorem of Pythagoras is from equality: D(p‖q) − D(p‖p*) − D(p*‖q), in units of `base`.

    NaN where D(p‖q) is infinite, −∞ where p* excludes what p and q do not.
    """
    # With p* the projection of q onto a convex set, it is at least 0 for every p in the set, 0 if the set is given by a
    # mean (Cover and Thomas, 2nd ed., Theorem 11.6.1), and of either sign for p outside.
    p, q = as_distribution(p, name="p"), as_distribution(q, name="q")
    projection = as_distribution(projection, name="projection")
    whole = kl_divergence(p, q, base=base)
    parts = kl_divergence(p, projection, base=base) + kl_divergence(projection, q, base=base)
    with np.errstate(invalid="ignore"):
        return np.where(np.isinf(whole), np.nan, whole - parts)[()]


def squared_distance(p, q, *, axis=-1):
    """Squared Euclidean distance Σ (p − q)²: what the divergence is compared with.

    Parameters
    ----------
    p, q : array_like, finite numbers; the shapes broadcast
    axis : int, the axis to sum over, in the common shape

    Returns
    -------
    float64 or ndarray, the common shape without `axis`

    Raises
    ------
    TypeError, ValueError: if a number is not finite or above 1e150 in size, or the shapes don't fit

    Examples
    --------
    >>> a, b = squared_distance([1, 0], [0.75, 0.25]), squared_distance([0.625, 0.375], [0.375, 0.625])
    >>> print(a, b)
    0.125 0.125
    """
    p, q = _points(p, q)
    return ((p - q) ** 2).sum(axis=check_axis(axis, p.ndim))


def total_variation(p, q, *, axis=-1):
    """Total variation Σ |p − q| / 2: by how much the probabilities of an event differ at most.

    Parameters
    ----------
    p, q : array_like, distributions along `axis`; the shapes broadcast
    axis : int, the axis of the outcomes, in the common shape

    Returns
    -------
    float64 or ndarray, the common shape without `axis`; from 0 to 1

    Raises
    ------
    TypeError, ValueError: if `p` or `q` is not a distribution along `axis`, or the shapes don't fit

    Examples
    --------
    >>> print(total_variation([1 / 2, 1 / 4, 1 / 4], [1 / 4, 1 / 4, 1 / 2]))
    0.25
    """
    p, q, axis = as_pair(p, q, axis)
    return np.minimum(np.abs(p - q).sum(axis=axis) / 2, 1)  # rounding may bring it to slightly more than 1


def pinsker_bound(p, q, *, axis=-1, base=2):
    """What the divergence is at least, given the total variation: 2·TV² nats (Pinsker's inequality).

    Cover and Thomas, 2nd ed., Lemma 11.6.1.

    Parameters
    ----------
    p, q : array_like, distributions along `axis`; the shapes broadcast
    axis, base : int, float, axis of the outcomes; unit of the answer (2 for bits, ``math.e`` for nats)

    Returns
    -------
    float64 or ndarray
        The common shape without `axis`. 2 is the largest constant: coins that are nearly fair come close to it.

    Raises
    ------
    TypeError, ValueError: as `total_variation`, or if `base` is no base of logarithms

    Examples
    --------
    >>> print(pinsker_bound([1 / 2, 1 / 2], [3 / 4, 1 / 4], base=np.e))  # the divergence is 0.1438
    0.125
    """
    return 2 * total_variation(p, q, axis=axis) ** 2 / math.log(check_base(base))


def local_quadratic(p, q, *, axis=-1, base=2):
    """The squared distance that the divergence is near `q`: Σ (p − q)²/(2q) nats, half of χ².

    1/q is Fisher's information of the frequencies. D(p‖q) and D(q‖p) over it both tend to 1 as p tends to q. Source:
    Cover and Thomas, 2nd ed., section 11.10 (Fisher information).

    Parameters
    ----------
    p, q, axis, base : as in `pinsker_bound`

    Returns
    -------
    float64 or ndarray, the common shape without `axis`; ∞ if q = 0 < p somewhere, or beyond what a double holds

    Raises
    ------
    TypeError, ValueError: as `pinsker_bound`

    Examples
    --------
    >>> print(local_quadratic([0.5, 0.5], [0.25, 0.75], base=np.e))  # (1/4 + 1/12)/8·4
    0.16666666666666666
    """
    p, q, axis = as_pair(p, q, axis)
    with np.errstate(all="ignore"):
        # Divided before it is squared: (p − q)² may be too small for a double.
        terms = np.where(p == q, 0, (p - q) * ((p - q) / q) / 2)
    return terms.sum(axis=axis) / math.log(check_base(base))


def _balance(rising, wanted):
    """Where rising functions of the tilt are 0, where `wanted` is true: ends are found by doubling, then halved."""
    low, high = np.where(wanted, -1.0, 0.0), np.where(wanted, 1.0, 0.0)
    for _ in range(1000):
        too_low, too_high = wanted & (rising(low) > 0), wanted & (rising(high) < 0)
        if not (too_low.any() or too_high.any()):
            break
        low, high = np.where(too_low, 2 * low, low), np.where(too_high, 2 * high, high)
    return root(rising, low, high)


def _points(p, q):
    """Finite points of any size down to 0, in their common shape."""
    return broadcast(as_finite(p, "p", smallest=0.0), as_finite(q, "q", smallest=0.0), names=("p", "q"))


def _vectors(p, q):
    p, q = as_array(p, "p"), as_array(q, "q")
    if p.ndim == 0 or q.ndim == 0 or p.shape[-1] != q.shape[-1]:
        raise ValueError(
            f"p has shape {p.shape} and q has shape {q.shape}: vectors of one length are needed."
        )
    return p, q


def _between(p, q):
    """Places on the way from q to p, along a new first axis."""
    return q + _along(_WAY, p) * (p - q)


def _along(way, p):
    """Numbers for the places on the way, in a shape that broadcasts with p."""
    return way.reshape(-1, *[1] * p.ndim)


def _returned(values, shape, name):
    """What a caller's function returned, if it has the shape that was asked for and no NaN."""
    values = np.asarray(values)
    if values.shape != shape:
        raise ValueError(f"{name} returned shape {values.shape} where {shape} was expected.")
    if np.isnan(values).any():
        raise ValueError(f"{name} returned NaN: is it defined for all these points?")
    return values


def _check_convex(between, rise, size, gap, p, q, name):
    """Raise if the curve bends down between q and p, or dips below the tangent at q; say for which points."""
    with np.errstate(all="ignore"):  # ∞ − ∞ is NaN, which compares as "no dent"
        slack = _SLACK * (np.abs(between).max(axis=0) + size) + _LEAST_DENT
        bend = between[2:] - 2 * between[1:-1] + between[:-2]
        above = between - between[0] - _along(_WAY, rise) * rise
        dent = ((bend < -slack) | (above[1:-1] < -slack)).any(axis=0) | (gap < -slack)
    if dent.any():
        index = tuple(map(int, np.argwhere(dent)[0]))
        where = f"[{', '.join(map(str, index))}]" if index else ""
        a, b = plain(q[index]), plain(p[index])
        raise ValueError(
            f"{name} is not convex between q{where} = {a} and p{where} = {b}, or its slope is not its "
            "derivative."
        )


def _of_what_happened(losses, outcomes):
    """The losses themselves, or those of given outcomes."""
    if outcomes is None:
        return losses
    at = as_outcomes(outcomes, losses.shape[-1], single=True)
    if at.shape != losses.shape[:-1]:
        raise ValueError(f"outcomes has shape {at.shape}, not {losses.shape[:-1]}: one for each forecast.")
    return np.take_along_axis(losses, at[..., None], -1)[..., 0]
