"""One measure of one pool: its estimate, and those without each replication."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.differences import ADDED_UP
from flexsim.measures.known import OF_QUANTILES
from flexsim.measures.periods import ALL
from flexsim.measures.quantiles import quantile_estimates

Floats = NDArray[np.float64]


def estimate(
    measures: pd.DataFrame, counts: pd.DataFrame, measure: str, pool: str, replications: int
) -> Floats:
    """The estimate of a measure of everybody, then the estimates with one part left out each.

    Parameters
    ----------
    measures, counts : DataFrame
        Of a result.
    measure, pool : str
        Pool "all" adds the pools up for counts per year.
    replications : int

    Returns
    -------
    ndarray, shape (1 + parts,)
        The parts are replications, or of quantiles blocks of them. NaN where nothing was measured.
    """
    if measure in OF_QUANTILES:
        return _quantile(counts, measure, pool)
    chosen = (measures["measure"] == measure) & (measures["year"] == ALL)
    chosen &= (measures["group"] == ALL) & (measures["municipality"] == ALL)
    added_up = pool == ALL and measure in ADDED_UP
    rows = measures[chosen & ((measures["pool"] != ALL) if added_up else measures["pool"] == pool)]
    top, weight = np.zeros((2, replications))
    at, share = rows["replication"].to_numpy(), rows["weight"].to_numpy()
    np.add.at(top, at, rows["value"].to_numpy() * share)
    weight[at] = share
    with np.errstate(invalid="ignore", divide="ignore"):
        left_out = (top.sum() - top) / (weight.sum() - weight)
        return np.append(top.sum() / weight.sum(), left_out)


def _quantile(counts: pd.DataFrame, measure: str, pool: str) -> Floats:
    for of, names, _, values in quantile_estimates(counts):
        if of == pool and measure in names:
            found: Floats = values[:, names.index(measure)]
            return found
    return np.array([np.nan])
