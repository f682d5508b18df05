"""Time at risk of a relapse: luck is drawn once, and used up by a hazard that may change.

The ways of leaving and the courses with teams multiply the hazard.
"""

from __future__ import annotations

from abc import abstractmethod

from flexsim.chance import Draw
from flexsim.engine.admission import Admissions
from flexsim.engine.clock import NEEDS
from flexsim.engine.rules import relapse_chance, survival_after
from flexsim.engine.state import Citizen, Request
from flexsim.plan.plan import Plan
from flexsim.register import NOT_YET

RELAPSE = int(Draw.RELAPSE)


class TimeAtRisk(Admissions):
    """The luck of all citizens of one replication."""

    __slots__ = (
        "has_ratios",
        "relapse_law",
        "relapse_ratio",
        "relapse_share",
    )

    def __init__(self, plan: Plan, seed: int, replication: int) -> None:
        super().__init__(plan, seed, replication)
        self.relapse_share = plan.relapse_share.tolist()
        self.relapse_law = plan.relapse_law.tolist()
        self.has_ratios = plan.has_ratios
        self.relapse_ratio = plan.relapse_ratio.tolist()

    @abstractmethod
    def relapse(self, stay: Request) -> None:
        """A new need arises, see `simpy_engine`."""

    def take_risk(self, citizen: Citizen, stay: Request) -> None:
        """Time at risk goes on in this place, with what luck is left."""
        if citizen.survival < 0:
            citizen.survival = 1.0 - self.draws.uniform(citizen, RELAPSE, 0)
        citizen.at_risk_since = self.now
        citizen.baseline = 1.0
        if self.has_ratios:
            citizen.ratio = self._ratio(citizen)
        self._expect_relapse(citizen, stay)

    def _expect_relapse(self, citizen: Citizen, stay: Request) -> None:
        """When luck runs out if nothing changes."""
        share = self.relapse_share[stay.pool][citizen.group]
        chance = relapse_chance(citizen.survival, citizen.baseline, share, citizen.ratio)
        if chance < 1.0:
            law = self.relapse_law[stay.pool][citizen.group]
            time = citizen.at_risk_since + self.draws.at_quantile(law, chance)
            citizen.relapse_at = max(time, self.now)
            self.at(citizen.relapse_at, NEEDS, self.relapse, stay)

    def _use_luck(self, citizen: Citizen, stay: Request) -> None:
        """What is left of it now."""
        share = self.relapse_share[stay.pool][citizen.group]
        law = self.relapse_law[stay.pool][citizen.group]
        gone = self.draws.probability(law, self.now - citizen.at_risk_since)
        before, citizen.baseline = citizen.baseline, 1.0 - share * gone
        citizen.survival = survival_after(citizen.survival, before, citizen.baseline, citizen.ratio)
        citizen.relapse_at = NOT_YET

    def stop_risk(self, citizen: Citizen, stay: Request) -> None:
        """The citizen leaves: the luck that is left goes along."""
        self._use_luck(citizen, stay)
        citizen.at_risk_since = NOT_YET

    def _ratio(self, citizen: Citizen) -> float:
        """What the hazard is multiplied by: the way of leaving, and each course."""
        ratio: float = citizen.ratio_after
        for course in citizen.teams:
            if course.admitted != NOT_YET:
                ratio *= self.relapse_ratio[course.pool]
        return ratio

    def change_ratio(self, citizen: Citizen) -> None:
        """A course began or ended: the time at risk goes on with another hazard."""
        stay = citizen.place
        if not self.has_ratios or stay is None or citizen.at_risk_since == NOT_YET:
            return
        ratio = self._ratio(citizen)
        if ratio != citizen.ratio:
            self._use_luck(citizen, stay)
            citizen.ratio = ratio
            self._expect_relapse(citizen, stay)
