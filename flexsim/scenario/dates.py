"""Dates as a scenario writes them."""

from __future__ import annotations

import datetime as dt
from typing import Any

from flexsim.message import Message


def date_of(value: Any) -> Any:
    """A date written as text, 2023-01-01 (YAML gives text or a date, both are taken)."""
    if isinstance(value, str):
        try:
            return dt.date.fromisoformat(value)
        except ValueError:
            raise ValueError(Message("no such day; write a date as YYYY-MM-DD")) from None
    return value
