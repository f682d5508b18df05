"""Teams: courses besides the stays, asked for when a citizen moves, and cases of caseworkers."""

from __future__ import annotations

from flexsim.chance import Draw
from flexsim.engine.clock import COMPLETIONS
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.admission import ask, end_search
from flexsim.engine.compiled.calendar import at
from flexsim.engine.compiled.decisions import decide
from flexsim.engine.compiled.luck import duration, uniform_of
from flexsim.engine.compiled.places import give_back
from flexsim.engine.compiled.risk import change_ratio
from flexsim.engine.compiled.slots import close_row, drop_entries
from flexsim.engine.compiled.waiting import freed
from flexsim.engine.compiled.world import World
from flexsim.engine.state import IN_VAIN
from flexsim.jit import cold, part
from flexsim.plan.plan import NONE
from flexsim.plan.plan import UNLIMITED as FAR
from flexsim.register import NOT_YET, Kind, Outcome, Purpose

ENROL, STAY = int(Draw.ENROL), int(Draw.STAY)
ENROLMENT, TEAM = int(Purpose.ENROLMENT), int(Kind.TEAM)
COURSE_ENDED, WITHDRAWN = int(Outcome.COURSE_ENDED), int(Outcome.WITHDRAWN)


@cold
def ask_teams(w: World, citizen: int, moment: int) -> None:
    """Enrol with the teams asking at this moment, unless known to them or not reached."""
    for n in range(w.enrol_first[moment], w.enrol_first[moment + 1]):
        team = w.enrol_team[n]
        if _is_known(w, citizen, team):
            continue
        share = w.share[team, c.ENROL_SHARE]
        if share < 1.0 and uniform_of(w, citizen, ENROL, team) >= share:
            continue
        search, priority = w.pool[team, c.ENROL_SEARCH], w.clock[c.REFUGE_PRIORITY]
        ask(w, citizen, ENROLMENT, search, 0, priority)


@part
def _is_known(w: World, citizen: int, team: int) -> bool:
    request = w.citizen[citizen, c.ENROLMENTS]
    while request != NONE:
        if w.request[request, c.SOUGHT] == team:
            return True
        request = w.request[request, c.NEXT_ENROLMENT]
    return False


@cold
def begin_course(w: World, course: int, law: int) -> None:
    """A place with the team is granted: the citizen is enrolled, wherever he or she is."""
    row = w.request[course]
    citizen = row[c.CITIZEN]
    drop_entries(w, course)
    row[c.KIND] = TEAM
    row[c.ADMITTED] = w.clock[c.NOW]
    length = FAR
    if row[c.GOAL_SOUGHT] >= 0:
        length = decide(w, course)
    elif law != NONE:
        length = duration(w, citizen, law, STAY, row[c.POOL])
    if length < FAR:
        at(w, w.clock[c.NOW] + length, COMPLETIONS, c.COMPLETE_COURSE, course)
    change_ratio(w, citizen)


@cold
def complete_course(w: World, course: int) -> None:
    """The course has lasted as long as it was to last."""
    row = w.request[course]
    citizen = row[c.CITIZEN]
    row[c.COMPLETED] = w.clock[c.NOW]
    forget_team(w, citizen, course)
    end_course(w, course, COURSE_ENDED)
    change_ratio(w, citizen)


@cold
def end_course(w: World, course: int, why: int) -> None:
    """The place with the team is free; the row is complete."""
    row = w.request[course]
    row[c.LEFT] = w.clock[c.NOW]
    row[c.OUTCOME] = why
    give_back(w, row[c.POOL], row[c.PLACE])
    freed(w, row[c.POOL])
    close_row(w, course)


@cold
def close_cases(w: World, citizen: int, in_vain: bool) -> None:
    """The search for the goal, or the stay with an assessment in vain, is over."""
    request = w.citizen[citizen, c.ENROLMENTS]
    while request != NONE:
        row = w.request[request]
        following = row[c.NEXT_ENROLMENT]
        if row[c.GOAL_SOUGHT] == IN_VAIN if in_vain else row[c.GOAL_SOUGHT] >= 0:
            forget_team(w, citizen, request)
            if row[c.ADMITTED] == NOT_YET:
                end_search(w, request, WITHDRAWN)
            else:
                end_course(w, request, WITHDRAWN)
        request = following


@cold
def forget_team(w: World, citizen: int, request: int) -> None:
    """A course or the request for one is over."""
    following = w.request[request, c.NEXT_ENROLMENT]
    other = w.citizen[citizen, c.ENROLMENTS]
    if other == request:
        w.citizen[citizen, c.ENROLMENTS] = following
        return
    while w.request[other, c.NEXT_ENROLMENT] != request:
        other = w.request[other, c.NEXT_ENROLMENT]
    w.request[other, c.NEXT_ENROLMENT] = following
