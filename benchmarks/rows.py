"""Lines of the table of results, and the targets that they are held against."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.timing import Spread

#: Sections of the table, in its order.
SAME_MODEL = "same model"
ONE_CORE = "one core"
SCALE = "scale"
REGIONS = "regions"
WHOLE_RUNS = "whole runs"

MET, NOT_MET, MISSING = "met", "not met", "missing"
AGREES, DIFFERS = "agrees", "differs"


@dataclass(frozen=True)
class Row:
    """One line of the table. `value` is None where something is missing."""

    section: str
    what: str
    value: float | None
    low: float | None
    high: float | None
    count: int
    unit: str
    target: str = ""
    verdict: str = ""
    note: str = ""


@dataclass(frozen=True)
class Target:
    """A bound on the median."""

    bound: float
    at_least: bool

    def __str__(self) -> str:
        return f"{'at least' if self.at_least else 'at most'} {self.bound:g}"

    def verdict(self, value: float) -> str:
        """Whether a value is on the right side of the bound."""
        fine = value >= self.bound if self.at_least else value <= self.bound
        return MET if fine else NOT_MET


def at_least(bound: float) -> Target:
    """A lower bound."""
    return Target(bound, at_least=True)


def at_most(bound: float) -> Target:
    """An upper bound."""
    return Target(bound, at_least=False)


def timed(
    section: str, what: str, spread: Spread, unit: str, target: Target | None = None, note: str = ""
) -> Row:
    """A line with the median and the range of what was measured."""
    verdict = target.verdict(spread.median) if target else ""
    wanted = str(target) if target else ""
    numbers = (spread.median, spread.low, spread.high, spread.count)
    return Row(section, what, *numbers, unit, wanted, verdict, note)


def missing(section: str, what: str, unit: str, why: str, target: Target | None = None) -> Row:
    """A line for what could not be measured."""
    return Row(section, what, None, None, None, 0, unit, str(target or ""), MISSING, why)
