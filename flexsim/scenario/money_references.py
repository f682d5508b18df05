"""Checks of the money of a scenario that need two keys to agree."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from flexsim.message import Message
from flexsim.scenario.faults import Fault
from flexsim.scenario.known import GROUP, MUNICIPALITY, POOL, keys_known, known_name
from flexsim.scenario.laws import Strict
from flexsim.scenario.money import Money, Offer, Price
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Pool, Scenario
from flexsim.scenario.yaml_text import Key

_SECTORS = ("region", "state", "ngo")
_PAYING = ("treasury", "authority")
_KEY = ("money", "offers")
_BY_DAY = ("tariff", "activity_frame")
_UNCOUNTED = ("team", "contact")


def faults(scenario: Scenario) -> Iterator[Fault]:
    """Faults of the section `money`."""
    by_pool: dict[str, str] = {}
    for name, offer in scenario.money.offers.items():
        yield from _offer((*_KEY, name), offer, scenario)
        if offer.pool is not None:
            other = by_pool.setdefault(offer.pool, name)
            if other != name:
                yield Fault(
                    (*_KEY, name, "pool"),
                    Message(" is that of money.offers.{other} already", other=other),
                )
    for name, charge in scenario.money.charges.items():
        for n, pool in enumerate(charge.pools):
            key = ("money", "charges", name, "pools", str(n))
            yield from known_name(key, pool, scenario.pools, POOL)
    yield from _prices(scenario.money, tuple(scenario.groups), tuple(scenario.municipalities))


def _offer(key: Key, offer: Offer, scenario: Scenario) -> Iterator[Fault]:
    known = scenario.municipalities
    yield from known_name((*key, "run_by"), offer.run_by, known, MUNICIPALITY, _SECTORS)
    if offer.host is not None:
        yield from known_name((*key, "host"), offer.host, known, MUNICIPALITY)
    yield from known_name(
        (*key, "model"), offer.model, scenario.money.models, Message("budget model")
    )
    for name, grant in offer.grants.items():
        yield from _purse((*key, "grants", name, "paid_by"), grant.paid_by, scenario)
    if offer.project is not None:
        yield from _purse((*key, "project", "paid_by"), offer.project.paid_by, scenario)
    if offer.pool is None:
        if offer.cost is None:
            yield Fault(
                (*key, "cost"), Message(" is missing; a budget line without a pool needs one")
            )
        return
    yield from known_name((*key, "pool"), offer.pool, scenario.pools, POOL)
    if offer.pool in scenario.pools:
        model = scenario.money.models.get(offer.model)
        yield from _places(key, offer, scenario.pools[offer.pool], model.kind if model else "")


def _places(key: Key, offer: Offer, pool: Pool, model: str) -> Iterator[Fault]:
    if pool.kind in _UNCOUNTED:
        yield Fault(
            (*key, "pool"), Message(" is a {kind}: there are no days to count", kind=pool.kind)
        )
    if offer.cost is None and offer.tariff is None:
        yield Fault((*key, "cost"), Message(" is missing; give a cost, or a tariff that says it"))
    norms = [pool.places, *(step.places for step in pool.later.values())]
    if "unlimited" in norms:
        if offer.cost is not None and offer.cost.per_place_year is not None:
            yield Fault(
                (*key, "cost", "per_place_year"), Message(" is for pools with a number of places")
            )
        if offer.tariff is None and model in _BY_DAY:
            yield Fault(
                (*key, "tariff"),
                Message(" is missing; places without a number are paid by the day"),
            )


def _purse(key: Key, name: str, scenario: Scenario) -> Iterator[Fault]:
    municipality, _, part = name.rpartition(".")
    if name in _SECTORS or (municipality in scenario.municipalities and part in _PAYING):
        return
    words = ", ".join(_SECTORS)
    yield Fault(
        key,
        Message(
            " must be {words}, or <municipality>.treasury or .authority (got {name})",
            words=words,
            name=shown(name),
        ),
    )


@lru_cache(maxsize=8)
def _prices(
    money: Money, groups: tuple[str, ...], municipalities: tuple[str, ...]
) -> tuple[Fault, ...]:
    """Faults of all prices, the same for all points of a sweep of something else."""
    return tuple(_of_prices(("money",), money, groups, municipalities))


def _of_prices(
    key: Key, part: Strict, groups: tuple[str, ...], municipalities: tuple[str, ...]
) -> Iterator[Fault]:
    """Groups and payers named in prices, and dates that stand twice."""
    if isinstance(part, Price):
        yield from keys_known((*key, "times_by_group"), part.times_by_group, groups, GROUP)
        yield from keys_known(
            (*key, "times_by_payer"), part.times_by_payer, municipalities, MUNICIPALITY
        )
        seen: dict[object, str] = {}
        for name, step in part.later.items():
            other = seen.setdefault(step.from_, name)
            if other != name:
                yield Fault(
                    (*key, "later", name, "from"),
                    Message(" is the same day as in step {other}", other=other),
                )
        return
    for field in type(part).model_fields:
        value = getattr(part, field)
        inner = value.items() if isinstance(value, dict) else [("", value)]
        for name, one in inner:
            if isinstance(one, Strict):
                where = (*key, field, name) if name else (*key, field)
                yield from _of_prices(where, one, groups, municipalities)
