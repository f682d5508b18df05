"""How many days of warm-up a scenario needs, suggested from a pilot."""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.errors import ScenarioError
from flexsim.language import phrase
from flexsim.measures.transient import BATCH, LAST, transient
from flexsim.message import Message, joined, rounded
from flexsim.plan.plan import NONE, UNLIMITED, WARD, Plan
from flexsim.result import Daily, Result
from flexsim.running import run
from flexsim.scenario import Scenario, load, with_run
from flexsim.scenario.schema import Pool, Season, Stream

Floats = NDArray[np.float64]

#: Fewer replications than these tell the start of a run too badly from chance.
FEWEST = 20
#: The series that are looked at, by their name in `Daily`.
SERIES = {
    "occupied": phrase("places in use"),
    "delayed": phrase("completed treatment"),
    "waiting": phrase("waiting list"),
}


@dataclass(frozen=True, eq=False)
class WarmUp:
    """A suggested warm-up.

    Attributes
    ----------
    scenario : Scenario
        The one that was asked about.
    pilot : Result
        The run that was looked at: the scenario with what changes by date as on the first day.
    days : int
        Days of warm-up that are suggested: the longest of all series that settle.
    table : DataFrame
        pool, series, days (by MSER-5), first (level in these days), level (after them), told
        (whether the two are told apart), settled, bias (of the mean that is counted with the
        scenario's own warm-up, against the level); the longest transients first.
    """

    scenario: Scenario
    pilot: Result
    days: int
    table: pd.DataFrame

    @property
    def unsettled(self) -> pd.DataFrame:
        """The series that have a transient longer than half of the pilot."""
        return self.table[self.table["told"] & ~self.table["settled"]]

    def words(self) -> str:
        """The finding in a few sentences."""
        have = self.scenario.run.warm_up_days
        length = self.pilot.daily.occupied.shape[-1]
        if len(self.unsettled):
            return Message(
                "Not settled within half of the {length} days of the pilot: {series}. If no steady"
                " state is missing (see the warnings), look at a longer pilot: run.days={longer}.",
                length=length,
                series=joined(", ", [self._named(row) for row in _rows(self.unsettled)]),
                longer=2 * length,
            )
        told = self.table[self.table["told"]]
        if told.empty:
            return Message(
                "No series begins otherwise than it goes on, by more than chance: no warm-up is"
                " needed. run.warm_up_days is {have}.",
                have=have,
            )
        said = Message(
            "Suggested warm-up: {days} days; {series} settles last. run.warm_up_days is {have}",
            days=self.days,
            series=self._named(_rows(told)[0]),
            have=have,
        )
        if have >= self.days:
            return said + Message(": enough.")
        told = told.assign(share=told["bias"] / told["level"])
        most = max(_rows(told), key=lambda row: abs(row["share"]))
        sign = "+" if most["bias"] > 0 else ""
        return said + Message(
            ": too short. It shifts the mean of {series} by {sign}{bias} ({sign}{share} %), the"
            " others less.",
            series=self._named(most),
            sign=sign,
            bias=rounded(most["bias"], 2),
            share=rounded(100 * most["share"], 2),
        )

    def _named(self, row: Mapping[Any, Any]) -> Message:
        """A series in words, with the title of its pool."""
        title = self.scenario.pools[row["pool"]].title or row["pool"]
        series = Message(SERIES[row["series"]])
        return Message("{series} of {pool}", series=series, pool=Message(title))


def _rows(table: pd.DataFrame) -> list[dict[Hashable, Any]]:
    return table.to_dict("records")


def warm_up(
    scenario: Scenario | str | Path | Mapping[str, Any],
    replications: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> WarmUp:
    """Suggest a warm-up from a pilot as long as the scenario's warm-up and window together.

    The pilot keeps growth, seasons and dated changes as they are on the first day, so that what is
    seen is the start and nothing else. For each pool three series of days are looked at: places in
    use, completed treatment (wards), and the waiting list; MSER-5 says how many days to leave out.
    The longest counts, of those that begin otherwise than they go on by more than chance.

    Parameters
    ----------
    scenario : Scenario, str, path or mapping
        From `load`, or what `load` takes.
    replications : int, optional
        Default those of the scenario, 20 at least; of the first 100 the days are looked at.
    seed, engine, workers
        In place of those of the scenario's `run`.
    progress : bool
        Show a progress bar (only on a terminal).

    Raises
    ------
    ScenarioError
        If the scenario or an argument is not valid, or the pilot too short.
    RunError
        If a replication could not be finished.
    """
    if not isinstance(scenario, Scenario):
        scenario = load(scenario)
    given = {"seed": seed, "engine": engine, "workers": workers}
    given = {name: value for name, value in given.items() if value is not None}
    number = replications or max(scenario.run.replications, FEWEST)
    length = scenario.run.warm_up_days + scenario.run.days
    if length < 4 * BATCH * LAST:
        raise ScenarioError(
            f"warm-up: the pilot has {length} days (run.warm_up_days and run.days together), too"
            f" few to see a start; {4 * BATCH * LAST} or more are needed"
        )
    if number < 2:
        raise ScenarioError("warm-up: replications must be 2 or more (got 1)")
    pilot = run(
        with_run(steady(scenario), replications=number, until={}, **given), progress=progress
    )
    table = _table(pilot.plan, pilot.daily, scenario.run.warm_up_days)
    told = table[table["told"] & table["settled"]]
    return WarmUp(scenario, pilot, int(told["days"].max()) if len(told) else 0, table)


def steady(scenario: Scenario) -> Scenario:
    """The scenario with all that changes by date as it is on the first day."""
    start = scenario.run.start

    def pool(one: Pool) -> Pool:
        begun = {name: step for name, step in one.later.items() if step.from_ <= start}
        return one.model_copy(update={"later": begun})

    def stream(one: Stream) -> Stream:
        return one.model_copy(update={"season": Season(), "growth_per_year": 0.0})

    return scenario.model_copy(
        update={
            "pools": {name: pool(one) for name, one in scenario.pools.items()},
            "streams": {name: stream(one) for name, one in scenario.streams.items()},
        }
    )


def _table(plan: Plan, daily: Daily, warm_up_days: int) -> pd.DataFrame:
    chosen = list(_series(plan, daily))
    rows = []
    for pool, name, series in chosen:
        found = transient(series, len(chosen))
        counted = float(series[:, warm_up_days:].mean())
        rows.append((pool, name, *found, counted - found.level))
    names = ["pool", "series", "days", "first", "level", "told", "settled", "bias"]
    table = pd.DataFrame(rows, columns=names)
    order = ["told", "days"]
    return table.sort_values(order, ascending=False, kind="stable", ignore_index=True)


def _series(plan: Plan, daily: Daily) -> Iterator[tuple[str, str, Floats]]:
    """Pool, name and days of what may settle: not who stays for good, not what never is."""
    for p, pool in enumerate(plan.pools):
        for name in SERIES:
            series = getattr(daily, name)[:, p].astype(np.float64)
            for_good = name == "occupied" and _never_left(plan, p)
            elsewhere = name == "delayed" and plan.kind[p] != WARD
            if series.any() and not for_good and not elsewhere:
                yield pool, name, series


def _never_left(plan: Plan, pool: int) -> bool:
    """Whether the pool takes in any number and ends no stay, so that it only fills up."""
    limited = plan.limit_leaves[pool] and plan.limit[pool] < UNLIMITED
    no_end = bool(np.all(plan.stay_law[pool] == NONE)) and not limited
    return no_end and bool(plan.always_unlimited[pool])
