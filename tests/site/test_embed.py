"""Each explorer alone in its file: it asks for nothing, moves in frames that may do little, and tells its height."""

import gzip
import json
import re
from html import escape
from html.parser import HTMLParser
from urllib.parse import quote, urlsplit

import pytest
from bs4 import BeautifulSoup
from conftest import SITE
from test_explorers import FIGURES, control_of, one, page_of, set_to, setting_at, some_places, state_of

from klbook.site import addresses

EMBED = SITE / "embed"
#: Address of the published site, where it is known.
HOME = addresses.site(addresses.book())
SANDBOX = 'sandbox="allow-scripts"'
#: What the code allows besides, so that the link to the chapter opens.
POPUPS = "allow-scripts allow-popups allow-popups-to-escape-sandbox"


def text_of(slug):
    return (EMBED / f"{slug}.html").read_text(encoding="utf-8")


def test_there_is_one_for_each_explorer_of_the_book():
    assert {path.stem for path in EMBED.iterdir()} == set(FIGURES)


class Nested(HTMLParser):
    """Complains of tags that are not closed in their order, and of ids that stand twice."""

    EMPTY = ("meta", "link", "input", "br")

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.complaints = [], [], []
        self.feed(text)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]
        if tag not in self.EMPTY:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.ids += [value for name, value in attrs if name == "id"]

    def handle_endtag(self, tag):
        if not self.open or self.open.pop() != tag:
            self.complaints.append((tag, self.getpos()))


@pytest.mark.parametrize("slug", FIGURES)
def test_it_is_small_whole_and_asks_for_nothing(slug):
    text = text_of(slug)
    assert len(gzip.compress(text.encode(), 9)) <= 120_000
    nested = Nested(text)
    assert nested.complaints == [] and nested.open == [] and len(set(nested.ids)) == len(nested.ids)
    page = BeautifulSoup(text, "html.parser")
    for element in page.find_all(True):
        for name, value in element.attrs.items():
            if name in ("src", "srcset", "data", "poster", "action", "background", "xlink:href"):
                pytest.fail(f"{element.name} {name}={value}")
            if name == "href" and element.name != "a":
                # A piece of the same file, or a picture that stands in it.
                assert value.startswith(("#", "data:")), (element.name, value)
    # Styles lead to pieces of the file, and scripts ask for nothing, nor have others run.
    assert set(re.findall(r"url\(\s*['\"]?(.)", text)) <= {"#"} and "@import" not in text
    scripts = "".join(s.string for s in page.find_all("script") if s.get("type") is None)
    asks = r"fetch|XMLHttpRequest|WebSocket|EventSource|sendBeacon|import|Worker|eval|Function\("
    assert len(scripts) > 10_000 and not re.search(rf"\b({asks})", scripts)
    policy = page.find("meta", {"http-equiv": "Content-Security-Policy"})["content"]
    assert policy.startswith("default-src 'none';") and "http" not in policy
    (link,) = page.select("a.kl-chapter")
    assert link["href"] == (HOME or "../") + page_of(slug)
    e = one(slug)
    assert e.title in page.title.string and page.select_one(".kl-title").string == e.title
    assert e.caption in page.figcaption.string and "CC BY 4.0" in page.select_one(".kl-source").text


#: Whether picture, readouts and controls end in the window, the smallest text of the picture, and what sticks out.
SEEN = """() => {
  const root = document.querySelector('[data-explorer]'), box = e => e.getBoundingClientRect()
  const parts = ['.kl-stage svg', '.kl-readouts', '.kl-controls', '.kl-reset'].map(p => box(root.querySelector(p)))
  const texts = [...root.querySelectorAll('svg text')].filter(t => t.textContent.trim()).map(t => {
    const m = t.getScreenCTM()
    return parseFloat(getComputedStyle(t).fontSize) * Math.hypot(m.a, m.b)
  })
  const controls = [...root.querySelectorAll('input, select, button')].map(c => Math.min(box(c).width, box(c).height))
  return {end: Math.max(...parts.map(p => p.bottom)), text: Math.min(...texts), control: Math.min(...controls),
    wide: document.documentElement.scrollWidth, left: Math.min(...parts.map(p => p.left))}
}"""


@pytest.mark.parametrize("slug", FIGURES)
def test_it_is_seen_at_once_in_a_frame_of_a_slide_and_usable_on_a_phone(reading, slug):
    for width, height in ((800, 520), (360, 640)):
        page = reading(f"{slug}.html", base=f"{EMBED.as_uri()}/", viewport={"width": width, "height": height})
        seen = page.evaluate(SEEN)
        assert seen["text"] >= 10 and seen["control"] >= 24, seen
        assert seen["wide"] <= width and seen["left"] >= 0, seen
        if width == 800:
            assert seen["end"] <= height, seen


@pytest.mark.parametrize("slug", FIGURES)
def test_it_moves_in_a_folder(reading, slug):
    e = one(slug)
    page = reading(f"{slug}.html", base=f"{EMBED.as_uri()}/", viewport={"width": 800, "height": 520})
    page.locator(".kl-reset").click()
    before = state_of(page, slug)
    assert dict(before[1]) == e.readouts_at(e.initial)
    places = next(p for p in some_places(e)[::-1] if setting_at(e, p) != e.initial)
    set_to(page, slug, places)
    picture, readouts = state_of(page, slug)
    assert picture != before[0] and dict(readouts) == e.readouts_at(setting_at(e, places))
    # The link leads to the same setting in the chapter.
    wanted = "".join(f"&{c.name}={quote(c.texts[places[c.name]], safe=SAFE)}" for c in e.controls)
    assert page.locator(".kl-chapter").get_attribute("href").endswith(f"{page_of(slug)}#{slug}{wanted}")


#: What encodeURIComponent leaves as it is.
SAFE = "!'()*"


#: A page that keeps what its frames tell it, and does as it is told.
PARENT = """<!doctype html><meta charset="utf-8"><title>Parent</title><style>body { margin: 0 }</style>
<script>
const told = []
addEventListener('message', (event) => {
  const f = [...document.querySelectorAll('iframe')].find((f) => f.contentWindow === event.source)
  told.push([f.name, event.data, event.origin])
  if (event.data.type === 'klbook.height' && OBEYS) f.height = event.data.height + MORE
})
</script>
FRAMES
"""


@pytest.fixture
def parent(tmp_path, visit):
    """Open a page elsewhere, a file, with frames in it."""

    def open_page(frames, obeys=False, more=0, **options):
        text = PARENT.replace("FRAMES", frames).replace("OBEYS", json.dumps(obeys)).replace("MORE", str(more))
        path = tmp_path / "parent.html"
        path.write_text(text, encoding="utf-8")
        page = visit(**options).page
        # A busy machine takes its time over as many frames as the book has explorers.
        page.set_default_timeout(180_000)
        page.goto(path.as_uri())
        for frame in page.frames[1:]:
            frame.wait_for_selector("[data-ready]")
        return page

    return open_page


def until(frame, true):
    """Wait in a page whose policy forbids what Playwright waits with."""
    frame.evaluate(
        f"async () => {{ for (let k = 0; !({true}); k++) {{\n"
        f"  if (k === 400) throw new Error(`not so after ten seconds: {true}`)\n"
        "  await new Promise((go) => setTimeout(go, 25)) } }"
    )


def framed(address, slug, setting="", more=SANDBOX, size='width="800" height="520"'):
    return (
        f'<iframe name="{slug}" src="{escape(address)}{slug}.html{escape(setting)}" {size} {more}></iframe>'
    )


@pytest.mark.parametrize("where", ["served", "folder"])
def test_it_moves_in_a_frame_that_may_only_run_scripts(parent, address, where):
    slugs = ["two-ways", "lottery-pot", "bregman-ternary"]
    base = f"{address}embed/" if where == "served" else f"{EMBED.as_uri()}/"
    page = parent("".join(framed(base, slug) for slug in slugs))
    for frame, slug in zip(page.frames[1:], slugs, strict=True):
        assert frame.evaluate("origin") == "null"
        e = one(slug)
        control = frame.locator(f".kl-controls [name='{e.controls[0].name}']")
        control.focus()
        at = int(control.input_value())
        page.keyboard.press("ArrowDown" if e.controls[0].kind == "select" else "ArrowRight")
        places = {c.name: c.start for c in e.controls} | {e.controls[0].name: at + 1}
        assert dict(state_of(frame, slug)[1]) == e.readouts_at(setting_at(e, places))
        until(frame, "location.hash !== ''")  # and so the setting is kept when the frame is loaded anew


def test_a_handle_is_dragged_in_a_frame(parent, address):
    page = parent(framed(f"{address}embed/", "bregman-ternary"))
    frame = page.frames[1]
    before = state_of(frame, "bregman-ternary")
    ring = frame.locator(".kl-handle circle").bounding_box()
    page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    page.mouse.down()
    page.mouse.move(ring["x"] + 60, ring["y"] - 40, steps=4)
    page.mouse.up()
    assert state_of(frame, "bregman-ternary") != before


def test_its_height_is_told_in_each_of_the_usual_ways(parent, address):
    page = parent(framed(f"{address}embed/", "two-ways"))
    page.wait_for_function("told.length >= 6")  # as soon as it is there, and again when it is loaded
    page.wait_for_timeout(300)
    told = page.evaluate("told")
    (plain,) = {message["height"] for _, message, _ in told if "type" in message}
    assert plain > 520, "it is higher than its frame"
    ways = [
        json.dumps({"subject": "lti.frameResize", "height": plain}, separators=(",", ":")),
        {"subject": "lti.frameResize", "height": plain},
        {"type": "klbook.height", "slug": "two-ways", "height": plain},
    ]
    assert [message for _, message, _ in told] == ways * 2
    assert {origin for *_, origin in told} == {"null"}


@pytest.mark.parametrize("width", [340, 800])
@pytest.mark.parametrize("more", [0, 17])
def test_pages_that_do_as_they_are_told_come_to_rest(parent, address, width, more):
    """All of the book in one page: each has the height that it asks for, and asks for no other."""
    slugs = list(FIGURES)
    if more:
        slugs = slugs[::8]
    size = f'width="{width}" height="150"'
    page = parent(
        "".join(framed(f"{address}embed/", slug, size=size) for slug in slugs), obeys=True, more=more
    )
    page.wait_for_function("n => new Set(told.map(([name]) => name)).size === n", arg=len(slugs))
    page.wait_for_load_state()
    page.wait_for_function(
        """() => {
          const n = told.length, rest = window.rest ??= {n: -1, since: 0}
          if (rest.n !== n) Object.assign(rest, {n, since: performance.now()})
          return performance.now() - rest.since > 600
        }"""
    )
    heights = {}
    for slug, message, _ in page.evaluate("told"):
        if "type" in message:
            heights.setdefault(slug, []).append(message["height"])
    for frame, slug in zip(page.frames[1:], slugs, strict=True):
        asked = heights[slug]
        assert len(asked) <= 2 and len(set(asked)) == 1, (slug, asked)
        # Browsers do not lay out what is far from the window.
        page.locator(f"iframe[name='{slug}']").scroll_into_view_if_needed()
        until(frame, f"document.documentElement.clientHeight === {asked[0] + more}")
        inside = frame.evaluate("(e => [e.scrollHeight, e.clientWidth])(document.documentElement)")
        assert inside == [asked[0] + more, width], slug
        # No gap either, once it has been laid out: it is as high as what is in it.
        until(frame, f"Math.abs(document.querySelector('.kl-explorer').scrollHeight - {asked[0]}) <= 1")


def test_another_width_is_another_height_and_a_note_makes_room_for_itself(parent, address):
    page = parent(framed(f"{address}embed/", "two-ways"), obeys=True)
    page.wait_for_function("told.length >= 6")
    last = "told.at(-1)[1].height"
    wide = page.evaluate(last)
    page.evaluate("document.querySelector('iframe').width = 340")
    page.wait_for_function(f"{last} !== {wide}")
    page.evaluate("document.querySelector('iframe').width = 800")
    page.wait_for_function(f"{last} === {wide}")
    page.frames[1].evaluate("location.hash = '#two-ways&p=17'")
    page.wait_for_function(f"{last} > {wide}")
    page.frames[1].evaluate("location.hash = '#two-ways&p=0.5'")
    page.wait_for_function(f"{last} === {wide}")


def note_of(frame):
    return " ".join(frame.locator(".kl-note:visible").all_inner_texts())


@pytest.mark.parametrize(
    ("address_of_it", "setting", "said"),
    [
        ("#two-ways&p=0.5&q=0.02", {"p": 0.5, "q": 0.02}, ""),
        ("?theme=dark#two-ways&amp;q=2e-2", {"q": 0.02}, ""),
        ("#two-ways", {}, ""),
        (
            "#two-ways&p=17&nonsense=1",
            {},
            "The link asks for p = 17, nonsense = 1, which is not to be had here",
        ),
        (
            "#p=0.5",
            {},
            "The address asks for p=0.5, where a setting of this explorer begins with #two-ways&.",
        ),
        ("#surprise-bars&p=0.5", {}, "The address asks for surprise-bars, where a setting"),
        ("?theme=blue", {}, "The address asks for theme = blue, where it can be light or dark."),
        ("#100%", {}, "The address asks for 100%"),
    ],
)
def test_it_is_set_by_its_address_or_says_what_is_wrong(parent, address, address_of_it, setting, said):
    page = parent(framed(f"{address}embed/", "two-ways", address_of_it))
    e = one("two-ways")
    assert dict(state_of(page.frames[1], "two-ways")[1]) == e.readouts_at(e.initial | setting)
    assert note_of(page.frames[1]).startswith(said) and bool(note_of(page.frames[1])) == bool(said)


@pytest.mark.parametrize("more", [SANDBOX, ""])
def test_it_takes_neither_the_place_nor_the_focus_of_the_page_around_it(visit, address, more):
    """Also where it is of the same origin, and when the page sets it anew."""
    v = visit()
    frame = framed(f"{address}embed/", "two-ways", "#two-ways&p=0.5", more)
    html = f"<p style='height: 3000px'><button>here</button></p>{frame}"
    v.page.route("**/around.html", lambda route: route.fulfill(body=html, content_type="text/html"))
    page = v.open("around.html", ready=False)
    page.frames[1].wait_for_selector("[data-ready]")
    page.wait_for_load_state()
    page.locator("button").focus()
    for setting in ("p=0.1", "p=0.5"):
        page.evaluate(
            f"f => f.src = f.src.replace(/#.*/, '#two-ways&{setting}')",
            page.locator("iframe").element_handle(),
        )
        until(page.frames[1], f"document.querySelector('.kl-chapter').href.includes('{setting}')")
    page.wait_for_timeout(200)
    assert page.evaluate("[scrollY, document.activeElement.tagName]") == [0, "BUTTON"]


@pytest.mark.parametrize("system", ["light", "dark"])
@pytest.mark.parametrize("asked", ["", "?theme=light", "?theme=dark"])
def test_it_has_the_theme_of_the_system_or_the_one_that_is_asked_for(visit, address, system, asked):
    page = visit(color_scheme=system).open(f"embed/two-ways.html{asked}")
    paper = "getComputedStyle(document.querySelector('.kl-explorer')).backgroundColor"
    ground = "getComputedStyle(document.documentElement).backgroundColor"
    dark = (asked or system).endswith("dark")
    wanted = "rgb(20, 24, 30)" if dark else "rgb(255, 255, 255)"
    assert page.evaluate(paper) == page.evaluate(ground) == wanted
    if not asked:
        other = "light" if dark else "dark"
        page.emulate_media(color_scheme=other)
        until(page, f"{paper} !== '{wanted}'")


def test_its_link_opens_the_chapter_at_the_same_setting(visit):
    v = visit()
    page = v.open("embed/two-ways.html#two-ways&p=0.5&q=0.02")
    if HOME:  # which is not here
        link = page.locator(".kl-chapter")
        link.evaluate("(link, to) => { link.href = link.href.replace(...to) }", [HOME, v.address])
    with page.context.expect_page() as opened:
        page.locator(".kl-chapter").click()
    chapter = opened.value
    chapter.wait_for_selector("[data-explorer='two-ways'][data-ready]")
    e = one("two-ways")
    assert dict(state_of(chapter, "two-ways")[1]) == e.readouts_at({"p": 0.5, "q": 0.02})


def test_where_no_page_can_be_opened_its_address_is_said(visit, tmp_path, address):
    path = tmp_path / "parent.html"
    path.write_text(framed(f"{address}embed/", "two-ways", "#two-ways&p=0.5"), encoding="utf-8")
    v = visit()
    page = v.page
    page.goto(path.as_uri())
    page.frames[1].wait_for_selector("[data-ready]")
    page.frames[1].locator(".kl-chapter").click()
    assert f"{HOME or address}{page_of('two-ways')}#two-ways&p=0.5&q=" in note_of(page.frames[1])
    (blocked,) = v.complaints  # what Chromium says of it
    assert "sandboxed" in blocked
    v.complaints.clear()


def embed_code(page, slug):
    page.locator(f"[data-explorer='{slug}'] .kl-embed").click()
    page.locator(f"[data-explorer='{slug}'] .kl-said").wait_for(state="visible")


@pytest.mark.parametrize("slug", ["two-ways", "lottery-fortune", "first-look"])
def test_the_code_to_embed_it_shows_the_present_setting_in_another_page(visit, tmp_path, slug):
    e = one(slug)
    v = visit(permissions=["clipboard-read", "clipboard-write"])
    page = v.open(page_of(slug))
    places = some_places(e)[1]
    set_to(page, slug, places)
    embed_code(page, slug)
    assert page.locator(f"[data-explorer='{slug}'] .kl-said").inner_text().endswith("copied.")
    code = page.evaluate("navigator.clipboard.readText()")
    frame = BeautifulSoup(code, "html.parser").iframe
    pairs = "".join(f"&{c.name}={quote(c.texts[places[c.name]], safe=SAFE)}" for c in e.controls)
    assert frame["src"] == f"{v.address}embed/{slug}.html#{slug}{pairs}"
    assert {k: v for k, v in frame.attrs.items() if k not in ("src", "style")} == {
        "title": e.title,
        "width": "800",
        "height": "520",
        "sandbox": POPUPS.split() if isinstance(frame["sandbox"], list) else POPUPS,
        "loading": "lazy",
    }
    (tmp_path / "other.html").write_text(f"<!doctype html><p>Another page</p>{code}", encoding="utf-8")
    other = visit().page
    other.goto((tmp_path / "other.html").as_uri())
    other.frames[1].wait_for_selector("[data-ready]")
    assert dict(state_of(other.frames[1], slug)[1]) == e.readouts_at(setting_at(e, places))
    assert note_of(other.frames[1]) == ""
    with other.expect_popup() as opened:
        other.frames[1].locator(".kl-chapter").click()
    assert urlsplit(opened.value.url).fragment.startswith(f"{slug}&")


def test_without_a_clipboard_the_code_can_be_selected(visit):
    v = visit()
    v.page.add_init_script("Object.defineProperty(Navigator.prototype, 'clipboard', {value: undefined})")
    page = v.open(page_of("two-ways"))
    embed_code(page, "two-ways")
    field = page.locator("[data-explorer='two-ways'] .kl-said input")
    assert field.input_value().startswith(f'<iframe src="{v.address}embed/two-ways.html#two-ways&amp;p=')
    assert page.evaluate("getSelection().toString()") == field.input_value()
    assert field.evaluate("f => f === document.activeElement && f.readOnly")
    page.locator("[data-explorer='two-ways'] .kl-copy").click()
    assert field.input_value() == page.evaluate("location.href")
    page.emulate_media(media="print")
    assert not field.is_visible()
    assert not page.locator("[data-explorer='two-ways'] .kl-embed").is_visible()


def test_without_javascript_the_picture_is_there(visit):
    page = visit(java_script_enabled=False).open("embed/two-ways.html", ready=False)
    box = page.locator("svg[role=img]").bounding_box()
    assert box["width"] > 300 and one("two-ways").caption in page.inner_text("body")
    assert "The sliders need JavaScript" in page.inner_text("body")


def test_it_has_the_names_and_roles_of_the_chapter(reading):
    page = reading("embed/two-ways.html")
    assert page.get_by_role("group", name=one("two-ways").title).count() == 1
    assert page.get_by_role("img", name=one("two-ways").title).count() == 1
    for c in one("two-ways").controls:
        assert control_of(page, "two-ways", c).is_enabled()
    assert page.locator(".kl-code, .kl-late, .kl-copy, .kl-embed").count() == 0
