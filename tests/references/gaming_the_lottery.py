"""*Gaming the lottery*, in fractions, by Poisson sums of SciPy, by conditions of a best bet, and by roots."""

import math
from fractions import Fraction
from functools import cache

import numpy as np
from scipy.optimize import brentq, root
from scipy.stats import poisson

from klbook.figures import gaming_the_lottery as figures
from references import reference
from references.beating_the_house import bets_with_cash
from references.marks import At, Band, Bars, Curve, Each, Segments

P = [Fraction(1, 2), Fraction(1, 4), Fraction(1, 8), Fraction(1, 8)]
Q = [Fraction(1, 8), Fraction(1, 2), Fraction(1, 4), Fraction(1, 8)]
OUTCOMES = ("sun", "cloud", "rain", "snow")
TRUTH, CROWD = np.array(P, float), np.array(Q, float)


def side_by_side(shares, shift, width):
    return Bars([(k + shift, float(s)) for k, s in enumerate(shares)], width=width)


def divergence(p, q):
    return math.fsum(float(a) * math.log2(a / b) for a, b in zip(p, q, strict=True) if a > 0)


@reference("lottery-crowd")
def lottery_crowd(wrong, plan):
    w = Fraction(wrong)
    crowd = [(1 - w) * p + w * q for p, q in zip(P, Q, strict=True)]
    mine = {"p": P, "q": crowd, "same": [Fraction(1, 4)] * 4, "sun": [Fraction(1), 0, 0, 0]}[plan]
    becomes = [b / q for b, q in zip(mine, crowd, strict=True)]
    growth = -math.inf
    if plan != "sun":
        growth = math.fsum(float(p) * math.log2(r) for p, r in zip(P, becomes, strict=True))
    return {
        "growth": growth,
        "mean": sum(p * r for p, r in zip(P, becomes, strict=True)),
        "D": divergence(P, crowd),
    }, {
        "weather": side_by_side(P, -0.27, 0.25),
        **{f"crowd-{k}": Bars([(k, q)], width=0.25) for k, q in enumerate(crowd)},
        "own": side_by_side(mine, 0.27, 0.25),
        "becomes": side_by_side(becomes, 0, 0.6),
        "one": 1,
        "number": Each(
            [At(k, float(max(r, 1)) + 0.18, f"{float(r):.3g}") for k, r in enumerate(becomes)],
        ),
        "x-axis": dict(enumerate(OUTCOMES)),
        "y-axis": {y: f"{y:.2f}" for y in (0, 0.25, 0.5, 0.75, 1)},
        "x-axis-2": dict(enumerate(OUTCOMES)),
        "legend": {"weather": "weather P", "crowd-0": "crowd Q°", "own": "you"},
    }


def mean_over_counts(f, mean):
    """E f(k) for a Poisson count k."""
    k = np.arange(int(mean + 12 * math.sqrt(mean) + 60))
    weights = poisson.pmf(k, mean)
    return weights @ f(k) / weights.sum()


@cache
def doublings(crowd, sample):
    """Sums of log₂ of what a coin becomes, after 1, 2, … draws, and of its square."""
    day = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=10_000, p=TRUTH)
    others = np.random.default_rng(figures.CROWD_SEED + sample - 1).poisson(crowd * CROWD, size=(10_000, 4))
    mine = np.array([4, 2, 1, 1])[day]
    winners = others[np.arange(10_000), day] + mine
    logs = np.log2(others.sum(axis=1) + 8) + np.log2(mine) - np.log2(winners) - 3
    return logs.cumsum(), (logs**2).cumsum()


@cache
def with_this_pot(crowd):
    """What is to be expected, and the scatter of the first three samples."""
    expected = mean_over_counts(lambda k: np.log2((k + 8) / 8), crowd)
    for p, q, m in zip(TRUTH, CROWD, (4, 2, 1, 1), strict=True):
        expected -= p * mean_over_counts(lambda k, m=m: np.log2((k + m) / m), crowd * q)
    sums, squares = (sum(doublings(crowd, s)[i][-1] for s in (1, 2, 3)) / 30_000 for i in (0, 1))
    return expected, math.sqrt(squares - sums**2)


@reference("lottery-closing-in")
def lottery_closing_in(draws, crowd, sample):
    sums, squares = doublings(crowd, sample)
    expected, spread = with_this_pot(crowd)
    mean = sums[draws - 1] / draws
    error = math.sqrt((squares[draws - 1] - draws * mean**2) / (draws - 1) / draws)
    return {"mean": mean, "error": error, "expected": expected, "off": abs(mean - 5 / 8) / error}, {
        "goal": 5 / 8,
        "expected": expected,
        "band": Band(
            lambda n: expected - 2 * spread / np.sqrt(n),
            lambda n: expected + 2 * spread / np.sqrt(n),
            10,
            10_000,
            60,
        ),
        "measured": Curve(lambda n: sums[n.astype(int) - 1] / n, 10, draws, 60 if draws == 10_000 else 5),
        "now": [(draws, mean)],
        "x-axis": {n: f"{n:,}" for n in (10, 100, 1000, 10_000)},
        "legend": {"goal": "D(P‖Q°)", "expected": "expected with this pot", "measured": "measured"},
    }


def growth_of(share, bet):
    return TRUTH @ np.log2(bet / (share * bet + (1 - share) * CROWD))


def best_tickets(share):
    """Where no ticket more of one kind is better than one of another: p(1−s)q = λ·b(sb + (1−s)q), and Σb = 1."""

    def conditions(x):
        bet = x[:4]
        more = TRUTH * (1 - share) * CROWD - x[4] * bet * (share * bet + (1 - share) * CROWD)
        return [*(more / (1 - share)), bet.sum() - 1]

    rich = np.sqrt(TRUTH * CROWD) / np.sqrt(TRUTH * CROWD).sum()
    begin = (1 - share) * TRUTH + share * rich
    found = root(conditions, [*begin, 1 - share], tol=1e-15)
    assert max(map(abs, conditions(found.x))) < 1e-12 and (found.x > 0).all()
    return found.x[:4]


best_of_all = cache(lambda share: growth_of(share, best_tickets(share)))


@reference("lottery-pot")
def lottery_pot(share, plan):
    bet = {"p": TRUTH, "best": best_tickets(share)}[plan]
    growth = growth_of(share, bet)
    mine, others = 100 * share / (1 - share) * bet, 100 * CROWD
    shown = (mine + others) / (mine + others).sum()
    # Per share of the pot, the growth falls at first by Var_P of p/q over its mean, in nats: Σ p²/q − 1.
    slope = float(sum(p * p / q for p, q in zip(P, Q, strict=True)) - 1) * math.log2(math.e)
    return {
        "growth": growth,
        "lost": 5 / 8 - growth,
        "profit": (mine.sum() + 100) * (TRUTH @ (mine / (mine + others))) - mine.sum(),
    }, {
        "D": 5 / 8,
        "at-first": [(0, 5 / 8), (0.4, 5 / 8 - 0.4 * slope)],
        "best": Curve(lambda s: [best_of_all(float(x)) for x in s], 0.0005, 0.99, 50),
        "as-weather": Curve(lambda s: [growth_of(x, TRUTH) for x in s], 0.0005, 0.99, 50),
        "now": [(share, growth)],
        "weather": side_by_side(P, -0.3, 0.18),
        "crowd": side_by_side(Q, -0.1, 0.18),
        "own": side_by_side(bet, 0.1, 0.18),
        "all": side_by_side(shown, 0.3, 0.18),
        "x-axis": {0: "0", 0.25: "25%", 0.5: "50%", 0.75: "75%", 1: "100%"},
        "x-axis-2": dict(enumerate(OUTCOMES)),
        "legend": {"D": "D(P‖Q°)", "best": "best tickets", "as-weather": "as the weather"},
        "legend-2": {"weather": "weather P", "crowd": "crowd", "own": "you", "all": "all tickets"},
    }


@cache
def fortune(crowd, sample, best):
    """Wealth after each draw, one draw after the other."""
    days = np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=60, p=TRUTH).tolist()
    wealth = [1.0]
    for day in days:
        now = wealth[-1]
        bet = best_tickets(now / (now + crowd)) if best else TRUTH
        wealth.append((now + crowd) * now * bet[day] / (now * bet[day] + crowd * CROWD[day]))
    return wealth


@reference("lottery-fortune")
def lottery_fortune(draws, crowd, sample):
    n = round(draws)
    best, weather = (fortune(crowd, sample, plan)[: n + 1] for plan in (True, False))
    end = best[-1] / (best[-1] + crowd)

    def over_draws(values):
        return list(enumerate(values))

    return {"p": weather[-1], "best": best[-1], "share": end}, {
        "D": [(k, 5 / 8 * k) for k in range(61)],
        "crowd": None if crowd == figures.ENDLESS else math.log2(crowd),
        "best": over_draws(map(math.log2, best)),
        "as-weather": over_draws(map(math.log2, weather)),
        "now": [(n, math.log2(best[-1]))],
        "best-share": over_draws(w / (w + crowd) for w in best),
        "as-weather-share": over_draws(w / (w + crowd) for w in weather),
        "share-now": [(n, end)],
        "legend": {
            "D": "D(P‖Q°) a draw",
            "crowd": "the crowd's money",
            "best": "best tickets",
            "as-weather": "as the weather",
        },
    }


@cache
def averaged(own, mean):
    """D(U‖Q) averaged over crowds: E log₂ of all tickets a number − E log₂ of a number's tickets."""
    return mean_over_counts(lambda k: np.log2(k / 100 + own), 100 * mean) - mean_over_counts(
        lambda k: np.log2(k + own), mean
    )


@reference("lottery-unsold")
def lottery_unsold(mean, own, sample):
    crowd = np.random.default_rng(figures.FIRST_SEED + sample - 1).poisson(mean, size=100).tolist()

    def from_even(tickets):
        if 0 in tickets:
            return math.inf
        return math.fsum(math.log2(sum(tickets) / 100 / t) for t in tickets) / 100

    alone, together = from_even(crowd), from_even([k + own for k in crowd])
    finite = math.isfinite(together)
    held = [crowd.count(k) for k in range(16)]
    return {
        "unsold": held[0],
        "expected": 100 * math.exp(-mean),
        "alone": alone,
        "D": together,
        "mean_D": averaged(own, mean) if own else math.inf,
    }, {
        "numbers": side_by_side([*held, 100 - sum(held)], 0, 0.8),
        "expected": [(k, 100 * poisson.pmf(k, mean)) for k in range(17)],
        "average": Curve(lambda x: [averaged(own, float(a)) for a in x], 0.1, 8) if own else None,
        "now": [(mean, min(together, 1))] if finite else None,
        "endless": None if finite else At(mean, 0.215, "∞"),
        "x-axis": {k: str(k) for k in range(0, 17, 2)},
        "legend": {"expected": "expected"},
        "legend-2": {"average": "average over crowds", "now": "this crowd"},
    }


@cache
def one_of_each(others):
    """Mean of a draw's return, and of its logarithm: the winner's holders, and all other tickets of a thousand."""
    ratio = mean_over_counts(lambda k: (1000 + k + 999 * others) / 1000 / (k + 1), others)
    pot = mean_over_counts(lambda k: np.log2(1 + k / 1000), 1000 * others)
    return ratio, pot - mean_over_counts(lambda k: np.log2(k + 1), others)


@cache
def bought_all(mean, sample):
    random = np.random.default_rng(figures.FIRST_SEED + sample - 1)
    holders = random.poisson(mean, 10_000)
    rest = random.poisson(mean * 999, 10_000)
    return (1000 + holders + rest) / (1000 * (holders + 1))


def mean_and_error(values):
    n, mean = len(values), math.fsum(values) / len(values)
    return mean, math.sqrt(math.fsum((x - mean) ** 2 for x in values) / (n - 1) / n)


@reference("lottery-buy-all")
def lottery_buy_all(mean, draws, sample):
    ratio, log = one_of_each(mean)
    returns = bought_all(mean, sample)[:draws].tolist()
    (m, m_error), (g, g_error) = mean_and_error(returns), mean_and_error(list(map(math.log2, returns)))
    assert abs(m - ratio) < 4.5 * m_error + 1e-3 and abs(g - log) < 4.5 * g_error + 1e-3

    def profits(values):
        return [(mean, 100 * (value - 1)) for value in values]

    chances = {(mean + 1) / (k + 1): poisson.pmf(k, mean) for k in range(40)}
    return {"ratio": ratio, "simulated": (m, m_error), "log": log, "log_simulated": (g, g_error)}, {
        "one": 1,
        "stems": Segments([((x, 0), (x, chance)) for x, chance in chances.items() if chance > 0.002]),
        "mean": ratio,
        "typical": 2**log,
        "mean-profit": Curve(lambda x: [100 * (one_of_each(float(a))[0] - 1) for a in x], 0.02, 10, 35),
        "typical-profit": Curve(
            lambda x: [100 * (2 ** one_of_each(float(a))[1] - 1) for a in x], 0.02, 10, 35
        ),
        "mean-now": profits([m]),
        "typical-now": profits([2**g]),
        "errors": Segments(
            [
                profits([m - 2 * m_error, m + 2 * m_error]),
                profits([2 ** (g - 2 * g_error), 2 ** (g + 2 * g_error)]),
            ]
        ),
        "zero": 0,
        "legend": {"mean": "mean", "typical": "typical"},
        "legend-2": {"mean-profit": "mean", "typical-profit": "typical"},
    }


def birthdays_of(chosen, share):
    """Tickets with numbers up to 31 only, and all others: their shares, and the crowd's."""
    low = Fraction(math.comb(31, chosen), math.comb(49, chosen))
    w = Fraction(str(share))
    return [low, 1 - low], [w + (1 - w) * low, (1 - w) * (1 - low)]


def says(x, y, value):
    """A number with two digits at a place, rounded either way if it is halfway."""

    def wrong(text):
        words, place = text.get_text(), text.get_position()
        close = abs(float(words) - value) < 0.005 + 1e-9 and words[-3] == "."
        return None if close and np.allclose(place, (x, y)) else f"says {words} at {place}, expected {value}"

    return wrong


@reference("lottery-birthdays")
def lottery_birthdays(birthdays, chosen, cut):
    kinds, crowd = birthdays_of(chosen, birthdays)
    returns = [(1 - cut) * float(u / q) for u, q in zip(kinds, crowd, strict=True)]
    cost, d = -math.log2(1 - cut), divergence(kinds, crowd)
    return {"low": returns[0], "high": returns[1], "D": d, "growth": d - cost}, {
        "returns": side_by_side(returns, 0, 0.6),
        "one": 1,
        # Above the bar, and not on the line at 1.
        "number": Each([says(k, 1.08 if 0.62 < r < 1 else r + 0.08, r) for k, r in enumerate(returns)]),
        "D": Curve(lambda w: [divergence(*birthdays_of(chosen, x)) for x in w], 0, 0.75, 50),
        "cost": cost,
        "now": [(birthdays, d)],
        "x-axis": {0: "only up to 31", 1: "all others"},
        "x-axis-2": {0: "0", 0.25: "25%", 0.5: "50%", 0.75: "75%"},
        "legend-2": {"D": "D(U‖Q°)", "cost": "cost of the cut"},
    }


@cache
def against(game, cut):
    """Growth with all money in tickets, growth with money held back, and the share that is staked then."""
    left = 1 - Fraction(str(cut))
    if isinstance(game, str):
        p, q = (P, Q) if game == "weather" else birthdays_of(1, "0.5")
        cash, _, growth = bets_with_cash(p, [left / x for x in q])
        return divergence(p, q) + math.log2(left), growth, float(1 - cash)

    def over(f):
        """Average over the other holders of the number that wins, of a function of the return."""
        return mean_over_counts(lambda k: f(float(left) * (game + 1) / (k + 1)), game)

    all_in = over(np.log2)
    if over(lambda r: r) <= 1:
        return all_in, 0.0, 0.0
    # E 1/return is 1/(1 − cut): only without a cut is nothing to be held back.
    share = brentq(lambda f: over(lambda r: (r - 1) / (1 + f * (r - 1))), 0, 1, xtol=1e-15) if cut else 1.0
    return all_in, over(lambda r: np.log2(1 - share + share * r)), share


@reference("lottery-cut")
def lottery_cut(cut, game):
    all_in, held, staked = against(game, cut)
    d, cost = against(game, 0.0)[0], -math.log2(1 - cut)
    cuts = {0: "0", 0.2: "20%", 0.4: "40%", 0.6: "60%"}
    return {"D": d, "cost": cost, "all_in": all_in, "held": held, "staked": 100 * staked}, {
        "cost": Curve(lambda x: -np.log2(1 - x), 0, 0.7),
        "D": d,
        "cost-now": [(cut, cost)],
        "zero": 0,
        "held": Curve(lambda x: [against(game, float(a))[1] for a in x], 0, 0.7),
        "all": Curve(lambda x: [against(game, float(a))[0] for a in x], 0, 0.7),
        "held-now": [(cut, held)],
        "all-now": [(cut, all_in)],
        "x-axis": cuts,
        "x-axis-2": cuts,
        "legend": {"cost": "cost of the cut", "D": "divergence"},
        "legend-2": {"held": "money held back", "all": "all in tickets"},
    }
