"""Who gains and who loses between scenarios, on the same citizens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.comparing import Comparison
from flexsim.economics.asking import money
from flexsim.economics.money import Money, spread
from flexsim.economics.purses import municipality_of
from flexsim.errors import ScenarioError
from flexsim.plan.plan import WARD
from flexsim.scenario.names import listed, shown

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_KRONE = 100.0
TOTAL = "total"


@dataclass(frozen=True, eq=False)
class MoneyComparison:
    """The money of a baseline and its alternatives, replication by replication.

    Attributes
    ----------
    labels : tuple of str
        The baseline first.
    moneys : tuple of Money
        In the same order.
    """

    labels: tuple[str, ...]
    moneys: tuple[Money, ...]

    @property
    def baseline(self) -> Money:
        """The money of the first scenario."""
        return self.moneys[0]

    def by_purse(self, whole: bool = True) -> pd.DataFrame:
        """Who pays more or less than in the baseline, DKK a year.

        Parameters
        ----------
        whole : bool
            Each municipality as a whole, or (False) its three purses.

        Returns
        -------
        DataFrame
            scenario, purse, baseline, alternative, difference (above 0: pays more), low, high (95 %
            interval of the paired long-run difference), year_low, year_high (5-95 % of single
            years). The rows of a scenario add up to its last one, "total".
        """
        rows = []
        for label, other in zip(self.labels[1:], self.moneys[1:], strict=True):
            before, after = (_net(one, whole) for one in (self.baseline, other))
            names = [*dict.fromkeys([*before, *after])]
            none = np.zeros(self.baseline.shape, dtype=np.int64)
            pairs = [(name, before.get(name, none), after.get(name, none)) for name in names]
            pairs.append((TOTAL, self.baseline.total_cost, other.total_cost))
            for name, first, second in pairs:
                rows.append(
                    {
                        "scenario": label,
                        "purse": name,
                        "baseline": float(first.mean()) / _KRONE,
                        "alternative": float(second.mean()) / _KRONE,
                        **spread((second - first) / _KRONE, "difference"),
                    }
                )
        return pd.DataFrame(rows)

    def waterfall(self, label: str | None = None) -> pd.DataFrame:
        """The steps from who pays more, through who pays less, to the change of the total cost.

        Parameters
        ----------
        label : str, optional
            The alternative; default the first one.

        Returns
        -------
        DataFrame
            purse, difference, low, high, start, end (DKK a year); each step starts where the one
            before it ended, the last one ("total") at 0.

        Raises
        ------
        ScenarioError
            If there is no such alternative.
        """
        label = label or self.labels[1]
        if label not in self.labels[1:]:
            raise ScenarioError(
                f"no scenario '{shown(label)}'; there are: {listed(self.labels[1:])}"
            )
        table = self.by_purse().query("scenario == @label")
        steps = table[(table["purse"] != TOTAL) & (table["difference"] != 0)]
        steps = steps.sort_values("difference", ascending=False)
        end = steps["difference"].cumsum().to_numpy()
        steps = steps.assign(start=end - steps["difference"].to_numpy(), end=end)
        total = table[table["purse"] == TOTAL]
        whole = total.assign(start=0.0, end=total["difference"])
        columns = ["purse", "difference", "low", "high", "start", "end"]
        return pd.concat([steps, whole], ignore_index=True)[columns]

    def per_day(self) -> pd.DataFrame:
        """What a completed-treatment day less costs, and what is bought for a ward day less.

        Ratios of paired sums; the interval is by jackknife over replications. Where the days do not
        fall, the ratio means nothing and is empty.

        Returns
        -------
        DataFrame
            scenario, value_of_ward_day ("cash": nothing, since a freed bed is filled again;
            "marginal"; "full"), days_avoided (completed-treatment days a year less),
            ward_days_less, bought_days (flexible days a year more), cost (DKK a year more outside
            the wards, less the value of the ward days that are freed), cost_per_avoided_day, low,
            high, bought_per_ward_day.
        """
        rows = []
        for label, other in zip(self.labels[1:], self.moneys[1:], strict=True):
            avoided = completed_days(self.baseline) - completed_days(other)
            less = ward_days(self.baseline) - ward_days(other)
            bought = _bought_days(other) - _bought_days(self.baseline)
            more = (outside_wards(other) - outside_wards(self.baseline)) / _KRONE
            for name, value in values_of_ward_day(self.baseline).items():
                cost = more - value * less
                ratio, low, high = _ratio(cost.mean(axis=1), avoided.mean(axis=1))
                rows.append(
                    {
                        "scenario": label,
                        "value_of_ward_day": name,
                        "days_avoided": float(avoided.mean()),
                        "ward_days_less": float(less.mean()),
                        "bought_days": float(bought.mean()),
                        "cost": float(cost.mean()),
                        "cost_per_avoided_day": ratio,
                        "low": low,
                        "high": high,
                        "bought_per_ward_day": float(bought.mean() / less.mean())
                        if less.mean() > 0
                        else np.nan,
                    }
                )
        return pd.DataFrame(rows)


def compare_money(comparison: Comparison, overrides: Sequence[str] = ()) -> MoneyComparison:
    """The money of scenarios that were run on the same citizens.

    Parameters
    ----------
    comparison : Comparison
    overrides : sequence of str
        Changes of `money` in all of them.

    Raises
    ------
    ScenarioError
        If a scenario has no prices, or another price year than the baseline.
    """
    moneys = tuple(money(result, overrides) for result in comparison.results)
    years = {one.price_year for one in moneys}
    if len(years) > 1:
        raise ScenarioError(
            f"money.price_year differs between the scenarios: {listed(map(str, sorted(years)))};"
            " give one to all"
        )
    return MoneyComparison(comparison.labels, moneys)


def values_of_ward_day(one: Money) -> dict[str, float]:
    """DKK that a ward day less is worth, by reading; "cash" is nothing."""
    ward_day = one.scenario.money.ward_day
    found = {"cash": 0.0}
    if ward_day is not None:
        for name in ("marginal", "full"):
            found[name] = one.amount(getattr(ward_day, name))
    return found


def _net(one: Money, whole: bool) -> dict[str, Ints]:
    found: dict[str, Ints] = {}
    for name, ore in one.net.items():
        purse = (municipality_of(name) or name) if whole else name
        found[purse] = found.get(purse, np.zeros_like(ore)) + ore
    return found


def _is_ward(one: Money, pool: str | None) -> bool:
    return pool is not None and int(one.plan.kind[one.plan.pools.index(pool)]) == WARD


def ward_days(one: Money) -> Floats:
    """Days in the wards that have a price, shape (R, Y)."""
    wards = [basis.used for basis in one.bases if _is_ward(one, basis.offer.pool)]
    return sum(wards, np.zeros(one.shape, dtype=np.int64)).astype(np.float64)


def _bought_days(one: Money) -> Floats:
    """Days in priced places that have a number and are no wards, shape (R, Y)."""
    others = [
        basis.used
        for basis in one.bases
        if basis.place_days is not None and not _is_ward(one, basis.offer.pool)
    ]
    return sum(others, np.zeros(one.shape, dtype=np.int64)).astype(np.float64)


def completed_days(one: Money) -> Floats:
    """Completed-treatment days, shape (R, Y): those of the first charge for all of them."""
    for n, charge in enumerate(one.scenario.money.charges.values()):
        every = charge.days == "completed_treatment" and not charge.pools
        if every and charge.from_day == 1 and charge.to_day is None:
            days = one.counts.charged[:, n].sum(axis=2)
            return one.stretches.by_year(days, axis=1).astype(np.float64)
    raise ScenarioError("money.charges has none for all completed-treatment days: add one")


def outside_wards(one: Money) -> Ints:
    """Øre that everything but the wards costs, shape (R, Y)."""
    wards = [basis.cost for basis in one.bases if _is_ward(one, basis.offer.pool)]
    return one.total_cost - sum(wards, np.zeros(one.shape, dtype=np.int64))


def _ratio(top: Floats, bottom: Floats) -> tuple[float, float, float]:
    """Ratio of sums with its 95 % interval by jackknife; NaN unless the bottom is above 0."""
    from flexsim.measures.interval import interval

    if not bottom.sum() > 0:
        return np.nan, np.nan, np.nan
    mean = np.array([top.sum() / bottom.sum()])
    with np.errstate(invalid="ignore", divide="ignore"):
        left_out = (top.sum() - top) / (bottom.sum() - bottom)
    low, high = interval(mean, left_out[:, None])
    return float(mean[0]), float(low[0]), float(high[0])
