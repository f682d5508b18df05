"""What a point of a sweep costs beside its runs: ``python -m benchmarks.sweeps [points]``.

Processor time of one process, milliseconds a point: the region west, twenty replications, the
compiled engine; over one counted year, and over those of the scenario. Composing once for all
points is left out.
"""

from __future__ import annotations

import sys
import time
from collections import Counter
from collections.abc import Callable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from flexsim.sweeping import sweep, working
from flexsim.sweeping.points import Points, checked

OVERRIDES = ("scenario=baseline", "run.replications=20", "run.engine=compiled")
WINDOWS = {"one counted year": ("run.days=365",), "the scenario's own window": ()}
PLACES = [4, 6, 8, 10, 12]
#: The two that are no overhead.
RUNS = ("simulate_rows", "measure")
#: Checking is told from composing by so many times more points.
MORE = 10


def _points(count: int, window: Sequence[str]) -> Points:
    days = [30 + 0.01 * n for n in range(count // len(PLACES))]
    keys = {"pools.mpo.places": PLACES, "pools.mpo.stay.mean_days": days}
    return checked(None, keys, [*OVERRIDES, *window])


def _run(points: Points) -> None:
    with TemporaryDirectory() as folder:
        done = sweep.run(points, Path(folder) / "sweep", workers=1)
    if len(done.failed):
        raise RuntimeError(f"points failed: {done.failed['message'].iloc[0]}")


def _timed(spent: Counter[str], name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    def timed(*arguments: Any, **named: Any) -> Any:
        begun = time.process_time()
        found = function(*arguments, **named)
        spent[name] += time.process_time() - begun
        return found

    return timed


def measured(count: int, window: Sequence[str]) -> Counter[str]:
    """Seconds of processor time by what they were spent on."""
    spent: Counter[str] = Counter()
    _run(_points(2 * len(PLACES), window))  # what is needed once is loaded
    points = _timed(spent, "few", _points)(count, window)
    _timed(spent, "many", _points)(MORE * count, window)
    spent["checking"] = (spent.pop("many") - spent.pop("few")) / (MORE - 1)
    kept = {name: getattr(working, name) for name in (*RUNS, "build", "_summed")}
    for name, function in kept.items():
        setattr(working, name, _timed(spent, name, function))
    _timed(spent, "all", _run)(points)
    for name, function in kept.items():
        setattr(working, name, function)
    return spent


def main(count: int) -> None:
    """Print what was measured."""
    for words, window in WINDOWS.items():
        spent = measured(count, window)
        runs = sum(spent[name] for name in RUNS)
        beside = spent["all"] + spent["checking"] - runs
        print(f"{count} points over {words}")
        for name in ("checking", "build", *RUNS, "_summed"):
            print(f"{name:14} {1000 * spent[name] / count:7.2f} ms a point")
        share = f"{beside / runs:.1%} of them"
        print(f"{'beside runs':14} {1000 * beside / count:7.2f} ms a point, {share}")


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 200)
