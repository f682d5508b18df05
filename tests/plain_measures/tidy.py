"""Measures of one replication collected as rows of the tidy result table."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from plain_measures.view import View, total

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

ALL = "all"


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


def add_split(
    tidy: Tidy,
    view: View,
    measure: str,
    year: str,
    pool: Ints,
    citizen: Ints,
    numerator: NDArray[np.generic],
    weight: NDArray[np.generic] | float,
) -> None:
    """Rows by pool and group, and by pool and municipality (of those that the pool takes in).

    Parameters
    ----------
    pool, citizen, numerator : ndarray, shape (N,)
        What is added up.
    weight : ndarray, shape (N,), or float
        Added up likewise, or the same for every cell: then a cell where nothing happened has a row
        with 0, since leaving it out would raise the mean over replications.
    """
    for split in view.splits:
        width = len(split.names)
        cell = pool * width + split.of_citizen[citizen]
        top = total(view.pools * width, cell, numerator)
        if isinstance(weight, np.ndarray):
            below = total(view.pools * width, cell, weight)
        else:
            below = np.where(split.possible.ravel(), weight, 0.0)
        for at in np.flatnonzero(below).tolist():
            p, member = divmod(at, width)
            labels = {split.column: split.names[member]}
            tidy.add(measure, year, view.plan.pools[p], top[at], below[at], **labels)
