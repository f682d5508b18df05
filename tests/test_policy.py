"""A placement rule in Python: asked each time, obeyed, refused where it makes no sense."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from hypothesis import given
from networks import SEED, Network, cases, networks
from reading import Reading
from register_rules import the_ledger_balances
from twin.sides import end_of

import flexsim as fs
from flexsim.engine.simpy_engine import simulate
from flexsim.errors import RunError, ScenarioError
from flexsim.plan.plan import Plan
from flexsim.policy import Asking, Policy, least_occupied
from flexsim.register import Register

SHORT = ["run.replications=2", "run.days=365", "run.warm_up_days=60", "run.workers=1"]


def by(policy: Policy | None):
    """The SimPy engine with a policy."""
    return lambda plan, seed, replication: simulate(plan, seed, replication, policy)


@cases(0.15)
@given(networks())
def test_order_of_the_search_is_the_base(network: Network):
    """A policy that keeps the order of the search gives the base register."""
    base = end_of(by(None), network.plan, SEED)
    same = end_of(by(lambda asking: asking.pools), network.plan, SEED)
    assert base.equals(same) if isinstance(base, Register) else str(base) == str(same)


@cases(0.1)
@given(networks())
def test_reversed_order_is_a_valid_run(network: Network):
    """Another order moves citizens, and the ledger still balances."""
    end = end_of(by(lambda asking: asking.pools[::-1]), network.plan, SEED)
    if isinstance(end, Register):
        the_ledger_balances(Reading(network, end, SEED, 0))


def test_what_a_policy_is_told():
    """Who asks, for what, and how full the pools are."""
    seen: list[Asking] = []

    def listening(asking: Asking) -> Sequence[str]:
        seen.append(asking)
        return asking.pools

    fs.run(fs.load("wards_shared", SHORT), replications=1, policy=listening)
    assert {a.purpose for a in seen} == {"need", "goal", "bridge"}
    assert all(set(a.occupied) == set(a.norm) == set(a.waiting) == set(a.pools) for a in seen)
    assert all(a.here is not None for a in seen if a.purpose != "need")
    assert any(max(a.occupied.values()) > 0 for a in seen)
    assert [a.day for a in seen] == sorted(a.day for a in seen)


def test_least_occupied_evens_out():
    """Taking the emptier of two wards uses both alike; the order of the search does not."""
    ward = {
        "kind": "ward",
        "places": 10,
        "stay": {"law": "exponential", "mean_days": 10},
    }
    scenario = {
        "run": {"start": "2024-01-01", "warm_up_days": 100, "days": 730, "replications": 4},
        "groups": {"adults": {}},
        "pools": {"north": ward, "south": ward},
        "searches": {"ward": {"pools": ["north", "south"], "otherwise": "leave"}},
        "streams": {
            "s": {"group": "adults", "origin": "home", "rate_per_year": 400, "search": "ward"}
        },
    }

    def gap(policy: Policy | None) -> float:
        table = fs.run(scenario, policy=policy).summary()
        use = table[(table["measure"] == "occupied") & (table["group"] == "all")]
        by_pool = use.set_index("pool")["mean"]
        return float(by_pool["north"] - by_pool["south"])

    assert gap(None) > 2
    assert abs(gap(least_occupied)) < 1


def test_a_result_remembers_its_policy():
    """The register asked for later is that of the run."""
    result = fs.run(fs.load("wards_shared", SHORT), policy=lambda asking: asking.pools[-1:])
    base = fs.run(fs.load("wards_shared", SHORT))
    assert result.engine == "simpy"
    last = result.register(0)
    needs = last[last["purpose"] == "need"]
    assert needs["pool"].nunique() < base.register(0)["pool"].nunique()


@pytest.mark.parametrize("answer", [[], ["nowhere"], ["goedstrup", "goedstrup"]])
def test_an_answer_that_makes_no_sense(answer: list[str]):
    """None, an unknown pool or one named twice stops the run and says so."""
    with pytest.raises(RunError, match="the policy must give one or more of"):
        fs.run(fs.load("wards_shared", SHORT), policy=lambda asking: answer)


def test_only_simpy_can_ask():
    """The compiled engine is refused before anything runs."""
    with pytest.raises(ScenarioError, match=r"run\.engine must be simpy or auto"):
        fs.run(fs.load("wards_shared", SHORT), engine="compiled", policy=least_occupied)


def test_plan_and_policy_give_one_register():
    """The same policy twice gives the same register."""
    plan: Plan = fs.run(fs.load("wards_shared", SHORT)).plan
    one, other = (simulate(plan, SEED, 1, least_occupied) for _ in range(2))
    assert one.equals(other)
    assert np.any(one.pool >= 0)
