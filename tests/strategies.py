"""Hypothesis strategies: what the law tests draw from, and what they leave out.

All distributions here have 2 to 6 outcomes, with probabilities that are 0 or between about 1e-10 and 1. Left
out are

- single outcomes, where every law is trivial (the table of known answers has them);
- more than 6 outcomes, since the laws don't depend on the number (block boundaries have tests of their own);
- subnormal numbers and ratios above 1e10: a law would need tolerances there that hide mistakes elsewhere (the
  accuracy tests compare with exact arithmetic instead);
- sums that differ from 1 by more than rounding (the tests of the checks).

A number is drawn as two bytes, and all the numbers of an example as one string of bytes, which is mapped once.
Hypothesis takes most of its time for each thing that it draws, and more if things are nested: drawn number by
number, the distributions would take longer than all else in the tests. A mistake is still shown in its simplest
form: bytes become 0, which stands for the weight 1, for the least size and for the least integer. What hardly
ever comes is the same distribution twice; a law about equal ones has to make them.
"""

import math

import numpy as np
from hypothesis import strategies as st

from klbook.ideas.checks import LARGEST, SMALLEST

_CODES = 1 << 16  # numbers that two bytes can stand for


def _weights(kinds):
    """A weight for each code: of so many kinds, of which the first two are positive and others 0."""
    kind, place = np.arange(_CODES) % kinds, np.arange(_CODES) // kinds
    simple = 1.0 + place % 20  # ties and simple fractions
    spread = 10 ** (-9 * place * kinds / _CODES)  # very different sizes
    return np.select([kind == 0, kind == 1], [simple, spread], 0.0)


_POSITIVE, _WEIGHTS = _weights(kinds=2), _weights(kinds=3)


def _drawn(count, decode):
    """What `decode` makes of so many codes."""
    return st.binary(min_size=2 * count, max_size=2 * count).map(
        lambda drawn: decode(np.frombuffer(drawn, ">u2").astype(int))
    )


def _rows(count, sizes, decode):
    """What `decode` makes of codes with `count` rows and as many columns as the first code says."""
    least, most = sizes

    def rows(codes):
        columns = least + codes[0] % (most - least + 1)
        return decode(codes[1:].reshape(count, most)[:, :columns])

    return _drawn(1 + count * most, rows)


def _distribution(codes, zeros=True):
    weights = (_WEIGHTS if zeros else _POSITIVE)[codes].tolist()
    total = math.fsum(weights)
    if total == 0:  # then the last outcome is certain
        return np.eye(len(weights))[-1]
    return np.array([w / total for w in weights])


def distributions(size, zeros=True):
    """One distribution on `size` outcomes; without `zeros`, every outcome is possible."""
    return _drawn(size, lambda codes: _distribution(codes, zeros))


def any_distribution(least=2, most=6, zeros=True):
    """One distribution, on so many outcomes."""
    return _rows(1, (least, most), lambda rows: _distribution(rows[0], zeros))


def tuples_of_distributions(count, zeros=True, most=6):
    """`count` distributions on the same outcomes."""
    return _rows(count, (2, most), lambda rows: tuple(_distribution(codes, zeros) for codes in rows))


def pairs(zeros=True, most=6):
    """The world p and the belief q on the same outcomes."""
    return tuples_of_distributions(2, zeros, most)


def channels(rows):
    """A stochastic matrix with `rows` rows: what each outcome may be turned into."""
    return _rows(rows, (1, 4), lambda codes: np.array([_distribution(row) for row in codes]))


def joint_pairs():
    """Two joint distributions of (x, y), all cells positive, so that conditionals exist."""

    def decode(codes):
        shape = [(2, 2), (2, 3), (3, 2), (3, 3)][codes[0] % 4]
        tables = codes[1:].reshape(2, 9)[:, : math.prod(shape)]
        return tuple(_distribution(table, zeros=False).reshape(shape) for table in tables)

    return _drawn(19, decode)


def counts_and_distributions(count, most, zeros=True):
    """How often each outcome was seen, up to `most` times and one at least once, and `count` distributions."""

    def decode(rows):
        counts = rows[0] % (most + 1)
        counts[-1] += not counts.any()
        return counts, *(_distribution(codes, zeros) for codes in rows[1:])

    return _rows(1 + count, (2, 6), decode)


def numbers_and_distributions(count):
    """A number from −10 to 10 for each outcome, not all the same, and `count` distributions without zeros.

    The numbers are whole, so that a mean can be at an end.
    """

    def decode(rows):
        numbers = rows[0] % 21 - 10
        numbers[-1] += not np.ptp(numbers)
        return numbers, *(_distribution(codes, zeros=False) for codes in rows[1:])

    return _rows(1 + count, (2, 6), decode)


def vectors(count):
    """`count` vectors of one length, 2 to 6, of numbers between 0.001 and 1000."""
    return _rows(count, (2, 6), lambda codes: 10 ** (6 * codes / _CODES - 3))


def reals(least, most):
    """Real numbers in a range, 0 or of a size that the ideas promise to be right for."""
    return st.floats(least, most).filter(lambda x: x == 0 or abs(x) >= SMALLEST)


# Over all sizes that are promised, the ends included.
real_numbers = st.one_of(
    st.builds(
        lambda sign, exponent: sign * 10.0**exponent, st.sampled_from([-1, 1]), st.floats(-149.9, 149.9)
    ),
    st.sampled_from([0.0, 1.0, SMALLEST, -SMALLEST, LARGEST, -LARGEST]),
)
# Three outcomes, of which one or two have a probability of any size, subnormal or 0.
tiny_distributions = st.builds(
    lambda a, b: np.array([a, b, 1 - (a + b)]),
    *[st.one_of(st.floats(-323.3, -1).map(lambda e: 10.0**e), st.sampled_from([0.0, 5e-324, 0.25]))] * 2,
)
subsets = _drawn(6, lambda codes: codes % 2 == 1)
orders = _drawn(6, lambda codes: np.argsort(codes, kind="stable"))
fractions_of_one = st.floats(0, 1)
bases = st.sampled_from([1.5, 2, math.e, 3, 10, 256])
