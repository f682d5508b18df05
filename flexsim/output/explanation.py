"""An explanation as text for a terminal of 80 columns, and as files."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flexsim.comparing import FEWER, MORE, NOT_TOLD
from flexsim.explaining import Explanation
from flexsim.measures.periods import ALL
from flexsim.output import console, manifest, numbers, tables, terminal
from flexsim.output.folder import filled, target
from flexsim.scenario.names import shown

_SMALL, _STRONG = "dim", "bold"
_LONGEST = 300
#: Widths of: the part with its verdict, its interval, alone, last.
_WIDTHS = (12, 18, 9, 9)

Row = Mapping[Hashable, Any]


def show(found: Explanation) -> None:
    """Print the parts, one below the other."""
    console.show(_parts(found))


def write(
    found: Explanation,
    folder: Path | str | None = None,
    command: Sequence[str] = (),
    overwrite: bool = False,
) -> list[Path]:
    """Write an explanation into a folder, completely or not at all.

    Parameters
    ----------
    found : Explanation
    folder : path, optional
        Default the first scenario's `output.folder`, or else ``results/<first>_explained/<time>``.
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
    first = found.scenarios[0]
    place = target(first, folder, f"{first.name}_explained", overwrite)
    with filled(place) as temporary:
        tables.write_csv(found.table, temporary / "explanation.csv")
        if first.output.figures == "all":
            from flexsim.output import waterfall

            waterfall.write(found, temporary / "explanation.png")
        manifest.write_scenarios(temporary, found.scenarios)
        names = manifest.complete(temporary, found.baseline, command, found.labels)
    return [place / name for name in names]


def what(found: Explanation) -> str:
    """The measure and where, in words."""
    return f"{found.measure} of {'all pools' if found.pool == ALL else found.pool}"


def signed(value: float, unit: str) -> str:
    """A difference; of shares in percentage points, without their sign."""
    points = unit == "share"
    return numbers.signed(value * 100 if points else value, "" if points else unit)


def _parts(found: Explanation) -> Iterator[RenderableType]:
    first, second = (shown(label, _LONGEST) for label in found.labels)
    yield Text.assemble("Why ", (second, _STRONG), " differs from ", (first, _STRONG))
    yield Text(terminal.facts(found.baseline), _SMALL)
    yield Text()
    yield _columns(
        Text(f"{what(found)}, {found.unit}" if found.unit else what(found), _STRONG),
        *(Text(head, _STRONG) for head in ("part", "95 %", "alone", "last")),
    )
    yield _columns(first, numbers.text(found.first, found.unit), "", "", "")
    for row in found.table.to_dict("records"):
        yield from _lines(row, found.unit)
    yield _columns(second, numbers.text(found.second, found.unit), "", "", "")
    total = signed(found.difference, found.unit)
    yield _columns(Text("difference", _STRONG), total, _span(found.low, found.high, found), "", "")
    yield Text()
    yield Text(_legend(found), _SMALL)
    for line in found.together:
        yield Text(f"note: {shown(line, _LONGEST)}")
    for line in found.baseline.warnings:
        yield Text(f"warning: {shown(line, _LONGEST)}", "yellow")


def _lines(row: Row, unit: str) -> Iterator[RenderableType]:
    """The change in words, and its numbers below."""
    words = f": {row['words']}" if row["words"] else ""
    yield Padding(Text(shown(f"{row['change']}{words}", _LONGEST)), (0, 0, 0, 2))
    verdict = f" {row['verdict']}" if row["verdict"] in (MORE, FEWER) else ""
    points, apart = (100.0, "") if unit == "share" else (1.0, unit)
    low, high, part = (points * float(row[name]) for name in ("low", "high", "part"))
    yield _columns(
        "",
        signed(float(row["part"]), unit) + verdict,
        numbers.span(low, high, apart, part),
        *(signed(float(row[name]), unit) for name in ("alone", "last")),
    )


def _span(low: float, high: float, found: Explanation) -> str:
    points, apart = (100.0, "") if found.unit == "share" else (1.0, found.unit)
    return numbers.span(points * low, points * high, apart, points * found.difference)


def _columns(label: RenderableType, *cells: RenderableType) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(ratio=1)
    for width in _WIDTHS:
        table.add_column(width=width, justify="right")
    table.add_row(label, *cells)
    return table


def _legend(found: Explanation) -> str:
    orders = "all" if found.is_exact else "drawn at random"
    said = (
        f"Parts: what a change adds, averaged over {found.orders:,} orders of switching them on"
        f" ({orders}); they add up to the difference. Alone: the change by itself. Last: added to"
        f" all others. {found.runs} runs of {found.replications} replications, the same citizens."
        f" more, fewer: told apart from no part, all {len(found.table)} allowed for (Holm, 5 %);"
        f" without the word a part and none {NOT_TOLD}."
    )
    if found.unit == "share":
        said += " Parts of per cent in percentage points."
    if not found.is_exact:
        said += " The intervals allow for the orders not taken."
    return said
