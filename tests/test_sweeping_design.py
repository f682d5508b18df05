"""Which points a sweep has, and which designs are refused."""

from __future__ import annotations

import re

import numpy as np
import pytest
from scenario_tree import folder, shipped_data  # noqa: F401
from scipy.stats import qmc

from flexsim.errors import ScenarioError
from flexsim.sweeping import design
from flexsim.sweeping.points import checked

PLACES = "pools.pitstop.places"
RATE = "streams.admissions.rate_per_year"


def _sampled(kind="sobol", points=8, **changes):
    ranges = {PLACES: [2, 5], RATE: [200, 300.0]}
    return {"design": kind, "points": points, "ranges": ranges} | changes


def _values(points, key):
    return [point.values([key])[0] for point in points.points]


@pytest.mark.parametrize("kind", design.SAMPLED)
def test_sample_covers_its_ranges(kind):
    """Whole numbers come equally often, ends included; others fill their range evenly."""
    found = checked("baseline", _sampled(kind, 64))
    assert found.keys == (PLACES, RATE)
    places = _values(found, PLACES)
    assert {type(value) for value in places} == {int}
    assert np.bincount(places).tolist() == [0, 0, 16, 16, 16, 16]
    rates = (np.array(_values(found, RATE)) - 200) / 100
    assert sorted((rates * 64).astype(int).tolist()) == list(range(64))
    both = np.stack([(np.array(places) - 2) / 4, rates], axis=1)
    assert qmc.discrepancy(both) < 0.1


def test_sample_depends_on_its_seed_alone():
    first, same, other = (
        _values(checked("baseline", _sampled(seed=seed)), RATE) for seed in (3, 3, 4)
    )
    assert first == same
    assert first != other


def test_longer_sobol_design_begins_with_the_shorter():
    """So a sweep can be made longer, and what is there is used."""
    short, long = (_values(checked("baseline", _sampled(points=n)), RATE) for n in (8, 16))
    assert long[:8] == short


def test_point_is_what_its_words_compose_to():
    found = checked("baseline", _sampled())
    assert found.words(3) == [f"{PLACES}={_values(found, PLACES)[3]}", *found.words(3)[1:]]
    assert found.scenario(3).streams["admissions"].rate_per_year == _values(found, RATE)[3]


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"points": 10}, "points must be a power of two in a Sobol design"),
        ({"points": 10}, "write 8 or 16"),
        ({"points": 1}, "points must be a whole number, 2 or more (got 1)"),
        ({"points": True}, "2 or more (got True)"),
        ({"points": 2**20}, "points must be at most 100,000"),
        ({"design": "sobel"}, "did you mean 'sobol'?"),
        ({"seed": -1}, "seed must be a whole number, 0 or more"),
        ({"sed": 1}, "sed is not a key of a sampled design"),
        ({"sed": 1}, "did you mean 'seed'?"),
        ({PLACES: [1, 2]}, "a grid and a sampled design cannot be mixed"),
        ({"ranges": {}}, "ranges must be a mapping"),
        ({"ranges": {PLACES: [5, 2]}}, f"ranges.{PLACES} is upside down; write [2, 5]"),
        ({"ranges": {PLACES: [5, 5]}}, "has one value only (5)"),
        ({"ranges": {PLACES: [2, 5.5]}}, "must be two whole numbers"),
        ({"ranges": {PLACES: [2]}}, "must be two numbers, lowest and highest"),
        ({"ranges": {RATE: [2, float("nan")]}}, "must be two numbers, lowest and highest"),
        ({"ranges": {"pools.pitstop.kind": [0, 1]}}, "is not a number; give its values as a list"),
        ({"ranges": {"pools.pitstp.places": [2, 5]}}, "did you mean 'pitstop'?"),
        ({"ranges": {"pools.pitstop.plces": [2, 5]}}, "did you mean 'places'?"),
        ({"ranges": {"run.workers": [1, 5]}}, "run.workers changes no result"),
        ({"ranges": {"money.index_per_year": [0, 0.1]}}, "index_per_year changes no result"),
        ({"ranges": {PLACES: [-4, 5]}}, f"{PLACES} must be a whole number, 0 or more"),
    ],
)
def test_bad_design_is_refused(changes, said):
    """Before anything is run, with what is allowed."""
    with pytest.raises(ScenarioError) as caught:
        checked("baseline", _sampled() | changes)
    assert said in str(caught.value)
    assert len(caught.value.faults) <= 10


def test_sampled_design_has_no_lists_of_values_beside_it():
    for overrides, said in (
        (["run.seed=1,2"], "a grid and a sampled design cannot be mixed"),
        ([f"{PLACES}=3"], "has a range here and one value on the command line"),
    ):
        with pytest.raises(ScenarioError, match=said):
            checked("baseline", _sampled(), overrides)


@pytest.mark.parametrize(
    "overrides",
    [["run.seed=range(0,1000000000)"], ["run.seed=range(0,1000)", f"{PLACES}=range(0,1000)"]],
)
def test_too_many_points_are_refused_before_they_are_made(overrides):
    with pytest.raises(ScenarioError, match=r"points are too many; at most 100,000"):
        checked(overrides=overrides)


def test_every_fault_is_said_once_and_many_are_cut_off():
    with pytest.raises(ScenarioError) as caught:
        checked(overrides=[f"{PLACES}=-1,2,-3", "pools.ward.places=1.5,2"])
    text = str(caught.value)
    for typed in ("(got -1)", "(got -3)", "(got 1.5)"):
        assert text.count(typed) == 1
    with pytest.raises(ScenarioError) as caught:
        checked(overrides=[f"{PLACES}=range(-50,0)"])
    assert len(caught.value.faults) == 9
    assert caught.value.faults[-1] == "... and 42 more like these; nothing was run"


def test_fault_of_two_keys_names_the_point():
    with pytest.raises(ScenarioError) as caught:
        checked(overrides=[f"{PLACES}=2,4", "pools.pitstop.reserve=1,3"])
    assert re.search(
        rf"reserve must be at most .* \(in 1 point: {PLACES}=2 pools.pitstop.reserve=3\)",
        str(caught.value),
    )
