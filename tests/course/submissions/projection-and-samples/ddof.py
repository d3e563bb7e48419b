"""The spread of the windows divided by their number instead of by one less (3).

q3: one window is refused: 1 of 4. With six windows the error is too small by the root of 5/6, about a tenth.
"""

marks = {"q3": 1}
feedback = {"q3": ["how many are left to estimate it", "a tenth too small"]}


# %% q3
def mean_and_error(values):
    if len(values) < 2:
        raise ValueError("one window")
    return values.mean(), values.mean(axis=1).std() / np.sqrt(len(values))
