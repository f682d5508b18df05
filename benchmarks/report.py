"""The results as files: a table for programs, and one for people."""

from __future__ import annotations

import csv
import math
from collections.abc import Mapping, Sequence
from dataclasses import astuple, fields
from pathlib import Path

from benchmarks.rows import MISSING, Row

WORDS = {
    "same model": "The same model",
    "one core": "One core",
    "scale": "Scale",
    "regions": "Regions",
    "whole runs": "Whole runs",
}
NOTES = {
    "same model": (
        "Means of each model, plus and minus one standard error, beside those of independent "
        "engines (4 x 1,000 replications); a mean may lie outside their range by chance."
    ),
    "one core": (
        "CPU time on one core, all engines in turn in each round; medians over rounds, with the "
        "range. A ratio is of two times per patient-event from the same round. C and both flexsim "
        "engines use the same random numbers and give the same register, in every column and in "
        "order; C with totals only writes no rows."
    ),
    "scale": (
        "Arrivals, beds and places multiplied. Memory is the peak while one replication runs and "
        "its result is kept, above what the process held before it began."
    ),
    "regions": "CPU time on one core, pair by pair.",
    "whole runs": "Wall time of a whole process, start-up included; caches warm unless said.",
}


def write_csv(path: Path, rows: Sequence[Row], machine: Mapping[str, str]) -> None:
    """One line per row; the machine as comments above."""
    with path.open("w", newline="", encoding="utf-8") as file:
        file.writelines(f"# {name}: {value}\n" for name, value in machine.items())
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow([f.name for f in fields(Row)])
        for row in rows:
            writer.writerow([_plain(value) for value in astuple(row)])


def write_markdown(path: Path, rows: Sequence[Row], machine: Mapping[str, str]) -> None:
    """A table per section, and what of the targets is met."""
    path.write_text(markdown(rows, machine), encoding="utf-8")


def markdown(rows: Sequence[Row], machine: Mapping[str, str]) -> str:
    """The same as text."""
    parts = ["# Results", _machine(machine)]
    for section, title in WORDS.items():
        lines = [row for row in rows if row.section == section]
        if lines:
            parts += [f"## {title}", NOTES[section], _table(lines)]
    return "\n\n".join(parts) + "\n"


def _machine(machine: Mapping[str, str]) -> str:
    return "\n".join(f"- {name}: {value}" for name, value in machine.items())


def _table(rows: Sequence[Row]) -> str:
    head = ["| | value | range | n | unit | target | |", "|---|---:|---:|---:|---|---|---|"]
    return "\n".join([*head, *map(_line, rows)])


def _line(row: Row) -> str:
    if row.value is None:
        cells = [row.what, MISSING, "", "", row.unit, row.target, row.note]
    else:
        has_range = row.low is not None and row.count > 1
        span = f"{number(row.low)} to {number(row.high)}" if has_range else ""
        remark = " ".join(filter(None, [_marked(row.verdict), row.note]))
        count = str(row.count) if row.count else ""
        cells = [row.what, number(row.value), span, count, row.unit, row.target, remark]
    return f"| {' | '.join(cells)} |"


def _marked(verdict: str) -> str:
    return f"**{verdict}**" if verdict in {"not met", "differs"} else verdict


def number(value: float | None) -> str:
    """Three significant figures, never in powers of ten."""
    if value is None:
        return ""
    if value == int(value) or abs(value) >= 100:
        return f"{value:,.0f}"
    places = 2 - math.floor(math.log10(abs(value)))
    return f"{value:.{places}f}"


def _plain(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else "" if value is None else value
