"""What differs between two scenarios, piece by piece, and scenarios with some of the pieces.

A piece is what a planner would call one change: one key, or a pool, stream, ... added or removed as
a whole. Laws and shares that add up to 1 are one key each. What follows by reference from a key
that a scenario changes belongs to that key.
"""

from __future__ import annotations

import copy
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import Any

from pydantic import BaseModel

from flexsim.errors import ScenarioError
from flexsim.message import Message, joined, rounded
from flexsim.scenario import references
from flexsim.scenario.laws import Law
from flexsim.scenario.loading import validated
from flexsim.scenario.names import listed, nearest, shown
from flexsim.scenario.schema import Scenario
from flexsim.scenario.yaml_text import Key

#: Sections that describe the network.
NETWORK = ("municipalities", "groups", "pools", "searches", "goals", "streams", "start")
#: Keys that change no result.
_WORDS = ("title", "sources", "code", "template")


class _Absent:
    """Stands for a key that one of the two scenarios does not have."""

    def __repr__(self) -> str:
        return "absent"


ABSENT = _Absent()


@dataclass(frozen=True)
class Change:
    """One change: the keys that differ, with their values in the second scenario.

    Attributes
    ----------
    name : str
    keys : tuple of Key
    before, after : tuple
        Values of the keys in the first and second scenario, `ABSENT` where there is none.
    """

    name: str
    keys: tuple[Key, ...]
    before: tuple[Any, ...]
    after: tuple[Any, ...]

    def words(self) -> str:
        """From what to what, in a few words; empty for what is not one value."""
        if any(value is ABSENT for value in self.before):
            return Message("added") if all(value is ABSENT for value in self.before) else ""
        if any(value is ABSENT for value in self.after):
            return Message("removed") if all(value is ABSENT for value in self.after) else ""
        values = {_from_to(a, b) for a, b in zip(self.before, self.after, strict=True)}
        return values.pop() if len(values) == 1 else ""


def changes(first: Scenario, second: Scenario) -> list[Change]:
    """Every change that leads from the first scenario to the second."""
    found: dict[Key, tuple[Any, Any]] = {}
    for section in NETWORK:
        _compare((section,), getattr(first, section), getattr(second, section), found)
    stated = {tuple(key.split(".")) for key in (*first.changed, *second.changed)}
    together = _by_reference(found, stated)
    return [_change(keys, found) for keys in together]


def grouped(all_changes: Sequence[Change], groups: Mapping[str, Sequence[str]]) -> list[Change]:
    """The changes with those of each group put together, under its name.

    Parameters
    ----------
    all_changes : sequence of Change
    groups : mapping
        For each name the keys that belong to it, or the sections and entries above them.

    Raises
    ------
    ScenarioError
        If a key of a group is not part of any change, or of two groups.
    """
    rest, found = list(all_changes), list[Change]()
    faults: list[str] = []
    for name, keys in groups.items():
        mine = []
        for key in keys:
            parts = [change for change in rest if _is_below(change, key)]
            if not parts:
                known = [change.name for change in all_changes]
                faults.append(
                    f"group {shown(name)}: no change of '{shown(key)}' that is in no other group;"
                    f" changes are: {listed(known)}{nearest(key, known)}"
                )
            mine += [part for part in parts if part not in mine]
        rest = [change for change in rest if change not in mine]
        if mine:
            found.append(merged(mine, name))
    if faults:
        raise ScenarioError(faults)
    return [*found, *rest]


def merged(parts: Sequence[Change], name: str = "") -> Change:
    """Several changes as one."""
    keys, before, after = (
        tuple(item for part in parts for item in getattr(part, field))
        for field in ("keys", "before", "after")
    )
    return Change(name or _name(keys), keys, before, after)


def switched(first: Scenario, on: Iterable[Change]) -> Scenario:
    """The first scenario with some changes.

    Raises
    ------
    ScenarioError
        If that is not a valid scenario.
    """
    values = first.model_dump(by_alias=True)
    for change in on:
        for key, value in zip(change.keys, change.after, strict=True):
            *above, last = key
            place = values
            for name in above:
                place = place[name]
            if value is ABSENT:
                del place[last]
            else:
                place[last] = copy.deepcopy(value)
    scenario = validated(values)
    faults = references.faults(scenario)
    if faults:
        raise ScenarioError([".".join(fault.key) + fault.text for fault in faults])
    return scenario


def _compare(key: Key, a: Any, b: Any, found: dict[Key, tuple[Any, Any]]) -> None:
    """Note what differs between two values, as far down as it is one change."""
    if a == b or key[-1] in _WORDS:
        return
    if isinstance(a, BaseModel) and type(a) is type(b) and not isinstance(a, Law):
        for name, field in type(a).model_fields.items():
            _compare((*key, field.alias or name), getattr(a, name), getattr(b, name), found)
    elif isinstance(a, dict) and isinstance(b, dict) and not (_are_shares(a) or _are_shares(b)):
        for name in dict.fromkeys((*a, *b)):
            _compare((*key, name), a.get(name, ABSENT), b.get(name, ABSENT), found)
    else:
        found[key] = _plain(a), _plain(b)


def _are_shares(values: Mapping[str, Any]) -> bool:
    """Whether it holds numbers that add up to 1, of which none can change alone."""
    numbers = [value for value in values.values() if isinstance(value, float)]
    return bool(numbers) and len(numbers) == len(values) and abs(sum(numbers) - 1) < 1e-9


def _plain(value: Any) -> Any:
    return value.model_dump(by_alias=True) if isinstance(value, BaseModel) else _plain_items(value)


def _plain_items(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(item) for name, item in value.items()}
    return list(value) if isinstance(value, list | tuple) else value


def _by_reference(found: Mapping[Key, tuple[Any, Any]], stated: set[Key]) -> Iterator[list[Key]]:
    """Keys with those that follow from them: of another entry, changed alike, and not stated."""
    own = [key for key in found if not stated or key[:3] in stated or len(key) < 3]
    rest = [key for key in found if key not in own]
    for key in own:
        alike = [
            other
            for other in rest
            if other[0] == key[0] and other[2:] == key[2:] and found[other] == found[key]
        ]
        rest = [other for other in rest if other not in alike]
        yield [key, *alike]
    yield from ([key] for key in rest)


def _change(keys: Sequence[Key], found: Mapping[Key, tuple[Any, Any]]) -> Change:
    before, after = zip(*(found[key] for key in keys), strict=True)
    more = Message(" (and what follows from it: {count} more)", count=len(keys) - 1)
    return Change(".".join(keys[0]) + (more if len(keys) > 1 else ""), tuple(keys), before, after)


def _name(keys: Sequence[Key]) -> str:
    """What keys have in common, if they do beyond their section; else all of them."""
    same = takewhile(lambda names: len(set(names)) == 1, zip(*keys, strict=False))
    common = [names[0] for names in same]
    if len(common) > 1:
        return ".".join(common)
    names = dict.fromkeys(".".join(key[:2]) for key in keys)
    return " + ".join(names)


def _is_below(change: Change, key: str) -> bool:
    wanted = tuple(key.split("."))
    return any(one[: len(wanted)] == wanted for one in change.keys)


def _from_to(before: Any, after: Any) -> str:
    """A change of a value in a few words; empty if it takes more."""
    if isinstance(before, dict) and isinstance(after, dict):
        keys = [key for key in (*before, *after) if before.get(key) != after.get(key)]
        keys = list(dict.fromkeys(keys))
        pairs = [_from_to(before.get(key), after.get(key)) for key in keys]
        if len(keys) > 2 or not all(pairs):
            return ""
        return joined(", ", [f"{key} " + pair for key, pair in zip(keys, pairs, strict=True)])
    if isinstance(before, dict) or isinstance(after, dict):
        return ""
    return Message("{before} -> {after}", before=_short(before), after=_short(after))


def _short(value: Any) -> object:
    if isinstance(value, float):
        return rounded(value, 6)
    return Message("none") if value is None else shown(value, 30)
