"""Natural logarithms in questions 1 and 2.

q1: nought and infinity are the same in all units, and so is refusing: 2 of 5.
q2: only what a morning that never comes does is the same in all units: 1 of 4.
"""

marks = {"q1": 2, "q2": 1}
feedback = {
    "q1": ["in nats", "in nats", "in nats"],
    "q2": ["in nats", "in nats", "in nats"],
}


# %% q1
def excess_surprise(p, q):
    p, q = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(q, dtype=float))
    for given in (p, q):
        if (given < 0).any() or (abs(given.sum(axis=-1) - 1) > 1e-9).any():
            raise ValueError("not a distribution")
    with np.errstate(all="ignore"):
        return np.where(p > 0, p * np.log(p / q), 0).sum(axis=-1)


# %% q2
def two_steps(p, q):
    rows = p.sum(axis=1), q.sum(axis=1)
    with np.errstate(all="ignore"):
        first = np.where(rows[0] > 0, rows[0] * np.log(rows[0] / rows[1]), 0).sum()
        whole = np.where(p > 0, p * np.log(p / q), 0).sum()
    return first, whole - first
