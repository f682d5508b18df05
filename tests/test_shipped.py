"""What is shipped: every scenario runs, every number has a source."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import BaseModel
from shipped import SCENARIOS, lasting, shipped

import flexsim as fs
from flexsim.scenario import files
from flexsim.sweeping.points import checked


def _sweep(overrides):
    """What tells each point from the others, and its scenario."""
    found = checked(overrides=overrides)
    return [(found.words(n), found.scenario(n)) for n in range(len(found.points))]


REGIONAL = [name for name in SCENARIOS if not name.startswith("textbook/")]
EXPERIMENTS = sorted(files.shipped("experiment"))
ENTITIES = ("pools", "searches", "goals", "streams", "groups", "municipalities")


def short_run(name):
    """One replication of a season."""
    scenario = lasting(name, days=90, warm_up_days=30)
    return fs.run(scenario, replications=1, workers=1)


def holds_number(value: Any) -> bool:
    """Whether a value is a number or has one inside."""
    if isinstance(value, bool):
        return False
    if isinstance(value, BaseModel):
        return any(holds_number(getattr(value, name)) for name in value.model_fields_set)
    if isinstance(value, dict):
        return any(holds_number(inner) for inner in value.values())
    return isinstance(value, int | float)


def unsourced(scenario: fs.Scenario) -> Iterator[str]:
    """Dotted keys that hold a number without a source."""
    for section in ENTITIES:
        for name, entity in getattr(scenario, section).items():
            for key in sorted(entity.model_fields_set - {"sources"}):
                if holds_number(getattr(entity, key)) and key not in entity.sources:
                    yield f"{section}.{name}.{key}"


@pytest.mark.ci
@pytest.mark.parametrize("name", REGIONAL)
def test_every_number_has_a_source(name):
    """Publication with table or section, or the word assumption with a reason."""
    scenario = shipped(name)
    assert list(unsourced(scenario)) == []
    for section in ENTITIES:
        for entity in getattr(scenario, section).values():
            for key, source in entity.sources.items():
                assert len(source.split()) >= 2, f"{section} {key}: '{source}' says nothing"


def test_a_number_without_a_source_is_found():
    """The search for unsourced numbers can fail."""
    scenario = fs.load("baseline", ["pools.mpo.reserve=1"])
    assert list(unsourced(scenario)) == ["pools.mpo.reserve"]


@pytest.mark.ci
@pytest.mark.parametrize("name", SCENARIOS)
def test_every_scenario_runs(name):
    """Each composes, runs, balances its ledger, and gives results for every pool."""
    result = short_run(name)
    assert set(result.scenario.pools) <= set(result.summary()["pool"])
    assert result.measures["value"].notna().all()
    assert (result.measures["weight"] > 0).all()


@pytest.mark.ci
@pytest.mark.parametrize("name", EXPERIMENTS)
def test_every_experiment_composes(name):
    """Each point of its design is a valid scenario, and they differ."""
    points = _sweep([f"experiment={name}"])
    assert len(points) > 1
    assert len({tuple(overrides) for overrides, _ in points}) == len(points)


@pytest.mark.parametrize("name", SCENARIOS + EXPERIMENTS)
def test_first_line_says_it_in_words(name):
    """The list of scenarios shows one line for each."""
    group = "experiment" if name in EXPERIMENTS else "scenario"
    words = files.in_words(files.find(group, name))
    assert len(words.split()) > 3


def test_the_register_holds_traits():
    """Who was refused for a trait has that trait in the register."""
    result = short_run("aarhus_baseline")
    table = result.register()
    inside = table[(table["pool"] == "pitstop") & table["admitted"].notna()]
    assert len(inside) > 10
    assert set(inside["trait_violence"]) == {"absent"}
    assert "present" in set(table["trait_violence"])
