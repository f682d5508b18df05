"""The stay register: one row per request and the place it led to.

Everything flexsim reports is computed from this table, so a measure serves simulated and observed
registers alike, and two engines agree when their registers are equal.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, fields
from enum import IntEnum
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import Plan

if TYPE_CHECKING:
    import pandas as pd

Ints = NDArray[np.int64]
Small = NDArray[np.int32]

#: An empty cell of an integer column.
NOT_YET = -1


class Purpose(IntEnum):
    """Why a place is asked for. The order is the order of service: goal before bridge.

    An enrolment is asked for with a team, besides any place.
    """

    NEED = 0
    GOAL = 1
    BRIDGE = 2
    TRANSFER = 3
    ENROLMENT = 4


class Kind(IntEnum):
    """What the request led to."""

    NONE = 0
    PLACE = 1
    HELD = 2
    TEAM = 3
    CONTACT = 4


class Outcome(IntEnum):
    """How a request or the stay it led to ended."""

    OPEN = 0
    MOVED_ON = 1
    WENT_HOME = 2
    LEFT_MODEL = 3
    LIMIT_REACHED = 4
    READMITTED = 5
    GAVE_UP = 6
    TURNED_AWAY_FULL = 7
    NOT_IN_TARGET_GROUP = 8
    WITHDRAWN = 9
    STILL_WAITING = 10
    STILL_THERE = 11
    LEFT_EARLY = 12
    DECLINED = 13
    COURSE_ENDED = 14


#: Columns that hold times in seconds since the start date.
TIMES = ("requested", "wanted", "ready", "granted", "admitted", "completed", "left", "ended")
#: Columns of a row besides the citizen, in this order.
COLUMNS = (
    *("episode", "request", "purpose", "sought", "pool", "kind", "place"),
    *TIMES,
    "outcome",
)


@dataclass(frozen=True, eq=False)
class Register:
    """Rows in the order of (citizen, request); all columns int64, shape (N,).

    `citizen` is a position in the table of citizens, whose columns have shape (C,);
    `citizen_traits`, shape (C, traits), holds the number of the value of each trait. `sought` is
    the first pool of the search that the citizen is eligible for. The counters give, per pool and
    period (see `periods`), seconds x places over the norm, and empty within it, as counted by the
    engine and not from the rows; shape (P, periods).
    """

    citizen: Ints
    episode: Ints
    request: Ints
    purpose: Ints
    sought: Ints
    pool: Ints
    kind: Ints
    place: Ints
    requested: Ints
    wanted: Ints
    ready: Ints
    granted: Ints
    admitted: Ints
    completed: Ints
    left: Ints
    ended: Ints
    outcome: Ints
    citizen_stream: Ints
    citizen_nth: Ints
    citizen_group: Ints
    citizen_residence: Ints
    citizen_payer: Ints
    counted_over: Ints
    counted_empty: Ints
    citizen_traits: Ints = field(default_factory=lambda: np.zeros((0, 0), dtype=np.int64))

    def equals(self, other: Register) -> bool:
        """Whether two registers agree in every cell."""
        return all(
            np.array_equal(getattr(self, f.name), getattr(other, f.name)) for f in fields(self)
        )


@dataclass(frozen=True, eq=False)
class RowTable:
    """A register as one table, whose rows may stand in any order: compact, for large runs.

    `table`, shape (N, columns), holds `COLUMNS` in that order, int32 or int64; `order`, shape
    (N,), its rows in the order of the register; `first`, shape (C + 1,), where in `order` each
    citizen's rows begin. The citizens are as in `Register`.
    """

    table: Ints | Small
    order: Ints | Small
    first: Ints | Small
    citizen_stream: Ints | Small
    citizen_nth: Ints | Small
    citizen_group: Ints | Small
    citizen_residence: Ints | Small
    citizen_payer: Ints | Small
    counted_over: Ints
    counted_empty: Ints
    citizen_traits: Ints | Small

    def register(self) -> Register:
        """The same register, column by column."""
        columns = np.ascontiguousarray(self.table[self.order].T, dtype=np.int64)
        citizens = {
            f.name: np.asarray(getattr(self, f.name), dtype=np.int64)
            for f in fields(self)
            if f.name.startswith(("citizen_", "counted_"))
        }
        people = np.arange(len(self.first) - 1, dtype=np.int64)
        return Register(
            citizen=np.repeat(people, np.diff(self.first)),
            **dict(zip(COLUMNS, columns, strict=True)),
            **citizens,
        )


def row_table(register: Register) -> RowTable:
    """A register, perhaps an observed one, as one table."""
    citizens = {
        f.name: getattr(register, f.name)
        for f in fields(register)
        if f.name.startswith(("citizen_", "counted_"))
    }
    numbers = np.arange(len(register.citizen_stream) + 1)
    return RowTable(
        table=np.column_stack([getattr(register, name) for name in COLUMNS]),
        order=np.arange(len(register.citizen), dtype=np.int64),
        first=np.searchsorted(register.citizen, numbers).astype(np.int64),
        **citizens,
    )


def periods(plan: Plan) -> list[int]:
    """Edges in seconds: the warm-up, then years of 365 days, the last one perhaps partial."""
    edges = [0, plan.warm_up] if plan.warm_up else [0]
    year = 365 * 86_400
    while edges[-1] < plan.end:
        edges.append(min(edges[-1] + year, plan.end))
    return edges


def rows(register: Register, plan: Plan, dates: bool = False) -> pd.DataFrame:
    """The register as a table with names.

    Parameters
    ----------
    register : Register
    plan : Plan
    dates : bool
        Times as dates with clock time, or (default) as days since the start of the run.
    """
    import pandas as pd  # slow to import: a run needs no table

    c = register.citizen
    table = pd.DataFrame(
        {
            "citizen": _citizen_names(register, plan)[c],
            "stream": _names(plan.streams, register.citizen_stream[c]),
            "group": _names(plan.groups, register.citizen_group[c]),
            "residence": _names(plan.municipalities, register.citizen_residence[c]),
            "payer": _names(plan.municipalities, register.citizen_payer[c]),
            "episode": register.episode,
            "request": register.request,
            "purpose": _names([p.name.lower() for p in Purpose], register.purpose),
            "sought": _names(plan.pools, register.sought),
            "pool": _names(plan.pools, register.pool),
            "kind": _names([k.name.lower() for k in Kind], register.kind),
            "place": pd.array(register.place, dtype="Int64"),
        }
    )
    table.loc[register.place == NOT_YET, "place"] = pd.NA
    for name in TIMES:
        table[name] = (
            _dates(getattr(register, name), plan) if dates else _days(getattr(register, name))
        )
    for t, (trait, values) in enumerate(zip(plan.traits, plan.trait_values, strict=True)):
        table[f"trait_{trait}"] = _names(values, register.citizen_traits[c, t])
    table["outcome"] = _names([o.name.lower() for o in Outcome], register.outcome)
    return table


def _citizen_names(register: Register, plan: Plan) -> NDArray[np.object_]:
    streams = np.array(plan.streams, dtype=object)[register.citizen_stream]
    return streams + "#" + register.citizen_nth.astype(str).astype(object)


def _names(names: Sequence[str], ids: Ints) -> pd.Categorical[str]:
    import pandas as pd

    return pd.Categorical.from_codes(ids, categories=pd.Index(names))


def _days(seconds: Ints) -> NDArray[np.float64]:
    return np.where(seconds == NOT_YET, np.nan, seconds / 86_400)


def _dates(seconds: Ints, plan: Plan) -> pd.Series:
    import pandas as pd

    start = pd.Timestamp.fromordinal(plan.start_day)
    times = pd.Series(start + pd.to_timedelta(seconds, unit="s"))
    return times.mask(pd.Series(seconds == NOT_YET))
