"""What citizens do: arrive, move in, complete, seek the next place, leave, relapse.

The same control flow as `engine.simpy_engine`, over tables.
"""

from __future__ import annotations

from flexsim.chance import Draw
from flexsim.engine.clock import COMPLETIONS, DECISIONS, NEEDS
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.admission import (
    ask,
    ask_refuge,
    end_search,
    is_kept,
    last_word,
    release_held,
    start_patience,
    try_to_wait,
    withdraw_bridge,
)
from flexsim.engine.compiled.calendar import at, look_for_arrival
from flexsim.engine.compiled.decisions import is_case, open_case, seek
from flexsim.engine.compiled.luck import at_quantile, begin_episode, duration, uniform_of
from flexsim.engine.compiled.places import give_back, take
from flexsim.engine.compiled.quota import count_nights, enter_quota
from flexsim.engine.compiled.risk import stop_risk, take_risk
from flexsim.engine.compiled.slots import (
    close_row,
    drop_entries,
    forget_citizen,
    new_citizen,
    new_request,
)
from flexsim.engine.compiled.teams import (
    ask_teams,
    begin_course,
    close_cases,
    end_course,
    forget_team,
)
from flexsim.engine.compiled.waiting import freed, wake
from flexsim.engine.compiled.world import World
from flexsim.engine.rules import found_at_review, pick
from flexsim.engine.state import IN_VAIN
from flexsim.jit import cold, hot, part
from flexsim.plan.plan import HERE, LEAVE, NONE, REVIEW_ENDS, REVIEW_EXTENDS, REVIEW_SEARCHES
from flexsim.plan.plan import UNLIMITED as FAR
from flexsim.register import NOT_YET, Kind, Outcome, Purpose

STAY, GOAL_DRAWN, REVIEW = int(Draw.STAY), int(Draw.GOAL), int(Draw.REVIEW)
EARLY_ASSESSMENT, LEAVE_EARLY = int(Draw.EARLY_ASSESSMENT), int(Draw.LEAVE_EARLY)
EXTENSION, EXTENSION_LENGTH = int(Draw.EXTENSION), int(Draw.EXTENSION_LENGTH)
NEED, GOAL, BRIDGE = int(Purpose.NEED), int(Purpose.GOAL), int(Purpose.BRIDGE)
ENROLMENT = int(Purpose.ENROLMENT)
HELD = int(Kind.HELD)
MOVED_ON, WENT_HOME = int(Outcome.MOVED_ON), int(Outcome.WENT_HOME)
LEFT_MODEL, LIMIT_REACHED = int(Outcome.LEFT_MODEL), int(Outcome.LIMIT_REACHED)
LEFT_EARLY = int(Outcome.LEFT_EARLY)
READMITTED, WITHDRAWN = int(Outcome.READMITTED), int(Outcome.WITHDRAWN)


# -- A citizen arrives -----------------------------------------------------------------------


@hot
def arrive(w: World) -> None:
    """A new citizen makes a first request."""
    stream = w.clock[c.ARRIVAL_STREAM]
    row = w.stream[stream]
    nth = row[c.NEXT_ARRIVAL] - row[c.FIRST_ARRIVAL]
    row[c.NEXT_ARRIVAL] += 1
    look_for_arrival(w)
    citizen = new_citizen(w, stream, nth)
    ask(
        w,
        citizen,
        NEED,
        row[c.STREAM_SEARCH],
        row[c.STREAM_URGENT],
        row[c.STREAM_PRIORITY],
    )


@cold
def admit_one_present(w: World, stream: int, nth: int, pool: int) -> None:
    """A place occupied at time zero, with the remaining stay of a random moment."""
    citizen = new_citizen(w, stream, nth)
    request = new_request(w, citizen, NEED, NONE, 0, 0, w.clock[c.REFUGE_PRIORITY])
    row = w.request[request]
    row[c.SOUGHT] = row[c.POOL] = pool
    row[c.READY] = row[c.GRANTED] = 0
    row[c.PLACE] = take(w, pool)
    admit(w, request, w.by_group[pool, w.citizen[citizen, c.GROUP], c.RESIDUAL_LAW])


# -- and, granted a place, moves in ----------------------------------------------------------


@part
def stay_law(w: World, request: int) -> int:
    """The law of the stay that a request leads to."""
    row = w.request[request]
    return w.by_group[row[c.POOL], w.citizen[row[c.CITIZEN], c.GROUP], c.STAY_LAW]


@hot
def admit(w: World, request: int, law: int) -> None:
    """Leave the place where one was, move into the one granted; the stay follows `law`."""
    row = w.request[request]
    citizen = row[c.CITIZEN]
    owner = w.citizen[citizen]
    purpose = row[c.PURPOSE]
    if purpose == ENROLMENT:
        begin_course(w, request, law)
        return
    keeps, pool, place, need_end = False, NONE, NONE, FAR
    if owner[c.STAYING] != NONE:
        before = w.request[owner[c.STAYING]]
        keeps = _keeps(w, before[c.POOL], request, law)
        pool, place, need_end = before[c.POOL], before[c.PLACE], before[c.NEED_END]
        _vacate(w, citizen, _why_left(w, request), keeps)
        if len(w.enrol_team) > 0:
            ask_teams(w, citizen, 2 * pool)
    drop_entries(w, request)
    row[c.KIND] = w.pool[row[c.POOL], c.ROW_KIND]
    row[c.ADMITTED] = w.clock[c.NOW]
    owner[c.STAYING] = request
    if purpose == NEED:
        owner[c.NEED_OPEN] = NONE
        if owner[c.BRIDGE_OPEN] != NONE:
            withdraw_bridge(w, citizen)
        if keeps:
            _keep(w, citizen, pool, place, need_end)
    elif purpose == GOAL:
        owner[c.GOAL_OPEN] = NONE
    else:
        owner[c.BRIDGE_OPEN] = NONE
    was_asked = row[c.SEARCH] != NONE or row[c.NUMBER] > 0  # not there at time zero
    if was_asked and len(w.enrol_team) > 0:
        ask_teams(w, citizen, 2 * row[c.POOL] + 1)
    _begin_stay(w, request, law)


@part
def move_in(w: World, request: int) -> None:
    """The lead time is over, or the citizen returns."""
    w.citizen[w.request[request, c.CITIZEN], c.HOLDING] = NONE
    admit(w, request, stay_law(w, request))


@hot
def _why_left(w: World, moving_to: int) -> int:
    row = w.request[moving_to]
    if row[c.PURPOSE] == NEED:
        return READMITTED
    if row[c.SENT_OUT]:
        return row[c.SENT_OUT]
    return WENT_HOME if w.pool[row[c.POOL], c.IS_COMMUNITY] else MOVED_ON


@hot
def _begin_stay(w: World, request: int, law: int) -> None:
    row, now = w.request[request], w.clock[c.NOW]
    citizen, pool = row[c.CITIZEN], row[c.POOL]
    owner = w.citizen[citizen]
    something = False
    need, limit, search = _lengths(w, request, law)
    row[c.NEED_END] = row[c.PLANNED_END] = FAR
    if need < FAR:
        row[c.NEED_END] = row[c.PLANNED_END] = now + need
        if need <= limit:
            something |= at(w, now + need, COMPLETIONS, c.COMPLETE, request)
    if limit < FAR:
        row[c.PLANNED_END] = min(row[c.NEED_END], now + limit)
        something |= at(w, now + limit, COMPLETIONS, c.REACH_LIMIT, request)
    if w.share[pool, c.LEAVE_EARLY_SHARE] > 0:
        something |= _may_leave_early(w, request)
    if w.pool[pool, c.IS_WARD]:
        w.risk[citizen, c.SURVIVAL] = -1.0
        w.risk[citizen, c.RATIO_AFTER] = 1.0
        if w.admissions.shape[1] > 0:
            _remember_admission(w, citizen)
    elif w.relapse_share[pool, owner[c.GROUP]] > 0 and owner[c.NEED_OPEN] == NONE:
        something |= take_risk(w, citizen, request)
    if owner[c.GOAL_OPEN] != NONE and not is_kept(w, owner[c.GOAL_OPEN]):
        want_goal(w, citizen, request)
        return
    if w.share[pool, c.EARLY_SHARE] > 0:
        something |= _assess_early(w, request)
    if search < FAR and now + search < row[c.PLANNED_END]:
        something |= at(w, now + search, NEEDS, c.SEEK_EARLY, request)
    if not something:
        _stay_for_good(w, request)


@hot
def _lengths(w: World, request: int, law: int) -> tuple[int, int, int]:
    """How long the need and the stay last at most, and when the search begins, from now on."""
    row = w.request[request]
    citizen, pool = row[c.CITIZEN], row[c.POOL]
    limit, search = w.pool[pool, c.LIMIT], FAR
    need = FAR if law == NONE else row[c.NEED_END]
    if need == NOT_YET:
        need = duration(w, citizen, law, STAY, pool)
    if w.pool[pool, c.QUOTA] != NONE:
        limit = enter_quota(w, citizen, pool, limit)
    if w.pool[pool, c.FIRST_REVIEW] < w.pool[pool, c.LAST_REVIEW]:
        need, limit, search = _review(w, citizen, pool, need, limit)
    return need, limit, search


@cold
def _remember_admission(w: World, citizen: int) -> None:
    admissions = w.admissions[citizen]
    for n in range(len(admissions) - 1, 0, -1):
        admissions[n] = admissions[n - 1]
    admissions[0] = w.clock[c.NOW]


@cold
def _review(w: World, citizen: int, pool: int, need: int, limit: int) -> tuple[int, int, int]:
    """What the reviews of a stay decide: end of the need, limit, and start of the search.

    Times are seconds from admission, here and in what is returned.
    """
    search = FAR
    first, last = w.pool[pool, c.FIRST_REVIEW], w.pool[pool, c.LAST_REVIEW]
    for n in range(first, last):
        time = w.review_time[n]
        if time >= min(need, limit) or w.clock[c.STATUS] != c.RUNNING:
            break
        decided = pick(w.review_upto[n], uniform_of(w, citizen, REVIEW, pool))
        if decided == REVIEW_ENDS:
            notice = w.review[n, c.NOTICE]
            return min(need, time + notice), limit, min(search, time) if notice else search
        if decided == REVIEW_EXTENDS:
            limit += w.review[n, c.LONGER]
        elif decided == REVIEW_SEARCHES:
            search = min(search, time)
    if w.pool[pool, c.ENDS_AT_REVIEWS]:
        need = found_at_review(w.review_time, first, last, need)
    return need, limit, search


@part
def _stay_for_good(w: World, request: int) -> None:
    """Nothing can happen to the citizen any more: the row is complete."""
    row = w.request[request]
    citizen = row[c.CITIZEN]
    owner = w.citizen[citizen]
    if (
        owner[c.NEED_OPEN] == NONE
        and owner[c.BRIDGE_OPEN] == NONE
        and owner[c.HOLDING] == NONE
        and owner[c.ENROLMENTS] == NONE
        and not w.pool[row[c.POOL], c.IS_WATCHED]
    ):
        close_row(w, request)
        forget_citizen(w, citizen)


@part
def want_goal(w: World, citizen: int, stay: int) -> None:
    """When a goal place is wanted: at the end of the need where the citizen is now."""
    goal, now = w.citizen[citizen, c.GOAL_OPEN], w.clock[c.NOW]
    if goal == NONE or w.request[goal, c.GRANTED] != NOT_YET:
        return
    row = w.request[stay]
    if w.citizen[citizen, c.NEED_OPEN] != NONE:
        wanted = FAR  # first the new need
    elif row[c.NEED_END] == FAR or w.pool[row[c.POOL], c.MOVES_AT_ONCE]:
        wanted = now
    else:
        wanted = max(now, row[c.PLANNED_END])
    if wanted != w.request[goal, c.WANTED]:
        w.request[goal, c.WANTED] = wanted
        start_patience(w, goal)
    if wanted <= now:
        wake(w, goal)
        try_to_wait(w, goal)
        w.clock[c.LOOK] = 1


# -- The stay is completed -------------------------------------------------------------------


@hot
def complete(w: World, stay: int) -> None:
    """The need for this place has ended."""
    row = w.request[stay]
    if w.citizen[row[c.CITIZEN], c.NEED_OPEN] == NONE:
        row[c.COMPLETED] = w.clock[c.NOW]
        _end_of_need(w, stay)


@part
def reach_limit(w: World, stay: int, extended: bool) -> None:
    """The longest stay has passed, whether or not the need has ended before."""
    if not extended and _extend(w, stay):
        return
    row, stamp = w.request[stay], w.stamp[stay]
    if row[c.COMPLETED] == NOT_YET and w.citizen[row[c.CITIZEN], c.NEED_OPEN] == NONE:
        _end_of_need(w, stay)
    if w.stamp[stay] == stamp and w.pool[row[c.POOL], c.LIMIT_LEAVES]:
        last_word(w, stay, c.SEND_OUT)


@cold
def _extend(w: World, stay: int) -> bool:
    """At the limit, a share of stays is extended once."""
    row, now = w.request[stay], w.clock[c.NOW]
    pool, citizen = row[c.POOL], row[c.CITIZEN]
    share = w.share[pool, c.EXTENSION_SHARE]
    if share == 0 or uniform_of(w, citizen, EXTENSION, pool) >= share:
        return False
    law = w.pool[pool, c.EXTENSION_LAW]
    limit = now + duration(w, citizen, law, EXTENSION_LENGTH, pool)
    if now < row[c.NEED_END]:
        row[c.PLANNED_END] = min(row[c.NEED_END], limit)
        if row[c.NEED_END] <= limit:
            at(w, row[c.NEED_END], COMPLETIONS, c.COMPLETE, stay)
        want_goal(w, citizen, stay)
    at(w, limit, COMPLETIONS, c.REACH_EXTENDED_LIMIT, stay)
    return True


# -- and the citizen seeks the next place ----------------------------------------------------


@hot
def _end_of_need(w: World, stay: int) -> None:
    row = w.request[stay]
    citizen = row[c.CITIZEN]
    owner = w.citizen[citizen]
    if owner[c.HOLDING] != NONE and is_kept(w, owner[c.HOLDING]):
        move_in(w, owner[c.HOLDING])
        return
    if owner[c.GOAL_OPEN] == NONE:
        if row[c.ONWARD] == NOT_YET:
            row[c.ONWARD] = _draw_goal(w, stay)
        if row[c.ONWARD] == len(w.goal):
            cut = row[c.COMPLETED] == NOT_YET
            leave_model(w, citizen, LIMIT_REACHED if cut else LEFT_MODEL)
            return
        seek(w, citizen, row[c.ONWARD], NOT_YET)
    else:
        want_goal(w, citizen, stay)
    goal = owner[c.GOAL_OPEN]
    if w.clock[c.HAS_BRIDGES] and goal != NONE and row[c.PURPOSE] != BRIDGE:
        _seek_bridge(w, citizen, goal)


@part
def _assess_early(w: World, stay: int) -> bool:
    row = w.request[stay]
    pool = row[c.POOL]
    start = w.clock[c.NOW] + w.pool[pool, c.EARLY_AFTER]
    u = uniform_of(w, row[c.CITIZEN], EARLY_ASSESSMENT, pool)
    if u < w.share[pool, c.EARLY_SHARE] and start < row[c.PLANNED_END]:
        return at(w, start, NEEDS, c.SEEK_EARLY, stay)
    return False


@part
def seek_early(w: World, stay: int) -> None:
    """The search for the next place begins before the stay is completed."""
    row = w.request[stay]
    citizen, team = row[c.CITIZEN], w.pool[row[c.POOL], c.FALSE_STARTS]
    if row[c.ONWARD] != NOT_YET:
        return  # who was found to seek nothing is not asked again
    if w.citizen[citizen, c.NEED_OPEN] == NONE and w.citizen[citizen, c.GOAL_OPEN] == NONE:
        row[c.ONWARD] = _draw_goal(w, stay)
        if row[c.ONWARD] < len(w.goal):
            seek(w, citizen, row[c.ONWARD], row[c.PLANNED_END])
        if team != NONE and not is_case(w, row[c.ONWARD]):
            open_case(w, citizen, team, IN_VAIN, 0, w.clock[c.REFUGE_PRIORITY])


@part
def _draw_goal(w: World, stay: int) -> int:
    row = w.request[stay]
    shares = w.onward[row[c.POOL], w.citizen[row[c.CITIZEN], c.GROUP]]
    return pick(shares, uniform_of(w, row[c.CITIZEN], GOAL_DRAWN, 0))


@cold
def _seek_bridge(w: World, citizen: int, goal: int) -> None:
    asked = w.request[goal]
    if asked[c.GOAL_SOUGHT] == NOT_YET or asked[c.GRANTED] != NOT_YET:
        return
    if w.citizen[citizen, c.BRIDGE_OPEN] != NONE:
        return
    row = w.goal[asked[c.GOAL_SOUGHT]]
    if row[c.BRIDGE_SEARCH] != NONE:
        ask(
            w,
            citizen,
            BRIDGE,
            row[c.BRIDGE_SEARCH],
            row[c.GOAL_URGENT],
            row[c.GOAL_PRIORITY],
        )


# -- or leaves -------------------------------------------------------------------------------


@hot
def _vacate(w: World, citizen: int, why: int, keeps: bool) -> None:
    """Leave the place; it is given back unless it is kept for the citizen."""
    stay = w.citizen[citizen, c.STAYING]
    if stay == NONE:
        return
    row = w.request[stay]
    row[c.LEFT] = w.clock[c.NOW]
    row[c.OUTCOME] = why
    if w.citizen[citizen, c.AT_RISK_SINCE] != NOT_YET:
        stop_risk(w, citizen, stay)
    if w.citizen[citizen, c.ENROLMENTS] != NONE:
        close_cases(w, citizen, True)
    if why == LIMIT_REACHED:
        w.risk[citizen, c.RATIO_AFTER] = w.share[row[c.POOL], c.RATIO_AFTER_LIMIT]
    elif why == LEFT_EARLY:
        w.risk[citizen, c.RATIO_AFTER] = w.share[row[c.POOL], c.RATIO_AFTER_EARLY]
    if w.pool[row[c.POOL], c.QUOTA] != NONE:
        count_nights(w, citizen, row[c.POOL], -1)
    if not keeps:
        give_back(w, row[c.POOL], row[c.PLACE])
        freed(w, row[c.POOL])
    w.citizen[citizen, c.STAYING] = NONE
    close_row(w, stay)


@hot
def _keeps(w: World, pool: int, moving_to: int, law: int) -> bool:
    """Whether the place left is kept: for a new need elsewhere, which comes to an end."""
    row = w.request[moving_to]
    if row[c.PURPOSE] != NEED or w.pool[pool, c.KEEPS_PLACE] == 0:
        return False
    return law != NONE and row[c.POOL] != pool


@cold
def _keep(w: World, citizen: int, pool: int, place: int, need_end: int) -> None:
    """Keep the place that was left: the goal, or a bridge while another goal is sought."""
    now, purpose = w.clock[c.NOW], GOAL if w.citizen[citizen, c.GOAL_OPEN] == NONE else BRIDGE
    kept = new_request(w, citizen, purpose, NONE, now, 0, w.clock[c.REFUGE_PRIORITY])
    row = w.request[kept]
    row[c.WANTED] = NOT_YET
    row[c.SOUGHT] = row[c.POOL] = pool
    row[c.PLACE] = place
    row[c.KIND] = HELD
    row[c.GRANTED] = now
    row[c.NEED_END] = max(0, need_end - now)
    w.citizen[citizen, c.HOLDING] = kept
    at(w, now + w.pool[pool, c.KEEPS_PLACE], DECISIONS, c.KEEP_NO_LONGER, kept)


@cold
def keep_no_longer(w: World, kept: int) -> None:
    """The place is given back, unless the citizen has come back to it."""
    citizen = w.request[kept, c.CITIZEN]
    if w.citizen[citizen, c.HOLDING] == kept:
        release_held(w, citizen)
        w.clock[c.LOOK] = 1


@cold
def leave_model(w: World, citizen: int, why: int) -> None:
    """Go out of the model; what is open is withdrawn."""
    _vacate(w, citizen, why, False)
    release_held(w, citizen)
    owner = w.citizen[citizen]
    for which in (c.NEED_OPEN, c.GOAL_OPEN, c.BRIDGE_OPEN):
        if owner[which] != NONE:
            end_search(w, owner[which], WITHDRAWN)
            owner[which] = NONE
    request = owner[c.ENROLMENTS]
    while request != NONE:
        following = w.request[request, c.NEXT_ENROLMENT]
        if w.request[request, c.ADMITTED] != NOT_YET:
            end_course(w, request, LEFT_MODEL)
        else:
            end_search(w, request, WITHDRAWN)
        request = following
    owner[c.ENROLMENTS] = NONE
    forget_citizen(w, citizen)


@part
def send_out(w: World, stay: int) -> None:
    """The limit is reached and no place elsewhere was found; a move arranged may go on."""
    row = w.request[stay]
    _go_away(w, row[c.CITIZEN], w.pool[row[c.POOL], c.LIMIT_OTHERWISE], LIMIT_REACHED)


@cold
def _may_leave_early(w: World, stay: int) -> bool:
    row, now = w.request[stay], w.clock[c.NOW]
    pool, citizen = row[c.POOL], row[c.CITIZEN]
    chance = uniform_of(w, citizen, LEAVE_EARLY, pool) / w.share[pool, c.LEAVE_EARLY_SHARE]
    if chance >= 1.0:
        return False
    time = now + at_quantile(w, w.pool[pool, c.LEAVE_EARLY_LAW], chance)
    if time >= row[c.NEED_END]:
        return False
    row[c.LEAVES_AT] = time
    return at(w, time, COMPLETIONS, c.LEAVE_EARLY, stay)


@cold
def leave_early(w: World, stay: int) -> None:
    """Unplanned leave, unless the need has ended; a search under way goes on."""
    row = w.request[stay]
    if row[c.COMPLETED] == NOT_YET and w.citizen[row[c.CITIZEN], c.NEED_OPEN] == NONE:
        to = w.pool[row[c.POOL], c.LEAVE_EARLY_OTHERWISE]
        _go_away(w, row[c.CITIZEN], to, LEFT_EARLY)


@cold
def _go_away(w: World, citizen: int, to: int, why: int) -> None:
    """Leave without a next place; a move arranged may go on, and who can returns."""
    owner = w.citizen[citizen]
    held = owner[c.HOLDING]
    if held != NONE:
        if is_kept(w, held):
            w.request[held, c.SENT_OUT] = why
            move_in(w, held)
        return
    if owner[c.GOAL_OPEN] != NONE and w.request[owner[c.GOAL_OPEN], c.SEARCH] == NONE:
        return  # the goal search just ended; the citizen goes where its `otherwise` says
    if to == LEAVE:
        leave_model(w, citizen, why)
    else:
        withdraw_bridge(w, citizen)
        w.request[ask_refuge(w, citizen, BRIDGE, to), c.SENT_OUT] = why


@cold
def end_without_place(w: World, request: int, why: int) -> None:
    """A search ends; the citizen goes where its `otherwise` says."""
    row = w.request[request]
    citizen, purpose, search = row[c.CITIZEN], row[c.PURPOSE], row[c.SEARCH]
    owner = w.citizen[citizen]
    if purpose == ENROLMENT:
        forget_team(w, citizen, request)
        end_search(w, request, why)
        return
    end_search(w, request, why)
    if purpose == BRIDGE:
        owner[c.BRIDGE_OPEN] = NONE
        return
    if purpose == NEED:
        owner[c.NEED_OPEN] = NONE
    else:
        owner[c.GOAL_OPEN] = NONE
        withdraw_bridge(w, citizen)
        close_cases(w, citizen, False)
    to = w.search[search, c.OTHERWISE]
    if to == LEAVE:
        leave_model(w, citizen, LEFT_MODEL)
    elif to == HERE:
        _stay_here(w, citizen)
    else:
        ask_refuge(w, citizen, purpose, to)


# -- Relapse ---------------------------------------------------------------------------------


@part
def relapse(w: World, stay: int) -> None:
    """A new need arises; an open goal search stays open but is not wanted meanwhile."""
    row = w.request[stay]
    citizen, pool = row[c.CITIZEN], row[c.POOL]
    owner = w.citizen[citizen]
    if owner[c.RELAPSE_AT] != w.clock[c.NOW]:
        return
    owner[c.AT_RISK_SINCE] = NOT_YET
    begin_episode(w, citizen, owner[c.CITIZEN_EPISODE] + 1)
    for which in (c.GOAL_OPEN, c.BRIDGE_OPEN):
        request = owner[which]
        if request != NONE and w.request[request, c.GRANTED] == NOT_YET:
            w.request[request, c.WANTED] = FAR
            w.request[request, c.DEADLINE] = NOT_YET  # patience begins anew when wanted again
    rule = w.by_group[pool, owner[c.GROUP]]
    ask(
        w,
        citizen,
        NEED,
        rule[c.RELAPSE_SEARCH],
        rule[c.RELAPSE_URGENT],
        rule[c.RELAPSE_PRIORITY],
    )


@cold
def _stay_here(w: World, citizen: int) -> None:
    """A relapse led nowhere: the citizen stays where it is, at risk anew."""
    owner = w.citizen[citizen]
    stay = owner[c.STAYING]
    if stay == NONE:
        return
    row = w.request[stay]
    if w.relapse_share[row[c.POOL], owner[c.GROUP]] > 0:
        take_risk(w, citizen, stay)
    bridge = owner[c.BRIDGE_OPEN]
    if bridge != NONE and w.request[bridge, c.GRANTED] == NOT_YET:
        w.request[bridge, c.WANTED] = w.clock[c.NOW]
        start_patience(w, bridge)
        wake(w, bridge)
    if row[c.COMPLETED] == NOT_YET and row[c.NEED_END] <= w.clock[c.NOW]:
        complete(w, stay)
    else:
        want_goal(w, citizen, stay)
