"""One picture of a comparison: the differences of the headline measures with their intervals."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.font_manager import FontProperties

from flexsim import __version__
from flexsim.comparing import FEWER, MORE, Comparison
from flexsim.language import Language
from flexsim.measures.periods import ALL
from flexsim.output import headlines, terminal, ticks
from flexsim.output.comparison import measure_label
from flexsim.scenario.names import shown

#: Colours and marks that the colour-blind can tell apart (Okabe and Ito).
_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")
_MARKS = ("o", "s", "^", "D", "v", "P", "X")
_GREY = "#555555"
_ACROSS = 3
_DPI = 150
_LONGEST = 34


def write(comparison: Comparison, path: Path) -> None:
    """Write the picture as PNG."""
    draw(comparison).savefig(path, dpi=_DPI, metadata={"Software": f"flexsim {__version__}"})


def draw(comparison: Comparison) -> Figure:
    """Draw one panel for each headline measure that differs anywhere.

    Parameters
    ----------
    comparison : Comparison
    """
    language = Language.of(comparison.baseline.scenario)
    table = comparison.table()
    headline = table["p_corrected"].notna() & table["difference"].notna()
    if comparison.replications == 1:
        headline = table["difference"].notna() & (table["group"] == ALL)
        headline &= table["municipality"] == ALL
    rows = table[headline & (table["difference"] != 0)]
    measures = [name for name in dict.fromkeys(rows["measure"]) if _is_headline(name)]
    across = min(_ACROSS, max(len(measures), 1))
    down = -(-max(len(measures), 1) // across)
    most = max((rows[rows["measure"] == name]["pool"].nunique() for name in measures), default=1)
    height = 0.9 + 0.2 * max(most, 2) * max(1.0, 0.5 * (len(comparison.labels) - 1))
    figure = Figure(figsize=(4.2 * across, height * down + 1.1), layout="constrained")
    panels = figure.subplots(down, across, squeeze=False).ravel()
    for axes, measure in zip(panels, measures, strict=False):
        _panel(axes, comparison, rows[rows["measure"] == measure], measure, language)
    for axes in panels[len(measures) :]:
        axes.set_axis_off()
    if not measures:
        panels[0].text(
            0.5, 0.5, language.text("no headline measure differs"), ha="center", color=_GREY
        )
    _words(figure, comparison, language)
    return figure


def _is_headline(measure: str) -> bool:
    try:
        return bool(measure_label(measure))
    except KeyError:
        return False


def _panel(
    axes: Axes, comparison: Comparison, rows: pd.DataFrame, measure: str, language: Language
) -> None:
    """One measure: pools below each other, alternatives side by side."""
    pools = list(dict.fromkeys(rows["pool"]))
    alternatives = comparison.labels[1:]
    factor = 100.0 if rows["unit"].iloc[0] == "share" else 1.0
    axes.axvline(0, color="black", lw=0.8)
    for n, label in enumerate(alternatives):
        mine = rows[rows["scenario"] == label]
        at = np.array([pools.index(pool) for pool in mine["pool"]], dtype=np.float64)
        at += 0.6 * ((n + 0.5) / len(alternatives) - 0.5)
        colour, mark = _COLOURS[n % len(_COLOURS)], _MARKS[n % len(_MARKS)]
        axes.hlines(at, factor * mine["low"], factor * mine["high"], color=colour, lw=1.6)
        told = mine["verdict"].isin([MORE, FEWER]).to_numpy()
        for filled, chosen in ((True, told), (False, ~told)):
            axes.plot(
                factor * mine["difference"].to_numpy()[chosen],
                at[chosen],
                mark,
                color=colour,
                markerfacecolor=colour if filled else "white",
                markersize=5,
            )
    axes.set_yticks(
        range(len(pools)), [_pool(comparison, pool, language) for pool in pools], fontsize=8
    )
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
    axes.set_ylim(len(pools) - 0.4, -0.6)
    unit = language.text("percentage points") if factor != 1 else ""
    name = measure_label(measure, language)
    words = name.replace(" *", f" {language.text('a year')}") + (f", {unit}" if unit else "")
    axes.set_title(words, fontsize="medium", loc="left")
    ticks.numbers(axes.xaxis, language, most=5)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right", "left"]].set_visible(False)


def _pool(comparison: Comparison, pool: str, language: Language) -> str:
    if pool == ALL:
        return language.text("all pools")
    known = {n: p for r in comparison.results for n, p in r.scenario.pools.items()}
    title = headlines.title(pool, known[pool], language)
    return title if len(title) <= _LONGEST else f"{title[: _LONGEST - 2]} …"


def _words(figure: Figure, comparison: Comparison, language: Language) -> None:
    """Title, alternatives with their colours, and what the picture rests on."""
    baseline = shown(comparison.labels[0], 60)
    words = language.text("Difference from {baseline}, 95 % interval", baseline=baseline)
    title = figure.suptitle(words, fontsize="large")
    title.set_parse_math(False)
    handles = [
        figure.axes[0].plot(
            [], [], _MARKS[n % len(_MARKS)], color=_COLOURS[n % len(_COLOURS)], ls="-"
        )[0]
        for n in range(len(comparison.labels) - 1)
    ]
    labels = [shown(label, 70) for label in comparison.labels[1:]]
    legend = figure.legend(
        handles,
        labels,
        loc="outside lower center",
        frameon=False,
        fontsize="small",
        ncols=1 if max(map(len, labels)) > 40 else min(3, len(labels)),
    )
    legend.set_title(
        language.text(
            "filled: told apart (Holm, 5 %). {replications}, seed {seed}, flexsim {version}",
            replications=terminal.replications(comparison.replications, language),
            seed=comparison.baseline.seed,
            version=__version__,
        ),
        prop=FontProperties(size="x-small"),
    )
    for text in legend.get_texts():
        text.set_parse_math(False)
