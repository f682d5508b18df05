"""What a planner can start from: a region and a scenario, or a file of their own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from flexsim.errors import ScenarioError
from flexsim.language import Language
from flexsim.message import Message, without
from flexsim.scenario import files, load, yaml_text
from flexsim.scenario.names import shown
from flexsim.scenario.schema import Scenario

#: The scenario that changes nothing.
AS_PUBLISHED = "baseline"
#: Left out: places that belong to no region, for researchers.
_NO_REGION = "none"
_USUAL = "midtjylland_west"
_FILE_NAME = re.compile(r"[^A-Za-z0-9_.-]+")


def regions() -> list[str]:
    """Names of the regions, the usual one first."""
    known = [name for name in files.options("region") if name != _NO_REGION]
    return sorted(known, key=lambda name: (name != _USUAL, name))


#: Tells whether somebody's own files have changed: their paths with the time of the last change.
Stamp = tuple[tuple[str, int], ...]


def stamp() -> Stamp:
    """The files of the user's own scenarios as they are now."""
    return tuple((str(path), path.stat().st_mtime_ns) for path in files.own("scenario").values())


class Choice(NamedTuple):
    """A scenario that can be chosen: its region, and what it is in words."""

    region: str
    words: str


@dataclass(frozen=True)
class Known:
    """What can be chosen as long as nobody changes their own files.

    Attributes
    ----------
    own : Stamp
    scenarios : mapping
        Each scenario that has a region, by its name; `AS_PUBLISHED` goes with every region.
    """

    own: Stamp
    scenarios: Mapping[str, Choice]

    def names(self, region: str) -> list[str]:
        """Scenarios of a region, the published one first."""
        return [AS_PUBLISHED, *(n for n, one in self.scenarios.items() if one.region == region)]

    def words(self, name: str, language: Language) -> str:
        """A scenario in words, or by its name."""
        if name == AS_PUBLISHED:
            return language.text("as published")
        return language.text(self.scenarios[name].words) or name


def known(own: Stamp) -> Known:
    """What can be chosen, with the user's own files as they are."""
    paths = {**files.shipped("scenario"), **files.own("scenario")}
    found = {}
    for name, path in sorted(paths.items()):
        try:
            document = yaml_text.read_file(path)
        except ScenarioError:  # somebody's own, not in order: it can be loaded, and says why
            continue
        region = str(document.values.get("region", _USUAL))
        if region != _NO_REGION and name != AS_PUBLISHED:
            found[name] = Choice(region, document.words)
    return Known(own, found)


def opened(region: str, name: str, language: str) -> Scenario:
    """The scenario of a name, or the region as it is published.

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    where = [f"region={region}"] if name == AS_PUBLISHED else []
    return load(name, [*where, f"output.language={language}"])


def uploaded(name: str, content: bytes, language: str) -> Scenario:
    """A scenario that somebody sent as a file: the same checks as for any file, and no code is run.

    Parameters
    ----------
    name : str
        Of the file, as the sender calls it.
    content : bytes
    language : str

    Raises
    ------
    ScenarioError
        With every fault found.
    """
    if not name.lower().endswith((".yaml", ".yml")):
        raise ScenarioError(Message("{name}: must be a YAML file (.yaml)", name=shown(name)))
    safe = _FILE_NAME.sub("_", Path(name).name).lstrip(".-_") or "scenario.yaml"
    with TemporaryDirectory() as folder:
        path = Path(folder) / safe
        path.write_bytes(content)
        try:
            return load(path, [f"output.language={language}"])
        except ScenarioError as error:
            hidden = f"{Path(folder).resolve()}/"
            raise ScenarioError(
                [without(without(fault, hidden), f"{folder}/") for fault in error.faults]
            ) from None
