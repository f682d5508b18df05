"""All measures of one replication."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.delay import measure_delay
from flexsim.measures.flow import measure_flow
from flexsim.measures.ledger import check_ledger
from flexsim.measures.places import daily_average, measure_places, occupancy_counts
from flexsim.measures.tidy import Tidy
from flexsim.measures.view import DAY, View
from flexsim.measures.waits import measure_stays, measure_waits, stay_counts, wait_counts
from flexsim.plan.plan import Plan
from flexsim.register import Register

Floats = NDArray[np.float64]


@dataclass(frozen=True)
class Measured:
    """What is kept of one replication."""

    tidy: Tidy
    counts: pd.DataFrame  # pool, measure, level, over, open
    waiting_growth: Floats  # (P,) requests on the list at the end less at the start of the window
    occupied: NDArray[np.float32] | None  # (P, D) by day
    delayed: NDArray[np.float32] | None


def measure(register: Register, plan: Plan, with_days: bool = True) -> Measured:
    """Measure one register, simulated or observed.

    Parameters
    ----------
    register : Register
    plan : Plan
    with_days : bool
        Also the number of places in use on each day.

    Raises
    ------
    RunError
        If the bed-day ledger does not balance.
    """
    view = View(register, plan)
    check_ledger(view)
    tidy = Tidy()
    measure_places(view, tidy)
    measure_waits(view, tidy)
    measure_stays(view, tidy)
    measure_delay(view, tidy)
    measure_flow(view, tidy)
    days = plan.end // DAY
    delayed = view.completed if with_days else None
    return Measured(
        tidy,
        _counts(view),
        _waiting_growth(view),
        daily_average(view.present, view.pools, days).astype(np.float32) if with_days else None,
        None if delayed is None else daily_average(delayed, view.pools, days).astype(np.float32),
    )


def _counts(view: View) -> pd.DataFrame:
    """Waits, stays and places in use, counted by level: pool, measure, level, over, open."""
    names, lengths, columns = [], [], []
    for p, pool in enumerate(view.plan.pools):
        levels, seconds = occupancy_counts(view, p)
        for name, counted in (
            ("wait_place", wait_counts(view, p)),
            ("stay", stay_counts(view, p)),
            ("occupied", (levels, seconds, np.zeros_like(levels))),
        ):
            names.append((pool, name))
            lengths.append(len(counted[0]))
            columns.append(np.array(counted))
    level, over, open_ = np.concatenate(columns, axis=1)
    pool_name, measure_name = np.repeat(np.array(names, dtype=object), lengths, axis=0).T
    return pd.DataFrame(
        {"pool": pool_name, "measure": measure_name, "level": level, "over": over, "open": open_}
    )


def _waiting_growth(view: View) -> Floats:
    """How many more wait, ready, at the end of the window than at its start, by pool sought."""
    r, window = view.register, view.periods[0]
    row = np.flatnonzero(view.waited & (r.ready >= 0))
    begun = np.maximum(r.ready[row], r.wanted[row])
    over = np.where(r.granted[row] >= 0, r.granted[row], view.until(r.ended[row]))

    def waiting(time: int) -> Floats:
        there = (begun <= time) & (over > time)
        return np.bincount(r.pool[row[there]], minlength=view.pools).astype(np.float64)

    return waiting(window.stop - 1) - waiting(window.start)
