"""``flexsim check``: whether a scenario is in order."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import MULTIRUN, Command


def check(arguments: argparse.Namespace) -> int:
    """Compose and check, and run nothing."""
    points = asked.points(arguments)
    print("ok" if len(points) == 1 else f"ok: {len(points)} runs")
    return 0


CHECK = Command("check", "check a scenario without running it", check, (MULTIRUN,))
