"""The benchmark model "ward and step-down" in salabim.

In yield mode, with the resources' monitors switched off: the fastest of salabim's settings that
were tried. The tally is that of the plain SimPy model.
"""

from __future__ import annotations

import random

import salabim as sim

from benchmarks.plain_simpy import HORIZON, NEED, POOLS, WARD, WARM_UP, Tally, pool_stay, within


class Citizen(sim.Component):
    """One citizen: ward, perhaps a pool, home, and back again."""

    def process(self):
        """The journey."""
        env = self.env
        rng, tally, ward, pools = env.rng, env.tally, env.ward, env.pools
        while True:
            tally.events += 1
            asked = env.now()
            yield self.request(ward)
            tally.events += 1
            admitted = env.now()
            if admitted >= WARM_UP:
                tally.starts += 1
                tally.wait += admitted - asked
            treatment = rng.lognormvariate(*WARD)
            tally.ward_days += within(admitted, admitted + treatment)
            yield self.hold(treatment)
            tally.events += 1
            u = rng.random()
            goal = next((name for name, upto in NEED if u < upto), None)
            if goal is None:
                self.release(ward)
                back, delay = 0.12, 120.0
            else:
                tally.delayed_days += within(env.now(), HORIZON)
                yield self.request(pools[goal])
                tally.events += 1
                self.release(ward)
                moved = env.now()
                tally.delayed_days -= within(moved, HORIZON)
                stay = pool_stay(rng, goal)
                tally.pool_days[goal] += within(moved, moved + stay)
                yield self.hold(stay)
                tally.events += 1
                self.release(pools[goal])
                back, delay = 0.20, 90.0
            if rng.random() >= back:
                return
            yield self.hold(rng.expovariate(1 / delay))


class Arrivals(sim.Component):
    """New citizens, one after another."""

    def process(self):
        """Arrive for ever."""
        while True:
            yield self.hold(self.env.rng.expovariate(self.env.per_day))
            Citizen()


def replicate(seed: int, per_day: float = 2.6) -> Tally:
    """One replication."""
    env = sim.Environment(trace=False, yieldless=False)
    env.rng, env.tally, env.per_day = random.Random(seed), Tally(), per_day
    env.ward = sim.Resource("ward", 60, monitor=False)
    env.pools = {name: sim.Resource(name, places, monitor=False) for name, places in POOLS.items()}
    Arrivals()
    env.run(till=HORIZON)
    return env.tally
