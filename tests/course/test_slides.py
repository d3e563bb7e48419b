"""Slides: what cells are marked for them, and the decks as a lecturer has them, in a browser and from a folder."""

import re

import nbformat
import pypdfium2
import pytest
from browser import launch
from nbformat.v4 import new_code_cell, new_markdown_cell, new_notebook, new_output
from playwright.sync_api import sync_playwright

from klbook.course import slides
from klbook.course.book import Book
from klbook.explorers.live import MIME
from klbook.site.solutions import CourseError

CHAPTERS = Book.read().chapters()
LARGE, SQUARE = {"width": 1280, "height": 720}, {"width": 1024, "height": 768}


# -- from cells to slides


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_chapter_gives_a_lecture(chapter):
    deck = slides.deck(slides.ROOT / "chapters" / f"{chapter}.ipynb")
    assert 8 <= len(deck) <= 14
    assert [deck[0].role, deck[1].role, deck[-1].role] == ["question", "guess", "take-away"]
    assert {slide.role for slide in deck} >= set(slides.REQUIRED)


def marked(*cells):
    """A chapter whose cells are marked: each a source or its outputs, and entries."""
    made = []
    for k, (content, *entries) in enumerate(cells):
        if isinstance(content, str):
            cell = new_markdown_cell(content)
        else:
            cell = new_code_cell("show()", outputs=content, metadata={"tags": ["remove-input"]})
        cell.id = f"cell-{k:02}"
        if entries:
            cell.metadata["slide"] = [{"role": e} if isinstance(e, str) else e for e in entries]
        made.append(cell)
    return new_notebook(cells=made)


def shown(**data):
    return [new_output("display_data", data={mime.replace("_", "/"): value for mime, value in data.items()})]


EXPLORER = [new_output("display_data", data={MIME: {"slug": "gentle-coin"}})]
WHOLE = [
    ("# A title\n\n## A story\n\nIt rains. And then?\n\n**Guess before you go on.** Much?",
     {"role": "question", "words": ["It rains. …"]}, "guess"),
    (EXPLORER, "explorer"),
    ('## A rule\n\nIt holds\nalways. No more.\n\n<div id="eq-a"></div>\n\n$$\nx\n$$\n\nIn words: it is x.',
     {"role": "idea", "words": ["It … always."]}, "formula"),
    (shown(text_markdown="**5** bits. And more."), "measured"),
    ("## Take away\n\n- one\n- two\n- three\n\n## Read on\n\n- four", "take-away"),
]  # fmt: skip


@pytest.fixture
def chapter(tmp_path):
    def write(cells):
        path = tmp_path / "my.ipynb"
        nbformat.write(marked(*cells), path)
        return path

    return write


def test_roles_find_what_they_are_named_after(chapter):
    question, guess, explorer, idea, formula, measured, last = slides.deck(chapter(WHOLE))
    assert (question.heading, question.html) == ("A title", "<p>It rains. And then?</p>\n")
    assert (guess.heading, guess.html) == ("Guess before you go on", "<p>Much?</p>\n")
    assert explorer.slug == "gentle-coin"
    assert (idea.heading, idea.html) == ("A rule", "<p>It holds\nalways.</p>\n")
    assert "<math" in formula.html and formula.html.endswith("<p>In words: it is x.</p>\n")
    assert measured.html == "<p><strong>5</strong> bits. And more.</p>\n"
    assert last.html.count("<li>") == 3


def changed(k, content, *entries):
    return [*WHOLE[:k], (content, *entries), *WHOLE[k + 1 :]]


def idea(*words, **more):
    return changed(2, "It holds. It holds always.", {"role": "idea", "words": [*words], **more})


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (changed(1, "Words.", "explorer"), "my.ipynb, cell cell-01, slide “explorer”: it shows no explorer"),
        (idea("It stands …"), "cell-02, slide “idea”: “It stands” does not stand there"),
        (idea("It holds …"), "“It holds” stands there 2 times; give more of its words"),
        (idea("It holds. … never."), "“never.” does not stand behind “It holds.”"),
        (idea("eq-b"), "no formula follows a label 'eq-b'"),
        (idea(), "it must say which words"),
        (idea("It holds. …", wrods=1), "an entry has no wrods; it has: more, result, role, words"),
        (changed(2, "x", {"role": "idea", "words": "x …"}), "\"words\" is 'x …', and must be a list of texts"),
        (changed(2, "x", {"role": "idea", "words": [7]}), '"words" is [7], and must be a list of texts'),
        (changed(2, "x", {"role": "idea", "more": "yes"}), "\"more\" is 'yes', and can be true or false"),
        (changed(2, "x", {"role": ["idea"]}), "there is no role ['idea']"),
        (changed(2, "x", "thought"), "there is no role 'thought'; there are: question, guess"),
        (changed(2, "x $y$", "formula"), "what is chosen is empty: a formula between $$"),
        (changed(0, "# A", "guess"), "there is no “**Guess before you go on.**” in it"),
        (changed(3, [], "measured"), "what is chosen is empty: a number is needed"),
        (changed(3, shown(text_markdown="No."), "measured"), "what is chosen is not a number"),
        (changed(3, "5 bits", "measured"), "comes out of code, and this is a cell of text"),
        (changed(4, "## Take away\n\n- one", "take-away"), "is not three lines “- …” below “## Take away”"),
        ([*WHOLE, (EXPLORER, "explorer")], "the explorer gentle-coin has a slide already"),
        ([("x", {"role": "idea", "words": ["x …"], "more": True})], "it has no slide to continue"),
        ([("# A title",)], "my.ipynb: no cell is marked for question, guess, explorer, idea, formula, measured"),
        (WHOLE[:-1], "my.ipynb: no cell is marked for take-away; CONTRIBUTING.md says how"),
    ],
)  # fmt: skip
def test_a_mark_that_finds_nothing_is_said_in_a_sentence(chapter, cells, said):
    with pytest.raises(CourseError) as error:
        slides.deck(chapter(cells))
    assert said in str(error.value) and "\n" not in str(error.value)


def test_a_chapter_that_is_not_there(capsys):
    with pytest.raises(SystemExit, match="there is no chapter gentle-end; there are: gentle-start, "):
        slides.main(["gentle-end"])


def test_a_damaged_chapter_is_named(tmp_path):
    (tmp_path / "my.ipynb").write_text("{")
    with pytest.raises(CourseError, match=r"^my\.ipynb: this is no notebook that can be read"):
        slides.deck(tmp_path / "my.ipynb")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--out", "file"], "file is a file and has to be a folder"),
        (["--out", "theirs"], "thesis in it was not written by this command"),
        (["--book", "javascript:alert(1)"], "--book is 'javascript:alert.*, which is not the address"),
    ],
)
def test_what_cannot_be_written_is_said_before_any_work(tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "file").write_text("kept")
    (tmp_path / "theirs").mkdir()
    (tmp_path / "theirs" / "thesis").write_text("kept")
    monkeypatch.setattr(slides, "deck", None)
    with pytest.raises(SystemExit, match=said):
        slides.main(["gentle-start", *(["--out", "new"] if "--out" not in arguments else []), *arguments])
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "theirs"]


def test_without_reveal_a_sentence_says_what_to_install(monkeypatch, tmp_path):
    monkeypatch.setattr(slides, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"install the extra: pip install -r requirements-course\.txt"):
        slides.main(["gentle-start", "--out", str(tmp_path / "out")])
    assert not (tmp_path / "out").exists()


# -- in a browser, from a folder


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    out = tmp_path_factory.mktemp("slides")
    slides.write(CHAPTERS, out, "../html/")
    return out


@pytest.fixture(scope="module")
def chromium():
    with sync_playwright() as playwright:
        browser = launch(playwright)
        yield browser
        browser.close()


@pytest.fixture
def visit(chromium, folder):
    """Open a deck; at the end nothing came from outside the folder, and nothing complained."""
    contexts, foreign, complaints = [], [], []

    def begin(chapter, place="", small=False, **options):
        contexts.append(chromium.new_context(**{"viewport": LARGE, **options}))
        page = contexts[-1].new_page()
        page.on("request", lambda r: r.url.startswith((folder.as_uri(), "data:")) or foreign.append(r.url))
        page.on("console", lambda m: complaints.append(m.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.goto(f"{folder.as_uri()}/{chapter}.html{place}")
        page.wait_for_function(
            "[...document.querySelectorAll('[data-explorer]')].every(e => 'ready' in e.dataset)"
        )
        if not small:
            page.wait_for_function("document.documentElement.dataset.deck === 'ready'")
        return page

    yield begin
    for context in contexts:
        context.close()
    assert foreign == []
    assert complaints == []


#: What of the slide that is shown is not whole: outside its box, cut off, too small, or under something else.
LOOK = """() => {
  const slide = document.querySelector('section.present .slide'), box = slide.getBoundingClientRect(), wrong = []
  const name = (e) => `${e.tagName} ${e.className} “${e.textContent.slice(0, 30)}”`
  const shown = (e) => e.checkVisibility() && !e.closest('.kl-alt, .kl-spoken, .kl-why, .kl-colon, annotation')
  for (const e of slide.querySelectorAll('*')) {
    if (!shown(e) || (e.closest('svg') && e.tagName !== 'svg')) continue
    const {left, top, right, bottom, width, height} = e.getBoundingClientRect()
    if (!width || !height) continue
    const inside = left > box.left - 1 && top > box.top - 1 && right < box.right + 1 && bottom < box.bottom + 1
    if (!inside) wrong.push(`outside: ${name(e)}`)
    const cut = e.matches('pre, .body, .kl-readout, math') && e.clientWidth && e.scrollWidth > e.clientWidth + 2
    if (cut) wrong.push(`cut off: ${name(e)}`)
    const words = [...e.childNodes].some((n) => n.nodeType === 3 && n.data.trim()) && !e.closest('svg, math')
    if (words && parseFloat(getComputedStyle(e).fontSize) < 24) wrong.push(`small: ${name(e)}`)
  }
  for (const svg of slide.querySelectorAll('.kl-stage svg')) {
    const size = 11.5 * svg.getBoundingClientRect().height / svg.viewBox.baseVal.height / (box.width / 1280)
    if (size < 13) wrong.push(`a picture whose words have ${size.toFixed(1)} px`)
  }
  const kinds = '.kl-stage, .kl-readouts, .kl-control, .kl-title, .kl-reset, h1, h2, .body, .foot'
  const parts = [...slide.querySelectorAll(kinds)].filter(shown).map((e) => [e, e.getBoundingClientRect()])
  const apart = (p, q) => p.left > q.right - 1 || p.top > q.bottom - 1
  for (const [a, p] of parts) for (const [b, q] of parts)
    if (a !== b && !apart(p, q) && !apart(q, p)) wrong.push(`${name(a)} lies on ${name(b)}`)
  return wrong
}"""


def index(page):
    """Which slide is shown, beginning with 0."""
    return page.evaluate("[...document.querySelectorAll('section')].findIndex(s => s.matches('.present'))")


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_every_slide_is_whole_and_legible_and_keys_turn_them(visit, chapter):
    page = visit(chapter)
    count, wrong = page.locator("section").count(), []
    for k in range(count):
        assert index(page) == k
        wrong += [f"slide {k + 1}: {what}" for what in page.evaluate(LOOK)]
        page.keyboard.press("PageDown" if k % 2 else "ArrowRight")
    page.set_viewport_size(SQUARE)
    for k in reversed(range(count)):
        assert index(page) == k
        wrong += [f"slide {k + 1}, 4:3: {what}" for what in page.evaluate(LOOK)]
        page.keyboard.press("PageUp" if k % 2 else "ArrowLeft")
    assert index(page) == 0
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_keys_move_an_explorer_and_not_the_deck(visit, chapter):
    page = visit(chapter)
    for k in range(page.locator("section").count()):
        for control in page.locator("section.present .kl-control :is(input, select)").all():
            before = control.input_value()
            control.focus()
            key = "ArrowLeft" if before == control.get_attribute("max") else "ArrowRight"
            page.keyboard.press(key if control.get_attribute("type") == "range" else "ArrowDown")
            if control.input_value() == before:  # a list at its end
                page.keyboard.press("ArrowUp")
            assert control.input_value() != before
            assert index(page) == k
        page.keyboard.press("Escape")
        page.keyboard.press("ArrowRight")


def test_a_handle_follows_the_mouse_however_large_the_screen_is(visit):
    for viewport in (LARGE, SQUARE, {"width": 1920, "height": 1080}):
        page = visit("gentle-start", "#gentle-belief", viewport=viewport)
        before = page.locator("#gentle-belief [name=q]").input_value()
        box = page.locator("#gentle-belief .kl-handle circle").bounding_box()
        x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
        page.mouse.move(x, y)
        page.mouse.down()
        goal = x - viewport["width"] / 10
        page.mouse.move(goal, y, steps=4)
        page.mouse.up()
        box = page.locator("#gentle-belief .kl-handle circle").bounding_box()
        assert page.locator("#gentle-belief [name=q]").input_value() != before
        assert abs(box["x"] + box["width"] / 2 - goal) < viewport["width"] / 40


def test_a_remote_control_turns_the_page_after_a_slider_was_moved_by_hand(visit):
    page = visit("gentle-start", "#/2")
    slider = page.locator("#gentle-chessboard input").first
    box = slider.bounding_box()
    page.mouse.click(box["x"] + box["width"] * 0.8, box["y"] + box["height"] / 2)
    moved = slider.input_value()
    page.keyboard.press("PageDown")
    assert (index(page), slider.input_value()) == (3, moved)


def test_space_plays_and_unfolds_where_the_focus_is(visit):
    page = visit("gentle-start", "#/2")
    page.locator("section.present .kl-play").focus()
    page.keyboard.press("Space")
    assert page.locator("section.present .kl-play").get_attribute("aria-pressed") == "true"
    assert index(page) == 2
    page = visit("gentle-start", "#/9")
    page.locator("section.present summary").first.focus()
    page.keyboard.press("Enter")
    assert page.locator("section.present details[open]").count() == 1
    assert index(page) == 9 and page.evaluate(LOOK) == []


@pytest.mark.parametrize("chapter", CHAPTERS)
def test_each_answer_of_a_question_has_room(visit, chapter):
    page = visit(chapter)
    at = page.evaluate("[...document.querySelectorAll('section')].findIndex(s => s.matches('.check'))")
    page = visit(chapter, f"#/{at}")
    for summary in page.locator("section.present summary").all():
        summary.click()
        assert page.locator("section.present details[open]").count() == 1
        assert page.evaluate(LOOK) == []


def test_a_link_to_a_setting_leads_to_the_slide_of_its_explorer(visit):
    page = visit("bregman-divergence", "#/3")
    page.get_by_role("link", name="the desert").click()
    page.wait_for_function("document.querySelector('section.present [data-explorer=bregman-bowls]')")
    texts = page.locator("section.present input").evaluate_all(
        "all => all.map(i => i.getAttribute('aria-valuetext'))"
    )
    assert texts == ["0.00", "0.20"]
    # The address keeps it, also for who loads the page again.
    page.wait_for_function("location.hash.startsWith('#bregman-bowls&')")
    page.reload()
    page.wait_for_function(
        "document.documentElement.dataset.deck === 'ready' && document.querySelector('[data-ready]')"
    )
    assert page.locator("section.present [data-explorer=bregman-bowls]").count() == 1
    page.wait_for_function(
        "document.querySelector('section.present input').getAttribute('aria-valuetext') === '0.00'"
    )


def test_other_links_lead_to_the_book(folder):
    html = (folder / "gentle-start.html").read_text(encoding="utf-8")
    assert 'href="../html/chapters/gentle-start.html"' in html
    html = (folder / "hypothesis-testing.html").read_text(encoding="utf-8")
    assert 'href="../html/chapters/glossary.html#term-KL-divergence"' in html


def test_the_address_of_the_site_comes_from_where_all_pages_have_it(monkeypatch, tmp_path):
    monkeypatch.setenv("GITHUB_REPOSITORY", "somebody/their-book")
    written = []
    monkeypatch.setattr(slides, "write", lambda names, out, book, state: written.append(book))
    slides.main(["gentle-start", "--out", str(tmp_path)])
    slides.main(["gentle-start", "--out", str(tmp_path), "--book", "../book"])
    assert written == [slides.addresses.site(slides.addresses.book()), "../book/"]
    monkeypatch.setenv("GITHUB_REPOSITORY", "their book")
    with pytest.raises(SystemExit, match="not of the form owner/name"):
        slides.main(["gentle-start", "--out", str(tmp_path)])


def test_without_a_book_a_link_is_words(tmp_path):
    slides.write(["hypothesis-testing"], tmp_path, None)
    html = (tmp_path / "hypothesis-testing.html").read_text(encoding="utf-8")
    assert not re.findall(r'<a href="(?!#evidence-)', html)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_stand_out_in_both_themes(visit, theme):
    from axe_playwright_python.sync_playwright import Axe

    page = visit("recompression", color_scheme=theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    options = {"runOnly": ["color-contrast"]}
    for k in range(page.locator("section").count()):
        found = Axe().run(page, context="section.present", options=options).response["violations"]
        assert found == [], f"slide {k + 1}"
        page.keyboard.press("ArrowRight")
    page.keyboard.press("t")
    assert page.evaluate("document.documentElement.dataset.theme") != theme


def test_on_a_phone_the_slides_stand_in_a_column_and_a_finger_moves_them(visit):
    for chapter in CHAPTERS:
        page = visit(
            chapter, small=True, viewport={"width": 360, "height": 640}, has_touch=True, is_mobile=True
        )
        assert page.evaluate("document.documentElement.scrollWidth") == 360
        assert page.locator("section").first.is_visible() and page.locator("section").last.is_visible()
    slider = page.locator("section input").first
    before = slider.input_value()
    slider.scroll_into_view_if_needed()
    box = slider.bounding_box()
    page.touchscreen.tap(box["x"] + box["width"] * 0.7, box["y"] + box["height"] / 2)
    assert slider.input_value() != before


@pytest.mark.parametrize("way", ["", "?print-pdf"])
def test_printed_each_slide_is_a_sheet_with_all_of_it(visit, way):
    """Also the answers of the question, which are folded on a screen; and light, whatever the screen shows."""
    for chapter in CHAPTERS if not way else CHAPTERS[:1]:
        page = visit(chapter, way, color_scheme="dark")
        sheets = page.pdf(prefer_css_page_size=True, print_background=True)
        printed = pypdfium2.PdfDocument(sheets)
        headings = page.locator("section :is(h1, h2, .kl-title)").all_text_contents()
        assert len(printed) == len(headings) == page.locator("section").count()
        for sheet, heading in zip(printed, headings, strict=True):
            text = re.sub(r"\s+", "", sheet.get_textpage().get_text_bounded())
            assert re.sub(r"\s+", "", heading) in text
            assert sheet.render(scale=0.1).to_pil().getpixel((1, 1)) == (255, 255, 255)
        page.emulate_media(media="print")
        high = "[...document.querySelectorAll('.slide')].filter(s => s.scrollHeight > 721).map(s => s.textContent)"
        assert page.evaluate(high) == []


def test_nothing_is_named_that_is_not_in_the_folder(folder):
    names = {p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file()}
    assert {"reveal/LICENSE", "reveal/reveal.js", "static/formulas.woff2", "index.html"} <= names
    for page in folder.glob("*.html"):
        html = page.read_text(encoding="utf-8")
        asked = re.findall(r'<(?:script|link|img)[^>]*?(?:src|href)="([^"]*)"', html)
        assert asked and set(asked) <= names
        ids = re.findall(r' id="([^"]*)"', html)
        assert len(ids) == len(set(ids))
    assert "MIT" in (folder / "reveal" / "reveal.js").read_text(encoding="utf-8")[:200]
    own = (folder / "static" / "slides.css").read_text(encoding="utf-8")
    assert set(re.findall(r"url\('?(?!data:)([^')]*)", own)) == {"formulas.woff2"}


def test_the_same_notebooks_give_the_same_bytes(folder, tmp_path):
    slides.write(CHAPTERS, tmp_path, "../html/")
    for file in folder.rglob("*.*"):
        assert file.read_bytes() == (tmp_path / file.relative_to(folder)).read_bytes(), file.name
