"""The command: its tables, its CSV, its JSON, and what it leaves behind when something is wrong."""

import csv
import json
import os
import re
import subprocess
import sys
from pathlib import Path

import plain_reader as plain
import pytest

from klbook.logprobs import compare, together
from klbook.logprobs.command import main

ROOT = Path(__file__).parents[2]


def command(*arguments, **options):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "klbook.logprobs", *map(str, arguments)]
    return subprocess.run(words, capture_output=True, env=environment, timeout=60, **options)


def test_it_runs_as_a_module(llama):
    done = command(llama("moby-f16"), llama("moby-Q4_0"), llama("moby-Q2_K"))
    out = done.stdout.decode()
    assert (done.returncode, done.stderr) == (0, b"")
    assert out.count("Mean    KLD:") == 2 and out.count("± by window") >= 2
    assert out.index("###### moby-Q4_0") < out.index("###### moby-Q2_K") < out.index("Which is nearer")


def test_its_sentence_is_on_standard_error(tmp_path, llama):
    done = command(llama("moby-f16"), tmp_path / "x")
    assert (done.returncode, done.stdout) == (2, b"")
    assert done.stderr.decode() == f"{tmp_path / 'x'} cannot be read: No such file or directory.\n"


def test_help_has_an_example_that_can_be_parsed(llama):
    text = command("--help").stdout.decode()
    line = re.search(r"python -m klbook.logprobs (f16.*)", text)[1]
    assert "--kl-divergence-base" in text and line.split()[:3] == ["f16.kld", "Q4_K_M.kld", "Q5_K_M.kld"]
    for option in ("--windows", "--tokens", "--json", "--brief"):
        assert option in text


def test_two_quantisations_in_a_sentence(llama, capsys):
    assert main([str(llama(x)) for x in ("moby-f16", "moby-Q4_0", "moby-Q2_K")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    ours = [
        [row[6] for row in plain.positions(llama("moby-f16"), llama(f"moby-{q}"))] for q in ("Q4_0", "Q2_K")
    ]
    gaps = [b - a for a, b in zip(*ours, strict=True)]
    means = [plain.mean(gaps[k : k + 63]) for k in range(0, 252, 63)]
    error = plain.standard_error(means)
    value, spread = re.search(
        r"moby-Q4_0 is nearer to the base than moby-Q2_K by ([\d.]+) ± ([\d.]+) nats a token", out
    ).groups()
    assert float(value) == pytest.approx(plain.mean(gaps), abs=10.0 ** -len(value.partition(".")[2]))
    assert float(spread) == pytest.approx(error, rel=0.05)
    assert main([str(llama(x)) for x in ("moby-f16", "moby-Q2_K", "moby-Q4_0")]) == 0
    assert "moby-Q4_0 is nearer to the base than moby-Q2_K by" in " ".join(capsys.readouterr().out.split())


def test_two_that_cannot_be_told_apart(llama, capsys):
    assert main([str(llama(x)) for x in ("moby-f16", "moby-Q4_0", "moby-Q4_0")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "are equally far from the base, at each position" in out


def test_a_table_of_tokens(llama, tmp_path, capsys):
    path = tmp_path / "tokens.csv"
    path.write_text("window,position,token\nold")
    assert main([str(llama("moby-f16")), str(llama("moby-Q2_K")), "--tokens", str(path), "--brief"]) == 0
    with open(path, newline="", encoding="ascii") as file:
        rows = list(csv.reader(file))
    expected = list(plain.positions(llama("moby-f16"), llama("moby-Q2_K")))
    assert rows[0] == ["window", "position", "token", "ln_p_base", "ln_q", "kl_tool", "kl", "kl_reverse"]
    assert len(rows) == 1 + len(expected) == 253
    for row, (window, place, token, p, q, tool, kl, reverse, _) in zip(rows[1:], expected, strict=True):
        assert [int(x) for x in row[:3]] == [window, place, token]
        assert [float(x) for x in row[3:5]] == pytest.approx([p, q], rel=1e-6)
        assert [float(x) for x in row[5:]] == pytest.approx([tool, kl, reverse], rel=1e-8, abs=1e-12)
    assert [p.name for p in tmp_path.iterdir()] == ["tokens.csv"]


def test_a_table_of_two_quantisations_and_a_part(llama, tmp_path):
    path = tmp_path / "tokens.csv"
    compare(llama("austen-F32"), llama("austen-Q8_0"), llama("austen-Q2_K"), windows=(2, 3), tokens=path)
    rows = list(csv.reader(path.read_text(encoding="ascii").splitlines()))
    assert rows[0][3:] == [
        "ln_p_base", "ln_q_1", "kl_tool_1", "kl_1", "kl_reverse_1", "ln_q_2", "kl_tool_2", "kl_2", "kl_reverse_2",
    ]  # fmt: skip
    assert [(int(r[0]), int(r[1])) for r in rows[1:]] == [(w, k) for w in (2, 3) for k in range(65, 128)]


def test_an_old_table_stays_when_something_is_wrong(llama, small, tmp_path, capsys):
    path, bad, old = tmp_path / "tokens.csv", tmp_path / "bad.kld", "window,position,token\nold"
    path.write_text(old)
    (tmp_path / "base.kld").write_bytes(small("F32"))
    bad.write_bytes(small("Q2_K")[:-520] + b"\xff" * 520)
    assert main([str(tmp_path / "base.kld"), str(bad), "--tokens", str(path)]) == 2
    assert path.read_text() == old and len(list(tmp_path.iterdir())) == 3


def test_a_table_replaces_only_a_table(llama, tmp_path, capsys):
    path, files = tmp_path / "essay.txt", [str(llama("moby-f16")), str(llama("moby-Q2_K"))]
    path.write_text("An essay.")
    assert main([*files, "--tokens", str(path)]) == 2
    assert "is no table of tokens and would be lost" in capsys.readouterr().err
    assert path.read_text() == "An essay."
    for before in ("", "window,position,token\nold"):
        path.write_text(before)
        assert main([*files, "--tokens", str(path)]) == 0
        assert (
            path.read_text().startswith("window,position,token,ln_p_base,ln_q,")
            and "old" not in path.read_text()
        )


def test_a_table_replaces_no_link_and_has_a_name(llama, tmp_path, capsys):
    there, link = tmp_path / "there.csv", tmp_path / "link.csv"
    there.write_text("old")
    link.symlink_to(there)
    files = [str(llama("moby-f16")), str(llama("moby-Q2_K"))]
    assert main([*files, "--tokens", str(link)]) == 2
    assert "is no ordinary file" in capsys.readouterr().err
    assert link.is_symlink() and there.read_text() == "old"
    assert main([*files, "--tokens", ""]) == 2
    assert "needs the name of a file" in capsys.readouterr().err


def test_a_table_never_replaces_what_is_read(small, tmp_path, capsys):
    base, quant = tmp_path / "base.kld", tmp_path / "quant.kld"
    base.write_bytes(small("F32"))
    quant.write_bytes(small("Q2_K"))
    os.link(quant, tmp_path / "link.kld")
    for path in (base, quant, tmp_path / "link.kld"):
        assert main([str(base), str(quant), "--tokens", str(path)]) == 2
        assert "is one of the files that are read" in capsys.readouterr().err
    assert base.read_bytes() == small("F32") and quant.read_bytes() == small("Q2_K")


@pytest.mark.parametrize(
    ("path", "sentence"), [("no/t.csv", "no/t.csv cannot be written: No such file"), (".", "is no ordinary")]
)
def test_a_table_that_cannot_be_written(llama, tmp_path, capsys, monkeypatch, path, sentence):
    monkeypatch.chdir(tmp_path)
    assert main([str(llama("moby-f16")), str(llama("moby-Q2_K")), "--tokens", path]) == 2
    out, err = capsys.readouterr()
    assert sentence in err and err.count("\n") == 1 and not out and not list(tmp_path.iterdir())


def test_json_has_every_number(llama, capsys):
    files = [str(llama(x)) for x in ("austen-F32", "austen-Q4_K_M", "austen-Q2_K")]
    assert main([*files, "--json", "--windows", ":4"]) == 0
    seen = json.loads(capsys.readouterr().out)
    found = compare(*files, windows=(None, 4))
    assert seen["windows"] == [1, 4] and seen["positions"] == 252 and seen["base"] == files[0]
    for quant, ours in zip(seen["quants"], found.quants, strict=True):
        assert len(quant["tool"]) == 34
        assert quant["tool"]["Mean KLD"]["value"] == ours.kl["Mean"].value
        assert quant["tool"]["99.9% KLD"] == ours.kl["99.9%"]
        assert quant["tool"]["Same top p %"]["error_by_window"] == ours.dp["Same top p"].by_window
        assert quant["tool_by_window"] == ours.windows.tolist()
        assert quant["divergences"]["reverse"]["value"] == ours.divergences["reverse"].mean.value
    assert len(seen["tool_by_window_columns"]) == found.quants[0].windows.shape[1] == 10
    assert seen["difference"]["value"] == found.difference.mean.value
    assert "nearer" in seen["difference"]["sentence"]


def test_lines_of_a_part_have_the_numbers_of_its_windows(llama, capsys):
    assert main([str(llama("austen-F32")), str(llama("austen-Q8_0")), "--windows", "3:5"]) == 0
    assert re.findall(r"^ +(\d+) +\d+\.\d{4} ±", capsys.readouterr().out, flags=re.M) == ["3", "4", "5"]


def test_one_window_has_no_error_by_windows(llama, capsys):
    files = [str(llama(x)) for x in ("austen-F32", "austen-Q4_K_M", "austen-Q2_K")]
    assert main([*files, "--windows", "2"]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert (
        "One window has no error by windows" in out and "by positions, since there is one window only" in out
    )
    assert "Of fewer than 100 positions the tool prints no statistics" in out and "nan" not in out
    assert main([*files, "--windows", "2", "--json"]) == 0
    seen = json.loads(capsys.readouterr().out)
    assert seen["quants"][0]["tool"]["Mean KLD"]["error_by_window"] is None


@pytest.mark.parametrize("words", ["0:3", "x", "3:2", ":", "-1:2", "1:2:3", "7:9", "1.5"])
def test_windows_that_cannot_be(llama, capsys, words):
    files = [str(llama(x)) for x in ("austen-F32", "austen-Q4_K_M")]
    try:
        status = main([*files, f"--windows={words}"])
    except SystemExit as exit_:
        status = exit_.code
    err = capsys.readouterr().err
    assert status == 2 and "window" in err and "Traceback" not in err


def test_progress_goes_to_standard_error(llama, capsys, monkeypatch):
    clock = iter(range(0, 10**6, 3))
    monkeypatch.setattr("klbook.logprobs.command.time.monotonic", lambda: next(clock))
    assert main([str(llama("moby-f16")), str(llama("moby-Q2_K")), "--json"]) == 0
    out, err = capsys.readouterr()
    json.loads(out)
    assert re.search(r"252 of 252 positions, 0 s left", err)


def test_who_stops_to_read_sees_no_traceback(llama):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "klbook.logprobs", str(llama("moby-f16")), str(llama("moby-Q2_K"))]
    with subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment) as process:
        process.stdout.close()
        assert process.stderr.read() == b"" and process.wait(60) == 0


def test_a_narrow_encoding_is_no_mistake(llama):
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONIOENCODING": "ascii"}
    words = [sys.executable, "-m", "klbook.logprobs", str(llama("moby-f16")), str(llama("moby-Q2_K"))]
    done = subprocess.run(words, capture_output=True, env=environment, timeout=60)
    assert (done.returncode, done.stderr) == (0, b"") and b"Mean    KLD:" in done.stdout


def test_more_windows_than_memory_is_allowed_for(llama, monkeypatch):
    monkeypatch.setattr(together, "MOST_WINDOWS", 3)
    with pytest.raises(ValueError, match=r"4 windows are more than the 3 .* such as 1:3"):
        compare(llama("moby-f16"), llama("moby-Q2_K"))
    assert compare(llama("moby-f16"), llama("moby-Q2_K"), windows=(2, 4)).positions == 189
