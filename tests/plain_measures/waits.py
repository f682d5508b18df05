"""Waits and stays: how long, for whom, and what is still unfinished."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.register import NOT_YET
from plain_measures.tidy import Tidy, add_split
from plain_measures.view import DAY, View, total

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

HOUR = 3_600
OVER_DAYS = (1, 7, 14, 30)


def measure_waits(view: View, tidy: Tidy) -> None:
    """wait_assessment, wait_place, wait_transfer, wait_over_*, placed_within_24h, p_wait, queue.

    The cohort of a period are the requests wanted in it. A wait that is not over contributes what
    has passed of it; a share over k days is of those whose wait began k days before the end.
    """
    names, r = view.plan.pools, view.register
    row = np.flatnonzero(view.waited & (r.ready != NOT_YET))
    pool = r.pool[row]
    begun = np.maximum(r.ready[row], r.wanted[row])
    over = np.where(r.granted[row] != NOT_YET, r.granted[row], view.until(r.ended[row]))
    wait = np.maximum(over - begun, 0)
    assessment = np.maximum(r.ready[row] - r.wanted[row], 0)
    moved = (r.admitted[row] != NOT_YET) & (r.granted[row] != NOT_YET)
    transfer = np.where(moved, r.admitted[row] - r.granted[row], 0)
    whole = np.where(r.granted[row] != NOT_YET, over - r.wanted[row], view.plan.end)

    def by_pool(chosen: Bools, values: NDArray[np.generic]) -> NDArray[np.float64]:
        return total(view.pools, pool[chosen], values[chosen])

    one = np.ones(len(row))
    for period in view.periods:
        cohort = (r.wanted[row] >= period.start) & (r.wanted[row] < period.stop)
        n = by_pool(cohort, one)
        tidy.add_pools("wait_assessment", period.name, names, by_pool(cohort, assessment / DAY), n)
        tidy.add_pools("wait_place", period.name, names, by_pool(cohort, wait / DAY), n)
        citizen = r.citizen[row[cohort]]
        days = wait[cohort] / DAY
        add_split(tidy, view, "wait_place", period.name, pool[cohort], citizen, days, one[cohort])
        tidy.add_pools(
            "wait_transfer",
            period.name,
            names,
            by_pool(cohort & moved, transfer / DAY),
            by_pool(cohort & moved, one),
        )
        tidy.add_pools("p_wait", period.name, names, by_pool(cohort & (wait > 0), one), n)
        for days in OVER_DAYS:
            known = cohort & (begun + days * DAY < view.plan.end)
            tidy.add_pools(
                f"wait_over_{days}",
                period.name,
                names,
                by_pool(known & (wait > days * DAY), one),
                by_pool(known, one),
            )
        known = cohort & (r.wanted[row] + DAY < view.plan.end)
        tidy.add_pools(
            "placed_within_24h",
            period.name,
            names,
            by_pool(known & (whole <= DAY), one),
            by_pool(known, one),
        )
        waiting = np.minimum(over, period.stop) - np.maximum(begun, period.start)
        queue = by_pool(waiting > 0, waiting)
        tidy.add_pools("queue", period.name, names, queue, float(period.seconds))


def measure_stays(view: View, tidy: Tidy) -> None:
    """Stay and treatment, as days spent in the period over stays begun in it.

    A stay begun before the period or not ended contributes its days (Little's law), so the mean is
    right in the long run whatever the length of the period.
    """
    names, present = view.plan.pools, view.present
    for period in view.periods:
        begun = (present.start >= period.start) & (present.start < period.stop)
        n = total(view.pools, present.pool, begun)
        days = total(view.pools, present.pool, present.within(period.start, period.stop)) / DAY
        tidy.add_pools("stay", period.name, names, days, n)
        need = view.in_need.within(period.start, period.stop)
        tidy.add_pools(
            "treatment", period.name, names, total(view.pools, present.pool, need) / DAY, n
        )


def wait_counts(view: View, pool: int) -> tuple[Ints, Ints, Ints]:
    """Waits of the window's cohort by whole hours: hours, waits over, waits not over.

    Hour 0 holds waits of length zero, hour h waits in (h - 1, h].
    """
    r, window = view.register, view.periods[0]
    row = np.flatnonzero(
        view.waited & (r.ready != NOT_YET) & (r.pool == pool) & (r.wanted >= window.start)
    )
    begun = np.maximum(r.ready[row], r.wanted[row])
    is_over = (r.granted[row] != NOT_YET) | (r.ended[row] != NOT_YET)
    over = np.where(r.granted[row] != NOT_YET, r.granted[row], view.until(r.ended[row]))
    return _by_hour(np.maximum(over - begun, 0), is_over)


def stay_counts(view: View, pool: int) -> tuple[Ints, Ints, Ints]:
    """Stays begun in the window by whole hours: hours, stays ended, stays still going on."""
    present, window = view.present, view.periods[0]
    chosen = (present.pool == pool) & (present.start >= window.start)
    ended = view.register.left[present.row[chosen]] != NOT_YET
    return _by_hour((present.stop - present.start)[chosen], ended)


def _by_hour(seconds: Ints, is_over: Bools) -> tuple[Ints, Ints, Ints]:
    hours = -(-seconds // HOUR)
    found, index = np.unique(hours, return_inverse=True)
    over = np.bincount(index, weights=is_over, minlength=len(found)).astype(np.int64)
    open_ = np.bincount(index, weights=~is_over, minlength=len(found)).astype(np.int64)
    return found, over, open_
