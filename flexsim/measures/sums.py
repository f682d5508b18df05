"""What is added up over the rows of a register, and where it is kept.

`by_pool[segment, pool, column]` holds whole seconds and numbers of rows. The segments of time are
those of `periods.segment_edges`: 0 is the warm-up, and holds also what happened at no time of the
window; it is never shown, but its bed-days are in the ledger. The first `SPLIT` columns are kept in
`by_member[segment, pool, member, column]`: members are the groups, then the municipalities. Those
of the pool are added together from its groups at the end.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import part
from flexsim.measures.periods import YEAR

Ints = NDArray[np.int64]
Index = NDArray[np.int32]
Bools = NDArray[np.bool_]

OVER_DAYS = (1, 7, 14, 30)
READMISSION_DAYS = (30, 90, 365)

# -- also by group and municipality
(
    PRESENT,
    NIGHTS,
    BEGUN,
    AFTER,
    WAITS,
    WAITED,
    TURNED_AWAY,
    GAVE_UP,
    DECLINED,
    NOT_IN_TARGET_GROUP,
) = range(10)
SPLIT = 10
# -- by pool only
(
    NEEDED,
    DECISION,
    PLACE,
    TRANSFER,
    HELD,
    UNDER_NORM,
    FULL,
    OVER,
    PLACES_OVER,
    PEAK,
    ASSESSED,
    MOVES,
    MOVED,
    DELAYED,
    OVER_1,
    OVER_7,
    OVER_14,
    OVER_30,
    KNOWN_1,
    KNOWN_7,
    KNOWN_14,
    KNOWN_30,
    IN_A_DAY,
    KNOWN_A_DAY,
    QUEUED,
    FROM_WARDS,
    TRANSFERS,
    REQUESTS,
    CITIZENS,
    BACK_30,
    BACK_90,
    BACK_365,
    FOLLOWED_30,
    FOLLOWED_90,
    FOLLOWED_365,
    AWAITED,
) = range(SPLIT, SPLIT + 36)
COLUMNS = SPLIT + 36

#: What each column holds.
IN_WORDS = {
    PRESENT: "seconds in a place",
    NIGHTS: "midnights with the place occupied",
    BEGUN: "stays begun",
    AFTER: "seconds from completed to left",
    WAITS: "waits for a place, of requests wanted in the period",
    WAITED: "seconds from ready and wanted to granted",
    TURNED_AWAY: "requests turned away, of the pool first sought",
    GAVE_UP: "requests that gave up, of the pool first sought",
    DECLINED: "requests declined, of the pool first sought",
    NOT_IN_TARGET_GROUP: "requests outside the target group, of the pool first sought",
    NEEDED: "seconds from admitted to completed",
    DECISION: "seconds from completed to left, the next place not decided",
    PLACE: "seconds from completed to left, no place granted",
    TRANSFER: "seconds from completed to left, a place granted",
    HELD: "seconds granted and not moved in",
    UNDER_NORM: "seconds in a place while the pool had a norm",
    FULL: "seconds without a free place of the norm",
    OVER: "seconds with more in use than the norm has",
    PLACES_OVER: "seconds x places above the norm",
    PEAK: "most places above the norm in a year",
    ASSESSED: "seconds from wanted to ready",
    MOVES: "waits that ended with moving in",
    MOVED: "seconds from granted to admitted",
    DELAYED: "waits that were not over at once",
    OVER_1: "waits over 1 day",
    OVER_7: "waits over 7 days",
    OVER_14: "waits over 14 days",
    OVER_30: "waits over 30 days",
    KNOWN_1: "waits followed for 1 day",
    KNOWN_7: "waits followed for 7 days",
    KNOWN_14: "waits followed for 14 days",
    KNOWN_30: "waits followed for 30 days",
    IN_A_DAY: "requests placed within 24 hours of wanting it",
    KNOWN_A_DAY: "requests followed for 24 hours",
    QUEUED: "seconds ready, wanted and not granted",
    FROM_WARDS: "stays begun straight from a ward",
    TRANSFERS: "stays begun in a ward other than the first sought",
    REQUESTS: "requests made, of the pool first sought",
    CITIZENS: "citizens who were there in a budget year",
    BACK_30: "ward discharges followed by a new ward request within 30 days",
    BACK_90: "ward discharges followed by a new ward request within 90 days",
    BACK_365: "ward discharges followed by a new ward request within 365 days",
    FOLLOWED_30: "ward discharges followed for 30 days",
    FOLLOWED_90: "ward discharges followed for 90 days",
    FOLLOWED_365: "ward discharges followed for 365 days",
    AWAITED: "seconds in a place while the right offer was awaited",
}


class Clock(NamedTuple):
    """The window, in seconds: what happens before `warm_up` is not counted."""

    warm_up: int
    end: int


class Terms(NamedTuple):
    """What of a plan the sums are held against. P pools."""

    clock: Clock
    ward: Bools  # (P,)
    from_ward: Bools  # by stream: whether its citizens come from wards outside the model
    groups: int
    municipalities: int


class Sums(NamedTuple):
    """What was added up. P pools, S segments."""

    by_pool: Ints  # (S, P, COLUMNS)
    by_member: Ints  # (S, P, members, SPLIT)


@part
def segment_at(clock: Clock, time: int) -> int:
    """The segment that a time of the run lies in, the warm-up being one."""
    return 0 if time < clock.warm_up else 1 + (time - clock.warm_up) // YEAR


@part
def segment_over(clock: Clock, segment: int) -> int:
    """When a segment is over; for the last one that may lie after the end of the run."""
    return clock.warm_up + segment * YEAR


@part
def segment_of(clock: Clock, time: int) -> int:
    """The segment that something which happened at a time counts in; 0 if not in the window."""
    return segment_at(clock, time) if time < clock.end else 0


@part
def add_time(by_pool: Ints, clock: Clock, pool: int, column: int, start: int, stop: int) -> None:
    """Add the seconds of [start, stop) to the segments in which they lie."""
    start, stop = max(start, 0), min(stop, clock.end)
    segment = segment_at(clock, start)
    while start < stop:
        upto = min(stop, segment_over(clock, segment))
        by_pool[segment, pool, column] += upto - start
        start = upto
        segment += 1
