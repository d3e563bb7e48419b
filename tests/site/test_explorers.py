"""Every explorer of the built site, moved by keyboard and compared with Matplotlib's full drawing."""

import base64
import io
import os
import re
from dataclasses import replace
from fractions import Fraction
from functools import cache
from urllib.parse import quote

import numpy as np
import pytest
from conftest import PAGES, SITE
from kinds import KINDS
from PIL import Image

from klbook.explorers import palette, published
from klbook.figures import all_figures

FIGURES = all_figures()
PICTURE = "[data-explorer='{}'] svg[role=img]"


@cache
def page_of(slug):
    """The page on which an explorer stands."""
    (page,) = [p for p in PAGES if f'data-explorer="{slug}"' in (SITE / p).read_text(encoding="utf-8")]
    return page


def state_of(page, slug):
    """The picture and the readouts as they are."""
    return page.evaluate(
        """slug => {
          const root = document.querySelector(`[data-explorer='${slug}']`)
          return [root.querySelector('svg[role=img]').innerHTML,
                  [...root.querySelectorAll('output')].map(o => [o.getAttribute('name'), o.textContent])]
        }""",
        slug,
    )


def control_of(page, slug, control):
    return page.locator(f"[data-explorer='{slug}'] .kl-controls [name='{control.name}']")


def set_to(page, slug, places):
    """Move controls to indices of their grids, with the events that a reader's hand causes."""
    page.evaluate(
        """([slug, places]) => {
          const root = document.querySelector(`[data-explorer='${slug}']`)
          for (const [name, place] of Object.entries(places)) {
            const control = root.querySelector(`[name='${name}']:not(output)`)
            control.value = place
            control.dispatchEvent(new Event('input', {bubbles: true}))
          }
        }""",
        [slug, places],
    )


def some_places(e):
    """A corner, its opposite, the middle, and two settings drawn at random."""
    random = np.random.default_rng(3)
    counts = np.array(e.shape)
    chosen = [0 * counts, counts - 1, counts // 2, *(random.integers(counts) for _ in range(2))]
    return [{c.name: int(i) for c, i in zip(e.controls, place, strict=True)} for place in chosen]


def setting_at(e, places):
    return {c.name: c.values[places[c.name]] for c in e.controls}


@pytest.mark.parametrize("slug", FIGURES)
def test_each_control_moves_picture_and_readouts_by_keyboard(reading, slug):
    e = FIGURES[slug]
    page = reading(page_of(slug))
    for c in e.controls:
        page.locator(f"[data-explorer='{slug}'] .kl-reset").click()
        before = state_of(page, slug)
        control = control_of(page, slug, c)
        control.focus()
        at = int(control.evaluate("c => c.value"))
        key = "ArrowLeft" if at == len(c.values) - 1 else "ArrowRight"
        if c.kind == "select":
            key = "ArrowUp" if key == "ArrowLeft" else "ArrowDown"
        page.keyboard.press(key)
        moved = int(control.evaluate("c => c.value"))
        assert abs(moved - at) == 1
        picture, readouts = state_of(page, slug)
        assert picture != before[0] and readouts != before[1], c.name
        places = {k.name: int(control_of(page, slug, k).input_value()) for k in e.controls}
        assert dict(readouts) == e.readouts_at(setting_at(e, places))
        if c.kind == "range":
            assert control.get_attribute("aria-valuetext") == c.texts[moved]
            for key, end in (("Home", 0), ("End", len(c.values) - 1)):
                page.keyboard.press(key)
                assert int(control.input_value()) == end
            page.keyboard.press("PageDown")
            assert 0 <= int(control.input_value()) < len(c.values) - 1
    page.locator(f"[data-explorer='{slug}'] .kl-reset").click()
    assert dict(state_of(page, slug)[1]) == e.readouts_at(e.initial)


def matplotlib_svg(drawing, setting):
    """What Matplotlib itself writes for the whole figure at a setting, with its own fonts and ids."""
    with palette.settings():
        _ = drawing.still  # the layout is that of the initial state
        drawing.move(setting)
        out = io.StringIO()
        drawing.figure.canvas.print_svg(out)
    return out.getvalue()


def rasters(page, svgs, width, height):
    """Pixels of pictures at twice their size, with one font for all; each has a tree of its own for styles and ids."""
    style = (
        "<style>svg{display:block;width:100%;height:100%}svg,svg text,svg tspan{font-family:sans-serif!important}"
        f".ours text{{fill:{palette.INK}}}</style>"
    )
    page.set_content(
        f"<style>body{{margin:0;background:#fff}}div{{width:{2 * width}px;height:{2 * height}px}}</style>"
        + "".join(f'<div><template shadowrootmode="open">{style}{svg}</template></div>' for svg in svgs)
    )
    png = page.screenshot(
        clip={"x": 0, "y": 0, "width": 2 * width, "height": 2 * height * len(svgs)}, full_page=True
    )
    pixels = np.asarray(Image.open(io.BytesIO(png)).convert("RGB"))
    return np.split(pixels, len(svgs))


def compare(page, e, shown):
    """Shares of pixels that differ by more than antialiasing can, and of pixels that are drawn, for each setting.

    `e` is a copy of its own, moved by nobody else; `shown` are settings and the pictures that the page shows of them.
    """
    width, height = e.size[0] * e.panels, e.size[1]
    svgs = []
    for setting, ours in shown:
        # In its row, panels need no moving; the page's colours are the light ones without a style sheet.
        head = f'<svg class="ours" viewBox="0 0 {width} {height}" fill="#000" style="stroke-linejoin:round">'
        svgs.append(re.sub(r"<svg [^>]*>", head, ours, count=1))
        theirs = matplotlib_svg(e.drawing, setting)
        svgs.append(theirs[theirs.index("<svg") :])
    pictures = rasters(page, svgs, width, height)
    for ours, theirs in zip(pictures[::2], pictures[1::2], strict=True):
        # Coordinates are rounded to a tenth: an edge may be a little lighter or darker, but not of another colour.
        off = (np.maximum(ours, theirs) - np.minimum(ours, theirs)).max(axis=2) > 96
        yield off.mean(), (theirs.min(axis=2) < 255 - 96).mean()


def shown_at(page, slug, places):
    """The picture as the page shows it after its controls were moved."""
    set_to(page, slug, places)
    return page.evaluate("s => document.querySelector(s).outerHTML", PICTURE.format(slug))


@pytest.fixture
def canvas(reading):
    """An empty page to draw on."""
    return reading("about:blank", base="", viewport={"width": 1600, "height": 900})


@pytest.mark.parametrize("slug", FIGURES)
def test_the_published_picture_is_matplotlibs(reading, canvas, slug):
    e = replace(FIGURES[slug])
    page = reading(page_of(slug))
    places = some_places(e)
    shown = [(setting_at(e, at), shown_at(page, slug, at)) for at in places]
    for at, (off, inked) in zip(places, compare(canvas, e, shown), strict=True):
        assert inked > 0.01, "an empty picture would equal an empty picture"
        assert off < 0.0005, (at, off)


@pytest.fixture(scope="module")
def kinds_folder(tmp_path_factory):
    """A page with one explorer for each kind of artist that may be dynamic."""
    folder = tmp_path_factory.mktemp("kinds")
    (folder / "index.html").write_text(
        f"<!doctype html><meta charset='utf-8'><style>{published.stylesheet()}</style>"
        + "".join(published.html(e) for e in KINDS.values())
        + f"<script>{published.script()}</script>",
        encoding="utf-8",
    )
    return folder


@pytest.mark.parametrize("name", KINDS)
def test_every_kind_of_artist_is_published_as_matplotlib_draws_it(reading, canvas, kinds_folder, name):
    """One by one: clip paths, draw order, changing ticks and titles, markers, maths, fills, images, contours, …"""
    e = replace(KINDS[name])
    page = reading("index.html", base=f"file://{kinds_folder}/")
    shown = [(setting_at(e, {"t": place}), shown_at(page, e.slug, {"t": place})) for place in (2, 0, 1)]
    for (setting, _), (off, _) in zip(shown, compare(canvas, e, shown), strict=True):
        assert off < 0.0005, (setting, off)


def test_what_is_changed_in_place_is_as_if_written_anew(reading, kinds_folder):
    page = reading("index.html", base=f"file://{kinds_folder}/")
    walk = np.random.default_rng(5).integers(3, size=12).tolist()
    for e in map(replace, KINDS.values()):
        columns = published.Frames.of(e).columns
        for place in walk:
            set_to(page, e.slug, {"t": place})
            slots, written = page.evaluate(
                """([slug, texts]) => {
                  const slots = [...document.querySelectorAll(`[data-explorer='${slug}'] [data-slot]`)]
                  slots.sort((a, b) => a.dataset.slot - b.dataset.slot)
                  const anew = slots.map((slot, k) => {
                    const other = slot.cloneNode(false)
                    other.innerHTML = texts[k]
                    return other.innerHTML
                  })
                  return [slots.map(slot => slot.innerHTML), anew]
                }""",
                [e.slug, [texts[at[place]] for texts, at in columns]],
            )
            assert slots == written, (e.slug, place)


@pytest.mark.parametrize("slug", FIGURES)
def test_text_is_large_enough_on_a_phone(reading, slug):
    page = reading(page_of(slug), viewport={"width": 360, "height": 740}, has_touch=True)
    sizes = page.evaluate(
        """s => [...document.querySelector(s).querySelectorAll('text')].filter(t => t.textContent.trim()).map(t => {
             const m = t.getScreenCTM(); return parseFloat(getComputedStyle(t).fontSize) * Math.hypot(m.a, m.b) })""",
        PICTURE.format(slug),
    )
    assert sizes and min(sizes) >= 10
    box = page.locator(PICTURE.format(slug)).bounding_box()
    assert box["x"] >= 0 and box["x"] + box["width"] <= 360
    # Panels stack: as many heights as panels.
    e = FIGURES[slug]
    assert box["height"] / box["width"] == pytest.approx(e.panels * e.size[1] / e.size[0], rel=0.02)
    touch = page.evaluate(
        """s => [...document.querySelectorAll(s)].map(t => {
             const box = t.getBoundingClientRect(); return Math.min(box.width, box.height) })""",
        f"[data-explorer='{slug}'] :is(input, select, button, summary)",
    )
    assert min(touch) >= 24


def one(name="surprise-year"):
    return FIGURES[name]


def test_play_runs_to_the_end_and_stops(visit):
    page = visit().open(page_of("first-look"))
    root = page.locator("[data-explorer='first-look']")
    slider = root.locator("[name=wrong]")
    root.locator(".kl-play").click()  # from the end it begins anew
    page.wait_for_function("s => 8 < s.value && s.value < 30", arg=slider.element_handle())
    assert page.evaluate("location.hash") == "" and root.locator(".kl-spoken").inner_text() == ""
    root.locator(".kl-play").click()
    stopped = slider.input_value()
    # Where it stopped is spoken, and kept in the address.
    page.wait_for_function("location.hash !== ''")
    assert slider.input_value() == stopped
    share = quote(one("first-look").controls[0].texts[int(stopped)])
    assert page.evaluate("location.hash") == f"#first-look&wrong={share}"
    assert root.locator("output").first.text_content() in root.locator(".kl-spoken").inner_text()
    root.locator(".kl-play").click()
    page.wait_for_function("s => s.value === s.max", arg=slider.element_handle(), timeout=20_000)
    page.wait_for_function("s => !document.querySelector(s)", arg="[aria-pressed=true]")


def test_play_goes_one_step_for_who_wants_less_motion(visit):
    page = visit(reduced_motion="reduce").open(page_of("first-look"))
    root = page.locator("[data-explorer='first-look']")
    slider = root.locator("[name=wrong]")
    slider.focus()
    page.keyboard.press("Home")
    root.locator(".kl-play").click()
    page.wait_for_timeout(400)
    assert slider.input_value() == "1"


@pytest.mark.parametrize("slug", ["surprise-bars", "two-ways"])
def test_a_link_opens_exactly_this_picture(visit, slug):
    e = FIGURES[slug]
    first = visit(permissions=["clipboard-read", "clipboard-write"])
    page = first.open(page_of(slug))
    places = some_places(e)[1]
    set_to(page, slug, places)
    page.locator(f"[data-explorer='{slug}'] .kl-copy").click()
    page.wait_for_selector(f"[data-explorer='{slug}'] .kl-note:not([hidden])")
    link = page.evaluate("navigator.clipboard.readText()")
    assert link == page.evaluate("location.href") and f"#{slug}&" in link
    other = visit()
    other.page.goto(link)
    other.wait()
    assert state_of(other.page, slug) == state_of(page, slug)
    assert other.page.evaluate(
        "s => Math.abs(document.querySelector(s).getBoundingClientRect().top) < 900", f"#{slug}"
    )


def shown_of(page, slug):
    """The texts of the readouts, and the notes that can be seen."""
    notes = page.locator(f"[data-explorer='{slug}'] .kl-note:visible").all_inner_texts()
    return dict(state_of(page, slug)[1]), " ".join(notes)


LINKS = [
    # As it is copied, and as it is written by others.
    ("two-ways", "&p=0.5&q=0.02", {"p": 0.5, "q": 0.02}, None),
    ("two-ways", "&amp;p=.50&amp;q=0.020", {"p": 0.5, "q": 0.02}, None),
    ("two-ways", "&q=2e-2&p=%30.5", {"p": 0.5, "q": 0.02}, None),
    ("two-ways", "%26p%3D0.5%26q%3D0.02", {"p": 0.5, "q": 0.02}, None),
    ("two-ways", "&p=0.5&q=0.02).", {"p": 0.5, "q": 0.02}, None),
    ("two-ways", "&q=0.02", {"q": 0.02}, None),
    ("two-ways", "&q=0.0201", {"q": 0.02}, None),
    ("surprise-bars", "&outcome=%20RAIN", {"outcome": 2}, None),
    ("surprise-bars", "&halvings=Halved%203%20times", {"halvings": 3}, None),
    ("lottery-pot", "&share=2.0%", {"share": 0.02}, None),
    ("lottery-pot", "&share=2", {"share": 0.02}, None),
    ("lottery-pot", "&plan=IN the%20best way!", {"plan": "best"}, None),
    # Fractions, odds, one in so many, and lists with a word among the numbers.
    ("evidence-stein", "&alpha=0.5&n=1000", {"alpha": 0.5}, None),
    ("evidence-stein", "&alpha=1/6", {"alpha": 0.2}, None),
    ("evidence-walk", "&prior=31:1", {"prior": 5}, None),
    ("gentle-between", "&chance=0.76", {"chance": Fraction(3, 4)}, None),
    ("lottery-fortune", "&crowd=1000000", {"crowd": 1_000_000}, None),
    ("lottery-fortune", "&crowd=100 coin", {"crowd": 100}, None),
    # What fits nowhere is said, and the rest is set.
    ("two-ways", "&p=17&q=never&nonsense=%E0%A4%A", {}, "p = 17, q = never, nonsense = %E0%A4%A"),
    ("two-ways", "&p=0.5&q=-3", {"p": 0.5}, "q = -3"),
    ("two-ways", "&p=100%&q=0.02", {"q": 0.02}, "p = 100%"),
    ("two-ways", "&p=0.5&q=0,01", {"p": 0.5}, "q = 0,01"),
    ("two-ways", "&p=0.5 days&q=0.02", {"q": 0.02}, "p = 0.5 days"),
    ("two-ways", "&q", {}, "q = "),
    ("lottery-fortune", "&crowd=5 days", {}, "crowd = 5 days"),
]


@pytest.mark.parametrize(("slug", "link", "setting", "not_understood"), LINKS)
def test_a_link_is_read_as_it_was_meant_or_says_what_is_wrong(reading, slug, link, setting, not_understood):
    e = one(slug)
    wanted = e.initial | setting
    assert not_understood or wanted != e.initial, "where it begins, it would stand without the link"
    page = reading(page_of(slug))
    page.evaluate(
        """hash => new Promise(go => {
          addEventListener('hashchange', () => setTimeout(go), {once: true})
          location.hash = hash
        })""",
        slug + link,
    )
    readouts, note = shown_of(page, slug)
    assert readouts == e.readouts_at(wanted)
    assert (f"asks for {not_understood}, which" in note) if not_understood else note == ""
    for c in e.controls:
        assert c.values[int(control_of(page, slug, c).input_value())] == wanted[c.name]


@pytest.mark.parametrize("hash", ["#100%", "#%", "#lottery-pot&share=2.0%", "#%E0%A4%A&p=1"])
def test_a_malformed_address_damages_nothing(visit, hash):
    v = visit()
    v.page.goto(v.address + page_of("lottery-pot") + hash)
    v.wait()  # and no error anywhere
    assert not v.page.locator("[data-explorer] :disabled").count()


def test_links_in_the_text_set_explorers_and_back_leaves_the_page(visit):
    v = visit()
    page = v.open("index.html")
    page.goto(v.address + page_of("two-ways"))
    v.wait()
    slider = page.locator("[data-explorer='two-ways'] [name=q]")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("location.hash.startsWith('#two-ways&')")
    moved = slider.input_value()
    # Going back can be reported done when the change of the address before it is: wait for the page itself.
    page.go_back()
    page.wait_for_url(v.address + "index.html")
    page.go_forward()
    page.wait_for_url("**/expected-surprise.html#two-ways&*")
    v.wait()
    assert slider.input_value() == moved
    link = page.locator("a[href='#two-ways&p=0.1&q=0']")
    infinite = "document.querySelector('[data-explorer=two-ways] output').textContent.startsWith('∞')"
    near = "Math.abs(document.getElementById('two-ways').getBoundingClientRect().top - 100) < 60"
    for _ in range(2):  # the second click is as good as the first
        link.click()
        page.wait_for_function(infinite)
        page.wait_for_function(near)
        # Page Down turns the page and not the setting; Tab leads to the first control.
        page.keyboard.press("PageDown")
        page.keyboard.press("PageUp")
        assert page.evaluate(infinite)
        page.keyboard.press("Tab")
        assert page.evaluate("document.activeElement.name") == "p"
    page.keyboard.press("End")
    page.wait_for_function("!location.hash.includes('p=0.1')")
    link.click()
    page.wait_for_function(infinite)
    # Without a setting a link only leads there.
    before = state_of(page, "two-ways")
    page.evaluate("location.hash = '#two-ways'")
    page.wait_for_function(near)
    assert state_of(page, "two-ways") == before


def test_a_thumb_that_scrolls_over_a_slider_does_not_move_it(visit):
    page = visit(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True).open(
        page_of("two-ways")
    )
    slider = page.locator("[data-explorer='two-ways'] [name=q]")
    slider.scroll_into_view_if_needed()
    box, before, top = slider.bounding_box(), slider.input_value(), page.evaluate("scrollY")
    shown = state_of(page, "two-ways")
    x, y = box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2
    hand = page.context.new_cdp_session(page)
    hand.send("Input.dispatchTouchEvent", {"type": "touchStart", "touchPoints": [{"x": x, "y": y}]})
    for step in range(1, 12):
        point = {"x": x, "y": y - 20 * step}
        hand.send("Input.dispatchTouchEvent", {"type": "touchMove", "touchPoints": [point]})
    hand.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    page.wait_for_function("top => scrollY > top + 50", arg=top)
    assert slider.input_value() == before and state_of(page, "two-ways") == shown
    # A tap is a wish to move it. The page may glide on until the slider has left the screen.
    page.evaluate(
        """() => new Promise(rest => {
          let last = scrollY, since = performance.now()
          const look = (now) => {
            if (scrollY !== last) [last, since] = [scrollY, now]
            now - since > 300 ? rest() : requestAnimationFrame(look)
          }
          requestAnimationFrame(look)
        })"""
    )
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.touchscreen.tap(box["x"] + 0.9 * box["width"], box["y"] + box["height"] / 2)
    page.wait_for_function("([s, v]) => s.value !== v", arg=[slider.element_handle(), before])


def test_one_sentence_is_spoken_at_rest(visit):
    e = one("two-ways")
    page = visit().open(page_of("two-ways"))
    spoken = page.locator("[data-explorer='two-ways'] .kl-spoken")
    assert spoken.get_attribute("role") == "status" and spoken.inner_text() == ""
    page.evaluate(
        """() => {
          window.said = []
          const spoken = document.querySelector("[data-explorer='two-ways'] .kl-spoken")
          new MutationObserver(() => said.push(spoken.textContent)).observe(spoken, {childList: true})
        }"""
    )
    control_of(page, "two-ways", e.controls[1]).focus()
    for _ in range(6):
        page.keyboard.press("ArrowRight")
    page.wait_for_function("said.length > 0")
    page.wait_for_timeout(1000)
    (said,) = page.evaluate("said")
    place = int(control_of(page, "two-ways", e.controls[1]).input_value())
    texts = e.readouts_at(e.initial | {e.controls[1].name: e.controls[1].values[place]})
    assert said == "; ".join(f"{r.label} {texts[r.name]}" for r in e.readouts) + "."
    # No readout speaks by itself.
    assert page.evaluate("[...document.querySelectorAll('output')].every(o => o.ariaLive === 'off')")


#: Moves one explorer through all its states, and says where a control or the picture had another place or size. States
#: whose texts are as long as those of an earlier one are passed over.
PLACES = """slug => {
  const root = document.getElementById(slug), seen = new Set()
  const things = [...root.querySelectorAll('.kl-stage, .kl-controls :is([name], button)')]
  const controls = [...root.querySelectorAll('.kl-controls [name]')]
  const texts = controls.map(c => JSON.parse(c.dataset.texts))
  const places = () => {
    const whole = root.getBoundingClientRect()
    return JSON.stringify(things.map(t => t.getBoundingClientRect()).map(box =>
      [box.left - whole.left, box.top - whole.top, box.width, box.height].map(Math.round)))
  }
  root.querySelector('.kl-reset').click()
  const before = places(), moved = []
  for (let state = 0, all = texts.reduce((n, t) => n * t.length, 1); state < all; state++) {
    let rest = state
    for (let k = controls.length - 1; k >= 0; k--) {
      const place = rest % texts[k].length
      rest = (rest - place) / texts[k].length
      if (Number(controls[k].value) === place) continue
      controls[k].value = place
      controls[k].dispatchEvent(new Event('input', {bubbles: true}))
    }
    const said = [...root.querySelectorAll('output, .kl-now')].map(o => o.textContent)
    const lengths = said.map(text => text.length).join()
    if (seen.has(lengths)) continue
    seen.add(lengths)
    if (places() !== before) moved.push(said)
  }
  return [seen.size, moved]
}"""


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize("slug", FIGURES)
def test_nothing_moves_under_the_finger(reading, slug, width):
    page = reading(page_of(slug), viewport={"width": width, "height": 844})
    different, moved = page.evaluate(PLACES, slug)
    assert different > 0 and moved == []
    # Nor where a sentence appears: the link, if the clipboard is closed, and what a link asks for in vain.
    root = page.locator(f"#{slug}")
    root.locator(".kl-reset").click()
    where = "r => [...r.querySelectorAll('.kl-stage, .kl-controls *')].map(e => e.offsetTop - r.offsetTop)"
    before = root.evaluate(where)
    root.locator(".kl-copy").click()
    root.locator(".kl-said").wait_for(state="visible")
    assert root.evaluate(where) == before


#: For each explorer whose picture is scrolled to the header that stays above it: what ends below the window, of the
#: picture, the readouts and each control.
BELOW = """several => [...document.querySelectorAll('[data-explorer]')].flatMap(root => {
  if (!several && root.matches('.kl-panels-2')) return []
  const picture = root.querySelector('.kl-stage svg'), header = document.querySelector('.bd-header-article')
  const box = e => e.getBoundingClientRect()
  scrollTo({top: scrollY + box(picture).top - box(header).bottom, behavior: 'instant'})
  if (Math.abs(box(picture).top - box(header).bottom) > 1) scrollTo({top: 1e9, behavior: 'instant'})
  const things = [picture, ...root.querySelectorAll('.kl-readout, .kl-control, .kl-buttons')]
  if (box(picture).top < box(header).bottom - 1) return [[root.id, 'picture', box(picture).top]]
  return things.filter(e => box(e).height < 10 || box(e).bottom > innerHeight)
    .map(e => [root.id, e.textContent.slice(0, 40), box(e).bottom])
})"""
EXPLORING = [p for p in PAGES if "data-explorer" in (SITE / p).read_text(encoding="utf-8")]


@pytest.mark.parametrize(("width", "height", "several"), [(1280, 720, True), (390, 844, False)])
@pytest.mark.parametrize("path", EXPLORING)
def test_picture_readouts_and_controls_are_seen_together(reading, path, width, height, several):
    page = reading(path, viewport={"width": width, "height": height})
    assert page.evaluate(BELOW, several) == []


#: Places of the decimal points of each explorer's numbers, and of its controls by their row.
COLUMNS = """() => [...document.querySelectorAll('[data-explorer]')].map(root => {
  const points = [], rows = {}
  for (const readout of root.querySelectorAll('.kl-readout')) {
    const text = readout.querySelector('.kl-number > span')?.firstChild
    if (!/^[−+]?[\\d,]+[.]\\d+( [±%].*)?$/.test(text?.data)) continue
    const place = new Range()
    place.setStart(text, text.data.indexOf('.'))
    place.setEnd(text, text.data.indexOf('.') + 1)
    const at = place.getBoundingClientRect(), label = readout.querySelector('.kl-label').getBoundingClientRect()
    points.push([at.left, label.left, at.left - label.right])
  }
  for (const control of root.querySelectorAll('.kl-control')) {
    const box = control.querySelector('[name]').getBoundingClientRect()
    const label = control.querySelector('.kl-label').getBoundingClientRect()
    const row = Math.round(control.getBoundingClientRect().bottom)
    ;(rows[row] ??= []).push([box.top, box.height, box.top - label.bottom])
  }
  return [root.id, points, Object.values(rows)]
})"""


@pytest.mark.parametrize("width", [1280, 360])
@pytest.mark.parametrize("path", EXPLORING)
def test_readouts_and_controls_stand_in_columns(reading, path, width):
    found = reading(path, viewport={"width": width, "height": 800}).evaluate(COLUMNS)
    assert sum(len(points) for _, points, _ in found) > 0
    for slug, points, rows in found:
        if points:
            assert max(np.ptp(points, axis=0)[:2]) < 1 and all(behind > 0 for *_, behind in points), slug
        assert sum(map(len, rows)) == len(one(slug).controls)
        for row in rows:
            assert max(np.ptp(row, axis=0)[:2]) < 1 and all(above > -1 for *_, above in row), slug


def test_powers_are_spoken_as_such(reading):
    raised = [
        e for e in FIGURES.values() if re.search("[⁰¹²³⁴-⁹]", "".join(e.readouts_at(e.initial).values()))
    ]
    assert raised
    for e in raised:
        page = reading(page_of(e.slug))
        root = page.locator(f"[data-explorer='{e.slug}']")
        root.locator(".kl-reset").click()
        spoken = root.locator(".kl-spoken")
        page.wait_for_function("said => said.textContent !== ''", arg=spoken.element_handle())
        said = spoken.text_content()
        assert not re.search("[⁰¹²³⁴-⁹⁻]", said)
        for power in re.findall("[⁻⁰¹²³⁴-⁹]+", "; ".join(root.locator("output").all_text_contents())):
            plain = power.translate(str.maketrans("⁻⁰¹²³⁴⁵⁶⁷⁸⁹", "−0123456789"))
            assert f" to the power {plain}" in said


#: What sticks out of the screen, and words that stick out of their place.
STICKS_OUT = """() => {
  const inside = ':not(.kl-code *, svg, svg *, .kl-alt, .kl-spoken, script, noscript, option)'
  const name = e => [e.closest('[data-explorer]').id, e.className || e.tagName]
  return [...document.querySelectorAll(`[data-explorer], [data-explorer] *${inside}`)].flatMap(e => {
    const box = e.getBoundingClientRect()
    if (box.right > innerWidth + 1 || box.left < -1) return [[...name(e), box.left, box.right]]
    const words = getComputedStyle(e).display !== 'inline' && e.clientWidth && e.scrollWidth > e.clientWidth + 1
    return words ? [[...name(e), `${e.scrollWidth} in ${e.clientWidth}`]] : []
  })
}"""
#: What a reader may ask for by WCAG 1.4.12.
SPACED = (
    "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important; }"
)
LARGE = "html { font-size: 200% !important; }"


@pytest.mark.parametrize("path", EXPLORING)
def test_no_explorer_sticks_out_of_a_narrow_screen(visit, path):
    page = visit(viewport={"width": 320, "height": 800}).open(path)
    style = page.add_style_tag(content="/* as it is */")
    for wish in ("", SPACED, LARGE, SPACED + LARGE):
        style.evaluate("(style, wish) => { style.textContent = wish }", wish)
        assert page.evaluate(STICKS_OUT) == [], wish


def counted(page, refuse=False):
    """Count the addresses that the page keeps, which Safari refuses when they are more than 100 in 10 seconds."""
    page.evaluate(
        """refuse => {
          const keep = history.replaceState
          window.kept = 0
          history.replaceState = function (...what) {
            window.kept++
            if (refuse) throw new DOMException('too many', 'SecurityError')
            return keep.apply(this, what)
          }
        }""",
        refuse,
    )


def test_words_of_a_choice_are_whole_in_large_text(visit):
    """Text twice as large, as a reader sets it in the browser: the line stands within the control."""
    page = visit(viewport={"width": 390, "height": 844}).open(page_of("surprise-bars"))
    for size in ("100%", "200%"):
        page.evaluate("size => { document.documentElement.style.fontSize = size }", size)
        choices = page.evaluate(
            """() => [...document.querySelectorAll('.kl-controls select')].map(select => {
              const style = getComputedStyle(select)
              return [select.clientHeight, 1.4 * parseFloat(style.fontSize)]
            })"""
        )
        assert choices and all(height >= line for height, line in choices), choices
    assert min(line for _, line in choices) > 38, "the text has not grown"


def test_a_hundred_steps_are_one_address(visit):
    page = visit().open(page_of("two-ways"))
    counted(page)
    slider = page.locator("[data-explorer='two-ways'] [name=q]")
    slider.focus()
    for key in ["Home", *["ArrowRight", "ArrowLeft"] * 60, "ArrowRight"]:
        page.keyboard.press(key)
    page.wait_for_function("location.hash.includes('q=0.001')")
    assert page.evaluate("kept") < 10  # one, but for a machine that pauses


def test_the_link_can_be_copied_where_the_address_cannot_be_kept(visit):
    page = visit(permissions=["clipboard-read", "clipboard-write"]).open(page_of("two-ways"))
    counted(page, refuse=True)
    set_to(page, "two-ways", {"p": 3, "q": 4})
    page.wait_for_function("kept > 0")
    page.locator("[data-explorer='two-ways'] .kl-copy").click()
    page.locator("[data-explorer='two-ways'] .kl-said").wait_for(state="visible")
    p, q = (c.texts[place] for c, place in zip(one("two-ways").controls, (3, 4), strict=True))
    assert page.evaluate("navigator.clipboard.readText()").endswith(f"#two-ways&p={p}&q={q}")
    assert page.evaluate("location.hash") == ""


def test_what_is_about_to_be_kept_yields_to_another_address(visit):
    page = visit().open(page_of("two-ways"))
    set_to(page, "two-ways", {"q": 0})
    page.evaluate("location.hash = '#surprise-bars'")
    page.wait_for_timeout(1000)
    assert page.evaluate("location.hash") == "#surprise-bars"


def test_who_leaves_while_it_moves_finds_it_where_they_left(visit):
    v = visit()
    page = v.open("index.html")
    page.locator("[data-explorer='first-look'] .kl-play").click()
    page.wait_for_function("document.querySelector('[name=wrong]').value > 5")
    page.goto(v.address + "chapters/glossary.html")
    page.go_back()
    page.wait_for_url("**/index.html#first-look&wrong=*")
    v.wait()
    place = int(page.locator("[data-explorer='first-look'] [name=wrong]").input_value())
    assert place < one("first-look").shape[0] - 1
    said = quote(one("first-look").controls[0].texts[place])
    assert page.evaluate("location.hash") == f"#first-look&wrong={said}"


#: Contrast with what is behind it of every text of an explorer, and of every line in the colour of P, Q, D or of a
#: fourth thing, at its lowest.
CONTRAST = r"""() => {
  const parts = colour => colour.match(/[\d.]+/g).map(Number)
  const light = ([r, g, b]) => {
    const [x, y, z] = [r, g, b].map(v => v / 255).map(v => v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
    return 0.2126 * x + 0.7152 * y + 0.0722 * z + 0.05
  }
  const behind = e => {
    for (; e; e = e.parentElement) {
      const [r, g, b, opaque = 1] = parts(getComputedStyle(e).backgroundColor)
      if (opaque > 0.5) return [r, g, b]
    }
    return [255, 255, 255]
  }
  const against = (colour, e) => {
    const [low, high] = [light(parts(colour)), light(behind(e))].sort((a, b) => a - b)
    return high / low
  }
  return [...document.querySelectorAll('.kl-explorer')].map(root => {
    for (const fold of root.querySelectorAll('details')) fold.open = true
    const texts = [], lines = []
    const walk = document.createTreeWalker(root, NodeFilter.SHOW_TEXT)
    while (walk.nextNode()) {
      const e = walk.currentNode.parentElement
      if (!walk.currentNode.data.trim() || e.closest('script, noscript, defs, option, title')) continue
      const picture = e.closest('svg')
      const {fill, color} = getComputedStyle(e)
      texts.push(picture ? against(fill, picture.parentElement) : against(color, e))
    }
    for (const e of root.querySelectorAll('svg [style*="--kl-"], svg [stroke*="--kl-"]')) {
      const said = e.getAttribute('stroke') ?? e.style.stroke
      if (!/--kl-(p|q|d|extra)\b/.test(said)) continue
      lines.push(against(getComputedStyle(e).stroke, e.closest('svg').parentElement))
    }
    return [root.id, Math.min(...texts), Math.min(99, ...lines), texts.length, lines.length]
  })
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("theme", ["light", "dark"])
@pytest.mark.parametrize("forced", ["active", "none"])
def test_texts_and_lines_are_seen_in_every_theme_and_in_the_systems_colours(visit, forced, theme, scheme):
    v = visit(forced_colors=forced, color_scheme=scheme)
    v.page.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    v.open(page_of("two-ways"))
    assert v.page.evaluate("document.documentElement.dataset.theme") == theme
    found = v.page.evaluate(CONTRAST)
    assert len(found) > 3 and sum(lines for *_, lines in found) > 10
    for slug, text, line, texts, _ in found:
        assert texts > 10 and text >= 4.5 and line >= 3, slug


def test_a_page_that_broke_off_says_so(visit):
    def change(text):
        return text[: text.index('class="kl-frames">', text.index('data-explorer="first-look"')) + 300]

    path = broken("index.html", change)
    try:
        page = visit().open(path.name, errors=True)
        assert (
            "the pictures of this page are damaged"
            in page.locator("[data-explorer='first-look']").inner_text()
        )
    finally:
        path.unlink()


def test_a_page_without_its_script_says_so(visit):
    v = visit()
    v.page.route("**/explorer.js*", lambda route: route.fulfill(body="", content_type="text/javascript"))
    page = v.open("index.html", ready=False)
    root = page.locator("[data-explorer='first-look']")
    assert published.LATE not in root.inner_text()
    root.get_by_text(published.LATE).wait_for(state="visible", timeout=20_000)


def test_explorers_wait_for_no_other_script(visit):
    v = visit()
    page, held = v.page, []
    page.route(
        re.compile(r"\.js\?"),
        lambda route: route.continue_() if "explorer.js" in route.request.url else held.append(route),
    )
    page.goto(v.address + page_of("two-ways"), wait_until="commit")
    v.wait()
    assert len(held) > 5
    before = state_of(page, "two-ways")
    page.locator("[data-explorer='two-ways'] [name=q]").focus()
    page.keyboard.press("ArrowRight")
    assert state_of(page, "two-ways") != before
    for route in held:
        route.continue_()
    page.wait_for_load_state()


def broken(page_path, change):
    """A page with something wrong in it, on disk beside the good one; tests run side by side, so each has its own."""
    text = (SITE / page_path).read_text(encoding="utf-8")
    path = (SITE / page_path).with_name(f"broken-for-a-test-{os.getpid()}.html")
    path.write_text(change(text), encoding="utf-8")
    return path


@pytest.mark.parametrize("damage", ["cut", "letters", "fewer states", "not json"])
def test_damaged_frames_leave_the_picture_and_say_so(visit, damage):
    def change(text):
        block = re.search(r'(<figure[^>]*data-explorer="first-look".*?kl-frames">)([^<]*)', text, re.S)
        data = block[2]
        new = {
            "cut": data[: len(data) // 2 // 4 * 4],
            "letters": data[:400] + "AAAA" * 10 + data[440:],
            "fewer states": published.Frames([(["a"], [0])], (1,)).packed(),
            "not json": base64.b64encode(b"x").decode(),
        }[damage]
        return text[: block.start(2)] + new + text[block.end(2) :]

    path = broken("index.html", change)
    try:
        page = visit().open(path.name, errors=True)
        root = page.locator("[data-explorer='first-look']")
        assert root.get_attribute("data-error") is not None and root.get_attribute("data-ready") is None
        assert "The controls are off because the pictures of this page are damaged" in root.inner_text()
        assert root.locator("[name=wrong]").is_disabled()
        assert dict(state_of(page, "first-look")[1]) == one("first-look").readouts_at(
            one("first-look").initial
        )
    finally:
        path.unlink()


def test_a_browser_that_is_too_old_says_so(visit):
    v = visit()
    v.page.add_init_script("delete window.DecompressionStream")
    page = v.open("index.html", errors=True)
    assert "this browser is too old" in page.locator("[data-explorer='first-look']").inner_text()


@pytest.mark.parametrize("path", PAGES)
def test_without_javascript_the_pictures_are_there(visit, path):
    page = visit(java_script_enabled=False).open(path, ready=False)
    text = (SITE / path).read_text(encoding="utf-8")
    for slug in re.findall(r'data-explorer="([\w-]+)"', text):
        root = page.locator(f"[data-explorer='{slug}']")
        e = FIGURES[slug]
        box = root.locator("svg[role=img]").bounding_box()
        assert box["width"] > 300 and box["height"] > 150
        assert e.caption in root.inner_text() and published.NO_SCRIPT in root.inner_text()
        shown = " ".join(root.inner_text().split())
        for output in e.readouts_at(e.initial).values():
            assert output in shown


def test_print_shows_the_picture_and_no_controls(visit):
    page = visit().open("index.html")
    page.emulate_media(media="print")
    root = page.locator("[data-explorer='first-look']")
    assert root.locator("svg[role=img]").is_visible() and not root.locator("input").is_visible()


def test_the_script_leaves_no_global_names(visit):
    page = visit().page
    page.set_content("<p>nothing</p>")
    before = set(page.evaluate("Object.keys(window)"))
    page.add_script_tag(content=published.script())
    assert set(page.evaluate("Object.keys(window)")) == before
