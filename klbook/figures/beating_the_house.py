"""The figures of the chapter *Beating the house*."""

from functools import cache
from math import comb

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.gambling import doubling_rate, fair_odds, kelly_bet, mean_return, wealth_factors, wealth_paths
from ..ideas.surprise import kl_divergence
from ..ideas.weather import OUTCOMES, P, Q
from .parts import Bars, ErrorEdges, Measured, away, log_axis, looks

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 1956


def on_the_line(step):
    """The house's belief Q at 0, the truth P at 1, and past it up to 2: (1 − step)·Q + step·P."""
    return (1 - step) * Q + step * P


def _move(line, x, y):
    """Give a line new data, unless they are the old ones: what did not change is not drawn again."""
    if not (np.array_equal(line.get_xdata(), x) and np.array_equal(line.get_ydata(), y)):
        line.set_data(x, y)


def _wealth_text(doublings):
    if np.isinf(doublings):
        return "0: ruined"
    wealth = 2.0**doublings
    if wealth < 0.01:
        return f"1/{1 / wealth:,.0f}"
    return f"{wealth:,.0f}" if wealth >= 100 else f"{wealth:.3g}"


def _shares_text(bets):
    return ", ".join(f"{o} {100 * b:.3g} %" for o, b in zip(OUTCOMES, bets, strict=True))


MONTH = 30
_STEPS = np.linspace(-0.25, 2, 19)
_PATHS = 6


@cache
def _month(step, sample):
    return wealth_paths(P, on_the_line(step), fair_odds(Q), MONTH, seed=FIRST_SEED + sample - 1)[0]


@cache
def _rate(step):
    """Growth of a bet on the line, its distance from the truth, and its shares in words."""
    bets = on_the_line(step)
    return doubling_rate(P, bets, fair_odds(Q)), kl_divergence(P, bets), _shares_text(bets)


@explorer(
    slug="house-paths",
    title="A month at the bookmaker’s",
    caption=(
        "Move the first slider from 0, where you bet as the house believes, to 1, where you bet as the weather is, and "
        "on to 2. Look for the steepest path, then try other samples. Wealth is on a logarithmic axis: equal steps are "
        "doublings."
    ),
    alt=(
        "First panel: wealth over the days so far, up to 30, on a logarithmic axis, for your bet and, on the same "
        "days, for the bet P. A straight line is the average growth of your bet; at 2, where that is minus infinity, "
        "there is none, and once you are ruined a cross marks the last day with money. Second panel: the average "
        "growth as an arch over the bets, zero at the house’s belief, greatest at the truth, falling to minus infinity "
        "at 2, with a mark at your bet."
    ),
    controls=[
        Slider("bet", "Your bet: house’s belief 0, truth 1", -0.25, 2, len(_STEPS), 0.5, fmt="{:.4g}"),
        Sample(count=_PATHS),
        Slider("days", "Days so far", 0, MONTH, 16, MONTH, fmt="{:.0f}", play=True),
    ],
    readouts=[
        Readout("bets", "Staked on"),
        Readout("wealth", "Wealth now, from 1"),
        Readout(
            "growth", "Growth on average", "doublings a day", fmt="{:+.3f}", infinite="one bad day takes all"
        ),
        Readout(
            "mistake", "Your mistake D(P‖b)", "bits a day", infinite="nothing is staked on what will come"
        ),
    ],
    panels=2,
    size=(345, 270),
)
def house_paths(left, right):
    n = np.arange(MONTH + 1)
    low, high = -22, 38
    ax = left.subplots()
    ax.axhline(0, color=palette.MUTED, linewidth=1)
    (drift,) = ax.plot([], [], color=palette.MUTED, linestyle=(0, (6, 2, 1, 2)), label="average growth")
    (best,) = ax.plot([], [], label="bet P", **palette.LINE["p"])
    (path,) = ax.plot([], [], color=palette.INK, linewidth=1.6, label="your bet")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=6)
    (ruin,) = ax.plot([], [], "X", color=palette.Q, markersize=9)
    ax.set(xlim=(0, MONTH), ylim=(low, high), xlabel="days", ylabel="wealth")
    ax.set_yticks([-20, -10, 0, 10, 20, 30], labels=["2⁻²⁰", "2⁻¹⁰", "1", "2¹⁰", "2²⁰", "2³⁰"])
    ax.legend(loc="upper left")

    ax = right.subplots()
    top = kl_divergence(P, Q)
    steps = np.concatenate([np.linspace(-0.28, 1.9, 60), np.linspace(1.91, 1.99, 12)])
    bets = np.array([on_the_line(s) for s in steps])
    ax.axhline(0, color=palette.MUTED, linewidth=1)
    ax.plot([-0.4, 2.1], [top, top], label="D(P‖Q)", **palette.LINE["d"])
    ax.plot(steps, doubling_rate(P, bets, fair_odds(Q)), color=palette.INK, linewidth=1.6, label="growth")
    (gap,) = ax.plot([], [], color=palette.EXTRA, linewidth=2.2, label="your mistake")
    (mark,) = ax.plot([], [], "o", color=palette.INK, markersize=7)
    endless = ax.text(1.86, -0.93, "−∞", color=palette.INK, ha="right", va="center", fontsize=15)
    ax.set(xlim=(-0.4, 2.1), ylim=(-1.1, 1.05), xlabel="your bet", ylabel="growth, doublings a day")
    ax.set_xticks([0, 1, 2], labels=["house’s Q", "truth P", "2"])
    ax.legend(loc="upper center", ncols=3, columnspacing=1, handlelength=1.6, borderaxespad=0)

    def update(bet, sample, days):
        days = round(days)
        walk = _month(bet, sample)[: days + 1]
        alive = walk[np.isfinite(walk)]
        growth, mistake, shares = _rate(bet)
        ruined = len(alive) < len(walk)
        path.set_data(n[: len(alive)], alive)
        dot.set_data([days], walk[-1:])
        dot.set_visible(not ruined)
        ruin.set_data([len(alive) - 1], alive[-1:])
        ruin.set_visible(ruined)
        best.set_data(n[: days + 1], _month(1.0, sample)[: days + 1])
        _move(drift, [0, MONTH], [0, growth * MONTH] if np.isfinite(growth) else [0, 0])
        drift.set_visible(bool(np.isfinite(growth)))
        _move(gap, [bet, bet], [top, max(growth, -1.1)])
        _move(mark, [bet], [max(growth, -1.1)])
        mark.set_visible(bool(np.isfinite(growth)))
        endless.set_visible(bool(np.isinf(growth)))
        return [drift, best, path, dot, ruin, gap, mark, endless], {
            "bets": shares,
            "wealth": _wealth_text(walk[-1]),
            "growth": growth,
            "mistake": mistake,
        }

    return update


_CHANCES = (0.2, 0.4, 0.5, 0.6, 0.8)
#: Where the picture of the bowl is cut off.
_CUT = 1.4


_HOUSE = np.round(np.linspace(0.1, 0.9, 17), 12)
_YOURS = np.round(np.linspace(0, 1, 21), 12)


@cache
def _two_gamblers(p):
    """For each belief of the house (rows) and each bet (columns): growth; and D(p‖x) of both."""
    houses, yours = (np.stack([x, 1 - x], axis=-1) for x in (_HOUSE, _YOURS))
    world = [p, 1 - p]
    growth = doubling_rate(world, yours, fair_odds(houses)[:, None])
    theirs, own = kl_divergence(world, houses), kl_divergence(world, yours)
    return (
        {q: (theirs[i], fair_odds(houses[i])) for i, q in enumerate(_HOUSE)},
        dict(zip(_YOURS, own, strict=True)),
        {(q, b): growth[i, j] for i, q in enumerate(_HOUSE) for j, b in enumerate(_YOURS)},
    )


@explorer(
    slug="house-beliefs",
    title="Whoever stands lower on the bowl takes the other’s money in the end",
    caption=(
        "Two outcomes: rain or no rain. The bowl is D(p‖x), the mistake of a belief x. The house stands on it at q, "
        "you at b. Your growth is the house’s height minus yours, so it is you who gains in the long run if you stand "
        "lower. Put yourself as far from the truth as the house is, on the same side and on the other. (Heights above "
        "1.4 are cut off.)"
    ),
    alt=(
        "A bowl-shaped curve over beliefs from 0 to 1 that touches zero at the truth, a square at the house’s belief, "
        "a dot at your bet, and a vertical line from your dot to the height of the house. If all is staked on one "
        "side, the sign for infinity stands in place of the dot."
    ),
    controls=[
        Choice("p", "Truth: probability of rain", {f"{p:g}": p for p in _CHANCES}, 0.6),
        Slider("q", "House’s belief", 0.1, 0.9, 17, 0.3),
        Slider("b", "Staked on rain, the rest on no rain", 0, 1, 21, 0.8),
    ],
    readouts=[
        Readout("odds", "The house pays, for 1"),
        Readout("house", "House’s mistake D(p‖q)", "bits a round"),
        Readout("you", "Your mistake D(p‖b)", "bits a round", infinite="nothing is staked on what will come"),
        Readout(
            "growth",
            "Your growth",
            "doublings a round",
            fmt="{:+.4f}",
            infinite="you are ruined sooner or later",
        ),
    ],
    size=(350, 270),
)
def house_beliefs(panel):
    x = np.concatenate([[0.004, 0.01, 0.02, 0.035], np.linspace(0.05, 0.95, 37), [0.965, 0.98, 0.99, 0.996]])
    both = np.stack([x, 1 - x], axis=-1)
    curves = {p: kl_divergence([p, 1 - p], both) for p in _CHANCES}
    curves = {p: np.where(d <= 1.05 * _CUT, d, np.nan) for p, d in curves.items()}
    ax = panel.subplots()
    (bowl,) = ax.plot(x, curves[0.6], label="mistake D(p‖x)", **palette.LINE["d"])
    truth = ax.axvline(0.6, color=palette.P, linewidth=1.4, label="truth p")
    (level,) = ax.plot([], [], color=palette.Q, linewidth=1.2, linestyle=(0, (5, 2)))
    (gap,) = ax.plot([], [], color=palette.INK, linewidth=2.2, label="your growth")
    (house,) = ax.plot([], [], "s", color=palette.Q, markersize=8, label="house q")
    (you,) = ax.plot([], [], "o", color=palette.INK, markersize=8, label="you b")
    endless = ax.text(0.5, _CUT, "∞", color=palette.INK, ha="center", va="center", fontsize=16)
    ax.set(xlim=(-0.02, 1.02), ylim=(-0.06, 2.1), xlabel="belief in rain", ylabel="bits a round")
    ax.set_yticks([0, 0.5, 1])
    ax.legend(
        loc="upper center",
        ncols=2,
        borderaxespad=0,
        facecolor=palette.PAPER,
        edgecolor=palette.PAPER,
        framealpha=1,
        frameon=True,
    )

    def update(p, q, b):
        of_house, of_you, of_both = _two_gamblers(p)
        (theirs, odds), own, growth = of_house[q], of_you[b], of_both[q, b]
        _move(bowl, x, curves[p])
        _move(truth, [p, p], [0, 1])
        _move(house, [q], [min(theirs, _CUT)])
        level.set_data(sorted([q, b]), [min(theirs, _CUT)] * 2)
        you.set_data([b], [min(own, _CUT)])
        gap.set_data([b, b], [min(own, _CUT), min(theirs, _CUT)])
        you.set_visible(bool(np.isfinite(own)))
        endless.set_visible(bool(np.isinf(own)))
        endless.set_x(min(max(b, 0.05), 0.95))
        return [bowl, truth, level, gap, house, you, endless], {
            "odds": f"{odds[0]:.3g} on rain, {odds[1]:.3g} on no rain",
            "house": theirs,
            "you": own,
            "growth": growth,
        }

    return update


LONG = 10_000

#: What is said of a game -> the town, what the house believes, and what is staked.
GAMES = {
    "town P, house Q, bet P": (P, Q, P),
    "town Q, house P, bet Q": (Q, P, Q),
    "town Q, house Q, bet P": (Q, Q, P),
}


@cache
def _long_game(game, sample):
    world, belief, bets = GAMES[game]
    return wealth_paths(world, bets, fair_odds(belief), LONG, seed=FIRST_SEED + sample - 1)[0]


@explorer(
    slug="house-closing-in",
    title="Doublings a day close in on the divergence",
    caption=(
        "log₂ of wealth, divided by the number of days (on a logarithmic axis). Sample 1 of the first game is the "
        "experiment above. The band is two standard errors wide on each side; of very many samples about one in twenty "
        "would end outside of it. Then let two other gamblers play."
    ),
    alt=(
        "A jagged line, doublings a day up to the day that is set. It swings widely at first, and in the long run "
        "closes in on a dotted line, the expected growth of the game, mostly inside a band around it that narrows "
        "with the square root of the number of days."
    ),
    controls=[
        Choice("game", "The game", {g: g for g in GAMES}, next(iter(GAMES))),
        Sample(count=10),
        Slider("days", "Days so far", 10, LONG, 30, LONG, scale="integer", fmt="{:,}", play=True),
    ],
    readouts=[
        Readout("doublings", "Doublings so far", fmt="{:,.0f}"),
        Readout("mean", "Measured", "doublings a day", fmt="{:+.3f}"),
        Readout("error", "Standard error", "doublings a day"),
        Readout("off", "Away from the expected growth by", "standard errors", fmt="{:.1f}"),
    ],
    size=(350, 260),
)
def house_closing_in(panel):
    expected, spread = {}, {}
    for game, (world, belief, bets) in GAMES.items():
        expected[game] = doubling_rate(world, bets, fair_odds(belief))
        steps = np.log2(wealth_factors(bets, fair_odds(belief)))
        spread[game] = np.sqrt(world @ (steps - expected[game]) ** 2)

    ax = panel.subplots()
    ax.axhline(0, color=palette.MUTED, linewidth=1, gid="zero")
    edges = ErrorEdges(ax, np.geomspace(2, LONG, 24))
    (level,) = ax.plot([2, LONG], [0, 0], label="expected growth", gid="goal", **palette.LINE["d"])
    measured = Measured(ax, looks(2, LONG, 90), dot=True)
    ax.set(xlim=(2, LONG * 1.15), ylim=(-1.5, 3.2), xlabel="days", ylabel="log₂ wealth / days")
    log_axis(ax, [10, 100, 1000, 10_000])
    ax.legend(loc="upper right")

    def update(game, sample, days):
        path = _long_game(game, sample)
        mean, error = measured.show(np.diff(path[: days + 1]))
        if level.get_ydata()[0] != expected[game]:
            level.set_ydata([expected[game]] * 2)
            edges.set_goal(expected[game], spread[game])
        return [*edges.lines, level, *measured.artists], {
            "doublings": path[days],
            "mean": mean,
            "error": error,
            "off": away(mean, error, expected[game]),
        }

    return update


#: The article's little house: rain has probability 0.6, and the house pays 2 for 1 on both outcomes.
COIN, EVEN = np.array([0.6, 0.4]), np.array([2.0, 2.0])
_ROUNDS = (5, 10, 20, 50, 100)


def wins(rounds, chance):
    """Probabilities of 0, 1, …, `rounds` wins: exact, not simulated."""
    k = np.arange(rounds + 1)
    ways = np.array([float(comb(rounds, i)) for i in k])
    return ways * chance**k * (1 - chance) ** (rounds - k)


def _bounded(weights, count=21):
    """Places of about `count` points around the bulk of a distribution, and its heights there (tallest: 1)."""
    k = np.arange(len(weights))
    mean = weights @ k
    spread = max(np.sqrt(weights @ (k - mean) ** 2), 1.0)
    inside = k[np.abs(k - mean) <= 3.6 * spread]
    step = -(-len(inside) // count)
    middle = int(np.argmax(weights))
    inside = inside[(inside - middle) % step == 0]
    return inside / (len(weights) - 1), weights[inside] / weights.max()


@cache
def _ends(rounds, share):
    """Numbers of wins: how probable each is, what share of all money it holds; and log2 of wealth for each."""
    k = np.arange(rounds + 1)
    won, lost = wealth_factors([share, 1 - share], EVEN)
    with np.errstate(divide="ignore", invalid="ignore"):
        doublings = k * np.log2(won) + np.where(k < rounds, (rounds - k) * np.log2(lost), 0)
    people = wins(rounds, COIN[0])
    money = people * 2.0**doublings
    return people, money / money.sum(), doublings


@explorer(
    slug="house-mean",
    title="Where the gamblers are, and where the money is",
    caption=(
        "It rains in 0.6 of the rounds, and the house pays 2 for 1 on both outcomes. Stake more and more on rain: the "
        "mean wealth rises all the way, and fewer and fewer gamblers hold it. At 1.00 it is greatest, and whoever "
        "loses a single round is ruined."
    ),
    alt=(
        "First panel: two humps over the share of rounds won, one for how many gamblers and one for how much of all "
        "money, and a line at break-even. With one half on rain, where nothing is won or lost, the humps are one and "
        "there is no line; the more is staked on rain, the further the money moves away from the gamblers. Second "
        "panel: growth of the mean, rising, and growth of a typical wealth, which peaks at 0.6, with a mark on each at "
        "your bet; at 1 the second is minus infinity."
    ),
    controls=[
        Choice("rounds", "Rounds", {f"{n}": n for n in _ROUNDS}, 50),
        Slider("share", "Staked on rain, the rest on no rain", 0.5, 1, 26, 0.9),
    ],
    readouts=[
        Readout("factor", "Mean of a round’s factor", fmt="{:.3f}"),
        Readout("growth", "Growth", "doublings a round", fmt="{:+.4f}", infinite="one lost round takes all"),
        Readout("mean", "Mean wealth at the end"),
        Readout("median", "Median wealth at the end"),
        Readout("below", "Gamblers who end with less than they had"),
    ],
    panels=2,
    size=(345, 270),
)
def house_mean(left, right):
    ax = left.subplots()
    (people_line,) = ax.plot([], [], color=palette.INK, linewidth=1.8, label="gamblers")
    (money_line,) = ax.plot(
        [], [], color=palette.EXTRA, linewidth=2.2, linestyle=(0, (6, 2, 1, 2)), label="money"
    )
    (even,) = ax.plot([], [], color=palette.MUTED, linewidth=1.4, label="break-even")
    ax.set(xlim=(0, 1.03), ylim=(0, 1.45), xlabel="share of rounds won", ylabel="share (tallest: 1)")
    ax.set_yticks([0, 0.5, 1])
    ax.legend(loc="upper left", ncols=3, columnspacing=1, handlelength=1.8, borderaxespad=0)

    ax = right.subplots()
    f = np.concatenate([np.linspace(0.5, 0.98, 49), [0.985, 0.99, 0.995, 0.9975]])
    bets = np.stack([f, 1 - f], axis=-1)
    ax.axhline(0, color=palette.MUTED, linewidth=1)
    ax.plot(
        f,
        np.log2(mean_return(COIN, bets, EVEN)),
        color=palette.EXTRA,
        linestyle=(0, (6, 2, 1, 2)),
        label="of the mean",
    )
    ax.plot(f, doubling_rate(COIN, bets, EVEN), color=palette.INK, linewidth=1.8, label="typical")
    (mean_dot,) = ax.plot([], [], "s", color=palette.EXTRA, markersize=7)
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7)
    endless = ax.text(0.95, -1.18, "−∞", ha="right", va="center", fontsize=15)
    ax.set(xlim=(0.49, 1.01), ylim=(-1.3, 0.75), xlabel="staked on rain", ylabel="growth, doublings a round")
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    def update(rounds, share):
        people, money, doublings = _ends(rounds, share)
        bet = [share, 1 - share]
        factor, growth = mean_return(COIN, bet, EVEN), doubling_rate(COIN, bet, EVEN)
        people_line.set_data(*_bounded(people))
        money_line.set_data(*_bounded(money))
        line = -1.0
        if share > 0.5:
            lost = np.log2(2 * (1 - share)) if share < 1 else -np.inf
            line = 1.0 if share == 1 else -lost / (np.log2(2 * share) - lost)
        even.set_data([line, line], [0, 1.18])
        mean_dot.set_data([share], [np.log2(factor)])
        dot.set_data([share], [max(growth, -1.3)])
        dot.set_visible(bool(np.isfinite(growth)))
        endless.set_visible(bool(np.isinf(growth)))
        median = doublings[np.searchsorted(people.cumsum(), 0.5)]
        below, others = people[doublings < -1e-9].sum(), people[doublings >= -1e-9].sum()
        return [people_line, money_line, even, mean_dot, dot, endless], {
            "factor": factor,
            "growth": growth,
            "mean": _wealth_text(rounds * np.log2(factor)),
            "median": _wealth_text(median),
            "below": f"all but 1 in {1 / others:,.0f}" if below > 0.999 else f"{100 * below:.1f} %",
        }

    return update


_TAKES = (0.25,)


_LINE = np.linspace(0, 1, 33)


@cache
def _against_the_take(take):
    """Along the line from Q to P: odds, p·odds, best bets, and growth with cash held back and with all staked."""
    worlds = (1 - _LINE[:, None]) * Q + _LINE[:, None] * P
    odds = fair_odds(Q, take)
    bets = kelly_bet(worlds, odds)
    return odds, worlds * odds, bets, doubling_rate(worlds, bets, odds), doubling_rate(worlds, worlds, odds)


@explorer(
    slug="house-take",
    title="A house that keeps a share",
    caption=(
        "First, for each kind of day, the mean payoff of a crown that is staked on it. Whatever rises above the water "
        "line is bet on; the line is the cash that you hold back. Then, how your growth rises with the distance of the "
        "truth from the house’s belief, with everything staked and with cash held back. Without a take any line from "
        "0 to the lowest bar’s height would do, and all grow alike; shown is 0. So at the first step of the take the "
        "cash jumps, though the growth falls by little."
    ),
    alt=(
        "First panel: four bars, probability times odds, and a level line, the cash; the parts of bars above it are "
        "hatched. Second panel: two curves of growth against how far the truth is from the house’s belief. Without a "
        "take they are one curve, which starts at zero. With a take, all staked starts below zero and rises from "
        "the start; cash held back lies at zero at first, is never below the other, and is the first to rise above "
        "zero, if at all."
    ),
    controls=[
        Slider("take", "The house keeps", 0, 0.76, 20, 0.25, extra=_TAKES),
        Slider("truth", "Truth: house’s belief 0, P 1", 0, 1, 17, 1, fmt="{:.4g}"),
    ],
    readouts=[
        Readout("odds", "Odds, for 1"),
        Readout("all", "Growth, all staked: D − cost", "doublings a day", fmt="{:+.3f}"),
        Readout("best", "Growth, cash held back", "doublings a day", fmt="{:+.3f}"),
        Readout("cash", "Cash held back"),
        Readout("bets", "Staked on"),
    ],
    panels=2,
    size=(345, 270),
)
def house_take(left, right):
    x = np.arange(len(P))
    ax = left.subplots()
    over = Bars(ax, x, P, 0.6, **palette.BAR["d"])
    under = Bars(ax, x, P, 0.6, facecolor=palette.GRID, edgecolor=palette.MUTED, linewidth=1)
    (water,) = ax.plot([-0.6, 3.6], [1, 1], color=palette.P, linewidth=2, label="cash held back")
    ax.set(xlim=(-0.6, 3.6), xticks=x, xticklabels=OUTCOMES, ylim=(0, 4.6), ylabel="p · odds")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", borderaxespad=0)

    ax = right.subplots()
    ax.axhline(0, color=palette.MUTED, linewidth=1)
    (best_line,) = ax.plot([], [], color=palette.INK, linewidth=1.8, label="cash held back")
    (all_line,) = ax.plot([], [], color=palette.EXTRA, linestyle=(0, (6, 2, 1, 2)), label="all staked")
    (best_dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7)
    (all_dot,) = ax.plot([], [], "s", color=palette.EXTRA, markersize=7)
    ax.set(xlim=(-0.03, 1.03), ylim=(-2.2, 1.25), ylabel="growth, doublings a day")
    ax.set_xticks([0, 0.5, 1], labels=["house’s Q", "halfway", "P"])
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    def update(take, truth):
        odds, *tables = _against_the_take(take)
        worth, bets, grown, full = (table[round(32 * truth)] for table in tables)
        cash = max(0.0, 1 - bets.sum())
        staked = bets > 1e-12
        over.set_heights(np.where(staked, worth, 0))
        under.set_heights(np.where(staked, np.minimum(worth, cash), worth))
        water.set_ydata([cash, cash])
        _move(best_line, _LINE, tables[2])
        _move(all_line, _LINE, tables[3])
        best_dot.set_data([truth], [grown])
        all_dot.set_data([truth], [full])
        return [over, under, water, best_line, all_line, best_dot, all_dot], {
            "odds": ", ".join(f"{o} {pays:.3g}" for o, pays in zip(OUTCOMES, odds, strict=True)),
            "all": full,
            "best": grown,
            "cash": f"{100 * cash:.1f} %",
            "bets": ", ".join(
                f"{o} {100 * b:.1f} %" for o, b in zip(OUTCOMES, bets, strict=True) if b > 1e-12
            )
            or "nothing",
        }

    return update


_HOUSES = {"Q": Q, "P": P, "all days alike": np.full(4, 1 / 4)}


def tipped(knows):
    """Joint probabilities of weather (rows) and tip (columns).

    With probability `knows` the tip is the weather; otherwise it is drawn from P, whatever the weather.
    """
    return knows * np.diag(P) + (1 - knows) * np.outer(P, P)


@cache
def _with_tips(belief, knows):
    """Growth without and with the tip, and the mutual information of tip and weather."""
    joint, odds = tipped(knows), fair_odds(_HOUSES[belief])
    given = joint.T / P[:, None]
    information = kl_divergence(joint.ravel(), np.outer(P, P).ravel())
    return doubling_rate(P, P, odds), P @ doubling_rate(given, given, odds), information


@explorer(
    slug="house-tip",
    title="A whisper before the bet",
    caption=(
        "A fisherman whispers tomorrow’s weather. Sometimes he knows; otherwise he makes it up, sunny in half of all "
        "cases and so on. Raise how often he knows, and change what he says: your bets follow. Then change the house. "
        "Your growth changes, the gap between the curves does not."
    ),
    alt=(
        "First panel: bars of the probabilities P and of what you stake after the tip. Second panel: growth with the "
        "tip, a curve that rises with how often he knows, from the level of growth without it; the gap at your setting "
        "is marked."
    ),
    controls=[
        Choice("belief", "The house believes", {b: b for b in _HOUSES}, "Q"),
        Choice("said", "Tonight he says", {o: i for i, o in enumerate(OUTCOMES)}, 2),
        Slider("knows", "How often he knows", 0, 1, 21, 0.5),
    ],
    readouts=[
        Readout("without", "Growth without tips", "doublings a day", fmt="{:+.3f}"),
        Readout("with", "Growth with tips", "doublings a day", fmt="{:+.3f}"),
        Readout("information", "Mutual information", "bits a day"),
        Readout("bets", "Staked tonight on"),
    ],
    panels=2,
    size=(345, 260),
)
def house_tip(left, right):
    x, often = np.arange(len(P)), np.linspace(0, 1, 41)
    ax = left.subplots()
    Bars(ax, x - 0.2, P, 0.38, label="P", **palette.BAR["p"])
    staked = Bars(
        ax, x + 0.2, P, 0.38, label="staked after the tip", facecolor=palette.EXTRA, edgecolor=palette.EXTRA
    )
    ax.set(xlim=(-0.6, 3.6), xticks=x, xticklabels=OUTCOMES, ylim=(0, 1.25), ylabel="probability")
    ax.set_yticks([0, 0.5, 1])
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    ax = right.subplots()
    (with_line,) = ax.plot([], [], color=palette.INK, linewidth=1.8, label="with tips")
    (without_line,) = ax.plot(
        [0, 1], [0, 0], color=palette.MUTED, linestyle=(0, (6, 2, 1, 2)), label="without"
    )
    (gap,) = ax.plot([], [], marker="o", markersize=6, **palette.LINE["d"])
    ax.set(
        xlim=(-0.03, 1.03), ylim=(-0.1, 2.9), xlabel="how often he knows", ylabel="growth, doublings a day"
    )
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    def update(belief, said, knows):
        bets = tipped(knows)[:, said] / P[said]
        blind, seeing, information = _with_tips(belief, knows)
        staked.set_heights(bets)
        _move(with_line, often, [_with_tips(belief, s)[1] for s in often])
        if without_line.get_ydata()[0] != blind:
            without_line.set_ydata([blind, blind])
        gap.set_data([knows, knows], [blind, seeing])
        return [staked, with_line, without_line, gap], {
            "without": blind,
            "with": seeing,
            "information": information,
            "bets": _shares_text(bets),
        }

    return update


__all__ = [
    "COIN",
    "EVEN",
    "FIRST_SEED",
    "GAMES",
    "house_beliefs",
    "house_closing_in",
    "house_mean",
    "house_paths",
    "house_take",
    "house_tip",
    "on_the_line",
    "tipped",
    "wins",
]
