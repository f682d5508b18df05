"""``flexsim money``: what places cost and who pays."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command, Option
from flexsim.errors import ScenarioError
from flexsim.language import Language
from flexsim.message import Message
from flexsim.output.said import tell_written


def money(arguments: argparse.Namespace) -> int:
    """One scenario: purses and budget models; more: who gains; --places: how many cost least."""
    names, overrides = asked.named(arguments)
    if arguments.uses and (arguments.places or len(names) > 1):
        raise ScenarioError(
            Message("command line: --uses goes with one scenario, and not with --places")
        )
    if arguments.places:
        return _places(arguments, names, overrides)
    if len(names) > 1:
        return _compare(arguments, names, overrides)
    from flexsim.economics.asking import money as money_of
    from flexsim.economics.money import check_uses
    from flexsim.output import money as output
    from flexsim.running import run
    from flexsim.scenario import compose

    words = [f"scenario={names[0]}"] if names else []
    scenario = compose([*words, *overrides])
    asked.check_folders([scenario], arguments.overwrite)
    offer, uses = _uses(arguments.uses)
    if uses:
        check_uses(scenario, offer, uses)
    result = run(scenario, progress=True)
    found = money_of(result)
    at_uses = found.at_uses(offer, uses) if uses else None
    output.show(found, at_uses)
    command = ["flexsim", *arguments.words]
    paths = output.write(result, found, command, arguments.overwrite, at_uses)
    tell_written(paths, Language.of(scenario))
    return 0


def _uses(given: str | None) -> tuple[str, list[float]]:
    """An offer and uses of its places, as shares; nothing if none are asked for."""
    if given is None:
        return "", []
    offer, numbers = _numbers(given)
    if not numbers:
        raise ScenarioError(
            Message(
                "command line: write flexsim money SCENARIO --uses mpo=80,90,100 (an offer, and"
                " per cent of its place-days)"
            )
        )
    return offer, [number / 100 for number in numbers]


def _numbers(given: str) -> tuple[str, list[int]]:
    """A name and whole numbers, from ``name=6,8,10``; no numbers if it is written otherwise."""
    name, _, text = given.partition("=")
    numbers = text.split(",")
    return name, [int(n) for n in numbers] if all(n.isdecimal() for n in numbers) else []


def _compare(arguments: argparse.Namespace, names: list[str], overrides: list[str]) -> int:
    from flexsim.comparing import compared, prepare, scenario_of
    from flexsim.economics.comparing import compare_money
    from flexsim.output import money as output

    labels, scenarios = prepare(names, overrides)
    asked.check_folders([scenario_of(scenarios[0])], arguments.overwrite)
    comparison = compared(labels, scenarios, progress=True)
    found = compare_money(comparison)
    output.show_comparison(found)
    command = ["flexsim", *arguments.words]
    paths = output.write_comparison(comparison, found, command, arguments.overwrite)
    tell_written(paths, Language.of(comparison.baseline.scenario))
    return 0


def _places(arguments: argparse.Namespace, names: list[str], overrides: list[str]) -> int:
    from flexsim.comparing import opened, scenario_of
    from flexsim.economics.places import best_places
    from flexsim.output import money as output

    pool, numbers = _numbers(arguments.places)
    if not numbers or len(names) > 1:
        raise ScenarioError(
            Message(
                "command line: write flexsim money SCENARIO --places mpo=6,8,10 (a pool, and"
                " numbers of places)"
            )
        )
    scenario = scenario_of(opened(names[0] if names else "baseline", overrides, {}))
    asked.check_folders([scenario], arguments.overwrite)
    found = best_places(scenario, pool, numbers, progress=True)
    output.show_places(found)
    paths = output.write_places(found, ["flexsim", *arguments.words], arguments.overwrite)
    tell_written(paths, Language.of(scenario))
    return 0


MONEY = Command(
    "money",
    "what places cost and who pays: purses and budget models (flexsim money baseline); of several"
    " scenarios: who gains and who loses",
    money,
    (
        OVERWRITE,
        Option(("--places",), "how many places of a pool cost least (mpo=6,8,10)", values=1),
        Option(("--uses",), "budget models at given uses, per cent (mpo=80,90,100)", values=1),
    ),
)
