"""Places in use and requests waiting day by day, for pictures and for what settles or grows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.measures.periods import DAY
from flexsim.measures.rows import (
    ADMITTED,
    COMPLETED,
    LEFT,
    POOL,
    Table,
    cell,
    is_wait,
    until,
    wait_begun,
    wait_over,
)
from flexsim.measures.sums import Ints
from flexsim.register import NOT_YET

Floats = NDArray[np.float32]


def by_day(table: Table, pools: int, end: int) -> tuple[Floats, Floats, Floats]:
    """Averages of each whole day, shape (P, D) each.

    Citizens present; of these with completed need; requests ready, wanted and not granted.
    """
    days = end // DAY
    part_of_day, level = np.zeros((2, 3, pools, days + 2), dtype=np.int64)
    average = np.empty((3, pools, days), dtype=np.float32)
    _add_days(table, end, days * DAY, part_of_day, level, average)
    present, completed, waiting = average
    return present, completed, waiting


@entry
def _add_days(
    table: Table, end: int, last: int, part_of_day: Ints, level: Ints, average: Floats
) -> None:
    """Add stays (0), the time from completed to left (1) and waits (2); write their averages."""
    for i in range(len(table)):
        pool, left = cell(table, i, POOL), until(cell(table, i, LEFT), end)
        for what, column in enumerate((ADMITTED, COMPLETED)):
            begun = cell(table, i, column)
            if begun != NOT_YET:
                _add(part_of_day[what, pool], level[what, pool], begun, left, last)
        if is_wait(table, i):
            over = wait_over(table, i, end)
            _add(part_of_day[2, pool], level[2, pool], wait_begun(table, i), over, last)
    for what in range(average.shape[0]):
        for pool in range(average.shape[1]):
            whole = 0
            for day in range(average.shape[2]):
                whole += level[what, pool, day]
                average[what, pool, day] = (part_of_day[what, pool, day] + whole * DAY) / DAY


@part
def _add(part_of_day: Ints, level: Ints, begun: int, over: int, last: int) -> None:
    """One more from `begun` until `over`."""
    start, stop = min(max(begun, 0), last), min(over, last)
    if start < stop:
        _change(part_of_day, level, start, 1)
        _change(part_of_day, level, stop, -1)


@part
def _change(part_of_day: Ints, level: Ints, time: int, by: int) -> None:
    """One more or less from a time on: the rest of that day, and whole days after it."""
    day = time // DAY
    part_of_day[day] += by * ((day + 1) * DAY - time)
    level[day + 1] += by
