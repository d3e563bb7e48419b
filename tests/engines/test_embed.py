"""Explorers alone in frames that may only run scripts, in each of three browser engines: by keys and by dragging."""

import pytest
from test_engines import BOOK, DIFFER

#: One panel, two panels, a choice, a play button, a point in a plane, four controls and nine readouts.
SLUGS = ["first-look", "likelihood-projection", "surprise-bars", "bregman-ternary", "seven-table"]
SIZES = [(800, 520), (360, 640)]

#: In the page around it: once its height was told by all of its messages, the heights.
TOLD = """async () => {
  for (let k = 0; k < 400 && window.told.length < 6; k++) await new Promise(go => setTimeout(go, 25))
  return window.told.map(data => (typeof data === 'string' ? JSON.parse(data) : data).height)
}"""
READY = """async () => {
  const root = document.querySelector('[data-explorer]')
  for (let k = 0; k < 400 && !('ready' in root.dataset); k++) await new Promise(go => setTimeout(go, 25))
  return ['ready' in root.dataset, window.origin]
}"""
SEEN = """() => {
  const root = document.querySelector('[data-explorer]'), page = document.documentElement
  const ends = ['.kl-stage svg', '.kl-readouts', '.kl-controls'].map(p => root.querySelector(p).getBoundingClientRect())
  return [Math.max(...ends.map(e => e.bottom)), Math.max(...ends.map(e => e.right)), page.scrollWidth, innerWidth]
}"""
FOCUS = """name => {
  const control = document.querySelector(`.kl-controls [name='${name}']`)
  control.focus()
  return document.activeElement === control
}"""
VALUE = """async (name, wanted) => {
  const control = document.querySelector(`.kl-controls [name='${name}']`)
  for (let k = 0; k < 40 && Number(control.value) !== wanted; k++) await new Promise(go => setTimeout(go, 25))
  return Number(control.value)
}"""


@pytest.fixture
def framed(engine, address, tmp_path):
    """A page elsewhere, a file, with an explorer in a frame at its corner; we speak to the frame."""

    def at(slug, width, height, setting=""):
        path = tmp_path / "around.html"
        path.write_text(
            "<!doctype html><meta charset='utf-8'><style>body { margin: 0 }</style><script>window.told = []\n"
            "addEventListener('message', event => window.told.push(event.data))</script>"
            f"<iframe src='{address}embed/{slug}.html{setting}' width='{width}' height='{height}' "
            "sandbox='allow-scripts' style='border: 0'></iframe>",
            encoding="utf-8",
        )
        engine.stands = None
        engine.open(path.as_uri())
        engine.within(True)
        assert engine.evaluate(READY) == [True, "null"]
        return engine

    yield at
    engine.within(False)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("slug", SLUGS)
def test_it_moves_by_keys_and_tells_its_height(framed, slug, size):
    e, driver = BOOK[slug], framed(slug, *size)
    end, right, wide, window = driver.evaluate(SEEN)
    assert wide <= window == size[0] and right <= window
    if size[0] == 800:
        assert end <= size[1]
    assert driver.evaluate(DIFFER, {slug: e.shown(e.start)}) == []
    driver.hand(
        "mouse", (20, 12), "down", "up"
    )  # on the title: WebKit lets no frame take the focus by itself
    for k, control in enumerate(e.controls):
        assert driver.evaluate(FOCUS, control.name)
        last = len(control.texts) - 1
        back = control.start == last
        arrow = {"select": ("ArrowDown", "ArrowUp"), "range": ("ArrowRight", "ArrowLeft")}[control.kind][back]
        place = control.start + (-1 if back else 1)
        driver.press(arrow)
        assert driver.evaluate(VALUE, control.name, place) == place, control.name
        assert driver.evaluate(DIFFER, {slug: e.shown((*e.start[:k], place, *e.start[k + 1 :]))}) == []
        driver.evaluate("() => document.querySelector('.kl-reset').click()")
    driver.within(False)
    heights = driver.evaluate(TOLD)
    assert len(heights) == 6 and len(set(heights)) == 1 and heights[0] > end


@pytest.mark.parametrize("kind", ["mouse", "touch"])
def test_a_point_is_dragged_in_a_frame(framed, kind):
    slug = "bregman-ternary"
    driver = framed(slug, 800, 520)
    x, y = driver.evaluate(
        """() => {
          const ring = document.querySelector('.kl-handle circle').getBoundingClientRect()
          return [ring.x + ring.width / 2, ring.y + ring.height / 2]
        }"""
    )
    driver.hand(kind, (x, y), "down", (x + 30, y - 20), (x + 60, y - 40), "up")
    setting = driver.evaluate(
        """async () => {
          const controls = [...document.querySelectorAll('.kl-controls [name]')]
          const at = () => controls.map(c => Number(c.value))
          const before = controls.map(c => Number(c.defaultValue)).join()
          for (let k = 0; k < 40 && at().join() === before; k++) await new Promise(go => setTimeout(go, 25))
          return at()
        }"""
    )
    assert tuple(setting) != BOOK[slug].start
    assert driver.evaluate(DIFFER, {slug: BOOK[slug].shown(setting)}) == []


def test_a_frame_is_set_by_its_address(framed):
    e = BOOK["bregman-ternary"]
    control = e.controls[0]
    driver = framed(
        e.slug, 800, 520, f"?theme=dark#{e.slug}&amp;{control.name}={control.texts[control.away]}"
    )
    assert driver.evaluate(DIFFER, {e.slug: e.shown((control.away, *e.start[1:]))}) == []
    assert (
        driver.evaluate("() => getComputedStyle(document.documentElement).backgroundColor")
        == "rgb(20, 24, 30)"
    )
