"""The 95 % interval of a long-run mean: of many at a time, or of one in compiled code."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import part

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
    n = len(left_out)
    if n < 2:
        return np.full_like(mean, np.nan), np.full_like(mean, np.nan)
    spread = ((left_out - left_out.mean(axis=0)) ** 2).sum(axis=0)
    half = students(n)[n] * np.sqrt((n - 1) / n * spread)
    return mean - half, mean + half


@lru_cache(maxsize=32)
def students(most: int) -> Floats:
    """Student's 97.5 % quantile by how many values are left out, up to `most`; from 2 on."""
    from scipy import special

    found = np.full(most + 1, np.nan)
    found[2:] = special.stdtrit(np.arange(1, most), 0.975)
    found.flags.writeable = False
    return found


@part
def half_width(left_out: Floats, student: float) -> float:
    """Half of `interval` for one estimate, the same bits; NaN with fewer than two values.

    Added up in order, as NumPy does along the first axis.
    """
    n = len(left_out)
    if n < 2:
        return np.nan
    total = left_out[0]
    for k in range(1, n):
        total += left_out[k]
    mean = total / n
    spread = (left_out[0] - mean) * (left_out[0] - mean)
    for k in range(1, n):
        spread += (left_out[k] - mean) * (left_out[k] - mean)
    return student * np.sqrt((n - 1) / n * spread)
