"""Caseworkers: a decision waits for one of them; assessments in vain take their time as well.

Means are compared at an error rate of one in ten thousand each, with a fixed seed; each test says
which relative error it would detect with 90 % power.
"""

from __future__ import annotations

import copy
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from networks import SEED, cases, law_of, networks
from shipped import lasting
from test_mechanisms import (
    DAY,
    _numbered_anew,
    agrees,
    by_stretch,
    erlang_b,
    exponential,
    register,
)
from twin.sides import end_of

import flexsim as fs
from flexsim.engine.compiled import simulate
from flexsim.errors import DeadlockError, ScenarioError
from flexsim.plan.build import build
from flexsim.register import COLUMNS, NOT_YET, Outcome, Purpose, Register

CASEWORKERS = 3  # position of the pool
PLACE = 1 + COLUMNS.index("place")
FOR_NEXT = {"next": {"caseworkers": "caseworkers"}}


def decided(decision: Any, places: Any, **changes: Any) -> Register:
    """Ten a day, at random, are to go on from `p` and have to be decided on by caseworkers."""
    team = {"kind": "team", "places": places} | changes.pop("team", {})
    goals = {"next": {"caseworkers": "caseworkers", "decision": decision}}
    changes["pools"] = {"caseworkers": team} | changes.get("pools", {})
    return register({"goals": goals} | changes)


def in_order(found: Register, purpose: Purpose) -> np.ndarray:
    """Rows of a purpose in the order in which they were asked for."""
    rows = np.flatnonzero(found.purpose == purpose)
    return rows[np.argsort(found.requested[rows], kind="stable")]


# -- waiting for a caseworker ---------------------------------------------------------------------


def test_one_caseworker_is_lindleys_recursion_and_m_d_1():
    """Each waits till the one before is decided on, to the second; the mean is exact (20 %)."""
    length = round(0.05 * DAY)
    found = decided({"law": "fixed", "mean_days": 0.05}, 1)
    goals = in_order(found, Purpose.GOAL)
    goals = goals[found.ready[goals] != NOT_YET]
    free = 0
    for requested, ready in zip(found.requested[goals], found.ready[goals], strict=True):
        free = max(free, requested) + length
        assert ready == free
    wait = (found.ready - found.requested)[goals] / DAY - 0.05
    agrees(by_stretch(wait, found.requested[goals]), 0.5 * 0.05 / (2 * (1 - 0.5)), detects=0.2)


def test_three_caseworkers_are_erlangs_delay_system():
    """M/M/3 at a load of 2: how many wait, and for how long (detects 9 % and 20 %)."""
    found = decided(exponential(0.2), 3)
    rows = in_order(found, Purpose.ENROLMENT)
    rows = rows[found.granted[rows] != NOT_YET]
    wait, times = (found.granted - found.requested)[rows] / DAY, found.requested[rows]
    blocked = erlang_b(3, 2.0)
    waits = blocked / (1 - 2 / 3 * (1 - blocked))
    agrees(by_stretch((wait > 0).astype(float), times), waits, detects=0.09)
    agrees(by_stretch(wait, times), waits / (3 / 0.2 - 10), detects=0.2)


@cases(0.4)
@given(networks())
def test_with_enough_caseworkers_all_else_is_as_without(network: Any):
    """Unlimited: every row but the cases is the same, but for the numbers of places.

    Two who move in one instant may take their places in another order. A goal and its bridge that
    ask for the same pool exchange their draws there, so here no bridge does. A deadlock is seen
    once the decisions are there: later than without.
    """
    without, of_goals, in_vain = (_decided_by(network, team) for team in TEAMS)
    base = end_of(simulate, without.plan, SEED)
    for more in (of_goals, in_vain):
        other = end_of(simulate, more.plan, SEED)
        if not isinstance(base, Register) or not isinstance(other, Register):
            assert isinstance(base, DeadlockError) or isinstance(other, DeadlockError)
            continue
        one = _numbered_anew(base)
        two = _numbered_anew(other, other.pool < len(without.plan.pools))
        one[PLACE] = two[PLACE] = 0
        assert np.array_equal(one, two)


ENOUGH = {"kind": "team", "places": "unlimited", "stay": law_of(1)}
#: Pools to add, and who has cases there.
TEAMS: list[tuple[dict[str, Any], str | None, str | None]] = [
    ({}, None, None),
    ({"a_team": ENOUGH}, "a_team", None),
    ({"a_team": ENOUGH}, "a_team", "a_team"),
]


def _decided_by(network: Any, how: tuple[dict[str, Any], str | None, str | None]) -> Any:
    """The network with decisions of two days, by these caseworkers."""
    teams, decides, in_vain = how
    pools = {}
    for name, pool in network.mapping["pools"].items():
        if name.startswith("caseworkers"):
            continue
        pools[name] = dict(pool)
        if pool.get("early_assessment"):
            pools[name]["early_assessment"] = pool["early_assessment"] | {"false_starts": in_vain}
    searches, goals = network.mapping["searches"], {}
    for name, goal in network.mapping["goals"].items():
        goals[name] = goal | {"decision": law_of(2), "caseworkers": decides}
        bridge = goal.get("bridge")
        if bridge and set(searches[bridge]["pools"]) & set(searches[goal["search"]]["pools"]):
            goals[name]["bridge"] = None
    return network.changed(pools=pools | teams, goals=goals)


@pytest.mark.parametrize("name", ["baseline", "aarhus_baseline"])
def test_with_enough_caseworkers_a_region_is_as_without(name: str):
    """Unlimited, for every goal with a decision: every row but the cases is the same."""
    team = {"kind": "team", "places": "unlimited", "stay": law_of(1)}
    base = lasting(name, days=400, warm_up_days=0).model_dump(by_alias=True)
    more = copy.deepcopy(base)
    more["pools"]["z_team"] = team
    for goal in more["goals"].values():
        if goal["decision"]:
            goal["caseworkers"] = "z_team"
    one, two = (build(fs.load(mapping)) for mapping in (base, more))
    first, second = simulate(one, SEED, 0), simulate(two, SEED, 0)
    kept = second.pool < len(one.pools)
    assert kept.sum() < len(kept), "there are cases"
    assert np.array_equal(_numbered_anew(first), _numbered_anew(second, kept))


def test_days_awaiting_a_decision_include_the_wait():
    """The measure of the ward is the wait for a caseworker and the work on the case."""
    scenario = small(places=1)
    result = fs.run(scenario, workers=1)
    table = result.register(0, dates=False)
    goals = table[(table["purpose"] == "goal") & table["ready"].notna()]
    cases_of = table[table["pool"] == "caseworkers"].set_index("citizen")
    file = cases_of.loc[goals["citizen"]]
    assert np.allclose(goals["ready"].to_numpy(), file["admitted"].to_numpy() + 3)
    assert (file["admitted"] > file["requested"]).mean() > 0.3
    summary = result.summary().set_index(["pool", "group", "municipality", "measure"])["mean"]
    days = summary["ward", "all", "all", "completed_treatment_days_decision"]
    begun = summary["caseworkers", "all", "all", "throughput"]
    waited = summary["caseworkers", "all", "all", "wait_place"]
    assert days == pytest.approx(begun * (waited + 3), rel=0.05)
    assert summary["caseworkers", "all", "all", "occupied"] == pytest.approx(begun * 3 / 365, 0.05)


def small(**changes: Any) -> Any:
    """A ward of which half go to housing, decided by caseworkers in three days; half go home."""
    team = {"kind": "team", "places": 1, "stay": law_of(1)} | changes
    return fs.load(
        {
            "run": {"warm_up_days": 100, "days": 1460, "replications": 1, "seed": SEED},
            "groups": {"adults": {}},
            "pools": {
                "ward": {
                    "kind": "ward",
                    "places": 20,
                    "surge": "unlimited",
                    "stay": {"law": "gamma", "mean_days": 14, "cv": 0.3},
                    "onward": {"housing": 0.5, "leave": 0.5},
                },
                "housing": {"kind": "housing", "places": "unlimited"},
                "caseworkers": team,
            },
            "searches": {
                "ward": {"pools": ["ward"], "otherwise": "leave"},
                "housing": {"pools": ["housing"], "otherwise": "leave"},
            },
            "goals": {
                "housing": {
                    "search": "housing",
                    "decision": law_of(3),
                    "caseworkers": "caseworkers",
                }
            },
            "streams": {
                "s": {"group": "adults", "origin": "home", "rate_per_year": 120, "search": "ward"}
            },
        },
        ["run.engine=simpy"],
    )


# -- assessments in vain --------------------------------------------------------------------------


def early(share: float, in_vain: float, onward: dict[str, float], **changes: Any) -> Register:
    """All are assessed on the fifth day of thirty, by one caseworker."""
    ward = {
        "stay": law_of(30),
        "onward": onward,
        "early_assessment": {"share": share, "after_days": 5, "false_starts": "caseworkers"},
    } | changes
    team = {"stay": {"law": "fixed", "mean_days": in_vain}}
    return decided({"law": "fixed", "mean_days": 0.1}, 1, pools={"p": ward}, team=team)


def test_assessments_in_vain_are_work_like_others():
    """Half of the cases come to nothing, and are waited for: M/G/1, Pollaczek-Khinchine (25 %)."""
    found = early(1.0, 0.04, {"next": 0.5, "leave": 0.5})
    rows = in_order(found, Purpose.ENROLMENT)
    rows = rows[found.granted[rows] != NOT_YET]
    load, second = 10 * (0.1 + 0.04) / 2, (0.1**2 + 0.04**2) / 2
    wait = (found.granted - found.requested)[rows] / DAY
    exact = 10 * second / (2 * (1 - load))
    agrees(by_stretch(wait, found.requested[rows]), exact, detects=0.25)
    needs = np.isin(found.citizen[rows], found.citizen[found.purpose == Purpose.GOAL])
    agrees(needs.astype(float), 0.5, detects=0.03)
    lengths = (found.left - found.admitted)[rows][found.outcome[rows] == Outcome.COURSE_ENDED]
    assert set((lengths / DAY).round(6).tolist()) == {0.1, 0.04}


def test_who_needs_a_place_waits_for_those_who_do_not():
    """Without false starts only half of the cases are there, and decisions come sooner."""
    onward = {"next": 0.5, "leave": 0.5}
    free = {"early_assessment": {"share": 1.0, "after_days": 5}}
    found, base = early(1.0, 0.04, onward), early(1.0, 0.04, onward, **free)
    mean = [
        (r.ready - r.requested)[(r.purpose == Purpose.GOAL) & (r.ready != NOT_YET)].mean()
        for r in (found, base)
    ]
    assert mean[0] > 1.2 * mean[1]
    assert (found.pool == CASEWORKERS).sum() > 1.9 * (base.pool == CASEWORKERS).sum()


def test_a_case_in_vain_is_over_with_the_stay():
    """Nobody is assessed who has left: taken on or not, the case is withdrawn."""
    found = early(1.0, 40.0, {"leave": 1.0})
    rows = np.flatnonzero(found.pool == CASEWORKERS)
    over = rows[found.outcome[rows] == Outcome.WITHDRAWN]
    assert len(over) > 10_000
    stay = {c: t for c, t in zip(found.citizen, found.left, strict=True) if t != NOT_YET}
    stays = np.flatnonzero((found.pool == 0) & (found.left != NOT_YET))
    left = dict(zip(found.citizen[stays].tolist(), found.left[stays].tolist(), strict=True))
    assert len(stay) >= len(left)
    gone = np.maximum(found.left, found.ended)[over]
    assert gone.tolist() == [left[citizen] for citizen in found.citizen[over].tolist()]
    taken_on = over[found.admitted[over] != NOT_YET]
    assert 0 < len(taken_on) < len(over)


@pytest.mark.parametrize("share", [0.0, 0.5, 1.0])
def test_early_assessment_costs_cases(share: float):
    """From 0 to 1 the cases per year rise by all who need none, fifty a year for each (10 %)."""
    found = early(share, 0.01, {"next": 0.2, "leave": 0.8})
    cases_begun = ((found.pool == CASEWORKERS) & (found.admitted >= 365 * DAY)).sum()
    years = (5000 - 365) / 365
    assert cases_begun / years == pytest.approx(3650 * (0.2 + 0.8 * share), rel=0.05)


def test_a_goal_without_caseworkers_is_assessed_in_vain():
    """Who goes to a place that nobody has to decide on is a false start as well."""
    changes = {
        "pools": {
            "p": {"early_assessment": {"share": 1.0, "false_starts": "caseworkers"}},
            "caseworkers": {"kind": "team", "places": 2, "stay": law_of(1)},
        }
    }
    base, found = register({}, days=300), register(changes, days=300)
    assert (found.pool == CASEWORKERS).sum() > 1000
    stays = [r.left[(r.pool == 0) & (r.admitted >= 0)] for r in (base, found)]
    assert np.array_equal(*stays)


def test_the_case_of_who_gives_up_is_closed():
    """Patience begins when a caseworker takes on the case; who gives up frees the caseworker."""
    searches = {"next": {"patience": law_of(1)}}
    found = decided(law_of(5), 40, searches=searches)
    rows = in_order(found, Purpose.ENROLMENT)
    rows = rows[(found.left[rows] != NOT_YET)]
    assert set(found.outcome[rows].tolist()) == {int(Outcome.WITHDRAWN)}
    assert set((found.left - found.admitted)[rows].tolist()) == {DAY}
    goals = in_order(found, Purpose.GOAL)
    gave_up = goals[found.outcome[goals] == Outcome.GAVE_UP]
    assert np.array_equal(np.sort(found.ended[gave_up]), np.sort(found.left[rows]))


# -- what is refused ------------------------------------------------------------------------------

REFUSED = [
    ({"goals": {"next": {"caseworkers": "nobody", "decision": law_of(1)}}}, "no team 'nobody'"),
    ({"goals": {"next": {"caseworkers": "out", "decision": law_of(1)}}}, "kind team (out is of"),
    ({"goals": FOR_NEXT}, "goals.next.decision is missing"),
    (
        {"pools": {"p": {"early_assessment": {"share": 1.0, "false_starts": "caseworkers"}}}},
        "pools.caseworkers.stay is missing",
    ),
    ({"goals": FOR_NEXT, "pools": {"caseworkers": {"patience": law_of(1)}}}, "patience is not for"),
    (
        {"goals": FOR_NEXT, "pools": {"caseworkers": {"enrols": {"on_leaving": ["p"]}}}},
        "enrols is not for caseworkers (goals.next.caseworkers names this team)",
    ),
    ({}, "a team of caseworkers needs none"),
]


@pytest.mark.parametrize(("changes", "words"), REFUSED)
def test_what_cannot_be_is_refused(changes: dict[str, Any], words: str):
    """With the key, the reason, and what is allowed."""
    pools = dict(changes.get("pools", {}))
    pools["caseworkers"] = {"kind": "team", "places": 1} | pools.get("caseworkers", {})
    with pytest.raises(ScenarioError) as error:
        register(changes | {"pools": pools})
    assert words in str(error.value)
