"""What a run gives back: tables of measures, and the register behind them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from flexsim.errors import ScenarioError
from flexsim.measures.blocks import Blocks
from flexsim.measures.layout import Cells
from flexsim.plan.plan import Plan
from flexsim.policy import Policy
from flexsim.precision import Reached
from flexsim.register import Register, rows
from flexsim.scenario.names import listed, nearest, shown
from flexsim.scenario.schema import Scenario

if TYPE_CHECKING:
    import pandas as pd

    from flexsim.economics.counting import Counts, Spec
    from flexsim.economics.money import Money

Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Daily:
    """Places in use and waiting lists day by day; R replications, P pools, D days.

    Day 0 begins at time zero (start of the warm-up). A value is the average over the day.
    """

    occupied: Floats  # (R, P, D) citizens present, those with completed treatment included
    delayed: Floats  # (R, P, D) of these: treatment completed, waiting to go on (wards)
    waiting: Floats  # (R, P, D) requests ready and wanted that have no place yet
    norm: Floats  # (P, D) places of the norm, inf where unlimited


@dataclass(frozen=True, eq=False)
class Result:
    """The result of a run. Its tables are made when they are asked for.

    Attributes
    ----------
    cells : sequence of Cells
        What was measured of each replication, in the order of the plan's layout.
    blocks : Blocks
        What was counted, by block of replications.
    daily : Daily
        For the first 100 replications.
    replications : int
        How many there are; with `run.until`, how many it took.
    precision : sequence of Reached
        What `run.until` asked for and what was reached.
    """

    scenario: Scenario
    plan: Plan
    seed: int
    replications: int
    engine: str
    cells: Sequence[Cells]
    blocks: Blocks
    daily: Daily
    seconds: float
    warnings: Sequence[str] = field(default_factory=list)
    precision: Sequence[Reached] = ()
    policy: Policy | None = None  # the placement rule in Python, if there was one

    @cached_property
    def measures(self) -> pd.DataFrame:
        """All measures of all replications.

        Returns
        -------
        DataFrame
            Tidy: scenario, replication, year, pool, group, municipality, measure, value, weight.
            `year` is "1", "2", ... for budget years of 365 days after the warm-up, or "all" for the
            whole window; `pool`, `group` and `municipality` are "all" where not split. Over rows, a
            measure is the sum of value x weight divided by the sum of weights.
        """
        from flexsim.measures.tidy import frame  # pandas is slow to import: a run needs no table

        return frame(self.scenario.name, self.plan, self.cells)

    @cached_property
    def counts(self) -> pd.DataFrame:
        """Waits and stays by whole hours, and seconds by places in use.

        The quantiles of pooled citizens are taken from these.

        Returns
        -------
        DataFrame
            pool, measure, level, over, open, block: how many were over at a level, and how many
            were followed no further than that, in each block of replications (of one each, if there
            are no more than 50).
        """
        from flexsim.measures.tidy import count_table

        return count_table(self.plan.pools, self.blocks)

    def summary(self) -> pd.DataFrame:
        """Mean with 95 % interval, and the 5-95 % range of a single year.

        Returns
        -------
        DataFrame
            pool, group, municipality, measure, unit, mean, low, high, year_low, year_high, n; the
            interval is empty with one replication, the range with no whole year.
        """
        return self._summary.copy()

    @cached_property
    def _summary(self) -> pd.DataFrame:
        from flexsim.measures.summary import summarise

        return summarise(self.measures, self.counts)

    def trace(
        self, citizen: str | None = None, replication: int = 0, pool: str | None = None
    ) -> str:
        """One citizen's journey in words; see `flexsim.trace.trace`.

        Parameters
        ----------
        citizen : str, optional
            ``stream#n``; without it, who has most ward days after completed treatment.
        replication : int
        pool : str, optional
            Choose only among those who stayed there.

        Raises
        ------
        ScenarioError
            If there is no such citizen or pool.
        ValueError
            If there is no such replication.
        """
        from flexsim.language import Language
        from flexsim.trace import trace

        language = Language.of(self.scenario)
        register = self.simulated(replication)
        return trace(register, self.plan, citizen, pool, self.scenario, language)

    def register(self, replication: int = 0, dates: bool = True) -> pd.DataFrame:
        """The stay register of one replication, simulated again from its seed.

        Parameters
        ----------
        replication : int
            0 to the number of replications less 1.
        dates : bool
            Times as dates (default), or as days since the start of the run.

        Raises
        ------
        ValueError
            If there is no such replication.
        """
        return rows(self.simulated(replication), self.plan, dates)

    def before_after(self, team: str, days: float = 182) -> pd.DataFrame:
        """Ward admissions and bed-days before and after the start of a course with a team.

        Every replication is simulated again from its seed. A comparison without a control group:
        who is enrolled because of many admissions has fewer afterwards in any case, also with a
        team that changes nothing.

        Parameters
        ----------
        team : str
            A pool of the kind `team`.
        days : float
            Length of the time before, and of that after.

        Returns
        -------
        DataFrame
            measure, mean, low, high; see `flexsim.measures.before_after.before_after`.

        Raises
        ------
        ScenarioError
            If there is no such team.
        """
        from flexsim.measures.before_after import before_after, courses

        teams = [name for name, pool in self.scenario.pools.items() if pool.kind == "team"]
        if team not in teams:
            raise ScenarioError(
                f"no team '{shown(team)}'; there are: {listed(teams)}{nearest(team, teams)}"
            )
        number = self.plan.pools.index(team)
        found = (self.simulated(n) for n in range(self.replications))
        return before_after([courses(one, self.plan, number, days) for one in found])

    def simulated(self, replication: int) -> Register:
        """One replication in numbers, simulated again from its seed.

        Raises
        ------
        ValueError
            If there is no such replication.
        """
        from flexsim.engine.choice import simulate

        if not 0 <= replication < self.replications:
            raise ValueError(
                f"replication must be 0 to {self.replications - 1} (got {replication})"
            )
        return simulate(self.plan, self.seed, replication, self.engine, self.policy)

    def evidence(self) -> pd.DataFrame:
        """Published figures beside simulated ones, with the role of each.

        Returns
        -------
        DataFrame
            title, unit, published, published_high, simulated, low, high, year_low, year_high,
            role, verdict ("agrees", "differs", or empty unless the role is independent), source.
        """
        from flexsim.measures.evidence import evidence

        return evidence(self.scenario, self.summary())

    def money(self, overrides: Sequence[str] = ()) -> Money:
        """What the places cost and who pays; see `flexsim.economics.money.money`.

        Parameters
        ----------
        overrides : sequence of str
            Changes of the scenario's `money`; nothing is run again for them.

        Raises
        ------
        ScenarioError
            If there are no prices, no whole budget year, or an override is not valid.
        """
        from flexsim.economics.asking import money

        return money(self, overrides)

    @cached_property
    def money_counts(self) -> dict[Spec, Counts]:
        """What was counted for `money`, by what was asked for."""
        return {}

    def coverage(self) -> pd.DataFrame:
        """Which share of the demand each pool may serve (pool, share), by its target group."""
        from flexsim.measures.coverage import coverage

        return coverage(self.plan)
