"""Completed treatment, and the wait for the right offer: where, and for what."""

from __future__ import annotations

from flexsim.jit import part
from flexsim.measures import sums as s
from flexsim.measures.catalogue import Measure, Pools, Weight
from flexsim.measures.periods import DAY
from flexsim.measures.rows import (
    ADMITTED,
    COMPLETED,
    ENDED,
    GRANTED,
    LEFT,
    POOL,
    READY,
    REQUEST,
    REQUESTED,
    Table,
    cell,
    until,
)
from flexsim.measures.sums import Bools, Clock, Ints, add_time, segment_at, segment_over
from flexsim.register import NOT_YET

#: Nobody waits in a team.
NOWHERE = "nowhere"
#: Where a citizen waits for the right offer, by the kind of pool.
WHERE = {
    "ward": "ward",
    "flexible": "flexible",
    "guest_bed": "flexible",
    "other": "flexible",
    "shelter": "shelter",
    "community": "home",
    "contact": "home",
    "housing": "housing",
    "team": NOWHERE,
}
WHERE_IN_WORDS = {
    "ward": "a ward",
    "flexible": "a flexible place, a guest bed or another place",
    "shelter": "a shelter",
    "home": "the community, or in contact with a phone or a team",
    "housing": "housing",
}
#: Given by municipality as well, all wards together.
BY_MUNICIPALITY = "completed_treatment_days"
#: Given by where (`WHERE`) the days were spent, and in all.
AWAITING = "days_awaiting_right_offer"

MEASURES = (
    Measure(
        *(f"{BY_MUNICIPALITY}_decision", s.DECISION, Weight.YEARS, DAY),
        pools=Pools.WARDS,
        words="completed-treatment days while the next place was not decided or assessed",
    ),
    Measure(
        *(f"{BY_MUNICIPALITY}_place", s.PLACE, Weight.YEARS, DAY),
        pools=Pools.WARDS,
        words="completed-treatment days while the decided place was not free",
    ),
    Measure(
        *(f"{BY_MUNICIPALITY}_transfer", s.TRANSFER, Weight.YEARS, DAY),
        pools=Pools.WARDS,
        words="completed-treatment days while the move to a granted place was awaited",
    ),
    Measure(
        *(BY_MUNICIPALITY, s.AFTER, Weight.YEARS, DAY),
        pools=Pools.WARDS,
        words="bed-days in a ward after treatment was completed (all wards together also by"
        " municipality)",
    ),
    Measure(
        *("completed_treatment_share", s.AFTER, s.PRESENT),
        pools=Pools.WARDS,
        words="share of bed-days that lie after completed treatment",
    ),
    Measure(
        *("blocked_beds", s.AFTER, Weight.SECONDS),
        pools=Pools.WARDS,
        words="beds with somebody whose treatment is completed, on average",
    ),
)


def awaiting(place: str | None) -> Measure:
    """Days awaiting the right offer, spent in a place (of `WHERE`), or in all."""
    return Measure(
        *(AWAITING if place is None else f"{AWAITING}_{place}", s.AWAITED, Weight.YEARS, DAY),
        words="days from when a next place is sought until it is moved into; in a ward only after"
        " completed treatment"
        if place is None
        else f"of these, the days spent in {WHERE_IN_WORDS[place]}",
    )


@part
def add_completed(
    table: Table, goal: int, pool: int, start: int, stop: int, clock: Clock, by_pool: Ints
) -> None:
    """The time [start, stop) from completed to left, by what the goal still lacked.

    A decision before it was ready, a place before one was granted, the move after that. `goal` is
    the row of the last goal asked for by then, or NOT_YET: then all of it is waiting for a place.
    """
    ready, granted = start, stop
    if goal != NOT_YET:
        ready = until(cell(table, goal, READY), stop)
        granted = until(cell(table, goal, GRANTED), stop)
    decided = min(max(ready, start), stop)
    placed = min(max(granted, decided), stop)
    add_time(by_pool, clock, pool, s.DECISION, start, decided)
    add_time(by_pool, clock, pool, s.PLACE, decided, placed)
    add_time(by_pool, clock, pool, s.TRANSFER, placed, stop)


@part
def add_after(
    group: int, home: int, pool: int, start: int, stop: int, clock: Clock, by_member: Ints
) -> None:
    """The same time, whatever the cause."""
    start, stop = max(start, 0), min(stop, clock.end)
    segment = segment_at(clock, start)
    while start < stop:
        upto = min(stop, segment_over(clock, segment))
        by_member[segment, pool, group, s.AFTER] += upto - start
        by_member[segment, pool, home, s.AFTER] += upto - start
        start = upto
        segment += 1


@part
def goal_settled(table: Table, goal: int, end: int) -> int:
    """Until when a goal was open: moved into, or ended without a place."""
    admitted = cell(table, goal, ADMITTED)
    return admitted if admitted != NOT_YET else until(cell(table, goal, ENDED), end)


@part
def add_awaited(
    table: Table,
    stays: Ints,
    n_stays: int,
    goal: int,
    settled: int,
    ward: Bools,
    clock: Clock,
    by_pool: Ints,
) -> None:
    """Days from completed treatment until a goal is settled, by where the citizen spent them.

    In a ward, and in any place where the goal was asked for, days after the completed stay count;
    in the places after that all days while the goal is open.
    """
    for k in range(n_stays):
        stay = stays[k]
        pool, completed = cell(table, stay, POOL), cell(table, stay, COMPLETED)
        asked_for_here = table[stay, REQUEST] < table[goal, REQUEST]
        since = max(cell(table, stay, ADMITTED), completed if asked_for_here else 0)
        since = until(completed, clock.end) if ward[pool] else since
        start = max(since, cell(table, goal, REQUESTED))
        stop = min(settled, until(cell(table, stay, LEFT), clock.end))
        if start < stop:
            add_time(by_pool, clock, pool, s.AWAITED, start, stop)
