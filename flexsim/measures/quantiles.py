"""Quantiles of pooled citizens, and of pooled time, from what is counted by level."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.measures.hours import COUNTED, Counts
from flexsim.measures.interval import interval

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
    if not len(counts):
        return
    pool, measure = (pd.Categorical(counts[name]) for name in ("pool", "measure"))
    which = np.multiply(pool.codes, len(measure.categories), dtype=np.int32) + measure.codes
    level = np.asarray(counts["level"], dtype=np.int32)
    over, open_ = (np.asarray(counts[name], dtype=np.int64) for name in ("over", "open"))
    rows = Counts(which, level, over, open_)
    pools, measures = (list(map(str, column.categories)) for column in (pool, measure))
    yield from _estimates(rows, counts["block"].to_numpy(), pools, measures)


def estimates_of_blocks(
    pools: Sequence[str], blocks: Iterable[Sequence[Counts]]
) -> Iterator[Estimate]:
    """The same as `quantile_estimates` of their table, which is not made."""
    parts = [part for block in blocks for part in block]
    rows = Counts(*map(np.concatenate, zip(*parts, strict=True)))
    lengths = [len(part.which) for part in parts]
    block = np.repeat(np.arange(len(parts)) // len(COUNTED), lengths)
    yield from _estimates(rows, block, pools, COUNTED)


def _estimates(
    rows: Counts, block: Ints, pools: Sequence[str], measures: Sequence[str]
) -> Iterator[Estimate]:
    """Quantiles from rows, each of a block; `which` is pool x measures + measure."""
    which, runs = _cells(rows.which, block)
    names = [(pools[p], measures[m]) for p, m in (divmod(n, len(measures)) for n in which)]
    limits = np.array([_limits(measure) for _, measure in names])
    blocks, n, found = _leave_one_out(*runs, rows.level, rows.over, rows.open, limits)
    for cell, (pool, measure) in enumerate(names):
        shares = QUANTILES[measure]
        values = found[cell, : 1 + blocks[cell], : len(shares)] * SCALE[measure]
        yield pool, [f"{measure}_{name}" for name in shares], int(n[cell]), values


def _limits(measure: str) -> list[float]:
    """What share may go on, at each quantile; where a measure has fewer of them, -1 (never)."""
    shares = list(QUANTILES[measure].values())
    return [1 - share + 1e-12 for share in shares] + [-1.0] * (_MOST - len(shares))


def _cells(which: Narrow, block: Ints) -> tuple[list[int], tuple[Ints, Ints, Ints, Ints]]:
    """What is counted, in order, and where its rows are: its runs, and their begin, end, block.

    Rows of one block stand together, so nothing is moved.
    """
    change = np.ones(len(which), dtype=np.bool_)
    change[1:] = (block[1:] != block[:-1]) | (which[1:] != which[:-1])
    begin = np.flatnonzero(change)
    end = np.append(begin[1:], len(which))
    of_block, of_cell = block[begin].astype(np.int64), which[begin]
    order = np.lexsort((of_block, of_cell))
    first = np.flatnonzero(np.diff(of_cell[order], prepend=-1))
    runs = np.append(first, len(order)), begin[order], end[order], of_block[order]
    return of_cell[order[first]].tolist(), runs


@entry
def _leave_one_out(
    first: Ints,
    begin: Ints,
    end: Ints,
    block: Ints,
    level: Narrow,
    over: Ints,
    open_: Ints,
    limits: Floats,
) -> tuple[Ints, Ints, Floats]:
    """Quantiles of all blocks, and without each of them, of every cell.

    Parameters
    ----------
    first : ndarray, shape (C + 1,)
        Where the runs of each cell begin.
    begin, end, block : ndarray
        Runs of rows, in the order of blocks.
    level, over, open_ : ndarray
        Rows: how many were over at a level, and how many followed no further than that.
    limits : ndarray, shape (C, Q)
        What share may go on, at each quantile; descending.

    Returns
    -------
    blocks : ndarray, shape (C,)
        Up to the last in which anything was counted.
    n : ndarray, shape (C,)
        Blocks in which anything was counted.
    found : ndarray, shape (C, 1 + blocks, Q)
        Of all, then without each; NaN where that is not reached.
    """
    cells = len(limits)
    blocks, n = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    found = np.full((cells, 2 + block.max(), limits.shape[1]), np.nan)
    for cell in range(cells):
        runs = slice(first[cell], first[cell + 1])
        blocks[cell] = 1 + block[runs][-1]
        at, lane, gone, left, at_risk = _in_order(
            begin[runs], end[runs], block[runs], level, over, open_
        )
        n[cell] = (at_risk[1:] < at_risk[0]).sum()
        _product_limits(at, lane, gone, left, at_risk, limits[cell], found[cell])
    return blocks, n, found


@part
def _in_order(
    begin: Ints, end: Ints, block: Ints, level: Narrow, over: Ints, open_: Ints
) -> tuple[Ints, Ints, Floats, Floats, Floats]:
    """The rows of some runs by level.

    Returns
    -------
    at : ndarray, shape (levels + 1,)
        Where the rows of each level begin.
    lane, gone, left : ndarray
        1 + the block of a row; how many were over; how many were over or followed no further.
        Whole numbers, exact as they are far below 2**53.
    at_risk : ndarray, shape (2 + last block,)
        How many there are in all, then without each block.
    """
    top = 0
    for run in range(len(begin)):
        for k in range(begin[run], end[run]):
            top = max(top, level[k])
    at = np.zeros(top + 3, dtype=np.int64)  # for now, two places further on
    for run in range(len(begin)):
        for k in range(begin[run], end[run]):
            at[level[k] + 2] += 1
    at = np.cumsum(at)
    lane = np.empty(at[-1], dtype=np.int64)
    gone, left = np.empty((2, at[-1]))
    counted = np.zeros(2 + block[-1])
    for run in range(len(begin)):
        for k in range(begin[run], end[run]):
            n = at[level[k] + 1]
            at[level[k] + 1] = n + 1
            lane[n], gone[n], left[n] = 1 + block[run], over[k], over[k] + open_[k]
            counted[1 + block[run]] += left[n]
    return at[:-1], lane, gone, left, counted.sum() - counted


@part
def _product_limits(
    at: Ints,
    lane: Ints,
    gone: Floats,
    left: Floats,
    at_risk: Floats,
    limits: Floats,
    found: Floats,
) -> None:
    """Levels at which no more than each limit go on (Kaplan & Meier 1958); NaN if never.

    Of all blocks and without each, level by level side by side: so the divisions are done some at
    a time.
    """
    lanes, unfinished = len(at_risk), len(at_risk)
    going_on, awaited = np.ones(lanes), np.full(lanes, limits[0])
    over, fewer = np.empty(lanes), np.empty(lanes)
    reached = np.zeros(lanes, dtype=np.int64)
    for level in range(len(at) - 1):
        rows = range(at[level], at[level + 1])
        all_over = all_fewer = 0.0
        for k in rows:
            all_over += gone[k]
            all_fewer += left[k]
        if all_fewer == 0:
            continue
        over[:], fewer[:] = all_over, all_fewer
        for k in rows:
            over[lane[k]] -= gone[k]
            fewer[lane[k]] -= left[k]
        for n in range(lanes):
            stay = 1 - over[n] / max(at_risk[n], 1.0)  # none at risk, none over
            going_on[n] *= stay if over[n] > 0 else 1.0
            at_risk[n] -= fewer[n]
        for n in range(lanes):
            if going_on[n] <= awaited[n]:
                while reached[n] < len(limits) and going_on[n] <= limits[reached[n]]:
                    found[n, reached[n]] = level
                    reached[n] += 1
                is_last = reached[n] == len(limits)
                awaited[n] = -1.0 if is_last else limits[reached[n]]
                unfinished -= is_last
        if unfinished == 0:
            break
