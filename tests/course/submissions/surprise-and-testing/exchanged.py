"""World and belief exchanged in questions 1 and 2, the two costs in question 3.

q1: what does not depend on the order is refusing bad input; all else fails. The test of zeros meets its second row
    first: the world (1, 0) and the belief (1/2, 1/2), which this answer calls infinite.
q2: nothing is right: sums and weights are those of the other world. For a morning that only q knows the whole day and
    the morning are infinite, and their difference is no number.
q3: with equal costs (one day, and the ends) the exchange is not seen: 2 of 5.
"""

marks = {"q1": 1, "q2": 0, "q3": 2}
feedback = {
    "q1": ["are the two exchanged", "world q and a belief p", "who decides how often", "are exchanged"],
    "q2": ["for a world q and a belief p", "in a world q with a belief p", "gives nan", "are exchanged"],
    "q3": ["Without any day", "The costs are exchanged", "count the records"],
}


# %% q1
def excess_surprise(p, q):
    p, q = np.broadcast_arrays(np.asarray(p, dtype=float), np.asarray(q, dtype=float))
    for given in (p, q):
        if (given < 0).any() or (abs(given.sum(axis=-1) - 1) > 1e-9).any():
            raise ValueError("not a distribution")
    with np.errstate(all="ignore"):
        return np.where(q > 0, q * np.log2(q / p), 0).sum(axis=-1)


# %% q2
def two_steps(p, q):
    rows = q.sum(axis=1), p.sum(axis=1)
    with np.errstate(all="ignore"):
        first = np.where(rows[0] > 0, rows[0] * np.log2(rows[0] / rows[1]), 0).sum()
        whole = np.where(q > 0, q * np.log2(q / p), 0).sum()
        return first, whole - first


# %% q3
def least_cost(p, q, days, prior_p, false_alarm, miss):
    of_p, of_q = np.ones(1), np.ones(1)
    for _ in range(days):
        of_p, of_q = np.kron(of_p, p), np.kron(of_q, q)
    return np.minimum(prior_p * of_p * miss, (1 - prior_p) * of_q * false_alarm).sum()
