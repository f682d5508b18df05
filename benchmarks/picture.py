"""The results as a picture that can be read in grey."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from math import floor, log10
from pathlib import Path

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, NullLocator

from benchmarks import engines as e
from benchmarks.report import number
from benchmarks.rows import ONE_CORE, SCALE, Row
from benchmarks.scale import EVENT

#: Engines in the order of the picture, from below.
SPEEDS = (
    *(e.SALABIM, e.CIW, e.SIMPY, e.PLAIN),
    *(e.COMPILED_MEASURED, e.COMPILED, e.C_ROWS),
)
#: Line, marker and shade of each engine over scale; flexsim's are black.
LINES = {
    e.PLAIN: ("--", "s", "0.55"),
    e.SIMPY: ("-", "^", "0.0"),
    e.COMPILED: ("-", "o", "0.0"),
    e.C_ROWS: ("--", "D", "0.55"),
}


def draw(path: Path, rows: Sequence[Row], machine: Mapping[str, str]) -> None:
    """Speed of each engine on one core; time of an event over scale."""
    by_name = {(row.section, row.what): row for row in rows}
    with mpl.rc_context({"font.size": 9, "svg.hashsalt": "flexsim"}):
        figure = Figure(figsize=(10, 4.6), layout="constrained")
        left, right = figure.subplots(1, 2, width_ratios=(1.25, 1))
        _speeds(left, by_name)
        _scales(right, by_name)
        where = f"{machine['processor']}, Python {machine['Python']}, numba {machine['numba']}"
        figure.supxlabel(f"{where}, {machine['date']}", fontsize=7.5, color="0.35")
        figure.savefig(path, dpi=150)


def _speeds(axes: Axes, rows: Mapping[tuple[str, str], Row]) -> None:
    """Dots on a logarithmic axis, since the length of a bar would mean nothing there."""
    names = [name for name in SPEEDS if (ONE_CORE, f"{name}: speed") in rows]
    axes.set_xscale("log")
    lowest = min(
        (row.low for name in names if (row := rows[ONE_CORE, f"{name}: speed"]).low), default=1
    )
    first = 10 ** floor(log10(1e6 * lowest))
    axes.set_xlim(first, 5e8)
    for place, name in enumerate(names):
        row = rows[ONE_CORE, f"{name}: speed"]
        if row.value is None or row.low is None or row.high is None:
            axes.text(1.2 * first, place, "missing", va="center", color="0.35")
            continue
        value, low, high = (1e6 * n for n in (row.value, row.low, row.high))
        ours = name.startswith("flexsim")
        axes.plot([low, high], [place, place], color="0.55", lw=2, solid_capstyle="butt")
        face = "black" if ours else "white"
        axes.plot(value, place, "o", color="black", markerfacecolor=face, markersize=7)
        label = (
            f"{number(row.value)} million" if row.value >= 1 else f"{float(f'{value:.3g}'):,.0f}"
        )
        axes.text(max(high, value) * 1.25, place, label, va="center")
    axes.set_yticks(range(len(names)), names)
    axes.set_ylim(-0.6, len(names) - 0.4)
    axes.set_xlabel("patient-events a second, one core (logarithmic)")
    axes.set_title("Speed: median, and range over rounds", fontsize=9.5, loc="left")
    _plain(axes)


def _scales(axes: Axes, rows: Mapping[tuple[str, str], Row]) -> None:
    """Time of an event over scale, both axes logarithmic: a level line is the best there is."""
    axes.set_xscale("log")
    axes.set_yscale("log")
    for name, (line, marker, shade) in LINES.items():
        found = {
            scale: row.value / 1000
            for scale in (1, 10, 100)
            if (row := rows.get((SCALE, f"{name}, scale {scale}: {EVENT}"))) and row.value
        }
        if found:
            x, y = list(found), list(found.values())
            axes.plot(x, y, line, marker=marker, color=shade, markersize=6, label=name)
    axes.set_xticks([1, 10, 100], ["1", "10", "100"])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    axes.set_xlim(0.7, 140)
    axes.set_ylim(0.01, 100)
    if axes.lines:
        below = {"loc": "upper center", "bbox_to_anchor": (0.45, -0.14), "ncols": 2}
        axes.legend(**below, frameon=False, fontsize=8.5)
    axes.set_xlabel("scale: arrivals, beds and places multiplied")
    axes.set_ylabel("CPU time of a patient-event, microseconds")
    axes.set_title("Cost of an event over scale (both logarithmic)", fontsize=9.5, loc="left")
    _plain(axes)


def _plain(axes: Axes) -> None:
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(axis="both", color="0.9", lw=0.6)
    axes.set_axisbelow(True)
