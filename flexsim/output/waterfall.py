"""The picture of an explanation: a waterfall from one scenario to the other."""

from __future__ import annotations

import textwrap
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from flexsim import __version__
from flexsim.explaining import Explanation
from flexsim.language import Language
from flexsim.output import numbers, terminal, ticks
from flexsim.output.comparison import plain_label
from flexsim.output.explanation import Row, signed, what
from flexsim.scenario.names import shown

#: Colours that the colour-blind can tell apart (Okabe and Ito).
_TOTAL, _UP, _DOWN, _GREY = "#555555", "#D55E00", "#0072B2", "#777777"
_DPI = 150
_ACROSS = 44
#: Share of the width of the picture that is left for a word beside a bar.
_ROOM = 0.16


def write(found: Explanation, path: Path) -> None:
    """Write the picture as PNG."""
    draw(found).savefig(path, dpi=_DPI, metadata={"Software": f"flexsim {__version__}"})


def draw(found: Explanation) -> Figure:
    """Draw a bar for either scenario, and between them one for the part of each change.

    Parameters
    ----------
    found : Explanation
    """
    language = Language.of(found.scenarios[0])
    rows = found.table.to_dict("records")
    changed = ((language.said(r["change"]), language.said(r["words"])) for r in rows)
    labels = [_label(*found.labels[:1]), *(_label(*words) for words in changed)]
    labels.append(_label(found.labels[1]))
    lines = sum(label.count("\n") + 1 for label in labels)
    figure = Figure(figsize=(9.0, 1.5 + 0.22 * len(labels) + 0.2 * lines), layout="constrained")
    axes = figure.subplots()
    factor = 100.0 if found.unit == "share" else 1.0
    ends = factor * np.concatenate([[found.first], found.first + found.table["part"].cumsum()])
    _totals(axes, found, factor, len(rows) + 1, language)
    for n, row in enumerate(rows):
        _bar(axes, n + 1, ends[n : n + 2], row, found.unit, factor, language)
    axes.set_yticks(range(len(labels)), labels, fontsize=8)
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
    axes.set_ylim(len(labels) - 0.4, -0.6)
    _frame(axes, found, ends, factor, language)
    return figure


def _totals(axes: Axes, found: Explanation, factor: float, last: int, language: Language) -> None:
    for at, value in ((0, found.first), (last, found.second)):
        axes.barh(at, factor * value, color=_TOTAL, height=0.6)
        _note(axes, factor * value, at, numbers.text(value, found.unit, language=language))


def _bar(
    axes: Axes,
    at: int,
    ends: np.ndarray,
    row: Row,
    unit: str,
    factor: float,
    language: Language,
) -> None:
    start, stop = ends
    colour = _UP if stop >= start else _DOWN
    axes.barh(at, stop - start, left=start, color=colour, height=0.6)
    reach = [start + factor * float(row[name]) for name in ("low", "high")]
    axes.hlines(at, *reach, color="black", lw=1.0)
    axes.vlines(
        [start, stop], [at - 1 + 0.3, at + 0.3], [at + 0.3, at + 1 - 0.3], color=_GREY, lw=0.5
    )
    _note(axes, max(start, stop, *reach), at, signed(float(row["part"]), unit, language))


def _note(axes: Axes, x: float, y: float, text: str) -> None:
    axes.annotate(text, (x, y), (4, 0), textcoords="offset points", va="center", fontsize=8)


def _frame(
    axes: Axes, found: Explanation, ends: np.ndarray, factor: float, language: Language
) -> None:
    """Show the range of the parts, and zero only where it is near."""
    reach = factor * (found.table[["low", "high"]].to_numpy() - found.table[["part"]].to_numpy())
    low = float((ends[1:] + np.minimum(reach[:, 0], 0)).min(initial=ends.min()))
    high = float((ends[1:] + np.maximum(reach[:, 1], 0)).max(initial=ends.max()))
    span = max(high - low, 1e-9)
    near = low - 0.25 * span <= 0 <= low
    left = 0.0 if near else low - 0.25 * span
    axes.set_xlim(left, high + _ROOM * (high - left))
    words = [plain_label(found.measure, language)]
    if found.unit == "share":
        words.append(language.text("per cent"))
    cut = "" if left == 0 else f"; {language.text('the axis does not begin at 0')}"
    axes.set_xlabel(", ".join(words) + cut, parse_math=False)
    ticks.numbers(axes.xaxis, language, most=6)
    axes.tick_params(axis="x", labelsize=8)
    axes.spines[["top", "right"]].set_visible(False)
    heading = language.text("Why it differs: {what}", what=what(found, language))
    title = axes.set_title(heading, fontsize="large", loc="left")
    title.set_parse_math(False)
    axes.annotate(
        language.text(
            "lines: 95 %. {replications}, seed {seed}, flexsim {version}",
            replications=terminal.replications(found.replications, language),
            seed=found.seed,
            version=__version__,
        ),
        (1, 0),
        (0, -38),
        xycoords="axes fraction",
        textcoords="offset points",
        ha="right",
        fontsize="x-small",
        color=_GREY,
    )


def _label(name: str, words: str = "") -> str:
    text = shown(f"{name}: {words}" if words else name, 120)
    return "\n".join(textwrap.wrap(text, _ACROSS, break_long_words=True))
