"""The arithmetic of a tariff, without a run: budget lines, break-even, other uses of the places."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.economics import prices
from flexsim.economics.basis import Basis
from flexsim.economics.stretches import YEAR_DAYS
from flexsim.scenario.money import Money, Offer
from flexsim.scenario.schema import Scenario

Ints = NDArray[np.int64]

_KRONE = 100.0


def tariff(cost: float, places: float, use: float) -> float:
    """DKK a day that covers a yearly cost at a use of the places.

    Parameters
    ----------
    cost : float
        DKK a year, of all places.
    places : float
    use : float
        Share of the place-days that are paid for, above 0.
    """
    if not (places > 0 and 0 < use <= 1):
        raise ValueError(f"places must be above 0 and use in (0, 1] (got {places}, {use})")
    return cost / (places * YEAR_DAYS * use)


def break_even_use(cost: float, places: float, price: float) -> float:
    """Share of the place-days that must be paid for at a price; above 1: never enough.

    Parameters
    ----------
    cost : float
        DKK a year, of all places.
    places : float
    price : float
        DKK a day, above 0.
    """
    if not (places > 0 and price > 0):
        raise ValueError(f"places and price must be above 0 (got {places}, {price})")
    return cost / (places * YEAR_DAYS * price)


def budget(scenario: Scenario) -> pd.DataFrame:
    """The budgeted income of each offer with a tariff, or of a fixed line, for a year of 365 days.

    Returns
    -------
    DataFrame
        offer, title, places, use, days, tariff, income (DKK in prices of `money.price_year`), year
        (price year of the tariff as given); offers without a number of places are left out.
    """
    rows = [
        _line(name, offer, scenario)
        for name, offer in scenario.money.offers.items()
        if _is_budgeted(offer, scenario)
    ]
    columns = ["offer", "title", "places", "use", "days", "tariff", "income"]
    return pd.DataFrame(rows, columns=columns)


def _is_budgeted(offer: Offer, scenario: Scenario) -> bool:
    if offer.pool is None:
        return offer.cost is not None and offer.cost.per_year is not None
    return offer.tariff is not None and scenario.pools[offer.pool].places != "unlimited"


def _line(name: str, offer: Offer, scenario: Scenario) -> dict[str, object]:
    money, start = scenario.money, np.array([scenario.run.start.toordinal()])
    row: dict[str, object] = {"offer": name, "title": offer.title or name}
    if offer.pool is None:
        per_year = offer.cost.per_year if offer.cost else None
        return {**row, "income": prices.at(per_year, start, money)[0] / _KRONE}
    places = int(scenario.pools[offer.pool].places)
    days = int(prices.share_of(np.array([places * YEAR_DAYS]), offer.budgeted_use)[0])
    ore = int(prices.at(offer.tariff, start, money)[0])
    return {
        **row,
        "places": places,
        "use": offer.budgeted_use,
        "days": days,
        "tariff": ore / _KRONE,
        "income": ore * days / _KRONE,
    }


def comparable(scenario: Scenario) -> pd.DataFrame:
    """Prices per day beside each other, with what they hold.

    Returns
    -------
    DataFrame
        offer, title, per_day (DKK in prices of `money.price_year`), what (tariff, or cost of a
        place-day), as_given (DKK), price_year, budgeted_use, night_staff, rent, meals, source.
    """
    rows = [
        _compared(name, offer, scenario)
        for name, offer in scenario.money.offers.items()
        if offer.pool is not None
    ]
    return pd.DataFrame(rows)


def _compared(name: str, offer: Offer, scenario: Scenario) -> dict[str, object]:
    money, start = scenario.money, np.array([scenario.run.start.toordinal()])
    pool = scenario.pools[str(offer.pool)]
    price, what, over = offer.tariff, "tariff", 1.0
    if price is None and offer.cost is not None:
        what = "cost of a place-day"
        price, over = offer.cost.per_place_year, float(YEAR_DAYS)
        if price is None and pool.places != "unlimited":
            price, over = offer.cost.per_year, float(YEAR_DAYS * max(pool.places, 1))
    holds = offer.comparable
    return {
        "offer": name,
        "title": offer.title or pool.title or name,
        "per_day": prices.at(price, start, money)[0] / _KRONE / over if price else np.nan,
        "what": what,
        "as_given": price.amount / over if price else np.nan,
        "price_year": price.price_year if price else None,
        "budgeted_use": offer.budgeted_use if offer.tariff else np.nan,
        "night_staff": holds.night_staff if holds else "unknown",
        "rent": holds.rent if holds else "unknown",
        "meals": holds.meals if holds else "unknown",
        "source": price.source if price else "",
    }


def at_use(basis: Basis, payer: int, uses: Sequence[float]) -> Basis:
    """The same offer with a given use of its places instead of a counted one.

    Parameters
    ----------
    basis : Basis
        With a number of places and no cost by stay.
    payer : int
        The municipality that pays for all days.
    uses : sequence of float
        One for each replication.
    """
    places = basis.place_days
    if places is None:
        raise ValueError(f"{basis.name} has no number of places")
    days = np.zeros((len(uses), *basis.days.shape[1:]), dtype=np.int64)
    for n, use in enumerate(uses):
        upto = prices.share_of(np.cumsum(places), use)
        days[n, :, 0, payer] = np.diff(upto, prepend=0)
    used = days.sum(axis=(2, 3))
    by_year = basis.stretches.by_year
    extra = prices.share_of(basis.price * used, basis.offer.enrolled_200)
    return replace(
        basis,
        days=days,
        refunded=days if basis.offer.refund is not None else 0 * days,
        variable=by_year(basis.per_day * used, axis=1),
        extra=by_year(extra if basis.offer.enrolled_200 else 0 * extra, axis=1),
    )


def present_value(by_year: NDArray[np.float64], money: Money) -> NDArray[np.float64]:
    """Amounts of budget years, shape (..., Y), as one amount at the start of the first, (...)."""
    rate = 1 + money.discount_per_year
    return by_year @ rate ** -np.arange(by_year.shape[-1], dtype=np.float64)
