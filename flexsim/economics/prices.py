"""Amounts of money: whole øre, of one price year, by date."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from flexsim.scenario.money import Money, Price

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]


def in_ore(kroner: float) -> int:
    """Kroner as whole øre."""
    return round(100 * kroner)


def rounded(value: Fraction) -> int:
    """The nearest whole number; halves go up."""
    return (2 * value.numerator + value.denominator) // (2 * value.denominator)


def as_fraction(number: float) -> Fraction:
    """A number as it was written: 0.8 is four fifths."""
    return Fraction(str(number))


def indexed(kroner: float, price_year: int | None, money: Money) -> int:
    """An amount of `price_year` in øre of the price year of the results, at the index a year."""
    ore = in_ore(kroner)
    if price_year is None or price_year == money.price_year:
        return ore
    growth = (1 + as_fraction(money.index_per_year)) ** (money.price_year - price_year)
    return rounded(ore * growth)


def at(price: Price | None, days: Ints, money: Money) -> Ints:
    """The amount in øre on each of some days.

    Parameters
    ----------
    price : Price or None
        None gives 0.
    days : ndarray of int, shape (S,)
        Proleptic ordinals, ascending.
    money : Money
        For the price year and the index.
    """
    if price is None:
        return np.zeros(len(days), dtype=np.int64)
    steps = sorted(price.later.values(), key=lambda step: step.from_)
    amounts = [indexed(price.amount, price.price_year, money)]
    amounts += [indexed(step.amount, step.price_year, money) for step in steps]
    begun = np.array([step.from_.toordinal() for step in steps], dtype=np.int64)
    return np.array(amounts, dtype=np.int64)[np.searchsorted(begun, days, side="right")]


def times(price: Price | None, groups: tuple[str, ...], payers: tuple[str, ...]) -> list[Fraction]:
    """How many times the amount each group (first) and payer (within it) pays, G x M of them."""
    by_group = price.times_by_group if price else {}
    by_payer = price.times_by_payer if price else {}
    return [
        as_fraction(by_group.get(g, 1)) * as_fraction(by_payer.get(m, 1))
        for g in groups
        for m in payers
    ]


def share_of(ore: Ints, share: float | Fraction) -> Ints:
    """A share of amounts, rounded to whole øre; halves go up."""
    exact = share if isinstance(share, Fraction) else as_fraction(share)
    if exact == 1:
        return ore
    top, bottom = exact.numerator, exact.denominator
    whole, rest = np.divmod(ore, bottom)  # so that no product is too large
    return np.asarray(whole * top + (2 * rest * top + bottom) // (2 * bottom), dtype=np.int64)


def per(ore: Ints, days: Ints) -> Ints:
    """Amounts over numbers of days, rounded to whole øre; 0 where there is no day."""
    safe = np.maximum(days, 1)
    return np.asarray(np.where(days > 0, (2 * ore + safe) // (2 * safe), 0), dtype=np.int64)


def split(ore: Ints, weights: Floats) -> Ints:
    """Amounts shared out by weight, shape (..., M); the parts add up to the amounts exactly."""
    upto = np.cumsum(weights) / np.sum(weights)
    upto[-1] = 1.0
    whole: Ints = np.rint(ore[..., None] * upto).astype(np.int64)
    whole[..., 1:] -= whole[..., :-1].copy()
    return whole
