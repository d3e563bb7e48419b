"""The concordance as it is read: its links set the explorers of the chapters."""

from collections import defaultdict
from urllib.parse import urldefrag, urljoin

import pytest

from klbook.site import concordance

_, ENTRIES = concordance.read((concordance.ROOT / concordance.DATA).read_text(encoding="utf-8"))
BY_CHAPTER = defaultdict(list)
for entry in ENTRIES:
    BY_CHAPTER[entry.chapter].append(entry)


def links(page):
    """(address, text) of each link to an explorer, in order."""
    return page.evaluate(
        "[...document.querySelectorAll('article a[href*=\"&\"]')].map(a => [a.getAttribute('href'), a.textContent])"
    )


def shown(page, entry):
    """Values of the controls and texts of the readouts, and whether the explorer is in sight."""
    root = page.locator(f"[data-explorer='{entry.explorer.slug}']")
    values = {c.name: int(root.locator(f"[name={c.name}]").input_value()) for c in entry.explorer.controls}
    top = page.evaluate(
        "slug => document.getElementById(slug).getBoundingClientRect().top", entry.explorer.slug
    )
    return values, top, root.locator(".kl-note:visible").all_inner_texts()


def test_each_entry_has_its_link(reading):
    found = links(reading("chapters/concordance.html"))
    curly = str.maketrans("'", "’")  # as the site sets it
    assert [text for _, text in found] == [e.explorer.title.translate(curly) for e in ENTRIES]
    for (address, _), e in zip(found, ENTRIES, strict=True):
        assert address.startswith(f"{e.chapter}.html#{e.explorer.slug}&")


@pytest.mark.parametrize("chapter", BY_CHAPTER)
def test_links_set_the_explorers(visit, chapter):
    v = visit()
    page = v.open("chapters/concordance.html")
    addresses = {
        e.address: urljoin(page.url, address) for (address, _), e in zip(links(page), ENTRIES, strict=True)
    }
    for k, e in enumerate(BY_CHAPTER[chapter]):
        if k:  # the chapter is open: only what stands behind the # is new
            page.evaluate(
                """hash => new Promise(go => {
                  const before = location.href
                  addEventListener('hashchange', () => setTimeout(go), {once: true})
                  location.hash = hash
                  if (location.href === before) go()  // two theorems are seen at one setting
                })""",
                urldefrag(addresses[e.address])[1],
            )
        else:
            page.locator("article a[href*='&']").nth(ENTRIES.index(e)).click()
            page.wait_for_url(f"**/{chapter}.html#*")
            v.wait()
        values, top, note = shown(page, e)
        assert values == {c.name: c.values.index(e.setting[c.name]) for c in e.explorer.controls}, e.item
        assert not note and -10 < top < 400, e.item
