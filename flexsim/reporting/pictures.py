"""The pictures of a report: each as SVG inside the page, with its numbers as CSV."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from io import BytesIO

import matplotlib as mpl
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import PathPatch
from matplotlib.path import Path

from flexsim import __version__
from flexsim.language import Language
from flexsim.measures.periods import ALL
from flexsim.output import ticks
from flexsim.output.tables import harmless
from flexsim.reporting.tables import CAUSES, flow_place
from flexsim.result import Result

#: Colours that the colour-blind can tell apart, from dark to light in grey, with a hatch each.
_SHADES = (("#0072B2", ""), ("#E69F00", "////"), ("#CCCCCC", "...."))
_GREY = "#555555"
_WIDTH = 8.0
#: Flows that are drawn; the others are in the table.
_FLOWS = 14
#: Height between two places of the flow picture, as a share of it.
_GAP = 0.045


@dataclass(frozen=True)
class Picture:
    """A drawn figure and its numbers, ready to stand in a page.

    Attributes
    ----------
    name : str
        For the file, if somebody saves it.
    words : str
        What it shows, for who cannot see it.
    svg, csv : str
        Contents in base64.
    """

    name: str
    words: str
    svg: str
    csv: str


def picture(figure: Figure, table: pd.DataFrame, name: str, words: str, provenance: str) -> Picture:
    """Turn a figure and its numbers into what a page holds; both say where they come from."""
    drawn = BytesIO()
    metadata = {"Date": None, "Creator": f"flexsim {__version__}", "Description": provenance}
    with mpl.rc_context({"svg.hashsalt": "flexsim"}):
        figure.savefig(drawn, format="svg", metadata=metadata)
    rows = harmless(table).to_csv(index=False, lineterminator="\n")
    return Picture(
        name, words, _base64(drawn.getvalue()), _base64(f"# {provenance}\n{rows}".encode())
    )


def causes(
    results: Sequence[Result], labels: Sequence[str], language: Language
) -> tuple[Figure, pd.DataFrame]:
    """Completed-treatment days a year by cause: a bar for each scenario."""
    values = {name: [_total(result, name) for result in results] for name in CAUSES}
    figure = Figure(figsize=(_WIDTH, 0.9 + 0.45 * len(labels)), layout="constrained")
    axes = figure.subplots()
    start = np.zeros(len(labels))
    for (name, row), (colour, hatch) in zip(values.items(), _SHADES, strict=True):
        label = language.text(CAUSES[name])
        axes.barh(
            range(len(labels)),
            row,
            left=start,
            color=colour,
            hatch=hatch,
            edgecolor="white",
            label=label,
        )
        start = start + np.array(row)
    axes.set_yticks(range(len(labels)), labels, fontsize=9)
    for tick in axes.get_yticklabels():
        tick.set_parse_math(False)
    axes.invert_yaxis()
    axes.set_xlabel(language.text("completed-treatment days a year"))
    ticks.numbers(axes.xaxis, language, most=7)
    axes.spines[["top", "right"]].set_visible(False)
    figure.legend(loc="outside upper left", ncols=3, frameon=False, fontsize="small")
    return figure, pd.DataFrame({"scenario": list(labels), **values})


def flows(
    moved: pd.DataFrame, results: Sequence[Result], language: Language
) -> tuple[Figure, pd.DataFrame]:
    """Moves between places: from left to right, in bands as high as there are citizens a year."""
    chosen = moved[moved["from"] != moved["to"]].head(_FLOWS)
    figure = Figure(figsize=(_WIDTH, 4.6), layout="constrained")
    axes = figure.subplots()
    axes.set_axis_off()
    axes.set(xlim=(0, 1), ylim=(1.02, -0.08))
    nodes = max(chosen["from"].nunique(), chosen["to"].nunique())
    scale = (1 - _GAP * nodes) / (float(chosen["per_year"].sum()) or 1.0)
    edges = {"from": 0.34, "to": 0.66}
    tops = {side: _tops(chosen, side, scale) for side in edges}
    for n, row in enumerate(chosen.to_dict("records")):
        height = scale * row["per_year"]
        ends = [tops[side][row[side]] for side in edges]
        _band(axes, [*edges.values()], ends, height, _SHADES[n % len(_SHADES)][0])
        for side in edges:
            tops[side][row[side]] += height
    for side, at in edges.items():
        outward = -0.015 if side == "from" else 0.015
        align = "right" if side == "from" else "left"
        axes.text(at, -0.04, language.text(side), ha="center", color=_GREY, fontsize=9)
        for name, top in _tops(chosen, side, scale).items():
            amount = float(chosen.loc[chosen[side] == name, "per_year"].sum())
            words = f"{flow_place(str(name), results, language)}: {language.number(amount)}"
            label = axes.text(at + outward, top + scale * amount / 2, words, ha=align, fontsize=8)
            label.set(va="center", parse_math=False)
            axes.plot([at, at], [top, top + scale * amount], color="#333333", lw=3)
    return figure, moved


def _tops(chosen: pd.DataFrame, side: str, scale: float) -> dict[str, float]:
    """Where each place begins on one side, the largest first."""
    sizes = chosen.groupby(side, sort=False)["per_year"].sum().sort_values(ascending=False)
    heights = scale * sizes.to_numpy() + _GAP
    return dict(zip(sizes.index, np.concatenate([[0], np.cumsum(heights)[:-1]]), strict=True))


def _band(
    axes: Axes, at: Sequence[float], tops: Sequence[float], height: float, colour: str
) -> None:
    """One flow, as an S between its two places."""
    (left, right), (first, last) = at, tops
    middle = (left + right) / 2
    upper = [(left, first), (middle, first), (middle, last), (right, last)]
    lower = [(x, y + height) for x, y in reversed(upper)]
    codes = [Path.MOVETO, *[Path.CURVE4] * 3, Path.LINETO, *[Path.CURVE4] * 3]
    band = Path([*upper, *lower], codes)
    axes.add_patch(PathPatch(band, facecolor=colour, edgecolor=colour, lw=0.8, alpha=0.55))


def _total(result: Result, measure: str) -> float:
    """A count a year of everybody, over all pools."""
    table = result.summary()
    rows = table[(table["measure"] == measure) & (table["pool"] != ALL)]
    return float(rows[(rows["group"] == ALL) & (rows["municipality"] == ALL)]["mean"].sum())


def _base64(content: bytes) -> str:
    return base64.b64encode(content).decode("ascii")
