"""What the door accepts, every room accepts: all public functions that take a distribution, with such as come from
softmaxes of any type, with sums off by as much as the door allows, with elements a hair above 1.

A new public function has to be entered here: among those with distributions, or among those without.
"""

import importlib
import inspect
import math
import pkgutil

import numpy as np
import pytest

from klbook import ideas
from klbook.ideas import (
    archive,
    bregman,
    checks,
    coding,
    error_rates,
    evidence,
    gambling,
    likelihood,
    lottery,
    measurements,
    recompression,
    sequential_tests,
    side_information,
    surprise,
    weather,
)
from klbook.ideas.arithmetic import integer_frequencies

INF = math.inf
ABOVE = 1 + 2.0**-52
TOOLS = {"checks", "code_checks", "numerics"}
FUNCTIONS = {
    f"{name}.{function}"
    for name in (module.name for module in pkgutil.iter_modules(ideas.__path__))
    if name not in TOOLS
    for function in importlib.import_module(f"klbook.ideas.{name}").__all__
    if inspect.isfunction(getattr(importlib.import_module(f"klbook.ideas.{name}"), function))
}


def inner(p):
    """As bets and shares, which are amounts: the distribution as it left the door."""
    return checks.as_distribution(p)


def joint(p, q):
    return np.multiply.outer(inner(p), inner(q))


def rows(p):
    """A chain of independent symbols, of the first few of them."""
    return [p[:20] / p[:20].sum()] * min(len(p), 20)


def logs(p):
    with np.errstate(divide="ignore"):
        return np.log(inner(p))


def steps(p):
    return np.arange(np.shape(p)[-1])


# What is called, and from where to where its numbers may lie.
ANY = {
    "bregman.bregman_divergence": (lambda p, q: bregman.bregman_divergence(p, q, bregman.NEGATIVE_ENTROPY), 0, INF),
    "bregman.brier_score": (lambda p, q: bregman.brier_score(p), 0, 2),
    "bregman.expected_score": (bregman.expected_score, 0, INF),
    "bregman.generalised_kl": (bregman.generalised_kl, 0, INF),
    "bregman.local_quadratic": (bregman.local_quadratic, 0, INF),
    "bregman.log_score": (lambda p, q: bregman.log_score(p), 0, INF),
    "bregman.pinsker_bound": (bregman.pinsker_bound, 0, 2 / math.log(2)),
    "bregman.project_onto_mean": (
        lambda p, q: bregman.project_onto_mean(p, steps(p), float(inner(p) @ steps(p))).distribution, 0, 1
    ),
    "bregman.pythagorean_gap": (lambda p, q: bregman.pythagorean_gap(p, q, q), -INF, INF),
    "bregman.score_regret": (bregman.score_regret, -1e-12, INF),
    "bregman.squared_distance": (bregman.squared_distance, 0, 2.01),
    "bregman.tangent_gap": (lambda p, q: bregman.tangent_gap(p, q, bregman.SQUARES), 0, 1.01),
    "bregman.total_variation": (bregman.total_variation, 0, 1),
    "coding.block_distribution": (lambda p, q: coding.block_distribution(p, 2), 0, 1),
    "coding.block_huffman_length": (lambda p, q: coding.block_huffman_length(p, 1), 0, INF),
    "coding.expected_length": (lambda p, q: coding.expected_length(p, steps(p)), 0, INF),
    "coding.huffman_lengths": (lambda p, q: coding.huffman_lengths(p), 0, INF),
    "coding.ideal_lengths": (lambda p, q: coding.ideal_lengths(p), 0, INF),
    "coding.shannon_lengths": (lambda p, q: coding.shannon_lengths(p), 0, INF),
    "archive.entropy_of_files": (lambda p, q: archive.entropy_of_files(rows(p), 3), 0, INF),
    "archive.entropy_rate": (lambda p, q: archive.entropy_rate(rows(p)), 0, INF),
    "archive.independent_source": (lambda p, q: archive.independent_source(p), 0, 1),
    "archive.sample_files": (lambda p, q: archive.sample_files(rows(p), 2, 3), 0, INF),
    "archive.stationary_distribution": (lambda p, q: archive.stationary_distribution(rows(p)), 0, 1),
    "archive.surprise_of_files": (lambda p, q: archive.surprise_of_files([0, 0], rows(p)), 0, INF),
    "recompression.learner_cost": (lambda p, q: recompression.learner_cost(p, 5), 0, INF),
    "recompression.recoding_saving": (lambda p, q: recompression.recoding_saving(p, coding.ideal_lengths(q)), 0, INF),
    "arithmetic.integer_frequencies": (lambda p, q: integer_frequencies(p), 0, 65536),
    "error_rates.bayes_error": (lambda p, q: error_rates.bayes_error(p, q, 1), 0, 0.5),
    "error_rates.chernoff_information": (lambda p, q: error_rates.chernoff_information(p, q).information, 0, INF),
    "error_rates.error_curve": (lambda p, q: error_rates.error_curve(p, q, 1).type_1, 0, 1 + 1e-12),
    "evidence.evidence_walks": (lambda p, q: evidence.evidence_walks(p, q, 2, truth=p), -INF, INF),
    "evidence.expected_evidence": (lambda p, q: evidence.expected_evidence(p, p, q), 0, INF),
    "evidence.log_likelihood_ratio": (evidence.log_likelihood_ratio, -INF, INF),
    "sequential_tests.sequential_test": (
        lambda p, q: sequential_tests.sequential_test(p, q, -0.1, 0.1, truth=p, runs=2).steps, 1, INF
    ),
    "error_rates.stein_exponent": (error_rates.stein_exponent, 0, INF),
    "error_rates.type_2_error": (lambda p, q: error_rates.type_2_error(p, q, 1), 0, 1),
    "sequential_tests.wald_sample_numbers": (lambda p, q: sequential_tests.wald_sample_numbers(p, q, -1, 1), 0, INF),
    "evidence.walk_steps": (evidence.walk_steps, -INF, INF),
    "evidence.weight_of_evidence": (lambda p, q: evidence.weight_of_evidence([0], p, q), -INF, INF),
    "gambling.doubling_rate": (lambda p, q: gambling.doubling_rate(p, inner(q), 2), -INF, 1.001),
    "lottery.expected_lottery_growth": (
        lambda p, q: lottery.expected_lottery_growth(p, inner(q), 1), -INF, INF
    ),
    "gambling.fair_odds": (lambda p, q: gambling.fair_odds(p), 1, INF),
    "gambling.kelly_bet": (lambda p, q: gambling.kelly_bet(p, 2.0), 0, 1),
    "lottery.lottery_bet": (lambda p, q: lottery.lottery_bet(p, q, 0.3), 0, 1),
    "lottery.lottery_growth": (lambda p, q: lottery.lottery_growth(p, inner(p), inner(q)), -INF, INF),
    "gambling.mean_return": (lambda p, q: gambling.mean_return(p, inner(q), 2), 0, 2.001),
    "lottery.play_lottery": (lambda p, q: lottery.play_lottery(p, inner(p), 1.0, 2), -INF, INF),
    "side_information.value_of_side_information": (
        lambda p, q: side_information.value_of_side_information(joint(p[:20] / p[:20].sum(), [0.25, 0.75])), -1e-12, INF
    ),
    "gambling.wealth_paths": (lambda p, q: gambling.wealth_paths(p, inner(p), 2.0, 2), -INF, INF),
    "likelihood.average_log_likelihood": (lambda p, q: likelihood.average_log_likelihood(steps(p), p), -INF, 0),
    "likelihood.closest_binomial": (lambda p, q: likelihood.closest_binomial(p), 0, 1),
    "likelihood.closest_exponential": (lambda p, q: likelihood.closest_exponential(p, steps(p) + 1), 0, INF),
    "likelihood.closest_independent": (lambda p, q: likelihood.closest_independent(joint(p, q)), 0, 1),
    "likelihood.closest_normal": (lambda p, q: likelihood.closest_normal(p, steps(p)), 0, INF),
    "likelihood.log_likelihood": (lambda p, q: likelihood.log_likelihood(steps(p), p), -INF, 0),
    "likelihood.mixture_moments": (lambda p, q: likelihood.mixture_moments(p, steps(p), 1), 0, INF),
    "likelihood.sample_mixture": (lambda p, q: likelihood.sample_mixture(3, p, steps(p), 1), -INF, INF),
    "measurements.coding_waste": (lambda p, q: measurements.coding_waste(p, p, 5)[0], -INF, INF),
    "measurements.entropy_gap": (lambda p, q: measurements.entropy_gap(p, q)[0], 0, INF),
    "measurements.evidence_drift": (lambda p, q: measurements.evidence_drift(p, q, 50)[0], -INF, INF),
    "measurements.extra_surprise": (lambda p, q: measurements.extra_surprise(p, q, 5)[0], -INF, INF),
    "measurements.likelihood_gain": (lambda p, q: measurements.likelihood_gain(p, q, 5)[0], -INF, INF),
    "measurements.lottery_gain": (lambda p, q: measurements.lottery_gain(p, q, 5)[0], -INF, INF),
    "measurements.outcome_by_outcome": (
        lambda p, q: measurements.outcome_by_outcome(p, q)["surprise"], -INF, INF
    ),
    "measurements.seven_ways": (lambda p, q: measurements.seven_ways(p, p, 50)["tangent"][0], 0, INF),
    "measurements.wealth_growth": (lambda p, q: measurements.wealth_growth(p, q, 50)[0], -INF, INF),
    "surprise.cross_entropy": (surprise.cross_entropy, 0, INF),
    "surprise.entropy": (lambda p, q: surprise.entropy(p), 0, INF),
    "surprise.kl_divergence": (surprise.kl_divergence, 0, INF),
    "surprise.kl_divergence_from_logs": (
        lambda p, q: surprise.kl_divergence_from_logs(logs(p), logs(q)), 0, INF
    ),
    "surprise.pointwise_kl": (surprise.pointwise_kl, -INF, INF),
    "weather.sample_days": (lambda p, q: weather.sample_days(5, p), 0, INF),
}  # fmt: skip
# Those that take no distribution: their arguments are numbers, counts, lengths, odds or codewords.
WITHOUT = {
    "arithmetic": "arithmetic_decode arithmetic_encode ideal_bits",
    "archive": "chain_decode chain_encode deflate inflate lzma2_decode lzma2_encode seven_zip_decode "
    "seven_zip_encode zip_decode zip_encode",
    "bregman": "negative_entropy",
    "codewords": "ambiguity canonical_code check_prefix_free check_uniquely_decodable codeword_lengths "
    "prefix_decode prefix_encode",
    "coding": "implied_model kraft_sum",
    "error_rates": "types",
    "evidence": "posterior_odds posterior_probability",
    "gambling": "book_sum cost_of_take dutch_book log_wealth wealth_factors",
    "likelihood": "additive_smoothing bernoulli binomial count_outcomes empirical_distribution "
    "exponential_log_density fit_bernoulli fit_binomial fit_exponential fit_normal normal_log_density",
    "recompression": "break_even learner_asymptote learner_decode learner_encode learner_length "
    "learner_surprisals table_decode table_encode table_frequencies",
    "surprise": "surprisal",
    "language_model": "attention held_out_text kind_of load log_softmax rms_norm rotate silu softmax",
    "lottery": "log_return_of_buying_all lottery_payoff lottery_return return_of_buying_all sample_crowds "
    "ticket_shares",
    "quantisation": "quantise quantise_model",
    "sequential_tests": "stopped_walks wald_errors wald_thresholds",
}
# These need outcomes that are possible in both, or one possible outcome more.
NEEDS_BOTH = ("wald_sample_numbers", "sequential_test", "measurements.", "fair_odds")
NEEDS_TWO = ("closest_normal", "closest_binomial", *NEEDS_BOTH)


def softmax(scores):
    weights = np.exp(scores - scores.max())
    return weights / weights.sum()


def softmaxes():
    rng = np.random.default_rng(0)
    for dtype in (np.float16, np.float32, np.float64):
        for n in (2, 3, 10, 100, 1000):
            yield f"{dtype.__name__}-{n}", *(softmax(rng.normal(0, 0.5, n).astype(dtype)) for _ in range(2))


def at_the_limit():
    for dtype in (np.float32, np.float64):
        for sign in (1, -1):
            shift = 1 + sign * 0.9 * checks.sum_tolerance(dtype)
            p, q = (np.array(x) * shift for x in ([0.3, 0.3, 0.4], [0.2, 0.5, 0.3]))
            yield f"{dtype.__name__}{sign:+}", p.astype(dtype), q.astype(dtype)


def derived():
    """Marginals and products, from the door and from a table of single precision."""
    rng = np.random.default_rng(1)
    table = checks.as_joint(softmax(rng.normal(0, 1, (5, 5)).astype(np.float32)))
    yield "marginals", table.sum(0), table.sum(1)
    p, q = table.sum(0), table.sum(1)
    yield "products", np.outer(p, q).ravel(), np.outer(q, p).ravel()
    off = np.outer([0.1, 0.2, 0.7], [0.5, 0.3, 0.2]) * (1 + 8e-10)  # a table of doubles
    yield "marginals of a table that is off", off.sum(0), off.sum(1)


PAIRS = [*softmaxes(), *at_the_limit(), *derived()]
#: Their numbers of tickets are no probabilities, and have a least size.
TICKETS = ("lottery.expected_lottery_growth", "lottery.lottery_growth", "lottery.play_lottery")
CERTAIN = [np.array([ABOVE, 0]), np.array([ABOVE, 5e-324]), np.array([1 + 9e-10, 0])]


def test_every_public_function_is_entered():
    without = {f"{module}.{name}" for module, names in WITHOUT.items() for name in names.split()}
    assert not without & set(ANY)
    lacking, gone = sorted(FUNCTIONS - without - set(ANY)), sorted((without | set(ANY)) - FUNCTIONS)
    assert not lacking and not gone, f"enter in ANY or WITHOUT: {lacking}; take out of them: {gone}"


def numbers(result):
    return [np.asarray(x, dtype=float) for x in (result if isinstance(result, tuple) else [result])]


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", ANY)
@pytest.mark.parametrize("kind, p, q", PAIRS, ids=[kind for kind, *_ in PAIRS])
def test_what_the_door_accepts_every_room_accepts(name, kind, p, q):
    call, least, most = ANY[name]
    checks.as_distribution(p), checks.as_distribution(q)
    for result in numbers(call(p, q)):
        assert not np.isnan(result).any()
        assert (result >= least).all() and (result <= most).all()


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize("name", [name for name in ANY if not any(word in name for word in NEEDS_TWO)])
@pytest.mark.parametrize("p", CERTAIN, ids=["above", "above and tiny", "off"])
def test_one_that_is_all_but_certain(name, p):
    call, least, most = ANY[name]
    if name in TICKETS and 0 < p.min() < checks.SMALLEST:
        with pytest.raises(ValueError, match=r"\[1\] is 5e-324: its size must be 0 or from 1e-150"):
            call(p, p)
        return
    for result in numbers(call(p, p)):
        assert (result >= least).all() and (result <= most).all()


def test_mutual_information_is_not_negative():
    """D of a table from the product of its marginals: of independent ones, all there is is rounding."""
    rng = np.random.default_rng(2)
    for dtype in (np.float16, np.float32, np.float64):
        for _ in range(200):
            x, y = (softmax(rng.normal(0, 1, n).astype(dtype)) for n in (3, 4))
            table = checks.as_joint(joint(x, y))
            value = surprise.kl_divergence(table.ravel(), likelihood.closest_independent(table).ravel())
            assert 0 <= value < 1e-28
