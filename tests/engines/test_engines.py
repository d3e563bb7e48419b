"""What every explorer of the book must do, in every engine: the same tests for all three.

The pictures and the numbers are compared with the frames, decoded here from the page's text.
"""

import re
from functools import cache
from urllib.parse import quote

import pytest
from conftest import PAGES, SITE
from frames import published


@cache
def explorers(path):
    return published((SITE / path).read_text(encoding="utf-8"))


HERE = [(path, slug) for path in PAGES for slug in explorers(path)]

#: Indices of the controls, and whether the explorer is ready, has failed, and shows a note.
STATE = """slug => {
  const root = document.querySelector(`[data-explorer='${slug}']`)
  return {
    places: [...root.querySelectorAll('.kl-controls [name]')].map(c => Number(c.value)),
    said: [...root.querySelectorAll('.kl-controls [name]')].map(c => c.getAttribute('aria-valuetext') ?? c.selectedOptions[0].textContent),
    ready: 'ready' in root.dataset && !('error' in root.dataset),
    note: [...root.querySelectorAll('.kl-side .kl-note:not([hidden])')].map(n => n.textContent).join(' '),
  }
}"""  # noqa: E501

#: Whether slots and readouts are what the frames say; the frames' texts are parsed by the same browser.
SHOWS = """(slug, slots, readouts) => {
  const root = document.querySelector(`[data-explorer='${slug}']`)
  const places = [...root.querySelectorAll('[data-slot]')].sort((a, b) => a.dataset.slot - b.dataset.slot)
  const anew = (place, text) => {
    const other = place.cloneNode(false)
    other.innerHTML = text
    return other.innerHTML
  }
  const numbers = [...root.querySelectorAll('output')].map(o => o.textContent)
  return places.length === slots.length && places.every((place, k) => place.innerHTML === anew(place, slots[k]))
    && JSON.stringify(numbers) === JSON.stringify(readouts) || numbers.join(' | ') + ' for ' + readouts.join(' | ')
}"""

READY = "() => document.readyState === 'complete' && [...document.querySelectorAll('[data-explorer]')].every(e => 'ready' in e.dataset || 'error' in e.dataset)"  # noqa: E501

MOVE = """(slug, places) => {
  const root = document.querySelector(`[data-explorer='${slug}']`)
  const controls = [...root.querySelectorAll('.kl-controls [name]')]
  controls.forEach((control, k) => {
    if (Number(control.value) === places[k]) return
    control.value = places[k]
    control.dispatchEvent(new Event('input', {bubbles: true}))
    control.dispatchEvent(new Event('change', {bubbles: true}))
  })
}"""

RESET = "slug => document.querySelector(`[data-explorer='${slug}'] .kl-reset`).click()"
FOCUS = "(slug, k) => document.querySelectorAll(`[data-explorer='${slug}'] .kl-controls [name]`)[k].focus()"


def is_at(engine, e, places):
    """Controls, spoken values, picture and readouts are those of one setting."""
    state = engine.evaluate(STATE, e.slug)
    assert state["ready"], (e.slug, state["note"])
    assert state["places"] == places, e.slug
    assert state["said"] == [texts[k] for k, (_, texts, _) in zip(places, e.controls, strict=True)], e.slug
    agrees(engine, e)
    return state


def agrees(engine, e):
    """Picture and readouts are what the controls say."""
    places = engine.evaluate(STATE, e.slug)["places"]
    slots, readouts = e.shows(places)
    assert engine.evaluate(SHOWS, e.slug, slots, readouts) is True, (e.slug, places)


@pytest.fixture
def page(engine, address):
    """Open a page, and wait for its explorers: none of them may have failed."""

    def opened(path, place=""):
        engine.open(address + path + place)
        settled(engine, path)

    return opened


def settled(engine, path):
    engine.wait("path => location.pathname.endsWith(path)", path)
    engine.wait(READY)
    assert engine.evaluate("() => document.querySelectorAll('[data-error]').length") == 0


@pytest.fixture
def reading(engine, page):
    """A page as the tests before have left it, to begin with a reset."""

    def at(path):
        if not engine.evaluate("path => location.pathname.endsWith(path)", path):
            page(path)

    return at


def with_one(places, k, place):
    return [*places[:k], place, *places[k + 1 :]]


@pytest.mark.parametrize(("path", "slug"), HERE, ids=[slug for _, slug in HERE])
def test_controls_and_keys_move_picture_and_readouts(engine, reading, path, slug):
    e = explorers(path)[slug]
    reading(path)
    engine.evaluate(RESET, slug)
    is_at(engine, e, e.start)
    for k, (_, texts, start) in enumerate(e.controls):
        last = len(texts) - 1
        seen = set()
        for place in (last, 0, last // 2):
            engine.evaluate(MOVE, slug, with_one(e.start, k, place))
            is_at(engine, e, with_one(e.start, k, place))
            seen.add(repr(e.shows(with_one(e.start, k, place))))
        assert len(seen) > 1
        engine.evaluate(FOCUS, slug, k)
        engine.evaluate(MOVE, slug, e.start)
        is_range = engine.evaluate("() => document.activeElement.type === 'range'")
        forth, back = ("ArrowRight", "ArrowLeft") if is_range else ("ArrowDown", "ArrowUp")
        key, place = (forth, start + 1) if start < last else (back, start - 1)
        engine.press(key)
        is_at(engine, e, with_one(e.start, k, place))
        if not is_range:
            continue
        for key, place in (("End", last), ("Home", 0)):
            engine.press(key)
            is_at(engine, e, with_one(e.start, k, place))
        engine.press("PageUp")
        risen = engine.evaluate(STATE, slug)["places"][k]
        assert 0 < risen
        is_at(engine, e, with_one(e.start, k, risen))
        engine.press("PageDown")
        assert engine.evaluate(STATE, slug)["places"][k] < risen
        agrees(engine, e)
    engine.evaluate(RESET, slug)
    is_at(engine, e, e.start)


def moved_places(e):
    """Every control where it does not begin: an end of a slider, another choice of a select."""
    return [len(texts) - 1 if start < len(texts) - 1 else 0 for _, texts, start in e.controls]


@pytest.mark.parametrize("path", PAGES)
def test_reload_back_and_forward_keep_controls_and_pictures_together(engine, page, path):
    here = explorers(path)
    other = next(p for p in PAGES if p != path)
    page(other)
    page(path)
    for e in here.values():
        engine.evaluate(MOVE, e.slug, moved_places(e))
    # The last one moved is in the address; browsers restore selects in their own ways, so it is one that has some.
    last = max(
        here.values(),
        key=lambda e: engine.evaluate("s => document.querySelectorAll(`#${s} select`).length", e.slug),
    )
    engine.evaluate(MOVE, last.slug, last.start)
    engine.evaluate(MOVE, last.slug, moved_places(last))
    engine.wait("start => location.hash.startsWith(start)", f"#{last.slug}&")
    wanted = moved_places(last)

    def together():
        settled(engine, path)
        engine.wait(
            f"(slug, places) => JSON.stringify(({STATE})(slug).places) === JSON.stringify(places)",
            last.slug,
            wanted,
        )
        is_at(engine, last, wanted)
        for e in here.values():
            agrees(engine, e)

    engine.reload()
    together()
    for e in here.values():
        if e is not last:
            is_at(engine, e, e.start)
    for e in here.values():
        if e is not last:
            engine.evaluate(MOVE, e.slug, moved_places(e))
    engine.evaluate(MOVE, last.slug, last.start)
    engine.evaluate(MOVE, last.slug, moved_places(last))
    engine.wait("end => location.hash.startsWith(end)", f"#{last.slug}&")
    page(other)
    engine.back()
    together()
    # One more step moves this control and no other.
    engine.evaluate(FOCUS, last.slug, 0)
    before = engine.evaluate(STATE, last.slug)["places"]
    engine.press("ArrowLeft" if before[0] else "ArrowRight")
    after = engine.evaluate(STATE, last.slug)["places"]
    assert after[1:] == before[1:]
    agrees(engine, last)
    engine.evaluate(RESET, last.slug)
    is_at(engine, last, last.start)
    engine.evaluate(MOVE, last.slug, wanted)
    engine.back()
    settled(engine, other)
    engine.forward()
    settled(engine, path)
    for e in here.values():
        agrees(engine, e)


def written_otherwise(text):
    """A number with a digit less or more than the control writes it, where there is a number."""
    found = re.fullmatch(r"(−?\d+\.\d*?)0+|(−?\d+\.\d+)", text)
    if not found:
        return text
    return (found[1] or found[2] + "00").replace("−", "-")


@pytest.mark.parametrize("path", PAGES)
def test_links_set_what_they_say_and_tell_what_they_cannot(engine, page, path):
    here = explorers(path)
    e = max(here.values(), key=lambda e: len(e.controls))
    moved = moved_places(e)
    named = [(name, texts[k]) for k, (name, texts, _) in zip(moved, e.controls, strict=True)]
    right = "".join(f"&{name}={quote(text)}" for name, text in named)
    otherwise = "".join(f"&amp;{name}={quote(written_otherwise(text))}" for name, text in named)
    for place in (right, otherwise):
        page(path, f"#{e.slug}{place}")
        assert is_at(engine, e, moved)["note"] == ""
    name = e.controls[0][0]
    for place in (f"&{name}=never", "&nonsense=1", f"&{name}=2.0%zz"):
        page(path, f"#{e.slug}{place}")
        assert "not to be had" in is_at(engine, e, e.start)["note"]
    for place in ("#100%", "#%", f"#{e.slug}%", f"#{e.slug}", "#nowhere&p=1"):
        page(path, place)
        assert is_at(engine, e, e.start)["note"] == ""
    for other in here.values():
        is_at(engine, other, other.start)


@pytest.mark.parametrize("slug", ["two-ways"])
def test_a_finger_moves_a_slider(engine, page, slug):
    path = next(path for path, s in HERE if s == slug)
    e = explorers(path)[slug]
    page(path)
    place = -1
    for across in (0.9, 0.1):
        engine.tap(f"[data-explorer='{slug}'] input", across)
        engine.wait(f"(slug, before) => ({STATE})(slug).places[0] !== before", slug, place)
        place = engine.evaluate(STATE, slug)["places"][0]
        share = place / (len(e.controls[0][1]) - 1)
        assert abs(share - across) < 0.15
        agrees(engine, e)
