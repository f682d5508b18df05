"""Places: taken and given back, and the counter of each pool through time."""

from __future__ import annotations

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.world import World
from flexsim.engine.rules import room_for
from flexsim.jit import hot, part
from flexsim.plan.plan import UNLIMITED


@part
def set_norm(w: World, pool: int, norm: int) -> None:
    """The number of places changes."""
    count_until(w, pool, w.clock[c.NOW])
    row = w.pool[pool]
    row[c.NORM] = norm
    row[c.ROOM_ORDINARY] = room_for(False, norm, row[c.SURGE], row[c.RESERVE])
    row[c.ROOM_URGENT] = room_for(True, norm, row[c.SURGE], row[c.RESERVE])


@hot
def count_until(w: World, pool: int, time: int) -> None:
    """Add the time since the last change to what was over the norm, or empty within it."""
    row = w.pool[pool]
    norm = row[c.NORM]
    gap = row[c.USED] - (0 if norm == UNLIMITED else norm)
    while row[c.SINCE] < time:
        period = row[c.PERIOD]
        upto = min(time, w.edge[period + 1])
        length = upto - row[c.SINCE]
        if gap > 0:
            w.counted[0, pool, period] += gap * length
        else:
            w.counted[1, pool, period] -= gap * length
        row[c.SINCE] = upto
        if upto == w.edge[period + 1]:
            row[c.PERIOD] = period + 1


@hot
def take(w: World, pool: int) -> int:
    """Assign the lowest free place."""
    row = w.pool[pool]
    if row[c.IS_COUNTED]:
        count_until(w, pool, w.clock[c.NOW])
    row[c.USED] += 1
    if row[c.GIVEN_BACK] == 0:
        place = row[c.NEXT_PLACE]
        row[c.NEXT_PLACE] = place + 1
        return place
    return _lowest(w, pool)


@part
def _lowest(w: World, pool: int) -> int:
    heap = w.free[pool]
    n = w.pool[pool, c.GIVEN_BACK] - 1
    w.pool[pool, c.GIVEN_BACK] = n
    place, last = heap[0], heap[n]
    hole = 0
    while True:
        child = 2 * hole + 1
        if child >= n:
            break
        if child + 1 < n and heap[child + 1] < heap[child]:
            child += 1
        if heap[child] >= last:
            break
        heap[hole] = heap[child]
        hole = child
    heap[hole] = last
    return place


@hot
def give_back(w: World, pool: int, place: int) -> None:
    """A place is free again."""
    row = w.pool[pool]
    if row[c.IS_COUNTED]:
        count_until(w, pool, w.clock[c.NOW])
    row[c.USED] -= 1
    heap = w.free[pool]
    hole = row[c.GIVEN_BACK]
    row[c.GIVEN_BACK] = hole + 1
    if hole + w.clock[c.SLACK] > len(heap):
        w.clock[c.STATUS] = c.FULL
    while hole > 0:
        parent = (hole - 1) // 2
        if heap[parent] <= place:
            break
        heap[hole] = heap[parent]
        hole = parent
    heap[hole] = place
