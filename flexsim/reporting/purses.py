"""Who pays: net payments by purse, or what changes of them, in words."""

from __future__ import annotations

import math
from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from flexsim.comparing import Comparison
from flexsim.errors import ScenarioError
from flexsim.language import Language, phrase
from flexsim.output import naming
from flexsim.reporting.tables import Table
from flexsim.result import Result
from flexsim.scenario.names import shown

_TOTAL = "total"
#: Purses on the first page.
MOST = 8
#: A purse that pays less than this a year, in DKK, pays nothing.
_NOTHING = 0.5
_ROUGH_FROM = 10_000


def who_pays(subject: Result | Comparison) -> pd.DataFrame | None:
    """Net payments a year by purse, each municipality as a whole; of a comparison, differences.

    Returns
    -------
    DataFrame or None
        scenario, purse, value (DKK), low, high, year_low, year_high; None where there are no
        prices or no whole budget year.
    """
    try:
        if isinstance(subject, Comparison):
            from flexsim.economics.comparing import compare_money

            table = compare_money(subject).by_purse().rename(columns={"difference": "value"})
        else:
            table = subject.money().by_purse().rename(columns={"net": "value"})
            table = table[table["purse"].isin([*naming.PURSES, *subject.plan.municipalities])]
            table = table.assign(scenario=subject.scenario.name)
    except ScenarioError:
        return None
    columns = ["scenario", "purse", "value", "low", "high", "year_low", "year_high"]
    return table.loc[table["value"].abs() >= _NOTHING, columns]


def words(paid: pd.DataFrame | None, subject: Result | Comparison, language: Language) -> list[str]:
    """What is to be said above the table."""
    if paid is None:
        return [
            language.text("No prices, or no whole budget year, so nothing is said of who pays.")
        ]
    first = subject if isinstance(subject, Result) else subject.baseline
    year = first.scenario.money.price_year
    said = language.text(
        "Net payments a year; what is spent on staff and places in all is the last line. DKK in"
        " prices of {year}.",
        year=year,
    )
    if isinstance(subject, Result):
        return [said]
    freed = language.text(
        "Above 0: pays more. A ward day that is freed is worth nothing in cash if the bed is filled"
        " again."
    )
    return [said, freed]


def largest(paid: pd.DataFrame, most: int = MOST) -> pd.DataFrame:
    """The purses with the largest amounts of each scenario, and what is paid in all."""
    size = paid["value"].abs().mask(paid["purse"] == _TOTAL, math.inf)
    rank = size.groupby(paid["scenario"]).rank(ascending=False, method="first")
    return paid[rank <= most]


def table(paid: pd.DataFrame, subject: Result | Comparison, language: Language) -> Table:
    """The purses, one to a line."""
    compared = isinstance(subject, Comparison)
    several = paid["scenario"].nunique() > 1
    value = phrase("difference, DKK a year") if compared else phrase("net, DKK a year")
    heads = (language.text("purse"), language.text(value), "95 %", language.text("year, 5-95 %"))
    rows = [
        (
            name(str(row["purse"]), subject, language)
            + (f" ({shown(str(row['scenario']))})" if several else ""),
            _amount(row["value"], language),
            _span(row, "low", "high", language),
            _span(row, "year_low", "year_high", language),
        )
        for row in paid.to_dict("records")
    ]
    return Table(heads, rows)


def name(purse: str, subject: Result | Comparison, language: Language) -> str:
    """A purse in words."""
    first = subject if isinstance(subject, Result) else subject.baseline
    return naming.purse(first.scenario, purse, language)


def _span(row: Mapping[Hashable, Any], low: str, high: str, language: Language) -> str:
    ends = [float(row[end]) for end in (low, high)]
    if any(math.isnan(end) for end in ends):
        return ""
    first, last = (_amount(end, language) for end in ends)
    return language.text("{low} to {high}", low=first, high=last)


def _amount(dkk: float, language: Language) -> str:
    """An amount to the thousand, or to the hundred if it is small: no year is surer than that."""
    return language.money(round(dkk, -3 if abs(dkk) >= _ROUGH_FROM else -2))
