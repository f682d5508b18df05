"""What can be known of a run before it is made."""

from __future__ import annotations

from flexsim.plan.build import build
from flexsim.plan.load import overload_warnings
from flexsim.plan.plan import Plan
from flexsim.precision import Until
from flexsim.scenario import Scenario, warnings


def foreseen(scenario: Scenario, plan: Plan | None = None) -> list[str]:
    """What a reader of the result should know, one line each.

    Parameters
    ----------
    scenario : Scenario
    plan : Plan, optional
        Its plan, if there is one already.

    Raises
    ------
    ScenarioError
        If `run.until` asks for a pool or a measure that there is not.
    """
    plan = plan or build(scenario)
    Until(plan, scenario.run)
    return [*warnings(scenario), *overload_warnings(plan)]
