"""``flexsim report``: a scenario, or scenarios beside a baseline, as one HTML page."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command, Option
from flexsim.output.said import tell_written

if TYPE_CHECKING:
    from flexsim.comparing import Source


def report(arguments: argparse.Namespace) -> int:
    """Run what is asked for, and write the page."""
    from flexsim.reporting.writing import report

    names, overrides = sources(arguments)
    path = report(
        *names,
        overrides=overrides,
        assumptions=not arguments.no_assumptions,
        overwrite=arguments.overwrite,
        progress=True,
        command=["flexsim", *arguments.words],
    )
    tell_written([path], asked.language(arguments.words))
    return 0


def sources(arguments: argparse.Namespace) -> tuple[Sequence[Source], list[str]]:
    """Scenarios by their names, or the one that the overrides make up; and what is left of them."""
    names, overrides = asked.named(arguments)
    if names:
        return names, overrides
    [(_, scenario)] = asked.points(arguments)
    return [scenario], []


REPORT = Command(
    "report",
    "write a report of a scenario, or of a baseline and others, as one HTML page"
    " (flexsim report aarhus_baseline pitstop_plus_two)",
    report,
    (
        OVERWRITE,
        Option(("--no-assumptions",), "do not try each assumption at both ends of its range"),
    ),
)
