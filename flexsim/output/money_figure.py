"""A waterfall for each alternative: who pays more, who less, and what it costs in all."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flexsim import __version__
from flexsim.economics.comparing import TOTAL, MoneyComparison
from flexsim.language import Language
from flexsim.output import naming, terminal, ticks
from flexsim.scenario.names import shown

#: Colours that the colour-blind can tell apart (Okabe and Ito).
_MORE, _LESS, _ALL = "#D55E00", "#0072B2", "#555555"
_DPI = 150
_THOUSAND = 1000.0


def write(found: MoneyComparison, path: Path) -> None:
    """Write the picture as PNG."""
    draw(found).savefig(path, dpi=_DPI, metadata={"Software": f"flexsim {__version__}"})


def draw(found: MoneyComparison) -> Figure:
    """One panel for each alternative.

    Parameters
    ----------
    found : MoneyComparison
    """
    language = Language.of(found.baseline.scenario)
    alternatives = found.labels[1:]
    rows = max(len(found.waterfall(label)) for label in alternatives)
    height = (0.32 * rows + 1.1) * len(alternatives) + 0.8
    figure = Figure(figsize=(8.0, height), layout="constrained")
    panels = figure.subplots(len(alternatives), 1, squeeze=False).ravel()
    for axes, label in zip(panels, alternatives, strict=True):
        _panel(axes, found, label, language)
    words = language.text(
        "Who pays more, compared with {baseline}", baseline=shown(found.labels[0], 60)
    )
    title = figure.suptitle(words)
    title.set_parse_math(False)
    figure.supxlabel(
        language.text(
            "1,000 DKK a year, prices of {year}; lines: 95 % interval of each difference;"
            " {replications}, flexsim {version}",
            year=found.baseline.price_year,
            replications=terminal.replications(found.baseline.shape[0], language),
            version=__version__,
        ),
        fontsize="x-small",
    )
    return figure


def _panel(axes: Axes, found: MoneyComparison, label: str, language: Language) -> None:
    table = found.waterfall(label)
    start, end, low, high = (
        table[name].to_numpy() / _THOUSAND for name in ("start", "end", "low", "high")
    )
    at = np.arange(len(table))
    names = table["purse"].astype(str).tolist()
    difference = end - start
    colours = [
        _ALL if name == TOTAL else _MORE if step > 0 else _LESS
        for name, step in zip(names, difference, strict=True)
    ]
    axes.barh(at, difference, left=start, color=colours, height=0.6)
    axes.hlines(at, start + low, start + high, color="black", lw=1)
    axes.vlines(end[:-1], at[:-1], at[:-1] + 1, color=_ALL, lw=0.6, ls=":")
    axes.axvline(0, color="black", lw=0.8)
    right = max(float(np.nanmax([*(start + high), *end, *start])), 0.0)
    left = min(float(np.nanmin([*(start + low), *end, *start])), 0.0)
    room = 0.02 * ((right - left) or 1.0)
    for n, step in enumerate(difference):
        ends = [start[n], end[n], start[n] + high[n]]
        axes.text(np.nanmax(ends) + room, n, _signed(step, language), va="center", fontsize=8)
    axes.set_xlim(left - room, right + 6 * room)
    axes.set_yticks(
        at,
        [shown(naming.purse(found.baseline.scenario, name, language), 34) for name in names],
        fontsize=8,
    )
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
    axes.invert_yaxis()
    ticks.numbers(axes.xaxis, language, most=7)
    axes.tick_params(axis="x", labelsize=8)
    axes.set_title(shown(label, 80), fontsize="medium", loc="left", parse_math=False)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _signed(thousands: float, language: Language) -> str:
    text = language.number(thousands)
    return f"+{text}" if thousands > 0 else text
