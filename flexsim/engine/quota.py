"""Nights that a citizen, or the residents of a municipality, may spend in a pool."""

from __future__ import annotations

from flexsim.engine.rules import nights_used
from flexsim.engine.state import Citizen
from flexsim.plan.plan import OF_CITIZEN, Plan

DAY = 86_400


class Quota:
    """The quota of a pool, and the nights used of it.

    Parameters
    ----------
    plan : Plan
    pool : int
    """

    def __init__(self, plan: Plan, pool: int) -> None:
        self.of_citizen = int(plan.quota_of[pool]) == OF_CITIZEN
        self.begun = 0  # the month or year
        self._nights: list[int] = plan.quota_nights[pool].tolist()
        #: of a citizen (rank) or municipality: nights used, people there, since when
        self._accounts: dict[int, tuple[int, int, int]] = {}

    def nights_left(self, citizen: Citizen, now: int) -> int:
        """Nights left in this month or year; none, or fewer, if it is used up."""
        account = self._accounts.get(self._holder(citizen), (0, 0, 0))
        return self._nights[citizen.residence] - nights_used(*account, self.begun, now)

    def enter(self, citizen: Citizen, now: int, limit: int) -> int:
        """The citizen moves in; gives the longest stay, shortened to the citizen's nights."""
        if self.of_citizen:
            limit = min(limit, DAY * max(0, self.nights_left(citizen, now)))
        self._count(citizen, now, 1)
        return limit

    def leave(self, citizen: Citizen, now: int) -> None:
        """The citizen leaves the place."""
        self._count(citizen, now, -1)

    def _holder(self, citizen: Citizen) -> int:
        return citizen.rank if self.of_citizen else citizen.residence

    def _count(self, citizen: Citizen, now: int, change: int) -> None:
        holder = self._holder(citizen)
        used, present, since = self._accounts.get(holder, (0, 0, 0))
        used = nights_used(used, present, since, self.begun, now)
        self._accounts[holder] = used, present + change, now
