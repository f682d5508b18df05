"""What a point of a sweep costs beside its runs: ``python -m benchmarks.sweeps [points]``.

Processor time of one process, milliseconds a point: the region west, one counted year, twenty
replications, the compiled engine. Composing once for all points is left out.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flexsim.sweeping import sweep, working
from flexsim.sweeping.points import Points, checked

OVERRIDES = ["scenario=baseline", "run.days=365", "run.replications=20", "run.engine=compiled"]
PLACES = [4, 6, 8, 10, 12]
#: The two that are no overhead.
RUNS = ("simulate_rows", "measure")


def _points(count: int) -> Points:
    days = [30 + 0.25 * n for n in range(count // len(PLACES))]
    return checked(None, {"pools.mpo.places": PLACES, "pools.mpo.stay.mean_days": days}, OVERRIDES)


def _run(points: Points) -> None:
    with TemporaryDirectory() as folder:
        sweep.run(points, Path(folder) / "sweep", workers=1)


def _timed(spent: Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any) -> Any:
        begun = time.process_time()
        found = function(*arguments)
        spent[name] += time.process_time() - begun
        return found

    return timed


def measured(count: int) -> Counter[str]:
    """Seconds of processor time by what they were spent on."""
    spent: Counter[str] = Counter()
    timed_points = _timed(spent, "checking", _points)
    _run(_points(len(PLACES)))  # what is needed once is loaded
    _timed(spent, "composing", _points)(len(PLACES))
    points = timed_points(count)
    for name in (*RUNS, "build", "_summed"):
        setattr(working, name, _timed(spent, name, getattr(working, name)))
    _timed(spent, "all", _run)(points)
    spent["checking"] -= spent["composing"]
    return spent


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    _run(_points(len(PLACES)))  # loads what is compiled
    spent = measured(count)
    runs = sum(spent[name] for name in RUNS)
    beside = spent["all"] + spent["checking"] - runs
    for name in ("checking", "build", *RUNS, "_summed"):
        print(f"{name:14} {1000 * spent[name] / count:7.2f} ms a point")
    print(
        f"{'beside runs':14} {1000 * beside / count:7.2f} ms a point, {beside / runs:.1%} of them"
    )
