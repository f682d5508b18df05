"""Before and after the start of a course with a team, citizen by citizen.

What evaluations of teams without a control group report. Who is enrolled because of many
admissions has fewer of them afterwards also where the team changes nothing (regression to the
mean): a run with a neutral team shows how many.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.interval import interval
from flexsim.measures.periods import DAY
from flexsim.plan.plan import WARD, Plan
from flexsim.register import NOT_YET, Kind, Register

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

#: What is added up over citizens, per replication.
_SUMS = (
    *("citizens", "admissions_before", "admissions_after"),
    *("bed_days_before", "bed_days_after", "fewer_admissions"),
)


def courses(register: Register, plan: Plan, team: int, days: float) -> pd.DataFrame:
    """Each citizen's first course with a team, followed for as long before as after.

    Parameters
    ----------
    register : Register
    plan : Plan
    team : int
        The team's pool.
    days : float
        Length of the time before and of the time after the start, both within the run.

    Returns
    -------
    DataFrame
        One row per citizen: admissions_before, admissions_after (ward admissions), bed_days_before,
        bed_days_after (in wards).
    """
    span = round(days * DAY)
    rows = np.flatnonzero((register.pool == team) & (register.kind == Kind.TEAM))
    rows = rows[np.lexsort((register.admitted[rows], register.citizen[rows]))]
    first = rows[np.diff(register.citizen[rows], prepend=NOT_YET) != 0]
    start = register.admitted[first]
    first = first[(start >= span) & (start + span <= plan.end)]
    start, who = register.admitted[first], register.citizen[first]
    begun = np.full(len(register.citizen_stream), NOT_YET, dtype=np.int64)
    begun[who] = start
    ward = (plan.kind[register.pool] == WARD) & (register.admitted != NOT_YET)
    ward &= begun[register.citizen] != NOT_YET
    citizen, admitted = register.citizen[ward], register.admitted[ward]
    left = np.where(register.left[ward] == NOT_YET, plan.end, register.left[ward])
    middle = begun[citizen]

    def between(low: Ints, high: Ints) -> tuple[Ints, Floats]:
        inside = (admitted >= low) & (admitted < high)
        there = np.maximum(np.minimum(left, high) - np.maximum(admitted, low), 0) / DAY
        people = len(begun)
        return (
            np.bincount(citizen, inside, people)[who].astype(np.int64),
            np.bincount(citizen, there, people)[who],
        )

    before, after = between(middle - span, middle), between(middle, middle + span)
    return pd.DataFrame(
        {
            "admissions_before": before[0],
            "admissions_after": after[0],
            "bed_days_before": before[1],
            "bed_days_after": after[1],
        }
    )


def before_after(per_replication: list[pd.DataFrame]) -> pd.DataFrame:
    """Means over the citizens of all replications, from `courses` of each.

    Returns
    -------
    DataFrame
        measure, mean, low, high (95 % interval, jackknife over replications): citizens (of a
        replication), admissions_before, admissions_after, bed_days_before, bed_days_after (per
        citizen) and fewer_admissions (share of citizens with fewer admissions after than before).
    """
    sums = np.array([_added(table) for table in per_replication])
    mean = _means(sums.sum(axis=0), len(sums))
    without = sums.sum(axis=0) - sums
    left_out = np.array([_means(row, len(sums) - 1) for row in without])
    low, high = interval(mean, left_out)
    high[-1] = min(high[-1], 1.0)  # a share
    low = np.maximum(low, 0.0)
    return pd.DataFrame({"measure": _SUMS, "mean": mean, "low": low, "high": high})


def _added(table: pd.DataFrame) -> list[float]:
    fewer = (table["admissions_after"] < table["admissions_before"]).sum()
    return [len(table), *table.sum(), fewer]


def _means(sums: Floats, replications: int) -> Floats:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.concatenate([[sums[0] / replications], sums[1:] / sums[0]])
