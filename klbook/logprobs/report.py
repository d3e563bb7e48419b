"""What was found, in print: the tool's table, what it does not print, and sentences; or as JSON."""

import math
import textwrap
from pathlib import PurePath

from klbook.logprobs.results import LINE

__all__ = ["as_json", "comparison_sentence", "labels", "report"]

_HEAD = (
    "chunk             PPL               ln(PPL(Q)/PPL(base))          KL Divergence              Δp RMS"
    "            Same top p"
)
_KINDS = {
    "plain": "D(base‖Q), the tool's sum",
    "bregman": "D(base‖Q), p ln(p/q) − p + q",
    "reverse": "D(Q‖base), q ln(q/p) − q + p",
}


def labels(names):
    """Short names of files: without folder and ending, if they differ then."""
    short = [PurePath(name).stem for name in names]
    return short if len(set(short)) == len(short) else list(names)


def report(found, brief=False):
    """All lines of the report, in order."""
    names = labels([found.base, *(q.name for q in found.quants)])
    for quant, name in zip(found.quants, names[1:], strict=True):
        if len(found.quants) > 1:
            yield from (f"###### {name}", "")
        yield from _tool(found, quant, brief)
        yield from _more(found, quant)
    if found.difference is not None:
        yield from ("====== Which is nearer to the base ======", comparison_sentence(found), "")
    yield "====== How to read this ======"
    for sentence in _sentences(found, names):
        yield from textwrap.wrap(
            sentence, 100, initial_indent="- ", subsequent_indent="  ", break_long_words=False
        )


def _tool(found, quant, brief):
    """The tool's own lines, to its last digit."""
    if not brief:
        yield _HEAD
        for window, (p, pe, r, re, d, de, m, me, s, se) in enumerate(quant.windows, found.windows[0]):
            yield (
                f"{window:4d}    {p:9.4f} ± {pe:9.4f}    {r:10.5f} ± {re:10.5f}    {d:10.5f} ± {de:10.5f}"
                f"    {m:6.3f} ± {me:6.3f} %    {s:6.3f} ± {se:6.3f} %"
            )
        yield ""
    yield "====== Perplexity statistics ======"
    for label, value in quant.ppl.items():
        if isinstance(value, float):
            yield f"{label}: {value:6.2f}%"
        else:
            yield f"{label:<30}: {value.value:10.6f} ± {value.error:10.6f}"
    yield from ("", "====== KL divergence statistics ======")
    for label, value in quant.kl.items():
        if isinstance(value, float):
            yield f"{label:<7} KLD: {value:10.6f}"
        else:
            yield f"{label:<7} KLD: {value.value:10.6f} ± {value.error:10.6f}"
    yield from ("", "====== Token probability statistics ======")
    for label, value in quant.dp.items():
        words = {"RMS": "RMS Δp    ", "Same top p": label}.get(label, f"{label:<7} Δp")
        if isinstance(value, float):
            yield f"{words}: {value:6.3f}%"
        else:
            yield f"{words}: {value.value:6.3f} ± {value.error:5.3f} %"
    yield ""


def _more(found, quant):
    """Both directions and both kinds, and each error by positions and by windows."""
    yield "====== What the tool does not print ======"
    yield f"{'nats a token':<31}{'mean':>10} {'± by token':>12} {'± by window':>12} {'least':>12} {'below 0':>9}"
    for key, words in _KINDS.items():
        d = quant.divergences[key]
        style = "e" if 0 < abs(d.mean.value) < 1e-4 else "f"
        mean, error, by_window = (_number_in(style, x) for x in d.mean)
        yield f"{words:<31}{mean:>10} {error:>12} {by_window:>12} {d.least:12.2e} {d.below_zero:9,}"
    yield ""
    yield f"{'other errors':<31}{'value':>10} {'± by token':>12} {'± by window':>12}"
    shares = {f"{k} Δp, %" if k != "Same top p" else f"{k}, %": v for k, v in quant.dp.items()}
    for label, value in {**quant.ppl, **shares}.items():
        if not isinstance(value, float):
            ours, error, by_window = (_number_in("f", x, 6) for x in value)
            yield f"{label:<31}{ours:>10} {error:>12} {by_window:>12}"
    yield ""


def _number_in(style, x, places=7):
    if math.isnan(x):
        return "–"
    return f"{x:.2e}" if style == "e" else f"{x:.{places}f}"


def _rounded(value, error):
    """A value and its error, to two digits of the error."""
    if not error > 0:
        return f"{value:.3g}", f"{error:.2g}"
    places = max(0, 1 - math.floor(math.log10(error)))
    return f"{value:.{places}f}", f"{error:.{places}f}"


def comparison_sentence(found):
    """Which of two quantised models is nearer to the base, by how much, and how sure that is."""
    names = labels([found.base, *(q.name for q in found.quants)])[1:]
    gap, error, by_window = found.difference.mean
    says = f"over {found.n_windows:,} windows"
    if math.isnan(by_window):
        by_window, says = error, "by positions, since there is one window only"
    near, far = names if gap < 0 else names[::-1]
    value, spread = _rounded(abs(gap), by_window)
    if gap == 0 and by_window == 0:
        return f"{names[0]} and {names[1]} are equally far from the base, at each position."
    if abs(gap) < 2 * by_window:
        return (
            f"{near} and {far} cannot be told apart here: {near} is nearer to the base by {value} ± {spread} nats a "
            f"token (one standard error, paired, {says})."
        )
    return (
        f"{near} is nearer to the base than {far} by {value} ± {spread} nats a token "
        f"(one standard error, paired, {says})."
    )


def _sentences(found, names):
    """What a reader must know of these numbers."""
    first, last = found.windows
    windows = f"window {first:,}" if first == last else f"windows {first:,} to {last:,}"
    yield (
        f"{_count(found.positions)}: {windows} of {found.n_ctx:,} tokens, of which the last {found.scored:,} "
        f"are scored; a vocabulary of {found.n_vocab:,}; divergences in nats."
    )
    yield (
        "The first tables are the tool's, from two files. The tool itself compares a file with live logits, so its "
        "last digits may differ."
    )
    yield (
        "The tool's sum is Σ p ln(p/q) over the tokens with ln p > −16. In a file, probabilities are rounded and do "
        "not sum to 1, so that it can be below 0. Σ p ln(p/q) − p + q over all tokens cannot: it is the Bregman "
        "divergence of negative entropy, needs no sum of 1, and holds less of the rounding's noise."
    )
    yield (
        "± by token is the tool's error: it takes all positions for independent. ± by window takes only the windows "
        "for independent, and comes from how far their means differ."
    )
    if 1 < found.n_windows < 10:
        yield f"An error from {found.n_windows} windows is itself rough."
    if found.n_windows == 1:
        yield "One window has no error by windows."
    if found.positions < 100:
        yield "Of fewer than 100 positions the tool prints no statistics."
    if found.positions <= 10:
        yield "Of ten or fewer it takes the errors for 0, and so do the columns ± by token."
    for quant, name in zip(found.quants, names[1:], strict=True):
        yield from (f"{name}: {says}" for says in _sentences_of(found, quant, name))
    yield from (f"Note: {note}" for note in found.notes)


def _sentences_of(found, quant, name):
    """The same for one of the quantised models."""
    divergence = quant.divergences["bregman"]
    if divergence.most == 0:
        yield "its log-probabilities are those of the base, to the last bit."
    else:
        yield f"at a position, the two sums differ by {quant.code_noise:.1e} nats (root mean square)."
    if divergence.mean.error > 0 and found.n_windows > 1:
        times = divergence.mean.by_window / divergence.mean.error
        yield f"the error of the mean divergence by window is {times:.2f} times that by token."
    if quant.floor_either:
        positions = _count(quant.floor_either)
        yield (
            f"at {positions} the token that came stands on the floor of a file (base {found.floor:,}, {name} "
            f"{quant.floor:,}): 16 nats below the top, or any number more. That spoils PPL and the ln ratio"
            + (
                f", which is {quant.ln_ratio_off_floor:.6f} over the others."
                if quant.floor_either < found.positions
                else "; no other position is left."
            )
        )
    if quant.ties or found.ties:
        yield (
            f"several tokens share the top at some positions (base {found.ties:,}, {name} {quant.ties:,}), often "
            "by rounding. The first of them counts, so Same top p may differ from the tool's by as many positions."
        )


def as_json(found):
    """Everything as what ``json`` can write; numbers that are none become null."""
    names = labels([found.base, *(q.name for q in found.quants)])
    answer = {
        "base": found.base,
        "n_ctx": found.n_ctx,
        "n_vocab": found.n_vocab,
        "windows": list(found.windows),
        "positions": found.positions,
        "base_targets_on_floor": int(found.floor),
        "base_ties": int(found.ties),
        "quants": [_quant(q, name) for q, name in zip(found.quants, names[1:], strict=True)],
        "tool_by_window_columns": LINE,
        "notes": found.notes,
    }
    if found.difference is not None:
        answer["difference"] = {
            **_number(found.difference.mean),
            "unpaired_error": _number(found.difference.unpaired),
            "sentence": comparison_sentence(found),
        }
    return answer


def _quant(quant, name):
    divergences = {
        kind: {**_number(d.mean), "least": d.least, "most": d.most, "below_zero": int(d.below_zero)}
        for kind, d in quant.divergences.items()
    }
    words = {"RMS": "RMS Δp %", "Same top p": "Same top p %"}
    return {
        "file": quant.name,
        "name": name,
        "tool": {
            **{label: _number(x) for label, x in quant.ppl.items()},
            **{f"{label.strip()} KLD": _number(x) for label, x in quant.kl.items()},
            **{words.get(label, f"{label.strip()} Δp %"): _number(x) for label, x in quant.dp.items()},
        },
        "tool_by_window": [[_number(x) for x in line] for line in quant.windows.tolist()],
        "divergences": divergences,
        "rms_of_plain_minus_bregman": _number(quant.code_noise),
        "targets_on_floor": int(quant.floor),
        "targets_on_floor_in_either": int(quant.floor_either),
        "ln_ratio_off_floor": _number(quant.ln_ratio_off_floor),
        "ties": int(quant.ties),
    }


def _number(x):
    if isinstance(x, tuple):
        return dict(zip(("value", "error", "error_by_window"), map(_number, x), strict=True))
    return float(x) if math.isfinite(x) else None


def _count(positions):
    return "1 position" if positions == 1 else f"{positions:,} positions"
