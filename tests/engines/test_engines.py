"""What every explorer of the book does, in each of three browser engines."""

import re
import time
from urllib.parse import quote

import pytest
from book import explorers

BOOK = explorers()
PAGES = sorted({e.page for e in BOOK.values()})

#: Every explorer of the page is ready or has failed, and what browsers put back is put back.
STATE = """async () => {
  const roots = [...document.querySelectorAll('[data-explorer]')]
  const done = document.readyState === 'complete' && roots.every(e => 'ready' in e.dataset || 'error' in e.dataset)
  if (done) await new Promise(go => setTimeout(go, 60))
  return [location.pathname, done, roots.map(e => [e.dataset.explorer, {
    ready: 'ready' in e.dataset,
    error: 'error' in e.dataset,
    note: [...e.querySelectorAll('.kl-note')].some(n => n.checkVisibility() && n.textContent !== ''),
    setting: [...e.querySelectorAll('input[type=range][name], select[name]')].map(c => Number(c.value)),
  }])]
}"""
#: Where pages differ from what the frames say. The picture's texts are compared as this browser reads them.
DIFFER = """seen => {
  window.differences ??= (root, {setting, slots, outputs, says}) => {
    const found = [], differ = (what, is, wanted) => { if (is !== wanted) found.push([what, is, wanted]) }
    const places = [...root.querySelectorAll('svg [data-slot]')].sort((a, b) => a.dataset.slot - b.dataset.slot)
    differ('number of slots', places.length, slots.length)
    places.forEach((place, k) => {
      const anew = place.cloneNode(false)
      anew.innerHTML = slots[k]
      differ(`slot ${k}`, place.innerHTML, anew.innerHTML)
    })
    const numbers = [...root.querySelectorAll('output[name]')]
    differ('number of readouts', numbers.length, outputs.length)
    numbers.forEach((output, k) => differ(output.name, output.textContent, outputs[k]))
    const controls = [...root.querySelectorAll('input[type=range][name], select[name]')]
    controls.forEach((c, k) => {
      differ(`${c.name}: value`, Number(c.value), setting[k])
      const text = c.type === 'range' ? c.getAttribute('aria-valuetext') : c.selectedOptions[0]?.textContent
      differ(`${c.name}: text`, text, says[k])
      const now = c.type === 'range' && c.parentElement.querySelector('.kl-now')
      if (now) differ(`${c.name}: text beside it`, now.textContent, says[k])
    })
    return found
  }
  const found = []
  for (const [slug, wanted] of Object.entries(seen))
    for (const difference of window.differences(document.querySelector(`[data-explorer='${slug}']`), wanted))
      found.push([slug, ...difference])
  return found
}"""
MOVE = """(slug, setting) => {
  const controls = [...document.querySelectorAll(`[data-explorer='${slug}'] :is(input[type=range], select)[name]`)]
  controls.forEach((c, k) => {
    if (Number(c.value) === setting[k]) return
    c.value = setting[k]
    c.dispatchEvent(new Event('input', {bubbles: true}))
    c.dispatchEvent(new Event('change', {bubbles: true}))
  })
}"""


def state(driver, path) -> dict:
    """The explorers of the page `path`, once all are ready; an error is no answer."""
    until = time.monotonic() + 20
    while True:
        try:
            where, done, found = driver.evaluate(STATE)
        except Exception:  # the page was being left
            if time.monotonic() > until:
                raise
            time.sleep(0.05)
            continue
        if done and where == f"/{path}":
            break
        assert time.monotonic() < until, f"{path} is not ready: {where}, {found}"
        time.sleep(0.03)
    found = dict(found)
    failed = [slug for slug, e in found.items() if e["error"] or not e["ready"]]
    assert not failed, f"{path}: {failed} show an error"
    assert list(found) == [e.slug for e in BOOK.values() if e.page == path]
    return found


def settings(driver, path) -> dict:
    """The settings of the page's explorers, which controls, pictures and readouts agree upon."""
    found = {slug: tuple(e["setting"]) for slug, e in state(driver, path).items()}
    wanted = {slug: BOOK[slug].shown(setting) for slug, setting in found.items()}
    assert driver.evaluate(DIFFER, wanted) == []
    return found


def starts(path, **other) -> dict:
    return {e.slug: e.start for e in BOOK.values() if e.page == path} | other


def move(driver, e, setting):
    driver.evaluate(MOVE, e.slug, list(setting))


def kept(driver, e, setting):
    """Wait until the address names this setting: it is written when a move has come to rest."""
    wanted = [f"{c.name}={c.texts[place]}" for c, place in zip(e.controls, setting, strict=True)]
    reached = driver.evaluate(
        """async (slug, wanted) => {
          for (let k = 0; k < 100; k++) {
            const [first, ...pairs] = decodeURIComponent(location.hash).split('&')
            if (first === `#${slug}` && wanted.every(pair => pairs.includes(pair))) return true
            await new Promise(go => setTimeout(go, 25))
          }
          return location.hash
        }""",
        e.slug,
        wanted,
    )
    assert reached is True, f"after some seconds the address says {reached}, not {wanted}"


def link(e, setting, between="&") -> str:
    pairs = [f"{c.name}={quote(c.texts[place])}" for c, place in zip(e.controls, setting, strict=True)]
    return f"{e.page}#{e.slug}{between}{between.join(pairs)}"


@pytest.fixture
def ready(engine, address):
    """An explorer's page, as other tests have left it, with the explorer where it begins."""

    def at(e):
        if getattr(engine, "stands", None) != e.page:
            engine.open(address + e.page)
            engine.stands = e.page
            state(engine, e.page)
        engine.evaluate(f"() => document.querySelector(`[data-explorer='{e.slug}'] .kl-reset`).click()")
        return engine

    return at


@pytest.fixture
def fresh(engine):
    """A browser whose page other tests do not take for theirs."""
    engine.stands = None
    return engine


@pytest.mark.parametrize("slug", BOOK)
def test_each_control_changes_picture_and_readouts_as_the_frames_say(ready, slug):
    e = BOOK[slug]
    driver = ready(e)
    assert driver.evaluate(DIFFER, {slug: e.shown(e.start)}) == []
    for k, control in enumerate(e.controls):
        walk = [(*e.start[:k], place, *e.start[k + 1 :]) for place in control.ends]
        shown = [e.shown(setting) for setting in walk]
        # A control that changes nothing would pass all that follows.
        assert len({str((s["slots"], s["outputs"])) for s in shown}) > 1, control.name
        found = driver.evaluate(
            f"""(slug, walk) => walk.flatMap(shown => {{
              ({MOVE})(slug, shown.setting)
              return ({DIFFER})({{[slug]: shown}})
            }})""",
            slug,
            shown,
        )
        assert found == [], control.name
        move(driver, e, e.start)
    driver.evaluate(MOVE, slug, list(e.away))
    driver.evaluate(f"() => document.querySelector(`[data-explorer='{slug}'] .kl-reset`).click()")
    assert driver.evaluate(DIFFER, {slug: e.shown(e.start)}) == []


#: Where numbers end behind the point, where labels end, and where controls begin below their labels; texts and what
#: they lie upon begin at the same height.
COLUMNS = """slug => {
  const root = document.getElementById(slug), box = e => e.getBoundingClientRect()
  const top = (row, part) => box(row.querySelector(part)).top
  const rows = [...root.querySelectorAll('.kl-readout')].filter(r => r.querySelector('.kl-number'))
  const points = rows.map(row => {
    const text = row.querySelector('.kl-number > span').firstChild, place = new Range()
    place.setStart(text, 0)
    place.setEnd(text, (text.data + '.').indexOf('.'))
    return box(place).right
  })
  const labels = Math.max(...rows.map(row => box(row.querySelector('.kl-label')).right))
  const lies = rows.map(row => top(row, '.kl-number > span') - top(row, '.kl-label'))
  const controls = [...root.querySelectorAll('.kl-control')].map(control =>
    top(control, '[name]') - box(control.querySelector('.kl-label')).bottom)
  return [points, labels, lies, controls]
}"""


@pytest.mark.parametrize("slug", ["first-look", "coding-closing-in"])
def test_numbers_stand_below_each_other_and_labels_above_controls(ready, slug):
    e = BOOK[slug]
    points, labels, lies, controls = ready(e).evaluate(COLUMNS, slug)
    assert len(points) > 2 and max(points) - min(points) < 1.5 and labels < min(points)
    assert max(map(abs, lies)) < 4
    assert len(controls) == len(e.controls) and min(controls) > -1.5


@pytest.mark.parametrize("slug", BOOK)
def test_keys_move_each_control(ready, slug):
    e = BOOK[slug]
    driver = ready(e)
    for k, control in enumerate(e.controls):
        last = len(control.texts) - 1

        def at(place, k=k):
            return (*e.start[:k], place, *e.start[k + 1 :])

        if control.kind == "select":
            # Before it has the focus: WebKit tells of a choice if it is another than the one at its focus.
            move(driver, e, at(0))
        driver.evaluate(
            """(slug, name) => {
              const control = document.querySelector(`[data-explorer='${slug}'] [name='${name}']:is(input, select)`)
              document.activeElement.blur()
              control.focus()
              if (document.activeElement !== control) throw new Error('it takes no focus')
            }""",
            slug,
            control.name,
        )
        if control.kind == "select":
            steps = [("ArrowDown", 1), ("ArrowUp", 0)]
        else:
            page = None  # a page is as long as the browser finds it, and at least as long as a step
            steps = [("Home", 0), ("ArrowRight", 1), ("ArrowLeft", 0), ("ArrowUp", 1), ("ArrowDown", 0)]
            steps += [("PageUp", page), ("End", last), ("ArrowRight", last), ("PageDown", page)]
        for key, wanted in steps:
            driver.press(key)
            expected = None if wanted is None else {slug: e.shown(at(wanted))}
            place, found = driver.evaluate(
                f"""async (slug, k, wanted, from, expected) => {{
                  const root = document.querySelector(`[data-explorer='${{slug}}']`)
                  const control = root.querySelectorAll(':is(input[type=range], select)[name]')[k]
                  const at = () => Number(control.value)
                  const there = () => wanted === null ? at() !== from : at() === wanted
                  for (let i = 0; i < 40 && !there(); i++) await new Promise(go => setTimeout(go, 25))
                  return [at(), expected && ({DIFFER})(expected)]
                }}""",
                slug,
                k,
                wanted,
                0 if key == "PageUp" else last,
                expected,
            )
            if wanted is None:
                within = 1 <= place <= last if key == "PageUp" else 0 <= place < last
                assert within, (control.name, key, place)
                found = driver.evaluate(DIFFER, {slug: e.shown(at(place))})
            else:
                assert place == wanted, (control.name, key)
            assert found == [], (control.name, key)
        move(driver, e, e.start)


def chosen(page):
    """An explorer of a page, one with lists if there is one: browsers restore lists in their own ways."""
    return max(
        (e for e in BOOK.values() if e.page == page),
        key=lambda e: sum(c.kind == "select" for c in e.controls),
    )


RETURNS = [chosen(page).slug for page in PAGES]


@pytest.mark.parametrize("slug", RETURNS)
def test_reload_back_and_forward(fresh, address, slug):
    driver, e = fresh, BOOK[slug]
    driver.open(address + e.page)
    state(driver, e.page)
    for other in BOOK.values():
        if other.page == e.page and other is not e:
            move(driver, other, other.away)
    move(driver, e, e.away)
    kept(driver, e, e.away)
    driver.reload()
    assert settings(driver, e.page) == starts(e.page, **{slug: e.away})
    # Now away from it with all moved, and back: what a browser keeps of the others is its choice.
    for other in BOOK.values():
        if other.page == e.page and other is not e:
            move(driver, other, other.away)
    again = tuple(len(c.texts) // 2 for c in e.controls)
    move(driver, e, again)
    kept(driver, e, again)
    driver.go(address + "chapters/glossary.html")
    driver.back()
    assert settings(driver, e.page)[slug] == again
    driver.forward()
    driver.back()
    assert settings(driver, e.page)[slug] == again
    driver.evaluate(f"() => document.querySelector(`[data-explorer='{slug}'] .kl-reset`).click()")
    assert settings(driver, e.page)[slug] == e.start


def written_otherwise(text):
    """The same number as others write it, or nothing."""
    other = text.replace("−", "-").replace(",", "")
    if re.fullmatch(r"-?\d+\.\d+", other):
        other = other.rstrip("0").rstrip(".")
    return other if other != text and re.fullmatch(r"-?[\d.]+", other) else None


@pytest.mark.parametrize("how", ["opened", "clicked"])
@pytest.mark.parametrize("page", PAGES)
def test_links(fresh, address, page, how):
    driver = fresh
    e = chosen(page)
    first, rest = e.controls[0], e.start[1:]

    def follow(target):
        if how == "opened":
            driver.open(address + target)
        else:
            reset = f"() => document.querySelector(`[data-explorer='{e.slug}'] .kl-reset`).click()"
            driver.evaluate(reset)
            driver.evaluate(
                """async hash => {
                  await new Promise(go => {
                    addEventListener('hashchange', go, {once: true})
                    location.hash = hash
                    setTimeout(go, 2000)
                  })
                  await new Promise(go => setTimeout(go, 50))
                }""",
                target.partition("#")[2],
            )
        return settings(driver, page)

    def noted():
        return state(driver, page)[e.slug]["note"]

    if how == "clicked":
        driver.open(address + page)
        state(driver, page)
    asked = {e.slug: e.away}
    assert follow(link(e, e.away)) == starts(page, **asked)
    assert not noted()
    # A wrong value: that control begins where it begins, and a sentence says so.
    assert follow(f"{page}#{e.slug}&{first.name}=no-such-value") == starts(page)
    assert noted()
    if how == "opened" and page != BOOK["evidence-stein"].page:
        return  # all pages read what follows by the same script, and each is opened anew for it: one will do
    assert follow(link(e, e.away, "&amp;")) == starts(page, **asked)
    assert not noted()
    # What a link leaves open stands where it begins.
    only = {e.slug: (first.away, *rest)}
    assert follow(f"{page}#{e.slug}&{first.name}={quote(first.texts[first.away])}") == starts(page, **only)
    assert follow(f"{page}#{e.slug}&no-such-name=1") == starts(page)
    assert noted()
    assert follow(f"{page}#no-such-explorer&{first.name}=1") == starts(page)
    # Malformed codes; whether 2.0% is read as 2.0 is the book's choice, but nothing fails or disagrees.
    found = follow(f"{page}#{e.slug}&{first.name}={first.texts[first.away].split('%')[0]}%")
    assert found in (starts(page), starts(page, **only))
    assert follow(f"{page}#100%") == starts(page)
    assert follow(f"{page}#%E0%A4%A") == starts(page)


#: One control of each page whose values others write otherwise, if it has one.
OTHERWISE = {}
for _e in BOOK.values():
    for _k, _control in enumerate(_e.controls):
        for _place, _text in enumerate(_control.texts):
            if _place != _control.start and written_otherwise(_text):
                OTHERWISE.setdefault(_e.page, (_e.slug, _k, _place))


@pytest.mark.parametrize("page", OTHERWISE)
def test_a_link_with_a_number_written_otherwise(fresh, address, page):
    slug, k, place = OTHERWISE[page]
    e = BOOK[slug]
    fresh.open(f"{address}{page}#{slug}&{e.controls[k].name}={written_otherwise(e.controls[k].texts[place])}")
    wanted = (*e.start[:k], place, *e.start[k + 1 :])
    assert settings(fresh, page) == starts(page, **{slug: wanted})
    assert not state(fresh, page)[slug]["note"]


def test_the_book_is_all_there():
    assert len(BOOK) >= 59 and len(PAGES) >= 10
    assert any(c.kind == "select" for c in BOOK[RETURNS[0]].controls)


def test_a_finger_presses_reset(ready):
    """Chromium and Firefox get a touch; WebKitGTK's driver makes a mouse of it."""
    e = BOOK[RETURNS[0]]
    driver = ready(e)
    move(driver, e, e.away)
    x, y = driver.evaluate(
        """slug => {
          const button = document.querySelector(`[data-explorer='${slug}'] .kl-reset`)
          button.scrollIntoView({block: 'center', behavior: 'instant'})
          window.pointers = []
          button.addEventListener('pointerdown', event => window.pointers.push(event.pointerType))
          const box = button.getBoundingClientRect()
          return [box.x + box.width / 2, box.y + box.height / 2]
        }""",
        e.slug,
    )
    driver.tap(x, y)
    assert driver.evaluate("() => window.pointers") == [driver.finger]
    assert driver.evaluate(DIFFER, {e.slug: e.shown(e.start)}) == []
