"""The kernel: one replication from its first event to its last.

Read `run`: it takes the next event, does what is due (`journeys`, `admission`), and concludes who
gets which place. It stops early if a table is full, and is then begun anew with larger ones.
"""

from __future__ import annotations

from typing import Any

from flexsim.engine.clock import ENDINGS, ENDLESS, RULES
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.admission import (
    become_decided,
    become_ready,
    fresh_request,
    grant,
    last_word,
    may_wait,
    try_to_wait,
)
from flexsim.engine.compiled.calendar import (
    ACTIONS,
    POSITION_SHIFT,
    POSITIONS,
    REQUEST_SHIFT,
    REQUESTS,
    STAMP_SHIFT,
    STAMPS,
    arrival_is_next,
    at,
    drop_first,
    due_before_settlement,
    look_for_arrival,
    next_time,
)
from flexsim.engine.compiled.fetching import fetch_next
from flexsim.engine.compiled.journeys import (
    admit,
    admit_one_present,
    arrive,
    complete,
    end_without_place,
    keep_no_longer,
    leave_early,
    move_in,
    reach_limit,
    relapse,
    seek_early,
    send_out,
    stay_law,
)
from flexsim.engine.compiled.places import count_until, set_norm
from flexsim.engine.compiled.reference import world_of
from flexsim.engine.compiled.slots import close_row
from flexsim.engine.compiled.stuck import look_for_stuck
from flexsim.engine.compiled.teams import complete_course
from flexsim.engine.compiled.waiting import all_clean, first_room, freed, join, lowest_feasible
from flexsim.engine.compiled.world import Ints, Small, World
from flexsim.jit import cold, entry, hot, part
from flexsim.plan.plan import NONE
from flexsim.register import NOT_YET, Outcome

WEEK = 7 * 86_400
#: Endings are scheduled (1), or it is time for them.
ENDINGS_NOW = 2
GAVE_UP, TURNED_AWAY_FULL = int(Outcome.GAVE_UP), int(Outcome.TURNED_AWAY_FULL)
NOT_IN_TARGET_GROUP, DECLINED = int(Outcome.NOT_IN_TARGET_GROUP), int(Outcome.DECLINED)


@entry
def run(argument: Any, row: Ints | Small) -> int:
    """Simulate to the end of the plan, or until the status is no longer `RUNNING`.

    Parameters
    ----------
    argument
        From `reference.argument`.
    row : ndarray
        The rows of the register; 32 or 64 bits decide how the kernel is compiled.
    """
    w = world_of(argument, row)
    _begin(w)
    while w.clock[c.STATUS] == c.RUNNING:
        if arrival_is_next(w):
            _move_clock(w, w.clock[c.ARRIVAL_AT])
            arrive(w)
        elif w.clock[c.DUE] > 0:
            key, about = w.calendar[0, 0], w.calendar[0, 1]
            drop_first(w)
            fetch_next(w)
            _move_clock(w, key >> w.clock[c.TIME_SHIFT])
            _do(w, about)
        else:
            break
        _conclude(w)
    if w.clock[c.STATUS] != c.RUNNING:
        return w.clock[c.STATUS]
    _finish(w)
    return c.RUNNING


@cold
def _change_rules(w: World, step: int) -> None:
    """Another number of places, limit of stays begun, target group of requests made.

    Or a new month or year of its quota.
    """
    pool = w.step[step, c.STEP_POOL]
    if w.step[step, c.STEP_RENEWS]:
        w.pool[pool, c.BEGUN] = w.clock[c.NOW]
    set_norm(w, pool, w.step[step, c.STEP_NORM])
    w.pool[pool, c.LIMIT] = w.step[step, c.STEP_LIMIT]
    w.pool[pool, c.ADMITS] = w.step[step, c.STEP_ADMITS]
    freed(w, pool)
    w.clock[c.LOOK] = 1


@part
def _begin(w: World) -> None:
    """Rules that change on a date, those present at time zero, and the first arrivals."""
    for n in range(len(w.step)):
        if w.clock[c.STATUS] == c.RUNNING:
            at(w, w.step[n, c.STEP_TIME], RULES, c.CHANGE_RULES, n)
    for n in range(len(w.intake)):
        if w.clock[c.STATUS] == c.RUNNING:
            at(w, w.intake[n, c.INTAKE_TIME], RULES, c.OPEN_OR_CLOSE, n)
    for n in range(len(w.start)):
        stream, pool, count = w.start[n]
        for nth in range(count):
            if w.clock[c.STATUS] == c.RUNNING:
                admit_one_present(w, stream, nth, pool)
    look_for_arrival(w)


@hot
def _move_clock(w: World, time: int) -> None:
    if time == w.clock[c.NOW]:
        w.clock[c.AT_INSTANT] += 1
        if w.clock[c.AT_INSTANT] > ENDLESS:
            w.clock[c.STATUS] = c.ENDLESS
    else:
        w.clock[c.NOW] = time
        w.clock[c.AT_INSTANT] = 0


@hot
def _do(w: World, about: int) -> None:  # noqa: PLR0912  # a branch for each kind of event
    """What is due; nothing if the row of the request has been closed since."""
    action = about & ACTIONS
    position = about >> POSITION_SHIFT & POSITIONS
    request = about >> REQUEST_SHIFT & REQUESTS
    if action == c.CHANGE_RULES:
        _change_rules(w, request)
    elif action == c.OPEN_OR_CLOSE:
        _open_or_close(w, request)
    elif action == c.END_INSTANT:
        w.clock[c.ENDINGS_DUE] = ENDINGS_NOW
    elif about >> STAMP_SHIFT != w.stamp[request] & STAMPS:
        return
    elif action == c.COMPLETE:
        complete(w, request)
    elif action == c.RELAPSE:
        relapse(w, request)
    elif action in (c.REACH_LIMIT, c.REACH_EXTENDED_LIMIT):
        reach_limit(w, request, action == c.REACH_EXTENDED_LIMIT)
    elif action == c.MOVE_IN:
        move_in(w, request)
    elif action == c.DECIDED:
        become_decided(w, request)
    elif action == c.ASSESSED:
        become_ready(w, request, position)
    elif action == c.LEAVE_EARLY:
        leave_early(w, request)
    elif action == c.COMPLETE_COURSE:
        complete_course(w, request)
    elif action == c.SEEK_EARLY:
        seek_early(w, request)
    elif action == c.KEEP_NO_LONGER:
        keep_no_longer(w, request)
    elif _gives_up(w, request):
        last_word(w, request, c.GIVE_UP)


@part
def _gives_up(w: World, request: int) -> bool:
    """Whether patience runs out now, and was not given anew."""
    row = w.request[request]
    return row[c.GRANTED] == NOT_YET and row[c.DEADLINE] == w.clock[c.NOW]


@cold
def _open_or_close(w: World, change: int) -> None:
    """From now on a pool takes people in, or nobody; again in a week."""
    pool = w.intake[change, c.INTAKE_POOL]
    w.pool[pool, c.CLOSED] = 1 - w.intake[change, c.INTAKE_OPEN]
    freed(w, pool)
    at(w, w.clock[c.NOW] + WEEK, RULES, c.OPEN_OR_CLOSE, change)


# -- Settlement ------------------------------------------------------------------------------


@hot
def _conclude(w: World) -> None:
    """Give out places one at a time until nobody can move or something else falls due first."""
    looked = False  # at the lists: then it is to be said when nobody can move
    while w.clock[c.STATUS] == c.RUNNING:
        if w.clock[c.ENDINGS_DUE] == ENDINGS_NOW:
            w.clock[c.ENDINGS_DUE] = 0
            _end_all(w)
        if not (looked or _is_unsettled(w)) or due_before_settlement(w):
            return
        request = _one_alone(w)
        pool = NONE if request == NONE else first_room(w, request)
        if pool != NONE:
            # A request that is alone takes the first room: nobody who waits can move.
            w.clock[c.FRESH] = 0
        else:
            _join_lists(w)
            chosen = lowest_feasible(w)
            looked = chosen != NONE
            if not looked:
                _nobody_can_move(w)
                continue
            request, pool = w.entry[chosen, c.WHOSE], w.entry[chosen, c.WHERE]
        if grant(w, request, pool):
            admit(w, request, stay_law(w, request))


@hot
def _nobody_can_move(w: World) -> None:
    """The settlement is over; what ends at this instant ends now, or when its turn comes."""
    all_clean(w)
    if w.clock[c.LOOK]:
        w.clock[c.LOOK] = 0
        look_for_stuck(w)
    if w.clock[c.ENDING] > 0 and not w.clock[c.ENDINGS_DUE]:
        if next_time(w) > w.clock[c.NOW]:
            w.clock[c.ENDINGS_DUE] = ENDINGS_NOW
        else:
            w.clock[c.ENDINGS_DUE] = 1
            at(w, w.clock[c.NOW], ENDINGS, c.END_INSTANT)


@hot
def _is_unsettled(w: World) -> bool:
    return (
        w.clock[c.FRESH] > 0
        or w.clock[c.DIRTY] > 0
        or (w.clock[c.ENDING] > 0 and not w.clock[c.ENDINGS_DUE])
    )


@hot
def _one_alone(w: World) -> int:
    """The request that is all there is to settle, if it can take a place now; else NONE."""
    if w.clock[c.FRESH] != 1 or w.clock[c.DIRTY] > 0 or w.clock[c.ENDING] > 0:
        return NONE
    request = fresh_request(w, 0)
    if request == NONE or w.request[request, c.LISTED] > 0:
        return NONE
    return request if w.request[request, c.WANTED] <= w.clock[c.NOW] else NONE


@hot
def _join_lists(w: World) -> None:
    for n in range(w.clock[c.FRESH]):
        request = fresh_request(w, n)
        if request != NONE and w.clock[c.STATUS] == c.RUNNING:
            join(w, request)
            try_to_wait(w, request)
            w.clock[c.LOOK] = 1
    w.clock[c.FRESH] = 0


# -- The last word of an instant -------------------------------------------------------------


@cold
def _end_all(w: World) -> None:
    """Endings in the order of service."""
    count = w.clock[c.ENDING]
    for _ in range(count):
        first = 0
        while w.ending[first, c.ENDING_ABOUT] == NONE:
            first += 1
        for other in range(first + 1, count):
            if w.ending[other, c.ENDING_ABOUT] != NONE and _ends_before(w, other, first):
                first = other
        _end(w, w.ending[first, c.ENDING_ACTION], w.ending[first, c.ENDING_ABOUT])
        w.ending[first, c.ENDING_ABOUT] = NONE
        if w.clock[c.STATUS] != c.RUNNING:
            return
    # what was added meanwhile is for the next time
    added = w.clock[c.ENDING] - count
    for n in range(added):
        for column in range(c.ENDING_COLUMNS):
            w.ending[n, column] = w.ending[count + n, column]
    w.clock[c.ENDING] = added


@part
def _ends_before(w: World, one: int, other: int) -> bool:
    for column in range(c.ENDING_KEY):
        if w.ending[one, column] != w.ending[other, column]:
            return w.ending[one, column] < w.ending[other, column]
    return False


@part
def _end(w: World, action: int, about: int) -> None:
    request = about >> 24
    if w.stamp[request] & 0xFFFFFF != about & 0xFFFFFF:
        return
    if action == c.SEND_OUT:
        send_out(w, request)
        return
    if action == c.GIVE_UP:
        if _gives_up(w, request):
            end_without_place(w, request, GAVE_UP)
        return
    row = w.request[request]
    if action in (c.REFUSE, c.DECLINE):
        end_without_place(w, request, NOT_IN_TARGET_GROUP if action == c.REFUSE else DECLINED)
        return
    if row[c.GRANTED] != NOT_YET or row[c.ACCEPTED] or row[c.WANTED] > w.clock[c.NOW]:
        return  # a move at this instant put it off; tried again when it is wanted
    if not may_wait(w, request):
        end_without_place(w, request, TURNED_AWAY_FULL)


# -- The end of the run ----------------------------------------------------------------------


@part
def _finish(w: World) -> None:
    """Close what the end of the run cut off."""
    for request in range(w.clock[c.REQUESTS_USED]):
        if w.request[request, c.IN_USE]:
            close_row(w, request)
    for pool in range(len(w.pool)):
        if w.pool[pool, c.IS_COUNTED]:
            count_until(w, pool, w.clock[c.END])
