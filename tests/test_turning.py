"""The value of a key at which a conclusion turns, held against a system where it is known."""

from __future__ import annotations

import copy

import pytest
from output_example import SCENARIO

import flexsim as fs

KEY = "pools.home.relapse.share"
STAY = {"law": "exponential", "mean_days": 10}
RELAPSE = {"share": 0.2, "delay": {"law": "exponential", "mean_days": 30}, "search": "ward"}
#: A ward without limit, and a relapse to it: beds in use are rate x stay / (1 - share).
SYSTEM = {
    "run": {"warm_up_days": 400, "days": 1095, "replications": 20, "seed": 3, "workers": 1},
    "groups": {"people": {}},
    "pools": {
        "ward": {"kind": "ward", "places": "unlimited", "stay": STAY, "onward": {"home": 1.0}},
        "home": {"kind": "community", "places": "unlimited", "relapse": RELAPSE},
    },
    "searches": {
        "ward": {"pools": ["ward"], "otherwise": "leave"},
        "home": {"pools": ["home"], "otherwise": "leave"},
    },
    "goals": {"home": {"search": "home"}},
    "streams": {
        "people": {"group": "people", "origin": "home", "rate_per_year": 73, "search": "ward"}
    },
}
OF = {"key": KEY, "measure": "occupied", "pool": "ward"}


def _shorter():
    changed = copy.deepcopy(SYSTEM) | {"name": "shorter"}
    changed["pools"]["ward"]["stay"]["mean_days"] = 8
    return changed


def test_relapse_at_which_a_shorter_stay_gains_nothing():
    """10 / (1 - 0.2) = 8 / (1 - x) at x = 0.36."""
    found = fs.turning_point(SYSTEM, _shorter(), between=(0.1, 0.6), **OF)
    print(found.words())
    assert found.low < 0.36 < found.high
    assert found.value == pytest.approx(0.36, abs=0.03)
    assert found.high - found.low < 0.06
    assert not found.open_low
    assert not found.open_high
    assert found.turns == 1
    assert found.runs == len(found.points) + 1
    assert found.runs <= 25
    assert found.points["value"].is_monotonic_increasing
    assert "fewer at 0.1, more at 0.6" in found.words()


def test_at_the_same_value_there_is_no_difference():
    """The same scenario twice is level exactly where the key is as it was."""
    found = fs.turning_point(SYSTEM, SYSTEM, between=(0.1, 0.3), replications=5, **OF)
    assert found.value == pytest.approx(0.2)
    assert found.low <= 0.2 <= found.high


def test_no_turning_in_the_range():
    found = fs.turning_point(fs.load(SYSTEM), fs.load(_shorter()), between=(0.05, 0.2), **OF)
    assert found.value != found.value
    assert found.turns == 0
    assert found.words().startswith("The conclusion does not turn between")
    assert "fewer at 0.05, fewer at 0.2" in found.words()


def test_interval_that_is_cut_by_the_range():
    """The reader is told that it may be longer."""
    found = fs.turning_point(SYSTEM, _shorter(), between=(0.33, 0.37), replications=3, **OF)
    if found.turns:
        assert found.open_low or found.open_high
        assert "(or " in found.words()


def test_all_pools_are_added_up():
    """Completed-treatment days of all wards are one number, and the default."""
    found = fs.turning_point(
        *(SCENARIO, SCENARIO),
        **{"key": "streams.patients.rate_per_year", "between": (100, 120), "replications": 3},
    )
    assert (found.pool, found.measure) == ("all", "completed_treatment_days")
    assert found.value == pytest.approx(110)


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"key": "pools.hom.relapse.share"}, "no pools.hom; .*did you mean 'home'"),
        ({"key": "pools.home.relapse.shar"}, "did you mean 'share'"),
        ({"key": "pools.home.relapse.share=1"}, "dotted key without a value"),
        ({"between": (0.3, 0.1)}, r"the smaller first \(got 0.3 0.1\)"),
        ({"between": ("a", "b")}, "must be two numbers"),
        ({"between": (0.1, 1.5)}, "relapse.share must be .*got 1.5"),
        ({"pool": "wrd"}, "did you mean 'ward'"),
        ({"measure": "ocupied"}, "did you mean 'occupied'"),
        ({"replications": 1}, "run.replications must be 2 or more"),
    ],
)
def test_what_is_refused(changes, said):
    with pytest.raises(fs.ScenarioError, match=said):
        fs.turning_point(SYSTEM, _shorter(), **({"between": (0.1, 0.6)} | OF | changes))


def test_a_result_has_no_key():
    result = fs.run(SYSTEM, replications=2)
    with pytest.raises(fs.ScenarioError, match="result already"):
        fs.turning_point(SYSTEM, result, between=(0.1, 0.2), replications=2, **OF)
