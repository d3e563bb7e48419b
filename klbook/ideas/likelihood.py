"""Likelihood: how well a model explains data, and the model that explains them best.

The likelihood of counted data falls short of certainty by an average surprise that splits exactly in two:

    −(1/N)·log-likelihood of q  =  H(p̂) + D(p̂‖q),      p̂ = counts / N.

The first part is the data's own entropy, which no model changes. So the model of greatest likelihood is the
one closest to p̂ in D(p̂‖·), for every N: no limit is needed. The limit only says what p̂ tends to. A family
that does not contain the truth P leads to its member closest to P, the projection; for the families here
(exponential families) it is the member with P's own moments.

Data on a continuum have no such p̂: D(p̂‖q) is infinite for every density q. What survives is the average
log-likelihood, and with it the comparison between models.
"""

import math

import numpy as np

from klbook.ideas.checks import (
    as_amounts,
    as_array,
    as_count,
    as_distribution,
    as_extended,
    as_finite,
    as_generator,
    as_joint,
    as_outcomes,
    as_pair,
    as_positive,
    as_probabilities,
    broadcast,
    check_axis,
    check_base,
    on_outcomes,
    refuse,
)
from klbook.ideas.numerics import binomial_probabilities, weighted_sum

__all__ = [
    "additive_smoothing",
    "average_log_likelihood",
    "bernoulli",
    "binomial",
    "closest_binomial",
    "closest_exponential",
    "closest_independent",
    "closest_normal",
    "count_outcomes",
    "empirical_distribution",
    "exponential_log_density",
    "fit_bernoulli",
    "fit_binomial",
    "fit_exponential",
    "fit_normal",
    "log_likelihood",
    "mixture_moments",
    "normal_log_density",
    "sample_mixture",
]


def count_outcomes(outcomes, size):
    """How often each outcome occurs in each sequence.

    Parameters
    ----------
    outcomes : array_like of int
        Indices of outcomes, from 0 to `size` − 1, of shape (..., length): sequences along the last axis.
    size : int, number of possible outcomes

    Returns
    -------
    ndarray of int64, shape (..., `size`)

    Raises
    ------
    TypeError, ValueError: if `outcomes` holds what is no index of an outcome, or `size` is below 1

    Examples
    --------
    >>> count_outcomes([[0, 2, 2], [1, 1, 1]], 3)
    array([[1, 0, 2],
           [0, 3, 0]])
    """
    size = as_count(size, "size", least=1)
    outcomes = as_outcomes(outcomes, size).astype(np.int64, copy=False)
    sequences = math.prod(outcomes.shape[:-1])
    # One bincount for all sequences: the outcomes of sequence number s are renumbered from size·s on.
    own = outcomes.reshape(sequences, outcomes.shape[-1]) + size * np.arange(sequences)[:, None]
    return np.bincount(own.ravel(), minlength=sequences * size).reshape(*outcomes.shape[:-1], size)


def empirical_distribution(counts, *, axis=-1):
    """Relative frequencies p̂ = counts / N: the categorical model of greatest likelihood."""
    return additive_smoothing(counts, 0, axis=axis)


def additive_smoothing(counts, pseudocount=1, *, axis=-1):
    """Relative frequencies as if each outcome had been seen `pseudocount` times more.

    So meeting an outcome later that is not among the data does not cost an infinity. With 1 it is the mean of the
    posterior after a uniform prior on all distributions (Laplace's rule of succession, "add one"), with 1/2 after
    Jeffreys' prior (Krichevsky and Trofimov 1981).

    Parameters
    ----------
    counts : array_like, how often each outcome occurred: whole numbers
    pseudocount : array_like, at least 0 and finite; its shape broadcasts with that of `counts`
    axis : int, the axis of the outcomes, in `counts`

    Returns
    -------
    ndarray of float64, distributions along `axis`: (counts + pseudocount) / (their sum)

    Raises
    ------
    TypeError, ValueError
        If a count is negative or not a whole number, or `pseudocount` is not as said (the index is given), or all
        counts and pseudocounts along `axis` are 0.

    Examples
    --------
    >>> additive_smoothing([3, 0])
    array([0.8, 0.2])
    >>> additive_smoothing([3, 0], 1 / 2)
    array([0.875, 0.125])
    """
    counts = _counts(counts, axis)
    axis, pseudocount = check_axis(axis, counts.ndim), as_amounts(pseudocount, "pseudocount")
    weights = np.add(*broadcast(counts, pseudocount, names=("counts", "pseudocount")))
    total = weights.sum(axis=axis, keepdims=True)
    refuse(total == 0, total, "the total of the counts", "nothing was counted, so there are no frequencies")
    return weights / total


def log_likelihood(counts, q, *, axis=-1, base=2):
    """Logarithm of the probability that `q` gives to a sequence with these counts: Σ counts·log q.

    It is −N·(H(p̂) + D(p̂‖q)) (Cover and Thomas, 2nd ed., section 11.1).

    Parameters
    ----------
    counts : array_like, how often each outcome occurred: whole numbers; the order of the sequence does not matter
    q : array_like, models: distributions along `axis`; the shapes broadcast
    axis, base : int, float, axis of the outcomes; unit of the answer (2 for bits, ``math.e`` for nats)

    Returns
    -------
    float64 or ndarray, the common shape without `axis`; at most 0, and −∞ if something was counted that `q` excludes

    Raises
    ------
    TypeError, ValueError
        If a count is no whole number from 0, `q` no distribution along `axis`, `base` no base of logarithms, or the
        shapes don't fit.

    Examples
    --------
    >>> print(log_likelihood([4, 2, 1, 1], [1 / 8, 1 / 2, 1 / 4, 1 / 8]))
    -19.0
    """
    unit = math.log2(check_base(base))
    return _log2_likelihood(*_counts_and_model(counts, q, axis)) / unit


def average_log_likelihood(counts, q, *, axis=-1, base=2):
    """Log-likelihood for each outcome that was counted: (1/N)·Σ counts·log q.

    Its negative is the average surprise of a believer in `q`, and exactly H(p̂) + D(p̂‖q).

    Parameters
    ----------
    counts, q, axis, base : as in `log_likelihood`; not all counts are 0 along `axis`

    Returns
    -------
    float64 or ndarray, the common shape without `axis`

    Raises
    ------
    TypeError, ValueError: as `log_likelihood`, or if nothing was counted

    Examples
    --------
    >>> print(average_log_likelihood([4, 2, 1, 1], [1 / 8, 1 / 2, 1 / 4, 1 / 8]))  # −(7/4 + 5/8)
    -2.375
    """
    unit = math.log2(check_base(base))
    counts, q, axis = _counts_and_model(counts, q, axis)
    n = counts.sum(axis=axis)
    refuse(n == 0, n, "the total of the counts", "nothing was counted, so there is no average")
    return _log2_likelihood(counts, q, axis) / unit / n


def bernoulli(theta):
    """The distribution of a coin: (1 − θ, θ) on the outcomes 0 and 1.

    Parameters
    ----------
    theta : array_like, probabilities of the outcome 1, of any shape

    Returns
    -------
    ndarray of float64, shape of `theta` with one more axis of length 2

    Raises
    ------
    TypeError, ValueError: if `theta` is not from 0 to 1

    Examples
    --------
    >>> bernoulli([0.25, 0.5])
    array([[0.75, 0.25],
           [0.5 , 0.5 ]])
    """
    theta = as_probabilities(theta, "theta")
    return np.stack([1 - theta, theta], axis=-1)


def binomial(trials, theta):
    """The distribution of the number of heads in `trials` tosses of a coin.

    Parameters
    ----------
    trials : int, number of tosses, at least 0
    theta : array_like, probabilities of heads, of any shape

    Returns
    -------
    ndarray of float64
        Shape of `theta` with one more axis of length `trials` + 1. For up to 10⁷ tosses, the relative error of
        probabilities above 1e-290 is below 1e-12 (see `klbook.ideas.numerics`).

    Raises
    ------
    TypeError, ValueError: if `trials` is not such a number, or `theta` is not from 0 to 1

    Examples
    --------
    >>> binomial(2, 0.5)
    array([0.25, 0.5 , 0.25])
    """
    trials, theta = as_count(trials, "trials"), as_probabilities(theta, "theta")
    return binomial_probabilities(trials, theta)


def fit_bernoulli(successes, trials):
    """The coin of greatest likelihood: θ = successes / trials."""
    successes, trials = broadcast(
        as_array(successes, "successes"), as_array(trials, "trials"), names=("successes", "trials")
    )
    _whole(successes, "successes")
    _whole(trials - successes, "trials − successes")
    refuse(trials == 0, trials, "trials", "without a trial there is no frequency")
    return successes / trials


def fit_binomial(heads, trials, *, axis=-1):
    """The binomial distribution of greatest likelihood: θ = mean of the numbers of heads / `trials`.

    Parameters
    ----------
    heads : array_like, observed numbers of heads, each out of `trials` tosses
    trials : int, number of tosses behind each of them, at least 1 and at most 2^53 (a double counts no further)
    axis : int, the axis of the observations

    Returns
    -------
    float64 or ndarray, shape of `heads` without `axis`

    Raises
    ------
    TypeError, ValueError: if a number of heads is not whole or not from 0 to `trials`, or there is no observation

    Examples
    --------
    >>> print(fit_binomial([1, 3, 2, 2], 4))
    0.5
    """
    heads, trials = _observations(heads, axis, "heads"), as_count(trials, "trials", 1, 1 << 53)
    _whole(heads, "heads")
    refuse(heads > trials, heads, "heads", f"there are at most {trials}")
    return np.minimum(heads.mean(axis=axis) / trials, 1)  # rounding may bring the mean above `trials`


def fit_normal(x, *, axis=-1):
    """The normal distribution of greatest likelihood: the mean and standard deviation of the data.

    Parameters
    ----------
    x : array_like, observations along `axis`, finite, not all equal
    axis : int, the axis of the observations

    Returns
    -------
    mean, sd : float64 or ndarray, shape of `x` without `axis`; the standard deviation divides by N, not by N − 1

    Raises
    ------
    TypeError, ValueError
        If an observation is not finite, there is none, or all are equal: then the likelihood grows without bound as
        the standard deviation shrinks, and no normal distribution is the best.

    Examples
    --------
    >>> mean, sd = fit_normal([1, 3, 5, 7])
    >>> print(mean, round(sd**2, 12))
    4.0 5.0
    """
    x = _observations(x, axis, "x")
    spread = x.max(axis=axis) - x.min(axis=axis)
    refuse(spread == 0, spread, "the range of x", "all are equal, so narrower is always better")
    return _moments(np.moveaxis(x, axis, -1), lambda x: x.mean(axis=-1))


def fit_exponential(x, *, axis=-1):
    """The exponential distribution of greatest likelihood: its rate is one over the mean of the data."""
    x = _observations(x, axis, "x")
    refuse(x < 0, x, "x", "an exponential distribution has no negative values")
    return _rate(x.mean(axis=axis))


def normal_log_density(x, mean, sd, *, base=2):
    """Logarithm of the density of normal distributions.

    Parameters
    ----------
    x, mean, sd : array_like
        Points, means and (positive) standard deviations. The shapes broadcast: data of shape (N,) against means of
        shape (G, 1) give (G, N), whose mean over the last axis is the average log-likelihood.
    base : float, unit of the answer; another unit of x shifts it: only differences mean anything

    Returns
    -------
    float64 or ndarray, the common shape; −∞ where `x` is infinite, or the answer less than a double can be

    Raises
    ------
    TypeError, ValueError
        If a standard deviation is not positive and finite, a mean is not finite, a point is NaN, a number is not of a
        promised size (see `klbook.ideas.checks`), the shapes don't fit, or `base` is no base of logarithms.

    Examples
    --------
    >>> print(normal_log_density(2, 2, 1 / (2 * np.pi) ** 0.5))  # the density is 1 at its top
    0.0
    """
    x, mean, sd = as_extended(x), as_finite(mean, "mean"), as_positive(sd, "sd")
    x, mean, sd = broadcast(x, mean, sd, names=("x", "mean", "sd"))
    with np.errstate(over="ignore", under="ignore"):
        square = ((x - mean) / sd) ** 2
    return (0.0 - square / 2 - np.log(sd * math.sqrt(2 * math.pi))) / math.log(check_base(base))


def exponential_log_density(x, rate, *, base=2):
    """Logarithm of exponential densities, in units of `base`; −∞ where `x` is negative or ∞."""
    x, rate = broadcast(as_extended(x), as_positive(rate, "rate"), names=("x", "rate"))
    density = np.log2(rate) - rate * x * math.log2(math.e)
    return np.where(x < 0, -np.inf, density)[()] / math.log2(check_base(base))


def closest_binomial(p):
    """The binomial distribution closest to `p` in D(p‖·): the one with its mean (Amari and Nagaoka 2000).

    Parameters
    ----------
    p : array_like, distributions along the last axis, on the numbers 0, 1, …, n of heads in n tosses

    Returns
    -------
    float64 or ndarray, θ, in the shape of `p` without the last axis; ``binomial(n, θ)`` is the projection

    Raises
    ------
    TypeError, ValueError: if `p` is not a distribution along the last axis, or has a single outcome

    Examples
    --------
    >>> print(closest_binomial([1 / 2, 0, 1 / 2]))
    0.5
    """
    p = as_distribution(p)
    n = p.shape[-1] - 1
    if n == 0:
        raise ValueError("p has one outcome, 0 heads in 0 tosses, and every coin gives it.")
    # Rounding may bring the mean to slightly more than n.
    return np.minimum((p * np.arange(n + 1)).sum(axis=-1) / n, 1)


def closest_normal(p, values):
    """Mean and standard deviation of `p` on these values: the normal distribution closest to it in D(p‖·)."""
    # A p on single numbers has D(p‖·) = ∞ from every density. "Closest" means the least average surprise
    # −E_p[log density], which differs from D only by what no choice of the normal distribution changes.
    p, values = _on_values(p, values)
    least = np.where(p > 0, values, np.inf).min(axis=-1, keepdims=True)
    values = np.where(p > 0, values, least)  # what never happens does not count
    spread = values.max(axis=-1) - least[..., 0]
    refuse(spread == 0, spread, "the range of p", "all of p lies on one value, so narrower is always better")
    return _moments(values, lambda x: (p * x).sum(axis=-1))


def closest_exponential(p, values):
    """Rate of the exponential distribution closest to `p` in D(p‖·): one over the mean (see `closest_normal`)."""
    p, values = _on_values(p, values)
    refuse(values < 0, values, "values", "an exponential distribution has no negative values")
    mean = (p * values).sum(axis=-1)
    lost = (mean == 0) & ((p > 0) & (values > 0)).any(axis=-1)
    refuse(
        lost,
        mean,
        "the mean, as a double,",
        "it is too small for double precision, and its inverse too large",
    )
    return _rate(mean)


def closest_independent(joint):
    """The product of the marginals: closest to `joint` in D(joint‖·) among all with independent x and y.

    Its distance is the mutual information of x and y.
    """
    joint = as_joint(joint)
    with np.errstate(under="ignore"):
        product = joint.sum(axis=-1, keepdims=True) * joint.sum(axis=-2, keepdims=True)
    # A product of 0 where `joint` is not 0 would turn a finite divergence into ∞.
    lost = (product == 0) & (joint > 0)
    refuse(lost, joint, "joint", "the product of its marginals is too small for double precision")
    return product


def mixture_moments(weights, means, sds):
    """Mean and standard deviation of a mixture of normals: the normal closest to it in D(mixture‖·)."""
    weights, means, sds = _mixture(weights, means, sds)
    mean = (weights * means).sum(axis=-1)
    spread = sds**2 + (means - mean[..., None]) ** 2
    return mean, np.sqrt((weights * spread).sum(axis=-1))


def sample_mixture(n, weights, means, sds, *, seed=0):
    """Seeded draws, `n` or of shape `n`, from one mixture of normals."""
    weights, means, sds = _mixture(weights, means, sds)
    if weights.ndim != 1:
        raise ValueError(
            f"weights, means and sds have the common shape {weights.shape}: one mixture is expected."
        )
    rng = as_generator(seed)
    component = rng.choice(len(weights), size=n, p=weights)
    return means[component] + sds[component] * rng.standard_normal(n)


def _whole(counts, name):
    """Refuse numbers that are no counts: negative ones, and those that are not whole."""
    as_amounts(counts, name)
    refuse(counts != np.floor(counts), counts, name, "a count is a whole number")


def _counts(counts, axis, name="counts"):
    counts = as_array(counts, name)
    check_axis(axis, counts.ndim)
    _whole(counts, name)
    return counts


def _log2_likelihood(counts, q, axis):
    """`log_likelihood` in bits, of what is checked."""
    with np.errstate(divide="ignore"):
        return weighted_sum(counts, np.log2(q), axis=axis)


def _counts_and_model(counts, q, axis):
    return as_pair(counts, q, axis, names=("counts", "q"), check=(_counts, as_distribution))


def _observations(x, axis, name):
    x = as_finite(x, name)
    if x.shape[check_axis(axis, x.ndim)] == 0:
        raise ValueError(f"{name} has shape {x.shape}: without an observation there is nothing to fit.")
    return x


def _rate(mean):
    refuse(mean == 0, mean, "the mean", "all values are 0, so a higher rate is always better")
    refuse(mean < 1e-300, mean, "the mean", "its inverse, the rate, is too large for double precision")
    return 1 / mean


def _moments(x, average):
    """Mean and standard deviation along the last axis, with all their digits for any sizes that are promised."""
    # The mean is taken twice, the second time of the differences from it, since its own rounding would widen data that
    # lie closely together. Squares are taken in a unit in which they, and tiny weights of them, are doubles.
    mean = average(x)
    rest = x - mean[..., None]
    shift = average(rest)
    rest = rest - shift[..., None]
    unit = np.ldexp(1.0, np.frexp(np.abs(rest).max(axis=-1))[1] - 490)
    return mean + shift, unit * np.sqrt(average((rest / unit[..., None]) ** 2))


def _on_values(p, values):
    return on_outcomes(as_distribution(p), as_finite(values, "values"), names=("p", "values"))


def _mixture(weights, means, sds):
    weights, means, sds = (
        as_distribution(weights, name="weights"),
        as_finite(means, "means"),
        as_positive(sds, "sds"),
    )
    return on_outcomes(weights, means, sds, names=("weights", "means", "sds"))
