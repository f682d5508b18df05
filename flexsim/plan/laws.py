"""Laws of a scenario gathered into the tables that a Plan holds."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import EMPIRICAL, FIXED, NONE, TABLE, UNIFORM
from flexsim.plan.quantiles import KNOTS, mean_of, residual_table, shape_of, shape_table
from flexsim.scenario.laws import Law

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Part:
    """One component of a law: value = low + scale x unit quantile."""

    share: float
    kind: int
    low: float = 0.0
    scale: float = 0.0
    table: int = NONE
    count: int = 0


@dataclass
class LawBook:
    """Collects laws once each and numbers them."""

    parts: list[list[Part]] = field(default_factory=list)
    tables: list[Floats] = field(default_factory=list)
    observed: list[float] = field(default_factory=list)
    _known: dict[tuple[object, ...], int] = field(default_factory=dict)
    _seen: dict[int, tuple[Law, int]] = field(default_factory=dict)  # by id, as long as it is held
    _shapes: dict[tuple[object, ...], int] = field(default_factory=dict)

    def number(self, law: Law | None) -> int:
        """The number of a law, NONE for no law."""
        if law is None:
            return NONE
        if id(law) not in self._seen:
            key = ("law", law.model_dump_json())
            if key not in self._known:
                self._known[key] = self._add(self._parts(law))
            self._seen[id(law)] = law, self._known[key]
        return self._seen[id(law)][1]

    def residual(self, law: int, limit_days: float = math.inf) -> int:
        """The number of the law of what remains of a duration seen at a random time.

        A limit cuts the duration; who is found in a place is as far on as the limit allows.
        """
        if law == NONE:
            return NONE
        key = ("residual", law, limit_days)
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
            return Part(share, EMPIRICAL, table=self._observe(values), count=len(values))
        shape = shape_of(law)
        table = self._table((law.law, shape), lambda: _kept_table(law.law, shape))
        return Part(share, TABLE, scale=mean_of(law, shape), table=table)

    def _observe(self, values: list[float]) -> int:
        self.observed.extend(values)
        return len(self.observed) - len(values)

    def _table(self, key: tuple[object, ...], make: Callable[[], Floats]) -> int:
        if key not in self._shapes:
            self._shapes[key] = len(self.tables)
            self.tables.append(make())
        return self._shapes[key]

    def _residual_parts(self, parts: list[Part], limit: float) -> list[Part]:
        """Parts weighted by the time spent in them, each with its stationary-excess law."""
        days = [np.minimum(self._quantiles(part), limit) for part in parts]
        tables, means = zip(*(residual_table(each) for each in days), strict=True)
        spent = [part.share * mean for part, mean in zip(parts, means, strict=True)]
        if sum(spent) == 0:
            return parts
        self.tables.extend(tables)
        first = len(self.tables) - len(tables)
        return [
            Part(time / sum(spent), TABLE, scale=1.0, table=first + n)
            for n, time in enumerate(spent)
        ]

    def _quantiles(self, part: Part) -> Floats:
        """Quantiles of a part at the knots, in days."""
        if part.kind == FIXED:
            return np.full_like(KNOTS, part.low)
        if part.kind == UNIFORM:
            return part.low + part.scale * KNOTS
        if part.kind == TABLE:
            return part.low + part.scale * self.tables[part.table]
        values = np.array(self.observed[part.table : part.table + part.count])
        found: Floats = values[np.minimum((KNOTS * part.count).astype(int), part.count - 1)]
        return found

    def arrays(self) -> dict[str, NDArray[np.generic]]:
        """The fields of a Plan that describe laws."""
        flat = [part for parts in self.parts for part in parts]
        upto = [np.cumsum([part.share for part in parts]) for parts in self.parts]
        for shares in upto:
            shares[-1] = 1.0
        knots = len(self.tables[0]) if self.tables else 0
        return {
            "law_first": np.cumsum([0] + [len(parts) for parts in self.parts], dtype=np.int64),
            "part_upto": np.concatenate([*upto, []]),
            "part_kind": np.array([part.kind for part in flat], dtype=np.int64),
            "part_low": np.array([part.low for part in flat], dtype=np.float64),
            "part_scale": np.array([part.scale for part in flat], dtype=np.float64),
            "part_table": np.array([part.table for part in flat], dtype=np.int64),
            "part_count": np.array([part.count for part in flat], dtype=np.int64),
            "quantiles": np.array(self.tables).reshape(len(self.tables), knots),
            "observed": np.array(self.observed, dtype=np.float64),
        }


@lru_cache(maxsize=128)
def _kept_table(law: str, shape: float) -> Floats:
    """A shape's table, read-only: one plan after the other has it, and it takes milliseconds."""
    table = shape_table(law, shape)
    table.flags.writeable = False
    return table
