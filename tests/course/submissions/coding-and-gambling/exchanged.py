"""A symbol is counted before it is coded (2); the chances of loss and no loss are exchanged (3).

q2: only refusing is right: 1 of 4.
q3: at the chance 1/2 the exchange is not seen: 1 of 4. At the chance 0.9 the premium is the one for 0.1, below the
    average loss.
"""

marks = {"q2": 1, "q3": 1}
feedback = {
    "q2": ["counted a symbol before coding it", "whichever it is", "For 3,000 symbols"],
    "q3": ["at least the loss on average", "chances are exchanged", "A loss that cannot happen"],
}


# %% q2
def learning_bits(symbols, k):
    counts, bits = np.ones(k), 0.0
    for x in symbols:
        if x not in range(k):
            raise ValueError(x)
        counts[x] += 1
        bits -= np.log2(counts[x] / counts.sum())
    return bits


# %% q3
def largest_premium(wealth, loss, chance):
    if np.any(np.asarray(loss) > np.asarray(wealth)):
        raise ValueError("too much")
    return wealth - wealth**chance * (wealth - loss) ** (1 - chance)
