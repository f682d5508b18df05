"""``flexsim show``: a scenario as it is put together."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import MULTIRUN, Command, Option


def show(arguments: argparse.Namespace) -> int:
    """Print it as YAML that loads again."""
    from flexsim.scenario.showing import as_yaml

    for overrides, scenario in asked.points(arguments):
        if overrides:
            print(f"--- # {' '.join(overrides)}")
        print(as_yaml(scenario, arguments.defaults), end="")
    return 0


SHOW = Command(
    "show",
    "print a scenario as it is put together, as YAML",
    show,
    (MULTIRUN, Option(("--defaults",), "include the keys that nobody has set")),
)
