"""A deck of slides in each of three browser engines, from a folder. Run by ``make test-course``, as tests/course is."""

import time

import pytest

from klbook.course import slides

STATE = """() => ({
  ready: document.documentElement.dataset.deck === 'ready' &&
    [...document.querySelectorAll('[data-explorer]')].every(e => 'ready' in e.dataset),
  slide: [...document.querySelectorAll('section')].findIndex(s => s.matches('.present')),
  settings: [...document.querySelectorAll('#gentle-belief input')].map(i => Number(i.value)),
  error: [...document.querySelectorAll('[data-error]')].length,
})"""
#: Where the handle is, and how wide the window.
HANDLE = """() => {
  const {left, top, width, height} = document.querySelector('#gentle-belief .kl-handle circle').getBoundingClientRect()
  return [left + width / 2, top + height / 2, innerWidth]
}"""
FOCUS = "() => { document.querySelector('#gentle-belief input').focus(); return null }"
FONT = """async () => {
  await document.fonts.load("20px 'klbook formulas'", '∑')
  return [...document.fonts].map(font => font.status)
}"""


@pytest.fixture(scope="module")
def deck(tmp_path_factory):
    out = tmp_path_factory.mktemp("slides")
    slides.write(["gentle-start"], out, None)
    return (out / "gentle-start.html").as_uri()


def until(engine, wanted):
    """Wait for a state."""
    end = time.monotonic() + 20
    while not wanted(state := engine.evaluate(STATE)):
        assert time.monotonic() < end, state
        time.sleep(0.05)
    return state


def test_a_deck_turns_its_pages_and_moves_its_explorers(engine, deck):
    engine.open(deck)
    until(engine, lambda s: s["ready"] and s["slide"] == 0)
    for k in range(1, 7):
        engine.press("ArrowRight")
        until(engine, lambda s, k=k: s["slide"] == k)
    before = engine.evaluate(STATE)["settings"]
    engine.evaluate(FOCUS)
    engine.press("ArrowRight")
    after = until(engine, lambda s: s["settings"] != before)
    assert (after["slide"], after["settings"][0]) == (6, before[0] + 1)
    x, y, width = engine.evaluate(HANDLE)
    engine.hand("mouse", (x, y), "down", (x - width / 20, y), (x - width / 10, y), "up")
    dragged = until(engine, lambda s: s["settings"][1] != after["settings"][1])
    assert dragged["slide"] == 6
    assert abs(engine.evaluate(HANDLE)[0] - (x - width / 10)) < width / 40
    engine.press("PageDown")
    until(engine, lambda s: s["slide"] == 7)
    assert engine.evaluate(FONT) == ["loaded"]
