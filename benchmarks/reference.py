"""Reference values of the benchmark model, and the check against them.

A ratio of two different models would mean nothing, so each model's results are held against values
that come from several independent engines (4 x 1,000 replications).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy import stats

from flexsim.plan.plan import COMMUNITY, WARD, Plan
from flexsim.register import COLUMNS, NOT_YET, Register, RowTable

Ints = NDArray[np.int64]

DAY = 86_400
YEAR = 365 * DAY


class Figures(NamedTuple):
    """What one replication gives, over ten years less the first."""

    ward: float
    wait: float
    delayed: float
    a: float
    b: float
    c: float


#: Name, and range of the means of the reference engines.
REFERENCE = Figures(
    ward=("ward, places in use", 55.5, 55.6),
    wait=("wait for the ward, days", 4.7, 5.1),
    delayed=("completed-treatment days a year", 690.0, 730.0),
    a=("pool A, places in use", 6.73, 6.76),
    b=("pool B, places in use", 1.755, 1.755),
    c=("pool C, places in use", 5.28, 5.30),
)

#: A mean may lie this improbably far outside its range, by its own standard error.
IMPROBABLE = 0.001


@dataclass(frozen=True)
class Check:
    """One figure of one model beside the reference."""

    name: str
    mean: float
    error: float  # standard error
    low: float
    high: float
    count: int  # replications

    @property
    def agrees(self) -> bool:
        """Whether the mean lies in the range, or outside by no more than chance."""
        apart = max(self.low - self.mean, self.mean - self.high, 0.0)
        return apart <= stats.t.isf(IMPROBABLE / 2, self.count - 1) * self.error


def check(figures: Sequence[Figures]) -> list[Check]:
    """Hold the figures of several replications against the reference."""
    table = np.array(figures, dtype=np.float64)
    count = len(table)
    mean, error = table.mean(axis=0), table.std(axis=0, ddof=1) / count**0.5
    return [
        Check(name, float(m), float(e), low, high, count)
        for (name, low, high), m, e in zip(REFERENCE, mean, error, strict=True)
    ]


@dataclass(frozen=True)
class Seconds:
    """Whole-number results of one replication of flexsim, within the window after the warm-up."""

    starts: int  # of stays in the ward
    wait: int  # before them, in all
    delayed: int  # in the ward with treatment completed
    stays: list[int]  # by pool, the whole run
    occupied: list[int]  # by pool


def add_up(register: Register, plan: Plan) -> Seconds:
    """Results taken straight from the rows, without flexsim's own measures."""
    r = register
    pools = len(plan.pools)
    stays = r.admitted != NOT_YET
    left = np.where(r.left == NOT_YET, plan.end, r.left)
    occupied = np.zeros(pools, dtype=np.int64)
    np.add.at(occupied, r.pool[stays], _inside(r.admitted, left, plan)[stays])
    ward = plan.kind[r.pool] == WARD
    started = ward & (r.admitted >= plan.warm_up)
    after = ward & (r.completed != NOT_YET)
    return Seconds(
        starts=int(started.sum()),
        wait=int((r.admitted - r.requested)[started].sum()),
        delayed=int(_inside(r.completed, left, plan)[after].sum()),
        stays=np.bincount(r.pool[stays], minlength=pools).tolist(),
        occupied=occupied.tolist(),
    )


def _inside(start: Ints, stop: Ints, plan: Plan) -> Ints:
    """Seconds of [start, stop) after the warm-up."""
    return np.maximum(stop - np.maximum(start, plan.warm_up), 0)


def as_figures(found: Seconds, plan: Plan) -> Figures:
    """Seconds as places, days, and days a year."""
    window = plan.end - plan.warm_up
    ward, a, b, c = (n / window for n in found.occupied[:4])
    delayed = found.delayed / DAY / (window / YEAR)
    return Figures(ward, found.wait / found.starts / DAY, delayed, a, b, c)


def of_register(register: Register, plan: Plan) -> Figures:
    """The figures of one replication by flexsim."""
    return as_figures(add_up(register, plan), plan)


def patient_events(register: Register | RowTable, plan: Plan) -> int:
    """Arrivals and returns, ward starts, ends of treatment, transfers, ends in a pool."""
    if isinstance(register, RowTable):
        column = {name: register.table[:, n] for n, name in enumerate(COLUMNS)}
    else:
        column = {name: getattr(register, name) for name in COLUMNS}
    kind = plan.kind[column["pool"]]
    ward, behind = kind == WARD, (kind != WARD) & (kind != COMMUNITY)
    admitted, completed, left = (
        column[name] != NOT_YET for name in ("admitted", "completed", "left")
    )
    parts = (ward, ward & admitted, ward & completed, behind & admitted, behind & left)
    return sum(int(part.sum()) for part in parts)
