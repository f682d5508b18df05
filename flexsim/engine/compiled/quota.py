"""Nights that a citizen, or the residents of a municipality, may spend in a pool.

The same as `engine.quota`, over tables.
"""

from __future__ import annotations

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.world import World
from flexsim.engine.rules import nights_used
from flexsim.jit import part
from flexsim.plan.plan import NONE

DAY = 86_400


@part
def nights_left(w: World, citizen: int, pool: int) -> int:
    """Nights left in this month or year; none, or fewer, if they are used up."""
    home = w.citizen[citizen, c.RESIDENCE]
    return w.quota_nights[w.pool[pool, c.QUOTA], home] - _used(w, citizen, pool)


@part
def _used(w: World, citizen: int, pool: int) -> int:
    row = w.nights[w.pool[pool, c.QUOTA], _holder(w, citizen, pool)]
    used, present, since = row[c.NIGHTS_USED], row[c.NIGHTS_PRESENT], row[c.NIGHTS_SINCE]
    return nights_used(used, present, since, w.pool[pool, c.BEGUN], w.clock[c.NOW])


@part
def _holder(w: World, citizen: int, pool: int) -> int:
    return citizen if w.pool[pool, c.OF_CITIZEN] else w.citizen[citizen, c.RESIDENCE]


@part
def count_nights(w: World, citizen: int, pool: int, change: int) -> None:
    """A citizen moves in (1) or leaves (-1)."""
    used = _used(w, citizen, pool)
    row = w.nights[w.pool[pool, c.QUOTA], _holder(w, citizen, pool)]
    row[c.NIGHTS_USED] = used
    row[c.NIGHTS_PRESENT] += change
    row[c.NIGHTS_SINCE] = w.clock[c.NOW]


@part
def enter_quota(w: World, citizen: int, pool: int, limit: int) -> int:
    """The citizen moves in; gives the longest stay, shortened to the citizen's nights."""
    if w.pool[pool, c.OF_CITIZEN]:
        limit = min(limit, DAY * max(0, nights_left(w, citizen, pool)))
    count_nights(w, citizen, pool, 1)
    return limit


@part
def new_accounts(w: World, citizen: int) -> None:
    """A citizen who enters the model has used no nights."""
    for pool in range(len(w.pool)):
        if w.pool[pool, c.QUOTA] != NONE and w.pool[pool, c.OF_CITIZEN]:
            for column in range(c.NIGHTS_COLUMNS):
                w.nights[w.pool[pool, c.QUOTA], citizen, column] = 0
