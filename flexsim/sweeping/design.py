"""Which points a sweep has: every combination of lists of values, or a sample of ranges.

A grid is written as on a command line (``pools.mpo.places=4,6,8``) or below `sweep` in an
experiment. A sampled design names itself there: a Latin hypercube (McKay, Beckman & Conover 1979)
or a scrambled Sobol sequence (Sobol 1967; Owen 1998), both from `scipy.stats.qmc`.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from hydra._internal.core_plugins.basic_sweeper import BasicSweeper
from hydra.core.override_parser.types import ChoiceSweep, Override, Quote, QuotedString, RangeSweep
from hydra.errors import HydraException

from flexsim.errors import ScenarioError
from flexsim.scenario import composing, vetting, wording
from flexsim.scenario import overrides as command_line
from flexsim.scenario.names import nearest, shown
from flexsim.scenario.schema import Scenario
from flexsim.scenario.yaml_text import Document
from flexsim.sweeping.settings import Setting, number, reader

#: Points that a sweep may have.
MOST_POINTS = 100_000
#: Sampled designs, and the keys that describe one.
SAMPLED = ("latin_hypercube", "sobol")
_KEYS = ("design", "points", "seed", "ranges")
_MOST_RANGES = 1_000

Point = tuple[Setting, ...]


@dataclass(frozen=True)
class Design:
    """The points of a sweep, not yet checked.

    Attributes
    ----------
    points : list of tuple of Setting
        All changes of each point, those that every point shares among them.
    keys : tuple of str
        Which of them differ between points: the swept keys.
    """

    points: list[Point]
    keys: tuple[str, ...]


def designed(overrides: Sequence[str], sweep: Mapping[str, Any] | None, loader: Any) -> Design:
    """The points of a command line, with its experiment, or with a design of its own.

    Parameters
    ----------
    overrides : sequence of str
        As on the command line, with lists of values.
    sweep : mapping, optional
        What an experiment has below `sweep`.
    loader : Hydra's config loader
        From `flexsim.scenario.composing.hydra`.

    Raises
    ------
    ScenarioError
        If the design is none, or has too many points or none at all.
    """
    read = reader(loader)
    written = _Written(sweep)
    is_grid = any(o.is_sweep_override() for o in command_line.parse(overrides, loader))
    points: list[Point] = []
    for outer in _grid(command_line.parse(overrides, loader)):
        settings = tuple(map(read, outer))
        document = written.document(settings)
        if document is None:
            points.append(settings)
        elif "design" not in _section(document):
            texts = [*_axes(document), *outer]
            grid = _grid(command_line.parse(texts, loader), len(points))
            points += [tuple(map(read, point)) for point in grid]
        elif is_grid:
            raise ScenarioError(
                f"{_label(document)}a grid and a sampled design cannot be mixed; leave out the"
                " lists of values, or give the values in place of the design"
            )
        else:
            points += _sampled(document, settings)
    if not points:
        raise ScenarioError("command line: nothing to run; a list of values is empty")
    return Design(points, _varying(points))


class _Written:
    """Where designs are written: in experiments, or in what was given."""

    def __init__(self, sweep: Mapping[str, Any] | None) -> None:
        self._given = None if sweep is None else vetting.from_mapping({"sweep": dict(sweep)})
        self._experiments: dict[str, Document] = {}

    def document(self, point: Point) -> Document | None:
        """The document whose `sweep` belongs to a point of the command line."""
        name = next((s.value for s in reversed(point) if s.key == "experiment"), None)
        if name is None:
            return self._given
        if name not in self._experiments:
            self._experiments[name] = composing.document("experiment", name)
        document = self._experiments[name]
        if "sweep" not in document.values:
            return self._given
        if self._given is not None:
            raise ScenarioError(f"{document.label}: has a sweep; give no second design")
        return document


def _section(document: Document) -> dict[str, Any]:
    section = document.values["sweep"]
    if not isinstance(section, dict):
        raise ScenarioError(f"{_label(document)}sweep must be a mapping of keys to values")
    return section


# -- grids ------------------------------------------------------------------------------------


def _grid(overrides: Sequence[Override], so_far: int = 0) -> list[list[str]]:
    """Every combination of the lists of values, by Hydra's own sweeper."""
    deletions = [str(o.input_line) for o in overrides if o.is_delete()]
    others = [o for o in overrides if not o.is_delete()]
    _refuse_many(so_far + math.prod(map(_length, others)))
    try:
        (points,) = BasicSweeper.split_arguments(others, None)
    except HydraException as error:
        raise ScenarioError(f"command line: {shown(error, 200)}") from None
    return [[*point, *deletions] for point in points]


def _length(override: Override) -> int:
    """How many values an override gives, without making them."""
    if not override.is_discrete_sweep():
        return 1
    value = override.value()
    if isinstance(value, RangeSweep):
        start, stop, step = value.start or 0, value.stop or 0, value.step
        if not step:
            raise ScenarioError(f"command line: {override.input_line}: the step must not be 0")
        return max(0, math.ceil((stop - start) / step))
    return len(value.list) if isinstance(value, ChoiceSweep) else 1


def _refuse_many(points: int) -> None:
    if points > MOST_POINTS:
        raise ScenarioError(
            f"sweep: {points:,} points are too many; at most {MOST_POINTS:,} (a sampled design"
            " covers many keys with few points)"
        )


def _axes(document: Document) -> list[str]:
    """The grid of an experiment, as overrides with lists of values."""
    for word in ("points", "ranges"):
        if word in _section(document):
            raise ScenarioError(
                f"{_label(document)}sweep.{word} belongs to a sampled design; add"
                f" design: one of {', '.join(SAMPLED)}"
            )
    return [f"{key}={_values(document, key, v)}" for key, v in _section(document).items()]


def _values(document: Document, key: str, value: Any) -> str:
    if isinstance(value, str):
        return value
    items = value if isinstance(value, list) else [value]
    if not items or any(isinstance(item, dict | list | bool) or item is None for item in items):
        origin = document.origins.get(("sweep", key))
        place = f"{origin.place}: " if origin else _label(document)
        raise ScenarioError(f"{place}sweep.{key} must be a list of numbers or words")
    return ",".join(_quoted(item) for item in items)


def _quoted(item: Any) -> str:
    return QuotedString(item, Quote.single).with_quotes() if isinstance(item, str) else str(item)


def _varying(points: Sequence[Point]) -> tuple[str, ...]:
    """Keys whose value is not the same at all points, in the order in which they are written."""
    texts: dict[str, set[str]] = {}
    seen: dict[str, int] = {}
    for point in points:
        for setting in point:
            texts.setdefault(setting.key, set()).add(setting.text)
            seen[setting.key] = seen.get(setting.key, 0) + 1
    return tuple(k for k, given in texts.items() if len(given) > 1 or seen[k] < len(points))


# -- samples ----------------------------------------------------------------------------------


def _sampled(document: Document, fixed: Point) -> list[Point]:
    """Points of a Latin hypercube or a Sobol sequence."""
    from scipy.stats import qmc

    section = _section(document)
    faults = [f"{_label(document)}sweep.{text}" for text in _faults(section, fixed)]
    if faults:
        raise ScenarioError(faults)
    ranges, n, seed = section["ranges"], section["points"], section.get("seed", 0)
    kind = qmc.LatinHypercube if section["design"] == "latin_hypercube" else qmc.Sobol
    sample = kind(d=len(ranges), rng=seed).random(n)
    columns = [
        [_at(key, low, high, u) for u in column]
        for (key, (low, high)), column in zip(ranges.items(), sample.T.tolist(), strict=True)
    ]
    return [(*fixed, *swept) for swept in zip(*columns, strict=True)]


def _at(key: str, low: float, high: float, u: float) -> Setting:
    """The value at a share of a range; whole numbers have equal shares, both ends included."""
    if _is_whole(key):
        return number(key, int(low) + int(u * (int(high) - int(low) + 1)))
    return number(key, low + u * (high - low))


def _faults(section: Mapping[str, Any], fixed: Point) -> Iterator[str]:
    """What is wrong with a sampled design; the text goes on after ``sweep.``."""
    for key in section:
        if key not in _KEYS:
            mixed = "; a grid and a sampled design cannot be mixed: give it a range below ranges"
            hint = mixed if "." in key else nearest(key, _KEYS)
            yield f"{shown(key)} is not a key of a sampled design ({', '.join(_KEYS)}){hint}"
    kind = section["design"]
    if kind not in SAMPLED:
        yield (
            f"design must be one of {', '.join(SAMPLED)} (got {shown(kind)})"
            f"{nearest(str(kind), SAMPLED)}; a grid has no design, only lists of values"
        )
    yield from _size_faults(kind, section.get("points"), section.get("seed", 0))
    ranges = section.get("ranges")
    if not isinstance(ranges, dict) or not ranges:
        yield "ranges must be a mapping of keys to a range each, as in pools.mpo.places: [2, 12]"
        return
    if len(ranges) > _MOST_RANGES:
        yield f"ranges has too many keys; at most {_MOST_RANGES:,} (got {len(ranges):,})"
        return
    given = {setting.key for setting in fixed}
    for key, between in ranges.items():
        if key in given:
            yield f"ranges.{key} has a range here and one value on the command line; leave one out"
        yield from (f"ranges.{shown(key)} {text}" for text in _range_faults(key, between))


def _size_faults(kind: object, points: object, seed: object) -> Iterator[str]:
    if not isinstance(points, int) or isinstance(points, bool) or points < 2:
        yield f"points must be a whole number, 2 or more (got {shown(points)})"
    elif points > MOST_POINTS:
        yield f"points must be at most {MOST_POINTS:,} (got {points:,})"
    elif kind == "sobol" and points & (points - 1):
        below = 1 << (points.bit_length() - 1)
        yield (
            f"points must be a power of two in a Sobol design, else it loses its balance (got"
            f" {points}); write {below} or {2 * below}"
        )
    if not isinstance(seed, int) or isinstance(seed, bool) or not 0 <= seed < 2**63:
        yield f"seed must be a whole number, 0 or more (got {shown(seed)})"


def _range_faults(key: str, between: Any) -> Iterator[str]:
    kinds = _kinds(key)
    if kinds is None:
        return  # composing the first point says so, with a suggestion
    if not {int, float} & kinds:
        yield "is not a number; give its values as a list in a grid instead"
        return
    whole = _is_whole(key)
    ends = between if isinstance(between, list) else []
    good = len(ends) == 2 and all(
        isinstance(end, int | float) and not isinstance(end, bool) and math.isfinite(end)
        for end in ends
    )
    if not good:
        yield f"must be two numbers, lowest and highest, as in [2, 12] (got {shown(between)})"
    elif whole and any(end != int(end) for end in ends):
        yield f"must be two whole numbers (got {shown(between)})"
    elif ends[0] > ends[1]:
        yield f"is upside down; write [{ends[1]}, {ends[0]}]"
    elif ends[0] == ends[1]:
        yield f"has one value only ({ends[0]}); give it on the command line, or a wider range"


def _is_whole(key: str) -> bool:
    return float not in (_kinds(key) or ())


def _kinds(key: str) -> set[Any] | None:
    """The types that a key may have; None if the schema has no such key."""
    annotation: Any = Scenario
    for step in key.split("."):
        annotation = wording.inside(annotation, step)
        if annotation is None:
            return None
    return {option.kind for option in wording.options(annotation)}


def _label(document: Document) -> str:
    return f"{document.label}: " if document.label else ""
