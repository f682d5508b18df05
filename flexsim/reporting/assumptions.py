"""The numbers of a scenario with their sources, and what each assumption could be instead.

A source that holds the word `assumption` marks one. It is varied over the range that its entry
states (`ranges`), or else, and then that is said, by a fifth up and down. Assumptions of the same
key and the same value, such as "as at home", are one assumption and are varied together.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, NamedTuple

import pandas as pd

from flexsim.language import ENGLISH, Language
from flexsim.output import naming
from flexsim.scenario.ranges import entries, numbers
from flexsim.scenario.schema import Scenario

_MARK = "assumption"
#: How much an assumption without a stated range is varied, up and down.
UNSTATED = 0.2
#: What is varied of a law of durations, the first of these that it has.
_SCALES = ("mean_days", "median_days")

Key = tuple[str, ...]


@dataclass(frozen=True)
class Assumption:
    """A number that was assumed, or several that are one assumption.

    Attributes
    ----------
    keys : tuple of str
        Dotted keys of the scenario.
    value : float
    low, high : float
        The ends that are tried.
    stated : bool
        Whether the range is stated; else it is a fifth up and down.
    source : str
        What the scenario says of it.
    """

    keys: tuple[str, ...]
    value: float
    low: float
    high: float
    stated: bool
    source: str


class _Same(NamedTuple):
    """What numbers that are one assumption have in common."""

    section: str
    number: str
    value: float
    low: float
    high: float
    stated: bool


def sourced(scenario: Scenario, language: Language = ENGLISH) -> pd.DataFrame:
    """Every source of a number that a scenario gives.

    Returns
    -------
    DataFrame
        key, label (the key in words), value (as text), source, assumption (whether it is one,
        wholly or in part).
    """
    rows = []
    for section, name, entry in (*entries(scenario), *_municipalities(scenario)):
        values = entry.model_dump(mode="json", by_alias=True, exclude_unset=True)
        for key, source in entry.sources.items():
            dotted = f"{section}.{name}.{key}"
            label = naming.key([scenario], dotted, language)
            value = naming.value(scenario, values.get(key), language)
            said = naming.source(source, language)
            rows.append((dotted, label, value, said, _MARK in source.lower()))
    return pd.DataFrame(rows, columns=["key", "label", "value", "source", "assumption"])


def assumptions(scenario: Scenario) -> list[Assumption]:
    """What can be varied, one number at a time."""
    found: dict[_Same, list[tuple[str, str]]] = {}
    for section, name, entry in entries(scenario):
        values = entry.model_dump(by_alias=True, exclude_none=True)
        known = dict(numbers({key: values[key] for key in values if key != "ranges"}))
        for key, source in entry.sources.items():
            if _MARK in source.lower() and key in values:
                stated = {k: tuple(entry.ranges[k]) for k in entry.ranges if _below(k, key)}
                chosen = stated or dict(_unstated(values[key], key))
                for number, (low, high) in chosen.items():
                    if number in known:
                        same = _Same(section, number, known[number], low, high, bool(stated))
                        found.setdefault(same, []).append((f"{section}.{name}.{number}", source))
        for number, (low, high) in _alone(entry.ranges, entry.sources, known):
            same = _Same(section, number, known[number], low, high, True)
            found.setdefault(same, []).append((f"{section}.{name}.{number}", ""))
    return [
        Assumption(tuple(k for k, _ in where), of.value, of.low, of.high, of.stated, where[0][1])
        for of, where in found.items()
        if of.low < of.high
    ]


def varied(scenario: Scenario, assumption: Assumption, value: float) -> Scenario:
    """The scenario with another value of an assumption; the other shares of a choice make room.

    Raises
    ------
    ValueError
        If the scenario is not valid with it.
    """
    values = scenario.model_dump(by_alias=True)
    for key in assumption.keys:
        _put(values, tuple(key.split(".")), value)
    return Scenario.model_validate(values)


def differs(assumption: Assumption, first: Scenario, second: Scenario) -> bool:
    """Whether two scenarios have other values of it: then it is what is asked, not assumed."""
    sides = [dict(numbers(s.model_dump(by_alias=True))) for s in (first, second)]
    return any(
        sides[0].get(key) != sides[1].get(key)
        for key in assumption.keys
        if all(key in side for side in sides)
    )


def _municipalities(scenario: Scenario) -> Iterator[tuple[str, str, Any]]:
    for name, entry in scenario.municipalities.items():
        yield "municipalities", name, entry


def _below(number: str, key: str) -> bool:
    return number == key or number.startswith(f"{key}.")


def _alone(
    ranges: Mapping[str, list[float]], sources: Mapping[str, str], known: Mapping[str, float]
) -> Iterator[tuple[str, tuple[float, float]]]:
    """Stated ranges of numbers without a source of the same key."""
    for number, (low, high) in ranges.items():
        if number in known and not any(_below(number, key) for key in sources):
            yield number, (low, high)


def _unstated(value: object, key: str) -> Iterator[tuple[str, tuple[float, float]]]:
    """A fifth up and down for each number of a value that can be varied by itself."""
    if isinstance(value, Mapping):
        chosen = value
        if "law" in value:
            chosen = {k: value[k] for k in _SCALES if k in value and not value.get("parts")}
        elif _are_shares(value):
            largest = max(value, key=lambda name: value[name])
            chosen = {name: share for name, share in value.items() if name != largest}
        for name, part in chosen.items():
            yield from _unstated(part, f"{key}.{name}")
    elif isinstance(value, (int, float)) and not isinstance(value, bool):
        low, high = (float(f"{(1 + by) * value:.6g}") for by in (-UNSTATED, UNSTATED))
        if isinstance(value, int):
            low, high = math.floor(low), math.ceil(high)
        is_share = 0 < value <= 1
        yield key, (low, min(high, 1.0) if is_share else high)


def _are_shares(value: Mapping[Any, Any]) -> bool:
    """Whether these are shares of one choice: numbers that add up to 1."""
    values = list(value.values())
    are_numbers = all(isinstance(v, float) for v in values)
    return bool(values) and are_numbers and math.isclose(math.fsum(values), 1, abs_tol=1e-9)


def _put(values: dict[str, Any], key: Key, value: float) -> None:
    """Set a number; where it is one of shares, the others keep their proportions."""
    parent = values
    for name in key[:-1]:
        parent = parent[name]
    last = key[-1]
    before = parent[last]
    if _are_shares(parent) and before < 1:
        for name in parent:
            parent[name] *= (1 - value) / (1 - before)
    parent[last] = round(value) if isinstance(before, int) else float(value)
