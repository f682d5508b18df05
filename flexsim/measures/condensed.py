"""The summary of many replications straight from their cells: a sweep has no time for tables.

The same numbers as `summary.summarise`, bit for bit, in the order of the layout: sums are those of
the replications in order, and what is left out is taken away from them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.measures.blocks import Blocks
from flexsim.measures.cells import Drawn
from flexsim.measures.hours import COUNTED
from flexsim.measures.interval import half_width, students
from flexsim.measures.layout import Cells, layout_of
from flexsim.measures.periods import ALL
from flexsim.measures.quantiles import estimates_of_blocks, names_of_quantiles, with_intervals
from flexsim.measures.room import room
from flexsim.measures.summary import CELL, at_most_one, within_bounds
from flexsim.measures.units import unit
from flexsim.plan.plan import Plan

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Narrow = NDArray[np.uint32]
Bools = NDArray[np.bool_]
Texts = NDArray[np.object_]

NAMES = (*CELL, "unit")
NUMBERS = ("mean", "low", "high", "year_low", "year_high")


@dataclass(frozen=True, eq=False)
class Names:
    """Names of the rows of a summary; one object for all points that have these rows."""

    columns: Mapping[str, Texts]  # by `NAMES`, (K,)


class Condensed(NamedTuple):
    """A summary, K rows."""

    names: Names
    numbers: Floats  # (5, K), by `NUMBERS`; NaN where there is none
    n: Ints  # (K,) replications (or blocks of them) in which there was anything


class _Rows(NamedTuple):
    """What a summary may have: W cells of the whole window, then quantiles; N rows."""

    columns: Mapping[str, Texts]  # (N,)
    at_most_one: Bools  # (N,)
    whole: Narrow  # (W,) position among the cells
    years: Narrow  # (W, Y) the same of their single years; the number of cells where there is none


def condensed(plan: Plan, cells: Sequence[Cells], blocks: Blocks) -> Condensed:
    """The summary of some replications: their cells one by one, their counts by block."""
    drawn = layout_of(plan).drawn
    rows = _rows(drawn, plan.pools)
    quantiles = with_intervals(estimates_of_blocks(blocks), len(plan.pools))
    wide = len(rows.whole)
    numbers, n = np.full((5, len(rows.at_most_one)), np.nan), np.empty(len(rows.at_most_one), int)
    _summed(rows, cells, numbers[:, :wide], n[:wide])
    numbers[:3, wide:], n[wide:] = quantiles[:3], quantiles.n
    numbers[1], numbers[2] = within_bounds(numbers[1], numbers[2], rows.at_most_one)
    there = np.isfinite(numbers[0])
    return Condensed(_names(drawn, plan.pools, there.tobytes()), numbers[:, there], n[there])


def _summed(rows: _Rows, cells: Sequence[Cells], numbers: Floats, n: Ints) -> None:
    """Fill in the numbers of the cells, shape (5, W)."""
    wide, years = rows.years.shape
    top, weight = room("top", (wide, len(cells))), room("weight", (wide, len(cells)))
    values = room("values", (wide, len(cells) * years))
    with np.errstate(invalid="ignore", divide="ignore"):  # where nothing is compiled
        for r, cell in enumerate(cells):
            _take_in(cell.numerator, cell.weight, rows.whole, rows.years, r, top, weight, values)
        values.sort(axis=1)  # missing ones last
        _summarise(top, weight, values, students(len(cells))[len(cells)], numbers, n)


@entry
def _take_in(
    numerator: Floats,
    share: Floats,
    whole: Narrow,
    years: Narrow,
    replication: int,
    top: Floats,
    weight: Floats,
    values: Floats,
) -> None:
    """Note the cells of a replication.

    Parameters
    ----------
    numerator, share : ndarray, shape (C,)
        Of its cells.
    top, weight : ndarray, shape (W, R)
        Set to numerator and weight of the whole window.
    values : ndarray, shape (W, R x Y)
        Set to the values of single years; NaN where there is none.
    """
    for w in range(len(whole)):
        at = whole[w]
        weight[w, replication] = share[at]
        # by way of the value, which is what tables have
        top[w, replication] = numerator[at] / share[at] * share[at] if share[at] > 0 else 0.0
        for year in range(years.shape[1]):
            at, to = years[w, year], replication * years.shape[1] + year
            there = at < len(share) and share[at] > 0
            values[w, to] = numerator[at] / share[at] if there else np.nan


@entry
def _summarise(
    top: Floats, weight: Floats, values: Floats, student: float, numbers: Floats, n: Ints
) -> None:
    """Set the numbers of each cell and in how many replications it is; NaN if in none."""
    left_out = np.empty(top.shape[1])
    for w in range(len(top)):
        all_top, all_weight, n[w] = top[w, 0], weight[w, 0], weight[w, 0] > 0
        for r in range(1, len(left_out)):
            all_top += top[w, r]
            all_weight += weight[w, r]
            n[w] += weight[w, r] > 0
        for r in range(len(left_out)):
            left_out[r] = (all_top - top[w, r]) / (all_weight - weight[w, r])
        mean, half = all_top / all_weight, half_width(left_out, student)
        numbers[0, w], numbers[1, w], numbers[2, w] = mean, mean - half, mean + half
        count = len(values[w])
        while count > 0 and not np.isfinite(values[w, count - 1]):
            count -= 1
        numbers[3, w], numbers[4, w] = _at(values[w, :count], 0.05), _at(values[w, :count], 0.95)


@part
def _at(values: Floats, q: float) -> float:
    """A quantile of values in order, linear between neighbours; NaN if there are none."""
    if len(values) == 0:
        return np.nan
    rank = q * (len(values) - 1)
    below = int(rank)
    lower, upper = values[below], values[min(below + 1, len(values) - 1)]
    return lower + (upper - lower) * (rank - below)


@lru_cache(maxsize=8)
def _rows(drawn: Drawn, pools: tuple[str, ...]) -> _Rows:
    table = pd.DataFrame({name: np.asarray(column) for name, column in drawn.names.items()})
    table["at"] = np.arange(len(table))
    is_whole = table["year"] == ALL
    whole = table[is_whole]
    wide = table[~is_whole].pivot_table(index=CELL, columns="year", values="at", aggfunc="first")
    wide = wide.reindex(pd.MultiIndex.from_frame(whole[CELL])).fillna(len(table))
    pool, measure = names_of_quantiles(pools, COUNTED)
    everybody = np.full(len(pool), ALL, dtype=object)
    quantiles = {"pool": pool, "group": everybody, "municipality": everybody, "measure": measure}
    columns = {
        name: np.concatenate([whole[name].to_numpy(dtype=object), quantiles[name]]) for name in CELL
    }
    columns["unit"] = np.array([unit(m) if m else "" for m in columns["measure"]], dtype=object)
    bounded = at_most_one(columns["measure"], columns["unit"])
    return _Rows(columns, bounded, whole["at"].to_numpy(np.uint32), wide.to_numpy(np.uint32))


@lru_cache(maxsize=64)
def _names(drawn: Drawn, pools: tuple[str, ...], there: bytes) -> Names:
    """Names of those rows that are there."""
    columns = _rows(drawn, pools).columns
    return Names(
        {name: column[np.frombuffer(there, dtype=bool)] for name, column in columns.items()}
    )
