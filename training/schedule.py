"""The learning rate in the course of a run: a linear warm-up, then half a cosine."""

from __future__ import annotations

import math


def rate_share(done: float, warm_up: float, lowest: float) -> float:
    """The share of the highest rate, where `done` of the run is behind us and `warm_up` of it is for rising.

    All shares are from 0 to 1; `lowest` is what is left at the end.
    """
    if done < warm_up:
        return done / warm_up
    cosine = (1 + math.cos(math.pi * (done - warm_up) / (1 - warm_up))) / 2
    return lowest + (1 - lowest) * cosine
