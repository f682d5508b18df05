"""The engines that are compared, all on the benchmark model at 2.6 arrivals a day."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import flexsim as fs
from benchmarks import c_model, plain_simpy
from benchmarks.reference import Figures, as_figures, of_register, patient_events
from flexsim.engine.simpy_engine import simulate as simulate_simpy
from flexsim.plan.build import build
from flexsim.plan.plan import Plan

SCENARIO = "textbook/ward_and_step_down"
SEED = 2026

PLAIN, CIW, SALABIM = "plain SimPy", "Ciw", "salabim"
C_ROWS, C_TOTALS = "C, whole register", "C, totals only"
SIMPY = "flexsim, SimPy engine"
COMPILED, COMPILED_MEASURED = "flexsim, compiled engine", "flexsim, compiled, all measures"


class MissingError(Exception):
    """An engine that is not installed, or not part of this version of flexsim."""


@dataclass(frozen=True)
class Engine:
    """One way to simulate the benchmark model.

    `run` simulates one replication; `look` gives its figures and number of patient-events, from
    what `run` returned. `fast` engines are run several times between two looks at the clock.
    """

    name: str
    run: Callable[[int], Any]
    look: Callable[[int, Any], tuple[Figures, int]]
    fast: bool = False
    slow: bool = False


def scaled(scale: int) -> Plan:
    """The benchmark model with arrivals, beds and places multiplied."""
    places = {"ward": 60, "a": 8, "b": 8, "c": 8}
    overrides = [f"pools.{pool}.places={n * scale}" for pool, n in places.items()]
    return build(fs.load(SCENARIO, [*overrides, f"streams.patients.rate_per_year={949 * scale}"]))


def compiled_rows() -> Callable[[Plan, int, int], Any]:
    """The compiled engine: the register as one table, valid until the next one, as C's rows are.

    Raises
    ------
    MissingError
        If it is not there.
    """
    try:
        from flexsim.engine.compiled.engine import Workspace, simulate_rows
    except ImportError as error:
        raise MissingError(str(error)) from None
    return partial(simulate_rows, workspace=Workspace())


def _plain() -> Engine:
    return Engine(PLAIN, plain_simpy.replicate, lambda _, tally: of_tally(tally))


def _ciw() -> Engine:
    try:
        from benchmarks import ciw_model
    except ImportError as error:
        raise MissingError(str(error)) from None

    def look(_: int, simulation: Any) -> tuple[Figures, int]:
        figures, events = ciw_model.figures(simulation)
        return Figures(*figures), events

    return Engine(CIW, ciw_model.replicate, look, slow=True)


def _salabim() -> Engine:
    try:
        from benchmarks import salabim_model
    except ImportError as error:
        raise MissingError(str(error)) from None
    return Engine(SALABIM, salabim_model.replicate, lambda _, tally: of_tally(tally), slow=True)


def _c(plan: Plan, name: str) -> Engine:
    ward = c_ward(plan)
    keep = name == C_ROWS

    def look(n: int, output: c_model.Output) -> tuple[Figures, int]:
        totals = ward.run(SEED, n, keep_rows=False).totals if keep else output.totals
        return as_figures(totals.seconds(), plan), totals.events

    return Engine(name, lambda n: ward.run(SEED, n, keep_rows=keep), look, fast=True)


def c_ward(plan: Plan) -> c_model.Ward:
    """The C loop.

    Raises
    ------
    MissingError
        If there is no C compiler.
    """
    if c_model.compiler() is None:
        raise MissingError("no C compiler")
    return c_model.Ward(plan)


def _simpy(plan: Plan) -> Engine:
    return Engine(
        SIMPY,
        lambda n: simulate_simpy(plan, SEED, n),
        lambda _, register: (of_register(register, plan), patient_events(register, plan)),
    )


def _compiled(plan: Plan, name: str) -> Engine:
    from flexsim.measures.measure import measure

    simulate = compiled_rows()

    def run(n: int) -> Any:
        rows = simulate(plan, SEED, n)
        if name == COMPILED_MEASURED:
            measure(rows, plan)
        return rows

    def look(_: int, rows: Any) -> tuple[Figures, int]:
        return of_register(rows.register(), plan), patient_events(rows, plan)

    return Engine(name, run, look, fast=True)


def engines(plan: Plan, names: tuple[str, ...]) -> tuple[list[Engine], dict[str, str]]:
    """Engines by name; and of those that are missing, why."""
    make: dict[str, Callable[[], Engine]] = {
        PLAIN: _plain,
        CIW: _ciw,
        SALABIM: _salabim,
        C_ROWS: lambda: _c(plan, C_ROWS),
        C_TOTALS: lambda: _c(plan, C_TOTALS),
        SIMPY: lambda: _simpy(plan),
        COMPILED: lambda: _compiled(plan, COMPILED),
        COMPILED_MEASURED: lambda: _compiled(plan, COMPILED_MEASURED),
    }
    found, missing = [], {}
    for name in names:
        try:
            found.append(make[name]())
        except MissingError as error:
            missing[name] = str(error)
    return found, missing


def of_tally(tally: plain_simpy.Tally) -> tuple[Figures, int]:
    """Figures and patient-events of a model written by hand."""
    days = plain_simpy.HORIZON - plain_simpy.WARM_UP
    ward = (tally.ward_days + tally.delayed_days) / days
    pools = [tally.pool_days[name] / days for name in plain_simpy.POOLS]
    wait, delayed = tally.wait / tally.starts, tally.delayed_days / (days / 365)
    return Figures(ward, wait, delayed, *pools), tally.events
