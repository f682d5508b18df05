"""Arrivals, beds and places multiplied: time per event, and memory of one replication."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from typing import Any

from benchmarks import engines as e
from benchmarks import plain_simpy
from benchmarks.effort import Effort
from benchmarks.reference import patient_events
from benchmarks.rows import SCALE, Row, at_least, missing, timed
from benchmarks.timing import ROOT, Spread, cpu_seconds, ratios

ENGINES = (e.COMPILED, e.C_ROWS, e.SIMPY, e.PLAIN)
TIME, EVENT = "CPU time of a replication", "CPU time of a patient-event"
#: How many times as fast as plain SimPy the compiled engine is to be.
TIMES_PLAIN = {100: at_least(150)}
#: SimPy takes a minute or more at larger scales than this one: one round has to do.
FEW_ROUNDS_ABOVE = 10
#: Replications of a fast engine at scale 1 between two looks at the clock.
BATCH = 25


def runner(name: str, scale: int) -> tuple[Callable[[int], Any], Callable[[Any], int]]:
    """One replication of an engine at a scale; and the patient-events of what it gives.

    Raises
    ------
    MissingError
        If there is no such engine here.
    """
    if name == e.PLAIN:
        per_day = 2.6
        return lambda n: plain_simpy.replicate(n, per_day, scale), lambda tally: tally.events
    plan = e.scaled(scale)
    if name == e.C_ROWS:
        ward = e.c_ward(plan)
        return (
            lambda n: (n, ward.run(e.SEED, n)),
            lambda output: ward.run(e.SEED, output[0], keep_rows=False).totals.events,
        )
    simulate = e.compiled_rows() if name == e.COMPILED else e.simulate_simpy
    return lambda n: simulate(plan, e.SEED, n), lambda register: patient_events(register, plan)


def rows(effort: Effort) -> list[Row]:
    """Times, costs per event and memory, engine by engine."""
    lines = []
    for name in ENGINES:
        is_fast = name in {e.COMPILED, e.C_ROWS}
        scales = effort.scales if is_fast else effort.simpy_scales
        try:
            lines += _times(name, scales, effort.scale_rounds, is_fast)
        except e.MissingError as error:
            lines.append(missing(SCALE, f"{name}: {TIME}", "ms", str(error)))
            continue
        lines += _inferred(name, lines, effort.scales[-1], scales[-1])
        lines += [_memory(name, scale) for scale in scales if scale in effort.memory_scales]
    return lines + list(_relative(lines, effort.scales))


def _relative(lines: list[Row], scales: tuple[int, ...]) -> Iterator[Row]:
    """How many times as fast as plain SimPy, where both were run."""
    medians = {row.what: row.value for row in lines if row.count}
    for scale in scales:
        both = [medians.get(f"{name}, scale {scale}: {EVENT}") for name in (e.PLAIN, e.COMPILED)]
        plain, ours = both
        if plain and ours:
            what = f"compiled engine, times as fast as plain SimPy (scale {scale})"
            spread = Spread.of([plain / ours])
            yield timed(SCALE, what, spread, "ratio", TIMES_PLAIN.get(scale))


def _times(name: str, scales: tuple[int, ...], rounds: int, is_fast: bool) -> list[Row]:
    times: dict[int, list[float]] = {scale: [] for scale in scales}
    per_event: dict[int, list[float]] = {scale: [] for scale in scales}
    runners = {scale: runner(name, scale) for scale in scales}
    if is_fast:
        for run, _ in runners.values():
            run(0)  # compile, make buffers
    for number in range(rounds):
        for scale, (run, events) in runners.items():
            if scale > FEW_ROUNDS_ABOVE and not is_fast and number:
                continue
            batch = BATCH if is_fast and scale == 1 else 1
            seconds, count = _several(run, events, range(number * batch, (number + 1) * batch))
            times[scale].append(1000 * seconds / batch)
            per_event[scale].append(1e9 * seconds / count)
    lines = []
    for scale in scales:
        place = f"{name}, scale {scale}"
        lines += [
            timed(SCALE, f"{place}: {TIME}", Spread.of(times[scale]), "ms"),
            timed(SCALE, f"{place}: {EVENT}", Spread.of(per_event[scale]), "ns"),
        ]
        if scale > 1:
            relative = ratios(per_event[scale], per_event[1])
            lines.append(timed(SCALE, f"{place}: the same by that at scale 1", relative, "ratio"))
    return lines


def _several(
    run: Callable[[int], Any], events: Callable[[Any], int], replications: range
) -> tuple[float, int]:
    """CPU time of several replications, and how many patient-events they have together."""

    def run_all() -> Any:
        for n in replications:
            output = run(n)
        return output

    seconds, output = cpu_seconds(run_all)
    if len(replications) == 1:
        return seconds, events(output)
    return seconds, sum(events(run(n)) for n in replications)


def _inferred(name: str, lines: list[Row], largest: int, measured: int) -> list[Row]:
    """What the largest scale would take at the cost per event of the largest that was run."""
    if measured >= largest:
        return []
    last = next(row for row in lines if row.what == f"{name}, scale {measured}: {TIME}")
    what = f"{name}, scale {largest}: {TIME}"
    note = f"not run: {largest // measured} times that at scale {measured}, a lower bound"
    value = (last.value or 0.0) * largest / measured
    return [Row(SCALE, what, value, None, None, 0, "ms", note=note)]


def _memory(name: str, scale: int) -> Row:
    """Peak memory of one replication, in a process of its own."""
    command = [sys.executable, "-m", "benchmarks.memory", name, str(scale)]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=True)
    megabytes = json.loads(done.stdout)
    what = f"{name}, scale {scale}: peak memory of a replication"
    return timed(SCALE, what, Spread.of([megabytes]), "MB")
