"""Running the textbook systems and laying what is observed beside what is expected."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import numpy as np
import yaml

from exact.compare import EXACT, Comparison, Found, Table, jackknife
from exact.expected import EXPECTED
from exact.measured import SYSTEMS
from exact.observe import DAY, View, Window
from flexsim.engine.compiled import simulate
from flexsim.plan.build import build
from flexsim.scenario import load

SCENARIOS = Path(__file__).parents[2] / "scenarios" / "textbook"
KNOWN = Path(__file__).with_name("known_values.yaml")

#: The chance that a correct engine fails any of the comparisons of one run of them all.
FAMILY_ERROR = 0.01


@cache
def known() -> dict[str, dict[str, tuple[float, str]]]:
    """Published values, and the rule of each metric, by system."""
    table = yaml.safe_load(KNOWN.read_text(encoding="utf-8"))
    return {
        system: {metric: (float(value), rule) for metric, (value, rule) in metrics.items()}
        for system, metrics in table.items()
    }


def alpha() -> float:
    """Error rate of a single comparison (Bonferroni)."""
    compared = sum(rule != EXACT for metrics in known().values() for _, rule in metrics.values())
    return FAMILY_ERROR / compared


def observe(name: str, longer: int = 1) -> dict[str, Found]:
    """The metrics of a system, from its replications (`longer` times as many)."""
    system = SYSTEMS[name]
    scenario = load(SCENARIOS / f"{system.scenario}.yaml", system.overrides)
    plan = build(scenario)
    window = Window(plan.warm_up, plan.end - system.follow_up_days * DAY)
    rows = [
        system.sums(View(simulate(plan, scenario.run.seed, i), plan, window))
        for i in range(scenario.run.replications * longer)
    ]
    table: Table = {key: np.array([row[key] for row in rows], dtype=float) for key in rows[0]}
    return jackknife(table, system.values)


def compare(name: str, longer: int = 1) -> list[tuple[Comparison, str]]:
    """Each metric of a system beside its exact value, with its rule."""
    system = SYSTEMS[name].known_as or name
    exact, rules = EXPECTED[system](), known()[system]
    found = observe(name, longer)
    return [(Comparison(m, float(exact[m]), found[m]), rules[m][1]) for m in found]
