"""Tables as CSV for people and spreadsheets, and as Parquet for programs."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

#: A cell of text that begins so would be taken for a formula by a spreadsheet.
_FORMULA = ("=", "+", "-", "@", "\t", "\n")


def write(table: pd.DataFrame, path: Path) -> None:
    """Write a table as ``<path>.csv`` and ``<path>.parquet``."""
    write_csv(table, path.with_suffix(".csv"))
    table.to_parquet(path.with_suffix(".parquet"), index=False)


def write_csv(table: pd.DataFrame, path: Path) -> None:
    """Write a table as CSV in UTF-8: comma, decimal point, text that no spreadsheet computes."""
    harmless(table).to_csv(path, index=False, encoding="utf-8", lineterminator="\n")


def harmless(table: pd.DataFrame) -> pd.DataFrame:
    """Put an apostrophe before text that a spreadsheet would take for a formula."""
    text = {str(name): _led(column) for name, column in table.items() if not _is_number(column)}
    return table.assign(**text)


def _is_number(column: pd.Series) -> bool:
    kinds = pd.api.types
    return kinds.is_numeric_dtype(column) or kinds.is_datetime64_any_dtype(column)


def _led(column: pd.Series) -> pd.Series:
    if isinstance(column.dtype, pd.CategoricalDtype):
        return column.cat.rename_categories(_safe)
    return column.map(_safe, na_action="ignore")


def _safe(cell: object) -> object:
    if not isinstance(cell, str):
        return cell
    text = cell.replace("\r\n", "\n").replace("\r", "\n")  # a lone CR would end the row
    return f"'{text}" if text.startswith(_FORMULA) else text
