"""The tables of a result or a comparison as an Excel workbook.

Numbers are numbers with a format, texts are texts: whatever a name begins with, Excel computes
nothing of it. Excel shows decimals and thousands as the system of its user does.
"""

from __future__ import annotations

import math
import shlex
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pandas as pd
import xlsxwriter

from flexsim import __version__
from flexsim.comparing import Comparison, Source
from flexsim.language import Language, phrase
from flexsim.measures.periods import ALL
from flexsim.output import naming
from flexsim.output.comparison import plain_label
from flexsim.output.folder import filled, target
from flexsim.reporting.assumptions import sourced
from flexsim.reporting.page import Subject, digest, sides
from flexsim.reporting.purses import name as purse
from flexsim.reporting.purses import who_pays
from flexsim.reporting.sentences import in_words, place
from flexsim.reporting.writing import simulated
from flexsim.result import Result

NAME = "tables.xlsx"
_WIDEST = 80
#: Number formats by unit; a share is a number that Excel shows in per cent.
_FORMATS = {"share": "0.0%", "per year": "#,##0.0", "dkk": '#,##0 "kr."'}
_OTHER = "#,##0.00"
_HEADS = {
    "scenario": phrase("scenario"),
    "pool": phrase("pool"),
    "group": phrase("group"),
    "municipality": phrase("municipality"),
    "measure": phrase("key"),
    "words": phrase("measure"),
    "unit": phrase("unit"),
    "mean": phrase("mean"),
    "low": phrase("95 % from"),
    "high": phrase("95 % to"),
    "year_low": phrase("single year from"),
    "year_high": phrase("single year to"),
    "n": phrase("replications"),
    "baseline": phrase("baseline"),
    "alternative": phrase("alternative"),
    "difference": phrase("difference"),
    "verdict": phrase("verdict"),
    "purse": phrase("purse"),
    "label": phrase("number"),
    "key": phrase("key"),
    "value": phrase("value"),
    "source": phrase("source"),
}
_SUMMARY = ("scenario", "pool", "group", "municipality", "words", "unit")
_LEVELS = ("mean", "low", "high", "year_low", "year_high")
_COMPARED = ("baseline", "alternative", "difference", "low", "high", "year_low", "year_high")


@dataclass(frozen=True)
class Sheet:
    """A sheet: its title, and a table whose column `unit`, if there is one, sets the formats."""

    title: str
    table: pd.DataFrame


def export(
    *scenarios: Source | Comparison,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    language: str | None = None,
    folder: Path | str | None = None,
    overwrite: bool = False,
    progress: bool = False,
    command: Sequence[str] = (),
) -> Path:
    """Write the tables of a scenario, or of a comparison, as ``tables.xlsx``.

    Parameters and errors are those of `flexsim.reporting.writing.report`.

    Returns
    -------
    Path
        The workbook.
    """
    said = None if language is None else Language(language)
    settings = {"replications": replications, "seed": seed}
    subject = simulated(scenarios, overrides, settings, folder, overwrite, progress)
    first = sides(subject)[0][0].scenario
    place = target(first, folder, f"{first.name}_tables", overwrite)
    content = workbook(subject, said, command)
    with filled(place) as temporary:
        (temporary / NAME).write_bytes(content)
    return place / NAME


def workbook(
    subject: Subject, language: Language | None = None, command: Sequence[str] = ()
) -> bytes:
    """The workbook of a result or a comparison, as the bytes of a file.

    Parameters
    ----------
    subject : Result or Comparison
    language : Language, optional
        Default that of the scenario.
    command : sequence of str
        The command line, for the sheet that says where the numbers come from.
    """
    results, labels = sides(subject)
    language = language or Language.of(results[0].scenario)
    content = BytesIO()
    options = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(content, options) as book:
        for sheet in _sheets(subject, language, command or ["flexsim", "export", *labels]):
            _write(book, sheet, language)
    return content.getvalue()


def _sheets(subject: Subject, language: Language, command: Sequence[str]) -> list[Sheet]:
    results, labels = sides(subject)
    found = [Sheet(language.text("summary"), _summary(results, labels, language))]
    if isinstance(subject, Comparison):
        found.append(Sheet(language.text("comparison"), _comparison(subject, language)))
    paid = who_pays(subject)
    if paid is not None:
        named = paid["purse"].map(lambda one: purse(one, subject, language))
        found.append(Sheet(language.text("money"), paid.assign(purse=named, unit="DKK")))
    sources = pd.concat(
        [
            sourced(r.scenario, language).assign(scenario=name)
            for name, r in zip(labels, results, strict=True)
        ]
    )
    columns = ["scenario", "label", "value", "source", "key"]
    for title, assumed in ((language.text("assumptions"), True), (language.text("sources"), False)):
        rows = sources.loc[sources["assumption"] == assumed, columns]
        found.append(Sheet(title, rows.drop_duplicates(columns[1:])))
    found.append(Sheet(language.text("evidence"), _evidence(results[0], language)))
    return [*found, Sheet(language.text("run"), _run(results, labels, language, command))]


def _summary(results: Sequence[Result], labels: Sequence[str], language: Language) -> pd.DataFrame:
    parts = [
        result.summary().assign(scenario=label)
        for label, result in zip(labels, results, strict=True)
    ]
    table = pd.concat(parts, ignore_index=True)
    return _named(table, results, language)[[*_SUMMARY, *_LEVELS, "n", "measure"]]


def _comparison(comparison: Comparison, language: Language) -> pd.DataFrame:
    table = comparison.table()
    table["verdict"] = table["verdict"].map(language.text)
    return _named(table, comparison.results, language)[
        [*_SUMMARY, *_COMPARED, "verdict", "n", "measure"]
    ]


def _named(table: pd.DataFrame, results: Sequence[Result], language: Language) -> pd.DataFrame:
    """Pools, groups and municipalities by their titles; measures in words beside their names."""
    scenarios = [result.scenario for result in results]

    def named(section: str, name: str) -> str:
        known = next((one for one in reversed(scenarios) if name in getattr(one, section)), None)
        everybody = language.text("all") if name == ALL else name
        return everybody if known is None else naming.entry(known, section, name, language)

    return table.assign(
        pool=table["pool"].map(lambda name: place(name, tuple(results), language)),
        group=table["group"].map(lambda name: named("groups", name)),
        municipality=table["municipality"].map(lambda name: named("municipalities", name)),
        words=table["measure"].map(lambda name: plain_label(name, language)),
    )


def _evidence(result: Result, language: Language) -> pd.DataFrame:
    table = result.evidence().drop(columns=["year_low", "year_high"])
    for column in ("title", "role", "verdict"):
        table[column] = table[column].map(language.text)
    return table.rename(
        columns={
            "title": language.text("published figure"),
            "published": language.text("published"),
            "published_high": language.text("published, upper end"),
            "simulated": language.text("simulated"),
            "role": language.text("role"),
        }
    )


def _run(
    results: Sequence[Result], labels: Sequence[str], language: Language, command: Sequence[str]
) -> pd.DataFrame:
    first = results[0]
    rows = [
        ("flexsim", __version__),
        (language.text("command"), shlex.join(command)),
        (language.text("seed"), first.seed),
        (language.text("replications"), first.replications),
        (language.text("engine"), first.engine),
    ]
    for label, result in zip(labels, results, strict=True):
        rows.append((label, in_words(result.scenario, label, language)))
        rows.append((f"{label}, SHA-256", digest(result)))
    return pd.DataFrame(rows, columns=["key", "value"])


def _write(book: Any, sheet: Sheet, language: Language) -> None:
    """One sheet: a heading that stays in sight, a filter, columns as wide as their content."""
    page = book.add_worksheet(sheet.title[:31])
    bold = book.add_format({"bold": True, "text_wrap": True, "bottom": 1})
    wrapped = book.add_format({"text_wrap": True, "valign": "top"})
    formats = {
        unit: book.add_format({"num_format": code, "valign": "top"})
        for unit, code in {**_FORMATS, "": _OTHER}.items()
    }
    whole = book.add_format({"num_format": "0", "valign": "top"})
    for column, name in enumerate(sheet.table.columns):
        head = language.text(_HEADS.get(str(name), str(name)))
        page.write_string(0, column, head, bold)
        page.set_column(column, column, _width(sheet.table[name], head))
    for row, cells in enumerate(sheet.table.to_dict("records"), start=1):
        style = formats[_format(cells)]
        for column, cell in enumerate(cells.values()):
            if isinstance(cell, str):
                words = language.text(cell) if list(cells)[column] == "unit" else cell
                page.write_string(row, column, words, wrapped)
            elif isinstance(cell, int):
                page.write_number(row, column, cell, whole)
            elif not math.isnan(cell):
                page.write_number(row, column, cell, style)
    page.freeze_panes(1, 0)
    if len(sheet.table):
        page.autofilter(0, 0, len(sheet.table), len(sheet.table.columns) - 1)


def _format(cells: Mapping[Hashable, Any]) -> str:
    unit = str(cells.get("unit", "")).lower()
    return unit if unit in _FORMATS else ""


def _width(column: pd.Series, head: str) -> float:
    """Width of a column in letters."""
    if pd.api.types.is_numeric_dtype(column):
        return max(11, len(head) + 2)
    longest = max((len(str(cell)) for cell in column), default=0)
    return min(max(longest, len(head)) + 2, _WIDEST)
