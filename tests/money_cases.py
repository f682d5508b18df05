"""A small network with money, registers written by hand, and a slow second way to count."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

import numpy as np

from flexsim.economics.asking import of_registers
from flexsim.economics.money import Money
from flexsim.plan.build import build
from flexsim.plan.plan import Plan
from flexsim.register import COLUMNS, NOT_YET, Kind, Outcome, Purpose, Register
from flexsim.scenario import templates
from flexsim.scenario.references import faults
from flexsim.scenario.schema import Scenario

DAY = 86_400
SOURCE = "assumption: a test"


def price(amount: float, **more: Any) -> dict[str, Any]:
    """An amount as a scenario writes it."""
    return {"amount": amount, "source": SOURCE, **more}


NETWORK: dict[str, Any] = {
    "run": {"start": "2025-01-01", "warm_up_days": 0, "days": 730, "replications": 1},
    "municipalities": {
        "herning": {"population": 90.0},
        "struer": {"population": 20.0},
        "lemvig": {"population": 19.0},
    },
    "groups": {"adults": {}, "young": {}},
    "pools": {
        "ward": {"kind": "ward", "places": 4, "stay": {"law": "exponential", "mean_days": 9}},
        "flex": {"kind": "flexible", "places": 2, "stay": {"law": "exponential", "mean_days": 9}},
        "shelter": {
            "kind": "shelter",
            "places": "unlimited",
            "stay": {"law": "exponential", "mean_days": 30},
        },
    },
    "searches": {"flex": {"pools": ["flex"], "otherwise": "shelter"}},
    "streams": {
        "street": {"group": "adults", "origin": "street", "rate_per_year": 60, "search": "flex"},
        "other": {"group": "young", "origin": "street", "rate_per_year": 60, "search": "flex"},
    },
    "money": {
        "price_year": 2025,
        "models": {
            "own": {"kind": "own_budget", "source": SOURCE},
            "frame": {"kind": "activity_frame", "deficit": "next_tariff", "source": SOURCE},
            "tariff": {"kind": "tariff", "source": SOURCE},
            "grant": {"kind": "grant", "source": SOURCE},
            "project": {"kind": "project_grant", "years": 1, "source": SOURCE},
        },
        "offers": {
            "ward": {
                "pool": "ward",
                "run_by": "region",
                "model": "own",
                "cost": {"per_place_year": price(100000), "per_day": price(1000)},
            },
            "flex": {
                "pool": "flex",
                "run_by": "herning",
                "model": "tariff",
                "tariff": price(1000),
                "budgeted_use": 0.8,
            },
            "shelter": {
                "pool": "shelter",
                "run_by": "ngo",
                "model": "tariff",
                "tariff": price(1699),
                "own_payment": price(100),
                "refund": {"share": 0.5, "days": 90, "source": SOURCE},
            },
        },
        "charges": {
            "completed_treatment": {"days": "completed_treatment", "price": price(2000)},
        },
    },
}


def scenario_of(changes: dict[str, Any] | None = None) -> Scenario:
    """The network with dotted keys set to other values; None drops a key."""
    mapping = copy.deepcopy(NETWORK)
    for dotted, value in (changes or {}).items():
        *path, last = dotted.split(".")
        at = mapping
        for name in path:
            at = at.setdefault(name, {})
        at[last] = copy.deepcopy(value)
        if value is None:
            del at[last]
    values, _ = templates.resolved(mapping, lambda _: {})
    scenario = Scenario.model_validate(values)
    assert not faults(scenario)
    return scenario


class Stay:
    """A stay of a register written by hand; times in days from the start."""

    def __init__(
        self,
        pool: str,
        begin: float,
        end: float | None,
        citizen: int = 0,
        completed: float | None = None,
        residence: str = "herning",
        payer: str | None = None,
        group: str = "adults",
    ) -> None:
        self.pool, self.begin, self.end, self.citizen = pool, begin, end, citizen
        self.completed, self.residence, self.group = completed, residence, group
        self.payer = payer or residence


def register(plan: Plan, stays: list[Stay]) -> Register:
    """A register of such stays (only what money looks at is filled in)."""
    stays = sorted(stays, key=lambda s: (s.citizen, s.begin))
    who = {s.citizen: s for s in stays}
    numbers = sorted(who)

    def seconds(days: float | None) -> int:
        return NOT_YET if days is None else round(days * DAY)

    rows = {name: np.full(len(stays), NOT_YET) for name in COLUMNS}
    for n, stay in enumerate(stays):
        rows["pool"][n] = rows["sought"][n] = plan.pools.index(stay.pool)
        rows["kind"][n], rows["purpose"][n] = Kind.PLACE, Purpose.NEED
        for name in ("requested", "wanted", "ready", "granted", "admitted"):
            rows[name][n] = seconds(stay.begin)
        rows["completed"][n], rows["left"][n] = seconds(stay.completed), seconds(stay.end)
        rows["outcome"][n] = Outcome.STILL_THERE if stay.end is None else Outcome.LEFT_MODEL
    places = plan.municipalities
    return Register(
        citizen=np.array([numbers.index(s.citizen) for s in stays], dtype=np.int64),
        **rows,
        citizen_stream=np.zeros(len(who), dtype=np.int64),
        citizen_nth=np.arange(len(who)),
        citizen_group=np.array([plan.groups.index(who[c].group) for c in numbers], dtype=np.int64),
        citizen_residence=np.array([places.index(who[c].residence) for c in numbers]),
        citizen_payer=np.array([places.index(who[c].payer) for c in numbers]),
        counted_over=np.zeros((len(plan.pools), 1), dtype=np.int64),
        counted_empty=np.zeros((len(plan.pools), 1), dtype=np.int64),
    )


def money_of(stays: list[Stay], changes: dict[str, Any] | None = None) -> Money:
    """The money of a register written by hand."""
    scenario = scenario_of(changes)
    plan = build(scenario)
    return of_registers(scenario, plan, [register(plan, stays)])


def days_of(stay: Stay, end: float, registered: bool) -> list[int]:
    """The days that a stay counts, one by one."""
    last = end if stay.end is None else stay.end
    days = range(int(end) + 1)
    if registered:
        return [d for d in days if d + 1 > stay.begin and (d <= last if stay.end else d < last)]
    return [d for d in days if stay.begin <= d < last]


def flow(money: Money, what: str, year: int = 1, **ends: str) -> int:
    """Øre of the flows of one kind in a budget year."""
    table = money.ledger
    rows = (table["what"] == what) & (table["year"] == year)
    for name, value in ends.items():
        rows &= table[name.rstrip("_")] == value
    return int(table.loc[rows, "ore"].sum())


def calendar_year(day: int) -> int:
    """Calendar year of a day of the run."""
    return (dt.date(2025, 1, 1) + dt.timedelta(days=day)).year
