"""The product-limit estimate (Kaplan & Meier 1958) of all blocks, and without each of them.

The same numbers as by the formula, block by block, at a small part of the work: as long as nobody
is lost from sight, the share that goes on falls as the number at risk does, so that it needs to be
looked at only where the block that is left out has rows; and most quantiles that are never reached
are told from all blocks together.
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
#: Columns by level: at first how many are over there, then how many are at risk without them; and
#: how many are followed no further.
_AT_RISK, _LOST = 0, 1


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
        What share may go on, at each quantile; descending, and negative where there are no more.

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
    highest = 0
    for cell in range(cells):
        highest = max(highest, _top(first[:, cell : cell + 2], level))
    room, lost_room = np.empty((highest + 1, 2)), np.empty(highest + 1, dtype=np.int32)
    mine, most_room = np.empty(len(first)), np.empty((highest >> _STRIDE) + 1)
    for cell in range(cells):
        rows = first[:, cell : cell + 2]
        for block in range(len(first)):
            if rows[block, 0] < rows[block, 1]:
                blocks[cell] = 1 + block
                n[cell] += 1
        if n[cell] == 0:
            continue
        top = _top(rows, level)
        by_level, most = room[: top + 1], most_room[: (top >> _STRIDE) + 1]
        _add_up(rows, level, over, open_, by_level, mine, most)
        at_risk = mine.sum()
        lost_at = lost_room[: _count_down(at_risk, by_level, lost_room)]
        # where nobody is lost from sight, every share is reached
        if len(lost_at) == 0 or _may_come_down(at_risk, by_level, most, limits[cell, 0]):
            nobody = level[:0], over[:0], open_[:0]
            _lane(*nobody, by_level, lost_at, at_risk, 0.0, limits[cell], found[cell, 0])
            for block in range(blocks[cell]):
                begin, end = rows[block]
                _lane(
                    level[begin:end],
                    over[begin:end],
                    open_[begin:end],
                    by_level,
                    lost_at,
                    at_risk,
                    mine[block],
                    limits[cell],
                    found[cell, 1 + block],
                )
    return blocks, n, found


@part
def _top(rows: Ints, level: Narrow) -> int:
    """The highest level of a cell, 0 if it has none."""
    top = 0
    for block in range(len(rows)):
        if rows[block, 0] < rows[block, 1]:
            top = max(top, level[rows[block, 1] - 1])
    return top


@part
def _add_up(
    rows: Ints,
    level: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    by_level: Floats,
    mine: Floats,
    most: Floats,
) -> None:
    """Add up the rows of a cell.

    Parameters
    ----------
    rows : ndarray, shape (B, 2)
        Where those of each block begin and end.
    by_level : ndarray, shape (levels, 2)
        Set to how many are over at each level, and lost there.
    mine : ndarray, shape (B,)
        Set to how many there are in each block.
    most : ndarray, shape (stretches,)
        Set to the most that any block has at risk in a stretch of levels.
    """
    by_level[:] = 0.0
    most[:] = 0.0
    for block in range(len(rows)):
        at_risk, stretch = 0.0, len(most) - 1
        for k in range(rows[block, 1] - 1, rows[block, 0] - 1, -1):
            this = level[k]
            while this >> _STRIDE < stretch:
                most[stretch] = max(most[stretch], at_risk)
                stretch -= 1
            at_risk += over[k] + open_[k]
            by_level[this, _AT_RISK] += over[k]
            by_level[this, _LOST] += open_[k]
        while stretch >= 0:
            most[stretch] = max(most[stretch], at_risk)
            stretch -= 1
        mine[block] = at_risk


@part
def _count_down(at_risk: float, by_level: Floats, lost_at: Narrow) -> int:
    """Put in place of those over at each level those at risk without them.

    Notes the levels at which any are lost; says how many such levels there are.
    """
    n = 0
    for level in range(len(by_level)):
        at_risk -= by_level[level, _AT_RISK]
        by_level[level, _AT_RISK] = at_risk
        if by_level[level, _LOST] > 0:
            at_risk -= by_level[level, _LOST]
            lost_at[n] = level
            n += 1
    return n


@part
def _may_come_down(at_risk: float, by_level: Floats, most: Floats, limit: float) -> bool:
    """Whether the share that goes on may fall to a limit, of all blocks or without any of them.

    Most stays at home or in housing last beyond the run: then it does not, and that is seen from
    all blocks together. At a level, each block has at most `most` at risk, so that without any of
    them the share falls by no more than ``gone / (at risk - most)``.
    """
    going_on = 1.0
    for level in range(len(by_level)):
        gone = at_risk - by_level[level, _AT_RISK]
        if gone > 0:
            going_on *= 1 - min(gone / max(at_risk - most[level >> _STRIDE], 1.0), 1.0)
            if going_on <= limit * (1 + 1e-9):
                return True
        at_risk = by_level[level, _AT_RISK] - by_level[level, _LOST]
    return False


@part
def _lane(
    level: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    by_level: Floats,
    lost_at: Narrow,
    at_risk: float,
    mine: float,
    limits: Floats,
    found: Floats,
) -> None:
    """Levels at which no more than each limit go on (Kaplan & Meier 1958), without one block.

    Parameters
    ----------
    level, over, open_ : ndarray
        The rows of that block.
    by_level, lost_at
        From `_count_down`.
    at_risk, mine : float
        How many there are in all, and in that block.
    found : ndarray, shape (Q,)
        Set where a limit is reached.
    """
    if mine == at_risk:
        return
    going_on = 1 / (at_risk - mine)  # as a share, for each at risk
    reached, k, lost, begin, top = 0, 0, 0, 0, len(by_level) - 1
    while begin <= top:
        # up to `at`, only others are over, and nobody is lost
        at = top
        if k < len(level):
            at = min(at, level[k])
        if lost < len(lost_at):
            at = min(at, lost_at[lost])
        before, followed = mine, 0.0
        while k < len(level) and level[k] == at:
            mine -= over[k]
            followed += open_[k]
            k += 1
        while going_on * (by_level[at, _AT_RISK] - mine) <= limits[reached]:
            found[reached] = _first(begin, at, going_on, before, by_level, limits[reached])
            reached += 1
            if reached == len(limits) or limits[reached] < 0:
                return
        if lost < len(lost_at) and lost_at[lost] == at:
            share = going_on * (by_level[at, _AT_RISK] - mine)
            mine -= followed
            going_on = share / (by_level[at, _AT_RISK] - by_level[at, _LOST] - mine)
            lost += 1
        begin = at + 1


@part
def _first(
    begin: int, end: int, going_on: float, mine: float, by_level: Floats, limit: float
) -> int:
    """The first level from `begin` on at which no more than a limit go on; else `end`."""
    while begin < end:
        middle = (begin + end) // 2
        if going_on * (by_level[middle, _AT_RISK] - mine) <= limit:
            end = middle
        else:
            begin = middle + 1
    return begin
