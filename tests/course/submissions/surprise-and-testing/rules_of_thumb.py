"""Afternoons weighed alike (2), a rule that forgets the costs (3), and one added to each count (4).

q2: the morning is right, and a row of zeros is left out, but what the afternoons add is not; by hand it says 1/2
    instead of 3/4. In the test of mornings that never come every afternoon adds nothing: 1 of 4.
q3: with equal costs and chances, and with no day (a tie, decided for p, which is right there), the rule is the best
    one, and so it is at the ends: 3 of 5.
q4: nothing is right, and what is open is answered: 0 of 4.
"""

marks = {"q2": 1, "q3": 3, "q4": 0}
feedback = {
    "q2": ["weighs the mornings alike", "do not add up", "weigh each morning"],
    "q3": ["cheaper on average", "5 days"],
    "q4": ["how many of them belong", "did you add something", "drawn at random", "many distributions"],
}


# %% q2
def two_steps(p, q):
    comes = p.sum(axis=1) > 0
    p, q = p[comes], q[comes]
    rows = p.sum(axis=1), q.sum(axis=1)
    first = (rows[0] * np.log2(rows[0] / rows[1])).sum()
    p, q = p / rows[0][:, None], q / rows[1][:, None]
    with np.errstate(all="ignore"):
        return first, np.where(p > 0, p * np.log2(p / q), 0).sum(axis=1).mean()


# %% q3
def least_cost(p, q, days, prior_p, false_alarm, miss):
    of_p, of_q = np.ones(1), np.ones(1)
    for _ in range(days):
        of_p, of_q = np.kron(of_p, p), np.kron(of_q, q)
    says_p = of_p >= of_q
    return prior_p * of_p[~says_p].sum() * false_alarm + (1 - prior_p) * of_q[says_p].sum() * miss


# %% q4
def fit_smudged(counts, group, smudged):
    counts = np.array(counts, dtype=float) + 1
    counts[group] += smudged / len(group)
    return counts / counts.sum()
