"""How it is decided where a citizen goes next: after a time, at a meeting, by a caseworker.

The same control flow as `engine.decisions`, over tables.
"""

from __future__ import annotations

from flexsim.chance import Draw
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.admission import ask, offer
from flexsim.engine.compiled.luck import duration, uniform_of
from flexsim.engine.compiled.slots import new_request
from flexsim.engine.compiled.world import World
from flexsim.engine.rules import next_meeting
from flexsim.jit import cold, hot, part
from flexsim.plan.plan import NONE
from flexsim.register import Purpose

DECISION, NO_SHOW = int(Draw.DECISION), int(Draw.NO_SHOW)
GOAL, ENROLMENT = int(Purpose.GOAL), int(Purpose.ENROLMENT)


@hot
def seek(w: World, citizen: int, goal: int, wanted: int) -> None:
    """Ask for the place where a citizen is to go next, wanted at once or later."""
    row, now = w.goal[goal], w.clock[c.NOW]
    urgent, priority = row[c.GOAL_URGENT], row[c.GOAL_PRIORITY]
    request = new_request(w, citizen, GOAL, row[c.GOAL_SEARCH], now, urgent, priority)
    asked = w.request[request]
    asked[c.GOAL_SOUGHT] = goal
    if wanted > now:
        asked[c.WANTED] = wanted  # by a search that begins early
    if row[c.CASEWORKERS] == NONE:
        offer(w, request, _time_to_decide(w, citizen, goal))
        return
    asked[c.SOUGHT] = w.search_pool[w.search[row[c.GOAL_SEARCH], c.FIRST_POOL]]
    asked[c.UNREADY] = 1
    open_case(w, citizen, row[c.CASEWORKERS], goal, urgent, priority)


@part
def is_case(w: World, goal: int) -> bool:
    """Whether a goal, perhaps to leave the model, is for caseworkers to decide."""
    return goal < len(w.goal) and w.goal[goal, c.CASEWORKERS] != NONE


@cold
def open_case(w: World, citizen: int, team: int, goal: int, urgent: int, priority: int) -> None:
    """Ask a team of caseworkers to decide a goal, or to find that it need not (`IN_VAIN`)."""
    case = ask(w, citizen, ENROLMENT, w.pool[team, c.ENROL_SEARCH], urgent, priority)
    w.request[case, c.GOAL_SOUGHT] = goal


@cold
def decide(w: World, case: int) -> int:
    """The case is taken on, and the goal offered; how long it takes to decide it."""
    citizen = w.request[case, c.CITIZEN]
    goal = w.citizen[citizen, c.GOAL_OPEN]
    if goal == NONE:
        return 0
    time = _time_to_decide(w, citizen, w.request[case, c.GOAL_SOUGHT])
    w.request[goal, c.UNREADY] = 0
    offer(w, goal, time)
    return time


@part
def _time_to_decide(w: World, citizen: int, goal: int) -> int:
    law = w.goal[goal, c.DECISION_LAW]
    time = 0 if law == NONE else duration(w, citizen, law, DECISION, goal)
    if w.goal[goal, c.MEETING_WEEKDAYS]:
        time = _meeting(w, citizen, goal, w.clock[c.NOW] + time) - w.clock[c.NOW]
    return time


@cold
def _meeting(w: World, citizen: int, goal: int, time: int) -> int:
    """When the goal is decided: at the first meeting that comes to something."""
    weekdays, start = w.goal[goal, c.MEETING_WEEKDAYS], w.clock[c.START_WEEKDAY]
    time = next_meeting(time, weekdays, start)
    no_show = w.no_show[goal]
    while no_show > 0 and uniform_of(w, citizen, NO_SHOW, goal) < no_show:
        if w.clock[c.STATUS] != c.RUNNING:
            break  # no room to note what was drawn: the run begins anew with more
        time = next_meeting(time + 1, weekdays, start)
    return time
