"""The explorer of the landing page: one slider, from a right belief to a wrong one."""

from ..explorers import Readout, Slider, explorer, palette
from ..ideas.surprise import cross_entropy, entropy, kl_divergence
from ..ideas.weather import P, Q
from .parts import Bars, outcome_axis


@explorer(
    slug="first-look",
    title="How much more surprised is a wrong believer?",
    caption=(
        "Move the belief to the truth (0) and back to the old town (1), with the slider or by the dot on its bar "
        "for sun. The extra surprise is zero only where belief and truth agree."
    ),
    alt="Bars of the true and of the believed probabilities of sun, cloud, rain and snow; a dot on that of sun.",
    controls=[Slider("wrong", "How wrong the belief is", 0, 1, 41, 1, fmt="{:.3f}", play=True, drag="sun")],
    readouts=[
        Readout("right", "Average surprise of one who knows the truth", "bits a day"),
        Readout("believer", "Average surprise of the believer", "bits a day"),
        Readout("extra", "Extra, on average: the KL divergence", "bits a day", fmt="{:.4f}"),
    ],
    size=(350, 230),
)
def first_look(panel):
    ax = panel.subplots()
    x = outcome_axis(ax)
    Bars(ax, x - 0.2, P, 0.38, label="how often it happens", gid="truth", **palette.BAR["p"])
    bars = Bars(ax, x + 0.2, Q, 0.38, label="what is believed", gid="belief", **palette.BAR["q"])
    (sun,) = ax.plot([], [], "o", color=palette.Q, markersize=7, gid="sun")
    ax.set(ylim=(0, 0.72), ylabel="probability")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right")

    def update(wrong):
        belief = (1 - wrong) * P + wrong * Q
        bars.set_heights(belief)
        sun.set_data(x[:1] + 0.2, belief[:1])
        return {
            "right": entropy(P),
            "believer": cross_entropy(P, belief),
            "extra": kl_divergence(P, belief),
        }

    return update
