"""Places in use and requests waiting day by day, for pictures and for what settles or grows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.jit_table import as_table
from flexsim.measures.intake import Rows
from flexsim.measures.periods import DAY
from flexsim.measures.room import room
from flexsim.measures.rows import (
    ADMITTED,
    COMPLETED,
    LEFT,
    POOL,
    Table,
    cell,
    until,
    wait_begun,
    wide,
)
from flexsim.measures.sums import Ints
from flexsim.register import NOT_YET

Floats = NDArray[np.float32]
#: Citizens present; of these with completed need; requests ready, wanted and not granted.
SERIES = ("occupied", "delayed", "waiting")
OCCUPIED, DELAYED, WAITING = range(len(SERIES))


def by_day(rows: Rows, pools: int, end: int) -> dict[str, Floats]:
    """Averages of each whole day by `SERIES`, shape (P, D) each."""
    days = end // DAY
    change = room("change of days", (len(SERIES), pools, days + 2), np.int64)
    found = np.empty((len(SERIES), pools, days), dtype=np.float32)
    _average(rows.table, rows.wait, end, change, found)
    return dict(zip(SERIES, found, strict=True))


@entry
def _average(table: Table, wait: Table, end: int, change: Ints, average: Floats) -> None:
    """Set averages of each day, shape (series, P, D).

    `change` is by how many seconds a day has more than the one before it.
    """
    table, wait = as_table(table, "table"), as_table(wait, "wait")
    change, average = as_table(change, "change"), as_table(average, "average")
    last = average.shape[2] * DAY
    for what in range(len(SERIES)):
        for pool in range(change.shape[1]):
            for day in range(change.shape[2]):
                change[what, pool, day] = 0
    for i in range(len(table)):
        pool, left = cell(table, i, POOL), until(cell(table, i, LEFT), end)
        if table[i, ADMITTED] != NOT_YET:
            _present(change, OCCUPIED, pool, cell(table, i, ADMITTED), left, last)
        if table[i, COMPLETED] != NOT_YET:
            _present(change, DELAYED, pool, cell(table, i, COMPLETED), left, last)
        if wait[i] > 0:
            begun = wait_begun(table, i)
            _present(change, WAITING, pool, begun, begun + wide(wait[i]), last)
    for what in range(len(SERIES)):
        for pool in range(average.shape[1]):
            seconds = 0
            for day in range(average.shape[2]):
                seconds += change[what, pool, day]
                average[what, pool, day] = seconds / DAY


@part
def _present(change: Ints, what: int, pool: int, begun: int, over: int, last: int) -> None:
    """One more from a time until another, within the whole days."""
    start, stop = min(max(begun, 0), last), min(over, last)
    if start < stop:
        _change(change, what, pool, start, 1)
        _change(change, what, pool, stop, -1)


@part
def _change(change: Ints, what: int, pool: int, time: int, by: int) -> None:
    """One more or less from a time on: for the rest of that day, and on all days after it."""
    day, of_day = time // DAY, time % DAY
    change[what, pool, day] += by * (DAY - of_day)
    change[what, pool, day + 1] += by * of_day
