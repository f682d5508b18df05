"""Keys that follow another one: they refer to it, or belong to what is made after its entry.

Composing follows references and templates once. When a swept key changes afterwards, whatever was
written as that key, or as something around it, has to change with it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from flexsim.scenario import templates
from flexsim.scenario.vetting import REFERENCE


def followers(values: dict[str, Any], key: str) -> list[str]:
    """Keys that have the value of another one, directly or by way of others.

    Parameters
    ----------
    values : dict
        As composed, with references and templates.
    key : str
        With dots.
    """
    links = [*_references(values, ""), *_templates(values)]
    found = [key]
    for leader in found:  # grows while it is gone through
        for target, place in links:
            if leader != target and not leader.startswith(f"{target}."):
                continue
            rest = leader[len(target) + 1 :]
            follower = f"{place}.{rest}" if rest else place
            if follower not in found and not (place in _made(values) and _is_own(values, follower)):
                found.append(follower)
    return found[1:]


def _references(value: Any, place: str) -> Iterator[tuple[str, str]]:
    """What is referred to, and the key that is written so."""
    if isinstance(value, dict):
        for name, item in value.items():
            yield from _references(item, f"{place}.{name}" if place else name)
    elif isinstance(value, str) and (whole := REFERENCE.fullmatch(value)):
        yield whole[1], place


def _templates(values: dict[str, Any]) -> Iterator[tuple[str, str]]:
    """What is a template, and the entry that is made after it."""
    for place in _made(values):
        section, name = place.split(".")
        yield f"{section}.{values[section][name]['template']}", place


def _made(values: dict[str, Any]) -> list[str]:
    return [
        f"{section}.{name}"
        for section in templates.SECTIONS
        for name, entry in values.get(section, {}).items()
        if isinstance(entry, dict) and isinstance(entry.get("template"), str)
    ]


def _is_own(values: Any, key: str) -> bool:
    """Whether an entry gives this key itself, or what it lies in, rather than take it over."""
    steps = key.split(".")
    if steps[2] in templates.NOT_INHERITED:
        return True
    for step in steps:
        if not isinstance(values, dict):
            return True
        if step not in values:
            return False
        values = values[step]
    return True
