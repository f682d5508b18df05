"""Numbers of an entry by their dotted key, and the ranges that are stated for them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import Any

from pydantic import BaseModel

from flexsim.scenario.faults import Fault
from flexsim.scenario.names import listed, nearest
from flexsim.scenario.schema import Scenario

#: Sections whose entries carry sources of their numbers, and ranges.
SECTIONS = ("pools", "searches", "goals", "streams", "groups")


def faults(scenario: Scenario) -> Iterator[Fault]:
    """Ranges whose key begins with no key of the entry."""
    for section, name, entry in entries(scenario):
        model: type[BaseModel] = type(entry)
        for key in entry.ranges:
            known, first = _keys(model), key.partition(".")[0]
            if first not in known:
                text = f" begins with no key of the entry; keys are: {listed(known)}"
                yield Fault((section, name, "ranges", key), text + nearest(first, known))


@cache
def _keys(model: type[BaseModel]) -> list[str]:
    """Keys of an entry that may hold numbers."""
    return sorted(set(model.model_fields) - {"sources", "ranges", "title"})


def unused(scenario: Scenario) -> Iterator[str]:
    """Keys with a range that are no number as the scenario stands; they cannot be tried."""
    for section, name, entry in entries(scenario):
        if entry.ranges:
            found = dict(numbers(entry.model_dump(by_alias=True, exclude={"ranges"})))
            for key in entry.ranges:
                if key not in found:
                    yield f"{section}.{name}.{key}"


def entries(scenario: Scenario) -> Iterator[tuple[str, str, Any]]:
    """Section, name and entry of all that carry sources."""
    for section in SECTIONS:
        for name, entry in getattr(scenario, section).items():
            yield section, name, entry


def numbers(values: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, float]]:
    """All numbers below some values, each with its dotted key."""
    for name, value in values.items():
        key = f"{before}{name}"
        if isinstance(value, Mapping):
            yield from numbers(value, f"{key}.")
        elif isinstance(value, (int, float)) and not isinstance(value, bool):
            yield key, value
