"""What a report says in words: the question, the answer, and each difference."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import pandas as pd

from flexsim.comparing import FEWER, MORE, Comparison
from flexsim.language import Language, phrase
from flexsim.measures.periods import ALL
from flexsim.output import headlines, numbers
from flexsim.output.comparison import LABELS, plain_label
from flexsim.reporting.deciding import Answer, answer_of
from flexsim.result import Result
from flexsim.scenario import Scenario
from flexsim.scenario.names import shown

Row = Mapping[Hashable, Any]

_LONGEST = 300
_AWAITING = Answer("days_awaiting_right_offer", ALL)
#: Measures whose difference is said of a pool that changed, the first that can be told apart.
_OF_OTHERS = ("throughput", "turned_away", "wait_place", "occupied")
_LEVELS = {
    "completed_treatment_days": phrase("completed-treatment days a year"),
    "over_norm": phrase("days above the norm"),
    "utilisation": phrase("use of the places"),
    "occupied": phrase("places in use"),
    "days_awaiting_right_offer": phrase("days a year awaiting the right offer"),
}


def in_words(scenario: Scenario, label: str, language: Language) -> str:
    """The title of a scenario, or else what it is called."""
    return shown(language.text(scenario.title) or label, _LONGEST)


def question(subject: Result | Comparison, language: Language) -> str:
    """What is asked."""
    if isinstance(subject, Result):
        title = in_words(subject.scenario, subject.scenario.name, language)
        return language.text("{title}: how full are the places, and who waits where?", title=title)
    titles = [
        in_words(result.scenario, label, language)
        for label, result in zip(subject.labels, subject.results, strict=True)
    ]
    return language.text(
        "{title}: what does it change, compared with: {baseline}?",
        title=" / ".join(titles[1:]),
        baseline=titles[0],
    )


def answer(subject: Result | Comparison, n: int, language: Language) -> list[str]:
    """The answer in three sentences at most, for alternative `n` of a comparison."""
    if isinstance(subject, Result):
        return list(_levels(subject, language))
    rows = everybody(subject, n)
    asked = answer_of(subject.baseline.scenario)
    found = [_row(rows, asked), _most_changed(rows, subject), _row(rows, _AWAITING)]
    return [difference(row, subject, language) for row in found if row is not None]


def everybody(comparison: Comparison, n: int) -> pd.DataFrame:
    """The rows of alternative `n` that are of everybody."""
    table = comparison.table()
    whole = (table["group"] == ALL) & (table["municipality"] == ALL)
    return table[whole & (table["scenario"] == comparison.labels[n])]


def told(comparison: Comparison, n: int, language: Language) -> list[str]:
    """A sentence for each headline difference that is told apart from chance."""
    rows = everybody(comparison, n)
    chosen = rows[rows["verdict"].isin([MORE, FEWER]) & rows["measure"].isin(LABELS)]
    return [difference(row, comparison, language) for row in chosen.to_dict("records")]


def difference(row: Row, comparison: Comparison, language: Language) -> str:
    """One difference: before, after, and how sure it is."""
    unit = str(row["unit"])
    factor, apart = (100.0, "") if unit == "share" else (1.0, unit)
    size = factor * float(row["difference"])
    before, after = _two(float(row["baseline"]), float(row["alternative"]), unit, language)
    values = {
        "what": _capital(plain_label(str(row["measure"]), language)),
        "where": place(str(row["pool"]), comparison.results, language),
        "before": before,
        "after": after,
        "difference": numbers.signed(size, apart, language)
        + (f" {language.text('percentage points')}" if unit == "share" else ""),
        "span": _span(row, "low", "high", factor, apart, language),
    }
    if not values["span"]:
        text = phrase("{what}, {where}: {after} instead of {before} ({difference}).")
    elif row["verdict"] in (MORE, FEWER):
        text = phrase(
            "{what}, {where}: {after} instead of {before} ({difference}; 95 %: {span}), told apart"
            " from chance."
        )
    else:
        text = phrase(
            "{what}, {where}: {after} instead of {before} ({difference}; 95 %: {span}), not told"
            " apart from chance."
        )
    said = language.text(text, **values)
    year = _span(row, "year_low", "year_high", factor, apart, language)
    if not year:
        return said
    return f"{said} {language.text('In a single year the difference may be {span}.', span=year)}"


def place(pool: str, results: tuple[Result, ...], language: Language) -> str:
    """The title of a pool of any of the results."""
    if pool == ALL:
        return language.text("all pools")
    known = {name: p for result in results for name, p in result.scenario.pools.items()}
    return headlines.title(pool, known[pool], language)


def _two(before: float, after: float, unit: str, language: Language) -> tuple[str, str]:
    """Two numbers; with the decimals of their difference, if they would read the same."""
    found = [numbers.text(value, unit, language=language) for value in (before, after)]
    if found[0] == found[1] and before != after:
        like = after - before
        found = [numbers.text(value, unit, like, language) for value in (before, after)]
    return found[0], found[1]


def _in_a_year(span: str, language: Language) -> str:
    return language.text("In a single year: {span}.", span=span)


def _levels(result: Result, language: Language) -> Iterator[str]:
    """The levels of a single scenario: what is asked, how full it is, who waits."""
    summary = result.summary()
    summary = summary[(summary["group"] == ALL) & (summary["municipality"] == ALL)]
    scenario = result.scenario
    pools = scenario.pools
    wards = [name for name, pool in pools.items() if pool.kind == "ward"]
    limited = [n for n, p in pools.items() if not headlines.is_unlimited(p) and n not in wards]
    asked = [("completed_treatment_days", name) for name in wards[:1]]
    asked += [("over_norm", name) for name in wards[:1]]
    asked += [("utilisation", name) for name in limited[: 1 if wards else 2]]
    asked += [("days_awaiting_right_offer", ALL)] if len(asked) < 3 or not wards else []
    for measure, pool in asked[:3]:
        rows = summary[(summary["pool"] == pool) & (summary["measure"] == measure)]
        for row in rows.to_dict("records"):
            yield _level(row, place(pool, (result,), language), language)


def _level(row: Row, where: str, language: Language) -> str:
    unit, mean = str(row["unit"]), float(row["mean"])
    interval, year = (
        numbers.span(float(row[low]), float(row[high]), unit, mean, language)
        for low, high in (("low", "high"), ("year_low", "year_high"))
    )
    values = {
        "what": _capital(language.text(_LEVELS[str(row["measure"])])),
        "where": where,
        "mean": numbers.text(mean, unit, language=language),
    }
    if interval:
        said = language.text("{what}, {where}: {mean} (95 %: {span}).", **values, span=interval)
    else:
        said = language.text("{what}, {where}: {mean}.", **values)
    return f"{said} {_in_a_year(year, language)}" if year else said


def _row(rows: pd.DataFrame, answer: Answer) -> Row | None:
    found = rows[(rows["pool"] == answer.pool) & (rows["measure"] == answer.measure)]
    found = found[found["difference"].notna()]
    return found.iloc[0].to_dict() if len(found) else None


def _most_changed(rows: pd.DataFrame, comparison: Comparison) -> Row | None:
    """A pool that is no ward and whose use changed most, told apart from chance."""
    pools = comparison.results[-1].scenario.pools | comparison.baseline.scenario.pools
    others = [n for n, p in pools.items() if p.kind != "ward" and not headlines.is_unlimited(p)]
    chosen = rows[rows["pool"].isin(others) & rows["verdict"].isin([MORE, FEWER])]
    for measure in _OF_OTHERS:
        found = chosen[chosen["measure"] == measure]
        if len(found):
            return found.iloc[int(found["difference"].abs().argmax())].to_dict()
    return None


def _span(row: Row, low: str, high: str, factor: float, unit: str, language: Language) -> str:
    ends = [factor * float(row[name]) for name in (low, high)]
    if not all(math.isfinite(end) for end in ends):
        return ""
    return numbers.span(ends[0], ends[1], unit, factor * float(row["difference"]), language)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
