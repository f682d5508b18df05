"""The folder of a sweep: what is finished is kept, and nothing under its own name is half-written.

``parts/00000-<digest>.parquet``
    Points 0 to 99, and so on: always the same hundred, so that a sweep that was interrupted ends
    with the same bytes as one that was not. The digest is that of the keys of its points.
``.pending/*.parquet``
    Points that are finished while others of their part are not; gone when the sweep is done.
``sweep.json``
    What the sweep is of, to be compared when it is resumed.
``points.csv``, ``points.parquet``
    Every point with its values, whether it is done or failed, and why.

A file is written under another name, flushed to the disk and then renamed. Each Parquet file lists
its points by key in its metadata.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from flexsim.measures.condensed import NAMES, NUMBERS, Condensed, Names

#: Points of a part.
PART = 100
ABOUT = "sweep.json"
_METADATA = b"flexsim"
_PENDING = ".pending"
_TEXT = pa.dictionary(pa.int32(), pa.string())
_SCHEMA = pa.schema(
    [
        *(pa.field(name, _TEXT) for name in NAMES),
        *(pa.field(name, pa.float64()) for name in NUMBERS),
        pa.field("n", pa.int64()),
    ]
)


@dataclass(frozen=True)
class Outcome:
    """What became of a point: a table, or a message."""

    table: pa.Table  # no rows if it failed
    failed: str = ""
    warnings: tuple[str, ...] = ()


def done(found: Condensed, warnings: Sequence[str]) -> Outcome:
    """The outcome of a point that was run."""
    numbers = (pa.array(column, from_pandas=True) for column in found.numbers)
    columns = [*_words(found.names), *numbers, pa.array(found.n)]
    return Outcome(pa.Table.from_arrays(columns, schema=_SCHEMA), warnings=tuple(warnings))


@lru_cache(maxsize=64)
def _words(names: Names) -> list[pa.DictionaryArray]:
    """The columns of words; most points have those of the point before."""
    return [pa.array(names.columns[name], pa.string()).dictionary_encode() for name in NAMES]


def failure(message: str) -> Outcome:
    """The outcome of a point that could not be run."""
    return Outcome(_SCHEMA.empty_table(), failed=message)


class Store:
    """Outcomes by key, written part by part.

    Parameters
    ----------
    folder : Path
        Exists, and is locked.
    keys : sequence of str
        One for each point; points with one key have one outcome.
    swept : mapping of str to Array
        Values of the swept keys, by point.
    """

    def __init__(self, folder: Path, keys: Sequence[str], swept: Mapping[str, pa.Array]) -> None:
        self.folder = folder
        self.keys = keys
        self.swept = swept
        self._parts = [range(n, min(n + PART, len(keys))) for n in range(0, len(keys), PART)]
        self._parts_of: dict[str, set[int]] = {}
        for n, key in enumerate(keys):
            self._parts_of.setdefault(key, set()).add(n // PART)
        self._about: dict[str, dict[str, Any]] = {}  # what metadata say of points in a file
        self._file: dict[str, Path] = {}  # where a finished point lies
        self._held: dict[str, Outcome] = {}  # finished, in no file that will stay
        self._missing = [len({keys[n] for n in part}) for part in self._parts]
        self._written: set[int] = set()
        self._find()

    # -- what is there ---------------------------------------------------------------------

    def _find(self) -> None:
        """Take up what an earlier run left: parts that belong here, and single points."""
        names = {self._name(part): part for part in range(len(self._parts))}
        wanted = set(self.keys)
        for path in sorted((self.folder / "parts").glob("*.parquet")):
            points = _points(path)
            part = names.get(path.name)
            if part is not None and not any("failed" in about for about in points.values()):
                self._written.add(part)
                self._note(path, points, wanted)
            else:
                self._note(self._set_aside(path), points, wanted)
        for path in sorted((self.folder / _PENDING).glob("*.parquet")):
            self._note(path, _points(path), wanted)
        for key in self._file:
            self._count(key)

    def _note(self, path: Path, points: Mapping[str, dict[str, Any]], wanted: set[str]) -> None:
        for key, about in points.items():
            if key in wanted and key not in self._file and "failed" not in about:
                self._file[key], self._about[key] = path, about

    def _set_aside(self, path: Path) -> Path:
        """A part with other points, or with failed ones: what it holds is used once more."""
        aside = self.folder / _PENDING / f"old-{path.name}"
        aside.parent.mkdir(exist_ok=True)
        path.replace(aside)
        return aside

    @property
    def todo(self) -> list[int]:
        """Points to be run, the first of each key that is not there."""
        first = {key: n for n, key in reversed(list(enumerate(self.keys)))}
        return sorted(n for key, n in first.items() if key not in self._file)

    # -- what comes in ---------------------------------------------------------------------

    def add(self, key: str, outcome: Outcome) -> None:
        """Keep the outcome of a point; a part that is full now is written."""
        self._held[key] = outcome
        self._count(key)
        for part in sorted(self._parts_of[key]):
            self._write_if_full(part)

    def _count(self, key: str) -> None:
        for part in self._parts_of[key]:
            self._missing[part] -= 1

    def _write_if_full(self, part: int) -> None:
        if part in self._written or self._missing[part]:
            return
        points = self._parts[part]
        outcomes = [self._outcome(self.keys[n]) for n in points]
        about = _listed([self.keys[n] for n in points], outcomes)
        path = self.folder / "parts" / self._name(part)
        table = self._led(points, [outcome.table for outcome in outcomes])
        _write(_described(table, about), path, self.folder / _PENDING)
        self._written.add(part)
        for key, said in about.items():
            self._file.setdefault(key, path)
            self._about.setdefault(key, said)
            if self._parts_of[key] <= self._written:
                self._held.pop(key, None)

    def _led(self, points: Sequence[int], tables: Sequence[pa.Table]) -> pa.Table:
        """The rows of points, led by their numbers and the values of the swept keys."""
        number = np.repeat(np.array(points, np.int32), [table.num_rows for table in tables])
        point = pa.array(number)
        lead = {"point": point} | {key: column.take(point) for key, column in self.swept.items()}
        table = _together(tables)
        return pa.table(lead | dict(zip(table.column_names, table.columns, strict=True)))

    def _outcome(self, key: str) -> Outcome:
        if key in self._held:
            return self._held[key]
        about = self._about[key]
        table = _read(self._file[key]).slice(about["row"], about["rows"]).select(_SCHEMA.names)
        return Outcome(table, warnings=tuple(about.get("warnings", ())))

    def flush(self) -> None:
        """Write what is held in memory, so that no more than a few seconds can be lost."""
        new = {k: o for k, o in self._held.items() if k not in self._file and not o.failed}
        if not new:
            return
        about = _listed(list(new), list(new.values()))
        table = _together([outcome.table for outcome in new.values()])
        path = self.folder / _PENDING / f"{uuid.uuid4().hex}.parquet"
        _write(_described(table, about), path, path.parent)
        for key in new:
            self._file[key], self._about[key] = path, about[key]
            del self._held[key]

    # -- what goes out ---------------------------------------------------------------------

    def finish(self) -> None:
        """Write what can be written, and remove what is in the parts by now."""
        for part in range(len(self._parts)):
            self._write_if_full(part)
        if len(self._written) == len(self._parts):
            for path in (self.folder / _PENDING).glob("*"):
                path.unlink()
            with suppress(OSError):
                (self.folder / _PENDING).rmdir()

    def outcomes(self) -> Iterator[tuple[str, str]]:
        """Of each point, "done", "failed" or "not run", and what was said about it."""
        for key in self.keys:
            if key in self._held and self._held[key].failed:
                yield "failed", self._held[key].failed
            elif key in self._about and "failed" in self._about[key]:
                yield "failed", self._about[key]["failed"]
            elif key in self._held:
                yield "done", "; ".join(self._held[key].warnings)
            elif key in self._about:
                yield "done", "; ".join(self._about[key].get("warnings", ()))
            else:
                yield "not run", ""

    def _name(self, part: int) -> str:
        digest = hashlib.blake2b(digest_size=6)
        digest.update(" ".join(self.swept).encode())
        for n in self._parts[part]:
            digest.update(self.keys[n].encode())
        return f"{part:05}-{digest.hexdigest()}.parquet"


def write_whole(path: Path, write: Callable[[Path], object]) -> None:
    """Let a file be written under another name beside it, and then give it its own."""
    temporary = path.with_name(f".{path.name}.{uuid.uuid4().hex[:8]}")
    _replace(temporary, path, write)


def _write(table: pa.Table, path: Path, beside: Path) -> None:
    beside.mkdir(exist_ok=True)
    path.parent.mkdir(exist_ok=True)
    temporary = beside / f".{uuid.uuid4().hex}"
    others = [name for name in table.column_names if name not in NUMBERS]
    lead = others[: len(table.column_names) - len(_SCHEMA)]
    options: dict[str, Any] = {
        "compression": "zstd",
        "use_dictionary": others,  # few numbers come twice
        "write_statistics": lead,  # each part has all words
    }
    _replace(temporary, path, lambda where: pq.write_table(table, where, **options))


def _replace(temporary: Path, path: Path, write: Callable[[Path], object]) -> None:
    try:
        write(temporary)
        with temporary.open("rb") as file:
            os.fsync(file.fileno())
        temporary.replace(path)
    finally:
        temporary.unlink(missing_ok=True)


def _listed(keys: Sequence[str], outcomes: Sequence[Outcome]) -> dict[str, dict[str, Any]]:
    """What a file says of its points: where the rows of each are, and what was said about it."""
    found: dict[str, dict[str, Any]] = {}
    row = 0
    for key, outcome in zip(keys, outcomes, strict=True):
        about: dict[str, Any] = {"row": row, "rows": outcome.table.num_rows}
        if outcome.failed:
            about["failed"] = outcome.failed
        if outcome.warnings:
            about["warnings"] = list(outcome.warnings)
        found.setdefault(key, about)
        row += outcome.table.num_rows
    return found


def _described(table: pa.Table, points: Mapping[str, Any]) -> pa.Table:
    return table.replace_schema_metadata({_METADATA: json.dumps(points).encode()})


def _points(path: Path) -> dict[str, dict[str, Any]]:
    """The points that a file lists."""
    metadata = pq.read_schema(path).metadata or {}
    return json.loads(metadata.get(_METADATA, b"{}"))


@lru_cache(maxsize=2)
def _read(path: Path) -> pa.Table:
    return pq.read_table(path)


def _together(tables: Sequence[pa.Table]) -> pa.Table:
    """Tables one after the other, the same whatever chunks and numbers of words they had."""
    table = pa.concat_tables(tables).unify_dictionaries()
    columns = [table.column(name).combine_chunks() for name in table.column_names]
    words, rest = columns[: len(NAMES)], columns[len(NAMES) :]
    return pa.Table.from_arrays([*map(_renumbered, words), *rest], schema=_SCHEMA)


def _renumbered(words: pa.DictionaryArray) -> pa.DictionaryArray:
    """The same with its words numbered as they first appear."""
    used = words.indices.unique()
    number = np.empty(len(words.dictionary), np.int32)
    number[used] = np.arange(len(used), dtype=np.int32)
    return pa.DictionaryArray.from_arrays(number[words.indices], words.dictionary.take(used))
