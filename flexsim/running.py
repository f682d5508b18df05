"""Runs: replications of one scenario, on one or several cores."""

from __future__ import annotations

import os
import sys
import time
from collections import deque
from collections.abc import Callable, Generator, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any
from warnings import catch_warnings, filterwarnings

import numpy as np
from numpy.typing import NDArray

from flexsim.engine.choice import choose, simulate_rows, workspaces
from flexsim.foreseen import foreseen
from flexsim.measures.blocks import Blocks
from flexsim.measures.days import SERIES
from flexsim.measures.measure import Measured, measure
from flexsim.measures.periods import DAY
from flexsim.measures.steady import growth_warnings
from flexsim.plan.build import build
from flexsim.plan.plan import UNLIMITED, Plan
from flexsim.policy import Policy
from flexsim.precision import Until
from flexsim.progress import bar
from flexsim.result import Daily, Result
from flexsim.scenario import Scenario, load, with_run
from flexsim.scenario.schema import Run

if TYPE_CHECKING:
    from flexsim.engine.compiled.engine import Workspace

#: Replications whose days are kept for pictures.
PICTURED = 100
#: Below this many citizens in all, starting workers costs more than it saves.
SMALL = {"simpy": 40_000, "compiled": 100_000}
#: Citizens of a task: threads that seldom hand over lose little to each other.
AT_A_TIME = {"simpy": 0, "compiled": 100_000}
#: Tasks begun for each thread before the first of them has been taken.
AHEAD = 2

#: Some replications, to be made.
Task = Callable[[], list[Measured]]


def run(
    scenario: Scenario | str | Path | Mapping[str, Any],
    replications: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    progress: bool = False,
    policy: Policy | None = None,
    until: Mapping[str, Mapping[str, Mapping[str, float]]] | None = None,
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
    until : mapping, optional
        Repeat until these intervals are so narrow, by pool and measure, in place of `run.until`:
        ``{"mpo": {"occupied": {"half_width": 0.2}}}``.

    Raises
    ------
    ScenarioError
        If the scenario or an argument is not valid.
    RunError
        If a replication could not be finished.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    given: dict[str, Any] = {
        "replications": replications,
        "seed": seed,
        "engine": engine,
        "workers": workers,
    }
    given |= {"until": until}
    given = {name: value for name, value in given.items() if value is not None}
    if given:
        scenario = with_run(scenario, **given)
    settings = scenario.run
    plan = build(scenario)
    rule = Until(plan, settings)
    started = time.perf_counter()
    engine = choose(settings.engine, expected_citizens(plan) * settings.replications, policy)
    blocks, cells, waiting, days = Blocks(rule.total), [], [], []
    with bar(f"{scenario.name}: replications", rule.expected, progress) as show:
        for replication in _measure_all(plan, settings, engine, policy, rule):
            blocks.add(replication.counts)
            cells.append(replication.cells)
            waiting.append(replication.waiting)
            if replication.days:
                days.append(replication.days)
            show(rule.replications, rule.expected)
    return Result(
        scenario=scenario,
        plan=plan,
        seed=settings.seed,
        replications=rule.replications,
        engine=engine,
        cells=cells,
        blocks=blocks,
        daily=_daily(plan, days),
        seconds=time.perf_counter() - started,
        warnings=[
            *foreseen(scenario, plan),
            *growth_warnings(plan, np.array(waiting)),
            *(one.words(rule.replications) for one in rule.reached if not one.met),
        ],
        precision=rule.reached,
        policy=policy,
    )


def _some(
    plan: Plan,
    seed: int,
    numbers: Sequence[int],
    engine: str,
    policy: Policy | None,
    spare: list[Workspace | None],
) -> list[Measured]:
    """Replications of these numbers, one after the other."""
    workspace, measured = spare.pop(), []
    for n in numbers:
        rows = simulate_rows(plan, seed, n, engine, policy, workspace)
        measured.append(measure(rows, plan, daily=n < PICTURED))
    spare.append(workspace)
    return measured


def expected_citizens(plan: Plan) -> float:
    """Citizens of one replication."""
    return float(plan.knot_expected[plan.knot_first[1:] - 1].sum() + plan.start_count.sum())


def _measure_all(
    plan: Plan, run: Run, engine: str, policy: Policy | None, rule: Until
) -> Iterator[Measured]:
    """Replications in their order, until there are enough."""
    say_if_compiling(engine)
    first = 0
    while not rule.enough:
        numbers = range(first, rule.expected)
        with closing(_measure(plan, run, engine, policy, numbers)) as batch:
            for replication in batch:
                rule.add(replication.cells)
                yield replication
                if rule.enough:
                    break
        first = numbers.stop


def _measure(
    plan: Plan, run: Run, engine: str, policy: Policy | None, numbers: Sequence[int]
) -> Generator[Measured]:
    """Replications of these numbers, on as many cores as it pays."""
    workers = os.cpu_count() or 1 if run.workers == "all" else run.workers
    citizens = expected_citizens(plan)
    alone = min(workers, len(numbers)) < 2 or citizens * len(numbers) < SMALL[engine]
    at_a_time = min(int(AT_A_TIME[engine] / max(citizens, 1)), len(numbers) // (4 * workers))
    length = 1 if alone else max(at_a_time, 1)
    spare = workspaces(engine, workers)
    tasks = (
        partial(_some, plan, run.seed, numbers[n : n + length], engine, policy, spare)
        for n in range(0, len(numbers), length)
    )
    found: Iterator[list[Measured]]
    if alone:
        found = (task() for task in tasks)
    else:  # compiled code lets other threads run; SimPy needs processes
        found = (_by_threads if engine == "compiled" else _by_processes)(tasks, workers)
    for some in found:
        yield from some


def _by_threads(tasks: Iterator[Task], workers: int) -> Iterator[list[Measured]]:
    """What the tasks give, in their order; few are begun before it is their turn."""
    begun: deque[Future[list[Measured]]] = deque()
    with ThreadPoolExecutor(workers) as pool:
        try:
            for task in tasks:
                begun.append(pool.submit(task))
                if len(begun) > AHEAD * workers:
                    yield begun.popleft().result()
            while begun:
                yield begun.popleft().result()
        finally:  # those beyond what was needed are dropped
            pool.shutdown(cancel_futures=True)


def _by_processes(tasks: Iterator[Task], workers: int) -> Iterator[list[Measured]]:
    from joblib import Parallel, delayed  # slow to import

    parallel = Parallel(n_jobs=workers, prefer="processes", return_as="generator")
    with catch_warnings():
        # those begun beyond what was needed are dropped
        filterwarnings("ignore", ".*tasks which (were|have)", UserWarning)
        yield from parallel(delayed(task)() for task in tasks)


def say_if_compiling(engine: str) -> None:
    """Say on a terminal that this run takes longer than later ones."""
    from flexsim.jit import forget_old, is_compiled

    missing = [name for name in ("run.run", "*") if not is_compiled(name)]
    if not missing or (engine == "simpy" and "*" not in missing):
        return
    forget_old()
    if sys.stderr.isatty():
        what = "engine and measures" if engine == "compiled" else "measures"
        print(f"compiling {what}, once for this version of flexsim ...", file=sys.stderr)


def _daily(plan: Plan, days: Sequence[dict[str, NDArray[np.float32]]]) -> Daily:
    norm = np.array([_norm_by_day(plan, pool) for pool in range(len(plan.pools))])
    return Daily(norm=norm, **{name: np.array([one[name] for one in days]) for name in SERIES})


def _norm_by_day(plan: Plan, pool: int) -> NDArray[np.float64]:
    steps = plan.step_pool == pool
    times = np.concatenate([[0], plan.step_time[steps]])
    norm = np.concatenate([[plan.norm[pool]], plan.step_norm[steps]])
    midnights = np.arange(plan.end // DAY) * DAY
    places = norm[np.searchsorted(times, midnights, side="right") - 1]
    return np.where(places >= UNLIMITED, np.inf, places)
