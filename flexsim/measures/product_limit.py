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
#: Rows that are passed over at once where no share is reached in them.
_STEP = 32
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
    room = np.empty((highest + 1, 2), dtype=np.int64)
    lost_room = np.empty(highest + 1, dtype=np.int32)
    mine = np.empty(len(first), dtype=np.int64)
    for cell in range(cells):
        rows = first[:, cell : cell + 2]
        for block in range(len(first)):
            if rows[block, 0] < rows[block, 1]:
                blocks[cell] = 1 + block
                n[cell] += 1
        if n[cell] == 0:
            continue
        by_level = room[: _top(rows, level) + 1]
        _add_up(rows, level, over, open_, by_level, mine)
        at_risk = mine.sum()
        lost_at = lost_room[: _count_down(at_risk, by_level, lost_room)]
        if len(lost_at) > 0:  # else every share is reached
            most = _most(rows, level, over, open_, mine, len(by_level))
            if not _may_come_down(at_risk, by_level, most, limits[cell, 0]):
                continue
        nobody = level[:0], over[:0], open_[:0]
        _lane(*nobody, by_level, lost_at, at_risk, np.int64(0), limits[cell], found[cell, 0])
        for block in range(blocks[cell]):
            begin, end = rows[block]
            own = level[begin:end], over[begin:end], open_[begin:end]
            to = found[cell, 1 + block]
            _lane(*own, by_level, lost_at, at_risk, mine[block], limits[cell], to)
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
    by_level: Ints,
    mine: Ints,
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
    """
    by_level[:] = 0
    for block in range(len(rows)):
        begin, end = rows[block]
        where, gone, followed = level[begin:end], over[begin:end], open_[begin:end]
        over_here, lost_here = np.int64(0), np.int64(0)
        for k in range(len(where)):  # by itself: many at once
            over_here += gone[k]
            lost_here += followed[k]
        mine[block] = over_here + lost_here
        for k in range(len(where)):
            by_level[np.uint32(where[k]), _AT_RISK] += gone[k]
        if lost_here > 0:
            for k in range(len(where)):
                by_level[np.uint32(where[k]), _LOST] += followed[k]


@part
def _count_down(at_risk: int, by_level: Ints, lost_at: Narrow) -> int:
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
def _most(
    rows: Ints, level: Narrow, over: Narrow | Ints, open_: Narrow | Ints, mine: Ints, levels: int
) -> Ints:
    """The most that any block has at risk in each stretch of levels."""
    most = np.zeros(((levels - 1) >> _STRIDE) + 1, dtype=np.int64)
    for block in range(len(rows)):
        at_risk, k = mine[block], rows[block, 0]
        for stretch in range(len(most)):
            most[stretch] = max(most[stretch], at_risk)
            while k < rows[block, 1] and level[k] >> _STRIDE == stretch:
                at_risk -= np.int64(over[k]) + np.int64(open_[k])
                k += 1
    return most


@part
def _may_come_down(at_risk: int, by_level: Ints, most: Ints, limit: float) -> bool:
    """Whether the share that goes on may fall to a limit, of all blocks or without any of them.

    Most stays at home or in housing last beyond the run: then it does not, and that is seen from
    all blocks together. At a level, each block has at most `most` at risk, so that without any of
    them the share falls by no more than ``gone / (at risk - most)``.
    """
    going_on = 1.0
    for level in range(len(by_level)):
        gone = at_risk - by_level[level, _AT_RISK]
        if gone > 0:
            going_on *= 1 - min(gone / max(at_risk - most[level >> _STRIDE], 1), 1.0)
            if going_on <= limit * (1 + 1e-9):
                return True
        at_risk = by_level[level, _AT_RISK] - by_level[level, _LOST]
    return False


@part
def _lane(
    level: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    by_level: Ints,
    lost_at: Narrow,
    at_risk: int,
    mine: np.int64,
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
    at_risk, mine : int
        How many there are in all, and in that block.
    found : ndarray, shape (Q,)
        Set where a limit is reached.
    """
    if mine == at_risk:
        return
    going_on = 1 / (at_risk - mine)  # as a share, for each at risk
    reached, k, lost, begin, top = 0, 0, 0, 0, len(by_level) - 1
    while begin <= top:
        next_lost = lost_at[lost] if lost < len(lost_at) else top + 1
        if k + _STEP <= len(level) and level[k + _STEP - 1] < next_lost:
            at, gone = level[k + _STEP - 1], _sum(over[k : k + _STEP])
            if going_on * (by_level[at, _AT_RISK] - mine + gone) > limits[reached]:
                mine -= gone
                k += _STEP
                begin = at + 1
                continue
        # up to `at`, only others are over, and nobody is lost
        at = min(top, next_lost)
        if k < len(level):
            at = min(at, level[k])
        before, followed = mine, np.int64(0)
        while k < len(level) and level[k] == at:
            mine -= over[k]
            followed += open_[k]
            k += 1
        while going_on * (by_level[at, _AT_RISK] - mine) <= limits[reached]:
            found[reached] = _first(begin, at, going_on, before, by_level, limits[reached])
            reached += 1
            if reached == len(limits) or limits[reached] < 0:
                return
        if at == next_lost:
            share = going_on * (by_level[at, _AT_RISK] - mine)
            mine -= followed
            going_on = share / (by_level[at, _AT_RISK] - by_level[at, _LOST] - mine)
            lost += 1
        begin = at + 1


@part
def _sum(values: Narrow | Ints) -> np.int64:
    """The sum of `_STEP` numbers, many at once."""
    found = np.int64(0)
    for k in range(_STEP):
        found += values[k]
    return found


@part
def _first(
    begin: int, end: int, going_on: float, mine: np.int64, by_level: Ints, limit: float
) -> int:
    """The first level from `begin` on at which no more than a limit go on; else `end`."""
    while begin < end:
        middle = (begin + end) // 2
        if going_on * (by_level[middle, _AT_RISK] - mine) <= limit:
            end = middle
        else:
            begin = middle + 1
    return begin
