"""The reference engine: the journey of each citizen, event by event, on SimPy's clock.

Read `Journeys` from `arrive` downwards: a citizen arrives, asks (`ask`, in `admission`), is granted
a place, moves in, completes, seeks the next place, leaves, and perhaps relapses.
"""

from __future__ import annotations

import gc

from flexsim.chance import Draw
from flexsim.engine.clock import COMPLETIONS, DECISIONS, NEEDS, RULES
from flexsim.engine.ledger import counted, gather
from flexsim.engine.rules import found_at_review, pick
from flexsim.engine.state import (
    BRIDGE,
    ENROLMENT,
    FAR,
    GOAL,
    IN_VAIN,
    NEED,
    Citizen,
    PoolState,
    Request,
    Source,
)
from flexsim.engine.teams import Courses
from flexsim.plan.plan import (
    COMMUNITY,
    CONTACT,
    LEAVE,
    NONE,
    REVIEW_ENDS,
    REVIEW_EXTENDS,
    REVIEW_SEARCHES,
    WARD,
    Plan,
)
from flexsim.policy import Policy
from flexsim.register import NOT_YET, Kind, Outcome, Register

WEEK = 7 * 86_400

# Plain integers, since every event reads them.
STAY, REVIEW = int(Draw.STAY), int(Draw.REVIEW)
EARLY_ASSESSMENT, LEAVE_EARLY = int(Draw.EARLY_ASSESSMENT), int(Draw.LEAVE_EARLY)
EXTENSION, EXTENSION_LENGTH = int(Draw.EXTENSION), int(Draw.EXTENSION_LENGTH)
PLACE, HELD, CLOSED_AS_CONTACT = int(Kind.PLACE), int(Kind.HELD), int(Kind.CONTACT)
MOVED_ON, WENT_HOME = int(Outcome.MOVED_ON), int(Outcome.WENT_HOME)
LIMIT_REACHED, READMITTED = int(Outcome.LIMIT_REACHED), int(Outcome.READMITTED)
LEFT_EARLY = int(Outcome.LEFT_EARLY)
LEFT_MODEL, WITHDRAWN = int(Outcome.LEFT_MODEL), int(Outcome.WITHDRAWN)


def simulate(plan: Plan, seed: int, replication: int, policy: Policy | None = None) -> Register:
    """One replication.

    Parameters
    ----------
    plan : Plan
    seed : int
    replication : int
        Replications of one seed are independent.
    policy : callable, optional
        A placement rule; see `flexsim.policy`.

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
        return _journeys(plan, seed, replication, policy).run()
    finally:
        if collecting:
            gc.enable()


def _journeys(plan: Plan, seed: int, replication: int, policy: Policy | None) -> Journeys:
    if policy is None:
        return Journeys(plan, seed, replication)
    from flexsim.engine.asked_policy import PolicyJourneys

    return PolicyJourneys(plan, seed, replication, policy)


class Journeys(Courses):
    """All citizens of one replication."""

    __slots__ = (
        "changes_lengths",
        "early_share",
        "false_starts",
        "has_bridges",
        "keeps_place",
        "kind",
        "leave_early_share",
        "limit",
        "ratio_after_early",
        "ratio_after_limit",
        "remembered",
        "review_first",
        "review_time",
        "review_upto",
        "row_kind",
    )

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        super().__init__(plan, seed, replication)
        # Columns of the plan that every event reads, as lists (faster to read than arrays).
        self.kind = plan.kind.tolist()
        self.limit = plan.limit.tolist()
        self.leave_early_share = plan.leave_early_share.tolist()
        self.review_first = plan.review_first.tolist()
        self.review_time = plan.review_time.tolist()
        self.review_upto = plan.review_upto.tolist()
        self.keeps_place = plan.keeps_place.tolist()
        self.early_share = plan.early_share.tolist()
        self.ratio_after_limit = plan.ratio_after_limit.tolist()
        self.ratio_after_early = plan.ratio_after_early.tolist()
        self.remembered = int(plan.admits_admissions.max(initial=0))
        self.has_bridges = bool((plan.bridge_search != NONE).any())
        self.false_starts = plan.false_starts.tolist()
        self.row_kind = [CLOSED_AS_CONTACT if kind == CONTACT else PLACE for kind in self.kind]
        has_reviews = plan.review_first[1:] > plan.review_first[:-1]
        self.changes_lengths = ((plan.quota_of != NONE) | has_reviews).tolist()

    def run(self) -> Register:
        """Simulate to the end of the plan and give the register."""
        self._schedule_rules()
        self._admit_those_present()
        for stream in range(len(self.plan.streams)):
            self._open_stream(stream)
        self.run_to_the_end()
        return gather(self.plan, self.draws.keys, self.rows, *counted(self.plan, self.pools))

    # -- Rules that change on a date -------------------------------------------------------

    def _schedule_rules(self) -> None:
        plan = self.plan
        steps = (
            *(plan.step_time, plan.step_pool, plan.step_norm, plan.step_limit),
            *(plan.step_admits, plan.step_renews),
        )
        for time, pool, *rules in zip(*(column.tolist() for column in steps), strict=True):
            self.at(time, RULES, self._change_rules, (self.pools[pool], *rules))
        intake = (plan.intake_time, plan.intake_pool, plan.intake_open)
        for time, pool, is_open in zip(*(column.tolist() for column in intake), strict=True):
            self.at(time, RULES, self._open_or_close, (self.pools[pool], is_open))

    def _change_rules(self, about: tuple[PoolState, int, int, int, bool]) -> None:
        """Another number of places, limit of stays begun, target group of requests made.

        Or a new month or year of its quota.
        """
        pool, norm, limit, admits, renews = about
        if pool.quota is not None and renews:
            pool.quota.begun = self.now
        pool.set_norm(norm)
        pool.admits = admits
        self.limit[pool.number] = limit
        self.lists.freed(pool)
        self.stuck.look()

    def _open_or_close(self, about: tuple[PoolState, bool]) -> None:
        """From now on a pool takes people in, or nobody; again in a week."""
        pool, is_open = about
        pool.closed = not is_open
        self.lists.freed(pool)
        self.at(self.now + WEEK, RULES, self._open_or_close, about)

    # -- A citizen arrives -----------------------------------------------------------------

    def _open_stream(self, stream: int) -> None:
        times = self.draws.arrivals(stream)
        if not times:
            return
        plan = self.plan
        source = Source(
            stream,
            int(plan.stream_group[stream]),
            self._people(stream, len(times)),
            times,
            int(plan.stream_search[stream]),
            bool(plan.stream_urgent[stream]),
            int(plan.stream_priority[stream]),
        )
        self.at(times[0], NEEDS, self.arrive, source)

    def arrive(self, source: Source) -> None:
        """A new citizen makes a first request; the next one of the source is due later."""
        citizen = Citizen(source, source.arrived)
        source.arrived += 1
        if source.arrived < len(source.times):
            self.at(source.times[source.arrived], NEEDS, self.arrive, source)
        citizen.need = self.ask(citizen, NEED, source.search, source.urgent, source.priority)

    def _admit_those_present(self) -> None:
        """Places occupied at time zero, each with the remaining stay of a random moment."""
        plan = self.plan
        starts = zip(plan.start_stream, plan.start_pool, plan.start_count, strict=True)
        for stream, pool, count in starts:
            group = int(plan.stream_group[stream])
            source = Source(int(stream), group, self._people(int(stream), int(count)))
            for nth in range(count):
                citizen = Citizen(source, nth)
                request = Request(citizen, NEED, NONE, 0, False, 1)
                request.sought = request.pool = int(pool)
                request.ready = request.granted = 0
                self.rows.append(request)
                self.pools[pool].take(request, 0)
                self.admit(request, int(plan.residual_law[pool, group]))

    def _people(self, stream: int, count: int) -> list[tuple[int, ...]]:
        return list(zip(*self.draws.people(stream, count), strict=True))

    # -- and, granted a place, moves in ----------------------------------------------------

    def admit(self, request: Request, law: int) -> None:
        """Leave the place where one was, move into the one granted; the stay follows `law`."""
        citizen, kept = request.citizen, None
        if request.purpose == ENROLMENT:
            self.begin_course(request, law)
            return
        if citizen.place is not None:
            before = citizen.place
            if self.keeps_place[before.pool] and self._keeps(before, request, law):
                kept = before
            self._vacate(citizen, self._why_left(request), kept is not None)
            if self.on_leaving[before.pool]:
                self.ask_teams(citizen, self.on_leaving[before.pool])
        request.kind = self.row_kind[request.pool]
        request.admitted = self.now
        citizen.place = request
        if request.purpose == NEED:
            citizen.need = None
            if citizen.bridge is not None:
                self.withdraw_bridge(citizen)
            if kept is not None:
                self._keep(kept)
        elif request.purpose == GOAL:
            citizen.goal = None
        else:
            citizen.bridge = None
        if self.on_entering[request.pool]:
            was_there = request.search == NONE and request.number == 0  # at time zero
            if not was_there:
                self.ask_teams(citizen, self.on_entering[request.pool])
        self._begin_stay(request, law)

    def _why_left(self, moving_to: Request) -> int:
        if moving_to.purpose == NEED:
            return READMITTED
        if moving_to.sent_out:
            return moving_to.sent_out
        return WENT_HOME if self.kind[moving_to.pool] == COMMUNITY else MOVED_ON

    def _begin_stay(self, stay: Request, law: int) -> None:
        citizen, number = stay.citizen, stay.pool
        limit, search = self.limit[number], FAR
        need = FAR if law == NONE else stay.need_end
        if need == NOT_YET:
            need = self.draws.duration(citizen, law, STAY, number)
        if self.changes_lengths[number]:
            need, limit, search = self._other_lengths(citizen, number, need, limit)
        stay.need_end = stay.planned_end = FAR
        if need < FAR:
            stay.need_end = stay.planned_end = self.now + need
            if need <= limit:
                self.at(stay.need_end, COMPLETIONS, self.complete, stay)
        if limit < FAR:
            stay.planned_end = min(stay.need_end, self.now + limit)
            self.at(self.now + limit, COMPLETIONS, self._reach_limit, stay)
        if self.leave_early_share[number]:
            self._may_leave_early(stay)
        if self.kind[number] == WARD:
            citizen.survival = -1.0
            citizen.ratio_after = 1.0
            if self.remembered:
                earlier = citizen.admissions[: self.remembered - 1]
                citizen.admissions = (self.now, *earlier)
        elif self.relapse_share[number][citizen.group] and citizen.need is None:
            self.take_risk(citizen, stay)
        if citizen.goal is not None and not citizen.goal.is_kept:
            self._want_goal(citizen, stay)
            return
        if self.early_share[number]:
            self._assess_early(stay)
        if search < FAR and self.now + search < stay.planned_end:
            self.at(self.now + search, NEEDS, self._seek_early, stay)

    def _other_lengths(
        self, citizen: Citizen, number: int, need: int, limit: int
    ) -> tuple[int, int, int]:
        """Need, limit and start of the search, from now on, by what a quota and reviews say."""
        quota = self.pools[number].quota
        if quota is not None:
            limit = quota.enter(citizen, self.now, limit)
        return self._review(citizen, number, need, limit)

    def _review(self, citizen: Citizen, pool: int, need: int, limit: int) -> tuple[int, int, int]:
        """What the reviews of a stay decide: end of the need, limit, and start of the search.

        Times are seconds from admission, here and in what is returned.
        """
        plan, search = self.plan, FAR
        first, last = self.review_first[pool], self.review_first[pool + 1]
        for n in range(first, last):
            time = self.review_time[n]
            if time >= min(need, limit):
                break
            decided = pick(self.review_upto[n], self.draws.uniform(citizen, REVIEW, pool))
            if decided == REVIEW_ENDS:
                notice = int(plan.review_notice[n])
                return min(need, time + notice), limit, min(search, time) if notice else search
            if decided == REVIEW_EXTENDS:
                limit += int(plan.review_longer[n])
            elif decided == REVIEW_SEARCHES:
                search = min(search, time)
        if plan.ends_at_reviews[pool]:
            need = found_at_review(self.review_time, first, last, need)
        return need, limit, search

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
            self.start_patience(goal)
        if wanted <= now:
            self.lists.wake(goal)
            self.try_to_wait(goal)
            self.stuck.look()

    # -- The stay is completed -------------------------------------------------------------

    def complete(self, stay: Request) -> None:
        """The need for this place has ended."""
        if stay.left == NOT_YET and stay.citizen.need is None:
            stay.completed = self.now
            self._end_of_need(stay)

    def _reach_limit(self, stay: Request) -> None:
        """The longest stay has passed, whether or not the need has ended before."""
        if stay.left == NOT_YET and not self._extend(stay):
            self._end_at_limit(stay)

    def _end_at_limit(self, stay: Request) -> None:
        """No longer stay is possible."""
        if stay.left != NOT_YET:
            return
        if stay.completed == NOT_YET and stay.citizen.need is None:
            self._end_of_need(stay)
        if stay.left == NOT_YET and self.plan.limit_leaves[stay.pool]:
            self.last_word(stay, self._send_out)

    def _extend(self, stay: Request) -> bool:
        """At the limit, a share of stays is extended once."""
        share, pool = float(self.plan.extension_share[stay.pool]), stay.pool
        if share == 0 or self.draws.uniform(stay.citizen, EXTENSION, pool) >= share:
            return False
        law = int(self.plan.extension_law[pool])
        longer = self.draws.duration(stay.citizen, law, EXTENSION_LENGTH, pool)
        limit = self.now + longer
        if self.now < stay.need_end:
            stay.planned_end = min(stay.need_end, limit)
            if stay.need_end <= limit:
                self.at(stay.need_end, COMPLETIONS, self.complete, stay)
            self._want_goal(stay.citizen, stay)
        self.at(limit, COMPLETIONS, self._end_at_limit, stay)
        return True

    # -- and the citizen seeks the next place ----------------------------------------------

    def _end_of_need(self, stay: Request) -> None:
        citizen = stay.citizen
        if citizen.held is not None and citizen.held.is_kept:
            self.move_in(citizen.held)
            return
        if citizen.goal is None:
            if stay.onward == NOT_YET:
                stay.onward = self.draws.goal(citizen, stay.pool)
            if stay.onward == len(self.goals):
                cut = stay.completed == NOT_YET
                self.leave_model(citizen, LIMIT_REACHED if cut else LEFT_MODEL)
                return
            self.seek(citizen, stay.onward)
        else:
            self._want_goal(citizen, stay)
        goal = citizen.goal
        if self.has_bridges and goal is not None and stay.purpose != BRIDGE:
            self._seek_bridge(citizen, goal)

    def _assess_early(self, stay: Request) -> None:
        number = stay.pool
        start = self.now + int(self.plan.early_after[number])
        u = self.draws.uniform(stay.citizen, EARLY_ASSESSMENT, number)
        if u < self.early_share[number] and start < stay.planned_end:
            self.at(start, NEEDS, self._seek_early, stay)

    def _seek_early(self, stay: Request) -> None:
        citizen, team = stay.citizen, self.false_starts[stay.pool]
        if stay.left != NOT_YET or stay.onward != NOT_YET:
            return  # who was found to seek nothing is not asked again
        if citizen.need is None and citizen.goal is None:
            stay.onward = goal = self.draws.goal(citizen, stay.pool)
            if goal < len(self.goals):
                self.seek(citizen, goal, wanted=stay.planned_end)
            if team != NONE and not self.is_case(goal):
                self.open_case(citizen, team, IN_VAIN, False, 1)

    def _seek_bridge(self, citizen: Citizen, goal: Request) -> None:
        if goal.goal == NOT_YET or goal.granted != NOT_YET or citizen.bridge is not None:
            return
        _, urgent, priority, _, bridge = self.goals[goal.goal]
        if bridge != NONE:
            citizen.bridge = self.ask(citizen, BRIDGE, bridge, urgent, priority)

    # -- or leaves -------------------------------------------------------------------------

    def _vacate(self, citizen: Citizen, why: int, is_kept: bool = False) -> None:
        """Leave the place; it is given back unless it is kept for the citizen."""
        stay = citizen.place
        if stay is None:
            return
        now = self.now
        stay.left = now
        stay.outcome = why
        stay.is_open = False
        if citizen.at_risk_since != NOT_YET:
            self.stop_risk(citizen, stay)
        if citizen.teams:
            self.close_cases(citizen, in_vain=True)
        if why == LIMIT_REACHED:
            citizen.ratio_after = self.ratio_after_limit[stay.pool]
        elif why == LEFT_EARLY:
            citizen.ratio_after = self.ratio_after_early[stay.pool]
        citizen.place = None
        pool = self.pools[stay.pool]
        if pool.quota is not None:
            pool.quota.leave(citizen, now)
        if is_kept:
            return
        pool.give_back(stay, now)
        if pool.waiting:
            self.lists.dirty.add(pool.number)

    def _keeps(self, stay: Request, moving_to: Request, law: int) -> bool:
        """Whether it is left for a new need elsewhere, which comes to an end."""
        return moving_to.purpose == NEED and law != NONE and moving_to.pool != stay.pool

    def _keep(self, stay: Request) -> None:
        """Keep the place that was left: the goal, or a bridge while another goal is sought."""
        citizen, now = stay.citizen, self.now
        kept = Request(citizen, GOAL if citizen.goal is None else BRIDGE, NONE, now, False, 1)
        kept.wanted = NOT_YET
        kept.sought = kept.pool = stay.pool
        kept.place = stay.place
        kept.kind = HELD
        kept.granted = now
        kept.need_end = max(0, stay.need_end - now)
        self.rows.append(kept)
        self.pools[stay.pool].keep(kept)
        citizen.held = kept
        if citizen.goal is None:
            citizen.goal = kept
        else:
            citizen.bridge = kept
        self.at(now + self.keeps_place[stay.pool], DECISIONS, self._keep_no_longer, kept)

    def _keep_no_longer(self, kept: Request) -> None:
        """The place is given back, unless the citizen has come back to it."""
        if kept.citizen.held is kept:
            self.release_held(kept.citizen)
            self.stuck.look()

    def leave_model(self, citizen: Citizen, why: int) -> None:
        """Go out of the model; what is open is withdrawn."""
        self._vacate(citizen, why)
        self.release_held(citizen)
        for request in (citizen.need, citizen.goal, citizen.bridge):
            if request is not None and request.is_open:
                self.end_search(request, WITHDRAWN)
        citizen.need = citizen.goal = citizen.bridge = None
        for request in citizen.teams:
            if request.admitted != NOT_YET:
                self.end_course(request, LEFT_MODEL)
            else:
                self.end_search(request, WITHDRAWN)
        citizen.teams = ()

    def _send_out(self, stay: Request) -> None:
        """The limit is reached and no place elsewhere was found; a move arranged may go on."""
        if stay.left == NOT_YET:
            self._go_away(stay.citizen, int(self.plan.limit_otherwise[stay.pool]), LIMIT_REACHED)

    def _may_leave_early(self, stay: Request) -> None:
        share, citizen = self.leave_early_share[stay.pool], stay.citizen
        chance = self.draws.uniform(citizen, LEAVE_EARLY, stay.pool) / share
        if chance < 1.0:
            law = int(self.plan.leave_early_law[stay.pool])
            time = self.now + self.draws.at_quantile(law, chance)
            if time < stay.need_end:
                stay.leaves_at = time
                self.at(time, COMPLETIONS, self._leave_early, stay)

    def _leave_early(self, stay: Request) -> None:
        """Unplanned leave, unless the need has ended; a search under way goes on."""
        if stay.left == NOT_YET and stay.completed == NOT_YET and stay.citizen.need is None:
            to = int(self.plan.leave_early_otherwise[stay.pool])
            self._go_away(stay.citizen, to, LEFT_EARLY)

    def _go_away(self, citizen: Citizen, to: int, why: int) -> None:
        """Leave without a next place; a move arranged may go on, and who can returns."""
        if citizen.held is not None:
            if citizen.held.is_kept:
                citizen.held.sent_out = why
                self.move_in(citizen.held)
            return
        if citizen.goal is not None and citizen.goal.search == NONE:
            return  # the goal search just ended; the citizen goes where its `otherwise` says
        if to == LEAVE:
            self.leave_model(citizen, why)
        else:
            self.withdraw_bridge(citizen)
            citizen.bridge = self.ask_refuge(citizen, BRIDGE, to)
            citizen.bridge.sent_out = why

    # -- Relapse ---------------------------------------------------------------------------

    def relapse(self, stay: Request) -> None:
        """A new need arises; an open goal search stays open but is not wanted meanwhile."""
        citizen = stay.citizen
        if citizen.place is not stay or citizen.relapse_at != self.now:
            return
        plan, pool, group = self.plan, stay.pool, citizen.group
        citizen.begin_episode()
        for request in (citizen.goal, citizen.bridge):
            if request is not None and request.granted == NOT_YET:
                request.wanted = FAR
                request.deadline = NOT_YET  # patience begins anew when wanted again
        citizen.need = self.ask(
            citizen,
            NEED,
            int(plan.relapse_search[pool, group]),
            bool(plan.relapse_urgent[pool, group]),
            int(plan.relapse_priority[pool, group]),
        )

    def stay_here(self, citizen: Citizen) -> None:
        """A relapse led nowhere: the citizen stays where it is, at risk anew."""
        stay = citizen.place
        if stay is None:
            return
        if self.relapse_share[stay.pool][citizen.group]:
            self.take_risk(citizen, stay)
        if citizen.bridge is not None and citizen.bridge.granted == NOT_YET:
            citizen.bridge.wanted = self.now
            self.start_patience(citizen.bridge)
            self.lists.wake(citizen.bridge)
        if stay.completed == NOT_YET and stay.need_end <= self.now:
            self.complete(stay)
        else:
            self._want_goal(citizen, stay)
