"""Which measures of a pool come first, by what sort of pool it is."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from flexsim.output import numbers
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Pool, Scenario

_KINDS = {
    "ward": "ward",
    "flexible": "flexible places",
    "guest_bed": "guest bed",
    "housing": "housing",
    "shelter": "shelter",
    "community": "community",
    "other": "other places",
}
_OCCUPIED = ("occupied", "places in use")
_BEGUN = ("throughput", "stays begun a year")
_ABOVE = (
    ("over_norm", "days above the norm"),
    ("over_norm_peak", "most beds above the norm"),
)
_ROOM = (
    ("utilisation", "use of the places"),
    ("wait_place", "mean wait for a place, days"),
)
_TURNED_AWAY = ("turned_away", "turned away a year")
_COMPLETED = (
    ("completed_treatment_days", "completed-treatment days a year"),
    ("completed_treatment_days_decision", "  awaiting a decision"),
    ("completed_treatment_days_place", "  awaiting a place"),
    ("completed_treatment_days_transfer", "  awaiting the move"),
)
_TRANSFERS = ("transfers", "taken in from a full ward a year")


@dataclass(frozen=True)
class Line:
    """One measure of one pool, in words and rounded."""

    label: str
    mean: str
    interval: str
    year: str


@dataclass(frozen=True)
class Block:
    """The headline measures of one pool."""

    heading: str
    lines: Sequence[Line]


def blocks(scenario: Scenario, summary: pd.DataFrame) -> list[Block]:
    """One block per pool, in the order of the scenario.

    Parameters
    ----------
    scenario : Scenario
    summary : DataFrame
        As given by `Result.summary`.
    """
    whole = summary[(summary["group"] == "all") & (summary["municipality"] == "all")]
    wards = sum(pool.kind == "ward" for pool in scenario.pools.values())
    return [
        Block(heading(name, pool), _lines(pool, whole[whole["pool"] == name], wards))
        for name, pool in scenario.pools.items()
    ]


def heading(name: str, pool: Pool) -> str:
    """The pool in words: title, kind and number of places."""
    kind = _KINDS[pool.kind]
    if is_unlimited(pool):
        return f"{title(name, pool)} ({kind}, unlimited)"
    steps = sorted(pool.later.values(), key=lambda step: step.from_)
    later = "".join(f", {step.places} from {step.from_}" for step in steps)
    return f"{title(name, pool)} ({kind}, norm {pool.places}{later})"


def title(name: str, pool: Pool) -> str:
    """The title of a pool as it can be printed, or its name."""
    return shown(pool.title or name)


def is_unlimited(pool: Pool) -> bool:
    """Whether a pool has no norm from beginning to end."""
    norms = [pool.places, *(step.places for step in pool.later.values())]
    return all(norm == "unlimited" for norm in norms)


def _lines(pool: Pool, rows: pd.DataFrame, wards: int) -> list[Line]:
    table = rows.set_index("measure")
    few = _value(table, "citizens") < numbers.FEW
    lines = (_line(table, measure, label, few) for measure, label in _chosen(pool, wards))
    return [line for line in lines if line is not None]


def _chosen(pool: Pool, wards: int) -> Iterator[tuple[str, str]]:
    yield _OCCUPIED
    if is_unlimited(pool):
        yield _BEGUN
        return
    if pool.surge:
        yield from _ABOVE
    else:
        yield from _ROOM
        yield _BEGUN
        yield _TURNED_AWAY
    if pool.kind == "ward":
        yield from _COMPLETED
        if wards > 1:
            yield _TRANSFERS


def _line(table: pd.DataFrame, measure: str, label: str, few: bool) -> Line | None:
    """A line of the table; None if the measure has no value, or is better said as a count."""
    if measure not in table.index:
        return None
    row = table.loc[measure]
    factor, unit = 1.0, str(row["unit"])
    if few and measure == "over_norm":
        factor, unit = 365.0, "days per year"
        label = f"{label} a year"
    elif few and unit == "share":
        return None
    mean, low, high, year_low, year_high = (
        factor * float(row[c]) for c in ("mean", "low", "high", "year_low", "year_high")
    )
    return Line(
        label,
        numbers.text(mean, unit),
        numbers.span(low, high, unit, mean),
        numbers.span(year_low, year_high, unit, mean),
    )


def _value(table: pd.DataFrame, measure: str) -> float:
    return float(table.loc[measure, "mean"]) if measure in table.index else 0.0
