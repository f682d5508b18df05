"""Waiting lists and settlement: who gets the next place.

The lowest feasible (request, pool) in the order (priority, ready, requested, citizen, norm before
surge, rank in the search, goal before bridge) gets it. A list is kept in that order, so only its
first feasible entry matters; only pools where something has changed (`dirty`) are looked at.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Sequence

from flexsim.engine.rules import in_surge
from flexsim.engine.state import BRIDGE, Citizen, PoolState, Request
from flexsim.plan.plan import NONE, Plan
from flexsim.register import NOT_YET


class WaitingLists:
    """The waiting lists of all pools.

    Parameters
    ----------
    plan : Plan
    pools : sequence of PoolState
    """

    def __init__(self, plan: Plan, pools: Sequence[PoolState]) -> None:
        self.pools = pools
        self.dirty: set[int] = set()
        self._group_priority = plan.group_priority.tolist()
        self._by_group = bool((plan.group_priority != NONE).any())

    def first_room(self, request: Request, now: int) -> int:
        """The first pool with room within its norm, else the first with room in its surge.

        For a request that is alone: nobody who waits could take that room. Where it has another
        rank at each pool (priority by group, assessments), the rank there decides before.
        """
        if len(request.offered) > 1 and (self._by_group or request.ready_at is not None):
            return self._lowest_room(request, now)
        above_norm = NONE
        for number in request.offered:
            pool = self.pools[number]
            used = pool.used
            if (
                used < pool.room[request.urgent]
                and not pool.closed
                and (pool.quota is None or has_nights(pool, request, now))
            ):
                if used < pool.norm:
                    return number
                if above_norm == NONE:
                    above_norm = number
        return above_norm

    def _lowest_room(self, request: Request, now: int) -> int:
        best: tuple[int, ...] | None = None
        found = NONE
        for rank, number in enumerate(request.offered):
            pool = self.pools[number]
            used, norm = pool.used, pool.norm
            if (
                used < pool.room[request.urgent]
                and not pool.closed
                and has_nights(pool, request, now)
            ):
                key = (*self._order_at(request, number), in_surge(used, norm), rank)
                if best is None or key < best:
                    best, found = key, number
        return found

    def _order_at(self, request: Request, number: int) -> tuple[int, int]:
        """Priority at a pool, and since when ready for it."""
        priority = self._group_priority[number][request.citizen.group]
        return (
            request.priority if priority == NONE else priority,
            request.ready if request.ready_at is None else request.ready_at[number],
        )

    def join(self, request: Request) -> None:
        """Put a request on the lists of the pools that it is ready for."""
        citizen = request.citizen
        entries = request.entries
        if entries is None:
            entries = request.entries = {}
        for number in request.offered:
            if number in entries:
                continue
            entry = (
                *self._order_at(request, number),
                request.requested,
                citizen.rank,
                request.order.index(number),
                request.purpose,
                request.number,
                request,
            )
            entries[number] = entry
            insort(self.pools[number].waiting, entry)
            self.dirty.add(number)

    def leave(self, request: Request, number: int | None = None) -> None:
        """Take a request off one list, or off all."""
        entries = request.entries
        if entries is None:
            return
        for pool in list(entries) if number is None else [number]:
            waiting = self.pools[pool].waiting
            del waiting[bisect_left(waiting, entries.pop(pool))]

    def wake(self, request: Request) -> None:
        """Look again at the pools where a request waits."""
        if request.entries:
            self.dirty.update(request.entries)

    def freed(self, pool: PoolState) -> None:
        """A place was given back, or the rules of a pool have changed."""
        if pool.waiting:
            self.dirty.add(pool.number)

    def lowest(self, now: int) -> tuple[Request, int] | None:
        """The request that gets the next place, and the pool; None if nobody can move."""
        if len(self.dirty) == 1:
            (number,) = self.dirty
            request = self._first_feasible(self.pools[number], now)
            return None if request is None else (request, number)
        best: tuple[int, ...] | None = None
        found: tuple[Request, int] | None = None
        for number in self.dirty:
            pool = self.pools[number]
            request = self._first_feasible(pool, now)
            if request is not None and request.entries is not None:
                entry = request.entries[number]
                key = (*entry[:4], in_surge(pool.used, pool.norm), *entry[4:7])
                if best is None or key < best:
                    best, found = key, (request, number)
        return found

    def _first_feasible(self, pool: PoolState, now: int) -> Request | None:
        if pool.closed or not pool.waiting:
            return None
        for_ordinary, for_urgent = pool.room
        if pool.used >= for_urgent:
            return None
        has_room = pool.used < for_ordinary  # also for who is not urgent
        for entry in pool.waiting:
            request: Request = entry[-1]
            if request.wanted > now or not (has_room or request.urgent):
                continue
            if request.purpose == BRIDGE and self._goal_is_feasible(request.citizen, now):
                continue
            if not has_nights(pool, request, now):
                continue
            return request
        return None

    def _goal_is_feasible(self, citizen: Citizen, now: int) -> bool:
        goal = citizen.goal
        if goal is None or goal.granted != NOT_YET or goal.wanted > now or not goal.entries:
            return False
        return self.first_room(goal, now) != NONE


def has_nights(pool: PoolState, request: Request, now: int) -> bool:
    """Whether nights of a quota are left to the citizen; where there is none, always."""
    return pool.quota is None or pool.quota.nights_left(request.citizen, now) > 0
