"""A placement rule of one's own, in Python, for research.

A policy is asked each time a citizen asks for a place. It sees what a caseworker would see and says
in which order the pools are to be tried; pools that it leaves out are not considered. Everything
else (waiting lists, reserves, surge, patience) stays as the scenario says.

It must be a function of what it is given, or results depend on chance that no seed controls. Only
the SimPy engine can ask a policy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Asking:
    """A citizen asks for a place.

    Attributes
    ----------
    day : float
        Since the start of the run.
    citizen, group, residence : str
    traits : mapping
        Value by trait.
    purpose : str
        ``need``, ``goal`` or ``bridge``.
    search : str
    here : str or None
        The pool where the citizen is now.
    pools : tuple of str
        Those of the search that would take the citizen, in its order.
    occupied, norm, waiting : mapping
        By each of these pools: places occupied or held, places of the norm (infinite if unlimited),
        and requests on its list.
    """

    day: float
    citizen: str
    group: str
    residence: str
    traits: Mapping[str, str]
    purpose: str
    search: str
    here: str | None
    pools: tuple[str, ...]
    occupied: Mapping[str, int]
    norm: Mapping[str, float]
    waiting: Mapping[str, int]


#: Gives one or more of ``asking.pools``, in order of preference.
Policy = Callable[[Asking], Sequence[str]]


def least_occupied(asking: Asking) -> Sequence[str]:
    """Example: the pool with the lowest share of its places in use comes first."""
    return sorted(asking.pools, key=lambda pool: asking.occupied[pool] / max(asking.norm[pool], 1))
