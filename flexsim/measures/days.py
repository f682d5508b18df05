"""Places in use and requests waiting day by day, for pictures and for what settles or grows."""

from __future__ import annotations

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
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
from flexsim.measures.sums import Bools, Ints
from flexsim.register import NOT_YET

Floats = NDArray[np.float32]
#: Citizens present; of these with completed need; requests ready, wanted and not granted.
SERIES = ("occupied", "delayed", "waiting")


def by_day(rows: Rows, pools: int, end: int, series: Collection[str] = SERIES) -> dict[str, Floats]:
    """Averages of each whole day, shape (P, D) each.

    Parameters
    ----------
    series : collection of str
        Which of `SERIES`.
    """
    days = end // DAY
    chosen = np.array([name in series for name in SERIES])
    change = np.zeros((len(SERIES), pools, days + 2), dtype=np.int64)
    average = np.empty((len(SERIES), pools, days), dtype=np.float32)
    _add_days(rows.table, rows.wait, end, days * DAY, chosen, change, average)
    return {name: average[n] for n, name in enumerate(SERIES) if name in series}


@entry
def _add_days(
    table: Table,
    wait: Table,
    end: int,
    last: int,
    chosen: Bools,
    change: Ints,
    average: Floats,
) -> None:
    """Add stays (0), the time from completed to left (1) and waits (2); write their averages.

    `change` is by how many seconds a day has more than the one before it.
    """
    for what, column in enumerate((ADMITTED, COMPLETED)):
        if chosen[what]:
            for i in range(len(table)):
                begun = cell(table, i, column)
                if begun != NOT_YET:
                    left = until(cell(table, i, LEFT), end)
                    _add(change, what, cell(table, i, POOL), begun, left, last)
    if chosen[2]:
        for i in range(len(table)):
            if wait[i] > 0:
                begun = wait_begun(table, i)
                _add(change, 2, cell(table, i, POOL), begun, begun + wait[i], last)
    for what in range(len(chosen)):
        if chosen[what]:
            _write(change[what], average[what])


@part
def _write(change: Ints, average: Floats) -> None:
    """Averages of each day from what changes by day, shape (P, days)."""
    for pool in range(average.shape[0]):
        seconds = 0
        for day in range(average.shape[1]):
            seconds += change[pool, day]
            average[pool, day] = seconds / DAY


@part
def _add(change: Ints, what: int, pool: int, begun: int, over: int, last: int) -> None:
    """One more from `begun` until `over`."""
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
