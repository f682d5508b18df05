"""Money as text for a terminal of 80 columns, and as files."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from flexsim.comparing import Comparison
from flexsim.economics.comparing import MoneyComparison
from flexsim.economics.money import AS_IT_IS, Money
from flexsim.economics.places import Places
from flexsim.economics.tariff import comparable
from flexsim.language import Language, phrase
from flexsim.output import console, manifest, naming, numbers, tables
from flexsim.output.folder import filled, target
from flexsim.result import Result
from flexsim.scenario.names import shown
from flexsim.scenario.showing import as_yaml

Amount = Callable[[float, Language], str]

_STRONG, _SMALL = "bold", "dim"
_HEADS_OF_MODELS = (
    *(phrase("DKK/day"), phrase("cost"), phrase("balance"), phrase("deficit")),
    *(phrase("host"), phrase("others"), phrase("state")),
)
_HEADS_OF_PRICES = (phrase("as given"), phrase("at use"), phrase("night staff"), phrase("rent"))
_HEADS_OF_PLACES = (
    *(phrase("places"), phrase("cost"), phrase("as good"), phrase("delay")),
    *(phrase("empty"), phrase("wait")),
)
_HEADS_OF_SLACK = (
    *(phrase("empty days"), phrase("1,000 DKK"), phrase("wait, days"), phrase("turned away")),
    phrase("completed-tr. days"),
)
#: What a price per day holds.
_HOLDS = {
    "in_house": phrase("in house"),
    "shared": phrase("shared"),
    "none": phrase("none"),
    "unknown": phrase("unknown"),
    "included": phrase("included"),
    "paid_by_citizen": phrase("paid by citizen"),
}
#: Amounts from here on (DKK) are shown in millions, and all beside them.
_MILLIONS_FROM = 1e9


def show(money: Money, uses: pd.DataFrame | None = None) -> None:
    """Print who pays, the budget models side by side, those at given uses, and prices per day."""
    console.show(_parts(money, uses, Language.of(money.scenario)))


def show_comparison(found: MoneyComparison) -> None:
    """Print who pays more and who less, and what a completed-treatment day less costs."""
    console.show(_compared(found, Language.of(found.baseline.scenario)))


def show_places(found: Places) -> None:
    """Print how many places cost least, for whom, and what remains."""
    console.show(_places(found, Language.of(found.scenario)))


def write(
    result: Result,
    money: Money,
    command: Sequence[str] = (),
    overwrite: bool = False,
    uses: pd.DataFrame | None = None,
) -> list[Path]:
    """Write ledger, purses, models and prices into a folder, completely or not at all.

    Parameters
    ----------
    result : Result
    money : Money
    command : sequence of str
        The command line, for the manifest.
    overwrite : bool
        Whether the folder may hold files already.
    uses : DataFrame, optional
        From `Money.at_uses`.

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
        if uses is not None:
            tables.write(uses, folder / "uses")
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


def write_places(found: Places, command: Sequence[str] = (), overwrite: bool = False) -> list[Path]:
    """Write what each number of places costs and leaves, as tables and as a picture.

    Raises as `write` does.
    """
    scenario = found.scenario
    place = target(scenario, None, f"{scenario.name}_money", overwrite)
    with filled(place) as folder:
        tables.write(found.costs, folder / "costs")
        tables.write(found.effects, folder / "effects")
        if scenario.output.figures == "all":
            from flexsim.output import places_figure

            places_figure.write(found, folder / "places.png")
        manifest.write_scenarios(folder, (result.scenario for result in found.results))
        labels = [f"pools.{found.pool}.places={n}" for n in found.effects["places"]]
        names = manifest.complete(folder, found.results[0], command, labels)
    return [place / name for name in names]


def _thousands(kroner: float, language: Language) -> str:
    """DKK as whole thousands, "1133"; small amounts with decimals; empty if missing."""
    if not math.isfinite(kroner):
        return ""
    value = kroner / 1000
    return language.number(value, 0 if abs(value) >= 10 or not value else 1)


def _millions(kroner: float, language: Language) -> str:
    """DKK as millions to three digits, "1584" or "5.78"."""
    return numbers.text(kroner / 1e6, "", language=language)


def _signed(kroner: float, language: Language) -> str:
    text = _thousands(kroner, language)
    return f"+{text}" if kroner > 0 else text


def _parts(money: Money, uses: pd.DataFrame | None, language: Language) -> Iterator[RenderableType]:
    text, table = language.text, money.by_purse()
    large = float(table["net"].abs().max()) >= _MILLIONS_FROM
    amount = _millions if large else _thousands
    what = language.said(money.notes[0])
    unit = text("million {what}", what=what) if large else text("1,000 {what}", what=what)
    yield Text.assemble((text("Who pays"), _STRONG), f", {unit}")
    heads = (text("net"), "95 %", text("year, 5-95 %"))
    grid = _grid(Text(text("purse"), _STRONG), *heads)
    several = table["municipality"].value_counts() > 2
    for row in table.to_dict("records"):
        whole = row["purse"] in (row["municipality"], "total")
        if row["municipality"] and whole and not several[row["municipality"]]:
            continue  # the same as its only purse
        grid.add_row(
            Text(
                naming.purse(money.scenario, str(row["purse"]), language), _STRONG if whole else ""
            ),
            amount(float(row["net"]), language),
            _span(float(row["low"]), float(row["high"]), language, amount),
            _span(float(row["year_low"]), float(row["year_high"]), language, amount),
        )
    yield grid
    yield Text(
        text("net: paid less received, both in purses.csv; the purses add up to the total cost."),
        _SMALL,
    )
    yield Text()
    models = money.models()
    if not models.empty:  # not wards only
        said = text("the same citizens, 1,000 DKK a year")
        yield from _models(money, models, said, language)
    if uses is not None:
        yield from _models(money, uses, text("at given uses, 1,000 DKK a year"), language)
    yield from _prices(money, language)
    for note in money.notes[1:]:
        yield Text(language.said(note), _SMALL)


def _models(
    money: Money, table: pd.DataFrame, said: str, language: Language
) -> Iterator[RenderableType]:
    text, number = language.text, partial(_thousands, language=language)
    yield Text.assemble((text("Budget models"), _STRONG), f", {said}")
    heads = [text(name) for name in _HEADS_OF_MODELS]
    grid = _grid(Text(""), *heads)
    for (offer, _), rows in table.groupby(["offer", "use"], sort=False, dropna=False):
        use = float(rows["use"].iloc[0])
        part = text("{share} used", share=language.share(use, 0)) if math.isfinite(use) else ""
        name = naming.offer(money.scenario, str(offer), language)
        grid.add_row(Text(name, _STRONG), part, *[""] * (len(heads) - 1))
        for row in rows.to_dict("records"):
            grid.add_row(
                f"  {_model(money, str(row['model']), language)}",
                _kroner(float(row["tariff"]), language),
                number(float(row["cost"])),
                _signed(float(row["balance"]), language),
                language.share(float(row["deficit_risk"]), 0),
                *(number(float(row[name])) for name in ("host", "others", "state")),
            )
    yield grid
    yield Text(
        text(
            "* as it is; the others with what its cost makes of them. balance: income less cost of"
            " the offer. deficit: share of budget years with one. host, others: municipalities,"
            " net."
        ),
        _SMALL,
    )
    yield Text()


def _model(money: Money, name: str, language: Language) -> str:
    """A budget model by its title; * marks the one that an offer has."""
    own = name.removesuffix(AS_IT_IS)
    title = language.text(money.scenario.money.models[own].title or "") or own
    return title if own == name else f"{title} *"


def _prices(money: Money, language: Language) -> Iterator[RenderableType]:
    text, kroner = language.text, partial(_kroner, language=language)
    said = text("DKK in prices of {year}", year=money.price_year)
    yield Text.assemble((text("Prices per day"), _STRONG), f", {said}")
    heads = (text("DKK"), *(text(name) for name in _HEADS_OF_PRICES))
    grid = _grid(Text(""), *heads)
    for row in comparable(money.scenario).to_dict("records"):
        year, given = row["price_year"], float(row["as_given"])
        use = float(row["budgeted_use"])
        grid.add_row(
            naming.offer(money.scenario, str(row["offer"]), language),
            kroner(float(row["per_day"])),
            f"{kroner(given)} ({year:.0f})" if year and not math.isnan(year) else kroner(given),
            language.share(use, 0) if math.isfinite(use) else "",
            text(_HOLDS[str(row["night_staff"])]),
            text(_HOLDS[str(row["rent"])]),
        )
    yield grid
    yield Text()


def _kroner(amount: float, language: Language) -> str:
    return language.number(amount) if math.isfinite(amount) else ""


def _compared(found: MoneyComparison, language: Language) -> Iterator[RenderableType]:
    text = language.text
    first = shown(found.labels[0], 60)
    for label in found.labels[1:]:
        yield Text.assemble((shown(label, 70), _STRONG), f" {text('less')} {first}")
        heads = (text("difference"), "95 %", text("year, 5-95 %"))
        grid = _grid(Text(text("1,000 DKK a year"), _SMALL), *heads)
        rows = found.by_purse().query("scenario == @label")
        paid = rows[(rows[["difference", "low", "high"]] != 0).any(axis=1)]
        for row in paid.to_dict("records"):
            purse = str(row["purse"])
            grid.add_row(
                Text(
                    naming.purse(found.baseline.scenario, purse, language),
                    _STRONG if purse == "total" else "",
                ),
                _signed(float(row["difference"]), language),
                _span(float(row["low"]), float(row["high"]), language),
                _span(float(row["year_low"]), float(row["year_high"]), language),
            )
        yield grid
        yield Text()
    yield from _per_day(found.per_day(), language)
    yield Text(
        text(
            "DKK in prices of {year}. +: pays more. A freed ward day is worth nothing in cash if"
            " the bed is filled again; marginal and full are two more readings.",
            year=found.baseline.price_year,
        ),
        _SMALL,
    )


def _per_day(table: pd.DataFrame, language: Language) -> Iterator[RenderableType]:
    text, kroner = language.text, partial(_kroner, language=language)
    yield Text.assemble(
        (text("Cost of a completed-treatment day less"), _STRONG), f", {text('DKK')}"
    )
    heads = (text("DKK a day"), "95 %", text("days less a year"))
    grid = _grid(Text(text("a freed ward day is worth"), _SMALL), *heads)
    several = table["scenario"].nunique() > 1
    for row in table.to_dict("records"):
        ratio = float(row["cost_per_avoided_day"])
        low, high = float(row["low"]), float(row["high"])
        known = math.isfinite(low)
        grid.add_row(
            text(naming.VALUES[str(row["value_of_ward_day"])])
            + (f" ({shown(str(row['scenario']), 20)})" if several else ""),
            kroner(ratio) if math.isfinite(ratio) else text("no day less"),
            text("{low} to {high}", low=kroner(low), high=kroner(high)) if known else "",
            language.number(float(row["days_avoided"])),
        )
    yield grid
    for label, rows in table.groupby("scenario", sort=False):
        bought = float(rows["bought_per_ward_day"].iloc[0])
        if math.isfinite(bought):
            said = text(
                "Days in flexible places bought for each ward day less: {days}",
                days=numbers.text(bought, "", language=language),
            )
            yield Text(said + (f" ({shown(str(label), 20)})" if several else ""))


def _places(found: Places, language: Language) -> Iterator[RenderableType]:
    text, number = language.text, language.number
    pool = naming.entry(found.scenario, "pools", found.pool, language)
    yield Text.assemble((f"{text('Number of places that costs least:')} ", _STRONG), pool)
    grid = _grid(Text(text("whose cost"), _SMALL), *(text(name) for name in _HEADS_OF_PLACES))
    for row in found.best().to_dict("records"):
        grid.add_row(
            naming.whose(found.scenario, str(row["whose"]), language),
            str(row["places"]),
            _thousands(float(row["cost"]), language),
            str(row["others"]),
            number(float(row["completed_treatment_days"])),
            number(float(row["empty_days"])),
            _wait(float(row["wait"]), language),
        )
    yield grid
    yield Text()
    yield Text.assemble((text("What slack costs and buys"), _STRONG), f", {text('a year')}")
    grid = _grid(Text(text("places"), _SMALL), *(text(name) for name in _HEADS_OF_SLACK))
    for row in found.effects.to_dict("records"):
        grid.add_row(
            str(row["places"]),
            number(float(row["empty_days"])),
            _thousands(float(row["empty_cost"]), language),
            _wait(float(row["wait"]), language),
            number(float(row["turned_away"])),
            number(float(row["completed_treatment_days"])),
        )
    yield grid
    yield Text(
        text(
            "cost: 1,000 DKK a year. all, in cash: everything outside the wards, since a freed bed"
            " is filled again; marginal, full: and the ward days at that value. as good: numbers"
            " whose cost cannot be told apart (95 %). delay: completed-treatment days a year."
            " empty: days a year. wait: days."
        ),
        _SMALL,
    )
    tried, cheapest = found.effects["places"], set(found.best()["places"])
    if tried.min() in cheapest:
        yield Text(text("{count} is the fewest tried: fewer may cost less.", count=tried.min()))
    if tried.max() in cheapest:
        yield Text(text("{count} is the most tried: more may cost less.", count=tried.max()))


def _wait(days: float, language: Language) -> str:
    return language.number(days, 1) if math.isfinite(days) else ""


def _grid(first: RenderableType, *heads: str) -> Table:
    """Words in the first column, which are wrapped where they take too much, then numbers."""
    table = Table.grid(padding=(0, 1, 0, 0))
    table.add_column()
    for _ in heads:
        table.add_column(justify="right", no_wrap=True)
    table.add_row(first, *(Text(head, _STRONG) for head in heads))
    return table


def _span(low: float, high: float, language: Language, amount: Amount = _thousands) -> str:
    if not math.isfinite(low):
        return ""
    ends = (amount(end, language) for end in (low, high))
    return language.text("{low} to {high}", **dict(zip(("low", "high"), ends, strict=True)))
