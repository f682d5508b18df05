"""How it is decided where a citizen goes next: after a time, at a meeting, by a caseworker.

A caseworker is a place of a team. Where a goal is decided by caseworkers, its request is offered to
no pool before one of them takes on the case.
"""

from __future__ import annotations

from flexsim.chance import Draw
from flexsim.engine.risk import TimeAtRisk
from flexsim.engine.rules import next_meeting
from flexsim.engine.state import ENROLMENT, GOAL, Citizen, Request
from flexsim.plan.plan import NONE, Plan
from flexsim.register import NOT_YET

DECISION, NO_SHOW = int(Draw.DECISION), int(Draw.NO_SHOW)


class Decisions(TimeAtRisk):
    """The goals of all citizens of one replication."""

    __slots__ = (
        "decision_law",
        "goals",
        "is_decided",
        "meeting_weekdays",
    )

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        super().__init__(plan, seed, replication)
        self.goals = list(
            zip(
                plan.goal_search.tolist(),
                plan.goal_urgent.tolist(),
                plan.goal_priority.tolist(),
                plan.goal_caseworkers.tolist(),
                plan.bridge_search.tolist(),
                strict=True,
            )
        )
        self.decision_law = plan.decision_law.tolist()
        self.meeting_weekdays = plan.meeting_weekdays.tolist()
        at_once = (plan.decision_law == NONE) & (plan.meeting_weekdays == 0)
        self.is_decided = at_once.tolist()

    def seek(self, citizen: Citizen, goal: int, wanted: int = NOT_YET) -> None:
        """Ask for the place where a citizen is to go next, wanted at once or later."""
        search, urgent, priority, caseworkers, _ = self.goals[goal]
        request = Request(citizen, GOAL, search, self.now, urgent, priority)
        self.rows.append(request)
        request.goal = goal
        if wanted > self.now:
            request.wanted = wanted  # by a search that begins early
        citizen.goal = request
        if caseworkers == NONE:
            self.offer(request, 0 if self.is_decided[goal] else self._time_to_decide(citizen, goal))
            return
        request.sought = self.search_pools[search][0]
        request.unready = 1
        self.open_case(citizen, caseworkers, goal, urgent, priority)

    def is_case(self, goal: int) -> bool:
        """Whether a goal, perhaps to leave the model, is for caseworkers to decide."""
        return goal < len(self.goals) and self.goals[goal][3] != NONE

    def open_case(
        self, citizen: Citizen, team: int, goal: int, urgent: bool, priority: int
    ) -> None:
        """Ask a team of caseworkers to decide a goal, or to find that it need not (`IN_VAIN`)."""
        search = int(self.plan.enrol_search[team])
        case = self.ask(citizen, ENROLMENT, search, urgent, priority)
        case.goal = goal
        citizen.teams = (case, *citizen.teams)

    def decide(self, case: Request) -> int:
        """The case is taken on, and the goal offered; how long it takes to decide it."""
        goal = case.citizen.goal
        if goal is None:
            return 0
        time = self._time_to_decide(case.citizen, case.goal)
        goal.unready = 0
        self.offer(goal, time)
        return time

    def _time_to_decide(self, citizen: Citizen, goal: int) -> int:
        law = self.decision_law[goal]
        time = 0 if law == NONE else self.draws.duration(citizen, law, DECISION, goal)
        if self.meeting_weekdays[goal]:
            time = self._meeting(citizen, goal, self.now + time) - self.now
        return time

    def _meeting(self, citizen: Citizen, goal: int, time: int) -> int:
        """When the goal is decided: at the first meeting that comes to something."""
        weekdays, start = self.meeting_weekdays[goal], self.plan.start_weekday
        no_show = float(self.plan.no_show[goal])
        time = next_meeting(time, weekdays, start)
        while no_show and self.draws.uniform(citizen, NO_SHOW, goal) < no_show:
            time = next_meeting(time + 1, weekdays, start)
        return time
