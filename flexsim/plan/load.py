"""Overload that can be known before a run: more need of places than there are, for ever.

Only what is certain is counted, so that a warning is always right: needs that wait without end, or
find a pool that is never full, and follow from such ones. Whoever may be refused, give up, decline,
leave early or fall back counts for nothing from there on. Overload that depends on those shows in
the run itself (`flexsim.measures.steady`).
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

from flexsim.message import Message, joined, rounded
from flexsim.plan.eligible import eligible
from flexsim.plan.plan import (
    EMPIRICAL,
    FIXED,
    NONE,
    REVIEW_ENDS,
    TURNED_AWAY,
    UNIFORM,
    UNLIMITED,
    WARD,
    Plan,
)
from flexsim.plan.quantiles import KNOTS

Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

DAY = 86_400
YEAR_DAYS = 365
#: Needs that follow from needs are added up so many times over.
_ROUNDS = 100


@dataclass(frozen=True)
class Overload:
    """Pools with fewer places than those who must wait for one of them need."""

    pools: tuple[str, ...]
    needed: float  # places, at least
    places: int
    growth: float  # requests a year, at least

    def words(self) -> str:
        """What a planner should know."""
        names = joined(Message(" and "), [f"pools.{name}" for name in self.pools])
        room = (
            Message("{pools} has room for {places}", pools=names, places=self.places)
            if len(self.pools) == 1
            else Message("{pools} have room for {places}", pools=names, places=self.places)
        )
        return Message(
            "no steady state: {room}, but those who wait for a place without end need {needed} or"
            " more; the waiting list grows by about {growth} requests a year, so waits are not"
            " stationary: they depend on how long the run is",
            room=room,
            needed=rounded(self.needed),
            growth=rounded(self.growth, 2),
        )


def overload_warnings(plan: Plan) -> list[str]:
    """One line for each smallest set of pools that is sure to be overloaded from start to end."""
    return [found.words() for found in overloads(plan)]


def overloads(plan: Plan) -> list[Overload]:
    """Sets of pools in which the work that is sure to come is more than their places can do."""
    needs = _Needs(plan)
    sets = {frozenset(needs.pools_of(q)) for q in range(len(needs.waits)) if needs.waits[q]}
    found: list[tuple[frozenset[int], Overload]] = []
    for pools in sorted(sets, key=lambda pools: (len(pools), sorted(pools))):
        if any(smaller <= pools for smaller, _ in found):
            continue
        places = int(needs.places[list(pools)].sum())
        flow, work = needs.into(pools)
        if flow > 0 and work >= places:
            names = tuple(plan.pools[p] for p in sorted(pools))
            growth = flow * (1 - places / work) * YEAR_DAYS
            found.append((pools, Overload(names, work, places, growth)))
    return [overload for _, overload in found]


class _Needs:
    """Requests a day that are sure to come and stay, by search and stream; P pools, S streams."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self.days = plan.end / DAY
        norm = plan.norm.copy()
        in_window = plan.step_time < plan.end
        np.maximum.at(norm, plan.step_pool[in_window], plan.step_norm[in_window])
        self.never_full: Bools = plan.always_unlimited | (plan.surge == UNLIMITED)
        bounded = (norm < UNLIMITED) & (plan.surge < UNLIMITED)
        self.places = np.where(bounded, norm + np.where(bounded, plan.surge, 0), UNLIMITED)
        searches = len(plan.when_full)
        self.waits = np.array([self._waits(q) for q in range(searches)], dtype=np.bool_)

    def pools_of(self, search: int) -> list[int]:
        """Where a search may lead that is sure to lead somewhere."""
        first, last = self.plan.search_first[search : search + 2]
        pools: list[int] = self.plan.search_pool[first:last].tolist()
        return pools[:1] if self.never_full[pools[0]] else pools

    def _waits(self, search: int) -> bool:
        """Whether all its pools have limited places and it waits for them without end."""
        plan, pools = self.plan, self.pools_of(search)
        endless = plan.when_full[search] != TURNED_AWAY and plan.patience_law[search] == NONE
        endless &= bool(np.all(plan.queue_limit[pools] == UNLIMITED))
        return bool(endless and np.all(self.places[pools] < UNLIMITED))

    @cached_property
    def taken(self) -> Floats:
        """Share of a stream's requests that get a place in the end, shape (searches, S)."""
        plan = self.plan
        last = np.arange(len(plan.pools))
        last[plan.step_pool] = plan.step_admits
        anybody = (plan.admits_admissions[last] == 0) & (plan.quota_of == NONE)
        share = eligible(plan) * anybody[:, None]
        declined = plan.decline_share[:, plan.stream_group]
        found = np.zeros((len(plan.when_full), len(plan.streams)))
        for q in range(len(found)):
            pools = self.pools_of(q)
            if self.waits[q] or self.never_full[pools[0]]:
                found[q] = share[pools].max(axis=0) * (1 - declined[pools].max(axis=0))
        return found

    @cached_property
    def held(self) -> Floats:
        """Days that a place is in use by a stay, at least, shape (P, S)."""
        plan = self.plan
        days = np.zeros((len(plan.pools), len(plan.streams)))
        ends = np.diff(plan.review_upto, axis=1, prepend=0.0)[:, REVIEW_ENDS] > 0
        for p in range(len(plan.pools)):
            reviewed = ends[plan.review_first[p] : plan.review_first[p + 1]].any()
            if plan.moves_at_once[p] or plan.quota_of[p] != NONE or reviewed:
                continue
            limit = plan.limit[p] / DAY if plan.limit_leaves[p] else np.inf
            for s, group in enumerate(plan.stream_group):
                days[p, s] = self._mean(plan.stay_law[p, group], min(limit, self.days))
        return days * self._to_the_end

    @cached_property
    def _to_the_end(self) -> Floats:
        """Share of stays that nothing ends early, shape (P, S)."""
        plan = self.plan
        back = plan.relapse_share[:, plan.stream_group] * (plan.kind != WARD)[:, None]
        return (1 - plan.leave_early_share[:, None]) * (1 - back)

    def _mean(self, law: int, most: float) -> float:
        """Mean of a duration that is cut off at `most` days; no law is a stay without end."""
        plan = self.plan
        if law == NONE:
            return most
        first, last = plan.law_first[law : law + 2]
        shares = np.diff(plan.part_upto[first:last], prepend=0.0)
        means = [self._mean_of_part(part, most) for part in range(first, last)]
        return float(shares @ means)

    def _mean_of_part(self, part: int, most: float) -> float:
        plan, kind = self.plan, self.plan.part_kind[part]
        low, scale = plan.part_low[part], plan.part_scale[part]
        if kind == FIXED:
            return float(min(low, most))
        at = plan.part_table[part]
        if kind == EMPIRICAL:
            observed = plan.observed[at : at + plan.part_count[part]]
            return float(np.minimum(observed, most).mean())
        unit = KNOTS if kind == UNIFORM else plan.quantiles[at]
        return float(np.trapezoid(np.minimum(low + scale * unit, most), KNOTS))

    @cached_property
    def flow(self) -> Floats:
        """Requests a day by search and stream, new needs and what follows from them."""
        plan = self.plan
        new = np.zeros((len(plan.when_full), len(plan.streams)))
        np.add.at(new, (plan.stream_search, np.arange(len(plan.streams))), self._rates())
        further = np.array([self._further(s) for s in range(len(plan.streams))])
        total = new
        for _ in range(_ROUNDS):
            total = new + np.einsum("sqr,rs->qs", further, total * self.taken)
        return total

    def _rates(self) -> Floats:
        """New needs a day in the window, by stream."""
        plan = self.plan
        rates = []
        for a, b in zip(plan.knot_first[:-1], plan.knot_first[1:], strict=True):
            edges = np.interp(
                [plan.warm_up, plan.end], plan.knot_time[a:b], plan.knot_expected[a:b]
            )
            rates.append((edges[1] - edges[0]) / ((plan.end - plan.warm_up) / DAY))
        return np.array(rates)

    def _further(self, stream: int) -> Floats:
        """Requests that follow from one that got a place, (by search, after search)."""
        plan, group = self.plan, self.plan.stream_group[stream]
        searches = len(plan.when_full)
        goals = np.diff(plan.onward[:, group], axis=1, prepend=0.0)[:, : len(plan.goals)]
        limited = plan.limit_leaves & (plan.limit < UNLIMITED)
        lasting = (plan.stay_law[:, group] == NONE) & ~limited
        after = np.zeros((len(plan.pools), searches))
        for p in range(len(plan.pools)):
            if not lasting[p]:
                np.add.at(after[p], plan.goal_search, goals[p] * self._to_the_end[p, stream])
            elif self._returns(p, group):
                after[p, plan.relapse_search[p, group]] += plan.relapse_share[p, group]
        return np.array([after[self.pools_of(q)].min(axis=0) for q in range(searches)]).T

    def _returns(self, pool: int, group: int) -> bool:
        """Whether who falls back in this pool does so well within the run."""
        plan = self.plan
        if plan.kind[pool] == WARD or not plan.relapse_share[pool, group] or plan.has_ratios:
            return False
        return self._mean(plan.relapse_law[pool, group], np.inf) < self.days / 10

    def into(self, pools: frozenset[int]) -> tuple[float, float]:
        """Requests a day that can only go to these pools, and the places they need, at least."""
        flow = work = 0.0
        for q in np.flatnonzero(self.waits).tolist():
            mine = self.pools_of(q)
            if pools.issuperset(mine):
                arriving = self.flow[q] * self.taken[q]
                flow += float(arriving.sum())
                work += float(arriving @ self.held[mine].min(axis=0))
        return flow, work
