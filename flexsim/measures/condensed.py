"""The summary of many replications straight from their cells: a sweep has no time for tables.

The same numbers as `summary.summarise`, bit for bit, in the order of the layout.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.blocks import Blocks
from flexsim.measures.cells import Drawn
from flexsim.measures.interval import interval
from flexsim.measures.layout import Cells, layout_of
from flexsim.measures.periods import ALL
from flexsim.measures.quantiles import estimates_of_blocks, with_intervals
from flexsim.measures.summary import CELL, within_bounds, year_bounds
from flexsim.measures.units import unit
from flexsim.plan.plan import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

NAMES = (*CELL, "unit")
NUMBERS = ("mean", "low", "high", "year_low", "year_high")


class Condensed(NamedTuple):
    """A summary, K rows."""

    names: dict[str, NDArray[np.object_]]  # by `NAMES`, (K,)
    numbers: Floats  # (K, 5), by `NUMBERS`; NaN where there is none
    n: Ints  # (K,) replications (or blocks of them) in which there was anything


class _Rows(NamedTuple):
    """Cells of the whole window, W in all, and those of their single years."""

    names: dict[str, NDArray[np.object_]]  # (W,)
    whole: Ints  # (W,) position among the cells
    years: Ints  # (W, Y) the same; the number of cells where there is none


def condensed(plan: Plan, cells: Sequence[Cells], blocks: Blocks) -> Condensed:
    """The summary of some replications: their cells one by one, their counts by block."""
    rows = _rows(layout_of(plan).drawn)
    top = np.array([cell.numerator for cell in cells])
    weight = np.array([cell.weight for cell in cells])
    with np.errstate(invalid="ignore", divide="ignore"):
        value = np.where(weight > 0, top / weight, np.nan)
    there = np.flatnonzero((weight[:, rows.whole] > 0).any(axis=0))
    whole = rows.whole[there]
    # taken, not indexed: in another order in memory, sums would end in other bits
    mean, left_out = _ratios(value.take(whole, axis=1), weight.take(whole, axis=1))
    low, high = interval(mean, left_out)
    padded = np.append(value, np.full((len(value), 1), np.nan), axis=1)
    years = padded[:, rows.years[there]].transpose(1, 0, 2).reshape(len(there), -1)
    n = (weight[:, whole] > 0).sum(axis=0)
    names = {name: column[there] for name, column in rows.names.items()}
    low, high = within_bounds(low, high, names["measure"], names["unit"])
    found = Condensed(names, np.stack([mean, low, high, *year_bounds(years)], axis=1), n)
    return _together(found, _quantiles(plan, blocks))


def _ratios(value: Floats, weight: Floats) -> tuple[Floats, Floats]:
    """Sum of numerators over sum of weights, in all (W,) and without each replication (R, W)."""
    top = np.where(weight > 0, value * weight, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = top.sum(axis=0) / weight.sum(axis=0)
        left_out = (top.sum(axis=0) - top) / (weight.sum(axis=0) - weight)
    return mean, left_out


@lru_cache(maxsize=8)
def _rows(drawn: Drawn) -> _Rows:
    table = pd.DataFrame({name: np.asarray(column) for name, column in drawn.names.items()})
    table["at"] = np.arange(len(table))
    is_whole = table["year"] == ALL
    whole = table[is_whole]
    wide = table[~is_whole].pivot_table(index=CELL, columns="year", values="at", aggfunc="first")
    wide = wide.reindex(pd.MultiIndex.from_frame(whole[CELL])).fillna(len(table))
    names = {name: whole[name].to_numpy(dtype=object) for name in CELL}
    names["unit"] = np.array([unit(name) for name in names["measure"]], dtype=object)
    return _Rows(names, whole["at"].to_numpy(), wide.to_numpy(dtype=np.int64))


def _quantiles(plan: Plan, blocks: Blocks) -> Condensed:
    found = with_intervals(estimates_of_blocks(plan.pools, blocks))
    everybody = np.full(len(found.pool), ALL, dtype=object)
    names = {
        "pool": np.array(found.pool, dtype=object),
        "group": everybody,
        "municipality": everybody,
        "measure": np.array(found.measure, dtype=object),
        "unit": np.array([unit(name) for name in found.measure], dtype=object),
    }
    low, high = within_bounds(found.low, found.high, names["measure"], names["unit"])
    missing = np.full(len(found.pool), np.nan)
    numbers = np.stack([found.mean, low, high, missing, missing], axis=1)
    return Condensed(names, numbers, np.array(found.n, dtype=np.int64))


def _together(first: Condensed, second: Condensed) -> Condensed:
    names = {name: np.concatenate([first.names[name], second.names[name]]) for name in NAMES}
    numbers = np.concatenate([first.numbers, second.numbers])
    return Condensed(names, numbers, np.concatenate([first.n, second.n]))
