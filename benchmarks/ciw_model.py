"""The benchmark model "ward and step-down" in Ciw.

A pool has no queue of its own: who finds it full blocks a ward bed, and Ciw lets the one in first
who was blocked first, freeing the bed at the same instant. Those who come back wait at a node with
servers without number; the others leave.
"""

from __future__ import annotations

import random

import ciw

from benchmarks.plain_simpy import HORIZON, STAY_B, STAY_C, WARD, WARM_UP, within

INFINITE = float("inf")
WARD_NODE, A, B, C, AFTER_HOME, AFTER_POOL = range(1, 7)


class Capped(ciw.dists.Distribution):
    """The smaller of a drawn duration and a limit."""

    def __init__(self, duration, limit):
        self.duration = duration
        self.limit = limit

    def sample(self, t=None, ind=None):
        """One duration, days."""
        return min(self.duration.sample(t, ind), self.limit)


def network(per_day: float):
    """Ward, pools A to C, and those at home who will come back."""
    dists = ciw.dists
    return ciw.create_network(
        arrival_distributions=[dists.Exponential(per_day), *[None] * 5],
        service_distributions=[
            dists.Lognormal(*WARD),
            Capped(dists.Gamma(1.5, 149 / 1.5), 180.0),
            Capped(dists.Lognormal(*STAY_B), 14.0),
            Capped(dists.Lognormal(*STAY_C), 56.0),
            dists.Exponential(1 / 120),
            dists.Exponential(1 / 90),
        ],
        number_of_servers=[60, 8, 8, 8, INFINITE, INFINITE],
        queue_capacities=[INFINITE, 0, 0, 0, INFINITE, INFINITE],
        routing=[
            [0.0, 0.02, 0.06, 0.05, 0.87 * 0.12, 0.0],
            *[[0.0, 0.0, 0.0, 0.0, 0.0, 0.20]] * 3,
            *[[1.0, 0.0, 0.0, 0.0, 0.0, 0.0]] * 2,
        ],
    )


def replicate(seed: int, per_day: float = 2.6):
    """One replication; the simulation holds Ciw's records."""
    ciw.seed(seed)
    random.seed(seed)
    simulation = ciw.Simulation(network(per_day))
    simulation.simulate_until_max_time(HORIZON)
    return simulation


def figures(simulation) -> tuple[tuple[float, ...], int]:
    """The reference figures of one replication, and its patient-events."""
    days = HORIZON - WARM_UP
    occupied = dict.fromkeys((WARD_NODE, A, B, C), 0.0)
    wait = delayed = 0.0
    starts = events = 0
    for r in simulation.get_all_records(include_incomplete=True):
        if r.node not in occupied:
            continue
        is_ward = r.node == WARD_NODE
        started = r.service_start_date is not None and r.service_start_date < HORIZON
        ended = r.service_end_date is not None and r.service_end_date < HORIZON
        left = HORIZON if r.exit_date is None else r.exit_date
        events += is_ward + started + ended
        if not started:
            continue
        occupied[r.node] += within(r.service_start_date, left)
        if is_ward and r.service_start_date >= WARM_UP:
            starts += 1
            wait += r.service_start_date - r.arrival_date
        if is_ward and ended:
            delayed += within(r.service_end_date, left)
    ward, a, b, c = (seconds / days for seconds in occupied.values())
    return (ward, wait / starts, delayed / (days / 365), a, b, c), events
