"""``flexsim trace``: one citizen's journey in words."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import Command, Option
from flexsim.language import Language


def trace(arguments: argparse.Namespace) -> int:
    """Simulate one replication and follow a citizen through it."""
    from flexsim import trace as journey
    from flexsim.engine.choice import simulate
    from flexsim.plan.build import build

    _, scenario = asked.points(arguments)[0]
    plan = build(scenario)
    engine = "simpy" if scenario.run.engine == "auto" else scenario.run.engine
    number = asked.whole_number(arguments.replication or "0", "--replication")
    register = simulate(plan, scenario.run.seed, number, engine)
    chosen = arguments.citizen, arguments.pool
    print(journey.trace(register, plan, *chosen, scenario, Language.of(scenario)))
    return 0


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
