"""The theorems about evidence."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import pairs, tuples_of_distributions

from klbook import kl_divergence, sample_days
from klbook.ideas.evidence import (
    evidence_walks,
    expected_evidence,
    log_likelihood_ratio,
    posterior_odds,
    posterior_probability,
    weight_of_evidence,
)


def close(expected):
    return pytest.approx(expected, rel=1e-10, abs=1e-12)


@given(pairs())
def test_the_drift_is_the_divergence_in_either_direction(pair):
    """The walk rises by D(p‖q) where p is true and falls by D(q‖p) where q is."""
    p, q = pair
    assert expected_evidence(p, p, q) == close(kl_divergence(p, q))
    assert expected_evidence(q, p, q) == close(-kl_divergence(q, p))


@given(tuples_of_distributions(3, zeros=False))
def test_the_drift_in_a_third_world(three):
    """It favours the belief that is closer to the truth: D(r‖q) − D(r‖p)."""
    r, p, q = three
    assert expected_evidence(r, p, q) == close(kl_divergence(r, q) - kl_divergence(r, p))


@given(pairs(zeros=False), st.integers(1, 40), st.integers(0, 9))
def test_independent_evidence_adds_up(pair, n, seed):
    p, q = pair
    outcomes = sample_days((3, n), p, seed)
    likelihoods = np.log2(p[outcomes]).sum(1) - np.log2(q[outcomes]).sum(1)
    assert weight_of_evidence(outcomes, p, q) == pytest.approx(likelihoods, rel=1e-10, abs=1e-10)
    assert evidence_walks(p, q, n, walks=3, seed=seed)[:, -1] == pytest.approx(
        likelihoods, rel=1e-10, abs=1e-10
    )


@given(pairs(zeros=False), st.floats(0.01, 0.99))
def test_bayes(pair, prior):
    """Posterior odds are prior odds times 2^evidence."""
    p, q = pair
    evidence = log_likelihood_ratio(p, q)
    joint = prior * p, (1 - prior) * q
    assert posterior_probability(prior, evidence) == close(joint[0] / (joint[0] + joint[1]))
    assert posterior_odds(prior / (1 - prior), evidence) == close(joint[0] / joint[1])


@given(pairs(zeros=False), st.floats(0.01, 0.99))
def test_the_posterior_is_a_martingale(pair, prior):
    """What one expects to believe is what one believes."""
    p, q = pair
    mixture = prior * p + (1 - prior) * q
    assert (mixture * posterior_probability(prior, log_likelihood_ratio(p, q))).sum() == close(prior)
