"""Rows and columns (1), base and copy (2), and the sign of the difference (4) exchanged.

q1: two equal sums hide it, and refusing is the same: 2 of 5.
q2: rows and their mirror images diverge from each other by something above 0 in both orders, so the test of shapes
    passes, and so does refusing: 2 of 4.
q4: errors have no sign; the two tests that look at the difference fail: 2 of 4.
q5: computed with the divergences seen from the copies, whose errors are others: 0 of 2, both in the hidden test.
"""

marks = {"q1": 2, "q2": 2, "q4": 2, "q5": 0}
feedback = {
    "q1": ["stand where those of the columns", "Neither the rows nor the columns", "a row with the sum 0"],
    "q2": ["are the two exchanged", "who decides how often"],
    "q4": ["The sign", "the difference is another one"],
    "q5": ["Another number follows"],
}


# %% q1
def project(q, rows, columns):
    rows, columns = np.array(columns, dtype=float), np.array(rows, dtype=float)
    for sums in (rows, columns):
        if (sums < 0).any() or abs(sums.sum() - 1) > 1e-9:
            raise ValueError("not a distribution")
    p = q.copy()
    for _ in range(3000):
        p = np.nan_to_num(p * (rows / p.sum(axis=1))[:, None])
        p = np.nan_to_num(p * (columns / p.sum(axis=0)))
    return p


# %% q2
def divergences(base, copy):
    for rows in (base, copy):
        if (abs(np.exp(rows).sum(axis=-1) - 1) > 1e-6).any():
            raise ValueError("not a distribution")
    with np.errstate(all="ignore"):
        return np.where(copy > -np.inf, np.exp(copy) * (copy - base), 0).sum(axis=-1)


# %% q4
def paired(first, second):
    if first.shape != second.shape:
        raise ValueError("shapes")
    means = first.mean(axis=1), second.mean(axis=1)
    root = len(first) ** 0.5
    errors = [x.std(ddof=1) / root for x in means]
    return (means[0] - means[1]).mean(), (means[0] - means[1]).std(ddof=1) / root, np.hypot(*errors)
