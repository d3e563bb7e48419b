"""Known answers about what a signal is worth to a gambler."""

import math

import mpmath
import numpy as np
import pytest
from refusals import refusals

from klbook.ideas.side_information import value_of_side_information

INF = math.inf


class TestSideInformation:
    joint = np.array(
        [[1 / 8, 1 / 16, 1 / 32, 1 / 32], [1 / 16, 1 / 8, 1 / 32, 1 / 32], [1 / 16] * 4, [1 / 4, 0, 0, 0]]
    )

    def test_mutual_information(self):
        """The joint distribution of Cover and Thomas's example: 3/8 bit, at any odds."""
        assert value_of_side_information(self.joint) == pytest.approx(3 / 8, rel=1e-13)
        assert value_of_side_information(self.joint.T) == pytest.approx(3 / 8, rel=1e-13)
        assert value_of_side_information(self.joint, [2, 3, 9, 1.5]) == pytest.approx(3 / 8, rel=1e-12)
        assert value_of_side_information(self.joint, base=4) == pytest.approx(3 / 16, rel=1e-12)

    def test_extremes(self):
        assert value_of_side_information(np.outer([0.5, 0.5], [0.25, 0.75])) == 0
        assert value_of_side_information(np.diag([0.25] * 4)) == 2
        assert value_of_side_information([[0.5, 0], [0.5, 0]]) == 0  # a y that never happens

    def test_with_cash_against_a_take(self):
        """A tip that is right three times in four, half of the money taken: nobody bets, tip or no tip."""
        joint = np.array([[3 / 8, 1 / 8], [1 / 8, 3 / 8]])
        assert value_of_side_information(joint, 1.0, cash=True) == 0
        # At 1.5 for 1 the tip makes a quarter worth staking, as above; without it one stays away.
        expected = 3 / 4 * math.log2(9 / 8) + 1 / 4 * math.log2(3 / 4)
        assert value_of_side_information(joint, 1.5, cash=True) == pytest.approx(expected, rel=1e-12)

    def test_many(self):
        assert value_of_side_information([self.joint, self.joint.T]) == pytest.approx([3 / 8] * 2, rel=1e-13)


WRONG = [
    (lambda: value_of_side_information([0.5, 0.5]), "an axis for x and one for y"),
    (lambda: value_of_side_information([[0.5], [0.6]]), "joint sums to 1.1"),
    (lambda: value_of_side_information(np.eye(2) / 2, [2, INF]), r"odds\[1\] is inf"),
]

test_wrong_arguments_are_named = refusals(WRONG)


class TestOfAnySize:
    """What is tiny keeps its digits, and what no double holds is refused."""

    def test_independent_signals_are_worth_nothing_and_never_less(self):
        rng = np.random.default_rng(0)
        for _ in range(300):
            x, y = (rng.dirichlet(np.ones(rng.integers(2, 6))) for _ in range(2))
            for options in ({}, {"odds": 2.0, "cash": True}):
                assert 0 <= value_of_side_information(np.outer(x, y), **options) < 1e-14

    @pytest.mark.parametrize("h", [1e-9, 1e-4, 0.1])
    def test_nearly_independent_signals(self, h):
        """Cells of 1/4 ± h: in nats, the sum of (1 ± 4h)/2·log(1 ± 4h)."""
        joint = [[0.25 + h, 0.25 - h], [0.25 - h, 0.25 + h]]
        with mpmath.workdps(50):
            up, down = (mpmath.mpf(x) * 4 for x in joint[0])
            total = up + down
            expected = sum(x / total * mpmath.log(2 * x / total) for x in (up, down))
        found = value_of_side_information(joint, base=math.e)
        assert found == pytest.approx(float(expected), rel=1e-6 if h < 1e-6 else 1e-11, abs=0)


@pytest.mark.parametrize("rare", [1e-15, 1e-16, 1e-17, 1e-20, 1e-300, 5e-324])
def test_what_is_rare_is_worth_something_and_no_kelly_bet_ruins(rare):
    """What one knows for sure is worth what little it takes away, and that is never below 0 or infinite."""
    for joint in ([[1, rare], [rare, 0]], [[1, 0], [0, rare]]):
        assert 0 <= value_of_side_information(joint, 1.5, cash=True) < 1e-12
