"""The entropy (1) and the lengths (2) in nats.

q1: lengths are given in bits, so every waste is wrong where the entropy is not 0, and each of the four tests has such a
    town: 0 of 4.
q2: refusing has no unit: 1 of 4.
"""

marks = {"q1": 0, "q2": 1}
feedback = {
    "q1": [
        "your entropy is in nats",
        "All five towns are the same",
        "not what they waste",
        "not measured by its lengths",
    ],
    "q2": ["in nats", "you count nats", "in nats"],
}


# %% q1
def best_book(worlds, lengths):
    worlds, lengths = np.array(worlds, dtype=float), np.array(lengths, dtype=float)
    with np.errstate(all="ignore"):
        entropy = -np.where(worlds > 0, worlds * np.log(worlds), 0).sum(axis=1)
        each = np.where(worlds[:, None] > 0, worlds[:, None] * lengths, 0).sum(axis=-1)
    return each.argmin(axis=1), each.min(axis=1) - entropy


# %% q2
def learning_bits(symbols, k):
    counts, nats = np.ones(k), 0.0
    for x in symbols:
        if x not in range(k):
            raise ValueError(x)
        nats -= np.log(counts[x] / counts.sum())
        counts[x] += 1
    return nats
