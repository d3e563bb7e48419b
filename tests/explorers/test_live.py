"""The widgets of a live explorer show what the published page shows."""

import re
from xml.etree import ElementTree

import ipywidgets as widgets
import pytest
from bs4 import BeautifulSoup
from kinds import KINDS

import klbook
from klbook.explorers import Readout, Slider, explorer, live, palette, published
from klbook.figures import all_figures


def parts(view):
    """What moves (picture and readouts, one HTML widget), the note, and the controls by their description."""
    everything = list(_all(view))
    moving = next(w for w in everything if isinstance(w, widgets.HTML) and "kl-live" in w.value)
    note = next(w for w in everything if isinstance(w, widgets.HTML) and not w.value)
    controls = {
        w.description: w for w in everything if isinstance(w, (widgets.SelectionSlider, widgets.Dropdown))
    }
    return moving, note, controls, everything


def _all(widget):
    yield widget
    for child in getattr(widget, "children", ()):
        yield from _all(child)


@pytest.mark.parametrize("e", all_figures().values(), ids=lambda e: e.slug)
def test_a_moved_control_shows_the_published_state(e):
    e.drawing.png()  # as in a notebook, where the picture is drawn first for those who see no widgets
    picture, _, controls, _ = parts(live.panel(e))
    setting = dict(e.initial)
    for c in e.controls:
        controls[c.label].value = len(c.values) - 1
        setting[c.name] = c.values[-1]
        fragments, texts = e.frame(setting)
        assert all(fragment in picture.value for fragment in fragments)
        said = BeautifulSoup(picture.value, "html.parser").select(".kl-readout output")
        assert {output["name"]: output.get_text() for output in said} == texts


@pytest.mark.parametrize("e", [*KINDS.values(), *all_figures().values()], ids=lambda e: e.slug)
def test_the_layers_are_the_picture_in_its_draw_order(e):
    moving, _, _, everything = parts(live.panel(e))
    (still,) = [
        w for w in everything if isinstance(w, widgets.HTML) and w.value.startswith('<div class="kl-stage"')
    ]
    found = re.findall(r"<svg [^>]*z-index:(\d+)[^>]*>(.*?)</svg>", still.value + moving.value, re.S)
    layers = {int(z): layer for z, layer in found}
    assert sorted(layers) == list(range(len(found)))

    fragments, _ = e.frame(e.initial)
    whole = published.picture(e, fragments)
    assert [piece for z in sorted(layers) for piece in drawn(f"<svg>{layers[z]}</svg>")] == drawn(whole)


def drawn(svg):
    """What is drawn, in its order, each with the groups (panel, clip path) that it lies in."""
    found = []

    def walk(element, groups):
        for child in element:
            if child.tag == "g":
                walk(child, groups if "data-slot" in child.attrib else [*groups, child.attrib])
            elif child.tag != "defs":
                found.append((groups, ElementTree.tostring(child)))

    walk(ElementTree.fromstring(svg), [])
    return found


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
            line.set_ydata([t, 1])
            return {"r": 1 / (1 - t)}

        return update

    e = explorer(
        slug="live-failure", title="t", caption="c", alt="a",
        controls=[Slider("t", "t", 0, 1, 3, 0.5)], readouts=[Readout("r", "r")],
    )(draw)  # fmt: skip
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
    klbook.show(e)
    (bundle,) = shown
    assert (
        bundle["text/plain"].startswith("Explorer kind-bars at t = 0.50") and "\n" not in bundle["text/plain"]
    )
    assert bundle["image/png"].startswith(b"\x89PNG")
    assert bundle[live.MIME] == {"slug": "kind-bars"}
    assert any("widget-view" in mime for mime in bundle) is not still


@pytest.mark.parametrize("still", [True, False])
def test_a_host_with_old_widgets_gets_the_picture_and_its_words(still, monkeypatch):
    """Of version 7 are those of Colab. They lack what a panel is made of, so nothing of it may be asked for."""
    shown = []
    monkeypatch.setattr(live, "display", lambda bundle, **options: shown.append(bundle))
    monkeypatch.setenv(live.STILL, "1" if still else "")
    monkeypatch.setattr(widgets, "__version__", "7.7.1")
    monkeypatch.delattr(widgets.Widget, "_repr_mimebundle_")
    monkeypatch.setattr(live, "panel", lambda e: pytest.fail("widgets were made"))
    e = all_figures()["coding-kraft"]
    klbook.show(e)
    bundle, *rest = shown
    assert set(bundle) == {"text/plain", "image/png", live.MIME}
    # A notebook that is executed for its file gets no such words: it is no reader, and has a page.
    assert len(rest) == (0 if still else 1)
    if rest:
        said = rest[0].data
        assert e.title in said and e.caption in said and "version 7.7.1" in said
        for name, text in e.readouts_at(e.initial).items():
            (label,) = [r.label for r in e.readouts if r.name == name]
            assert f"- {label}: {text}\n" in said
        for c in e.controls:
            assert f"- {c.label}: {c.texts[c.start]}\n" in said
