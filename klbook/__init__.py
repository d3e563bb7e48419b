"""Helper package of the book *Six and a half intuitions for KL divergence, as experiments*.

What a reader of the book calls is found right here; importing it loads nothing heavier than NumPy.
"""

from klbook.ideas.surprise import (
    cross_entropy,
    entropy,
    kl_divergence,
    kl_divergence_from_logs,
    pointwise_kl,
    surprisal,
)
from klbook.ideas.weather import OUTCOMES, P, Q, sample_days

__all__ = [
    "OUTCOMES",
    "P",
    "Q",
    "cross_entropy",
    "entropy",
    "kl_divergence",
    "kl_divergence_from_logs",
    "pointwise_kl",
    "sample_days",
    "show",
    "surprisal",
]


def __getattr__(name):
    if name == "show":
        from klbook.explorers import show  # only now: it loads Matplotlib

        return show
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
