"""Logarithms to base 2 where nats are asked for (2).

q2: only the value by hand has a unit; nought, infinity, the shape and refusing have none: 3 of 4.
q5: a ratio of two errors in bits is that of the errors in nats: full marks.
"""

marks = {"q2": 3}
feedback = {"q2": ["in bits"]}


# %% q2
def divergences(base, copy):
    for rows in (base, copy):
        if (abs(np.exp(rows).sum(axis=-1) - 1) > 1e-6).any():
            raise ValueError("not a distribution")
    with np.errstate(all="ignore"):
        return np.where(base > -np.inf, np.exp(base) * (base - copy), 0).sum(axis=-1) / np.log(2)
