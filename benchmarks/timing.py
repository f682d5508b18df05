"""Taking times: CPU time of a call, wall time of a process, and ratios pair by pair."""

from __future__ import annotations

import gc
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

T = TypeVar("T")

ROOT = Path(__file__).resolve().parents[1]


@dataclass(frozen=True)
class Spread:
    """The median of several values, and their range."""

    median: float
    low: float
    high: float
    count: int

    @classmethod
    def of(cls, values: Sequence[float]) -> Spread:
        """Of one value or more."""
        return cls(statistics.median(values), min(values), max(values), len(values))


def ratios(above: Sequence[float], below: Sequence[float]) -> Spread:
    """Ratios of values taken in the same rounds; the rounds that only one has are left out."""
    return Spread.of([a / b for a, b in zip(above, below, strict=False)])


def cpu_seconds(action: Callable[[], T]) -> tuple[float, T]:
    """CPU time of a call in this process, and what it returned."""
    gc.collect()
    start = time.process_time()
    value = action()
    return time.process_time() - start, value


def wall_seconds(
    arguments: Sequence[str], folder: Path, environment: Mapping[str, str] | None = None
) -> float:
    """Wall time of ``python ARGUMENTS`` from start to exit, run in a folder.

    Python's own compiled files are kept in the folder, so that a second start finds them, whatever
    the settings around are.

    Raises
    ------
    RuntimeError
        If the process fails.
    """
    path = os.pathsep.join([str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])])
    kept = {"PYTHONPATH": path, "PYTHONPYCACHEPREFIX": str(folder / "pycache")}
    env = {**os.environ, **kept, **(environment or {})}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    command = [sys.executable, *arguments]
    start = time.perf_counter()
    done = subprocess.run(command, check=False, cwd=folder, env=env, capture_output=True, text=True)
    seconds = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError(f"{' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return seconds
