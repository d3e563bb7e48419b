"""Evidence, gambling and coding for numbers of any promised size: no NaN, no warning, nothing out of its range.

Which sizes are promised stands at the top of `klbook.ideas.checks`: probabilities are any doubles from 0 to 1,
subnormal ones included, and a distribution may come in half or single precision. Warnings are errors in all
tests. Whether the numbers are right is tested with the functions themselves.
"""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from klbook import sample_days
from klbook.ideas.arithmetic import arithmetic_decode, arithmetic_encode, integer_frequencies
from klbook.ideas.codewords import (
    canonical_code,
    check_prefix_free,
    codeword_lengths,
    prefix_decode,
    prefix_encode,
)
from klbook.ideas.coding import (
    block_distribution,
    block_huffman_length,
    expected_length,
    huffman_lengths,
    ideal_lengths,
    implied_model,
    kraft_sum,
    shannon_lengths,
)
from klbook.ideas.error_rates import (
    bayes_error,
    chernoff_information,
    error_curve,
    stein_exponent,
    type_2_error,
)
from klbook.ideas.evidence import (
    evidence_walks,
    expected_evidence,
    log_likelihood_ratio,
    posterior_odds,
    posterior_probability,
    weight_of_evidence,
)
from klbook.ideas.gambling import (
    book_sum,
    cost_of_take,
    doubling_rate,
    dutch_book,
    fair_odds,
    kelly_bet,
    log_wealth,
    mean_return,
    wealth_factors,
    wealth_paths,
)
from klbook.ideas.lottery import (
    expected_lottery_growth,
    log_return_of_buying_all,
    lottery_bet,
    lottery_growth,
    lottery_payoff,
    lottery_return,
    return_of_buying_all,
    ticket_shares,
)
from klbook.ideas.sequential_tests import (
    sequential_test,
    stopped_walks,
    wald_errors,
    wald_sample_numbers,
    wald_thresholds,
)
from klbook.ideas.side_information import value_of_side_information

_EXPONENTS = st.integers(-1074, 0)


@st.composite
def distributions(draw, outcomes, zeros=True):
    """Of any size, in double precision, or as a softmax in half or single precision."""
    kind = draw(st.sampled_from(["any", "softmax", "equal"]))
    if kind == "softmax":
        dtype = draw(st.sampled_from([np.float16, np.float32, np.float64]))
        scores = np.array(draw(st.lists(st.floats(-8, 0), min_size=outcomes, max_size=outcomes)), dtype=dtype)
        weights = np.exp(scores)
        p = weights / weights.sum(dtype=np.float64).astype(dtype)
        return p if zeros or (p > 0).all() else np.full(outcomes, dtype(1 / outcomes))
    p = np.ldexp(1.0, draw(st.lists(_EXPONENTS, min_size=outcomes, max_size=outcomes)))
    if zeros:
        p[np.array(draw(st.lists(st.booleans(), min_size=outcomes, max_size=outcomes)))] = 0
    if kind == "equal":
        p[0] = 1 + 2**-52
    p[0] = max(p[0], 1.0 / outcomes)
    total = math.fsum(p)
    return p / total if kind == "any" or total > 1 + 1e-10 else p


@st.composite
def pairs(draw, zeros=True):
    """Two that have nothing to do with each other, or are nearly or quite the same."""
    outcomes = draw(st.integers(2, 4))
    p = draw(distributions(outcomes, zeros))
    if draw(st.booleans()):
        return p, draw(distributions(outcomes, zeros))
    q = p.astype(float) * (1 + draw(st.sampled_from([0, 1e-15, 1e-9, 1e-3])) * np.arange(outcomes))
    return p, q / math.fsum(q)


sizes = st.builds(lambda m, e: m * 10.0**e, st.floats(1, 9), st.integers(-150, 149))
evidence = st.one_of(st.just(0.0), st.sampled_from([math.inf, -math.inf]), sizes, sizes.map(lambda x: -x))
probabilities = st.floats(0, 1)
bases = st.sampled_from([0.5, 2, math.e, 10])


def numbers(x):
    assert not np.isnan(x).any()
    return np.asarray(x)


def chances(x):
    x = numbers(x)
    assert (x >= 0).all() and (x <= 1).all()
    return x


@given(pairs(), st.integers(0, 12), probabilities, probabilities)
def test_errors(pair, n, alpha, prior):
    p, q = pair
    curve = error_curve(p, q, n)
    numbers(curve.threshold)
    chances(curve.type_1), chances(curve.type_2)
    for randomised in (True, False):
        chances(type_2_error(p, q, n, alpha, randomised=randomised))
    assert chances(bayes_error(p, q, n, prior)) <= min(prior, 1 - prior) + 1e-15


@given(pairs(), bases)
def test_divergences_of_evidence(pair, base):
    p, q = pair
    numbers(log_likelihood_ratio(p, q, base=base))
    sign = 1 if base > 1 else -1
    assert numbers(stein_exponent(p, q, base=base)) * sign >= 0
    result = chernoff_information(p, q, base=base)
    information = numbers(result.information) * sign
    assert (
        0
        <= information
        <= sign * min(stein_exponent(p, q, base=base), stein_exponent(q, p, base=base)) * (1 + 1e-7) + 1e-300
    )
    if information < math.inf:
        chances(result.tilt), chances(result.tilted)
    drifts = expected_evidence(p, p, q, base=base), expected_evidence(q, p, q, base=base)
    assert numbers(drifts[0]) * sign >= -1e-300 and numbers(drifts[1]) * sign <= 1e-300


@given(pairs(zeros=False), st.integers(0, 9), sizes, sizes)
def test_walks(pair, seed, down, up):
    p, q = pair
    outcomes = sample_days((2, 8), p, seed)
    numbers(weight_of_evidence(outcomes, p, q))
    walks = numbers(evidence_walks(p, q, 8, walks=2, seed=seed))
    numbers(stopped_walks(walks, -down, up).evidence)
    if log_likelihood_ratio(p, q)[sample_days(50, p, seed)].any():
        test = sequential_test(p, q, -down, up, runs=3, seed=seed, max_steps=20)
        assert (test.steps >= 1).all() and (test.steps <= 20).all()
        numbers(test.evidence)
    if log_likelihood_ratio(p, q).any():
        for steps in wald_sample_numbers(p, q, -down, up):
            assert numbers(steps) >= 0


@given(sizes | st.just(math.inf), sizes | st.just(math.inf), bases)
def test_wald_errors(down, up, base):
    alpha, beta = (float(chances(x)) for x in wald_errors(-down, up, base=base))
    if base > 1:
        assert alpha + beta <= 1 + 1e-15


@given(st.floats(5e-324, 0.999), st.floats(5e-324, 0.999), bases)
def test_wald_thresholds(alpha, beta, base):
    if alpha + beta < 1:
        lower, upper = wald_thresholds(alpha, beta)
        assert -1100 < numbers(lower) < 0 < numbers(upper) < 1100


@given(st.floats(5e-324, 1, exclude_max=True), evidence, sizes, bases)
def test_posteriors(prior, evidence, odds, base):
    chances(posterior_probability(prior, evidence, base=base))
    assert numbers(posterior_odds(odds, evidence, base=base)) >= 0


@given(
    pairs(), sizes | st.just(math.inf), st.floats(0, 1, exclude_max=True), st.booleans(), st.integers(0, 9)
)
def test_bets(pair, odds, take, cash, seed):
    p, q = pair
    outcomes = len(p)
    bet = chances(kelly_bet(p, odds, cash=cash))
    assert bet.sum() <= 1 + 1e-14
    assert (numbers(wealth_factors(bet, odds)) >= 0).all()
    assert numbers(mean_return(p, bet, odds)) >= 0
    numbers(wealth_factors(q, odds)), numbers(mean_return(p, q, odds))
    many = np.full(outcomes, odds)
    assert numbers(book_sum(many)) >= 0
    if odds < math.inf:
        bets, payoff = dutch_book(many)
        assert chances(bets).sum() == pytest.approx(1, abs=1e-14) and numbers(payoff) > 0
        numbers(doubling_rate(p, bet, odds)), numbers(doubling_rate(p, q, odds))
        numbers(log_wealth([0, 1], bet, many))
        numbers(wealth_paths(p, bet, many, 3, seed=seed))
    try:
        fair = fair_odds(q, take)
    except ValueError as error:
        assert "more than a double holds" in str(error)
        return
    assert (numbers(fair) > 0).all()
    if np.isfinite(fair).all():
        numbers(doubling_rate(p, kelly_bet(p, fair, cash=cash), fair))


@given(st.data(), st.integers(2, 3), st.integers(1, 3), sizes, st.booleans())
def test_side_information(data, x, y, odds, cash):
    joint = data.draw(distributions(x * y)).reshape(x, y)
    value = value_of_side_information(joint, odds, cash=cash)
    assert 0 <= numbers(value) <= math.log2(x) + 1e-12 or cash


@given(pairs(), st.floats(0, 1, exclude_max=True), st.floats(0, 1, exclude_max=True), bases)
def test_lotteries(pair, share, cut, base):
    p, crowd = pair
    assert numbers(cost_of_take(cut, base=base)) * (1 if base > 1 else -1) >= 0
    if (np.asarray(crowd)[np.asarray(p) > 0] > 0).all():
        bet = lottery_bet(p, crowd, share)
        assert chances(bet).sum() == pytest.approx(1, abs=1e-14)


@given(pairs(), st.lists(sizes | st.just(0.0), min_size=8, max_size=8), st.floats(0, 1, exclude_max=True))
def test_tickets(pair, tickets, cut):
    p, _ = pair
    own, others = np.array(tickets[: len(p)]), np.array(tickets[4 : 4 + len(p)])
    own[0] = own[0] or 1
    assert chances(ticket_shares(own, others)).sum() == pytest.approx(1, abs=1e-14)
    assert (numbers(lottery_payoff(own, others, cut=cut)) >= 0).all()
    assert (numbers(lottery_return(own, others, cut=cut)) >= 0).all()
    numbers(lottery_growth(p, own, others, cut=cut))
    numbers(expected_lottery_growth(p, own, others, cut=cut))


@given(sizes | st.just(0.0), st.none() | st.integers(1, 10**6))
def test_buying_all(mean, numbers_):
    expected, logs = (
        return_of_buying_all(mean, numbers=numbers_),
        log_return_of_buying_all(mean, numbers=numbers_),
    )
    assert 1 - 1e-15 <= numbers(expected) < 1.3 and 0 <= numbers(logs) < 0.2


@given(pairs(), bases)
def test_lengths(pair, base):
    p, q = pair
    for lengths in (ideal_lengths(q), shannon_lengths(q), huffman_lengths(q)):
        assert (numbers(lengths) >= 0).all()
        assert kraft_sum(lengths) <= 1 + 1e-14
        assert numbers(expected_length(p, lengths)) >= 0
        chances(implied_model(lengths))
    assert numbers(block_huffman_length(p, 2)) >= 0
    assert chances(block_distribution(p, 3)).sum() == pytest.approx(1, abs=1e-13)
    lengths = huffman_lengths(p)
    words = canonical_code(lengths)
    check_prefix_free(words)
    if "" not in words:  # a certain outcome needs no codeword, and nobody could read it
        assert codeword_lengths(words).tolist() == lengths.tolist()


@given(pairs(), st.integers(0, 9))
def test_coders(pair, seed):
    p, _ = pair
    stream = sample_days(20, p, seed)
    for lengths in (huffman_lengths(p), shannon_lengths(p)):
        assert prefix_decode(prefix_encode(stream, lengths), lengths, 20).tolist() == stream.tolist()
    frequencies = integer_frequencies(p)
    assert frequencies.sum() == 1 << 16 and ((frequencies > 0) == (np.asarray(p) > 0)).all()
    assert (
        arithmetic_decode(arithmetic_encode(stream, frequencies), frequencies, 20).tolist() == stream.tolist()
    )
