"""The tables of a report: what stands in each cell, as it is shown."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import pandas as pd

from flexsim.comparing import FEWER, MORE, Comparison
from flexsim.language import Language, phrase
from flexsim.measures.moves import OUTSIDE
from flexsim.measures.periods import ALL
from flexsim.measures.units import unit
from flexsim.output import headlines, naming, numbers
from flexsim.output.comparison import LABELS, plain_label
from flexsim.output.terminal import published, role
from flexsim.reporting import sentences
from flexsim.reporting.assumptions import sourced
from flexsim.reporting.deciding import Trials
from flexsim.result import Result
from flexsim.scenario.names import shown

_LONGEST = 400
#: Letters of a source that stand beside an assumption.
_SAID = 110
#: Flows smaller than this a year are put together.
FEWEST = 1.0
_WAITS = {
    "wait_place": phrase("mean, days"),
    "wait_place_median": phrase("median, days"),
    "wait_place_p90": phrase("nine in ten within, days"),
    "wait_over_7": phrase("over 7 days"),
    "wait_over_30": phrase("over 30 days"),
}
CAUSES = {
    "completed_treatment_days_decision": phrase("awaiting a decision"),
    "completed_treatment_days_place": phrase("awaiting a place"),
    "completed_treatment_days_transfer": phrase("awaiting the move"),
}
WHERE = {
    "days_awaiting_right_offer_ward": phrase("in a ward"),
    "days_awaiting_right_offer_flexible": phrase("in a flexible place"),
    "days_awaiting_right_offer_shelter": phrase("in a shelter"),
    "days_awaiting_right_offer_home": phrase("at home"),
    "days_awaiting_right_offer_housing": phrase("in housing"),
}


class Keyed(NamedTuple):
    """A cell in words, with the key of the scenario beside it."""

    words: str
    key: str


@dataclass(frozen=True)
class Table:
    """Rows of text under headings; the first `words` columns are words, the others numbers."""

    heads: Sequence[str]
    rows: Sequence[Sequence[str | Keyed]]
    words: int = 1


def levels(result: Result, language: Language) -> Iterator[tuple[str, Table]]:
    """The headline measures, pool by pool."""
    heads = ("", language.text("mean"), "95 %", language.text("year, 5-95 %"))
    for block in headlines.blocks(result.scenario, result.summary(), language):
        rows = [(line.label.strip(), line.mean, line.interval, line.year) for line in block.lines]
        if rows:
            yield block.heading, Table(heads, rows)


def differences(comparison: Comparison, n: int, language: Language) -> Table:
    """Headline differences of alternative `n`, with their verdict."""
    names = ("baseline", "difference", "year, 5-95 %")
    before, apart, year = (language.text(name) for name in names)
    heads = (language.text("pool"), language.text("measure"), before, apart, "95 %", year, "")
    rows = []
    for row in sentences.everybody(comparison, n).to_dict("records"):
        of_family = pd.notna(row["p_corrected"]) or row["n"] == 1
        if row["measure"] not in LABELS or not of_family or pd.isna(row["difference"]):
            continue
        if not row["baseline"] and not row["alternative"]:
            continue
        measured = str(row["unit"])
        factor, own = (100.0, "") if measured == "share" else (1.0, measured)
        size = factor * row["difference"]
        spans = (
            numbers.span(factor * row[low], factor * row[high], own, size, language)
            for low, high in (("low", "high"), ("year_low", "year_high"))
        )
        rows.append(
            (
                sentences.place(str(row["pool"]), comparison.results, language),
                plain_label(str(row["measure"]), language),
                numbers.text(row["baseline"], measured, language=language),
                numbers.signed(size, own, language),
                *spans,
                language.text(row["verdict"]) if row["verdict"] in (MORE, FEWER) else "",
            )
        )
    return Table(heads, rows, words=2)


def waits(result: Result, language: Language) -> Table:
    """Waits for a place, of pools where anybody waits."""
    return _by_pool(result, _WAITS, language)


def causes(result: Result, language: Language) -> Table:
    """Completed-treatment days a year by cause."""
    return _by_pool(result, CAUSES, language)


def where(results: Sequence[Result], labels: Sequence[str], language: Language) -> Table:
    """Days a year awaiting the right offer, by where they were spent."""
    rows = []
    for measure, words in WHERE.items():
        values = [_mean(result, ALL, measure) for result in results]
        if any(values):
            cells = (numbers.text(value, "per year", language=language) for value in values)
            rows.append((language.text(words), *cells))
    return Table(("", *(shown(label) for label in labels)), rows)


def flows(
    moved: Sequence[pd.DataFrame],
    results: Sequence[Result],
    labels: Sequence[str],
    language: Language,
) -> Table:
    """Moves between places a year, side by side; small ones are left out."""
    sides = [table.set_index(["from", "to"])["per_year"] for table in moved]
    wide = pd.concat(sides, axis=1).fillna(0.0)
    wide = wide[(wide >= FEWEST).any(axis=1).to_numpy()]
    heads = (language.text("from"), language.text("to"), *(shown(label) for label in labels))
    rows = [
        (
            *(flow_place(name, results, language) for name in pair),
            *(numbers.text(float(value), "per year", language=language) for value in values),
        )
        for pair, values in zip(wide.index, wide.to_numpy(), strict=True)
    ]
    return Table(heads, rows, words=2)


def flow_place(name: str, results: Sequence[Result], language: Language) -> str:
    """A pool in words, or what lies outside the model."""
    if name == OUTSIDE:
        return language.text("outside the model")
    return sentences.place(name, tuple(results), language)


def evidence(result: Result, language: Language) -> Table:
    """Published figures beside simulated ones, with their role and source."""
    names = ("published figure", "published", "simulated", "year, 5-95 %", "role", "source")
    rows = []
    for row in result.evidence().to_dict("records"):
        measured = str(row["unit"])
        title = shown(language.text(str(row["title"])), _LONGEST)
        mean = float(row["simulated"])
        rows.append(
            (
                title if measured == "share" else f"{title} ({shown(language.text(measured))})",
                published(row, language),
                numbers.text(mean, measured, language=language) or language.text("not measured"),
                numbers.span(row["year_low"], row["year_high"], measured, mean, language),
                ", ".join(role(row, language)),
                shown(naming.source(str(row["source"]), language), _LONGEST),
            )
        )
    return Table([language.text(name) for name in names], rows)


def sources(result: Result, assumed: bool, language: Language) -> Table:
    """Numbers with their sources: those that are assumed, or the others."""
    table = sourced(result.scenario, language)
    table = table[table["assumption"] == assumed]
    heads = (language.text("number"), language.text("value"), language.text("source"))
    rows = [
        (Keyed(label, shown(key, _LONGEST)), shown(value, _LONGEST), shown(source, _LONGEST))
        for key, label, value, source, _ in table.itertuples(index=False)
    ]
    return Table(heads, rows, words=3)


def tried(trials: Trials, results: Sequence[Result], most: int | None, language: Language) -> Table:
    """Assumptions by how far they move the answer, with the answer at both ends."""
    heads = (
        language.text("assumption"),
        language.text("as assumed"),
        language.text("tried"),
        language.text("answer"),
    )
    rows = []
    chosen = trials.table[trials.table["moves"] > 0].head(most or len(trials.table))
    for row, turns in zip(chosen.to_dict("records"), trials.turns, strict=False):
        low, high = (_end(row[end], row["stated"], language) for end in ("low", "high"))
        answers = (
            numbers.text(row[end], trials.answer.unit, trials.base, language)
            for end in ("at_low", "at_high")
        )
        first, last = answers
        notes = [] if row["stated"] else [language.text("no range stated: a fifth up and down")]
        notes += [language.text("turns the conclusion")] if turns else []
        label = _assumed(row["keys"], row["source"], results, language)
        rows.append(
            (
                Keyed("; ".join([label, *notes]), shown(row["keys"][0], _LONGEST)),
                language.exact(row["value"]),
                language.text("{low} to {high}", low=low, high=high),
                language.text("{low} to {high}", low=first, high=last),
            )
        )
    return Table(heads, rows)


def _end(value: float, is_stated: bool, language: Language) -> str:
    """An end of a range as it is stated; else, as it is only a convention, to three digits."""
    return language.exact(value if is_stated else float(f"{value:.3g}"))


def _assumed(
    keys: Sequence[str], source: str, results: Sequence[Result], language: Language
) -> str:
    """A number in words: whose, which, and what the source says of it."""
    words = naming.key([result.scenario for result in results], keys[0], language)
    said = source.partition("assumption:")[2].strip()
    said = shown(textwrap.shorten(said, _SAID, placeholder=" ..."), _LONGEST)
    words = f"{words} ({said})" if said else words
    more = len(keys) - 1
    if more:
        words += " " + language.counted("and {count} like it", "and {count} like it", more)
    return words


def _by_pool(result: Result, measures: dict[str, str], language: Language) -> Table:
    """Measures of the pools that have any of them above zero."""
    rows = []
    for name, pool in result.scenario.pools.items():
        values = [_mean(result, name, measure) for measure in measures]
        if any(values):
            units = (unit(measure) for measure in measures)
            cells = (
                numbers.text(value, unit, language=language)
                for value, unit in zip(values, units, strict=True)
            )
            rows.append((headlines.title(name, pool, language), *cells))
    heads = ("", *(language.text(words) for words in measures.values()))
    return Table(heads, rows)


def _mean(result: Result, pool: str, measure: str) -> float:
    """The mean of a measure of everybody; 0 where it is not given."""
    table = result.summary()
    rows = table[(table["pool"] == pool) & (table["measure"] == measure)]
    rows = rows[(rows["group"] == ALL) & (rows["municipality"] == ALL)]
    return float(rows["mean"].iloc[0]) if len(rows) else 0.0
