"""All sums of a register but those over time (`levels`)."""

from __future__ import annotations

import numpy as np

from flexsim.measures.flow import add_requests
from flexsim.measures.intake import Rows
from flexsim.measures.journeys import add_journeys
from flexsim.measures.layout import Layout
from flexsim.measures.places import add_stays
from flexsim.measures.sums import SPLIT, Sums
from flexsim.measures.waits import add_waits, of_each
from flexsim.register import NOT_YET


def added_up(rows: Rows, layout: Layout) -> Sums:
    """The sums of a register."""
    sums, clock = layout.empty_sums(), layout.clock
    add_stays(rows.table, rows.owner, rows.members, clock, *sums)
    add_waits(rows.table, rows.wait, rows.owner, rows.members, clock, *sums)
    add_requests(rows.table, rows.owner, rows.members, clock, *sums)
    of_each(sums.by_pool)
    from_ward = layout.from_ward[rows.stream]
    stays, goals, again = np.empty((3, np.diff(rows.first).max(initial=0)), dtype=np.int64)
    seen = np.full(sums.by_pool.shape[:2], NOT_YET, dtype=np.int64)
    paper = stays, goals, again, seen
    people = rows.order, rows.first, rows.members, from_ward
    add_journeys(rows.table, *people, layout.ward, clock, *paper, *sums)
    sums.by_pool[:, :, :SPLIT] = sums.by_member[:, :, : layout.groups].sum(axis=2)
    return sums
