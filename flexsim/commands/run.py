"""``flexsim run``: run a scenario, or every combination of values, and write the results."""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from flexsim.commands import asked
from flexsim.commands.asked import Point
from flexsim.commands.command import MULTIRUN, OVERWRITE, Command
from flexsim.errors import RunError
from flexsim.output.said import wrapped, written

if TYPE_CHECKING:
    from flexsim.result import Result
    from flexsim.scenario import Scenario


def run(arguments: argparse.Namespace) -> int:
    """One run, or with -m all that are asked for."""
    points = asked.points(arguments)
    if arguments.multirun:
        return _run_all(_placed(points), arguments)
    _, scenario = points[0]
    asked.check_folders([scenario], arguments.overwrite)
    _, paths = _run_one(scenario, arguments)
    print("\n".join(written(paths)))
    return 0


def _run_one(scenario: Scenario, arguments: argparse.Namespace) -> tuple[Result, list[Path]]:
    """Run, show and write one scenario; gives its result and the files written."""
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
    return result, paths


def _run_all(points: Sequence[Point], arguments: argparse.Namespace) -> int:
    """Run every point into its own folder; a point that fails leaves the others alone."""
    asked.check_folders([scenario for _, scenario in points], arguments.overwrite)
    lines, failed = [], False
    for overrides, scenario in points:
        try:
            result, _ = _run_one(scenario, arguments)
            outcome = f"{_use(result)} ({scenario.output.folder})"
        except RunError as error:
            failed = True
            outcome = f"failed: {error}"
        lines.append(f"{' '.join(overrides) or scenario.name}: {outcome}")
    print("\nUse of the places")
    for line in lines:
        print("\n".join(wrapped(line)))
    return RunError.exit_code if failed else 0


def _use(result: Result) -> str:
    """How much of each pool's places was used, on one line."""
    table = result.summary()
    everybody = (table["group"] == "all") & (table["municipality"] == "all")
    rows = table[everybody & (table["measure"] == "utilisation") & (table["pool"] != "all")]
    shares = zip(rows["pool"].astype(str), rows["mean"].astype(float), strict=True)
    return ", ".join(f"{pool} {100 * share:.1f} %" for pool, share in shares)


def _placed(points: Sequence[Point]) -> list[Point]:
    """Points with a numbered folder each, below one folder for all."""
    default = Path("multirun") / time.strftime("%Y-%m-%d_%H-%M-%S")
    placed = []
    for n, (overrides, scenario) in enumerate(points):
        folder = Path(scenario.output.folder or default) / str(n)
        output = scenario.output.model_copy(update={"folder": str(folder)})
        placed.append((overrides, scenario.model_copy(update={"output": output})))
    return placed


RUN = Command(
    "run",
    "run a scenario and write its results (also without the word run)",
    run,
    (MULTIRUN, OVERWRITE),
)
