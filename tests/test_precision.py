"""Replications until a half-width: when they end, what is said, and that nothing else changes."""

from __future__ import annotations

import copy
import json
from functools import partial
from itertools import islice

import numpy as np
import pandas as pd
import pytest
from output_example import SCENARIO
from test_turning import SYSTEM

import flexsim as fs
from flexsim import cli, running
from flexsim.measures.layout import Cells, layout_of
from flexsim.output import files, terminal
from flexsim.plan.build import build
from flexsim.precision import Until, half_widths

USE = {"ward": {"occupied": {"half_width": 0.08}}}


def until(**run):
    """The rule for one measure of the ward."""
    scenario = fs.load(SCENARIO | {"run": SCENARIO["run"] | run})
    plan = build(scenario)
    return Until(plan, scenario.run), plan


def fed(rule, plan, values):
    """Feed replications with these values of the measure until there are enough."""
    cell = rule.asked[0].cell
    shape = layout_of(plan).names["year"].shape
    for value in values:
        if rule.enough:
            break
        numerator, weight = np.zeros(shape), np.zeros(shape)
        numerator[cell], weight[cell] = value, 1.0
        rule.add(Cells(numerator, weight))
    return rule.replications


@pytest.fixture(scope="module")
def found():
    return fs.run(SYSTEM, until=USE, replications=5)


# -- the rule ---------------------------------------------------------------------------------


def test_half_width_by_hand():
    """Equal weights: Student's t with n - 1 degrees of freedom times the standard error."""
    values = np.array([[10.0], [12.0], [17.0], [9.0]])
    (seen,) = half_widths(values, np.ones_like(values))
    assert seen.mean == pytest.approx(12)
    assert seen.half_width == pytest.approx(3.182446 * values.std(ddof=1) / 2)


def test_it_looks_five_replications_ahead():
    """The interval is narrow at once, so the fewest and five more are enough."""
    rule, plan = until(replications=4, until=USE)
    assert fed(rule, plan, [1.0, 1.01] * 50) == 4 + 5
    assert rule.reached[0].met


def test_a_wide_interval_meanwhile_begins_anew():
    """Narrow at 4 replications, wide again from the 7th on for a while."""
    values = [1.0, 1.01, 1.0, 1.01, 1.0, 1.01, 3.0, *[1.0, 1.01] * 200]
    rule, plan = until(replications=4, until=USE, most_replications=300)
    n = fed(rule, plan, values)
    widths = [
        half_widths(np.array(values[:k])[:, None], np.ones((k, 1)))[0].half_width
        for k in range(2, n + 1)
    ]
    met_since = n - next(k for k, w in enumerate(reversed(widths)) if w > 0.08) + 1
    assert met_since > 40
    assert n == met_since + max(5, int(5 * met_since / 100))


def test_many_replications_are_looked_further_ahead():
    """Five of a hundred where there are more than a hundred."""
    rule, plan = until(replications=200, until=USE)
    assert fed(rule, plan, [1.0, 1.01] * 200) == 200 + 10


def test_relative_to_the_mean():
    values = [100.0, 110.0] * 200
    wide, plan = until(replications=4, until={"ward": {"occupied": {"relative": 0.05}}})
    narrow, _ = until(replications=4, until={"ward": {"occupied": {"relative": 0.01}}})
    assert fed(wide, plan, values) < fed(narrow, plan, values)
    for rule, share in ((wide, 0.05), (narrow, 0.01)):
        (one,) = rule.reached
        assert one.asked == pytest.approx(share * one.mean)
        assert one.half_width <= one.asked


def test_the_most_replications_come_first():
    """It is said in words, with what it would take: the square of the half-widths."""
    rule, plan = until(replications=4, most_replications=10, until=USE)
    assert rule.expected == 4
    assert fed(rule, plan, [1.0, 9.0] * 50) == 10
    (one,) = rule.reached
    assert not one.met
    assert one.needed == pytest.approx(10 * (one.half_width / 0.08) ** 2)
    assert rule.expected == 10
    assert "after 10 replications, the most allowed; 0.08 was asked for" in one.words(10)


def test_what_never_happens_is_known():
    """No value varies: the half-width is 0, and nothing is to be waited for."""
    rule, plan = until(replications=4, until={"ward": {"occupied": {"relative": 0.01}}})
    assert fed(rule, plan, [0.0] * 50) == 9


def test_without_until_there_is_a_fixed_number():
    rule, _ = until(replications=7)
    assert (rule.total, rule.expected) == (7, 7)
    for _ in range(7):
        assert not rule.enough
        rule.add(Cells(np.zeros(0), np.zeros(0)))
    assert rule.enough
    assert rule.reached == []


# -- runs -------------------------------------------------------------------------------------


def test_the_run_is_that_of_as_many_replications(found):
    """Same tables as a run of a fixed number; the half-width is that of the summary."""
    assert found.replications > 10
    fixed = fs.run(SYSTEM, replications=found.replications)
    pd.testing.assert_frame_equal(found.measures, fixed.measures)
    pd.testing.assert_frame_equal(found.counts, fixed.counts)
    table = found.summary().set_index(["pool", "measure", "group", "municipality"])
    row = table.loc[("ward", "occupied", "all", "all")]
    (one,) = found.precision
    assert one.half_width == pytest.approx((row["high"] - row["low"]) / 2)
    assert one.half_width <= one.asked == 0.08
    assert one.met
    assert found.warnings == []


@pytest.mark.ci
@pytest.mark.ci
def test_workers_change_nothing(monkeypatch, found):
    """Replications count in their order; those begun beyond the last one are dropped."""
    monkeypatch.setattr(fs.running, "SMALL", {"simpy": 0, "compiled": 0})
    two = fs.run(SYSTEM, until=USE, replications=5, workers=2)
    assert two.replications == found.replications
    pd.testing.assert_frame_equal(two.measures, found.measures)


def test_what_is_shown(found, tmp_path, capsys):
    """In the terminal and in the manifest; what was not reached is a warning as well."""
    mapping = copy.deepcopy(SYSTEM)
    mapping["run"] |= {"replications": 5, "most_replications": 6, "until": {"all": {}, "ward": {}}}
    mapping["run"]["until"]["ward"] = {"occupied": {"half_width": 0.01}, "p_wait": {"relative": 1}}
    result = fs.run(mapping)
    terminal.show(result)
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "half-width after 6 replications" in text
    assert "not reached" in text
    (warning,) = result.warnings
    assert warning.startswith("run.until.ward.occupied: the half-width is")
    files.write(result, folder=tmp_path / "out")
    entries = json.loads((tmp_path / "out" / "manifest.json").read_text())
    assert entries["replications"] == 6
    assert [one["met"] for one in entries["until"]] == [False, True]
    terminal.show(found)
    assert "not reached" not in capsys.readouterr().out


# -- what is refused --------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("run", "said"),
    [
        ({"until": {"wrd": {"occupied": {"half_width": 1}}}}, "no pool 'wrd'.*mean 'ward'"),
        ({"until": {"ward": {"ocupied": {"half_width": 1}}}}, "did you mean 'occupied'"),
        ({"until": {"ward": {"stay_median": {"half_width": 1}}}}, "stay_median is a quantile"),
        ({"until": {"ward": {"occupied": {"half_width": 0}}}}, "half_width must be .*got 0"),
        ({"until": {"ward": {"occupied": {"half_width": float("nan")}}}}, "half_width"),
        ({"until": {"ward": {"occupied": {}}}}, "either half_width or relative"),
        ({"until": {"ward": {"occupied": {"half_width": 1, "relative": 1}}}}, "either half_width"),
        ({"until": USE, "replications": 1}, "replications of 2 or more"),
        ({"until": USE, "most_replications": 3}, "must be at least replications, which is 20"),
    ],
)
def test_what_is_refused(run, said):
    """Before anything is run."""
    with pytest.raises(fs.ScenarioError, match=said):
        fs.run(SYSTEM | {"run": SYSTEM["run"] | run})


def test_the_command_line_refuses_before_the_run(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    words = ["scenario=aarhus_baseline", "run.until.auh.ocupied.half_width=1"]
    for command in ("check", "run"):
        assert cli.main([command, *words]) == 2
        assert "did you mean 'occupied'" in " ".join(capsys.readouterr().err.split())
    assert list(tmp_path.iterdir()) == []


def test_pairs_need_as_many_replications(found):
    with pytest.raises(fs.ScenarioError, match=r"run.until.*leave it out \(~run.until\)"):
        fs.compare(SYSTEM | {"run": SYSTEM["run"] | {"until": USE}}, SYSTEM)
    other = fs.run(SYSTEM, replications=2)
    with pytest.raises(fs.ScenarioError, match="different numbers of replications"):
        fs.compare(found, other)


def test_threads_keep_the_order_pass_errors_on_and_begin_few_tasks_early():
    """What is begun beyond what was taken is bounded, and dropped at the end."""
    begun = []

    def task(n: int) -> int:
        begun.append(n)
        return 1 // (n != 50) * n

    results = running._by_threads((partial(task, n) for n in range(1000)), 2)
    assert list(islice(results, 50)) == list(range(50))
    with pytest.raises(ZeroDivisionError):
        next(results)
    assert max(begun) <= 51 + running.AHEAD * 2
