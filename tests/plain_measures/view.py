"""A register prepared for measuring: intervals, kinds and periods as arrays."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import KINDS, UNLIMITED, Plan
from flexsim.register import NOT_YET, Kind, Outcome, Purpose, Register, periods

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAY = 86_400
YEAR = 365 * DAY


@dataclass(frozen=True)
class Period:
    """A stretch of time that results are given for: [start, stop) seconds."""

    name: str
    start: int
    stop: int

    @property
    def seconds(self) -> int:
        """Length in seconds."""
        return self.stop - self.start

    @property
    def years(self) -> float:
        """Length in years of 365 days."""
        return self.seconds / YEAR


def counted_periods(plan: Plan) -> list[Period]:
    """The whole window after the warm-up ("all"), then its whole budget years."""
    whole = Period("all", plan.warm_up, plan.end)
    edges = [edge for edge in periods(plan) if edge >= plan.warm_up]
    years = [Period(str(n + 1), a, b) for n, (a, b) in enumerate(pairwise(edges)) if b - a == YEAR]
    return [whole, *years]


@dataclass(frozen=True)
class Stretch:
    """Time spent in pools: one interval [start, stop) per row of `row`, shape (N,)."""

    row: Ints
    pool: Ints
    start: Ints
    stop: Ints

    def within(self, start: int, stop: int) -> Ints:
        """Seconds of each interval inside [start, stop), shape (N,)."""
        return np.maximum(np.minimum(self.stop, stop) - np.maximum(self.start, start), 0)

    def midnights(self, start: int, stop: int) -> Ints:
        """Midnights of each interval inside [start, stop), shape (N,)."""
        first = np.maximum(self.start, start)
        last = np.minimum(self.stop, stop)
        return np.maximum((last - 1) // DAY - (first - 1) // DAY, 0)


@dataclass(frozen=True)
class Split:
    """Citizens told apart by one column of the result table."""

    column: str  # "group" or "municipality"
    names: tuple[str, ...]
    of_citizen: Ints  # (C,) position in names
    possible: Bools  # (P, names) whether the pool takes them in


class View:
    """What the measures read of a register and its plan."""

    def __init__(self, register: Register, plan: Plan) -> None:
        self.register = register
        self.plan = plan
        self.periods = counted_periods(plan)
        self.pools = len(plan.pools)
        self.finite = ~plan.always_unlimited
        self.ward = plan.kind == KINDS.index("ward")

    @cached_property
    def splits(self) -> list[Split]:
        """Groups and municipalities, where there is more than one."""
        r, plan = self.register, self.plan
        everybody = np.ones((self.pools, len(plan.groups)), dtype=np.bool_)
        both = [
            Split("group", plan.groups, r.citizen_group, everybody),
            Split("municipality", plan.municipalities, r.citizen_residence, plan.ever_admits),
        ]
        return [split for split in both if len(split.names) > 1]

    def until(self, times: Ints) -> Ints:
        """Times, with the end of the run where nothing has happened yet."""
        return np.where(times == NOT_YET, self.plan.end, times)

    @cached_property
    def present(self) -> Stretch:
        """Citizens in places."""
        r = self.register
        row = np.flatnonzero(r.admitted != NOT_YET)
        return Stretch(row, r.pool[row], r.admitted[row], self.until(r.left)[row])

    @cached_property
    def in_need(self) -> Stretch:
        """Citizens in places before their need there is completed."""
        row, r = self.present.row, self.register
        stop = np.where(r.completed[row] == NOT_YET, self.present.stop, r.completed[row])
        return Stretch(row, self.present.pool, self.present.start, stop)

    @cached_property
    def completed(self) -> Stretch:
        """Citizens in places after their need there was completed."""
        r = self.register
        row = np.flatnonzero(r.completed != NOT_YET)
        return Stretch(row, r.pool[row], r.completed[row], self.until(r.left)[row])

    @cached_property
    def held(self) -> Stretch:
        """Places granted and not yet moved into."""
        r = self.register
        stop = np.where(r.admitted == NOT_YET, self.until(r.left), r.admitted)
        row = np.flatnonzero((r.granted != NOT_YET) & (stop > r.granted))
        return Stretch(row, r.pool[row], r.granted[row], stop[row])

    @cached_property
    def delayed_by_cause(self) -> dict[str, Stretch]:
        """`completed` split by the phase of the citizen's goal request.

        decision: before it is ready; place: before a place is granted; transfer: before moving in.
        """
        r, after = self.register, self.completed
        goal = self._goal_at(after)
        found = goal != NOT_YET
        ready = np.where(found & (r.ready[goal] != NOT_YET), r.ready[goal], after.stop)
        ready = np.where(found, ready, after.start)
        granted = np.where(found & (r.granted[goal] != NOT_YET), r.granted[goal], after.stop)
        decided = np.clip(ready, after.start, after.stop)
        placed = np.clip(granted, decided, after.stop)
        return {
            "decision": Stretch(after.row, after.pool, after.start, decided),
            "place": Stretch(after.row, after.pool, decided, placed),
            "transfer": Stretch(after.row, after.pool, placed, after.stop),
        }

    def _goal_at(self, stays: Stretch) -> Ints:
        """Row of the last goal request made by each citizen up to the start of each interval."""
        r = self.register
        goals = np.flatnonzero((r.purpose == Purpose.GOAL) & ~self.anew & ~self.is_kept)
        if not len(goals):
            return np.full(len(stays.row), NOT_YET, dtype=np.int64)
        keys = self.key(r.citizen[goals], r.requested[goals])
        order = np.argsort(keys, kind="stable")
        keys, goals = keys[order], goals[order]
        wanted = self.key(r.citizen[stays.row], stays.start)
        at = np.searchsorted(keys, wanted, side="right") - 1
        same = (at >= 0) & (r.citizen[goals[at]] == r.citizen[stays.row])
        return np.where(same, goals[at], NOT_YET)

    @staticmethod
    def key(citizen: Ints, time: Ints) -> Ints:
        """One sortable number for (citizen, time)."""
        return (citizen << 40) + time

    @cached_property
    def is_kept(self) -> Bools:
        """Places not asked for, but kept for citizens who were readmitted."""
        return (self.register.granted != NOT_YET) & (self.register.wanted == NOT_YET)

    @cached_property
    def is_request(self) -> Bools:
        """Rows that asked for a place and could have got it (not released and asked again)."""
        r = self.register
        released = (r.granted != NOT_YET) & (r.admitted == NOT_YET) & (r.left != NOT_YET)
        return ~released & ~self.is_kept

    @cached_property
    def waited(self) -> Bools:
        """Rows whose wait counts: in the target group, not turned away, not withdrawn at once."""
        r = self.register
        outside = np.isin(r.outcome, (Outcome.NOT_IN_TARGET_GROUP, Outcome.TURNED_AWAY_FULL))
        at_once = (r.outcome == Outcome.WITHDRAWN) & (r.ended == r.requested)
        return self.is_request & ~outside & ~at_once & (r.wanted != NOT_YET)

    @cached_property
    def anew(self) -> Bools:
        """Requests of a new need: made for it, or by a contact that was."""
        r = self.register
        anew = r.purpose == Purpose.NEED
        rang: dict[int, bool] = {}  # whether a citizen's last stay was such a contact
        for row, citizen in enumerate(r.citizen.tolist()):
            anew[row] |= r.purpose[row] == Purpose.GOAL and rang.get(citizen, False)
            if r.admitted[row] != NOT_YET:
                rang[citizen] = bool(anew[row]) and r.kind[row] == Kind.CONTACT
        return anew

    def norm_steps(self, pool: int) -> tuple[Ints, Ints]:
        """Times and places of the norm of a pool, from time zero."""
        steps = self.plan.step_pool == pool
        times = np.concatenate([[0], self.plan.step_time[steps]])
        norm = np.concatenate([[self.plan.norm[pool]], self.plan.step_norm[steps]])
        return times.astype(np.int64), norm.astype(np.int64)

    def norm_seconds(self, pool: int, start: int, stop: int) -> int:
        """Place-seconds of the norm inside [start, stop); unlimited stretches count as none."""
        times, norm = self.norm_steps(pool)
        ends = np.append(times[1:], self.plan.end)
        length = np.maximum(np.minimum(ends, stop) - np.maximum(times, start), 0)
        return int((np.where(norm == UNLIMITED, 0, norm) * length).sum())


def total(pools: int, pool: Ints, values: NDArray[np.generic]) -> Floats:
    """Sum of values by pool, shape (P,). Exact for whole numbers below 2^53."""
    return np.bincount(pool, weights=values, minlength=pools).astype(np.float64)
