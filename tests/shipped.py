"""The shipped scenarios, each composed once by a process: that takes longer than a short run."""

from __future__ import annotations

from functools import cache

from flexsim.scenario import files, load
from flexsim.scenario.loading import with_run
from flexsim.scenario.schema import Scenario

SCENARIOS = sorted(files.shipped("scenario"))


@cache
def shipped(name: str) -> Scenario:
    """A shipped scenario as it stands."""
    return load(name)


def lasting(name: str, days: int, warm_up_days: int) -> Scenario:
    """The same over another span."""
    return with_run(shipped(name), days=days, warm_up_days=warm_up_days)
