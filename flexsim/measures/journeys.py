"""What a row says only beside others of the same citizen.

What it adds is said in `flow` and `delay`; here is the order in which they see it.
"""

from __future__ import annotations

from flexsim.jit import hot, part
from flexsim.measures import sums as s
from flexsim.measures.delay import add_after, add_awaited, add_completed, goal_settled
from flexsim.measures.flow import (
    add_citizen,
    add_discharge,
    add_transfer,
    is_anew,
    is_for_ward,
    is_new,
)
from flexsim.measures.rows import (
    ADMITTED,
    COMPLETED,
    LEFT,
    POOL,
    PURPOSE,
    REQUESTED,
    Table,
    cell,
    is_contact,
    is_course,
    is_kept,
    is_request,
    is_stay,
    until,
)
from flexsim.measures.sums import Bools, Clock, Index, Ints, segment_of
from flexsim.register import NOT_YET, Purpose

_GOAL = int(Purpose.GOAL)


@hot
def add_journey(  # noqa: PLR0915  # all that a walk over a citizen's rows sees
    table: Table,
    order: Index,
    begin: int,
    end: int,
    number: int,
    group: int,
    home: int,
    from_ward: bool,
    ward: Bools,
    clock: Clock,
    paper: Ints,
    seen: Ints,
    by_pool: Ints,
    by_member: Ints,
) -> None:
    """Add what the rows of a citizen say only beside each other.

    Parameters
    ----------
    table : ndarray
        See `rows`.
    order : ndarray
        Rows in the order of the register: the citizen's from `begin` to `end`.
    number : int
        Of the citizen.
    group, home : int
        Members that the citizen belongs to.
    from_ward : bool
        Whether the citizen came from a ward outside the model.
    ward : ndarray of bool, shape (P,)
    clock : Clock
    paper : ndarray, shape (3, most rows of a citizen)
        For stays by admission, and goals and new requests for a ward by request.
    seen : ndarray, shape (S, P)
        Which citizen was last counted there.
    by_pool, by_member : ndarray
        Sums, added to.
    """
    stays, goals, again = paper[0], paper[1], paper[2]
    n_stays = n_goals = n_again = 0
    last_asked, last_begun, in_order, after_contact = 0, 0, True, False
    for k in range(begin, end):
        i = order[k]
        asked, begun = cell(table, i, REQUESTED), cell(table, i, ADMITTED)
        in_order &= (asked >= last_asked) & ((begun >= last_begun) | (begun == NOT_YET))
        last_asked, last_begun = max(asked, last_asked), max(begun, last_begun)
        anew = is_anew(table, i, after_contact)
        if is_course(table, i):
            stop = until(cell(table, i, LEFT), clock.end)
            add_citizen(number, cell(table, i, POOL), begun, stop, clock, seen, by_pool)
        elif is_stay(table, i):
            stays[n_stays] = i
            n_stays += 1
            after_contact = anew & is_contact(table, i)
            if anew:
                add_transfer(table, i, clock, by_pool)
        if (not anew) & (table[i, PURPOSE] == _GOAL) & (not is_kept(table, i)):
            goals[n_goals] = i
            n_goals += 1
        if anew & is_for_ward(table, i, ward):
            again[n_again] = i
            n_again += 1
    if not in_order:
        _sort(stays, n_stays, table, ADMITTED)
        _sort(goals, n_goals, table, REQUESTED)
        _sort(again, n_again, table, REQUESTED)
    before, was_in_ward = NOT_YET, False
    for k in range(n_stays):
        stay = stays[k]
        pool, start = cell(table, stay, POOL), cell(table, stay, ADMITTED)
        left, completed = cell(table, stay, LEFT), cell(table, stay, COMPLETED)
        stop = until(left, clock.end)
        straight = was_in_ward if before == start else from_ward & is_new(table, stay)
        by_pool[segment_of(clock, start), pool, s.FROM_WARDS] += straight
        before, was_in_ward = stop, ward[pool]
        there = max(stop, start + 1) if is_contact(table, stay) else stop
        add_citizen(number, pool, start, there, clock, seen, by_pool)
        if was_in_ward & (left != NOT_YET):
            later = _count(again, n_again, table, left - 1)
            back = cell(table, again[later], REQUESTED) if later < n_again else NOT_YET
            add_discharge(pool, left, back, clock, by_pool)
        if (completed != NOT_YET) & (completed < stop):
            known = _count(goals, n_goals, table, completed)
            goal = goals[known - 1] if known else NOT_YET
            add_completed(table, goal, pool, completed, stop, clock, by_pool)
            add_after(group, home, pool, completed, stop, clock, by_member)
    for k in range(n_goals):
        goal = goals[k]
        settled = goal_settled(table, goal, clock.end)
        if (table[goal, REQUESTED] < settled) & is_request(table, goal):
            add_awaited(table, stays, n_stays, goal, settled, ward, clock, by_pool)


@part
def _sort(rows: Ints, count: int, table: Table, column: int) -> None:
    """Put rows in order of a time, those alike as they are; few of them are out of it."""
    for n in range(1, count):
        row = rows[n]
        at = n
        while at > 0 and table[rows[at - 1], column] > table[row, column]:
            rows[at] = rows[at - 1]
            at -= 1
        rows[at] = row


@part
def _count(rows: Ints, count: int, table: Table, time: int) -> int:
    """How many of the rows, in the order of request, were requested up to a time."""
    low, high = 0, count
    while low < high:
        middle = (low + high) // 2
        if table[rows[middle], REQUESTED] <= time:
            low = middle + 1
        else:
            high = middle
    return low
