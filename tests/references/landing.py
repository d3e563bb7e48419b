"""The explorer of the landing page."""

import math

from references import reference
from references.marks import Bars

TRUTH, OLD = (1 / 2, 1 / 4, 1 / 8, 1 / 8), (1 / 8, 1 / 2, 1 / 4, 1 / 8)


@reference("first-look")
def first_look(wrong):
    """The truth surprises by 1, 2, 3 and 3 bits: 1.75 on average."""
    belief = [p + wrong * (q - p) for p, q in zip(TRUTH, OLD, strict=True)]
    believer = -math.fsum(p * math.log(b) for p, b in zip(TRUTH, belief, strict=True)) / math.log(2)
    return {"right": 1.75, "believer": believer, "extra": believer - 1.75}, {
        "x-axis": dict(enumerate(("sun", "cloud", "rain", "snow"))),
        "legend": {"truth": "how often it happens", "belief": "what is believed"},
        "truth": Bars([(k - 0.2, p) for k, p in enumerate(TRUTH)], width=0.38),
        "sun": [(0.2, belief[0])],
        "belief": Bars([(k + 0.2, b) for k, b in enumerate(belief)], width=0.38),
    }
