"""From a request to a place: asking, granting, settlement, and endings.

The same control flow as `engine.admission`, over tables.
"""

from __future__ import annotations

from flexsim.chance import Draw
from flexsim.engine.admission import PATIENCE_FIRST, TRIALS
from flexsim.engine.clock import DECISIONS, DEPARTURES, ENDINGS
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.calendar import at
from flexsim.engine.compiled.luck import duration, uniform_of
from flexsim.engine.compiled.places import give_back, take
from flexsim.engine.compiled.slots import check_room, close_row, new_request
from flexsim.engine.compiled.waiting import add_entry, freed, leave_lists, take_off
from flexsim.engine.compiled.world import World
from flexsim.engine.rules import has_history, is_eligible
from flexsim.jit import cold, hot, part
from flexsim.plan.plan import NONE, TURNED_AWAY, UNLIMITED, WAIT_FIRST
from flexsim.plan.plan import UNLIMITED as FAR
from flexsim.register import NOT_YET, Kind, Outcome, Purpose

PATIENCE, ASSESSMENT = int(Draw.PATIENCE), int(Draw.ASSESSMENT)
OUTSIDE_WAIT, MOVE_IN = int(Draw.OUTSIDE_WAIT), int(Draw.MOVE_IN)
DECLINE = int(Draw.DECLINE)
NEED, GOAL, BRIDGE = int(Purpose.NEED), int(Purpose.GOAL), int(Purpose.BRIDGE)
HELD = int(Kind.HELD)
WITHDRAWN = int(Outcome.WITHDRAWN)


# -- Asking ----------------------------------------------------------------------------------


@hot
def ask(
    w: World,
    citizen: int,
    purpose: int,
    search: int,
    urgent: int,
    priority: int,
) -> int:
    """Request a place by a search."""
    request = new_request(w, citizen, purpose, search, w.clock[c.NOW], urgent, priority)
    offer(w, request, 0)
    return request


@part
def offer(w: World, request: int, decision: int) -> None:
    """Offer a request to its pools; `decision` seconds pass before assessments begin."""
    row, now = w.request[request], w.clock[c.NOW]
    search = row[c.SEARCH]
    if w.search[search, c.OPEN_TO_ALL] and row[c.PURPOSE] != BRIDGE:
        row[c.SOUGHT] = w.search_pool[w.search[search, c.FIRST_POOL]]
        row[c.READY] = now + decision
        if decision:
            row[c.UNREADY] = 1
            at(w, now + decision, DECISIONS, c.DECIDED, request)
        else:
            to_settle(w, request)
    else:
        ending = _assess(w, request, now + decision)
        if ending != NONE:
            last_word(w, request, ending)
            return
    law = w.search[search, c.PATIENCE_LAW]
    if law != NONE:
        row[c.PATIENCE_LEFT] = duration(w, row[c.CITIZEN], law, PATIENCE, row[c.SOUGHT])
        start_patience(w, request)


@part
def ask_refuge(w: World, citizen: int, purpose: int, pool: int) -> int:
    """Request the pool that an `otherwise` names; it takes everybody at once."""
    now = w.clock[c.NOW]
    priority = w.clock[c.REFUGE_PRIORITY]
    request = new_request(w, citizen, purpose, NONE, now, 0, priority)
    w.request[request, c.SOUGHT] = pool
    w.request[request, c.READY] = now
    to_settle(w, request)
    return request


@hot
def to_settle(w: World, request: int) -> None:
    """The request can be granted from now on."""
    n = w.clock[c.FRESH]
    w.fresh[n] = request << 24 | (w.stamp[request] & 0xFFFFFF)
    w.clock[c.FRESH] = n + 1
    check_room(w, n, len(w.fresh))


@hot
def fresh_request(w: World, n: int) -> int:
    """The n-th request to settle; NONE if it was closed or granted meanwhile."""
    request = w.fresh[n] >> 24
    if w.stamp[request] & 0xFFFFFF != w.fresh[n] & 0xFFFFFF:
        return NONE
    return request if w.request[request, c.GRANTED] == NOT_YET else NONE


@part
def _may_enter(w: World, request: int, pool: int) -> bool:
    """Whether the citizen is in the target group; a bridge leads elsewhere."""
    citizen = w.request[request, c.CITIZEN]
    stay = w.citizen[citizen, c.STAYING]
    is_bridge = w.request[request, c.PURPOSE] == BRIDGE
    if is_bridge and stay != NONE and w.request[stay, c.POOL] == pool:
        return False
    row = w.pool[pool, c.ADMITS]
    needed = w.admits_history[row, c.ADMISSIONS]
    if needed:
        since = w.clock[c.NOW] - w.admits_history[row, c.WITHIN]
        if not has_history(w.admissions[citizen], needed, since):
            return False
    admits = w.admits_residence[row, w.citizen[citizen, c.RESIDENCE]]
    return is_eligible(admits, w.admits_trait[row], w.trait[citizen])


@part
def _declines(w: World, citizen: int, pool: int) -> bool:
    """Whether the citizen, offered a place here, does not want it."""
    share = w.decline_share[pool, w.citizen[citizen, c.GROUP]]
    return share > 0 and uniform_of(w, citizen, DECLINE, pool) < share


@part
def _assess(w: World, request: int, decided: int) -> int:
    """Assess for each pool that takes the citizen and is not declined.

    A place outside the model has a wait of its own besides. Gives NONE, or how the request ends if
    there is no such pool.
    """
    row, now = w.request[request], w.clock[c.NOW]
    citizen, search = row[c.CITIZEN], row[c.SEARCH]
    first, entry, any_ready = w.search[search, c.FIRST_POOL], NONE, False
    declined = NONE
    # a wait for a place outside goes on during a readmission
    wanted = row[c.WANTED] if row[c.WANTED] < FAR else now
    for position in range(w.search[search, c.POOLS]):
        pool = w.search_pool[first + position]
        if not _may_enter(w, request, pool):
            continue
        if _declines(w, citizen, pool):
            declined = pool if declined == NONE else declined
            continue
        ready = decided
        law = w.assessment_law[pool, w.citizen[citizen, c.RESIDENCE]]
        if law != NONE:
            ready += duration(w, citizen, law, ASSESSMENT, pool)
        offered = ready
        law = w.pool[pool, c.OUTSIDE_LAW]
        if law != NONE:
            wait = duration(w, citizen, law, OUTSIDE_WAIT, pool)
            offered = max(ready, wanted) + wait if wait else ready
        if entry == NONE:
            row[c.SOUGHT] = pool
            row[c.READY] = ready
        entry = add_entry(w, request, entry, pool, position, ready)
        if offered > now:
            row[c.UNREADY] += 1
            at(w, offered, DECISIONS, c.ASSESSED, request, position)
        else:
            w.entry[entry, c.OFFERED] = 1
            any_ready = True
    if entry == NONE:
        row[c.SOUGHT] = w.search_pool[first] if declined == NONE else declined
        return c.REFUSE if declined == NONE else c.DECLINE
    row[c.READY_DIFFERS] = 1
    if any_ready:
        to_settle(w, request)
    return NONE


@part
def become_ready(w: World, request: int, position: int) -> None:
    """A decision, an assessment or an outside wait is over, for one pool of the search."""
    w.request[request, c.UNREADY] -= 1
    entry = w.request[request, c.FIRST_ENTRY]
    while entry != NONE:
        if w.entry[entry, c.POSITION] == position:
            w.entry[entry, c.OFFERED] = 1
        entry = w.entry[entry, c.NEXT_ENTRY]
    if w.request[request, c.GRANTED] == NOT_YET:
        to_settle(w, request)


@part
def become_decided(w: World, request: int) -> None:
    """The decision is made, for all pools of the search."""
    w.request[request, c.UNREADY] = 0
    if w.request[request, c.GRANTED] == NOT_YET:
        to_settle(w, request)


@part
def start_patience(w: World, request: int) -> None:
    """Patience runs from when a place is wanted and sought."""
    row = w.request[request]
    if row[c.PATIENCE_LEFT] != NOT_YET and row[c.WANTED] < FAR:
        row[c.DEADLINE] = max(row[c.WANTED], w.clock[c.NOW]) + row[c.PATIENCE_LEFT]
        at(w, row[c.DEADLINE], ENDINGS, c.RUN_OUT, request)


# -- Granting --------------------------------------------------------------------------------


@hot
def grant(w: World, request: int, pool: int) -> bool:
    """Assign a place; says whether the citizen moves in at once (else after the lead time)."""
    row, now = w.request[request], w.clock[c.NOW]
    citizen = row[c.CITIZEN]
    owner = w.citizen[citizen]
    entry = row[c.FIRST_ENTRY]
    while entry != NONE:
        take_off(w, entry)
        if w.entry[entry, c.WHERE] == pool and row[c.READY_DIFFERS]:
            row[c.READY] = w.entry[entry, c.READY_HERE]
        entry = w.entry[entry, c.NEXT_ENTRY]
    row[c.POOL] = pool
    row[c.GRANTED] = now
    if owner[c.BRIDGE_OPEN] != NONE and row[c.PURPOSE] == GOAL:
        withdraw_bridge(w, citizen)
    if owner[c.HOLDING] != NONE and row[c.PURPOSE] == NEED:
        release_held(w, citizen)
    row[c.PLACE] = take(w, pool)
    law = w.pool[pool, c.MOVE_IN_LAW]
    if law != NONE:
        lead = duration(w, citizen, law, MOVE_IN, pool)
        if lead:
            row[c.KIND] = HELD
            owner[c.HOLDING] = request
            at(w, now + lead, DEPARTURES, c.MOVE_IN, request)
            return False
    return True


@part
def withdraw_bridge(w: World, citizen: int) -> None:
    """The goal is found, or given up: no place to be in meanwhile is needed."""
    owner = w.citizen[citizen]
    bridge = owner[c.BRIDGE_OPEN]
    if bridge == NONE:
        return
    if owner[c.HOLDING] == bridge:
        release_held(w, citizen)
    else:
        end_search(w, bridge, WITHDRAWN)
    owner[c.BRIDGE_OPEN] = NONE


@part
def release_held(w: World, citizen: int) -> None:
    """Give up a place granted or kept but not moved into; a goal goes on searching."""
    owner = w.citizen[citizen]
    held = owner[c.HOLDING]
    if held == NONE:
        return
    row = w.request[held]
    give_back(w, row[c.POOL], row[c.PLACE])
    freed(w, row[c.POOL])
    owner[c.HOLDING] = NONE
    row[c.LEFT] = w.clock[c.NOW]
    row[c.OUTCOME] = WITHDRAWN
    if row[c.PURPOSE] == GOAL and is_kept(w, held):
        owner[c.GOAL_OPEN] = NONE
    elif row[c.PURPOSE] == GOAL:
        to_settle(w, _again(w, held))
    elif row[c.PURPOSE] == NEED:
        owner[c.NEED_OPEN] = NONE
    else:
        owner[c.BRIDGE_OPEN] = NONE
    close_row(w, held)


@hot
def is_kept(w: World, request: int) -> bool:
    """Whether it is a place kept for the citizen, which was not asked for."""
    return w.request[request, c.WANTED] == NOT_YET


@cold
def _again(w: World, held: int) -> int:
    """The same request, searching on after a place granted was given up."""
    old = w.request[held]
    citizen = old[c.CITIZEN]
    again = new_request(
        w, citizen, old[c.PURPOSE], old[c.SEARCH], old[c.REQUESTED], old[c.URGENT], old[c.PRIORITY]
    )
    w.citizen[citizen, c.REQUESTS] -= 1
    row = w.request[again]
    for column in (
        c.NUMBER,
        c.EPISODE,
        c.SOUGHT,
        c.READY,
        c.PATIENCE_LEFT,
        c.GOAL_SOUGHT,
        c.ACCEPTED,
        c.READY_DIFFERS,
        c.FIRST_ENTRY,
    ):
        row[column] = old[column]
    row[c.WANTED] = FAR
    old[c.FIRST_ENTRY] = NONE
    entry = row[c.FIRST_ENTRY]
    while entry != NONE:
        w.entry[entry, c.WHOSE] = again
        entry = w.entry[entry, c.NEXT_ENTRY]
    return again


# -- The last word of an instant -------------------------------------------------------------


@part
def last_word(w: World, request: int, action: int) -> None:
    """Decide at step 7 of this instant, in the order of service."""
    row = w.request[request]
    n = w.clock[c.ENDING]
    ending = w.ending[n]
    w.clock[c.ENDING] = n + 1
    check_room(w, n, len(w.ending))
    ending[0] = PATIENCE_FIRST if action == c.GIVE_UP else TRIALS
    ending[1] = row[c.PRIORITY]
    ending[2] = row[c.READY]
    ending[3] = row[c.REQUESTED]
    ending[4] = w.citizen[row[c.CITIZEN], c.RANK]
    ending[5] = row[c.NUMBER]
    ending[c.ENDING_ACTION] = action
    ending[c.ENDING_ABOUT] = request << 24 | (w.stamp[request] & 0xFFFFFF)


@part
def try_to_wait(w: World, request: int) -> None:
    """Whether it may wait is decided once it is wanted and ready for every pool."""
    row = w.request[request]
    if row[c.SEARCH] == NONE or not w.search[row[c.SEARCH], c.ON_TRIAL]:
        return
    if row[c.UNREADY] == 0 and row[c.WANTED] <= w.clock[c.NOW] and not row[c.ACCEPTED]:
        last_word(w, request, c.TURN_AWAY_IF_FULL)


@part
def may_wait(w: World, request: int) -> bool:
    """Which lists a request may stay on; says whether there is any."""
    row = w.request[request]
    full = w.search[row[c.SEARCH], c.WHEN_FULL]
    if full == TURNED_AWAY:
        return False
    kept = 0
    entry = row[c.FIRST_ENTRY]
    while entry != NONE:
        pool = w.entry[entry, c.WHERE]
        if w.entry[entry, c.OFFERED]:
            chosen = full != WAIT_FIRST or pool == row[c.SOUGHT]
            if chosen and _has_room_to_wait(w, pool):
                kept += 1
            else:
                w.entry[entry, c.OFFERED] = 0
                take_off(w, entry)
        entry = w.entry[entry, c.NEXT_ENTRY]
    row[c.ACCEPTED] = 1
    return kept > 0


@part
def _has_room_to_wait(w: World, pool: int) -> bool:
    limit = w.pool[pool, c.QUEUE_LIMIT]
    if limit == UNLIMITED:
        return True
    waiting = 0
    for which in range(w.clock[c.LISTS]):
        entry = w.waiting[pool, which, 0]
        while entry != NONE:
            row = w.request[w.entry[entry, c.WHOSE]]
            if row[c.ACCEPTED] and row[c.WANTED] <= w.clock[c.NOW]:
                waiting += 1
            entry = w.entry[entry, c.AFTER]
    return waiting < limit


@part
def end_search(w: World, request: int, why: int) -> None:
    """A request ends without a place."""
    row = w.request[request]
    row[c.ENDED] = w.clock[c.NOW]
    row[c.OUTCOME] = why
    leave_lists(w, request)
    close_row(w, request)
