"""The command line: ``flexsim [run|check|compare|...] [overrides] [options]``.

Whatever takes time to import is imported where it is used, so that help and lists come at once.
"""

from __future__ import annotations

import argparse
import gc
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from types import FrameType
from typing import NoReturn

from flexsim import __version__
from flexsim.commands.asked import is_word, language
from flexsim.commands.command import Option
from flexsim.commands.every import COMMANDS
from flexsim.commands.listing import listing
from flexsim.errors import FlexsimError, ScenarioError, WorkplaceError
from flexsim.language import Language
from flexsim.output.said import complain, entry, section
from flexsim.scenario.names import nearest, shown

INTERRUPTED = 130
TERMINATED = 143
_ABOUT = "Simulates psychiatric wards and the flexible social places they discharge to."
_USAGE = "flexsim [command] [key=value ...] [options]"
_GENERAL = (
    Option(("--debug",), "print the whole traceback of an error (or set FLEXSIM_DEBUG=1)"),
    Option(("--version",), "print the version"),
    Option(("-h", "--help"), "print this help"),
)
_EXAMPLES = {
    "scenario=NAME": "a scenario from the list below, or from your own ./scenarios",
    "run=quick": "settings of a run: default, quick or long",
    "pools.pitstop.places=12": "any key of the scenario",
}


#: New objects after which Python looks for garbage. What starting makes stays: to look through it
#: again and again takes a tenth of a small run.
NEW_OBJECTS = 1_000_000


class _Terminated(BaseException):
    """The process was asked to end (SIGTERM)."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command line.

    Parameters
    ----------
    argv : sequence of str, optional
        Arguments after the program's name; those of the process if left out.

    Returns
    -------
    int
        Exit code: 0 done, 2 bad input, 3 run failed, 4 disk or rights, 130 and 143 stopped.
    """
    if argv is None:  # a process of its own
        gc.set_threshold(NEW_OBJECTS)
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words or os.environ.get("FLEXSIM_DEBUG", "") not in ("", "0")
    try:
        with _terminable():
            return _dispatch(words)
    except (KeyboardInterrupt, _Terminated) as stop:
        complain(["stopped"])
        return INTERRUPTED if isinstance(stop, KeyboardInterrupt) else TERMINATED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:
        if debug:
            raise
        return _report(error, language(words))


def _dispatch(words: Sequence[str]) -> int:
    arguments = _parse(words)
    if arguments.help:
        print(_help())
        return 0
    if arguments.version:
        print(f"flexsim {__version__}")
        return 0
    return COMMANDS[arguments.command].run(arguments)


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="flexsim", usage=_USAGE, add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*")
    for option in (*_GENERAL, *_by_flags()):
        if option.values:
            nargs = None if option.values == 1 else option.values
            parser.add_argument(*option.flags, nargs=nargs)
        else:
            parser.add_argument(*option.flags, action="store_true")
    arguments = parser.parse_intermixed_args(words)
    arguments.words = list(words)
    arguments.command = "run"
    if arguments.overrides and is_word(arguments.overrides[0]):
        arguments.command = arguments.overrides.pop(0)
    if arguments.command not in COMMANDS:
        name = arguments.command
        raise ScenarioError(
            f"command line: no command '{shown(name)}'; commands are: {', '.join(COMMANDS)}"
            f"{nearest(name, COMMANDS)} (overrides are written key=value)"
        )
    taken = [option.flags for option in COMMANDS[arguments.command].options]
    for option, commands in _by_flags().items():
        if getattr(arguments, option.name) not in (None, False) and option.flags not in taken:
            raise ScenarioError(
                f"command line: {option.flags[-1]} goes with flexsim {' or '.join(commands)}"
            )
    return arguments


def _by_flags() -> dict[Option, list[str]]:
    """The options of commands, each flag once, and the commands that it goes with."""
    found: dict[tuple[str, ...], tuple[Option, list[str]]] = {}
    for command in COMMANDS.values():
        for option in command.options:
            found.setdefault(option.flags, (option, []))[1].append(command.name)
    return dict(found.values())


class _Parser(argparse.ArgumentParser):
    """Reports faults as every other fault is reported."""

    def error(self, message: str) -> NoReturn:
        raise ScenarioError(f"command line: {message} (see flexsim --help)")


def _help() -> str:
    commands = {name: command.about for name, command in COMMANDS.items()}
    examples = "\n".join(entry(key, text) for key, text in _EXAMPLES.items())
    return "\n\n".join(
        [
            f"usage: {_USAGE}",
            _ABOUT,
            section("Commands", commands),
            f"What to change (Hydra's grammar)\n{examples}",
            section("Options", _options()),
            listing(),
        ]
    )


def _options() -> dict[str, str]:
    """Each option in words, with the commands that it goes with."""
    said = {}
    for first, commands in _by_flags().items():
        about: dict[str, list[str]] = {}
        for name in commands:
            for option in COMMANDS[name].options:
                if option.flags == first.flags:
                    about.setdefault(option.about, []).append(name)
        said[", ".join(first.flags)] = "; ".join(
            f"{', '.join(names)}: {text}" for text, names in about.items()
        )
    return said | {", ".join(option.flags): option.about for option in _GENERAL}


def _report(error: Exception, language: Language) -> int:
    if isinstance(error, FlexsimError):
        complain(error.faults, language)
        return error.exit_code
    if isinstance(error, OSError):
        complain([f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")])
        return WorkplaceError.exit_code
    complain([f"unexpected error: {type(error).__name__}: {error} (--debug shows where)"])
    return FlexsimError.exit_code


def _reader_gone() -> int:
    """Whoever read our output has closed it (``flexsim list | head``): end in silence."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


@contextmanager
def _terminable() -> Iterator[None]:
    """Turn SIGTERM into an exception, so that files are closed and temporary ones removed."""

    def stop(_signal: int, _frame: FrameType | None) -> NoReturn:
        raise _Terminated

    try:
        before = signal.signal(signal.SIGTERM, stop)
    except ValueError:  # not the main thread: signals are somebody else's business
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
