"""Deadlock: citizens who hold places while waiting for each other's.

A set of pools is stuck if none has room for the requests waiting there and everybody in them waits
only for pools of the set, with no timed exit. Most networks cannot get stuck, which the plan shows
before the run; only pools on a ring of possible waiting are watched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from flexsim.engine.state import FAR, PoolState, Request
from flexsim.errors import DeadlockError
from flexsim.message import Message, Number, joined
from flexsim.plan.plan import HERE, LEAVE, NONE, TURNED_AWAY, UNLIMITED, Plan
from flexsim.register import NOT_YET


def rings(plan: Plan) -> set[int]:
    """Pools where people can be held while waiting for a pool that waits for them in turn."""
    waits = _holds_while_waiting(plan)
    for between in range(len(waits)):  # Warshall (1962): also by way of others
        waits |= waits[:, between, None] & waits[between]
    return set(np.flatnonzero(waits.diagonal()).tolist())


def _holds_while_waiting(plan: Plan) -> NDArray[np.bool_]:
    """Whether someone in pool i may have to wait there for a place in pool j, shape (P, P)."""
    listed, otherwise = plan.search_pool.tolist(), plan.otherwise.tolist()
    pools_of = [set(listed[a:b]) for a, b in pairwise(plan.search_first.tolist())]
    leads_to = [pools | _sent(other) for pools, other in zip(pools_of, otherwise, strict=True)]
    bounded = set(np.flatnonzero((plan.surge < UNLIMITED) & ~plan.always_unlimited).tolist())
    gives_up = ((plan.when_full == TURNED_AWAY) | (plan.patience_law != NONE)).tolist()
    waits_in = [
        set() if up else pools & bounded for pools, up in zip(pools_of, gives_up, strict=True)
    ]
    relapses = _relapse_searches(plan)
    waits_for = [_all(waits_in, made) for made in relapses]
    sent = map(_sent, plan.limit_otherwise.tolist(), plan.leave_early_otherwise.tolist())
    ways = [there | _all(leads_to, made) for there, made in zip(sent, relapses, strict=True)]
    bridges = plan.bridge_search.tolist()
    for goal, search in enumerate(plan.goal_search.tolist()):
        if waits_in[search]:
            bridged = set() if bridges[goal] == NONE else leads_to[bridges[goal]]
            for pool in _where_open(_begins(plan, goal), ways, bridged):
                waits_for[pool] |= waits_in[search]
    holds = np.zeros((len(plan.pools), len(plan.pools)), dtype=np.bool_)
    for pool in bounded:
        if waits_for[pool]:
            holds[pool, list(waits_for[pool])] = True
    return holds


def _all(pools: list[set[int]], of: set[int]) -> set[int]:
    """Pools of any of some searches or pools."""
    return set().union(*[pools[one] for one in of])


def _sent(*otherwise: int) -> set[int]:
    """Pools that someone is sent to."""
    return set(otherwise) - {LEAVE, HERE}


def _relapse_searches(plan: Plan) -> list[set[int]]:
    """Searches that relapses from each pool make."""
    made = zip(plan.relapse_search.tolist(), plan.relapse_share.tolist(), strict=True)
    return [
        {search for search, share in zip(searches, shares, strict=True) if share}
        for searches, shares in made
    ]


def _begins(plan: Plan, goal: int) -> set[int]:
    """Pools after which a goal may be drawn."""
    before = plan.onward[:, :, goal - 1] if goal else 0.0
    drawn = (plan.onward[:, :, goal] != before).any(axis=1)
    return set(np.flatnonzero(drawn).tolist())


def _where_open(begins: set[int], ways: list[set[int]], bridged: set[int]) -> set[int]:
    """Pools where someone may be while searching for a goal.

    Parameters
    ----------
    begins : set of int
        Pools where the search begins.
    ways : list of set of int
        By pool, where a relapse, a limit or an early leave may lead.
    bridged : set of int
        Where a bridge of the goal may lead.
    """
    found, new = begins, begins
    while new:
        new = (bridged | _all(ways, new)) - found
        found = found | new
    return found


class StuckPools:
    """Watches the pools of a plan that could get stuck."""

    def __init__(self, plan: Plan, pools: Sequence[PoolState]) -> None:
        self._plan = plan
        self._pools = pools
        self._watched = rings(plan)
        self._changes_risk = plan.relapse_ratio != 1.0
        self._look = False
        self._last_change = dict.fromkeys(self._watched, 0)
        for time, pool in zip(plan.step_time.tolist(), plan.step_pool.tolist(), strict=True):
            self._last_change[pool] = time
        for number in self._watched:
            pools[number].present = {}
            if number in plan.intake_pool or plan.quota_of[number] != NONE:
                self._last_change[number] = plan.end

    def look(self) -> None:
        """Somebody begins to wait, or places were closed: check at the end of the instant."""
        self._look = bool(self._watched)

    def check(self, now: int) -> None:
        """Raise DeadlockError if some pools are stuck, at the end of an instant.

        Raises
        ------
        DeadlockError
            Naming the pools, the citizens in them, and the day.
        """
        if not self._look:
            return
        self._look = False
        stuck = {p for p in self._watched if self._pools[p].waiting and self._pools[p].present}
        while True:
            free = {p for p in stuck if self._can_move(p, stuck, now)}
            if not free:
                break
            stuck -= free
        if stuck:
            raise DeadlockError(self._describe(stuck, now))

    def _can_move(self, number: int, stuck: set[int], now: int) -> bool:
        """Whether room in a pool may come from time alone, or from outside the set."""
        if self._last_change[number] > now:
            return True
        present = self._pools[number].present or {}
        return any(
            not _waits_only_for(row, stuck, now)
            or any(self._changes_risk[team.sought] for team in row.citizen.teams)
            for row in present.values()
        )

    def _describe(self, stuck: set[int], now: int) -> str:
        present = {
            pool: [row.citizen for _, row in sorted((self._pools[pool].present or {}).items())]
            for pool in sorted(stuck)
        }
        who = {pool: [(c.stream, c.nth) for c in citizens] for pool, citizens in present.items()}
        return describe(self._plan, who, now)


def describe(plan: Plan, present: Mapping[int, Sequence[tuple[int, int]]], now: int) -> str:
    """What is stuck, in words.

    Parameters
    ----------
    plan : Plan
    present : mapping
        Pool to the citizens there, (stream, n) each, in the order of their places.
    now : int
        Seconds since the start of the run.
    """
    lines = []
    for pool, citizens in present.items():
        who = [f"{plan.streams[stream]}#{nth}" for stream, nth in citizens]
        shown = ", ".join(who[:6])
        if len(who) > 6:
            shown += Message(" and {count} more", count=len(who) - 6)
        lines.append(f"  {plan.pools[pool]}: " + shown)
    names = ", ".join(plan.pools[pool] for pool in present)
    return joined(
        "\n",
        [
            Message(
                "deadlock on day {day}: everybody in {names} waits for a place there, and nobody"
                " can leave first",
                day=Number(now / 86_400, 2),
                names=names,
            ),
            *lines,
            Message(
                "give one of these searches a patience, a surge, or an `otherwise` it can reach"
            ),
        ],
    )


def _waits_only_for(row: Request, stuck: set[int], now: int) -> bool:
    """Whether a citizen in a place can leave it only for a pool of the set."""
    citizen = row.citizen
    if row is citizen.held or citizen.held is not None:
        return False
    if citizen.at_risk_since != NOT_YET and citizen.relapse_at > now:
        return False
    if row.planned_end != FAR and row.planned_end > now:
        return False
    if row.leaves_at > now and row.completed == NOT_YET:
        return False
    open_requests = [r for r in (citizen.need, citizen.goal, citizen.bridge) if r is not None]
    wanted = [r for r in open_requests if r.granted == NOT_YET and r.wanted <= now]
    if not wanted or any(r.unready or r.patience != NOT_YET for r in wanted):
        return False
    return all(pool in stuck for r in wanted for pool in r.offered)
