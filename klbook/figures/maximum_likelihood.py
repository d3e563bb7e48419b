"""The figures of the chapter *Maximum likelihood*."""

import math
from functools import cache

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.likelihood import (
    additive_smoothing,
    average_log_likelihood,
    bernoulli,
    binomial,
    count_outcomes,
    empirical_distribution,
    fit_exponential,
    fit_normal,
    log_likelihood,
    normal_log_density,
    sample_mixture,
)
from ..ideas.surprise import entropy, kl_divergence
from ..ideas.weather import OUTCOMES, P, Q, sample_days
from .parts import (
    Bars,
    Measured,
    away,
    error_band,
    in_pieces,
    legend_above,
    log_axis,
    looks,
    outcome_axis,
)

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 1922

_LN2 = math.log(2)


_THETAS = np.concatenate([np.geomspace(0.002, 0.1, 11), np.linspace(0.14, 0.86, 19)])
_THETAS = np.unique([*_THETAS, *(1 - _THETAS)])


def _near(share, n):
    """Coins over the whole range, many of them where the likelihood of a record of n tosses is not tiny."""
    reach, edge = 2 / math.sqrt(n), np.array([0, 0.015, 0.03, 0.05])
    return np.unique([*np.linspace(max(share - reach, 0), min(share + reach, 1), 45), *edge, *(1 - edge)])


@explorer(
    slug="likelihood-coin",
    title="Seven heads in ten tosses: which coin?",
    caption=(
        "Move the coin θ. The average log-likelihood is highest exactly where the divergence is lowest: the two "
        "upright bars have the same length, wherever you stand (and no end, where the coin rules out what was seen). "
        "Then take more tosses: the first picture stays, and in the second one the likelihood itself becomes a needle. "
        "You can also drag the dots, and the line of the share of heads."
    ),
    alt=(
        "First picture: over the coin θ, the divergence, which is zero where θ is the share of heads and rises on "
        "each side of it, and the average log-likelihood, the same curve turned upside down and moved down by the "
        "entropy. Second picture: the likelihood as a share of the greatest one, highest at the share of heads and "
        "falling away from it, the more steeply the more tosses. Dots mark θ, where the picture reaches so far."
    ),
    controls=[
        Choice("n", "Tosses", {"10": 10, "40": 40, "100": 100, "1,000": 1000}, 10),
        Slider("share", "Share of heads", 0, 1, 11, 0.7, fmt="{:.1f}", drag="share"),
        Slider("theta", "Your coin θ", 0, 1, 21, 0.3, fmt="{:.2f}", drag=("bowl-now", "hill-now", "now")),
    ],
    readouts=[
        Readout(
            "average", "Average log-likelihood", "bits a toss", infinite="the coin rules out what was seen"
        ),
        Readout("entropy", "H(p̂)", "bits a toss"),
        Readout("D", "D(p̂‖θ)", "bits a toss", infinite="the coin rules out what was seen"),
        Readout(
            "share_of_best", "Likelihood, as a share of the greatest", fmt="{:.3g}", power=1e-3, log10=True
        ),
    ],
    panels=2,
    size=(345, 290),
)
def likelihood_coin(left, right):
    ax = left.subplots()
    models = bernoulli(_THETAS)
    ax.axhline(0, color=palette.INK, linewidth=1, gid="zero")
    (bowl,) = ax.plot(_THETAS, _THETAS, label="D(p̂‖θ)", gid="bowl", **palette.LINE["d"])
    (hill,) = ax.plot(_THETAS, _THETAS, color=palette.INK, label="average log-likelihood", gid="hill")
    (level,) = ax.plot([0, 1], [0, 0], color=palette.P, linewidth=1.2, label="−H(p̂)", gid="level")
    bar = {"color": palette.D, "linewidth": 5, "alpha": 0.35, "solid_capstyle": "butt"}
    (bars,) = ax.plot([], [], gid="bars", **bar)
    dots = [
        ax.plot([], [], "o", color=palette.INK, markersize=7, gid=f"{on}-now")[0] for on in ("bowl", "hill")
    ]
    top = 3.4
    endless = ax.text(
        0.5, top - 0.35, "∞", color=palette.D, ha="center", va="center", fontsize=16, gid="endless"
    )
    ax.set(xlim=(-0.02, 1.02), ylim=(-4.4, top), xlabel="coin θ", ylabel="bits a toss")
    legend_above(ax, bowl, level, hill)

    ax = right.subplots()
    (needle,) = ax.plot([], [], label="likelihood", gid="needle", **palette.LINE["q"])
    seen = ax.axvline(0, color=palette.P, linewidth=1.4, label="share of heads p̂", gid="share")
    (here,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="now")
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.03, 1.06), xlabel="coin θ", ylabel="share of the greatest")
    legend_above(ax)

    def update(n, share, theta):
        heads, coin = round(n * share), bernoulli(theta)
        counts = np.array([n - heads, heads])
        frequencies = empirical_distribution(counts)
        divergence, average, h = (
            kl_divergence(frequencies, coin),
            average_log_likelihood(counts, coin),
            entropy(frequencies),
        )
        bowl.set_ydata(kl_divergence(frequencies, models))
        hill.set_ydata(average_log_likelihood(counts, models))
        level.set_ydata([-h, -h])
        bars.set_data([theta] * 5, [0, divergence, np.nan, -h, average])
        finite = bool(np.isfinite(divergence))
        bars.set_visible(finite)
        for dot, y in zip(dots, (divergence, average), strict=True):
            dot.set_data([theta], [y])
            dot.set_visible(finite and y < top)
        endless.set_visible(not finite)
        endless.set_x(min(max(theta, 0.05), 0.95))
        seen.set_xdata([share, share])
        coins, best = _near(share, n), log_likelihood(counts, bernoulli(share))
        needle.set_data(coins, np.exp2(log_likelihood(counts, bernoulli(coins)) - best))
        log_share = log_likelihood(counts, coin) - best
        here.set_data([theta], [2.0**log_share])
        return {
            "average": average,
            "entropy": h,
            "D": divergence,
            "share_of_best": log_share * math.log10(2),
        }

    return update


LONG = 10_000


@cache
def _record(sample):
    """Days of town P, and how often each kind of day has come after each number of days."""
    days = sample_days(LONG, P, seed=FIRST_SEED + sample - 1)
    return days, np.cumsum(np.eye(len(P), dtype=int)[days], axis=0)


@cache
def _averages(sample):
    """Average log-likelihood of the shares so far, of P and of Q after each number of days, in bits."""
    _, counts = _record(sample)
    return [average_log_likelihood(counts, model) for model in (empirical_distribution(counts), P, Q)]


@explorer(
    slug="likelihood-closing-in",
    title="Three models of one record",
    caption=(
        "First the average log-likelihood of the same days under three models: the truth P, the belief Q, and the "
        "shares of the days so far, worked out anew at each point, which do best because they were chosen after the "
        "fact. Then the gap between the lines of P and Q. The band lies around 5/8 and reaches two standard errors "
        "to each side: at any one number of days about one sample in twenty is outside. Sample 1 is the experiment "
        "above."
    ),
    alt=(
        "First picture: three lines over the number of days so far, the average log-likelihoods under P, under Q and "
        "under the record's own shares; that of the shares is nowhere below the others. Second picture: the gap "
        "between the lines of P and Q, beside a level line at five eighths and a band around it that narrows with "
        "the number of days."
    ),
    controls=[
        Slider("days", "Days so far", 10, LONG, 31, LONG, scale="integer", fmt="{:,}", play=True),
        Sample(count=8),
    ],
    readouts=[
        Readout("under_p", "Average log-likelihood of P", "bits a day"),
        Readout("under_q", "Of Q", "bits a day"),
        Readout("difference", "Difference", "bits a day"),
        Readout("off", "Away from D(P‖Q) by", "standard errors", fmt="{:.1f}"),
        Readout("hindsight", "The record's own shares beat P by", "bits in all", fmt="{:.2f}"),
    ],
    panels=2,
    size=(345, 280),
)
def likelihood_closing_in(left, right):
    gain_of = np.log2(P / Q)
    expected = kl_divergence(P, Q)
    spread = math.sqrt(P @ (gain_of - expected) ** 2)
    n = looks(4, LONG, 70)

    ax = left.subplots()
    (under_best,) = ax.plot([], [], color=palette.MUTED, linewidth=1.6, label="shares p̂", gid="under-best")
    (under_p,) = ax.plot([], [], label="P", gid="under-p", **palette.LINE["p"])
    (under_q,) = ax.plot([], [], label="Q", gid="under-q", **palette.LINE["q"])
    ax.set(xlim=(4, LONG), ylim=(-3.1, -0.9), xlabel="days", ylabel="average log-likelihood, bits")
    log_axis(ax, [10, 100, 1000, 10_000])
    legend_above(ax, ncols=3)

    ax = right.subplots()
    error_band(ax, n, expected, spread)
    ax.axhline(expected, label="D(P‖Q)", gid="goal", **palette.LINE["d"])
    measured = Measured(ax, n)
    ax.set(xlim=(4, LONG), ylim=(-0.8, 2.1), xlabel="days", ylabel="P minus Q, bits a day")
    log_axis(ax, [10, 100, 1000, 10_000])
    legend_above(ax)

    def update(days, sample):
        drawn, _ = _record(sample)
        shown = np.append(n[n < days], days)
        of_best, of_p, of_q = (averages[shown - 1] for averages in _averages(sample))
        under_best.set_data(shown, of_best)
        under_p.set_data(shown, of_p)
        under_q.set_data(shown, of_q)
        gain, error = measured.show(gain_of[drawn[:days]])
        return {
            "under_p": of_p[-1],
            "under_q": of_q[-1],
            "difference": (gain, error),
            "off": away(gain, error, expected),
            "hindsight": days * (of_best[-1] - of_p[-1]),
        }

    return update


READINGS, TRUE_MEAN, TRUE_SD = 20, 18.0, 4.0
_EXCESSES = (0.02, 0.1, 0.25, 0.5, 1.0)


@cache
def readings(sample):
    """Twenty readings of a thermometer at noon, in degrees Celsius."""
    return sample_mixture(READINGS, [1], [TRUE_MEAN], [TRUE_SD], seed=FIRST_SEED + sample - 1)


def _zero(function, below, above):
    """Where a function that is below zero at the one place and above it at the other is zero, by halving."""
    for _ in range(50):
        middle = (below + above) / 2
        below, above = (middle, above) if function(middle) < 0 else (below, middle)
    return (below + above) / 2


def _rings(mean, sd):
    """Where the average surprise lies a given excess above its floor: closed curves in the plane of (mean, sd)."""
    x, y = [], []
    for excess in _EXCESSES:
        half = excess * _LN2 + 0.5

        # (m − mean)² = 2 s²·(excess + ½ − ln(s/sd)) − sd², in nats and units of sd; zero at both ends of a ring.
        def square(ratio, half=half):
            return 2 * ratio**2 * (half - np.log(ratio)) - 1

        ends = [_zero(square, 1e-3, 1.0), _zero(square, 30.0, 1.0)]
        turn = (1 - np.cos(np.linspace(0, math.pi, 26))) / 2
        ratio = ends[0] + (ends[1] - ends[0]) * turn
        away = np.sqrt(np.maximum(square(ratio), 0))
        x += [*(mean - sd * away), *(mean + sd * away)[::-1], mean, np.nan]
        y += [*(sd * ratio), *(sd * ratio)[::-1], sd * ratio[0], np.nan]
    return np.array(x), np.array(y)


@explorer(
    slug="likelihood-normal",
    title="A curve fitted by hand",
    caption=(
        "Twenty readings, and a normal curve that you move. Make the average surprise as small as you can; the "
        "second picture is the bowl of average surprise seen from above, with rings at 0.02, 0.1, ¼, ½ and 1 bit "
        "above its floor; drag the dot. Then draw other readings: the floor is elsewhere."
    ),
    alt=(
        "First picture: twenty marks on a line, the readings, and a bell-shaped curve. Second picture: the plane of "
        "mean and standard deviation with five rings around the lowest point of the average surprise, the outer ones "
        "cut off by the edge, and a dot where the curve is."
    ),
    controls=[
        Slider("mean", "Mean of the curve", 12, 24, 17, 13.5, fmt="{:.2f}", unit="°C", drag="dot"),
        Slider("sd", "Standard deviation of the curve", 2, 8, 13, 6, fmt="{:.1f}", unit="°C", drag="dot"),
        Sample(count=3),
    ],
    readouts=[
        Readout("surprise", "Average surprise", "bits a reading"),
        Readout("floor", "Floor", "bits a reading"),
        Readout("excess", "Above the floor", "bits a reading"),
    ],
    panels=2,
    size=(345, 280),
)
def likelihood_normal(left, right):
    z = np.linspace(-3.4, 3.4, 27)
    ax = left.subplots()
    mark = {"color": palette.P, "markersize": 13, "markeredgewidth": 1.6, "label": "readings"}
    (marks,) = ax.plot([], [], "|", gid="readings", **mark)
    (curve,) = ax.plot([], [], label="your curve", gid="curve", **palette.LINE["q"])
    ax.axhline(0, color=palette.MUTED, linewidth=0.8, gid="zero")
    ax.set(xlim=(2, 34), ylim=(-0.025, 0.21), xlabel="noon temperature, °C", ylabel="density, per °C")
    legend_above(ax)

    ax = right.subplots()
    (rings,) = ax.plot(
        [], [], color=palette.MUTED, linewidth=1.1, label="equal average surprise", gid="rings"
    )
    (best,) = ax.plot([], [], "P", color=palette.D, markersize=9, label="floor", gid="floor")
    (dot,) = ax.plot([], [], "o", color=palette.Q, markersize=8, gid="dot")
    ax.set(xlim=(11.5, 24.5), ylim=(1.7, 8.3), xlabel="mean, °C", ylabel="standard deviation, °C")
    legend_above(ax)

    @cache
    def data(sample):
        x = readings(sample)
        mean, sd = fit_normal(x)
        return x, mean, sd, -normal_log_density(x, mean, sd).mean(), _rings(mean, sd)

    def update(mean, sd, sample):
        x, best_mean, best_sd, floor, ring = data(sample)
        marks.set_data(x, np.full(len(x), -0.0125))
        curve.set_data(mean + sd * z, np.exp2(normal_log_density(mean + sd * z, mean, sd)))
        rings.set_data(*ring)
        best.set_data([best_mean], [best_sd])
        dot.set_data([mean], [sd])
        surprise = -normal_log_density(x, mean, sd).mean()
        return {"surprise": surprise, "floor": floor, "excess": surprise - floor}

    return update


#: The wrong normal of the explorer of bins: where the curve of the one before begins.
WRONG = (13.5, 6.0)
_WIDEST, _HALVINGS = 16.0, 15


def _normal_below(x, mean, sd):
    return np.array([math.erfc((mean - v) / (sd * math.sqrt(2))) / 2 for v in np.ravel(x)])


@cache
def _binned(sample, halvings):
    """Left edges of the bins that hold readings, shares in them, and the two models' probabilities of them."""
    width = _WIDEST * 0.5**halvings
    places, counts = np.unique(np.floor(readings(sample) / width), return_counts=True)
    edges = places * width
    models = [fit_normal(readings(sample)), WRONG]
    masses = [_normal_below(edges + width, *m) - _normal_below(edges, *m) for m in models]
    return edges, empirical_distribution(counts), masses


def _binned_numbers(sample, halvings):
    """Entropy of the binned data and D(p̂‖model) for both models."""
    _, shares, masses = _binned(sample, halvings)
    # What a model gives to bins without readings is one more outcome, which was never seen.
    seen = np.append(shares, 0.0)
    return entropy(shares), [kl_divergence(seen, np.append(m, max(0.0, 1 - m.sum()))) for m in masses]


@explorer(
    slug="likelihood-bins",
    title="Finer and finer bins",
    caption=(
        "The same twenty readings, sorted into bins. Halve the bins: as soon as each reading has a bin of its own, the "
        "bars keep their heights and every further halving takes about half of the model's probability away from them. "
        "Both divergences then climb by about one bit each time (drag the dot). Their difference settles, and stays."
    ),
    alt=(
        "First picture: bars of the shares of the readings in the bins, and a line of the model's probabilities of "
        "bins as wide, which shrink with the bins. Second picture: against the number of halvings, the divergences "
        "from two models climb, in the end along parallel straight lines, and the difference between them settles. A "
        "dot marks the chosen number."
    ),
    controls=[
        Slider(
            "halvings",
            "Bins halved",
            0,
            _HALVINGS,
            _HALVINGS + 1,
            2,
            fmt="{:.0f}",
            unit="times",
            play=True,
            drag="now",
        ),
        Choice("model", "Model", {"best normal": 0, "mean 13.5, sd 6": 1}, 0),
        Sample(count=4),
    ],
    readouts=[
        Readout("width", "Width of a bin", "°C", fmt="{:.4g}"),
        Readout("entropy", "H(p̂)", "bits"),
        Readout("D", "D(p̂‖model)", "bits"),
        Readout("difference", "D of the wrong one minus D of the best", "bits"),
    ],
    panels=2,
    size=(345, 280),
)
def likelihood_bins(left, right):
    ax = left.subplots()
    bar = {"color": palette.P, "linewidth": 1.8, "solid_joinstyle": "miter", "label": "readings p̂"}
    (bars,) = ax.plot([], [], gid="readings", **bar)
    (model_line,) = ax.plot([], [], label="model", gid="model", **palette.LINE["q"])
    ax.set(xlim=(0, 36), ylim=(0, 1.02), xlabel="noon temperature, °C", ylabel="probability of a bin")
    legend_above(ax)

    ax = right.subplots()
    steps = np.arange(_HALVINGS + 1)
    wrong = {"color": palette.EXTRA, "linestyle": (0, (6, 2, 1, 2)), "label": "D(p̂‖mean 13.5, sd 6)"}
    (of_wrong,) = ax.plot([], [], gid="of-wrong", **wrong)
    (of_best,) = ax.plot([], [], label="D(p̂‖best)", gid="of-best", **palette.LINE["d"])
    (gap,) = ax.plot([], [], color=palette.INK, linewidth=1.6, label="difference", gid="difference")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="now")
    ax.set(xlim=(-0.3, _HALVINGS + 0.3), ylim=(-0.3, 13), xlabel="bins halved, times", ylabel="bits")
    legend_above(ax, of_best, gap, of_wrong)

    @cache
    def climbs(sample):
        return np.array([_binned_numbers(sample, k)[1] for k in steps])

    def update(halvings, model, sample):
        halvings = round(halvings)
        edges, shares, _ = _binned(sample, halvings)
        width, zero = _WIDEST * 0.5**halvings, 0 * shares
        outline = [edges, edges, edges + width, edges + width], [zero, shares, shares, zero]
        bars.set_data(*in_pieces(*(np.transpose(side) for side in outline)))
        mean, sd = fit_normal(readings(sample)) if model == 0 else WRONG
        if width >= 1:
            ends = np.arange(math.floor(-4 / width), math.ceil(40 / width) + 1) * width
            masses = np.diff(_normal_below(ends, mean, sd))
            model_line.set_data(np.repeat(ends, 2)[1:-1], np.repeat(masses, 2))
        else:
            middles = np.linspace(0, 36, 61)
            below, above = (_normal_below(middles + side * width / 2, mean, sd) for side in (-1, 1))
            model_line.set_data(middles, above - below)
        climb = climbs(sample)
        of_best.set_data(steps, climb[:, 0])
        of_wrong.set_data(steps, climb[:, 1])
        gap.set_data(steps, climb[:, 1] - climb[:, 0])
        dot.set_data([halvings], [climb[halvings, model]])
        return {
            "width": width,
            "entropy": _binned_numbers(sample, halvings)[0],
            "D": climb[halvings, model],
            "difference": climb[halvings, 1] - climb[halvings, 0],
        }

    return update


#: Eruptions of the geyser, in minutes: mean and standard deviation of the short and of the long ones.
SHORT, LONG_ONES = (2.0, 0.3), (4.4, 0.45)
ERUPTIONS = 20_000
_MOST = np.unique(np.round(np.geomspace(3, ERUPTIONS, 16)).astype(int))


def geyser_density(x, share):
    """Density of the length of an eruption, of which a given share is short: two gamma distributions."""
    density = np.zeros(np.shape(x))
    for weight, (mean, sd) in ((share, SHORT), (1 - share, LONG_ONES)):
        shape, rate = (mean / sd) ** 2, mean / sd**2
        logs = shape * math.log(rate) - math.lgamma(shape) + (shape - 1) * np.log(x) - rate * x
        density += weight * np.exp(logs)
    return density


def geyser_moments(share):
    """Mean and standard deviation of the length of an eruption."""
    (a, s), (b, t) = SHORT, LONG_ONES
    mean = share * a + (1 - share) * b
    return mean, math.sqrt(share * (s**2 + a**2) + (1 - share) * (t**2 + b**2) - mean**2)


def geyser_eruptions(n, share, seed):
    """Seeded lengths of eruptions, in minutes."""
    rng = np.random.default_rng(seed)
    short = rng.random(n) < share
    (a, s), (b, t) = SHORT, LONG_ONES
    shape = np.where(short, (a / s) ** 2, (b / t) ** 2)
    return rng.gamma(shape) * np.where(short, s**2 / a, t**2 / b)


@cache
def _geyser_entropy(share):
    """Differential entropy in bits, by the trapezium rule."""
    x = np.linspace(0.3, 9, 8001)
    density = geyser_density(x, share)
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.trapezoid(np.where(density > 0, density * np.log2(density), 0), x)


def geyser_divergence(share, family, member):
    """D(P‖member) in bits. Of P only its entropy and its moments are needed: both families are exponential."""
    mean, sd = geyser_moments(share)
    if family == "normal":
        m, s = member
        surprise = math.log2(s * math.sqrt(2 * math.pi)) + (sd**2 + (mean - m) ** 2) / (2 * s**2 * _LN2)
    else:
        surprise = -math.log2(member) + member * mean / _LN2
    return surprise - _geyser_entropy(share)


@cache
def _geyser_fits(share, family, sample):
    """The fitted member and its divergence, for each number of eruptions."""
    x = geyser_eruptions(ERUPTIONS, share, FIRST_SEED + sample - 1)
    fit = fit_normal if family == "normal" else fit_exponential
    members = [fit(x[:n]) for n in _MOST]
    return members, np.array([geyser_divergence(share, family, m) for m in members])


_SAMPLES, _FAINT = 4, 8


@explorer(
    slug="likelihood-projection",
    title="A family without the truth",
    caption=(
        "Let the eruptions come, or drag the dot. The fitted curve settles, though not on the truth: on the member of "
        "its family that is closest to the truth in D(P‖·). The divergence comes down to that floor, not at every "
        "step, and no data bring it lower (faint: eight samples; after a few eruptions it may be far above the "
        "picture). Then take the other family; or let all eruptions be of one kind, where a normal curve is nearly "
        "right."
    ),
    alt=(
        "First picture: the true density of an eruption's length, with two humps if there are short and long ones and "
        "else with one, the fitted curve, and the closest member of the family. Second picture: the divergence of the "
        "truth from the fitted curve against the number of eruptions so far, nowhere below a level line, the floor. A "
        "dot marks the chosen number, where the picture reaches so far."
    ),
    controls=[
        Slider(
            "n",
            "Eruptions so far",
            3,
            ERUPTIONS,
            len(_MOST),
            31,
            scale="integer",
            fmt="{:,}",
            play=True,
            drag="now",
        ),
        Choice("family", "Family", {"normal": "normal", "exponential": "exponential"}, "normal"),
        Choice("share", "Share of short eruptions", {"none": 0.0, "0.1": 0.1, "0.4": 0.4, "all": 1.0}, 0.4),
        Sample(count=_SAMPLES),
    ],
    readouts=[
        Readout("mean", "Mean of the fitted", "minutes"),
        Readout("sd", "Its standard deviation", "minutes"),
        Readout("D", "D(P‖fitted)", "bits an eruption"),
        Readout("floor", "D(P‖closest), the floor", "bits an eruption"),
        Readout("excess", "Above the floor", "bits an eruption", fmt="{:.5f}"),
    ],
    panels=2,
    size=(345, 290),
)
def likelihood_projection(left, right):
    x_line = np.linspace(0.05, 7, 100)
    ax = left.subplots()
    (truth,) = ax.plot([], [], label="truth P", gid="truth", **palette.LINE["p"])
    broad = {"color": palette.MUTED, "linewidth": 4, "alpha": 0.45}
    (closest,) = ax.plot([], [], label="closest", gid="closest", **broad)
    (fitted,) = ax.plot([], [], label="fitted", gid="fitted", **palette.LINE["q"])
    ax.set(xlim=(0, 7), ylim=(0, 1.45), xlabel="length of an eruption, minutes", ylabel="density, per minute")
    legend_above(ax, ncols=3)

    ax = right.subplots()
    (others,) = ax.plot([], [], color=palette.MUTED, linewidth=0.7, alpha=0.6, gid="samples")
    (floor_line,) = ax.plot([], [], label="the floor", gid="floor", **palette.LINE["d"])
    (line,) = ax.plot([], [], color=palette.INK, linewidth=1.7, label="D(P‖fitted)", gid="so-far")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="now")
    top = 3.2
    ax.set(xlim=(2.5, ERUPTIONS), ylim=(0, top), xlabel="eruptions", ylabel="bits an eruption")
    log_axis(ax, [10, 100, 1000, 10_000])
    legend_above(ax)

    def density(family, member):
        """The curve of a member, with few points where they are needed."""
        if family == "normal":
            mean, sd = member
            x = mean + sd * np.linspace(-3.2, 3.2, 23)
            return x, np.exp2(normal_log_density(x, mean, sd))
        x = np.linspace(0, 7, 15)
        return x, member * np.exp(-member * x)

    def update(n, family, share, sample):
        at = int(np.searchsorted(_MOST, n))
        members, divergences = _geyser_fits(share, family, sample)
        truth.set_data(x_line, geyser_density(x_line, share))
        mean, sd = geyser_moments(share)
        best = (mean, sd) if family == "normal" else 1 / mean
        floor = geyser_divergence(share, family, best)
        closest.set_data(*density(family, best))
        fitted.set_data(*density(family, members[at]))
        faint = [_geyser_fits(share, family, k)[1] for k in range(1, _FAINT + 1)]
        others.set_data(*in_pieces([_MOST] * _FAINT, faint))
        floor_line.set_data([2.5, ERUPTIONS], [floor, floor])
        line.set_data(_MOST[: at + 1], divergences[: at + 1])
        dot.set_data([n], [divergences[at]])
        dot.set_visible(divergences[at] < top)
        # The standard deviation of an exponential distribution is its mean.
        mean, sd = members[at] if family == "normal" else (1 / members[at],) * 2
        return {
            "mean": mean,
            "sd": sd,
            "D": divergences[at],
            "floor": floor,
            "excess": divergences[at] - floor,
        }

    return update


RARE_SNOW = np.array([1 / 2, 1 / 4, 6 / 25, 1 / 100])
_TRUTHS = {"town P": P, "snow once in 100 days": RARE_SNOW}
PSEUDOCOUNTS = {
    "nothing": 0, "1/100": 0.01, "1/20": 0.05, "1/5": 0.2, "1/2": 0.5, "1": 1, "2": 2, "5": 5, "20": 20,
}  # fmt: skip


@cache
def _expected_loss(truth, n):
    """E D(P‖smoothed) over all records of n days, exact, for each pseudocount: only binomial sums are needed."""
    p, k = _TRUTHS[truth], np.arange(n + 1)
    chances = binomial(n, p)
    losses = []
    for a in PSEUDOCOUNTS.values():
        with np.errstate(divide="ignore"):
            logs = np.log2(k + a) - math.log2(n + len(p) * a)
        losses.append(-entropy(p) - p @ (chances @ logs) if a > 0 else math.inf)
    return np.array(losses)


def chance_of_a_gap(p, n):
    """Probability that at least one outcome is missing from n days, by inclusion and exclusion."""
    total = 0.0
    for missing in range(1, 2 ** len(p)):
        gone = [x for x in range(len(p)) if missing >> x & 1]
        total -= (-1) ** len(gone) * (1 - sum(p[x] for x in gone)) ** n
    return max(total, 0.0)


@cache
def _short_record(truth, n, sample):
    days = sample_days(n, _TRUTHS[truth], seed=FIRST_SEED + sample - 1)
    counts = count_outcomes(days, len(P))
    models = additive_smoothing(counts, np.array(list(PSEUDOCOUNTS.values()))[:, None])
    return counts, models, kl_divergence(_TRUTHS[truth], models)


@explorer(
    slug="likelihood-smoothing",
    title="What was not seen yet",
    caption=(
        "A short record often lacks a kind of day. Its frequencies give that day the probability 0, and tomorrow "
        "may cost an infinity. Add a little to each count: how much is best? Then let the record be longer, and take "
        "a town where one kind of day really is rare."
    ),
    alt=(
        "First picture: bars of the true probabilities of sun, cloud, rain and snow and of those estimated from a "
        "record. Second picture: against what is added to each count, the divergence of the truth from the "
        "estimate, for this record and on average over all records; at nothing added the average is infinite."
    ),
    controls=[
        Choice("n", "Days in the record", {f"{n}": n for n in (5, 10, 20, 50, 200)}, 10),
        Choice("added", "Added to each count", PSEUDOCOUNTS, 0),
        Choice("truth", "The truth", {name: name for name in _TRUTHS}, "town P"),
        Sample(count=10),
    ],
    readouts=[
        Readout("counts", "Counts"),
        Readout("D", "D(P‖estimate)", "bits a day", infinite="what can come was given probability 0"),
        Readout(
            "average",
            "Average over all such records",
            "bits a day",
            infinite="some of them lack a kind of day",
        ),
        Readout("gap", "Records that lack a kind of day", "%", fmt="{:.3g}", power=0.01),
    ],
    panels=2,
    size=(345, 280),
)
def likelihood_smoothing(left, right):
    ax = left.subplots()
    x = outcome_axis(ax)
    truth_bars = Bars(ax, x - 0.2, P, 0.38, label="truth", gid="truth", **palette.BAR["p"])
    estimate = Bars(ax, x + 0.2, P, 0.38, label="estimate", gid="estimate", **palette.BAR["q"])
    (zeros,) = ax.plot([], [], "x", color=palette.Q, markersize=8, markeredgewidth=2, gid="zeros")
    ax.set(ylim=(0, 0.85), ylabel="probability")
    ax.grid(axis="x", visible=False)
    legend_above(ax)

    places, top = np.arange(len(PSEUDOCOUNTS)), 4.5
    ax = right.subplots()
    style = {"color": palette.INK, "linewidth": 1.6, "label": "average of all records"}
    (average_line,) = ax.plot([], [], gid="average", **style)
    (own_line,) = ax.plot([], [], label="this record", gid="own", **palette.LINE["d"])
    (dot,) = ax.plot([], [], "o", color=palette.D, markersize=8, gid="own-now")
    (average_dot,) = ax.plot([], [], "o", color=palette.INK, markersize=6, gid="average-now")
    style = {"ha": "center", "va": "center", "fontsize": 15, "color": palette.D}
    endless = ax.text(0, top * 0.62, "∞", gid="endless", **style)
    ax.set(xlim=(-0.5, len(places) - 0.6), ylim=(0.002, top), ylabel="D(P‖estimate), bits a day")
    ax.set_xlabel("added to each count")
    ax.set_xticks(places, labels=["0", ".01", ".05", ".2", "½", "1", "2", "5", "20"])
    log_axis(ax, [0.01, 0.1, 1], axis="y")
    legend_above(ax)

    def update(n, added, truth, sample):
        at = list(PSEUDOCOUNTS.values()).index(added)
        counts, models, losses = _short_record(truth, n, sample)
        average = _expected_loss(truth, n)
        truth_bars.set_heights(_TRUTHS[truth])
        estimate.set_heights(models[at])
        none = models[at] == 0
        zeros.set_data(x[none] + 0.2, np.full(none.sum(), 0.03))
        finite = np.isfinite(losses)
        own_line.set_data(places[finite], losses[finite])
        average_line.set_data(places[1:], average[1:])
        dot.set_data([at], [losses[at] if finite[at] else np.nan])
        average_dot.set_data([at], [average[at] if at else np.nan])
        endless.set_visible(not finite[at])
        said = ", ".join(f"{c} {o}" for o, c in zip(OUTCOMES, counts, strict=True))
        return {
            "counts": said,
            "D": losses[at],
            "average": average[at],
            "gap": 100 * chance_of_a_gap(_TRUTHS[truth], n),
        }

    return update


__all__ = [
    "FIRST_SEED",
    "RARE_SNOW",
    "WRONG",
    "chance_of_a_gap",
    "geyser_density",
    "geyser_divergence",
    "geyser_eruptions",
    "geyser_moments",
    "likelihood_bins",
    "likelihood_closing_in",
    "likelihood_coin",
    "likelihood_normal",
    "likelihood_projection",
    "likelihood_smoothing",
    "readings",
]
