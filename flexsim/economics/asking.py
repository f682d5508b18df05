"""From a result, or from registers, to `Money`: what is to be counted, and counted once."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from flexsim.economics import prices
from flexsim.economics.counting import Billed, Charged, Counts, Spec, count
from flexsim.economics.money import Money
from flexsim.economics.stretches import Stretches, stretches_of
from flexsim.engine.choice import simulate_rows, workspaces
from flexsim.errors import ScenarioError
from flexsim.plan.plan import WARD, Plan
from flexsim.register import Register, RowTable
from flexsim.result import Result
from flexsim.scenario.loading import with_overrides
from flexsim.scenario.money import Charge, Offer
from flexsim.scenario.schema import Scenario


def money(result: Result, overrides: Sequence[str] = ()) -> Money:
    """What the places of a result cost and who pays.

    Parameters
    ----------
    result : Result
    overrides : sequence of str
        Changes of the scenario's `money`, as on the command line:
        ``["money.offers.mpo.model=tariff_90"]``. Nothing is run again for them.

    Raises
    ------
    ScenarioError
        If an override is not valid or changes anything else, if the scenario has no prices, or if
        the run has no whole budget year.
    """
    scenario = result.scenario
    wrong = [text for text in overrides if not text.lstrip("+~").startswith("money.")]
    if wrong:
        raise ScenarioError(
            [f"{text}: only keys of money can be changed without a new run" for text in wrong]
        )
    if overrides:
        scenario = with_overrides(scenario, overrides)
    if not scenario.money.offers and not scenario.money.charges:
        raise ScenarioError(f"scenario {scenario.name} has no prices (money.offers)")
    stretches = stretches_of(scenario.money, result.plan)
    spec = spec_of(scenario, result.plan, stretches)
    if spec not in result.money_counts:
        result.money_counts[spec] = _added(_registers(result), result.plan, stretches, spec)
    return Money(scenario, result.plan, result.money_counts[spec])


def of_registers(scenario: Scenario, plan: Plan, registers: Iterable[Register | RowTable]) -> Money:
    """The same of registers, simulated or observed; each is one replication.

    Raises
    ------
    ScenarioError
        If the plan has no whole budget year.
    """
    stretches = stretches_of(scenario.money, plan)
    spec = spec_of(scenario, plan, stretches)
    return Money(scenario, plan, _added(registers, plan, stretches, spec))


def _registers(result: Result) -> Iterable[Register | RowTable]:
    """The register of each replication, simulated again from its seed: a result keeps none."""
    (workspace,) = workspaces(result.engine, 1)
    for n in range(result.replications):
        yield simulate_rows(result.plan, result.seed, n, result.engine, result.policy, workspace)


def _added(
    registers: Iterable[Register | RowTable], plan: Plan, stretches: Stretches, spec: Spec
) -> Counts:
    """Counts of several registers, one axis more in front."""
    found = [count(rows, plan, stretches, spec) for rows in registers]
    names = ("days", "refunded", "stays", "charged", "capped")
    return Counts(*(np.array([getattr(one, name) for one in found]) for name in names))


def spec_of(scenario: Scenario, plan: Plan, stretches: Stretches) -> Spec:
    """What is to be counted in the registers."""
    pools = plan.pools
    offers = [offer for offer in scenario.money.offers.values() if offer.pool is not None]
    charges = scenario.money.charges.values()
    return Spec(
        tuple(stretches.edges.tolist()),
        tuple(_billed(offer, pools) for offer in offers),
        tuple(_charged(charge, scenario, plan, stretches) for charge in charges),
    )


def _billed(offer: Offer, pools: tuple[str, ...]) -> Billed:
    refund = offer.refund
    begins = refund.days_from.toordinal() if refund and refund.days_from else 0
    return Billed(
        pool=pools.index(str(offer.pool)),
        registered=offer.counts == "registered_days",
        refund=refund is not None,
        refund_days=refund.days if refund else None,
        refund_from=begins,
    )


def _charged(charge: Charge, scenario: Scenario, plan: Plan, stretches: Stretches) -> Charged:
    money = scenario.money
    named = [plan.pools.index(name) for name in charge.pools]
    pools = named or np.flatnonzero(plan.kind == WARD).tolist()
    price: tuple[int, ...] = ()
    most: tuple[int, ...] = ()
    if charge.most_per_stay is not None:
        days = stretches.first_days
        price = tuple(prices.at(charge.price, days, money).tolist())
        most = tuple(prices.at(charge.most_per_stay, days, money).tolist())
    return Charged(
        pools=tuple(pools),
        after_treatment=charge.days == "completed_treatment",
        registered=charge.counts == "registered_days",
        from_day=charge.from_day,
        to_day=charge.to_day,
        price=price,
        most=most,
    )
