"""Scenarios: from YAML and overrides to a checked, frozen description of a network.

Names are imported when first used, so that listing the shipped files costs nothing.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flexsim.scenario.advice import warnings
    from flexsim.scenario.loading import compose, load, with_run
    from flexsim.scenario.schema import Scenario

_HOMES = {
    "Scenario": "schema",
    "compose": "loading",
    "load": "loading",
    "warnings": "advice",
    "with_run": "loading",
}

__all__ = ["Scenario", "compose", "load", "warnings", "with_run"]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)
