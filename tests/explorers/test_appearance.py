"""Whether a change that can be seen changes what artists are compared by."""

from datetime import date

import numpy as np
import pytest
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties
from matplotlib.patches import Circle, Polygon, Rectangle, Wedge
from matplotlib.patheffects import withStroke
from matplotlib.transforms import Affine2D

from klbook.explorers.appearance import appearance, traits

AX = Figure().subplots()
AX.set(xlim=(0, 1), ylim=(0, 1))

LINE = {
    "data": lambda a: a.set_data([0, 1], [0, 0.5]),
    "a point that is missing": lambda a: a.set_ydata([0, np.nan]),
    "a point that is masked": lambda a: a.set_ydata(np.ma.array([0.0, 1.0], mask=[False, True])),
    "colour": lambda a: a.set_color("red"),
    "dashes": lambda a: a.set_linestyle("--"),
    "width": lambda a: a.set_linewidth(7),
    "marker": lambda a: a.set_marker("s"),
    "every other marker": lambda a: a.set_markevery(2),
    "opacity": lambda a: a.set_alpha(0.5),
    "hidden": lambda a: a.set_visible(False),
    "clipping": lambda a: a.set_clip_on(False),
    "steps": lambda a: a.set_drawstyle("steps"),
    "coordinates": lambda a: a.set_transform(AX.transAxes),
    "link": lambda a: a.set_url("#here"),
    "markers by a slice": lambda a: a.set_markevery(slice(1, None)),
    "an outline": lambda a: a.set_path_effects([withStroke(linewidth=9, foreground="white")]),
}
TEXT = {
    "words": lambda a: a.set_text("other"),
    "place": lambda a: a.set_position((0.2, 0.2)),
    "size in place": lambda a: a.set_fontsize(30),
    "font in place": lambda a: a.get_fontproperties().set_weight("bold"),
    "font": lambda a: a.set_fontproperties(FontProperties(style="italic")),
    "angle": lambda a: a.set_rotation(20),
    "alignment": lambda a: a.set_horizontalalignment("right"),
    "a box": lambda a: a.set_bbox({"facecolor": "red"}),
}
BOXED = {
    "the box's colour in place": lambda a: a.get_bbox_patch().set_facecolor("red"),
    "words": lambda a: a.set_text("other"),
    "no box": lambda a: a.set_bbox(None),
    "the box's room in place": lambda a: setattr(a.get_bbox_patch().get_boxstyle(), "pad", 3),
}
PATCH = {
    "colour": lambda a: a.set_facecolor("red"),
    "hatch": lambda a: a.set_hatch("//"),
    "edge": lambda a: a.set_linewidth(5),
}
FILL = {
    "data": lambda a: a.set_data([0, 0.5, 1], 0, [0.5, 0.6, 0.7]),
    "colour": lambda a: a.set_facecolor("red"),
    "opacity": lambda a: a.set_alpha(0.2),
}
LINES = {
    "segments": lambda a: a.set_segments([[(0, 0), (1, 0.5)]]),
    "widths": lambda a: a.set_linewidths([4]),
    "colour": lambda a: a.set_color("red"),
}

MADE = {
    "line": (lambda: AX.plot([0, 1], [0, 1], "o-")[0], LINE),
    "text": (lambda: AX.text(0.5, 0.5, "words"), TEXT),
    "text in a box": (lambda: AX.text(0.5, 0.5, "words", bbox={"facecolor": "white"}), BOXED),
    "rectangle": (
        lambda: AX.add_patch(Rectangle((0, 0), 0.5, 0.5)),
        PATCH | {"height": lambda a: a.set_height(1), "place": lambda a: a.set_xy((0.1, 0))},
    ),
    "circle": (
        lambda: AX.add_patch(Circle((0.5, 0.5), 0.2)),
        PATCH | {"radius": lambda a: a.set_radius(0.3), "place": lambda a: a.set_center((0.1, 0))},
    ),
    "polygon": (
        lambda: AX.add_patch(Polygon([(0, 0), (1, 0), (0, 1)])),
        PATCH | {"corners": lambda a: a.set_xy([(0, 0), (1, 1), (0, 1)])},
    ),
    "wedge": (
        lambda: AX.add_patch(Wedge((0.5, 0.5), 0.4, 0, 90)),
        PATCH | {"angle": lambda a: a.set_theta2(200)},
    ),
    "fill": (lambda: AX.fill_between([0, 0.5, 1], 0, [0.2, 0.3, 0.4]), FILL),
    "lines": (lambda: AX.vlines([0.2, 0.4], 0, 1), LINES),
    "points": (
        lambda: AX.scatter([0.1, 0.2], [0.3, 0.4], color="blue"),
        {
            "places": lambda a: a.set_offsets([(0, 0), (1, 1)]),
            "sizes": lambda a: a.set_sizes([99]),
            "colour": lambda a: a.set_facecolor("red"),
        },
    ),
}


@pytest.mark.parametrize(
    ("make", "change"),
    [
        pytest.param(make, change, id=f"{kind}: {what}")
        for kind, (make, changes) in MADE.items()
        for what, change in changes.items()
    ],
)
def test_a_change_that_can_be_seen_is_seen(make, change):
    artist = make()
    AX.figure.draw_without_rendering()
    before = appearance(artist)
    assert before is not None
    change(artist)
    assert appearance(artist) != before


# A circle makes its transform anew whenever it is drawn, and is drawn once more than is needed.
@pytest.mark.parametrize("kind", sorted(set(MADE) - {"circle"}))
def test_drawing_is_no_change(kind):
    artist = MADE[kind][0]()
    AX.figure.draw_without_rendering()
    before = appearance(artist)
    artist.stale = True
    AX.figure.draw_without_rendering()
    assert appearance(artist) == before and hash(appearance(artist)) == hash(before)


@pytest.mark.parametrize("kind", ["line", "polygon", "fill"])
def test_a_clip_that_moves_is_seen(kind):
    clip, artist = Polygon([(0, 0), (1, 0), (0, 1)], transform=AX.transData), MADE[kind][0]()
    artist.set_clip_path(clip)
    AX.figure.draw_without_rendering()
    before = appearance(artist)
    assert appearance(artist) == before
    clip.set_xy([(0, 0), (1, 0), (1, 1)])
    assert appearance(artist) != before


@pytest.mark.parametrize("kind", ["line", "polygon", "fill", "text"])
def test_a_transform_that_is_changed_in_place_is_seen(kind):
    artist, shift = MADE[kind][0](), Affine2D()
    artist.set_transform(shift + AX.transData)
    AX.figure.draw_without_rendering()
    before = appearance(artist)
    assert appearance(artist) == before
    shift.translate(0.1, 0)
    assert appearance(artist) != before


def test_what_has_parts_or_colours_from_data_cannot_be_told():
    AX.plot([0, 1], [0, 1], label="line")
    arrow = AX.annotate("here", (0, 0), (0.5, 0.5), arrowprops={"arrowstyle": "->"})
    coloured = AX.scatter([0.1, 0.2], [0.3, 0.4], c=[1, 2])
    image = AX.imshow([[0, 1], [1, 0]])
    AX.figure.draw_without_rendering()
    for artist in (AX.legend(), AX.xaxis, arrow, coloured, image):
        assert appearance(artist) is None


def test_what_cannot_be_told_still_shows_some_changes():
    """No setter notes that the point of an arrow has moved."""
    arrow = AX.annotate("here", (0, 0), (0.5, 0.5), arrowprops={"arrowstyle": "->"})
    AX.figure.draw_without_rendering()
    before = traits(arrow)
    assert traits(arrow) == before
    arrow.xy = (0.2, 0)
    assert traits(arrow) != before


class Thing:
    """May change in place, and its owner does not know."""

    size = 1


@pytest.mark.parametrize(
    "value", [Thing(), [Thing()], {"its": Thing()}, np.array([Thing(), None]), {1, 2}, lambda: 3]
)
def test_a_value_of_an_unknown_kind_is_an_error_that_names_it(value):
    line = AX.plot([0, 1], [0, 1], gid="curve")[0]
    line.helper = value
    kind = {set: "builtins.set", type(lambda: 3): "builtins.function"}.get(
        type(value), "test_appearance.Thing"
    )
    with pytest.raises(ValueError, match=f"'helper' of the Line2D 'curve' has a {kind}, .*keep it out"):
        appearance(line)


@pytest.mark.parametrize("value", [date(2026, 1, 1), range(3), np.bool_(True), np.array([None, "a"])])
def test_values_that_cannot_change_in_place_are_known(value):
    line = AX.plot([0, 1], [0, 1])[0]
    line.helper = value
    before = appearance(line)
    assert appearance(line) == before and hash(before) is not None
    line.helper = None
    assert appearance(line) != before


def test_an_array_of_another_library_is_compared_by_its_numbers():
    class Series:
        numbers = (1.0, 2.0)

        def __array__(self, dtype=None, copy=None):
            return np.array(self.numbers, dtype)

    line = AX.plot([0, 1], [0, 1])[0]
    line.helper = Series()
    before = appearance(line)
    line.helper.numbers = (1.0, 3.0)
    assert appearance(line) != before
