"""Every page of the built site: nothing from elsewhere, nothing broken, in both themes and on a phone."""

import json
import re
from html import unescape
from io import BytesIO
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from bs4 import BeautifulSoup
from conftest import PAGES, SITE
from fontTools.ttLib import TTFont

from klbook.explorers.palette import COLOURS
from klbook.site.fonts import ICONS

SHOTS = SITE.parent / "shots"

THEMES = ["light", "dark"]


@pytest.fixture
def unfolded(reading):
    """A page with all that is folded open, as long as the test takes."""
    opened = []

    def at(path, **options):
        page = reading(path, **options)
        opened.append(page)
        page.evaluate(
            """async () => {
              window.unfolded = [...document.querySelectorAll('article details:not([open])')]
              for (const fold of unfolded) fold.open = true
              await Promise.all(document.getAnimations().map(moving => moving.finished))  // some fade in
            }"""
        )
        return page

    yield at
    for page in opened:
        page.evaluate("() => { for (const fold of window.unfolded) fold.open = false }")


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_accessibility(unfolded, path, theme):
    page = unfolded(path, theme=theme)
    # Only colours differ in the dark theme.
    rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if theme == "dark" else {}
    options = {"preload": False, "resultTypes": ["violations"], **rules}
    # The code of the figures is left out: axe would look at each word, many thousands of them.
    context = {"exclude": [[".kl-code .highlight"]]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    assert not {v["id"]: [n["target"] for n in v["nodes"]] for v in found}


@pytest.mark.parametrize("path", PAGES)
def test_no_formula_is_left_as_it_was_typed(reading, path):
    """In a title of the bibliography nothing makes formulas of what stands between dollars."""
    shown = reading(path).locator("article").inner_text()
    assert not re.findall(r"\$[^$\n]{1,40}\$|\\[a-z]+\{", shown)


@pytest.mark.parametrize("path", PAGES)
def test_no_traceback_and_no_third_party(path):
    text = (SITE / path).read_text(encoding="utf-8")
    assert "Traceback" not in text and "application/vnd.jupyter" not in text
    # The canonical address only says something.
    loads = re.findall(
        r'<(?:script|link(?! rel="canonical")|img|iframe|source)[^>]*(?:src|href)="([^"]*)"', text
    )
    assert loads and not [url for url in loads if re.match(r"(https?:)?//", url)]


@pytest.mark.parametrize(("theme", "width"), [("light", 1200), ("dark", 360)])
@pytest.mark.parametrize("path", PAGES)
def test_fits_and_can_be_looked_at(reading, path, theme, width):
    """No sideways scrolling; screenshots land in _build/shots."""
    page = reading(path, theme=theme, viewport={"width": width, "height": 800})
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"{Path(path).stem}-{theme}-{width}.jpg", full_page=True, quality=85)
    for picture in page.locator(".kl-explorer svg[role=img]").all():
        label = picture.get_attribute("aria-labelledby")
        assert page.locator(f"#{label}").inner_text().strip()


def test_the_themes_differ_in_every_colour_of_a_picture(reading):
    def colours(theme):
        page = reading("index.html", theme=theme)
        return page.evaluate(
            """names => { const style = getComputedStyle(document.querySelector('.kl-explorer'))
                          return names.map(n => style.getPropertyValue('--kl-' + n)) }""",
            list(COLOURS),
        )

    light, dark = colours("light"), colours("dark")
    assert all(light) and all(a != b for a, b in zip(light, dark, strict=True))


@pytest.mark.parametrize("path", PAGES)
def test_works_from_a_folder(reading, path):
    """file://, as from a downloaded archive."""
    page = reading(path, base=f"file://{SITE}/")
    assert not page.locator("[data-error]").count()
    for root in page.locator("[data-explorer]").all():
        before = root.locator("output").first.inner_text(), root.locator("svg[role=img]").inner_html()
        control = root.locator("input").first
        control.focus()
        page.keyboard.press("End" if control.input_value() == "0" else "Home")
        assert before != (
            root.locator("output").first.inner_text(),
            root.locator("svg[role=img]").inner_html(),
        )


@pytest.mark.parametrize("path", [p for p in PAGES if "<math" in (SITE / p).read_text(encoding="utf-8")])
def test_formulas_need_no_script_and_are_drawn_with_the_books_font(visit, path):
    v = visit(java_script_enabled=False)
    with v.page.expect_request("**/formulas.woff2"):  # asked for when the page has been laid out
        page = v.open(path, ready=False)
    page.wait_for_load_state("networkidle")
    boxes = page.locator("math").evaluate_all(
        "all => all.filter(m => m.checkVisibility()).map(m => m.getBoundingClientRect())"
        ".map(box => [box.width, box.height])"
    )
    written = BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser").select("article math")
    assert len(boxes) == sum(not formula.find_parent("details") for formula in written) > 0
    assert min(width for width, _ in boxes) > 2 and min(height for _, height in boxes) > 5


def test_every_sign_of_a_formula_is_in_the_font_that_was_cut():
    """Browsers draw what is missing with another font, or, as WebKit does with what it stretches, not at all."""
    font = TTFont(BytesIO((SITE / "_static" / "formulas.woff2").read_bytes()))
    there = set(font.getBestCmap())
    used, slanted = set(), set()
    for path in PAGES:
        for formula in re.findall(r"<math.*?</math>", (SITE / path).read_text(encoding="utf-8"), flags=re.S):
            plain = re.sub(r"<annotation.*?</annotation>", "", formula, flags=re.S)
            used |= set(unescape(re.sub(r"<[^>]*>", "", plain)))
            used |= {"√"} if "<msqrt" in plain else set()
            slanted |= set(re.findall(r"<mi>([a-zA-Z])</mi>", plain))
    assert len(used) > 80 and len(slanted) > 20
    # Spaces, and signs that are not seen.
    missing = {c for c in used if not c.isspace() and c not in "\u2061\u2063"} - set(map(chr, there))
    assert not missing
    # U+1D44E is the slanted a, U+1D434 the slanted A; the h is elsewhere.
    for letter in slanted - {"h"}:
        first = 0x1D44E - ord("a") if letter.islower() else 0x1D434 - ord("A")
        assert first + ord(letter) in there, letter
    # What is made larger is: brackets and sums in several sizes, arrows of any length.
    larger = set(font["MATH"].table.MathVariants.VertGlyphCoverage.glyphs)
    larger |= set(font["MATH"].table.MathVariants.HorizGlyphCoverage.glyphs)
    stretched = used & set("()[]∥∣⌈⌉∑∫⏟√")
    assert len(stretched) > 8
    names = font.getBestCmap()
    assert not {c for c in stretched if names[ord(c)] not in larger}


@pytest.mark.parametrize("path", [p for p in PAGES if "<mtable" in (SITE / p).read_text(encoding="utf-8")])
def test_aligned_formulas_meet_at_their_signs(reading, path):
    """What is in an odd column ends where the column ends, and what is in an even one begins where it begins."""
    page = reading(path)
    page.evaluate("document.querySelectorAll('article details').forEach((fold) => { fold.open = true })")
    cells = page.locator("mtable[columnalign] mtd:not(:has(> mstyle > mrow:only-child:empty))").evaluate_all(
        """cells => cells.map((cell) => {
             const odd = [...cell.parentElement.children].indexOf(cell) % 2 === 0
             const [outer, inner] = [cell, cell.firstElementChild].map((e) => e.getBoundingClientRect())
             return [odd, odd ? outer.right - inner.right : inner.left - outer.left, inner.width, cell.textContent]
           })"""
    )
    assert cells and all(width > 0 for _, _, width, _ in cells)
    assert [cell for cell in cells if abs(cell[1]) > 1] == []


def test_every_icon_is_in_the_font_that_was_cut():
    shown = set()
    pages = [p for p in SITE.rglob("*.html") if not p.name.startswith("broken-")]
    for path in pages:
        for classes in re.findall(r'class="([^"]*fa-solid[^"]*)"', path.read_text(encoding="utf-8")):
            shown |= set(re.findall(r"fa-([\w-]+)", classes)) - {"solid", "lg", "fw"}
    assert shown and shown <= set(ICONS)


def test_only_the_search_page_loads_the_search():
    loads = [
        path.name
        for path in (SITE / "search.html", *(SITE / p for p in PAGES))
        if re.search(r'<script[^>]*src="[^"]*searchindex.js', path.read_text(encoding="utf-8"))
    ]
    assert loads == ["search.html"]


@pytest.mark.parametrize("path", PAGES)
def test_no_script_for_what_a_page_does_not_have(path):
    page = BeautifulSoup((SITE / path).read_text(encoding="utf-8"), "html.parser")
    sources = [script.get("src", "") for script in page.select("script")]
    for script, moves in {
        "design-tabs.js": ".sd-tab-set",
        "togglebutton.js": "article .toggle, article .dropdown",
    }.items():
        assert any(script in source for source in sources) == bool(page.select(moves))


def test_search_finds_a_chapter(visit):
    page = visit().open("search.html?q=surprisal", ready=False)
    page.wait_for_selector("#search-results li a")
    assert any("Expected surprise" in t for t in page.locator("#search-results li").all_inner_texts())


@pytest.mark.parametrize("word", ["surprise", "picture", "slider"])
def test_results_of_the_search_quote_sentences(visit, word):
    """Not the words for readers without JavaScript, nor the code or the numbers of a picture."""
    page = visit().open(f"search.html?q={word}", ready=False)
    page.wait_for_selector("#search-results li p.context")
    page.wait_for_load_state("networkidle")
    quoted = page.locator("#search-results li p.context").all_inner_texts()
    assert len(quoted) > 3
    for text in quoted:
        for other in ("JavaScript", "def ", "panel.", "Copy link", "How this picture", "Contents"):
            assert other not in text, text


def test_code_of_the_pictures_is_not_what_the_search_finds():
    index = (SITE / "searchindex.js").read_text(encoding="utf-8")
    index = json.loads(re.search(r"Search\.setIndex\((.*)\)", index, flags=re.S)[1])

    def pages_with(stem):
        found = index["terms"].get(stem, [])
        return {index["docnames"][k] for k in ([found] if isinstance(found, int) else found)}

    assert len(pages_with("surpris")) > 5
    assert not pages_with("set_data") | pages_with("add_patch") | pages_with("set_xdata")
    assert pages_with("javascript") <= {"chapters/accessibility"}


@pytest.mark.parametrize("scheme", THEMES)
def test_who_has_not_chosen_gets_the_theme_of_the_system(visit, scheme):
    """At once, and without a word in the console, which the end of every visit looks at."""
    v = visit(color_scheme=scheme)
    v.context.route("**/pydata-sphinx-theme.js*", lambda route: route.abort())
    page = v.open("chapters/about.html")
    assert page.evaluate("document.documentElement.dataset.theme") == scheme
    v.context.unroute("**/pydata-sphinx-theme.js*")
    v.complaints.clear()  # of the script that was held back
    page.reload()
    page.wait_for_load_state("networkidle")
    assert page.evaluate("document.documentElement.dataset") == {
        "content_root": "../",
        "theme": scheme,
        "mode": "auto",
    }


#: What readers set who need it larger or wider apart: WCAG 2.2, 1.4.4, 1.4.10 and 1.4.12.
READERS = {
    "320 pixels": (320, ""),
    "text twice as large": (640, "html { font-size: 200% !important }"),
    "text spacing": (
        320,
        "* { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }"
        "p { margin-bottom: 2em !important }",
    ),
}


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("path", [*PAGES, "search.html"])
def test_no_page_scrolls_sideways(reading, path, reader):
    width, css = READERS[reader]
    page = reading(path, viewport={"width": width, "height": 800})
    style = page.add_style_tag(content=css or "/* as it is */")
    wide = page.evaluate("document.scrollingElement.scrollWidth")
    style.evaluate("style => style.remove()")
    assert wide <= width


#: What a focused element shows that it does not show without the focus.
FOCUS = """() => {
  const e = document.activeElement
  if (!e || e === document.body) return null
  const look = () => [e, e.closest('.sd-card')].filter(Boolean).map((one) => {
    const style = getComputedStyle(one)
    const shadow = style.boxShadow === 'none' ? '' : style.boxShadow
    return [style.outlineStyle === 'none' ? '' : style.outlineWidth + style.outlineColor, SHADOW ? shadow : '']
  })
  const name = e.outerHTML.slice(0, 120)
  const with_ring = look()
  const ring = with_ring.some(([outline]) => outline && parseFloat(outline) >= 2)
  e.blur()
  const without = look()
  e.focus({focusVisible: true, preventScroll: true})
  return [name, ring || (SHADOW && JSON.stringify(with_ring) !== JSON.stringify(without))]
}"""


@pytest.mark.parametrize("forced", ["none", "active"])
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", ["index.html", "chapters/expected-surprise.html", "search.html?q=surprise"])
def test_what_the_keyboard_reaches_is_seen(visit, path, theme, forced):
    """Where the system sets the colours, a shadow is not drawn: only an outline counts."""
    v = visit(forced_colors=forced)
    v.page.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    page = v.open(path)
    page.add_style_tag(content="* { transition: none !important; animation: none !important }")
    unseen, reached = [], 0
    focus = FOCUS.replace("SHADOW", "true" if forced == "none" else "false")
    for _ in range(400):
        page.keyboard.press("Tab")
        found = page.evaluate(focus)
        if found is None:
            break
        reached += 1
        if not found[1]:
            unseen.append(found[0])
    assert reached > 15 and unseen == []


#: Texts outside of the explorers whose contrast with what is behind them is below 4.5.
PALE = r"""() => {
  const parts = (colour) => (colour.match(/[\d.]+/g) || []).map(Number)
  const light = (rgb) => {
    const linear = rgb.map((c) => (c /= 255) <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4)
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2] + 0.05
  }
  const behind = (e) => {
    for (let at = e; at; at = at.parentElement) {
      const [r, g, b, a = 1] = parts(getComputedStyle(at).backgroundColor)
      if (a > 0.5) return [r, g, b]
    }
    return parts(getComputedStyle(document.body).backgroundColor).slice(0, 3)
  }
  const words = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  const pale = []
  let count = 0
  while (words.nextNode()) {
    const e = words.currentNode.parentElement
    if (!words.currentNode.data.trim() || e.closest('.kl-explorer, .kl-thumbnail, script, style, noscript')) continue
    if (!e.checkVisibility({opacityProperty: true, visibilityProperty: true})) continue
    count += 1
    const [a, b] = [light(parts(getComputedStyle(e).color).slice(0, 3)), light(behind(e))].sort((x, y) => y - x)
    if (a / b < 4.5) pale.push(e.outerHTML.slice(0, 100))
  }
  return count > 50 ? pale : ['nothing to read']
}"""


@pytest.mark.parametrize("scheme", THEMES)
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(
    "path", ["index.html", "chapters/expected-surprise.html", "chapters/bibliography.html"]
)
def test_where_the_system_sets_the_colours_the_page_can_be_read(visit, path, theme, scheme):
    """The reader's theme may be the other one."""
    v = visit(forced_colors="active", color_scheme=scheme)
    v.page.add_init_script(
        f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
    )
    page = v.open(path)
    assert page.evaluate("matchMedia('(forced-colors: active)').matches")
    pale = page.evaluate(PALE)
    assert pale == []
    assert page.locator("math").count() == 0 or page.locator("math mi").first.evaluate(
        "(e) => getComputedStyle(e).color === getComputedStyle(document.body).color"
    )


@pytest.mark.parametrize("path", PAGES)
def test_footer_names_licence_version_and_how_to_cite(reading, path):
    joined = " ".join(reading(path).locator("footer").all_inner_texts())
    assert "CC BY 4.0" in joined and "MIT" in joined and "Version 0.1.0" in joined and "cite" in joined


def test_internal_links_lead_somewhere(visit):
    """Anchors, too: Sphinx checks the links that it makes, this checks what came out."""
    ids = {p: set(re.findall(r'\sid="([^"]+)"', (SITE / p).read_text(encoding="utf-8"))) for p in PAGES}
    checked = 0
    for path in PAGES:
        for href in re.findall(r'<a [^>]*href="([^"]*)"', (SITE / path).read_text(encoding="utf-8")):
            if re.match(r"[a-z]+:", href) or href == "#":
                continue
            file, _, anchor = href.partition("#")
            target = (SITE / path).parent.joinpath(file).resolve() if file else SITE / path
            assert target.exists(), (path, href)
            name = target.relative_to(SITE.resolve()).as_posix()
            if anchor and name in ids:
                assert anchor.split("&")[0] in ids[name], (path, href)
                checked += 1
    assert checked > 20


def test_every_chapter_has_a_card_with_its_first_explorer(visit):
    page = visit().open("index.html")
    chapters = [p for p in PAGES if 'class="kl-title"' in (SITE / p).read_text(encoding="utf-8")]
    chapters.remove("index.html")
    linked = [card.get_attribute("href") for card in page.locator(".sd-card a.sd-stretched-link").all()]
    assert sorted(linked) == sorted(chapters) and page.locator(".sd-card").count() == len(chapters)
    for card in page.locator(".sd-card").all():
        path = card.locator("a.sd-stretched-link").get_attribute("href")
        first = re.search(r'data-explorer="([\w-]+)"', (SITE / path).read_text(encoding="utf-8"))[1]
        assert f"thumb-{first}-" in card.locator(".kl-thumbnail svg").inner_html()
