"""SimPy's clock with the fixed steps of an instant."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any

import simpy

from flexsim.errors import RunError
from flexsim.message import Message, Number

#: Steps of an instant, as SimPy priorities; SimPy's own events have 0 and 1.
RULES, DEPARTURES, COMPLETIONS, DECISIONS, NEEDS, SETTLEMENT, ENDINGS = range(2, 9)

#: Events at one instant beyond which a scenario is taken to chase its own tail.
ENDLESS = 1_000_000

#: What happens, given what it is about.
Action = Callable[[Any], None]


class Due(simpy.Event):
    """An event that calls an action when it falls due."""

    _ok = True
    _value = None

    def __init__(self, clock: Clock, time: int, action: Action, about: Any) -> None:
        self.callbacks = clock.callbacks
        self.time = time
        self.action = action
        self.about = about


class Clock(ABC):
    """Runs actions in the order of (time, step, scheduling), and concludes after each.

    Parameters
    ----------
    end : int
        End of the run in seconds; what would fall due then or later is never scheduled.
    """

    # Slots: an instance with more than 30 attributes is slow to read otherwise.
    __slots__ = (
        "_events_at_instant",
        "callbacks",
        "end",
        "env",
        "now",
    )

    def __init__(self, end: int) -> None:
        self.env = simpy.Environment()
        self.now = 0
        self.end = end
        self.callbacks: list[Callable[[Any], None]] = [self._happen]
        self._events_at_instant = 0

    def at(self, time: int, step: int, action: Action, about: Any = None) -> None:
        """Schedule an action."""
        if time < self.end:
            self.env.schedule(Due(self, time, action, about), step, time - self.now)  # type: ignore[arg-type]  # SimPy names two priorities and takes any whole number

    def _happen(self, due: Due) -> None:
        """An event falls due.

        Raises
        ------
        RunError
            If the events of one instant never come to an end.
        """
        if due.time != self.now:
            self.now = due.time
            self._events_at_instant = 0
        self._events_at_instant += 1
        if self._events_at_instant > ENDLESS:
            raise RunError(
                Message(
                    "the events of day {day} never come to an end",
                    day=Number(self.now / 86_400, 2),
                )
            )
        due.action(due.about)
        self.conclude()

    def run_to_the_end(self) -> None:
        """Run until nothing is due any more.

        The clock has then done its work: without the circle through `callbacks` it is freed as
        soon as nobody needs it, and with it all that happened.
        """
        self.env.run()
        self.callbacks.clear()

    @abstractmethod
    def conclude(self) -> None:
        """Settle what an action left open."""

    def is_last_of_instant(self) -> bool:
        """Whether nothing else is due at this instant."""
        return self.env.peek() > self.now
