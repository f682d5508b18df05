"""The value of a key at which a conclusion turns: where a paired difference changes its sign.

The same citizens meet every value, so the difference moves with the key and not with chance. It is
found on a grid of values, and then between the two where the sign changes.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import NamedTuple

import numpy as np
import pandas as pd

from flexsim.comparing import FEWER, MORE, NOT_TOLD, Source, opened, prepare, scenario_of
from flexsim.errors import RunError, ScenarioError
from flexsim.language import Language
from flexsim.measures.differences import ADDED_UP, Measures, differences
from flexsim.measures.known import OF_QUANTILES, absent
from flexsim.measures.periods import ALL
from flexsim.measures.units import unit
from flexsim.plan.build import build
from flexsim.result import Result
from flexsim.running import run
from flexsim.scenario import Scenario
from flexsim.scenario.names import listed, nearest, shown

#: Values of the grid, both ends among them.
GRID = 5
#: How near the value is found, as a share of the range.
NEAR = 0.005


class Point(NamedTuple):
    """The paired difference at a value of the key, with its 95 % interval."""

    difference: float
    low: float
    high: float

    @property
    def apart(self) -> str:
        """Which end of the interval keeps it from holding 0; empty if it does hold it."""
        return "low" if self.low > 0 else "high" if self.high < 0 else ""

    @property
    def verdict(self) -> str:
        """In words; one comparison, so that nothing is to be corrected."""
        return {"low": MORE, "high": FEWER, "": NOT_TOLD}[self.apart]


@dataclass(frozen=True, eq=False)
class TurningPoint:
    """Where the difference between two scenarios turns as a key of the second changes.

    Attributes
    ----------
    labels : tuple of str
        The two scenarios.
    key : str
    between : tuple of float
        The range of the key that was looked at.
    measure, pool, unit : str
    value : float
        Where the difference is zero; NaN if it keeps its sign in the range.
    low, high : float
        Between these the two cannot be told apart: the 95 % interval of the difference holds 0.
        NaN if the value is.
    open_low, open_high : bool
        Whether they still could not be told apart at that end of the range, so that the interval
        may be longer.
    turns : int
        How often the sign changes on the grid; `value` is the first of them.
    points : DataFrame
        value, difference, low, high, in order: all values of the key that were tried.
    runs : int
        Runs of a scenario, each of `replications` replications.
    replications : int
    scenario : Scenario
        The first of the two; it says in which language the words are.
    """

    labels: tuple[str, str]
    key: str
    between: tuple[float, float]
    measure: str
    pool: str
    unit: str
    value: float
    low: float
    high: float
    open_low: bool
    open_high: bool
    turns: int
    points: pd.DataFrame
    runs: int
    replications: int
    scenario: Scenario

    def words(self) -> str:
        """The finding in a sentence or two."""
        language = Language.of(self.scenario)
        below, above = (_short(end, language) for end in self.between)
        ends = self.points[list(Point._fields)].iloc[[0, -1]].to_numpy()
        first, last = (language.text(Point(*end).verdict) for end in ends.tolist())
        at = _short(self.value, language)
        values = {"key": self.key, "below": below, "above": above, "first": first, "last": last}
        if math.isnan(self.value):
            return language.text(
                "The conclusion does not turn between {key} = {below} and {above}: {first} at"
                " {below}, {last} at {above}.",
                **values,
            )
        low, high = _short(self.low, language), _short(self.high, language)
        said = [
            language.text(
                "The conclusion turns at {key} = {value}: {first} at {below}, {last} at {above}."
                " From {low} to {high} the two cannot be told apart.",
                **values,
                value=at,
                low=language.text("{value} (or less)", value=low) if self.open_low else low,
                high=language.text("{value} (or more)", value=high) if self.open_high else high,
            )
        ]
        if self.turns > 1:
            said += [
                language.text(
                    "The sign changes {count} times in the range; this is the first.",
                    count=self.turns,
                )
            ]
        return " ".join(said)


class _Curve:
    """The paired difference as a function of the key; no value is run twice."""

    def __init__(self, at: Callable[[float], Point]) -> None:
        self._at = at
        self.known: dict[float, Point] = {}

    def __call__(self, value: float) -> Point:
        if value not in self.known:
            self.known[value] = self._at(value)
        return self.known[value]

    def root(self, name: str, start: float, stop: float, near: float) -> float:
        """Where the difference, or an end of its interval, is zero between two values."""
        from scipy import optimize

        def height(value: float) -> float:
            return float(getattr(self(value), name))

        ends = min(start, stop), max(start, stop)
        for value in self.values():
            if ends[0] <= value <= ends[1] and height(value) == 0:
                return value
        return float(optimize.brentq(height, start, stop, xtol=near))

    def values(self) -> list[float]:
        """Values that were tried, in order."""
        return sorted(self.known)


def _short(value: float, language: Language) -> str:
    """To four digits; empty if it is not a number."""
    return "" if math.isnan(value) else language.exact(float(f"{value:.4g}"))


def turning_point(
    first: Source,
    second: Source,
    *,
    key: str,
    between: Sequence[float],
    measure: str = "completed_treatment_days",
    pool: str = ALL,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> TurningPoint:
    """Find the value of a key of the second scenario at which it is level with the first.

    Parameters
    ----------
    first, second
        Scenarios as `compare` takes them; the second is no result, since its key changes.
    key : str
        A dotted key of the second that takes decimal numbers, as ``pools.home.relapse.share``.
    between : two floats
        The range of the key to look at.
    measure, pool : str
        Of everybody; pool "all" adds the pools up for counts per year that can be added up.
    overrides, replications, seed, engine, workers, progress
        As for `compare`.

    Raises
    ------
    ScenarioError
        If a scenario, the key, the range, the measure or the pool is not valid, or if the two
        cannot be compared.
    RunError
        If a run could not be finished, or gave no value of the measure.
    """
    given = {"replications": replications, "seed": seed, "engine": engine, "workers": workers}
    settings = {name: value for name, value in given.items() if value is not None}
    start, stop = _range(key, between)
    labels, (one, two) = prepare([first, second], overrides, settings)
    _check_entry(scenario_of(two), key)

    def changed(value: float) -> Scenario:
        """The second scenario with a value of its key."""
        return scenario_of(opened(second, overrides, settings, [f"{key}={value!r}"]))

    lowest, highest = changed(start), changed(stop)  # refuses a bad key before anything runs
    for scenario in (scenario_of(one), lowest):
        _check_names(scenario, measure, pool)
    baseline = one if isinstance(one, Result) else run(one, progress=progress)

    def at(value: float) -> Point:
        scenario = {start: lowest, stop: highest}.get(value) or changed(value)
        point = _difference(baseline, run(scenario, progress=progress), measure, pool)
        if not math.isfinite(point.difference):
            raise RunError(
                f"turning-point: {measure} of {pool} has no value in both scenarios at {key} ="
                f" {value:.6g}"
            )
        return point

    curve = _Curve(at)
    found = _search(curve, start, stop)
    points = [(value, *curve(value)) for value in curve.values()]
    return TurningPoint(
        labels=(labels[0], labels[1]),
        key=key,
        between=(start, stop),
        measure=measure,
        pool=pool,
        unit=unit(measure),
        **vars(found),
        points=pd.DataFrame(points, columns=["value", *Point._fields]),
        runs=len(points) + (one is not baseline),
        replications=baseline.replications,
        scenario=baseline.scenario,
    )


@dataclass(frozen=True)
class _Found:
    value: float = math.nan
    low: float = math.nan
    high: float = math.nan
    open_low: bool = False
    open_high: bool = False
    turns: int = 0


def _search(curve: _Curve, start: float, stop: float) -> _Found:
    """The first change of sign, and how far to each side the two cannot be told apart."""
    grid = [float(value) for value in np.linspace(start, stop, GRID)]
    told = [value for value in grid if curve(value).difference != 0]
    turns = [(a, b) for a, b in pairwise(told) if curve(a).difference * curve(b).difference < 0]
    if not turns:
        return _Found()
    near = NEAR * (stop - start)
    value = curve.root("difference", *turns[0], near)
    known = curve.values()
    low, open_low = _edge(curve, value, [v for v in reversed(known) if v < value], near)
    high, open_high = _edge(curve, value, [v for v in known if v > value], near)
    return _Found(value, low, high, open_low, open_high, len(turns))


def _edge(curve: _Curve, value: float, outward: Sequence[float], near: float) -> tuple[float, bool]:
    """Where the interval of the difference leaves zero on one side; True if it does not."""
    for further in outward:
        end = curve(further).apart
        if end:
            inside = curve(value).apart != end
            return (curve.root(end, value, further, near) if inside else value), False
        value = further
    return value, True


def _difference(baseline: Result, other: Result, measure: str, pool: str) -> Point:
    quantile = measure in OF_QUANTILES
    sides = [
        Measures(
            result.measures if quantile else result.measures[result.measures["measure"] == measure],
            result.counts if quantile else result.counts[:0],
        )
        for result in (baseline, other)
    ]
    table = differences(*sides)
    everybody = (table["group"] == ALL) & (table["municipality"] == ALL)
    row = table[everybody & (table["pool"] == pool) & (table["measure"] == measure)]
    if row.empty:
        return Point(math.nan, math.nan, math.nan)
    return Point(*(float(row[name].iloc[0]) for name in Point._fields))


def _range(key: str, between: Sequence[float]) -> tuple[float, float]:
    """The two ends, checked, and the key."""
    if not key or "=" in key:
        raise ScenarioError(
            f"turning-point: key must be a dotted key without a value (got '{shown(key)}'), as"
            " pools.home.relapse.share"
        )
    try:
        start, stop = (float(end) for end in between)
    except (TypeError, ValueError):
        start = stop = math.nan
    if not (math.isfinite(start) and math.isfinite(stop) and start < stop):
        raise ScenarioError(
            "turning-point: between must be two numbers, the smaller first (got"
            f" {' '.join(shown(end) for end in between)})"
        )
    return start, stop


def _check_entry(scenario: Scenario, key: str) -> None:
    """Refuse a key of a pool, stream, ... that there is not: no new one is to be made of it."""
    section, _, rest = key.partition(".")
    entries, name = getattr(scenario, section, None), rest.partition(".")[0]
    if isinstance(entries, dict) and name not in entries:
        raise ScenarioError(
            f"turning-point: {scenario.name} has no {section}.{shown(name)}; there are:"
            f" {listed(entries)}{nearest(name, entries)}"
        )


def _check_names(scenario: Scenario, measure: str, pool: str) -> None:
    """Refuse one replication, and a pool or measure that a scenario does not have."""
    if scenario.run.replications < 2:
        raise ScenarioError(
            "turning-point: run.replications must be 2 or more (got 1): one replication gives no"
            " interval"
        )
    fault = absent(build(scenario), pool, measure, ADDED_UP if pool == ALL else OF_QUANTILES)
    if fault:
        raise ScenarioError(f"turning-point: {scenario.name} has {fault}")
