"""Side information: how much faster money grows if you see something before you bet.

Two gamblers are compared. The difference of their growth is computed from the ratio of their payoffs, so that
what is tiny keeps its digits.
"""

import math

import numpy as np

from klbook.ideas.checks import as_array, as_joint, broadcast, check_base, refuse
from klbook.ideas.gambling import kelly_bet, wealth_factors
from klbook.ideas.numerics import deviance, weighted_sum

__all__ = ["value_of_side_information"]


def value_of_side_information(joint, odds=None, *, cash=False, base=2):
    """How much faster wealth grows for a gambler who sees y before betting on x.

    It is the doubling rate of the Kelly bet on p(x|y), averaged over y, minus that of the Kelly bet on p(x). Without
    cash, and at fair odds, it is the mutual information of x and y; if cash is held back against a take, it may be
    less. Source: Cover and Thomas, 2nd ed., section 6.2.

    Parameters
    ----------
    joint : array_like, probabilities of shape (..., outcomes of x, outcomes of y), with a sum of 1 over both axes
    odds : array_like, optional, odds on x, along the last axis; if not given, as many as there are outcomes of x
    cash : bool, whether money can be held back; if not, the odds don't matter
    base : float, unit of the answer: with 2, doublings per round

    Returns
    -------
    float64 or ndarray, the common shape of `joint` and `odds` without the axes of outcomes; never negative

    Raises
    ------
    TypeError, ValueError
        If `joint` has no two axes or is not a distribution over both, odds are not positive and finite, the shapes
        don't fit, or `base` is no base of logarithms.

    Examples
    --------
    >>> print(value_of_side_information([[1 / 2, 0], [0, 1 / 2]]))  # y gives x away
    1.0
    """
    joint = as_joint(joint)
    odds = as_array(float(joint.shape[-2]) if odds is None else odds, "odds")
    refuse(np.isinf(odds), odds, "odds", "odds are finite here")
    p_x, p_y = joint.sum(axis=-1), joint.sum(axis=-2)
    # A y that cannot happen counts with probability 0, so any distribution of x will do for it.
    given_y = np.where(p_y[..., None] > 0, np.swapaxes(joint, -1, -2), 1)
    given_y = given_y / given_y.sum(axis=-1, keepdims=True)
    odds_y = odds[..., None, :] if odds.ndim else odds
    unit = math.log(check_base(base))
    bets = broadcast(
        kelly_bet(given_y, odds_y, cash=cash), kelly_bet(p_x, odds, cash=cash)[..., None, :], names=("", "")
    )
    informed, blind = (wealth_factors(bet, odds_y) for bet in bets)
    with np.errstate(divide="ignore", invalid="ignore"):
        # Nothing gains over the Kelly bet on p(x|y), so what is below 0 is rounding.
        gains = np.maximum(weighted_sum(given_y, np.log(informed) - np.log(blind)), 0)
    # Where both bets are the probabilities, the odds cancel in the ratio of the payoffs, which is p(x|y)/p(x).
    # Both sum to 1, so p(x|y)·log(p(x|y)/p(x)) may be summed as what is never below 0.
    believed = (bets[0] == given_y).all(axis=-1) & (bets[1] == p_x[..., None, :]).all(axis=-1)
    gains = np.where(believed, deviance(*bets, bets[0] - bets[1]).sum(axis=-1), gains)
    return weighted_sum(p_y, gains) / unit
