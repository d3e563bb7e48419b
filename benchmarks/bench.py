"""What the book costs: ideas, reader of files, explorers, pages, JupyterLab, build, course. Nothing here is asserted.

    python benchmarks/bench.py             everything
    python benchmarks/bench.py --no-build --no-ideas --no-logprobs --no-site --no-lab --no-course    without some parts

Times on a shared machine are noisy: medians of several runs, and the load is printed beside them. The tables go to
the terminal, the raw figures to ``_build/bench/results.json``.
"""

import argparse
import gzip
import json
import os
import platform
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import nbformat
import numpy as np

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

import logprobs  # noqa: E402
from browser import launch  # noqa: E402
from jupyter_lab import jupyter_lab, open_chapter, run_all, scroll_to, slider_of  # noqa: E402
from playwright.sync_api import sync_playwright  # noqa: E402
from scipy.special import rel_entr  # noqa: E402

from klbook.explorers import Readout, Slider, explorer, palette, published  # noqa: E402
from klbook.figures import all_figures  # noqa: E402
from klbook.ideas import arithmetic, codewords, coding, error_rates, evidence, gambling, surprise  # noqa: E402
from klbook.ideas.weather import P, Q, sample_days  # noqa: E402

SITE = ROOT / "_build" / "html"
RUNS, LOADS, MOVES, LAB_MOVES = 3, 5, 120, 24


def zipped(data):
    return len(gzip.compress(data if isinstance(data, bytes) else data.encode(), 9, mtime=0))


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


# -- the ideas


def seconds(f, runs=RUNS):
    """Median time of a call; the first one, which fills caches, is not counted."""
    f()
    times = []
    for _ in range(runs):
        begin = time.perf_counter()
        f()
        times.append(time.perf_counter() - begin)
    return statistics.median(times)


def ideas():
    """What the functions behind the chapters take, and what they may: (what, seconds, seconds)."""
    random = np.random.default_rng(0)
    p, q = (random.dirichlet(np.ones(10_000), size=1000) for _ in range(2))
    ours = seconds(lambda: surprise.kl_divergence(p, q))
    scipys = seconds(lambda: rel_entr(p, q).sum(-1))
    days = sample_days(1_000_000)
    lengths = coding.huffman_lengths(Q)
    huffman = codewords.prefix_encode(days, lengths)
    frequencies = arithmetic.integer_frequencies(Q)
    coded = arithmetic.arithmetic_encode(days, frequencies)
    odds = gambling.fair_odds(Q)
    timed = {
        "10⁶ symbols into Huffman code": (lambda: codewords.prefix_encode(days, lengths), 2),
        "10⁶ symbols out of Huffman code": (lambda: codewords.prefix_decode(huffman, lengths, len(days)), 2),
        "10⁶ symbols into arithmetic code": (lambda: arithmetic.arithmetic_encode(days, frequencies), 6),
        "10⁶ symbols out of arithmetic code": (
            lambda: arithmetic.arithmetic_decode(coded, frequencies, len(days)),
            6,
        ),
        "10,000 wealth paths of 1,000 rounds": (
            lambda: gambling.wealth_paths(P, P, odds, 1000, paths=10_000),
            1,
        ),
        "10,000 evidence walks of 1,000 days": (
            lambda: evidence.evidence_walks(P, Q, 1000, walks=10_000),
            1,
        ),
        "exact error curve, 4 outcomes, n = 50": (lambda: error_rates.error_curve(P, Q, 50), 1),
    }
    return [
        ("divergences of 1,000 × 10,000", ours, 3 * scipys),
        *((what, seconds(f), float(bound)) for what, (f, bound) in timed.items()),
    ]


# -- drawing


def drawing(e):
    """States, time and size of one explorer. The time of the states excludes drawing the figure once."""
    whole, states = [], []
    for _ in range(RUNS):
        fresh = replace(e)
        begin = time.perf_counter()
        fresh.frame(fresh.initial)
        once = time.perf_counter()
        frames = published.Frames.of(fresh)
        block = frames.packed()
        states.append(time.perf_counter() - once)
        whole.append(time.perf_counter() - begin)
    page = published.html(e)
    return {
        "states": e.states,
        "seconds": statistics.median(whole),
        "ms_a_state": 1000 * statistics.median(states) / e.states,
        "bytes_a_state": zipped(block) / e.states,
        "kB": zipped(page) / 1000,
    }


#: What `drawing` says, behind the slug.
DRAWING = ["explorer", "states", "s", "ms a state", "bytes a state", "kB"]


def yardstick():
    """A figure to divide times by, as machines differ: a curve of 200 points, a marker, a title, four bars."""

    @explorer(
        slug="yardstick",
        title="Yardstick",
        caption="What is timed.",
        alt="What is timed.",
        controls=[
            Slider("a", "a", 0.1, 0.9, 51, 0.5, fmt="{:.3f}"),
            Slider("b", "b", 0.1, 0.9, 51, 0.5, fmt="{:.3f}"),
        ],
        readouts=[Readout("gap", "a minus b")],
        panels=2,
    )
    def figure(left, right):
        x = np.linspace(0, 1, 200)
        ax = left.subplots()
        (curve,) = ax.plot(x, x, color=palette.P)
        (dot,) = ax.plot([], [], "o", color=palette.Q)
        ax.set(xlim=(0, 1), ylim=(0, 1))
        title = ax.set_title(" ")
        ax = right.subplots()
        bars = ax.bar(range(4), [0.5] * 4, color=palette.D)
        ax.set(ylim=(0, 1))

        def update(a, b):
            curve.set_ydata(a * x**2 + b * (1 - x) ** 2)
            dot.set_data([a], [b])
            title.set_text(f"{a - b:.3f}")
            for k, bar in enumerate(bars):
                bar.set_height((a, b, a * b, abs(a - b))[k])
            return {"gap": a - b}

        return update

    return "(yardstick)", figure


# -- the site in the browser


@contextmanager
def served():
    """The address of the site, served as ``make book`` does: by a process that has nothing else to do."""
    command = [sys.executable, "-m", "klbook.site.serve", str(SITE), "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        try:
            yield re.search(r"http://\S+", process.stdout.readline())[0] + "/"
        finally:
            process.terminate()


READY = """
window.__ready = {}
new MutationObserver(records => {
  for (const {target} of records) if ('ready' in target.dataset) __ready[target.dataset.explorer] ??= performance.now()
}).observe(document, {subtree: true, attributes: true, attributeFilter: ['data-ready']})
"""

MOVE = """
async ([slug, moves]) => {
  const root = document.querySelector(`[data-explorer='${slug}']`)
  root.scrollIntoView()
  const controls = [...root.querySelectorAll('.kl-controls [name]')]
  const frame = () => new Promise(ok => requestAnimationFrame(ok))
  const times = []
  for (let i = 0; i < moves; i++) {
    await frame()
    const control = controls[i % controls.length]
    const count = JSON.parse(control.dataset.texts).length
    control.value = (Number(control.value) + 1 + (i * 7) % Math.max(1, count - 1)) % count
    const begin = performance.now()
    control.dispatchEvent(new Event('input', {bubbles: true}))
    root.querySelector('svg').getBoundingClientRect()
    root.offsetHeight
    times.push(performance.now() - begin)
  }
  return times
}
"""


#: Between the first and the last listener of an event, and the layout behind it: what a step of a drag takes. The
#: slider's is measured from the same places.
LISTEN = """
slug => {
  const root = document.querySelector(`[data-explorer='${slug}']`)
  const setting = () => [...root.querySelectorAll('.kl-controls [name]')].map(c => c.value).join()
  const seen = window.__dragged = []
  let begin, before
  window.__listening?.abort()
  const {signal} = window.__listening = new AbortController()
  addEventListener('pointermove', () => { before = setting(); begin = performance.now() }, {capture: true, signal})
  addEventListener('pointermove', () => {
    root.querySelector('svg').getBoundingClientRect()
    root.offsetHeight
    const time = performance.now() - begin
    if (setting() !== before) seen.push(time)
  }, {signal})
  root.querySelector('svg').scrollIntoView({block: 'center', behavior: 'instant'})
}
"""


HELD = """
() => [...new Set([...document.querySelectorAll('.kl-handle')].map(h => h.closest('[data-explorer]').dataset.explorer))]
"""


def drag(page, slug):
    """Milliseconds of the steps of a drag that reach another state, for the explorer's first handle."""
    page.evaluate(LISTEN, slug)
    page.locator(f"[data-explorer='{slug}'] .kl-reset").evaluate("button => button.click()")
    ring = page.locator(f"[data-explorer='{slug}'] .kl-handle circle").first.bounding_box()
    panel = page.locator(f"[data-explorer='{slug}'] .kl-panel:has(.kl-handle)").first.bounding_box()
    page.mouse.move(ring["x"] + ring["width"] / 2, ring["y"] + ring["height"] / 2)
    page.mouse.down()
    for x, y in np.random.default_rng(0).random((MOVES, 2)).tolist():
        page.mouse.move(panel["x"] + x * panel["width"], panel["y"] + y * panel["height"])
    page.mouse.up()
    return page.evaluate("window.__dragged")


def of_all(figure, runs):
    """Median over runs of a figure of each; a dash if there were none."""
    return statistics.median(map(figure, runs)) if runs else "–"


def pages(address):
    """Transfer, requests and explorers' times for each page that has explorers."""
    results = {}
    with sync_playwright() as playwright:
        browser = launch(playwright)
        for path in sorted([*SITE.glob("index.html"), *SITE.glob("chapters/*.html")]):
            slugs = re.findall(r'data-explorer="([\w-]+)"', path.read_text(encoding="utf-8"))
            url = address + path.relative_to(SITE).as_posix()
            ready, middle, slow, dragged = ({slug: [] for slug in slugs} for _ in range(4))
            for load in range(LOADS):
                page = visit(browser, url)
                for slug, at in page.evaluate("window.__ready").items():
                    ready[slug].append(at)
                for slug in slugs if load < RUNS else ():
                    times = page.evaluate(MOVE, [slug, MOVES])
                    middle[slug].append(statistics.median(times))
                    slow[slug].append(percentile(times, 0.95))
                page.context.close()
                if load < RUNS:
                    # Afresh: what drags listen to would be measured with the sliders.
                    page = visit(browser, url)
                    for slug in page.evaluate(HELD):
                        dragged[slug].append(drag(page, slug))
                    page.context.close()
            # A processor of a sixth of the speed, as a phone has.
            page = visit(browser, url)
            page.context.new_cdp_session(page).send("Emulation.setCPUThrottlingRate", {"rate": 6})
            slowed = {slug: percentile(page.evaluate(MOVE, [slug, MOVES // 2]), 0.95) for slug in slugs}
            page.context.close()
            # What is transferred is counted in a visit of its own: listening to it takes time.
            bodies, asked = {}, set()
            visit(browser, url, bodies, asked).context.close()
            results[path.relative_to(SITE).as_posix()] = {
                "kB": sum(min(len(b), zipped(b)) for b in bodies.values()) / 1000,
                "requests": len(bodies),
                "third_party": sum(not url.startswith((address, "blob:", "data:")) for url in asked),
                "explorers": {
                    slug: {
                        "ready_ms": statistics.median(ready[slug]),
                        "input_to_layout_ms": statistics.median(middle[slug]),
                        "p95_ms": statistics.median(slow[slug]),
                        "slowed_p95_ms": slowed[slug],
                        "drag_ms": of_all(statistics.median, dragged[slug]),
                        "drag_p95_ms": of_all(lambda times: percentile(times, 0.95), dragged[slug]),
                    }
                    for slug in slugs
                },
            }
        browser.close()
    return results


def visit(browser, url, bodies=None, asked=None):
    """A new reader's page with all its explorers ready; on request with what it loads and asks for."""
    page = browser.new_context(viewport={"width": 1200, "height": 900}).new_page()
    page.add_init_script(READY)
    if bodies is not None:
        page.on("response", lambda r: keep(r, bodies))
        page.on("request", lambda r: asked.add(r.url))
    page.goto(url)
    page.wait_for_selector("[data-explorer]:not([data-ready])", state="detached")
    page.wait_for_load_state("networkidle")
    return page


def keep(response, bodies):
    if response.ok:
        bodies[response.url] = response.body()


# -- JupyterLab

WATCH = """
slug => {
  const seen = window.__seen = {key: 0, times: []}
  addEventListener('keydown', e => { seen.key = e.timeStamp }, true)
  const watch = () => {
    const root = document.querySelector(`.kl-live[data-explorer='${slug}']`)?.closest('.jupyter-widgets')
    if (!root) return setTimeout(watch, 50)
    new MutationObserver(() => {
      if (!seen.key) return
      const begin = seen.key
      seen.key = 0
      root.getBoundingClientRect()
      seen.times.push(performance.now() - begin)
    }).observe(root, {subtree: true, childList: true})
  }
  watch()
}
"""


#: The least that can be asked of ipywidgets: a slider, and a number that the kernel sets. No explorer can be quicker.
FLOOR = """
import time
import ipywidgets as widgets
time.sleep(2)  # long enough to be seen running
text = '<p class="kl-live" data-explorer="floor">{}</p>'
slider, number = widgets.IntSlider(), widgets.HTML(text.format(0))
slider.observe(lambda change: setattr(number, "value", text.format(change.new)), "value")
widgets.VBox([slider, number])
"""


def lab():
    """Milliseconds from a key on a slider to the new picture's layout, for each explorer of each chapter."""
    results = {}
    with (
        tempfile.TemporaryDirectory() as folder,
        jupyter_lab(Path(folder)) as address,
        sync_playwright() as playwright,
    ):
        kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
        floor = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(FLOOR)], metadata=kernel)
        nbformat.write(floor, Path(folder) / "chapters" / "floor.ipynb")
        browser = launch(playwright)
        for path in sorted((Path(folder) / "chapters").glob("*.ipynb")):
            page = browser.new_page(viewport={"width": 1300, "height": 1000})
            open_chapter(page, address, path.name)
            run_all(page)
            built = SITE / "chapters" / f"{path.stem}.html"
            text = built.read_text(encoding="utf-8") if built.exists() else FLOOR
            for slug in re.findall(r'data-explorer="([\w-]+)"', text):
                scroll_to(page, slug)
                page.evaluate(WATCH, slug)
                slider = slider_of(page, slug)
                slider.focus()
                page.keyboard.press("Home")
                page.wait_for_timeout(300)
                for k in range(LAB_MOVES):
                    page.keyboard.press("ArrowRight" if k // 8 % 2 == 0 else "ArrowLeft")
                    page.wait_for_timeout(120)
                times = page.evaluate("__seen.times")
                results[slug] = {
                    "moves": len(times),
                    "ms": statistics.median(times),
                    "p95_ms": percentile(times, 0.95),
                }
            page.close()
        browser.close()
    return results


# -- the build


def build():
    """Seconds of a cold and of a warm build, with the environment ready."""
    for name in ("html", ".doctrees", "cache"):
        shutil.rmtree(ROOT / "_build" / name, ignore_errors=True)
    times = []
    for _ in ("cold", "warm"):
        begin = time.perf_counter()
        subprocess.run(
            ["make", "site"], cwd=ROOT, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        times.append(time.perf_counter() - begin)
    return dict(zip(("cold_s", "warm_s"), times, strict=True))


# -- course material


def course():
    """Seconds that each kind of course material takes, with the site built and its explorers drawn."""
    times = {}
    for target in ("course", "slides", "pdf", "assignments"):
        begin = time.perf_counter()
        subprocess.run(["make", target], cwd=ROOT, check=True, stdout=subprocess.DEVNULL)
        times[target] = time.perf_counter() - begin
    return times


# -- report


def table(head, rows):
    print("\n| " + " | ".join(head) + " |\n|" + "---|" * len(head))
    for row in rows:
        print("| " + " | ".join(f"{x:.1f}" if isinstance(x, float) else str(x) for x in row) + " |")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--no-build", action="store_true")
    parser.add_argument("--no-ideas", action="store_true")
    parser.add_argument("--no-logprobs", action="store_true")
    parser.add_argument("--no-site", action="store_true")
    parser.add_argument("--no-lab", action="store_true")
    parser.add_argument("--no-course", action="store_true")
    parser.add_argument("--explorer", metavar="SLUG", help="only what drawing this explorer takes")
    options = parser.parse_args()
    if options.explorer:
        rows = {
            slug: drawing(e) for slug, e in [(options.explorer, all_figures()[options.explorer]), yardstick()]
        }
        return table(DRAWING, [(slug, *row.values()) for slug, row in rows.items()])
    results = {"machine": f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}"}
    print(results["machine"], f"load {os.getloadavg()[0]:.1f}")

    if not options.no_build:
        results["build"] = build()
        table(["build", "seconds"], results["build"].items())

    if not options.no_ideas:
        results["ideas"] = ideas()
        rows = [(what, f"{t:.2f}", f"{bound:.2f}") for what, t, bound in results["ideas"]]
        table(["idea", "seconds", "bound"], rows)

    if not options.no_logprobs:
        results["logprobs"] = measured = logprobs.measure(0.3)
        ours, plain = measured["compare"], measured["add up"]
        rows = [
            (words, *(f"{numbers[k]:.0f}" for numbers in (ours, plain)), bound)
            for words, k, bound in (
                ("MB of file a second", "MB/s", "at least 150, a third of adding up"),
                ("the same by processor time", "MB/s of processor time", ""),
                ("memory, MB", "memory MB", "at most 300"),
            )
        ]
        head = [
            f"log-probability files, {measured['MB']:.0f} MB",
            "compared",
            "only read and added up",
            "bound",
        ]
        table(head, rows)

    if not options.no_site:
        figures = dict([*all_figures().items(), yardstick()])
        results["drawing"] = {slug: drawing(e) for slug, e in figures.items()}
        with served() as address:
            results["pages"] = pages(address)
        moves = {slug: m for page in results["pages"].values() for slug, m in page["explorers"].items()}
        table(
            [
                *DRAWING,
                "ready ms",
                "input to layout ms",
                "95 %",
                "the same, 6 times slower",
                "by dragging",
                "95 %",
            ],
            [
                (slug, *d.values(), *moves.get(slug, dict.fromkeys(range(6), "–")).values())
                for slug, d in results["drawing"].items()
            ],
        )
        table(
            ["page", "kB after gzip", "requests", "third party"],
            [(path, p["kB"], p["requests"], p["third_party"]) for path, p in results["pages"].items()],
        )
        alone = {path.stem: zipped(path.read_bytes()) / 1000 for path in (SITE / "embed").glob("*.html")}
        results["embed"] = dict(sorted(alone.items(), key=lambda one: one[1], reverse=True))
        table(["explorer alone", "kB after gzip"], list(results["embed"].items())[:5])
    if not options.no_course:
        results["course"] = course()
        table(["make", "seconds"], results["course"].items())
    if not options.no_lab:
        results["lab"] = lab()
        table(
            ["in JupyterLab", "moves", "slider to picture ms", "95 % ms"],
            [(slug, *r.values()) for slug, r in results["lab"].items()],
        )
    out = ROOT / "_build" / "bench"
    out.mkdir(parents=True, exist_ok=True)
    (out / "results.json").write_text(json.dumps(results, indent=1))
    print(f"\nload {os.getloadavg()[0]:.1f}; raw figures in {out.relative_to(ROOT)}/results.json")


if __name__ == "__main__":
    main()
