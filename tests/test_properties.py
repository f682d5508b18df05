"""Promises 1 and 3 of the design on random networks: conservation, order of service, determinism.

Each register is read against its scenario by the rules in `register_rules`; relations between
runs (same seed, unused parts, longer runs, more places) follow. The tier sets how many (conftest).
"""

from __future__ import annotations

from collections import Counter

import numpy as np
import pandas as pd
import pytest
from hypothesis import assume, event, given
from hypothesis import strategies as st
from networks import (
    SEED,
    START,
    Network,
    cases,
    law_of,
    longer,
    networks,
    single_queues,
    unlimited,
    with_stream,
    with_unused,
)
from reading import DAY, Reading
from register_rules import RULES, features, littles_law_holds, the_ledger_balances

import flexsim
from flexsim import running
from flexsim.engine.simpy_engine import simulate
from flexsim.errors import DeadlockError
from flexsim.plan.plan import Plan
from flexsim.register import TIMES, Register, rows
from flexsim.scenario import load

#: Least share of sampled networks in which each of these happens.
SHOWN = {
    "delay": 0.5,
    "tie": 0.5,
    "waited": 0.5,
    "three granted at once": 0.2,
    "over norm": 0.3,
    "relapse": 0.3,
    "turned away": 0.3,
    "early assessment": 0.25,
    "outside target group": 0.2,
    "held": 0.2,
    "bridge": 0.2,
    "gave up": 0.2,
    "start": 0.15,
    "queue limit met": 0.12,
    "reserve used": 0.1,
    "cut below occupancy": 0.1,
    "transfer at admission": 0.08,
    "limit reached": 0.08,
    "extension": 0.03,
    "released": 0.004,
    "target group changed": 0.05,
    "waited for opening": 0.1,
    "quota used up": 0.04,
    "contact": 0.05,
    "declined": 0.1,
    "left early": 0.1,
    "enrolled": 0.15,
    "enrolment waited for": 0.04,
    "course ended": 0.1,
    "history asked for": 0.02,
    "meeting": 0.1,
    "end set or found at a review": 0.03,
    "assessed by residence": 0.03,
    "place kept": 0.02,
    "returned": 0.02,
}
#: Below this many networks a share says nothing.
ENOUGH = 150


def register_of(network: Network, seed: int = SEED, replication: int = 0) -> Register:
    """The register of a network; one that gets stuck is no example."""
    try:
        return simulate(network.plan, seed, replication)
    except DeadlockError:
        event("deadlock")
        assume(False)
        raise


def reading_of(network: Network) -> Reading:
    """Its register, read against its scenario."""
    return Reading(network, register_of(network), SEED, 0)


def table(network: Network, register: Register) -> pd.DataFrame:
    """The rows with names in place of numbers, in an order that does not depend on positions."""
    named = rows(register, network.plan)
    for column in named.select_dtypes("category"):
        named[column] = named[column].astype(str)
    return named.sort_values(["citizen", "request", "kind"], kind="stable", ignore_index=True)


# -- one register ---------------------------------------------------------------------------------


def test_registers_obey_every_rule():
    """Every rule holds in every network, and the networks show every side of the design."""
    seen: Counter[str] = Counter()

    @cases()
    @given(networks())
    def obeys(network: Network) -> None:
        case = reading_of(network)
        shown = features(case)
        for name in shown:
            event(name)
        seen.update([*shown, "network"])
        for rule in RULES:
            rule(case)

    obeys()
    count = seen["network"]
    short = {
        name: seen[name] / count for name, least in SHOWN.items() if seen[name] < least * count
    }
    assert count < ENOUGH or not short, short


@cases(0.25)
@given(networks())
def test_bed_days_balance(network):
    """The ledger of each pool and period balances in integers, and counters equal the rows."""
    the_ledger_balances(reading_of(network))


@cases(0.25)
@given(networks())
def test_littles_law(network):
    """The integral of the number present, or waiting, is the sum of the times spent so."""
    littles_law_holds(reading_of(network))


def test_a_limit_ends_a_stay_whose_need_is_completed():
    """`limit` is the longest stay, also for who has completed it and waits for a place."""
    network = Network(
        {
            "groups": {"a": {}},
            "pools": {
                "flex": {
                    "kind": "flexible",
                    "places": 9,
                    "stay": law_of(2),
                    "limit": {"days": 5, "otherwise": "home"},
                    "onward": {"housing": 1.0},
                },
                "home": {"kind": "community", "places": "unlimited"},
                "housing": {"kind": "housing", "places": "unlimited"},
            },
            "searches": {
                name: {"pools": [name], "otherwise": "leave"} for name in ("flex", "housing")
            },
            "goals": {"housing": {"search": "housing", "decision": law_of(30)}},
            "streams": {
                "s": {"group": "a", "origin": "home", "rate_per_year": 36.5, "search": "flex"}
            },
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 100},
        }
    )
    stays = [row for row in reading_of(network).rows if row.pool == "flex" and row.left >= 0]
    assert stays
    assert all(row.left - row.admitted <= 5 * DAY for row in stays)


def test_patience_does_not_run_while_a_new_need_is_open():
    """A goal that is not wanted meanwhile is not given up, however long the new need waits."""
    network = Network(
        {
            "groups": {"a": {}},
            "pools": {
                "ward": {
                    "kind": "ward",
                    "places": 9,
                    "stay": law_of(2),
                    "onward": {"housing": 1.0},
                },
                "slow": {"kind": "ward", "places": 9, "stay": law_of(2), "assessment": law_of(60)},
                "flex": {
                    "kind": "flexible",
                    "places": 9,
                    "moves_on": "at_once",
                    "relapse": {
                        "share": 1.0,
                        "delay": {"law": "uniform", "low_days": 1, "high_days": 3},
                        "search": "slow",
                    },
                },
                "housing": {"kind": "housing", "places": 0},
            },
            "searches": {
                name: {"pools": [name], "otherwise": "leave"} for name in ("ward", "slow", "flex")
            }
            | {"housing": {"pools": ["housing"], "otherwise": "leave", "patience": law_of(20)}},
            "goals": {"housing": {"search": "housing", "bridge": "flex"}},
            "streams": {
                "s": {"group": "a", "origin": "home", "rate_per_year": 36.5, "search": "ward"}
            },
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 50},
        }
    )
    goals = [row for row in reading_of(network).rows if row.pool == "housing"]
    assert goals
    assert all(row.ended < 0 for row in goals)


def ends_at_once(otherwise: str, goal: dict[str, object], urgency: str) -> Network:
    """A stay in `flex` is cut on day 2, when its goal search finds nothing either."""
    return Network(
        {
            "groups": {"a": {"traits": {"substances": {"active": 1.0}}}},
            "pools": {
                "flex": {
                    "kind": "flexible",
                    "places": 9,
                    "stay": law_of(6),
                    "limit": {"days": 2, "otherwise": otherwise},
                    "onward": {"next": 1.0},
                },
                "next": {"kind": "housing", "places": 0},
                "refusing": {
                    "kind": "housing",
                    "places": 9,
                    "admits": {"traits": {"substances": {"active": "refused"}}},
                },
                "home": {"kind": "community", "places": "unlimited"},
            },
            "searches": {"flex": {"pools": ["flex"], "otherwise": "leave"}, "next": goal},
            "goals": {"next": {"search": "next", "bridge": "flex"}},
            "streams": {
                "s": {
                    "group": "a",
                    "origin": "home",
                    "rate_per_year": 36.5,
                    "search": "flex",
                    "urgency": urgency,
                }
            },
            "run": {"start": START.isoformat(), "warm_up_days": 0, "days": 50},
        }
    )


@pytest.mark.parametrize("urgency", ["ordinary", "urgent"])
@pytest.mark.parametrize(
    "goal",
    [
        {"pools": ["refusing"], "otherwise": "home"},
        {"pools": ["refusing"], "otherwise": "leave"},
        {"pools": ["next"], "otherwise": "home", "when_full": "turned_away"},
        {"pools": ["next"], "otherwise": "leave", "when_full": "turned_away"},
    ],
    ids=["refused home", "refused leave", "full home", "full leave"],
)
@pytest.mark.parametrize("otherwise", ["home", "leave"])
def test_a_limit_and_the_end_of_a_search_at_one_instant(otherwise, goal, urgency):
    """Whatever ends at the same instant, every citizen is somewhere, once, and for a reason."""
    case = reading_of(ends_at_once(otherwise, goal, urgency))
    assert any(row.pool == "flex" and row.left >= 0 for row in case.rows)
    for rule in RULES:
        rule(case)


# -- the same again --------------------------------------------------------------------------------


@cases(0.15)
@given(network=networks())
def test_same_seed_same_register(network, tmp_path_factory):
    """A seed gives one register: simulated again, and from a plan that was saved and read."""
    register = register_of(network)
    assert register.equals(simulate(network.plan, SEED, 0))
    path = tmp_path_factory.mktemp("plan") / "plan.npz"
    network.plan.save(path)
    assert register.equals(simulate(Plan.load(path), SEED, 0))


@cases(0.15)
@given(networks())
def test_seeds_and_replications_differ(network):
    """Another seed, or another replication, gives other arrivals."""
    assume(not network.at_midnight)
    first = arrivals(register_of(network))
    assume(len(first) > 3)
    assert first != arrivals(register_of(network, seed=SEED + 1))
    assert first != arrivals(register_of(network, replication=1))


def arrivals(register: Register) -> list[int]:
    """Times of the first requests of citizens who came during the run."""
    times: list[int] = register.requested[
        (register.request == 0) & (register.requested > 0)
    ].tolist()
    return times


@cases(0.03)
@given(networks())
def test_scenarios_are_as_loaded(network):
    """`load` gives the scenario that these tests build without it."""
    assert load(network.mapping).model_dump() == network.scenario.model_dump()


def test_workers_change_nothing(monkeypatch):
    """One worker and two give the same table, bit for bit."""
    monkeypatch.setattr(running, "SMALL", dict.fromkeys(running.SMALL, 0))
    short = load("wards_shared", ["run.days=365", "run.warm_up_days=0", "run.replications=3"])
    one, two = (flexsim.run(short, seed=7, workers=n).measures for n in (1, 2))
    pd.testing.assert_frame_equal(one, two, check_exact=True)


# -- a change elsewhere ----------------------------------------------------------------------------


@cases(0.15)
@given(networks())
def test_unused_parts_change_nothing(network):
    """A pool, a search and a stream that nobody meets leave all rows as they were."""
    more = with_unused(network)
    register, again = register_of(network), register_of(more)
    pd.testing.assert_frame_equal(table(network, register), table(more, again))
    for counted in ("counted_over", "counted_empty"):
        found = dict(zip(more.plan.pools, getattr(again, counted).tolist(), strict=True))
        expected = dict(zip(network.plan.pools, getattr(register, counted).tolist(), strict=True))
        assert found | expected == found


@cases(0.15)
@given(networks())
def test_streams_do_not_touch_each_other(network):
    """With room for all, more citizens change nothing for those who were there."""
    network = unlimited(network)
    more = with_stream(network)
    before, after = (table(n, register_of(n)).drop(columns="place") for n in (network, more))
    assert (after["stream"] == "a_stream").any()
    kept = after[after["stream"] != "a_stream"].reset_index(drop=True)
    pd.testing.assert_frame_equal(before, kept)


@cases(0.15)
@given(networks(), st.integers(1, 40))
def test_a_longer_run_begins_as_the_shorter(network, extra):
    """Up to the end of a shorter run, a longer one has the same rows; nothing is later."""
    days = network.mapping["run"]["days"]
    longer_run = network.with_days(days + extra)
    end = network.plan.end
    short, long = (by_request(register_of(n), end) for n in (network, longer_run))
    assert short == long


def by_request(register: Register, end: int) -> dict[tuple[int, ...], list[tuple[int, ...]]]:
    """What had happened by a time, by citizen and request.

    What the future may still write over is left out: when an open request is wanted, and the pool
    and readiness of one not granted.
    """
    found: dict[tuple[int, ...], list[tuple[int, ...]]] = {}
    for n in np.flatnonzero(register.requested < end).tolist():
        c = register.citizen[n]
        key = (register.citizen_stream[c], register.citizen_nth[c], register.request[n])
        times = {name: int(getattr(register, name)[n]) for name in TIMES}
        past = {name: time if time < end else -1 for name, time in times.items()}
        settled = past["granted"] >= 0 or past["ended"] >= 0
        gone = past["left"] >= 0 or past["ended"] >= 0
        values = [past[name] for name in ("requested", "granted", "admitted", "left", "ended")]
        values += [past["completed"], register.purpose[n], register.sought[n]]
        values += [register.episode[n], *([past["wanted"], past["ready"]] if settled else [])]
        values += [register.pool[n], register.place[n]] if past["granted"] >= 0 else []
        values += [register.outcome[n]] if gone else []
        found.setdefault(key, []).append(tuple(map(int, values)))
    return found


# -- more, or longer -------------------------------------------------------------------------------


@cases(0.25)
@given(single_queues(), st.integers(1, 3))
def test_more_places_never_lengthen_a_wait(network, extra):
    """First come, first served: with more places everybody is granted one as early or earlier."""
    pool = network.mapping["pools"]["p"]
    later = {n: s | {"places": s["places"] + extra} for n, s in pool.get("later", {}).items()}
    roomier = pool | {"places": pool["places"] + extra, "later": later}
    few, many = (register_of(n) for n in (network, network.changed(pools={"p": roomier})))
    assert few.requested.tolist() == many.requested.tolist()
    end = network.plan.end
    granted = [np.where(r.granted < 0, end, r.granted) for r in (few, many)]
    assert (granted[1] <= granted[0]).all()
    if (granted[1] < granted[0]).any():
        event("somebody waits less")


@cases(0.25)
@given(single_queues(places=False), st.integers(2, 4))
def test_a_longer_mean_shortens_no_stay(network, factor):
    """Same citizens, a law with a larger mean: no stay becomes shorter."""
    pool = network.mapping["pools"]["p"]
    pools = {"p": pool | {"stay": longer(pool["stay"], factor)}}
    short, long = (register_of(n) for n in (network, network.changed(pools=pools)))
    assert short.admitted.tolist() == long.admitted.tolist()
    both = (short.left >= 0) & (long.left >= 0)
    assert (long.left >= short.left)[both].all()
    assert ((long.left < 0) | (short.left >= 0)).all()
    longer_stay = longer(pool["stay"], factor) != pool["stay"]
    assert not longer_stay or not both.any() or (long.left > short.left)[both].any()
