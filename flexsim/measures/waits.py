"""Waits and stays: how long, for whom, and what is still unfinished.

The waits of a period are of the requests wanted in it. A wait that is not over contributes what has
passed of it; a share over k days is of those whose wait began k days before the end. A mean stay is
days spent in the period over stays begun in it (Little's law), so that it is right in the long run
whatever the length of the period.
"""

from __future__ import annotations

import numpy as np

from flexsim.jit import hot, part
from flexsim.measures import sums as s
from flexsim.measures.catalogue import Measure, Weight
from flexsim.measures.periods import DAY
from flexsim.measures.rows import (
    ADMITTED,
    GRANTED,
    POOL,
    READY,
    WANTED,
    Table,
    cell,
    wait_begun,
)
from flexsim.measures.sums import OVER_DAYS, Clock, Ints, add_time, segment_of
from flexsim.register import NOT_YET

MEASURES = (
    Measure(
        *("wait_assessment", s.ASSESSED, s.WAITS, DAY),
        words="mean time from wanting a place until it is decided and assessed",
    ),
    Measure(
        *("wait_place", s.WAITED, s.WAITS, DAY),
        split=True,
        words="mean time from wanted and ready until a place is granted; who waits not at all"
        " counts as 0",
    ),
    Measure(
        *("wait_transfer", s.MOVED, s.MOVES, DAY),
        words="mean time from a place granted until moved in",
    ),
    Measure(
        "p_wait", s.DELAYED, s.WAITS, words="share of requests that had to wait for a place at all"
    ),
    *(
        Measure(
            *(f"wait_over_{d}", s.OVER_1 + k, s.KNOWN_1 + k),
            words=f"share of requests that waited for a place longer than {d} day{'s' * (d > 1)}",
        )
        for k, d in enumerate(OVER_DAYS)
    ),
    Measure(
        *("placed_within_24h", s.IN_A_DAY, s.KNOWN_A_DAY),
        words="share of requests granted a place within 24 hours of wanting it",
    ),
    Measure("queue", s.QUEUED, Weight.SECONDS, words="requests on the waiting list, on average"),
    Measure(
        *("stay", s.PRESENT, s.BEGUN, DAY),
        words="mean length of stay, from moving in to moving out",
    ),
    Measure(
        *("treatment", s.NEEDED, s.BEGUN, DAY),
        words="mean time from moving in until the need for the place is over",
    ),
)


#: For compiled code, which reads arrays faster than tuples.
_OVER = np.array(OVER_DAYS) * DAY


@hot
def add_wait(
    table: Table,
    i: int,
    wait: int,
    group: int,
    home: int,
    clock: Clock,
    by_pool: Ints,
    by_member: Ints,
) -> None:
    """Add the wait of a request for a place, in seconds.

    It counts under the longest of the days that it was over, or followed for; `of_each` makes that
    the numbers of each. Parameters as of `places.add_stay`.
    """
    pool, wanted = cell(table, i, POOL), cell(table, i, WANTED)
    begun, segment = wait_begun(table, i), segment_of(clock, wanted)
    by_member[segment, pool, group, s.WAITS] += 1
    by_member[segment, pool, home, s.WAITS] += 1
    by_member[segment, pool, group, s.WAITED] += wait
    by_member[segment, pool, home, s.WAITED] += wait
    by_pool[segment, pool, s.ASSESSED] += max(cell(table, i, READY) - wanted, 0)
    granted, admitted = cell(table, i, GRANTED), cell(table, i, ADMITTED)
    if (granted != NOT_YET) & (admitted != NOT_YET):
        by_pool[segment, pool, s.MOVES] += 1
        by_pool[segment, pool, s.MOVED] += admitted - granted
    if wait > 0:
        by_pool[segment, pool, s.DELAYED] += 1
        add_time(by_pool, clock, pool, s.QUEUED, begun, begun + wait)
        longer = len(_OVER)
        while longer > 0 and wait <= _OVER[longer - 1]:
            longer -= 1
        if longer > 0:
            by_pool[segment, pool, s.OVER_1 + longer - 1] += 1
    followed = len(_OVER)
    while followed > 0 and begun + _OVER[followed - 1] >= clock.end:
        followed -= 1
    if followed > 0:
        by_pool[segment, pool, s.KNOWN_1 + followed - 1] += 1
    known = wanted + DAY < clock.end
    in_a_day = (granted != NOT_YET) & (granted - wanted <= DAY)
    by_pool[segment, pool, s.KNOWN_A_DAY] += known
    by_pool[segment, pool, s.IN_A_DAY] += known & in_a_day


@part
def of_each(by_pool: Ints) -> None:
    """Make numbers by the longest of `OVER_DAYS` that they reach those that reach each."""
    for segment in range(by_pool.shape[0]):
        for pool in range(by_pool.shape[1]):
            for first in (s.OVER_1, s.KNOWN_1):
                for column in range(first + len(_OVER) - 2, first - 1, -1):
                    by_pool[segment, pool, column] += by_pool[segment, pool, column + 1]
