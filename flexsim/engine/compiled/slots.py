"""Rows of open requests and of citizens: taken, given back, and written to the register."""

from __future__ import annotations

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.luck import begin_episode, residence_of, trait_of
from flexsim.engine.compiled.quota import new_accounts
from flexsim.engine.compiled.world import World
from flexsim.jit import hot, part
from flexsim.plan.plan import NONE
from flexsim.register import NOT_YET, Kind, Outcome, Purpose

OPEN = int(Outcome.OPEN)
STILL_THERE, STILL_WAITING = int(Outcome.STILL_THERE), int(Outcome.STILL_WAITING)
NEED, GOAL, BRIDGE = int(Purpose.NEED), int(Purpose.GOAL), int(Purpose.BRIDGE)
HELD = int(Kind.HELD)


@hot
def check_room(w: World, used: int, rows: int) -> None:
    """Note that a table is nearly full; what one event needs, it still holds."""
    if used + w.clock[c.SLACK] > rows:
        w.clock[c.STATUS] = c.FULL


@hot
def check_register(w: World, used: int) -> None:
    """The same of the rows of the register."""
    if used + w.clock[c.SLACK] > len(w.row):
        w.clock[c.STATUS] = c.FULL_OF_ROWS


@hot
def new_citizen(w: World, stream: int, nth: int) -> int:
    """A row for a citizen who enters the model."""
    citizen = w.clock[c.CITIZEN_FREE]
    if citizen == NONE:
        citizen = w.clock[c.CITIZENS_USED]
        w.clock[c.CITIZENS_USED] = citizen + 1
        check_room(w, citizen, len(w.citizen))
    else:
        w.clock[c.CITIZEN_FREE] = w.citizen[citizen, c.NEXT_CITIZEN]
    row = w.citizen[citizen]
    group, residence = w.stream[stream, c.STREAM_GROUP], residence_of(w, stream, nth)
    number = w.clock[c.PEOPLE]
    w.clock[c.PEOPLE] = number + 1
    row[c.PERSON] = number
    row[c.RANK] = stream << 40 | nth
    row[c.STREAM] = stream
    row[c.NTH] = nth
    row[c.GROUP] = group
    row[c.RESIDENCE] = residence
    row[c.STAYING] = row[c.HOLDING] = row[c.NEED_OPEN] = row[c.GOAL_OPEN] = row[c.BRIDGE_OPEN] = (
        NONE
    )
    row[c.ENROLMENTS] = NONE
    row[c.AT_RISK_SINCE] = NOT_YET
    row[c.REQUESTS] = 0
    w.risk[citizen, c.RATIO] = w.risk[citizen, c.RATIO_AFTER] = 1.0
    for n in range(w.admissions.shape[1]):
        w.admissions[citizen, n] = NOT_YET
    begin_episode(w, citizen, 0)
    person = w.person[number]
    person[0] = stream
    person[1] = nth
    person[2] = residence
    if len(w.quota_nights) > 0:
        new_accounts(w, citizen)
    for t in range(w.trait.shape[1]):
        w.trait[citizen, t] = person[3 + t] = trait_of(w, stream, nth, group, t)
    return citizen


@part
def forget_citizen(w: World, citizen: int) -> None:
    """Nothing can happen to this citizen any more."""
    w.citizen[citizen, c.NEXT_CITIZEN] = w.clock[c.CITIZEN_FREE]
    w.clock[c.CITIZEN_FREE] = citizen


@hot
def new_request(
    w: World, citizen: int, purpose: int, search: int, requested: int, urgent: int, priority: int
) -> int:
    """A row for a request: the citizen's open need, goal, bridge or enrolment."""
    request = w.clock[c.REQUEST_FREE]
    if request == NONE:
        request = w.clock[c.REQUESTS_USED]
        w.clock[c.REQUESTS_USED] = request + 1
        check_room(w, request, len(w.request))
        check_register(w, w.clock[c.ROWS] + request)
    else:
        w.clock[c.REQUEST_FREE] = w.request[request, c.FIRST_ENTRY]
    row, owner = w.request[request], w.citizen[citizen]
    for column in range(c.REQUEST_COLUMNS):
        row[column] = NOT_YET
    row[c.CITIZEN] = w.owner[request] = citizen
    row[c.EPISODE] = owner[c.CITIZEN_EPISODE]
    row[c.NUMBER] = owner[c.REQUESTS]
    owner[c.REQUESTS] += 1
    row[c.PURPOSE] = purpose
    row[c.SEARCH] = search
    row[c.REQUESTED] = row[c.WANTED] = requested
    row[c.URGENT] = urgent
    row[c.PRIORITY] = priority
    row[c.KIND] = row[c.OUTCOME] = row[c.UNREADY] = row[c.LISTED] = 0
    row[c.ACCEPTED] = row[c.SENT_OUT] = row[c.READY_DIFFERS] = 0
    row[c.IN_USE] = 1
    if purpose == NEED:
        owner[c.NEED_OPEN] = request
    elif purpose == GOAL:
        owner[c.GOAL_OPEN] = request
    elif purpose == BRIDGE:
        owner[c.BRIDGE_OPEN] = request
    else:
        row[c.NEXT_ENROLMENT] = owner[c.ENROLMENTS]
        owner[c.ENROLMENTS] = request
    return request


@part
def close_row(w: World, request: int) -> None:
    """Write the row to the register; nothing can happen to it any more."""
    row, end = w.request[request], w.clock[c.END]
    if row[c.POOL] == NOT_YET:
        row[c.POOL] = row[c.SOUGHT]
    if row[c.OUTCOME] == OPEN:
        row[c.OUTCOME] = STILL_WAITING if row[c.ADMITTED] == NOT_YET else STILL_THERE
    if row[c.WANTED] >= end:
        row[c.WANTED] = NOT_YET
    if row[c.READY] >= end:
        row[c.READY] = NOT_YET
    number = w.clock[c.ROWS]
    w.clock[c.ROWS] = number + 1
    check_register(w, number + w.clock[c.REQUESTS_USED])
    written = w.row[number]
    for column in range(c.REGISTERED):
        written[column] = row[column]
    order = row[c.NUMBER] << 1 | (row[c.KIND] != HELD)
    w.row_order[number] = w.citizen[row[c.CITIZEN], c.PERSON] << 32 | order
    drop_entries(w, request)
    row[c.IN_USE] = 0
    w.stamp[request] += 1
    row[c.FIRST_ENTRY] = w.clock[c.REQUEST_FREE]
    w.clock[c.REQUEST_FREE] = request


@part
def new_entry(w: World) -> int:
    """A row for an entry."""
    entry = w.clock[c.ENTRY_FREE]
    if entry == NONE:
        entry = w.clock[c.ENTRIES_USED]
        w.clock[c.ENTRIES_USED] = entry + 1
        check_room(w, entry, len(w.entry))
    else:
        w.clock[c.ENTRY_FREE] = w.entry[entry, c.NEXT_ENTRY]
    return entry


@part
def drop_entries(w: World, request: int) -> None:
    """Give back the entries of a request, which stand on no list."""
    entry = w.request[request, c.FIRST_ENTRY]
    while entry != NONE:
        following = w.entry[entry, c.NEXT_ENTRY]
        w.entry[entry, c.NEXT_ENTRY] = w.clock[c.ENTRY_FREE]
        w.clock[c.ENTRY_FREE] = entry
        entry = following
    w.request[request, c.FIRST_ENTRY] = NONE
