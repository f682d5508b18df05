"""Admissions and bed-days before and after a course began: counted again by hand."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import flexsim as fs
from flexsim.errors import ScenarioError
from flexsim.measures.before_after import before_after, courses
from flexsim.register import Kind, Outcome

DAY = 86_400
DAYS = 90


def scenario(**team: Any) -> fs.Scenario:
    """People come back to a ward; a team enrols those admitted twice in sixty days."""
    delay = {"law": "exponential", "mean_days": 40}
    return fs.load(
        {
            "run": {"start": "2024-01-01", "warm_up_days": 0, "days": 900, "replications": 3},
            "groups": {"adults": {}},
            "pools": {
                "ward": {
                    "kind": "ward",
                    "places": "unlimited",
                    "stay": {"law": "exponential", "mean_days": 8},
                    "onward": {"home": 1.0},
                },
                "home": {
                    "kind": "community",
                    "places": "unlimited",
                    "relapse": {"share": 0.7, "delay": delay, "search": "ward"},
                },
                "team": {
                    "kind": "team",
                    "places": "unlimited",
                    "admits": {"history": {"admissions": 2, "within_days": 60}},
                    "enrols": {"on_leaving": ["ward"]},
                    "stay": {"law": "fixed", "mean_days": 180},
                }
                | team,
            },
            "searches": {
                "ward": {"pools": ["ward"], "otherwise": "home"},
                "home": {"pools": ["home"], "otherwise": "leave"},
            },
            "goals": {"home": {"search": "home"}},
            "streams": {
                "s": {"group": "adults", "origin": "home", "rate_per_year": 200, "search": "ward"}
            },
        }
    )


def by_hand(result: fs.Result, replication: int) -> pd.DataFrame:
    """One citizen and one stay after the other."""
    register = result.simulated(replication)
    end, span = result.plan.end, DAYS * DAY
    found = []
    for citizen in range(len(register.citizen_stream)):
        mine = np.flatnonzero(register.citizen == citizen)
        begun = [int(register.admitted[i]) for i in mine if register.kind[i] == Kind.TEAM]
        if not begun or min(begun) < span or min(begun) + span > end:
            continue
        start, row = min(begun), [0, 0, 0.0, 0.0]
        for i in mine:
            if result.plan.pools[register.pool[i]] != "ward" or register.admitted[i] < 0:
                continue
            came = int(register.admitted[i])
            went = int(register.left[i]) if register.left[i] >= 0 else end
            row[0] += start - span <= came < start
            row[1] += start <= came < start + span
            row[2] += max(0, min(went, start) - max(came, start - span)) / DAY
            row[3] += max(0, min(went, start + span) - max(came, start)) / DAY
        found.append(row)
    columns = ["admissions_before", "admissions_after", "bed_days_before", "bed_days_after"]
    return pd.DataFrame(found, columns=columns)


def test_each_citizen_by_hand():
    """Admissions are equal, bed-days to within rounding."""
    result = fs.run(scenario(), engine="simpy")
    team = result.plan.pools.index("team")
    for replication in range(2):
        expected = by_hand(result, replication)
        found = courses(result.simulated(replication), result.plan, team, DAYS)
        assert len(expected) > 50
        pd.testing.assert_frame_equal(found, expected, check_dtype=False)


def test_means_over_all_citizens():
    """Pooled over replications, which may differ in their number of citizens."""
    one = pd.DataFrame(
        [[3, 1, 20.0, 5.0], [2, 2, 9.0, 9.0]],
        columns=["admissions_before", "admissions_after", "bed_days_before", "bed_days_after"],
    )
    table = before_after([one, one.iloc[:1]]).set_index("measure")["mean"]
    assert table.to_dict() == pytest.approx(
        {
            "citizens": 1.5,
            "admissions_before": 8 / 3,
            "admissions_after": 4 / 3,
            "bed_days_before": 49 / 3,
            "bed_days_after": 19 / 3,
            "fewer_admissions": 2 / 3,
        }
    )


def test_a_team_without_effect_shows_one():
    """Most have fewer admissions after than before with a neutral team; a ratio adds to it."""
    neutral = fs.run(scenario(), engine="simpy").before_after("team", DAYS)
    strong = fs.run(scenario(relapse_ratio=0.1), engine="simpy").before_after("team", DAYS)
    share = [table.set_index("measure")["mean"]["fewer_admissions"] for table in (neutral, strong)]
    assert 0.5 < share[0] < share[1] <= 1
    assert (neutral["low"] <= neutral["mean"]).all() and (neutral["mean"] <= neutral["high"]).all()


def test_a_pool_that_is_no_team_is_refused():
    """The message names the teams."""
    result = fs.run(scenario(), replications=1, engine="simpy")
    with pytest.raises(ScenarioError, match="no team 'ward'; there are: team"):
        result.before_after("ward")
    assert (result.simulated(0).outcome == Outcome.COURSE_ENDED).any()
