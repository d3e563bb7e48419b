"""Bad input: a clear error, or a right answer, never a silent wrong number."""

import math
from fractions import Fraction

import numpy as np
import pytest

from klbook import (
    P,
    Q,
    cross_entropy,
    entropy,
    kl_divergence,
    kl_divergence_from_logs,
    pointwise_kl,
    surprisal,
)
from klbook.ideas import checks, gambling, likelihood, lottery

NAN, INF = math.nan, math.inf

NOT_A_DISTRIBUTION = [
    # what, kind of error, words of its message
    ([0.5, 0.6], ValueError, r"^p sums to 1\.1, not to 1\."),
    ([0.5, 0.5 - 2e-9], ValueError, r"^p sums to 0\.99999"),
    ([[0.5, 0.5], [0.5, 0.4]], ValueError, r"^p\[1, :\] sums to 0\.9, not to 1\."),
    ([[[0.5, 0.5], [0, 0]]], ValueError, r"^p\[0, 1, :\] sums to 0,"),
    ([333, 333], ValueError, r"sums to 666, .*divide them by their sum"),
    ([1.5, -0.5], ValueError, r"^p\[1\] is -0\.5: a probability is at least 0"),
    ([[0.5, 0.5], [-1e-12, 1]], ValueError, r"^p\[1, 0\] is -1e-12"),
    ([0.5, 0.5, NAN], ValueError, r"^p\[2\] is nan"),
    ([[1, 0], [NAN, -1]], ValueError, r"^p\[1, 0\] is nan"),
    ([INF, 0.5], ValueError, r"^p\[0\] is inf: a probability is at most 1"),
    ([-INF, 0.5], ValueError, r"^p\[0\] is -inf"),
    ([1.7e308, 1.7e308], ValueError, r"^p sums to inf"),
    ([], ValueError, r"shape \(0,\): a distribution needs at least one outcome"),
    (np.empty((3, 0)), ValueError, r"shape \(3, 0\): a distribution needs at least one outcome"),
    (1.0, ValueError, r"A single number has no axis|only one of them has the axis"),
    ([[0.5, 0.5], [1]], ValueError, r"^p is no array: its rows have different lengths"),
    (np.ma.masked_array([0.5, 0.5], [False, True]), TypeError, r"^p is a masked array: .*filled"),
    (np.array([0.5, 0.5], dtype=object), TypeError, r"elements of type object"),
    ([Fraction(1, 2), Fraction(1, 2)], TypeError, r"elements of type object"),
    ([0.5, None], TypeError, r"elements of type object"),
    (None, TypeError, r"elements of type object"),
    ({"sun": 1}, TypeError, r"elements of type object"),
    ([0.5 + 0j, 0.5], TypeError, r"elements of type complex128"),
    ([True, False], TypeError, r"elements of type bool"),
    (["0.5", "0.5"], TypeError, r"elements of type <U3"),
    ("0.5", TypeError, r"elements of type <U3"),
    (np.array([1], dtype="m8[s]"), TypeError, r"elements of type timedelta64"),
]


@pytest.mark.parametrize("p, error, message", NOT_A_DISTRIBUTION)
def test_what_is_no_distribution_is_refused(p, error, message):
    with pytest.raises(error, match=message):
        checks.as_distribution(p)
    with pytest.raises(error, match=message):
        entropy(p)


@pytest.mark.parametrize("function", [cross_entropy, kl_divergence, pointwise_kl])
@pytest.mark.parametrize("wrong, error, message", NOT_A_DISTRIBUTION)
def test_both_arguments_are_checked_and_named(function, wrong, error, message):
    with pytest.raises(error, match=message):
        function(wrong, [0.5, 0.5])
    with pytest.raises(error, match=message.replace("^p", "^q")):
        function([0.5, 0.5], wrong)


@pytest.mark.parametrize(
    "axis, where", [(0, r"p\[:, 2\]"), (1, r"p\[0, :\]"), (-2, r"p\[:, 2\]"), (-1, r"p\[0, :\]")]
)
def test_the_slice_that_is_wrong_is_named_along_any_axis(axis, where):
    p = np.array([[0.5, 0.25, 0.5], [0.5, 0.75, 0.25]])
    with pytest.raises(ValueError, match=f"^{where} sums to"):
        checks.as_distribution(p, axis=axis)


LOGS = "exp\\(log_p\\)"
NO_LOG_DISTRIBUTION = [
    ([0.5, 0.5], ValueError, rf"^{LOGS} sums to 3\.297.*Natural logarithms"),
    (np.log2([0.5, 0.5]), ValueError, rf"^{LOGS} sums to 0\.735"),
    ([[0, -INF], [-1, -INF]], ValueError, rf"^{LOGS}\[1, :\] sums to 0\.367"),
    ([-INF, -INF], ValueError, rf"^{LOGS} sums to 0,"),
    ([1000, 0], ValueError, rf"^{LOGS} sums to inf"),
    ([0, NAN], ValueError, r"^log_p\[1\] is nan: the logarithm of a probability is at most 0"),
    ([INF, 0], ValueError, r"^log_p\[0\] is inf"),
    ([], ValueError, r"at least one outcome"),
    (np.ma.masked_array([0.0, -1.0], [False, True]), TypeError, r"masked"),
    ([0j], TypeError, r"complex"),
]


@pytest.mark.parametrize("log_p, error, message", NO_LOG_DISTRIBUTION)
def test_what_are_no_log_probabilities_is_refused(log_p, error, message):
    certain = [0, -INF]
    with pytest.raises(error, match=message):
        checks.as_log_distribution(log_p)
    with pytest.raises(error, match=message):
        kl_divergence_from_logs(log_p, certain)
    with pytest.raises(error, match=message.replace("log_p", "log_q")):
        kl_divergence_from_logs(certain, log_p)


@pytest.mark.parametrize(
    "p, message", [(-0.1, "^p is -0.1"), (1.1, "^p is 1.1"), ([0.5, NAN], r"^p\[1\] is nan")]
)
def test_surprisal_needs_numbers_between_0_and_1(p, message):
    with pytest.raises(ValueError, match=f"{message}: a probability lies between 0 and 1"):
        surprisal(p)


def test_surprisal_refuses_masked_arrays():
    with pytest.raises(TypeError, match="masked"):
        surprisal(np.ma.masked_array([0.5], [True]))


@pytest.mark.parametrize("function", [cross_entropy, kl_divergence, pointwise_kl])
def test_shapes_that_do_not_fit_are_both_named(function):
    with pytest.raises(
        ValueError, match=r"p has shape \(3, 4\), q has shape \(2, 4\): these don't broadcast"
    ):
        function([P] * 3, [Q] * 2)
    with pytest.raises(
        ValueError, match=r"p has 4 outcomes and q has 2 \(shapes \(4,\) and \(2,\), axis -1\)"
    ):
        function(P, [0.5, 0.5])
    # One outcome of probability 1 must not be stretched over four.
    with pytest.raises(ValueError, match=r"p has 4 outcomes and q has 1"):
        function(P, [1.0])
    with pytest.raises(
        ValueError, match=r"p has shape \(4, 1\) and q has shape \(4,\): only one of them has"
    ):
        function(P[:, None], Q, axis=0)


@pytest.mark.parametrize("axis", [2, -3])
def test_no_such_axis(axis):
    with pytest.raises(ValueError, match=f"There is no axis {axis}: with 2 dimensions it is from -2 to 1"):
        entropy([P], axis=axis)
    with pytest.raises(ValueError, match=f"There is no axis {axis}"):
        kl_divergence([P], Q, axis=axis)


@pytest.mark.parametrize("axis", [None, 1.0, (0, 1), "0"])
def test_the_axis_is_one_integer(axis):
    with pytest.raises(TypeError, match="axis must be one integer"):
        kl_divergence(P, Q, axis=axis)


BASE_USERS = [
    lambda base: surprisal(0.5, base=base),
    lambda base: entropy(P, base=base),
    lambda base: cross_entropy(P, Q, base=base),
    lambda base: kl_divergence(P, Q, base=base),
    lambda base: pointwise_kl(P, Q, base=base),
    lambda base: kl_divergence_from_logs(np.log(P), np.log(Q), base=base),
]


@pytest.mark.parametrize("use", BASE_USERS)
@pytest.mark.parametrize("base", [0, 1, 1.0, -2, NAN, INF, -INF, True, False, 10**400, Fraction(1, 10**400)])
def test_bases_that_are_not_allowed(use, base):
    with pytest.raises(ValueError, match=r"base is .*: it must be above 0 and different from 1"):
        use(base)


@pytest.mark.parametrize("use", BASE_USERS)
@pytest.mark.parametrize("base", [None, "2", 2j, [2], np.array([2, 10])])
def test_bases_that_are_no_numbers(use, base):
    with pytest.raises(TypeError, match="which is not a real number"):
        use(base)


@pytest.mark.parametrize("base", [2, 2.0, np.float32(2), np.int64(2), Fraction(2)])
def test_bases_of_any_real_type(base):
    assert kl_divergence(P, Q, base=base) == 5 / 8


@pytest.mark.parametrize(
    "p",
    [
        [0, 1],
        (0, 1),
        [[0, 1]],
        np.array([0, 1], dtype=np.uint8),
        np.array([0, 1], dtype=np.float16),
        np.array([0, 1], dtype=np.longdouble),
        np.array([0, 1], dtype=">f8"),
        np.array([-0.0, 1]),
    ],
)
def test_integers_lists_and_every_real_type_are_accepted(p):
    checked = checks.as_distribution(p)
    assert checked.dtype == np.float64
    assert np.ravel(checked).tolist() == [0, 1]
    assert np.ravel(kl_divergence(p, [0.5, 0.5])).tolist() == [1]


INDEX_ERRORS = [
    ([0, 4], ValueError, r"^x\[1\] is 4: outcomes are numbered from 0 to 3\.$"),
    ([[0, 1], [2, -1]], ValueError, r"^x\[1, 1\] is -1: "),
    (np.array([2**64 - 1], dtype=np.uint64), ValueError, r"^x\[0\] is 18446744073709551615: "),
    (2, ValueError, "^x is a single number: a sequence is expected"),
    ([1.0], TypeError, "^x has elements of type float64: integers are expected"),
    ([True], TypeError, "^x has elements of type bool"),
    ([[0], [0, 1]], ValueError, "^x is no array: its rows have different lengths"),
    (np.ma.masked_array([0, 1], [False, True]), TypeError, "^x is a masked array"),
]


@pytest.mark.parametrize("outcomes, error, message", INDEX_ERRORS)
def test_what_is_no_index_of_an_outcome_is_refused(outcomes, error, message):
    with pytest.raises(error, match=message):
        checks.as_outcomes(outcomes, 4, "x")


def test_indices_of_any_integer_type():
    for dtype in (np.uint8, np.int16, ">i4", np.uint64):
        assert checks.as_outcomes(np.array([0, 3], dtype), 4).tolist() == [0, 3]
    assert checks.as_outcomes([], 4).shape == (0,)  # which NumPy takes for floats
    assert checks.as_outcomes(3, 4, single=True) == 3


@pytest.mark.parametrize(
    "number, told",
    [
        (4, "4"),
        (4.0, "4"),
        (-0.5, "-0.5"),
        (0.1, "0.1"),
        (1e15, "1000000000000000"),
        (1e16, r"1e\+16"),
        (2**62, "4611686018427387904"),
        (NAN, "nan"),
        (-INF, "-inf"),
        (np.float32(3), "3"),
        (np.int8(-7), "-7"),
    ],
)
def test_numbers_are_told_as_they_would_be_written(number, told):
    with pytest.raises(ValueError, match=rf"^x\[0, 1\] is {told}: it is not 1\.$"):
        checks.refuse(np.array([[False, True]]), np.array([[number, number]]), "x", "it is not 1")
    with pytest.raises(ValueError, match=rf"^x is {told}: it is not 1\.$"):
        checks.refuse(np.True_, np.asarray(number)[()], "x", "it is not 1")


def test_what_is_right_is_not_refused():
    checks.refuse(np.zeros((2, 3), dtype=bool), np.ones((2, 3)), "x", "")
    checks.refuse(np.zeros(0, dtype=bool), np.ones(0), "x", "")


ONE = [1.0]  # a single outcome, of probability 1


@pytest.mark.parametrize(
    "call",
    [
        lambda: gambling.kelly_bet(ONE, [2, 4]),
        lambda: gambling.doubling_rate(ONE, [0.5, 0.5], 2),
        lambda: lottery.lottery_growth(ONE, [1, 1], [0, 3]),
        lambda: lottery.play_lottery(ONE, [1, 1], 2, 5),
        lambda: likelihood.closest_normal(ONE, [1, 2]),
        lambda: likelihood.closest_exponential(ONE, [1, 2]),
        lambda: likelihood.mixture_moments(ONE, [1, 2], 1),
        lambda: likelihood.log_likelihood([3, 4], ONE),
    ],
)
def test_a_single_outcome_is_not_stretched_over_several(call):
    """By NumPy's rules it would be: to two outcomes of probability 1."""
    with pytest.raises(ValueError, match="same outcomes"):
        call()


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_joint_distributions_are_as_tolerant_as_others(dtype):
    joint = np.full((3, 2, 2), 0.25, dtype) * dtype(1 + 0.9 * checks.sum_tolerance(dtype))
    assert checks.as_joint(joint).shape == (3, 2, 2)


def test_what_sums_to_1_is_not_copied():
    for p in (P, np.array([0.1, 0.2, 0.7]), np.full((3, 49), 1 / 49), np.array([5e-324, 1])):
        assert checks.as_distribution(p) is p
        with np.errstate(divide="ignore"):
            log_p = np.log(p)
        assert checks.as_log_distribution(log_p) is log_p
    assert checks.as_log_distribution(np.zeros(1)).tolist() == [0]
    # Nor is what rounding has done to a sum: 1 + 2^-52 and 1 - 2^-53 here.
    p = np.array([[0.5, 0.5 + 2**-52], [0.5, 0.5 - 2**-53]])
    assert checks.as_distribution(p) is p


def exact_sum(p):
    return sum(map(Fraction, np.ravel(p).tolist()))


@pytest.mark.parametrize("t", [5e-10, -5e-10, 9e-10, 1e-12, -3e-14])
def test_what_is_off_by_more_than_rounding_is_divided_by_its_sum(t):
    p = np.array([0.1, 0.2, 0.3, 0.4]) * (1 + t)
    kept = p.copy()
    checked = checks.as_distribution(p)
    assert checked is not p and np.array_equal(p, kept)  # what was given is left as it was
    assert abs(exact_sum(checked) - 1) < 1e-15
    total = exact_sum(p)
    for x, y in zip(p.tolist(), checked.tolist(), strict=True):
        assert abs(Fraction(y) / (Fraction(x) / total) - 1) < 4e-16


def test_an_element_above_1_is_brought_to_1():
    above = 1 + 2.0**-52
    assert checks.as_distribution([above]).tolist() == [1]
    first, second = checks.as_distribution([[above, 1e-300], [0.5, 0.5]]).tolist()
    assert first == [1, pytest.approx(1e-300, rel=3e-16)] and second == [0.5, 0.5]
    assert checks.as_distribution([[above, 0.5], [0, 0.5]], axis=0).tolist() == [[1, 0.5], [0, 0.5]]
    assert checks.as_log_distribution([1e-17, -math.inf]).tolist() == [0, -math.inf]
    assert checks.as_log_distribution([9e-10]).tolist() == [pytest.approx(0, abs=1e-16)]


def test_a_slice_is_changed_without_regard_to_the_others():
    p = np.array([[0.1, 0.9], [0.5, 0.5 + 5e-10], [0.3, 0.7]])
    checked = checks.as_distribution(p)
    assert np.array_equal(checked[[0, 2]], p[[0, 2]])
    assert abs(exact_sum(checked[1]) - 1) < 1e-15
    by_columns = checks.as_distribution(p.T, axis=0)
    assert np.array_equal(by_columns.T, checked)
    logs = checks.as_log_distribution(np.log(p))
    assert np.array_equal(logs[[0, 2]], np.log(p[[0, 2]]))
    assert np.exp(logs[1]).sum() == pytest.approx(1, abs=1e-15)


def test_what_was_given_is_never_written_to():
    for dtype in ("f2", "f4", "f8", ">f8", "i8"):
        p = np.array([[1, 0], [0, 1]], dtype) * np.dtype(dtype).type(1)
        if p.dtype.kind == "f":
            p[:, 0] *= p.dtype.type(1) + p.dtype.type(0.5 * checks.sum_tolerance(dtype, 2))
        kept = p.copy()
        checks.as_distribution(p)
        p.flags.writeable = False
        checks.as_distribution(p)
        checks.as_joint(p / p.dtype.type(2))
        assert np.array_equal(p, kept)


def test_zero_has_no_sign():
    assert not np.signbit(checks.as_distribution(np.array([-0.0, 1]))).any()
    assert not np.signbit(checks.as_distribution(np.array([[-0.0, 1 + 5e-10]]))).any()


def test_the_smallest_probability_stays_above_0():
    for t in (-9e-10, 9e-10):
        assert checks.as_distribution([5e-324, 1 + t]).tolist() == [5e-324, 1]


@pytest.mark.parametrize(
    "dtype, tolerance", [("f8", 1e-9), ("f4", 1e-5), ("i8", 1e-9), ("g", 1e-9), (">f4", 1e-5)]
)
def test_tolerance_by_type(dtype, tolerance):
    assert checks.sum_tolerance(dtype) == checks.sum_tolerance(dtype, 1000) == tolerance


def test_tolerance_of_half_precision():
    assert checks.sum_tolerance("f2") == pytest.approx(1e-3, rel=1e-4)
    assert checks.sum_tolerance("f2", 1000) == pytest.approx(1e-3 + 6.907755e-3 + 2.98e-5, abs=1e-7)


@pytest.mark.parametrize("dtype", ["f8", "f4", "f2"])
def test_tolerance_is_where_it_says(dtype):
    tolerance = checks.sum_tolerance(dtype, 2)
    checks.as_distribution(np.array([0.5, 0.5 + 0.8 * tolerance], dtype))
    with pytest.raises(ValueError, match="sums to"):
        checks.as_distribution(np.array([0.5, 0.5 + 1.3 * tolerance], dtype))


def test_the_message_says_what_a_shorter_type_explains():
    with pytest.raises(
        ValueError, match=r"^p sums to 1\.0625, .* \(float16 explains a difference of 0\.002\.\)"
    ):
        checks.as_distribution(np.array([0.5, 0.5625], "f2"))
    with pytest.raises(
        ValueError, match=r"^p\[:, 1\] sums to .* \(float32 explains a difference of 1e-05\.\)"
    ):
        checks.as_distribution(np.array([[0.5, 0.6], [0.5, 0.6]], "f4"), axis=0)


@pytest.mark.parametrize("size", [0, 1e-150, -1e-150, 1e150, -1e150])
def test_sizes_that_are_promised(size):
    assert checks.as_finite([1, size])[1] == checks.as_extended(size) == size
    if size >= 0:
        assert checks.as_amounts(size) == size
    if size > 0:
        assert checks.as_positive(size) == size


@pytest.mark.parametrize("size", [5e-324, 0.999e-150, 1.001e150, 1.7e308])
def test_other_sizes_are_refused_with_the_reason(size):
    rule = r"(its size must be 0 or|it must be) from 1e-150 to 1e\+150"
    for check in (checks.as_finite, checks.as_extended, checks.as_positive):
        with pytest.raises(ValueError, match=rf"^x\[1\] is \S+: {rule}\.$"):
            check([1, size])
    for check in (checks.as_finite, checks.as_extended):
        with pytest.raises(ValueError, match=rf"^x\[1\] is -\S+: {rule}\.$"):
            check([1, -size])


def test_amounts_may_be_as_small_as_probabilities():
    assert checks.as_amounts([5e-324, 0, 1e150]).tolist() == [5e-324, 0, 1e150]
    with pytest.raises(ValueError, match=r"^x is 1\.1e\+150: its size must be at most 1e\+150\.$"):
        checks.as_amounts(1.1e150)


def test_a_function_may_promise_another_range():
    assert checks.as_finite(-5e-324, smallest=0) == -5e-324
    assert checks.as_positive([1e-300, 1e300], smallest=1e-300, largest=1e300).tolist() == [1e-300, 1e300]
    for call in (
        lambda: checks.as_amounts(9e-4, smallest=1e-3),
        lambda: checks.as_finite(-9e-4, smallest=1e-3),
        lambda: checks.as_positive(9e-4, smallest=1e-3),
    ):
        with pytest.raises(ValueError, match=r"(its size must be 0 or|it must be) from 0\.001 to 1e"):
            call()
    with pytest.raises(ValueError, match="from 1e-150 to 10"):
        checks.as_positive(11, largest=10)


def test_extended_numbers():
    assert checks.as_extended([INF, -INF, 3]).tolist() == [INF, -INF, 3]
    with pytest.raises(ValueError, match=r"^x\[1\] is nan: a number is expected"):
        checks.as_extended([0, NAN])


@pytest.mark.skipif(np.finfo(np.longdouble).maxexp == 1024, reason="no type is longer than a double here")
@pytest.mark.parametrize("text", ["1e4000", "1e-4000"])
def test_longer_numbers_that_are_no_doubles_are_refused(text):
    with pytest.raises(ValueError, match="a number is expected that double precision can hold"):
        checks.as_array(np.array([1, np.longdouble(text)]))


def test_a_softmax_in_single_precision_is_a_distribution():
    scores = np.random.default_rng(0).normal(0, 3, (5, 130_000)).astype(np.float32)
    shifted = scores - scores.max(-1, keepdims=True)
    log_p = shifted - np.log(np.exp(shifted).sum(-1, keepdims=True))
    assert log_p.dtype == np.float32
    checks.as_log_distribution(log_p)
    checks.as_distribution(np.exp(log_p))


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64])
@pytest.mark.parametrize("n", [2, 10, 1000])
def test_a_softmax_is_a_distribution_in_any_type(dtype, n):
    """If its sum was taken in a wider type, as NumPy does for half precision, through logarithms or not."""
    for scale in (0, 0.1, 1, 3, 10):
        scores = np.random.default_rng(n).normal(0, scale, (300, n)).astype(dtype)
        shifted = scores - scores.max(-1, keepdims=True)
        weights = np.exp(shifted)
        log_p = shifted - np.log(weights.sum(-1, keepdims=True))
        assert log_p.dtype == dtype
        for p in (weights / weights.sum(-1, keepdims=True), np.exp(log_p)):
            checked = checks.as_distribution(p)
            assert checks.as_distribution(checked) is checked
            assert checked.max() <= 1 and np.abs(checked.sum(-1) - 1).max() <= 1e-14
        checked = checks.as_log_distribution(log_p)
        assert checks.as_log_distribution(checked) is checked
        assert checked.max() <= 0 and np.abs(np.exp(checked).sum(-1) - 1).max() <= 1e-14


def test_a_softmax_that_half_precision_does_not_explain_is_refused():
    weights = np.exp(np.random.default_rng(0).normal(0, 1, (1000, 50)).astype(np.float16))
    sums = np.zeros(50, np.float16)
    for row in weights:  # one after the other, in half precision
        sums += row
    with pytest.raises(ValueError, match=r"sums to 1\.0.*float16 explains a difference of 0\.008"):
        checks.as_distribution(weights / sums, axis=0)


def test_what_the_tolerance_costs():
    """Nothing but rounding: what is off by as much as the door allows is divided by its sum."""
    for t in (9e-10, -9e-10):
        for p, q in ((P, Q * (1 + t)), (P * (1 + t), Q), (P * (1 + t), Q * (1 - t))):
            assert kl_divergence(p, q) == pytest.approx(5 / 8, rel=1e-15)


# What is called, the kind of error, and the whole sentence.
SENTENCES = [
    (lambda: checks.as_finite([0, NAN]), ValueError, "x[1] is nan: a finite number is expected."),
    (
        lambda: checks.as_finite(1e-200),
        ValueError,
        "x is 1e-200: its size must be 0 or from 1e-150 to 1e+150.",
    ),
    (lambda: checks.as_positive(0, name="sd"), ValueError, "sd is 0: it must be positive and finite."),
    (lambda: checks.as_amounts([1, -2]), ValueError, "x[1] is -2: it must be at least 0 and finite."),
    (
        lambda: checks.as_integers([1.0, 2.0]),
        TypeError,
        "x has elements of type float64: integers are expected.",
    ),
    (lambda: checks.as_count(-1), ValueError, "n is -1: it must be at least 0."),
    (
        lambda: checks.as_generator(-1),
        ValueError,
        "seed is -1: a whole number from 0 on is expected, or another seed of numpy.random.default_rng.",
    ),
    (
        lambda: checks.as_outcomes([0, 4], 4),
        ValueError,
        "outcomes[1] is 4: outcomes are numbered from 0 to 3.",
    ),
    (lambda: checks.as_share(1, "take"), ValueError, "take is 1: it is at least 0 and below 1."),
    (
        lambda: checks.as_distribution([[0.5, 0.5], [0.5, 0.4]]),
        ValueError,
        "p[1, :] sums to 0.9, not to 1. If it holds weights, divide them by their sum first.",
    ),
    (
        lambda: checks.as_one_distribution([[0.5, 0.5], [1, 0]]),
        ValueError,
        "p has shape (2, 2): one distribution is expected, of shape (outcomes,).",
    ),
    (
        lambda: checks.as_truth([1], 4),
        ValueError,
        "truth has shape (1,): it must be about the 4 outcomes of p and q.",
    ),
    (
        lambda: checks.as_joint([0.5, 0.5]),
        ValueError,
        "joint has shape (2,): an axis for x and one for y are expected.",
    ),
    (
        lambda: checks.broadcast(np.ones((2, 3)), np.ones((3, 2)), names=("p", "q")),
        ValueError,
        "p has shape (2, 3), q has shape (3, 2): these don't broadcast. Counted from the last, axes must have the "
        "same length, or length 1.",
    ),
    (
        lambda: checks.on_outcomes(np.array([1.0]), np.array([2.0, 4.0]), names=("p", "odds")),
        ValueError,
        "p has 1 outcomes and odds has 2 (shapes (1,) and (2,)): all must be about the same outcomes.",
    ),
    (
        lambda: checks.check_base(1),
        ValueError,
        "base is 1: it must be above 0 and different from 1, for instance 2 (bits) or math.e (nats).",
    ),
]


@pytest.mark.parametrize("call, error, sentence", SENTENCES)
def test_what_is_wrong_is_said_in_a_sentence(call, error, sentence):
    with pytest.raises(error) as caught:
        call()
    assert str(caught.value) == sentence


def test_what_is_not_refused_comes_out():
    assert checks.as_array([1, 0]).tolist() == [1.0, 0.0] and checks.as_array([1, 0]).dtype == np.float64
    assert checks.as_probabilities([0.5, 0.75]).tolist() == [0.5, 0.75]
    assert checks.as_share([0, 0.25], "take").tolist() == [0, 0.25]
    assert checks.as_truth([0.5, 0.5], 2).tolist() == [0.5, 0.5]
    p, q, axis = checks.as_pair([[1, 0], [0.5, 0.5]], [0.25, 0.75])
    assert (p.shape, q.shape, axis) == ((2, 2), (2, 2), -1)
    assert (checks.check_axis(0, 2), checks.check_axis(-1, 2)) == (-2, -1)
    assert checks.plain(np.array([1, 2.5, INF])) == [1, 2.5, INF] and checks.plain(np.float64(4)) == 4
    in_single = np.array([0.3, 0.3, 0.4], np.float32)  # which sum to 1.0000000298
    assert checks.as_distribution(in_single).sum() == 1
