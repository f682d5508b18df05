"""Published figures beside simulated ones, each with its role."""

from __future__ import annotations

import math

import pandas as pd

from flexsim.scenario.schema import Scenario, Target

COLUMNS = (
    *("title", "unit", "published", "published_high", "simulated", "low", "high"),
    *("year_low", "year_high", "role", "verdict", "source"),
)


def evidence(scenario: Scenario, summary: pd.DataFrame) -> pd.DataFrame:
    """One row per target of the scenario.

    A verdict is given only where the figure was neither put in nor fitted, and only where it is of
    the places that are simulated: a what-if has no published counterpart.
    """
    elsewhere = of_other_places(scenario)
    rows = [
        _row(target, summary) | ({"verdict": ""} if name in elsewhere else {})
        for name, target in scenario.targets.items()
    ]
    return pd.DataFrame(rows, columns=list(COLUMNS))


def of_other_places(scenario: Scenario) -> set[str]:
    """Targets of the region as it was, where the scenario changes it and does not state them."""
    return scenario.targets.keys() - set(scenario.stated) if scenario.changed else set()


def _row(target: Target, summary: pd.DataFrame) -> dict[str, object]:
    found = summary[
        (summary["pool"] == target.pool)
        & (summary["measure"] == target.measure)
        & (summary["group"] == "all")
        & (summary["municipality"] == target.municipality)
    ]
    row: dict[str, object] = {
        "title": target.title,
        "unit": target.unit,
        "published": target.published,
        "published_high": math.nan if target.published_high is None else target.published_high,
        "role": target.role,
        "verdict": "",
        "source": target.source,
    }
    if found.empty:
        return row
    cell = found.iloc[0]
    row["simulated"] = cell["mean"]
    for name in ("low", "high", "year_low", "year_high"):
        row[name] = cell[name]
    if target.role == "independent":
        row["verdict"] = _verdict(target, cell)
    return row


def _verdict(target: Target, cell: pd.Series) -> str:
    """A published figure of one year agrees if it lies within what a single year may show."""
    low, high = cell["year_low"], cell["year_high"]
    if math.isnan(low):
        low, high = cell["low"], cell["high"]
    if math.isnan(low):
        return ""
    top = target.published if target.published_high is None else target.published_high
    return "agrees" if target.published <= high and top >= low else "differs"
