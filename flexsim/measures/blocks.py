"""Counts of many replications, added up in blocks so that a long run stays small.

A replication counts nearly as many levels as there are citizens. The intervals of quantiles need
them only in some tens of parts that can be left out one at a time (Efron & Tibshirani 1993,
chapter 11: the jackknife by groups).
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from flexsim.jit import entry
from flexsim.measures.hours import Counts

#: Blocks there are at most: with fewer replications, each is a block of its own.
BLOCKS = 50


class Blocks:
    """Counts by block of neighbouring replications, all of one length but perhaps the last.

    Parameters
    ----------
    replications : int
        How many there will be.
    """

    def __init__(self, replications: int) -> None:
        self._length = -(-replications // BLOCKS)
        self._added = 0
        self._blocks: list[list[Counts]] = []

    def add(self, counts: list[Counts]) -> None:
        """Add the next replication."""
        if self._added % self._length == 0:
            self._blocks.append(counts)
        else:
            pairs = zip(self._blocks[-1], counts, strict=True)
            self._blocks[-1] = [together(*pair) for pair in pairs]
        self._added += 1

    def __iter__(self) -> Iterator[list[Counts]]:
        return iter(self._blocks)


def together(one: Counts, other: Counts) -> Counts:
    """The sum of two counts, each in order."""
    room = len(one.which) + len(other.which)
    both = Counts._make(np.empty(room, column.dtype) for column in one)
    used = _merge(one, other, both)
    return Counts._make(column[:used].copy() for column in both)


@entry
def _merge(one: Counts, other: Counts, both: Counts) -> int:
    """Write the sum of two counts, in order; says how many levels it has."""
    i = j = n = 0
    while i < len(one.which) or j < len(other.which):
        mine = theirs = False
        if j == len(other.which):
            mine = True
        elif i == len(one.which):
            theirs = True
        else:
            a, b = one.which[i], other.which[j]
            mine = a < b or (a == b and one.level[i] <= other.level[j])
            theirs = b < a or (a == b and other.level[j] <= one.level[i])
        at, counts = (i, one) if mine else (j, other)
        both.which[n], both.level[n] = counts.which[at], counts.level[at]
        both.over[n], both.open[n] = counts.over[at], counts.open[at]
        if mine & theirs:
            both.over[n] += other.over[j]
            both.open[n] += other.open[j]
        i, j, n = i + mine, j + theirs, n + 1
    return n
