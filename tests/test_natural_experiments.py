"""Rules that changed on a date, fitted to one year and held against another.

What the change of the rule alone predicts is simulated. Where the published year differs, the
difference is stated, not fitted away.
"""

from __future__ import annotations

import numpy as np
import pytest

import flexsim as fs
from flexsim.engine.compiled import simulate
from flexsim.plan.build import build
from flexsim.register import Register

DAY = 86_400
#: Shares of stays of 0-1, 2, 3, 4, 5 and more days (DEFACTUM, effort no. 11, table 19).
IN_2019 = np.array([0.270, 0.220, 0.214, 0.140, 0.156])
IN_2021 = np.array([0.373, 0.293, 0.309, 0.020, 0.005])
#: Standard errors allowed: an error rate of 1e-4 each.
LIMIT = 3.89


def lengths(register: Register, since: int, until: int) -> np.ndarray:
    """Whole days of the stays in the overnight places that began within a span and are over."""
    chosen = (register.pool == 0) & (register.left >= 0)
    chosen &= (register.admitted >= since * DAY) & (register.admitted < until * DAY)
    return (register.left[chosen] - register.admitted[chosen]) // DAY


def stays(scenario: str, since: int, until: int, replications: int = 40) -> np.ndarray:
    """The same, of several replications."""
    plan = build(fs.load(scenario))
    runs = [lengths(simulate(plan, 2026, n), since, until) for n in range(replications)]
    return np.concatenate(runs)


@pytest.mark.ci
def test_aarhus_overnight_places():
    """At most five nights in 2019 (fitted), three in 2021 (predicted); detects 2 % of the mean."""
    fitted = stays("aarhus_overnight_2019", 31, 360)
    assert close(fitted, float(IN_2019 @ [1, 2, 3, 4, 5]))
    assert fitted.max() == 5

    predicted = stays("aarhus_overnight_2021", 366, 725)
    assert predicted.max() == 3
    by_rule = np.array([0.270, 0.220, 0.510])
    assert close(predicted, float(by_rule @ [1, 2, 3]))
    found = np.bincount(predicted, minlength=4)[1:] / len(predicted)
    assert np.abs(found - by_rule).max() < LIMIT * np.sqrt(0.25 / len(predicted))

    # The rule alone explains two thirds of the fall from 2.69 to 1.99 days; the rest are stays of
    # one day, which became more common (27 to 37 %), and that no rule on the longest stay gives.
    before, after = IN_2019 @ [1, 2, 3, 4, 5], IN_2021 @ [1, 2, 3, 4, 5]
    explained = (before - predicted.mean()) / (before - after)
    assert 0.6 < explained < 0.7
    assert IN_2021[0] - found[0] > 0.09


def test_old_rule_holds_for_those_admitted_under_it():
    """Stays that began before the change may last five nights, those after it three."""
    plan = build(fs.load("aarhus_overnight_2021"))
    register = simulate(plan, 2026, 0)
    assert lengths(register, 0, 366).max() == 5
    assert lengths(register, 366, 720).max() == 3


def close(values: np.ndarray, exact: float) -> bool:
    """Whether the mean agrees, in a sample that would show an error of 2 %."""
    error = values.std(ddof=1) / np.sqrt(len(values))
    assert (LIMIT + 1.28) * error < 0.02 * exact
    return bool(abs(values.mean() - exact) < LIMIT * error)
