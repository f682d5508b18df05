"""Teams: courses besides the stays, asked for when a citizen moves, and cases of caseworkers."""

from __future__ import annotations

from itertools import pairwise

from flexsim.chance import Draw
from flexsim.engine.clock import COMPLETIONS
from flexsim.engine.decisions import Decisions
from flexsim.engine.state import ENROLMENT, FAR, IN_VAIN, Citizen, Request
from flexsim.plan.plan import NONE, Plan
from flexsim.register import NOT_YET, Kind, Outcome

ENROL, STAY = int(Draw.ENROL), int(Draw.STAY)
TEAM = int(Kind.TEAM)
COURSE_ENDED, WITHDRAWN = int(Outcome.COURSE_ENDED), int(Outcome.WITHDRAWN)


class Courses(Decisions):
    """The courses with teams of one replication."""

    __slots__ = (
        "enrol_share",
        "on_entering",
        "on_leaving",
    )

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        super().__init__(plan, seed, replication)
        self.enrol_share = plan.enrol_share.tolist()
        moments = pairwise(plan.enrol_first.tolist())
        asking = [plan.enrol_team[a:b].tolist() for a, b in moments]
        self.on_leaving, self.on_entering = asking[::2], asking[1::2]

    def ask_teams(self, citizen: Citizen, teams: list[int]) -> None:
        """Enrol with these teams, unless known to them or not reached."""
        for team in teams:
            if any(request.sought == team for request in citizen.teams):
                continue
            share = self.enrol_share[team]
            if share < 1.0 and self.draws.uniform(citizen, ENROL, team) >= share:
                continue
            request = self.ask(citizen, ENROLMENT, int(self.plan.enrol_search[team]), False, 1)
            citizen.teams = (request, *citizen.teams)

    def begin_course(self, course: Request, law: int) -> None:
        """A place with the team is granted: the citizen is enrolled, wherever he or she is."""
        course.kind = TEAM
        course.admitted = self.now
        length = FAR
        if course.goal >= 0:
            length = self.decide(course)
        elif law != NONE:
            length = self.draws.duration(course.citizen, law, STAY, course.pool)
        if length < FAR:
            self.at(self.now + length, COMPLETIONS, self._complete_course, course)
        self.change_ratio(course.citizen)

    def _complete_course(self, course: Request) -> None:
        """The course has lasted as long as it was to last."""
        if course.left == NOT_YET:
            course.completed = self.now
            self.end_course(course, COURSE_ENDED)
            self.forget_team(course)
            self.change_ratio(course.citizen)

    def end_course(self, course: Request, why: int) -> None:
        """The place with the team is free."""
        course.left = self.now
        course.outcome = why
        course.is_open = False
        pool = self.pools[course.pool]
        pool.give_back(course, self.now)
        self.lists.freed(pool)

    def close_cases(self, citizen: Citizen, in_vain: bool) -> None:
        """The search for the goal, or the stay with an assessment in vain, is over."""
        for case in citizen.teams:
            if case.goal == IN_VAIN if in_vain else case.goal >= 0:
                end = self.end_search if case.admitted == NOT_YET else self.end_course
                end(case, WITHDRAWN)
                self.forget_team(case)
