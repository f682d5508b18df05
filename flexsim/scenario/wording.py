"""The schema in words: what a key must be, for people who have never seen a type."""

from __future__ import annotations

import datetime as dt
import types
import typing
from dataclasses import dataclass
from functools import cache
from typing import Annotated, Any, Literal, Union

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from flexsim.message import Message, joined
from flexsim.scenario import laws
from flexsim.scenario.names import listed


@dataclass(frozen=True)
class Option:
    """One of the types a value may have, with its bounds."""

    kind: Any
    low: float | None = None
    above: float | None = None
    high: float | None = None
    below: float | None = None

    @property
    def is_share(self) -> bool:
        """Whether this is a number between 0 and 1."""
        return self.kind is float and self.low == 0 and self.high == 1


@cache
def keys(model: type[BaseModel]) -> dict[str, Any]:
    """Annotation of each key of a model, by the name used in YAML."""
    hints = typing.get_type_hints(model, include_extras=True)
    return {field.alias or name: hints[name] for name, field in model.model_fields.items()}


def required(model: type[BaseModel]) -> list[str]:
    """Keys that a model cannot do without."""
    return [
        field.alias or name for name, field in model.model_fields.items() if field.is_required()
    ]


def description(model: type[BaseModel], key: str) -> str:
    """What the key stands for."""
    for name, field in model.model_fields.items():
        if key in (name, field.alias):
            return field.description or ""
    return ""


def options(annotation: Any, bounds: dict[str, Any] | None = None) -> list[Option]:
    """The types a value may have; None is left out."""
    bounds = bounds or {}
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is Annotated:
        return options(arguments[0], {**bounds, **_bounds(arguments[1:])})
    if origin in (Union, types.UnionType):
        return [option for part in arguments for option in options(part, bounds)]
    if annotation is type(None):
        return []
    if annotation in (int, float):
        return [Option(annotation, **bounds)]
    return [Option(annotation)]


def model_of(annotation: Any) -> type[BaseModel] | None:
    """The model that a mapping at this place is read as, if it is one."""
    for option in options(annotation):
        if isinstance(option.kind, type) and issubclass(option.kind, BaseModel):
            return option.kind
    return None


def inside(annotation: Any, key: str) -> Any:
    """Annotation of what stands under a key of a value; None if there is no such key."""
    for option in options(annotation):
        origin, arguments = typing.get_origin(option.kind), typing.get_args(option.kind)
        if origin is dict:
            return arguments[1]
        if origin is list:
            return arguments[0]
    model = model_of(annotation)
    return keys(model).get(key) if model else None


def words(annotation: Any) -> str:
    """What a value must be: `a whole number, 0 or more, or unlimited`."""
    parts = [word(option) for option in options(annotation)]
    comma = any(", " in part for part in parts)
    return joined(Message(", or ") if comma else Message(" or "), parts)


def word(option: Option) -> str:
    """What a value of one type must be."""
    if option.is_share:
        return Message("a share between 0 and 1")
    if option.kind in (int, float):
        number = Message("a whole number") if option.kind is int else Message("a number")
        return number + _range(option)
    if option.kind is dt.date:
        return Message("a date written YYYY-MM-DD")
    if option.kind is str:
        return Message("text")
    return _structure(option.kind)


def literals(annotation: Any) -> list[str]:
    """The words that a value may be."""
    return [
        str(word)
        for option in options(annotation)
        if typing.get_origin(option.kind) is Literal
        for word in typing.get_args(option.kind)
    ]


def _bounds(metadata: tuple[Any, ...]) -> dict[str, Any]:
    names = {"ge": "low", "gt": "above", "le": "high", "lt": "below"}
    found: dict[str, Any] = {}
    for item in metadata:
        for part in item.metadata if isinstance(item, FieldInfo) else [item]:
            found |= {new: getattr(part, old) for old, new in names.items() if hasattr(part, old)}
    return found


def _structure(kind: Any) -> str:
    origin = typing.get_origin(kind)
    if origin is Literal:
        allowed = [str(word) for word in typing.get_args(kind)]
        if len(allowed) == 1:
            return allowed[0]
        return Message("one of {words}", words=", ".join(allowed))
    if origin is list:
        return Message("a list")
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        names = required(kind) or list(keys(kind))[:3]
        return Message("a mapping with {names}", names=listed(names))
    return Message("a mapping (`name: value`)")


def _range(option: Option) -> str:
    if option.low is not None and option.high is not None and option.high < laws.MOST:
        return Message(" between {low} and {high}", low=f"{option.low:g}", high=f"{option.high:g}")
    if option.low is not None and option.below is not None:
        if option.kind is float:
            return Message(
                ", {low} or more and below {below}",
                low=f"{option.low:g}",
                below=f"{option.below:g}",
            )
        return Message(" from {low} to {high}", low=f"{option.low:g}", high=int(option.below) - 1)
    if option.low is not None:
        return Message(", {low} or more", low=f"{option.low:g}")
    return Message(" above {above}", above=f"{option.above:g}") if option.above is not None else ""
