"""Stretches of time that results are given for."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

DAY = 86_400
YEAR = 365 * DAY

ALL = "all"


@dataclass(frozen=True)
class Period:
    """A stretch of time that results are given for: [start, stop) seconds."""

    name: str
    start: int
    stop: int

    @property
    def seconds(self) -> int:
        """Length in seconds."""
        return self.stop - self.start

    @property
    def years(self) -> float:
        """Length in years of 365 days."""
        return self.seconds / YEAR


def counted_periods(warm_up: int, end: int) -> list[Period]:
    """The whole window after the warm-up ("all"), then its whole budget years."""
    edges = segment_edges(warm_up, end)[1:-1].tolist()
    years = enumerate(pairwise(edges), start=1)
    return [Period(ALL, warm_up, end), *(Period(str(n), a, b) for n, (a, b) in years)]


def segment_edges(warm_up: int, end: int) -> NDArray[np.int64]:
    """Edges of the segments of a run: the warm-up, each whole budget year, and what is left.

    The first and the last segment may be empty. Every period above is a sum of segments, and so is
    every period of the ledger, so whatever is added up is added up by segment.
    """
    years = (end - warm_up) // YEAR
    whole = (warm_up + n * YEAR for n in range(years + 1))
    return np.array([0, *whole, end], dtype=np.int64)
