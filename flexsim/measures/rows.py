"""What a row of the register says: its columns, and what follows from them.

`table` is that of a `flexsim.register.RowTable` and `i` the number of a row in it. Everything here
is compiled into the functions that add up, but can be called as it stands. Conditions are joined by
`&`, which is quicker than `and` where neither side can be foreseen.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import part
from flexsim.register import COLUMNS, NOT_YET, Kind, Outcome

Table = NDArray[np.int32] | NDArray[np.int64]

EPISODE = COLUMNS.index("episode")
REQUEST = COLUMNS.index("request")
PURPOSE = COLUMNS.index("purpose")
SOUGHT = COLUMNS.index("sought")
POOL = COLUMNS.index("pool")
KIND = COLUMNS.index("kind")
REQUESTED = COLUMNS.index("requested")
WANTED = COLUMNS.index("wanted")
READY = COLUMNS.index("ready")
KIND = COLUMNS.index("kind")
GRANTED = COLUMNS.index("granted")
ADMITTED = COLUMNS.index("admitted")
COMPLETED = COLUMNS.index("completed")
LEFT = COLUMNS.index("left")
ENDED = COLUMNS.index("ended")
OUTCOME = COLUMNS.index("outcome")

_NOT_IN_TARGET_GROUP = int(Outcome.NOT_IN_TARGET_GROUP)
_TURNED_AWAY = int(Outcome.TURNED_AWAY_FULL)
_WITHDRAWN = int(Outcome.WITHDRAWN)
_CONTACT = int(Kind.CONTACT)
_TEAM = int(Kind.TEAM)


@part
def cell(table: Table, i: int, column: int) -> int:
    """One cell, wide enough to be added to."""
    return np.int64(table[i, column])  # type: ignore[return-value]


@part
def wide(number: np.signedinteger) -> int:
    """A number, wide enough to be added to."""
    return np.int64(number)  # type: ignore[return-value]


@part
def until(time: int, end: int) -> int:
    """A time, or the end of the run where nothing has happened yet."""
    return end if time == NOT_YET else time


@part
def is_kept(table: Table, i: int) -> bool:
    """Whether the place was not asked for, but kept for a citizen who was readmitted."""
    return (table[i, GRANTED] != NOT_YET) & (table[i, WANTED] == NOT_YET)


@part
def is_request(table: Table, i: int) -> bool:
    """Whether the row asked for a place and could have got it.

    Not so: a place released and asked for again, a place kept.
    """
    never_moved_in = (table[i, GRANTED] != NOT_YET) & (table[i, ADMITTED] == NOT_YET)
    released = never_moved_in & (table[i, LEFT] != NOT_YET)
    return not released | is_kept(table, i)


@part
def withdrawn_at_once(table: Table, i: int) -> bool:
    """Whether the request was withdrawn at the instant at which it was made."""
    return (table[i, OUTCOME] == _WITHDRAWN) & (table[i, ENDED] == table[i, REQUESTED])


@part
def is_wait(table: Table, i: int) -> bool:
    """Whether the row has a wait for a place that counts.

    It was wanted and ready; not outside the target group, not turned away, not withdrawn at once.
    """
    outcome = table[i, OUTCOME]
    could_wait = (outcome != _NOT_IN_TARGET_GROUP) & (outcome != _TURNED_AWAY)
    known = (table[i, WANTED] != NOT_YET) & (table[i, READY] != NOT_YET)
    return could_wait & known & is_request(table, i) & (not withdrawn_at_once(table, i))


@part
def wait_begun(table: Table, i: int) -> int:
    """When the wait for a place began: ready and wanted."""
    return max(cell(table, i, READY), cell(table, i, WANTED))


@part
def wait_over(table: Table, i: int, end: int) -> int:
    """When the wait for a place was over: granted, or ended without one."""
    granted = cell(table, i, GRANTED)
    return granted if granted != NOT_YET else until(cell(table, i, ENDED), end)


@part
def is_stay(table: Table, i: int) -> bool:
    """Whether somebody moved in."""
    return table[i, ADMITTED] != NOT_YET


@part
def is_contact(table: Table, i: int) -> bool:
    """Whether it is a contact: closed without a bed."""
    return table[i, KIND] == _CONTACT


@part
def is_course(table: Table, i: int) -> bool:
    """Whether what was begun is a course with a team, besides the places where somebody is."""
    return table[i, KIND] == _TEAM


@part
def need_over(table: Table, i: int, end: int) -> int:
    """When the need for the place of a stay was over."""
    completed = cell(table, i, COMPLETED)
    return completed if completed != NOT_YET else until(cell(table, i, LEFT), end)


@part
def held_until(table: Table, i: int, end: int) -> int:
    """Until when a granted place was held: moved in, or given back."""
    admitted = cell(table, i, ADMITTED)
    return admitted if admitted != NOT_YET else until(cell(table, i, LEFT), end)


@part
def is_held(table: Table, i: int, end: int) -> bool:
    """Whether a place was held for a while before moving in."""
    granted = table[i, GRANTED]
    return (granted != NOT_YET) & (held_until(table, i, end) > granted)
