"""What a command of the command line is."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass


@dataclass(frozen=True)
class Option:
    """A switch, or an option followed by values.

    Attributes
    ----------
    flags : tuple of str
        Its spellings, the long one last.
    about : str
        One line of help.
    values : int
        How many words follow it; 0 for a switch.
    """

    flags: tuple[str, ...]
    about: str
    values: int = 0

    @property
    def name(self) -> str:
        """The attribute of the parsed command line that holds it."""
        return self.flags[-1][2:].replace("-", "_")


@dataclass(frozen=True)
class Command:
    """A word of the command line, and what it does.

    Attributes
    ----------
    name, about : str
        The word, and one line of help.
    run : callable
        Takes the parsed command line, gives the exit code.
    options : tuple of Option
        Those that go with it.
    """

    name: str
    about: str
    run: Callable[[argparse.Namespace], int]
    options: tuple[Option, ...] = ()


#: Options that several commands share.
MULTIRUN = Option(("-m", "--multirun"), "every combination of lists of values (places=6,8,10)")
OVERWRITE = Option(("--overwrite",), "write into a folder that holds files already")
RESUME = Option(("--resume",), "with -m: go on with a sweep that was interrupted")
CLUSTER = Option(
    ("--cluster",), "with -m: a dask cluster: local, its address, or its scheduler file", 1
)
