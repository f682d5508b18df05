"""The manifest: what a folder of results was made from, and with which programs."""

from __future__ import annotations

import datetime as dt
import json
import math
import platform
import shlex
from collections.abc import Iterable, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from flexsim import __version__
from flexsim.result import Result
from flexsim.scenario import Scenario
from flexsim.scenario.showing import as_yaml

NAME = "manifest.json"
_PACKAGES = ("numpy", "scipy", "pandas", "simpy")


def complete(
    folder: Path, result: Result, command: Sequence[str], compared: Sequence[str] = ()
) -> list[str]:
    """Write the manifest of a folder that holds all its other files.

    Parameters
    ----------
    folder : Path
    result, command, compared
        As for `as_json`.

    Returns
    -------
    list of str
        The files of the folder, relative to it, the manifest last.
    """
    names = sorted(p.relative_to(folder).as_posix() for p in folder.rglob("*") if p.is_file())
    text = as_json(result, command, names, compared)
    (folder / NAME).write_text(text, encoding="utf-8", newline="\n")
    return [*names, NAME]


def write_scenarios(folder: Path, scenarios: Iterable[Scenario]) -> None:
    """Write scenarios as they are composed: ``scenario_0.yaml``, ``scenario_1.yaml``, ..."""
    for n, scenario in enumerate(scenarios):
        text = as_yaml(scenario)
        (folder / f"scenario_{n}.yaml").write_text(text, encoding="utf-8", newline="\n")


def as_json(
    result: Result,
    command: Sequence[str],
    files: Sequence[str],
    compared: Sequence[str] = (),
) -> str:
    """Write the manifest of a result as JSON text.

    Parameters
    ----------
    result : Result
    command : sequence of str
        The command line, word by word; empty if the run was started from Python.
    files : sequence of str
        The other files of the folder, relative to it.
    compared : sequence of str
        What the result is the baseline of, if it was compared with others.
    """
    entries = _entries(result, command, files) | ({"compared": list(compared)} if compared else {})
    return json.dumps(entries, indent=2, ensure_ascii=False) + "\n"


def _entries(result: Result, command: Sequence[str], files: Sequence[str]) -> dict[str, Any]:
    scenario = result.scenario
    return {
        "flexsim": __version__,
        "scenario": scenario.name,
        "title": scenario.title,
        "region": scenario.region,
        "start": scenario.run.start.isoformat(),
        "warm_up_days": scenario.run.warm_up_days,
        "days": scenario.run.days,
        "seed": result.seed,
        "replications": result.replications,
        "engine": result.engine,
        "seconds": round(result.seconds, 3),
        "finished": dt.datetime.now(dt.UTC).isoformat(timespec="seconds"),
        "command": shlex.join(command),
        "python": platform.python_version(),
        "platform": platform.platform(),
        "packages": {name: version(name) for name in _PACKAGES},
        "until": [_rounded(one._asdict()) for one in result.precision],
        "warnings": list(result.warnings),
        "files": list(files),
    }


def _rounded(entries: dict[str, Any]) -> dict[str, Any]:
    """Decimal numbers to six digits; JSON has no infinity."""
    decimals = {name: value for name, value in entries.items() if isinstance(value, float)}
    return entries | {
        name: float(f"{value:.6g}") if math.isfinite(value) else None
        for name, value in decimals.items()
    }
