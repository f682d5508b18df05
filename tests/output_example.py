"""A small result to print, write and draw: a ward, step-down places and a rare guest bed."""

import dataclasses
from functools import cache

from flexsim.result import Result
from flexsim.running import run
from flexsim.scenario import load

SCENARIO = {
    "title": "A ward that sends on to two places",
    "run": {"warm_up_days": 50, "days": 400, "replications": 3, "workers": 1, "seed": 7},
    "groups": {"people": {}},
    "pools": {
        "ward": {
            "title": "Ward north",
            "kind": "ward",
            "places": 5,
            "surge": "unlimited",
            "stay": {"law": "exponential", "mean_days": 15},
            "onward": {"step": 0.4, "home": 0.6},
        },
        "step": {
            "kind": "flexible",
            "places": 2,
            "later": {"cut": {"from": "2024-03-01", "places": 1}},
            "stay": {"law": "exponential", "mean_days": 20},
        },
        "guest": {"kind": "guest_bed", "places": 1, "stay": {"law": "fixed", "mean_days": 3}},
        "home": {"kind": "community", "places": "unlimited"},
        "empty": {"kind": "flexible", "places": 4, "stay": {"law": "fixed", "mean_days": 3}},
    },
    "searches": {
        "ward": {"pools": ["ward"], "otherwise": "leave"},
        "step": {"pools": ["step"], "otherwise": "leave"},
        "guest": {"pools": ["guest"], "otherwise": "leave"},
        "home": {"pools": ["home"], "otherwise": "leave"},
        "empty": {"pools": ["empty"], "otherwise": "leave"},
    },
    "goals": {"step": {"search": "step"}, "home": {"search": "home"}},
    "streams": {
        "patients": {"group": "people", "origin": "home", "rate_per_year": 110, "search": "ward"},
        "guests": {"group": "people", "origin": "home", "rate_per_year": 2, "search": "guest"},
        "nobody": {"group": "people", "origin": "home", "rate_per_year": 0, "search": "empty"},
    },
    "targets": {
        "use": {
            "title": "=Use of the beds",
            "measure": "utilisation",
            "pool": "ward",
            "published": 0.9,
            "published_high": 1.2,
            "unit": "share",
            "role": "independent",
            "source": "@a made-up register",
        },
        "elsewhere": {
            "title": "-1 of a town that is not in the model",
            "measure": "stay",
            "pool": "ward",
            "published": -2.5,
            "unit": "days",
            "role": "fitted",
            "source": "made up",
        },
    },
}


@cache
def example() -> Result:
    """Run the scenario above, the first time only."""
    return run(load(SCENARIO))


def once() -> Result:
    """Run one replication of less than a year: no interval, no range of a year."""
    settings = SCENARIO["run"] | {"replications": 1, "days": 100}
    return run(load(SCENARIO | {"run": settings}))


def changed(result: Result, **output: object) -> Result:
    """Give the result other output settings."""
    settings = result.scenario.output.model_copy(update=output)
    scenario = result.scenario.model_copy(update={"output": settings})
    return dataclasses.replace(result, scenario=scenario)


def retitled(result: Result, title: str) -> Result:
    """Give the result this text as title of the scenario and of its ward."""
    ward = result.scenario.pools["ward"].model_copy(update={"title": title})
    pools = {**result.scenario.pools, "ward": ward}
    update = {"title": title, "pools": pools}
    return dataclasses.replace(result, scenario=result.scenario.model_copy(update=update))
