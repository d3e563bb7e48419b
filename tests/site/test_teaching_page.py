"""The page for teachers as it is read: the links of the lecture set the explorers, its picture is for all readers."""

from urllib.parse import urljoin

from klbook.site import concordance, teaching

BOOK = teaching.read(concordance.ROOT)
PATH = "chapters/teaching.html"


def test_the_links_of_the_lecture_set_the_explorers(visit):
    v = visit()
    page = v.open(PATH)
    (session,) = BOOK.plans["lecture"].sessions
    shows = [
        show for show in BOOK.shows.values() if any(show.markdown() in step.long for step in session.steps)
    ]
    assert len(shows) >= 8
    section = page.locator("section#one-lecture")
    found = section.locator("a[href*='&']").evaluate_all("all => all.map(a => a.getAttribute('href'))")
    assert len(found) == len(shows)
    for address in sorted(urljoin(page.url, address) for address in found):  # a chapter is opened once
        page.goto(address)
        v.wait()
        slug = address.partition("#")[2].partition("&")[0]
        root = page.locator(f"[data-explorer='{slug}']")
        values = {
            control.get_attribute("name"): int(control.input_value())
            for control in root.locator(":is(input, select)[name]").all()
        }
        wanted = [
            {c.name: c.values.index(show.setting[c.name]) for c in show.explorer.controls}
            for show in shows
            if show.explorer.slug == slug
        ]
        assert values in wanted and not root.locator(".kl-note:visible").count(), address
        top = root.evaluate("e => e.getBoundingClientRect().top")
        assert -10 < top < 400, address


def test_the_picture_of_what_needs_what(reading):
    for width in (1200, 360):
        page = reading(PATH, viewport={"width": width, "height": 800})
        picture = page.get_by_role("img", name="The chapters below one another")
        assert picture.locator("text").all_text_contents() == [c.title for c in BOOK.chapters]
        sizes = picture.locator("text").evaluate_all("all => all.map(t => t.getBoundingClientRect().height)")
        assert min(sizes) >= 12  # as high as text of 10 pixels or more
        # All of it is in the picture, and no title in a line.
        outer = picture.bounding_box()
        for text in picture.locator("text").all():
            box = text.bounding_box()
            assert outer["x"] <= box["x"] and box["x"] + box["width"] <= outer["x"] + outer["width"]


def test_the_picture_has_the_colours_of_the_theme(reading):
    colours = """e => [...e.querySelectorAll('path, circle, text')].map(x => {
      const style = getComputedStyle(x)
      return style.fill + style.stroke
    })"""
    both = [reading(PATH, theme=theme).locator(".kl-needs").evaluate(colours) for theme in ("light", "dark")]
    assert len(both[0]) > 20 and all(a != b for a, b in zip(*both, strict=True))
