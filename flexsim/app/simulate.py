"""Results that grow while somebody looks: first a few replications, then all.

A replication is a function of its number, so the first two of thirty are the first two alone: a run
of more replications refines the picture and does not replace it by another.
"""

from __future__ import annotations

from collections import OrderedDict
from threading import Lock

from flexsim.result import Result
from flexsim.running import run
from flexsim.scenario.schema import Scenario

#: Replications of the pictures before the last.
FIRST = (2, 8)


def stages(replications: int) -> list[int]:
    """How many replications each picture rests on, the last one all."""
    return [*(n for n in FIRST if n < replications), replications]


class Runs:
    """Runs that were made already, the latest ones; may be shared by several readers.

    Parameters
    ----------
    kept : int
        How many results are remembered.
    """

    def __init__(self, kept: int = 40) -> None:
        self._kept = kept
        self._results: OrderedDict[tuple[str, int], Result] = OrderedDict()
        self._lock = Lock()

    def result(self, scenario: Scenario, replications: int) -> Result:
        """The result of so many replications, by the compiled engine on one core.

        Raises
        ------
        RunError
            If a replication could not be finished.
        """
        key = (scenario.model_dump_json(), replications)
        known = self._known(key)
        if known is not None:
            return known
        result = run(scenario, replications=replications, engine="compiled", workers=1)
        with self._lock:
            self._results[key] = result
            while len(self._results) > self._kept:
                self._results.popitem(last=False)
        return result

    def has(self, scenario: Scenario, replications: int) -> bool:
        """Whether that result is there without a run."""
        return self._known((scenario.model_dump_json(), replications)) is not None

    def _known(self, key: tuple[str, int]) -> Result | None:
        with self._lock:
            found = self._results.get(key)
            if found is not None:
                self._results.move_to_end(key)
            return found
