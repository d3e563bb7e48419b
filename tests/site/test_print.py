"""Pages on paper: what a reader holds who printed a page, whatever the screen showed before. The PDF is read."""

import re
import unicodedata

import pypdfium2 as pdfium
import pypdfium2.raw as raw
import pytest
from conftest import PAGES, SITE

from klbook.site.printing import light_on_paper

CHAPTERS = [p for p in PAGES if 'class="kl-title"' in (SITE / p).read_text(encoding="utf-8")]


def bare(text):
    """Letters and signs only: where a line ends is up to the paper."""
    return re.sub(r"[\s\u200b\u2061\ufffe\x02-]", "", unicodedata.normalize("NFKC", text))


#: What is seen of a readout: a unit that all of them share stands behind the first only.
SEEN = """all => all.map(readout => {
  const hidden = new Set([...readout.querySelectorAll('span')].filter(e => getComputedStyle(e).opacity === '0'))
  const walk = document.createTreeWalker(readout, NodeFilter.SHOW_TEXT), texts = []
  while (walk.nextNode()) if (!hidden.has(walk.currentNode.parentNode)) texts.push(walk.currentNode.data)
  return texts.join('')
})"""


class Paper:
    def __init__(self, page, **options):
        self.document = pdfium.PdfDocument(page.pdf(**{"format": "A4", **options}))
        self.sheets = [bare(sheet.get_textpage().get_text_range()) for sheet in self.document]
        self.text = "".join(self.sheets)

    def colours(self):
        """Colour and opacity of every piece of text."""
        found = set()
        for sheet in self.document:
            for piece in sheet.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,), max_depth=9):
                parts = [raw.c_uint() for _ in range(4)]
                assert raw.FPDFPageObj_GetFillColor(piece.raw, *parts)
                found.add(tuple(part.value for part in parts))
        return found


def contrast_with_white(colour):
    """By the definition of WCAG 2.2, what is seen through taken for white."""
    *rgb, alpha = (part / 255 for part in colour)
    linear = []
    for part in (alpha * part + 1 - alpha for part in rgb):
        linear.append(part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
    red, green, blue = linear
    return 1.05 / (0.2126 * red + 0.7152 * green + 0.0722 * blue + 0.05)


@pytest.fixture(scope="session")
def printed():
    return {}


@pytest.fixture
def paper(reading, printed):
    """A page as it comes out of the printer."""

    def of(path, theme):
        if (path, theme) not in printed:
            printed[path, theme] = Paper(reading(path, theme=theme))
        return printed[path, theme]

    return of


def test_contrast_is_reckoned_as_by_its_definition():
    assert contrast_with_white((0, 0, 0, 255)) == pytest.approx(21)
    assert contrast_with_white((255, 255, 255, 255)) == pytest.approx(1)
    assert contrast_with_white((0x76, 0x76, 0x76, 255)) == pytest.approx(4.54, abs=0.005)  # the known limit
    assert contrast_with_white((0, 0, 0, 0)) == pytest.approx(1)


@pytest.mark.parametrize("path", PAGES)
def test_dark_screens_print_dark_on_white(paper, path):
    sheets = paper(path, "dark")
    pale = {colour for colour in sheets.colours() if contrast_with_white(colour) < 4.5}
    assert not pale
    for sheet in sheets.document:
        picture = sheet.render(scale=0.5, grayscale=True).to_numpy()
        assert (picture > 245).mean() > 0.6  # paper


def test_backgrounds_are_light_for_those_who_print_them(reading):
    sheets = Paper(reading(CHAPTERS[-1], theme="dark"), print_background=True, format="Letter")
    assert not {colour for colour in sheets.colours() if contrast_with_white(colour) < 4.5}
    for sheet in sheets.document:
        assert (sheet.render(scale=0.5, grayscale=True).to_numpy() > 235).mean() > 0.6


@pytest.mark.parametrize("path", CHAPTERS)
def test_both_themes_print_alike(paper, path):
    dark, light = paper(path, "dark"), paper(path, "light")
    assert dark.colours() == light.colours()
    assert dark.sheets == light.sheets


@pytest.mark.parametrize("path", CHAPTERS)
def test_no_explorer_lies_on_two_sheets(paper, reading, path):
    """Its title stands first in it and its caption last, with the picture, the numbers and the settings between."""
    page, sheets = reading(path, theme="dark"), paper(path, "dark")
    for root in page.locator(".kl-explorer").all():
        title = bare(root.locator(".kl-title").inner_text())
        caption = bare(root.locator("figcaption").inner_text())
        on = [sheet for sheet in sheets.sheets if title in sheet and caption in sheet.partition(title)[2]]
        assert len(on) == 1, (
            title,
            [title in s for s in sheets.sheets],
            [caption in s for s in sheets.sheets],
        )
        between = on[0].partition(title)[2].partition(caption)[0]
        for text in root.locator(".kl-readout").evaluate_all(SEEN):
            assert bare(text) in between
        for control in root.locator(".kl-control").all():
            assert f"{bare(control.locator('.kl-label').inner_text())}:" in between


@pytest.mark.parametrize("path", CHAPTERS)
def test_a_short_cell_of_code_lies_on_one_sheet(paper, reading, path):
    sheets = paper(path, "dark")
    for code in reading(path, theme="dark").locator(".cell_input pre").all():
        lines = [bare(line) for line in code.text_content().splitlines() if line.strip()]
        if len(lines) <= 12:
            assert any("".join(lines) in sheet for sheet in sheets.sheets), lines


@pytest.mark.parametrize("path", CHAPTERS)
def test_what_is_folded_is_printed(paper, reading, path):
    """Derivations, solutions, their code and the answers to questions; only the code of the pictures is not."""
    page = reading(path, theme="dark")
    folded = page.locator("article details:not(.kl-code) :is(p, pre)").evaluate_all(
        "all => all.filter((e) => !e.closest('.kl-explorer, summary') && !e.querySelector('math, button'))"
        ".map((e) => e.textContent)"
    )
    text = paper(path, "dark").text
    for paragraph in folded:
        sentences = re.split(r"(?<=[.?!]) ", paragraph)
        lost = [s for s in sentences if bare(s) not in text]
        # One that goes on on the next sheet may be cut by what stands at the foot of the first.
        assert len(lost) <= (len(sentences) > 1), lost
    assert len(folded) > 5 or path == "index.html"
    assert "Howthispictureisdrawn" not in text
    # And on the screen everything is folded again.
    assert page.locator("details[data-unfolded]").count() == 0


@pytest.mark.parametrize("path", ["index.html", "chapters/hypothesis-testing.html"])
def test_the_setting_is_printed(visit, path):
    page = visit().open(path)
    wanted = []
    for root in page.locator("[data-explorer]").all():
        for control in root.locator("input[type=range]").all():
            before = root.locator(".kl-now").all_inner_texts()
            control.focus()
            page.keyboard.press("Home" if control.input_value() == control.get_attribute("max") else "End")
            assert root.locator(".kl-now").all_inner_texts() != before
        for select in root.locator("select").all():
            select.select_option(index=select.locator("option").count() - 1)
        for control in root.locator(".kl-control").all():
            label = control.locator(".kl-label").inner_text()
            now = control.locator(".kl-now, option:checked").first.text_content()
            wanted.append(bare(f"{label}:{now}"))
        readouts = root.locator(".kl-readout")
        wanted += [bare(text) for text in readouts.evaluate_all(SEEN)]
        assert wanted[-readouts.count()] == bare(readouts.first.text_content())
    text = Paper(page).text
    assert wanted and [w for w in wanted if w not in text] == []
    assert "CopylinkReset" not in text and "ResetCopylink" not in text


@pytest.mark.parametrize("path", PAGES)
def test_the_foot_has_licence_version_and_address(paper, address, path):
    last = paper(path, "dark").sheets[-1]
    for words in ("CC BY 4.0", "MIT licence", "Version 0.1.0", f"Printed from {address}{path}"):
        assert bare(words) in last


def test_what_only_a_screen_can_use_is_not_printed(paper, reading):
    path = CHAPTERS[-1]
    page, text = reading(path, theme="dark"), paper(path, "dark").text
    for part in (".bd-sidebar-primary", ".bd-header-article", ".prev-next-footer"):
        words = bare(page.locator(part).first.text_content())
        assert words and words not in text
    assert "Skiptomaincontent" not in text and "Hidethe" not in text


def test_folds_open_without_the_style_sheet_too_and_close_again(visit):
    """In browsers that do not know ::details-content."""
    page = visit().open(CHAPTERS[1])
    folds = page.locator("article details:not(.kl-code)")
    folds.first.evaluate("fold => fold.open = true")
    count = folds.count()
    page.evaluate("dispatchEvent(new Event('beforeprint'))")
    assert count > 5 and page.locator("article details[open]").count() == count
    page.evaluate("dispatchEvent(new Event('afterprint'))")
    assert page.locator("article details[open]").count() == 1


def test_dark_rules_are_for_screens():
    css = """@charset "UTF-8";/* a {b} [data-theme=dark] */a{b:c}
    html[data-theme="dark"] p, i{color:#fff}
    @media (min-width:1px){html[data-theme=light] p{color:url("a/b;c")}}
    html[data-theme=dark] a,html[data-theme=light] a{d:e}"""
    changed = light_on_paper(css)
    assert changed.startswith('@charset "UTF-8";') and light_on_paper(changed) == changed
    assert "/* a {b} [data-theme=dark] */a{b:c}" in changed
    assert re.search(r'@media not print\{\s*html\[data-theme="dark"\] p, i\{color:#fff\}\}', changed)
    assert '@media print{html[data-theme=dark] p{color:url("a/b;c")}}}' in changed
    assert "html[data-theme=dark] a,html[data-theme=light] a{d:e}" in changed
    assert changed.count("{") == changed.count("}")
    assert light_on_paper("a{b:c}") == "a{b:c}"


def test_no_style_sheet_of_the_site_is_dark_on_paper():
    """What the browser makes of them is tested above; this names the file."""
    sheets = list((SITE / "_static").rglob("*.css"))
    dark = [s for s in sheets if "data-theme" in s.read_text(encoding="utf-8")]
    assert dark
    for sheet in dark:
        text = sheet.read_text(encoding="utf-8")
        assert light_on_paper(text) == text, sheet
