"""Scenario to Plan: names become ids, days become seconds, laws become tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from flexsim.chance import stable_hash
from flexsim.plan.arrivals import DAY, cumulative_rate
from flexsim.plan.laws import LawBook
from flexsim.plan.plan import (
    HERE,
    KINDS,
    LEAVE,
    NONE,
    OF_CITIZEN,
    OF_MUNICIPALITY,
    ORIGINS,
    TURNED_AWAY,
    UNLIMITED,
    WAIT,
    WAIT_FIRST,
    Plan,
)
from flexsim.scenario.laws import Law
from flexsim.scenario.schema import (
    OTHERS,
    WEEKDAYS,
    Admits,
    Goal,
    Pool,
    Relapse,
    Review,
    Scenario,
    Search,
    open_minutes,
)

T = TypeVar("T")
Array = NDArray[Any]

#: Municipality of everybody when a scenario names none; value of a trait a group does not have.
UNSTATED = "unstated"

_QUOTA_OF = {"citizen": OF_CITIZEN, "municipality": OF_MUNICIPALITY}
_WHEN_FULL = {"wait": WAIT, "wait_first": WAIT_FIRST, "turned_away": TURNED_AWAY}


def build(scenario: Scenario) -> Plan:
    """The plan of a checked scenario.

    Parameters
    ----------
    scenario : Scenario
        From `flexsim.scenario.load`, so that every name refers to something.
    """
    names = _Names(scenario)
    laws = LawBook()
    run = scenario.run
    values: dict[str, Any] = {
        "start_day": run.start.toordinal(),
        "start_weekday": run.start.weekday(),
        "warm_up": run.warm_up_days * DAY,
        "end": (run.warm_up_days + run.days) * DAY,
    }
    values |= names.fields()
    values |= _pools(scenario, names, laws)
    values |= _intake(scenario)
    values |= _steps(scenario, names)
    values |= _reviews(list(scenario.pools.values()), run.warm_up_days + run.days)
    enrolments = [
        Search(pools=[t], patience=scenario.pools[t].patience, otherwise="leave")
        for t in names.teams
    ]
    values |= _searches([*scenario.searches.values(), *enrolments], names, laws)
    values |= _teams(list(scenario.pools.values()), names)
    values |= _goals(list(scenario.goals.values()), names, laws)
    values |= _groups(scenario, names)
    values |= _streams(scenario, names)
    values |= laws.arrays()
    return Plan(**values)


class _Names:
    """Positions of all names."""

    def __init__(self, scenario: Scenario) -> None:
        self.pools = list(scenario.pools)
        self.groups = list(scenario.groups)
        self.goals = list(scenario.goals)
        self.teams = [name for name, pool in scenario.pools.items() if pool.kind == "team"]
        self.searches = [*scenario.searches, *self.teams]  # a team is sought by one of its name
        self.municipalities = list(scenario.municipalities) or [UNSTATED]
        self.starts = {f"{pool}@start": pool for pool in scenario.start}
        self.streams = sorted([*scenario.streams, *self.starts])
        self.traits = sorted({t for g in scenario.groups.values() for t in g.traits})
        self.trait_values = {
            t: [
                *sorted({v for g in scenario.groups.values() for v in g.traits.get(t, {})}),
                UNSTATED,
            ]
            for t in self.traits
        }

    def fields(self) -> dict[str, Any]:
        hashes = {
            "pool_hash": self.pools,
            "goal_hash": self.goals,
            "trait_hash": self.traits,
            "stream_hash": self.streams,
        }
        return {
            "pools": tuple(self.pools),
            "groups": tuple(self.groups),
            "streams": tuple(self.streams),
            "goals": tuple(self.goals),
            "searches": tuple(self.searches),
            "municipalities": tuple(self.municipalities),
            "traits": tuple(self.traits),
            "trait_values": tuple(tuple(self.trait_values[t]) for t in self.traits),
        } | {
            field: np.array([stable_hash(name) for name in names], dtype=np.uint64)
            for field, names in hashes.items()
        }

    def team(self, name: str | None) -> int:
        return NONE if name is None else self.pools.index(name)

    def otherwise(self, name: str) -> int:
        reserved = {"leave": LEAVE, "here": HERE}
        return reserved[name] if name in reserved else self.pools.index(name)


def _ints(values: Iterable[int]) -> Array:
    return np.array(list(values), dtype=np.int64)


def _floats(values: Iterable[float]) -> Array:
    return np.array(list(values), dtype=np.float64)


def _bools(values: Iterable[bool]) -> Array:
    return np.array(list(values), dtype=np.bool_)


def _number(count: int | str) -> int:
    return UNLIMITED if isinstance(count, str) else count


def _seconds(days: float) -> int:
    return round(days * DAY)


def _priority(given: int | None, urgency: str) -> int:
    if given is not None:
        return given
    return 0 if urgency == "urgent" else 1


def _cumulative(shares: Sequence[float] | Sequence[Sequence[float]]) -> Array:
    """Cumulative shares by row; the last that is above 0 and all after it are exactly 1."""
    given = np.array(shares, dtype=np.float64)
    upto = given.cumsum(axis=-1)
    following = np.flip(np.flip(given != 0, axis=-1).cumsum(axis=-1), axis=-1) - (given != 0)
    upto[(following == 0) & (upto > 0)] = 1.0
    return upto


def _pools(scenario: Scenario, names: _Names, laws: LawBook) -> dict[str, Any]:
    pools, run = list(scenario.pools.values()), scenario.run
    limits = [pool.limit for pool in pools]
    stay = np.array(
        [[laws.number(_needed(p, g)) for g in names.groups] for p in pools],
        dtype=np.int64,
    ).reshape(len(pools), len(names.groups))
    residual = stay.copy()
    for name in scenario.start:
        row, limit = names.pools.index(name), _limit_on(scenario.pools[name], run.start)
        longest = math.inf if limit == UNLIMITED else limit / DAY
        residual[row] = [laws.residual(int(law), longest) for law in stay[row]]
    return {
        "kind": _ints(KINDS.index(p.kind) for p in pools),
        "norm": _ints(_number(_places_on(p, run.start)) for p in pools),
        "surge": _ints(_number(p.surge) for p in pools),
        "reserve": _ints(p.reserve for p in pools),
        "queue_limit": _ints(_number(p.queue_limit) for p in pools),
        "quota_of": _ints(NONE if p.quota is None else _QUOTA_OF[p.quota.of] for p in pools),
        "quota_nights": np.array(
            [[_quota_nights(p, m) for m in names.municipalities] for p in pools], dtype=np.int64
        ),
        "assessment_law": np.array(
            [[laws.number(_assessment(p, m)) for m in names.municipalities] for p in pools],
            dtype=np.int64,
        ).reshape(len(pools), len(names.municipalities)),
        "outside_law": _ints(laws.number(p.outside_wait) for p in pools),
        "decline_share": np.array(
            [[_of(p.declined_by_group, g, p.declined) for g in names.groups] for p in pools],
            dtype=np.float64,
        ).reshape(len(pools), len(names.groups)),
        "move_in_law": _ints(laws.number(p.move_in) for p in pools),
        "stay_law": stay,
        "residual_law": residual,
        "limit": _ints(_limit_on(pool, run.start) for pool in pools),
        "limit_leaves": _bools(lim is not None and lim.then == "leave" for lim in limits),
        "limit_otherwise": _ints(
            LEAVE if lim is None else names.otherwise(lim.otherwise) for lim in limits
        ),
        "extension_share": _floats(
            0.0 if lim is None or lim.extension is None else lim.extension.share for lim in limits
        ),
        "extension_law": _ints(
            NONE if lim is None or lim.extension is None else laws.number(lim.extension.by)
            for lim in limits
        ),
        "moves_at_once": _bools(p.moves_on == "at_once" for p in pools),
        "leave_early_share": _floats(
            0.0 if p.leaves_early is None else p.leaves_early.share for p in pools
        ),
        "leave_early_law": _ints(
            NONE if p.leaves_early is None else laws.number(p.leaves_early.after) for p in pools
        ),
        "leave_early_otherwise": _ints(
            LEAVE if p.leaves_early is None else names.otherwise(p.leaves_early.otherwise)
            for p in pools
        ),
        "keeps_place": _ints(
            0 if p.keeps_place is None else _seconds(p.keeps_place.days) for p in pools
        ),
        "early_share": _floats(p.early_assessment.share for p in pools),
        "early_after": _ints(_seconds(p.early_assessment.after_days) for p in pools),
        "false_starts": _ints(names.team(p.early_assessment.false_starts) for p in pools),
        "onward": _cumulative(
            [
                _onward(_of(p.onward_by_group, g, p.onward), names)
                for p in pools
                for g in names.groups
            ]
        ).reshape(len(pools), len(names.groups), len(names.goals) + 1),
        "group_priority": np.array(
            [[p.priority_by_group.get(g, NONE) for g in names.groups] for p in pools],
            dtype=np.int64,
        ).reshape(len(pools), len(names.groups)),
        "ratio_after_limit": _floats(p.relapse_ratio_after.limit_reached for p in pools),
        "ratio_after_early": _floats(p.relapse_ratio_after.left_early for p in pools),
    } | _relapses(pools, names, laws)


def _teams(pools: list[Pool], names: _Names) -> dict[str, Array]:
    """What is only said of teams, and who asks at which moment."""
    first_search = len(names.searches) - len(names.teams)
    asking = [
        [
            team
            for team, pool in enumerate(pools)
            if pool.enrols is not None and place in getattr(pool.enrols, moment)
        ]
        for place in names.pools
        for moment in ("on_leaving", "on_entering")
    ]
    return {
        "relapse_ratio": _floats(p.relapse_ratio for p in pools),
        "enrol_search": _ints(
            first_search + names.teams.index(n) if n in names.teams else NONE for n in names.pools
        ),
        "enrol_share": _floats(1.0 if p.enrols is None else p.enrols.share for p in pools),
        "enrol_first": np.cumsum([0, *map(len, asking)], dtype=np.int64),
        "enrol_team": _ints(team for teams in asking for team in teams),
    }


def _of(by_group: Mapping[str, T], group: str, default: T) -> T:
    return by_group.get(group, default)


def _needed(pool: Pool, group: str) -> Law | None:
    """The law of the needed stay; a contact without one is over at once."""
    law = _of(pool.stay_by_group, group, pool.stay)
    return Law(law="fixed", mean_days=0) if law is None and pool.kind == "contact" else law


def _assessment(pool: Pool, municipality: str) -> Law | None:
    others = pool.assessment_by_residence.get(OTHERS, pool.assessment)
    return pool.assessment_by_residence.get(municipality, others)


def _places_on(pool: Pool, day: dt.date) -> int | str:
    """Places on a day: those of the last step by then, else the stated number."""
    past = [step for step in pool.later.values() if step.from_ <= day]
    return max(past, key=lambda step: step.from_).places if past else pool.places


def _limit_on(pool: Pool, day: dt.date) -> int:
    """Longest stay of those admitted on a day, in seconds."""
    if pool.limit is None:
        return UNLIMITED
    past = {s.from_: s.limit_days for s in pool.later.values() if s.limit_days and s.from_ <= day}
    return _seconds(past[max(past)] if past else pool.limit.days)


def _quota_nights(pool: Pool, municipality: str) -> int:
    """Nights that a month or year has, for the people of a municipality."""
    if pool.quota is None:
        return UNLIMITED
    return pool.quota.by_municipality.get(municipality, pool.quota.nights)


def _renewals(pool: Pool, start: dt.date, end: dt.date) -> Iterator[dt.date]:
    """First days of the months or years of a pool's quota, from the start on."""
    if pool.quota is None:
        return
    every = 12 if pool.quota.per == "year" else 1
    months = range(12 * start.year + start.month - 1, 12 * end.year + end.month)
    yield from (dt.date(m // 12, m % 12 + 1, 1) for m in months if m % every == 0)


def _admits_on(pool: Pool, day: dt.date) -> Admits:
    """Target group of those who ask on a day."""
    past = {s.from_: s.admits for s in pool.later.values() if s.admits and s.from_ <= day}
    return past[max(past)] if past else pool.admits


def _intake(scenario: Scenario) -> dict[str, Array]:
    """When pools begin and cease to take people in, in the week that begins at time zero."""
    weekday = scenario.run.start.weekday()
    changes = [
        (60 * minute, p, is_open)
        for p, pool in enumerate(scenario.pools.values())
        for minute, is_open in _changes(
            tuple(pool.intake.get(d, "open") for d in WEEKDAYS), weekday
        )
    ]
    return {
        "intake_time": _ints(time for time, _, _ in changes),
        "intake_pool": _ints(p for _, p, _ in changes),
        "intake_open": _bools(is_open for _, _, is_open in changes),
    }


@lru_cache(maxsize=256)
def _changes(hours: tuple[str, ...], first: int) -> tuple[tuple[int, bool], ...]:
    """When a pool begins and ceases to take people in, by minute of a week from a weekday on.

    The state at the beginning of the week and each change after it; none if always open.
    """
    is_open = np.roll(_open_week(hours), -1440 * first)
    if is_open.all():
        return ()
    at = [0, *(np.flatnonzero(np.diff(is_open)) + 1).tolist()]
    return tuple((minute, bool(is_open[minute])) for minute in at)


def _open_week(hours: tuple[str, ...]) -> Array:
    """Whether a pool takes people in, minute by minute from Monday."""
    is_open = np.zeros(7 * 1440, dtype=np.bool_)
    for d, words in enumerate(hours):
        start, end = open_minutes(words)
        is_open[(1440 * d + np.arange(start, end)) % is_open.size] = True
    return is_open


def _steps(scenario: Scenario, names: _Names) -> dict[str, Array]:
    """What changes on a date; and all target groups, first those of the pools at time zero."""
    start, pools = scenario.run.start, list(scenario.pools.values())
    end = start + dt.timedelta(scenario.run.warm_up_days + scenario.run.days)
    renewals = {(day, p) for p, pool in enumerate(pools) for day in _renewals(pool, start, end)}
    stated = {(step.from_, p) for p, pool in enumerate(pools) for step in pool.later.values()}
    steps = sorted((day, p) for day, p in stated | renewals if start < day < end)
    groups = [_admits_on(pool, start) for pool in pools]
    in_force = list(range(len(pools)))
    step_admits = []
    for day, p in steps:
        admits = _admits_on(pools[p], day)
        if admits != groups[in_force[p]]:
            in_force[p] = len(groups)
            groups.append(admits)
        step_admits.append(in_force[p])
    return {
        "step_time": _ints((day - start).days * DAY for day, _ in steps),
        "step_pool": _ints(p for _, p in steps),
        "step_norm": _ints(_number(_places_on(pools[p], day)) for day, p in steps),
        "step_limit": _ints(_limit_on(pools[p], day) for day, p in steps),
        "step_renews": _bools(step in renewals for step in steps),
        "step_admits": _ints(step_admits),
        "admits_residence": np.array(
            [[_welcome(a.residence, m) for m in names.municipalities] for a in groups],
            dtype=np.bool_,
        ),
        "admits_trait": np.array(
            [[_trait_mask(a, t, names) for t in names.traits] for a in groups], dtype=np.int64
        ).reshape(len(groups), len(names.traits)),
        "admits_admissions": _ints(
            0 if a.history is None else a.history.admissions for a in groups
        ),
        "admits_within": _ints(
            0 if a.history is None else _seconds(a.history.within_days) for a in groups
        ),
    }


def _welcome(rule: Mapping[str, str], value: str) -> bool:
    return rule.get(value, rule.get(OTHERS, "admitted")) == "admitted"


def _trait_mask(admits: Admits, trait: str, names: _Names) -> int:
    rule = admits.traits.get(trait, {})
    return sum(1 << i for i, v in enumerate(names.trait_values[trait]) if _welcome(rule, v))


def _onward(shares: Mapping[str, float], names: _Names) -> list[float]:
    if not shares:
        return [0.0] * len(names.goals) + [1.0]
    return [shares.get(goal, 0.0) for goal in [*names.goals, "leave"]]


def _relapses(pools: list[Pool], names: _Names, laws: LawBook) -> dict[str, Array]:
    table = [[_of(p.relapse_by_group, g, p.relapse) for g in names.groups] for p in pools]

    def column(value: Any, none: Any, dtype: Any) -> Array:
        rows = [[none if r is None else value(r) for r in row] for row in table]
        return np.array(rows, dtype=dtype).reshape(len(pools), len(names.groups))

    def priority(r: Relapse) -> int:
        return _priority(r.priority, r.urgency)

    return {
        "relapse_share": column(lambda r: r.share, 0.0, np.float64),
        "relapse_law": column(lambda r: laws.number(r.delay), NONE, np.int64),
        "relapse_search": column(lambda r: names.searches.index(r.search), NONE, np.int64),
        "relapse_urgent": column(lambda r: r.urgency == "urgent", False, np.bool_),
        "relapse_priority": column(priority, NONE, np.int64),
    }


def _reviews(pools: list[Pool], days: int) -> dict[str, Array]:
    """Each review as often as it is held in a stay as long as the run, pool by pool."""
    held = [
        sorted(
            ((day, review) for review in pool.reviews.values() for day in _days(review, days)),
            key=lambda one: one[0],
        )
        for pool in pools
    ]
    flat = [one for reviews in held for one in reviews]
    shares = [np.cumsum([r.ends, r.extends, r.search_begins]) for _, r in flat]
    return {
        "review_first": np.cumsum([0] + [len(reviews) for reviews in held], dtype=np.int64),
        "review_time": _ints(_seconds(day) for day, _ in flat),
        "review_upto": np.array(shares, dtype=np.float64).reshape(len(flat), 3),
        "review_notice": _ints(_seconds(r.notice_days) for _, r in flat),
        "review_longer": _ints(_seconds(r.by_days or 0.0) for _, r in flat),
        "ends_at_reviews": _bools(p.need_ends == "at_reviews" for p in pools),
    }


def _days(review: Review, most: int) -> Iterator[float]:
    """Days of a stay on which a review is held."""
    day, every = review.day, review.every_days
    yield day
    while every is not None and day + every <= most:
        day += every
        yield day


def _searches(searches: list[Search], names: _Names, laws: LawBook) -> dict[str, Array]:
    return {
        "search_first": np.cumsum([0] + [len(s.pools) for s in searches], dtype=np.int64),
        "search_pool": _ints(names.pools.index(p) for s in searches for p in s.pools),
        "when_full": _ints(_WHEN_FULL[s.when_full] for s in searches),
        "patience_law": _ints(laws.number(s.patience) for s in searches),
        "otherwise": _ints(names.otherwise(s.otherwise) for s in searches),
    }


def _goals(goals: list[Goal], names: _Names, laws: LawBook) -> dict[str, Array]:
    return {
        "goal_search": _ints(names.searches.index(g.search) for g in goals),
        "decision_law": _ints(laws.number(g.decision) for g in goals),
        "goal_caseworkers": _ints(names.team(g.caseworkers) for g in goals),
        "meeting_weekdays": _ints(
            0
            if g.meetings is None
            else sum(1 << WEEKDAYS.index(d) for d in set(g.meetings.weekdays))
            for g in goals
        ),
        "no_show": _floats(0.0 if g.meetings is None else g.meetings.no_show for g in goals),
        "bridge_search": _ints(
            NONE if g.bridge is None else names.searches.index(g.bridge) for g in goals
        ),
        "goal_urgent": _bools(g.urgency == "urgent" for g in goals),
        "goal_priority": _ints(_priority(g.priority, g.urgency) for g in goals),
    }


def _groups(scenario: Scenario, names: _Names) -> dict[str, Array]:
    width = max((len(v) for v in names.trait_values.values()), default=0)
    shares = np.ones((len(names.groups), len(names.traits), width))
    for g, group in enumerate(scenario.groups.values()):
        for t, trait in enumerate(names.traits):
            values = names.trait_values[trait]
            given = group.traits.get(trait, {UNSTATED: 1.0})
            shares[g, t, : len(values)] = _cumulative([given.get(v, 0.0) for v in values])
    return {"trait_shares": shares}


def _streams(scenario: Scenario, names: _Names) -> dict[str, Array]:
    days = scenario.run.warm_up_days + scenario.run.days
    like = {
        name: scenario.streams[scenario.start[names.starts[name]].stream]
        if name in names.starts
        else scenario.streams[name]
        for name in names.streams
    }
    knots = [
        (np.zeros(2), np.zeros(2))
        if name in names.starts
        else cumulative_rate(stream, scenario.run.start, days)
        for name, stream in like.items()
    ]
    streams = list(like.values())
    return {
        "stream_group": _ints(names.groups.index(s.group) for s in streams),
        "stream_origin": _ints(ORIGINS.index(s.origin) for s in streams),
        "stream_search": _ints(names.searches.index(s.search) for s in streams),
        "stream_urgent": _bools(s.urgency == "urgent" for s in streams),
        "stream_priority": _ints(_priority(s.priority, s.urgency) for s in streams),
        "stream_residence": _cumulative(
            [_residence(s.residence, scenario, names) for s in streams]
        ),
        "stream_payer": _cumulative(
            [[(s.payer or {}).get(m, 0.0) for m in names.municipalities] for s in streams]
        ),
        "knot_first": np.cumsum([0] + [len(time) for time, _ in knots], dtype=np.int64),
        "knot_time": np.concatenate([time for time, _ in knots]),
        "knot_expected": np.concatenate([expected for _, expected in knots]),
        "start_stream": _ints(names.streams.index(name) for name in names.starts),
        "start_pool": _ints(names.pools.index(pool) for pool in names.starts.values()),
        "start_count": _ints(scenario.start[pool].occupied for pool in names.starts.values()),
    }


def _residence(residence: Any, scenario: Scenario, names: _Names) -> list[float]:
    if residence == "by_population":
        people = [m.population for m in scenario.municipalities.values()] or [1.0]
        return [p / sum(people) for p in people]
    return [residence.get(m, 0.0) for m in names.municipalities]
