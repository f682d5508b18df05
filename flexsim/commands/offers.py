"""``flexsim offers``: the offers that the sources describe."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import Command, Option
from flexsim.errors import ScenarioError


def offers(arguments: argparse.Namespace) -> int:
    """List all, some, or one in full."""
    from flexsim import catalogue
    from flexsim.output import offers as output

    rows = catalogue.catalogue()
    language = asked.language(arguments.words)
    words = [word for word in arguments.overrides if not word.startswith(asked.LANGUAGE)]
    names = [word for word in words if asked.is_word(word)]
    wanted = [word.split("=", 1) for word in words if not asked.is_word(word)]
    if names and wanted:
        raise ScenarioError("command line: name offers, or choose them by key=value, not both")
    chosen = [catalogue.named(rows, name) for name in names]
    if not names:
        chosen = catalogue.narrowed(rows, wanted)
    if arguments.csv:
        output.print_csv(chosen)
    elif names:
        output.show_in_full(chosen, catalogue.parts(rows), language)
    else:
        output.show(chosen, language)
    return 0


OFFERS = Command(
    "offers",
    "list the offers of the sources, and what flexsim does with each; or some of them (kind=place,"
    " municipality=Herning), or one in full (flexsim offers pitstop)",
    offers,
    (Option(("--csv",), "print the rows of the catalogue as CSV"),),
)
