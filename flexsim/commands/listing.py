"""``flexsim list``: regions, scenarios and experiments, each with its line in words."""

from __future__ import annotations

import argparse

from flexsim.commands.command import Command
from flexsim.output.said import section
from flexsim.scenario import files

_GROUPS = {"region": "Regions", "scenario": "Scenarios", "experiment": "Experiments"}


def show(_: argparse.Namespace) -> int:
    """Print what there is."""
    print(listing())
    return 0


def listing() -> str:
    """What is shipped, and what lies in the folder where one stands."""
    sections = []
    for group, heading in _GROUPS.items():
        paths = {**files.shipped(group), **files.own(group)}
        entries = {name: files.in_words(path) for name, path in sorted(paths.items())}
        if entries:
            sections.append(section(f"{heading} ({group}=...)", entries))
    return "\n\n".join(sections)


LIST = Command("list", "list regions, scenarios and experiments", show)
