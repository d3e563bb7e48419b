"""The figures of the chapter *Hypothesis testing*."""

from collections import defaultdict
from functools import cache

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette, superscript
from ..ideas.error_rates import bayes_error, chernoff_information, error_curve, stein_exponent, type_2_error
from ..ideas.evidence import evidence_walks, posterior_odds, posterior_probability
from ..ideas.sequential_tests import stopped_walks, wald_sample_numbers, wald_thresholds
from ..ideas.surprise import kl_divergence
from ..ideas.weather import P, Q
from .parts import Bars, Measured, away, error_band, log_axis, looks, measured_readouts

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 1945

#: The two towns with cloud and rain put together: both are one bit for Q, so every test treats them alike.
P_MERGED, Q_MERGED = (np.array([d[0], d[1] + d[2], d[3]]) for d in (P, Q))

#: How D(Q‖P) is drawn, here as in the chapter before.
REVERSE = {"color": palette.EXTRA, "linestyle": (0, (6, 2, 1, 2)), "linewidth": 2}

TOWNS = {"P is true": "p", "Q is true": "q"}
_TRUTH = {"p": P, "q": Q}

SHORT = 60
_PRIORS = {"1 : 1,024": -10, "1 : 32": -5, "1 : 1": 0, "32 : 1": 5}


@cache
def _short_walk(truth, sample):
    return evidence_walks(P, Q, SHORT, truth=_TRUTH[truth], seed=FIRST_SEED + sample - 1)[0]


def _odds_text(odds):
    """Odds that are a power of two, as powers and, if not too long, as numbers."""
    power = round(float(np.log2(odds)))
    if power == 0:
        return "1 : 1"
    number = f"2{superscript(abs(power))}" + (f" = {2 ** abs(power):,}" if abs(power) <= 20 else "")
    return f"{number} : 1" if power > 0 else f"1 : {number}"


def _percent(probability):
    if probability > 0.9999:
        return "above 99.99 %"
    return "below 0.01 %" if probability < 0.0001 else f"{probability:.2%}".replace("%", " %")


@explorer(
    slug="evidence-walk",
    title="Evidence is a walk that drifts",
    caption=(
        "Let the days pass or drag a dot, and try other samples. Then exchange the truth: the same odds beforehand, "
        "the other drift. Last, choose other odds beforehand. The walk stays the same; what moves is the level line "
        "of even odds."
    ),
    alt=(
        "First picture: a walk of the evidence for P up to the chosen day, at most 60, with two straight lines from "
        "zero, one rising by five eighths of a bit a day and one falling by half a bit a day, and a level line at "
        "even odds. Second picture: the probability of P over the same days. Dots mark the chosen day."
    ),
    controls=[
        Slider("days", "Days so far", 0, SHORT, 31, 30, fmt="{:.0f}", play=True, drag=("now", "chance-now")),
        Choice("truth", "In truth", TOWNS, "p"),
        Choice("prior", "Odds beforehand, P : Q", _PRIORS, -5),
        Sample(count=8),
    ],
    readouts=[
        Readout("evidence", "Evidence so far", "bits", fmt="{:.0f}"),
        Readout("odds", "Odds P : Q now"),
        Readout("probability", "Probability of P"),
    ],
    panels=2,
    size=(345, 270),
)
def evidence_walk(left, right):
    n = np.arange(SHORT + 1)
    ax = left.subplots()
    drifts = [
        ax.plot(n, kl_divergence(P, Q) * n, gid="rise", **palette.LINE["d"])[0],
        ax.plot(n, -kl_divergence(Q, P) * n, gid="fall", **REVERSE)[0],
    ]
    even = ax.axhline(0, color=palette.MUTED, linewidth=1.2, gid="even")
    lines = {key: ax.plot([], [], gid=f"walk-{key}", **palette.LINE[key])[0] for key in _TRUTH}
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=6, gid="now")
    ax.set(xlim=(0, SHORT), ylim=(-52, 62), xlabel="days", ylabel="evidence for P, bits")
    upper = ax.legend(lines.values(), ["days in town P", "days in town Q"], loc="upper left")
    upper.set_gid("towns")
    ax.add_artist(upper)
    ax.legend(
        [*drifts, even], ["up D(P‖Q) a day", "down D(Q‖P) a day", "even odds"], loc="lower left", borderpad=0
    )

    ax = right.subplots()
    ax.axhline(0.5, color=palette.MUTED, linewidth=1.2, gid="half")
    chances = {key: ax.plot([], [], gid=f"chance-{key}", **palette.LINE[key])[0] for key in _TRUTH}
    (chance_dot,) = ax.plot([], [], "o", color=palette.INK, markersize=6, gid="chance-now")
    ax.set(xlim=(0, SHORT), ylim=(-0.03, 1.03), xlabel="days", ylabel="probability of P")

    def update(days, truth, prior, sample):
        days = round(days)
        walk = _short_walk(truth, sample)[: days + 1]
        chance = posterior_probability(2.0**prior / (1 + 2.0**prior), walk)
        for key in _TRUTH:
            shown = n[: days + 1 if key == truth else 0]
            lines[key].set_data(shown, walk[: len(shown)])
            chances[key].set_data(shown, chance[: len(shown)])
        dot.set_data([days], walk[-1:])
        chance_dot.set_data([days], chance[-1:])
        even.set_ydata([-prior] * 2)
        return {
            "evidence": walk[-1],
            "odds": _odds_text(posterior_odds(2.0**prior, walk[-1])),
            "probability": _percent(chance[-1]),
        }

    return update


LONG = 10_000


@cache
def _long_walk(truth, sample):
    return evidence_walks(P, Q, LONG, truth=_TRUTH[truth], seed=FIRST_SEED + sample - 1)[0]


@explorer(
    slug="evidence-closing-in",
    title="The measurement closes in: five eighths, and minus a half",
    caption=(
        "The average evidence for P after 2, 3, 4 and up to ten thousand days (note the logarithmic axis). Sample 1 is "
        "the experiment above. The band is two standard errors wide on each side. Then let Q be true."
    ),
    alt=(
        "A jagged line, the average evidence for P a day up to the chosen number of days, swings less and less, and a "
        "band narrows with the root of the number of days: about plus five eighths of a bit where P is true, about "
        "minus one half where Q is."
    ),
    controls=[
        Slider("days", "Days so far", 20, LONG, 31, LONG, scale="integer", fmt="{:,}", play=True),
        Choice("truth", "In truth", TOWNS, "p"),
        Sample(count=12),
    ],
    readouts=measured_readouts("bits a day", "the drift"),
    size=(350, 260),
)
def evidence_closing_in(panel):
    drift = {"p": kl_divergence(P, Q), "q": -kl_divergence(Q, P)}
    steps = np.log2(P / Q)
    spread = {key: np.sqrt(truth @ (steps - drift[key]) ** 2) for key, truth in _TRUTH.items()}
    n = looks(2, LONG, 110)

    ax = panel.subplots()
    ax.axhline(drift["p"], label="+D(P‖Q)", gid="goal-p", **palette.LINE["d"])
    ax.axhline(drift["q"], label="−D(Q‖P)", gid="goal-q", **REVERSE)
    bands, measured = {}, {}
    for key in _TRUTH:
        band = {"color": palette.MUTED, "alpha": 0.18, "gid": f"band-{key}"}
        bands[key] = error_band(ax, n, drift[key], spread[key], **band)
        style = palette.LINE[key] | {"linewidth": 1.7, "label": None}
        measured[key] = Measured(ax, n, gid=f"measured-{key}", **style)
    ax.set(xlim=(2, LONG), ylim=(-2.6, 2.7), xlabel="days", ylabel="evidence for P, bits a day")
    log_axis(ax, [10, 100, 1000, 10_000])
    ax.legend(loc="upper right")

    def update(days, truth, sample):
        mean, error = measured[truth].show(np.diff(_long_walk(truth, sample)[: days + 1]))
        for key in _TRUTH:
            for artist in (bands[key], measured[key].line):
                artist.set_visible(key == truth)
        return {"mean": mean, "error": error, "off": away(mean, error, drift[truth])}

    return update


_CURVE_DAYS = (3, 4, 5, 6, 8, 10, 14, 20)
_SMALLEST = 1e-4


@cache
def _curve(n):
    return error_curve(P_MERGED, Q_MERGED, n)


@explorer(
    slug="evidence-threshold",
    title="A threshold, and two ways to be wrong",
    caption=(
        "Decide for Q if the evidence is at most the threshold. What stands in the shade is decided wrongly. Drag the "
        "threshold or the dot: one error is paid for with the other, along the curve of both errors. Then watch more "
        "days."
    ),
    alt=(
        "First picture: bars of the probability of each amount of evidence, upwards where P is true and downwards "
        "where Q is, with an upright line at the threshold and shaded the two wrong decisions. Second picture: "
        "the error of keeping P against the error of rejecting P, on logarithmic axes, with a dot for the "
        "threshold; errors below one in ten thousand stand at the edge."
    ),
    controls=[
        Choice("n", "Days of watching", {f"{n}": n for n in _CURVE_DAYS}, 10),
        Slider(
            "threshold",
            "Reject P if the evidence is at most",
            -20,
            20,
            41,
            0,
            fmt="{:.0f}",
            unit="bits",
            drag=("threshold", "now"),
        ),
    ],
    readouts=[
        Readout("type_1", "P is rejected though true", fmt="{:.5f}"),
        Readout("type_2", "P is kept though Q is true", fmt="{:.5f}"),
    ],
    panels=2,
    size=(345, 270),
)
def evidence_threshold(left, right):
    low, high, top = -21, 35, 0.45
    ax = left.subplots()
    x = np.arange(low + 1, high)
    # The two shades as one polygon, which touches itself on the line.
    corners = np.array([[low, 0], [low, top], [0, top], [0, -top], [high, -top], [high, 0]])
    (shade,) = ax.fill(*corners.T, color=palette.GRID, linewidth=0, gid="wrong")
    ax.grid(visible=False)
    # A bar below 2e-4 is less than a twentieth of a pixel high.
    if_p = Bars(ax, x, 0, 0.8, least=2e-4, gid="if-p", **palette.BAR["p"] | {"linewidth": 0.4})
    if_q = Bars(ax, x, 0, 0.8, least=2e-4, gid="if-q", **palette.BAR["q"] | {"linewidth": 0.8})
    ax.axhline(0, color=palette.INK, linewidth=1, gid="zero")
    line = ax.axvline(0, color=palette.INK, linewidth=1.6, gid="threshold")
    ax.set(xlim=(low, high), ylim=(-top, top), xlabel="evidence for P, bits", ylabel="probability")
    ax.set_yticks([-0.4, -0.2, 0, 0.2, 0.4], labels=["0.4", "0.2", "0", "0.2", "0.4"])
    ax.text(high - 2, top - 0.03, "if P is true", ha="right", va="top", color=palette.P, gid="true-p")
    ax.text(high - 2, -top + 0.03, "if Q is true", ha="right", va="bottom", color=palette.Q, gid="true-q")
    for edge, va, inwards, rejected, kept in (
        (top - 0.03, "top", -0.06, palette.INK, palette.MUTED),
        (-top + 0.03, "bottom", 0.06, palette.MUTED, palette.INK),
    ):
        ax.text(low + 2, edge, "rejected", ha="left", va=va, color=rejected, gid="rejected")
        ax.text(high - 2, edge + inwards, "kept", ha="right", va=va, color=kept, gid="kept")

    ax = right.subplots()
    (curve,) = ax.plot([], [], color=palette.MUTED, linewidth=1.6, gid="errors")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=8, gid="now")
    ticks, labels = [1, 0.1, 0.01, 0.001, _SMALLEST], ["1", "0.1", "0.01", "0.001", "≤ 0.0001"]
    ax.set(xlim=(0.7 * _SMALLEST, 1.4), ylim=(0.7 * _SMALLEST, 1.4))
    log_axis(ax, ticks, labels)
    log_axis(ax, ticks, labels, axis="y")
    ax.set(xlabel="P rejected though true", ylabel="P kept though Q is true")

    def update(n, threshold):
        levels, type_1, type_2 = _curve(n)
        places = np.round(levels[1:]).astype(int) - x[0]
        seen = (places >= 0) & (places < len(x))
        for bars, errors in ((if_p, type_1), (if_q, type_2)):
            heights = np.zeros(len(x))
            heights[places[seen]] = np.diff(errors)[seen]
            bars.set_heights(heights)
        curve.set_data(np.maximum(type_1, _SMALLEST), np.maximum(type_2, _SMALLEST))
        at = np.searchsorted(levels, threshold + 1e-9) - 1
        cut = threshold + 0.5
        line.set_xdata([cut, cut])
        corners[2:4, 0] = cut
        shade.set_xy(corners)
        dot.set_data([max(type_1[at], _SMALLEST)], [max(type_2[at], _SMALLEST)])
        return {"type_1": type_1[at], "type_2": type_2[at]}

    return update


_STEIN_TRIALS = np.unique(np.round(np.geomspace(1, 1000, 28)).astype(int))
_ALPHAS = {"1/2": 0.5, "1/5": 0.2, "1/20": 0.05, "1/1,000": 0.001}
_PAIRS = {
    "two towns": (P_MERGED, Q_MERGED),
    "coins, P: 0.1, Q: 0.01": (np.array([0.1, 0.9]), np.array([0.01, 0.99])),
}


@cache
def _stein_bits(pair, bounded):
    """−log₂ of the best other error for each bound (rows), after no trial and after each number of trials."""
    p, q = _PAIRS[pair] if bounded == "p" else _PAIRS[pair][::-1]
    bounds = np.array(list(_ALPHAS.values()))
    errors = [1 - bounds, *(type_2_error(p, q, int(n), bounds) for n in _STEIN_TRIALS)]
    return -np.log2(errors).T


def _stretch(before, last):
    return f"trial {last:,}" if last == before + 1 else f"trials {before + 1:,} to {last:,}"


@explorer(
    slug="evidence-stein",
    title="How fast the other error shrinks",
    caption=(
        "Exact errors of the best test there is: one error is held at a bound, the other is shown. The straight "
        "lines have the two divergences as slopes. Watch the slope where you are, not the height; then exchange "
        "the error that is held. You can drag the dots. The slope is an average over the trials (days in town, or "
        "flips of the coin) since the slider's step before; where those are few, it jumps."
    ),
    alt=(
        "First picture: the logarithm of the other error falls with the number of trials, beside two straight "
        "lines whose slopes are the two divergences. Second picture: the bits a trial by which the error shrinks from "
        "each step of the slider to the next, a line that jumps where the steps are close, beside level lines at "
        "the two divergences. In the long run it tends to the divergence from the hypothesis whose rejection is "
        "held. A dot on each marks the chosen number of trials."
    ),
    controls=[
        Choice("pair", "Which pair", {name: name for name in _PAIRS}, "two towns"),
        Choice(
            "bounded",
            "Held below the bound",
            {"rejecting P though true": "p", "rejecting Q though true": "q"},
            "p",
        ),
        Choice("alpha", "The bound", _ALPHAS, 0.05),
        Slider(
            "n", "Trials", 1, 1000, 28, 1000, scale="integer", fmt="{:,}", play=True, drag=("now", "rate-now")
        ),
    ],
    readouts=[
        Readout("error", "The other error", fmt="{:.4f}", power=1e-3, log10=True),
        Readout("average", "Its rate so far", "bits a trial"),
        Readout("slope", "Its rate since the step before", "bits a trial"),
        Readout("stretch", "That is, in"),
        Readout("limit", "Stein's limit"),
    ],
    panels=2,
    size=(345, 270),
)
def evidence_stein(left, right):
    places = np.append(0, _STEIN_TRIALS)
    ax = left.subplots()
    straight = {
        "p": ax.plot([], [], gid="slope-p", **palette.LINE["d"])[0],
        "q": ax.plot([], [], gid="slope-q", **REVERSE)[0],
    }
    (curve,) = ax.plot([], [], color=palette.INK, linewidth=1.8, gid="exact")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="now")
    ax.set(xlim=(0, 1040), ylim=(-650, 20), xlabel="trials", ylabel="log₂ of the other error")
    ax.set_xticks([0, 250, 500, 750, 1000], labels=["0", "250", "500", "750", "1,000"])
    ax.legend(
        [curve, *straight.values()],
        ["exact", "slope −D(P‖Q)", "slope −D(Q‖P)"],
        loc="lower left",
    )

    ax = right.subplots()
    levels = {
        "p": ax.axhline(0, label="D(P‖Q)", gid="limit-p", **palette.LINE["d"]),
        "q": ax.axhline(0, label="D(Q‖P)", gid="limit-q", **REVERSE),
    }
    style = {"color": palette.INK, "linewidth": 1.8, "label": "since the step before"}
    (rate,) = ax.plot([], [], gid="rate", **style)
    (rate_dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="rate-now")
    ax.set(xlim=(1, 1200), ylim=(0, 2.1), xlabel="trials", ylabel="bits a trial")
    log_axis(ax, [1, 10, 100, 1000])
    ax.legend(loc="upper right")

    def update(pair, bounded, alpha, n):
        bits = _stein_bits(pair, bounded)[list(_ALPHAS.values()).index(alpha)]
        slopes = np.diff(bits) / np.diff(places)
        at = int(np.searchsorted(places, n))
        curve.set_data(places, -bits)
        dot.set_data([n], [-bits[at]])
        rate.set_data(places[1:], slopes)
        rate_dot.set_data([n], [slopes[at - 1]])
        p, q = _PAIRS[pair]
        limits = {"p": stein_exponent(p, q), "q": stein_exponent(q, p)}
        for key, limit in limits.items():
            straight[key].set_data([0, 1000], [0, -1000 * limit])
            levels[key].set_ydata([limit, limit])
        name = {"p": "D(P‖Q)", "q": "D(Q‖P)"}[bounded]
        return {
            "error": -bits[at] * np.log10(2),
            "average": bits[at] / n,
            "slope": slopes[at - 1],
            "stretch": _stretch(places[at - 1], n),
            "limit": f"{name} = {limits[bounded]:.4f} bits a trial",
        }

    return update


WALKS, WATCH, SHOWN = 2000, 160, 6
_RATES = {"1 in 5": 0.2, "1 in 10": 0.1, "1 in 20": 0.05, "1 in 50": 0.02, "1 in 100": 0.01,
          "1 in 200": 0.005, "1 in 500": 0.002, "1 in 1,000": 0.001}  # fmt: skip


@cache
def _many_walks(truth, sample):
    return evidence_walks(
        P, Q, WATCH, truth=_TRUTH[truth], walks=WALKS, seed=(FIRST_SEED, "pq".index(truth), sample)
    )


@cache
def _stopped(truth, sample, alpha, beta):
    return stopped_walks(_many_walks(truth, sample), *wald_thresholds(alpha, beta))


@cache
def stopping(truth, lower, upper):
    """Probability of each (number of days, evidence) at which a walk meets a threshold: exact, no simulation.

    `truth` is "p" or "q"; `lower` may be −∞ and `upper` +∞. All walks are followed together, as probabilities of
    places, until less than 1e-13 is still under way.
    """
    often = defaultdict(float)
    for step, chance in zip(np.log2(P / Q).tolist(), _TRUTH[truth].tolist(), strict=True):
        often[round(step)] += chance
    inside, ends, day = {0: 1.0}, {}, 0
    while sum(inside.values()) > 1e-13:
        day += 1
        after = defaultdict(float)
        for place, mass in inside.items():
            for step, chance in often.items():
                after[place + step] += mass * chance
        inside = {}
        for place, mass in after.items():
            if place <= lower or place >= upper:
                ends[day, place] = mass
            elif mass > 1e-17:  # what is dropped here is far less than is left at the end
                inside[place] = mass
    return ends


def average_stop(truth, lower, upper):
    """Exact average number of days until a walk meets a threshold."""
    return sum(day * mass for (day, _), mass in stopping(truth, lower, upper).items())


def wrong_stop(truth, lower, upper):
    """Exact probability that a walk meets the threshold of the wrong town first."""
    ends = stopping(truth, lower, upper).items()
    return sum(mass for (_, place), mass in ends if (place <= lower) == (truth == "p"))


@cache
def _days_on_average(truth, sample, beta):
    return np.array([_stopped(truth, sample, rate, beta).steps.mean() for rate in _RATES.values()])


@cache
def _wald_days(truth, beta):
    return wald_sample_numbers(P, Q, *wald_thresholds(list(_RATES.values()), beta))["pq".index(truth)]


@cache
def _fixed_days():
    """After how many days the best test with their number fixed keeps both rates.

    For each rate of keeping P though Q is true an array over the rates of rejecting P though true.
    """
    rates = np.array(list(_RATES.values()))
    days = np.zeros((len(rates), len(rates)), int)
    n = 0
    while (days == 0).any():
        n += 1
        missed = type_2_error(P_MERGED, Q_MERGED, n, rates)
        days[(missed[:, None] <= rates * (1 + 1e-12)) & (days == 0)] = n
    return dict(zip(_RATES.values(), days.T, strict=True))


@explorer(
    slug="evidence-sequential",
    title="Watch until it is enough",
    caption=(
        "Wanted error rates set the two thresholds; a walk that meets one stops (six of 2,000 are shown). The dots "
        "are the days that this takes on average, next to Wald's approximation and to the best test with a fixed "
        "number of days (which may toss a coin on its threshold)."
    ),
    alt=(
        "First picture: six walks of evidence between a lower and an upper threshold, each ending where it meets one. "
        "Second picture: average number of days against the wanted rate of rejecting P though true: Wald's line, "
        "simulated dots, which but for chance are on or above it, and the fixed number of days, above both."
    ),
    controls=[
        Choice("truth", "In truth", TOWNS, "p"),
        Sample(count=4),
        Choice("beta", "Keep P though Q is true", _RATES, 0.05),
        Choice("alpha", "Reject P though true", _RATES, 0.05),
    ],
    readouts=[
        Readout("upper", "Upper threshold", "bits", fmt="{:+.2f}"),
        Readout("lower", "Lower threshold", "bits", fmt="{:+.2f}"),
        Readout("wrong", f"Wrong decisions, of {WALKS:,}", "%", fmt="{:.2f}"),
        Readout("exactly", "Exact probability of a wrong one", "%", fmt="{:.2f}"),
        Readout("days", "Days on average", "days", fmt="{:.2f}"),
        Readout("wald", "Wald's approximation", "days", fmt="{:.1f}"),
        Readout("fixed", "Fixed number of days", "days", fmt="{:.0f}"),
    ],
    panels=2,
    size=(345, 290),
)
def evidence_sequential(left, right):
    rates = np.array(list(_RATES.values()))
    ax = left.subplots()
    (upper_line,) = ax.plot([], [], gid="upper", **palette.LINE["p"] | {"linewidth": 1.4})
    (lower_line,) = ax.plot([], [], gid="lower", **palette.LINE["q"] | {"linewidth": 1.4})
    ax.axhline(0, color=palette.MUTED, linewidth=1, gid="zero")
    (paths,) = ax.plot([], [], color=palette.MUTED, linewidth=1.1, gid="walks")
    (stops,) = ax.plot([], [], "o", color=palette.INK, markersize=5, gid="stops")
    ax.set(xlim=(0, 50), ylim=(-13, 15), xlabel="days", ylabel="evidence for P, bits")
    ax.text(49.5, 14.7, "decide for P", ha="right", va="top", color=palette.P, gid="for-p")
    ax.text(49.5, -12.7, "decide for Q", ha="right", va="bottom", color=palette.Q, gid="for-q")

    ax = right.subplots()
    ring = {
        "markersize": 13,
        "markeredgewidth": 1.8,
        "color": palette.PAPER,
        "markeredgecolor": palette.EXTRA,
    }
    (here,) = ax.plot([], [], "o", gid="now", **ring)
    (fixed_line,) = ax.plot(
        [], [], "s", color=palette.MUTED, markersize=4.5, label="fixed number", gid="fixed"
    )
    (simulated,) = ax.plot([], [], "o", color=palette.INK, markersize=6, label="simulated", gid="simulated")
    (wald_line,) = ax.plot([], [], label="Wald", gid="wald", **palette.LINE["d"])
    ax.set(xlim=(0.26, 0.0008), ylim=(0, 58), ylabel="days", xlabel="reject P though true")
    log_axis(ax, [0.1, 0.01, 0.001], ["1 in 10", "1 in 100", "1 in 1,000"])
    ax.legend(loc="upper left")

    def update(truth, sample, beta, alpha):
        at = list(rates).index(alpha)
        test, wald, fixed = _stopped(truth, sample, alpha, beta), _wald_days(truth, beta), _fixed_days()[beta]
        days = _days_on_average(truth, sample, beta)
        wald_line.set_data(rates, wald)
        simulated.set_data(rates, days)
        fixed_line.set_data(rates, fixed)
        here.set_data([alpha], [days[at]])
        lower, upper = wald_thresholds(alpha, beta)
        upper_line.set_data([0, 50], [upper, upper])
        lower_line.set_data([0, 50], [lower, lower])
        lasts = test.steps[:SHOWN]
        walks = [walk[: last + 1] for walk, last in zip(_many_walks(truth, sample), lasts, strict=False)]
        paths.set_data(
            np.concatenate([[*range(last + 1), np.nan] for last in lasts]),
            np.concatenate([[*walk, np.nan] for walk in walks]),
        )
        stops.set_data(lasts, [walk[-1] for walk in walks])
        wrong = (test.decision != (1 if truth == "p" else -1)).mean()
        error = test.steps.std(ddof=1) / np.sqrt(WALKS)
        return {
            "upper": upper,
            "lower": lower,
            "wrong": 100 * wrong,
            "exactly": 100 * wrong_stop(truth, lower, upper),
            "days": (days[at], error),
            "wald": wald[at],
            "fixed": fixed[at],
        }

    return update


_FLIPS = np.unique(np.round(np.geomspace(1, 2000, 26)).astype(int))
_TARGETS = {"1 in 10": 0.1, "1 in 100": 0.01, "1 in 1,000": 0.001}


def _coin(heads):
    return np.array([heads, 1 - heads])


def _same_question(first, second):
    """One of the up to four pairs that are the same but for names: of the coins, and of heads and tails."""
    return min(sorted([first, second]), sorted([round(1 - first, 12), round(1 - second, 12)]))


def _coin_errors(first, second):
    return _errors_of_pair(*_same_question(first, second))


@cache
def _errors_of_pair(first, second):
    return np.array([bayes_error(_coin(first), _coin(second), int(n)) for n in _FLIPS])


@cache
def _coin_information(first, second):
    return chernoff_information(_coin(first), _coin(second))


def flips_needed(first, second, target):
    """Smallest number of flips after which the best decision between two coins is wrong at most this often."""
    return _flips_of_pair(*_same_question(first, second), target)


@cache
def _flips_of_pair(first, second, target):
    if first == second:
        return np.inf
    few, enough = 0, 1
    while bayes_error(_coin(first), _coin(second), enough) > target:
        few, enough = enough, 2 * enough
    while enough - few > 1:  # the error never rises with more flips
        middle = (few + enough) // 2
        if bayes_error(_coin(first), _coin(second), middle) > target:
            few = middle
        else:
            enough = middle
    return enough


@explorer(
    slug="evidence-chernoff",
    title="Two coins: how many flips?",
    caption=(
        "Both errors count, and both coins are as likely beforehand. The lowest point of the first curve says "
        "what a further flip leaves of the error, on average in the long run. The other picture has the exact "
        "share of wrong decisions. Its grey curve is the pair 0.4 and 0.6: the same difference as 0 and 0.2, many "
        "times the flips."
    ),
    alt=(
        "First picture: a curve over the tilt from 0 to 1, nowhere bent downwards, with a dot at its lowest "
        "point. Second picture: the share of wrong decisions, which never rises with the number of flips, on "
        "logarithmic axes, for the chosen coins and, in grey, for 0.4 and 0.6; a level line at the wanted share, "
        "and a dot where the chosen coins keep it, unless they are the same."
    ),
    controls=[
        Slider("first", "Heads of one coin", 0, 1, 11, 0, fmt="{:g}"),
        Slider("second", "Heads of the other coin", 0, 1, 11, 0.2, fmt="{:g}"),
        Choice("target", "Wrong decisions at most", _TARGETS, 0.01),
    ],
    readouts=[
        Readout("left_over", "Lowest point: what a flip leaves of the error, on average", fmt="{:.4f}"),
        Readout(
            "information", "Chernoff information", "bits a flip", fmt="{:.4f}", infinite="one flip tells"
        ),
        Readout("tilt", "Tilt at the lowest point"),
        Readout("flips", "Flips needed", fmt="{:,.0f}", infinite="the coins are the same"),
    ],
    panels=2,
    size=(345, 270),
)
def evidence_chernoff(left, right):
    tilts = np.linspace(0, 1, 41)
    ax = left.subplots()
    (curve,) = ax.plot([], [], color=palette.EXTRA, linewidth=2, gid="sums")
    (depth,) = ax.plot([], [], gid="depth", **palette.LINE["d"])
    (lowest,) = ax.plot([], [], "o", color=palette.D, markersize=8, gid="lowest")
    ax.set(xlim=(-0.03, 1.03), ylim=(-0.03, 1.06), xlabel="tilt λ")
    ax.set_ylabel("sum of p^λ · q^(1−λ)")
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "¼", "½", "¾", "1"])

    ax = right.subplots()
    grey = {"color": palette.MUTED, "linewidth": 1.4, "label": "0.4 and 0.6", "gid": "grey"}
    ax.plot(_FLIPS, _coin_errors(0.4, 0.6), **grey)
    (errors,) = ax.plot([], [], color=palette.INK, linewidth=2.2, label="your pair", gid="errors")
    goal = ax.axhline(0.1, color=palette.MUTED, linewidth=1, gid="goal")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=8, gid="now")
    ax.set(xlim=(1, 2000), ylim=(2e-4, 2.2), xlabel="flips", ylabel="wrong decisions")
    log_axis(ax, [1, 10, 100, 1000])
    log_axis(ax, [1, 0.1, 0.01, 0.001], axis="y")
    ax.legend(loc="upper right")

    def update(first, second, target):
        p, q = _coin(first), _coin(second)
        information, tilt, _ = _coin_information(first, second)
        sure = np.isinf(information)  # no outcome is possible with both coins
        both = (p > 0) & (q > 0)  # what only one of the coins can do drops out of the sum
        place, left_over = 0.5 if sure else tilt, 2.0**-information
        curve.set_data(tilts, (p[both] ** tilts[:, None] * q[both] ** (1 - tilts[:, None])).sum(axis=1))
        depth.set_data([place, place], [1, left_over])
        lowest.set_data([place], [left_over])
        seen = _coin_errors(first, second)
        kept = seen > 1e-6
        errors.set_data(_FLIPS[kept], seen[kept])
        goal.set_ydata([target, target])
        flips = flips_needed(first, second, target)
        dot.set_data(([flips], [target]) if np.isfinite(flips) else ([], []))
        if sure:
            tilt = "none: one flip tells"
        elif first == second:
            tilt = "any: the curve is flat"
        return {
            "left_over": left_over,
            "information": information,
            "tilt": tilt,
            "flips": flips,
        }

    return update


__all__ = [
    "FIRST_SEED",
    "average_stop",
    "evidence_chernoff",
    "evidence_closing_in",
    "evidence_sequential",
    "evidence_stein",
    "evidence_threshold",
    "evidence_walk",
    "flips_needed",
    "stopping",
    "wrong_stop",
]
