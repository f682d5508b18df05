"""The compiled engine gives the registers of the SimPy engine, bit for bit.

Random networks, every shipped scenario, tables that are too small, rows of 32 and of 64 bits, and
the same again with nothing compiled. That a difference would be noticed is shown by planted faults
(`twin.faults`): each is a mistake in one engine that these comparisons must find.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections import Counter
from pathlib import Path

import numpy as np
import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st
from networks import SEED, START, Network, cases, law_of, networks
from reading import Reading
from register_rules import features
from shipped import SCENARIOS, lasting, shipped
from test_properties import ENOUGH, SHOWN
from twin.faults import IN_COMPILED, IN_SIMPY, NO_FAULT, Fault
from twin.sides import compiled as run_compiled
from twin.sides import difference, end_of, is_deadlock, must_agree
from twin.sides import simpy as run_simpy

from flexsim.engine import clock
from flexsim.engine.compiled import engine as compiled_engine
from flexsim.engine.compiled import world
from flexsim.errors import RunError
from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from flexsim.register import COLUMNS, Register

HERE = Path(__file__).parent
#: Least share of sampled networks that get stuck, besides those of `SHOWN`.
STUCK = 0.01
SEEDS = (SEED, 5)
SHORT = {"days": 400, "warm_up_days": 60}
#: Events at one instant until SimPy gives up, in tests: the compiled engine takes the full number.
FEW = 5_000


# -- random networks ------------------------------------------------------------------------------


def agree(network: Network, seen: Counter[str]) -> None:
    """Both engines end with the same register or the same error, by two seeds."""
    first, second = (must_agree(network.plan, seed) for seed in SEEDS)
    seen["network"] += 1
    if is_deadlock(first) or is_deadlock(second):
        seen["stuck"] += 1
    if isinstance(first, Register):
        shown = features(Reading(network, first, SEEDS[0], 0))
        seen.update(shown)
        for name in shown:
            event(name)


def shows_everything(seen: Counter[str]) -> None:
    """Every side of the design was seen in as many networks as it must be."""
    count = seen["network"]
    least = SHOWN | {"stuck": STUCK}
    short = {name: seen[name] / count for name in least if seen[name] < least[name] * count}
    assert count < ENOUGH or not short, short


def test_registers_are_equal():
    """Random networks full of ties: equal registers, equal errors."""
    seen: Counter[str] = Counter()

    @cases()
    @given(networks())
    def equal(network: Network) -> None:
        agree(network, seen)

    equal()
    shows_everything(seen)


@pytest.mark.nightly
def test_ten_thousand_registers_are_equal():
    """The same on other networks every night."""
    seen: Counter[str] = Counter()

    @settings(max_examples=10_000, derandomize=False, print_blob=True)
    @given(networks())
    def equal(network: Network) -> None:
        agree(network, seen)

    equal()
    shows_everything(seen)


# -- networks that found a difference once -------------------------------------------------------


def awaited() -> Network:
    """A place held is released while the first pool of its search is still being assessed for."""
    fixed = {"kind": "ward", "places": 9, "onward": {"next": 1.0}}
    relapse = {
        "share": 1.0,
        "delay": {"law": "uniform", "low_days": 5, "high_days": 8},
        "search": "again",
    }
    flex = {"kind": "flexible", "places": 9, "moves_on": "at_once", "stay": law_of(50)}
    return Network(
        {
            "groups": {"a": {}},
            "pools": {
                "ward": fixed | {"stay": law_of(2)},
                "again": fixed | {"stay": law_of(20)},
                "flex": flex | {"relapse": relapse},
                "slow": {"kind": "housing", "places": 1, "assessment": law_of(60)},
                "quick": {
                    "kind": "housing",
                    "places": 1,
                    "move_in": law_of(5),
                    "stay": law_of(25),
                },
                "home": {"kind": "community", "places": "unlimited"},
            },
            "searches": {
                name: {"pools": [name], "otherwise": "leave"} for name in ("ward", "again", "flex")
            }
            | {
                "next": {
                    "pools": ["slow", "quick"],
                    "otherwise": "home",
                    "when_full": "wait_first",
                }
            },
            "goals": {"next": {"search": "next", "bridge": "flex", "decision": law_of(4)}},
            "streams": {
                "s": {"group": "a", "origin": "home", "rate_per_year": 60, "search": "ward"}
            },
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 120},
        }
    )


def at_one_midnight() -> Network:
    """Citizens of three streams come at the same instants, and all give up at once."""
    search = {"pools": ["ward"], "otherwise": "home", "patience": law_of(0)}
    stream = {"group": "a", "origin": "home", "rate_per_year": 55.0, "search": "ward"}
    return Network(
        {
            "groups": {"a": {}},
            "pools": {
                "ward": {"kind": "ward", "places": 1, "stay": law_of(9)},
                "home": {"kind": "community", "places": "unlimited"},
            },
            "searches": {"ward": search},
            "streams": dict.fromkeys(("first", "second", "third"), stream),
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 60},
        },
        at_midnight=True,
    )


@pytest.mark.parametrize("network", [awaited, at_one_midnight])
def test_networks_that_found_a_difference(network):
    """They stay, so that it does not come back."""
    for seed in range(10):
        assert isinstance(must_agree(network().plan, seed), Register)


# -- what is shipped -------------------------------------------------------------------------------


@pytest.mark.ci
@pytest.mark.parametrize("name", SCENARIOS)
def test_shipped_scenarios(name):
    """Two seeds of a short run of each."""
    plan = build(lasting(name, **SHORT))
    for seed in SEEDS:
        assert isinstance(must_agree(plan, seed), Register)


@pytest.mark.ci
def test_benchmark_model():
    """The benchmark model at full length."""
    end = must_agree(build(shipped("textbook/ward_and_step_down")), SEED)
    assert isinstance(end, Register) and len(end.citizen) > 10_000


# -- errors ----------------------------------------------------------------------------------------


def test_deadlock_is_told_in_the_same_words():
    """Two citizens who wait for each other's place: the pools, who is in them, and the day."""
    pool = {"kind": "flexible", "places": 1, "stay": law_of(3)}
    stream = {"group": "a", "origin": "home", "rate_per_year": 100.0}
    network = Network(
        {
            "groups": {"a": {}},
            "pools": {
                "one": pool | {"onward": {"two": 1.0}},
                "two": pool | {"onward": {"one": 1.0}},
            },
            "searches": {n: {"pools": [n], "otherwise": "leave"} for n in ("one", "two")},
            "goals": {n: {"search": n} for n in ("one", "two")},
            "streams": {
                "left": stream | {"search": "one"},
                "right": stream | {"search": "two"},
            },
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 60},
        }
    )
    for seed in range(5):
        end = must_agree(network.plan, seed)
        assert is_deadlock(end) and "everybody in one, two waits" in str(end)


def test_endless_events_are_told_in_the_same_words(monkeypatch):
    """Stays of length zero, each after the other, come to an end in neither engine."""
    pool = {"kind": "flexible", "places": 9, "stay": law_of(0)}
    network = Network(
        {
            "groups": {"a": {}},
            "pools": {
                "one": pool | {"onward": {"two": 1.0}},
                "two": pool | {"onward": {"one": 1.0}},
            },
            "searches": {n: {"pools": [n], "otherwise": "leave"} for n in ("one", "two")},
            "goals": {n: {"search": n} for n in ("one", "two")},
            "streams": {
                "s": {"group": "a", "origin": "home", "rate_per_year": 50.0, "search": "one"}
            },
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 60},
        }
    )
    monkeypatch.setattr(clock, "ENDLESS", FEW)
    end = must_agree(network.plan, SEED)
    assert isinstance(end, RunError) and "never come to an end" in str(end)


# -- tables ----------------------------------------------------------------------------------------


def test_tables_that_are_too_small(monkeypatch):
    """Whatever the tables hold at first, the register is the same in the end."""
    network = crowded()
    expected = end_of(run_simpy, network.plan, SEED)
    begun = []

    def small(people: int, rows: int) -> world.Capacity:
        assert rows > 0
        return Capacity(people, 100, 100, 100, 100, drawn=2, places=100)

    def new_world(*given: object) -> world.World:
        begun.append(given)
        return first_world(*given)

    Capacity, first_world = world.Capacity, compiled_engine.new_world  # noqa: N806
    compiled_engine.tables_of.cache_clear()  # which may know how large they have to be
    monkeypatch.setattr(compiled_engine, "Capacity", small)
    monkeypatch.setattr(compiled_engine, "new_world", new_world)
    found = end_of(run_compiled, network.plan, SEED)
    compiled_engine.tables_of.cache_clear()
    assert not difference(expected, found, network.plan)
    assert len(begun) > 3


@cases(0.1)
@given(st.lists(st.tuples(networks(), st.integers(0, 2)), min_size=2, max_size=4))
def test_tables_used_again(replications):
    """What earlier replications left behind, of this plan or another, changes nothing."""
    workspace = compiled_engine.Workspace()
    for network, number in [*replications, *replications]:
        plan = network.plan

        def again(plan: Plan, seed: int, number: int) -> Register:
            return compiled_engine.simulate_rows(plan, seed, number, workspace).register()

        fresh = end_of(run_compiled, plan, SEED, number)
        assert not difference(fresh, end_of(again, plan, SEED, number), plan)


def crowded() -> Network:
    """Many citizens at once, of whom each waits on several lists."""
    names = [f"pool_{n}" for n in range(6)]
    ward = {"kind": "ward", "places": 3, "stay": law_of(3), "onward": {"home": 1.0}}
    relapse = {
        "share": 1.0,
        "delay": {"law": "exponential", "mean_days": 5},
        "search": "all",
    }
    return Network(
        {
            "groups": {"a": {}},
            "pools": dict.fromkeys(names, ward)
            | {"home": {"kind": "community", "places": "unlimited", "relapse": relapse}},
            "searches": {
                "all": {"pools": names, "otherwise": "leave", "patience": law_of(4)},
                "home": {"pools": ["home"], "otherwise": "leave"},
            },
            "goals": {"home": {"search": "home"}},
            "streams": {
                "s": {"group": "a", "origin": "home", "rate_per_year": 36_500.0, "search": "all"}
            },
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 20},
        },
        at_midnight=True,
    )


def test_rows_have_as_many_bits_as_times_need(monkeypatch):
    """32 bits while the end of the run fits into them, 64 beyond."""
    plan = crowded().plan
    assert compiled_engine.simulate_rows(plan, SEED, 0).table.dtype == np.int32
    compiled_engine.tables_of.cache_clear()
    monkeypatch.setattr(world, "FITS", plan.end)
    tables = compiled_engine.tables_of(plan)
    wide = world.new_world(tables, world.Capacity(1, 1))
    assert wide.row.dtype == np.int64
    compiled_engine.tables_of.cache_clear()


@pytest.mark.nightly
def test_rows_of_64_bits(monkeypatch):
    """The kernel compiled for wide rows writes the same register.

    It takes as long to compile as the one for narrow rows; `test_nothing_compiled` has wide rows in
    every run, as plain Python.
    """
    plan = build(lasting("wards_shared", **SHORT))
    narrow = compiled_engine.simulate_rows(plan, SEED, 0)
    monkeypatch.setattr(world, "FITS", 0)
    wide = compiled_engine.simulate_rows(plan, SEED, 0)
    assert (narrow.table.dtype, wide.table.dtype) == (np.int32, np.int64)
    assert narrow.table.shape[1] == len(COLUMNS)
    assert narrow.register().equals(wide.register())
    assert wide.register().equals(run_simpy(plan, SEED, 0))


# -- nothing compiled ------------------------------------------------------------------------------


def uncompiled(program: str, *given: str) -> dict[str, object]:
    """What a program of `twin` prints, as JSON, in a Python that compiles nothing."""
    before = os.environ.get("PYTHONPATH")
    path = os.pathsep.join([str(HERE), *([before] if before else [])])
    if program == "uncompiled":
        path = os.pathsep.join([str(HERE.parent), path])
    done = subprocess.run(
        [sys.executable, "-P", "-m", f"twin.{program}", *given],
        env=os.environ | {"NUMBA_DISABLE_JIT": "1", "PYTHONPATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


@pytest.mark.ci
def test_nothing_compiled():
    """As plain Python the kernel does the same, without a warning, also in tables too small."""
    answer = uncompiled("uncompiled")
    assert answer["differences"] == []
    assert answer["networks"] == 25
    assert answer["scenarios"] == 6


# -- planted faults --------------------------------------------------------------------------------


@pytest.mark.ci
@pytest.mark.parametrize("faults", [IN_SIMPY, IN_COMPILED], ids=["SimPy", "compiled"])
def test_planted_faults_are_found(faults: list[Fault], tmp_path: Path):
    """Each mistake makes the registers differ on networks that show no difference without it."""
    folders = {}
    for n, fault in enumerate([*faults, NO_FAULT]):
        folders[str(tmp_path / str(n))] = fault
        fault.plant(HERE.parent / "flexsim", tmp_path / str(n) / "flexsim")
    shown = uncompiled("planted", *folders)
    not_found = [fault for folder, fault in folders.items() if not shown[folder]]
    assert not_found == [NO_FAULT]
