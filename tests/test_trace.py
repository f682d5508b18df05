"""A citizen's journey in words: everything in the register is told, once and in order."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from networks import SEED, Network, cases, networks
from twin.sides import end_of

import flexsim as fs
from flexsim.cli import main
from flexsim.engine.compiled import simulate as compiled
from flexsim.engine.simpy_engine import simulate as simpy
from flexsim.errors import ScenarioError
from flexsim.plan.build import build
from flexsim.register import NOT_YET, Register
from flexsim.trace import steps, trace

DAY = 86_400


@cases(0.15)
@given(networks())
def test_everything_is_told_once(network: Network):
    """Each stay is entered once and left once, or goes on; each request ends or still waits."""
    register = end_of(simpy, network.plan, SEED)
    if not isinstance(register, Register):
        return
    plan = network.plan
    for citizen in range(min(len(register.citizen_stream), 10)):
        told = steps(register, plan, citizen, plan.pools)
        mine = register.citizen == citizen
        times = [step.time for step in told]
        assert times == sorted(times)
        words = [step.text for step in told]
        begun = sum(w.startswith(("moves into", "begins a c")) for w in words)
        over = sum(w.startswith(("leaves", "ends the c")) for w in words)
        assert begun == (register.admitted[mine] != NOT_YET).sum()
        stays = mine & (register.admitted != NOT_YET)
        assert over == (register.left[stays] != NOT_YET).sum()
        ended = sum(w.startswith("no place in") for w in words)
        assert ended == (register.ended[mine] != NOT_YET).sum()
        still = sum(w.endswith("when the run ends") for w in words)
        over = (register.left[mine] != NOT_YET) | (register.ended[mine] != NOT_YET)
        assert still == (~over).sum()


@cases(0.15)
@given(networks())
def test_one_is_left_before_the_next_is_entered(network: Network):
    """Moves into and leaves take turns: a citizen is in one place at a time."""
    register = end_of(simpy, network.plan, SEED)
    if not isinstance(register, Register):
        return
    for citizen in range(min(len(register.citizen_stream), 10)):
        told = steps(register, network.plan, citizen, network.plan.pools)
        moves = [s.text.split()[0] for s in told if s.text.startswith(("moves into", "leaves"))]
        assert all(a != b for a, b in pairwise(moves)), [s.text for s in told]


def test_both_engines_tell_the_same():
    """The text is that of the register, and the registers are equal."""
    plan = build(fs.load("baseline", ["run.days=365", "run.warm_up_days=30"]))
    told = [trace(engine(plan, SEED, 0), plan) for engine in (simpy, compiled)]
    assert told[0] == told[1]
    assert "after completed treatment" in " ".join(told[0].split())


def test_the_example_citizen():
    """Street, shelter, a couple of readmissions while on a shelter place, then a treatment home."""
    plan = build(fs.load("example_citizen"))
    register = simpy(plan, fs.load("example_citizen").run.seed, 0)
    mine = np.flatnonzero((register.citizen == 0) & (register.admitted != NOT_YET))
    mine = mine[np.argsort(register.admitted[mine])]
    path = [plan.pools[pool] for pool in register.pool[mine]]
    assert path == [*["shelter", "ward"] * 3, "shelter", "treatment_home"]
    days = (register.left[mine] - register.admitted[mine]) / DAY
    wards, shelters = days[1:6:2], days[0:7:2]
    assert wards == pytest.approx([20, 20, 20])
    assert all((shelters[:3] >= 25) & (shelters[:3] <= 30))
    assert 85 < shelters.sum() < 125  # 3-4 months on a shelter place
    text = trace(register, plan)
    assert [text.count(f"moves into {pool}") for pool in plan.pools] == [3, 4, 1]


def test_the_command_prints_a_path(capsys):
    """By default who waited longest after treatment; titles, not keys; at most 80 columns."""
    assert main(["trace", "scenario=example_citizen", "--citizen", "street#0"]) == 0
    printed = capsys.readouterr().out
    assert "moves into Shelter, §110, place 1" in printed
    assert max(map(len, printed.splitlines())) <= 80
    assert main(["trace", "scenario=example_citizen", "--replication", "3"]) == 0
    assert capsys.readouterr().out != printed


def test_choosing_by_pool():
    """With a pool, somebody who stayed there."""
    plan = build(fs.load("baseline", ["run.days=365", "run.warm_up_days=30"]))
    register = simpy(plan, SEED, 0)
    assert "moves into mpo" in trace(register, plan, pool="mpo")


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["--citizen", "stret#0"], "did you mean 'street'"),
        (["--citizen", "street#99"], "of street came street#0 to"),
        (["--citizen", "street"], "write stream#n"),
        (["--pool", "shelte"], "did you mean 'shelter'"),
        (["--replication", "-1"], "replication"),
        (["--replication", "x"], "must be a whole number, 0 or more (got x)"),
        (["-m"], "--multirun goes with flexsim run"),
    ],
)
def test_refusals(words: list[str], message: str, capsys):
    """Exit code 2, what is allowed, a suggestion."""
    assert main(["trace", "scenario=example_citizen", *words]) == 2
    said = " ".join(capsys.readouterr().err.split())
    assert message in said


def test_only_trace_follows_somebody(capsys):
    """The options of trace are refused elsewhere, before anything runs."""
    assert main(["run", "--citizen", "street#0"]) == 2
    assert "--citizen goes with flexsim trace" in capsys.readouterr().err


def test_from_a_result():
    """`Result.trace` is the same text, of any replication."""
    result = fs.run("example_citizen", replications=2)
    assert "Treatment home" in result.trace("street#0", replication=1)
    with pytest.raises(ScenarioError):
        result.trace(pool="nowhere")
