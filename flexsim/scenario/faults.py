"""Faults as a planner can read them: where it stands, the value as typed, what is allowed."""

from __future__ import annotations

import math
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any

from pydantic import BaseModel, ValidationError

from flexsim.message import Message
from flexsim.scenario import wording
from flexsim.scenario.names import listed, nearest, shown
from flexsim.scenario.yaml_text import Key, Origin

_DECIMAL_COMMA = re.compile(r"[-+]?\d+,\d+")
_PERCENT = re.compile(r"(\d+(?:[.,]\d+)?)\s*%")
_NUMBER = re.compile(r"[-+]?\d+(\.\d+)?")


@dataclass(frozen=True)
class Fault:
    """A fault of one key; `text` goes on after the key's name."""

    key: Key
    text: str


def lines(faults: Sequence[Fault], origins: Mapping[Key, Origin]) -> list[str]:
    """One line per fault, led by the file and line where the value was written."""
    return list(dict.fromkeys(_line(fault, origins) for fault in faults))


def from_pydantic(
    error: ValidationError,
    values: Any,
    model: type[BaseModel],
    origins: Mapping[Key, Origin],
) -> list[Fault]:
    """Faults found by the schema, one per key.

    Parameters
    ----------
    error : ValidationError
        From ``model.model_validate(values)``.
    values : dict
        What was validated.
    model : type of BaseModel
    origins : mapping of key to Origin
        For values as they were typed.
    """
    by_key: dict[Key, list[Mapping[str, Any]]] = {}
    for detail in error.errors(include_url=False):
        by_key.setdefault(_clean(detail, values), []).append(detail)
    deepest = [key for key in by_key if not _says_less(key, by_key)]
    return [_fault(key, by_key[key], values, model, origins) for key in deepest]


def place(key: Key, origins: Mapping[Key, Origin]) -> str:
    """Say where a key was written (``scenarios/mine.yaml:7: ``), or what is nearest to it."""
    here = [origins[key]] if key in origins else []
    origin = next(chain(here, _below(key, origins), _above(key, origins)), None)
    return origin.place + ": " if origin and origin.place else ""


def _below(key: Key, origins: Mapping[Key, Origin]) -> Iterator[Origin]:
    return (origin for other, origin in origins.items() if other[: len(key)] == key)


def _above(key: Key, origins: Mapping[Key, Origin]) -> Iterator[Origin]:
    lengths = range(len(key) - 1, -1, -1)
    return (origins[key[:length]] for length in lengths if key[:length] in origins)


def got(value: Any, key: Key, origins: Mapping[Key, Origin]) -> str:
    """Give the value as it was typed."""
    origin = origins.get(key)
    if isinstance(value, dict):
        if not value:
            return Message("an empty mapping")
        return Message("a mapping with {names}", names=listed(map(shown, value)))
    if isinstance(value, list):
        return Message("a list")
    if origin and origin.typed is not None:
        return shown(origin.typed)
    if value is None:
        return Message("nothing")
    return shown(str(value).lower() if isinstance(value, bool) else value)


def _line(fault: Fault, origins: Mapping[Key, Origin]) -> str:
    return place(fault.key, origins) + ".".join(map(shown, fault.key)) + fault.text


def _clean(detail: Mapping[str, Any], values: Any) -> Key:
    """Give the key of a fault without pydantic's notes on unions and validators."""
    key: list[str] = []
    steps: Sequence[Any] = detail["loc"]
    for step in steps:
        is_key = isinstance(values, dict) and step in values
        if is_key or (isinstance(values, list) and isinstance(step, int)):
            key.append(str(step))
            values = values[step]
    return (*key, str(steps[-1])) if detail["type"] == "missing" else tuple(key)


def _says_less(key: Key, by_key: Mapping[Key, Any]) -> bool:
    """Whether a fault below this key says the same more precisely."""
    deeper = any(len(other) > len(key) and other[: len(key)] == key for other in by_key)
    return deeper and all(detail["type"] != "value_error" for detail in by_key[key])


def _fault(
    key: Key,
    details: list[Mapping[str, Any]],
    values: Any,
    model: type[BaseModel],
    origins: Mapping[Key, Origin],
) -> Fault:
    kinds = {detail["type"] for detail in details}
    annotation, parent = _schema(key, model)
    if "extra_forbidden" in kinds:
        return Fault(key, _unknown(key, parent))
    if "missing" in kinds:
        return Fault(key, _missing(key[-1], annotation, parent))
    value = _at(values, key)
    for detail in details:
        if detail["type"] == "value_error":
            return Fault(key, _own_words(detail["ctx"]["error"].args[0], value, key, origins))
    if "too_short" in kinds:
        return Fault(key, Message(" must not be empty"))
    hint = _hint(value, annotation) or _too_much(value, annotation)
    return Fault(
        key,
        Message(
            " must be {words} (got {got}){hint}",
            words=wording.words(annotation),
            got=got(value, key, origins),
            hint=hint,
        ),
    )


def _own_words(message: str, value: Any, key: Key, origins: Mapping[Key, Origin]) -> str:
    known = not isinstance(value, dict | list) and "(got" not in message
    if not known:
        return ": " + message
    return ": " + message + Message(" (got {value})", value=got(value, key, origins))


def _unknown(key: Key, parent: type[BaseModel] | None) -> str:
    known = list(wording.keys(parent)) if parent else []
    where = ".".join(key[:-1]) or Message("a scenario")
    if "." in key[-1]:
        return Message(" is written with dots; in a file, write one key below the other")
    if key[-1].isdigit():
        hint: str = Message("; if it belongs to a decimal number, write 1.5, not 1,5")
    else:
        hint = nearest(key[-1], known) or Message("; keys are: {keys}", keys=listed(known))
    return Message(" is not a key of {where}{hint}", where=where, hint=hint)


def _missing(name: str, annotation: Any, parent: type[BaseModel] | None) -> str:
    meaning = wording.description(parent, name) if parent else ""
    return Message(
        " is missing{colon}{meaning}; it must be {words}",
        colon=": " if meaning else "",
        meaning=Message(meaning),
        words=wording.words(annotation),
    )


def _schema(key: Key, model: type[BaseModel]) -> tuple[Any, type[BaseModel] | None]:
    """Annotation of a key, and the model that it is a key of."""
    annotation: Any = model
    parent: type[BaseModel] | None = None
    for step in key:
        parent = wording.model_of(annotation)
        annotation = wording.inside(annotation, step)
    return annotation, parent


def _at(values: Any, key: Key) -> Any:
    for step in key:
        values = values[int(step)] if isinstance(values, list) else values.get(step)
    return values


def _hint(value: Any, annotation: Any) -> str:
    return next(_hints(value, wording.options(annotation), wording.literals(annotation)), "")


def _hints(value: Any, options: list[wording.Option], words: list[str]) -> Iterator[str]:
    number = any(option.kind in (int, float) for option in options)
    share = any(option.is_share for option in options)
    text = any(option.kind is str for option in options) or words
    if isinstance(value, bool) and text and not number:
        yield Message("; YAML reads this word as true or false: put it in quotes")
    elif isinstance(value, str):
        yield from _text_hints(value, number, share)
        yield nearest(value, words)
    elif isinstance(value, int | float) and not isinstance(value, bool):
        if not math.isfinite(value):
            yield (
                Message("; write unlimited")
                if "unlimited" in words
                else Message("; write a finite number")
            )
        elif share and 2 <= value <= 100:
            yield _did_you_mean(value)
        elif text and not number:
            yield Message("; put it in quotes")


def _too_much(value: Any, annotation: Any) -> str:
    high = next((o.high for o in wording.options(annotation) if o.high is not None), None)
    number = isinstance(value, int | float)
    if not number or high is None or value <= high:
        return ""
    return Message("; at most {most}", most=f"{high:,.0f}")


def _text_hints(value: str, number: bool, share: bool) -> Iterator[str]:
    percent = _PERCENT.fullmatch(value.strip())
    if percent and share:
        yield _did_you_mean(float(percent[1].replace(",", ".")))
    elif number and _DECIMAL_COMMA.fullmatch(value.strip()):
        yield Message("; write {number}", number=value.strip().replace(",", "."))
    elif number and _NUMBER.fullmatch(value.strip()):
        yield Message("; write it without quotes")


def _did_you_mean(percent: float) -> str:
    share = percent / 100
    text = f"{share:.2f}" if math.isclose(share, round(share, 2)) else f"{share:g}"
    return Message("; did you mean {name}?", name=text)
