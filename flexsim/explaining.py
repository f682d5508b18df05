"""Why one scenario is better than another: the difference, taken apart by changes.

The changes between two scenarios are switched on one by one, on the same citizens, in every order;
with many changes, in some orders drawn at random.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain, combinations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.attribution import draw_orders, exact, in_orders
from flexsim.comparing import ERROR, FEWER, MORE, NOT_TOLD, Source, prepare, scenario_of
from flexsim.engine.choice import choose
from flexsim.errors import RunError, ScenarioError
from flexsim.measures.differences import ADDED_UP, holm
from flexsim.measures.estimate import estimate
from flexsim.measures.interval import interval
from flexsim.measures.known import OF_QUANTILES, absent
from flexsim.measures.periods import ALL
from flexsim.measures.units import unit
from flexsim.plan.build import build
from flexsim.progress import bar
from flexsim.result import Result
from flexsim.running import expected_citizens, run
from flexsim.scenario import Scenario, with_run
from flexsim.scenario.changes import Change, changes, grouped, switched
from flexsim.scenario.separating import separable

Floats = NDArray[np.float64]
Subset = frozenset[int]

#: Up to so many changes every order is taken (128 runs); with more, orders are drawn.
EXACT = 7
#: Pairs of orders that are drawn.
PAIRS = 10
#: Parts smaller than this share of the values are sums in another order.
_SAME = 1e-12


@dataclass(frozen=True, eq=False)
class Explanation:
    """A difference between two scenarios, by change.

    Attributes
    ----------
    labels : tuple of str
    scenarios : tuple of Scenario
    measure, pool, unit : str
    first, second : float
        The measure in either.
    difference, low, high : float
        Second less first, with the 95 % interval.
    table : DataFrame
        change, words, part, low, high, p_corrected, verdict, alone, last, order_error; the largest
        parts first. Parts sum to the difference. `alone` is what the change does by itself, `last`
        what it adds to all others. `order_error` is the standard error of a part that comes from
        orders drawn at random, 0 where every order was taken.
    together : list of str
        In words, which changes are taken as one because they are no valid scenario apart.
    orders : int
        How many orders of switching were taken.
    runs, replications, seed : int
    """

    labels: tuple[str, str]
    scenarios: tuple[Scenario, Scenario]
    measure: str
    pool: str
    unit: str
    first: float
    second: float
    difference: float
    low: float
    high: float
    table: pd.DataFrame
    together: Sequence[str]
    orders: int
    runs: int
    replications: int
    seed: int
    baseline: Result

    @property
    def is_exact(self) -> bool:
        """Whether every order was taken."""
        return self.orders == math.factorial(len(self.table))


def explain(
    first: Source,
    second: Source,
    *,
    measure: str = "completed_treatment_days",
    pool: str = ALL,
    groups: Mapping[str, Sequence[str]] | None = None,
    pairs: int = PAIRS,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    engine: str | None = None,
    workers: int | None = None,
    progress: bool = False,
) -> Explanation:
    """Take the difference between two scenarios apart by the changes that lead to it.

    Parameters
    ----------
    first, second
        Scenarios as `compare` takes them; no results, since they are run with some changes each.
    measure, pool : str
        Of everybody; pool "all" adds the pools up for counts per year that can be added up.
    groups : mapping, optional
        Changes that are to be one: a name, and the keys (or sections, or entries) that it takes in.
    pairs : int
        With more than seven changes: pairs of orders that are drawn.
    overrides, replications, seed, engine, workers, progress
        As for `compare`.

    Raises
    ------
    ScenarioError
        If `pairs` is below 2, if a scenario, a group, the measure or the pool is not valid, if
        nothing differs, or if the two cannot be compared.
    RunError
        If a run could not be finished, or gave no value of the measure.
    """
    if pairs < 2:
        raise ScenarioError(f"explain: pairs must be 2 or more (got {pairs})")
    given = {"replications": replications, "seed": seed, "engine": engine, "workers": workers}
    labels, prepared = prepare([first, second], overrides, given)
    a, b = (scenario_of(one) for one in prepared)
    _check(labels, prepared, measure, pool)
    found = grouped(changes(a, b), groups or {})
    if not found:
        raise ScenarioError(
            f"explain: {labels[0]} and {labels[1]} do not differ in anything that changes a result"
        )
    parts, together = separable(a, found, lambda count: _asked(count, pairs, a.run.seed))
    asked = list(_asked(len(parts), pairs, a.run.seed))
    values = _Values(*_quickest(a, b, len(asked)), parts, measure, pool)
    with bar("explain: runs", len(asked), progress) as show:
        for n, subset in enumerate(asked):
            show(n, len(asked))
            values(subset)
    if len(parts) <= EXACT:
        orders, shares = math.factorial(len(parts)), exact(values, len(parts))
        order_error = np.zeros(len(parts))
    else:
        orders = 2 * pairs
        added = in_orders(values, draw_orders(len(parts), pairs, a.run.seed))
        of_pairs = (added[::2] + added[1::2]) / 2
        shares = of_pairs.mean(axis=0)
        order_error = of_pairs[..., 0].std(axis=0, ddof=1) / math.sqrt(pairs)
    nothing, everything = values(frozenset()), values(frozenset(range(len(parts))))
    whole = everything - nothing
    low, high = interval(whole[:1], whole[1:, None])
    return Explanation(
        labels=(labels[0], labels[1]),
        scenarios=(a, b),
        measure=measure,
        pool=pool,
        unit=unit(measure),
        first=float(nothing[0]),
        second=float(everything[0]),
        difference=float(whole[0]),
        low=float(low[0]),
        high=float(high[0]),
        table=_table(parts, shares, order_error, values),
        together=together,
        orders=orders,
        runs=len(values.known),
        replications=a.run.replications,
        seed=a.run.seed,
        baseline=values.baseline,
    )


def _quickest(a: Scenario, b: Scenario, runs: int) -> tuple[Scenario, Scenario]:
    """Both with the engine that is done first with so many runs."""
    citizens = expected_citizens(build(a)) * a.run.replications * runs
    engine = choose(a.run.engine, citizens)
    return with_run(a, engine=engine), with_run(b, engine=engine)


class _Values:
    """The measure with some of the changes switched on; no combination is run twice."""

    def __init__(
        self, a: Scenario, b: Scenario, parts: Sequence[Change], measure: str, pool: str
    ) -> None:
        self.a, self.b, self.parts, self.measure, self.pool = a, b, parts, measure, pool
        self.known: dict[Subset, Floats] = {}
        self.baseline: Result

    def __call__(self, on: Subset) -> Floats:
        """The estimate, and those without each replication."""
        if on not in self.known:
            self.known[on] = self._run(on)
        return self.known[on]

    def _run(self, on: Subset) -> Floats:
        names = ", ".join(self.parts[n].name for n in sorted(on)) or "no change"
        try:
            result = run(self._scenario(on))
        except RunError as error:
            raise RunError(f"explain: with {names}: {error}") from error
        if not on:
            self.baseline = result
        value = estimate(
            *(result.measures, result.counts, self.measure, self.pool, result.replications)
        )
        if not np.isfinite(value).all():
            raise RunError(
                f"explain: {self.measure} of {self.pool} has no value with {names}; take another"
                " measure, or more replications"
            )
        return value

    def _scenario(self, on: Subset) -> Scenario:
        if len(on) == len(self.parts):
            return self.b
        return switched(self.a, (self.parts[n] for n in sorted(on))) if on else self.a


def _asked(count: int, pairs: int, seed: int) -> Iterator[Subset]:
    """Combinations that have to be run, none and all of the changes among them."""
    numbers = range(count)
    if count <= EXACT:
        subsets = (combinations(numbers, size) for size in range(count + 1))
        yield from map(frozenset, chain.from_iterable(subsets))
        return
    everything = frozenset(numbers)
    wanted = {frozenset(), everything}
    wanted |= {frozenset({n}) for n in numbers} | {everything - {n} for n in numbers}
    for order in draw_orders(count, pairs, seed):
        wanted |= {frozenset(order[:n]) for n in numbers}
    yield from sorted(wanted, key=lambda subset: (len(subset), sorted(subset)))


def _table(
    parts: Sequence[Change], shares: Floats, order_error: Floats, values: _Values
) -> pd.DataFrame:
    """Part by part, the largest first; what sums in another order leave over is 0."""
    from scipy import special

    everything = frozenset(range(len(parts)))
    nothing, whole = values(frozenset()), values(everything)
    size = max(abs(nothing[0]), abs(whole[0]))
    shares = np.where(np.abs(shares) <= _SAME * size, 0.0, shares)
    part, left_out = shares[:, 0], shares[:, 1:].T
    low, high = interval(part, left_out)
    quantile = special.stdtrit(len(left_out) - 1, 0.975)
    error = np.hypot((high - low) / 2 / quantile, order_error)
    with np.errstate(invalid="ignore", divide="ignore"):
        t = np.where(part == 0, 0.0, np.abs(part) / error)
    corrected = holm(2 * special.stdtr(len(left_out) - 1, -t))
    told = np.where(part > 0, MORE, FEWER)
    # as objects, so that messages stay messages
    table = pd.DataFrame(
        {
            "change": pd.Series([change.name for change in parts], dtype=object),
            "words": pd.Series([change.words() for change in parts], dtype=object),
            "part": part,
            "low": part - quantile * error,
            "high": part + quantile * error,
            "p_corrected": corrected,
            "verdict": np.where(corrected < ERROR, told, NOT_TOLD),
            "alone": [values(frozenset({n}))[0] - nothing[0] for n in range(len(parts))],
            "last": [whole[0] - values(everything - {n})[0] for n in range(len(parts))],
            "order_error": order_error,
        }
    )
    order = table["part"].abs().sort_values(ascending=False, kind="stable").index
    return table.loc[order].reset_index(drop=True)


def _check(
    labels: Sequence[str], prepared: Sequence[Scenario | Result], measure: str, pool: str
) -> None:
    """Refuse results, one replication, and a pool or measure that a scenario does not have."""
    faults = []
    for label, one in zip(labels, prepared, strict=True):
        if isinstance(one, Result):
            faults.append(f"explain: {label} is a result already; give its scenario instead")
            continue
        fault = absent(build(one), pool, measure, ADDED_UP if pool == ALL else OF_QUANTILES)
        if fault:
            faults.append(f"explain: {label}: {fault}")
    if scenario_of(prepared[0]).run.replications < 2:
        faults.append(
            "explain: run.replications must be 2 or more (got 1): one replication gives no interval"
        )
    if faults:
        raise ScenarioError(faults)
