"""Names of a scenario, and the position of each."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np

from flexsim.chance import stable_hash
from flexsim.plan.numbers import ints
from flexsim.plan.plan import HERE, LEAVE, NONE
from flexsim.scenario.schema import Group, Scenario

#: Municipality of everybody when a scenario names none; value of a trait a group does not have.
UNSTATED = "unstated"


@dataclass(frozen=True, eq=False)
class Names:
    """Positions of all names."""

    pools: tuple[str, ...]
    groups: tuple[str, ...]
    goals: tuple[str, ...]
    teams: tuple[str, ...]
    searches: tuple[str, ...]
    municipalities: tuple[str, ...]
    starts: Mapping[str, str]  # stream of those present at time zero -> their pool
    streams: tuple[str, ...]
    trait_values: Mapping[str, tuple[str, ...]]

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields of a Plan that are names, or follow from them alone."""
        first_search = len(self.searches) - len(self.teams)
        traits = tuple(self.trait_values)
        hashes = {
            "pool_hash": self.pools,
            "goal_hash": self.goals,
            "trait_hash": traits,
            "stream_hash": self.streams,
        }
        return {
            "pools": self.pools,
            "groups": self.groups,
            "streams": self.streams,
            "goals": self.goals,
            "searches": self.searches,
            "municipalities": self.municipalities,
            "traits": traits,
            "trait_values": tuple(self.trait_values.values()),
            "enrol_search": ints(
                first_search + self.teams.index(n) if n in self.teams else NONE for n in self.pools
            ),
        } | {
            field: np.array([stable_hash(name) for name in names], dtype=np.uint64)
            for field, names in hashes.items()
        }

    def team(self, name: str | None) -> int:
        """Position of the pool that is a team."""
        return NONE if name is None else self.pools.index(name)

    def otherwise(self, name: str) -> int:
        """Position of the pool, or the number that stands for leaving or staying."""
        reserved = {"leave": LEAVE, "here": HERE}
        return reserved[name] if name in reserved else self.pools.index(name)


def names_of(scenario: Scenario) -> Names:
    """The names of a scenario, one object for all points of a sweep of other things."""
    return _names(
        tuple(scenario.pools),
        tuple(name for name, pool in scenario.pools.items() if pool.kind == "team"),
        tuple(scenario.groups.items()),
        tuple(scenario.goals),
        tuple(scenario.searches),
        tuple(scenario.municipalities),
        tuple(scenario.streams),
        tuple(scenario.start),
    )


@lru_cache(maxsize=8)
def _names(
    pools: tuple[str, ...],
    teams: tuple[str, ...],
    groups: tuple[tuple[str, Group], ...],
    goals: tuple[str, ...],
    searches: tuple[str, ...],
    municipalities: tuple[str, ...],
    streams: tuple[str, ...],
    start: tuple[str, ...],
) -> Names:
    starts = {f"{pool}@start": pool for pool in start}
    given = [group.traits for _, group in groups]
    return Names(
        pools=pools,
        groups=tuple(name for name, _ in groups),
        goals=goals,
        teams=teams,
        searches=searches + teams,  # a team is sought by one of its name
        municipalities=municipalities or (UNSTATED,),
        starts=starts,
        streams=tuple(sorted([*streams, *starts])),
        trait_values={
            trait: (*sorted({v for traits in given for v in traits.get(trait, {})}), UNSTATED)
            for trait in sorted({trait for traits in given for trait in traits})
        },
    )
