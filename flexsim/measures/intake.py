"""A register made ready to be added up: as a compact table, looked through once."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from flexsim.errors import RunError
from flexsim.jit import entry
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
from flexsim.measures.sums import Index, Ints
from flexsim.plan.plan import Plan
from flexsim.register import NOT_YET, Register, RowTable, row_table


class Rows(NamedTuple):
    """A register as the sums read it. N rows, C citizens."""

    table: Table  # (N, columns)
    wait: Table  # (N,) seconds that a request waited for a place; NOT_YET where it has no wait
    order: Index  # (N,) rows in the order of the register
    first: Index  # (C + 1,) where in `order` each citizen's rows begin
    owner: Index  # (N,) citizen of each row
    members: Index  # (C, 2) group and municipality, numbered on
    stream: Ints  # (C,)
    counted_over: Ints  # by the engine: see `Register`
    counted_empty: Ints


class Contents(NamedTuple):
    """How much there is of what is put in order later. P pools."""

    stays: Ints  # (P,) of some length
    held: Ints  # (P,) places held for some time
    begun: int  # stays of any length
    waits: int
    longest: int  # wait or stay, in seconds


def take_in(register: Register | RowTable, plan: Plan) -> tuple[Rows, Contents]:
    """The register as a table of 32-bit numbers, if they fit, looked through once.

    Raises
    ------
    RunError
        If the rows cannot be those of the plan: the sums would go astray.
    """
    given = row_table(register) if isinstance(register, Register) else register
    order, first = (np.ascontiguousarray(x, dtype=np.int32) for x in (given.order, given.first))
    who = given.citizen_stream, given.citizen_group, given.citizen_residence
    people, n = len(first) - 1, len(given.table)
    _require(n == len(order) == first[-1] and all(len(ids) == people for ids in who))
    kinds = np.empty((people, len(who)), dtype=np.int64)
    for kind, ids in enumerate(who):
        kinds[:, kind] = ids
    known = np.array([len(plan.streams), len(plan.groups), len(plan.municipalities)])
    owner = np.full(n, NOT_YET, dtype=np.int32)
    members = np.empty((people, 2), dtype=np.int32)
    _require(_own(order, first, kinds, known, owner, members))
    table = _compact(given.table)
    wait = np.empty(n, dtype=table.dtype)
    pools = len(plan.pools)
    stays, held, about = (np.zeros(n, dtype=np.int64) for n in (pools, pools, 3))
    _require(_look_through(table, plan.end, wait, stays, held, about))
    rows = Rows(
        *(table, wait, order, first, owner, members, kinds[:, 0]),
        *(given.counted_over, given.counted_empty),
    )
    return rows, Contents(stays, held, *about.tolist())


def _compact(table: Table) -> Table:
    """In rows, and of 32 bits if they are enough."""
    small = table.dtype == np.int32 or not table.size
    if small or max(table.max(), -table.min()) <= np.iinfo(np.int32).max:
        return np.ascontiguousarray(table, dtype=np.int32)
    return np.ascontiguousarray(table, dtype=np.int64)


def _require(fits: bool) -> None:
    if not fits:
        raise RunError(
            "the register does not fit the plan: it names a pool, a group, a municipality, a stream"
            " or a row that is not there"
        )


@entry
def _own(
    order: Index, first: Index, kinds: Ints, known: Ints, owner: Index, members: Index
) -> bool:
    """Write down whose rows they are, and the citizens' groups and municipalities.

    False unless each row is one citizen's, and each citizen's stream, group and municipality (the
    columns of `kinds`) are among those known.
    """
    if first[0] != 0:
        return False
    for number in range(len(first) - 1):
        if not first[number] <= first[number + 1] <= len(order):
            return False
        for kind in range(len(known)):
            if not 0 <= kinds[number, kind] < known[kind]:
                return False
        members[number, 0] = kinds[number, 1]
        members[number, 1] = kinds[number, 2] + known[1]
        for k in range(first[number], first[number + 1]):
            if not 0 <= order[k] < len(owner) or owner[order[k]] != NOT_YET:
                return False
            owner[order[k]] = number
    return True


@entry
def _look_through(
    table: Table, end: int, wait: Table, stays: Ints, held: Ints, about: Ints
) -> bool:
    """Fill `wait`, `stays`, `held` and the rest of `Contents`; false if a pool is not there."""
    begun = waits = longest = 0
    for i in range(len(table)):
        pool, sought = cell(table, i, POOL), cell(table, i, SOUGHT)
        if not (0 <= pool < len(stays) and 0 <= sought < len(stays)):
            return False
        held[pool] += is_held(table, i, end)
        wait[i] = NOT_YET
        if is_wait(table, i):
            waits += 1
            wait[i] = max(wait_over(table, i, end) - wait_begun(table, i), 0)
            longest = max(longest, wide(wait[i]))
        if is_stay(table, i):
            length = until(cell(table, i, LEFT), end) - cell(table, i, ADMITTED)
            begun += 1
            stays[pool] += length > 0
            longest = max(longest, length)
    about[0], about[1], about[2] = begun, waits, longest
    return True
