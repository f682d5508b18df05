"""Points of a sweep, all checked before the first is run.

A scenario is composed once for all points that differ in plain values only. A point then replaces
the entries (a pool, a stream, ...) that its values stand in; only these are validated anew, each
once however many points share it. That this says the same as composing the point is made sure of
at one point where every swept key has another value: if not (a key refers to a swept one, or a
pool is made after another), every point is put together anew from what was composed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ValidationError

from flexsim.errors import ScenarioError
from flexsim.scenario import Scenario, composing, faults, loading, references, warnings
from flexsim.scenario import overrides as command_line
from flexsim.scenario.composing import Composition
from flexsim.scenario.money import Money
from flexsim.scenario.names import shown
from flexsim.scenario.overrides import LABEL
from flexsim.scenario.yaml_text import Origin
from flexsim.sweeping.design import Point, designed
from flexsim.sweeping.following import followers
from flexsim.sweeping.settings import Setting, texts

Source = Scenario | str | Path | Mapping[str, Any]
#: Section and name of an entry; a section without names has itself only.
EntryKey = tuple[str, ...]
Entry = BaseModel

#: Sections whose keys change results; `run` has no entries of its own.
SECTIONS = (
    *("municipalities", "groups", "pools", "searches", "goals", "streams", "start"),
    "run",
)
#: Keys that change no result of a sweep, whatever their value.
_NO_RESULT = ("run.engine", "run.workers")
_NO_MONEY = Money()
#: Faults that are listed; the others are counted.
SHOWN = 8


@dataclass(frozen=True)
class Checked:
    """A point in order: where it starts from, and which entries are other ones there."""

    base: int
    settings: Point
    changes: tuple[tuple[EntryKey, Entry], ...]

    def values(self, keys: Sequence[str]) -> list[Any]:
        """Values of the swept keys; None where a key is not set."""
        given = {setting.key: setting.value for setting in self.settings}
        return [given.get(key) for key in keys]


@dataclass(frozen=True)
class Points:
    """All points of a sweep, checked.

    Attributes
    ----------
    bases : list of Scenario
        What was composed; all points of one base differ from it in `changes` alone.
    points : list of Checked
    keys : tuple of str
        The swept keys.
    warnings : list of str
        What a reader of any of the points should know.
    """

    bases: list[Scenario]
    points: list[Checked]
    keys: tuple[str, ...]
    warnings: list[str]

    def scenario(self, point: int) -> Scenario:
        """The scenario of one point."""
        found = self.points[point]
        return patched(self.bases[found.base], found.changes)

    def words(self, point: int) -> list[str]:
        """The overrides that tell a point from the others."""
        return [s.text for s in self.points[point].settings if s.key in self.keys]


def checked(
    source: Source | None = None,
    sweep: Mapping[str, Any] | None = None,
    overrides: Sequence[str] = (),
) -> Points:
    """Expand a design and check every point of it.

    Parameters
    ----------
    source : Scenario, str, path or mapping, optional
        What the overrides are applied to; without it, what they choose.
    sweep : mapping, optional
        A design as below `sweep` in an experiment.
    overrides : sequence of str
        As on the command line, with lists of values.

    Raises
    ------
    ScenarioError
        With the faults of all points; the list is cut off when it is long.
    """
    with composing.hydra() as loader:
        design = designed(overrides, sweep, loader)
        _refuse_useless(design.keys)
        compose = _composer(source)
        groups: dict[tuple[str, ...], list[int]] = {}
        overlapping = _overlapping(design.keys)
        for n, point in enumerate(design.points):
            anew = [s for s in point if s.composes or (overlapping and s.key in design.keys)]
            groups.setdefault(tuple(texts(anew)), []).append(n)
        bases: list[Scenario] = []
        found: dict[int, Checked] = {}
        said: list[str] = []
        faulty = _Faults(design.keys, len(design.points))
        for members in groups.values():
            try:
                group = _Group(compose, [design.points[n] for n in members], design.keys)
            except ScenarioError as error:
                faulty.add(design.points[members[0]], error.faults)
                continue
            for n in members:
                try:
                    changes = group.changes(design.points[n])
                except ScenarioError as error:
                    faulty.add(design.points[n], error.faults)
                else:
                    found[n] = Checked(len(bases), design.points[n], changes)
            bases.append(group.base)
            said += group.warnings
        faulty.refuse()
    return Points(
        bases, [found[n] for n in range(len(found))], design.keys, list(dict.fromkeys(said))
    )


def patched(base: Scenario, changes: Sequence[tuple[EntryKey, Entry]]) -> Scenario:
    """A scenario with some entries replaced, not checked again."""
    update: dict[str, Any] = {}
    for (section, *name), entry in changes:
        if not name:
            update[section] = entry
            continue
        if section not in update:
            update[section] = dict(getattr(base, section))
        update[section][name[0]] = entry
    return base.model_copy(update=update)


class _Group:
    """Points that one composition serves, the first of them as it was composed."""

    def __init__(
        self, compose: Callable[[Point], _Composed], points: Sequence[Point], keys: Sequence[str]
    ) -> None:
        self._keys = [key for key in keys if _varies(key, points)]
        self._entries: dict[tuple[EntryKey, tuple[str, ...]], Entry] = {}
        self._values: dict[EntryKey, dict[str, Any]] = {}
        self._composed, self._first = _begun(compose, points[0], self._keys)
        self.base = self._composed.scenario
        self.warnings = warnings(self.base)
        raw = self._composed.raw
        self._followers = {
            key: followers(raw.values, key) if raw is not None else [] for key in self._keys
        }

    def changes(self, point: Point) -> tuple[tuple[EntryKey, Entry], ...]:
        """The entries that are other ones at a point; ScenarioError with its faults."""
        changes = self._replaced(point)
        scenario = patched(self.base, changes)
        found = references.faults(scenario)
        if found:
            raise ScenarioError(faults.lines(found, _origins(point)))
        return changes

    def _replaced(self, point: Point) -> tuple[tuple[EntryKey, Entry], ...]:
        """Entries with the values of a point, validated."""
        by_entry: dict[EntryKey, list[Setting]] = {}
        for setting in point:
            if setting.key in self._keys and setting.text != self._first.get(setting.key):
                for place in (setting.key, *self._followers[setting.key]):
                    same = setting if place == setting.key else replace(setting, key=place)
                    by_entry.setdefault(_entry_of(place), []).append(same)
        found: list[tuple[EntryKey, Entry]] = []
        said: list[str] = []
        for key, settings in by_entry.items():
            try:
                found.append((key, self._entry(key, settings)))
            except ScenarioError as error:
                said += error.faults
        if said:
            raise ScenarioError(said)
        return tuple(found)

    def _entry(self, key: EntryKey, settings: Sequence[Setting]) -> Entry:
        known = key, tuple(texts(settings))
        if known not in self._entries:
            self._entries[known] = self._validated(key, settings)
        return self._entries[known]

    def _validated(self, key: EntryKey, settings: Sequence[Setting]) -> Entry:
        section = getattr(self.base, key[0])
        before = section[key[1]] if len(key) > 1 else section
        if key not in self._values:
            self._values[key] = before.model_dump(by_alias=True)
        values = self._values[key]
        for setting in settings:
            values = _put(values, setting.key.split(".")[len(key) :], setting.value)
        try:
            entry = type(before).model_validate(values)
        except ValidationError:
            raise ScenarioError(_words(self.base, key, values, settings)) from None
        self.warnings += warnings(_alone(self.base, key, entry))
        return entry


@dataclass(frozen=True)
class _Composed:
    scenario: Scenario
    raw: Composition | None  # None if the source was a scenario already


def _composer(source: Source | None) -> Callable[[Point], _Composed]:
    """What puts a point together from its overrides; to be called within `composing.hydra()`."""
    if isinstance(source, Scenario):
        return lambda point: _Composed(loading.with_overrides(source, texts(point)), None)
    document, name = (None, "") if source is None else loading.document_of(source)

    def compose(point: Point) -> _Composed:
        parsed = command_line.parse(texts(point))
        if source is not None and command_line.chosen(parsed, "scenario") is not None:
            raise ScenarioError("command line: scenario=... cannot be given to a scenario")
        composition = composing.compose(parsed, document, name)
        return _Composed(loading.check(composition), composition)

    return compose


def _begun(
    compose: Callable[[Point], _Composed], first: Point, keys: Sequence[str]
) -> tuple[_Composed, dict[str, str]]:
    """The first point composed, and the values that it has.

    If it cannot be composed, it is without its swept values: then the faults of all points are
    found, not only its own. That is also how a value comes into what is written as a reference to
    another entry, which it would replace with all else in it.
    """
    try:
        return compose(first), {s.key: s.text for s in first}
    except ScenarioError as error:
        plain = tuple(s for s in first if s.key not in keys)
        if len(plain) == len(first):
            raise
        try:
            composed = compose(plain)
        except ScenarioError:
            raise error from None
        if not all(_has_entry(composed.scenario, _entry_of(key)) for key in keys):
            raise
        return composed, {s.key: s.text for s in plain}


def _has_entry(scenario: Scenario, key: EntryKey) -> bool:
    return key[0] == "run" or (key[0] in SECTIONS and key[-1] in getattr(scenario, key[0]))


def _put(values: Any, path: Sequence[str], value: Any) -> Any:
    """A copy with one value replaced; what does not exist is left to the schema to refuse."""
    if not path:
        return value
    copied = dict(values) if isinstance(values, dict) else {}
    copied[path[0]] = _put(copied.get(path[0]), path[1:], value)
    return copied


def _entry_of(key: str) -> EntryKey:
    steps = key.split(".")
    return tuple(steps[:1] if steps[0] == "run" else steps[:2])


def _alone(base: Scenario, key: EntryKey, entry: Entry) -> Scenario:
    """A scenario of one entry, for what is said of entries one by one."""
    sections = (*SECTIONS, "targets")
    empty: dict[str, Any] = {section: {} for section in sections if section != "run"}
    empty["money"] = _NO_MONEY
    update = {key[0]: {key[1]: entry}} if len(key) > 1 else {key[0]: entry}
    return base.model_copy(update=empty | update)


def _words(
    base: Scenario, key: EntryKey, values: dict[str, Any], settings: Sequence[Setting]
) -> list[str]:
    """Faults of an entry, as when the whole scenario is validated."""
    whole = base.model_dump(by_alias=True)
    whole = _put(whole, key, values)
    try:
        Scenario.model_validate(whole)
    except ValidationError as error:
        found = faults.from_pydantic(error, whole, Scenario, _origins(settings))
        return faults.lines(found, _origins(settings))
    return []


def _origins(settings: Sequence[Setting]) -> dict[tuple[str, ...], Origin]:
    return {
        tuple(s.key.split(".")): Origin(LABEL, s.text.partition("=")[2])
        for s in settings
        if not s.composes
    }


def _varies(key: str, points: Sequence[Point]) -> bool:
    return len({s.text for point in points for s in point if s.key == key}) > 1


def _overlapping(keys: Sequence[str]) -> bool:
    """Whether one swept key lies below another."""
    return any(a != b and a.startswith(f"{b}.") for a in keys for b in keys)


def _refuse_useless(keys: Sequence[str]) -> None:
    useless = [key for key in keys if _is_useless(key)]
    if useless:
        raise ScenarioError(
            [f"sweep: {shown(key)} changes no result; leave it out of the sweep" for key in useless]
        )


def _is_useless(key: str) -> bool:
    return key in _NO_RESULT or key.split(".", 1)[0] in (
        *("name", "title", "output", "targets", "money"),
    )


class _Faults:
    """Faults of many points: each said once, with the first point that has it."""

    def __init__(self, keys: Sequence[str], points: int) -> None:
        self._keys, self._points = set(keys), points
        self._first: dict[str, Point] = {}
        self._count: dict[str, int] = {}

    def add(self, point: Point, lines: Sequence[str]) -> None:
        for line in lines:
            self._first.setdefault(line, point)
            self._count[line] = self._count.get(line, 0) + 1

    def refuse(self) -> None:
        """Raise ScenarioError if there are any."""
        lines = [self._line(line) for line in list(self._first)[:SHOWN]]
        more = len(self._first) - len(lines)
        if more > 0:
            lines.append(f"... and {more} more like these; nothing was run")
        if lines:
            raise ScenarioError(lines)

    def _line(self, line: str) -> str:
        count = self._count[line]
        swept = [s.text for s in self._first[line] if s.key in self._keys]
        if count == self._points or len(swept) < 2:
            return line
        where = f"{count} of {self._points} points, first"
        return f"{line} (in {where if count > 1 else '1 point:'} {shown(' '.join(swept), 120)})"
