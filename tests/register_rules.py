"""Rules that every register must obey, each checked by brute force on the rows.

A rule takes a `Reading` and raises AssertionError with the rows that break it. The comment of each
function is the sentence of the design that it stands for.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable
from itertools import pairwise

import numpy as np
from networks import DAY
from reading import ABSENT, NEVER, REFUSED, UNLIMITED, Ask, Reading, Row, fixed, longest

from flexsim.measures.ledger import ledger
from flexsim.measures.measure import measure
from flexsim.measures.tidy import frame
from flexsim.plan.plan import COMMUNITY
from flexsim.register import Kind, Outcome, Purpose, periods
from flexsim.scenario.schema import WEEKDAYS, Goal, Pool, Review, Search

LEFT = {Outcome.MOVED_ON, Outcome.WENT_HOME, Outcome.LEFT_MODEL, Outcome.LIMIT_REACHED,
        Outcome.READMITTED, Outcome.LEFT_EARLY}  # fmt: skip
GONE = {Outcome.LEFT_MODEL, Outcome.LIMIT_REACHED, Outcome.LEFT_EARLY}


# -- rows -----------------------------------------------------------------------------------------


def times_are_in_order(case: Reading) -> None:
    """Times: requested <= wanted, ready <= granted <= admitted <= completed <= left < end."""
    for row in case.rows:
        chain = [row.requested, row.granted, row.admitted, row.completed, row.left]
        known = [time for time in chain if time >= 0]
        assert known == sorted(known), row
        for before in (row.wanted, row.ready):
            assert before == ABSENT or before >= row.requested, row
            settled = row.granted == ABSENT or 0 <= before <= row.granted
            assert settled or (row.is_kept and before == ABSENT), row
        assert row.ended == ABSENT or row.ended >= row.requested, row
        assert all(ABSENT <= time < case.end for time in row.times().values()), row


def outcomes_fit_times(case: Reading) -> None:
    """What a row says of its ending agrees with the times and the kind it has."""
    for row in case.rows:
        has = {name for name, time in row.times().items() if time >= 0}
        if row.ended >= 0:
            assert not has & {"granted", "admitted", "completed", "left"}, row
            assert row.outcome in REFUSED | {Outcome.WITHDRAWN}, row
            assert row.kind == Kind.NONE, row
        elif row.left >= 0 and row.admitted < 0:
            assert row.outcome == Outcome.WITHDRAWN and row.kind == Kind.HELD, row
            assert row.granted >= 0 and row.completed < 0, row
        elif row.admitted >= 0:
            team = row.purpose == Purpose.ENROLMENT
            left = {Outcome.COURSE_ENDED, Outcome.LEFT_MODEL} if team else LEFT
            if case.is_caseworkers(row.pool):
                left = left | {Outcome.WITHDRAWN}
            assert row.outcome in (left if row.left >= 0 else {Outcome.STILL_THERE}), row
            kind = {"team": Kind.TEAM, "contact": Kind.CONTACT}.get(case.pool(row.pool).kind)
            assert row.granted >= 0 and row.kind == (kind or Kind.PLACE), row
            assert not team or (row.outcome == Outcome.COURSE_ENDED) == (row.completed >= 0), row
        else:
            assert row.outcome == Outcome.STILL_WAITING, row
            assert (row.kind == Kind.HELD) == (row.granted >= 0), row
        assert (row.place >= 0) == (row.granted >= 0), row


def everybody_is_somewhere(case: Reading) -> None:
    """Conservation: stays follow on each other without gap or overlap until the model is left."""
    for rows in case.citizens.values():
        stays = _stays(rows)
        for here, there in pairwise(stays):
            assert here.left == there.admitted, (here, there)
            assert here.outcome not in {Outcome.LEFT_MODEL, Outcome.STILL_THERE}, (here, there)
            _left_for(case, here, there)
        waiting = [
            row for row in rows if row.settled == NEVER or row.outcome == Outcome.STILL_WAITING
        ]
        if not stays:
            refused = rows[-1].outcome in REFUSED
            assert refused or any(row.purpose == Purpose.NEED for row in waiting), rows
        elif stays[-1].left >= 0:
            assert stays[-1].outcome in GONE, stays[-1]
            assert not waiting, (stays[-1], waiting)


def _stays(rows: list[Row]) -> list[Row]:
    """Stays in the order of time (a stay of no length before the one that follows it)."""
    stays = [row for row in rows if row.admitted >= 0 and row.kind != Kind.TEAM]
    return sorted(stays, key=lambda r: (r.admitted, r.left if r.left >= 0 else NEVER, r.number))


def _left_for(case: Reading, here: Row, there: Row) -> None:
    """Why a place was left says where the citizen went."""
    if there.admitted == there.left or here.admitted == here.left:
        return  # several moves at one instant: their order cannot be told
    if there.purpose == Purpose.NEED:
        assert here.outcome == Outcome.READMITTED, (here, there)
    elif there.is_kept and here.outcome in {Outcome.LIMIT_REACHED, Outcome.LEFT_EARLY}:
        assert here.completed == ABSENT, here
    elif here.outcome == Outcome.LIMIT_REACHED:
        limit = case.pool(here.pool).limit
        assert limit is not None and limit.otherwise == there.pool, (here, there)
    elif here.outcome == Outcome.LEFT_EARLY:
        early = case.pool(here.pool).leaves_early
        assert early is not None and early.otherwise == there.pool, (here, there)
        assert here.completed == ABSENT, here
    else:
        at_home = case.plan.kind[case.plan.pools.index(there.pool)] == COMMUNITY
        expected = Outcome.WENT_HOME if at_home else Outcome.MOVED_ON
        assert here.outcome == expected, (here, there)


def one_search_of_each_kind(case: Reading) -> None:
    """At most one need, one goal and one bridge search is open, and one place held, at a time."""
    for rows in case.citizens.values():
        for what in {_search_of(row) for row in rows}:
            spans, released = [], {}
            for row in rows:
                if _search_of(row) == what:
                    in_course = row.kind == Kind.TEAM
                    until = row.gone if in_course or row.admitted < 0 else row.admitted
                    spans.append((released.get(row.number, row.requested), until))
                    released[row.number] = row.left
            _apart(spans, rows)
        held = [
            (r.granted, r.admitted if r.admitted >= 0 else r.gone)
            for r in rows
            if r.granted >= 0 and r.admitted != r.granted
        ]
        _apart(held, rows)


def _search_of(row: Row) -> tuple[object, ...]:
    team = row.sought if row.purpose == Purpose.ENROLMENT else ""
    return row.purpose, team


def _apart(spans: list[tuple[int, int]], about: object) -> None:
    long = sorted(span for span in spans if span[0] < span[1])
    assert all(a[1] <= b[0] for a, b in pairwise(long)), (long, about)


def every_request_had_a_reason(case: Reading) -> None:
    """A request is one that the scenario can give rise to, for a pool of its search."""
    for row in case.rows:
        assert row.asks, (row, case.citizens[row.who])
        if row.granted < 0:
            continue
        pools = set()
        for ask in row.asks:
            pools |= _reach(case, row, ask)
        assert row.pool in pools, (row, pools)


def _reach(case: Reading, row: Row, ask: Ask) -> set[str]:
    if ask.search is not None:
        return set(case.searches[ask.search].pools)
    if ask.why == "start":
        return {row.stream.removesuffix("@start")}
    return {row.sought}


def refuge_is_the_otherwise(case: Reading) -> None:
    """Who is refused goes where the `otherwise` of the search says; `leave` leaves the model."""
    for rows in case.citizens.values():
        for row in rows:
            search = case.search(row)
            if row.outcome not in REFUSED or search is None:
                continue
            if row.purpose in {Purpose.BRIDGE, Purpose.ENROLMENT}:
                continue
            later = [r for r in rows if r.purpose == row.purpose and r.number > row.number]
            if search.otherwise == "leave":
                assert not [r for r in rows if r.requested > row.ended], (row, rows)
            elif search.otherwise != "here":
                assert later and later[0].requested == row.ended, (row, rows)
                assert later[0].pool == search.otherwise, (row, later[0])
                assert later[0].admitted == row.ended, (row, later[0])


def teams_ask_when_they_say(case: Reading) -> None:
    """Who moves so is asked, unless known to the team; courses end with leaving the model."""
    for rows in case.citizens.values():
        gone = {r.left for r in rows if r.outcome in GONE and r.kind != Kind.TEAM}
        for name in case.plan.pools:
            team = case.pool(name)
            if team.kind != "team" or case.is_caseworkers(name):
                continue
            known = [r for r in rows if r.sought == name and r.purpose == Purpose.ENROLMENT]
            if team.enrols.share == 1:
                for time in set(case.asked_to_enrol(name, rows)) - gone:
                    assert any(r.requested <= time <= r.gone for r in known), (name, time, rows)
            for row in known:
                if row.outcome in {Outcome.WITHDRAWN, Outcome.LEFT_MODEL}:
                    assert row.gone in gone, (row, rows)


def caseworkers_decide(case: Reading) -> None:
    """A goal is looked for once its case is taken on; a case lasts no longer than its cause."""
    for rows in case.citizens.values():
        for row in rows:
            if row.case is not None:
                _is_decided(row, row.case)
                _lasts_as_decided(case, row, row.case)
            for ask in row.asks:
                if ask.why == "in vain":
                    _is_in_vain(case, row, rows)


def _is_decided(goal: Row, file: Row) -> None:
    """From the case being taken on to the decision; who leaves or gives up is not waited for."""
    if file.granted == ABSENT:
        assert goal.ready == goal.granted == ABSENT, (goal, file)
        assert goal.outcome in {Outcome.STILL_WAITING, Outcome.WITHDRAWN}, (goal, file)
    if file.outcome == Outcome.COURSE_ENDED:
        assert goal.ready == ABSENT or goal.ready >= file.completed, (goal, file)
    elif file.outcome == Outcome.WITHDRAWN:
        assert goal.ended == file.gone and goal.granted == ABSENT, (goal, file)
    elif file.outcome in {Outcome.STILL_WAITING, Outcome.STILL_THERE}:
        assert goal.granted == ABSENT and goal.ended == ABSENT, (goal, file)
    else:
        assert file.outcome == Outcome.LEFT_MODEL, (goal, file)


def _lasts_as_decided(case: Reading, goal: Row, file: Row) -> None:
    """A case that was not closed before is over when the goal is decided."""
    if file.outcome != Outcome.COURSE_ENDED or not goal.asks:
        return
    lengths = {_time_to_decide(case, file.granted, case.scenario.goals[a.goal]) for a in goal.asks}
    assert lengths & {file.left - file.admitted, None}, (goal, file)


def _is_in_vain(case: Reading, row: Row, rows: list[Row]) -> None:
    """As long as the team says, or till the stay is over."""
    lefts = {r.left for r in rows if r.kind != Kind.TEAM and r.admitted <= row.requested}
    assert row.outcome != Outcome.WITHDRAWN or row.gone in lefts, (row, rows)
    assert row.outcome != Outcome.LEFT_MODEL, row
    length = fixed(case.pool(row.pool).stay)
    if length is not None and row.outcome == Outcome.COURSE_ENDED:
        assert row.left - row.admitted == length, row


def withdrawals_have_a_cause(case: Reading) -> None:
    """A goal is withdrawn only by leaving the model; a granted goal withdraws the bridge."""
    for rows in case.citizens.values():
        left = {r.left for r in rows if r.outcome in GONE}
        for row in rows:
            if row.outcome == Outcome.WITHDRAWN and row.ended >= 0 and row.purpose == Purpose.GOAL:
                assert row.ended in left, (row, rows)
            if row.purpose == Purpose.GOAL and row.granted >= 0:
                for bridge in _bridges_of(row, rows):
                    open_since = bridge.requested <= row.granted
                    until = bridge.admitted if bridge.admitted >= 0 else bridge.gone
                    assert not (open_since and until > row.granted), (row, bridge)


def _bridges_of(goal: Row, rows: list[Row]) -> list[Row]:
    """Bridge requests made while this was the latest goal."""
    later = [r.number for r in rows if r.purpose == Purpose.GOAL and r.number > goal.number]
    upto = min(later, default=NEVER)
    return [r for r in rows if r.purpose == Purpose.BRIDGE and goal.number < r.number < upto]


# -- capacity -------------------------------------------------------------------------------------


def nobody_is_admitted_above_the_ceiling(case: Reading) -> None:
    """Occupied + held <= norm + surge after an admission; only a cut may leave it above."""
    for (pool, time), _ in case.granted.items():
        assert case.used_at(pool, time) <= case.ceiling(pool, time), (pool, time / DAY)


def the_reserve_is_for_urgent_requests(case: Reading) -> None:
    """An ordinary request needs norm - occupied - held > reserve, and gets no surge then."""
    for (pool, time), rows in case.granted.items():
        reserve = case.pool(pool).reserve
        ordinary = [row for row in rows if row.agreed("urgent") is False]
        if reserve and ordinary:
            others = len(rows) - len(ordinary)
            room = case.norm(pool, time) - reserve + others
            assert case.used_at(pool, time) <= room, (pool, time / DAY, rows)


def intake_and_target_groups(case: Reading) -> None:
    """Nobody is taken in on a closed weekday or outside the hours, nor outside the target group."""
    for (pool, time), rows in case.granted.items():
        assert case.is_open(pool, time), (pool, time / DAY, rows)
        for row in rows:
            refuge = any(ask.search is None for ask in row.asks)
            assert refuge or case.admits(row, pool), row


def the_lowest_free_place_is_used(case: Reading) -> None:
    """One citizen to a place number, and no lower number free when one is assigned."""
    for pool in case.plan.pools:
        rows = [row for row in case.rows if row.pool == pool and row.granted >= 0]
        by_place = defaultdict(list)
        for row in rows:
            by_place[row.place].append((row.granted, row.left if row.left >= 0 else NEVER))
        for spans in by_place.values():
            _apart(spans, pool)
        for row in rows:
            if row.is_kept:
                continue  # the place that the citizen had
            lower = set(range(row.place))
            taken = {
                r.place
                for r in rows
                if r.place < row.place and r.granted <= row.granted <= max(r.left, r.gone)
            }
            assert lower == taken, (row, lower - taken)


# -- time -----------------------------------------------------------------------------------------


def fixed_durations_are_kept(case: Reading) -> None:
    """Decision, assessment, lead and stay last as long as the scenario says, where it is fixed."""
    for row in case.rows:
        _decision_is_kept(case, row)
        if row.is_kept:
            _is_kept_as_long(case, row)
        elif row.granted >= 0 and not row.is_start:
            lead = fixed(case.pool(row.pool).move_in)
            if lead is not None and row.admitted >= 0:
                assert row.admitted == row.granted + lead, row
            elif lead is not None:
                assert row.gone <= row.granted + lead or row.granted + lead >= case.end, row
        if row.admitted >= 0 and not case.is_caseworkers(row.pool):
            _stay_is_kept(case, row)


def _is_kept_as_long(case: Reading, row: Row) -> None:
    """A place is kept so many days; who can return by then does, when the stay elsewhere ends."""
    last = row.granted + round(case.pool(row.pool).keeps_place.days * DAY)
    until = row.admitted if row.admitted >= 0 else row.gone
    assert min(until, case.end) <= last, row
    stays = [r for r in case.citizens[row.who] if r.kind != Kind.TEAM]
    away = [r for r in stays if r.admitted >= row.granted and r.pool != row.pool]
    if row.admitted >= 0:
        assert any(r.left == row.admitted for r in away), (row, away)
    elif until < last:
        causes = {r.granted for r in away} | {r.left for r in away} | {r.ended for r in away}
        causes |= {r.granted for r in case.citizens[row.who] if r is not row}
        causes |= {r.ended for r in case.citizens[row.who]}
        assert until in causes, (row, case.citizens[row.who])
    held = [r for r in away if r.admitted <= until]
    done = [r.completed for r in held if r.completed >= 0 and r.completed < min(until, case.end)]
    assert not done, (row, held)


def _decision_is_kept(case: Reading, row: Row) -> None:
    """A request is ready at requested + decision + assessment at the pool of the row."""
    if row.is_start or row.is_kept or (row.ready == ABSENT and row.ended == row.asked):
        return
    if row.asked == ABSENT:
        assert row.ready == ABSENT, row
        return
    expected = set()
    for ask in row.asks:
        goal = case.scenario.goals.get(ask.goal or "") if ask.why == "goal" else None
        decision = 0 if goal is None else _time_to_decide(case, row.asked, goal)
        assessment = fixed(case.assessment(row, row.pool) if ask.search else None)
        if decision is None or assessment is None:
            return
        expected.add(row.asked + decision + assessment)
    expected = {time if time < case.end else ABSENT for time in expected}
    assert row.ready in expected, (row, expected)


def _time_to_decide(case: Reading, start: int, goal: Goal) -> int | None:
    """Seconds from a time to the decision; None if they vary."""
    decision, meetings = fixed(goal.decision), goal.meetings
    if decision is None or (meetings is not None and meetings.no_show):
        return None
    return decision if meetings is None else _first_meeting(case, start + decision, goal) - start


def _first_meeting(case: Reading, time: int, goal: Goal) -> int:
    """The first midnight from then on that begins a day with a meeting."""
    midnight = -(-time // DAY)
    start = case.scenario.run.start
    while WEEKDAYS[(start + dt.timedelta(midnight)).weekday()] not in goal.meetings.weekdays:
        midnight += 1
    return midnight * DAY


def _stay_is_kept(case: Reading, row: Row) -> None:
    """Completed at the end of the need, unless a limit or a readmission came between."""
    law, pool = case.stay_law(row), case.pool(row.pool)
    if law is None:
        need = NEVER
    elif case.need_end(row) is None or (row.is_kept and pool.reviews):
        return  # not known, or not what reviews decided before the readmission
    else:
        need = case.need_end(row) - row.admitted
    end, earlier = _ends(case, row, need)
    if end is None and not earlier:
        assert row.completed == ABSENT, row
        return
    until = min(row.gone, case.end)
    relapsed = _relapsed(case, row)
    if row.completed >= 0:
        possible = {*earlier} | ({end} if end is not None else set())
        assert row.completed in possible or (relapsed and row.completed > min(possible)), row
    elif end is not None and end < until and not relapsed:
        assert pool.limit is not None and _longest_days(case, row) * DAY < end - row.admitted, row
    put_off = pool.limit is not None and (pool.limit.extension is not None or _extending(pool))
    if end is None or put_off or pool.limit is None:
        return
    until = row.admitted + _longest_days(case, row) * DAY
    if until < min([end, *earlier]):
        assert row.completed == ABSENT, row


def _longest_days(case: Reading, row: Row) -> float:
    """The limit, or the nights that are left of the citizen's quota."""
    days = case.limit_days(row)
    if _quota_of(case, row) == "citizen":
        days = min(days, max(0, case.nights_left(row, row.pool, row.admitted)))
    return days


def _ends(case: Reading, row: Row, need: int) -> tuple[int | None, set[int]]:
    """When the need ends by itself, None if never; and when reviews before that may have set it."""
    pool = case.pool(row.pool)
    held = [(time, review) for review in pool.reviews.values() for time in _held(review, case.end)]
    end = need
    if pool.need_ends == "at_reviews" and need < NEVER:
        end = min((time for time, _ in held if time >= need), default=need)
    earlier = {
        row.admitted + min(need, time + round(review.notice_days * DAY))
        for time, review in held
        if review.ends and time < need
    }
    return (row.admitted + end if need < NEVER else None), earlier


def _held(review: Review, end: int) -> list[int]:
    """Seconds from admission at which a review is held, up to the end of the run."""
    first = round(review.day * DAY)
    if review.every_days is None:
        return [first]
    return list(range(first, max(first, end) + 1, round(review.every_days * DAY)))


def _extending(pool: Pool) -> list[Review]:
    return [review for review in pool.reviews.values() if review.extends]


def _relapsed(case: Reading, row: Row) -> bool:
    """Whether a new need was open during a stay, so that it was not completed meanwhile."""
    return any(
        r.purpose == Purpose.NEED
        and r.number > 0
        and r.requested <= min(row.gone, case.end)
        and (r.admitted if r.admitted >= 0 else r.gone) > row.admitted
        for r in case.citizens[row.who]
    )


def limits_are_kept(case: Reading) -> None:
    """A stay ends at the limit, extended at most once, also if its need was completed before.

    Only who holds a place elsewhere by then may wait for it to be moved into.
    """
    for row in case.rows:
        limit = case.pool(row.pool).limit if row.admitted >= 0 else None
        if limit is None:
            continue
        longer = longest(limit.extension.by) if limit.extension else 0
        days = _longest_days(case, row)
        if any(review.every_days for review in _extending(case.pool(row.pool))):
            continue  # put off again and again
        longer += sum(round(r.by_days * DAY) for r in _extending(case.pool(row.pool)))
        most = row.admitted + round(days * DAY) + longer
        held = any(
            0 <= r.granted <= most < (r.admitted if r.admitted >= 0 else r.gone)
            for r in case.citizens[row.who]
            if r.kind == Kind.HELD or r.admitted > r.granted
        )
        if limit.then == "leave" and not held:
            assert min(row.gone, case.end) <= most, row
        assert row.completed <= most or _relapsed(case, row), row
        if row.outcome == Outcome.LIMIT_REACHED:
            assert row.left >= row.admitted + round(days * DAY), row


def _quota_of(case: Reading, row: Row) -> str | None:
    quota = case.pool(row.pool).quota
    return None if quota is None else quota.of


def quotas_are_kept(case: Reading) -> None:
    """A place is granted to those only who have nights left."""
    for (pool, time), rows in case.granted.items():
        for row in rows:
            assert case.nights_left(row, pool, time) > 0, row


def patience_is_kept(case: Reading) -> None:
    """Who gives up does so exactly when patience runs out after wanting; nobody waits longer."""
    for row in case.rows:
        search = case.search(row)
        if row.outcome == Outcome.GAVE_UP:
            assert row.wanted >= 0, row
            assert row.agreed("search") is not None or len(row.asks) > 1, row
            assert search is None or search.patience is not None, row
        if search is None or search.patience is None or search.when_full == "turned_away":
            continue
        patience = fixed(search.patience)
        if patience is None or row.wanted < 0 or row.asked == ABSENT:
            continue
        out = max(row.wanted, row.asked) + patience
        assert min(row.settled, case.end) <= out, row
        if row.outcome == Outcome.GAVE_UP:
            assert row.ended == out, row


def searches_wait_as_they_say(case: Reading) -> None:
    """`turned_away` never waits, `wait_first` only for the first, limits of lists are kept."""
    for row in case.rows:
        search = case.search(row)
        if search is None or row.wanted < 0 or row.asked == ABSENT:
            continue
        pools = case.eligible_pools(row, row.agreed("search"))
        if not pools:
            assert row.ended == row.asked, row
            continue
        ready = [case.able(row, pool) for pool in pools]
        if None in ready:
            continue
        all_ready = max(row.wanted, *(offered for _, offered in ready if offered >= 0))
        waits_nowhere = search.when_full == "turned_away" and all_ready < case.end
        if waits_nowhere:
            assert row.settled <= all_ready, row
        if search.when_full == "wait_first" and row.granted > all_ready:
            assert row.pool == pools[0], row
        if row.outcome == Outcome.TURNED_AWAY_FULL:
            assert row.ended == all_ready, row
            kept = pools[:1] if search.when_full == "wait_first" else pools
            limited = all(case.pool(pool).queue_limit != "unlimited" for pool in kept)
            assert search.when_full == "turned_away" or limited, row


def queue_limits_are_kept(case: Reading) -> None:
    """No more new needs wait for a pool than its list may hold."""
    for pool in case.plan.pools:
        limit = case.pool(pool).queue_limit
        if limit == "unlimited":
            continue
        waits = [
            (since, until)
            for row, _, since, until in case.waits(pool)
            if row.purpose == Purpose.NEED
            and row.number == 0
            and len(case.eligible_pools(row, row.agreed("search"))) == 1
        ]
        for time, _ in waits:
            there = sum(since <= time < until for since, until in waits)
            assert there <= limit, (pool, time / DAY, there)


# -- settlement -----------------------------------------------------------------------------------


def no_place_is_idle_while_somebody_waits(case: Reading) -> None:
    """At the end of every instant nobody who could take a place of a pool is waiting for it."""
    instants = case.instants
    for pool in case.plan.pools:
        waits = case.waits(pool)
        if not waits:
            continue
        room = {urgent: case.rooms(pool, urgent) for urgent in (False, True)}
        for row, _, since, until in waits:
            urgent = row.agreed("urgent") or False
            a = int(np.searchsorted(instants, since, side="right")) - 1
            b = int(np.searchsorted(instants, until, side="left"))
            idle = instants[a + np.flatnonzero(room[urgent][a:b])].tolist()
            idle = [time for time in idle if case.nights_left(row, pool, time) > 0]
            assert not idle, (pool, idle[0] / DAY, row)


def places_go_in_the_order_of_service(case: Reading) -> None:
    """Of two who waited for a pool, the lower (priority, ready, requested, citizen) goes first."""
    for pool in case.plan.pools:
        waits = [(_key(case, row, ready, pool), row, since, until)
                 for row, ready, since, until in case.waits(pool)]  # fmt: skip
        waits = [w for w in waits if w[0] is not None and _was_there_first(case, w[1])]
        if not waits:
            continue
        for (name, time), rows in case.granted.items():
            if name != pool:
                continue
            passed = [w for w in waits if w[2] <= time < w[3] and w[1].requested <= time]
            for taker in rows if passed else ():
                theirs = _key(case, taker, taker.ready, pool)
                for mine, row, _, _ in passed:
                    earlier = theirs is not None and mine < theirs
                    known = row.asked < time
                    if earlier and known and _could_take(case, row, taker, time):
                        raise AssertionError((pool, time / DAY, row, mine, taker, theirs))


def _key(case: Reading, row: Row, ready: int, pool: str) -> tuple[object, ...] | None:
    rank = case.rank(row, pool)
    return None if rank is None else (rank, ready, row.requested, row.who)


def _was_there_first(case: Reading, row: Row) -> bool:
    """Whether the wish came by itself at its time, and not of a settlement at that instant."""
    return row.number == 0 or not any(
        row.wanted in (r.admitted, r.ended, r.left, r.granted) for r in case.citizens[row.who]
    )


def _could_take(case: Reading, row: Row, taker: Row, time: int) -> bool:
    """Whether the place that the taker got would have done for the row."""
    if case.nights_left(row, taker.pool, time) <= 0:
        return False
    moved = any(time in (r.admitted, r.left) for r in case.citizens[row.who])
    if moved and row.requested == time:
        return False
    if row.purpose == Purpose.BRIDGE and _may_reach_goal(case, row, time):
        return False  # a bridge is passed over while a goal place is feasible
    urgent, theirs = row.agreed("urgent"), taker.agreed("urgent")
    return bool(urgent) or case.pool(taker.pool).reserve == 0 or theirs is False


def _may_reach_goal(case: Reading, bridge: Row, time: int) -> bool:
    """Whether the citizen's goal may have been able to take a place somewhere."""
    goals = [r for r in case.citizens[bridge.who] if r.purpose == Purpose.GOAL]
    for goal in goals:
        if not goal.requested <= time < goal.settled:
            continue  # (when it was wanted is not known: a new need may have put it off since)
        pools = case.eligible_pools(goal, goal.agreed("search")) if case.search(goal) else []
        able = [case.able(goal, pool) for pool in pools]
        if not able or any(at is None or at[1] <= time for at in able):
            return True
    return False


def a_request_alone_takes_the_first_room(case: Reading) -> None:
    """The first pool with room in its norm is taken, then the first with room in its surge."""
    for rows in case.granted.values():
        row = rows[0]
        search, time = case.search(row), row.granted
        alone = case.busy[time] == {row.who} and time % DAY and _changes(case, row, time) == 1
        if search is None or row.agreed("urgent") is None or not alone:
            continue
        if row.agreed("priority") is None:
            continue
        pools = case.eligible_pools(row, row.agreed("search"))
        offers = [case.able(row, pool) for pool in pools]
        if None in offers or row.asked < time:
            continue
        ready = [p for p, (_, at) in zip(pools, offers, strict=True) if at <= time]
        used = {pool: case.used_before(pool, time) for pool in ready}
        room = [
            pool
            for pool in ready
            if case.is_open(pool, time)
            and case.nights_left(row, pool, time) > 0
            and case.has_room(pool, used[pool], time, row.agreed("urgent"))
        ]
        expected = min(room, key=lambda pool: _choice(case, row, pool, used[pool]))
        assert row.pool == expected, (row, room, expected)


def _choice(case: Reading, row: Row, pool: str, used: int) -> tuple[object, ...]:
    """Rank at the pool, since when ready there, norm before surge."""
    able = case.able(row, pool)
    rank = case.rank(row, pool)
    assert able is not None and rank is not None
    return rank, able[0], used >= case.norm(pool, row.granted)


def _changes(case: Reading, row: Row, time: int) -> int:
    return sum(r.granted == time for r in case.citizens[row.who])


def no_better_pool_is_passed_over(case: Reading) -> None:
    """Also where much happens at once: a pool lower in (priority, ready, norm, rank) comes first.

    Looked at are pools that had room all through the instant: nobody was granted a place there.
    """
    for (pool, time), rows in case.granted.items():
        if time == 0:
            continue  # places occupied at the start are taken then
        left = any(row.left == time and row.pool == pool for row in case.rows)
        full = not left and case.used_before(pool, time) >= case.norm(pool, time)
        for row in rows:
            search = case.search(row)
            if search is None or len(search.pools) < 2 or not _may_choose(case, row, search):
                continue
            pools = case.eligible_pools(row, row.agreed("search"))
            mine = (case.rank(row, pool), row.ready, full, pools.index(pool))
            for rank, other in enumerate(pools):
                able = case.able(row, other)
                used = case.used_before(other, time)
                if (other, time) in case.granted or able is None or able[1] > time:
                    continue
                room = case.has_room(other, used, time, row.agreed("urgent"))
                above = used >= case.norm(other, time)
                better = (case.rank(row, other), able[0], above, rank) < mine
                open_to = case.is_open(other, time) and case.nights_left(row, other, time) > 0
                taken = room and open_to and better
                assert not taken, (row, other, mine)


def _may_choose(case: Reading, row: Row, search: Search) -> bool:
    """Whether a row is surely on the lists of all pools that it is ready for."""
    known = row.agreed("urgent") is not None and row.agreed("priority") is not None
    limited = any(case.pool(pool).queue_limit != "unlimited" for pool in search.pools)
    waits_for_any = search.when_full != "wait_first" and not limited
    return known and (waits_for_any or row.granted == row.requested)


# -- what is measured -----------------------------------------------------------------------------


def the_ledger_balances(case: Reading) -> None:
    """Bed-days by use add up to place-days; the engine's counters agree with the rows."""
    measure(case.register, case.plan, daily=False)
    table = ledger(case.register, case.plan)
    assert all(table[name].dtype == np.int64 for name in ("needed", "held", "empty", "over"))
    edges = periods(case.plan)
    for number, pool in enumerate(case.plan.pools):
        finite = not case.plan.always_unlimited[number]
        for n, (start, stop) in enumerate(pairwise(edges)):
            over, empty = _against_norm(case, pool, start, stop) if finite else (0, 0)
            assert case.register.counted_over[number, n] == over, (pool, n)
            assert case.register.counted_empty[number, n] == empty, (pool, n)


def _against_norm(case: Reading, pool: str, start: int, stop: int) -> tuple[int, int]:
    """Seconds x places over the norm and empty within it, from the rows."""
    norm = case.norms[pool]
    gap = case.used[pool] - np.where(norm == UNLIMITED, 0, norm)
    times = np.append(case.instants, case.end)
    length = np.maximum(np.minimum(times[1:], stop) - np.maximum(times[:-1], start), 0)
    return int((np.maximum(gap, 0) * length).sum()), int((np.maximum(-gap, 0) * length).sum())


def littles_law_holds(case: Reading) -> None:
    """The integral of the number present (waiting) is the sum of the times spent so."""
    measured = measure(case.register, case.plan)
    tidy = frame("network", case.plan, [measured.cells])
    whole = tidy[(tidy[["year", "group", "municipality"]].astype(str) == "all").all(axis=1)]
    found = (whole["value"] * whole["weight"]).groupby([whole["measure"], whole["pool"]]).sum()
    start = case.plan.warm_up
    for number, pool in enumerate(case.plan.pools):
        present, queue = [], []
        for row in case.rows:
            if row.pool != pool:
                continue
            if row.admitted >= 0:
                present.append((row.admitted, row.gone))
            if _is_queueing(row):
                queue.append((max(row.ready, row.wanted), row.settled))
        for name, spans in (("occupied", present), ("queue", queue)):
            area = _area(spans, start, case.end)
            assert round(found.get((name, pool), 0.0)) == area, (name, pool, area)
            assert area == sum(max(0, min(b, case.end) - max(a, start)) for a, b in spans)
        days = measured.days["occupied"][number].astype(float).sum() * DAY
        assert abs(days - _area(present, 0, case.end)) < 1 + 1e-5 * days, pool


def _is_queueing(row: Row) -> bool:
    turned = row.outcome in {Outcome.TURNED_AWAY_FULL, Outcome.NOT_IN_TARGET_GROUP}
    at_once = row.outcome == Outcome.WITHDRAWN and row.ended == row.requested
    released = row.granted >= 0 and row.admitted < 0 and row.left >= 0
    known = row.ready >= 0 and row.wanted >= 0
    return known and not (turned or at_once or released)


def _area(spans: list[tuple[int, int]], start: int, stop: int) -> int:
    """Integral over [start, stop) of how many spans are open."""
    change: dict[int, int] = defaultdict(int)
    for a, b in spans:
        if a < b:
            change[a] += 1
            change[b] -= 1
    area = level = 0
    last = start
    for time in [*sorted(change), stop]:
        now = min(max(time, start), stop)
        area += level * (now - last)
        last = now
        level += change.get(time, 0)
    return area


Rule = Callable[[Reading], None]

RULES: list[Rule] = [
    times_are_in_order,
    outcomes_fit_times,
    everybody_is_somewhere,
    one_search_of_each_kind,
    every_request_had_a_reason,
    refuge_is_the_otherwise,
    withdrawals_have_a_cause,
    teams_ask_when_they_say,
    caseworkers_decide,
    nobody_is_admitted_above_the_ceiling,
    the_reserve_is_for_urgent_requests,
    intake_and_target_groups,
    the_lowest_free_place_is_used,
    fixed_durations_are_kept,
    limits_are_kept,
    quotas_are_kept,
    patience_is_kept,
    searches_wait_as_they_say,
    queue_limits_are_kept,
    no_place_is_idle_while_somebody_waits,
    places_go_in_the_order_of_service,
    a_request_alone_takes_the_first_room,
    no_better_pool_is_passed_over,
]


# -- what happened in a run -----------------------------------------------------------------------


def features(case: Reading) -> set[str]:
    """Which sides of the design a run shows (for the shares that a sample must have)."""
    rows = case.rows
    seen = {name for name, shown in _SEEN.items() if any(shown(case, row) for row in rows)}
    if (case.register.counted_over > 0).any():
        seen.add("over norm")
    if any(len(who) > 1 for who in case.busy.values()):
        seen.add("tie")
    grants = defaultdict(set)
    for row in rows:
        if not row.is_start:
            grants[row.granted].add(row.who)
    if any(len(who) > 2 for time, who in grants.items() if time >= 0):
        seen.add("three granted at once")
    if any(_cut_below(case, pool) for pool in case.plan.pools):
        seen.add("cut below occupancy")
    return seen


def _cut_below(case: Reading, pool: str) -> bool:
    """Whether places were closed that were in use."""
    for step in case.pool(pool).later.values():
        time = (step.from_ - case.scenario.run.start).days * DAY
        now, before = case.norm(pool, time), case.norm(pool, time - 1)
        if time < case.end and now < min(before, case.used_before(pool, time)):
            return True
    return False


def _has_reserve(case: Reading, row: Row) -> bool:
    """An ordinary request waited while only the reserve was free."""
    if row.granted < 0 or row.agreed("urgent") is not True:
        return False
    used = case.used_at(row.pool, row.granted)
    reserve = case.pool(row.pool).reserve
    return reserve > 0 and used > case.norm(row.pool, row.granted) - reserve


def _delayed(case: Reading, row: Row) -> bool:
    ward = case.pool(row.pool).kind == "ward" if row.admitted >= 0 else False
    return ward and 0 <= row.completed < min(row.gone, case.end)


def _extended(case: Reading, row: Row) -> bool:
    limit = case.pool(row.pool).limit if row.admitted >= 0 else None
    if limit is None or limit.extension is None or limit.then == "stay":
        return False
    until = row.admitted + case.limit_days(row) * DAY
    return min(row.gone, case.end) > until and (row.completed < 0 or row.completed > until)


def _transferred(case: Reading, row: Row) -> bool:
    return (
        row.purpose == Purpose.NEED
        and row.admitted >= 0
        and row.pool != row.sought
        and case.pool(row.pool).kind == "ward"
    )


def _reviewed(case: Reading, row: Row) -> bool:
    """A review has set the end of a need, or found it later than it was."""
    law = case.stay_law(row) if row.completed >= 0 and not row.is_kept else None
    need = fixed(law) if law is not None else None
    return need is not None and row.completed != row.admitted + need and not _relapsed(case, row)


_SEEN: dict[str, Callable[[Reading, Row], bool]] = {
    "delay": _delayed,
    "bridge": lambda _, r: r.purpose == Purpose.BRIDGE and r.admitted >= 0,
    "gave up": lambda _, r: r.outcome == Outcome.GAVE_UP,
    "turned away": lambda _, r: r.outcome == Outcome.TURNED_AWAY_FULL,
    "outside target group": lambda _, r: r.outcome == Outcome.NOT_IN_TARGET_GROUP,
    "transfer at admission": _transferred,
    "held": lambda _, r: r.granted >= 0 and r.admitted != r.granted,
    "released": lambda _, r: r.kind == Kind.HELD and r.left >= 0 and not r.is_kept,
    "assessed by residence": lambda c, r: (
        r.ready > r.requested and c.assessment(r, r.pool) is not c.pool(r.pool).assessment
    ),
    "place kept": lambda _, r: r.is_kept and r.admitted < 0,
    "returned": lambda _, r: r.is_kept and r.admitted >= 0,
    "relapse": lambda _, r: r.episode > 0,
    "reserve used": _has_reserve,
    "limit reached": lambda _, r: r.outcome == Outcome.LIMIT_REACHED,
    "extension": _extended,
    "queue limit met": lambda c, r: (
        r.outcome == Outcome.TURNED_AWAY_FULL and c.pool(r.sought).queue_limit != "unlimited"
    ),
    "waited": lambda _, r: r.granted > max(r.wanted, r.ready),
    "early assessment": lambda _, r: r.purpose == Purpose.GOAL and r.wanted > r.requested,
    "start": lambda _, r: r.is_start,
    "target group changed": lambda c, r: (
        c.target_group(r.sought, r.requested) != c.pool(r.sought).admits
    ),
    "waited for opening": lambda c, r: (
        r.granted > max(r.wanted, r.ready) and r.granted % DAY > 0 and c.opens(r.pool, r.granted)
    ),
    "quota used up": lambda c, r: c.nights_left(r, r.sought, r.requested) <= 0,
    "contact": lambda _, r: r.kind == Kind.CONTACT,
    "declined": lambda _, r: r.outcome == Outcome.DECLINED,
    "enrolled": lambda _, r: r.kind == Kind.TEAM,
    "enrolment waited for": lambda _, r: r.kind == Kind.TEAM and r.granted > max(r.wanted, r.ready),
    "course ended": lambda _, r: r.outcome == Outcome.COURSE_ENDED,
    "history asked for": lambda c, r: (
        c.target_group(r.sought, r.requested).history is not None and r.granted >= 0
    ),
    "case waited for": lambda _, r: (
        r.granted > r.requested and any(a.why == "case" for a in r.asks)
    ),
    "case in vain": lambda _, r: r.granted >= 0 and any(a.why == "in vain" for a in r.asks),
    "case closed": lambda c, r: r.outcome == Outcome.WITHDRAWN and c.is_caseworkers(r.sought),
    "left early": lambda _, r: r.outcome == Outcome.LEFT_EARLY,
    "end set or found at a review": _reviewed,
    "meeting": lambda c, r: any(
        a.goal is not None and a.why == "goal" and c.scenario.goals[a.goal].meetings for a in r.asks
    ),
}
