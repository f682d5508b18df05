"""Overload that is known before the run: named where it is sure, and nowhere else."""

from __future__ import annotations

import copy

import pytest
from hypothesis import given
from networks import cases, networks
from test_turning import SYSTEM

import flexsim as fs
from flexsim import cli
from flexsim.plan.build import build
from flexsim.plan.load import overloads

LEAVES = {"share": 0.2, "after": {"law": "fixed", "mean_days": 1}}


def queue(places=8, rate=219.0, **pool):
    """Citizens who wait without end for a place, 14 days each: 219 a year need 8.4 places."""
    stay = {"law": "exponential", "mean_days": 14}
    return {
        "run": {"warm_up_days": 365, "days": 1095, "replications": 20, "seed": 5, "workers": 1},
        "groups": {"people": {}},
        "pools": {"p": {"kind": "other", "places": places, "stay": stay} | pool},
        "searches": {"p": {"pools": ["p"], "otherwise": "leave"}},
        "streams": {
            "people": {"group": "people", "origin": "home", "rate_per_year": rate, "search": "p"}
        },
    }


def found(mapping, *overrides):
    return overloads(build(fs.load(mapping, overrides)))


def test_more_work_than_places():
    """What is needed and how fast the list grows, by hand."""
    (one,) = found(queue())
    assert one.pools == ("p",)
    assert one.places == 8
    assert one.needed == pytest.approx(219 / 365 * 14, rel=1e-4)
    assert one.growth == pytest.approx(219 - 8 * 365 / 14, rel=1e-3)
    assert "pools.p has room for 8" in one.words()


def test_before_and_after_the_run_agree():
    """The list grows as foreseen, and both are said; the command line says the first at once."""
    mapping = queue(places=7)
    result = fs.run(mapping)
    before, after = result.warnings
    assert "need 8.4 or more" in before
    assert "grows by about 37 requests a year" in before
    waiting = result.daily.waiting[:, 0].mean(axis=0)
    assert (waiting[-1] - waiting[365]) / 3 == pytest.approx(36.5, rel=0.2)
    assert "the waiting list of p still grows by about" in after


@pytest.mark.parametrize(
    ("changes", "sure"),
    [
        ({"places": 9}, False),
        ({"places": 8, "surge": 1}, False),
        ({"places": 8, "surge": "unlimited"}, False),
        ({"places": 8, "queue_limit": 5}, False),
        ({"places": 8, "declined": 0.1}, False),
        ({"places": 7, "declined": 0.1}, True),
        ({"places": 8, "later": {"more": {"from": "2026-01-01", "places": 9}}}, False),
        ({"places": 9, "later": {"cut": {"from": "2026-01-01", "places": 8}}}, False),
        ({"places": 8, "limit": {"days": 14}}, False),
        ({"places": 8, "limit": {"days": 300}}, True),
        ({"places": 8, "leaves_early": LEAVES}, False),
        ({"places": 8, "admits": {"history": {"admissions": 1, "within_days": 9}}}, False),
    ],
)
def test_only_what_is_sure(changes, sure):
    """Whatever may relieve the list makes it unsure."""
    assert bool(found(queue(**changes))) is sure


def test_giving_up_or_being_turned_away_is_no_overload():
    mapping = queue(places=2)
    mapping["searches"]["p"]["patience"] = {"law": "fixed", "mean_days": 9}
    assert found(mapping) == []
    mapping["searches"]["p"] = {"pools": ["p"], "otherwise": "leave", "when_full": "turned_away"}
    assert found(mapping) == []


def test_several_pools_of_a_search():
    """They are overloaded together only; a smaller set that is so is named alone."""
    mapping = queue(places=5)
    mapping["pools"]["q"] = copy.deepcopy(mapping["pools"]["p"])
    mapping["searches"]["p"]["pools"] = ["p", "q"]
    assert found(mapping) == []
    (one,) = found(mapping, "pools.q.places=3")
    assert (one.pools, one.places) == (("p", "q"), 8)
    mapping["searches"]["only"] = {"pools": ["q"], "otherwise": "leave"}
    mapping["streams"]["only"] = mapping["streams"]["people"] | {"search": "only"}
    (one,) = found(mapping, "pools.q.places=3")
    assert one.pools == ("q",)


def test_needs_that_follow_are_counted():
    """Half of those treated in a ward that is never full wait for housing; relapse adds to them."""
    mapping = copy.deepcopy(SYSTEM)
    mapping["pools"]["ward"]["onward"] = {"home": 0.5, "housing": 0.5}
    stay = {"law": "fixed", "mean_days": 50}
    mapping["pools"]["housing"] = {"kind": "housing", "places": 5, "stay": stay}
    mapping["searches"]["housing"] = {"pools": ["housing"], "otherwise": "leave"}
    mapping["goals"]["housing"] = {"search": "housing"}
    # 73 a year, a fifth of the half that goes home comes back: 73 / (1 - 0.1) through the ward
    (one,) = found(mapping)
    assert one.needed == pytest.approx(73 / 0.9 * 0.5 / 365 * 50, rel=1e-3)
    assert found(mapping, "pools.housing.places=6") == []


@cases(0.1)
@given(networks())
def test_any_network_has_an_answer(network):
    """No network is too odd; whatever is named has more work than places."""
    for one in overloads(network.plan):
        assert one.needed >= one.places
        assert one.growth >= 0


def test_the_command_line_warns_at_once(capsys):
    assert cli.main(["check", "scenario=mpo_skovvang_2021"]) == 0
    assert "no steady state: pools.mpo" in " ".join(capsys.readouterr().err.split())
