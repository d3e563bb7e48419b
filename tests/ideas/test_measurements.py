"""The seven experiments against plain Python on the same days, and their error bars against many repetitions."""

import ast
import math
import statistics
from collections import Counter
from fractions import Fraction
from functools import cache
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from refusals import refusals
from strategies import pairs

from klbook import P, Q, kl_divergence
from klbook.ideas import bregman, coding, evidence, gambling, lottery, measurements, surprise
from klbook.ideas.arithmetic import arithmetic_encode, integer_frequencies
from klbook.ideas.measurements import (
    OWN_SHARE,
    STORIES,
    WALKS,
    coding_waste,
    entropy_gap,
    evidence_drift,
    extra_surprise,
    likelihood_gain,
    lottery_gain,
    outcome_by_outcome,
    seven_ways,
    wealth_growth,
)

INF = math.inf
STEPS = [2, -1, -1, 0]  # log2 of p/q = 4, 1/2, 1/2 and 1
DRAWN = (extra_surprise, evidence_drift, likelihood_gain, coding_waste, wealth_growth, lottery_gain)
NEVER_SNOW = np.array([4 / 7, 2 / 7, 1 / 7, 0])


def days_of(seed, n=1000, p=P):
    """The days of a seed, drawn here."""
    return np.random.default_rng(seed).choice(4, size=n, p=p).tolist()


def mean_and_error(numbers):
    return statistics.fmean(numbers), statistics.stdev(numbers) / math.sqrt(len(numbers))


def close(x):
    return pytest.approx(x, rel=1e-9, abs=1e-12)


class TestOneSeed:
    """By hand: the steps are whole numbers."""

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("experiment", [extra_surprise, likelihood_gain])
    def test_day_by_day(self, experiment, seed):
        value, error = mean_and_error([STEPS[day] for day in days_of(seed)])
        assert experiment(P, Q, 1000, seed=seed) == (close(value), close(error), 1e-12)

    @pytest.mark.parametrize("seed", range(4))
    @pytest.mark.parametrize("experiment", [evidence_drift, wealth_growth])
    def test_walk_by_walk(self, experiment, seed):
        days = days_of(seed)
        each = 1000 // WALKS
        walks = [sum(STEPS[day] for day in days[k : k + each]) / each for k in range(0, 1000, each)]
        value, error = mean_and_error(walks)
        assert experiment(P, Q, 1000, seed=seed) == (close(value), close(error), 1e-12)

    @pytest.mark.parametrize("seed", range(4))
    def test_coding(self, seed):
        days = days_of(seed)
        value, error, bound = coding_waste(P, Q, 1000, seed=seed)
        ideal = [STEPS[day] for day in days]
        assert error == close(mean_and_error(ideal)[1])
        assert abs(value - statistics.fmean(ideal)) <= bound == pytest.approx(0.009, rel=1e-6)
        sizes = [len(arithmetic_encode(days, f)) for f in ([1, 4, 2, 1], [4, 2, 1, 1])]
        assert value == 8 * (sizes[0] - sizes[1]) / 1000

    @pytest.mark.parametrize("own", [OWN_SHARE, 0.1, 0.5])
    def test_lottery(self, own):
        """A thousand tickets, say: the winner's share of the pot over what the own tickets cost."""
        p, q, own_ = [[Fraction(x) for x in y] for y in (P, Q, [own])]
        returns = [1 / ((1 - own_[0]) * q[k] + own_[0] * p[k]) * p[k] for k in range(4)]
        value, error = mean_and_error([math.log2(returns[day]) for day in days_of(5)])
        measured = lottery_gain(P, Q, 1000, seed=5, own=own)
        assert measured[:2] == (close(value), close(error))
        crowding = sum(p[k] ** 2 / q[k] for k in range(4)) - 1
        assert crowding == Fraction(21, 16)
        assert measured.bound == close(math.log2(1 + own * 21 / 16))

    def test_tangent(self):
        assert entropy_gap(P, Q) == (close(5 / 8), 0, 1e-12)
        assert entropy_gap(Q, P).value == close(1 / 2)

    def test_the_same_days_give_the_same_number_in_every_story(self):
        values = [experiment(P, Q, 1000, seed=7) for experiment in DRAWN]
        plain = [x.value for x in values if x.bound == 1e-12]
        assert len(plain) == 4 and max(plain) - min(plain) < 1e-12
        for x in values:  # the lottery's bound is for an average over all days, not for these
            assert abs(x.value - plain[0]) < 1.1 * x.bound + 1e-12

    def test_the_truth_itself(self):
        for experiment in DRAWN:
            value, error, bound = experiment(P, P, 1000)
            assert abs(value) <= bound and error < 1e-15

    def test_exchanged_it_is_the_other_divergence(self):
        for experiment in DRAWN:
            value, error, bound = experiment(Q, P, 20_000, seed=3)
            assert abs(value - 1 / 2) < 4 * error + bound < 0.06


@cache
def repeated(days=500, times=400):
    """Values less D, over their errors: one row for each repetition, one column for each story that draws."""
    found = [list(seven_ways(P, Q, days, seed=(9, k)).values())[:-1] for k in range(times)]
    return np.array([[(x.value - 5 / 8) / x.error for x in row] for row in found])


class TestErrors:
    """Are they right? Then value − D over error is about normal, with mean 0 and mean square 1.

    Of M independent ones the mean has the standard deviation 1/√M and the mean square √(2/M). The errors of the
    walks are estimated from 50 walks only: t with 49 degrees of freedom, of mean square 49/47.
    """

    def test_not_too_small_and_not_too_large(self):
        z = repeated()
        assert np.abs(z).max() < 5
        m = z.size
        assert abs(z.mean()) < 5 / math.sqrt(m) + 0.02  # a lottery and a coder have small shifts
        assert 1 - 5 * math.sqrt(2 / m) < (z**2).mean() < 49 / 47 + 5 * math.sqrt(2 / m)

    def test_each_story(self):
        z = repeated()
        for mean, square in zip(z.mean(axis=0), (z**2).mean(axis=0), strict=True):
            assert abs(mean) < 5 / math.sqrt(len(z)) + 0.1
            assert abs(square - 1) < 5 * math.sqrt(2 / len(z)) + 0.05

    def test_the_experiments_are_independent(self):
        """Of M pairs of independent numbers the correlation has the standard deviation 1/√M."""
        r = np.corrcoef(repeated().T)
        for a, b in combinations(range(6), 2):
            assert abs(r[a, b]) < 5 / math.sqrt(len(repeated()))

    def test_the_coders_bound_holds_and_is_of_the_right_size(self):
        off = []
        for seed in range(200):
            value, _, bound = coding_waste(P, Q, 100, seed=seed)
            off.append(value - statistics.fmean(STEPS[day] for day in days_of(seed, 100)))
            assert abs(off[-1]) <= bound < 0.0901
        assert max(map(abs, off)) > 0.06  # eight bits and more in a hundred days

    def test_coarse_frequencies_are_in_the_bound(self, monkeypatch):
        """With a total of 16 the belief 1/100 becomes 1/16."""
        monkeypatch.setattr(measurements, "_TOTAL", 16)
        p, q = [0.5, 0.25, 0.125, 0.125], [0.33, 0.33, 0.33, 0.01]
        counts = Counter(days_of(2, 4000))
        model = integer_frequencies(q, 16) / 16
        ideal = sum(counts[k] * math.log2(p[k] / model[k]) for k in range(4)) / 4000
        value, _, bound = coding_waste(p, q, 4000, seed=2)
        assert abs(value - ideal) < 0.003
        truth = sum(counts[k] * math.log2(p[k] / q[k]) for k in range(4)) / 4000
        assert 0.2 < abs(value - truth) < bound
        assert bound == pytest.approx(9 / 4000 + math.log2(100 / 16), abs=1e-6)


class TestZeros:
    def test_a_belief_that_rules_out_what_happens(self):
        for experiment in (extra_surprise, evidence_drift, likelihood_gain):
            value, error, _ = experiment(P, NEVER_SNOW, 1000)
            assert value == INF and math.isnan(error)
        assert entropy_gap(P, NEVER_SNOW).value == INF
        with pytest.raises(ValueError, match="the model holds it impossible"):
            coding_waste(P, NEVER_SNOW, 1000)
        with pytest.raises(ValueError, match="wealth is to stay finite"):
            wealth_growth(P, NEVER_SNOW, 1000)

    def test_in_the_lottery_the_own_ticket_is_there(self):
        own = 1 / 1024
        value, error, bound = lottery_gain(P, NEVER_SNOW, 4000, own=own)
        returns = [p / ((1 - own) * q + own * p) for p, q in zip(P, NEVER_SNOW, strict=True)]
        assert returns[3] == 1024
        assert abs(value - sum(p * math.log2(r) for p, r in zip(P, returns, strict=True))) < 4 * error
        assert bound == INF

    @pytest.mark.parametrize("experiment", DRAWN)
    def test_a_world_that_never_does_it(self, experiment):
        value, error, bound = experiment(NEVER_SNOW, P, 10_000)
        assert abs(value - math.log2(8 / 7)) <= 4 * error + bound + 1e-12
        assert error < 1e-10  # every day brings the same, but for rounding to whole frequencies

    def test_what_neither_knows_of_adds_nothing(self):
        p, q = [0.5, 0.5, 0, 0], [0.25, 0.75, 0, 0]
        for found in seven_ways(p, q, 20_000).values():
            assert abs(found.value - (1 - math.log2(3) / 2)) < 4 * found.error + found.bound
        assert np.isnan(outcome_by_outcome(p, q)["surprise"]).tolist() == [False, False, True, True]


class TestOutcomes:
    def test_by_hand(self):
        day = outcome_by_outcome(P, Q)
        assert list(day) == list(STORIES) == list(seven_ways(P, Q))
        for story in ("surprise", "evidence", "likelihood", "coding", "house"):
            assert day[story].tolist() == STEPS
        assert day["lottery"] == pytest.approx(STEPS, abs=0.01)
        ratio = [1 / 4, 2, 2, 1]  # q/p
        by_hand = [s + (r - 1) / math.log(2) for s, r in zip(STEPS, ratio, strict=True)]
        assert day["tangent"] == pytest.approx(by_hand, abs=1e-12)

    @given(pairs())
    def test_every_story_averages_to_the_divergence(self, pair):
        p, q = pair
        if np.any((q == 0) & (p > 0)):
            return
        happens = p > 0
        divergence = kl_divergence(p, q)
        crowding = np.log2(1 + OWN_SHARE * max(sum(p[happens] ** 2 / q[happens]) - 1, 0))
        for story, worth in outcome_by_outcome(p, q).items():
            average = p[happens] @ worth[happens]
            if story == "lottery":
                assert divergence - crowding - 1e-9 <= average <= divergence + 1e-9
            elif story == "tangent":  # it also counts what never happens: q/ln 2 for each
                assert average + q[~happens].sum() / math.log(2) == pytest.approx(divergence, abs=1e-9)
            else:
                assert average == pytest.approx(divergence, rel=1e-9, abs=1e-9)

    @given(pairs())
    def test_the_tangent_gap_is_the_divergence(self, pair):
        assert entropy_gap(*pair).value == pytest.approx(kl_divergence(*pair), rel=1e-9, abs=1e-12)


class TestNoFormulaForTheDivergence:
    FORBIDDEN = ("kl_divergence", "pointwise_kl", "cross_entropy", "entropy", "expected_evidence",
                 "doubling_rate", "lottery_growth", "expected_length", "generalised_kl")  # fmt: skip

    def test_none_is_named(self):
        with open(measurements.__file__, encoding="utf-8") as file:
            tree = ast.parse(file.read())
        names = {node.id for node in ast.walk(tree) if isinstance(node, ast.Name)}
        names |= {alias.name for n in ast.walk(tree) if isinstance(n, ast.ImportFrom) for alias in n.names}
        names |= {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not names & set(self.FORBIDDEN)

    def test_none_is_called(self, monkeypatch):
        def called(*args, **kwargs):
            raise AssertionError("the divergence was computed by its formula")

        for module in (surprise, evidence, gambling, lottery, coding, bregman):
            for name in self.FORBIDDEN:
                if hasattr(module, name):
                    monkeypatch.setattr(module, name, called)
        assert len(seven_ways(P, Q, 100)) == 7


test_refusals = refusals(
    [
        (lambda: extra_surprise(P, [0.5, 0.5]), "p has 4 outcomes and q has 2 .*both must be about the same"),
        (lambda: extra_surprise([0.5, 0.6], [0.5, 0.5]), "p sums to"),
        (lambda: entropy_gap(P, [0.5, 0.25, 0.125, 0.12]), "q sums to"),
        (lambda: extra_surprise([P], [Q]), "one distribution is expected"),
        (lambda: extra_surprise(P, Q, 1), "days is 1: it must be at least 2"),
        (lambda: likelihood_gain(P, Q, 1), "days is 1: it must be at least 2"),
        (lambda: coding_waste(P, Q, 0), "days is 0: it must be at least 2"),
        (lambda: lottery_gain(P, Q, 1), "days is 1: it must be at least 2"),
        (lambda: extra_surprise(P, Q, 10.0), TypeError, "days must be an integer"),
        (lambda: evidence_drift(P, Q, 49), "days is 49: it must be at least 50"),
        (lambda: wealth_growth(P, Q, 120), "days is 120: 50 walks share them out"),
        (lambda: lottery_gain(P, Q, own=0), "own"),
        (lambda: lottery_gain(P, Q, own=1), "own is 1.0: it is a share of all tickets, below 1"),
        (lambda: seven_ways(P, NEVER_SNOW), r"q\[3\] is 0: p lets it happen"),
        (lambda: outcome_by_outcome(P, NEVER_SNOW), r"q\[3\] is 0: p lets it happen"),
        (lambda: outcome_by_outcome(P, Q, own=2), "below 1"),
    ]
)
