"""Who is where, hour by hour, and what each waits for: one replication as data for a picture.

Every row of the register becomes spans of a numbered place: in treatment or staying, then awaiting
a decision, a place or the move (as `flexsim.measures.delay` counts them), or held for somebody.
Times are whole hours since the first one shown.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.plan.plan import CONTACT, KINDS, NONE, TEAM, UNLIMITED, Plan
from flexsim.register import NOT_YET, Kind, Outcome, Purpose, Register

Ints = NDArray[np.int64]

HOUR = 3_600
DAY = 24
#: A pool with more places than this in use at once is shown as a number.
MOST_CELLS = 400
#: Citizens whom a reader is offered to follow: those who waited longest.
OFFERED = 12


class State(IntEnum):
    """Why a place is not free. The order is that of the legend."""

    STAYING = 0
    DECISION = 1
    PLACE = 2
    MOVE = 3
    HELD = 4


AWAITING = (State.DECISION, State.PLACE, State.MOVE)


@dataclass(frozen=True, eq=False)
class Spans:
    """Spans of places, N of them: [start, stop) in seconds since the start of the run."""

    pool: Ints
    place: Ints
    start: Ints
    stop: Ints
    state: Ints
    citizen: Ints


def spans(register: Register, plan: Plan) -> Spans:
    """All spans of one register, the empty ones left out."""
    r = register
    lived = (r.admitted != NOT_YET) & (r.place != NOT_YET)
    stays = np.flatnonzero(lived & (plan.kind[r.pool] != CONTACT))
    stop = _until(r.left[stays], plan.end)
    completed = np.where(_is_only_waiting(r, plan)[stays], r.admitted[stays], r.completed[stays])
    over = np.clip(_until(completed, plan.end), r.admitted[stays], stop)
    ready, granted = _goals(r, plan, r.citizen[stays], over)
    decided = np.clip(ready, over, stop)
    placed = np.clip(granted, decided, stop)
    edges = [r.admitted[stays], over, decided, placed, stop]
    held = np.flatnonzero((r.granted != NOT_YET) & (r.place != NOT_YET))
    rows = np.concatenate([*([stays] * 4), held])
    given_up = _until(r.left[held], plan.end)
    moved_in = np.where(r.admitted[held] == NOT_YET, given_up, r.admitted[held])
    starts = np.concatenate([*edges[:-1], r.granted[held]])
    stops = np.concatenate([*edges[1:], moved_in])
    states = np.concatenate([np.repeat(np.arange(4), len(stays)), np.full(len(held), State.HELD)])
    kept = starts < stops
    rows = rows[kept]
    return Spans(
        r.pool[rows], r.place[rows], starts[kept], stops[kept], states[kept], r.citizen[rows]
    )


def _until(times: Ints, end: int) -> Ints:
    return np.where(times == NOT_YET, end, times)


def _is_only_waiting(r: Register, plan: Plan) -> NDArray[np.bool_]:
    """Whether a row is a stay in a bridge without a need of its own: all of it is waiting."""
    no_need = plan.stay_law[r.pool, r.citizen_group[r.citizen]] == NONE
    return (r.purpose == Purpose.BRIDGE) & (r.completed == NOT_YET) & no_need


def _goals(r: Register, plan: Plan, citizens: Ints, times: Ints) -> tuple[Ints, Ints]:
    """When the last goal asked for by a time was decided, and its place granted.

    Without a goal it is a place that is waited for.
    """
    kept = (r.granted != NOT_YET) & (r.wanted == NOT_YET)
    goals = np.flatnonzero((r.purpose == Purpose.GOAL) & ~kept)
    goals = goals[np.lexsort((r.requested[goals], r.citizen[goals]))]
    width = plan.end + 1
    keys = r.citizen[goals] * width + r.requested[goals]
    found = np.searchsorted(keys, citizens * width + times, side="right") - 1
    goal = goals[np.maximum(found, 0)] if len(goals) else np.zeros(len(found), dtype=np.int64)
    known = found >= 0
    known[known] = r.citizen[goal[known]] == citizens[known]
    ready = np.where(known, _until(r.ready[goal], plan.end), times)
    granted = np.where(known, _until(r.granted[goal], plan.end), plan.end)
    return ready, granted


def scene(
    register: Register,
    plan: Plan,
    titles: Mapping[str, str],
    first_day: int | None = None,
    days: int = 365,
) -> dict[str, Any]:
    """What the picture is drawn from, as plain lists and numbers.

    Parameters
    ----------
    register : Register
        Of one replication.
    plan : Plan
        Of that register.
    titles : mapping
        Names of pools as they are to be shown.
    first_day : int, optional
        First day shown, in days since the start of the run; default the end of the warm-up.
    days : int
        How many are shown, at most.

    Returns
    -------
    dict
        `start` (date), `hours`; `pools`, each with name, title, kind, `norm` as pairs of hour and
        places (None: unlimited), `lanes` (one per place: gap, length, state, citizen, and so on) or
        `present` or `arrived` (changes as pairs of hours passed and difference), and `waiting`
        (likewise); `citizens` by number; `offered`, those who waited longest.

    Raises
    ------
    ValueError
        If no day of the run would be shown.
    """
    first = (plan.warm_up // (HOUR * DAY) if first_day is None else first_day) * DAY
    last = min(first + days * DAY, plan.end // HOUR)
    if not 0 <= first < last:
        whole = plan.end // (HOUR * DAY)
        raise ValueError(f"no day to show: the run has the days 0 to {whole - 1}")
    window = _Window(first, last)
    found = window.clipped(spans(register, plan))
    seen, citizens = np.unique(found.citizen, return_inverse=True)
    streams = np.array(plan.streams, dtype=object)[register.citizen_stream[seen]]
    names = [f"{s}#{n}" for s, n in zip(streams, register.citizen_nth[seen], strict=True)]
    waits = _waits(register, plan)
    pools = [
        _pool(p, plan, register, found, citizens, waits, window) | {"title": titles.get(name, name)}
        for p, name in enumerate(plan.pools)
        if plan.kind[p] != CONTACT
    ]
    start = pd.Timestamp.fromordinal(plan.start_day) + pd.Timedelta(hours=first)
    return {
        "start": start.strftime("%Y-%m-%d"),
        "hours": last - first,
        "pools": pools,
        "citizens": names,
        "offered": _longest(found, citizens),
    }


@dataclass(frozen=True)
class _Window:
    """Hours shown, since the start of the run."""

    first: int
    last: int

    def hours(self, seconds: Ints) -> Ints:
        """Hours since the first one shown, within the window."""
        return np.clip(seconds // HOUR, self.first, self.last) - self.first

    def clipped(self, s: Spans) -> Spans:
        start, stop = self.hours(s.start), self.hours(s.stop)
        kept = start < stop
        start, stop = start[kept], stop[kept]
        return Spans(s.pool[kept], s.place[kept], start, stop, s.state[kept], s.citizen[kept])


def _pool(
    p: int,
    plan: Plan,
    register: Register,
    found: Spans,
    citizens: Ints,
    waits: tuple[Ints, Ints, Ints],
    window: _Window,
) -> dict[str, Any]:
    here = np.flatnonzero(found.pool == p)
    norm = _norm(p, plan, window)
    known = [places for _, places in norm if places is not None]
    count = max([int(found.place[here].max(initial=-1)) + 1, *known])
    pool: dict[str, Any] = {"name": plan.pools[p], "kind": KINDS[plan.kind[p]], "norm": norm}
    has_need = bool((plan.stay_law[p] != NONE).any())
    if not known and not has_need and plan.kind[p] != TEAM:
        moved_in = (register.pool == p) & (register.admitted != NOT_YET)
        begun = register.admitted[moved_in] // HOUR
        begun = begun[(begun >= window.first) & (begun < window.last)] - window.first
        pool["arrived"] = _changes(begun, np.ones(len(begun), dtype=np.int64))
    elif count > MOST_CELLS:
        pool["present"] = _levels(found.start[here], found.stop[here])
    else:
        pool["lanes"] = _lanes(found, citizens, here, count)
    sought, start, stop = waits
    of_this = sought == p
    begun, over = window.hours(start[of_this]), window.hours(stop[of_this])
    pool["waiting"] = _levels(begun[begun < over], over[begun < over])
    return pool


def _norm(p: int, plan: Plan, window: _Window) -> list[tuple[int, int | None]]:
    """Places of the norm as (hour, places) from the first hour on; None while unlimited."""
    steps = [(0, int(plan.norm[p]))]
    of_pool = plan.step_pool == p
    steps += zip(
        (plan.step_time[of_pool] // HOUR).tolist(), plan.step_norm[of_pool].tolist(), strict=True
    )
    told: list[tuple[int, int | None]] = []
    for time, norm in steps:
        if time < window.last:
            places = None if norm >= UNLIMITED else norm
            hour = max(time - window.first, 0)
            if told and told[-1][0] == hour:
                told.pop()
            if not told or told[-1][1] != places:
                told.append((hour, places))
    return told


def _lanes(found: Spans, citizens: Ints, here: Ints, count: int) -> list[list[int]]:
    """Per place: gap since the last span, length, state, citizen; again and again."""
    lanes: list[list[int]] = [[] for _ in range(count)]
    over = [0] * count
    for i in here[np.argsort(found.start[here], kind="stable")].tolist():
        place, start, stop = int(found.place[i]), int(found.start[i]), int(found.stop[i])
        start = max(start, over[place])
        if start < stop:
            lanes[place] += [
                start - over[place],
                stop - start,
                int(found.state[i]),
                int(citizens[i]),
            ]
            over[place] = stop
    return lanes


def _levels(start: Ints, stop: Ints) -> list[int]:
    """How many spans are open, as changes."""
    times = np.concatenate([start, stop])
    return _changes(times, np.repeat([1, -1], [len(start), len(stop)]))


def _changes(times: Ints, steps: Ints) -> list[int]:
    """Pairs of hours passed and difference, one per hour with any."""
    hours, which = np.unique(times, return_inverse=True)
    sums = np.bincount(which, weights=steps, minlength=len(hours)).astype(np.int64)
    kept = sums != 0
    passed = np.diff(hours[kept], prepend=0)
    return np.column_stack([passed, sums[kept]]).ravel().tolist()


def _waits(r: Register, plan: Plan) -> tuple[Ints, Ints, Ints]:
    """Pool first sought, start and end of every wait for a place, decided and wanted."""
    refused = (r.outcome == Outcome.NOT_IN_TARGET_GROUP) | (r.outcome == Outcome.TURNED_AWAY_FULL)
    known = (r.wanted != NOT_YET) & (r.ready != NOT_YET) & ~refused & (r.kind != Kind.CONTACT)
    rows = np.flatnonzero(known)
    start = np.maximum(r.ready[rows], r.wanted[rows])
    stop = np.where(r.granted[rows] == NOT_YET, _until(r.ended[rows], plan.end), r.granted[rows])
    return r.sought[rows], start, stop


def _longest(found: Spans, citizens: Ints) -> list[int]:
    """Citizens with most hours of waiting in a place, within the window."""
    waiting = np.isin(found.state, AWAITING)
    hours = (found.stop - found.start) * waiting
    by_citizen = np.bincount(citizens, weights=hours)
    order = np.argsort(-by_citizen, kind="stable")[:OFFERED]
    return [int(c) for c in order if by_citizen[c] > 0]
