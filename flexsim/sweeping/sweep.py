"""A sweep from its design to its table: `sweep` in Python, ``flexsim -m`` on the command line."""

from __future__ import annotations

import json
import os
import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.dataset as ds

from flexsim.errors import ScenarioError, WorkplaceError
from flexsim.output import tables
from flexsim.progress import bar
from flexsim.scenario.names import listed, nearest, shown
from flexsim.sweeping import cluster as clusters
from flexsim.sweeping.identity import Identity
from flexsim.sweeping.keys import Keys
from flexsim.sweeping.lock import locked
from flexsim.sweeping.points import Points, Source, checked
from flexsim.sweeping.store import ABOUT, Store, write_whole
from flexsim.sweeping.working import outcomes

#: Seconds after which finished points are written even if their part is not full.
FLUSH = 5.0


@dataclass(frozen=True, eq=False)
class Sweep:
    """A sweep that was run.

    Attributes
    ----------
    folder : Path
        Where it is kept.
    keys : tuple of str
        The swept keys.
    points : DataFrame
        point, a column for each swept key, outcome ("done" or "failed"), message (why it failed, or
        what a reader of its results should know).
    warnings : list of str
        What a reader of any of the points should know.
    """

    folder: Path
    keys: tuple[str, ...]
    points: pd.DataFrame
    warnings: list[str]
    _temporary: Any = field(default=None, repr=False)  # goes when nobody has the sweep any more

    @property
    def failed(self) -> pd.DataFrame:
        """The points that could not be run, with the message of each."""
        return self.points[self.points["outcome"] == "failed"].reset_index(drop=True)

    def table(
        self,
        measure: str | Sequence[str] | None = None,
        pool: str | Sequence[str] | None = None,
        group: str | Sequence[str] | None = None,
        municipality: str | Sequence[str] | None = None,
    ) -> pd.DataFrame:
        """One tidy table of all points, or those of its rows that are asked for.

        Returns
        -------
        DataFrame
            point, a column for each swept key, pool, group, municipality, measure, unit, mean, low,
            high, year_low, year_high, n; see `flexsim.Result.summary`.

        Raises
        ------
        ScenarioError
            If there is no such measure, pool, group or municipality.
        """
        asked = {"measure": measure, "pool": pool, "group": group, "municipality": municipality}
        chosen = {
            name: [value] if isinstance(value, str) else list(value)
            for name, value in asked.items()
            if value is not None
        }
        files = sorted((self.folder / "parts").glob("*.parquet"))
        if not files:
            raise ScenarioError(f"{shown(self.folder, 200)} holds no finished part of a sweep")
        found = ds.dataset(files)
        where = None
        for name, values in chosen.items():
            condition = ds.field(name).isin(values)
            where = condition if where is None else where & condition
        table: pd.DataFrame = (
            found.to_table(filter=where).unify_dictionaries().to_pandas(split_blocks=True)
        )
        for name, values in chosen.items():
            absent = [value for value in values if not (table[name] == value).any()]
            if absent:
                known = set(found.to_table(columns=[name]).column(name).cast("string").to_pylist())
                raise ScenarioError(
                    f"the sweep has no {name} '{shown(absent[0])}' with these; there are:"
                    f" {listed(known)}{nearest(absent[0], known)}"
                )
        return table


def sweep(
    scenario: Source | None = None,
    design: Mapping[str, Any] | None = None,
    *,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    workers: int | None = None,
    folder: str | Path | None = None,
    resume: bool = False,
    overwrite: bool = False,
    cluster: str | None = None,
    progress: bool = False,
) -> Sweep:
    """Run every point of a design.

    Parameters
    ----------
    scenario : Scenario, str, path or mapping, optional
        What the design is about; without it, what the overrides choose.
    design : mapping, optional
        As below `sweep` in an experiment: keys to lists of values, or
        ``{"design": "sobol", "points": 64, "ranges": {"pools.mpo.places": [2, 12]}}``. Without it
        the overrides have lists of values, or name an experiment.
    overrides : sequence of str
        As on the command line.
    replications, seed : int, optional
        In place of those of the scenario's `run`.
    workers : int, optional
        Threads or processes; results do not depend on it.
    folder : path, optional
        Where the results are kept; without it they last as long as what is returned.
    resume : bool
        Go on with what the folder holds.
    overwrite : bool
        Begin anew in a folder that holds a sweep.
    cluster : str, optional
        ``local``, or the address or scheduler file of a dask cluster.
    progress : bool
        Show a progress bar with the time left (only on a terminal).

    Raises
    ------
    ScenarioError
        If the design or any of its points is not valid; nothing is run.
    WorkplaceError
        If the folder cannot be written, or another process uses it.
    """
    given = {"replications": replications, "seed": seed}
    more = [f"run.{name}={value}" for name, value in given.items() if value is not None]
    points = checked(scenario, design, [*overrides, *more])
    temporary = None
    if folder is None:
        temporary = tempfile.TemporaryDirectory(prefix="flexsim-sweep-")
        folder = temporary.name
    where = cluster or os.environ.get(clusters.VARIABLE)
    return run(
        points, Path(folder), workers, resume, overwrite, where, progress, temporary=temporary
    )


def run(
    points: Points,
    folder: Path,
    workers: int | None = None,
    resume: bool = False,
    overwrite: bool = False,
    cluster: str | None = None,
    progress: bool = False,
    temporary: Any = None,
) -> Sweep:
    """Run points that were checked; see `sweep`. What is finished is kept whatever happens."""
    identity = Identity.of(points)
    _check_folder(folder, resume, overwrite)
    with ExitStack() as stack:
        try:
            folder.mkdir(parents=True, exist_ok=True)
            stack.enter_context(locked(folder))
            _begin(folder, identity, resume, overwrite)
            store = Store(folder, Keys(points.bases).all(points.points), _swept(points))
            try:
                _fill(store, points, workers, cluster, progress)
            finally:
                store.flush()
                store.finish()
                table = _write_points(store, points)
        except OSError as error:
            reason = os.strerror(error.errno) if error.errno else error
            raise WorkplaceError(
                f"{shown(folder, 200)} could not be written: {reason}; what is finished is kept"
            ) from error
    return Sweep(folder, points.keys, table, points.warnings, temporary)


def _fill(
    store: Store, points: Points, workers: int | None, cluster: str | None, progress: bool
) -> None:
    todo = store.todo
    found: Iterable[tuple[int, Any]] = outcomes(points, todo, workers, cluster)
    if progress:
        found = _shown(found, len(todo), len(points.points))
    flushed = time.monotonic()
    for point, outcome in found:
        store.add(store.keys[point], outcome)
        if time.monotonic() - flushed > FLUSH:
            store.flush()
            flushed = time.monotonic()


def _shown(found: Iterable[tuple[int, Any]], todo: int, points: int) -> Iterator[tuple[int, Any]]:
    there = "" if todo == points else f" ({points - todo:,} there already)"
    with bar(f"{points:,} points{there}", todo) as show:
        for done, outcome in enumerate(found, start=1):
            yield outcome
            show(done, todo)


def _swept(points: Points) -> dict[str, pa.Array]:
    """Values of the swept keys by point: numbers if all are, else text."""
    rows = [point.values(points.keys) for point in points.points]
    return {key: _column([row[n] for row in rows]) for n, key in enumerate(points.keys)}


def _column(values: list[Any]) -> pa.Array:
    kinds = {type(value) for value in values if value is not None}
    if kinds <= {int}:
        return pa.array(values, pa.int64())
    if kinds <= {int, float}:
        return pa.array([None if v is None else float(v) for v in values], pa.float64())
    return pa.array([None if v is None else _word(v) for v in values], pa.string())


def _word(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value)


def _write_points(store: Store, points: Points) -> pd.DataFrame:
    """The table of points: values, outcome and message of each."""
    said = list(store.outcomes())
    table = pd.DataFrame({"point": range(len(said))})
    for key, column in store.swept.items():
        table[key] = column.to_pandas()
    table["outcome"] = [outcome for outcome, _ in said]
    table["message"] = [message for _, message in said]
    write_whole(store.folder / "points.csv", lambda path: tables.write_csv(table, path))
    write_whole(store.folder / "points.parquet", lambda path: table.to_parquet(path, index=False))
    return table


# -- the folder -------------------------------------------------------------------------------


def _check_folder(folder: Path, resume: bool, overwrite: bool) -> None:
    """Refuse a folder that cannot take the results, before anything is written."""
    from flexsim.output.folder import check_free

    if resume and overwrite:
        raise ScenarioError("a sweep is either resumed or overwritten, not both")
    if not (folder / ABOUT).is_file():
        check_free(folder, overwrite)
    elif not (resume or overwrite):
        raise ScenarioError(
            f"output.folder: {shown(folder, 200)} holds a sweep already; choose another folder, go"
            " on with it (--resume), or begin anew in it (--overwrite)"
        )
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not os.access(there, os.W_OK | os.X_OK):
        raise WorkplaceError(f"output.folder: nothing may be written in {shown(there, 200)}")


def _begin(folder: Path, identity: Identity, resume: bool, overwrite: bool) -> None:
    """Compare with what the folder holds, or clear it; then say what it holds from now on."""
    about = folder / ABOUT
    if about.is_file() and resume:
        identity.compare(Identity.read(about), folder)
    elif overwrite:
        about.unlink(missing_ok=True)
        for name in ("points.csv", "points.parquet"):
            (folder / name).unlink(missing_ok=True)
        for name in ("parts", ".pending"):
            shutil.rmtree(folder / name, ignore_errors=True)
    write_whole(about, lambda path: path.write_text(identity.text(), encoding="utf-8"))
