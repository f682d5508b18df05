"""What is billed, counted from one stay register: days, stays, days with refund, charged days."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.economics.stretches import DAY, Stretches
from flexsim.plan.plan import Plan
from flexsim.register import COLUMNS, NOT_YET, Kind, Register, RowTable, row_table

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]


class Billed(NamedTuple):
    """How the days of one offer are counted."""

    pool: int
    registered: bool  # dates from first to last day; else midnights
    refund: bool
    refund_days: int | None  # of a citizen in a calendar year
    refund_from: int  # ordinal of the first day that the limit holds


class Charged(NamedTuple):
    """How the days of one charge are counted."""

    pools: tuple[int, ...]
    after_treatment: bool
    registered: bool
    from_day: int
    to_day: int | None
    price: tuple[int, ...]  # øre in each stretch; empty unless there is a most
    most: tuple[int, ...]  # øre for one stay, in each stretch; empty: no limit


class Spec(NamedTuple):
    """What is to be counted. Equal ones count the same."""

    edges: tuple[int, ...]
    offers: tuple[Billed, ...]
    charges: tuple[Charged, ...]


@dataclass(frozen=True, eq=False)
class Counts:
    """Counted days and stays. O offers, C charges, S stretches, G groups, M municipalities.

    Over several replications each array has one more axis in front, R.
    """

    days: Ints  # (O, S, G, M) by paying municipality
    refunded: Ints  # (O, S, G, M) of these: with refund
    stays: Ints  # (O, S, G, M) begun
    charged: Ints  # (C, S, M) by residence
    capped: Ints  # (C, S, M) øre of stays that ended, where a stay has a most


class _Stays(NamedTuple):
    citizen: Ints
    pool: Ints
    admitted: Ints
    completed: Ints
    left: Ints  # end of the run if still there
    still: Bools


def count(register: Register | RowTable, plan: Plan, stretches: Stretches, spec: Spec) -> Counts:
    """Count one register.

    Parameters
    ----------
    register : Register or RowTable
        Simulated or observed. Not changed.
    plan : Plan
    stretches : Stretches
    spec : Spec
    """
    given = row_table(register) if isinstance(register, Register) else register
    stays = _stays(given, plan, spec)
    shape = (len(plan.groups), len(plan.municipalities))
    payer = np.asarray(given.citizen_group)[stays.citizen].astype(np.int64) * shape[1]
    payer = payer + np.asarray(given.citizen_payer)[stays.citizen].astype(np.int64)
    residence = np.asarray(given.citizen_residence)[stays.citizen].astype(np.int64)
    offers = [_offer(one, stays, payer, stretches, shape) for one in spec.offers]
    refunded = _refunded(spec, stays, payer, stretches, shape)
    charges = [_charge(one, stays, residence, stretches, shape[1]) for one in spec.charges]
    empty = np.zeros((0, len(stretches.days), *shape), dtype=np.int64)
    none = np.zeros((0, len(stretches.days), shape[1]), dtype=np.int64)
    return Counts(
        days=np.array([days for days, _ in offers]) if offers else empty,
        refunded=refunded if offers else empty,
        stays=np.array([begun for _, begun in offers]) if offers else empty,
        charged=np.array([days for days, _ in charges]) if charges else none,
        capped=np.array([ore for _, ore in charges]) if charges else none,
    )


def _stays(table: RowTable, plan: Plan, spec: Spec) -> _Stays:
    """Stays in the pools that matter; places kept, courses and contacts are none."""
    wanted = np.zeros(len(plan.pools), dtype=np.bool_)
    for offer in spec.offers:
        wanted[offer.pool] = True
    for charge in spec.charges:
        wanted[list(charge.pools)] = True
    owner = np.empty(len(table.table), dtype=np.int64)
    owner[table.order] = np.repeat(np.arange(len(table.first) - 1), np.diff(table.first))
    column = {name: table.table[:, n] for n, name in enumerate(COLUMNS)}
    chosen = (column["admitted"] != NOT_YET) & (column["kind"] == Kind.PLACE)
    rows = np.flatnonzero(chosen & wanted[column["pool"]])
    pool, admitted, completed, left = (
        column[name][rows].astype(np.int64) for name in ("pool", "admitted", "completed", "left")
    )
    still = left == NOT_YET
    return _Stays(owner[rows], pool, admitted, completed, np.where(still, plan.end, left), still)


def _span(start: Ints, stop: Ints, still: Bools, registered: bool) -> tuple[Ints, Ints]:
    """First counted day and the day after the last one, of times in seconds.

    A midnight counts to the day that it begins: who is there then has spent the night.
    """
    if registered:
        return start // DAY, np.where(still, -(-stop // DAY), stop // DAY + 1)
    return -(-start // DAY), -(-stop // DAY)


def _within(first: Ints, last: Ints, stretches: Stretches) -> Ints:
    """Days of [first, last) in each stretch, shape (N, S)."""
    low, high = stretches.edges[:-1], stretches.edges[1:]
    return np.maximum(np.minimum(last[:, None], high) - np.maximum(first[:, None], low), 0)


def _sums(days: Ints, key: Ints, size: int) -> Ints:
    """Sums of days, shape (N, S), over rows of the same key; shape (S, size)."""
    return np.array([np.bincount(key, weights=column, minlength=size) for column in days.T]).astype(
        np.int64
    )


def _offer(
    offer: Billed, stays: _Stays, payer: Ints, stretches: Stretches, shape: tuple[int, int]
) -> tuple[Ints, Ints]:
    mine = stays.pool == offer.pool
    first, last = _span(stays.admitted[mine], stays.left[mine], stays.still[mine], offer.registered)
    size = shape[0] * shape[1]
    days = _sums(_within(first, last, stretches), payer[mine], size)
    day = stays.admitted[mine] // DAY
    begun = _sums(_within(day, day + 1, stretches), payer[mine], size)
    return days.reshape(-1, *shape), begun.reshape(-1, *shape)


def _refunded(
    spec: Spec, stays: _Stays, payer: Ints, stretches: Stretches, shape: tuple[int, int]
) -> Ints:
    """Days with refund: the first ones of each citizen in a calendar year, over all offers."""
    found = np.zeros((len(spec.offers), len(stretches.days), *shape), dtype=np.int64)
    of_pool = {offer.pool: n for n, offer in enumerate(spec.offers) if offer.refund}
    rows = np.flatnonzero(np.isin(stays.pool, list(of_pool)))
    rows = rows[np.lexsort((stays.admitted[rows], stays.citizen[rows]))]
    if not len(rows):
        return found
    number = np.array([of_pool[pool] for pool in stays.pool[rows].tolist()])
    registered = np.array([spec.offers[n].registered for n in number.tolist()])
    times = stays.admitted[rows], stays.left[rows], stays.still[rows]
    spans = _span(*times, registered=True), _span(*times, registered=False)
    first, last = (np.where(registered, a, b) for a, b in zip(*spans, strict=True))
    days = _within(first, last, stretches)
    no_limit = np.iinfo(np.int64).max
    limit = np.array([spec.offers[n].refund_days or no_limit for n in number.tolist()])
    begins = np.array([spec.offers[n].refund_from for n in number.tolist()])
    limited = begins[:, None] <= stretches.first_days
    counted = np.where(limited, days, 0)
    for calendar in np.unique(stretches.calendar):
        columns = stretches.calendar == calendar
        before = _used_before(counted[:, columns], stays.citizen[rows])
        left = np.maximum(limit[:, None] - before, 0)
        with_limit = np.minimum(days[:, columns], left)
        days[:, columns] = np.where(limited[:, columns], with_limit, days[:, columns])
    for n in set(number.tolist()):
        mine = number == n
        found[n] = _sums(days[mine], payer[rows][mine], shape[0] * shape[1]).reshape(-1, *shape)
    return found


def _used_before(days: Ints, citizen: Ints) -> Ints:
    """Days of the same citizen before each cell; rows stand in the order of (citizen, time)."""
    run = np.cumsum(days.ravel()).reshape(days.shape) - days
    new = np.diff(citizen, prepend=-1) > 0
    start = run[new, 0][np.cumsum(new) - 1]
    return run - start[:, None]


def _charge(
    charge: Charged, stays: _Stays, residence: Ints, stretches: Stretches, size: int
) -> tuple[Ints, Ints]:
    of_pools = np.isin(stays.pool, charge.pools)
    mine = of_pools & ((stays.completed != NOT_YET) | (not charge.after_treatment))
    start = (stays.completed if charge.after_treatment else stays.admitted)[mine]
    left, still, who = stays.left[mine], stays.still[mine], residence[mine]
    first, last = _span(start, left, still, charge.registered)
    if charge.to_day is not None:
        last = np.minimum(last, first + charge.to_day)
    first = np.minimum(first + charge.from_day - 1, last)
    days = _sums(_within(first, last, stretches), who, size)
    return days, _capped(charge, first, last, left, still, who, stretches, size)


def _capped(
    charge: Charged,
    first: Ints,
    last: Ints,
    left: Ints,
    still: Bools,
    who: Ints,
    stretches: Stretches,
    size: int,
) -> Ints:
    """Øre of each stay that ended, at most so much; in the stretch in which it ended."""
    if not charge.most:
        return np.zeros((len(stretches.days), size), dtype=np.int64)
    day = left // DAY
    ended = _within(day, day + 1, stretches) * ~still[:, None]
    days = (last - first)[:, None]
    ore = np.minimum(days * np.array(charge.price), np.array(charge.most))
    return _sums(ended * ore, who, size)
