"""Whether what was observed agrees with what is expected, and how small an error would show."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

Table = dict[str, NDArray[np.float64]]
Values = dict[str, float]


class Rule(NamedTuple):
    """How close a long run must come, relative to the exact value; None: no such demand."""

    error: float | None
    standard_error: float


#: Means, shares, rare or heavy-tailed metrics, and small probabilities; within 3 standard errors.
RULES = {
    "mc1": Rule(0.01, 0.004),
    "mc2": Rule(0.02, 0.008),
    "mc5": Rule(0.05, 0.02),
    "mcz": Rule(None, 0.10),
}
EXACT = "exact"


class Found(NamedTuple):
    """An estimate from independent replications."""

    value: float
    standard_error: float
    replications: int


class Comparison(NamedTuple):
    """One metric beside its exact value."""

    metric: str
    exact: float
    found: Found

    @property
    def z(self) -> float:
        """Distance in standard errors."""
        apart, error = self.found.value - self.exact, self.found.standard_error
        return apart / error if error > 0 else float("inf")

    @property
    def error(self) -> float:
        """Relative distance."""
        return abs(self.found.value / self.exact - 1)

    @property
    def relative_standard_error(self) -> float:
        """Standard error relative to the exact value."""
        return self.found.standard_error / abs(self.exact)

    def limit(self, alpha: float) -> float:
        """The two-sided limit of |z|, by Student's t, that is exceeded with probability alpha."""
        return float(stats.t.isf(alpha / 2, self.found.replications - 1))

    def agrees(self, alpha: float) -> bool:
        """Whether the difference may be chance."""
        return abs(self.z) <= self.limit(alpha)

    def detectable(self, alpha: float, power: float = 0.9) -> float:
        """The smallest relative error that would fail the test with probability `power`."""
        needed = self.limit(alpha) + float(stats.t.ppf(power, self.found.replications - 1))
        return needed * self.relative_standard_error

    def meets(self, rule: Rule) -> bool:
        """Whether a long run is as close as its rule demands."""
        close = rule.error is None or self.error <= rule.error
        return abs(self.z) <= 3 and close and self.relative_standard_error <= rule.standard_error


def jackknife(table: Table, values: Callable[[Table], Values]) -> dict[str, Found]:
    """Metrics that are functions of means over replications, with standard errors.

    Parameters
    ----------
    table : dict of ndarray
        Numbers of each replication, shape (replications, ...).
    values : callable
        From the means over replications to the metrics.
    """
    n = len(next(iter(table.values())))
    total = {name: rows.sum(axis=0) for name, rows in table.items()}
    whole = values({name: rows / n for name, rows in total.items()})
    parts = [
        values({name: (total[name] - rows[i]) / (n - 1) for name, rows in table.items()})
        for i in range(n)
    ]
    found = {}
    for metric, value in whole.items():
        without = np.array([part[metric] for part in parts], dtype=float)
        error = np.sqrt((n - 1) * without.var())
        found[metric] = Found(float(n * value - (n - 1) * without.mean()), float(error), n)
    return found
