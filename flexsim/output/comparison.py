"""A comparison as text for a terminal of 80 columns, and as files."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from flexsim.comparing import FEWER, MORE, Comparison
from flexsim.language import ENGLISH, Language, phrase
from flexsim.measures.periods import ALL
from flexsim.output import console, headlines, manifest, naming, numbers, tables, terminal
from flexsim.output.folder import filled, target
from flexsim.scenario.names import shown
from flexsim.turning import Point, TurningPoint

LABELS = {
    "occupied": phrase("places in use"),
    "over_norm": phrase("days above the norm"),
    "completed_treatment_days": phrase("completed-treatment days *"),
    "transfers": phrase("from a full ward *"),
    "readmission_90": phrase("back within 90 days"),
    "wait_place": phrase("wait for a place, days"),
    "throughput": phrase("stays begun *"),
    "turned_away": phrase("turned away *"),
    "gave_up": phrase("gave up waiting *"),
    "days_awaiting_right_offer": phrase("awaiting right offer *"),
}
_CHANGES = {
    "any": phrase("anything"),
    "route": phrase("route through the pools"),
    "wait": phrase("days waited for a place"),
    "completed_treatment_days": phrase("completed-treatment days"),
}
#: Widths of: baseline, difference with its verdict, its interval, its range in a year.
_WIDTHS = (8, 12, 14, 14)
_SMALL, _STRONG = "dim", "bold"
_LONGEST = 300

Row = Mapping[Hashable, Any]


def show(comparison: Comparison, citizens: pd.DataFrame | None = None) -> None:
    """Print a comparison: the headline differences, and who was moved if that was asked."""
    console.show(_parts(comparison, citizens))


def show_turning(found: TurningPoint) -> None:
    """Print a turning point: the finding, and the values that were tried."""
    console.show(_turning(found))


def write(
    comparison: Comparison,
    citizens: pd.DataFrame | None = None,
    folder: Path | str | None = None,
    command: Sequence[str] = (),
    overwrite: bool = False,
) -> list[Path]:
    """Write a comparison into a folder, completely or not at all.

    Parameters
    ----------
    comparison : Comparison
    citizens : DataFrame, optional
        From `Comparison.citizens`.
    folder : path, optional
        Default the baseline's `output.folder`, or else ``results/<baseline>_compared/<time>``.
    command : sequence of str
        The command line, for the manifest.
    overwrite : bool
        Whether the folder may hold files already.

    Returns
    -------
    list of Path
        The files written, the manifest last.

    Raises
    ------
    ScenarioError
        If the folder holds files and `overwrite` is not given.
    WorkplaceError
        If the disk or its rights did not allow it; then nothing is left behind.
    """
    scenario = comparison.baseline.scenario
    place = target(scenario, folder, f"{scenario.name}_compared", overwrite)
    with filled(place) as temporary:
        tables.write(comparison.table(), temporary / "differences")
        if citizens is not None:
            tables.write(citizens, temporary / "citizens")
        if scenario.output.figures == "all":
            from flexsim.output import difference_figure

            difference_figure.write(comparison, temporary / "differences.png")
        manifest.write_scenarios(temporary, (result.scenario for result in comparison.results))
        names = manifest.complete(temporary, comparison.baseline, command, comparison.labels)
    return [place / name for name in names]


def measure_label(measure: str, language: Language = ENGLISH) -> str:
    """A headline measure in few words; * stands for a year."""
    return language.text(LABELS[measure])


def plain_label(measure: str, language: Language) -> str:
    """A measure in words, with "a year" for the *; one without a label by its name."""
    if measure not in LABELS:
        return measure
    return measure_label(measure, language).replace(" *", f" {language.text('a year')}")


def _parts(comparison: Comparison, citizens: pd.DataFrame | None) -> Iterator[RenderableType]:
    language = Language.of(comparison.baseline.scenario)
    label = shown(comparison.labels[0], _LONGEST)
    title = shown(language.text(comparison.baseline.scenario.title), _LONGEST)
    yield Text.assemble(
        f"{language.text('Compared with')} ", (label, _STRONG), f": {title}" if title else ""
    )
    yield Text(terminal.facts(comparison.baseline, language), _SMALL)
    table = comparison.table()
    for n, alternative in enumerate(comparison.labels[1:], start=1):
        yield Text()
        yield from _alternative(comparison, n, table[table["scenario"] == alternative], language)
    yield Text()
    yield Text(_legend(comparison, table, language), _SMALL)
    if citizens is not None:
        yield Text()
        yield from _citizens(comparison, citizens, language)
    for line in comparison.warnings:
        yield terminal.warning(line, language)


def _alternative(
    comparison: Comparison, n: int, table: pd.DataFrame, language: Language
) -> Iterator[RenderableType]:
    """One alternative: per pool its heading and its lines."""
    scenario = comparison.results[n].scenario
    title = shown(language.text(scenario.title), _LONGEST)
    label = (shown(comparison.labels[n], _LONGEST), _STRONG)
    yield Text.assemble(label, f": {title}" if title else "")
    names = (language.text("baseline"), language.text("difference"))
    heads = (*names, "95 %", language.text("year, 5-95 %"))
    yield _columns(language, Text(""), *(Text(head, _STRONG) for head in heads))
    everybody = table[(table["group"] == ALL) & (table["municipality"] == ALL)]
    pools = {**comparison.baseline.scenario.pools, **scenario.pools}
    for name, pool in pools.items():
        rows = everybody[everybody["pool"] == name]
        where = _only_in(comparison, n, name, language)
        lines = [] if where else list(_lines(rows, language))
        if lines or where:
            heading = headlines.heading(name, pool, language)
            yield Text(f"{heading}: {where}" if where else heading, _STRONG)
            yield from lines
    together = list(_lines(everybody[everybody["pool"] == ALL], language))
    if together:
        yield Text(language.text("All pools together"), _STRONG)
        yield from together
    gained = _gained(table, language)
    if gained:
        yield Text(gained, _SMALL)


def _gained(table: pd.DataFrame, language: Language) -> str:
    """What the same citizens gain; empty if no headline difference varies."""
    ratios = table["variance_ratio"][table["p_corrected"].notna()]
    ratios = ratios[ratios.between(0, math.inf, inclusive="neither")]
    if ratios.empty:
        return ""
    low, middle, high = (
        language.number(float(value), 1 if value < 10 else 0)
        for value in ratios.quantile([0, 0.5, 1])
    )
    return language.text(
        "Variance ratio: {low} to {high}, median {middle}. So many times more replications would"
        " independent citizens need for intervals as narrow.",
        low=low,
        high=high,
        middle=middle,
    )


def _only_in(comparison: Comparison, n: int, pool: str, language: Language) -> str:
    have = [pool in comparison.results[at].scenario.pools for at in (0, n)]
    if all(have):
        return ""
    return language.text("only in {scenario}", scenario=comparison.labels[0 if have[0] else n])


def _lines(rows: pd.DataFrame, language: Language) -> Iterator[Table]:
    """Headline measures that are not zero in both."""
    for row in rows.to_dict("records"):
        is_headline = math.isfinite(float(row["p_corrected"])) or row["n"] == 1
        nothing = not row["baseline"] and not row["alternative"]
        if is_headline and not nothing and row["measure"] in LABELS:
            yield _line(row, language)


def _line(row: Row, language: Language) -> Table:
    unit = str(row["unit"])
    points = 100.0 if unit == "share" else 1.0  # differences of per cent are percentage points
    apart = "" if unit == "share" else unit
    names = ("difference", "low", "high", "year_low", "year_high")
    difference, *ends = (points * float(row[name]) for name in names)
    told = row["verdict"] in (MORE, FEWER)
    verdict = f" {language.text(row['verdict'])}" if told else ""
    return _columns(
        language,
        f"  {measure_label(str(row['measure']), language)}",
        numbers.text(float(row["baseline"]), unit, language=language),
        numbers.signed(difference, apart, language) + verdict,
        numbers.span(ends[0], ends[1], apart, difference, language),
        numbers.span(ends[2], ends[3], apart, difference, language),
    )


def _columns(language: Language, label: RenderableType, *cells: RenderableType) -> Table:
    """One line; a language in which "5 to 6" is longer has wider columns for it."""
    span = len(language.text("{low} to {high}")) - len("{low} to {high}")
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(ratio=1)
    for width in (*_WIDTHS[:2], *(width + span for width in _WIDTHS[2:])):
        table.add_column(width=width, justify="right")
    table.add_row(label, *cells)
    return table


def _legend(comparison: Comparison, table: pd.DataFrame, language: Language) -> str:
    count = int(table["p_corrected"].notna().sum())
    year = language.text(
        "* a year. Differences of per cent in percentage points. 95 %: of the long-run difference."
        " Year: 5-95 % of single budget years."
    )
    if comparison.replications < 2:
        return year
    verdicts = language.text(
        "more, fewer: told apart from the baseline, all {count} headline differences"
        " allowed for (Holm, 5 %); without the word the two cannot be told apart.",
        count=count,
    )
    return f"{year} {verdicts}"


def _citizens(
    comparison: Comparison, citizens: pd.DataFrame, language: Language
) -> Iterator[RenderableType]:
    """Citizens a year to whom something else happened, by alternative."""
    everybody = citizens[citizens["group"] == ALL]
    for label in comparison.labels[1:]:
        words = language.text("Citizens a year with another course in")
        yield Text.assemble(f"{words} ", (shown(label), _STRONG))
        names = (phrase("citizens"), "95 %", FEWER, MORE, phrase("days"))
        heads = (language.text(name) for name in names)
        yield _moved(Text(""), *(Text(head, _STRONG) for head in heads))
        for row in everybody[everybody["scenario"] == label].to_dict("records"):
            low, high, count = (float(row[name]) for name in ("low", "high", "citizens"))
            yield _moved(
                f"  {language.text(_CHANGES[str(row['change'])])}",
                numbers.text(count, "per year", language=language),
                numbers.span(low, high, "per year", count, language),
                *(
                    numbers.text(float(row[name]), "per year", language=language)
                    for name in ("fewer", "more")
                ),
                numbers.signed(float(row["days"]), "per year", language),
            )
    yield Text(
        language.text(
            "fewer, more: of these, citizens with fewer and with more days; days: in all."
        ),
        _SMALL,
    )


def _moved(label: RenderableType, *cells: RenderableType) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(ratio=1)
    for width in (8, 12, 6, 6, 7):
        table.add_column(width=width, justify="right")
    table.add_row(label, *cells)
    return table


def _turning(found: TurningPoint) -> Iterator[RenderableType]:
    first, second = (shown(label, _LONGEST) for label in found.labels)
    language = Language.of(found.scenario)
    what = language.text(
        "{measure} of {pool}, {second} less {first}",
        measure=plain_label(found.measure, language),
        pool=language.text("all pools")
        if found.pool == ALL
        else naming.entry(found.scenario, "pools", found.pool, language),
        first=first,
        second=second,
    )
    yield Text(what, _STRONG)
    yield Text(found.words())
    yield Text()
    table = Table.grid(padding=(0, 2, 0, 0))
    for _ in range(4):
        table.add_column(justify="right")
    heads = (language.text("value"), language.text("difference"), "95 %", "")
    table.add_row(*(Text(head, _STRONG) for head in heads))
    for value, *point in found.points.to_numpy().tolist():
        at = Point(*point)
        table.add_row(
            language.exact(float(f"{value:.4g}")),
            numbers.signed(at.difference, found.unit, language),
            numbers.span(at.low, at.high, found.unit, at.difference, language),
            language.text(at.verdict),
        )
    yield table
    yield Text(
        language.text(
            "{runs} runs of {replications} replications. 95 %: of the difference at one value of"
            " the key.",
            runs=found.runs,
            replications=found.replications,
        ),
        _SMALL,
    )
