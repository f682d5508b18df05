"""Entries that no file of the region defines: either new, or misspelt.

A new pool or stream names its template or gives all its keys; what does neither is taken for a
slip of the pen and refused, never added in silence.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from pydantic import BaseModel

from flexsim.message import Message, phrase
from flexsim.scenario import schema, wording
from flexsim.scenario.composing import Composition
from flexsim.scenario.faults import Fault
from flexsim.scenario.names import entry_fault, listed, nearest

#: Sections of named entries, their schema and what one entry is called.
SECTIONS: dict[str, tuple[type[BaseModel], str]] = {
    "municipalities": (schema.Municipality, "municipality"),
    "groups": (schema.Group, "group"),
    "pools": (schema.Pool, "pool"),
    "searches": (schema.Search, "search"),
    "goals": (schema.Goal, "goal"),
    "streams": (schema.Stream, "stream"),
    "targets": (schema.Target, "target"),
}

#: What may be new and start from another one.
_TEMPLATED = ("pool", "stream")


def strangers(values: dict[str, Any], composition: Composition) -> Iterator[Fault]:
    """Find entries that are neither in the base files nor complete by themselves.

    Parameters
    ----------
    values : dict
        The composed scenario, templates filled in.
    composition : Composition
        Knows which entries the region defines (or the scenario, if it is a network of its own).
    """
    for section, (model, what) in SECTIONS.items():
        entries = _entries(values, section)
        for name in [name for name in entries if _incomplete(entries[name], model)]:
            known = [other for other in entries if (section, other) in composition.base]
            if name not in known:
                yield Fault((section, name), _stranger(name, known, what, composition.whose))


def unused_groups(scenario: schema.Scenario, composition: Composition) -> Iterator[Fault]:
    """Find groups to which no stream belongs; a region may have some in reserve."""
    used = {stream.group for stream in scenario.streams.values()}
    for name in scenario.groups.keys() - used:
        if composition.region == "none" or ("groups", name) not in composition.base:
            hint = nearest(name, used) or Message(" (they have {used})", used=listed(used))
            yield Fault(
                ("groups", name), Message(" is a group that no stream has{hint}", hint=hint)
            )


def misnamed(values: dict[str, Any]) -> Iterator[Fault]:
    """Faults of the names of entries."""
    for section in SECTIONS:
        seen: dict[str, str] = {}
        for name in _entries(values, section):
            fault = entry_fault(name)
            twin = seen.setdefault(name.lower(), name)
            if fault:
                yield Fault((section, name), " " + fault)
            elif twin != name:
                yield Fault(
                    (section, name), Message(" differs from '{twin}' in capitals only", twin=twin)
                )


def _entries(values: dict[str, Any], section: str) -> dict[str, Any]:
    entries = values.get(section)
    return {str(key): entry for key, entry in entries.items()} if isinstance(entries, dict) else {}


def _incomplete(entry: Any, model: type[BaseModel]) -> bool:
    if not isinstance(entry, dict):
        return True
    if "template" in entry:
        return False
    return any(key not in entry for key in wording.required(model))


def _stranger(name: str, known: list[str], what: str, whose: str) -> str:
    hint = nearest(name, known) or Message("; there are: {known}", known=listed(known))
    new = (
        phrase("a new {what} names its template (`template: <{name}>`) or gives all its keys")
        if what in _TEMPLATED
        else phrase("a new {what} gives all its keys")
    )
    return Message(
        " is not a {what} of {whose}{hint} ({new})",
        what=Message(what),
        whose=whose,
        hint=hint,
        new=Message(new, what=Message(what), name=what),
    )
