"""From scenarios to a report in a folder, completely or not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from flexsim.comparing import Comparison, Source, compared, opened, prepare
from flexsim.language import Language
from flexsim.output.folder import filled, target
from flexsim.reporting.deciding import trials
from flexsim.reporting.page import Subject, html, sides
from flexsim.result import Result
from flexsim.running import run
from flexsim.scenario import Scenario

NAME = "report.html"


def report(
    *scenarios: Source | Comparison,
    overrides: Sequence[str] = (),
    replications: int | None = None,
    seed: int | None = None,
    language: str | None = None,
    assumptions: bool = True,
    folder: Path | str | None = None,
    overwrite: bool = False,
    progress: bool = False,
    command: Sequence[str] = (),
) -> Path:
    """Write a report of a scenario, or of a baseline and its alternatives.

    Parameters
    ----------
    *scenarios : Comparison, or Scenario, Result, str, path or mapping
        As for `flexsim.compare`; one of them alone is reported by itself.
    overrides : sequence of str
        Changes to all of them, as on the command line.
    replications, seed
        In place of those of each scenario's `run`.
    language : {"en", "da"}, optional
        Default that of the first scenario.
    assumptions : bool
        Whether each assumption is tried at both ends of its range, with the first alternative.
    folder : path, optional
        Default the scenario's `output.folder`, or else ``results/<scenario>_report/<time>``.
    overwrite : bool
        Whether the folder may hold files already.
    progress : bool
        Show progress bars (only on a terminal).
    command : sequence of str
        The command line, to be repeated by whoever reads the report.

    Returns
    -------
    Path
        The file ``report.html``.

    Raises
    ------
    ScenarioError
        If a scenario, the language or the folder will not do; then nothing is run.
    RunError
        If a replication could not be finished.
    WorkplaceError
        If the disk or its rights did not allow it; then nothing is left behind.
    """
    said = None if language is None else Language(language)
    settings = {"replications": replications, "seed": seed}
    subject = simulated(scenarios, overrides, settings, folder, overwrite, progress)
    results, _ = sides(subject)
    first = results[0].scenario
    place = target(first, folder, f"{first.name}_report", overwrite)
    tried = trials(results[:2], progress) if assumptions else None
    text = html(subject, tried, said, command)
    with filled(place) as temporary:
        (temporary / NAME).write_text(text, encoding="utf-8", newline="\n")
    return place / NAME


def simulated(
    scenarios: Sequence[Source | Comparison],
    overrides: Sequence[str] = (),
    settings: Mapping[str, Any] = {},
    folder: Path | str | None = None,
    overwrite: bool = False,
    progress: bool = False,
) -> Subject:
    """A result or a comparison, run unless it is one already; the folder is looked at first.

    Raises
    ------
    ScenarioError
        If scenarios or folder will not do; then nothing is run.
    """
    if len(scenarios) == 1 and isinstance(scenarios[0], Comparison):
        return scenarios[0]
    sources: list[Source] = [one for one in scenarios if not isinstance(one, Comparison)]
    given = {name: value for name, value in settings.items() if value is not None}
    if len(sources) == 1:
        one = opened(sources[0], overrides, given)
        _check(one, folder, overwrite)
        return one if isinstance(one, Result) else run(one, progress=progress)
    labels, prepared = prepare(sources, overrides, given)
    _check(prepared[0], folder, overwrite)
    return compared(labels, prepared, progress)


def _check(source: Scenario | Result, folder: Path | str | None, overwrite: bool) -> None:
    """Refuse a folder that cannot take the files, before anything runs."""
    from flexsim.output.folder import check_folder

    scenario = source.scenario if isinstance(source, Result) else source
    if folder is not None:
        output = scenario.output.model_copy(update={"folder": str(folder)})
        scenario = scenario.model_copy(update={"output": output})
    check_folder(scenario, overwrite)
