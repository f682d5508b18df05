"""What keys of a scenario say, as numbers of a plan."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import accumulate
from typing import Any

import numpy as np
from numpy.typing import NDArray

from flexsim.plan.arrivals import DAY
from flexsim.plan.plan import UNLIMITED

Array = NDArray[Any]


def ints(values: Iterable[int]) -> Array:
    """Whole numbers, shape (N,)."""
    return np.array(list(values), dtype=np.int64)


def floats(values: Iterable[float]) -> Array:
    """Numbers, shape (N,)."""
    return np.array(list(values), dtype=np.float64)


def bools(values: Iterable[bool]) -> Array:
    """Truths, shape (N,)."""
    return np.array(list(values), dtype=np.bool_)


def number(count: int | str) -> int:
    """Places as a number."""
    return UNLIMITED if isinstance(count, str) else count


def seconds(days: float) -> int:
    """Days in whole seconds."""
    return round(days * DAY)


def priority(given: int | None, urgency: str) -> int:
    """The priority, by urgency if none is given; the lowest is served first."""
    if given is not None:
        return given
    return 0 if urgency == "urgent" else 1


def cumulative(shares: Sequence[float]) -> list[float]:
    """Cumulative shares; the last that is above 0 and all after it are exactly 1."""
    last = max((n for n, share in enumerate(shares) if share != 0), default=len(shares))
    return [1.0 if n >= last and upto > 0 else upto for n, upto in enumerate(accumulate(shares))]
