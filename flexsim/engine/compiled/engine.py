"""One replication by the kernel: tables made, run, and put in the order of the register."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexsim.chance import stream_key
from flexsim.engine.compiled import columns as c
from flexsim.engine.compiled.reference import argument
from flexsim.engine.compiled.run import run
from flexsim.engine.compiled.tables import Tables, tables_of
from flexsim.engine.compiled.world import Capacity, World, begin, new_world
from flexsim.engine.draws import arrival_times
from flexsim.engine.payers import payers
from flexsim.engine.stuck import describe
from flexsim.errors import DeadlockError, RunError
from flexsim.jit import entry
from flexsim.message import Message, Number
from flexsim.plan.plan import NONE, Plan
from flexsim.register import Register, RowTable

Ints = NDArray[np.int64]
Small = NDArray[np.int32]

#: What of `World.row_order` puts the rows of one citizen in order.
_OF_CITIZEN = (1 << 32) - 1


def simulate(plan: Plan, seed: int, replication: int) -> Register:
    """One replication; see `simulate_rows`."""
    return simulate_rows(plan, seed, replication).register()


class Workspace:
    """Tables of one replication at a time, used again: fresh memory costs a fifth of a run."""

    def __init__(self) -> None:
        self._kept: tuple[Tables, Capacity, World, object] | None = None

    def world(self, tables: Tables, capacity: Capacity) -> tuple[World, Any]:
        """A world with at least this capacity, and the argument that stands for it in `run`."""
        if self._kept is not None and self._kept[0] is tables and self._kept[1].holds(capacity):
            return self._kept[2:]
        self._kept = None  # not both at a time
        world = new_world(tables, capacity)
        self._kept = tables, capacity, world, argument(world, tables)
        return self._kept[2:]


def simulate_rows(
    plan: Plan, seed: int, replication: int, workspace: Workspace | None = None
) -> RowTable:
    """One replication.

    Parameters
    ----------
    plan : Plan
    seed : int
    replication : int
        Replications of one seed are independent.
    workspace : Workspace, optional
        Where to work. The rows lie in it, until the next replication is simulated there.

    Raises
    ------
    RunError
        If events at one instant never come to an end.
    DeadlockError
        If citizens hold places while waiting for each other's.
    """
    tables = tables_of(plan)
    keys = [stream_key(seed, replication, int(h)) for h in plan.stream_hash]
    arrivals = [arrival_times(plan, key, stream) for stream, key in enumerate(keys)]
    people = sum(map(len, arrivals)) + int(plan.start_count.sum())
    people += people // 8  # so that other replications fit as well
    capacity = Capacity(people, rows=4 * people + 10_000)
    for status in tables.too_small.copy():
        capacity = capacity.doubled(status)
    workspace = workspace or Workspace()
    while True:
        world, given = workspace.world(tables, capacity)
        begin(world, tables, keys, arrivals)
        with np.errstate(over="ignore"):  # keys of 64 bits are cut, where nothing is compiled
            status = run(given, world.row)
        if status not in c.TOO_SMALL:
            break
        capacity = capacity.doubled(status)
        tables.too_small.append(status)
    if status == c.ENDLESS:
        day = world.clock[c.NOW] / 86_400
        raise RunError(Message("the events of day {day} never come to an end", day=Number(day, 2)))
    if status == c.STUCK_POOLS:
        raise DeadlockError(describe(plan, _present(world), int(world.clock[c.NOW])))
    return _table(plan, world, keys)


def _present(world: World) -> dict[int, list[tuple[int, int]]]:
    """Who is in the pools that are stuck: (stream, n) by place."""
    request = world.request[: world.clock[c.REQUESTS_USED]]
    request = request[(request[:, c.IN_USE] == 1) & (request[:, c.GRANTED] >= 0)]
    request = request[np.argsort(request[:, c.PLACE])]
    found = {}
    for pool in np.flatnonzero(world.pool[:, c.STUCK]).tolist():
        citizens = world.citizen[request[request[:, c.POOL] == pool, c.CITIZEN]]
        found[pool] = [(int(a), int(b)) for a, b in citizens[:, [c.STREAM, c.NTH]]]
    return found


def _table(plan: Plan, world: World, keys: Sequence[int]) -> RowTable:
    """The register of a finished world."""
    rows, people = int(world.clock[c.ROWS]), int(world.clock[c.PEOPLE])
    person, group, position = _by_stream(world.person[:people], plan.stream_group)
    order, first = _sorted(world.row_order[:rows], position)
    stream, nth, residence = person[:3]
    return RowTable(
        table=world.row[:rows],
        order=order,
        first=first,
        citizen_stream=stream,
        citizen_nth=nth,
        citizen_group=group,
        citizen_residence=residence,
        citizen_payer=payers(plan, keys, stream, nth, residence),
        counted_over=world.counted[0].copy(),
        counted_empty=world.counted[1].copy(),
        citizen_traits=person[3:].T,
    )


@entry
def _by_stream(person: Small, stream_group: Ints) -> tuple[Small, Small, Small]:
    """People by stream, within it in the order of their arrival.

    Returns
    -------
    arranged : ndarray, shape (3 + T, people)
        Columns of `World.person`.
    group, position : ndarray, shape (people,)
        Group of each; and where those now stand who came one after another.
    """
    following = np.zeros(len(stream_group) + 1, dtype=np.int32)
    for n in range(len(person)):
        following[person[n, 0] + 1] += 1
    for stream in range(len(stream_group)):
        following[stream + 1] += following[stream]
    arranged = np.empty((person.shape[1], len(person)), dtype=np.int32)
    group, position = np.empty((2, len(person)), dtype=np.int32)
    for n in range(len(person)):
        stream = person[n, 0]
        at = following[stream]
        following[stream] = at + 1
        position[n], group[at] = at, stream_group[stream]
        for column in range(person.shape[1]):
            arranged[column, at] = person[n, column]
    return arranged, group, position


@entry
def _sorted(row_order: Ints, position: Small) -> tuple[Small, Small]:
    """Row numbers by (citizen, request, a place given up first), and where citizens begin.

    Parameters
    ----------
    row_order : ndarray
        See `World`.
    position : ndarray, shape (people,)
        Where the citizen stands who was the n-th to come.
    """
    people, rows = len(position), len(row_order)
    first = np.zeros(people + 1, dtype=np.int32)
    # of each citizen: where the next row goes, and which was the last; side by side, as both are
    # needed at a time and those of many citizens lie in no near cache
    going_on = np.zeros((people, 2), dtype=np.int32)
    for n in range(rows):
        going_on[row_order[n] >> 32, 0] += 1
    for number in range(people):
        first[position[number] + 1] = going_on[number, 0]
    for n in range(people):
        first[n + 1] += first[n]
    for number in range(people):
        going_on[number, 0], going_on[number, 1] = first[position[number]], NONE
    order = np.empty(rows, dtype=np.int32)
    for n in range(rows):
        number, mine = row_order[n] >> 32, row_order[n] & _OF_CITIZEN
        at, last = going_on[number]
        going_on[number, 0] = at + 1
        if mine > last:
            going_on[number, 1] = mine
        else:
            while at > first[position[number]] and row_order[order[at - 1]] > row_order[n]:
                order[at] = order[at - 1]
                at -= 1
        order[at] = n
    return order, first
