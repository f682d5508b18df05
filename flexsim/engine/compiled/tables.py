"""A plan laid out for the kernel: one table of whole numbers per kind of thing."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache
from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexsim.chance import Draw, subject_word
from flexsim.engine.compiled import columns as c
from flexsim.engine.rules import room_for
from flexsim.engine.stuck import rings
from flexsim.plan.plan import (
    COMMUNITY,
    CONTACT,
    NONE,
    OF_CITIZEN,
    TURNED_AWAY,
    UNLIMITED,
    WAIT,
    WARD,
    Plan,
)
from flexsim.register import Kind, periods

Ints = NDArray[np.int64]
Array = NDArray[np.generic]


@dataclass(eq=False)
class Tables:
    """What does not differ between replications; `fixed` are the first fields of a `World`."""

    fixed: dict[str, Any]
    clock: Ints
    pool: Ints
    stream: Ints
    too_small: list[int] = field(default_factory=list)  # what replications so far have doubled


@lru_cache(maxsize=8)
def tables_of(plan: Plan) -> Tables:
    """The tables of a plan."""
    ranks = _priorities(plan)
    fixed: dict[str, Any] = {
        "by_group": _stack(
            plan.stay_law,
            plan.residual_law,
            plan.relapse_law,
            plan.relapse_search,
            plan.relapse_urgent,
            _rank(ranks, plan.relapse_priority),
            _rank(ranks, plan.group_priority),
        ),
        "share": _stack(
            plan.extension_share,
            plan.early_share,
            plan.leave_early_share,
            plan.enrol_share,
            plan.relapse_ratio,
            plan.ratio_after_limit,
            plan.ratio_after_early,
            dtype=np.float64,
        ),
        "assessment_law": plan.assessment_law,
        "decline_share": plan.decline_share,
        "no_show": plan.no_show,
        "relapse_share": plan.relapse_share,
        "onward": plan.onward,
        "review": _stack(plan.review_notice, plan.review_longer),
        "review_time": plan.review_time,
        "review_upto": plan.review_upto,
        "search": _searches(plan),
        "search_pool": plan.search_pool,
        "goal": _stack(
            plan.goal_search,
            plan.decision_law,
            plan.bridge_search,
            plan.goal_urgent,
            _rank(ranks, plan.goal_priority),
            plan.meeting_weekdays,
            plan.goal_caseworkers,
        ),
        "law_first": plan.law_first,
        "part_int": _stack(plan.part_kind, plan.part_table, plan.part_count),
        "part_float": _stack(plan.part_upto, plan.part_low, plan.part_scale, dtype=np.float64),
        "quantiles": plan.quantiles,
        "observed": plan.observed,
        "residence": plan.stream_residence,
        "trait_shares": plan.trait_shares,
        "admits_residence": plan.admits_residence,
        "admits_trait": plan.admits_trait,
        "admits_history": _stack(plan.admits_admissions, plan.admits_within),
        "enrol_first": plan.enrol_first,
        "enrol_team": plan.enrol_team,
        "word": _words(tuple(plan.pool_hash.tolist()), tuple(plan.goal_hash.tolist())),
        "trait_word": np.array(
            [subject_word(Draw.TRAIT, h) for h in plan.trait_hash.tolist()], dtype=np.uint64
        ),
        "step": _stack(
            *(plan.step_time, plan.step_pool, plan.step_norm, plan.step_limit),
            *(plan.step_admits, plan.step_renews),
        ),
        "quota_nights": plan.quota_nights[plan.quota_of != NONE],
        "intake": _stack(plan.intake_time, plan.intake_pool, plan.intake_open),
        "start": _stack(plan.start_stream, plan.start_pool, plan.start_count),
        "edge": np.array(periods(plan), dtype=np.int64),
    }
    fixed = {name: np.ascontiguousarray(table) for name, table in fixed.items()}
    return Tables(fixed, _clock(plan, ranks), _pools(plan), _streams(plan, ranks))


def _stack(*columns: Array, dtype: type = np.int64) -> NDArray[Any]:
    """A table of columns of one shape, which is the last axis."""
    table = np.empty((*columns[0].shape, len(columns)), dtype=dtype)
    for n, column in enumerate(columns):
        table[..., n] = column
    return table


def _priorities(plan: Plan) -> Ints:
    """All priorities that occur, ascending: waiting lists are kept apart by them."""
    return np.unique(
        np.concatenate(
            [
                plan.stream_priority,
                plan.goal_priority,
                plan.relapse_priority[plan.relapse_share > 0],
                plan.group_priority[plan.group_priority != NONE],
                [1],  # of a refuge, and of an enrolment
            ]
        )
    )


def _rank(ranks: Ints, priority: Ints) -> Ints:
    """Positions among all priorities; NONE stays."""
    return np.where(priority == NONE, NONE, np.searchsorted(ranks, priority))


def _searches(plan: Plan) -> Ints:
    limited, asks_nothing = (plan.queue_limit < UNLIMITED).tolist(), plan.asks_nothing.tolist()
    listed = plan.search_pool.tolist()
    pools = [listed[a:b] for a, b in pairwise(plan.search_first.tolist())]
    return _stack(
        plan.search_first[:-1],
        np.diff(plan.search_first),
        plan.when_full,
        np.where(plan.when_full == TURNED_AWAY, NONE, plan.patience_law),
        plan.otherwise,
        (plan.when_full != WAIT) | [any(limited[pool] for pool in some) for some in pools],
        np.array([all(asks_nothing[pool] for pool in some) for some in pools]),
    )


@lru_cache(maxsize=8)
def _words(pool_hash: tuple[int, ...], goal_hash: tuple[int, ...]) -> NDArray[np.uint64]:
    """Words of the draw keys, by draw and subject (pool, goal, or none)."""
    subjects = max(len(pool_hash), len(goal_hash), 1)
    words = np.zeros((max(Draw) + 1, subjects), dtype=np.uint64)
    for draw in Draw:
        if draw in (Draw.GOAL, Draw.RELAPSE, Draw.ARRIVAL, Draw.RESIDENCE):
            words[draw, 0] = subject_word(draw, 0)
        elif draw != Draw.TRAIT:
            hashes = goal_hash if draw in (Draw.DECISION, Draw.NO_SHOW) else pool_hash
            words[draw, : len(hashes)] = [subject_word(draw, h) for h in hashes]
    return words


def _pools(plan: Plan) -> Ints:
    table = np.zeros((len(plan.pools), c.POOL_COLUMNS), dtype=np.int64)
    table[:, c.IS_WARD] = plan.kind == WARD
    table[:, c.IS_COMMUNITY] = plan.kind == COMMUNITY
    for column, values in (
        (c.NORM, plan.norm),
        (c.SURGE, plan.surge),
        (c.RESERVE, plan.reserve),
        (c.QUEUE_LIMIT, plan.queue_limit),
        (c.QUOTA, np.where(plan.quota_of == NONE, NONE, np.cumsum(plan.quota_of != NONE) - 1)),
        (c.OF_CITIZEN, plan.quota_of == OF_CITIZEN),
        (c.ROW_KIND, np.where(plan.kind == CONTACT, Kind.CONTACT, Kind.PLACE)),
        (c.OUTSIDE_LAW, plan.outside_law),
        (c.MOVE_IN_LAW, plan.move_in_law),
        (c.LIMIT, plan.limit),
        (c.LIMIT_LEAVES, plan.limit_leaves),
        (c.LIMIT_OTHERWISE, plan.limit_otherwise),
        (c.EXTENSION_LAW, plan.extension_law),
        (c.FIRST_REVIEW, plan.review_first[:-1]),
        (c.LAST_REVIEW, plan.review_first[1:]),
        (c.ENDS_AT_REVIEWS, plan.ends_at_reviews),
        (c.LEAVE_EARLY_LAW, plan.leave_early_law),
        (c.LEAVE_EARLY_OTHERWISE, plan.leave_early_otherwise),
        (c.MOVES_AT_ONCE, plan.moves_at_once),
        (c.KEEPS_PLACE, plan.keeps_place),
        (c.EARLY_AFTER, plan.early_after),
        (c.FALSE_STARTS, plan.false_starts),
        (c.ADMITS, np.arange(len(plan.pools))),
        (c.IS_COUNTED, ~plan.always_unlimited),
        (c.ENROL_SEARCH, plan.enrol_search),
    ):
        table[:, column] = values
    rooms = list(zip(plan.norm.tolist(), plan.surge.tolist(), plan.reserve.tolist(), strict=True))
    table[:, c.ROOM_ORDINARY] = [room_for(False, *room) for room in rooms]
    table[:, c.ROOM_URGENT] = [room_for(True, *room) for room in rooms]
    watched = sorted(rings(plan))
    table[watched, c.IS_WATCHED] = 1
    for time, pool in zip(plan.step_time, plan.step_pool, strict=True):
        table[pool, c.LAST_CHANGE] = time
    table[plan.intake_pool, c.LAST_CHANGE] = plan.end
    table[plan.quota_of != NONE, c.LAST_CHANGE] = plan.end
    return table


def _streams(plan: Plan, ranks: Ints) -> Ints:
    unknown = np.zeros(len(plan.streams))  # arrivals are drawn anew in each replication
    return _stack(
        plan.stream_group,
        plan.stream_search,
        plan.stream_urgent,
        _rank(ranks, plan.stream_priority),
        unknown,
        unknown,
        unknown,
    )


def _clock(plan: Plan, ranks: Ints) -> Ints:
    clock = np.zeros(c.CLOCK_COLUMNS, dtype=np.int64)
    clock[[c.REQUEST_FREE, c.CITIZEN_FREE, c.ENTRY_FREE]] = NONE
    clock[c.END] = plan.end
    # An event's key is (time, step, number), as many bits for the number as the time leaves.
    clock[c.STEP_SHIFT] = 60 - int(plan.end).bit_length()
    clock[c.TIME_SHIFT] = clock[c.STEP_SHIFT] + 3
    clock[c.LISTS] = 2 * len(ranks)
    clock[c.REFUGE_PRIORITY] = np.searchsorted(ranks, 1)
    clock[c.HAS_BRIDGES] = (plan.bridge_search != NONE).any()
    clock[c.HAS_RATIOS] = plan.has_ratios
    clock[c.START_WEEKDAY] = plan.start_weekday
    clock[c.SLACK] = 8 * int(np.diff(plan.search_first).max(initial=1)) + 64
    clock[c.SLACK] += 4 * int(np.diff(plan.enrol_first).max(initial=0))
    return clock
