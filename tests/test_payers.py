"""Who pays for a citizen: the municipality of residence, or one that the stream names."""

from __future__ import annotations

import dataclasses

import numpy as np
import pytest
from twin.sides import compiled, simpy

import flexsim as fs
from flexsim.errors import ScenarioError
from flexsim.plan.build import build

NETWORK = {
    "run": {"warm_up_days": 0, "days": 1000, "replications": 1, "engine": "simpy"},
    "municipalities": {
        "aarhus": {"population": 300.0},
        "herning": {"population": 100.0},
        "struer": {"population": 100.0},
    },
    "groups": {"adults": {}},
    "pools": {
        "flex": {
            "kind": "flexible",
            "places": 4,
            "stay": {"law": "exponential", "mean_days": 5},
        }
    },
    "searches": {"flex": {"pools": ["flex"], "otherwise": "leave"}},
    "streams": {
        "own": {"group": "adults", "origin": "home", "rate_per_year": 300, "search": "flex"},
        "bought": {
            "group": "adults",
            "origin": "home",
            "rate_per_year": 3000,
            "search": "flex",
            "residence": {"herning": 1.0},
            "payer": {"aarhus": 0.25, "struer": 0.75},
        },
    },
}


def test_the_residence_pays_unless_the_stream_names_a_payer():
    """Shares as given: 3-sigma limits of about 8,000 citizens (error rate 0.3 %, fixed seed)."""
    register = simpy(build(fs.load(NETWORK)), 7, 0)
    own = register.citizen_stream == 1
    assert np.array_equal(register.citizen_payer[own], register.citizen_residence[own])
    bought = register.citizen_payer[~own]
    assert set(bought) == {0, 2}
    assert set(register.citizen_residence[~own]) == {1}
    assert abs((bought == 0).mean() - 0.25) < 3 * np.sqrt(0.25 * 0.75 / len(bought))


@pytest.mark.ci
def test_both_engines_draw_the_same_payers():
    """Bit for bit, and the payer changes nothing else of the register."""
    plan = build(fs.load(NETWORK))
    register = simpy(plan, 7, 0)
    assert register.equals(compiled(plan, 7, 0))
    without = dataclasses.replace(plan, stream_payer=np.zeros_like(plan.stream_payer))
    plain = simpy(without, 7, 0)
    assert not register.equals(plain)
    assert register.equals(dataclasses.replace(plain, citizen_payer=register.citizen_payer))


def test_an_unknown_payer_is_refused():
    """With the nearest name."""
    with pytest.raises(ScenarioError, match=r"streams\.bought\.payer\.hernign .*herning"):
        fs.load(NETWORK, ["streams.bought.payer={hernign: 0}"])
