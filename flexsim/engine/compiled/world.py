"""Everything one replication works on: the tables of the plan, and the tables that change.

A `World` is a tuple of arrays, the only argument that travels through the kernel. Rows of open
requests, citizens and entries are used again when they are free, so that what is hot stays small;
a row of the register is written once, when nothing can happen to it any more.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.tables import Tables
from flexsim.jit_table import LINE
from flexsim.plan.plan import NONE
from flexsim.plan.quantiles import HALF

Ints = NDArray[np.int64]
Small = NDArray[np.int32]
Floats = NDArray[np.float64]
Words = NDArray[np.uint64]

#: Numbers in a table of quantiles.
KNOTS = 2 * HALF + 1
#: A row of the register has 32-bit numbers if all times of a run fit.
FITS = 2**31


class Capacity(NamedTuple):
    """Rows of the tables of a world; a run that needs more begins anew with twice as many.

    Only what was too small is doubled: wide rows of draws would slow down every large run.
    """

    people: int
    rows: int
    requests: int = 4_096
    entries: int = 4_096
    events: int = 8_192
    drawn: int = 16
    places: int = 256

    def holds(self, other: Capacity) -> bool:
        """Whether a run that needs `other` fits."""
        return all(mine >= needed for mine, needed in zip(self, other, strict=True))

    def doubled(self, status: int) -> Capacity:
        """Twice as many of what was too small, by how the run stood."""
        if status == c.FULL_OF_ROWS:
            return self._replace(rows=2 * self.rows)
        if status == c.FULL_OF_DRAWS:
            return self._replace(drawn=2 * self.drawn)
        return self._replace(
            requests=2 * self.requests,
            entries=2 * self.entries,
            events=2 * self.events,
            places=2 * self.places,
        )


class World(NamedTuple):
    """The tables of a replication; columns are named in `columns`."""

    # from the plan
    by_group: Ints  # (P, G, columns)
    share: Floats  # (P, shares)
    assessment_law: Ints  # (P, M)
    decline_share: Floats  # (P, G)
    no_show: Floats  # (K,)
    relapse_share: Floats  # (P, G)
    onward: Floats  # (P, G, K + 1)
    review: Ints  # (reviews, columns)
    review_time: Ints
    review_upto: Floats  # (reviews, 3)
    search: Ints  # (Q, columns)
    search_pool: Ints
    goal: Ints  # (K, columns)
    law_first: Ints
    part_int: Ints  # (parts, columns)
    part_float: Floats  # (parts, columns)
    quantiles: Floats
    observed: Floats
    residence: Floats  # (S, M) cumulative shares
    trait_shares: Floats  # (G, T, values)
    admits_residence: NDArray[np.bool_]  # (target groups, M)
    admits_trait: Ints  # (target groups, T)
    admits_history: Ints  # (target groups, 2)
    enrol_first: Ints  # (2 P + 1,)
    enrol_team: Ints
    word: Words  # (draws, subjects)
    trait_word: Words  # (T,)
    step: Ints  # (steps, columns)
    quota_nights: Ints  # (quotas, M)
    intake: Ints  # (changes, columns)
    start: Ints  # (starts, 3) stream, pool, count
    edge: Ints  # (periods + 1,)
    # of this replication
    key: Words  # (S,)
    arrival: Ints  # times of all arrivals, stream by stream
    # what changes
    clock: Ints
    pool: Ints  # (P, columns)
    stream: Ints  # (S, columns)
    request: Ints  # (requests, columns)
    stamp: Ints  # (requests,) how often a row was used; tells old events from new
    owner: Small  # (requests,) the citizen of each, once more: beside each other they are near
    citizen: Ints  # (requests, columns)
    risk: Floats  # (requests, columns) of the time at risk
    admissions: Ints  # (requests, as many as are asked for) to wards, the last one first
    luck: Words  # (requests,) key of the draws of this episode
    drawn: Ints  # (requests, keys) key << 20 | how often it was drawn
    trait: Ints  # (requests, T)
    nights: Ints  # (quotas, citizens or municipalities, columns)
    entry: Ints  # (entries, columns)
    waiting: Ints  # (P, lists, 2) first and last entry
    calendar: Ints  # (events, 2) key and what to do, a heap
    free: Small  # (P, places) numbers of places given back, a heap each
    fresh: Ints
    ending: Ints  # (requests, columns)
    dirty: Ints  # (P,)
    counted: Ints  # (2, P, periods) seconds x places over the norm, and empty within it
    row: Ints | Small  # (rows, columns of the register)
    row_order: Ints  # (rows,) person << 32 | request << 1 | 0 for a place given up, else 1
    person: Small  # (people, 3 + T) stream, nth, residence, traits


#: Kind of number of each table (the rows of the register may be wider), and its lengths where
#: these are the same in every world.
SHAPES: dict[str, tuple[type | None, tuple[int | None, ...]]] = {
    "by_group": (np.int64, (None, None, c.BY_GROUP_COLUMNS)),
    "share": (np.float64, (None, c.POOL_SHARES)),
    "assessment_law": (np.int64, (None, None)),
    "decline_share": (np.float64, (None, None)),
    "no_show": (np.float64, (None,)),
    "relapse_share": (np.float64, (None, None)),
    "onward": (np.float64, (None, None, None)),
    "review": (np.int64, (None, c.REVIEW_COLUMNS)),
    "review_time": (np.int64, (None,)),
    "review_upto": (np.float64, (None, 3)),
    "search": (np.int64, (None, c.SEARCH_COLUMNS)),
    "search_pool": (np.int64, (None,)),
    "goal": (np.int64, (None, c.GOAL_COLUMNS)),
    "law_first": (np.int64, (None,)),
    "part_int": (np.int64, (None, 3)),
    "part_float": (np.float64, (None, 3)),
    "quantiles": (np.float64, (None, KNOTS)),
    "observed": (np.float64, (None,)),
    "residence": (np.float64, (None, None)),
    "trait_shares": (np.float64, (None, None, None)),
    "admits_residence": (np.bool_, (None, None)),
    "admits_trait": (np.int64, (None, None)),
    "admits_history": (np.int64, (None, 2)),
    "enrol_first": (np.int64, (None,)),
    "enrol_team": (np.int64, (None,)),
    "word": (np.uint64, (None, None)),
    "trait_word": (np.uint64, (None,)),
    "step": (np.int64, (None, c.STEP_COLUMNS)),
    "quota_nights": (np.int64, (None, None)),
    "intake": (np.int64, (None, c.INTAKE_COLUMNS)),
    "start": (np.int64, (None, 3)),
    "edge": (np.int64, (None,)),
    "key": (np.uint64, (None,)),
    "arrival": (np.int64, (None,)),
    "clock": (np.int64, (c.CLOCK_COLUMNS,)),
    "pool": (np.int64, (None, c.POOL_COLUMNS)),
    "stream": (np.int64, (None, c.STREAM_COLUMNS)),
    "request": (np.int64, (None, c.REQUEST_COLUMNS)),
    "stamp": (np.int64, (None,)),
    "owner": (np.int32, (None,)),
    "citizen": (np.int64, (None, c.CITIZEN_COLUMNS)),
    "risk": (np.float64, (None, c.RISK_COLUMNS)),
    "admissions": (np.int64, (None, None)),
    "luck": (np.uint64, (None,)),
    "drawn": (np.int64, (None, None)),
    "trait": (np.int64, (None, None)),
    "nights": (np.int64, (None, None, c.NIGHTS_COLUMNS)),
    "entry": (np.int64, (None, c.ENTRY_COLUMNS)),
    "waiting": (np.int64, (None, None, 2)),
    "calendar": (np.int64, (None, 2)),
    "free": (np.int32, (None, None)),
    "fresh": (np.int64, (None,)),
    "ending": (np.int64, (None, c.ENDING_COLUMNS)),
    "dirty": (np.int64, (None,)),
    "counted": (np.int64, (2, None, None)),
    "row": (None, (None, c.REGISTERED)),
    "row_order": (np.int64, (None,)),
    "person": (np.int32, (None, None)),
}


def new_world(tables: Tables, capacity: Capacity) -> World:
    """A world whose changing tables hold nothing yet: `begin` fills in what must stand there."""
    fixed = tables.fixed
    pools, traits = len(tables.pool), fixed["admits_trait"].shape[1]
    requests, entries = capacity.requests, capacity.entries
    quotas, homes = fixed["quota_nights"].shape
    remembered = fixed["admits_history"][:, c.ADMISSIONS].max(initial=0)
    periods = len(fixed["edge"]) - 1
    small: Any = np.int32 if fixed["edge"][-1] < FITS else np.int64
    return World(
        **fixed,
        key=np.empty(len(tables.stream), dtype=np.uint64),
        arrival=np.empty(capacity.people, dtype=np.int64),
        clock=np.empty_like(tables.clock),
        pool=np.empty_like(tables.pool),
        stream=np.empty_like(tables.stream),
        request=np.empty((requests, c.REQUEST_COLUMNS), dtype=np.int64),
        stamp=np.empty(requests, dtype=np.int64),
        owner=np.empty(requests, dtype=np.int32),
        citizen=np.empty((requests, c.CITIZEN_COLUMNS), dtype=np.int64),
        risk=np.empty((requests, c.RISK_COLUMNS)),
        admissions=np.empty((requests, remembered), dtype=np.int64),
        luck=np.empty(requests, dtype=np.uint64),
        drawn=np.empty((requests, capacity.drawn), dtype=np.int64),
        trait=np.empty((requests, traits), dtype=np.int64),
        nights=np.empty((quotas, max(requests, homes), c.NIGHTS_COLUMNS), dtype=np.int64),
        entry=np.empty((entries, c.ENTRY_COLUMNS), dtype=np.int64),
        waiting=np.empty((pools, tables.clock[c.LISTS], 2), dtype=np.int64),
        # of the heap, the children of an event share a line
        calendar=_at_lines((capacity.events, 2), np.int64, before=1),
        free=np.empty((pools, capacity.places), dtype=np.int32),
        fresh=np.empty(entries, dtype=np.int64),
        ending=np.empty((requests, c.ENDING_COLUMNS), dtype=np.int64),
        dirty=np.empty(pools, dtype=np.int64),
        counted=np.empty((2, pools, periods), dtype=np.int64),
        row=_at_lines((capacity.rows, c.REGISTERED), small),
        row_order=np.empty(capacity.rows, dtype=np.int64),
        person=np.empty((capacity.people, 3 + traits), dtype=np.int32),
    )


def _at_lines(shape: tuple[int, int], dtype: Any, before: int = 0) -> NDArray[Any]:
    """Room for a table that begins at a line of the cache, but for so many rows before that."""
    size, width = np.dtype(dtype).itemsize, shape[1]
    room = np.empty((shape[0] * width) + LINE // size, dtype=dtype)
    skipped = -(room.__array_interface__["data"][0] // size + before * width) % (LINE // size)
    return room[skipped : skipped + shape[0] * width].reshape(shape)


def begin(world: World, tables: Tables, key: list[int], arrivals: list[Ints]) -> None:
    """Make a world, new or used, what it is before anything has happened.

    Parameters
    ----------
    key : list of int
        Of the draws of each stream.
    arrivals : list of ndarray
        Times at which the citizens of each stream arrive.
    """
    world.key[:] = key
    last = np.cumsum([len(times) for times in arrivals])
    np.concatenate(arrivals, out=world.arrival[: last[-1]])
    for name in ("clock", "pool", "stream"):
        getattr(world, name)[:] = getattr(tables, name)
    world.stream[:, c.LAST_ARRIVAL] = last
    world.stream[1:, c.FIRST_ARRIVAL] = last[:-1]
    world.stream[:, c.NEXT_ARRIVAL] = world.stream[:, c.FIRST_ARRIVAL]
    world.stamp.fill(0)
    world.waiting.fill(NONE)
    world.counted.fill(0)
    world.nights.fill(0)
