"""Deadlock: the same search as `engine.stuck`, over tables."""

from __future__ import annotations

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.world import World
from flexsim.jit import cold, part
from flexsim.plan.plan import NONE
from flexsim.plan.plan import UNLIMITED as FAR
from flexsim.register import NOT_YET


@cold
def look_for_stuck(w: World) -> None:
    """Mark pools where everybody waits for a place in them, and nobody can leave first."""
    stuck = 0
    for pool in range(len(w.pool)):
        row = w.pool[pool]
        row[c.STUCK] = row[c.IS_WATCHED] and row[c.WAITING] > 0 and row[c.USED] > 0
        stuck += row[c.STUCK]
    while stuck:
        free = 0
        for pool in range(len(w.pool)):
            if w.pool[pool, c.STUCK] and _can_move(w, pool):
                w.pool[pool, c.STUCK] = 2  # free, once all have been looked at
                free += 1
        for pool in range(len(w.pool)):
            if w.pool[pool, c.STUCK] == 2:
                w.pool[pool, c.STUCK] = 0
        stuck -= free
        if not free:
            w.clock[c.STATUS] = c.STUCK_POOLS
            return


@part
def _can_move(w: World, pool: int) -> bool:
    """Whether room in a pool may come from time alone, or from outside the set."""
    if w.pool[pool, c.LAST_CHANGE] > w.clock[c.NOW]:
        return True
    for request in range(w.clock[c.REQUESTS_USED]):
        row = w.request[request]
        is_there = row[c.IN_USE] and row[c.GRANTED] != NOT_YET and row[c.POOL] == pool
        if is_there and not _waits_only_for_stuck(w, request):
            return True
    return False


@part
def _risk_may_change(w: World, course: int) -> bool:
    """Whether a relapse may come because a course begins or ends."""
    while course != NONE:
        if w.share[w.request[course, c.SOUGHT], c.RELAPSE_RATIO] != 1.0:
            return True
        course = w.request[course, c.NEXT_ENROLMENT]
    return False


@part
def _waits_only_for_stuck(w: World, request: int) -> bool:
    """Whether a citizen in a place can leave it only for a pool of the set."""
    row, now = w.request[request], w.clock[c.NOW]
    owner = w.citizen[row[c.CITIZEN]]
    if owner[c.HOLDING] != NONE or _risk_may_change(w, owner[c.ENROLMENTS]):
        return False
    if owner[c.AT_RISK_SINCE] != NOT_YET and owner[c.RELAPSE_AT] > now:
        return False
    ends_by_itself = row[c.PLANNED_END] != FAR and row[c.PLANNED_END] > now
    if ends_by_itself or (row[c.LEAVES_AT] > now and row[c.COMPLETED] == NOT_YET):
        return False
    wanted = 0
    for which in (c.NEED_OPEN, c.GOAL_OPEN, c.BRIDGE_OPEN):
        asked = owner[which]
        if asked == NONE or w.request[asked, c.GRANTED] != NOT_YET:
            continue
        if w.request[asked, c.WANTED] > now:
            continue
        if w.request[asked, c.UNREADY] or w.request[asked, c.PATIENCE_LEFT] != NOT_YET:
            return False
        wanted += 1
        entry = w.request[asked, c.FIRST_ENTRY]
        while entry != NONE:
            if w.entry[entry, c.OFFERED] and w.pool[w.entry[entry, c.WHERE], c.STUCK] == 0:
                return False
            entry = w.entry[entry, c.NEXT_ENTRY]
    return wanted > 0
