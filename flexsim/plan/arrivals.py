"""Arrivals: the cumulative expected number of new needs of a stream, as knots over time."""

from __future__ import annotations

import datetime as dt

import numpy as np
from numpy.typing import NDArray

from flexsim.scenario.schema import WEEKDAYS, Stream

Floats = NDArray[np.float64]

DAY = 86_400
YEAR_DAYS = 365


def cumulative_rate(stream: Stream, start: dt.date, days: int) -> tuple[Floats, Floats]:
    """Knots of the cumulative rate, linear between them.

    The season is integrated exactly over each day, growth is taken at noon; within a day the rate
    is even.

    Parameters
    ----------
    stream : Stream
    start : date
        Date of time zero.
    days : int
        Length of the run, warm-up included.

    Returns
    -------
    times : ndarray, shape (K,)
        Seconds since time zero, ascending from 0.
    expected : ndarray, shape (K,)
        Expected number of arrivals up to each time.
    """
    per_day = stream.rate_per_year / YEAR_DAYS
    if not stream.weekdays and stream.season.amplitude == 0 and stream.growth_per_year == 0:
        return np.array([0.0, days * DAY]), np.array([0.0, days * per_day])
    edges = np.arange(days + 1, dtype=np.float64)
    by_day = per_day * _season_days(stream, start, edges) * _weekday_factors(stream, start, days)
    if stream.growth_per_year:
        by_day *= (1 + stream.growth_per_year) ** ((edges[:-1] + 0.5) / YEAR_DAYS)
    return edges * DAY, np.concatenate([[0.0], np.cumsum(by_day)])


def _season_days(stream: Stream, start: dt.date, edges: Floats) -> Floats:
    """Integral of the seasonal factor over each day."""
    first = (start - dt.date(start.year, 1, 1)).days
    angle = 2 * np.pi * (edges + first - stream.season.peak_day) / YEAR_DAYS
    swing = stream.season.amplitude * YEAR_DAYS / (2 * np.pi) * np.diff(np.sin(angle))
    return np.diff(edges) + swing


def _weekday_factors(stream: Stream, start: dt.date, days: int) -> Floats:
    """Relative arrivals of each day of the run; the mean over a week is 1."""
    week = np.array([stream.weekdays.get(day, 1.0) for day in WEEKDAYS])
    weekday = (np.arange(days) + start.weekday()) % 7
    factors: Floats = (week / week.mean())[weekday]
    return factors
