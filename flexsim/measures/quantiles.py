"""Quantiles of pooled citizens, and of pooled time, from what is counted by level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.measures.hours import COUNTED, Counts
from flexsim.measures.interval import interval
from flexsim.measures.product_limit import leave_one_out

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Narrow = NDArray[np.int32]

#: Quantiles given for counted waits and stays, and for the number of places in use over time.
QUANTILES = {
    "wait_place": {"median": 0.5, "p90": 0.9},
    "stay": {"median": 0.5, "p90": 0.9},
    "occupied": {"p05": 0.05, "median": 0.5, "p95": 0.95},
}
_MOST = max(map(len, QUANTILES.values()))
#: What they are quantiles of.
IN_WORDS = {
    "wait_place": "waits for a place last no longer than this",
    "stay": "stays last no longer than this",
    "occupied": "the time no more citizens than this are present",
}
#: What turns a level into what is shown: hours into days.
SCALE = {"wait_place": 1 / 24, "stay": 1 / 24, "occupied": 1.0}


#: A pool, its measures (Q in all), in how many blocks there was anything to count, and quantiles of
#: all blocks and without each of them, shape (1 + blocks, Q).
Estimate = tuple[str, list[str], int, Floats]


class Quantiles(NamedTuple):
    """Quantiles with their intervals, column by column."""

    pool: tuple[str, ...]
    measure: tuple[str, ...]
    mean: Floats
    low: Floats
    high: Floats
    n: tuple[int, ...]


def quantile_table(counts: pd.DataFrame) -> pd.DataFrame:
    """Quantiles with their intervals, where they are reached.

    Parameters
    ----------
    counts : DataFrame
        pool, measure, level, over, open, block.

    Returns
    -------
    DataFrame
        pool, measure, mean, low, high, n: in how many blocks there was anything to count.
    """
    import pandas as pd  # slow to import, and only tables need it

    found = with_intervals(quantile_estimates(counts))
    return pd.DataFrame(found._asdict())


def with_intervals(estimates: Iterable[Estimate]) -> Quantiles:
    """Quantiles that are reached, with their intervals."""
    found = list(estimates)
    named = [(pool, name, n) for pool, names, n, _ in found for name in names]
    mean, low, high = _with_intervals([values for *_, values in found])
    reached = np.isfinite(mean)
    rows = [row for row, is_reached in zip(named, reached.tolist(), strict=True) if is_reached]
    pool, measure, n = zip(*rows, strict=True) if rows else ((), (), ())
    return Quantiles(pool, measure, mean[reached], low[reached], high[reached], n)


def _with_intervals(found: Sequence[Floats]) -> tuple[Floats, Floats, Floats]:
    """Estimates of all blocks and their intervals; shape (1 + blocks, Q) each, side by side."""
    length = np.repeat([len(values) for values in found], [values.shape[1] for values in found])
    mean, low, high = np.empty((3, len(length)))
    for blocks in set(length.tolist()):
        together = np.hstack([values for values in found if len(values) == blocks])
        at = length == blocks
        mean[at] = together[0]
        low[at], high[at] = interval(together[0], together[1:])
    return mean, low, high


def quantile_estimates(counts: pd.DataFrame) -> Iterator[Estimate]:
    """Quantiles of each pool: of all blocks, and without each of them.

    Yields
    ------
    pool : str
    names : list of str
        The measures, Q in all.
    n : int
        In how many blocks there was anything to count.
    found : ndarray, shape (1 + blocks, Q)
        Blocks after the last with anything to count are not among them.
    """
    import pandas as pd

    if not len(counts):
        return
    pool, measure = (pd.Categorical(counts[name]) for name in ("pool", "measure"))
    pools, measures = (list(map(str, column.categories)) for column in (pool, measure))
    cells = len(pools) * len(measures)
    cell = measure.codes.astype(np.int64) * len(pools) + pool.codes
    block = counts["block"].to_numpy()
    columns = [counts[name].to_numpy() for name in ("level", "over", "open")]
    order = np.lexsort((columns[0], cell, block))
    level, over, open_ = (column[order] for column in columns)
    blocks = int(block.max()) + 1
    rows = np.bincount(block * cells + cell, minlength=blocks * cells)
    begin = np.concatenate([[0], np.cumsum(rows)])
    first = begin[np.arange(blocks)[:, None] * cells + np.arange(cells + 1)]
    yield from _estimates(first, level.astype(np.int32), over, open_, pools, measures)


def estimates_of_blocks(pools: Sequence[str], blocks: Iterable[Counts]) -> Iterator[Estimate]:
    """The same as `quantile_estimates` of their table, which is not made."""
    firsts, *columns = zip(*blocks, strict=True)
    begin = np.cumsum([0, *(first[-1] for first in firsts[:-1])])
    level, over, open_ = (np.concatenate(column) for column in columns)
    yield from _estimates(np.array(firsts) + begin[:, None], level, over, open_, pools, COUNTED)


def _estimates(
    first: Ints,
    level: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    pools: Sequence[str],
    measures: Sequence[str],
) -> Iterator[Estimate]:
    """Quantiles from rows; where those of each cell begin in each block, shape (B, cells + 1)."""
    limits = np.repeat([_limits(measure) for measure in measures], len(pools), axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # none at risk, where nothing is compiled
        blocks, n, found = leave_one_out(first, level, over, open_, limits)
    for p, pool in enumerate(pools):
        for m, measure in enumerate(measures):
            cell = m * len(pools) + p
            if n[cell]:
                shares = QUANTILES[measure]
                values = found[cell, : 1 + blocks[cell], : len(shares)] * SCALE[measure]
                yield pool, [f"{measure}_{name}" for name in shares], int(n[cell]), values


def _limits(measure: str) -> list[float]:
    """What share may go on, at each quantile; where a measure has fewer of them, -1 (never)."""
    shares = list(QUANTILES[measure].values())
    return [1 - share + 1e-12 for share in shares] + [-1.0] * (_MOST - len(shares))
