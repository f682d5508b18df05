"""How many places cost least, for whom, and the delay that then remains."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from flexsim.comparing import Source, opened, scenario_of
from flexsim.economics.asking import money
from flexsim.economics.comparing import completed_days, outside_wards, values_of_ward_day, ward_days
from flexsim.economics.money import Money, spread
from flexsim.economics.purses import REGION, municipality_of
from flexsim.errors import ScenarioError
from flexsim.message import Message
from flexsim.result import Result
from flexsim.running import run
from flexsim.scenario import Scenario
from flexsim.scenario.loading import with_overrides
from flexsim.scenario.names import listed, nearest, shown

_KRONE = 100.0
#: Who the cost is counted for: everybody by three values of a freed ward day, or one purse's own.
ALL_CASH, ALL_MARGINAL, ALL_FULL = "all, cash", "all, marginal", "all, full"


@dataclass(frozen=True, eq=False)
class Places:
    """Numbers of places of one pool side by side, on the same citizens.

    Attributes
    ----------
    scenario : Scenario
        Before its places are changed.
    pool : str
    results : tuple of Result
        Of each number of places, the smallest first.
    costs : DataFrame
        places, whose ("all, cash": everything but the wards; "all, marginal" and "all, full": and
        the ward days, by what one less is worth; the host and the region: what they pay in the
        end), cost (DKK a year), low, high, more (than with the best number), more_low, more_high
        (95 % interval of that paired difference), is_best.
    effects : DataFrame
        places, completed_treatment_days (a year), ward_days (a year), used_days, empty_days (a
        year), empty_cost (DKK a year: what the empty days cost), wait (mean days for a place),
        turned_away (a year).
    """

    scenario: Scenario
    pool: str
    results: tuple[Result, ...]
    costs: pd.DataFrame
    effects: pd.DataFrame

    def best(self) -> pd.DataFrame:
        """The number of places with the least cost, by whose it is, and the delay that remains.

        Returns
        -------
        DataFrame
            whose, places, cost, others (numbers whose cost cannot be told apart from it, 95 %), and
            the columns of `effects`.
        """
        best = self.costs[self.costs["is_best"]][["whose", "places", "cost"]]
        alike = self.costs[~self.costs["is_best"] & ~(self.costs["more_low"] > 0)]
        others = alike.groupby("whose")["places"].apply(lambda n: ", ".join(map(str, n)))
        best = best.assign(others=best["whose"].map(others).fillna(""))
        return best.merge(self.effects, on="places", how="left")


def best_places(
    source: Source,
    pool: str,
    numbers: Sequence[int],
    overrides: Sequence[str] = (),
    replications: int | None = None,
    progress: bool = False,
) -> Places:
    """Run a scenario with several numbers of places of a pool, and compare what each costs.

    Parameters
    ----------
    source : Scenario, str, path or mapping
        As `flexsim.load` takes it.
    pool : str
        With an offer that costs by the place.
    numbers : sequence of int
    overrides : sequence of str
        Changes to all, as on the command line.
    replications : int, optional
        In place of those of the scenario's `run`.
    progress : bool
        Show progress bars (only on a terminal).

    Raises
    ------
    ScenarioError
        If the scenario or a number is not valid, or the pool has no offer.
    """
    settings = {"replications": replications} if replications is not None else {}
    scenario = scenario_of(opened(source, overrides, settings))
    of_pools = {offer.pool: name for name, offer in scenario.money.offers.items() if offer.pool}
    if pool not in of_pools:
        known = sorted(map(str, of_pools))
        raise ScenarioError(
            Message(
                "no pool '{name}' with a price; there are: {known}{hint}",
                name=shown(pool),
                known=listed(known),
                hint=nearest(pool, known),
            )
        )
    if len(set(numbers)) < 2:
        raise ScenarioError(
            Message(
                "two numbers of places or more are needed (got {count})", count=len(set(numbers))
            )
        )
    points = [with_overrides(scenario, [f"pools.{pool}.places={n}"]) for n in sorted(set(numbers))]
    found = []
    for n, point in zip(sorted(set(numbers)), points, strict=True):
        result = run(point, progress=progress)
        found.append((n, result, money(result)))
    costs = pd.DataFrame(_costs([(n, one) for n, _, one in found], of_pools[pool]))
    effects = pd.DataFrame([_effects(n, result, one, pool) for n, result, one in found])
    return Places(scenario, pool, tuple(result for _, result, _ in found), costs, effects)


def _costs(found: Sequence[tuple[int, Money]], offer: str) -> Iterator[dict[str, object]]:
    by_number = {n: _whose(one, offer) for n, one in found}
    for whose in next(iter(by_number.values())):
        costs = {n: values[whose] for n, values in by_number.items()}
        best = min(costs, key=lambda n: float(costs[n].mean()))
        for n, cost in costs.items():
            more = spread(cost - costs[best], "more")
            mine = spread(cost, "cost")
            yield {
                "places": n,
                "whose": whose,
                **{name: mine[name] for name in ("cost", "low", "high")},
                "more": more["more"],
                "more_low": more["low"],
                "more_high": more["high"],
                "is_best": n == best,
            }


def _whose(one: Money, offer: str) -> dict[str, np.ndarray[tuple[int, ...], np.dtype[np.float64]]]:
    """DKK of each replication and budget year, by whose cost is counted."""
    outside, days = outside_wards(one) / _KRONE, ward_days(one)
    values = values_of_ward_day(one)
    found = {f"all, {name}": outside + value * days for name, value in values.items()}
    run_by = one.scenario.money.offers[offer]
    host = run_by.host or run_by.run_by
    mine = [ore for name, ore in one.net.items() if municipality_of(name) == host]
    if mine:
        found[host] = sum(mine, np.zeros(one.shape)) / _KRONE
    if REGION in one.net:
        found[REGION] = one.net[REGION] / _KRONE
    return found


def _effects(places: int, result: Result, one: Money, pool: str) -> dict[str, object]:
    (basis,) = (basis for basis in one.bases if basis.offer.pool == pool)
    summary = result.summary()
    rows = summary[(summary["pool"] == pool) & (summary["group"] == "all")]
    means = rows[rows["municipality"] == "all"].set_index("measure")["mean"]
    empty = np.maximum(basis.place_days_by_year - basis.used, 0)
    per_place_day = basis.fixed / np.maximum(basis.place_days_by_year, 1)
    return {
        "places": places,
        "completed_treatment_days": float(completed_days(one).mean()),
        "ward_days": float(ward_days(one).mean()),
        "used_days": float(basis.used.mean()),
        "empty_days": float(empty.mean()),
        "empty_cost": float((empty * per_place_day).mean()) / _KRONE,
        "wait": float(means.get("wait_place", np.nan)),
        "turned_away": float(means.get("turned_away", 0.0)),
    }
