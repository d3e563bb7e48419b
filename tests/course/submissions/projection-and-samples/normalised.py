"""Sums are made 1 (1), and so are the probabilities of a row (2), without a word.

Both are right but for what should be refused: 4 of 5, and 3 of 4.
"""

marks = {"q1": 4, "q2": 3}
feedback = {"q1": ["did you make the sum 1"], "q2": ["did you make the sums 1"]}


# %% q1
def project(q, rows, columns):
    rows, columns = np.array(rows) / np.sum(rows), np.array(columns) / np.sum(columns)
    p = q.copy()
    with np.errstate(all="ignore"):
        for _ in range(3000):
            p = np.nan_to_num(p * (rows / p.sum(axis=1))[:, None])
            p = np.nan_to_num(p * (columns / p.sum(axis=0)))
    return p


# %% q2
def divergences(base, copy):
    base, copy = (x - np.log(np.exp(x).sum(axis=-1, keepdims=True)) for x in (base, copy))
    with np.errstate(all="ignore"):
        return np.where(base > -np.inf, np.exp(base) * (base - copy), 0).sum(axis=-1)
