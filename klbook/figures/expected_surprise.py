"""The figures of the chapter *Expected surprise*."""

from functools import cache

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.surprise import kl_divergence, pointwise_kl, surprisal
from ..ideas.weather import OUTCOMES, P, Q, sample_days
from .parts import (
    Bars,
    Measured,
    away,
    error_band,
    legend_above,
    log_axis,
    looks,
    measured_readouts,
    outcome_axis,
)

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 2022


def belief(wrong, outcome, halvings):
    """The truth mixed with the wrong belief, then one outcome halved again and again (None: made impossible).

    What the halvings take away goes to the other outcomes, in proportion.
    """
    mixed = (1 - wrong) * P + wrong * Q
    kept = 0.0 if halvings is None else mixed[outcome] * 0.5**halvings
    mixed *= (1 - kept) / (1 - mixed[outcome])
    mixed[outcome] = kept
    return mixed


@explorer(
    slug="surprise-bars",
    title="Where the extra surprise comes from",
    caption=(
        "Move the first slider to 0, or pull down the sum: as long as no outcome is halved, belief and truth agree "
        "there. Then move the belief away. A bar below zero says: those days surprise the wrong believer less than "
        "one who knows. Then pick an outcome (the triangle marks it) and halve its believed probability again and "
        "again."
    ),
    alt=(
        "First picture: bars of the true probabilities P and the believed ones Q for sun, cloud, rain and snow, with a "
        "triangle over the believed one of the picked outcome. Second picture: for each outcome a bar p times log2 of "
        "p over q, above or below zero, and a last bar with their sum, the divergence; an infinite one is cut off at "
        "the top and marked ∞."
    ),
    controls=[
        Slider("wrong", "How wrong the belief is", 0, 1, 17, 1, fmt="{:.4g}", drag="sum"),
        Choice("outcome", "Outcome that is believed too rare", {o: i for i, o in enumerate(OUTCOMES)}, 3),
        Choice(
            "halvings",
            "Its believed probability is",
            {"as it is": 0, "halved": 1} | {f"halved {n} times": n for n in range(2, 9)} | {"zero": None},
            0,
        ),
    ],
    readouts=[
        Readout("D", "Sum of the bars D(P‖Q)", "bits a day", infinite="Q rules out what P lets happen"),
        Readout("believed", "Believed probability of the picked outcome", fmt="{:.4f}"),
    ],
    panels=2,
    size=(345, 260),
)
def surprise_bars(left, right):
    ax = left.subplots()
    x = outcome_axis(ax)
    Bars(ax, x - 0.2, P, 0.38, label="truth P", gid="truth", **palette.BAR["p"])
    believed = Bars(ax, x + 0.2, Q, 0.38, label="belief Q", gid="belief", **palette.BAR["q"])
    ax.set(ylim=(0, 0.82), ylabel="probability")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)
    (picked,) = ax.plot([], [], marker="v", markersize=7, color=palette.Q, gid="picked")

    top = 5.3
    ax = right.subplots()
    places = [*x, x[-1] + 1.2]
    ax.set(xlim=(-0.6, 4.8), xticks=places, xticklabels=[*OUTCOMES, "sum"])
    ax.set(ylim=(-0.6, top), ylabel="p log₂(p/q), bits a day")
    terms = Bars(ax, x, 0, 0.6, facecolor=palette.MUTED, edgecolor=palette.MUTED, gid="terms")
    (total,) = ax.bar(places[-1:], 0, 0.6, gid="sum", **palette.BAR["d"])
    ax.axhline(0, color=palette.INK, linewidth=1, gid="zero")
    ax.grid(axis="x", visible=False)
    number = ax.text(places[-1], 0, "", ha="center", va="bottom", fontweight="bold", gid="number")
    endless = ax.text(
        0, top - 0.6, "∞", color=palette.PAPER, ha="center", va="bottom", fontsize=15, gid="endless"
    )

    def update(wrong, outcome, halvings):
        q = belief(wrong, outcome, halvings)
        values = pointwise_kl(P, q)
        divergence = kl_divergence(P, q)
        shown = np.minimum([*values, divergence], top)
        believed.set_heights(q)
        picked.set_data([outcome + 0.2], [q[outcome] + 0.03])
        terms.set_heights(shown[:-1])
        total.set_height(shown[-1])
        number.set_y(min(shown[-1] + 0.05, top - 0.55))
        number.set_text("∞" if np.isinf(divergence) else f"{divergence:.3f}")
        endless.set_x(outcome)
        endless.set_visible(bool(np.isinf(divergence)))
        return {"D": divergence, "believed": q[outcome]}

    return update


YEAR, SAMPLES = 365, 20


@cache
def _year(sample):
    return sample_days(YEAR, P, seed=FIRST_SEED + sample - 1)


@explorer(
    slug="surprise-year",
    title="A year with a right and with a wrong believer",
    caption=(
        "Let the year run, or drag the dot. Both see the same days. Change the sample number for another year: the "
        "gap per day wobbles about the dotted line, and less and less. The faint lines are all twenty years, the "
        "band is two standard errors on each side."
    ),
    alt=(
        "First picture: two rising lines, total surprise of the wrong and of the right believer up to the chosen day "
        "of the year. Second picture: the gap divided by the number of days, a jagged line with faint ones for all "
        "twenty years, and a band that narrows about the dotted line at five eighths. A dot marks the chosen day."
    ),
    controls=[
        Slider("days", "Days so far", 5, YEAR, 46, YEAR, fmt="{:.0f}", play=True, drag="now"),
        Sample(count=SAMPLES),
    ],
    readouts=[
        Readout("gap", "Gap so far", "bits", fmt="{:.0f}"),
        Readout("rate", "Gap per day", "bits a day"),
        Readout("error", "Standard error", "bits a day"),
    ],
    panels=2,
    size=(345, 260),
)
def surprise_year(left, right):
    expected = kl_divergence(P, Q)
    extra_of = surprisal(Q) - surprisal(P)
    spread = np.sqrt(P @ (extra_of - expected) ** 2)
    days = np.arange(1, YEAR + 1)
    n = np.array([*range(1, 20), *range(20, YEAR, 3), YEAR])  # one point for each pixel or two

    ax = left.subplots()
    (wrong_line,) = ax.plot([], [], label="believes Q", gid="wrong", **palette.LINE["q"])
    (right_line,) = ax.plot([], [], label="believes P", gid="right", **palette.LINE["p"])
    ax.set(xlim=(0, YEAR), ylim=(0, 1000), xlabel="days", ylabel="total surprise, bits")
    ax.legend(loc="upper left")

    ax = right.subplots()
    error_band(ax, days, expected, spread)
    ax.axhline(expected, label="D(P‖Q)", gid="goal", **palette.LINE["d"])
    for k in range(1, SAMPLES + 1):
        faint = {"color": palette.MUTED, "linewidth": 0.7, "alpha": 0.45, "label": None}
        Measured(ax, days[4::6], gid="other", **faint).show(extra_of[_year(k)])
    measured = Measured(ax, n, dot=True, gid="rate", label="gap per day")
    ax.set(xlim=(0, YEAR), ylim=(-0.6, 2.1), xlabel="days", ylabel="gap per day, bits")
    ax.legend(loc="upper right")

    def update(days, sample):
        so_far = _year(sample)[: int(days)]
        shown = np.append(n[n < days], int(days))
        for line, belief in ((wrong_line, Q), (right_line, P)):
            line.set_data(shown, np.cumsum(surprisal(belief)[so_far])[shown - 1])
        mean, error = measured.show(extra_of[so_far])
        return {"gap": extra_of[so_far].sum(), "rate": mean, "error": error}

    return update


LONG = 10_000


@cache
def _long_sample(sample):
    return sample_days(LONG, P, seed=FIRST_SEED + sample - 1)


@explorer(
    slug="surprise-closing-in",
    title="The measurement closes in on five eighths",
    caption=(
        "The average extra surprise after 2, 3, 4 and up to ten thousand days (note the logarithmic axis). Sample 1 "
        "is the experiment above. The band is two standard errors wide on each side; about one sample in twenty "
        "should end outside of it."
    ),
    alt=(
        "A jagged line, the average extra surprise up to the chosen number of days, which swings widely at first and "
        "less and less, and a band about the dotted line at five eighths that narrows with the square root of the "
        "number of days."
    ),
    controls=[
        Slider("days", "Days so far", 10, LONG, 40, LONG, scale="integer", fmt="{:,}", play=True),
        Sample(count=20),
    ],
    readouts=measured_readouts("bits a day", "D(P‖Q)"),
    size=(350, 250),
)
def surprise_closing_in(panel):
    expected = kl_divergence(P, Q)
    extra_of = surprisal(Q) - surprisal(P)
    spread = np.sqrt(P @ (extra_of - expected) ** 2)
    n = looks(2, LONG, 120)

    ax = panel.subplots()
    error_band(ax, n, expected, spread)
    ax.axhline(expected, label="D(P‖Q)", gid="goal", **palette.LINE["d"])
    measured = Measured(ax, n)
    ax.set(xlim=(2, LONG), ylim=(-0.8, 2.1), xlabel="days", ylabel="extra surprise, bits a day")
    log_axis(ax, [10, 100, 1000, 10_000])
    ax.legend(loc="upper right")

    def update(days, sample):
        mean, error = measured.show(extra_of[_long_sample(sample)[:days]])
        return {"mean": mean, "error": error, "off": away(mean, error, expected)}

    return update


_CHANCES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.4)
_GRID = (*_CHANCES, 0.5, *(1 - c for c in reversed(_CHANCES)))


def _log_odds(p):
    """Position on the axis; 0 and 1 stand at its ends."""
    p = np.clip(p, 0.0005, 0.9995)
    return np.log2(p / (1 - p))


def _pair(p):
    return np.stack([p, 1 - np.asarray(p)], axis=-1)


@explorer(
    slug="two-ways",
    title="Two outcomes, two directions",
    caption=(
        "The truth is P = (p, 1 − p), the belief Q = (q, 1 − q). Pull q to 0 (drag a dot): in the end one direction "
        "is infinite, the other is not. Then reset to the article's example and compare the two numbers. The line "
        "is the truth; it can be dragged, too."
    ),
    alt=(
        "Two curves over the belief q, with the truth p fixed: D(P‖Q), which rises without bound at both ends, and "
        "D(Q‖P), which stays finite. Both touch zero where q equals p, at an upright line. A dot on each marks the "
        "chosen belief; at an end, where D(P‖Q) is infinite, its dot is replaced by ∞."
    ),
    controls=[
        Slider("p", "Truth p", 0.01, 0.99, 2, 0.1, fmt="{:g}", extra=_GRID[3:-3], drag="truth"),
        Slider("q", "Belief q", 0, 1, 2, 0.01, fmt="{:g}", extra=_GRID, drag=("forward-now", "reverse-now")),
    ],
    readouts=[
        Readout("forward", "D(P‖Q)", "bits", fmt="{:.4f}", infinite="Q rules out what P lets happen"),
        Readout("reverse", "D(Q‖P)", "bits", fmt="{:.4f}"),
        Readout("ratio", "First divided by second", fmt="{:.2f}", infinite="the first is infinite"),
    ],
    size=(350, 270),
)
def two_ways(panel):
    ax = panel.subplots()
    x_line = np.linspace(_log_odds(0), _log_odds(1), 80)
    beliefs = _pair(1 / (1 + 2.0**-x_line))
    (forward_line,) = ax.plot(x_line, 0 * x_line, label="D(P‖Q)", gid="forward", **palette.LINE["d"])
    dashes = {"color": palette.EXTRA, "linestyle": (0, (6, 2, 1, 2))}
    (reverse_line,) = ax.plot(x_line, 0 * x_line, label="D(Q‖P)", gid="reverse", **dashes)
    (forward_dot,) = ax.plot([], [], "o", color=palette.D, markersize=8, gid="forward-now")
    (reverse_dot,) = ax.plot([], [], "s", color=palette.EXTRA, markersize=7, gid="reverse-now")
    truth = ax.axvline(0, label="truth p", color=palette.P, linewidth=1.4, gid="truth")
    endless = ax.text(0, 3.6, "∞", color=palette.D, fontsize=16, ha="center", gid="endless")
    ticks = [0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999]
    ax.set(xticks=_log_odds(np.array(ticks)), xticklabels=[f"{t:g}" for t in ticks])
    ax.set(xlim=(_log_odds(0), _log_odds(1)), xlabel="belief q (stretched towards 0 and 1)")
    ax.set(ylim=(0, 4), ylabel="bits")
    legend_above(ax, ncols=3)

    def update(p, q):
        truth_pair, belief_pair = _pair(p), _pair(q)
        forward = kl_divergence(truth_pair, belief_pair)
        reverse = kl_divergence(belief_pair, truth_pair)
        forward_line.set_ydata(kl_divergence(truth_pair, beliefs))
        reverse_line.set_ydata(kl_divergence(beliefs, truth_pair))
        forward_dot.set_data([_log_odds(q)], [min(forward, 3.95)])
        forward_dot.set_visible(bool(np.isfinite(forward)))
        reverse_dot.set_data([_log_odds(q)], [min(reverse, 3.95)])
        truth.set_xdata([_log_odds(p)] * 2)
        endless.set_x(_log_odds(q) + (0.8 if q < 0.5 else -0.8))
        endless.set_visible(bool(np.isinf(forward)))
        return {
            "forward": forward,
            "reverse": reverse,
            "ratio": "both are zero" if p == q else forward / reverse,
        }

    return update


@explorer(
    slug="gibbs-tangent",
    title="The logarithm lies below its tangent",
    caption=(
        "Move x, or drag the dot. The gap between the line and the curve is never negative, and zero at x = 1 "
        "only."
    ),
    alt=(
        "The curve ln x and the straight line x minus 1, which touch at x equal to 1, with a dot on the curve at "
        "the chosen x and a dotted line from it up to the straight one."
    ),
    controls=[Slider("x", "x", 0.1, 3, 59, 2, fmt="{:.2f}", drag="gap")],
    readouts=[Readout("line", "x − 1"), Readout("curve", "ln x"), Readout("gap", "Gap")],
    size=(340, 240),
)
def gibbs_tangent(panel):
    ax = panel.subplots()
    x_line = np.linspace(0.05, 3.1, 160)
    ax.plot(x_line, x_line - 1, color=palette.MUTED, label="x − 1", gid="tangent")
    ax.plot(x_line, np.log(x_line), color=palette.EXTRA, label="ln x", gid="logarithm")
    (gap,) = ax.plot([], [], marker="o", markersize=7, markevery=[-1], gid="gap", **palette.LINE["d"])
    ax.set(xlim=(0, 3.1), ylim=(-3, 2.2), xlabel="x")
    ax.legend(loc="lower right")

    def update(x):
        line, curve = x - 1, np.log(x)
        gap.set_data([x, x], [line, curve])
        return {"line": line, "curve": curve, "gap": line - curve}

    return update


@explorer(
    slug="gibbs-jensen",
    title="An average of −log is at least −log of the average",
    caption=(
        "Two outcomes, and the ratio r = q/p of each. The belief sums to one, so the ratios average to 1, where the "
        "curve is at 0. The average of −log₂ r lies on the chord, at the same place: that height is the "
        "divergence. It is 0 only if both ratios are 1. Drag the ends of the chord."
    ),
    alt=(
        "The convex curve minus log2 of r with a chord between two of its points. At r = 1 the chord is above the "
        "curve, unless the two points have met there."
    ),
    controls=[
        Slider(
            "often", "How often the first outcome occurs", 0.05, 0.7, 27, 0.5, fmt="{:.3f}", drag="second"
        ),
        Slider("first", "Ratio q/p of the first outcome", 0.1, 1, 37, 0.25, fmt="{:.3f}", drag="first"),
    ],
    readouts=[
        Readout("second", "Ratio q/p of the second outcome"),
        Readout("height", "Height of the chord at 1: D(P‖Q)", "bits"),
    ],
    size=(340, 240),
)
def gibbs_jensen(panel):
    ax = panel.subplots()
    r_line = np.linspace(0.08, 3.5, 160)
    ax.plot(r_line, -np.log2(r_line), color=palette.EXTRA, gid="curve")
    (chord,) = ax.plot([], [], color=palette.MUTED, gid="chord")
    dot = {"marker": "o", "markersize": 7, "color": palette.MUTED}
    (second_dot,) = ax.plot([], [], gid="second", **dot)
    (first_dot,) = ax.plot(
        [], [], gid="first", **dot
    )  # on top: where both are at 1, it is the one to be moved
    (gap,) = ax.plot([], [], marker="o", markersize=6, gid="height", **palette.LINE["d"])
    ax.set(xlim=(0, 3.5), ylim=(-2, 3.6), xlabel="ratio r = q/p", ylabel="−log₂ r, bits")

    def update(often, first):
        second = (1 - often * first) / (1 - often)
        ends = -np.log2([first, second])
        height = often * ends[0] + (1 - often) * ends[1]
        chord.set_data([first, second], ends)
        first_dot.set_data([first], ends[:1])
        second_dot.set_data([second], ends[1:])
        gap.set_data([1, 1], [0, height])
        return {"second": second, "height": height}

    return update


@explorer(
    slug="surprise-never-say-never",
    title="The price of ruling something out",
    caption=(
        "Only one outcome is believed too rare; the belief in the others keeps its proportions. After the first "
        "few, each further halving (drag the dot) adds nearly as many bits a day as the outcome’s probability: half "
        "a bit for sun, a quarter for cloud, an eighth for rain or snow, without end. A belief of zero would stand "
        "at the end of this line, and it has none: ∞."
    ),
    alt=(
        "A rising, soon straight line: the divergence against the number of halvings of one believed probability, with "
        "a dot at the chosen number."
    ),
    controls=[
        Choice("outcome", "Outcome", {o: i for i, o in enumerate(OUTCOMES)}, 0),
        Slider("halvings", "Halvings of its believed probability", 0, 40, 41, 6, fmt="{:.0f}", drag="now"),
    ],
    readouts=[
        Readout("q", "Believed probability", fmt="{:.3g}", power=1e-3),
        Readout("bits", "Surprise on such a day", "bits", fmt="{:.1f}"),
        Readout("D", "D(P‖Q)", "bits a day"),
    ],
    size=(345, 240),
)
def surprise_never_say_never(panel):
    ax = panel.subplots()
    steps = np.arange(41)
    curves = [[kl_divergence(P, belief(0, k, n)) for n in steps] for k in range(len(P))]
    (line,) = ax.plot(steps, curves[0], gid="line", **palette.LINE["d"])
    (dot,) = ax.plot([], [], "o", color=palette.D, markersize=8, gid="now")
    ax.set(xlim=(0, 40), ylim=(0, 20), xlabel="halvings", ylabel="D(P‖Q), bits a day")

    def update(outcome, halvings):
        q = belief(0, outcome, halvings)
        divergence = kl_divergence(P, q)
        line.set_ydata(curves[outcome])
        dot.set_data([halvings], [divergence])
        return {"q": q[outcome], "bits": surprisal(q[outcome]), "D": divergence}

    return update


__all__ = [
    "FIRST_SEED",
    "gibbs_jensen",
    "gibbs_tangent",
    "surprise_bars",
    "surprise_closing_in",
    "surprise_never_say_never",
    "surprise_year",
    "two_ways",
]
