"""Readouts and pictures of every explorer against a second computation, at all corners and over a grid of settings."""

import pytest
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.legend import Legend
from matplotlib.spines import Spine
from matplotlib.text import Text
from matplotlib.ticker import FixedFormatter
from references import all_references, settings
from references.marks import difference, number_difference

from klbook.explorers import palette
from klbook.figures import all_figures

FIGURES, REFERENCES = all_figures(), all_references()


def test_every_explorer_has_its_reference_and_no_other_has_one():
    assert sorted(REFERENCES) == sorted(FIGURES)


@pytest.mark.parametrize("slug", REFERENCES)
def test_readouts_and_marks(slug):
    e, reference = FIGURES[slug], REFERENCES[slug]
    drawing, wrong, unnamed_texts = e.drawing, [], {}
    with palette.settings():
        for setting in settings(e, reference.also):
            numbers = drawing.move(setting)
            readouts, marks = reference.shows(**setting)
            where, named = e.setting_text(setting), _by_name(drawing.figure)
            named |= _legends_and_axes(drawing.figure, marks)
            lacking = sorted(named.keys() - marks) + sorted(marks.keys() - named)
            assert not lacking, f"named in the picture or in its reference only: {lacking}"
            assert numbers.keys() == readouts.keys()
            pairs = [(number_difference(numbers[n], readouts[n], reference.tolerance), n) for n in readouts]
            pairs += [(difference(named[n], marks[n], reference.tolerance), n) for n in marks]
            wrong += [f"{name} at {where}: {what}" for what, name in pairs if what]
            for place, text in _unnamed_texts(drawing.figure):
                if unnamed_texts.setdefault(place, text) != text:
                    wrong.append(f"a text that moves has no gid: {text}, before {unnamed_texts[place]}")
    assert not wrong, f"{len(wrong)} differ:\n" + "\n".join(wrong[:12])


@pytest.mark.parametrize("slug", FIGURES)
def test_whatever_an_axes_draws_has_a_name(slug):
    """Lines, bars, fills, images: each is a claim. Only words that never change go without."""
    unnamed = [a for a in _drawn(FIGURES[slug].drawing.figure) if not isinstance(a, Text) and not a.get_gid()]
    assert not unnamed, "give a gid to " + ", ".join(map(str, unnamed))


def _drawn(figure):
    """What the axes of a figure draw, without frames, grids, ticks and legends."""
    for ax in figure.findobj(Axes):
        inner = {ax.patch, ax.title, ax._left_title, ax._right_title, ax.get_legend()}
        for child in ax.get_children():
            if child not in inner and not isinstance(child, (Axis, Spine, Legend)):
                yield child


def _by_name(figure):
    named = {}
    legends = figure.findobj(Legend)
    for artist in [
        *_drawn(figure),
        *legends,
        *(t for ax in figure.findobj(Axes) for t in (ax.title, ax._left_title)),
    ]:
        if artist.get_gid():
            named.setdefault(artist.get_gid(), []).append(artist)
    return named


def _legends_and_axes(figure, marks):
    """Every legend, and every axis whose ticks say what the author wrote.

    Other axes, and what stands beside an axis, where a reference names them.
    """
    found = {}
    for k, ax in enumerate(figure.get_axes(), 1):
        end = f"-{k}" if k > 1 else ""
        if ax.get_legend() and not ax.get_legend().get_gid():
            found[f"legend{end}"] = [ax.get_legend()]
        for name, axis in (("x-axis", ax.xaxis), ("y-axis", ax.yaxis)):
            if name + end in marks or isinstance(axis.get_major_formatter(), FixedFormatter):
                found[name + end] = [axis]
        labels = {f"x-label{end}": [ax.xaxis.label], f"y-label{end}": [ax.yaxis.label]}
        found |= {name: label for name, label in labels.items() if name in marks}
    return found


def _unnamed_texts(figure):
    for k, text in enumerate(figure.findobj(lambda a: isinstance(a, Text) and not a.get_gid())):
        yield k, (text.get_text(), text.get_visible(), tuple(map(str, text.get_position())))
