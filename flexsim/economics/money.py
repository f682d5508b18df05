"""What the places of a run cost and who pays: `Money`.

Everything is computed from the stay register. A budget model can be changed without a new run, so
that all of them are compared on the same citizens.

>>> import flexsim as fs
>>> result = fs.run("baseline")
>>> money = fs.money(result)
>>> money.by_purse()  # who pays, DKK a year
>>> money.models()  # all budget models side by side
>>> money.ledger  # every flow, in øre
>>> fs.money(result, ["money.offers.mpo.model=tariff_90"])  # another model, no new run
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from flexsim.economics import prices
from flexsim.economics.basis import Basis, basis_of
from flexsim.economics.counting import Counts
from flexsim.economics.purses import (
    AUTHORITY,
    CITIZEN,
    NGO,
    REGION,
    RESOURCES,
    STATE,
    TREASURY,
    Flow,
    Flows,
    as_table,
    municipality_of,
    paid_by,
    purse,
)
from flexsim.economics.settling import Settled, Settlement
from flexsim.economics.stretches import Stretches, place_days, stretches_of
from flexsim.economics.tariff import at_use
from flexsim.errors import ScenarioError
from flexsim.measures.interval import interval
from flexsim.message import Message, joined, rounded
from flexsim.plan.plan import Plan
from flexsim.scenario.money import Price
from flexsim.scenario.names import listed, nearest, shown
from flexsim.scenario.schema import Pool, Scenario

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]

_KRONE = 100.0
UNLIMITED = "unlimited"
#: Columns of `Money.models`.
_MODEL = (
    *("offer", "model", "tariff", "used_days", "use", "cost", "income"),
    *("balance", "balance_low", "balance_high", "deficit_risk", "handed_back", "break_even_use"),
    *("cost_per_day", REGION, "host", "others", STATE, NGO, CITIZEN, "total"),
)
#: After the name of an offer's own budget model, with its own tariff.
AS_IT_IS = " (as it is)"


class Money:
    """The money of a result.

    All amounts in tables are DKK a budget year, in prices of `price_year`; `ledger` has whole øre.

    Attributes
    ----------
    scenario : Scenario
        With what was changed of its `money`.
    plan : Plan
    price_year : int
    settled : dict of str to Settled
        Each offer under its own budget model.
    flows : list of Flow
        Everything paid: of the offers, and between the sectors.
    """

    def __init__(self, scenario: Scenario, plan: Plan, counts: Counts) -> None:
        self.scenario, self.plan, self.counts = scenario, plan, counts
        self.price_year = scenario.money.price_year
        self.stretches: Stretches = stretches_of(scenario.money, plan)
        people = [m.population for m in scenario.municipalities.values()] or [1.0]
        self.settlement = Settlement(
            scenario.money, plan.groups, plan.municipalities, np.array(people)
        )
        models = scenario.money.models
        self.settled: dict[str, Settled] = {
            basis.name: self.settlement.settle(basis, models[basis.offer.model], as_given=True)
            for basis in self.bases
        }
        self.flows: list[Flow] = [
            *(flow for one in self.settled.values() for flow in one.flows),
            *self._charges(),
        ]

    @property
    def shape(self) -> tuple[int, int]:
        """Replications and budget years."""
        return len(self.counts.days), self.stretches.years

    @cached_property
    def bases(self) -> list[Basis]:
        """Each offer in numbers, the same under every budget model."""
        money, counts, found = self.scenario.money, self.counts, []
        of_pool = [offer.pool for offer in money.offers.values() if offer.pool is not None]
        nothing = np.zeros((self.shape[0], *counts.days.shape[2:]), dtype=np.int64)
        for name, offer in money.offers.items():
            if offer.pool is None:
                counted, places = (nothing, nothing, nothing), None
            else:
                n = of_pool.index(offer.pool)
                counted = counts.days[:, n], counts.refunded[:, n], counts.stays[:, n]
                pool = self.plan.pools.index(offer.pool)
                places = place_days(self.plan, pool, self.stretches)
            found.append(basis_of(name, offer, money, self.stretches, counted, places))
        return found

    # -- who pays -----------------------------------------------------------------------------

    @cached_property
    def ledger(self) -> pd.DataFrame:
        """The payer ledger: every flow of money.

        Columns: year (1, 2, ...), replication, offer, pool, from, to, what, ore (whole øre). `to`
        is ``resources`` where money is spent on staff and premises, and `from` where it is saved;
        what all purses pay less what they get is that, exactly.
        """
        return as_table(self.flows)

    @cached_property
    def net(self) -> dict[str, Ints]:
        """Øre that each purse pays less what it gets, each of shape (R, Y)."""
        return paid_by(self.flows, self.shape)

    @cached_property
    def total_cost(self) -> Ints:
        """Øre spent on staff and premises in all, shape (R, Y)."""
        total = np.zeros(self.shape, dtype=np.int64)
        for flow in self.flows:
            spent = (flow.target == RESOURCES) - (flow.source == RESOURCES)
            total = total + spent * flow.ore
        return total

    def by_purse(self) -> pd.DataFrame:
        """Who pays, DKK a year.

        Returns
        -------
        DataFrame
            purse, municipality, paid, received (gross, means), net (paid less received), low, high
            (95 % interval of the long-run mean), year_low, year_high (5-95 % of single budget
            years); each municipality also as a whole ("herning"), where flows between its purses
            cancel; the last row ("total") is the total cost.
        """
        gross: dict[str, list[Ints]] = {}
        for flow in self.flows:
            for name, at in ((flow.source, 0), (flow.target, 1)):
                both = gross.setdefault(name, [np.zeros(self.shape, dtype=np.int64)] * 2)
                both[at] = both[at] + flow.ore
        rows = [self._row(name, net, gross.get(name)) for name, net in self._whole_net()]
        return pd.DataFrame([*rows, self._row("total", self.total_cost, None)])

    def _whole_net(self) -> Iterator[tuple[str, Ints]]:
        """Net payments of all purses, and after those of a municipality their sum."""
        for name in (REGION, STATE, NGO, CITIZEN):
            if name in self.net:
                yield name, self.net[name]
        for municipality in self.plan.municipalities:
            mine = [name for name in self.net if municipality_of(name) == municipality]
            yield from ((name, self.net[name]) for name in sorted(mine))
            if mine:
                yield municipality, sum((self.net[n] for n in mine), np.zeros_like(self.total_cost))

    def _row(self, name: str, net: Ints, gross: list[Ints] | None) -> dict[str, object]:
        whole = name in self.plan.municipalities
        paid, received = (gross[0].mean(), gross[1].mean()) if gross else (np.nan, np.nan)
        return {
            "purse": name,
            "municipality": name if whole else municipality_of(name),
            "paid": paid / _KRONE,
            "received": received / _KRONE,
            **spread(net / _KRONE, "net"),
        }

    # -- budget models ------------------------------------------------------------------------

    def models(self) -> pd.DataFrame:
        """Every budget model for every offer that is not on its operator's own budget.

        The cost is the same under all of them. "as it is" is the offer's own model with its own
        tariff and grants; the others have what its cost makes of them at their use of the places
        (a citizen's own payment comes on top of a grant). Lines without places, and places without
        a number, are shown as they are only.

        Returns
        -------
        DataFrame
            offer, model, tariff (DKK a day, mean; NaN: none), used_days, use (share of the
            place-days), cost, income, balance (below 0: deficit), balance_low, balance_high (5-95 %
            of single years), deficit_risk (share of budget years with a deficit), handed_back,
            break_even_use (share of place-days that must be paid for; above 1: never enough),
            cost_per_day (of a used day); then who pays in the end: region, host, others
            (municipalities), state, ngo, citizen, which add up to `total` (cost less home support
            saved).
        """
        rows = []
        for name, own in self.settled.items():
            if self.scenario.money.models[own.basis.offer.model].kind == "own_budget":
                continue
            rows.append(self._model_row(f"{own.basis.offer.model}{AS_IT_IS}", own))
            others = self.scenario.money.models if own.basis.place_days is not None else []
            for model in others:
                if self.scenario.money.models[model].kind != "own_budget":
                    rows.append(self._model_row(model, self.under(name, model)))
        return pd.DataFrame(rows, columns=_MODEL)

    def under(self, offer: str, model: str) -> Settled:
        """An offer under a budget model, with what its cost makes of it."""
        basis = self.settled[offer].basis
        return self.settlement.settle(basis, self.scenario.money.models[model], as_given=False)

    def at_uses(self, offer: str, uses: Sequence[float]) -> pd.DataFrame:
        """The budget models of one offer at given uses of its places, all days paid by the host.

        Nothing simulated goes into it: it shows what a reading of a source, or a budget, means.
        Refund has no limit of days here.

        Parameters
        ----------
        offer : str
            With a number of places.
        uses : sequence of float
            Shares of the place-days.

        Returns
        -------
        DataFrame
            As `models`, for each use.

        Raises
        ------
        ScenarioError
            As `check_uses` does.
        """
        check_uses(self.scenario, offer, uses)
        basis = self.settled[offer].basis
        names = self.plan.municipalities
        host = basis.offer.host or basis.offer.run_by
        payer = names.index(host) if host in names else 0
        models = self.scenario.money.models
        rows = []
        for use in uses:
            alone = at_use(basis, payer, [use])
            settle = self.settlement.settle
            own = settle(alone, models[basis.offer.model], as_given=True)
            rows.append(self._model_row(f"{basis.offer.model}{AS_IT_IS}", own))
            rows += [
                self._model_row(name, settle(alone, model, as_given=False))
                for name, model in models.items()
                if model.kind != "own_budget"
            ]
        return pd.DataFrame(rows)

    def _model_row(self, model: str, one: Settled) -> dict[str, object]:
        basis, offer = one.basis, one.basis.offer
        cost, used = basis.cost, basis.used
        inside = self.stretches.year >= 0
        weights = self.stretches.days[inside]
        tariff = float(np.average(one.tariff[:, inside].mean(axis=0), weights=weights))
        places = float(basis.place_days_by_year.mean())
        balance = one.balance / _KRONE
        total = paid_by(one.flows, cost.shape)
        host = offer.host or offer.run_by
        classes = dict.fromkeys((REGION, "host", "others", STATE, NGO, CITIZEN), 0.0)
        for name, ore in total.items():
            mine = municipality_of(name)
            where = name if not mine else "host" if mine == host else "others"
            classes[where] += float(ore.mean()) / _KRONE
        low, high = np.quantile(balance, [0.05, 0.95])
        return {
            "offer": basis.name,
            "model": model,
            "tariff": tariff / _KRONE if tariff else np.nan,
            "used_days": float(used.mean()),
            "use": float(used.mean()) / places if places else np.nan,
            "cost": float(cost.mean()) / _KRONE,
            "income": float((cost + one.balance).mean()) / _KRONE,
            "balance": float(balance.mean()),
            "balance_low": float(low),
            "balance_high": float(high),
            "deficit_risk": float((one.balance < 0).mean()),
            "handed_back": float(one.handed_back.mean()) / _KRONE,
            "break_even_use": self._break_even(one),
            "cost_per_day": float(cost.sum()) / float(used.sum()) / _KRONE
            if used.any()
            else np.nan,
            **classes,
            "total": sum(classes.values()),
        }

    def _break_even(self, one: Settled) -> float:
        """The use at which what is paid for days covers the cost of the first year; or NaN."""
        inside = self.stretches.year == 0
        places = one.basis.place_days_by_year[0]
        margin = one.tariff[0, inside] - one.basis.per_day[inside]
        ore = float(np.average(margin, weights=self.stretches.days[inside]))
        return float(one.basis.fixed[0]) / (ore * float(places)) if ore > 0 and places else np.nan

    # -- between sectors ----------------------------------------------------------------------

    def _charges(self) -> Iterator[Flow]:
        """What is charged for days in the wards, from the municipality of residence."""
        flows = Flows(*self.shape)
        authorities = [purse(m, AUTHORITY) for m in self.plan.municipalities]
        treasuries = [purse(m, TREASURY) for m in self.plan.municipalities]
        for n, (name, charge) in enumerate(self.scenario.money.charges.items()):
            if charge.price is None:
                continue
            price = prices.at(charge.price, self.stretches.first_days, self.scenario.money)
            ore = self.counts.capped[:, n]
            if charge.most_per_stay is None:
                ore = self.counts.charged[:, n] * price[:, None]
            by_year = self.stretches.by_year(ore, axis=1)
            key = ("", charge.pools[0] if len(charge.pools) == 1 else "")
            flows.add_each(key, authorities, charge.to, name, by_year)
            if charge.returned:
                back = prices.split(by_year.sum(axis=2), self.settlement.population)
                for m, treasury in enumerate(treasuries):
                    flows.add(key, charge.to, treasury, f"{name} returned", back[..., m])
        return iter(flows.found)

    def amount(self, price: Price) -> float:
        """An amount in DKK of the price year, as it is at the start of the first budget year."""
        inside = self.stretches.year >= 0
        first = self.stretches.first_days[inside][:1]
        return float(prices.at(price, first, self.scenario.money)[0]) / _KRONE

    # -- in words -----------------------------------------------------------------------------

    @property
    def unpriced(self) -> list[str]:
        """Pools that have no price, so that their cost is not in any table."""
        priced = {offer.pool for offer in self.scenario.money.offers.values()}
        return [name for name in self.scenario.pools if name not in priced]

    @property
    def notes(self) -> list[str]:
        """What a reader must know beside the amounts."""
        money = self.scenario.money
        said: list[str] = [Message("DKK a year in prices of {year}", year=money.price_year)]
        if money.index_per_year:
            rise = rounded(100 * money.index_per_year)
            said[0] += Message(" (prices rise {rise} % a year)", rise=rise)
        off = [Message(c.title or name) for name, c in money.charges.items() if c.price is None]
        if off:
            named = joined(", ", off)
            said.append(Message("off, since the amount is not known: {charges}", charges=named))
        if self.unpriced:
            pools = self.scenario.pools
            named = joined(", ", [Message(pools[name].title or name) for name in self.unpriced])
            said.append(Message("without a price: {pools}", pools=named))
        return said


def check_uses(scenario: Scenario, offer: str, uses: Sequence[float]) -> None:
    """Refuse what has no budget at a given use of its places.

    Raises
    ------
    ScenarioError
        If no such offer has a number of places throughout and no cost by the stay, or a use is not
        above 0 and at most 1.
    """
    known = [
        name
        for name, one in scenario.money.offers.items()
        if one.pool is not None
        and UNLIMITED not in _norms(scenario.pools[one.pool])
        and (one.cost is None or one.cost.per_stay is None)
    ]
    if offer not in known:
        raise ScenarioError(
            Message(
                "no offer '{name}' that is paid for by its number of places; there are:"
                " {known}{hint}",
                name=shown(offer),
                known=listed(known),
                hint=nearest(offer, known),
            )
        )
    if not all(0 < use <= 1 for use in uses):
        raise ScenarioError(Message("a use of places must be above 0 and at most 100 %"))


def _norms(pool: Pool) -> list[object]:
    """The places of a pool, and those of its dated steps."""
    return [pool.places, *(step.places for step in pool.later.values())]


def spread(values: Floats, name: str) -> dict[str, float]:
    """Mean over replications and years with its 95 % interval, and 5-95 % of single years.

    Parameters
    ----------
    values : ndarray, shape (R, Y)
    name : str
        Of the mean.
    """
    by_replication = values.mean(axis=1)
    mean = np.array([by_replication.mean()])
    others = len(by_replication) - 1
    left_out = (by_replication.sum() - by_replication) / others if others else by_replication
    low, high = interval(mean, left_out[:, None])
    year_low, year_high = np.quantile(values, [0.05, 0.95])
    return {
        name: float(mean[0]),
        "low": float(low[0]),
        "high": float(high[0]),
        "year_low": float(year_low),
        "year_high": float(year_high),
    }
