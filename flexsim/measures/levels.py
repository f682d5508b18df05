"""Places in use over time: how long each number was in use, and what lies above the norm.

The times at which stays begin and end are put in order apart from each other: the number in use is
how many have begun less how many have ended.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flexsim.jit import entry, part
from flexsim.jit_table import as_table
from flexsim.measures import sums as s
from flexsim.measures.intake import Contents
from flexsim.measures.order import put_in_order
from flexsim.measures.rows import (
    ADMITTED,
    GRANTED,
    LEFT,
    POOL,
    Table,
    cell,
    held_until,
    is_held,
    is_stay,
    until,
)
from flexsim.measures.sums import Bools, Ints
from flexsim.plan.plan import UNLIMITED

#: The number in use is looked at after so many beginnings to see how much room a law needs.
_LOOK = 64


class Stretches(NamedTuple):
    """The window of each pool, cut where a segment or the norm changes. K stretches."""

    first: Ints  # (P + 1,) where each pool's stretches begin
    start: Ints  # (K,)
    stop: Ints  # (K,)
    segment: Ints  # (K,)
    norm: Ints  # (K,)


class Law(NamedTuple):
    """Seconds of the window with 0, 1, ... citizens present: those of pool p from `first[p]` on."""

    first: Ints  # (P + 1,)
    seconds: Ints


class Spans(NamedTuple):
    """Times at which something begins and ends, by pool, each in order."""

    first: Ints  # (P + 1,) where each pool's times begin
    starts: Table
    stops: Table


def add_levels(
    table: Table, contents: Contents, stretches: Stretches, end: int, by_pool: Ints
) -> Law:
    """Add what the number of places in use says against the norm; gives the law of those present.

    Parameters
    ----------
    by_pool : ndarray
        Sums, added to.
    """
    present, held = _spans(table, contents.stays), _spans(table, contents.held)
    _collect(table, end, present, held)
    first = _ends(_put_in_order(present))
    law = Law(first, np.zeros(first[-1], dtype=np.int64))
    holding = contents.held > 0
    _walk(np.arange(len(holding)), present, stretches, ~holding, law, by_pool)
    if holding.any():
        used = _together(present, held, holding)
        nothing = law._replace(seconds=law.seconds[:0])
        _walk(np.flatnonzero(holding), used, stretches, holding, nothing, by_pool)
    if len(by_pool) > 2:
        by_pool[-1, :, s.PEAK] = 0  # where there are whole years, peaks are of those
    return law


def _ends(counts: Ints) -> Ints:
    ends = np.zeros(len(counts) + 1, dtype=np.int64)
    counts.cumsum(out=ends[1:])
    return ends


def _spans(table: Table, counts: Ints) -> Spans:
    first = _ends(counts)
    return Spans(first, np.empty(first[-1], table.dtype), np.empty(first[-1], table.dtype))


def _put_in_order(spans: Spans) -> Ints:
    """Sort; says how many levels, from 0, there may be at most in each pool."""
    room = np.ones(len(spans.first) - 1, dtype=np.int64)
    _sort(spans, np.empty(np.diff(spans.first).max(initial=0), spans.starts.dtype), room)
    return room


def _together(one: Spans, other: Spans, pools: Bools) -> Spans:
    """Both, of these pools, in order."""
    counts = np.where(pools, np.diff(one.first) + np.diff(other.first), 0)
    both = _spans(one.starts, counts)
    for p in np.flatnonzero(pools).tolist():
        mine = slice(both.first[p], both.first[p + 1])
        parts = [slice(spans.first[p], spans.first[p + 1]) for spans in (one, other)]
        np.concatenate([one.starts[parts[0]], other.starts[parts[1]]], out=both.starts[mine])
        np.concatenate([one.stops[parts[0]], other.stops[parts[1]]], out=both.stops[mine])
    _put_in_order(both)
    return both


@entry
def _collect(table: Table, end: int, present: Spans, held: Spans) -> None:
    """Write down the times of stays, and of places held before moving in, by pool.

    Nothing lasts no time. Stays are closed in the order in which they end, but for those that never
    do: what ends with the run is written from behind, so that the ends of stays are mostly in
    order.
    """
    table = as_table(table, "table")
    starts, stops = as_table(present.starts, "starts"), as_table(present.stops, "stops")
    granted, moved_in = as_table(held.starts, "granted"), as_table(held.stops, "moved_in")
    begun, ended, behind = present.first.copy(), present.first.copy(), present.first[1:].copy()
    holding = held.first.copy()
    for i in range(len(table)):
        pool = cell(table, i, POOL)
        start, stop = cell(table, i, ADMITTED), until(cell(table, i, LEFT), end)
        if is_stay(table, i) & (stop > start):
            starts[begun[pool]] = max(start, 0)
            begun[pool] += 1
            if stop < end:
                stops[ended[pool]] = max(stop, 0)
                ended[pool] += 1
            else:
                behind[pool] -= 1
                stops[behind[pool]] = stop
        if is_held(table, i, end):
            granted[holding[pool]] = max(cell(table, i, GRANTED), 0)
            moved_in[holding[pool]] = held_until(table, i, end)
            holding[pool] += 1


@entry
def _sort(spans: Spans, spare: Table, room: Ints) -> None:
    """Put the times of each pool in order, and see how many there are at most at a time."""
    for pool in range(len(room)):
        begin, end = spans.first[pool], spans.first[pool + 1]
        put_in_order(spans.starts[begin:end], spare)
        put_in_order(spans.stops[begin:end], spare)
        ended = begin
        for begun in range(begin, end, _LOOK):
            while ended < end and spans.stops[ended] <= spans.starts[begun]:
                ended += 1
            room[pool] = max(room[pool], begun - ended + 1 + _LOOK)


@entry
def _walk(
    pools: Ints, spans: Spans, stretches: Stretches, is_all: Bools, law: Law, by_pool: Ints
) -> None:
    """Go through the window of some pools, from one change of the number in use to the next.

    Parameters
    ----------
    is_all : ndarray of bool, shape (P,)
        Whether the spans are all that takes up places: only that is held against the norm.
    law : Law
        Added to; or empty, and then the spans are not those of citizens present.
    """
    starts, stops = as_table(spans.starts, "starts"), as_table(spans.stops, "stops")
    seconds, by_pool = as_table(law.seconds, "seconds"), as_table(by_pool, "by_pool")
    of_present = len(seconds) > 0
    for pool in pools:
        i = j = spans.first[pool]
        last = spans.first[pool + 1]
        at, all_here = law.first[pool], is_all[pool]
        for k in range(stretches.first[pool], stretches.first[pool + 1]):
            time, stop, norm = stretches.start[k], stretches.stop[k], stretches.norm[k]
            segment = stretches.segment[k]
            while time < stop:
                while i < last and starts[i] <= time:
                    i += 1
                while j < last and stops[j] <= time:
                    j += 1
                upto = min(stop, starts[i]) if i < last else stop
                upto = min(upto, stops[j]) if j < last else upto
                level, length = i - j, upto - time
                if of_present:
                    seconds[at + level] += length
                    if norm < UNLIMITED:
                        by_pool[segment, pool, s.UNDER_NORM] += level * length
                if all_here & (level >= norm):
                    _add_full(by_pool, segment, pool, level - norm, length)
                time = upto


@part
def _add_full(by_pool: Ints, segment: int, pool: int, above: int, length: int) -> None:
    """A time without a free place of the norm, and perhaps with some in use above it."""
    by_pool[segment, pool, s.FULL] += length
    by_pool[segment, pool, s.PLACES_OVER] += above * length
    by_pool[segment, pool, s.PEAK] = max(by_pool[segment, pool, s.PEAK], above)
    if above > 0:
        by_pool[segment, pool, s.OVER] += length
