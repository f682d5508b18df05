"""Scenarios side by side on the same citizens: common random numbers.

The first scenario is the baseline; each other one is an alternative to it. Region, window, seed and
replications must be the same, so that replication r of one is paired with replication r of another.
"""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from flexsim.errors import ScenarioError
from flexsim.language import phrase
from flexsim.measures.differences import Measures, differences, holm
from flexsim.measures.interval import interval
from flexsim.measures.moved import moved
from flexsim.measures.periods import ALL
from flexsim.message import Message
from flexsim.result import Result
from flexsim.running import run
from flexsim.scenario import Scenario, load, with_run
from flexsim.scenario.files import options
from flexsim.scenario.loading import with_overrides
from flexsim.scenario.names import listed, shown

if TYPE_CHECKING:
    from flexsim.economics.comparing import MoneyComparison

Source = Scenario | Result | str | Path | Mapping[str, Any]

#: Error that a family of verdicts is allowed: to tell apart any pair that is alike.
ERROR = 0.05
MORE, FEWER = phrase("more"), phrase("fewer")
NOT_TOLD = phrase("cannot be told apart")

#: Measures that get a verdict, by the pools that they are asked of.
HEADLINES = {
    "wards": ("completed_treatment_days", "transfers", "readmission_90"),
    "with a norm": ("occupied", "over_norm", "wait_place", "throughput", "turned_away", "gave_up"),
    "unlimited": ("throughput",),
    "together": ("days_awaiting_right_offer",),
    "several wards": ("completed_treatment_days",),
}

#: What two scenarios must share, by key.
_SHARED = (
    *("region", "run.start", "run.warm_up_days", "run.days", "run.seed", "run.replications"),
)


@dataclass(frozen=True, eq=False)
class Comparison:
    """A baseline and its alternatives.

    Attributes
    ----------
    labels : tuple of str
        How the scenarios are called, the baseline first.
    results : tuple of Result
        In the same order.
    """

    labels: tuple[str, ...]
    results: tuple[Result, ...]

    @property
    def baseline(self) -> Result:
        """The result of the first scenario."""
        return self.results[0]

    @property
    def replications(self) -> int:
        """How many pairs of runs each difference rests on."""
        return self.baseline.replications

    @property
    def warnings(self) -> list[str]:
        """What a reader should know: those of the runs, each once."""
        said: list[str] = []
        if self.replications == 1:
            said.append(Message("one replication gives no interval and no verdict"))
        for label, result in zip(self.labels, self.results, strict=True):
            said += [f"{label}: " + line for line in result.warnings]
        return said

    def table(self) -> pd.DataFrame:
        """Paired differences, alternative less baseline.

        Returns
        -------
        DataFrame
            scenario (the alternative), pool, group, municipality, measure, unit, baseline,
            alternative (means), difference, low, high (95 % interval of the difference), p,
            p_corrected, verdict, variance_ratio (variance of the difference had the runs been
            independent, over that of the paired runs), year_low, year_high (5-95 % of the
            difference in a single year), n.

            The verdict ("more", "fewer", "cannot be told apart") is given to the headline measures
            of everybody, corrected for how many there are in the whole table (Holm, 5 %); "only
            in ..." where a pool or measure exists in one of the two.
        """
        return self._table.copy()

    @cached_property
    def _table(self) -> pd.DataFrame:
        first, *others = (Measures(result.measures, result.counts) for result in self.results)
        parts = []
        for label, other in zip(self.labels[1:], others, strict=True):
            part = differences(first, other)
            part.insert(0, "scenario", label)
            parts.append(part)
        table = pd.concat(parts, ignore_index=True)
        of_family = self._of_family(table) & table["p"].notna()
        nothing = (table["baseline"] == 0) & (table["alternative"] == 0)  # nothing to tell apart
        corrected = holm(table["p"].where(of_family & ~nothing).to_numpy())
        corrected[of_family & nothing] = 1.0
        place = list(table.columns).index("p") + 1
        table.insert(place, "p_corrected", corrected)
        table.insert(place + 1, "verdict", self._verdicts(table))
        return table

    def _of_family(self, table: pd.DataFrame) -> pd.Series:
        """Which rows are headline measures of everybody."""
        asked = {(ALL, measure) for measure in HEADLINES["together"]}
        for result in self.results:
            wards = [name for name, pool in result.scenario.pools.items() if pool.kind == "ward"]
            if len(wards) > 1:
                asked |= {(ALL, measure) for measure in HEADLINES["several wards"]}
            asked |= {(name, measure) for name in wards for measure in HEADLINES["wards"]}
            for name, unlimited in zip(
                result.plan.pools, result.plan.always_unlimited, strict=True
            ):
                kind = "unlimited" if unlimited else "with a norm"
                asked |= {(name, measure) for measure in HEADLINES[kind]}
        everybody = (table["group"] == ALL) & (table["municipality"] == ALL)
        keys = pd.MultiIndex.from_frame(table[["pool", "measure"]])
        return everybody & keys.isin(pd.MultiIndex.from_tuples(sorted(asked)))

    def _verdicts(self, table: pd.DataFrame) -> pd.Series:
        told = table["p_corrected"] < ERROR
        words = pd.Series("", index=table.index)
        words[table["p_corrected"].notna()] = NOT_TOLD
        words[told & (table["difference"] > 0)] = MORE
        words[told & (table["difference"] < 0)] = FEWER
        there, absent = table["baseline"].notna(), table["alternative"].isna()
        words[there & absent] = f"only in {self.labels[0]}"
        words[~there & ~absent] = "only in " + table["scenario"][~there & ~absent]
        return words

    def money(self, overrides: Sequence[str] = ()) -> MoneyComparison:
        """Who gains and who loses; see `flexsim.economics.comparing`.

        Parameters
        ----------
        overrides : sequence of str
            Changes of `money` in all scenarios; nothing is run again for them.

        Raises
        ------
        ScenarioError
            If a scenario has no prices, or another price year than the baseline.
        """
        from flexsim.economics.comparing import compare_money

        return compare_money(self, overrides)

    def citizens(self) -> pd.DataFrame:
        """Who was moved and how; every replication is simulated again from its seed.

        Returns
        -------
        DataFrame
            scenario, group, change, citizens, low, high, fewer, more, days; per year. `change` is
            "route" (the pools stayed in, one after the other), "wait" (days waited for a place),
            "completed_treatment_days", or "any" of them; `fewer` and `more` count those with fewer
            and with more days, `days` is the sum of their differences.
        """
        found: list[list[pd.DataFrame]] = [[] for _ in self.labels[1:]]
        for replication in range(self.replications):
            before = self.baseline.simulated(replication)
            for result, parts in zip(self.results[1:], found, strict=True):
                after = result.simulated(replication)
                part = moved(before, self.baseline.plan, after, result.plan)
                parts.append(part.assign(replication=replication))
        tables = [_over_replications(pd.concat(parts), self.replications) for parts in found]
        for label, table in zip(self.labels[1:], tables, strict=True):
            table.insert(0, "scenario", label)
        return pd.concat(tables, ignore_index=True)


def compare(
    *scenarios: Source,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Comparison:
    """Compare scenarios with the first of them, on common random numbers.

    Parameters
    ----------
    *scenarios : Scenario, Result, str, path or mapping
        From `load` or `run`, or what `load` takes; a name may carry changes of its own, as in
        ``"baseline pools.mpo.places=10"``.
    overrides : sequence of str
        Changes to all of them, as on the command line.
    replications, seed, engine, workers
        In place of those of each scenario's `run`.
    progress : bool
        Show progress bars (only on a terminal).

    Raises
    ------
    ScenarioError
        If a scenario is not valid, or if the scenarios cannot be compared.
    RunError
        If a replication could not be finished.
    """
    given = {"replications": replications, "seed": seed, "engine": engine, "workers": workers}
    return compared(*prepare(scenarios, overrides, given), progress)


def compared(
    labels: tuple[str, ...], prepared: Sequence[Scenario | Result], progress: bool = False
) -> Comparison:
    """Run what was prepared and is no result yet, and set it side by side."""
    results = (
        source if isinstance(source, Result) else run(source, progress=progress)
        for source in prepared
    )
    return Comparison(labels, tuple(results))


def prepare(
    scenarios: Sequence[Source], overrides: Sequence[str] = (), settings: Mapping[str, Any] = {}
) -> tuple[tuple[str, ...], list[Scenario | Result]]:
    """Labels, and scenarios (or results) that can be compared; nothing is run.

    Raises
    ------
    ScenarioError
        As `compare` does.
    """
    if len(scenarios) < 2:
        raise ScenarioError(
            Message(
                "compare: two scenarios or more are needed, the baseline first (got"
                " {scenarios}); for instance flexsim compare aarhus_baseline pitstop_plus_two",
                scenarios=len(scenarios),
            )
        )
    changed = {name: value for name, value in settings.items() if value is not None}
    loaded = [opened(source, overrides, changed) for source in scenarios]
    labels = _labels(scenarios, [scenario_of(one) for one in loaded])
    checked = [scenario_of(one) for one in loaded]
    regions = dict.fromkeys(one.region for one in checked)
    common = _common_region(scenarios, overrides, regions) if len(regions) > 1 else None
    faults = [*_faults(labels, checked, common), *_repeated(labels, loaded)]
    if faults:
        raise ScenarioError(faults)
    return labels, loaded


def opened(
    source: Source,
    overrides: Sequence[str],
    settings: Mapping[str, Any],
    last: Sequence[str] = (),
) -> Scenario | Result:
    """A scenario with the changes that all get, its own, and some last ones; a result as it is."""
    if isinstance(source, Result):
        if overrides or settings or last:
            raise ScenarioError(
                Message(
                    "compare: {name} is a result already, which overrides cannot change; give"
                    " its scenario instead",
                    name=source.scenario.name,
                )
            )
        return source
    if isinstance(source, Scenario):
        scenario = with_overrides(source, [*overrides, *last])
    else:
        name, own = split(source)
        scenario = _loaded(name, [*overrides, *own], last)
    return with_run(scenario, **settings) if settings else scenario


def _loaded(
    source: str | Path | Mapping[str, Any], overrides: Sequence[str], last: Sequence[str]
) -> Scenario:
    """A scenario with overrides; the last ones may lie in what refers to another section.

    Where a pool's relapse is written as that of another pool, an override of its share would
    replace the reference and lose the rest. Then the scenario is changed as it is composed.
    """
    try:
        return load(source, [*overrides, *last])
    except ScenarioError as error:
        if not last:
            raise
        composed = load(source, overrides)
        try:
            return with_overrides(composed, last)
        except ScenarioError:
            raise error from None


def split(
    source: str | Path | Mapping[str, Any],
) -> tuple[str | Path | Mapping[str, Any], list[str]]:
    """A name and the changes that it carries."""
    if not isinstance(source, str) or not any(mark in source for mark in ("=", "~")):
        return source, []
    name, *own = shlex.split(source) or [""]
    return name, own


def scenario_of(source: Scenario | Result) -> Scenario:
    """The scenario itself, or that of a result."""
    return source.scenario if isinstance(source, Result) else source


def _labels(sources: Sequence[Source], scenarios: Sequence[Scenario]) -> tuple[str, ...]:
    """Names of the scenarios with the changes they carry, made distinct by a number."""
    labels: list[str] = []
    for source, scenario in zip(sources, scenarios, strict=True):
        own = split(source)[1] if isinstance(source, str) else []
        first = label = " ".join([scenario.name, *own])
        n = 1
        while label in labels:
            n += 1
            label = f"{first}_{n}"
        labels.append(label)
    return tuple(labels)


def _common_region(
    sources: Sequence[Source], overrides: Sequence[str], own: Iterable[str]
) -> str | None:
    """A region that all can be put together in, one of their own if possible."""
    for region in dict.fromkeys([*own, *options("region")]):
        with suppress(ScenarioError):
            for source in reversed(sources):  # a baseline fits almost everywhere
                opened(source, [*overrides, f"region={region}"], {})
            return region
    return None


def _faults(
    labels: Sequence[str], scenarios: Sequence[Scenario], common_region: str | None
) -> Iterator[str]:
    """Why scenarios cannot be compared."""
    first, *others = scenarios
    for label, other in zip(labels[1:], others, strict=True):
        for key in _SHARED:
            mine, theirs = _value(first, key), _value(other, key)
            if mine != theirs:
                if key == "region":
                    hint = Message("no region fits all of them")
                    if common_region is not None:
                        hint = Message(
                            "give one to all that they fit in: region={region}",
                            region=common_region,
                        )
                elif key == "run.warm_up_days":
                    longest = max(mine, theirs)
                    hint = Message("give the longest to all: {key}={value}", key=key, value=longest)
                else:
                    hint = Message("give it to all: {key}={value}", key=key, value=mine)
                yield Message(
                    "compare: {key} differs: {mine} in {first}, {theirs} in {second}; {hint}",
                    key=key,
                    mine=shown(mine),
                    first=labels[0],
                    theirs=shown(theirs),
                    second=label,
                    hint=hint,
                )
        if not first.pools.keys() & other.pools.keys():
            yield Message(
                "compare: {first} and {second} have no pool in common",
                first=labels[0],
                second=label,
            )


def _repeated(labels: Sequence[str], loaded: Sequence[Scenario | Result]) -> Iterator[str]:
    """Why replications cannot be paired: their number is not known, or not the same."""
    for label, one in zip(labels, loaded, strict=True):
        if isinstance(one, Scenario) and one.run.until:
            yield Message(
                "compare: {label} has run.until, but pairs need as many replications of each;"
                " leave it out (~run.until) and give run.replications",
                label=label,
            )
    numbers = [one.replications for one in loaded if isinstance(one, Result)]
    if len(set(numbers)) > 1:
        yield Message(
            "compare: the results have different numbers of replications ({numbers})",
            numbers=listed(map(str, numbers)),
        )


def _value(scenario: Scenario, key: str) -> Any:
    value: Any = scenario
    for name in key.split("."):
        value = getattr(value, name)
    return value


def _over_replications(parts: pd.DataFrame, replications: int) -> pd.DataFrame:
    """Means over replications, with the interval of the number of citizens."""
    cell = ["group", "change"]
    table = parts.groupby(cell, sort=False)[["fewer", "more", "days"]].sum(min_count=1)
    table /= replications
    wide = parts.pivot_table(index="replication", columns=cell, values="citizens", fill_value=0)
    values = wide.reindex(range(replications), fill_value=0).to_numpy(dtype=np.float64)
    mean = values.mean(axis=0)
    with np.errstate(invalid="ignore", divide="ignore"):
        left_out = (values.sum(axis=0) - values) / (replications - 1)
    low, high = interval(mean, left_out)
    counts = pd.DataFrame({"citizens": mean, "low": low, "high": high}, index=wide.columns)
    counts["low"] = counts["low"].clip(lower=0)
    return counts.join(table).loc[table.index].reset_index()
