"""Waits and stays counted by whole hours, so that replications can be added up.

Hour 0 holds those of length zero, hour h those in (h - 1, h].
"""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
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
    hours = contents.longest // HOUR + 2
    pools = len(contents.stays)
    largest, shape = pools * hours * 2, (rows.table, rows.wait, clock, hours, pools)
    lengths = [
        _by_hour(_wait_keys, _room(contents.waits, largest), *shape),
        _by_hour(_stay_keys, _room(contents.begun, largest), *shape),
    ]
    found = sum(levels for *_, levels in lengths) + np.count_nonzero(law.seconds)
    first = np.zeros(len(COUNTED) * pools + 1, dtype=np.int64)
    level = np.empty(found, dtype=np.int32)
    over, open_ = np.zeros((2, len(level)), dtype=rows.table.dtype)
    at = 0
    for kind, (keys, at_once, _) in enumerate(lengths):
        at = _tally(keys, at_once, hours, at, first[kind * pools :], level, over, open_)
    _levels(law.first, law.seconds, at, first[-pools - 1 :], level, over)
    return Counts(first, level, over, open_)


def _room(count: int, largest: int) -> Keys:
    """Room for so many keys, of 32 bits if they are enough."""
    if largest <= np.iinfo(np.int32).max:
        return np.empty(count, dtype=np.int32)
    return np.empty(count, dtype=np.int64)


def _by_hour(
    write: Callable[[Table, Table, Clock, int, Keys, Ints], int],
    keys: Keys,
    table: Table,
    wait: Table,
    clock: Clock,
    hours: int,
    pools: int,
) -> tuple[Keys, Ints, int]:
    """Keys of some lengths in order, how many of no length each pool has, and how many levels."""
    at_once = np.zeros((pools, 2), dtype=np.int64)
    keys = keys[: write(table, wait, clock, hours, keys, at_once)]
    levels = _order(keys, np.empty_like(keys)) + int(np.count_nonzero(at_once.any(axis=1)))
    return keys, at_once, levels


@entry
def _levels(first: Ints, seconds: Ints, n: int, begin: Ints, level: Keys, over: Keys) -> None:
    """Write down the levels with any time, pool by pool, from row `n` on."""
    for pool in range(len(first) - 1):
        begin[pool] = n
        for k in range(first[pool], first[pool + 1]):
            if seconds[k] > 0:
                level[n], over[n] = k - first[pool], seconds[k]
                n += 1
    begin[len(first) - 1] = n


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


@entry
def _wait_keys(
    table: Table, wait: Table, clock: Clock, hours: int, keys: Keys, at_once: Ints
) -> int:
    """Keys of the waits of the window's cohort; says how many."""
    n = 0
    for i in range(len(table)):
        if wait[i] != NOT_YET and table[i, WANTED] >= clock.warm_up:
            is_over = table[i, GRANTED] != NOT_YET or table[i, ENDED] != NOT_YET
            n = _put(keys, n, at_once, cell(table, i, POOL), wide(wait[i]), is_over, hours)
    return n


@entry
def _stay_keys(
    table: Table, wait: Table, clock: Clock, hours: int, keys: Keys, at_once: Ints
) -> int:
    """Keys of the stays begun in the window; says how many."""
    n = 0
    for i in range(len(table)):
        start, left = cell(table, i, ADMITTED), cell(table, i, LEFT)
        if is_stay(table, i) and start >= clock.warm_up:
            stay = max(until(left, clock.end) - start, 0)
            n = _put(keys, n, at_once, cell(table, i, POOL), stay, left != NOT_YET, hours)
    return n


@entry
def _order(keys: Keys, spare: Keys) -> int:
    """Put keys in order; says how many levels there are."""
    put_in_order(keys, spare)
    n, last = 0, -1
    for k in range(len(keys)):
        n += keys[k] >> 1 != last
        last = keys[k] >> 1
    return n


@entry
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
