"""Every key of `money` does something: changing it changes what is computed or shown.

Each change is laid beside a base of its own section that has the key's neighbours; what must differ
is named by the entry: who pays, the budget models, the prices, the notes, or the text only.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from money_cases import SOURCE, Stay, money_of, price
from test_schema_keys import _models

from flexsim.economics.comparing import values_of_ward_day
from flexsim.economics.money import Money
from flexsim.economics.tariff import comparable, present_value
from flexsim.scenario.money import Money as Section
from flexsim.scenario.showing import as_yaml

STAYS = [
    Stay("ward", 1.5, 40.5, 0, 20.5, "struer", "lemvig", "young"),
    Stay("flex", 40.5, 290.5, 0, residence="struer", payer="lemvig", group="young"),
    Stay("shelter", 300.5, 420.5, 0, residence="struer", payer="lemvig", group="young"),
    Stay("ward", 50.5, 60.5, 1, 55.5),
    Stay("flex", 60.5, 80.5, 1),
    Stay("flex", 400.5, 420.5, 1),
]
FLEX, SHELTER, CHARGE = (
    "money.offers.flex",
    "money.offers.shelter",
    "money.charges.completed_treatment",
)
STEP = {"from": "2025-02-15", "amount": 1200, "source": SOURCE}
STEPPED = {f"{FLEX}.tariff": price(1000, later={"up": STEP})}
COST = {f"{FLEX}.cost": {"per_year": price(300000)}}
GRANT = {
    f"{FLEX}.model": "grant",
    f"{FLEX}.grants": {"a": {"per_year": price(9), "paid_by": "ngo"}},
}
PROJECT = {
    f"{FLEX}.model": "project",
    f"{FLEX}.project": {"total": price(900), "from": "2025-03-01", "to": "2026-01-31"},
}
DEFICIT = {
    f"{FLEX}.model": "frame",
    f"{FLEX}.opening_deficit": {"amount": 9000, "in_tariff": True, "source": SOURCE},
}
SAVED = {f"{FLEX}.support_saved": {"hours": 2, "per_hour": price(400)}}
HOLDS = {f"{FLEX}.comparable": {"source": SOURCE}}
CAPPED = {f"{CHARGE}.most_per_stay": price(9000), f"{CHARGE}.price": price(2000)}
INDEX = {"money.index_per_year": 0.02, f"{FLEX}.tariff": price(1000, price_year=2020)}
WARD_DAY = {"money.ward_day": {"marginal": price(5), "full": price(9)}}

#: Key, what else is so before and after, the change, and where it is seen.
ENTRIES: list[tuple[str, dict[str, Any], dict[str, Any], str]] = [
    ("Money.price_year", INDEX, {"money.price_year": 2026}, "ledger"),
    ("Money.index_per_year", INDEX, {"money.index_per_year": 0.03}, "ledger"),
    ("Money.discount_per_year", {}, {"money.discount_per_year": 0.03}, "present"),
    ("Money.models", {}, {"money.models.more": {"kind": "grant", "source": SOURCE}}, "models"),
    ("Money.offers", {}, {FLEX: None}, "ledger"),
    ("Money.charges", {}, {CHARGE: None}, "ledger"),
    ("Money.ward_day", {}, WARD_DAY, "ward_day"),
    ("Money.sources", {}, {"money.sources": {"index_per_year": SOURCE}}, "yaml"),
    ("WardDay.marginal", WARD_DAY, {"money.ward_day.marginal.amount": 6}, "ward_day"),
    ("WardDay.full", WARD_DAY, {"money.ward_day.full.amount": 6}, "ward_day"),
    ("BudgetModel.kind", {}, {"money.models.tariff.kind": "grant"}, "ledger"),
    ("BudgetModel.at_use", {}, {"money.models.tariff.at_use": 0.5}, "models"),
    ("BudgetModel.deficit", {}, {"money.models.tariff.deficit": "next_tariff"}, "ledger"),
    ("BudgetModel.years", {}, {"money.models.project.years": 2}, "models"),
    ("BudgetModel.title", {}, {"money.models.tariff.title": "By the day"}, "yaml"),
    ("BudgetModel.source", {}, {"money.models.tariff.source": "another source"}, "yaml"),
    ("Offer.title", {}, {f"{FLEX}.title": "Homes"}, "prices"),
    ("Offer.pool", {SHELTER: None}, {f"{FLEX}.pool": "shelter"}, "notes"),
    ("Offer.run_by", {}, {f"{FLEX}.run_by": "struer"}, "ledger"),
    ("Offer.host", {f"{FLEX}.model": "grant"}, {f"{FLEX}.host": "lemvig"}, "ledger"),
    ("Offer.model", {}, {f"{FLEX}.model": "grant"}, "ledger"),
    ("Offer.counts", {}, {f"{FLEX}.counts": "registered_days"}, "ledger"),
    ("Offer.cost", {}, COST, "ledger"),
    ("Offer.tariff", {}, {f"{FLEX}.tariff": price(900)}, "ledger"),
    ("Offer.budgeted_use", {}, {f"{FLEX}.budgeted_use": 0.7}, "ledger"),
    ("Offer.enrolled_200", {}, {f"{FLEX}.enrolled_200": 0.1}, "ledger"),
    ("Offer.own_payment", {}, {f"{FLEX}.own_payment": price(80)}, "ledger"),
    ("Offer.refund", {}, {f"{SHELTER}.refund": None}, "ledger"),
    ("Offer.empty_places", {}, {f"{FLEX}.empty_places": "by_population"}, "ledger"),
    ("Offer.opening_deficit", {}, DEFICIT, "ledger"),
    ("Offer.grants", {f"{FLEX}.model": "grant"}, GRANT, "ledger"),
    ("Offer.project", {f"{FLEX}.model": "project"}, PROJECT, "ledger"),
    ("Offer.support_saved", {}, SAVED, "ledger"),
    ("Offer.comparable", {}, HOLDS | {f"{FLEX}.comparable.rent": "included"}, "prices"),
    ("Offer.sources", {}, {f"{FLEX}.sources": {"budgeted_use": SOURCE}}, "yaml"),
    ("Cost.per_year", COST, {f"{FLEX}.cost.per_year": price(5)}, "ledger"),
    ("Cost.per_place_year", COST, {f"{FLEX}.cost.per_place_year": price(5)}, "ledger"),
    ("Cost.per_day", COST, {f"{FLEX}.cost.per_day": price(5)}, "ledger"),
    ("Cost.per_stay", COST, {f"{FLEX}.cost.per_stay": price(5)}, "ledger"),
    ("Refund.share", {}, {f"{SHELTER}.refund.share": 0.4}, "ledger"),
    ("Refund.days", {}, {f"{SHELTER}.refund.days": 30}, "ledger"),
    (
        "Refund.days_from",
        {f"{SHELTER}.refund.days": 30},
        {f"{SHELTER}.refund.days_from": "2026-01-10"},
        "ledger",
    ),
    ("Refund.source", {}, {f"{SHELTER}.refund.source": "another source"}, "yaml"),
    ("Grant.per_year", GRANT, {f"{FLEX}.grants.a.per_year": price(8)}, "ledger"),
    ("Grant.paid_by", GRANT, {f"{FLEX}.grants.a.paid_by": "struer.treasury"}, "ledger"),
    ("Project.total", PROJECT, {f"{FLEX}.project.total": price(8)}, "ledger"),
    ("Project.from", PROJECT, {f"{FLEX}.project.from": "2025-02-01"}, "ledger"),
    ("Project.to", PROJECT, {f"{FLEX}.project.to": "2026-02-01"}, "ledger"),
    ("Project.paid_by", PROJECT, {f"{FLEX}.project.paid_by": "ngo"}, "ledger"),
    ("Deficit.amount", DEFICIT, {f"{FLEX}.opening_deficit.amount": 90}, "ledger"),
    ("Deficit.in_tariff", DEFICIT, {f"{FLEX}.opening_deficit.in_tariff": False}, "ledger"),
    ("Deficit.source", DEFICIT, {f"{FLEX}.opening_deficit.source": "another one"}, "yaml"),
    ("Support.hours", SAVED, {f"{FLEX}.support_saved.hours": 3}, "ledger"),
    ("Support.per_hour", SAVED, {f"{FLEX}.support_saved.per_hour": price(5)}, "ledger"),
    ("Comparable.night_staff", HOLDS, {f"{FLEX}.comparable.night_staff": "none"}, "prices"),
    ("Comparable.rent", HOLDS, {f"{FLEX}.comparable.rent": "included"}, "prices"),
    ("Comparable.meals", HOLDS, {f"{FLEX}.comparable.meals": "included"}, "prices"),
    ("Comparable.source", HOLDS, {f"{FLEX}.comparable.source": "another one"}, "yaml"),
    ("Charge.title", {f"{CHARGE}.price": None}, {f"{CHARGE}.title": "The charge"}, "notes"),
    ("Charge.days", {}, {f"{CHARGE}.days": "all"}, "ledger"),
    ("Charge.price", {}, {f"{CHARGE}.price": price(5)}, "ledger"),
    ("Charge.pools", {}, {f"{CHARGE}.pools": ["flex"], f"{CHARGE}.days": "all"}, "ledger"),
    ("Charge.to", {}, {f"{CHARGE}.to": "state"}, "ledger"),
    ("Charge.returned", {}, {f"{CHARGE}.returned": True}, "ledger"),
    ("Charge.from_day", {}, {f"{CHARGE}.from_day": 3}, "ledger"),
    ("Charge.to_day", {}, {f"{CHARGE}.to_day": 3}, "ledger"),
    ("Charge.most_per_stay", {}, CAPPED, "ledger"),
    ("Charge.counts", {}, {f"{CHARGE}.counts": "registered_days"}, "ledger"),
    ("Charge.sources", {}, {f"{CHARGE}.sources": {"from_day": SOURCE}}, "yaml"),
    ("Price.amount", {}, {f"{FLEX}.tariff.amount": 900}, "ledger"),
    (
        "Price.price_year",
        {"money.index_per_year": 0.1},
        {f"{FLEX}.tariff.price_year": 2020},
        "ledger",
    ),
    ("Price.later", {}, STEPPED, "ledger"),
    ("Price.times_by_group", {}, {f"{FLEX}.tariff.times_by_group": {"young": 2}}, "ledger"),
    ("Price.times_by_payer", {}, {f"{FLEX}.tariff.times_by_payer": {"lemvig": 2}}, "ledger"),
    ("Price.source", {}, {f"{FLEX}.tariff.source": "another source"}, "yaml"),
    ("PriceStep.from", STEPPED, {f"{FLEX}.tariff.later.up.from": "2025-02-20"}, "ledger"),
    ("PriceStep.amount", STEPPED, {f"{FLEX}.tariff.later.up.amount": 5}, "ledger"),
    (
        "PriceStep.price_year",
        STEPPED | {"money.index_per_year": 0.1},
        {f"{FLEX}.tariff.later.up.price_year": 2020},
        "ledger",
    ),
    ("PriceStep.source", STEPPED, {f"{FLEX}.tariff.later.up.source": "another one"}, "yaml"),
]


#: Where a change may be seen.
SEEN: dict[str, Callable[[Money], str]] = {
    "ledger": lambda money: money.ledger.to_csv(),
    "models": lambda money: money.models().to_csv(),
    "prices": lambda money: comparable(money.scenario).drop(columns="source").to_csv(),
    "notes": lambda money: str(money.notes),
    "present": lambda money: str(present_value(money.total_cost / 100, money.scenario.money)),
    "ward_day": lambda money: str(values_of_ward_day(money)),
    "yaml": lambda money: as_yaml(money.scenario),
}


@pytest.mark.parametrize(("key", "base", "change", "where"), ENTRIES, ids=lambda x: str(x)[:40])
def test_key_does_something(key, base, change, where):
    """It is seen where it should be; what is words only changes no amount."""
    before, after = (money_of(STAYS, changes) for changes in (base, base | change))
    assert SEEN[where](after) != SEEN[where](before)
    if where == "yaml":
        assert SEEN["ledger"](after) == SEEN["ledger"](before)


def test_every_key_has_an_entry():
    """A key that nobody tests is found here; so is an entry for a key that is gone."""
    found, unread = set(), [Section]
    done = set()
    while unread:
        one = unread.pop()
        if one not in done:
            done.add(one)
            for name, field in one.model_fields.items():
                found.add(f"{one.__name__}.{field.alias or name}")
                unread += _models(field.annotation)
    assert {entry[0] for entry in ENTRIES} == found
