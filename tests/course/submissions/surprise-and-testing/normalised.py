"""Whatever comes in is divided by its sum in question 1; in question 4 the smudged days are left out.

q1: right but for what should be refused: 4 of 5.
q4: right only where no day is smudged: 1 of 4. With groups that no clear day tells about, it answers as if it knew.
"""

marks = {"q1": 4, "q4": 1}
feedback = {
    "q1": ["did you make the sum 1"],
    "q4": [
        "are left out",
        "drawn at random makes the logbook more probable",
        "many distributions are equally good",
    ],
}


# %% q1
def excess_surprise(p, q):
    p, q = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(q, dtype=float))
    p, q = p / p.sum(axis=-1, keepdims=True), q / q.sum(axis=-1, keepdims=True)
    with np.errstate(all="ignore"):
        return np.where(p > 0, p * np.log2(p / q), 0).sum(axis=-1)


# %% q4
def fit_smudged(counts, group, smudged):
    return np.array(counts) / np.sum(counts)
