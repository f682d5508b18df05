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
from flexsim.engine.rules import next_meeting, relapse_chance, survival_after
from flexsim.jit import entry
from flexsim.plan.build import build
from flexsim.register import COLUMNS, NOT_YET, Outcome, Purpose, Register

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
        for name, keys in entries.items():
            scenario[section].setdefault(name, {}).update(keys)
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


# -- outreach teams -------------------------------------------------------------------------------

#: Who leaves `p`, ten a day by a Poisson process, is asked.
TEAM = {"kind": "team", "places": "unlimited", "enrols": {"on_leaving": ["p"]}}


def exponential(days: float) -> dict[str, Any]:
    return {"law": "exponential", "mean_days": days}


def courses(**team: Any) -> Register:
    """Enrolments with a team and the base scenario around it."""
    return register({"pools": {"team": TEAM | team}})


def by_stretch(values: np.ndarray, times: np.ndarray, days: int = 100) -> np.ndarray:
    """Means over stretches of time, long enough to be independent; the first ones left out."""
    stretch = times // (days * DAY)
    count = np.bincount(stretch)
    means = np.bincount(stretch, weights=values) / np.maximum(count, 1)
    return means[3:-1]


def erlang_b(places: int, load: float) -> float:
    """Probability that all places are taken, without a queue."""
    blocked = 1.0
    for n in range(1, places + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def test_team_without_a_queue_is_erlangs_loss_system():
    """M/M/2/2 at a load of 2, fed by discharges: the share turned away (detects 4 %)."""
    found = courses(places=2, stay=exponential(0.2), queue_limit=0)
    asked = found.purpose == Purpose.ENROLMENT
    refused = (found.outcome[asked] == Outcome.TURNED_AWAY_FULL).astype(float)
    agrees(by_stretch(refused, found.requested[asked]), erlang_b(2, 2.0), detects=0.04)


def test_team_with_a_queue_is_erlangs_delay_system():
    """M/M/3 at a load of 2: who waits, and for how long (detects 8 % and 20 %)."""
    found = courses(places=3, stay=exponential(0.2))
    asked = (found.purpose == Purpose.ENROLMENT) & (found.granted != NOT_YET)
    wait = (found.granted - found.requested)[asked] / DAY
    blocked = erlang_b(3, 2.0)
    waits = blocked / (1 - 2 / 3 * (1 - blocked))
    times = found.requested[asked]
    agrees(by_stretch((wait > 0).astype(float), times), waits, detects=0.08)
    agrees(by_stretch(wait, times), waits / (3 / 0.2 - 10), detects=0.2)


def test_home_treatment_by_littles_law():
    """45 referrals a month for 4 to 6 weeks: 51.8 courses at a time (detects 6 %)."""
    team = TEAM | {
        "stay": {"law": "uniform", "low_days": 28, "high_days": 42},
        "enrols": {"on_leaving": ["p"], "share": 45 * 12 / 3650},
    }
    found = register({"pools": {"team": team}})
    rows = found.purpose == Purpose.ENROLMENT
    begun, left = found.admitted[rows], found.left[rows]
    left = np.where(left == NOT_YET, 5000 * DAY, left)
    edges = np.arange(2, 49) * 100 * DAY
    there = [np.maximum(np.minimum(left, edge + 100 * DAY) - np.maximum(begun, edge), 0).sum()
             for edge in edges]  # fmt: skip
    agrees(np.array(there) / (100 * DAY), 45 * 12 / 365 * 35, detects=0.06)


RELAPSE = {"share": 1.0, "delay": exponential(30), "search": "away"}


def relapses(team: Mapping[str, Any]) -> np.ndarray:
    """Days in `next` until the relapse, after which nobody is followed."""
    searches = {"away": {"pools": ["out"], "otherwise": "leave"}}
    pools = {"next": {"relapse": RELAPSE}, "team": TEAM | team}
    found = register({"pools": pools, "searches": searches}, rate=2920, days=3000)
    stays = (found.pool == 2) & (found.admitted < 2000 * DAY)
    assert (found.left[stays] != NOT_YET).all()
    return (found.left[stays] - found.admitted[stays]) / DAY


@pytest.mark.parametrize("ratio", [0.5, 1.0, 2.0])
def test_ratio_of_an_exponential_hazard(ratio: float):
    """With a share of 1 the time to relapse is exponential, 1 / ratio times as long (2 sides)."""
    days = relapses({"relapse_ratio": ratio})
    agrees(days, 30 / ratio, detects=0.05)
    below = np.array([0.1, 0.5, 0.9])
    quantiles = -np.log(1 - below) * 30 / ratio
    for share, quantile in zip(below, quantiles, strict=True):
        agrees((days < quantile).astype(float), share, detects=0.15)


def test_ratio_of_a_course_that_begins_and_ends():
    """Contact after 10 days, a course of 20: the hazard changes twice, the clock goes on."""
    fixed = {"law": "fixed", "mean_days": 10}
    team = {"assessment": fixed, "stay": fixed | {"mean_days": 20}, "relapse_ratio": 0.25}
    first, second = 10 / 30, 0.25 * 20 / 30
    exact = 30 * (1 - np.exp(-first)) + np.exp(-first) * (
        120 * (1 - np.exp(-second)) + np.exp(-second) * 30
    )
    agrees(relapses(team), exact, detects=0.05)


def test_range_of_the_ratio_moves_readmissions():
    """A lower ratio, fewer new needs; a ratio of nought, none while enrolled."""
    relapse = {"share": 0.5, "delay": exponential(100), "search": "p"}

    def needs(ratio: float) -> int:
        pools = {"next": {"relapse": relapse}, "team": TEAM | {"relapse_ratio": ratio}}
        return int((register({"pools": pools}, rate=365, days=1000).episode > 0).sum())

    counts = [needs(ratio) for ratio in (0.0, 0.7, 1.0, 1.3)]
    assert counts == sorted(set(counts))
    assert counts[0] == 0


def test_leaving_early_may_raise_the_risk():
    """Those whose stay ended so relapse twice as fast; the others as before (detects 6 %)."""
    leaves = {"share": 0.5, "after": {"law": "fixed", "mean_days": 0}, "otherwise": "out"}
    searches = {"away": {"pools": ["next"], "otherwise": "leave"}}
    pools = {
        "p": {"leaves_early": leaves, "onward": {"out": 1.0}},
        "out": {"relapse": RELAPSE},
    }
    goals = {"out": {"search": "out"}}
    searches["out"] = {"pools": ["out"], "otherwise": "leave"}
    changes: dict[str, Any] = {"pools": pools, "searches": searches, "goals": goals}
    base = register(changes, rate=2920, days=3000)
    pools["p"]["relapse_ratio_after"] = {"left_early": 2.0}
    found = register(changes, rate=2920, days=3000)
    early = np.isin(found.citizen, found.citizen[found.outcome == Outcome.LEFT_EARLY])
    stays = (found.pool == 1) & (found.admitted < 2000 * DAY)
    days = (found.left - found.admitted) / DAY
    agrees(days[stays & early], 15, detects=0.06)
    others = ~np.isin(base.citizen, found.citizen[early])
    same = [(r.left[(r.pool == 1) & o]).tolist() for r, o in ((found, ~early), (base, others))]
    assert same[0] == same[1]


def test_history_is_the_citizens_own():
    """Three admissions in 90 days before the request: counted again from the rows."""
    relapse = {"share": 0.8, "delay": exponential(20), "search": "p"}
    history = {"admissions": 3, "within_days": 90}
    team = TEAM | {"admits": {"history": history}, "stay": exponential(30)}
    pools = {"next": {"relapse": relapse}, "team": team}
    found = register({"pools": pools}, rate=730, days=1000)
    asked = np.flatnonzero(found.purpose == Purpose.ENROLMENT)
    refused = found.outcome[asked] == Outcome.NOT_IN_TARGET_GROUP
    for row, is_refused in zip(asked.tolist(), refused.tolist(), strict=True):
        mine = (found.citizen == found.citizen[row]) & (found.pool == 0) & (found.admitted >= 0)
        ago = found.requested[row] - found.admitted[mine]
        assert ((ago >= 0) & (ago <= 90 * DAY)).sum() < 3 if is_refused else True
        assert is_refused or ((ago >= 0) & (ago <= 90 * DAY)).sum() >= 3
    assert 100 < refused.sum() < len(asked) - 100


def test_powers_are_the_same_bits_where_compiled():
    """`**` in Python and in compiled code, over all ratios and times that occur."""
    rng = np.random.default_rng(SEED)
    cases = rng.random((20_000, 4))
    cases[:, 3] = np.exp(rng.normal(0, 1.5, len(cases)))
    cases[:, 1:3] = np.sort(cases[:, 1:3], axis=1)[:, ::-1]
    survival, chance = _by_rules(cases)
    for n, (left, before, after, ratio) in enumerate(cases.tolist()):
        assert survival[n] == survival_after(left, before, after, ratio)
        assert chance[n] == relapse_chance(left, before, 0.7, ratio)


@entry
def _by_rules(cases: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    survival, chance = np.empty(len(cases)), np.empty(len(cases))
    for n in range(len(cases)):
        left, before, after, ratio = cases[n]
        survival[n] = survival_after(left, before, after, ratio)
        chance[n] = relapse_chance(left, before, 0.7, ratio)
    return survival, chance


@cases(0.4)
@given(networks(), st.sampled_from(["neutral", "no places", "nobody reached"]))
def test_team_without_effect_leaves_all_else_as_it_was(network: Any, how: str):
    """A ratio of 1, a caseload of 0, or nobody reached: every other row is bit for bit the same."""
    team = TEAM | {"enrols": {"on_leaving": ["ward"], "on_entering": ["home", "ward"]}}
    team |= {
        "neutral": {"places": 2, "stay": {"law": "fixed", "mean_days": 5}},
        "no places": {"places": 0, "relapse_ratio": 0.0},
        "nobody reached": {"enrols": team["enrols"] | {"share": 0.0}, "relapse_ratio": 0.0},
    }[how]
    more = network.changed(pools=network.mapping["pools"] | {"a_team": team})
    one, other = end_of(simulate, network.plan, SEED), end_of(simulate, more.plan, SEED)
    if not isinstance(one, Register) or not isinstance(other, Register):
        assert how == "no places" or str(one) == str(other)
        return
    kept = other.pool < len(network.plan.pools)
    assert np.array_equal(_numbered_anew(one), _numbered_anew(other, kept))
    assert how != "nobody reached" or kept.all()


def _numbered_anew(register: Register, kept: Any = slice(None)) -> np.ndarray:
    """Rows, the requests of each citizen counted among these."""
    columns = np.stack([register.citizen, *(getattr(register, name) for name in COLUMNS)])[:, kept]
    number = 1 + COLUMNS.index("request")
    both = columns[0] << 32 | columns[number]
    dense = np.unique(both, return_inverse=True)[1]
    first = np.searchsorted(columns[0], columns[0])
    columns[number] = dense - dense[first]
    return columns


# -- off is the base run --------------------------------------------------------------------------


@cases(0.5)
@given(networks())
def test_off_is_exactly_the_base(network: Any):
    """Shares of nought give the base register."""
    off = copy.deepcopy(network.mapping)
    for pool in off["pools"].values():
        for key in ("declined", "declined_by_group", "leaves_early"):
            pool.pop(key, None)
    base = network.changed(pools=off["pools"])
    for pool in off["pools"].values():
        if pool["kind"] in ("ward", "flexible"):
            leave = {"share": 0.0, "after": {"law": "fixed", "mean_days": 1}}
            pool |= {"declined": 0.0, "leaves_early": leave}
    switched_off = network.changed(pools=off["pools"])
    one, other = end_of(simulate, base.plan, SEED), end_of(simulate, switched_off.plan, SEED)
    assert one.equals(other) if isinstance(one, Register) else str(one) == str(other)
