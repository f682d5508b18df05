"""Nights in the flexible place while still in a ward: two places in the count, each once."""

from __future__ import annotations

import numpy as np
import pytest

import flexsim as fs
from flexsim.engine.simpy_engine import simulate
from flexsim.measures.ledger import ledger
from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from flexsim.register import NOT_YET, Register

POLARIS = ("noerregade", "skovlyset", "gl_ringkoebingvej", "pavillon")
#: Many come from the ward, so that there are some.
OFTEN = [
    "run.warm_up_days=0",
    "run.days=730",
    "streams.polaris_planned.rate_per_year=0",
    "pools.goedstrup.onward.home=0.881",
    "pools.goedstrup.onward.temporary_housing=0.1",
]


@pytest.fixture(scope="module")
def nights() -> tuple[Plan, Register]:
    """Two years of the scenario, no warm-up."""
    plan = build(fs.load("polaris_step_out_nights", OFTEN))
    return plan, simulate(plan, 1, 0)


def test_the_home_is_taken_and_the_ward_days_go_on(nights):
    """While a home is held the citizen is in the ward, which is left on moving in."""
    plan, found = nights
    homes = [plan.pools.index(f"polaris_{name}") for name in POLARIS]
    ward = plan.pools.index("goedstrup")
    held = 0
    for row in range(len(found.citizen)):
        nights_held = found.admitted[row] - found.granted[row]
        if found.pool[row] not in homes or found.admitted[row] == NOT_YET or nights_held == 0:
            continue
        mine = (found.citizen == found.citizen[row]) & (found.pool == ward)
        stays = mine & (found.left == found.admitted[row]) & (found.admitted <= found.granted[row])
        held += int(stays.sum())
        assert stays.sum() <= 1
    assert held > 10


def test_each_night_is_counted_once_in_either_place(nights):
    """Held in the home against its norm, occupied in the ward; both ledgers balance."""
    plan, found = nights
    table = ledger(found, plan).drop(columns="period").groupby("pool").sum()
    for name in (*(f"polaris_{name}" for name in POLARIS), "goedstrup"):
        pool, rows = table.loc[name], found.pool == plan.pools.index(name)
        in_use = _seconds(plan, found, rows, found.granted)
        occupied = _seconds(plan, found, rows, found.admitted)
        assert pool["norm"] + pool["over"] - pool["empty"] == in_use
        assert pool["held"] == in_use - occupied
        assert (pool["held"] > 0) == (name != "goedstrup")


def _seconds(plan: Plan, found: Register, rows: np.ndarray, since: np.ndarray) -> int:
    """From a time of the rows that have come to it, to their end."""
    rows = rows & (since != NOT_YET)
    left = np.where(found.left == NOT_YET, plan.end, found.left)
    return int((left - since)[rows].sum())


def test_without_it_there_are_no_such_nights():
    """One place at a time, unless `move_in` is given."""
    plan = build(fs.load("baseline", OFTEN))
    assert (ledger(simulate(plan, 1, 0), plan)["held"] == 0).all()
