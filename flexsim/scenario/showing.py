"""A scenario as YAML text that gives the same scenario when it is loaded."""

from __future__ import annotations

from flexsim.scenario import yaml_text
from flexsim.scenario.schema import Scenario


def as_yaml(scenario: Scenario, defaults: bool = False) -> str:
    """Write a scenario as YAML.

    Parameters
    ----------
    scenario : Scenario
    defaults : bool
        Whether keys that nobody gave are written too, with their default values.
    """
    values = scenario.model_dump(mode="json", by_alias=True, exclude_unset=not defaults)
    return yaml_text.write(values)
