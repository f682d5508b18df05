"""From a name, a file, a mapping or a command line to a checked, frozen scenario."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from hydra.core.override_parser.types import Override, QuotedString
from pydantic import ValidationError

from flexsim.errors import ScenarioError
from flexsim.message import Message
from flexsim.scenario import (
    composing,
    entries,
    faults,
    files,
    interpolation,
    references,
    templates,
    vetting,
    yaml_text,
)
from flexsim.scenario import overrides as command_line
from flexsim.scenario.composing import Composition
from flexsim.scenario.faults import Fault
from flexsim.scenario.names import shown, slug_fault
from flexsim.scenario.schema import Scenario
from flexsim.scenario.yaml_text import Document

Source = str | Path | Mapping[str, Any]


def load(source: Source, overrides: Sequence[str] = ()) -> Scenario:
    """A scenario by name, by file or from a mapping, checked and frozen.

    Parameters
    ----------
    source : str, Path or mapping
        Name of a scenario (shipped, or in ./scenarios), path of a YAML file, or the keys and
        values themselves.
    overrides : sequence of str
        Changes as on the command line: ``pools.pitstop.places=12``, ``run=quick``.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    parsed = command_line.parse(overrides)
    command_line.single(parsed)
    if command_line.chosen(parsed, "scenario") is not None:
        raise ScenarioError(Message("command line: scenario=... cannot be given to a scenario"))
    document, name = document_of(source)
    with composing.hydra():
        return check(composing.compose(parsed, document, name))


def with_run(scenario: Scenario, **settings: Any) -> Scenario:
    """The same scenario with other settings of its `run`.

    Raises
    ------
    ScenarioError
        If a setting is not valid.
    """
    values = scenario.model_dump(by_alias=True)
    values["run"] |= settings
    return validated(values)


def with_overrides(scenario: Scenario, overrides: Sequence[str]) -> Scenario:
    """The same scenario with other values of keys that it has: ``pools.pitstop.places=12``.

    Files of a group (``run=quick``) and deletions need the scenario's own file: see `load`.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    parsed = command_line.parse(overrides)
    command_line.single(parsed)
    values = scenario.model_dump(by_alias=True)
    for override in parsed:
        if command_line.is_choice(override) or override.is_delete():
            raise ScenarioError(
                Message(
                    "command line: {value} cannot change a scenario that is loaded already; give"
                    " its name or file instead",
                    value=shown(override.input_line, 100),
                )
            )
        _put(values, override)
    changed = validated(values)
    found = references.faults(changed)
    if found:
        raise ScenarioError(faults.lines(found, {}))
    return changed


def validated(values: dict[str, Any]) -> Scenario:
    """The scenario of changed values; ScenarioError with every key that is not valid."""
    try:
        return Scenario.model_validate(values)
    except ValidationError as error:
        found = faults.from_pydantic(error, values, Scenario, {})
        raise ScenarioError(faults.lines(found, {})) from None


def _put(values: dict[str, Any], override: Override) -> None:
    """Set one key; what does not exist is left to the schema to refuse."""
    *sections, last = override.key_or_group.split(".")
    for name in sections:
        if not isinstance(values.get(name), dict):
            values[name] = {}
        values = values[name]
    value = override.value()
    values[last] = value.text if isinstance(value, QuotedString) else value


def compose(overrides: Sequence[str] = ()) -> Scenario:
    """The scenario of a command line such as ``scenario=pitstop_plus_two run=quick``.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    parsed = command_line.parse(overrides)
    command_line.single(parsed)
    with composing.hydra():
        return check(composing.compose(parsed))


def unswept(overrides: Sequence[str]) -> list[str]:
    """Warn that an experiment has a sweep, which one run leaves out."""
    name = command_line.chosen(command_line.parse(overrides), "experiment")
    if name is None or "sweep" not in composing.document("experiment", name).values:
        return []
    return [f"experiment {name} has a sweep, which is left out; add -m to run all of it"]


def check(composition: Composition) -> Scenario:
    """Turn what was composed into a scenario, or list all its faults.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    values, found = interpolation.resolved(composition.values)
    _refuse(found, composition)
    values, found = templates.resolved(_named(composition, values), _shipped_templates)
    values, circles = interpolation.resolved(values)
    found += circles
    found += entries.misnamed(values)
    found += entries.strangers(values, composition)
    try:
        scenario = Scenario.model_validate(values)
    except ValidationError as error:
        known = {fault.key[:2] for fault in found}
        details = faults.from_pydantic(error, values, Scenario, composition.origins)
        _refuse([*found, *(f for f in details if f.key[:2] not in known)], composition)
        raise
    _refuse(found, composition)
    unused = list(entries.unused_groups(scenario, composition))
    _refuse([*references.faults(scenario), *unused], composition)
    return scenario


def _refuse(found: list[Fault], composition: Composition) -> None:
    if found:
        raise ScenarioError(faults.lines(found, composition.origins))


def document_of(source: Source) -> tuple[Document | None, str]:
    """A scenario that is not chosen by name only, and the name it is given."""
    if isinstance(source, Mapping):
        document = vetting.from_mapping(source)
        return document, _name(document, "scenario")
    if isinstance(source, Path) or source.endswith((".yaml", ".yml")):
        path = Path(source)
        return (document := vetting.vet(yaml_text.read_file(path))), _name(document, path.stem)
    return composing.document("scenario", source), source


def _name(document: Document, default: str) -> str:
    name = document.values.get("name", default)
    fault = slug_fault(name) if isinstance(name, str) else "must be text"
    if fault:
        raise ScenarioError(
            Message(
                "{label}: name '{name}' {fault}",
                label=document.label or "name",
                name=shown(name),
                fault=fault,
            )
        )
    return str(name)


def _named(composition: Composition, values: dict[str, Any]) -> dict[str, Any]:
    """Values with the names of scenario and region, and the scenario in words."""
    document = composition.scenario_file
    name = _name(document, composition.scenario) if document else composition.scenario
    words = document.words if document else ""
    known = {"name": name, "title": words, "changed": composition.changed}
    named = {**known, "stated": composition.stated, **values, "region": composition.region}
    return {**named, "stated": []} if composition.is_varied else named


def _shipped_templates(section: str) -> dict[str, dict[str, Any]]:
    if section != "pools":
        return {}
    return {name: yaml_text.read_file(path).values for name, path in files.shipped(section).items()}
