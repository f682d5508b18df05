"""Which assumptions decide the answer: each tried by itself, on the same citizens."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd
from pydantic import ValidationError

from flexsim.engine.choice import choose
from flexsim.errors import RunError, ScenarioError
from flexsim.measures.differences import Measures, differences
from flexsim.measures.periods import ALL
from flexsim.measures.summary import summarise
from flexsim.measures.units import unit
from flexsim.progress import bar
from flexsim.reporting.assumptions import Assumption, assumptions, differs, varied
from flexsim.result import Result
from flexsim.running import expected_citizens, run
from flexsim.scenario import Scenario, with_run
from flexsim.scenario.ranges import unused

#: Replications of each trial; the citizens are those of the first replications of the run itself.
REPLICATIONS = 10


@dataclass(frozen=True)
class Answer:
    """The number that a report is about: a measure of a pool, or its difference."""

    measure: str
    pool: str

    @property
    def unit(self) -> str:
        """Unit of the measure."""
        return unit(self.measure)


@dataclass(frozen=True)
class Trials:
    """The answer with each assumption at either end of its range.

    Attributes
    ----------
    answer : Answer
    base, noise : float
        The answer as assumed, of as many replications as the trials, and half of its 95 % interval.
    replications : int
    table : DataFrame
        keys, value, low, high, stated, source, at_low, at_high (the answer there), moves (the
        farthest that it moves); the one that moves it most first.
    left_out : tuple of str
        Keys whose end is not valid or cannot be run.
    """

    answer: Answer
    base: float
    noise: float
    replications: int
    table: pd.DataFrame
    left_out: tuple[str, ...]

    @property
    def turns(self) -> pd.Series:
        """Which assumptions turn the sign of the answer."""
        ends = self.table[["at_low", "at_high"]]
        return (ends * self.base < 0).any(axis=1)


def answer_of(scenario: Scenario) -> Answer:
    """What is asked of a scenario: delayed days if it has wards, else the use of its first pool."""
    wards = [name for name, pool in scenario.pools.items() if pool.kind == "ward"]
    if wards:
        pool = wards[0] if len(wards) == 1 else ALL
        return Answer("completed_treatment_days", pool)
    limited = [name for name, pool in scenario.pools.items() if pool.places != "unlimited"]
    return Answer("occupied", limited[0] if limited else next(iter(scenario.pools)))


def trials(results: Sequence[Result], progress: bool = False) -> Trials:
    """Try each assumption of one scenario, or of a baseline and an alternative.

    Parameters
    ----------
    results : sequence of Result
        One, or the baseline and one alternative. What differs between them is not varied: it is
        the question.
    progress : bool
        Show a bar on a terminal.
    """
    asked = _asked([result.scenario for result in results])
    runs = len(results) * (1 + 2 * len(asked))
    scenarios = [_short(result, runs) for result in results]
    answer = answer_of(scenarios[0])
    base, noise = _answer([run(scenario) for scenario in scenarios], answer)
    rows, left_out = [], list(dict.fromkeys(k for s in scenarios for k in unused(s)))
    for assumption in _shown(asked, progress):
        try:
            ends = [_tried(scenarios, assumption, end, answer) for end in _ends(assumption)]
        except (ValidationError, ScenarioError, RunError):
            left_out += assumption.keys
            continue
        moves = max(abs(end - base) for end in ends)
        rows.append((*vars(assumption).values(), *ends, moves))
    names = ["keys", "value", "low", "high", "stated", "source", "at_low", "at_high", "moves"]
    table = pd.DataFrame(rows, columns=names).sort_values(
        "moves", ascending=False, ignore_index=True, kind="stable"
    )
    return Trials(answer, base, noise, scenarios[0].run.replications, table, tuple(left_out))


def _short(result: Result, runs: int) -> Scenario:
    """Fewer replications, by the engine that so many runs are worth."""
    replications = min(REPLICATIONS, result.replications)
    citizens = runs * replications * expected_citizens(result.plan)
    engine = choose(result.scenario.run.engine, citizens)
    return with_run(result.scenario, replications=replications, engine=engine)


def _asked(scenarios: Sequence[Scenario]) -> list[Assumption]:
    """Assumptions of any of the scenarios, each once, but not those that differ between them."""
    found: dict[tuple[str, ...], Assumption] = {}
    for scenario in reversed(scenarios):
        for assumption in assumptions(scenario):
            found.setdefault(assumption.keys, assumption)
    return [one for one in found.values() if not differs(one, scenarios[0], scenarios[-1])]


def _ends(assumption: Assumption) -> tuple[float, float]:
    return assumption.low, assumption.high


def _tried(
    scenarios: Sequence[Scenario], assumption: Assumption, value: float, answer: Answer
) -> float:
    changed = [varied(scenario, _present(assumption, scenario), value) for scenario in scenarios]
    return _answer([run(scenario) for scenario in changed], answer)[0]


def _present(assumption: Assumption, scenario: Scenario) -> Assumption:
    """The keys of an assumption that a scenario has: it may lack the pool."""
    keys = tuple(k for k in assumption.keys if k.split(".")[1] in _entries(scenario, k))
    return replace(assumption, keys=keys)


def _entries(scenario: Scenario, key: str) -> Sequence[str]:
    return list(getattr(scenario, key.partition(".")[0]))


def _answer(results: Sequence[Result], answer: Answer) -> tuple[float, float]:
    """The answer of one run, or its difference between two, and half of its interval."""
    sides = [
        Measures(r.measures[r.measures["measure"] == answer.measure], r.counts[:0]) for r in results
    ]
    if len(sides) == 1:
        table, column = summarise(*sides[0]), "mean"
        pool = table["pool"] == answer.pool if answer.pool != ALL else table["pool"] != ALL
    else:
        table, column = differences(*sides), "difference"
        pool = table["pool"] == answer.pool
    everybody = (table["group"] == ALL) & (table["municipality"] == ALL)
    rows = table[pool & everybody]
    half = (rows["high"] - rows["low"]) / 2
    return float(rows[column].sum()), float(np.sqrt((half**2).sum()))


def _shown(found: Sequence[Assumption], progress: bool) -> Iterator[Assumption]:
    """The assumptions one by one, with a bar on standard error if that is a terminal."""
    with bar("assumptions", len(found), progress) as show:
        for n, assumption in enumerate(found, start=1):
            yield assumption
            show(n, len(found))
