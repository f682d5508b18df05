"""What can go wrong, and the exit code each kind of fault has on the command line.

FlexsimError
├── ScenarioError    (2)  the user's files or overrides; nothing is run, nothing is written
├── RunError         (3)  a run that could not be finished
│   └── DeadlockError     citizens wait for each other's places for ever
└── WorkplaceError   (4)  disk, rights or a folder already in use
"""

from __future__ import annotations

from collections.abc import Sequence


class FlexsimError(Exception):
    """Base of all errors that a user of flexsim can meet."""

    exit_code = 1

    @property
    def faults(self) -> list[str]:
        """What went wrong, one line each; messages can be said in another language."""
        return list(self.args)


class ScenarioError(FlexsimError):
    """One or more faults in a scenario, all listed at once.

    Parameters
    ----------
    faults : sequence of str
        One line per fault: where, the value, what is allowed, a suggestion.
    """

    exit_code = 2

    def __init__(self, faults: str | Sequence[str]) -> None:
        super().__init__(*([faults] if isinstance(faults, str) else faults))

    def __str__(self) -> str:
        return "\n".join(self.faults)

    def __reduce__(self) -> tuple[type[ScenarioError], tuple[list[str]]]:
        return type(self), (self.faults,)


class RunError(FlexsimError):
    """A replication could not be finished."""

    exit_code = 3


class DeadlockError(RunError):
    """Citizens hold places while waiting for each other's, and nothing timed can free one."""


class WorkplaceError(FlexsimError):
    """The disk, its rights, or a folder that is already in use."""

    exit_code = 4
