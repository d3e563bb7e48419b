"""The figures of the chapter *Beating the house*."""

from functools import cache
from math import comb

import numpy as np

from ..explorers import Choice, Readout, Sample, Slider, explorer, palette
from ..ideas.gambling import doubling_rate, fair_odds, kelly_bet, mean_return, wealth_factors, wealth_paths
from ..ideas.surprise import kl_divergence
from ..ideas.weather import OUTCOMES, P, Q
from .parts import Bars, ErrorEdges, Measured, away, log_axis, looks, measured_readouts, outcome_axis

#: Seed of sample number 1; the chapter's own experiment uses it, too.
FIRST_SEED = 1956


def on_the_line(step):
    """The house's belief Q at 0, the truth P at 1, and past it up to 2: (1 − step)·Q + step·P."""
    return (1 - step) * Q + step * P


def _wealth(name, label):
    """A readout of wealth, from its doublings (see `_as_wealth`)."""
    return Readout(name, label, fmt="{:,.2f}", power=(0.1, 1e6), log10=True)


def _as_wealth(doublings):
    return "0: ruined" if np.isinf(doublings) else doublings * np.log10(2)


def _shares_text(bets):
    return ", ".join(f"{o} {100 * b:.3g} %" for o, b in zip(OUTCOMES, bets, strict=True))


MONTH = 30


@cache
def _month(step, sample):
    return wealth_paths(P, on_the_line(step), fair_odds(Q), MONTH, seed=FIRST_SEED + sample - 1)[0]


#: How the second of two curves is drawn.
_DASHED = {"linestyle": (0, (6, 2, 1, 2))}


@explorer(
    slug="house-paths",
    title="A month at the bookmaker’s",
    caption=(
        "Move the first slider from 0, where you bet as the house believes, to 1, where you bet as the weather is, "
        "and on to 2. Look for the steepest path, then try other samples. Wealth is on a logarithmic axis: equal "
        "steps are doublings. You can also drag the dots, as long as there is money."
    ),
    alt=(
        "First panel: wealth over the days so far, up to 30, on a logarithmic axis, for your bet and, on the same "
        "days, for the bet P. A straight line is the average growth of your bet; at 2, where that is minus infinity, "
        "there is none, and once you are ruined a cross marks the last day with money. Second panel: the average "
        "growth as an arch over the bets, zero at the house’s belief, greatest at the truth, falling to minus infinity "
        "at 2, with a mark at your bet."
    ),
    controls=[
        Slider("bet", "Your bet: house’s belief 0, truth 1", -0.25, 2, 19, 0.5, fmt="{:.4g}", drag="bet"),
        Sample(count=6),
        Slider("days", "Days so far", 0, MONTH, 16, MONTH, fmt="{:.0f}", play=True, drag="now"),
    ],
    readouts=[
        Readout("bets", "Staked on"),
        _wealth("wealth", "Wealth now, from 1"),
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
    ax = left.subplots()
    ax.axhline(0, color=palette.MUTED, linewidth=1, gid="start")
    (drift,) = ax.plot([], [], color=palette.MUTED, label="average growth", gid="drift", **_DASHED)
    (best,) = ax.plot([], [], label="bet P", gid="best", **palette.LINE["p"])
    (path,) = ax.plot([], [], color=palette.INK, linewidth=1.6, label="your bet", gid="path")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=6, gid="now")
    (ruin,) = ax.plot([], [], "X", color=palette.Q, markersize=9, gid="ruin")
    ax.set(xlim=(0, MONTH), ylim=(-22, 38), xlabel="days", ylabel="wealth")
    ax.set_yticks([-20, -10, 0, 10, 20, 30], labels=["2⁻²⁰", "2⁻¹⁰", "1", "2¹⁰", "2²⁰", "2³⁰"])
    ax.legend(loc="upper left")

    ax = right.subplots()
    top, odds = kl_divergence(P, Q), fair_odds(Q)
    steps = np.concatenate([np.linspace(-0.28, 1.9, 60), np.linspace(1.91, 1.99, 12)])
    arch = doubling_rate(P, on_the_line(steps[:, None]), odds)
    ax.axhline(0, color=palette.MUTED, linewidth=1, gid="zero")
    ax.plot([-0.4, 2.1], [top, top], label="D(P‖Q)", gid="D", **palette.LINE["d"])
    ax.plot(steps, arch, color=palette.INK, linewidth=1.6, label="growth", gid="growth")
    (gap,) = ax.plot([], [], color=palette.EXTRA, linewidth=2.2, label="your mistake", gid="mistake")
    (mark,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="bet")
    endless = ax.text(
        1.86, -0.93, "−∞", color=palette.INK, ha="right", va="center", fontsize=15, gid="endless"
    )
    ax.set(xlim=(-0.4, 2.1), ylim=(-1.1, 1.05), xlabel="your bet", ylabel="growth, doublings a day")
    ax.set_xticks([0, 1, 2], labels=["house’s Q", "truth P", "2"])
    ax.legend(loc="upper center", ncols=3, columnspacing=1, handlelength=1.6, borderaxespad=0)

    def update(bet, sample, days):
        days, bets = round(days), on_the_line(bet)
        walk = _month(bet, sample)[: days + 1]
        alive = walk[np.isfinite(walk)]
        ruined = len(alive) < len(walk)
        path.set_data(n[: len(alive)], alive)
        dot.set_data([days], walk[-1:])
        dot.set_visible(not ruined)
        ruin.set_data([len(alive) - 1], alive[-1:])
        ruin.set_visible(ruined)
        best.set_data(n[: days + 1], _month(1.0, sample)[: days + 1])

        growth = doubling_rate(P, bets, odds)
        finite = bool(np.isfinite(growth))
        drift.set_data([0, MONTH], [0, growth * MONTH])
        gap.set_data([bet, bet], [top, max(growth, -1.1)])
        mark.set_data([bet], [growth])
        drift.set_visible(finite)
        mark.set_visible(finite)
        endless.set_visible(not finite)
        return {
            "bets": _shares_text(bets),
            "wealth": _as_wealth(walk[-1]),
            "growth": growth,
            "mistake": kl_divergence(P, bets),
        }

    return update


_CHANCES = (0.2, 0.4, 0.5, 0.6, 0.8)
#: Where the picture of the bowl is cut off.
_CUT = 1.4


@explorer(
    slug="house-beliefs",
    title="Whoever stands lower on the bowl takes the other’s money in the end",
    caption=(
        "Two outcomes: rain or no rain. The bowl is D(p‖x), the mistake of a belief x. The house stands on it at q, "
        "you at b. Your growth is the house’s height minus yours, so it is you who gains in the long run if you stand "
        "lower. Put yourself as far from the truth as the house is, on the same side and on the other; you can drag "
        "the square, and the dot where there is one. (Heights above 1.4 are cut off.)"
    ),
    alt=(
        "A bowl-shaped curve over beliefs from 0 to 1 that touches zero at the truth, a square at the house’s belief, "
        "a dot at your bet, and a vertical line from your dot to the height of the house. If all is staked on one "
        "side, the sign for infinity stands in place of the dot."
    ),
    controls=[
        Choice("p", "Truth: probability of rain", {f"{p:g}": p for p in _CHANCES}, 0.6),
        Slider("q", "House’s belief", 0.1, 0.9, 17, 0.3, drag="house"),
        Slider("b", "Staked on rain, the rest on no rain", 0, 1, 21, 0.8, drag="you"),
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
    ax = panel.subplots()
    (bowl,) = ax.plot(x, 0 * x, label="mistake D(p‖x)", gid="bowl", **palette.LINE["d"])
    truth = ax.axvline(0.6, color=palette.P, linewidth=1.4, label="truth p", gid="truth")
    (level,) = ax.plot([], [], color=palette.Q, linewidth=1.2, linestyle=(0, (5, 2)), gid="level")
    (gap,) = ax.plot([], [], color=palette.INK, linewidth=2.2, label="your growth", gid="growth")
    (house,) = ax.plot([], [], "s", color=palette.Q, markersize=8, label="house q", gid="house")
    (you,) = ax.plot([], [], "o", color=palette.INK, markersize=8, label="you b", gid="you")
    endless = ax.text(0.5, _CUT, "∞", color=palette.INK, ha="center", va="center", fontsize=16, gid="endless")
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
        world, belief, bets, beliefs = (np.stack([y, 1 - y], axis=-1) for y in (p, q, b, x))
        theirs, own, mistakes = (kl_divergence(world, y) for y in (belief, bets, beliefs))
        odds = fair_odds(belief)
        at_house, at_you = min(theirs, _CUT), min(own, _CUT)
        bowl.set_ydata(np.where(mistakes <= 1.05 * _CUT, mistakes, np.nan))
        truth.set_xdata([p, p])
        house.set_data([q], [at_house])
        level.set_data(sorted([q, b]), [at_house, at_house])
        you.set_data([b], [at_you])
        gap.set_data([b, b], [at_you, at_house])
        you.set_visible(bool(np.isfinite(own)))
        endless.set_visible(bool(np.isinf(own)))
        endless.set_x(min(max(b, 0.05), 0.95))
        return {
            "odds": f"{odds[0]:.3g} on rain, {odds[1]:.3g} on no rain",
            "house": theirs,
            "you": own,
            "growth": doubling_rate(world, bets, odds),
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
        "would end outside of it. Drag the dot along the line. Then let two other gamblers play."
    ),
    alt=(
        "A jagged line, doublings a day up to the day that is set. It swings widely at first, and in the long run "
        "closes in on a dotted line, the expected growth of the game, mostly inside a band around it that narrows "
        "with the square root of the number of days."
    ),
    controls=[
        Choice("game", "The game", {g: g for g in GAMES}, next(iter(GAMES))),
        Sample(count=10),
        Slider("days", "Days so far", 10, LONG, 30, LONG, scale="integer", fmt="{:,}", play=True, drag="now"),
    ],
    readouts=[
        Readout("doublings", "Doublings so far", fmt="{:,.0f}"),
        *measured_readouts("doublings a day", "the expected growth", fmt="{:+.3f}"),
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
        level.set_ydata([expected[game]] * 2)
        edges.set_goal(expected[game], spread[game])
        return {
            "doublings": path[days],
            "mean": mean,
            "error": error,
            "off": away(mean, error, expected[game]),
        }

    return update


#: The article's little house: rain has probability 0.6, and the house pays 2 for 1 on both outcomes.
COIN, EVEN = np.array([0.6, 0.4]), np.array([2.0, 2.0])


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
        "loses a single round is ruined. You can also drag the marks."
    ),
    alt=(
        "First panel: two humps over the share of rounds won, one for how many gamblers and one for how much of all "
        "money, and a line at break-even. With one half on rain, where nothing is won or lost, the humps are one and "
        "there is no line; the more is staked on rain, the further the money moves away from the gamblers. Second "
        "panel: growth of the mean, rising, and growth of a typical wealth, which peaks at 0.6, with a mark on each at "
        "your bet; at 1 the second is minus infinity."
    ),
    controls=[
        Choice("rounds", "Rounds", {f"{n}": n for n in (5, 10, 20, 50, 100)}, 50),
        Slider(
            "share", "Staked on rain, the rest on no rain", 0.5, 1, 26, 0.9, drag=("typical-now", "mean-now")
        ),
    ],
    readouts=[
        Readout("factor", "Mean of a round’s factor", fmt="{:.3f}"),
        Readout("growth", "Growth", "doublings a round", fmt="{:+.4f}", infinite="one lost round takes all"),
        _wealth("mean", "Mean wealth at the end"),
        _wealth("median", "Median wealth at the end"),
        Readout("kept", "Gamblers who end with no less than they had, as a share", power=1e-3),
    ],
    panels=2,
    size=(345, 270),
)
def house_mean(left, right):
    of_mean, of_typical = {"color": palette.EXTRA, **_DASHED}, {"color": palette.INK, "linewidth": 1.8}
    ax = left.subplots()
    (people_line,) = ax.plot([], [], label="gamblers", gid="gamblers", **of_typical)
    (money_line,) = ax.plot([], [], label="money", gid="money", linewidth=2.2, **of_mean)
    (even,) = ax.plot([], [], color=palette.MUTED, linewidth=1.4, label="break-even", gid="even")
    ax.set(xlim=(0, 1.03), ylim=(0, 1.45), xlabel="share of rounds won", ylabel="share (tallest: 1)")
    ax.set_yticks([0, 0.5, 1])
    ax.legend(loc="upper left", ncols=3, columnspacing=1, handlelength=1.8, borderaxespad=0)

    ax = right.subplots()
    f = np.concatenate([np.linspace(0.5, 0.98, 49), [0.985, 0.99, 0.995, 0.9975]])
    bets = np.stack([f, 1 - f], axis=-1)
    ax.axhline(0, color=palette.MUTED, linewidth=1, gid="zero")
    ax.plot(f, np.log2(mean_return(COIN, bets, EVEN)), label="of the mean", gid="mean", **of_mean)
    ax.plot(f, doubling_rate(COIN, bets, EVEN), label="typical", gid="typical", **of_typical)
    (mean_dot,) = ax.plot([], [], "s", color=palette.EXTRA, markersize=7, gid="mean-now")
    (dot,) = ax.plot([], [], "o", color=palette.INK, markersize=7, gid="typical-now")
    endless = ax.text(0.95, -1.18, "−∞", ha="right", va="center", fontsize=15, gid="endless")
    ax.set(xlim=(0.49, 1.01), ylim=(-1.3, 0.75), xlabel="staked on rain", ylabel="growth, doublings a round")
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    def update(rounds, share):
        people, money, doublings = _ends(rounds, share)
        bet = [share, 1 - share]
        factor, growth = mean_return(COIN, bet, EVEN), doubling_rate(COIN, bet, EVEN)
        people_line.set_data(*_bounded(people))
        money_line.set_data(*_bounded(money))
        won, lost = doublings[-1], doublings[0]  # of all rounds
        line = 1.0 if share == 1 else lost / (lost - won) if share > 0.5 else np.nan
        even.set_data([line, line], [0, 1.18])
        mean_dot.set_data([share], [np.log2(factor)])
        dot.set_data([share], [growth])
        dot.set_visible(share < 1)
        endless.set_visible(share == 1)
        return {
            "factor": factor,
            "growth": growth,
            "mean": _as_wealth(rounds * np.log2(factor)),
            "median": _as_wealth(doublings[np.searchsorted(people.cumsum(), 0.5)]),
            "kept": people[doublings >= -1e-9].sum(),
        }

    return update


@explorer(
    slug="house-take",
    title="A house that keeps a share",
    caption=(
        "First, for each kind of day, the mean payoff of a crown that is staked on it. Whatever rises above the water "
        "line is bet on; the line is the cash that you hold back. Then, how your growth rises with the distance of the "
        "truth from the house’s belief, with everything staked and with cash held back. Without a take any line from "
        "0 to the lowest bar’s height would do, and all grow alike; shown is 0. So at the first step of the take the "
        "cash jumps, though the growth falls by little. The two marks can be dragged."
    ),
    alt=(
        "First panel: four bars, probability times odds, and a level line, the cash; the parts of bars above it are "
        "hatched. Second panel: two curves of growth against how far the truth is from the house’s belief. Without a "
        "take they are one curve, which starts at zero. With a take, all staked starts below zero and rises from the "
        "start; cash held back lies at zero at first, is never below the other, and is the first to rise above zero, "
        "if at all. A dot and a square mark both at the chosen truth."
    ),
    controls=[
        Slider("take", "The house keeps", 0, 0.76, 20, 0.25, extra=(0.25,)),
        Slider(
            "truth", "Truth: house’s belief 0, P 1", 0, 1, 17, 1, fmt="{:.4g}", drag=("held-now", "all-now")
        ),
    ],
    readouts=[
        Readout("odds", "Odds, for 1"),
        Readout("all", "Growth, all staked: D − cost", "doublings a day", fmt="{:+.3f}"),
        Readout("best", "Growth, cash held back", "doublings a day", fmt="{:+.3f}"),
        Readout("cash", "Cash held back", "%", fmt="{:.1f}"),
        Readout("bets", "Staked on"),
    ],
    panels=2,
    size=(345, 270),
)
def house_take(left, right):
    ax = left.subplots()
    x = outcome_axis(ax)
    over = Bars(ax, x, P, 0.6, gid="over", **palette.BAR["d"])
    grey = {"facecolor": palette.GRID, "edgecolor": palette.MUTED, "linewidth": 1}
    under = Bars(ax, x, P, 0.6, gid="under", **grey)
    (water,) = ax.plot([-0.6, 3.6], [1, 1], color=palette.P, linewidth=2, label="cash held back", gid="cash")
    ax.set(ylim=(0, 4.6), ylabel="p · odds")
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper right", borderaxespad=0)

    line = np.linspace(0, 1, 33)
    worlds = on_the_line(line[:, None])
    of_held, of_all = {"color": palette.INK}, {"color": palette.EXTRA}
    ax = right.subplots()
    ax.axhline(0, color=palette.MUTED, linewidth=1, gid="zero")
    (best_line,) = ax.plot(line, line, linewidth=1.8, label="cash held back", gid="held", **of_held)
    (all_line,) = ax.plot(line, line, label="all staked", gid="all", **of_all, **_DASHED)
    (best_dot,) = ax.plot([], [], "o", markersize=7, gid="held-now", **of_held)
    (all_dot,) = ax.plot([], [], "s", markersize=7, gid="all-now", **of_all)
    ax.set(xlim=(-0.03, 1.03), ylim=(-2.2, 1.25), ylabel="growth, doublings a day")
    ax.set_xticks([0, 0.5, 1], labels=["house’s Q", "halfway", "P"])
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    def update(take, truth):
        odds, world = fair_odds(Q, take), on_the_line(truth)
        bets = kelly_bet(world, odds)
        cash, staked, worth = max(0.0, 1 - bets.sum()), bets > 1e-12, world * odds
        over.set_heights(np.where(staked, worth, 0))
        under.set_heights(np.where(staked, np.minimum(worth, cash), worth))
        water.set_ydata([cash, cash])
        best_line.set_ydata(doubling_rate(worlds, kelly_bet(worlds, odds), odds))
        all_line.set_ydata(doubling_rate(worlds, worlds, odds))
        best, full = (doubling_rate(world, b, odds) for b in (bets, world))
        best_dot.set_data([truth], [best])
        all_dot.set_data([truth], [full])
        on = [f"{o} {100 * b:.1f} %" for o, b in zip(OUTCOMES, bets, strict=True) if b > 1e-12]
        return {
            "odds": ", ".join(f"{o} {pays:.3g}" for o, pays in zip(OUTCOMES, odds, strict=True)),
            "all": full,
            "best": best,
            "cash": 100 * cash,
            "bets": ", ".join(on) or "nothing",
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
        "Your growth changes, the gap between the curves does not. You can also drag the upper dot."
    ),
    alt=(
        "First panel: bars of the probabilities P and of what you stake after the tip. Second panel: growth with the "
        "tip, a curve that rises with how often he knows, from the level of growth without it; the gap at your setting "
        "is marked."
    ),
    controls=[
        Choice("belief", "The house believes", {b: b for b in _HOUSES}, "Q"),
        Choice("said", "Tonight he says", {o: i for i, o in enumerate(OUTCOMES)}, 2),
        Slider("knows", "How often he knows", 0, 1, 21, 0.5, drag="with-now"),
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
    ax = left.subplots()
    x = outcome_axis(ax)
    Bars(ax, x - 0.2, P, 0.38, label="P", gid="truth", **palette.BAR["p"])
    own = {"facecolor": palette.EXTRA, "edgecolor": palette.EXTRA}
    staked = Bars(ax, x + 0.2, P, 0.38, label="staked after the tip", gid="staked", **own)
    ax.set(ylim=(0, 1.25), ylabel="probability")
    ax.set_yticks([0, 0.5, 1])
    ax.grid(axis="x", visible=False)
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    often = np.linspace(0, 1, 41)
    ax = right.subplots()
    (with_line,) = ax.plot(often, often, color=palette.INK, linewidth=1.8, label="with tips", gid="with")
    (without_line,) = ax.plot([0, 1], [0, 0], color=palette.MUTED, label="without", gid="without", **_DASHED)
    of_gap = {"marker": "o", "markersize": 6, **palette.LINE["d"]}
    (gap,) = ax.plot([], [], markevery=[-1], gid="with-now", **of_gap)
    (foot,) = ax.plot([], [], gid="without-now", **of_gap)
    ax.set(
        xlim=(-0.03, 1.03), ylim=(-0.1, 2.9), xlabel="how often he knows", ylabel="growth, doublings a day"
    )
    ax.legend(loc="upper left", ncols=2, borderaxespad=0)

    def update(belief, said, knows):
        bets = tipped(knows)[:, said] / P[said]
        without, growth, information = _with_tips(belief, knows)
        staked.set_heights(bets)
        with_line.set_ydata([_with_tips(belief, s)[1] for s in often])
        without_line.set_ydata([without, without])
        gap.set_data([knows, knows], [without, growth])
        foot.set_data([knows], [without])
        return {
            "without": without,
            "with": growth,
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
