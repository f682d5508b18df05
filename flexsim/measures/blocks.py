"""Counts of many replications, added up in blocks so that a long run stays small.

A replication counts nearly as many levels as there are citizens. The intervals of quantiles need
them only in some tens of parts that can be left out one at a time (Efron & Tibshirani 1993,
chapter 11: the jackknife by groups).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry
from flexsim.jit_table import as_table
from flexsim.measures.hours import Counts
from flexsim.measures.room import room

Ints = NDArray[np.int64]
Narrow = NDArray[np.int32]

#: Blocks there are at most: with fewer replications, each is a block of its own.
BLOCKS = 50


class Blocks:
    """Counts by block of neighbouring replications, all of one length but perhaps the last.

    Parameters
    ----------
    replications : int, optional
        How many there will be. If that is not known, all counts are kept until they are asked for.
    """

    def __init__(self, replications: int | None = None) -> None:
        self._length = None if replications is None else -(-replications // BLOCKS)
        self._whole: list[Counts] = []
        self._begun: list[Counts] = []

    def add(self, counts: Counts) -> None:
        """Add the next replication."""
        self._begun.append(counts)
        if len(self._begun) == self._length:
            self._whole.append(_together(self._begun))
            self._begun = []

    def __iter__(self) -> Iterator[Counts]:
        if self._length is None:
            blocks = Blocks(len(self._begun))
            for counts in self._begun:
                blocks.add(counts)
            yield from blocks
            return
        yield from self._whole
        if self._begun:
            yield _together(self._begun)


def end_to_end(parts: Iterable[Counts]) -> Counts:
    """Counts one after the other, in memory that the thread uses again (see `room`).

    Here `first` has a row for each of the parts.
    """
    firsts, *columns = zip(*parts, strict=True)
    begin = np.cumsum([0, *(first[-1] for first in firsts[:-1])])
    joined = [
        np.concatenate(column, out=room(name, (sum(map(len, column)),), np.result_type(*column)))
        for name, column in zip(Counts._fields[1:], columns, strict=True)
    ]
    return Counts(np.array(firsts) + begin[:, None], *joined)


def _together(parts: Sequence[Counts]) -> Counts:
    """The counts of some replications added up."""
    if len(parts) == 1:
        return parts[0]
    rows, level, over, open_ = end_to_end(parts)
    first, levels = np.zeros(rows.shape[1], dtype=np.int64), room("levels", level.shape, np.int32)
    overs, opens = room("added up", (2, len(level)), np.int64)
    here = room("here", (level.max(initial=0) + 1, 2), np.int64)
    here[:] = 0
    n = _add(rows, level, over, open_, here, first, levels, overs, opens)
    return Counts(first, levels[:n].copy(), overs[:n].copy(), opens[:n].copy())


@entry
def _add(
    rows: Ints,
    level: Narrow,
    over: Narrow | Ints,
    open_: Narrow | Ints,
    here: Ints,
    first: Ints,
    levels: Narrow,
    overs: Ints,
    opens: Ints,
) -> int:
    """Add up cell by cell; says how many rows there are.

    Parameters
    ----------
    rows : ndarray, shape (parts, cells + 1)
        Where those of each cell begin in each part.
    level, over, open_ : ndarray
        Rows of the parts, one after the other.
    here : ndarray, shape (levels, 2)
        Zeros: room for what was over and what was open in one cell.
    first, levels, overs, opens : ndarray
        Filled, as in `Counts`.
    """
    here, rows, level = as_table(here, "here"), as_table(rows, "rows"), as_table(level, "level")
    over, open_ = as_table(over, "over"), as_table(open_, "open")
    first, levels = as_table(first, "first"), as_table(levels, "levels")
    overs, opens = as_table(overs, "overs"), as_table(opens, "opens")
    n = 0
    for cell in range(rows.shape[1] - 1):
        top = -1
        for part in range(len(rows)):
            for k in range(rows[part, cell], rows[part, cell + 1]):
                here[level[k], 0] += over[k]
                here[level[k], 1] += open_[k]
                top = max(top, level[k])
        for at in range(top + 1):
            if here[at, 0] + here[at, 1] > 0:
                levels[n], overs[n], opens[n] = at, here[at, 0], here[at, 1]
                here[at, 0] = here[at, 1] = 0
                n += 1
        first[cell + 1] = n
    return n
