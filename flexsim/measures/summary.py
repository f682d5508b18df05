"""Many replications in one line: mean, 95 % interval, and what a single year may show."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.interval import interval
from flexsim.measures.periods import ALL
from flexsim.measures.quantiles import quantile_table
from flexsim.measures.units import unit

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]
Names = NDArray[np.object_]

CELL = ["pool", "group", "municipality", "measure"]


def summarise(measures: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Summary of the tidy table and the counts of a result.

    The mean is the sum of numerators over the sum of weights; its interval is by jackknife over
    replications with Student's t; `year_low` to `year_high` hold 90 % of single budget years.

    Returns
    -------
    DataFrame
        pool, group, municipality, measure, unit, mean, low, high, year_low, year_high, n.
    """
    names, cell = cells_of(measures)
    mean, left_out, n = ratios(measures, cell, len(names))
    low, high = interval(mean, left_out)
    found = pd.DataFrame({"mean": mean, "low": low, "high": high, "n": n})
    years = year_range(single_years(measures, cell, len(names)))
    table = pd.concat([names, found, years], axis=1)
    quantiles = quantile_table(counts)
    if len(quantiles):
        quantiles = quantiles.assign(group=ALL, municipality=ALL)
        table = pd.concat([table, quantiles], ignore_index=True)
    table["unit"] = table["measure"].map({name: unit(name) for name in set(table["measure"])})
    low, high, measure, units = (
        table[name].to_numpy() for name in ("low", "high", "measure", "unit")
    )
    table["low"], table["high"] = within_bounds(low, high, at_most_one(measure, units))
    return table[[*CELL, "unit", "mean", "low", "high", "year_low", "year_high", "n"]]


def at_most_one(measure: Names, unit: Names) -> Bools:
    """Which measures cannot be above 1: shares, but for the use of places with a surge."""
    found: Bools = (unit == "share") & (measure != "utilisation")
    return found


def within_bounds(low: Floats, high: Floats, at_most_one: Bools) -> tuple[Floats, Floats]:
    """Ends of intervals cut off where the measure cannot be; none can be negative."""
    return np.maximum(low, 0), np.where(at_most_one, np.minimum(high, 1), high)


def cells_of(measures: pd.DataFrame) -> tuple[pd.DataFrame, Ints]:
    """Names of the cells of the whole window as they first appear, and the cell of each row.

    The cell is -1 where the whole window has none. Names are compared by their codes: a long run
    has millions of rows.
    """
    columns = [measures[name].astype("category").cat for name in CELL]
    key = np.zeros(len(measures), dtype=np.int64)
    for column in columns:
        key = key * len(column.categories) + column.codes.to_numpy()
    found = pd.unique(key[(measures["year"] == ALL).to_numpy()])
    number = np.full(np.prod([len(column.categories) for column in columns]), -1)
    number[found] = np.arange(len(found))
    names = {}
    rest = found
    for name, column in zip(reversed(CELL), reversed(columns), strict=True):
        rest, code = np.divmod(rest, max(len(column.categories), 1))
        names[name] = column.categories.astype(str)[code]
    return pd.DataFrame({name: names[name] for name in CELL}), number[key]


def ratios(measures: pd.DataFrame, cell: Ints, cells: int) -> tuple[Floats, Floats, Ints]:
    """Sum of numerators over sum of weights of the whole window, cell by cell.

    Parameters
    ----------
    measures : DataFrame
    cell : ndarray
        The cell of each row, as given by `cells_of`.
    cells : int
        How many there are, C.

    Returns
    -------
    mean : ndarray, shape (C,)
        NaN where nothing was measured.
    left_out : ndarray, shape (R, C)
        The same without each replication.
    n : ndarray, shape (C,)
        Replications in which the cell has a weight.
    """
    rows = np.flatnonzero((measures["year"] == ALL).to_numpy())
    replication = measures["replication"].to_numpy()[rows]
    values = measures["weight"].to_numpy()[rows]
    at = replication * cells + cell[rows]
    top, weight = np.zeros((2, int(replication.max(initial=-1)) + 1, cells))
    weight.ravel()[at] = values
    top.ravel()[at] = measures["value"].to_numpy()[rows] * values
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = top.sum(axis=0) / weight.sum(axis=0)
        left_out = (top.sum(axis=0) - top) / (weight.sum(axis=0) - weight)
    return mean, left_out, (weight > 0).sum(axis=0)


def single_years(measures: pd.DataFrame, cell: Ints, cells: int) -> Floats:
    """Values of the single budget years, shape (C, replications, years); NaN where there is none.

    `cell` and `cells` are as for `ratios`.
    """
    rows = np.flatnonzero((measures["year"] != ALL).to_numpy() & (cell >= 0))
    which, names = pd.factorize(measures["year"].array[rows])
    year = np.array([int(name) for name in names], dtype=np.int64)[which] - 1
    replication = measures["replication"].to_numpy()[rows]
    shape = cells, int(replication.max(initial=-1)) + 1, int(year.max(initial=-1)) + 1
    values = np.full(shape, np.nan)
    values[cell[rows], replication, year] = measures["value"].to_numpy()[rows]
    return values


def year_range(years: Floats) -> pd.DataFrame:
    """5 and 95 % of the single years of all replications, linear between neighbours.

    Parameters
    ----------
    years : ndarray, shape (C, replications, years)
    """
    low, high = year_bounds(years.reshape(len(years), -1))
    return pd.DataFrame({"year_low": low, "year_high": high})


def year_bounds(years: Floats) -> tuple[Floats, Floats]:
    """5 and 95 % of each row of single years, shape (C, any)."""
    values = np.sort(years, axis=1)  # missing ones last
    count = np.isfinite(values).sum(axis=1)
    return _at(values, count, 0.05), _at(values, count, 0.95)


def _at(values: Floats, count: Ints, q: float) -> Floats:
    """A quantile of the first `count` of each row, in order; NaN if there are none."""
    if not values.size:
        return np.full(len(values), np.nan)
    rank = q * np.maximum(count - 1, 0)
    below = np.floor(rank).astype(np.int64)
    above = np.minimum(below + 1, np.maximum(count - 1, 0))
    rows = np.arange(len(values))
    lower = values[rows, below]
    return lower + (values[rows, above] - lower) * (rank - below)
