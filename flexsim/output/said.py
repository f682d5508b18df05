"""Plain words on the terminal: complaints, what was written, entries in two columns."""

from __future__ import annotations

import os
import sys
import textwrap
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from flexsim.language import ENGLISH, Language

#: Columns when the width of the terminal is unknown.
WIDTH = 80
_NAME_COLUMN = 24


def complain(lines: Sequence[str], language: Language = ENGLISH) -> None:
    """Print lines on stderr, in a language and wrapped to the width of a terminal."""
    colour = sys.stderr.isatty() and not os.environ.get("NO_COLOR")
    for line in lines:
        text = "\n".join(wrapped(language.said(line)))
        print(f"\033[31m{text}\033[0m" if colour else text, file=sys.stderr)


def wrapped(line: str) -> Iterator[str]:
    """The lines that it takes; what follows the first is set in."""
    for part in line.splitlines() or [""]:
        yield from textwrap.wrap(
            part, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
        )


def tell_written(paths: Sequence[Path], language: Language) -> None:
    """Print the folder that was written to, and the files in it by sort."""
    folder = paths[-1].parent
    names = [str(path.relative_to(folder)) for path in paths]
    figures = sum(name.startswith("figures/") for name in names)
    others = [name for name in names if not name.startswith("figures/")]
    shown = [
        *others,
        *([language.text("figures/ ({count} pictures)", count=figures)] if figures else []),
    ]
    indent = "  "
    text = textwrap.wrap(", ".join(shown), WIDTH, initial_indent=indent, subsequent_indent=indent)
    print("\n".join(["", language.text("written to {folder}:", folder=folder), *text]))


def section(heading: str, entries: Mapping[str, str]) -> str:
    """A heading, and names with their explanations below it."""
    return "\n".join([heading, *(entry(name, text) for name, text in entries.items())])


def entry(name: str, text: str) -> str:
    """A name and its explanation in two columns; a long name has a line of its own."""
    indent = " " * (_NAME_COLUMN + 4)
    lines = textwrap.wrap(text, WIDTH, initial_indent=indent, subsequent_indent=indent)
    if len(name) > _NAME_COLUMN:
        return "\n".join([f"  {name}", *lines])
    first = lines[0].strip() if lines else ""
    return "\n".join([f"  {name:<{_NAME_COLUMN}}  {first}".rstrip(), *lines[1:]])
