"""Who was moved, and how: one replication of two scenarios, citizen by citizen.

Citizens are the same in both by stream and number. What they did is compared within the window
after the warm-up: the pools they stayed in, one after the other; the days they waited for a place,
over requests wanted in the window; and ward days after completed treatment.
"""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.measures.periods import ALL, DAY, YEAR
from flexsim.plan.plan import WARD, Plan
from flexsim.register import NOT_YET, Outcome, Register

Ints = NDArray[np.int64]

CITIZEN = ["stream", "nth"]
#: What is compared; "any" is one or more of them.
CHANGES = ("any", "route", "wait", "completed_treatment_days")


def moved(
    baseline: Register, baseline_plan: Plan, other: Register, other_plan: Plan
) -> pd.DataFrame:
    """Citizens to whom something else happened, per year.

    Returns
    -------
    DataFrame
        group, change, citizens, fewer, more (of these, with fewer and with more days), days (the
        sum of their differences), all per year; shape (groups and "all") x CHANGES.
    """
    before, after = _days(baseline, baseline_plan), _days(other, other_plan)
    table = before.add_suffix("_before").join(after.add_suffix("_after"), how="outer")
    group = table["group_before"].fillna(table["group_after"]).astype(str)
    routes = [_route(baseline, baseline_plan), _route(other, other_plan)]
    differs = {"route": table.index.isin(_rerouted(*routes))}
    by_days = {
        name: (table[f"{name}_after"].fillna(0) - table[f"{name}_before"].fillna(0)).to_numpy()
        for name in CHANGES[2:]
    }
    differs |= {name: days != 0 for name, days in by_days.items()}
    differs["any"] = np.logical_or.reduce(list(differs.values()))
    years = (baseline_plan.end - baseline_plan.warm_up) / YEAR
    rows = []
    for name in (ALL, *sorted(set(group))):
        mine = np.ones(len(table), dtype=np.bool_) if name == ALL else (group == name).to_numpy()
        for change in CHANGES:
            row: dict[str, object] = {"group": name, "change": change}
            row["citizens"] = np.count_nonzero(differs[change] & mine) / years
            if change in by_days:
                days = by_days[change][mine]
                row["fewer"] = np.count_nonzero(days < 0) / years
                row["more"] = np.count_nonzero(days > 0) / years
                row["days"] = days.sum() / DAY / years
            rows.append(row)
    return pd.DataFrame(rows)


def _citizens(register: Register, plan: Plan) -> pd.MultiIndex:
    streams = np.array(plan.streams, dtype=object)[register.citizen_stream]
    return pd.MultiIndex.from_arrays([streams, register.citizen_nth], names=CITIZEN)


def _days(register: Register, plan: Plan) -> pd.DataFrame:
    """Group, seconds waited and seconds in wards after completed treatment, by citizen."""
    people = len(register.citizen_stream)

    def added(seconds: Ints) -> Ints:
        return np.bincount(register.citizen, seconds, people).astype(np.int64)

    return pd.DataFrame(
        {
            "group": np.array(plan.groups, dtype=object)[register.citizen_group],
            "wait": added(_waited(register, plan)),
            "completed_treatment_days": added(_after(register, plan)),
        },
        index=_citizens(register, plan),
    )


def _waited(r: Register, plan: Plan) -> Ints:
    """Seconds waited for a place; what counts as a wait is said in `rows.is_wait`."""
    kept = (r.granted == NOT_YET) | (r.admitted != NOT_YET) | (r.left == NOT_YET)
    kept &= ~np.isin(r.outcome, [Outcome.NOT_IN_TARGET_GROUP, Outcome.TURNED_AWAY_FULL])
    kept &= ~((r.outcome == Outcome.WITHDRAWN) & (r.ended == r.requested))
    kept &= (r.wanted >= plan.warm_up) & (r.ready != NOT_YET)
    over = np.where(r.granted != NOT_YET, r.granted, _until(r.ended, plan))
    return np.where(kept, np.maximum(over - np.maximum(r.ready, r.wanted), 0), 0)


def _after(r: Register, plan: Plan) -> Ints:
    ward = (r.admitted != NOT_YET) & (plan.kind[r.pool] == WARD) & (r.completed != NOT_YET)
    begun = np.maximum(r.completed, plan.warm_up)
    return np.where(ward, np.maximum(_until(r.left, plan) - begun, 0), 0)


def _until(times: Ints, plan: Plan) -> Ints:
    return np.where(times == NOT_YET, plan.end, times)


def _route(r: Register, plan: Plan) -> pd.Series:
    """The pool of each stay that reaches into the window, by citizen and turn."""
    stay = (r.admitted != NOT_YET) & (_until(r.left, plan) >= plan.warm_up)
    rows = np.flatnonzero(stay)
    rows = rows[np.lexsort((r.request[rows], r.admitted[rows], r.citizen[rows]))]
    citizen = r.citizen[rows]
    begin = np.flatnonzero(np.diff(citizen, prepend=-1))
    turn = np.arange(len(rows)) - np.repeat(begin, np.diff(np.append(begin, len(rows))))
    who = _citizens(r, plan)[citizen]
    index = pd.MultiIndex.from_arrays([*(who.get_level_values(n) for n in CITIZEN), turn])
    return pd.Series(np.array(plan.pools, dtype=object)[r.pool[rows]], index=index)


def _rerouted(before: pd.Series, after: pd.Series) -> pd.Index:
    """Citizens who were not in the same pools one after the other."""
    both = pd.concat({"before": before, "after": after}, axis=1).fillna("")
    changed = both[(both["before"] != both["after"]).to_numpy()]
    return pd.MultiIndex.from_arrays([changed.index.get_level_values(n) for n in CITIZEN]).unique()
