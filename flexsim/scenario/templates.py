"""New pools and streams that start from the settings of another one.

A template gives every setting but the name shown (`title`) and dated changes (`later`), which
belong to that one place.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Any

from flexsim.message import Message
from flexsim.scenario.faults import Fault
from flexsim.scenario.names import listed, nearest, shown

#: Sections whose entries may name a template.
SECTIONS = ("pools", "streams")
LONGEST_CHAIN = 50
NOT_INHERITED = ("title", "later")


class _TemplateError(Exception):
    """The template of one entry cannot be used."""


def resolved(
    values: dict[str, Any], shipped: Callable[[str], dict[str, Any]]
) -> tuple[dict[str, Any], list[Fault]]:
    """Fill in, for every entry with a template, that template's settings.

    Parameters
    ----------
    values : dict
        The composed scenario; not changed.
    shipped : callable
        Gives the entries of a section that are not in the scenario but may serve as templates.

    Returns
    -------
    values : dict
        With templates filled in.
    faults : list of Fault
        Unknown templates, and templates that go in a circle.
    """
    result, faults = dict(values), []
    for section in SECTIONS:
        entries = values.get(section)
        if not isinstance(entries, dict) or not any(map(_template, entries.values())):
            continue
        library = {**shipped(section), **entries}
        result[section] = dict(entries)
        for name, entry in entries.items():
            try:
                result[section][name] = _filled(entry, library, (name,))
            except _TemplateError as error:
                faults.append(Fault((section, name, "template"), " " + error.args[0]))
    return result, faults


def merged(base: Any, change: Any) -> Any:
    """A deep merge: mappings key by key, anything else replaced."""
    if not isinstance(base, dict) or not isinstance(change, dict):
        return copy.deepcopy(change)
    result = dict(base)
    for name, value in change.items():
        result[name] = merged(base[name], value) if name in base else copy.deepcopy(value)
    return result


def _template(entry: Any) -> str | None:
    """What an entry names as its template."""
    template = entry.get("template") if isinstance(entry, dict) else None
    return template if isinstance(template, str) else None


def _filled(entry: Any, library: dict[str, Any], chain: tuple[str, ...]) -> Any:
    template = _template(entry)
    if template is None:
        return entry
    if len(chain) > LONGEST_CHAIN:
        raise _TemplateError(
            Message("leads through more than {most} templates", most=LONGEST_CHAIN)
        )
    if template in chain:
        raise _TemplateError(
            Message("goes in a circle: {circle}", circle=" -> ".join((*chain, template)))
        )
    if template not in library:
        raise _TemplateError(
            Message(
                "names nothing that exists (got {template}); there are: {known}{hint}",
                template=shown(template),
                known=listed(library.keys() - {chain[0]}),
                hint=nearest(template, library),
            )
        )
    base = _filled(library[template], library, (*chain, template))
    kept = {name: value for name, value in base.items() if name not in NOT_INHERITED}
    return merged(kept, entry)
