"""Textbook systems come out right: each metric of each system beside its exact value.

In the ordinary run a metric fails if its distance from the exact value is significant; the error
rate of one comparison is such that a correct engine with random seeds would fail any of them in
1 % of runs at most. A run too short to detect the error stated in `DETECTS` fails too.
In the long run (`pytest -m nightly`) each metric must come as close as its rule in
`known_values.yaml` demands. Both runs are by the compiled engine, which gives the registers of the
SimPy engine (`test_twin` holds them against each other on these systems too) in a fraction of the
time.
"""

from __future__ import annotations

import pytest

from exact.compare import EXACT, RULES, Comparison
from exact.expected import EXPECTED
from exact.measured import SYSTEMS
from exact.runs import SCENARIOS, alpha, compare, known

#: Relative errors that the ordinary run detects with 90 % power: of means (mc1), of shares and
#: smaller means (mc2), of queues and waits and rare levels (mc5), of events seldom seen (mcz).
DETECTS = {"mc1": 0.035, "mc2": 0.07, "mc5": 0.17, "mcz": 0.6}
#: A published value that was found by a search over a flat maximum.
LESS_PRECISE = {("N1", "peak_day_of_year"): 1e-7}


@pytest.mark.parametrize("system", EXPECTED)
def test_theory_reproduces_known_values(system: str) -> None:
    """The theory used here gives the published twelve digits."""
    exact = EXPECTED[system]()
    assert exact.keys() == known()[system].keys()
    for metric, (value, _) in known()[system].items():
        close = LESS_PRECISE.get((system, metric), 1e-10)
        assert exact[metric] == pytest.approx(value, rel=close, abs=0), metric


def test_every_metric_is_observed_once() -> None:
    """Every textbook scenario with known values is run, and no other."""
    assert {system.known_as or name for name, system in SYSTEMS.items()} == set(known())
    used = {f"{system.scenario}.yaml" for system in SYSTEMS.values()}
    assert used | {"ward_and_step_down.yaml"} == {path.name for path in SCENARIOS.glob("*.yaml")}


@pytest.mark.ci
@pytest.mark.parametrize("name", SYSTEMS)
def test_system(name: str, record_property: pytest.RecordProperty) -> None:
    """Every metric agrees with theory, and the run is long enough to have noticed otherwise."""
    limits = SYSTEMS[name].limits
    faults = []
    for row, rule in compare(name):
        if rule == EXACT:
            if row.found.value != pytest.approx(row.exact, rel=1e-9, abs=0):
                faults.append(f"{row.metric} is {row.found.value:g}, not {row.exact:g}")
            continue
        detectable, limit = row.detectable(alpha()), limits.get(row.metric, DETECTS[rule])
        record_property(row.metric, {"z": row.z, "detectable": detectable})
        print(_line(row), f"detects {detectable:.1%}")
        if not row.agrees(alpha()):
            faults.append("differs: " + _line(row))
        if detectable > limit:
            faults.append(f"run too short to detect {limit:.0%}: {row.metric} ({detectable:.1%})")
    assert not faults, "\n".join(faults)


@pytest.mark.nightly
@pytest.mark.parametrize("name", SYSTEMS)
def test_system_at_length(name: str) -> None:
    """Every metric is as close to theory as its rule demands."""
    faults = []
    for row, rule in compare(name, SYSTEMS[name].longer):
        if rule == EXACT:
            met = row.found.value == pytest.approx(row.exact, rel=1e-9, abs=0)
        else:
            met = row.meets(RULES[rule])
        if not met:
            faults.append(f"{rule}: {_line(row)} error {row.error:.2%}")
    assert not faults, "\n".join(faults)


def _line(row: Comparison) -> str:
    return (
        f"{row.metric:42} {row.found.value:11.6g} exact {row.exact:11.6g} z {row.z:6.2f}"
        f" standard error {row.relative_standard_error:.2%}"
    )
