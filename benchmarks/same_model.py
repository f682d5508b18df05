"""That all engines simulate the same model, without which no ratio means anything."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from benchmarks import c_model
from benchmarks import engines as e
from benchmarks.effort import Effort
from benchmarks.one_core import Rounds
from benchmarks.reference import Check
from benchmarks.rows import AGREES, DIFFERS, SAME_MODEL, Row, missing
from flexsim.engine.simpy_engine import simulate
from flexsim.plan.plan import Plan

#: Scale at which simultaneous events are common: about 200 in a replication.
CROWDED = 10
#: The SimPy engine has the registers of the compiled one, and salabim the figures of plain SimPy.
ON_THEIR_OWN = (e.PLAIN, e.CIW, e.C_TOTALS, e.COMPILED)
#: Fewer replications say nothing about a mean.
FEWEST = 20


def rows(effort: Effort, rounds: Rounds) -> list[Row]:
    """Registers that must be equal, then means beside the reference."""
    plan = e.scaled(1)
    lines = [_c_equals(plan, effort.twins, "scale 1")]
    if effort.twins > 1:
        lines.append(_c_equals(e.scaled(CROWDED), 1, f"scale {CROWDED}"))
    lines += [_compiled_equals(plan, effort.twins), _salabim_equals(rounds)]
    for name, checks in rounds.checks().items():
        if name in ON_THEIR_OWN and checks[0].count >= FEWEST:
            lines += [_beside_reference(name, check) for check in checks]
    return lines


def _equal(what: str, compared: int, wrong: str) -> Row:
    verdict = DIFFERS if wrong else AGREES
    numbers = (float(compared), None, None, compared)
    return Row(SAME_MODEL, what, *numbers, "replications", "equal", verdict, wrong)


def _c_equals(plan: Plan, replications: int, scale: str) -> Row:
    """Every row of the C loop is that of flexsim's register, and so are its totals."""
    what = f"C, rows and totals equal to flexsim's register ({scale})"
    try:
        ward = e.c_ward(plan)
    except e.MissingError as error:
        return missing(SAME_MODEL, what, "replications", str(error))
    wrong = []
    for n in range(replications):
        found = c_model.differences(ward, simulate(plan, e.SEED, n), plan, e.SEED, n)
        wrong += [f"replication {n}: {found}"] if found else []
    line = _equal(what, replications, "; ".join(wrong))
    moved = sum(c_model.moved_arrivals(ward, plan, e.SEED, n) for n in range(replications))
    if moved and not wrong:
        return replace(line, note=f"with flexsim's arrivals: the C library moves {moved} of them")
    return line


def _compiled_equals(plan: Plan, replications: int) -> Row:
    what = "compiled engine, register equal to the SimPy engine's"
    try:
        compiled = e.compiled_rows()
    except e.MissingError as error:
        return missing(SAME_MODEL, what, "replications", str(error))
    wrong = [
        f"replication {n}"
        for n in range(replications)
        if not compiled(plan, e.SEED, n).register().equals(simulate(plan, e.SEED, n))
    ]
    return _equal(what, replications, ", ".join(wrong))


def _salabim_equals(rounds: Rounds) -> Row:
    """Both draw from one generator in the same order, so that they agree in every event."""
    what = "salabim, figures equal to plain SimPy's on the same random numbers"
    if e.SALABIM in rounds.missing:
        return missing(SAME_MODEL, what, "replications", rounds.missing[e.SALABIM])
    theirs = rounds.figures[e.SALABIM]
    pairs = list(zip(theirs, rounds.figures[e.PLAIN], strict=False))
    wrong = [
        f"replication {n}" for n, (a, b) in enumerate(pairs) if not np.allclose(a, b, rtol=1e-9)
    ]
    return _equal(what, len(pairs), ", ".join(wrong))


def _beside_reference(name: str, check: Check) -> Row:
    verdict = AGREES if check.agrees else DIFFERS
    span = f"{check.low:g} to {check.high:g}" if check.low < check.high else f"{check.low:g}"
    low, high = check.mean - check.error, check.mean + check.error
    numbers = (check.mean, low, high, check.count)
    return Row(SAME_MODEL, f"{name}: {check.name}", *numbers, "mean, +- 1 s.e.", span, verdict)
