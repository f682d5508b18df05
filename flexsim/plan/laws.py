"""Laws of a scenario gathered into the tables that a Plan holds."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import EMPIRICAL, FIXED, NONE, TABLE, UNIFORM
from flexsim.plan.quantiles import KNOTS, mean_of, residual_table, shape_of, shape_table
from flexsim.scenario.laws import Law

Floats = NDArray[np.float64]


class Part(NamedTuple):
    """One component of a law: value = low + scale x unit quantile."""

    share: float
    kind: int
    low: float = 0.0
    scale: float = 0.0
    table: int = NONE  # row of the tables, or first of the observed values
    observed: int = 0  # number of values


@dataclass(frozen=True, eq=False)
class Table:
    """Quantiles at the knots, read-only: one object for many plans, since making it takes long."""

    quantiles: Floats
    spent: float = 1.0  # mean of the whole duration, if the quantiles are of what remains of it

    def __post_init__(self) -> None:
        self.quantiles.flags.writeable = False


@dataclass
class LawBook:
    """Collects laws once each and numbers them."""

    parts: list[list[Part]] = field(default_factory=list)
    tables: list[Table] = field(default_factory=list)
    observed: list[float] = field(default_factory=list)
    _known: dict[object, int] = field(default_factory=dict)
    _shapes: dict[tuple[str, float], int] = field(default_factory=dict)

    def number(self, law: Law | None) -> int:
        """The number of a law, NONE for no law."""
        if law is None:
            return NONE
        text = _text(law)
        if text not in self._known:
            self._known[text] = self._add(self._parts(law))
        return self._known[text]

    def residual(self, law: int, limit_days: float = math.inf) -> int:
        """The number of the law of what remains of a duration seen at a random time.

        A limit cuts the duration; who is found in a place is as far on as the limit allows.
        """
        if law == NONE:
            return NONE
        key = law, limit_days
        if key not in self._known:
            self._known[key] = self._add(self._residual_parts(self.parts[law], limit_days))
        return self._known[key]

    def _add(self, parts: list[Part]) -> int:
        self.parts.append(parts)
        return len(self.parts) - 1

    def _parts(self, law: Law) -> list[Part]:
        if law.parts is not None:
            return [self._part(part.stay, part.share) for part in law.parts.values()]
        return [self._part(law, 1.0)]

    def _part(self, law: Law, share: float) -> Part:
        if law.law == "fixed":
            return Part(share, FIXED, low=law.mean_days or 0.0)
        if law.law == "uniform":
            low, high = law.low_days or 0.0, law.high_days or 0.0
            return Part(share, UNIFORM, low=low, scale=high - low)
        if law.observed_days is not None:
            values = sorted(law.observed_days)
            return Part(share, EMPIRICAL, table=self._observe(values), observed=len(values))
        shape, mean = _shape_and_mean(law)
        key = law.law, shape
        if key not in self._shapes:
            self._shapes[key] = self._keep(_shape_table(*key))
        return Part(share, TABLE, scale=mean, table=self._shapes[key])

    def _observe(self, values: list[float]) -> int:
        self.observed.extend(values)
        return len(self.observed) - len(values)

    def _keep(self, table: Table) -> int:
        self.tables.append(table)
        return len(self.tables) - 1

    def _residual_parts(self, parts: list[Part], limit: float) -> list[Part]:
        """Parts weighted by the time spent in them, each with its stationary-excess law."""
        tables = [
            _remaining(part.kind, part.low, part.scale, self._given(part), limit) for part in parts
        ]
        spent = [part.share * table.spent for part, table in zip(parts, tables, strict=True)]
        if sum(spent) == 0:
            return parts
        return [
            Part(time / sum(spent), TABLE, scale=1.0, table=self._keep(table))
            for time, table in zip(spent, tables, strict=True)
        ]

    def _given(self, part: Part) -> Table | tuple[float, ...]:
        """The table of a part, or the values observed."""
        if part.kind == TABLE:
            return self.tables[part.table]
        return tuple(self.observed[part.table : part.table + part.observed])

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The fields of a Plan that describe laws."""
        flat = [part for parts in self.parts for part in parts]
        upto = [[*accumulate(part.share for part in parts[:-1]), 1.0] for parts in self.parts]
        return {
            "law_first": np.cumsum([0] + [len(parts) for parts in self.parts], dtype=np.int64),
            "part_upto": np.array([share for shares in upto for share in shares]),
            "part_kind": np.array([part.kind for part in flat], dtype=np.int64),
            "part_low": np.array([part.low for part in flat], dtype=np.float64),
            "part_scale": np.array([part.scale for part in flat], dtype=np.float64),
            "part_table": np.array([part.table for part in flat], dtype=np.int64),
            "part_count": np.array([part.observed for part in flat], dtype=np.int64),
            "quantiles": _stacked(tuple(self.tables)),
            "observed": np.array(self.observed, dtype=np.float64),
        }


@lru_cache(maxsize=1024)
def _text(law: Law) -> str:
    """What a law says; laws that say the same have one number."""
    return law.model_dump_json()


@lru_cache(maxsize=1024)
def _shape_and_mean(law: Law) -> tuple[float, float]:
    """Shape of a law with one part, and its mean in days."""
    shape = shape_of(law)
    return shape, mean_of(law, shape)


@lru_cache(maxsize=128)
def _shape_table(law: str, shape: float) -> Table:
    return Table(shape_table(law, shape))


@lru_cache(maxsize=128)
def _remaining(
    kind: int, low: float, scale: float, given: Table | tuple[float, ...], limit: float
) -> Table:
    """What remains of a duration, cut at a limit in days, seen at a random time."""
    if isinstance(given, Table):
        days = low + scale * given.quantiles
    elif kind == FIXED:
        days = np.full_like(KNOTS, low)
    elif kind == UNIFORM:
        days = low + scale * KNOTS
    else:
        days = np.array(given)[np.minimum((KNOTS * len(given)).astype(int), len(given) - 1)]
    return Table(*residual_table(np.minimum(days, limit)))


@lru_cache(maxsize=8)
def _stacked(tables: tuple[Table, ...]) -> Floats:
    """Tables below each other, shape (tables, knots)."""
    knots = len(tables[0].quantiles) if tables else 0
    return np.array([table.quantiles for table in tables]).reshape(len(tables), knots)
