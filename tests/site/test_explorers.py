"""Every explorer of the built site, moved by keyboard and compared with Matplotlib's full drawing."""

import base64
import io
import os
import re
from dataclasses import replace
from functools import cache

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
        drawing.call(setting)
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
    page.wait_for_function("s => 2 < s.value && s.value < 30", arg=slider.element_handle())
    root.locator(".kl-play").click()
    stopped = slider.input_value()
    page.wait_for_timeout(400)
    assert slider.input_value() == stopped
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


def test_a_wrong_link_is_the_initial_setting(visit):
    v = visit()
    v.page.goto(v.address + page_of("two-ways") + "#two-ways&p=17&q=never&nonsense=%E0%A4%A")
    v.wait()
    assert dict(state_of(v.page, "two-ways")[1]) == one("two-ways").readouts_at(one("two-ways").initial)


def test_links_in_the_text_set_explorers_and_back_leaves_the_page(visit):
    v = visit()
    page = v.open("index.html")
    page.goto(v.address + page_of("two-ways"))
    v.wait()
    slider = page.locator("[data-explorer='two-ways'] [name=q]")
    slider.focus()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert "#two-ways&" in page.evaluate("location.hash")
    # Going back can be reported done when the change of the address before it is: wait for the page itself.
    page.go_back()
    page.wait_for_url(v.address + "index.html")
    page.go_forward()
    page.wait_for_url("**/expected-surprise.html#two-ways&*")
    v.wait()
    page.locator("a[href='#two-ways&p=0.1&q=0']").click()
    page.wait_for_function(
        "document.querySelector('[data-explorer=two-ways] output').textContent.startsWith('∞')"
    )
    # The next key moves the explorer that the link led to.
    assert page.evaluate("document.activeElement.closest('[data-explorer]').id") == "two-ways"


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
        page = visit().open(path.name)
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
    page = v.open("index.html")
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
        for output in e.readouts_at(e.initial).values():
            assert output in root.inner_text()


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
