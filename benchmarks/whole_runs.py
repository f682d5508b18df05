"""Whole processes, by the clock on the wall: starting, first compilation, many replications."""

from __future__ import annotations

import os
import tempfile
from pathlib import Path

from benchmarks import engines as e
from benchmarks.effort import Effort
from benchmarks.rows import WHOLE_RUNS, Row, at_most, missing, timed
from benchmarks.timing import Spread, ratios, wall_seconds

START = at_most(2.5)
FIRST_COMPILATION = at_most(60)
COMMAND = ("-m", "flexsim")
UNCACHED = "the same, compiling everything first (empty NUMBA_CACHE_DIR)"


def rows(effort: Effort) -> list[Row]:
    """Starting with a warm cache, compiling for the first time, and a long run."""
    with tempfile.TemporaryDirectory(prefix="flexsim-benchmark-") as name:
        folder = Path(name)
        lines = [
            _started("flexsim --help", ("--help",), effort, folder),
            _started(_small("simpy"), _to_table("simpy"), effort, folder),
        ]
        return lines + _compiled(effort, folder)


def _compiled(effort: Effort, folder: Path) -> list[Row]:
    many = f"{effort.many} replications, compiled engine, two cores"
    try:
        e.compiled_rows()
    except e.MissingError as error:
        why = str(error)
        return [
            missing(WHOLE_RUNS, _small("compiled"), "s", why, START),
            missing(WHOLE_RUNS, UNCACHED, "s", why, FIRST_COMPILATION),
            missing(WHOLE_RUNS, many, "s", why),
        ]
    lines = [_started(_small("compiled"), _to_table("compiled"), effort, folder)]
    if effort.compile_first:
        seconds = Spread.of([_uncached(folder)])
        lines.append(timed(WHOLE_RUNS, UNCACHED, seconds, "s", FIRST_COMPILATION))
    return lines + _many(effort, folder, many)


def _small(engine: str) -> str:
    return f"flexsim {' '.join(_to_table(engine))}"


def _to_table(engine: str) -> tuple[str, ...]:
    """A small run without pictures, which are drawn when the table has long been shown."""
    return ("run=quick", f"run.engine={engine}", "output.figures=none")


def _started(what: str, arguments: tuple[str, ...], effort: Effort, folder: Path) -> Row:
    """A command once to warm the caches, then timed."""
    wall_seconds([*COMMAND, *arguments], folder)
    seconds = [wall_seconds([*COMMAND, *arguments], folder) for _ in range(effort.starts)]
    return timed(WHOLE_RUNS, what, Spread.of(seconds), "s", START)


def _uncached(folder: Path) -> float:
    """The small run with an empty folder for compiled code."""
    with tempfile.TemporaryDirectory(prefix="flexsim-benchmark-") as empty:
        environment = {"NUMBA_CACHE_DIR": empty}
        arguments = [*COMMAND, *_to_table("compiled")]
        return wall_seconds(arguments, folder, environment)


def _many(effort: Effort, folder: Path, what: str) -> list[Row]:
    """Many replications on two cores, beside a few of plain SimPy on one; start-up included."""
    few = f"{effort.few} replications, plain SimPy, one core"
    ours: list[float] = []
    theirs: list[float] = []
    wall_seconds(["-m", "benchmarks.many", "2"], folder)
    for _ in range(max(1, effort.starts // 2)):
        ours.append(wall_seconds(["-m", "benchmarks.many", str(effort.many)], folder))
        theirs.append(wall_seconds(["-m", "benchmarks.plain_simpy", str(effort.few)], folder))
    return [
        timed(WHOLE_RUNS, what, Spread.of(ours), "s", note=f"{os.cpu_count()} cores here"),
        timed(WHOLE_RUNS, few, Spread.of(theirs), "s"),
        timed(
            WHOLE_RUNS,
            "time of the first of these two by the second",
            ratios(ours, theirs),
            "ratio",
            at_most(1),
        ),
    ]
