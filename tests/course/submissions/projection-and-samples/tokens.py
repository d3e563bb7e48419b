"""Once around in 1; positions taken for independent in 3, and copies in 4; a root taken once too often in 5.

q1: a table that fits, a uniform one and refusing need no second round; the sums of rows are off elsewhere: 3 of 5.
    Scaling leaves the ratio of odds alone, so the fourth test finds the sums only.
q3: nothing: 0 of 4, and with a single window it gives an error.
q4: refusing is right: 1 of 4.
q5: 16 windows times the root of what it should be: 0 of 2.
"""

marks = {"q1": 3, "q3": 0, "q4": 1, "q5": 0}
feedback = {
    "q1": ["once around is not enough", "the sums are not right"],
    "q3": ["What is independent here", "One window says nothing", "are not independent"],
    "q4": ["What do you know more", "pairs take out", "takes the copies for independent"],
    "q5": ["twice as many are not enough"],
}


# %% q1
def project(q, rows, columns):
    rows, columns = np.array(rows), np.array(columns)
    for sums in (rows, columns):
        if (sums < 0).any() or abs(sums.sum() - 1) > 1e-9:
            raise ValueError("not a distribution")
    with np.errstate(all="ignore"):
        p = np.nan_to_num(q * (rows / q.sum(axis=1))[:, None])
        return np.nan_to_num(p * (columns / p.sum(axis=0)))


# %% q3
def mean_and_error(values):
    return values.mean(), values.std(ddof=1) / np.sqrt(values.size)


# %% q4
def paired(first, second):
    if first.shape != second.shape:
        raise ValueError("shapes")
    errors = [x.mean(axis=1).std(ddof=1) / np.sqrt(len(x)) for x in (first, second)]
    return second.mean() - first.mean(), np.hypot(*errors), np.hypot(*errors)


# %% q5
windows = [divergences(base, copy).mean(axis=1) for copy in (first, second)]
ratio = np.hypot(*(x.std(ddof=1) for x in windows)) / (windows[1] - windows[0]).std(ddof=1)
windows_needed = int(np.ceil(16 * ratio))
