"""Where a run has forgotten how it began: MSER-5, a test against chance, and Welch's average.

MSER-5: White (1997, Simulation 69, 323-334), on the mean of replications as Hoad, Robinson and
Davies (2010, Journal of the Operational Research Society 61, 1389-1403) use it. It finds some
number of days in a series without any transient as well, and a large one where neighbouring days
are alike. So the days it would leave out are held against those that it keeps, by replication.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

#: Days of a batch, and batches at the end whose spread says nothing any more.
BATCH, LAST = 5, 5
#: Share of steady systems for which any series is said to have a transient.
ERROR = 0.05
#: Days in a run that are told apart by where they end, about: each twice as long as the one before.
_PLACES = 8


class Transient(NamedTuple):
    """How a series begins; levels are means over days and replications."""

    days: int  # that MSER-5 leaves out
    first: float  # level in these days, or in the first half; NaN if there are none
    level: float  # level after that
    told: bool  # whether the two are told apart by more than chance
    settled: bool  # whether it settles within the first half of the series


def mser5(series: Floats) -> int:
    """Days to leave out so that the mean of the rest is known best.

    The batches of five days from number d on have a mean with the squared standard error
    S(d) = sum (z - mean)^2 / (k - d)^2, were they independent; d is where that is smallest.

    Parameters
    ----------
    series : ndarray, shape (D,)
        By day, the mean of replications.

    Returns
    -------
    int
        A multiple of five. Above D / 2 the series is too short to say.
    """
    batches = len(series) // BATCH
    z = series[: batches * BATCH].reshape(batches, BATCH).mean(axis=1)
    if batches <= LAST:
        return 0
    left = np.arange(batches, 0, -1)
    sums, squares = (
        np.cumsum(values[::-1])[::-1] for values in (z - z.mean(), (z - z.mean()) ** 2)
    )
    spread = (squares - sums**2 / left) / left.astype(np.float64) ** 2
    return BATCH * int(np.argmin(spread[: batches - LAST]))


def transient(series: Floats, tests: int = 1) -> Transient:
    """How a series begins.

    Parameters
    ----------
    series : ndarray, shape (R, D)
        By replication, two or more, and day.
    tests : int
        How many series are looked at together, so that the error is allowed for them all.
    """
    from scipy import special

    n, length = series.shape
    days = mser5(series.mean(axis=0))
    settled = days <= length / 2
    cut = days if settled else length // 2  # few days at the end are no level
    level = float(series[:, cut:].mean())
    if not days:
        return Transient(0, np.nan, level, False, True)
    first = series[:, :cut].mean(axis=1)
    apart = first - series[:, cut:].mean(axis=1)
    limit = special.stdtrit(n - 1, 1 - ERROR / 2 / (tests * _PLACES))
    told = abs(apart.mean()) > limit * apart.std(ddof=1) / np.sqrt(n)
    return Transient(days, float(first.mean()), level, bool(told), settled)


def welch(series: Floats, window: int) -> Floats:
    """Moving average of 2 x window + 1 days, of fewer where the series begins and ends.

    Welch (1983, The statistical analysis of simulation results).

    Parameters
    ----------
    series : ndarray, shape (D,)
    window : int
    """
    upto = np.concatenate([[0.0], np.cumsum(series)])
    day = np.arange(len(series))
    reach = np.minimum(np.minimum(day, len(series) - 1 - day), window)
    return (upto[day + reach + 1] - upto[day - reach]) / (2 * reach + 1)
