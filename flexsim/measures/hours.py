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
    """Counts by level, in order: `which` is pool x len(COUNTED) + the position in COUNTED."""

    which: NDArray[np.int32]
    level: NDArray[np.int32]
    over: Ints
    open: Ints


def count(rows: Rows, contents: Contents, clock: Clock, law: Law) -> list[Counts]:
    """Waits of the window's cohort, stays begun in it, and the law of citizens present."""
    hours = contents.longest // HOUR + 2
    pools = len(contents.stays)
    largest, shape = pools * hours * 2, (rows.table, rows.wait, clock, hours, pools)
    return [
        _by_hour("wait_place", _wait_keys, _room(contents.waits, largest), *shape),
        _by_hour("stay", _stay_keys, _room(contents.begun, largest), *shape),
        _law(law),
    ]


def _room(count: int, largest: int) -> Keys:
    """Room for so many keys, of 32 bits if they are enough."""
    if largest <= np.iinfo(np.int32).max:
        return np.empty(count, dtype=np.int32)
    return np.empty(count, dtype=np.int64)


def _by_hour(
    name: str,
    write: Callable[[Table, Table, Clock, int, Keys, Ints], int],
    keys: Keys,
    table: Table,
    wait: Table,
    clock: Clock,
    hours: int,
    pools: int,
) -> Counts:
    """Equal keys counted."""
    at_once = np.zeros((pools, 2), dtype=np.int64)
    keys = keys[: write(table, wait, clock, hours, keys, at_once)]
    found = _order(keys, np.empty_like(keys)) + np.count_nonzero(at_once.any(axis=1))
    which, level = np.zeros((2, found), dtype=np.int32)
    over, open_ = np.zeros((2, found), dtype=np.int64)
    _tally(keys, at_once, hours, COUNTED.index(name), which, level, over, open_)
    return Counts(which, level, over, open_)


def _law(law: Law) -> Counts:
    found = np.count_nonzero(law.seconds)
    which, level = np.empty((2, found), dtype=np.int32)
    over, open_ = np.empty(found, dtype=np.int64), np.zeros(found, dtype=np.int64)
    _levels(law.first, law.seconds, COUNTED.index("occupied"), which, level, over)
    return Counts(which, level, over, open_)


@entry
def _levels(
    first: Ints, seconds: Ints, position: int, which: Keys, level: Keys, over: Ints
) -> None:
    """Write down the levels with any time, pool by pool."""
    n = 0
    for pool in range(len(first) - 1):
        for k in range(first[pool], first[pool + 1]):
            if seconds[k] > 0:
                which[n], level[n] = pool * len(COUNTED) + position, k - first[pool]
                over[n] = seconds[k]
                n += 1


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
    position: int,
    which: Keys,
    level: Keys,
    over: Ints,
    open_: Ints,
) -> None:
    """Count keys in order by level, pool by pool: first level 0, then what has a key."""
    n, k = -1, 0
    for pool in range(len(at_once)):
        if at_once[pool, 0] + at_once[pool, 1] > 0:
            n += 1
            which[n], level[n] = pool * len(COUNTED) + position, 0
            over[n], open_[n] = at_once[pool]
        last = NOT_YET
        while k < len(keys) and keys[k] < (pool + 1) * hours * 2:
            if keys[k] >> 1 != last:
                last = keys[k] >> 1
                n += 1
                which[n], level[n] = pool * len(COUNTED) + position, last - pool * hours
            over[n] += 1 - (keys[k] & 1)
            open_[n] += keys[k] & 1
            k += 1
