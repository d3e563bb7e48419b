"""Handles of the pictures that can be dragged: how large they are, what of touches they take, and where there are none.

That they go where they are pulled is tried in three engines, in tests/engines.
"""

import re

import pytest
from conftest import PAGES, SITE
from test_explorers import state_of

WITH_HANDLES = {path: (SITE / path).read_text(encoding="utf-8").count('class="kl-handle"') for path in PAGES}
WITH_HANDLES = {path: count for path, count in WITH_HANDLES.items() if count}
PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}

RINGS = """() => [...document.querySelectorAll('.kl-handle')].map(handle => {
  const of = box => [box.left, box.top, box.right, box.bottom]
  const ring = handle.querySelector('circle').getBoundingClientRect()
  const picture = handle.closest('svg').getBoundingClientRect()
  return [Math.min(ring.width, ring.height), of(ring), of(picture)]
})"""


@pytest.mark.parametrize("path", WITH_HANDLES)
def test_each_handle_is_large_enough_for_a_finger(visit, path):
    page = visit(viewport={"width": 320, "height": 900}, has_touch=True).open(path)
    for width in (320, 360, 480, 600, 700, 768, 900, 1024, 1200, 1600):
        page.set_viewport_size({"width": width, "height": 900})
        page.evaluate("() => new Promise(go => requestAnimationFrame(() => requestAnimationFrame(go)))")
        rings = page.evaluate(RINGS)
        assert len(rings) == WITH_HANDLES[path]
        for size, ring, picture in rings:
            assert size == 0 or 24 <= size <= 48, (width, size)
            # Beside the picture is where a thumb scrolls; a ring at its edge goes over by half.
            assert ring[2] < 0 or (ring[0] > picture[0] - 24 and ring[2] < picture[2] + 24), width


def colour(text):
    return [int(part) / 255 for part in re.findall(r"\d+", text)[:3]]


def luminance(rgb):
    r, g, b = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in rgb)
    return 0.2126 * r + 0.7152 * g + 0.0722 * b


@pytest.mark.parametrize("forced", ["none", "active"])
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_ring_is_seen(visit, theme, forced):
    v = visit(color_scheme=theme, forced_colors=forced)
    v.page.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    page = v.open(next(iter(WITH_HANDLES)))
    ring, paper = page.evaluate(
        """() => {
          const ring = document.querySelector('.kl-handle circle')
          return [getComputedStyle(ring).stroke, getComputedStyle(ring.closest('.kl-explorer')).backgroundColor]
        }"""
    )
    low, high = sorted(luminance(colour(c)) for c in (ring, paper))
    assert (high + 0.05) / (low + 0.05) >= 3, (ring, paper)


SEEN = """() => [...document.querySelectorAll('.kl-handle')]
  .filter(handle => getComputedStyle(handle).display !== 'none').length"""


def test_paper_has_no_handles_and_neither_has_a_page_without_its_script(visit):
    path, count = next(iter(WITH_HANDLES.items()))
    page = visit().open(path)
    assert page.evaluate(SEEN) == count
    assert page.locator(".kl-handle").first.get_attribute("aria-hidden") == "true"
    page.emulate_media(media="print")
    assert page.evaluate(SEEN) == 0
    assert visit(java_script_enabled=False).open(path, ready=False).locator(".kl-handle:visible").count() == 0


def swipe(page, x, y, right, down):
    """A finger that goes in twelve steps."""
    hand = page.context.new_cdp_session(page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 13):
        point = {"x": x + right * step / 12, "y": y + down * step / 12}
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
        page.wait_for_timeout(16)
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_timeout(500)


def middle(handle):
    """Of the ring, once it stands still in the middle of the window."""
    ring = handle.locator("circle")
    ring.evaluate("ring => ring.scrollIntoView({block: 'center', behavior: 'instant'})")
    box = ring.bounding_box()
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2


@pytest.fixture
def phone(visit):
    """An explorer with a handle that goes one way, on a phone."""

    def at(path, slug, way):
        page = visit(**PHONE).open(path)
        handle = page.locator(f"[data-explorer='{slug}'] [data-grip='{way}'] + .kl-handle").first
        return page, handle

    return at


def test_a_thumb_that_scrolls_over_a_line_does_not_move_it(phone):
    """Up or down it scrolls, and what it moved before it was known to scroll is as before; sideways it drags."""
    page, handle = phone("chapters/hypothesis-testing.html", "evidence-threshold", "x")
    x, y = middle(handle)
    before, top = state_of(page, "evidence-threshold"), page.evaluate("scrollY")
    swipe(page, x, y, 6, -200)
    assert page.evaluate("scrollY") > top + 50
    assert state_of(page, "evidence-threshold") == before
    assert "evidence-threshold" not in page.evaluate("location.hash")
    x, y = middle(handle)
    top = page.evaluate("scrollY")
    swipe(page, x, y, -60, 3)
    assert page.evaluate("scrollY") == top
    assert state_of(page, "evidence-threshold") != before
    assert page.evaluate("location.hash").startswith("#evidence-threshold&")


def test_a_finger_that_pulls_a_bar_aslant_does_not_leave_the_page(phone):
    """More sideways than up, from a handle that goes up: taken for a swipe, it would go back to the page before."""
    page, handle = phone("chapters/suboptimal-coding.html", "coding-kraft", "y")
    left = []
    page.on("framenavigated", lambda frame: left.append(frame.url.partition("#")[0]))
    here = page.url
    before = state_of(page, "coding-kraft")
    x, y = middle(handle)
    swipe(page, x, y, 380 - x, -120)
    assert set(left) <= {here}
    assert state_of(page, "coding-kraft") != before


def test_a_thumb_that_begins_beside_a_handle_scrolls(phone):
    page, handle = phone("chapters/gentle-start.html", "gentle-coin", "mostly-x")
    x, y = middle(handle)
    before, top = state_of(page, "gentle-coin"), page.evaluate("scrollY")
    swipe(page, x - 60, y, 0, -200)
    assert page.evaluate("scrollY") > top + 50
    assert state_of(page, "gentle-coin") == before and page.evaluate("location.hash") == ""
    # On the handle, too, of a point on a curve that is wider than high; sideways it drags, and then where it likes.
    x, y = middle(handle)
    top = page.evaluate("scrollY")
    swipe(page, x, y, 0, -200)
    assert page.evaluate("scrollY") > top + 50
    assert state_of(page, "gentle-coin") == before
    x, y = middle(handle)
    top = page.evaluate("scrollY")
    swipe(page, x, y, 60, -3)
    assert page.evaluate("scrollY") == top
    assert state_of(page, "gentle-coin") != before


def test_a_thumb_on_a_point_in_a_plane_drags_any_way(phone):
    page, handle = phone("chapters/bregman-divergence.html", "bregman-ternary", "xy")
    before = state_of(page, "bregman-ternary")
    x, y = middle(handle)
    top = page.evaluate("scrollY")
    swipe(page, x, y, 0, -60)
    assert page.evaluate("scrollY") == top
    assert state_of(page, "bregman-ternary") != before


def test_who_takes_hold_stops_the_play_and_a_click_alone_changes_nothing(visit):
    page = visit().open("chapters/gentle-start.html")
    root = page.locator("[data-explorer='gentle-coin']")
    x, y = middle(root.locator(".kl-handle"))
    before = state_of(page, "gentle-coin")
    page.mouse.click(x + 5, y)
    page.wait_for_timeout(500)
    assert state_of(page, "gentle-coin") == before and page.evaluate("location.hash") == ""
    slider = root.locator("[name=p]")
    slider.focus()
    page.keyboard.press("Home")
    root.locator(".kl-play").click()
    for _ in range(20):  # it runs away while the mouse is on its way
        page.mouse.move(*middle(root.locator(".kl-handle")))
        page.mouse.down()
        if root.locator(".kl-play").get_attribute("aria-pressed") == "false":
            break
        page.mouse.up()
    assert int(slider.input_value()) < 100, "the play was not stopped before its end"
    stopped = state_of(page, "gentle-coin")
    page.wait_for_timeout(300)
    assert state_of(page, "gentle-coin") == stopped
    page.mouse.up()
