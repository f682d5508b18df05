"""An explanation as text for a terminal of 80 columns, and as files."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from rich.console import RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from flexsim.comparing import FEWER, MORE
from flexsim.explaining import Explanation
from flexsim.language import Language, phrase
from flexsim.measures.periods import ALL
from flexsim.output import console, manifest, naming, numbers, tables, terminal
from flexsim.output.comparison import plain_label
from flexsim.output.folder import filled, target
from flexsim.scenario.names import shown

_SMALL, _STRONG = "dim", "bold"
_LONGEST = 300
#: Widths of: the part with its verdict, its interval, alone, last.
_WIDTHS = (12, 18, 9, 9)

Row = Mapping[Hashable, Any]


def show(found: Explanation) -> None:
    """Print the parts, one below the other."""
    console.show(_parts(found, Language.of(found.scenarios[0])))


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


def what(found: Explanation, language: Language) -> str:
    """The measure and where, in words."""
    if found.pool == ALL:
        where = language.text("all pools")
    else:
        where = naming.entry(found.scenarios[0], "pools", found.pool, language)
    measure = plain_label(found.measure, language)
    return language.text("{measure}, {where}", measure=measure, where=where)


def signed(value: float, unit: str, language: Language) -> str:
    """A difference; of shares in percentage points, without their sign."""
    points = unit == "share"
    return numbers.signed(value * 100 if points else value, "" if points else unit, language)


def _parts(found: Explanation, language: Language) -> Iterator[RenderableType]:
    text = language.text
    first, second = (shown(label, _LONGEST) for label in found.labels)
    yield Text.assemble(
        f"{text('Why')} ", (second, _STRONG), f" {text('differs from')} ", (first, _STRONG)
    )
    yield Text(terminal.facts(found.baseline, language), _SMALL)
    yield Text()
    yield _columns(
        Text(what(found, language), _STRONG),
        *(Text(head, _STRONG) for head in (text("part"), "95 %", text("alone"), text("last"))),
    )
    yield _columns(first, numbers.text(found.first, found.unit, language=language), "", "", "")
    for row in found.table.to_dict("records"):
        yield from _lines(row, found.unit, language)
    yield _columns(second, numbers.text(found.second, found.unit, language=language), "", "", "")
    total = signed(found.difference, found.unit, language)
    yield _columns(Text(text("difference"), _STRONG), total, _span(found, language), "", "")
    yield Text()
    yield Text(_legend(found, language), _SMALL)
    for line in found.together:
        yield Text(f"{text('note')}: {shown(language.said(line), _LONGEST)}")
    for line in found.baseline.warnings:
        yield terminal.warning(line, language)


def _lines(row: Row, unit: str, language: Language) -> Iterator[RenderableType]:
    """The change in words, and its numbers below."""
    words = f": {language.said(row['words'])}" if row["words"] else ""
    change = language.said(row["change"])
    yield Padding(Text(shown(f"{change}{words}", _LONGEST)), (0, 0, 0, 2))
    verdict = f" {language.text(row['verdict'])}" if row["verdict"] in (MORE, FEWER) else ""
    points, apart = (100.0, "") if unit == "share" else (1.0, unit)
    low, high, part = (points * float(row[name]) for name in ("low", "high", "part"))
    yield _columns(
        "",
        signed(float(row["part"]), unit, language) + verdict,
        numbers.span(low, high, apart, part, language),
        *(signed(float(row[name]), unit, language) for name in ("alone", "last")),
    )


def _span(found: Explanation, language: Language) -> str:
    points, apart = (100.0, "") if found.unit == "share" else (1.0, found.unit)
    low, high, size = (points * end for end in (found.low, found.high, found.difference))
    return numbers.span(low, high, apart, size, language)


def _columns(label: RenderableType, *cells: RenderableType) -> Table:
    table = Table.grid(padding=(0, 1, 0, 0), expand=True)
    table.add_column(ratio=1)
    for width in _WIDTHS:
        table.add_column(width=width, justify="right")
    table.add_row(label, *cells)
    return table


def _legend(found: Explanation, language: Language) -> str:
    values = {
        "orders": language.number(found.orders),
        "runs": found.runs,
        "replications": terminal.replications(found.replications, language),
        "count": len(found.table),
    }
    text = (
        phrase(
            "Parts: what a change adds, averaged over {orders} orders of switching them on (all);"
            " they add up to the difference. Alone: the change by itself. Last: added to all"
            " others. {runs} runs of {replications}, the same citizens. more, fewer: told apart"
            " from no part, all {count} allowed for (Holm, 5 %); without the word a part and none"
            " cannot be told apart."
        )
        if found.is_exact
        else phrase(
            "Parts: what a change adds, averaged over {orders} orders of switching them on (drawn"
            " at random); they add up to the difference. Alone: the change by itself. Last: added"
            " to all others. {runs} runs of {replications}, the same citizens. more, fewer: told"
            " apart from no part, all {count} allowed for (Holm, 5 %); without the word a part and"
            " none cannot be told apart. The intervals allow for the orders not taken."
        )
    )
    said = language.text(text, **values)
    if found.unit == "share":
        said += f" {language.text('Parts of per cent in percentage points.')}"
    return said
