"""Write the page of published figures beside simulated ones, and what follows from them.

Run it after a change that moves numbers (about a minute)::

    .venv/bin/python docs/targets.py

`tests/test_targets.py` fails while a shipped figure is missing on the page, while a derived figure
is not what its arithmetic gives, and while a scenario that is quickly run gives other numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pandas as pd

import flexsim as fs
from flexsim.measures.evidence import of_other_places
from flexsim.scenario import files

PAGE = Path(__file__).parent / "targets.md"
HEAD = """\
# Published figures beside simulated ones

Made by `.venv/bin/python docs/targets.py`. Do not edit it by hand.

Every published figure that a shipped scenario is laid beside, each with the run of that scenario
as it is shipped. *Input* was put in and *fitted* was set to agree, so that agreement says nothing;
*independent* was used nowhere, and is said to agree or to differ by what a single year may show
([more](evidence.md)). The difference is from the nearer end of a range, 0 within it.

| figure | published | simulated (95 %) | difference | role | scenario |
|---|---:|---:|---:|---|---|
"""
DERIVED_HEAD = """\

## What follows from them by arithmetic

Some figures are not printed but follow from printed ones. The arithmetic is done again whenever
this page is made; where a scenario uses the figure, it is that scenario's.

| figure | arithmetic | | used in |
|---|---|---:|---|
"""


class Derived(NamedTuple):
    """A figure that follows from printed ones.

    Attributes
    ----------
    words : str
        What it is.
    arithmetic : str
        How, in numbers: `x` times, `/` over.
    stated : float
        The figure, as it is used.
    decimals : int
        To which it is rounded.
    used : str
        ``scenario: target``, or ``scenario: target (high)``, if one states it; else empty.
    """

    words: str
    arithmetic: str
    stated: float
    decimals: int
    used: str = ""

    @property
    def value(self) -> float:
        """What the arithmetic gives."""
        text = self.arithmetic.replace(",", "").replace(" x ", " * ")
        return float(eval(text, {"__builtins__": {}}))


DERIVED = (
    Derived("MPO project, use", "27 x 42 / (2 x 638)", 0.889, 3, "mpo_skovvang_2021: use"),
    Derived("MPO project, use if it ran to the end of 2022", "27 x 42 / (2 x 730)", 0.777, 3),
    Derived("MPO project, places taken", "27 / 638 x 42", 1.78, 2, "mpo_project: mpo_occupied"),
    Derived("MPO project, stays a year", "27 / 638 x 365", 15.4, 1, "mpo_skovvang_2021: stays"),
    Derived("MPO, DKK a place and year, every day paid", "2,793 x 365", 1_019_445, 0),
    Derived("MPO, DKK a year for eight places at 80 % use", "8 x 1,019,000 x 0.8", 6_521_600, 0),
    Derived("MPO project, DKK a stay, outreach with it", "4,900,000 / 27", 181_481, 0),
    Derived("MPO project, DKK a day, outreach with it", "4,900,000 / (27 x 42)", 4_321, 0),
    Derived("MPO 2023, stays a year when full", "8 x 365 / 91", 32, 0),
    Derived("Pitstop, use", "6.0 / 8", 0.75, 2),
    Derived(
        "Pitstop, stays a year of two weeks",
        "6.0 x 365 / 14",
        156,
        0,
        "aarhus_baseline: pitstop_stays",
    ),
    Derived("Pitstop, the same when full", "8 x 365 / 14", 209, 0),
    Derived("Pitstop, DKK a day used", "2,200,000 / (6.0 x 365)", 1_005, 0),
    Derived("Pitstop, DKK a day available", "2,200,000 / (8 x 365)", 753, 0),
    Derived("Pitstop, DKK a stay of two weeks", "2,200,000 / (6.0 x 365) x 14", 14_064, 0),
    Derived("Beds that 24,000 completed-treatment days take", "24,000 / 365", 65.8, 1),
    Derived("Beds that 23,700 completed-treatment days take", "23,700 / 365", 64.9, 1),
    Derived(
        "POLARIS, use: 29 stays, 7 homes",
        "29 x 149 / (7 x 1,096)",
        0.56,
        2,
        "baseline: polaris_utilisation",
    ),
    Derived("POLARIS, use: 34 stays, 7 homes", "34 x 149 / (7 x 1,096)", 0.66, 2),
    Derived(
        "POLARIS, use: 46 stays, 7 homes",
        "46 x 149 / (7 x 1,096)",
        0.89,
        2,
        "baseline: polaris_utilisation (high)",
    ),
    Derived("POLARIS, use: 29 stays, 8 homes", "29 x 149 / (8 x 1,096)", 0.49, 2),
    Derived("POLARIS, use: 34 stays, 8 homes", "34 x 149 / (8 x 1,096)", 0.58, 2),
    Derived("POLARIS, use: 46 stays, 8 homes", "46 x 149 / (8 x 1,096)", 0.78, 2),
    Derived("POLARIS, stays a year at the budgeted 80 %", "0.8 x 7 x 365 / 149", 13.7, 1),
    Derived(
        "POLARIS 2022, days of 20 citizens above those of 7 homes", "20 x 149 - 7 x 365", 425, 0
    ),
    Derived("POLARIS, citizens counted in more than one year", "12 + 14 + 20 - 29", 17, 0),
    Derived(
        "Guest bed, stays at the budgeted 60 %",
        "0.6 x 365 / 4",
        54.75,
        2,
        "polaris_guest_bed_budgeted: guest_bed_stays",
    ),
    Derived("Guest bed, the same for each of 18 users", "0.6 x 365 / 4 / 18", 3.0, 1),
    Derived("Guest bed, the same for each of 13 users", "0.6 x 365 / 4 / 13", 4.2, 1),
    Derived("Guest bed, use if 13 come once", "13 x 4 / 365", 0.14, 2),
    Derived("Guest bed, use if 18 come once", "18 x 4 / 365", 0.20, 2),
    Derived("Aarhus overnight, regional, use 2019", "486 x 2.7 / (8 x 334)", 0.49, 2),
    Derived("Aarhus overnight, regional, use 2020", "892 x 2.2 / (8 x 366)", 0.67, 2),
    Derived("Aarhus overnight, regional, use 2021", "949 x 2.0 / (8 x 365)", 0.65, 2),
    Derived("Aarhus overnight, regional, use early 2022", "268 x 2.1 / (8 x 90)", 0.78, 2),
    Derived(
        "Aarhus overnight, regional, stays of 2019 as a yearly rate",
        "486 x 365 / 334",
        531,
        0,
        "aarhus_overnight_2019: stays",
    ),
    Derived(
        "Aarhus overnight, regional, mean stay 2019 from its shares",
        "0.270 x 1 + 0.220 x 2 + 0.214 x 3 + 0.140 x 4 + 0.156 x 5",
        2.69,
        2,
    ),
    Derived(
        "Aarhus overnight, regional, mean stay 2021 from its shares",
        "0.373 x 1 + 0.293 x 2 + 0.309 x 3 + 0.020 x 4 + 0.005 x 5",
        1.99,
        2,
    ),
    Derived("Aarhus overnight, municipal, nights a stay 2019", "382 / 259", 1.47, 2),
    Derived("Aarhus overnight, municipal, nights a stay 2020", "1,174 / 863", 1.36, 2),
    Derived("Aarhus overnight, municipal, nights a stay 2021", "1,701 / 1,026", 1.66, 2),
    Derived("Aarhus overnight, municipal, use 2021", "1,701 / (8 x 365)", 0.58, 2),
    Derived("Holstebro, nights of 2020", "8 x 366 x 0.25", 732, 0),
    Derived("Holstebro, nights a citizen 2020", "8 x 366 x 0.25 / 253", 2.9, 1),
    Derived("Holstebro, nights a citizen 2021", "8 x 365 x 0.25 / 212", 3.4, 1),
    Derived("Silkeborg, nights a citizen at 100 %, 220 citizens", "6 x 365 / 220", 10.0, 1),
    Derived("Silkeborg, nights a citizen at 100 %, 200 citizens", "6 x 365 / 200", 10.9, 1),
    Derived("Horsens, bed-days for each place", "0.3624 x 287", 104, 0),
    Derived("Horsens, acute stays a citizen", "58 / 27", 2.1, 1),
    Derived(
        "Horsens, stays as a yearly rate",
        "(58 + 8) x 365 / 287",
        84,
        0,
        "horsens_baseline: acute_stays",
    ),
    Derived("Clarification places, days a course, six a year", "2 x 365 / 6", 122, 0),
    Derived("Clarification places, days a course, five a year", "2 x 365 / 5", 146, 0),
    Derived(
        "Home treatment, citizens at a time, fewest",
        "40 x 12 / 365 x 28",
        37,
        0,
        "aarhus_home_treatment: home_treatment_at_once",
    ),
    Derived(
        "Home treatment, citizens at a time, most",
        "50 x 12 / 365 x 42",
        69,
        0,
        "aarhus_home_treatment: home_treatment_at_once (high)",
    ),
    Derived("Herning's acute phone, calls a day", "2,253 / 366", 6.2, 1),
    Derived("Herning's acute phone, calls a caller", "2,253 / 210", 10.7, 1),
)


def own(scenario: fs.Scenario) -> list[str]:
    """Targets that are of the places as the scenario has them."""
    elsewhere = of_other_places(scenario)
    return [name for name in scenario.targets if name not in elsewhere]


def rows(scenario: fs.Scenario) -> Iterator[str]:
    """Lines of the table for one scenario; it is run if it states a figure of its own."""
    chosen = own(scenario)
    if not chosen:
        return
    table = fs.run(scenario, engine="compiled", workers=1).evidence()
    for target, row in zip(scenario.targets, table.itertuples(), strict=True):
        if target in chosen:
            verdict = f", {row.verdict}" if row.verdict else ""
            yield (
                f"| {row.title} | {published(row)} | {simulated(row)} | {difference(row)} |"
                f" {row.role}{verdict} | `{scenario.name}` |"
            )


def published(row: Any) -> str:
    """The published figure, or its range."""
    low, high = row.published, row.published_high
    return number(low) if pd.isna(high) else f"{number(low)} to {number(high)}"


def simulated(row: Any) -> str:
    """The mean, and its interval."""
    return f"{number(row.simulated)} ({number(row.low)} to {number(row.high)})"


def difference(row: Any) -> str:
    """From the nearer end of what is published; 0 within it."""
    low, high, mean = row.published, row.published_high, row.simulated
    nearest = min(max(mean, low), low if pd.isna(high) else high)
    if mean == nearest:
        return "0"
    return f"{'+' if mean > nearest else '-'}{number(abs(mean - nearest))}"


def number(value: float) -> str:
    """Three digits, or all of a whole number."""
    if abs(value) >= 1000:
        return f"{value:,.0f}"
    return f"{value:.3g}"


def derived() -> Iterator[str]:
    """Lines of the table of derived figures."""
    for one in DERIVED:
        used = f"`{one.used.partition(':')[0]}`" if one.used else ""
        yield f"| {one.words} | {one.arithmetic} | {one.value:,.{one.decimals}f} | {used} |"


def main() -> None:
    """Run the scenarios and write the page."""
    names = [name for name in sorted(files.shipped("scenario")) if not name.startswith("textbook/")]
    lines = [line for name in names for line in rows(fs.load(name))]
    text = HEAD + "\n".join(lines) + "\n" + DERIVED_HEAD + "\n".join(derived()) + "\n"
    PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
