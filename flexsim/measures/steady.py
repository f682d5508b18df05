"""Lists that grow without end: overload has no steady state."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import Plan


class HasGrowth(Protocol):
    """A measured replication."""

    @property
    def waiting_growth(self) -> NDArray[np.float64]:
        """Requests waiting at the end of the window less those at its start, shape (P,)."""


def growth_warnings(plan: Plan, measured: Sequence[HasGrowth]) -> list[str]:
    """One line per pool whose waiting list grows, in the mean over replications.

    A list is said to grow if it grows by more than one request a year and more than three standard
    errors.
    """
    growth = np.array([m.waiting_growth for m in measured])
    years = (plan.end - plan.warm_up) / (365 * 86_400)
    mean = growth.mean(axis=0) / years
    if len(growth) < 2:
        return []
    error = growth.std(axis=0, ddof=1) / np.sqrt(len(growth)) / years
    return [
        f"no steady state: the waiting list of {name} grows by about {rate:.0f} requests a year;"
        " its waits depend on how long the run is"
        for name, rate, se in zip(plan.pools, mean, error, strict=True)
        if rate > 1 and rate > 3 * se
    ]
