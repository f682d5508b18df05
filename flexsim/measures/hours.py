"""Waits and stays counted by whole hours, so that replications can be added up.

Hour 0 holds those of length zero, hour h those in (h - 1, h].
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.jit_table import as_table
from flexsim.measures.intake import Contents, Rows
from flexsim.measures.levels import Law
from flexsim.measures.order import put_in_order
from flexsim.measures.rows import (
    ADMITTED,
    ENDED,
    GRANTED,
    LEFT,
    POOL,
    WANTED,
    Table,
    cell,
    is_stay,
    until,
    wide,
)
from flexsim.measures.sums import Clock, Ints
from flexsim.register import NOT_YET

HOUR = 3_600
Keys = NDArray[np.int32] | Ints
#: What is counted by level: waits and stays by hour, and time by citizens present.
COUNTED = ("wait_place", "stay", "occupied")


class Counts(NamedTuple):
    """Counts by level. A cell is what is counted (`COUNTED`) at a pool, pool by pool; N rows."""

    first: Ints  # (len(COUNTED) x P + 1,) where the rows of each cell begin
    level: NDArray[np.int32]  # (N,) ascending in a cell
    over: Keys  # (N,)
    open: Keys  # (N,)


def count(rows: Rows, contents: Contents, clock: Clock, law: Law) -> Counts:
    """Waits of the window's cohort, stays begun in it, and the law of citizens present."""
    begun, waits, longest = contents.totals.tolist()
    hours, pools = longest // HOUR + 2, len(contents.stays)
    width = np.int32 if pools * hours * 2 <= np.iinfo(np.int32).max else np.int64
    keys, spare = np.empty(waits + begun, width), np.empty(max(waits, begun), width)
    return Counts(
        *_count(rows.table, rows.wait, clock, hours, pools, keys[:waits], keys[waits:], spare, law)
    )


@entry
def _count(
    table: Table,
    wait: Table,
    clock: Clock,
    hours: int,
    pools: int,
    waits: Keys,
    stays: Keys,
    spare: Keys,
    law: Law,
) -> tuple[Ints, NDArray[np.int32], Keys, Keys]:
    """Count; `waits`, `stays` and `spare` are room for keys."""
    table, wait = as_table(table, "table"), as_table(wait, "wait")
    at_once = np.zeros((2, pools, 2), dtype=np.int64)
    waits = waits[: _put_waits(table, wait, clock, hours, waits, at_once[0])]
    stays = stays[: _put_stays(table, clock, hours, stays, at_once[1])]
    found = _order(waits, spare, at_once[0]) + _order(stays, spare, at_once[1])
    for k in range(len(law.seconds)):
        found += law.seconds[k] > 0
    first = np.zeros(len(COUNTED) * pools + 1, dtype=np.int64)
    level = np.empty(found, dtype=np.int32)
    over, open_ = np.zeros(found, table.dtype), np.zeros(found, table.dtype)
    at = _tally(waits, at_once[0], hours, 0, first, level, over, open_)
    at = _tally(stays, at_once[1], hours, at, first[pools:], level, over, open_)
    _levels(law, at, first[2 * pools :], level, over)
    return first, level, over, open_


@part
def _levels(law: Law, n: int, begin: Ints, level: Keys, over: Keys) -> None:
    """Write down the levels with any time, pool by pool, from row `n` on."""
    for pool in range(len(law.first) - 1):
        begin[pool] = n
        for k in range(law.first[pool], law.first[pool + 1]):
            if law.seconds[k] > 0:
                level[n], over[n] = k - law.first[pool], law.seconds[k]
                n += 1
    begin[len(law.first) - 1] = n


@part
def _put(
    keys: Keys, n: int, at_once: Ints, pool: int, seconds: int, is_over: bool, hours: int
) -> int:
    """Count a length of zero, put down the key of any other; says how many keys there are.

    A key sorts by pool, whole hours, and over before open. Most waits are over at once, and those
    need no sorting.
    """
    if seconds == 0:
        at_once[pool, 0 if is_over else 1] += 1
        return n
    keys[n] = (pool * hours - (-seconds) // HOUR) * 2 + (0 if is_over else 1)
    return n + 1


@part
def _put_waits(
    table: Table, wait: Table, clock: Clock, hours: int, keys: Keys, at_once: Ints
) -> int:
    """Keys of the waits of the window's cohort; says how many."""
    n = 0
    for i in range(len(table)):
        if wait[i] != NOT_YET and table[i, WANTED] >= clock.warm_up:
            is_over = table[i, GRANTED] != NOT_YET or table[i, ENDED] != NOT_YET
            n = _put(keys, n, at_once, cell(table, i, POOL), wide(wait[i]), is_over, hours)
    return n


@part
def _put_stays(table: Table, clock: Clock, hours: int, keys: Keys, at_once: Ints) -> int:
    """Keys of the stays begun in the window; says how many."""
    n = 0
    for i in range(len(table)):
        start, left = cell(table, i, ADMITTED), cell(table, i, LEFT)
        if is_stay(table, i) and start >= clock.warm_up:
            stay = max(until(left, clock.end) - start, 0)
            n = _put(keys, n, at_once, cell(table, i, POOL), stay, left != NOT_YET, hours)
    return n


@part
def _order(keys: Keys, spare: Keys, at_once: Ints) -> int:
    """Put keys in order; says how many levels there are."""
    put_in_order(keys, spare)
    n, last = 0, -1
    for k in range(len(keys)):
        n += keys[k] >> 1 != last
        last = keys[k] >> 1
    for pool in range(len(at_once)):
        n += at_once[pool, 0] + at_once[pool, 1] > 0
    return n


@part
def _tally(
    keys: Keys,
    at_once: Ints,
    hours: int,
    n: int,
    begin: Ints,
    level: Keys,
    over: Keys,
    open_: Keys,
) -> int:
    """Count keys in order by level, pool by pool: first level 0, then what has a key.

    From row `n` on; says which comes after the last. `begin` is where the rows of each pool begin.
    """
    k = 0
    n -= 1
    for pool in range(len(at_once)):
        begin[pool] = n + 1
        if at_once[pool, 0] + at_once[pool, 1] > 0:
            n += 1
            level[n] = 0
            over[n], open_[n] = at_once[pool]
        last = NOT_YET
        while k < len(keys) and keys[k] < (pool + 1) * hours * 2:
            if keys[k] >> 1 != last:
                last = keys[k] >> 1
                n += 1
                level[n] = last - pool * hours
            over[n] += 1 - (keys[k] & 1)
            open_[n] += keys[k] & 1
            k += 1
    return n + 1
