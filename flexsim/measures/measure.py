"""All measures of one replication."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flexsim.measures.adding import added_up
from flexsim.measures.days import by_day
from flexsim.measures.hours import Counts, count
from flexsim.measures.intake import take_in
from flexsim.measures.layout import Cells, layout_of
from flexsim.measures.ledger import check_ledger
from flexsim.measures.levels import add_levels
from flexsim.measures.steady import waiting_lately
from flexsim.plan.plan import Plan
from flexsim.register import Register, RowTable


@dataclass(frozen=True)
class Measured:
    """What is kept of one replication; `tidy` makes tables of it."""

    cells: Cells
    counts: Counts
    waiting: NDArray[np.float64]  # (2, P) by `steady.waiting_lately`
    days: dict[str, NDArray[np.float32]]  # (P, D) by `days.SERIES`


def measure(register: Register | RowTable, plan: Plan, daily: bool = True) -> Measured:
    """Measure one register, simulated or observed.

    Parameters
    ----------
    register : Register or RowTable
        Not changed.
    plan : Plan
    daily : bool
        Whether averages of each day are also wanted.

    Raises
    ------
    RunError
        If the bed-day ledger does not balance, or the register is not one of the plan's.
    """
    rows, layout = take_in(register), layout_of(plan)
    sums, contents = added_up(rows, layout)
    check_ledger(layout, sums.by_pool, rows)
    law = add_levels(rows.table, contents, layout.stretches, plan.end, sums.by_pool)
    counts = count(rows, contents, layout.terms.clock, law)
    days = by_day(rows, len(plan.pools), plan.end) if daily else {}
    return Measured(layout.cells(sums), counts, waiting_lately(rows, plan), days)
