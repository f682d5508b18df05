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

from flexsim.measures.evidence import of_other_places
from flexsim.output import console as terminal_console
from flexsim.output import headlines, numbers
from flexsim.result import Result
from flexsim.scenario.names import shown

_LONGEST = 300
#: Widths of the columns with the mean, its interval, and the range of a year.
_WIDTHS = (8, 16, 16)
_SMALL = "dim"
_STRONG = "bold"

Row = Mapping[Hashable, Any]


_WHAT_IF = "Published figures are of the places as they were, not of this what-if:"


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
    yield from _heading(result)
    yield Text()
    yield from _measures(result)
    yield from _precision(result)
    yield Text()
    yield _coverage(result)
    yield from _beside_published(result)
    if result.warnings:
        yield Text()
        yield from (Text(f"warning: {shown(line, _LONGEST)}", "yellow") for line in result.warnings)


def _heading(result: Result) -> Iterator[Text]:
    scenario = result.scenario
    name = Text(scenario.name, _STRONG)
    yield Text.assemble(name, f": {shown(scenario.title, _LONGEST)}") if scenario.title else name
    yield Text(facts(result), _SMALL)


def facts(result: Result) -> str:
    """What the run was: region, replications, window, seed, engine."""
    run = result.scenario.run
    return ", ".join(
        [
            f"region {shown(result.scenario.region)}",
            _counted(result.replications, "replication"),
            _length(run.days),
            f"warm-up {_counted(run.warm_up_days, 'day')}",
            f"seed {result.seed}",
            f"engine {result.engine}",
        ]
    )


def _length(days: int) -> str:
    years, rest = divmod(days, 365)
    return _counted(days, "day") if rest else f"{_counted(years, 'year')} of 365 days"


def _counted(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def _measures(result: Result) -> Iterator[RenderableType]:
    """Per pool its heading and its lines, all with columns of the same width."""
    yield _columns(Text(""), *(Text(name, _STRONG) for name in ("mean", "95 %", "year, 5-95 %")))
    for block in headlines.blocks(result.scenario, result.summary()):
        yield Text(block.heading, _STRONG)
        for line in block.lines:
            yield _columns(f"  {line.label}", line.mean, line.interval, line.year)
    yield Text("95 %: of the long-run mean. Year: 5-95 % of single budget years.", _SMALL)


def _precision(result: Result) -> Iterator[RenderableType]:
    """The half-widths that were asked for, and those that were reached."""
    if not result.precision:
        return
    yield Text()
    table = _table(f"half-width after {result.replications} replications", "asked", "reached", "")
    for one in result.precision:
        pool = result.scenario.pools.get(one.pool)
        title = headlines.title(one.pool, pool) if pool else "All pools"
        table.add_row(
            Text(f"{title}: {one.measure}"),
            numbers.width(one.asked, one.unit),
            numbers.width(one.half_width, one.unit),
            "" if one.met else "not reached",
        )
    yield table


def _columns(label: RenderableType, *numbers: RenderableType) -> Table:
    table = Table.grid(padding=(0, 2, 0, 0), expand=True)
    table.add_column(ratio=1)
    for width in _WIDTHS:
        table.add_column(width=width, justify="right", no_wrap=True)
    table.add_row(label, *numbers)
    return table


def _coverage(result: Result) -> Table:
    """Pools by the share of the demand they may serve, those with equal shares together."""
    table = _table("of the demand", "may be served by")
    pools = result.scenario.pools
    shares = result.coverage().sort_values("share", ascending=False, kind="stable")
    texts = shares["share"].map(lambda share: numbers.text(share, "share"))
    for text, same in shares.groupby(texts, sort=False):
        names = (headlines.title(name, pools[name]) for name in same["pool"])
        table.add_row(str(text), Text(", ".join(names)))
    return table


def _beside_published(result: Result) -> Iterator[RenderableType]:
    """Figures of the places that are simulated, then those of the region that a what-if changes."""
    evidence, elsewhere = result.evidence(), of_other_places(result.scenario)
    other = np.array([name in elsewhere for name in result.scenario.targets], dtype=bool)
    for rows, heading in ((~other, ""), (other, _WHAT_IF)):
        if rows.any():
            yield Text()
            if heading:
                yield Text(heading, _SMALL)
            yield _evidence(evidence[rows])


def _evidence(evidence: pd.DataFrame) -> Table:
    table = _table("published figure", "published", "simulated", "role")
    for row in evidence.to_dict("records"):
        table.add_row(
            Text(shown(row["title"], _LONGEST) + _unit_in_words(row["unit"])),
            Text(_published(row)),
            Text(_simulated(row)),
            Text("\n".join(str(row[key]) for key in ("role", "verdict") if row[key])),
        )
    return table


def _unit_in_words(unit: str) -> str:
    return "" if unit == "share" else f" ({shown(unit)})"


def _published(row: Row) -> str:
    low, high, unit = float(row["published"]), float(row["published_high"]), str(row["unit"])
    if high == low or not math.isfinite(high):
        return numbers.text(low, unit)
    return numbers.span(low, high, unit, low)


def _simulated(row: Row) -> str:
    """Put the mean with its interval above the range of a single year."""
    unit, mean = str(row["unit"]), float(row["simulated"])
    interval = numbers.span(float(row["low"]), float(row["high"]), unit, mean)
    year = numbers.span(float(row["year_low"]), float(row["year_high"]), unit, mean)
    first = numbers.text(mean, unit) or "not measured"
    return "\n".join(
        [f"{first} ({interval})" if interval else first, *([f"year {year}"] if year else [])]
    )


def _table(*headings: str) -> Table:
    """Begin a table without lines."""
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_STRONG)
    for heading in headings:
        table.add_column(heading)
    return table
