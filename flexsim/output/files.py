"""A result as files: tables, registers, figures, the scenario and a manifest."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from flexsim.output import manifest, tables
from flexsim.output.folder import check_folder, filled, target
from flexsim.result import Result
from flexsim.scenario.showing import as_yaml

__all__ = ["check_folder", "write"]


def write(
    result: Result,
    folder: Path | str | None = None,
    command: Sequence[str] = (),
    composed: str = "",
    overwrite: bool = False,
) -> list[Path]:
    """Write a result into a folder, completely or not at all.

    Parameters
    ----------
    result : Result
    folder : path, optional
        Default the scenario's `output.folder`, or else ``results/<scenario>/<time>``.
    command : sequence of str
        The command line, for the manifest.
    composed : str
        The scenario as YAML; default as `result.scenario` has it.
    overwrite : bool
        Whether the folder may hold files already. Those of an earlier run are replaced, others
        are left alone.

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
    place = target(result.scenario, folder, result.scenario.name, overwrite)
    with filled(place) as temporary:
        _tables(result, temporary)
        _registers(result, temporary)
        _figures(result, temporary)
        text = composed or as_yaml(result.scenario)
        (temporary / "scenario.yaml").write_text(text, encoding="utf-8", newline="\n")
        names = manifest.complete(temporary, result, command)
    return [place / name for name in names]


def _tables(result: Result, folder: Path) -> None:
    tables.write(result.measures, folder / "measures")
    tables.write(result.summary(), folder / "summary")
    if result.scenario.targets:
        tables.write_csv(result.evidence(), folder / "evidence.csv")


def _registers(result: Result, folder: Path) -> None:
    count = {"none": 0, "first": 1, "all": result.replications}[result.scenario.output.registers]
    width = max(3, len(str(count - 1)))
    for replication in range(count):
        tables.write(result.register(replication), folder / f"register_{replication:0{width}}")


def _figures(result: Result, folder: Path) -> None:
    if result.scenario.output.figures == "all":
        from flexsim.output import figures

        (folder / "figures").mkdir()
        figures.write(result, folder / "figures")
