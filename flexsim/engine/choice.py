"""Which engine computes a run. All give the same register, bit for bit."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flexsim.errors import ScenarioError
from flexsim.plan.plan import Plan
from flexsim.policy import Policy
from flexsim.register import Register, RowTable

if TYPE_CHECKING:
    from flexsim.engine.compiled.engine import Workspace

#: Seconds that the SimPy engine takes per expected citizen, about (a two-core machine of 2026).
SECONDS_PER_CITIZEN = 60e-6
#: Above this, loading the compiled engine costs less than it saves; above the second, compiling it.
WORTH_LOADING, WORTH_COMPILING = 0.3, 240.0


def choose(engine: str, citizens: float, policy: Policy | None = None) -> str:
    """The engine that `auto` stands for; any other name stands for itself.

    Parameters
    ----------
    engine : {"auto", "simpy", "compiled"}
    citizens : float
        Expected number of citizens, all replications together.
    policy : callable, optional
        A placement rule in Python, which only the SimPy engine can ask.

    Raises
    ------
    ScenarioError
        If the compiled engine is asked for and there is a policy.
    """
    if policy is not None:
        if engine == "compiled":
            raise ScenarioError(
                "run.engine must be simpy or auto where a policy is given: the compiled engine"
                " cannot ask Python"
            )
        return "simpy"
    if engine != "auto":
        return engine
    seconds = citizens * SECONDS_PER_CITIZEN
    if seconds < WORTH_LOADING:
        return "simpy"
    from flexsim.jit import is_compiled

    return "compiled" if seconds > WORTH_COMPILING or is_compiled() else "simpy"


def simulate(
    plan: Plan, seed: int, replication: int, engine: str, policy: Policy | None = None
) -> Register:
    """The register of one replication, by the engine named."""
    if engine == "simpy":
        from flexsim.engine.simpy_engine import simulate as simulate_simpy

        return simulate_simpy(plan, seed, replication, policy)
    from flexsim.engine.compiled.engine import simulate as simulate_compiled

    return simulate_compiled(plan, seed, replication)


def workspaces(engine: str, count: int) -> list[Workspace | None]:
    """Where so many replications at a time can be simulated; the SimPy engine needs nothing."""
    if engine == "simpy":
        return [None] * count
    from flexsim.engine.compiled.engine import Workspace

    return [Workspace() for _ in range(count)]


def simulate_rows(
    plan: Plan,
    seed: int,
    replication: int,
    engine: str,
    policy: Policy | None = None,
    workspace: Workspace | None = None,
) -> Register | RowTable:
    """The same in the form that the engine makes, which `measure` takes as well.

    It may lie in the workspace, until that is used again.
    """
    if engine == "simpy":
        return simulate(plan, seed, replication, engine, policy)
    from flexsim.engine.compiled.engine import simulate_rows as simulate_compiled

    return simulate_compiled(plan, seed, replication, workspace)
