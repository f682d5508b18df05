"""What is worked out once for a plan: the cells of the result table, and where they come from.

Measuring a replication is adding up (`adding`, `levels`) and then picking: a cell is one quantity
over another. The names of the cells are written down once for all replications.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.measures import sums as s
from flexsim.measures.basis import Basis
from flexsim.measures.cells import Draft, Drawn, Names, Quantities, picked
from flexsim.measures.levels import Stretches
from flexsim.measures.periods import segment_edges
from flexsim.measures.sums import Bools, Clock, Ints, Sums, Terms
from flexsim.plan.plan import Plan

Floats = NDArray[np.float64]


class Cells(NamedTuple):
    """The cells of one replication, in the order of the layout."""

    numerator: Floats  # (C,)
    weight: Floats  # (C,) 0: there is no such cell


@dataclass(frozen=True, eq=False)
class Layout:
    """Cells of the result table, C in all, and what sums are compared with. P pools, S segments."""

    pools: tuple[str, ...]
    terms: Terms
    edges: Ints  # (S + 1,) of the segments
    finite: Bools  # (P,)
    norm_seconds: Ints  # (P, S)
    stretches: Stretches
    quantities: Quantities
    drawn: Drawn  # one object for all layouts with these cells
    names: Mapping[str, Names]  # by column of the table, each of length C

    def empty_sums(self) -> Sums:
        """Sums of nothing."""
        shape = len(self.edges) - 1, len(self.pools)
        members = self.terms.groups + self.terms.municipalities
        by_pool = np.zeros((*shape, s.COLUMNS), dtype=np.int64)
        return Sums(by_pool, np.zeros((*shape, members, s.SPLIT), dtype=np.int64))

    def cells(self, sums: Sums) -> Cells:
        """The cells of a replication."""
        return Cells(*picked(sums, self.quantities.kept, self.drawn.picks))


@lru_cache(maxsize=8)
def layout_of(plan: Plan) -> Layout:
    """The layout of a plan, made once."""
    return _layout(Basis.of(plan))


@lru_cache(maxsize=8)
def _layout(basis: Basis) -> Layout:
    edges = segment_edges(basis.warm_up, basis.end)
    norm_seconds = basis.norm_seconds(edges)
    quantities = Quantities(basis, norm_seconds)
    has_places = tuple(map(tuple, (norm_seconds > 0).tolist()))
    cells = _drawn(basis._replace(norm=(), steps=()), has_places)
    return Layout(
        pools=basis.pools,
        terms=Terms(
            clock=Clock(basis.warm_up, basis.end),
            ward=basis.ward,
            from_ward=basis.from_ward,
            groups=len(basis.groups),
            municipalities=len(basis.municipalities),
        ),
        edges=edges,
        finite=np.array(basis.finite),
        norm_seconds=norm_seconds,
        stretches=basis.stretches(edges),
        quantities=quantities,
        drawn=cells,
        names=cells.names,
    )


@lru_cache(maxsize=8)
def _drawn(basis: Basis, has_places: tuple[tuple[bool, ...], ...]) -> Drawn:
    """The cells of a plan, the same for any number of places; by pool and segment: any at all."""
    return Draft(basis, Quantities(basis, np.array(has_places, dtype=np.int64))).finished()
