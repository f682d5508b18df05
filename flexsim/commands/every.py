"""All commands, in the order in which help names them."""

from __future__ import annotations

from flexsim.commands.animate import ANIMATE
from flexsim.commands.app import APP
from flexsim.commands.check import CHECK
from flexsim.commands.command import Command
from flexsim.commands.compare import COMPARE
from flexsim.commands.explain import EXPLAIN
from flexsim.commands.export import EXPORT
from flexsim.commands.listing import LIST
from flexsim.commands.money import MONEY
from flexsim.commands.offers import OFFERS
from flexsim.commands.report import REPORT
from flexsim.commands.run import RUN
from flexsim.commands.show import SHOW
from flexsim.commands.trace import TRACE
from flexsim.commands.turning_point import TURNING_POINT
from flexsim.commands.warm_up import WARM_UP

COMMANDS: dict[str, Command] = {
    command.name: command
    for command in (
        *(RUN, CHECK, COMPARE, EXPLAIN, REPORT, EXPORT, TURNING_POINT, MONEY, WARM_UP),
        *(SHOW, LIST, OFFERS, TRACE, ANIMATE, APP),
    )
}
