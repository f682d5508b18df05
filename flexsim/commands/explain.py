"""``flexsim explain``: why one scenario differs from another, change by change."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command, Option
from flexsim.errors import ScenarioError
from flexsim.language import Language
from flexsim.output.said import tell_written
from flexsim.scenario.names import shown


def explain(arguments: argparse.Namespace) -> int:
    """Switch the changes on one by one, show their parts and write them."""
    from flexsim import explaining
    from flexsim.comparing import prepare, scenario_of
    from flexsim.output import explanation as output

    names, overrides = asked.named(arguments)
    if len(names) != 2:
        raise ScenarioError(
            "command line: write flexsim explain A B, where B differs from A by some changes"
        )
    first = scenario_of(prepare(names, overrides)[1][0])
    asked.check_folders([first], arguments.overwrite)
    chosen = {name: getattr(arguments, name) for name in ("measure", "pool")}
    found = explaining.explain(
        *names,
        groups=_groups(arguments.groups or ""),
        overrides=overrides,
        progress=True,
        **{name: value for name, value in chosen.items() if value is not None},
    )
    output.show(found)
    command = ["flexsim", *arguments.words]
    paths = output.write(found, command=command, overwrite=arguments.overwrite)
    tell_written(paths, Language.of(first))
    return 0


def _groups(text: str) -> dict[str, list[str]]:
    """Groups as typed: ``name=key,key; name=key``."""
    found: dict[str, list[str]] = {}
    for part in filter(None, (part.strip() for part in text.split(";"))):
        name, equals, keys = (piece.strip() for piece in part.partition("="))
        listed = [key.strip() for key in keys.split(",") if key.strip()]
        if not (name and equals and listed) or name in found:
            raise ScenarioError(
                f"command line: --groups must be 'name=key,key; name=key' (got '{shown(part)}')"
            )
        found[name] = listed
    return found


EXPLAIN = Command(
    "explain",
    "take the difference between two scenarios apart, change by change (flexsim explain"
    " aarhus_baseline aarhus_hotspot --measure occupied --pool auh)",
    explain,
    (
        OVERWRITE,
        Option(("--measure",), "of which measure (default completed_treatment_days)", values=1),
        Option(("--pool",), "of this pool (default all)", values=1),
        Option(("--groups",), "changes to take as one: 'name=key,key; name=key'", values=1),
    ),
)
