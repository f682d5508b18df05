"""A budget model applied to an offer: who pays what for the same days."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from flexsim.economics import prices
from flexsim.economics.basis import Basis
from flexsim.economics.purses import (
    AUTHORITY,
    CITIZEN,
    OUTSIDE,
    RESOURCES,
    STATE,
    TREASURY,
    Flow,
    Flows,
    operator,
    purse,
)
from flexsim.scenario.money import BudgetModel, Money

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Settled:
    """An offer under one budget model.

    Attributes
    ----------
    flows : list of Flow
    tariff : ndarray, shape (R, S)
        Øre a day in each stretch; 0 where the model has none.
    balance : ndarray, shape (R, Y)
        Øre that the offer gets less what it spends; below 0 is a deficit.
    handed_back : ndarray, shape (R, Y)
        Øre for days budgeted and not used.
    """

    basis: Basis
    flows: list[Flow]
    tariff: Ints
    balance: Ints
    handed_back: Ints


@dataclass(frozen=True, eq=False)
class Settlement:
    """What is needed to settle any offer."""

    money: Money
    groups: tuple[str, ...]
    municipalities: tuple[str, ...]
    population: Floats  # (M,)

    def settle(self, basis: Basis, model: BudgetModel, as_given: bool) -> Settled:
        """Settle one offer.

        Parameters
        ----------
        basis : Basis
        model : BudgetModel
        as_given : bool
            With the offer's own tariff, grants and project, as far as it states any; else with
            what its cost makes of them (to compare budget models).
        """
        return _Case(self, basis, model, as_given).settled()


class _Case:
    def __init__(self, frame: Settlement, basis: Basis, model: BudgetModel, own: bool) -> None:
        self.all, self.basis, self.model, self.own = frame, basis, model, own
        self.stretches = basis.stretches
        replications = len(basis.days)
        self.flows = Flows(replications, self.stretches.years)
        self.shape = replications, self.stretches.years
        self.operator = operator(basis.offer.run_by)
        runs = basis.offer.run_by
        self.host = basis.offer.host or (None if runs in OUTSIDE else runs)
        self.authorities = [purse(m, AUTHORITY) for m in frame.municipalities]
        self.treasury = purse(self.host, TREASURY) if self.host else self.operator
        self.times = prices.times(basis.offer.tariff, frame.groups, frame.municipalities)
        self.tariff = np.zeros((replications, len(self.stretches.days)), dtype=np.int64)
        self.handed_back = np.zeros(self.shape, dtype=np.int64)

    def settled(self) -> Settled:
        basis, add = self.basis, self.flows.add
        add(basis.key, self.operator, RESOURCES, "running cost", basis.fixed + basis.variable)
        add(basis.key, self.operator, RESOURCES, "hours of 200 % enrolment", basis.extra)
        own = self.stretches.by_year(basis.own_payments(), axis=1).sum(axis=2)
        add(basis.key, CITIZEN, self.operator, "own payment", own)
        self._support_saved()
        pay = {
            "own_budget": self._nothing,
            "activity_frame": self._by_day,
            "tariff": self._by_day,
            "grant": self._grant,
            "project_grant": self._project,
        }
        pay[self.model.kind]()
        balance = np.zeros(self.shape, dtype=np.int64)
        for flow in self.flows.found:
            balance = balance + flow.ore * ((flow.target == self.operator) * 1)
            balance = balance - flow.ore * ((flow.source == self.operator) * 1)
        return Settled(basis, self.flows.found, self.tariff, balance, self.handed_back)

    def _nothing(self) -> None:
        """Who runs it bears the cost."""

    def _support_saved(self) -> None:
        support = self.basis.offer.support_saved
        if support is None:
            return
        hour = prices.at(support.per_hour, self.stretches.first_days, self.all.money)
        ore = prices.share_of(hour, support.hours)[:, None] * self.basis.days.sum(axis=2)
        by_year = self.stretches.by_year(ore, axis=1)
        for n, authority in enumerate(self.authorities):
            self.flows.add(
                self.basis.key, RESOURCES, authority, "home support saved", by_year[..., n]
            )

    # -- by the day ---------------------------------------------------------------------------

    def _by_day(self) -> None:
        """Year by year, since what one year leaves may enter the next one's tariff."""
        parts: list[tuple[str, str, str, Ints]] = []
        opening = self.basis.offer.opening_deficit
        owed = np.zeros(self.shape[0], dtype=np.int64)
        if opening is not None and self.own:
            owed += prices.in_ore(opening.amount)
        own = self.stretches.by_year(self.basis.own_payments(), axis=1).sum(axis=2)
        for year in range(self.stretches.years):
            mine = self.stretches.year == year
            self.tariff[:, mine] = self._price(year, owed)[:, mine]
            paid = self._paid_for_days(mine)
            got = own[:, year].copy()
            for source, target, what, ore in paid:
                parts.append((source, target, what, self._in_year(ore, year)))
                got += ore * ((target == self.operator) * 1) - ore * ((source == self.operator) * 1)
            owed = owed + self.basis.cost[:, year] - got
        merged: dict[tuple[str, str, str], Ints] = {}
        for source, target, what, ore in parts:
            key = source, target, what
            merged[key] = merged[key] + ore if key in merged else ore
        for (source, target, what), ore in merged.items():
            self.flows.add(self.basis.key, source, target, what, ore)

    def _in_year(self, ore: Ints, year: int) -> Ints:
        found = np.zeros(self.shape, dtype=np.int64)
        found[:, year] = ore
        return found

    def _price(self, year: int, owed: Ints) -> Ints:
        """Øre a day, shape (R, S), of which the stretches of the year are used."""
        basis, carries = self.basis, self.model.deficit == "next_tariff" and bool(year)
        given = self.own and basis.offer.tariff is not None
        if (given and not carries) or basis.place_days is None:
            return np.broadcast_to(basis.price, self.tariff.shape)
        use = self.model.at_use or basis.offer.budgeted_use
        due = basis.planned_cost(use)[year] + (owed if carries else 0 * owed)
        made = prices.per(np.maximum(due, 0), basis.planned_days(use)[year])
        return np.broadcast_to(made[:, None], self.tariff.shape)

    def _paid_for_days(self, mine: NDArray[np.bool_]) -> list[tuple[str, str, str, Ints]]:
        """Payments of one year as (from, to, what, øre of shape (R,))."""
        whole = self.basis.billed(self.tariff, self.times)
        net = (whole - self.basis.own_payments())[:, mine].sum(axis=1)
        frame = self.model.kind == "activity_frame"
        found = []
        for n, name in enumerate(self.all.municipalities):
            if frame and name == self.host:
                found += self._frame(mine, net[:, n])
            else:
                what = "tariff" if name == self.host else "sale to others"
                found.append((self.authorities[n], self.operator, what, net[:, n]))
        if not frame:
            found += self._refund(mine) + self._empty(mine)
        return found

    def _frame(self, mine: NDArray[np.bool_], due: Ints) -> list[tuple[str, str, str, Ints]]:
        """A frame for the budgeted days of which what was not used goes back."""
        places = self.basis.place_days
        use = self.model.at_use or self.basis.offer.budgeted_use
        full = self.tariff * places if places is not None else 0 * self.tariff
        frame = prices.share_of(full[:, mine].sum(axis=1), use)
        back, more = np.maximum(frame - due, 0), np.maximum(due - frame, 0)
        year = self.stretches.year[mine][0]
        self.handed_back[:, year] = back
        return [
            (self.treasury, self.operator, "frame", frame),
            (self.operator, self.treasury, "handed back", back),
            (self.treasury, self.operator, "days above the frame", more),
        ]

    def _refund(self, mine: NDArray[np.bool_]) -> list[tuple[str, str, str, Ints]]:
        refund = self.basis.offer.refund
        if refund is None:
            return []
        ore = self.basis.refundable(self.tariff, self.times)[:, mine].sum(axis=1)
        paid = prices.share_of(ore, refund.share)
        return [(STATE, to, "state refund", paid[:, n]) for n, to in enumerate(self.authorities)]

    def _empty(self, mine: NDArray[np.bool_]) -> list[tuple[str, str, str, Ints]]:
        """Empty places, shared out by population."""
        places = self.basis.place_days
        if self.basis.offer.empty_places == "operator" or places is None:
            return []
        empty = np.maximum(places - self.basis.days.sum(axis=(2, 3)), 0)
        parts = prices.split((empty * self.tariff)[:, mine].sum(axis=1), self.all.population)
        return [
            (source, self.operator, "empty places", parts[:, n])
            for n, source in enumerate(self.authorities)
        ]

    # -- grants -------------------------------------------------------------------------------

    def _grant(self) -> None:
        grants = self.basis.offer.grants if self.own else {}
        for grant in grants.values():
            a_year = prices.at(grant.per_year, self.stretches.first_days, self.all.money)
            ore = self.stretches.by_year(a_year * self.stretches.days, axis=0)
            whole = prices.per(ore, np.array([365]))
            self.flows.add(self.basis.key, grant.paid_by, self.operator, "grant", whole)
        if not grants:
            use = self.model.at_use or self.basis.offer.budgeted_use
            planned = self.basis.planned_cost(use)
            self.flows.add(self.basis.key, self.treasury, self.operator, "grant", planned)

    def _project(self) -> None:
        project = self.basis.offer.project if self.own else None
        name = "project grant"
        if project is None:
            use = self.model.at_use or self.basis.offer.budgeted_use
            planned = self.basis.planned_cost(use)
            lasts = np.arange(self.stretches.years) < self.model.years
            add = self.flows.add
            add(self.basis.key, STATE, self.operator, name, planned * lasts)
            add(self.basis.key, self.treasury, self.operator, "after the project", planned * ~lasts)
            return
        first = project.from_.toordinal()
        days = project.to.toordinal() - first + 1
        total = prices.at(project.total, np.array([first]), self.all.money)
        edges = self.stretches.first_days[self.stretches.year >= 0][0] - first
        ends = edges + 365 * np.arange(self.stretches.years + 1)
        upto = (total * np.clip(ends, 0, days)) // days
        self.flows.add(self.basis.key, project.paid_by, self.operator, name, np.diff(upto))
