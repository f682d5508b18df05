"""Measures against registers made by hand, and against textbook formulas.

Each register is a small table in days; what it should give is worked out in the docstring. Unless
said otherwise the run has a warm-up of 10 days and a window of 20, from day 10 to day 30.
"""

from __future__ import annotations

import copy
import dataclasses
import math
import re
from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest
import yaml
from scipy import stats

import flexsim as fs
from flexsim.engine.choice import simulate
from flexsim.errors import RunError
from flexsim.measures.cells import COLUMNS
from flexsim.measures.coverage import coverage
from flexsim.measures.evidence import evidence
from flexsim.measures.ledger import ledger
from flexsim.measures.measure import Measured, measure
from flexsim.measures.steady import growth_warnings
from flexsim.measures.summary import summarise
from flexsim.measures.tidy import count_table, frame
from flexsim.plan.build import build
from flexsim.plan.plan import UNLIMITED, Plan
from flexsim.register import NOT_YET, TIMES, Kind, Outcome, Purpose, Register, periods
from flexsim.scenario import load

DAY, HOUR, YEAR = 86_400, 3_600, 365

NETWORK = yaml.safe_load("""
run: {start: 2024-01-01, warm_up_days: 10, days: 20, replications: 1, seed: 1, workers: 1}
municipalities: {near: {population: 1000}, far: {population: 3000}}
groups: {people: {}}
pools:
  ward: {kind: ward, places: 2, surge: unlimited, stay: {law: fixed, mean_days: 5}}
  ward_b: {kind: ward, places: 1, surge: unlimited, stay: {law: fixed, mean_days: 5}}
  flex: {kind: flexible, places: 1, stay: {law: fixed, mean_days: 5}}
  shelter: {kind: shelter, places: unlimited}
  housing: {kind: housing, places: unlimited}
  home: {kind: community, places: unlimited}
searches:
  ward: {pools: [ward, ward_b], otherwise: leave}
  flex: {pools: [flex], otherwise: leave}
streams:
  s: {group: people, origin: home, rate_per_year: 10, search: ward}
  w: {group: people, origin: ward, rate_per_year: 10, search: flex}
""")


# -- a register from a table ------------------------------------------------------------------


def network(changes: dict[str, Any] | None = None) -> dict[str, Any]:
    """The network with dotted keys set to other values."""
    mapping = copy.deepcopy(NETWORK)
    for dotted, value in (changes or {}).items():
        *path, last = dotted.split(".")
        at = mapping
        for name in path:
            at = at.setdefault(name, {})
        at[last] = value
    return mapping


@cache
def _plan(changes: str) -> Plan:
    return build(load(network(yaml.safe_load(changes))))


def plan_of(changes: dict[str, Any] | None = None) -> Plan:
    """The plan of the network with these changes, made once."""
    return _plan(yaml.safe_dump(changes or {}))


def parsed(text: str) -> list[dict[str, str]]:
    """A table with a line of headings; a dot is an empty cell."""
    head, *lines = (line.split() for line in text.strip().splitlines())
    return [
        {name: cell for name, cell in zip(head, line, strict=True) if cell != "."} for line in lines
    ]


def filled(row: dict[str, str]) -> dict[str, str]:
    """A row with what goes without saying.

    Who is admitted asked for just that, at that time; wanted it when asking, was ready then, and
    was granted it when admitted. Who left moved on, who did not is still there.
    """
    was_admitted = "admitted" in row
    outcome = "moved_on" if "left" in row else "still_there" if was_admitted else "still_waiting"
    full = {"purpose": "need", "sought": row["pool"], "outcome": outcome, "lives": "near"} | row
    full.setdefault("requested", full.get("admitted", ""))
    for name, before in (("wanted", "requested"), ("ready", "wanted")):
        full.setdefault(name, full[before])
    if was_admitted:
        full.setdefault("granted", full["admitted"])
    return {name: cell for name, cell in full.items() if cell != "none"}


def register(text: str, plan: Plan) -> Register:
    """The register of a table; `none` is an empty cell where something would go without saying.

    Citizens are named by stream and number (s1, s2, w1). The counters of the pools are counted
    anew, hour by hour, so all times must be whole hours.
    """
    rows = [filled(row) for row in parsed(text)]
    people = sorted({row["citizen"] for row in rows})
    rows.sort(key=lambda row: people.index(row["citizen"]))
    columns: dict[str, list[int]] = {
        "citizen": [people.index(row["citizen"]) for row in rows],
        "episode": [0] * len(rows),
        "request": list(range(len(rows))),
        "purpose": [Purpose[row["purpose"].upper()] for row in rows],
        "sought": [plan.pools.index(row["sought"]) for row in rows],
        "pool": [plan.pools.index(row["pool"]) for row in rows],
        "kind": [Kind.PLACE if "admitted" in row else Kind.NONE for row in rows],
        "place": [0 if "granted" in row else NOT_YET for row in rows],
        "outcome": [Outcome[row["outcome"].upper()] for row in rows],
    }
    for time in TIMES:
        columns[time] = [round(float(row[time]) * DAY) if time in row else NOT_YET for row in rows]
    lives = [next(r["lives"] for r in rows if r["citizen"] == name) for name in people]
    residence = [plan.municipalities.index(place) for place in lives]
    columns |= {
        "citizen_stream": [plan.streams.index(name[0]) for name in people],
        "citizen_nth": [int(name[1:]) for name in people],
        "citizen_group": [0] * len(people),
        "citizen_residence": residence,
        "citizen_payer": residence,
    }
    arrays = {name: np.array(column, dtype=np.int64) for name, column in columns.items()}
    over, empty = counters(arrays, plan)
    return Register(**arrays, counted_over=over, counted_empty=empty)


def counters(column: dict[str, Any], plan: Plan) -> tuple[Any, Any]:
    """Place-seconds over the norm and empty within it, by pool and period, hour by hour."""
    edges = np.array(periods(plan))
    over = np.zeros((len(plan.pools), len(edges) - 1), dtype=np.int64)
    empty = np.zeros_like(over)
    hours = np.arange(0, plan.end, HOUR)
    period = np.searchsorted(edges, hours, side="right") - 1
    for p in np.flatnonzero(~plan.always_unlimited).tolist():
        rows = np.flatnonzero((column["pool"] == p) & (column["granted"] != NOT_YET))
        start, stop = column["granted"][rows], column["left"][rows]
        assert not (start % HOUR).any()
        assert not (stop[stop != NOT_YET] % HOUR).any()
        stop = np.where(stop == NOT_YET, plan.end, stop)
        used = ((start <= hours[:, None]) & (hours[:, None] < stop)).sum(axis=1)
        norm = np.full(len(hours), plan.norm[p])
        for time, places in zip(
            plan.step_time[plan.step_pool == p], plan.step_norm[plan.step_pool == p], strict=True
        ):
            norm[hours >= time] = places
        gap = HOUR * (used - np.where(norm == UNLIMITED, 0, norm))
        np.add.at(over[p], period, np.maximum(gap, 0))
        np.add.at(empty[p], period, np.maximum(-gap, 0))
    return over, empty


class Values:
    """The measures of a register, by name."""

    def __init__(self, text: str, changes: dict[str, Any] | None = None) -> None:
        self.plan = plan_of(changes)
        self.register = register(text, self.plan)
        self.measured: Measured = measure(self.register, self.plan)
        table = frame("made", self.plan, [self.measured.cells])
        names = zip(*(table[name].astype(str) for name in COLUMNS), strict=True)
        cells = zip(table["value"], table["weight"], strict=True)
        self.cells = dict(zip(names, cells, strict=True))
        assert len(self.cells) == len(table), "a cell stands twice"

    def __call__(self, name: str, pool: str = "all", year: str = "all", of: str = "all") -> float:
        """The value of a measure; `of` is a municipality."""
        return self.cells[year, pool, "all", of, name][0]

    def sum(self, name: str, pool: str = "all", year: str = "all", of: str = "all") -> float:
        """Value x weight: what a measure per year amounts to in the window, for instance."""
        return math.prod(self.cells[year, pool, "all", of, name])

    def has(self, name: str, pool: str = "all", year: str = "all", of: str = "all") -> bool:
        """Whether there is such a cell."""
        return (year, pool, "all", of, name) in self.cells


def given(*expected: tuple[Any, ...]) -> list[Any]:
    """Parameters (measure, pool or other cell, value), named by their first two."""
    return [pytest.param(*case, id=" ".join(map(str, case[:-1]))) for case in expected]


# -- places -----------------------------------------------------------------------------------

STAYS = """
citizen lives pool admitted left
s1      near  ward 2        14
s2      far   ward 12       .
s3      near  ward 15       20
s4      near  ward 3        8
s5      near  ward 16       18
s6      near  ward 17       18
"""


def summarised(plan: Plan, measured: list[Measured]) -> dict[tuple[str, str], dict[str, Any]]:
    """The summary of some replications, by measure and pool (all municipalities)."""
    counts = count_table(plan.pools, [m.counts for m in measured])
    table = summarise(frame("made", plan, [m.cells for m in measured]), counts)
    table = table[table["municipality"] == "all"]
    return {(row["measure"], row["pool"]): row for row in table.to_dict("records")}


def test_occupied():
    """Window days: s1 4 (of 12), s2 18 (not ended), s3 5, s5 2, s6 1, s4 none: 30 in 20 days.

    By municipality: 18 in `far`, 12 in `near`.
    """
    values = Values(STAYS)
    assert values("occupied", "ward") == pytest.approx(30 / 20)
    assert values("occupied", "ward", of="far") == pytest.approx(18 / 20)
    assert values("occupied", "ward", of="near") == pytest.approx(12 / 20)


def test_nobody_from_a_municipality_is_a_zero():
    """Nobody of `far` is in ward_b or flex: 0 places, not a missing cell (means would be off)."""
    values = Values(STAYS)
    for pool in ("ward_b", "flex"):
        assert values("occupied", pool, of="far") == 0
        assert values("nights", pool, of="far") == 0


def test_occupied_by_day_and_over_time():
    """By day as by hand; time at 1, 2, 3, 4 places: 13, 5, 1, 1 days, so median 1, 95 % at 3.

    Day 10-11: 1, 12-13: 2, 14: 1, 15: 2, 16: 3, 17: 4, 18-19: 2, 20-29: 1. The time at or below
    2 places is 18 of 20 days (90 %), at or below 3 it is 95 %.
    """
    values = Values(STAYS)
    by_day = values.measured.days["occupied"][0, 10:]
    assert by_day.tolist() == [1, 1, 2, 2, 1, 2, 3, 4, 2, 2, *[1] * 10]
    table = summarised(values.plan, [values.measured])
    assert [table[f"occupied_{q}", "ward"]["mean"] for q in ("p05", "median", "p95")] == [1, 1, 3]


@pytest.mark.parametrize(
    ("admitted", "left", "nights"),
    given(
        ("12.25", "12.75", 0),  # within a day
        ("12.75", "13.25", 1),  # over midnight
        ("12.75", "15.25", 3),
        ("13", "14", 1),  # in at midnight, out at midnight: the first counts
        ("12.5", "12.5", 0),
        ("9.5", "10.5", 1),  # the midnight at which the window begins
        ("2", "9.75", 0),
        ("29.5", ".", 0),  # the midnight at which it ends belongs to the next
        ("2", ".", 20),
    ),
)
def test_nights(admitted, left, nights):
    """Midnights t with admitted <= t < left, in the window."""
    values = Values(f"citizen pool admitted left\ns1 ward {admitted} {left}")
    assert values.sum("nights", "ward") == pytest.approx(nights)
    assert values("nights", "ward") == pytest.approx(nights * YEAR / 20)


@pytest.mark.parametrize(
    ("later", "utilisation"),
    [
        ({}, 30 / 40),  # 2 places for 20 days
        ({"more": ("2024-01-21", 4)}, 30 / 60),  # 2 for 10 days, then 4
        ({"early": ("2024-01-06", 3)}, 30 / 60),  # before the window
        ({"cut": ("2024-01-16", 1)}, 30 / 25),  # nobody is evicted
        ({"none": ("2024-01-16", 0)}, 30 / 10),
        ({"free": ("2024-01-21", "unlimited")}, 20 / 20),  # only while there is a norm
    ],
)
def test_utilisation_with_a_dated_norm(later, utilisation):
    """Days occupied over place-days of the norm: 30 in the window, 20 of them before day 20."""
    steps = {name: {"from": day, "places": places} for name, (day, places) in later.items()}
    values = Values(STAYS, {"pools.ward.later": steps})
    assert values("utilisation", "ward") == pytest.approx(utilisation)
    assert not values.has("utilisation", "home")


@pytest.mark.parametrize(
    ("name", "value"),
    given(
        ("over_norm", 2 / 20),  # days 16 and 17
        ("over_norm_mean", (1 + 2) / 20),
        ("over_norm_peak", 2),
        ("full_share", 7 / 20),  # 12-13, 15-19
    ),
)
def test_above_the_norm(name, value):
    """Places in use against a norm of 2; see `test_occupied_by_day_and_over_time`."""
    assert Values(STAYS)(name, "ward") == pytest.approx(value)


def test_a_place_held_is_not_free():
    """s7 holds a place from 20 to 22: full for 2 days more, occupied as before."""
    held = STAYS.replace("admitted left", "granted admitted left").replace("ward ", "ward . ")
    values = Values(held + "s7 near ward 20 22 22\n")
    assert values("full_share", "ward") == pytest.approx(9 / 20)
    assert values("occupied", "ward") == pytest.approx(30 / 20)


# -- waits and stays --------------------------------------------------------------------------

REQUESTS = """
citizen purpose pool requested wanted ready granted admitted ended outcome
s1      need    flex 12        12     15    19      20       .     still_there
s2      goal    flex 12        16     14    16      16       .     still_there
s3      need    flex 20        20     22    .       .        .     still_waiting
s4      need    flex 12        12     12    .       .        17    gave_up
s5      need    flex 5         5      5     25      25       .     still_there
s6      need    flex 28        28     28    29      29       .     still_there
"""


@pytest.mark.parametrize(
    ("name", "value"),
    given(
        ("wait_assessment", (3 + 0 + 2 + 0 + 0) / 5),
        ("wait_place", (4 + 0 + 8 + 5 + 1) / 5),
        ("wait_transfer", (1 + 0 + 0) / 3),
        ("p_wait", 4 / 5),
        ("wait_over_1", 3 / 5),
        ("wait_over_7", 1 / 4),
        ("wait_over_14", 0 / 2),
        ("placed_within_24h", 2 / 5),
        ("queue", (4 + 8 + 5 + 15 + 1) / 20),
    ),
)
def test_waits(name, value):
    """The cohort are s1, s2, s3, s4 and s6; s5 asked before the window and only queues in it.

    Assessment: wanted to ready; s2 was ready before it was wanted. Place: ready and wanted until
    granted, given up (s4) or the end of the run (s3). Transfer: of those who moved in. Shares over
    k days are of those whose wait began more than k days before the end: all for 1 day (s6 waited
    just that long), s1 to s4 for 7, s1 and s4 for 14. Within 24 hours of wanting it: s2, s6. Queue:
    days waiting within the window.
    """
    assert Values(REQUESTS)(name, "flex") == pytest.approx(value)


def test_shares_need_follow_up():
    """No wait of the cohort can be followed for 30 days in a window of 20."""
    assert not Values(REQUESTS).has("wait_over_30", "flex")


def test_waits_that_do_not_count():
    """Not in the target group, turned away, withdrawn when asked: no waits, no queue, no cell."""
    values = Values("""
        citizen purpose pool requested ended outcome
        s1      need    flex 12        12    not_in_target_group
        s2      need    flex 12        12    turned_away_full
        s3      bridge  flex 12        12    withdrawn
    """)
    assert not values.has("wait_place", "flex")
    assert values("queue", "flex") == 0


def test_stay_by_littles_law():
    """Ward days in the window (s1 4, s2 18, s3 5) over stays begun in it (s2, s3).

    Treatment: s1 needed the place until 12 and s3 until 18, 2 days less each.
    """
    values = Values("""
        citizen pool admitted completed left
        s1      ward 2        12        14
        s2      ward 12       .         .
        s3      ward 15       18        20
    """)
    assert values("stay", "ward") == pytest.approx(27 / 2)
    assert values("treatment", "ward") == pytest.approx((2 + 18 + 3) / 2)
    assert values.sum("throughput", "ward") == pytest.approx(2)
    assert not values.has("stay", "flex")


# -- completed treatment ----------------------------------------------------------------------

COMPLETED = """
citizen lives purpose pool    requested ready granted admitted completed left
s1      near  need    ward    .         .     .       2        12        21
s1      near  goal    housing 12        15    20      21       .         .
s2      far   need    ward    .         .     .       2        8         14
s2      far   goal    housing 8         9     14      14       .         .
s3      near  need    ward    .         .     .       20       25        .
s3      near  goal    housing 25        none  .       .        .         .
s4      near  need    ward_b  .         .     .       20       26        .
s4      near  goal    housing 26        27    .       .        .         .
s5      near  need    ward    .         .     .       3        15        18
s5      near  goal    housing 15        16    .       .        .         .
s5      near  bridge  flex    15        15    18      18       .         .
s6      near  need    ward    .         .     .       1        11        11
"""


@pytest.mark.parametrize(
    ("name", "pool", "days"),
    given(
        ("completed_treatment_days_decision", "ward", 3 + 0 + 5 + 1),
        ("completed_treatment_days_place", "ward", 5 + 4 + 0 + 2),
        ("completed_treatment_days_transfer", "ward", 1),
        ("completed_treatment_days", "ward", 9 + 4 + 5 + 3),
        ("completed_treatment_days_decision", "ward_b", 1),
        ("completed_treatment_days_place", "ward_b", 3),
        ("completed_treatment_days_transfer", "ward_b", 0),
        ("completed_treatment_days", "ward_b", 4),
    ),
)
def test_completed_treatment_days(name, pool, days):
    """Ward days after completion, split by the phase of the goal request, in the window.

    s1: decision 12-15, place 15-20, transfer 20-21. s2 from day 10: place 10-14. s3: no decision
    yet, 25-30. s4 in ward_b: decision 26-27, place 27-30. s5: decision 15-16, place 16-18, then in
    a bridge. s6 leaves when completed.
    """
    values = Values(COMPLETED)
    assert values.sum(name, pool) == pytest.approx(days)
    assert values(name, pool) == pytest.approx(days * YEAR / 20)


def test_causes_add_up_exactly():
    """In whole seconds, whatever the times: decision + place + transfer = completed to left."""
    plan = plan_of()
    made = register(COMPLETED, plan)
    noise = np.random.default_rng(1).integers(0, HOUR, len(made.ready))
    jagged = {
        name: np.where(getattr(made, name) > 0, getattr(made, name) + noise, getattr(made, name))
        for name in ("completed", "ready", "granted", "left")
    }
    table = ledger(dataclasses.replace(made, **jagged), plan)
    causes = table[["decision", "place", "transfer"]].sum(axis=1).groupby(table["pool"]).sum()
    assert causes.index.tolist() == ["flex", "ward", "ward_b"]
    left = np.where(jagged["left"] == NOT_YET, plan.end, jagged["left"])
    for pool, seconds in causes.items():
        after = (made.pool == plan.pools.index(pool)) & (made.completed != NOT_YET)
        assert seconds == (left - jagged["completed"])[after].sum()
    assert (causes > 0).tolist() == [False, True, True]


def test_completed_treatment_shares():
    """21 of the ward's days: s1 11, s2 4, s3 10, s5 8, s6 1; and by municipality, all wards."""
    values = Values(COMPLETED)
    assert values("completed_treatment_share", "ward") == pytest.approx(21 / 34)
    assert values("blocked_beds", "ward") == pytest.approx(21 / 20)
    assert values.sum("completed_treatment_days", of="far") == pytest.approx(4)
    assert values.sum("completed_treatment_days", of="near") == pytest.approx(17 + 4)
    assert not values.has("completed_treatment_days", "flex")


AWAITING = """
citizen purpose pool    requested ready granted admitted completed left
s1      need    ward    .         .     .       2        12        20
s1      goal    housing 12        14    27      28       .         .
s1      bridge  shelter 12        20    20      20       .         24
s1      bridge  flex    24        24    24      24       26        27
s1      need    home    .         .     .       27       .         28
"""
EMPTIED = """
citizen purpose pool    requested ready granted admitted completed left
s1      need    ward    .         .     .       2        12        12
s1      goal    housing 12        14    28      28       .         .
s1      bridge  shelter 12        12    12      12       .         28
"""


@pytest.mark.parametrize(
    ("text", "where", "days"),
    [
        (AWAITING, "ward", 8),
        (AWAITING, "shelter", 4),
        (AWAITING, "flexible", 3),
        (AWAITING, "home", 1),
        (AWAITING, "housing", 0),
        (EMPTIED, "ward", 0),
        (EMPTIED, "shelter", 16),
        (EMPTIED, "flexible", 0),
    ],
)
def test_days_awaiting_right_offer(text, where, days):
    """From completed treatment on day 12 to the housing on day 28, by where the days were spent.

    A ward emptied into a shelter has no completed-treatment days, but as many days are awaited.
    """
    values = Values(text)
    assert values.sum(f"days_awaiting_right_offer_{where}") == pytest.approx(days)
    assert values.sum("days_awaiting_right_offer") == pytest.approx(16)


def test_days_before_completion_are_not_awaited():
    """An early search (10) does not make the days before completion (15) days of waiting.

    Neither in the ward nor in a flexible place that was not itself a bridge: 5 days each, to 20.
    """
    values = Values("""
        citizen purpose pool    requested wanted ready admitted completed left
        s1      need    ward    .         .      .     2        15        20
        s1      goal    housing 10        15     15    20       .         .
        s2      need    flex    .         .      .     2        15        20
        s2      goal    housing 10        15     15    20       .         .
    """)
    assert values.sum("days_awaiting_right_offer_ward") == pytest.approx(5)
    assert values.sum("days_awaiting_right_offer_flexible") == pytest.approx(5)


def test_a_goal_given_up_is_not_awaited():
    """s1 gives up the goal on day 18: 6 days; s2 still waits at the end: 30 - 25."""
    values = Values("""
        citizen purpose pool    requested admitted completed left ended outcome
        s1      need    ward    2         2        12        18   .     went_home
        s1      goal    housing 12        .        .         .    18    gave_up
        s1      goal    home    18        18       .         .    .     still_there
        s2      need    ward    2         2        25        .    .     still_there
        s2      goal    housing 25        .        .         .    .     still_waiting
    """)
    assert values.sum("days_awaiting_right_offer") == pytest.approx(6 + 5)
    assert values("days_awaiting_right_offer_home") == 0


# -- flow -------------------------------------------------------------------------------------


def test_transfers():
    """Admitted to another ward than first sought: s1.

    Not s2 (sought it), s3 (a goal), s4 (not a ward), s5 (before the window).
    """
    values = Values("""
        citizen purpose sought pool   admitted
        s1      need    ward   ward_b 12
        s2      need    ward_b ward_b 12
        s3      goal    ward   ward_b 12
        s4      need    ward   flex   12
        s5      need    ward   ward_b 5
    """)
    assert values.sum("transfers", "ward_b") == pytest.approx(1)
    assert values("transfers", "ward") == 0
    assert not values.has("transfers", "flex")


@pytest.mark.parametrize("name", ["turned_away", "gave_up", "declined", "not_in_target_group"])
def test_lost_requests(name):
    """One of five requests of the window ends each way; one withdrawn at once is none.

    Counted at the pool first sought; the request of day 5 is before the window.
    """
    values = Values("""
        citizen purpose sought pool   requested admitted ended outcome
        s1      need    flex   flex   12        .        12    turned_away_full
        s2      need    flex   flex   12        .        13    gave_up
        s3      need    flex   flex   12        .        12    declined
        s4      need    flex   flex   12        .        12    not_in_target_group
        s5      need    flex   ward   12        12       .     still_there
        s6      bridge  flex   flex   12        .        12    withdrawn
        s7      need    flex   flex   5         .        5     turned_away_full
    """)
    assert values.sum(name, "flex") == pytest.approx(1)
    assert values(name, "flex") == pytest.approx(YEAR / 20)
    assert values(f"{name}_share", "flex") == pytest.approx(1 / 5)
    assert not values.has(f"{name}_share", "ward")


BACK = """
citizen purpose pool    requested admitted left
s1      need    ward    2         2        20
s1      need    ward    45        45       .
s2      need    ward    2         2        20
s2      need    ward_b  55        .        .
s3      need    ward    2         2        85
s3      need    ward    86        86       .
s4      need    ward    2         2        15
s4      need    shelter 16        16       .
s5      need    ward    2         2        8
s5      need    ward    9         9        .
"""


@pytest.mark.parametrize(("days", "share"), [(30, 1 / 3), (90, 2 / 3), (365, None)])
def test_readmission(days, share):
    """Window day 10 to 110. s1 is back after 25 days, s2 asks again (and waits) after 35.

    s4 asks for a shelter, which is no readmission. The discharge of s3 is followed for 25 days only
    and that of s5 came before the window. No discharge is followed for a year.
    """
    values = Values(BACK, {"run.days": 100})
    if share is None:
        assert not values.has(f"readmission_{days}", "ward")
    else:
        assert values(f"readmission_{days}", "ward") == pytest.approx(share)
    assert not values.has("readmission_30", "shelter")


def test_share_from_wards():
    """Stays begun in flex: s1 from the ward, w1 from a ward outside the model.

    Not s2 and s4, who came from home, nor s3, who was at home after the ward.
    """
    values = Values("""
        citizen purpose pool admitted left
        s1      need    ward 2        12
        s1      bridge  flex 12       13
        w1      need    flex 14       15
        s2      need    flex 16       17
        s4      need    flex 18       19
        s3      need    ward 2        18
        s3      goal    home 18       19
        s3      need    flex 19       20
    """)
    assert values("share_from_wards", "flex") == pytest.approx(2 / 5)
    assert values("share_from_wards", "home") == pytest.approx(1)


# -- periods ----------------------------------------------------------------------------------

TWO_YEARS = {"run.days": 800}
LONG = """
citizen pool admitted left
s1      flex 20       30
s1      flex 40       50
s2      flex 370      380
s3      flex 400      410
s4      flex 401      402
s5      flex 750      760
"""


def test_years_and_the_whole_window():
    """Year 1 is day 10 to 375, year 2 to 740; the 70 days after that count in the window only.

    Days: year 1 10 + 10 + 5, year 2 5 + 10 + 1, all 51 with s5's 10 over 800.
    Stays begun: 3 and 2, in all 6. Citizens: 2 (s1 once) and 3; their mean a year is 2.5.
    """
    values = Values(LONG, TWO_YEARS)
    assert values("occupied", "flex", "1") == pytest.approx(25 / 365)
    assert values("occupied", "flex", "2") == pytest.approx(16 / 365)
    assert values("occupied", "flex") == pytest.approx(51 / 800)
    assert values("throughput", "flex", "1") == pytest.approx(3)
    assert values("throughput", "flex") == pytest.approx(6 * 365 / 800)
    assert [values("citizens", "flex", year) for year in ("1", "2", "all")] == [2, 3, 2.5]
    assert not values.has("occupied", "flex", "3")


def test_peak_of_a_year():
    """Above the norm of 1 in year 2 only (s3 and s4 on day 401): the typical year's peak is 1/2."""
    values = Values(LONG, TWO_YEARS)
    peaks = [values("over_norm_peak", "flex", year) for year in ("1", "2", "all")]
    assert peaks == [0, 1, 0.5]
    assert values("over_norm", "flex") == pytest.approx(1 / 800)


def test_weights():
    """Means carry their counts, rates their years, time averages their seconds: sums add up."""
    cells = Values(LONG, TWO_YEARS).cells
    weight = {name[4]: weight for name, (_, weight) in cells.items() if name[:2] == ("all", "flex")}
    assert weight["stay"] == weight["share_from_wards"] == weight["wait_place"] == 6
    assert weight["throughput"] == pytest.approx(800 / 365)
    assert weight["citizens"] == 2
    assert weight["occupied"] == 800 * DAY
    assert weight["utilisation"] == pytest.approx(800)


def test_no_weight_no_row():
    """Without any stay there is no mean stay and no share; counts and time averages are 0."""
    values = Values("citizen pool admitted left\ns1 ward 2 3")
    for absent in ("stay", "wait_place", "share_from_wards", "turned_away_share", "citizens"):
        assert not values.has(absent, "flex")
    for zero in ("occupied", "throughput", "queue", "utilisation", "gave_up"):
        assert values(zero, "flex") == 0


# -- the ledger -------------------------------------------------------------------------------

LEDGER = """
citizen purpose pool    requested ready granted admitted completed left
s1      need    ward    2         2     2       2        18        22
s1      goal    housing 18        19    21      22       .         .
s2      need    ward    15        15    15      15       .         20
s3      need    ward    14        14    14      16       20        20
"""


def test_ledger_by_hand():
    """The ward's 2 places, 40 place-days, and 5 over the norm: s1, s2 and s3 from 15 to 20.

    Needed 17: s1 8 (to 18), s2 5, s3 4. s1 awaits a decision 18-19, a place 19-21, the move 21-22.
    Held: s3 14-16. Empty: 1 place 10-14, 1 place 20-22, 2 places 22-30.
    """
    plan = plan_of()
    table = ledger(register(LEDGER, plan), plan).set_index(["pool", "period"])
    days = table.loc[("ward", 1)] / DAY
    assert days.to_dict() == {
        **{"needed": 17, "decision": 1, "place": 2, "transfer": 1, "held": 2},
        **{"empty": 4 + 2 + 16, "closed": 0, "norm": 40, "over": 5},
    }


def later(*columns: str) -> Callable[[Register, int], Register]:
    """An error that puts times of one row an hour later."""

    def wrong(right: Register, row: int) -> Register:
        times = {name: getattr(right, name).copy() for name in columns}
        for name in columns:
            times[name][row] += HOUR
        return dataclasses.replace(right, **times)

    return wrong


def in_another_pool(right: Register, row: int) -> Register:
    """An error that writes a stay under another pool."""
    pool = right.pool.copy()
    pool[row] = 1 - pool[row]
    return dataclasses.replace(right, pool=pool)


def dropped(right: Register, row: int) -> Register:
    """An error that forgets one row, as if it had never been admitted."""
    never = {}
    for name in ("granted", "admitted", "completed", "left"):
        never[name] = getattr(right, name).copy()
        never[name][row] = NOT_YET
    return dataclasses.replace(right, **never)


def miscounted(right: Register, row: int) -> Register:
    """An error of a second in the pool's counter."""
    empty = right.counted_empty.copy()
    empty[right.pool[row], 1] -= 1
    return dataclasses.replace(right, counted_empty=empty)


@pytest.mark.parametrize(
    "wrong", [later("granted", "admitted"), later("left"), in_another_pool, dropped, miscounted]
)
def test_ledger_finds_an_error(wrong):
    """An error in one row of a simulated register stops the run, with the pool and the period."""
    plan = plan_of({"run.days": 200, "streams.s.rate_per_year": 100})
    right = simulate(plan, 1, 0, "simpy")
    measure(right, plan)
    in_wards = (right.pool < 2) & (right.admitted > 20 * DAY)
    at = (right.completed > right.admitted + DAY) & (right.left == right.completed)
    row = int(np.flatnonzero(in_wards & at)[5])
    with pytest.raises(RunError, match=r"ledger of pool ward\w* does not balance in period 1"):
        measure(wrong(right, row), plan)


# -- the summary ------------------------------------------------------------------------------

T_3 = 4.302652729911275  # Student's t, 2 degrees of freedom, 97.5 %


Cells = tuple[tuple[str, str, float, float], ...]


def tidy(*cells: tuple[str, str, float, float]) -> Cells:
    """A replication with cells (measure, year, numerator, weight) of one pool."""
    return cells


def summary(replications: list[Cells], counts: pd.DataFrame | None = None) -> pd.DataFrame:
    """Their summary by measure."""
    rows = [
        (n, year, name, numerator / weight, weight)
        for n, cells in enumerate(replications)
        for name, year, numerator, weight in cells
        if weight > 0
    ]
    measures = pd.DataFrame(rows, columns=["replication", "year", "measure", "value", "weight"])
    measures = measures.assign(pool="ward", group="all", municipality="all")
    none = pd.DataFrame(columns=["pool", "measure", "level", "over", "open", "block"])
    return summarise(measures, none if counts is None else counts).set_index("measure")


def test_mean_is_a_ratio_of_sums():
    """(20 + 60 + 10) / (10 + 20 + 5) = 18/7, not the mean of 2, 3 and 2.

    Without one replication each: 70/25 = 2.8, 30/15 = 2, 80/30 = 8/3; mean m = 2.488889, squares
    around it .096790, .239012, .031605, sum s = .367407. Interval: 18/7 -+ t sqrt(2/3 s).
    """
    made = [tidy(("stay", "all", top, below)) for top, below in ((20, 10), (60, 20), (10, 5))]
    row = summary(made).loc["stay"]
    half = T_3 * math.sqrt(2 / 3 * 0.36740741)
    assert row["mean"] == pytest.approx(18 / 7)
    assert row["low"] == pytest.approx(18 / 7 - half, rel=1e-6)
    assert row["high"] == pytest.approx(18 / 7 + half, rel=1e-6)
    assert (row["n"], row["unit"]) == (3, "days")


def test_interval_of_a_plain_mean():
    """With equal weights the jackknife interval is Student's t interval."""
    values = np.array([9.0, 12.0, 10.0, 17.0, 11.0])
    row = summary([tidy(("occupied", "all", 20 * v, 20)) for v in values]).loc["occupied"]
    low, high = stats.t.interval(0.95, 4, values.mean(), stats.sem(values))
    assert (row["mean"], row["low"], row["high"]) == pytest.approx((values.mean(), low, high))


def test_replications_without_weight():
    """A replication without a single stay has no mean stay: it is left out, and not counted."""
    made = [tidy(("stay", "all", 20, 10)), tidy(("stay", "all", 0, 0)), tidy(("stay", "all", 6, 2))]
    row = summary(made).loc["stay"]
    assert row["mean"] == pytest.approx(26 / 12)
    assert row["n"] == 2


def test_range_of_a_single_year():
    """5 and 95 % of the years of all replications: of 1 to 21, that is 2 and 20."""
    years = np.arange(1.0, 22.0).reshape(3, 7)
    made = [
        tidy(
            ("nights", "all", values.sum(), 7),
            *(("nights", str(n), v, 1.0) for n, v in enumerate(values.tolist(), start=1)),
        )
        for values in years
    ]
    row = summary(made).loc["nights"]
    assert row["mean"] == pytest.approx(11)
    assert (row["year_low"], row["year_high"]) == pytest.approx((2, 20))


def test_one_replication_gives_no_interval():
    row = summary([tidy(("nights", "all", 14, 2), ("nights", "1", 6, 1), ("nights", "2", 8, 1))])
    assert row.loc["nights", ["low", "high"]].isna().all()
    assert row.loc["nights", ["year_low", "year_high"]].tolist() == pytest.approx([6.1, 7.9])


def test_no_whole_year_gives_no_range():
    row = summary([tidy(("nights", "all", v, 0.5)) for v in (1, 2)]).loc["nights"]
    assert np.isnan([row["year_low"], row["year_high"]]).all()
    assert row["low"] < row["mean"] < row["high"]


def test_intervals_end_where_measures_end():
    """No measure is negative, no share above 1; the use of places may be."""
    names = ("full_share", "utilisation", "queue")
    rows = summary([tidy(*((name, "all", v, 1) for name in names)) for v in (0.0, 1.0, 1.0)])
    assert (rows["low"] == 0).all()
    assert rows["high"].round(2).to_dict() == {"full_share": 1, "utilisation": 2.1, "queue": 2.1}


def hours(block: int, *levels: tuple[int, int, int]) -> pd.DataFrame:
    """Stays counted by hour: (hours, ended, not ended)."""
    table = pd.DataFrame(levels, columns=["level", "over", "open"])
    return table.assign(pool="ward", measure="stay", block=block)


def test_quantiles_with_unfinished_stays():
    """Stays of 1, 2+, 2+, 3, 3 and 4+ days (+: not ended).

    Going on after day 1: 5/6; three are followed to day 3, where two end: 5/6 x 1/3 = 5/18. So half
    are over on day 3, and 90 % are never known to be.
    """
    counts = hours(0, (24, 1, 0), (48, 0, 2), (72, 2, 0), (96, 0, 1))
    rows = summary([tidy(("stay", "all", 1, 1))], counts)
    assert rows.loc["stay_median", "mean"] == 3
    assert "stay_p90" not in rows.index


def test_quantiles_are_of_pooled_citizens():
    """Ten stays of 1 day and two of 9 are 1 day in the median, whatever block they are in.

    The jackknife leaves out one block at a time: medians 1 and 9 with two blocks.
    """
    counts = pd.concat([hours(0, (24, 10, 0)), hours(1, (216, 2, 0))])
    rows = summary([tidy(("stay", "all", 1, 1))] * 2, counts)
    assert rows.loc["stay_median", "mean"] == 1
    assert rows.loc["stay_p90", "mean"] == 9
    half = stats.t.ppf(0.975, 1) * math.sqrt(1 / 2 * 32)
    assert rows.loc["stay_median", "high"] == pytest.approx(1 + half)
    assert rows.loc["stay_median", "low"] == 0


def test_counts_of_a_register():
    """Waits of the cohort in `test_waits`: 0, 1, 4, 5 (given up) and 8 days so far (s3).

    Waiting on: 4/5 after 0, 3/5 after 1, 2/5 after 4, so the median is 4; 1/5 after 5, and s3 was
    not followed long enough to say more.
    """
    values = Values(REQUESTS)
    table = summarised(values.plan, [values.measured])
    assert table["wait_place_median", "flex"]["mean"] == 4
    assert ("wait_place_p90", "flex") not in table


# -- evidence, coverage, growth ---------------------------------------------------------------

TARGET = {"title": "t", "measure": "stay", "pool": "ward", "unit": "days", "source": "made up"}


@pytest.mark.parametrize(
    ("target", "year", "verdict"),
    [
        ({"published": 12, "role": "independent"}, (10, 13), "agrees"),
        ({"published": 14, "role": "independent"}, (10, 13), "differs"),
        ({"published": 9, "role": "independent"}, (10, 13), "differs"),
        ({"published": 8, "published_high": 10, "role": "independent"}, (10, 13), "agrees"),
        ({"published": 14, "published_high": 20, "role": "independent"}, (10, 13), "differs"),
        ({"published": 12, "role": "input"}, (10, 13), ""),
        ({"published": 14, "role": "fitted"}, (10, 13), ""),
        ({"published": 11.4, "role": "independent"}, (math.nan, math.nan), "agrees"),
        ({"published": 12, "role": "independent"}, (math.nan, math.nan), "differs"),
        ({"published": 12, "role": "independent", "measure": "queue"}, (10, 13), ""),
    ],
)
def test_verdict(target, year, verdict):
    """Only an independent figure is judged: by what a year may show, else by the 95 % interval.

    The simulated mean is 11 with the interval 10.5 to 11.5.
    """
    rows = pd.DataFrame(
        [
            {
                "pool": "ward",
                "group": "all",
                "municipality": "all",
                "measure": "stay",
                "mean": 11.0,
                "low": 10.5,
                "high": 11.5,
                "year_low": year[0],
                "year_high": year[1],
            }
        ]
    )
    (row,) = evidence(load(network({"targets.t": TARGET | target})), rows).to_dict("records")
    assert row["verdict"] == verdict
    assert row["role"] == target["role"]
    assert row.get("simulated", 11.0) in (11.0, None) or math.isnan(row["simulated"])


def test_coverage():
    """10 needs a year with traits x (1/4) or y (3/4), a quarter of them near; 30 a year all near.

    flex takes in y, and those who have no such trait; ward_b takes in the near.
    """
    plan = plan_of(
        {
            "groups.mixed": {"traits": {"t": {"x": 0.25, "y": 0.75}}},
            "streams.s.group": "mixed",
            "streams.w.rate_per_year": 30,
            "streams.w.residence": {"near": 1.0},
            "pools.flex.admits": {"traits": {"t": {"x": "refused"}}},
            "pools.ward_b.admits": {"residence": {"near": "admitted", "others": "refused"}},
            "pools.home.admits": {
                "residence": {"near": "refused"},
                "traits": {"t": {"x": "refused"}},
            },
        }
    )
    share = coverage(plan).set_index("pool")["share"]
    assert share["ward"] == pytest.approx(1)
    assert share["flex"] == pytest.approx((10 * 0.75 + 30) / 40)
    assert share["ward_b"] == pytest.approx((10 * 0.25 + 30) / 40)
    assert share["home"] == pytest.approx(10 * 0.75 * 0.75 / 40)


def grown(growth: list[float], days: int, fills: float = 0.0) -> Any:
    """Replications in which the ward's list grows by so many a year, and fills at first."""
    plan = plan_of({"run.days": days, "run.warm_up_days": 10})
    day = np.arange(10 + days)
    listed = np.outer(growth, day / 365) - fills * np.exp(-day / 60)
    length = {300: 150, 1825: 730}[days]  # half the window, of whole years if there are any
    waiting = np.zeros((len(growth), 2, len(plan.pools)))
    halves = listed[:, -2 * length :].reshape(len(growth), 2, length)
    waiting[:, :, plan.pools.index("ward")] = halves.mean(axis=2)
    return plan, waiting


@pytest.mark.parametrize(
    ("growth", "warned"),
    [
        ([9, 10, 11, 10], True),
        ([0, 0, 0, 1], False),  # less than one a year
        ([9, -3, 6, 4], False),  # not more than chance
        ([-9, -10, -11, -10], False),
        ([10], False),  # one replication tells nothing about chance
    ],
)
@pytest.mark.parametrize("days", [300, 1825])
def test_growth_warning(growth, warned, days):
    """A list that grows by more than one a year, and by more than chance."""
    lines = growth_warnings(*grown(growth, days))
    said = [re.findall(r"list of (\w+) still grows by about (\d+)", line) for line in lines]
    assert said == ([[("ward", "10")]] if warned else [])


def test_a_list_that_has_yet_to_fill_is_not_growth():
    """It fills by 20 in the first months; the end of the run is level."""
    assert growth_warnings(*grown([0.0, 0.01, 0.0, -0.01], 1825, fills=20)) == []


def test_waiting_by_day():
    """The list of the example day by day adds up to the mean list of the window."""
    values = Values(REQUESTS)
    for name, by_day in zip(values.plan.pools, values.measured.days["waiting"], strict=True):
        assert by_day[10:].mean() == pytest.approx(values("queue", name)), name
    assert values.measured.days["waiting"].max() > 0


# -- textbook systems, from end to end --------------------------------------------------------

#: The chance that right code fails any of these comparisons with a random seed.
ERROR_RATE = 0.001


def erlang_b(servers: int, load: float) -> float:
    """Share turned away in M/M/c/c (Erlang 1917)."""
    blocked = 1.0
    for n in range(1, servers + 1):
        blocked = load * blocked / (n + load * blocked)
    return blocked


def erlang_c(servers: int, load: float) -> float:
    """Share that waits in M/M/c."""
    blocked = erlang_b(servers, load)
    return blocked / (1 - load / servers * (1 - blocked))


def waiting_system(servers: int, load: float, mean: float) -> dict[str, float]:
    """M/M/c, mean stay in days; the wait is a mixture of 0 and an exponential."""
    p_wait = erlang_c(servers, load)
    drain = (servers - load) / mean  # a day
    beyond = {f"wait_over_{k}": p_wait * math.exp(-drain * k) for k in (1, 7)}
    return {
        "p_wait": p_wait,
        "full_share": p_wait,
        "wait_place": p_wait / drain,
        "queue": p_wait / drain * load / mean,
        "occupied": load,
        "utilisation": load / servers,
        "stay": mean,
        "throughput": load / mean * YEAR,
        "placed_within_24h": 1 - beyond["wait_over_1"],
        "turned_away_share": 0.0,
        **beyond,
    }


def loss_system(servers: int, load: float, mean: float) -> dict[str, float]:
    """M/M/c/c, mean stay in days."""
    blocked = erlang_b(servers, load)
    return {
        "turned_away_share": blocked,
        "turned_away": load / mean * YEAR * blocked,
        "full_share": blocked,
        "occupied": load * (1 - blocked),
        "throughput": load / mean * YEAR * (1 - blocked),
        "wait_place": 0.0,
        "queue": 0.0,
    }


def unlimited_system(load: float, mean: float) -> dict[str, float]:
    """M/G/infinity: the number present is Poisson."""
    present = stats.poisson(load)
    return {
        "occupied": load,
        "stay": mean,
        "p_wait": 0.0,
        "occupied_median": float(present.median()),
        "occupied_p05": float(present.ppf(0.05)),
        "occupied_p95": float(present.ppf(0.95)),
    }


SYSTEMS = {
    "textbook/a4_waiting": waiting_system(8, 6.0, 14.0),
    "textbook/b1_unlimited": unlimited_system(6.0, 12.0),
    "textbook/c1_turned_away": loss_system(8, 7.0, 14.0),
}
COMPARED = sum(len(expected) for expected in SYSTEMS.values())


@pytest.mark.parametrize("name", SYSTEMS)
def test_textbook(name):
    """Every measure within its interval, widened to the error rate shared by all comparisons.

    What is certain (0, or a quantile that no chance moves) must come out exactly. The intervals
    must be narrow enough to say something: a quarter of the value.
    """
    changes = ["run.warm_up_days=400", "run.days=4000", "run.replications=16", "run.workers=1"]
    result = fs.run(load(name, changes))
    found = result.summary().set_index("measure")
    widen = stats.t.isf(ERROR_RATE / COMPARED / 2, 15) / stats.t.isf(0.025, 15)
    for measure_name, exact in SYSTEMS[name].items():
        row = found.loc[measure_name]
        half = row["high"] - row["mean"]
        assert abs(row["mean"] - exact) <= widen * half + 1e-12, (measure_name, exact, row)
        assert half <= exact / 4, (measure_name, half)
