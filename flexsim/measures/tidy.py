"""The tidy result table: the cells of all replications, one row each."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import lru_cache

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.cells import COLUMNS
from flexsim.measures.hours import COUNTED, Counts
from flexsim.measures.layout import Cells, layout_of
from flexsim.plan.plan import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Narrow = NDArray[np.int8] | NDArray[np.int32]


def frame(scenario: str, plan: Plan, cells: Sequence[Cells]) -> pd.DataFrame:
    """The tidy table of all replications, in order. Weight 0 gives no row.

    Parameters
    ----------
    cells : sequence of Cells
        One for each replication.
    """
    layout = layout_of(plan)
    kept = [np.flatnonzero(weight > 0) for _, weight in cells]
    counts = [len(rows) for rows in kept]
    cell = np.concatenate([np.zeros(0, dtype=np.int64), *kept]).astype(np.int32)
    weights = np.empty(len(cell))
    values = np.empty(len(cell))
    begin = 0
    for rows, (numerator, weight) in zip(kept, cells, strict=True):
        end = begin + len(rows)
        weights[begin:end] = weight[rows]
        values[begin:end] = numerator[rows] / weights[begin:end]
        begin = end
    table: dict[str, object] = {
        "scenario": _categorical(np.zeros(len(cell), np.int8), [scenario]),
        "replication": np.repeat(np.arange(len(cells)), counts),
    }
    table |= {name: layout.drawn.columns[name].take(cell) for name in COLUMNS}
    return pd.DataFrame(table | {"value": values, "weight": weights}, copy=False)


def count_table(pools: Sequence[str], counts: Iterable[Counts]) -> pd.DataFrame:
    """Waits, stays and time counted by level: pool, measure, level, over, open, block.

    Parameters
    ----------
    counts : iterable
        Those of each block of replications.
    """
    blocks = list(counts)
    rows = np.array([np.diff(block.first) for block in blocks])  # of each block and cell
    measure, pool = np.divmod(np.arange(rows.shape[1]), len(pools))
    narrow = np.min_scalar_type(-rows.shape[1])

    def each(of_cell: Ints) -> Narrow:
        """What every row of a cell has."""
        return np.repeat(np.tile(of_cell.astype(narrow), len(blocks)), rows.ravel())

    return pd.DataFrame(
        {
            "pool": _categorical(each(pool), pools),
            "measure": _categorical(each(measure), COUNTED),
            "level": np.concatenate([block.level for block in blocks]),
            "over": np.concatenate([block.over for block in blocks], dtype=np.int64),
            "open": np.concatenate([block.open for block in blocks], dtype=np.int64),
            "block": np.repeat(np.arange(len(blocks), dtype=np.int32), rows.sum(axis=1)),
        },
        copy=False,
    )


def _categorical(codes: Ints | Narrow, names: Sequence[str]) -> pd.Categorical[str]:
    # the codes are positions in the names, whatever they are; to look through them takes time
    return pd.Categorical.from_codes(codes, dtype=_kind(tuple(names)), validate=False)


@lru_cache(maxsize=32)
def _kind(names: tuple[str, ...]) -> pd.CategoricalDtype[str]:
    """The type of a column with these names: one for all tables of a sweep."""
    return pd.CategoricalDtype(pd.Index(names))
