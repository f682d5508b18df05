"""Scenario to Plan: names become ids, days become seconds, laws become tables."""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from itertools import accumulate
from typing import Any, NamedTuple, TypeVar

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
    Group,
    Occupied,
    Pool,
    Review,
    Scenario,
    Search,
    Stream,
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
    names = _names_of(scenario)
    laws = LawBook()
    run = scenario.run
    days = run.warm_up_days + run.days
    pools = list(scenario.pools.values())
    rows = [_row(pool, names, run.start, days) for pool in pools]
    values: dict[str, Any] = {
        "start_day": run.start.toordinal(),
        "start_weekday": run.start.weekday(),
        "warm_up": run.warm_up_days * DAY,
        "end": days * DAY,
    }
    values |= names.fields
    table = np.frombuffer(b"".join(row.record for row in rows), names.record)
    values |= {field: table[field].copy() for field in names.record.fields or ()}
    values |= _laws(rows, scenario, names, laws)
    values |= _intake(rows)
    values |= _reviews(rows)
    values |= _steps(pools, names, run.start, days)
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


@dataclass(frozen=True, eq=False)
class _Names:
    """Positions of all names."""

    pools: tuple[str, ...]
    groups: tuple[str, ...]
    goals: tuple[str, ...]
    teams: tuple[str, ...]
    searches: tuple[str, ...]
    municipalities: tuple[str, ...]
    starts: Mapping[str, str]  # stream of those present at time zero -> their pool
    streams: tuple[str, ...]
    trait_values: Mapping[str, tuple[str, ...]]

    @cached_property
    def fields(self) -> dict[str, Any]:
        """The fields of a Plan that are names, or follow from them alone."""
        first_search = len(self.searches) - len(self.teams)
        traits = tuple(self.trait_values)
        hashes = {
            "pool_hash": self.pools,
            "goal_hash": self.goals,
            "trait_hash": traits,
            "stream_hash": self.streams,
        }
        return {
            "pools": self.pools,
            "groups": self.groups,
            "streams": self.streams,
            "goals": self.goals,
            "searches": self.searches,
            "municipalities": self.municipalities,
            "traits": traits,
            "trait_values": tuple(self.trait_values.values()),
            "enrol_search": _ints(
                first_search + self.teams.index(n) if n in self.teams else NONE for n in self.pools
            ),
        } | {
            field: np.array([stable_hash(name) for name in names], dtype=np.uint64)
            for field, names in hashes.items()
        }

    @cached_property
    def record(self) -> np.dtype[np.void]:
        """The fields of a Plan that are numbers of one pool, law numbers apart."""
        groups, homes, goals = len(self.groups), len(self.municipalities), len(self.goals)
        return np.dtype(
            [
                ("kind", np.int64),
                ("norm", np.int64),
                ("surge", np.int64),
                ("reserve", np.int64),
                ("queue_limit", np.int64),
                ("quota_of", np.int64),
                ("quota_nights", np.int64, (homes,)),
                ("decline_share", np.float64, (groups,)),
                ("limit", np.int64),
                ("limit_leaves", np.bool_),
                ("limit_otherwise", np.int64),
                ("extension_share", np.float64),
                ("moves_at_once", np.bool_),
                ("ends_at_reviews", np.bool_),
                ("leave_early_share", np.float64),
                ("leave_early_otherwise", np.int64),
                ("keeps_place", np.int64),
                ("early_share", np.float64),
                ("early_after", np.int64),
                ("false_starts", np.int64),
                ("onward", np.float64, (groups, goals + 1)),
                ("group_priority", np.int64, (groups,)),
                ("ratio_after_limit", np.float64),
                ("ratio_after_early", np.float64),
                ("relapse_share", np.float64, (groups,)),
                ("relapse_search", np.int64, (groups,)),
                ("relapse_urgent", np.bool_, (groups,)),
                ("relapse_priority", np.int64, (groups,)),
                ("relapse_ratio", np.float64),
                ("enrol_share", np.float64),
            ]
        )

    def team(self, name: str | None) -> int:
        return NONE if name is None else self.pools.index(name)

    def otherwise(self, name: str) -> int:
        reserved = {"leave": LEAVE, "here": HERE}
        return reserved[name] if name in reserved else self.pools.index(name)


def _names_of(scenario: Scenario) -> _Names:
    return _names(
        tuple(scenario.pools),
        tuple(name for name, pool in scenario.pools.items() if pool.kind == "team"),
        tuple(scenario.groups.items()),
        tuple(scenario.goals),
        tuple(scenario.searches),
        tuple(scenario.municipalities),
        tuple(scenario.streams),
        tuple(scenario.start),
    )


@lru_cache(maxsize=8)
def _names(
    pools: tuple[str, ...],
    teams: tuple[str, ...],
    groups: tuple[tuple[str, Group], ...],
    goals: tuple[str, ...],
    searches: tuple[str, ...],
    municipalities: tuple[str, ...],
    streams: tuple[str, ...],
    start: tuple[str, ...],
) -> _Names:
    starts = {f"{pool}@start": pool for pool in start}
    given = [group.traits for _, group in groups]
    return _Names(
        pools=pools,
        groups=tuple(name for name, _ in groups),
        goals=goals,
        teams=teams,
        searches=searches + teams,  # a team is sought by one of its name
        municipalities=municipalities or (UNSTATED,),
        starts=starts,
        streams=tuple(sorted([*streams, *starts])),
        trait_values={
            trait: (*sorted({v for traits in given for v in traits.get(trait, {})}), UNSTATED)
            for trait in sorted({trait for traits in given for trait in traits})
        },
    )


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


def _cumulative(shares: Sequence[float]) -> list[float]:
    """Cumulative shares; the last that is above 0 and all after it are exactly 1."""
    last = max((n for n, share in enumerate(shares) if share != 0), default=len(shares))
    return [1.0 if n >= last and upto > 0 else upto for n, upto in enumerate(accumulate(shares))]


class _Row(NamedTuple):
    """What the fields of a plan say of one pool; laws have no numbers yet."""

    record: bytes
    stay: list[Law | None]  # by group
    assessment: list[Law | None]  # by municipality
    relapse: list[Law | None]  # by group
    laws: dict[str, Law | None]
    intake: list[tuple[int, bool]]  # when it begins and ceases to take people in
    reviews: list[tuple[float, Review]]  # each as often as it is held, by day


@lru_cache(maxsize=256)
def _row(pool: Pool, names: _Names, start: dt.date, days: int) -> _Row:
    """The row of a pool in a run, the same for all scenarios that share the pool."""
    limit, quota, early = pool.limit, pool.quota, pool.leaves_early
    extension = None if limit is None else limit.extension
    relapses = [_of(pool.relapse_by_group, g, pool.relapse) for g in names.groups]
    hours = tuple(pool.intake.get(day, "open") for day in WEEKDAYS)
    values = {
        "kind": KINDS.index(pool.kind),
        "norm": _number(_places_on(pool, start)),
        "surge": _number(pool.surge),
        "reserve": pool.reserve,
        "queue_limit": _number(pool.queue_limit),
        "quota_of": NONE if quota is None else _QUOTA_OF[quota.of],
        "quota_nights": [_quota_nights(pool, m) for m in names.municipalities],
        "decline_share": [_of(pool.declined_by_group, g, pool.declined) for g in names.groups],
        "limit": _limit_on(pool, start),
        "limit_leaves": limit is not None and limit.then == "leave",
        "limit_otherwise": LEAVE if limit is None else names.otherwise(limit.otherwise),
        "extension_share": 0.0 if extension is None else extension.share,
        "moves_at_once": pool.moves_on == "at_once",
        "ends_at_reviews": pool.need_ends == "at_reviews",
        "leave_early_share": 0.0 if early is None else early.share,
        "leave_early_otherwise": LEAVE if early is None else names.otherwise(early.otherwise),
        "keeps_place": 0 if pool.keeps_place is None else _seconds(pool.keeps_place.days),
        "early_share": pool.early_assessment.share,
        "early_after": _seconds(pool.early_assessment.after_days),
        "false_starts": names.team(pool.early_assessment.false_starts),
        "onward": [
            _cumulative(_onward(_of(pool.onward_by_group, g, pool.onward), names))
            for g in names.groups
        ],
        "group_priority": [pool.priority_by_group.get(g, NONE) for g in names.groups],
        "ratio_after_limit": pool.relapse_ratio_after.limit_reached,
        "ratio_after_early": pool.relapse_ratio_after.left_early,
        "relapse_share": [0.0 if r is None else r.share for r in relapses],
        "relapse_search": [NONE if r is None else names.searches.index(r.search) for r in relapses],
        "relapse_urgent": [r is not None and r.urgency == "urgent" for r in relapses],
        "relapse_priority": [
            NONE if r is None else _priority(r.priority, r.urgency) for r in relapses
        ],
        "relapse_ratio": pool.relapse_ratio,
        "enrol_share": 1.0 if pool.enrols is None else pool.enrols.share,
    }
    fields = names.record.fields or ()
    return _Row(
        record=np.array(tuple(values[field] for field in fields), names.record).tobytes(),
        stay=[_needed(pool, g) for g in names.groups],
        assessment=[_assessment(pool, m) for m in names.municipalities],
        relapse=[None if r is None else r.delay for r in relapses],
        laws={
            "outside_law": pool.outside_wait,
            "move_in_law": pool.move_in,
            "extension_law": None if extension is None else extension.by,
            "leave_early_law": None if early is None else early.after,
        },
        intake=[(60 * minute, is_open) for minute, is_open in _changes(hours, start.weekday())],
        reviews=_held(pool, days),
    )


def _laws(rows: list[_Row], scenario: Scenario, names: _Names, laws: LawBook) -> dict[str, Array]:
    """Numbers of the laws of pools."""
    stay = _numbers(laws, [row.stay for row in rows])
    residual = stay.copy()
    for name in scenario.start:
        row, limit = names.pools.index(name), _limit_on(scenario.pools[name], scenario.run.start)
        longest = math.inf if limit == UNLIMITED else limit / DAY
        residual[row] = [laws.residual(law, longest) for law in stay[row].tolist()]
    return (
        {
            "stay_law": stay,
            "residual_law": residual,
            "assessment_law": _numbers(laws, [row.assessment for row in rows]),
        }
        | {name: _ints(laws.number(row.laws[name]) for row in rows) for name in rows[0].laws}
        | {"relapse_law": _numbers(laws, [row.relapse for row in rows])}
    )


def _numbers(laws: LawBook, rows: list[list[Law | None]]) -> Array:
    return np.array([[laws.number(law) for law in row] for row in rows], dtype=np.int64)


def _askings(pools: list[Pool], names: _Names) -> dict[str, Array]:
    """Who asks at which moment."""
    asked = [(team, pool.enrols) for team, pool in enumerate(pools) if pool.enrols is not None]
    asking = [
        [team for team, enrols in asked if place in getattr(enrols, moment)]
        for place in names.pools
        for moment in ("on_leaving", "on_entering")
    ]
    return {
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


def _intake(rows: list[_Row]) -> dict[str, Array]:
    """When pools begin and cease to take people in, in the week that begins at time zero."""
    changes = [(time, p, is_open) for p, row in enumerate(rows) for time, is_open in row.intake]
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


def _steps(pools: list[Pool], names: _Names, start: dt.date, days: int) -> dict[str, Array]:
    """What changes on a date; and all target groups, first those of the pools at time zero."""
    end = start + dt.timedelta(days)
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
    welcome = [_target_group(admits, names) for admits in groups]
    return {
        "step_time": _ints((day - start).days * DAY for day, _ in steps),
        "step_pool": _ints(p for _, p in steps),
        "step_norm": _ints(_number(_places_on(pools[p], day)) for day, p in steps),
        "step_limit": _ints(_limit_on(pools[p], day) for day, p in steps),
        "step_renews": _bools(step in renewals for step in steps),
        "step_admits": _ints(step_admits),
        "admits_residence": np.array([homes for homes, _ in welcome], dtype=np.bool_),
        "admits_trait": np.array([masks for _, masks in welcome], dtype=np.int64),
        "admits_admissions": _ints(
            0 if a.history is None else a.history.admissions for a in groups
        ),
        "admits_within": _ints(
            0 if a.history is None else _seconds(a.history.within_days) for a in groups
        ),
    }


def _welcome(rule: Mapping[str, str], value: str) -> bool:
    return rule.get(value, rule.get(OTHERS, "admitted")) == "admitted"


@lru_cache(maxsize=256)
def _target_group(admits: Admits, names: _Names) -> tuple[list[bool], list[int]]:
    """Municipalities admitted; and per trait, bit v set: value v is admitted."""
    homes = [_welcome(admits.residence, m) for m in names.municipalities]
    rules = [admits.traits.get(trait, {}) for trait in names.trait_values]
    masks = [
        sum(1 << i for i, value in enumerate(values) if _welcome(rule, value))
        for rule, values in zip(rules, names.trait_values.values(), strict=True)
    ]
    return homes, masks


def _onward(shares: Mapping[str, float], names: _Names) -> list[float]:
    if not shares:
        return [0.0] * len(names.goals) + [1.0]
    return [shares.get(goal, 0.0) for goal in [*names.goals, "leave"]]


def _reviews(rows: list[_Row]) -> dict[str, Array]:
    """Each review as often as it is held in a stay as long as the run, pool by pool."""
    flat = [one for row in rows for one in row.reviews]
    upto = [list(accumulate((r.ends, r.extends, r.search_begins))) for _, r in flat]
    return {
        "review_first": np.cumsum([0] + [len(row.reviews) for row in rows], dtype=np.int64),
        "review_time": _ints(_seconds(day) for day, _ in flat),
        "review_upto": np.array(upto, dtype=np.float64).reshape(len(flat), 3),
        "review_notice": _ints(_seconds(r.notice_days) for _, r in flat),
        "review_longer": _ints(_seconds(r.by_days or 0.0) for _, r in flat),
    }


def _held(pool: Pool, most: int) -> list[tuple[float, Review]]:
    """Reviews of a pool by the day of a stay on which they are held."""
    held = [(day, review) for review in pool.reviews.values() for day in _days(review, most)]
    return sorted(held, key=lambda one: one[0])


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


@lru_cache(maxsize=8)
def _groups(groups: tuple[Group, ...], names: _Names) -> dict[str, Array]:
    width = max((len(values) for values in names.trait_values.values()), default=0)
    shares = np.ones((len(groups), len(names.trait_values), width))
    for g, group in enumerate(groups):
        for t, (trait, values) in enumerate(names.trait_values.items()):
            given = group.traits.get(trait, {UNSTATED: 1.0})
            shares[g, t, : len(values)] = _cumulative([given.get(v, 0.0) for v in values])
    return {"trait_shares": shares}


@lru_cache(maxsize=8)
def _streams(
    given: tuple[tuple[str, Stream], ...],
    start: tuple[tuple[str, Occupied], ...],
    population: tuple[float, ...],
    names: _Names,
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
        "stream_group": _ints(names.groups.index(s.group) for s in streams),
        "stream_origin": _ints(ORIGINS.index(s.origin) for s in streams),
        "stream_search": _ints(names.searches.index(s.search) for s in streams),
        "stream_urgent": _bools(s.urgency == "urgent" for s in streams),
        "stream_priority": _ints(_priority(s.priority, s.urgency) for s in streams),
        "stream_residence": np.array(
            [_cumulative(_residence(s.residence, population, names)) for s in streams],
            dtype=np.float64,
        ),
        "stream_payer": np.array(
            [
                _cumulative([(s.payer or {}).get(m, 0.0) for m in names.municipalities])
                for s in streams
            ]
        ),
        "knot_first": np.cumsum([0] + [len(time) for time, _ in knots], dtype=np.int64),
        "knot_time": np.concatenate([time for time, _ in knots]),
        "knot_expected": np.concatenate([expected for _, expected in knots]),
        "start_stream": _ints(names.streams.index(name) for name in names.starts),
        "start_pool": _ints(names.pools.index(pool) for pool in names.starts.values()),
        "start_count": _ints(occupied[pool].occupied for pool in names.starts.values()),
    }


_knots = lru_cache(maxsize=32)(cumulative_rate)


def _residence(residence: Any, population: Sequence[float], names: _Names) -> list[float]:
    if residence == "by_population":
        people = population or [1.0]
        return [p / sum(people) for p in people]
    return [residence.get(m, 0.0) for m in names.municipalities]
