"""The one place where arguments are checked.

Every function of the ideas takes its arrays through here, so that a mistake is met by a sentence that says
what was wrong and what would be right, and never by a silent wrong number. Nothing is clipped or sorted on the
way: what comes out holds the numbers that went in, as ``float64`` or, for counts and indices, as integers. Only
distributions may change, in digits that their type cannot tell (next section). What only codes have (lengths,
codewords, streams of symbols, frequencies, bytes) is checked in `klbook.ideas.code_checks`, with the same means:
all sentences about an element come from `refuse`.

How far a sum may be from 1, and what becomes of it
---------------------------------------------------
A sum is compared with 1 once, here, with the tolerance of the type in which the numbers *arrived*
(`sum_tolerance`). What passes is brought to double precision and, if its sum is off by more than the rounding of
doubles or an element is above 1, divided by its sum, here as well. So what comes out is a distribution for every
later call: no element is above 1, no entropy below 0, no log-likelihood above 0, and its marginals, products and
mixtures pass this check again. The division hides no mistake, since what is further off than the type explains was
refused before. (Arrays that carry a mark "has been checked" would not help: a sum or a product loses the mark.) A sum
that is right to within rounding is left alone, to the last bit.

- ``float64``, integers and lists: 1e-9, a thousand times what rounding does to a sum of ten million terms, and
  narrow enough to catch numbers typed with a few digits, such as 0.333.
- ``float32``: 1e-5. With u = 2^−24 for the rounding of one number, a softmax of n outcomes is off by 2u, and by
  2u·(1 + ln n) if it goes through logarithms: by less than 3e-6 for a billion outcomes. The rest is for sums that
  were added up one after the other.
- ``float16``: 1e-3·(1 + ln n) + n·2^−25, since there 2u = 2^−10, and a number below 2^−14 is rounded by up to
  2^−25. So every softmax whose sum was taken in a wider type passes, through logarithms or not. A sum of
  1,000 numbers added up in ``float16`` itself may be 4 % off: such a "softmax" is refused.

What is promised for numbers of any size
----------------------------------------
Probabilities may have any size that a double can have, subnormal numbers included; so may amounts, which can be
probabilities, and lengths, up to 1e150. All other real arguments (points of a curve, values, means, standard
deviations, odds, evidence) are 0 or from 1e-150 to 1e150 in size, if nothing else is said: then squares and the
products of two are doubles with all their digits. Inside, the functions are right to the accuracy that they
state; other sizes are refused (by `as_finite`, `as_positive`, `as_amounts`, `as_extended`). No warning comes out, and
no NaN except where it is documented.
"""

import math
import operator
from numbers import Real

import numpy as np

__all__ = [
    "LARGEST",
    "SMALLEST",
    "as_amounts",
    "as_array",
    "as_count",
    "as_distribution",
    "as_extended",
    "as_finite",
    "as_generator",
    "as_integers",
    "as_it_is",
    "as_joint",
    "as_log_distribution",
    "as_one_distribution",
    "as_outcomes",
    "as_pair",
    "as_positive",
    "as_probabilities",
    "as_share",
    "as_truth",
    "broadcast",
    "check_axis",
    "check_base",
    "on_outcomes",
    "plain",
    "refuse",
    "sum_tolerance",
]

#: Real arguments other than probabilities are 0 or between these in size (see the top of this module).
SMALLEST, LARGEST = 1e-150, 1e150

_DOUBLE = np.dtype(np.float64)
# How far from 1 rounding leaves the sum of doubles that were divided by their sum: 4e-15 for ten million terms,
# if they are added in pairs.
_ROUNDING = 1e-14


def sum_tolerance(dtype, outcomes=1):
    """How far from 1 the sum of so many numbers stored as `dtype` may be (see the top of this module)."""
    bits = _bits(np.dtype(dtype))
    if bits == 16:
        return 1e-3 * (1 + math.log(outcomes)) + outcomes * 2.0**-25
    return 1e-5 if bits == 32 else 1e-9


def as_array(x, name="x"):
    """Real numbers as ``float64``, without a copy if they are that already: don't write to what comes out.

    Masked arrays, booleans, complex numbers, strings and objects are a TypeError, ragged lists a ValueError.
    """
    return _doubles(_real(x, name), name)


def as_extended(x, name="x", *, smallest=SMALLEST):
    """Numbers that are ±∞, 0, or from `smallest` to `LARGEST` in size; others, and NaN, are a ValueError."""
    x = as_array(x, name)
    refuse(np.isnan(x), x, name, "a number is expected")
    _refuse_size(x, name, smallest)
    return x


def as_finite(x, name="x", *, smallest=SMALLEST):
    """Numbers that are 0 or from `smallest` to `LARGEST` in size; others, ∞ and NaN are a ValueError."""
    x = as_array(x, name)
    refuse(~np.isfinite(x), x, name, "a finite number is expected")
    _refuse_size(x, name, smallest)
    return x


def as_positive(x, name="x", *, smallest=SMALLEST, largest=LARGEST):
    """Finite numbers above 0, from `smallest` to `largest`; others are a ValueError."""
    x = as_array(x, name)
    refuse(~((x > 0) & (x < np.inf)), x, name, "it must be positive and finite")
    refuse((x < smallest) | (x > largest), x, name, f"it must be from {smallest:g} to {largest:g}")
    return x


def as_amounts(x, name="x", *, smallest=0.0):
    """Numbers that are 0 or from `smallest` (any double above 0, if not given) to `LARGEST`."""
    x = as_array(x, name)
    refuse(~((x >= 0) & (x < np.inf)), x, name, "it must be at least 0 and finite")
    _refuse_size(x, name, smallest)
    return x


def as_integers(x, name="x", rule="integers are expected"):
    """Integers in the type in which they came; other numbers, also whole ones, are a TypeError with this `rule`."""
    array = _array(x, name)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} has elements of type {array.dtype}: {rule}.")
    return array if array.size else array.astype(np.int64)


def as_count(n, name="n", least=0, most=None):
    """One integer from `least` to `most` (if given); another is a ValueError, anything else a TypeError."""
    try:
        number = operator.index(n)
    except TypeError:
        raise TypeError(f"{name} must be an integer, not {n!r}.") from None
    if number < least:
        raise ValueError(f"{name} is {number}: it must be at least {least}.")
    if most is not None and number > most:
        raise ValueError(f"{name} is {number}: it must be at most {most}.")
    return number


def as_generator(seed):
    """A source of random numbers for this seed; a generator is taken as it is, and what is no seed is refused."""
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"seed is {seed!r}: a whole number from 0 on is expected, or another seed of numpy.random.default_rng."
        ) from None


def as_outcomes(outcomes, size, name="outcomes", *, single=False):
    """Indices of outcomes, from 0 to `size` − 1: negative ones would silently count from the end.

    Of shape (..., length), each slice along the last axis one sequence; a single number only if `single` is true.
    """
    indices = as_integers(outcomes, name)
    if indices.ndim == 0 and not single:
        raise ValueError(f"{name} is a single number: a sequence is expected.")
    refuse((indices < 0) | (indices >= size), indices, name, f"outcomes are numbered from 0 to {size - 1}")
    return indices


def as_probabilities(p, name="p"):
    """Numbers from 0 to 1, which need not sum to 1; others are a ValueError."""
    p = as_array(p, name)
    refuse(~((p >= 0) & (p <= 1)), p, name, "a probability lies between 0 and 1")
    return p


def as_share(x, name):
    """Shares from 0 to below 1, such as a house's take; others are a ValueError."""
    x = as_array(x, name)
    refuse(~((x >= 0) & (x < 1)), x, name, "it is at least 0 and below 1")
    return x


def as_distribution(p, axis=-1, name="p"):
    """Probabilities that sum to 1 along an axis; a ValueError names the slice, or the element, that is wrong.

    What is copied, and what is divided by its sum, is told at the top of this module. −0 becomes 0.
    """
    array = _real(p, name)
    p, axis = _doubles(array, name), _outcome_axis(array, axis, name)
    # The smallest element is NaN if any is, so that one pass finds both NaN and negative numbers.
    least = p.min(initial=np.inf)
    if not least >= 0:
        refuse(~(p >= 0), p, name, "a probability is at least 0")
    with np.errstate(over="ignore"):
        sums = p.sum(axis=axis, keepdims=True)
    off = np.abs(sums - 1)
    worst, tolerance = off.max(initial=0), sum_tolerance(array.dtype, p.shape[axis])
    if worst > tolerance:
        refuse(np.isinf(p), p, name, "a probability is at most 1")
        advice = "If it holds weights, divide them by their sum first."
        _refuse_sums(sums, off > tolerance, array, axis, name, advice)
    if worst > _ROUNDING or (sums.max(initial=0) > 1 and p.max() > 1):
        sums = _in_pairs(p, axis, sums)
        wrong = np.abs(sums - 1) > _ROUNDING
        if not wrong.all():
            wrong |= p.max(axis=axis, keepdims=True) > 1
        # A sum is at least its largest element, also when rounded, so nothing is above 1 after the division.
        p = np.divide(p, np.where(wrong, sums, 1), out=None if p is array else p)
    return p + 0.0 if least == 0 and np.signbit(p).any() else p


def as_log_distribution(log_p, axis=-1, name="log_p"):
    """Natural logarithms of probabilities that sum to 1 along an axis; −∞ stands for probability 0.

    Copied and put right like distributions (see the top of this module).
    """
    array = _real(log_p, name)
    log_p, axis = _doubles(array, name), _outcome_axis(array, axis, name)
    most = log_p.max(initial=-np.inf)
    if not most < np.inf:
        refuse(~(log_p < np.inf), log_p, name, "the logarithm of a probability is at most 0")
    with np.errstate(over="ignore", under="ignore"):
        sums = np.exp(log_p).sum(axis=axis, keepdims=True)
    off = np.abs(sums - 1)
    worst, tolerance = off.max(initial=0), sum_tolerance(array.dtype, log_p.shape[axis])
    if worst > tolerance:
        advice = (
            "Natural logarithms of probabilities are expected: subtract the log of the sum of the "
            "exponentials first."
        )
        _refuse_sums(sums, off > tolerance, array, axis, f"exp({name})", advice)
    if worst > _ROUNDING or most > 0:
        with np.errstate(under="ignore"):
            sums = _in_pairs(np.exp(log_p), axis, sums)
        wrong = (np.abs(sums - 1) > _ROUNDING) | (log_p.max(axis=axis, keepdims=True) > 0)
        log_p = np.minimum(log_p - np.where(wrong, np.log(sums), 0), 0)  # slightly above 0 is rounding
    return log_p


def as_one_distribution(p, name="p"):
    """Probabilities of one distribution, of shape (outcomes,): like `as_distribution`, without another axis."""
    p = as_distribution(p, name=name)
    if p.ndim != 1:
        raise ValueError(f"{name} has shape {p.shape}: one distribution is expected, of shape (outcomes,).")
    return p


def as_truth(truth, outcomes):
    """One distribution that is drawn from, about as many outcomes as p and q have."""
    truth = as_distribution(truth, name="truth")
    if truth.shape != (outcomes,):
        raise ValueError(
            f"truth has shape {truth.shape}: it must be about the {outcomes} outcomes of p and q."
        )
    return truth


def as_joint(joint, name="joint"):
    """Joint probabilities of shape (..., outcomes of x, outcomes of y), which sum to 1 over the last two axes."""
    array = _real(joint, name)
    if array.ndim < 2:
        raise ValueError(f"{name} has shape {array.shape}: an axis for x and one for y are expected.")
    one_axis = array.reshape(*array.shape[:-2], math.prod(array.shape[-2:]))
    return as_distribution(one_axis, name=name).reshape(array.shape)


def as_pair(p, q, axis=-1, names=("p", "q"), check=as_distribution):
    """Two distributions on the same outcomes, as read-only views in their common shape, and the axis from the end.

    `check` is what is asked of both, or a pair of checks, one for each: called with (array, axis, name).
    """
    p, q = (_real(x, name) for x, name in zip((p, q), names, strict=True))
    shapes = [p.shape, q.shape]
    axis = check_axis(axis, max(map(len, shapes)))
    if -axis > min(map(len, shapes)):
        raise ValueError(
            f"{names[0]} has shape {shapes[0]} and {names[1]} has shape {shapes[1]}: only one of them has "
            f"the axis of outcomes, {axis} counted from the end."
        )
    checks = (check, check) if callable(check) else check
    p, q = (c(x, axis, name) for c, x, name in zip(checks, (p, q), names, strict=True))
    if p.shape[axis] != q.shape[axis]:
        raise ValueError(
            f"{names[0]} has {p.shape[axis]} outcomes and {names[1]} has {q.shape[axis]} (shapes {p.shape} "
            f"and {q.shape}, axis {axis}): both must be about the same outcomes."
        )
    return *broadcast(p, q, names=names), axis


def as_it_is(x, axis, name):
    """For `as_pair`: no check, because there was one before."""
    return x


def broadcast(*arrays, names):
    """Arrays as read-only views in their common shape; a ValueError names all shapes if they don't fit."""
    try:
        shape = np.broadcast_shapes(*(x.shape for x in arrays))
    except ValueError:
        listed = ", ".join(f"{name} has shape {x.shape}" for name, x in zip(names, arrays, strict=True))
        raise ValueError(
            f"{listed}: these don't broadcast. Counted from the last, axes must have the same length, or "
            "length 1."
        ) from None
    return tuple([_read_only(x) if x.shape == shape else np.broadcast_to(x, shape) for x in arrays])


def _read_only(x):
    view = x.view()
    view.flags.writeable = False
    return view


def on_outcomes(p, *others, names):
    """Distributions (checked) and other numbers for each outcome, or for all, as read-only views in one shape.

    By NumPy's rules a single outcome of probability 1 would be stretched over several; that is a ValueError.
    """
    for x, name in zip(others, names[1:], strict=True):
        if x.ndim and x.shape[-1] not in (1, p.shape[-1]):
            raise ValueError(
                f"{names[0]} has {p.shape[-1]} outcomes and {name} has {x.shape[-1]} (shapes {p.shape} and "
                f"{x.shape}): all must be about the same outcomes."
            )
    return broadcast(p, *others, names=names)


def check_axis(axis, ndim):
    """An axis counted from the end, where it means the same in an array and in what it is broadcast to."""
    try:
        number = operator.index(axis)
    except TypeError:
        raise TypeError(f"axis must be one integer, not {axis!r}.") from None
    if ndim == 0:
        raise ValueError("A single number has no axis of outcomes: a distribution needs an array or a list.")
    if not -ndim <= number < ndim:
        raise ValueError(
            f"There is no axis {number}: with {ndim} dimensions it is from {-ndim} to {ndim - 1}."
        )
    return number - ndim if number >= 0 else number


def check_base(base):
    """The base of a logarithm as a float: above 0 and different from 1. Below 1 all signs turn round."""
    advice = "it must be above 0 and different from 1, for instance 2 (bits) or math.e (nats)."
    if not isinstance(base, Real):
        raise TypeError(f"base is {base!r}, which is not a real number: {advice}")
    try:
        value = float(base)
    except OverflowError:
        value = math.inf
    if not 0 < value < math.inf or value == 1:
        raise ValueError(f"base is {base!r}: {advice}")
    return value


def refuse(wrong, x, name, rule):
    """Raise a ValueError that names the first element where `wrong` is true, and the `rule` that it breaks."""
    if wrong.any():
        index = tuple(map(int, np.argwhere(wrong)[0]))
        raise ValueError(f"{_place(name, index)} is {plain(x[index])}: {rule}.")


def plain(x):
    """A number, or a list of them, as messages give it: whole numbers without a decimal point."""
    if np.ndim(x):
        return [plain(element) for element in x]
    value = np.asarray(x).item()
    # From 1e16 on, doubles are further apart than 1, and the last digits of a whole number would be made up.
    return int(value) if isinstance(value, float) and value.is_integer() and abs(value) < 1e16 else value


def _array(x, name):
    """`x` as an array, in the type in which it arrived."""
    if isinstance(x, np.ma.MaskedArray):
        raise TypeError(f"{name} is a masked array: say what the masked entries mean, e.g. {name}.filled(0).")
    try:
        return np.asarray(x)
    except ValueError:
        raise ValueError(f"{name} is no array: its rows have different lengths.") from None


def _real(x, name):
    """`x` as an array of a real numeric type, in the type in which it arrived."""
    array = _array(x, name)
    if array.dtype.kind not in "iuf":
        raise TypeError(f"{name} has elements of type {array.dtype}: integers or real floats are expected.")
    return array


def _bits(dtype):
    """Bits of a floating-point type, in any order of bytes; 0 for others."""
    return 8 * dtype.itemsize if dtype.kind == "f" else 0


def _in_pairs(p, axis, sums):
    """Sums along an axis by pairs, which NumPy forms only along the axis that is contiguous in memory."""
    if p.strides[axis] == p.itemsize:
        return sums
    return np.expand_dims(np.ascontiguousarray(np.moveaxis(p, axis, -1)).sum(axis=-1), axis)


def _doubles(array, name):
    """An array of a real type as one of doubles, without a copy if it is one already."""
    if array.dtype == _DOUBLE:
        return array
    with np.errstate(over="ignore", under="ignore"):
        doubles = array.astype(np.float64)
    if array.dtype.itemsize > _DOUBLE.itemsize:
        lost = (np.isinf(doubles) & np.isfinite(array)) | ((doubles == 0) & (array != 0))
        refuse(lost, array, name, "a number is expected that double precision can hold")
    return doubles


def _refuse_size(x, name, smallest):
    """Raise if a number is neither 0 nor infinite nor of a size that is promised."""
    size = np.abs(x)
    wrong = ((size < smallest) & (size > 0)) | ((size > LARGEST) & (size < np.inf))
    sizes = f"0 or from {smallest:g} to {LARGEST:g}" if smallest else f"at most {LARGEST:g}"
    refuse(wrong, x, name, f"its size must be {sizes}")


def _outcome_axis(p, axis, name):
    """`axis` counted from the end, if `p` has it and it holds at least one outcome."""
    try:
        axis = check_axis(axis, p.ndim)
    except ValueError as error:
        raise ValueError(f"{name} has shape {p.shape}. {error}") from None
    if p.shape[axis] == 0:
        raise ValueError(f"{name} has shape {p.shape}: a distribution needs at least one outcome.")
    return axis


def _place(name, index):
    """How an element is written, such as p[1, 0]; an array without axes has its name alone."""
    return f"{name}[{', '.join(map(str, index))}]" if index else name


def _refuse_sums(sums, wrong, array, axis, name, advice):
    """Raise because of sums that are not 1, naming the first such slice of the array as it arrived."""
    index = tuple(map(int, np.argwhere(wrong)[0]))
    where = [*index]
    where[axis] = ":"
    slice_ = _place(name, where) if len(index) > 1 else name
    if _bits(array.dtype) in (16, 32):
        tolerance = sum_tolerance(array.dtype, array.shape[axis])
        advice += f" (float{_bits(array.dtype)} explains a difference of {tolerance:.1g}.)"
    raise ValueError(f"{slice_} sums to {plain(sums[index])}, not to 1. {advice}")
