"""Waiting lists and settlement: who gets the next place (see `engine.waiting` for the order).

Each pool has a list per priority and urgency, kept in the order of service: an entry nearly always
belongs at the end, and only the first entry that can move matters.
"""

from __future__ import annotations

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.quota import nights_left
from flexsim.engine.compiled.slots import new_entry
from flexsim.engine.compiled.world import World
from flexsim.engine.rules import in_surge
from flexsim.jit import hot, part
from flexsim.plan.plan import NONE
from flexsim.register import NOT_YET, Purpose

BRIDGE = int(Purpose.BRIDGE)


@hot
def priority_at(w: World, request: int, pool: int) -> int:
    """Priority of a request on the list of a pool."""
    row = w.request[request]
    priority = w.by_group[pool, w.citizen[row[c.CITIZEN], c.GROUP], c.GROUP_PRIORITY]
    return row[c.PRIORITY] if priority == NONE else priority


@part
def add_entry(w: World, request: int, last: int, pool: int, position: int, ready: int) -> int:
    """An entry of a request for a pool, after its entry `last`; on no list yet."""
    entry = new_entry(w)
    row, asked = w.entry[entry], w.request[request]
    row[c.WHOSE] = request
    row[c.WHERE] = pool
    row[c.POSITION] = position
    row[c.READY_HERE] = ready
    row[c.OFFERED] = 0
    row[c.ON_LIST] = NONE
    row[c.BY_REQUESTED] = asked[c.REQUESTED]
    row[c.BY_CITIZEN] = w.citizen[asked[c.CITIZEN], c.RANK]
    row[c.BY_POSITION] = position
    row[c.BY_PURPOSE_AND_NUMBER] = asked[c.PURPOSE] << 40 | asked[c.NUMBER]
    row[c.NEXT_ENTRY] = NONE
    if last == NONE:
        asked[c.FIRST_ENTRY] = entry
    else:
        w.entry[last, c.NEXT_ENTRY] = entry
    return entry


@part
def _add_all_entries(w: World, request: int) -> None:
    """Entries for all pools of the search, or for the refuge; all are ready."""
    row = w.request[request]
    search = row[c.SEARCH]
    if search == NONE:
        entry = add_entry(w, request, NONE, row[c.SOUGHT], 0, row[c.READY])
        w.entry[entry, c.OFFERED] = 1
        return
    first, entry = w.search[search, c.FIRST_POOL], NONE
    for position in range(w.search[search, c.POOLS]):
        pool = w.search_pool[first + position]
        entry = add_entry(w, request, entry, pool, position, row[c.READY])
        w.entry[entry, c.OFFERED] = 1


@hot
def first_room(w: World, request: int) -> int:
    """The pool that a request takes if nobody else can move: NONE if there is no room.

    The lowest (priority, ready, norm before surge), of equals the first in the search.
    """
    entry = w.request[request, c.FIRST_ENTRY]
    return _first_room_anywhere(w, request) if entry == NONE else _first_room_ready(w, request)


@hot
def _has_room(w: World, request: int, pool: int) -> bool:
    row = w.pool[pool]
    room = row[c.ROOM_URGENT] if w.request[request, c.URGENT] else row[c.ROOM_ORDINARY]
    return row[c.USED] < room and not row[c.CLOSED] and _has_nights(w, request, pool)


@hot
def _has_nights(w: World, request: int, pool: int) -> bool:
    """Whether nights of a quota are left to the citizen; where there is none, always."""
    if w.pool[pool, c.QUOTA] == NONE:
        return True
    return nights_left(w, w.request[request, c.CITIZEN], pool) > 0


@hot
def _first_room_anywhere(w: World, request: int) -> int:
    """Of a request that is ready for all pools of its search at once."""
    row = w.request[request]
    search = row[c.SEARCH]
    if search == NONE:
        return row[c.SOUGHT] if _has_room(w, request, row[c.SOUGHT]) else NONE
    first, found, lowest, surge = w.search[search, c.FIRST_POOL], NONE, 0, 0
    for n in range(first, first + w.search[search, c.POOLS]):
        pool = w.search_pool[n]
        if _has_room(w, request, pool):
            priority = priority_at(w, request, pool)
            above = in_surge(w.pool[pool, c.USED], w.pool[pool, c.NORM])
            if found == NONE or priority < lowest or (priority == lowest and above < surge):
                found, lowest, surge = pool, priority, above
    return found


@part
def _first_room_ready(w: World, request: int) -> int:
    """Of a request that became ready pool by pool."""
    entry = w.request[request, c.FIRST_ENTRY]
    found, lowest, since, surge = NONE, 0, 0, 0
    while entry != NONE:
        pool, ready = w.entry[entry, c.WHERE], w.entry[entry, c.READY_HERE]
        if w.entry[entry, c.OFFERED] and _has_room(w, request, pool):
            priority = priority_at(w, request, pool)
            above = in_surge(w.pool[pool, c.USED], w.pool[pool, c.NORM])
            if (
                found == NONE
                or priority < lowest
                or (priority == lowest and (ready < since or (ready == since and above < surge)))
            ):
                found, lowest, since, surge = pool, priority, ready, above
        entry = w.entry[entry, c.NEXT_ENTRY]
    return found


@part
def join(w: World, request: int) -> None:
    """Put a request on the lists of the pools that it is ready for."""
    if w.request[request, c.FIRST_ENTRY] == NONE:
        _add_all_entries(w, request)
    entry = w.request[request, c.FIRST_ENTRY]
    while entry != NONE:
        row = w.entry[entry]
        if row[c.OFFERED] and row[c.ON_LIST] == NONE:
            urgent = w.request[request, c.URGENT]
            which = 2 * priority_at(w, request, row[c.WHERE]) + (0 if urgent else 1)
            _insert(w, entry, which)
            w.request[request, c.LISTED] += 1
            mark_dirty(w, row[c.WHERE])
        entry = row[c.NEXT_ENTRY]


@part
def _insert(w: World, entry: int, which: int) -> None:
    """Into a list, looking for its place from the end."""
    row = w.entry[entry]
    pool = row[c.WHERE]
    ends = w.waiting[pool, which]
    before, after = ends[1], NONE
    while before != NONE and _precedes(w, entry, before):
        after = before
        before = w.entry[before, c.BEFORE]
    row[c.ON_LIST] = which
    row[c.BEFORE] = before
    row[c.AFTER] = after
    if before == NONE:
        ends[0] = entry
    else:
        w.entry[before, c.AFTER] = entry
    if after == NONE:
        ends[1] = entry
    else:
        w.entry[after, c.BEFORE] = entry
    w.pool[pool, c.WAITING] += 1


@part
def _precedes(w: World, one: int, other: int) -> bool:
    """Order of service of two entries of one priority at one pool."""
    a, b = w.entry[one], w.entry[other]
    if a[c.READY_HERE] != b[c.READY_HERE]:
        return a[c.READY_HERE] < b[c.READY_HERE]
    if a[c.BY_REQUESTED] != b[c.BY_REQUESTED]:
        return a[c.BY_REQUESTED] < b[c.BY_REQUESTED]
    if a[c.BY_CITIZEN] != b[c.BY_CITIZEN]:
        return a[c.BY_CITIZEN] < b[c.BY_CITIZEN]
    if a[c.BY_POSITION] != b[c.BY_POSITION]:
        return a[c.BY_POSITION] < b[c.BY_POSITION]
    return a[c.BY_PURPOSE_AND_NUMBER] < b[c.BY_PURPOSE_AND_NUMBER]


@part
def _precedes_elsewhere(w: World, one: int, surge: int, other: int, other_surge: int) -> bool:
    """Order of service of two entries of one priority at two pools: norm before surge."""
    a, b = w.entry[one], w.entry[other]
    if a[c.READY_HERE] != b[c.READY_HERE]:
        return a[c.READY_HERE] < b[c.READY_HERE]
    if a[c.BY_REQUESTED] != b[c.BY_REQUESTED]:
        return a[c.BY_REQUESTED] < b[c.BY_REQUESTED]
    if a[c.BY_CITIZEN] != b[c.BY_CITIZEN]:
        return a[c.BY_CITIZEN] < b[c.BY_CITIZEN]
    if surge != other_surge:
        return surge < other_surge
    if a[c.BY_POSITION] != b[c.BY_POSITION]:
        return a[c.BY_POSITION] < b[c.BY_POSITION]
    return a[c.BY_PURPOSE_AND_NUMBER] < b[c.BY_PURPOSE_AND_NUMBER]


@part
def take_off(w: World, entry: int) -> None:
    """Take an entry off its list."""
    row = w.entry[entry]
    if row[c.ON_LIST] == NONE:
        return
    pool, before, after = row[c.WHERE], row[c.BEFORE], row[c.AFTER]
    ends = w.waiting[pool, row[c.ON_LIST]]
    if before == NONE:
        ends[0] = after
    else:
        w.entry[before, c.AFTER] = after
    if after == NONE:
        ends[1] = before
    else:
        w.entry[after, c.BEFORE] = before
    row[c.ON_LIST] = NONE
    w.request[row[c.WHOSE], c.LISTED] -= 1
    w.pool[pool, c.WAITING] -= 1


@part
def leave_lists(w: World, request: int) -> None:
    """Take a request off all lists."""
    entry = w.request[request, c.FIRST_ENTRY]
    while entry != NONE:
        take_off(w, entry)
        entry = w.entry[entry, c.NEXT_ENTRY]


@part
def mark_dirty(w: World, pool: int) -> None:
    """Something has changed at a pool: look at its lists."""
    if not w.pool[pool, c.IS_DIRTY]:
        w.pool[pool, c.IS_DIRTY] = 1
        w.dirty[w.clock[c.DIRTY]] = pool
        w.clock[c.DIRTY] += 1


@part
def all_clean(w: World) -> None:
    """Nobody who waits can move now."""
    for n in range(w.clock[c.DIRTY]):
        w.pool[w.dirty[n], c.IS_DIRTY] = 0
    w.clock[c.DIRTY] = 0


@part
def freed(w: World, pool: int) -> None:
    """A place was given back, or the rules of a pool have changed."""
    if w.pool[pool, c.WAITING]:
        mark_dirty(w, pool)


@part
def wake(w: World, request: int) -> None:
    """Look again at the pools where a request waits."""
    entry = w.request[request, c.FIRST_ENTRY]
    while entry != NONE:
        if w.entry[entry, c.ON_LIST] != NONE:
            mark_dirty(w, w.entry[entry, c.WHERE])
        entry = w.entry[entry, c.NEXT_ENTRY]


@hot
def lowest_feasible(w: World) -> int:
    """The entry that gets the next place; NONE if nobody can move."""
    found, surge = NONE, 0
    for n in range(w.clock[c.DIRTY]):
        pool = w.dirty[n]
        entry = _first_feasible(w, pool)
        if entry != NONE:
            above = in_surge(w.pool[pool, c.USED], w.pool[pool, c.NORM])
            if found == NONE:
                found, surge = entry, above
            else:
                mine, best = w.entry[entry, c.ON_LIST] // 2, w.entry[found, c.ON_LIST] // 2
                if mine < best or (
                    mine == best and _precedes_elsewhere(w, entry, above, found, surge)
                ):
                    found, surge = entry, above
    return found


@hot
def _first_feasible(w: World, pool: int) -> int:
    """The first on the lists of a pool who can move in."""
    row = w.pool[pool]
    if row[c.CLOSED] or row[c.WAITING] == 0 or row[c.USED] >= row[c.ROOM_URGENT]:
        return NONE
    for_ordinary = row[c.USED] < row[c.ROOM_ORDINARY]
    for which in range(0, w.clock[c.LISTS], 2):
        urgent = _first_on(w, pool, which)
        ordinary = _first_on(w, pool, which + 1) if for_ordinary else NONE
        if urgent == NONE or (ordinary != NONE and _precedes(w, ordinary, urgent)):
            urgent = ordinary
        if urgent != NONE:
            return urgent
    return NONE


@hot
def _first_on(w: World, pool: int, which: int) -> int:
    """The first of one list who wants a place now and has no better one."""
    entry = w.waiting[pool, which, 0]
    while entry != NONE:
        request = w.entry[entry, c.WHOSE]
        row = w.request[request]
        if (
            row[c.WANTED] <= w.clock[c.NOW]
            and not (row[c.PURPOSE] == BRIDGE and _goal_is_feasible(w, row[c.CITIZEN]))
            and _has_nights(w, request, pool)
        ):
            return entry
        entry = w.entry[entry, c.AFTER]
    return NONE


@part
def _goal_is_feasible(w: World, citizen: int) -> bool:
    goal = w.citizen[citizen, c.GOAL_OPEN]
    if goal == NONE:
        return False
    row = w.request[goal]
    if row[c.GRANTED] != NOT_YET or row[c.WANTED] > w.clock[c.NOW] or row[c.LISTED] == 0:
        return False
    return first_room(w, goal) != NONE
