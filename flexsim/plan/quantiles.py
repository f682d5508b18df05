"""Quantile functions as tables: one way to draw from every continuous law.

The knots are dense in both tails: between 2^-(k+1) and 2^-k lie `CELLS` equal cells, for k = 1 to
52, and the same mirrored at one. Looking a value up takes only exact operations (splitting a number
into mantissa and exponent) and one linear interpolation, so every engine and every array library
gives the same bits. With 128 cells an octave the mean of an exponential law is met within 1e-5 of
itself.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from flexsim.jit import instead_of, part
from flexsim.scenario.laws import Law

Floats = NDArray[np.float64]

CELLS = 128
OCTAVES = 52
HALF = CELLS * OCTAVES
# Of the 64 bits of a number: those within a cell; above them stand exponent (less 1022) and cell.
_CELL_BITS = 52 - 7
_WITHIN = (1 << _CELL_BITS) - 1
_FIRST_CELL = (1022 - OCTAVES) * CELLS


def _lower_knots() -> Floats:
    """Knots from 2^-53 to one half, shape (HALF + 1,)."""
    octave, cell = np.divmod(np.arange(HALF), CELLS)
    knots = np.ldexp(0.5 + cell / (2 * CELLS), octave - OCTAVES)
    return np.append(knots, 0.5)


LOWER = _lower_knots()
#: Knots in ascending order, shape (2 * HALF + 1,).
KNOTS: Floats = np.concatenate([LOWER, 1.0 - LOWER[-2::-1]])


def look_up(table: Floats, u: Floats) -> Floats:
    """Quantiles at u by linear interpolation.

    Parameters
    ----------
    table : ndarray, shape (2 * HALF + 1,)
        Values of the quantile function at `KNOTS`.
    u : ndarray, shape (N,)
        In (0, 1).

    Returns
    -------
    ndarray, shape (N,)
    """
    upper = u > 0.5
    tail = np.where(upper, 1.0 - u, u)
    mantissa, exponent = np.frexp(np.maximum(tail, 2.0**-53))
    position = (mantissa - 0.5) * (2 * CELLS)
    cell = position.astype(np.int64)
    fraction = position - cell
    index = (exponent.astype(np.int64) + OCTAVES) * CELLS + cell
    near = np.where(upper, 2 * HALF - index, index)
    beyond = np.where(upper, near - 1, near + 1)
    return table[near] + fraction * (table[beyond] - table[near])


@part
def look_up_one(table: Sequence[float], u: float) -> float:
    """`look_up` for one number: the same operations, so the same bits."""
    upper = u > 0.5
    tail = 1.0 - u if upper else u
    index, fraction = _cell(max(tail, 2.0**-53))
    if upper:
        near, beyond = 2 * HALF - index, 2 * HALF - index - 1
    else:
        near, beyond = index, index + 1
    return table[near] + fraction * (table[beyond] - table[near])


def _cell(tail: float) -> tuple[int, float]:
    """Number of the cell that holds a number from 2^-53 to one half, and how far into it."""
    mantissa, exponent = math.frexp(tail)
    position = (mantissa - 0.5) * (2 * CELLS)
    cell = int(position)
    return (exponent + OCTAVES) * CELLS + cell, position - cell


@instead_of(_cell)
def _cell_of_bits(tail: float) -> tuple[int, float]:
    """`_cell` where it is compiled: exponent and mantissa are read off the bits of the number."""
    bits: int = np.float64(tail).view(np.int64)  # type: ignore[assignment]
    return (bits >> _CELL_BITS) - _FIRST_CELL, (bits & _WITHIN) * 2.0**-_CELL_BITS


@part
def probability(table: Sequence[float], value: float) -> float:
    """The inverse of `look_up`: the probability of a value at or below `value`."""
    i, after = 0, len(table)  # the first knot above the value, by halving
    while i < after:
        middle = (i + after) // 2
        if value < table[middle]:
            after = middle
        else:
            i = middle + 1
    if i == 0:
        return 0.0
    if i == len(table):
        return 1.0
    low, high = table[i - 1], table[i]
    return float(KNOTS[i - 1] + (KNOTS[i] - KNOTS[i - 1]) * ((value - low) / (high - low)))


def shape_table(law: str, shape: float) -> Floats:
    """Quantiles at `KNOTS` of the law with mean 1 and this shape.

    Parameters
    ----------
    law : {"exponential", "gamma", "lognormal", "weibull"}
    shape : float
        Ignored for exponential; log-sd for lognormal; the usual shape for gamma and weibull.
    """
    upper_tail = np.concatenate([1.0 - LOWER, LOWER[-2::-1]])
    if law == "exponential":
        return -np.log(upper_tail)
    from scipy import special  # slow to import, and not needed for exponential laws

    if law == "weibull":
        return (-np.log(upper_tail)) ** (1 / shape) / special.gamma(1 + 1 / shape)
    normal = special.ndtri(LOWER)
    if law == "lognormal":
        z = np.concatenate([normal, -normal[-2::-1]])
        return np.exp(shape * z - shape**2 / 2)
    lower = special.gammaincinv(shape, LOWER)
    upper = special.gammainccinv(shape, LOWER[-2::-1])
    return np.concatenate([lower, upper]) / shape


def residual_table(table: Floats) -> tuple[Floats, float]:
    """Quantiles of the remaining duration seen at a random time, and the mean duration.

    The stationary-excess law: F_e(x) = (1 / mean) * integral from 0 to x of (1 - F).
    """
    survived = np.concatenate([1.0 - LOWER, LOWER[-2::-1]])
    # nothing ends before the shortest duration, so up to there the law is even
    below = np.cumsum(np.diff(table) * (survived[1:] + survived[:-1]) / 2)
    cumulative = table[0] + np.concatenate([[-table[0], 0.0], below])
    mean = float(cumulative[-1])
    if mean == 0:
        return np.zeros_like(table), 0.0
    return np.interp(KNOTS, cumulative / mean, np.concatenate([[0.0], table])), mean


def shape_of(law: Law) -> float:
    """Shape of a gamma, lognormal or weibull law from the keys a scenario gives.

    Raises
    ------
    ValueError
        If no shape gives the stated median or coefficient of variation.
    """
    if law.law == "exponential":
        return 0.0
    given = law.shape if law.shape is not None else law.log_sd
    if given is not None:
        return given
    if law.median_days is not None and law.mean_days is not None:
        return _shape_from_median(law.law, law.median_days / law.mean_days)
    cv = law.cv if law.cv is not None else (law.sd_days or math.nan) / (law.mean_days or math.nan)
    if law.law == "lognormal":
        return math.sqrt(math.log1p(cv**2))
    if law.law == "gamma":
        return 1 / cv**2
    return _root(lambda k: _weibull_cv(k) - cv, f"cv {cv:g}")


def mean_of(law: Law, shape: float) -> float:
    """Mean in days of a law with one part."""
    if law.mean_days is not None:
        return law.mean_days
    if law.median_days is None:
        raise ValueError(f"law {law.law} has neither mean nor median")
    if law.law == "exponential":
        return law.median_days / math.log(2)
    return law.median_days * math.exp(shape**2 / 2)


def _shape_from_median(law: str, ratio: float) -> float:
    if law == "lognormal":
        return math.sqrt(-2 * math.log(ratio))
    if law == "gamma":
        from scipy import special

        return _root(lambda k: float(special.gammaincinv(k, 0.5)) / k - ratio, f"median {ratio:g}")
    return _root(
        lambda k: math.exp(math.log(math.log(2)) / k - math.lgamma(1 + 1 / k)) - ratio,
        f"median {ratio:g}",
    )


def _weibull_cv(k: float) -> float:
    return math.sqrt(math.exp(math.lgamma(1 + 2 / k) - 2 * math.lgamma(1 + 1 / k)) - 1)


def _root(function: Callable[[float], float], what: str) -> float:
    from scipy import optimize  # slow to import, and seldom needed

    try:
        return float(optimize.brentq(function, 0.05, 50.0, xtol=1e-12))
    except ValueError:
        raise ValueError(f"no shape between 0.05 and 50 gives {what} x mean") from None
