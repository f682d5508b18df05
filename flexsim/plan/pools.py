"""What the fields of a plan say of one pool."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any, NamedTuple, TypeVar

import numpy as np

from flexsim.plan.dated import limit_on, places_on
from flexsim.plan.names import Names
from flexsim.plan.numbers import Array, cumulative, number, priority, seconds
from flexsim.plan.plan import KINDS, LEAVE, NONE, OF_CITIZEN, OF_MUNICIPALITY, UNLIMITED
from flexsim.scenario.laws import Law
from flexsim.scenario.schema import OTHERS, WEEKDAYS, Pool, Review, open_minutes

T = TypeVar("T")

_QUOTA_OF = {"citizen": OF_CITIZEN, "municipality": OF_MUNICIPALITY}


class PoolRow(NamedTuple):
    """What the fields of a plan say of one pool; laws have no numbers yet."""

    values: dict[str, Any]  # fields of a Plan that are numbers of one pool, law numbers apart
    stay: list[Law | None]  # by group
    assessment: list[Law | None]  # by municipality
    relapse: list[Law | None]  # by group
    laws: dict[str, Law | None]
    intake: list[tuple[int, bool]]  # when it begins and ceases to take people in
    reviews: list[tuple[float, Review]]  # each as often as it is held, by day


@lru_cache(maxsize=256)
def row_of(pool: Pool, names: Names, start: dt.date, days: int) -> PoolRow:
    """The row of a pool in a run, the same for all scenarios that share the pool."""
    limit, quota, early = pool.limit, pool.quota, pool.leaves_early
    extension = None if limit is None else limit.extension
    relapses = [_of(pool.relapse_by_group, g, pool.relapse) for g in names.groups]
    hours = tuple(pool.intake.get(day, "open") for day in WEEKDAYS)
    values = {
        "kind": KINDS.index(pool.kind),
        "norm": number(places_on(pool, start)),
        "surge": number(pool.surge),
        "reserve": pool.reserve,
        "queue_limit": number(pool.queue_limit),
        "quota_of": NONE if quota is None else _QUOTA_OF[quota.of],
        "quota_nights": [_quota_nights(pool, m) for m in names.municipalities],
        "decline_share": [_of(pool.declined_by_group, g, pool.declined) for g in names.groups],
        "limit": limit_on(pool, start),
        "limit_leaves": limit is not None and limit.then == "leave",
        "limit_otherwise": LEAVE if limit is None else names.otherwise(limit.otherwise),
        "extension_share": 0.0 if extension is None else extension.share,
        "moves_at_once": pool.moves_on == "at_once",
        "ends_at_reviews": pool.need_ends == "at_reviews",
        "leave_early_share": 0.0 if early is None else early.share,
        "leave_early_otherwise": LEAVE if early is None else names.otherwise(early.otherwise),
        "keeps_place": 0 if pool.keeps_place is None else seconds(pool.keeps_place.days),
        "early_share": pool.early_assessment.share,
        "early_after": seconds(pool.early_assessment.after_days),
        "false_starts": names.team(pool.early_assessment.false_starts),
        "onward": [
            cumulative(_onward(_of(pool.onward_by_group, g, pool.onward), names))
            for g in names.groups
        ],
        "group_priority": [pool.priority_by_group.get(g, NONE) for g in names.groups],
        "ratio_after_limit": pool.relapse_ratio_after.limit_reached,
        "ratio_after_early": pool.relapse_ratio_after.left_early,
        "relapse_share": [0.0 if r is None else r.share for r in relapses],
        "relapse_search": [NONE if r is None else names.searches.index(r.search) for r in relapses],
        "relapse_urgent": [r is not None and r.urgency == "urgent" for r in relapses],
        "relapse_priority": [
            NONE if r is None else priority(r.priority, r.urgency) for r in relapses
        ],
        "relapse_ratio": pool.relapse_ratio,
        "enrol_share": 1.0 if pool.enrols is None else pool.enrols.share,
    }
    return PoolRow(
        values=values,
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


def _of(by_group: Mapping[str, T], group: str, default: T) -> T:
    return by_group.get(group, default)


def _needed(pool: Pool, group: str) -> Law | None:
    """The law of the needed stay; a contact without one is over at once."""
    law = _of(pool.stay_by_group, group, pool.stay)
    return Law(law="fixed", mean_days=0) if law is None and pool.kind == "contact" else law


def _assessment(pool: Pool, municipality: str) -> Law | None:
    others = pool.assessment_by_residence.get(OTHERS, pool.assessment)
    return pool.assessment_by_residence.get(municipality, others)


def _quota_nights(pool: Pool, municipality: str) -> int:
    """Nights that a month or year has, for the people of a municipality."""
    if pool.quota is None:
        return UNLIMITED
    return pool.quota.by_municipality.get(municipality, pool.quota.nights)


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


def _onward(shares: Mapping[str, float], names: Names) -> list[float]:
    if not shares:
        return [0.0] * len(names.goals) + [1.0]
    return [shares.get(goal, 0.0) for goal in [*names.goals, "leave"]]


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
