"""A sweep on the terminal: its points, one line each, with what is most asked for."""

from __future__ import annotations

import pandas as pd
from rich.table import Table
from rich.text import Text

from flexsim.language import Language
from flexsim.measures.periods import ALL
from flexsim.measures.units import unit
from flexsim.output import console, headlines, numbers, terminal
from flexsim.sweeping.points import Points
from flexsim.sweeping.sweep import Sweep

#: Points that are shown; all are in the files.
MOST = 25
#: Swept keys, and pools, that have a column.
_KEYS, _POOLS = 3, 2
_WIDEST = 22


def show(found: Sweep, points: Points) -> None:
    """Print the points with their headline measures, and where everything is."""
    language = Language.of(points.bases[0])
    parts = [*_heading(found, points, language), *_table(found, points, language)]
    console.show([*parts, Text(""), *_where(found, language)])


def _heading(found: Sweep, points: Points, language: Language) -> list[Text]:
    run = points.bases[0].run
    said = language.counted("{count} point", "{count} points", len(found.points))
    if "run" not in {key.split(".")[0] for key in found.keys}:
        replications = terminal.replications(run.replications, language)
        each = language.text("{replications} each", replications=replications)
        counted = language.text("{days} days counted", days=language.number(run.days))
        said = f"{said}, {each}, {counted}"
    return [Text(said), Text("")]


def _table(found: Sweep, points: Points, language: Language) -> list[Table | Text]:
    columns = _columns(found, points, language)
    done = found.points["outcome"] == "done"
    if not done.any():
        return []
    shown = found.points[done].head(MOST)
    table = Table(box=None, pad_edge=False, header_style="bold")
    for key in found.keys[:_KEYS]:
        table.add_column(_short(key), overflow="fold")
    for heading, _ in columns:
        table.add_column(heading, justify="right")
    cells = [
        _cells(found, pool, measure, shown["point"], language) for _, (pool, measure) in columns
    ]
    for n, row in enumerate(shown.to_dict("records")):
        values = [_value(row[key], language) for key in found.keys[:_KEYS]]
        table.add_row(*values, *(column[n] for column in cells))
    more = int(done.sum()) - len(shown)
    rest = language.text("... and {count} points more, in the files", count=language.number(more))
    return [table, *([Text(rest)] if more else [])]


def _columns(found: Sweep, points: Points, language: Language) -> list[tuple[str, tuple[str, str]]]:
    """Headings, and the pool and measure below each."""
    named = [key.split(".")[1] for key in found.keys if key.startswith("pools.")]
    pools = list(dict.fromkeys(named))[:_POOLS]
    kinds = points.bases[0].pools
    finite = [name for name in pools if name in kinds and kinds[name].places != "unlimited"]
    in_use = language.text("in use")
    columns = [
        (f"{headlines.title(name, kinds[name], language)}\n{in_use}", (name, "occupied"))
        for name in finite
    ]
    wards = [name for name, pool in kinds.items() if pool.kind == "ward"]
    if len(wards) == 1:
        heading = language.text("completed-treat-\nment days/year")
        columns.append((heading, (wards[0], "completed_treatment_days")))
    heading = language.text("days awaiting right\noffer/year")
    columns.append((heading, (ALL, "days_awaiting_right_offer")))
    return columns


def _cells(
    found: Sweep, pool: str, measure: str, shown: pd.Series, language: Language
) -> list[str]:
    table = found.table(measure=measure, pool=pool, group=ALL, municipality=ALL)
    by_point = table.drop_duplicates("point").set_index("point")
    chosen = by_point.reindex(shown)
    size = unit(measure)
    return [
        f"{numbers.text(mean, size, None, language)}"
        f" ±{numbers.text((high - low) / 2, size, mean, language)}"
        if pd.notna(low) and pd.notna(mean)
        else numbers.text(mean, size, None, language)
        for mean, low, high in chosen[["mean", "low", "high"]].to_numpy(dtype=float).tolist()
    ]


def _where(found: Sweep, language: Language) -> list[Text]:
    text = language.text
    return [
        Text(text("± half of the 95 % interval of the long-run mean"), style="dim"),
        Text(text("written to {folder}:", folder=found.folder)),
        Text(text("  points.csv, points.parquet, parts/ (all measures, Parquet)")),
    ]


def _short(key: str) -> str:
    """The end of a long key."""
    steps = key.split(".")
    while len(steps) > 2 and len(".".join(steps)) > _WIDEST:
        steps = steps[1:]
    return ".".join(steps)


def _value(value: object, language: Language) -> str:
    if isinstance(value, float):
        return "" if value != value else language.exact(float(f"{value:.4g}"))  # noqa: PLR0124 - NaN
    return "" if value is None else str(value)
