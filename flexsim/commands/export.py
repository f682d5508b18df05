"""``flexsim export``: the tables of a scenario, or of a comparison, as an Excel file."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command
from flexsim.commands.report import sources
from flexsim.output.said import tell_written


def export(arguments: argparse.Namespace) -> int:
    """Run what is asked for, and write the workbook."""
    from flexsim.reporting.workbook import export

    names, overrides = sources(arguments)
    path = export(
        *names,
        overrides=overrides,
        overwrite=arguments.overwrite,
        progress=True,
        command=["flexsim", *arguments.words],
    )
    tell_written([path], asked.language(arguments.words))
    return 0


EXPORT = Command(
    "export",
    "write the tables of a scenario, or of a baseline and others, as an Excel file"
    " (flexsim export aarhus_baseline pitstop_plus_two)",
    export,
    (OVERWRITE,),
)
