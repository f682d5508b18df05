"""Places in use day by day, for pictures."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.measures.periods import DAY
from flexsim.measures.rows import ADMITTED, COMPLETED, LEFT, POOL, Table, cell, until
from flexsim.measures.sums import Ints
from flexsim.register import NOT_YET

Floats = NDArray[np.float32]


def by_day(table: Table, pools: int, end: int) -> tuple[Floats, Floats]:
    """Average number present on each whole day, and of these with completed need, shape (P, D)."""
    days = end // DAY
    part_of_day, level = np.zeros((2, 2, pools, days + 2), dtype=np.int64)
    average = np.empty((2, pools, days), dtype=np.float32)
    _add_days(table, end, days * DAY, part_of_day, level, average)
    present, completed = average
    return present, completed


@entry
def _add_days(
    table: Table, end: int, last: int, part_of_day: Ints, level: Ints, average: Floats
) -> None:
    """Add all stays (0) and the time from completed to left (1), and write their averages."""
    for i in range(len(table)):
        pool, left = cell(table, i, POOL), until(cell(table, i, LEFT), end)
        for what, column in enumerate((ADMITTED, COMPLETED)):
            begun = cell(table, i, column)
            start, stop = min(max(begun, 0), last), min(left, last)
            if begun != NOT_YET and start < stop:
                _change(part_of_day[what, pool], level[what, pool], start, 1)
                _change(part_of_day[what, pool], level[what, pool], stop, -1)
    for what in range(average.shape[0]):
        for pool in range(average.shape[1]):
            whole = 0
            for day in range(average.shape[2]):
                whole += level[what, pool, day]
                average[what, pool, day] = (part_of_day[what, pool, day] + whole * DAY) / DAY


@part
def _change(part_of_day: Ints, level: Ints, time: int, by: int) -> None:
    """One more or less from a time on: the rest of that day, and whole days after it."""
    day = time // DAY
    part_of_day[day] += by * ((day + 1) * DAY - time)
    level[day + 1] += by
