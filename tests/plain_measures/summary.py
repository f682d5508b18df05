"""Many replications in one line, by grouping and merging tables."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import special

from flexsim.measures.units import unit

Floats = NDArray[np.float64]

CELL = ["pool", "group", "municipality", "measure"]

#: Quantiles given for counted waits and stays, and for the number of places in use over time.
QUANTILES = {
    "wait_place": {"median": 0.5, "p90": 0.9},
    "stay": {"median": 0.5, "p90": 0.9},
    "occupied": {"p05": 0.05, "median": 0.5, "p95": 0.95},
}


def summarise(measures: pd.DataFrame, counts: pd.DataFrame) -> pd.DataFrame:
    """Summary of the tidy table and the counts of a result.

    The mean is the sum of numerators over the sum of weights; its interval is by jackknife over
    replications with Student's t; `year_low` to `year_high` hold 90 % of single budget years.

    Returns
    -------
    DataFrame
        pool, group, municipality, measure, unit, mean, low, high, year_low, year_high, n.
    """
    ratios = _ratios(measures[measures["year"] == "all"])
    years = _years(measures[measures["year"] != "all"])
    table = ratios.merge(years, on=CELL, how="left")
    pooled = quantiles(counts)
    if len(pooled):
        table = pd.concat([table, pooled], ignore_index=True)
    table.insert(4, "unit", [unit(m) for m in table["measure"]])
    # no measure can be negative, and no share above 1 but the use of places with a surge
    table["low"] = table["low"].clip(lower=0)
    at_most_one = (table["unit"] == "share") & (table["measure"] != "utilisation")
    table["high"] = table["high"].mask(at_most_one, table["high"].clip(upper=1))
    return table[[*CELL, "unit", "mean", "low", "high", "year_low", "year_high", "n"]]


def interval(mean: Floats, left_out: Floats) -> tuple[Floats, Floats]:
    """95 % interval of a mean from its leave-one-out values.

    Parameters
    ----------
    mean : ndarray, shape (C,)
    left_out : ndarray, shape (R, C)
        The estimate without each replication.

    Returns
    -------
    low, high : ndarray, shape (C,)
        NaN with fewer than two replications.
    """
    n = len(left_out)
    if n < 2:
        return np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    half = special.stdtrit(n - 1, 0.975) * np.sqrt((n - 1) / n * spread)
    return mean - half, mean + half


def _ratios(rows: pd.DataFrame) -> pd.DataFrame:
    cells = rows.groupby(CELL, observed=True, sort=False)
    index = cells.ngroup().to_numpy()
    replication = rows["replication"].to_numpy()
    shape = (int(replication.max(initial=-1)) + 1, cells.ngroups)
    top, weight = np.zeros(shape), np.zeros(shape)
    top[replication, index] = (rows["value"] * rows["weight"]).to_numpy()
    weight[replication, index] = rows["weight"].to_numpy()
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = top.sum(axis=0) / weight.sum(axis=0)
        left_out = (top.sum(axis=0) - top) / (weight.sum(axis=0) - weight)
    low, high = interval(mean, left_out)
    table = rows[CELL].drop_duplicates().astype(str).reset_index(drop=True)
    return table.assign(mean=mean, low=low, high=high, n=(weight > 0).sum(axis=0))


def _years(rows: pd.DataFrame) -> pd.DataFrame:
    if rows.empty:
        return pd.DataFrame(columns=[*CELL, "year_low", "year_high"])
    values = rows.groupby(CELL, observed=True, sort=False)["value"]
    table = pd.DataFrame(
        {"year_low": values.quantile(0.05), "year_high": values.quantile(0.95)}
    ).reset_index()
    table[CELL] = table[CELL].astype(str)
    return table


def quantiles(counts: pd.DataFrame) -> pd.DataFrame:
    rows = [
        _quantile_row(str(pool), str(measure), name, q, cell)
        for (pool, measure), cell in counts.groupby(["pool", "measure"], observed=True, sort=False)
        for name, q in QUANTILES[str(measure)].items()
    ]
    return pd.DataFrame([row for row in rows if row is not None])


def _quantile_row(
    pool: str, measure: str, name: str, q: float, cell: pd.DataFrame
) -> dict[str, object] | None:
    """One quantile of pooled citizens (or of pooled time), product-limit where unfinished."""
    level, at = np.unique(cell["level"].to_numpy(), return_inverse=True)
    block = cell["block"].to_numpy()
    shape = (int(block.max()) + 1, len(level))
    over, open_ = np.zeros(shape), np.zeros(shape)
    over[block, at] = cell["over"].to_numpy()
    open_[block, at] = cell["open"].to_numpy()
    total, total_open = over.sum(axis=0), open_.sum(axis=0)
    value = _product_limit(level, total[None], total_open[None], q)
    if np.isnan(value[0]):
        return None
    left_out = _product_limit(level, total - over, total_open - open_, q)
    scale = 1 / 24 if measure != "occupied" else 1.0
    low, high = interval(value * scale, left_out[:, None] * scale)
    return {
        "pool": pool,
        "group": "all",
        "municipality": "all",
        "measure": f"{measure}_{name}",
        "mean": value[0] * scale,
        "low": low[0],
        "high": high[0],
        "year_low": np.nan,
        "year_high": np.nan,
        "n": int((over.sum(axis=1) + open_.sum(axis=1) > 0).sum()),
    }


def _product_limit(level: NDArray[np.int64], over: Floats, open_: Floats, q: float) -> Floats:
    """The level at which a share q is over (Kaplan & Meier 1958), by row; NaN if never."""
    leaving = over + open_
    at_risk = leaving[:, ::-1].cumsum(axis=1)[:, ::-1]
    with np.errstate(invalid="ignore", divide="ignore"):
        survival = np.cumprod(np.where(at_risk > 0, 1 - over / at_risk, 1.0), axis=1)
    reached = survival <= 1 - q + 1e-12
    found: Floats = np.where(reached.any(axis=1), level[reached.argmax(axis=1)], np.nan)
    return found
