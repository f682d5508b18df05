"""The money of a scenario: what places cost, what is billed, and who pays; see docs/money.md.

Nothing here changes a journey. Amounts are in kroner with at most two decimals, each with its price
year and its source; they are counted in whole øre.
"""

from __future__ import annotations

import datetime as dt
from typing import Annotated, Literal

from pydantic import AfterValidator, BeforeValidator, Field, JsonValue, model_validator

from flexsim.message import Message
from flexsim.scenario.dates import date_of
from flexsim.scenario.laws import DAYS, Share, Sources, Strict

#: More kroner than any budget here; a larger amount is a slip of the pen.
MOST_KRONER = 1_000_000_000_000

_KRONER: dict[str, JsonValue] = {"unit": "DKK"}
_SHARE_PER_YEAR: dict[str, JsonValue] = {"unit": "share per year"}
_HOURS: dict[str, JsonValue] = {"unit": "hours a day"}


def _whole_ore(amount: float) -> float:
    if abs(100 * amount - round(100 * amount)) > 1e-6 * max(1.0, amount):
        raise ValueError(Message("must be kroner with at most two decimals"))
    return amount


Date = Annotated[dt.date, BeforeValidator(date_of)]
Kroner = Annotated[
    float,
    Field(ge=0, le=MOST_KRONER, allow_inf_nan=False, json_schema_extra=_KRONER),
    AfterValidator(_whole_ore),
]
Year = Annotated[int, Field(ge=1990, le=2100)]
Day = Annotated[int, Field(ge=1, le=100_000, json_schema_extra=DAYS)]
Times = Annotated[float, Field(ge=0, le=100, allow_inf_nan=False)]
Days = Annotated[float, Field(gt=0, le=366, allow_inf_nan=False, json_schema_extra=DAYS)]
Counts = Literal["midnights", "registered_days"]
Source = Annotated[
    str, Field(min_length=8, description="a publication and table or section, or `assumption: why`")
]


class PriceStep(Strict):
    """From a date on, another amount."""

    from_: Date = Field(alias="from", description="first day on which it holds")
    amount: Kroner = Field(description="amount from that day on, DKK")
    price_year: Year | None = Field(
        None, description="year in whose prices it is given (none: taken as it stands)"
    )
    source: Source


class Price(Strict):
    """An amount of money, with its price year, its source and later amounts."""

    amount: Kroner = Field(description="amount from the start, DKK")
    price_year: Year | None = Field(
        None, description="year in whose prices it is given (none: taken as it stands)"
    )
    later: dict[str, PriceStep] = Field(default_factory=dict, description="named later amounts")
    times_by_group: dict[str, Times] = Field(
        default_factory=dict, description="a group pays so many times the amount"
    )
    times_by_payer: dict[str, Times] = Field(
        default_factory=dict, description="a paying municipality pays so many times the amount"
    )
    source: Source


class Cost(Strict):
    """What it costs to have and to run places: fixed, and by use."""

    per_year: Price | None = Field(None, description="whatever places and use, DKK a year")
    per_place_year: Price | None = Field(
        None, description="of each place of the norm, used or not, DKK a year"
    )
    per_day: Price | None = Field(None, description="of each counted day, DKK")
    per_stay: Price | None = Field(None, description="of each stay begun, DKK")


class Refund(Strict):
    """The state pays a share of what the municipality pays for a day (§110)."""

    share: Share = Field(description="share of the price less the citizen's own payment")
    days: Day | None = Field(
        None, description="days of a citizen in a calendar year with refund (none: all)"
    )
    days_from: Date | None = Field(
        None, description="first day on which the limit holds and days count (none: from the start)"
    )
    source: Source


class Grant(Strict):
    """A fixed amount a year, whatever the use."""

    per_year: Price = Field(description="DKK a year")
    paid_by: str = Field(
        description="purse: region, state, ngo, or <municipality>.treasury or .authority"
    )


class Project(Strict):
    """A grant for a period, in equal parts for its days."""

    total: Price = Field(description="the whole grant, DKK")
    from_: Date = Field(alias="from", description="first day")
    to: Date = Field(description="last day")
    paid_by: str = Field("state", description="purse")

    @model_validator(mode="after")
    def _in_order(self) -> Project:
        if not self.to >= self.from_:
            raise ValueError(
                Message("to must be {from_} or later (got {to})", from_=self.from_, to=self.to)
            )
        return self


class Deficit(Strict):
    """A deficit of the year before the first budget year."""

    amount: Kroner = Field(description="DKK")
    in_tariff: bool = Field(
        description="whether the tariff as given recovers it already, so that the places cost that"
        " much less than the tariff says; else the second year's tariff does, with what the first"
        " year leaves"
    )
    source: Source


class Support(Strict):
    """Home support that is not given while a citizen stays here."""

    hours: Annotated[float, Field(ge=0, le=24, allow_inf_nan=False, json_schema_extra=_HOURS)] = (
        Field(description="hours saved on each counted day")
    )
    per_hour: Price = Field(description="DKK an hour")


class Comparable(Strict):
    """What a price per day holds, for who compares it with another."""

    night_staff: Literal["in_house", "shared", "none", "unknown"] = Field(
        "unknown", description="staff at night"
    )
    rent: Literal["included", "paid_by_citizen", "unknown"] = Field(
        "unknown", description="rent of the place"
    )
    meals: Literal["included", "paid_by_citizen", "unknown"] = Field("unknown", description="meals")
    source: Source


class Offer(Strict):
    """Who runs places, what they cost, and how they are paid for."""

    title: str | None = Field(None, description="name shown in tables and figures")
    pool: str | None = Field(description="the pool; none: a budget line without places")
    run_by: str = Field(description="a municipality, region, state or ngo")
    host: str | None = Field(
        None,
        description="municipality that pays if nobody else does (default: who runs it)",
    )
    model: str = Field(description="budget model, one of `money.models`")
    counts: Counts = Field(
        "midnights", description="days that are counted: midnights, or dates from first to last day"
    )
    cost: Cost | None = Field(
        None,
        description="what the places cost (default: what the tariff says at the budgeted use,"
        " whatever the use; for places without a norm, the tariff of each day)",
    )
    tariff: Price | None = Field(None, description="price of a counted day, DKK")
    budgeted_use: Annotated[Share, Field(gt=0)] = Field(
        1.0, description="use of the places that the tariff was made for"
    )
    enrolled_200: Share = Field(
        0.0,
        description="share of days with twice the tariff for twice the hours (200 % enrolment)",
    )
    own_payment: Price | None = Field(
        None, description="what the citizen pays of a counted day, DKK"
    )
    refund: Refund | None = Field(None, description="state refund to the paying municipality")
    empty_places: Literal["operator", "by_population"] = Field(
        "operator",
        description="who pays for empty places: who runs them, or all municipalities by population",
    )
    opening_deficit: Deficit | None = Field(None, description="deficit of the year before")
    grants: dict[str, Grant] = Field(default_factory=dict, description="fixed grants")
    project: Project | None = Field(None, description="a project grant")
    support_saved: Support | None = Field(None, description="home support saved meanwhile")
    comparable: Comparable | None = Field(None, description="what the price per day holds")
    sources: Sources = Field(default_factory=dict)


class BudgetModel(Strict):
    """How an offer gets its money."""

    title: str | None = Field(None, description="name shown in tables and figures")
    kind: Literal["own_budget", "activity_frame", "tariff", "grant", "project_grant"] = Field(
        description="own_budget: who runs it bears the cost; activity_frame: a frame for budgeted"
        " days, handed back for days not used; tariff: each day is billed to the paying"
        " municipality; grant: a fixed amount; project_grant: a grant for a time"
    )
    at_use: Annotated[Share, Field(gt=0)] | None = Field(
        None, description="use that the tariff is made for (none: the offer's budgeted use)"
    )
    deficit: Literal["stays", "next_tariff"] = Field(
        "stays", description="a deficit stays with the offer, or enters next year's tariff"
    )
    years: Annotated[int, Field(ge=1, le=100)] = Field(
        2, description="budget years that a project grant lasts where the offer states none"
    )
    source: Source


class Charge(Strict):
    """What a sector charges another for a day in its wards."""

    title: str | None = Field(None, description="name shown in tables and figures")
    days: Literal["completed_treatment", "all"] = Field(
        description="days after completed treatment, or all days of a stay"
    )
    price: Price | None = Field(None, description="DKK a day (none: off, since it is not known)")
    pools: list[str] = Field(default_factory=list, description="pools (none: every ward)")
    to: Literal["region", "state"] = Field("region", description="the purse that gets it")
    returned: bool = Field(False, description="whether it is paid back to all by population")
    from_day: Day = Field(1, description="first such day of a stay that is charged")
    to_day: Day | None = Field(None, description="last such day of a stay that is charged")
    most_per_stay: Price | None = Field(
        None, description="most for one stay, DKK, in the year in which it ends"
    )
    counts: Counts = Field("midnights", description="days that are counted")
    sources: Sources = Field(default_factory=dict)

    @model_validator(mode="after")
    def _in_order(self) -> Charge:
        if self.to_day is not None and not self.to_day >= self.from_day:
            raise ValueError(
                Message(
                    "to_day must be {from_day} or more (got {to_day})",
                    from_day=self.from_day,
                    to_day=self.to_day,
                )
            )
        return self


class WardDay(Strict):
    """The value of a ward day that is freed, three readings side by side."""

    marginal: Price = Field(description="what a day less saves at once, DKK")
    full: Price = Field(description="all cost of the ward over its days, DKK")


class Money(Strict):
    """What places cost and who pays. All of it can be changed without a new run."""

    price_year: Year = Field(2023, description="year in whose prices results are given")
    index_per_year: Annotated[
        float, Field(gt=-0.5, lt=0.5, allow_inf_nan=False, json_schema_extra=_SHARE_PER_YEAR)
    ] = Field(0.0, description="rise of prices a year, between price years")
    discount_per_year: Annotated[
        float, Field(ge=0, lt=0.5, allow_inf_nan=False, json_schema_extra=_SHARE_PER_YEAR)
    ] = Field(0.0, description="discount rate of the present value, from the first budget year")
    models: dict[str, BudgetModel] = Field(default_factory=dict, description="budget models")
    offers: dict[str, Offer] = Field(default_factory=dict, description="offers, one for each pool")
    charges: dict[str, Charge] = Field(default_factory=dict, description="charges between sectors")
    ward_day: WardDay | None = Field(None, description="value of a ward day that is freed")
    sources: Sources = Field(default_factory=dict)
