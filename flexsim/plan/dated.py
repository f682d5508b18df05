"""What changes on a date: places, longest stays, target groups, quotas."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Mapping
from functools import lru_cache

import numpy as np

from flexsim.plan.arrivals import DAY
from flexsim.plan.names import Names
from flexsim.plan.numbers import Array, bools, ints, number, seconds
from flexsim.plan.plan import UNLIMITED
from flexsim.scenario.schema import OTHERS, Admits, Pool


def steps(pools: list[Pool], names: Names, start: dt.date, days: int) -> dict[str, Array]:
    """What changes on a date; and all target groups, first those of the pools at time zero."""
    end = start + dt.timedelta(days)
    renewals = {(day, p) for p, pool in enumerate(pools) for day in _renewals(pool, start, end)}
    stated = {(step.from_, p) for p, pool in enumerate(pools) for step in pool.later.values()}
    changes = sorted((day, p) for day, p in stated | renewals if start < day < end)
    groups = [_admits_on(pool, start) for pool in pools]
    in_force = list(range(len(pools)))
    step_admits = []
    for day, p in changes:
        admits = _admits_on(pools[p], day)
        if admits != groups[in_force[p]]:
            in_force[p] = len(groups)
            groups.append(admits)
        step_admits.append(in_force[p])
    welcome = [_target_group(admits, names) for admits in groups]
    return {
        "step_time": ints((day - start).days * DAY for day, _ in changes),
        "step_pool": ints(p for _, p in changes),
        "step_norm": ints(number(places_on(pools[p], day)) for day, p in changes),
        "step_limit": ints(limit_on(pools[p], day) for day, p in changes),
        "step_renews": bools(step in renewals for step in changes),
        "step_admits": ints(step_admits),
        "admits_residence": np.array([homes for homes, _ in welcome], dtype=np.bool_),
        "admits_trait": np.array([masks for _, masks in welcome], dtype=np.int64),
        "admits_admissions": ints(0 if a.history is None else a.history.admissions for a in groups),
        "admits_within": ints(
            0 if a.history is None else seconds(a.history.within_days) for a in groups
        ),
    }


def places_on(pool: Pool, day: dt.date) -> int | str:
    """Places on a day: those of the last step by then, else the stated number."""
    past = [step for step in pool.later.values() if step.from_ <= day]
    return max(past, key=lambda step: step.from_).places if past else pool.places


def limit_on(pool: Pool, day: dt.date) -> int:
    """Longest stay of those admitted on a day, in seconds."""
    if pool.limit is None:
        return UNLIMITED
    past = {s.from_: s.limit_days for s in pool.later.values() if s.limit_days and s.from_ <= day}
    return seconds(past[max(past)] if past else pool.limit.days)


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


def _welcome(rule: Mapping[str, str], value: str) -> bool:
    return rule.get(value, rule.get(OTHERS, "admitted")) == "admitted"


@lru_cache(maxsize=256)
def _target_group(admits: Admits, names: Names) -> tuple[list[bool], list[int]]:
    """Municipalities admitted; and per trait, bit v set: value v is admitted."""
    homes = [_welcome(admits.residence, m) for m in names.municipalities]
    rules = [admits.traits.get(trait, {}) for trait in names.trait_values]
    masks = [
        sum(1 << i for i, value in enumerate(values) if _welcome(rule, value))
        for rule, values in zip(rules, names.trait_values.values(), strict=True)
    ]
    return homes, masks
