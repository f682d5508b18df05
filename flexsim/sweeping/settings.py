"""Settings: a key and its value at one point, read once however many points have it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from hydra.core.override_parser.types import Override, QuotedString

from flexsim.scenario import overrides as command_line


@dataclass(frozen=True)
class Setting:
    """A key and its value at a point.

    Attributes
    ----------
    key : str
        With dots: ``pools.pitstop.places``.
    value : object
        As YAML would read it.
    text : str
        As on a command line, ``pools.pitstop.places=12``.
    composes : bool
        Whether it chooses a file, deletes, merges or refers, so that the scenario has to be put
        together anew for it.
    """

    key: str
    value: Any
    text: str
    composes: bool = False


def reader(loader: Any = None) -> Callable[[str], Setting]:
    """A function that reads overrides, each text once: Hydra's grammar takes a millisecond."""
    known: dict[str, Setting] = {}

    def read(text: str) -> Setting:
        if text not in known:
            (override,) = command_line.parse([text], loader)
            known[text] = _setting(override, text)
        return known[text]

    return read


def texts(settings: Sequence[Setting]) -> list[str]:
    """Settings as on a command line."""
    return [setting.text for setting in settings]


def number(key: str, value: float) -> Setting:
    """A setting of a number."""
    return Setting(key, value, f"{key}={value!r}")


def _setting(override: Override, text: str) -> Setting:
    value = None if override.is_delete() else override.value()
    value = _plain(value)
    composes = (
        override.is_delete()
        or command_line.is_choice(override)
        or override.package is not None
        or isinstance(value, dict)
        or "${" in str(value)
    )
    return Setting(text.partition("=")[0].lstrip("+~"), value, text, composes)


def _plain(value: Any) -> Any:
    if isinstance(value, QuotedString):
        return value.text
    if isinstance(value, list):
        return [_plain(item) for item in value]
    return value
