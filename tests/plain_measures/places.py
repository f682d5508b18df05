"""How places are used: occupancy, what lies above the norm, nights, and the occupancy law."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import UNLIMITED
from flexsim.register import Kind
from plain_measures.tidy import Tidy, add_split
from plain_measures.view import DAY, Period, Stretch, View, total

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def measure_places(view: View, tidy: Tidy) -> None:
    """occupied, utilisation, full_share, over_norm, over_norm_mean, over_norm_peak, nights."""
    names, present = view.plan.pools, view.present
    for period in view.periods:
        occupied = total(view.pools, present.pool, present.within(period.start, period.stop))
        tidy.add_pools("occupied", period.name, names, occupied, float(period.seconds))
        nights = total(view.pools, present.pool, _nights(view, period))
        tidy.add_pools("nights", period.name, names, nights, period.years)
        norm = [view.norm_seconds(p, period.start, period.stop) for p in range(view.pools)]
        tidy.add_pools(
            "utilisation",
            period.name,
            names,
            _under_a_norm(view, period, occupied) / DAY,
            np.array(norm, dtype=np.float64) * view.finite / DAY,
        )
        _split(view, tidy, period)
    for pool in np.flatnonzero(view.finite).tolist():
        _against_norm(view, tidy, pool)


def _under_a_norm(view: View, period: Period, occupied: Floats) -> Floats:
    """Occupied place-seconds, without those while a pool had no norm, shape (P,)."""
    counted = np.where(view.finite, occupied, 0.0)
    for pool in np.unique(view.plan.step_pool[view.finite[view.plan.step_pool]]).tolist():
        times, norm = view.norm_steps(pool)
        ends = np.append(times[1:], view.plan.end)
        mine = view.present.pool == pool
        for start, stop in zip(times[norm == UNLIMITED], ends[norm == UNLIMITED], strict=True):
            free = view.present.within(max(start, period.start), min(stop, period.stop))
            counted[pool] -= free[mine].sum()
    return counted


def _nights(view: View, period: Period) -> Ints:
    """Midnights of each stay in the period; a contact has none."""
    is_contact = view.register.kind[view.present.row] == Kind.CONTACT
    return np.where(is_contact, 0, view.present.midnights(period.start, period.stop))


def _split(view: View, tidy: Tidy, period: Period) -> None:
    """Occupancy and nights by group and municipality."""
    present = view.present
    citizen = view.register.citizen[present.row]
    seconds = present.within(period.start, period.stop)
    nights = _nights(view, period)
    for measure, amount, weight in (
        ("occupied", seconds, float(period.seconds)),
        ("nights", nights, period.years),
    ):
        add_split(tidy, view, measure, period.name, present.pool, citizen, amount, weight)


def steps(stretches: list[Stretch], pool: int) -> tuple[Ints, Ints]:
    """Places in use from each time on: times (ascending, from 0) and counts."""
    starts = np.concatenate([s.start[s.pool == pool] for s in stretches])
    stops = np.concatenate([s.stop[s.pool == pool] for s in stretches])
    times = np.concatenate([[0], starts, stops])
    change = np.concatenate([[0], np.ones(len(starts)), -np.ones(len(stops))]).astype(np.int64)
    order = np.argsort(times, kind="stable")
    times, level = times[order], np.cumsum(change[order])
    last = np.append(times[1:] != times[:-1], True)
    return times[last], level[last]


def _against_norm(view: View, tidy: Tidy, pool: int) -> None:
    times, used = steps([view.present, view.held], pool)
    norm_times, norm = view.norm_steps(pool)
    name = view.plan.pools[pool]
    peaks: list[float] = []
    for period in view.periods:
        cuts = np.unique(np.concatenate([times, norm_times, [period.start, period.stop]]))
        cuts = cuts[(cuts >= period.start) & (cuts <= period.stop)]
        length = np.diff(cuts)
        level = used[np.searchsorted(times, cuts[:-1], side="right") - 1]
        places = norm[np.searchsorted(norm_times, cuts[:-1], side="right") - 1]
        places = np.where(places == UNLIMITED, level + 1, places)
        over = np.maximum(level - places, 0)
        seconds = float(period.seconds)
        tidy.add("full_share", period.name, name, length[level >= places].sum(), seconds)
        tidy.add("over_norm", period.name, name, length[over > 0].sum(), seconds)
        tidy.add("over_norm_mean", period.name, name, float((over * length).sum()), seconds)
        peaks.append(float(over.max(initial=0)))
        if period.name != "all":
            tidy.add("over_norm_peak", period.name, name, peaks[-1], 1.0)
    # over the whole window: the peak of a typical year
    years = peaks[1:] or peaks
    tidy.add("over_norm_peak", "all", name, sum(years), len(years))


def daily_average(stretch: Stretch, pools: int, days: int) -> Floats:
    """Average number present on each day, shape (pools, days)."""
    sums = [total(pools, stretch.pool, stretch.within(d * DAY, (d + 1) * DAY)) for d in range(days)]
    return np.array(sums).T.reshape(pools, days) / DAY


def occupancy_counts(view: View, pool: int) -> tuple[Ints, Ints]:
    """How long each number of places was occupied in the window: levels and seconds."""
    times, level = steps([view.present], pool)
    start, stop = view.periods[0].start, view.periods[0].stop
    ends = np.append(times[1:], view.plan.end)
    length = np.maximum(np.minimum(ends, stop) - np.maximum(times, start), 0)
    seconds = np.bincount(level, weights=length).astype(np.int64)
    levels = np.flatnonzero(seconds)
    return levels.astype(np.int64), seconds[levels]
