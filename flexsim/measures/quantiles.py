"""Quantiles of pooled citizens, and of pooled time, from what is counted by level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry
from flexsim.measures.blocks import end_to_end
from flexsim.measures.hours import COUNTED, Counts
from flexsim.measures.interval import half_width, students
from flexsim.measures.product_limit import leave_one_out

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Narrow = NDArray[np.int32]
Names = NDArray[np.object_]
T = TypeVar("T", bound=np.generic)

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


class Estimates(NamedTuple):
    """Quantiles of every cell: what is counted (M measures) at P pools, pool by pool; C in all."""

    blocks: Ints  # (C,) up to the last with anything to count
    n: Ints  # (C,) with anything to count
    found: Floats  # (C, 1 + B, Q) of all blocks, then without each; NaN where that is not reached


class Quantiles(NamedTuple):
    """Quantiles with their intervals: P x M x Q of them, those of a pool together."""

    mean: Floats  # NaN where it is not reached
    low: Floats
    high: Floats
    n: Ints  # in how many blocks there was anything to count


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

    if not len(counts):
        return pd.DataFrame(columns=["pool", "measure", *Quantiles._fields])
    estimates, pools, measures = _of_table(counts)
    found = with_intervals(estimates, len(pools))
    pool, measure = names_of_quantiles(pools, measures)
    table = pd.DataFrame({"pool": pool, "measure": measure, **found._asdict()})
    return table[np.isfinite(found.mean)].reset_index(drop=True)


def names_of_quantiles(pools: Sequence[str], measures: Sequence[str]) -> tuple[Names, Names]:
    """Pool and measure of each of `Quantiles`; "" where a measure has fewer than others."""
    named = [
        (pool, f"{measure}_{share}" if share else "")
        for pool in pools
        for measure in measures
        for share in [*QUANTILES[measure], *[""] * (_MOST - len(QUANTILES[measure]))]
    ]
    pool, measure = np.array(named, dtype=object).reshape(-1, 2).T
    return pool, measure


def with_intervals(estimates: Estimates, pools: int) -> Quantiles:
    """The quantiles of all blocks, with their intervals."""
    blocks, n, found = estimates
    low, high = _intervals(found, blocks, students(found.shape[1] - 1))
    mean, low, high = (_by_pool(values, pools) for values in (found[:, 0], low, high))
    return Quantiles(mean, low, high, _by_pool(np.repeat(n, _MOST), pools))


def _by_pool(values: NDArray[T], pools: int) -> NDArray[T]:
    """Values of quantiles cell by cell, in the order of `Quantiles`."""
    return values.reshape(-1, pools, _MOST).swapaxes(0, 1).ravel()


@entry
def _intervals(found: Floats, blocks: Ints, student: Floats) -> tuple[Floats, Floats]:
    """95 % intervals, shape (C, Q) each; blocks after the last with anything are none."""
    cells, _, quantiles = found.shape
    low, high = np.empty((2, cells, quantiles))
    for cell in range(cells):
        for q in range(quantiles):
            left_out = found[cell, 1 : 1 + blocks[cell], q]
            half = half_width(left_out, student[blocks[cell]])
            low[cell, q] = found[cell, 0, q] - half
            high[cell, q] = found[cell, 0, q] + half
    return low, high


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
    if not len(counts):
        return
    (blocks, n, found), pools, measures = _of_table(counts)
    for p, pool in enumerate(pools):
        for m, measure in enumerate(measures):
            cell = m * len(pools) + p
            if n[cell]:
                names = [f"{measure}_{name}" for name in QUANTILES[measure]]
                yield pool, names, int(n[cell]), found[cell, : 1 + blocks[cell], : len(names)]


def _of_table(counts: pd.DataFrame) -> tuple[Estimates, list[str], list[str]]:
    """Quantiles from a table of counts, of which pools, and of which measures."""
    import pandas as pd

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
    found = _estimates(first, level.astype(np.int32), over, open_, len(pools), measures)
    return found, pools, measures


def estimates_of_blocks(blocks: Iterable[Counts]) -> Estimates:
    """The same from counts by block, of which no table is made; by `COUNTED`."""
    first, level, over, open_ = end_to_end(blocks)
    pools = (first.shape[1] - 1) // len(COUNTED)
    return _estimates(first, level, over, open_, pools, COUNTED)


def _estimates(
    first: Ints,
    level: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    pools: int,
    measures: Sequence[str],
) -> Estimates:
    """Quantiles from rows; where those of each cell begin in each block, shape (B, cells + 1)."""
    limits = np.repeat([_limits(measure) for measure in measures], pools, axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):  # none at risk, where nothing is compiled
        blocks, n, found = leave_one_out(first, level, over, open_, limits)
    found *= np.repeat([SCALE[measure] for measure in measures], pools)[:, None, None]
    return Estimates(blocks, n, found)


def _limits(measure: str) -> list[float]:
    """What share may go on, at each quantile; where a measure has fewer of them, -1 (never)."""
    shares = list(QUANTILES[measure].values())
    return [1 - share + 1e-12 for share in shares] + [-1.0] * (_MOST - len(shares))
