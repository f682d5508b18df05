"""Compare the engines where nothing is compiled; print what was compared and what differs, as JSON.

A program of its own (`python -m twin.uncompiled`), since numba decides on import: coverage and
mutation testing see the kernel only so. Warnings of numpy (a number of 64 bits that overflows) are
errors here.
"""

from __future__ import annotations

import json
import warnings

import numba
from hypothesis import HealthCheck, given, settings
from networks import SEED, Network, networks

import flexsim as fs
from flexsim.engine.compiled import engine, world
from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from twin.sides import compiled, difference, end_of, simpy

NETWORKS, DAYS = 25, 40
SCENARIOS = ("baseline", "aarhus_hotspot", "mpo_expansion", "pitstop_plus_two",
             "polaris_slack_reserve", "textbook/ward_and_step_down")  # fmt: skip
SHORT = ["run.replications=1", "run.days=20", "run.warm_up_days=5"]
#: Rows of each table, and of what is drawn in an episode, at first.
SMALL = 100


def differences(plan: Plan) -> list[str]:
    """What differs on a plan: with ordinary tables, and with small and wide ones."""
    expected = end_of(simpy, plan, SEED)
    found = [difference(expected, end_of(compiled, plan, SEED), plan)]
    capacity, fits = engine.Capacity, world.FITS
    engine.tables_of.cache_clear()  # which may know how large they have to be
    engine.Capacity = lambda people, rows: capacity(people, *[min(rows, SMALL)] * 4, 2, SMALL)
    world.FITS = 0
    try:
        found.append(difference(expected, end_of(compiled, plan, SEED), plan))
    finally:
        engine.Capacity, world.FITS = capacity, fits
        engine.tables_of.cache_clear()
    return [text for text in found if text]


def main() -> None:
    """Compare and print."""
    if not numba.config.DISABLE_JIT:
        raise SystemExit("set NUMBA_DISABLE_JIT=1")
    warnings.simplefilter("error", RuntimeWarning)
    compared: list[Network] = []
    found: list[str] = []

    @settings(max_examples=NETWORKS, derandomize=True, deadline=None, database=None,
              suppress_health_check=list(HealthCheck))  # fmt: skip
    @given(networks())
    def compare(network: Network) -> None:
        compared.append(network)
        found.extend(differences(network.with_days(DAYS).plan))

    compare()
    for name in SCENARIOS:
        found += [f"{name}: {text}" for text in differences(build(fs.load(name, SHORT)))]
    answer = {"networks": len(compared), "scenarios": len(SCENARIOS), "differences": found}
    print(json.dumps(answer))


if __name__ == "__main__":
    main()
