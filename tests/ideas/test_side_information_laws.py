"""The theorems about side information. Numbers are of Cover and Thomas, 2nd ed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import joint_pairs

from klbook import entropy
from klbook.ideas.gambling import fair_odds
from klbook.ideas.side_information import value_of_side_information

# What a house keeps: nothing, or from a thousandth to 60 %. (Smaller takes than a bet can tell are in the table.)
takes = st.one_of(st.just(0.0), st.floats(0.001, 0.6))


def close(expected):
    return pytest.approx(expected, rel=1e-9, abs=1e-10)


@given(joint_pairs())
def test_side_information_is_worth_the_mutual_information(two):
    """Section 6.2: ΔW = I(x; y), whatever the odds, if all is staked."""
    joint, odds = two[0], fair_odds(two[1].sum(1))
    information = entropy(joint.sum(0)) + entropy(joint.sum(1)) - entropy(joint.ravel())
    assert value_of_side_information(joint) == close(information)
    assert value_of_side_information(joint, odds) == close(information)
    assert value_of_side_information(joint, odds, cash=True) == close(information)


@given(joint_pairs(), st.floats(0.01, 0.5))
def test_with_cash_against_a_take_it_is_worth_something(two, take):
    """Never negative: who sees y can ignore it."""
    odds = fair_odds(two[1].sum(1), take)
    assert value_of_side_information(two[0], odds, cash=True) >= -1e-10
