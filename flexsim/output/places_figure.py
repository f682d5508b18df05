"""Cost over the number of places, and below it the delay that then remains."""

from __future__ import annotations

from pathlib import Path

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flexsim import __version__
from flexsim.economics.places import Places
from flexsim.language import Language
from flexsim.output import naming, terminal, ticks

#: Colours that the colour-blind can tell apart (Okabe and Ito), and marks that need no colour.
_COLOURS = ("#0072B2", "#E69F00", "#009E73", "#D55E00", "#CC79A7")
_MARKS = ("o", "s", "^", "D", "v")
_DELAY = "#555555"
_DPI = 150
_THOUSAND = 1000.0


def write(found: Places, path: Path) -> None:
    """Write the picture as PNG."""
    draw(found).savefig(path, dpi=_DPI, metadata={"Software": f"flexsim {__version__}"})


def draw(found: Places) -> Figure:
    """What each number of places costs more than the cheapest one, by whose cost is counted.

    Parameters
    ----------
    found : Places
    """
    language = Language.of(found.scenario)
    text = language.text
    figure = Figure(figsize=(8.0, 6.4), layout="constrained")
    above, below = figure.subplots(2, 1, sharex=True, height_ratios=(3, 2))
    _costs(above, found, language)
    numbers = found.effects["places"]
    days = found.effects["completed_treatment_days"]
    below.plot(numbers, days, color=_DELAY, marker="o", lw=1.2)
    below.set_ylim(0, 1.1 * float(days.max()) or 1)
    below.set_ylabel(text("completed-treatment\ndays a year"))
    ticks.numbers(below.yaxis, language, most=5)
    ticks.numbers(below.xaxis, language, most=10, whole=True)
    pool = naming.entry(found.scenario, "pools", found.pool, language)
    below.set_xlabel(text("places of {pool}", pool=pool), parse_math=False)
    for axes in (above, below):
        axes.spines[["top", "right"]].set_visible(False)
        axes.grid(axis="y", lw=0.3)
    title = figure.suptitle(text("What the number of places costs: {pool}", pool=pool))
    title.set_parse_math(False)
    words = text(
        "filled: costs least; lines: 95 % interval of the paired difference;"
        " prices of {year}; {replications}, flexsim {version}",
        year=found.scenario.money.price_year,
        replications=terminal.replications(found.results[0].replications, language),
        version=__version__,
    )
    figure.supxlabel(words, fontsize="x-small")
    return figure


def _costs(axes: Axes, found: Places, language: Language) -> None:
    for n, (whose, rows) in enumerate(found.costs.groupby("whose", sort=False)):
        colour, mark = _COLOURS[n % len(_COLOURS)], _MARKS[n % len(_MARKS)]
        more, low, high = (rows[name] / _THOUSAND for name in ("more", "more_low", "more_high"))
        label = naming.whose(found.scenario, str(whose), language)
        at, best = rows["places"], rows["is_best"]
        axes.plot(at, more, color=colour, marker=mark, label=label, lw=1.2, markerfacecolor="white")
        axes.vlines(at, low, high, color=colour, lw=1)
        axes.plot(at[best], more[best], color=colour, marker=mark, ls="", ms=9)
    axes.axhline(0, color="black", lw=0.6)
    axes.set_ylabel(language.text("more than with the cheapest number,\n1,000 DKK a year"))
    ticks.numbers(axes.yaxis, language, most=7)
    legend = axes.legend(title=language.text("whose cost"), fontsize=8, title_fontsize=8)
    for words in legend.get_texts():
        words.set_parse_math(False)
