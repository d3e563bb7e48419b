"""Every number that llama.cpp printed, against the same number from two files.

The tool compares the base's file with live logits; here both sides went through the 16-bit code, whose step is at
most 16/65535 = 2.44e-4. So the ln q of a token is off by up to h = 1.22e-4, evenly: 7.0e-5 root mean square. What a
printed number may be off follows from that.
"""

import math
import re

import pytest
from plain_reader import FOLDERS

from klbook.logprobs import compare
from klbook.logprobs.report import report

HALF_STEP = 8 / 65535
SPREAD = 2 * HALF_STEP / math.sqrt(12)
#: Several standard deviations.
SURE = 4.5
#: D of a position is off by Σ p·ε: as much as one ε where one token has all the probability.
D_OFF, D_SPREAD = HALF_STEP, SPREAD / math.sqrt(2)

RUNS = [("moby", "f16", "Q4_0"), ("moby", "f16", "Q2_K")]
LINES = [("austen", "F32", "Q8_0"), ("austen", "F32", "Q4_K_M"), ("austen", "F32", "Q2_K"), *RUNS]


def printed(lines):
    """The numbers of lines of the tool: by label, or by window in a list; each as its text."""
    found, windows = {}, []
    for line in lines:
        numbers = re.findall(r"-?(?:\d+\.\d+|nan|inf)", line)
        if re.match(r"\s*\d+ ", line):
            windows.append(numbers)
        elif ":" in line and numbers:
            label, value = line.rsplit(":", 1)
            found[label.strip()] = re.findall(r"-?(?:\d+\.\d+|nan|inf)", value)
    return found, windows


def half_digit(text):
    return 0.5001 * 10.0 ** -len(text.partition(".")[2])


def check(ours, tools, label, slack):
    """Both are texts: rounding moves each by half a digit."""
    assert float(ours) == pytest.approx(float(tools), abs=slack + 2 * half_digit(tools)), label


def ours(llama, text, base, quant):
    """The lines of the report, and at how many positions the code has made two tokens of the quantised model alike."""
    found = compare(llama(f"{text}-{base}"), llama(f"{text}-{quant}"))
    return list(report(found)), found.quants[0].ties


@pytest.mark.parametrize(("text", "base", "quant"), RUNS)
def test_lines_have_the_tools_words_in_the_tools_order(llama, text, base, quant):
    tools = (FOLDERS[text] / f"{text}-{quant}.txt").read_text(encoding="utf-8").splitlines()
    tools = tools[next(k for k, line in enumerate(tools) if line.startswith("chunk")) :]

    def without_numbers(line):
        return re.sub(r"[ -]*\d+\.\d+", lambda m: "#" * len(m[0]), line).rstrip()

    lines, _ = ours(llama, text, base, quant)
    assert len(tools) > 40
    for mine, theirs in zip(lines, tools, strict=False):
        assert without_numbers(mine) == without_numbers(theirs)


@pytest.mark.parametrize(("text", "base", "quant"), LINES)
def test_lines_after_each_window(llama, text, base, quant):
    _, tools = printed((FOLDERS[text] / f"{text}-{quant}.txt").read_text(encoding="utf-8").splitlines())
    lines, ties = ours(llama, text, base, quant)
    _, mine = printed(lines)
    assert len(tools) == len(mine) == (6 if text == "austen" else 4)
    for k, (theirs, line) in enumerate(zip(tools, mine, strict=True)):
        assert len(theirs) == len(line) == 10
        n = 63 * (k + 1)
        ppl, off = float(theirs[0]), SURE * SPREAD / math.sqrt(n)
        top = 100 * ties / n
        slack = (
            ppl * off, ppl * off, off, off, SURE * D_SPREAD / math.sqrt(n), SURE * D_SPREAD / math.sqrt(n),
            100 * HALF_STEP / math.sqrt(n) * SURE, 100 * HALF_STEP / math.sqrt(n) * SURE, top, top,
        )  # fmt: skip
        for mine_, their, s in zip(line, theirs, slack, strict=True):
            check(mine_, their, f"window {k + 1}", s)


@pytest.mark.parametrize(("text", "base", "quant"), RUNS)
def test_every_statistic(llama, text, base, quant):
    tools, _ = printed((FOLDERS[text] / f"{text}-{quant}.txt").read_text(encoding="utf-8").splitlines())
    lines, ties = ours(llama, text, base, quant)
    mine, _ = printed(lines)
    n = 252
    mean_off = SURE * SPREAD / math.sqrt(n)
    assert len(tools) == 6 + 12 + 16
    for label, values in tools.items():
        if "PPL" in label:
            scale = 25 if label in ("Mean PPL(Q)", "Mean PPL(Q)-PPL(base)") else 1.2
            slack = 0.0 if label == "Mean PPL(base)" else scale * mean_off
            slack = 100 * mean_off if label.startswith("Cor") else slack
        elif "KLD" in label:
            slack = SURE * D_SPREAD / math.sqrt(n) if label.startswith("Mean") else D_OFF
        elif "Same top" in label:
            slack = 100 * ties / n
        else:  # p is off by p·ε; in percent
            slack = 100 * HALF_STEP * (SURE / math.sqrt(n) if label[0] in "MR" and "ean" in label else 1)
        for mine_, their in zip(mine[label], values, strict=True):
            check(mine_, their, label, slack)


def test_the_base_has_the_tools_perplexity_to_the_last_digit(llama):
    """It needs no live logits: the tool, too, takes it from the file."""
    for text, base, quant in RUNS:
        tools, _ = printed((FOLDERS[text] / f"{text}-{quant}.txt").read_text(encoding="utf-8").splitlines())
        mine, _ = printed(ours(llama, text, base, quant)[0])
        assert mine["Mean PPL(base)"] == tools["Mean PPL(base)"]
