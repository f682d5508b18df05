"""What happens when: a heap of events by (time, step, scheduling), and arrivals beside it.

An event is two numbers: its key, and what to do (action, position, request, stamp). The stamp tells
whether the request is still the one the event was made for.
"""

from __future__ import annotations

from flexsim.engine.clock import NEEDS, RULES, SETTLEMENT
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.world import World
from flexsim.jit import hot, part
from flexsim.plan.plan import UNLIMITED as FAR

#: Children of a node of the heap: four share a line of the cache (see `world`).
WIDTH = 4
# Where position, request and stamp begin in what an event does.
POSITION_SHIFT, REQUEST_SHIFT, STAMP_SHIFT = 5, 15, 39
ACTIONS, POSITIONS = (1 << POSITION_SHIFT) - 1, (1 << (REQUEST_SHIFT - POSITION_SHIFT)) - 1
REQUESTS, STAMPS = (1 << (STAMP_SHIFT - REQUEST_SHIFT)) - 1, (1 << (63 - STAMP_SHIFT)) - 1


@part
def at(w: World, time: int, step: int, action: int, request: int = 0, position: int = 0) -> bool:
    """Schedule what is to be done with a request; says whether it lies before the end."""
    if time >= w.clock[c.END]:
        return False
    w.clock[c.SCHEDULED] += 1
    key = (
        time << w.clock[c.TIME_SHIFT]
        | (step - RULES) << w.clock[c.STEP_SHIFT]
        | w.clock[c.SCHEDULED]
    )
    about = (
        action
        | position << POSITION_SHIFT
        | request << REQUEST_SHIFT
        | (w.stamp[request] & STAMPS) << STAMP_SHIFT
    )
    hole = w.clock[c.DUE]
    w.clock[c.DUE] = hole + 1
    if hole + w.clock[c.SLACK] > len(w.calendar):
        w.clock[c.STATUS] = c.FULL
    while hole > 0:
        parent = (hole - 1) // WIDTH
        if w.calendar[parent, 0] <= key:
            break
        w.calendar[hole, 0] = w.calendar[parent, 0]
        w.calendar[hole, 1] = w.calendar[parent, 1]
        hole = parent
    w.calendar[hole, 0] = key
    w.calendar[hole, 1] = about
    return True


@hot
def drop_first(w: World) -> None:
    """Take the first event off the heap."""
    n = w.clock[c.DUE] - 1
    w.clock[c.DUE] = n
    key, about = w.calendar[n, 0], w.calendar[n, 1]
    hole = 0
    while True:
        child = WIDTH * hole + 1
        if child >= n:
            break
        least, lowest = child, w.calendar[child, 0]
        for other in range(child + 1, min(child + WIDTH, n)):
            if w.calendar[other, 0] < lowest:
                least, lowest = other, w.calendar[other, 0]
        if lowest >= key:
            break
        w.calendar[hole, 0] = lowest
        w.calendar[hole, 1] = w.calendar[least, 1]
        hole = least
    w.calendar[hole, 0] = key
    w.calendar[hole, 1] = about


@hot
def next_time(w: World) -> int:
    """When the next event or arrival falls due; FAR if there is none."""
    arrival = w.clock[c.ARRIVAL_AT]
    if w.clock[c.DUE] == 0:
        return arrival
    return min(arrival, w.calendar[0, 0] >> w.clock[c.TIME_SHIFT])


@hot
def due_before_settlement(w: World) -> bool:
    """Whether something falls due at this instant that comes before settlement."""
    now = w.clock[c.NOW]
    if w.clock[c.ARRIVAL_AT] <= now:
        return True
    settlement = now << 3 | (SETTLEMENT - RULES)
    return w.clock[c.DUE] > 0 and w.calendar[0, 0] >> w.clock[c.STEP_SHIFT] < settlement


@hot
def arrival_is_next(w: World) -> bool:
    """Whether the next arrival comes before all events."""
    arrival = w.clock[c.ARRIVAL_AT]
    if arrival == FAR or w.clock[c.DUE] == 0:
        return arrival < FAR
    return arrival << 3 | (NEEDS - RULES) < w.calendar[0, 0] >> w.clock[c.STEP_SHIFT]


@hot
def look_for_arrival(w: World) -> None:
    """Find the stream whose next citizen comes first."""
    w.clock[c.ARRIVAL_AT] = FAR
    for stream in range(len(w.stream)):
        following = w.stream[stream, c.NEXT_ARRIVAL]
        if following < w.stream[stream, c.LAST_ARRIVAL]:
            time = w.arrival[following]
            if time < w.clock[c.ARRIVAL_AT]:
                w.clock[c.ARRIVAL_AT] = time
                w.clock[c.ARRIVAL_STREAM] = stream
