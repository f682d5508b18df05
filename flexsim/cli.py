"""The command line: ``flexsim [run|check|compare|...] [overrides] [-m]``.

Whatever takes time to import is imported where it is used, so that help and lists come at once.
"""

from __future__ import annotations

import argparse
import os
import signal
import sys
import textwrap
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, NoReturn

from flexsim import __version__
from flexsim.errors import FlexsimError, RunError, ScenarioError, WorkplaceError
from flexsim.scenario import files
from flexsim.scenario.names import nearest, shown

if TYPE_CHECKING:
    from flexsim.result import Result
    from flexsim.scenario import Scenario

WIDTH = 80
INTERRUPTED = 130
TERMINATED = 143
_NAME_COLUMN = 24
_ABOUT = "Simulates psychiatric wards and the flexible social places they discharge to."
_USAGE = "flexsim [command] [key=value ...] [options]"
_COMMANDS = {
    "run": "run a scenario and write its results (also without the word run)",
    "check": "check a scenario without running it",
    "compare": "compare scenarios with the first of them, on the same citizens"
    " (flexsim compare aarhus_baseline pitstop_plus_two)",
    "turning-point": "find the value of a key of the second scenario at which it is level with the"
    " first (flexsim turning-point A B --key KEY --between LOW HIGH)",
    "show": "print a scenario as it is put together, as YAML",
    "list": "list regions, scenarios and experiments",
    "offers": "list the offers of the sources, and what flexsim does with each; or some of them"
    " (kind=place, municipality=Herning), or one in full (flexsim offers pitstop)",
    "trace": "follow one citizen of a replication, in words",
}
_OPTIONS = {
    "-m, --multirun": "run every combination of lists of values (places=6,8,10)",
    "--overwrite": "let a run write into a folder that holds files already",
    "--defaults": "show: include the keys that nobody has set",
    "--citizens": "compare: also count whose route, wait or completed-treatment days differ",
    "--csv": "offers: print the rows of the catalogue as CSV",
    "--debug": "print the whole traceback of an error (or set FLEXSIM_DEBUG=1)",
    "--version": "print the version",
    "-h, --help": "print this help",
}
_WITH_VALUE = {
    "--citizen": "trace: whom, as stream#n (default: most days after completed treatment)",
    "--pool": "trace: choose among those who stayed in this pool; turning-point: of this pool"
    " (default all)",
    "--replication": "trace: which replication (default 0)",
    "--key": "turning-point: the key of the second scenario that changes",
    "--between": "turning-point: lowest and highest value of the key, two numbers",
    "--measure": "turning-point: of which measure (default completed_treatment_days)",
}
#: Options that go with some commands only.
_GO_WITH = {
    "--csv": ("offers",),
    "--citizens": ("compare",),
    "--citizen": ("trace",),
    "--pool": ("trace", "turning-point"),
    "--replication": ("trace",),
    "--key": ("turning-point",),
    "--between": ("turning-point",),
    "--measure": ("turning-point",),
}
_EXAMPLES = {
    "scenario=NAME": "a scenario from the list below, or from your own ./scenarios",
    "run=quick": "settings of a run: default, quick or long",
    "pools.pitstop.places=12": "any key of the scenario",
}
_GROUPS = {"region": "Regions", "scenario": "Scenarios", "experiment": "Experiments"}

Point = tuple[list[str], "Scenario"]


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
    words = list(sys.argv[1:] if argv is None else argv)
    debug = "--debug" in words or os.environ.get("FLEXSIM_DEBUG", "") not in ("", "0")
    try:
        with _terminable():
            return _dispatch(words)
    except (KeyboardInterrupt, _Terminated) as stop:
        _complain(["stopped"])
        return INTERRUPTED if isinstance(stop, KeyboardInterrupt) else TERMINATED
    except BrokenPipeError:
        return _reader_gone()
    except Exception as error:
        if debug:
            raise
        return _report(error)


def _dispatch(words: Sequence[str]) -> int:
    arguments = _parse(words)
    if arguments.help:
        print(_help())
        return 0
    if arguments.version:
        print(f"flexsim {__version__}")
        return 0
    commands: dict[str, Callable[[argparse.Namespace], int]] = {
        "run": _run,
        "check": _check,
        "compare": _compare,
        "turning-point": _turning_point,
        "show": _show,
        "list": _list,
        "offers": _offers,
        "trace": _trace,
    }
    return commands[arguments.command](arguments)


def _parse(words: Sequence[str]) -> argparse.Namespace:
    parser = _Parser(prog="flexsim", usage=_USAGE, add_help=False, allow_abbrev=False)
    parser.add_argument("overrides", nargs="*")
    for flags in _OPTIONS:
        parser.add_argument(*flags.split(", "), action="store_true")
    for flag in _WITH_VALUE:
        parser.add_argument(flag, nargs=2 if flag == "--between" else None)
    arguments = parser.parse_intermixed_args(words)
    arguments.words = list(words)
    arguments.command = "run"
    if arguments.overrides and _is_word(arguments.overrides[0]):
        arguments.command = arguments.overrides.pop(0)
    if arguments.command not in _COMMANDS:
        name = arguments.command
        raise ScenarioError(
            f"command line: no command '{shown(name)}'; commands are: {', '.join(_COMMANDS)}"
            f"{nearest(name, _COMMANDS)} (overrides are written key=value)"
        )
    for flag, commands in _GO_WITH.items():
        if getattr(arguments, flag[2:]) not in (None, False) and arguments.command not in commands:
            raise ScenarioError(
                f"command line: {flag} goes with flexsim {' and flexsim '.join(commands)}"
            )
    return arguments


class _Parser(argparse.ArgumentParser):
    """Reports faults as every other fault is reported."""

    def error(self, message: str) -> NoReturn:
        raise ScenarioError(f"command line: {message} (see flexsim --help)")


def _is_word(text: str) -> bool:
    return "=" not in text and not text.startswith("~")


def _points(arguments: argparse.Namespace) -> list[Point]:
    """All runs that the command line asks for, checked."""
    from flexsim.scenario import compose, sweep, warnings
    from flexsim.scenario.loading import unswept
    from flexsim.scenario.regions import implied

    region = implied(arguments.overrides)
    if region is not None:
        arguments.overrides.append(f"region={region}")
        _complain([f"note: region {region}, the only one with the pools named"])
    if arguments.multirun:
        points, said = sweep(arguments.overrides), []
    else:
        points, said = [([], compose(arguments.overrides))], unswept(arguments.overrides)
    said += [line for _, scenario in points for line in warnings(scenario)]
    _complain([f"warning: {line}" for line in dict.fromkeys(said)])
    return points


def _check(arguments: argparse.Namespace) -> int:
    points = _points(arguments)
    print("ok" if len(points) == 1 else f"ok: {len(points)} runs")
    return 0


def _show(arguments: argparse.Namespace) -> int:
    from flexsim.scenario.showing import as_yaml

    for overrides, scenario in _points(arguments):
        if overrides:
            print(f"--- # {' '.join(overrides)}")
        print(as_yaml(scenario, arguments.defaults), end="")
    return 0


def _compare(arguments: argparse.Namespace) -> int:
    from flexsim.comparing import compared, prepare, scenario_of
    from flexsim.output import comparison as output

    names, overrides = _named(arguments)
    labels, scenarios = prepare(names, overrides)
    _check_folders([scenario_of(scenarios[0])], arguments.overwrite)
    found = compared(labels, scenarios, progress=True)
    citizens = found.citizens() if arguments.citizens else None
    output.show(found, citizens)
    command = ["flexsim", *arguments.words]
    paths = output.write(found, citizens, command=command, overwrite=arguments.overwrite)
    print("\n".join(_written(paths)))
    return 0


def _turning_point(arguments: argparse.Namespace) -> int:
    from flexsim.output.comparison import show_turning
    from flexsim.turning import turning_point

    names, overrides = _named(arguments)
    if len(names) != 2 or not arguments.key or not arguments.between:
        raise ScenarioError(
            "command line: write flexsim turning-point A B --key KEY --between LOW HIGH, where KEY"
            " is a key of scenario B, such as pools.home.relapse.share"
        )
    chosen = {name: getattr(arguments, name) for name in ("measure", "pool")}
    chosen = {name: value for name, value in chosen.items() if value is not None}
    found = turning_point(
        *names,
        key=arguments.key,
        between=arguments.between,
        overrides=overrides,
        progress=True,
        **chosen,
    )
    show_turning(found)
    return 0


def _named(arguments: argparse.Namespace) -> tuple[list[str], list[str]]:
    """Names of scenarios (which may carry changes of their own, in quotes), and overrides."""
    if arguments.multirun:
        raise ScenarioError(f"command line: flexsim {arguments.command} takes no -m")
    words = arguments.overrides
    names = [word for word in words if _is_word((word.split() or [""])[0])]
    overrides = [word for word in words if word not in names]
    return names, overrides


def _trace(arguments: argparse.Namespace) -> int:
    from flexsim.engine.choice import simulate
    from flexsim.plan.build import build
    from flexsim.trace import trace

    if arguments.multirun:
        raise ScenarioError(
            "command line: flexsim trace follows one citizen of one scenario (no -m)"
        )
    _, scenario = _points(arguments)[0]
    plan = build(scenario)
    engine = "simpy" if scenario.run.engine == "auto" else scenario.run.engine
    register = simulate(plan, scenario.run.seed, _replication(arguments), engine)
    titles = {name: pool.title or name for name, pool in scenario.pools.items()}
    print(trace(register, plan, arguments.citizen, arguments.pool, titles))
    return 0


def _replication(arguments: argparse.Namespace) -> int:
    given = arguments.replication or "0"
    if not given.isdecimal():
        raise ScenarioError(
            f"command line: --replication must be a whole number, 0 or more (got {shown(given)})"
        )
    return int(given)


def _list(_: argparse.Namespace) -> int:
    print(_listing())
    return 0


def _offers(arguments: argparse.Namespace) -> int:
    from flexsim import catalogue
    from flexsim.output import offers

    rows = catalogue.catalogue()
    names = [word for word in arguments.overrides if "=" not in word]
    wanted = [word.split("=", 1) for word in arguments.overrides if "=" in word]
    if names and wanted:
        raise ScenarioError("command line: name offers, or choose them by key=value, not both")
    chosen = [catalogue.named(rows, name) for name in names]
    if not names:
        chosen = catalogue.narrowed(rows, wanted)
    if arguments.csv:
        offers.print_csv(chosen)
    elif names:
        offers.show_in_full(chosen, catalogue.parts(rows))
    else:
        offers.show(chosen)
    return 0


def _run(arguments: argparse.Namespace) -> int:
    points = _points(arguments)
    if arguments.multirun:
        return _run_all(_placed(points), arguments)
    _, scenario = points[0]
    _check_folders([scenario], arguments.overwrite)
    _, paths = _run_one(scenario, arguments)
    print("\n".join(_written(paths)))
    return 0


def _written(paths: Sequence[Path]) -> list[str]:
    """Name the folder, and the files in it by sort."""
    folder = paths[-1].parent
    names = [str(path.relative_to(folder)) for path in paths]
    figures = sum(name.startswith("figures/") for name in names)
    others = [name for name in names if not name.startswith("figures/")]
    shown_ = [*others, *([f"figures/ ({figures} pictures)"] if figures else [])]
    indent = "  "
    text = textwrap.wrap(", ".join(shown_), WIDTH, initial_indent=indent, subsequent_indent=indent)
    return ["", f"written to {folder}:", *text]


def _run_one(scenario: Scenario, arguments: argparse.Namespace) -> tuple[Result, list[Path]]:
    """Run, show and write one scenario; gives its result and the files written."""
    from flexsim.output import files as results
    from flexsim.output import terminal
    from flexsim.running import run
    from flexsim.scenario.showing import as_yaml

    result = run(scenario, progress=True)
    terminal.show(result)
    paths = results.write(
        result,
        command=["flexsim", *arguments.words],
        composed=as_yaml(scenario),
        overwrite=arguments.overwrite,
    )
    return result, paths


def _run_all(points: Sequence[Point], arguments: argparse.Namespace) -> int:
    """Run every point into its own folder; a point that fails leaves the others alone."""
    _check_folders([scenario for _, scenario in points], arguments.overwrite)
    lines, failed = [], False
    for overrides, scenario in points:
        try:
            result, _ = _run_one(scenario, arguments)
            outcome = f"{_use(result)} ({scenario.output.folder})"
        except RunError as error:
            failed = True
            outcome = f"failed: {error}"
        lines.append(f"{' '.join(overrides) or scenario.name}: {outcome}")
    print("\nUse of the places")
    for line in lines:
        print("\n".join(_wrapped(line)))
    return RunError.exit_code if failed else 0


def _use(result: Result) -> str:
    """How much of each pool's places was used, on one line."""
    table = result.summary()
    everybody = (table["group"] == "all") & (table["municipality"] == "all")
    rows = table[everybody & (table["measure"] == "utilisation") & (table["pool"] != "all")]
    shares = zip(rows["pool"].astype(str), rows["mean"].astype(float), strict=True)
    return ", ".join(f"{pool} {100 * share:.1f} %" for pool, share in shares)


def _placed(points: Sequence[Point]) -> list[Point]:
    """Points with a numbered folder each, below one folder for all."""
    default = Path("multirun") / time.strftime("%Y-%m-%d_%H-%M-%S")
    placed = []
    for n, (overrides, scenario) in enumerate(points):
        folder = Path(scenario.output.folder or default) / str(n)
        output = scenario.output.model_copy(update={"folder": str(folder)})
        placed.append((overrides, scenario.model_copy(update={"output": output})))
    return placed


def _check_folders(scenarios: Sequence[Scenario], overwrite: bool) -> None:
    """Refuse folders that cannot take the results, before anything runs."""
    from flexsim.output.folder import check_folder

    for scenario in scenarios:
        check_folder(scenario, overwrite)


def _help() -> str:
    examples = "\n".join(_entry(key, text) for key, text in _EXAMPLES.items())
    return "\n\n".join(
        [
            f"usage: {_USAGE}",
            _ABOUT,
            _section("Commands", _COMMANDS),
            f"What to change (Hydra's grammar)\n{examples}",
            _section("Options", _OPTIONS | _WITH_VALUE),
            _listing(),
        ]
    )


def _listing() -> str:
    """Regions, scenarios and experiments, each with its line in words."""
    sections = []
    for group, heading in _GROUPS.items():
        paths = {**files.shipped(group), **files.own(group)}
        entries = {name: files.in_words(path) for name, path in sorted(paths.items())}
        if entries:
            sections.append(_section(f"{heading} ({group}=...)", entries))
    return "\n\n".join(sections)


def _section(heading: str, entries: dict[str, str]) -> str:
    return "\n".join([heading, *(_entry(name, text) for name, text in entries.items())])


def _entry(name: str, text: str) -> str:
    """A name and its explanation in two columns; a long name has a line of its own."""
    indent = " " * (_NAME_COLUMN + 4)
    lines = textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
    if len(name) > _NAME_COLUMN:
        return "\n".join([f"  {name}", *lines])
    first = lines[0].strip() if lines else ""
    return "\n".join([f"  {name:<{_NAME_COLUMN}}  {first}".rstrip(), *lines[1:]])


def _report(error: Exception) -> int:
    if isinstance(error, ScenarioError):
        _complain(error.faults)
        return error.exit_code
    if isinstance(error, FlexsimError):
        _complain([str(error)])
        return error.exit_code
    if isinstance(error, OSError):
        _complain([f"{error.strerror or error}: {error.filename or ''}".rstrip(": ")])
        return WorkplaceError.exit_code
    _complain([f"unexpected error: {type(error).__name__}: {error} (--debug shows where)"])
    return FlexsimError.exit_code


def _complain(lines: Sequence[str]) -> None:
    """Print lines on stderr, wrapped to the width of a terminal."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        text = "\n".join(_wrapped(line))
        print(f"\033[31m{text}\033[0m" if colour else text, file=sys.stderr)


def _wrapped(line: str) -> Iterator[str]:
    for part in line.splitlines() or [""]:
        yield from textwrap.wrap(
            part, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )


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
