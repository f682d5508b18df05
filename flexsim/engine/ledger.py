"""From an engine's state to the register: rows in order, and what the pools' counters say."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from struct import Struct

import numpy as np
from numpy.typing import NDArray

from flexsim.engine.payers import payers
from flexsim.engine.state import Citizen, PoolState, Request
from flexsim.plan.plan import UNLIMITED, Plan
from flexsim.register import NOT_YET, Kind, Outcome, Register, periods

Ints = NDArray[np.int64]


def counted(plan: Plan, pools: Sequence[PoolState]) -> tuple[Ints, Ints]:
    """Seconds x places over the norm, and empty within it, per pool and period.

    Computed from each pool's counter of places in use, never from the rows, so that the bed-day
    ledger can fail. While a pool is unlimited its norm counts as 0.

    Returns
    -------
    over, empty : ndarray, shape (P, periods)
    """
    edges = np.array(periods(plan), dtype=np.int64)
    over = np.zeros((len(pools), len(edges) - 1), dtype=np.int64)
    empty = np.zeros_like(over)
    for p, pool in enumerate(pools):
        if not pool.is_counted:
            continue
        steps = plan.step_pool == p
        norm_time = np.concatenate([[0], plan.step_time[steps]])
        norm = np.concatenate([[plan.norm[p]], plan.step_norm[steps]])
        taken, given_back = np.array(pool.taken), np.array(pool.given_back)
        cuts = np.sort(np.concatenate([taken, given_back, norm_time, edges]), kind="stable")
        cuts = cuts[:-1][np.diff(cuts) > 0]
        used = np.searchsorted(taken, cuts, side="right")
        used -= np.searchsorted(given_back, cuts, side="right")
        in_force = norm[np.searchsorted(norm_time, cuts, side="right") - 1]
        gap = used - np.where(in_force == UNLIMITED, 0, in_force)
        lengths = np.diff(np.append(cuts, plan.end))
        period = np.searchsorted(edges, cuts, side="right") - 1
        np.add.at(over[p], period, np.maximum(gap, 0) * lengths)
        np.add.at(empty[p], period, np.maximum(-gap, 0) * lengths)
    return over, empty


#: What `_table` takes from a row, in its order.
_COLUMNS = (
    *("rank", "number", "episode", "purpose", "sought", "pool", "kind", "place"),
    *("requested", "wanted", "ready", "granted", "admitted", "completed", "left", "ended"),
    "outcome",
)
_INTEGERS = Struct(f"{len(_COLUMNS)}q")


def _table(rows: Sequence[Request]) -> Ints:
    """The rows as integers, shape (N, columns); to pack them is the fastest way to get there."""
    pack, table = _INTEGERS.pack, bytearray()
    for row in rows:
        table += pack(
            row.citizen.rank,
            row.number,
            row.episode,
            row.purpose,
            row.sought,
            row.pool,
            row.kind,
            row.place,
            row.requested,
            row.wanted,
            row.ready,
            row.granted,
            row.admitted,
            row.completed,
            row.left,
            row.ended,
            row.outcome,
        )
    return np.frombuffer(table, dtype=np.int64).reshape(len(rows), len(_COLUMNS))


def gather(
    plan: Plan, keys: Sequence[int], rows: list[Request], over: Ints, empty: Ints
) -> Register:
    """The register of all requests, in the order of (citizen, request).

    `keys` are those of the streams, for what is drawn of a citizen and steers no journey.
    """
    column = dict(zip(_COLUMNS, _table(rows).T, strict=True))
    order = np.lexsort((column["kind"] != Kind.HELD, column["number"], column["rank"]))
    column = {name: values[order] for name, values in column.items()}
    rank = column.pop("rank")
    new = np.diff(rank, prepend=-1) > 0
    first, known = np.flatnonzero(new), rank[new]
    _say_what_is_open(column)
    for name in ("wanted", "ready"):
        column[name][column[name] >= plan.end] = NOT_YET
    people = [rows[i].citizen for i in order[first].tolist()]
    _let_go(people)
    residence = np.array([c.residence for c in people], dtype=np.int64)
    stream, nth = known >> 40, known & ((1 << 40) - 1)
    traits = np.fromiter(chain.from_iterable(c.traits for c in people), dtype=np.int64)
    return Register(
        citizen=np.cumsum(new) - 1,
        request=column.pop("number"),
        **column,
        citizen_stream=stream,
        citizen_nth=nth,
        citizen_group=np.array([c.group for c in people], dtype=np.int64),
        citizen_residence=residence,
        citizen_payer=payers(plan, keys, stream, nth, residence),
        counted_over=over,
        counted_empty=empty,
        citizen_traits=traits.reshape(len(people), len(plan.traits)),
    )


def _say_what_is_open(column: dict[str, Ints]) -> None:
    """Pool and outcome of requests and stays that the end of the run cut off."""
    placeless = column["pool"] == NOT_YET
    column["pool"][placeless] = column["sought"][placeless]
    still = column["outcome"] == Outcome.OPEN
    admitted = column["admitted"] != NOT_YET
    column["outcome"][still & admitted] = Outcome.STILL_THERE
    column["outcome"][still & ~admitted] = Outcome.STILL_WAITING


def _let_go(people: list[Citizen]) -> None:
    """Cut the circles between citizens and rows, so that they are freed at once."""
    for citizen in people:
        citizen.place = citizen.held = citizen.need = citizen.goal = citizen.bridge = None
        citizen.teams = ()
