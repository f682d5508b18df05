"""Replications until the intervals of stated measures are as narrow as asked for.

The rule of Hoad, Robinson and Davies (2010, Journal of the Operational Research Society 61,
1632-1644): look at the half-widths after each replication from the fewest on; once all are met,
look some replications further, and end if they are met at each of those as well. Replications count
in their order, so the result does not depend on the number of workers.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.errors import ScenarioError
from flexsim.measures.interval import interval
from flexsim.measures.known import OF_QUANTILES, absent
from flexsim.measures.layout import Cells, layout_of
from flexsim.measures.periods import ALL
from flexsim.measures.units import unit
from flexsim.message import Message, rounded
from flexsim.plan.plan import Plan
from flexsim.scenario.schema import HalfWidth, Run

Floats = NDArray[np.float64]

#: Replications looked ahead, and how many of a hundred where there are more than a hundred.
LOOK_AHEAD = 5


class Seen(NamedTuple):
    """A mean, and half the length of its 95 % interval."""

    mean: float
    half_width: float


class Reached(NamedTuple):
    """What was asked for and what was reached, both in the unit of the measure."""

    pool: str
    measure: str
    unit: str
    mean: float
    asked: float
    half_width: float
    met: bool
    needed: float  # replications that it takes, as it looks

    def words(self, replications: int) -> str:
        """Say that the most replications came first."""
        more = (
            Message(" and would take about {needed}", needed=rounded(self.needed, 2))
            if self.needed < math.inf
            else ""
        )
        return Message(
            "run.until.{pool}.{measure}: the half-width is {half_width} after {replications}"
            " replications, the most allowed; {asked} was asked for{more}",
            pool=self.pool,
            measure=self.measure,
            half_width=rounded(self.half_width),
            replications=replications,
            asked=rounded(self.asked),
            more=more,
        )


@dataclass(frozen=True)
class Asked:
    """One half-width that was asked for, and where its measure stands in the layout."""

    pool: str
    measure: str
    width: HalfWidth
    cell: int

    def allowed(self, mean: float) -> float:
        """The half-width asked for, in the unit of the measure."""
        if self.width.half_width is not None:
            return self.width.half_width
        return (self.width.relative or 0.0) * abs(mean)

    def reached(self, seen: Seen, replications: int) -> Reached:
        """What has been reached after so many replications."""
        allowed = self.allowed(seen.mean)
        # the square of a half-width falls as replications are added
        ratio = seen.half_width / allowed if allowed > 0 else math.inf
        needed = replications * ratio**2 if seen.half_width > 0 else 0.0
        return Reached(
            self.pool,
            self.measure,
            unit(self.measure),
            seen.mean,
            allowed,
            seen.half_width,
            seen.half_width <= allowed,  # not if NaN
            needed,
        )


class Until:
    """Decides, replication by replication, whether there are enough.

    Parameters
    ----------
    plan : Plan
    run : Run
        Its `until`, `replications` (the fewest) and `most_replications`.

    Raises
    ------
    ScenarioError
        If a pool or a measure is not known.
    """

    def __init__(self, plan: Plan, run: Run) -> None:
        self.asked = tuple(_asked(plan, run))
        self.fewest = run.replications
        self.most = run.most_replications if self.asked else run.replications
        self._cells = np.array([asked.cell for asked in self.asked], dtype=np.int64)
        self._top: list[Floats] = []
        self._weight: list[Floats] = []
        self._met_since = 0
        self.replications = 0
        self.reached: list[Reached] = []

    def add(self, cells: Cells) -> None:
        """Take in the next replication."""
        self.replications += 1
        if not self.asked:
            return
        self._top.append(cells.numerator[self._cells])
        self._weight.append(cells.weight[self._cells])
        n = self.replications
        if n >= self.fewest:
            seen = half_widths(np.array(self._top), np.array(self._weight))
            self.reached = [a.reached(s, n) for a, s in zip(self.asked, seen, strict=True)]
            is_met = all(one.met for one in self.reached)
            self._met_since = (self._met_since or n) if is_met else 0

    @property
    def total(self) -> int | None:
        """How many replications there will be, where that is known beforehand."""
        return None if self.asked else self.most

    @property
    def enough(self) -> bool:
        """Whether no further replication is needed, or allowed."""
        if self.replications >= self.most:
            return True
        met = self._met_since
        return bool(met) and self.replications - met >= _look_ahead(met)

    @property
    def expected(self) -> int:
        """How many replications there will be in all, as it looks at present."""
        if self._met_since:
            return min(self._met_since + _look_ahead(self._met_since), self.most)
        needed = max((one.needed for one in self.reached), default=0.0)
        least = max(self.fewest, min(self.replications + 1, self.most))
        if not self.reached or not math.isfinite(needed):
            return least
        return max(least, min(math.ceil(needed) + _look_ahead(needed), self.most))


def half_widths(top: Floats, weight: Floats) -> list[Seen]:
    """Means of ratios of sums, with the half-widths of their 95 % intervals.

    Parameters
    ----------
    top, weight : ndarray, shape (R, C)
        Numerator and denominator in each replication.
    """
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = top.sum(axis=0) / weight.sum(axis=0)
        left_out = (top.sum(axis=0) - top) / (weight.sum(axis=0) - weight)
    low, high = interval(mean, left_out)
    return [Seen(float(m), float(half)) for m, half in zip(mean, (high - low) / 2, strict=True)]


def _look_ahead(replications: float) -> int:
    return max(LOOK_AHEAD, int(LOOK_AHEAD * replications / 100))


def _asked(plan: Plan, run: Run) -> Iterator[Asked]:
    faults = []
    for pool, measures in run.until.items():
        for measure, width in measures.items():
            fault = absent(plan, pool, measure)
            if fault and measure in OF_QUANTILES:
                fault = Message(
                    "{measure} is a quantile, which has no value of a single replication",
                    measure=measure,
                )
            if fault:
                faults.append(f"run.until.{pool}.{measure}: " + fault)
            else:
                yield Asked(pool, measure, width, _cell(plan, pool, measure))
    if faults:
        raise ScenarioError(faults)


def _cell(plan: Plan, pool: str, measure: str) -> int:
    """Position of a measure of everybody over the whole window in the layout."""
    names = layout_of(plan).names
    wanted = {"year": ALL, "pool": pool, "group": ALL, "municipality": ALL, "measure": measure}
    chosen = np.logical_and.reduce([names[name] == value for name, value in wanted.items()])
    return int(np.flatnonzero(chosen)[0])
