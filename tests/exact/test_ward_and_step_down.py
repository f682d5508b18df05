"""The ward with three step-down pools agrees with independent implementations of the same model.

No theory covers it; the reference ranges are means of four engines over 1,000 replications each.
"""

from __future__ import annotations

import numpy as np
import pytest

from exact.compare import Comparison, Table, jackknife
from exact.observe import DAY, Sums, View, Window
from exact.runs import FAMILY_ERROR, SCENARIOS
from flexsim.engine.compiled import simulate
from flexsim.plan.build import build
from flexsim.register import Purpose
from flexsim.scenario import load

#: Lowest and highest mean of the reference engines.
REFERENCE = {
    "ward": (55.5, 55.6),
    "wait": (4.7, 5.1),
    "completed_treatment_days": (690.0, 730.0),
    "a": (6.73, 6.76),
    "b": (1.75, 1.76),
    "c": (5.28, 5.30),
}
#: Relative errors that must be detected. Pool A fills up in a few replications, which then have
#: most of all waiting and blocked days: these two have to be left to the long run.
DETECTS = {"ward": 0.03, "a": 0.10, "b": 0.05, "c": 0.07}
DETECTS_AT_LENGTH = {
    "ward": 0.01,
    "wait": 0.5,
    "completed_treatment_days": 0.2,
    "a": 0.02,
    "b": 0.02,
    "c": 0.02,
}


def _sums(see: View) -> Sums:
    starts = see.admitted("ward") & (see.register.purpose == Purpose.NEED)
    return {
        "starts": see.count(starts),
        "wait_days": see.window.per_year(see.waits(starts).sum()),
        "completed": see.window.mean_level(see.completed("ward")),
    } | {pool: see.window.mean_level(see.occupied(pool)) for pool in ("ward", "a", "b", "c")}


def _values(m: Table) -> dict[str, float]:
    return {
        "wait": m["wait_days"] / m["starts"],
        "completed_treatment_days": 365 * m["completed"],
    } | {pool: m[pool] for pool in ("ward", "a", "b", "c")}


def _agree(replications: int, detects: dict[str, float]) -> None:
    """Assert that means lie within chance of the ranges, at 1 % for all of them together."""
    scenario = load(SCENARIOS / "ward_and_step_down.yaml")
    plan = build(scenario)
    window = Window(365 * DAY, 3650 * DAY)
    rows = [
        _sums(View(simulate(plan, scenario.run.seed, i), plan, window)) for i in range(replications)
    ]
    table = {key: np.array([row[key] for row in rows]) for key in rows[0]}
    found = jackknife(table, _values)
    alpha = FAMILY_ERROR / len(detects)
    for name, least in detects.items():
        low, high = REFERENCE[name]
        row = Comparison(name, (low + high) / 2, found[name])
        print(f"{name:25} {row.found.value:8.4g} z {row.z:5.2f}", f"{row.detectable(alpha):.1%}")
        apart = max(low - row.found.value, row.found.value - high, 0.0)
        assert apart <= row.limit(alpha) * row.found.standard_error, row
        assert row.detectable(alpha) <= least, row


@pytest.mark.ci
def test_ward_and_step_down() -> None:
    """The mean numbers present agree with those of the other engines."""
    _agree(24, DETECTS)


@pytest.mark.nightly
def test_ward_and_step_down_at_length() -> None:
    """So do, over many replications, the waits and the days after completed treatment."""
    _agree(600, DETECTS_AT_LENGTH)
