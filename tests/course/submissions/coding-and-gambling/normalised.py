"""A book is made a belief that sums to 1 (1); chances are divided by their sum (4).

q1: books without room left are beliefs already, and the first two tests have no others: 2 of 4. Words of 3 bits for
    three kinds have room left, so the third test sees it, and the fourth says what it is.
q4: right but for what should be refused: 3 of 4.
"""

marks = {"q1": 2, "q4": 3}
feedback = {
    "q1": ["not what they waste", "a belief of it that sums to 1"],
    "q4": ["Chances that sum to 0.9"],
}


# %% q1
def best_book(worlds, lengths):
    worlds, belief = np.array(worlds, dtype=float), 2.0 ** -np.array(lengths, dtype=float)
    belief /= belief.sum(axis=1, keepdims=True)
    p = worlds[:, None]
    with np.errstate(all="ignore"):
        waste = np.where(p > 0, p * np.log2(p / belief), 0).sum(axis=-1)
    return waste.argmin(axis=1), waste.min(axis=1)


# %% q4
def ticket_profit(others, chances, cut, jackpot):
    chances = np.asarray(chances) / np.sum(chances)
    return chances * ((np.sum(others) + 1) * (1 - cut) + jackpot) / (others + 1) - 1
