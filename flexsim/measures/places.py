"""How places are used: occupancy, nights, what is needed and held.

What lies above the norm is added up in `levels`.
"""

from __future__ import annotations

from flexsim.jit import hot
from flexsim.measures import sums as s
from flexsim.measures.catalogue import Measure, Pools, Weight
from flexsim.measures.periods import DAY
from flexsim.measures.rows import (
    ADMITTED,
    GRANTED,
    LEFT,
    POOL,
    Table,
    cell,
    held_until,
    is_contact,
    is_held,
    is_stay,
    need_over,
    until,
)
from flexsim.measures.sums import Clock, Ints, add_time, segment_at, segment_of, segment_over

MEASURES = (
    Measure(
        "occupied", s.PRESENT, Weight.SECONDS, split=True, words="citizens present, on average"
    ),
    Measure("nights", s.NIGHTS, Weight.YEARS, split=True, words="nights spent here (midnights)"),
    Measure(
        *("utilisation", s.UNDER_NORM, Weight.NORM, DAY, DAY, Pools.FINITE),
        words="share of the norm that is used; above 1 where the surge is in use too",
    ),
    Measure(
        *("full_share", s.FULL, Weight.SECONDS),
        pools=Pools.FINITE,
        words="share of time without a free place of the norm; a place held before moving in is"
        " not free",
    ),
    Measure(
        *("over_norm", s.OVER, Weight.SECONDS),
        pools=Pools.FINITE,
        words="share of time with more places in use (or held) than the norm has",
    ),
    Measure(
        *("over_norm_mean", s.PLACES_OVER, Weight.SECONDS),
        pools=Pools.FINITE,
        words="places in use (or held) above the norm, on average over all time",
    ),
    Measure(
        *("over_norm_peak", s.PEAK, Weight.PEAKS),
        pools=Pools.FINITE,
        words="most places in use (or held) above the norm in a year; over the whole run, the"
        " mean of its years",
    ),
)


@hot
def add_stay(
    table: Table, i: int, group: int, home: int, clock: Clock, by_pool: Ints, by_member: Ints
) -> None:
    """Add a stay: begun, seconds, nights, seconds in need; and a place held before moving in.

    Parameters
    ----------
    table, i
        See `rows`.
    group, home : int
        Members that the citizen of the row belongs to.
    clock : Clock
    by_pool, by_member : ndarray
        Sums, added to.
    """
    pool = cell(table, i, POOL)
    if is_stay(table, i):
        segment = segment_of(clock, cell(table, i, ADMITTED))
        by_member[segment, pool, group, s.BEGUN] += 1
        by_member[segment, pool, home, s.BEGUN] += 1
        start, stop = max(cell(table, i, ADMITTED), 0), until(cell(table, i, LEFT), clock.end)
        needed, stop = need_over(table, i, clock.end), min(stop, clock.end)
        segment, night = segment_at(clock, start), (start - 1) // DAY
        while start < stop:
            upto = min(stop, segment_over(clock, segment))
            nights = 0 if is_contact(table, i) else (upto - 1) // DAY - night
            by_pool[segment, pool, s.NEEDED] += max(min(upto, needed) - start, 0)
            by_member[segment, pool, group, s.PRESENT] += upto - start
            by_member[segment, pool, home, s.PRESENT] += upto - start
            by_member[segment, pool, group, s.NIGHTS] += nights
            by_member[segment, pool, home, s.NIGHTS] += nights
            start, night = upto, night + nights
            segment += 1
    if is_held(table, i, clock.end):
        start, stop = cell(table, i, GRANTED), held_until(table, i, clock.end)
        add_time(by_pool, clock, pool, s.HELD, start, stop)
