"""Points: replacing entries says the same as composing anew."""

from __future__ import annotations

import pytest

from flexsim.scenario import compose, load
from flexsim.sweeping.following import followers
from flexsim.sweeping.keys import Keys
from flexsim.sweeping.points import SECTIONS, checked

#: Keys that nothing follows, a key of a template, and one that other pools refer to.
DESIGNS = [
    ["pools.mpo.places=2,7", "pools.mpo.reserve=0,1"],
    ["scenario=baseline,polaris_eight_homes", "pools.mpo.places=3,9", "run.seed=1,2"],
    ["run.days=365,730", "run.replications=2,4"],
    ["pools.home.relapse_by_group.guest_users.share=0.2,0.4"],
    ["pools.mpo.stay.mean_days=30,44.5"],
]


def _network(scenario):
    return scenario.model_dump(include=set(SECTIONS))


@pytest.mark.ci
@pytest.mark.parametrize("overrides", DESIGNS, ids=" ".join)
def test_point_is_the_scenario_that_its_words_compose(overrides):
    """All that a result depends on is the same, whatever refers to the swept keys."""
    points = checked(overrides=overrides)
    fixed = [word for word in overrides if "," not in word]
    for n in {0, len(points.points) - 1}:
        whole = compose([*fixed, *points.words(n)])
        assert _network(points.scenario(n)) == _network(whole)


def test_what_follows_a_key():
    """References and templates, one after the other; not what an entry says itself."""
    values = {
        "pools": {
            "a": {"places": 4, "stay": {"mean_days": 3}, "title": "A"},
            "b": {"places": "${pools.a.places}", "stay": "${pools.a.stay}"},
            "c": {"template": "a", "stay": {"law": "fixed"}},
            "d": {"template": "c", "places": 9},
        },
    }
    assert followers(values, "pools.a.places") == ["pools.b.places", "pools.c.places"]
    assert followers(values, "pools.a.stay.mean_days") == [
        "pools.b.stay.mean_days",
        "pools.c.stay.mean_days",
        "pools.d.stay.mean_days",
    ]
    assert followers(values, "pools.a.title") == []
    assert followers(values, "pools.d.places") == []


def _grid(*axes):
    return checked(overrides=["run=quick", *axes])


def test_key_covers_what_changes_numbers_and_nothing_else():
    points = _grid("pools.mpo.places=4,6", "run.seed=1,2")
    keys = Keys(points.bases).all(points.points)
    assert len(set(keys)) == 4
    same = _grid("pools.mpo.places=6,4", "run.seed=2", "run.workers=1", "run.engine=simpy")
    assert Keys(same.bases).all(same.points) == [keys[3], keys[1]]
    titled = _grid("pools.mpo.places=6,4", "run.seed=2", "pools.mpo.title=Other")
    assert Keys(titled.bases).all(titled.points) == [keys[3], keys[1]]
    longer = _grid("pools.mpo.places=6,4", "run.seed=2", "run.days=366")
    assert not set(Keys(longer.bases).all(longer.points)) & set(keys)


def test_loaded_scenario_is_swept_as_its_name_is():
    by_name = checked("baseline", {"pools.mpo.places": [4, 6]})
    loaded = checked(load("baseline"), {"pools.mpo.places": [4, 6]})
    assert Keys(loaded.bases).all(loaded.points) == Keys(by_name.bases).all(by_name.points)


def test_warnings_of_single_points_are_said():
    points = checked(overrides=["pools.mpo.stay.law=lognormal", "pools.mpo.stay.cv=1,50"])
    assert [w for w in points.warnings if w.startswith("pools.mpo.stay: the mean is dominated")]
