"""The Plan: a checked scenario as frozen numeric arrays with integer ids and no callables.

Engines read nothing else. Ids are positions: pool p, group g, stream s, goal k, search q, law l,
municipality m, trait t. Streams stand in the order of their names, since ties compare a citizen as
(stream name, n). Times are int64 seconds since the start date.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
Bools = NDArray[np.bool_]

#: More than any pool can hold; stands for `unlimited`.
UNLIMITED = 2**62
#: No pool, law, goal or search here.
NONE = -1
#: Targets of `otherwise` that are not pools.
LEAVE = -1
HERE = -2

#: What a search does when no place is free.
WAIT, WAIT_FIRST, TURNED_AWAY = 0, 1, 2

#: What a review decides: an end, a longer limit, or that the search begins.
REVIEW_ENDS, REVIEW_EXTENDS, REVIEW_SEARCHES = 0, 1, 2

#: Whose the nights of a quota are.
OF_CITIZEN, OF_MUNICIPALITY = 0, 1

#: How one component of a law is drawn.
FIXED, UNIFORM, TABLE, EMPIRICAL = 0, 1, 2, 3

KINDS = (
    *("ward", "flexible", "guest_bed", "housing", "shelter", "community", "other"),
    *("contact", "team"),
)
WARD = KINDS.index("ward")
COMMUNITY = KINDS.index("community")
CONTACT = KINDS.index("contact")
TEAM = KINDS.index("team")
ORIGINS = ("ward", "somatic_ward", "street", "home", "shelter", "other")


@dataclass(frozen=True, eq=False)
class Plan:
    """A scenario in numbers. P pools, G groups, S streams, K goals, Q searches, L laws."""

    # names, for output and draw keys
    pools: tuple[str, ...]
    groups: tuple[str, ...]
    streams: tuple[str, ...]
    goals: tuple[str, ...]
    searches: tuple[str, ...]
    municipalities: tuple[str, ...]
    traits: tuple[str, ...]

    # the run
    start_day: int  # proleptic ordinal of the start date
    start_weekday: int  # 0 = Monday
    warm_up: int
    end: int

    # pools
    kind: Ints  # (P,)
    norm: Ints  # (P,) places at time zero
    step_time: Ints  # (steps,) ascending
    step_pool: Ints  # (steps,)
    step_norm: Ints  # (steps,)
    step_limit: Ints  # (steps,) seconds, of stays that begin from then on
    step_renews: Bools  # (steps,) a new month or year of the pool's quota
    step_admits: Ints  # (steps,) row of `admits_*`, of requests made from then on
    surge: Ints  # (P,)
    reserve: Ints  # (P,)
    intake_time: Ints  # (changes,) seconds, first in the week from time zero, then in every week
    intake_pool: Ints  # (changes,)
    intake_open: Bools  # (changes,) takes people in from then on
    queue_limit: Ints  # (P,)
    quota_of: Ints  # (P,) NONE: any number of nights
    quota_nights: Ints  # (P, municipalities) per month or year
    admits_residence: Bools  # (target groups, municipalities) that of pool p at time zero in row p
    admits_trait: Ints  # (target groups, traits) bit v set: value v is admitted
    admits_admissions: Ints  # (target groups,) ward admissions at least, 0: any
    admits_within: Ints  # (target groups,) seconds before the request
    assessment_law: Ints  # (P, municipalities)
    outside_law: Ints  # (P,)
    decline_share: Floats  # (P, G)
    move_in_law: Ints  # (P,)
    stay_law: Ints  # (P, G)
    residual_law: Ints  # (P, G) remaining stay of those present at time zero
    limit: Ints  # (P,) seconds, UNLIMITED if none
    limit_leaves: Bools  # (P,)
    limit_otherwise: Ints  # (P,)
    extension_share: Floats  # (P,)
    extension_law: Ints  # (P,)
    moves_at_once: Bools  # (P,)
    review_first: Ints  # (P + 1,) where each pool's reviews begin in `review_*`
    review_time: Ints  # (reviews,) seconds from admission, ascending within a pool
    review_upto: Floats  # (reviews, 3) cumulative shares of what is decided, see REVIEW_ENDS
    review_notice: Ints  # (reviews,) seconds from a review to the end set there
    review_longer: Ints  # (reviews,) seconds by which a limit is put off
    ends_at_reviews: Bools  # (P,) the end of the need is found at the next review
    leave_early_share: Floats  # (P,)
    leave_early_law: Ints  # (P,)
    leave_early_otherwise: Ints  # (P,)
    keeps_place: Ints  # (P,) seconds, for who is readmitted; 0: given back
    early_share: Floats  # (P,)
    early_after: Ints  # (P,)
    false_starts: Ints  # (P,) team that assesses in vain who needs no case, or NONE
    onward: Floats  # (P, G, K + 1) cumulative shares; the last goal is to leave the model
    relapse_share: Floats  # (P, G)
    relapse_law: Ints  # (P, G)
    relapse_search: Ints  # (P, G)
    relapse_urgent: Bools  # (P, G)
    relapse_priority: Ints  # (P, G)
    group_priority: Ints  # (P, G) NONE: the request's own
    ratio_after_limit: Floats  # (P,) of the relapse hazard, until the next ward stay
    ratio_after_early: Floats  # (P,)

    # teams
    relapse_ratio: Floats  # (P,) of the relapse hazard while enrolled
    enrol_search: Ints  # (P,) NONE: not a team
    enrol_share: Floats  # (P,) of those asked who are reached
    enrol_first: Ints  # (2 P + 1,) where teams asking at leaving, at entering pool p begin
    enrol_team: Ints  # (askings,)

    # searches
    search_first: Ints  # (Q + 1,) where each search's pools begin in search_pool
    search_pool: Ints  # (sum of lengths,)
    when_full: Ints  # (Q,)
    patience_law: Ints  # (Q,)
    otherwise: Ints  # (Q,)

    # goals
    goal_search: Ints  # (K,)
    decision_law: Ints  # (K,)
    goal_caseworkers: Ints  # (K,) team that has to take on a case first, or NONE
    meeting_weekdays: Ints  # (K,) bit d set: decided on weekday d; 0: at any time
    no_show: Floats  # (K,)
    bridge_search: Ints  # (K,)
    goal_urgent: Bools  # (K,)
    goal_priority: Ints  # (K,)

    # groups and streams
    trait_shares: Floats  # (G, traits, values) cumulative
    stream_group: Ints  # (S,)
    stream_origin: Ints  # (S,)
    stream_search: Ints  # (S,)
    stream_urgent: Bools  # (S,)
    stream_priority: Ints  # (S,)
    stream_residence: Floats  # (S, municipalities) cumulative
    stream_payer: Floats  # (S, municipalities) cumulative; all 0: the municipality of residence
    knot_first: Ints  # (S + 1,) where each stream's knots begin
    knot_time: Floats  # (knots,) seconds
    knot_expected: Floats  # (knots,) expected arrivals until then
    start_stream: Ints  # (starts,) streams present at time zero
    start_pool: Ints  # (starts,)
    start_count: Ints  # (starts,)

    # hashes of names, for draw keys
    pool_hash: NDArray[np.uint64]
    goal_hash: NDArray[np.uint64]
    trait_hash: NDArray[np.uint64]
    stream_hash: NDArray[np.uint64]

    # laws of durations, in days; law l has components law_first[l] to law_first[l + 1]
    law_first: Ints  # (L + 1,)
    part_upto: Floats  # (components,) cumulative share within its law
    part_kind: Ints  # (components,)
    part_low: Floats  # (components,) added to the value
    part_scale: Floats  # (components,) multiplies the unit quantile
    part_table: Ints  # (components,) row of quantiles, or first of observed
    part_count: Ints  # (components,) number of observed values
    quantiles: Floats  # (tables, knots)
    observed: Floats  # (values,) days

    #: per trait the names of its values, in the order of their numbers
    trait_values: tuple[tuple[str, ...], ...] = ()

    @property
    def always_unlimited(self) -> Bools:
        """Pools without a norm from beginning to end, shape (P,)."""
        unlimited: Bools = self.norm == UNLIMITED
        unlimited[self.step_pool[self.step_norm < UNLIMITED]] = False
        return unlimited

    @property
    def asks_nothing(self) -> Bools:
        """Pools that take in everybody at once, from beginning to end, shape (P,)."""
        everyone = 1 << self.trait_shares.shape[2]
        admits_all = np.all(self.admits_residence, axis=1)
        admits_all &= np.all(self.admits_trait + 1 >= everyone, axis=1)
        admits_all &= self.admits_admissions == 0
        np.logical_and.at(admits_all, self.step_pool, admits_all[self.step_admits])
        at_once = np.all(self.assessment_law == NONE, axis=1) & (self.outside_law == NONE)
        return admits_all[: len(self.pools)] & at_once & ~self.decline_share.any(axis=1)

    @property
    def is_caseworkers(self) -> Bools:
        """Teams whose places are caseworkers, shape (P,)."""
        found: Bools = np.zeros(len(self.pools), dtype=np.bool_)
        for teams in (self.goal_caseworkers, self.false_starts):
            found[teams[teams != NONE]] = True
        return found

    @property
    def has_ratios(self) -> bool:
        """Whether the relapse hazard is ever multiplied."""
        ratios = (self.relapse_ratio, self.ratio_after_limit, self.ratio_after_early)
        return any(bool((ratio != 1.0).any()) for ratio in ratios)

    @property
    def ever_admits(self) -> Bools:
        """Municipalities that a pool takes in at some time, shape (P, municipalities)."""
        admits: Bools = self.admits_residence[: len(self.pools)].copy()
        np.logical_or.at(admits, self.step_pool, self.admits_residence[self.step_admits])
        return admits

    @property
    def years(self) -> int:
        """Whole budget years of 365 days after the warm-up."""
        return (self.end - self.warm_up) // (365 * 86_400)

    def save(self, path: Path) -> None:
        """Write the plan as one ``.npz`` file; no pickled objects."""
        arrays = {f.name: np.asarray(getattr(self, f.name)) for f in fields(self)}
        for name in _NAMES:
            arrays[name] = np.array(json.dumps(getattr(self, name)))
        np.savez_compressed(path, **arrays)  # type: ignore[arg-type]

    @classmethod
    def load(cls, path: Path) -> Plan:
        """Read a plan written by `save`."""
        with np.load(path, allow_pickle=False) as arrays:
            values = {f.name: arrays[f.name] for f in fields(cls)}
        for name in _NAMES:
            values[name] = tuple(json.loads(str(values[name])))
        values["trait_values"] = tuple(map(tuple, values["trait_values"]))
        for name in _NUMBERS:
            values[name] = int(values[name])
        return cls(**values)

    def __post_init__(self) -> None:
        """Freeze the arrays."""
        for value in vars(self).values():
            if isinstance(value, np.ndarray) and value.flags.writeable:
                value.setflags(write=False)


_NAMES = (
    "pools",
    "groups",
    "streams",
    "goals",
    "searches",
    "municipalities",
    "traits",
    "trait_values",
)
_NUMBERS = ("start_day", "start_weekday", "warm_up", "end")
