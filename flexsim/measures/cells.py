"""The cells of the result table, drawn up from the definitions of the measures.

The sums of a replication, over periods, are laid end to end with the weights that the plan fixes:
one row of quantities. A cell is one of them over another.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import entry, part
from flexsim.jit_table import as_table
from flexsim.measures import delay, flow, places, waits
from flexsim.measures import sums as s
from flexsim.measures.basis import Basis
from flexsim.measures.catalogue import Measure, Pools, Weight
from flexsim.measures.periods import ALL, counted_periods
from flexsim.measures.sums import Bools, Ints, Sums

if TYPE_CHECKING:
    import pandas as pd

Floats = NDArray[np.float64]
Names = NDArray[np.object_]

FAMILIES = (places.MEASURES, waits.MEASURES, delay.MEASURES, flow.MEASURES)
#: Columns of the result table that name a cell.
COLUMNS = ("year", "pool", "group", "municipality", "measure")


class Kept(NamedTuple):
    """What a row of quantities is made of besides the sums. P pools."""

    where: Bools  # (places, P) whose days awaiting the right offer are spent there
    ward: Bools  # (P,)
    groups: int
    fixed: Floats  # weights that the plan fixes


class Picks(NamedTuple):
    """Where in a row of quantities the cells stand, C in all."""

    top: Ints  # (C,)
    below: Ints  # (C,)
    top_unit: Floats  # (C,)
    below_unit: Floats  # (C,)
    quantities: int  # in a row


class Quantities:
    """The row of quantities, and where in it each stands: Y periods, P pools.

    Attributes
    ----------
    kept : Kept
        What a row is made of besides sums.
    by_pool, by_member : ndarray, shape (Y, P, columns), (Y, P, members, columns)
    awaited : ndarray, shape (Y, 1 + places)
        Seconds in which the right offer was awaited, in all and by place.
    after : ndarray, shape (Y, municipalities)
        Seconds in wards after completed treatment.
    weight : dict of ndarray, shape (Y, 1) or (Y, P)
    """

    def __init__(self, basis: Basis, norm_seconds: Ints) -> None:
        self.periods = counted_periods(basis.warm_up, basis.end)
        self.places = [ALL, *sorted(set(basis.where) - {delay.NOWHERE})]
        where = np.array(basis.where)
        chosen = [(where == place) | (place == ALL) for place in self.places]
        fixed = self._fixed(basis, norm_seconds)
        self.kept = Kept(
            where=np.stack(chosen),
            ward=basis.ward,
            groups=len(basis.groups),
            fixed=np.concatenate([values.ravel() for values in fixed.values()]),
        )
        n, pools, homes = len(self.periods), len(basis.pools), len(basis.municipalities)
        shapes = [
            (n, pools, s.COLUMNS),
            (n, pools, len(basis.groups) + homes, s.SPLIT),
            (n, len(self.places)),
            (n, homes),
            *(values.shape for values in fixed.values()),
        ]
        sizes = [int(np.prod(shape)) for shape in shapes]
        self.size = sum(sizes)
        positions = np.split(np.arange(self.size), np.cumsum(sizes)[:-1])
        placed = [at.reshape(shape) for at, shape in zip(positions, shapes, strict=True)]
        self.by_pool, self.by_member, self.awaited, self.after, *weights = placed
        self.weight = dict(zip(fixed, weights, strict=True))

    def _fixed(self, basis: Basis, norm_seconds: Ints) -> dict[Weight, Floats]:
        """Weights that the plan fixes."""
        seconds = [[float(period.seconds)] for period in self.periods]
        years = [[period.years] for period in self.periods]
        budget_years = [[len(self.periods) - 1.0], *[[1.0]] * (len(self.periods) - 1)]
        of_years = _by_period(norm_seconds.T)
        return {
            Weight.SECONDS: np.array(seconds),
            Weight.YEARS: np.array(years),
            Weight.BUDGET_YEARS: np.array(budget_years),
            Weight.PEAKS: np.maximum(budget_years, 1.0),
            Weight.NORM: of_years * np.array(basis.finite),
        }

    def fixed_at(self, positions: Ints) -> Floats:
        """The fixed weights at some positions; NaN where there is a sum."""
        first = self.by_pool.size + self.by_member.size + self.awaited.size + self.after.size
        values = np.append(np.full(first, np.nan), self.kept.fixed)
        return values[positions]


def _by_period(by_segment: Ints) -> Floats:
    """Sums over the whole window, then over each whole budget year."""
    whole = by_segment[1:].sum(axis=0, keepdims=True)
    return np.concatenate([whole, by_segment[1:-1]]).astype(np.float64)


def picked(sums: Sums, kept: Kept, picks: Picks) -> tuple[Floats, Floats]:
    """Numerators and weights of the cells of a replication, shape (C,) each."""
    by_pool, by_member = (by_segment.reshape(len(by_segment), -1) for by_segment in sums)
    row = np.empty(picks.quantities)
    numerator, weight = np.empty((2, len(picks.top)))
    _pick(by_pool, by_member, kept, picks, row, numerator, weight)
    return numerator, weight


@entry
def _pick(
    by_pool: Ints,
    by_member: Ints,
    kept: Kept,
    picks: Picks,
    row: Floats,
    numerator: Floats,
    weight: Floats,
) -> None:
    """Fill a row of quantities, and the cells from it; sums of all kinds side by side."""
    by_pool, by_member = as_table(by_pool, "by_pool"), as_table(by_member, "by_member")
    row = as_table(row, "row")
    periods, pools = len(by_pool) - 1, len(kept.ward)
    members = by_member.shape[1] // (pools * s.SPLIT)
    n = _put_periods(by_pool, row, 0)
    n = _put_periods(by_member, row, n)
    for period in range(periods):
        for place in range(len(kept.where)):
            row[n] = 0.0
            for pool in range(pools):
                if kept.where[place, pool]:
                    row[n] += _of_period(by_pool, pool * s.COLUMNS + s.AWAITED, period)
            n += 1
    for period in range(periods):
        for home in range(kept.groups, members):
            row[n] = 0.0
            for pool in range(pools):
                if kept.ward[pool]:
                    column = (pool * members + home) * s.SPLIT + s.AFTER
                    row[n] += _of_period(by_member, column, period)
            n += 1
    for k in range(len(kept.fixed)):
        row[n + k] = kept.fixed[k]
    for cell in range(len(numerator)):
        numerator[cell] = row[picks.top[cell]] / picks.top_unit[cell]
        weight[cell] = row[picks.below[cell]] / picks.below_unit[cell]


@part
def _put_periods(by_segment: Ints, row: Floats, n: int) -> int:
    """Put down sums over the whole window, then over each whole budget year, from place `n` on."""
    for period in range(by_segment.shape[0] - 1):
        for column in range(by_segment.shape[1]):
            row[n] = _of_period(by_segment, column, period)
            n += 1
    return n


@part
def _of_period(by_segment: Ints, column: int, period: int) -> int:
    """A sum over the whole window (0), or over a budget year."""
    if period > 0:
        return by_segment[period, column]
    total = 0
    for segment in range(1, by_segment.shape[0]):
        total += by_segment[segment, column]
    return total


@dataclass(eq=False)
class Drawn:
    """Cells by family, period, measure and pool."""

    names: dict[str, Names]
    picks: Picks

    @cached_property
    def columns(self) -> dict[str, pd.Categorical[object]]:
        """The names as columns of a table."""
        import pandas as pd  # slow to import: a run needs no table

        return {column: pd.Categorical(names) for column, names in self.names.items()}


class Draft:
    """Cells as they are written down: blocks of shape (periods, cells of one period)."""

    def __init__(self, basis: Basis, quantities: Quantities) -> None:
        self.basis = basis
        self.at = quantities
        self.pools = np.array(basis.pools, dtype=object)
        self.blocks: list[tuple[NDArray[Any], ...]] = []
        for family, measures in enumerate(FAMILIES):
            for measure in measures:
                self._put_measure(family, measure)
            if measures is delay.MEASURES:
                self._put_delay(family)

    def _put_measure(self, family: int, measure: Measure) -> None:
        """Cells by pool, and by group and municipality where there are several."""
        chosen = np.flatnonzero(self._has(measure.pools))
        sums = self.at.by_pool[:, chosen]
        self._put(
            family, measure, sums[..., measure.top], self._below(measure, sums, chosen), chosen
        )
        if measure.split:
            self._split(family, measure)

    def _has(self, pools: Pools) -> Bools:
        """Which pools have a measure."""
        if pools is Pools.WARDS:
            return self.basis.ward
        if pools is Pools.PLACES:
            return ~self.basis.team
        return np.array(self.basis.finite) | (pools is Pools.ALL)

    def _below(self, measure: Measure, sums: Ints, pool: Ints) -> Ints:
        """Where the weights stand: those that are fixed, or a column of sums."""
        if not isinstance(measure.below, Weight):
            return sums[..., measure.below]
        weight = self.at.weight[measure.below]
        return weight if weight.shape[1] == 1 else weight[:, pool]

    def _split(self, family: int, measure: Measure) -> None:
        """Cells by pool and group, and by pool and municipality.

        Where nothing happened, a cell with a fixed weight has a row with 0: leaving it out would
        raise the mean over replications. Not so for municipalities that the pool does not take in.
        """
        b = self.basis
        everybody = np.ones((len(b.pools), len(b.groups)), dtype=np.bool_)
        taken_in = np.array(b.admits) | (not isinstance(measure.below, Weight))
        for column, names, first, possible in (
            ("group", b.groups, 0, everybody),
            ("municipality", b.municipalities, len(b.groups), taken_in),
        ):
            if len(names) > 1:
                pool, member = np.nonzero(possible)
                sums = self.at.by_member[:, pool, first + member]
                below = self._below(measure, sums, pool)
                label = {column: np.array(names, dtype=object)[member]}
                self._put(family, measure, sums[..., measure.top], below, pool, **label)

    def _put_delay(self, family: int) -> None:
        """Completed treatment by municipality in all wards, and days awaiting the right offer."""
        years, municipalities = self.at.weight[Weight.YEARS], self.basis.municipalities
        if len(municipalities) > 1:
            (measure,) = (m for m in delay.MEASURES if m.name == delay.BY_MUNICIPALITY)
            label = np.array(municipalities, dtype=object)
            self._put(family, measure, self.at.after, years, municipality=label)
        for n, place in enumerate(self.at.places):
            measure = delay.awaiting(None if place == ALL else place)
            self._put(family, measure, self.at.awaited[:, n : n + 1], years)

    def _put(
        self,
        family: int,
        measure: Measure,
        top: Ints,
        below: Ints,
        pool: Ints | None = None,
        group: Names | str = ALL,
        municipality: Names | str = ALL,
    ) -> None:
        """One block; what it is given is broadcast to (periods, cells)."""
        period = np.arange(len(self.at.periods))[:, None]
        year = np.array([period.name for period in self.at.periods], dtype=object)[:, None]
        pools = ALL if pool is None else self.pools[pool]
        names = (year, pools, group, municipality, measure.name)
        numbers = (family, period, top, below, measure.top_unit, measure.below_unit)
        columns: list[Any] = [*(np.asarray(name, dtype=object) for name in names), *numbers]
        shape = np.broadcast_shapes(top.shape, below.shape)
        self.blocks.append(tuple(np.broadcast_to(c, shape).ravel() for c in columns))

    def finished(self) -> Drawn:
        """All cells that can have a weight."""
        columns = [np.concatenate(column) for column in zip(*self.blocks, strict=True)]
        *_, family, period, _, below, _, _ = columns
        order = np.lexsort((period, family))
        order = order[self.at.fixed_at(below[order]) != 0]
        *names, _, _, top, below, top_unit, below_unit = (column[order] for column in columns)
        units = top_unit.astype(np.float64), below_unit.astype(np.float64)
        picks = Picks(top, below, *units, quantities=self.at.size)
        return Drawn(dict(zip(COLUMNS, names, strict=True)), picks)
