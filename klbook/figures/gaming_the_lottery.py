"""The figures of the chapter *Gaming the lottery*."""

import math
from functools import cache

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.gambling import cost_of_take, doubling_rate, kelly_bet
from ..ideas.lottery import (
    expected_lottery_growth,
    log_return_of_buying_all,
    lottery_bet,
    lottery_growth,
    lottery_payoff,
    lottery_return,
    return_of_buying_all,
    sample_crowds,
    ticket_shares,
)
from ..ideas.numerics import root
from ..ideas.surprise import kl_divergence
from ..ideas.weather import P, Q, sample_days
from .parts import (
    Bars,
    Measured,
    SingleBars,
    away,
    error_band,
    in_pieces,
    log_axis,
    looks,
    measured_readouts,
    outcome_axis,
)

#: Seeds of sample number 1, for the days and for the crowds; the chapter's own experiment uses them, too.
FIRST_SEED, CROWD_SEED = 649, 1298

#: The own tickets of the weather lottery: four for sun, two for cloud, one each for rain and snow.
MINE = 8 * P

#: Tickets so many that those of one player are lost among them, after sixty draws, too.
ENDLESS = 1e30

#: How the own tickets are drawn, and what is best if they move the odds.
_OWN = {"facecolor": palette.EXTRA, "edgecolor": palette.EXTRA, "linewidth": 1}
_BEST = {"color": palette.EXTRA, "linestyle": (0, (6, 2, 1, 2)), "linewidth": 2.2}


_GREY = {"facecolor": palette.MUTED, "edgecolor": palette.MUTED}


def _poisson(k, mean):
    return np.exp(k * math.log(mean) - mean - np.array([math.lgamma(j + 1) for j in k]))


# -- the weather lottery

_PLANS = {"as the weather: P": "p", "as the crowd": "q", "the same of each": "same", "sun alone": "sun"}


def _plan(plan, crowd):
    return {"p": P, "q": crowd, "same": np.full(4, 1 / 4), "sun": np.array([1.0, 0, 0, 0])}[plan]


@explorer(
    slug="lottery-crowd",
    title="The crowd sets the odds",
    caption=(
        "First, how often each kind of day comes and how the tickets are spread. Then, what each coin of yours has "
        "become after such a day. The crowd is so large here that your own tickets do not count. Buy as the crowd "
        "does, then buy sun alone. Last, make the crowd less wrong: you can also drag its bar for sun."
    ),
    alt=(
        "First panel: for sun, cloud, rain and snow, bars of the probability, the crowd's share of tickets and your "
        "own. Second panel: for each kind of day a bar with what a coin of yours becomes, and a level line at 1."
    ),
    controls=[
        Slider("wrong", "How wrong the crowd is", 0, 1, 17, 1, fmt="{:.4g}", drag="crowd-0"),
        Choice("plan", "You spread your tickets", _PLANS, "p"),
    ],
    readouts=[
        Readout(
            "growth", "Average growth", "doublings a draw", infinite="one day without sun takes everything"
        ),
        Readout("mean", "A coin becomes, on average", "coins", fmt="{:.4f}"),
        Readout("D", "D(P‖Q°)", "bits"),
    ],
    panels=2,
    size=(345, 260),
)
def lottery_crowd(left, right):
    ax = left.subplots()
    x = outcome_axis(ax)
    Bars(ax, x - 0.27, P, 0.25, label="weather P", gid="weather", **palette.BAR["p"])
    crowds = SingleBars(ax, x, 0.25, label="crowd Q°", gid="crowd", **palette.BAR["q"])
    own = Bars(ax, x + 0.27, P, 0.25, label="you", gid="own", **_OWN)
    ax.set(ylim=(0, 1.12), ylabel="share")
    ax.set_yticks([0, 0.25, 0.5, 0.75, 1])
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right")

    ax = right.subplots()
    outcome_axis(ax)
    becomes = Bars(ax, x, 0, 0.6, gid="becomes", **_GREY)
    ax.axhline(1, color=palette.INK, linewidth=1.2, gid="one")
    ax.set(ylim=(0, 8.8), ylabel="a coin becomes, coins")
    ax.grid(axis="x", visible=False)
    numbers = [ax.text(k, 0, "", ha="center", va="bottom", gid="number") for k in x]

    def update(wrong, plan):
        crowd = (1 - wrong) * P + wrong * Q
        mine = _plan(plan, crowd)
        returns = lottery_return(mine, ENDLESS * crowd)
        crowds.set_heights(crowd)
        own.set_heights(mine)
        becomes.set_heights(returns)
        for text, value in zip(numbers, returns, strict=True):
            text.set_text(f"{value:.3g}")
            text.set_y(max(value, 1) + 0.18)
        return {
            "growth": lottery_growth(P, mine, ENDLESS * crowd),
            "mean": P @ returns,
            "D": kl_divergence(P, crowd),
        }

    return update


LONG = 10_000


@cache
def _doublings(crowd, sample):
    """Logarithm of the return of each of ten thousand draws, each with a crowd of its own."""
    days = sample_days(LONG, P, seed=FIRST_SEED + sample - 1)
    crowds = sample_crowds(crowd * Q, LONG, seed=CROWD_SEED + sample - 1)
    return np.log2(lottery_return(MINE, crowds)[np.arange(LONG), days])


@cache
def _expected(crowd):
    """What is to be expected of them, and the spread of one."""
    expected = expected_lottery_growth(P, MINE, crowd * Q)
    return expected, np.concatenate([_doublings(crowd, s) for s in (1, 2, 3)]).std()


@explorer(
    slug="lottery-closing-in",
    title="The measurement closes in, and on what",
    caption=(
        "The average number of doublings after 10 draws and up to ten thousand (logarithmic axis), with your eight "
        "tickets. Sample 1 with a crowd of 8,000 is the experiment above; the band is two standard errors wide on each "
        "side. Q° are the shares of the crowd's tickets, without yours. Drag the dot along the line. Then let fewer "
        "people play."
    ),
    alt=(
        "A jagged line, the average number of doublings a draw up to the draw that is set, with a dot at its end. The "
        "more draws, the nearer it comes to the growth that is expected with this pot, mostly inside a narrowing band: "
        "near five eighths for a large crowd, and well below it for a small one."
    ),
    controls=[
        Slider(
            "draws", "Draws so far", 20, LONG, 20, LONG, scale="integer", fmt="{:,}", play=True, drag="now"
        ),
        Choice("crowd", "Tickets of the crowd", {f"{n:,}": n for n in (8, 80, 800, 8000)}, 8000),
        Sample(count=6),
    ],
    readouts=[
        *measured_readouts("doublings a draw", "D(P‖Q°)"),
        Readout("expected", "To be expected with this pot", "doublings a draw", fmt="{:.4f}"),
    ],
    size=(350, 260),
)
def lottery_closing_in(panel):
    divergence = kl_divergence(P, Q)
    n = looks(10, LONG, 80)
    ax = panel.subplots()
    band = error_band(ax, n, 0 * n, 0, color=palette.MUTED, alpha=0.18)
    expected_line = ax.axhline(0, color=palette.EXTRA, linewidth=1.4, gid="expected")
    level = ax.axhline(divergence, gid="goal", **palette.LINE["d"])
    measured = Measured(ax, n, dot=True)
    ax.set(xlim=(10, LONG * 1.15), ylim=(-0.9, 2.1), xlabel="draws", ylabel="doublings a draw")
    log_axis(ax, [10, 100, 1000, 10_000])
    ax.legend(
        [level, expected_line, measured.line],
        ["D(P‖Q°)", "expected with this pot", "measured"],
        loc="upper right",
    )

    def update(draws, crowd, sample):
        mean, error = measured.show(_doublings(crowd, sample)[:draws])
        expected, spread = _expected(crowd)
        half = 2 * spread / np.sqrt(n)
        band.set_data(n, expected - half, expected + half)
        expected_line.set_ydata([expected] * 2)
        return {
            "mean": mean,
            "error": error,
            "off": away(mean, error, divergence),
            "expected": expected,
        }

    return update


# -- own tickets that move the odds

_SHARES = (0.001, 0.002, 0.005, 0.01, 0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8,
           0.9, 0.95, 0.99)  # fmt: skip


@explorer(
    slug="lottery-pot",
    title="Your own tickets move the odds",
    caption=(
        "Let your share of the pot grow, or drag the dot. The dotted level is what a vanishing share earns, the thin "
        "line how the growth falls at first. Then buy what is best for your share, and watch where the tickets go."
    ),
    alt=(
        "First panel: growth against your share of the pot, one curve for tickets bought as the weather and a higher "
        "one for the best tickets; both start at five eighths and fall to zero. A dot marks your share and plan. "
        "Second panel: bars of the weather, the crowd's tickets, yours, and all."
    ),
    controls=[
        Slider(
            "share", "Your share of the pot", 0.001, 0.99, 2, 0.3, fmt="{:.1%}", extra=_SHARES, drag="now"
        ),
        Choice("plan", "You spread your tickets", {"as the weather: P": "p", "in the best way": "best"}, "p"),
    ],
    readouts=[
        Readout("growth", "Growth", "doublings a draw", fmt="{:.4f}"),
        Readout("lost", "Less than D(P‖Q°) by", "doublings a draw", fmt="{:.4f}"),
        Readout("profit", "Profit a draw, of 100 coins of the crowd", "coins", fmt="{:.2f}"),
    ],
    panels=2,
    size=(345, 265),
)
def lottery_pot(left, right):
    def growth(share, bet):
        share = np.asarray(share)[..., None]
        return lottery_growth(P, share * bet, (1 - share) * Q)

    s = np.array([0.0005, *np.linspace(0.01, 0.99, 50)])
    divergence = kl_divergence(P, Q)
    slope = (P @ (P / Q) - 1) / math.log(2)
    ax = left.subplots()
    ax.axhline(divergence, label="D(P‖Q°)", gid="D", **palette.LINE["d"])
    at_first = [divergence, divergence - 0.4 * slope]
    ax.plot([0, 0.4], at_first, color=palette.MUTED, linewidth=1.2, gid="at-first")
    ax.plot(s, growth(s, lottery_bet(P, Q, s)), label="best tickets", gid="best", **_BEST)
    ax.plot(s, growth(s, P), label="as the weather", gid="as-weather", **palette.LINE["p"])
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="now")
    ax.set(xlim=(0, 1), ylim=(0, 0.84), xlabel="your share of the pot", ylabel="growth, doublings a draw")
    ax.set_xticks([0, 0.25, 0.5, 0.75, 1], labels=["0", "25%", "50%", "75%", "100%"])
    ax.legend(loc="upper right", borderaxespad=0)

    ax = right.subplots()
    x = outcome_axis(ax)
    Bars(ax, x - 0.3, P, 0.18, label="weather P", gid="weather", **palette.BAR["p"])
    Bars(ax, x - 0.1, Q, 0.18, label="crowd", gid="crowd", **palette.BAR["q"])
    own = Bars(ax, x + 0.1, P, 0.18, label="you", gid="own", **_OWN)
    every = Bars(ax, x + 0.3, P, 0.18, label="all tickets", gid="all", linewidth=1, **_GREY)
    ax.set(ylim=(0, 0.74), ylabel="share")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", ncols=2, columnspacing=1)

    def update(share, plan):
        bet = P if plan == "p" else lottery_bet(P, Q, share)
        tickets, others = 100 * share / (1 - share) * bet, 100 * Q
        rate = growth(share, bet)
        dot.set_data([share], [rate])
        own.set_heights(bet)
        every.set_heights(ticket_shares(tickets, others))
        return {
            "growth": rate,
            "lost": divergence - rate,
            "profit": P @ lottery_payoff(tickets, others) - tickets.sum(),
        }

    return update


#: The part of the crowd's money that somebody far richer wins in a draw, on average, with the best tickets.
WON_BY_THE_RICH = 1 - np.sqrt(P * Q).sum() ** 2
DRAWS, FORTUNES = 60, 5
_CROWDS = {"100 coins": 100, "10,000 coins": 10_000, "1,000,000 coins": 1_000_000, "without end": ENDLESS}


@cache
def fortunes(crowd, best, count=FORTUNES):
    """Wealth after each draw, of `count` samples, beginning with one coin and staking everything each time.

    The crowd brings the same money to each draw. The tickets are bought as P, or are the best for one's share of
    the pot.
    """
    days = np.array([sample_days(DRAWS, P, seed=FIRST_SEED + k) for k in range(count)])
    wealth = np.ones((count, DRAWS + 1))
    for n in range(DRAWS):
        now = wealth[:, n]
        bets = lottery_bet(P, Q, now / (now + crowd)) if best else P
        payoff = lottery_payoff(now[:, None] * bets, crowd * Q)
        wealth[:, n + 1] = payoff[np.arange(count), days[:, n]]
    return wealth


def _coins(name, label):
    return Readout(name, label, "coins", fmt="{:,.2f}", power=(0.1, 1e7))


@explorer(
    slug="lottery-fortune",
    title="A fortune grows into the pot",
    caption=(
        "You begin with one coin and stake everything in each draw (tickets can be split here), against a crowd that "
        "brings the same money every time. Let the draws run, or drag a dot, then exchange the crowd. On average a "
        "fortune doubles nearly five eighths of a time a draw while it is small beside the crowd's money, and clearly "
        "less from about a tenth of it on. Once it is much larger, the best tickets win about "
        f"{WON_BY_THE_RICH:.0%} of that money a draw, tickets as the weather an ever smaller part. Without end, only "
        "chance keeps it off the line."
    ),
    alt=(
        "First panel: the logarithm of two fortunes over the draws so far, with a straight line that rises by five "
        "eighths a draw and a level line at the crowd's money, if that has an end; a fortune that comes near the level "
        "line bends. Second panel: their shares of the pot. Dots mark the end of the lines of the best tickets."
    ),
    controls=[
        Slider(
            "draws", "Draws so far", 4, DRAWS, 15, DRAWS, fmt="{:.0f}", play=True, drag=("now", "share-now")
        ),
        Choice("crowd", "The crowd's money", _CROWDS, 10_000),
        Sample(count=FORTUNES),
    ],
    readouts=[
        _coins("p", "Tickets as the weather"),
        _coins("best", "Best tickets"),
        Readout("share", "Best tickets' share of the pot", fmt="{:.4f}", power=1e-3),
    ],
    panels=2,
    size=(345, 270),
)
def lottery_fortune(left, right):
    n = np.arange(DRAWS + 1)
    ax = left.subplots()
    ax.plot(n, kl_divergence(P, Q) * n, label="D(P‖Q°) a draw", gid="D", **palette.LINE["d"])
    money = ax.axhline(0, color=palette.MUTED, linewidth=1.4, label="the crowd's money", gid="crowd")
    lines = [
        ax.plot([], [], label="best tickets", gid="best", **_BEST)[0],
        ax.plot([], [], label="as the weather", gid="as-weather", **palette.LINE["p"])[0],
    ]
    of_dot = {"marker": "o", "color": palette.INK, "markersize": 6}
    (dot,) = ax.plot([], [], gid="now", **of_dot)
    ax.set(xlim=(0, DRAWS + 1), ylim=(-8, 60), xlabel="draws", ylabel="log₂ of your coins")
    ax.legend(loc="upper left", borderaxespad=0)

    ax = right.subplots()
    shares = [
        ax.plot([], [], gid="best-share", **_BEST)[0],
        ax.plot([], [], gid="as-weather-share", **palette.LINE["p"])[0],
    ]
    (share_dot,) = ax.plot([], [], gid="share-now", **of_dot)
    ax.set(xlim=(0, DRAWS + 1), ylim=(0, 1), xlabel="draws", ylabel="your share of the pot")

    def update(draws, crowd, sample):
        seen = n[: round(draws) + 1]
        money.set_ydata([math.log2(crowd)] * 2)
        money.set_visible(crowd < ENDLESS)
        ends = []
        for best, line, share in zip((True, False), lines, shares, strict=True):
            wealth = fortunes(crowd, best)[sample - 1, : len(seen)]
            line.set_data(seen, np.log2(wealth))
            share.set_data(seen, wealth / (wealth + crowd))
            ends.append(wealth[-1])
        of_best, of_weather = ends
        share_of_best = of_best / (of_best + crowd)
        dot.set_data([seen[-1]], [np.log2(of_best)])
        share_dot.set_data([seen[-1]], [share_of_best])
        return {"p": of_weather, "best": of_best, "share": share_of_best}

    return update


# -- every number

NUMBERS = 100
_OTHERS_LABEL = "Others' tickets a number, on average"
_LAMBDAS = (0.5, 1, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8)


@cache
def _crowd(mean, sample):
    return sample_crowds(np.full(NUMBERS, float(mean)), seed=FIRST_SEED + sample - 1)[0]


#: Where the curve of the averages is computed: the slider's values, and some between.
_LINE = np.unique([*np.linspace(0.1, 2.5, 13), *_LAMBDAS])


@cache
def _growth_of_each(own):
    """Mean divergence over crowds, for each number of others' tickets on the line."""
    if own == 1:
        return log_return_of_buying_all(_LINE, numbers=NUMBERS)
    uniform = np.full(NUMBERS, 1 / NUMBERS)
    return np.array([expected_lottery_growth(uniform, own, mean) for mean in _LINE])


@explorer(
    slug="lottery-unsold",
    title="A hundred numbers, and those that nobody bought",
    caption=(
        "A crowd throws its tickets at random. First, how many numbers have no holder but you, one, two and so on; the "
        "line is what is to be expected. Then the divergence from the shares of all tickets. Try other samples: Q is "
        "another one each time. You can also drag the dot. Last, buy no ticket of your own: a single number that "
        "nobody bought makes it infinite."
    ),
    alt=(
        "First panel: bars of how many of a hundred numbers have 0, 1, 2 and more other holders, with a line at the "
        "Poisson expectation. Second panel: the divergence of the uniform distribution from the shares of all tickets, "
        "against the average number of others' tickets, with a dot for this crowd. If you hold no tickets there is no "
        "curve, and for a crowd that left a number unsold the sign for infinity in place of the dot."
    ),
    controls=[
        Slider("mean", _OTHERS_LABEL, 0.5, 8, 2, 2, fmt="{:g}", extra=_LAMBDAS, drag="now"),
        Choice(
            "own", "Your own tickets", {"none": 0, "one of each": 1, "two of each": 2, "five of each": 5}, 1
        ),
        Sample(count=8),
    ],
    readouts=[
        Readout("unsold", "Numbers that nobody else holds", fmt="{:.0f}"),
        Readout("expected", "To be expected", fmt="{:.1f}"),
        Readout("alone", "D(U‖Q°), from the crowd's tickets", "bits", infinite="a number was not sold"),
        Readout("D", "D(U‖Q), from all tickets", "bits", infinite="a number was not sold"),
        Readout(
            "mean_D", "The same, averaged over crowds", "bits", infinite="some crowds leave a number unsold"
        ),
    ],
    panels=2,
    size=(345, 265),
)
def lottery_unsold(left, right):
    k = np.arange(17)
    ax = left.subplots()
    bars = Bars(ax, k, 0, 0.8, gid="numbers", **palette.BAR["q"] | {"linewidth": 0.8})
    (expected,) = ax.plot(k, k, color=palette.INK, linewidth=1.5, label="expected", gid="expected")
    ax.set(
        xlim=(-0.7, 16.7),
        xticks=range(0, 17, 2),
        ylim=(0, 72),
        xlabel="others who hold the number",
        ylabel="how many numbers",
    )
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right")

    ax = right.subplots()
    (curve,) = ax.plot(_LINE, 0 * _LINE, label="average over crowds", gid="average", **palette.LINE["d"])
    (dot,) = ax.plot([], [], "o", color=palette.D, markersize=8, label="this crowd", gid="now")
    endless = ax.text(0, 0.215, "∞", color=palette.D, ha="center", fontsize=17, gid="endless")
    ax.set(xlim=(0, 8.4), ylim=(0, 0.3), xlabel="others' tickets a number", ylabel="D(U‖Q), bits")
    ax.legend(loc="upper right")
    uniform = np.full(NUMBERS, 1 / NUMBERS)

    def update(mean, own, sample):
        crowd = _crowd(mean, sample)
        alone = kl_divergence(uniform, ticket_shares(0, crowd))
        together = kl_divergence(uniform, ticket_shares(own, crowd))
        bars.set_heights(np.bincount(np.minimum(crowd, 16), minlength=17))
        expected.set_ydata(NUMBERS * _poisson(k, mean))
        curve.set_visible(own > 0)
        if own:
            curve.set_ydata(_growth_of_each(own))
        dot.set_data([mean], [min(together, 1)])
        dot.set_visible(bool(np.isfinite(together)))
        endless.set_x(mean)
        endless.set_visible(bool(np.isinf(together)))
        return {
            "unsold": (crowd == 0).sum(),
            "expected": NUMBERS * math.exp(-mean),
            "alone": alone,
            "D": together,
            "mean_D": _growth_of_each(own)[np.searchsorted(_LINE, mean)] if own else math.inf,
        }

    return update


#: Numbers of the lottery whose numbers are bought one of each, in the picture.
MANY = 1000
_OTHERS = tuple(np.arange(1, 21) / 2)


@cache
def _bought_all(mean, sample):
    """Returns of ten thousand draws.

    The winner's other holders and all other tickets are Poisson counts, independent of each other. So these two
    are drawn for each draw, and not a thousand counts.
    """
    random = np.random.default_rng(FIRST_SEED + sample - 1)
    holders = random.poisson(mean, LONG)
    pot = MANY + holders + random.poisson(mean * (MANY - 1), LONG)
    return pot / MANY / (holders + 1)


@explorer(
    slug="lottery-buy-all",
    title="One of each: the mean, and the typical",
    caption=(
        "First, how likely each result of a draw is, with the mean and the typical factor, two to the power of the "
        "mean logarithm: what a draw is worth if you stake everything in many. It is below the mean. Then both as "
        "profit a draw, with a simulation in bars of two standard errors; about one bar in twenty misses its curve. "
        "Drag a dot: which crowd is best for you?"
    ),
    alt=(
        "First panel: stems at what a coin can become, the higher the likelier, with two vertical lines, at the mean "
        "and, below it, at the typical factor. Second panel: mean profit and typical profit against the number of "
        "others' tickets; both rise, have a top between one and two, and fall. Two marks with error bars are a "
        "simulation."
    ),
    controls=[
        Slider("mean", _OTHERS_LABEL, 0.5, 10, 20, 2, fmt="{:g}", drag=("mean-now", "typical-now")),
        Choice("draws", "Simulated draws", {f"{n:,}": n for n in (100, 1000, 10_000)}, 1000),
        Sample(count=6),
    ],
    readouts=[
        Readout("ratio", "Mean of the return", fmt="{:.4f}"),
        Readout("simulated", "The return, simulated"),
        Readout("log", "Mean of its logarithm", "doublings", fmt="{:.4f}"),
        Readout("log_simulated", "Its logarithm, simulated", "doublings"),
    ],
    panels=2,
    size=(345, 270),
)
def lottery_buy_all(left, right):
    of_typical = palette.LINE["d"]
    ax = left.subplots()
    ax.axvline(1, color=palette.MUTED, linewidth=1.2, gid="one")
    (stems,) = ax.plot([], [], color=palette.INK, linewidth=2.2, gid="stems")
    mean_line = ax.axvline(1, label="mean", gid="mean", **_BEST | {"linewidth": 2})
    typical_line = ax.axvline(1, label="typical", gid="typical", **of_typical)
    ax.set(xlim=(0, 7.3), ylim=(0, 0.68), xlabel="a coin becomes, coins", ylabel="probability")
    ax.legend(loc="upper right")

    ax = right.subplots()
    others = np.unique([*np.linspace(0.02, 2, 21), *_OTHERS])
    ratios = return_of_buying_all(others, numbers=MANY)
    logs = log_return_of_buying_all(others, numbers=MANY)
    ax.plot(others, 100 * (ratios - 1), label="mean", gid="mean-profit", **_BEST)
    ax.plot(others, 100 * (2**logs - 1), label="typical", gid="typical-profit", **of_typical)
    of_dot = {"color": palette.INK, "markersize": 5}
    dots = [ax.plot([], [], "o", gid=gid, **of_dot)[0] for gid in ("mean-now", "typical-now")]
    (errors,) = ax.plot([], [], color=palette.INK, linewidth=1.8, gid="errors")
    ax.set(xlim=(0, 10.4), ylim=(-12, 62), xlabel="others' tickets a number", ylabel="profit a draw, %")
    ax.axhline(0, color=palette.MUTED, linewidth=1.2, gid="zero")
    ax.legend(loc="upper right")

    def update(mean, draws, sample):
        k = np.arange(40)
        likely = _poisson(k, mean) > 0.002
        places, heights = (mean + 1) / (k[likely] + 1), _poisson(k, mean)[likely]
        stems.set_data(*in_pieces(np.stack([places, places], 1), np.stack([0 * heights, heights], 1)))
        at = np.searchsorted(others, mean)
        mean_line.set_xdata([ratios[at]] * 2)
        typical_line.set_xdata([2 ** logs[at]] * 2)

        returns = _bought_all(mean, sample)[:draws]
        measured = [(v.mean(), v.std(ddof=1) / math.sqrt(draws)) for v in (returns, np.log2(returns))]
        ends = np.array([[middle - 2 * error, middle, middle + 2 * error] for middle, error in measured])
        ends[1] = 2 ** ends[1]
        for dot, profit in zip(dots, 100 * (ends[:, 1] - 1), strict=True):
            dot.set_data([mean], [profit])
        errors.set_data(*in_pieces(np.full((2, 2), mean), 100 * (ends[:, [0, 2]] - 1)))
        return {
            "ratio": ratios[at],
            "simulated": measured[0],
            "log": logs[at],
            "log_simulated": measured[1],
        }

    return update


# -- birthdays and the cut

#: How many of the numbers of a ticket are chosen among how many, and how many of these are days of a month.
GAMES = {"one number of 49": 1, "six numbers of 49": 6}


def birthday_crowd(chosen, birthdays):
    """Two kinds of tickets: how many there are of each, and how many the crowd holds.

    The share `birthdays` of the players chooses among numbers up to 31 only, all of them at random. For tickets
    with numbers up to 31 only, and for all others: their shares in all possible tickets, U, and in the crowd's, Q.
    """
    low = math.comb(31, chosen) / math.comb(49, chosen)
    kinds = np.array([low, 1 - low])
    return kinds, birthdays * np.array([1, 0]) + (1 - birthdays) * kinds


@explorer(
    slug="lottery-birthdays",
    title="A crowd that likes birthdays",
    caption=(
        "Some players choose only numbers up to 31, days of a month; the others choose at random. Raise their share, "
        "or drag the dot. With a cut, see which tickets still earn more than they cost; then let six numbers be chosen "
        "on a ticket."
    ),
    alt=(
        "First panel: two bars, what a coin on a ticket with numbers up to 31 returns on average, and on any other "
        "ticket, with a level line at 1. Second panel: the divergence of the uniform distribution from the crowd's "
        "tickets, rising with the share of birthday players, and a level line at the cost of the cut. A dot marks the "
        "chosen share."
    ),
    controls=[
        Slider("birthdays", "Players who choose birthdays", 0, 0.75, 16, 0.5, fmt="{:.0%}", drag="now"),
        Choice("chosen", "A ticket has", GAMES, 1),
        Choice("cut", "The organiser keeps", {"nothing": 0, "10%": 0.1, "25%": 0.25, "50%": 0.5}, 0),
    ],
    readouts=[
        Readout("low", "A coin on numbers up to 31 returns", "coins"),
        Readout("high", "A coin on other tickets returns", "coins"),
        Readout("D", "D(U‖Q°)", "bits"),
        Readout("growth", "Growth with the same of every ticket", "doublings a draw"),
    ],
    panels=2,
    size=(345, 260),
)
def lottery_birthdays(left, right):
    ax = left.subplots()
    outcome_axis(ax, ["only up to 31", "all others"])
    bars = Bars(ax, [0, 1], 0, 0.6, gid="returns", **_GREY)
    ax.axhline(1, color=palette.INK, linewidth=1.2, gid="one")
    ax.set(ylim=(0, 4.5), ylabel="a coin returns on average, coins")
    ax.grid(axis="x", visible=False)
    numbers = [ax.text(k, 0, "", ha="center", va="bottom", gid="number") for k in (0, 1)]

    ax = right.subplots()
    w = np.linspace(0, 0.75, 61)
    curves = {c: [kl_divergence(*birthday_crowd(c, share)) for share in w] for c in GAMES.values()}
    (curve,) = ax.plot(w, 0 * w, label="D(U‖Q°)", gid="D", **palette.LINE["d"])
    cost = ax.axhline(0, color=palette.INK, linewidth=1.6, label="cost of the cut", gid="cost")
    (dot,) = ax.plot([], [], "o", color=palette.D, markersize=8, gid="now")
    ax.set(xlim=(0, 0.78), ylim=(-0.03, 2.1), xlabel="players who choose birthdays", ylabel="bits")
    ax.set_xticks([0, 0.25, 0.5, 0.75], labels=["0", "25%", "50%", "75%"])
    ax.legend(loc="upper left")

    def update(birthdays, chosen, cut):
        kinds, crowd = birthday_crowd(chosen, birthdays)
        returns = (1 - cut) * kinds / crowd
        divergence = kl_divergence(kinds, crowd)
        bars.set_heights(returns)
        for text, value in zip(numbers, returns, strict=True):
            text.set_text(f"{value:.2f}")
            text.set_y(value + 0.08 if not 0.62 < value < 1 else 1.08)
        curve.set_ydata(curves[chosen])
        cost.set_ydata([cost_of_take(cut)] * 2)
        dot.set_data([birthdays], [divergence])
        return {
            "low": returns[0],
            "high": returns[1],
            "D": divergence,
            "growth": divergence - cost_of_take(cut),
        }

    return update


_CUT_GAMES = {
    "the weather lottery": "weather",
    "one of each, 1 other a number": 1,
    "one of each, 2 others a number": 2,
    "one of each, 5 others a number": 5,
    "half of the players like birthdays": "birthdays",
}
_CUT = Slider(
    "cut", "The organiser keeps", 0, 0.7, 29, 0.25, fmt="{:.1%}", drag=("cost-now", "held-now", "all-now")
)


def _outcomes(game):
    """What can happen to a coin, without a cut: probabilities, and returns of the tickets that one buys."""
    if isinstance(game, int):
        k = np.arange(60)
        pmf = _poisson(k, game)
        return pmf / pmf.sum(), (game + 1) / (k + 1)
    p, q = (P, Q) if game == "weather" else birthday_crowd(1, 1 / 2)
    return p, p / q


def share_in_tickets(p, returns):
    """Which share of one's money to put into tickets with these returns, if the rest is held back: most growth."""

    def falls_behind(f):
        return -(p * (returns - 1) / (1 + f[..., None] * (returns - 1))).sum(axis=-1)

    return root(falls_behind, np.zeros(()), np.ones(()))


@cache
def _against_cuts(game):
    """Growth of all money in tickets, growth with money held back, and how much is staked; for each cut."""
    p, returns = _outcomes(game)
    all_in, held, staked = [], [], []
    for cut in _CUT.values:
        all_in.append(p @ np.log2((1 - cut) * returns))
        if isinstance(game, int):  # the tickets are one of each: only how much is staked can be chosen
            f = share_in_tickets(p, (1 - cut) * returns)
            held.append(p @ np.log2(1 - f + f * (1 - cut) * returns))
            staked.append(f)
        else:
            odds = (1 - cut) * returns / p
            bets = kelly_bet(p, odds)
            held.append(doubling_rate(p, bets, odds))
            staked.append(bets.sum())
    return np.array(all_in), np.array(held), np.array(staked)


@explorer(
    slug="lottery-cut",
    title="How large a cut can be beaten?",
    caption=(
        "Move the cut, or drag a dot. First, cost and divergence: the divergence must lie above the cost if all your "
        "money is in tickets. Then the growth: it falls below zero where they cross, but not if you hold back money. "
        "Try the other games."
    ),
    alt=(
        "First panel: the cost of the cut, a rising curve, and the divergence, a level line; they cross. Second panel: "
        "growth with all money in tickets, which falls below zero where they cross, and growth with money held back, "
        "which is never below zero. Dots mark the cut."
    ),
    controls=[
        _CUT,
        Choice("game", "The game", _CUT_GAMES, "weather"),
    ],
    readouts=[
        Readout("D", "Divergence", "bits"),
        Readout("cost", "Cost of the cut", "bits"),
        Readout("all_in", "Growth, all in tickets", "doublings a draw"),
        Readout("held", "Growth, money held back", "doublings a draw"),
        Readout("staked", "Of your money then in tickets", "%", fmt="{:.1f}"),
    ],
    panels=2,
    size=(345, 270),
)
def lottery_cut(left, right):
    cuts = np.array(_CUT.values)
    of_dot = {"marker": "o", "color": palette.INK}
    ax = left.subplots()
    ax.plot(cuts, cost_of_take(cuts), color=palette.INK, label="cost of the cut", gid="cost")
    level = ax.axhline(0, label="divergence", gid="D", **palette.LINE["d"])
    (cost_dot,) = ax.plot([], [], markersize=7, gid="cost-now", **of_dot)
    ax.set(xlim=(0, 0.7), ylim=(0, 1.8), xlabel="cut", ylabel="bits")
    ax.legend(loc="upper left")

    ax2 = right.subplots()
    ax2.axhline(0, color=palette.MUTED, linewidth=1.2, gid="zero")
    (held_line,) = ax2.plot(cuts, 0 * cuts, label="money held back", gid="held", **_BEST)
    (all_line,) = ax2.plot(cuts, 0 * cuts, label="all in tickets", gid="all", **palette.LINE["d"])
    (all_dot,) = ax2.plot([], [], markersize=6, gid="all-now", **of_dot)
    (held_dot,) = ax2.plot([], [], markersize=6, gid="held-now", **of_dot)
    ax2.set(xlim=(0, 0.7), ylim=(-1.3, 1.2), xlabel="cut", ylabel="growth, doublings a draw")
    ax2.legend(loc="upper right")
    for axis in (ax, ax2):
        axis.set_xticks([0, 0.2, 0.4, 0.6], labels=["0", "20%", "40%", "60%"])

    def update(cut, game):
        all_in, held, staked = _against_cuts(game)
        at = _CUT.values.index(cut)
        divergence, cost = all_in[0], cost_of_take(cut)
        level.set_ydata([divergence] * 2)
        cost_dot.set_data([cut], [cost])
        held_line.set_ydata(held)
        all_line.set_ydata(all_in)
        all_dot.set_data([cut], [all_in[at]])
        held_dot.set_data([cut], [held[at]])
        return {
            "D": divergence,
            "cost": cost,
            "all_in": all_in[at],
            "held": held[at],
            "staked": 100 * staked[at],
        }

    return update


__all__ = [
    "CROWD_SEED",
    "ENDLESS",
    "FIRST_SEED",
    "GAMES",
    "MANY",
    "MINE",
    "NUMBERS",
    "birthday_crowd",
    "fortunes",
    "lottery_birthdays",
    "lottery_buy_all",
    "lottery_closing_in",
    "lottery_crowd",
    "lottery_cut",
    "lottery_fortune",
    "lottery_pot",
    "lottery_unsold",
    "share_in_tickets",
]
