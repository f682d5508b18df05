"""Which changes can be switched on without each other, and which only together."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from flexsim.errors import ScenarioError
from flexsim.message import Message, joined
from flexsim.scenario.changes import Change, merged, switched
from flexsim.scenario.schema import Scenario
from flexsim.scenario.yaml_text import Key

Subset = frozenset[int]


def separable(
    first: Scenario, parts: Sequence[Change], asked: Callable[[int], Iterable[Subset]]
) -> tuple[list[Change], list[str]]:
    """Put together what is no valid scenario apart.

    Parameters
    ----------
    first : Scenario
    parts : sequence of Change
        All of them together make a valid scenario of the first.
    asked : callable
        The combinations that are needed, given how many changes there are.

    Returns
    -------
    parts : list of Change
        Every combination asked for is a valid scenario.
    said : list of str
        What was put together, and why.
    """
    known: dict[frozenset[Key], str] = {}
    found = [_Part([change], "") for change in parts]

    def fault(on: Subset) -> str:
        chosen = [change for n in sorted(on) for change in found[n].changes]
        keys = frozenset(key for change in chosen for key in change.keys)
        if keys not in known:
            known[keys] = _fault(first, chosen)
        return known[keys]

    while True:
        everything = frozenset(range(len(found)))
        invalid = next((on for on in asked(len(found)) if on != everything and fault(on)), None)
        if invalid is None:
            return [part.change for part in found], [part.words() for part in found if part.why]
        needed = everything
        for n in sorted(everything - invalid, reverse=True):
            if not fault(needed - {n}):
                needed -= {n}
        whys = [found[n].why for n in sorted(needed) if found[n].why]
        one = [change for n in sorted(needed) for change in found[n].changes]
        why = whys[0] if whys else fault(invalid)
        found = [_Part(one, why), *(part for n, part in enumerate(found) if n not in needed)]


@dataclass(frozen=True)
class _Part:
    """Changes taken as one, and why they are no valid scenario apart (empty for one change)."""

    changes: list[Change]
    why: str

    @property
    def change(self) -> Change:
        return self.changes[0] if len(self.changes) == 1 else merged(self.changes)

    def words(self) -> str:
        names = joined(" + ", [change.name for change in self.changes])
        return Message("taken as one change: {names}; apart, {why}", names=names, why=self.why)


def _fault(first: Scenario, on: Sequence[Change]) -> str:
    """Why the first scenario with some changes is not valid; empty if it is."""
    try:
        switched(first, on)
    except ScenarioError as error:
        return error.faults[0]
    return ""
