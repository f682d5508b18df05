"""Measures of one replication collected as rows of the tidy result table."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Names = NDArray[np.object_]

ALL = "all"
COLUMNS = ("year", "pool", "group", "municipality", "measure")


@dataclass
class Tidy:
    """Rows of (year, pool, group, municipality, measure, value, weight)."""

    names: list[tuple[str, str, str, str, str]] = field(default_factory=list)
    values: list[float] = field(default_factory=list)
    weights: list[float] = field(default_factory=list)

    def add(
        self,
        measure: str,
        year: str,
        pool: str,
        numerator: float,
        weight: float,
        group: str = ALL,
        municipality: str = ALL,
    ) -> None:
        """One cell: numerator / weight, and the weight. Weight 0 gives no row."""
        if weight > 0:
            self.names.append((year, pool, group, municipality, measure))
            self.values.append(float(numerator) / float(weight))
            self.weights.append(float(weight))

    def add_pools(
        self,
        measure: str,
        year: str,
        pools: tuple[str, ...],
        numerator: Floats,
        weight: Floats | float,
    ) -> None:
        """One row per pool."""
        weights = np.broadcast_to(np.asarray(weight, dtype=np.float64), numerator.shape)
        for pool, top, below in zip(pools, numerator.tolist(), weights.tolist(), strict=True):
            self.add(measure, year, pool, top, below)


def frame(scenario: str, replications: list[Tidy]) -> pd.DataFrame:
    """The tidy table of all replications, in order."""
    names = [name for tidy in replications for name in tidy.names]
    counts = [len(tidy.names) for tidy in replications]
    table = pd.DataFrame(names, columns=list(COLUMNS))
    for column in COLUMNS:
        table[column] = table[column].astype("category")
    table.insert(0, "scenario", pd.Series([scenario] * len(table), dtype="category"))
    table.insert(1, "replication", np.repeat(np.arange(len(replications)), counts))
    table["value"] = np.concatenate([np.array(tidy.values) for tidy in replications])
    table["weight"] = np.concatenate([np.array(tidy.weights) for tidy in replications])
    return table
