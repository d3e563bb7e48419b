"""The smallest files that can be."""

import math

import numpy as np
import pytest

from klbook.logprobs import compare, write_logprobs
from klbook.logprobs.command import main


def test_one_position_of_two_tokens(tmp_path, capsys):
    """n = 3: one scored position. Everything by hand."""
    write_logprobs(tmp_path / "p", [[0, 0, 1]], [np.log([[0.75, 0.25]])])
    write_logprobs(tmp_path / "q", [[0, 0, 1]], [np.log([[0.5, 0.5]])])
    assert main([str(tmp_path / "p"), str(tmp_path / "q")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "1 position: window 1 of 3 tokens" in out
    assert "takes the errors for 0" in out
    found = compare(tmp_path / "p", tmp_path / "q").quants[0]
    d = found.divergences
    assert d["plain"].mean.value == pytest.approx(0.75 * math.log(1.5) + 0.25 * math.log(0.5), abs=1e-5)
    assert d["reverse"].mean.value == pytest.approx(0.5 * math.log(2 / 3) + 0.5 * math.log(2), abs=1e-5)
    assert found.ppl["Mean PPL(Q)"].value == pytest.approx(2) and found.ppl[
        "Mean PPL(base)"
    ].value == pytest.approx(4)
    assert found.dp["Mean"].value == pytest.approx(25, abs=1e-3) and found.dp["Same top p"].value == 100
    for lines in (found.kl, found.dp):
        numbers = {round(x, 6) for x in lines.values() if isinstance(x, float)}
        assert len(numbers) == 1  # each share of one value is that value


def test_where_every_position_is_on_the_floor_no_ratio_is_told(tmp_path, capsys):
    for name, last in (("p", -24), ("q", -14)):
        write_logprobs(tmp_path / name, [[0, 1, 1, 2]], [[[0, -3, last]]])
    assert main([str(tmp_path / "p"), str(tmp_path / "q")]) == 0
    out = " ".join(capsys.readouterr().out.split())
    assert "That spoils PPL and the ln ratio; no other position is left." in out
    assert "which is nan" not in out
