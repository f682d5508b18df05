"""Who comes, who is turned away, who comes back."""

from __future__ import annotations

import numpy as np

from flexsim.jit import hot, part
from flexsim.measures import sums as s
from flexsim.measures.catalogue import Measure, Pools, Weight
from flexsim.measures.periods import DAY
from flexsim.measures.rows import (
    ADMITTED,
    EPISODE,
    OUTCOME,
    POOL,
    PURPOSE,
    REQUESTED,
    SOUGHT,
    Table,
    cell,
    is_request,
    withdrawn_at_once,
)
from flexsim.measures.sums import (
    READMISSION_DAYS,
    Bools,
    Clock,
    Ints,
    segment_at,
    segment_of,
    segment_over,
)
from flexsim.register import NOT_YET, Outcome, Purpose

#: Why a request ended without a place, in the order of the sums from TURNED_AWAY on.
LOST = {
    "turned_away": Outcome.TURNED_AWAY_FULL,
    "gave_up": Outcome.GAVE_UP,
    "declined": Outcome.DECLINED,
    "not_in_target_group": Outcome.NOT_IN_TARGET_GROUP,
}
_LOST = np.array(list(LOST.values()), dtype=np.int64)
_NEED, _GOAL = int(Purpose.NEED), int(Purpose.GOAL)


_LOST_IN_WORDS = {
    "turned_away": "turned away: no place free, and no waiting list or no room on it",
    "gave_up": "that gave up waiting",
    "declined": "whose citizen declined every pool that would take them",
    "not_in_target_group": "outside the target group of every pool of the search",
}


def _lost(name: str, column: int) -> tuple[Measure, Measure]:
    words = f"requests {_LOST_IN_WORDS[name]}, of the pool first sought"
    whole = Measure(name, column, Weight.YEARS, split=True, words=words)
    return whole, Measure(f"{name}_share", column, s.REQUESTS, words=f"share of {words}")


MEASURES = (
    Measure("throughput", s.BEGUN, Weight.YEARS, split=True, words="stays begun"),
    Measure(
        *("share_from_wards", s.FROM_WARDS, s.BEGUN),
        pools=Pools.PLACES,
        words="share of stays begun straight from a ward, of the model or outside it",
    ),
    Measure(
        *("transfers", s.TRANSFERS, Weight.YEARS),
        pools=Pools.WARDS,
        words="admissions for a new need in this ward, though another was sought first",
    ),
    *(measure for k, name in enumerate(LOST) for measure in _lost(name, s.TURNED_AWAY + k)),
    Measure(
        *("citizens", s.CITIZENS, Weight.BUDGET_YEARS),
        words="different citizens who were there in a budget year",
    ),
    *(
        Measure(
            *(f"readmission_{days}", s.BACK_30 + k, s.FOLLOWED_30 + k),
            words=f"share of discharges from a ward with a new request for a ward within {days}"
            " days",
        )
        for k, days in enumerate(READMISSION_DAYS)
    ),
)


#: For compiled code, which reads arrays faster than tuples.
_BACK = np.array(READMISSION_DAYS) * DAY


@hot
def add_request(
    table: Table, i: int, group: int, home: int, clock: Clock, by_pool: Ints, by_member: Ints
) -> None:
    """Add a request, of the pool first sought, and why it ended without a place.

    Parameters as of `places.add_stay`.
    """
    if is_request(table, i) and not withdrawn_at_once(table, i):
        segment, pool = segment_of(clock, cell(table, i, REQUESTED)), cell(table, i, SOUGHT)
        by_pool[segment, pool, s.REQUESTS] += 1
        for k in range(len(_LOST)):
            if table[i, OUTCOME] == _LOST[k]:
                by_member[segment, pool, group, s.TURNED_AWAY + k] += 1
                by_member[segment, pool, home, s.TURNED_AWAY + k] += 1


@part
def add_transfer(table: Table, stay: int, clock: Clock, by_pool: Ints) -> None:
    """A stay begun for a new need, in another ward than was sought or not."""
    segment, pool = segment_of(clock, cell(table, stay, ADMITTED)), cell(table, stay, POOL)
    by_pool[segment, pool, s.TRANSFERS] += table[stay, SOUGHT] != pool


@part
def is_new(table: Table, stay: int) -> bool:
    """Whether the stay is of the first need of a citizen, if nothing comes before it."""
    return (table[stay, EPISODE] == 0) & (table[stay, PURPOSE] == _NEED)


@part
def add_citizen(
    number: int, pool: int, start: int, stop: int, clock: Clock, seen: Ints, by_pool: Ints
) -> None:
    """The citizen of a stay, once in each budget year in which he or she was in its pool.

    Parameters
    ----------
    seen : ndarray, shape (segments, P)
        Number of the citizen last counted.
    """
    start, stop = max(start, clock.warm_up), min(stop, segment_over(clock, len(seen) - 2))
    year = segment_at(clock, start)
    while start < stop:
        by_pool[year, pool, s.CITIZENS] += seen[year, pool] != number
        seen[year, pool] = number
        start = segment_over(clock, year)
        year += 1


@part
def is_anew(table: Table, i: int, after_contact: bool) -> bool:
    """Whether a request is of a new need: made for it, or by a contact that was (`after_contact`).

    Whoever rings and is sent to a ward seeks it for the need that made him or her ring.
    """
    purpose = table[i, PURPOSE]
    return (purpose == _NEED) | (after_contact & (purpose == _GOAL))


@part
def is_for_ward(table: Table, i: int, ward: Bools) -> bool:
    """Whether a request was for a ward."""
    return ward[table[i, SOUGHT]] | ward[table[i, POOL]]


@part
def add_discharge(pool: int, left: int, back: int, clock: Clock, by_pool: Ints) -> None:
    """A discharge from a ward, and whether a new request for a ward followed, at `back`.

    Only discharges that the run follows for that long count.
    """
    segment = segment_of(clock, left)
    for k in range(len(_BACK)):
        followed = left + _BACK[k] <= clock.end
        by_pool[segment, pool, s.FOLLOWED_30 + k] += followed
        is_back = (back != NOT_YET) & (back - left <= _BACK[k])
        by_pool[segment, pool, s.BACK_30 + k] += followed & is_back
