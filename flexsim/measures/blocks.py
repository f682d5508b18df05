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
        self._whole: list[list[Counts]] = []
        self._begun: list[list[Counts]] = []

    def add(self, counts: list[Counts]) -> None:
        """Add the next replication."""
        self._begun.append(counts)
        if len(self._begun) == self._length:
            self._whole.append(_together(self._begun))
            self._begun = []

    def __iter__(self) -> Iterator[list[Counts]]:
        if self._length is None:
            blocks = Blocks(len(self._begun))
            for counts in self._begun:
                blocks.add(counts)
            yield from blocks
            return
        yield from self._whole
        if self._begun:
            yield _together(self._begun)


def _together(replications: list[list[Counts]]) -> list[Counts]:
    """The counts of some replications added up, kind by kind."""
    if len(replications) == 1:
        return replications[0]
    return [_sum(kind) for kind in zip(*replications, strict=True)]


def _sum(parts: Sequence[Counts]) -> Counts:
    kinds = max(part.which.max(initial=-1) for part in parts) + 1
    room = np.zeros(kinds, dtype=np.int64)
    for part in parts:
        _see_room(part.which, part.level, room)
    first = np.concatenate([[0], np.cumsum(room)])
    over, open_ = np.zeros((2, first[-1]), dtype=np.int64)
    for part in parts:
        _add(part, first, over, open_)
    at = np.flatnonzero(over + open_)
    which = np.searchsorted(first, at, side="right") - 1
    level = at - first[which]
    return Counts(which.astype(np.int32), level.astype(np.int32), over[at], open_[at])


@entry
def _see_room(which: Narrow, level: Narrow, room: Ints) -> None:
    """How many levels, from 0, there are at most."""
    for k in range(len(which)):
        room[which[k]] = max(room[which[k]], level[k] + 1)


@entry
def _add(part: Counts, first: Ints, over: Ints, open_: Ints) -> None:
    for k in range(len(part.which)):
        at = first[part.which[k]] + part.level[k]
        over[at] += part.over[k]
        open_[at] += part.open[k]
