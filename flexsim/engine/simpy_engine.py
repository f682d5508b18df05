"""The reference engine: the journey of each citizen, event by event, on SimPy's clock.

Read `Journeys` from `arrive` downwards: a citizen arrives, asks, is granted a place, moves in,
completes, seeks the next place, leaves, and perhaps relapses. Each event changes what is wanted or
what is free; then `_conclude` settles who gets which place (see `waiting`), and says the last word
to those who cannot wait.
"""

from __future__ import annotations

import gc
from collections.abc import Callable
from itertools import pairwise

from flexsim.chance import Draw
from flexsim.engine.clock import (
    COMPLETIONS,
    DECISIONS,
    DEPARTURES,
    ENDINGS,
    NEEDS,
    RULES,
    SETTLEMENT,
    Clock,
)
from flexsim.engine.draws import Draws
from flexsim.engine.ledger import counted, gather
from flexsim.engine.rules import is_eligible, pick, survival_after
from flexsim.engine.state import BRIDGE, FAR, GOAL, NEED, Citizen, PoolState, Request
from flexsim.engine.stuck import StuckPools
from flexsim.engine.waiting import WaitingLists
from flexsim.plan.plan import (
    COMMUNITY,
    HERE,
    LEAVE,
    NONE,
    TURNED_AWAY,
    UNLIMITED,
    WAIT,
    WAIT_FIRST,
    WARD,
    Plan,
)
from flexsim.register import NOT_YET, Kind, Outcome, Register

DAY = 86_400

# Plain integers, since every event reads them.
STAY, GOAL_DRAWN, DECISION, RELAPSE = map(int, (Draw.STAY, Draw.GOAL, Draw.DECISION, Draw.RELAPSE))
ASSESSMENT, OUTSIDE_WAIT, MOVE_IN = map(int, (Draw.ASSESSMENT, Draw.OUTSIDE_WAIT, Draw.MOVE_IN))
PATIENCE, EARLY_ASSESSMENT = int(Draw.PATIENCE), int(Draw.EARLY_ASSESSMENT)
EXTENSION, EXTENSION_LENGTH = int(Draw.EXTENSION), int(Draw.EXTENSION_LENGTH)
PLACE, HELD = int(Kind.PLACE), int(Kind.HELD)

#: Something to decide at step 7: (order, what to do, about which row).
Ending = tuple[tuple[int, ...], Callable[[Request], None], Request]


def simulate(plan: Plan, seed: int, replication: int) -> Register:
    """One replication.

    Parameters
    ----------
    plan : Plan
    seed : int
    replication : int
        Replications of one seed are independent.

    Raises
    ------
    RunError
        If events at one instant never come to an end.
    DeadlockError
        If citizens hold places while waiting for each other's.
    """
    # Citizens and requests live until the end: searching them for garbage doubles the time.
    collecting = gc.isenabled()
    gc.disable()
    try:
        return Journeys(plan, seed, replication).run()
    finally:
        if collecting:
            gc.enable()


class Journeys(Clock):
    """All citizens of one replication."""

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
        self.lists = WaitingLists(plan, self.pools)
        self.stuck = StuckPools(plan, self.pools)
        self.rows: list[Request] = []
        self.fresh: list[Request] = []  # asked at this instant, on no waiting list yet
        self.endings: list[Ending] = []
        self.settlement_due = False
        self.endings_due = False
        self._unpack(plan)

    def _unpack(self, plan: Plan) -> None:
        """Columns of the plan that every event reads, as lists (faster to read than arrays)."""
        flat = plan.search_pool.tolist()
        self.search_pools = [flat[a:b] for a, b in pairwise(plan.search_first.tolist())]
        self.when_full = plan.when_full.tolist()
        self.patience_law = plan.patience_law.tolist()
        self.kind = plan.kind.tolist()
        self.move_in_law = plan.move_in_law.tolist()
        self.stay_law = plan.stay_law.tolist()
        self.limit = plan.limit.tolist()
        self.early_share = plan.early_share.tolist()
        self.onward = plan.onward.tolist()
        self.relapse_share = plan.relapse_share.tolist()
        self.relapse_law = plan.relapse_law.tolist()
        self.goals = list(
            zip(
                plan.goal_search.tolist(),
                plan.goal_urgent.tolist(),
                plan.goal_priority.tolist(),
                plan.decision_law.tolist(),
                plan.bridge_search.tolist(),
                strict=True,
            )
        )
        self.admits_trait = plan.admits_trait.tolist()
        limited = (plan.queue_limit < UNLIMITED).tolist()
        # A search that does not simply wait is looked at again at step 7.
        self.on_trial = [
            full != WAIT or any(limited[p] for p in pools)
            for full, pools in zip(self.when_full, self.search_pools, strict=True)
        ]
        asks_nothing = [
            bool(plan.admits_residence[p].all())
            and all(mask + 1 >= 1 << plan.trait_shares.shape[2] for mask in self.admits_trait[p])
            and plan.assessment_law[p] == NONE
            and plan.outside_law[p] == NONE
            for p in range(len(plan.pools))
        ]
        self.open_to_all = [all(asks_nothing[p] for p in pools) for pools in self.search_pools]

    # -- the run ---------------------------------------------------------------------------

    def run(self) -> Register:
        """Simulate to the end of the plan and give the register."""
        self._schedule_rules()
        self._admit_those_present()
        for stream in range(len(self.plan.streams)):
            self._open_stream(stream)
        self.env.run()
        return gather(self.plan, self.rows, *counted(self.plan, self.pools))

    def conclude(self) -> None:
        """Settle at once if this event was the last of its instant, else when its turn comes."""
        fresh, dirty, endings = self.fresh, self.lists.dirty, self.endings
        if not (fresh or dirty or (endings and not self.endings_due)):
            return
        if not self.is_last_of_instant():
            if not self.settlement_due:
                self.settlement_due = True
                self.at(self.now, SETTLEMENT, self._due_settlement)
            return
        request = fresh[0] if len(fresh) == 1 and not dirty and not endings else None
        if request is None or request.entries or request.wanted > self.now or not request.is_open:
            self._settle()
            return
        # A request that is alone takes the first room: nobody who waits can move.
        pool = self.lists.first_room(request)
        if pool == NONE:
            self._settle()
        else:
            fresh.clear()
            self.grant(request, pool)
            self.conclude()

    def _due_settlement(self) -> None:
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
        lists.dirty.clear()
        self.stuck.check(self.now)
        if self.endings:
            self._end_instant()

    def _join_lists(self) -> None:
        for request in self.fresh:
            if request.is_open and request.granted == NOT_YET:
                self.lists.join(request)
                self._try(request)
                self.stuck.look()
        self.fresh.clear()

    # -- rules that change on a date -------------------------------------------------------

    def _schedule_rules(self) -> None:
        plan = self.plan
        for time, pool, norm in zip(plan.step_time, plan.step_pool, plan.step_norm, strict=True):
            self.at(int(time), RULES, self._change_places, self.pools[pool], int(norm))
        if plan.closed_weekdays.any():
            self._open_and_close(0)

    def _change_places(self, pool: PoolState, norm: int) -> None:
        pool.norm = norm
        self.lists.freed(pool)
        self.stuck.look()

    def _open_and_close(self, day: int) -> None:
        """Midnight: some pools take nobody in on this weekday."""
        weekday = (self.plan.start_weekday + day) % 7
        for pool, closed in zip(self.pools, self.plan.closed_weekdays.tolist(), strict=True):
            pool.closed = bool(closed >> weekday & 1)
            self.lists.freed(pool)
        self.at((day + 1) * DAY, RULES, self._open_and_close, day + 1)

    # -- a citizen arrives -----------------------------------------------------------------

    def _open_stream(self, stream: int) -> None:
        times = self.draws.arrivals(stream)
        if not times:
            return
        plan = self.plan
        who = list(zip(*self.draws.people(stream, len(times)), strict=True))
        request = (
            int(plan.stream_search[stream]),
            bool(plan.stream_urgent[stream]),
            int(plan.stream_priority[stream]),
        )
        group = int(plan.stream_group[stream])
        self.at(times[0], NEEDS, self.arrive, stream, 0, times, group, who, request)

    def arrive(
        self,
        stream: int,
        nth: int,
        times: list[int],
        group: int,
        who: list[tuple[int, ...]],
        request: tuple[int, bool, int],
    ) -> None:
        """A new citizen makes a first request."""
        after = nth + 1
        if after < len(times):
            self.at(times[after], NEEDS, self.arrive, stream, after, times, group, who, request)
        residence, *traits = who[nth]
        self.ask(Citizen(stream, nth, group, residence, traits), NEED, *request)

    def _admit_those_present(self) -> None:
        """Places occupied at time zero, each with the remaining stay of a random moment."""
        plan = self.plan
        starts = zip(plan.start_stream, plan.start_pool, plan.start_count, strict=True)
        for stream, pool, count in starts:
            group = int(plan.stream_group[stream])
            people = self.draws.people(int(stream), int(count))
            for nth, (residence, *traits) in enumerate(zip(*people, strict=True)):
                citizen = Citizen(int(stream), nth, group, residence, traits)
                request = Request(citizen, NEED, NONE, 0, False, 1)
                request.sought = request.pool = int(pool)
                request.ready = request.granted = 0
                self.rows.append(request)
                self.pools[pool].take(request, 0)
                self.admit(request, int(plan.residual_law[pool, group]))

    # -- and asks for a place --------------------------------------------------------------

    def ask(
        self,
        citizen: Citizen,
        purpose: int,
        search: int,
        urgent: bool,
        priority: int,
        decision: int = 0,
        wanted: int = NOT_YET,
    ) -> Request:
        """Request a place by a search; `decision` seconds pass before assessments begin."""
        now = self.now
        request = Request(citizen, purpose, search, now, urgent, priority)
        self._enter(request)
        if wanted > now:
            request.wanted = wanted
        pools = self.search_pools[search]
        request.sought = pools[0]
        if self.open_to_all[search] and purpose != BRIDGE:
            request.ready = now + decision
            if decision:
                request.unready = 1
                self.at(request.ready, DECISIONS, self._become_ready, request, pools)
            else:
                request.offered = pools
                self.fresh.append(request)
        else:
            pools = [pool for pool in pools if self._may_enter(request, pool)]
            if not pools:
                self._last_word(request, self._refuse)
                return request
            self._assess(request, pools, now + decision)
        if self.patience_law[search] != NONE and self.when_full[search] != TURNED_AWAY:
            law = self.patience_law[search]
            request.patience = self.draws.duration(citizen, law, PATIENCE, request.sought)
            self._start_patience(request)
        return request

    def _ask_refuge(self, citizen: Citizen, purpose: int, pool: int) -> Request:
        """Request the pool that an `otherwise` names; it takes everybody at once."""
        request = Request(citizen, purpose, NONE, self.now, False, 1)
        self._enter(request)
        request.sought = pool
        request.ready = self.now
        request.offered = [pool]
        self.fresh.append(request)
        return request

    def _enter(self, request: Request) -> None:
        """A new row: the citizen's open need, goal search or bridge search."""
        self.rows.append(request)
        citizen = request.citizen
        if request.purpose == NEED:
            citizen.need = request
        elif request.purpose == GOAL:
            citizen.goal = request
        else:
            citizen.bridge = request

    def _may_enter(self, request: Request, pool: int) -> bool:
        """Whether the citizen is in the target group; a bridge leads elsewhere."""
        citizen = request.citizen
        if request.purpose == BRIDGE and citizen.place is not None and citizen.place.pool == pool:
            return False
        admits = bool(self.plan.admits_residence[pool, citizen.residence])
        return is_eligible(admits, self.admits_trait[pool], citizen.traits)

    def _assess(self, request: Request, pools: list[int], decided: int) -> None:
        """Assess for each pool; a place outside the model has a wait of its own besides."""
        citizen, plan, now = request.citizen, self.plan, self.now
        request.sought = pools[0]
        request.ready_at = {}
        for pool in pools:
            ready = decided
            if plan.assessment_law[pool] != NONE:
                law = int(plan.assessment_law[pool])
                ready += self.draws.duration(citizen, law, ASSESSMENT, pool)
            offered = ready
            if plan.outside_law[pool] != NONE:
                law = int(plan.outside_law[pool])
                offered += self.draws.duration(citizen, law, OUTSIDE_WAIT, pool)
            request.ready_at[pool] = ready
            if offered > now:
                request.unready += 1
                self.at(offered, DECISIONS, self._become_ready, request, [pool])
            else:
                request.offered.append(pool)
        request.ready = request.ready_at[pools[0]]
        if request.offered:
            self.fresh.append(request)

    def _become_ready(self, request: Request, pools: list[int]) -> None:
        request.unready -= 1
        order = self.search_pools[request.search]
        request.offered = sorted([*request.offered, *pools], key=order.index)
        if request.is_open and request.granted == NOT_YET:
            self.fresh.append(request)

    def _start_patience(self, request: Request) -> None:
        if request.patience != NOT_YET and request.wanted < FAR:
            request.deadline = request.wanted + request.patience
            self.at(request.deadline, ENDINGS, self._run_out, request, request.deadline)

    # -- a place is granted ----------------------------------------------------------------

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
            self._withdraw_bridge(citizen)
        if citizen.held is not None and request.purpose == NEED:
            self._release_held(citizen)
        pool.take(request, now)
        if self.move_in_law[number] != NONE:
            law = self.move_in_law[number]
            lead = self.draws.duration(citizen, law, MOVE_IN, number)
            if lead:
                request.kind = HELD
                citizen.held = request
                self.at(now + lead, DEPARTURES, self._move_in, request)
                return
        self.admit(request, self.stay_law[number][citizen.group])

    def _move_in(self, request: Request) -> None:
        """The lead time is over, unless the place was released meanwhile."""
        citizen = request.citizen
        if citizen.held is request:
            citizen.held = None
            self.admit(request, self.stay_law[request.pool][citizen.group])

    def _withdraw_bridge(self, citizen: Citizen) -> None:
        bridge = citizen.bridge
        if bridge is None:
            return
        if citizen.held is bridge:
            self._release_held(citizen)
        else:
            self._end(bridge, Outcome.WITHDRAWN)
        citizen.bridge = None

    def _release_held(self, citizen: Citizen) -> None:
        """Give up a place granted but not moved into; a goal goes on searching."""
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
        if held.purpose == GOAL:
            citizen.goal = held.again()
            self.rows.append(citizen.goal)
            self.fresh.append(citizen.goal)
        else:
            citizen.bridge = None

    # -- and the citizen moves in ----------------------------------------------------------

    def admit(self, request: Request, law: int) -> None:
        """Leave the place where one was, move into the one granted; the stay follows `law`."""
        citizen = request.citizen
        if citizen.place is not None:
            self._vacate(citizen, self._why_left(request))
        request.kind = PLACE
        request.admitted = self.now
        citizen.place = request
        if request.purpose == NEED:
            citizen.need = None
            if citizen.bridge is not None:
                self._withdraw_bridge(citizen)
        elif request.purpose == GOAL:
            citizen.goal = None
        else:
            citizen.bridge = None
        self._begin_stay(request, law)

    def _why_left(self, moving_to: Request) -> Outcome:
        if moving_to.purpose == NEED:
            return Outcome.READMITTED
        if moving_to.from_limit:
            return Outcome.LIMIT_REACHED
        return Outcome.WENT_HOME if self.kind[moving_to.pool] == COMMUNITY else Outcome.MOVED_ON

    def _begin_stay(self, stay: Request, law: int) -> None:
        citizen, number, now = stay.citizen, stay.pool, self.now
        limit = self.limit[number]
        need = FAR if law == NONE else self.draws.duration(citizen, law, STAY, number)
        stay.need_end = FAR if need == FAR else now + need
        if limit < need:
            stay.planned_end = now + limit
            self.at(stay.planned_end, COMPLETIONS, self._reach_limit, stay, False)
        else:
            stay.planned_end = stay.need_end
            if need < FAR:
                self.at(stay.planned_end, COMPLETIONS, self.complete, stay)
        if self.kind[number] == WARD:
            citizen.survival = -1.0
        elif self.relapse_share[number][citizen.group] and citizen.need is None:
            self._take_risk(citizen, stay)
        if citizen.goal is not None:
            self._want_goal(citizen, stay)
        elif self.early_share[number]:
            self._assess_early(stay)

    def _want_goal(self, citizen: Citizen, stay: Request) -> None:
        """When a goal place is wanted: at the end of the need where the citizen is now."""
        goal, now = citizen.goal, self.now
        if goal is None or goal.granted != NOT_YET:
            return
        if citizen.need is not None:
            wanted = FAR  # first the new need
        elif stay.need_end == FAR or self.plan.moves_at_once[stay.pool]:
            wanted = now
        else:
            wanted = max(now, stay.planned_end)
        if wanted != goal.wanted:
            goal.wanted = wanted
            self._start_patience(goal)
        if wanted <= now:
            self.lists.wake(goal)
            self._try(goal)
            self.stuck.look()

    # -- the stay is completed -------------------------------------------------------------

    def complete(self, stay: Request) -> None:
        """The need for this place has ended."""
        if stay.left == NOT_YET and stay.citizen.need is None:
            stay.completed = self.now
            self._end_of_need(stay)

    def _reach_limit(self, stay: Request, extended: bool) -> None:
        if stay.left != NOT_YET or (not extended and self._extend(stay)):
            return
        if stay.citizen.need is None:
            self._end_of_need(stay)
        if stay.left == NOT_YET and self.plan.limit_leaves[stay.pool]:
            self._last_word(stay, self._send_out)

    def _extend(self, stay: Request) -> bool:
        """At the limit, a share of stays is extended once."""
        share, pool = float(self.plan.extension_share[stay.pool]), stay.pool
        if share == 0 or self.draws.uniform(stay.citizen, EXTENSION, pool) >= share:
            return False
        law = int(self.plan.extension_law[pool])
        longer = self.draws.duration(stay.citizen, law, EXTENSION_LENGTH, pool)
        limit = self.now + longer
        if limit < stay.need_end:
            stay.planned_end = limit
            self.at(limit, COMPLETIONS, self._reach_limit, stay, True)
        else:
            stay.planned_end = stay.need_end
            self.at(stay.planned_end, COMPLETIONS, self.complete, stay)
        self._want_goal(stay.citizen, stay)
        return True

    # -- and the citizen seeks the next place ----------------------------------------------

    def _end_of_need(self, stay: Request) -> None:
        citizen = stay.citizen
        if citizen.goal is None:
            if stay.onward == NOT_YET:
                stay.onward = self._draw_goal(stay)
            if stay.onward == len(self.goals):
                self._leave_model(citizen, Outcome.LEFT_MODEL)
                return
            self._seek(citizen, stay.onward)
        else:
            self._want_goal(citizen, stay)
        goal = citizen.goal
        if goal is not None and goal.granted == NOT_YET and stay.purpose != BRIDGE:
            self._seek_bridge(citizen, goal)

    def _assess_early(self, stay: Request) -> None:
        number = stay.pool
        start = self.now + int(self.plan.early_after[number])
        u = self.draws.uniform(stay.citizen, EARLY_ASSESSMENT, number)
        if u < self.early_share[number] and start < stay.planned_end:
            self.at(start, NEEDS, self._seek_early, stay)

    def _seek_early(self, stay: Request) -> None:
        citizen = stay.citizen
        if stay.left == NOT_YET and citizen.need is None and citizen.goal is None:
            stay.onward = self._draw_goal(stay)
            if stay.onward < len(self.goals):
                self._seek(citizen, stay.onward, wanted=stay.planned_end)

    def _draw_goal(self, stay: Request) -> int:
        shares = self.onward[stay.pool][stay.citizen.group]
        return pick(shares, self.draws.uniform(stay.citizen, GOAL_DRAWN, 0))

    def _seek(self, citizen: Citizen, goal: int, wanted: int = NOT_YET) -> None:
        search, urgent, priority, law, _ = self.goals[goal]
        delay = 0 if law == NONE else self.draws.duration(citizen, law, DECISION, goal)
        self.ask(citizen, GOAL, search, urgent, priority, delay, wanted).goal = goal

    def _seek_bridge(self, citizen: Citizen, goal: Request) -> None:
        if goal.goal == NOT_YET or citizen.bridge is not None:
            return
        _, urgent, priority, _, bridge = self.goals[goal.goal]
        if bridge != NONE:
            self.ask(citizen, BRIDGE, bridge, urgent, priority)

    # -- or leaves -------------------------------------------------------------------------

    def _vacate(self, citizen: Citizen, why: Outcome) -> None:
        stay = citizen.place
        if stay is None:
            return
        now = self.now
        stay.left = now
        stay.outcome = why
        stay.is_open = False
        if citizen.at_risk_since != NOT_YET:
            self._stop_risk(citizen, stay)
        pool = self.pools[stay.pool]
        pool.give_back(stay, now)
        if pool.waiting:
            self.lists.dirty.add(pool.number)
        citizen.place = None

    def _leave_model(self, citizen: Citizen, why: Outcome) -> None:
        self._vacate(citizen, why)
        self._release_held(citizen)
        for request in (citizen.need, citizen.goal, citizen.bridge):
            if request is not None and request.is_open:
                self._end(request, Outcome.WITHDRAWN)
        citizen.need = citizen.goal = citizen.bridge = None

    def _send_out(self, stay: Request) -> None:
        """The limit is reached and no place elsewhere was found; a move arranged may go on."""
        citizen = stay.citizen
        if stay.left != NOT_YET or citizen.held is not None:
            return
        to = int(self.plan.limit_otherwise[stay.pool])
        if to == LEAVE:
            self._leave_model(citizen, Outcome.LIMIT_REACHED)
        else:
            self._withdraw_bridge(citizen)
            self._ask_refuge(citizen, BRIDGE, to).from_limit = True

    # -- relapse ---------------------------------------------------------------------------

    def _take_risk(self, citizen: Citizen, stay: Request) -> None:
        """Time at risk goes on in this place, with what luck is left."""
        share = self.relapse_share[stay.pool][citizen.group]
        if citizen.survival < 0:
            citizen.survival = 1.0 - self.draws.uniform(citizen, RELAPSE, 0)
        citizen.at_risk_since = self.now
        chance = (1.0 - citizen.survival) / share
        if chance < 1.0:
            law = self.relapse_law[stay.pool][citizen.group]
            citizen.relapse_at = self.now + self.draws.at_quantile(law, chance)
            self.at(citizen.relapse_at, NEEDS, self.relapse, citizen, stay)

    def _stop_risk(self, citizen: Citizen, stay: Request) -> None:
        share = self.relapse_share[stay.pool][citizen.group]
        law = self.relapse_law[stay.pool][citizen.group]
        gone = self.draws.probability(law, self.now - citizen.at_risk_since)
        citizen.survival = survival_after(citizen.survival, share, gone)
        citizen.at_risk_since = citizen.relapse_at = NOT_YET

    def relapse(self, citizen: Citizen, stay: Request) -> None:
        """A new need arises; an open goal search stays open but is not wanted meanwhile."""
        if citizen.place is not stay or citizen.relapse_at != self.now:
            return
        plan, pool, group = self.plan, stay.pool, citizen.group
        citizen.episode += 1
        citizen.drawn.clear()
        citizen.survival = -1.0
        citizen.at_risk_since = citizen.relapse_at = NOT_YET
        for request in (citizen.goal, citizen.bridge):
            if request is not None and request.granted == NOT_YET:
                request.wanted = FAR
        self.ask(
            citizen,
            NEED,
            int(plan.relapse_search[pool, group]),
            bool(plan.relapse_urgent[pool, group]),
            int(plan.relapse_priority[pool, group]),
        )

    # -- the last word of an instant -------------------------------------------------------

    def _last_word(self, request: Request, action: Callable[[Request], None]) -> None:
        """Decide at step 7 of this instant, in the order of service."""
        order = (
            request.priority,
            request.ready,
            request.requested,
            request.citizen.rank,
            request.number,
        )
        self.endings.append((order, action, request))

    def _try(self, request: Request) -> None:
        """Whether it may wait is decided once it is wanted and ready for every pool."""
        if request.search == NONE or not self.on_trial[request.search]:
            return
        if request.unready == 0 and request.wanted <= self.now and not request.accepted:
            self._last_word(request, self._turn_away_if_full)

    def _end_instant(self) -> None:
        if self.is_last_of_instant():
            self._end_all()
        elif not self.endings_due:
            self.endings_due = True
            self.at(self.now, ENDINGS, self._due_endings)

    def _due_endings(self) -> None:
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
        full = self.when_full[request.search]
        if full == TURNED_AWAY:
            self._end_without_place(request, Outcome.TURNED_AWAY_FULL)
            return
        kept = [request.sought] if full == WAIT_FIRST else request.offered
        kept = [pool for pool in kept if self._has_room_to_wait(pool)]
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

    def _run_out(self, request: Request, deadline: int) -> None:
        """Patience ran out."""
        if request.is_open and request.granted == NOT_YET and request.deadline == deadline:
            self._end_without_place(request, Outcome.GAVE_UP)

    def _refuse(self, request: Request) -> None:
        self._end_without_place(request, Outcome.NOT_IN_TARGET_GROUP)

    def _end(self, request: Request, why: Outcome) -> None:
        request.ended = self.now
        request.outcome = why
        request.is_open = False
        self.lists.leave(request)

    def _end_without_place(self, request: Request, why: Outcome) -> None:
        """A search ends; the citizen goes where its `otherwise` says."""
        citizen = request.citizen
        self._end(request, why)
        if request.purpose == BRIDGE:
            citizen.bridge = None
            return
        if request.purpose == NEED:
            citizen.need = None
        else:
            citizen.goal = None
            self._withdraw_bridge(citizen)
        to = int(self.plan.otherwise[request.search])
        if to == LEAVE:
            self._leave_model(citizen, Outcome.LEFT_MODEL)
        elif to == HERE:
            self._stay_here(citizen)
        else:
            self._ask_refuge(citizen, request.purpose, to)

    def _stay_here(self, citizen: Citizen) -> None:
        """A relapse led nowhere: the citizen stays where it is, at risk anew."""
        stay = citizen.place
        if stay is None:
            return
        if self.relapse_share[stay.pool][citizen.group]:
            self._take_risk(citizen, stay)
        if citizen.bridge is not None:
            citizen.bridge.wanted = self.now
            self.lists.wake(citizen.bridge)
        if stay.completed == NOT_YET and stay.need_end <= self.now:
            self.complete(stay)
        else:
            self._want_goal(citizen, stay)
