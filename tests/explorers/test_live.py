"""The widgets of a live explorer show what the published page shows."""

import ipywidgets as widgets
import pytest
from kinds import KINDS

from klbook.explorers import Readout, Slider, explorer, live, palette, published
from klbook.explorers.definition import EXPLORERS
from klbook.figures import all_figures


def parts(view):
    """Picture and readouts (one HTML widget) and the controls by their description."""
    everything = list(_all(view))
    pictures = [w for w in everything if isinstance(w, widgets.HTML)]
    controls = {
        w.description: w for w in everything if isinstance(w, (widgets.SelectionSlider, widgets.Dropdown))
    }
    return pictures[0], pictures[1], controls, everything


def _all(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all(child)


@pytest.mark.parametrize("e", all_figures().values(), ids=lambda e: e.slug)
def test_a_moved_control_shows_the_published_state(e):
    picture, _, controls, _ = parts(live.panel(e))
    setting = dict(e.initial)
    for c in e.controls:
        controls[c.label].value = len(c.values) - 1
        setting[c.name] = c.values[-1]
        fragments, texts = e.frame(setting)
        assert all(fragment in picture.value for fragment in fragments)
        assert published.readouts(e, texts) in picture.value


def test_reset_and_play():
    e = all_figures()["surprise-year"]
    picture, _, controls, everything = parts(live.panel(e))
    before = picture.value
    for c in e.controls:
        controls[c.label].value = 0
    assert picture.value != before
    (button,) = [w for w in everything if isinstance(w, widgets.Button)]
    button.click()
    assert picture.value == before
    (play,) = [w for w in everything if isinstance(w, widgets.Play)]
    assert play.max == len(e.controls[0].values) - 1


def test_a_state_that_fails_says_so_and_keeps_the_picture():
    def draw(panel):
        ax = panel.subplots()
        (line,) = ax.plot([0, 1], [0, 1], color=palette.P)

        def update(t):
            return [line], {"r": 1 / (1 - t)}

        return update

    e = explorer(
        slug="live-failure", title="t", caption="c", alt="a",
        controls=[Slider("t", "t", 0, 1, 3, 0.5)], readouts=[Readout("r", "r")],
    )(draw)  # fmt: skip
    del EXPLORERS["live-failure"]
    picture, note, controls, _ = parts(live.panel(e))
    before = picture.value
    controls["t"].value = 2
    assert picture.value == before
    assert "explorer 'live-failure' fails at t = 1.00: ZeroDivisionError" in note.value
    controls["t"].value = 0
    assert note.value == ""


@pytest.mark.parametrize("still", [True, False])
def test_what_lands_in_the_notebook(still, monkeypatch):
    shown = []
    monkeypatch.setattr(live, "display", lambda bundle, **options: shown.append(bundle))
    monkeypatch.setenv(live.STILL, "1" if still else "")
    e = KINDS["bars"]
    e.show()
    (bundle,) = shown
    assert (
        bundle["text/plain"].startswith("Explorer kind-bars at t = 0.50") and "\n" not in bundle["text/plain"]
    )
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle[live.MIME] == {"slug": "kind-bars"}
    assert any("widget-view" in mime for mime in bundle) is not still
