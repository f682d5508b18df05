"""Which engine computes a replication."""

from __future__ import annotations

from flexsim.engine.simpy_engine import simulate as simulate_simpy
from flexsim.plan.plan import Plan
from flexsim.register import Register

ENGINES = {"simpy": simulate_simpy}


def choose(engine: str) -> str:
    """The engine that `auto` stands for; any other name stands for itself."""
    return "simpy" if engine == "auto" else engine


def simulate(plan: Plan, seed: int, replication: int, engine: str) -> Register:
    """The register of one replication, by the engine named."""
    return ENGINES[engine](plan, seed, replication)
