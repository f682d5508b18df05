"""What the page shows of two results: numbers side by side, pictures, files."""

from __future__ import annotations

import base64
import html
from collections.abc import Iterator, Sequence
from io import BytesIO

import pandas as pd
from matplotlib.figure import Figure

from flexsim.app.choices import AS_PUBLISHED
from flexsim.comparing import Comparison
from flexsim.language import ENGLISH, Language
from flexsim.measures.periods import ALL
from flexsim.output import difference_figure, figures, headlines, naming, numbers
from flexsim.output.tables import harmless
from flexsim.result import Result
from flexsim.scenario.schema import Scenario


def changed(scenario: Scenario, overrides: Sequence[str]) -> Scenario:
    """The scenario under a name and title of its own, which say what was changed."""
    if not overrides:
        return scenario
    words = f"{heading(scenario, True, ENGLISH)}: {', '.join(overrides)}"
    update = {"name": f"{scenario.name[:50]}_changed", "title": words}
    return scenario.model_copy(update=update)


def heading(scenario: Scenario, is_changed: bool, language: Language) -> str:
    """What the page is about; a region that is changed is not the region as published."""
    if is_changed and scenario.name == AS_PUBLISHED:
        return naming.region(scenario.region, language)
    return language.text(scenario.title) or scenario.name


def key_numbers(
    before: Result, after: Result, language: Language
) -> list[tuple[str, str, str, str]]:
    """Label, number, difference to before, and range of a single year."""
    found = []
    for pool, measure, label in _keys(after.scenario, language):
        old, new = _row(before, pool, measure), _row(after, pool, measure)
        if old is None or new is None:
            continue
        unit, mean = str(new["unit"]), float(new["mean"])
        gap = _difference(mean - float(old["mean"]), unit, language)
        year = numbers.span(float(new["year_low"]), float(new["year_high"]), unit, mean, language)
        found.append((label, numbers.text(mean, unit, None, language), gap, year))
    return found


def _keys(scenario: Scenario, language: Language) -> Iterator[tuple[str, str, str]]:
    """Pool, measure and label of the numbers that are shown large."""
    wards = [name for name, pool in scenario.pools.items() if pool.kind == "ward"]
    together = wards[0] if len(wards) == 1 else ALL
    yield together, "completed_treatment_days", language.text("Completed-treatment days a year")
    yield ALL, "days_awaiting_right_offer", language.text("Days awaiting the right offer, a year")
    for name in wards[:1]:
        ward = headlines.title(name, scenario.pools[name], language)
        yield name, "over_norm", language.text("Days above the norm, {ward}", ward=ward)


def _difference(gap: float, unit: str, language: Language) -> str:
    """A difference with its sign, of shares in percentage points; empty if there is none."""
    if not gap:
        return ""
    if unit == "share":
        points = numbers.signed(100 * gap, "", language)
        return language.text("{number} percentage points", number=points)
    return numbers.signed(gap, unit, language)


def _row(result: Result, pool: str, measure: str) -> pd.Series | None:
    table = result.summary()
    chosen = (table["pool"] == pool) & (table["measure"] == measure)
    chosen &= (table["group"] == ALL) & (table["municipality"] == ALL)
    return table[chosen].iloc[0] if chosen.any() else None


def side_by_side(before: Result, after: Result, language: Language) -> pd.DataFrame:
    """The headline measures of every pool, before and after, each with the range of a year."""
    old = _lines(before, language)
    rows = []
    for (pool, label), line in _lines(after, language).items():
        known = old.get((pool, label))
        rows.append(
            {
                language.text("place"): pool,
                language.text("measure"): label.strip(),
                language.text("before"): known.mean if known else "",
                language.text("after"): line.mean,
                language.text("95 % interval, after"): line.interval,
                language.text("single year, before"): known.year if known else "",
                language.text("single year, after"): line.year,
            }
        )
    return pd.DataFrame(rows)


def _lines(result: Result, language: Language) -> dict[tuple[str, str], headlines.Line]:
    """Lines by heading without the number of places, and label (with the one it is part of)."""
    found = {}
    names = [headlines.title(name, pool, language) for name, pool in result.scenario.pools.items()]
    for n, block in enumerate(headlines.blocks(result.scenario, result.summary(), language)):
        whole = ""
        for line in block.lines:
            part = line.label.startswith(" ")
            whole = whole if part else line.label
            label = f"{whole}: {line.label.strip()}" if part else line.label
            found[names[n] if n < len(names) else block.heading, label] = line
    return found


def picture(result: Result, pool: str, words: str) -> str:
    """The figure of a pool through time, as an HTML image with its words."""
    return _image(figures.draw(result, pool), words)


def differences(before: Result, after: Result, labels: tuple[str, str], words: str) -> str:
    """The figure of the paired differences, as an HTML image with its words."""
    return _image(difference_figure.draw(Comparison(labels, (before, after))), words)


def _image(figure: Figure, words: str) -> str:
    file = BytesIO()
    figure.savefig(file, format="svg")
    data = base64.b64encode(file.getvalue()).decode("ascii")
    alt = html.escape(words, quote=True)
    return f'<img style="width:100%" alt="{alt}" src="data:image/svg+xml;base64,{data}">'


def who_pays(
    before: Result, after: Result, labels: tuple[str, str], language: Language
) -> tuple[list[str], pd.DataFrame]:
    """What is to be said of money, and net payments by purse (empty without prices)."""
    from flexsim.reporting import purses

    subject = _subject(before, after, labels)
    paid = purses.who_pays(subject)
    said = purses.words(paid, subject, language)
    if paid is None:
        return said, pd.DataFrame()
    table = purses.table(purses.largest(paid), subject, language)
    return said, pd.DataFrame(table.rows, columns=list(table.heads))


def csv(result: Result) -> bytes:
    """The summary as CSV for a spreadsheet."""
    return harmless(result.summary()).to_csv(index=False).encode("utf-8-sig")


def report(before: Result, after: Result, labels: tuple[str, str], language: Language) -> str:
    """The report as HTML; of one result if there are no two."""
    from flexsim.reporting.page import html

    return html(_subject(before, after, labels), language=language)


def workbook(before: Result, after: Result, labels: tuple[str, str], language: Language) -> bytes:
    """The tables as an Excel file."""
    from flexsim.reporting.workbook import workbook

    return workbook(_subject(before, after, labels), language)


def _subject(before: Result, after: Result, labels: tuple[str, str]) -> Result | Comparison:
    if before.scenario == after.scenario:
        return after
    return Comparison(labels, (before, after))
