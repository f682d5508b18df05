"""Measure everything and write the tables and the picture; see README.md."""

from __future__ import annotations

import argparse
import sys
import time
import traceback
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from benchmarks import one_core, regions, same_model, scale, whole_runs
from benchmarks.effort import FULL, QUICK, Effort
from benchmarks.machine import describe
from benchmarks.picture import draw
from benchmarks.report import markdown, write_csv, write_markdown
from benchmarks.rows import DIFFERS, Row


def _one_core(effort: Effort) -> list[Row]:
    rounds = one_core.measure_rounds(effort)
    return same_model.rows(effort, rounds) + one_core.rows(rounds)


PARTS: dict[str, Callable[[Effort], list[Row]]] = {
    "one-core": _one_core,
    "scale": scale.rows,
    "regions": regions.rows,
    "whole-runs": whole_runs.rows,
}


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a short version, about a minute")
    parser.add_argument("--only", nargs="+", choices=list(PARTS), help="some parts only")
    parser.add_argument(
        "--simpy-at-100", action="store_true", help="run the SimPy models at scale 100 too"
    )
    parser.add_argument(
        "--out", type=Path, help="folder (benchmarks/, or results/benchmarks/ if not all is run)"
    )
    return parser.parse_args()


def main() -> int:
    """Exit code 1 if a part fails, or two engines do not simulate the same model."""
    given = _arguments()
    effort = QUICK if given.quick else FULL
    if given.simpy_at_100:
        effort = replace(effort, simpy_scales=(1, 10, 100), scales=(1, 10, 100))
    part_only = given.quick or given.only
    out = given.out or Path("results/benchmarks" if part_only else Path(__file__).parent)
    out.mkdir(parents=True, exist_ok=True)
    rows: list[Row] = []
    failed = False
    for name in given.only or PARTS:
        start = time.perf_counter()
        try:
            rows += PARTS[name](effort)
        except Exception:  # the other parts have taken minutes: keep them
            traceback.print_exc()
            failed = True
        print(f"{name}: {time.perf_counter() - start:.0f} s", file=sys.stderr)
    machine = describe()
    print(markdown(rows, machine))
    write_csv(out / "results.csv", rows, machine)
    write_markdown(out / "results.md", rows, machine)
    draw(out / "results.png", rows, machine)
    print(f"{out}: results.csv, results.md, results.png")
    return 1 if failed or any(row.verdict == DIFFERS for row in rows) else 0


if __name__ == "__main__":
    raise SystemExit(main())
