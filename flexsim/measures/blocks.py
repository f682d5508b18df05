"""Counts of many replications, added up in blocks so that a long run stays small.

A replication counts nearly as many levels as there are citizens. The intervals of quantiles need
them only in some tens of parts that can be left out one at a time (Efron & Tibshirani 1993,
chapter 11: the jackknife by groups).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry
from flexsim.measures.hours import Counts

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


def _together(parts: Sequence[Counts]) -> Counts:
    """The counts of some replications added up."""
    if len(parts) == 1:
        return parts[0]
    room = np.zeros(len(parts[0].first) - 1, dtype=np.int64)
    for part in parts:
        _see_room(part.first, part.level, room)
    at = np.concatenate([[0], np.cumsum(room)])
    over, open_ = np.zeros((2, at[-1]), dtype=np.int64)
    for part in parts:
        _add(part, at, over, open_)
    kept = np.flatnonzero(over + open_)
    first = np.searchsorted(kept, at)
    level = kept - np.repeat(at[:-1], np.diff(first))
    return Counts(first, level.astype(np.int32), over[kept], open_[kept])


@entry
def _see_room(first: Ints, level: Narrow, room: Ints) -> None:
    """How many levels, from 0, there are at most in each cell; the last of its rows is highest."""
    for cell in range(len(room)):
        if first[cell] < first[cell + 1]:
            room[cell] = max(room[cell], level[first[cell + 1] - 1] + 1)


@entry
def _add(part: Counts, at: Ints, over: Ints, open_: Ints) -> None:
    for cell in range(len(at) - 1):
        for k in range(part.first[cell], part.first[cell + 1]):
            over[at[cell] + part.level[k]] += part.over[k]
            open_[at[cell] + part.level[k]] += part.open[k]
