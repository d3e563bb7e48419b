"""What can be dragged in a picture, dragged in each of three browser engines: the book's, and one of each kind.

Where to drag to is worked out by Matplotlib, and what must be seen then is read from the frames; the page's own script
is not asked. Chromium and Firefox get a touch; WebKitGTK's driver makes a mouse of it.
"""

import math
from functools import cache
from itertools import product

import numpy as np
import pytest
from book import explorers, read
from draggable import DRAGGABLE, place_of
from test_engines import DIFFER, kept, move

from klbook.explorers import published
from klbook.figures import all_figures

BOOK = {slug: e for slug, e in explorers().items() if e.handles}
#: Every handle is dragged once in each engine: the last of each explorer by a finger, the others, or the only one, by
#: mouse. So every explorer that has a handle is dragged both ways.
BY_MOUSE = [(slug, k) for slug, e in BOOK.items() for k in range(max(1, len(e.handles) - 1))]
BY_FINGER = [(slug, len(e.handles) - 1) for slug, e in BOOK.items()]
KINDS = [(slug, 0) for slug in DRAGGABLE]
DRAWN = all_figures() | DRAGGABLE

#: A place of the picture in pixels of the window, and the ring there.
WHERE = """(slug, slot, [x, y]) => {
  const place = document.querySelector(`[data-explorer='${slug}'] [data-slot='${slot}']`)
  const to = new DOMPoint(x, y).matrixTransform(place.parentNode.getScreenCTM())
  const ring = place.nextElementSibling.querySelector('circle').getBoundingClientRect()
  return [to.x, to.y, ring.x + ring.width / 2, ring.y + ring.height / 2, Math.min(ring.width, ring.height)]
}"""
#: The slot whose handle is taken hold of at a place of the window.
ON_TOP = """(x, y) => document.elementFromPoint(x, y)?.closest('.kl-handle')?.previousElementSibling.dataset.slot"""


@pytest.fixture(scope="module")
def kinds_page(tmp_path_factory):
    """A page with one explorer for each kind."""
    path = tmp_path_factory.mktemp("draggable") / "index.html"
    path.write_text(
        f"<!doctype html><meta charset='utf-8'><style>{published.stylesheet()} body {{ width: 700px }}</style>"
        + "".join(published.html(e) for e in DRAGGABLE.values())
        + f"<div style='height: 2000px'></div><script>{published.script()}</script>",
        encoding="utf-8",
    )
    return path


@pytest.fixture
def held(engine, address, kinds_page):
    """An explorer where it begins, in the middle of the window, as other tests have left its page."""

    def at(slug, width=""):
        e = BOOK.get(slug)
        if e is None:
            (e,) = (e for e in read(kinds_page.as_uri(), kinds_page.read_text("utf-8")) if e.slug == slug)
        url = address + e.page if slug in BOOK else e.page
        if getattr(engine, "stands", None) != e.page:
            engine.open(url)
            engine.stands = e.page
        engine.evaluate(
            """async (slug, width) => {
              const root = document.querySelector(`[data-explorer='${slug}']`)
              for (let k = 0; k < 400 && !('ready' in root.dataset); k++) await new Promise(go => setTimeout(go, 25))
              root.style.width = width
              root.querySelector('.kl-reset').click()
              root.querySelector('svg').scrollIntoView({block: 'center', behavior: 'instant'})
              getSelection().removeAllRanges()
            }""",
            slug,
            width,
        )
        return engine, e

    return at


@cache
def places(slug, handle, start):
    """For each setting of the controls of a handle, the others where they begin, where its artist stands."""
    e, drawn = BOOK.get(slug), DRAWN[slug]
    slot, moved = handle
    gid = drawn.drawing.gids()[slot]
    found = {}
    for values in product(*(range(len(drawn.controls[k].values)) for k in moved)):
        setting = list(start)
        for k, value in zip(moved, values, strict=True):
            setting[k] = value
        named = {c.name: c.values[i] for c, i in zip(drawn.controls, setting, strict=True)}
        found[tuple(setting)] = place_of(drawn, named, gid)
    assert e is None or e.start == tuple(start)
    return found


def goals(found, moved):
    """The settings at both ends and in the middle of the handle's way, or those nearest to them that are seen."""
    seen = [s for s, place in found.items() if not np.isnan(place).any()]
    tops = [max(s[k] for s in found) for k in moved]
    wanted = [tops, [0] * len(moved), [top // 2 for top in tops]]
    if len(moved) > 1:
        wanted[2:2] = [[tops[0], 0], [0, tops[1]]]
    return [
        min(seen, key=lambda s: sum(abs(s[k] - w) for k, w in zip(moved, at, strict=True))) for at in wanted
    ]


def nearest(found, x, y):
    """The settings whose places are nearest to a place, as far as tenths of pixels can tell."""
    far = {s: np.hypot(*(place - [x, y])) for s, place in found.items()}
    least = np.nanmin(list(far.values()))
    return {s for s, d in far.items() if d <= least + 0.3}


def setting_of(driver, slug):
    """Where the controls of an explorer stand, when what was done has been drawn."""
    return tuple(
        driver.evaluate(
            """async slug => {
              await new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))
              return [...document.querySelectorAll(`[data-explorer='${slug}'] :is(input, select)[name]`)]
                .map(c => Number(c.value))
            }""",
            slug,
        )
    )


def way_of(driver, slug, slot):
    """Which way a handle goes, and what a touch on it may do besides dragging."""
    return driver.evaluate(
        """(slug, slot) => {
          const place = document.querySelector(`[data-explorer='${slug}'] [data-slot='${slot}']`)
          return [place.dataset.grip, getComputedStyle(place.nextElementSibling).touchAction]
        }""",
        slug,
        slot,
    )


def drag(driver, kind, slug, slot, found, goal):
    """Take the ring not quite at its middle, pull it to the place of a setting and say which setting that gives."""
    start = setting_of(driver, slug)
    x, y, ring_x, ring_y, _ = driver.evaluate(WHERE, slug, slot, found[start].tolist())
    to_x, to_y, *_ = driver.evaluate(WHERE, slug, slot, found[goal].tolist())
    # Drivers go to whole pixels.
    at = round(ring_x + 4), round(ring_y - 3)
    by = round(to_x - x), round(to_y - y)
    driver.hand(kind, at, "down")
    try:
        assert setting_of(driver, slug) == start, "it jumps when it is taken"
        steps = [(at[0] + by[0] * part / 8, at[1] + by[1] * part / 8) for part in range(1, 9)]
        if (
            kind == "touch" and way_of(driver, slug, slot)[0] == "mostly-x"
        ):  # a finger that goes up would scroll
            steps.insert(0, (at[0] + math.copysign(30, by[0]), at[1]))
        driver.hand(kind, *steps)
        reached = setting_of(driver, slug)
    finally:
        driver.hand(kind, "up")
    scale = driver.evaluate(
        "slug => document.querySelector(`[data-explorer='${slug}'] .kl-panel`).getScreenCTM().a", slug
    )
    allowed = nearest(found, *(found[start] + np.array(by) / scale))
    assert reached in allowed, (start, goal, reached, allowed)
    return reached


def check_handle(driver, e, k, kind):
    slot, moved = e.handles[k]
    found = places(e.slug, e.handles[k], e.start)
    assert len({str(place.round(1)) for place in found.values()}) > 1
    start = setting_of(driver, e.slug)
    visited = set()
    for goal in goals(found, moved):
        x, y, ring_x, ring_y, size = driver.evaluate(WHERE, e.slug, slot, found[start].tolist())
        if driver.evaluate(ON_TOP, round(ring_x + 4), round(ring_y - 3)) != str(slot):
            # Another handle lies on this one here, and is the one that a reader takes.
            start = e.start
            move(driver, e, start)
            x, y, ring_x, ring_y, size = driver.evaluate(WHERE, e.slug, slot, found[start].tolist())
        assert size >= 24
        # A line's ring lies at its end, on the inside.
        assert np.hypot(ring_x - x, ring_y - y) <= size / 2 + 2
        start = drag(driver, kind, e.slug, slot, found, goal)
        visited.add(start)
        # Control, picture and readouts are those of that state, and no other control has moved.
        assert driver.evaluate(DIFFER, {e.slug: e.shown(start)}) == []
        assert all(start[i] == e.start[i] for i in range(len(start)) if i not in moved)
    assert len(visited) > 1
    return start


@pytest.mark.parametrize(
    ("slug", "k", "kind"),
    [(*handle, "mouse") for handle in BY_MOUSE + KINDS] + [(*handle, "touch") for handle in KINDS],
)
def test_it_goes_to_the_nearest_state(held, slug, k, kind):
    driver, e = held(slug)
    kept(driver, e, check_handle(driver, e, k, kind))
    assert driver.evaluate("() => String(getSelection())") == ""


@pytest.mark.parametrize(("slug", "k"), BY_FINGER + KINDS[:1])
def test_on_a_narrow_page_panels_are_stacked_and_a_finger_drags(held, slug, k):
    driver, e = held(slug, width="318px")
    driver.evaluate(
        """slug => addEventListener('pointerdown', event => { window.finger = event.pointerType }, {once: true})""",
        slug,
    )
    try:
        check_handle(driver, e, k, "touch")
        assert driver.evaluate("() => window.finger") == driver.finger
    finally:
        held(slug)


@pytest.mark.parametrize(("slug", "k"), BY_MOUSE[::9] + KINDS[:1])
def test_keys_go_on_from_where_it_was_dragged_to(held, slug, k):
    driver, e = held(slug)
    at = check_handle(driver, e, k, "mouse")
    (moved, *_) = e.handles[k][1]
    key, step = ("ArrowRight", 1) if at[moved] == 0 else ("ArrowLeft", -1)
    driver.evaluate(
        "(slug, name) => document.querySelector(`[data-explorer='${slug}'] input[name='${name}']`).focus()",
        slug,
        e.controls[moved].name,
    )
    driver.press(key)
    after = list(at)
    after[moved] += step
    assert setting_of(driver, slug) == tuple(after)
    assert driver.evaluate(DIFFER, {slug: e.shown(after)}) == []


def test_among_states_at_one_place_it_keeps_the_nearest(held):
    """Three values of the slider put the dot at each place."""
    driver, e = held("drag-now-and-then")
    found = places(e.slug, e.handles[0], e.start)
    assert e.start == (15,)  # at the same place as 16 and 17
    assert drag(driver, "mouse", e.slug, 0, found, (15,)) == (15,)
    assert drag(driver, "mouse", e.slug, 0, found, (18,)) == (18,)
    assert drag(driver, "mouse", e.slug, 0, found, (15,)) == (17,)
    # Where it is not seen there is nothing to drag, nor to see of the handle.
    move(driver, e, (7,))
    assert driver.evaluate(
        "slug => document.querySelector(`[data-explorer='${slug}'] .kl-handle`).getBoundingClientRect().right < 0",
        e.slug,
    )
    move(driver, e, (17,))
    assert drag(driver, "mouse", e.slug, 0, found, (0,)) == (2,)


@pytest.mark.parametrize(("slug", "k"), BY_MOUSE[:2] + KINDS[:1])
def test_what_is_cancelled_is_as_before_and_not_kept(held, slug, k):
    driver, e = held(slug)
    slot, moved = e.handles[k]
    found = places(slug, e.handles[k], e.start)
    x, y, at_x, at_y, _ = driver.evaluate(WHERE, slug, slot, found[e.start].tolist())
    goal = next(g for g in goals(found, moved) if g != e.start)
    to_x, to_y, *_ = driver.evaluate(WHERE, slug, slot, found[goal].tolist())
    driver.evaluate("() => new Promise(go => setTimeout(go, 500))")  # what was to be kept is
    before = driver.evaluate("() => location.hash")
    driver.evaluate(
        """(slug, slot) => {
          const handle = document.querySelector(`[data-explorer='${slug}'] [data-slot='${slot}']`).nextElementSibling
          handle.addEventListener('pointerdown', event => { window.held = event.pointerId }, {once: true})
        }""",
        slug,
        slot,
    )
    driver.hand("mouse", (at_x, at_y), "down", (at_x + to_x - x, at_y + to_y - y))
    try:
        assert setting_of(driver, slug) != e.start
        driver.evaluate(
            """(slug, slot) => {
              const place = document.querySelector(`[data-explorer='${slug}'] [data-slot='${slot}']`)
              const event = new PointerEvent('pointercancel', {pointerId: window.held, bubbles: true})
              place.nextElementSibling.dispatchEvent(event)
            }""",
            slug,
            slot,
        )
        assert setting_of(driver, slug) == e.start
        assert driver.evaluate(DIFFER, {slug: e.shown(e.start)}) == []
    finally:
        driver.hand("mouse", "up")
    driver.evaluate("() => new Promise(go => setTimeout(go, 500))")
    assert driver.evaluate("() => location.hash") == before
    assert setting_of(driver, slug) == e.start
    # And a mouse that passes takes nothing along.
    driver.hand("mouse", (at_x, at_y), (at_x + to_x - x, at_y + to_y - y))
    assert setting_of(driver, slug) == e.start


def test_only_the_first_button_takes_hold(held):
    driver, e = held("drag-stem")
    found = places(e.slug, e.handles[0], e.start)
    *_, at_x, at_y, _size = driver.evaluate(WHERE, e.slug, 0, found[e.start].tolist())
    driver.evaluate(
        """(slug, x, y) => {
          const handle = document.querySelector(`[data-explorer='${slug}'] .kl-handle`)
          const event = (type, button, clientX) => handle.dispatchEvent(new PointerEvent(type, {
            pointerId: 1, isPrimary: true, button, clientX, clientY: y, bubbles: true}))
          event('pointerdown', 2, x)
          event('pointermove', -1, x + 80)
        }""",
        e.slug,
        at_x,
        at_y,
    )
    assert setting_of(driver, e.slug) == e.start


@pytest.mark.parametrize(("slug", "k"), BY_FINGER[::4] + KINDS[:1])
def test_a_finger_beside_a_handle_scrolls(held, slug, k):
    """What a driver's touch scrolls is Chromium's page only; in all three it moves nothing in the picture."""
    driver, e = held(slug)
    slot, _ = e.handles[k]
    found = places(slug, e.handles[k], e.start)
    *_, x, y, size = driver.evaluate(WHERE, slug, slot, found[e.start].tolist())
    far = [
        ring
        for other, _ in e.handles
        if other != slot
        for ring in [driver.evaluate(WHERE, slug, other, [0, 0])[2:4]]
    ]
    # To one side of the ring and below it, off a line that runs through it, and away from other handles.
    sides = [x - size - 12, x + size + 12]
    side = max(sides, key=lambda at: min([abs(at - ring_x) for ring_x, _ in far] or [0]))
    top = driver.evaluate("() => { getSelection().removeAllRanges(); return scrollY }")
    driver.hand("touch", (side, y + size), "down")
    try:
        driver.hand("touch", *[(side, y + size - 15 * step) for step in range(1, 11)])
    finally:
        driver.hand("touch", "up")
    driver.evaluate("() => new Promise(go => setTimeout(go, 300))")
    assert setting_of(driver, slug) == e.start
    assert driver.evaluate(DIFFER, {slug: e.shown(e.start)}) == []
    if type(driver).__name__ == "Chromium":
        assert driver.evaluate("() => scrollY") > top + 40
    # What a touch on the handle may do besides dragging: scroll the page up and down. Pages don't scroll sideways, and
    # a touch screen would take a finger that goes this way for "back".
    way, allowed = way_of(driver, slug, slot)
    assert allowed == {"x": "pan-y", "mostly-x": "pan-y", "y": "none", "xy": "none"}[way]
