"""A register made ready to be added up: as a compact table, each row looked at once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flexsim.errors import RunError
from flexsim.jit import hot, part
from flexsim.measures.rows import (
    ADMITTED,
    LEFT,
    POOL,
    SOUGHT,
    Table,
    cell,
    is_held,
    is_stay,
    is_wait,
    until,
    wait_begun,
    wait_over,
    wide,
)
from flexsim.measures.sums import Index, Ints, Terms
from flexsim.register import NOT_YET, Register, RowTable, row_table

#: The wait of a row that was not looked at yet.
UNSEEN = NOT_YET - 1


class Rows(NamedTuple):
    """A register as the sums read it. N rows, C citizens."""

    table: Table  # (N, columns)
    wait: Table  # (N,) seconds that a request waited for a place; NOT_YET where it has no wait
    order: Index  # (N,) rows in the order of the register
    first: Index  # (C + 1,) where in `order` each citizen's rows begin
    who: Index  # (C, 3) stream, group and municipality of each citizen
    counted_over: Ints  # by the engine: see `Register`
    counted_empty: Ints


class Contents(NamedTuple):
    """How much there is of what is put in order later. P pools."""

    stays: Ints  # (P,) of some length
    held: Ints  # (P,) places held for some time
    totals: Ints  # by `STAYS`, `WAITS` and `LONGEST`

    @classmethod
    def none(cls, pools: int) -> Contents:
        """Nothing yet."""
        return cls(*(np.zeros(n, dtype=np.int64) for n in (pools, pools, 3)))


#: Stays of any length, waits, and the longest of both in seconds.
STAYS, WAITS, LONGEST = range(3)


def take_in(register: Register | RowTable) -> Rows:
    """The register as a table of 32-bit numbers, if they fit; nothing is looked at yet.

    Raises
    ------
    RunError
        If citizens and rows are not of one number.
    """
    given = row_table(register) if isinstance(register, Register) else register
    order, first = (np.ascontiguousarray(x, dtype=np.int32) for x in (given.order, given.first))
    members = given.citizen_stream, given.citizen_group, given.citizen_residence
    people, n = len(first) - 1, len(given.table)
    require(n == len(order) == first[-1] and all(len(ids) == people for ids in members))
    who = np.empty((people, len(members)), dtype=np.int32)
    for kind, ids in enumerate(members):
        who[:, kind] = ids
    table = _compact(given.table)
    wait = np.empty(n, dtype=table.dtype)
    return Rows(table, wait, order, first, who, given.counted_over, given.counted_empty)


def _compact(table: Table) -> Table:
    """In rows, and of 32 bits if they are enough."""
    small = table.dtype == np.int32 or not table.size
    if small or max(table.max(), -table.min()) <= np.iinfo(np.int32).max:
        return np.ascontiguousarray(table, dtype=np.int32)
    return np.ascontiguousarray(table, dtype=np.int64)


def require(fits: bool) -> None:
    """Raise RunError unless a register fits its plan: else the sums would go astray."""
    if not fits:
        raise RunError(
            "the register does not fit the plan: it names a pool, a group, a municipality, a stream"
            " or a row that is not there"
        )


@part
def all_known(terms: Terms, first: Index, who: Index, rows: int) -> bool:
    """Whether citizens' rows, streams, groups and municipalities are among those there are."""
    for number in range(len(who)):
        begin = 0 if number == 0 else first[number]
        is_known = (0 <= who[number, 0] < len(terms.from_ward)) & (
            0 <= who[number, 1] < terms.groups
        )
        is_known &= 0 <= who[number, 2] < terms.municipalities
        if not (is_known and first[number] == begin <= first[number + 1] <= rows):
            return False
    return True


@hot
def is_row_of(table: Table, wait: Table, i: int, pools: int) -> bool:
    """Whether there is a row, nobody else's, of pools that there are."""
    if not 0 <= i < len(table) or wait[i] != UNSEEN:
        return False
    return (0 <= cell(table, i, POOL) < pools) & (0 <= cell(table, i, SOUGHT) < pools)


@hot
def look_at(
    table: Table, i: int, end: int, wait: Table, stays: Ints, held: Ints, totals: Ints
) -> None:
    """Note the wait of a row, and what it adds to the `Contents`."""
    pool = cell(table, i, POOL)
    held[pool] += is_held(table, i, end)
    wait[i] = NOT_YET
    if is_wait(table, i):
        wait[i] = max(wait_over(table, i, end) - wait_begun(table, i), 0)
        totals[WAITS] += 1
        totals[LONGEST] = max(totals[LONGEST], wide(wait[i]))
    if is_stay(table, i):
        length = until(cell(table, i, LEFT), end) - cell(table, i, ADMITTED)
        stays[pool] += length > 0
        totals[STAYS] += 1
        totals[LONGEST] = max(totals[LONGEST], length)
