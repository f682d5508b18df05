"""Lists that grow without end: overload has no steady state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry
from flexsim.jit_table import as_table
from flexsim.measures.intake import Rows
from flexsim.measures.periods import DAY, YEAR
from flexsim.measures.rows import POOL, Table, cell, wait_begun
from flexsim.message import Message
from flexsim.plan.plan import Plan

Floats = NDArray[np.float64]

#: Share of steady runs in which any list is said to grow.
ERROR = 0.01
_YEAR_DAYS = YEAR // DAY


def waiting_lately(rows: Rows, plan: Plan) -> Floats:
    """Requests on the list of each pool, on average, in two stretches of one length.

    They are the end of the window and what comes just before it, both of whole years if there are
    two, so that neither a season nor a list that has yet to fill after the start is taken for
    growth.

    Returns
    -------
    ndarray, shape (2, P)
    """
    found = np.zeros((2, len(plan.pools)))
    length = _days_compared(plan) * DAY
    _average(rows.table, rows.wait, plan.end - 2 * length, length, found)
    return found


@entry
def _average(table: Table, wait: Table, start: int, length: int, found: Floats) -> None:
    """Add the requests on each list, on average, in two stretches from a time on."""
    table, wait, found = as_table(table, "table"), as_table(wait, "wait"), as_table(found, "found")
    for i in range(len(table)):
        if wait[i] > 0:
            begun = wait_begun(table, i)
            over = begun + wait[i]
            for k in range(2):
                first = start + k * length
                seconds = min(over, first + length) - max(begun, first)
                if seconds > 0:
                    found[k, cell(table, i, POOL)] += seconds
    for k in range(2):
        for pool in range(found.shape[1]):
            found[k, pool] /= max(length, 1)


def growth_warnings(plan: Plan, waiting: Floats) -> list[str]:
    """One line per pool whose waiting list is still growing at the end of the run.

    A list is said to grow if it does so by more than one request a year and by more than chance
    (Student's t over replications, one-sided, corrected for the number of pools).

    Parameters
    ----------
    plan : Plan
    waiting : ndarray, shape (R, 2, P)
        What `waiting_lately` gives, of each replication.
    """
    from scipy import special

    days, n = _days_compared(plan), len(waiting)
    if n < 2 or not days:
        return []
    growth = (waiting[:, 1] - waiting[:, 0]) * _YEAR_DAYS / days
    rate = growth.mean(axis=0)
    if not (rate > 1).any():
        return []
    error = growth.std(axis=0, ddof=1) / np.sqrt(n)
    limit = special.stdtrit(n - 1, 1 - ERROR / len(plan.pools))
    return [
        _words(plan.pools[p], rate[p]) for p in np.flatnonzero((rate > 1) & (rate > limit * error))
    ]


def _days_compared(plan: Plan) -> int:
    """Days of the two stretches at the end of a window."""
    half = (plan.end - plan.warm_up) // DAY // 2
    return half // _YEAR_DAYS * _YEAR_DAYS or half


def _words(pool: str, rate: float) -> str:
    return Message(
        "no steady state: the waiting list of {pool} still grows by about {rate} requests a year at"
        " the end of the run; its waits are not stationary, they depend on how long the run is",
        pool=pool,
        rate=round(rate),
    )
