"""*Hypothesis testing*, in fractions and by counting."""

from collections import defaultdict
from fractions import Fraction
from functools import cache

import numpy as np

from klbook.figures import hypothesis_testing as figures
from references import reference
from references.marks import Bars

#: Steps of the walk and how often they come: sun +2, cloud and rain −1, snow 0.
STEPS = {
    "p": {2: Fraction(1, 2), -1: Fraction(3, 8), 0: Fraction(1, 8)},
    "q": {2: Fraction(1, 8), -1: Fraction(3, 4), 0: Fraction(1, 8)},
}


@cache
def spread_out(truth, n):
    """Exact distribution of the evidence after n days, one day at a time."""
    after = {0: Fraction(1)}
    for _ in range(n):
        before, after = after, defaultdict(Fraction)
        for place, mass in before.items():
            for step, often in STEPS[truth].items():
                after[place + step] += mass * often
    return dict(after)


def days_drawn(truth, sample, n):
    """The days of a sample, drawn here."""
    p = {"p": [1 / 2, 1 / 4, 1 / 8, 1 / 8], "q": [1 / 8, 1 / 2, 1 / 4, 1 / 8]}[truth]
    return np.random.default_rng(figures.FIRST_SEED + sample - 1).choice(4, size=n, p=p)


def percent(chance):
    if chance > 0.9999:
        return "above 99.99 %"
    return "below 0.01 %" if chance < 0.0001 else f"{100 * chance:.2f} %"


def odds(power):
    if power == 0:
        return "1 : 1"
    said = "2" + "".join("⁰¹²³⁴⁵⁶⁷⁸⁹"[int(d)] for d in str(abs(power)))
    if abs(power) <= 20:
        said += f" = {2 ** abs(power):,}"
    return f"{said} : 1" if power > 0 else f"1 : {said}"


@reference("evidence-walk")
def evidence_walk(days, truth, prior, sample):
    days = int(days)
    bits = [0, *np.cumsum([(2, -1, -1, 0)[d] for d in days_drawn(truth, sample, 60)[:days]]).tolist()]
    chances = [float(1 / (1 + Fraction(1, 2) ** (prior + b))) for b in bits]
    other = {"p": "q", "q": "p"}[truth]
    return {"evidence": bits[-1], "odds": odds(prior + bits[-1]), "probability": percent(chances[-1])}, {
        "rise": [(n, 5 / 8 * n) for n in range(61)],
        "fall": [(n, -n / 2) for n in range(61)],
        "even": -prior,
        f"walk-{truth}": list(enumerate(bits)),
        f"walk-{other}": None,
        "now": [(days, bits[-1])],
        "half": 0.5,
        f"chance-{truth}": list(enumerate(chances)),
        f"chance-{other}": None,
        "chance-now": [(days, chances[-1])],
    }


@reference("evidence-threshold")
def evidence_threshold(n, threshold):
    n, cut = int(n), threshold + 0.5
    mass = {t: {k: float(v) for k, v in spread_out(t, n).items()} for t in "pq"}
    places = range(-20, 35)

    def errors(at):
        return (
            float(sum(m for k, m in spread_out("p", n).items() if k <= at)),
            float(sum(m for k, m in spread_out("q", n).items() if k > at)),
        )

    curve = [errors(at) for at in [-n - 1, *sorted(spread_out("p", n))]]
    now = errors(threshold)
    low, high, top = -21, 35, 0.45
    return {"type_1": now[0], "type_2": now[1]}, {
        "wrong": [(low, 0), (low, top), (cut, top), (cut, -top), (high, -top), (high, 0)],
        "if-p": Bars([(x, mass["p"].get(x, 0)) for x in places], least=2e-4),
        "if-q": Bars([(x, -mass["q"].get(x, 0)) for x in places], least=2e-4),
        "zero": 0,
        "threshold": cut,
        "errors": [(max(a, 1e-4), max(b, 1e-4)) for a, b in curve],
        "now": [(max(now[0], 1e-4), max(now[1], 1e-4))],
    }
