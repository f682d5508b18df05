"""One core, CPU time: every engine on the benchmark model, in turn, round by round.

Times are per patient-event, since a replication has a few per cent more or fewer of them; a ratio
is of two times of the same round. What a run gives is looked at outside the time.
"""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field

from benchmarks import engines as e
from benchmarks.effort import Effort
from benchmarks.reference import Check, Figures, check
from benchmarks.rows import ONE_CORE, Row, Target, at_least, at_most, missing, timed
from benchmarks.timing import Spread, cpu_seconds, ratios

ALL = (
    *(e.PLAIN, e.CIW, e.SALABIM, e.C_ROWS, e.C_TOTALS),
    *(e.SIMPY, e.COMPILED, e.COMPILED_MEASURED),
)

SPEED = "million patient-events a second"

#: (numerator of time, denominator of time, what it says, target).
RATIOS: tuple[tuple[str, str, str, Target | None], ...] = (
    (e.PLAIN, e.COMPILED, "compiled engine, times as fast as plain SimPy", at_least(40)),
    (e.CIW, e.COMPILED, "compiled engine, times as fast as Ciw", at_least(150)),
    (e.SALABIM, e.COMPILED, "compiled engine, times as fast as salabim", at_least(600)),
    (e.C_ROWS, e.COMPILED, "compiled engine, speed as share of C (whole register)", at_least(0.5)),
    (e.C_TOTALS, e.COMPILED, "compiled engine, speed as share of C (totals only)", None),
    (e.SIMPY, e.PLAIN, "SimPy engine, time relative to plain SimPy", at_most(1.5)),
    (e.SIMPY, e.COMPILED, "compiled engine, times as fast as the SimPy engine", None),
    (e.PLAIN, e.COMPILED_MEASURED, "compiled with all measures, times as fast as SimPy", None),
    (e.COMPILED_MEASURED, e.COMPILED, "simulating and measuring, by simulating alone", at_most(2)),
    (e.PLAIN, e.C_ROWS, "C (whole register), times as fast as plain SimPy", None),
)


@dataclass
class Rounds:
    """What the rounds gave, by engine."""

    per_event: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    per_replication: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    figures: dict[str, list[Figures]] = field(default_factory=lambda: defaultdict(list))
    missing: dict[str, str] = field(default_factory=dict)

    def checks(self) -> dict[str, list[Check]]:
        """Each engine's figures beside the reference; C's are those of its totals."""
        return {name: check(figures) for name, figures in self.figures.items() if len(figures) > 1}


def measure_rounds(effort: Effort) -> Rounds:
    """Run all engines in turn."""
    found, missing = e.engines(e.scaled(1), ALL)
    rounds = Rounds(missing=missing)
    for engine in found:
        if engine.fast:
            engine.run(0)  # compile, fill caches
    for number in range(effort.rounds):
        for engine in found:
            if not engine.slow or number < effort.slow_rounds:
                batch = effort.batch if engine.fast else 1
                _one_round(rounds, engine, range(number * batch, (number + 1) * batch))
    for engine in found:
        if engine.name in {e.PLAIN, e.CIW}:
            for n in range(len(rounds.figures[engine.name]), effort.checked):
                rounds.figures[engine.name].append(engine.look(n, engine.run(n))[0])
    return rounds


def _one_round(rounds: Rounds, engine: e.Engine, replications: range) -> None:
    def run_all() -> object:
        for n in replications:
            output = engine.run(n)
        return output

    seconds, output = cpu_seconds(run_all)
    single = len(replications) == 1
    looks = [engine.look(n, output if single else engine.run(n)) for n in replications]
    rounds.figures[engine.name] += [figures for figures, _ in looks]
    rounds.per_event[engine.name].append(seconds / sum(events for _, events in looks))
    rounds.per_replication[engine.name].append(seconds / len(replications))


def rows(rounds: Rounds) -> list[Row]:
    """Ratios, then time and speed of each engine."""
    return [_ratio(rounds, *ratio) for ratio in RATIOS] + [
        row for name in ALL for row in _of_engine(rounds, name)
    ]


def _of_engine(rounds: Rounds, name: str) -> list[Row]:
    time, speed = f"{name}: CPU time of a replication", f"{name}: speed"
    if name in rounds.missing:
        why = rounds.missing[name]
        return [missing(ONE_CORE, time, "ms", why), missing(ONE_CORE, speed, SPEED, why)]
    times = [1000 * seconds for seconds in rounds.per_replication[name]]
    speeds = [1e-6 / seconds for seconds in rounds.per_event[name]]
    return [
        timed(ONE_CORE, time, Spread.of(times), "ms"),
        timed(ONE_CORE, speed, Spread.of(speeds), SPEED),
    ]


def _ratio(rounds: Rounds, above: str, below: str, what: str, target: Target | None) -> Row:
    reasons = [rounds.missing[name] for name in (above, below) if name in rounds.missing]
    if reasons:
        return missing(ONE_CORE, what, "ratio", "; ".join(reasons), target)
    spread = ratios(rounds.per_event[above], rounds.per_event[below])
    return timed(ONE_CORE, what, spread, "ratio", target)
