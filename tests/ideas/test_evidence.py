"""Known answers about evidence, and independent derivations of its walks."""

import math

import mpmath
import numpy as np
import pytest
from refusals import refusals

from klbook import P, Q, sample_days
from klbook.ideas import evidence, sequential_tests
from klbook.ideas.evidence import (
    evidence_walks,
    expected_evidence,
    log_likelihood_ratio,
    posterior_odds,
    posterior_probability,
    walk_steps,
    weight_of_evidence,
)

INF = math.inf
STEPS = np.array([2.0, -1.0, -1.0, 0.0])  # log2 of 4, 1/2, 1/2 and 1


class TestEvidence:
    def test_the_pair(self):
        assert log_likelihood_ratio(P, Q).tolist() == STEPS.tolist()
        assert log_likelihood_ratio(Q, P).tolist() == (-STEPS).tolist()
        assert walk_steps(P, Q).tolist() == STEPS.tolist() and walk_steps(P, Q, base=4)[0] == 1

    def test_drift_is_the_divergence_in_either_direction(self):
        assert expected_evidence(P, P, Q) == 5 / 8
        assert expected_evidence(Q, P, Q) == -1 / 2
        assert expected_evidence([0.25] * 4, P, Q) == 0

    @pytest.mark.parametrize("h", [1e-9, 1e-4, 0.1])
    def test_the_drift_between_neighbours(self, h):
        """Where either is true, and half of the way between them, where it is nearly 0."""
        p, q = [0.25, 0.75], [0.25 + h, 0.75 - h]
        for truth in (p, q, [0.25 + 3 * h / 4, 0.75 - 3 * h / 4]):
            with mpmath.workdps(50):
                exact = [[mpmath.mpf(x) for x in row] for row in (truth, p, q)]
                exact = [[x / sum(row) for x in row] for row in exact]
                expected = float(sum(t * mpmath.log(a / b, 2) for t, a, b in zip(*exact, strict=True)))
            # The sums of the stored numbers are off by 1e-16, which h = 1e-9 feels in the tenth digit.
            assert expected_evidence(truth, p, q) == pytest.approx(expected, rel=1e-6 if h < 1e-6 else 1e-11)

    def test_zeros(self):
        p, q = [0.5, 0.5, 0, 0], [0.5, 0, 0.5, 0]
        assert log_likelihood_ratio(p, q).tolist() == [0, INF, -INF, 0]
        assert expected_evidence([1, 0, 0, 0], p, q) == 0
        assert expected_evidence(p, p, q) == INF
        assert expected_evidence(q, p, q) == -INF
        assert weight_of_evidence([0, 1], p, q) == INF
        assert math.isnan(weight_of_evidence([2, 1], p, q))

    def test_units(self):
        assert log_likelihood_ratio(P, Q, base=math.e) == pytest.approx(STEPS * math.log(2), rel=1e-14)
        assert log_likelihood_ratio(P, Q, base=4).tolist() == (STEPS / 2).tolist()

    def test_sequences(self):
        assert weight_of_evidence([[0, 0, 3], [1, 2, 3]], P, Q).tolist() == [4, -2]
        assert weight_of_evidence(np.zeros((2, 0), dtype=int), P, Q).tolist() == [0, 0]

    def test_batches(self):
        p = np.array([P, Q, [0.25] * 4])
        assert log_likelihood_ratio(p[:, None], p).shape == (3, 3, 4)
        assert log_likelihood_ratio(p.T, Q[:, None], axis=0).T.tolist() == log_likelihood_ratio(p, Q).tolist()
        assert expected_evidence(p[:, None], p, Q).shape == (3, 3)

    @pytest.mark.parametrize(
        "prior, evidence, base, odds",
        [(1, 3, 2, 8), (1 / 4, 5, 2, 8), (3, -1, 2, 1.5), (1, INF, 2, INF), (1, -INF, 2, 0), (2, 2, 10, 200)],
    )
    def test_posterior_odds(self, prior, evidence, base, odds):
        assert posterior_odds(prior, evidence, base=base) == pytest.approx(odds, rel=1e-14)

    def test_odds_may_pass_through_what_a_double_cannot_hold(self):
        assert posterior_odds(2.0**-1000, 1100) == 2.0**100
        assert posterior_odds(1, 2000) == INF

    def test_posterior_probability(self):
        assert posterior_probability(1 / 5, 4) == pytest.approx(4 / 5, rel=1e-14)
        assert posterior_probability(1 / 2, [INF, -INF, 0]).tolist() == [1, 0, 0.5]


class TestWalks:
    def test_steps_are_those_of_the_days(self):
        walks = evidence_walks(P, Q, 30, walks=4, seed=5, truth=Q)
        assert walks.shape == (4, 31)
        assert (walks[:, 0] == 0).all()
        assert (np.diff(walks) == STEPS[sample_days((4, 30), Q, 5)]).all()
        assert (walks[:, -1] == weight_of_evidence(sample_days((4, 30), Q, 5), P, Q)).all()

    @pytest.mark.parametrize("truth, drift", [(P, 5 / 8), (Q, -1 / 2), ([0.25] * 4, 0)])
    def test_drift(self, truth, drift):
        days, walks = 200, 2000
        last = evidence_walks(P, Q, days, truth=truth, walks=walks)[:, -1]
        variance = np.dot(truth, STEPS**2) - drift**2
        assert abs(last.mean() / days - drift) <= 4 * math.sqrt(variance / days / walks)
        assert last.var() == pytest.approx(days * variance, rel=0.15)

    def test_the_truth_is_p_unless_said_otherwise(self):
        assert (evidence_walks(P, Q, 9, seed=2) == evidence_walks(P, Q, 9, truth=P, seed=2)).all()

    def test_an_impossible_day_settles_it(self):
        walk = evidence_walks([1, 0], [0.5, 0.5], 50, truth=[0.5, 0.5], seed=1)[0]
        assert walk[-1] == -INF
        assert (np.diff(walk[np.isfinite(walk)]) == 1).all()


WRONG = [
    (lambda: log_likelihood_ratio([0.5, 0.4], Q), "p sums to 0.9"),
    (lambda: log_likelihood_ratio([0.5, 0.5], Q), "2 outcomes"),
    (lambda: log_likelihood_ratio(P, Q, base=1), "base is 1"),
    (lambda: weight_of_evidence([0, 4], P, Q), r"outcomes\[1\] is 4: outcomes are numbered from 0 to 3"),
    (lambda: weight_of_evidence([0, -1], P, Q), r"outcomes\[1\]"),
    (lambda: weight_of_evidence(2, P, Q), "a sequence is expected"),
    (lambda: weight_of_evidence([0], [P, Q], Q), "one distribution each"),
    (lambda: evidence_walks(P, Q, 5, truth=[1]), "must be about the 4 outcomes"),
    (lambda: evidence_walks(P, Q, -1), "days is -1: it must be at least 0"),
    (lambda: evidence_walks(P, Q, 3, walks=1.0), TypeError, "walks must be an integer"),
    (lambda: evidence_walks(P, Q, 3, seed="3"), TypeError, "seed is '3': a whole number"),
    (lambda: posterior_odds([1, 2], [1, 2, 3]), r"prior_odds has shape \(2,\), evidence has shape \(3,\)"),
    (lambda: posterior_probability([0.1, 0.2], [1, 2, 3]), r"prior has shape \(2,\), evidence has"),
    (lambda: posterior_odds(0, 1), "prior_odds is 0:"),
    (lambda: posterior_odds([1, INF], 1), r"prior_odds\[1\] is inf"),
    (lambda: posterior_probability(1, 1), "prior is 1:"),
]

test_wrong_arguments_are_named = refusals(WRONG)


def test_wrong_types():
    with pytest.raises(TypeError, match="integers are expected"):
        weight_of_evidence([0.0, 1.0], P, Q)


def test_what_is_measured_is_not_looked_up():
    """Walks and sequential tests come from likelihoods: nothing here computes an entropy or a divergence."""
    for module in (evidence, sequential_tests):
        assert not {"kl_divergence", "entropy", "cross_entropy", "surprise"} & set(vars(module))
