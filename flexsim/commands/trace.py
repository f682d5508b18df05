"""``flexsim trace``: one citizen's journey in words."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import Command, Option
from flexsim.errors import ScenarioError
from flexsim.scenario.names import shown


def trace(arguments: argparse.Namespace) -> int:
    """Simulate one replication and follow a citizen through it."""
    from flexsim import trace as journey
    from flexsim.engine.choice import simulate
    from flexsim.plan.build import build

    _, scenario = asked.points(arguments)[0]
    plan = build(scenario)
    engine = "simpy" if scenario.run.engine == "auto" else scenario.run.engine
    register = simulate(plan, scenario.run.seed, _replication(arguments), engine)
    titles = {name: pool.title or name for name, pool in scenario.pools.items()}
    print(journey.trace(register, plan, arguments.citizen, arguments.pool, titles))
    return 0


def _replication(arguments: argparse.Namespace) -> int:
    given = arguments.replication or "0"
    if not given.isdecimal():
        raise ScenarioError(
            f"command line: --replication must be a whole number, 0 or more (got {shown(given)})"
        )
    return int(given)


TRACE = Command(
    "trace",
    "follow one citizen of a replication, in words",
    trace,
    (
        Option(
            ("--citizen",), "whom, as stream#n (default: most days after completed treatment)", 1
        ),
        Option(("--pool",), "choose among those who stayed in this pool", values=1),
        Option(("--replication",), "which replication (default 0)", values=1),
    ),
)
