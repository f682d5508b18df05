"""Points simulated: in this process, in threads or processes of this machine, or on a cluster.

Who computes a point, and beside what, changes nothing of its numbers. A task is some points, about
a second's work together; where there are fewer points than workers, the replications of one point
are shared out as well.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from threading import Event
from typing import Any, NamedTuple, TypeVar

import numpy as np

from flexsim.engine.choice import choose, simulate_rows, workspaces
from flexsim.errors import FlexsimError, RunError
from flexsim.measures.blocks import Blocks
from flexsim.measures.condensed import Condensed, condensed
from flexsim.measures.measure import Measured, measure
from flexsim.measures.steady import growth_warnings
from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from flexsim.running import SMALL, expected_citizens, say_if_compiling
from flexsim.scenario import Scenario
from flexsim.scenario.schema import Run
from flexsim.sweeping import cluster
from flexsim.sweeping.points import EntryKey, Points, patched
from flexsim.sweeping.store import Outcome, done, failure

T = TypeVar("T")

#: Citizens that one worker simulates and measures in a second, about.
CITIZENS_PER_SECOND = {"simpy": 40_000, "compiled": 700_000}
#: Seconds of a task, and of work that makes up for starting processes rather than threads.
TASK, WORTH_PROCESSES = 1.0, 60.0
#: Engines that let other threads run.
THREADED = ("compiled",)
#: Points of a task at most.
MOST = 20
#: How often a point is begun again after its worker was lost.
RETRIES = 2


class Piece(NamedTuple):
    """Some replications of a point."""

    point: int
    changes: tuple[tuple[EntryKey, Any], ...]
    replications: range


@dataclass(frozen=True)
class Task:
    """Pieces that start from one base."""

    base: Scenario
    pieces: tuple[Piece, ...]
    engine: str


#: Numbers of a point, and what a reader of them should know.
Summary = tuple[Condensed, list[str]]
Done = list[tuple[int, range, Outcome | list[Measured]]]


def outcomes(
    points: Points, todo: Sequence[int], workers: int | None = None, where: str | None = None
) -> Iterator[tuple[int, Outcome]]:
    """Outcomes of points as they become known, in any order.

    Parameters
    ----------
    points : Points
    todo : sequence of int
        Which of them.
    workers : int, optional
        Default as many as the machine or the cluster has.
    where : str, optional
        A cluster; see `flexsim.sweeping.cluster`.

    Raises
    ------
    RunError
        If workers are lost again and again.
    """
    if not todo:
        return
    load = _Load(points, todo)
    stop = Event()
    with cluster.connected(where, workers) if where else nullcontext(None) as size:
        count = size or workers or os.cpu_count() or 1
        tasks = load.tasks(points, todo, count)
        parts: dict[int, dict[int, list[Measured]]] = {}
        try:
            for found in _all_done(tasks, load, count, bool(where), stop):
                for point, replications, outcome in found:
                    if isinstance(outcome, Outcome):
                        parts.pop(point, None)
                        yield point, outcome
                        continue
                    pieces = parts.setdefault(point, {})
                    pieces[replications.start] = outcome
                    scenario = points.scenario(point)
                    if sum(map(len, pieces.values())) == scenario.run.replications:
                        kept = [one for start in sorted(pieces) for one in pieces[start]]
                        del parts[point]
                        yield point, done(*_summed(build(scenario), kept))
        finally:
            stop.set()


class _Load:
    """How much work there is, and by which engine."""

    def __init__(self, points: Points, todo: Sequence[int]) -> None:
        bases = {points.points[n].base for n in todo}
        plans = {base: build(points.bases[base]) for base in bases}
        self._citizens = {base: expected_citizens(plan) for base, plan in plans.items()}
        self._runs = {n: points.scenario(n).run.replications for n in todo}
        self.total = sum(self._citizens[points.points[n].base] * self._runs[n] for n in todo)
        asked = {points.bases[base].run.engine for base in bases}
        self.engine = choose(asked.pop() if len(asked) == 1 else "auto", self.total)
        self.seconds = self.total / CITIZENS_PER_SECOND[self.engine]

    def tasks(self, points: Points, todo: Sequence[int], workers: int) -> list[Task]:
        """Points in tasks of about a second, or replications of a point where points are few."""
        found: list[Task] = []
        if len(todo) < workers:
            for n in todo:
                runs = range(self._runs[n])
                length = max(1, -(-len(runs) * len(todo) // (2 * workers)))
                for first in runs[::length]:
                    found.append(self._task(points, [n], runs[first : first + length]))
            return found
        share = max(1, len(todo) // (4 * workers))
        some: list[int] = []
        for n in todo:
            base = points.points[n].base
            seconds = self._citizens[base] * self._runs[n] / CITIZENS_PER_SECOND[self.engine]
            most = max(1, min(MOST, share, int(TASK / max(seconds, 1e-6))))
            if some and (len(some) >= most or points.points[some[0]].base != base):
                found.append(self._task(points, some))
                some = []
            some.append(n)
        return [*found, self._task(points, some)]

    def _task(self, points: Points, chosen: Sequence[int], runs: range | None = None) -> Task:
        pieces = tuple(
            Piece(n, points.points[n].changes, runs or range(self._runs[n])) for n in chosen
        )
        return Task(points.bases[points.points[chosen[0]].base], pieces, self.engine)


def _all_done(
    tasks: list[Task], load: _Load, workers: int, on_cluster: bool, stop: Event
) -> Iterator[Done]:
    """What tasks give; those whose worker was lost are begun again."""
    for again in range(RETRIES + 1):
        missing = {_name(task): task for task in tasks}
        try:
            for name, found in _computed(list(missing.values()), load, workers, on_cluster, stop):
                if missing.pop(name, None) is not None:
                    yield found
            return
        except Exception as error:
            if not _is_loss(error):
                raise
            if again == RETRIES:
                first = min(piece.point for task in missing.values() for piece in task.pieces)
                raise RunError(
                    f"workers were lost {RETRIES + 1} times ({type(error).__name__}), the last at"
                    f" point {first} or after it; there may be too little memory"
                ) from error
        tasks = list(missing.values())


def _computed(
    tasks: list[Task], load: _Load, workers: int, on_cluster: bool, stop: Event
) -> Iterator[tuple[tuple[int, int], Done]]:
    say_if_compiling(load.engine)
    small = load.total < SMALL[load.engine]
    if not on_cluster and (workers < 2 or len(tasks) < 2 or small):
        yield from (_work(task, stop) for task in tasks)
        return
    from joblib import Parallel, delayed

    threads = load.engine in THREADED and load.seconds < WORTH_PROCESSES * workers
    in_threads = threads and not on_cluster
    prefer = {} if on_cluster else {"prefer": "threads" if threads else "processes"}
    parallel = Parallel(
        n_jobs=-1 if on_cluster else workers,
        return_as="generator_unordered",
        batch_size=1,
        pre_dispatch="all" if on_cluster else "3 * n_jobs",
        **prefer,
    )
    running = parallel(delayed(_work)(task, stop if in_threads else None) for task in tasks)
    try:
        yield from running
    finally:
        stop.set()
        with suppress(Exception):
            running.close()


def _is_loss(error: Exception) -> bool:
    """Whether an error says that a worker process is gone."""
    return type(error).__name__ in ("TerminatedWorkerError", "BrokenProcessPool", "KilledWorker")


def _name(task: Task) -> tuple[int, int]:
    piece = task.pieces[0]
    return piece.point, piece.replications.start


def _work(task: Task, stop: Event | None = None) -> tuple[tuple[int, int], Done]:
    """Simulate the pieces of a task; a point that fails leaves the others alone."""
    (workspace,) = workspaces(task.engine, 1)
    # what runs in turns with other code runs slowly: so all plans first, and all tables last
    plans = [_tried(_planned, task.base, piece) for piece in task.pieces]
    finished: list[Any] = []
    for piece, plan in zip(task.pieces, plans, strict=True):
        if isinstance(plan, Outcome):
            finished.append(plan)
        else:
            finished.append(_tried(_run, *plan, piece, task.engine, workspace, stop))
        if finished[-1] is None:
            return _name(task), []
    found = [one if isinstance(one, Outcome | list) else done(*one) for one in finished]
    return _name(task), [
        (piece.point, piece.replications, one)
        for piece, one in zip(task.pieces, found, strict=True)
    ]


def _tried(function: Callable[..., T], *arguments: Any) -> T | Outcome:
    """What a function gives, or how it failed."""
    try:
        return function(*arguments)
    except FlexsimError as error:
        return failure(str(error))
    except Exception as error:
        return failure(f"unexpected error: {type(error).__name__}: {error}")


def _planned(base: Scenario, piece: Piece) -> tuple[Plan, Run]:
    scenario = patched(base, piece.changes)
    return build(scenario), scenario.run


def _run(
    plan: Plan, run: Run, piece: Piece, engine: str, workspace: Any, stop: Event | None
) -> Summary | list[Measured] | None:
    """The summary of a whole point, or what is kept of some replications; None if stopped."""
    kept: list[Measured] = []
    for n in piece.replications:
        if stop is not None and stop.is_set():
            return None
        rows = simulate_rows(plan, run.seed, n, engine, None, workspace)
        kept.append(measure(rows, plan, daily=False))
    return _summed(plan, kept) if len(kept) == run.replications else kept


def _summed(plan: Plan, kept: Sequence[Measured]) -> Summary:
    blocks = Blocks(len(kept))
    for one in kept:
        blocks.add(one.counts)
    found = condensed(plan, [one.cells for one in kept], blocks)
    return found, growth_warnings(plan, np.array([one.waiting for one in kept]))
