"""A suggested warm-up as text for a terminal of 80 columns, as files and as a picture."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from rich.console import RenderableType
from rich.table import Table
from rich.text import Text

from flexsim import __version__
from flexsim.language import Language, phrase
from flexsim.measures.transient import welch
from flexsim.output import console, headlines, manifest, tables, terminal, ticks
from flexsim.output.folder import filled, target
from flexsim.scenario.names import shown
from flexsim.warming import SERIES, WarmUp

#: Panels of the picture at most, and how many stand beside each other.
PANELS, _ACROSS = 6, 2
#: Days on either side in Welch's moving average, as a share of the run.
_WINDOW = 50
_DPI = 150
_DAY, _AVERAGE, _SUGGESTED, _OWN, _GREY = "#A6CEE3", "#0072B2", "#D55E00", "#000000", "#555555"
_SMALL, _STRONG = "dim", "bold"
_LONGEST = 40


def show(found: WarmUp) -> None:
    """Print the finding and the series it rests on."""
    console.show(_parts(found, Language.of(found.scenario)))


def write(
    found: WarmUp,
    folder: Path | str | None = None,
    command: Sequence[str] = (),
    overwrite: bool = False,
) -> list[Path]:
    """Write the table and the picture into a folder, completely or not at all.

    Parameters
    ----------
    found : WarmUp
    folder : path, optional
        Default the scenario's `output.folder`, or else ``results/<scenario>_warm_up/<time>``.
    command : sequence of str
        The command line, for the manifest.
    overwrite : bool
        Whether the folder may hold files already.

    Returns
    -------
    list of Path
        The files written, the manifest last.

    Raises
    ------
    ScenarioError
        If the folder holds files and `overwrite` is not given.
    WorkplaceError
        If the disk or its rights did not allow it; then nothing is left behind.
    """
    place = target(found.scenario, folder, f"{found.scenario.name}_warm_up", overwrite)
    with filled(place) as temporary:
        tables.write_csv(found.table, temporary / "warm_up.csv")
        metadata = {"Software": f"flexsim {__version__}"}
        draw(found).savefig(temporary / "warm_up.png", dpi=_DPI, metadata=metadata)
        names = manifest.complete(temporary, found.pilot, command)
    return [place / name for name in names]


def draw(found: WarmUp) -> Figure:
    """Draw Welch's picture of the series that settle last.

    Parameters
    ----------
    found : WarmUp
    """
    language = Language.of(found.scenario)
    rows = found.table.head(PANELS).to_dict("records")
    down = -(-max(len(rows), 1) // _ACROSS)
    figure = Figure(figsize=(10.0, 2.4 * down + 1.1), layout="constrained")
    panels = figure.subplots(down, _ACROSS, squeeze=False, sharex=True).ravel()
    for axes, row in zip(panels, rows, strict=False):
        _panel(axes, found, str(row["pool"]), str(row["series"]), language)
    for axes in panels[len(rows) :]:
        axes.set_axis_off()
    if not rows:
        panels[0].text(0.5, 0.5, language.text("nobody in any pool"), ha="center", color=_GREY)
        return figure
    name = shown(found.scenario.name)
    words = language.text("How a run of {name} begins", name=name)
    title = figure.suptitle(words, fontsize="large")
    title.set_parse_math(False)
    replications = terminal.replications(found.pilot.replications, language)
    seed = language.text("seed {number}", number=found.pilot.seed)
    figure.legend(
        *panels[0].get_legend_handles_labels(),
        loc="outside lower center",
        ncols=4,
        frameon=False,
        fontsize="small",
        title=f"{replications}, {seed}, flexsim {__version__}",
        title_fontsize="x-small",
    )
    return figure


def _panel(axes: Axes, found: WarmUp, pool: str, name: str, language: Language) -> None:
    """One series: the mean of each day, Welch's average, and both warm-ups."""
    p = found.pilot.plan.pools.index(pool)
    series = getattr(found.pilot.daily, name)[:, p].mean(axis=0, dtype=np.float64)
    window = max(len(series) // _WINDOW, 1)
    day = np.arange(len(series)) + 0.5
    axes.plot(day, series, color=_DAY, lw=0.6, label=language.text("mean of replications"))
    average = welch(series, window)
    axes.plot(
        day,
        average,
        color=_AVERAGE,
        lw=1.4,
        label=language.text("average of {days} days", days=2 * window + 1),
    )
    if not len(found.unsettled):
        label = language.text("suggested: {days} days", days=found.days)
        axes.axvline(found.days, color=_SUGGESTED, lw=1.4, label=label)
    own = found.scenario.run.warm_up_days
    axes.axvline(own, color=_OWN, lw=1.2, ls="--", label=f"run.warm_up_days: {own}")
    heading = headlines.title(pool, found.scenario.pools[pool], language)
    title = axes.set_title(
        f"{shown(heading, _LONGEST)}: {language.text(SERIES[name])}", fontsize="medium", loc="left"
    )
    title.set_parse_math(False)
    axes.set_ylim(bottom=0)
    axes.set_xlim(0, len(series))
    ticks.numbers(axes.yaxis, language, most=5)
    ticks.numbers(axes.xaxis, language, most=8, whole=True)
    if axes.get_subplotspec().is_last_row():  # type: ignore[union-attr]
        axes.set_xlabel(language.text("day of the run"))
    axes.spines[["top", "right"]].set_visible(False)


def _parts(found: WarmUp, language: Language) -> Iterator[RenderableType]:
    text = language.text
    yield Text(shown(found.scenario.name), _STRONG)
    yield Text(terminal.facts(found.pilot, language), _SMALL)
    yield Text()
    yield Text(language.said(found.words()))
    yield Text()
    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), header_style=_STRONG)
    table.add_column("")
    for head in (phrase("days"), phrase("level at first"), phrase("later"), phrase("bias now")):
        table.add_column(text(head), justify="right")
    rows = found.table[found.table["told"]].to_dict("records")
    for row in rows:
        pool = str(row["pool"])
        title = headlines.title(pool, found.scenario.pools[pool], language)
        table.add_row(
            Text(f"{shown(title, _LONGEST)}: {text(SERIES[str(row['series'])])}"),
            str(row["days"]) if row["settled"] else text("not settled"),
            *(_number(float(row[name]), language) for name in ("first", "level")),
            _signed(float(row["bias"]), language),
        )
    if rows:
        yield table
        yield Text(
            text(
                "Series that begin otherwise than they go on, by more than chance. Days: by MSER-5."
                " Bias now: of the mean that is counted with the present warm-up."
            ),
            _SMALL,
        )
    for line in found.pilot.warnings:
        yield terminal.warning(line, language)


def _number(value: float, language: Language) -> str:
    return language.exact(float(f"{value:.3g}"))


def _signed(value: float, language: Language) -> str:
    text = language.exact(float(f"{value:.2g}"))
    return f"+{text}" if value > 0 else text
