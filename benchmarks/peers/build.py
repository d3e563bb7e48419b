"""The two figures that other publishing routes are measured with, as explorers of this project, each on a page.

    python benchmarks/peers/build.py FIGURE FOLDER

writes ``FOLDER/index.html``. ``entries.json`` beside this file tells a harness where the sliders are.
"""

import sys
from pathlib import Path

import numpy as np

from klbook.explorers import Readout, Slider, explorer, palette, published
from klbook.figures.parts import Bars

GRID = np.linspace(0.01, 0.99, 200)
X = np.linspace(-6, 6, 400)
SPREAD = 1.5
COMMON = {"caption": "Move the sliders.", "alt": "A figure that other tools publish, too."}


def bernoulli(p, q):
    return p * np.log2(p / q) + (1 - p) * np.log2((1 - p) / (1 - q))


def density(x, mean, spread):
    return np.exp(-0.5 * ((x - mean) / spread) ** 2) / (spread * np.sqrt(2 * np.pi))


@explorer(
    slug="kl-bernoulli",
    title="Divergence of two coins",
    controls=[
        Slider("p", "p", 0.02, 0.98, 21, 0.5, fmt="{:.3f}"),
        Slider("q", "q", 0.02, 0.98, 21, 0.692, fmt="{:.3f}"),
    ],
    readouts=[Readout("D", "D(p‖q)", "bits")],
    panels=2,
    size=(350, 300),
    **COMMON,
)
def kl_bernoulli(left, right):
    a, b = left.subplots(), right.subplots()
    (curve,) = a.plot(GRID, GRID, color=palette.P)
    (dot,) = a.plot([0], [0], "o", color=palette.Q, markersize=8)
    a.set(xlim=(0, 1), ylim=(0, 6), xlabel="q", ylabel="D(p||q) [bits]")
    outcomes = np.arange(2)
    of_p = Bars(b, outcomes - 0.2, 0, 0.4, label="P", facecolor=palette.P, edgecolor=palette.P)
    of_q = Bars(b, outcomes + 0.2, 0, 0.4, label="Q", facecolor=palette.Q, edgecolor=palette.Q)
    b.set(xlim=(-0.5, 1.5), xticks=outcomes, ylim=(0, 1), xlabel="outcome", ylabel="probability")
    b.legend(loc="upper right")
    title = a.set_title("D")

    def update(p, q):
        value = bernoulli(p, q)
        curve.set_ydata(bernoulli(p, GRID))
        dot.set_data([q], [value])
        of_p.set_heights([1 - p, p])
        of_q.set_heights([1 - q, q])
        title.set_text(f"D(p||q) = {value:.3f} bits")
        return [curve, dot, of_p, of_q, title], {"D": value}

    return update


@explorer(
    slug="normal-1d",
    title="Divergence of two normals",
    controls=[Slider("mu", "mu", -3, 3, 41, 1.5)],
    readouts=[Readout("D", "D(p‖q)", "bits")],
    panels=2,
    size=(350, 300),
    **COMMON,
)
def normal_1d(left, right):
    # One wide axes over both panels' places would not stack on a phone: densities left, their product right.
    a, b = left.subplots(), right.subplots()
    p = density(X, 0, 1)
    a.plot(X, p, color=palette.P, label="p")
    (curve,) = a.plot(X, p, color=palette.Q, label="q")
    area = b.fill_between(X, 0, p, color=palette.D, alpha=0.35, label="p log(p/q)")
    for ax in (a, b):
        ax.set(xlim=(-6, 6), ylim=(-0.3, 1.9), xlabel="x")
        ax.legend(loc="upper right")
    title = a.set_title("D")

    def update(mu):
        q = density(X, mu, SPREAD)
        value = np.log2(SPREAD) + (1 + mu * mu) / (2 * SPREAD**2 * np.log(2)) - 1 / (2 * np.log(2))
        curve.set_ydata(q)
        area.set_data(X, 0, p * np.log2(p / q))
        title.set_text(f"D(p||q) = {value:.3f} bits")
        return [curve, area, title], {"D": value}

    return update


FIGURES = {"kl_bernoulli": kl_bernoulli, "normal_1d": normal_1d}


def page(e):
    return (
        f'<!doctype html><html lang="en"><meta charset="utf-8"><title>{e.title}</title>'
        f"<style>{published.stylesheet()}</style>"
        f'<body style="max-width:800px;font:16px sans-serif">{published.html(e)}'
        f"<script>{published.script()}</script></body></html>"
    )


if __name__ == "__main__":
    name, folder = sys.argv[1], Path(sys.argv[2])
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "index.html").write_text(page(FIGURES[name]), encoding="utf-8")
