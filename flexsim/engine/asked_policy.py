"""The SimPy engine with a placement rule in Python (`flexsim.policy`)."""

from __future__ import annotations

import math

from flexsim.engine.simpy_engine import Journeys
from flexsim.engine.state import ENROLMENT, Request
from flexsim.errors import RunError
from flexsim.plan.plan import UNLIMITED, Plan
from flexsim.policy import Asking, Policy
from flexsim.register import Purpose

DAY = 86_400


class PolicyJourneys(Journeys):
    """All citizens of one replication, placed in the order that a policy gives."""

    def __init__(self, plan: Plan, seed: int, replication: int, policy: Policy) -> None:
        super().__init__(plan, seed, replication)
        self._policy = policy
        self.open_to_all = [False] * len(self.open_to_all)  # every request is the policy's

    def preferred(self, request: Request, pools: list[int]) -> list[int]:
        """The pools in the policy's order.

        Raises
        ------
        RunError
            If it names none, one twice, or one that is not to be had.
        """
        if request.purpose == ENROLMENT:
            return pools  # no choice of places
        asking = self._asking(request, pools)
        names = list(self._policy(asking))
        if not names or len(set(names)) < len(names) or not set(names) <= set(asking.pools):
            raise RunError(
                f"the policy must give one or more of {', '.join(asking.pools)}, each once"
                f" (got {names!r} for {asking.citizen} on day {asking.day:.2f})"
            )
        request.order = [self.plan.pools.index(name) for name in names]
        return request.order

    def _asking(self, request: Request, pools: list[int]) -> Asking:
        plan, citizen = self.plan, request.citizen
        names = [plan.pools[pool] for pool in pools]
        states = dict(zip(names, (self.pools[pool] for pool in pools), strict=True))
        return Asking(
            day=self.now / DAY,
            citizen=f"{plan.streams[citizen.stream]}#{citizen.nth}",
            group=plan.groups[citizen.group],
            residence=plan.municipalities[citizen.residence],
            traits={
                trait: values[value]
                for trait, values, value in zip(
                    plan.traits, plan.trait_values, citizen.traits, strict=True
                )
            },
            purpose=Purpose(request.purpose).name.lower(),
            search=plan.searches[request.search],
            here=None if citizen.place is None else plan.pools[citizen.place.pool],
            pools=tuple(names),
            occupied={name: state.used for name, state in states.items()},
            norm={
                name: math.inf if state.norm >= UNLIMITED else state.norm
                for name, state in states.items()
            },
            waiting={name: len(state.waiting) for name, state in states.items()},
        )
