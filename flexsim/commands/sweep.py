"""``flexsim -m``: every point of a sweep, in one table."""

from __future__ import annotations

import argparse
import os
import shlex
from collections.abc import Sequence
from pathlib import Path

from flexsim.commands import asked
from flexsim.errors import RunError
from flexsim.output.said import complain


def sweep(arguments: argparse.Namespace) -> int:
    """Check all points, run them, show and keep their results; say how to go on if stopped."""
    points = asked.swept(arguments)
    from flexsim.output import sweep as output
    from flexsim.output.folder import default_folder
    from flexsim.sweeping import cluster
    from flexsim.sweeping.store import ABOUT
    from flexsim.sweeping.sweep import run

    given = points.bases[0].output.folder
    folder = Path(given) if given else default_folder("sweep")
    again = _again(arguments.words, [] if given else [f"output.folder={folder}"])
    workers = points.bases[0].run.workers
    try:
        found = run(
            points,
            folder,
            workers=None if isinstance(workers, str) else workers,
            resume=arguments.resume,
            overwrite=arguments.overwrite,
            cluster=arguments.cluster or os.environ.get(cluster.VARIABLE),
            progress=True,
        )
    except BaseException as error:
        if (folder / ABOUT).is_file() and not _is_refusal(error):
            complain([f"finished points are kept in {folder}; to go on: {again}"])
        raise
    output.show(found, points)
    failed = len(found.failed)
    if failed:
        complain(
            [
                f"{failed} of {len(points.points)} points failed; see {folder / 'points.csv'}"
                f" (to try them again: {again})"
            ]
        )
    return RunError.exit_code if failed else 0


def _is_refusal(error: BaseException) -> bool:
    """Whether nothing was begun: bad input, or a folder that somebody else uses."""
    return getattr(error, "exit_code", None) == 2 or "is in use by" in str(error)


def _again(words: Sequence[str], more: Sequence[str]) -> str:
    """The command that goes on with a sweep."""
    kept = [word for word in words if word not in ("--overwrite", "--resume")]
    return shlex.join(["flexsim", *kept, *more, "--resume"])
