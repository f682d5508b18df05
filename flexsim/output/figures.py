"""One figure per pool: places in use through time, against the norm."""

from __future__ import annotations

import datetime as dt
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.dates import date2num
from matplotlib.figure import Figure
from numpy.typing import NDArray

from flexsim import __version__
from flexsim.language import Language, phrase
from flexsim.output import headlines, terminal, ticks
from flexsim.result import Result
from flexsim.scenario.names import shown

Floats = NDArray[np.float64]

#: A longer run is drawn as means of weeks, so that the line is not noise.
DAILY_UP_TO = 2 * 366
_WEEK = 7
_SIZE = (8.0, 4.8)
#: Left, bottom, width and height of the axes: room for title above, legend and note below.
_AXES = (0.1, 0.2, 0.87, 0.66)
_DPI = 150
_LINE, _NORM, _DELAYED, _WARM_UP = "#0072B2", "#000000", "#E69F00", "#F0F0F0"
_GREY = "#555555"


@dataclass(frozen=True, eq=False)
class _Course:
    """One pool through time; T points, each the mean of `step` days from `day` on."""

    edges: Floats  # (T + 1,) days since the start of the run
    occupied: Floats  # (T,) mean over replications
    low: Floats  # (T,) 5 % of replications
    high: Floats  # (T,) 95 % of replications
    delayed: Floats  # (T,) mean over replications
    norm: Floats  # (D,) by day, inf where unlimited
    replications: int
    weekly: bool
    kind: str
    cases: bool  # of caseworkers
    unlimited: bool
    language: Language


def write(result: Result, folder: Path) -> list[Path]:
    """Write ``<pool>.png`` for every pool of a result into a folder that exists."""
    paths = []
    for name in result.scenario.pools:
        path = folder / f"{name}.png"
        metadata = {"Software": f"flexsim {__version__}"}
        draw(result, name).savefig(path, dpi=_DPI, metadata=metadata)
        paths.append(path)
    return paths


def course_table(result: Result, pool: str) -> pd.DataFrame:
    """The numbers of the figure of a pool.

    Returns
    -------
    DataFrame
        first_day (date), occupied, low, high, delayed (places), norm (at the first day).
    """
    course = _course(result, pool)
    days = course.edges[:-1].astype(int)
    start = result.scenario.run.start
    return pd.DataFrame(
        {
            "first_day": [(start + dt.timedelta(days=int(day))).isoformat() for day in days],
            "occupied": course.occupied,
            "low": course.low,
            "high": course.high,
            "delayed": course.delayed,
            "norm": course.norm[days],
        }
    )


def draw(result: Result, pool: str) -> Figure:
    """Draw the figure of one pool.

    Parameters
    ----------
    result : Result
    pool : str
        Name of the pool.
    """
    figure = Figure(figsize=_SIZE)
    axes = figure.add_axes(_AXES)
    course = _course(result, pool)
    start = float(date2num(result.scenario.run.start))  # type: ignore[no-untyped-call]
    _draw_occupied(axes, course, start)
    _draw_delayed(axes, course, start)
    _draw_norm(axes, course, start)
    _draw_absence(axes, course)
    _draw_warm_up(axes, course, start, result.scenario.run.warm_up_days)
    _frame(axes, course, start)
    _words(axes, result, pool)
    figure.legend(
        loc="lower center", bbox_to_anchor=(0.5, 0.04), ncols=5, frameon=False, fontsize="small"
    )
    _note(figure, result, course)
    return figure


def _course(result: Result, pool: str) -> _Course:
    p = result.plan.pools.index(pool)
    daily = result.daily
    days = daily.occupied.shape[-1]
    weekly = days > DAILY_UP_TO
    first = np.arange(0, days, _WEEK if weekly else 1)
    edges = np.append(first, days).astype(np.float64)

    def averaged(by_day: Floats) -> Floats:
        sums: Floats = np.add.reduceat(by_day.astype(np.float64), first, axis=-1)
        return sums / np.diff(edges)

    occupied = averaged(daily.occupied[:, p])
    low, high = np.quantile(occupied, [0.05, 0.95], axis=0)
    settings = result.scenario.pools[pool]
    return _Course(
        edges=edges,
        occupied=occupied.mean(axis=0),
        low=low,
        high=high,
        delayed=averaged(daily.delayed[:, p]).mean(axis=0),
        norm=daily.norm[p],
        replications=len(occupied),
        weekly=weekly,
        kind=settings.kind,
        cases=settings.is_caseworkers,
        unlimited=headlines.is_unlimited(settings),
        language=Language.of(result.scenario),
    )


def _draw_occupied(axes: Axes, course: _Course, start: float) -> None:
    middle = start + (course.edges[:-1] + course.edges[1:]) / 2
    if course.replications > 1:
        label = course.language.text("5-95 % of replications")
        axes.fill_between(
            middle, course.low, course.high, color=_LINE, alpha=0.3, lw=0, label=label
        )
    several = course.replications > 1
    label = phrase("mean of replications") if several else phrase("one replication")
    axes.plot(middle, course.occupied, color=_LINE, lw=1.4, label=course.language.text(label))


def _draw_absence(axes: Axes, course: _Course) -> None:
    """Say so where there is nothing to see."""
    if not course.high.any():
        words = course.language.text("nobody in any replication")
        axes.text(0.5, 0.5, words, transform=axes.transAxes, ha="center", color=_GREY)


def _draw_delayed(axes: Axes, course: _Course, start: float) -> None:
    if not course.delayed.any():
        return
    ward = course.kind == "ward"
    label = phrase("of these, treatment completed") if ward else phrase("of these, stay completed")
    axes.stairs(
        course.delayed,
        start + course.edges,
        fill=True,
        facecolor=_DELAYED,
        edgecolor="#7A4F00",
        lw=0,
        hatch="////",
        label=course.language.text(label),
    )


def _draw_norm(axes: Axes, course: _Course, start: float) -> None:
    """Draw the capacity with its steps; no line while it is unlimited."""
    if not np.isfinite(course.norm).any():
        return
    norm = np.where(np.isfinite(course.norm), course.norm, np.nan)
    days = start + np.arange(len(norm) + 1)
    ends, label = np.append(norm, norm[-1]), course.language.text("norm")
    axes.step(days, ends, where="post", color=_NORM, lw=1.2, ls="--", label=label)


def _draw_warm_up(axes: Axes, course: _Course, start: float, days: int) -> None:
    """Shade the warm-up, and name it in the upper left corner."""
    if days:
        axes.axvspan(start, start + days, color=_WARM_UP, lw=0, zorder=0)
        _at_corner(axes, -12, f" {course.language.text('warm-up')}", size="small", color=_GREY)


def _frame(axes: Axes, course: _Course, start: float) -> None:
    """Axes with units, ticks and limits."""
    norm = course.norm[np.isfinite(course.norm)]
    top = max(1.0, float(course.high.max()), *norm.tolist())
    axes.set_ylim(0, 1.15 * top)  # room for a word above the norm
    axes.set_xlim(start, start + course.edges[-1])
    language = course.language
    what = phrase("citizens present") if course.unlimited else phrase("places in use")
    what = phrase("citizens enrolled") if course.kind == "team" else what
    what = phrase("cases under way") if course.cases else what
    mean = phrase("mean of week") if course.weekly else phrase("mean of day")
    axes.set_ylabel(f"{language.text(what)}, {language.text(mean)}")
    ticks.numbers(axes.yaxis, course.language, most=7, whole=top > 3)
    ticks.dates(axes.xaxis, course.language)
    axes.set_xlabel(language.text("date"))
    axes.spines[["top", "right"]].set_visible(False)


def _words(axes: Axes, result: Result, pool: str) -> None:
    """Put the pool in words as title, and the scenario below it."""
    language = Language.of(result.scenario)
    title = _cut(headlines.heading(pool, result.scenario.pools[pool], language), 66)
    below = _cut(shown(language.text(result.scenario.title), 300), 100)
    _at_corner(axes, 22, title, size="large", weight="bold")
    _at_corner(axes, 8, below, size="small", color=_GREY)


def _at_corner(axes: Axes, points: int, text: str, **style: str) -> None:
    """Write so many points above the upper left corner of the axes."""
    note = axes.annotate(
        text, (0, 1), (0, points), xycoords="axes fraction", textcoords="offset points"
    )
    note.set(parse_math=False, **style)


def _note(figure: Figure, result: Result, course: _Course) -> None:
    note = ", ".join(_facts(result, course))
    figure.text(0.1, 0.015, note, size="x-small", color=_GREY, parse_math=False)


def _facts(result: Result, course: _Course) -> Iterator[str]:
    language = course.language
    yield language.text("scenario {name}", name=result.scenario.name)
    yield language.text("seed {number}", number=result.seed)
    count = terminal.replications(result.replications, language)
    few = course.replications < result.replications
    yield language.text("first {n} of {all}", n=course.replications, all=count) if few else count
    yield f"flexsim {__version__}"


def _cut(text: str, longest: int) -> str:
    return textwrap.shorten(text, longest, placeholder=" ...")
