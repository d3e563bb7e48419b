"""What a comparison finds out."""

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np

__all__ = ["LINE", "Comparison", "Difference", "Divergence", "Estimate", "Quant"]

#: The columns of the tool's table of windows: each value so far and its error; of the last two in percent.
LINE = [
    f"{name}{what}"
    for name in ("PPL(Q)", "ln(PPL(Q)/PPL(base))", "KLD", "RMS Δp", "Same top p")
    for what in ("", " ±")
]


class Estimate(NamedTuple):
    """A mean, or a function of means, with two standard errors.

    `error` is the tool's, which takes all positions for independent. `by_window` takes only the windows for
    independent; it is NaN if there is only one.
    """

    value: float
    error: float
    by_window: float


class Divergence(NamedTuple):
    """A divergence in nats a token: its mean, its least and greatest value, and at how many positions it is below 0."""

    mean: Estimate
    least: float
    most: float
    below_zero: int


class Difference(NamedTuple):
    """How much farther from the base the first quantised model is than the second, in nats a token.

    `mean` is paired: its errors are those of the differences of the Bregman sums at each position. `unpaired` is the
    error that the difference of two separate means has (by positions).
    """

    mean: Estimate
    unpaired: float


@dataclass
class Quant:
    """One quantised model against the base.

    Attributes
    ----------
    name : str, path of its file
    ppl, kl, dp : dict
        The tool's lines in its order, by its words. An `Estimate` where the tool prints an error, else a float. Nats in
        `kl`; percent in `dp`, and for the correlation in `ppl`.
    windows : ndarray, (windows, 10): what the tool prints after each window; the columns are `LINE`
    divergences : dict of Divergence
        ``"plain"``: the tool's sum Σ p ln(p/q), over tokens with ln p > −16. ``"bregman"``: Σ p ln(p/q) − p + q over
        all tokens. ``"reverse"``: the latter with p and q exchanged.
    code_noise : float, root mean square of the difference of plain and bregman at a position
    floor, floor_either : int
        At how many positions the token that came stands on the floor of this file; of this or of the base's.
    ln_ratio_off_floor : float, mean ln(PPL(Q)/PPL(base)) over all other positions
    ties : int, positions where several tokens are the likeliest in this file
    """

    name: str
    ppl: dict
    kl: dict
    dp: dict
    windows: np.ndarray
    divergences: dict
    code_noise: float
    floor: int
    floor_either: int
    ln_ratio_off_floor: float
    ties: int


@dataclass
class Comparison:
    """What `klbook.logprobs.compare` found out.

    Attributes
    ----------
    base : str, path of the base model's file
    n_ctx, n_vocab : int, tokens in a window, and in the vocabulary
    windows : (int, int), the first and the last that were read, counted from 1
    scored, n_windows, positions : int, scored positions in a window, windows that were read, and their product
    notes : list of str, sentences about the files
    floor, ties : int, as in `Quant`, for the base's file
    quants : list of Quant
    difference : Difference of two quantised models, or None
    """

    base: str
    n_ctx: int
    n_vocab: int
    windows: tuple
    scored: int
    notes: list
    floor: int = 0
    ties: int = 0
    quants: list = field(default_factory=list)
    difference: Difference | None = None

    @property
    def n_windows(self):
        return self.windows[1] - self.windows[0] + 1

    @property
    def positions(self):
        return self.n_windows * self.scored
