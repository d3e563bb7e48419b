"""Every page of the built site: nothing from elsewhere, nothing broken, in both themes and on a phone."""

import json
import re
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from conftest import PAGES, SITE

from klbook.explorers.palette import COLOURS
from klbook.site.fonts import ICONS

BASELINE = json.loads((Path(__file__).parent / "axe_baseline.json").read_text(encoding="utf-8"))
SHOTS = SITE.parent / "shots"

THEMES = ["light", "dark"]


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("path", PAGES)
def test_accessibility(reading, path, theme):
    """axe finds nothing beyond the baseline, which says of each rule why it is there."""
    page = reading(path, theme=theme)
    # Only colours differ in the dark theme.
    rules = {"runOnly": ["color-contrast", "link-in-text-block"]} if theme == "dark" else {}
    options = {"preload": False, "resultTypes": ["violations"], **rules}
    # The code of the figures is folded, so axe has nothing to say of it, but would look at each word.
    context = {"exclude": [[".kl-code .highlight"]]}
    found = Axe().run(page, context=context, options=options).response["violations"]
    beyond = {v["id"]: [n["target"] for n in v["nodes"] if not allowed(v["id"], n)] for v in found}
    assert not {rule: nodes for rule, nodes in beyond.items() if nodes}


def allowed(rule, node):
    return any(rule == b["rule"] and b["part"] in node["html"] for b in BASELINE)


@pytest.mark.parametrize("path", PAGES)
def test_no_traceback_and_no_third_party(path):
    text = (SITE / path).read_text(encoding="utf-8")
    assert "Traceback" not in text and "application/vnd.jupyter" not in text
    loads = re.findall(r'<(?:script|link|img|iframe|source)[^>]*(?:src|href)="([^"]*)"', text)
    assert loads and not [url for url in loads if re.match(r"(https?:)?//", url)]


@pytest.mark.parametrize("width", [1200, 360])
@pytest.mark.parametrize("theme", THEMES)
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
    assert len(boxes) > 10
    assert min(width for width, _ in boxes) > 2 and min(height for _, height in boxes) > 5


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


def test_search_finds_a_chapter(visit):
    page = visit().open("search.html?q=surprisal", ready=False)
    page.wait_for_selector("#search-results li a")
    assert any("Expected surprise" in t for t in page.locator("#search-results li").all_inner_texts())


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
