"""One replication by each engine, and the first difference in words."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields

import numpy as np

from flexsim.engine.compiled.engine import simulate as compiled
from flexsim.engine.simpy_engine import simulate as simpy
from flexsim.errors import DeadlockError, RunError
from flexsim.plan.plan import Plan
from flexsim.register import COLUMNS, NOT_YET, TIMES, Kind, Outcome, Purpose, Register

DAY = 86_400

#: What a replication ends with: its register, or the error that it is refused with.
End = Register | RunError
Engine = Callable[[Plan, int, int], Register]


def end_of(engine: Engine, plan: Plan, seed: int, replication: int = 0) -> End:
    """The register of one replication, or its error."""
    try:
        return engine(plan, seed, replication)
    except RunError as error:  # a DeadlockError is one
        return error


def both(plan: Plan, seed: int) -> tuple[End, End]:
    """What the SimPy engine and the compiled one end with."""
    return end_of(simpy, plan, seed), end_of(compiled, plan, seed)


def must_agree(plan: Plan, seed: int) -> End:
    """What both engines end with; AssertionError with the first difference if they do not agree."""
    one, other = both(plan, seed)
    found = difference(one, other, plan)
    assert not found, f"seed {seed}: {found}"
    return one


def difference(one: End, other: End, plan: Plan) -> str:
    """The first difference between what two engines ended with, in words; empty if none."""
    if isinstance(one, Register) and isinstance(other, Register):
        return "" if one.equals(other) else first_difference(one, other, plan)
    if isinstance(one, RunError) and isinstance(other, RunError):
        same = type(one) is type(other) and str(one) == str(other)
        return "" if same else _beside([("error", _named(one), _named(other))])
    return _beside([("ends with", _named(one), _named(other))])


def is_deadlock(end: End) -> bool:
    """Whether the citizens of a replication got stuck."""
    return isinstance(end, DeadlockError)


def _named(end: End) -> str:
    if isinstance(end, Register):
        return f"a register of {len(end.citizen)} rows"
    return f"{type(end).__name__}: {end}"


# -- where two registers differ --------------------------------------------------------------------


def first_difference(one: Register, other: Register, plan: Plan) -> str:
    """The first row that differs, with names; if there is none, the first other cell."""
    mine, theirs = table(one), table(other)
    rows = min(len(mine), len(theirs))
    other_rows = np.flatnonzero((mine[:rows] != theirs[:rows]).any(axis=1))
    if len(other_rows) or len(mine) != len(theirs):
        row = int(other_rows[0]) if len(other_rows) else rows
        cells = zip(_cells(one, plan, row), _cells(other, plan, row), strict=True)
        lines = [(name, value, its) for (name, value), (_, its) in cells]
        return f"row {row} of {len(mine)} and {len(theirs)} differs\n{_beside(lines)}"
    for field in fields(one):
        mine, theirs = getattr(one, field.name), getattr(other, field.name)
        if mine.shape != theirs.shape:
            return _beside([(f"shape of {field.name}", str(mine.shape), str(theirs.shape))])
        if not np.array_equal(mine, theirs):
            at = tuple(int(n) for n in np.argwhere(mine != theirs)[0])
            return f"{_place_of(field.name, at, plan)}\n" + _beside(
                [(field.name, str(mine[at]), str(theirs[at]))]
            )
    return ""


def table(register: Register) -> np.ndarray:
    """Stream, number and columns of each row, shape (N, 2 + columns)."""
    who = [register.citizen_stream[register.citizen], register.citizen_nth[register.citizen]]
    return np.column_stack([*who, *(getattr(register, name) for name in COLUMNS)])


def _cells(register: Register, plan: Plan, row: int) -> list[tuple[str, str]]:
    if row >= len(register.citizen):
        return [(name, "no such row") for name in ("citizen", *COLUMNS)]
    citizen = register.citizen[row]
    stream = plan.streams[register.citizen_stream[citizen]]
    cells = [("citizen", f"{stream}#{register.citizen_nth[citizen]}")]
    for name in COLUMNS:
        cells.append((name, _in_words(name, int(getattr(register, name)[row]), plan)))
    return cells


def _in_words(column: str, value: int, plan: Plan) -> str:
    if column in TIMES:
        return _clock(value)
    if value == NOT_YET:
        return "-"
    if column in ("sought", "pool"):
        return plan.pools[value]
    codes = {"purpose": Purpose, "kind": Kind, "outcome": Outcome}
    return codes[column](value).name.lower() if column in codes else str(value)


def _clock(seconds: int) -> str:
    if seconds == NOT_YET:
        return "-"
    day, rest = divmod(seconds, DAY)
    return f"day {day} {rest // 3600:02}:{rest // 60 % 60:02}:{rest % 60:02}"


def _place_of(column: str, at: tuple[int, ...], plan: Plan) -> str:
    if column.startswith("counted_"):
        return f"pool {plan.pools[at[0]]}, period {at[1]} differs"
    return f"citizen {at[0]} differs"


def _beside(lines: list[tuple[str, str, str]]) -> str:
    """A table of names and both values; an arrow where they differ."""
    lines = [("", "SimPy", "compiled"), *lines]
    first, second = (max(len(line[n]) for line in lines) + 2 for n in (0, 1))
    marks = ["", *("   <--" if mine != theirs else "" for _, mine, theirs in lines[1:])]
    return "\n".join(
        f"{name:{first}}{mine:{second}}{theirs}{mark}"
        for (name, mine, theirs), mark in zip(lines, marks, strict=True)
    )
