"""From a request to a place: asking, waiting, settlement, grants, and endings.

`Admissions` is the half of the SimPy engine that knows requests and pools; what citizens do with
their places is in `simpy_engine`. After each event `conclude` settles who gets which place (the
order of service is in `waiting`), and says the last word to those who cannot wait.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from flexsim.chance import Draw
from flexsim.engine.clock import DECISIONS, DEPARTURES, ENDINGS, SETTLEMENT, Clock
from flexsim.engine.draws import Draws
from flexsim.engine.quota import Quota
from flexsim.engine.rules import has_history, is_eligible
from flexsim.engine.state import (
    BRIDGE,
    ENROLMENT,
    FAR,
    GOAL,
    NEED,
    Citizen,
    PoolState,
    Request,
)
from flexsim.engine.stuck import StuckPools
from flexsim.engine.waiting import WaitingLists
from flexsim.plan.plan import HERE, LEAVE, NONE, TURNED_AWAY, UNLIMITED, WAIT, WAIT_FIRST, Plan
from flexsim.register import NOT_YET, Kind, Outcome

# Plain integers, since every event reads them.
PATIENCE, ASSESSMENT = int(Draw.PATIENCE), int(Draw.ASSESSMENT)
OUTSIDE_WAIT, MOVE_IN = int(Draw.OUTSIDE_WAIT), int(Draw.MOVE_IN)
DECLINE = int(Draw.DECLINE)
HELD = int(Kind.HELD)

#: At step 7 those whose patience ran out come before those who cannot wait.
PATIENCE_FIRST, TRIALS = 0, 1
#: Something to decide at step 7: (order, what to do, about which row).
Ending = tuple[tuple[int, ...], Callable[[Request], None], Request]


class Admissions(Clock):
    """All requests and pools of one replication."""

    __slots__ = (
        "admits_admissions",
        "admits_trait",
        "decline_share",
        "draws",
        "endings",
        "endings_due",
        "fresh",
        "lists",
        "move_in_law",
        "on_trial",
        "open_to_all",
        "patience_law",
        "plan",
        "pools",
        "rows",
        "search_pools",
        "settlement_due",
        "stay_law",
        "stuck",
        "when_full",
    )

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        super().__init__(plan.end)
        self.plan = plan
        self.draws = Draws(plan, seed, replication)
        self.pools = [
            PoolState(
                p,
                int(plan.norm[p]),
                int(plan.surge[p]),
                int(plan.reserve[p]),
                bool(plan.always_unlimited[p]),
            )
            for p in range(len(plan.pools))
        ]
        for p in np.flatnonzero(plan.quota_of != NONE).tolist():
            self.pools[p].quota = Quota(plan, p)
        self.lists = WaitingLists(plan, self.pools)
        self.stuck = StuckPools(plan, self.pools)
        self.rows: list[Request] = []
        self.fresh: list[Request] = []  # asked at this instant, on no waiting list yet
        self.endings: list[Ending] = []
        self.settlement_due = False
        self.endings_due = False
        # Columns of the plan that every event reads, as lists (faster to read than arrays).
        flat = plan.search_pool.tolist()
        self.search_pools = [flat[a:b] for a, b in pairwise(plan.search_first.tolist())]
        self.when_full = plan.when_full.tolist()
        no_patience = plan.when_full == TURNED_AWAY
        self.patience_law = np.where(no_patience, NONE, plan.patience_law).tolist()
        self.move_in_law = plan.move_in_law.tolist()
        self.stay_law = plan.stay_law.tolist()
        self.admits_trait = plan.admits_trait.tolist()
        self.admits_admissions = plan.admits_admissions.tolist()
        self.decline_share = plan.decline_share.tolist()
        self.on_trial = self._searches_on_trial()
        self.open_to_all = self._searches_open_to_all()

    def _searches_on_trial(self) -> list[bool]:
        """Whether a search does not simply wait, and so is looked at again at step 7."""
        limited = (self.plan.queue_limit < UNLIMITED).tolist()
        return [
            full != WAIT or any(limited[p] for p in pools)
            for full, pools in zip(self.when_full, self.search_pools, strict=True)
        ]

    def _searches_open_to_all(self) -> list[bool]:
        """Whether all pools of a search take in everybody, at once."""
        asks_nothing = self.plan.asks_nothing.tolist()
        return [all(asks_nothing[p] for p in pools) for pools in self.search_pools]

    # -- What citizens do, see `simpy_engine` --------------------------------------------------

    @abstractmethod
    def admit(self, request: Request, law: int) -> None:
        """Move in; the stay follows `law`."""

    @abstractmethod
    def leave_model(self, citizen: Citizen, why: int) -> None:
        """Go out of the model."""

    @abstractmethod
    def close_cases(self, citizen: Citizen, in_vain: bool) -> None:
        """Caseworkers have nothing to decide any more."""

    @abstractmethod
    def stay_here(self, citizen: Citizen) -> None:
        """Stay where one is, since a new need led nowhere."""

    # -- Settlement ------------------------------------------------------------------------------

    def conclude(self) -> None:
        """Settle at once if this event was the last of its instant, else when its turn comes."""
        fresh, dirty, endings = self.fresh, self.lists.dirty, self.endings
        if not (fresh or dirty or (endings and not self.endings_due)):
            return
        if self.env.peek() <= self.now:
            if not self.settlement_due:
                self.settlement_due = True
                self.at(self.now, SETTLEMENT, self._due_settlement)
            return
        if dirty or endings or len(fresh) > 1:
            self._settle()
            return
        (request,) = fresh
        if request.entries or request.wanted > self.now or not request.is_open:
            self._settle()
            return
        # A request that is alone takes the first room: nobody who waits can move.
        pool = self.lists.first_room(request, self.now)
        if pool == NONE:
            self._join_lists()
            self._end_settlement()
        else:
            fresh.clear()
            self.grant(request, pool)
            if fresh or dirty or endings:
                self.conclude()

    def _due_settlement(self, _: None) -> None:
        self.settlement_due = False
        self._settle()

    def _settle(self) -> None:
        """Give out places one at a time until nobody can move."""
        lists = self.lists
        while True:
            self._join_lists()
            chosen = lists.lowest(self.now) if lists.dirty else None
            if chosen is None:
                break
            self.grant(*chosen)
            if not self.is_last_of_instant():
                self.conclude()
                return
        self._end_settlement()

    def _end_settlement(self) -> None:
        """Nobody who waits can move now."""
        self.lists.dirty.clear()
        self.stuck.check(self.now)
        if self.endings:
            self._end_instant()

    def _join_lists(self) -> None:
        for request in self.fresh:
            if request.is_open and request.granted == NOT_YET:
                self.lists.join(request)
                self.try_to_wait(request)
                self.stuck.look()
        self.fresh.clear()

    # -- Asking ----------------------------------------------------------------------------

    def ask(
        self, citizen: Citizen, purpose: int, search: int, urgent: bool, priority: int
    ) -> Request:
        """Request a place by a search.

        The caller keeps the request as the citizen's need, bridge or enrolment; a goal is asked
        for in `decisions`.
        """
        request = Request(citizen, purpose, search, self.now, urgent, priority)
        self.rows.append(request)
        self.offer(request, 0)
        return request

    def offer(self, request: Request, decision: int) -> None:
        """Offer a request to its pools; `decision` seconds pass before assessments begin."""
        citizen, search, now = request.citizen, request.search, self.now
        request.order = pools = self.search_pools[search]
        request.sought = pools[0]
        if self.open_to_all[search] and request.purpose != BRIDGE:
            request.ready = now + decision
            if decision:
                request.unready = 1
                self.at(request.ready, DECISIONS, self._become_ready, (request, pools))
            else:
                request.offered = pools
                self.fresh.append(request)
        else:
            pools = [pool for pool in pools if self._may_enter(request, pool)]
            willing = [pool for pool in pools if not self._declines(citizen, pool)]
            if not willing:
                request.sought = [*pools, request.sought][0]
                self.last_word(request, self._decline if pools else self._refuse)
                return
            self._assess(request, self.preferred(request, willing), now + decision)
        law = self.patience_law[search]
        if law != NONE:
            request.patience = self.draws.duration(citizen, law, PATIENCE, request.sought)
            self.start_patience(request)

    def ask_refuge(self, citizen: Citizen, purpose: int, pool: int) -> Request:
        """Request the pool that an `otherwise` names; it takes everybody at once. As in `ask`."""
        request = Request(citizen, purpose, NONE, self.now, False, 1)
        self.rows.append(request)
        request.sought = pool
        request.ready = self.now
        request.order = request.offered = [pool]
        self.fresh.append(request)
        return request

    def preferred(self, request: Request, pools: list[int]) -> list[int]:
        """Pools that would take the citizen, in order of preference: that of the search."""
        return pools

    def _may_enter(self, request: Request, pool: int) -> bool:
        """Whether the citizen is in the target group; a bridge leads elsewhere."""
        citizen = request.citizen
        if request.purpose == BRIDGE and citizen.place is not None and citizen.place.pool == pool:
            return False
        row = self.pools[pool].admits
        needed = self.admits_admissions[row]
        if needed:
            since = self.now - int(self.plan.admits_within[row])
            if not has_history(citizen.admissions, needed, since):
                return False
        admits = bool(self.plan.admits_residence[row, citizen.residence])
        return is_eligible(admits, self.admits_trait[row], citizen.traits)

    def _declines(self, citizen: Citizen, pool: int) -> bool:
        """Whether the citizen, offered a place here, does not want it."""
        share = self.decline_share[pool][citizen.group]
        return share > 0 and self.draws.uniform(citizen, DECLINE, pool) < share

    def _assess(self, request: Request, pools: list[int], decided: int) -> None:
        """Assess for each pool; a place outside the model has a wait of its own besides."""
        citizen, plan, now = request.citizen, self.plan, self.now
        # a wait for a place outside goes on during a readmission
        wanted = request.wanted if request.wanted < FAR else now
        request.sought = pools[0]
        request.ready_at = {}
        request.offered = []
        for pool in pools:
            ready = decided
            law = int(plan.assessment_law[pool, citizen.residence])
            if law != NONE:
                ready += self.draws.duration(citizen, law, ASSESSMENT, pool)
            offered = ready
            if plan.outside_law[pool] != NONE:
                law = int(plan.outside_law[pool])
                wait = self.draws.duration(citizen, law, OUTSIDE_WAIT, pool)
                offered = max(ready, wanted) + wait if wait else ready
            request.ready_at[pool] = ready
            if offered > now:
                request.unready += 1
                self.at(offered, DECISIONS, self._become_ready, (request, [pool]))
            else:
                request.offered.append(pool)
        request.ready = request.ready_at[pools[0]]
        if request.offered:
            self.fresh.append(request)

    def _become_ready(self, about: tuple[Request, list[int]]) -> None:
        """The decision, or the assessment and wait of one pool, is over."""
        request, pools = about
        request.unready -= 1
        request.offered = sorted([*request.offered, *pools], key=request.order.index)
        if request.is_open and request.granted == NOT_YET:
            self.fresh.append(request)

    def start_patience(self, request: Request) -> None:
        """Patience runs from when a place is wanted and sought."""
        if request.patience != NOT_YET and request.wanted < FAR:
            request.deadline = max(request.wanted, self.now) + request.patience
            self.at(request.deadline, ENDINGS, self._run_out, request)

    # -- Granting --------------------------------------------------------------------------

    def grant(self, request: Request, number: int) -> None:
        """Assign a place; the citizen moves in at once or after the lead time."""
        citizen, pool, now = request.citizen, self.pools[number], self.now
        if request.entries:
            self.lists.leave(request)
        request.pool = number
        request.granted = now
        if request.ready_at is not None:
            request.ready = request.ready_at[number]
        if citizen.bridge is not None and request.purpose == GOAL:
            self.withdraw_bridge(citizen)
        if citizen.held is not None and request.purpose == NEED:
            self.release_held(citizen)
        pool.take(request, now)
        if self.move_in_law[number] != NONE:
            law = self.move_in_law[number]
            lead = self.draws.duration(citizen, law, MOVE_IN, number)
            if lead:
                request.kind = HELD
                citizen.held = request
                self.at(now + lead, DEPARTURES, self.move_in, request)
                return
        self.admit(request, self.stay_law[number][citizen.group])

    def move_in(self, request: Request) -> None:
        """The lead time is over, or the citizen returns; unless the place was released before."""
        citizen = request.citizen
        if citizen.held is request:
            citizen.held = None
            self.admit(request, self.stay_law[request.pool][citizen.group])

    def withdraw_bridge(self, citizen: Citizen) -> None:
        """The goal is found, or given up: no place to be in meanwhile is needed."""
        bridge = citizen.bridge
        if bridge is None:
            return
        if citizen.held is bridge:
            self.release_held(citizen)
        else:
            self.end_search(bridge, Outcome.WITHDRAWN)
        citizen.bridge = None

    def release_held(self, citizen: Citizen) -> None:
        """Give up a place granted or kept but not moved into; a goal goes on searching."""
        held = citizen.held
        if held is None:
            return
        pool = self.pools[held.pool]
        pool.give_back(held, self.now)
        self.lists.freed(pool)
        citizen.held = None
        held.left = self.now
        held.outcome = Outcome.WITHDRAWN
        held.is_open = False
        if held.purpose == GOAL and held.is_kept:
            citizen.goal = None
        elif held.purpose == GOAL:
            citizen.goal = held.again()
            self.rows.append(citizen.goal)
            self.fresh.append(citizen.goal)
        elif held.purpose == NEED:
            citizen.need = None
        else:
            citizen.bridge = None

    # -- The last word of an instant -------------------------------------------------------

    def last_word(
        self, request: Request, action: Callable[[Request], None], turn: int = TRIALS
    ) -> None:
        """Decide at step 7 of this instant, in the order of service."""
        order = (
            turn,
            request.priority,
            request.ready,
            request.requested,
            request.citizen.rank,
            request.number,
        )
        self.endings.append((order, action, request))

    def try_to_wait(self, request: Request) -> None:
        """Whether it may wait is decided once it is wanted and ready for every pool."""
        if request.search == NONE or not self.on_trial[request.search]:
            return
        if request.unready == 0 and request.wanted <= self.now and not request.accepted:
            self.last_word(request, self._turn_away_if_full)

    def _end_instant(self) -> None:
        if self.is_last_of_instant():
            self._end_all()
        elif not self.endings_due:
            self.endings_due = True
            self.at(self.now, ENDINGS, self._due_endings)

    def _due_endings(self, _: None) -> None:
        self.endings_due = False
        self._end_all()

    def _end_all(self) -> None:
        endings = sorted(self.endings, key=lambda ending: ending[0])
        self.endings.clear()
        for _, action, request in endings:
            action(request)
        self.conclude()

    def _turn_away_if_full(self, request: Request) -> None:
        if not request.is_open or request.granted != NOT_YET or request.accepted:
            return
        if request.wanted > self.now:
            return  # a move at this instant put it off; tried again when it is wanted
        full = self.when_full[request.search]
        if full == TURNED_AWAY:
            self._end_without_place(request, Outcome.TURNED_AWAY_FULL)
            return
        kept = [
            pool
            for pool in request.offered
            if (full != WAIT_FIRST or pool == request.sought) and self._has_room_to_wait(pool)
        ]
        for pool in [pool for pool in request.offered if pool not in kept]:
            self.lists.leave(request, pool)
        request.offered = kept
        request.accepted = True
        if not kept:
            self._end_without_place(request, Outcome.TURNED_AWAY_FULL)

    def _has_room_to_wait(self, number: int) -> bool:
        limit = int(self.plan.queue_limit[number])
        if limit == UNLIMITED:
            return True
        waiting, now = self.pools[number].waiting, self.now
        return sum(entry[-1].accepted and entry[-1].wanted <= now for entry in waiting) < limit

    def _run_out(self, request: Request) -> None:
        """Patience ran out: give up at the end of this instant."""
        if request.is_open and request.granted == NOT_YET and request.deadline == self.now:
            self.last_word(request, self._give_up, PATIENCE_FIRST)

    def _give_up(self, request: Request) -> None:
        """Unless a place was found or patience given anew at this instant."""
        if request.is_open and request.granted == NOT_YET and request.deadline == self.now:
            self._end_without_place(request, Outcome.GAVE_UP)

    def _refuse(self, request: Request) -> None:
        if request.is_open:
            self._end_without_place(request, Outcome.NOT_IN_TARGET_GROUP)

    def _decline(self, request: Request) -> None:
        if request.is_open:
            self._end_without_place(request, Outcome.DECLINED)

    def end_search(self, request: Request, why: int) -> None:
        """A request ends without a place."""
        request.ended = self.now
        request.outcome = why
        request.is_open = False
        self.lists.leave(request)

    def forget_team(self, request: Request) -> None:
        """A course or the request for one is over."""
        citizen = request.citizen
        citizen.teams = tuple(other for other in citizen.teams if other is not request)

    def _end_without_place(self, request: Request, why: Outcome) -> None:
        """A search ends; the citizen goes where its `otherwise` says."""
        citizen = request.citizen
        self.end_search(request, why)
        if request.purpose == BRIDGE:
            citizen.bridge = None
            return
        if request.purpose == ENROLMENT:
            self.forget_team(request)
            return
        if request.purpose == NEED:
            citizen.need = None
        else:
            citizen.goal = None
            self.withdraw_bridge(citizen)
            if citizen.teams:
                self.close_cases(citizen, in_vain=False)
        to = int(self.plan.otherwise[request.search])
        if to == LEAVE:
            self.leave_model(citizen, Outcome.LEFT_MODEL)
        elif to == HERE:
            self.stay_here(citizen)
        elif request.purpose == NEED:
            citizen.need = self.ask_refuge(citizen, NEED, to)
        else:
            citizen.goal = self.ask_refuge(citizen, GOAL, to)
