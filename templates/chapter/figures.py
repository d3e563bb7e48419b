"""The figures of the chapter `your-chapter`."""

import numpy as np

from ..explorers import Readout, Slider, explorer, palette
from ..ideas.your_chapter import halvings


@explorer(
    slug="your-chapter-first",
    title="How many halvings?",
    caption="Say here what to try and what to look for. Move the slider: each halving of p adds one.",
    alt="A curve that falls from six halvings at 1/64 to none at 1, and a dot on it.",
    controls=[Slider("p", "Probability p", 1 / 64, 1, 64, 0.5, fmt="{:.4f}")],
    readouts=[Readout("halvings", "From 1 to p", "halvings")],
)
def your_chapter_first(panel):
    ax = panel.subplots()  # everything that never changes is drawn here
    ax.set(xlim=(0, 1.05), ylim=(0, 6.5), xlabel="probability p", ylabel="halvings")
    x = np.geomspace(1 / 64, 1, 200)
    ax.plot(x, halvings(x), color=palette.MUTED, gid="curve")  # the name by which its reference knows it
    (dot,) = ax.plot([], [], "o", color=palette.P, gid="dot")

    def update(p):  # one argument for each control
        value = halvings(p)
        dot.set_data([p], [value])
        return {"halvings": value}  # the numbers; what has moved is found

    return update
