"""The folder of results: free before the run, and filled completely or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from flexsim.errors import ScenarioError, WorkplaceError
from flexsim.output import manifest
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Scenario

_TEMPORARY = ".flexsim-"
#: The files that flexsim writes, and so may replace.
_OURS = re.compile(
    r"(measures|summary|register_\d+)\.(csv|parquet)|evidence\.csv|scenario\.yaml|manifest\.json"
    r"|figures/\w+\.png|(differences|citizens)\.(csv|parquet)|differences\.png"
    r"|scenario_\d+\.yaml|report\.html|tables\.xlsx|warm_up\.(csv|png)|explanation\.(csv|png)"
    r"|(ledger|purses|models|prices|per_day|costs|effects|uses)\.(csv|parquet)|(purses|places)\.png|animation\.html"
)


def check_folder(scenario: Scenario, overwrite: bool = False) -> None:
    """Refuse a folder that cannot take the results; to be asked before the run.

    Raises
    ------
    ScenarioError
        If `output.folder` holds files (unless `overwrite`), or is itself a file.
    WorkplaceError
        If nothing may be written there.
    """
    folder = Path(scenario.output.folder or "results")
    if scenario.output.folder is not None:
        check_free(folder, overwrite)
    there = next(path for path in (folder, *folder.absolute().parents) if path.exists())
    if not there.is_dir():
        raise ScenarioError(f"output.folder: {shown(there, 200)} is a file, not a folder")
    if not os.access(there, os.W_OK | os.X_OK):
        raise WorkplaceError(f"output.folder: nothing may be written in {shown(there, 200)}")


def check_free(folder: Path, overwrite: bool) -> None:
    """Raise ScenarioError if the folder holds files, or is itself a file."""
    if folder.exists() and not folder.is_dir():
        raise ScenarioError(f"output.folder: {shown(folder, 200)} is a file, not a folder")
    if not overwrite and _holds_files(folder):
        raise ScenarioError(
            f"output.folder: {shown(folder, 200)} already holds files; choose another folder,"
            " or add --overwrite"
        )


def target(
    scenario: Scenario, folder: str | Path | None, name: str, overwrite: bool = False
) -> Path:
    """The folder to fill: the one given, the scenario's, or else ``results/<name>/<time>``.

    Raises
    ------
    ScenarioError
        If it holds files (unless `overwrite`), or is itself a file.
    """
    given = folder or scenario.output.folder
    chosen = Path(given) if given else default_folder(name)
    check_free(chosen, overwrite)
    return chosen


def default_folder(name: str) -> Path:
    """``results/<name>/<time>``, or the first such name with a number that is free."""
    first = Path("results") / name / time.strftime("%Y-%m-%d_%H-%M-%S")
    folder, n = first, 1
    while folder.exists():
        n += 1
        folder = first.with_name(f"{first.name}_{n}")
    return folder


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """Give a temporary folder whose files become those of `folder` if the block ends well.

    A new folder appears under its name in one step. In a folder that exists, the files of an
    earlier run (those its manifest lists) give way to the new ones and all others stay; the
    manifest goes first and comes last, so a folder with a manifest is complete.

    Raises
    ------
    WorkplaceError
        If the disk or its rights did not allow it; nothing is left behind.
    """
    absent = [path for path in (folder, *folder.parents) if not path.exists()]
    try:
        yield from _finished(folder)
    except OSError as error:
        _remove_empty(absent)
        reason = error.strerror or error
        raise WorkplaceError(
            f"results could not be written to {shown(folder, 200)}: {reason}"
        ) from error
    except BaseException:
        _remove_empty(absent)
        raise


def _finished(folder: Path) -> Iterator[Path]:
    exists = folder.exists()
    beside = folder if exists else folder.absolute().parent
    temporary = beside / f"{_TEMPORARY}{uuid.uuid4().hex[:8]}"
    temporary.mkdir(parents=True)
    try:
        yield temporary
        if exists:
            _move_in(temporary, folder)
        else:
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move_in(temporary: Path, folder: Path) -> None:
    """Replace the files of an earlier run by the new ones, the manifest last."""
    new = [path.relative_to(temporary) for path in temporary.rglob("*") if path.is_file()]
    old = _earlier(folder)
    for name in [*old, *new]:
        _stay_below(folder / name, folder)
    for name in old:
        (folder / name).unlink(missing_ok=True)
    for name in sorted(new, key=lambda name: name.name == manifest.NAME):
        (folder / name).parent.mkdir(exist_ok=True)
        (temporary / name).replace(folder / name)


def _stay_below(path: Path, folder: Path) -> None:
    """Refuse a path that a link leads out of the folder."""
    if not path.parent.resolve().is_relative_to(folder.resolve()):
        raise OSError(f"{shown(path, 200)} leads out of the folder")


def _earlier(folder: Path) -> list[Path]:
    """List the files of an earlier run in this folder, its manifest first."""
    try:
        text = (folder / manifest.NAME).read_text(encoding="utf-8")
        names = [str(name) for name in json.loads(text)["files"]]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [Path(name) for name in (manifest.NAME, *names) if _OURS.fullmatch(name)]


def _holds_files(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        with suppress(OSError):
            folder.rmdir()
