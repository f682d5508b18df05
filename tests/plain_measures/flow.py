"""Who comes, who is turned away, who comes back."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import ORIGINS, TEAM
from flexsim.register import NOT_YET, Kind, Outcome, Purpose
from plain_measures.tidy import Tidy, add_split
from plain_measures.view import DAY, Period, View, total

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

LOST = {
    "turned_away": Outcome.TURNED_AWAY_FULL,
    "gave_up": Outcome.GAVE_UP,
    "declined": Outcome.DECLINED,
    "not_in_target_group": Outcome.NOT_IN_TARGET_GROUP,
}
READMISSION_DAYS = (30, 90, 365)


def measure_flow(view: View, tidy: Tidy) -> None:
    """throughput, citizens, share_from_wards, transfers, lost requests, readmission."""
    came_from_ward = _came_from_ward(view)
    for period in view.periods:
        _admissions(view, tidy, period, came_from_ward)
        _lost(view, tidy, period)
    _citizens(view, tidy)
    for days in READMISSION_DAYS:
        _readmission(view, tidy, days)


def _admissions(view: View, tidy: Tidy, period: Period, came_from_ward: Ints) -> None:
    r, present, names = view.register, view.present, view.plan.pools
    begun = (present.start >= period.start) & (present.start < period.stop)
    n = total(view.pools, present.pool, begun)
    tidy.add_pools("throughput", period.name, names, n, period.years)
    citizen = r.citizen[present.row]
    add_split(tidy, view, "throughput", period.name, present.pool, citizen, begun, period.years)
    from_wards = total(view.pools, present.pool, begun & (came_from_ward == 1))
    of_places = np.where(view.plan.kind == TEAM, 0, n)
    tidy.add_pools("share_from_wards", period.name, names, from_wards, of_places)
    moved = (r.sought[present.row] != present.pool) & view.anew[present.row]
    transfers = total(view.pools, present.pool, begun & moved & view.ward[present.pool])
    for pool in np.flatnonzero(view.ward).tolist():
        tidy.add("transfers", period.name, names[pool], transfers[pool], period.years)


def _lost(view: View, tidy: Tidy, period: Period) -> None:
    """Requests of the period that ended without a place, by why, of the pool first sought."""
    r = view.register
    made = view.is_request & (r.requested >= period.start) & (r.requested < period.stop)
    at_once = (r.outcome == Outcome.WITHDRAWN) & (r.ended == r.requested)
    made &= ~at_once
    n = total(view.pools, r.sought[made], np.ones(made.sum()))
    for measure, outcome in LOST.items():
        lost = total(view.pools, r.sought[made], r.outcome[made] == outcome)
        tidy.add_pools(measure, period.name, view.plan.pools, lost, period.years)
        which = made & (r.outcome == outcome)
        add_split(
            tidy,
            view,
            measure,
            period.name,
            r.sought[which],
            r.citizen[which],
            np.ones(which.sum()),
            period.years,
        )
        tidy.add_pools(f"{measure}_share", period.name, view.plan.pools, lost, n)


def _citizens(view: View, tidy: Tidy) -> None:
    """Citizens who were in the pool at any time in a budget year; over all years, the mean."""
    present, r = view.present, view.register
    years = view.periods[1:]
    sums = np.zeros(view.pools)
    for period in years:
        there = present.within(period.start, period.stop) > 0
        rang = (present.start >= period.start) & (present.start < period.stop)
        there |= rang & (r.kind[present.row] == Kind.CONTACT)
        key = np.unique((present.pool[there] << 40) + r.citizen[present.row[there]])
        found = np.bincount(key >> 40, minlength=view.pools).astype(np.float64)
        tidy.add_pools("citizens", period.name, view.plan.pools, found, 1.0)
        sums += found
    tidy.add_pools("citizens", "all", view.plan.pools, sums, float(len(years)))


def _came_from_ward(view: View) -> Ints:
    """For each stay: 1 if the citizen was in a ward just before."""
    r, present = view.register, view.present
    came = (r.citizen_stream[r.citizen[present.row]] * 0).astype(np.int64)
    order = np.lexsort((present.start, r.citizen[present.row]))
    order = order[r.kind[present.row[order]] != Kind.TEAM]
    before, after = order[:-1], order[1:]
    moved = (r.citizen[present.row[before]] == r.citizen[present.row[after]]) & (
        present.stop[before] == present.start[after]
    )
    came[after[moved]] = view.ward[present.pool[before[moved]]]
    first = np.ones(len(present.row), dtype=bool)
    first[after[moved]] = False
    new = first & (r.episode[present.row] == 0) & (r.purpose[present.row] == Purpose.NEED)
    origin = view.plan.stream_origin[r.citizen_stream[r.citizen[present.row]]]
    came[new] = origin[new] == ORIGINS.index("ward")
    return came


def _readmission(view: View, tidy: Tidy, days: int) -> None:
    """Discharges from wards followed by a new request for a ward within so many days.

    Only discharges that the run follows for that long count.
    """
    r, plan = view.register, view.plan
    left = np.flatnonzero((r.left != NOT_YET) & (r.admitted != NOT_YET) & view.ward[r.pool])
    needs = np.flatnonzero(view.anew & (view.ward[r.sought] | view.ward[r.pool]))
    keys = np.sort(view.key(r.citizen[needs], r.requested[needs]))
    start = view.key(r.citizen[left], r.left[left])
    back = np.searchsorted(keys, start + days * DAY, side="right") > np.searchsorted(
        keys, start, side="left"
    )
    follow = r.left[left] + days * DAY <= plan.end
    for period in view.periods:
        chosen = follow & (r.left[left] >= period.start) & (r.left[left] < period.stop)
        pool = r.pool[left[chosen]]
        n = total(view.pools, pool, np.ones(len(pool)))
        returned = total(view.pools, pool, back[chosen])
        tidy.add_pools(f"readmission_{days}", period.name, plan.pools, returned, n)
