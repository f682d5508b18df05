"""``flexsim money``: what places cost and who pays."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command, Option
from flexsim.errors import ScenarioError
from flexsim.language import Language
from flexsim.output.said import written


def money(arguments: argparse.Namespace) -> int:
    """One scenario: purses and budget models; more: who gains; --places: how many cost least."""
    names, overrides = asked.named(arguments)
    if arguments.places:
        return _places(arguments, names, overrides)
    if len(names) > 1:
        return _compare(arguments, names, overrides)
    from flexsim.economics.asking import money as money_of
    from flexsim.output import money as output
    from flexsim.running import run
    from flexsim.scenario import compose

    words = [f"scenario={names[0]}"] if names else []
    scenario = compose([*words, *overrides])
    asked.check_folders([scenario], arguments.overwrite)
    result = run(scenario, progress=True)
    found = money_of(result)
    output.show(found)
    paths = output.write(result, found, ["flexsim", *arguments.words], arguments.overwrite)
    print("\n".join(written(paths, Language.of(scenario))))
    return 0


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
    print("\n".join(written(paths, Language.of(comparison.baseline.scenario))))
    return 0


def _places(arguments: argparse.Namespace, names: list[str], overrides: list[str]) -> int:
    from flexsim.comparing import opened, scenario_of
    from flexsim.economics.places import best_places
    from flexsim.output import money as output

    pool, _, text = arguments.places.partition("=")
    numbers = text.split(",")
    if not all(number.isdecimal() for number in numbers) or len(names) > 1:
        raise ScenarioError(
            "command line: write flexsim money SCENARIO --places mpo=6,8,10 (a pool, and numbers"
            " of places)"
        )
    scenario = scenario_of(opened(names[0] if names else "baseline", overrides, {}))
    asked.check_folders([scenario], arguments.overwrite)
    found = best_places(scenario, pool, [int(n) for n in numbers], progress=True)
    output.show_places(found)
    paths = output.write_places(found, ["flexsim", *arguments.words], arguments.overwrite)
    print("\n".join(written(paths, Language.of(scenario))))
    return 0


MONEY = Command(
    "money",
    "what places cost and who pays: purses and budget models (flexsim money baseline); of several"
    " scenarios: who gains and who loses",
    money,
    (
        OVERWRITE,
        Option(("--places",), "how many places of a pool cost least (mpo=6,8,10)", values=1),
    ),
)
