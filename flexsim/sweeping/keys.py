"""The content of a point as a key: points with one key have one result.

A key covers what changes numbers: every entry of the scenario but titles and sources, the window,
the seed, the replications, and the source of the model itself.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from functools import cache
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from flexsim import __version__
from flexsim.scenario import Scenario
from flexsim.sweeping.points import SECTIONS, Checked, EntryKey

#: What of flexsim makes the numbers of a point.
_MODEL = ("chance.py", "register.py", "plan", "engine", "measures")
_WORDS = {"title", "sources"}
_RUN = {"engine", "workers", "sources"}


@cache
def model_version() -> str:
    """Version of flexsim, and a digest of the source of plan, engines and measures."""
    package = Path(__file__).parents[1]
    source = hashlib.blake2b(digest_size=6)
    for name in _MODEL:
        path = package / name
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            source.update(file.read_bytes())
    return f"{__version__}-{source.hexdigest()}"


class Keys:
    """Keys of the points of some bases; an entry that several points share is read once."""

    def __init__(self, bases: Sequence[Scenario]) -> None:
        self._bases = [_digests(base) for base in bases]
        self._known: dict[int, tuple[BaseModel, bytes]] = {}

    def of(self, point: Checked) -> str:
        """The key of a point: 32 hexadecimal digits."""
        digests = self._bases[point.base]
        if point.changes:
            digests = digests | {key: self._digest(key, entry) for key, entry in point.changes}
        whole = hashlib.blake2b(model_version().encode(), digest_size=16)
        for digest in digests.values():
            whole.update(digest)
        return whole.hexdigest()

    def all(self, points: Sequence[Checked]) -> list[str]:
        """The keys of many points."""
        return [self.of(point) for point in points]

    def _digest(self, key: EntryKey, entry: BaseModel) -> bytes:
        if id(entry) not in self._known:
            self._known[id(entry)] = entry, _digest(key, entry)
        return self._known[id(entry)][1]


def described(scenario: Scenario) -> dict[str, Any]:
    """What the key of a scenario covers, by dotted key, as JSON has it."""
    found: dict[str, Any] = {}
    for key, entry in _entries(scenario).items():
        _flatten(".".join(key), entry.model_dump(mode="json", by_alias=True), found)
    kept = {k: v for k, v in found.items() if not _WORDS & set(k.split("."))}
    return {k: v for k, v in kept.items() if k not in ("run.engine", "run.workers")}


def _digests(scenario: Scenario) -> dict[EntryKey, bytes]:
    return {key: _digest(key, entry) for key, entry in _entries(scenario).items()}


def _entries(scenario: Scenario) -> dict[EntryKey, BaseModel]:
    found: dict[EntryKey, BaseModel] = {}
    for section in SECTIONS:
        value = getattr(scenario, section)
        if isinstance(value, dict):
            found |= {(section, name): entry for name, entry in value.items()}
        else:
            found[(section,)] = value
    return found


def _digest(key: EntryKey, entry: BaseModel) -> bytes:
    text = entry.model_dump_json(by_alias=True, exclude=_RUN if key == ("run",) else _WORDS)
    return hashlib.blake2b(f"{'.'.join(key)} {text}".encode(), digest_size=16).digest()


def _flatten(key: str, value: Any, found: dict[str, Any]) -> None:
    if isinstance(value, dict) and value:
        for name, item in value.items():
            _flatten(f"{key}.{name}", item, found)
    else:
        found[key] = value
