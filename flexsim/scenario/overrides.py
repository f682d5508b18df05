"""Overrides as typed on a command line, read with Hydra's own grammar and vetted."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any

from hydra.core.override_parser.overrides_parser import OverridesParser
from hydra.core.override_parser.types import Override, QuotedString, ValueType
from hydra.errors import HydraException

from flexsim.errors import ScenarioError
from flexsim.message import Message
from flexsim.scenario import files, vetting
from flexsim.scenario.names import listed, nearest, shown

LABEL = Message("command line")
_DECIMAL_COMMA = re.compile(r"-?\d+,\d+")


def parse(texts: Sequence[str], config_loader: Any = None) -> list[Override]:
    """Read overrides; raises ScenarioError for all that cannot be read or are forbidden."""
    parser = OverridesParser.create(config_loader=config_loader)
    parsed, faults = [], []
    for text in texts:
        try:
            (override,) = parser.parse_overrides([text])
        except HydraException as error:
            faults.append(_unreadable(text, error))
        else:
            faults += [LABEL + ": " + fault for fault in _faults(override)]
            parsed.append(override)
    if faults:
        raise ScenarioError(faults)
    return parsed


def is_choice(override: Override) -> bool:
    """Whether the override chooses a file of a group, as ``region=aarhus`` does."""
    return override.key_or_group in files.FOLDERS and not isinstance(override.value(), dict)


def chosen(overrides: Sequence[Override], group: str) -> str | None:
    """The last name that the overrides give to a group, if any."""
    names = [o.value() for o in overrides if o.key_or_group == group and is_choice(o)]
    return str(names[-1]) if names and names[-1] is not None else None


def line(override: Override) -> str:
    """The override as Hydra is given it: a plain value may also add a key (``++``).

    The schema refuses keys that do not exist, with a better message than Hydra's.
    """
    text = str(override.input_line)
    plain = not (override.is_add() or override.is_force_add() or override.is_delete())
    return f"++{text}" if plain and not is_choice(override) else text


def single(overrides: Sequence[Override]) -> None:
    """Refuse lists of values where one run is asked for."""
    faults = []
    for override in overrides:
        if override.is_sweep_override():
            typed = str(override.input_line).partition("=")[2]
            comma = _DECIMAL_COMMA.fullmatch(typed)
            decimal = typed.replace(",", ".")
            hint = (
                Message("; a decimal number is written {decimal}", decimal=decimal) if comma else ""
            )
            faults.append(
                Message(
                    "command line: {text} gives several values; add -m to run each of them{hint}",
                    text=override.input_line,
                    hint=hint,
                )
            )
    if faults:
        raise ScenarioError(faults)


def _faults(override: Override) -> Iterator[str]:
    key = override.key_or_group
    shown_line = shown(override.input_line, 100)
    if re.split(r"[./]", key)[0] == "hydra":
        yield Message("{text}: settings of Hydra itself cannot be changed", text=shown_line)
        return
    for name in key.split("."):
        fault = vetting.key_fault(name)
        if fault:
            yield f"{key} " + fault
    if override.is_sweep_override():
        names_all = override.value_type == ValueType.GLOB_CHOICE_SWEEP
        listed_values = override.is_choice_sweep() and not names_all
        values: list[Any] = list(override.sweep_string_iterator()) if listed_values else []
    else:
        values = [override.value()]
        yield from _choice_fault(override)
    for value in values:
        for fault in _value_faults(value):
            yield f"{key} " + fault


def _choice_fault(override: Override) -> Iterator[str]:
    value = override.value()
    if not is_choice(override) or override.is_delete() or value is None:
        return
    group, name = override.key_or_group, str(value)
    known = files.options(group)
    if name not in known:
        yield Message(
            "no {group} '{name}'; there are: {known}{hint}",
            group=Message(group),
            name=shown(name),
            known=listed(known),
            hint=nearest(name, known),
        )


def _value_faults(value: Any) -> Iterator[str]:
    if isinstance(value, QuotedString):
        value = value.text
    if isinstance(value, str):
        fault = vetting.text_fault(value)
        if fault:
            yield fault
    elif isinstance(value, list):
        for item in value:
            yield from _value_faults(item)
    elif isinstance(value, dict):
        for name, item in value.items():
            fault = vetting.key_fault(str(name))
            if fault:
                yield f"{name} " + fault
            yield from _value_faults(item)


def _unreadable(text: str, error: HydraException) -> str:
    if "=" not in text and not text.startswith("~"):
        reason: str = Message(
            "write key=value, for instance scenario=baseline or pools.pitstop.places=12"
        )
    else:
        reason = shown(str(error).strip().splitlines()[0], 160)
    return Message(
        "command line: cannot read '{text}': {reason}", text=shown(text, 100), reason=reason
    )
