"""``flexsim run``: run a scenario and write the results; with -m, every point of a sweep."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import CLUSTER, MULTIRUN, OVERWRITE, RESUME, Command
from flexsim.errors import ScenarioError
from flexsim.language import Language
from flexsim.output.said import tell_written


def run(arguments: argparse.Namespace) -> int:
    """One run, or with -m a sweep."""
    if arguments.multirun:
        from flexsim.commands.sweep import sweep

        return sweep(arguments)
    for option in (RESUME, CLUSTER):
        if getattr(arguments, option.name):
            raise ScenarioError(f"command line: {option.flags[-1]} goes with -m")
    ((_, scenario),) = asked.points(arguments)
    asked.check_folders([scenario], arguments.overwrite)
    from flexsim.output import files as results
    from flexsim.output import terminal
    from flexsim.running import run
    from flexsim.scenario.showing import as_yaml

    result = run(scenario, progress=True)
    terminal.show(result)
    paths = results.write(
        result,
        command=["flexsim", *arguments.words],
        composed=as_yaml(scenario),
        overwrite=arguments.overwrite,
    )
    tell_written(paths, Language.of(result.scenario))
    return 0


RUN = Command(
    "run",
    "run a scenario and write its results (also without the word run)",
    run,
    (MULTIRUN, OVERWRITE, RESUME, CLUSTER),
)
