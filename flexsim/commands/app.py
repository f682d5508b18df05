"""``flexsim app``: the planner's page in a browser."""

from __future__ import annotations

import argparse
import sys

from flexsim.commands import asked
from flexsim.commands.command import Command, Option
from flexsim.errors import ScenarioError
from flexsim.output.said import complain
from flexsim.scenario.names import shown


def app(arguments: argparse.Namespace) -> int:
    """Serve the page until it is stopped (ctrl-c)."""
    from flexsim.app import serving

    if arguments.overrides:
        raise ScenarioError(
            f"command line: flexsim app takes no '{shown(arguments.overrides[0])}'; scenarios are"
            " chosen on the page"
        )
    host = arguments.host or serving.HOST
    port = asked.whole_number(arguments.port or str(serving.PORT), "--port")
    if not serving.is_own(host):
        complain(
            [
                f"warning: the page has no password; at {shown(host)} everybody who reaches this"
                " machine can use it and see the scenarios in this folder"
            ]
        )
    return serving.serve(host, port, browser=sys.stdout.isatty())


APP = Command(
    "app",
    "open the planner's page in a browser (at http://127.0.0.1:8501, for this machine only)",
    app,
    (
        Option(("--host",), "listen at another address, so that others can use the page", 1),
        Option(("--port",), "the port (default 8501)", 1),
    ),
)
