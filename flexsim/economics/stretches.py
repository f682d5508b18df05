"""Stretches of days on which every price and every rule of money is the same."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flexsim.errors import ScenarioError
from flexsim.plan.plan import UNLIMITED, Plan
from flexsim.scenario.laws import Strict
from flexsim.scenario.money import Money, Price, Refund

Ints = NDArray[np.int64]

DAY = 86_400
YEAR_DAYS = 365


@dataclass(frozen=True, eq=False)
class Stretches:
    """Whole days of the run, cut where a price changes, a budget year or a calendar year begins.

    S stretches; the first ones may lie before the first budget year (in its calendar year), since
    days with refund are counted from 1 January.

    Attributes
    ----------
    edges : ndarray of int, shape (S + 1,)
        Days from the start of the run.
    year : ndarray of int, shape (S,)
        Budget year, 0 the first; -1 before it.
    calendar : ndarray of int, shape (S,)
        Calendar year.
    start_day : int
        Proleptic ordinal of the start of the run.
    years : int
        Budget years, Y.
    """

    edges: Ints
    year: Ints
    calendar: Ints
    start_day: int
    years: int

    @property
    def first_days(self) -> Ints:
        """The first day of each stretch as a proleptic ordinal, shape (S,)."""
        return self.edges[:-1] + self.start_day

    @property
    def days(self) -> Ints:
        """Days of each stretch, shape (S,)."""
        return np.diff(self.edges)

    def by_year(self, values: Ints, axis: int) -> Ints:
        """Sums over the stretches of each budget year; `axis` goes from S to Y."""
        moved = np.moveaxis(values, axis, 0)
        found = np.zeros((self.years, *moved.shape[1:]), dtype=np.int64)
        inside = self.year >= 0
        np.add.at(found, self.year[inside], moved[inside])
        return np.moveaxis(found, 0, axis)


def stretches_of(money: Money, plan: Plan) -> Stretches:
    """The stretches of a run.

    Raises
    ------
    ScenarioError
        If the run has no whole budget year.
    """
    if plan.years < 1:
        raise ScenarioError(
            f"run.days must be {YEAR_DAYS} or more for a budget year (got"
            f" {(plan.end - plan.warm_up) // DAY})"
        )
    first = plan.warm_up // DAY
    last = first + plan.years * YEAR_DAYS
    begun = dt.date.fromordinal(plan.start_day + first)
    from_day = max(0, begun.replace(month=1, day=1).toordinal() - plan.start_day)
    until = dt.date.fromordinal(plan.start_day + last).year
    cuts = {dt.date(year, 1, 1).toordinal() for year in range(begun.year, until + 1)}
    cuts |= set(_dates(money))
    edges = {day - plan.start_day for day in cuts}
    edges |= {first + YEAR_DAYS * n for n in range(plan.years + 1)}
    inside = sorted({from_day, *(day for day in edges if from_day < day <= last)})
    found = np.array(inside, dtype=np.int64)
    year = (found[:-1] - first) // YEAR_DAYS
    calendar = [dt.date.fromordinal(plan.start_day + day).year for day in inside[:-1]]
    return Stretches(
        found, np.maximum(year, -1), np.array(calendar), plan.start_day, int(plan.years)
    )


def _dates(part: Strict) -> Iterator[int]:
    """Ordinals of the days on which an amount or a rule of money changes."""
    if isinstance(part, Price):
        yield from (step.from_.toordinal() for step in part.later.values())
        return
    if isinstance(part, Refund) and part.days_from is not None:
        yield part.days_from.toordinal()
    for name in type(part).model_fields:
        value = getattr(part, name)
        inner = value.values() if isinstance(value, dict) else [value]
        for one in inner:
            if isinstance(one, Strict):
                yield from _dates(one)


def place_days(plan: Plan, pool: int, stretches: Stretches) -> Ints | None:
    """Place-days of a pool's norm in each stretch, shape (S,); None if it has none at some time."""
    steps = plan.step_pool == pool
    days = np.concatenate([[0], plan.step_time[steps] // DAY])
    norms = np.concatenate([[plan.norm[pool]], plan.step_norm[steps]])
    if (norms >= UNLIMITED).any():
        return None
    every = np.arange(stretches.edges[0], stretches.edges[-1])
    norm = norms[np.searchsorted(days, every, side="right") - 1]
    return np.add.reduceat(norm, stretches.edges[:-1] - stretches.edges[0]).astype(np.int64)
