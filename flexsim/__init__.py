"""flexsim: psychiatric wards, flexible places, and who waits where.

>>> import flexsim as fs
>>> scenario = fs.load("pitstop_plus_two")
>>> result = fs.run(scenario, replications=2)

Names are imported when first used, so that `import flexsim` costs nothing.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from flexsim.catalogue import offers as offers
    from flexsim.comparing import Comparison as Comparison
    from flexsim.comparing import compare as compare
    from flexsim.economics.asking import money as money
    from flexsim.errors import FlexsimError as FlexsimError
    from flexsim.errors import RunError as RunError
    from flexsim.errors import ScenarioError as ScenarioError
    from flexsim.explaining import Explanation as Explanation
    from flexsim.explaining import explain as explain
    from flexsim.reporting.workbook import export as export
    from flexsim.reporting.writing import report as report
    from flexsim.result import Result as Result
    from flexsim.running import run as run
    from flexsim.scenario import Scenario as Scenario
    from flexsim.scenario import load as load
    from flexsim.sweeping.sweep import Sweep as Sweep
    from flexsim.sweeping.sweep import sweep as sweep
    from flexsim.turning import TurningPoint as TurningPoint
    from flexsim.turning import turning_point as turning_point
    from flexsim.warming import WarmUp as WarmUp
    from flexsim.warming import warm_up as warm_up

__version__ = "0.1.0"

_HOMES = {
    "Comparison": "flexsim.comparing",
    "Explanation": "flexsim.explaining",
    "FlexsimError": "flexsim.errors",
    "Result": "flexsim.result",
    "RunError": "flexsim.errors",
    "Scenario": "flexsim.scenario",
    "ScenarioError": "flexsim.errors",
    "Sweep": "flexsim.sweeping.sweep",
    "TurningPoint": "flexsim.turning",
    "WarmUp": "flexsim.warming",
    "compare": "flexsim.comparing",
    "export": "flexsim.reporting.workbook",
    "explain": "flexsim.explaining",
    "load": "flexsim.scenario",
    "money": "flexsim.economics.asking",
    "offers": "flexsim.catalogue",
    "report": "flexsim.reporting.writing",
    "run": "flexsim.running",
    "sweep": "flexsim.sweeping.sweep",
    "turning_point": "flexsim.turning",
    "warm_up": "flexsim.warming",
}

__all__ = (  # noqa: PLE0604 - the names stand in one place
    "__version__",
    *_HOMES,
)


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'flexsim' has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)
