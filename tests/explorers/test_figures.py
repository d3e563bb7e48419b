"""What holds for every explorer of the book, whichever chapter it is of."""

import pytest

from klbook.figures import all_figures

FIGURES = all_figures()


@pytest.mark.parametrize("e", FIGURES.values(), ids=FIGURES)
def test_each_control_changes_picture_and_numbers_at_once(e):
    picture, shown = e.frame(e.initial)
    for control in e.controls:
        step = 1 if control.start + 1 < len(control.values) else -1
        moved, other = e.frame(e.initial | {control.name: control.values[control.start + step]})
        assert moved != picture and other != shown, control.name


def test_readers_take_hold_of_the_picture_where_they_would_reach_for_it():
    assert sum(any(c.drag for c in e.controls) for e in FIGURES.values()) >= 12
