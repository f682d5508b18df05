"""Networks on which every planted fault shows: a town with all of the design, and a small copy."""

from __future__ import annotations

from typing import Any

from networks import START, Network, law_of

HALF = {"b": 0.5, "a": 0.5}


def stream(group: str, rate: float, search: str, **more: Any) -> dict[str, Any]:
    """Citizens of a group, so many a year."""
    return {"group": group, "origin": "home", "rate_per_year": rate, "search": search} | more


def relapse(days: int, search: str, share: float = 1.0) -> dict[str, Any]:
    """A new need after an exponential time."""
    delay = {"law": "exponential", "mean_days": days}
    return {"relapse": {"share": share, "delay": delay, "search": search}}


POOLS: dict[str, Any] = {
    "north": {
        "kind": "ward",
        "places": 3,
        "surge": 1,
        "later": {"more": {"from": "2024-02-01", "places": 4}},
        "reserve": 1,
        "stay": {"law": "gamma", "mean_days": 6, "cv": 0.7},
        "onward": {"home": 0.4, "housing": 0.4, "training": 0.2},
        "early_assessment": {"share": 0.5, "after_days": 2},
    },
    "south": {
        "kind": "ward",
        "places": 2,
        "surge": 1,
        "priority_by_group": {"b": 0},
        "stay": {"law": "empirical", "observed_days": [2, 3, 5, 8]},
        "onward": {"housing": 0.7, "leave": 0.3},
    },
    "flex": {
        "kind": "flexible",
        "places": 3,
        "moves_on": "at_once",
        "intake": {"sat": "closed", "sun": "closed"},
        "move_in": law_of(1),
        "stay": {"law": "empirical", "observed_days": [4, 9, 20]},
        "onward": {"training": 0.5, "home": 0.5},
        "limit": {
            "days": 12,
            "then": "leave",
            "otherwise": "home",
            "extension": {"share": 0.5, "by": law_of(5)},
        },
        **relapse(15, "return", 0.8),
    },
    "school": {
        "kind": "flexible",
        "places": 2,
        "queue_limit": 2,
        "assessment": law_of(3),
        "stay": law_of(14),
        "onward": {"leave": 1.0},
        "limit": {"days": 10, "then": "stay", "otherwise": "home"},
        **relapse(10, "return", 0.5),
    },
    "housing": {
        "kind": "housing",
        "places": 3,
        "assessment": {"law": "uniform", "low_days": 0, "high_days": 4},
        "move_in": law_of(4),
        "stay": {"law": "lognormal", "mean_days": 30, "cv": 1.0},
        "onward": {"home": 1.0},
        **relapse(20, "acute", 0.5),
    },
    "home": {"kind": "community", "places": "unlimited", **relapse(30, "acute", 0.6)},
}

TEAMS: dict[str, Any] = {
    "team": {
        "kind": "team",
        "places": 6,
        "assessment": law_of(2),
        "stay": law_of(25),
        "patience": law_of(20),
        "enrols": {"on_leaving": ["north", "flex"], "share": 0.9},
        "relapse_ratio": 0.5,
    },
    "frequent_users": {
        "kind": "team",
        "places": "unlimited",
        "admits": {"history": {"admissions": 2, "within_days": 60}},
        "stay": {"law": "exponential", "mean_days": 40},
        "enrols": {"on_entering": ["home", "north"]},
        "relapse_ratio": 1.5,
    },
}

SEARCHES: dict[str, Any] = {
    "acute": {"pools": ["north", "south"], "otherwise": "home", "patience": law_of(9)},
    "return": {"pools": ["south", "north"], "otherwise": "here", "patience": law_of(5)},
    "bridge": {"pools": ["flex"], "otherwise": "here", "patience": law_of(8)},
    "training": {"pools": ["school", "flex"], "otherwise": "home", "when_full": "wait_first"},
    "housing": {
        "pools": ["housing", "school"],
        "otherwise": "home",
        "patience": {"law": "exponential", "mean_days": 12},
    },
    "home": {"pools": ["home"], "otherwise": "leave"},
}

TOWN: dict[str, Any] = {
    "groups": {"a": {}, "b": {}},
    "pools": POOLS,
    "searches": SEARCHES,
    "goals": {
        "home": {"search": "home"},
        "housing": {"search": "housing", "decision": law_of(3), "bridge": "bridge"},
        "training": {"search": "training", "bridge": "bridge", "priority": 0},
    },
    "streams": {
        "many": stream("a", 130.0, "acute"),
        "few": stream("b", 40.0, "acute", urgency="urgent"),
        "pupils": stream("b", 30.0, "training"),
    },
    "run": {"start": START.isoformat(), "warm_up_days": 30, "days": 300},
}

KEPT = {
    "town": Network(TOWN),
    "town at midnight": Network(TOWN, at_midnight=True),
    "town with teams": Network(TOWN | {"pools": POOLS | TEAMS}),
}
