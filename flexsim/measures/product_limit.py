"""The product-limit estimate (Kaplan & Meier 1958) of all blocks, and without each of them.

The same numbers as by the formula, block by block, at a small part of the work: what is lost from
sight is rare in most cells, and where it is not, most quantiles are never reached.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Narrow = NDArray[np.int32]

#: Levels of a stretch, in bits: the most at risk in a block is known once for each.
_STRIDE = 8


@entry
def leave_one_out(
    first: Ints, level: Narrow, over: Narrow | Ints, open_: Narrow | Ints, limits: Floats
) -> tuple[Ints, Ints, Floats]:
    """Quantiles of all blocks, and without each of them, of every cell.

    Parameters
    ----------
    first : ndarray, shape (B, C + 1)
        Where the rows of each cell begin in each block.
    level, over, open_ : ndarray
        Rows, by level: how many were over at a level, and how many followed no further than that.
    limits : ndarray, shape (C, Q)
        What share may go on, at each quantile; descending.

    Returns
    -------
    blocks : ndarray, shape (C,)
        Up to the last in which anything was counted.
    n : ndarray, shape (C,)
        Blocks in which anything was counted.
    found : ndarray, shape (C, 1 + B, Q)
        Of all, then without each; NaN where that is not reached.
    """
    cells = len(limits)
    blocks, n = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    found = np.full((cells, 1 + len(first), limits.shape[1]), np.nan)
    for cell in range(cells):
        rows = first[:, cell : cell + 2]
        mine, lost = np.zeros(1 + len(first)), 0
        for block in range(len(first)):
            for k in range(rows[block, 0], rows[block, 1]):
                mine[1 + block] += over[k] + open_[k]
                lost += open_[k]
            if rows[block, 0] < rows[block, 1]:
                blocks[cell] = 1 + block
                n[cell] += 1
        all_over = lost == 0  # then every share is reached
        if all_over or _may_come_down(rows, level, over, open_, mine.sum(), limits[cell, 0]):
            at, row, lane = _in_order(rows, level)
            _product_limits(at, row, lane, over, open_, mine, limits[cell], found[cell])
    return blocks, n, found


@part
def _may_come_down(
    rows: Ints,
    level: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    at_risk: float,
    limit: float,
) -> bool:
    """Whether the share that goes on may fall to a limit, of all blocks or without any of them.

    Most stays at home or in housing last beyond the run: then it does not, and that is seen from
    all blocks together. At a level, each block has at most `most` at risk, so that without any of
    them the share falls by no more than ``gone / (at risk - most)``.
    """
    top = _top(rows, level)
    gone, left = np.zeros((2, top + 1))
    most = np.zeros((top >> _STRIDE) + 1)
    for block in range(len(rows)):
        mine, stretch = 0.0, len(most) - 1
        for k in range(rows[block, 1] - 1, rows[block, 0] - 1, -1):
            while level[k] >> _STRIDE < stretch:
                most[stretch] = max(most[stretch], mine)
                stretch -= 1
            mine += over[k] + open_[k]
            gone[level[k]] += over[k]
            left[level[k]] += over[k] + open_[k]
        while stretch >= 0:
            most[stretch] = max(most[stretch], mine)
            stretch -= 1
    going_on = 1.0
    for this in range(top + 1):
        if gone[this] > 0:
            going_on *= 1 - min(gone[this] / max(at_risk - most[this >> _STRIDE], 1.0), 1.0)
            if going_on <= limit * (1 + 1e-9):
                return True
        at_risk -= left[this]
    return False


@part
def _top(rows: Ints, level: Narrow) -> int:
    """The highest level."""
    top = 0
    for block in range(len(rows)):
        if rows[block, 0] < rows[block, 1]:
            top = max(top, level[rows[block, 1] - 1])
    return top


@part
def _in_order(rows: Ints, level: Narrow) -> tuple[Ints, Narrow, Narrow]:
    """The rows of a cell by level.

    Parameters
    ----------
    rows : ndarray, shape (B, 2)
        Where those of each block begin and end.

    Returns
    -------
    at : ndarray, shape (levels + 1,)
        Where each level begins in what follows.
    row, lane : ndarray
        Rows, and 1 + the block of each.
    """
    at = np.zeros(_top(rows, level) + 3, dtype=np.int64)  # for now, two places further on
    for block in range(len(rows)):
        for k in range(rows[block, 0], rows[block, 1]):
            at[level[k] + 2] += 1
    for n in range(1, len(at)):
        at[n] += at[n - 1]
    row, lane = np.empty((2, at[-1]), dtype=np.int32)
    for block in range(len(rows)):
        for k in range(rows[block, 0], rows[block, 1]):
            n = at[level[k] + 1]
            at[level[k] + 1] = n + 1
            row[n], lane[n] = k, 1 + block
    return at[:-1], row, lane


@part
def _product_limits(
    at: Ints,
    row: Narrow,
    lane: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    mine: Floats,
    limits: Floats,
    found: Floats,
) -> None:
    """Levels at which no more than each limit go on (Kaplan & Meier 1958); NaN if never.

    Of all blocks (lane 0) and without each (the other lanes). As long as nobody is lost from sight,
    the share that goes on falls as the number at risk does: then there is nothing to work out until
    so few are at risk that some lane may have come down to a limit.

    Parameters
    ----------
    at, row, lane
        From `_in_order`.
    mine : ndarray, shape (lanes,)
        At risk in the block that a lane is without; changed.
    """
    at_risk = mine.sum()
    going_on = 1 / (at_risk - mine)  # as a share, for each at risk; never finite without any
    reached = np.zeros(len(mine), dtype=np.int64)
    reached[mine == at_risk] = len(limits)
    share = np.empty(len(mine))
    few = _few_enough(going_on, mine, reached, limits)
    for level in range(len(at) - 1):
        lost = 0.0
        for k in range(at[level], at[level + 1]):
            at_risk -= over[row[k]]
            mine[lane[k]] -= over[row[k]]
            lost += open_[row[k]]
        if at_risk <= few:
            _reach(level, at_risk, going_on, mine, reached, limits, found)
            few = _few_enough(going_on, mine, reached, limits)
            if few < 0:
                return
        if lost > 0:
            for n in range(len(mine)):
                share[n] = going_on[n] * (at_risk - mine[n])
            for k in range(at[level], at[level + 1]):
                mine[lane[k]] -= open_[row[k]]
            at_risk -= lost
            for n in range(len(mine)):
                going_on[n] = share[n] / (at_risk - mine[n])


@part
def _few_enough(going_on: Floats, mine: Floats, reached: Ints, limits: Floats) -> float:
    """How few may be at risk before any lane can come down to a limit; -1 if none ever does.

    Rounded up a little: it only says when to look.
    """
    few = -1.0
    for lane in range(len(mine)):
        if reached[lane] < len(limits) and limits[reached[lane]] >= 0:
            few = max(few, (limits[reached[lane]] / going_on[lane] + mine[lane]) * (1 + 1e-9))
    return few


@part
def _reach(
    level: int,
    at_risk: float,
    going_on: Floats,
    mine: Floats,
    reached: Ints,
    limits: Floats,
    found: Floats,
) -> None:
    """Note the limits that lanes have come down to at a level."""
    for lane in range(len(mine)):
        share = going_on[lane] * (at_risk - mine[lane])
        while reached[lane] < len(limits) and share <= limits[reached[lane]]:
            found[lane, reached[lane]] = level
            reached[lane] += 1
