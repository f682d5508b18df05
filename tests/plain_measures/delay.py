"""Completed treatment, and the wait for the right offer: where, and for what."""

from __future__ import annotations

import numpy as np
import pandas as pd

from flexsim.plan.plan import KINDS
from flexsim.register import NOT_YET, Kind, Purpose
from plain_measures.tidy import Tidy
from plain_measures.view import DAY, Stretch, View, total

#: Where a citizen waits, by the kind of pool.
WHERE = {
    "ward": "ward",
    "flexible": "flexible",
    "guest_bed": "flexible",
    "other": "flexible",
    "shelter": "shelter",
    "community": "home",
    "contact": "home",
    "housing": "housing",
    "team": "nowhere",
}


def measure_delay(view: View, tidy: Tidy) -> None:
    """Completed-treatment days by cause and municipality, their share, and the beds blocked."""
    names, present = view.plan.pools, view.present
    wards = np.flatnonzero(view.ward).tolist()
    for period in view.periods:
        occupied = total(view.pools, present.pool, present.within(period.start, period.stop))
        delayed = np.zeros(view.pools)
        for cause, stretch in view.delayed_by_cause.items():
            seconds = total(view.pools, stretch.pool, stretch.within(period.start, period.stop))
            delayed += seconds
            for p in wards:
                measure = f"completed_treatment_days_{cause}"
                tidy.add(measure, period.name, names[p], seconds[p] / DAY, period.years)
        for p in wards:
            name = names[p]
            days = delayed[p] / DAY
            tidy.add("completed_treatment_days", period.name, name, days, period.years)
            tidy.add("completed_treatment_share", period.name, name, delayed[p], occupied[p])
            tidy.add("blocked_beds", period.name, name, delayed[p], float(period.seconds))
    _by_municipality(view, tidy)
    _awaiting_right_offer(view, tidy)


def _by_municipality(view: View, tidy: Tidy) -> None:
    plan, r, after = view.plan, view.register, view.completed
    if len(plan.municipalities) < 2:
        return
    home = r.citizen_residence[r.citizen[after.row]]
    in_ward = view.ward[after.pool]
    for period in view.periods:
        seconds = after.within(period.start, period.stop) * in_ward
        sums = total(len(plan.municipalities), home, seconds)
        for place, value in zip(plan.municipalities, sums.tolist(), strict=True):
            days = value / DAY
            tidy.add(
                "completed_treatment_days",
                period.name,
                "all",
                days,
                period.years,
                municipality=place,
            )


def _awaiting_right_offer(view: View, tidy: Tidy) -> None:
    """Days from completed treatment to admission in the goal, by where they were spent.

    In a ward, and in any place where the goal was asked for, days after the completed stay count;
    in the places after that all days while the goal is open.
    """
    spent = _waiting_places(view)
    where = [WHERE[KINDS[kind]] for kind in view.plan.kind.tolist()]
    for period in view.periods:
        seconds = total(view.pools, spent.pool, spent.within(period.start, period.stop))
        years = period.years
        tidy.add("days_awaiting_right_offer", period.name, "all", seconds.sum() / DAY, years)
        for place in sorted(set(where) - {"nowhere"}):
            here = sum(s for s, w in zip(seconds.tolist(), where, strict=True) if w == place)
            measure = f"days_awaiting_right_offer_{place}"
            tidy.add(measure, period.name, "all", here / DAY, years)


def _waiting_places(view: View) -> Stretch:
    """Stays, each cut to the time in which a goal of the same citizen was open."""
    r, present = view.register, view.present
    goal = np.flatnonzero((r.purpose == Purpose.GOAL) & ~view.anew & view.is_request)
    stop = np.where(r.admitted[goal] != NOT_YET, r.admitted[goal], view.until(r.ended[goal]))
    long = stop > r.requested[goal]
    goals = pd.DataFrame(
        {
            "citizen": r.citizen[goal[long]],
            "number": r.request[goal[long]],
            "asked": r.requested[goal[long]],
            "settled": stop[long],
        }
    )
    begun = np.where(
        view.ward[present.pool],
        np.where(r.completed[present.row] == NOT_YET, present.stop, r.completed[present.row]),
        present.start,
    )
    stays = pd.DataFrame(
        {
            "citizen": r.citizen[present.row],
            "row": present.row,
            "before": r.request[present.row],
            "completed": r.completed[present.row],
            "pool": present.pool,
            "begun": begun,
            "ended": present.stop,
        }
    )
    in_place = r.kind[present.row] != Kind.TEAM
    stays = stays[stays["citizen"].isin(goals["citizen"]) & in_place]
    both = stays.merge(goals, on="citizen")
    own = (both["before"] < both["number"]).to_numpy()  # the stay that the goal was asked for in
    begun = np.where(own, np.maximum(both["begun"], both["completed"]), both["begun"])
    start = np.maximum(begun, both["asked"].to_numpy())
    end = np.minimum(both["ended"].to_numpy(), both["settled"].to_numpy())
    return Stretch(both["row"].to_numpy(), both["pool"].to_numpy(), start, np.maximum(end, start))
