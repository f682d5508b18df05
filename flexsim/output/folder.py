"""The folder of results: free before the run, and filled completely or not at all."""

from __future__ import annotations

import json
import os
import re
import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from flexsim.errors import ScenarioError, WorkplaceError
from flexsim.output import manifest
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Scenario

_TEMPORARY = ".flexsim-"
#: The files that flexsim writes, and so may replace.
_OURS = re.compile(
    r"(measures|summary|register_\d+)\.(csv|parquet)|evidence\.csv|scenario\.yaml|manifest\.json"
    r"|figures/\w+\.png"
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


def default_folder(scenario: Scenario) -> Path:
    """``results/<scenario>/<time>``, or the first such name with a number that is free."""
    first = Path("results") / scenario.name / time.strftime("%Y-%m-%d_%H-%M-%S")
    folder, n = first, 1
    while folder.exists():
        n += 1
        folder = first.with_name(f"{first.name}_{n}")
    return folder


@contextmanager
def filled(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files become those of `folder` when the block ends well.

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
    beside = folder if folder.exists() else folder.absolute().parent
    beside.mkdir(parents=True, exist_ok=True)
    temporary = Path(tempfile.mkdtemp(prefix=_TEMPORARY, dir=beside))
    try:
        yield temporary
        if beside == folder:
            _move_in(temporary, folder)
        else:
            temporary.chmod(beside.stat().st_mode & 0o777)
            temporary.rename(folder)
    finally:
        shutil.rmtree(temporary, ignore_errors=True)


def _move_in(temporary: Path, folder: Path) -> None:
    for path in _earlier(folder):
        path.unlink(missing_ok=True)
    files = [path for path in temporary.rglob("*") if path.is_file()]
    for path in sorted(files, key=lambda path: path.name == manifest.NAME):
        target = folder / path.relative_to(temporary)
        target.parent.mkdir(exist_ok=True)
        if not target.parent.resolve().is_relative_to(folder.resolve()):
            raise OSError(f"{target.parent.name} leads out of the folder")
        path.replace(target)


def _earlier(folder: Path) -> list[Path]:
    """The files of an earlier run in this folder, its manifest first."""
    path = folder / manifest.NAME
    try:
        files = json.loads(path.read_text(encoding="utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError):
        return []
    return [path, *(folder / str(name) for name in files if _OURS.fullmatch(str(name)))]


def _holds_files(folder: Path) -> bool:
    return folder.is_dir() and any(not path.name.startswith(".") for path in folder.iterdir())


def _remove_empty(folders: list[Path]) -> None:
    for folder in folders:
        try:
            folder.rmdir()
        except OSError:
            return
