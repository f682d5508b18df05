"""Mechanisms alone in a small system: each against its exact value, and neutral when off.

Means are compared at an error rate of one in ten thousand each (`LIMIT` standard errors, fixed
seed); each test says which relative error it would detect with 90 % power.
"""

from __future__ import annotations

import copy
import datetime as dt
from collections.abc import Mapping
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from networks import SEED, cases, networks
from twin.sides import end_of

import flexsim as fs
from flexsim.engine.compiled import simulate
from flexsim.engine.rules import next_meeting
from flexsim.plan.build import build
from flexsim.register import NOT_YET, Outcome, Purpose, Register

DAY = 86_400
#: Two-sided error rate 1e-4; 90 % power adds 1.28.
LIMIT, POWER = 3.89, 3.89 + 1.28
THURSDAY = 3


def register(changes: Mapping[str, Any], rate: float = 3650.0, days: int = 5000) -> Register:
    """Citizens come to a pool `p` without limit; those who leave it early go `out`."""
    scenario: dict[str, Any] = {
        "run": {"start": "2024-01-01", "warm_up_days": 0, "days": days, "seed": SEED},
        "groups": {"adults": {}},
        "pools": {
            "p": {
                "kind": "ward",
                "places": "unlimited",
                "stay": {"law": "exponential", "mean_days": 10},
                "onward": {"next": 1.0},
            },
            "out": {"kind": "community", "places": "unlimited"},
            "next": {"kind": "housing", "places": "unlimited"},
        },
        "searches": {
            "p": {"pools": ["p"], "otherwise": "out"},
            "next": {"pools": ["next"], "otherwise": "out"},
        },
        "goals": {"next": {"search": "next"}},
        "streams": {
            "s": {"group": "adults", "origin": "home", "rate_per_year": rate, "search": "p"}
        },
    }
    for section, entries in copy.deepcopy(dict(changes)).items():
        for name, entry in entries.items():
            scenario.setdefault(section, {}).setdefault(name, {}).update(entry)
    return simulate(build(fs.load(scenario)), SEED, 0)


def agrees(values: np.ndarray, exact: float, detects: float) -> None:
    """The mean of independent values is the exact one, within chance, and it is a sharp test."""
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert POWER * error <= detects * exact, f"detects only {POWER * error / exact:.1%}"
    assert abs(values.mean() - exact) <= LIMIT * error, (values.mean(), exact, error)


# -- declining a place ----------------------------------------------------------------------------


def test_share_who_decline():
    """Of those offered a place so many decline it; the others come as before (detects 4 %)."""
    base = register({})
    found = register({"pools": {"p": {"declined": 0.3}}})
    asked = found.purpose == Purpose.NEED
    first = asked & (found.request == 0)
    agrees((found.outcome[first] == Outcome.DECLINED).astype(float), 0.3, detects=0.04)
    declined = found.citizen[first & (found.outcome == Outcome.DECLINED)]
    came = first & (found.outcome != Outcome.DECLINED)
    same = first_needs(base, found.citizen[came])
    assert np.array_equal(found.admitted[came], base.admitted[same])
    assert np.array_equal(found.completed[came], base.completed[same])
    refuge = (found.request == 1) & np.isin(found.citizen, declined)
    assert set(found.pool[refuge].tolist()) == {1}
    assert refuge.sum() == len(declined)


def first_needs(register: Register, citizens: np.ndarray) -> np.ndarray:
    """Rows of the first requests of some citizens."""
    rows = np.flatnonzero(register.request == 0)
    return rows[np.searchsorted(register.citizen[rows], citizens)]


def test_group_that_never_declines():
    """A share by group stands in place of the pool's."""
    found = register({"pools": {"p": {"declined": 1.0, "declined_by_group": {"adults": 0.0}}}})
    assert not (found.outcome == Outcome.DECLINED).any()


# -- assessment by residence ----------------------------------------------------------------------


def test_assessment_of_citizens_from_elsewhere():
    """Steps that only those from elsewhere go through delay them, and nobody else (detects 6 %)."""

    def exponential(mean: float) -> dict[str, Any]:
        return {"law": "exponential", "mean_days": mean}

    towns = {"municipalities": {"herning": {"population": 600}, "struer": {"population": 400}}}
    assessed = {"assessment": exponential(4)}
    both = {"others": exponential(9), "herning": exponential(4)}
    base = register(towns | {"pools": {"p": assessed}})
    found = register(towns | {"pools": {"p": assessed | {"assessment_by_residence": both}}})
    same = register(
        towns | {"pools": {"p": assessed | {"assessment_by_residence": {"others": exponential(4)}}}}
    )
    assert same.equals(base)
    needs = (found.request == 0) & (found.requested < 4800 * DAY)
    far = found.citizen_residence[found.citizen[needs]] == 1
    days = (found.ready - found.requested)[needs] / DAY
    agrees(days[far], 9, detects=0.06)
    agrees(days[~far], 4, detects=0.06)
    near = first_needs(base, found.citizen[needs][~far])
    assert np.array_equal(found.ready[needs][~far], base.ready[near])
    agrees(far.astype(float), 0.4, detects=0.06)


# -- unplanned leave ------------------------------------------------------------------------------


def test_leave_competes_with_the_need():
    """Two exponential times: the mean is 1 / (1/10 + 1/15), and so is who leaves (detects 3 %)."""
    after = {"law": "exponential", "mean_days": 15}
    found = register({"pools": {"p": {"leaves_early": {"share": 1.0, "after": after}}}})
    stays = (found.pool == 0) & (found.admitted < 4800 * DAY)
    early = stays & (found.outcome == Outcome.LEFT_EARLY)
    days = (found.left[stays] - found.admitted[stays]) / DAY
    agrees(days, 1 / (1 / 10 + 1 / 15), detects=0.03)
    agrees((found.outcome[stays] == Outcome.LEFT_EARLY).astype(float), 10 / 25, detects=0.03)
    assert (found.completed[early] == NOT_YET).all()
    assert not np.isin(found.citizen[found.purpose == Purpose.GOAL], found.citizen[early]).any()


def test_share_who_may_leave():
    """Those whose leave would come first, of the share that may leave at all (detects 5 %)."""
    leave = {"share": 0.25, "after": {"law": "fixed", "mean_days": 0}, "otherwise": "out"}
    found = register({"pools": {"p": {"leaves_early": leave}}})
    stays = found.pool == 0
    left = (found.outcome[stays] == Outcome.LEFT_EARLY).astype(float)
    agrees(left, 0.25, detects=0.05)
    assert (found.pool == 1).sum() == left.sum()


# -- a place kept during a readmission ------------------------------------------------------------


#: Days of a run in which each citizen is readmitted about 600 times (times fit 32 bits).
LONG = 24_000


def readmitted(days: float | None, need: float | None = None, run: int = LONG) -> Register:
    """Forty citizens live in `place`, fall ill after 30 days and are 10 days in the ward.

    Who has no place to return to waits for nothing, and moves into another one at once.
    """

    def exponential(mean: float) -> dict[str, Any]:
        return {"law": "exponential", "mean_days": mean}

    place = {"kind": "housing", "places": 80}
    place["relapse"] = {"share": 1.0, "delay": exponential(30), "search": "ward"}
    if days is not None:
        place["keeps_place"] = {"days": days}
    if need is not None:
        place |= {"stay": {"law": "fixed", "mean_days": need}}
    ward = {"kind": "ward", "places": "unlimited", "stay": exponential(10)}
    scenario = {
        "run": {"start": "2024-01-01", "warm_up_days": 0, "days": run, "seed": SEED},
        "groups": {"adults": {}},
        "pools": {"place": place, "ward": ward | {"onward": {"place": 1.0}}},
        "searches": {n: {"pools": [n], "otherwise": "leave"} for n in ("place", "ward")},
        "goals": {"place": {"search": "place"}},
        "streams": {
            "s": {"group": "adults", "origin": "home", "rate_per_year": 0, "search": "place"}
        },
        "start": {"place": {"occupied": 40, "stream": "s"}},
    }
    return simulate(build(fs.load(scenario)), SEED, 0)


def kept_rows(found: Register) -> np.ndarray:
    """Places kept whose end lies in the run."""
    kept = (found.granted != NOT_YET) & (found.wanted == NOT_YET)
    return kept & ((found.admitted != NOT_YET) | (found.left != NOT_YET))


@pytest.mark.parametrize("days", [5, 14, 10_000])
def test_share_of_time_held(days: float):
    """Alternating renewal: kept for min(days, ward stay) in each 30 + 10 days (detects 5 %)."""
    found = readmitted(days)
    kept = kept_rows(found)
    back = 1 - np.exp(-days / 10)  # in time
    returned = found.admitted[kept] != NOT_YET
    held = np.where(returned, found.admitted[kept], found.left[kept]) - found.granted[kept]
    agrees(held / DAY, 10 * back, detects=0.05)
    agrees(np.bincount(found.citizen[kept], held / (LONG * DAY)), back / 4, detects=0.05)
    if days < 1000:
        agrees(returned.astype(float), back, detects=0.05)
    else:
        assert returned.all()


def test_a_return_goes_on_with_the_need():
    """However often the ward comes between, 100 days in the place are needed, and not more."""
    found = readmitted(10_000, need=100, run=20_000)
    place = (found.pool == 0) & (found.admitted != NOT_YET)
    for citizen in range(40):
        mine = place & (found.citizen == citizen)
        if (found.outcome[mine] == Outcome.LEFT_MODEL).any():
            stayed = (found.left - found.admitted)[mine].sum()
            first = (found.left - found.admitted)[mine][0]
            assert stayed <= 100 * DAY
            assert first < stayed or mine.sum() == 1
            assert len(set(found.place[mine].tolist())) == 1


def test_a_place_kept_is_nobody_elses():
    """One place: the next citizen gets it when it is given back, or when the stay there is over."""
    scenario = {
        "run": {"start": "2024-01-01", "warm_up_days": 0, "days": 60, "seed": SEED},
        "groups": {"adults": {}},
        "pools": {
            "flex": {
                "kind": "flexible",
                "places": 1,
                "stay": {"law": "fixed", "mean_days": 20},
                "relapse": {
                    "share": 1.0,
                    "delay": {"law": "uniform", "low_days": 5, "high_days": 6},
                    "search": "ward",
                },
                "keeps_place": {"days": 7},
            },
            "ward": {
                "kind": "ward",
                "places": "unlimited",
                "stay": {"law": "fixed", "mean_days": 4},
            },
        },
        "searches": {n: {"pools": [n], "otherwise": "leave"} for n in ("flex", "ward")},
        "streams": {
            "s": {"group": "adults", "origin": "home", "rate_per_year": 30, "search": "flex"}
        },
        "start": {"flex": {"occupied": 1, "stream": "s"}},
    }
    found = {}
    for stay in (4, 7, 9):
        scenario["pools"]["ward"]["stay"]["mean_days"] = stay
        register = simulate(build(fs.load(scenario)), SEED, 0)
        kept = np.flatnonzero((register.granted != NOT_YET) & (register.wanted == NOT_YET))[0]
        since = register.granted[kept]
        times = (register.admitted[kept], register.left[kept])
        others = (register.pool == 0) & (register.granted > since) & (register.wanted != NOT_YET)
        found[stay] = [t if t == NOT_YET else (t - since) / DAY for t in times]
        if stay == 9:
            assert found[stay] == [NOT_YET, 7]
            assert register.granted[others].min() == since + 7 * DAY
            assert register.outcome[kept] == Outcome.WITHDRAWN
        else:
            assert found[stay][0] == stay  # also on the last day
            assert register.granted[others].min() >= register.left[kept]


# -- a target group that changes on a date -------------------------------------------------------


def test_target_group_from_a_date():
    """Refused from day 2,000 to 3,000, then all again; nobody asked before is affected."""
    refused = {"places": "unlimited", "admits": {"traits": {"drugs": {"active": "refused"}}}}
    steps = {
        "strict": {"from": "2029-06-23"} | refused,
        "open": {"from": "2032-03-19", "places": "unlimited", "admits": {}},
    }
    days = [(dt.date.fromisoformat(s["from"]) - dt.date(2024, 1, 1)).days for s in steps.values()]
    assert days == [2000, 3000]
    groups = {"adults": {"traits": {"drugs": {"active": 0.3, "none": 0.7}}}}
    found = register({"groups": groups, "pools": {"p": {"later": steps}}})
    asked = (found.purpose == Purpose.NEED) & (found.request == 0)
    refused = found.outcome[asked] == Outcome.NOT_IN_TARGET_GROUP
    uses = found.citizen_traits[found.citizen[asked], 0] == 0
    strict = (found.requested[asked] >= 2000 * DAY) & (found.requested[asked] < 3000 * DAY)
    assert np.array_equal(refused, uses & strict)
    agrees(refused[strict].astype(float), 0.3, detects=0.09)
    base = register({"groups": groups})
    same = first_needs(base, found.citizen[asked][~refused])
    assert np.array_equal(found.left[asked][~refused], base.left[same])


# -- meetings -------------------------------------------------------------------------------------


@pytest.mark.parametrize("no_show", [0.0, 0.2])
def test_wait_for_the_meeting(no_show: float):
    """Half a week on average, and a week more for each meeting in vain (detects 2 %)."""
    meetings = {"weekdays": ["thu"], "no_show": no_show}
    decision = {"law": "exponential", "mean_days": 4}
    found = register({"goals": {"next": {"meetings": meetings, "decision": decision}}})
    goals = (found.purpose == Purpose.GOAL) & (found.requested < 4700 * DAY)
    ready = found.ready[goals]
    assert (ready % DAY == 0).all()
    assert set((ready // DAY % 7).tolist()) == {THURSDAY}
    days = (ready - found.wanted[goals]) / DAY
    agrees(days, 4 + 3.5 + 7 * no_show / (1 - no_show), detects=0.02)


@given(
    st.integers(0, 10**9),
    st.sets(st.integers(0, 6), min_size=1).map(lambda days: sum(1 << d for d in days)),
    st.integers(0, 6),
)
def test_next_meeting_is_the_first(time: int, weekdays: int, start: int):
    """At the start of a day with a meeting, not before the time, and none lies between."""
    found = next_meeting(time, weekdays, start)
    days = range(-(-time // DAY), found // DAY + 1)
    assert found % DAY == 0
    assert [bool(weekdays >> (start + day) % 7 & 1) for day in days] == [
        *[False] * (len(days) - 1),
        True,
    ]


# -- off is the base run --------------------------------------------------------------------------


@cases(0.5)
@given(networks())
def test_off_is_exactly_the_base(network: Any):
    """Shares of nought give the base register."""
    off = copy.deepcopy(network.mapping)
    for pool in off["pools"].values():
        for key in (
            "declined",
            "declined_by_group",
            "leaves_early",
            "keeps_place",
            "assessment_by_residence",
        ):
            pool.pop(key, None)
    base = network.changed(pools=off["pools"])
    for pool in off["pools"].values():
        pool["keeps_place"] = {"days": 0}
        if pool["kind"] in ("ward", "flexible"):
            leave = {"share": 0.0, "after": {"law": "fixed", "mean_days": 1}}
            pool |= {"declined": 0.0, "leaves_early": leave}
    switched_off = network.changed(pools=off["pools"])
    one, other = end_of(simulate, base.plan, SEED), end_of(simulate, switched_off.plan, SEED)
    assert one.equals(other) if isinstance(one, Register) else str(one) == str(other)
