"""``flexsim warm-up``: how many days of warm-up a scenario needs."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command
from flexsim.language import Language
from flexsim.output.said import tell_written


def warm_up(arguments: argparse.Namespace) -> int:
    """Run a pilot, suggest a warm-up, and draw how the run begins."""
    from flexsim import warming
    from flexsim.output import warming as output

    _, scenario = asked.points(arguments)[0]
    asked.check_folders([scenario], arguments.overwrite)
    found = warming.warm_up(scenario, progress=True)
    output.show(found)
    command = ["flexsim", *arguments.words]
    paths = output.write(found, command=command, overwrite=arguments.overwrite)
    tell_written(paths, Language.of(scenario))
    return 0


WARM_UP = Command(
    "warm-up",
    "suggest a warm-up from a pilot, and draw how a run begins (flexsim warm-up"
    " scenario=aarhus_baseline)",
    warm_up,
    (OVERWRITE,),
)
