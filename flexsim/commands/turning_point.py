"""``flexsim turning-point``: the value of a key at which a conclusion turns."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import Command, Option
from flexsim.errors import ScenarioError


def turning_point(arguments: argparse.Namespace) -> int:
    """Find where the second scenario is level with the first."""
    from flexsim import turning
    from flexsim.output.comparison import show_turning

    names, overrides = asked.named(arguments)
    if len(names) != 2 or not arguments.key or not arguments.between:
        raise ScenarioError(
            "command line: write flexsim turning-point A B --key KEY --between LOW HIGH, where KEY"
            " is a key of scenario B, such as pools.home.relapse.share"
        )
    chosen = {name: getattr(arguments, name) for name in ("measure", "pool")}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    found = turning.turning_point(
        *names,
        key=arguments.key,
        between=arguments.between,
        overrides=overrides,
        progress=True,
        **chosen,
    )
    show_turning(found)
    return 0


TURNING_POINT = Command(
    "turning-point",
    "find the value of a key of the second scenario at which it is level with the first (flexsim"
    " turning-point A B --key KEY --between LOW HIGH)",
    turning_point,
    (
        Option(("--key",), "the key of the second scenario that changes", values=1),
        Option(("--between",), "lowest and highest value of the key, two numbers", values=2),
        Option(("--measure",), "of which measure (default completed_treatment_days)", values=1),
        Option(("--pool",), "of this pool (default all)", values=1),
    ),
)
