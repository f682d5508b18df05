"""A shipped region: the compiled engine beside the SimPy engine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import flexsim as fs
from benchmarks import engines as e
from benchmarks.effort import Effort
from benchmarks.rows import AGREES, DIFFERS, REGIONS, Row, Target, at_least, missing, timed
from benchmarks.timing import Spread, cpu_seconds, ratios
from flexsim.plan.build import build
from flexsim.plan.plan import Plan

#: (scenario, target): both are shipped; the first is what `flexsim` runs.
SCENARIOS = (("baseline", at_least(25)), ("aarhus_baseline", None))
#: Replications of the compiled engine for one of the SimPy engine.
BATCH = 20


def rows(effort: Effort) -> list[Row]:
    """Time of a replication by each engine, and the ratio of the two, pair by pair."""
    return [row for name, target in SCENARIOS for row in _region(name, target, effort)]


def _region(name: str, target: Target | None, effort: Effort) -> list[Row]:
    scenario = fs.load(name)
    plan = build(scenario)
    place = f"{name} ({scenario.region})"
    ratio = f"{place}: compiled engine, times as fast as the SimPy engine"
    numbers = range(effort.region_rounds)
    try:
        compiled = e.compiled_rows()
    except e.MissingError as error:
        theirs = [_simpy_ms(plan, n) for n in numbers]
        return [
            missing(REGIONS, ratio, "ratio", str(error), target),
            _time(place, "SimPy engine", theirs),
        ]
    differ = [n for n in numbers if not _same(plan, n)]  # this also compiles
    pairs = [(_simpy_ms(plan, n), _compiled_ms(plan, n, compiled)) for n in numbers]
    theirs, ours = (list(times) for times in zip(*pairs, strict=True))
    return [
        timed(REGIONS, ratio, ratios(theirs, ours), "ratio", target),
        _time(place, "SimPy engine", theirs),
        _time(place, "compiled engine", ours),
        _equal(place, len(numbers), differ),
    ]


def _simpy_ms(plan: Plan, number: int) -> float:
    return 1000 * cpu_seconds(lambda: e.simulate_simpy(plan, e.SEED, number))[0]


def _compiled_ms(plan: Plan, number: int, compiled: Callable[[Plan, int, int], Any]) -> float:
    def run_all() -> None:
        for n in range(number * BATCH, (number + 1) * BATCH):
            compiled(plan, e.SEED, n)

    return 1000 * cpu_seconds(run_all)[0] / BATCH


def _same(plan: Plan, number: int) -> bool:
    ours = e.compiled_rows()(plan, e.SEED, number).register()
    return ours.equals(e.simulate_simpy(plan, e.SEED, number))


def _time(place: str, engine: str, times: list[float]) -> Row:
    return timed(REGIONS, f"{place}: CPU time of a replication, {engine}", Spread.of(times), "ms")


def _equal(place: str, count: int, differ: list[int]) -> Row:
    what = f"{place}: registers of both engines equal"
    note = ", ".join(f"replication {n}" for n in differ)
    verdict = DIFFERS if differ else AGREES
    numbers = (float(count), None, None, count)
    return Row(REGIONS, what, *numbers, "replications", "equal", verdict, note)
