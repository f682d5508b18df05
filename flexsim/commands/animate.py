"""``flexsim animate``: one replication that can be played, as one HTML file."""

from __future__ import annotations

import argparse

from flexsim.commands import asked
from flexsim.commands.command import OVERWRITE, Command, Option
from flexsim.language import Language
from flexsim.output.said import tell_written


def animate(arguments: argparse.Namespace) -> int:
    """Simulate one replication and write its animation."""
    from flexsim.engine.choice import simulate
    from flexsim.output.animation import document
    from flexsim.output.folder import filled, target
    from flexsim.plan.build import build

    _, scenario = asked.points(arguments)[0]
    number = asked.whole_number(arguments.replication or "0", "--replication")
    asked.check_folders([scenario], arguments.overwrite)
    plan = build(scenario)
    engine = "simpy" if scenario.run.engine == "auto" else scenario.run.engine
    register = simulate(plan, scenario.run.seed, number, engine)
    text = document(register, plan, scenario, number, language=Language.of(scenario))
    place = target(scenario, None, scenario.name, arguments.overwrite)
    with filled(place) as temporary:
        (temporary / "animation.html").write_text(text, encoding="utf-8", newline="\n")
    tell_written([place / "animation.html"], Language.of(scenario))
    return 0


ANIMATE = Command(
    "animate",
    "one replication that can be played, as one HTML file: places as cells, and what citizens wait"
    " for",
    animate,
    (OVERWRITE, Option(("--replication",), "which replication (default 0)", values=1)),
)
