"""Which measures of a pool come first, by what sort of pool it is."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from flexsim.language import ENGLISH, Language, phrase
from flexsim.output import numbers
from flexsim.scenario.names import shown
from flexsim.scenario.schema import CapacityStep, Pool, Scenario

KINDS = {
    "ward": phrase("ward"),
    "flexible": phrase("flexible places"),
    "guest_bed": phrase("guest bed"),
    "housing": phrase("housing"),
    "shelter": phrase("shelter"),
    "community": phrase("community"),
    "other": phrase("other places"),
    "contact": phrase("contacts"),
    "team": phrase("outreach team"),
}
#: What the number of places is called, where it is no norm.
_NORM = {"team": phrase("caseload")}
_OCCUPIED = ("occupied", phrase("places in use"))
_PRESENT = ("occupied", phrase("citizens present"))
_BEGUN = ("throughput", phrase("stays begun a year"))
_CONTACTS = ("throughput", phrase("contacts a year"))
_ENROLLED = ("occupied", phrase("citizens enrolled"))
_COURSES = ("throughput", phrase("courses begun a year"))
_CASES = (
    ("occupied", phrase("cases under way")),
    ("utilisation", phrase("use of the caseworkers")),
    ("wait_place", phrase("mean wait for a caseworker, days")),
    ("throughput", phrase("cases taken on a year")),
)
_CASELOAD = (
    ("utilisation", phrase("use of the caseload")),
    ("wait_place", phrase("mean wait for a course, days")),
)
_ABOVE = (
    ("over_norm", phrase("days above the norm")),
    ("over_norm_peak", phrase("most beds above it in a year")),
)
_ROOM = (
    ("utilisation", phrase("use of the places")),
    ("wait_place", phrase("mean wait for a place, days")),
)
_LOST = (
    ("turned_away", phrase("turned away a year")),
    ("gave_up", phrase("gave up waiting a year")),
)
_AWAITING = (
    ("days_awaiting_right_offer", phrase("days a year")),
    ("days_awaiting_right_offer_ward", phrase("  spent in a ward")),
    ("days_awaiting_right_offer_flexible", phrase("  in a flexible place")),
    ("days_awaiting_right_offer_shelter", phrase("  in a shelter")),
    ("days_awaiting_right_offer_home", phrase("  at home")),
    ("days_awaiting_right_offer_housing", phrase("  in housing")),
)
_COMPLETED = (
    ("completed_treatment_days", phrase("completed-treatment days a year")),
    ("completed_treatment_days_decision", phrase("  awaiting a decision")),
    ("completed_treatment_days_place", phrase("  awaiting a place")),
    ("completed_treatment_days_transfer", phrase("  awaiting the move")),
)
_TRANSFERS = ("transfers", phrase("taken in from a full ward a year"))

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


def blocks(scenario: Scenario, summary: pd.DataFrame, language: Language = ENGLISH) -> list[Block]:
    """One block per pool, in the order of the scenario.

    Parameters
    ----------
    scenario : Scenario
    summary : DataFrame
        As given by `Result.summary`.
    language : Language
        Default English.
    """
    whole = summary[(summary["group"] == "all") & (summary["municipality"] == "all")]
    wards = sum(pool.kind == "ward" for pool in scenario.pools.values())
    of_pools = [
        Block(
            heading(name, pool, language),
            _lines(pool, whole[whole["pool"] == name], wards, language),
        )
        for name, pool in scenario.pools.items()
    ]
    return [*of_pools, *_awaiting(whole[whole["pool"] == "all"], language)]


def _awaiting(rows: pd.DataFrame, language: Language) -> Iterator[Block]:
    """Where citizens wait for the right offer; a ward emptied into a shelter is no success."""
    table = _by_measure(rows)
    if not table.get("days_awaiting_right_offer", {}).get("mean"):
        return
    chosen = [(m, label) for m, label in _AWAITING if m in table and table[m]["mean"] > 0]
    lines = (_line(table, measure, label, False, language) for measure, label in chosen)
    heading = language.text("Awaiting the right offer after completed treatment (all pools)")
    yield Block(heading, [line for line in lines if line is not None])


def heading(name: str, pool: Pool, language: Language = ENGLISH) -> str:
    """Describe a pool: title, kind and number of places."""
    kind = phrase("caseworkers") if pool.is_caseworkers else KINDS[pool.kind]
    described = f"{title(name, pool, language)} ({language.text(kind)}"
    if is_unlimited(pool):
        return f"{described}, {language.text('unlimited')})"
    steps = sorted(pool.later.values(), key=lambda step: step.from_)
    later = (
        language.text(
            "{places} from {date}", places=_places(step, language), date=language.date(step.from_)
        )
        for step in steps
    )
    cases = phrase("cases at a time")
    norm = language.text(cases if pool.is_caseworkers else _NORM.get(pool.kind, phrase("norm")))
    return ", ".join([described, f"{norm} {_places(pool, language)}", *later]) + ")"


def _places(of: Pool | CapacityStep, language: Language) -> str:
    return language.text("unlimited") if of.places == "unlimited" else str(of.places)


def title(name: str, pool: Pool, language: Language = ENGLISH) -> str:
    """Give the title of a pool as it can be printed, or its name."""
    return shown(language.text(pool.title or "") or name)


def is_unlimited(pool: Pool) -> bool:
    """Whether a pool has no norm from beginning to end."""
    norms = [pool.places, *(step.places for step in pool.later.values())]
    return all(norm == "unlimited" for norm in norms)


def _lines(pool: Pool, rows: pd.DataFrame, wards: int, language: Language) -> list[Line]:
    table = _by_measure(rows)
    few = _citizens(table) < numbers.FEW
    chosen = [
        (measure, label)
        for measure, label in _chosen(pool, wards)
        if measure not in _IF_ANY or table.get(measure, {}).get("mean")
    ]
    lines = (_line(table, measure, label, few, language) for measure, label in chosen)
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


def _line(table: Table, measure: str, label: str, few: bool, language: Language) -> Line | None:
    """Put a measure on a line; None if the measure has no value, or is better said as a count."""
    if measure not in table:
        return None
    row = table[measure]
    factor, unit, words = 1.0, str(row["unit"]), language.text(label)
    if few and measure == "over_norm":
        factor, unit = 365.0, "days per year"
        words = language.text("days above the norm a year")
    elif few and unit == "share":
        return None
    mean, low, high, year_low, year_high = (
        factor * float(row[c]) for c in ("mean", "low", "high", "year_low", "year_high")
    )
    return Line(
        words,
        numbers.text(mean, unit, language=language),
        numbers.span(low, high, unit, mean, language),
        numbers.span(year_low, year_high, unit, mean, language),
    )


def _citizens(table: Table) -> float:
    """Count citizens a year, or else stays begun a year; 0 if nobody came."""
    known = [table[measure] for measure in ("citizens", "throughput") if measure in table]
    return float(known[0]["mean"]) if known else 0.0
