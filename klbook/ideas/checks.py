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
function below and for every later call: no element is above 1, no entropy below 0, no log-likelihood above 0,
and its marginals, products and mixtures pass this door again. The division hides no mistake, since what is
further off than the type explains was refused before. (The alternative, an array that remembers where it comes
from, forgets it in the first sum.) A sum that is right to within rounding is left alone, to the last bit.

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
state; outside, the door says so (`as_finite`, `as_positive`, `as_amounts`, `as_extended`). No warning comes out,
and no NaN save where it is documented.
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
    """How far from 1 the sum of a distribution stored as `dtype` may be (see the top of this module).

    Parameters
    ----------
    dtype : dtype-like
        The type in which the numbers arrived.
    outcomes : int
        How many they are.

    Returns
    -------
    float

    Examples
    --------
    >>> sum_tolerance(float), sum_tolerance("float32"), round(sum_tolerance("float16", 1000), 4)
    (1e-09, 1e-05, 0.0079)
    """
    bits = _bits(np.dtype(dtype))
    if bits == 16:
        return 1e-3 * (1 + math.log(outcomes)) + outcomes * 2.0**-25
    return 1e-5 if bits == 32 else 1e-9


def as_array(x, name="x"):
    """Real numbers of any kind as an array of ``float64``, without a copy if they are one already.

    Parameters
    ----------
    x : array_like
        Integers or real floating-point numbers, of any shape.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape of `x`; may share memory with it, so don't write to it.

    Raises
    ------
    TypeError
        If `x` is a masked array, or holds booleans, complex numbers, strings or objects.
    ValueError
        If `x` is a list of lists of different lengths, or a number of a longer type is no double.

    Examples
    --------
    >>> as_array([1, 0])
    array([1., 0.])
    """
    return _doubles(_real(x, name), name)


def as_extended(x, name="x", *, smallest=SMALLEST):
    """Numbers of a size that is promised, or ±∞.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    name : str
        What the error messages call the argument.
    smallest : float
        The least size that is allowed besides 0.

    Returns
    -------
    ndarray of float64
        Shape of `x`.

    Raises
    ------
    TypeError
        As `as_array`.
    ValueError
        If a number is NaN, or neither 0 nor infinite nor from `smallest` to `LARGEST` in size; its index is
        given.

    Examples
    --------
    >>> as_extended([0, -np.inf])
    array([  0., -inf])
    """
    x = as_array(x, name)
    refuse(np.isnan(x), x, name, "a number is expected")
    _refuse_size(x, name, smallest)
    return x


def as_finite(x, name="x", *, smallest=SMALLEST):
    """Finite numbers of a size that is promised.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    name : str
        What the error messages call the argument.
    smallest : float
        The least size that is allowed besides 0.

    Returns
    -------
    ndarray of float64
        Shape of `x`.

    Raises
    ------
    TypeError
        As `as_array`.
    ValueError
        If a number is NaN or infinite, or neither 0 nor from `smallest` to `LARGEST` in size; its index is
        given.

    Examples
    --------
    >>> as_finite([0, np.nan])
    Traceback (most recent call last):
        ...
    ValueError: x[1] is nan: a finite number is expected.
    >>> as_finite(1e-200)
    Traceback (most recent call last):
        ...
    ValueError: x is 1e-200: its size must be 0 or from 1e-150 to 1e+150.
    """
    x = as_array(x, name)
    refuse(~np.isfinite(x), x, name, "a finite number is expected")
    _refuse_size(x, name, smallest)
    return x


def as_positive(x, name="x", *, smallest=SMALLEST, largest=LARGEST):
    """Finite numbers above 0, of a size that is promised.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    name : str
        What the error messages call the argument.
    smallest, largest : float
        The least and the greatest that are allowed.

    Returns
    -------
    ndarray of float64
        Shape of `x`.

    Raises
    ------
    TypeError
        As `as_array`.
    ValueError
        If a number is not above 0, infinite or NaN, or not from `smallest` to `largest`; its index is given.

    Examples
    --------
    >>> as_positive(0, name="sd")
    Traceback (most recent call last):
        ...
    ValueError: sd is 0: it must be positive and finite.
    """
    x = as_array(x, name)
    refuse(~((x > 0) & (x < np.inf)), x, name, "it must be positive and finite")
    refuse((x < smallest) | (x > largest), x, name, f"it must be from {smallest:g} to {largest:g}")
    return x


def as_amounts(x, name="x", *, smallest=0.0):
    """Numbers from 0 to `LARGEST`.

    Parameters
    ----------
    x : array_like
        Real numbers, of any shape.
    name : str
        What the error messages call the argument.
    smallest : float
        The least that is allowed besides 0: the smallest double, since amounts can be probabilities, if nothing
        else is said.

    Returns
    -------
    ndarray of float64
        Shape of `x`.

    Raises
    ------
    TypeError
        As `as_array`.
    ValueError
        If a number is below 0, infinite or NaN, or neither 0 nor from `smallest` to `LARGEST`; its index is
        given.

    Examples
    --------
    >>> as_amounts([1, -2])
    Traceback (most recent call last):
        ...
    ValueError: x[1] is -2: it must be at least 0 and finite.
    """
    x = as_array(x, name)
    refuse(~((x >= 0) & (x < np.inf)), x, name, "it must be at least 0 and finite")
    _refuse_size(x, name, smallest)
    return x


def as_integers(x, name="x", rule="integers are expected"):
    """Integers of any type, in the type in which they came.

    Parameters
    ----------
    x : array_like of int
        Of any shape. An empty list, which NumPy takes for one of floats, is one of integers as well.
    name : str
        What the error messages call the argument.
    rule : str
        What they say of numbers that are no integers.

    Returns
    -------
    ndarray of an integer type
        Shape of `x`.

    Raises
    ------
    TypeError
        If `x` is a masked array, or holds anything but integers, be they whole numbers.
    ValueError
        If `x` is a list of lists of different lengths.

    Examples
    --------
    >>> as_integers([1.0, 2.0])
    Traceback (most recent call last):
        ...
    TypeError: x has elements of type float64: integers are expected.
    """
    array = _array(x, name)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"{name} has elements of type {array.dtype}: {rule}.")
    return array if array.size else array.astype(np.int64)


def as_count(n, name="n", least=0, most=None):
    """A whole number that is not below `least`, nor above `most`.

    Parameters
    ----------
    n : int
        The number.
    name : str
        What the error messages call the argument.
    least : int
        The smallest that is allowed.
    most : int, optional
        The largest that is allowed, if there is one.

    Returns
    -------
    int

    Raises
    ------
    TypeError
        If it is no integer.
    ValueError
        If it is below `least` or above `most`.

    Examples
    --------
    >>> as_count(-1)
    Traceback (most recent call last):
        ...
    ValueError: n is -1: it must be at least 0.
    """
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
    """A source of random numbers; the same seed gives the same numbers.

    Parameters
    ----------
    seed : int or other seed of ``numpy.random.default_rng``
        A generator is taken as it is.

    Returns
    -------
    numpy.random.Generator

    Raises
    ------
    TypeError, ValueError
        If it is no seed.

    Examples
    --------
    >>> as_generator(-1)
    Traceback (most recent call last):
        ...
    ValueError: seed is -1: a whole number from 0 on is expected, or another seed of numpy.random.default_rng.
    """
    try:
        return np.random.default_rng(seed)
    except (TypeError, ValueError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"seed is {seed!r}: a whole number from 0 on is expected, or another seed of numpy.random.default_rng."
        ) from None


def as_outcomes(outcomes, size, name="outcomes", *, single=False):
    """Indices of outcomes, none of them negative: those would silently count from the end.

    Parameters
    ----------
    outcomes : array_like of int
        Of shape (..., length): each slice along the last axis is one sequence.
    size : int
        Number of possible outcomes.
    name : str
        What the error messages call the argument.
    single : bool
        Whether a single number, which is no sequence, will do.

    Returns
    -------
    ndarray of an integer type
        Shape of `outcomes`.

    Raises
    ------
    TypeError
        As `as_integers`.
    ValueError
        If `outcomes` is a single number where a sequence is expected, or holds what is no index of an outcome
        (its place is given).

    Examples
    --------
    >>> as_outcomes([0, 4], 4)
    Traceback (most recent call last):
        ...
    ValueError: outcomes[1] is 4: outcomes are numbered from 0 to 3.
    """
    indices = as_integers(outcomes, name)
    if indices.ndim == 0 and not single:
        raise ValueError(f"{name} is a single number: a sequence is expected.")
    refuse((indices < 0) | (indices >= size), indices, name, f"outcomes are numbered from 0 to {size - 1}")
    return indices


def as_probabilities(p, name="p"):
    """Numbers between 0 and 1, which need not sum to 1.

    Parameters
    ----------
    p : array_like
        Probabilities, of any shape.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape of `p`.

    Raises
    ------
    TypeError
        As `as_array`.
    ValueError
        If a number is below 0, above 1 or NaN; its index is given.

    Examples
    --------
    >>> as_probabilities([0.5, 0.75])
    array([0.5 , 0.75])
    """
    p = as_array(p, name)
    refuse(~((p >= 0) & (p <= 1)), p, name, "a probability lies between 0 and 1")
    return p


def as_share(x, name):
    """A share that is kept or held, at least 0 and below 1.

    Parameters
    ----------
    x : array_like
        Of any shape.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape of `x`.

    Raises
    ------
    TypeError, ValueError
        As `as_array`, or if a share is not from 0 to below 1.

    Examples
    --------
    >>> as_share(0.25, "take")
    array(0.25)
    """
    x = as_array(x, name)
    refuse(~((x >= 0) & (x < 1)), x, name, "it is at least 0 and below 1")
    return x


def as_distribution(p, axis=-1, name="p"):
    """Probabilities that sum to 1 along an axis.

    Parameters
    ----------
    p : array_like
        At least one-dimensional; each slice along `axis` is one distribution.
    axis : int
        The axis of the outcomes.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape of `p`: the numbers of `p`, without a copy if they are doubles already. A slice whose sum is off by
        more than the rounding of doubles, or with an element above 1, is divided by its sum (see the top of
        this module), and −0 becomes 0: these are copied.

    Raises
    ------
    TypeError
        As `as_array`, or if `axis` is not an integer.
    ValueError
        If a number is negative, NaN or infinite (its index is given), if a slice does not sum to 1 within
        `sum_tolerance` (its sum and index are given), if there is no outcome or no such axis.

    Examples
    --------
    >>> as_distribution([[0.5, 0.5], [0.5, 0.4]])
    Traceback (most recent call last):
        ...
    ValueError: p[1, :] sums to 0.9, not to 1. If it holds weights, divide them by their sum first.
    >>> print(as_distribution(np.array([0.3, 0.3, 0.4], np.float32)).sum())  # 1.0000000298 as they arrived
    1.0
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
    """Natural logarithms of probabilities that sum to 1 along an axis.

    Parameters
    ----------
    log_p : array_like
        At least one-dimensional; the exponentials of each slice along `axis` are one distribution. −∞ stands
        for probability 0.
    axis : int
        The axis of the outcomes.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape of `log_p`: its numbers, without a copy if they are doubles already. From a slice whose
        exponentials have a sum that is off by more than the rounding of doubles, or with an element above 0, the
        logarithm of the sum is subtracted (see the top of this module): it is copied.

    Raises
    ------
    TypeError
        As `as_array`, or if `axis` is not an integer.
    ValueError
        If a number is NaN or +∞ (its index is given), if the exponentials of a slice do not sum to 1 within
        `sum_tolerance` (sum and index are given), if there is no outcome or no such axis.

    Examples
    --------
    >>> as_log_distribution([0.5, 0.5])  # probabilities, not their logarithms
    Traceback (most recent call last):
        ...
    ValueError: exp(log_p) sums to 3.2974425414002564, not to 1. Natural logarithms of probabilities are \
expected: subtract the log of the sum of the exponentials first.
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
        log_p = np.minimum(log_p - np.where(wrong, np.log(sums), 0), 0)  # a hair above 0 is rounding
    return log_p


def as_one_distribution(p, name="p"):
    """Probabilities of one distribution, without a further axis.

    Parameters
    ----------
    p : array_like
        Of shape (outcomes,).
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape (outcomes,).

    Raises
    ------
    TypeError, ValueError
        As `as_distribution`, or if there is another axis.

    Examples
    --------
    >>> as_one_distribution([[0.5, 0.5], [1, 0]])
    Traceback (most recent call last):
        ...
    ValueError: p has shape (2, 2): one distribution is expected, of shape (outcomes,).
    """
    p = as_distribution(p, name=name)
    if p.ndim != 1:
        raise ValueError(f"{name} has shape {p.shape}: one distribution is expected, of shape (outcomes,).")
    return p


def as_truth(truth, outcomes):
    """The distribution that outcomes are drawn from, on the outcomes of p and q.

    Parameters
    ----------
    truth : array_like
        Of shape (outcomes,).
    outcomes : int
        How many p and q have.

    Returns
    -------
    ndarray of float64
        Shape (outcomes,).

    Raises
    ------
    TypeError, ValueError
        As `as_distribution`, or if the shape is another.

    Examples
    --------
    >>> as_truth([0.5, 0.5], 2)
    array([0.5, 0.5])
    """
    truth = as_distribution(truth, name="truth")
    if truth.shape != (outcomes,):
        raise ValueError(
            f"truth has shape {truth.shape}: it must be about the {outcomes} outcomes of p and q."
        )
    return truth


def as_joint(joint, name="joint"):
    """Joint probabilities of x and y.

    Parameters
    ----------
    joint : array_like
        Of shape (..., outcomes of x, outcomes of y); the sum over both axes is 1.
    name : str
        What the error messages call the argument.

    Returns
    -------
    ndarray of float64
        Shape of `joint`.

    Raises
    ------
    TypeError, ValueError
        As `as_distribution`, with both axes taken for one, or if there is one axis only.

    Examples
    --------
    >>> as_joint([0.5, 0.5])
    Traceback (most recent call last):
        ...
    ValueError: joint has shape (2,): an axis for x and one for y are expected.
    """
    array = _real(joint, name)
    if array.ndim < 2:
        raise ValueError(f"{name} has shape {array.shape}: an axis for x and one for y are expected.")
    one_axis = array.reshape(*array.shape[:-2], math.prod(array.shape[-2:]))
    return as_distribution(one_axis, name=name).reshape(array.shape)


def as_pair(p, q, axis=-1, names=("p", "q"), check=as_distribution):
    """Two distributions on the same outcomes, checked, in their common shape.

    Parameters
    ----------
    p, q : array_like
        What `check` accepts. Their shapes broadcast; along `axis` they have the same length.
    axis : int
        The axis of the outcomes in the common shape.
    names : pair of str
        What the error messages call the arguments.
    check : callable or pair of callables
        What checks both, or each, called with (array, axis, name): `as_distribution` unless said otherwise.

    Returns
    -------
    p, q : ndarray of float64
        Read-only views in the common shape: broadcasting copies nothing.
    axis : int
        The axis of the outcomes, counted from the end.

    Raises
    ------
    TypeError, ValueError
        As `check` and `broadcast`.

    Examples
    --------
    >>> p, q, axis = as_pair([[1, 0], [0.5, 0.5]], [0.25, 0.75])
    >>> p.shape, q.shape, axis
    ((2, 2), (2, 2), -1)
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
    """For `as_pair`: what was checked before.

    Parameters
    ----------
    x : ndarray
        Is returned.
    axis, name
        Are not looked at.

    Returns
    -------
    ndarray

    Examples
    --------
    >>> as_it_is(3, -1, "x")
    3
    """
    return x


def broadcast(*arrays, names):
    """Arrays in their common shape.

    Parameters
    ----------
    *arrays : ndarray
        Arrays whose shapes fit by NumPy's rules.
    names : sequence of str
        What the error message calls them.

    Returns
    -------
    tuple of ndarray
        Read-only views, all of the same shape.

    Raises
    ------
    ValueError
        If the shapes don't fit; it names them all.

    Examples
    --------
    >>> broadcast(np.ones((2, 3)), np.ones((3, 2)), names=("p", "q"))
    Traceback (most recent call last):
        ...
    ValueError: p has shape (2, 3), q has shape (3, 2): these don't broadcast. Counted from the last, axes \
must have the same length, or length 1.
    """
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
    """Distributions along the last axis, and what belongs to their outcomes, in their common shape.

    Parameters
    ----------
    p : ndarray
        What `as_distribution` gave.
    *others : ndarray
        Numbers for each outcome, such as odds, along the last axis; or one number for all of them.
    names : sequence of str
        What the error messages call `p` and the others.

    Returns
    -------
    tuple of ndarray
        Read-only views, all of the same shape.

    Raises
    ------
    ValueError
        If the shapes don't fit, or the others are about more outcomes than `p`: a single outcome of
        probability 1 is not stretched over several.

    Examples
    --------
    >>> on_outcomes(np.array([1.0]), np.array([2.0, 4.0]), names=("p", "odds"))
    Traceback (most recent call last):
        ...
    ValueError: p has 1 outcomes and odds has 2 (shapes (1,) and (2,)): all must be about the same outcomes.
    """
    for x, name in zip(others, names[1:], strict=True):
        if x.ndim and x.shape[-1] not in (1, p.shape[-1]):
            raise ValueError(
                f"{names[0]} has {p.shape[-1]} outcomes and {name} has {x.shape[-1]} (shapes {p.shape} and "
                f"{x.shape}): all must be about the same outcomes."
            )
    return broadcast(p, *others, names=names)


def check_axis(axis, ndim):
    """An axis of an array with `ndim` dimensions, counted from the end.

    Counted from the end, an axis means the same in an array and in what it is broadcast to.

    Parameters
    ----------
    axis : int
        From −`ndim` to `ndim` − 1.
    ndim : int
        Number of dimensions.

    Returns
    -------
    int
        From −`ndim` to −1.

    Raises
    ------
    TypeError
        If `axis` is not an integer.
    ValueError
        If there is no such axis.

    Examples
    --------
    >>> check_axis(0, 2), check_axis(-1, 2)
    (-2, -1)
    """
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
    """The base of a logarithm: 2 for bits, ``math.e`` for nats, 10 for hartleys.

    Parameters
    ----------
    base : real number
        Above 0 and different from 1. (Below 1 all signs turn round, as with any logarithm.)

    Returns
    -------
    float

    Raises
    ------
    TypeError
        If `base` is not a real number.
    ValueError
        If `base` is not above 0, is 1, infinite or NaN.

    Examples
    --------
    >>> check_base(1)
    Traceback (most recent call last):
        ...
    ValueError: base is 1: it must be above 0 and different from 1, for instance 2 (bits) or math.e (nats).
    """
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
    """Raise if an element is wrong, naming the first one.

    Parameters
    ----------
    wrong : ndarray of bool
        Which elements are.
    x : ndarray
        The elements, in the same shape.
    name : str
        What the error message calls the array.
    rule : str
        What it says would be right, without a full stop.

    Raises
    ------
    ValueError
        If an element is wrong.

    Examples
    --------
    >>> x = np.array([[1, 2], [3, 14]])
    >>> refuse(x > 9, x, "x", "it has one digit")
    Traceback (most recent call last):
        ...
    ValueError: x[1, 1] is 14: it has one digit.
    """
    if wrong.any():
        index = tuple(map(int, np.argwhere(wrong)[0]))
        raise ValueError(f"{_place(name, index)} is {plain(x[index])}: {rule}.")


def plain(x):
    """A number, or a list of them, as messages give it: whole numbers without a decimal point.

    Parameters
    ----------
    x : number or ndarray
        What is to be told.

    Returns
    -------
    int, float, or (nested) list of them

    Examples
    --------
    >>> plain(np.float64(4)), plain(np.float64(0.5)), plain(np.array([1, 2.5, np.inf]))
    (4, 0.5, [1, 2.5, inf])
    """
    if np.ndim(x):
        return [plain(element) for element in x]
    value = np.asarray(x).item()
    # From 1e16 on, not all digits of a double are its own.
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
    """Sums along an axis without what is lost if NumPy adds row to row: it adds in pairs what lies side by side."""
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
