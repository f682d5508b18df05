"""What an offer costs and what is counted of it: the same under every budget model."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from flexsim.economics import prices
from flexsim.economics.stretches import YEAR_DAYS, Stretches
from flexsim.scenario.money import Money, Offer, Price

Ints = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Basis:
    """One offer in numbers. R replications, Y budget years, S stretches, G groups, M payers.

    Attributes
    ----------
    days, refunded : ndarray, shape (R, S, G, M)
        Counted days by group and paying municipality; of these with refund.
    place_days : ndarray, shape (S,), or None
        Of the norm; None if there is none.
    price : ndarray, shape (S,)
        Øre: the tariff as given, or what the cost makes of it at the budgeted use; 0 if neither.
    own : ndarray, shape (S,)
        Øre of a day that the citizen pays.
    fixed, variable, extra : ndarray, shape (Y,), (R, Y), (R, Y)
        Øre: cost whatever the use; by use; of the hours of the 200 % enrolment.
    """

    name: str
    offer: Offer
    stretches: Stretches
    days: Ints
    refunded: Ints
    place_days: Ints | None
    price: Ints
    own: Ints
    per_day: Ints
    fixed: Ints
    variable: Ints
    extra: Ints

    @property
    def key(self) -> tuple[str, str]:
        """Names of offer and pool, for flows."""
        return self.name, self.offer.pool or ""

    @property
    def cost(self) -> Ints:
        """Øre spent on staff and premises, shape (R, Y)."""
        return self.fixed + self.variable + self.extra

    @property
    def used(self) -> Ints:
        """Counted days, shape (R, Y)."""
        return self.stretches.by_year(self.days.sum(axis=(2, 3)), axis=1)

    @property
    def place_days_by_year(self) -> Ints:
        """Place-days of the norm, shape (Y,); 0 where there is no norm."""
        if self.place_days is None:
            return np.zeros(self.stretches.years, dtype=np.int64)
        return self.stretches.by_year(self.place_days, axis=0)

    def planned_days(self, use: float) -> Ints:
        """Days at a use of the places, shape (Y,), rounded to whole days."""
        return prices.share_of(self.place_days_by_year, use)

    def planned_cost(self, use: float) -> Ints:
        """Øre that a year costs at a use of the places, shape (Y,)."""
        if self.place_days is None:
            return self.fixed
        by_use = self.stretches.by_year(self.per_day * self.place_days, axis=0)
        return self.fixed + prices.share_of(by_use, use)

    def billed(self, price: Ints, times: list[Fraction]) -> Ints:
        """Øre of the counted days, by payer, shape (R, S, M).

        Parameters
        ----------
        price : ndarray, shape (R or 1, S)
            Øre a day.
        times : list of Fraction
            How many times that each group and payer pays, from `prices.times`.
        """
        payers = self.days.shape[3]
        enrolled = 1 + prices.as_fraction(self.offer.enrolled_200)
        found = np.zeros((*self.days.shape[:2], payers), dtype=np.int64)
        for n, so_many in enumerate(times):
            each = prices.share_of(price, so_many)
            whole = prices.share_of(each * self.days[:, :, n // payers, n % payers], enrolled)
            found[:, :, n % payers] += whole
        return found

    def own_payments(self) -> Ints:
        """Øre that citizens pay themselves, by payer, shape (R, S, M)."""
        return self.days.sum(axis=2) * self.own[:, None]

    def refundable(self, price: Ints, times: list[Fraction]) -> Ints:
        """Øre of the days with refund, less the citizens' own payment, by payer, (R, S, M)."""
        payers = self.days.shape[3]
        found = np.zeros((*self.days.shape[:2], payers), dtype=np.int64)
        for n, so_many in enumerate(times):
            each = np.maximum(prices.share_of(price, so_many) - self.own, 0)
            found[:, :, n % payers] += each * self.refunded[:, :, n // payers, n % payers]
        return found


def basis_of(
    name: str,
    offer: Offer,
    money: Money,
    stretches: Stretches,
    counted: tuple[Ints, Ints, Ints],
    places: Ints | None,
) -> Basis:
    """What an offer costs, from what was counted of it.

    Parameters
    ----------
    name : str
    offer : Offer
    money : Money
    stretches : Stretches
    counted : tuple of ndarray
        Days, days with refund, and stays begun, each of shape (R, S, G, M).
    places : ndarray, shape (S,), or None
        Place-days of the norm.
    """
    days, refunded, stays = counted
    used = days.sum(axis=(2, 3))

    def amount(price: Price | None) -> Ints:
        return prices.at(price, stretches.first_days, money)

    tariff = amount(offer.tariff)
    per_day = np.zeros_like(tariff)
    if offer.cost is not None:
        per_day = amount(offer.cost.per_day)
        fixed = _of_year(amount(offer.cost.per_year) * stretches.days, stretches)
        if places is not None:
            fixed = fixed + _of_year(amount(offer.cost.per_place_year) * places, stretches)
        variable = per_day * used + amount(offer.cost.per_stay) * stays.sum(axis=(2, 3))
    elif places is None:
        per_day, fixed = tariff, np.zeros(stretches.years, dtype=np.int64)
        variable = per_day * used
    else:
        at_full_use = stretches.by_year(tariff * places, axis=0)
        fixed = prices.share_of(at_full_use, offer.budgeted_use)
        if offer.opening_deficit is not None and offer.opening_deficit.in_tariff:
            fixed = fixed - prices.in_ore(offer.opening_deficit.amount)
        variable = np.zeros_like(used)
    if offer.tariff is None and places is not None:
        tariff = _made_of_cost(fixed, per_day, places, offer.budgeted_use, stretches)
    extra = prices.share_of(tariff * used, offer.enrolled_200) if offer.enrolled_200 else 0 * used
    own = amount(offer.own_payment)
    return Basis(
        name=name,
        offer=offer,
        stretches=stretches,
        days=days,
        refunded=refunded,
        place_days=places,
        price=tariff,
        own=np.minimum(own, tariff) if tariff.any() else own,
        per_day=per_day,
        fixed=fixed,
        variable=stretches.by_year(variable, axis=1),
        extra=stretches.by_year(extra, axis=1),
    )


def _of_year(ore_days: Ints, stretches: Stretches) -> Ints:
    """Yearly amounts times days, as øre of each budget year (365 days), shape (Y,)."""
    return prices.per(stretches.by_year(ore_days, axis=0), np.array([YEAR_DAYS]))


def _made_of_cost(
    fixed: Ints, per_day: Ints, places: Ints, use: float, stretches: Stretches
) -> Ints:
    """A tariff that covers the cost at a use of the places, shape (S,)."""
    days = prices.share_of(stretches.by_year(places, axis=0), use)
    by_year = prices.per(fixed, days)
    return per_day + np.where(stretches.year >= 0, by_year[np.maximum(stretches.year, 0)], 0)
