"""Two scenarios on the same citizens: paired differences, and how sure they are.

Replication r of both has the same seed, so what differs between the two is the change and not
chance. The difference of two estimates has the jackknife of its own: both without replication r.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.interval import interval
from flexsim.measures.periods import ALL
from flexsim.measures.quantiles import quantile_estimates
from flexsim.measures.summary import CELL, cells_of, ratios, single_years, year_range
from flexsim.measures.units import unit

Floats = NDArray[np.float64]

#: Numbers alike to so many parts are the same: sums in another order.
_SAME = 1e-12
#: Counts per year that are also given for all pools together.
ADDED_UP = ("completed_treatment_days", "turned_away", "gave_up")


class Measures(NamedTuple):
    """The tables of a result: tidy measures, and counts by level."""

    measures: pd.DataFrame
    counts: pd.DataFrame


class _Side(NamedTuple):
    mean: Floats  # (C,)
    left_out: Floats  # (R, C)


def differences(baseline: Measures, other: Measures) -> pd.DataFrame:
    """Paired differences of all measures, other less baseline.

    Parameters
    ----------
    baseline, other : Measures
        Of equally many replications, the same ones.

    Returns
    -------
    DataFrame
        pool, group, municipality, measure, unit, baseline, alternative, difference, low, high (95 %
        interval of the difference), p (two-sided, of no difference), variance_ratio (variance of
        the difference of independent runs over that of these), year_low, year_high (5-95 % of the
        difference in a single year), n. What one of the two does not have is empty.
    """
    both = [_with_totals(side.measures) for side in (baseline, other)]
    names, cell = cells_of(pd.concat(both, ignore_index=True))
    cells = cell[: len(both[0])], cell[len(both[0]) :]
    of = [ratios(side, at, len(names)) for side, at in zip(both, cells, strict=True)]
    years = [single_years(side, at, len(names)) for side, at in zip(both, cells, strict=True)]
    found = _paired(*(_Side(mean, left_out) for mean, left_out, _ in of))
    found["n"] = np.minimum(of[0][2], of[1][2])
    table = pd.concat([names, found, year_range(years[1] - years[0])], axis=1)
    quantiles = _quantiles(baseline.counts, other.counts)
    if len(quantiles):
        table = pd.concat([table, quantiles], ignore_index=True)
    table["unit"] = table["measure"].map({name: unit(name) for name in set(table["measure"])})
    return table[
        [
            *CELL,
            *("unit", "baseline", "alternative", "difference", "low", "high", "p"),
            *("variance_ratio", "year_low", "year_high", "n"),
        ]
    ]


def holm(p: Floats) -> Floats:
    """P-values corrected for how many there are (Holm 1979).

    Rejecting those below 5 % is wrong about any at all in at most 5 % of such families.

    Parameters
    ----------
    p : ndarray, shape (N,)
        NaN counts for nothing.
    """
    corrected = np.full(len(p), np.nan)
    known = np.flatnonzero(np.isfinite(p))
    order = known[np.argsort(p[known], kind="stable")]
    times = np.arange(len(order), 0, -1)
    corrected[order] = np.minimum(np.maximum.accumulate(times * p[order]), 1.0)
    return corrected


def _with_totals(measures: pd.DataFrame) -> pd.DataFrame:
    """Measures, and those that can be added up for all pools together as well."""
    everybody = (measures["group"] == ALL) & (measures["municipality"] == ALL)
    everybody &= measures["pool"] != ALL
    chosen = measures[everybody & measures["measure"].isin(ADDED_UP)]
    by = ["replication", "year", "measure"]
    totals = chosen.groupby(by, observed=True, sort=False, as_index=False)
    table = totals.agg(value=("value", "sum"), weight=("weight", "first"))
    table = table.assign(pool=ALL, group=ALL, municipality=ALL)
    return pd.concat([measures, table], ignore_index=True)


def _paired(baseline: _Side, other: _Side) -> pd.DataFrame:
    """The difference of two estimates, C of each."""
    from scipy import special

    size = np.maximum(np.abs(baseline.mean), np.abs(other.mean))
    difference = _exact(other.mean - baseline.mean, size)
    left_out = _exact(other.left_out - baseline.left_out, size)
    low, high = interval(difference, left_out)
    n = len(left_out)
    paired = _variance(left_out)
    with np.errstate(invalid="ignore", divide="ignore"):
        apart = (_variance(baseline.left_out) + _variance(other.left_out)) / paired
        t = np.where(difference == 0, 0.0, np.abs(difference) / np.sqrt(paired))
    p = 2 * special.stdtr(n - 1, -t) if n > 1 else np.full(len(t), np.nan)
    return pd.DataFrame(
        {
            "baseline": baseline.mean,
            "alternative": other.mean,
            "difference": difference,
            "low": low,
            "high": high,
            "p": np.where(np.isfinite(low), p, np.nan),
            "variance_ratio": apart,
        }
    )


def _variance(left_out: Floats) -> Floats:
    """Variance of a mean by jackknife."""
    n = len(left_out)
    return (n - 1) / n * ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)


def _exact(values: Floats, size: Floats) -> Floats:
    return np.where(np.abs(values) <= _SAME * size, 0.0, values)


def _quantiles(baseline: pd.DataFrame, other: pd.DataFrame) -> pd.DataFrame:
    """Differences of the quantiles that both reach."""
    blocks = 1 + max(
        int(counts["block"].max()) if len(counts) else 0 for counts in (baseline, other)
    )
    sides = [_by_pool(counts, blocks) for counts in (baseline, other)]
    tables = []
    for key, (measures, n, first) in sides[0].items():
        if key not in sides[1]:
            continue
        _, m, second = sides[1][key]
        found = _paired(*(_Side(of[0], of[1:]) for of in (first, second)))
        names = {"pool": key[0], "group": ALL, "municipality": ALL, "measure": measures}
        tables.append(found.assign(**names, n=min(n, m)))
    if not tables:
        return pd.DataFrame()
    table = pd.concat(tables, ignore_index=True)
    return table[table["difference"].notna()]


def _by_pool(
    counts: pd.DataFrame, blocks: int
) -> dict[tuple[str, str], tuple[list[str], int, Floats]]:
    """Quantiles by pool and first measure; a block with nothing to count changes nothing."""
    found = {}
    for pool, names, n, values in quantile_estimates(counts):
        missing = blocks + 1 - len(values)
        found[pool, names[0]] = names, n, np.vstack([values, *[values[:1]] * missing])
    return found
