"""What is published of what can be dragged, where it stands, and that what cannot be dragged is refused."""

import re
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest
from bs4 import BeautifulSoup
from draggable import DRAGGABLE, axes, make, place_of
from thinned import thinned

from klbook.explorers import Choice, Slider, palette, published
from klbook.explorers.definition import ExplorerError
from klbook.explorers.dragging import place
from klbook.figures import all_figures

HELD = {slug: e for slug, e in (all_figures() | DRAGGABLE).items() if any(c.drag for c in e.controls)}


def handles_of(page):
    """Slot, names of the controls and way of each handle of a page."""
    slots = BeautifulSoup(page, "html.parser").select("[data-drag]")
    return {int(s["data-slot"]): (s["data-drag"].split(), s["data-grip"]) for s in slots}


@pytest.mark.parametrize("slug", HELD)
def test_each_name_has_its_handle_behind_its_slot(slug):
    e = thinned(HELD[slug])
    page = published.html(e)
    found = {e.drawing.gids()[slot]: set(names) for slot, (names, _) in handles_of(page).items()}
    wanted = {}
    for c in e.controls:
        for gid in c.drag:
            wanted.setdefault(gid, set()).add(c.name)
    assert found == wanted
    handles = BeautifulSoup(page, "html.parser").select(".kl-handle")
    assert len(handles) == len(found)
    for handle in handles:
        assert handle.previous_sibling.has_attr("data-drag")
        assert handle["aria-hidden"] == "true" and not handle.select("[tabindex]")
    # Neither the cards of the landing page nor JupyterLab have any.
    assert "kl-handle" not in published.thumbnail(e) + published.picture(e, e.frame(e.initial)[0])


@pytest.mark.parametrize("slug", HELD)
def test_the_frames_say_where_matplotlib_draws_it(slug):
    e = replace(HELD[slug])
    random = np.random.default_rng(2)
    settings = list(e.settings())
    slots = {gid: e.drawing.gids().index(gid) for c in e.controls for gid in c.drag}
    for i in random.permutation(len(settings))[:40]:
        frame = e.frame(settings[i])[0]
        for gid, slot in slots.items():
            _, *xy = place(frame[slot])
            assert xy == pytest.approx(place_of(e, settings[i], gid), abs=0.051, nan_ok=True)


@pytest.mark.parametrize("slug", HELD)
def test_it_goes_the_way_that_is_said(slug):
    e = thinned(HELD[slug])
    for slot, (names, way) in handles_of(published.html(e)).items():
        seen = [place(e.frame(setting)[0][slot])[1:] for setting in e.settings()]
        wide, high = np.nanmax(seen, axis=0) - np.nanmin(seen, axis=0)
        if wide < 1.0 or high < 1.0:
            assert way == ("x" if wide >= 1.0 else "y"), names
        else:
            # Along a curve that turns back, as lines of a text do, a finger needs both directions.
            ways = defaultdict(list)
            for setting, (x, _) in zip(e.settings(), seen, strict=True):
                ways[tuple(v for name, v in setting.items() if name != names[0])].append(x)
            steps = [np.sign(np.diff(xs)) for xs in ways.values()]  # NaN where it is not seen
            turns = any((s > 0).any() and (s < 0).any() for s in steps)
            one_way = len(names) == 1 and not turns
            assert way == ("mostly-x" if one_way and wide >= high else "xy"), names


def test_which_way_they_go():
    ways = {slug: [way for _, way in handles_of(published.html(e)).values()] for slug, e in DRAGGABLE.items()}
    assert ways == {
        "drag-plane": ["xy"],
        "drag-bar": ["y"],
        "drag-bars": ["y"],
        "drag-level": ["y"],
        "drag-upright": ["x"],
        "drag-stem": ["mostly-x"],
        "drag-now-and-then": ["x"],
    }


def test_a_line_can_be_taken_all_along():
    for slug, step in (("drag-upright", "v"), ("drag-level", "h")):
        e = replace(DRAGGABLE[slug])
        path = BeautifulSoup(published.html(e), "html.parser").select_one(".kl-handle path")["d"]
        begin, way, length = re.fullmatch(r"M(-?\d+) 0([hv])(\d+)", path).groups()
        with palette.settings():
            _ = e.drawing.still  # its layout
        box = e.drawing.figure.axes[0].get_window_extent()
        assert way == step and float(length) == pytest.approx(
            box.height if step == "v" else box.width, abs=0.6
        )
        assert float(begin) == pytest.approx(0 if step == "v" else -box.width / 2, abs=0.6)


T = Slider("t", "t", 0, 1, 3, 0.5, drag="it")


def refused(draw, *controls):
    with pytest.raises(ExplorerError) as error:
        published.html(make("drag-refused", *(controls or [T]))(draw))
    assert "'drag-refused'" in str(error.value) and "'it'" in str(error.value)
    return str(error.value)


def drawn_by(artist_of, change, controls=(T,)):
    def draw(panel):
        artists = artist_of(axes(panel))

        def update(t, **_):
            change(artists, t)
            return {"said": f"{t:g}"}

        return update

    return refused(draw, *controls)


def dots(ax, *gids):
    return [ax.plot([0], [0], "o", color=palette.P, gid=gid)[0] for gid in gids]


def go_right(artists, t):
    for artist in artists:
        artist.set_xdata([t] * len(artist.get_xdata()))


def test_a_name_that_is_not_there_is_refused_with_those_that_are():
    said = drawn_by(lambda ax: dots(ax, "dot", None), go_right)
    assert "no artist has this gid (known: 'dot')" in said and "gid='it'" in said


def test_a_name_of_two_artists_is_refused():
    assert "2 artists have this gid" in drawn_by(lambda ax: dots(ax, "it", "it"), go_right)


def test_an_artist_that_update_does_not_change_is_refused():
    def only_one(ax):
        return dots(ax, "it", "dot")[1:]

    assert "update does not change this artist" in drawn_by(only_one, go_right)


@pytest.mark.parametrize(
    "other",
    [
        lambda ax: ax.plot([0, 0.5, 1], [0, 0.2, 1], color=palette.P, gid="it"),
        lambda ax: ax.plot([0, 0.5], [0, 0.2], "o", color=palette.P, gid="it"),
        lambda ax: ax.plot([0, 0.5], [0, 0.2], color=palette.P, gid="it"),
        lambda ax: ax.fill([0, 1, 1], [0, 0, 1], color=palette.P, gid="it"),
        lambda ax: [ax.text(0.2, 0.3, "words", gid="it")],
    ],
    ids=["curve", "two markers", "oblique line", "triangle", "text"],
)
def test_what_is_no_marker_line_or_bar_is_refused(other):
    assert "put a marker" in drawn_by(other, lambda artists, t: artists[0].set_alpha(0.5 + t / 2))


def test_an_artist_that_its_control_does_not_move_is_refused():
    other = Slider("other", "other", 0, 1, 3, 0.5, drag="it")
    said = drawn_by(lambda ax: dots(ax, "it"), go_right, (T, other))
    assert "does not depend on other" in said
    # Colours are no place.
    said = drawn_by(lambda ax: dots(ax, "it"), lambda artists, t: artists[0].set_alpha(0.5 + t / 2))
    assert "does not depend on t" in said


def test_an_artist_that_is_never_seen_is_refused():
    said = drawn_by(lambda ax: dots(ax, "it"), lambda artists, t: artists[0].set_data([], []))
    assert "nothing moves it" in said


def test_a_choice_cannot_be_dragged():
    with pytest.raises(TypeError):
        Choice("t", "t", {"a": 0, "b": 1}, 0, drag="it")


def test_one_control_may_be_moved_by_several_artists():
    assert Slider("t", "t", 0, 1, 3, 0.5, drag=("a", "b")).drag == ("a", "b")
    assert Slider("t", "t", 0, 1, 3, 0.5, drag="ab").drag == ("ab",)
    assert Slider("t", "t", 0, 1, 3, 0.5).drag == ()
