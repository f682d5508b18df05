"""What the words of a command line ask for: scenarios, with their changes, checked."""

from __future__ import annotations

import argparse
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING

from flexsim.errors import ScenarioError
from flexsim.language import ENGLISH, LANGUAGES, Language
from flexsim.message import Message
from flexsim.output.said import complain
from flexsim.scenario.names import shown

if TYPE_CHECKING:
    from flexsim.scenario import Scenario
    from flexsim.sweeping.points import Points

Point = tuple[list[str], "Scenario"]
#: Warnings of a sweep that are said.
MOST_WARNINGS = 5
#: How an override begins that asks for a language.
LANGUAGE = "output.language="


def points(arguments: argparse.Namespace) -> list[Point]:
    """All runs that the command line asks for, each with the changes that are its own.

    Raises
    ------
    ScenarioError
        If one of them is not valid.
    """
    if arguments.multirun:
        found = swept(arguments)
        return [(found.words(n), found.scenario(n)) for n in range(len(found.points))]
    from flexsim.foreseen import foreseen
    from flexsim.scenario import compose
    from flexsim.scenario.loading import unswept

    _imply_region(arguments)
    scenario = compose(arguments.overrides)
    said = [*unswept(arguments.overrides), *foreseen(scenario)]
    warn(dict.fromkeys(said), Language.of(scenario))
    return [([], scenario)]


def swept(arguments: argparse.Namespace) -> Points:
    """All points of a sweep that the command line asks for, checked.

    Raises
    ------
    ScenarioError
        If the design or one of its points is not valid.
    """
    from flexsim.sweeping.points import checked

    _imply_region(arguments)
    found = checked(overrides=arguments.overrides)
    said = found.warnings[:MOST_WARNINGS]
    if len(found.warnings) > len(said):
        more = len(found.warnings) - len(said)
        said.append(Message("... and {count} more like these", count=more))
    warn(said, language(arguments.words))
    return found


def _imply_region(arguments: argparse.Namespace) -> None:
    from flexsim.scenario.regions import implied

    region = implied(arguments.overrides)
    if region is not None:
        arguments.overrides.append(f"region={region}")
        note = Message("note: region {region}, the smallest with the pools named", region=region)
        complain([note], language(arguments.words))


def named(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Names of scenarios (which may carry changes of their own, in quotes), and overrides."""
    words = arguments.overrides
    names = [word for word in words if is_word((word.split() or [""])[0])]
    overrides = [word for word in words if word not in names]
    return names, overrides


def language(words: Sequence[str]) -> Language:
    """The language that a command line asks for, in order or not; the last one counts."""
    asked = [word.removeprefix(LANGUAGE) for word in words if word.startswith(LANGUAGE)]
    return Language(asked[-1]) if asked and asked[-1] in LANGUAGES else ENGLISH


def warn(lines: Iterable[str], language: Language) -> None:
    """Print warnings on stderr."""
    complain([f"{language.text('warning')}: " + line for line in lines], language)


def is_word(text: str) -> bool:
    """Whether it is a name, and no override."""
    return "=" not in text and not text.startswith("~")


def whole_number(given: str, flag: str) -> int:
    """The number that follows an option.

    Raises
    ------
    ScenarioError
        If it is none.
    """
    if not given.isdecimal():
        raise ScenarioError(
            f"command line: {flag} must be a whole number, 0 or more (got {shown(given)})"
        )
    return int(given)


def check_folders(scenarios: Sequence[Scenario], overwrite: bool) -> None:
    """Refuse folders that cannot take the results, before anything runs."""
    from flexsim.output.folder import check_folder

    for scenario in scenarios:
        check_folder(scenario, overwrite)
