"""Your chapter's ideas: values that are known, a law, and what is refused."""

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from klbook.ideas.your_chapter import halvings


def test_known_values():
    assert halvings([1, 1 / 2, 1 / 1024]).tolist() == [0, 1, 10]
    assert halvings(0) == math.inf


@given(st.floats(1e-9, 1), st.floats(1e-9, 1))
def test_halvings_of_a_product_add_up(p, r):
    assert halvings(p * r) == pytest.approx(halvings(p) + halvings(r), abs=1e-12)


def test_what_is_no_probability_is_refused():
    with pytest.raises(ValueError, match="p is 2"):
        halvings(2)
