"""A chapter in a real JupyterLab with a real kernel, driven in a browser."""

import json
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_lab import jupyter_lab, open_chapter, press, run_all, scroll_to, slider_of

from klbook.explorers.live import MIME
from klbook.figures import all_figures

ROOT = Path(__file__).parents[2]
CHAPTERS = sorted((ROOT / "chapters").glob("*.ipynb"))
FIGURES = all_figures()
SHOTS = ROOT / "_build" / "shots"  # to be looked at


@pytest.fixture(scope="module")
def lab(tmp_path_factory):
    """Address and folder of a JupyterLab on a copy of the chapters, with the project's configuration."""
    folder = tmp_path_factory.mktemp("lab")
    with jupyter_lab(folder) as address:
        yield address, folder


#: What JupyterLab itself says on the console of an installation without network, and not the book.
NOISE = ("extension manager", "news", "favicon", "/lsp/", "preload", "service worker")


@pytest.fixture
def chapter(lab, chromium, request):
    """A chapter opened in JupyterLab."""
    address, _ = lab
    complaints = []
    context = chromium.new_context(viewport={"width": 1300, "height": 1000})
    page = context.new_page()
    page.on("console", lambda m: complaints.append(m.text) if m.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    open_chapter(page, address, request.param.name)
    yield page
    assert not [c for c in complaints if not any(noise in c.lower() for noise in NOISE)]
    context.close()


#: How far the label of each control reaches below the top of what is moved.
ABOVE = """all => all.map(control => {
  const [label, moved] = ['label', '.slider, select'].map(part => control.querySelector(part).getBoundingClientRect())
  return label.bottom - moved.top
})"""


@pytest.mark.parametrize("chapter", CHAPTERS, ids=lambda p: p.stem, indirect=True)
def test_the_chapter_lives_in_jupyterlab(chapter, lab, request):
    page, folder = chapter, lab[1]
    path = request.node.callspec.params["chapter"]
    shown = [
        o["data"][MIME]["slug"]
        for cell in nbformat.read(path, as_version=4).cells
        for o in cell.get("outputs", [])
        if MIME in o.get("data", {})
    ]
    # Before anything is run, the stored pictures are there, the prose is rendered, and solutions are folded.
    assert page.locator(".jp-RenderedMarkdown h1").first.inner_text().strip("¶")
    assert page.locator("details[open]").count() == 0

    SHOTS.mkdir(exist_ok=True)
    page.screenshot(path=SHOTS / f"lab-{path.stem}.png")
    run_all(page)
    for slug in dict.fromkeys(shown):
        live = page.locator(f".kl-live[data-explorer='{slug}']")
        scroll_to(page, slug)
        live.wait_for(timeout=120_000)
        e = FIGURES[slug]
        texts = dict(
            zip([r.name for r in e.readouts], live.locator("output").all_text_contents(), strict=True)
        )
        assert texts == e.readouts_at(e.initial)
        output = page.locator(".jp-OutputArea-output", has=live)
        below = output.locator(".kl-widget").evaluate_all(ABOVE)
        assert len(below) == len(e.controls) and max(below) <= 0
        picture = f".kl-live[data-explorer='{slug}'] .kl-stage"
        before = page.locator(picture).inner_html()
        slider = slider_of(page, slug)
        at_end = slider.get_attribute("aria-valuenow") == slider.get_attribute("aria-valuemax")
        press(page, slider, "ArrowLeft" if at_end else "ArrowRight")
        page.wait_for_function(
            "([picture, before]) => document.querySelector(picture).innerHTML !== before",
            arg=[picture, before],
        )
        moved = dict(zip(texts, live.locator("output").all_text_contents(), strict=True))
        assert moved != texts
    page.screenshot(path=SHOTS / f"lab-{path.stem}-moved.png")

    # The file that is saved keeps pictures and lines of text, and no widgets.
    page.keyboard.press("Control+s")
    saved = folder / "chapters" / path.name
    deadline = time.monotonic() + 30
    while "execution_count" not in saved.read_text() or saved.stat().st_mtime < path.stat().st_mtime:
        assert time.monotonic() < deadline
        time.sleep(0.2)
    page.wait_for_timeout(1500)
    text = saved.read_text(encoding="utf-8")
    assert "widget-view" not in text and "widget-state" not in text
    kept = json.loads(text)
    data = [o["data"] for c in kept["cells"] for o in c.get("outputs", []) if MIME in o.get("data", {})]
    assert len(data) == len(shown) and all("image/png" in d and "text/plain" in d for d in data)
