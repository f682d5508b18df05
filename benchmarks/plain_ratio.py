"""How long the SimPy engine takes beside a plain hand-written SimPy model of the same system.

    python benchmarks/plain_ratio.py [rounds]

Both simulate the benchmark model "ward and step-down"
(`scenarios/textbook/ward_and_step_down.yaml`) in turn, one after the other on one core; the ratio
is of CPU times, pair by pair. Both results are held against the reference values, which come from
several independent engines (4 x 1,000 replications): a ratio of two different models would mean
nothing.
"""

from __future__ import annotations

import gc
import statistics
import sys
import time
from collections.abc import Callable
from typing import TypeVar

import numpy as np
import plain_simpy

import flexsim as fs
from flexsim.engine.simpy_engine import simulate
from flexsim.measures.view import DAY, View
from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from flexsim.register import NOT_YET, Register

T = TypeVar("T")

#: Reference range of each figure, widened below by three standard errors of this run.
REFERENCE = {
    "ward occupied": (55.5, 55.6),
    "mean wait, days": (4.7, 5.1),
    "completed-treatment days a year": (690.0, 730.0),
    "A occupied": (6.73, 6.76),
    "B occupied": (1.755, 1.755),
    "C occupied": (5.28, 5.30),
}


def of_register(register: Register, plan: Plan) -> list[float]:
    """The reference figures of one flexsim replication."""
    view = View(register, plan)
    window = view.periods[0]
    present = view.present
    inside = present.within(window.start, window.stop)
    occupied = np.bincount(present.pool, weights=inside, minlength=view.pools) / window.seconds
    ward = (register.pool == 0) & (register.admitted >= window.start)
    wait = (register.admitted - register.requested)[ward].mean() / DAY
    after = view.completed
    delayed = after.within(window.start, window.stop)[after.pool == 0].sum() / DAY / window.years
    return [float(occupied[0]), float(wait), float(delayed), *occupied[1:4].tolist()]


def of_tally(tally: plain_simpy.Tally) -> list[float]:
    """The reference figures of one plain replication."""
    days = plain_simpy.HORIZON - plain_simpy.WARM_UP
    pools = [tally.pool_days[name] / days for name in plain_simpy.POOLS]
    wait = tally.wait / tally.starts
    return [tally.ward_days / days, wait, tally.delayed_days / (days / 365), *pools]


def cpu_seconds(action: Callable[[], T]) -> tuple[float, T]:
    """CPU time of a call, and what it returned."""
    gc.collect()
    start = time.process_time()
    value = action()
    return time.process_time() - start, value


def agrees(figures: list[list[float]]) -> bool:
    """Print the figures beside the reference, and say whether all lie in its range."""
    table = np.array(figures)
    mean, error = table.mean(axis=0), table.std(axis=0, ddof=1) / len(table) ** 0.5
    fine = True
    for (name, (low, high)), m, e in zip(REFERENCE.items(), mean, error, strict=True):
        inside = low - 3 * e <= m <= high + 3 * e
        fine &= bool(inside)
        print(f"  {name:33s} {m:8.3f} +- {e:6.3f}  {low} to {high}  {'' if inside else 'OFF'}")
    return fine


def main() -> int:
    """Run the rounds; exit code 1 if a model misses its reference."""
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    plan = build(fs.load("textbook/ward_and_step_down"))
    ours, plain, ratios = [], [], []
    rows = 0
    for n in range(rounds):
        plain_time, tally = cpu_seconds(lambda n=n: plain_simpy.replicate(n))
        our_time, register = cpu_seconds(lambda n=n: simulate(plan, 2026, n))
        ours.append(of_register(register, plan))
        plain.append(of_tally(tally))
        ratios.append(our_time / plain_time)
        rows += int((register.admitted != NOT_YET).sum())
    low, high = min(ratios), max(ratios)
    print(f"flexsim (SimPy engine) / plain SimPy, CPU time, {rounds} pairs:")
    print(f"  median {statistics.median(ratios):.2f}   range {low:.2f} to {high:.2f}")
    print(f"  stays per replication {rows / rounds:.0f}")
    print("flexsim against the reference:")
    fine = agrees(ours)
    print("plain model against the reference:")
    return 0 if agrees(plain) & fine else 1


if __name__ == "__main__":
    raise SystemExit(main())
