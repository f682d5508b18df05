"""All sums of a register but those over time (`levels`), added up citizen by citizen."""

from __future__ import annotations

import numpy as np

from flexsim.jit import entry, part
from flexsim.jit_table import as_table, fetch
from flexsim.measures.flow import add_request
from flexsim.measures.intake import (
    UNSEEN,
    Contents,
    Rows,
    all_known,
    is_row_of,
    look_at,
    require,
)
from flexsim.measures.journeys import add_journey
from flexsim.measures.layout import Layout
from flexsim.measures.places import add_stay
from flexsim.measures.rows import wide
from flexsim.measures.sums import SPLIT, Ints, Sums, Terms
from flexsim.measures.waits import add_wait, of_each
from flexsim.register import COLUMNS, NOT_YET

#: Rows that the processor is asked for beforehand: a citizen's lie far apart.
_AHEAD = 24
_WIDTH = len(COLUMNS)


def added_up(rows: Rows, layout: Layout) -> tuple[Sums, Contents]:
    """The sums of a register, and how much there is of what; the waits of `rows` are filled in.

    Raises
    ------
    RunError
        If the rows cannot be those of the plan.
    """
    sums, contents = layout.empty_sums(), Contents.none(len(layout.pools))
    most = max(int(np.diff(rows.first).max(initial=0)), 0)
    paper = np.empty((3, most), dtype=np.int64)
    seen = np.full(sums.by_pool.shape[:2], NOT_YET, dtype=np.int64)
    require(_add_up(rows, layout.terms, paper, seen, contents, sums))
    return sums, contents


@entry
def _add_up(
    rows: Rows, terms: Terms, paper: Ints, seen: Ints, contents: Contents, sums: Sums
) -> bool:
    """Add up; false if the rows cannot be those of the plan.

    Parameters
    ----------
    paper : ndarray, shape (3, most rows of a citizen)
    seen : ndarray, shape (S, P)
        See `journeys.add_journey`.
    """
    if not all_known(terms, rows.first, rows.who, len(rows.order)):
        return False
    table, wait = as_table(rows.table, "table"), as_table(rows.wait, "wait")
    order, first, who = (
        as_table(rows.order, "order"),
        as_table(rows.first, "first"),
        as_table(rows.who, "who"),
    )
    ward, from_ward = as_table(terms.ward, "ward"), as_table(terms.from_ward, "from_ward")
    stays, held = as_table(contents.stays, "stays"), as_table(contents.held, "held")
    totals = as_table(contents.totals, "totals")
    paper, seen = as_table(paper, "paper"), as_table(seen, "seen")
    by_pool, by_member = as_table(sums.by_pool, "by_pool"), as_table(sums.by_member, "by_member")
    clock, last = terms.clock, len(order) - 1
    for i in range(len(wait)):
        wait[i] = UNSEEN
    for number in range(len(who)):
        group, home = who[number, 1], terms.groups + who[number, 2]
        begin, end = first[number], first[number + 1]
        for k in range(begin, end):
            fetch(table, order[min(k + _AHEAD, last)], _WIDTH)
            i = order[k]
            if not is_row_of(table, wait, i, len(ward)):
                return False
            look_at(table, i, clock.end, wait, stays, held, totals)
            add_stay(table, i, group, home, clock, by_pool, by_member)
            if wait[i] != NOT_YET:
                add_wait(table, i, wide(wait[i]), group, home, clock, by_pool, by_member)
            add_request(table, i, group, home, clock, by_pool, by_member)
        came_from_ward = from_ward[who[number, 0]]
        add_journey(
            *(table, order, begin, end, number, group, home, came_from_ward, ward, clock),
            *(paper, seen, by_pool, by_member),
        )
    of_each(by_pool)
    _add_groups(terms.groups, by_pool, by_member)
    return True


@part
def _add_groups(groups: int, by_pool: Ints, by_member: Ints) -> None:
    """What is kept by group is that of the pool, all groups together."""
    for segment in range(by_pool.shape[0]):
        for pool in range(by_pool.shape[1]):
            for group in range(groups):
                for column in range(SPLIT):
                    by_pool[segment, pool, column] += by_member[segment, pool, group, column]
