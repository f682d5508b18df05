"""The 95 % interval of a long-run mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]


def interval(mean: Floats, left_out: Floats) -> tuple[Floats, Floats]:
    """95 % interval of a mean from its leave-one-out values.

    Parameters
    ----------
    mean : ndarray, shape (C,)
    left_out : ndarray, shape (R, C)
        The estimate without each replication.

    Returns
    -------
    low, high : ndarray, shape (C,)
        NaN with fewer than two replications.
    """
    from scipy import special

    n = len(left_out)
    if n < 2:
        return np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    half = special.stdtrit(n - 1, 0.975) * np.sqrt((n - 1) / n * spread)
    return mean - half, mean + half
