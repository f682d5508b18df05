"""A result as text, for a terminal of 80 columns."""

from __future__ import annotations

import math
from collections.abc import Hashable, Iterator, Mapping
from typing import Any

import numpy as np
import pandas as pd
from rich.console import Console, RenderableType
from rich.table import Table
from rich.text import Text

from flexsim.language import ENGLISH, Language, phrase
from flexsim.measures.evidence import of_other_places
from flexsim.output import console as terminal_console
from flexsim.output import headlines, naming, numbers
from flexsim.result import Result
from flexsim.scenario.names import shown

_LONGEST = 300
#: Widths of the columns with the mean, its interval, and the range of a year.
_WIDTHS = (8, 16, 16)
_SMALL = "dim"
_STRONG = "bold"

Row = Mapping[Hashable, Any]

_WHAT_IF = phrase("Published figures are of the places as they were, not of this what-if:")
#: What a published figure was used for, and what came of it.
ROLES = {
    "input": phrase("input"),
    "fitted": phrase("fitted"),
    "independent": phrase("independent"),
}
VERDICTS = {"agrees": phrase("agrees"), "differs": phrase("differs")}


def show(result: Result, console: Console | None = None) -> None:
    """Print a result: headline measures, target groups, evidence and warnings.

    Parameters
    ----------
    result : Result
    console : Console, optional
        Where to print; default the standard output, without colour if NO_COLOR is set.
    """
    if console is not None:
        console.print(*_parts(result), sep="\n")
        return
    terminal_console.show(_parts(result))


def _parts(result: Result) -> Iterator[RenderableType]:
    language = Language.of(result.scenario)
    yield from _heading(result, language)
    yield Text()
    yield from _measures(result, language)
    yield from _precision(result, language)
    yield Text()
    yield _coverage(result, language)
    yield from _beside_published(result, language)
    if result.warnings:
        yield Text()
        yield from (warning(line, language) for line in result.warnings)


def warning(line: str, language: Language) -> Text:
    """One warning, as it is printed."""
    said = shown(language.said(line), _LONGEST)
    return Text(f"{language.text('warning')}: {said}", "yellow")


def _heading(result: Result, language: Language) -> Iterator[Text]:
    scenario = result.scenario
    name, title = Text(scenario.name, _STRONG), language.text(scenario.title)
    yield Text.assemble(name, f": {shown(title, _LONGEST)}") if title else name
    yield Text(facts(result, language), _SMALL)


def facts(result: Result, language: Language = ENGLISH, in_words: bool = False) -> str:
    """What the run was: region (its name, or in words), replications, window, seed, engine."""
    run, region = result.scenario.run, result.scenario.region
    return ", ".join(
        [
            naming.region(region, language)
            if in_words
            else language.text("region {name}", name=shown(region)),
            replications(result.replications, language),
            _length(run.days, language),
            language.text("warm-up {days}", days=_days(run.warm_up_days, language)),
            language.text("seed {number}", number=result.seed),
            language.text("engine {name}", name=result.engine),
        ]
    )


def _length(days: int, language: Language) -> str:
    years, rest = divmod(days, 365)
    if rest:
        return _days(days, language)
    return language.counted("{count} year of 365 days", "{count} years of 365 days", years)


def _days(number: int, language: Language) -> str:
    return language.counted("{count} day", "{count} days", number)


def replications(number: int, language: Language) -> str:
    """So many replications, in words."""
    return language.counted("{count} replication", "{count} replications", number)


def _measures(result: Result, language: Language) -> Iterator[RenderableType]:
    """Per pool its heading and its lines, all with columns of the same width."""
    heads = (language.text("mean"), "95 %", language.text("year, 5-95 %"))
    yield _columns(Text(""), *(Text(head, _STRONG) for head in heads))
    for block in headlines.blocks(result.scenario, result.summary(), language):
        yield Text(block.heading, _STRONG)
        for line in block.lines:
            yield _columns(f"  {line.label}", line.mean, line.interval, line.year)
    yield Text(
        language.text("95 %: of the long-run mean. Year: 5-95 % of single budget years."), _SMALL
    )


def _precision(result: Result, language: Language) -> Iterator[RenderableType]:
    """The half-widths that were asked for, and those that were reached."""
    if not result.precision:
        return
    yield Text()
    heading = language.text(
        "half-width after {count} replications", count=language.number(result.replications)
    )
    table = _table(heading, language.text("asked"), language.text("reached"), "")
    for one in result.precision:
        pool = result.scenario.pools.get(one.pool)
        title = headlines.title(one.pool, pool, language) if pool else language.text("All pools")
        table.add_row(
            Text(f"{title}: {one.measure}"),
            numbers.width(one.asked, one.unit, language),
            numbers.width(one.half_width, one.unit, language),
            "" if one.met else language.text("not reached"),
        )
    yield table


def _columns(label: RenderableType, *numbers: RenderableType) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1)
    for width in _WIDTHS:
        table.add_column(width=width, justify="right", no_wrap=True)
    table.add_row(label, *numbers)
    return table


def _coverage(result: Result, language: Language) -> Table:
    """Pools by the share of the demand they may serve, those with equal shares together."""
    table = _table(language.text("of the demand"), language.text("may be served by"))
    pools = result.scenario.pools
    shares = result.coverage().sort_values("share", ascending=False, kind="stable")
    texts = shares["share"].map(lambda share: numbers.text(share, "share", language=language))
    for text, same in shares.groupby(texts, sort=False):
        names = (headlines.title(name, pools[name], language) for name in same["pool"])
        table.add_row(str(text), Text(", ".join(names)))
    return table


def _beside_published(result: Result, language: Language) -> Iterator[RenderableType]:
    """Figures of the places that are simulated, then those of the region that a what-if changes."""
    evidence, elsewhere = result.evidence(), of_other_places(result.scenario)
    other = np.array([name in elsewhere for name in result.scenario.targets], dtype=bool)
    for rows, heading in ((~other, ""), (other, language.text(_WHAT_IF))):
        if rows.any():
            yield Text()
            if heading:
                yield Text(heading, _SMALL)
            yield _evidence(evidence[rows], language)


def _evidence(evidence: pd.DataFrame, language: Language) -> Table:
    heads = (phrase("published figure"), phrase("published"), phrase("simulated"), phrase("role"))
    table = _table(*(language.text(head) for head in heads))
    for column in table.columns[1:3]:
        column.no_wrap = True
    for row in evidence.to_dict("records"):
        table.add_row(
            Text(_figure(row, language)),
            Text(published(row, language)),
            Text(_simulated(row, language)),
            Text("\n".join(role(row, language))),
        )
    return table


def _figure(row: Row, language: Language) -> str:
    title, unit = (language.text(str(row[key])) for key in ("title", "unit"))
    return shown(title, _LONGEST) + ("" if row["unit"] == "share" else f" ({shown(unit)})")


def role(row: Row, language: Language) -> list[str]:
    """What a published figure was used for, and whether it agrees if that can be said."""
    words = [ROLES[row["role"]], *([VERDICTS[row["verdict"]]] if row["verdict"] else [])]
    return [language.text(word) for word in words]


def published(row: Row, language: Language) -> str:
    """A published figure of `Result.evidence`, or its range."""
    low, high, unit = float(row["published"]), float(row["published_high"]), str(row["unit"])
    if high == low or not math.isfinite(high):
        return numbers.text(low, unit, language=language)
    return numbers.span(low, high, unit, low, language)


def _simulated(row: Row, language: Language) -> str:
    """Put the mean with its interval above the range of a single year."""
    unit, mean = str(row["unit"]), float(row["simulated"])
    interval = numbers.span(float(row["low"]), float(row["high"]), unit, mean, language)
    year = numbers.span(float(row["year_low"]), float(row["year_high"]), unit, mean, language)
    first = numbers.text(mean, unit, language=language) or language.text("not measured")
    lines = [f"{first} ({interval})" if interval else first]
    return "\n".join([*lines, *([language.text("year {span}", span=year)] if year else [])])


def _table(*headings: str) -> Table:
    """Begin a table without lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_STRONG)
    for heading in headings:
        table.add_column(heading)
    return table
