"""Scenario to Plan: names become ids, days become seconds, laws become tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Sequence
from functools import lru_cache
from itertools import accumulate
from typing import Any

import numpy as np

from flexsim.plan.arrivals import DAY, cumulative_rate
from flexsim.plan.dated import limit_on, steps
from flexsim.plan.laws import LawBook
from flexsim.plan.names import UNSTATED, Names, names_of
from flexsim.plan.numbers import Array, bools, cumulative, floats, ints, priority, seconds
from flexsim.plan.plan import NONE, ORIGINS, TURNED_AWAY, UNLIMITED, WAIT, WAIT_FIRST, Plan
from flexsim.plan.pools import PoolRow, row_of
from flexsim.scenario.laws import Law
from flexsim.scenario.schema import WEEKDAYS, Goal, Group, Occupied, Pool, Scenario, Search, Stream

_WHEN_FULL = {"wait": WAIT, "wait_first": WAIT_FIRST, "turned_away": TURNED_AWAY}


def build(scenario: Scenario) -> Plan:
    """The plan of a checked scenario.

    Parameters
    ----------
    scenario : Scenario
        From `flexsim.scenario.load`, so that every name refers to something.
    """
    names = names_of(scenario)
    laws = LawBook()
    run = scenario.run
    days = run.warm_up_days + run.days
    pools = list(scenario.pools.values())
    rows = [row_of(pool, names, run.start, days) for pool in pools]
    values: dict[str, Any] = {
        "start_day": run.start.toordinal(),
        "start_weekday": run.start.weekday(),
        "warm_up": run.warm_up_days * DAY,
        "end": days * DAY,
    }
    values |= names.fields
    values |= {field: np.array([row.values[field] for row in rows]) for field in rows[0].values}
    values |= _laws(rows, scenario, names, laws)
    values |= _intake(rows)
    values |= _reviews(rows)
    values |= steps(pools, names, run.start, days)
    enrolments = [
        Search(pools=[t], patience=scenario.pools[t].patience, otherwise="leave")
        for t in names.teams
    ]
    values |= _searches([*scenario.searches.values(), *enrolments], names, laws)
    values |= _askings(pools, names)
    values |= _goals(list(scenario.goals.values()), names, laws)
    values |= _groups(tuple(scenario.groups.values()), names)
    values |= _streams(
        tuple(scenario.streams.items()),
        tuple(scenario.start.items()),
        tuple(m.population for m in scenario.municipalities.values()),
        names,
        run.start,
        days,
    )
    values |= laws.arrays()
    return Plan(**values)


def _laws(rows: list[PoolRow], scenario: Scenario, names: Names, laws: LawBook) -> dict[str, Array]:
    """Numbers of the laws of pools."""
    stay = _numbers(laws, [row.stay for row in rows])
    residual = stay.copy()
    for name in scenario.start:
        row, limit = names.pools.index(name), limit_on(scenario.pools[name], scenario.run.start)
        longest = math.inf if limit == UNLIMITED else limit / DAY
        residual[row] = [laws.residual(law, longest) for law in stay[row].tolist()]
    return (
        {
            "stay_law": stay,
            "residual_law": residual,
            "assessment_law": _numbers(laws, [row.assessment for row in rows]),
        }
        | {name: ints(laws.number(row.laws[name]) for row in rows) for name in rows[0].laws}
        | {"relapse_law": _numbers(laws, [row.relapse for row in rows])}
    )


def _numbers(laws: LawBook, rows: list[list[Law | None]]) -> Array:
    return np.array([[laws.number(law) for law in row] for row in rows], dtype=np.int64)


def _askings(pools: list[Pool], names: Names) -> dict[str, Array]:
    """Who asks at which moment."""
    asked = [(team, pool.enrols) for team, pool in enumerate(pools) if pool.enrols is not None]
    asking = [
        [team for team, enrols in asked if place in getattr(enrols, moment)]
        for place in names.pools
        for moment in ("on_leaving", "on_entering")
    ]
    return {
        "enrol_first": np.cumsum([0, *map(len, asking)], dtype=np.int64),
        "enrol_team": ints(team for teams in asking for team in teams),
    }


def _intake(rows: list[PoolRow]) -> dict[str, Array]:
    """When pools begin and cease to take people in, in the week that begins at time zero."""
    changes = [(time, p, is_open) for p, row in enumerate(rows) for time, is_open in row.intake]
    return {
        "intake_time": ints(time for time, _, _ in changes),
        "intake_pool": ints(p for _, p, _ in changes),
        "intake_open": bools(is_open for _, _, is_open in changes),
    }


def _reviews(rows: list[PoolRow]) -> dict[str, Array]:
    """Each review as often as it is held in a stay as long as the run, pool by pool."""
    flat = [one for row in rows for one in row.reviews]
    upto = [list(accumulate((r.ends, r.extends, r.search_begins))) for _, r in flat]
    return {
        "review_first": np.cumsum([0] + [len(row.reviews) for row in rows], dtype=np.int64),
        "review_time": ints(seconds(day) for day, _ in flat),
        "review_upto": np.array(upto, dtype=np.float64).reshape(len(flat), 3),
        "review_notice": ints(seconds(r.notice_days) for _, r in flat),
        "review_longer": ints(seconds(r.by_days or 0.0) for _, r in flat),
    }


def _searches(searches: list[Search], names: Names, laws: LawBook) -> dict[str, Array]:
    return {
        "search_first": np.cumsum([0] + [len(s.pools) for s in searches], dtype=np.int64),
        "search_pool": ints(names.pools.index(p) for s in searches for p in s.pools),
        "when_full": ints(_WHEN_FULL[s.when_full] for s in searches),
        "patience_law": ints(laws.number(s.patience) for s in searches),
        "otherwise": ints(names.otherwise(s.otherwise) for s in searches),
    }


def _goals(goals: list[Goal], names: Names, laws: LawBook) -> dict[str, Array]:
    return {
        "goal_search": ints(names.searches.index(g.search) for g in goals),
        "decision_law": ints(laws.number(g.decision) for g in goals),
        "goal_caseworkers": ints(names.team(g.caseworkers) for g in goals),
        "meeting_weekdays": ints(
            0
            if g.meetings is None
            else sum(1 << WEEKDAYS.index(d) for d in set(g.meetings.weekdays))
            for g in goals
        ),
        "no_show": floats(0.0 if g.meetings is None else g.meetings.no_show for g in goals),
        "bridge_search": ints(
            NONE if g.bridge is None else names.searches.index(g.bridge) for g in goals
        ),
        "goal_urgent": bools(g.urgency == "urgent" for g in goals),
        "goal_priority": ints(priority(g.priority, g.urgency) for g in goals),
    }


@lru_cache(maxsize=8)
def _groups(groups: tuple[Group, ...], names: Names) -> dict[str, Array]:
    width = max((len(values) for values in names.trait_values.values()), default=0)
    shares = np.ones((len(groups), len(names.trait_values), width))
    for g, group in enumerate(groups):
        for t, (trait, values) in enumerate(names.trait_values.items()):
            given = group.traits.get(trait, {UNSTATED: 1.0})
            shares[g, t, : len(values)] = cumulative([given.get(v, 0.0) for v in values])
    return {"trait_shares": shares}


@lru_cache(maxsize=8)
def _streams(
    given: tuple[tuple[str, Stream], ...],
    start: tuple[tuple[str, Occupied], ...],
    population: tuple[float, ...],
    names: Names,
    first_day: dt.date,
    days: int,
) -> dict[str, Array]:
    """Who comes, and who is there at time zero: streams whose citizens are like another's."""
    by_name, occupied = dict(given), dict(start)
    streams = [
        by_name[occupied[names.starts[name]].stream if name in names.starts else name]
        for name in names.streams
    ]
    knots = [
        (np.zeros(2), np.zeros(2)) if name in names.starts else _knots(stream, first_day, days)
        for name, stream in zip(names.streams, streams, strict=True)
    ]
    return {
        "stream_group": ints(names.groups.index(s.group) for s in streams),
        "stream_origin": ints(ORIGINS.index(s.origin) for s in streams),
        "stream_search": ints(names.searches.index(s.search) for s in streams),
        "stream_urgent": bools(s.urgency == "urgent" for s in streams),
        "stream_priority": ints(priority(s.priority, s.urgency) for s in streams),
        "stream_residence": np.array(
            [cumulative(_residence(s.residence, population, names)) for s in streams],
            dtype=np.float64,
        ),
        "stream_payer": np.array(
            [
                cumulative([(s.payer or {}).get(m, 0.0) for m in names.municipalities])
                for s in streams
            ]
        ),
        "knot_first": np.cumsum([0] + [len(time) for time, _ in knots], dtype=np.int64),
        "knot_time": np.concatenate([time for time, _ in knots]),
        "knot_expected": np.concatenate([expected for _, expected in knots]),
        "start_stream": ints(names.streams.index(name) for name in names.starts),
        "start_pool": ints(names.pools.index(pool) for pool in names.starts.values()),
        "start_count": ints(occupied[pool].occupied for pool in names.starts.values()),
    }


_knots = lru_cache(maxsize=32)(cumulative_rate)


def _residence(residence: Any, population: Sequence[float], names: Names) -> list[float]:
    if residence == "by_population":
        people = population or [1.0]
        return [p / sum(people) for p in people]
    return [residence.get(m, 0.0) for m in names.municipalities]
