"""A suggested warm-up, held against systems whose start is known."""

from __future__ import annotations

import copy
import json

import numpy as np
import pandas as pd
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from networks import cases
from output_example import SCENARIO
from scipy import signal
from test_turning import SYSTEM

import flexsim as fs
from flexsim import cli
from flexsim.measures.transient import mser5, transient, welch
from flexsim.output import warming as output
from flexsim.warming import steady

DAYS = 1_500


def noise(seed, replications=20, days=DAYS, alike=0.9):
    """Steady days, each like the one before: AR(1) with mean 0 and standard deviation 1."""
    shocks = np.random.default_rng(seed).normal(size=(replications, days))
    shocks[:, 1:] *= np.sqrt(1 - alike**2)
    return signal.lfilter([1], [1, -alike], shocks, axis=1)


# -- MSER-5, the test, Welch ------------------------------------------------------------------


@cases(0.1)
@given(st.lists(st.floats(-100, 100), min_size=60, max_size=200))
def test_mser5_as_defined(values):
    """The batch from which the variance over the squared number is smallest, by hand."""
    series = np.array(values)
    z = series[: len(series) // 5 * 5].reshape(-1, 5).mean(axis=1)
    k = len(z)
    scores = [((z[d:] - z[d:].mean()) ** 2).sum() / (k - d) ** 2 for d in range(k - 5)]
    best = mser5(series) // 5
    assert scores[best] == pytest.approx(min(scores), rel=1e-6, abs=1e-9)


def test_a_steady_series_needs_no_warm_up():
    """Of 200 systems of ten steady series, at most 5 % are said to have a start of their own.

    Were it 5 %, more than 20 would be once in 1,000 times. MSER-5 alone leaves out days in most.
    """
    wrong = left_out = 0
    for seed in range(200):
        found = [transient(noise((seed, n), days=400), tests=10) for n in range(10)]
        wrong += any(one.told for one in found)
        left_out += any(one.days > 0 for one in found)
    print(f"said to have a start of their own: {wrong} of 200; MSER-5 alone: {left_out}")
    assert wrong <= 20
    assert left_out > 100


@pytest.mark.parametrize("start", [60, 300])
@pytest.mark.parametrize("height", [-5.0, 5.0])
def test_a_shifted_start_is_found(start, height):
    """Higher or lower for so many days: none of them is kept, and little more is left out."""
    for seed in range(20):
        series = noise(seed, alike=0.5)
        series[:, :start] += height
        found = transient(series)
        assert found.told
        assert found.settled
        assert start <= found.days <= start + DAYS / 4
        assert abs(found.level) < 0.1
    # where neighbouring days are very much alike, MSER-5 leaves out more, and never less
    assert transient(noise(7) + height * (np.arange(DAYS) < start)).days >= start


def test_filling_from_empty():
    """M/M/inf from empty has the mean N (1 - exp(-t / stay)); what is left of it is in the noise.

    The days suggested leave a shift of the mean below its standard error, and a quarter of the run
    is not left out.
    """
    n, stay = 10.0, 30.0
    day = np.arange(DAYS) + 0.5
    series = n * (1 - np.exp(-day / stay)) + noise(3, alike=0.5)
    found = transient(series)
    assert found.told
    assert 2 * stay <= found.days <= DAYS / 4
    bias = n * stay / (DAYS - found.days) * np.exp(-found.days / stay)
    error = series[:, found.days :].mean(axis=1).std(ddof=1) / np.sqrt(len(series))
    assert bias < error


def test_a_series_without_end_does_not_settle():
    found = transient(noise(4) + np.arange(DAYS) / 50)
    assert found.told
    assert not found.settled


def test_rare_events_are_no_start():
    """A list that is empty nearly always, and by chance in the last days: nothing is concluded."""
    series = np.zeros((20, DAYS))
    random = np.random.default_rng(8)
    series[random.integers(0, 20, 60), random.integers(0, DAYS - 60, 60)] = 1.0
    found = transient(series)
    assert not (found.told and not found.settled)


def test_welch_by_hand():
    """Windows shrink towards both ends."""
    found = welch(np.array([1.0, 2.0, 6.0, 3.0, 8.0]), 1)
    assert found == pytest.approx([1, 3, 11 / 3, 17 / 3, 8])
    assert welch(np.arange(50.0), 7) == pytest.approx(np.arange(50.0))


# -- scenarios --------------------------------------------------------------------------------


def unlimited(**run):
    """Beds without limit that begin empty: the mean is 2 (1 - exp(-t / 10)) a day, no relapse."""
    mapping = copy.deepcopy(SYSTEM)
    del mapping["pools"]["home"]["relapse"]
    mapping["streams"]["people"]["rate_per_year"] = 730
    mapping["run"] |= {"warm_up_days": 0, "days": 1000} | run
    return mapping


@pytest.fixture(scope="module")
def found():
    return fs.warm_up(unlimited())


def test_beds_without_limit(found):
    """Found from the run itself; home only fills up and is left out."""
    assert list(found.table["pool"]) == ["ward"]
    (row,) = found.table.to_dict("records")
    assert row["series"] == "occupied"
    assert row["told"]
    assert 20 <= found.days <= 80
    assert row["level"] == pytest.approx(20, rel=0.03)
    first = 20 * (1 - 10 / found.days * (1 - np.exp(-found.days / 10)))
    assert row["first"] == pytest.approx(first, rel=0.1)
    assert row["bias"] == pytest.approx(-20 * 10 / 1000, abs=0.06)
    assert "run.warm_up_days is 0: too short. It shifts" in found.words()


def test_long_enough():
    found = fs.warm_up(unlimited(warm_up_days=200))
    assert found.words().endswith("run.warm_up_days is 200: enough.")


def test_a_run_that_begins_as_it_goes_on():
    mapping = unlimited() | {"start": {"ward": {"occupied": 20, "stream": "people"}}}
    found = fs.warm_up(mapping)
    assert found.days == 0
    assert "no warm-up is needed" in found.words()


def test_overload_does_not_settle():
    """Its waiting list grows for ever, and is named."""
    mapping = unlimited(days=600)
    mapping["pools"]["ward"]["places"] = 15
    found = fs.warm_up(mapping)
    assert "waiting" in set(found.unsettled["series"])
    assert "waiting list of ward" in found.words()
    assert any("no steady state" in line for line in found.pilot.warnings)


def test_what_changes_by_date_is_held():
    """Growth, season and later places are those of the first day, so they are no start."""
    mapping = unlimited(start="2024-01-01")
    mapping["streams"]["people"] |= {
        "growth_per_year": 0.5,
        "season": {"amplitude": 0.9, "peak_day": 200},
    }
    mapping["pools"]["ward"]["later"] = {
        "old": {"from": "2020-01-01", "places": "unlimited"},
        "cut": {"from": "2025-01-01", "places": 5},
    }
    held = steady(fs.load(mapping))
    assert list(held.pools["ward"].later) == ["old"]
    assert held.streams["people"].growth_per_year == 0
    assert held.streams["people"].season.amplitude == 0
    table = fs.warm_up(mapping).table
    assert table["level"].iloc[0] == pytest.approx(20, rel=0.05)


@pytest.mark.parametrize(
    ("run", "given", "said"),
    [
        ({"days": 40}, {}, "40 days .* too few"),
        ({}, {"replications": 1}, "replications must be 2 or more"),
    ],
)
def test_what_is_refused(run, given, said):
    with pytest.raises(fs.ScenarioError, match=said):
        fs.warm_up(unlimited(**run), **given)


# -- what is shown ----------------------------------------------------------------------------


def test_print_files_and_picture(found, tmp_path, capsys):
    output.show(found)
    text = capsys.readouterr().out
    assert all(len(line) <= 80 for line in text.splitlines())
    assert "Suggested warm-up:" in text
    paths = output.write(found, folder=tmp_path / "out")
    assert {p.name for p in paths} == {"warm_up.csv", "warm_up.png", "manifest.json"}
    assert len(pd.read_csv(tmp_path / "out" / "warm_up.csv")) == len(found.table)
    figure = output.draw(found)
    assert f"suggested: {found.days} days" in [t.get_text() for t in figure.legends[0].get_texts()]


def test_command(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "scenarios").mkdir()
    (tmp_path / "scenarios" / "mine.yaml").write_text(
        yaml.safe_dump(SCENARIO | {"region": "none"}), encoding="utf-8"
    )
    assert cli.main(["warm-up", "scenario=mine", "run.days=300"]) == 0
    assert "warm-up" in capsys.readouterr().out
    (folder,) = (tmp_path / "results" / "mine_warm_up").iterdir()
    assert json.loads((folder / "manifest.json").read_text())["replications"] == 20
