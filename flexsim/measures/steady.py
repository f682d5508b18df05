"""Lists that grow without end: overload has no steady state."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from flexsim.measures.periods import DAY, YEAR
from flexsim.message import Message
from flexsim.plan.plan import Plan

Floats = NDArray[np.float64]
Days = NDArray[np.float32] | NDArray[np.float64]

#: Share of steady runs in which any list is said to grow.
ERROR = 0.01
_YEAR_DAYS = YEAR // DAY


def growth_warnings(plan: Plan, waiting: Days) -> list[str]:
    """One line per pool whose waiting list is still growing at the end of the run.

    The end of the window is compared with a stretch just as long before it, both of whole years if
    there are two, so that neither a season nor a list that has yet to fill after the start is taken
    for growth. A list is said to grow if it does so by more than one request a year and by more
    than chance (Student's t over replications, one-sided, corrected for the number of pools).

    Parameters
    ----------
    plan : Plan
    waiting : ndarray, shape (R, P, D)
        Requests on the list of each pool, day by day from the start of the run.
    """
    return still_growing(plan, stretches(plan, waiting)) if len(waiting) else []


def stretches(plan: Plan, waiting: Days) -> Floats:
    """Requests on the list of each pool in the two stretches, on average.

    Parameters
    ----------
    waiting : ndarray, shape (..., P, D)

    Returns
    -------
    ndarray, shape (..., 2, P)
    """
    days = _days_compared(plan)
    compared = waiting[..., waiting.shape[-1] - 2 * days :]
    summed = compared.reshape(*waiting.shape[:-1], 2, days).sum(axis=-1, dtype=np.float64)
    return np.swapaxes(summed, -1, -2) / max(days, 1)


def still_growing(plan: Plan, averages: Floats) -> list[str]:
    """`growth_warnings` from the averages of `stretches`, shape (R, 2, P)."""
    from scipy import special

    days, n = _days_compared(plan), len(averages)
    if n < 2 or not days:
        return []
    growth = (averages[:, 1] - averages[:, 0]) * _YEAR_DAYS / days
    rate = growth.mean(axis=0)
    if not (rate > 1).any():
        return []
    error = growth.std(axis=0, ddof=1) / np.sqrt(n)
    limit = special.stdtrit(n - 1, 1 - ERROR / len(plan.pools))
    return [
        _words(plan.pools[p], rate[p]) for p in np.flatnonzero((rate > 1) & (rate > limit * error))
    ]


def _days_compared(plan: Plan) -> int:
    """Days of the two stretches at the end of a window."""
    half = (plan.end - plan.warm_up) // DAY // 2
    return half // _YEAR_DAYS * _YEAR_DAYS or half


def _words(pool: str, rate: float) -> str:
    return Message(
        "no steady state: the waiting list of {pool} still grows by about {rate} requests a year at"
        " the end of the run; its waits are not stationary, they depend on how long the run is",
        pool=pool,
        rate=round(rate),
    )
