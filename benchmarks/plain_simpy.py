"""The benchmark model "ward and step-down" as one would write it by hand in plain SimPy.

    python -m benchmarks.plain_simpy [replications]

Time in days; run [0, 3650), statistics over [365, 3650). Kept free of flexsim: this is the
yardstick for speed and an independent check of the reference values.
"""

from __future__ import annotations

import math
import random
import sys
from dataclasses import dataclass, field

import simpy

HORIZON, WARM_UP = 3650.0, 365.0
POOLS = {"A": 8, "B": 8, "C": 8}
NEED = (("A", 0.02), ("B", 0.08), ("C", 0.13))  # cumulative shares


def log_parameters(mean: float, sd: float) -> tuple[float, float]:
    """Mean and standard deviation of the logarithm of a lognormal law."""
    variance = math.log1p((sd / mean) ** 2)
    return math.log(mean) - variance / 2, math.sqrt(variance)


WARD = log_parameters(18, 22)
STAY_B = log_parameters(12, 8)
STAY_C = log_parameters(42, 30)


@dataclass
class Tally:
    """What one replication counts."""

    ward_days: float = 0.0  # in treatment
    delayed_days: float = 0.0  # and after it, waiting in the ward
    wait: float = 0.0
    starts: int = 0
    events: int = 0
    pool_days: dict[str, float] = field(default_factory=lambda: dict.fromkeys(POOLS, 0.0))


def within(start: float, end: float) -> float:
    """Days of [start, end) inside the window."""
    return max(0.0, min(end, HORIZON) - max(start, WARM_UP))


def pool_stay(rng: random.Random, pool: str) -> float:
    """Length of a stay in a pool, days."""
    if pool == "A":
        return min(rng.gammavariate(1.5, 149 / 1.5), 180.0)
    if pool == "B":
        return min(rng.lognormvariate(*STAY_B), 14.0)
    return min(rng.lognormvariate(*STAY_C), 56.0)


def citizen(env, rng, ward, pools, tally):
    """One citizen: ward, perhaps a pool, home, and back again."""
    while True:
        tally.events += 1
        asked = env.now
        bed = ward.request()
        yield bed
        tally.events += 1
        admitted = env.now
        if admitted >= WARM_UP:
            tally.starts += 1
            tally.wait += admitted - asked
        treatment = rng.lognormvariate(*WARD)
        tally.ward_days += within(admitted, admitted + treatment)
        yield env.timeout(treatment)
        tally.events += 1
        completed = env.now
        u = rng.random()
        goal = next((name for name, upto in NEED if u < upto), None)
        if goal is None:
            ward.release(bed)
            back, delay = 0.12, 120.0
        else:
            # counted to the end of the run, and the rest taken back if a place is found before
            tally.delayed_days += within(completed, HORIZON)
            place = pools[goal].request()
            yield place
            tally.events += 1
            moved = env.now
            ward.release(bed)
            tally.delayed_days -= within(moved, HORIZON)
            stay = pool_stay(rng, goal)
            tally.pool_days[goal] += within(moved, moved + stay)
            yield env.timeout(stay)
            tally.events += 1
            pools[goal].release(place)
            back, delay = 0.20, 90.0
        if rng.random() >= back:
            return
        yield env.timeout(rng.expovariate(1 / delay))


def arrivals(env, rng, ward, pools, tally, per_day):
    """New citizens, one after another."""
    while True:
        yield env.timeout(rng.expovariate(per_day))
        env.process(citizen(env, rng, ward, pools, tally))


def replicate(seed: int, per_day: float = 2.6, scale: int = 1) -> Tally:
    """One replication."""
    rng, env, tally = random.Random(seed), simpy.Environment(), Tally()
    ward = simpy.Resource(env, 60 * scale)
    pools = {name: simpy.Resource(env, places * scale) for name, places in POOLS.items()}
    env.process(arrivals(env, rng, ward, pools, tally, per_day * scale))
    env.run(until=HORIZON)
    return tally


if __name__ == "__main__":
    for number in range(int(sys.argv[1]) if len(sys.argv) > 1 else 1):
        replicate(number)
