"""Which engine computes a run. All give the same register, bit for bit."""

from __future__ import annotations

from flexsim.plan.plan import Plan
from flexsim.register import Register, RowTable

#: Seconds that the SimPy engine takes per expected citizen, about (a two-core machine of 2026).
SECONDS_PER_CITIZEN = 25e-6
#: Above this, loading the compiled engine costs less than it saves; above the second, compiling it.
WORTH_LOADING, WORTH_COMPILING = 2.0, 240.0


def choose(engine: str, citizens: float) -> str:
    """The engine that `auto` stands for; any other name stands for itself.

    Parameters
    ----------
    engine : {"auto", "simpy", "compiled"}
    citizens : float
        Expected number of citizens, all replications together.
    """
    if engine != "auto":
        return engine
    seconds = citizens * SECONDS_PER_CITIZEN
    if seconds < WORTH_LOADING:
        return "simpy"
    from flexsim.jit import is_compiled

    return "compiled" if seconds > WORTH_COMPILING or is_compiled() else "simpy"


def simulate(plan: Plan, seed: int, replication: int, engine: str) -> Register:
    """The register of one replication, by the engine named."""
    if engine == "simpy":
        from flexsim.engine.simpy_engine import simulate as simulate_simpy

        return simulate_simpy(plan, seed, replication)
    from flexsim.engine.compiled.engine import simulate as simulate_compiled

    return simulate_compiled(plan, seed, replication)


def simulate_rows(plan: Plan, seed: int, replication: int, engine: str) -> Register | RowTable:
    """The same in the form that the engine makes, which `measure` takes as well."""
    if engine == "simpy":
        return simulate(plan, seed, replication, engine)
    from flexsim.engine.compiled.engine import simulate_rows as simulate_compiled

    return simulate_compiled(plan, seed, replication)
