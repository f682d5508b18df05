"""How a measure is written down: one sum over another."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum


class Weight(Enum):
    """Weights that the plan fixes, so that they are no sums."""

    SECONDS = "seconds of the period"
    YEARS = "years of 365 days in the period"
    BUDGET_YEARS = "whole budget years in the period"
    PEAKS = "whole budget years in the period, or the window if it has none"
    NORM = "place-seconds of the norm"


class Pools(Enum):
    """Which pools have a measure."""

    ALL = "all"
    PLACES = "all but teams"
    FINITE = "those with a norm at some time"
    WARDS = "wards"


@dataclass(frozen=True)
class Measure:
    """A measure by pool: the sum `top` over the sum (or fixed weight) `below`.

    A cell of the result table holds their ratio as value and `below` as weight, where that is above
    0. Sums are columns of `sums`; `top_unit` and `below_unit` turn seconds into what is shown.
    If `split`, the measure is given by group and by municipality as well. `words` say what it is to
    somebody who plans places; the reference page of measures is made from them.
    """

    name: str
    top: int
    below: int | Weight
    top_unit: int = 1
    below_unit: int = 1
    pools: Pools = Pools.ALL
    split: bool = False
    words: str = field(kw_only=True)
