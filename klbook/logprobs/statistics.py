"""The statistics: the tool's own, in its arithmetic and order, and those that it does not print."""

import math
from contextlib import ExitStack

import numpy as np

from klbook.logprobs.order import Ordered
from klbook.logprobs.results import Comparison, Difference, Divergence, Estimate, Quant
from klbook.logprobs.rows import positions
from klbook.logprobs.together import check_alike, check_tokens, common_windows, notes_on_same_files

__all__ = ["compare_files"]

_HIGH = {"99.9%": 0.999, "99.0%": 0.99, "95.0%": 0.95, "90.0%": 0.9}
_LOW = {"10.0%": 0.1, " 5.0%": 0.05, " 1.0%": 0.01, " 0.1%": 0.001}
#: The lines of percentiles, as the tool names and orders them; `None` is the median.
KL_SHARES = {"Maximum": 1, **_HIGH, "Median": None, **_LOW, "Minimum": 0}
DP_SHARES = {"Maximum": 1, **_HIGH, "75.0%": 0.75, "Median": None, "25.0%": 0.25, **_LOW, "Minimum": 0}

#: What is summed for each window. The first two are the base model's.
_SUMS = [
    "base", "base²", "nll", "nll²", "nll·base", "kl", "kl²", "dp", "dp²", "dp⁴", "same",
    "bregman", "bregman²", "reverse", "reverse²",
]  # fmt: skip


def compare_files(base, quants, windows=None, each=None, progress=None):
    """`Comparison` of open files. `each` is given all `Positions`, `progress` the numbers done and in all."""
    notes = notes_on_same_files(base, quants)
    for file in quants:
        check_alike(base, file)
    first, last = common_windows(base, quants, windows)
    for file in (base, *quants):
        check_tokens(file, base, first, last)
    found = Comparison(base.name, base.n_ctx, base.n_vocab, (first, last), base.scored, notes)
    with ExitStack() as stack:
        tallies = [_Tally(file.name, base.scored, found.n_windows, stack) for file in quants]
        _read(found, base, quants, tallies, each, progress)
        found.quants = [tally.statistics() for tally in tallies]
    for file in (base, *quants):
        if file.padded:
            codes = (
                "1 padding code that is" if file.padded == 1 else f"{file.padded:,} padding codes that are"
            )
            notes.append(f"{file.name} has {codes} not 0, as llama.cpp writes them; no number uses them.")
    return found


def _read(found, base, quants, tallies, each, progress):
    """All positions into the tallies, and what concerns the base, or both quantised models, into what is found."""
    between = _Moments(base.scored, found.n_windows)
    done = 0
    for piece in positions(base, quants, *found.windows):
        found.floor += np.count_nonzero(piece.on_floor)
        found.ties += np.count_nonzero(piece.tied)
        for tally, quant in zip(tallies, piece.quants, strict=True):
            tally.add(piece, quant, done)
        if len(quants) == 2:
            one, other = (quant.bregman for quant in piece.quants)
            between.add(done, one - other, (one - other) ** 2)
        if each is not None:
            each(piece)
        done += len(piece.token)
        if progress is not None:
            progress(done, found.positions)
    if len(quants) == 2:
        errors = [tally.moments.estimate(*tally.BREGMAN).error for tally in tallies]
        found.difference = Difference(between.estimate(0, 1), math.hypot(*errors))


# -- sums


class _Moments:
    """Sums of some values, for each window."""

    def __init__(self, scored, windows, kinds=2):
        self.scored = scored
        self.sums = np.zeros((kinds, windows))

    def add(self, done, *values):
        """Add the values of the positions that follow the first `done`."""
        window = (done + np.arange(len(values[0]))) // self.scored
        starts = np.flatnonzero(np.diff(window, prepend=-1))
        self.sums[:, window[starts]] += np.add.reduceat(np.array(values, float), starts, axis=1)

    def estimate(self, k, squares):
        """The mean of a value, by its row and that of its squares."""
        count = self.scored * self.sums.shape[1]
        mean, error = _mean(self.sums[k].sum(), self.sums[squares].sum(), count)
        return Estimate(float(mean), float(error), _over_windows(self.sums[k] / self.scored))


class _Tally:
    """Everything that is summed or kept for one quantised model."""

    #: Where the sums of the Bregman divergences are, and of their squares.
    BREGMAN = _SUMS.index("bregman"), _SUMS.index("bregman²")

    def __init__(self, name, scored, windows, stack):
        self.name = name
        self.moments = _Moments(scored, windows, len(_SUMS))
        self.kept = {"kl": stack.enter_context(Ordered()), "dp": stack.enter_context(Ordered())}
        self.floor = self.floor_either = self.ties = 0
        self.off_floor = self.code_noise = 0.0
        self.extremes = {}

    def add(self, piece, quant, done):
        base, nll = -piece.log_prob, -quant.log_prob  # float32, as in the tool, and so are their products
        dp = np.exp(-nll) - np.exp(-base)
        self.moments.add(
            done, base, base * base, nll, nll * nll, nll * base, quant.plain, quant.plain**2,
            dp, dp * dp, (dp * dp).astype(float) ** 2, piece.top == quant.top,
            quant.bregman, quant.bregman**2, quant.reverse, quant.reverse**2,
        )  # fmt: skip
        self.kept["kl"].append(quant.plain.astype(np.float32))
        self.kept["dp"].append(dp)
        either = piece.on_floor | quant.on_floor
        self.floor += np.count_nonzero(quant.on_floor)
        self.floor_either += np.count_nonzero(either)
        self.off_floor += float((nll - base)[~either].sum(dtype=float))
        self.ties += np.count_nonzero(quant.tied)
        self.code_noise += float(np.square(quant.plain - quant.bregman).sum())
        for key, values in zip(_DIVERGENCES, quant[5:], strict=True):
            least, most, below = self.extremes.get(key, (math.inf, -math.inf, 0))
            below += np.count_nonzero(values < 0)
            self.extremes[key] = min(least, float(values.min())), max(most, float(values.max())), below

    def statistics(self):
        sums = dict(zip(_SUMS, self.moments.sums, strict=True))
        scored = self.moments.scored
        count = scored * len(sums["kl"])
        ppl = _perplexities(sums, scored)
        mean = {name: self.moments.estimate(k, k + 1) for k, name in enumerate(_SUMS) if name + "²" in _SUMS}
        dp = {"Mean": Estimate(*(100 * x for x in mean["dp"])), **self._shares("dp", DP_SHARES, 100)}
        dp["RMS"] = _rms(sums, scored)
        dp["Same top p"] = _same_top(sums, scored)
        left = count - self.floor_either
        return Quant(
            self.name, ppl, {"Mean": mean["kl"], **self._shares("kl", KL_SHARES, 1)}, dp, _lines(sums, scored),
            {key: Divergence(mean[name], *self.extremes[key]) for key, name in _DIVERGENCES.items()},
            math.sqrt(self.code_noise / count), self.floor, self.floor_either,
            self.off_floor / left if left else math.nan, self.ties,
        )  # fmt: skip

    def _shares(self, name, shares, unit):
        """The tool's lines of order statistics; it interpolates in float32."""
        values = self.kept[name]
        n, f = len(values), np.float32
        places = []
        for share in shares.values():
            at = f(share or 0) * f(n - 1)
            low = min(int(at), n - 1)
            places += [(n - 1) // 2, n // 2] if share is None else [low, min(low + 1, n - 1)]
        found = values.at(places).reshape(-1, 2)
        lines = {}
        for (label, share), (low, high) in zip(shares.items(), found, strict=True):
            at = f(share or 0) * f(n - 1)
            at -= f(int(at))
            value = f(0.5) * (low + high) if share is None else (f(1) - at) * low + at * high
            lines[label] = unit * float(value)
        return lines


#: The divergences and the names of their sums, in the order in which `rows.Quantised` has them.
_DIVERGENCES = {"plain": "kl", "bregman": "bregman", "reverse": "reverse"}


# -- from sums to statistics, in the tool's formulas


def _mean(sums, squares, count):
    """Mean and error of positions, as if independent; the tool gives no error of ten or fewer."""
    mean = sums / count
    spread = np.maximum(squares / count - mean * mean, 0)
    return mean, np.where(count > 10, np.sqrt(spread / np.maximum(count - 1, 1)), 0.0)


def _over_windows(means):
    """Error of a mean from the means of the windows."""
    if len(means) < 2:
        return math.nan
    return float(means.std(ddof=1) / math.sqrt(len(means)))


def _covariance(sums, count):
    covariance = sums["nll·base"] / count - (sums["nll"] / count) * (sums["base"] / count)
    return np.where(count >= 10, covariance / np.maximum(count - 1, 1), 0.0)


def _log_perplexities(sums, count):
    """ln PPL of the quantised model and of the base, and of their ratio, each with its error; the covariance."""
    q, base = _mean(sums["nll"], sums["nll²"], count), _mean(sums["base"], sums["base²"], count)
    covariance = _covariance(sums, count)
    # Where both are alike the tool may take the root of a number just below 0, and prints -nan.
    error = np.sqrt(np.maximum(q[1] ** 2 + base[1] ** 2 - 2 * covariance, 0))
    return q, base, (q[0] - base[0], error), covariance


def _perplexities(sums, scored):
    totals = {name: x.sum() for name, x in sums.items()}
    count = scored * len(sums["kl"])
    q, base, ratio, covariance = _log_perplexities(totals, count)
    by_window = {name: sums[name] / scored for name in ("nll", "base")}
    logs = {
        "q": (*q, _over_windows(by_window["nll"])),
        "base": (*base, _over_windows(by_window["base"])),
        "ratio": (*ratio, _over_windows(by_window["nll"] - by_window["base"])),
    }
    scaled = {name: (math.exp(m), math.exp(m) * e, math.exp(m) * w) for name, (m, e, w) in logs.items()}
    (ppl, ppl_error, _), (base_ppl, base_error, _) = scaled["q"], scaled["base"]
    gap = ppl_error**2 + base_error**2 - 2 * ppl * base_ppl * covariance
    gap_by_window = _over_windows(ppl * by_window["nll"] - base_ppl * by_window["base"])
    product = q[1] * base[1]
    correlation = float(covariance / product) if product else math.nan
    return {
        "Mean PPL(Q)": _estimate(scaled["q"]),
        "Mean PPL(base)": _estimate(scaled["base"]),
        "Cor(ln(PPL(Q)), ln(PPL(base)))": 100 * correlation,
        "Mean ln(PPL(Q)/PPL(base))": _estimate(logs["ratio"]),
        "Mean PPL(Q)/PPL(base)": _estimate(scaled["ratio"]),
        "Mean PPL(Q)-PPL(base)": _estimate((ppl - base_ppl, math.sqrt(max(gap, 0)), gap_by_window)),
    }


def _estimate(three):
    return Estimate(*map(float, three))


def _rms(sums, scored):
    square, error = _mean(sums["dp²"].sum(), sums["dp⁴"].sum(), scored * len(sums["kl"]))
    by_window = _over_windows(sums["dp²"] / scored)
    root = math.sqrt(square)
    slope = 0.5 / root if root else 0.0  # where the tool divides by 0
    return _estimate(100 * x for x in (root, slope * error, slope * by_window))


def _same_top(sums, scored):
    count = scored * len(sums["kl"])
    share = sums["same"].sum() / count
    error = math.sqrt(share * (1 - share) / (count - 1)) if count > 1 else math.nan
    return _estimate(100 * x for x in (share, error, _over_windows(sums["same"] / scored)))


def _lines(sums, scored):
    """What the tool prints after each window: all positions so far."""
    sums = {name: np.cumsum(x) for name, x in sums.items()}
    count = scored * np.arange(1, len(sums["kl"]) + 1)
    (log_ppl, log_error), _, ratio, _ = _log_perplexities(sums, count)
    ppl = np.exp(log_ppl)
    square, error = _mean(sums["dp²"], sums["dp⁴"], count)
    root = np.sqrt(square)
    slope = np.divide(0.5, root, out=np.zeros_like(root), where=root > 0)
    share = sums["same"] / count
    share_error = np.sqrt(share * (1 - share) / np.maximum(count - 1, 1))
    columns = [
        (ppl, ppl * log_error), ratio, _mean(sums["kl"], sums["kl²"], count),
        (100 * root, 100 * slope * error), (100 * share, 100 * share_error),
    ]  # fmt: skip
    return np.array(columns).reshape(2 * len(columns), -1).T
