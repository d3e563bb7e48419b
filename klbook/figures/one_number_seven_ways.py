"""The figures of the chapter *One number, seven ways*."""

from functools import cache

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.bregman import total_variation
from ..ideas.gambling import fair_odds
from ..ideas.measurements import STORIES, WALKS, outcome_by_outcome, seven_ways
from ..ideas.surprise import kl_divergence, surprisal
from ..ideas.weather import OUTCOMES, P, Q
from .parts import Bars, error_band, in_pieces, legend_above, log_axis, outcome_axis

#: Seed of sample number 1; the chapter's own experiments use it, too.
FIRST_SEED = 2026
#: Days of each experiment.
DAYS = (250, 1000, 4000)
SAMPLES = 8


def belief(wrong, snow=None):
    """The truth mixed with the wrong belief; then snow gets a probability, and the others share the rest."""
    mixed = (1 - wrong) * P + wrong * Q
    if snow is not None:
        mixed *= (1 - snow) / (1 - mixed[3])
        mixed[3] = snow
    return mixed


def seed_of(sample, days):
    """What the six random experiments of a sample begin with: other days for each number of days."""
    return FIRST_SEED + sample - 1, days


@cache
def measured(wrong, snow, days, sample):
    """The seven experiments at one setting: values and standard errors."""
    found = seven_ways(P, belief(wrong, snow), days, seed=seed_of(sample, days)).values()
    return np.array([x.value for x in found]), np.array([x.error for x in found])


def _places(k):
    """Heights of the rows, the first story at the top."""
    return len(STORIES) - 1 - np.asarray(k)


def _rows(ax):
    """One row for each story."""
    n = len(STORIES)
    ax.set(ylim=(-0.6, n - 0.4))
    ax.set_yticks(_places(range(n)), labels=STORIES)
    ax.tick_params(axis="y", length=0, labelcolor=palette.INK)
    ax.grid(axis="y", visible=False)


@explorer(
    slug="seven-table",
    title="Seven experiments on one pair",
    caption=(
        "Seven experiments, each with days of its own (the tangent needs none); the unit is bits a day. The dotted "
        "line is D(P‖Q), computed from the formula. None of them calls that, but P and Q are put into all of them. "
        "The bars are two standard errors long on each side. Change the belief (drag the bar of snow), and all seven "
        "follow it. Change the sample, and six of them jump about the line, unless the belief is the truth. Take four "
        "times as many days, and they jump half as far on average."
    ),
    alt=(
        "First picture: bars of the true probabilities P and the believed ones Q for sun, cloud, rain and snow. Second "
        "picture: seven rows, one for each experiment, each with a dot, near a dotted vertical line at D; six have an "
        "error bar, and the tangent's dot lies on the line."
    ),
    controls=[
        Slider("wrong", "How wrong the belief is", 0, 1, 5, 1, fmt="{:.4g}"),
        Slider("snow", "Believed probability of snow", 1 / 32, 1 / 2, 5, 1 / 8, scale="log", fmt="{:.4g}", drag="snow"),
        Slider("days", "Days of each experiment", *DAYS[::2], len(DAYS), 1000, scale="integer", fmt="{:,}"),
        Sample(count=SAMPLES),
    ],
    readouts=[
        Readout("D", "By the formula, D(P‖Q)", "bits a day"),
        *(Readout(story, story.capitalize(), "bits a day") for story in STORIES),
        Readout("farthest", "Farthest from D, in standard errors"),
    ],
    panels=2,
    size=(345, 265),
)  # fmt: skip
def seven_table(left, right):
    ax = left.subplots()
    x = outcome_axis(ax)
    Bars(ax, x - 0.2, P, 0.38, label="truth P", gid="truth", **palette.BAR["p"])
    believed = Bars(ax, x[:3] + 0.2, Q[:3], 0.38, label="belief Q", gid="belief", **palette.BAR["q"])
    of_snow = Bars(ax, x[3:] + 0.2, Q[3:], 0.38, gid="snow", **palette.BAR["q"])
    ax.set(ylim=(0, 0.66), ylabel="probability")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2)

    ax = right.subplots()
    _rows(ax)
    ax.set(xlim=(-0.1, 1.5), xlabel="bits a day (dotted: D)")
    rows = _places(range(len(STORIES)))
    line = ax.axvline(0, gid="D", **palette.LINE["d"])
    (bars,) = ax.plot([], [], color=palette.INK, linewidth=1.8, solid_capstyle="butt", gid="errors")
    (dots,) = ax.plot([], [], "o", color=palette.INK, markersize=6.5, gid="values")

    def update(wrong, snow, days, sample):
        q = belief(wrong, snow)
        value, error = measured(wrong, snow, days, sample)
        divergence = kl_divergence(P, q)
        believed.set_heights(q[:3])
        of_snow.set_heights(q[3:])
        line.set_xdata([divergence] * 2)
        ends = np.stack([value - 2 * error, value + 2 * error], axis=-1)[:-1]
        bars.set_data(*in_pieces(ends, np.repeat(rows[:-1, None], 2, axis=1)))
        dots.set_data(value, rows)
        if divergence > 0:
            off = np.abs(value - divergence)[:-1] / error[:-1]
            farthest = f"{STORIES[off.argmax()]}, {off.max():.1f}"
        else:
            farthest = "none: the belief is the truth"
        found = dict(zip(STORIES, zip(value, error, strict=True), strict=True))
        return {"D": divergence, **found, "tangent": value[-1], "farthest": farthest}

    return update


#: Numbers of days at which the measurements are looked at.
LOOKS = tuple(WALKS * 2**k for k in range(9))


@cache
def _paths(sample):
    """Values and standard errors of the seven at each number of days, for one sample; longer runs go on."""
    found = [list(seven_ways(P, Q, n, seed=FIRST_SEED + sample - 1).values()) for n in LOOKS]
    return np.array([[x[:2] for x in row] for row in found])


@explorer(
    slug="seven-closing-in",
    title="All of them close in on five eighths",
    caption=(
        "Our two towns. Each line is one story's measurement as its days go on; choose which of them is drawn in "
        "black. Note how far the six are apart at first, and how they meet. The band reaches two standard errors to "
        "each side; about one point in twenty falls outside, over many samples."
    ),
    alt=(
        "Seven lines over the number of days so far on a logarithmic axis, one of them black with dots, beside a "
        "dotted level line at five eighths and a band around it that narrows with the number of days. The tangent's "
        "line lies on the dotted one; the other six belong to the guests who look out of the window."
    ),
    controls=[
        Slider("days", "Days so far", LOOKS[0], LOOKS[-1], len(LOOKS), LOOKS[-1], scale="integer", fmt="{:,}",
               play=True),
        Choice("story", "Story in black", {s: k for k, s in enumerate(STORIES)}, 3),
        Sample(count=6),
    ],
    readouts=[
        Readout("value", "Measured", "bits a day"),
        Readout("range", "From the least to the greatest of the six", "bits a day"),
    ],
    size=(350, 250),
)  # fmt: skip
def seven_closing_in(panel):
    divergence = kl_divergence(P, Q)
    worth = surprisal(Q) - surprisal(P)
    spread = np.sqrt(P @ (worth - divergence) ** 2)
    n = np.geomspace(LOOKS[0], LOOKS[-1], 60)
    ax = panel.subplots()
    error_band(ax, n, divergence, spread)
    ax.axhline(divergence, label="D(P‖Q)", gid="goal", **palette.LINE["d"])
    (others,) = ax.plot([], [], color=palette.MUTED, linewidth=1, solid_capstyle="butt", gid="others")
    (line,) = ax.plot([], [], "o-", color=palette.INK, linewidth=1.8, markersize=4, gid="measured")
    ax.set(xlim=(46, 16_000), ylim=(0, 1.25), xlabel="days", ylabel="bits a day")
    log_axis(ax, [50, 200, 800, 3200, 12_800])
    ax.legend(loc="upper right")

    def update(days, story, sample):
        looks = LOOKS.index(days) + 1
        paths = _paths(sample)[:looks]
        at = np.array(LOOKS[:looks], float)
        rest = np.delete(paths[:, :, 0].T, story, axis=0)
        others.set_data(*in_pieces(np.broadcast_to(at, rest.shape), rest))
        line.set_data(at, paths[:, story, 0])
        value, error = paths[-1, story]
        return {"value": (value, error), "range": np.ptp(paths[-1, :-1, 0])}

    return update


@cache
def _worths(wrong):
    """What each outcome brings, in each story: one row for each story."""
    return np.array(list(outcome_by_outcome(P, belief(wrong)).values()))


def _signed(text):
    """A sum as one writes it: with real minus signs, apart from the numbers, and no minus zero."""
    text = text.replace("-0.00", "0.00").replace(" +", " + ").replace(" -", " − ")
    return text.replace("= − ", "= −").replace("-", "−")


@explorer(
    slug="seven-translate",
    title="One day, in seven languages",
    caption=(
        "One single day. In the first six rows the circle is what it means for one who knows P, the square for one who "
        "believes Q, and the line between them is what the story counts: a loss for the believer if the square is to "
        "the right, a gain if it is to the left. These six say the same of every day (the lottery nearly: your own "
        "tickets are in the pot). Circle and square are, for evidence, the probabilities that the two hypotheses give "
        "this day; at the house your stake (½ is one halving) and the price of a coin (⅛ is three); in the lottery "
        "your own share and the crowd's. In the last row only the length of the line means something. It is the gap "
        "for each unit of p, never negative: another number, with the same average."
    ),
    alt=(
        "Seven rows. In the first six a circle at the surprisal under P, a square at the surprisal under Q (in the "
        "lottery nearly there), and a line between them. In the seventh, the tangent's, the square is never to the "
        "left of the circle, and it lies on it if P and Q give the day the same probability."
    ),
    controls=[
        Choice("outcome", "The day is", {o: k for k, o in enumerate(OUTCOMES)}, 0),
        Slider("wrong", "How wrong the belief is", 0, 1, 9, 1, fmt="{:.4g}"),
    ],
    readouts=[Readout(story, story.capitalize()) for story in STORIES],
    size=(350, 280),
)
def seven_translate(panel):
    ax = panel.subplots()
    _rows(ax)
    ax.set(xlim=(0, 4.2), xlabel="halvings (bits)")
    rows = _places(range(len(STORIES)))
    (worths,) = ax.plot([], [], color=palette.D, linewidth=3.2, solid_capstyle="butt", gid="worths")
    (knows,) = ax.plot([], [], "o", color=palette.P, markersize=7, label="knows P", gid="knows")
    (believes,) = ax.plot([], [], "s", color=palette.Q, markersize=7, label="believes Q", gid="believes")
    legend_above(ax)

    def update(outcome, wrong):
        q = belief(wrong)
        worth = _worths(wrong)[:, outcome]
        p_x, q_x = P[outcome], q[outcome]
        of_p, of_q = surprisal(p_x), surprisal(q_x)
        knows.set_data([of_p] * len(rows), rows)
        believes.set_data(of_p + worth, rows)
        ends = np.stack([np.full(len(rows), of_p), of_p + worth], axis=-1)
        worths.set_data(*in_pieces(ends, np.repeat(rows[:, None], 2, axis=1)))
        factor, pays = 2 ** worth[1], fair_odds(q)[outcome]
        extra = worth[-1] - worth[0]
        return {
            "surprise": f"{of_q:.2f} tosses for the believer, {of_p:.2f} for the neighbour",
            "evidence": f"odds of P against Q × {factor:.2f}",
            "likelihood": f"of Q × {q_x:.3f}, of P × {p_x:.3f}",
            "coding": f"{of_q:.2f} bits in the code for Q, {of_p:.2f} in that for P",
            "house": f"pays {pays:.2f} for 1, staked {p_x:.3f}: money × {factor:.2f}",
            "lottery": f"tickets: crowd {q_x:.3f}, own {p_x:.3f}: money × {2 ** worth[5]:.2f}",
            "tangent": _signed(f"{worth[0]:.2f} {extra:+.2f} = {worth[-1]:.2f} for each unit of p"),
        }

    return update


#: True probabilities of snow, and the believed ones.
RARE = {"1 in 8": 1 / 8, "1 in 100": 1e-2, "1 in 1,000": 1e-3, "never": 0.0}
_EXTRA = (*(m * 10.0**k for k in (-4, -3, -2, -1) for m in (1, 1.5, 2, 3, 5, 7)), 1 / 8, 0.8, 0.9, 0.95, 0.99)
_BELIEVED = Slider(
    "q",
    "Believed probability of snow",
    1e-4,
    0.99,
    2,
    2e-2,
    fmt="{:g}",
    extra=_EXTRA,
    drag=("forward-now", "ratio-now"),
)


def _log_odds(p):
    return np.log2(p / (1 - p))


def _ignored(p, q):
    """What five measures say of snow or no snow; the last: by how many doublings or halvings q is wrong, at most."""
    p, q = (np.stack([x, 1 - x], axis=-1) for x in np.broadcast_arrays(p, q))
    m = (p + q) / 2
    with np.errstate(divide="ignore"):
        ratio = np.abs(np.log2(q) - np.log2(p)).max(axis=-1)
    return {
        "forward": kl_divergence(p, q),
        "reverse": kl_divergence(q, p),
        "variation": total_variation(p, q),
        "jensen": (kl_divergence(p, m) + kl_divergence(q, m)) / 2,
        "ratio": ratio,
    }


_NEVER = "Q expects what P rules out"


@explorer(
    slug="seven-ignores",
    title="Believed much too often, and hardly noticed",
    caption=(
        "Snow has a true and a believed probability; about the other days the belief is right. It begins with a truth "
        "of 1 in 1,000, overrated twentyfold. For so rare a truth the four curves of the first picture hardly notice "
        "as long as the belief stays small; only the ratio in the second one does. Drag a round dot, the belief, to "
        "the right until D(P‖Q) notices. Then set the truth to never, and to 1 in 8."
    ),
    alt=(
        "First picture: curves over the believed probability of snow: D(P‖Q), the total variation, the Jensen–Shannon "
        "divergence, and D(Q‖P), which is not drawn where it is infinite; all are zero at the truth and rise away "
        "from it. Second picture: by how many halvings or doublings the belief is off, zero at the truth only, and "
        "infinite for every belief if the truth is never. Dots mark the chosen belief."
    ),
    controls=[
        Choice("p", "True probability of snow", RARE, 1e-3),
        _BELIEVED,
    ],
    readouts=[
        Readout("forward", "D(P‖Q)", "bits a day", fmt="{:.4f}"),
        Readout("waste", "Its ceiling where snow is overrated, log₂ 1/(1 − q)", "bits a day", fmt="{:.4f}"),
        Readout("reverse", "D(Q‖P)", "bits a day", fmt="{:.4f}", infinite=_NEVER),
        Readout("variation", "Total variation", fmt="{:.4f}"),
        Readout("jensen", "Jensen–Shannon", "bits a day", fmt="{:.4f}"),
        Readout("ratio", "Largest ratio", "halvings or doublings", fmt="{:.2f}", infinite=_NEVER),
    ],
    panels=2,
    size=(345, 270),
)
def seven_ignores(left, right):
    truths = _log_odds(np.array([p for p in RARE.values() if p > 0]))
    x = np.sort([*np.linspace(_log_odds(1e-4), _log_odds(0.99), 48), *truths])
    grid = 1 / (1 + 2.0**-x)
    ticks = [1e-4, 1e-3, 1e-2, 0.1, 0.5, 0.9, 0.99]
    labels = ["10⁻⁴", "10⁻³", "0.01", "0.1", "0.5", "0.9", "0.99"]

    def axes(panel, name, ylim, ylabel):
        ax = panel.subplots()
        ax.set(
            xlim=(x[0] - 0.4, x[-1] + 0.4),
            ylim=(0, ylim),
            ylabel=ylabel,
            xlabel="believed probability of snow",
        )
        ax.set_xticks(_log_odds(np.array(ticks)), labels=labels)
        return ax, ax.axvline(0, color=palette.P, linewidth=1.4, gid=name)

    ax, truth_left = axes(left, "truth-left", 4, "bits (variation: no unit)")
    dashed = {"color": palette.MUTED, "linestyle": (0, (3, 2)), "linewidth": 1.6}
    styles = {
        "forward": {"label": "D(P‖Q)", **palette.LINE["d"]},
        "reverse": {"label": "D(Q‖P)", "color": palette.EXTRA, "linestyle": (0, (6, 2, 1, 2))},
        "variation": {"label": "total variation", "color": palette.INK, "linewidth": 1.4},
        "jensen": {"label": "Jensen–Shannon", **dashed},
    }
    lines = {name: ax.plot(x, 0 * x, gid=name, **style)[0] for name, style in styles.items()}
    dots = {
        name: ax.plot([], [], marker, color=styles[name]["color"], markersize=6.5, gid=f"{name}-now")[0]
        for name, marker in zip(styles, "osD^", strict=True)
    }
    legend_above(ax, columnspacing=1.2)
    ax, truth_right = axes(right, "truth-right", 15, "halvings or doublings")
    (lines["ratio"],) = ax.plot(x, 0 * x, color=palette.INK, gid="ratio")
    (dots["ratio"],) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="ratio-now")
    endless = ax.text(np.mean(x), 7.5, "∞ everywhere", ha="center", fontsize=13, gid="endless")
    never_seen = (truth_left, truth_right, lines["reverse"], dots["reverse"], lines["ratio"], dots["ratio"])

    def update(p, q):
        curves, values = _ignored(p, grid), _ignored(p, q)
        for name, value in values.items():
            top = lines[name].axes.get_ylim()[1]
            lines[name].set_ydata(np.minimum(curves[name], 2 * top))
            dots[name].set_data([_log_odds(q)], [min(value, top)])
        for truth in (truth_left, truth_right):
            truth.set_xdata([_log_odds(p) if p > 0 else x[0]] * 2)
        for artist in never_seen:
            artist.set_visible(p > 0)
        endless.set_visible(p == 0)
        waste = float(surprisal(1 - q)) if q >= p else "none: snow is underrated"
        return values | {"waste": waste}

    return update
