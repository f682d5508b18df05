"""The product-limit estimate (Kaplan & Meier 1958) of all blocks, and without each of them.

The same numbers as by the formula, block by block, at a small part of the work: as long as nobody
is lost from sight, the share that goes on falls as the number at risk does, so that it needs to be
looked at only where the block that is left out has rows; and most quantiles that are never reached
are told from sums over stretches of levels.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.jit_table import as_table

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Narrow = NDArray[np.int32]

#: Levels of a stretch, in bits.
_STRETCH = 8
#: Rows that are passed over at once where no share is reached in them.
_STEP = 32
#: Columns by level: at first how many are over there, then how many are at risk without them; and
#: how many are followed no further.
_AT_RISK, _LOST = 0, 1


class Counted(NamedTuple):
    """Rows, by level in each cell of each block (tables)."""

    level: Narrow
    over: Narrow | Ints  # how many were over at the level
    open: Narrow | Ints  # how many were followed no further than that
    first: Ints  # (B, C + 1) where the rows of each cell begin in each block


@entry
def leave_one_out(
    first: Ints, level: Narrow, over: Narrow | Ints, open_: Narrow | Ints, limits: Floats
) -> tuple[Ints, Ints, Floats]:
    """Quantiles of all blocks, and without each of them, of every cell.

    Parameters
    ----------
    first, level, over, open_ : ndarray
        Of `Counted`.
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
    rows = Counted(
        as_table(level, "level"),
        as_table(over, "over"),
        as_table(open_, "open"),
        as_table(first, "first"),
    )
    cells = len(limits)
    blocks, n = np.zeros(cells, dtype=np.int64), np.zeros(cells, dtype=np.int64)
    found = np.full((cells, 1 + len(first), limits.shape[1]), np.nan)
    highest = 0
    for cell in range(cells):
        highest = max(highest, _top(rows, cell))
    by_level = np.empty((highest + 1, 2), dtype=np.int64)
    lost_at = np.empty(highest + 1, dtype=np.int32)
    by_stretch = np.empty(((highest >> _STRETCH) + 1, 3), dtype=np.int64)
    mine = np.empty(len(first), dtype=np.int64)
    for cell in range(cells):
        for block in range(len(first)):
            if first[block, cell] < first[block, cell + 1]:
                blocks[cell] = 1 + block
                n[cell] += 1
        if n[cell] == 0:
            continue
        top = _top(rows, cell)
        at_risk, lost = _people(rows, cell, mine)
        if lost > limits[cell, 0] * at_risk:  # else it is hardly worth trying
            stretches = (top >> _STRETCH) + 1
            if _stays_above(limits[cell, 0], rows, cell, stretches, by_stretch, at_risk, mine):
                continue
        _add_up(rows, cell, top, by_level, lost)
        losses = _count_down(at_risk, top, by_level, lost_at)
        known = top, losses, by_level, lost_at, at_risk
        _lane(rows, 0, 0, *known, np.int64(0), limits[cell], found[cell, 0])
        for block in range(blocks[cell]):
            begin, end = first[block, cell], first[block, cell + 1]
            to = found[cell, 1 + block]
            _lane(rows, begin, end, *known, mine[block], limits[cell], to)
    return blocks, n, found


@part
def _top(rows: Counted, cell: int) -> int:
    """The highest level of a cell, 0 if it has none."""
    top = 0
    for block in range(len(rows.first)):
        begin, end = rows.first[block, cell], rows.first[block, cell + 1]
        if begin < end:
            top = max(top, rows.level[end - 1])
    return top


@part
def _people(rows: Counted, cell: int, mine: Ints) -> tuple[np.int64, np.int64]:
    """Set `mine` to how many there are in each block; all of them, and how many of all are lost."""
    people, lost = np.int64(0), np.int64(0)
    for block in range(len(mine)):
        over_here, lost_here = np.int64(0), np.int64(0)
        for k in range(rows.first[block, cell], rows.first[block, cell + 1]):
            over_here += rows.over[k]
            lost_here += rows.open[k]
        mine[block] = over_here + lost_here
        people += over_here + lost_here
        lost += lost_here
    return people, lost


@part
def _stays_above(
    limit: float,
    rows: Counted,
    cell: int,
    stretches: int,
    by_stretch: Ints,
    at_risk: np.int64,
    mine: Ints,
) -> bool:
    """Whether it is sure that the share that goes on stays above a limit, whatever is left out.

    Most stays at home or in housing last beyond the run. Of a stretch of levels, take all who are
    lost in it as lost at its begin: then as few as can be are at risk when others are over, and
    the share falls to ``left / (left + gone)`` of what it was, `left` being those at risk after
    it. It falls no lower if one block is left out, taken with the most that any has at risk there.

    Parameters
    ----------
    by_stretch : ndarray, shape (stretches, 3)
        Room: how many are over and how many lost, and the most of a block at risk after it.
    at_risk, mine : int, and ndarray of shape (B,)
        From `_people`.
    """
    for stretch in range(stretches):
        by_stretch[stretch, 0] = by_stretch[stretch, 1] = by_stretch[stretch, 2] = 0
    for block in range(len(mine)):
        k, end = rows.first[block, cell], rows.first[block, cell + 1]
        mine_here = mine[block]
        for stretch in range(stretches):
            gone, lost, stop = np.int64(0), np.int64(0), (stretch + 1) << _STRETCH
            while k < end and rows.level[k] < stop:
                gone += rows.over[k]
                lost += rows.open[k]
                k += 1
            mine_here -= gone + lost
            by_stretch[stretch, 0] += gone
            by_stretch[stretch, 1] += lost
            by_stretch[stretch, 2] = max(by_stretch[stretch, 2], mine_here)
    going_on = 1.0
    for stretch in range(stretches):
        gone = by_stretch[stretch, 0]
        at_risk -= gone + by_stretch[stretch, 1]
        if gone > 0:
            left = at_risk - by_stretch[stretch, 2]
            going_on *= left / (left + gone)
            if going_on <= limit * (1 + 1e-9):
                return False
    return True


@part
def _add_up(rows: Counted, cell: int, top: int, by_level: Ints, lost: np.int64) -> None:
    """Set `by_level` to how many of a cell are over at each level, and lost there.

    Parameters
    ----------
    by_level : ndarray, shape (more than `top`, 2)
    lost : int
        How many are lost in all.
    """
    for level in range(top + 1):
        by_level[level, _AT_RISK] = by_level[level, _LOST] = 0
    for block in range(len(rows.first)):
        begin, end = rows.first[block, cell], rows.first[block, cell + 1]
        for k in range(begin, end):
            by_level[rows.level[k], _AT_RISK] += rows.over[k]
        if lost > 0:
            for k in range(begin, end):
                by_level[rows.level[k], _LOST] += rows.open[k]


@part
def _count_down(at_risk: np.int64, top: int, by_level: Ints, lost_at: Narrow) -> int:
    """Put in place of those over at each level those at risk without them.

    Notes the levels at which any are lost; says how many such levels there are.
    """
    n = 0
    for level in range(top + 1):
        at_risk -= by_level[level, _AT_RISK]
        by_level[level, _AT_RISK] = at_risk
        if by_level[level, _LOST] > 0:
            at_risk -= by_level[level, _LOST]
            lost_at[n] = level
            n += 1
    return n


@part
def _lane(
    rows: Counted,
    k: int,
    end: int,
    top: int,
    losses: int,
    by_level: Ints,
    lost_at: Narrow,
    at_risk: np.int64,
    mine: np.int64,
    limits: Floats,
    found: Floats,
) -> None:
    """Levels at which no more than each limit go on (Kaplan & Meier 1958), without one block.

    Parameters
    ----------
    k, end : int
        Where the rows of that block begin and end.
    top, losses, by_level, lost_at
        The highest level, and what `_count_down` gives.
    at_risk, mine : int
        How many there are in all, and in that block.
    found : ndarray, shape (Q,)
        Set where a limit is reached.
    """
    if mine == at_risk:
        return
    going_on = 1 / (at_risk - mine)  # as a share, for each at risk
    reached, lost, begin = 0, 0, 0
    while begin <= top:
        next_lost = lost_at[lost] if lost < losses else top + 1
        if k + _STEP <= end and rows.level[k + _STEP - 1] < next_lost:
            at, gone = rows.level[k + _STEP - 1], np.int64(0)
            for n in range(_STEP):  # many at once
                gone += rows.over[k + n]
            if going_on * (by_level[at, _AT_RISK] - mine + gone) > limits[reached]:
                mine -= gone
                k += _STEP
                begin = at + 1
                continue
        # up to `at`, only others are over, and nobody is lost
        at = min(top, next_lost)
        if k < end:
            at = min(at, rows.level[k])
        before, followed = mine, np.int64(0)
        while k < end and rows.level[k] == at:
            mine -= rows.over[k]
            followed += rows.open[k]
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
