"""The shares of the whole record (2), the average loss (3), a ticket that nobody shares with its buyer (4).

q2: refusing is right: 1 of 4. A record of one symbol has the share 1 and takes nothing.
q3: the average loss is never more than the loss and never below itself, so the second test passes: 1 of 4.
q4: nothing is right; a number that nobody else has bought divides by 0: 0 of 4.
"""

marks = {"q2": 1, "q3": 1, "q4": 0}
feedback = {
    "q2": ["shares of the whole record", "whichever it is", "For 3,000 symbols"],
    "q3": ["the loss on average", "the loss on average", "everything"],
    "q4": ["do they share with you", "has a profit, too", "With a cut and a jackpot", "For number 0"],
}


# %% q2
def learning_bits(symbols, k):
    if any(x not in range(k) for x in symbols):
        raise ValueError("no such symbol")
    counts = np.bincount(np.array(symbols, dtype=int), minlength=k)
    shares = counts[counts > 0] / max(1, len(symbols))
    return -len(symbols) * np.sum(shares * np.log2(shares))


# %% q3
def largest_premium(wealth, loss, chance):
    if np.any(np.asarray(loss) > np.asarray(wealth)):
        raise ValueError("too much")
    return loss * chance + 0 * wealth


# %% q4
def ticket_profit(others, chances, cut, jackpot):
    if abs(np.sum(chances) - 1) > 1e-9:
        raise ValueError("chances")
    with np.errstate(all="ignore"):
        return chances * ((np.sum(others) + 1) * (1 - cut) + jackpot) / others - 1
