"""Which measures of a pool come first, by what sort of pool it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

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
    "contact": "contacts",
    "team": "outreach team",
}
#: What the number of places is called, where it is no norm.
_NORM = {"team": "caseload"}
_OCCUPIED = ("occupied", "places in use")
_PRESENT = ("occupied", "citizens present")
_BEGUN = ("throughput", "stays begun a year")
_CONTACTS = ("throughput", "contacts a year")
_ENROLLED = ("occupied", "citizens enrolled")
_COURSES = ("throughput", "courses begun a year")
_CASES = (
    ("occupied", "cases under way"),
    ("utilisation", "use of the caseworkers"),
    ("wait_place", "mean wait for a caseworker, days"),
    ("throughput", "cases taken on a year"),
)
_CASELOAD = (
    ("utilisation", "use of the caseload"),
    ("wait_place", "mean wait for a course, days"),
)
_ABOVE = (
    ("over_norm", "days above the norm"),
    ("over_norm_peak", "most beds above it in a year"),
)
_ROOM = (
    ("utilisation", "use of the places"),
    ("wait_place", "mean wait for a place, days"),
)
_LOST = (
    ("turned_away", "turned away a year"),
    ("gave_up", "gave up waiting a year"),
)
_AWAITING = (
    ("days_awaiting_right_offer", "days a year"),
    ("days_awaiting_right_offer_ward", "  spent in a ward"),
    ("days_awaiting_right_offer_flexible", "  in a flexible place"),
    ("days_awaiting_right_offer_shelter", "  in a shelter"),
    ("days_awaiting_right_offer_home", "  at home"),
    ("days_awaiting_right_offer_housing", "  in housing"),
)
_COMPLETED = (
    ("completed_treatment_days", "completed-treatment days a year"),
    ("completed_treatment_days_decision", "  awaiting a decision"),
    ("completed_treatment_days_place", "  awaiting a place"),
    ("completed_treatment_days_transfer", "  awaiting the move"),
)
_TRANSFERS = ("transfers", "taken in from a full ward a year")

#: Left out where there are none.
_IF_ANY = ("turned_away", "gave_up", "completed_treatment_days_transfer")

#: The rows of one pool in the summary, by measure.
Table = Mapping[str, Mapping[Hashable, Any]]


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
    of_pools = [
        Block(heading(name, pool), _lines(pool, whole[whole["pool"] == name], wards))
        for name, pool in scenario.pools.items()
    ]
    return [*of_pools, *_awaiting(whole[whole["pool"] == "all"])]


def _awaiting(rows: pd.DataFrame) -> Iterator[Block]:
    """Where citizens wait for the right offer; a ward emptied into a shelter is no success."""
    table = _by_measure(rows)
    if not table.get("days_awaiting_right_offer", {}).get("mean"):
        return
    chosen = [(m, label) for m, label in _AWAITING if m in table and table[m]["mean"] > 0]
    lines = (_line(table, measure, label, few=False) for measure, label in chosen)
    heading = "Awaiting the right offer after completed treatment (all pools)"
    yield Block(heading, [line for line in lines if line is not None])


def heading(name: str, pool: Pool) -> str:
    """Describe a pool: title, kind and number of places."""
    kind = "caseworkers" if pool.is_caseworkers else _KINDS[pool.kind]
    if is_unlimited(pool):
        return f"{title(name, pool)} ({kind}, unlimited)"
    steps = sorted(pool.later.values(), key=lambda step: step.from_)
    later = "".join(f", {step.places} from {step.from_}" for step in steps)
    norm = "cases at a time" if pool.is_caseworkers else _NORM.get(pool.kind, "norm")
    return f"{title(name, pool)} ({kind}, {norm} {pool.places}{later})"


def title(name: str, pool: Pool) -> str:
    """Give the title of a pool as it can be printed, or its name."""
    return shown(pool.title or name)


def is_unlimited(pool: Pool) -> bool:
    """Whether a pool has no norm from beginning to end."""
    norms = [pool.places, *(step.places for step in pool.later.values())]
    return all(norm == "unlimited" for norm in norms)


def _lines(pool: Pool, rows: pd.DataFrame, wards: int) -> list[Line]:
    table = _by_measure(rows)
    few = _citizens(table) < numbers.FEW
    chosen = [
        (measure, label)
        for measure, label in _chosen(pool, wards)
        if measure not in _IF_ANY or table.get(measure, {}).get("mean")
    ]
    lines = (_line(table, measure, label, few) for measure, label in chosen)
    return [line for line in lines if line is not None]


def _by_measure(rows: pd.DataFrame) -> Table:
    return {str(row["measure"]): row for row in rows.to_dict("records")}


def _chosen(pool: Pool, wards: int) -> Iterator[tuple[str, str]]:
    if pool.kind == "contact":
        yield _CONTACTS
        yield from _LOST
        return
    if pool.is_caseworkers:
        yield from _CASES
        return
    if pool.kind == "team":
        yield _ENROLLED
        yield from () if is_unlimited(pool) else _CASELOAD
        yield _COURSES
        yield from _LOST
        return
    if is_unlimited(pool):
        if pool.stay is not None:  # else the number present only grows
            yield _PRESENT
        yield _BEGUN
        return
    yield _OCCUPIED
    if pool.surge:
        yield from _ABOVE
    else:
        yield from _ROOM
        yield _BEGUN
        yield from _LOST
    if pool.kind == "ward":
        yield from _COMPLETED
        if wards > 1:
            yield _TRANSFERS


def _line(table: Table, measure: str, label: str, few: bool) -> Line | None:
    """Put a measure on a line; None if the measure has no value, or is better said as a count."""
    if measure not in table:
        return None
    row = table[measure]
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


def _citizens(table: Table) -> float:
    """Count citizens a year, or else stays begun a year; 0 if nobody came."""
    known = [table[measure] for measure in ("citizens", "throughput") if measure in table]
    return float(known[0]["mean"]) if known else 0.0
