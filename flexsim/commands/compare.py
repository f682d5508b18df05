"""``flexsim compare``: scenarios beside the first of them, on the same citizens."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command, Option
from flexsim.language import Language
from flexsim.output.said import tell_written


def compare(arguments: argparse.Namespace) -> int:
    """Run each scenario, show the differences and write them."""
    from flexsim.comparing import compared, prepare, scenario_of
    from flexsim.output import comparison as output

    labels, scenarios = prepare(*asked.named(arguments))
    asked.check_folders([scenario_of(scenarios[0])], arguments.overwrite)
    found = compared(labels, scenarios, progress=True)
    citizens = found.citizens() if arguments.citizens else None
    output.show(found, citizens)
    command = ["flexsim", *arguments.words]
    paths = output.write(found, citizens, command=command, overwrite=arguments.overwrite)
    tell_written(paths, Language.of(found.baseline.scenario))
    return 0


COMPARE = Command(
    "compare",
    "compare scenarios with the first of them, on the same citizens"
    " (flexsim compare aarhus_baseline pitstop_plus_two)",
    compare,
    (
        OVERWRITE,
        Option(("--citizens",), "also count whose route, wait or completed-treatment days differ"),
    ),
)
