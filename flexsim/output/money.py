"""Money as text for a terminal of 80 columns, and as files."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from pathlib import Path

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from flexsim.comparing import Comparison
from flexsim.economics.comparing import MoneyComparison
from flexsim.economics.money import Money
from flexsim.economics.places import Places
from flexsim.economics.tariff import comparable
from flexsim.output import console, manifest, tables
from flexsim.output.folder import filled, target
from flexsim.result import Result
from flexsim.scenario.names import shown
from flexsim.scenario.showing import as_yaml

_STRONG, _SMALL = "bold", "dim"


def show(money: Money) -> None:
    """Print who pays, the budget models side by side, and prices per day."""
    console.show(_parts(money))


def show_comparison(found: MoneyComparison) -> None:
    """Print who pays more and who less, and what a completed-treatment day less costs."""
    console.show(_compared(found))


def show_places(found: Places) -> None:
    """Print how many places cost least, for whom, and what remains."""
    console.show(_places(found))


def write(
    result: Result, money: Money, command: Sequence[str] = (), overwrite: bool = False
) -> list[Path]:
    """Write ledger, purses, models and prices into a folder, completely or not at all.

    Raises
    ------
    ScenarioError
        If the folder holds files and `overwrite` is not given.
    WorkplaceError
        If the disk or its rights did not allow it; then nothing is left behind.
    """
    place = target(result.scenario, None, f"{result.scenario.name}_money", overwrite)
    with filled(place) as folder:
        tables.write(money.ledger, folder / "ledger")
        tables.write(money.by_purse(), folder / "purses")
        tables.write(money.models(), folder / "models")
        tables.write(comparable(money.scenario), folder / "prices")
        text = as_yaml(money.scenario)
        (folder / "scenario.yaml").write_text(text, encoding="utf-8", newline="\n")
        names = manifest.complete(folder, result, command)
    return [place / name for name in names]


def write_comparison(
    comparison: Comparison,
    found: MoneyComparison,
    command: Sequence[str] = (),
    overwrite: bool = False,
) -> list[Path]:
    """Write who gains and who loses, as tables and as a waterfall; raises as `write` does."""
    scenario = comparison.baseline.scenario
    place = target(scenario, None, f"{scenario.name}_money", overwrite)
    with filled(place) as folder:
        tables.write(found.by_purse(), folder / "purses")
        tables.write(found.per_day(), folder / "per_day")
        if scenario.output.figures == "all":
            from flexsim.output import money_figure

            money_figure.write(found, folder / "purses.png")
        manifest.write_scenarios(folder, (one.scenario for one in found.moneys))
        names = manifest.complete(folder, comparison.baseline, command, comparison.labels)
    return [place / name for name in names]


def thousands(kroner: float) -> str:
    """DKK as whole thousands, "1,133"; small amounts with decimals; empty if missing."""
    if not math.isfinite(kroner):
        return ""
    value = kroner / 1000
    return f"{value:,.0f}" if abs(value) >= 10 or not value else f"{value:,.1f}"


def _signed(kroner: float) -> str:
    text = thousands(kroner)
    return f"+{text}" if kroner > 0 else text


def _parts(money: Money) -> Iterator[RenderableType]:
    yield Text.assemble(("Who pays", _STRONG), f", 1,000 {money.notes[0]}")
    grid = _grid(Text("purse", _STRONG), "net", "95 %", "year, 5-95 %")
    table = money.by_purse()
    several = table["municipality"].value_counts() > 2
    for row in table.to_dict("records"):
        whole = row["purse"] in (row["municipality"], "total")
        if row["municipality"] and whole and not several[row["municipality"]]:
            continue  # the same as its only purse
        grid.add_row(
            Text(str(row["purse"]), _STRONG if whole else ""),
            thousands(float(row["net"])),
            _span(float(row["low"]), float(row["high"])),
            _span(float(row["year_low"]), float(row["year_high"])),
        )
    yield grid
    yield Text(
        "net: paid less received, both in purses.csv; the purses add up to the total cost.", _SMALL
    )
    yield Text()
    yield from _models(money)
    yield from _prices(money)
    for note in money.notes[1:]:
        yield Text(note, _SMALL)


def _models(money: Money) -> Iterator[RenderableType]:
    table = money.models()
    if table.empty:
        return  # wards only
    yield Text.assemble(("Budget models", _STRONG), ", the same citizens, 1,000 DKK a year")
    heads = ("DKK/day", "cost", "balance", "deficit", "host", "others", "state")
    grid = _grid(Text(""), *heads)
    for offer, rows in table.groupby("offer", sort=False):
        use = float(rows["use"].iloc[0])
        part = f"{100 * use:.0f} % used" if math.isfinite(use) else ""
        grid.add_row(Text(str(offer), _STRONG), part, *[""] * (len(heads) - 1))
        for row in rows.to_dict("records"):
            tariff = float(row["tariff"])
            grid.add_row(
                f"  {row['model']}".replace(" (as it is)", " *"),
                f"{tariff:,.0f}" if math.isfinite(tariff) else "",
                thousands(float(row["cost"])),
                _signed(float(row["balance"])),
                f"{100 * float(row['deficit_risk']):.0f} %",
                *(thousands(float(row[name])) for name in ("host", "others", "state")),
            )
    yield grid
    yield Text(
        "* as it is; the others with what its cost makes of them. balance: income less cost of the"
        " offer. deficit: share of budget years with one. host, others: municipalities, net.",
        _SMALL,
    )
    yield Text()


def _prices(money: Money) -> Iterator[RenderableType]:
    yield Text.assemble(("Prices per day", _STRONG), f", DKK in prices of {money.price_year}")
    grid = _grid(Text(""), "DKK", "as given", "at use", "night staff", "rent")
    for row in comparable(money.scenario).to_dict("records"):
        year, given = row["price_year"], float(row["as_given"])
        use = float(row["budgeted_use"])
        grid.add_row(
            str(row["offer"]),
            _kroner(float(row["per_day"])),
            f"{_kroner(given)} ({year:.0f})" if year and not math.isnan(year) else _kroner(given),
            f"{100 * use:.0f} %" if math.isfinite(use) else "",
            str(row["night_staff"]).replace("_", " "),
            str(row["rent"]).replace("_", " "),
        )
    yield grid
    yield Text()


def _kroner(amount: float) -> str:
    return f"{amount:,.0f}" if math.isfinite(amount) else ""


def _compared(found: MoneyComparison) -> Iterator[RenderableType]:
    first = shown(found.labels[0], 60)
    year = found.baseline.price_year
    for label in found.labels[1:]:
        yield Text.assemble((shown(label, 70), _STRONG), f" less {first}")
        grid = _grid(Text("1,000 DKK a year", _SMALL), "difference", "95 %", "year, 5-95 %")
        rows = found.by_purse().query("scenario == @label")
        for row in rows.to_dict("records"):
            grid.add_row(
                Text(str(row["purse"]), _STRONG if row["purse"] == "total" else ""),
                _signed(float(row["difference"])),
                _span(float(row["low"]), float(row["high"])),
                _span(float(row["year_low"]), float(row["year_high"])),
            )
        yield grid
        yield Text()
    yield from _per_day(found.per_day())
    yield Text(
        f"DKK in prices of {year}. +: pays more. A freed ward day is worth nothing in cash if the"
        " bed is filled again; marginal and full are two more readings.",
        _SMALL,
    )


def _per_day(table: pd.DataFrame) -> Iterator[RenderableType]:
    yield Text.assemble(("Cost of a completed-treatment day less", _STRONG), ", DKK")
    grid = _grid(Text("a freed ward day is worth", _SMALL), "DKK a day", "95 %", "days less a year")
    several = table["scenario"].nunique() > 1
    for row in table.to_dict("records"):
        ratio = float(row["cost_per_avoided_day"])
        cells = (float(row["low"]), float(row["high"]))
        known = math.isfinite(ratio)
        grid.add_row(
            f"{row['value_of_ward_day']}"
            + (f" ({shown(str(row['scenario']), 20)})" if several else ""),
            _kroner(ratio) if known else "no day less",
            f"{_kroner(cells[0])} to {_kroner(cells[1])}" if math.isfinite(cells[0]) else "",
            f"{float(row['days_avoided']):.0f}",
        )
    yield grid


def _places(found: Places) -> Iterator[RenderableType]:
    yield Text.assemble(("Number of places that costs least: ", _STRONG), found.pool)
    heads = ("places", "cost", "as good", "delay", "empty", "wait")
    grid = _grid(Text("whose cost", _SMALL), *heads)
    for row in found.best().to_dict("records"):
        grid.add_row(
            str(row["whose"]),
            str(row["places"]),
            thousands(float(row["cost"])),
            str(row["others"]),
            f"{float(row['completed_treatment_days']):.0f}",
            f"{float(row['empty_days']):.0f}",
            f"{float(row['wait']):.1f}" if math.isfinite(float(row["wait"])) else "",
        )
    yield grid
    yield Text()
    yield Text.assemble(("What slack costs and buys", _STRONG), ", a year")
    slack = ("empty days", "1,000 DKK", "wait, days", "turned away", "completed-tr. days")
    grid = _grid(Text("places", _SMALL), *slack)
    for row in found.effects.to_dict("records"):
        wait = float(row["wait"])
        grid.add_row(
            str(row["places"]),
            f"{float(row['empty_days']):.0f}",
            thousands(float(row["empty_cost"])),
            f"{wait:.1f}" if math.isfinite(wait) else "",
            f"{float(row['turned_away']):.0f}",
            f"{float(row['completed_treatment_days']):.0f}",
        )
    yield grid
    yield Text(
        "cost: 1,000 DKK a year. all, cash: everything outside the wards, since a freed bed is"
        " filled again; marginal, full: and the ward days at that value. as good: numbers whose"
        " cost cannot be told apart (95 %). delay: completed-treatment days a year.",
        _SMALL,
    )


def _grid(first: RenderableType, *heads: str) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column(no_wrap=True)
    for _ in heads:
        table.add_column(justify="right", no_wrap=True)
    table.add_row(first, *(Text(head, _STRONG) for head in heads))
    return table


def _span(low: float, high: float) -> str:
    return f"{thousands(low)} to {thousands(high)}" if math.isfinite(low) else ""
