"""What a register shows over a window, with numpy alone.

Written a second time on purpose: nothing here uses `flexsim.measures`, so that each can check the
other. A span is a pair of arrays, when something began and when it ended, in seconds.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.plan import Plan
from flexsim.register import NOT_YET, Kind, Outcome, Purpose, Register

DAY = 86_400
YEAR = 365 * DAY
FAR = 2**62

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Rows = NDArray[np.bool_]
Sums = dict[str, "float | Floats"]


class Span(NamedTuple):
    """When something began and when it ended; what has not ended ends far away."""

    began: Ints
    ended: Ints

    @classmethod
    def of(cls, began: Ints, ended: Ints) -> Span:
        """From columns of a register: what never began is dropped."""
        known = began != NOT_YET
        return cls(began[known], np.where(ended == NOT_YET, FAR, ended)[known])


class Window(NamedTuple):
    """From a time up to another, in seconds."""

    start: int
    end: int

    @property
    def seconds(self) -> int:
        """Its length."""
        return self.end - self.start

    def inside(self, times: Ints) -> Rows:
        """Whether times fall into the window."""
        return (times >= self.start) & (times < self.end)

    def cut(self, span: Span) -> Span:
        """The parts of a span inside the window."""
        began = np.clip(span.began, self.start, self.end)
        ended = np.clip(span.ended, self.start, self.end)
        return Span(began, ended)

    def mean_level(self, span: Span) -> float:
        """Time average of how many go on at once."""
        began, ended = self.cut(span)
        return float((ended - began).sum()) / self.seconds

    def level_law(self, span: Span, top: int) -> Floats:
        """Share of time with 0, 1, ..., `top` or more at once, shape (top + 1,)."""
        began, ended = self.cut(span)
        times = np.concatenate([began, ended, [self.start]])
        steps = np.concatenate([np.ones_like(began), -np.ones_like(ended), [0]])
        order = np.argsort(times)
        level = np.minimum(np.cumsum(steps[order]), top)
        lengths = np.diff(np.append(times[order], self.end))
        kept = lengths > 0  # the steps of one instant may pass through any level
        return np.bincount(level[kept], lengths[kept], minlength=top + 1) / self.seconds

    def per_year(self, count: float) -> float:
        """A number of events in the window, or a sum over them, per year."""
        return float(count) * YEAR / self.seconds


def snapshot(span: Span, times: Ints) -> Ints:
    """How many go on at each of some times: began at or before it, not ended."""
    began, ended = np.sort(span.began), np.sort(span.ended)
    return np.searchsorted(began, times, "right") - np.searchsorted(ended, times, "right")


class View:
    """A register seen through a window.

    Parameters
    ----------
    register : Register
    plan : Plan
    window : Window
        It must end so early that all that began in it has ended by the end of the run, where
        something is asked about a cohort; otherwise ValueError.
    """

    def __init__(self, register: Register, plan: Plan, window: Window) -> None:
        self.register = register
        self.plan = plan
        self.window = window

    # -- which rows

    def of(self, stream: str) -> Rows:
        """Rows of the citizens of a stream."""
        r = self.register
        return r.citizen_stream[r.citizen] == self.plan.streams.index(stream)

    def stays(self, pool: str) -> Rows:
        """Rows with a stay in a pool."""
        r = self.register
        return (r.kind == Kind.PLACE) & (r.pool == self.plan.pools.index(pool))

    def new(self, stream: str | None = None) -> Rows:
        """Requests of new needs made in the window."""
        r = self.register
        made = (r.purpose == Purpose.NEED) & self.window.inside(r.requested)
        return made if stream is None else made & self.of(stream)

    def onward(self, pool: str) -> Rows:
        """Requests for a pool, made in the window, of citizens who were in another."""
        r = self.register
        made = (r.purpose == Purpose.GOAL) & self.window.inside(r.requested)
        return made & (r.sought == self.plan.pools.index(pool))

    # -- spans

    def occupied(self, pool: str) -> Span:
        """Places taken."""
        r, rows = self.register, self.stays(pool)
        return Span.of(r.admitted[rows], r.left[rows])

    def completed(self, pool: str) -> Span:
        """Places of citizens whose need there has ended."""
        r, rows = self.register, self.stays(pool)
        return Span.of(r.completed[rows], r.left[rows])

    def in_treatment(self, pool: str) -> Span:
        """Places of citizens whose need there has not ended."""
        r, rows = self.register, self.stays(pool)
        completed, left = r.completed[rows], r.left[rows]
        return Span.of(r.admitted[rows], np.where(completed == NOT_YET, left, completed))

    def queue(self, pool: str) -> Span:
        """Requests that wait for a pool."""
        r = self.register
        rows = r.sought == self.plan.pools.index(pool)
        began = np.maximum(r.wanted, r.ready)
        return Span.of(began[rows], np.where(r.granted == NOT_YET, r.ended, r.granted)[rows])

    def between(self, home: str) -> Span:
        """From moving into `home` until a new need arose there; those who stay are left out."""
        r = self.register
        again = np.flatnonzero((r.purpose == Purpose.NEED) & (r.episode > 0))
        before = again - 1  # rows stand in the order of (citizen, request)
        if not (self.stays(home)[before] & (r.citizen[before] == r.citizen[again])).all():
            raise ValueError(f"somebody returned from elsewhere than {home}")
        return Span(r.admitted[before], r.requested[again])

    # -- sums over a cohort, per year

    def count(self, rows: Rows) -> float:
        """Number of rows."""
        return self.window.per_year(np.count_nonzero(rows))

    def admitted(self, pool: str) -> Rows:
        """Stays that began in the window."""
        return self.stays(pool) & self.window.inside(self.register.admitted)

    def with_outcome(self, rows: Rows, outcome: Outcome) -> float:
        """Number of rows that ended so."""
        return self.count(rows & (self.register.outcome == outcome))

    def waits(self, rows: Rows) -> Floats:
        """From request until granted or ended, in days."""
        r = self.register
        until = np.where(r.granted == NOT_YET, r.ended, r.granted)[rows]
        return _days(r.requested[rows], until)

    def lengths(self, rows: Rows) -> Floats:
        """Lengths of stay, in days."""
        return _days(self.register.admitted[rows], self.register.left[rows])


def _days(began: Ints, ended: Ints) -> Floats:
    if (ended == NOT_YET).any():
        raise ValueError("the follow-up after the window is too short: something has not ended")
    return (ended - began) / DAY
