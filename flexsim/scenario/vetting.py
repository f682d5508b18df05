"""What a scenario, an experiment or an override may hold, whoever wrote it.

A scenario is data: nothing in it can name code, configure Hydra, read the environment or choose
a place outside the results folder. All of this is refused before anything is composed.
"""

from __future__ import annotations

import datetime as dt
import numbers
import re
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from flexsim.errors import ScenarioError
from flexsim.message import Message
from flexsim.scenario.names import shown
from flexsim.scenario.yaml_text import DEEPEST, Document, Key

#: A reference to another key of the scenario: ``${pools.pitstop.places}``.
REFERENCE = re.compile(r"\$\{\s*([A-Za-z_][\w-]*(?:\.[\w-]+)*)\s*\}")
_UNDERSCORED = re.compile(r"_\w+_")
_FORBIDDEN = {
    "hydra": Message("configures Hydra; a scenario may not"),
    "defaults": Message("is not for scenarios; write `region: <name>` instead"),
}


def vet(document: Document) -> Document:
    """The same document, if nothing in it is forbidden; raises ScenarioError otherwise."""
    faults = [
        f"{_place(document, key)}{'.'.join(map(shown, key))} " + text
        for key, text in _faults(document.values, ())
    ]
    if faults:
        raise ScenarioError(faults)
    return document


def from_mapping(mapping: Mapping[str, Any]) -> Document:
    """A document made of a Python mapping; raises ScenarioError for values YAML cannot hold."""
    if not mapping:
        raise ScenarioError(Message("the scenario is empty; give at least one key"))
    return vet(Document("", _plain(mapping, ())))


def text_fault(text: str) -> str | None:
    """What is forbidden in a text value; None if nothing is."""
    if text == "???":
        return Message("is still ???; give it a value")
    if "${" in REFERENCE.sub("", text):
        return Message(
            "may only refer to other keys, as in ${{pools.x.places}} (got {text})", text=shown(text)
        )
    if any(ord(char) < 32 and char not in "\n\t" for char in text):
        return Message("holds a control character (got {text})", text=shown(text))
    return None


def key_fault(name: str) -> str | None:
    """What is forbidden in a key, at any depth; None if nothing is."""
    if _UNDERSCORED.fullmatch(name):
        return Message("names code or steers Hydra; a scenario holds plain values only")
    if "${" in name:
        return Message("may not hold {text}", text="${...}")
    return None


def _faults(value: Any, key: Key) -> Iterator[tuple[Key, str]]:
    if isinstance(value, str):
        fault = text_fault(value) or _folder_fault(key, value)
        if fault:
            yield key, fault
    elif isinstance(value, list):
        for n, item in enumerate(value):
            yield from _faults(item, (*key, str(n)))
    elif isinstance(value, dict):
        for name, item in value.items():
            fault = key_fault(name) or (None if key else _FORBIDDEN.get(name))
            if fault:
                yield (*key, name), fault
            else:
                yield from _faults(item, (*key, name))


def _folder_fault(key: Key, text: str) -> str | None:
    if key != ("output", "folder"):
        return None
    windows = PureWindowsPath(text)
    if windows.drive or windows.root or ".." in windows.parts + PurePosixPath(text).parts:
        return Message(
            "must stay below the current folder (got {text}); another place can be given on the"
            " command line",
            text=shown(text),
        )
    return None


def _place(document: Document, key: Key) -> str:
    origin = document.origins.get(key)
    place = origin.place if origin else document.label
    return f"{place}: " if place else ""


def _plain(value: Any, key: Key) -> Any:
    """Python values as YAML would give them."""
    where = ".".join(key) or "the scenario"
    if len(key) > DEEPEST:
        raise ScenarioError(Message("{where}...: nested too deeply", where=where[:60]))
    if isinstance(value, Mapping):
        for name in value:
            if not isinstance(name, str):
                raise ScenarioError(
                    Message(
                        "{where}: keys must be text (got {name})",
                        where=where,
                        name=shown(repr(name)),
                    )
                )
        return {name: _plain(item, (*key, name)) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item, (*key, str(n))) for n, item in enumerate(value)]
    return _plain_scalar(value, where)


def _plain_scalar(value: Any, where: str) -> Any:
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        return str(value)
    if isinstance(value, dt.date):
        return value.isoformat()
    if isinstance(value, numbers.Integral):
        return int(value)
    if isinstance(value, numbers.Real):
        return float(value)
    raise ScenarioError(
        Message(
            "{where}: must be a plain value (got {value})", where=where, value=shown(repr(value))
        )
    )
