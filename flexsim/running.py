"""Runs: replications of one scenario, on one or several cores."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from flexsim.engine.choice import choose, simulate_rows, workspaces
from flexsim.measures.blocks import Blocks
from flexsim.measures.measure import Measured, measure
from flexsim.measures.periods import DAY
from flexsim.measures.steady import growth_warnings
from flexsim.measures.tidy import count_table, frame
from flexsim.plan.build import build
from flexsim.plan.plan import UNLIMITED, Plan
from flexsim.policy import Policy
from flexsim.result import Daily, Result
from flexsim.scenario import Scenario, load, warnings, with_run

if TYPE_CHECKING:
    from flexsim.engine.compiled.engine import Workspace

#: Replications whose days are kept for pictures.
PICTURED = 100
#: Below this many citizens in all, starting workers costs more than it saves.
SMALL = {"simpy": 40_000, "compiled": 100_000}


def run(
    scenario: Scenario | str | Path | Mapping[str, Any],
    replications: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    progress: bool = False,
    policy: Policy | None = None,
) -> Result:
    """Simulate a scenario.

    Parameters
    ----------
    scenario : Scenario, str, path or mapping
        From `load`, or what `load` takes.
    replications, seed, engine, workers
        In place of those of the scenario's `run`.
    progress : bool
        Show a progress bar with the time left (only on a terminal).
    policy : callable, optional
        A placement rule in Python (see `flexsim.policy`); the run is by the SimPy engine then.

    Raises
    ------
    ScenarioError
        If the scenario or an argument is not valid.
    RunError
        If a replication could not be finished.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    given = {"replications": replications, "seed": seed, "engine": engine, "workers": workers}
    given = {name: value for name, value in given.items() if value is not None}
    if given:
        scenario = with_run(scenario, **given)
    settings = scenario.run
    plan = build(scenario)
    started = time.perf_counter()
    engine = choose(settings.engine, expected_citizens(plan) * settings.replications, policy)
    blocks, measured = Blocks(settings.replications), []
    for replication in _measure_all(plan, scenario, engine, progress, policy):
        blocks.add(replication.counts)
        measured.append(replace(replication, counts=[]))
    return Result(
        scenario=scenario,
        plan=plan,
        seed=settings.seed,
        replications=settings.replications,
        engine=engine,
        measures=frame(scenario.name, plan, [m.cells for m in measured]),
        counts=count_table(plan.pools, blocks),
        daily=_daily(plan, measured),
        seconds=time.perf_counter() - started,
        warnings=[*warnings(scenario), *growth_warnings(plan, measured)],
        policy=policy,
    )


def _one(
    plan: Plan,
    seed: int,
    replication: int,
    engine: str,
    policy: Policy | None,
    spare: list[Workspace | None],
) -> Measured:
    workspace = spare.pop()
    rows = simulate_rows(plan, seed, replication, engine, policy, workspace)
    measured = measure(rows, plan, with_days=replication < PICTURED)
    spare.append(workspace)
    return measured


def expected_citizens(plan: Plan) -> float:
    """How many citizens one replication may be expected to have."""
    return float(plan.knot_expected[plan.knot_first[1:] - 1].sum() + plan.start_count.sum())


def _measure_all(
    plan: Plan, scenario: Scenario, engine: str, progress: bool, policy: Policy | None
) -> Iterator[Measured]:
    run = scenario.run
    numbers = range(run.replications)
    workers = os.cpu_count() or 1 if run.workers == "all" else run.workers
    results: Iterator[Measured]
    _say_if_compiling(engine)
    citizens = expected_citizens(plan) * run.replications
    spare = workspaces(engine, workers)
    if min(workers, run.replications) < 2 or citizens < SMALL[engine]:
        results = (_one(plan, run.seed, n, engine, policy, spare) for n in numbers)
    else:
        from joblib import Parallel, delayed

        # compiled code lets other threads run; SimPy needs processes
        prefer = "threads" if engine == "compiled" else "processes"
        parallel = Parallel(n_jobs=workers, prefer=prefer, return_as="generator", batch_size="auto")
        results = parallel(delayed(_one)(plan, run.seed, n, engine, policy, spare) for n in numbers)
    return _show(results, run.replications, scenario.name) if progress else results


def _say_if_compiling(engine: str) -> None:
    """Say on a terminal that this run takes longer than later ones."""
    from flexsim.jit import forget_old, is_compiled

    missing = [name for name in ("run.run", "*") if not is_compiled(name)]
    if not missing or (engine == "simpy" and "*" not in missing):
        return
    forget_old()
    if sys.stderr.isatty():
        what = "engine and measures" if engine == "compiled" else "measures"
        print(f"compiling {what}, once for this version of flexsim ...", file=sys.stderr)


def _show(results: Iterator[Measured], total: int, name: str) -> Iterator[Measured]:
    """Results as they come, with a bar on standard error if that is a terminal."""
    from rich.console import Console
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn
    from rich.progress import TimeRemainingColumn as Remaining

    console = Console(stderr=True)
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), Remaining())
    with Progress(
        *columns, console=console, transient=True, disable=not console.is_terminal
    ) as bar:
        yield from bar.track(results, total=total, description=f"{name}: replications")


def _daily(plan: Plan, measured: list[Measured]) -> Daily:
    kept = [m for m in measured if m.occupied is not None and m.delayed is not None]
    return Daily(
        occupied=np.array([m.occupied for m in kept]),
        delayed=np.array([m.delayed for m in kept]),
        norm=np.array([_norm_by_day(plan, pool) for pool in range(len(plan.pools))]),
    )


def _norm_by_day(plan: Plan, pool: int) -> NDArray[np.float64]:
    steps = plan.step_pool == pool
    times = np.concatenate([[0], plan.step_time[steps]])
    norm = np.concatenate([[plan.norm[pool]], plan.step_norm[steps]])
    midnights = np.arange(plan.end // DAY) * DAY
    places = norm[np.searchsorted(times, midnights, side="right") - 1]
    return np.where(places >= UNLIMITED, np.inf, places)
