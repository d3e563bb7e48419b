"""What the figures of `your-chapter` show, computed a second time: without a function of klbook."""

import math

import numpy as np

from references import reference
from references.marks import Curve


@reference("your-chapter-first")
def your_chapter_first(p):
    halvings = math.log(1 / p, 2)
    return (
        {"halvings": halvings},
        {"dot": [(p, halvings)], "curve": Curve(lambda x: -np.log(x) / np.log(2), 1 / 64, 1)},
    )
