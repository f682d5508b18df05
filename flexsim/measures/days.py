"""Places in use and requests waiting day by day, for pictures and for what settles or grows."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.jit_table import as_table
from flexsim.measures.intake import Rows
from flexsim.measures.periods import DAY
from flexsim.measures.rows import (
    ADMITTED,
    COMPLETED,
    LEFT,
    POOL,
    Table,
    cell,
    until,
    wait_begun,
)
from flexsim.measures.sums import Ints
from flexsim.register import NOT_YET

Floats = NDArray[np.float32]
#: Citizens present; of these with completed need; requests ready, wanted and not granted.
SERIES = ("occupied", "delayed", "waiting")
STAYS, _, WAITS = range(len(SERIES))


def by_day(rows: Rows, pools: int, end: int, series: Collection[str] = SERIES) -> dict[str, Floats]:
    """Averages of each whole day, shape (P, D) each.

    Parameters
    ----------
    series : collection of str
        Which of `SERIES`.
    """
    found = {}
    for what, name in enumerate(SERIES):
        if name in series:
            change = np.zeros((pools, end // DAY + 2), dtype=np.int64)
            found[name] = np.empty((pools, end // DAY), dtype=np.float32)
            _average(rows.table, rows.wait, what, end, change, found[name])
    return found


@entry
def _average(table: Table, wait: Table, what: int, end: int, change: Ints, average: Floats) -> None:
    """One of `SERIES`, by its position.

    `change` is by how many seconds a day has more than the one before it.
    """
    table, wait = as_table(table, "table"), as_table(wait, "wait")
    change, average = as_table(change, "change"), as_table(average, "average")
    last = average.shape[1] * DAY
    for i in range(len(table)):
        if what == WAITS:
            begun = wait_begun(table, i)
            over = begun + wait[i]
        else:
            begun = cell(table, i, ADMITTED if what == STAYS else COMPLETED)
            over = NOT_YET if begun == NOT_YET else until(cell(table, i, LEFT), end)
        start, stop = min(max(begun, 0), last), min(over, last)
        if start < stop:
            pool = cell(table, i, POOL)
            _change(change, pool, start, 1)
            _change(change, pool, stop, -1)
    for pool in range(average.shape[0]):
        seconds = 0
        for day in range(average.shape[1]):
            seconds += change[pool, day]
            average[pool, day] = seconds / DAY


@part
def _change(change: Ints, pool: int, time: int, by: int) -> None:
    """One more or less from a time on: for the rest of that day, and on all days after it."""
    day, of_day = time // DAY, time % DAY
    change[pool, day] += by * (DAY - of_day)
    change[pool, day + 1] += by * of_day
