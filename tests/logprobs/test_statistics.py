"""All statistics against a second implementation in plain Python, and against SciPy."""

import csv
import math
import tracemalloc

import numpy as np
import plain_reader as plain
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import kl_div, logsumexp, rel_entr

from klbook.ideas.bregman import generalised_kl
from klbook.logprobs import LogprobFile, compare, write_logprobs
from klbook.logprobs.order import Ordered

PAIRS = [("moby-f16", "moby-Q4_0"), ("austen-F32", "austen-Q2_K"), ("austen-Q8_0", "austen-F32")]


@pytest.fixture(scope="module", params=PAIRS, ids="-".join)
def pair(request, llama):
    base, quant = map(llama, request.param)
    return compare(base, quant).quants[0], list(plain.positions(base, quant)), 63


def columns(positions):
    return [list(x) for x in zip(*positions, strict=True)]


def by_window(values, size=63):
    return [plain.mean(values[k : k + size]) for k in range(0, len(values), size)]


def near(x, y):
    return x == pytest.approx(y, rel=1e-6, abs=1e-9)


def test_perplexities(pair):
    found, positions, _ = pair
    _, _, _, p, q, *_ = columns(positions)
    base, nll = [-x for x in p], [-x for x in q]
    ppl = found.ppl
    a, b = plain.mean(nll), plain.mean(base)
    sa, sb = plain.standard_error(nll), plain.standard_error(base)
    ratio = [x - y for x, y in zip(nll, base, strict=True)]
    assert near(ppl["Mean PPL(Q)"][:2], (math.exp(a), math.exp(a) * sa))
    assert near(ppl["Mean PPL(base)"][:2], (math.exp(b), math.exp(b) * sb))
    assert near(ppl["Cor(ln(PPL(Q)), ln(PPL(base)))"], 100 * np.corrcoef(nll, base)[0, 1])
    assert ppl["Mean ln(PPL(Q)/PPL(base))"].value == pytest.approx(a - b, abs=1e-9)
    # The tool's formula takes differences of large numbers, in float32 products: fewer digits are left.
    assert ppl["Mean ln(PPL(Q)/PPL(base))"].error == pytest.approx(plain.standard_error(ratio), rel=1e-3)
    assert ppl["Mean ln(PPL(Q)/PPL(base))"].by_window == pytest.approx(error_of(by_window(ratio)), rel=1e-6)
    assert ppl["Mean PPL(Q)/PPL(base)"].value == pytest.approx(math.exp(a - b))
    gap = [math.exp(a) * x - math.exp(b) * y for x, y in zip(nll, base, strict=True)]
    assert ppl["Mean PPL(Q)-PPL(base)"].value == pytest.approx(math.exp(a) - math.exp(b), abs=1e-7)
    assert ppl["Mean PPL(Q)-PPL(base)"].error == pytest.approx(plain.standard_error(gap), rel=1e-3)
    assert ppl["Mean PPL(Q)-PPL(base)"].by_window == pytest.approx(error_of(by_window(gap)), rel=1e-6)


def error_of(means):
    """Standard error of a mean of independent values, the textbook's."""
    return float(np.std(means, ddof=1) / math.sqrt(len(means)))


def test_divergences_of_both_kinds_in_both_directions(pair):
    found, positions, _ = pair
    _, _, _, _, _, *kinds, _ = columns(positions)
    for key, values in zip(("plain", "bregman", "reverse"), kinds, strict=True):
        d = found.divergences[key]
        assert d.mean.value == pytest.approx(plain.mean(values), abs=1e-12)
        assert d.mean.error == pytest.approx(plain.standard_error(values), rel=1e-9)
        assert d.mean.by_window == pytest.approx(error_of(by_window(values)), rel=1e-8)
        assert d.below_zero == sum(x < 0 for x in values)
        assert (d.least, d.most) == pytest.approx((min(values), max(values)), abs=1e-12)
        assert key == "plain" or d.least >= 0
    gaps = [(x - y) ** 2 for x, y in zip(kinds[0], kinds[1], strict=True)]
    assert found.code_noise == pytest.approx(math.sqrt(plain.mean(gaps)), rel=1e-6)


def test_order_statistics(pair):
    found, positions, _ = pair
    _, _, _, p, q, kl, *_ = columns(positions)
    dp = [100 * (math.exp(y) - math.exp(x)) for x, y in zip(p, q, strict=True)]
    shares = {"Maximum": 1, "99.9%": 0.999, "99.0%": 0.99, "95.0%": 0.95, "90.0%": 0.9, "75.0%": 0.75, "Median": 0.5,
              "25.0%": 0.25, "10.0%": 0.1, "5.0%": 0.05, "1.0%": 0.01, "0.1%": 0.001, "Minimum": 0}  # fmt: skip
    for lines, values, count in ((found.kl, kl, 11), (found.dp, dp, 13)):
        seen = {k.strip(): v for k, v in lines.items() if isinstance(v, float)}
        assert len(seen) == count
        for label, value in seen.items():
            assert value == pytest.approx(plain.share(values, shares[label]), rel=2e-5, abs=2e-5), label


def test_token_probabilities(pair):
    found, positions, _ = pair
    _, _, _, p, q, *_, same = columns(positions)
    dp = [100 * (math.exp(y) - math.exp(x)) for x, y in zip(p, q, strict=True)]
    assert found.dp["Mean"].value == pytest.approx(plain.mean(dp), abs=1e-5)
    assert found.dp["Mean"].error == pytest.approx(plain.standard_error(dp), rel=1e-4)
    squares = [x * x for x in dp]
    root = math.sqrt(plain.mean(squares))
    assert found.dp["RMS"].value == pytest.approx(root, rel=1e-5)
    assert found.dp["RMS"].error == pytest.approx(0.5 / root * plain.standard_error(squares), rel=1e-4)
    assert found.dp["RMS"].by_window == pytest.approx(0.5 / root * error_of(by_window(squares)), rel=1e-4)
    share = sum(same) / len(same)
    assert found.dp["Same top p"].value == pytest.approx(100 * share)
    assert found.dp["Same top p"].error == pytest.approx(
        100 * math.sqrt(share * (1 - share) / (len(same) - 1))
    )
    assert found.dp["Same top p"].by_window == pytest.approx(
        100 * error_of(by_window([float(x) for x in same]))
    )


def test_against_scipy_and_the_idea(llama):
    """The plain sum without the gate is that of `rel_entr`; the other one `kl_div`, and the chapter's function."""
    with LogprobFile(llama("moby-f16")) as base, LogprobFile(llama("moby-Q2_K")) as quant:
        p, q = (
            np.exp(np.concatenate([f.log_probs(w) for w in (1, 2, 3, 4)]).astype(float))
            for f in (base, quant)
        )
        logs = np.concatenate([base.log_probs(w) for w in (1, 2, 3, 4)]).astype(float)
    assert np.abs(logsumexp(logs, axis=1)).max() < 1.3e-4
    d = compare(llama("moby-f16"), llama("moby-Q2_K")).quants[0].divergences
    gated = np.where(logs > -16, rel_entr(p, q), 0).sum(1)
    assert d["plain"].mean.value == pytest.approx(gated.mean(), abs=1e-13)
    assert d["bregman"].mean.value == pytest.approx(kl_div(p, q).sum(1).mean(), abs=1e-13)
    ours = generalised_kl(p, q, base=math.e)
    assert d["bregman"].mean.value == pytest.approx(ours.mean(), abs=1e-13)
    assert d["bregman"].least == pytest.approx(ours.min(), abs=1e-13)
    assert d["reverse"].mean.value == pytest.approx(kl_div(q, p).sum(1).mean(), abs=1e-13)


def test_the_bregman_sum_has_less_of_the_codes_noise(tmp_path):
    """Against the true divergences of known models, through the files: several times nearer, and never below 0."""
    random = np.random.default_rng(1)
    logits = random.normal(size=(40, 15, 300)) * 3
    other = logits + random.normal(size=logits.shape) * 0.02
    tokens = random.integers(0, 300, (40, 32))
    write_logprobs(tmp_path / "p.kld", tokens, logits)
    write_logprobs(tmp_path / "q.kld", tokens, other)
    a, b = (
        x - logsumexp(x, axis=-1, keepdims=True)
        for x in (np.float32(logits).astype(float), np.float32(other))
    )
    true = (np.exp(a) * (a - b)).sum(-1).ravel()
    with open(tmp_path / "t.csv", "w"):
        pass
    found = compare(tmp_path / "p.kld", tmp_path / "q.kld", tokens=tmp_path / "t.csv").quants[0]
    with open(tmp_path / "t.csv", newline="", encoding="ascii") as file:
        rows = list(csv.DictReader(file))
    plain_off, bregman_off = (
        math.sqrt(np.mean((np.array([float(r[name]) for r in rows]) - true) ** 2))
        for name in ("kl_tool", "kl")
    )
    assert bregman_off < plain_off / 4
    assert found.divergences["plain"].below_zero > 0 == found.divergences["bregman"].below_zero


def test_a_paired_difference(llama):
    """Its value and its error by windows, from the divergences of single positions."""
    found = compare(llama("austen-F32"), llama("austen-Q4_K_M"), llama("austen-Q2_K"))
    near_, far = (
        [row[6] for row in plain.positions(llama("austen-F32"), llama(f"austen-{q}"))]
        for q in ("Q4_K_M", "Q2_K")
    )
    gaps = [x - y for x, y in zip(near_, far, strict=True)]
    assert found.difference.mean.value == pytest.approx(plain.mean(gaps), abs=1e-12)
    assert found.difference.mean.error == pytest.approx(plain.standard_error(gaps), rel=1e-9)
    assert found.difference.mean.by_window == pytest.approx(error_of(by_window(gaps)), rel=1e-8)
    unpaired = math.hypot(plain.standard_error(near_), plain.standard_error(far))
    assert found.difference.unpaired == pytest.approx(unpaired, rel=1e-9)
    # The same as each by itself.
    for k, quant in enumerate(("Q4_K_M", "Q2_K")):
        alone = compare(llama("austen-F32"), llama(f"austen-{quant}")).quants[0]
        assert alone.divergences == found.quants[k].divergences and alone.kl == found.quants[k].kl


@pytest.mark.parametrize("windows", [(2, 5), (3, 3), (None, 2), (6, None)])
def test_a_part_is_what_a_file_of_that_part_gives(llama, windows, tmp_path):
    first, last = windows[0] or 1, windows[1] or 6
    paths = []
    for name in ("F32", "Q4_K_M"):
        data = llama(f"austen-{name}").read_bytes()
        tokens, row, rows = 4 * 128, 2 * 262 * 63, 20 + 4 * 128 * 6
        cut = data[:16] + (last - first + 1).to_bytes(4, "little")
        cut += (
            data[20 + tokens * (first - 1) : 20 + tokens * last]
            + data[rows + row * (first - 1) : rows + row * last]
        )
        paths.append(tmp_path / f"{name}.kld")
        paths[-1].write_bytes(cut)
    part = compare(llama("austen-F32"), llama("austen-Q4_K_M"), windows=windows)
    whole = compare(*paths)
    assert part.windows == (first, last) and part.positions == 63 * (last - first + 1)
    assert str(part.quants[0].divergences) == str(whole.quants[0].divergences)
    assert str(part.quants[0].ppl) == str(whole.quants[0].ppl) and str(part.quants[0].dp) == str(
        whole.quants[0].dp
    )
    assert np.array_equal(part.quants[0].windows, whole.quants[0].windows)


def test_targets_on_the_floor_are_counted_and_told_apart(tmp_path):
    """A token that the base finds impossible: the file says 16 nats, and the ln ratio is off by the rest."""
    logits = np.zeros((2, 3, 4))
    logits[..., 0] = 20
    quant = logits.copy()
    quant[..., 0] = 15  # here the floor is not reached
    tokens = np.zeros((2, 8), int)
    tokens[1, 6] = 3
    write_logprobs(tmp_path / "p.kld", tokens, logits)
    write_logprobs(tmp_path / "q.kld", tokens, quant)
    found = compare(tmp_path / "p.kld", tmp_path / "q.kld")
    assert found.floor == 1 and found.quants[0].floor == 0 and found.quants[0].floor_either == 1
    off = math.log1p(3 * math.exp(-15)) - math.log1p(
        3 * math.exp(-16)
    )  # ln p(0) − ln q(0), with the floor of the file
    assert found.quants[0].ln_ratio_off_floor == pytest.approx(off, abs=1e-6)
    assert found.quants[0].ppl["Mean ln(PPL(Q)/PPL(base))"].value == pytest.approx(-1 / 6, abs=1e-4)


def test_ties_are_counted(tmp_path):
    logits = np.array([[[1.0, 1.0, 0.0]] * 2 + [[2.0, 1.0, 0.0]]] * 2)
    quant = logits + np.array([0.1, 0, 0])
    for name, values in (("p", logits), ("q", quant), ("r", logits[..., ::-1])):
        write_logprobs(tmp_path / f"{name}.kld", np.zeros((2, 8), int), values)
    found = compare(tmp_path / "p.kld", tmp_path / "q.kld", tmp_path / "r.kld")
    assert (found.ties, found.quants[0].ties, found.quants[1].ties) == (4, 0, 4)
    assert found.quants[0].dp["Same top p"].value == 100 and found.quants[1].dp["Same top p"].value == 0


@given(st.lists(st.floats(width=32, allow_nan=False), min_size=1, max_size=50), st.data())
def test_values_in_order(values, data):
    cut = data.draw(st.integers(0, len(values)))
    ranks = data.draw(st.lists(st.integers(0, len(values) - 1), min_size=1, max_size=5))
    with Ordered() as kept:
        for part in (values[:cut], values[cut:]):
            if part:
                kept.append(np.array(part, np.float32))
        assert kept.at(ranks).tolist() == [sorted(values)[k] for k in ranks] and len(kept) == len(values)


def test_many_values_in_order():
    random = np.random.default_rng(0)
    values = np.concatenate([random.normal(size=700_000), np.zeros(300_000)]).astype(np.float32)
    random.shuffle(values)
    ranks = [0, 1, 350_000, 500_000, 999_998, 999_999]
    with Ordered() as kept:
        kept.append(values)
        assert np.array_equal(kept.at(ranks), np.sort(values)[ranks])


def test_memory_does_not_grow_with_the_file(tmp_path):
    """Twelve times as many windows, and no more memory: NumPy's own count of what it holds."""
    random = np.random.default_rng(0)
    peaks = []
    for windows in (2, 24):
        logits = random.normal(size=(1, 15, 30_000)).astype(np.float32)
        for name in "pq":
            write_logprobs(tmp_path / name, np.zeros((windows, 32), int), (logits[0] for _ in range(windows)))
        tracemalloc.start()
        compare(tmp_path / "p", tmp_path / "q")
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.1 * peaks[0] < (tmp_path / "p").stat().st_size
