"""Quantiles of pooled citizens, and of pooled time, from what is counted by level."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.jit import entry, part
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
#: What they are quantiles of.
IN_WORDS = {
    "wait_place": "waits for a place last no longer than this",
    "stay": "stays last no longer than this",
    "occupied": "the time no more citizens than this are present",
}
#: What turns a level into what is shown: hours into days.
SCALE = {"wait_place": 1 / 24, "stay": 1 / 24, "occupied": 1.0}


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
    rows = []
    for pool, names, n, found in quantile_estimates(counts):
        low, high = interval(found[0], found[1:])
        named = zip(names, found[0], low, high, strict=True)
        rows += [(pool, name, *values, n) for name, *values in named]
    table = pd.DataFrame(rows, columns=["pool", "measure", "mean", "low", "high", "n"])
    return table[table["mean"].notna()]


def quantile_estimates(counts: pd.DataFrame) -> Iterator[tuple[str, list[str], int, Floats]]:
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
    level = np.asarray(counts["level"], dtype=np.int32)
    over, open_ = (np.asarray(counts[name], dtype=np.int64) for name in ("over", "open"))
    for pool, measure, runs in _runs(counts):
        shares = QUANTILES[measure]
        limits = 1 - np.array(list(shares.values())) + 1e-12
        n, found = _leave_one_out(*runs, level, over, open_, limits)
        yield pool, [f"{measure}_{name}" for name in shares], n, found * SCALE[measure]


def _runs(counts: pd.DataFrame) -> Iterator[tuple[str, str, tuple[Ints, Ints, Ints]]]:
    """For each pool and measure, where its rows begin and end, and of which block they are.

    Rows of one block stand together, so nothing is moved.
    """
    if not len(counts):
        return
    pool, measure = (counts[name].astype("category").cat for name in ("pool", "measure"))
    codes = pool.codes.to_numpy(), measure.codes.to_numpy()
    block = counts["block"].to_numpy()
    change = np.ones(len(counts), dtype=np.bool_)
    change[1:] = block[1:] != block[:-1]
    for code in codes:
        change[1:] |= code[1:] != code[:-1]
    begin = np.flatnonzero(change)
    end = np.append(begin[1:], len(counts))
    which = codes[0][begin].astype(np.int64) * len(measure.categories) + codes[1][begin]
    order = np.lexsort((block[begin], which))
    first = np.flatnonzero(np.diff(which[order], prepend=-1))
    for a, b in zip(first, np.append(first[1:], len(order)), strict=True):
        runs = order[a:b]
        p, m = divmod(int(which[runs[0]]), len(measure.categories))
        of = begin[runs], end[runs], block[begin[runs]].astype(np.int64)
        yield str(pool.categories[p]), str(measure.categories[m]), of


@entry
def _leave_one_out(
    begin: Ints,
    end: Ints,
    block: Ints,
    level: Narrow,
    over: Ints,
    open_: Ints,
    limits: Floats,
) -> tuple[int, Floats]:
    """Quantiles of all blocks, and without each of them.

    Parameters
    ----------
    begin, end, block : ndarray
        Runs of rows, in the order of blocks.
    level, over, open_ : ndarray
        Rows: how many were over at a level, and how many followed no further than that.
    limits : ndarray, shape (Q,)
        What share may go on, at each quantile.

    Returns
    -------
    n : int
        Replications in which anything was counted.
    found : ndarray, shape (1 + R, Q)
        Of all, then without each; NaN where that is not reached.
    """
    top = 0
    for run in range(len(begin)):
        for k in range(begin[run], end[run]):
            top = max(top, level[k])
    all_over, all_open = np.zeros(top + 1, dtype=np.int64), np.zeros(top + 1, dtype=np.int64)
    for run in range(len(begin)):
        for k in range(begin[run], end[run]):
            all_over[level[k]] += over[k]
            all_open[level[k]] += open_[k]
    found = np.full((2 + block[-1], len(limits)), np.nan)
    total = all_over.sum() + all_open.sum()
    _product_limit(all_over, all_open, total, limits, found[0])
    n = run = 0
    for left_out in range(1 + block[-1]):
        first, taken = run, 0
        while run < len(begin) and block[run] == left_out:
            taken += _take(begin[run], end[run], level, over, open_, all_over, all_open, -1)
            run += 1
        n += taken > 0
        _product_limit(all_over, all_open, total - taken, limits, found[1 + left_out])
        for back in range(first, run):
            _take(begin[back], end[back], level, over, open_, all_over, all_open, 1)
    return n, found


@part
def _take(
    begin: int,
    end: int,
    level: Narrow,
    over: Ints,
    open_: Ints,
    all_over: Ints,
    all_open: Ints,
    sign: int,
) -> int:
    """Take a run of rows out of all (or put it back); says how many it counts."""
    counted = 0
    for k in range(begin, end):
        all_over[level[k]] += sign * over[k]
        all_open[level[k]] += sign * open_[k]
        counted += over[k] + open_[k]
    return counted


@part
def _product_limit(over: Ints, open_: Ints, at_risk: int, limits: Floats, found: Floats) -> None:
    """The level at which no more than each limit go on (Kaplan & Meier 1958); NaN if never."""
    going_on, q = 1.0, 0
    for level in range(len(over)):
        if over[level] > 0:
            going_on *= 1 - over[level] / at_risk
        while q < len(limits) and going_on <= limits[q]:
            found[q] = level
            q += 1
        if q == len(limits):
            break
        at_risk -= over[level] + open_[level]
